/* SPDX-License-Identifier: MIT
 *
 * Processes: waiting for them and ending them. test_process_start.c has their start,
 * test_guarantees_process.c the end of their parent.
 */
#include "patience.h"
#include "processes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

enum { CROWD = 4, ROUNDS = 20 };

/* ---- functions ---- */

static void the_result_of_the_function_is_the_exit_code(void **state) {
    static const int codes[][2] = {{0, 0}, {7, 7}, {255, 255}, {256, 0}, {-1, 255}};
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        int number = codes[i][0];

        int code = run(answer, &number);

        assert_int_equal(code, codes[i][1]);
    }
}

static int raise_it(void *argument) {
    return raise(*(int *)argument);
}

static void a_signal_that_ends_it_is_a_negative_exit_code(void **state) {
    static const int numbers[] = {SIGKILL, SIGTERM, SIGUSR1, SIGSEGV};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int number = numbers[i];

        int code = run(raise_it, &number);

        assert_int_equal(code, -number);
    }
}

static int tell_pid(void *argument) {
    pid_t pid = getpid();
    return write(*(int *)argument, &pid, sizeof pid) == (ssize_t)sizeof pid ? 0 : 1;
}

static void it_has_a_pid_a_name_and_what_it_was_given(void **state) {
    const hf_process_options options = {.name = "worker 7", .daemon = true};
    struct gate gate = gate_make();
    pid_t told = 0;
    (void)state;

    hf_process *process = start_with(tell_pid, &gate.fds[1], &options);

    assert_int_equal(read(gate.fds[0], &told, sizeof told), sizeof told);
    assert_int_equal(hf_process_pid(process), told);
    assert_int_not_equal(told, getpid());
    assert_string_equal(hf_process_name(process), "worker 7");
    assert_true(hf_process_daemon(process));
    assert_int_equal(end_of(process), 0);
    gate_close(&gate);
}

static void one_without_a_name_is_called_after_the_program_and_numbered(void **state) {
    int zero = 0;
    (void)state;

    hf_process *one = start(answer, &zero);
    hf_process *other = start(answer, &zero);
    hf_process *program = NULL;
    assert_ok(hf_process_start_program("/bin/true", NULL, NULL, &program));

    assert_int_equal(strncmp(hf_process_name(one), "test_proxy_process-", 19), 0);
    assert_int_equal(strncmp(hf_process_name(other), "test_proxy_process-", 19), 0);
    assert_string_not_equal(hf_process_name(one), hf_process_name(other));
    assert_int_equal(strncmp(hf_process_name(program), "true-", 5), 0);
    assert_false(hf_process_daemon(one));
    assert_int_equal(end_of(one) + end_of(other) + end_of(program), 0);
}

static void bad_arguments_are_refused(void **state) {
    char *const env[] = {NULL};
    const hf_process_options with_env = {.env = env};
    hf_process *process = NULL;
    int zero = 0;
    (void)state;

    assert_status(hf_process_start(NULL, NULL, NULL, &process), HF_INVALID, "no function");
    assert_string_not_equal(hf_last_detail(), "");
    assert_status(hf_process_start(answer, &zero, &with_env, &process), HF_INVALID, "with env");
    assert_string_not_equal(hf_last_detail(), "");

    assert_null(process);
    hf_process_free(NULL);
}

static void a_process_without_a_handle_runs(void **state) {
    struct gate gate = gate_make();
    pid_t told = 0;
    (void)state;

    assert_ok(hf_process_start(tell_pid, &gate.fds[1], NULL, NULL));

    assert_int_equal(read(gate.fds[0], &told, sizeof told), sizeof told);
    assert_true(told > 0);
    gate_close(&gate);
}

/* ---- waiting ---- */

static void a_join_waits_as_long_as_it_may(void **state) {
    struct gate gate = gate_make();
    int code = 1000;
    (void)state;
    hf_process *process = start(wait_at, &gate);

    assert_status(hf_process_join(process, 0), HF_TIMEOUT, "looking");
    assert_non_null(strstr(hf_last_detail(), hf_process_name(process)));
    assert_status(hf_process_join(process, 20), HF_TIMEOUT, "waiting 20 ms");
    assert_status(hf_process_exit_code(process, &code), HF_TIMEOUT, "its exit code");
    assert_int_equal(code, 1000);
    assert_true(hf_process_alive(process));
    assert_true(gate_open(&gate));

    assert_ok(hf_process_join(process, PATIENCE_MS));
    assert_ok(hf_process_join(process, 0));
    assert_ok(hf_process_join(process, -1));
    assert_false(hf_process_alive(process));
    assert_int_equal(end_of(process), 0);
    gate_close(&gate);
}

static void its_descriptor_tells_poll_of_its_end(void **state) {
    struct gate gate = gate_make();
    (void)state;
    hf_process *process = start(wait_at, &gate);
    struct pollfd poll_fd = {hf_process_pidfd(process), POLLIN, 0};

    assert_true(poll_fd.fd >= 0 || !system_has_pidfds());
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    assert_true(gate_open(&gate));

    assert_int_equal(poll(&poll_fd, 1, poll_fd.fd < 0 ? 0 : PATIENCE_MS), poll_fd.fd < 0 ? 0 : 1);
    assert_int_equal(end_of(process), 0);
    gate_close(&gate);
}

static void *join_for_ever(void *process) {
    return hf_process_join(process, -1) == HF_OK ? process : NULL;
}

static void any_number_of_threads_may_wait_for_it(void **state) {
    struct gate gate = gate_make();
    pthread_t threads[CROWD];
    (void)state;
    hf_process *process = start(wait_at, &gate);
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, join_for_ever, process), 0);
    }

    assert_true(gate_open(&gate));

    for (int i = 0; i < CROWD; i++) {
        void *joined = NULL;
        assert_int_equal(pthread_join(threads[i], &joined), 0);
        assert_ptr_equal(joined, process);
    }
    assert_int_equal(end_of(process), 0);
    gate_close(&gate);
}

static void only_own_children_are_waited_for(void **state) {
    struct gate gate = gate_make();
    int result = 0;
    int zero = 0;
    (void)state;
    pid_t foreign = fork();
    if (foreign == 0) {
        _exit(3);
    }
    siginfo_t end;
    assert_int_equal(waitid(P_PID, (id_t)foreign, &end, WEXITED | WNOWAIT), 0);

    for (int i = 0; i < ROUNDS; i++) {
        hf_process *left = start(wait_at, &gate);
        assert_int_equal(run(answer, &zero), 0);
        hf_process_free(left);
        assert_true(gate_open(&gate));
    }

    assert_int_equal(waitpid(foreign, &result, 0), foreign);
    assert_int_equal(WEXITSTATUS(result), 3);
    gate_close(&gate);
}

static void assert_lost(hf_process *process) {
    int code = 1000;
    assert_status(hf_process_join(process, -1), HF_SYSTEM, "joining what is lost");
    assert_non_null(strstr(hf_last_detail(), "how is not known"));
    assert_status(hf_process_exit_code(process, &code), HF_SYSTEM, "its exit code");
    assert_int_equal(code, 1000);
    assert_false(hf_process_alive(process));
    assert_ok(hf_process_terminate(process));
    assert_ok(hf_process_kill(process));
    hf_process_free(process);
}

static void an_exit_code_taken_by_other_code_is_reported_as_lost(void **state) {
    int zero = 0;
    (void)state;
    hf_process *process = start(answer, &zero);

    assert_int_equal(waitpid((pid_t)hf_process_pid(process), NULL, 0), hf_process_pid(process));

    assert_lost(process);
}

static void an_exit_code_taken_by_the_system_is_reported_as_lost(void **state) {
    int zero = 0;
    (void)state;
    assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);

    for (int i = 0; i < ROUNDS; i++) {
        assert_lost(start(answer, &zero));
    }

    assert_true(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
}

/* ---- ending it ---- */

static void it_can_be_terminated_and_killed(void **state) {
    struct gate gate = gate_make();
    (void)state;
    hf_process *one = start(wait_at, &gate);
    hf_process *other = start(wait_at, &gate);

    assert_ok(hf_process_terminate(one));
    assert_ok(hf_process_kill(other));

    assert_ok(hf_process_join(one, -1));
    assert_ok(hf_process_terminate(one)); /* nothing to do */
    assert_int_equal(end_of(one), -SIGTERM);
    assert_int_equal(end_of(other), -SIGKILL);
    gate_close(&gate);
}

static int block_all_and_wait(void *argument) {
    struct gate *gates = argument;
    sigset_t every;
    (void)sigfillset(&every);
    (void)pthread_sigmask(SIG_SETMASK, &every, NULL);
    return gate_open(&gates[1]) ? wait_at(&gates[0]) : 1;
}

static void a_process_that_blocks_signals_can_be_killed(void **state) {
    struct gate gates[2] = {gate_make(), gate_make()};
    (void)state;
    hf_process *process = start(block_all_and_wait, gates);
    assert_true(gate_pass(&gates[1]));

    assert_ok(hf_process_terminate(process));
    assert_status(hf_process_join(process, 20), HF_TIMEOUT, "SIGTERM is blocked");
    assert_ok(hf_process_kill(process));

    assert_int_equal(end_of(process), -SIGKILL);
    gate_close(&gates[0]);
    gate_close(&gates[1]);
}

static int use_the_parents(void *argument) {
    hf_process *process = argument;
    int code = 0;
    bool good = hf_process_join(process, -1) == HF_INVALID && hf_last_detail()[0] &&
                hf_process_exit_code(process, &code) == HF_INVALID &&
                hf_process_terminate(process) == HF_INVALID &&
                hf_process_kill(process) == HF_INVALID && hf_process_alive(process);
    hf_process_free(process);
    return good ? 0 : 1;
}

static void a_forked_child_may_not_wait_for_or_end_its_parents_processes(void **state) {
    struct gate gate = gate_make();
    const hf_process_options daemon = {.daemon = true};
    (void)state;
    hf_process *process = start_with(wait_at, &gate, &daemon);

    int code = run(use_the_parents, process);

    assert_int_equal(code, 0);
    assert_status(hf_process_join(process, 0), HF_TIMEOUT, "it lives on");
    assert_true(gate_open(&gate));
    assert_int_equal(end_of(process), 0);
    gate_close(&gate);
}

static int start_another(void *argument) {
    int zero = 0;
    hf_process *process = NULL;
    (void)argument;
    bool refused = hf_process_start(answer, &zero, NULL, &process) == HF_INVALID &&
                   strstr(hf_last_detail(), "daemon") &&
                   hf_process_start_program("true", NULL, NULL, &process) == HF_INVALID;
    return refused ? 0 : hf_process_join(process, -1) == HF_OK ? 1 : 2;
}

static void a_daemon_may_start_no_processes_and_others_may(void **state) {
    const hf_process_options daemon = {.daemon = true};
    (void)state;

    assert_int_equal(end_of(start_with(start_another, NULL, &daemon)), 0);
    assert_int_equal(end_of(start(start_another, NULL)), 1);
}

/* ---- release ---- */

static int count_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void nothing_stays_open(void **state) {
    const hf_process_options daemon = {.daemon = true};
    hf_process *process = NULL;
    int zero = 0;
    (void)state;
    int before = count_descriptors();

    assert_int_equal(run(answer, &zero), 0);
    assert_int_equal(end_of(start_with(answer, &zero, &daemon)), 0);
    assert_ok(hf_process_start_program("true", NULL, &daemon, &process));
    assert_int_equal(end_of(process), 0);
    assert_status(hf_process_start_program("/", NULL, &daemon, &process), HF_SYSTEM, "a folder");

    assert_int_equal(count_descriptors(), before);
}

static void a_process_released_while_it_runs_leaves_no_zombie(void **state) {
    struct gate gate = gate_make();
    siginfo_t end;
    int zero = 0;
    (void)state;
    hf_process *process = start(wait_at, &gate);
    id_t pid = (id_t)hf_process_pid(process);
    hf_process_free(process);
    assert_true(gate_open(&gate));
    assert_int_equal(waitid(P_PID, pid, &end, WEXITED | WNOWAIT), 0);

    assert_int_equal(run(answer, &zero), 0);

    assert_int_equal(waitid(P_PID, pid, &end, WEXITED | WNOHANG | WNOWAIT), -1);
    assert_int_equal(errno, ECHILD);
    gate_close(&gate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_result_of_the_function_is_the_exit_code),
        cmocka_unit_test(a_signal_that_ends_it_is_a_negative_exit_code),
        cmocka_unit_test(it_has_a_pid_a_name_and_what_it_was_given),
        cmocka_unit_test(one_without_a_name_is_called_after_the_program_and_numbered),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(a_process_without_a_handle_runs),
        cmocka_unit_test(a_join_waits_as_long_as_it_may),
        cmocka_unit_test(its_descriptor_tells_poll_of_its_end),
        cmocka_unit_test(any_number_of_threads_may_wait_for_it),
        cmocka_unit_test(only_own_children_are_waited_for),
        cmocka_unit_test(an_exit_code_taken_by_other_code_is_reported_as_lost),
        cmocka_unit_test(an_exit_code_taken_by_the_system_is_reported_as_lost),
        cmocka_unit_test(it_can_be_terminated_and_killed),
        cmocka_unit_test(a_process_that_blocks_signals_can_be_killed),
        cmocka_unit_test(a_forked_child_may_not_wait_for_or_end_its_parents_processes),
        cmocka_unit_test(a_daemon_may_start_no_processes_and_others_may),
        cmocka_unit_test(nothing_stays_open),
        cmocka_unit_test(a_process_released_while_it_runs_leaves_no_zombie),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
