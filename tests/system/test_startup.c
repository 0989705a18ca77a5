/* SPDX-License-Identifier: MIT
 *
 * How holdfastd starts, what it refuses, and how it ends.
 */
#include "fixture.h"
#include "wire.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct daemon_run run;

static void assert_one_line(const char *text) {
    assert_int_equal(strncmp(text, "holdfastd: ", 11), 0);
    const char *end = strchr(text, '\n');
    assert_non_null(end);
    assert_string_equal(end, "\n");
}

static void assert_contains(const char *text, const char *part) {
    if (!strstr(text, part)) {
        fail_msg("'%s' is not in '%s'", part, text);
    }
}

static void help_names_each_option_with_its_default(void **state) {
    (void)state;

    daemon_run(&run, (const char *const[]){"--help", NULL});

    assert_int_equal(run.status, 0);
    assert_string_equal(run.err, "");
    const char *const lines[] = {
        "--listen ADDRESS",
        "--key-file FILE",
        "--insecure",
        "--allow-uid UID",
        "--allow-gid GID",
        "--private[=PID]",
        "--ready-fd FD",
        "--max-sessions N",
        "--max-objects N",
        "--max-items N",
        "--max-memory BYTES",
        "--max-waiting N",
        "--max-frame BYTES",
        "--max-output BYTES",
        "--max-unsent BYTES",
        "--requests-per-turn",
        "--hello-timeout TIME",
        "--drain-timeout TIME",
        "--spin-us N",
        "--log-level LEVEL",
        "--quiet",
        "--help",
        "--version",
        "sessions at once (10000)",
        "last replies at the end (5s)",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_contains(run.out, lines[i]);
    }
}

static void version_is_told(void **state) {
    (void)state;

    daemon_run(&run, (const char *const[]){"--version", NULL});

    assert_int_equal(run.status, 0);
    assert_string_equal(run.out, "holdfastd " HF_SOFTWARE_VERSION "\n");
    assert_string_equal(run.err, "");
}

static void bad_options_are_refused_in_one_line(void **state) {
    (void)state;
    const struct {
        const char *args[4];
        const char *said;
    } rows[] = {
        {{"--bogus"}, "--bogus"},
        {{"-x"}, "-x"},
        {{"stray"}, "stray"},
        {{"--listen"}, "--listen needs a value"},
        {{"--insecure=yes"}, "--insecure=yes"},
        {{"--max-sessions", "many"}, "many"},
        {{"--max-sessions", "0"}, "--max-sessions"},
        {{"--max-sessions", "-1"}, "-1"},
        {{"--max-sessions", "10x"}, "10x"},
        {{"--max-sessions", "99999999999999999999"}, "--max-sessions"},
        {{"--max-sessions", ""}, "--max-sessions"},
        {{"--max-memory", "3T"}, "3T"},
        {{"--max-frame", "63K"}, "63K"},
        {{"--max-frame", "2G"}, "2G"},
        {{"--max-memory", "18446744073709551615G"}, "--max-memory"},
        {{"--hello-timeout", "5h"}, "5h"},
        {{"--hello-timeout", "0"}, "--hello-timeout"},
        {{"--max-output", "2M", "--max-unsent=1M"}, "--max-unsent"},
        {{"--spin-us", "1000001"}, "--spin-us"},
        {{"--log-level", "loud"}, "loud"},
        {{"--allow-uid", "root"}, "root"},
        {{"--allow-gid", "4294967295"}, "4294967295"},
        {{"--ready-fd", "777"}, "777"},
        {{"--ready-fd", "-1"}, "-1"},
        {{"--private=0"}, "--private"},
        {{"--listen", "nowhere"}, "nowhere"},
        {{"--listen", ""}, "bad address"},
        {{"--listen", "unix:"}, "unix:"},
        {{"--listen", "tcp://", "--insecure"}, "tcp://"},
        {{"--listen", "tcp://127.0.0.1", "--insecure"}, "tcp://127.0.0.1"},
        {{"--listen", "tcp://127.0.0.1:65536", "--insecure"}, "65536"},
        {{"--listen", "tcp://127.0.0.1:http", "--insecure"}, "http"},
        {{"--listen", "tcp://::1:0", "--insecure"}, "::1"},
        {{"--listen", "tcp://127.0.0.1:0"}, "--key-file"},
        {{"--key-file", "/nonexistent/key"}, "/nonexistent/key"},
        {{"--key-file", "/dev/null"}, "/dev/null"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        daemon_run(&run, rows[i].args);

        if (run.status != 2) {
            fail_msg("row %zu (%s): exit %d", i, rows[i].args[0], run.status);
        }
        assert_string_equal(run.out, "");
        assert_one_line(run.err);
        assert_contains(run.err, rows[i].said);
    }
}

static void a_path_longer_than_a_socket_address_is_refused(void **state) {
    (void)state;
    char address[200] = "unix:/tmp/";
    memset(address + 10, 'x', sizeof address - 11);
    address[sizeof address - 1] = '\0';

    daemon_run(&run, (const char *const[]){"--listen", address, NULL});

    assert_int_equal(run.status, 2);
    assert_one_line(run.err);
}

static void a_folder_that_is_not_there_is_a_failure(void **state) {
    (void)state;

    daemon_run(&run, (const char *const[]){"--listen", "unix:/nonexistent/socket", NULL});

    assert_int_equal(run.status, 1);
    assert_one_line(run.err);
}

static void socket_is_for_its_user_only(void **state) {
    const struct daemon *daemon = *state;

    struct stat file;
    assert_int_equal(stat(daemon->socket, &file), 0);

    assert_true(S_ISSOCK(file.st_mode));
    assert_int_equal(file.st_mode & 0777, 0600);
}

static void ready_fd_tells_the_first_address(void **state) {
    const struct daemon *daemon = *state;
    char expected[160];
    (void)snprintf(expected, sizeof expected, "unix:%s", daemon->socket);

    assert_string_equal(daemon->address, expected);

    struct wire wire = wire_open(daemon->address, "test");
    assert_int_equal(wire_ping(&wire), HF_OK);
}

static void several_listeners_serve_the_same_objects(void **state) {
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--listen", "unix:{}/other", NULL});
    char other[160];
    (void)snprintf(other, sizeof other, "unix:%s", daemon->socket);

    struct wire one = wire_open(daemon->address, "one");
    struct wire two = wire_open(other, "two");

    assert_int_equal(wire_queue(&one, "q"), wire_queue(&two, "q"));
}

static void second_daemon_is_refused_with_the_pid_of_the_first(void **state) {
    const struct daemon *daemon = *state;
    char pid[64];
    (void)snprintf(pid, sizeof pid, "is served already by process %d\n", daemon->pid);

    daemon_run(&run, (const char *const[]){"--listen", daemon->address, NULL});

    assert_int_equal(run.status, 2);
    assert_one_line(run.err);
    assert_contains(run.err, pid);
    struct wire wire = wire_open(daemon->address, "test");
    assert_int_equal(wire_ping(&wire), HF_OK);
}

struct numbers {
    uint64_t fence;
    uint64_t session;
};

static struct numbers read_numbers(struct wire *wire, uint64_t lock) {
    Hf__LockWho who = HF__LOCK_WHO__INIT;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_LOCK_WHO, &who, lock, 0);
    assert_non_null(reply);
    assert_non_null(reply->holder);
    struct numbers numbers = {reply->holder->fence, reply->holder->session};
    hf__reply__free_unpacked(reply, NULL);
    return numbers;
}

static void stale_socket_of_a_killed_daemon_is_taken_over(void **state) {
    struct daemon *daemon = *state;
    daemon_kill(daemon);
    assert_int_equal(access(daemon->socket, F_OK), 0);

    assert_true(daemon_start_again(daemon, NULL));

    struct wire wire = wire_open(daemon->address, "test");
    assert_int_equal(wire_ping(&wire), HF_OK);
}

/* The grant of a lock, guarded by which something is changed after the manager is another one. */
static void guards_and_ids_of_before_a_restart_are_refused(void **state) {
    struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "before");
    uint64_t lock = wire_lock(&wire, "lock");
    wire_expect(&wire, wire_send_acquire(&wire, lock), HF_OK);
    struct numbers before = read_numbers(&wire, lock);
    assert_true(before.fence < (uint64_t)1 << 53 && before.session < (uint64_t)1 << 53);
    uint64_t past = lock;
    daemon_kill(daemon);

    assert_true(daemon_start_again(daemon, NULL));

    wire = wire_open(daemon->address, "after");
    lock = wire_lock(&wire, "lock");
    wire_expect(&wire, wire_send_acquire(&wire, lock), HF_OK);
    struct numbers after = read_numbers(&wire, lock);
    assert_true(after.fence > before.fence && after.session > before.session && lock > past);
    Hf__LockWho who = HF__LOCK_WHO__INIT;
    Hf__Reply *reply = wire_call(&wire, HF__REQUEST__OP_LOCK_WHO, &who, past, 0);
    assert_int_equal(reply->status, HF_NO_OBJECT);
    assert_non_null(
        strstr(reply->detail, "the manager was restarted since; open the object again"));
    hf__reply__free_unpacked(reply, NULL);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = lock;
    guard.fence = before.fence;
    wire.guard = &guard;
    assert_int_equal(wire_ping(&wire), HF_STALE_FENCE);
    guard.fence = after.fence;
    assert_int_equal(wire_ping(&wire), HF_OK);
}

static void a_file_that_is_no_socket_is_left_alone(void **state) {
    (void)state;
    char folder[64], path[80], address[96];
    folder_make(folder);
    (void)snprintf(path, sizeof path, "%s/file", folder);
    (void)snprintf(address, sizeof address, "unix:%s", path);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);

    daemon_run(&run, (const char *const[]){"--listen", address, NULL});

    assert_int_equal(run.status, 1);
    assert_one_line(run.err);
    assert_int_equal(unlink(path), 0);
    folder_remove(folder);
}

static void another_programs_socket_is_left_alone(void **state) {
    (void)state;
    char folder[64], address[96];
    folder_make(folder);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", folder);
    (void)snprintf(address, sizeof address, "unix:%s/socket", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(fd, 1), 0);

    daemon_run(&run, (const char *const[]){"--listen", address, NULL});

    assert_int_equal(run.status, 1);
    assert_one_line(run.err);
    assert_int_equal(unlink(name.sun_path), 0);
    (void)close(fd);
    folder_remove(folder);
}

/* Start a daemon in this folder, and read the address that it tells. */
static pid_t start_at(const char *folder, const char *listen_at, char *told, size_t size) {
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char ready_fd[16];
        (void)snprintf(ready_fd, sizeof ready_fd, "%d", ready[1]);
        (void)close(ready[0]);
        if (chdir(folder) == 0) {
            (void)execlp(daemon_program(), "holdfastd", "--quiet", "--listen", listen_at,
                         "--ready-fd", ready_fd, NULL);
        }
        _exit(127);
    }
    (void)close(ready[1]);
    ssize_t len = read(ready[0], told, size - 1);
    assert_true(len > 1);
    told[len - 1] = '\0';
    (void)close(ready[0]);
    return pid;
}

static void end_started(pid_t pid) {
    int result = 0;
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_int_equal(result, 0);
}

static void a_relative_address_is_told_as_an_absolute_one(void **state) {
    (void)state;
    char folder[64], expected[96], told[256];
    folder_make(folder);
    (void)snprintf(expected, sizeof expected, "unix:%s/s", folder);

    pid_t pid = start_at(folder, "unix:s", told, sizeof told);

    assert_string_equal(told, expected);
    struct wire wire = wire_open(told, "test");
    assert_int_equal(wire_ping(&wire), HF_OK);
    end_started(pid);
    folder_remove(folder);
}

static void a_name_that_is_no_file_serves_one_manager_and_leaves_nothing(void **state) {
    (void)state;
    char folder[64], address[96], told[256];
    folder_make(folder);
    (void)snprintf(address, sizeof address, "unix:@holdfast-test-%d", getpid());

    for (int i = 0; i < 2; i++) {
        pid_t pid = start_at(folder, address, told, sizeof told);
        assert_string_equal(told, address);
        struct wire wire = wire_open(told, "test");
        assert_int_equal(wire_ping(&wire), HF_OK);

        daemon_run(&run, (const char *const[]){"--listen", address, NULL});
        assert_int_equal(run.status, 2);
        assert_one_line(run.err);
        assert_non_null(strstr(run.err, "served already"));

        if (i == 0) {
            assert_int_equal(kill(pid, SIGKILL), 0);
            assert_int_equal(waitpid(pid, NULL, 0), pid);
        } else {
            end_started(pid);
        }
    }
    folder_remove(folder); /* it is empty */
}

static void lock_and_socket_are_gone_after_the_end(void **state) {
    struct daemon *daemon = *state;

    daemon_stop(daemon); /* fails unless the folder is empty */
}

static void sigint_ends_it_as_well(void **state) {
    struct daemon *daemon = *state;

    assert_int_equal(kill(daemon->pid, SIGINT), 0);

    daemon_await_end(daemon);
}

static void drain_answers_what_waits(void **state) {
    struct daemon *daemon = *state;
    struct wire holder = wire_open(daemon->address, "holder");
    struct wire waiter = wire_open(daemon->address, "waiter");
    uint64_t lock = wire_lock(&holder, "l");
    (void)wire_send_acquire(&holder, lock);
    uint64_t id = 0;
    assert_int_equal(wire_status(&holder, &id), HF_OK);
    assert_int_equal(wire_lock(&waiter, "l"), lock);
    uint64_t waiting = wire_send_acquire(&waiter, lock);
    while (wire_waiting_calls(&holder) == 0) {
    }

    assert_int_equal(kill(daemon->pid, SIGTERM), 0);

    assert_int_equal(wire_status(&waiter, &id), HF_DRAINING);
    assert_int_equal(id, waiting);
    assert_true(wire_ends(&waiter));
    assert_true(wire_ends(&holder));
    daemon_await_end(daemon);
}

/* A folder of its own for private managers, to see what they leave behind. */
static struct {
    char folder[64];
    int ready[2];
} private;

static void start_private(const struct daemon *daemon, int tell) {
    (void)daemon;
    char ready_fd[16];
    (void)snprintf(ready_fd, sizeof ready_fd, "%d", private.ready[1]);
    (void)setenv("XDG_RUNTIME_DIR", private.folder, 1);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(tell);
        (void)execlp(daemon_program(), "holdfastd", "--quiet", "--private", "--ready-fd", ready_fd,
                     NULL);
        _exit(127);
    }
    (void)close(private.ready[1]);
    worker_tell(tell, (uint64_t)pid);
    worker_wait();
}

static void private_daemon_ends_with_its_starter(void **state) {
    (void)state;
    folder_make(private.folder);
    assert_int_equal(pipe(private.ready), 0);
    struct worker starter = worker_start(start_private, NULL);
    (void)close(private.ready[1]);
    pid_t pid = (pid_t)worker_told(&starter);
    char address[256] = "";
    ssize_t len = read(private.ready[0], address, sizeof address - 1);
    assert_true(len > 1);
    address[len - 1] = '\0';
    struct wire wire = wire_open(address, "test");
    assert_int_equal(strncmp(address, "unix:@holdfast-", strlen("unix:@holdfast-")), 0);

    worker_kill(&starter);
    worker_reap(&starter);

    assert_true(wire_ends(&wire));
    process_wait_gone(pid);
    (void)close(private.ready[0]);
    folder_remove(private.folder); /* it is empty */
}

static void private_daemon_of_another_parent_does_not_start(void **state) {
    (void)state;

    daemon_run(&run, (const char *const[]){"--private=1", NULL});

    assert_int_equal(run.status, 1);
    assert_one_line(run.err);
}

/* The word that a process of this user gets. */
static int status_as_user(const struct daemon *daemon, uid_t uid) {
    pid_t pid = fork();
    if (pid == 0) {
        if (setgid(uid) != 0 || setuid(uid) != 0) {
            _exit(99);
        }
        struct wire wire = wire_connect(daemon->address);
        const uint8_t hello[] = {0, 0, 0, 6, 0x08, 0x01, 0x52, 0x02, 0x08, 0x01};
        uint64_t id = 0;
        (void)wire_send_bytes(&wire, hello, sizeof hello);
        _exit((int)wire_status(&wire, &id));
    }
    return process_wait(pid);
}

static void users_who_may_not_connect_are_told_so(void **state) {
    if (geteuid() != 0) {
        skip();
    }
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--allow-uid", "4001", NULL});
    assert_int_equal(chmod(daemon->folder, 0755), 0);
    assert_int_equal(status_as_user(daemon, 4001), HF_OK);
    assert_int_equal(status_as_user(daemon, 4002), HF_DENIED);
}

/* Both the signal and the connection wait for the daemon to go on. */
static void connections_that_come_at_the_end_are_told_so(void **state) {
    struct daemon *daemon = *state;
    assert_int_equal(kill(daemon->pid, SIGSTOP), 0);
    struct wire wire = wire_connect(daemon->address);
    assert_int_equal(kill(daemon->pid, SIGTERM), 0);

    assert_int_equal(kill(daemon->pid, SIGCONT), 0);

    assert_int_equal(wire_last_status(&wire), HF_DRAINING);
    assert_true(wire_ends(&wire));
    daemon_await_end(daemon);
}

/* The second signal ends it at once: a connection that waits as well is not accepted any more. */
static void two_signals_end_it_whoever_connects(void **state) {
    struct daemon *daemon = *state;
    assert_int_equal(kill(daemon->pid, SIGSTOP), 0);
    struct wire wire = wire_connect(daemon->address);
    assert_int_equal(kill(daemon->pid, SIGTERM), 0);
    assert_int_equal(kill(daemon->pid, SIGINT), 0);

    assert_int_equal(kill(daemon->pid, SIGCONT), 0);

    assert_true(wire_ends(&wire));
    daemon_await_end(daemon);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_names_each_option_with_its_default),
        cmocka_unit_test(version_is_told),
        cmocka_unit_test(bad_options_are_refused_in_one_line),
        cmocka_unit_test(a_path_longer_than_a_socket_address_is_refused),
        cmocka_unit_test(a_folder_that_is_not_there_is_a_failure),
        cmocka_unit_test(socket_is_for_its_user_only),
        cmocka_unit_test(ready_fd_tells_the_first_address),
        cmocka_unit_test(several_listeners_serve_the_same_objects),
        cmocka_unit_test(second_daemon_is_refused_with_the_pid_of_the_first),
        cmocka_unit_test(stale_socket_of_a_killed_daemon_is_taken_over),
        cmocka_unit_test(guards_and_ids_of_before_a_restart_are_refused),
        cmocka_unit_test(a_file_that_is_no_socket_is_left_alone),
        cmocka_unit_test(another_programs_socket_is_left_alone),
        cmocka_unit_test(lock_and_socket_are_gone_after_the_end),
        cmocka_unit_test(sigint_ends_it_as_well),
        cmocka_unit_test(drain_answers_what_waits),
        cmocka_unit_test(a_relative_address_is_told_as_an_absolute_one),
        cmocka_unit_test(a_name_that_is_no_file_serves_one_manager_and_leaves_nothing),
        cmocka_unit_test(private_daemon_ends_with_its_starter),
        cmocka_unit_test(private_daemon_of_another_parent_does_not_start),
        cmocka_unit_test(users_who_may_not_connect_are_told_so),
        cmocka_unit_test(connections_that_come_at_the_end_are_told_so),
        cmocka_unit_test(two_signals_end_it_whoever_connects),
    };
    return SYSTEM_MAIN(tests);
}
