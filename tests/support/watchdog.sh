#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The watchdog lets a test end as it ends, and ends one that hangs; and every test runs under it.
#
#   watchdog.sh WATCHDOG
set -u
watchdog=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

# expect STATUS WORDS ARGUMENT...: the watchdog with these arguments ends with this status and says
# these words.
expect() {
    wanted=$1
    words=$2
    shift 2
    status=0
    "$watchdog" "$@" >"$folder/said" 2>&1 || status=$?
    [ "$status" = "$wanted" ] && grep -qF -- "$words" "$folder/said" && return
    echo "FAILED: watchdog $*: $status, not $wanted and '$words'" >&2
    sed 's/^/  /' "$folder/said" >&2
    failures=$((failures + 1))
}

# The process whose number is in this file has ended.
gone() {
    kill -0 "$(cat "$1")" 2>/dev/null || return 0
    echo "FAILED: the test is still there" >&2
    failures=$((failures + 1))
}

# As the test ends.
expect 0 done echo done
expect 3 up sh -c 'echo up; exit 3'
expect 139 up sh -c 'echo up; kill -SEGV $$'
expect 99 "none: No such file" "$folder/none"

# It waits for processes that the test leaves behind.
mkfifo "$folder/pipe"
expect 0 late sh -c '(read -r line <"$1"; echo late) & (echo go >"$1") & exit 0' sh "$folder/pipe"

# A test that sleeps, one that leaves a sleeper behind, and one that runs for ever, are ended.
expect 99 "nothing has moved" --asleep 1 sh -c 'echo $$ >"$1"; sleep 1000; exit 0' sh "$folder/pid"
gone "$folder/pid"
expect 99 ": sleep 1000" --asleep 1 sh -c 'sleep 1000; exit 0'
expect 99 ": sleep 1000" --asleep 1 sh -c 'sleep 1000 & exit 0'
expect 99 "CPU time" --asleep 1 --cpu 1 sh -c 'while :; do :; done'

# Told to end, it takes the test with it.
mkfifo "$folder/up"
"$watchdog" sh -c 'echo $$ >"$1"; echo up >"$2"; sleep 1000; exit 0' sh "$folder/pid" "$folder/up" &
read -r line <"$folder/up"
kill $!
wait $! && failures=$((failures + 1))
gone "$folder/pid"

# No other test than this is started without it, and none has another limit.
cd "$(dirname "$0")/../.." || exit 1
lists=$(find CMakeLists.txt examples tests manager proxy proto -name CMakeLists.txt)
if grep -n -e 'add_test(NAME' -e 'TIMEOUT' $lists | grep -v -e ' $<TARGET_FILE:watchdog> ' \
    -e 'watchdog.sh' -e ' None has a TIMEOUT'; then
    echo "FAILED: these tests need hf_add_test() and no limit of their own" >&2
    failures=$((failures + 1))
fi
[ "$failures" -eq 0 ]
