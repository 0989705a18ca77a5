/* SPDX-License-Identifier: MIT
 *
 * Without memory: each operation is run again and again, and the k-th allocation fails, for k = 1,
 * 2, 3 ... until there are fewer than k. Each time the request is answered once, and a refused one
 * has changed nothing: everything that can be read afterwards is compared with a world that never
 * got the request, or with one that did it. world_free() sees that nothing leaks.
 */
#include "scenarios.h"

#include "mem.h"
#include "wire_limits.h"

#include <stdlib.h>
#include <string.h>

static void every_operation_has_a_scenario(void **state) {
    (void)state;
    for (unsigned i = 0; i < hf__request__descriptor.n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &hf__request__descriptor.fields[i];
        /* These two have tests of their own below. */
        bool found = !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
                     field->id == HF__REQUEST__OP_HELLO || field->id == HF__REQUEST__OP_PROVE;
        for (size_t j = 0; j < scenario_count; j++) {
            found = found || strcmp(scenarios[j].op, field->name) == 0;
        }
        if (!found) {
            print_error("%s has no scenario\n", field->name);
        }
        assert_true(found);
    }
}

struct outcome {
    hf_status status;
    bool failed; /* an allocation did */
    struct reading after;
};

/* Run it in this world with the k-th allocation failing (0: none). */
static struct outcome run_in(struct fixture f, const struct scenario *scenario, size_t k) {
    mem_fail_at(k);
    uint64_t id = scenario ? scenario->send(&f) : 0;
    struct outcome outcome = {.failed = mem_failed()};
    mem_fail_at(0);
    if (scenario) {
        const Hf__Reply *reply = peer_reply(f.ada, id); /* fails if there are two */
        assert_non_null(reply);
        assert_false(f.ada->over);
        outcome.status = (hf_status)reply->status;
    }
    outcome.after = scenario_read(&f);
    world_free(f.world);
    return outcome;
}

static bool in_batch;
static uint64_t party;

static struct outcome run(const struct scenario *scenario, size_t k) {
    struct fixture f = scenario_set_up();
    f.in_batch = in_batch;
    f.party = party;
    return run_in(f, scenario, k);
}

/* It may not be in a batch, or ada holds what the party would release. A request that uses an end
 * of a pipe holds it from then on, refused or not; ada does already. */
static bool is_no_use(const struct scenario *scenario, hf_status status) {
    return ((in_batch || party) && status == HF_INVALID) ||
           (party && strncmp(scenario->op, "pipe_", 5) == 0);
}

static void check_scenario(const struct scenario *scenario, const struct reading *untouched) {
    struct outcome done = run(scenario, 0);
    if (is_no_use(scenario, done.status)) {
        free(done.after.bytes);
        return;
    }
    assert_int_not_equal(done.status, HF_NO_MEMORY);
    assert_int_not_equal(done.status, HF_INVALID);
    size_t k = 0;
    bool failed = true;
    while (failed) {
        struct outcome outcome = run(scenario, ++k);
        bool refused = outcome.status == HF_NO_MEMORY;
        const struct reading *wanted = refused ? untouched : &done.after;
        if ((!refused && outcome.status != done.status) || !scenario_same(&outcome.after, wanted)) {
            print_error("%s, allocation %zu: %s, and not what it should be\n", scenario->name, k,
                        hf_status_name(outcome.status));
            fail();
        }
        failed = outcome.failed;
        free(outcome.after.bytes);
    }
    free(done.after.bytes);
}

static void a_refused_operation_has_changed_nothing(void **state) {
    (void)state;
    struct outcome untouched = run(NULL, 0);

    for (size_t i = 0; i < scenario_count; i++) {
        check_scenario(&scenarios[i], &untouched.after);
    }

    free(untouched.after.bytes);
}

static void an_operation_refused_in_a_batch_has_changed_nothing(void **state) {
    in_batch = true;
    a_refused_operation_has_changed_nothing(state);
    in_batch = false;
}

static void an_operation_refused_to_a_party_has_changed_nothing(void **state) {
    party = 7;
    a_refused_operation_has_changed_nothing(state);
    party = 0;
}

/* ---- no room ---- */

/* A world with a value so large that two of it leave 4 bytes for the next answer of a batch. */
static struct fixture set_up_large(bool batch) {
    size_t len = (HF_FRAME_MAX_BYTES - 38) / 2;
    uint8_t *bytes = calloc(1, len);
    struct fixture f = scenario_set_up();
    f.in_batch = batch;
    f.large = open_dict(f.bob, "large");
    assert_status(
        ask(f.bob, REQUEST(f.large, dict_set, .key = of_int(1), .value = of_bytes(bytes, len))),
        HF_OK);
    free(bytes);
    return f;
}

static bool changes_something(const struct scenario *scenario) {
    struct outcome before = run(NULL, 0);
    struct outcome after = run(scenario, 0);
    bool same = scenario_same(&before.after, &after.after);
    free(before.after.bytes);
    free(after.after.bytes);
    return !same;
}

static void where_a_batch_has_no_room_for_an_answer_nothing_has_changed(void **state) {
    (void)state;
    struct outcome untouched = run_in(set_up_large(false), NULL, 0);
    size_t refused = 0;

    for (size_t i = 0; i < scenario_count; i++) {
        if (changes_something(&scenarios[i])) {
            struct outcome outcome = run_in(set_up_large(true), &scenarios[i], 0);
            bool too_big = outcome.status == HF_TOO_BIG;
            if (too_big && !scenario_same(&outcome.after, &untouched.after)) {
                print_error("%s is too big, and has changed something\n", scenarios[i].name);
                fail();
            }
            refused += too_big;
            free(outcome.after.bytes);
        }
    }

    assert_true(refused > 30);
    free(untouched.after.bytes);
}

/* ---- watch ---- */

static void a_change_without_memory_for_its_note_is_done_and_counts_as_missed(void **state) {
    (void)state;
    bool failed = true;
    bool missed = false;
    for (size_t k = 1; failed; k++) {
        struct fixture f = scenario_set_up();
        mem_fail_at(k);
        uint64_t id = peer_send(f.ada, REQUEST(f.watched, value_set, .value = of_int(3)));
        failed = mem_failed();
        mem_fail_at(0);
        bool done = peer_reply(f.ada, id)->status == HF__STATUS__OK;
        const Hf__Reply *reply = ask(f.bob, REQUEST(f.watch, watch_next));
        assert_status(reply, HF_OK);
        const Hf__Changes *changes = reply->changes;
        assert_int_equal(changes->last, done ? 3 : 2);
        assert_int_equal(changes->missed + changes->n_changes, changes->last);
        missed = missed || (done && changes->missed == 3);
        world_free(f.world);
    }
    assert_true(missed);
}

/* ---- batch ---- */

enum { STEPS = 6 };

/* The first `count` requests of a batch that touches everything. */
static uint64_t send_batch(const struct fixture *f, size_t count) {
    Hf__Request request =
        batch_of(STEPS, &REQUEST(f->lock, lock_acquire),
                 &REQUEST(f->dict, dict_set, .key = of_null(), .value = nested(f)),
                 &REQUEST(f->list, list_append, .value = nested(f)), &REQUEST(f->queue, queue_get),
                 &REQUEST(f->queue, queue_put, .value = nested(f)),
                 &REQUEST(f->value, value_add, .amount = of_int(1)));
    request.batch->n_requests = count;
    return peer_send(f->ada, request);
}

static void a_batch_stops_where_memory_ends(void **state) {
    (void)state;
    struct reading after[STEPS + 1];
    for (size_t count = 0; count <= STEPS; count++) {
        struct fixture f = scenario_set_up();
        if (count > 0) {
            assert_status(peer_reply(f.ada, send_batch(&f, count)), HF_OK);
        }
        after[count] = scenario_read(&f);
        world_free(f.world);
    }

    bool failed = true;
    for (size_t k = 1; failed; k++) {
        struct fixture f = scenario_set_up();
        mem_fail_at(k);
        uint64_t id = send_batch(&f, STEPS);
        failed = mem_failed();
        mem_fail_at(0);
        const Hf__Reply *reply = peer_reply(f.ada, id);
        assert_non_null(reply);
        size_t ran =
            reply->result_case == HF__REPLY__RESULT_REPLIES ? reply->replies->n_replies : 0;
        size_t done = reply->status == HF__STATUS__OK || ran == 0 ? ran : ran - 1;
        assert_true(reply->status == HF__STATUS__NO_MEMORY || done == STEPS);
        struct reading reading = scenario_read(&f);
        assert_true(scenario_same(&reading, &after[done]));
        free(reading.bytes);
        world_free(f.world);
    }

    for (size_t count = 0; count <= STEPS; count++) {
        free(after[count].bytes);
    }
}

/* ---- the session ---- */

static void take_nothing(void *peer, const uint8_t *bytes, size_t len) {
    (void)peer;
    (void)bytes;
    (void)len;
}

static void a_core_or_session_that_cannot_be_is_not(void **state) {
    (void)state;
    struct core_config config = core_defaults();
    size_t before = mem_used();
    bool failed = true;
    size_t refused = 0;

    for (size_t k = 1; failed; k++) {
        mem_fail_at(k);
        struct core *core = core_new(&config, take_nothing);
        struct session *session = core ? core_open(core, NULL, false) : NULL;
        failed = mem_failed();
        mem_fail_at(0);
        refused += !session;
        assert_int_equal(session == NULL, failed);
        core_free(core);
        mem_set_limit(SIZE_MAX);
        assert_int_equal(mem_used(), before);
    }

    assert_true(refused >= 3);
}

static void hello_without_memory_ends_with_no_memory(void **state) {
    (void)state;
    bool failed = true;

    for (size_t k = 1; failed; k++) {
        struct world *world = world_new();
        struct peer *bob = world_join(world, "bob");
        struct peer *ada = world_connect(world, false);
        mem_fail_at(k);
        const Hf__Reply *reply =
            ask(ada, REQUEST(0, hello, .version = 1, .label = name_of("ada"), .has_family = true,
                             .family = {HF_FAMILY_BYTES, (uint8_t[HF_FAMILY_BYTES]){1}}));
        failed = mem_failed();
        mem_fail_at(0);
        if (reply->status != HF__STATUS__OK) {
            assert_status(reply, HF_NO_MEMORY);
        }
        assert_int_equal(ada->over, reply->status != HF__STATUS__OK);
        assert_status(ask(bob, REQUEST(0, ping)), HF_OK);
        world_free(world);
    }
}

static void a_proof_without_memory_ends_with_no_memory(void **state) {
    (void)state;
    static uint8_t bytes[32];
    struct core_config config = core_defaults();
    config.key = bytes;
    config.key_len = sizeof bytes;
    ProtobufCBinaryData some = {sizeof bytes, bytes};
    bool failed = true;

    for (size_t k = 1; failed; k++) {
        struct world *world = world_with(&config);
        struct peer *ada = world_connect(world, true);
        assert_status(ask(ada, REQUEST(0, hello, .version = 1, .has_nonce = true, .nonce = some)),
                      HF_OK);
        for (int i = 0; i < 300; i++) { /* use up the calls that are kept for the next request */
            (void)world_connect(world, false);
        }
        mem_fail_at(k);
        const Hf__Reply *reply = ask(ada, REQUEST(0, prove, .proof = some));
        failed = mem_failed();
        mem_fail_at(0);
        assert_true(reply->status == HF__STATUS__DENIED || reply->status == HF__STATUS__NO_MEMORY);
        assert_true(ada->over);
        world_free(world);
    }
}

/* ---- waiting ---- */

static void parking_without_memory_is_refused(void **state) {
    (void)state;
    bool failed = true;

    for (size_t k = 1; failed; k++) {
        struct fixture f = scenario_set_up();
        mem_fail_at(k);
        uint64_t id = peer_send(f.bob, waiting(REQUEST(f.empty, queue_get), 1000));
        failed = mem_failed();
        mem_fail_at(0);
        bool waits = unanswered(f.bob, id);
        if (!waits) {
            assert_status(peer_reply(f.bob, id), HF_NO_MEMORY);
        }
        assert_status(ask(f.bob, REQUEST(f.empty, queue_put, .value = of_int(1))), HF_OK);
        assert_status(ask(f.bob, REQUEST(f.empty, queue_put, .value = of_int(2))), HF_OK);
        assert_int(peer_reply(f.ada, f.waits), 1);
        assert_count(ask(f.bob, REQUEST(f.empty, queue_size)), !waits);
        world_free(f.world);
    }
}

static void without_memory_no_call_waits_for_several_locks(void **state) {
    (void)state;
    bool failed = true;
    size_t refused = 0;

    for (size_t k = 1; failed; k++) {
        struct fixture f = scenario_set_up();
        uint64_t both[] = {f.lock, f.mine};
        const Hf__Request request =
            waiting(REQUEST(0, lock_acquire_many, .n_locks = 2, .locks = both), 100);
        mem_fail_at(k);
        uint64_t id = peer_send(f.bob, request);
        failed = mem_failed();
        mem_fail_at(0);
        const Hf__Reply *reply = peer_reply(f.bob, id);
        assert_status(ask(f.ada, REQUEST(f.mine, lock_release)), HF_OK);
        assert_status(peer_reply(f.bob, id), reply ? HF_NO_MEMORY : HF_OK);
        assert_status(ask(f.ada, REQUEST(f.lock, lock_who)), reply ? HF_NOT_HELD : HF_OK);
        refused += reply != NULL;
        world_free(f.world);
    }

    assert_true(refused >= 3); /* what to wait for, the places, the deadline */
}

/* The item has either reached the waiter or is still in the queue. */
static void a_waiter_that_cannot_be_answered_loses_no_item(void **state) {
    (void)state;
    bool failed = true;

    for (size_t k = 1; failed; k++) {
        struct fixture f = scenario_set_up();
        mem_fail_at(k);
        uint64_t id = peer_send(f.bob, REQUEST(f.empty, queue_put, .value = nested(&f)));
        failed = mem_failed();
        mem_fail_at(0);
        const Hf__Reply *put = peer_reply(f.bob, id);
        const Hf__Reply *got = peer_reply(f.ada, f.waits);
        uint64_t left = ask(f.bob, REQUEST(f.empty, queue_size))->count;
        if (put->status == HF__STATUS__OK && got->status == HF__STATUS__OK) {
            assert_value(got, nested(&f));
            assert_int_equal(left, 0);
        } else if (put->status == HF__STATUS__OK) {
            assert_status(got, HF_NO_MEMORY);
            assert_int_equal(left, 1);
        } else {
            assert_status(put, HF_NO_MEMORY);
            assert_null(got);
            assert_int_equal(left, 0);
        }
        world_free(f.world);
    }
}

/* The end of a session cannot fail; a waiter that cannot be told is passed over. */
static void a_death_is_dealt_with_without_memory(void **state) {
    (void)state;
    bool failed = true;

    for (size_t k = 1; failed; k++) {
        struct fixture f = scenario_set_up();
        struct peer *cyd = world_join(f.world, "cyd");
        uint64_t bobs = peer_send(f.bob, waiting(REQUEST(f.mine, lock_acquire), -1));
        uint64_t cyds = peer_send(
            cyd, waiting(batch_of(2, &REQUEST(f.mine, lock_acquire),
                                  &REQUEST(f.dict, dict_set, .key = text(), .value = text())),
                         1000));
        mem_fail_at(k);
        peer_leave(f.ada);
        failed = mem_failed();
        mem_fail_at(0);
        const Hf__Reply *reply = peer_reply(f.bob, bobs);
        if (reply->status == HF__STATUS__OWNER_DIED) {
            assert_string_equal(reply->grant->died->label, "ada");
            assert_status(ask(f.bob, REQUEST(f.mine, lock_release)), HF_OK);
        } else {
            assert_status(reply, HF_NO_MEMORY);
            assert_status(peer_reply(cyd, cyds), HF_OWNER_DIED);
        }
        assert_false(unanswered(cyd, cyds));
        world_free(f.world);
    }
}

/* Without memory for its answer it still has the lock, or it would go on without. */
static void a_condition_ends_with_the_lock_without_memory(void **state) {
    (void)state;
    bool failed = true;

    for (size_t k = 1; failed; k++) {
        struct fixture f = scenario_set_up();
        uint64_t id = peer_send(f.ada, waiting(REQUEST(f.condition, condition_wait), 10));
        assert_true(unanswered(f.ada, id));
        assert_status(ask(f.bob, REQUEST(f.mine, lock_acquire)), HF_OK);
        world_pass(f.world, 10);
        mem_fail_at(k);
        peer_leave(f.bob);
        failed = mem_failed();
        mem_fail_at(0);
        const Hf__Reply *reply = peer_reply(f.ada, id);
        assert_true(reply->status == HF__STATUS__TIMEOUT || reply->status == HF__STATUS__NO_MEMORY);
        assert_status(ask(f.ada, REQUEST(f.mine, lock_release)), HF_OK);
        world_free(f.world);
    }
}

static void timeouts_come_without_memory(void **state) {
    (void)state;
    bool failed = true;

    for (size_t k = 1; failed; k++) {
        struct fixture f = scenario_set_up();
        uint64_t id = peer_send(f.bob, waiting(REQUEST(f.mine, lock_acquire), 10));
        mem_fail_at(k);
        world_pass(f.world, 10);
        failed = mem_failed();
        mem_fail_at(0);
        assert_status(peer_reply(f.bob, id), HF_TIMEOUT);
        world_free(f.world);
    }
}

/* Leased items come back, are set aside, and reach the waiter or pass it by. */
static void leases_end_without_memory(void **state) {
    (void)state;
    for (int dies = 0; dies < 2; dies++) {
        bool failed = true;
        for (size_t k = 1; failed; k++) {
            struct fixture f = scenario_set_up();
            assert_status(ask(f.bob, REQUEST(f.queue, queue_put, .value = of_int(1),
                                             .has_delay_ms = true, .delay_ms = 1000)),
                          HF_OK);
            mem_fail_at(k);
            if (dies) {
                peer_leave(f.ada);
            } else {
                world_pass(f.world, 1000);
            }
            failed = mem_failed();
            mem_fail_at(0);
            assert_int_equal(
                ask(f.bob, REQUEST(f.work, queue_set_aside_list))->queue_entries->n_entries, 2);
            assert_count(ask(f.bob, REQUEST(f.queue, queue_size)), dies ? 4 : 5);
            world_free(f.world);
        }
    }
}

/* ---- the limit ---- */

static void at_the_memory_limit_calls_are_refused_and_reading_goes_on(void **state) {
    (void)state;
    struct core_config config = core_defaults();
    config.memory_max_bytes = mem_used() + (8u << 20);
    struct world *world = world_with(&config);
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint8_t *bytes = calloc(1, 100000);
    Hf__Any *item = of_bytes(bytes, 100000);
    free(bytes);

    size_t taken = 0;
    while (ask(ada, REQUEST(queue, queue_put, .value = item))->status == HF__STATUS__OK) {
        taken++;
        assert_true(mem_used() <= config.memory_max_bytes);
        assert_true(taken < 100);
    }

    assert_true(taken > 20);
    assert_status(peer_last(ada), HF_NO_MEMORY);
    assert_count(ask(ada, REQUEST(queue, queue_size)), taken);
    assert_value(ask(ada, REQUEST(queue, queue_get)), item);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = item)), HF_OK);
    world_free(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_scenario),
        cmocka_unit_test(a_refused_operation_has_changed_nothing),
        cmocka_unit_test(an_operation_refused_in_a_batch_has_changed_nothing),
        cmocka_unit_test(an_operation_refused_to_a_party_has_changed_nothing),
        cmocka_unit_test(where_a_batch_has_no_room_for_an_answer_nothing_has_changed),
        cmocka_unit_test(a_change_without_memory_for_its_note_is_done_and_counts_as_missed),
        cmocka_unit_test(a_batch_stops_where_memory_ends),
        cmocka_unit_test(a_core_or_session_that_cannot_be_is_not),
        cmocka_unit_test(hello_without_memory_ends_with_no_memory),
        cmocka_unit_test(a_proof_without_memory_ends_with_no_memory),
        cmocka_unit_test(parking_without_memory_is_refused),
        cmocka_unit_test(without_memory_no_call_waits_for_several_locks),
        cmocka_unit_test(a_waiter_that_cannot_be_answered_loses_no_item),
        cmocka_unit_test(a_death_is_dealt_with_without_memory),
        cmocka_unit_test(a_condition_ends_with_the_lock_without_memory),
        cmocka_unit_test(timeouts_come_without_memory),
        cmocka_unit_test(leases_end_without_memory),
        cmocka_unit_test(at_the_memory_limit_calls_are_refused_and_reading_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
