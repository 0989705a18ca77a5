/* SPDX-License-Identifier: MIT
 *
 * Request.expect, whatever the operation: a request whose result would be a value of another kind
 * is refused and has changed nothing.
 */
#include "scenarios.h"

#include <stdlib.h>
#include <string.h>

enum {
    ALL_KINDS = 2 * HF__EXPECT__EXPECT_REF - 1,
    VALUES_MIN = 20 /* operations whose result is a value; so many are found at least */
};

/* ---- every operation ---- */

struct outcome {
    hf_status status;
    uint32_t kind; /* of the value that is the result; 0: there is none */
    struct reading after;
};

static uint32_t kind_of(const Hf__Any *any) {
    return 1u << any->kind_case; /* the bits are numbered as the fields of Any */
}

/* The kind of a result to which `expect` applies. */
static uint32_t kind_of_result(const Hf__Reply *reply, bool in_batch) {
    if (in_batch && reply->result_case == HF__REPLY__RESULT_REPLIES) {
        reply = reply_in(reply, reply->replies->n_replies - 1);
    }
    if (reply->result_case == HF__REPLY__RESULT_VALUE) {
        return kind_of(reply->value);
    }
    if (reply->result_case == HF__REPLY__RESULT_DELIVERY) {
        return kind_of(reply->delivery->value);
    }
    return reply->result_case == HF__REPLY__RESULT_ITEM ? kind_of(reply->item->value) : 0;
}

static struct outcome run(const struct scenario *scenario, uint32_t expect, bool in_batch) {
    struct fixture f = scenario_set_up();
    f.expect = expect;
    f.in_batch = in_batch;
    const Hf__Reply *reply = peer_reply(f.ada, scenario->send(&f));
    assert_non_null(reply);
    struct outcome outcome = {(hf_status)reply->status, kind_of_result(reply, in_batch), {NULL, 0}};
    outcome.after = scenario_read(&f);
    world_free(f.world);
    return outcome;
}

static void assert_outcome(const struct scenario *scenario, const struct outcome *outcome,
                           hf_status status, const struct reading *after) {
    if (outcome->status != status || !scenario_same(&outcome->after, after)) {
        fail_msg("%s: %s, and not %s, or not what should be there afterwards", scenario->name,
                 hf_status_name(outcome->status), hf_status_name(status));
    }
}

static struct reading read_untouched(void) {
    struct fixture f = scenario_set_up();
    struct reading reading = scenario_read(&f);
    world_free(f.world);
    return reading;
}

/* A batch cannot be in a batch, and a few others are not for one. */
static void assert_expected_or_untouched(bool in_batch) {
    struct reading untouched = read_untouched();
    size_t values = 0;
    for (size_t i = 0; i < scenario_count; i++) {
        const struct scenario *scenario = &scenarios[i];
        struct outcome plain = run(scenario, 0, in_batch);
        struct outcome good = run(scenario, plain.kind ? plain.kind : ALL_KINDS, in_batch);
        assert_outcome(scenario, &good, plain.status, &plain.after);
        free(good.after.bytes);
        if (plain.kind) {
            struct outcome other = run(scenario, ALL_KINDS & ~plain.kind, in_batch);
            assert_outcome(scenario, &other, HF_TYPE_ERROR, &untouched);
            free(other.after.bytes);
            values++;
        }
        free(plain.after.bytes);
    }
    free(untouched.bytes);
    assert_true(values >= VALUES_MIN);
}

static void a_result_of_another_kind_is_refused_unchanged(void **state) {
    (void)state;
    assert_expected_or_untouched(false);
}

static void a_result_of_another_kind_is_refused_unchanged_in_a_batch(void **state) {
    (void)state;
    assert_expected_or_untouched(true);
}

/* ---- queues ---- */

static Hf__Request expecting(Hf__Request request, uint32_t kinds) {
    request.has_expect = true;
    request.expect = kinds;
    return request;
}

/* A macro, as the message of a REQUEST() lasts until the end of its block. */
#define GET(queue, kinds) expecting(REQUEST(queue, queue_get), kinds)

static void put(struct peer *peer, uint64_t queue, Hf__Any *value) {
    assert_status(ask(peer, REQUEST(queue, queue_put, .value = value)), HF_OK);
}

static void an_item_of_another_kind_stays_first(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put(ada, queue, of_int(7));
    put(ada, queue, of_string("text"));

    const Hf__Reply *refused = ask(ada, GET(queue, HF__EXPECT__EXPECT_TEXT));
    assert_status(refused, HF_TYPE_ERROR);
    assert_string_equal(refused->detail, "the value is of the kind int, not string");
    assert_count(ask(ada, REQUEST(queue, queue_size)), 2);

    assert_int(ask(ada, GET(queue, HF__EXPECT__EXPECT_INT | HF__EXPECT__EXPECT_BOOL)), 7);
    assert_value(ask(ada, GET(queue, HF__EXPECT__EXPECT_TEXT)), of_string("text"));
}

static void
a_waiting_get_is_refused_what_it_does_not_expect_and_the_next_one_gets_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t of_ada = peer_send(ada, waiting(GET(queue, HF__EXPECT__EXPECT_STRING), -1));
    uint64_t of_bob = peer_send(bob, waiting(GET(queue, HF__EXPECT__EXPECT_INT), -1));

    put(cyd, queue, of_int(7));

    assert_status(peer_reply(ada, of_ada), HF_TYPE_ERROR);
    assert_int(peer_reply(bob, of_bob), 7);
}

static void a_leased_item_of_another_kind_counts_no_delivery(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put(ada, queue, of_int(7));
    Hf__Request lease = REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = -1);

    assert_status(ask(ada, expecting(lease, HF__EXPECT__EXPECT_BYTES)), HF_TYPE_ERROR);

    const Hf__Reply *leased = ask(ada, expecting(lease, HF__EXPECT__EXPECT_INT));
    assert_status(leased, HF_OK);
    assert_int_equal(leased->delivery->count, 1);
}

static void many_items_are_taken_up_to_one_of_another_kind(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put(ada, queue, of_int(1));
    put(ada, queue, of_int(2));
    put(ada, queue, of_string("three"));
    Hf__Request get = REQUEST(queue, queue_get_many, .max = 9);

    const Hf__Reply *ints = ask(ada, expecting(get, HF__EXPECT__EXPECT_INT));
    assert_values(ints, of_list(2, of_int(1), of_int(2)));
    assert_null(ints->detail);
    assert_status(ask(ada, expecting(get, HF__EXPECT__EXPECT_INT)), HF_TYPE_ERROR);
    assert_values(ask(ada, get), of_list(1, of_string("three")));
}

static void a_string_with_nul_is_no_text(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    Hf__Any *odd = of_string("a b");
    odd->string.data[1] = 0;
    put(ada, queue, odd);
    put(ada, queue, of_string(""));

    const Hf__Reply *refused = ask(ada, GET(queue, HF__EXPECT__EXPECT_TEXT));
    assert_status(refused, HF_TYPE_ERROR);
    assert_string_equal(refused->detail, "the string contains NUL");

    assert_status(ask(ada, GET(queue, HF__EXPECT__EXPECT_STRING)), HF_OK);
    assert_value(ask(ada, GET(queue, HF__EXPECT__EXPECT_TEXT)), of_string(""));
}

static void kinds_that_there_are_not_are_met_by_no_value(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put(ada, queue, of_null());

    assert_status(ask(ada, GET(queue, 0)), HF_TYPE_ERROR);
    assert_status(ask(ada, GET(queue, 1u << 31 | 1u << 20)), HF_TYPE_ERROR);
    assert_status(ask(ada, GET(queue, UINT32_MAX)), HF_OK);
}

static void each_of_several_requests_expects_its_own(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t numbers = open_queue(ada, "numbers", 0);
    uint64_t texts = open_queue(ada, "texts", 0);
    Hf__Request first = GET(numbers, HF__EXPECT__EXPECT_INT);
    Hf__Request second = GET(texts, HF__EXPECT__EXPECT_TEXT);
    Hf__Request *either[] = {&first, &second};
    put(ada, texts, of_string("text"));

    const Hf__Reply *reply = ask(ada, REQUEST(0, wait_any, .n_requests = 2, .requests = either));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->first->index, 1);

    put(ada, numbers, of_string("no number"));
    assert_status(ask(ada, REQUEST(0, wait_any, .n_requests = 2, .requests = either)),
                  HF_TYPE_ERROR);
    assert_count(ask(ada, REQUEST(numbers, queue_size)), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_of_another_kind_is_refused_unchanged),
        cmocka_unit_test(a_result_of_another_kind_is_refused_unchanged_in_a_batch),
        cmocka_unit_test(an_item_of_another_kind_stays_first),
        cmocka_unit_test(a_waiting_get_is_refused_what_it_does_not_expect_and_the_next_one_gets_it),
        cmocka_unit_test(a_leased_item_of_another_kind_counts_no_delivery),
        cmocka_unit_test(many_items_are_taken_up_to_one_of_another_kind),
        cmocka_unit_test(a_string_with_nul_is_no_text),
        cmocka_unit_test(kinds_that_there_are_not_are_met_by_no_value),
        cmocka_unit_test(each_of_several_requests_expects_its_own),
    };
    return WORLD_MAIN(tests);
}
