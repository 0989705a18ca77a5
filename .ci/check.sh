#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Format, language and lint: clang-format, the language of comments and docs, clang-tidy, and the
# shell scripts' syntax.
set -eu
cd "$(dirname "$0")/.."

git ls-files '*.c' '*.h' '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
for script in $(git ls-files '*.sh' .ci/run .ci/nightly .ci/foreign .ci/toolchain); do
    sh -n "$script"
done

python3 tests/house.py language

cmake -S . -B build/lint -G Ninja -DCMAKE_C_COMPILER=clang >/dev/null
cmake --build build/lint --target holdfast.pb-c.h >/dev/null 2>&1 || cmake --build build/lint --target hf_wire >/dev/null
python3 .ci/tidy.py $(git ls-files '*.c' | grep -v -e '^tests/fuzz/')
echo "format, language and lint: clean"
