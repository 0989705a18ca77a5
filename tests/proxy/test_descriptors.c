/* SPDX-License-Identifier: MIT
 *
 * The library in a program that closes descriptors: its standard streams, or all that there are.
 */
#include "patience.h"
#include "processes.h"

#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---- without standard streams ---- */

static int succeed(void *argument) {
    (void)argument;
    return 0;
}

static bool start_and_join(bool daemon) {
    const hf_process_options options = {.daemon = daemon};
    hf_process *process = NULL;
    int code = 1;
    bool done = hf_process_start(succeed, NULL, &options, &process) == HF_OK &&
                hf_process_join(process, PATIENCE_MS) == HF_OK &&
                hf_process_exit_code(process, &code) == HF_OK && code == 0;
    hf_process_free(process);
    return done;
}

static bool run_true(void) {
    char name[] = "true";
    char *const words[] = {name, NULL};
    hf_process *process = NULL;
    bool done = hf_process_start_program(name, words, NULL, &process) == HF_OK &&
                hf_process_join(process, PATIENCE_MS) == HF_OK;
    hf_process_free(process);
    return done;
}

static bool run_pool(void) {
    static const hf_function functions[] = {{"square", square}};
    const hf_any two = hf_any_int(2);
    hf_pool_options options = HF_POOL_OPTIONS;
    hf_pool *pool = NULL;
    hf_any result = hf_any_null();
    options.work.functions = functions;
    options.work.function_count = 1;
    options.most = 1;
    options.no_thread = true;
    bool done = hf_pool_start(client, NULL, &options, &pool) == HF_OK &&
                hf_pool_fd(pool) > STDERR_FILENO &&
                hf_pool_apply(pool, "square", &two, 1, NULL, PATIENCE_MS, &result) == HF_OK &&
                result.as_int == 4;
    hf_pool_free(pool);
    return done;
}

static bool start_another_manager(void) {
    hf_manager *other = NULL;
    hf_client *its = NULL;
    bool done = hf_manager_start(&other) == HF_OK &&
                hf_client_new(hf_manager_address(other), NULL, &its) == HF_OK &&
                hf_client_ping(its) == HF_OK;
    hf_client_free(its);
    hf_manager_stop(other);
    return done;
}

static bool is_closed(int fd) {
    return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

static bool standard_streams_are_closed(void) {
    return is_closed(STDIN_FILENO) && is_closed(STDOUT_FILENO) && is_closed(STDERR_FILENO);
}

/* Returns the number of the step that fails. A connection is open in each. */
static int live_without_streams(void) {
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    (void)close(STDERR_FILENO);
    bool done[] = {
        hf_client_ping(client) == HF_OK && standard_streams_are_closed(),
        start_and_join(false) && standard_streams_are_closed(),
        start_and_join(true) && standard_streams_are_closed(),
        run_true() && standard_streams_are_closed(),
        run_pool() && standard_streams_are_closed(),
        start_another_manager() && standard_streams_are_closed(),
        hf_client_ping(client) == HF_OK && standard_streams_are_closed(),
    };
    int step = 0;
    while (step < (int)(sizeof done / sizeof done[0]) && done[step]) {
        step++;
    }
    return step < (int)(sizeof done / sizeof done[0]) ? step + 1 : 0;
}

static int exit_status_of(pid_t pid) {
    int result = 0;
    assert_int_equal(waitpid(pid, &result, 0), pid);
    return WIFEXITED(result) ? WEXITSTATUS(result) : -WTERMSIG(result);
}

static void the_numbers_of_standard_streams_are_left_alone(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        _exit(live_without_streams());
    }
    assert_int_equal(exit_status_of(child), 0);
}

/* ---- numbers that others have got ---- */

static int socket_of_this_thread(void) {
    const struct session *session = session_find(client);
    assert_non_null(session);
    assert_true(session->conn.socket.fd > STDERR_FILENO);
    return session->conn.socket.fd;
}

/* Let a file of the program's have this number, which the library believes is its own. */
static void put_file_at(int fd) {
    char path[] = "/tmp/holdfast-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(dup2(file, fd), fd);
    assert_int_equal(close(file), 0);
    assert_int_equal(write(fd, "mine", 4), 4);
}

static void assert_file_is_untouched(int fd) {
    char bytes[8];
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 4);
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), 4);
}

/* The same with one end of a pair of sockets. Returns the other end. */
static int put_socket_at(int fd) {
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(dup2(ends[0], fd), fd);
    assert_int_equal(close(ends[0]), 0);
    return ends[1];
}

static void assert_socket_is_untouched(int fd, int other) {
    char byte = 0;
    assert_int_equal(recv(other, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN); /* nothing was sent, and the other end is open */
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(recv(other, &byte, 1, MSG_DONTWAIT), 1);
}

static void a_call_does_not_use_a_file_that_has_the_sockets_number(void **state) {
    (void)state;
    assert_ok(hf_client_ping(client));
    int fd = socket_of_this_thread();
    put_file_at(fd);

    assert_ok(hf_client_ping(client));

    assert_file_is_untouched(fd);
    assert_int_not_equal(socket_of_this_thread(), fd);
    hf_client_disconnect(client);
    assert_file_is_untouched(fd);
    assert_int_equal(close(fd), 0);
}

static void a_call_does_not_use_a_socket_that_has_the_sockets_number(void **state) {
    (void)state;
    assert_ok(hf_client_ping(client));
    int fd = socket_of_this_thread();
    int other = put_socket_at(fd);

    assert_ok(hf_client_ping(client));

    assert_socket_is_untouched(fd, other);
    assert_int_equal(close(fd), 0);
    assert_int_equal(close(other), 0);
}

static void what_a_closed_socket_held_is_reported(void **state) {
    (void)state;
    hf_lock lock = open_lock(NULL, NULL);
    assert_ok(hf_lock_acquire(lock, -1, NULL));
    int fd = socket_of_this_thread();
    put_file_at(fd);

    assert_int_equal(hf_client_ping(client), HF_DISCONNECTED);
    assert_ok(hf_client_ping(client));

    assert_file_is_untouched(fd);
    assert_int_equal(close(fd), 0);
}

static void nothing_of_the_programs_is_closed_with_a_client(void **state) {
    hf_client *its = NULL;
    (void)state;
    for (int way = 0; way < 3; way++) {
        assert_ok(hf_client_new(hf_manager_address(manager), NULL, &its));
        assert_ok(hf_client_ping(its));
        int fd = session_find(its)->conn.socket.fd;
        int other = put_socket_at(fd);
        if (way == 1) {
            hf_client_disconnect(its);
        } else if (way == 2) {
            session_cut_all(its);
        }

        hf_client_free(its);

        assert_socket_is_untouched(fd, other);
        assert_int_equal(close(fd), 0);
        assert_int_equal(close(other), 0);
    }
}

static void a_forked_child_keeps_what_has_the_sockets_number(void **state) {
    (void)state;
    assert_ok(hf_client_ping(client));
    int fd = socket_of_this_thread();
    put_file_at(fd);

    pid_t child = fork();
    if (child == 0) {
        _exit(lseek(fd, 0, SEEK_CUR) == 4 && hf_client_ping(client) == HF_OK ? 0 : 1);
    }

    assert_int_equal(exit_status_of(child), 0);
    assert_int_equal(close(fd), 0);
}

static void a_process_is_known_without_its_pidfd(void **state) {
    (void)state;
    if (!system_has_pidfds()) {
        skip();
    }
    for (int closed = 0; closed < 2; closed++) {
        struct gate gate = gate_make();
        hf_process *process = start(wait_at, &gate);
        int fd = hf_process_pidfd(process);
        put_file_at(fd);
        if (closed) {
            assert_int_equal(close(fd), 0);
        }

        assert_int_equal(hf_process_join(process, 1), HF_TIMEOUT);
        assert_true(hf_process_alive(process));
        assert_true(gate_open(&gate));
        assert_int_equal(end_of(process), 0);

        if (!closed) {
            assert_file_is_untouched(fd);
            assert_int_equal(close(fd), 0);
        }
        gate_close(&gate);
    }
}

static void a_process_is_signalled_without_its_pidfd(void **state) {
    (void)state;
    if (!system_has_pidfds()) {
        skip();
    }
    struct gate gate = gate_make();
    hf_process *process = start(wait_at, &gate);
    int fd = hf_process_pidfd(process);
    put_file_at(fd);

    assert_ok(hf_process_kill(process));

    assert_int_equal(end_of(process), -SIGKILL);
    assert_int_equal(close(fd), 0);
    gate_close(&gate);
}

static void callbacks_leave_a_file_with_their_number_alone(void **state) {
    const hf_pool_options options = {.no_thread = true};
    hf_pool *pool = NULL;
    (void)state;
    assert_ok(hf_pool_open(client, "pool", &options, &pool));
    int fd = hf_pool_fd(pool);
    put_file_at(fd);

    hf_pool_free(pool);

    assert_file_is_untouched(fd);
    assert_int_equal(close(fd), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_numbers_of_standard_streams_are_left_alone),
        cmocka_unit_test(a_call_does_not_use_a_file_that_has_the_sockets_number),
        cmocka_unit_test(a_call_does_not_use_a_socket_that_has_the_sockets_number),
        cmocka_unit_test(what_a_closed_socket_held_is_reported),
        cmocka_unit_test(nothing_of_the_programs_is_closed_with_a_client),
        cmocka_unit_test(a_forked_child_keeps_what_has_the_sockets_number),
        cmocka_unit_test(a_process_is_known_without_its_pidfd),
        cmocka_unit_test(a_process_is_signalled_without_its_pidfd),
        cmocka_unit_test(callbacks_leave_a_file_with_their_number_alone),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
