/* SPDX-License-Identifier: MIT
 *
 * Addresses: good ones, bad ones, and the one that is used if none is given.
 */
#include "address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast/client.h>

static void unix_addresses_are_parsed(void **state) {
    struct address address;
    (void)state;

    assert_int_equal(address_parse("unix:/run/x.sock", &address), HF_OK);

    assert_false(address.tcp);
    assert_string_equal(address.path, "/run/x.sock");
    assert_string_equal(address.text, "unix:/run/x.sock");
}

static void tcp_addresses_are_parsed(void **state) {
    static const struct {
        const char *text, *host, *port;
    } rows[] = {
        {"tcp://localhost:7000", "localhost", "7000"},
        {"tcp://127.0.0.1:1", "127.0.0.1", "1"},
        {"tcp://[::1]:65535", "::1", "65535"},
        {"tcp://[fe80::1%eth0]:80", "fe80::1%eth0", "80"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address address;
        assert_int_equal(address_parse(rows[i].text, &address), HF_OK);
        assert_true(address.tcp);
        assert_string_equal(address.host, rows[i].host);
        assert_string_equal(address.port, rows[i].port);
        assert_string_equal(address.text, rows[i].text);
    }
}

static void bad_addresses_are_refused_with_a_detail(void **state) {
    static const char *const rows[] = {
        "unix:@",
        "/run/x.sock",
        "unix:",
        "tcp:localhost:7000",
        "tcp://localhost",
        "tcp://:7000",
        "tcp://a:",
        "tcp://a:0",
        "tcp://a:65536",
        "tcp://a:70x",
        "tcp://a:-1",
        "tcp://::1:7000",
        "tcp://[::1]",
        "tcp://[::1]7000",
        "tcp://[::1:700",
        "tcp://[]:7000",
        "tcp://a:007000",
        "http://a:80",
        "x",
        "tcp://a:+80",
        "tcp://a:80/",
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address address;
        assert_int_equal(address_parse(rows[i], &address), HF_BAD_ADDRESS);
        assert_non_null(strstr(hf_last_detail(), rows[i]));
    }
}

static void a_path_that_is_too_long_is_refused(void **state) {
    char text[512];
    struct address address;
    (void)state;
    (void)snprintf(text, sizeof text, "unix:/%0106d", 0);

    assert_int_equal(address_parse(text, &address), HF_OK);
    (void)snprintf(text, sizeof text, "unix:/%0107d", 0);
    assert_int_equal(address_parse(text, &address), HF_BAD_ADDRESS);
    (void)snprintf(text, sizeof text, "tcp://%0250d:80", 0);
    assert_int_equal(address_parse(text, &address), HF_OK);
    (void)snprintf(text, sizeof text, "tcp://%0230d%026d:80", 0, 0);
    assert_int_equal(address_parse(text, &address), HF_BAD_ADDRESS);
}

static void a_relative_path_is_resolved_once(void **state) {
    char old[4096];
    char deep[128];
    struct address address;
    (void)state;
    assert_non_null(getcwd(old, sizeof old));
    assert_int_equal(chdir("/tmp"), 0);

    assert_int_equal(address_parse("unix:x.sock", &address), HF_OK);
    assert_string_equal(address.path, "/tmp/x.sock");
    assert_string_equal(address.text, "unix:/tmp/x.sock");
    (void)snprintf(deep, sizeof deep, "unix:%0102d", 0);
    assert_int_equal(address_parse(deep, &address), HF_OK); /* with /tmp/ 107 bytes */
    (void)snprintf(deep, sizeof deep, "unix:%0103d", 0);
    assert_int_equal(address_parse(deep, &address), HF_BAD_ADDRESS);
    assert_int_equal(setenv("HOLDFAST_ADDRESS", "unix:y", 1), 0);
    assert_int_equal(address_parse(NULL, &address), HF_OK);
    assert_string_equal(address.text, "unix:/tmp/y");
    assert_int_equal(unsetenv("HOLDFAST_ADDRESS"), 0);

    assert_int_equal(chdir("/"), 0);
    assert_int_equal(address_parse("unix:x.sock", &address), HF_OK);
    assert_string_equal(address.text, "unix:/x.sock");
    assert_int_equal(chdir(old), 0);
}

static void a_name_that_is_no_file_stays_as_it_is(void **state) {
    struct address address;
    struct sockaddr_un name;
    (void)state;

    assert_int_equal(address_parse("unix:@a/b", &address), HF_OK);
    assert_string_equal(address.text, "unix:@a/b");

    socklen_t len = unix_path_address(address.path, &name);
    assert_int_equal(len, offsetof(struct sockaddr_un, sun_path) + 4);
    assert_memory_equal(name.sun_path, "\0a/b", 4);
}

static void without_an_address_the_environment_decides(void **state) {
    struct address address;
    (void)state;

    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/user/7", 1), 0);
    assert_int_equal(setenv("HOLDFAST_ADDRESS", "tcp://h:1", 1), 0);
    assert_int_equal(address_parse(NULL, &address), HF_OK);
    assert_string_equal(address.text, "tcp://h:1");

    assert_int_equal(unsetenv("HOLDFAST_ADDRESS"), 0);
    assert_int_equal(address_parse(NULL, &address), HF_OK);
    assert_string_equal(address.text, "unix:/run/user/7/holdfast.sock");

    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
    assert_int_equal(address_parse(NULL, &address), HF_OK);
    assert_string_equal(address.text, "unix:/run/holdfast/holdfast.sock");
}

/* A folder like /run. */
static char run[] = "/tmp/holdfast_run_XXXXXX";

static const char *in_run(const char *format, ...) {
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];
    va_list arguments;
    int len = snprintf(path, 256, "%s/", run);
    va_start(arguments, format);
    (void)vsnprintf(path + len, 256 - (size_t)len, format, arguments);
    va_end(arguments);
    return path;
}

static void put_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    (void)close(fd);
}

static void assert_default(const char *runtime, const char *path, const char *other) {
    struct address address;
    assert_int_equal(address_default(runtime, run, &address), HF_OK);
    assert_string_equal(address.path, path);
    assert_string_equal(address.other[0] ? address.other + strlen("unix:") : "", other);
}

static void the_first_socket_that_is_there_is_the_default(void **state) {
    (void)state;
    assert_non_null(mkdtemp(run));
    unsigned long uid = geteuid();
    const char *system = in_run("holdfast/holdfast.sock");
    const char *own = in_run("user/%lu/holdfast.sock", uid);
    const char *folder = in_run("user/%lu", uid);
    assert_int_equal(mkdir(in_run("holdfast"), 0700), 0);

    /* Nothing is there: the session's folder if it is named, where its holdfastd would listen. */
    assert_default(NULL, system, "");
    assert_int_equal(mkdir(in_run("user"), 0700), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_default(NULL, system, own);
    assert_default(folder, own, system);

    /* Only the system's manager is there: with the variable and without it. */
    put_socket(system);
    assert_default(folder, system, own);
    assert_default(NULL, system, own);
    assert_default("/nowhere", system, "/nowhere/holdfast.sock");

    /* The user has one as well: it goes first, again with and without. */
    put_socket(own);
    assert_default(folder, own, system);
    assert_default(NULL, own, system);

    /* A file that is no socket is none. */
    assert_int_equal(unlink(own), 0);
    assert_int_equal(mkdir(own, 0700), 0);
    assert_default(folder, system, own);

    assert_int_equal(rmdir(own), 0);
    assert_int_equal(unlink(system), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(rmdir(in_run("user")), 0);
    assert_int_equal(rmdir(in_run("holdfast")), 0);
    assert_int_equal(rmdir(run), 0);
}

static void a_failed_default_names_both_places(void **state) {
    (void)state;
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    options.connect_timeout_ms = 1;
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/nowhere/at/all", 1), 0);
    struct address address;
    assert_int_equal(address_parse(NULL, &address), HF_OK);
    if (strcmp(address.path, "/nowhere/at/all/holdfast.sock") != 0) {
        skip(); /* a manager serves this system */
    }

    assert_int_equal(hf_client_new(NULL, &options, &client), HF_OK);
    assert_int_equal(hf_client_ping(client), HF_UNREACHABLE);

    assert_non_null(strstr(hf_last_detail(), "at unix:/nowhere/at/all/holdfast.sock"));
    assert_non_null(strstr(hf_last_detail(), "nor is one at unix:/run/holdfast/holdfast.sock"));
    hf_client_free(client);
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
}

static void a_bad_address_in_the_environment_is_refused(void **state) {
    hf_client *client = NULL;
    (void)state;
    assert_int_equal(setenv("HOLDFAST_ADDRESS", "nonsense", 1), 0);

    assert_int_equal(hf_client_new(NULL, NULL, &client), HF_BAD_ADDRESS);

    assert_null(client);
    assert_int_equal(unsetenv("HOLDFAST_ADDRESS"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unix_addresses_are_parsed),
        cmocka_unit_test(tcp_addresses_are_parsed),
        cmocka_unit_test(bad_addresses_are_refused_with_a_detail),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
        cmocka_unit_test(a_relative_path_is_resolved_once),
        cmocka_unit_test(a_name_that_is_no_file_stays_as_it_is),
        cmocka_unit_test(without_an_address_the_environment_decides),
        cmocka_unit_test(the_first_socket_that_is_there_is_the_default),
        cmocka_unit_test(a_failed_default_names_both_places),
        cmocka_unit_test(a_bad_address_in_the_environment_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
