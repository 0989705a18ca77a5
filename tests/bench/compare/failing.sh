#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A system that fails costs the comparison nothing but its own rounds: here Python, which is a
# program that does nothing.
#
#   failing.sh COMPARE
set -eu
compare=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

printf '#!/bin/sh\nexit 3\n' >"$folder/python3"
chmod +x "$folder/python3"
status=0
PATH=$folder TMPDIR=$folder "$compare" --quick --only "queue: put" --results "$folder/results" \
    >"$folder/out" 2>"$folder/errors" || status=$?
cat "$folder/out" "$folder/errors"
[ "$status" -eq 1 ]
grep -q '^queue: put, then get.100.1.Holdfast.' "$folder/results"
grep -q ' Python Manager  *failed$' "$folder/out"
grep -q '^queue: put, then get, 100 clients: Python Manager, round 1$' "$folder/out"
