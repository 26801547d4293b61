#!/bin/sh
# Everything about the sources that needs no run of the programs. Each check is
# one test; what it found is printed below its line.
#
# usage: tests/lint.sh [--list-c]      (the C files that `make format` formats)
set -u
cd "$(dirname "$0")/.." || exit 3

# Wrong programs (chaffs) are kept in form, but never linted: they are wrong.
c_files() {
    find harness solutions labs tests -name '*.[ch]' | sort
}

own_c_files() {
    find harness solutions labs/common -name '*.[ch]' | sort
}

shell_files() {
    {
        find tests -name '*.sh'
        echo .ci/run
    } | sort
}

python_files() {
    {
        find tests -name '*.py'
        grep -rlE '^#!.*python' tests
    } | sort -u
}

# Everything that is the project's own text.
text_files() {
    find . -name .git -prune -o -path ./build -prune -o -type f -print |
        grep -v __pycache__ | sort
}

if [ "${1:-}" = --list-c ]; then
    c_files
    exit
fi

passed=0
failed=0
output=$(mktemp) || exit 3
trap 'rm -f "$output"' EXIT

# usage: check NAME FUNCTION
check() {
    if "$2" >"$output" 2>&1; then
        echo "ok      $1"
        passed=$((passed + 1))
    else
        echo "FAILED  $1"
        sed 's/^/        /' "$output"
        failed=$((failed + 1))
    fi
}

# Parts of make run with all processors, whatever the make above was told.
unset MAKEFLAGS MFLAGS MAKELEVEL

# Prints what it is fed, and fails if that is anything.
nothing() {
    ! grep .
}

formatted() {
    c_files | xargs -r clang-format --dry-run -Werror
}

strict() {
    make -k -s -j"$(nproc)" --no-print-directory strict
}

tidy() {
    make -k -s -j"$(nproc)" --no-print-directory tidy
}

cppcheck_quiet() {
    mkdir -p build/cppcheck
    own_c_files | cppcheck --quiet --error-exitcode=1 --std=c11 \
        --enable=warning,style,performance,portability --inline-suppr \
        --suppress=missingIncludeSystem --suppress=redundantContinue \
        -D_GNU_SOURCE -Iharness -Ilabs \
        -j"$(nproc)" --cppcheck-build-dir=build/cppcheck --file-list=-
}

shell_scripts() {
    shell_files | xargs -r shellcheck
}

python_scripts() {
    python_files |
        PYTHONPYCACHEPREFIX=build/pycache xargs -r python3 -m py_compile
}

includes() {
    tests/lint-includes.sh
}

file_lengths() {
    own_c_files | xargs -r wc -l |
        awk '$2 != "total" && $1 >= 400 {
            print $2 ": " $1 " lines, fewer than 400 wanted" }' | nothing
}

# A program that waits for a time instead of an event is slow on one machine
# and wrong on the next. Timers that a contract asks for are no sleeps.
fixed_sleeps() {
    find harness solutions labs tests -path tests/chaffs -prune -o \
        \( -name '*.c' -o -name '*.h' -o -name '*.py' \) -print0 |
        xargs -0 -r grep -nE '(^|[^_[:alnum:]])(u|nano|time\.)?sleep *\(' |
        grep -v 'the behaviour under test' | nothing
    set -- $?
    shell_files | xargs -r grep -nE '^[[:space:]]*sleep ' | nothing &&
        [ "$1" -eq 0 ]
}

feature_macro() {
    c_files | xargs -r grep -nE '#[[:space:]]*define[[:space:]]+_GNU_SOURCE' |
        nothing
}

# A path that climbs out of the tree means something that others do not have;
# but in the tables of scenarios it is what peers ask for.
paths_inside() {
    text_files | grep -v '/harness/labs/' | xargs -r grep -oE -I '(\.\./)+' | awk -F : '
        {
            depth = gsub("/", "/", $1) - 1
            ups = length($2) / 3
            if (ups > depth) {
                print $1 ": names a path above the project: " $2
            }
        }' | sort -u | nothing
}

packages_sorted() {
    awk '
        /^#/ || NF == 0 { next }
        /^\[/ { last = ""; next }
        $1 <= last { print "packages.txt: " $1 " stands behind " last }
        { last = $1 }' packages.txt | nothing
}

no_blanks_at_ends() {
    text_files | grep -v -E '\.patch$' |
        xargs -r grep -nI '[[:blank:]]$' | nothing
}

check "C files are formatted (clang-format)" formatted
check "solutions and labs/common compile without a warning" strict
check "clang-tidy, functions of at most 60 lines" tidy
check "cppcheck" cppcheck_quiet
check "shell scripts (shellcheck)" shell_scripts
check "Python scripts compile" python_scripts
check "who includes whom" includes
check "files of fewer than 400 lines" file_lengths
check "no fixed sleeps" fixed_sleeps
check "_GNU_SOURCE comes from the command line" feature_macro
check "no path leads out of the project" paths_inside
check "packages.txt is sorted" packages_sorted
check "no blanks at line ends" no_blanks_at_ends
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
