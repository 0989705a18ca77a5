/* SPDX-License-Identifier: MIT
 *
 * Timers: they run once, when their time has come, or never.
 */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast/client.h>
#include <holdfast/timer.h>

enum { LATER_MS = 3600000 };

struct run {
    sem_t begun;
    sem_t go_on;
    int count;
    pthread_t thread;
    int64_t at_ms;
    sigset_t blocked;
    hf_timer *own;
    hf_status status;
};

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run_init(struct run *run) {
    *run = (struct run){.count = 0};
    assert_int_equal(sem_init(&run->begun, 0, 0), 0);
    assert_int_equal(sem_init(&run->go_on, 0, 0), 0);
}

static void run_fini(struct run *run) {
    assert_int_equal(sem_destroy(&run->begun), 0);
    assert_int_equal(sem_destroy(&run->go_on), 0);
}

static void note(void *argument) {
    struct run *run = argument;
    run->count++;
    run->thread = pthread_self();
    run->at_ms = now_ms();
    (void)pthread_sigmask(SIG_BLOCK, NULL, &run->blocked);
    (void)sem_post(&run->begun);
}

static void note_and_wait(void *argument) {
    struct run *run = argument;
    note(run);
    (void)sem_wait(&run->go_on);
    run->count++;
}

static void join_itself(void *argument) {
    struct run *run = argument;
    (void)sem_wait(&run->go_on);
    run->status = hf_timer_join(run->own);
    note(run);
}

/* ---- tests ---- */

static void a_timer_runs_once_in_a_thread_of_its_own_when_its_time_has_come(void **state) {
    struct run run;
    hf_timer *timer = NULL;
    int64_t begin_ms = now_ms();
    (void)state;
    run_init(&run);

    assert_int_equal(hf_timer_start(20, note, &run, &timer), HF_OK);
    assert_int_equal(hf_timer_join(timer), HF_OK);

    assert_int_equal(run.count, 1);
    assert_true(run.at_ms >= begin_ms + 20);
    assert_false(pthread_equal(run.thread, pthread_self()));
    assert_true(sigismember(&run.blocked, SIGTERM));
    run_fini(&run);
}

static void a_cancelled_timer_never_runs(void **state) {
    struct run run;
    hf_timer *timer = NULL;
    (void)state;
    run_init(&run);
    assert_int_equal(hf_timer_start(LATER_MS, note, &run, &timer), HF_OK);

    assert_true(hf_timer_cancel(timer));
    assert_true(hf_timer_cancel(timer));
    assert_int_equal(hf_timer_join(timer), HF_OK);

    assert_int_equal(run.count, 0);
    run_fini(&run);
}

static void a_timer_for_the_end_of_time_can_be_cancelled(void **state) {
    struct run run;
    hf_timer *timer = NULL;
    (void)state;
    run_init(&run);
    assert_int_equal(hf_timer_start(INT64_MAX, note, &run, &timer), HF_OK);

    assert_true(hf_timer_cancel(timer));

    assert_int_equal(hf_timer_join(timer), HF_OK);
    assert_int_equal(run.count, 0);
    run_fini(&run);
}

static void a_timer_that_runs_can_no_longer_be_cancelled_but_is_waited_for(void **state) {
    struct run run;
    hf_timer *timer = NULL;
    (void)state;
    run_init(&run);
    assert_int_equal(hf_timer_start(0, note_and_wait, &run, &timer), HF_OK);
    assert_int_equal(sem_wait(&run.begun), 0);

    assert_false(hf_timer_cancel(timer));
    assert_int_equal(sem_post(&run.go_on), 0);
    assert_int_equal(hf_timer_join(timer), HF_OK);

    assert_int_equal(run.count, 2);
    run_fini(&run);
}

static void a_timer_that_is_not_joined_runs(void **state) {
    struct run run;
    (void)state;
    run_init(&run);

    assert_int_equal(hf_timer_start(1, note, &run, NULL), HF_OK);

    assert_int_equal(sem_wait(&run.begun), 0);
    assert_int_equal(run.count, 1);
    run_fini(&run);
}

static void a_timer_cannot_wait_for_itself(void **state) {
    struct run run;
    (void)state;
    run_init(&run);
    assert_int_equal(hf_timer_start(0, join_itself, &run, &run.own), HF_OK);
    assert_int_equal(sem_post(&run.go_on), 0);

    assert_int_equal(hf_timer_join(run.own), HF_OK);

    assert_int_equal(run.count, 1);
    assert_int_equal(run.status, HF_DEADLOCK);
    run_fini(&run);
}

static void leave_thread(void *argument) {
    (void)argument;
    pthread_exit(NULL);
}

static void a_timer_has_ended_when_its_function_ends_the_thread(void **state) {
    hf_timer *timer = NULL;
    (void)state;
    assert_int_equal(hf_timer_start(0, leave_thread, NULL, NULL), HF_OK);
    assert_int_equal(hf_timer_start(0, leave_thread, NULL, &timer), HF_OK);
    assert_int_equal(hf_timer_join(timer), HF_OK);
}

static void bad_arguments_are_refused(void **state) {
    struct run run;
    hf_timer *timer = NULL;
    (void)state;
    run_init(&run);

    assert_int_equal(hf_timer_start(-1, note, &run, &timer), HF_INVALID);
    assert_string_not_equal(hf_last_detail(), "");
    assert_int_equal(hf_timer_start(0, NULL, &run, &timer), HF_INVALID);
    assert_null(timer);
    assert_int_equal(hf_timer_join(NULL), HF_OK);
    run_fini(&run);
}

static void a_forked_child_has_no_part_in_its_parents_timer(void **state) {
    struct run run;
    hf_timer *timer = NULL;
    int status = -1;
    (void)state;
    run_init(&run);
    assert_int_equal(hf_timer_start(LATER_MS, note, &run, &timer), HF_OK);

    pid_t child = fork();
    if (child == 0) {
        bool good = hf_timer_cancel(timer) && hf_timer_join(timer) == HF_OK;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);

    assert_int_equal(status, 0);
    assert_true(hf_timer_cancel(timer));
    assert_int_equal(hf_timer_join(timer), HF_OK);
    run_fini(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_runs_once_in_a_thread_of_its_own_when_its_time_has_come),
        cmocka_unit_test(a_cancelled_timer_never_runs),
        cmocka_unit_test(a_timer_for_the_end_of_time_can_be_cancelled),
        cmocka_unit_test(a_timer_that_runs_can_no_longer_be_cancelled_but_is_waited_for),
        cmocka_unit_test(a_timer_that_is_not_joined_runs),
        cmocka_unit_test(a_timer_cannot_wait_for_itself),
        cmocka_unit_test(a_timer_has_ended_when_its_function_ends_the_thread),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(a_forked_child_has_no_part_in_its_parents_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
