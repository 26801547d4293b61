#!/bin/sh
# Runs every part of `make check`, also after one has failed, and sums up.
#
# A part's last line is `N passed, N failed`; a part that ends otherwise counts
# as one failure. The output of each is kept in build/check/.
set -u
cd "$(dirname "$0")/.." || exit 3
exec </dev/null

# Parts build with all processors, whatever the make above was told.
unset MAKEFLAGS MFLAGS MAKELEVEL VARIANT
build() {
    make --no-print-directory -j"$(nproc)" "$@"
}
logs=build/check
rm -rf "$logs"
mkdir -p "$logs"

all_passed=0
all_failed=0

# One part: its output as it comes, but for the sum, which stays for the end.
# usage: part NAME COMMAND...
part() {
    name=$1
    shift
    echo "== $name"
    began=$(date +%s)
    {
        "$@" 2>&1
        echo "$?" >"$logs/$name.status"
    } | tee "$logs/$name.log" |
        awk '/^[0-9]+ passed, [0-9]+ failed$/ { next } { print; fflush() }'
    seconds=$(($(date +%s) - began))
    count
    echo "== $name: $passed passed, $failed failed ($seconds s)"
    echo
    echo "$seconds $name" >>"$logs/seconds"
    all_passed=$((all_passed + passed))
    all_failed=$((all_failed + failed))
}

# Makes one test of a command that does not count.
counted() {
    if "$@"; then
        echo "1 passed, 0 failed"
    else
        echo "0 passed, 1 failed"
    fi
}

# Reads the sum of the part that has just ended.
count() {
    status=$(cat "$logs/$name.status")
    sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$logs/$name.log" | tail -n 1)
    passed=${sum%% *}
    failed=${sum#*, }
    failed=${failed%% *}
    if [ -z "$sum" ]; then
        passed=0
        failed=1
        echo "$name ended with status $status and without a result"
    elif [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        failed=1
        echo "$name ended with status $status though no test failed"
    fi
}

part lint build lint
part unit build unit
part asan build unit VARIANT=asan
part course build course
part class build class
part matrix build matrix
part document build document
part handouts build handouts
part docs counted build docs

echo "slowest parts:"
sort -rn "$logs/seconds" | awk '{ printf "  %4d s  %s\n", $1, $2 }'
echo "$all_passed passed, $all_failed failed"
[ "$all_failed" -eq 0 ]
