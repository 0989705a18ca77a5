/* SPDX-License-Identifier: MIT
 *
 * The library in programs that do what programs do to a library: they fork and run others while
 * threads are in calls, exit, become daemons, close all descriptors, unload plugins, get many
 * signals, and have threads with small stacks.
 */
#include "patience.h"
#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { THREADS = 4, FORKS = 100, EXITS = 10, OTHERS = 20 };

static int end_of(pid_t pid) {
    int result = 0;
    assert_int_equal(waitpid(pid, &result, 0), pid);
    return WIFEXITED(result) ? WEXITSTATUS(result) : -WTERMSIG(result);
}

/* ---- threads in calls ---- */

static hf_value number;
static hf_queue empty;
static _Atomic bool over;
static _Atomic unsigned in_calls; /* threads that have made a call */
static pthread_t threads[THREADS];

static void *call_main(void *unused) {
    assert_ok(hf_client_ping(client));
    in_calls++;
    while (!over) {
        assert_ok(hf_value_add(number, 0, NULL, NULL));
    }
    return unused;
}

static void *wait_main(void *unused) {
    int64_t item = 0;
    assert_ok(hf_client_ping(client));
    in_calls++;
    assert_ok(hf_queue_get_int(empty, -1, &item));
    return unused;
}

/* Half of them call, half of them wait. */
static void start_threads(void) {
    over = false;
    in_calls = 0;
    for (size_t i = 0; i < THREADS; i++) {
        void *(*run)(void *) = i % 2 == 0 ? call_main : wait_main;
        assert_int_equal(pthread_create(&threads[i], NULL, run, NULL), 0);
    }
    while (in_calls < THREADS) {
        (void)sched_yield();
    }
}

static void end_threads(void) {
    over = true;
    for (size_t i = 0; i < THREADS / 2; i++) {
        assert_ok(hf_queue_put_int(empty, 1, -1));
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void children_are_forked_while_threads_are_in_calls(void **state) {
    int64_t count = 0;
    (void)state;
    assert_ok(hf_value_set(number, 0));
    start_threads();
    for (unsigned i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0) {
            _exit(hf_value_add(number, 1, NULL, NULL) == HF_OK ? 0 : 1);
        }
        assert_int_equal(end_of(child), 0);
    }
    end_threads();
    assert_ok(hf_value_get(number, &count));
    assert_int_equal(count, FORKS);
}

/* It shares the memory until it runs its program, and has copies of the descriptors. */
static pid_t run_true_by_vfork(void) {
    char name[] = "true";
    char *const words[] = {name, NULL};
    pid_t child = vfork(); // NOLINT(clang-analyzer-security.insecureAPI.vfork): that is the test
    if (child == 0) {
        (void)execvp(words[0], words);
        _exit(127);
    }
    return child;
}

static void programs_are_run_while_threads_are_in_calls(void **state) {
    uint64_t session = 0;
    uint64_t after = 0;
    (void)state;
    assert_ok(hf_client_session(client, &session));
    start_threads();
    for (unsigned i = 0; i < FORKS; i++) {
        assert_int_equal(end_of(run_true_by_vfork()), 0);
    }
    assert_int_equal(system("true"), 0); // NOLINT(cert-env33-c): true is found as a user finds it
    end_threads();
    assert_ok(hf_client_session(client, &after));
    assert_true(after == session);
}

/* Its sockets are closed with it, so it holds nothing any more. */
static void a_process_that_becomes_a_program_gives_up_what_it_held(void **state) {
    char name[] = "sleep";
    char time[] = "3600";
    char *const words[] = {name, time, NULL};
    hf_lock lock = open_lock("of a program", NULL);
    hf_grant grant;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (hf_lock_acquire(lock, -1, NULL) == HF_OK && hf_value_set(number, 7) == HF_OK) {
            (void)execvp(words[0], words);
        }
        _exit(127);
    }
    for (int64_t has = 0; has != 7;) {
        assert_ok(hf_value_get(number, &has));
        (void)sched_yield();
    }
    assert_status(hf_lock_acquire(lock, -1, &grant), HF_OWNER_DIED, "it has become sleep");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(end_of(child), -SIGKILL);
    assert_ok(hf_object_delete(HF_OBJECT(lock)));
}

/* ---- exits ---- */

static void *exit_main(void *argument) {
    void (*leave)(int) = NULL;
    *(void **)&leave = argument;
    leave(5);
    return NULL;
}

/* A thread of a process ends it while others are in calls. */
static void exit_by(void (*leave)(int)) {
    void *argument = NULL;
    *(void (**)(int))(void *)&argument = leave;
    for (unsigned i = 0; i < EXITS; i++) {
        hf_lock lock = open_lock("of an exit", NULL);
        pid_t child = fork();
        if (child == 0) {
            pthread_t thread;
            start_threads();
            (void)!hf_lock_acquire(lock, -1, NULL);
            (void)pthread_create(&thread, NULL, exit_main, argument);
            (void)!hf_event_wait(open_event("never"), -1);
            _exit(1);
        }
        assert_int_equal(end_of(child), 5);
        hf_status status = hf_lock_acquire(lock, -1, NULL);
        assert_true(status == HF_OK || status == HF_OWNER_DIED); /* it may not have got that far */
        assert_ok(hf_object_delete(HF_OBJECT(lock)));
    }
}

static void a_thread_exits_while_others_are_in_calls(void **state) {
    (void)state;
    exit_by(exit);
    exit_by(_exit);
    exit_by(quick_exit);
}

/* ---- daemons, descriptors ---- */

static void a_daemon_goes_on_with_its_client(void **state) {
    hf_event event = open_event("of a daemon");
    hf_event last = open_event("its end");
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        bool right = hf_client_ping(client) == HF_OK && daemon(0, 0) == 0 &&
                     hf_event_set(event) == HF_OK && hf_event_wait(last, -1) == HF_OK;
        _exit(right ? 0 : 1); /* the daemon; its parent has ended in daemon() */
    }
    assert_int_equal(end_of(child), 0);
    assert_ok(hf_event_wait(event, -1));
    assert_ok(hf_event_set(last));
    assert_ok(hf_object_delete(HF_OBJECT(event)));
}

static void close_all(void) {
    assert_int_equal(close_range(3, ~0U, 0), 0);
}

/* Sockets of the program, with a byte to be read from each, get the numbers that are free. */
static void open_others(int fds[OTHERS][2]) {
    for (size_t i = 0; i < OTHERS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds[i]) != 0 ||
            write(fds[i][0], "a", 1) != 1 || write(fds[i][1], "b", 1) != 1) {
            _exit(2);
        }
    }
}

/* Nobody has read from them, written to them or closed them. */
static bool others_are_whole(int fds[OTHERS][2]) {
    bool whole = true;
    for (size_t i = 0; i < OTHERS; i++) {
        for (size_t j = 0; j < 2; j++) {
            char bytes[2];
            whole = whole && recv(fds[i][j], bytes, 2, MSG_DONTWAIT) == 1 &&
                    bytes[0] == (j == 0 ? 'b' : 'a');
        }
    }
    return whole;
}

static bool closes_between_calls(void) {
    int fds[OTHERS][2];
    hf_lock lock = open_lock("held", NULL);
    close_all();
    open_others(fds);
    bool right = hf_client_ping(client) == HF_OK && hf_lock_acquire(lock, -1, NULL) == HF_OK;
    right = right && others_are_whole(fds);
    close_all();
    open_others(fds);
    right = right && hf_client_ping(client) == HF_DISCONNECTED; /* and with it the lock */
    right = right && hf_client_ping(client) == HF_OK;
    return right && others_are_whole(fds);
}

static void all_descriptors_are_closed_between_calls(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        _exit(closes_between_calls() ? 0 : 1);
    }
    assert_int_equal(end_of(child), 0);
}

static hf_queue own; /* of a child */
static _Atomic pid_t waiter;
static _Atomic hf_status waited;
static char waited_detail[128];

static void *get_main(void *unused) {
    int64_t item = 0;
    waiter = gettid();
    waited = hf_queue_get_int(own, -1, &item);
    (void)snprintf(waited_detail, sizeof waited_detail, "%s", hf_last_detail());
    return unused;
}

static uint64_t waiting(void) {
    hf_statistics numbers;
    return hf_client_statistics(client, &numbers) == HF_OK ? numbers.waiting_calls : 0;
}

/* The kernel keeps the socket for the thread that sleeps. When that wakes up, the number is another
 * file's, which it leaves alone. */
static bool closes_during_a_wait(void) {
    int fds[OTHERS][2];
    pthread_t thread;
    bool right = hf_queue_open(client, NULL, NULL, &own) == HF_OK &&
                 pthread_create(&thread, NULL, get_main, NULL) == 0;
    while (waiting() == 0 || !thread_sleeps(waiter)) {
        (void)sched_yield();
    }
    close_all();
    open_others(fds);
    right = right && hf_client_ping(client) == HF_OK;
    hf_status put = hf_queue_put_int(own, 1, -1); /* perhaps it has ended with its sessions */
    right = right && (put == HF_OK || put == HF_NO_OBJECT);
    right = right && pthread_join(thread, NULL) == 0 && waited == HF_DISCONNECTED;
    right = right && strstr(waited_detail, "closed") && hf_client_ping(client) == HF_OK;
    return right && others_are_whole(fds);
}

static void all_descriptors_are_closed_during_a_wait(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        _exit(closes_during_a_wait() ? 0 : 1);
    }
    assert_int_equal(end_of(child), 0);
    assert_int_equal(waiting(), 0);
}

/* ---- plugins ---- */

static _Atomic int plugin_step;
static hf_status (*plugin_ping)(const char *address);

static void *plugin_main(void *unused) {
    assert_ok(plugin_ping(hf_manager_address(manager)));
    plugin_step = 1;
    while (plugin_step != 2) {
        (void)sched_yield();
    }
    return unused;
}

/* A plugin is unloaded while a thread goes on that has used the library in it, and ends then. */
static bool unloads(const char *path) {
    pthread_t thread;
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!plugin) {
        (void)fprintf(stderr, "%s\n", dlerror());
        return false;
    }
    *(void **)&plugin_ping = dlsym(plugin, "plugin_ping");
    (void)pthread_create(&thread, NULL, plugin_main, NULL);
    while (plugin_step != 1) {
        (void)sched_yield();
    }
    (void)dlclose(plugin);
    plugin_step = 2;
    (void)pthread_join(thread, NULL);
    pid_t child = fork(); /* its handlers are called */
    if (child == 0) {
        _exit(0);
    }
    return end_of(child) == 0;
}

static void a_plugin_is_unloaded_whose_thread_goes_on(void **state) {
    static const char *const paths[] = {HF_PLUGIN_SHARED, HF_PLUGIN_STATIC};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == 0) {
            _exit(unloads(paths[i]) ? 0 : 1);
        }
        assert_int_equal(end_of(child), 0);
    }
}

/* ---- signals ---- */

static _Atomic unsigned handled;

static void count_signal(int signal_number) {
    (void)signal_number;
    handled++;
}

/* A profiler's timer: thousands of signals a second, for whichever thread runs. */
static void every_call_goes_through_a_storm_of_signals(void **state) {
    static const int flags[] = {0, SA_RESTART};
    const struct itimerval often = {{0, 100}, {0, 100}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct sigaction action = {.sa_handler = count_signal, .sa_flags = flags[i]};
        handled = 0;
        assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
        assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
        for (unsigned j = 0; handled < 1000; j++) {
            int64_t item = 0;
            hf_lock lock = open_lock("in a storm", NULL);
            assert_ok(hf_value_add(number, 1, NULL, NULL));
            assert_ok(hf_lock_acquire(lock, PATIENCE_MS, NULL));
            assert_ok(hf_lock_release(lock));
            assert_status(hf_queue_get_int(empty, 1, &item), HF_TIMEOUT, "a limited wait");
            if (j % 10 == 0) {
                hf_client_disconnect(client);
            }
        }
        assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
        (void)signal(SIGALRM, SIG_DFL);
    }
}

/* ---- small stacks ---- */

/* As holdfast.h promises; without optimization, functions need more. */
#ifdef __OPTIMIZE__
enum { STACK_BYTES = 32 * 1024 };
#else
enum { STACK_BYTES = 256 * 1024 };
#endif

/* As deep as a value may be. */
static hf_any *deep_value(void) {
    enum { DEPTH = 28 };
    static hf_any items[DEPTH][1];
    items[0][0] = hf_any_int(1);
    for (size_t i = 1; i < DEPTH; i++) {
        items[i][0] = hf_any_list(items[i - 1], 1);
    }
    return items[DEPTH - 1];
}

static void start_and_end_others(void) {
    char name[] = "true";
    char *const words[] = {name, NULL};
    hf_process *process = NULL;
    hf_manager *other = NULL;
    hf_pool *pool = NULL;
    hf_result *result = NULL;
    hf_any value = hf_any_null();
    assert_ok(hf_process_start_program(name, words, NULL, &process));
    assert_ok(hf_process_join(process, -1));
    hf_process_free(process);
    assert_ok(hf_manager_start(&other));
    hf_manager_stop(other);
    assert_ok(hf_pool_open(client, NULL, NULL, &pool));
    assert_ok(hf_pool_apply_async(pool, "nobody", NULL, 0, NULL, &result));
    assert_status(hf_result_get(result, 1, &value), HF_TIMEOUT, "there is no worker");
    hf_result_free(result);
    hf_pool_free(pool);
}

static void *small_main(void *unused) {
    hf_dict dict = new_dict();
    hf_any got = hf_any_null();
    int64_t item = 0;
    assert_ok(hf_dict_set_any(dict, hf_any_string("deep"), *deep_value()));
    assert_ok(hf_dict_get_any(dict, hf_any_string("deep"), &got));
    hf_any_clear(&got);
    assert_status(hf_queue_get_int(empty, 1, &item), HF_TIMEOUT, "empty");
    assert_ok(hf_pipeline_begin(client));
    for (unsigned i = 0; i < 100; i++) {
        assert_ok(hf_value_add(number, 1, NULL, NULL));
    }
    assert_ok(hf_pipeline_finish(client, NULL, 0));
    assert_status(hf_dict_get_int(dict, "deep", &item), HF_TYPE_ERROR, "with words");
    start_and_end_others();
    assert_ok(hf_object_delete(HF_OBJECT(dict)));
    return unused;
}

static void calls_are_made_on_a_small_stack(void **state) {
    pthread_attr_t attributes;
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, small_main, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
}

static int start_objects(void **state) {
    if (start_manager(state) != 0) {
        return -1;
    }
    assert_ok(hf_value_open(client, "number", HF_I64, 0, &number));
    assert_ok(hf_queue_open(client, "empty", NULL, &empty));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_are_forked_while_threads_are_in_calls),
        cmocka_unit_test(programs_are_run_while_threads_are_in_calls),
        cmocka_unit_test(a_process_that_becomes_a_program_gives_up_what_it_held),
        cmocka_unit_test(a_thread_exits_while_others_are_in_calls),
        cmocka_unit_test(a_daemon_goes_on_with_its_client),
        cmocka_unit_test(all_descriptors_are_closed_between_calls),
        cmocka_unit_test(all_descriptors_are_closed_during_a_wait),
        cmocka_unit_test(a_plugin_is_unloaded_whose_thread_goes_on),
        cmocka_unit_test(every_call_goes_through_a_storm_of_signals),
        cmocka_unit_test(calls_are_made_on_a_small_stack),
    };
    return cmocka_run_group_tests(tests, start_objects, stop_manager);
}
