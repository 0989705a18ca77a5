/* SPDX-License-Identifier: MIT
 *
 * kill -9 of processes that read, write, or wait to, a thousand times each: calls that wait for the
 * dead or behind them are granted at once.
 */
#include "kills.h"

/* ---- requests ---- */

static uint64_t open_lock(struct wire *wire) {
    char name[] = "l";
    Hf__RwlockOpen open = HF__RWLOCK_OPEN__INIT;
    open.name = name;
    return wire_object(wire, HF__REQUEST__OP_RWLOCK_OPEN, &open);
}

static uint64_t to_read(struct wire *wire, uint64_t lock) {
    Hf__RwlockAcquireRead acquire = HF__RWLOCK_ACQUIRE_READ__INIT;
    return wire_send(wire, HF__REQUEST__OP_RWLOCK_ACQUIRE_READ, &acquire, lock, -1);
}

static uint64_t to_write(struct wire *wire, uint64_t lock) {
    Hf__RwlockAcquireWrite acquire = HF__RWLOCK_ACQUIRE_WRITE__INIT;
    return wire_send(wire, HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE, &acquire, lock, -1);
}

static void release(struct wire *wire, uint64_t lock) {
    Hf__RwlockRelease release_op = HF__RWLOCK_RELEASE__INIT;
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_RWLOCK_RELEASE, &release_op, lock, 0),
                     HF_OK);
}

/* ---- victims ---- */

static void read_it(struct wire *wire) {
    wire_expect(wire, to_read(wire, open_lock(wire)), HF_OK);
}

static void write_it(struct wire *wire) {
    wire_expect(wire, to_write(wire, open_lock(wire)), HF_OK);
}

static void wait_to_read(struct wire *wire) {
    (void)to_read(wire, open_lock(wire));
}

static void wait_to_write(struct wire *wire) {
    (void)to_write(wire, open_lock(wire));
}

/* ---- tests ---- */

/* A client that holds the lock, and one that waits behind the victim. */
struct fixture {
    const struct daemon *daemon;
    struct wire holder;
    struct wire next;
    uint64_t lock;
};

static struct fixture set_up(const struct daemon *daemon) {
    struct fixture f = {.daemon = daemon};
    f.holder = wire_open(daemon->address, "holder");
    f.next = wire_open(daemon->address, "next");
    f.lock = open_lock(&f.next);
    return f;
}

static void a_reader_follows_a_dead_writer_and_is_told(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        struct worker writer = victim_start(f.daemon, write_it);
        uint64_t asked = to_read(&f.next, f.lock);
        wire_await_waiting(&f.next, 1);

        kills_begin(&writer);
        wire_expect(&f.next, asked, HF_OWNER_DIED);
        kills_end(&writer);

        release(&f.next, f.lock);
    }
    kills_report("the reader after a writer");
}

static void a_writer_follows_the_last_of_dead_readers(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        struct worker reader = victim_start(f.daemon, read_it);
        uint64_t asked = to_write(&f.next, f.lock);
        wire_await_waiting(&f.next, 1);

        kills_begin(&reader);
        wire_expect(&f.next, asked, HF_OK);
        kills_end(&reader);

        release(&f.next, f.lock);
    }
    kills_report("the writer after a reader");
}

static void a_reader_does_not_wait_behind_a_dead_writer(void **state) {
    struct fixture f = set_up(*state);
    wire_expect(&f.holder, to_read(&f.holder, f.lock), HF_OK);
    for (int i = 0; i < KILLS; i++) {
        struct worker writer = victim_start(f.daemon, wait_to_write);
        wire_await_waiting(&f.holder, 1);
        uint64_t asked = to_read(&f.next, f.lock);
        wire_await_waiting(&f.holder, 2);

        kills_begin(&writer);
        wire_expect(&f.next, asked, HF_OK);
        kills_end(&writer);

        release(&f.next, f.lock);
    }
    kills_report("the reader behind a writer that waited");
}

static void a_writer_does_not_wait_behind_a_dead_reader(void **state) {
    struct fixture f = set_up(*state);
    for (int i = 0; i < KILLS; i++) {
        wire_expect(&f.holder, to_write(&f.holder, f.lock), HF_OK);
        struct worker reader = victim_start(f.daemon, wait_to_read);
        wire_await_waiting(&f.holder, 1);
        uint64_t asked = to_write(&f.next, f.lock);
        wire_await_waiting(&f.holder, 2);

        kills_begin(&reader);
        release(&f.holder, f.lock);
        wire_expect(&f.next, asked, HF_OK);
        kills_end(&reader);

        release(&f.next, f.lock);
    }
    kills_report("the writer behind a reader that waited");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_follows_a_dead_writer_and_is_told),
        cmocka_unit_test(a_writer_follows_the_last_of_dead_readers),
        cmocka_unit_test(a_reader_does_not_wait_behind_a_dead_writer),
        cmocka_unit_test(a_writer_does_not_wait_behind_a_dead_reader),
    };
    return SYSTEM_MAIN(tests);
}
