#!/usr/bin/python3
"""Prints gcovr's summary as a table of lines and branches: the solution's files
with their sum, then what it is given, for itself.

usage: tests/coverage/table.py SUMMARY.json TITLE
"""

import json
import sys


def cell(row, kind):
    """Covered, total and per cent of one kind."""
    covered, total = row[kind + "_covered"], row[kind + "_total"]
    percent = 100 * covered / total if total else 100
    return f"{covered:6}/{total:<4}{percent:6.1f} %"


def print_row(name, row):
    """One line of the table."""
    print(f"  {name:36}{cell(row, 'line')}{cell(row, 'branch')}")


def main():
    """One line a file, and the sum of the solution's."""
    with open(sys.argv[1], encoding="utf-8") as file:
        files = json.load(file)["files"]
    print(f"{sys.argv[2]:38}{'lines':>19}{'branches':>19}")
    given = [row for row in files if row["filename"].startswith("labs/")]
    own = [row for row in files if row not in given]
    total = {f"{kind}_{what}": sum(row[f"{kind}_{what}"] for row in own)
             for kind in ("line", "branch") for what in ("covered", "total")}
    for row in own:
        print_row(row["filename"], row)
    print_row("total", total)
    for row in given:
        print_row(row["filename"], row)


if __name__ == "__main__":
    sys.exit(main())
