#!/bin/sh
# SPDX-License-Identifier: MIT
#
# From a fresh Debian 12 to 100 workers that count down to zero: installs missing packages, builds
# into build/, and runs the example with a manager of its own. Steps that are done are skipped.
#
#   sh examples/demo.sh [options of build/bin/decrement]
set -eu
cd "$(dirname "$0")/.."

if [ ! -e build/build.ninja ]; then
    sh .ci/install.sh build
    echo "configuring build/"
    cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DHF_TESTS=OFF -DHF_EXAMPLES=ON --log-level=WARNING >/dev/null
fi
if [ -e build/bin/decrement ] && [ -e build/bin/holdfastd ]; then
    said=$(ninja -C build --quiet holdfastd decrement) || {
        printf '%s\n' "$said" >&2
        exit 1
    }
else
    echo "building into build/"
    ninja -C build --quiet holdfastd decrement
fi

unset HOLDFAST_ADDRESS
HOLDFAST_DAEMON=$PWD/build/bin/holdfastd
export HOLDFAST_DAEMON
if [ $# -eq 0 ]; then
    set -- --workers 100 --rounds 200
fi
exec build/bin/decrement "$@"
