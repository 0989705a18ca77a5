/* SPDX-License-Identifier: MIT
 *
 * kill -9 of processes that wait for a condition or hold its lock, a thousand times each: the next
 * waiter gets the notify of the dead, and the lock.
 */
#include "kills.h"

/* ---- requests ---- */

static uint64_t open_condition(struct wire *wire) {
    char name[] = "c";
    Hf__ConditionOpen open = HF__CONDITION_OPEN__INIT;
    open.name = name;
    open.lock = wire_lock(wire, "l");
    return wire_object(wire, HF__REQUEST__OP_CONDITION_OPEN, &open);
}

static void acquire(struct wire *wire, uint64_t lock) {
    wire_expect(wire, wire_send_acquire(wire, lock), HF_OK);
}

/* Take the lock and wait. */
static uint64_t start_waiting(struct wire *wire) {
    uint64_t condition = open_condition(wire);
    acquire(wire, wire_lock(wire, "l"));
    Hf__ConditionWait wait = HF__CONDITION_WAIT__INIT;
    return wire_send(wire, HF__REQUEST__OP_CONDITION_WAIT, &wait, condition, -1);
}

static void notify_one(struct wire *wire) {
    uint64_t condition = open_condition(wire);
    Hf__ConditionNotify notify = HF__CONDITION_NOTIFY__INIT;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_CONDITION_NOTIFY, &notify, condition, 0);
    assert_non_null(reply);
    assert_int_equal(reply->status, HF__STATUS__OK);
    assert_int_equal(reply->count, 1);
    hf__reply__free_unpacked(reply, NULL);
}

/* ---- victims ---- */

static void wait_for_notify(struct wire *wire) {
    (void)start_waiting(wire);
}

/* Keeps the lock. */
static void notify_and_hold(struct wire *wire) {
    acquire(wire, wire_lock(wire, "l"));
    notify_one(wire);
}

/* ---- tests ---- */

struct fixture {
    const struct daemon *daemon;
    struct wire notifier;
    struct wire next;
    uint64_t lock;
};

static struct fixture set_up(const struct daemon *daemon) {
    struct fixture f = {.daemon = daemon};
    f.notifier = wire_open(daemon->address, "notifier");
    f.next = wire_open(daemon->address, "next");
    f.lock = wire_lock(&f.next, "l");
    return f;
}

static void a_waiter_notified_by_the_dead_gets_the_lock_and_is_told(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        uint64_t asked = start_waiting(&f.next);
        wire_await_waiting(&f.notifier, 1);
        struct worker holder = victim_start(f.daemon, notify_and_hold);

        kills_begin(&holder);
        wire_expect(&f.next, asked, HF_OWNER_DIED);
        kills_end(&holder);

        assert_int_equal(wire_release(&f.next, f.lock), HF_OK);
    }
    kills_report("who waited for its notify");
}

/* The manager must know of the death before the lock is free: a waiter that had reached the lock
 * has used its notify up. */
static void a_notify_that_had_reached_the_dead_goes_to_the_next(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        struct worker waiter = victim_start(f.daemon, wait_for_notify);
        wire_await_waiting(&f.notifier, 1);
        uint64_t asked = start_waiting(&f.next);
        acquire(&f.notifier, f.lock);
        notify_one(&f.notifier);

        kills_begin(&waiter);
        wire_await_waiting(&f.notifier, 1);
        assert_int_equal(wire_release(&f.notifier, f.lock), HF_OK);
        wire_expect(&f.next, asked, HF_OK);
        kills_end(&waiter);

        assert_int_equal(wire_release(&f.next, f.lock), HF_OK);
    }
    kills_report("who got its notify");
}

static void the_dead_take_no_notify(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        struct worker waiter = victim_start(f.daemon, wait_for_notify);
        wire_await_waiting(&f.notifier, 1);
        uint64_t asked = start_waiting(&f.next);
        acquire(&f.notifier, f.lock);

        kills_begin(&waiter);
        wire_await_waiting(&f.notifier, 1);
        notify_one(&f.notifier);
        assert_int_equal(wire_release(&f.notifier, f.lock), HF_OK);
        wire_expect(&f.next, asked, HF_OK);
        kills_end(&waiter);

        assert_int_equal(wire_release(&f.next, f.lock), HF_OK);
    }
    kills_report("the notify of who waited behind it");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waiter_notified_by_the_dead_gets_the_lock_and_is_told),
        cmocka_unit_test(a_notify_that_had_reached_the_dead_goes_to_the_next),
        cmocka_unit_test(the_dead_take_no_notify),
    };
    return SYSTEM_MAIN(tests);
}
