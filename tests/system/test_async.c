/* SPDX-License-Identifier: MIT
 *
 * Asynchronous calls and real managers, of which some are stopped, far away or
 * not there: keys, names of hosts, listeners that take nobody, very many
 * connections.
 */
#include "daemon.h"
#include "patience.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast.h>

enum { SOON_MS = 50 /* for what cannot succeed */ };

static struct {
    hf_client *client;
    hf_async *async;
    size_t told;
    hf_status status; /* of the last one */
    char detail[512];
} here;

static void note(hf_async *async, const hf_completion *completion) {
    assert_ptr_equal(async, here.async);
    here.told++;
    here.status = completion->status;
    (void)snprintf(here.detail, sizeof here.detail, "%s", completion->detail);
}

static void open_both(const char *address, const hf_client_options *options) {
    here.told = 0;
    assert_int_equal(hf_client_new(address, options, &here.client), HF_OK);
    assert_int_equal(hf_async_new(here.client, NULL, &here.async), HF_OK);
}

static void close_both(void) {
    hf_async_free(here.async);
    hf_client_free(here.client);
}

static void submit_ping(void) {
    assert_int_equal(HF_ASYNC(here.async, note, NULL, NULL, hf_client_ping(here.client)), HF_OK);
}

static void run_until(size_t told) {
    while (here.told < told) {
        (void)hf_async_wait(here.async, PATIENCE_MS);
    }
}

/* A ping to this address ends so. */
static void expect_ping(const char *address, const hf_client_options *options, hf_status status,
                        const char *detail) {
    open_both(address, options);
    submit_ping();
    run_until(1);
    if (here.status != status || !strstr(here.detail, detail)) {
        fail_msg("%s: %s (%s)", address, hf_status_name(here.status), here.detail);
    }
    close_both();
}

/* ---- TCP, with a key ---- */

static void make_key(char path[64], char fill) {
    char key[32];
    memset(key, fill, sizeof key);
    (void)snprintf(path, 64, "/tmp/hf-key.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, key, sizeof key), sizeof key);
    assert_int_equal(close(fd), 0);
}

static void a_key_is_proved_by_name_and_by_number(void **state) {
    (void)state;
    char key[64];
    char other[64];
    char by_name[64];
    make_key(key, 'k');
    make_key(other, 'o');
    struct daemon daemon =
        daemon_start((const char *[]){"--listen", "tcp://127.0.0.1:0", "--key-file", key, NULL});
    (void)snprintf(by_name, sizeof by_name, "tcp://localhost%s", strrchr(daemon.address, ':'));
    const hf_client_options right = {.key_file = key};
    const hf_client_options wrong = {.key_file = other};

    expect_ping(daemon.address, &right, HF_OK, "");
    expect_ping(by_name, &right, HF_OK, "");
    expect_ping(by_name, &wrong, HF_DENIED, "key");

    daemon_stop(&daemon);
    assert_int_equal(unlink(key), 0);
    assert_int_equal(unlink(other), 0);
}

static bool has_ipv6(void) {
    const struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return bound;
}

static void a_manager_is_found_by_its_ipv6_address(void **state) {
    (void)state;
    if (!has_ipv6()) {
        skip();
    }
    struct daemon daemon =
        daemon_start((const char *[]){"--listen", "tcp://[::1]:0", "--insecure", NULL});
    expect_ping(daemon.address, NULL, HF_OK, "");
    daemon_stop(&daemon);
}

static void a_host_that_nobody_knows_is_told(void **state) {
    (void)state;
    const hf_client_options options = {.connect_timeout_ms = SOON_MS};
    expect_ping("tcp://no-such-host.invalid:1", &options, HF_UNREACHABLE, "no-such-host.invalid");
}

/* ---- listeners that take nobody ---- */

enum { FILLERS = 8 };

/* Connections that fill the backlog of the listener. */
static void fill_backlog(const struct sockaddr *address, socklen_t len, int fillers[FILLERS]) {
    for (size_t i = 0; i < FILLERS; i++) {
        fillers[i] = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], address, len);
    }
}

static void expect_full_backlog(const char *address, const struct sockaddr *place, socklen_t len) {
    int fillers[FILLERS];
    const hf_client_options soon = {.connect_timeout_ms = SOON_MS};
    fill_backlog(place, len, fillers);
    expect_ping(address, &soon, HF_UNREACHABLE, address);

    open_both(address, NULL); /* and it can be left alone while it tries */
    submit_ping();
    assert_int_equal(hf_async_process(here.async), 0);
    close_both();
    assert_int_equal(here.told, 1);
    assert_int_equal(here.status, HF_DISCONNECTED);
    for (size_t i = 0; i < FILLERS; i++) {
        assert_int_equal(close(fillers[i]), 0);
    }
}

static void a_full_backlog_on_tcp_is_not_waited_for_longer_than_allowed(void **state) {
    (void)state;
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof place;
    char address[64];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&place, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&place, &len), 0);
    (void)snprintf(address, sizeof address, "tcp://127.0.0.1:%d", ntohs(place.sin_port));
    expect_full_backlog(address, (const struct sockaddr *)&place, len);
    assert_int_equal(close(listener), 0);
}

static void nor_is_one_of_a_unix_socket(void **state) {
    (void)state;
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    char folder[64];
    char address[128];
    folder_make(folder);
    (void)snprintf(place.sun_path, sizeof place.sun_path, "%s/s", folder);
    (void)snprintf(address, sizeof address, "unix:%s", place.sun_path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&place, sizeof place), 0);
    assert_int_equal(listen(listener, 0), 0);
    expect_full_backlog(address, (const struct sockaddr *)&place, sizeof place);
    assert_int_equal(close(listener), 0);
    assert_int_equal(unlink(place.sun_path), 0);
    folder_remove(folder);
}

/* ---- a manager that is stopped ---- */

static void pause_daemon(const struct daemon *daemon) {
    int status = 0;
    assert_int_equal(kill(daemon->pid, SIGSTOP), 0);
    assert_int_equal(waitpid(daemon->pid, &status, WUNTRACED), daemon->pid);
}

static void what_a_stopped_manager_does_not_take_waits_within_the_limit(void **state) {
    (void)state;
    enum { BIG = 1024 * 1024, LIMIT = 3 * BIG };
    static char text[BIG + 1];
    struct daemon daemon = daemon_start((const char *[]){NULL});
    const hf_async_options options = {.max_unsent_bytes = LIMIT};
    hf_list list;
    uint64_t len = 0;
    size_t submitted = 0;
    hf_status status = HF_OK;
    memset(text, 'x', BIG);
    open_both(daemon.address, NULL);
    assert_int_equal(hf_list_open(here.client, NULL, HF_OPEN_OR_CREATE, &list), HF_OK);
    hf_async_free(here.async);
    assert_int_equal(hf_async_new(here.client, &options, &here.async), HF_OK);
    submit_ping();
    run_until(1);

    pause_daemon(&daemon);
    while (status == HF_OK) {
        status = HF_ASYNC(here.async, note, NULL, NULL, hf_list_append_string(list, text));
        submitted += status == HF_OK;
        (void)hf_async_process(here.async);
    }
    assert_int_equal(status, HF_LIMIT);
    assert_true(submitted >= LIMIT / BIG);
    assert_int_equal(here.told, 1);

    assert_int_equal(kill(daemon.pid, SIGCONT), 0);
    run_until(1 + submitted);
    assert_int_equal(here.status, HF_OK);
    assert_int_equal(hf_list_len(list, &len), HF_OK);
    assert_int_equal(len, submitted);
    close_both();
    daemon_stop(&daemon);
}

static void a_manager_that_is_stopped_for_too_long_is_lost(void **state) {
    (void)state;
    struct daemon daemon = daemon_start((const char *[]){NULL});
    const hf_client_options options = {.answer_timeout_ms = SOON_MS};
    open_both(daemon.address, &options);
    submit_ping();
    run_until(1);
    pause_daemon(&daemon);
    submit_ping();
    submit_ping();
    run_until(3);
    assert_int_equal(here.status, HF_DISCONNECTED);
    assert_non_null(strstr(here.detail, "no answer"));

    assert_int_equal(kill(daemon.pid, SIGCONT), 0);
    close_both();
    expect_ping(daemon.address, NULL, HF_OK, "");
    daemon_stop(&daemon);
}

/* ---- very many ---- */

static size_t descriptors(void) {
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder)) {
        count++;
    }
    assert_int_equal(closedir(folder), 0);
    return count;
}

static void a_thousand_are_made_and_freed(void **state) {
    (void)state;
    enum { ALL = 1000, AT_ONCE = 50 };
    struct daemon daemon = daemon_start((const char *[]){NULL});
    assert_int_equal(hf_client_new(daemon.address, NULL, &here.client), HF_OK);
    assert_int_equal(hf_client_ping(here.client), HF_OK);
    size_t before = descriptors();
    for (int i = 0; i < ALL / AT_ONCE; i++) {
        hf_async *all[AT_ONCE];
        for (int j = 0; j < AT_ONCE; j++) {
            assert_int_equal(hf_async_new(here.client, NULL, &all[j]), HF_OK);
            assert_int_equal(HF_ASYNC(all[j], note, NULL, NULL, hf_client_ping(here.client)),
                             HF_OK);
        }
        for (int j = 0; j < AT_ONCE; j++) { /* every other one before its answer */
            here.async = all[j];
            here.told = 0;
            if (j % 2 == 0) {
                run_until(1);
                assert_int_equal(here.status, HF_OK);
            }
            hf_async_free(all[j]);
            assert_int_equal(here.told, 1);
        }
    }
    assert_int_equal(descriptors(), before);
    hf_client_free(here.client);
    daemon_stop(&daemon);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_proved_by_name_and_by_number),
        cmocka_unit_test(a_manager_is_found_by_its_ipv6_address),
        cmocka_unit_test(a_host_that_nobody_knows_is_told),
        cmocka_unit_test(a_full_backlog_on_tcp_is_not_waited_for_longer_than_allowed),
        cmocka_unit_test(nor_is_one_of_a_unix_socket),
        cmocka_unit_test(what_a_stopped_manager_does_not_take_waits_within_the_limit),
        cmocka_unit_test(a_manager_that_is_stopped_for_too_long_is_lost),
        cmocka_unit_test(a_thousand_are_made_and_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
