/* SPDX-License-Identifier: MIT
 *
 * The private manager: found, started, stopped, and gone with its starter.
 */
#include "patience.h"
#include "unix_path.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast.h>

static hf_manager *start(void) {
    hf_manager *manager = NULL;
    if (hf_manager_start(&manager) != HF_OK) {
        fail_msg("%s", hf_last_detail());
    }
    return manager;
}

static void assert_serves(const char *address) {
    hf_client *client = NULL;
    assert_int_equal(hf_client_new(address, NULL, &client), HF_OK);
    assert_int_equal(hf_client_ping(client), HF_OK);
    hf_client_free(client);
}

/* Wait for its end. It may be fetched afterwards. */
static bool ends(pid_t pid) {
    siginfo_t end;
    return waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) == 0;
}

/* The connect is refused: there is no such name any more. */
static void assert_nobody_serves(const char *address) {
    const hf_client_options options = {.connect_timeout_ms = 1};
    hf_client *client = NULL;
    assert_int_equal(hf_client_new(address, &options, &client), HF_OK);
    assert_int_equal(hf_client_ping(client), HF_UNREACHABLE);
    assert_non_null(strstr(hf_last_detail(), "refused"));
    hf_client_free(client);
}

static void assert_goes_and_comes(hf_client *client, size_t len) {
    hf_dict dict;
    void *back = NULL;
    size_t back_len = 0;
    char *bytes = malloc(len);
    assert_non_null(bytes);
    memset(bytes, 'x', len);
    assert_int_equal(hf_dict_open(client, "dict", HF_OPEN_OR_CREATE, &dict), HF_OK);
    assert_int_equal(hf_dict_set_bytes(dict, "key", bytes, len), HF_OK);
    assert_int_equal(hf_dict_get_bytes(dict, "key", &back, &back_len), HF_OK);
    assert_int_equal(back_len, len);
    assert_memory_equal(back, bytes, len);
    free(back);
    free(bytes);
}

static void its_frames_are_long(void **state) {
    hf_client *client = NULL;
    (void)state;
    hf_manager *manager = start();
    assert_int_equal(hf_client_new(hf_manager_address(manager), NULL, &client), HF_OK);

    assert_goes_and_comes(client, 100 << 20); /* as the first request of a connection */
    assert_goes_and_comes(client, 17 << 20);

    hf_client_free(client);
    hf_manager_stop(manager);
}

static void it_serves_until_it_is_stopped(void **state) {
    char address[256];
    (void)state;

    hf_manager *manager = start();
    (void)snprintf(address, sizeof address, "%s", hf_manager_address(manager));
    assert_serves(address);
    pid_t pid = (pid_t)hf_manager_pid(manager);
    assert_int_equal(kill(pid, 0), 0);
    hf_manager_stop(manager);

    assert_int_equal(kill(pid, 0), -1);
    assert_nobody_serves(address);
    hf_manager_stop(NULL);
}

/* A login session's folder that is removed, a path that is too long, no room for files at all. */
static void it_needs_no_folder(void **state) {
    static const char *const names[] = {"XDG_RUNTIME_DIR", "TMPDIR"};
    char missing[256];
    (void)state;
    (void)snprintf(missing, sizeof missing, "/nowhere/%0200d", 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(setenv(names[i], missing, 1), 0);
    }

    hf_manager *manager = start();
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(unsetenv(names[i]), 0);
    }

    assert_int_equal(strncmp(hf_manager_address(manager), "unix:@", 6), 0);
    assert_serves(hf_manager_address(manager));
    hf_manager_stop(manager);
}

/* Listen at this name as another user. Returns the process, which ends when killed. */
static pid_t listen_as_nobody(const char *name, int told) {
    pid_t pid = fork();
    if (pid == 0) {
        struct sockaddr_un address;
        socklen_t len = unix_path_address(name, &address);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (setuid(65534) == 0 && bind(fd, (const struct sockaddr *)&address, len) == 0 &&
            listen(fd, 1) == 0 && write(told, "x", 1) == 1) {
            (void)pause();
        }
        _exit(1);
    }
    return pid;
}

static void a_name_that_another_user_has_taken_is_refused(void **state) {
    int told[2];
    char byte = 0;
    char address[64];
    hf_client *client = NULL;
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    (void)snprintf(address, sizeof address, "unix:@holdfast-test-%d", getpid());
    assert_int_equal(pipe(told), 0);
    pid_t other = listen_as_nobody(address + strlen("unix:"), told[1]);
    assert_int_equal(read(told[0], &byte, 1), 1);

    assert_int_equal(hf_client_new(address, NULL, &client), HF_OK);
    assert_int_equal(hf_client_ping(client), HF_DENIED);

    assert_non_null(strstr(hf_last_detail(), "another user (65534)"));
    hf_client_free(client);
    assert_int_equal(kill(other, SIGKILL), 0);
    assert_int_equal(waitpid(other, NULL, 0), other);
    assert_int_equal(close(told[0]), 0);
    assert_int_equal(close(told[1]), 0);
}

static void another_user_cannot_use_it(void **state) {
    int result = 0;
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    hf_manager *manager = start();
    const char *address = hf_manager_address(manager);

    pid_t child = fork();
    if (child == 0) {
        hf_client *client = NULL;
        bool refused = setuid(65534) == 0 && hf_client_new(address, NULL, &client) == HF_OK &&
                       !hf_ok(hf_client_ping(client));
        _exit(refused ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);

    assert_int_equal(result, 0);
    assert_serves(address);
    hf_manager_stop(manager);
}

static void two_managers_do_not_meet(void **state) {
    (void)state;

    hf_manager *one = start();
    hf_manager *other = start();

    assert_string_not_equal(hf_manager_address(one), hf_manager_address(other));
    hf_manager_stop(one);
    assert_serves(hf_manager_address(other));
    hf_manager_stop(other);
}

/* Start one with $HOLDFAST_DAEMON set like this; it must fail. Returns the detail. */
static const char *fail_to_start(const char *daemon) {
    const char *old = getenv("HOLDFAST_DAEMON");
    char *kept = old ? strdup(old) : NULL;
    hf_manager *manager = NULL;
    assert_int_equal(setenv("HOLDFAST_DAEMON", daemon, 1), 0);
    assert_int_equal(hf_manager_start(&manager), HF_SYSTEM);
    assert_null(manager);
    assert_int_equal(kept ? setenv("HOLDFAST_DAEMON", kept, 1) : unsetenv("HOLDFAST_DAEMON"), 0);
    free(kept);
    return hf_last_detail();
}

static void a_manager_that_cannot_be_started_is_refused_with_a_detail(void **state) {
    (void)state;

    assert_non_null(strstr(fail_to_start("/nowhere/holdfastd"), "/nowhere/holdfastd"));
    assert_non_null(strstr(fail_to_start("/tmp"), "not a program"));
    assert_non_null(strstr(fail_to_start("/bin/false"), "exit status 1"));
    assert_non_null(strstr(fail_to_start("/etc/passwd"), "not a program"));
}

static void it_is_found_beside_the_program(void **state) {
    const char *old = getenv("HOLDFAST_DAEMON");
    char *kept = old ? strdup(old) : NULL;
    (void)state;
    assert_int_equal(unsetenv("HOLDFAST_DAEMON"), 0);

    hf_manager_stop(start());

    assert_int_equal(kept ? setenv("HOLDFAST_DAEMON", kept, 1) : 0, 0);
    free(kept);
}

static void it_inherits_neither_open_files_nor_blocked_signals(void **state) {
    int ends_of_pipe[2];
    char byte = 0;
    sigset_t blocked;
    sigset_t old;
    (void)state;
    assert_int_equal(pipe(ends_of_pipe), 0);
    assert_int_equal(sigfillset(&blocked), 0);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &blocked, &old), 0);

    hf_manager *manager = start();
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);

    assert_int_equal(close(ends_of_pipe[1]), 0);
    assert_int_equal(read(ends_of_pipe[0], &byte, 1), 0); /* it holds no end of it */
    assert_int_equal(close(ends_of_pipe[0]), 0);
    pid_t pid = (pid_t)hf_manager_pid(manager);
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_true(ends(pid)); /* SIGTERM gets through */
    hf_manager_stop(manager);
}

static void a_forked_child_does_not_stop_it(void **state) {
    int result = 0;
    (void)state;
    hf_manager *manager = start();

    pid_t child = fork();
    if (child == 0) {
        hf_manager_stop(manager);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);

    assert_serves(hf_manager_address(manager));
    hf_manager_stop(manager);
}

/* In a child: start a manager, tell its pid and address, and wait to be killed. */
static void be_killed(int to) {
    char line[512];
    hf_manager *manager = NULL;
    if (hf_manager_start(&manager) != HF_OK) {
        _exit(1);
    }
    int len = snprintf(line, sizeof line, "%lld %s\n", (long long)hf_manager_pid(manager),
                       hf_manager_address(manager));
    if (write(to, line, (size_t)len) != len) {
        _exit(1);
    }
    for (;;) {
        (void)pause();
    }
}

static void it_ends_when_its_starter_is_killed(void **state) {
    int told[2];
    (void)state;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* the manager becomes a child of this */
    pid_t starter = fork();
    if (starter == 0) {
        be_killed(told[1]);
    }
    assert_int_equal(close(told[1]), 0);
    FILE *lines = fdopen(told[0], "r");
    assert_non_null(lines);
    char line[512];
    assert_non_null(fgets(line, sizeof line, lines));
    char *address = NULL;
    long pid = strtol(line, &address, 10);
    address[strcspn(address, "\n")] = 0;
    address++; /* past the space */
    assert_serves(address);

    assert_int_equal(kill(starter, SIGKILL), 0);
    assert_int_equal(waitpid(starter, NULL, 0), starter);

    assert_int_equal(waitpid((pid_t)pid, NULL, 0), pid);
    assert_nobody_serves(address);
    assert_int_equal(fclose(lines), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_until_it_is_stopped),
        cmocka_unit_test(its_frames_are_long),
        cmocka_unit_test(it_needs_no_folder),
        cmocka_unit_test(a_name_that_another_user_has_taken_is_refused),
        cmocka_unit_test(another_user_cannot_use_it),
        cmocka_unit_test(two_managers_do_not_meet),
        cmocka_unit_test(a_manager_that_cannot_be_started_is_refused_with_a_detail),
        cmocka_unit_test(it_is_found_beside_the_program),
        cmocka_unit_test(it_inherits_neither_open_files_nor_blocked_signals),
        cmocka_unit_test(a_forked_child_does_not_stop_it),
        cmocka_unit_test(it_ends_when_its_starter_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
