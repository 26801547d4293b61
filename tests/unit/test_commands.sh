#!/bin/sh
# What does build/sockdojo make of its command line, and what does it leave
# behind? Speaks TAP. SOCKDOJO names another binary.
set -u
cd "$(dirname "$0")/../.." || exit 3

case ${SOCKDOJO:=build/sockdojo} in
/*) ;;
*) SOCKDOJO=$PWD/$SOCKDOJO ;;
esac
place=$(mktemp -d) || exit 3
trap 'rm -rf "$place"' EXIT
mkdir "$place/tmp"
chmod 0711 "$place" "$place/tmp"
export TMPDIR="$place/tmp"
cd "$place" || exit 3

number=0

# usage: result STATUS NAME
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# out: /' out
        sed 's/^/# err: /' err
    fi
}

# usage: expect NAME STATUS OUT ERR ARGUMENT...
# OUT and ERR are extended regular expressions for a line; - for no output.
expect() {
    name=$1 status=$2 in_out=$3 in_err=$4
    shift 4
    timeout 60 "$SOCKDOJO" "$@" >out 2>err
    got=$?
    matches "$in_out" out && matches "$in_err" err && [ $got -eq "$status" ]
    ended=$?
    [ $got -eq "$status" ] || echo "status $got" >>err
    result $ended "$name"
}

matches() {
    if [ "$1" = - ]; then
        [ ! -s "$2" ]
    else
        grep -qE -- "$1" "$2"
    fi
}

# Programs that end at once: what is graded here is the command line.
mkdir -p labs/01-stream mine/01-stream
cat >labs/01-stream/server.c <<'SOURCE'
int main(void)
{
    return 0;
}
SOURCE
cp labs/01-stream/server.c labs/01-stream/client.c
cat >mine/01-stream/server <<'SOURCE'
#!/bin/sh
exit 1
SOURCE
chmod +x mine/01-stream/server

expect "--help lists the commands" 0 '^ +grade ' - --help
expect "--version is one line" 0 '^sockdojo [0-9]+\.[0-9]+\.[0-9]+$' - --version
expect "no command is wrong usage" 2 - 'Usage: sockdojo COMMAND'
expect "the nearest command comes first" 2 - 'there is list, ' lst
for command in list grade explain doctor; do
    expect "$command --help" 0 "Usage: sockdojo $command" - "$command" --help
    expect "$command knows no --nonsense" 2 - "sockdojo $command" \
        "$command" --nonsense
done

expect "list shows labs and scenarios" 0 '0?-/13 +server-hello' - list
expect "list takes a number" 0 '01-stream' - list 01
expect "list names labs there are" 2 - 'no lab "01-strem".*01-stream' \
    list 01-strem
# shellcheck disable=SC2016 # markdown's backquotes
expect "list --markdown is a table" 0 \
    '^\| `server-hello` \| 13 \| .+ \| C1 .*S3 \|$' - list 01 --markdown
expect "list --markdown needs a lab" 2 - 'needs a lab' list --markdown
expect "list takes one lab" 2 - 'one lab' list 01 01

mkdir -p no-labs/labs other
cd no-labs || exit 3
expect "a lab without a folder is not listed" 0 'best result' - list
! grep -q 01-stream out
result $? "and nothing else tells of it"
expect "a lab without a folder cannot be graded" 2 - 'no lab "01".*none in labs/' \
    grade 01 --server true
cd ../other || exit 3
expect "where there is no labs/, all labs are known" 0 '01-stream' - list
cd .. || exit 3

expect "explain tells the steps" 0 'peer expects "thank you!\\n"' - \
    explain 01-stream/server-hello
expect "explain tells how to get the next hint" 0 '--hint 2$' - \
    explain 01-stream/server-hello
expect "explain tells all hints" 0 '^  3\. ' - \
    explain 01-stream/server-hello --hint 3
expect "explain has three hints" 2 - 'from 1 to 3' \
    explain 01-stream/server-hello --hint 4
expect "explain tells a rule" 0 '^  S5 +Connections' - explain S5
expect "explain knows what is no rule" 2 - 'no rule S99' explain S99
expect "explain names scenarios there are, the nearest first" 2 - \
    'no scenario "server-helo".*there is server-hello,' \
    explain 01-stream/server-helo
expect "explain LAB --markdown lists its rules" 0 '^\| S16 \| .* \|$' - \
    explain 01-stream --markdown
expect "explain wants a scenario" 2 - 'such as 01-stream/server-hello' \
    explain 01-stream
expect "explain wants an argument" 2 - 'which' explain

expect "doctor says whether grading works" 0 '^Grading works here' - doctor
expect "doctor says what single scenarios ask for" 0 '^ +(ok|less) +other users ' \
    - doctor

expect "grade names scenarios there are" 2 - 'no scenario "nope"' \
    grade 01-stream/nope
expect "grade names formats there are" 2 - 'no format "xml"; there is text, json' \
    grade --format xml
expect "grade needs a file behind =" 2 - 'names no file' grade --format json=
expect "grade knows a file that cannot be written" 2 - \
    'no/such/file cannot be written: No such file' \
    grade --format json=no/such/file
for seed in x -1 0x 1.5 9223372036854775808 ''; do
    expect "grade takes no seed \"$seed\"" 2 - 'number below 2\^63' \
        grade --seed="$seed"
done
for jobs in 0 -3 x 1001; do
    expect "grade takes no $jobs jobs" 2 - 'from 1 to 1000' grade --jobs=$jobs
done
for scale in 0 -1 x nan inf 1e9; do
    expect "grade takes no scale of $scale" 2 - 'above 0' \
        grade --timeout-scale=$scale
done
expect "grade takes no other sandbox" 2 - 'does not take "on"' grade --sandbox on
expect "grade takes no other feedback" 2 - 'does not take "loud"' \
    grade --feedback loud
expect "counters are for coverage" 2 - '--build coverage' grade --counters .
expect "counters need a directory" 2 - 'is not a directory' \
    grade --build coverage --counters no/such
expect "--server needs one lab" 2 - 'one lab' grade --server true
expect "--from and --server exclude each other" 2 - 'exclude' \
    grade 01 --from mine --server true
expect "--server must be there" 2 - 'no-such-program.*No such file' \
    grade 01 --server no-such-program
# shellcheck disable=SC2016 # it is not to be expanded
expect "--server takes no substitution" 2 - 'cannot be run' \
    grade 01/server-hello --server 'true $(id)'
expect "--server grades no client" 2 - 'no scenario of the program' \
    grade 01/client-hello --server true
expect "a sandbox that is not strong can be refused" 3 - 'refused.*missing: .' \
    grade 01/server-hello --require-sandbox strong

expect "points lost end with 1" 1 'FAIL +0/13 ' - \
    grade 01/server-hello --from mine
expect "the seed is printed and used" 1 'seed +0*4711$' - \
    grade 01/server-hello --from mine --seed 0x1267
expect "the command repeats how it was run" 1 \
    'grade 01-stream/server-hello --seed 7 (\\$|--from mine$)' - \
    grade 01/server-hello --from mine --seed 7
expect "a program that is missing is the reason" 1 \
    'neither mine/01-stream/client\.c nor' - grade 01/client-hello --from mine
expect "what waits is counted" 1 '[0-9]+ more wait for server-hello' - \
    grade 01 --server ./mine/01-stream/server
expect "a skeleton is told that this is the beginning" 1 'meant to begin' - \
    grade 01 --server ./mine/01-stream/server
expect "--feedback score shows points only" 1 '0/13' - \
    grade 01/server-hello --from mine --feedback score
! grep -q server-hello out
result $? "--feedback score names no scenario"
expect "--sandbox off warns" 1 . 'warning: the sandbox is off' \
    grade 01/server-hello --from mine --sandbox off

expect "a folder that is not there is a slip" 2 - 'there is no folder nowhere' \
    grade 01/server-hello --from nowhere

"$SOCKDOJO" grade 01/server-hello --from mine --format json=a.json \
    --format text=a.txt --format json >out 2>err
[ $? -eq 1 ] && cmp -s out a.json && grep -q FAIL a.txt &&
    grep -q '"kit": "sockdojo"' a.json
result $? "several formats are written at once, and nothing beside them"

! [ -e build ]
result $? "only the learner's own work is kept as progress"
expect "grade takes labs/ where nothing is said" 1 'FAIL +0/13 +server-hello' - \
    grade 01/server-hello
[ -s build/progress.json ]
result $? "the best result is kept"
expect "list shows the best result" 0 '0/13 +server-hello' - list
echo 'no JSON' >build/progress.json
expect "a progress file that is broken does no harm" 0 '-/13 +server-hello' - \
    list

echo 'int main(void) { return nothing; }' >labs/01-stream/server.c
expect "an error of the compiler is the reason" 1 \
    'server\.c does not compile' 'server\.c:1:.*nothing' grade 01/server-hello

# It waits for ever, so that the run is still on when the signal comes.
cat >mine/01-stream/server <<SOURCE
#!/bin/sh
echo begun >$place/begun
exec cat /dev/zero >/dev/null
SOURCE
mkfifo begun
chmod 0666 begun
# usage: stop SIGNAL STATUS. A shell has what it starts in the background ignore
# SIGINT, so something else must start it.
stop() {
    /usr/bin/python3 -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$SOCKDOJO" grade 01/server-hello \
        --from mine --timeout-scale 10 >out 2>err &
    pid=$!
    timeout 60 cat begun >/dev/null
    kill -s "$1" $pid
    wait $pid
    got=$?
    grep -q "stopped by SIG$1" err && ! grep -q server-hello out &&
        [ $got -eq "$2" ]
    result $? "SIG$1 ends a run with status $2, and it says so"
}
stop HUP 129
stop INT 130
stop TERM 143

[ -z "$(ls "$place/tmp")" ]
result $? "no run has left anything in TMPDIR"
echo "1..$number"
