#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Includes run one way, and each room keeps its own: the proxy and the manager share only proto/, only
# manager/server.c knows libevent, and behind the wall (manager/core.h) there is no socket, clock or
# file. Prints what breaks a rule. Then proves of each rule that it can be broken, on a copy.
#
#   sh tests/includes.sh [ROOT]    with ROOT: only check the tree there
set -u

root=${1:-$(dirname "$0")/..}
cd "$root" || exit 2
broken=0

# complain RULE FOUND: unless nothing was found.
complain() {
    if [ -n "$2" ]; then
        printf '%s:\n%s\n' "$1" "$2"
        broken=1
    fi
}

# only "HEADERS" FILE...: of our own headers, these files include no others.
only() {
    allowed=$(printf '%s' "$1" | tr -s ' \n' '||')
    shift
    complain "includes that run the wrong way" \
        "$(grep -nE '^ *# *include *"' "$@" /dev/null | grep -vE "\"($allowed)\.h\"")"
}

# never PATTERN RULE FILE...: none of these files matches the pattern.
never() {
    pattern=$1
    rule=$2
    shift 2
    complain "$rule" "$(grep -nE "$pattern" "$@" /dev/null)"
}

proto="decode encode frame proof spin utf8 wire_limits holdfast.pb-c"
base="arena blocks deque heap link mem pile sort table"
seen="any bulk deadlock journal keyed kind litter map number object owner registry schedule show slice stock task" # what an operation sees
outside="buffer connection listener log options peer private server stream"

wall="manager/any.[ch] manager/answer.c manager/bulk.[ch] manager/call.[ch] manager/check.[ch]
    manager/control.c manager/core.[ch] manager/crew.c manager/deadlock.[ch] manager/journal.[ch] manager/keyed.[ch] manager/kind.[ch] manager/litter.[ch] manager/map.[ch] manager/number.[ch] manager/object.h
    manager/owner.[ch] manager/place.[ch] manager/registry.[ch] manager/schedule.[ch] manager/session.[ch] manager/show.[ch] manager/slice.[ch] manager/stock.[ch] manager/task.[ch]
    manager/types.c manager/types/*.[ch] manager/base/*.[ch]"

# ---- one way ------------------------------------------------------------------------------------

only "decode encode frame proof spin utf8 wire_format wire_limits" proto/*.[ch]
only "$base" manager/base/*.[ch]
only "any arena litter map registry mem utf8 wire_limits" manager/any.[ch]
only "any map sort" manager/map.[ch]
only "link schedule wire_limits" manager/schedule.[ch]
only "any deque litter mem registry" manager/litter.[ch]
only "any show" manager/show.[ch]
only "$base $seen wire_limits" manager/object.h manager/owner.[ch] manager/registry.[ch] \
    manager/number.[ch] manager/bulk.[ch] manager/keyed.[ch] manager/kind.[ch] manager/slice.[ch] manager/stock.[ch] \
    manager/task.[ch] manager/crew.c manager/answer.c manager/deadlock.[ch] manager/types.c
only "$base $seen wire_limits place" manager/place.[ch]
only "$base $seen wire_limits encode" manager/journal.[ch] # what it keeps is as the wire has it
only "$base $seen wire_limits dict list lock set" manager/types/*.[ch] # and the files of a type share a header
only "$base $seen wire_limits place call check" manager/call.[ch] manager/check.[ch] manager/control.c
only "wire_limits" manager/core.h # the wall itself: all above it and session.h may look at it
only "decode encode mem frame proof owner call core session" manager/session.[ch]
only "mem proof session core" manager/core.c
# A new file has to find its place above or below.
only "$outside core link frame spin wire_limits" $(ls manager/*.[ch] | grep -vxF "$(ls $wall)")

# Both halves have a call.h and a registry.h: a name counts as the half's own if it has such a file.
for half in manager proxy; do
    own=$(find $half -name '*.h' | sed 's|.*/||; s|\.h$||' | tr '\n' ' ')
    only "$own $proto" $(find $half -name '*.[ch]')
done
never 'hf_core|manager/' "the proxy knows the manager" $(find proxy -name CMakeLists.txt)
never '<holdfast\.h>|<holdfast/[a-rt-z][a-z]*\.h>|hf_proxy|proxy/' "the manager knows the proxy" \
    $(find manager -name '*.[ch]' -o -name CMakeLists.txt)

# ---- rooms --------------------------------------------------------------------------------------

# (The web of the example pool_crawler is libevent's.)
never '<event2?/|<event2?\.h>' "libevent outside manager/server.c" \
    $(find manager proto proxy examples -name '*.[ch]' | grep -vxE 'manager/server.c|examples/pool_crawler.c')
never '<(sys/(socket|un|time|stat|epoll|select|file|random|timerfd)|netinet/.*|arpa/.*|netdb|poll|time|fcntl|unistd|dirent|pthread|signal)\.h>' \
    "a header of the world's behind the wall" $wall
never '(^|[^a-z_.>])(socket|send(to|msg)|recv(from|msg)?|clock_gettime|gettimeofday|time|nanosleep|fopen|creat|rand|random|getrandom|getenv|fork|printf|fprintf) *\(' \
    "the world is called from behind the wall" $wall

# ---- no loose ends ------------------------------------------------------------------------------

mark='TO''DO|FIX''ME|X''XX'
never "(^|[^A-Za-z_])($mark)([^A-Za-z_]|\$)" "something is left to do" \
    $(find manager proxy proto examples tests docs -type f | grep -E '\.(c|h|sh|py|proto|md|txt)$')

if [ $# -gt 0 ]; then
    exit $broken
fi
if [ $broken -ne 0 ]; then
    exit 1
fi

# ---- each rule can be broken --------------------------------------------------------------------

copy=$(mktemp -d) || exit 2
trap 'rm -rf "$copy"' EXIT
cp -R manager proxy proto examples tests docs "$copy"
script=$(pwd)/tests/includes.sh
sh "$script" "$copy" >/dev/null || {
    echo "a plain copy is refused"
    exit 1
}

# must_break FILE LINE: with this line at its end, the file breaks a rule.
must_break() {
    if ! [ -f "$copy/$1" ]; then
        echo "there is no $1"
        broken=1
        return
    fi
    cp "$copy/$1" "$copy/kept"
    printf '%s\n' "$2" >>"$copy/$1"
    if sh "$script" "$copy" >/dev/null; then
        echo "nobody minds $1 with: $2"
        broken=1
    fi
    cp "$copy/kept" "$copy/$1"
    rm "$copy/kept"
}

must_break manager/base/arena.c '#include "object.h"'
must_break manager/any.c '#include "call.h"'
must_break manager/types/lock.c '#include "call.h"'
must_break manager/registry.c '#include "session.h"'
must_break manager/call.c '#include "session.h"'
must_break manager/session.c '#include "server.h"'
must_break manager/core.h '#include "session.h"'
must_break manager/server.c '#include "session.h"'
must_break manager/main.c '#include "registry.h"'
must_break manager/types/list.c '#include "wire.h"'
must_break manager/call.c '#include <holdfast/queue.h>'
must_break proxy/conn.c '#include "core.h"'
must_break proxy/types/queue.c '#include "deque.h"'
must_break proto/frame.c '#include "arena.h"'
must_break manager/connection.c '#include <event2/event.h>'
must_break proxy/conn.c '#include <event2/event.h>'
must_break manager/session.c '#include <sys/socket.h>'
must_break manager/types/dict.c '#include <time.h>'
must_break manager/core.c 'static long f(void) { return time(0); }'
must_break manager/call.c 'static void f(void) { (void)fopen("x", "r"); }'
must_break manager/base/mem.c 'static void f(void) { clock_gettime(0, 0); }'
must_break examples/bank.c "/* $(printf 'TO%s' DO) */"
exit $broken
