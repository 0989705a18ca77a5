#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Install what is missing of Debian's packages: to build; to build, test and lint; or also what
# Holdfast is measured beside, is built with otherwise, or is tested with on another architecture.
# This is the only list of them. Says nothing and needs no rights when nothing is missing.
#
#   sh .ci/install.sh [build|test|bench|builds|foreign]
set -eu

build="gcc libc6-dev cmake ninja-build pkg-config libprotobuf-c-dev protobuf-c-compiler libevent-dev
    libssl-dev libsodium-dev libjansson-dev"
test="libcmocka-dev python3 gdb valgrind clang libclang-rt-14-dev clang-format clang-tidy libhiredis-dev
    g++ libuv1-dev libglib2.0-dev"
bench="redis-server memcached"
builds="musl-tools libc6-dev-i386 lib32gcc-12-dev"
foreign="qemu-user gcc-s390x-linux-gnu libc6-dev-s390x-cross $builds"

case "${1:-build}" in
build) wanted=$build ;;
test) wanted="$build $test" ;;
bench) wanted="$build $test $bench" ;;
builds) wanted="$build $test $builds" ;;
foreign) wanted="$build $foreign" ;;
*)
    echo "usage: sh .ci/install.sh [build|test|bench|builds|foreign]" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system; needed are: $(echo $wanted)" >&2
    exit 0
fi

missing=
for package in $wanted; do
    case "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
done
if [ -z "$missing" ]; then
    exit 0
fi

# At this runlevel no package starts its server.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@"
    else
        echo "to install$missing, run this as root, or install sudo" >&2
        exit 1
    fi
}

echo "installing:$missing"
as_root apt-get -qq update
as_root apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install $missing >/dev/null
