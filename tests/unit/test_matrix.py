#!/usr/bin/python3
"""Does the matrix judge wrong programs as it says? Speaks TAP."""

import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import matrix  # pylint: disable=wrong-import-position
import programs  # pylint: disable=wrong-import-position

RULES = {"one": ["S1", "S2"], "two": ["S2"], "three": ["C6"]}


def scenarios(**verdicts):
    """A lab's scenarios with these verdicts, `pass` where none is given."""
    return [{"name": name, "rules": rules, "max": 1, "reason": "made up",
             "verdict": verdicts.get(name, "pass")}
            for name, rules in RULES.items()]


def chaff(*lines, name="c.patch"):
    """A chaff whose file begins with these lines."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        made = matrix.Chaff("01-x", path)
        made.read_declaration()
    return made


def refused(part, call, *arguments):
    """The call finds something wrong, and says this of it."""
    try:
        call(*arguments)
    except matrix.Wrong as error:
        assert part in str(error), error
        return
    raise AssertionError("nothing was found wrong")


def test_reads_a_declaration():
    made = chaff("S1,S2 one: has a bug", "also: two three")
    assert made.rules == ["S1", "S2"] and made.scenario == "one"
    assert made.bug == "has a bug" and made.also == ["two", "three"]


def test_reads_comments():
    assert chaff("/* S1 one: a bug */", name="server-c.c").bug == "a bug"
    made = chaff("#!/usr/bin/python3", "# S1 one: a bug", "# also: two")
    assert made.bug == "a bug" and made.also == ["two"]


def test_refuses_other_first_lines():
    for line in ("", "one: a bug", "S1 one:", "S1 one a bug", "--- a/x"):
        refused("first line", chaff, line)


def test_caught_by_the_named_scenario():
    made = chaff("S1 one: a bug")
    made.judge(scenarios(one="fail"))
    assert made.lost == ["one"]


def test_shared_rule_may_be_lost_too():
    chaff("S2 one: a bug").judge(scenarios(one="fail", two="fail"))


def test_what_must_pass_first_may_be_skipped():
    chaff("S1 one: a bug").judge(scenarios(one="fail", three="skip"))


def test_other_losses_are_found():
    refused("no rule with it: three", chaff("S1 one: a bug").judge,
            scenarios(one="fail", three="fail"))


def test_also_allows_other_losses():
    chaff("S1 one: a bug", "also: three").judge(
        scenarios(one="fail", three="fail"))


def test_also_must_be_lost():
    refused("does not lose: three",
            chaff("S1 one: a bug", "also: three").judge, scenarios(one="fail"))


def test_not_caught():
    refused("not caught by one", chaff("S2 one: a bug").judge,
            scenarios(two="fail"))
    refused("not caught by one", chaff("S1 one: a bug").judge,
            scenarios(one="skip"))


def test_unknown_is_never_right():
    refused("two is unknown", chaff("S1 one: a bug").judge,
            scenarios(one="fail", two="unknown"))


def test_rule_must_be_the_scenarios():
    refused("does not check C6", chaff("C6 one: a bug").judge,
            scenarios(one="fail"))


def test_names_must_exist():
    refused("no such scenario: four", chaff("S1 four: a bug").judge,
            scenarios())


def test_what_the_machine_cannot_do_is_skipped():
    cases = scenarios(one="skip")
    cases[0]["max"] = 0
    try:
        chaff("S1 one: a bug").judge(cases)
    except matrix.Skipped:
        return
    raise AssertionError("not skipped")


def beside_a_program(name, text, call):
    """Calls with the path of a program beside which such a file stands."""
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, name), "w",
                  encoding="utf-8") as file:
            file.write(text)
        return call(os.path.join(directory, "server.c"))


def test_what_a_program_needs_may_be_missing():
    programs.NEEDS["wings"] = lambda: "it cannot fly"
    try:
        beside_a_program("skip-unless", "wings\n", programs.check_needs)
    except programs.Skipped as why:
        assert "no wings here: it cannot fly" in str(why), why
        return
    raise AssertionError("not skipped")


def test_what_a_program_needs_may_be_there():
    programs.NEEDS["wings"] = lambda: ""
    beside_a_program("skip-unless", "wings\n", programs.check_needs)


def test_needs_are_known():
    refused("fins is none of", beside_a_program, "skip-unless", "fins\n",
            programs.check_needs)


def test_libraries_are_words():
    words = beside_a_program("libraries", "-la -lb\n",
                             lambda path: programs.beside(path, "libraries"))
    assert words == ["-la", "-lb"], words


def test_a_program_has_a_role():
    assert programs.role_by_name("x/client-y.patch") == "client"
    refused("neither with", programs.role_by_name, "x/servant.c")


def test_a_patch_changes_one_file():
    with tempfile.NamedTemporaryFile("w", suffix=".patch") as file:
        file.write("S1 one: a bug\n--- a/x\n+++ b/no/such\n")
        file.flush()
        refused("not there", programs.patched_file, file.name)
        file.write("--- a/y\n+++ b/no/other\n")
        file.flush()
        refused("exactly one", programs.patched_file, file.name)


def test_lab_01_is_given_nothing():
    assert not programs.given_common("01-stream")
    assert programs.given_common("02-framing")


def main():
    """Runs every function here whose name begins with test_."""
    tests = [value for name, value in sorted(globals().items())
             if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = 0
    for i, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {i} - {test.__name__}")
        except (AssertionError, matrix.Wrong) as error:
            failed += 1
            print(f"not ok {i} - {test.__name__}\n# {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
