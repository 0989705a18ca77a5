#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run an example as a test: it must succeed, and its last line must match a pattern of the shell.
#
#   sh check.sh LAST-LINE PROGRAM [ARGUMENT...]
set -eu

expected=$1
shift
unset HOLDFAST_ADDRESS
status=0
output=$("$@") || status=$?
printf '%s\n' "$output"
if [ "$status" -ne 0 ]; then
    echo "exit status $status" >&2
    exit 1
fi
last=$(printf '%s\n' "$output" | tail -n 1)
case "$last" in
$expected) ;;
*)
    echo "the last line should be: $expected" >&2
    exit 1
    ;;
esac
