/* SPDX-License-Identifier: MIT
 *
 * kill -9 of those who wait for a condition, or have its lock, a thousand times each: the next
 * waiter gets the notify that the dead had, and the lock.
 */
#include "daemon.h"
#include "kills.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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

/* ---- those who are killed ---- */

static void wait_for_notify(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    (void)start_waiting(&wire);
    worker_tell(tell, 1);
    worker_wait();
}

/* Tells once somebody has been notified, while it still has the lock. */
static void notify_and_hold(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    acquire(&wire, wire_lock(&wire, "l"));
    notify_one(&wire);
    worker_tell(tell, 1);
    worker_wait();
}

/* ---- tests ---- */

struct fixture {
    struct daemon daemon;
    struct wire notifier;
    struct wire next;
    uint64_t lock;
};

static struct fixture set_up(void) {
    struct fixture f = {.daemon = daemon_start(NULL)};
    f.notifier = wire_open(f.daemon.address, "notifier");
    f.next = wire_open(f.daemon.address, "next");
    f.lock = wire_lock(&f.next, "l");
    return f;
}

static void tear_down(struct fixture *f) {
    wire_close(&f->notifier);
    wire_close(&f->next);
    daemon_stop(&f->daemon);
}

static void who_was_notified_by_the_dead_has_the_lock_and_is_told(void **state) {
    (void)state;
    struct fixture f = set_up();
    for (int i = 0; i < KILLS; i++) {
        uint64_t asked = start_waiting(&f.next);
        wire_await_waiting(&f.notifier, 1);
        struct worker holder = worker_start(notify_and_hold, &f.daemon);
        (void)worker_told(&holder);

        kills_begin(&holder);
        wire_expect(&f.next, asked, HF_OWNER_DIED);
        kills_end(&holder);

        assert_int_equal(wire_release(&f.next, f.lock), HF_OK);
    }
    kills_report("who waited for its notify");
    tear_down(&f);
}

/* The manager must know of the death before the lock is free: a waiter that had reached the lock
 * has used its notify up. */
static void a_notify_that_had_reached_the_dead_goes_to_the_next(void **state) {
    (void)state;
    struct fixture f = set_up();
    for (int i = 0; i < KILLS; i++) {
        struct worker waiter = worker_start(wait_for_notify, &f.daemon);
        (void)worker_told(&waiter);
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
    tear_down(&f);
}

static void the_dead_take_no_notify(void **state) {
    (void)state;
    struct fixture f = set_up();
    for (int i = 0; i < KILLS; i++) {
        struct worker waiter = worker_start(wait_for_notify, &f.daemon);
        (void)worker_told(&waiter);
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
    tear_down(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_notified_by_the_dead_has_the_lock_and_is_told),
        cmocka_unit_test(a_notify_that_had_reached_the_dead_goes_to_the_next),
        cmocka_unit_test(the_dead_take_no_notify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
