#!/usr/bin/python3
"""What `make handout` packs, as a class gets it: unpacked elsewhere it holds
the labs up to one of them and nothing that gives them away, builds, and
grades."""

import filecmp
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.dont_write_bytecode = True
import pack  # pylint: disable=wrong-import-position
import programs  # pylint: disable=wrong-import-position

ROOT = programs.ROOT
SECONDS = 300
# A lab is meant to begin with nothing, or next to it.
SKELETON_MOST = 5
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
SECRET = ("solutions", "tests/wheats", "tests/chaffs")


def run(kit, *command):
    """Runs a command in a kit; returns its status and what it said."""
    done = subprocess.run(command, cwd=kit, env=ENVIRONMENT, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          errors="replace", timeout=SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


def number(lab):
    """01 of 01-stream."""
    return lab.partition("-")[0]


def digest(data):
    """What two equal files have in common."""
    return hashlib.sha256(data).digest()


def secrets():
    """What no class is given: {digest: path}."""
    found = {}
    for tree in SECRET:
        for place, _, names in os.walk(tree):
            for path in (os.path.join(place, name) for name in names):
                with open(path, "rb") as file:
                    found[digest(file.read())] = path
    return found


# ---- what is packed


def unknown_lab(_):
    """a lab that there is not is an error, and so is none at all"""
    for words in (["99"], ["01-strem"], [], ["../labs"]):
        status, out, err = run(ROOT, "tests/pack.py", *words)
        assert (status, out) == (2, ""), f"{words}: status {status}: {out}"
        assert all(word in err for word in [*words, programs.all_labs()[0]]), \
            f"{words}: {err}"


def packed_twice(lab, directory):
    """the archive is the same each time"""
    archives = [os.path.join(directory, str(i), f"sockdojo-{number(lab)}.tar.gz")
                for i in range(2)]
    for archive in archives:
        pack.pack(pack.reached(lab), archive)
    assert filecmp.cmp(*archives, shallow=False)
    status, out, err = run(ROOT, "tests/pack.py", number(lab))
    assert status == 0 and lab in out, err
    assert filecmp.cmp(archives[0], out.partition(":")[0], shallow=False)


def entries_in_order(lab, directory):
    """entries are sorted, nobody's and of one time, all in one folder"""
    with tarfile.open(archive_of(lab, directory)) as archive:
        entries = archive.getmembers()
    names = [entry.name for entry in entries]
    assert names == sorted(names) and len(set(names)) == len(names)
    assert all(name.startswith(f"sockdojo-{number(lab)}/") for name in names)
    assert all(entry.isfile() for entry in entries)
    assert len({entry.mtime for entry in entries}) == 1
    assert {(entry.uid, entry.gid) for entry in entries} == {(0, 0)}
    assert {entry.mode for entry in entries} <= {0o644, 0o755}


def nothing_given_away(lab, directory):
    """labs up to this one are in it, and no solution of any"""
    kit = os.path.join(directory, f"sockdojo-{number(lab)}")
    known = secrets()
    for place, _, names in os.walk(kit):
        for path in (os.path.join(place, name) for name in names):
            own = os.path.relpath(path, kit)
            assert not own.startswith(SECRET), own
            with open(path, "rb") as file:
                same = known.get(digest(file.read()))
            assert not same, f"{own} is {same}"
    folders = {name for name in os.listdir(os.path.join(kit, "labs"))
               if os.path.isdir(os.path.join(kit, "labs", name))}
    labs = set(pack.reached(lab))
    common = {"common"} if len(labs) > 1 else set()
    assert folders == labs | common, folders
    for path, first in pack.GIVEN_WITH.items():
        there = os.path.exists(os.path.join(kit, path + ".c"))
        assert there == (number(lab) >= first), f"{path} in {lab}"
    for name in labs:
        files = set(os.listdir(os.path.join(kit, "labs", name)))
        assert {"README.md", "Makefile", "server.c", "client.c"} <= files, files
        assert not {"server", "client"} & files, files
    with open(os.path.join(kit, "labs", "README.md"),
              encoding="utf-8") as file:
        named = set(re.findall(r"\]\((\d\d-[a-z-]+)", file.read()))
    assert named <= labs, f"labs/README.md leads to {named - labs}"


def archive_of(lab, directory):
    """Where packed_twice has put it."""
    return os.path.join(directory, "0", f"sockdojo-{number(lab)}.tar.gz")


# ---- what can be done with it


def build(kit, directory):
    """it builds"""
    before = os.path.join(directory, "build")
    if os.path.isdir(before):
        # The harness is the same in all of them.
        shutil.copytree(before, os.path.join(kit, "build"), symlinks=True)
    status, _, err = run(kit, "make", f"-j{os.cpu_count() or 1}")
    assert status == 0 and not err, err
    if not os.path.isdir(before):
        shutil.copytree(os.path.join(kit, "build"), before, symlinks=True)


def graded(kit, lab):
    """`make grade`: its status, and the lab of the document."""
    status, _, err = run(kit, "make", "grade", f"LAB={lab}",
                         "ARGS=--format json=build/document.json")
    path = os.path.join(kit, "build", "document.json")
    assert os.path.exists(path), err
    with open(path, encoding="utf-8") as file:
        result = json.load(file)["labs"][0]
    os.unlink(path)
    assert result["lab"] == lab, result["lab"]
    return status, result


def skeleton_graded(kit, lab):
    """the skeleton is graded, and scores next to nothing"""
    status, result = graded(kit, lab)
    assert status == 2, f"make ended with {status}"
    assert result["points"] <= SKELETON_MOST, f"{result['points']} points"
    missing = [s["reason"] for s in result["scenarios"]
               if "compile" in (s.get("reason") or "")]
    assert not missing, missing[0]


def solution_graded(kit, lab):
    """the solution in its place scores full, and compiles without a warning"""
    for role in programs.ROLES:
        shutil.copy(os.path.join("solutions", lab, role + ".c"),
                    os.path.join(kit, "labs", lab))
    status, result = graded(kit, lab)
    lost = [f"{s['name']}: {s.get('reason')}" for s in result["scenarios"]
            if s["verdict"] not in ("pass", "skip")]
    assert status == 0 and result["points"] == result["max"], \
        f"status {status}: {'; '.join(lost)}"
    status, _, err = run(kit, "make", "-C", f"labs/{lab}")
    assert status == 0 and not err, err


def only_its_labs(kit, lab):
    """labs that are not in it are not known to it"""
    _, out, _ = run(kit, "build/sockdojo", "list")
    listed = set(re.findall(r"(?:^| )(\d\d-[a-z-]+)", out, re.M))
    assert listed == set(pack.reached(lab)), listed


def whole_kit_only(kit, _):
    """what needs the solutions says so in one line"""
    for target in ("check", "matrix", "handout"):
        status, out, err = run(kit, "make", target)
        assert status == 2 and not out, f"{target}: {status}: {out}"
        assert len(err.splitlines()) == 1 and "not handed out" in err, err
    _, out, _ = run(kit, "make", "help")
    assert "make grade" in out and "make check" not in out, out


def demo(kit, _):
    """`make demo` grades the learner's own work"""
    status, out, err = run(kit, "make", "demo")
    assert status == 0, err
    assert "There is no solution here" in out and "server-hello" in out, out


# ---- in their order


class Results:
    """Counts tests and tells of each."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, title, test, *arguments):
        """Runs a test."""
        try:
            test(*arguments)
            self.passed += 1
            print("ok     ", f"{title}: {test.__doc__}", flush=True)
        except (AssertionError, KeyError, OSError, programs.Wrong,
                subprocess.SubprocessError) as error:
            self.failed += 1
            print("FAILED ", f"{title}: {test.__doc__}")
            print("        " + str(error).replace("\n", "\n        "),
                  flush=True)


def try_pack(lab, directory, results):
    """Packs and unpacks what a class that has reached this lab gets."""
    results.check(lab, packed_twice, lab, directory)
    results.check(lab, entries_in_order, lab, directory)
    with tarfile.open(archive_of(lab, directory)) as archive:
        archive.extractall(directory)
    results.check(lab, nothing_given_away, lab, directory)
    kit = os.path.join(directory, f"sockdojo-{number(lab)}")
    results.check(lab, build, kit, directory)
    results.check(lab, only_its_labs, kit, lab)
    results.check(lab, skeleton_graded, kit, lab)
    results.check(lab, solution_graded, kit, lab)
    if lab == programs.all_labs()[0]:
        results.check(lab, whole_kit_only, kit, lab)
        results.check(lab, demo, kit, lab)


def main():
    """Runs all tests; 0 where all passed."""
    os.chdir(ROOT)
    results = Results()
    results.check("all labs", unknown_lab, None)
    with tempfile.TemporaryDirectory() as directory:
        for lab in programs.all_labs():
            try_pack(lab, directory, results)
    print(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
