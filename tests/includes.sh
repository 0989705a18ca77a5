#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Includes run one way. Each folder has one rule, which names the folders below it. The proxy and
# the manager share only proto/, only manager/daemon/server.c and two examples know libevent, and
# manager/core has no socket, clock or file. Prints what breaks a rule. Then breaks each rule on a
# copy, to prove that it is checked.
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

# headers FOLDER...: the names of the headers that lie in these folders.
headers() {
    for folder in "$@"; do
        ls "$folder" | sed -n 's/\.h$//p'
    done
}

# room FOLDER "FOLDERS" [HEADER...]: the files in this folder include our own headers only from
# these folders (its own is one of them), and these headers.
room() {
    folder=$1
    below=$2
    shift 2
    allowed=$( (headers $below && printf '%s\n' "$@") | tr -s '\n' '|' | sed 's/^|//; s/|$//')
    complain "includes that run the wrong way" \
        "$(grep -nE '^ *# *include *"' "$folder"/*.[ch] /dev/null | grep -vE "\"($allowed)\.h\"")"
}

# never PATTERN RULE FILE...: none of these files matches the pattern.
never() {
    pattern=$1
    rule=$2
    shift 2
    complain "$rule" "$(grep -nE "$pattern" "$@" /dev/null)"
}

core=manager/core
store="$core/store $core/base"
op="$core/op $store"

# ---- one way: a rule for each room, from the bottom ----------------------------------------------

room proto "proto" holdfast.pb-c

room $core/base "$core/base" link
room $core/store "$store" big encode link packed text utf8 wire_limits
room $core/op "$op" link packed text wire_limits
room $core/pool "$core/pool $store" link wire_limits
room $core/types "$core/types $core/pool $op" link packed wire_limits
room $core "$core $op" decode encode frame link proof wire_limits
room manager/daemon "manager/daemon" buffer core link frame process_fd spin standard text unix_path wire_limits

value="proxy/value proxy/base proto"
call="proxy/call $value"
process="proxy/process $call"
types="proxy/types $process"
worker="proxy/worker $types"
room proxy/base "proxy/base proto"
room proxy/value "$value" holdfast.pb-c
room proxy/call "$call" holdfast.pb-c
room proxy/process "$process" holdfast.pb-c
room proxy/types "$types" holdfast.pb-c
room proxy/async "proxy/async $call" holdfast.pb-c
room proxy/worker "$worker" holdfast.pb-c
room proxy/pool "proxy/pool $worker" holdfast.pb-c
room proxy/cli "proxy/cli proxy/pool $worker" holdfast.pb-c

# The wall shows nothing of what is behind it, and the calls know nothing of who brings them.
never '^ *# *include *"(session|core)\.h"' "a call that knows its session" \
    $core/batch.[ch] $core/call.[ch] $core/check.[ch] $core/control.c $core/deadlock.[ch] $core/pending.[ch]
never '^ *# *include *"([^w]|w[^i])' "the wall lets something through" $core/core.h

never 'result_case = HF__REPLY__RESULT_[A-Z]' "a result that call_answer_message() does not see" \
    $core/types/*.c $core/op/keyed.c $core/op/bulk.c $core/op/kind.c

never 'hf_core|manager/' "the proxy knows the manager" $(find proxy -name CMakeLists.txt)
never '<holdfast\.h>|<holdfast/[a-rt-z][a-z]*\.h>|hf_proxy|proxy/' "the manager knows the proxy" \
    $(find manager -name '*.[ch]' -o -name CMakeLists.txt)

# ---- rooms --------------------------------------------------------------------------------------

# (The web of the example pool_crawler is libevent's. Others show asynchronous calls in the loops of
# libevent, libuv and GLib, one each.)
sources=$(find manager proto proxy examples -name '*.[ch]')
only() {
    complain "$2 outside $3" "$(printf '%s\n' $sources | grep -vxE "$3" | xargs grep -nE "$1" /dev/null)"
}
only '<event2?/|<event2?\.h>' libevent \
    'manager/daemon/server\.c|examples/(pool_crawler|async_libevent)\.c'
only '<uv[./]' libuv 'examples/async_libuv\.c'
only '<(glib|gio|gobject)' GLib 'examples/async_glib\.c'
behind=$(find $core -name '*.[ch]')
never '<(sys/(socket|un|time|stat|epoll|select|file|random|timerfd)|netinet/.*|arpa/.*|netdb|poll|time|fcntl|unistd|dirent|pthread|signal)\.h>' \
    "a header of the world's behind the wall" $behind
never '(^|[^a-z_.>])(socket|send(to|msg)|recv(from|msg)?|clock_gettime|gettimeofday|time|nanosleep|fopen|creat|rand|random|getrandom|getenv|fork|printf|fprintf) *\(' \
    "the world is called from behind the wall" $behind

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

must_break manager/core/base/arena.c '#include "object.h"'
must_break manager/core/store/any.c '#include "kind.h"'
must_break manager/core/op/kind.c '#include "task.h"'
must_break manager/core/pool/task.c '#include "kind.h"'
must_break manager/core/types/lock.c '#include "call.h"'
must_break manager/core/call.c '#include "session.h"'
must_break manager/core/core.h '#include "session.h"'
must_break manager/core/types/lock.c '    call->reply->result_case = HF__REPLY__RESULT_GRANT;'
must_break manager/core/session.c '#include "server.h"'
must_break manager/core/types/list.c '#include "wire.h"'
must_break manager/core/call.c '#include <holdfast/queue.h>'
must_break manager/daemon/server.c '#include "session.h"'
must_break manager/daemon/main.c '#include "registry.h"'
must_break manager/daemon/connection.c '#include <event2/event.h>'
must_break manager/core/session.c '#include <sys/socket.h>'
must_break manager/core/types/dict.c '#include <time.h>'
must_break manager/core/core.c 'static long f(void) { return time(0); }'
must_break manager/core/call.c 'static void f(void) { (void)fopen("x", "r"); }'
must_break manager/core/base/mem.c 'static void f(void) { clock_gettime(0, 0); }'
must_break proto/frame.c '#include "arena.h"'
must_break proxy/base/scratch.c '#include "wire.h"'
must_break proxy/value/wire.c '#include "session.h"'
must_break proxy/call/conn.c '#include "child.h"'
must_break proxy/call/conn.c '#include "core.h"'
must_break proxy/call/conn.c '#include <event2/event.h>'
must_break proxy/process/child.c '#include "work.h"'
must_break proxy/types/queue.c '#include "deque.h"'
must_break proxy/worker/work.c '#include "feeder.h"'
must_break proxy/pool/feeder.c '#include "parse.h"'
must_break examples/bank.c '#include <event2/event.h>'
must_break examples/async_glib.c '#include <event.h>'
must_break proxy/async/waker.c '#include <uv.h>'
must_break examples/event_loop.c '#include <glib-unix.h>'
must_break examples/bank.c "/* $(printf 'TO%s' DO) */"
exit $broken
