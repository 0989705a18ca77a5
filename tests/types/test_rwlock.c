/* SPDX-License-Identifier: MIT
 *
 * rwlock: readers and writers, their order, and the death of one of them.
 */
#include "world.h"

#include <string.h>

/* A lock and three sessions. */
struct fixture {
    struct world *world;
    struct peer *ada;
    struct peer *bob;
    struct peer *cyd;
    uint64_t lock;
};

static struct fixture set_up(struct world *world) {
    struct fixture f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.cyd = world_join(f.world, "cyd");
    f.lock = opened(f.ada, REQUEST(0, rwlock_open, .name = name_of("data")));
    return f;
}

static uint64_t to_read(struct peer *peer, uint64_t lock, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(lock, rwlock_acquire_read), timeout_ms));
}

static uint64_t to_write(struct peer *peer, uint64_t lock, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(lock, rwlock_acquire_write), timeout_ms));
}

static const Hf__Grant *reads(struct peer *peer, uint64_t lock) {
    return grant_of(peer, to_read(peer, lock, 0));
}

static const Hf__Grant *writes(struct peer *peer, uint64_t lock) {
    return grant_of(peer, to_write(peer, lock, 0));
}

static void release(struct peer *peer, uint64_t lock) {
    assert_status(ask(peer, REQUEST(lock, rwlock_release)), HF_OK);
}

static void assert_refused(struct peer *peer, uint64_t id, hf_status status) {
    assert_status(peer_reply(peer, id), status);
}

/* ---- order ---- */

static void many_read_at_once_but_one_writes(void **state) {
    struct fixture f = set_up(*state);

    uint64_t first = reads(f.ada, f.lock)->fence;
    uint64_t second = reads(f.bob, f.lock)->fence;
    assert_true(second > first);
    assert_refused(f.cyd, to_write(f.cyd, f.lock, 0), HF_TIMEOUT);
    release(f.ada, f.lock);
    release(f.bob, f.lock);

    assert_true(writes(f.cyd, f.lock)->fence > second);
    assert_refused(f.ada, to_read(f.ada, f.lock, 0), HF_TIMEOUT);
    assert_refused(f.ada, to_write(f.ada, f.lock, 0), HF_TIMEOUT);
}

static void readers_that_come_later_wait_behind_a_writer(void **state) {
    struct fixture f = set_up(*state);
    struct peer *dan = world_join(f.world, "dan");
    (void)reads(f.ada, f.lock);
    uint64_t bobs = to_write(f.bob, f.lock, -1);

    uint64_t cyds = to_read(f.cyd, f.lock, -1);
    uint64_t dans = to_read(dan, f.lock, -1);

    assert_true(unanswered(f.bob, bobs) && unanswered(f.cyd, cyds) && unanswered(dan, dans));
    release(f.ada, f.lock);
    (void)grant_of(f.bob, bobs);
    assert_true(unanswered(f.cyd, cyds) && unanswered(dan, dans));
    release(f.bob, f.lock);
    (void)grant_of(f.cyd, cyds);
    (void)grant_of(dan, dans);
}

static void readers_go_on_when_the_writer_before_them_gives_up(void **state) {
    struct fixture f = set_up(*state);
    (void)reads(f.ada, f.lock);
    uint64_t bobs = to_write(f.bob, f.lock, 100);
    uint64_t cyds = to_read(f.cyd, f.lock, -1);

    world_pass(f.world, 100);

    assert_refused(f.bob, bobs, HF_TIMEOUT);
    assert_string_equal(peer_reply(f.bob, bobs)->detail, "held by ada (process 4711) for 100 ms");
    (void)grant_of(f.cyd, cyds);
}

/* ---- depth ---- */

static void a_reader_reads_again_though_a_writer_waits(void **state) {
    struct fixture f = set_up(*state);
    uint64_t fence = reads(f.ada, f.lock)->fence;
    uint64_t bobs = to_write(f.bob, f.lock, -1);

    const Hf__Grant *again = reads(f.ada, f.lock);

    assert_int_equal(again->depth, 2);
    assert_int_equal(again->fence, fence);
    release(f.ada, f.lock);
    assert_true(unanswered(f.bob, bobs));
    release(f.ada, f.lock);
    (void)grant_of(f.bob, bobs);
}

static void acquires_of_a_writer_count_on_its_write(void **state) {
    struct fixture f = set_up(*state);
    uint64_t fence = writes(f.ada, f.lock)->fence;
    uint64_t bobs = to_read(f.bob, f.lock, -1);

    assert_int_equal(writes(f.ada, f.lock)->depth, 2);
    const Hf__Grant *read = reads(f.ada, f.lock);

    assert_int_equal(read->depth, 3);
    assert_int_equal(read->fence, fence);
    release(f.ada, f.lock);
    release(f.ada, f.lock);
    assert_true(unanswered(f.bob, bobs));
    release(f.ada, f.lock);
    (void)grant_of(f.bob, bobs);
}

static void releasing_what_one_does_not_hold_is_refused(void **state) {
    struct fixture f = set_up(*state);

    const Hf__Reply *nobodys = ask(f.ada, REQUEST(f.lock, rwlock_release));
    (void)reads(f.bob, f.lock);
    const Hf__Reply *bobs = ask(f.ada, REQUEST(f.lock, rwlock_release));

    assert_status(nobodys, HF_NOT_HELD);
    assert_string_equal(nobodys->detail, "nobody holds the rwlock");
    assert_status(bobs, HF_NOT_HELD);
    assert_string_equal(bobs->detail, "bob (process 4711) holds the rwlock");
    release(f.bob, f.lock);
}

/* ---- from reader to writer ---- */

static void a_lone_reader_becomes_the_writer_at_once(void **state) {
    struct fixture f = set_up(*state);
    uint64_t read = reads(f.ada, f.lock)->fence;
    uint64_t bobs = to_write(f.bob, f.lock, -1);

    const Hf__Grant *write = writes(f.ada, f.lock);

    assert_true(write->fence > read);
    assert_int_equal(write->depth, 1);
    release(f.ada, f.lock); /* a reader again */
    assert_refused(f.cyd, to_read(f.cyd, f.lock, 0), HF_TIMEOUT);
    assert_true(unanswered(f.bob, bobs));
    release(f.ada, f.lock);
    (void)grant_of(f.bob, bobs);
}

static void a_reader_that_will_write_goes_before_all_who_wait(void **state) {
    struct fixture f = set_up(*state);
    struct peer *dan = world_join(f.world, "dan");
    (void)reads(f.ada, f.lock);
    (void)reads(f.bob, f.lock);
    uint64_t cyds = to_write(f.cyd, f.lock, -1);
    uint64_t adas = to_write(f.ada, f.lock, -1);
    uint64_t dans = to_read(dan, f.lock, -1);

    release(f.bob, f.lock);

    (void)grant_of(f.ada, adas);
    assert_true(unanswered(f.cyd, cyds) && unanswered(dan, dans));
    release(f.ada, f.lock);
    assert_true(unanswered(f.cyd, cyds) && unanswered(dan, dans));
    release(f.ada, f.lock);
    (void)grant_of(f.cyd, cyds);
    assert_true(unanswered(dan, dans));
}

static void nobody_begins_to_read_while_a_reader_waits_to_write(void **state) {
    struct fixture f = set_up(*state);
    (void)reads(f.ada, f.lock);
    (void)reads(f.bob, f.lock);
    uint64_t adas = to_write(f.ada, f.lock, 100);

    uint64_t cyds = to_read(f.cyd, f.lock, -1);
    assert_true(unanswered(f.cyd, cyds));
    world_pass(f.world, 100);

    assert_refused(f.ada, adas, HF_TIMEOUT); /* and it still reads */
    (void)grant_of(f.cyd, cyds);
    assert_int_equal(reads(f.ada, f.lock)->depth, 2);
}

static void the_second_reader_that_will_write_is_refused(void **state) {
    struct fixture f = set_up(*state);
    (void)reads(f.ada, f.lock);
    (void)reads(f.bob, f.lock);
    uint64_t adas = to_write(f.ada, f.lock, -1);

    const Hf__Reply *bobs = peer_reply(f.bob, to_write(f.bob, f.lock, 1000));

    assert_status(bobs, HF_DEADLOCK);
    assert_string_equal(bobs->detail, "bob (process 4711) holds \"data\" and waits for \"data\"; "
                                      "ada (process 4711) holds \"data\" and waits for \"data\"");
    release(f.bob, f.lock);
    (void)grant_of(f.ada, adas);
}

static void a_reader_that_stops_reading_waits_to_write_like_anyone(void **state) {
    struct fixture f = set_up(*state);
    (void)reads(f.ada, f.lock);
    (void)reads(f.bob, f.lock);
    uint64_t cyds = to_read(f.cyd, f.lock, 0);
    assert_status(peer_reply(f.cyd, cyds), HF_OK);
    uint64_t adas = to_write(f.ada, f.lock, -1);
    uint64_t bobs = to_write(f.bob, f.lock, 0);
    assert_refused(f.bob, bobs, HF_TIMEOUT);

    release(f.ada, f.lock);
    release(f.cyd, f.lock);
    assert_true(unanswered(f.ada, adas));
    release(f.bob, f.lock);

    (void)grant_of(f.ada, adas);
    release(f.ada, f.lock);
    assert_status(ask(f.ada, REQUEST(f.lock, rwlock_release)), HF_NOT_HELD);
}

/* ---- death ---- */

static void a_writer_is_told_of_a_writers_death(void **state) {
    struct fixture f = set_up(*state);
    (void)reads(f.ada, f.lock);
    (void)writes(f.ada, f.lock); /* both its grants end */

    peer_leave(f.ada);

    const Hf__Reply *told = peer_reply(f.bob, to_write(f.bob, f.lock, 0));
    assert_status(told, HF_OWNER_DIED);
    assert_string_equal(told->grant->died->label, "ada");
}

/* ---- what is told ---- */

static void describe_names_readers_and_writer(void **state) {
    struct fixture f = set_up(*state);
    const Hf__Reply *nobody = ask(f.ada, REQUEST(f.lock, object_describe));
    (void)reads(f.ada, f.lock);
    const Hf__Reply *one = ask(f.ada, REQUEST(f.lock, object_describe));
    (void)writes(f.ada, f.lock);
    (void)to_read(f.bob, f.lock, -1);

    const Hf__Reply *both = ask(f.ada, REQUEST(f.lock, object_describe));

    assert_string_equal(nobody->description->options, "free");
    assert_string_equal(one->description->options, "held by 1 reader");
    assert_string_equal(both->description->options, "held by a writer");
    assert_int_equal(both->description->size, 2);
    assert_int_equal(both->description->n_holders, 2);
    assert_int_equal(both->description->n_waiters, 1);
    assert_string_equal(both->description->waiters[0]->op, "rwlock_acquire_read");
}

static void a_guard_holds_until_its_grant_is_over(void **state) {
    struct fixture f = set_up(*state);
    uint64_t count = open_value(f.ada, "count", 1);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = f.lock;
    (void)reads(f.ada, f.lock);
    guard.fence = writes(f.ada, f.lock)->fence;
    Hf__Request set = REQUEST(count, value_set, .value = of_int(2));
    set.guard = &guard;

    assert_status(ask(f.ada, set), HF_OK);
    release(f.ada, f.lock);

    assert_status(ask(f.ada, set), HF_STALE_FENCE);
}

static void another_type_of_that_name_is_refused(void **state) {
    struct fixture f = set_up(*state);

    assert_status(ask(f.ada, REQUEST(0, lock_open, .name = name_of("data"))), HF_WRONG_TYPE);
    assert_status(ask(f.ada, REQUEST(f.lock, lock_acquire)), HF_WRONG_TYPE);
    assert_status(ask(f.ada, REQUEST(0, rwlock_open, .name = name_of("data"), .has_mode = true,
                                     .mode = HF__MODE__MUST_CREATE)),
                  HF_EXISTS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_read_at_once_but_one_writes),
        cmocka_unit_test(readers_that_come_later_wait_behind_a_writer),
        cmocka_unit_test(readers_go_on_when_the_writer_before_them_gives_up),
        cmocka_unit_test(a_reader_reads_again_though_a_writer_waits),
        cmocka_unit_test(acquires_of_a_writer_count_on_its_write),
        cmocka_unit_test(releasing_what_one_does_not_hold_is_refused),
        cmocka_unit_test(a_lone_reader_becomes_the_writer_at_once),
        cmocka_unit_test(a_reader_that_will_write_goes_before_all_who_wait),
        cmocka_unit_test(nobody_begins_to_read_while_a_reader_waits_to_write),
        cmocka_unit_test(the_second_reader_that_will_write_is_refused),
        cmocka_unit_test(a_reader_that_stops_reading_waits_to_write_like_anyone),
        cmocka_unit_test(a_writer_is_told_of_a_writers_death),
        cmocka_unit_test(describe_names_readers_and_writer),
        cmocka_unit_test(a_guard_holds_until_its_grant_is_over),
        cmocka_unit_test(another_type_of_that_name_is_refused),
    };
    return WORLD_MAIN(tests);
}
