#!/bin/sh
# Which lines and branches of the solutions do the scenarios reach?
#
# usage: tests/coverage/coverage.sh LAB...
#
# Prints a table; the annotated sources go to build/coverage/LAB/html. What the
# lab is given in labs/common is shown too, but does not count: each lab needs
# another part of it.
set -eu
cd "$(dirname "$0")/../.."
exec </dev/null

counters=$(mktemp -d)
trap 'rm -rf "$counters"' EXIT
chmod 1777 "$counters"

# gcc writes a program's counters to where its object stood, GCOV_PREFIX before
# that. Programs run as several users, and each must be able to add to the same
# files: so these are there before, empty, for all to write.
make_room() {
    mkdir -p "$counters$objects"
    for notes in "$objects"/*.gcno; do
        : >"$counters${notes%.gcno}.gcda"
    done
    chmod -R a+rwX "$counters"
}

# Compiles one file with counters, to an object named $2.
instrument() {
    gcc -std=c17 -D_GNU_SOURCE -Ilabs --coverage -O0 -g -pthread -c \
        -o "$objects/$2.o" "$1"
}

# What the lab is given: nothing in lab 01, which has the learner write it.
build_common() {
    ar rc "$objects/common.a"
    case $1 in
    01-*) return ;;
    esac
    for source in labs/common/*.c; do
        name=common-$(basename "$source" .c)
        instrument "$source" "$name"
        ar rcs "$objects/common.a" "$objects/$name.o"
    done
}

build() {
    gcc -std=c17 -D_GNU_SOURCE -O1 -c -o "$objects/covflush.o" \
        tests/coverage/covflush.c
    build_common "$1"
    for role in server client; do
        instrument "solutions/$1/$role.c" "$role"
        gcc --coverage -pthread -Wl,--wrap=_exit -o "$objects/$role" \
            "$objects/$role.o" "$objects/covflush.o" "$objects/common.a"
    done
}

# Points lost are told, and no reason to stop: fewer lines were reached then.
grade() {
    build/sockdojo grade "$1" --build coverage --counters "$counters" \
        --server "'$objects/server'" --client "'$objects/client'" \
        --format json="$objects/document.json" >"$objects/grade.log" 2>&1 ||
        echo "$1: grading ended with status $?: see $objects/grade.log"
    find "$counters$objects" -name '*.gcda' -size +0 -exec cp {} "$objects" \;
}

table() {
    gcovr --root . --object-directory "$objects" "$objects" \
        --exclude 'tests/.*' --json-summary "$objects/summary.json"
    tests/coverage/table.py "$objects/summary.json" "$1"
}

html() {
    branches="--rc lcov_branch_coverage=1"
    # shellcheck disable=SC2086 # two words
    {
        lcov --quiet --capture --directory "$objects" --base-directory . \
            --no-external $branches --output-file "$objects/lcov.info"
        genhtml --quiet --branch-coverage $branches --title "$1" \
            --prefix "$PWD" --output-directory "$objects/html" \
            "$objects/lcov.info"
    } >"$objects/lcov.log" 2>&1 || {
        cat "$objects/lcov.log" >&2
        return 1
    }
    echo "build/coverage/$1/html/index.html"
}

for lab in "$@"; do
    objects=$PWD/build/coverage/$lab
    rm -rf "$objects"
    mkdir -p "$objects"
    build "$lab"
    make_room
    grade "$lab"
    table "$lab"
    html "$lab"
done
