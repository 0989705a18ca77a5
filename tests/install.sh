#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Install each component into a folder and compare what is there. Then build an example from the
# installed documentation with the installed library: by pkg-config, shared and static, and by
# find_package().
#
#   sh tests/install.sh BUILD [CFLAG...]    with these flags for the compiler $CC
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
libdir=$(sed -n 's/^CMAKE_INSTALL_LIBDIR:[^=]*=//p' "$build/CMakeCache.txt")
compiler=${CC:-cc}
unset DESTDIR

# install COMPONENT: into the folder of all, and alone.
install() {
    for to in "$folder/all" "$folder/$1"; do
        cmake --install "$build" --component "$1" --prefix "$to" >"$folder/log" || {
            cat "$folder/log"
            exit 1
        }
    done
}

# compare COMPONENT: with the list on standard input.
compare() {
    sort >"$folder/expected"
    (cd "$folder/$1" && find . -type f -o -type l) | sed 's,^\./,,' | sort >"$folder/found"
    diff -u "$folder/expected" "$folder/found" || {
        echo "the component $1 has other files"
        exit 1
    }
}

for component in runtime development documentation; do
    install "$component"
done
compare runtime <<END
bin/holdfast
bin/holdfastd
$libdir/libholdfast.so.1
$libdir/libholdfast.so.1.0.0
END
{
    for headers in proxy/include proto/include; do
        (cd "$root/$headers" && find . -name '*.h' -o -name '*.hpp' | sed 's,^\.,include,')
    done
    for file in libholdfast.a libholdfast.so pkgconfig/holdfast.pc cmake/Holdfast/HoldfastConfig.cmake \
        cmake/Holdfast/HoldfastConfigVersion.cmake cmake/Holdfast/HoldfastTargets.cmake; do
        echo "$libdir/$file"
    done
    echo share/holdfast/holdfast.proto
    (cd "$folder/development" && ls "$libdir"/cmake/Holdfast/HoldfastTargets-*.cmake)
} | compare development
(cd "$root" && find LICENSE README.md docs examples -type f | sed 's,^,share/doc/holdfast/,') | compare documentation
cmake --install "$build" --prefix "$folder/whole" >/dev/null
diff -r "$folder/all" "$folder/whole" || {
    echo "the components are not the whole"
    exit 1
}

# use PROGRAM: it runs with the installed manager.
use() {
    said=$(HOLDFAST_DAEMON=$folder/all/bin/holdfastd LD_LIBRARY_PATH=$folder/all/$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$1")
    case $said in
    *"300 jobs done, their sum is 44850"*) ;;
    *)
        echo "$1: $said"
        exit 1
        ;;
    esac
}

export PKG_CONFIG_PATH="$folder/all/$libdir/pkgconfig"
examples=$folder/all/share/doc/holdfast/examples
sources="$examples/work_queue.c $examples/support.c"
$compiler "$@" -D_GNU_SOURCE -o "$folder/shared" $sources $(pkg-config --cflags --libs holdfast)
use "$folder/shared"
libs=$(pkg-config --static --libs holdfast | sed "s,-lholdfast,$folder/all/$libdir/libholdfast.a,")
$compiler "$@" -D_GNU_SOURCE -o "$folder/static" $sources $(pkg-config --cflags holdfast) $libs
! readelf -d "$folder/static" | grep -q libholdfast
use "$folder/static"

if [ $# -eq 0 ]; then
    cmake -S "$examples" -B "$folder/build" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$folder/all" >"$folder/log" 2>&1 &&
        cmake --build "$folder/build" --target work_queue >>"$folder/log" 2>&1 || {
        cat "$folder/log"
        exit 1
    }
    use "$folder/build/work_queue"
fi
echo "installed, and used: $compiler $*"
