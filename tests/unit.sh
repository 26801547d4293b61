#!/bin/sh
# Runs unit tests one after another and counts their tests.
#
# usage: [SOCKDOJO=build/sockdojo] tests/unit.sh PROGRAM...
#
# Each speaks TAP; cmocka's programs do when asked to. A program that dies, or
# ends badly though its tests are well, or announces more tests than it ran,
# counts as one failure. UNIT_SECONDS is the last resort for one that hangs.
set -u
cd "$(dirname "$0")/.." || exit 3
exec </dev/null

export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
output=$(mktemp) || exit 3
trap 'rm -f "$output"' EXIT

# TAP in, four numbers out. A test that is skipped is neither passed nor failed.
results() {
    awk '
        /^1\.\.[0-9]+/ { planned += substr($1, 4) }
        /^(not )?ok .*# *SKIP/ { skipped++; next }
        /^ok / { passed++ }
        /^not ok / { failed++ }
        END { print passed + 0, failed + 0, skipped + 0, planned + 0 }'
}

all_passed=0
all_failed=0
for program in "$@"; do
    began=$(date +%s%N)
    timeout --kill-after=10 "${UNIT_SECONDS:-300}" "$program" >"$output" 2>&1
    status=$?
    milliseconds=$((($(date +%s%N) - began) / 1000000))

    read -r passed failed skipped planned <<RESULTS
$(results <"$output")
RESULTS

    trouble=
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        trouble="ran for more than ${UNIT_SECONDS:-300} s"
    elif [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        trouble="ended with status $status"
    elif [ $((passed + failed + skipped)) -ne "$planned" ]; then
        trouble="planned $planned tests, ran $((passed + failed + skipped))"
    elif [ "$planned" -eq 0 ]; then
        trouble="ran no test"
    fi
    [ -z "$trouble" ] || failed=$((failed + 1))

    printf '%-44s %3d passed' "$program" "$passed"
    [ "$failed" -eq 0 ] || printf ', %d FAILED' "$failed"
    [ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
    printf ' (%d ms)\n' "$milliseconds"
    if [ "$failed" -ne 0 ]; then
        sed 's/^/    /' "$output"
        [ -z "$trouble" ] || echo "    $program $trouble"
    elif [ "$skipped" -ne 0 ]; then
        grep -B 1 -E '# *SKIP' "$output" | grep -v -E '^(ok|1\.\.|--)' |
            sed 's/^/    /'
    fi
    all_passed=$((all_passed + passed))
    all_failed=$((all_failed + failed))
done
echo "$all_passed passed, $all_failed failed"
[ "$all_failed" -eq 0 ]
