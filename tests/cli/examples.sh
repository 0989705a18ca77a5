# SPDX-License-Identifier: MIT
#
# The example in the help of each operation runs, and ends with 0, or with 1 and the answer false;
# that of an operation for programs is refused in words, since each command of the shell is a
# session of its own. No operation creates an object by looking for it.
. "$(dirname "$0")/daemon.sh"
start_daemon
PATH=$(dirname "$HOLDFAST"):$PATH

tab=$(printf '\t')

# prepare TYPE: the objects of the examples, as they are before each of them.
prepare() {
    holdfast ls | sed 's/^[^ ]* *//' | while read -r name; do
        holdfast object delete "$name"
    done
    case $1 in
    dict) holdfast dict update config colour=red size=5 ;;
    object) holdfast dict update config colour=red size=5 && holdfast lock open kept --keep && hold_for_ever kept ;;
    namespace) holdfast namespace update config colour=red size=5 ;;
    list) holdfast list extend steps draw cut && holdfast list append sizes 7 ;;
    value) holdfast value set count 7 ;;
    array) holdfast array open levels 10 20 30 --kind u8 ;;
    set) holdfast set update seen /index /news ;;
    queue) holdfast queue put-many jobs one two && holdfast queue open mail ;;
    lock) holdfast lock open kept --keep && hold_for_ever kept ;;
    rwlock) holdfast rwlock open site ;;
    semaphore) holdfast semaphore open downloads --permits 4 ;;
    event) holdfast event set deployed ;;
    latch) holdfast latch open parts && holdfast latch count-down 'done' ;;
    pipe) holdfast pipe open answers && holdfast pipe send ready 0 go ;;
    condition) holdfast lock open backup >"$folder/lock" && holdfast condition open changed "$(cat "$folder/lock")" ;;
    barrier) holdfast barrier open start 1 && holdfast barrier open broken 1 && holdfast barrier abort broken ;;
    watch) holdfast watch open board --prefix room && holdfast value set room 1 ;;
    pool) holdfast pool open thumbnails && holdfast pool open closed && holdfast pool close closed ;;
    esac >"$folder/prepared" 2>&1 || fail "prepare $1: $(cat "$folder/prepared")"
}

# The command is killed while it holds the lock.
hold_for_ever() {
    holdfast lock "$1" -- sh -c 'kill -KILL "$PPID"' 2>"$folder/error"
    until holdfast who "$1" | grep -q 'dead'; do :; done
}

# ops_of TYPE: the operations that the help of a type names, those for programs as well.
ops_of() {
    holdfast "$1" --help | grep -v '^  holdfast' |
        sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p; s/,//g; s/^For programs only.*: //p'
}

# example_of TYPE OP
example_of() {
    holdfast "$@" --help >"$folder/help"
    sed -n 's/^Example: //p' "$folder/help" | grep . || fail "no example: holdfast $*"
}

for_programs() {
    grep -q '^For programs' "$folder/help"
}

# run_example EXAMPLE
run_example() {
    steps=$((steps + 1))
    status=0
    timeout 60 sh -c "$1" </dev/null >"$folder/out" 2>"$folder/error" || status=$?
    for_programs && [ "$status" = 1 ] && [ -s "$folder/error" ] && status=0
    [ "$status" = 1 ] && [ "$(cat "$folder/out")" = false ] && status=0
    [ "$status" = 0 ] || fail "$1: ended with $status: $(cat "$folder/out" "$folder/error")"
}

types=$(holdfast --help | sed -n '/^Types/{n;p;}')
for type in $types; do
    for name in $(ops_of "$type"); do
        example=$(example_of "$type" "$name")
        printf '%s/%s\t%s\n' "$type" "$name" "$example" >>"$folder/examples"
        prepare "$type"
        run_example "$example"
    done
done
for name in ping clock stats; do
    run_example "$(example_of "$name")"
done
[ "$steps" -gt 100 ] || fail "only $steps examples found"

# creates EXAMPLE: whether the operation leaves an object behind when none has the name; with the
# arguments of its example.
creates() {
    eval "set -- $1"
    tried="$2 $3"
    shift 4
    # shellcheck disable=SC2086
    holdfast $tried never "$@" --timeout 0 </dev/null >"$folder/out" 2>"$folder/error"
    [ $? = 2 ] && fail "holdfast $tried never $*: $(cat "$folder/error")"
    steps=$((steps + 1))
    holdfast object exists never >"$folder/out" && holdfast object delete never
}

# Nothing creates an object by looking for one, or by taking something out of it.
for type in $types; do
    makers=
    while IFS=$tab read -r op example <&3; do
        case $op in
        object/* | */open | */acquire*) ;;
        "$type"/*) creates "$example" && makers="$makers ${op#*/}" ;;
        esac
    done 3<"$folder/examples"
    case $type in
    dict | namespace) wanted=" set setdefault update add compare-and-set" ;;
    list) wanted=" set-slice append extend insert" ;;
    value) wanted=" set add compare-and-set" ;;
    queue) wanted=" put get put-many get-many" ;;
    semaphore) wanted=" release" ;;
    event) wanted=" set wait" ;;
    latch) wanted=" count-down wait" ;;
    pipe) wanted=" send receive poll attach" ;;
    set) wanted=" add update symmetric-difference-update" ;;
    *) wanted= ;;
    esac
    [ "$makers" = "$wanted" ] || fail "of $type, these create an object:$makers; not$wanted"
done
end
