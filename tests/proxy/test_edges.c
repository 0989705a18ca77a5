/* SPDX-License-Identifier: MIT
 *
 * Edge cases of Python's own classes that the library shares with them, against a real manager.
 * Other edge cases are in the tests of each type.
 */
#include "real.h"

/* ---- queue ---- */

static void assert_queue(hf_queue queue, uint64_t wanted_size, bool wanted_full) {
    uint64_t size = 99;
    bool empty = false;
    bool full = false;
    assert_ok(hf_queue_size(queue, &size));
    assert_ok(hf_queue_empty(queue, &empty));
    assert_ok(hf_queue_full(queue, &full));
    assert_int_equal(size, wanted_size);
    assert_int_equal(empty, wanted_size == 0);
    assert_int_equal(full, wanted_full);
}

static void a_queue_is_full_at_its_bound_and_no_other_is(void **state) {
    hf_queue queue;
    hf_queue unbounded;
    int64_t number = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, &(hf_queue_options){.max_items = 2}, &queue));
    assert_ok(hf_queue_open(client, NULL, NULL, &unbounded));

    assert_queue(queue, 0, false);
    assert_status(hf_queue_get_int(queue, 0, &number), HF_TIMEOUT, "get");
    assert_ok(hf_queue_put_int(queue, 1, 0));
    assert_queue(queue, 1, false);
    assert_ok(hf_queue_put_int(queue, 2, 0));
    assert_queue(queue, 2, true);
    assert_status(hf_queue_put_int(queue, 3, 0), HF_TIMEOUT, "put");
    assert_ok(hf_queue_get_int(queue, 0, &number));

    assert_queue(queue, 1, false);
    assert_ok(hf_queue_put_int(unbounded, 1, 0));
    assert_queue(unbounded, 1, false);
}

static void more_tasks_than_were_put_are_not_done(void **state) {
    hf_queue queue;
    int64_t number = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    assert_ok(hf_queue_put_int(queue, 1, 0));
    assert_ok(hf_queue_put_int(queue, 2, 0));
    assert_ok(hf_queue_get_int(queue, 0, &number));

    assert_status(hf_queue_task_done(queue, 3), HF_VALUE_ERROR, "task_done");
    assert_status(hf_queue_join(queue, 0), HF_TIMEOUT, "join"); /* it has counted none of them */
    assert_ok(hf_queue_task_done(queue, 1));
    assert_ok(hf_queue_task_done(queue, 1)); /* taken or not, as in Python */

    assert_status(hf_queue_task_done(queue, 1), HF_VALUE_ERROR, "task_done");
    assert_ok(hf_queue_join(queue, 0));
}

/* ---- holders ---- */

/* The answers to another thread, which is another session. */
struct attempt {
    hf_lock lock;
    hf_condition condition;
    hf_status release;
    hf_status notify;
    hf_status notify_all;
    hf_status wait;
};

static void *attempt(void *argument) {
    struct attempt *made = argument;
    made->release = hf_lock_release(made->lock);
    made->notify = hf_condition_notify(made->condition, 1, NULL);
    made->notify_all = hf_condition_notify_all(made->condition, NULL);
    made->wait = hf_condition_wait(made->condition, 0, NULL);
    return NULL;
}

static void only_the_holder_of_the_lock_releases_and_notifies(void **state) {
    struct attempt other = {.lock = open_lock(NULL, &(hf_lock_options){.reentrant = true})};
    hf_grant grant;
    pthread_t thread;
    (void)state;
    assert_ok(hf_condition_open(client, NULL, other.lock, HF_OPEN_OR_CREATE, &other.condition));
    assert_ok(hf_lock_acquire(other.lock, 0, NULL));
    assert_ok(hf_lock_acquire(other.lock, 0, NULL));

    assert_int_equal(pthread_create(&thread, NULL, attempt, &other), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);

    assert_status(other.release, HF_NOT_HELD, "release");
    assert_status(other.notify, HF_NOT_HELD, "notify");
    assert_status(other.notify_all, HF_NOT_HELD, "notify_all");
    assert_status(other.wait, HF_NOT_HELD, "wait");
    assert_ok(hf_lock_acquire(other.lock, 0, &grant));
    assert_int_equal(grant.depth, 3); /* nothing has changed for the holder */
}

/* ---- barrier ---- */

struct party {
    hf_barrier barrier;
    hf_status status;
    char detail[64];
};

static void *take_part(void *argument) {
    struct party *party = argument;
    party->status = hf_barrier_wait(party->barrier, -1, NULL);
    (void)snprintf(party->detail, sizeof party->detail, "%s", hf_last_detail());
    return NULL;
}

static pthread_t start_waiting(struct party *party) {
    pthread_t thread;
    uint64_t waiting = 0;
    assert_int_equal(pthread_create(&thread, NULL, take_part, party), 0);
    while (waiting == 0) {
        assert_ok(hf_barrier_waiting(party->barrier, &waiting));
    }
    return thread;
}

static void a_reset_breaks_the_barrier_for_those_who_wait(void **state) {
    struct party party;
    bool broken = true;
    (void)state;
    hf_set_label("who resets");
    hf_client_disconnect(client);
    assert_ok(hf_barrier_open(client, NULL, 2, NULL, &party.barrier));
    pthread_t thread = start_waiting(&party);

    assert_ok(hf_barrier_reset(party.barrier));

    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_status(party.status, HF_BROKEN, "wait");
    assert_non_null(strstr(party.detail, "who resets"));
    assert_ok(hf_barrier_broken(party.barrier, &broken));
    assert_false(broken);
    thread = start_waiting(&party); /* and the next generation goes on together */
    assert_ok(hf_barrier_wait(party.barrier, -1, NULL));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_ok(party.status);
    hf_set_label(NULL);
}

/* ---- slices ---- */

static void assert_numbers(hf_list list, const int64_t *wanted, size_t len) {
    hf_any_array numbers = {NULL, 0};
    assert_ok(hf_list_get_slice(list, HF_SLICE_ALL, &numbers));
    assert_int_equal(numbers.len, len);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(numbers.items[i].as_int, wanted[i]);
    }
    hf_any_array_clear(&numbers);
}

static void slices_with_steps_keep_the_length(void **state) {
    const hf_any three[] = {hf_any_int(7), hf_any_int(8), hf_any_int(9)};
    const hf_slice odd = {1, HF_SLICE_OPEN, 2};
    const hf_slice even_backwards = {-2, HF_SLICE_OPEN, -2};
    hf_list list = new_list(6);
    (void)state;

    assert_ok(hf_list_set_slice(list, odd, three, 3));
    assert_numbers(list, (const int64_t[]){0, 7, 2, 8, 4, 9}, 6);
    assert_ok(hf_list_set_slice(list, even_backwards, three, 3));
    assert_numbers(list, (const int64_t[]){9, 7, 8, 8, 7, 9}, 6);
    assert_status(hf_list_set_slice(list, odd, three, 2), HF_VALUE_ERROR, "set_slice");
    assert_numbers(list, (const int64_t[]){9, 7, 8, 8, 7, 9}, 6);
    assert_ok(hf_list_delete_slice(list, (hf_slice){HF_SLICE_OPEN, HF_SLICE_OPEN, -2}));

    assert_numbers(list, (const int64_t[]){9, 8, 7}, 3);
}

/* ---- walks ---- */

static void change_meanwhile(hf_dict dict, int64_t round) {
    hf_any gone;
    assert_ok(hf_dict_pop_any(dict, hf_any_int(1 + 2 * round), &gone));
    hf_any_clear(&gone);
    assert_ok(hf_dict_set_any(dict, hf_any_int(2 * round), hf_any_bool(true)));
    assert_ok(hf_dict_set_any(dict, hf_any_int(1000 + round), hf_any_null()));
}

/* Python would raise a RuntimeError. */
static void a_walk_sees_what_stays_once_while_the_dict_changes(void **state) {
    enum { KEYS = 40 };
    hf_dict dict = new_dict();
    hf_any_map_array page = {NULL, 0};
    unsigned seen[KEYS] = {0};
    uint64_t cursor = 0;
    int64_t round = 0;
    (void)state;
    for (int64_t i = 0; i < KEYS; i++) {
        assert_ok(hf_dict_set_any(dict, hf_any_int(i), hf_any_null()));
    }

    do {
        assert_ok(hf_dict_page(dict, 3, &cursor, &page));
        for (size_t i = 0; i < page.len; i++) {
            int64_t key = page.pairs[i].key.as_int;
            if (key < KEYS) {
                seen[key]++;
            }
        }
        hf_any_map_array_clear(&page);
        if (round < KEYS / 2) {
            change_meanwhile(dict, round++);
        }
    } while (cursor != 0);

    assert_true(round > 5);
    for (int64_t i = 0; i < KEYS; i += 2) {
        assert_int_equal(seen[i], 1);
        assert_true(seen[i + 1] <= 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_is_full_at_its_bound_and_no_other_is),
        cmocka_unit_test(more_tasks_than_were_put_are_not_done),
        cmocka_unit_test(only_the_holder_of_the_lock_releases_and_notifies),
        cmocka_unit_test(a_reset_breaks_the_barrier_for_those_who_wait),
        cmocka_unit_test(slices_with_steps_keep_the_length),
        cmocka_unit_test(a_walk_sees_what_stays_once_while_the_dict_changes),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
