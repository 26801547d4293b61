"""Right and wrong programs: where they stand, how they are compiled, and how
they are graded. What the tests have in common that need programs."""

import contextlib
import functools
import glob
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOCKDOJO = os.path.join("build", "sockdojo")
ROLES = ("server", "client")
# The kit's compile line, without its warnings: wrong programs may have some.
COMPILE = ["cc", "-std=c17", "-D_GNU_SOURCE", "-w", "-O2", "-g", "-pthread"]
COMMON = os.path.join("labs", "common")
# Who has nothing to show for it by then is waiting, and others may go on.
BUSY_SECONDS = 1
# One grading takes seconds; this is for a harness that hangs.
LAST_RESORT = 300


class Wrong(Exception):
    """Something is not as it must be; the text says what."""


class Skipped(Exception):
    """This machine cannot show it; the text says why."""


def all_labs():
    """The names of the labs, in their order."""
    return sorted(name for name in os.listdir(os.path.join(ROOT, "labs"))
                  if re.match(r"\d\d-", name))


def given_common(lab):
    """Are the lab's programs compiled along with labs/common? Lab 01 has the
    learner write what is there."""
    return not lab.startswith("01-")


def run_or_wrong(what, command):
    """Runs a command that has to work."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", capture_output=True, check=False)
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip().splitlines()
        raise Wrong(f"{what}: {said[0] if said else done.returncode}")


def fresh(*parts):
    """An empty directory, below build/."""
    place = os.path.join("build", *parts)
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    return place


# ---- making programs


# Kept as long as the process lives, and removed with it.
OBJECTS = tempfile.TemporaryDirectory(prefix="sockdojo-common-")
COMPILING = threading.Lock()


@functools.lru_cache(maxsize=None)
def common_objects(line):
    """labs/common, compiled once for each compile line: {source: object}."""
    place = tempfile.mkdtemp(dir=OBJECTS.name)
    objects = {}
    for source in sorted(glob.glob(os.path.join(COMMON, "*.c"))):
        objects[source] = os.path.join(place, os.path.basename(source) + ".o")
        run_or_wrong(f"{source} does not compile",
                     [*line, "-Ilabs", "-c", "-o", objects[source], source])
    return objects


def common_words(lab, line, patched=None):
    """What the compiler is told where a lab is given labs/common. `patched` is
    a pair: one of its files, and what stands in its place."""
    if not given_common(lab):
        return []
    with COMPILING:
        objects = dict(common_objects(tuple(line)))
    words = ["-Ilabs"]
    if patched:
        words += ["-iquote", COMMON]
        objects[patched[0]] = patched[1]
    return words + list(objects.values())


def beside(source, name):
    """The words of a file that stands beside a program, if there is one."""
    try:
        with open(os.path.join(os.path.dirname(source), name),
                  encoding="utf-8") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def make_program(lab, source, place, role, line=None, patched=None):
    """Compiles C; copies anything else. Returns the executable's path."""
    program = os.path.join(place, role)
    line = line or COMPILE
    if not source.endswith(".c"):
        shutil.copy(source, program)
        os.chmod(program, 0o755)
        return program
    run_or_wrong("it does not compile",
                 [*line, "-o", program, source,
                  *common_words(lab, line, patched),
                  *beside(source, "libraries")])
    return program


def solution(lab, place, line=None):
    """The solution's programs, compiled: {role: program}."""
    return {role: make_program(lab, f"solutions/{lab}/{role}.c", place, role,
                               line)
            for role in ROLES}


# ---- right programs, and what they need


# As somebody else than root, since the programs run as somebody else. 425 is
# io_uring_setup(2), which takes 120 bytes of parameters.
TRY_IO_URING = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(425, 1, ctypes.create_string_buffer(120)) < 0:
    import os
    print(os.strerror(ctypes.get_errno()))
"""


@functools.lru_cache(maxsize=None)
def why_no_io_uring():
    """What is said to who asks for io_uring, or nothing."""
    nobody = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
    return subprocess.run(["/usr/bin/python3", "-c", TRY_IO_URING], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=True, cwd="/", **nobody).stdout.strip()


NEEDS = {"io_uring": why_no_io_uring}


def check_needs(source):
    """Raises Skipped where this machine lacks what the file `skip-unless`
    beside a program names."""
    for word in beside(source, "skip-unless"):
        if word not in NEEDS:
            raise Wrong(f"skip-unless: {word} is none of {', '.join(NEEDS)}")
        why = NEEDS[word]()
        if why:
            raise Skipped(f"no {word} here: {why}")


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


def make_wheat(lab, sources, place):
    """Makes a right program's two; returns {role: program}."""
    if len(sources) != len(ROLES):
        raise Wrong("does not have both programs")
    for source in sources.values():
        check_needs(source)
    return {role: make_program(lab, path, place, role)
            for role, path in sources.items()}


# ---- wrong programs


def patched_file(patch):
    """The one file that a patch changes."""
    with open(patch, encoding="utf-8", errors="replace") as file:
        names = re.findall(r"^\+\+\+ b/(\S+)", file.read(), re.M)
    if len(names) != 1:
        raise Wrong("a patch changes exactly one file, `+++ b/PATH`")
    if not os.path.isfile(names[0]):
        raise Wrong(f"it patches {names[0]}, which is not there")
    return names[0]


def role_by_name(path):
    """The role that a wrong program's own name tells."""
    role = os.path.basename(path).partition("-")[0]
    if role not in ROLES:
        raise Wrong("its name starts neither with server- nor client-")
    return role


def apply_patch(patch, target, place):
    """A patched copy of a file, below `place`; returns its path."""
    copy = os.path.join(place, target)
    os.makedirs(os.path.dirname(copy), exist_ok=True)
    shutil.copy(target, copy)
    for name in ("libraries", "skip-unless"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(os.path.join(os.path.dirname(target), name),
                        os.path.dirname(copy))
    run_or_wrong("the patch does not apply",
                 ["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch",
                  "--silent", "--force", "-d", place,
                  "-i", os.path.abspath(patch)])
    return copy


def make_chaff(lab, path, place, line=None):
    """Makes a wrong program, a whole one or a patch; returns {role: program}.
    A patch of labs/common is a bug of the solution that is given it."""
    if not path.endswith(".patch"):
        role = role_by_name(path)
        return {role: make_program(lab, path, place, role, line)}
    target = patched_file(path)
    check_needs(target)
    copy = apply_patch(path, target, place)
    if os.path.dirname(target) == COMMON:
        role = role_by_name(path)
        return {role: make_program(lab, f"solutions/{lab}/{role}.c", place,
                                   role, line, (target, copy))}
    role = os.path.splitext(os.path.basename(target))[0]
    if role not in ROLES:
        raise Wrong(f"it patches {target}, which is no program")
    return {role: make_program(lab, copy, place, role, line)}


# ---- grading


def any_seed():
    """A seed that is short enough to be typed again."""
    return random.SystemRandom().randrange(1, 1 << 32)


def run_grader(command, turn):
    """Runs a grader; keeps the turn only as long as it may be computing.
    Returns its status and the lines that it said on stderr."""
    with turn:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, text=True,
                                   stderr=subprocess.PIPE, errors="replace")
        said = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            said = process.communicate(timeout=BUSY_SECONDS)[1]
    try:
        if said is None:
            said = process.communicate(timeout=LAST_RESORT)[1]
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise Wrong(f"grading takes over {LAST_RESORT} s") from error
    return process.returncode, said.strip().splitlines()


def grade(what, programs, place, seed, turn=contextlib.nullcontext(), more=()):
    """Grades {role: program}, in a lab or in one scenario; returns what the
    document says of each scenario."""
    document = os.path.join(place, "document.json")
    command = [SOCKDOJO, "grade", what, "--seed", str(seed),
               "--format", f"json={document}", *more]
    for role, program in programs.items():
        command += [f"--{role}", shlex.quote(os.path.abspath(program))]
    with contextlib.suppress(FileNotFoundError):
        os.unlink(document)
    status, said = run_grader(command, turn)
    if status not in (0, 1, 3) or not os.path.exists(document):
        raise Wrong(f"grading ended with {status}: "
                    f"{said[-1] if said else 'it said nothing'}")
    with open(document, encoding="utf-8") as file:
        scenarios = json.load(file)["labs"][0]["scenarios"]
    return [s for s in scenarios if s["role"] in programs]


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
