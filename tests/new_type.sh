#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A type made by new_type.py builds, is complete, and does what its model says.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

cd "$root"
cp -R CMakeLists.txt manager proxy proto examples tests docs "$copy"
python3 tests/new_type.py zzcopy "$copy"
if python3 tests/new_type.py zzcopy "$copy" 2>/dev/null; then
    echo "the same type was added twice"
    exit 1
fi

cmake -S "$copy" -B "$copy/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug >/dev/null
cmake --build "$copy/build" --target \
    test_zzcopy test_completeness test_guarantees_locks test_oom make_corpus sim holdfastd holdfast \
    json_line test_cli_ops watchdog >/dev/null
cd "$copy/build"
ctest --output-on-failure -R '^(zzcopy|completeness|guarantees_locks|oom|fuzz_make_corpus|cli_commands|cli_examples|cli_ops)$'
bin/sim --seeds 1..20 --steps 200
sh "$root/tests/includes.sh" "$copy"
sh "$root/tests/guarantees.sh" "$copy"
