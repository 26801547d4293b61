#!/bin/sh
# Who may include whom. What the compiler reads (gcc -MM) is held against the
# order of the parts: a file uses what is of its own rank or below, directly or
# through others. Headers are looked at too, so each must stand on its own.
#
# Prints one line for each breach; exit status 1 where there is one.
set -u
cd "$(dirname "$0")/.." || exit 3

breaches=$(mktemp) || exit 3
trap 'rm -f "$breaches"' EXIT

# The rank of a file below harness/, by its name without the suffix.
rank() {
    case ${1%.[ch]} in
    scenario | scenario-steps | version) echo 0 ;;
    bytes | catalogue | clock | expand | given | payloads | sentences | steps | \
        labs/*) echo 1 ;;
    census | descendants | directory | landlock | needs | parcel | probe | \
        procfs | reach | sandbox | users | witness) echo 2 ;;
    hands | keeper | launch | messages | observe | peer | program | \
        quiescence | tracer* | waits | wakers | warden) echo 3 ;;
    outcome | play* | runner | verbs*) echo 4 ;;
    schedule | turns) echo 5 ;;
    compile | source | verdict) echo 6 ;;
    report/*) echo 7 ;;
    commands/*) echo 8 ;;
    main) echo 9 ;;
    *) echo none ;;
    esac
}

breach() {
    echo "$*" | tee -a "$breaches"
}

# The project's files that a file reads, itself among them, in `included`.
# usage: reads FILE -IFOLDER
reads() {
    if ! rule=$("${CC:-gcc}" -std=c17 -D_GNU_SOURCE "$2" -MM -x c "$1"); then
        breach "$1 cannot be read by the compiler"
    fi
    included=$(echo "$rule" | sed -e 's/^[^:]*://' -e 's/\\$//')
}

harness_pair() {
    file=$1
    other=$2
    mine=$(rank "$file")
    theirs=$(rank "$other")
    if [ "$theirs" = none ]; then
        breach "$file includes $other, which has no rank in $0"
    elif [ "$theirs" -gt "$mine" ]; then
        breach "$file (rank $mine) includes $other (rank $theirs), above it"
    fi
    case $file:$other in
    peer.?:program.h) breach "$file includes $other: peers know no program" ;;
    program.?:peer.h) breach "$file includes $other: a program knows no peers" ;;
    report/*:report/* | report/*:bytes.h | report/*:scenario.h | \
        report/*:outcome.h) ;;
    report/*) breach "$file includes $other: reports know results only" ;;
    esac
}

harness_file() {
    file=${1#harness/}
    if [ "$(rank "$file")" = none ]; then
        breach "$file has no rank in $0: say where it stands"
        return
    fi
    reads "$1" -Iharness
    for path in $included; do
        case $path in
        "$1") ;;
        harness/*) harness_pair "$file" "${path#harness/}" ;;
        *) breach "$1 includes $path, outside harness/" ;;
        esac
    done
}

# Learners' programs share nothing with the harness, nor with other labs, but for
# what the labs from the second on are given.
lab_file() {
    folder=$(dirname "$1")
    reads "$1" -Ilabs
    for path in $included; do
        case $1:$path in
        *:"$folder"/*) ;;
        */01-*:labs/common/*) breach "$1 includes $path, which gives it away" ;;
        *:labs/common/*) ;;
        *) breach "$1 includes $path, outside its folder" ;;
        esac
    done
}

for source in $(find harness -name '*.[ch]' | sort); do
    harness_file "$source"
done
for source in $(find labs solutions -name '*.[ch]' | sort); do
    lab_file "$source"
done
[ ! -s "$breaches" ]
