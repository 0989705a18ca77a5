/* SPDX-License-Identifier: MIT
 *
 * The library against a real manager: the client, objects of any type, several calls at once,
 * threads. Each function asks for the right operation and hands back what it should; what the
 * operations themselves do is tested in tests/types.
 */
#include "real.h"

static void a_client_knows_its_address_and_pings(void **state) {
    (void)state;

    assert_string_equal(hf_client_address(client), hf_manager_address(manager));
    assert_ok(hf_client_ping(client));
    assert_string_equal(hf_version(), "1.0.0");
    assert_string_equal(hf_status_name(HF_KEY_ERROR), "KEY_ERROR");
    assert_string_equal(hf_status_text(HF_KEY_ERROR), "no such key");
    assert_true(hf_ok(HF_OWNER_DIED));
    assert_true(hf_status_is_fatal(HF_DENIED));
}

static void a_manager_tells_its_numbers(void **state) {
    hf_statistics before;
    hf_statistics after;
    hf_dict dict;
    (void)state;

    assert_ok(hf_client_statistics(client, &before));
    assert_ok(hf_dict_open(client, "counted", HF_MUST_CREATE, &dict));
    assert_ok(hf_client_statistics(client, &after));

    assert_int_equal(after.sessions, 1);
    assert_int_equal(after.objects, before.objects + 1);
    assert_true(after.requests > before.requests);
    assert_ok(hf_object_delete(HF_OBJECT(dict)));
}

static void a_thread_knows_the_number_of_its_session(void **state) {
    uint64_t session = 0;
    uint64_t again = 0;
    hf_holder holder;
    hf_lock lock = open_lock("of a session", NULL);
    (void)state;

    hf_client_disconnect(client);
    assert_ok(hf_client_session(client, &session));
    assert_ok(hf_lock_acquire(lock, -1, NULL));
    assert_ok(hf_lock_who(lock, &holder));
    assert_ok(hf_client_session(client, &again));

    assert_true(session != 0);
    assert_true(holder.session == session);
    assert_true(again == session);
    hf_client_disconnect(client);
    assert_ok(hf_client_session(client, &again));
    assert_true(again > session);
    assert_ok(hf_object_delete(HF_OBJECT(lock)));
    assert_ok(hf_pipeline_begin(client));
    assert_status(hf_client_session(client, &session), HF_INVALID, "while it collects");
    hf_pipeline_abandon(client);
    assert_status(hf_client_session(NULL, &session), HF_INVALID, "no client");
}

static void a_manager_tells_the_time(void **state) {
    hf_times before;
    hf_times after;
    int64_t earliest_s = time(NULL);
    (void)state;

    assert_ok(hf_client_clock(client, &before));
    assert_ok(hf_client_clock(client, &after));

    int64_t latest_s = time(NULL);
    assert_in_range(after.wall_ms / 1000, earliest_s - 1, latest_s + 1);
    assert_true(before.wall_ms <= after.wall_ms);
    assert_true(before.monotonic_ms <= after.monotonic_ms);
}

static void named_objects_are_listed_found_and_deleted(void **state) {
    hf_dict dict;
    hf_listing listing = {0};
    uint64_t id = 0;
    hf_type type = HF_TYPE_LOCK;
    bool exists = false;
    (void)state;
    for (int i = 0; i < 1500; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "list/%04d", i);
        assert_ok(hf_dict_open(client, name, HF_MUST_CREATE, &dict));
    }

    assert_ok(hf_object_list(client, "list/", &listing));
    assert_int_equal(listing.len, 1500);
    assert_string_equal(listing.entries[1499].name, "list/1499");
    assert_int_equal(listing.entries[1499].id, dict.id);
    assert_int_equal(listing.entries[1499].type, HF_TYPE_DICT);
    hf_listing_clear(&listing);
    assert_ok(hf_object_find(client, "list/1499", &id, &type));
    assert_int_equal(id, dict.id);
    assert_int_equal(type, HF_TYPE_DICT);
    assert_ok(hf_object_delete(HF_OBJECT(dict)));
    assert_ok(hf_object_exists(client, "list/1499", &exists));
    assert_false(exists);
    assert_status(hf_object_find(client, "list/1499", &id, &type), HF_NO_OBJECT, "find");
    assert_status(hf_dict_clear(dict), HF_NO_OBJECT, "clear");
}

static void objects_are_described(void **state) {
    hf_lock lock = open_lock("described", &(hf_lock_options){.reentrant = true});
    hf_description description;
    (void)state;
    assert_ok(hf_lock_acquire(lock, 0, NULL));

    assert_ok(hf_object_describe(HF_OBJECT(lock), &description));

    assert_string_equal(description.name, "described");
    assert_int_equal(description.type, HF_TYPE_LOCK);
    assert_int_equal(description.id, lock.id);
    assert_int_equal(description.holder_count, 1);
    assert_int_equal(description.holders[0].pid, getpid());
    assert_int_equal(description.waiter_count, 0);
    assert_int_equal(description.grants, 1);
    hf_description_clear(&description);
    hf_description_clear(&description);
    assert_ok(hf_lock_release(lock));
}

static void references_lead_from_object_to_object(void **state) {
    hf_dict dict = new_dict();
    hf_list list = new_list(1);
    hf_value value;
    hf_queue queue;
    hf_lock lock = open_lock(NULL, NULL);
    hf_any ref;
    uint64_t len = 0;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 0, &value));
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));

    assert_ok(hf_dict_set_any(dict, hf_any_string("list"), hf_list_ref(list)));
    assert_ok(hf_object_release(HF_OBJECT(list)));
    assert_ok(hf_dict_get_any(dict, hf_any_string("list"), &ref));
    assert_ok(hf_list_from_ref(client, ref, &list));
    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, 1);

    assert_ok(hf_dict_from_ref(client, hf_dict_ref(dict), &dict));
    assert_ok(hf_value_from_ref(client, hf_value_ref(value), &value));
    assert_ok(hf_queue_from_ref(client, hf_queue_ref(queue), &queue));
    assert_ok(hf_lock_from_ref(client, hf_lock_ref(lock), &lock));
    assert_ok(hf_value_set(value, 1));
    assert_status(hf_value_from_ref(client, hf_any_int(1), &value), HF_TYPE_ERROR, "from_ref");
}

static void objects_expire(void **state) {
    (void)state;
    hf_event event = {NULL, 0};
    int64_t ttl_ms = 0;
    bool exists = true;
    assert_ok(hf_event_open(client, "brief", HF_MUST_CREATE, &event));

    assert_ok(hf_object_ttl(HF_OBJECT(event), &ttl_ms));
    assert_int_equal(ttl_ms, -1);
    assert_ok(hf_object_expire(HF_OBJECT(event), 60000));
    assert_ok(hf_object_ttl(HF_OBJECT(event), &ttl_ms));
    assert_true(ttl_ms > 0 && ttl_ms <= 60000);
    assert_status(hf_object_expire(HF_OBJECT(event), 0), HF_INVALID, "expire");
    assert_ok(hf_object_expire(HF_OBJECT(event), -1));
    assert_ok(hf_object_ttl(HF_OBJECT(event), &ttl_ms));
    assert_int_equal(ttl_ms, -1);

    assert_ok(hf_object_expire(HF_OBJECT(event), 20));
    hf_status status = hf_event_wait(event, -1);
    assert_true(status == HF_DELETED || status == HF_NO_OBJECT); /* it may be over already */
    assert_ok(hf_object_exists(client, "brief", &exists));
    assert_false(exists);
}

static void pipelines_fill_all_outputs(void **state) {
    hf_dict dict;
    int64_t numbers[100];
    (void)state;

    assert_ok(hf_pipeline_begin(client));
    assert_ok(hf_dict_open(client, "piped", HF_OPEN_OR_CREATE, &dict));
    assert_ok(hf_pipeline_finish(client, NULL, 0));
    assert_ok(hf_pipeline_begin(client));
    for (int64_t i = 0; i < 100; i++) {
        assert_ok(hf_dict_set_any(dict, hf_any_int(i), hf_any_int(i)));
        assert_ok(hf_dict_add_any(dict, hf_any_int(i), hf_any_int(1), NULL, hf_any_null(), NULL));
        assert_ok(hf_dict_set_int(dict, "last", i));
        assert_ok(hf_dict_get_int(dict, "last", &numbers[i]));
    }
    assert_ok(hf_pipeline_finish(client, NULL, 0));

    for (int64_t i = 0; i < 100; i++) {
        assert_int_equal(numbers[i], i);
    }
}

static void batches_lock_get_and_set_in_two_steps(void **state) {
    hf_lock lock = open_lock("batched", NULL);
    hf_value value;
    int64_t number = 0;
    size_t ran = 0;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 5, &value));

    assert_ok(hf_batch_begin(client));
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_value_get(value, &number));
    assert_ok(hf_batch_finish(client, -1, &ran));
    assert_int_equal(ran, 2);
    assert_int_equal(number, 5);
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_value_set(value, number - 1));
    assert_ok(hf_lock_release(lock));
    assert_ok(hf_value_get(value, &number));
    assert_ok(hf_batch_finish(client, 0, &ran));
    assert_int_equal(number, 4);

    assert_ok(hf_batch_begin(client));
    assert_ok(hf_value_set(value, 9));
    assert_ok(hf_lock_release(lock));
    assert_ok(hf_value_set(value, 10));
    assert_status(hf_batch_finish(client, 0, &ran), HF_NOT_HELD, "batch");
    assert_int_equal(ran, 1);
    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 9);
}

static void an_atomic_batch_is_done_as_a_whole_or_not_at_all(void **state) {
    const hf_dict accounts = new_dict();
    const char *const to[] = {"bob", "nobody"};
    int64_t left = 0;
    size_t ran = 9;
    (void)state;
    assert_ok(hf_dict_set_int(accounts, "ada", 10));
    assert_ok(hf_dict_set_int(accounts, "bob", 0));

    for (int i = 0; i < 2; i++) {
        assert_ok(hf_batch_begin_atomic(client));
        assert_ok(hf_dict_add_int(accounts, "ada", -4, NULL, &left));
        assert_ok(hf_dict_add_int(accounts, to[i], 4, NULL, NULL));
        assert_status(hf_batch_finish(client, 0, &ran), i == 0 ? HF_OK : HF_KEY_ERROR, "batch");
        assert_int_equal(ran, i == 0 ? 2 : 1);
        assert_int_equal(left, 6);
    }
    assert_string_equal(hf_last_detail(), "request 1, dict_add: no key \"nobody\"");
    assert_ok(hf_dict_get_int(accounts, "ada", &left));
    assert_int_equal(left, 6);

    hf_queue queue;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    assert_ok(hf_batch_begin_atomic(client));
    assert_ok(hf_queue_get_int(queue, 0, &left));
    assert_ok(hf_dict_set_int(accounts, "ada", 1));
    assert_status(hf_batch_finish(client, 0, &ran), HF_INVALID, "batch");
    assert_int_equal(ran, 0);
}

static void a_batch_runs_only_if_its_checks_hold(void **state) {
    const hf_dict dict = new_dict();
    const hf_any seat = hf_any_string("seat");
    const hf_any ada = hf_any_string("ada");
    char *who = NULL;
    size_t ran = 9;
    (void)state;
    assert_ok(hf_dict_set_string(dict, "seat", "free"));

    for (int i = 0; i < 2; i++) {
        assert_ok(hf_batch_begin(client));
        assert_ok(hf_dict_check_equals(dict, seat, hf_any_string("free")));
        assert_ok(hf_dict_check_absent(dict, ada));
        assert_ok(hf_dict_set_string(dict, "seat", i == 0 ? "ada" : "bob"));
        hf_status status = hf_batch_finish(client, 0, &ran);
        assert_status(status, i == 0 ? HF_OK : HF_MISMATCH, "batch");
        assert_int_equal(ran, i == 0);
    }
    assert_string_equal(hf_last_detail(), "check 0: dict_get is \"ada\", expected \"free\"");
    assert_ok(hf_dict_get_string(dict, "seat", &who));
    assert_string_equal(who, "ada");
    free(who);

    assert_ok(hf_batch_begin(client));
    assert_ok(hf_dict_check_exists(dict, seat));
    assert_ok(hf_dict_check_exists(dict, ada));
    assert_status(hf_batch_finish(client, 0, NULL), HF_MISMATCH, "batch");
    assert_string_equal(hf_last_detail(), "check 1: dict_contains is false, expected true");
}

static void any_call_that_reads_makes_a_check(void **state) {
    const hf_dict dict = new_dict();
    const hf_list list = new_list(3);
    hf_value value;
    int64_t number = 0;
    bool truth = false;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 7, &value));
    const hf_any first[] = {hf_any_int(0), hf_any_int(1), hf_any_int(2)};

    assert_ok(hf_batch_begin(client));
    assert_ok(hf_value_get(value, &number));
    assert_ok(hf_batch_check_equals(client, hf_any_int(7)));
    assert_ok(hf_dict_get_any(dict, hf_any_int(1), NULL));
    assert_ok(hf_batch_check(client, HF_KEY_ERROR));
    assert_ok(hf_value_set(value, 8));
    assert_ok(hf_list_copy(list, NULL));
    assert_ok(hf_batch_check_equals(client, hf_any_list(first, 3)));
    assert_ok(hf_object_exists(client, "nothing of this name", &truth));
    assert_ok(hf_batch_check_equals(client, hf_any_bool(false)));
    assert_ok(hf_dict_len(dict, NULL));
    assert_ok(hf_batch_check_equals(client, hf_any_int(0)));
    assert_ok(hf_value_get(value, &number));
    assert_ok(hf_batch_finish(client, 0, NULL));
    assert_int_equal(number, 8);

    assert_ok(hf_dict_set_any(dict, hf_any_int(1), hf_any_null()));
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_dict_check_equals(dict, hf_any_int(1), hf_any_null()));
    assert_ok(hf_batch_finish(client, 0, NULL));
}

static void a_new_object_has_a_tag_and_an_attachment(void **state) {
    const hf_open_extras extras = {.tag = "Stock", .attachment = "a\0b", .attachment_len = 3};
    const hf_any_item apple = {hf_any_string("apples"), hf_any_int(5)};
    const hf_dict_options options = {.initial = &apple, .initial_count = 1};
    hf_dict stock;
    hf_dict plain;
    hf_attachment attachment;
    hf_description description;
    int64_t apples = 0;
    (void)state;

    hf_open_with(&extras);
    assert_ok(hf_dict_open_options(client, "tagged", &options, &stock));
    assert_ok(hf_dict_open(client, "untagged", HF_OPEN_OR_CREATE, &plain));

    assert_ok(hf_dict_get_int(stock, "apples", &apples));
    assert_int_equal(apples, 5);
    assert_ok(hf_object_attachment(HF_OBJECT(stock), &attachment));
    assert_int_equal(attachment.type, HF_TYPE_DICT);
    assert_string_equal(attachment.tag, "Stock");
    assert_int_equal(attachment.len, 3);
    assert_memory_equal(attachment.bytes, "a\0b", 3);
    hf_attachment_clear(&attachment);
    assert_ok(hf_object_attachment(HF_OBJECT(plain), &attachment));
    assert_string_equal(attachment.tag, "");
    assert_null(attachment.bytes);
    assert_ok(hf_object_describe(HF_OBJECT(stock), &description));
    assert_string_equal(description.tag, "Stock");
    hf_description_clear(&description);
    hf_open_with(&(hf_open_extras){.tag = "Counter"});
    assert_status(hf_dict_open(client, "tagged", HF_OPEN_OR_CREATE, &stock), HF_WRONG_TYPE, "open");
    hf_open_with(&extras);
    hf_open_with(NULL);
    assert_ok(hf_dict_open(client, "untagged", HF_OPEN_OR_CREATE, &plain));
}

static void collections_are_created_with_contents(void **state) {
    const hf_any_item item = {hf_any_string("a"), hf_any_int(1)};
    const hf_any values[] = {hf_any_int(1), hf_any_string("b")};
    const hf_any_item bad = {hf_any_int(1), hf_any_int(1)};
    const hf_dict_options options = {.initial = &item, .initial_count = 1};
    const hf_dict_options bad_options = {.initial = &bad, .initial_count = 1};
    hf_dict space;
    hf_list list;
    hf_set set;
    uint64_t len = 0;
    (void)state;

    assert_ok(hf_namespace_open_options(client, NULL, &options, &space));
    assert_ok(hf_dict_len(space, &len));
    assert_int_equal(len, 1);
    assert_status(hf_namespace_open_options(client, NULL, &bad_options, &space), HF_TYPE_ERROR,
                  "open");
    assert_ok(hf_list_open_options(
        client, NULL, &(hf_list_options){.initial = values, .initial_count = 2}, &list));
    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, 2);
    assert_ok(hf_set_open_options(client, NULL,
                                  &(hf_set_options){.initial = values, .initial_count = 2}, &set));
    assert_ok(hf_set_len(set, &len));
    assert_int_equal(len, 2);
}

static void contents_go_with_options_and_are_none(void **state) {
    const hf_any_item items[] = {{hf_any_int(1), hf_any_string("int")},
                                 {hf_any_double(1), hf_any_string("double")},
                                 {hf_any_int(2), hf_any_string("two")}};
    const hf_any values[] = {hf_any_int(1), hf_any_double(1)};
    const hf_dict_options options = {.mode = HF_MUST_CREATE,
                                     .max_items = 3,
                                     .equality = HF_BY_VALUE,
                                     .initial = items,
                                     .initial_count = 3};
    const hf_dict_options crowded = {.max_items = 2, .initial = items, .initial_count = 3};
    const hf_dict_options again = {.initial = items + 2, .initial_count = 1};
    const hf_set_options by_value = {
        .equality = HF_BY_VALUE, .initial = values, .initial_count = 2};
    hf_dict dict;
    hf_set set;
    uint64_t len = 0;
    (void)state;

    assert_ok(hf_dict_open_options(client, "filled", &options, &dict));
    assert_status(hf_dict_open_options(client, "filled", &options, &dict), HF_EXISTS, "open");
    assert_status(hf_dict_open_options(client, "crowded", &crowded, &dict), HF_LIMIT, "open");
    assert_ok(hf_set_open_options(client, NULL, &by_value, &set));

    assert_ok(hf_dict_open_options(client, "filled", &again, &dict));
    assert_ok(hf_dict_len(dict, &len));
    assert_int_equal(len, 2);
    assert_ok(hf_set_len(set, &len));
    assert_int_equal(len, 1);
}

/* Read the dict and its version in one step, and write only if nothing has changed since. */
static void a_version_makes_an_update_optimistic(void **state) {
    hf_dict dict;
    int64_t stock = 0;
    uint64_t seen = 0;
    (void)state;
    assert_ok(hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &dict));
    assert_ok(hf_dict_set_int(dict, "stock", 5));

    assert_ok(hf_batch_begin(client));
    assert_ok(hf_dict_get_int(dict, "stock", &stock));
    assert_ok(hf_object_version(HF_OBJECT(dict), &seen));
    assert_ok(hf_batch_finish(client, 0, NULL));
    assert_true(seen > 0);

    for (int i = 0; i < 2; i++) {
        assert_ok(hf_batch_begin(client));
        assert_ok(hf_object_version(HF_OBJECT(dict), NULL));
        assert_ok(hf_batch_check_equals(client, hf_any_int((int64_t)seen)));
        assert_ok(hf_dict_set_int(dict, "stock", stock - 1));
        assert_int_equal(hf_batch_finish(client, 0, NULL), i ? HF_MISMATCH : HF_OK);
    }
    assert_ok(hf_dict_get_int(dict, "stock", &stock));
    assert_int_equal(stock, 4);
}

static void a_batch_never_runs_without_one_of_its_checks(void **state) {
    const hf_any not_a_value = {.kind = (hf_any_kind)99};
    const hf_dict dict = new_dict();
    hf_value value;
    int64_t number = 0;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 7, &value));

    assert_status(hf_batch_check(client, HF_OK), HF_INVALID, "no batch");
    assert_status(hf_dict_check_absent(dict, hf_any_int(1)), HF_INVALID, "no batch");
    assert_status(hf_dict_check_equals(dict, hf_any_int(1), hf_any_int(1)), HF_INVALID, "no batch");
    assert_ok(hf_pipeline_begin(client));
    assert_status(hf_dict_check_absent(dict, hf_any_int(1)), HF_INVALID, "a pipeline");
    hf_pipeline_abandon(client);
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_value_set(value, 8));
    assert_status(hf_dict_check_equals(dict, hf_any_int(1), not_a_value), HF_INVALID, "no value");
    assert_status(hf_batch_finish(client, 0, NULL), HF_INVALID, "batch");
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_value_set(value, 8));
    assert_ok(hf_dict_check_absent(dict, hf_any_int(1)));
    assert_status(hf_batch_check(client, HF_OK), HF_INVALID, "twice");
    assert_status(hf_batch_finish(client, 0, NULL), HF_INVALID, "batch");
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_value_set(value, 8));
    assert_ok(hf_value_set(value, 9));
    assert_ok(hf_batch_check(client, HF_OK));
    assert_status(hf_batch_finish(client, 0, NULL), HF_INVALID, "a call that changes");
    assert_ok(hf_batch_begin(client));
    for (int i = 0; i < 1025; i++) {
        assert_ok(hf_dict_check_absent(dict, hf_any_int(1)));
    }
    assert_status(hf_batch_finish(client, 0, NULL), HF_INVALID, "1025");
    assert_string_equal(hf_last_detail(), "the batch has 1025 checks, at most 1024 are allowed");

    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 7);
}

enum { WORKERS = 8, ROUNDS = 50 };

static void *decrement(void *argument) {
    const hf_lock *lock = argument;
    hf_value value;
    hf_status status = hf_value_open(lock->client, "workers", HF_I64, 0, &value);
    for (int i = 0; i < ROUNDS && status == HF_OK; i++) {
        int64_t number = 0;
        status = hf_lock_acquire(*lock, -1, NULL);
        status = status == HF_OK ? hf_value_get(value, &number) : status;
        status = status == HF_OK ? hf_value_set(value, number - 1) : status;
        status = status == HF_OK ? hf_lock_release(*lock) : status;
    }
    return status == HF_OK ? argument : NULL;
}

static void the_first_of_several_calls_is_done(void **state) {
    hf_queue jobs = {NULL, 0};
    hf_pipe_end here;
    hf_pipe_end there;
    hf_lock lock = open_lock("any", NULL);
    hf_grant grant = {.fence = 0};
    char *order = NULL;
    int64_t job = 0;
    size_t index = 7;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &jobs));
    assert_ok(hf_pipe_open(client, NULL, NULL, &here, &there));

    assert_ok(hf_pipe_send_string(here, "stop", 0));
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_queue_get_int(jobs, 0, &job));
    assert_ok(hf_pipe_receive_string(there, 0, &order));
    assert_ok(hf_lock_acquire(lock, 0, &grant));
    assert_ok(hf_wait_any_finish(client, -1, &index));
    assert_int_equal(index, 1);
    assert_string_equal(order, "stop");
    free(order);
    assert_status(hf_lock_release(lock), HF_NOT_HELD, "release");

    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_queue_get_int(jobs, 0, &job));
    assert_ok(hf_pipe_receive_string(there, 0, &order));
    assert_status(hf_wait_any_finish(client, 1, &index), HF_TIMEOUT, "wait_any");
    assert_true(index == HF_WAIT_ANY_NONE);

    assert_ok(hf_queue_close(jobs, false));
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_pipe_receive_string(there, 0, &order));
    assert_ok(hf_queue_get_int(jobs, 0, &job));
    assert_status(hf_wait_any_finish(client, -1, &index), HF_CLOSED, "wait_any");
    assert_int_equal(index, 1);
}

static void a_wait_for_any_that_makes_no_sense_is_refused(void **state) {
    hf_value value;
    size_t index = 7;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 0, &value));

    assert_status(hf_wait_any_finish(client, 0, &index), HF_INVALID, "wait_any");
    assert_true(index == HF_WAIT_ANY_NONE);
    assert_ok(hf_wait_any_begin(client));
    assert_status(hf_batch_finish(client, 0, NULL), HF_INVALID, "batch");
    assert_status(hf_wait_any_finish(client, 0, NULL), HF_INVALID, "wait_any");
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_value_get(value, NULL));
    assert_status(hf_wait_any_finish(client, 0, &index), HF_INVALID, "wait_any");
    assert_true(index == HF_WAIT_ANY_NONE);
}

static void put_one(void *queue) {
    if (hf_queue_put_int(*(const hf_queue *)queue, 1, -1) != HF_OK) {
        abort();
    }
}

static void a_timers_function_makes_calls_of_its_own(void **state) {
    hf_queue queue = {NULL, 0};
    hf_timer *timer = NULL;
    int64_t item = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));

    assert_ok(hf_timer_start(1, put_one, &queue, &timer));
    assert_ok(hf_queue_get_int(queue, -1, &item));

    assert_int_equal(item, 1);
    assert_ok(hf_timer_join(timer));
}

static void threads_that_share_a_client_count_down_to_zero(void **state) {
    hf_lock lock = open_lock("workers/lock", NULL);
    pthread_t threads[WORKERS];
    hf_value value;
    int64_t number = -1;
    (void)state;
    assert_ok(hf_value_open(client, "workers", HF_I64, WORKERS * ROUNDS, &value));

    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, decrement, &lock), 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
    }

    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_knows_its_address_and_pings),
        cmocka_unit_test(a_manager_tells_its_numbers),
        cmocka_unit_test(a_thread_knows_the_number_of_its_session),
        cmocka_unit_test(a_manager_tells_the_time),
        cmocka_unit_test(named_objects_are_listed_found_and_deleted),
        cmocka_unit_test(objects_are_described),
        cmocka_unit_test(references_lead_from_object_to_object),
        cmocka_unit_test(objects_expire),
        cmocka_unit_test(pipelines_fill_all_outputs),
        cmocka_unit_test(batches_lock_get_and_set_in_two_steps),
        cmocka_unit_test(an_atomic_batch_is_done_as_a_whole_or_not_at_all),
        cmocka_unit_test(a_batch_runs_only_if_its_checks_hold),
        cmocka_unit_test(any_call_that_reads_makes_a_check),
        cmocka_unit_test(a_new_object_has_a_tag_and_an_attachment),
        cmocka_unit_test(collections_are_created_with_contents),
        cmocka_unit_test(contents_go_with_options_and_are_none),
        cmocka_unit_test(a_version_makes_an_update_optimistic),
        cmocka_unit_test(a_batch_never_runs_without_one_of_its_checks),
        cmocka_unit_test(the_first_of_several_calls_is_done),
        cmocka_unit_test(a_wait_for_any_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_timers_function_makes_calls_of_its_own),
        cmocka_unit_test(threads_that_share_a_client_count_down_to_zero),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
