#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build the library, the daemon and the shell in other ways than tests/run.sh does, without a
# warning, and use what was installed. Each takes some seconds; all tests run elsewhere.
#
#   sh tests/builds.sh [WAY]...    clang, lto, m32, musl, glibc; default: all
set -eu
cd "$(dirname "$0")/.."
ways=${*:-clang lto m32 musl glibc}
cache=
if command -v ccache >/dev/null; then
    cache=-DCMAKE_C_COMPILER_LAUNCHER=ccache
fi

# build WAY "TARGETS" CMAKE-OPTION...: into build/ways/WAY.
build() {
    way=$1
    targets=$2
    folder=$PWD/build/ways/$way
    shift 2
    mkdir -p "$folder"
    { cmake -S . -B "$folder" -G Ninja -DHF_TESTS=OFF -DHF_WERROR=ON -DCMAKE_BUILD_TYPE=Quick -DCMAKE_C_FLAGS_QUICK="-O1 -g0" $cache "$@" &&
        cmake --build "$folder" $targets; } >"$folder/build.log" 2>&1 || {
        tail -n 60 "$folder/build.log"
        return 1
    }
    if [ -e "$folder/bin/bank" ]; then
        echo "HF_TESTS=OFF has built an example"
        return 1
    fi
}

clang() {
    build clang "" -DCMAKE_C_COMPILER=clang && CC=clang sh tests/install.sh "$folder"
}

# A program with -flto, and a library that was made with it.
lto() {
    build lto "" -DCMAKE_C_FLAGS=-flto && CC=gcc sh tests/install.sh "$folder" -flto
}

m32() {
    sh .ci/toolchain i386
    root=$PWD/build/foreign/i386/root/usr
    build m32 "" -DCMAKE_TOOLCHAIN_FILE="$PWD/build/foreign/i386/toolchain.cmake" &&
        CC=gcc LD_LIBRARY_PATH="$root/lib/i386-linux-gnu" sh tests/install.sh "$folder" -m32 -L"$root/lib/i386-linux-gnu" \
            -Wl,-rpath-link,"$root/lib/i386-linux-gnu" -idirafter "/usr/include/$(gcc -print-multiarch)"
}

# Debian has no libraries for musl, so nothing is linked. The headers of those libraries are glibc's
# neighbours, and are shown to the compiler alone.
musl() {
    headers=$PWD/build/ways/musl/include
    rm -rf "$headers"
    dpkg -L libprotobuf-c-dev libevent-dev libssl-dev libsodium-dev libjansson-dev | grep '^/usr/include/.*\.h$' |
        while read -r file; do
            to=$headers/$(echo "$file" | sed "s,^/usr/include/,,; s,^$(gcc -print-multiarch)/,,")
            mkdir -p "$(dirname "$to")"
            ln -s "$file" "$to"
        done
    build musl "--target help" -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY \
        -DOPENSSL_INCLUDE_DIR="$headers" -DCMAKE_C_FLAGS="-isystem $headers" || return 1
    objects=$(ninja -C "$folder" -t targets all | sed -n 's/^\(.*\.o\): C_COMPILER.*/\1/p')
    ninja -C "$folder" $objects >"$folder/build.log" 2>&1 || {
        tail -n 60 "$folder/build.log"
        return 1
    }
    echo "$(echo "$objects" | wc -l) objects: compiled with musl-gcc"
}

# Whether each function that the file takes from the C library was there in glibc 2.31: in some
# version of it, or as a macro of the headers (stat and its like).
is_of_glibc_2_31() {
    libc=$(gcc -print-file-name=libc.so.6)
    nm -D --undefined-only --with-symbol-versions "$1" | sed -n 's/.* \([a-zA-Z_0-9]*\)@GLIBC_2\.\([0-9]*\).*/\1 \2/p' |
        while read -r name version; do
            case $name in
            stat | fstat | lstat | fstatat | stat64 | fstat64 | lstat64 | fstatat64) continue ;;
            esac
            [ "$version" -le 31 ] || nm -D --defined-only --with-symbol-versions "$libc" |
                sed -n "s/.* $name@*GLIBC_2\.\([0-9]*\).*/\1/p" | grep -qxE '[0-9]|[12][0-9]|3[01]' ||
                echo "$1 needs $name of glibc 2.$version"
        done | grep . && return 1
    return 0
}

# The headers and the names of glibc 2.31, and a system that has no pidfds.
glibc() {
    overlay=$PWD/tests/support/glibc_2_31
    build glibc "" -DCMAKE_C_FLAGS="-I$overlay -include $overlay/before.h" || return 1
    for file in lib/libholdfast.so bin/holdfastd bin/holdfast; do
        is_of_glibc_2_31 "$folder/$file" || return 1
    done
    CC=gcc sh tests/install.sh "$folder"
}

sh .ci/install.sh builds
failed=
for way in $ways; do
    echo "== $way"
    "$way" || failed="$failed $way"
done
[ -z "$failed" ] || {
    echo "failed:$failed"
    exit 1
}
