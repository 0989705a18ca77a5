/* SPDX-License-Identifier: MIT
 *
 * Supervisors: the number of workers, reports of dead ones, and that none is left at the end,
 * whichever process has died. Against a real manager.
 */
#include "real.h"

#include "cpus.h"
#include "each.h"
#include "fake.h"
#include "session.h"
#include "submitting.h"
#include "supervisor.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

/* ---- functions ---- */

static hf_status who(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    *result = hf_any_int(getpid());
    return HF_OK;
}

static hf_status run_number(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)count;
    if (hf_task_runs(task) <= arguments[0].as_int) {
        (void)raise(SIGKILL);
    }
    *result = hf_any_int(hf_task_runs(task));
    return HF_OK;
}

static hf_status die_by(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)count;
    (void)result;
    (void)raise((int)arguments[0].as_int);
    return HF_OK;
}

static hf_status leave_with(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)count;
    (void)result;
    _exit((int)arguments[0].as_int);
}

static hf_status wait_for_go(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)count;
    *result = arguments[0];
    return hf_event_wait(open_event("go"), -1);
}

static hf_status cut_off(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)shutdown(session_find(client)->conn.socket.fd, SHUT_RDWR);
    return forever(task, arguments, count, result);
}

/* Tell what a worker has inherited from its parent: bits, which all should be 0. */
static hf_status inherited(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    struct sigaction action;
    sigset_t blocked;
    char byte = 0;
    (void)task;
    (void)arguments;
    (void)count;
    bool handled = sigaction(SIGUSR2, NULL, &action) != 0 || action.sa_handler != SIG_DFL;
    bool masked = sigprocmask(SIG_SETMASK, NULL, &blocked) != 0 || sigismember(&blocked, SIGUSR1);
    bool input = read(STDIN_FILENO, &byte, 1) != 0;
    bool group = getpgrp() == (pid_t)arguments[0].as_int;
    *result = hf_any_int(handled | masked << 1 | input << 2 | group << 3);
    return HF_OK;
}

static const hf_function functions[] = {
    {"who", who},         {"run_number", run_number}, {"die_by", die_by},
    {"forever", forever}, {"leave_with", leave_with}, {"wait_for_go", wait_for_go},
    {"cut_off", cut_off}, {"inherited", inherited},
};

/* ---- a pool with a supervisor ---- */

struct fixture {
    uint64_t pool;
    uint64_t submitter;
    hf_pool_options options;
    pid_t supervisor; /* 0: none */
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture = (struct fixture){.pool = new_pool("pool"), .options = HF_POOL_OPTIONS};
    fixture.options.work.functions = functions;
    fixture.options.work.function_count = sizeof functions / sizeof functions[0];
    fixture.options.least = 1;
    fixture.options.most = 1;
    fixture.submitter = new_submitter(fixture.pool);
    *state = &fixture;
    return 0;
}

static void start_supervisor(struct fixture *fixture) {
    assert_ok(supervisor_start(client, fixture->pool, fixture->submitter, &fixture->options,
                               &fixture->supervisor));
}

static int end_of(pid_t pid) {
    int how = -1;
    pid_t fetched = 0;
    do {
        fetched = waitpid(pid, &how, 0);
    } while (fetched < 0 && errno == EINTR);
    assert_int_equal(fetched, pid);
    return how;
}

/* Wait until the supervisor has ended by itself. */
static void await_end(struct fixture *fixture) {
    assert_int_equal(end_of(fixture->supervisor), 0);
    fixture->supervisor = 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    if (fixture->supervisor > 0) {
        close_pool(fixture->pool, true);
        await_end(fixture);
    }
    delete_named("pool");
    delete_named("go");
    return 0;
}

static void assert_gone(pid_t pid) {
    assert_true(kill(pid, 0) != 0 && errno == ESRCH);
}

static int64_t pid_by_task(struct fixture *fixture) {
    submit_int(fixture->submitter, a_task(1, "who"), 0);
    struct outcome outcome = collect(fixture->submitter, 1);
    assert_status(outcome.status, HF_OK, outcome.detail);
    assert_int_equal(outcome.failures.count, 0);
    return outcome.values[0].as_int;
}

/* ---- as many as there should be ---- */

static void as_many_workers_are_started_as_were_asked_for(void **state) {
    struct fixture *fixture = *state;
    fixture->options.least = fixture->options.most = 3;

    start_supervisor(fixture);

    await_workers(fixture->pool, 3);
    assert_int_equal(workforce_of(fixture->pool).supervisors, 1);
    assert_true(pid_by_task(fixture) != getpid());
}

static void without_numbers_there_is_a_worker_for_each_cpu(void **state) {
    struct fixture *fixture = *state;
    fixture->options.least = fixture->options.most = 0;

    start_supervisor(fixture);

    await_workers(fixture->pool, cpus_usable());
}

static void a_worker_that_has_done_its_tasks_is_replaced(void **state) {
    struct fixture *fixture = *state;
    fixture->options.work.max_tasks = 1;
    start_supervisor(fixture);

    int64_t first = pid_by_task(fixture);
    int64_t second = pid_by_task(fixture);
    int64_t third = pid_by_task(fixture);

    assert_true(first != second && second != third && first != third);
}

static void the_number_grows_with_the_backlog_and_shrinks_again(void **state) {
    struct fixture *fixture = *state;
    fixture->options.most = 4;
    fixture->options.work.idle_ms = 20;
    start_supervisor(fixture);
    await_workers(fixture->pool, 1);

    for (uint64_t tag = 1; tag <= 4; tag++) {
        submit_int(fixture->submitter, a_task(tag, "wait_for_go"), 0);
    }

    await_workers(fixture->pool, 4);
    assert_ok(hf_event_set(open_event("go")));
    for (uint64_t tag = 1; tag <= 4; tag++) {
        expect_int(fixture->submitter, 0);
    }
    await_workers(fixture->pool, 1);
}

/* As many workers as there may be, and back to one. */
static void grow_and_shrink(struct fixture *fixture, uint64_t tag) {
    hf_event go = open_event("go");
    assert_ok(hf_event_clear(go));
    for (unsigned i = 0; i < fixture->options.most; i++) {
        submit_int(fixture->submitter, a_task(tag + i, "wait_for_go"), 0);
    }
    await_workers(fixture->pool, fixture->options.most);
    assert_ok(hf_event_set(go));
    for (unsigned i = 0; i < fixture->options.most; i++) {
        expect_int(fixture->submitter, 0);
    }
    await_workers(fixture->pool, 1);
}

static void the_number_grows_as_often_as_need_be(void **state) {
    enum { ROUNDS = 5, TAGS = 10 };
    struct fixture *fixture = *state;
    fixture->options.most = 2;
    fixture->options.work.idle_ms = 20;
    start_supervisor(fixture);
    await_workers(fixture->pool, 1);

    for (uint64_t round = 0; round < ROUNDS; round++) {
        grow_and_shrink(fixture, round * TAGS);
    }
}

static void it_does_not_grow_beyond_what_is_to_be_done(void **state) {
    struct fixture *fixture = *state;
    fixture->options.least = 4;
    fixture->options.most = 16;
    start_supervisor(fixture);
    await_workers(fixture->pool, 4);

    for (uint64_t tag = 1; tag <= 5; tag++) {
        submit_int(fixture->submitter, a_task(tag, "wait_for_go"), 0);
    }

    await_workers(fixture->pool, 5); /* twice as many would be 8 */
    while (workforce_of(fixture->pool).running != 5) {
        (void)sched_yield();
    }
    assert_int_equal(workforce_of(fixture->pool).workers, 5);
}

/* ---- workers that die ---- */

static void a_worker_that_is_killed_is_told_of_and_replaced(void **state) {
    struct fixture *fixture = *state;
    start_supervisor(fixture);
    int64_t before = pid_by_task(fixture);

    submit_int(fixture->submitter, a_task(2, "die_by"), SIGKILL);

    struct outcome outcome = expect_status(fixture->submitter, HF_WORKER_LOST);
    assert_int_equal(outcome.signal, SIGKILL);
    assert_int_equal(outcome.exit_code, -1);
    assert_true(pid_by_task(fixture) != before);
    assert_gone((pid_t)before);
}

static void the_exit_code_of_a_worker_is_told(void **state) {
    struct fixture *fixture = *state;
    start_supervisor(fixture);

    submit_int(fixture->submitter, a_task(1, "leave_with"), 3);

    struct outcome outcome = expect_status(fixture->submitter, HF_WORKER_LOST);
    assert_int_equal(outcome.exit_code, 3);
    assert_int_equal(outcome.signal, 0);
}

static void an_idle_worker_that_is_killed_is_replaced(void **state) {
    struct fixture *fixture = *state;
    fixture->options.least = fixture->options.most = 2;
    start_supervisor(fixture);
    await_workers(fixture->pool, 2);
    struct workforce before = workforce_of(fixture->pool);

    assert_int_equal(kill(before.pids[0], SIGKILL), 0);
    assert_int_equal(kill(before.pids[1], SIGKILL), 0);

    struct workforce after = before;
    while (after.workers != 2 || after.pids[0] == before.pids[0] ||
           after.pids[0] == before.pids[1] || after.pids[1] == before.pids[1]) {
        (void)sched_yield();
        after = workforce_of(fixture->pool);
    }
}

static void workers_that_die_together_are_each_told_of(void **state) {
    struct fixture *fixture = *state;
    fixture->options.least = fixture->options.most = 8;
    start_supervisor(fixture);
    for (uint64_t tag = 1; tag <= 8; tag++) {
        submit_int(fixture->submitter, a_task(tag, "forever"), 0);
    }
    while (workforce_of(fixture->pool).running != 8) {
        (void)sched_yield();
    }
    struct workforce before = workforce_of(fixture->pool);

    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(kill(before.pids[i], SIGKILL), 0);
    }

    for (size_t i = 0; i < 8; i++) {
        struct outcome outcome = expect_status(fixture->submitter, HF_WORKER_LOST);
        assert_int_equal(outcome.signal, SIGKILL);
    }
    await_workers(fixture->pool, 8);
}

static void a_task_is_run_again_by_another_worker(void **state) {
    struct fixture *fixture = *state;
    Hf__Submission task = a_task(1, "run_number");
    task.has_retries = true;
    task.retries = 3;
    start_supervisor(fixture);

    submit_int(fixture->submitter, task, 3);

    expect_int(fixture->submitter, 4);
}

static void a_worker_out_of_time_is_replaced(void **state) {
    struct fixture *fixture = *state;
    Hf__Submission task = a_task(1, "forever");
    task.has_time_limit_ms = true;
    task.time_limit_ms = 20;
    start_supervisor(fixture);

    submit_int(fixture->submitter, task, 0);

    (void)expect_status(fixture->submitter, HF_TIME_LIMIT);
    assert_true(pid_by_task(fixture) > 0);
}

static void a_worker_that_was_stopped_before_it_ran_out_of_time_is_replaced(void **state) {
    struct fixture *fixture = *state;
    Hf__Submission task = a_task(2, "who");
    task.has_time_limit_ms = true;
    task.time_limit_ms = 20;
    start_supervisor(fixture);
    int64_t stopped = pid_by_task(fixture);
    assert_int_equal(kill((pid_t)stopped, SIGSTOP), 0);

    submit_int(fixture->submitter, task, 0);

    (void)expect_status(fixture->submitter, HF_TIME_LIMIT);
    assert_true(pid_by_task(fixture) != stopped);
}

static void a_worker_that_has_lost_its_connection_is_killed(void **state) {
    struct fixture *fixture = *state;
    start_supervisor(fixture);

    submit_int(fixture->submitter, a_task(1, "cut_off"), 0);

    struct outcome outcome = expect_status(fixture->submitter, HF_WORKER_LOST);
    assert_int_equal(outcome.signal, SIGKILL);
    assert_true(pid_by_task(fixture) > 0);
}

/* ---- workers that do not come so far ---- */

static int64_t now_ms(void) {
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct attempts {
    int made;
    int in_vain;
};

static hf_status try(void *argument) {
    struct attempts *attempts = argument;
    return ++attempts->made > attempts->in_vain ? HF_OK : HF_SYSTEM;
}

static void workers_that_come_to_nothing_are_started_ever_more_slowly(void **state) {
    struct fixture *fixture = *state;
    struct attempts *attempts =
        mmap(NULL, sizeof *attempts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(attempts, MAP_FAILED);
    attempts->in_vain = 3;
    fixture->options.work.initializer = try;
    fixture->options.work.argument = attempts;
    int64_t begun_ms = now_ms();

    start_supervisor(fixture);

    await_workers(fixture->pool, 1);
    assert_int_equal(attempts->made, 4);
    assert_true(now_ms() - begun_ms >= 10 + 20 + 40 - 3); /* as delays are whole milliseconds */
    assert_int_equal(munmap(attempts, sizeof *attempts), 0);
}

/* ---- a manager short of memory ---- */

static void answer_open(struct fake *fake) {
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Ref object = HF__REF__INIT;
    reply.has_id = true;
    reply.id = fake_read_op(fake, HF__REQUEST__OP_SUPERVISOR_OPEN);
    reply.result_case = HF__REPLY__RESULT_OBJECT;
    reply.object = &object;
    object.id = 7;
    fake_reply(fake, &reply);
}

struct requests {
    uint64_t wait;
    uint64_t report;
};

/* One of each, in any order. */
static struct requests read_both(struct fake *fake) {
    struct requests requests = {0, 0};
    for (int i = 0; i < 2; i++) {
        Hf__Request *request = fake_read(fake);
        if (request && request->op_case == HF__REQUEST__OP_SUPERVISOR_WAIT) {
            requests.wait = request->id;
        } else if (request && request->op_case == HF__REQUEST__OP_SUPERVISOR_REPORT) {
            fake_expect(fake, request->supervisor_report->exit_code == 1, "the exit code");
            requests.report = request->id;
        }
        hf__request__free_unpacked(request, NULL);
    }
    fake_expect(fake, requests.wait && requests.report, "a wait and a report");
    return requests;
}

static void script_short_of_memory(struct fake *fake) {
    fake_welcome(fake);
    answer_open(fake);
    struct requests first = read_both(fake);
    fake_reply_status(fake, first.wait, HF_NO_MEMORY, NULL);
    fake_reply_status(fake, first.report, HF_LIMIT, NULL);
    struct requests second = read_both(fake);
    fake_reply_status(fake, second.report, HF_OK, NULL);
    fake_reply_status(fake, second.wait, HF_CLOSED, NULL);
    fake_expect_hang_up(fake);
}

static void what_the_manager_had_no_memory_for_is_asked_again(void **state) {
    const char *const program[] = {"false", NULL};
    const struct fixture *fixture = *state;
    struct fixture other = *fixture;
    struct fake fake;
    hf_client *kept = client;
    client = fake_play(&fake, script_short_of_memory, NULL);
    other.options.program = program;

    start_supervisor(&other);

    await_end(&other);
    fake_stop(&fake);
    client = kept;
}

/* ---- the end ---- */

static void a_closed_pool_is_run_to_its_end(void **state) {
    struct fixture *fixture = *state;
    start_supervisor(fixture);
    for (uint64_t tag = 1; tag <= 10; tag++) {
        submit_int(fixture->submitter, a_task(tag, "run_number"), 0);
    }

    close_pool(fixture->pool, false);

    await_end(fixture);
    for (uint64_t tag = 1; tag <= 10; tag++) {
        expect_int(fixture->submitter, 1);
    }
    struct workforce workforce = workforce_of(fixture->pool);
    assert_int_equal(workforce.workers, 0);
    assert_int_equal(workforce.supervisors, 0);
}

/* With tasks that would run for ever. */
static struct workforce start_busy(struct fixture *fixture) {
    fixture->options.least = fixture->options.most = 2;
    start_supervisor(fixture);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        submit_int(fixture->submitter, a_task(tag, "forever"), 0);
    }
    while (workforce_of(fixture->pool).running != 2) {
        (void)sched_yield();
    }
    return workforce_of(fixture->pool);
}

static void a_terminated_pool_ends_its_workers(void **state) {
    struct fixture *fixture = *state;
    struct workforce before = start_busy(fixture);

    close_pool(fixture->pool, true);

    await_end(fixture);
    assert_gone(before.pids[0]);
    assert_gone(before.pids[1]);
}

static void a_deleted_pool_ends_its_workers(void **state) {
    struct fixture *fixture = *state;
    struct workforce before = start_busy(fixture);

    assert_ok(hf_object_delete((hf_object){client, fixture->pool}));

    await_end(fixture);
    assert_gone(before.pids[0]);
    assert_gone(before.pids[1]);
}

static void the_workers_of_a_submitter_that_is_gone_end(void **state) {
    struct fixture *fixture = *state;
    struct workforce before = start_busy(fixture);

    assert_ok(hf_object_release((hf_object){client, fixture->submitter}));

    await_end(fixture);
    assert_gone(before.pids[0]);
    assert_gone(before.pids[1]);
}

/* Orphans become this process's children, so that their end can be waited for. */
static void adopt_orphans(bool adopt) {
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, adopt), 0);
}

static void the_workers_of_a_supervisor_that_is_killed_end(void **state) {
    struct fixture *fixture = *state;
    struct workforce before = start_busy(fixture);
    adopt_orphans(true);

    assert_int_equal(kill(fixture->supervisor, SIGKILL), 0);

    assert_true(WIFSIGNALED(end_of(fixture->supervisor)));
    fixture->supervisor = 0;
    for (size_t i = 0; i < 2; i++) {
        int how = end_of(before.pids[i]);
        assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    }
    adopt_orphans(false);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        (void)expect_status(fixture->submitter, HF_WORKER_LOST);
    }
}

/* Be the parent of a supervisor, until killed. */
static void be_parent(struct fixture *fixture, int tell_fd) {
    if (supervisor_start(client, fixture->pool, 0, &fixture->options, &fixture->supervisor) ==
            HF_OK &&
        write(tell_fd, &fixture->supervisor, sizeof fixture->supervisor) > 0) {
        while (pause() != 0) {
        }
    }
    _exit(1);
}

static void the_workers_of_a_parent_that_is_killed_end(void **state) {
    struct fixture *fixture = *state;
    int tell[2];
    pid_t supervisor = 0;
    assert_int_equal(pipe(tell), 0);
    adopt_orphans(true);
    pid_t parent = fork();
    if (parent == 0) {
        be_parent(fixture, tell[1]);
    }
    assert_int_equal(read(tell[0], &supervisor, sizeof supervisor), sizeof supervisor);
    await_workers(fixture->pool, 1);
    pid_t worker = workforce_of(fixture->pool).pids[0];

    assert_int_equal(kill(parent, SIGKILL), 0);

    assert_true(WIFSIGNALED(end_of(parent)));
    assert_int_equal(end_of(supervisor), 0);
    assert_gone(worker);
    adopt_orphans(false);
    assert_int_equal(close(tell[0]) | close(tell[1]), 0);
}

static pid_t pid_of_manager(void) {
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    assert_int_equal(
        getsockopt(session_find(client)->conn.socket.fd, SOL_SOCKET, SO_PEERCRED, &peer, &len), 0);
    return peer.pid;
}

static void the_workers_of_a_manager_that_is_killed_end(void **state) {
    struct fixture *fixture = *state;
    hf_manager *own = NULL;
    hf_client *kept = client;
    struct fixture other = *fixture;
    assert_ok(hf_manager_start(&own));
    assert_ok(hf_client_new(hf_manager_address(own), NULL, &client));
    other.pool = new_pool("pool");
    other.submitter = new_submitter(other.pool);
    struct workforce before = start_busy(&other);

    assert_int_equal(kill(pid_of_manager(), SIGKILL), 0);

    await_end(&other);
    assert_gone(before.pids[0]);
    assert_gone(before.pids[1]);
    hf_client_free(client);
    hf_manager_stop(own);
    client = kept;
}

/* ---- what a worker is ---- */

static void ignore_it(int number) {
    (void)number;
}

static void a_worker_has_nothing_of_its_parents_signals_input_and_group(void **state) {
    struct fixture *fixture = *state;
    const struct sigaction handled = {.sa_handler = ignore_it};
    struct sigaction before;
    sigset_t blocked;
    sigset_t unblocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGUSR1);
    assert_int_equal(sigaction(SIGUSR2, &handled, &before), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &unblocked), 0);

    start_supervisor(fixture);

    assert_int_equal(sigprocmask(SIG_SETMASK, &unblocked, NULL), 0);
    assert_int_equal(sigaction(SIGUSR2, &before, NULL), 0);
    submit_int(fixture->submitter, a_task(1, "inherited"), getpgrp());
    expect_int(fixture->submitter, 0);
}

static char self[4096];

static void a_program_can_be_the_worker(void **state) {
    struct fixture *fixture = *state;
    const char *const program[] = {self, "work", NULL};
    fixture->options.work = (hf_work)HF_WORK;
    fixture->options.work.max_tasks = 1;
    fixture->options.program = program;

    start_supervisor(fixture);

    int64_t first = pid_by_task(fixture);
    assert_true(pid_by_task(fixture) != first);
}

static int work(void) {
    hf_work work = HF_WORK;
    work.functions = functions;
    work.function_count = sizeof functions / sizeof functions[0];
    hf_status status = hf_client_new(NULL, NULL, &client);
    status = status == HF_OK ? hf_pool_work(client, NULL, &work) : status;
    hf_client_free(client);
    return status == HF_OK ? 0 : 1;
}

static void what_cannot_be_started_is_refused(void **state) {
    struct fixture *fixture = *state;
    const char *const missing[] = {"/nowhere/at/all", NULL};
    const char *const nameless[] = {NULL};
    const char *const not_in_path[] = {"no-such-program-anywhere", NULL};
    const char *const *const programs[] = {missing, nameless, not_in_path};
    hf_pool_options options = HF_POOL_OPTIONS;
    pid_t pid = 0;

    assert_status(supervisor_start(client, fixture->pool, 0, &options, &pid), HF_INVALID, "start");
    for (size_t i = 0; i < 3; i++) {
        options.program = programs[i];
        assert_status(supervisor_start(client, fixture->pool, 0, &options, &pid), HF_INVALID,
                      "start");
    }
}

static void a_pool_that_is_over_is_refused(void **state) {
    struct fixture *fixture = *state;
    pid_t pid = 0;

    assert_status(supervisor_start(client, fixture->submitter, 0, &fixture->options, &pid),
                  HF_NO_OBJECT, "start");
    assert_non_null(strstr(hf_last_detail(), "no pool"));
    close_pool(fixture->pool, false);
    assert_status(supervisor_start(client, fixture->pool, 0, &fixture->options, &pid), HF_CLOSED,
                  "start");
    assert_int_equal(workforce_of(fixture->pool).supervisors, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_workers_are_started_as_were_asked_for),
        cmocka_unit_test(without_numbers_there_is_a_worker_for_each_cpu),
        cmocka_unit_test(a_worker_that_has_done_its_tasks_is_replaced),
        cmocka_unit_test(the_number_grows_with_the_backlog_and_shrinks_again),
        cmocka_unit_test(the_number_grows_as_often_as_need_be),
        cmocka_unit_test(it_does_not_grow_beyond_what_is_to_be_done),
        cmocka_unit_test(a_worker_that_is_killed_is_told_of_and_replaced),
        cmocka_unit_test(the_exit_code_of_a_worker_is_told),
        cmocka_unit_test(an_idle_worker_that_is_killed_is_replaced),
        cmocka_unit_test(workers_that_die_together_are_each_told_of),
        cmocka_unit_test(a_task_is_run_again_by_another_worker),
        cmocka_unit_test(a_worker_out_of_time_is_replaced),
        cmocka_unit_test(a_worker_that_was_stopped_before_it_ran_out_of_time_is_replaced),
        cmocka_unit_test(a_worker_that_has_lost_its_connection_is_killed),
        cmocka_unit_test(workers_that_come_to_nothing_are_started_ever_more_slowly),
        cmocka_unit_test(what_the_manager_had_no_memory_for_is_asked_again),
        cmocka_unit_test(a_closed_pool_is_run_to_its_end),
        cmocka_unit_test(a_terminated_pool_ends_its_workers),
        cmocka_unit_test(a_deleted_pool_ends_its_workers),
        cmocka_unit_test(the_workers_of_a_submitter_that_is_gone_end),
        cmocka_unit_test(the_workers_of_a_supervisor_that_is_killed_end),
        cmocka_unit_test(the_workers_of_a_parent_that_is_killed_end),
        cmocka_unit_test(the_workers_of_a_manager_that_is_killed_end),
        cmocka_unit_test(a_worker_has_nothing_of_its_parents_signals_input_and_group),
        cmocka_unit_test(a_program_can_be_the_worker),
        cmocka_unit_test(what_cannot_be_started_is_refused),
        cmocka_unit_test(a_pool_that_is_over_is_refused),
    };
    if (argc > 1 && strcmp(argv[1], "work") == 0) {
        return work();
    }
    if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0) {
        return 1;
    }
    return run_each(__FILE__, tests, sizeof tests / sizeof tests[0],
                    (struct around){set_up, tear_down},
                    (struct around){start_manager, stop_manager});
}
