/* SPDX-License-Identifier: MIT
 *
 * Parties: owners within one session, each of which holds and waits for itself.
 */
#include "world.h"

#include <string.h>

enum { ONE = 1, TWO = 2 };

struct fixture {
    struct world *world;
    struct peer *ada;
    struct peer *bob;
    uint64_t a;
    uint64_t b;
};

static struct fixture set_up(struct world *world) {
    struct fixture f = {.world = world};
    f.ada = world_join(world, "ada");
    f.bob = world_join(world, "bob");
    f.a = open_lock(f.ada, "a");
    f.b = open_lock(f.ada, "b");
    return f;
}

static Hf__Request of_party(uint64_t party, Hf__Request request) {
    request.has_party = true;
    request.party = party;
    return request;
}

static void party_takes(struct peer *peer, uint64_t party, uint64_t lock) {
    assert_status(ask(peer, of_party(party, REQUEST(lock, lock_acquire))), HF_OK);
}

static uint64_t party_waits(struct peer *peer, uint64_t party, uint64_t lock) {
    return peer_send(peer, of_party(party, waiting(REQUEST(lock, lock_acquire), -1)));
}

static hf_status status_of(struct peer *peer, uint64_t id) {
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_non_null(reply);
    return (hf_status)reply->status;
}

static const Hf__Grant *died_grant(struct peer *peer, uint64_t id) {
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_status(reply, HF_OWNER_DIED);
    return reply->grant;
}

static void each_party_owns_for_itself(void **state) {
    struct fixture f = set_up(*state);
    party_takes(f.ada, ONE, f.a);

    uint64_t two = party_waits(f.ada, TWO, f.a);
    uint64_t own = start_acquire(f.ada, f.a, -1);
    assert_true(unanswered(f.ada, two) && unanswered(f.ada, own));
    const Hf__Reply *refused = ask(f.ada, of_party(TWO, REQUEST(f.a, lock_release)));
    assert_status(refused, HF_NOT_HELD);
    assert_string_equal(refused->detail, "ada (process 4711, party 1) holds the lock");
    assert_status(ask(f.ada, REQUEST(f.a, lock_release)), HF_NOT_HELD);

    assert_status(ask(f.ada, of_party(ONE, REQUEST(f.a, lock_release))), HF_OK);
    assert_int_equal(status_of(f.ada, two), HF_OK);
    assert_true(unanswered(f.ada, own));
    assert_status(ask(f.ada, of_party(TWO, REQUEST(f.a, lock_release))), HF_OK);
    assert_int_equal(status_of(f.ada, own), HF_OK);
}

static void a_party_that_takes_its_lock_again_is_refused(void **state) {
    struct fixture f = set_up(*state);
    party_takes(f.ada, ONE, f.a);

    const Hf__Reply *refused = ask(f.ada, of_party(ONE, waiting(REQUEST(f.a, lock_acquire), -1)));

    assert_status(refused, HF_DEADLOCK);
    assert_string_equal(refused->detail,
                        "ada (process 4711, party 1) holds a for 0 ms and would wait for itself");
}

static void two_parties_of_one_session_are_told_the_cycle(void **state) {
    struct fixture f = set_up(*state);
    party_takes(f.ada, ONE, f.a);
    party_takes(f.ada, TWO, f.b);
    uint64_t one = party_waits(f.ada, ONE, f.b);

    const Hf__Reply *refused = peer_reply(f.ada, party_waits(f.ada, TWO, f.a));

    assert_status(refused, HF_DEADLOCK);
    assert_string_equal(refused->detail,
                        "ada (process 4711, party 2) holds \"b\" and waits for \"a\"; "
                        "ada (process 4711, party 1) holds \"a\" and waits for \"b\"");
    assert_status(ask(f.ada, of_party(TWO, REQUEST(f.b, lock_release))), HF_OK);
    assert_int_equal(status_of(f.ada, one), HF_OK);
}

/* The session as a whole has several waiting calls, but each party has one. */
static void a_cycle_goes_through_parties_of_several_sessions(void **state) {
    struct fixture f = set_up(*state);
    uint64_t c = open_lock(f.ada, "c");
    party_takes(f.ada, ONE, f.a);
    party_takes(f.ada, TWO, f.b);
    take_lock(f.bob, c);
    (void)party_waits(f.ada, ONE, f.b);
    (void)party_waits(f.ada, TWO, c);

    assert_int_equal(status_of(f.bob, start_acquire(f.bob, f.a, -1)), HF_DEADLOCK);
}

static void a_party_is_shown_where_it_holds_and_waits(void **state) {
    struct fixture f = set_up(*state);
    party_takes(f.ada, ONE, f.a);
    (void)party_waits(f.ada, TWO, f.a);
    (void)start_acquire(f.bob, f.a, -1);

    const Hf__Reply *reply = ask(f.bob, REQUEST(f.a, object_describe));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->description->holders[0]->party, ONE);
    assert_int_equal(reply->description->waiters[0]->party, TWO);
    assert_false(reply->description->waiters[1]->has_party);
    assert_int_equal(ask(f.bob, REQUEST(f.a, lock_who))->holder->party, ONE);
}

static void a_watch_tells_the_party(void **state) {
    struct fixture f = set_up(*state);
    uint64_t watch = opened(f.bob, REQUEST(0, watch_open, .has_object = true, .object = f.a));
    party_takes(f.ada, ONE, f.a);
    peer_leave(f.ada);

    const Hf__Reply *reply = ask(f.bob, REQUEST(watch, watch_next));

    assert_int_equal(reply->changes->n_changes, 2);
    assert_int_equal(reply->changes->changes[0]->party, ONE);
    assert_false(reply->changes->changes[0]->request->has_party);
    assert_int_equal(reply->changes->changes[1]->cause, HF__CAUSE__HOLDER_DIED);
    assert_int_equal(reply->changes->changes[1]->party, ONE);
}

static void the_end_of_the_session_ends_all_parties_in_order(void **state) {
    struct fixture f = set_up(*state);
    party_takes(f.ada, ONE, f.a);
    party_takes(f.ada, TWO, f.b);
    (void)party_waits(f.ada, TWO, f.a);
    uint64_t bobs[] = {start_acquire(f.bob, f.b, -1), start_acquire(f.bob, f.a, -1)};

    peer_leave(f.ada);

    const Hf__Grant *b = died_grant(f.bob, bobs[0]);
    const Hf__Grant *a = died_grant(f.bob, bobs[1]);
    assert_true(a->fence < b->fence);
    assert_int_equal(a->died->party, ONE);
    assert_int_equal(b->died->party, TWO);
}

/* More than are released at once. */
static void very_many_parties_end_in_slices(void **state) {
    enum { PARTIES = 2500 };
    struct fixture f = set_up(*state);
    struct core *core = world_core(f.world);
    uint64_t permits = opened(f.bob, REQUEST(0, semaphore_open, .name = name_of("permits"),
                                             .has_permits = true, .permits = PARTIES));
    for (uint64_t party = 1; party <= PARTIES; party++) {
        assert_status(ask(f.ada, of_party(party, REQUEST(permits, semaphore_acquire))), HF_OK);
    }
    uint64_t all = peer_send(
        f.bob,
        waiting(REQUEST(permits, semaphore_acquire, .has_permits = true, .permits = PARTIES), -1));

    peer_leave(f.ada);
    assert_true(unanswered(f.bob, all));
    for (int i = 0; i < 3; i++) {
        (void)core_tick(core, world_now(f.world));
    }

    assert_status(peer_reply(f.bob, all), HF_OK);
}

static void holds_of_all_parties_are_counted(void **state) {
    struct fixture f = set_up(*state);
    const Hf__Reply *reply = ask(f.ada, of_party(ONE, REQUEST(f.a, lock_acquire)));
    assert_int_equal(reply->holds_left, 1);
    reply = ask(f.ada, of_party(TWO, REQUEST(f.b, lock_acquire)));
    assert_int_equal(reply->holds_left, 2);

    reply = ask(f.ada, REQUEST(f.a, object_delete));

    assert_true(reply->has_holds_left);
    assert_int_equal(reply->holds_left, 1);
}

static void any_party_cancels_a_call_of_another(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.bob, f.a);
    uint64_t one = party_waits(f.ada, ONE, f.a);

    assert_truth(ask(f.ada, of_party(TWO, REQUEST(0, cancel, .call = one))), true);

    assert_int_equal(status_of(f.ada, one), HF_CANCELLED);
}

static void waiting_calls_are_limited_for_the_session(void **state) {
    struct core_config config = core_defaults();
    config.waiting_per_session_max = 2;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "q", 0);
    for (uint64_t party = ONE; party <= TWO; party++) {
        (void)peer_send(ada, of_party(party, waiting(REQUEST(queue, queue_get), -1)));
    }

    assert_status(ask(ada, of_party(3, waiting(REQUEST(queue, queue_get), -1))), HF_LIMIT);
}

static void a_lock_is_transferred_to_a_party(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.ada, f.a);

    assert_status(
        ask(f.ada, REQUEST(f.a, lock_transfer, .session = 1, .has_party = true, .party = TWO)),
        HF_OK);

    assert_status(ask(f.ada, REQUEST(f.a, lock_release)), HF_NOT_HELD);
    const Hf__Reply *back = ask(f.ada, of_party(TWO, REQUEST(f.a, lock_transfer, .session = 1)));
    assert_status(back, HF_OK);
    release_lock(f.ada, f.a);
}

static void requests_of_a_batch_are_of_its_party(void **state) {
    struct fixture f = set_up(*state);
    Hf__Request take = REQUEST(f.a, lock_acquire);
    Hf__Request same = of_party(ONE, REQUEST(f.b, lock_acquire));
    Hf__Request other = of_party(TWO, REQUEST(f.b, lock_release));

    assert_status(ask(f.ada, of_party(ONE, batch_of(2, &take, &same))), HF_OK);
    const Hf__Reply *refused = ask(f.ada, of_party(ONE, batch_of(1, &other)));

    assert_status(refused, HF_INVALID);
    assert_status(ask(f.ada, of_party(ONE, REQUEST(0, wait_any, .n_requests = 1,
                                                   .requests = (Hf__Request *[]){&other}))),
                  HF_INVALID);
    assert_status(ask(f.ada, of_party(ONE, REQUEST(f.a, lock_release))), HF_OK);
}

/* References are the session's. */
static void an_object_that_another_party_holds_is_not_released(void **state) {
    struct fixture f = set_up(*state);
    uint64_t unnamed = open_lock(f.ada, NULL);
    party_takes(f.ada, ONE, unnamed);

    assert_status(ask(f.ada, of_party(TWO, REQUEST(unnamed, object_release))), HF_INVALID);
    assert_status(ask(f.ada, of_party(ONE, REQUEST(unnamed, lock_release))), HF_OK);
    assert_status(ask(f.ada, of_party(TWO, REQUEST(unnamed, object_release))), HF_OK);

    assert_status(ask(f.ada, REQUEST(unnamed, lock_who)), HF_NO_OBJECT);
}

/* They come and go with what they hold, so that their number costs nothing. */
static void parties_that_hold_nothing_leave_nothing(void **state) {
    struct fixture f = set_up(*state);
    struct core *core = world_core(f.world);
    party_takes(f.ada, ONE, f.a);
    assert_status(ask(f.ada, of_party(ONE, REQUEST(f.a, lock_release))), HF_OK);
    size_t before = core_memory_bytes(core);

    for (uint64_t party = 2; party < 1000; party++) {
        assert_status(ask(f.ada, of_party(party, REQUEST(f.a, lock_acquire))), HF_OK);
        assert_status(ask(f.ada, of_party(party, REQUEST(f.a, lock_release))), HF_OK);
    }

    assert_true(core_memory_bytes(core) < before + 16384);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_party_owns_for_itself),
        cmocka_unit_test(a_party_that_takes_its_lock_again_is_refused),
        cmocka_unit_test(two_parties_of_one_session_are_told_the_cycle),
        cmocka_unit_test(a_cycle_goes_through_parties_of_several_sessions),
        cmocka_unit_test(a_party_is_shown_where_it_holds_and_waits),
        cmocka_unit_test(a_watch_tells_the_party),
        cmocka_unit_test(the_end_of_the_session_ends_all_parties_in_order),
        cmocka_unit_test(very_many_parties_end_in_slices),
        cmocka_unit_test(holds_of_all_parties_are_counted),
        cmocka_unit_test(any_party_cancels_a_call_of_another),
        cmocka_unit_test(waiting_calls_are_limited_for_the_session),
        cmocka_unit_test(a_lock_is_transferred_to_a_party),
        cmocka_unit_test(requests_of_a_batch_are_of_its_party),
        cmocka_unit_test(an_object_that_another_party_holds_is_not_released),
        cmocka_unit_test(parties_that_hold_nothing_leave_nothing),
    };
    return WORLD_MAIN(tests);
}
