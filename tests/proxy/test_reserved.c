/* SPDX-License-Identifier: MIT
 *
 * The room that options and results have to grow: options with anything in it are refused, and of
 * results it is zeros.
 */
#include "real.h"

/* ---- options ---- */

/* The call, with options whose `reserved[at]` is not zero. */
typedef hf_status call_with_option(size_t at);

/* Define such a call: its name, the options to begin with, and the call with `options`. */
#define WITH_OPTION(name, type, begin, call)                                                       \
    static hf_status name(size_t at) {                                                             \
        type options = begin;                                                                      \
        options.reserved[at] = 1;                                                                  \
        return call;                                                                               \
    }

static hf_barrier barrier;
static hf_dict dict;
static hf_list list;
static hf_lock lock;
static hf_pipe_end ends[2];
static hf_queue queue;
static hf_rwlock rwlock;
static hf_semaphore semaphore;
static hf_set set;
static hf_watch watch;
static hf_client *other;
static hf_pool *pool;
static hf_process *process;
static hf_result *result;
static hf_results *results;

static const hf_function functions[] = {{"square", square}};

static int leave_at_once(void *argument) {
    (void)argument;
    return 0;
}

static hf_any four(void) {
    return hf_any_int(4);
}

static hf_status put_many(const hf_queue_put_options *options) {
    const hf_any item = four();
    return hf_queue_put_many(queue, &item, 1, options, 0);
}

static hf_status open_with(const hf_open_extras *options) {
    hf_open_with(options);
    return hf_queue_open(client, NULL, NULL, &queue);
}

static hf_status start_pool(size_t at, bool in_work) {
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = 1;
    (in_work ? options.work.reserved : options.reserved)[at] = 1;
    return hf_pool_start(client, NULL, &options, &pool);
}

static hf_status pool_start(size_t at) {
    return start_pool(at, false);
}

static hf_status pool_start_work(size_t at) {
    return start_pool(at, true);
}

static hf_status pool_work(size_t at) {
    hf_work work = HF_WORK;
    work.functions = functions;
    work.function_count = 1;
    work.reserved[at] = 1;
    return hf_pool_work(client, "none", &work);
}

static hf_status submit(size_t at, bool stream) {
    const hf_any item = four();
    hf_task_options options = HF_TASK_OPTIONS;
    options.reserved[at] = 1;
    hf_pool *opened = NULL;
    assert_ok(hf_pool_open(client, NULL, NULL, &opened));
    hf_status status = stream ? hf_pool_imap(opened, "square", &item, 1, &options, &results)
                              : hf_pool_apply_async(opened, "square", &item, 1, &options, &result);
    hf_pool_free(opened);
    return status;
}

static hf_status task(size_t at) {
    return submit(at, false);
}

static hf_status stream(size_t at) {
    return submit(at, true);
}

WITH_OPTION(of_client, hf_client_options, HF_CLIENT_OPTIONS, hf_client_new(NULL, &options, &other))
WITH_OPTION(of_barrier, hf_barrier_options, {.mode = HF_OPEN_OR_CREATE},
            hf_barrier_open(client, NULL, 1, &options, &barrier))
WITH_OPTION(of_dict, hf_dict_options, {.max_items = 1},
            hf_dict_open_options(client, NULL, &options, &dict))
WITH_OPTION(of_namespace, hf_dict_options, {.max_items = 0},
            hf_namespace_open_options(client, NULL, &options, &dict))
WITH_OPTION(of_list, hf_list_options, {.mode = HF_OPEN_OR_CREATE},
            hf_list_open_options(client, NULL, &options, &list))
WITH_OPTION(of_lock, hf_lock_options, {.keep = true}, hf_lock_open(client, NULL, &options, &lock))
WITH_OPTION(of_pipe, hf_pipe_options, {.one_way = true},
            hf_pipe_open(client, NULL, &options, &ends[0], &ends[1]))
WITH_OPTION(of_queue, hf_queue_options, {.max_items = 1},
            hf_queue_open(client, NULL, &options, &queue))
WITH_OPTION(of_put, hf_queue_put_options, {.delay_ms = 1},
            hf_queue_put_with(queue, four(), &options, 0))
WITH_OPTION(of_put_many, hf_queue_put_options, {.delay_ms = 0}, put_many(&options))
WITH_OPTION(of_rwlock, hf_rwlock_options, {.keep_on_leave = true},
            hf_rwlock_open(client, NULL, &options, &rwlock))
WITH_OPTION(of_semaphore, hf_semaphore_options, {.bounded = true},
            hf_semaphore_open(client, NULL, 1, &options, &semaphore))
WITH_OPTION(of_set, hf_set_options, {.mode = HF_OPEN_OR_CREATE},
            hf_set_open_options(client, NULL, &options, &set))
WITH_OPTION(of_watch, hf_watch_options, {.prefix = "a"},
            hf_watch_open(client, NULL, &options, &watch))
WITH_OPTION(of_extras, hf_open_extras, {.tag = "Numbers"}, open_with(&options))
WITH_OPTION(of_extras_alone, hf_open_extras, {.tag = NULL}, open_with(&options))
WITH_OPTION(of_pool, hf_pool_options, HF_POOL_OPTIONS, hf_pool_open(client, NULL, &options, &pool))
WITH_OPTION(of_process, hf_process_options, HF_PROCESS_OPTIONS,
            hf_process_start(leave_at_once, NULL, &options, &process))
WITH_OPTION(of_program, hf_process_options, HF_PROCESS_OPTIONS,
            hf_process_start_program("true", NULL, &options, &process))

static void options_of_a_newer_version_are_refused(void **state) {
    static call_with_option *const calls[] = {
        of_client, of_barrier, of_dict,         of_namespace,    of_list,    of_lock,
        of_pipe,   of_queue,   of_put,          of_put_many,     of_rwlock,  of_semaphore,
        of_set,    of_watch,   of_extras,       of_extras_alone, of_pool,    pool_start,
        pool_work, task,       pool_start_work, stream,          of_process, of_program};
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        for (size_t at = 0; at < 8; at += 7) {
            assert_status(calls[i](at), HF_INVALID, "a call with an option of a newer version");
            assert_non_null(strstr(hf_last_detail(), "an option of a newer version"));
        }
    }
    uint64_t size = 1;
    assert_ok(hf_queue_size(queue, &size));
    assert_int_equal(size, 0);
    assert_ok(hf_queue_open(client, NULL, NULL, &queue)); /* the extras are gone */
}

/* ---- results ---- */

/* Memory as an earlier use has left it. */
static void make_dirty(void *out, size_t size) {
    memset(out, 0xff, size);
}

static void assert_zeros(const uint64_t reserved[4]) {
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(reserved[i], 0);
    }
}

static void the_room_of_grants_and_descriptions_is_zeros(void **state) {
    hf_grant grant;
    hf_holder holder;
    hf_description description;
    hf_attachment attachment;
    (void)state;
    make_dirty(&grant, sizeof grant);
    make_dirty(&holder, sizeof holder);
    make_dirty(&description, sizeof description);
    make_dirty(&attachment, sizeof attachment);
    hf_open_with(&(hf_open_extras){.tag = "Guard", .attachment = "here", .attachment_len = 4});
    assert_ok(hf_lock_open(client, NULL, NULL, &lock));

    assert_ok(hf_lock_acquire(lock, -1, &grant));
    assert_ok(hf_lock_who(lock, &holder));
    assert_ok(hf_object_describe(HF_OBJECT(lock), &description));
    assert_ok(hf_object_attachment(HF_OBJECT(lock), &attachment));

    assert_zeros(grant.reserved);
    assert_zeros(grant.died.reserved);
    assert_zeros(holder.reserved);
    assert_zeros(description.reserved);
    assert_int_equal(description.holder_count, 1);
    assert_zeros(description.holders[0].reserved);
    assert_zeros(attachment.reserved);
    hf_description_clear(&description);
    hf_attachment_clear(&attachment);
}

static void the_room_of_lists_of_objects_and_changes_is_zeros(void **state) {
    hf_listing listing;
    hf_changes changes;
    uint64_t after = 0;
    (void)state;
    make_dirty(&listing, sizeof listing);
    make_dirty(&changes, sizeof changes);
    assert_ok(hf_watch_open(client, NULL, &(hf_watch_options){.prefix = "seen"}, &watch));
    assert_ok(hf_queue_open(client, "seen", NULL, &queue));

    assert_ok(hf_object_list(client, "seen", &listing));
    assert_ok(hf_watch_next(watch, &after, 0, -1, &changes));

    assert_zeros(listing.reserved);
    assert_int_equal(listing.len, 1);
    assert_zeros(listing.entries[0].reserved);
    assert_zeros(changes.reserved);
    assert_true(changes.len > 0);
    assert_zeros(changes.items[0].reserved);
    hf_listing_clear(&listing);
    hf_changes_clear(&changes);
    delete_named("seen");
}

static void the_room_of_what_is_told_of_queues_is_zeros(void **state) {
    hf_delivery delivery;
    hf_queue_entries entries;
    hf_queue_statistics statistics;
    uint64_t cursor = 0;
    (void)state;
    make_dirty(&delivery, sizeof delivery);
    make_dirty(&entries, sizeof entries);
    make_dirty(&statistics, sizeof statistics);
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    assert_ok(hf_queue_put_int(queue, 1, -1));

    assert_ok(hf_queue_get_leased(queue, 60000, -1, &delivery));
    assert_ok(hf_queue_list(queue, HF_QUEUE_LEASED, 0, &cursor, &entries));
    assert_ok(hf_queue_state(queue, &statistics));

    assert_zeros(delivery.reserved);
    assert_zeros(entries.reserved);
    assert_int_equal(entries.len, 1);
    assert_zeros(entries.items[0].reserved);
    assert_zeros(entries.items[0].holder.reserved);
    assert_zeros(statistics.reserved);
    hf_queue_entries_clear(&entries);
}

static void the_room_of_what_is_told_of_managers_and_pools_is_zeros(void **state) {
    hf_statistics statistics;
    hf_times times;
    hf_pool_state of_pool_now;
    hf_pool_options options = HF_POOL_OPTIONS;
    (void)state;
    make_dirty(&statistics, sizeof statistics);
    make_dirty(&times, sizeof times);
    make_dirty(&of_pool_now, sizeof of_pool_now);
    options.work.functions = functions;
    options.work.function_count = 1;
    options.least = options.most = 1;
    assert_ok(hf_pool_start(client, NULL, &options, &pool));

    const hf_any item = four();
    hf_any square_of_it = hf_any_null();
    assert_ok(hf_pool_apply(pool, "square", &item, 1, NULL, -1, &square_of_it));
    assert_ok(hf_client_statistics(client, &statistics));
    assert_ok(hf_client_clock(client, &times));
    assert_ok(hf_pool_state_get(pool, &of_pool_now));

    assert_zeros(statistics.reserved);
    assert_zeros(times.reserved);
    assert_zeros(of_pool_now.reserved);
    assert_int_equal(of_pool_now.len, 1);
    assert_zeros(of_pool_now.workers[0].reserved);
    hf_pool_state_clear(&of_pool_now);
    hf_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_a_newer_version_are_refused),
        cmocka_unit_test(the_room_of_grants_and_descriptions_is_zeros),
        cmocka_unit_test(the_room_of_lists_of_objects_and_changes_is_zeros),
        cmocka_unit_test(the_room_of_what_is_told_of_queues_is_zeros),
        cmocka_unit_test(the_room_of_what_is_told_of_managers_and_pools_is_zeros),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
