/* SPDX-License-Identifier: MIT
 *
 * semaphore: grants of permits and their order.
 */
#include "world.h"

#include "core.h"

#include <string.h>

enum { MANY_HOLDS = 1500, HOLDERS_TOLD = 1000, MANY_SIGNALS = 2000 };

static Hf__Reply *ask_open(struct peer *peer, const char *name, uint32_t permits, bool bounded) {
    return ask(peer, REQUEST(0, semaphore_open, .name = name_of(name), .has_permits = true,
                             .permits = permits, .has_bounded = true, .bounded = bounded));
}

static uint64_t open_bounded(struct peer *peer, uint32_t permits) {
    return ask_open(peer, "semaphore", permits, true)->object->id;
}

static uint64_t open_unbounded(struct peer *peer, uint32_t permits) {
    return ask_open(peer, "semaphore", permits, false)->object->id;
}

#define ACQUIRE(semaphore, count)                                                                  \
    REQUEST(semaphore, semaphore_acquire, .has_permits = true, .permits = (count))

static uint64_t acquire(struct peer *peer, uint64_t semaphore, uint32_t permits,
                        int64_t timeout_ms) {
    return peer_send(peer, waiting(ACQUIRE(semaphore, permits), timeout_ms));
}

static Hf__Reply *release(struct peer *peer, uint64_t semaphore, uint32_t permits) {
    return ask(peer,
               REQUEST(semaphore, semaphore_release, .has_permits = true, .permits = permits));
}

static const Hf__Grant *granted(const Hf__Reply *reply, uint32_t permits) {
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    assert_int_equal(reply->grant->depth, permits);
    return reply->grant;
}

/* Acquire permits that must be free. Returns the fence. */
static uint64_t take(struct peer *peer, uint64_t semaphore, uint32_t permits) {
    return granted(ask(peer, ACQUIRE(semaphore, permits)), permits)->fence;
}

static void assert_free(struct peer *peer, uint64_t semaphore, uint64_t permits) {
    assert_count(ask(peer, REQUEST(semaphore, semaphore_value)), permits);
}

/* ---- acquire ---- */

static void permits_are_granted_while_there_are_any(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 3);

    uint64_t first = take(ada, semaphore, 2);
    uint64_t second = take(bob, semaphore, 1);

    assert_true(second > first);
    assert_free(ada, semaphore, 0);
    assert_status(ask(ada, ACQUIRE(semaphore, 1)), HF_TIMEOUT);
}

static void one_permit_is_meant_where_nothing_is_said(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t semaphore = opened(ada, REQUEST(0, semaphore_open));

    assert_free(ada, semaphore, 1);
    (void)granted(ask(ada, REQUEST(semaphore, semaphore_acquire)), 1);
    assert_free(ada, semaphore, 0);
    assert_status(ask(ada, REQUEST(semaphore, semaphore_release)), HF_OK);

    assert_free(ada, semaphore, 1);
}

static void waiters_are_granted_in_order_of_arrival(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *peers[4];
    uint64_t ids[4];
    uint64_t semaphore = open_bounded(ada, 4);
    (void)take(ada, semaphore, 4);
    for (size_t i = 0; i < 4; i++) {
        peers[i] = world_join(*state, "waiter");
        ids[i] = acquire(peers[i], semaphore, 1, -1);
    }

    for (size_t i = 0; i < 4; i++) {
        assert_status(release(ada, semaphore, 1), HF_OK);

        for (size_t j = 0; j < 4; j++) {
            assert_int_equal(unanswered(peers[j], ids[j]), j > i);
        }
    }
}

static void one_release_grants_all_that_it_is_enough_for(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 5);
    (void)take(ada, semaphore, 5);
    uint64_t first = acquire(bob, semaphore, 2, -1);
    uint64_t second = acquire(bob, semaphore, 2, -1);
    uint64_t third = acquire(bob, semaphore, 2, -1);

    assert_status(release(ada, semaphore, 5), HF_OK);

    (void)granted(peer_reply(bob, first), 2);
    (void)granted(peer_reply(bob, second), 2);
    assert_true(unanswered(bob, third));
    assert_free(ada, semaphore, 1);
}

static void a_large_request_at_the_head_is_not_overtaken(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t semaphore = open_bounded(ada, 3);
    (void)take(ada, semaphore, 2);
    uint64_t large = acquire(bob, semaphore, 3, -1);

    uint64_t small = acquire(cyd, semaphore, 1, -1);
    assert_status(ask(ada, ACQUIRE(semaphore, 1)), HF_TIMEOUT); /* although one is free */
    assert_true(unanswered(cyd, small));
    assert_status(release(ada, semaphore, 2), HF_OK);

    (void)granted(peer_reply(bob, large), 3);
    assert_true(unanswered(cyd, small));
    assert_status(release(bob, semaphore, 3), HF_OK);
    (void)granted(peer_reply(cyd, small), 1);
}

static void when_the_head_gives_up_those_behind_it_are_granted(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    struct peer *cyd = world_join(world, "cyd");
    struct peer *dan = world_join(world, "dan");
    uint64_t semaphore = open_bounded(ada, 5);
    (void)take(ada, semaphore, 2);
    uint64_t timed = acquire(bob, semaphore, 5, 100);
    uint64_t cancelled = acquire(bob, semaphore, 4, -1);
    (void)acquire(cyd, semaphore, 4, -1);
    uint64_t small = acquire(dan, semaphore, 3, -1);

    world_pass(world, 100);
    assert_status(peer_reply(bob, timed), HF_TIMEOUT);
    assert_true(strncmp(peer_reply(bob, timed)->detail, "held by ada", 11) == 0);
    assert_truth(ask(bob, REQUEST(0, cancel, .call = cancelled)), true);
    assert_true(unanswered(dan, small));
    peer_leave(cyd);

    assert_status(peer_reply(bob, cancelled), HF_CANCELLED);
    (void)granted(peer_reply(dan, small), 3);
}

static void a_timeout_comes_exactly_at_the_deadline(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t semaphore = open_unbounded(ada, 0);
    uint64_t id = acquire(ada, semaphore, 1, 100);

    world_pass(world, 99);
    assert_true(unanswered(ada, id));
    world_pass(world, 1);

    assert_status(peer_reply(ada, id), HF_TIMEOUT);
    assert_status(release(ada, semaphore, 1), HF_OK);
    assert_free(ada, semaphore, 1); /* nobody has been left waiting */
}

static void more_than_a_bounded_one_has_is_refused_at_once(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 3);
    (void)take(ada, semaphore, 3);
    (void)acquire(ada, semaphore, 1, -1);

    uint64_t id = acquire(bob, semaphore, 4, -1); /* also where others wait */

    assert_status(peer_reply(bob, id), HF_VALUE_ERROR);
    assert_string_equal(peer_reply(bob, id)->detail, "the semaphore never has more than 3 permits");
}

static void an_unbounded_one_may_come_to_have_any_number(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_unbounded(ada, 1);
    uint64_t id = acquire(bob, semaphore, 4, -1);

    assert_status(release(ada, semaphore, 2), HF_OK);
    assert_true(unanswered(bob, id));
    assert_status(release(ada, semaphore, 1), HF_OK);

    (void)granted(peer_reply(bob, id), 4);
}

static void requests_for_no_permits_are_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t semaphore = open_bounded(ada, 1);
    (void)take(ada, semaphore, 1);
    (void)acquire(ada, semaphore, 1, -1);

    assert_status(ask(ada, ACQUIRE(semaphore, 0)), HF_INVALID);
    assert_status(release(ada, semaphore, 0), HF_INVALID);

    assert_free(ada, semaphore, 0);
}

/* ---- release ---- */

static void the_oldest_grants_go_back_first(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 9);
    (void)take(ada, semaphore, 2);
    uint64_t bobs = take(bob, semaphore, 1);
    uint64_t second = take(ada, semaphore, 3);
    uint64_t third = take(ada, semaphore, 1);

    assert_status(release(ada, semaphore, 4), HF_OK); /* 2, and 2 of 3 */

    const Hf__Description *description = ask(bob, REQUEST(semaphore, object_describe))->description;
    assert_int_equal(description->n_holders, 3);
    assert_int_equal(description->holders[0]->fence, bobs);
    assert_int_equal(description->holders[0]->depth, 1);
    assert_int_equal(description->holders[1]->fence, second);
    assert_int_equal(description->holders[1]->depth, 1);
    assert_int_equal(description->holders[2]->fence, third);
    assert_int_equal(description->holders[2]->depth, 1);
    assert_int_equal(description->size, 6);
}

static void release_leaves_what_else_the_session_holds(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t other = ask_open(ada, "other", 1, true)->object->id;
    uint64_t semaphore = open_bounded(ada, 2);
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
    (void)take(ada, other, 1);
    (void)take(ada, semaphore, 2);

    assert_status(release(ada, semaphore, 2), HF_OK);

    assert_free(ada, other, 0);
    assert_free(ada, semaphore, 2);
    assert_status(ask(ada, REQUEST(lock, lock_release)), HF_OK);
}

static void an_unbounded_one_is_a_signal_by_who_never_acquired(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_unbounded(ada, 0);
    uint64_t id = acquire(ada, semaphore, 1, -1);

    assert_status(release(bob, semaphore, 3), HF_OK);

    (void)granted(peer_reply(ada, id), 1);
    assert_free(ada, semaphore, 2);
}

static void own_permits_go_back_before_new_ones_are_made(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_unbounded(ada, 2);
    (void)take(ada, semaphore, 2);

    assert_status(release(ada, semaphore, 5), HF_OK);
    peer_leave(ada);

    assert_free(bob, semaphore, 5); /* ada had nothing left to come back */
}

static void a_bounded_one_is_never_released_more_often_than_acquired(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t semaphore = open_bounded(ada, 2);
    (void)take(ada, semaphore, 1);

    const Hf__Reply *reply = release(ada, semaphore, 2);

    assert_status(reply, HF_VALUE_ERROR);
    assert_string_equal(reply->detail, "released more often than acquired");
    assert_free(ada, semaphore, 1); /* unchanged */
    assert_status(release(ada, semaphore, 1), HF_OK);
    assert_status(release(ada, semaphore, 1), HF_VALUE_ERROR);
    assert_status(release(ada, semaphore, UINT32_MAX), HF_VALUE_ERROR);
    assert_free(ada, semaphore, 2);
}

static void others_may_release_what_a_session_holds(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 3);
    (void)take(ada, semaphore, 2);
    (void)take(bob, semaphore, 1);

    assert_status(release(bob, semaphore, 2), HF_OK); /* its own, and one of ada's */

    assert_free(bob, semaphore, 2);
    peer_leave(ada);
    assert_free(bob, semaphore, 3); /* one came back */
    assert_status(release(bob, semaphore, 1), HF_VALUE_ERROR);
}

static void the_longest_held_of_others_go_back_after_the_own(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t semaphore = open_unbounded(ada, 6);
    (void)take(ada, semaphore, 1);
    (void)take(bob, semaphore, 2);
    uint64_t adas = take(ada, semaphore, 2);
    (void)take(cyd, semaphore, 1);

    assert_status(release(cyd, semaphore, 5), HF_OK); /* 1 of cyd's, 1 of ada's, bob's, 1 of 2 */

    const Hf__Description *description = ask(cyd, REQUEST(semaphore, object_describe))->description;
    assert_int_equal(description->n_holders, 1);
    assert_int_equal(description->holders[0]->fence, adas);
    assert_int_equal(description->holders[0]->depth, 1);
    assert_status(release(cyd, semaphore, 3), HF_OK); /* the last one, and two new ones */
    assert_free(cyd, semaphore, 8);
}

static void what_others_have_released_is_told_to_be_held_no_longer(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 2);
    const Hf__Reply *reply = ask(ada, ACQUIRE(semaphore, 2));
    assert_int_equal(reply->holds_left, 1);
    uint64_t fence = reply->grant->fence;
    Hf__Guard guard = {
        .base = PROTOBUF_C_MESSAGE_INIT(&hf__guard__descriptor), .lock = semaphore, .fence = fence};
    Hf__Request guarded = REQUEST(0, ping);
    guarded.guard = &guard;
    assert_status(ask(ada, guarded), HF_OK);

    assert_status(release(bob, semaphore, 2), HF_OK);

    reply = ask(ada, guarded);
    assert_status(reply, HF_STALE_FENCE);
    assert_true(reply->has_holds_left);
    assert_int_equal(reply->holds_left, 0);
}

static void signals_over_days_take_no_more_memory_than_one(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_unbounded(ada, 0);
    uint64_t memory = 0;
    for (unsigned i = 0; i < MANY_SIGNALS; i++) {
        assert_status(release(ada, semaphore, 1), HF_OK);
        (void)take(bob, semaphore, 1);
        if (i == MANY_SIGNALS / 2) {
            memory = ask(ada, REQUEST(0, stats))->statistics->memory_bytes;
        }
    }

    assert_int_equal(ask(ada, REQUEST(0, stats))->statistics->memory_bytes, memory);

    peer_leave(bob);
    assert_free(ada, semaphore, 1); /* only the last signal had not been answered by another */
}

/* ---- open, describe ---- */

static void another_number_or_bound_is_another_semaphore(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t id = ask_open(ada, "semaphore", 1, false)->object->id;

    assert_status(ask_open(ada, "semaphore", 2, false), HF_WRONG_TYPE);
    assert_status(ask_open(ada, "semaphore", 1, true), HF_WRONG_TYPE);

    const Hf__Reply *reply = ask(ada, REQUEST(0, semaphore_open, .name = name_of("semaphore")));
    assert_status(reply, HF_OK); /* the defaults are 1 and unbounded */
    assert_int_equal(reply->object->id, id);
}

static void describe_tells_who_holds_how_many_and_who_waits(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 5);
    uint64_t fence = take(ada, semaphore, 3);
    (void)acquire(bob, semaphore, 4, -1);

    const Hf__Description *description = ask(ada, REQUEST(semaphore, object_describe))->description;

    assert_string_equal(description->options, "bounded, 5 permits");
    assert_int_equal(description->size, 2);
    assert_int_equal(description->n_holders, 1);
    assert_string_equal(description->holders[0]->label, "ada");
    assert_int_equal(description->holders[0]->depth, 3);
    assert_int_equal(description->holders[0]->fence, fence);
    assert_int_equal(description->n_waiters, 1);
    assert_string_equal(description->waiters[0]->op, "semaphore_acquire");
    assert_int_equal(description->grants, 1);
}

static void describe_names_a_thousand_holders_at_most(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t semaphore = open_bounded(ada, MANY_HOLDS);
    for (unsigned i = 0; i < MANY_HOLDS; i++) {
        (void)take(ada, semaphore, 1);
    }

    const Hf__Description *description = ask(ada, REQUEST(semaphore, object_describe))->description;

    assert_int_equal(description->n_holders, HOLDERS_TOLD);
    assert_int_equal(description->grants, MANY_HOLDS);
}

/* ---- with others ---- */

static void a_guard_names_a_grant_of_a_semaphore(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t semaphore = open_bounded(ada, 3);
    uint64_t value = open_value(ada, "value", 1);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = semaphore;
    guard.fence = take(ada, semaphore, 2);
    Hf__Request set = REQUEST(value, value_set, .value = of_int(2));
    set.guard = &guard;
    assert_status(release(ada, semaphore, 1), HF_OK);
    assert_status(ask(ada, set), HF_OK); /* half of it is still held */

    assert_status(release(ada, semaphore, 1), HF_OK);

    assert_status(ask(ada, set), HF_STALE_FENCE);
}

static void a_batch_waits_for_permits_and_goes_on(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 2);
    uint64_t value = open_value(ada, "value", 1);
    (void)take(ada, semaphore, 2);
    uint64_t id = peer_send(bob, waiting(batch_of(3, &ACQUIRE(semaphore, 1),
                                                  &REQUEST(value, value_set, .value = of_int(2)),
                                                  &ACQUIRE(semaphore, 1)),
                                         -1));

    assert_status(release(ada, semaphore, 2), HF_OK);

    const Hf__Reply *reply = peer_reply(bob, id);
    assert_status(reply, HF_OK);
    (void)granted(reply_in(reply, 0), 1);
    (void)granted(reply_in(reply, 2), 1);
    assert_int(ask(ada, REQUEST(value, value_get)), 2);
    assert_free(ada, semaphore, 0);
}

static void a_wait_for_any_takes_permits_or_nothing(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = open_bounded(ada, 2);
    uint64_t latch = opened(ada, REQUEST(0, latch_open));
    (void)take(ada, semaphore, 2);
    Hf__Request *requests[] = {&ACQUIRE(semaphore, 2), &REQUEST(latch, latch_wait)};
    Hf__Request any = REQUEST(0, wait_any, .n_requests = 2, .requests = requests);
    uint64_t first = peer_send(bob, waiting(any, -1));
    uint64_t second = peer_send(bob, waiting(any, -1));

    assert_status(release(ada, semaphore, 2), HF_OK);
    const Hf__Reply *reply = peer_reply(bob, first);
    assert_status(reply, HF_OK);
    (void)granted(reply->first->reply, 2);
    assert_true(unanswered(bob, second));
    assert_status(ask(ada, REQUEST(latch, latch_count_down)), HF_OK);

    assert_int_equal(peer_reply(bob, second)->first->index, 1);
    assert_status(release(bob, semaphore, 2), HF_OK);
    assert_free(bob, semaphore, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits_are_granted_while_there_are_any),
        cmocka_unit_test(one_permit_is_meant_where_nothing_is_said),
        cmocka_unit_test(waiters_are_granted_in_order_of_arrival),
        cmocka_unit_test(one_release_grants_all_that_it_is_enough_for),
        cmocka_unit_test(a_large_request_at_the_head_is_not_overtaken),
        cmocka_unit_test(when_the_head_gives_up_those_behind_it_are_granted),
        cmocka_unit_test(a_timeout_comes_exactly_at_the_deadline),
        cmocka_unit_test(more_than_a_bounded_one_has_is_refused_at_once),
        cmocka_unit_test(an_unbounded_one_may_come_to_have_any_number),
        cmocka_unit_test(requests_for_no_permits_are_refused),
        cmocka_unit_test(the_oldest_grants_go_back_first),
        cmocka_unit_test(release_leaves_what_else_the_session_holds),
        cmocka_unit_test(an_unbounded_one_is_a_signal_by_who_never_acquired),
        cmocka_unit_test(own_permits_go_back_before_new_ones_are_made),
        cmocka_unit_test(a_bounded_one_is_never_released_more_often_than_acquired),
        cmocka_unit_test(others_may_release_what_a_session_holds),
        cmocka_unit_test(the_longest_held_of_others_go_back_after_the_own),
        cmocka_unit_test(what_others_have_released_is_told_to_be_held_no_longer),
        cmocka_unit_test(signals_over_days_take_no_more_memory_than_one),
        cmocka_unit_test(another_number_or_bound_is_another_semaphore),
        cmocka_unit_test(describe_tells_who_holds_how_many_and_who_waits),
        cmocka_unit_test(describe_names_a_thousand_holders_at_most),
        cmocka_unit_test(a_guard_names_a_grant_of_a_semaphore),
        cmocka_unit_test(a_batch_waits_for_permits_and_goes_on),
        cmocka_unit_test(a_wait_for_any_takes_permits_or_nothing),
    };
    return WORLD_MAIN(tests);
}
