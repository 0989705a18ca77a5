#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The daemon under valgrind, from start to end: serves workers and the shell, and leaks nothing.
#
#   valgrind.sh HOLDFASTD HOLDFAST DECREMENT
set -eu
daemon=$1
shell=$2
decrement=$3

folder=$(mktemp -d)
pid=
finish() {
    [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

mkfifo "$folder/ready"
valgrind -q --leak-check=full --error-exitcode=9 --log-file="$folder/valgrind.log" \
    "$daemon" --listen "unix:$folder/socket" --ready-fd 3 3>"$folder/ready" 2>"$folder/daemon.log" &
pid=$!
read -r HOLDFAST_ADDRESS <"$folder/ready"
export HOLDFAST_ADDRESS

for mode in locked folded atomic; do
    "$decrement" --workers 20 --rounds 10 --mode "$mode" | grep -x 'count = 0'
done
"$shell" dict set config colour '{"hue": [1, 2.5, null]}'
"$shell" list extend words a b c
"$shell" list get_slice words --step -1
"$shell" queue put jobs 7 --timeout 0
"$shell" queue get jobs --timeout 0
"$shell" ls -l

kill -TERM "$pid"
result=0
wait "$pid" || result=$?
pid=
cat "$folder/daemon.log"
grep -v -e 'unhandled' -e 'You may be able' -e 'Read the file' -e 'Nevertheless' -e 'it at http' \
    "$folder/valgrind.log" || true
exit "$result"
