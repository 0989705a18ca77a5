/* SPDX-License-Identifier: MIT
 *
 * The manual of the types that processes wait at, of any object, and of the manager: see manual.h.
 */
#include "manual_rows.h"

#define NOT_LEASED "NOT_HELD: this session does not have the delivery"
#define ITS_LOCK "NOT_HELD: this session does not hold its lock"
#define FULL "TIMEOUT: it stays full; CLOSED: it takes no more"
#define EMPTY "TIMEOUT: none comes; CLOSED: none will come"

const struct manual_row manual_waits[] = {
    /* queue */
    {OP(QUEUE_OPEN), 0, "Find the queue or create it, and print its number.", OPENED_ALIKE,
     "open jobs"},
    {OP(QUEUE_PUT), MANUAL_CREATES | MANUAL_FROM_FILE,
     "Put an item; while the queue is full, wait.",
     FULL "; TOO_BIG: it never fits; INVALID: a priority, but the queue has another order",
     "put jobs '{\"page\": 7}'"},
    {OP(QUEUE_GET), MANUAL_CREATES, "Take an item and print it; while there is none, wait.", EMPTY,
     "get jobs"},
    {OP(QUEUE_SIZE), 0, "Print how many items can be taken now.", "", "size jobs"},
    {OP(QUEUE_EMPTY), 0, "Is there nothing to take?", "", "empty jobs"},
    {OP(QUEUE_FULL), 0, "Is there no room?", "", "full jobs"},
    {OP(QUEUE_TASK_DONE), 0, "Say that taken items are dealt with.",
     "VALUE_ERROR: more than were put", "task-done jobs"},
    {OP(QUEUE_JOIN), 0, "Wait until every item that was put is dealt with.",
     "TIMEOUT: some are not", "join mail"},
    {OP(QUEUE_CLOSE), 0, "Take no more items; with --abort, drop those that are there.", "",
     "close jobs"},
    {OP(QUEUE_PUT_MANY), MANUAL_CREATES,
     "Put many items, all or none; until there is room for all, wait.",
     FULL "; TOO_BIG: they never fit; INVALID: a priority, but the queue has another order",
     "put-many jobs draw cut"},
    {OP(QUEUE_GET_MANY), MANUAL_CREATES,
     "Take at most MAX items and print them; while there is none, wait.", EMPTY,
     "get-many jobs 10"},
    {OP(QUEUE_ACKNOWLEDGE), MANUAL_PROGRAMS, "Say that a leased item is done with.", NOT_LEASED,
     "acknowledge jobs 1"},
    {OP(QUEUE_RETURN), MANUAL_PROGRAMS, "Give a leased item back.", NOT_LEASED, "return jobs 1"},
    {OP(QUEUE_EXTEND), MANUAL_PROGRAMS, "Let a lease last longer.", NOT_LEASED,
     "extend jobs 1 1000"},
    {OP(QUEUE_SET_ASIDE_LIST), 0,
     "Print the items set aside: id, item, deliveries, age or priority, and why they came back.",
     "", "set-aside-list jobs"},
    {OP(QUEUE_SET_ASIDE_RETURN), 0,
     "Put items set aside back into the queue, these or all, and print how many.", "",
     "set-aside-return jobs"},
    {OP(QUEUE_SET_ASIDE_DROP), 0, "Drop items set aside, these or all, and print how many.", "",
     "set-aside-drop jobs 17"},
    {OP(QUEUE_PEEK), 0, "Print the next item, which stays.",
     "TIMEOUT: there is none; CLOSED: none will come", "peek jobs"},
    {OP(QUEUE_LIST), 0,
     "Print the items that can be taken, or with --state delayed or leased, those that are: id, "
     "item, deliveries, age or priority, then until when and by whom.",
     "", "list jobs"},
    {OP(QUEUE_STATE), 0, "Count its items, and those that it ever had.", "", "state jobs"},
    {OP(QUEUE_REOPEN), 0, "Take items again after a close.", "", "reopen jobs"},
    {OP(QUEUE_REGISTER_PRODUCER), MANUAL_PROGRAMS,
     "Say that this session puts items until it ends.", "CLOSED: the queue takes no more",
     "register-producer jobs"},
    {OP(QUEUE_UNREGISTER_PRODUCER), MANUAL_PROGRAMS, "Say that this session puts no more items.",
     "NOT_HELD: it is not registered", "unregister-producer jobs"},

    /* lock */
    {OP(LOCK_OPEN), 0, "Find the lock or create it, and print its number.", OPENED_ALIKE,
     "open backup"},
    {OP(LOCK_ACQUIRE), MANUAL_PROGRAMS, "Acquire the lock.", "", "backup -- true"},
    {OP(LOCK_RELEASE), 0,
     "Release a lock that any session may release, or that was kept when its holder died.",
     "NOT_HELD: nobody holds it, or another session does", "release kept"},
    {OP(LOCK_WHO), 0, "Show who holds the lock.", "NOT_HELD: nobody does", "who kept"},
    {OP(LOCK_TRANSFER), MANUAL_PROGRAMS, "Give the lock to another session.",
     "NOT_HELD: this session does not hold it; VALUE_ERROR: no such session", "transfer backup 1"},
    {OP(LOCK_ACQUIRE_MANY), MANUAL_PROGRAMS, "Acquire all of these locks.", "", "backup -- true"},
    {OP(LOCK_EXTEND), MANUAL_PROGRAMS, "Let the lease of the lock last longer.",
     "NOT_HELD: this session does not hold it, or not any more", "extend backup 1000"},

    /* rwlock */
    {OP(RWLOCK_OPEN), 0, "Find the rwlock or create it, and print its number.", OPENED,
     "open site"},
    {OP(RWLOCK_ACQUIRE_READ), MANUAL_PROGRAMS, "Hold it for reading.", "", "site --read -- true"},
    {OP(RWLOCK_ACQUIRE_WRITE), MANUAL_PROGRAMS, "Hold it for writing.", "", "site -- true"},
    {OP(RWLOCK_RELEASE), MANUAL_PROGRAMS, "Release it.", "NOT_HELD: this session does not hold it",
     "release site"},
    {OP(RWLOCK_EXTEND), MANUAL_PROGRAMS, "Let the lease of the rwlock last longer.",
     "NOT_HELD: this session does not hold it, or not any more", "extend site 1000"},

    /* semaphore */
    {OP(SEMAPHORE_OPEN), 0, "Find the semaphore or create it, and print its number.", OPENED_ALIKE,
     "open downloads --permits 4"},
    {OP(SEMAPHORE_ACQUIRE), MANUAL_PROGRAMS, "Acquire permits.", "", "downloads -n 2 -- true"},
    {OP(SEMAPHORE_RELEASE), MANUAL_CREATES,
     "Release permits, of whoever has them longest; add those that nobody has.",
     "VALUE_ERROR: a bounded semaphore would have more than at first", "release downloads"},
    {OP(SEMAPHORE_VALUE), 0, "Print how many permits are free.", "", "value downloads"},
    {OP(SEMAPHORE_EXTEND), MANUAL_PROGRAMS, "Let the lease of a grant last longer.",
     "NOT_HELD: this session does not have the grant, or not any more", "extend downloads 1 1000"},

    /* event */
    {OP(EVENT_OPEN), 0, "Find the event or create it, and print its number.", OPENED,
     "open deployed"},
    {OP(EVENT_SET), MANUAL_CREATES, "Set the event: all that wait for it go on.", "",
     "set deployed"},
    {OP(EVENT_CLEAR), 0, "Make the event not set.", "", "clear deployed"},
    {OP(EVENT_IS_SET), 0, "Is it set?", "", "is-set deployed"},
    {OP(EVENT_WAIT), MANUAL_CREATES, "Wait until it is set.", "TIMEOUT: it is not",
     "wait deployed"},

    /* latch */
    {OP(LATCH_OPEN), 0, "Find the latch or create it, and print its number.", OPENED_ALIKE,
     "open parts --count 1"},
    {OP(LATCH_COUNT_DOWN), MANUAL_CREATES, "Count down.", "VALUE_ERROR: to below 0",
     "count-down parts"},
    {OP(LATCH_WAIT), MANUAL_CREATES, "Wait until the count is 0.", "TIMEOUT: it is not",
     "wait done"},
    {OP(LATCH_COUNT), 0, "Print the count.", "", "count parts"},

    /* pipe */
    {OP(PIPE_OPEN), 0, "Find the pipe or create it, and print its number.", OPENED_ALIKE,
     "open answers"},
    {OP(PIPE_ATTACH), MANUAL_PROGRAMS | MANUAL_CREATES, "Hold an end.", "INVALID: no such end",
     "attach answers 1"},
    {OP(PIPE_SEND), MANUAL_CREATES | MANUAL_FROM_FILE,
     "Send a message towards the other end; while it is full, wait.",
     "TIMEOUT: it stays full; CLOSED: nobody is at the other end any more; INVALID: no such end",
     "send answers 0 '{\"done\": true}'"},
    {OP(PIPE_RECEIVE), MANUAL_CREATES, "Take a message and print it; while there is none, wait.",
     "TIMEOUT: none comes; CLOSED: nobody is at the other end any more; TOO_BIG: longer than "
     "MAX_BYTES, and it stays there; INVALID: no such end",
     "receive ready 1"},
    {OP(PIPE_POLL), MANUAL_CREATES, "Wait until there is a message, and leave it there.",
     "TIMEOUT: none comes; CLOSED: nobody is at the other end any more; INVALID: no such end",
     "poll ready 1"},
    {OP(PIPE_CLOSE), MANUAL_PROGRAMS, "Stop holding an end.", "NOT_HELD: this session does not",
     "close answers 1"},

    /* condition */
    {OP(CONDITION_OPEN), 0, "Find the condition of a lock or create it, and print its number.",
     OPENED_ALIKE "; NO_OBJECT: no lock has this number",
     "open changed \"$(holdfast lock open backup)\""},
    {OP(CONDITION_WAIT), MANUAL_PROGRAMS, "Wait for a notify.", ITS_LOCK, "wait changed"},
    {OP(CONDITION_NOTIFY), MANUAL_PROGRAMS, "Wake the calls that have waited longest.", ITS_LOCK,
     "notify changed"},
    {OP(CONDITION_NOTIFY_ALL), MANUAL_PROGRAMS, "Wake all calls that wait.", ITS_LOCK,
     "notify-all changed"},
    {OP(CONDITION_LOCK), 0, "Print the number of its lock.", "NO_OBJECT: the lock was deleted",
     "lock changed"},

    /* barrier */
    {OP(BARRIER_OPEN), 0, "Find the barrier or create it, and print its number.",
     OPENED_ALIKE "; VALUE_ERROR: 0 parties", "open start 1"},
    {OP(BARRIER_WAIT), 0, "Wait until all parties have come.",
     "TIMEOUT: some have not; BROKEN: one gave up", "wait start"},
    {OP(BARRIER_DONE), MANUAL_PROGRAMS, "Say that the leader has acted.",
     "NOT_HELD: this session is not the leader; BROKEN: the barrier is broken", "done start"},
    {OP(BARRIER_ABORT), 0, "Break the barrier: no party waits any more.", "", "abort start"},
    {OP(BARRIER_RESET), 0, "Make the barrier as new.", "", "reset start"},
    {OP(BARRIER_PARTIES), 0, "Print how many parties it takes.", "", "parties start"},
    {OP(BARRIER_WAITING), 0, "Print how many parties wait.", "", "waiting start"},
    {OP(BARRIER_BROKEN), 0, "Is it broken?", "", "broken broken"},

    /* watch */
    {OP(WATCH_OPEN), 0,
     "Find the watch or create it, and print its number. It records the changes of an object, or "
     "of "
     "all whose names begin alike.",
     OPENED_ALIKE "; INVALID: neither --object nor --prefix, or both; LIMIT: too many watches",
     "open board --prefix room"},
    {OP(WATCH_NEXT), 0, "Print the changes after a number; while there is none, wait.",
     "TIMEOUT: none comes; CLOSED: its object is gone; VALUE_ERROR: no change has this number yet",
     "next board"},

    /* pool */
    {OP(POOL_OPEN), 0, "Find the pool or create it, and print its number.", OPENED_ALIKE,
     "open thumbnails"},
    {OP(POOL_CLOSE), 0, "Take no more tasks; with --terminate, cancel those that are there.", "",
     "close thumbnails"},
    {OP(POOL_JOIN), 0, "Wait until a closed pool has nothing to run and its workers are gone.",
     "TIMEOUT: it has; VALUE_ERROR: it is not closed", "join closed"},
    {OP(POOL_STATE), 0, "Show the tasks and the workers.", "", "state thumbnails"},

    /* any object */
    {OP(OBJECT_LIST), 0, "Show the objects whose names begin so.", "", "list conf"},
    {OP(OBJECT_FIND), 0, "Print the number of an object.", "NO_OBJECT: no object has this name",
     "find config"},
    {OP(OBJECT_EXISTS), 0, "Is there an object of this name?", "", "exists config"},
    {OP(OBJECT_DESCRIBE), 0, "Show an object, who holds it and who waits for it.", "",
     "describe config"},
    {OP(OBJECT_ATTACHMENT), 0, "Print the type, the tag and the attachment of an object.", "",
     "attachment config"},
    {OP(OBJECT_VERSION), 0, "Print its version, a number that grows with each change.", "",
     "version config"},
    {OP(OBJECT_DELETE), 0, "Delete an object.", "", "delete config"},
    {OP(OBJECT_BREAK), 0, "End a grant of a lock, an rwlock, permits or a delivery.",
     "NOT_HELD: no grant has this fence; WRONG_TYPE: it has no grants that can be broken",
     "break kept \"$(holdfast lock who kept | sed -n 's/^fence *//p')\""},
    {OP(OBJECT_RELEASE), MANUAL_PROGRAMS,
     "End the reference of this session to an object without a name.", "", "release config"},
    {OP(OBJECT_EXPIRE), 0,
     "Delete an object TTL_MS milliseconds from now; without --ttl-ms it lives on.",
     "INVALID: 0 ms", "expire config --ttl-ms 60000"},
    {OP(OBJECT_TTL), 0, "Print how many milliseconds an object still lives; null: it lives on.", "",
     "ttl config"},
    {OP(OBJECT_RETAIN), MANUAL_PROGRAMS, "Count one more use of an object without a name.", "",
     "retain config"},
    {OP(OBJECT_PIN), MANUAL_PROGRAMS,
     "Keep objects without names alive for so long, whoever releases them.",
     "NO_OBJECT: one of them is not there", "pin 1000"},

    /* the manager */
    {OP(PING), 0, "Check that the manager answers, and how fast.", "", "ping"},
    {OP(CLOCK), 0, "Print the manager's time: since 1970, and since it started.", "", "clock"},
    {OP(STATS), 0, "Count the manager's sessions, objects, waiting calls, requests and bytes.", "",
     "stats"},
};

const size_t manual_wait_count = sizeof manual_waits / sizeof manual_waits[0];
