#!/usr/bin/python3
"""Runs every command that the handouts show, and compares what comes out with
what they say comes out.

A block marked `console` is a session: a line that begins with `$ ` is typed,
the lines below it are what is seen. A line `...` stands for any lines, and `…`
for anything within a line. What follows `console` may be

    shell N      one of several shells, each with its own folder. Its last
                 command may go on running (a server): it is awaited until it
                 listens, or takes datagrams at a path. What it shows later
                 stands in that shell's next block, and a `^C` there interrupts
                 it.
    norun WHY    cannot be run here.

The commands run in what `make handout` packs for that lab, unpacked elsewhere,
in which the solutions' programs stand in the labs' folders.

A handout has a table of pitfalls, between `<!-- pitfalls -->` and
`<!-- /pitfalls -->`: what the grader says, word by word. For each row
tests/pitfalls/LAB names a wrong program that is told so, and by which scenario:

    CHAFF SCENARIO: what the grader says
"""

import functools
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

sys.dont_write_bytecode = True
import pack  # pylint: disable=wrong-import-position
import programs as p  # pylint: disable=wrong-import-position

ROOT = p.ROOT
SECONDS = 60
WORDS = 1500
LISTENING = 0x10000
DATAGRAM = 2
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
               "NO_COLOR": "1"}


class Command:
    """A command and what it must show."""

    def __init__(self, line, text):
        self.line = line
        self.text = text
        self.expected = []


class Shell:
    """A shell of the reader's: where it is, and what runs in it."""

    def __init__(self, directory):
        self.directory = directory
        self.process = None
        self.command = None
        self.output = ""

    def start(self, command):
        """Types a command. `pwd` tells where it has led, as long as it ends
        by itself."""
        self.command = command
        self.output = ""
        where = tempfile.NamedTemporaryFile("r", delete=False)
        self.where = where.name
        where.close()
        self.process = subprocess.Popen(
            ["/bin/bash", "-c",
             f"{command.text}\npwd >{shlex.quote(self.where)}"],
            cwd=self.directory, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=default_interrupt)

    def read(self, deadline):
        """Takes what the command shows next; False at its end."""
        left = max(0, deadline - time.monotonic())
        pipe = self.process.stdout.fileno()
        ready, _, _ = select.select([pipe], [], [], left)
        assert ready, f"goes on for {SECONDS} s; shown: {self.output!r}"
        piece = os.read(pipe, 65536).decode(errors="replace")
        self.output += piece
        return piece != ""

    def serves(self):
        """Waits until the command listens; False where it ends, or does not."""
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if listens(self.process.pid):
                return True
            os.sched_yield()
        return False

    def finish(self):
        """Sees the command through to its end; fails where it has shown
        something else."""
        deadline = time.monotonic() + SECONDS
        before, interrupt, after = "".join(
            line + "\n" for line in self.command.expected).partition("^C\n")
        begun = 0
        if interrupt:
            begin = re.compile(pattern(before))
            while not begin.match(self.output):
                assert self.read(deadline), self.difference()
            begun = begin.match(self.output).end()
            os.killpg(self.process.pid, signal.SIGINT)
        while self.read(deadline):
            pass
        self.process.wait(SECONDS)
        wanted = pattern(after if interrupt else before)
        assert re.fullmatch(wanted, self.output[begun:]), self.difference()
        self.forget()

    def difference(self):
        """Both texts, for a person."""
        return ("the handout says\n    | "
                + "\n    | ".join(self.command.expected)
                + "\nand this was seen\n    | "
                + self.output.rstrip("\n").replace("\n", "\n    | "))

    def forget(self):
        """Ends the command, whatever it does, and keeps where it has led."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.stdout.close()
        self.process.wait()
        with open(self.where, encoding="utf-8") as file:
            self.directory = file.read().rstrip("\n") or self.directory
        os.unlink(self.where)
        self.process = None


def default_interrupt():
    """A shell's commands can be interrupted, even where we cannot."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def pattern(text):
    """The expression that stands for an expected text."""
    parts = []
    for line in re.findall(r"[^\n]*\n|[^\n]+$", text):
        if line == "...\n":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(map(re.escape, line.split("…"))))
    return "".join(parts)


def session_of(process):
    """The session that a process belongs to."""
    with open(f"/proc/{process}/stat", encoding="utf-8",
              errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[3])


def sockets_of(session):
    """The numbers of the sockets that a session's processes hold."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if session_of(process) != session:
                continue
            for entry in os.scandir(f"/proc/{process}/fd"):
                target = os.readlink(entry.path)
                if target.startswith("socket:["):
                    yield target[8:-1]
        except OSError:
            # It has ended meanwhile, or closed it.
            continue


def can_be_reached(row):
    """Does this row of /proc/net/unix show a socket that listens, or takes
    datagrams at a path? Those at abstract addresses may be clients."""
    flags, kind, path = int(row[3], 16), int(row[4], 16), row[7:]
    return bool(flags & LISTENING or kind == DATAGRAM and path
                and not path[0].startswith("@"))


def listens(session):
    """Does a process of the session listen? To connect would tell as well, but
    a server that takes one connection, or dies of an empty one, minds."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        rows = [line.split() for line in file][1:]
    sockets = {row[6] for row in rows if can_be_reached(row)}
    return not sockets.isdisjoint(sockets_of(session))


def blocks(handout):
    """The sessions of a handout: (mark, lines from (number, text))."""
    with open(os.path.join(ROOT, handout), encoding="utf-8") as file:
        lines = file.read().split("\n")
    mark = None
    for number, line in enumerate(lines, 1):
        if mark is not None and line == "```":
            yield mark, inside
            mark = None
        elif mark is not None:
            inside.append((number, line))
        elif re.fullmatch(r"```console\b.*", line):
            mark, inside = line[len("```console"):].strip(), []
    assert mark is None, f"{handout}: a session without an end"


def parse(inside):
    """A block's lines: those that go on with what runs, and its commands."""
    more, commands = [], []
    for number, line in inside:
        if line.startswith("$ "):
            commands.append(Command(number, line[2:]))
        else:
            (commands[-1].expected if commands else more).append(line)
    return more, commands


class Results:
    """Counts tests and tells of each."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, test):
        """Runs a test."""
        try:
            test()
            self.passed += 1
            print("ok     ", name, flush=True)
        except (AssertionError, KeyError, OSError, p.Wrong,
                subprocess.SubprocessError) as error:
            self.failed += 1
            print("FAILED ", name)
            print("        " + str(error).replace("\n", "\n        "),
                  flush=True)


def run_handout(handout, kit, results):
    """Runs all commands of a handout, in their order."""
    shells = {}

    def name(command):
        return f"{handout}:{command.line}  {command.text}"

    def finish(shell):
        if shell.process is not None:
            results.check(name(shell.command), shell.finish)
            shell.forget()

    try:
        for mark, inside in blocks(handout):
            more, commands = parse(inside)
            if mark.startswith("norun "):
                print("norun  ", f"{handout}:{inside[0][0]}", mark[6:])
                continue
            assert re.fullmatch(r"|shell \d+", mark), \
                f"{handout}: what does `console {mark}` mean?"
            stays = mark.startswith("shell")
            shell = shells.setdefault(mark if stays else "", Shell(kit))
            if more:
                assert shell.process is not None, \
                    f"{handout}:{inside[0][0]}: nothing runs that shows this"
                shell.command.expected += more
            finish(shell)
            for command in commands:
                shell.start(command)
                last = stays and command is commands[-1]
                if not (last and shell.serves()):
                    finish(shell)
        for shell in shells.values():
            finish(shell)
    finally:
        for shell in shells.values():
            shell.forget()


def put_solutions(labs, kit):
    """Puts the solutions' programs where learners have theirs."""
    for lab in labs:
        p.solution(lab, os.path.join(kit, "labs", lab))


def unpacked_kit(lab, directory):
    """What a class that has reached the lab is given, built. The build is ours:
    the same sources, and older than what was made of them."""
    archive = os.path.join(directory, "sockdojo.tar.gz")
    labs = pack.reached(lab)
    pack.pack(labs, archive)
    with tarfile.open(archive) as file:
        file.extractall(directory)
    kit = os.path.join(directory, "sockdojo")
    os.mkdir(os.path.join(kit, "build"))
    os.symlink(os.path.join(ROOT, "build", "debug"),
               os.path.join(kit, "build", "debug"))
    shutil.copy2(os.path.join(ROOT, "build", "sockdojo"),
                 os.path.join(kit, "build"))
    put_solutions(labs, kit)
    return kit


def between(handout, name):
    """What stands in a handout between two marks."""
    with open(os.path.join(ROOT, handout), encoding="utf-8") as file:
        return file.read().partition(f"<!-- {name} -->")[2].partition(
            f"<!-- /{name} -->")[0]


def short_enough(handout):
    """The table of checks is for looking up, and does not count."""
    with open(os.path.join(ROOT, handout), encoding="utf-8") as file:
        words = len(file.read().split())
    words -= len(between(handout, "checks").split())
    assert words <= WORDS, f"{words} words, at most {WORDS} wanted"


@functools.lru_cache(maxsize=None)
def causes_of(lab):
    """{what the grader says: (chaff, scenario)}"""
    with open(os.path.join("tests", "pitfalls", lab),
              encoding="utf-8") as file:
        rows = [line.rstrip("\n").partition(": ") for line in file]
    return {message: tuple(words.split()) for words, _, message in rows}


def pitfall_causes(lab, message, directory):
    """A wrong program with that fault gets that message."""
    assert message in causes_of(lab), f"tests/pitfalls/{lab} does not have it"
    chaff, scenario = causes_of(lab)[message]
    base = os.path.join("tests", "chaffs", lab, chaff)
    path = next(base + end for end in (".patch", ".c", ".py")
                if os.path.isfile(base + end))
    place = tempfile.mkdtemp(dir=directory)
    os.chmod(place, 0o755)
    made = p.make_chaff(lab, path, place)
    result, = p.grade(f"{lab}/{scenario}", made, place, p.any_seed())
    reason = result.get("reason") or result["verdict"]
    assert message in reason, f"the report says: {reason}"


def try_handout(lab, handout, results):
    """All tests of one handout; `lab` is the last one that is packed."""
    with tempfile.TemporaryDirectory() as directory:
        # The programs to grade are copied from here.
        os.chmod(directory, 0o755)
        results.check(f"{handout}: at most {WORDS} words",
                      lambda: short_enough(handout))
        run_handout(handout, unpacked_kit(lab, directory), results)
        for message in re.findall(r"^\| `(.*?)` \|",
                                  between(handout, "pitfalls"), re.MULTILINE):
            results.check(f"{handout}: pitfall: {message}",
                          lambda m=message: pitfall_causes(lab, m, directory))


def main():
    """Runs all tests; 0 where all passed."""
    os.chdir(ROOT)
    results = Results()
    labs = p.all_labs()
    try_handout(labs[-1], "labs/README.md", results)
    for lab in labs:
        # `make course` minds where one is missing.
        if os.path.isfile(f"labs/{lab}/README.md"):
            try_handout(lab, f"labs/{lab}/README.md", results)
    print(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
