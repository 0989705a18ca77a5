#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run the sidecar example as a test: a manager that outlives its visitors counts them. They get its
# address by argument or by environment, and fail if no manager is there.
#
#   HOLDFAST_DAEMON=holdfastd sh check_sidecar.sh SIDECAR
set -eu

sidecar=$1
folder=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; wait; rm -rf "$folder"' EXIT
address=unix:$folder/hf.sock

mkfifo "$folder/ready"
"$HOLDFAST_DAEMON" --listen "$address" --ready-fd 3 --quiet 3>"$folder/ready" &
daemon=$!
read -r served <"$folder/ready"

expect() {
    if [ "$1" != "$2" ]; then
        echo "expected '$1', but it said '$2'" >&2
        exit 1
    fi
}

expect "$address" "$served"
expect "visit 1" "$("$sidecar" "$address")"
expect "visit 2" "$(HOLDFAST_ADDRESS=$address "$sidecar")"
expect "1" "$("$sidecar" "unix:$folder/nobody" 2>/dev/null || echo $?)"
