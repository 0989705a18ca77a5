/* SPDX-License-Identifier: MIT
 *
 * wait_any: the first of several requests that need not wait, and no other.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

enum { REQUESTS_MAX = 4 };

struct fixture {
    struct world *world;
    struct peer *ada;
    struct peer *bob;
    struct peer *cyd;
    uint64_t jobs;
    uint64_t orders;
    uint64_t lock;
};

static struct fixture set_up(struct world *world) {
    struct fixture f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.cyd = world_join(f.world, "cyd");
    f.jobs = open_queue(f.ada, "jobs", 0);
    f.orders = open_queue(f.ada, "orders", 0);
    f.lock = open_lock(f.ada, "lock");
    return f;
}

/* Wait for any of these: any_of(timeout_ms, 2, &REQUEST(...), &REQUEST(...)). */
static uint64_t send_any(struct peer *peer, int64_t timeout_ms, size_t count, ...) {
    Hf__Request *requests[REQUESTS_MAX];
    va_list arguments;
    va_start(arguments, count);
    for (size_t i = 0; i < count && i < REQUESTS_MAX; i++) {
        requests[i] = va_arg(arguments, Hf__Request *);
    }
    va_end(arguments);
    return peer_send(
        peer, waiting(REQUEST(0, wait_any, .n_requests = count, .requests = requests), timeout_ms));
}

static uint64_t get_any(const struct fixture *f, struct peer *peer, int64_t timeout_ms) {
    return send_any(peer, timeout_ms, 2, &REQUEST(f->jobs, queue_get),
                    &REQUEST(f->orders, queue_get));
}

/* The reply to the request that was served, which must be this one. */
static Hf__Reply *first_of(struct peer *peer, uint64_t id, uint32_t index) {
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_FIRST);
    assert_int_equal(reply->first->index, index);
    assert_int_equal(reply->first->reply->status, reply->status);
    return reply->first->reply;
}

/* ---- at once ---- */

static void the_first_that_need_not_wait_is_done_and_no_other(void **state) {
    struct fixture f = set_up(*state);
    put_int(f.ada, f.orders, 1);
    assert_int(first_of(f.bob, get_any(&f, f.bob, -1), 1), 1);
    put_int(f.ada, f.jobs, 2);
    put_int(f.ada, f.orders, 3);

    assert_int(first_of(f.bob, get_any(&f, f.bob, -1), 0), 2);

    assert_count(ask(f.ada, REQUEST(f.jobs, queue_size)), 0);
    assert_count(ask(f.ada, REQUEST(f.orders, queue_size)), 1);
}

static void without_time_it_only_tries(void **state) {
    struct fixture f = set_up(*state);

    uint64_t bobs = get_any(&f, f.bob, 0);

    assert_status(peer_reply(f.bob, bobs), HF_TIMEOUT);
    assert_int_equal(peer_reply(f.bob, bobs)->result_case, HF__REPLY__RESULT__NOT_SET);
    put_int(f.ada, f.jobs, 1);
    assert_count(ask(f.ada, REQUEST(f.jobs, queue_size)), 1);
}

static void a_refusal_is_an_answer(void **state) {
    struct fixture f = set_up(*state);
    assert_status(ask(f.ada, REQUEST(f.orders, queue_close)), HF_OK);

    assert_status(first_of(f.bob, get_any(&f, f.bob, -1), 1), HF_CLOSED);
    uint64_t none = send_any(f.bob, -1, 2, &REQUEST(f.jobs, queue_get), &REQUEST(999, queue_get));
    uint64_t wrong = send_any(f.bob, -1, 1, &REQUEST(f.lock, queue_get));

    Hf__Reply *reply = first_of(f.bob, none, 1);
    assert_status(reply, HF_NO_OBJECT);
    assert_string_equal(reply->detail, peer_reply(f.bob, none)->detail);
    assert_status(first_of(f.bob, wrong, 0), HF_WRONG_TYPE);
}

static void requests_that_cannot_wait_are_refused_before_anything_is_done(void **state) {
    struct fixture f = set_up(*state);
    put_int(f.ada, f.jobs, 1);
    Hf__Request get = REQUEST(f.jobs, queue_get);
    Hf__Request batch = batch_of(1, &get);
    Hf__Request *inner[] = {&get};
    Hf__Request any = REQUEST(0, wait_any, .n_requests = 1, .requests = inner);
    Hf__Request nothing = HF__REQUEST__INIT;
    Hf__Request *unfit[] = {&REQUEST(f.jobs, queue_size), &REQUEST(0, ping), &batch, &any,
                            &nothing};

    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
        uint64_t id = send_any(f.bob, -1, 2, &get, unfit[i]);
        assert_status(peer_reply(f.bob, id), HF_INVALID);
    }
    assert_status(ask(f.bob, REQUEST(0, wait_any)), HF_INVALID);
    assert_status(ask(f.bob, batch_of(1, &any)), HF_INVALID);

    assert_count(ask(f.ada, REQUEST(f.jobs, queue_size)), 1);
}

static void there_is_a_largest_number_of_requests(void **state) {
    struct fixture f = set_up(*state);
    Hf__Request get = REQUEST(f.jobs, queue_get);
    Hf__Request *requests[257];
    for (size_t i = 0; i < 257; i++) {
        requests[i] = &get;
    }

    assert_status(ask(f.bob, REQUEST(0, wait_any, .n_requests = 257, .requests = requests)),
                  HF_INVALID);
    uint64_t id = peer_send(
        f.bob, waiting(REQUEST(0, wait_any, .n_requests = 256, .requests = requests), -1));
    put_int(f.ada, f.jobs, 1);
    put_int(f.ada, f.jobs, 2);

    assert_int(first_of(f.bob, id, 0), 1);
    assert_count(ask(f.ada, REQUEST(f.jobs, queue_size)), 1);
}

/* ---- waiting ---- */

static void it_waits_for_whichever_comes_first(void **state) {
    struct fixture f = set_up(*state);
    uint64_t bobs = get_any(&f, f.bob, -1);
    uint64_t cyds = get_any(&f, f.cyd, -1);
    assert_true(unanswered(f.bob, bobs) && unanswered(f.cyd, cyds));

    put_int(f.ada, f.orders, 1);
    assert_int(first_of(f.bob, bobs, 1), 1);
    assert_true(unanswered(f.cyd, cyds));
    put_int(f.ada, f.jobs, 2);

    assert_int(first_of(f.cyd, cyds, 0), 2);
    put_int(f.ada, f.jobs, 3); /* nobody waits any more */
    assert_count(ask(f.ada, REQUEST(f.jobs, queue_size)), 1);
}

static void it_has_a_place_in_each_line(void **state) {
    struct fixture f = set_up(*state);
    uint64_t adas = peer_send(f.ada, waiting(REQUEST(f.jobs, queue_get), -1));
    uint64_t bobs = get_any(&f, f.bob, -1);
    uint64_t cyds = peer_send(f.cyd, waiting(REQUEST(f.jobs, queue_get), -1));
    struct peer *dan = world_join(f.world, "dan");

    put_int(dan, f.jobs, 1);
    assert_int(peer_reply(f.ada, adas), 1);
    assert_true(unanswered(f.bob, bobs));
    put_int(dan, f.jobs, 2);
    assert_int(first_of(f.bob, bobs, 0), 2);
    assert_true(unanswered(f.cyd, cyds));
    put_int(dan, f.jobs, 3);

    assert_int(peer_reply(f.cyd, cyds), 3);
}

static void a_newcomer_overtakes_nobody_in_any_line(void **state) {
    struct fixture f = set_up(*state);
    uint64_t bounded = open_queue(f.ada, "bounded", 1);
    put_int(f.ada, bounded, 1);
    uint64_t bobs = peer_send(f.bob, waiting(REQUEST(bounded, queue_put, .value = of_int(2)), -1));
    uint64_t cyds = send_any(f.cyd, -1, 2, &REQUEST(bounded, queue_put, .value = of_int(3)),
                             &REQUEST(f.jobs, queue_get));

    assert_int(ask(f.ada, REQUEST(bounded, queue_get)), 1);
    assert_status(peer_reply(f.bob, bobs), HF_OK);
    assert_true(unanswered(f.cyd, cyds));
    assert_int(ask(f.ada, REQUEST(bounded, queue_get)), 2);

    assert_status(first_of(f.cyd, cyds, 0), HF_OK);
    assert_int(ask(f.ada, REQUEST(bounded, queue_get)), 3);
}

static void calls_behind_it_move_up_when_it_is_served_elsewhere(void **state) {
    struct fixture f = set_up(*state);
    assert_status(ask(f.ada, REQUEST(f.lock, lock_acquire)), HF_OK);
    uint64_t bobs =
        send_any(f.bob, -1, 2, &REQUEST(f.lock, lock_acquire), &REQUEST(f.jobs, queue_get));
    uint64_t cyds = peer_send(f.cyd, waiting(REQUEST(f.lock, lock_acquire), -1));

    put_int(f.ada, f.jobs, 1);
    assert_int(first_of(f.bob, bobs, 1), 1);
    assert_status(ask(f.ada, REQUEST(f.lock, lock_release)), HF_OK);

    assert_status(peer_reply(f.cyd, cyds), HF_OK);
    assert_status(ask(f.bob, REQUEST(f.lock, lock_release)), HF_NOT_HELD);
}

static void a_lock_or_a_message_whichever_comes_first(void **state) {
    struct fixture f = set_up(*state);
    uint64_t pipe = opened(f.ada, REQUEST(0, pipe_open));
    assert_status(ask(f.ada, REQUEST(f.lock, lock_acquire)), HF_OK);
    uint64_t bobs = send_any(f.bob, -1, 2, &REQUEST(pipe, pipe_receive, .end = 1),
                             &REQUEST(f.lock, lock_acquire));
    uint64_t cyds = send_any(f.cyd, -1, 2, &REQUEST(pipe, pipe_receive, .end = 1),
                             &REQUEST(f.lock, lock_acquire));

    assert_status(ask(f.ada, REQUEST(pipe, pipe_send, .end = 0, .value = of_int(1))), HF_OK);
    assert_int(first_of(f.bob, bobs, 0), 1);
    peer_leave(f.ada);

    const Hf__Reply *reply = first_of(f.cyd, cyds, 0); /* tried in their order */
    assert_status(reply, HF_CLOSED);
    assert_status(ask(f.bob, REQUEST(f.lock, lock_acquire)), HF_OWNER_DIED);
}

static void the_death_of_a_holder_is_told(void **state) {
    struct fixture f = set_up(*state);
    assert_status(ask(f.ada, REQUEST(f.lock, lock_acquire)), HF_OK);
    uint64_t bobs =
        send_any(f.bob, -1, 2, &REQUEST(f.jobs, queue_get), &REQUEST(f.lock, lock_acquire));

    peer_leave(f.ada);

    Hf__Reply *reply = first_of(f.bob, bobs, 1);
    assert_status(reply, HF_OWNER_DIED);
    assert_string_equal(reply->grant->died->label, "ada");
    assert_status(ask(f.bob, REQUEST(f.lock, lock_release)), HF_OK);
}

static void time_is_up_for_all_of_them_at_once(void **state) {
    struct fixture f = set_up(*state);
    uint64_t bobs = get_any(&f, f.bob, 50);
    uint64_t cyds = get_any(&f, f.cyd, -1);

    world_pass(f.world, 49);
    assert_true(unanswered(f.bob, bobs));
    world_pass(f.world, 1);
    assert_status(peer_reply(f.bob, bobs), HF_TIMEOUT);
    assert_truth(ask(f.cyd, REQUEST(0, cancel, .call = cyds)), true);
    assert_status(peer_reply(f.cyd, cyds), HF_CANCELLED);

    put_int(f.ada, f.jobs, 1);
    put_int(f.ada, f.orders, 2);
    assert_count(ask(f.ada, REQUEST(f.jobs, queue_size)), 1);
    assert_count(ask(f.ada, REQUEST(f.orders, queue_size)), 1);
}

static void the_end_of_one_object_ends_it(void **state) {
    struct fixture f = set_up(*state);
    uint64_t bobs = get_any(&f, f.bob, -1);

    assert_status(ask(f.ada, REQUEST(f.orders, object_delete)), HF_OK);

    assert_status(peer_reply(f.bob, bobs), HF_DELETED);
    put_int(f.ada, f.jobs, 1);
    assert_count(ask(f.ada, REQUEST(f.jobs, queue_size)), 1);
}

static void each_request_has_a_guard_of_its_own(void **state) {
    struct fixture f = set_up(*state);
    uint64_t fence = ask(f.bob, REQUEST(f.lock, lock_acquire))->grant->fence;
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = f.lock;
    guard.fence = fence;
    Hf__Request guarded = REQUEST(f.jobs, queue_get);
    guarded.guard = &guard;
    uint64_t bobs = send_any(f.bob, -1, 2, &REQUEST(f.orders, queue_get), &guarded);
    assert_true(unanswered(f.bob, bobs));

    assert_status(ask(f.bob, REQUEST(f.lock, lock_release)), HF_OK);
    put_int(f.ada, f.jobs, 1);

    assert_status(first_of(f.bob, bobs, 1), HF_STALE_FENCE);
    assert_count(ask(f.ada, REQUEST(f.jobs, queue_size)), 1);
}

static void describe_shows_it_at_each_object(void **state) {
    struct fixture f = set_up(*state);
    (void)get_any(&f, f.bob, -1);

    uint64_t queues[] = {f.jobs, f.orders};
    for (size_t i = 0; i < 2; i++) {
        const Hf__Description *description =
            ask(f.ada, REQUEST(queues[i], object_describe))->description;
        assert_int_equal(description->waiting, 1);
        assert_int_equal(description->n_waiters, 1);
        assert_string_equal(description->waiters[0]->op, "wait_any");
        assert_string_equal(description->waiters[0]->label, "bob");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_need_not_wait_is_done_and_no_other),
        cmocka_unit_test(without_time_it_only_tries),
        cmocka_unit_test(a_refusal_is_an_answer),
        cmocka_unit_test(requests_that_cannot_wait_are_refused_before_anything_is_done),
        cmocka_unit_test(there_is_a_largest_number_of_requests),
        cmocka_unit_test(it_waits_for_whichever_comes_first),
        cmocka_unit_test(it_has_a_place_in_each_line),
        cmocka_unit_test(a_newcomer_overtakes_nobody_in_any_line),
        cmocka_unit_test(calls_behind_it_move_up_when_it_is_served_elsewhere),
        cmocka_unit_test(a_lock_or_a_message_whichever_comes_first),
        cmocka_unit_test(the_death_of_a_holder_is_told),
        cmocka_unit_test(time_is_up_for_all_of_them_at_once),
        cmocka_unit_test(the_end_of_one_object_ends_it),
        cmocka_unit_test(each_request_has_a_guard_of_its_own),
        cmocka_unit_test(describe_shows_it_at_each_object),
    };
    return WORLD_MAIN(tests);
}
