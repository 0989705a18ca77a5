#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Measure Holdfast beside its alternatives: Redis, memcached, Python's Manager; and beside the least
# that any of them can cost. Installs what is missing, builds a release, and starts and ends servers
# of its own. The machine should be idle otherwise.
#
#   sh tests/bench/run.sh                  all of it, in under ten minutes
#   sh tests/bench/run.sh --quick          in about two minutes: shorter rounds, and fewer where the
#                                          machine is slow; no 5,000 clients, no 10 million entries
#   sh tests/bench/run.sh --only queue     the contests whose name contains this
#
# Prints tables and writes results.tsv (rates) and figures.tsv (the rest) to build/bench. If a part
# fails, the others go on; then the end says what failed, and the exit status is 1.
set -eu
cd "$(dirname "$0")/../.."

sh .ci/install.sh bench

build=build/release
log=build/bench/build.log
mkdir -p build/bench
if ! { cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build "$build" --target compare; } \
    >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi

# The program ends its servers and clients with itself, however it ends; its folder is ours.
TMPDIR=$(mktemp -d)
export TMPDIR
pid=
finish() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    rm -rf "$TMPDIR"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

"$build/bin/compare" --results build/bench/results.tsv --figures build/bench/figures.tsv "$@" &
pid=$!
status=0
wait "$pid" || status=$?
pid=
exit "$status"
