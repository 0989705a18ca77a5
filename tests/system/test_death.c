/* SPDX-License-Identifier: MIT
 *
 * A worker killed with -9: its locks and items go to the next at once, and the dead never get
 * anything more.
 */
#include "kills.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void acquire(struct wire *wire, uint64_t lock) {
    uint64_t id = 0;
    uint64_t asked = wire_send_acquire(wire, lock);
    assert_true(hf_ok(wire_status(wire, &id)));
    assert_int_equal(id, asked);
}

static void hold(struct wire *wire) {
    acquire(wire, wire_lock(wire, "l"));
}

/* Has a child that keeps the socket open; tells the child's pid. */
static void hold_with_child(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    acquire(&wire, wire_lock(&wire, "l"));
    pid_t child = fork();
    if (child == 0) {
        worker_wait();
    }
    worker_tell(tell, (uint64_t)child);
    worker_wait();
}

static void wait_for_lock(struct wire *wire) {
    (void)wire_send_acquire(wire, wire_lock(wire, "l"));
}

static void wait_for_item(struct wire *wire) {
    Hf__QueueGet get = HF__QUEUE_GET__INIT;
    (void)wire_send(wire, HF__REQUEST__OP_QUEUE_GET, &get, wire_queue(wire, "q"), -1);
}

static uint64_t kept_lock(struct wire *wire) {
    char name[] = "k";
    Hf__LockOpen open = HF__LOCK_OPEN__INIT;
    open.name = name;
    open.has_keep = open.keep = true;
    return wire_object(wire, HF__REQUEST__OP_LOCK_OPEN, &open);
}

static void hold_kept(struct wire *wire) {
    acquire(wire, kept_lock(wire));
}

/* Ends with requests that nobody has answered yet. */
static void put_and_die(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "putter");
    uint64_t queue = wire_queue(&wire, "q");
    for (int i = 0; i < 500; i++) {
        Hf__Any value = HF__ANY__INIT;
        Hf__QueuePut put = HF__QUEUE_PUT__INIT;
        put.value = &value;
        (void)wire_send(&wire, HF__REQUEST__OP_QUEUE_PUT, &put, queue, 0);
    }
    pid_t child = fork(); /* keeps the socket open: only the pidfd tells */
    if (child == 0) {
        worker_wait();
    }
    worker_tell(tell, (uint64_t)child);
    (void)raise(SIGKILL);
}

static uint64_t queue_size(struct wire *wire, uint64_t queue) {
    Hf__QueueSize size = HF__QUEUE_SIZE__INIT;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_QUEUE_SIZE, &size, queue, 0);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_COUNT);
    uint64_t count = reply->count;
    hf__reply__free_unpacked(reply, NULL);
    return count;
}

static void take(struct wire *wire, uint64_t queue, int64_t expected) {
    Hf__QueueGet get = HF__QUEUE_GET__INIT;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_QUEUE_GET, &get, queue, 0);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUE);
    assert_int_equal(reply->value->int_, expected);
    hf__reply__free_unpacked(reply, NULL);
}

static void assert_owner_died(struct wire *wire, uint64_t asked) {
    Hf__Reply *reply = wire_receive(wire);
    assert_non_null(reply);
    assert_int_equal(reply->id, asked);
    assert_int_equal(reply->status, HF__STATUS__OWNER_DIED);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    assert_non_null(reply->grant->died);
    assert_string_equal(reply->grant->died->label, "the dead one");
    hf__reply__free_unpacked(reply, NULL);
}

static void next_waiter_is_told_who_died(void **state) {
    const struct daemon *daemon = *state;
    struct worker holder = victim_start(daemon, hold);
    struct wire next = wire_open(daemon->address, "next");
    uint64_t asked = wire_send_acquire(&next, wire_lock(&next, "l"));

    worker_kill(&holder);

    assert_owner_died(&next, asked);
    worker_reap(&holder);
}

static void a_child_that_has_the_socket_does_not_keep_the_lock(void **state) {
    const struct daemon *daemon = *state;
    struct worker holder = worker_start(hold_with_child, daemon);
    pid_t child = (pid_t)worker_told(&holder);
    struct wire next = wire_open(daemon->address, "next");
    uint64_t asked = wire_send_acquire(&next, wire_lock(&next, "l"));

    worker_kill(&holder);

    assert_owner_died(&next, asked);
    worker_reap(&holder);
    assert_int_equal(kill(child, SIGKILL), 0);
}

static void requests_of_the_dead_are_served(void **state) {
    const struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "test");
    uint64_t queue = wire_queue(&wire, "q");

    struct worker putter = worker_start(put_and_die, daemon);
    pid_t child = (pid_t)worker_told(&putter);
    worker_reap(&putter);

    wire_await_sessions(&wire, 1);
    assert_int_equal(queue_size(&wire, queue), 500);
    assert_int_equal(kill(child, SIGKILL), 0);
}

static void a_dead_waiter_never_acquires(void **state) {
    const struct daemon *daemon = *state;
    struct wire holder = wire_open(daemon->address, "holder");
    uint64_t lock = wire_lock(&holder, "l");
    for (int i = 0; i < KILLS; i++) {
        acquire(&holder, lock);
        struct worker waiter = victim_start(daemon, wait_for_lock);
        wire_await_waiting(&holder, 1);

        worker_kill(&waiter);
        worker_reap(&waiter);
        wire_await_waiting(&holder, 0);
        assert_int_equal(wire_release(&holder, lock), HF_OK);

        wire_expect(&holder, wire_send_acquire(&holder, lock), HF_OK); /* and not OWNER_DIED */
        assert_int_equal(wire_release(&holder, lock), HF_OK);
    }
}

static void a_dead_waiter_never_pops(void **state) {
    const struct daemon *daemon = *state;
    struct wire putter = wire_open(daemon->address, "putter");
    uint64_t queue = wire_queue(&putter, "q");
    for (int i = 0; i < KILLS; i++) {
        struct worker waiter = victim_start(daemon, wait_for_item);
        wire_await_waiting(&putter, 1);

        worker_kill(&waiter);
        worker_reap(&waiter);
        wire_await_waiting(&putter, 0);
        wire_put(&putter, queue, i);

        assert_int_equal(queue_size(&putter, queue), 1);
        take(&putter, queue, i);
    }
}

static void the_next_waiter_has_it_at_once(void **state) {
    const struct daemon *daemon = *state;
    struct wire next = wire_open(daemon->address, "next");
    uint64_t lock = wire_lock(&next, "l");
    for (int i = 0; i < KILLS; i++) {
        struct worker holder = victim_start(daemon, hold);
        uint64_t asked = wire_send_acquire(&next, lock);
        wire_await_waiting(&next, 1);

        kills_begin(&holder);
        assert_owner_died(&next, asked);
        kills_end(&holder);

        assert_int_equal(wire_release(&next, lock), HF_OK);
    }
    kills_report("the next holder of a lock");
}

static void a_kept_lock_stays_held_until_somebody_releases_it(void **state) {
    const struct daemon *daemon = *state;
    struct wire other = wire_open(daemon->address, "other");
    struct wire next = wire_open(daemon->address, "next");
    uint64_t lock = kept_lock(&other);
    for (int i = 0; i < KILLS; i++) {
        struct worker holder = victim_start(daemon, hold_kept);
        uint64_t asked = wire_send_acquire(&next, lock);
        wire_await_waiting(&other, 1);

        worker_kill(&holder);
        worker_reap(&holder);
        wire_await_sessions(&other, 2);

        assert_int_equal(wire_waiting_calls(&other), 1);
        assert_int_equal(wire_release(&other, lock), HF_OK);
        assert_owner_died(&next, asked);
        assert_int_equal(wire_release(&next, lock), HF_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_waiter_is_told_who_died),
        cmocka_unit_test(a_child_that_has_the_socket_does_not_keep_the_lock),
        cmocka_unit_test(requests_of_the_dead_are_served),
        cmocka_unit_test(a_dead_waiter_never_acquires),
        cmocka_unit_test(a_dead_waiter_never_pops),
        cmocka_unit_test(the_next_waiter_has_it_at_once),
        cmocka_unit_test(a_kept_lock_stays_held_until_somebody_releases_it),
    };
    return SYSTEM_MAIN(tests);
}
