/* SPDX-License-Identifier: MIT
 *
 * Standard error that nobody reads, that others fill, that takes nothing, or that is not there: the
 * manager serves, and ends when it is told to.
 */
#include "fixture.h"
#include "wire.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More lines than any of these hold; each connection makes two. */
enum { CONNECTIONS = 1500 };

static const char *const in_detail[] = {"--log-level", "detail", NULL};

static void put_in_place(void *context) {
    const int *fd = context;
    (void)dup2(*fd, STDERR_FILENO);
}

static void close_all(void *context) {
    (void)context;
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    (void)close(STDERR_FILENO);
}

static void be_served(const struct daemon *daemon) {
    for (int i = 0; i < CONNECTIONS; i++) {
        struct wire wire = wire_open(daemon->address, "test");
        assert_int_equal(wire_ping(&wire), HF_OK);
        wire_close(&wire);
    }
}

/* A daemon that writes to `fd` serves and ends, and does not change it for others. */
static void assert_serves_with(void **state, int fd) {
    int flags = fcntl(fd, F_GETFL);
    const struct daemon *daemon = daemon_replace_prepared(state, in_detail, put_in_place, &fd);

    be_served(daemon);

    assert_int_equal(fcntl(fd, F_GETFL), flags);
    daemon_stop(*state);
}

static void a_pipe_that_nobody_reads_stops_nothing(void **state) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_serves_with(state, ends[1]);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_socket_that_nobody_reads_stops_nothing(void **state) {
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_serves_with(state, ends[1]);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_terminal_that_nobody_reads_stops_nothing(void **state) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    assert_serves_with(state, terminal);
    (void)close(terminal);
    (void)close(master);
}

static void a_pipe_without_a_reader_stops_nothing(void **state) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    (void)close(ends[0]);
    assert_serves_with(state, ends[1]);
    (void)close(ends[1]);
}

static void a_full_disk_stops_nothing(void **state) {
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_serves_with(state, full);
    (void)close(full);
}

static void fill(const struct daemon *daemon, int pipe_end) {
    (void)daemon;
    char bytes[4096] = {0};
    for (;;) {
        (void)!write(pipe_end, bytes, sizeof bytes);
    }
}

/* They take the room that the daemon has just seen. */
static void others_that_fill_the_pipe_stop_nothing(void **state) {
    struct worker filler = worker_start(fill, NULL);
    (void)fcntl(filler.told, F_SETPIPE_SZ, 1 << 16);
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", filler.told);
    int end = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(end >= 0);
    const struct daemon *daemon = daemon_replace_prepared(state, in_detail, put_in_place, &end);
    (void)close(end);

    for (int i = 0; i < CONNECTIONS; i++) {
        char bytes[4096];
        assert_true(read(filler.told, bytes, sizeof bytes) > 0);
        struct wire wire = wire_open(daemon->address, "test");
        assert_int_equal(wire_ping(&wire), HF_OK);
        wire_close(&wire);
    }

    daemon_stop(*state);
}

static void without_standard_streams_no_line_goes_to_a_client(void **state) {
    const struct daemon *daemon = daemon_replace_prepared(state, in_detail, close_all, NULL);

    be_served(daemon); /* fails at bytes that are no reply */

    daemon_stop(*state);
}

static void a_later_reader_is_told_how_many_lines_were_dropped(void **state) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const struct daemon *daemon = daemon_replace_prepared(state, in_detail, put_in_place, &ends[1]);
    struct wire other = wire_open(daemon->address, "other");
    be_served(daemon);
    wire_await_sessions(&other, 1);
    assert_int_equal(wire_ping(&other), HF_OK); /* in a later turn: all lines are made */
    (void)close(ends[1]);

    FILE *lines = fdopen(ends[0], "r");
    assert_non_null(lines);
    char line[2048];
    unsigned long long dropped = 0;
    unsigned long long seen = 0;
    while (dropped == 0) {
        assert_non_null(fgets(line, sizeof line, lines)); /* the rest comes by itself */
        assert_int_equal(strncmp(line, "holdfastd: ", 11), 0);
        if (strstr(line, "line(s) were dropped")) {
            dropped = strtoull(line + 11, NULL, 10);
        } else {
            seen += strstr(line, "connection") != NULL;
        }
    }

    assert_int_equal(seen + dropped, 2 * CONNECTIONS + 1);
    (void)fclose(lines);
}

static void refusals_are_told_to_the_operator(void **state) {
    enum { REFUSED = 20 };
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const struct daemon *daemon = daemon_replace_prepared(
        state, (const char *const[]){"--log-level", "warning", "--max-sessions", "1", NULL},
        put_in_place, &ends[1]);
    (void)close(ends[1]);
    struct wire one = wire_open(daemon->address, "one");

    for (int i = 0; i < REFUSED; i++) {
        struct wire two = wire_connect(daemon->address);
        assert_int_equal(wire_greet(&two, "two"), HF_LIMIT);
        wire_close(&two);
    }

    char line[2048];
    FILE *lines = fdopen(ends[0], "r");
    assert_non_null(lines);
    assert_non_null(fgets(line, sizeof line, lines));
    assert_string_equal(line, "holdfastd: refused 1 connection(s), the last one: LIMIT: the "
                              "manager has as many sessions as it may have (--max-sessions 1)\n");
    assert_int_equal(wire_ping(&one), HF_OK);
    (void)fclose(lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_that_nobody_reads_stops_nothing),
        cmocka_unit_test(a_socket_that_nobody_reads_stops_nothing),
        cmocka_unit_test(a_terminal_that_nobody_reads_stops_nothing),
        cmocka_unit_test(a_pipe_without_a_reader_stops_nothing),
        cmocka_unit_test(a_full_disk_stops_nothing),
        cmocka_unit_test(others_that_fill_the_pipe_stop_nothing),
        cmocka_unit_test(without_standard_streams_no_line_goes_to_a_client),
        cmocka_unit_test(refusals_are_told_to_the_operator),
        cmocka_unit_test(a_later_reader_is_told_how_many_lines_were_dropped),
    };
    return SYSTEM_MAIN(tests);
}
