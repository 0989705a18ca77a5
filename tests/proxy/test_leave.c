/* SPDX-License-Identifier: MIT
 *
 * Orderly ends of a thread, a process and a client, and those that are deaths, against a real
 * manager. Each way to end is taken by a client that leaves at its end, and by one that does not.
 */
#include "real.h"

#include <signal.h>
#include <sys/wait.h>

static hf_client *orderly;
static hf_lock lock;
static hf_semaphore semaphore;
static hf_rwlock rwlock;

static void open_all(void) {
    assert_ok(hf_lock_open(client, NULL, &(hf_lock_options){.keep_on_leave = true}, &lock));
    assert_ok(hf_semaphore_open(client, NULL, 3, &(hf_semaphore_options){.keep_on_leave = true},
                                &semaphore));
    assert_ok(hf_rwlock_open(client, NULL, &(hf_rwlock_options){.keep_on_leave = true}, &rwlock));
}

/* Hold all of them by calls on this client. Returns whether that went well. */
static bool hold_all(hf_client *by) {
    return hf_lock_acquire((hf_lock){by, lock.id}, 0, NULL) == HF_OK &&
           hf_semaphore_acquire((hf_semaphore){by, semaphore.id}, 2, 0, NULL) == HF_OK &&
           hf_rwlock_acquire_read((hf_rwlock){by, rwlock.id}, 0, NULL) == HF_OK;
}

/* They are nobody's, so that this thread may release them; nobody has died. */
static void assert_left(void) {
    uint64_t permits = 0;
    hf_holder holder;
    assert_ok(hf_lock_who(lock, &holder));
    assert_true(holder.left);
    assert_false(holder.dead);
    assert_status(hf_lock_acquire(lock, 0, NULL), HF_TIMEOUT, "acquire");
    assert_ok(hf_lock_release_checked(lock));
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_lock_release_checked(lock));
    assert_ok(hf_semaphore_value(semaphore, &permits));
    assert_int_equal(permits, 1);
    assert_ok(hf_semaphore_release(semaphore, 2));
    assert_ok(hf_semaphore_value(semaphore, &permits));
    assert_int_equal(permits, 3);
    assert_status(hf_rwlock_acquire_write(rwlock, 0, NULL), HF_TIMEOUT, "acquire");
    assert_ok(hf_rwlock_release(rwlock));
    assert_ok(hf_rwlock_acquire_write(rwlock, 0, NULL));
    assert_ok(hf_rwlock_release(rwlock));
}

/* Waits until the manager has noticed. */
static void assert_died(void) {
    hf_grant grant;
    assert_status(hf_lock_acquire(lock, -1, &grant), HF_OWNER_DIED, "acquire");
    assert_int_equal(grant.died.lost, HF_LOST_DIED);
    assert_ok(hf_lock_release_checked(lock));
    assert_ok(hf_semaphore_acquire(semaphore, 3, -1, NULL));
    assert_ok(hf_semaphore_release(semaphore, 3));
    assert_ok(hf_rwlock_acquire_write(rwlock, -1, NULL));
    assert_ok(hf_rwlock_release(rwlock));
}

static hf_client *new_client(bool leave_at_end) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *made = NULL;
    options.leave_at_end = leave_at_end;
    assert_ok(hf_client_new(hf_manager_address(manager), &options, &made));
    return made;
}

/* ---- ways to end ---- */

static void *hold_and_return(void *by) {
    return hold_all(by) ? by : NULL;
}

static void *hold_and_exit_thread(void *by) {
    pthread_exit(hold_all(by) ? by : NULL);
}

static void let_thread(void *(*run)(void *by), hf_client *by) {
    pthread_t thread;
    void *done = NULL;
    assert_int_equal(pthread_create(&thread, NULL, run, by), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_non_null(done);
}

static void by_return_of_a_thread(hf_client *by) {
    let_thread(hold_and_return, by);
}

static void by_exit_of_a_thread(hf_client *by) {
    let_thread(hold_and_exit_thread, by);
}

static void by_disconnect(hf_client *by) {
    assert_true(hold_all(by));
    hf_client_disconnect(by);
}

static void by_the_end_of_the_client(hf_client *by) {
    hf_client *own = new_client(by == orderly);
    assert_true(hold_all(own));
    hf_client_free(own);
}

static int hold_in_process(void *by) {
    return hold_all(by) ? 0 : 1;
}

static void by_return_of_a_process(hf_client *by) {
    hf_process *process = NULL;
    int code = -1;
    assert_ok(hf_process_start(hold_in_process, by, NULL, &process));
    assert_ok(hf_process_join(process, -1));
    assert_ok(hf_process_exit_code(process, &code));
    assert_int_equal(code, 0);
    hf_process_free(process);
}

/* The functions of atexit() that this process has are run in the child, too. */
static void by_exit(hf_client *by) {
    int status = -1;
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        exit(hold_all(by) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static const struct way {
    const char *name;
    void (*end)(hf_client *by);
} ways[] = {
    {"return of a thread", by_return_of_a_thread},   {"pthread_exit", by_exit_of_a_thread},
    {"hf_client_disconnect", by_disconnect},         {"hf_client_free", by_the_end_of_the_client},
    {"return of a process", by_return_of_a_process}, {"exit", by_exit},
};

static void an_orderly_end_leaves_what_it_held(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        print_message("%s\n", ways[i].name);
        open_all();

        ways[i].end(orderly);

        assert_left();
    }
}

static void without_the_option_every_end_is_a_death(void **state) {
    hf_client *other = new_client(false);
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        print_message("%s\n", ways[i].name);
        open_all();

        ways[i].end(other);

        assert_died();
    }
    hf_client_free(other);
}

static void who_is_killed_has_died(void **state) {
    int told[2];
    char byte = 0;
    (void)state;
    open_all();
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool held = hold_all(orderly);
        (void)!write(told[1], held ? "y" : "n", 1);
        for (;;) {
            (void)pause();
        }
    }
    assert_int_equal(read(told[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');

    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);

    assert_died();
    (void)close(told[0]);
    (void)close(told[1]);
}

static void a_thread_leaves_and_goes_on(void **state) {
    (void)state;
    open_all();
    assert_ok(hf_client_leave(client)); /* it holds nothing */
    assert_true(hold_all(client));
    assert_ok(hf_pipeline_begin(client));
    assert_status(hf_client_leave(client), HF_INVALID, "leave");
    assert_status(hf_pipeline_finish(client, NULL, 0), HF_INVALID, "a pipeline with a leave");

    assert_ok(hf_client_leave(client));

    assert_left();
}

/* The thread asks to release what its party has left already. */
static void an_end_is_orderly_after_a_party_has_left(void **state) {
    (void)state;
    open_all();
    hf_client *own = new_client(true);
    hf_lock other;
    assert_ok(hf_lock_open(own, NULL, NULL, &other));
    assert_ok(hf_party(own, 1));
    assert_ok(hf_lock_acquire(other, 0, NULL));
    assert_ok(hf_party(own, 2));
    assert_true(hold_all(own));
    assert_ok(hf_party_leave(own, 1, false));
    assert_ok(hf_party(own, 1));
    assert_status(hf_lock_release(other), HF_NOT_HELD, "release");

    hf_client_free(own);

    assert_left();
}

static void a_party_leaves_or_has_died(void **state) {
    hf_lock other = open_lock(NULL, &(hf_lock_options){.keep_on_leave = true});
    hf_holder holder;
    (void)state;
    open_all();
    assert_ok(hf_party(client, 7));
    assert_true(hold_all(client));
    assert_ok(hf_party(client, 0));
    assert_ok(hf_lock_acquire(other, 0, NULL));

    assert_ok(hf_party_leave(client, 7, false));

    assert_left();
    assert_ok(hf_lock_who(other, &holder));
    assert_false(holder.left);
    assert_ok(hf_party_leave(client, 0, true));
    assert_status(hf_lock_acquire(other, 0, NULL), HF_OWNER_DIED, "acquire");
    assert_ok(hf_lock_release(other));
}

static void a_lease_and_a_guard_outlast_a_leave(void **state) {
    hf_grant left;
    hf_grant next;
    hf_holder holder;
    (void)state;
    open_all();
    assert_ok(hf_lock_acquire_leased(lock, 600000, 0, &left));
    assert_ok(hf_guard(lock, left.fence));
    assert_ok(hf_client_leave(client));

    assert_ok(hf_lock_who(lock, &holder)); /* it is guarded */
    assert_true(holder.left);
    assert_in_range(holder.lease_left_ms, 1, 600000);
    assert_ok(hf_guard(lock, 0));
    assert_ok(hf_lock_release_checked(lock));
    assert_ok(hf_guard(lock, left.fence));
    assert_status(hf_lock_who(lock, &holder), HF_STALE_FENCE, "who");
    assert_ok(hf_guard(lock, 0));
    assert_ok(hf_lock_acquire_leased(lock, 1, 0, &left));
    assert_ok(hf_client_leave(client));
    assert_status(hf_lock_acquire(lock, -1, &next), HF_OWNER_DIED, "acquire");
    assert_int_equal(next.died.lost, HF_LOST_LEASE);
    assert_int_equal(next.died.fence, left.fence);
    assert_ok(hf_lock_release(lock));
}

static void a_plain_lock_that_is_left_is_told_to_the_next_holder(void **state) {
    hf_lock plain = open_lock(NULL, NULL);
    hf_grant grant;
    (void)state;
    assert_ok(hf_lock_acquire(plain, 0, NULL));

    assert_ok(hf_client_leave(client));

    assert_status(hf_lock_acquire(plain, 0, &grant), HF_OWNER_DIED, "acquire");
    assert_int_equal(grant.died.lost, HF_LOST_LEFT);
    assert_ok(hf_lock_release(plain));
}

static int start(void **state) {
    if (start_manager(state) != 0) {
        return -1;
    }
    orderly = new_client(true);
    return 0;
}

static int stop(void **state) {
    hf_client_free(orderly);
    return stop_manager(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_orderly_end_leaves_what_it_held),
        cmocka_unit_test(without_the_option_every_end_is_a_death),
        cmocka_unit_test(who_is_killed_has_died),
        cmocka_unit_test(a_thread_leaves_and_goes_on),
        cmocka_unit_test(an_end_is_orderly_after_a_party_has_left),
        cmocka_unit_test(a_party_leaves_or_has_died),
        cmocka_unit_test(a_lease_and_a_guard_outlast_a_leave),
        cmocka_unit_test(a_plain_lock_that_is_left_is_told_to_the_next_holder),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
