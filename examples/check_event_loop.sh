#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run the event loop as a test: its manager is killed and started again at the same address while it
# runs, then the program is terminated. It must print the indented lines of its source's head
# comment under "Prints".
#
#   HOLDFAST_DAEMON=holdfastd sh check_event_loop.sh SOURCE PROGRAM
set -eu

source=$1
program=$2
folder=$(mktemp -d)
daemon=
loop=
trap 'kill $daemon $loop 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
address=unix:$folder/hf.sock
sed -n -e '/^ \* Prints/,/^ \*\/$/s/^ \*     //p' "$source" >"$folder/expected"
mkfifo "$folder/ready" "$folder/printed"

start_manager() {
    "$HOLDFAST_DAEMON" --listen "$address" --ready-fd 3 --quiet 3>"$folder/ready" &
    daemon=$!
    read -r served <"$folder/ready"
    [ "$served" = "$address" ]
}

# It must print its next line, or so many. They are as expected.
expect_lines() {
    for _ in $(seq "$1"); do
        read -r wanted <&4
        read -r line <&5 || line="nothing more"
        printf '%s\n' "$line"
        if [ "$line" != "$wanted" ]; then
            printf 'it should be: %s\n' "$wanted" >&2
            exit 1
        fi
    done
}

start_manager
HOLDFAST_ADDRESS=$address "$program" >"$folder/printed" &
loop=$!
exec 4<"$folder/expected" 5<"$folder/printed"
expect_lines 2

kill -KILL "$daemon"
wait "$daemon" || true
expect_lines 1
start_manager
expect_lines 1

kill -TERM "$loop"
expect_lines 1
wait "$loop"
loop=
if read -r line <&5 || read -r line <&4; then
    printf 'only one has this line: %s\n' "$line" >&2
    exit 1
fi
