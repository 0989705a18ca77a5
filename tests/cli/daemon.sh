# SPDX-License-Identifier: MIT
#
# For the scripts beside it: a daemon in a folder of its own, which ends with the script, and
# functions that check each step. The environment names the programs: HOLDFAST, HOLDFAST_DAEMON,
# JSON_LINE.
set -u
: "${HOLDFAST:?}" "${HOLDFAST_DAEMON:?}" "${JSON_LINE:?}"

folder=$(mktemp -d)
daemon=
failures=0
steps=0

finish() {
    [ -n "$daemon" ] && kill "$daemon" && wait "$daemon"
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# The daemon writes its address into the pipe once it serves.
start_daemon() { # [OPTION]...
    mkfifo "$folder/ready"
    "$HOLDFAST_DAEMON" --quiet --listen "unix:$folder/socket" --ready-fd 3 \
        "$@" 3>"$folder/ready" &
    daemon=$!
    read -r HOLDFAST_ADDRESS <"$folder/ready"
    rm "$folder/ready"
    export HOLDFAST_ADDRESS
}

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*" >&2
}

# expect STATUS OUTPUT ARGUMENT...: holdfast with these arguments ends with this status and prints
# exactly this.
expect() {
    wanted_status=$1
    wanted=$2
    shift 2
    steps=$((steps + 1))
    status=0
    output=$("$HOLDFAST" "$@" 2>"$folder/error") || status=$?
    [ "$status" = "$wanted_status" ] && [ "$output" = "$wanted" ] && return
    fail "holdfast $*"
    echo "  wanted $wanted_status: $wanted" >&2
    echo "  got    $status: $output" >&2
    sed 's/^/  /' "$folder/error" >&2
}

# The last one's error says this.
says() {
    grep -qF -- "$1" "$folder/error" || fail "no word of '$1' in: $(cat "$folder/error")"
}

# expect_json STATUS JSON ARGUMENT...: the same with --json, its members in any order.
expect_json() {
    wanted_status=$1
    wanted=$2
    shift 2
    steps=$((steps + 1))
    status=0
    "$HOLDFAST" --json "$@" >"$folder/json" 2>"$folder/error" || status=$?
    output=$("$JSON_LINE" <"$folder/json") || fail "holdfast --json $*: not JSON"
    [ "$status" = "$wanted_status" ] && [ "$output" = "$wanted" ] && return
    fail "holdfast --json $*: $status: $output"
}

# end: the script's exit status.
end() {
    echo "$steps steps, $failures failed"
    [ "$failures" = 0 ]
    exit
}
