#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run an example as a test: it must succeed, and print the indented lines of its source's head
# comment under " * Prints:". The comment has PID in place of each process id.
#
#   sh check_output.sh SOURCE PROGRAM
set -eu

source=$1
program=$2
unset HOLDFAST_ADDRESS
expected=$(sed -n -e '/^ \* Prints:$/,/^ \*\/$/s/^ \*     //p' "$source")
if [ -z "$expected" ]; then
    echo "the head comment of $source does not show what it prints" >&2
    exit 1
fi
status=0
output=$("$program") || status=$?
printf '%s\n' "$output"
if [ "$status" -ne 0 ]; then
    echo "exit status $status" >&2
    exit 1
fi
seen=$(printf '%s\n' "$output" | sed -e 's/process [0-9][0-9]*/process PID/g')
if [ "$seen" != "$expected" ]; then
    printf 'it should be:\n%s\n' "$expected" >&2
    exit 1
fi
