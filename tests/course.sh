#!/bin/sh
# Is the course in order? The skeletons compile and score next to nothing, the
# solutions score everything, the same labs stand in all trees and nothing else
# does, the handouts' tables are current, and every scenario has a wrong program.
set -u
cd "$(dirname "$0")/.." || exit 3
exec </dev/null

# A lab's Makefile is run as a learner runs it.
unset MAKEFLAGS MFLAGS MAKELEVEL

sockdojo=build/sockdojo
work=build/course
rm -rf "$work"
mkdir -p "$work"

passed=0
failed=0
lab=

# usage: check NAME FUNCTION
check() {
    if "$2" >"$work/output" 2>&1; then
        echo "ok      $lab: $1"
        passed=$((passed + 1))
    else
        echo "FAILED  $lab: $1"
        sed 's/^/        /' "$work/output"
        failed=$((failed + 1))
    fi
}

folders() {
    find "$1" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' -printf '%f\n' |
        sort
}

# Prints what it is fed, and fails if that is anything.
nothing() {
    ! grep .
}

# Grades the lab's folder below $1. The document goes to $2.
graded() {
    "$sockdojo" grade "$lab" --from "$1" --format json="$2" >"$2.log" 2>&1
    status=$?
    [ "$status" -le 1 ] && [ -s "$2" ] && return
    echo "grading $1/$lab ended with status $status"
    cat "$2.log"
    return 1
}

# usage: points DOCUMENT TEST-OF-POINTS-AND-MAX
points() {
    python3 -c '
import json, sys
lab = json.load(open(sys.argv[1]))["labs"][0]
points, maximum = lab["points"], lab["max"]
for scenario in lab["scenarios"]:
    if scenario["verdict"] == "skip" and scenario["max"] == 0:
        print("left out here:", scenario["name"], scenario.get("reason"))
if not eval(sys.argv[2]):
    print(points, "of", maximum, "points; wanted:", sys.argv[2])
    for scenario in lab["scenarios"]:
        if bool(scenario["points"]) == (points <= maximum / 2):
            print(scenario["verdict"], scenario["name"],
                  scenario.get("reason") or "")
    sys.exit(1)
' "$@"
}

same_labs() {
    for tree in labs solutions tests/wheats tests/chaffs; do
        folders "$tree" | diff "$work/labs" - >"$work/diff" || {
            echo "$tree and \`$sockdojo list\` do not name the same labs:"
            cat "$work/diff"
        }
    done | nothing
}

# A learner's folder may hold what its Makefile builds, but nothing else. Beside
# right programs may stand what they need.
no_strays() {
    {
        find labs -mindepth 1 -maxdepth 1 ! -name '[0-9]*' ! -name common \
            ! -name README.md ! -name lab.mk
        find labs/common -mindepth 1 ! -name '*.[ch]'
        find "labs/$lab" "solutions/$lab" -mindepth 1 \
            ! -path "labs/$lab/README.md" ! -path "labs/$lab/Makefile" \
            ! -path "solutions/$lab/NOTES.md" \
            ! -name server.c ! -name client.c ! -name server ! -name client
        find "tests/chaffs/$lab" -mindepth 1 \
            ! -name '*.patch' ! -name 'server-*.[cp]*' ! -name 'client-*.[cp]*'
        find "tests/wheats/$lab" -mindepth 1 ! -type d \
            ! -name server.c ! -name client.c ! -name server ! -name client \
            ! -name libraries ! -name skip-unless
    } | sed 's/^/does not belong here: /' | nothing
}

complete() {
    for file in "labs/$lab/README.md" "labs/$lab/Makefile" \
        "labs/$lab/server.c" "labs/$lab/client.c" "solutions/$lab/NOTES.md" \
        "solutions/$lab/server.c" "solutions/$lab/client.c"; do
        [ -f "$file" ] || echo "missing: $file"
    done | nothing
}

# With the learner's own Makefile, whose warnings are printed.
skeleton_compiles() {
    make -s -C "$work/copy/$lab" 2>&1 | nothing || return 1
    [ -x "$work/copy/$lab/server" ] && [ -x "$work/copy/$lab/client" ]
}

# In a copy: a learner's best results are not ours to write.
skeleton_scores_little() {
    graded "$work/copy" "$work/skeleton.json" &&
        points "$work/skeleton.json" "points <= 5"
}

solution_scores_full() {
    graded solutions "$work/solution.json" &&
        points "$work/solution.json" "points == maximum and maximum > 90"
}

handout_current() {
    "$sockdojo" list "$lab" --markdown >"$work/table" || return 1
    awk '
        /^<!-- \/checks -->/ { inside = 0 }
        inside { print }
        /^<!-- checks -->/ { inside = 1 }
    ' "labs/$lab/README.md" >"$work/block"
    cmp -s "$work/block" "$work/table" && [ -s "$work/table" ] && return
    diff "$work/block" "$work/table" | head -n 10
    echo "labs/$lab/README.md: between <!-- checks --> and <!-- /checks -->" \
        "must stand what \`$sockdojo list $lab --markdown\` prints"
    return 1
}

every_scenario_has_a_chaff() {
    python3 -c '
import json, os, re, sys
lab, folder = sys.argv[2:]
scenarios = json.load(open(sys.argv[1]))["labs"][0]["scenarios"]
caught = set()
for name in os.listdir(folder):
    with open(os.path.join(folder, name), errors="replace") as file:
        head = file.readline() + file.readline()
    caught |= set(re.findall(r"[A-Z]\d+ ([a-z0-9-]+):", head))
# What is worth nothing, and yet not left out, shows something: none can fail.
shown = {s["name"] for s in scenarios
         if s["max"] == 0 and s["verdict"] != "skip"}
missing = [s["name"] for s in scenarios if s["name"] not in caught | shown]
print("no wrong program for:", *missing, sep="\n    ") if missing else None
sys.exit(bool(missing))
' "$work/solution.json" "$lab" "tests/chaffs/$lab"
}

"$sockdojo" list | grep -oE '(^| )[0-9]{2}-[a-z][a-z-]*' | tr -d ' ' |
    sort -u >"$work/labs"
lab="all labs"
check "the same in labs, solutions, wheats, chaffs and list" same_labs

mkdir -p "$work/copy"
cp -R labs/lab.mk labs/common "$work/copy/"
while read -r lab; do
    mkdir -p "$work/copy/$lab"
    cp "labs/$lab"/*.c "labs/$lab/Makefile" "$work/copy/$lab/"
    check "all files are there" complete
    check "no stray files" no_strays
    check "the skeletons compile without a warning" skeleton_compiles
    check "the skeletons score next to nothing" skeleton_scores_little
    check "the solutions score full" solution_scores_full
    check "the handout's table is current" handout_current
    check "every scenario has a wrong program" every_scenario_has_a_chaff
done <"$work/labs"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
