#!/usr/bin/python3
"""The solutions and the unit tests under valgrind.

usage: tests/memcheck.py UNIT-TEST...

Errors, leaks, and descriptors that are open at the end count as failures, but
for 0 to 2 and those that a server holds for its whole life (KEPT). Of the unit tests those are left out that start hundreds of processes
or watch the scheduling of what they start: valgrind changes just that.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build", "memcheck")
SECONDS = 60
# Pure parts, and those whose children do no more than a few calls.
UNITS = ["test_bytes", "test_catalogue", "test_clock", "test_outcome",
         "test_payloads", "test_peer", "test_report", "test_report_terminal",
         "test_source", "test_steps", "test_users", "test_verdict"]
FOUND = 99
VALGRIND = ["valgrind", "--leak-check=full", "--show-leak-kinds=all",
            "--errors-for-leak-kinds=all", "--track-fds=yes",
            f"--error-exitcode={FOUND}", "--child-silent-after-fork=yes"]
# The listening socket and the descriptor of its signals.
KEPT = {"server": 2}
OPEN = re.compile(r"Open (?:file descriptor|AF_\w+ socket) (\d+):.*")


def under_valgrind(command, name):
    """The command under valgrind, its report going to a file of this name."""
    log = os.path.join(BUILD, name + ".log")
    return [*VALGRIND, "--log-file=" + log, *command], log


def examine(log, status, expected, kept=0):
    """Raises where valgrind found anything."""
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    assert any("ERROR SUMMARY: 0 errors" in line for line in lines), \
        f"valgrind found errors or leaks: see {log}"
    assert status == expected, f"ended with {status}, not {expected}"
    left = []
    for i, line in enumerate(lines):
        match = OPEN.search(line)
        inherited = "inherited from parent" in " ".join(lines[i + 1:i + 2])
        if match and int(match[1]) > 2 and not inherited:
            left.append(match[0])
    assert len(left) <= kept, f"left open: {left}: see {log}"


def compiled(lab, role):
    """The solution's program, as valgrind likes it."""
    program = os.path.join(BUILD, f"{lab}-{role}")
    subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-g", "-pthread",
                    "-o", program,
                    os.path.join(ROOT, "solutions", lab, role + ".c")],
                   check=True)
    return program


def connect_when_ready(path, server):
    """Returns once somebody listens at the path."""
    deadline = time.monotonic() + SECONDS
    while True:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
                return
            except (FileNotFoundError, ConnectionRefusedError):
                assert server.poll() is None, "the server has ended"
                assert time.monotonic() < deadline, "the server is never ready"


def session(lab):
    """A server, a client, two lines, SIGTERM: both under valgrind."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "s")
        command, server_log = under_valgrind(
            [compiled(lab, "server"), path], lab + "-server")
        with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True) as server:
            try:
                connect_when_ready(path, server)
                command, client_log = under_valgrind(
                    [compiled(lab, "client"), path], lab + "-client")
                client = subprocess.run(command, input="one\ntwo\n", text=True,
                                        stdout=subprocess.PIPE, check=False,
                                        timeout=SECONDS)
            finally:
                server.terminate()
                out, _ = server.communicate(timeout=SECONDS)
    examine(client_log, client.returncode, 0)
    examine(server_log, server.returncode, 0, KEPT["server"])
    assert client.stdout.count("\n") == 2, f"client: {client.stdout!r}"
    assert "one" in out and "two" in out, f"server: {out!r}"


def unit(program):
    """One unit test under valgrind."""
    command, log = under_valgrind([program], os.path.basename(program))
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=10 * SECONDS,
                          check=False)
    examine(log, done.returncode, 0)


def main():
    """Runs all; 0 where nothing was found."""
    os.chdir(ROOT)
    shutil.rmtree(BUILD, ignore_errors=True)
    os.makedirs(BUILD)
    tests = [("solutions/" + lab, session, lab)
             for lab in sorted(os.listdir("solutions"))]
    tests += [(program, unit, program) for program in sys.argv[1:]
              if os.path.basename(program) in UNITS]
    failed = 0
    for name, test, argument in tests:
        try:
            test(argument)
            print("ok     ", name, flush=True)
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            print("FAILED ", name, flush=True)
            print("   ", error)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
