#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every promise of docs/guarantees.md has a test that is named after it, and each of those tests has
# a promise: `lock_holder_dies`, `lock_waiter_dies`, `lock_deleted` for the cells of the row "lock"
# (an empty cell or one in parentheses promises nothing), `a_batch_is_one_step` for the line that
# begins with "**A batch is one step.**". More words may follow if several tests show it. And every
# type of the protocol has a row. The script prints what is missing; then it proves on a copy that
# it would notice.
#
#   sh tests/guarantees.sh [ROOT]    with ROOT: only check the tree there
set -u

root=${1:-$(dirname "$0")/..}
cd "$root" || exit 2
page=docs/guarantees.md
suites=$(echo tests/types/test_guarantees_*.c tests/proxy/test_guarantees_*.c)
broken=0

# A name for each type of each row, and with "promised", for what is promised of it.
table() {
    awk -F ' *[|] *' -v wanted="$1" '
        /^[|] *type *[|]/ {
            known = $3 == "its holder dies" && $4 == "one that waits dies" && $5 == "the object is deleted"
            next
        }
        /^[|]/ && known && !/^[|]-/ {
            count = split($2, types, ", ")
            split("- - holder_dies waiter_dies deleted", columns, " ")
            for (t = 1; t <= count; t++) {
                gsub(" ", "_", types[t])
                if (wanted == "types") {
                    print types[t]
                    continue
                }
                for (c = 3; c <= 5; c++) {
                    if ($c != "" && $c !~ /^[(][^)]*[)]$/) {
                        print types[t] "_" columns[c]
                    }
                }
            }
        }' "$page"
}

lines() {
    sed -n 's/^- \*\*\([^*]*\)\*\*.*/\1/p' "$page" | tr 'A-Z ' 'a-z_' | tr -d '.,'
}

# The tests that the lists name.
tests() {
    sed -n '/CMUnitTest tests/,/};/s/^ *[A-Za-z_]*(\([a-z_0-9]*\)[,)].*/\1/p' $suites
}

types() {
    sed -n '/^enum Type {/,/^}/s/^ *\([A-Z_]*\) = .*/\1/p' proto/holdfast.proto | tr 'A-Z' 'a-z'
}

promised=$(table promised; lines)
tested=$(tests)

for promise in $promised; do
    printf '%s\n' "$tested" | grep -qE "^$promise(_|\$)" || {
        echo "$page promises $promise: no test in $suites is called that"
        broken=1
    }
done
for test in $tested; do
    found=0
    for promise in $promised; do
        case $test in "$promise" | "$promise"_*) found=1 ;; esac
    done
    [ $found -eq 1 ] || {
        echo "$test: $page promises nothing of that name"
        broken=1
    }
done
for type in $(types); do
    table types | grep -qx "$type" || {
        echo "$type: $page has no row for it"
        broken=1
    }
done
[ "$(printf '%s\n' "$promised" | wc -l)" -gt 40 ] || {
    echo "only these promises found: $promised"
    broken=1
}
if [ $# -gt 0 ] || [ $broken -ne 0 ]; then
    exit $broken
fi

# ---- it would be noticed ------------------------------------------------------------------------

copy=$(mktemp -d) || exit 2
trap 'rm -rf "$copy"' EXIT
cp -R docs proto tests "$copy"
script=$(pwd)/tests/guarantees.sh
sh "$script" "$copy" >/dev/null || {
    echo "a plain copy is refused"
    exit 1
}

# must_break FILE EXPRESSION: changed by sed like this, it is refused.
must_break() {
    cp "$copy/$1" "$copy/kept"
    sed "$2" "$copy/kept" >"$copy/$1"
    if cmp -s "$copy/$1" "$copy/kept" || sh "$script" "$copy" >/dev/null; then
        echo "nobody minds $1 after: $2"
        broken=1
    fi
    mv "$copy/kept" "$copy/$1"
}

locks=tests/types/test_guarantees_locks.c
must_break $locks '/unit_test(lock_deleted)/d'
must_break $locks 's/unit_test(lock_deleted)/unit_test(lock_deletedly)/'
must_break tests/types/test_guarantees_stored.c '/TEST(array_deleted/d'
must_break tests/types/test_guarantees_all.c '/unit_test(a_deadlock_is_refused/d'
must_break tests/proxy/test_guarantees_process.c '/unit_test(a_process_that_is_no_daemon_goes_on/d'
must_break $page 's/^| latch | [^|]* |/| latch | (nothing) |/'
must_break $page 's/^| latch |/| bolt |/'
must_break $page 's/^| dict, namespace, /| dict, /'
must_break $page 's|A batch is one step|A batch is two steps|'
must_break $page 's/^- \*\*A deadlock/- **A promise.** **A deadlock/'
must_break $page 's/its holder dies/its owner dies/'
must_break proto/holdfast.proto 's/^  BARRIER = .*/&\n  GATE = 99;/'
exit $broken
