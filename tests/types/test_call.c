/* SPDX-License-Identifier: MIT
 *
 * Calls, whatever the type: waiting, ending, batches, and the operations of the session itself.
 */
#include "world.h"

#include "wire_limits.h"

#include <stdlib.h>
#include <string.h>

/* ---- waiting ---- */

static void a_parked_call_holds_up_nothing(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t count = open_value(ada, "count", 1);
    uint64_t first = start_get(ada, queue, -1);
    uint64_t second = start_get(ada, queue, -1);

    assert_int(ask(ada, REQUEST(count, value_add, .amount = of_int(1))), 2);
    assert_true(unanswered(ada, first) && unanswered(ada, second));
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(10))), HF_OK);

    assert_int(peer_reply(ada, first), 10);
    assert_true(unanswered(ada, second));
}

static void timeouts_are_none_some_or_for_ever(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);

    assert_status(peer_reply(ada, start_get(ada, queue, 0)), HF_TIMEOUT);
    uint64_t some = start_get(ada, queue, 1);
    uint64_t minus = start_get(ada, queue, -1);
    uint64_t least = start_get(ada, queue, INT64_MIN);
    uint64_t most = start_get(ada, queue, INT64_MAX);
    world_pass(world, 1);
    assert_status(peer_reply(ada, some), HF_TIMEOUT);
    world_pass(world, INT64_C(1) << 60);

    assert_true(unanswered(ada, minus) && unanswered(ada, least) && unanswered(ada, most));
    for (int64_t i = 0; i < 3; i++) {
        put_int(ada, queue, i);
    }
    assert_int(peer_reply(ada, minus), 0);
    assert_int(peer_reply(ada, least), 1);
    assert_int(peer_reply(ada, most), 2);
}

static void deadlines_come_in_order_whatever_the_order_of_arrival(void **state) {
    enum { CALLS = 100 };
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t ids[CALLS + 1];
    for (int64_t i = 0; i < CALLS; i++) {
        int64_t due = i * 37 % CALLS + 1; /* each of 1 to CALLS once */
        ids[due] = start_get(ada, queue, due);
    }

    for (int64_t due = 1; due <= CALLS; due++) {
        assert_int_equal(core_tick(world_core(world), world_now(world)), world_now(world) + 1);
        assert_true(unanswered(ada, ids[due]));
        world_pass(world, 1);
        assert_status(peer_reply(ada, ids[due]), HF_TIMEOUT);
    }

    assert_int_equal(statistics_of(ada)->waiting_calls, 0);
}

static void many_wait_and_all_are_served(void **state) {
    enum { PEERS = 50, EACH = 40 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    struct peer *peers[PEERS];
    uint64_t ids[EACH][PEERS];
    for (size_t i = 0; i < PEERS; i++) {
        peers[i] = world_join(*state, "one of many");
    }
    for (size_t i = 0; i < EACH; i++) {
        for (size_t j = 0; j < PEERS; j++) {
            ids[i][j] = start_get(peers[j], queue, -1);
        }
    }
    assert_int_equal(statistics_of(ada)->waiting_calls, PEERS * EACH);

    for (size_t i = 0; i < (size_t)PEERS * EACH; i++) {
        put_int(ada, queue, (int64_t)i);
        assert_int(peer_reply(peers[i % PEERS], ids[i / PEERS][i % PEERS]), (int64_t)i);
    }

    assert_int_equal(statistics_of(ada)->waiting_calls, 0);
}

static void only_so_many_calls_of_a_session_may_wait(void **state) {
    struct core_config config = core_defaults();
    config.waiting_per_session_max = 3;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t first = start_get(ada, queue, -1);
    (void)start_get(ada, queue, -1);
    (void)start_get(ada, queue, 10);

    assert_status(peer_reply(ada, start_get(ada, queue, -1)), HF_LIMIT);
    assert_status(
        peer_reply(ada, peer_send(ada, waiting(batch_of(1, &REQUEST(queue, queue_get)), -1))),
        HF_LIMIT);
    uint64_t bobs = start_get(bob, queue, -1); /* others have their own */
    assert_true(unanswered(bob, bobs));

    put_int(ada, queue, 1);
    assert_int(peer_reply(ada, first), 1);
    uint64_t again = start_get(ada, queue, -1);
    assert_true(unanswered(ada, again));
}

/* ---- cancel ---- */

static void cancel_ends_one_waiting_call(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t first = start_get(ada, queue, -1);
    uint64_t second = start_get(ada, queue, 50);
    uint64_t third = start_get(ada, queue, -1);

    assert_truth(ask(ada, REQUEST(0, cancel, .call = second)), true);

    assert_status(peer_reply(ada, second), HF_CANCELLED);
    assert_truth(ask(ada, REQUEST(0, cancel, .call = second)), false);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    assert_int(peer_reply(ada, first), 1);
    assert_int(peer_reply(ada, third), 2);
    world_pass(world, 100);
}

static void nobody_can_cancel_anothers_call(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t id = start_get(ada, queue, -1);

    assert_truth(ask(bob, REQUEST(0, cancel, .call = id)), false);

    assert_true(unanswered(ada, id));
}

static void a_call_of_any_object_can_be_cancelled_and_the_next_goes_on(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    (void)ask(ada, REQUEST(lock, lock_acquire));
    uint64_t bobs = start_acquire(bob, lock, -1);
    uint64_t folded =
        peer_send(bob, waiting(batch_of(2, &REQUEST(lock, lock_acquire), &REQUEST(0, ping)), -1));

    assert_truth(ask(bob, REQUEST(0, cancel, .call = bobs)), true);
    assert_truth(ask(bob, REQUEST(0, cancel, .call = folded)), true);

    assert_status(peer_reply(bob, bobs), HF_CANCELLED);
    assert_status(peer_reply(bob, folded), HF_CANCELLED);
    assert_status(ask(ada, REQUEST(lock, lock_release)), HF_OK);
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
}

/* ---- batch ---- */

static void a_batch_runs_all_in_order(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t count = open_value(ada, "count", 1);
    Hf__Request second = REQUEST(count, value_add, .amount = of_int(2));
    second.has_id = true;
    second.id = 77;

    const Hf__Reply *reply =
        ask(ada, batch_of(3, &REQUEST(count, value_get), &second, &REQUEST(0, ping)));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->replies->n_replies, 3);
    assert_int(reply_in(reply, 0), 1);
    assert_int(reply_in(reply, 1), 3);
    assert_int_equal(reply_in(reply, 1)->id, 77);
    assert_status(reply_in(reply, 2), HF_OK);
}

static void a_batch_stops_at_the_first_that_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t count = open_value(ada, "count", 1);

    const Hf__Reply *reply = ask(ada, batch_of(3, &REQUEST(count, value_set, .value = of_int(2)),
                                               &REQUEST(count, value_set, .value = of_string("3")),
                                               &REQUEST(count, value_set, .value = of_int(4))));

    assert_status(reply, HF_TYPE_ERROR);
    assert_string_equal(reply->detail, "a string cannot be a value of kind i64");
    assert_int_equal(reply->replies->n_replies, 2);
    assert_status(reply_in(reply, 0), HF_OK);
    assert_status(reply_in(reply, 1), HF_TYPE_ERROR);
    assert_int(ask(ada, REQUEST(count, value_get)), 2); /* what ran stays done */
}

static void only_the_first_of_a_batch_waits(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t count = open_value(ada, "count", 1);
    uint64_t queue = open_queue(ada, "queue", 0);

    const Hf__Reply *second = peer_reply(
        ada, peer_send(ada, waiting(batch_of(2, &REQUEST(count, value_add, .amount = of_int(1)),
                                             &REQUEST(queue, queue_get)),
                                    -1)));
    uint64_t first = peer_send(
        ada, waiting(batch_of(2, &REQUEST(queue, queue_get), &REQUEST(queue, queue_get)), -1));

    assert_status(second, HF_TIMEOUT);
    assert_int_equal(second->replies->n_replies, 2);
    assert_int(ask(ada, REQUEST(count, value_get)), 2);
    assert_true(unanswered(ada, first));
    put_int(ada, queue, 5);
    assert_status(peer_reply(ada, first), HF_TIMEOUT); /* it got one, not the other */
    assert_int(reply_in(peer_reply(ada, first), 0), 5);
}

static void timeouts_inside_a_batch_do_not_count(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    Hf__Request inner = waiting(REQUEST(queue, queue_get), -1);

    const Hf__Reply *tried = ask(ada, batch_of(1, &inner));
    uint64_t waits = peer_send(ada, waiting(batch_of(1, &inner), 10));
    world_pass(world, 10);

    assert_status(tried, HF_TIMEOUT);
    assert_status(peer_reply(ada, waits), HF_TIMEOUT);
}

static void a_batch_holds_no_batch_and_nothing_of_the_session(void **state) {
    struct peer *ada = world_join(*state, "ada");
    Hf__Request inner = batch_of(1, &REQUEST(0, ping));

    assert_status(ask(ada, batch_of(2, &REQUEST(0, ping), &inner)), HF_INVALID);
    assert_status(ask(ada, batch_of(1, &REQUEST(0, cancel, .call = 1))), HF_INVALID);
    assert_status(ask(ada, batch_of(1, &REQUEST(0, hello, .version = 1))), HF_INVALID);
    assert_status(ask(ada, batch_of(1, &(Hf__Request)HF__REQUEST__INIT)), HF_UNSUPPORTED);
    assert_status(ask(ada, batch_of(0)), HF_INVALID);
}

/* A batch of so many pings. */
static Hf__Request pings(size_t count) {
    static Hf__Ping ping = HF__PING__INIT;
    static Hf__Request request = HF__REQUEST__INIT;
    static Hf__Request *requests[HF_BATCH_MAX_REQUESTS + 1];
    static Hf__Batch batch = HF__BATCH__INIT;
    request.op_case = HF__REQUEST__OP_PING;
    request.ping = &ping;
    for (size_t i = 0; i < count; i++) {
        requests[i] = &request;
    }
    batch.n_requests = count;
    batch.requests = requests;
    Hf__Request made = HF__REQUEST__INIT;
    made.op_case = HF__REQUEST__OP_BATCH;
    made.batch = &batch;
    return made;
}

static void a_batch_has_at_most_1024_requests(void **state) {
    struct peer *ada = world_join(*state, "ada");

    const Hf__Reply *most = ask(ada, pings(HF_BATCH_MAX_REQUESTS));
    const Hf__Reply *more = ask(ada, pings(HF_BATCH_MAX_REQUESTS + 1));

    assert_status(most, HF_OK);
    assert_int_equal(most->replies->n_replies, HF_BATCH_MAX_REQUESTS);
    assert_status(more, HF_INVALID);
}

static void a_batch_does_not_overtake_either(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t bobs = start_get(bob, queue, -1);

    /* bob waits, so the item is bob's, though the batch would find it there. */
    const Hf__Reply *reply = ask(ada, batch_of(2, &REQUEST(queue, queue_put, .value = of_int(1)),
                                               &REQUEST(queue, queue_get)));

    assert_status(reply, HF_TIMEOUT);
    assert_status(reply_in(reply, 0), HF_OK);
    assert_int(peer_reply(bob, bobs), 1);
}

static void a_waiting_batch_keeps_its_place(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t log = open_queue(ada, "log", 0);
    uint64_t bobs = start_get(bob, queue, -1);
    uint64_t cyds =
        peer_send(cyd, waiting(batch_of(2, &REQUEST(queue, queue_get),
                                        &REQUEST(log, queue_put, .value = of_string("cyd"))),
                               -1));
    uint64_t adas = start_get(ada, queue, -1);

    put_int(ada, queue, 1);
    assert_true(unanswered(cyd, cyds));
    put_int(ada, queue, 2);
    put_int(ada, queue, 3);

    assert_int(peer_reply(bob, bobs), 1);
    assert_int(reply_in(peer_reply(cyd, cyds), 0), 2);
    assert_int(peer_reply(ada, adas), 3);
    assert_value(ask(ada, REQUEST(log, queue_get)), of_string("cyd"));
}

static void the_guard_of_a_batch_is_checked_when_it_runs(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t count = open_value(ada, "count", 0);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = lock;
    guard.fence = ask(ada, REQUEST(lock, lock_acquire))->grant->fence;
    Hf__Request batch = waiting(
        batch_of(2, &REQUEST(queue, queue_get), &REQUEST(count, value_set, .value = of_int(1))),
        -1);
    batch.guard = &guard;
    uint64_t id = peer_send(ada, batch);

    assert_status(ask(ada, REQUEST(lock, lock_release)), HF_OK);
    put_int(ada, queue, 1);

    assert_status(peer_reply(ada, id), HF_STALE_FENCE);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 1);
    assert_int(ask(ada, REQUEST(count, value_get)), 0);
}

static void a_guard_inside_a_batch_stops_it_there(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t count = open_value(ada, "count", 0);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = count;
    guard.fence = 1;
    Hf__Request guarded = REQUEST(count, value_set, .value = of_int(1));
    guarded.guard = &guard;

    const Hf__Reply *reply = ask(ada, batch_of(2, &REQUEST(0, ping), &guarded));

    assert_status(reply, HF_STALE_FENCE);
    assert_int(ask(ada, REQUEST(count, value_get)), 0);
}

/* The values in a reply of a batch must outlive later changes of the batch to the object. */
static void a_batch_answers_with_values_that_it_then_overwrites(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t dict = open_dict(ada, "dict");
    Hf__Any *value = of_list(2, of_string("a string that is kept on the heap"), of_bytes("b", 1));
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = value)), HF_OK);
    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_string("key"), .value = value)),
                  HF_OK);

    const Hf__Reply *reply =
        ask(ada, batch_of(6, &REQUEST(queue, queue_get),
                          &REQUEST(dict, dict_get, .key = of_string("key")),
                          &REQUEST(dict, dict_set, .key = of_string("key"), .value = of_int(1)),
                          &REQUEST(dict, dict_pop, .key = of_string("key")),
                          &REQUEST(queue, queue_close, .has_abort = true, .abort = true),
                          &REQUEST(dict, object_delete)));

    assert_status(reply, HF_OK);
    assert_value(reply_in(reply, 0), value);
    assert_value(reply_in(reply, 1), value);
    assert_int(reply_in(reply, 3), 1);
}

static void a_batch_tells_of_objects_that_it_then_deletes(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "a lock with a long enough name");

    const Hf__Reply *reply =
        ask(ada, batch_of(3, &REQUEST(0, object_list), &REQUEST(lock, object_describe),
                          &REQUEST(lock, object_delete)));

    assert_status(reply, HF_OK);
    assert_string_equal(reply_in(reply, 0)->listing->entries[0]->name,
                        "a lock with a long enough name");
    assert_string_equal(reply_in(reply, 1)->description->name, "a lock with a long enough name");
}

static void a_batch_tells_of_a_dead_holder_that_it_then_forgets(void **state) {
    struct peer *ada = world_join(*state, "ada, who is going to die");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock =
        opened(ada, REQUEST(0, lock_open, .name = name_of("lock"), .has_keep = true, .keep = true));
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
    peer_leave(ada);

    const Hf__Reply *reply =
        ask(bob, batch_of(4, &REQUEST(lock, lock_who), &REQUEST(lock, object_describe),
                          &REQUEST(lock, lock_release), &REQUEST(lock, lock_acquire)));

    assert_status(reply, HF_OWNER_DIED);
    assert_string_equal(reply_in(reply, 0)->holder->label, "ada, who is going to die");
    assert_string_equal(reply_in(reply, 1)->description->holders[0]->label,
                        "ada, who is going to die");
    assert_string_equal(reply_in(reply, 3)->grant->died->label, "ada, who is going to die");
}

static void a_batch_that_deletes_what_it_waited_for_ends_the_others(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t adas = peer_send(
        ada, waiting(batch_of(2, &REQUEST(queue, queue_get), &REQUEST(queue, object_delete)), -1));
    uint64_t bobs = start_get(bob, queue, -1);

    put_int(bob, queue, 1);

    assert_status(peer_reply(ada, adas), HF_OK);
    assert_int(reply_in(peer_reply(ada, adas), 0), 1);
    assert_status(peer_reply(bob, bobs), HF_DELETED);
}

static void replies_that_do_not_fit_a_frame_stop_a_batch_before_anything_is_lost(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t dict = open_dict(ada, "dict");
    size_t len = 7u << 20;
    uint8_t *bytes = calloc(1, len);
    Hf__Any *large = of_bytes(bytes, len);
    free(bytes);
    for (int i = 0; i < 3; i++) {
        assert_status(ask(ada, REQUEST(queue, queue_put, .value = large)), HF_OK);
    }
    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1), .value = large)), HF_OK);

    const Hf__Reply *got =
        ask(ada, batch_of(3, &REQUEST(queue, queue_get), &REQUEST(queue, queue_get),
                          &REQUEST(queue, queue_get)));
    const Hf__Reply *read =
        ask(ada, batch_of(3, &REQUEST(queue, queue_get), &REQUEST(dict, dict_get, .key = of_int(1)),
                          &REQUEST(dict, dict_items)));

    assert_status(got, HF_TOO_BIG);
    assert_int_equal(got->replies->n_replies, 3);
    assert_value(reply_in(got, 1), large);
    assert_status(reply_in(got, 2), HF_TOO_BIG);
    assert_status(read, HF_TOO_BIG);
    assert_value(reply_in(read, 0), large); /* the third one, which has not been lost */
    assert_value(reply_in(read, 1), large);
    assert_status(reply_in(read, 2), HF_TOO_BIG);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 0);
}

static void the_largest_value_fits_a_batch_too(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t queue = open_queue(ada, "queue", 0);
    size_t len = HF_FRAME_MAX_BYTES - 64;
    uint8_t *bytes = calloc(1, len);
    Hf__Any *largest = of_bytes(bytes, len);
    free(bytes);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = largest)), HF_OK);

    const Hf__Reply *reply =
        ask(ada, batch_of(3, &REQUEST(lock, lock_acquire), &REQUEST(queue, queue_get),
                          &REQUEST(lock, lock_release)));

    assert_status(reply, HF_OK);
    assert_value(reply_in(reply, 1), largest);
}

/* ---- the session's own operations ---- */

static void ping_is_answered(void **state) {
    struct peer *ada = world_join(*state, "ada");

    const Hf__Reply *reply = ask(ada, REQUEST(0, ping));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT__NOT_SET);
}

static void stats_count(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t fence = ask(ada, REQUEST(lock, lock_acquire))->grant->fence;
    (void)start_acquire(bob, lock, -1);
    world_pass(world, 1500);
    const Hf__Statistics *before = statistics_of(ada);

    assert_int_equal(before->sessions, 2);
    assert_int_equal(before->objects, 1);
    assert_int_equal(before->waiting_calls, 1);
    assert_int_equal(before->uptime_ms, 1500);
    assert_int_equal(before->fence, fence);
    assert_true(before->memory_bytes > 0);
    peer_leave(bob);
    const Hf__Statistics *after = statistics_of(ada);
    assert_int_equal(after->sessions, 1);
    assert_int_equal(after->waiting_calls, 0);
    assert_int_equal(after->requests, before->requests + 1);
}

/* ---- what is refused before an operation runs ---- */

static void an_unknown_operation_is_unsupported(void **state) {
    struct peer *ada = world_join(*state, "ada");
    /* id 9, and field 999, an empty message: an operation of a later version. */
    static const uint8_t frame[] = {0, 0, 0, 5, 0x08, 9, 0xba, 0x3e, 0};

    peer_send_bytes(ada, frame, sizeof frame);

    assert_status(peer_reply(ada, 9), HF_UNSUPPORTED);
    assert_status(ask(ada, REQUEST(0, ping)), HF_OK);
}

static void an_operation_of_another_type_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);

    const Hf__Reply *reply = peer_reply(ada, start_acquire(ada, queue, -1));

    assert_status(reply, HF_WRONG_TYPE);
    assert_string_equal(reply->detail, "lock_acquire is not an operation of a queue");
}

static void an_object_that_is_not_there_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    const uint64_t ids[] = {0, queue + 1, queue ^ 1ull << 32, UINT32_MAX, UINT64_MAX};

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        assert_status(peer_reply(ada, start_get(ada, ids[i], -1)), HF_NO_OBJECT);
    }
}

static void an_id_is_never_used_again(void **state) {
    enum { ROUNDS = 200 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t ids[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        ids[i] = i % 2 ? open_queue(ada, "queue", 0) : open_lock(ada, NULL);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(ids[i], ids[j]);
        }
        assert_status(ask(ada, REQUEST(ids[i], object_delete)), HF_OK);
        assert_status(ask(ada, REQUEST(ids[i], object_describe)), HF_NO_OBJECT);
    }
}

static Hf__Request numbered(Hf__Request request, uint64_t seq) {
    request.has_seq = true;
    request.seq = seq;
    return request;
}

static void a_seq_must_be_greater_than_any_before(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t count = open_value(ada, "count", 0);
    Hf__Request add = REQUEST(count, value_add, .amount = of_int(1));

    assert_int(ask(ada, numbered(add, 5)), 1);
    assert_status(ask(ada, numbered(add, 5)), HF_INVALID);
    assert_status(ask(ada, numbered(add, 4)), HF_INVALID);
    assert_status(ask(ada, numbered(add, 0)), HF_INVALID);
    assert_int(ask(ada, add), 2); /* without one: no rule */
    assert_int(ask(ada, numbered(add, UINT64_MAX)), 3);
    assert_status(ask(ada, numbered(add, UINT64_MAX)), HF_INVALID);

    assert_int(ask(bob, numbered(add, 1)), 4); /* each session has its own */
}

static void nothing_without_an_id_is_ever_answered(void **state) {
    struct peer *ada = world_join(*state, "ada");
    size_t before = ada->reply_count;
    static const uint8_t unknown[] = {0, 0, 0, 3, 0xba, 0x3e, 0};
    static const uint8_t missing[] = {0, 0, 0, 4, 0x6a, 0, 0x30, 1}; /* cancel without a call */

    (void)peer_send(ada, one_way(REQUEST(7, queue_get)));
    (void)peer_send(ada, one_way(numbered(REQUEST(0, ping), 1)));
    (void)peer_send(ada, one_way(numbered(REQUEST(0, ping), 1)));
    peer_send_bytes(ada, unknown, sizeof unknown);
    peer_send_bytes(ada, missing, sizeof missing);

    assert_int_equal(ada->reply_count, before);
    assert_false(ada->over);
}

/* ---- shutting down ---- */

static void draining_ends_what_waits_and_then_every_session(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    struct peer *silent = world_connect(world, false);
    uint64_t lock = open_lock(ada, "lock");
    (void)ask(ada, REQUEST(lock, lock_acquire));
    uint64_t first = start_acquire(bob, lock, -1);
    uint64_t second = start_acquire(bob, lock, 100);

    core_drain(world_core(world));

    assert_status(peer_reply(bob, first), HF_DRAINING);
    assert_status(peer_reply(bob, second), HF_DRAINING);
    struct peer *all[] = {ada, bob, silent};
    for (size_t i = 0; i < 3; i++) {
        assert_true(all[i]->over);
        assert_int_equal(peer_last(all[i])->id, 0);
        assert_status(peer_last(all[i]), HF_DRAINING);
    }
    const struct peer *late = world_connect(world, false);
    assert_null(late->session);
    assert_status(late->replies[0], HF_DRAINING);
    assert_int_equal(core_session_count(world_core(world)), 3); /* until they are closed */
    for (size_t i = 0; i < 3; i++) {
        peer_leave(all[i]);
    }
    assert_int_equal(core_session_count(world_core(world)), 0);
}

static void freeing_the_core_sends_nothing(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    (void)ask(ada, REQUEST(lock, lock_acquire));
    (void)start_acquire(bob, lock, -1);
    ada->over = bob->over = true; /* from now on the world takes nothing any more */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parked_call_holds_up_nothing),
        cmocka_unit_test(timeouts_are_none_some_or_for_ever),
        cmocka_unit_test(deadlines_come_in_order_whatever_the_order_of_arrival),
        cmocka_unit_test(many_wait_and_all_are_served),
        cmocka_unit_test(only_so_many_calls_of_a_session_may_wait),
        cmocka_unit_test(cancel_ends_one_waiting_call),
        cmocka_unit_test(nobody_can_cancel_anothers_call),
        cmocka_unit_test(a_call_of_any_object_can_be_cancelled_and_the_next_goes_on),
        cmocka_unit_test(a_batch_runs_all_in_order),
        cmocka_unit_test(a_batch_stops_at_the_first_that_is_refused),
        cmocka_unit_test(only_the_first_of_a_batch_waits),
        cmocka_unit_test(timeouts_inside_a_batch_do_not_count),
        cmocka_unit_test(a_batch_holds_no_batch_and_nothing_of_the_session),
        cmocka_unit_test(a_batch_has_at_most_1024_requests),
        cmocka_unit_test(a_batch_does_not_overtake_either),
        cmocka_unit_test(a_waiting_batch_keeps_its_place),
        cmocka_unit_test(the_guard_of_a_batch_is_checked_when_it_runs),
        cmocka_unit_test(a_guard_inside_a_batch_stops_it_there),
        cmocka_unit_test(a_batch_answers_with_values_that_it_then_overwrites),
        cmocka_unit_test(a_batch_tells_of_objects_that_it_then_deletes),
        cmocka_unit_test(a_batch_tells_of_a_dead_holder_that_it_then_forgets),
        cmocka_unit_test(a_batch_that_deletes_what_it_waited_for_ends_the_others),
        cmocka_unit_test(replies_that_do_not_fit_a_frame_stop_a_batch_before_anything_is_lost),
        cmocka_unit_test(the_largest_value_fits_a_batch_too),
        cmocka_unit_test(ping_is_answered),
        cmocka_unit_test(stats_count),
        cmocka_unit_test(an_unknown_operation_is_unsupported),
        cmocka_unit_test(an_operation_of_another_type_is_refused),
        cmocka_unit_test(an_object_that_is_not_there_is_refused),
        cmocka_unit_test(an_id_is_never_used_again),
        cmocka_unit_test(a_seq_must_be_greater_than_any_before),
        cmocka_unit_test(nothing_without_an_id_is_ever_answered),
        cmocka_unit_test(draining_ends_what_waits_and_then_every_session),
        cmocka_unit_test(freeing_the_core_sends_nothing),
    };
    return WORLD_MAIN(tests);
}
