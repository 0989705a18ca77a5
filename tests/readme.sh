#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The commands of README.md, as they are written there, on a fresh copy of the tree and with the
# packages for building alone: each has to succeed. `sudo` and `ldconfig` are functions here, and
# what is installed goes into a folder.
#
#   sh tests/readme.sh
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
started=
finish() {
    [ -z "$started" ] || kill $started 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# commands SECTION: the lines of this section of README.md that a shell is to run.
commands() {
    awk -v section="$1" '/^```/ { fenced = !fenced } /^## / { here = $0 }
        here == section && !fenced && sub(/^    /, "")' "$root/README.md" | sed "s#/tmp/app#$folder/app#g"
}

# run SECTION PATTERN...: run its commands that match none of the patterns. What a command prints
# must be what its comment shows, where that is a number. A manager is waited for.
run() {
    commands "$1" | grep -v -x -F -e "${2:-}" >"$folder/commands"
    while read -r line <&3; do
        echo "\$ $line"
        command=$(echo "$line" | sed 's/  *# .*//')
        case $command in
        *' &')
            eval "$command"
            started="$started $!"
            ;;
        *)
            eval "$command" >"$folder/printed" 2>&1 || {
                cat "$folder/printed"
                exit 1
            }
            ;;
        esac
        case $line in
        holdfastd*'tcp://127.0.0.1:4650'*)
            serves --address tcp://127.0.0.1:4650 --key-file key
            ;;
        holdfastd*) serves --address "unix:$folder/app/holdfast.sock" ;;
        *'# '[0-9]*) prints "${line##*# }" ;;
        esac
    done 3<"$folder/commands"
}

# The manager that was started last serves.
serves() {
    until holdfast "$@" ping >/dev/null 2>&1; do
        kill -0 $!
    done
}

# The last command printed this.
prints() {
    [ "$(cat "$folder/printed")" = "$1" ] || {
        echo "it printed $(cat "$folder/printed")" >&2
        exit 1
    }
}

sudo() {
    "$@"
}

ldconfig() {
    LD_LIBRARY_PATH=$(dirname "$(find "$DESTDIR" -name 'libholdfast.so')")
    export LD_LIBRARY_PATH
}

mkdir "$folder/holdfast" "$folder/packages" "$folder/bin" "$folder/user"
cd "$root"
git ls-files -z | xargs -0 cp --parents -t "$folder/holdfast"
cd "$folder/holdfast"

# As after `sh .ci/install.sh build`: nothing of what only the tests need.
for path in $(pkg-config --variable pc_path pkg-config | tr : ' '); do
    [ ! -d "$path" ] || find "$path" -name '*.pc' ! -name cmocka.pc ! -name hiredis.pc \
        -exec ln -sf {} "$folder/packages" \;
done
PKG_CONFIG_LIBDIR=$folder/packages
DESTDIR=$folder/root
export PKG_CONFIG_LIBDIR DESTDIR
unset HOLDFAST_ADDRESS HOLDFAST_KEY_FILE

run "" "$(commands "" | grep '^sh tests/run.sh')" # which runs all the tests
PATH=$DESTDIR/usr/local/bin:$PATH

cd "$folder/user"
PKG_CONFIG_PATH=$(dirname "$(find "$DESTDIR" -name holdfast.pc)")
export PKG_CONFIG_PATH
# The first block behind the name of the file.
program() {
    awk -v name="\`$1\`:" '/^```/ { if (fenced) exit; fenced = named; next } fenced; $0 == name { named = 1 }' \
        "$root/README.md" >"$1"
}
program count.c
run "## In C" "count = 0"
prints "count = 0"
program seats.cpp
if command -v c++ >/dev/null; then
    run "## In C++" "ada"
    prints "ada"
fi

cc "$folder/holdfast/examples/sidecar.c" "$folder/holdfast/examples/support.c" -D_GNU_SOURCE -o app \
    $(pkg-config --define-prefix --cflags --libs holdfast)
printf '#!/bin/sh\n' >"$folder/bin/rsync"
chmod +x "$folder/bin/rsync"
PATH=$PATH:$folder/bin
run "## As a sidecar" "none"
run "## In the shell" "none"
run "## Pools" "none"

# Installed again for a user who is not root; nothing that is found now is of the first time.
(
    unset DESTDIR PKG_CONFIG_PATH LD_LIBRARY_PATH
    HOME=$folder/home
    cd "$folder/holdfast"
    rm -r "$folder/root"
    run "## In a folder of one's own" "none"
    [ "$(command -v holdfast)" = "$HOME/holdfast/bin/holdfast" ]
    cd "$folder/user"
    run "## In C" "count = 0"
    prints "count = 0"
)
echo "README.md: its commands do what it says"
