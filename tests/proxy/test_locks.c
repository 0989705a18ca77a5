/* SPDX-License-Identifier: MIT
 *
 * lock, rwlock, semaphore, event, latch, condition and barrier through the library, against a real
 * manager.
 */
#include "real.h"

#include <sys/wait.h>

static void locks_are_acquired_with_growing_fences(void **state) {
    hf_holder holder;
    hf_grant first;
    hf_grant second;
    (void)state;
    hf_client_disconnect(client);
    hf_set_label("the holder");
    hf_lock lock = open_lock("fenced", NULL);

    assert_ok(hf_lock_acquire(lock, 0, &first));
    assert_ok(hf_lock_who(lock, &holder));
    assert_string_equal(holder.label, "the holder");
    assert_int_equal(holder.pid, getpid());
    assert_int_equal(holder.fence, first.fence);
    assert_status(hf_lock_acquire(lock, 100, NULL), HF_DEADLOCK, "acquire");
    assert_ok(hf_lock_release(lock));
    assert_status(hf_lock_release(lock), HF_NOT_HELD, "release");
    assert_status(hf_lock_who(lock, &holder), HF_NOT_HELD, "who");
    assert_ok(hf_lock_acquire(lock, 0, &second));
    assert_true(second.fence > first.fence);
    assert_int_equal(second.depth, 1);
    assert_int_equal(second.died.session, 0);
    assert_ok(hf_lock_release(lock));
    hf_set_label(NULL);
}

static void reentrant_locks_count(void **state) {
    hf_lock lock = open_lock("counting", &(hf_lock_options){.reentrant = true});
    hf_grant grant;
    (void)state;

    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_lock_acquire(lock, 0, &grant));
    assert_int_equal(grant.depth, 2);
    assert_ok(hf_lock_release(lock));
    assert_ok(hf_lock_release(lock));
    assert_status(hf_lock_release(lock), HF_NOT_HELD, "release");
}

static void *die_holding(void *argument) {
    const hf_lock *lock = argument;
    hf_set_label("the late one");
    return hf_lock_acquire(*lock, 0, NULL) == HF_OK ? argument : NULL;
}

static void locks_are_handed_to_other_sessions(void **state) {
    hf_lock lock = open_lock("handed", NULL);
    hf_holder holder;
    hf_grant grant = {0};
    (void)state;

    assert_status(hf_lock_transfer(lock, 1, 0, NULL), HF_NOT_HELD, "transfer");
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_lock_who(lock, &holder));
    assert_status(hf_lock_transfer(lock, UINT64_MAX, 0, NULL), HF_VALUE_ERROR, "transfer");
    assert_ok(hf_lock_transfer(lock, holder.session, 0, &grant));
    assert_true(grant.fence > holder.fence);
    assert_ok(hf_lock_release(lock));
}

static void several_locks_are_acquired_together(void **state) {
    const hf_lock locks[] = {
        open_lock("one", NULL),
        open_lock("two", &(hf_lock_options){.reentrant = true}),
        open_lock(NULL, NULL),
    };
    hf_grant grants[3];
    hf_holder holder;
    (void)state;
    assert_ok(hf_lock_acquire(locks[1], 0, NULL));

    assert_ok(hf_lock_acquire_many(locks, 3, 0, grants));

    for (size_t i = 0; i < 3; i++) {
        assert_ok(hf_lock_who(locks[i], &holder));
        assert_int_equal(grants[i].fence, holder.fence);
        assert_int_equal(grants[i].depth, i == 1 ? 2 : 1);
        assert_int_equal(grants[i].died.session, 0);
        assert_ok(hf_lock_release(locks[i]));
    }
    assert_ok(hf_lock_release(locks[1]));
    assert_ok(hf_lock_acquire_many(locks, 1, -1, NULL));
    assert_ok(hf_lock_release(locks[0]));
}

/* Holds the lock and dies. */
static void leave_behind(hf_lock lock) {
    pthread_t thread;
    void *done = NULL;
    assert_int_equal(pthread_create(&thread, NULL, die_holding, &lock), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_non_null(done);
}

static void an_acquire_of_several_locks_tells_which_holders_died(void **state) {
    const hf_lock locks[] = {open_lock(NULL, NULL), open_lock(NULL, NULL)};
    hf_grant grants[2];
    (void)state;
    leave_behind(locks[1]);

    assert_status(hf_lock_acquire_many(locks, 2, 10000, grants), HF_OWNER_DIED, "acquire");

    assert_int_equal(grants[0].died.session, 0);
    assert_string_equal(grants[1].died.label, "the late one");
    assert_ok(hf_lock_release(locks[0]));
    assert_ok(hf_lock_release(locks[1]));
}

static void several_locks_are_acquired_in_a_batch_or_pipeline(void **state) {
    const hf_lock locks[] = {open_lock(NULL, NULL), open_lock(NULL, NULL)};
    hf_grant grants[2] = {{0}};
    (void)state;

    assert_ok(hf_batch_begin(client));
    assert_ok(hf_lock_acquire_many(locks, 2, 0, grants));
    assert_ok(hf_lock_release(locks[0]));
    assert_ok(hf_batch_finish(client, 100, NULL));
    assert_true(grants[1].fence > grants[0].fence && grants[0].fence > 0);
    assert_ok(hf_pipeline_begin(client));
    assert_ok(hf_lock_release(locks[1]));
    assert_ok(hf_lock_acquire_many(locks, 2, 100, grants));
    assert_ok(hf_lock_release(locks[1]));
    assert_ok(hf_lock_release(locks[0]));
    assert_ok(hf_pipeline_finish(client, NULL, 0));
}

static void bad_sets_of_locks_are_refused(void **state) {
    hf_client *other = NULL;
    hf_lock locks[65];
    (void)state;
    for (size_t i = 0; i < 65; i++) {
        locks[i] = (hf_lock){client, i + 1};
    }

    assert_status(hf_lock_acquire_many(NULL, 0, 0, NULL), HF_INVALID, "none");
    assert_status(hf_lock_acquire_many(locks, 65, 0, NULL), HF_INVALID, "too many");
    locks[1] = (hf_lock){NULL, 0};
    assert_status(hf_lock_acquire_many(locks, 2, 0, NULL), HF_INVALID, "one never opened");
    assert_status(hf_lock_acquire_many(locks + 1, 1, 0, NULL), HF_INVALID, "never opened");
    assert_ok(hf_client_new(hf_manager_address(manager), NULL, &other));
    locks[0] = open_lock(NULL, NULL);
    locks[1] = (hf_lock){other, open_lock(NULL, NULL).id};
    assert_status(hf_lock_acquire_many(locks, 2, 0, NULL), HF_INVALID, "of two clients");
    locks[1] = locks[0];
    assert_status(hf_lock_acquire_many(locks, 2, 0, NULL), HF_INVALID, "twice");

    assert_non_null(strstr(hf_last_detail(), "is named twice"));
    hf_client_free(other);
}

static void *try_to_read(void *argument) {
    const hf_rwlock *lock = argument;
    hf_status status = hf_rwlock_acquire_read(*lock, 0, NULL);
    return status == HF_OK ? argument : NULL;
}

static void *write_and_die(void *argument) {
    const hf_rwlock *lock = argument;
    return hf_ok(hf_rwlock_acquire_write(*lock, -1, NULL)) ? argument : NULL;
}

/* Run it in a thread of its own, which then ends. Returns its result. */
static bool in_a_thread(void *(*run)(void *), hf_rwlock *lock) {
    pthread_t thread;
    void *done = NULL;
    assert_int_equal(pthread_create(&thread, NULL, run, lock), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    return done != NULL;
}

static void rwlocks_are_read_by_many_and_written_by_one(void **state) {
    hf_rwlock lock;
    hf_rwlock same;
    hf_grant read = {0};
    hf_grant write = {0};
    (void)state;

    assert_ok(hf_rwlock_open(client, "shared", NULL, &lock));
    assert_status(
        hf_rwlock_open(client, "shared", &(hf_rwlock_options){.mode = HF_MUST_CREATE}, &same),
        HF_EXISTS, "open");
    assert_ok(hf_rwlock_from_ref(client, hf_rwlock_ref(lock), &same));
    assert_int_equal(same.id, lock.id);
    assert_ok(hf_rwlock_acquire_read(lock, 0, &read));
    assert_true(in_a_thread(try_to_read, &lock));
    assert_ok(hf_rwlock_acquire_write(lock, 1000, &write));
    assert_true(write.fence > read.fence);
    assert_false(in_a_thread(try_to_read, &lock));
    assert_ok(hf_rwlock_release(lock));
    assert_ok(hf_rwlock_release(lock));
    assert_status(hf_rwlock_release(lock), HF_NOT_HELD, "release");
}

static void an_rwlock_whose_writer_died_says_so(void **state) {
    hf_rwlock lock;
    hf_grant grant = {0};
    (void)state;

    assert_ok(hf_rwlock_open(client, NULL, NULL, &lock));
    assert_true(in_a_thread(write_and_die, &lock));

    assert_status(hf_rwlock_acquire_read(lock, -1, &grant), HF_OWNER_DIED, "acquire_read");
    assert_true(grant.died.session != 0);
    assert_ok(hf_rwlock_release(lock));
}

static void a_lease_ends_unless_it_is_extended(void **state) {
    hf_lock lock = open_lock("leased", NULL);
    hf_rwlock rwlock;
    hf_holder holder;
    hf_grant first = {0};
    hf_grant grant = {0};
    (void)state;

    assert_status(hf_lock_acquire_leased(lock, 0, 0, NULL), HF_INVALID, "acquire");
    assert_status(hf_lock_extend(lock, 1000), HF_NOT_HELD, "extend");
    assert_ok(hf_lock_acquire_leased(lock, 60000, 0, &first));
    assert_ok(hf_lock_who(lock, &holder));
    assert_in_range(holder.lease_left_ms, 1, 60000);
    assert_ok(hf_lock_extend(lock, 600000));
    assert_ok(hf_lock_who(lock, &holder));
    assert_in_range(holder.lease_left_ms, 60001, 600000);
    assert_ok(hf_lock_extend(lock, 1));
    assert_ok(hf_rwlock_open(client, NULL, NULL, &rwlock));
    assert_ok(hf_rwlock_acquire_read_leased(rwlock, 60000, 0, NULL));
    assert_ok(hf_rwlock_acquire_write_leased(rwlock, 60000, 0, NULL));
    assert_ok(hf_rwlock_extend(rwlock, 1));
    assert_true(in_a_thread(write_and_die, &rwlock)); /* waits for the end of both */
    assert_status(hf_rwlock_release(rwlock), HF_NOT_HELD, "release");

    assert_status(hf_lock_acquire(lock, -1, &grant), HF_OWNER_DIED, "acquire");

    assert_int_equal(grant.died.lost, HF_LOST_LEASE);
    assert_int_equal(grant.died.fence, first.fence);
    assert_false(grant.died.dead);
    assert_ok(hf_lock_who(lock, &holder));
    assert_int_equal(holder.lease_left_ms, -1);
    assert_ok(hf_lock_release(lock));
}

static void *break_lock(void *argument) {
    const hf_lock *lock = argument;
    hf_holder holder;
    hf_status status = hf_lock_who(*lock, &holder);
    return status == HF_OK && hf_lock_break(*lock, holder.fence) == HF_OK ? argument : NULL;
}

static void a_grant_is_broken_by_its_fence(void **state) {
    hf_lock lock = open_lock("stuck", NULL);
    hf_rwlock rwlock;
    hf_semaphore semaphore;
    hf_grant grant = {0};
    pthread_t thread;
    void *done = NULL;
    (void)state;
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_int_equal(pthread_create(&thread, NULL, break_lock, &lock), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_non_null(done);

    assert_status(hf_lock_release_checked(lock), HF_NOT_HELD, "release");
    assert_status(hf_lock_acquire(lock, 0, &grant), HF_OWNER_DIED, "acquire");
    assert_int_equal(grant.died.lost, HF_LOST_BROKEN);
    assert_ok(hf_lock_break(lock, grant.fence)); /* its own */
    assert_status(hf_lock_break(lock, grant.fence), HF_NOT_HELD, "break");
    assert_status(hf_lock_release(lock), HF_NOT_HELD, "release");

    assert_ok(hf_rwlock_open(client, NULL, NULL, &rwlock));
    assert_ok(hf_rwlock_acquire_read(rwlock, 0, &grant));
    assert_ok(hf_rwlock_break(rwlock, grant.fence));
    assert_status(hf_rwlock_release(rwlock), HF_NOT_HELD, "release");
    assert_ok(hf_semaphore_open(client, NULL, 1, NULL, &semaphore));
    assert_ok(hf_semaphore_acquire(semaphore, 1, 0, &grant));
    assert_ok(hf_semaphore_break(semaphore, grant.fence));
    assert_ok(hf_semaphore_acquire(semaphore, 1, 0, NULL));
}

static void a_lock_whose_holder_died_says_so(void **state) {
    hf_lock lock = open_lock("inherited", NULL);
    pthread_t thread;
    hf_grant grant;
    void *result = NULL;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, die_holding, &lock), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);

    assert_status(hf_lock_acquire(lock, -1, &grant), HF_OWNER_DIED, "acquire");

    assert_string_equal(grant.died.label, "the late one");
    assert_ok(hf_lock_release(lock));
}

static void guarded_calls_end_with_the_grant(void **state) {
    hf_lock lock = open_lock("guard", NULL);
    hf_value value;
    hf_grant grant;
    int64_t number = 0;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 0, &value));
    assert_ok(hf_lock_acquire(lock, 0, &grant));

    assert_ok(hf_guard(lock, grant.fence));
    assert_ok(hf_value_set(value, 1));
    assert_ok(hf_lock_release(lock));
    assert_status(hf_value_set(value, 2), HF_STALE_FENCE, "set");
    assert_ok(hf_guard(lock, 0));

    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 1);
}

static void each_party_of_a_thread_owns_for_itself(void **state) {
    hf_lock a = open_lock("party a", NULL);
    hf_lock b = open_lock("party b", NULL);
    hf_holder holder;
    (void)state;
    assert_status(hf_party(NULL, 1), HF_INVALID, "party");
    assert_ok(hf_party(client, 1));
    assert_ok(hf_lock_acquire(a, 0, NULL));
    assert_ok(hf_party(client, 2));
    assert_ok(hf_lock_acquire(b, 0, NULL));

    assert_status(hf_lock_acquire(a, 0, NULL), HF_TIMEOUT, "acquire");
    assert_status(hf_lock_acquire(a, 1, NULL), HF_TIMEOUT, "acquire"); /* seen as no deadlock */
    assert_status(hf_lock_release(a), HF_NOT_HELD, "release");
    assert_ok(hf_lock_who(a, &holder));
    assert_int_equal(holder.party, 1);
    assert_ok(hf_lock_transfer(b, holder.session, 1, NULL));

    assert_ok(hf_party(client, 1));
    assert_ok(hf_batch_begin(client));
    (void)hf_lock_release(b);
    (void)hf_lock_release(a);
    assert_ok(hf_batch_finish(client, 0, NULL));
    assert_ok(hf_party(client, 0));
    assert_status(hf_lock_who(a, &holder), HF_NOT_HELD, "who");
    delete_named("party a");
    delete_named("party b");
}

/* Acquire it in a forked child. Returns the party that holds it then, or 100 and the status. */
static int party_in_a_child(hf_lock lock) {
    enum { REFUSED = 100 };
    int result = -1;
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        hf_holder holder = {.party = 0};
        hf_status status = hf_lock_acquire(lock, -1, NULL);
        if (hf_ok(status)) {
            status = hf_lock_who(lock, &holder);
        }
        _exit(status == HF_OK ? (int)holder.party : REFUSED + (int)status);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

static void a_child_goes_on_with_the_party_and_the_guard_of_the_thread(void **state) {
    hf_lock guard = open_lock("guard of both", NULL);
    hf_lock lock = open_lock("of a child", NULL);
    hf_grant grant;
    hf_holder holder;
    (void)state;
    assert_ok(hf_lock_acquire(guard, 0, &grant));
    assert_ok(hf_guard(guard, grant.fence));
    assert_ok(hf_party(client, 5));

    assert_int_equal(party_in_a_child(lock), 5);

    assert_ok(hf_party(client, 0));
    assert_ok(hf_lock_release_checked(guard));
    assert_int_equal(party_in_a_child(lock), 100 + HF_STALE_FENCE);
    assert_ok(hf_party(client, 6)); /* the guard is the thread's */
    assert_status(hf_lock_who(lock, &holder), HF_STALE_FENCE, "who");
    assert_ok(hf_guard(guard, 0));
    assert_ok(hf_party(client, 0));
    delete_named("guard of both");
    delete_named("of a child");
}

static void two_parties_on_one_connection_are_told_of_their_deadlock(void **state) {
    hf_lock a = open_lock("cycle a", NULL);
    hf_lock b = open_lock("cycle b", NULL);
    (void)state;
    assert_ok(hf_party(client, 1));
    assert_ok(hf_lock_acquire(a, 0, NULL));
    assert_ok(hf_party(client, 2));
    assert_ok(hf_lock_acquire(b, 0, NULL));

    assert_ok(hf_pipeline_begin(client));
    assert_ok(hf_lock_acquire(a, 1000, NULL));
    assert_ok(hf_party(client, 1));
    assert_ok(hf_lock_acquire(b, 1000, NULL));
    assert_ok(hf_party(client, 2));
    (void)hf_lock_release(b);
    assert_ok(hf_party(client, 1));
    (void)hf_lock_release(a);
    assert_status(hf_pipeline_finish(client, NULL, 0), HF_DEADLOCK, "pipeline");

    assert_non_null(strstr(hf_last_detail(), "party 1) holds \"cycle a\""));
    assert_non_null(strstr(hf_last_detail(), "party 2) holds \"cycle b\""));
    assert_ok(hf_party(client, 0));
    delete_named("cycle a");
    delete_named("cycle b");
}

static void semaphores_hand_out_permits(void **state) {
    hf_semaphore semaphore = {NULL, 0};
    hf_semaphore same = {NULL, 0};
    hf_grant grant;
    uint64_t permits = 0;
    const hf_semaphore_options bounded = {.bounded = true};
    (void)state;

    assert_ok(hf_semaphore_open(client, "permits", 3, &bounded, &semaphore));
    assert_ok(hf_semaphore_acquire(semaphore, 2, 0, &grant));
    assert_int_equal(grant.depth, 2);
    assert_true(grant.fence > 0);
    assert_ok(hf_semaphore_value(semaphore, &permits));
    assert_int_equal(permits, 1);
    assert_status(hf_semaphore_acquire(semaphore, 2, 0, NULL), HF_TIMEOUT, "acquire");
    assert_status(hf_semaphore_acquire(semaphore, 4, -1, NULL), HF_VALUE_ERROR, "acquire");
    assert_status(hf_semaphore_release(semaphore, 3), HF_VALUE_ERROR, "release");
    assert_ok(hf_semaphore_release(semaphore, 2));
    assert_ok(hf_semaphore_from_ref(client, hf_semaphore_ref(semaphore), &same));
    assert_ok(hf_semaphore_value(same, &permits));
    assert_int_equal(permits, 3);
    assert_status(hf_semaphore_open(client, "permits", 2, NULL, &same), HF_WRONG_TYPE, "open");
    assert_ok(hf_semaphore_open(client, NULL, 0, NULL, &semaphore));
    assert_ok(hf_semaphore_release(semaphore, 1));
    assert_ok(hf_semaphore_acquire_leased(semaphore, 1, 60000, 0, &grant));
    assert_status(hf_semaphore_extend(semaphore, grant.fence + 1, 1), HF_NOT_HELD, "extend");
    assert_ok(hf_semaphore_extend(semaphore, grant.fence, 1));
    assert_ok(hf_semaphore_acquire(semaphore, 1, -1, NULL)); /* it has come back */
    assert_status(hf_semaphore_acquire_leased(semaphore, 1, -1, 0, NULL), HF_INVALID, "acquire");
}

static void *release_a_permit(void *argument) {
    const hf_semaphore *semaphore = argument;
    return hf_semaphore_release(*semaphore, 1) == HF_OK ? argument : NULL;
}

static void permits_are_released_by_any_thread(void **state) {
    hf_semaphore semaphore = {NULL, 0};
    uint64_t permits = 0;
    const hf_semaphore_options bounded = {.bounded = true};
    (void)state;
    assert_ok(hf_semaphore_open(client, NULL, 2, &bounded, &semaphore));
    assert_ok(hf_semaphore_acquire(semaphore, 2, 0, NULL));

    pthread_t thread;
    void *done = NULL;
    assert_int_equal(pthread_create(&thread, NULL, release_a_permit, &semaphore), 0);
    assert_int_equal(pthread_join(thread, &done), 0);

    assert_non_null(done);
    assert_ok(hf_semaphore_value(semaphore, &permits));
    assert_int_equal(permits, 1);
    assert_ok(hf_semaphore_release(semaphore, 1));
    assert_status(hf_semaphore_release(semaphore, 1), HF_VALUE_ERROR, "release");
}

static void events_are_set_and_cleared(void **state) {
    hf_event event = {NULL, 0};
    hf_event same = {NULL, 0};
    bool is_set = true;
    (void)state;

    assert_ok(hf_event_open(client, "light", HF_MUST_CREATE, &event));
    assert_ok(hf_event_is_set(event, &is_set));
    assert_false(is_set);
    assert_status(hf_event_wait(event, 1), HF_TIMEOUT, "wait");
    assert_ok(hf_event_set(event));
    assert_ok(hf_event_wait(event, -1));
    assert_ok(hf_event_from_ref(client, hf_event_ref(event), &same));
    assert_ok(hf_event_is_set(same, &is_set));
    assert_true(is_set);
    assert_ok(hf_event_clear(event));
    assert_status(hf_event_wait(event, 0), HF_TIMEOUT, "wait");
}

static void *count_down_one(void *argument) {
    return hf_latch_count_down(*(const hf_latch *)argument, 1) == HF_OK ? argument : NULL;
}

static void latches_open_at_zero(void **state) {
    hf_latch latch = {NULL, 0};
    hf_latch same = {NULL, 0};
    uint64_t count = 0;
    pthread_t thread;
    void *result = NULL;
    (void)state;

    assert_ok(hf_latch_open(client, "gate", 3, HF_MUST_CREATE, &latch));
    assert_status(hf_latch_count_down(latch, 4), HF_VALUE_ERROR, "count_down");
    assert_ok(hf_latch_count_down(latch, 2));
    assert_ok(hf_latch_count(latch, &count));
    assert_int_equal(count, 1);
    assert_status(hf_latch_wait(latch, 1), HF_TIMEOUT, "wait");
    assert_int_equal(pthread_create(&thread, NULL, count_down_one, &latch), 0);
    assert_ok(hf_latch_wait(latch, -1));
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    assert_ok(hf_latch_from_ref(client, hf_latch_ref(latch), &same));
    assert_ok(hf_latch_count(same, &count));
    assert_int_equal(count, 0);
    assert_status(hf_latch_open(client, "gate", 2, HF_OPEN_OR_CREATE, &same), HF_WRONG_TYPE,
                  "open");
}

struct buffer {
    hf_lock lock;
    hf_condition condition;
    int64_t items;
    uint64_t woken;
};

static void *put_item(void *argument) {
    struct buffer *buffer = argument;
    if (!hf_ok(hf_lock_acquire(buffer->lock, -1, NULL))) {
        return NULL;
    }
    buffer->items++;
    bool good = hf_condition_notify(buffer->condition, 1, &buffer->woken) == HF_OK;
    return hf_lock_release(buffer->lock) == HF_OK && good ? argument : NULL;
}

static bool has_item(void *argument) {
    return ((const struct buffer *)argument)->items > 0;
}

static void conditions_wait_for_what_another_does(void **state) {
    (void)state;
    struct buffer buffer = {.lock = open_lock("buffer", &(hf_lock_options){.reentrant = true})};
    hf_condition again;
    hf_lock its_lock;
    hf_grant before;
    hf_grant grant;
    uint64_t woken = 0;
    pthread_t thread;
    void *result = NULL;
    assert_ok(
        hf_condition_open(client, "not empty", buffer.lock, HF_MUST_CREATE, &buffer.condition));
    assert_ok(hf_condition_from_ref(client, hf_condition_ref(buffer.condition), &again));
    assert_int_equal(again.id, buffer.condition.id);
    assert_ok(hf_condition_lock(again, &its_lock));
    assert_int_equal(its_lock.id, buffer.lock.id);
    assert_ptr_equal(its_lock.client, client);
    assert_status(hf_condition_wait(buffer.condition, -1, &grant), HF_NOT_HELD, "wait");
    assert_status(hf_condition_notify_all(buffer.condition, NULL), HF_NOT_HELD, "notify_all");

    assert_ok(hf_lock_acquire(buffer.lock, 0, NULL));
    assert_ok(hf_lock_acquire(buffer.lock, 0, &before));
    assert_status(hf_condition_wait(buffer.condition, 0, &grant), HF_TIMEOUT, "wait");
    assert_int_equal(grant.fence, before.fence);
    assert_status(hf_condition_wait(buffer.condition, 20, &grant), HF_TIMEOUT, "wait");
    assert_true(grant.fence > before.fence);
    assert_int_equal(grant.depth, 2);
    assert_status(hf_condition_wait_for(buffer.condition, has_item, &buffer, 20), HF_TIMEOUT,
                  "wait_for");
    assert_int_equal(pthread_create(&thread, NULL, put_item, &buffer), 0);
    assert_ok(hf_condition_wait_for(buffer.condition, has_item, &buffer, -1));
    assert_int_equal(buffer.items, 1);
    assert_int_equal(buffer.woken, 1);
    assert_ok(hf_condition_notify_all(buffer.condition, &woken));
    assert_int_equal(woken, 0);
    assert_ok(hf_lock_release(buffer.lock));
    assert_ok(hf_lock_release(buffer.lock));
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &buffer);
}

struct party {
    hf_barrier barrier;
    unsigned *acted; /* how often, counted by the leaders */
    bool seen;
    uint32_t index;
};

static void act(void *argument) {
    ++*(unsigned *)argument;
}

static void *take_part(void *argument) {
    struct party *party = argument;
    hf_status status = hf_barrier_wait_action(party->barrier, HF_BARRIER_TIMEOUT, act, party->acted,
                                              &party->index);
    party->seen = *party->acted == 1;
    return status == HF_OK ? argument : NULL;
}

static void the_last_party_acts_before_all_go_on(void **state) {
    (void)state;
    enum { PARTIES = 4 };
    struct party parties[PARTIES];
    pthread_t threads[PARTIES];
    unsigned acted = 0;
    unsigned seen = 0;
    hf_barrier barrier;
    assert_ok(hf_barrier_open(
        client, "start", PARTIES,
        &(hf_barrier_options){.has_timeout = true, .timeout_ms = -1, .action = true}, &barrier));

    for (size_t i = 0; i < PARTIES; i++) {
        parties[i] = (struct party){barrier, &acted, false, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, take_part, &parties[i]), 0);
    }

    for (size_t i = 0; i < PARTIES; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
        assert_true(parties[i].seen);
        seen |= 1u << parties[i].index;
    }
    assert_int_equal(acted, 1);
    assert_int_equal(seen, (1u << PARTIES) - 1);
    assert_status(hf_barrier_done(barrier), HF_NOT_HELD, "done");
}

static void barriers_break_and_are_reset(void **state) {
    (void)state;
    hf_barrier barrier;
    hf_barrier again;
    uint64_t count = 0;
    uint32_t index = 7;
    bool broken = true;
    assert_ok(hf_barrier_open(client, "pair", 2, NULL, &barrier));
    assert_ok(hf_barrier_from_ref(client, hf_barrier_ref(barrier), &again));
    assert_int_equal(again.id, barrier.id);
    assert_status(hf_barrier_open(client, "pair", 3, NULL, &again), HF_WRONG_TYPE, "open");
    assert_ok(hf_barrier_parties(barrier, &count));
    assert_int_equal(count, 2);

    assert_status(hf_barrier_wait(barrier, 0, &index), HF_TIMEOUT, "wait");
    assert_ok(hf_barrier_broken(barrier, &broken));
    assert_false(broken);
    assert_status(hf_barrier_wait(barrier, 10, &index), HF_TIMEOUT, "wait");
    assert_ok(hf_barrier_broken(barrier, &broken));
    assert_true(broken);
    assert_status(hf_barrier_wait(barrier, -1, &index), HF_BROKEN, "wait");
    assert_non_null(strstr(hf_last_detail(), "timed out while it waited"));
    assert_ok(hf_barrier_reset(barrier));
    assert_ok(hf_barrier_waiting(barrier, &count));
    assert_int_equal(count, 0);
    assert_ok(hf_barrier_abort(barrier));
    assert_status(hf_barrier_wait_action(barrier, -1, act, &count, &index), HF_BROKEN, "wait");
    assert_int_equal(index, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locks_are_acquired_with_growing_fences),
        cmocka_unit_test(reentrant_locks_count),
        cmocka_unit_test(a_lease_ends_unless_it_is_extended),
        cmocka_unit_test(a_grant_is_broken_by_its_fence),
        cmocka_unit_test(a_lock_whose_holder_died_says_so),
        cmocka_unit_test(locks_are_handed_to_other_sessions),
        cmocka_unit_test(several_locks_are_acquired_together),
        cmocka_unit_test(an_acquire_of_several_locks_tells_which_holders_died),
        cmocka_unit_test(several_locks_are_acquired_in_a_batch_or_pipeline),
        cmocka_unit_test(bad_sets_of_locks_are_refused),
        cmocka_unit_test(rwlocks_are_read_by_many_and_written_by_one),
        cmocka_unit_test(an_rwlock_whose_writer_died_says_so),
        cmocka_unit_test(guarded_calls_end_with_the_grant),
        cmocka_unit_test(conditions_wait_for_what_another_does),
        cmocka_unit_test(the_last_party_acts_before_all_go_on),
        cmocka_unit_test(barriers_break_and_are_reset),
        cmocka_unit_test(each_party_of_a_thread_owns_for_itself),
        cmocka_unit_test(a_child_goes_on_with_the_party_and_the_guard_of_the_thread),
        cmocka_unit_test(two_parties_on_one_connection_are_told_of_their_deadlock),
        cmocka_unit_test(semaphores_hand_out_permits),
        cmocka_unit_test(permits_are_released_by_any_thread),
        cmocka_unit_test(events_are_set_and_cleared),
        cmocka_unit_test(latches_open_at_zero),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
