#!/bin/sh
# Do the documents say what is so? The table of verbs against the header, links
# against files, `make` and `sockdojo` commands against what there is. Speaks
# TAP. SOCKDOJO names another binary.
set -u
cd "$(dirname "$0")/../.." || exit 3

sockdojo=${SOCKDOJO:-build/sockdojo}
place=$(mktemp -d) || exit 3
trap 'rm -rf "$place"' EXIT

documents() {
    find README.md CONTRIBUTING.md docs labs solutions -name '*.md' | sort
}

number=0
bad=0
# usage: same NAME WANTED GOT       (two files)
same() {
    number=$((number + 1))
    if [ -s "$2" ] && cmp -s "$2" "$3"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        diff "$2" "$3" | sed 's/^/# /'
        bad=1
    fi
}

# usage: none NAME FILE             (what is wrong, a line each)
none() {
    number=$((number + 1))
    if [ ! -s "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' "$2"
        bad=1
    fi
}

# A verb's macro stands for a STEP_, on its line or on the next.
verbs_of_header() {
    sed -e ':join' -e '/\\$/{N; s/\\\n//; b join' -e '}' harness/scenario-steps.h |
        sed -nE 's/^#define ([A-Z_]*[A-Z])\(.*\).*STEP_.*/\1/p' | sort
}

verbs_of_document() {
    sed -n '/^<!-- verbs -->/,/^<!-- \/verbs -->/p' docs/adding-a-lab.md |
        sed -nE 's/^\| `([A-Z_]+)\(.*/\1/p' | sort
}

# Only links into the project: those with a scheme, or to a place in the same
# document, are not looked at.
dead_links() {
    documents | while read -r document; do
        grep -oE '\]\([^)#: ]+\)' "$document" | sed 's/^](//; s/)$//' |
            while read -r link; do
                [ -e "$(dirname "$document")/$link" ] ||
                    echo "$document: there is no $link"
            done
    done
}

# The commands as they are written: `make demo`, or on a line of their own.
words_behind() {
    documents | xargs grep -ohE "(^|\`|\\$ |&& )$1 [a-z][a-z-]*" |
        sed 's/.* //' | sort -u
}

unknown_targets() {
    words_behind make | while read -r target; do
        grep -qE "^$target:" Makefile || echo "make $target"
    done
}

unknown_commands() {
    words_behind build/sockdojo | while read -r command; do
        "$sockdojo" "$command" --help >/dev/null 2>&1 ||
            echo "build/sockdojo $command"
    done
}

unknown_names() {
    {
        documents | xargs grep -ohE \
            'explain 0[0-9]-[a-z-]+/(server|client)-[a-z0-9-]+' | sed 's/.* //'
        grep -oE "\`(server|client|observe)-[a-z0-9-]+\`" \
            solutions/*/NOTES.md |
            sed -E "s|solutions/([^/]*)/NOTES.md:\`(.*)\`|\\1/\\2|"
    } | sort -u | while read -r name; do
        "$sockdojo" explain "$name" >/dev/null 2>&1 || echo "$name"
    done
}

echo 1..5
verbs_of_header >"$place/header"
verbs_of_document >"$place/document"
same "docs/adding-a-lab.md has the header's verbs" "$place/header" \
    "$place/document"
dead_links >"$place/links"
none "links lead to files" "$place/links"
unknown_targets >"$place/targets"
none "make has the targets that are named" "$place/targets"
unknown_commands >"$place/commands"
none "sockdojo has the commands that are named" "$place/commands"
unknown_names >"$place/names"
none "the scenarios that are named exist" "$place/names"
exit "$bad"
