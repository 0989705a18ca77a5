/* SPDX-License-Identifier: MIT
 *
 * kill -9 of processes that hold several locks, or wait for several at once, a thousand times each:
 * no lock stays held or reserved, and the next client gets them all.
 */
#include "kills.h"

enum { LOCKS = 3 };

struct locks {
    uint64_t ids[LOCKS];
};

/* ---- requests ---- */

static struct locks open_locks(struct wire *wire) {
    return (struct locks){{wire_lock(wire, "a"), wire_lock(wire, "b"), wire_lock(wire, "c")}};
}

/* Ask for the first `count` locks. */
static uint64_t send_acquire_many(struct wire *wire, struct locks locks, size_t count,
                                  int64_t timeout_ms) {
    Hf__LockAcquireMany acquire = HF__LOCK_ACQUIRE_MANY__INIT;
    acquire.n_locks = count;
    acquire.locks = locks.ids;
    return wire_send(wire, HF__REQUEST__OP_LOCK_ACQUIRE_MANY, &acquire, 0, timeout_ms);
}

static void release_all(struct wire *wire, struct locks locks) {
    for (size_t i = 0; i < LOCKS; i++) {
        assert_int_equal(wire_release(wire, locks.ids[i]), HF_OK);
    }
}

/* All can be acquired without waiting. */
static void assert_all_free(struct wire *wire, struct locks locks) {
    wire_expect(wire, send_acquire_many(wire, locks, LOCKS, 0), HF_OK);
    release_all(wire, locks);
}

/* All were acquired, and the first `count` of them have been a dead holder's. */
static void expect_owner_died(const struct wire *wire, uint64_t asked, size_t count) {
    Hf__Reply *reply = wire_receive(wire);
    assert_non_null(reply);
    assert_int_equal(reply->id, asked);
    assert_int_equal(reply->status, HF__STATUS__OWNER_DIED);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANTS);
    assert_int_equal(reply->grants->n_grants, LOCKS);
    for (size_t i = 0; i < LOCKS; i++) {
        const Hf__Holder *died = reply->grants->grants[i]->died;
        assert_int_equal(died != NULL, i < count);
        if (died) {
            assert_string_equal(died->label, "the dead one");
        }
    }
    hf__reply__free_unpacked(reply, NULL);
}

/* ---- victims ---- */

static void hold(const struct daemon *daemon, int tell, size_t count) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    wire_expect(&wire, send_acquire_many(&wire, open_locks(&wire), count, -1), HF_OK);
    worker_tell(tell, 1);
    worker_wait();
}

static void hold_all(const struct daemon *daemon, int tell) {
    hold(daemon, tell, LOCKS);
}

static void hold_the_first(const struct daemon *daemon, int tell) {
    hold(daemon, tell, 1);
}

static void wait_for_all(struct wire *wire) {
    (void)send_acquire_many(wire, open_locks(wire), LOCKS, -1);
}

/* ---- tests ---- */

/* A client that asks how many calls wait, and two that wait. */
struct fixture {
    const struct daemon *daemon;
    struct wire holder;
    struct wire next;
    struct wire last;
    struct locks locks;
};

static struct fixture set_up(const struct daemon *daemon) {
    struct fixture f = {.daemon = daemon};
    f.holder = wire_open(daemon->address, "holder");
    f.next = wire_open(daemon->address, "next");
    f.last = wire_open(daemon->address, "last");
    f.locks = open_locks(&f.holder);
    return f;
}

static void all_that_the_dead_held_is_granted_at_once_and_told(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        struct worker holder = worker_start(hold_all, f.daemon);
        (void)worker_told(&holder);
        uint64_t asked = send_acquire_many(&f.next, f.locks, LOCKS, -1);
        wire_await_waiting(&f.holder, 1);

        kills_begin(&holder);
        expect_owner_died(&f.next, asked, LOCKS);
        kills_end(&holder);

        release_all(&f.next, f.locks);
        assert_all_free(&f.holder, f.locks);
    }
    kills_report("the next holder of several locks");
}

/* The others of its set lay unused because it waited; each has somebody behind it. */
static void nobody_waits_behind_one_that_died_waiting_for_several(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        wire_expect(&f.holder, send_acquire_many(&f.holder, f.locks, 1, 0), HF_OK);
        struct worker waiter = victim_start(f.daemon, wait_for_all);
        wire_await_waiting(&f.holder, 1);
        uint64_t nexts = wire_send_acquire(&f.next, f.locks.ids[1]);
        uint64_t lasts = wire_send_acquire(&f.last, f.locks.ids[2]);
        wire_await_waiting(&f.holder, 3);

        kills_begin(&waiter);
        wire_expect(&f.next, nexts, HF_OK);
        wire_expect(&f.last, lasts, HF_OK);
        kills_end(&waiter);

        assert_int_equal(wire_release(&f.holder, f.locks.ids[0]), HF_OK);
        assert_int_equal(wire_release(&f.next, f.locks.ids[1]), HF_OK);
        assert_int_equal(wire_release(&f.last, f.locks.ids[2]), HF_OK);
        assert_all_free(&f.holder, f.locks);
    }
    kills_report("the grants to who was behind it");
}

/* The manager must know of the first death before the second: otherwise the dead waiter might be
 * granted all of them, and the next be told of its death for each. */
static void a_dead_holder_and_a_dead_waiter_leave_all_to_the_next(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        struct worker holder = worker_start(hold_the_first, f.daemon);
        (void)worker_told(&holder);
        struct worker waiter = victim_start(f.daemon, wait_for_all);
        wire_await_waiting(&f.holder, 1);
        uint64_t asked = send_acquire_many(&f.next, f.locks, LOCKS, -1);
        wire_await_waiting(&f.holder, 2);
        worker_kill(&waiter);
        worker_reap(&waiter);
        wire_await_waiting(&f.holder, 1);

        kills_begin(&holder);
        expect_owner_died(&f.next, asked, 1);
        kills_end(&holder);

        release_all(&f.next, f.locks);
        assert_all_free(&f.holder, f.locks);
    }
    kills_report("the next of two that waited for several locks");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_the_dead_held_is_granted_at_once_and_told),
        cmocka_unit_test(nobody_waits_behind_one_that_died_waiting_for_several),
        cmocka_unit_test(a_dead_holder_and_a_dead_waiter_leave_all_to_the_next),
    };
    return SYSTEM_MAIN(tests);
}
