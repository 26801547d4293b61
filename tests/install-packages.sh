#!/bin/sh
# Installs what is missing of one section of packages.txt.
#
# usage: tests/install-packages.sh SECTION
#
# Exit status: 0 nothing is missing (any more), 2 usage, 3 something is missing
# and cannot be installed from here; then one line says what to run.
# A system without dpkg is left alone: its packages have other names.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 SECTION" >&2
    exit 2
fi
cd "$(dirname "$0")/.."

packages=$(awk -v wanted="$1" '
    function expand(name, part, count, i) {
        if (!(name in packages)) {
            print "packages.txt: no section [" name "]" > "/dev/stderr"
            exit 2
        }
        if (seen[name]++) {
            return
        }
        count = split(includes[name], part, " ")
        for (i = 1; i <= count; i++) {
            expand(part[i])
        }
        printf "%s", packages[name]
    }
    /^#/ || NF == 0 { next }
    /^\[/ {
        section = $1
        gsub(/[][]/, "", section)
        packages[section] = ""
        for (i = 2; i <= NF; i++) {
            if ($i != "+") {
                includes[section] = includes[section] " " $i
            }
        }
        next
    }
    { packages[section] = packages[section] $1 "\n" }
    END { expand(wanted) }
' packages.txt)

command -v dpkg-query >/dev/null || exit 0

missing() {
    # shellcheck disable=SC2086 # a list of words
    dpkg-query -W -f='${Package} ${db:Status-Status}\n' $packages 2>/dev/null |
        awk -v wanted="$packages" '
            $2 == "installed" { have[$1] = 1 }
            END {
                count = split(wanted, name, "\n")
                for (i = 1; i <= count; i++) {
                    if (name[i] != "" && !(name[i] in have) &&
                        !seen[name[i]]++) {
                        printf "%s%s", gap, name[i]
                        gap = " "
                    }
                }
            }'
}

say_what_to_run() {
    echo "sudo apt-get install -y $wanting"
    exit 3
}

wanting=$(missing)
[ -n "$wanting" ] || exit 0
[ "$(id -u)" -eq 0 ] || say_what_to_run

# Several targets of one make may get here at once; apt takes one at a time.
mkdir -p build
exec 9>build/packages.lock
flock 9
wanting=$(missing)
[ -n "$wanting" ] || exit 0

echo "installing: $wanting"
export DEBIAN_FRONTEND=noninteractive
log=build/packages.log
# shellcheck disable=SC2086 # a list of words
if ! { apt-get -q update &&
    apt-get -q install -y --no-install-recommends $wanting; } \
    </dev/null >"$log" 2>&1 9>&-; then
    tail -n 20 "$log" >&2
    say_what_to_run
fi
