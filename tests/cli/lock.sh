# SPDX-License-Identifier: MIT
#
# holdfast lock NAME -- COMMAND: the lock is held while the command runs; and how the lock and the
# command end. The same with rwlocks and semaphores.
. "$(dirname "$0")/daemon.sh"
start_daemon

# Through these pipes, background jobs say that they are up, are told to go on, and repeat it.
for pipe in up go told; do
    mkfifo "$folder/$pipe"
done

# The job that was started last has its lock.
wait_for_job() {
    read -r line <"$folder/up"
}

# ends PID STATUS WHAT: a job ends with this status.
ends() {
    steps=$((steps + 1))
    status=0
    wait "$1" || status=$?
    [ "$status" = "$2" ] || fail "$3: ended with $status, not $2"
}

# The command's words, exit status and surroundings.
expect 0 "a b" lock jobs -- echo "a b"
expect 7 "" lock jobs -- sh -c 'exit 7'
expect 2 "" lock jobs -- sh -c 'exit 2'
expect 143 "" lock jobs -- sh -c 'kill -TERM $$'
expect 137 "" lock jobs -- sh -c 'kill -KILL $$'
expect 127 "" lock jobs -- "$folder/none"
says "holdfast: lock jobs: $folder/none: No such file"
expect 126 "" lock jobs -- "$folder"
expect 0 "jobs unix:$folder/socket" lock jobs -- sh -c 'echo $HOLDFAST_LOCK $HOLDFAST_ADDRESS'
(cd "$folder" && "$HOLDFAST" --address unix:socket lock jobs -- sh -c 'cd / && "$HOLDFAST" ping') >"$folder/out" ||
    fail "a relative address in another folder"
expect 0 "--json" lock jobs -- echo --json
expect 0 "odd" lock release -- echo odd
[ "$(echo through | "$HOLDFAST" lock jobs -- cat)" = through ] || fail "standard input"

# Fences grow; a request guarded by a grant that is over is refused.
first=$("$HOLDFAST" lock jobs -- sh -c 'echo $HOLDFAST_FENCE')
second=$("$HOLDFAST" lock jobs -- sh -c 'echo $HOLDFAST_FENCE')
[ "$second" -gt "$first" ] || fail "fences: $first, then $second"
expect 0 "1" lock jobs -- sh -c '"$HOLDFAST" --guard "$HOLDFAST_LOCK:$HOLDFAST_FENCE" dict set d k 1 &&
    "$HOLDFAST" dict get d k'
expect 1 "" --guard "jobs:$second" dict set d k 2
says STALE_FENCE
expect 1 "" --guard "none:1" dict set d k 2
says NO_OBJECT
expect 0 1 dict get d k

# Held while it runs, by the command's name; free after it.
expect 0 "fence" lock jobs -- sh -c '"$HOLDFAST" who jobs | grep -o "^holds.*fence" | grep -o "fence$"'
expect 0 "mine" lock jobs -- sh -c '"$HOLDFAST" lock who jobs | sed -n "s/^label.*sh -c.* \(mine\)$/\1/p"' sh mine
expect 1 "" lock who jobs

# A timeout says who holds it and for how long, also one of 0. Its exit status can be chosen, and
# its message left out. (Without HOLDFAST_HELD the inner command does not know that it is one.)
expect 0 "124" lock jobs -- sh -c 'unset HOLDFAST_HELD; "$HOLDFAST" lock jobs --timeout 50ms -- echo never; echo $?'
says 'holdfast: lock jobs: TIMEOUT: held by sh -c '
says ' ms'
expect 0 "124" lock jobs -- sh -c '"$HOLDFAST" lock jobs --timeout 0 -- echo never; echo $?'
says 'holdfast: lock jobs: TIMEOUT: held by sh -c '
expect 0 "9" lock jobs -- sh -c '"$HOLDFAST" lock jobs -w 0 -E 9 -- echo never; echo $?'
says 'holdfast: lock jobs: TIMEOUT: held by sh -c '
expect 0 "0" lock jobs -- sh -c '"$HOLDFAST" lock jobs -w 0 --conflict-exit-code=0 --quiet -- echo never; echo $?'
[ -s "$folder/error" ] && fail "--quiet says: $(cat "$folder/error")"
expect 0 "fine" lock jobs -q -E 9 -- echo fine
expect 3 "" lock jobs -E 9 -- sh -c 'exit 3'
expect 2 "" lock jobs -E 256 -- true
says 'no exit status'
expect 2 "" queue get jobs -E 9
expect 2 "" queue get jobs --conflict-exit-code 9
says 'is for: holdfast lock NAME -- COMMAND'
expect 1 "" --quiet dict get nowhere k
[ -s "$folder/error" ] && fail "--quiet says: $(cat "$folder/error")"

# A command under a lock that asks for the same lock again would wait for itself: refused at once,
# at any depth, with or without a timeout. A lock that others hold is waited for.
expect 0 125 lock jobs -- sh -c '"$HOLDFAST" lock jobs -- echo never; echo $?'
says 'holdfast: lock jobs: DEADLOCK: this command runs under it, and would wait for ever: held by sh -c '
expect 0 125 lock jobs -- sh -c '"$HOLDFAST" lock jobs --timeout 1h -- echo never; echo $?'
says 'DEADLOCK'
expect 125 "" lock jobs -- "$HOLDFAST" lock b -- "$HOLDFAST" lock c -- "$HOLDFAST" lock jobs -- echo never
says 'holdfast: lock jobs: DEADLOCK'
expect 125 "" lock jobs -- "$HOLDFAST" lock b -- "$HOLDFAST" lock c -- "$HOLDFAST" lock b -- echo never
says 'holdfast: lock b: DEADLOCK'
expect 125 "" rwlock table -- "$HOLDFAST" rwlock table --read -- echo never
says 'holdfast: rwlock table: DEADLOCK'
expect 125 "" rwlock table --read -- "$HOLDFAST" lock b -- "$HOLDFAST" rwlock table -- echo never
says 'holdfast: rwlock table: DEADLOCK'
expect 0 both rwlock table --read -- "$HOLDFAST" rwlock table --read -- echo both
"$HOLDFAST" semaphore open four --permits 4 >"$folder/out"
expect 0 both semaphore four -n 2 -- "$HOLDFAST" semaphore four -n 2 -- echo both
expect 125 "" semaphore four -n 2 -- "$HOLDFAST" semaphore four -n 3 -- echo never
says 'holdfast: semaphore four: DEADLOCK'
expect 125 "" semaphore four -n 2 -- "$HOLDFAST" semaphore four -- "$HOLDFAST" semaphore four -n 2 -- echo never
says 'holdfast: semaphore four: DEADLOCK'

# An entry that is over, or nonsense, or another manager's, is in nobody's way.
old=$("$HOLDFAST" lock jobs -- sh -c 'echo "$HOLDFAST_HELD"')
HOLDFAST_HELD="$old x 1:2 1:2:3:4 9:9:9 :: $old"
export HOLDFAST_HELD
expect 0 fine lock jobs -- echo fine
expect 125 "" lock jobs -- "$HOLDFAST" lock jobs -- echo never
"$HOLDFAST" lock jobs -- sh -c 'echo up >"$1"; read -r go <"$2"' sh "$folder/up" "$folder/go" &
holder=$!
wait_for_job
"$HOLDFAST" lock jobs -- echo second >"$folder/second" &
waiter=$!
until "$HOLDFAST" who jobs | grep -q '^waits'; do :; done
echo >"$folder/go"
ends "$holder" 0 "the holder"
ends "$waiter" 0 "the waiter"
[ "$(cat "$folder/second")" = second ] || fail "the waiter has not run"
unset HOLDFAST_HELD

# Twenty at once, one after the other: each finds the count as the one before it left it.
echo 0 >"$folder/count"
jobs=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    "$HOLDFAST" lock count -- sh -c 'read -r n <"$1"; echo $((n + 1)) >"$1"' sh "$folder/count" &
    jobs="$jobs $!"
done
for job in $jobs; do
    ends "$job" 0 "one of twenty"
done
[ "$(cat "$folder/count")" = 20 ] || fail "twenty counted to $(cat "$folder/count")"

# Signals are passed on, and the lock is released in good order.
"$HOLDFAST" lock jobs -- sh -c 'trap "exit 5" TERM; echo up >"$1"; while :; do sleep 0.02; done' \
    sh "$folder/up" &
job=$!
wait_for_job
kill -TERM "$job"
ends "$job" 5 "a command that ends well on SIGTERM"
expect 0 "" lock jobs -- true
[ -s "$folder/error" ] && fail "a word of death after a signal: $(cat "$folder/error")"

# A waiter that is killed never gets the lock.
"$HOLDFAST" lock jobs -- sh -c 'echo up >"$1"; read -r go <"$2"' sh "$folder/up" "$folder/go" &
holder=$!
wait_for_job
"$HOLDFAST" lock jobs -- sh -c 'echo never >"$1"' sh "$folder/never" &
waiter=$!
until "$HOLDFAST" who jobs | grep -q '^waits'; do :; done
kill -KILL "$waiter"
ends "$waiter" 137 "a waiter that is killed"
until ! "$HOLDFAST" who jobs | grep -q '^waits'; do :; done
echo >"$folder/go"
ends "$holder" 0 "the holder"
expect 0 "" lock jobs -- true
[ -e "$folder/never" ] && fail "the dead waiter's command ran"

# A holder that is killed: its command is told to end, the next one is warned.
"$HOLDFAST" lock jobs -- sh -c 'trap "echo told >\"$2\"; exit" TERM; echo up >"$1"
    while :; do sleep 0.02; done' sh "$folder/up" "$folder/told" &
holder=$!
wait_for_job
kill -KILL "$holder"
ends "$holder" 137 "the holder"
read -r word <"$folder/told"
[ "$word" = told ] || fail "the command of a dead holder was told $word"
expect 3 "" lock jobs -- sh -c 'exit 3'
says 'holdfast: lock jobs: warning: OWNER_DIED: "sh -c '
says 'died while it held the lock'

# A lock with options of its own is used as it is.
"$HOLDFAST" lock open kept --keep >"$folder/out"
expect 0 fine lock kept -- echo fine
expect 125 "" lock nowhere --must-exist -- echo never
says NO_OBJECT
expect 125 "" lock d -- echo never
says WRONG_TYPE
expect 125 "" lock jobs --address "unix:$folder/none" -- echo never
says UNREACHABLE
expect 2 "" lock jobs --
expect 2 "" lock jobs --address nowhere -- echo never

# A semaphore: as many commands at once as it has permits for. The permits of a killed command come
# back.
"$HOLDFAST" semaphore open slots --permits 3 --bounded >"$folder/out"
expect 0 1 semaphore slots -n 2 -- "$HOLDFAST" semaphore value slots
expect 0 2 semaphore slots -- "$HOLDFAST" semaphore value slots
expect 0 3 semaphore value slots
expect 0 124 semaphore slots --permits 2 -- sh -c '"$HOLDFAST" semaphore slots -n 2 --timeout 0 -- echo never
    echo $?'
says 'holdfast: semaphore slots: TIMEOUT'
expect 125 "" semaphore slots -n 4 -- echo never
says 'holdfast: semaphore slots: VALUE_ERROR'
expect 0 "" semaphore slots -- sh -c '"$HOLDFAST" --guard "$HOLDFAST_LOCK:$HOLDFAST_FENCE" dict set d k 3'
"$HOLDFAST" semaphore slots -n 3 -- sh -c 'echo up >"$1"; while :; do sleep 0.02; done' sh "$folder/up" &
holder=$!
wait_for_job
expect 0 0 semaphore value slots
kill -KILL "$holder"
ends "$holder" 137 "the holder of three permits"
expect 0 0 semaphore slots -n 3 -- "$HOLDFAST" semaphore value slots

# An rwlock: readers with one another, a writer alone.
expect 0 both rwlock table --read -- "$HOLDFAST" rwlock table --read --timeout 0 -- echo both
expect 0 124 rwlock table --read -- sh -c '"$HOLDFAST" rwlock table --timeout 0 -- echo never; echo $?'
expect 0 124 rwlock table -- sh -c '"$HOLDFAST" rwlock table --read --timeout 0 -- echo never; echo $?'
says 'holdfast: rwlock table: TIMEOUT'
expect 0 alone rwlock table -- echo alone
expect 125 "" rwlock jobs -- echo never
says WRONG_TYPE

# The lock is deleted, or the manager ends, while the command runs: the shell says so and fails.
expect 125 "done" lock jobs -- sh -c '"$HOLDFAST" object delete jobs; echo done'
says NO_OBJECT
expect 3 "" lock jobs -- sh -c '"$HOLDFAST" object delete jobs; exit 3'
"$HOLDFAST" lock jobs -- sh -c 'echo up >"$1"; read -r go <"$2"' sh "$folder/up" "$folder/go" \
    2>"$folder/lost" &
holder=$!
wait_for_job
kill "$daemon"
wait "$daemon"
daemon=
until grep -q 'lost while the command runs' "$folder/lost"; do :; done
echo >"$folder/go"
ends "$holder" 125 "a command whose lock was lost"
end
