# SPDX-License-Identifier: MIT
#
# The shell as process 1 of a container, to which orphans fall: it reaps them, and its own command
# still ends as it ends. A process that takes the orphans below it stands for process 1.
. "$(dirname "$0")/daemon.sh"
start_daemon

cat >"$folder/first" <<'END'
import ctypes, os, sys
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
END

# A zombie can be signalled, so this waits until it is reaped.
await_gone() {
    while kill -0 "$1" 2>/dev/null; do :; done
}

mkfifo "$folder/go"

# The orphan ends while the command runs: it is gone before the command is.
steps=$((steps + 1))
status=0
python3 "$folder/first" "$HOLDFAST" lock a -- sh -c '
    orphan=$(sh -c "true >/dev/null & echo \$!")
    while kill -0 "$orphan" 2>/dev/null; do :; done
    exit 7' || status=$?
[ "$status" = 7 ] || fail "a lock with an orphan: $status"

# Many orphans and the command end at once.
steps=$((steps + 1))
status=0
python3 "$folder/first" "$HOLDFAST" lock a -- sh -c '
    for i in 1 2 3 4 5 6 7 8; do sh -c "true &"; done
    exit 9' || status=$?
[ "$status" = 9 ] || fail "a lock with many orphans: $status"

# A worker without a task reaps what the commands of its tasks have left.
"$HOLDFAST" pool open pool >/dev/null
python3 "$folder/first" "$HOLDFAST" worker pool leave -- sh -c '
    cat "$0" >/dev/null 2>&1 &
    echo $!' "$folder/go" &
worker=$!
"$HOLDFAST" apply pool leave >"$folder/told.number"
read -r orphan <"$folder/told.number"
kill -0 "$orphan" || fail "the orphan is gone already"
: >"$folder/go"
await_gone "$orphan"
for i in 1 2 3 4 5; do
    steps=$((steps + 1))
    "$HOLDFAST" apply pool leave >"$folder/told.number" || fail "task $i fails"
    read -r orphan <"$folder/told.number"
    kill "$orphan"
done
kill "$worker"
wait "$worker" 2>/dev/null
end
