#!/usr/bin/python3
"""Prints gcovr's summary as a table of lines and branches.

usage: tests/coverage/table.py SUMMARY.json TITLE
"""

import json
import sys


def cell(row, kind):
    """Covered, total and per cent of one kind."""
    covered, total = row[kind + "_covered"], row[kind + "_total"]
    percent = 100 * covered / total if total else 100
    return f"{covered:6}/{total:<4}{percent:6.1f} %"


def main():
    """One line a file, and the sum."""
    with open(sys.argv[1], encoding="utf-8") as file:
        summary = json.load(file)
    print(f"{sys.argv[2]:38}{'lines':>19}{'branches':>19}")
    rows = [(row["filename"], row) for row in summary["files"]]
    for name, row in [*rows, ("total", summary)]:
        print(f"  {name:36}{cell(row, 'line')}{cell(row, 'branch')}")


if __name__ == "__main__":
    sys.exit(main())
