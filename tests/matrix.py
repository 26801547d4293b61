#!/usr/bin/python3
"""The grader is graded: right and wrong programs against all scenarios.

Right programs (wheats, tests/wheats/LAB/NAME/{server,client}[.c]) must pass
every scenario, idle and under load. A skip for something that this machine
cannot do is allowed, and printed. Two files may stand beside them: `libraries`
has words for the linker, `skip-unless` what a machine must have (io_uring).

A wrong program (a chaff, tests/chaffs/LAB/NAME.*) has one bug and declares it
in its first line:

    RULE[,RULE] SCENARIO: one sentence on the bug
    also: SCENARIO SCENARIO              (optional, the second line)

NAME.patch is a unified diff against a right program, with paths from the
project's root, or against a file of labs/common, which the solution is compiled
with then; NAME.c and NAME.py are whole programs, the declaration stands in
their first comment. The names of all but the first kind start with `server-` or
`client-`.

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
import re
import sys
import textwrap
import threading
import time

sys.dont_write_bytecode = True
from programs import (  # pylint: disable=wrong-import-position
    COMPILE, ROOT, Skipped, Wrong, all_labs, any_seed, busy_processors,
    find_wheats, fresh, grade, make_chaff, make_wheat)

WIDTH = 80
PROCESSORS = os.cpu_count() or 1
# Wrong programs are many: they need not be fast, nor to be looked into.
CHAFF_LINE = [word for word in COMPILE if word not in ("-O2", "-g")] + ["-O1"]
# What never comes is waited for half as long.
CHAFF_CLOCKS = ["--timeout-scale", "0.5"]
# Most of those that are under way wait for something that never comes.
UNDER_WAY = 16 * PROCESSORS
DECLARATION = re.compile(r"(?P<rules>[A-Z]\d+(?:,[A-Z]\d+)*) "
                         r"(?P<scenario>[a-z0-9-]+): (?P<bug>\S.*)")


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
        self.seconds = 0.0

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


def bare_comment(line):
    """The line without the marks of a comment in C, Python or shell."""
    return re.sub(r"^(/\*|//|#)?\s*|\s*(\*/)?\s*$", "", line)


# ---- wheats


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


def grade_wheat(lab, name, sources, args):
    """Makes and grades one right program; returns what the files tell of it."""
    wheat = {"lab": lab, "name": name, "roles": list(sources), "scenarios": 0,
             "skipped": [], "problem": None, "left_out": None}
    try:
        place = fresh("matrix", lab, "wheat-" + name)
        programs = make_wheat(lab, sources, place)
        wheat["scenarios"], wheat["skipped"] = wheat_runs(lab, programs, place,
                                                          args)
    except Skipped as reason:
        wheat["left_out"] = str(reason)
    except Wrong as error:
        wheat["problem"] = str(error)
    return wheat


def grade_wheats(lab, args, tally, say):
    """Grades the right programs one by one, and says how they did."""
    say(f"{lab}: right programs")
    for name, sources in find_wheats(lab):
        if not fnmatch.fnmatch(name, args.only):
            continue
        began = time.monotonic()
        wheat = grade_wheat(lab, name, sources, args)
        tally.wheats.append(wheat)
        if wheat["left_out"]:
            say(f"  skip    {name:12} {wheat['left_out']}")
            continue
        tally.add(wheat["problem"] is None)
        times = args.repeat * (2 if args.load else 1)
        say(f"  {'FAILED' if wheat['problem'] else 'ok':6}  {name:12}"
            f" {wheat['scenarios']} scenarios,"
            f" {times} run{'s' if times > 1 else ''},"
            f" {time.monotonic() - began:.1f} s")
        for line in filter(None, [wheat["problem"], *wheat["skipped"]]):
            say(wrapped(line))


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


def grade_chaff(chaff, seed, turn):
    """Makes and grades one wrong program; notes what is not as declared."""
    if chaff.problem:
        return
    try:
        place = fresh("matrix", chaff.lab, "chaff-" + chaff.name)
        with turn:
            programs = make_chaff(chaff.lab, chaff.path, place, CHAFF_LINE)
        began = time.monotonic()
        scenarios = grade(chaff.lab, programs, place, seed, turn,
                          CHAFF_CLOCKS)
        chaff.seconds = round(time.monotonic() - began, 3)
        chaff.judge(scenarios)
    except Skipped as reason:
        chaff.skipped = str(reason)
    except Wrong as error:
        chaff.problem = str(error)


def grade_chaffs(labs, args, tally, say):
    """Grades the wrong programs of all labs, several at once: a lab need not
    wait for those of another one that take long."""
    turn = threading.BoundedSemaphore(args.jobs)
    with concurrent.futures.ThreadPoolExecutor(UNDER_WAY) as pool:
        under_way = []
        for lab in labs:
            chaffs = find_chaffs(lab, args.only)
            under_way.append((lab, chaffs, [
                pool.submit(grade_chaff, chaff, args.seed, turn)
                for chaff in chaffs]))
        for lab, chaffs, futures in under_way:
            for future in futures:
                future.result()
            for chaff in chaffs:
                if not chaff.skipped:
                    tally.add(chaff.problem is None)
            tally.chaffs += chaffs
            print_chaffs(lab, chaffs, say)


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
                   "skipped": c.skipped, "seconds": c.seconds} for c in self.chaffs]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"wheats": self.wheats, "chaffs": chaffs}, file,
                      indent=1)
            file.write("\n")


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lab", metavar="LAB", action="append",
                        help="this lab (default: all)")
    parser.add_argument("--only", metavar="PATTERN", default="*",
                        help="programs or scenarios of this name (* and ?)")
    parser.add_argument("--load", action="store_true",
                        help="grade right programs with every processor busy, "
                        "too")
    parser.add_argument("--repeat", metavar="N", type=int, default=1,
                        help="grade right programs N times each")
    parser.add_argument("--jobs", metavar="N", type=int,
                        default=2 * PROCESSORS,
                        help="wrong programs at once, those that wait aside")
    parser.add_argument("--seed", metavar="N", type=int,
                        default=any_seed())
    return parser.parse_args()


def main():
    """Grades all and prints the matrix; 0 where all is as declared."""
    args = parse()
    os.chdir(ROOT)
    os.makedirs("build", exist_ok=True)
    labs = args.lab or all_labs()
    tally = Tally()
    with open("build/matrix.txt", "w", encoding="utf-8") as file:
        def say(line):
            print(line, flush=True)
            print(line, file=file)

        say(f"seed {args.seed}")
        for lab in labs:
            grade_wheats(lab, args, tally, say)
        grade_chaffs(labs, args, tally, say)
    tally.write("build/matrix.json")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
