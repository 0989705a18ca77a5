/* SPDX-License-Identifier: MIT
 *
 * kill -9 of processes that hold permits, or wait for a semaphore, an event, a latch or a change, a
 * thousand times each: no other client waits for the dead.
 */
#include "kills.h"

enum { PERMITS = 4 };

/* The objects of this round, which forked workers know. */
static uint64_t event;
static uint64_t latch;
static uint64_t changes; /* that have been told */

/* ---- requests ---- */

static uint64_t open_semaphore(struct wire *wire) {
    char name[] = "s";
    Hf__SemaphoreOpen open = HF__SEMAPHORE_OPEN__INIT;
    open.name = name;
    open.has_permits = open.has_bounded = open.bounded = true;
    open.permits = PERMITS;
    return wire_object(wire, HF__REQUEST__OP_SEMAPHORE_OPEN, &open);
}

static void open_event_and_latch(struct wire *wire) {
    Hf__EventOpen event_open = HF__EVENT_OPEN__INIT;
    Hf__LatchOpen latch_open = HF__LATCH_OPEN__INIT;
    event = wire_object(wire, HF__REQUEST__OP_EVENT_OPEN, &event_open);
    latch = wire_object(wire, HF__REQUEST__OP_LATCH_OPEN, &latch_open);
}

static uint64_t send_acquire(struct wire *wire, uint64_t semaphore, uint32_t permits) {
    Hf__SemaphoreAcquire acquire = HF__SEMAPHORE_ACQUIRE__INIT;
    acquire.has_permits = true;
    acquire.permits = permits;
    return wire_send(wire, HF__REQUEST__OP_SEMAPHORE_ACQUIRE, &acquire, semaphore, -1);
}

static void release(struct wire *wire, uint64_t semaphore, uint32_t permits) {
    Hf__SemaphoreRelease release_op = HF__SEMAPHORE_RELEASE__INIT;
    release_op.has_permits = true;
    release_op.permits = permits;
    assert_int_equal(
        wire_call_status(wire, HF__REQUEST__OP_SEMAPHORE_RELEASE, &release_op, semaphore, 0),
        HF_OK);
}

static void wait_for_both(struct wire *wire, uint64_t asked[2]) {
    Hf__EventWait event_wait = HF__EVENT_WAIT__INIT;
    Hf__LatchWait latch_wait = HF__LATCH_WAIT__INIT;
    asked[0] = wire_send(wire, HF__REQUEST__OP_EVENT_WAIT, &event_wait, event, -1);
    asked[1] = wire_send(wire, HF__REQUEST__OP_LATCH_WAIT, &latch_wait, latch, -1);
}

/* A watch of all names with this prefix. */
static uint64_t open_watch(struct wire *wire) {
    char name[] = "w";
    char prefix[] = "watched";
    Hf__WatchOpen open = HF__WATCH_OPEN__INIT;
    open.name = name;
    open.prefix = prefix;
    return wire_object(wire, HF__REQUEST__OP_WATCH_OPEN, &open);
}

static uint64_t send_next(struct wire *wire, uint64_t watch, uint64_t after) {
    Hf__WatchNext next = HF__WATCH_NEXT__INIT;
    next.has_after = true;
    next.after = after;
    return wire_send(wire, HF__REQUEST__OP_WATCH_NEXT, &next, watch, -1);
}

/* One change, of this number. */
static void expect_change(const struct wire *wire, uint64_t asked, uint64_t number) {
    Hf__Reply *reply = wire_receive(wire);
    assert_non_null(reply);
    assert_int_equal(reply->id, asked);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_CHANGES);
    assert_int_equal(reply->changes->n_changes, 1);
    assert_int_equal(reply->changes->last, number);
    hf__reply__free_unpacked(reply, NULL);
}

/* ---- victims ---- */

/* All permits, by two grants. */
static void hold(struct wire *wire) {
    uint64_t semaphore = open_semaphore(wire);
    wire_expect(wire, send_acquire(wire, semaphore, 1), HF_OK);
    wire_expect(wire, send_acquire(wire, semaphore, PERMITS - 1), HF_OK);
}

static void wait_for_permits(struct wire *wire) {
    (void)send_acquire(wire, open_semaphore(wire), PERMITS);
}

static void wait_for_event_and_latch(struct wire *wire) {
    uint64_t asked[2];
    wait_for_both(wire, asked);
}

static void wait_for_a_change(struct wire *wire) {
    (void)send_next(wire, open_watch(wire), changes);
}

/* ---- tests ---- */

static void permits_of_a_dead_holder_are_granted_at_once(void **state) {
    const struct daemon *daemon = *state;
    struct wire next = wire_open(daemon->address, "next");
    uint64_t semaphore = open_semaphore(&next);
    for (int i = 0; i < KILLS; i++) {
        struct worker holder = victim_start(daemon, hold);
        uint64_t asked = send_acquire(&next, semaphore, PERMITS);
        wire_await_waiting(&next, 1);

        kills_begin(&holder);
        wire_expect(&next, asked, HF_OK);
        kills_end(&holder);

        release(&next, semaphore, PERMITS);
    }
    kills_report("the next holder of all its permits");
}

static void nobody_waits_behind_a_dead_waiter(void **state) {
    const struct daemon *daemon = *state;
    struct wire holder = wire_open(daemon->address, "holder");
    struct wire next = wire_open(daemon->address, "next");
    uint64_t semaphore = open_semaphore(&holder);
    wire_expect(&holder, send_acquire(&holder, semaphore, 1), HF_OK);
    for (int i = 0; i < KILLS; i++) {
        struct worker waiter = victim_start(daemon, wait_for_permits);
        wire_await_waiting(&holder, 1);
        uint64_t asked = send_acquire(&next, semaphore, 1);
        wire_await_waiting(&holder, 2);

        kills_begin(&waiter);
        wire_expect(&next, asked, HF_OK);
        kills_end(&waiter);

        release(&next, semaphore, 1);
    }
    kills_report("the grant to who was behind it");
}

static void dead_waiters_hold_up_no_event_and_no_latch(void **state) {
    const struct daemon *daemon = *state;
    struct wire setter = wire_open(daemon->address, "setter");
    struct wire next = wire_open(daemon->address, "next");
    for (int i = 0; i < KILLS; i++) {
        Hf__EventSet set = HF__EVENT_SET__INIT;
        Hf__LatchCountDown count_down = HF__LATCH_COUNT_DOWN__INIT;
        Hf__ObjectDelete delete_op = HF__OBJECT_DELETE__INIT;
        uint64_t asked[2];
        open_event_and_latch(&setter);
        struct worker waiter = victim_start(daemon, wait_for_event_and_latch);
        wire_await_waiting(&setter, 2);
        wait_for_both(&next, asked);
        wire_await_waiting(&setter, 4);

        kills_begin(&waiter);
        (void)wire_send(&setter, HF__REQUEST__OP_EVENT_SET, &set, event, 0);
        (void)wire_send(&setter, HF__REQUEST__OP_LATCH_COUNT_DOWN, &count_down, latch, 0);
        wire_expect(&next, asked[0], HF_OK);
        wire_expect(&next, asked[1], HF_OK);
        kills_end(&waiter);

        wire_expect(&setter, setter.last_id - 1, HF_OK);
        wire_expect(&setter, setter.last_id, HF_OK);
        wire_await_waiting(&setter, 0);
        assert_int_equal(
            wire_call_status(&setter, HF__REQUEST__OP_OBJECT_DELETE, &delete_op, event, 0), HF_OK);
        assert_int_equal(
            wire_call_status(&setter, HF__REQUEST__OP_OBJECT_DELETE, &delete_op, latch, 0), HF_OK);
    }
    kills_report("who waited beside it");
}

static void a_dead_watcher_takes_no_change_from_others(void **state) {
    const struct daemon *daemon = *state;
    struct wire putter = wire_open(daemon->address, "putter");
    struct wire next = wire_open(daemon->address, "next");
    uint64_t watch = open_watch(&putter);
    uint64_t queue = wire_queue(&putter, "watched");
    expect_change(&next, send_next(&next, watch, 0), 1); /* it is there */
    for (changes = 1; changes <= KILLS; changes++) {
        struct worker watcher = victim_start(daemon, wait_for_a_change);
        wire_await_waiting(&putter, 1);
        uint64_t asked = send_next(&next, watch, changes);
        wire_await_waiting(&putter, 2);

        kills_begin(&watcher);
        wire_put(&putter, queue, 0);
        expect_change(&next, asked, changes + 1);
        kills_end(&watcher);
    }
    kills_report("who watched beside it");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits_of_a_dead_holder_are_granted_at_once),
        cmocka_unit_test(nobody_waits_behind_a_dead_waiter),
        cmocka_unit_test(dead_waiters_hold_up_no_event_and_no_latch),
        cmocka_unit_test(a_dead_watcher_takes_no_change_from_others),
    };
    return SYSTEM_MAIN(tests);
}
