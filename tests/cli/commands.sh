# SPDX-License-Identifier: MIT
#
# Every operation of every type through the shell: its output and its exit status. At the end, the
# help of each type is read to prove that none was left out.
. "$(dirname "$0")/daemon.sh"
start_daemon

used=" "

# op STATUS OUTPUT TYPE OP ARGUMENT...: an expect that is counted.
op() {
    used="$used$3/$4 "
    expect "$@"
}

tab=$(printf '\t')

# ops_of TYPE: the operations that the help of a type names, those for programs as well.
ops_of() {
    "$HOLDFAST" "$1" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p; s/,//g; s/^For programs only.*: //p' |
        grep -v '^holdfast$'
}

# dict
id=$("$HOLDFAST" dict open config)
config=${id#\#}
op 0 "$id" dict open config
op 0 "" dict set config colour red
op 0 red dict get config colour
op 1 "" dict get config shape
says 'holdfast: dict get: KEY_ERROR: '
op 0 round dict get config shape round
op 0 round dict get config shape --fallback round
op 0 "" dict set config 1 one
op 0 "" dict set config '"1"' text
op 0 one dict get config 1
op 0 text dict get config '"1"'
op 0 true dict contains config colour
op 1 false dict contains config shape
op 0 3 dict len config
op 0 "" dict delete config 1
op 1 "" dict delete config 1
op 0 text dict pop config '"1"'
op 0 "" dict update config size=5 sizes='[1,2]' '{"unit":"mm","deep":{"a":[null]}}'
op 0 "colour
size
sizes
unit
deep" dict keys config
op 0 "red
5
[1,2]
mm
{\"a\":[null]}" dict values config
op 0 "colour${tab}red
size${tab}5" dict items config --limit 2
op 0 "deep${tab}{\"a\":[null]}" dict popitem config
op 0 mm dict setdefault config unit inch
op 0 inch dict setdefault config unit2 inch
op 0 "null" dict setdefault config unit3
op 0 7 dict add config size 2
op 1 "" dict add config size 5 --ceiling 10
says 'dict add: OUT_OF_RANGE: '
op 0 1 dict add config visits 1 --initial 0
op 0 "" dict compare-and-set config size 7 8
op 1 8 dict compare_and_set config size 7 9
says 'dict compare-and-set: MISMATCH: '
op 0 "" dict compare-and-set config fresh --replacement 1
op 0 "colour${tab}red
size${tab}8
sizes${tab}[1,2]
unit${tab}mm
unit2${tab}inch
unit3${tab}null
visits${tab}1
fresh${tab}1" dict copy config
op 0 null dict ttl config fresh
op 0 "" dict set config brief 1 --ttl-ms 100000000
op 0 "" dict expire config fresh --ttl-ms 100000000
[ "$("$HOLDFAST" dict ttl config brief)" -gt 90000000 ] || fail "time to live"
[ "$("$HOLDFAST" dict ttl config fresh)" -gt 90000000 ] || fail "time to live"
op 0 1 dict touch config brief
op 0 null dict ttl config brief
op 1 "" dict ttl config none
says 'holdfast: dict ttl: KEY_ERROR: '
op 1 "" dict set config brief 1 --ttl-ms 0
says 'INVALID: a time to live is at least 1 ms'
op 0 null object ttl config
op 0 "" object expire config --ttl-ms 100000000
[ "$("$HOLDFAST" object ttl config)" -gt 90000000 ] || fail "time to live of an object"
op 0 "" object expire config
op 0 null object ttl config
"$HOLDFAST" dict open brief --ttl-ms 100000000 >/dev/null || fail "open with a time to live"
[ "$("$HOLDFAST" object ttl brief)" -gt 90000000 ] || fail "time to live of an object"
op 0 "" object delete brief
op 0 "" dict clear config
op 0 0 dict len config

# A listing of several pages is shown to the end.
awk 'BEGIN { for (i = 0; i < 25000; i++) print "k" i "=" i }' |
    xargs "$HOLDFAST" dict update big || fail "25,000 items"
op 0 25000 dict len big
[ "$("$HOLDFAST" dict keys big | sort -u | wc -l)" = 25000 ] || fail "25,000 keys"
"$HOLDFAST" dict items big --json >"$folder/json"
"$JSON_LINE" <"$folder/json" | grep -q '"k24999"\],"structure":[0-9]*,"values":.*,24999\],"version":[0-9]*},"status":"OK"}$' || fail "pages in JSON"
! grep -q '"next"' "$folder/json" || fail "a last page has no next one"

id=$("$HOLDFAST" dict open cache --max-items 2 --eviction LEAST_RECENTLY_USED)
op 0 "" dict update cache a=1 b=2
op 0 1 dict get cache a
op 0 "" dict set cache c 3
op 0 "a
c" dict keys cache
op 1 "" dict open other --eviction OLDEST
says 'INVALID: an eviction needs max_items'

# namespace: its own open, and all else of a dict
id=$("$HOLDFAST" namespace open space)
op 0 "$id" namespace open space
op 0 "" namespace set space a 1
op 0 1 namespace get space a
op 0 true namespace contains space a
op 0 1 namespace len space
op 0 3 namespace add space a 2
op 0 "" namespace compare-and-set space a 3 4
op 0 4 namespace setdefault space a 0
op 0 "" namespace update space b=2
op 0 "a
b" namespace keys space
op 0 "4
2" namespace values space
op 0 "a${tab}4
b${tab}2" namespace items space
op 0 "a${tab}4
b${tab}2" namespace copy space
op 0 "" namespace expire space b --ttl-ms 100000000
op 0 2 namespace touch space b
op 0 null namespace ttl space b
op 0 "b${tab}2" namespace popitem space
op 0 4 namespace pop space a
op 1 "" namespace delete space a
op 0 "" namespace clear space

# list
id=$("$HOLDFAST" list open l)
op 0 "$id" list open l
op 0 "" list extend l 3 1 2
op 0 "" list append l -5
op 0 "" list insert l 0 9
op 0 "9
3
1
2
-5" list copy l
op 0 -5 list get l -1
op 1 "" list get l 5
says 'list get: INDEX_ERROR: '
op 0 "" list set l 0 0
op 0 "" list delete l -1
op 0 "3
1" list get-slice l 1 3
op 0 "2
3" list get-slice l --start -1 --step -2
op 0 "" list set-slice l 8 9 --start 1 --stop 2
op 0 "" list delete-slice l 0 1
op 0 "8
9
1
2" list copy l
op 0 2 list pop l
op 0 8 list pop l 0
op 0 "" list remove l 9
op 1 "" list remove l 9
says 'list remove: VALUE_ERROR: '
op 0 "" list extend l 5 1 text
op 0 1 list index l 5
op 0 2 list count l 1
op 0 true list contains l text
op 1 false list contains l 77
op 0 "" list reverse l
op 1 "" list sort l
says 'list sort: TYPE_ERROR: '
op 0 text list pop l 0
op 0 "" list sort l
op 0 "" list sort l --reverse
op 0 "5
1
1" list copy l
op 0 "" list repeat l 2
op 0 6 list len l
op 0 7 list add l 0 2
op 0 "" list compare-and-set l 0 7 '{"a":1}'
op 1 "a${tab}1" list compare-and-set l 0 7 8
op 0 "" list clear l

# value
id=$("$HOLDFAST" value open n)
op 0 "$id" value open n
op 1 "" value open n --kind f64
says 'value open: WRONG_TYPE: '
op 0 0 value get n
op 0 "" value set n 5
op 0 8 value add n 3
op 1 "" value add n -9 --floor 0
op 0 "" value compare-and-set n 8 1
op 1 1 value compare-and-set n 8 2
op 1 "" value set n text
says 'value set: TYPE_ERROR: '
"$HOLDFAST" value open half --kind f64 --initial 0.5 >"$folder/out" || fail "value open --kind f64"
op 0 0.6 value add half 0.1
op 1 "" value open byte --kind u8 --initial 300
says OUT_OF_RANGE
any=$("$HOLDFAST" value open whatever --kind any --initial '{"a":[1]}')
op 0 "$any" value open whatever --kind any
op 0 "" value set whatever 99999999999999999999
op 0 99999999999999999999 value get whatever
op 0 "" value set whatever '{"a":[1]}'
op 0 "a${tab}[1]" value get whatever
op 0 "" value compare-and-set whatever '{"a":[1]}' text
op 1 text value compare-and-set whatever '{"a":[1]}' 1
op 0 "" value set whatever null
op 1 "" value add whatever 1
says 'value add: TYPE_ERROR: '
op 1 "" array open nothing --kind any --len 1
says 'array open: INVALID: '

# array
id=$("$HOLDFAST" array open grid 1 2 3 --kind i16)
op 0 "$id" array open grid --kind i16 --len 3
op 1 "" array open grid --kind i16 --len 4
says 'array open: WRONG_TYPE: '
op 0 3 array get grid 2
op 1 "" array get grid 3
says 'array get: INDEX_ERROR: '
op 0 "" array set grid 0 9
op 1 "" array set grid 0 70000
says 'array set: OUT_OF_RANGE: '
op 0 11 array add grid 0 2
op 0 "" array compare-and-set grid 0 11 7
op 1 7 array compare-and-set grid 0 11 8
op 0 "" array set-slice grid 5 6 --start 1
op 0 "7
5
6" array get-slice grid
op 0 3 array len grid

# set
id=$("$HOLDFAST" set open seen)
op 0 "$id" set open seen
op 0 true set add seen a
op 1 false set add seen a
op 0 true set add seen b
op 0 true set contains seen b
op 1 false set discard seen c
op 0 true set discard seen a
op 1 "" set remove seen a
says 'set remove: KEY_ERROR: '
op 0 "" set update seen c d c
op 0 "b
c
d" set items seen
op 0 b set pop seen
op 0 2 set len seen
"$HOLDFAST" set open others >"$folder/out"
other=$(sed 's/^#//' "$folder/out")
op 0 "" set update others d e
op 0 "c
d
e" set union seen --other "$other"
op 0 d set intersection seen --other "$other"
op 0 c set difference seen d
op 0 "c
e" set symmetric-difference seen --other "$other"
op 1 false set is-subset seen --other "#${other#\#}"
op 0 true set is-superset seen c
op 0 true set is-disjoint seen x
op 0 "" set symmetric-difference-update seen --other "$other"
op 0 "" set intersection-update seen c e x
op 0 "" set difference-update seen e
op 0 c set copy seen
op 0 "" set clear seen
op 0 0 set len seen

# queue
id=$("$HOLDFAST" queue open q --max-items 2)
op 0 "$id" queue open q --max-items 2
op 0 "" queue put q first
op 0 "" queue put q '{"n":2}'
op 124 "" queue put q third --timeout 0
says 'queue put: TIMEOUT: '
op 0 2 queue size q
op 0 true queue full q
op 1 false queue empty q
op 0 first queue get q
op 0 "n${tab}2" queue get q --timeout 1
op 124 "" queue get q --timeout 20ms
op 124 "" queue join q --timeout 0
op 0 "" queue task-done q
op 0 "" queue task_done q --count 1
op 1 "" queue task-done q
says 'queue task-done: VALUE_ERROR: '
op 0 "" queue join q
op 0 "" queue put q last
op 0 "" queue close q
op 1 "" queue put q later
says 'queue put: CLOSED: '
op 0 last queue get q
op 1 "" queue get q
op 1 "" queue peek q
says 'queue peek: CLOSED: '
op 0 "" queue close q --abort
op 0 "" queue reopen q
op 0 "" queue register-producer q
op 1 "" queue unregister-producer q
says 'queue unregister-producer: NOT_HELD: '
op 0 "" queue close q
id=$("$HOLDFAST" queue open work --order priority --max-deliveries 1 --max-bytes 100 --auto-close)
op 0 "$id" queue open work --order priority --max-deliveries 1 --max-bytes 100 --auto-close
op 0 "" queue put-many work 1 2 3 --priority 5
op 0 "" queue put work first --priority -1
op 0 "" queue put work later --delay-ms 1000000
"$HOLDFAST" queue get work --lease-ms -1 >"$folder/out" || fail "queue get work --lease-ms"
# whoever leased it has ended
id=$("$HOLDFAST" queue set-aside-list work --limit 5 | sed -n 's/\tfirst\t1\t-1\ttaker-died\t.*//p')
[ "$id" -gt 0 ] || fail "queue set-aside-list work"
op 0 "" queue set-aside-list work --cursor $((id + 1))
op 0 0 queue set-aside-return work $((id + 1))
op 0 1 queue set-aside-return work "$id"
op 0 first queue peek work
"$HOLDFAST" queue list work | cut -f 2-4 >"$folder/out"
printf 'first\t0\t-1\n1\t0\t5\n2\t0\t5\n3\t0\t5\n' | cmp -s - "$folder/out" || fail "queue list work"
"$HOLDFAST" queue list work --state delayed --limit 1 | grep -q '^0	later	0	0	[1-9]' || fail "queue list --state"
op 2 "" queue list work --state gone
op 0 "ready	4
delayed	1
leased	0
set_aside	0
unfinished	5
bytes	20
closed	false
total_put	5
total_taken	0
total_delivered	1
total_acknowledged	0
total_returned	1
total_set_aside	1
total_dropped	0" queue state work
op 0 "first
1" queue get-many work 2
op 0 0 queue set-aside-drop work "$id"
op 1 "" queue acknowledge work 1
says 'queue acknowledge: NOT_HELD: '
op 1 "" queue return work 1 1000
op 1 "" queue extend work 1 1000

# pipe: each command is a session of its own, so an end is held as long as a command runs
id=$("$HOLDFAST" pipe open p1)
op 0 "$id" pipe open p1
op 0 "" pipe attach p1 1
op 1 "" pipe send p1 0 hello
says 'pipe send: CLOSED: '
id=$("$HOLDFAST" pipe open p2 --one-way --max-messages 1)
op 0 "$id" pipe open p2 --one-way --max-messages 1
op 0 "" pipe send p2 1 hello
op 124 "" pipe send p2 1 again --timeout 0
op 0 "" pipe poll p2 0
op 1 "" pipe receive p2 0 --max-bytes 4
says 'pipe receive: TOO_BIG: '
op 1 "" pipe send p2 1 again
op 0 hello pipe receive p2 0
op 1 "" pipe receive p2 0
op 1 "" pipe receive p2 1
says "pipe receive: INVALID: "
op 1 "" pipe close p1 0

# semaphore
id=$("$HOLDFAST" semaphore open s1 --permits 3 --bounded)
op 0 "$id" semaphore open s1 --permits 3 --bounded
op 0 "$id" semaphore open s1
op 1 "" semaphore open s1 --permits 4
says 'semaphore open: WRONG_TYPE: '
op 2 "" semaphore acquire s1
op 0 3 semaphore value s1
op 1 "" semaphore extend s1 1 1000
says 'semaphore extend: NOT_HELD: '
op 1 "" semaphore release s1
says 'semaphore release: VALUE_ERROR: '
op 0 "" semaphore release signal --permits 2
op 0 3 semaphore value signal

# event
id=$("$HOLDFAST" event open light)
op 0 "$id" event open light
op 1 false event is-set light
op 124 "" event wait light --timeout 0
op 0 "" event set light
op 0 true event is_set light
op 0 "" event wait light
op 0 "" event clear light
op 124 "" event wait light --timeout 10ms

# latch
id=$("$HOLDFAST" latch open a-latch --count 3)
op 0 "$id" latch open a-latch --count 3
op 0 "" latch count-down a-latch
op 1 "" latch count-down a-latch 3
says 'latch count-down: VALUE_ERROR: '
op 0 2 latch count a-latch
op 124 "" latch wait a-latch --timeout 0
op 0 "" latch count-down a-latch --by 2
op 0 "" latch wait a-latch

# lock
id=$("$HOLDFAST" lock open l1 --any-may-release)
op 0 "$id" lock open l1 --any-may-release
op 2 "" lock acquire l1
op 2 "" lock acquire-many l1
says 'holdfast lock NAME -- COMMAND'
op 1 "" lock open l1 --any-may-release --keep-on-leave
says 'lock open: WRONG_TYPE: '
op 1 "" lock who l1
says 'lock who: NOT_HELD: '
op 1 "" lock release l1
op 1 "" lock transfer l1 1
says 'lock transfer: NOT_HELD: '
op 1 "" lock extend l1 1000
says 'lock extend: NOT_HELD: '

# rwlock
shared=$("$HOLDFAST" rwlock open r1)
op 0 "$shared" rwlock open r1
op 2 "" rwlock acquire-read r1
op 2 "" rwlock acquire-write r1
says 'the grant would end with this command'
op 1 "" rwlock extend r1 1000
says 'rwlock extend: NOT_HELD: '
op 1 "" rwlock release r1
says 'rwlock release: NOT_HELD: '

# condition
lock=${id#\#}
id=$("$HOLDFAST" condition open c1 "$lock")
op 0 "$id" condition open c1 "$lock"
op 1 "" condition open c2 99999
says 'condition open: NO_OBJECT: '
op 1 "" condition wait c1 --timeout 1
says 'condition wait: NOT_HELD: '
op 1 "" condition notify c1
says 'condition notify: NOT_HELD: '
op 1 "" condition notify-all c1
says 'condition notify-all: NOT_HELD: '
op 0 "#$lock" condition lock c1
id="#$lock"

# barrier
barrier=$("$HOLDFAST" barrier open b1 2)
op 0 "$barrier" barrier open b1 2
op 1 "" barrier open b1 3
says 'barrier open: WRONG_TYPE: '
op 0 2 barrier parties b1
expect 1 "" barrier parties b9
says 'NO_OBJECT: no object is called b9 (did you mean b1?) (to create it: see holdfast barrier open --help)'
op 0 0 barrier waiting b1
op 1 "" barrier done b1
says 'barrier done: NOT_HELD: '
op 124 "" barrier wait b1 --timeout 10ms
op 0 true barrier broken b1
op 1 "" barrier wait b1
says 'barrier wait: BROKEN: '
op 0 "" barrier reset b1
op 1 false barrier broken b1
op 0 "" barrier abort b1

# watch
watch=$("$HOLDFAST" watch open board --prefix watched)
op 0 "$watch" watch open board --prefix watched
op 1 "" watch open other
says 'watch open: INVALID: '
op 124 "" watch next board --timeout 0
"$HOLDFAST" value set watched 7
"$HOLDFAST" value add watched 1 >/dev/null
"$HOLDFAST" watch next board 1 --limit 1 | grep -q '"number":2,.*"cause":"requested",.*"value_set":{"value":7}' ||
    fail "watch next"
op 1 "" watch next board 4
says 'watch next: VALUE_ERROR: '
"$HOLDFAST" object delete board
"$HOLDFAST" object delete watched

# pool
pool=$("$HOLDFAST" pool open jobs --max-tasks 5)
op 0 "$pool" pool open jobs --max-tasks 5
op 0 "$pool" pool open jobs
op 1 "" pool open jobs --max-tasks 6
says 'pool open: WRONG_TYPE: '
"$HOLDFAST" object describe jobs | grep -q "^options${tab}at most 5 tasks, 0 running, 0 workers$" || fail "describe a pool"
op 1 "" pool join jobs
says 'pool join: VALUE_ERROR: '
op 0 "" pool close jobs
op 0 "" pool join jobs --timeout 0
op 0 "" pool close jobs --terminate
op 0 "queued${tab}0
running${tab}0
done${tab}0
failed${tab}0
lost${tab}0
cancelled${tab}0
retried${tab}0
submitters${tab}0
supervisors${tab}0
worker_count${tab}0
closed${tab}true" pool state jobs
"$HOLDFAST" object delete jobs

# object
op 0 "$id" object find l1
version=$("$HOLDFAST" object version l1)
"$HOLDFAST" set add versioned x
op 0 "$version" object version l1
op 0 "type${tab}lock" object attachment l1
id2=$("$HOLDFAST" dict open tagged size=5 '{"unit":"mm"}' --tag Stock --attachment "made by hand")
op 0 "size${tab}5
unit${tab}mm" dict items tagged
op 0 "type${tab}dict
tag${tab}Stock
bytes${tab}{\"\$bytes\":\"bWFkZSBieSBoYW5k\"}" object attachment tagged
op 0 "$id2" dict open tagged --tag Stock
op 1 "" dict open tagged --tag Counter
says 'dict open: WRONG_TYPE: tagged has tag "Stock", not "Counter" '
"$HOLDFAST" object delete tagged
op 1 "" object find none
says 'object find: NO_OBJECT: '
op 0 true object exists l1
op 1 false object exists none
op 0 "l1${tab}${id#\#}${tab}lock" object list l1
op 0 "l1${tab}${id#\#}${tab}lock" object list --type lock
"$HOLDFAST" object describe q | grep -q "^options${tab}at most 2 items, closed$" || fail "object describe"
used="${used}object/describe "
op 1 "" object break l1 1
says 'object break: NOT_HELD: no grant of the lock has the fence 1'
op 0 "" object release l1
op 0 "" object release l1 --count 1
op 0 "" object retain l1
op 0 "" object pin 1000
op 1 "" object pin 0
op 0 "" object delete l1
op 1 "" object delete l1
op 1 "" object describe none

# clock, stats, ping, ls, who
"$HOLDFAST" clock | grep -q "^wall_ms${tab}[0-9]*$" || fail "clock"
"$HOLDFAST" clock | grep -q "^monotonic_ms${tab}[0-9]*$" || fail "clock"
"$HOLDFAST" stats | grep -q "^sessions${tab}1$" || fail "stats"
"$HOLDFAST" ping | grep -qE '^unix:.* answered in [0-9.]+ ms$' || fail "ping"
"$HOLDFAST" ping --json | "$JSON_LINE" | grep -q '"status":"OK"}$' || fail "ping --json"
expect 0 "dict       config" ls config
expect 0 "TYPE           SIZE  HOLDERS  WAITERS  NAME
dict              0        0        0  config" ls config -l
expect_json 0 '{"objects":[{"id":'"$config"',"name":"config","type":"dict"}],"status":"OK"}' ls config
expect_json 0 '{"objects":[],"status":"OK"}' ls --long nothing
expect 0 "nobody holds it, nobody waits for it" who config
expect 1 "" who none
says 'who: NO_OBJECT: '

# JSON: the whole reply, also a refusal
expect_json 0 '{"status":"OK"}' dict set config a '[1,2.5,"x",null,true]'
expect_json 0 '{"status":"OK","value":[1,2.5,"x",null,true]}' dict get config a
version=$("$HOLDFAST" object version config)
structure=$("$HOLDFAST" --json dict items config | sed 's/.*"structure":\([0-9]*\).*/\1/')
expect_json 0 '{"page":{"keys":["a"],"structure":'"$structure"',"values":[[1,2.5,"x",null,true]],"version":'"$version"'},"status":"OK"}' dict items config
expect_json 1 '{"status":"OK","truth":false}' dict contains config b
expect_json 1 '{"detail":"no key \"b\"","status":"KEY_ERROR"}' dict get config b
expect_json 0 '{"count":1,"status":"OK"}' dict len config
expect_json 0 '{"object":{"id":'"$config"',"type":"dict"},"status":"OK"}' object find config
"$HOLDFAST" queue open fresh >"$folder/out" || fail "queue open fresh"
expect_json 124 '{"status":"TIMEOUT"}' queue get fresh --timeout 0

# bytes go in and out as they are; references are followed by #ID
printf 'a\000b\n' >"$folder/bytes"
expect 0 "" dict set config file "@$folder/bytes"
"$HOLDFAST" dict get config file | cmp -s - "$folder/bytes" || fail "bytes from a file"
"$HOLDFAST" dict set config input - <"$folder/bytes" || fail "bytes from standard input"
"$HOLDFAST" dict get config input | cmp -s - "$folder/bytes" || fail "bytes from standard input"
expect_json 0 '{"status":"OK","value":{"$bytes":"YQBiCg=="}}' dict get config file
expect 0 "" dict set config other '{"$ref":'"$config"'}'
expect 0 "#$config" dict get config other
expect_json 0 '{"status":"OK","value":[1,2.5,"x",null,true]}' dict get "#$config" a
expect 1 "" dict get "#99999" a
says NO_OBJECT

# tuples, integers of any size and opaque values, as values and as keys
for word in 99999999999999999999 -9223372036854775809 '[1,-99999999999999999999]' \
    '{"$tuple":[1,"a",{"$tuple":[]}]}' '{"$opaque":"test/x","bytes":"YQ=="}' \
    '{"$opaque":"test/x","bytes":"","equals":"YQ==","refs":['"$config"']}'; do
    expect 0 "" dict set kinds value "$word"
    expect 0 '{"status":"OK","value":'"$word"'}' --json dict get kinds value
done
expect 0 "" dict set kinds '{"$tuple":[1,99999999999999999999]}' 5
expect 0 5 dict get kinds '{"$tuple":[1,99999999999999999999]}'
expect 0 "" dict set kinds '{"$opaque":"test/x","bytes":"YQ=="}' 6
expect 0 6 dict get kinds '{"$opaque":"test/x","bytes":"Yg==","equals":"YQ=="}'
expect 0 "" dict set kinds tuple '{"$tuple":[1,[2]]}'
expect 0 "1
[2]" dict get kinds tuple
expect 1 "" dict set kinds '{"$tuple":[[]]}' 1
says TYPE_ERROR
expect 2 "" dict set kinds value "$(printf '%09900d' 0 | tr 0 7)"
says 'at most 4096 bytes (never more than 9864 digits)'
expect 2 "" dict set kinds value "$(printf '%09864d' 0 | tr 0 9)"
says 'at most 4096 bytes'
expect 2 "" dict set kinds '{"$tuple":["x"' 1
says 'holdfast: a word that begins with {"$ must be JSON, and this one is not (to store it as text: --text, or as a string of JSON)'
expect 0 "" --text dict set kinds '{"$tuple":["x"' 1
expect 1 "" value set price 99999999999999999999
says 'a big integer cannot be a value of kind i64'

# numbers of any kind are the same where the object says so
expect 0 "" list append numbers 1
expect 1 false list contains numbers 1.0
"$HOLDFAST" list open same --equality by-value >"$folder/out" || fail "list open --equality"
expect 0 "" list append same 1
expect 0 true list contains same 1.0
"$HOLDFAST" set open members --equality by-value >"$folder/out" || fail "set open --equality"
expect 0 true set add members 1
expect 1 false set add members 1.0
"$HOLDFAST" dict open rates --equality by-value >"$folder/out" || fail "dict open --equality"
expect 0 "" dict set rates '{"$tuple":[1]}' one
expect 0 one dict get rates '{"$tuple":[1.0]}'
expect 1 "" dict open rates --equality by-kind
says WRONG_TYPE

# A word that would come back otherwise is text, and comes back; --text says so of every word.
for word in 1.10 1e5 12e4567 007 -0 99999999999999999999 7 1.5 true null 5.0 @ x=1; do
    expect 0 "" dict set words "$word" "$word"
    expect 0 "$word" dict get words "$word"
done
expect_json 0 '{"status":"OK","value":"1.10"}' dict get words 1.10
expect_json 0 '{"status":"OK","value":7}' dict get words 7
expect 0 "" --text queue put words1 7
expect_json 0 '{"status":"OK","value":"7"}' queue get words1
for word in - @/etc/hostname '[1]' null '"q"' ''; do
    expect 0 "" queue put words1 "$word" --text
    expect 0 "$word" queue get words1
done
expect 0 "" queue put words1 --text -- --json
expect 0 --json queue get words1
expect 0 true set add words2 @/nowhere
expect 0 true set contains words2 @/nowhere
expect 0 "" value set price 3
expect 0 "" value set price 5 --text

# The lines of standard input, as text, in order; as many at once as there is room for.
awk 'BEGIN { for (i = 1; i <= 25000; i++) print "line " i; printf "7" }' >"$folder/lines"
"$HOLDFAST" list append lines --lines <"$folder/lines" || fail "list append --lines"
expect 0 25001 list len lines
expect_json 0 '{"status":"OK","value":"7"}' list get lines -1
{ cat "$folder/lines"; echo; } >"$folder/lines.out"
"$HOLDFAST" list copy lines | cmp - "$folder/lines.out" || fail "the lines of a list"
"$HOLDFAST" queue open few --max-items 7 >"$folder/out"
steps=$((steps + 1))
status=0
"$HOLDFAST" queue put few --lines --timeout 0 <"$folder/lines" 2>"$folder/error" || status=$?
[ "$status" = 124 ] || fail "a queue that is full: $status"
says 'queue put-many: TIMEOUT: after 7 lines'
expect 0 7 queue size few
head -n 100 "$folder/lines" >"$folder/hundred"
"$HOLDFAST" queue get-many few 7 >"$folder/out"
"$HOLDFAST" queue put few --lines <"$folder/hundred" &
writer=$!
: >"$folder/got"
while [ "$(wc -l <"$folder/got")" -lt 100 ]; do
    "$HOLDFAST" queue get few >>"$folder/got"
done
wait "$writer" || fail "lines into a queue with room for few: $?"
cmp "$folder/hundred" "$folder/got" || fail "lines through a queue with room for few"
printf 'a\nb\n\303\nc\n' >"$folder/bad"
status=0
"$HOLDFAST" set add lines2 --lines <"$folder/bad" 2>"$folder/error" || status=$?
[ "$status" = 1 ] || fail "a line that is not UTF-8: $status"
says 'INVALID: the next line is not UTF-8, after 2 lines'
expect 0 2 set len lines2
"$HOLDFAST" queue put nothing --lines </dev/null || fail "no lines"
"$HOLDFAST" queue close nothing
printf 'a\n' | "$HOLDFAST" queue put nothing --lines 2>"$folder/error" && fail "a closed queue took a line"
says 'CLOSED: after 0 lines'

# A line is sent when it comes, not when others follow.
mkfifo "$folder/stream"
"$HOLDFAST" queue put live --lines <"$folder/stream" &
writer=$!
exec 4>"$folder/stream"
echo first >&4
expect 0 first queue get live
echo second >&4
expect 0 second queue get live
exec 4>&-
wait "$writer" || fail "the end of the lines: $?"

# An object that is not there is created by what puts something into it or waits at it, unless
# --must-exist.
expect 1 "" dict set fresh1 a 1 --must-exist
says 'dict set: NO_OBJECT: '
expect 1 false object exists fresh1
expect 0 "" dict set fresh1 a 1
expect 0 true object exists fresh1
expect 1 "" list len fresh1
says 'list len: WRONG_TYPE: '
expect 124 "" queue get fresh2 --timeout 0
expect 0 true object exists fresh2

# An object that is there is opened as it is, unless an option is given that it does not have.
limited=$("$HOLDFAST" queue open limited --max-items 10 --order lifo)
expect 0 "$limited" queue open limited
expect 0 "$limited" queue open limited --order lifo
expect 1 "" queue open limited --max-items 20 --order fifo
says 'queue open: WRONG_TYPE: limited has max_items 10, not 20; order LIFO, not FIFO '

# A name that is nearly right gets a hint.
expect 1 "" dict len fersh1
says 'NO_OBJECT: no object is called fersh1 (did you mean fresh1?)'
expect 1 "" queue size fresh1x
says 'no object is called fresh1x (did you mean fresh?)'
expect 1 "" who Fresh1
says '(did you mean fresh1?)'
expect 1 "" object delete nothing-like-it
says 'NO_OBJECT: no object is called nothing-like-it'

# wrong command lines, unreachable managers
expect 2 "" dict set config a
says 'holdfast: VALUE is missing (see holdfast dict set --help)'
expect 2 "" --address nowhere ping
says BAD_ADDRESS
expect 2 "" --address tcp://127.0.0.1:1 --key-file "$folder/none" ping
expect 3 "" --address "unix:$folder/none" dict len config
says UNREACHABLE
expect 3 "" --address "unix:$folder/none" --guard l1:1 dict len config
expect 3 "" --address "unix:$folder/none" --connect-timeout 10ms ping
says UNREACHABLE
unreachable=$("$HOLDFAST" ls --address "unix:$folder/none" --json 2>"$folder/error" | "$JSON_LINE")
case $unreachable in
*UNREACHABLE*) ;;
*) fail "an unreachable manager in JSON: $unreachable" ;;
esac
status=0
"$HOLDFAST" dict keys big >/dev/full 2>"$folder/error" || status=$?
[ "$status" = 1 ] || fail "output that cannot be written: $status"
says 'cannot write'
status=0
"$HOLDFAST" dict keys big >&- 2>"$folder/error" || status=$?
[ "$status" = 1 ] || fail "output that is closed: $status"
says 'cannot write'

# Each operation on the manager as a whole has its own sentence in the list of help.
for name in stats clock; do
    sentence=$("$HOLDFAST" "$name" --help | sed -n '2{s/^.//; s/\.$//; p;}')
    "$HOLDFAST" --help | grep -q "^  holdfast $name  *[a-z]$sentence\$" || fail "the line of $name in help"
    steps=$((steps + 1))
done

# Completeness: each operation that help names was used above.
for type in $("$HOLDFAST" --help | sed -n '/^Types/{n;p;}'); do
    ops=$(ops_of "$type")
    [ -n "$ops" ] || fail "no operations of $type"
    for name in $ops; do
        steps=$((steps + 1))
        case $used in
        *" $type/$name "*) ;;
        *) fail "no test of: holdfast $type $name" ;;
        esac
        "$HOLDFAST" "$type" "$name" --help | grep -qE "^Usage: holdfast $type (NAME.* -- COMMAND|$name)" ||
            fail "help of $type $name"
    done
done
end
