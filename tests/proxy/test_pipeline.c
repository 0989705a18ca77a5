/* SPDX-License-Identifier: MIT
 *
 * Pipelines and batches: their requests, and how answers in any order become results in order.
 */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast.h>

enum { CALLS = 8 };

static void collect_gets(hf_client *client, int64_t *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(hf_value_get(value_of(client), &numbers[i]), HF_OK);
    }
}

/* ---- pipelines ---- */

static void script_answer_backwards(struct fake *fake) {
    uint64_t ids[CALLS];
    fake_welcome(fake);
    for (int i = 0; i < CALLS; i++) {
        ids[i] = fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    }
    for (int i = CALLS - 1; i >= 0; i--) {
        fake_reply_int(fake, ids[i], i * 10);
    }
}

static void answers_in_any_order_fill_the_right_outputs(void **state) {
    int64_t numbers[CALLS] = {-1, -1, -1, -1, -1, -1, -1, -1};
    hf_status statuses[CALLS + 1];
    hf_client *client = fake_play(*state, script_answer_backwards, NULL);

    assert_int_equal(hf_pipeline_begin(client), HF_OK);
    collect_gets(client, numbers, CALLS);
    assert_int_equal(numbers[0], -1);
    assert_int_equal(hf_pipeline_finish(client, statuses, CALLS + 1), HF_OK);

    for (int i = 0; i < CALLS; i++) {
        assert_int_equal(numbers[i], i * 10);
        assert_int_equal(statuses[i], HF_OK);
    }
}

static void script_refuse_some(struct fake *fake) {
    uint64_t ids[4];
    fake_welcome(fake);
    for (int i = 0; i < 4; i++) {
        ids[i] = fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    }
    fake_reply_status(fake, ids[2], HF_NO_OBJECT, "the third");
    fake_reply_status(fake, ids[1], HF_WRONG_TYPE, "the second");
    fake_reply_status(fake, ids[3], HF_LIMIT, "the fourth");
    fake_reply_int(fake, ids[0], 1);
}

static void the_first_refusal_in_order_is_the_pipelines_own(void **state) {
    int64_t numbers[4] = {0};
    hf_status statuses[3] = {HF_OK};
    hf_client *client = fake_play(*state, script_refuse_some, NULL);

    assert_int_equal(hf_pipeline_begin(client), HF_OK);
    collect_gets(client, numbers, 4);
    assert_int_equal(hf_pipeline_finish(client, statuses, 3), HF_WRONG_TYPE);

    assert_string_equal(hf_last_detail(), "the second");
    assert_int_equal(statuses[0], HF_OK);
    assert_int_equal(statuses[1], HF_WRONG_TYPE);
    assert_int_equal(statuses[2], HF_NO_OBJECT);
    assert_int_equal(numbers[0], 1);
    assert_int_equal(numbers[1], 0);
}

static void script_answer_one_of_two(struct fake *fake) {
    fake_welcome(fake);
    uint64_t first = fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    (void)fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    fake_reply_int(fake, first, 1);
}

static void calls_unanswered_at_the_end_of_the_connection_are_disconnected(void **state) {
    int64_t numbers[2] = {0};
    hf_status statuses[2] = {HF_OK, HF_OK};
    hf_client *client = fake_play(*state, script_answer_one_of_two, NULL);

    assert_int_equal(hf_pipeline_begin(client), HF_OK);
    collect_gets(client, numbers, 2);
    assert_int_equal(hf_pipeline_finish(client, statuses, 2), HF_DISCONNECTED);

    assert_int_equal(statuses[0], HF_OK);
    assert_int_equal(numbers[0], 1);
    assert_int_equal(statuses[1], HF_DISCONNECTED);
}

static void script_answer_three(struct fake *fake) {
    fake_welcome(fake);
    for (int i = 0; i < 2; i++) {
        fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_DICT_SET), HF_OK, NULL);
    }
}

static void a_call_that_cannot_be_collected_is_refused_alone(void **state) {
    hf_status statuses[3] = {HF_OK};
    hf_client *client = fake_play(*state, script_answer_three, NULL);
    const hf_dict dict = {client, 1};

    assert_int_equal(hf_pipeline_begin(client), HF_OK);
    assert_int_equal(hf_dict_set_int(dict, "a", 1), HF_OK);
    assert_int_equal(hf_dict_set_string(dict, "b", NULL), HF_INVALID);
    assert_int_equal(hf_dict_set_int(dict, "c", 1), HF_OK);
    assert_int_equal(hf_pipeline_finish(client, statuses, 3), HF_INVALID);

    assert_detail_says("call 1 was refused");
    assert_int_equal(statuses[0], HF_OK);
    assert_int_equal(statuses[1], HF_INVALID);
    assert_int_equal(statuses[2], HF_OK);
}

enum { FLOOD = 3000 };

/* Answers each request with a long text before it reads the next. */
static void script_answer_at_length(struct fake *fake) {
    static char text[2000];
    memset(text, 'x', sizeof text);
    fake_welcome(fake);
    for (int i = 0; i < FLOOD; i++) {
        Hf__Reply reply = HF__REPLY__INIT;
        Hf__Any value = HF__ANY__INIT;
        reply.has_id = true;
        reply.id = fake_read_op(fake, HF__REQUEST__OP_DICT_SETDEFAULT);
        reply.result_case = HF__REPLY__RESULT_VALUE;
        reply.value = &value;
        value.kind_case = HF__ANY__KIND_BYTES;
        value.bytes = (ProtobufCBinaryData){sizeof text, (uint8_t *)text};
        fake_reply(fake, &reply);
    }
}

static void a_pipeline_longer_than_all_buffers_does_not_block(void **state) {
    static hf_any results[FLOOD];
    static char text[2000];
    hf_client *client = fake_play(*state, script_answer_at_length, NULL);
    const hf_dict dict = {client, 1};

    assert_int_equal(hf_pipeline_begin(client), HF_OK);
    for (int i = 0; i < FLOOD; i++) {
        const hf_any value = hf_any_bytes(text, sizeof text);
        assert_int_equal(hf_dict_setdefault_any(dict, hf_any_int(i), value, &results[i]), HF_OK);
    }
    assert_int_equal(hf_pipeline_finish(client, NULL, 0), HF_OK);

    for (int i = 0; i < FLOOD; i++) {
        assert_int_equal(results[i].len, sizeof text);
        hf_any_clear(&results[i]);
    }
}

static void script_nothing(struct fake *fake) {
    (void)fake;
}

static void collecting_has_its_rules(void **state) {
    hf_listing listing;
    hf_any_array keys;
    int64_t number = 0;
    hf_client *client = fake_play(*state, script_nothing, NULL);

    assert_int_equal(hf_pipeline_finish(client, NULL, 0), HF_INVALID);
    assert_int_equal(hf_batch_finish(client, 0, NULL), HF_INVALID);
    assert_int_equal(hf_pipeline_begin(client), HF_OK);
    assert_int_equal(hf_pipeline_begin(client), HF_INVALID);
    assert_int_equal(hf_batch_begin(client), HF_INVALID);
    assert_int_equal(hf_batch_finish(client, 0, NULL), HF_INVALID);
    assert_int_equal(hf_object_list(client, NULL, &listing), HF_INVALID);
    assert_int_equal(hf_dict_keys((hf_dict){client, 1}, &keys), HF_INVALID);
    assert_int_equal(hf_pipeline_finish(client, NULL, 0), HF_INVALID);
    assert_detail_says("call 0 was refused while it was collected: this call needs several");

    assert_int_equal(hf_batch_begin(client), HF_OK);
    assert_int_equal(hf_batch_finish(client, 0, NULL), HF_OK);

    assert_int_equal(hf_pipeline_begin(client), HF_OK);
    assert_int_equal(hf_value_get(value_of(client), &number), HF_OK);
    hf_pipeline_abandon(client);
    assert_int_equal(hf_pipeline_finish(client, NULL, 0), HF_INVALID);
}

/* Each way in which a call can be refused before it is collected. */
static void refuse_unopened(hf_client *client) {
    (void)client;
    assert_int_equal(hf_value_set((hf_value){NULL, 0}, 1), HF_INVALID);
}

static void refuse_long(hf_client *client) {
    hf_any_array keys;
    assert_int_equal(hf_dict_keys((hf_dict){client, 1}, &keys), HF_INVALID);
}

static void refuse_page(hf_client *client) {
    assert_int_equal(hf_dict_page((hf_dict){client, 1}, 0, NULL, NULL), HF_INVALID);
}

static void refuse_locks(hf_client *client) {
    (void)client;
    assert_int_equal(hf_lock_acquire_many(NULL, 0, 0, NULL), HF_INVALID);
}

/* Nothing of a batch or a wait for any may be done without it, and its words are not lost. */
static void a_call_that_is_refused_too_early_is_not_forgotten(void **state) {
    static void (*const refuse[])(hf_client * client) = {refuse_unopened, refuse_long, refuse_page,
                                                         refuse_locks};
    static const char *const words[] = {"never opened", "round trips", "cursor", "lock"};
    hf_client *client = fake_play(*state, script_nothing, NULL);
    for (size_t i = 0; i < sizeof refuse / sizeof refuse[0]; i++) {
        size_t ran = 7;
        assert_int_equal(hf_batch_begin_atomic(client), HF_OK);
        assert_int_equal(hf_value_set(value_of(client), 1), HF_OK);
        refuse[i](client);
        assert_int_equal(hf_batch_finish(client, 0, &ran), HF_INVALID);
        assert_detail_says(words[i]);
        assert_int_equal(ran, 0);

        assert_int_equal(hf_batch_begin(client), HF_OK);
        refuse[i](client);
        (void)!hf_batch_check(client, HF_OK);
        assert_int_equal(hf_value_set(value_of(client), 1), HF_OK);
        assert_int_equal(hf_batch_finish(client, 0, NULL), HF_INVALID);

        assert_int_equal(hf_wait_any_begin(client), HF_OK);
        assert_int_equal(hf_value_set(value_of(client), 1), HF_OK);
        refuse[i](client);
        assert_int_equal(hf_wait_any_finish(client, 0, &ran), HF_INVALID);
        assert_int_equal(ran, HF_WAIT_ANY_NONE);
        assert_detail_says(words[i]);

        assert_int_equal(hf_post_begin(client), HF_OK);
        refuse[i](client);
        assert_int_equal(hf_post_finish(client), HF_INVALID);
        assert_detail_says(words[i]);
    }
}

/* ---- batches ---- */

/* The replies that a fake gives to a batch: a grant with OWNER_DIED, then an int, then, perhaps, a
 * refusal. */
static void answer_batch(struct fake *fake, uint64_t id, size_t count, hf_status status) {
    Hf__Reply nested[3] = {HF__REPLY__INIT, HF__REPLY__INIT, HF__REPLY__INIT};
    Hf__Reply *pointers[3] = {&nested[0], &nested[1], &nested[2]};
    Hf__Grant grant = HF__GRANT__INIT;
    Hf__Any value = HF__ANY__INIT;
    grant.fence = 33;
    nested[0].status = HF__STATUS__OWNER_DIED;
    nested[0].result_case = HF__REPLY__RESULT_GRANT;
    nested[0].grant = &grant;
    value.kind_case = HF__ANY__KIND_INT;
    value.int_ = 44;
    nested[1].result_case = HF__REPLY__RESULT_VALUE;
    nested[1].value = &value;
    nested[2].status = (Hf__Status)status;

    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Replies replies = HF__REPLIES__INIT;
    reply.has_id = true;
    reply.id = id;
    reply.status = (Hf__Status)status;
    reply.result_case = HF__REPLY__RESULT_REPLIES;
    reply.replies = &replies;
    replies.n_replies = count;
    replies.replies = pointers;
    fake_reply(fake, &reply);
}

static void script_batch(struct fake *fake) {
    const hf_status *status = fake->data;
    size_t expected = *status == HF_OK ? 2 : 4;
    fake_welcome(fake);
    Hf__Request *request = fake_read(fake);
    bool is_batch = request && request->op_case == HF__REQUEST__OP_BATCH &&
                    request->batch->n_requests == expected;
    fake_expect(fake, is_batch, "no batch of that many requests");
    if (is_batch) {
        const Hf__Request *first = request->batch->requests[0];
        const Hf__Request *second = request->batch->requests[1];
        fake_expect(fake, request->timeout_ms == 1234, "another timeout");
        fake_expect(fake, request->guard && request->guard->fence == 32, "no guard");
        fake_expect(fake, !first->has_id && !first->guard, "a request with id or guard of its own");
        fake_expect(fake, first->op_case == HF__REQUEST__OP_LOCK_ACQUIRE, "another first one");
        fake_expect(fake, second->op_case == HF__REQUEST__OP_VALUE_GET, "another second one");
        fake_expect(fake, first->object == 3 && second->object == 7, "other objects");
        answer_batch(fake, request->id, *status == HF_OK ? 2 : 3, *status);
    }
    if (request) {
        hf__request__free_unpacked(request, NULL);
    }
}

static void a_batch_is_one_request_and_fills_its_outputs(void **state) {
    hf_status status = HF_OK;
    hf_grant grant = {0};
    int64_t number = 0;
    size_t ran = 0;
    hf_client *client = fake_play(*state, script_batch, &status);
    const hf_lock lock = {client, 3};

    assert_int_equal(hf_guard(lock, 32), HF_OK);
    assert_int_equal(hf_batch_begin(client), HF_OK);
    assert_int_equal(hf_lock_acquire(lock, -1, &grant), HF_OK);
    assert_int_equal(hf_value_get(value_of(client), &number), HF_OK);
    assert_int_equal(hf_batch_finish(client, 1234, &ran), HF_OWNER_DIED);

    assert_int_equal(grant.fence, 33);
    assert_int_equal(number, 44);
    assert_int_equal(ran, 2);
}

static void a_refused_batch_says_how_far_it_came(void **state) {
    hf_status status = HF_OUT_OF_RANGE;
    int64_t number = 0;
    size_t ran = 9;
    hf_client *client = fake_play(*state, script_batch, &status);
    const hf_lock lock = {client, 3};

    assert_int_equal(hf_guard(lock, 32), HF_OK);
    assert_int_equal(hf_batch_begin(client), HF_OK);
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OK);
    assert_int_equal(hf_value_get(value_of(client), &number), HF_OK);
    assert_int_equal(hf_value_set(value_of(client), 1), HF_OK);
    assert_int_equal(hf_value_set(value_of(client), 2), HF_OK);
    assert_int_equal(hf_batch_finish(client, 1234, &ran), HF_OUT_OF_RANGE);

    assert_int_equal(ran, 2);
    assert_int_equal(number, 44);
}

static void a_batch_that_cannot_be_sent_as_a_whole_is_not_sent(void **state) {
    size_t ran = 9;
    hf_client *client = fake_play(*state, script_nothing, NULL);

    assert_int_equal(hf_batch_begin(client), HF_OK);
    assert_int_equal(hf_value_set(value_of(client), 1), HF_OK);
    assert_int_equal(hf_dict_set_string((hf_dict){client, 1}, "key", NULL), HF_INVALID);
    assert_int_equal(hf_batch_finish(client, 0, &ran), HF_INVALID);
    assert_int_equal(ran, 0);

    assert_int_equal(hf_batch_begin(client), HF_OK);
    for (int i = 0; i < 1025; i++) {
        assert_int_equal(hf_value_set(value_of(client), i), HF_OK);
    }
    assert_int_equal(hf_batch_finish(client, 0, &ran), HF_INVALID);
    assert_detail_says("1025 calls");
}

static void script_too_many_replies(struct fake *fake) {
    fake_welcome(fake);
    answer_batch(fake, fake_read_op(fake, HF__REQUEST__OP_BATCH), 3, HF_OK);
    fake_expect_hang_up(fake);
}

static void more_replies_than_calls_are_a_breach_of_protocol(void **state) {
    hf_client *client = fake_play(*state, script_too_many_replies, NULL);

    assert_int_equal(hf_batch_begin(client), HF_OK);
    assert_int_equal(hf_value_set(value_of(client), 1), HF_OK);
    assert_int_equal(hf_batch_finish(client, 0, NULL), HF_PROTOCOL);
}

/* ---- wait for any ---- */

enum { NO_RESULT = 99 };

/* Answers a wait for any of two: with the int 44 of the call at *data, or without a result. */
static void script_wait_any(struct fake *fake) {
    const uint32_t index = *(const uint32_t *)fake->data;
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Reply nested = HF__REPLY__INIT;
    Hf__First first = HF__FIRST__INIT;
    Hf__Any value = HF__ANY__INIT;
    fake_welcome(fake);
    Hf__Request *request = fake_read(fake);
    bool is_any = request && request->op_case == HF__REQUEST__OP_WAIT_ANY &&
                  request->wait_any->n_requests == 2;
    fake_expect(fake, is_any, "no wait for any of two");
    if (is_any) {
        const Hf__Request *one = request->wait_any->requests[0];
        fake_expect(fake, request->timeout_ms == 1234 && !request->guard, "another timeout");
        fake_expect(fake, !one->has_id && one->guard && one->guard->fence == 32,
                    "a request with an id, or without its guard");
        value.kind_case = HF__ANY__KIND_INT;
        value.int_ = 44;
        nested.result_case = HF__REPLY__RESULT_VALUE;
        nested.value = &value;
        first.index = index;
        first.reply = &nested;
        reply.has_id = true;
        reply.id = request->id;
        reply.result_case =
            index == NO_RESULT ? HF__REPLY__RESULT__NOT_SET : HF__REPLY__RESULT_FIRST;
        reply.first = &first;
        fake_reply(fake, &reply);
    }
    if (request) {
        hf__request__free_unpacked(request, NULL);
    }
}

static hf_status wait_for_any(struct fake *fake, uint32_t answered, int64_t numbers[2],
                              size_t *index) {
    hf_client *client = fake_play(fake, script_wait_any, &answered);
    const hf_lock lock = {client, 3};
    const hf_queue queue = {client, 7};

    assert_int_equal(hf_guard(lock, 32), HF_OK);
    assert_int_equal(hf_wait_any_begin(client), HF_OK);
    assert_int_equal(hf_queue_get_int(queue, 0, &numbers[0]), HF_OK);
    assert_int_equal(hf_queue_get_int(queue, 0, &numbers[1]), HF_OK);
    hf_status status = hf_wait_any_finish(client, 1234, index);

    fake_stop(fake);
    return status;
}

static void a_wait_for_any_fills_the_outputs_of_one(void **state) {
    int64_t numbers[2] = {1, 2};
    size_t index = 9;

    assert_int_equal(wait_for_any(*state, 1, numbers, &index), HF_OK);

    assert_int_equal(index, 1);
    assert_int_equal(numbers[0], 1);
    assert_int_equal(numbers[1], 44);
}

static void an_answer_to_a_wait_for_any_must_make_sense(void **state) {
    static const uint32_t answers[] = {2, UINT32_MAX, NO_RESULT};

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        int64_t numbers[2] = {1, 2};
        size_t index = 9;
        assert_int_equal(wait_for_any(*state, answers[i], numbers, &index), HF_PROTOCOL);
        assert_true(index == HF_WAIT_ANY_NONE);
        assert_int_equal(numbers[0] + numbers[1], 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_in_any_order_fill_the_right_outputs),
        cmocka_unit_test(the_first_refusal_in_order_is_the_pipelines_own),
        cmocka_unit_test(calls_unanswered_at_the_end_of_the_connection_are_disconnected),
        cmocka_unit_test(a_call_that_cannot_be_collected_is_refused_alone),
        cmocka_unit_test(a_pipeline_longer_than_all_buffers_does_not_block),
        cmocka_unit_test(collecting_has_its_rules),
        cmocka_unit_test(a_call_that_is_refused_too_early_is_not_forgotten),
        cmocka_unit_test(a_batch_is_one_request_and_fills_its_outputs),
        cmocka_unit_test(a_refused_batch_says_how_far_it_came),
        cmocka_unit_test(a_batch_that_cannot_be_sent_as_a_whole_is_not_sent),
        cmocka_unit_test(more_replies_than_calls_are_a_breach_of_protocol),
        cmocka_unit_test(a_wait_for_any_fills_the_outputs_of_one),
        cmocka_unit_test(an_answer_to_a_wait_for_any_must_make_sense),
    };
    return FAKE_MAIN(tests);
}
