#!/usr/bin/python3
"""The solutions and the unit tests under valgrind.

usage: tests/memcheck.py UNIT-TEST...

Errors, leaks, and descriptors that are open at the end count as failures, but
for 0 to 2 and those that a program holds for its whole life (KEPT). Of the unit
tests those are left out that start hundreds of processes or watch the
scheduling of what they start: valgrind changes just that.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import programs  # pylint: disable=wrong-import-position

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build", "memcheck")
SECONDS = 60
# Pure parts, and those whose children do no more than a few calls.
UNITS = ["test_bytes", "test_catalogue",
         "test_catalogue_steps", "test_clock", "test_outcome",
         "test_payloads", "test_peer", "test_report", "test_report_terminal",
         "test_source", "test_steps", "test_users", "test_verdict"]
FOUND = 99
# As valgrind likes it.
COMPILE = [word for word in programs.COMPILE if word != "-O2"] + ["-O1"]
# What runs under valgrind is slow: those that know a time limit are told to
# wait.
PATIENT = ["-t", "60000"]
HURRIED = {"server": ["02-framing"],
           "client": ["02-framing", "03-datagram", "04-seqpacket",
                      "05-fd-passing", "06-credentials"]}
VALGRIND = ["valgrind", "--leak-check=full", "--show-leak-kinds=all",
            "--errors-for-leak-kinds=all", "--track-fds=yes",
            f"--error-exitcode={FOUND}", "--child-silent-after-fork=yes"]
# The listening socket and the descriptor of its signals; the connection.
KEPT = {"server": 2, "client": 1}
# And that of epoll; and the file that is counted.
KEPT_MORE = {"server": {"04-seqpacket": 1, "05-fd-passing": 1,
                        "06-credentials": 1},
             "client": {"05-fd-passing": 1}}
LISTENING = 0x10000
DATAGRAM = "0002"


def counted(path):
    """What the client of lab 05 prints of a file."""
    with open(path, "rb") as file:
        data = file.read()
    return f"{data.count(10)} {len(data)}\n"


# What follows the address. valgrind 3.19 does not know openat2(2), with which
# lab 05 opens files, so files are only counted.
OPERANDS = {
    "05-fd-passing": {"server": ["."], "client": ["count", "/etc/passwd"]},
    "06-credentials": {"server": ["sesame"], "client": []},
}
# What the client is fed in each lab, and what it prints.
TALKS = {
    "01-stream": ("one\ntwo\n", "reply: thank you!\n" * 2),
    "02-framing": ("one\n\nthree\n", "reply: eno\nreply: \nreply: eerht\n"),
    "03-datagram": ("one\n\n", "reply: thank you! (3 bytes)\n"
                    "reply: thank you! (0 bytes)\n"),
    "04-seqpacket": ("1\n+41\nx\n",
                     "total: 1\ntotal: 42\nerror: not a number\n"),
    "05-fd-passing": ("", counted("/etc/passwd")),
    "06-credentials": ("secret\nx\n", "sesame\nerror: unknown request\n"),
}
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


def is_idle(path):
    """Does somebody listen at the path, or take datagrams there, and has no
    connection? To connect would tell as well, but a server may mind an empty
    connection."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        rows = [line.split() for line in file][1:]
    sockets = [row for row in rows if row[7:] == [path]]
    return len(sockets) == 1 and (sockets[0][4] == DATAGRAM or
                                  int(sockets[0][3], 16) & LISTENING)


def wait_until_idle(path, server):
    """Returns once the server can be talked to, and nobody talks to it."""
    deadline = time.monotonic() + SECONDS
    while not is_idle(path):
        assert server.poll() is None, "the server has ended"
        assert time.monotonic() < deadline, "the server is never ready"
        os.sched_yield()


def command_line(lab, role, program, path):
    """A program's command, with patience where it needs it."""
    return [program, *(PATIENT if lab in HURRIED[role] else []), path,
            *OPERANDS.get(lab, {}).get(role, [])]


def kept(role, lab):
    """How many descriptors a program of this lab holds at its end."""
    return KEPT[role] + KEPT_MORE[role].get(lab, 0)


def session(lab):
    """A server, a client, some lines, SIGTERM: both under valgrind."""
    assert lab in TALKS, "it is not said what is said in this lab (TALKS)"
    lines, replies = TALKS[lab]
    made = programs.solution(lab, programs.fresh("memcheck", lab), COMPILE)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "s")
        command, server_log = under_valgrind(
            command_line(lab, "server", made["server"], path), lab + "-server")
        with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL) as server:
            try:
                wait_until_idle(path, server)
                command, client_log = under_valgrind(
                    command_line(lab, "client", made["client"], path),
                    lab + "-client")
                client = subprocess.run(command, input=lines, text=True,
                                        stdout=subprocess.PIPE, check=False,
                                        timeout=SECONDS)
                # It must have let go of the client before it ends.
                wait_until_idle(path, server)
            finally:
                server.terminate()
                server.wait(timeout=SECONDS)
    examine(client_log, client.returncode, 0, kept("client", lab))
    examine(server_log, server.returncode, 0, kept("server", lab))
    assert client.stdout == replies, f"client: {client.stdout!r}"


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
             for lab in programs.all_labs()]
    tests += [(program, unit, program) for program in sys.argv[1:]
              if os.path.basename(program) in UNITS]
    failed = 0
    for name, test, argument in tests:
        try:
            test(argument)
            print("ok     ", name, flush=True)
        except (AssertionError, OSError, programs.Wrong,
                subprocess.SubprocessError) as error:
            failed += 1
            print("FAILED ", name, flush=True)
            print("   ", error)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
