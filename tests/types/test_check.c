/* SPDX-License-Identifier: MIT
 *
 * The checks of a batch: what must hold for it to run.
 */
#include "world.h"

#include "wire_limits.h"

#include <string.h>

/* Ada and bob, a dict {"a": 1}, a value that is 7, and a lock. */
struct scene {
    struct world *world;
    struct peer *ada;
    struct peer *bob;
    uint64_t dict;
    uint64_t value;
    uint64_t lock;
};

static struct scene set_up(struct world *world) {
    struct scene s = {.world = world};
    s.ada = world_join(s.world, "ada");
    s.bob = world_join(s.world, "bob");
    s.dict = open_dict(s.ada, "dict");
    s.value = open_value(s.ada, "value", 7);
    s.lock = open_lock(s.ada, "lock");
    assert_status(ask(s.ada, REQUEST(s.dict, dict_set, .key = of_string("a"), .value = of_int(1))),
                  HF_OK);
    return s;
}

/* A batch that sets the value to 8. */
static Hf__Request set_8(const struct scene *s) {
    static Hf__Request set;
    static Hf__ValueSet op;
    hf__request__init(&set);
    hf__value_set__init(&op);
    op.value = of_int(8);
    set.has_object = true;
    set.object = s->value;
    set.op_case = HF__REQUEST__OP_VALUE_SET;
    set.value_set = &op;
    return batch_of(1, &set);
}

/* Refused with this detail, and nothing was done. */
static void assert_refused(const struct scene *s, const Hf__Reply *reply, hf_status status,
                           const char *detail) {
    assert_status(reply, status);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT__NOT_SET);
    assert_string_equal(reply->detail, detail);
    assert_int(ask(s->bob, REQUEST(s->value, value_get)), 7);
}

static Hf__Request get_a(const struct scene *s) {
    static Hf__DictGet op;
    Hf__Request get = HF__REQUEST__INIT;
    hf__dict_get__init(&op);
    op.key = of_string("a");
    get.has_object = true;
    get.object = s->dict;
    get.op_case = HF__REQUEST__OP_DICT_GET;
    get.dict_get = &op;
    return get;
}

/* ---- one step ---- */

static void a_batch_runs_if_all_its_checks_hold(void **state) {
    struct scene s = set_up(*state);

    const Hf__Reply *reply =
        ask(s.ada,
            with_checks(
                batch_of(2, &REQUEST(s.dict, dict_set, .key = of_string("c"), .value = of_int(3)),
                         &REQUEST(s.value, value_add, .amount = of_int(1))),
                3, equals(&REQUEST(s.dict, dict_get, .key = of_string("a")), of_int(1)),
                answers(&REQUEST(s.dict, dict_get, .key = of_string("b")), HF_KEY_ERROR),
                equals(&REQUEST(s.value, value_get), of_int(7))));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->replies->n_replies, 2);
    assert_int(reply_in(reply, 1), 8);
    assert_int(ask(s.bob, REQUEST(s.dict, dict_get, .key = of_string("c"))), 3);
}

/* A change that only its own session notices is no reading either. */
static void a_check_only_reads(void **state) {
    struct scene s = set_up(*state);
    uint64_t unnamed = open_dict(s.ada, NULL);
    uint64_t queue = open_queue(s.ada, "queue", 0);
    Hf__Request refused[] = {REQUEST(unnamed, object_release),
                             REQUEST(0, ping),
                             REQUEST(0, stats),
                             REQUEST(0, cancel, .call = 1),
                             REQUEST(unnamed, object_delete),
                             REQUEST(0, lock_open),
                             REQUEST(queue, queue_join)};

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const Hf__Reply *reply =
            ask(s.ada, with_checks(set_8(&s), 2, answers(&refused[i], HF_OK),
                                   equals(&REQUEST(s.value, value_get), of_int(6))));
        assert_refused(&s, reply, HF_INVALID, "check 0: not a request that only reads");
    }

    assert_count(ask(s.bob, REQUEST(unnamed, dict_len)), 0);
}

static void a_check_sees_values_that_nest_as_deep_as_any(void **state) {
    struct scene s = set_up(*state);
    uint64_t list = open_list(s.ada, "deep");
    Hf__Any *deep = of_int(1);
    for (unsigned i = 0; i < HF_VALUE_MAX_DEPTH; i++) {
        deep = i % 2 ? of_list(1, deep) : of_map(1, of_int(1), deep);
    }
    assert_status(ask(s.ada, REQUEST(list, list_append, .value = deep)), HF_OK);

    const Hf__Reply *reply =
        ask(s.ada, with_checks(set_8(&s), 2, equals(&REQUEST(list, list_get, .index = 0), deep),
                               equals(&REQUEST(list, list_copy), of_list(1, deep))));

    assert_status(reply, HF_OK);
    reply =
        ask(s.ada, with_checks(set_8(&s), 1,
                               equals(&REQUEST(list, list_copy), of_list(1, of_list(1, deep)))));
    assert_status(reply, HF_TOO_BIG);
}

static void a_check_that_does_not_hold_refuses_all_of_it(void **state) {
    struct scene s = set_up(*state);
    Hf__Request get = get_a(&s);

    const Hf__Reply *reply =
        ask(s.ada, with_checks(set_8(&s), 2, equals(&get, of_int(1)),
                               equals(&REQUEST(s.value, value_get), of_int(6))));

    assert_refused(&s, reply, HF_MISMATCH, "check 1: value_get is 7, expected 6");
}

static void a_batch_may_have_nothing_but_checks(void **state) {
    struct scene s = set_up(*state);
    Hf__Request get = get_a(&s);

    const Hf__Reply *held = ask(s.ada, with_checks(batch_of(0), 1, equals(&get, of_int(1))));
    const Hf__Reply *not_held = ask(s.ada, with_checks(batch_of(0), 1, equals(&get, of_int(2))));

    assert_status(held, HF_OK);
    assert_int_equal(held->replies->n_replies, 0);
    assert_refused(&s, not_held, HF_MISMATCH, "check 0: dict_get is 1, expected 2");
}

/* ---- what is expected ---- */

static void a_check_can_expect_any_status(void **state) {
    struct scene s = set_up(*state);
    const struct {
        Hf__Check *check;
        const char *detail; /* NULL: it holds */
    } cases[] = {
        {answers(&REQUEST(s.dict, dict_get, .key = of_string("a")), HF_OK), NULL},
        {answers(&REQUEST(s.dict, dict_get, .key = of_string("b")), HF_OK),
         "check 0: dict_get is KEY_ERROR (no key \"b\"), expected OK"},
        {answers(&REQUEST(s.dict, dict_get, .key = of_string("a")), HF_KEY_ERROR),
         "check 0: dict_get is OK, expected KEY_ERROR"},
        {answers(&REQUEST(999, dict_len), HF_NO_OBJECT), NULL},
        {answers(&REQUEST(s.dict, dict_len), HF_NO_OBJECT),
         "check 0: dict_len is OK, expected NO_OBJECT"},
        {answers(&REQUEST(0, object_find, .name = name_of("nothing")), HF_NO_OBJECT), NULL},
        {answers(&REQUEST(s.lock, dict_len), HF_WRONG_TYPE), NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Hf__Reply *reply = ask(s.ada, with_checks(set_8(&s), 1, cases[i].check));
        if (cases[i].detail) {
            assert_refused(&s, reply, HF_MISMATCH, cases[i].detail);
        } else {
            assert_status(reply, HF_OK);
            assert_status(ask(s.ada, REQUEST(s.value, value_set, .value = of_int(7))), HF_OK);
        }
    }
}

static void results_of_all_sorts_are_compared(void **state) {
    struct scene s = set_up(*state);
    uint64_t list = open_list(s.ada, "list");
    Hf__Any *nested = of_map(1, of_int(1), of_list(1, of_ref(s.lock)));
    assert_status(ask(s.ada, REQUEST(list, list_append, .value = nested)), HF_OK);
    assert_status(ask(s.ada, REQUEST(list, list_append, .value = of_null())), HF_OK);
    const struct {
        Hf__Request *request;
        Hf__Any *is;
        Hf__Any *is_not;
    } cases[] = {
        {&REQUEST(s.value, value_get), of_int(7), of_double(7)},
        {&REQUEST(list, list_get, .index = 0), nested, of_map(0)},
        {&REQUEST(list, list_get, .index = 1), of_null(), of_int(0)},
        {&REQUEST(list, list_copy), of_list(2, nested, of_null()), of_list(1, nested)},
        {&REQUEST(s.dict, dict_copy), of_map(1, of_string("a"), of_int(1)), of_map(0)},
        {&REQUEST(list, list_len), of_int(2), of_int(3)},
        {&REQUEST(s.dict, dict_contains, .key = of_string("a")), of_bool(true), of_bool(false)},
        {&REQUEST(0, object_find, .name = name_of("dict")), of_ref(s.dict), of_ref(s.lock)},
        {&REQUEST(0, object_exists, .name = name_of("b")), of_bool(false), of_int(0)},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Hf__Request *request = cases[i].request;
        assert_status(ask(s.ada, with_checks(batch_of(0), 1, equals(request, cases[i].is))), HF_OK);
        assert_status(ask(s.ada, with_checks(batch_of(0), 1, equals(request, cases[i].is_not))),
                      HF_MISMATCH);
    }
}

static void values_that_look_alike_are_told_apart_in_the_detail(void **state) {
    struct scene s = set_up(*state);

    const Hf__Reply *reply =
        ask(s.ada, with_checks(set_8(&s), 1, equals(&REQUEST(s.dict, dict_copy), of_map(0))));

    assert_refused(&s, reply, HF_MISMATCH, "check 0: dict_copy is a map, expected another");
}

static void a_guard_is_one_more_thing_to_expect(void **state) {
    struct scene s = set_up(*state);
    uint64_t fence = ask(s.bob, REQUEST(s.lock, lock_acquire))->grant->fence;
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = s.lock;
    guard.fence = fence;
    Hf__Request get = get_a(&s);
    get.guard = &guard;

    assert_status(ask(s.ada, with_checks(batch_of(0), 1, equals(&get, of_int(1)))), HF_OK);
    assert_status(ask(s.bob, REQUEST(s.lock, lock_release)), HF_OK);

    assert_refused(&s, ask(s.ada, with_checks(set_8(&s), 1, equals(&get, of_int(1)))), HF_MISMATCH,
                   "check 0: dict_get is STALE_FENCE, expected OK");
    assert_status(ask(s.ada, with_checks(set_8(&s), 1, answers(&get, HF_STALE_FENCE))), HF_OK);
}

/* ---- waiting ---- */

static void nobody_waits_for_a_check(void **state) {
    struct scene s = set_up(*state);
    assert_status(ask(s.bob, REQUEST(s.lock, lock_acquire)), HF_OK);
    Hf__Request get = get_a(&s);

    const Hf__Reply *reply =
        ask(s.ada, waiting(with_checks(batch_of(1, &REQUEST(s.lock, lock_acquire)), 1,
                                       equals(&get, of_int(2))),
                           -1));

    assert_refused(&s, reply, HF_MISMATCH, "check 0: dict_get is 1, expected 2");
}

static void checks_are_made_again_when_the_turn_has_come(void **state) {
    struct scene s = set_up(*state);
    struct peer *cyd = world_join(s.world, "cyd");
    assert_status(ask(s.bob, REQUEST(s.lock, lock_acquire)), HF_OK);
    Hf__Request get = get_a(&s);
    uint64_t adas =
        peer_send(s.ada, waiting(with_checks(batch_of(1, &REQUEST(s.lock, lock_acquire)), 1,
                                             equals(&get, of_int(1))),
                                 -1));
    uint64_t cyds = peer_send(cyd, waiting(REQUEST(s.lock, lock_acquire), -1));

    assert_status(ask(s.bob, REQUEST(s.dict, dict_set, .key = of_string("a"), .value = of_int(2))),
                  HF_OK);
    assert_true(unanswered(s.ada, adas)); /* its turn has not come */
    assert_status(ask(s.bob, REQUEST(s.lock, lock_release)), HF_OK);

    assert_refused(&s, peer_reply(s.ada, adas), HF_MISMATCH, "check 0: dict_get is 2, expected 1");
    assert_status(peer_reply(cyd, cyds), HF_OK);
}

static void a_batch_that_has_waited_runs_if_its_checks_hold_then(void **state) {
    struct scene s = set_up(*state);
    assert_status(ask(s.bob, REQUEST(s.lock, lock_acquire)), HF_OK);
    Hf__Request get = get_a(&s);
    uint64_t id = peer_send(
        s.ada, waiting(with_checks(batch_of(2, &REQUEST(s.lock, lock_acquire),
                                            &REQUEST(s.value, value_set, .value = of_int(8))),
                                   1, equals(&get, of_int(1))),
                       -1));

    assert_true(unanswered(s.ada, id));
    assert_status(ask(s.bob, REQUEST(s.lock, lock_release)), HF_OK);

    assert_status(peer_reply(s.ada, id), HF_OK);
    assert_int(ask(s.bob, REQUEST(s.value, value_get)), 8);
}

/* Such a call has given a lock up, so a check could not refuse it any more. */
static void a_batch_that_waits_in_stages_has_no_checks(void **state) {
    struct scene s = set_up(*state);
    uint64_t condition =
        ask(s.ada, REQUEST(0, condition_open, .name = name_of("condition"), .lock = s.lock))
            ->object->id;
    Hf__Request get = get_a(&s);
    assert_status(ask(s.ada, REQUEST(s.lock, lock_acquire)), HF_OK);

    const Hf__Reply *reply =
        ask(s.ada, waiting(with_checks(batch_of(1, &REQUEST(condition, condition_wait)), 1,
                                       equals(&get, of_int(1))),
                           -1));

    assert_refused(&s, reply, HF_INVALID, "there are no checks for what waits in stages");
    assert_status(ask(s.ada, REQUEST(s.lock, lock_release)), HF_OK);
}

/* ---- what is no check ---- */

static void requests_that_do_more_than_read_are_no_checks(void **state) {
    struct scene s = set_up(*state);
    uint64_t queue = open_queue(s.ada, "queue", 0);
    Hf__Request *const requests[] = {
        &REQUEST(s.dict, dict_set, .key = of_string("a"), .value = of_int(9)),
        &REQUEST(queue, queue_get),
        &REQUEST(queue, queue_join),
        &REQUEST(0, dict_open, .name = name_of("dict")),
        &REQUEST(s.dict, object_delete),
        &REQUEST(0, ping),
        &REQUEST(0, batch),
        &REQUEST(0, cancel, .call = 1),
        &(Hf__Request)HF__REQUEST__INIT,
    };

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const Hf__Reply *reply = ask(s.ada, with_checks(set_8(&s), 1, answers(requests[i], HF_OK)));
        assert_refused(&s, reply, HF_INVALID, "check 0: not a request that only reads");
    }
    assert_int(ask(s.ada, REQUEST(s.dict, dict_get, .key = of_string("a"))), 1);
}

static void replies_that_cannot_be_compared_are_no_checks(void **state) {
    struct scene s = set_up(*state);
    Hf__Request get = get_a(&s);
    Hf__Check *both = equals(&get, of_int(1));
    both->has_status = true;
    both->status = HF__STATUS__KEY_ERROR;

    assert_refused(&s, ask(s.ada, with_checks(set_8(&s), 1, both)), HF_INVALID,
                   "check 0: expects a refusal, and a value of it");
    assert_refused(
        &s,
        ask(s.ada, with_checks(set_8(&s), 1, equals(&REQUEST(s.lock, object_describe), of_int(1)))),
        HF_INVALID, "check 0: what object_describe answers is no value");
    assert_refused(&s, ask(s.ada, with_checks(set_8(&s), 1, equals(&get, of_string("\xff")))),
                   HF_INVALID,
                   "a string that is not UTF-8, a map key that cannot be one or comes twice, a big "
                   "that is not in its shortest form or fits an int, or an opaque value whose tag "
                   "is not of 1 to 64 bytes");
}

static void a_batch_has_at_most_1024_checks(void **state) {
    struct scene s = set_up(*state);
    Hf__Request get = get_a(&s);
    Hf__Check *checks[HF_BATCH_MAX_REQUESTS + 1];
    for (size_t i = 0; i < HF_BATCH_MAX_REQUESTS + 1; i++) {
        checks[i] = equals(&get, of_int(1));
    }
    Hf__Request batch = set_8(&s);
    batch.batch->checks = checks;

    batch.batch->n_checks = HF_BATCH_MAX_REQUESTS + 1;
    assert_refused(&s, ask(s.ada, batch), HF_INVALID,
                   "a batch has requests or checks, at most 1024 of each");
    batch.batch->n_checks = HF_BATCH_MAX_REQUESTS;
    assert_status(ask(s.ada, batch), HF_OK);
}

/* The memory of a check is freed before the next one runs. */
static void many_checks_take_no_more_memory_than_one(void **state) {
    struct scene s = set_up(*state);
    enum { CHECKS = 10, ITEMS = 200000 };
    uint64_t list = open_list(s.ada, "list");
    assert_status(ask(s.ada, REQUEST(list, list_append, .value = of_null())), HF_OK);
    assert_status(ask(s.ada, REQUEST(list, list_repeat, .count = ITEMS)), HF_OK);
    Hf__Request copy = REQUEST(list, list_copy); /* takes millions of bytes */
    Hf__Check *checks[CHECKS];
    for (size_t i = 0; i < CHECKS; i++) {
        checks[i] = answers(&copy, HF_OK);
    }
    Hf__Request batch = batch_of(0);
    batch.batch->checks = checks;
    batch.batch->n_checks = CHECKS;

    assert_status(ask(s.ada, batch), HF_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_runs_if_all_its_checks_hold),
        cmocka_unit_test(a_check_only_reads),
        cmocka_unit_test(a_check_sees_values_that_nest_as_deep_as_any),
        cmocka_unit_test(a_check_that_does_not_hold_refuses_all_of_it),
        cmocka_unit_test(a_batch_may_have_nothing_but_checks),
        cmocka_unit_test(a_check_can_expect_any_status),
        cmocka_unit_test(results_of_all_sorts_are_compared),
        cmocka_unit_test(values_that_look_alike_are_told_apart_in_the_detail),
        cmocka_unit_test(a_guard_is_one_more_thing_to_expect),
        cmocka_unit_test(nobody_waits_for_a_check),
        cmocka_unit_test(checks_are_made_again_when_the_turn_has_come),
        cmocka_unit_test(a_batch_that_has_waited_runs_if_its_checks_hold_then),
        cmocka_unit_test(a_batch_that_waits_in_stages_has_no_checks),
        cmocka_unit_test(requests_that_do_more_than_read_are_no_checks),
        cmocka_unit_test(replies_that_cannot_be_compared_are_no_checks),
        cmocka_unit_test(a_batch_has_at_most_1024_checks),
        cmocka_unit_test(many_checks_take_no_more_memory_than_one),
    };
    return WORLD_MAIN(tests);
}
