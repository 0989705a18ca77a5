#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Count the instructions that the manager needs for a request, and fail if a scenario needs more
# than its ceiling. Ceilings hold for the compiler that they were written with; with another one the
# test is skipped (77).
#
#   instructions.sh PROGRAM COMPILER CEILINGS            compare
#   instructions.sh PROGRAM COMPILER CEILINGS --update   write ceilings 3 % above the counts
set -eu
program=$1
compiler=$2
ceilings=$3
mode=${4:-}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# An empty environment: what is in it moves the stack, and with it a few instructions.
(cd "$folder" && env -i "PATH=$PATH" valgrind -q --tool=callgrind --instr-atstart=no \
    --callgrind-out-file="$folder/out" "$program" >"$folder/requests")

for dump in "$folder"/out.*; do
    sed -n -e 's/^desc: Trigger: Client Request: /name /p' -e 's/^totals: /total /p' "$dump"
done | awk -v requests="$folder/requests" '
    $1 == "name" { name = $2 }
    $1 == "total" && name != "" { total[name] = $2; name = "" }
    END { while ((getline < requests) > 0) { if ($1 in total) { printf "%s %.1f\n", $1, total[$1] / $2 } } }
' >"$folder/counts"

if [ "$(wc -l <"$folder/counts")" -ne "$(wc -l <"$folder/requests")" ]; then
    echo "callgrind has not counted everything" >&2
    exit 1
fi

if [ "$mode" = --update ]; then
    {
        echo "# Instructions for a request, at most. Written by: ninja instructions_update"
        echo "compiler $compiler"
        awk '{ printf "%s %d\n", $1, $2 * 1.03 + 1 }' "$folder/counts"
    } >"$ceilings"
    cat "$ceilings"
    exit 0
fi

awk -v compiler="$compiler" '
    FNR == NR && $1 == "compiler" { known = $2 }
    FNR == NR { ceiling[$1] = $2; next }
    !($1 in ceiling) { printf "%-18s %8.1f  has no ceiling\n", $1, $2; over++; next }
    { high = $2 > ceiling[$1]; over += high
      printf "%-18s %8.1f of %5d%s\n", $1, $2, ceiling[$1], high ? "  TOO MANY" : "" }
    END {
        if (compiler != known) { print "written with " known ", this is " compiler; exit 77 }
        if (over > 0) { print "if it has to be: ninja instructions_update"; exit 1 }
    }
' "$ceilings" "$folder/counts"
