#!/usr/bin/python3
"""Packs what a class has reached: the labs up to one of them, and what builds
and grades them.

usage: tests/pack.py LAB

LAB is a lab's number or name. build/handout/sockdojo-NN.tar.gz holds what a
learner needs and no more: no solutions, no right or wrong programs, and none of
the tests that need them. labs/common gives lab 01 away, and comes with lab 02;
some of it gives later ones away, and comes with lab 05.
The same sources make the same archive, byte by byte.

Exit status: 0 packed, 2 there is no such lab.
"""

import gzip
import io
import os
import re
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True
from programs import ROOT, all_labs  # pylint: disable=wrong-import-position

# Files and folders. Of folders only what is source goes along: in a lab's
# folder there may stand what somebody has built or tried.
PACKED = ["LICENSE", "Makefile", "README.md", "CHANGELOG.md", "packages.txt",
          ".gitignore", "docs", "harness", "labs/README.md", "labs/lab.mk",
          "tests/document", "tests/install-packages.sh"]
SOURCES = (".c", ".h", ".md", ".mk", ".py", ".png", ".svg")
SOURCE_NAMES = ("Makefile", "Doxyfile")

# What earlier labs have a learner write: the lab with which it is given.
GIVEN_WITH = {"labs/common/connecting": "05", "labs/common/serving": "05"}


def reached(wanted):
    """The labs up to the one of this number or name; none where there is no
    such lab."""
    labs = all_labs()
    found = [lab for lab in labs if wanted in (lab, lab.partition("-")[0])]
    return labs[:labs.index(found[0]) + 1] if found else []


def sources_below(folder):
    """The sources below a folder, by their paths from the project's root."""
    for place, _, names in os.walk(os.path.join(ROOT, folder)):
        for name in names:
            if name.endswith(SOURCES) or name in SOURCE_NAMES:
                yield os.path.relpath(os.path.join(place, name), ROOT)


def files_for(labs):
    """The paths of all files that are packed, sorted."""
    parts = PACKED + [f"labs/{lab}" for lab in labs]
    if len(labs) > 1:
        parts.append("labs/common")
    files = set()
    for part in parts:
        if os.path.isdir(os.path.join(ROOT, part)):
            files.update(sources_below(part))
        else:
            files.add(part)
    return sorted(path for path in files
                  if GIVEN_WITH.get(os.path.splitext(path)[0], "") <= labs[-1])


def without_later_labs(text, labs):
    """A handout's text without the rows of tables that lead to labs that are
    not packed."""
    def stays(line):
        link = re.match(r"\| \[[^]]*\]\((\d\d-[^/)]*)", line)
        return not link or link[1] in labs
    return "".join(filter(stays, text.splitlines(keepends=True)))


def content(path, labs):
    """What a packed file holds."""
    with open(os.path.join(ROOT, path), "rb") as file:
        data = file.read()
    if path == "labs/README.md":
        data = without_later_labs(data.decode(), labs).encode()
    return data


def last_change(files):
    """The time of the last commit; without git, that of the newest file."""
    try:
        done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT,
                              capture_output=True, text=True, check=False)
        return int(done.stdout)
    except (OSError, ValueError):
        return int(max(os.stat(os.path.join(ROOT, path)).st_mtime
                       for path in files))


def entry(path, name, size, when):
    """How a file stands in the archive: nobody's, and of one time."""
    info = tarfile.TarInfo(name)
    info.size = size
    info.mtime = when
    executable = os.stat(os.path.join(ROOT, path)).st_mode & 0o100
    info.mode = 0o755 if executable else 0o644
    info.uname = info.gname = "root"
    return info


def pack(labs, target):
    """Writes the archive of these labs."""
    files = files_for(labs)
    when = last_change(files)
    folder = os.path.basename(target).partition(".")[0]
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as raw, \
            gzip.GzipFile("", "wb", fileobj=raw, mtime=when) as packed, \
            tarfile.open(fileobj=packed, mode="w",
                         format=tarfile.USTAR_FORMAT) as archive:
        for path in files:
            data = content(path, labs)
            archive.addfile(entry(path, f"{folder}/{path}", len(data), when),
                            io.BytesIO(data))


def main():
    """Packs one handout."""
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    labs = reached(wanted)
    if not labs:
        print(f'There is no lab "{wanted}".' if wanted else
              "Which lab? For example: make handout LAB=02", file=sys.stderr)
        print(f"There is: {' '.join(all_labs())}", file=sys.stderr)
        return 2
    number = labs[-1].partition("-")[0]
    target = os.path.join("build", "handout", f"sockdojo-{number}.tar.gz")
    os.chdir(ROOT)
    pack(labs, target)
    print(f"{target}: {', '.join(labs)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
