/* SPDX-License-Identifier: MIT
 *
 * The manager is restarted under programs that hold handles: the library opens again what was
 * opened by name, as docs/guarantees.md says. Here its public functions call the real daemon.
 */
#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <holdfast.h>

static hf_client *ada; /* of the test: freed by the next one */
static hf_client *bob;

static void client_new(const struct daemon *daemon, bool reopen, hf_client **client) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    options.reopen = reopen;
    hf_client_free(*client);
    assert_int_equal(hf_client_new(daemon->address, &options, client), HF_OK);
}

static void begin(void **state) {
    client_new(*state, true, &ada);
    client_new(*state, true, &bob);
}

static void restart(void **state) {
    struct daemon *daemon = *state;
    daemon_kill(daemon);
    assert_true(daemon_start_again(daemon, NULL));
}

#define assert_ok(call) assert_status(call, HF_OK, #call)
#define assert_refused(call, status) assert_status(call, status, #call)

static void assert_status(hf_status status, hf_status expected, const char *call) {
    if (status != expected) {
        fail_msg("%s: %s instead of %s (%s)", call, hf_status_name(status),
                 hf_status_name(expected), hf_last_detail());
    }
}

static void assert_detail(const char *words) {
    if (!strstr(hf_last_detail(), words)) {
        fail_msg("\"%s\" does not say \"%s\"", hf_last_detail(), words);
    }
}

static hf_value open_value(hf_client *client, const char *name, int64_t initial) {
    hf_value value = {NULL, 0};
    assert_ok(hf_value_open(client, name, HF_I64, initial, &value));
    return value;
}

static hf_dict open_dict(hf_client *client, const char *name) {
    hf_dict dict = {NULL, 0};
    assert_ok(hf_dict_open(client, name, HF_OPEN_OR_CREATE, &dict));
    return dict;
}

static hf_lock open_lock(hf_client *client, const char *name) {
    hf_lock lock = {NULL, 0};
    assert_ok(hf_lock_open(client, name, NULL, &lock));
    return lock;
}

static hf_queue open_queue(hf_client *client, const char *name, uint64_t max_items, hf_mode mode) {
    hf_queue queue = {NULL, 0};
    const hf_queue_options options = {.mode = mode, .max_items = max_items};
    assert_ok(hf_queue_open(client, name, &options, &queue));
    return queue;
}

static int64_t number_in(hf_value value) {
    int64_t number = 0;
    assert_ok(hf_value_get(value, &number));
    return number;
}

static uint64_t requests_of(hf_client *client) {
    hf_statistics statistics;
    assert_ok(hf_client_statistics(client, &statistics));
    return statistics.requests;
}

/* ---- one handle ---- */

static void a_handle_opens_what_others_have_made_again(void **state) {
    begin(state);
    hf_value visits = open_value(ada, "visits", 0);
    restart(state);
    (void)open_value(bob, "visits", 5);

    assert_int_equal(number_in(visits), 5);
    assert_ok(hf_value_set(visits, 6));
    assert_int_equal(number_in(open_value(bob, "visits", 0)), 6);
}

static void it_creates_what_nobody_has_made_yet(void **state) {
    begin(state);
    hf_value visits = open_value(ada, "visits", 7);
    assert_ok(hf_value_set(visits, 8));

    restart(state);

    assert_int_equal(number_in(visits), 7);
}

static void it_is_opened_once_in_a_run(void **state) {
    begin(state);
    hf_value visits = open_value(ada, "visits", 1);
    hf_value others = open_value(ada, "others", 1);
    restart(state);
    assert_int_equal(number_in(visits), 1);
    uint64_t before = requests_of(bob);

    assert_int_equal(number_in(visits), 1);
    assert_int_equal(requests_of(bob), before + 2);

    assert_int_equal(number_in(others), 1);
    assert_int_equal(requests_of(bob), before + 5);
}

static void it_goes_on_through_any_number_of_runs(void **state) {
    begin(state);
    hf_value visits = open_value(ada, "visits", 1);
    hf_value seldom = open_value(ada, "seldom", 1);
    for (int64_t run = 1; run <= 4; run++) {
        restart(state);
        hf_value another = open_value(ada, "visits", 0);
        assert_ok(hf_value_set(visits, 10 * run));
        assert_int_equal(number_in(another), 10 * run);
    }
    assert_int_equal(number_in(seldom), 1);
}

/* The connection is there, and no call has found out yet that the run is another one. */
static void it_is_opened_while_others_are_used(void **state) {
    begin(state);
    hf_value first = open_value(ada, "first", 1);
    hf_value second = open_value(ada, "second", 2);
    restart(state);
    assert_int_equal(number_in(first), 1);
    restart(state);

    assert_int_equal(number_in(second), 2);
    assert_int_equal(number_in(first), 1);
}

static void what_had_to_be_there_must_be_there_again(void **state) {
    begin(state);
    (void)open_queue(bob, "jobs", 0, HF_OPEN_OR_CREATE);
    hf_queue jobs = open_queue(ada, "jobs", 0, HF_MUST_EXIST);
    restart(state);

    assert_refused(hf_queue_put_int(jobs, 1, 0), HF_NO_OBJECT);
    assert_detail("the manager was restarted, and the object could not be opened again: ");
    assert_detail("no object is called jobs");

    (void)open_queue(bob, "jobs", 0, HF_OPEN_OR_CREATE);
    assert_ok(hf_queue_put_int(jobs, 1, 0));
}

static void what_had_to_be_new_need_not_be_again(void **state) {
    begin(state);
    hf_queue jobs = open_queue(ada, "jobs", 0, HF_MUST_CREATE);
    restart(state);
    hf_queue bobs = open_queue(bob, "jobs", 0, HF_OPEN_OR_CREATE);
    int64_t job = 0;

    assert_ok(hf_queue_put_int(jobs, 3, 0));

    assert_ok(hf_queue_get_int(bobs, 0, &job));
    assert_int_equal(job, 3);
}

static void other_options_are_refused_in_words(void **state) {
    begin(state);
    hf_queue jobs = open_queue(ada, "jobs", 10, HF_OPEN_OR_CREATE);
    restart(state);
    hf_queue bobs = open_queue(bob, "jobs", 20, HF_OPEN_OR_CREATE);

    assert_refused(hf_queue_put_int(jobs, 1, 0), HF_NO_OBJECT);
    assert_detail("could not be opened again: jobs ");

    assert_ok(hf_object_delete(HF_OBJECT(bobs)));
    assert_ok(hf_queue_put_int(jobs, 1, 0));
}

static void another_type_is_refused_in_words(void **state) {
    begin(state);
    hf_queue jobs = open_queue(ada, "jobs", 0, HF_OPEN_OR_CREATE);
    restart(state);
    (void)open_dict(bob, "jobs");

    assert_refused(hf_queue_put_int(jobs, 1, 0), HF_NO_OBJECT);
    assert_detail("could not be opened again: jobs is a dict, not a queue");
}

static void what_was_deleted_stays_deleted(void **state) {
    begin(state);
    hf_value visits = open_value(ada, "visits", 1);
    int64_t number = 0;
    assert_ok(hf_object_delete(HF_OBJECT(visits)));
    restart(state);

    assert_refused(hf_value_get(visits, &number), HF_NO_OBJECT);
    assert_detail("the manager was restarted since");
    bool exists = true;
    assert_ok(hf_object_exists(bob, "visits", &exists));
    assert_false(exists);
}

static void an_unnamed_object_is_gone(void **state) {
    begin(state);
    hf_dict dict = open_dict(ada, NULL);
    uint64_t len = 0;
    restart(state);

    assert_refused(hf_dict_len(dict, &len), HF_NO_OBJECT);
    assert_detail("the manager was restarted since; open the object again by its name");
}

/* A reader's position means nothing to another watch, so it has to know. */
static void a_watch_is_not_opened_again(void **state) {
    begin(state);
    hf_watch watch = {NULL, 0};
    const hf_watch_options options = {.prefix = ""};
    uint64_t after = 0;
    assert_ok(hf_watch_open(ada, "changes", &options, &watch));
    restart(state);

    assert_refused(hf_watch_next(watch, &after, 0, 0, NULL), HF_NO_OBJECT);
    assert_detail("the manager was restarted since");
}

static void with_the_option_off_the_manager_says_it(void **state) {
    begin(state);
    client_new(*state, false, &ada);
    hf_value visits = open_value(ada, "visits", 0);
    int64_t number = 0;
    restart(state);
    (void)open_value(bob, "visits", 5);

    assert_refused(hf_value_get(visits, &number), HF_NO_OBJECT);
    assert_detail("the manager was restarted since; open the object again by its name");
}

/* The manager has told all sessions that it ends, and nobody has read it. */
static void an_orderly_restart_is_not_told_to_who_held_nothing(void **state) {
    struct daemon *daemon = *state;
    for (int tcp = 0; tcp < 2; tcp++) {
        char address[128];
        const char *const args[] = {"--listen", address, "--insecure", NULL};
        if (tcp) {
            (void)snprintf(address, sizeof address, "tcp://127.0.0.1:0");
            (void)daemon_replace(state, args);
            (void)snprintf(address, sizeof address, "%s", daemon->address);
        }
        begin(state);
        hf_value visits = open_value(ada, "visits", 7);
        assert_int_equal(kill(daemon->pid, SIGTERM), 0);
        assert_int_equal(process_wait(daemon->pid), 0);
        assert_true(daemon_start_again(daemon, tcp ? args : NULL));

        assert_int_equal(number_in(visits), 7);
    }
}

/* ---- every type ---- */

static void every_type_is_opened_again(void **state) {
    begin(state);
    hf_dict dict = open_dict(ada, "dict");
    hf_value value = open_value(ada, "value", 4);
    hf_queue queue = open_queue(ada, "queue", 3, HF_OPEN_OR_CREATE);
    hf_lock lock = open_lock(ada, "lock");
    hf_dict space;
    hf_list list;
    hf_set set;
    hf_array array;
    hf_rwlock rwlock;
    hf_semaphore semaphore;
    hf_event event;
    hf_latch latch;
    hf_pipe_end ends[2];
    hf_condition condition;
    hf_barrier barrier;
    const hf_any numbers[] = {hf_any_int(1), hf_any_int(2), hf_any_int(3)};
    uint64_t count = 0;
    assert_ok(hf_namespace_open(ada, "space", HF_OPEN_OR_CREATE, &space));
    assert_ok(hf_list_open(ada, "list", HF_OPEN_OR_CREATE, &list));
    assert_ok(hf_set_open(ada, "set", HF_OPEN_OR_CREATE, &set));
    assert_ok(hf_array_open_any(ada, "array", HF_I64, numbers, 3, HF_OPEN_OR_CREATE, &array));
    assert_ok(hf_rwlock_open(ada, "rwlock", HF_OPEN_OR_CREATE, &rwlock));
    assert_ok(hf_semaphore_open(ada, "semaphore", 3, NULL, &semaphore));
    assert_ok(hf_event_open(ada, "event", HF_OPEN_OR_CREATE, &event));
    assert_ok(hf_latch_open(ada, "latch", 5, HF_OPEN_OR_CREATE, &latch));
    assert_ok(hf_pipe_open(ada, "pipe", NULL, &ends[0], &ends[1]));
    assert_ok(hf_condition_open(ada, "condition", lock, HF_OPEN_OR_CREATE, &condition));
    assert_ok(hf_barrier_open(ada, "barrier", 2, HF_OPEN_OR_CREATE, &barrier));

    restart(state);

    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_dict_set_int(space, "a", 1));
    assert_ok(hf_list_append_int(list, 1));
    assert_ok(hf_set_add_int(set, 1, NULL));
    assert_int_equal(number_in(value), 4);
    int64_t second = 0;
    assert_ok(hf_array_get(array, 1, &second));
    assert_int_equal(second, 2);
    assert_ok(hf_queue_put_int(queue, 1, 0));
    assert_ok(hf_rwlock_acquire_read(rwlock, 0, NULL));
    assert_ok(hf_semaphore_value(semaphore, &count));
    assert_int_equal(count, 3);
    assert_ok(hf_event_set(event));
    assert_ok(hf_latch_count(latch, &count));
    assert_int_equal(count, 5);
    assert_ok(hf_pipe_send_int(ends[0], 1, 0));
    assert_ok(hf_pipe_receive_int(ends[1], 0, &second));
    assert_ok(hf_barrier_parties(barrier, &count));
    assert_int_equal(count, 2);
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_condition_notify_all(condition, &count));
    assert_refused(hf_condition_wait(condition, 1, NULL), HF_TIMEOUT);
    assert_ok(hf_lock_release_checked(lock));
}

static void a_condition_brings_its_lock(void **state) {
    begin(state);
    hf_lock lock = open_lock(ada, "lock");
    hf_condition condition;
    assert_ok(hf_condition_open(ada, "condition", lock, HF_OPEN_OR_CREATE, &condition));
    for (int run = 0; run < 2; run++) {
        restart(state);
        assert_refused(hf_condition_notify(condition, 1, NULL), HF_NOT_HELD);
        hf_lock bobs = {NULL, 0};
        assert_ok(hf_lock_open(bob, "lock", &(hf_lock_options){.mode = HF_MUST_EXIST}, &bobs));
    }
}

/* ---- holds and guards ---- */

static void a_loss_is_told_first(void **state) {
    begin(state);
    hf_lock lock = open_lock(ada, "lock");
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    restart(state);

    assert_refused(hf_lock_release_checked(lock), HF_DISCONNECTED);

    assert_refused(hf_lock_release_checked(lock), HF_NOT_HELD);
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_lock_release(lock));
}

static void what_was_posted_may_be_lost_and_is_told(void **state) {
    begin(state);
    hf_dict dict = open_dict(ada, "dict");
    assert_ok(hf_post_begin(ada));
    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_post_finish(ada));
    restart(state);

    uint64_t len = 9;
    assert_refused(hf_dict_len(dict, &len), HF_DISCONNECTED);
    assert_ok(hf_dict_len(dict, &len));
    assert_int_equal(len, 0);
}

static void a_guard_counts_with_the_grant_of_its_run(void **state) {
    begin(state);
    hf_lock lock = open_lock(ada, "lock");
    hf_dict dict = open_dict(ada, "dict");
    hf_grant before;
    hf_grant after;
    assert_ok(hf_lock_acquire(lock, 0, &before));
    assert_ok(hf_guard(lock, before.fence));
    restart(state);
    assert_refused(hf_dict_set_int(dict, "a", 1), HF_DISCONNECTED);
    assert_refused(hf_dict_set_int(dict, "a", 1), HF_STALE_FENCE);
    assert_ok(hf_guard(lock, 0));

    assert_ok(hf_lock_acquire(lock, 0, &after));

    assert_ok(hf_guard(lock, after.fence));
    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_guard(lock, before.fence));
    assert_refused(hf_dict_set_int(dict, "a", 2), HF_STALE_FENCE);
    assert_ok(hf_batch_begin(ada));
    assert_ok(hf_dict_set_int(dict, "a", 2));
    assert_refused(hf_batch_finish(ada, 0, NULL), HF_STALE_FENCE);
    assert_ok(hf_guard(lock, 0));
    assert_ok(hf_lock_release_checked(lock));
}

/* ---- other objects in a request ---- */

static void several_locks_are_opened_again(void **state) {
    begin(state);
    hf_lock locks[] = {open_lock(ada, "a"), open_lock(ada, "b")};
    restart(state);
    hf_lock bobs = open_lock(bob, "b");

    assert_ok(hf_lock_acquire_many(locks, 2, 0, NULL));

    assert_refused(hf_lock_acquire(bobs, 0, NULL), HF_TIMEOUT);
    assert_ok(hf_lock_release(locks[0]));
    assert_ok(hf_lock_release(locks[1]));
    assert_ok(hf_lock_acquire(bobs, 0, NULL));
    assert_ok(hf_lock_release(bobs));
}

static void the_other_set_is_opened_again(void **state) {
    begin(state);
    hf_set set;
    hf_set other;
    bool is = false;
    assert_ok(hf_set_open(ada, "set", HF_OPEN_OR_CREATE, &set));
    assert_ok(hf_set_open(ada, "other", HF_OPEN_OR_CREATE, &other));
    restart(state);
    hf_set present;
    assert_ok(hf_set_open(ada, "set", HF_OPEN_OR_CREATE, &present));

    assert_ok(hf_set_is_subset(present, hf_members_of(other), &is));

    assert_true(is);
}

static void the_watched_object_is_opened_again(void **state) {
    begin(state);
    hf_dict dict = open_dict(ada, "dict");
    restart(state);
    hf_watch watch;
    const hf_watch_options options = {.object = dict.id};
    uint64_t after = 0;
    hf_changes changes;
    assert_ok(hf_watch_open(ada, NULL, &options, &watch));

    assert_ok(hf_dict_set_int(open_dict(bob, "dict"), "a", 1));

    assert_ok(hf_watch_next(watch, &after, 0, 0, &changes));
    assert_int_equal(changes.len, 1);
    hf_changes_clear(&changes);
}

/* At any depth: a stored reference must mean the object of this run. */
static void references_in_values_are_opened_again(void **state) {
    begin(state);
    hf_list list;
    assert_ok(hf_list_open(ada, "list", HF_OPEN_OR_CREATE, &list));
    hf_lock locks[] = {open_lock(ada, "a"), open_lock(ada, "b"), open_lock(ada, "c"),
                       open_lock(ada, "d"), open_lock(ada, "e")};
    restart(state);
    const hf_opaque opaques[] = {{.tag = "test", .refs = &locks[3].id, .ref_count = 1},
                                 {.tag = "test", .refs = &locks[4].id, .ref_count = 1}};
    const hf_any in_tuple = hf_any_opaque(&opaques[0]);
    const hf_any_item by_opaque = {hf_any_opaque(&opaques[1]), hf_any_null()};
    const hf_any inner[] = {hf_any_int(1), hf_lock_ref(locks[1])};
    const hf_any_item item = {hf_any_string("key"), hf_lock_ref(locks[2])};
    const hf_any items[] = {hf_lock_ref(locks[0]), hf_any_list(inner, 2), hf_any_map(&item, 1),
                            hf_any_tuple(&in_tuple, 1), hf_any_map(&by_opaque, 1)};

    assert_ok(hf_list_extend(list, items, 5));

    hf_list bobs;
    hf_any_array found = {NULL, 0};
    hf_lock lock;
    assert_ok(hf_list_open(bob, "list", HF_MUST_EXIST, &bobs));
    assert_ok(hf_list_copy(bobs, &found));
    assert_int_equal(found.len, 5);
    const hf_any refs[] = {found.items[0], found.items[1].items[1], found.items[2].pairs[0].value,
                           hf_any_ref(found.items[3].items[0].opaque->refs[0]),
                           hf_any_ref(found.items[4].pairs[0].key.opaque->refs[0])};
    for (size_t i = 0; i < 5; i++) {
        assert_ok(hf_lock_from_ref(bob, refs[i], &lock));
        assert_ok(hf_lock_acquire(lock, 0, NULL));
        assert_refused(hf_lock_acquire(locks[i], 0, NULL), HF_TIMEOUT);
        assert_ok(hf_lock_release_checked(lock));
    }
    hf_any_array_clear(&found);
}

/* ---- collected calls ---- */

static void the_calls_of_a_pipeline_are_answered_one_by_one(void **state) {
    begin(state);
    hf_value first = open_value(ada, "first", 1);
    hf_queue jobs = open_queue(ada, "jobs", 10, HF_OPEN_OR_CREATE);
    hf_dict unnamed = open_dict(ada, NULL);
    hf_value last = open_value(ada, "last", 2);
    hf_status statuses[5];
    int64_t numbers[2] = {0, 0};
    hf_value opened = {NULL, 0};
    restart(state);
    (void)open_queue(bob, "jobs", 20, HF_OPEN_OR_CREATE);

    assert_ok(hf_pipeline_begin(ada));
    assert_ok(hf_value_get(first, &numbers[0]));
    assert_ok(hf_queue_put_int(jobs, 1, 0));
    assert_ok(hf_dict_set_int(unnamed, "a", 1));
    assert_ok(hf_value_get(last, &numbers[1]));
    assert_ok(hf_value_open(ada, "opened", HF_I64, 3, &opened));
    assert_refused(hf_pipeline_finish(ada, statuses, 5), HF_NO_OBJECT);

    assert_detail("could not be opened again: jobs ");
    const hf_status expected[] = {HF_OK, HF_NO_OBJECT, HF_NO_OBJECT, HF_OK, HF_OK};
    assert_memory_equal(statuses, expected, sizeof expected);
    assert_int_equal(numbers[0], 1);
    assert_int_equal(numbers[1], 2);
    restart(state);
    assert_int_equal(number_in(opened), 3);
}

static void a_batch_and_its_checks_go_on(void **state) {
    begin(state);
    hf_dict dict = open_dict(ada, "dict");
    hf_dict log = open_dict(ada, "log");
    hf_dict unnamed = open_dict(ada, NULL);
    size_t ran = 9;
    restart(state);

    assert_ok(hf_batch_begin(ada));
    assert_ok(hf_dict_check_absent(dict, hf_any_string("a")));
    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_dict_set_int(log, "a", 1));
    assert_ok(hf_batch_finish(ada, 0, &ran));
    assert_int_equal(ran, 2);

    restart(state);
    assert_ok(hf_batch_begin(ada));
    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_dict_set_int(unnamed, "a", 1));
    assert_ok(hf_dict_set_int(log, "a", 1));
    assert_refused(hf_batch_finish(ada, 0, &ran), HF_NO_OBJECT);
    assert_int_equal(ran, 1);
}

static void a_wait_for_any_goes_on(void **state) {
    begin(state);
    hf_queue first = open_queue(ada, "first", 0, HF_OPEN_OR_CREATE);
    hf_queue second = open_queue(ada, "second", 0, HF_OPEN_OR_CREATE);
    int64_t items[2] = {0, 0};
    size_t index = 9;
    restart(state);
    assert_ok(hf_queue_put_int(open_queue(bob, "second", 0, HF_OPEN_OR_CREATE), 5, 0));

    assert_ok(hf_wait_any_begin(ada));
    assert_ok(hf_queue_get_int(first, 0, &items[0]));
    assert_ok(hf_queue_get_int(second, 0, &items[1]));
    assert_ok(hf_wait_any_finish(ada, -1, &index));

    assert_int_equal(index, 1);
    assert_int_equal(items[1], 5);
}

static void what_is_posted_after_a_restart_is_done(void **state) {
    begin(state);
    hf_dict dict = open_dict(ada, "dict");
    uint64_t len = 0;
    restart(state);

    assert_ok(hf_post_begin(ada));
    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_dict_set_int(dict, "b", 1));
    assert_ok(hf_post_finish(ada));

    assert_ok(hf_dict_len(dict, &len));
    assert_int_equal(len, 2);
}

/* ---- pages ---- */

enum { ITEMS = 25000, PAGE = 100 };

static void fill(hf_dict dict, int64_t value) {
    static hf_any_item items[ITEMS];
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (hf_any_item){hf_any_int((int64_t)i), hf_any_int(value)};
    }
    assert_ok(hf_dict_update(dict, items, ITEMS));
}

static void a_walk_does_not_go_on_in_another_dict(void **state) {
    begin(state);
    hf_dict dict = open_dict(ada, "dict");
    hf_any_map_array items = {NULL, 0};
    uint64_t cursor = 0;
    fill(dict, 1);
    assert_ok(hf_dict_page(dict, PAGE, &cursor, &items));
    hf_any_map_array_clear(&items);
    restart(state);
    fill(open_dict(bob, "dict"), 2);

    assert_refused(hf_dict_page(dict, PAGE, &cursor, &items), HF_NO_OBJECT);
    assert_detail("the manager was restarted since");

    assert_int_equal(number_in(open_value(ada, "value", 1)), 1); /* it is another run by now */
    assert_refused(hf_dict_page(dict, PAGE, &cursor, &items), HF_NO_OBJECT);
    assert_detail("begin again with the cursor 0");

    cursor = 0; /* and so it begins again */
    size_t count = 0;
    do {
        assert_ok(hf_dict_page(dict, 0, &cursor, &items));
        count += items.len;
        hf_any_map_array_clear(&items);
    } while (cursor != 0);
    assert_int_equal(count, ITEMS);
}

static void a_walk_does_not_go_on_in_another_queue(void **state) {
    begin(state);
    hf_queue queue;
    hf_queue_entries page = {0};
    hf_delivery delivery;
    uint64_t cursor = 0;
    uint64_t count = 0;
    assert_ok(hf_queue_open(ada, "queue", NULL, &queue));
    assert_ok(hf_queue_put_int(queue, 1, 0));
    assert_ok(hf_queue_put_int(queue, 2, 0));
    assert_ok(hf_queue_list(queue, HF_QUEUE_READY, 1, &cursor, &page));
    uint64_t id = page.items[0].id;
    hf_queue_entries_clear(&page);
    restart(state);

    assert_refused(hf_queue_list(queue, HF_QUEUE_READY, 1, &cursor, &page), HF_NO_OBJECT);
    assert_refused(hf_queue_set_aside_list(queue, 1, &cursor, &page), HF_NO_OBJECT);
    assert_detail("begin again with the cursor 0");

    assert_ok(hf_queue_put_int(queue, 3, 0)); /* the ids of two runs are different */
    assert_ok(hf_queue_set_aside_drop(queue, &id, 1, &count));
    assert_int_equal(count, 0);
    assert_ok(hf_queue_get_leased(queue, -1, 0, &delivery));
    assert_true(delivery.item_id > id);
}

/* ---- threads and processes ---- */

enum { THREADS = 4, RESTARTS = 12 };

static _Atomic bool over;
static _Atomic size_t walks;

/* All items that are found together have the value that their run has given them. */
static void *walk_again_and_again(void *dict) {
    uintptr_t wrong = 0;
    while (!over) {
        hf_any_map_array items = {NULL, 0};
        hf_status status = hf_dict_items(*(hf_dict *)dict, &items);
        wrong += status != HF_OK && !hf_status_is_fatal(status);
        wrong += items.len != 0 && items.len != ITEMS;
        for (size_t i = 1; i < items.len; i++) {
            wrong += items.pairs[i].value.as_int != items.pairs[0].value.as_int;
        }
        hf_any_map_array_clear(&items);
        walks++;
    }
    return (void *)wrong;
}

static void all_pages_are_of_one_run(void **state) {
    begin(state);
    pthread_t thread;
    void *wrong = NULL;
    hf_dict dict = open_dict(ada, "dict");
    over = false;
    walks = 0;
    fill(dict, 0);
    assert_int_equal(pthread_create(&thread, NULL, walk_again_and_again, &dict), 0);
    for (int64_t run = 1; run <= RESTARTS; run++) {
        for (size_t before = walks; walks < before + 2;) {
            assert_ok(hf_client_ping(bob));
        }
        restart(state);
        fill(open_dict(bob, "dict"), run);
    }
    over = true;
    assert_int_equal(pthread_join(thread, &wrong), 0);
    assert_null(wrong);
}
static hf_value shared;
static hf_lock shared_lock;

/* Every status must be one that a restart explains, and a last addition must be done in the last
 * run. */
static void *use_handles(void *unused) {
    (void)unused;
    uintptr_t wrong = 0;
    bool done = false;
    while (!done) {
        bool last = over;
        hf_status status = hf_value_add(shared, 1, NULL, NULL);
        done = last && status == HF_OK;
        wrong += status != HF_OK && status != HF_DISCONNECTED && status != HF_UNREACHABLE &&
                 status != HF_DRAINING;
        hf_status held = hf_lock_acquire(shared_lock, -1, NULL);
        if (hf_ok(held)) {
            held = hf_lock_release(shared_lock);
        }
        wrong += !hf_ok(held) && held != HF_DISCONNECTED && held != HF_UNREACHABLE &&
                 held != HF_DRAINING;
    }
    return (void *)wrong;
}

static void threads_go_on_through_many_restarts(void **state) {
    begin(state);
    struct daemon *daemon = *state;
    pthread_t threads[THREADS];
    over = false;
    shared = open_value(ada, "shared", 0);
    shared_lock = open_lock(ada, "lock");
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_handles, NULL), 0);
    }
    for (size_t i = 0; i < RESTARTS; i++) {
        for (int64_t count = 0; count < 200;) { /* there is something to interrupt */
            hf_value value = {NULL, 0};
            hf_status status = hf_value_open(bob, "shared", HF_I64, 0, &value);
            status = status == HF_OK ? hf_value_get(value, &count) : status;
            assert_true(status == HF_OK || hf_status_is_fatal(status));
        }
        if (i % 2 == 0) {
            daemon_kill(daemon);
        } else {
            assert_int_equal(kill(daemon->pid, SIGTERM), 0);
            assert_int_equal(process_wait(daemon->pid), 0);
        }
        assert_true(daemon_start_again(daemon, NULL));
    }
    over = true;
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    assert_true(number_in(shared) > 0);
}

static int child_of(pid_t pid) {
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_forked_child_knows_what_its_parent_opened(void **state) {
    begin(state);
    hf_value visits = open_value(ada, "visits", 7);
    restart(state);
    for (int parent_first = 0; parent_first < 2; parent_first++) {
        if (parent_first) {
            assert_int_equal(number_in(visits), 7);
        }
        pid_t pid = fork();
        if (pid == 0) {
            int64_t number = 0;
            _exit(hf_value_get(visits, &number) == HF_OK && number == 7 ? 0 : 1);
        }
        assert_int_equal(child_of(pid), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_opens_what_others_have_made_again),
        cmocka_unit_test(it_creates_what_nobody_has_made_yet),
        cmocka_unit_test(it_is_opened_once_in_a_run),
        cmocka_unit_test(it_goes_on_through_any_number_of_runs),
        cmocka_unit_test(it_is_opened_while_others_are_used),
        cmocka_unit_test(what_had_to_be_there_must_be_there_again),
        cmocka_unit_test(what_had_to_be_new_need_not_be_again),
        cmocka_unit_test(other_options_are_refused_in_words),
        cmocka_unit_test(another_type_is_refused_in_words),
        cmocka_unit_test(what_was_deleted_stays_deleted),
        cmocka_unit_test(an_unnamed_object_is_gone),
        cmocka_unit_test(a_watch_is_not_opened_again),
        cmocka_unit_test(with_the_option_off_the_manager_says_it),
        cmocka_unit_test(an_orderly_restart_is_not_told_to_who_held_nothing),
        cmocka_unit_test(every_type_is_opened_again),
        cmocka_unit_test(a_condition_brings_its_lock),
        cmocka_unit_test(a_loss_is_told_first),
        cmocka_unit_test(what_was_posted_may_be_lost_and_is_told),
        cmocka_unit_test(a_guard_counts_with_the_grant_of_its_run),
        cmocka_unit_test(several_locks_are_opened_again),
        cmocka_unit_test(the_other_set_is_opened_again),
        cmocka_unit_test(the_watched_object_is_opened_again),
        cmocka_unit_test(references_in_values_are_opened_again),
        cmocka_unit_test(the_calls_of_a_pipeline_are_answered_one_by_one),
        cmocka_unit_test(a_batch_and_its_checks_go_on),
        cmocka_unit_test(a_wait_for_any_goes_on),
        cmocka_unit_test(what_is_posted_after_a_restart_is_done),
        cmocka_unit_test(a_walk_does_not_go_on_in_another_dict),
        cmocka_unit_test(a_walk_does_not_go_on_in_another_queue),
        cmocka_unit_test(all_pages_are_of_one_run),
        cmocka_unit_test(threads_go_on_through_many_restarts),
        cmocka_unit_test(a_forked_child_knows_what_its_parent_opened),
    };
    return SYSTEM_MAIN(tests);
}
