#!/usr/bin/python3
"""Grades the solutions again and again, half of the times with every processor
busy, and counts the verdicts that differ: there must be none.

usage: tests/soak.py [N]
"""

import collections
import contextlib
import os
import sys
import time

sys.dont_write_bytecode = True
import programs as p  # pylint: disable=wrong-import-position


def soak(lab, times):
    """Grades one lab; returns {scenario: Counter of verdicts}, and reasons."""
    place = p.fresh("soak", lab)
    programs = p.solution(lab, place)
    seen = collections.defaultdict(collections.Counter)
    reasons = []
    for i in range(times):
        loaded = i >= times // 2
        seed = p.any_seed()
        with p.busy_processors() if loaded else contextlib.nullcontext():
            began = time.monotonic()
            scenarios = p.grade(lab, programs, place, seed)
        for scenario in scenarios:
            seen[scenario["name"]][scenario["verdict"]] += 1
            if scenario["verdict"] not in ("pass", "skip"):
                reasons.append(
                    f"run {i + 1}{' (busy)' if loaded else ''}, seed {seed}: "
                    f"{scenario['name']}: {scenario['verdict']}: "
                    f"{scenario.get('reason')}")
        if sys.stderr.isatty():
            print(f"\r{lab}: {i + 1}/{times}, "
                  f"{time.monotonic() - began:.1f} s", end="",
                  file=sys.stderr, flush=True)
    print(f"\n{lab}: graded {times} times")
    return seen, reasons


def main():
    """Soaks every lab; 0 where nothing differed."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    os.chdir(p.ROOT)
    passed = failed = 0
    for lab in p.all_labs():
        seen, reasons = soak(lab, times)
        for line in reasons:
            print("  " + line)
        for name, verdicts in seen.items():
            steady = len(verdicts) == 1 and verdicts.keys() <= {"pass", "skip"}
            passed, failed = passed + steady, failed + (not steady)
            if not steady:
                print(f"  {name}: " + ", ".join(
                    f"{count} {verdict}" for verdict, count in
                    verdicts.most_common()))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
