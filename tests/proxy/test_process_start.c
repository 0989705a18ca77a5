/* SPDX-License-Identifier: MIT
 *
 * How processes begin: with which signals, output, arguments, environment and label, and from
 * threads.
 */
#include "processes.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { CROWD = 4, ROUNDS = 20 };

/* ---- signals ---- */

static void note_signal(int number) {
    (void)number;
}

static void set_signals(void (*usr1)(int), void (*term)(int), void (*pipe_handler)(int)) {
    assert_true(signal(SIGUSR1, usr1) != SIG_ERR);
    assert_true(signal(SIGTERM, term) != SIG_ERR);
    assert_true(signal(SIGPIPE, pipe_handler) != SIG_ERR);
}

static bool has_default(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL;
}

static int look_at_signals(void *argument) {
    sigset_t blocked;
    struct sigaction action;
    (void)argument;
    bool good = pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0;
    good = good && !sigismember(&blocked, SIGTERM) && !sigismember(&blocked, SIGUSR2);
    good = good && has_default(SIGUSR1) && has_default(SIGTERM);
    good = good && sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
    return good ? 0 : 1;
}

static void it_has_no_blocked_signals_no_handlers_and_can_be_terminated(void **state) {
    char *const argv[] = {(char[]){"sleep"}, (char[]){"1000"}, NULL};
    hf_process *program = NULL;
    sigset_t every;
    sigset_t before;
    (void)state;
    set_signals(note_signal, SIG_IGN, SIG_IGN);
    assert_int_equal(sigfillset(&every), 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &every, &before), 0);

    hf_process *process = start(look_at_signals, NULL);
    assert_ok(hf_process_start_program("sleep", argv, NULL, &program));
    assert_ok(hf_process_terminate(program));

    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    set_signals(SIG_DFL, SIG_DFL, SIG_DFL);
    assert_int_equal(end_of(process), 0);
    assert_int_equal(end_of(program), -SIGTERM);
}

/* ---- output ---- */

/* The text that standard output got since it was sent to this pipe. */
static int catch_output(const struct gate *gate) {
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    assert_int_equal(dup2(gate->fds[1], STDOUT_FILENO), STDOUT_FILENO);
    return kept;
}

static void release_output(int kept) {
    (void)fflush(stdout);
    assert_int_equal(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(close(kept), 0);
}

static int print_line(void *argument) {
    (void)argument;
    return printf("child") > 0 ? 0 : 1;
}

static void output_is_neither_lost_nor_doubled_nor_in_another_order(void **state) {
    struct gate gate = gate_make();
    char seen[64] = "";
    (void)state;
    int kept = catch_output(&gate);

    (void)printf("before ");
    hf_process *process = start(print_line, NULL);
    hf_status joined = hf_process_join(process, -1);
    (void)printf(" after");

    release_output(kept);
    assert_int_equal(joined, HF_OK);
    assert_true(read(gate.fds[0], seen, sizeof seen - 1) > 0);
    assert_string_equal(seen, "before child after");
    hf_process_free(process);
    gate_close(&gate);
}

static struct gate exit_gate = {
    {-1, -1}}; /* where a function for the program's end tells of itself */

static void tell_of_exit(void) {
    if (exit_gate.fds[1] >= 0 && !gate_open(&exit_gate)) {
        abort();
    }
}

static void a_child_does_not_run_the_parents_exit_functions(void **state) {
    struct gate gate = gate_make();
    char byte = 0;
    int zero = 0;
    (void)state;
    assert_int_equal(atexit(tell_of_exit), 0);
    exit_gate = gate;

    assert_int_equal(run(answer, &zero), 0);

    exit_gate.fds[1] = -1;
    assert_int_equal(close(gate.fds[1]), 0);
    assert_int_equal(read(gate.fds[0], &byte, 1), 0);
    assert_int_equal(close(gate.fds[0]), 0);
}

/* ---- programs ---- */

static int run_shell(const char *script, const hf_process_options *options) {
    char text[256];
    char *const argv[] = {(char[]){"sh"}, (char[]){"-c"}, text, (char[]){"an argument"}, NULL};
    hf_process *process = NULL;
    (void)snprintf(text, sizeof text, "%s", script);
    assert_ok(hf_process_start_program("sh", argv, options, &process));
    return end_of(process);
}

static void a_program_has_its_arguments_and_its_exit_code(void **state) {
    (void)state;

    assert_int_equal(run_shell("test \"$0\" = 'an argument' && exit 7", NULL), 7);
    assert_int_equal(run_shell("kill -9 $$", NULL), -SIGKILL);
}

static void a_program_has_the_environment_it_is_given_and_its_name(void **state) {
    char *const env[] = {(char[]){"COLOUR=red"}, (char[]){"HOLDFAST_LABEL=other"}, NULL};
    const hf_process_options given = {.name = "worker 7", .env = env};
    const hf_process_options inherited = {.name = "worker 8"};
    (void)state;
    assert_int_equal(setenv("COLOUR", "blue", 1), 0);

    assert_int_equal(run_shell("test \"$COLOUR,$HOLDFAST_LABEL,$HOME\" = 'red,worker 7,'", &given),
                     0);
    assert_int_equal(run_shell("test \"$COLOUR,$HOLDFAST_LABEL\" = 'blue,worker 8'", &inherited),
                     0);

    assert_int_equal(unsetenv("COLOUR"), 0);
}

static int start_without_environment(void *argument) {
    char *const argv[] = {(char[]){"sh"}, (char[]){"-c"},
                          (char[]){"test \"$HOLDFAST_LABEL,$HOME\" = 'worker 9,'"}, NULL};
    const hf_process_options options = {.name = "worker 9"};
    hf_process *process = NULL;
    (void)argument;
    assert_int_equal(clearenv(), 0);
    assert_ok(hf_process_start_program("/bin/sh", argv, &options, &process));
    return end_of(process);
}

static void a_program_can_be_started_without_an_environment(void **state) {
    (void)state;

    assert_int_equal(run(start_without_environment, NULL), 0);
}

static void a_program_that_cannot_run_is_refused_and_leaves_nothing(void **state) {
    static const char *const programs[] = {"/nowhere/at-all", "no-such-program-anywhere", "/",
                                           "/etc/passwd", "/etc/passwd/x"};
    hf_process *process = NULL;
    (void)state;

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        assert_status(hf_process_start_program(programs[i], NULL, NULL, &process), HF_SYSTEM,
                      programs[i]);
        assert_non_null(strstr(hf_last_detail(), programs[i]));
    }
    assert_status(hf_process_start_program(NULL, NULL, NULL, &process), HF_INVALID, "NULL");
    assert_status(hf_process_start_program("", NULL, NULL, &process), HF_INVALID, "no name");

    assert_null(process);
}

static void a_path_that_is_too_long_is_refused(void **state) {
    static char path[8192];
    hf_process *process = NULL;
    (void)state;
    memset(path, '/', sizeof path - 1);

    assert_status(hf_process_start_program(path, NULL, NULL, &process), HF_SYSTEM, "a long path");
    assert_non_null(strstr(hf_last_detail(), "too long"));
}

/* ---- descriptors ---- */

enum { FEW = 64 };

/* Take all descriptors of the first FEW but so many. Returns how many were taken. */
static int take_descriptors(int taken[FEW], int spare) {
    int count = 0;
    int fd = dup(STDERR_FILENO);
    while (fd >= 0) {
        taken[count++] = fd;
        fd = dup(STDERR_FILENO);
    }
    while (count > 0 && spare-- > 0) {
        assert_int_equal(close(taken[--count]), 0);
    }
    return count;
}

static hf_status start_daemon(bool program, hf_process **process) {
    static int zero = 0;
    const hf_process_options daemon = {.daemon = true};
    return program ? hf_process_start_program("/bin/true", NULL, &daemon, process)
                   : hf_process_start(answer, &zero, &daemon, process);
}

static void assert_no_zombie(void) {
    siginfo_t end = {.si_pid = 0};
    assert_int_equal(waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT), 0);
    assert_int_equal(end.si_pid, 0);
}

/* Returns how many descriptors have to be free. */
static int start_with_ever_more_descriptors(bool program) {
    hf_process *process = NULL;
    int taken[FEW];
    int spare = -1;
    hf_status status = HF_SYSTEM;
    while (status == HF_SYSTEM) {
        int count = take_descriptors(taken, ++spare);
        status = start_daemon(program, &process);
        while (count-- > 0) {
            assert_int_equal(close(taken[count]), 0);
        }
        if (status == HF_SYSTEM) {
            assert_string_not_equal(hf_last_detail(), "");
            assert_no_zombie();
        }
    }
    assert_ok(status);
    assert_int_equal(end_of(process), 0);
    return spare;
}

static void without_descriptors_it_is_refused_and_nothing_is_left(void **state) {
    struct rlimit before;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit few = {FEW, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);

    int for_function = start_with_ever_more_descriptors(false);
    int for_program = start_with_ever_more_descriptors(true);

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    int pidfds = system_has_pidfds() ? 1 : 0;
    assert_int_equal(for_function, 2 + pidfds);
    assert_int_equal(for_program, 4 + pidfds);
}

/* ---- threads ---- */

static int work_a_little(void *argument) {
    char *memory = malloc(1000);
    int number = *(int *)argument;
    if (!memory) {
        return -1;
    }
    (void)snprintf(memory, 1000, "%d", number);
    number = (int)strtol(memory, NULL, 10);
    free(memory);
    return number;
}

/* Start, wait and end at once with others. Returns NULL when something was wrong. */
static void *start_many(void *argument) {
    const hf_process_options daemon = {.daemon = true};
    for (int i = 0; i < ROUNDS; i++) {
        hf_process *function = NULL;
        hf_process *program = NULL;
        int code = -1;
        bool good = hf_process_start(work_a_little, &i, &daemon, &function) == HF_OK &&
                    hf_process_start_program("true", NULL, NULL, &program) == HF_OK;
        good = good && hf_process_join(function, -1) == HF_OK;
        good = good && hf_process_exit_code(function, &code) == HF_OK && code == i;
        good = good && hf_process_join(program, -1) == HF_OK;
        hf_process_free(function);
        hf_process_free(program);
        if (!good) {
            return NULL;
        }
    }
    return argument;
}

static void threads_may_start_processes_at_once(void **state) {
    pthread_t threads[CROWD];
    int mark = 0;
    (void)state;

    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, start_many, &mark), 0);
    }

    for (int i = 0; i < CROWD; i++) {
        void *good = NULL;
        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_ptr_equal(good, &mark);
    }
}

/* ---- its sessions ---- */

struct holding {
    hf_lock lock;
    struct gate held;
    struct gate done;
};

static int hold(void *argument) {
    struct holding *holding = argument;
    if (hf_lock_acquire(holding->lock, -1, NULL) != HF_OK || !gate_open(&holding->held) ||
        !gate_pass(&holding->done)) {
        return 1;
    }
    return hf_lock_release(holding->lock) == HF_OK ? 0 : 2;
}

static void *hold_in_thread(void *argument) {
    return hold(argument) == 0 ? argument : NULL;
}

static int hold_in_another_thread(void *argument) {
    pthread_t thread;
    void *good = NULL;
    return pthread_create(&thread, NULL, hold_in_thread, argument) == 0 &&
                   pthread_join(thread, &good) == 0 && good
               ? 0
               : 1;
}

static void assert_held_by(const struct holding *holding, const hf_process *process) {
    hf_holder holder;
    assert_true(gate_pass(&holding->held));
    assert_ok(hf_lock_who(holding->lock, &holder));
    assert_string_equal(holder.label, hf_process_name(process));
    assert_int_equal(holder.pid, hf_process_pid(process));
    assert_true(gate_open(&holding->done));
}

static void reports_call_its_sessions_by_its_name(void **state) {
    hf_process_function *const functions[] = {hold, hold_in_another_thread};
    const hf_process_options options = {.name = "packer"};
    struct holding holding = {open_lock("held", NULL), gate_make(), gate_make()};
    (void)state;
    hf_set_label("the parent's own");

    for (int i = 0; i < 2; i++) {
        hf_process *process = start_with(functions[i], &holding, &options);

        assert_held_by(&holding, process);

        assert_int_equal(end_of(process), 0);
    }
    hf_set_label(NULL);
    gate_close(&holding.held);
    gate_close(&holding.done);
}

/* This program, as one that holds the lock: see main(). */
static int be_holder(char **argv) {
    struct holding holding = {.held.fds = {-1, (int)strtol(argv[2], NULL, 10)},
                              .done.fds = {(int)strtol(argv[3], NULL, 10), -1}};
    hf_client *own = NULL;
    if (hf_client_new(argv[1], NULL, &own) != HF_OK ||
        hf_lock_open(own, "held", NULL, &holding.lock) != HF_OK) {
        return 3;
    }
    int result = hold(&holding);
    hf_client_free(own);
    return result;
}

static void reports_call_a_programs_sessions_by_its_name(void **state) {
    const hf_process_options options = {.name = "the packer's program"};
    struct holding holding = {open_lock("held", NULL), gate_make(), gate_make()};
    char address[256];
    char held[16];
    char done[16];
    hf_process *process = NULL;
    (void)state;
    (void)snprintf(address, sizeof address, "%s", hf_manager_address(manager));
    (void)snprintf(held, sizeof held, "%d", dup(holding.held.fds[1])); /* without O_CLOEXEC */
    (void)snprintf(done, sizeof done, "%d", dup(holding.done.fds[0]));
    char *const argv[] = {(char[]){"holder"}, address, held, done, NULL};

    assert_ok(hf_process_start_program("/proc/self/exe", argv, &options, &process));

    assert_held_by(&holding, process);
    assert_int_equal(end_of(process), 0);
    assert_int_equal(close((int)strtol(held, NULL, 10)), 0);
    assert_int_equal(close((int)strtol(done, NULL, 10)), 0);
    gate_close(&holding.held);
    gate_close(&holding.done);
}

int main(int argc, char **argv) {
    if (argc == 4) {
        return be_holder(argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_no_blocked_signals_no_handlers_and_can_be_terminated),
        cmocka_unit_test(output_is_neither_lost_nor_doubled_nor_in_another_order),
        cmocka_unit_test(a_child_does_not_run_the_parents_exit_functions),
        cmocka_unit_test(a_program_has_its_arguments_and_its_exit_code),
        cmocka_unit_test(a_program_has_the_environment_it_is_given_and_its_name),
        cmocka_unit_test(a_program_can_be_started_without_an_environment),
        cmocka_unit_test(a_program_that_cannot_run_is_refused_and_leaves_nothing),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
        cmocka_unit_test(without_descriptors_it_is_refused_and_nothing_is_left),
        cmocka_unit_test(threads_may_start_processes_at_once),
        cmocka_unit_test(reports_call_its_sessions_by_its_name),
        cmocka_unit_test(reports_call_a_programs_sessions_by_its_name),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
