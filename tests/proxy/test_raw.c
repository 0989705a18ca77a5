/* SPDX-License-Identifier: MIT
 *
 * Raw calls, against the real manager.
 */
#include "holdfast.pb-c.h"
#include "patience.h"
#include "real.h"

static uint8_t packed[4096];

/* The bytes of a request. */
static size_t pack(Hf__Request *request) {
    assert_true(hf__request__get_packed_size(request) <= sizeof packed);
    return hf__request__pack(request, packed);
}

static size_t pack_value_get(hf_value value) {
    Hf__Request request = HF__REQUEST__INIT;
    Hf__ValueGet op = HF__VALUE_GET__INIT;
    request.has_object = true;
    request.object = value.id;
    request.op_case = HF__REQUEST__OP_VALUE_GET;
    request.value_get = &op;
    return pack(&request);
}

static size_t pack_queue_get(hf_queue queue, int64_t timeout_ms) {
    Hf__Request request = HF__REQUEST__INIT;
    Hf__QueueGet op = HF__QUEUE_GET__INIT;
    request.has_object = true;
    request.object = queue.id;
    request.has_timeout_ms = timeout_ms != 0;
    request.timeout_ms = timeout_ms;
    request.op_case = HF__REQUEST__OP_QUEUE_GET;
    request.queue_get = &op;
    return pack(&request);
}

static size_t pack_lock_acquire(hf_lock lock) {
    Hf__Request request = HF__REQUEST__INIT;
    Hf__LockAcquire op = HF__LOCK_ACQUIRE__INIT;
    request.has_object = true;
    request.object = lock.id;
    request.op_case = HF__REQUEST__OP_LOCK_ACQUIRE;
    request.lock_acquire = &op;
    return pack(&request);
}

static size_t pack_ping(Hf__Request *request) {
    static Hf__Ping op;
    op = (Hf__Ping)HF__PING__INIT;
    request->op_case = HF__REQUEST__OP_PING;
    request->ping = &op;
    return pack(request);
}

/* The int of a reply. */
static int64_t int_of(hf_raw_reply raw) {
    Hf__Reply *reply = hf__reply__unpack(NULL, raw.len, raw.bytes);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUE);
    assert_int_equal(reply->value->kind_case, HF__ANY__KIND_INT);
    int64_t number = reply->value->int_;
    hf__reply__free_unpacked(reply, NULL);
    return number;
}

static hf_value new_value(int64_t number) {
    hf_value value;
    assert_ok(hf_value_open(client, NULL, HF_I64, number, &value));
    return value;
}

static hf_queue new_queue(void) {
    hf_queue queue;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    return queue;
}

static void the_reply_comes_as_its_bytes(void **state) {
    (void)state;
    hf_raw_reply reply;
    hf_value value = new_value(7);
    assert_ok(hf_raw_call(client, packed, pack_value_get(value), &reply));
    assert_int_equal(int_of(reply), 7);
    assert_ok(hf_raw_call(client, packed, pack_value_get(value), NULL));
}

static void a_refusal_has_its_status_words_and_bytes(void **state) {
    (void)state;
    hf_raw_reply reply;
    assert_int_equal(hf_raw_call(client, packed, pack_queue_get(new_queue(), 0), &reply),
                     HF_TIMEOUT);
    assert_true(reply.len > 0);
    assert_string_not_equal(hf_last_detail(), "");
    assert_int_equal(hf_raw_call(client, packed, pack_value_get((hf_value){client, 1}), &reply),
                     HF_NO_OBJECT);
}

static void what_is_no_raw_request_is_refused(void **state) {
    (void)state;
    static const uint8_t none[1] = {0};
    char label[] = "x";
    static const uint8_t cut[] = {0x12, 0x7f, 1};
    hf_raw_reply reply = {none, 1};
    assert_int_equal(hf_raw_call(client, none, 0, &reply), HF_INVALID);
    assert_null(reply.bytes);
    assert_int_equal(hf_raw_call(client, cut, sizeof cut, &reply), HF_INVALID);
    assert_int_equal(hf_raw_call(client, none, sizeof none, &reply), HF_INVALID);
    assert_int_equal(hf_raw_call(NULL, packed, 2, &reply), HF_INVALID);

    Hf__Request request = HF__REQUEST__INIT;
    request.has_id = true;
    request.id = 4;
    assert_int_equal(hf_raw_call(client, packed, pack_ping(&request), &reply), HF_INVALID);
    assert_non_null(strstr(hf_last_detail(), "field 1"));
    request = (Hf__Request)HF__REQUEST__INIT;
    Hf__Guard guard = HF__GUARD__INIT;
    request.guard = &guard;
    assert_int_equal(hf_raw_call(client, packed, pack_ping(&request), &reply), HF_INVALID);
    request = (Hf__Request)HF__REQUEST__INIT;
    Hf__Hello hello = HF__HELLO__INIT;
    request.op_case = HF__REQUEST__OP_HELLO;
    request.hello = &hello;
    hello.label = label;
    assert_int_equal(hf_raw_call(client, packed, pack(&request), &reply), HF_INVALID);
    assert_ok(hf_client_ping(client));
}

/* Every beginning of a request, and each with one byte changed: the manager goes on in any case. */
static void broken_requests_do_no_harm(void **state) {
    (void)state;
    uint8_t bytes[64];
    hf_raw_reply reply;
    size_t len = pack_queue_get(new_queue(), 0);
    assert_true(len <= sizeof bytes);
    memcpy(bytes, packed, len);
    for (size_t i = 0; i < len; i++) {
        for (unsigned change = 0; change < 256; change++) {
            memcpy(packed, bytes, len);
            packed[i] = (uint8_t)change;
            if (i != 3) { /* not into one that would wait */
                (void)!hf_raw_call(client, packed, len, &reply);
                (void)!hf_raw_call(client, packed, i, &reply);
            }
        }
    }
    assert_ok(hf_client_ping(client));
}

static void replies_of_a_pipeline_stay_until_the_next_begin(void **state) {
    (void)state;
    enum { CALLS = 600 };
    static hf_raw_reply replies[CALLS];
    hf_value value = new_value(7);
    size_t len = pack_value_get(value);
    assert_ok(hf_pipeline_begin(client));
    for (size_t i = 0; i < CALLS; i++) {
        assert_ok(hf_raw_call(client, packed, len, &replies[i]));
    }
    assert_ok(hf_pipeline_finish(client, NULL, 0));
    assert_ok(hf_client_ping(client));
    for (size_t i = 0; i < CALLS; i++) {
        assert_int_equal(int_of(replies[i]), 7);
    }
    assert_ok(hf_batch_begin(client));
    assert_int_equal(hf_raw_call(client, packed, len, NULL), HF_INVALID);
    hf_pipeline_abandon(client);
    assert_ok(hf_post_begin(client));
    assert_int_equal(hf_raw_call(client, packed, len, &replies[0]), HF_INVALID);
    hf_pipeline_abandon(client);
    assert_ok(hf_post_begin(client));
    assert_ok(hf_raw_call(client, packed, len, NULL));
    assert_ok(hf_post_finish(client));
}

static void read_it(hf_async *async, const hf_completion *completion) {
    (void)async;
    assert_int_equal(completion->status, HF_OK);
    const hf_raw_reply *reply = completion->data;
    assert_int_equal(int_of(*reply), 9);
}

static void a_raw_call_may_be_asynchronous(void **state) {
    (void)state;
    hf_async *async = NULL;
    hf_raw_reply reply;
    hf_queue queue = new_queue();
    assert_ok(hf_async_new(client, NULL, &async));
    size_t len = pack_queue_get(queue, -1);
    assert_ok(HF_ASYNC(async, read_it, &reply, NULL, hf_raw_call(client, packed, len, &reply)));
    assert_ok(hf_queue_put_int(queue, 9, 0));
    while (hf_async_in_flight(async) > 0) {
        (void)hf_async_wait(async, PATIENCE_MS);
    }
    hf_async_free(async);
}

static void both_sorts_of_calls_know_of_the_same_holds(void **state) {
    (void)state;
    hf_lock lock = open_lock("l", NULL);
    assert_ok(hf_raw_call(client, packed, pack_lock_acquire(lock), NULL));
    assert_ok(hf_lock_release(lock));
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_lock_release(lock));

    assert_ok(hf_party(client, 3));
    assert_ok(hf_raw_call(client, packed, pack_lock_acquire(lock), NULL));
    assert_ok(hf_party(client, 0));
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_TIMEOUT);
    assert_ok(hf_client_leave(client));
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OWNER_DIED);
    assert_ok(hf_lock_release(lock));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reply_comes_as_its_bytes),
        cmocka_unit_test(a_refusal_has_its_status_words_and_bytes),
        cmocka_unit_test(what_is_no_raw_request_is_refused),
        cmocka_unit_test(broken_requests_do_no_harm),
        cmocka_unit_test(replies_of_a_pipeline_stay_until_the_next_begin),
        cmocka_unit_test(a_raw_call_may_be_asynchronous),
        cmocka_unit_test(both_sorts_of_calls_know_of_the_same_holds),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
