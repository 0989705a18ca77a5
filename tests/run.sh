#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Install what is missing, build, run all the tests, and end with "N passed, N failed".
#
#   sh tests/run.sh            everything, in four builds: with the address and undefined-behaviour
#                              sanitizers; as released; with the thread sanitizer; under valgrind
#   sh tests/run.sh --quick    the first of them
set -eu
cd "$(dirname "$0")/.."

case "${1:-}" in
'') quick=false ;;
--quick) quick=true ;;
*)
    echo "usage: sh tests/run.sh [--quick]" >&2
    exit 2
    ;;
esac

passed=0
failed=0

# build NAME CMAKE-OPTION...: into build/NAME.
build() {
    name=$1
    shift
    echo "== $name: building"
    mkdir -p "build/$name"
    if cmake -S . -B "build/$name" -G Ninja -DHF_TESTS=ON -DHF_WERROR=ON "$@" >"build/$name/build.log" 2>&1 &&
        cmake --build "build/$name" >>"build/$name/build.log" 2>&1; then
        return 0
    fi
    tail -n 60 "build/$name/build.log"
    failed=$((failed + 1))
    return 1
}

# run NAME CTEST-OPTION...: test what was built, and count.
run() {
    name=$1
    log=build/$name/tests.log
    shift
    echo "== $name: testing"
    ctest --test-dir "build/$name" -j "$(nproc)" --output-on-failure --no-tests=error "$@" \
        >"$log" 2>&1 || true
    cat "$log"
    line=$(sed -n 's/.*tests passed, \([0-9]*\) tests* failed out of \([0-9]*\).*/\1 \2/p' "$log")
    if [ -z "$line" ]; then
        failed=$((failed + 1))
        return
    fi
    failed=$((failed + ${line% *}))
    passed=$((passed + ${line#* } - ${line% *}))
}

sh .ci/install.sh test
export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1

if build sanitized -DCMAKE_BUILD_TYPE=Debug -DHF_SANITIZE=address,undefined; then
    run sanitized
fi
if ! $quick; then
    if build release; then
        run release
    fi
    # The library, the shell and the daemon have threads or talk to a program that has. The thread
    # sanitizer puts a handler off while its thread sleeps, so a test of handlers is left out.
    if build thread -DCMAKE_BUILD_TYPE=Debug -DHF_SANITIZE=thread; then
        run thread -R '^(proxy|example|cli|system)_' -E '^proxy_(memory|interrupt)$'
    fi
    # Without the tests that are too slow under valgrind, replace malloc, exit in the midst of
    # things, or start processes: valgrind 3.19 does not know pidfd_open. A test of the release
    # build runs the daemon under valgrind.
    if build valgrind "-DCMAKE_CROSSCOMPILING_EMULATOR=valgrind;-q;--leak-check=full;--error-exitcode=9"; then
        run valgrind -L core -E '^(list_model|table)$'
        run valgrind -R '^(proxy|example)_' \
            -E '^(proxy_(memory|manager|process.*|guarantees_process|supervisor|started|cancel|descriptors|family|leave|program)|example_process_.*)$'
    fi
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
