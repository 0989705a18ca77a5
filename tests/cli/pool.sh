# SPDX-License-Identifier: MIT
#
# holdfast worker, apply and pool: commands as the functions of a pool.
. "$(dirname "$0")/daemon.sh"
start_daemon

# work FUNCTION COMMAND...: a worker in the background; `worker` is its process.
work() {
    function=$1
    shift
    "$HOLDFAST" worker jobs "$function" -- "$@" 2>"$folder/worker_error" &
    worker=$!
}

# The worker that was started last goes.
dismiss() {
    kill "$worker"
    wait "$worker" 2>"$folder/error"
}

# The arguments are a line of JSON; what is printed is JSON, or else text, or nothing.
work echo cat
expect_json 0 '{"status":"OK","value":[1,"two",3.5,null,{"a":[true]}]}' apply jobs echo 1 two 3.5 null '{"a":[true]}'
expect_json 0 '{"status":"OK","value":[]}' --timeout 600 apply jobs echo
expect 0 "a b
2" apply jobs echo "a b" 2
expect_json 0 '{"status":"OK","value":["x"]}' apply jobs echo x
expect 0 '{"status":"OK","value":[99999999999999999999,{"$tuple":[1]},0.1]}' \
    --json apply jobs echo 99999999999999999999 '{"$tuple":[1]}' 0.1
expect 1 "" apply jobs other 1
says "TASK_FAILED"
says "its worker has no function other"
dismiss

work text sh -c 'printf "plain text\n"'
expect 0 "plain text" apply jobs text
dismiss

work nothing true
expect_json 0 '{"status":"OK","value":null}' apply jobs nothing
dismiss

# More than any pipe holds, both ways.
work count sh -c 'wc -c'
big=$(head -c 100000 /dev/zero | tr '\0' x)
expect 0 100005 apply jobs count "$big"
dismiss
work big sh -c 'head -c 1000000 /dev/zero | tr "\0" x'
[ "$("$HOLDFAST" apply jobs big | wc -c)" = 1000001 ] || fail "a large result"
dismiss

# A process that a command leaves running, with its output open, holds up nothing.
mkfifo "$folder/left"
work leave sh -c 'cat "$1" & echo started' sh "$folder/left"
expect 0 started apply jobs leave
dismiss
echo >"$folder/left" # which ends it

# How a command fails, and that the worker goes on.
work fail sh -c 'exit 3'
expect 1 "" apply jobs fail
says "TASK_FAILED"
says "sh ended with exit status 3"
expect 1 "" apply jobs fail
dismiss
work die sh -c 'kill -KILL $$'
expect 1 "" apply jobs die
says "sh was killed by signal 9"
dismiss
work none "$folder/none"
expect 1 "" apply jobs none
says "none ended with exit status 127"
dismiss

# A worker that dies takes its command with it, and its task ends with words. The command says that
# it runs, and who it is, by a pipe.
mkfifo "$folder/up"
work hang sh -c 'echo $$ >"$1"; exec sleep 1000' sh "$folder/up"
"$HOLDFAST" apply jobs hang 7 2>"$folder/apply_error" &
apply=$!
read -r command <"$folder/up"
"$HOLDFAST" pool jobs >"$folder/view"
grep -q "^0 queued, 1 running" "$folder/view" || fail "holdfast pool: $(cat "$folder/view")"
grep -q "sh -c .* hang .*(process " "$folder/view" || fail "holdfast pool: $(cat "$folder/view")"
kill -KILL "$worker"
wait "$worker" 2>"$folder/error"
status=0
wait "$apply" || status=$?
[ "$status" = 1 ] || fail "apply ended with $status"
grep -q "WORKER_LOST.*hang(7)" "$folder/apply_error" || fail "$(cat "$folder/apply_error")"
while kill -0 "$command" 2>"$folder/error"; do :; done

# Nobody works for it: a timeout; and what is not there.
expect 124 "" apply jobs echo 1 --timeout 50ms
expect 1 "" --must-exist apply none f
says "NO_OBJECT"
expect 1 "" pool none
says "NO_OBJECT"
expect 2 "" apply jobs
says "arguments are missing: holdfast apply POOL FUNCTION [ARGUMENT]..."
expect 2 "" worker jobs f
says "arguments are missing: holdfast worker POOL FUNCTION -- COMMAND [ARGUMENT]..."

# For as long without a task as it may be, and not beyond the end of the pool.
expect 0 "" --timeout 50ms worker jobs echo -- cat
work echo cat
expect 0 1 apply jobs echo 1
expect 0 "" pool close jobs
wait "$worker" || fail "the worker of a closed pool ended with $?"
expect 1 "" apply jobs echo 1
says "CLOSED"
"$HOLDFAST" pool jobs | grep -q "closed$" || fail "holdfast pool does not say that it is closed"
"$HOLDFAST" --json pool jobs | grep -q '"closed":true' || fail "holdfast --json pool"
end
