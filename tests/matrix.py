#!/usr/bin/python3
"""The grader is graded: right and wrong programs against all scenarios.

Right programs (wheats, tests/wheats/LAB/NAME/{server,client}[.c]) must pass
every scenario, idle and under load. A skip for something that this machine
cannot do is allowed, and printed.

A wrong program (a chaff, tests/chaffs/LAB/NAME.*) has one bug and declares it
in its first line:

    RULE[,RULE] SCENARIO: one sentence on the bug
    also: SCENARIO SCENARIO              (optional, the second line)

NAME.patch is a unified diff against a right program, with paths from the
project's root; NAME.c and NAME.py are whole programs, the declaration stands in
their first comment, and their names start with `server-` or `client-`.

A chaff is as declared when SCENARIO fails, and every other scenario that fails
checks one of its rules or stands behind `also:`. Scenarios that are skipped
because another one must pass first are no concern. `unknown` is never right.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import fnmatch
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join("build", "matrix")
SOCKDOJO = os.path.join("build", "sockdojo")
ROLES = ("server", "client")
WIDTH = 80
# The kit's compile line, without its warnings: wrong programs may have some.
COMPILE = ["cc", "-std=c17", "-D_GNU_SOURCE", "-w", "-O2", "-g", "-pthread"]
# One grading takes seconds; this is for a harness that hangs.
LAST_RESORT = 300
DECLARATION = re.compile(r"(?P<rules>[A-Z]\d+(?:,[A-Z]\d+)*) "
                         r"(?P<scenario>[a-z0-9-]+): (?P<bug>\S.*)")


class Wrong(Exception):
    """Something is not as it must be; the text says what."""


class Skipped(Exception):
    """This machine cannot show it; the text says why."""


class Chaff:
    """A wrong program: what it declares, and what came of it."""

    def __init__(self, lab, path):
        self.lab = lab
        self.path = path
        self.name, self.suffix = os.path.splitext(os.path.basename(path))
        self.rules = []
        self.scenario = "?"
        self.bug = ""
        self.also = []
        self.lost = []
        self.problem = None
        self.skipped = None

    def read_declaration(self):
        """Reads the first two lines of the file."""
        with open(self.path, encoding="utf-8", errors="replace") as file:
            lines = [bare_comment(file.readline()) for _ in range(3)]
        if lines[0].startswith("!"):
            lines.pop(0)
        match = DECLARATION.fullmatch(lines[0])
        if not match:
            raise Wrong("its first line is not `RULE SCENARIO: sentence`")
        self.rules = match["rules"].split(",")
        self.scenario = match["scenario"]
        self.bug = match["bug"]
        if lines[1].startswith("also:"):
            self.also = lines[1].removeprefix("also:").split()

    def judge(self, scenarios):
        """Holds what was lost against what was declared."""
        known = {scenario["name"]: scenario for scenario in scenarios}
        missing = [n for n in [self.scenario, *self.also] if n not in known]
        if missing:
            raise Wrong(f"no such scenario: {' '.join(missing)}")
        named = known[self.scenario]
        if not set(self.rules) & set(named["rules"]):
            raise Wrong(f"{self.scenario} does not check "
                        f"{', '.join(self.rules)}")
        self.lost = [s["name"] for s in scenarios if s["verdict"] == "fail"]
        unknown = [s for s in scenarios if s["verdict"] == "unknown"]
        if unknown:
            raise Wrong(f"{unknown[0]['name']} is unknown: "
                        f"{unknown[0].get('reason')}")
        if named["verdict"] == "skip" and named["max"] == 0:
            raise Skipped(f"{self.scenario}: {named.get('reason')}")
        if named["verdict"] != "fail":
            raise Wrong(f"not caught by {self.scenario} ({named['verdict']}), "
                        f"but by: {' '.join(self.lost) or 'nothing'}")
        strays = [n for n in self.lost
                  if n != self.scenario and n not in self.also
                  and not set(self.rules) & set(known[n]["rules"])]
        if strays:
            raise Wrong("also loses what shares no rule with it: "
                        + "; ".join(f"{n} ({known[n].get('reason')})"
                                    for n in strays))
        idle = [n for n in self.also if known[n]["verdict"] == "pass"]
        if idle:
            raise Wrong(f"`also:` names what it does not lose: "
                        f"{' '.join(idle)}")

    def prepare(self, place):
        """Makes the program; returns its role and its path."""
        if self.suffix != ".patch":
            role = self.name.partition("-")[0]
            if role not in ROLES:
                raise Wrong("its name starts neither with server- nor client-")
            return role, make_program(self.path, place, role)
        target = self.patched_file()
        role = os.path.splitext(os.path.basename(target))[0]
        if role not in ROLES:
            raise Wrong(f"it patches {target}, which is no program")
        copy = os.path.join(place, target)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(target, copy)
        run_or_wrong("the patch does not apply",
                     ["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch",
                      "--silent", "--force", "-d", place,
                      "-i", os.path.abspath(self.path)])
        return role, make_program(copy, place, role)

    def patched_file(self):
        """The one file that the patch changes."""
        with open(self.path, encoding="utf-8", errors="replace") as file:
            names = re.findall(r"^\+\+\+ b/(\S+)", file.read(), re.M)
        if len(names) != 1:
            raise Wrong("a patch changes exactly one file, `+++ b/PATH`")
        if not os.path.isfile(names[0]):
            raise Wrong(f"it patches {names[0]}, which is not there")
        return names[0]


def bare_comment(line):
    """The line without the marks of a comment in C, Python or shell."""
    return re.sub(r"^(/\*|//|#)?\s*|\s*(\*/)?\s*$", "", line)


def run_or_wrong(what, command):
    """Runs a command that has to work."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", capture_output=True, check=False)
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip().splitlines()
        raise Wrong(f"{what}: {said[0] if said else done.returncode}")


def make_program(source, place, role):
    """Compiles C; copies anything else. Returns the executable's path."""
    program = os.path.join(place, role)
    if source.endswith(".c"):
        run_or_wrong("it does not compile",
                     [*COMPILE, "-o", program, source])
    else:
        shutil.copy(source, program)
        os.chmod(program, 0o755)
    return program


def grade(lab, programs, place, seed):
    """Grades {role: program}; returns the scenarios of the document."""
    document = os.path.join(place, "document.json")
    command = [SOCKDOJO, "grade", lab, "--seed", str(seed),
               "--format", f"json={document}"]
    for role, program in programs.items():
        command += [f"--{role}", shlex.quote(os.path.abspath(program))]
    with contextlib.suppress(FileNotFoundError):
        os.unlink(document)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                              errors="replace", capture_output=True,
                              timeout=LAST_RESORT, check=False)
    except subprocess.TimeoutExpired as error:
        raise Wrong(f"grading takes over {LAST_RESORT} s") from error
    if done.returncode not in (0, 1, 3) or not os.path.exists(document):
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise Wrong(f"grading ended with {done.returncode}: {said[-1]}")
    with open(document, encoding="utf-8") as file:
        scenarios = json.load(file)["labs"][0]["scenarios"]
    return [s for s in scenarios if s["role"] in programs]


def fresh(*parts):
    """An empty directory below build/matrix."""
    place = os.path.join(BUILD, *parts)
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    return place


@contextlib.contextmanager
def busy_processors():
    """Keeps every processor busy meanwhile."""
    loops = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"],
                              stdin=subprocess.DEVNULL)
             for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


# ---- wheats


def find_wheats(lab):
    """The right programs of a lab: (name, {role: source}), solution first."""
    folders = [("solution", os.path.join("solutions", lab))]
    base = os.path.join("tests", "wheats", lab)
    names = sorted(os.listdir(base)) if os.path.isdir(base) else []
    folders += [(name, os.path.join(base, name)) for name in names]
    wheats = []
    for name, folder in folders:
        sources = {}
        for role in ROLES:
            for path in (f"{folder}/{role}.c", f"{folder}/{role}"):
                if os.path.isfile(path):
                    sources.setdefault(role, path)
        wheats.append((name, sources))
    return wheats


def wheat_once(lab, programs, place, seed):
    """One grading of a right program; raises where it is not all right."""
    scenarios = grade(lab, programs, place, seed)
    lost = [f"{s['name']}: {s['verdict']}: {s.get('reason')}"
            for s in scenarios if s["verdict"] not in ("pass", "skip")]
    if lost:
        raise Wrong("; ".join(lost))
    skipped = [f"{s['name']}: {s.get('reason')}"
               for s in scenarios if s["verdict"] == "skip"]
    return {s["name"]: s["verdict"] for s in scenarios}, skipped


def wheat_runs(lab, programs, place, args):
    """All gradings of a right program: how many scenarios, and what was
    skipped."""
    first = None
    skipped = []
    for loaded in ([False, True] if args.load else [False]):
        with busy_processors() if loaded else contextlib.nullcontext():
            for _ in range(args.repeat):
                try:
                    verdicts, skipped = wheat_once(lab, programs, place,
                                                   args.seed)
                except Wrong as error:
                    when = "under load" if loaded else "idle"
                    raise Wrong(f"{when}: {error}") from error
                first = first or verdicts
                if verdicts != first:
                    raise Wrong("verdicts differ between two runs")
    return len(first or {}), skipped


def grade_wheats(lab, args, tally, say):
    """Grades the right programs one by one, and says how they did."""
    say(f"{lab}: right programs")
    for name, sources in find_wheats(lab):
        if not fnmatch.fnmatch(name, args.only):
            continue
        began = time.monotonic()
        skipped = []
        count = 0
        problem = None
        try:
            if len(sources) != len(ROLES):
                raise Wrong("does not have both programs")
            place = fresh(lab, "wheat-" + name)
            programs = {role: make_program(path, place, role)
                        for role, path in sources.items()}
            count, skipped = wheat_runs(lab, programs, place, args)
        except Wrong as error:
            problem = str(error)
        tally.add(problem is None)
        times = args.repeat * (2 if args.load else 1)
        say(f"  {'FAILED' if problem else 'ok':6}  {name:12} {count} scenarios,"
            f" {times} run{'s' if times > 1 else ''},"
            f" {time.monotonic() - began:.1f} s")
        for line in ([problem] if problem else []) + skipped:
            say(wrapped(line))
        tally.wheats.append({"lab": lab, "name": name, "roles": list(sources),
                             "scenarios": count, "skipped": skipped,
                             "problem": problem})


# ---- chaffs


def find_chaffs(lab, only):
    """The wrong programs of a lab whose name or scenario is asked for."""
    base = os.path.join("tests", "chaffs", lab)
    names = sorted(os.listdir(base)) if os.path.isdir(base) else []
    chaffs = []
    for name in names:
        chaff = Chaff(lab, os.path.join(base, name))
        try:
            if chaff.suffix not in (".patch", ".c", ".py"):
                raise Wrong("is neither .patch nor .c nor .py")
            chaff.read_declaration()
        except Wrong as error:
            chaff.problem = str(error)
        if fnmatch.fnmatch(chaff.name, only) or \
                fnmatch.fnmatch(chaff.scenario, only):
            chaffs.append(chaff)
    return chaffs


def grade_chaff(chaff, seed):
    """Makes and grades one wrong program; notes what is not as declared."""
    if chaff.problem:
        return
    try:
        place = fresh(chaff.lab, "chaff-" + chaff.name)
        role, program = chaff.prepare(place)
        chaff.judge(grade(chaff.lab, {role: program}, place, seed))
    except Skipped as reason:
        chaff.skipped = str(reason)
    except Wrong as error:
        chaff.problem = str(error)


def grade_chaffs(lab, args, tally):
    """Grades the wrong programs, several at once."""
    chaffs = find_chaffs(lab, args.only)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for _ in pool.map(lambda chaff: grade_chaff(chaff, args.seed), chaffs):
            pass
    for chaff in chaffs:
        if not chaff.skipped:
            tally.add(chaff.problem is None)
    tally.chaffs += chaffs
    return chaffs


# ---- what is printed


def wrapped(text):
    """The text, indented below its line."""
    return textwrap.fill(text, WIDTH, initial_indent=" " * 10,
                         subsequent_indent=" " * 10)


def shortened(names, room):
    """As many names as have room, and how many more there are."""
    text = " ".join(names)
    kept = len(names)
    while len(text) > room and kept > 0:
        kept -= 1
        text = " ".join([*names[:kept], f"+{len(names) - kept}"])
    return text


def print_chaffs(lab, chaffs, say):
    """The matrix: each scenario, the wrong programs meant for it, and what
    else each of them lost."""
    groups = collections.defaultdict(list)
    for chaff in chaffs:
        groups[chaff.scenario].append(chaff)
    say(f"{lab}: wrong programs, by the scenario that must catch them")
    for scenario in sorted(groups):
        say(scenario)
        for chaff in groups[scenario]:
            print_chaff(chaff, say)


def print_chaff(chaff, say):
    """One wrong program: who caught it, and what else it lost."""
    state = "FAILED" if chaff.problem else "caught"
    state = "skip  " if chaff.skipped else state
    line = f"  {state}  {','.join(chaff.rules):8} {chaff.name}"
    others = [n for n in chaff.lost if n != chaff.scenario]
    if others and not chaff.problem:
        line += "; also "
        line += shortened(others, max(WIDTH - len(line), 8))
    say(line)
    if chaff.problem or chaff.skipped:
        say(wrapped(chaff.problem or chaff.skipped))


class Tally:
    """Counts tests, and keeps what the files tell."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.wheats = []
        self.chaffs = []

    def add(self, good):
        """Counts one test."""
        if good:
            self.passed += 1
        else:
            self.failed += 1

    def write(self, path):
        """Writes everything as JSON."""
        chaffs = [{"lab": c.lab, "name": c.name, "rules": c.rules,
                   "scenario": c.scenario, "bug": c.bug, "also": c.also,
                   "lost": c.lost, "problem": c.problem,
                   "skipped": c.skipped} for c in self.chaffs]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"wheats": self.wheats, "chaffs": chaffs}, file,
                      indent=1)
            file.write("\n")


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lab", metavar="LAB", action="append",
                        help="this lab (default: all that have solutions)")
    parser.add_argument("--only", metavar="PATTERN", default="*",
                        help="programs or scenarios of this name (* and ?)")
    parser.add_argument("--load", action="store_true",
                        help="grade right programs with every processor busy, "
                        "too")
    parser.add_argument("--repeat", metavar="N", type=int, default=1,
                        help="grade right programs N times each")
    parser.add_argument("--jobs", metavar="N", type=int,
                        default=os.cpu_count() or 1,
                        help="wrong programs at once")
    parser.add_argument("--seed", metavar="N", type=int,
                        default=random.SystemRandom().randrange(1, 1 << 32))
    return parser.parse_args()


def main():
    """Grades all and prints the matrix; 0 where all is as declared."""
    args = parse()
    os.chdir(ROOT)
    os.makedirs("build", exist_ok=True)
    labs = args.lab or sorted(n for n in os.listdir("solutions")
                              if os.path.isdir(os.path.join("solutions", n)))
    tally = Tally()
    with open("build/matrix.txt", "w", encoding="utf-8") as file:
        def say(line):
            print(line, flush=True)
            print(line, file=file)

        say(f"seed {args.seed}")
        for lab in labs:
            grade_wheats(lab, args, tally, say)
            print_chaffs(lab, grade_chaffs(lab, args, tally), say)
    tally.write("build/matrix.json")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
