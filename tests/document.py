#!/usr/bin/python3
"""The two programs of the document that the course starts from: they talk to
the solutions, either way round, and the server is graded."""

import json
import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import programs  # pylint: disable=wrong-import-position

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build", "document")
SOCKDOJO = os.path.join(ROOT, "build", "sockdojo")
# The lab that is about these two programs.
LAB = "01-stream"
ADDRESS = "uds_socket3.txt"
MESSAGES = 5
SECONDS = 20
LAST_RESORT = 300

# The document's server prints other words than the contract's, into a buffer,
# and leaves the connection open: it loses the first scenario, and all others
# wait for that one. polite-server.py is the same program, mended just so far:
# it shows the faults that matter.
MENDS = {
    '"""The server that the course starts from, with all its faults."""':
        '"""The server that the course starts from, mended just so far that '
        'it passes\nserver-hello: it says the right words, at once, and hangs '
        'up."""',
    '    print("client %s:%s has connected" % (peer, peer_address))\n': "",
    'print("data received:", data.decode())':
        'print("received: " + data.decode(), flush=True)',
    '    # Neither socket is closed: each lives until its name is used again.':
        '    peer.close()',
}

# What the polite server wins: it answers one peer.
WON = ["server-hello"]

# What it must lose all the same, with the rule: it can be read off its source.
LOST = {
    # It removes whatever stands at the path, or dies of it in many words.
    "server-file": "A3",
    "server-directory": "A3",
    "server-fifo": "A3",
    "server-dangling-link": "A3",
    "server-link-to-socket": "A3",
    "server-live": "A2",
    # It makes a new listener after each message; those who wait are dropped.
    "server-backlog": "S5",
    # It answers a peer that said nothing and has gone, and dies of it.
    "server-silent-close": "S4",
    # Bytes are not always text.
    "server-binary": "S6",
    # It knows no arguments and no signals.
    "server-option": "C2",
    "server-surplus": "C2",
    "server-path": "C1",
    "server-sigterm": "C7",
    "server-sigint": "C7",
}


def compiled(role):
    """The solution's program, built with the kit's compile line."""
    return programs.make_program(LAB, f"solutions/{LAB}/{role}.c", BUILD, role)


def documents(role):
    """The document's program. The course's interpreter, whatever PATH says."""
    return ["/usr/bin/python3", "-u",
            os.path.join(ROOT, "tests", "document", role + ".py")]


def start(command, directory):
    """Starts a program with pipes."""
    return subprocess.Popen(command, cwd=directory, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def end(process, signal_it):
    """Ends a program; returns status, stdout and stderr."""
    if signal_it:
        process.terminate()
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


def messages():
    """Lines that no program can know beforehand."""
    return [f"line-{i}-{random.getrandbits(32):08x}" for i in range(MESSAGES)]


def say(client, directory, line, deadline):
    """Runs the client for one line, again where it met the gap in which the
    document's server makes its socket anew. Returns what it printed."""
    while True:
        done = subprocess.run([client], cwd=directory, input=line + "\n",
                              text=True, capture_output=True, timeout=SECONDS,
                              check=False)
        if done.returncode == 0:
            return done.stdout
        assert done.returncode == 1, f"client: status {done.returncode}"
        assert done.stdout == "", f"printed {done.stdout!r} and exits 1"
        assert time.monotonic() < deadline, f"never served: {done.stderr!r}"


def solution_client(directory):
    """Our client gets its answers from the document's server."""
    client = compiled("client")
    server = start(documents("server"), directory)
    lines = messages()
    try:
        for line in lines:
            reply = say(client, directory, line, time.monotonic() + SECONDS)
            assert reply == "reply: thank you!\n", f"got {reply!r}"
    finally:
        _, out, _ = end(server, True)
    for line in lines:
        assert line in out, f"the server never printed {line}"


def connect_when_ready(path):
    """Returns once somebody listens at the path."""
    deadline = time.monotonic() + SECONDS
    while True:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
                return
            except (FileNotFoundError, ConnectionRefusedError):
                assert time.monotonic() < deadline, "the server is never ready"


def solution_server(directory):
    """Our server answers the document's client, one line at a time."""
    server = start([compiled("server")], directory)
    connect_when_ready(os.path.join(directory, ADDRESS))
    client = start(documents("client"), directory)
    lines = messages()
    try:
        for line in lines:
            client.stdin.write(line + "\n")
            client.stdin.flush()
            # It adds a newline to the one that came.
            reply = client.stdout.readline() + client.stdout.readline()
            assert reply.endswith("thank you!\n\n"), f"got {reply!r}"
    finally:
        end(client, False)
        status, out, err = end(server, True)
    assert status == 0, f"the server ended with {status}: {err}"
    expected = "".join(f"received: {line}\n" for line in lines)
    assert out == expected, f"the server printed {out!r}"


def graded(server, directory):
    """What the grader says of a server: name -> scenario."""
    document = os.path.join(directory, "document.json")
    done = subprocess.run([SOCKDOJO, "grade", LAB, "--server",
                           shlex.quote(server), "--format",
                           "json=" + document],
                          cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 1, \
        f"grading ended with {done.returncode}: {done.stderr[-300:]}"
    with open(document, encoding="utf-8") as file:
        scenarios = json.load(file)["labs"][0]["scenarios"]
    return {scenario["name"]: scenario for scenario in scenarios}


def server_graded(directory):
    """The document's server, as it is, wins nothing."""
    server = os.path.join(ROOT, "tests", "document", "server.py")
    scenarios = graded(server, directory)
    assert all(scenarios[name]["verdict"] == "fail" for name in WON)
    won = [name for name, s in scenarios.items() if s["verdict"] == "pass"]
    assert not won, f"it wins {won}"


def program_text(name):
    """The source of one of the document's programs."""
    with open(os.path.join(ROOT, "tests", "document", name),
              encoding="utf-8") as file:
        return file.read()


def polite_differs_little(_):
    """The polite server is the document's server, but for what is mended."""
    source = program_text("server.py")
    for old, new in MENDS.items():
        assert source.count(old) == 1, f"not once in its source: {old!r}"
        source = source.replace(old, new)
    assert program_text("polite-server.py") == source, \
        f"polite-server.py should read:\n{source}"


def polite_graded(directory):
    """The polite server answers, and loses what it must all the same."""
    scenarios = graded(os.path.join(ROOT, "tests", "document",
                                    "polite-server.py"), directory)
    for name in WON:
        assert scenarios[name]["verdict"] == "pass", \
            f"{name}: {scenarios[name]}"
    # A skip is a loss too: what had to pass first was lost.
    kept = [f"{name} is {scenarios[name]['verdict']}" for name in LOST
            if scenarios[name]["verdict"] not in ("fail", "skip")
            or scenarios[name]["max"] == 0]
    assert not kept, "; ".join(kept)


def too_long(*_):
    """A program that says nothing must not hold the tests up for ever."""
    raise AssertionError(f"nothing came for {LAST_RESORT} s")


def main():
    """Runs all tests; 0 where all passed."""
    signal.signal(signal.SIGALRM, too_long)
    os.chdir(ROOT)
    shutil.rmtree(BUILD, ignore_errors=True)
    os.makedirs(BUILD)
    failed = 0
    tests = [solution_client, solution_server, server_graded,
             polite_differs_little, polite_graded]
    for test in tests:
        with tempfile.TemporaryDirectory() as directory:
            signal.alarm(LAST_RESORT)
            try:
                test(directory)
                print("ok     ", test.__doc__)
            except (AssertionError, KeyError, OSError, programs.Wrong,
                    subprocess.SubprocessError) as error:
                failed += 1
                print("FAILED ", test.__doc__)
                print("   ", error)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
