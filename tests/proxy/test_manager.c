/* SPDX-License-Identifier: MIT
 *
 * The private manager: found, started, stopped, and gone with its starter.
 */
#include "patience.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
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

/* The socket's folder, of "unix:FOLDER/NAME". */
static void folder_of(const char *address, char *folder, size_t size) {
    assert_int_equal(strncmp(address, "unix:/", 6), 0);
    (void)snprintf(folder, size, "%s", address + 5);
    char *slash = strrchr(folder, '/');
    assert_non_null(slash);
    *slash = 0;
}

static bool ends(int pidfd) {
    struct pollfd poll_fd = {pidfd, POLLIN, 0};
    return poll(&poll_fd, 1, PATIENCE_MS) == 1;
}

static void it_serves_in_a_folder_of_its_own_until_it_is_stopped(void **state) {
    char folder[256];
    struct stat facts;
    (void)state;

    hf_manager *manager = start();
    assert_serves(hf_manager_address(manager));
    folder_of(hf_manager_address(manager), folder, sizeof folder);
    assert_int_equal(stat(folder, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0700);
    pid_t pid = (pid_t)hf_manager_pid(manager);
    assert_int_equal(kill(pid, 0), 0);
    hf_manager_stop(manager);

    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(stat(folder, &facts), -1);
    hf_manager_stop(NULL);
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
    int pidfd = pidfd_open((pid_t)hf_manager_pid(manager), 0);
    assert_int_equal(pidfd_send_signal(pidfd, SIGTERM, NULL, 0), 0);
    assert_true(ends(pidfd)); /* SIGTERM gets through */
    assert_int_equal(close(pidfd), 0);
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
    char folder[256];
    struct stat facts;
    (void)state;
    assert_int_equal(pipe(told), 0);
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
    int pidfd = pidfd_open((pid_t)pid, 0);
    assert_true(pidfd >= 0);
    assert_serves(address);

    assert_int_equal(kill(starter, SIGKILL), 0);
    assert_int_equal(waitpid(starter, NULL, 0), starter);

    assert_true(ends(pidfd));
    folder_of(address, folder, sizeof folder);
    assert_int_equal(stat(folder, &facts), -1);
    assert_int_equal(close(pidfd), 0);
    assert_int_equal(fclose(lines), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_in_a_folder_of_its_own_until_it_is_stopped),
        cmocka_unit_test(two_managers_do_not_meet),
        cmocka_unit_test(a_manager_that_cannot_be_started_is_refused_with_a_detail),
        cmocka_unit_test(it_is_found_beside_the_program),
        cmocka_unit_test(it_inherits_neither_open_files_nor_blocked_signals),
        cmocka_unit_test(a_forked_child_does_not_stop_it),
        cmocka_unit_test(it_ends_when_its_starter_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
