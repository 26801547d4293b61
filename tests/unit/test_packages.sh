#!/bin/sh
# What does install-packages.sh find missing, and what does it do about it?
# apt-get, dpkg-query and id are stood in for. Speaks TAP.
set -u
cd "$(dirname "$0")/../.." || exit 3

place=$(mktemp -d) || exit 3
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/bin" "$place/tests"
cp tests/install-packages.sh "$place/tests/"
cat >"$place/packages.txt" <<'LIST'
# a comment
[small]
alpha
beta

[large] + small
gamma

[largest] + large + small
LIST

# `installed` lists what dpkg knows; apt-get adds to it, or fails when told to.
cat >"$place/bin/dpkg-query" <<'TOOL'
#!/bin/sh
shift 2
for name in "$@"; do
    grep -qx "$name" "$PLACE/installed" && echo "$name installed"
done
exit 0
TOOL
cat >"$place/bin/apt-get" <<'TOOL'
#!/bin/sh
echo "$*" >>"$PLACE/apt"
[ ! -e "$PLACE/broken" ] || exit 100
for name in "$@"; do
    case $name in -* | install | update) ;; *) echo "$name" ;; esac
done >>"$PLACE/installed"
TOOL
cat >"$place/bin/id" <<'TOOL'
#!/bin/sh
cat "$PLACE/uid"
TOOL
chmod +x "$place/bin"/*

number=0
bad=0
# usage: is NAME WANTED GOT
is() {
    number=$((number + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        echo "# wanted: $2"
        echo "# got:    $3"
        bad=1
    fi
}

# usage: install UID SECTION; says and status are set.
install() {
    echo "$1" >"$place/uid"
    : >"$place/apt"
    says=$(PLACE=$place PATH=$place/bin:$PATH \
        "$place/tests/install-packages.sh" "$2" 2>/dev/null)
    status=$?
}

echo 1..13
printf 'alpha\n' >"$place/installed"
install 1000 large
is "a user is told what to run" \
    "sudo apt-get install -y beta gamma" "$says"
is "status 3 where something stays missing" 3 "$status"
is "a user's apt-get is left alone" "" "$(cat "$place/apt")"

install 1000 largest
is "a section taken in twice counts once" \
    "sudo apt-get install -y beta gamma" "$says"

install 0 small
is "root gets what is missing of that section" 0 "$status"
is "and only that" "alpha beta" "$(sort "$place/installed" | xargs)"
is "the lists are brought up to date first" "-q update" \
    "$(head -n 1 "$place/apt")"

install 0 small
is "nothing is missing: no apt-get" "0" "$(wc -l <"$place/apt")"
install 1000 small
is "nothing is missing: a user hears nothing" "0:" "$status:$says"

touch "$place/broken"
install 0 large
is "apt-get fails: status 3" 3 "$status"
is "apt-get fails: what to run" "sudo apt-get install -y gamma" \
    "$(echo "$says" | tail -n 1)"

install 0 tiny
is "an unknown section" 2 "$status"

mkdir "$place/bare"
for tool in awk dirname id; do
    ln -s "$(command -v "$tool")" "$place/bare/"
done
says=$(PATH=$place/bare /bin/sh "$place/tests/install-packages.sh" small 2>&1)
is "a system without dpkg is left alone" "0:" "$?:$says"
exit "$bad"
