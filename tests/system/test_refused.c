/* SPDX-License-Identifier: MIT
 *
 * A daemon in a system without pidfds (run by tests/support/refuse.c): the end of a connection
 * alone tells of a death.
 */
#include "fixture.h"
#include "wire.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hold(struct wire *wire) {
    uint64_t id = 0;
    (void)wire_send_acquire(wire, wire_lock(wire, "l"));
    assert_int_equal(wire_status(wire, &id), HF_OK);
}

static void be_holder(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "holder");
    hold(&wire);
    worker_tell(tell, 1);
    worker_wait();
}

static void be_holder_with_child(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "holder");
    hold(&wire);
    pid_t child = fork(); /* keeps the socket open */
    if (child == 0) {
        worker_wait();
    }
    worker_tell(tell, (uint64_t)child);
    worker_wait();
}

static void the_lock_of_a_killed_holder_goes_to_the_next(void **state) {
    const struct daemon *daemon = *state;
    struct worker holder = worker_start(be_holder, daemon);
    assert_int_equal(worker_told(&holder), 1);
    struct wire next = wire_open(daemon->address, "next");
    uint64_t asked = wire_send_acquire(&next, wire_lock(&next, "l"));
    uint64_t answered = 0;
    wire_await_waiting(&next, 1);

    worker_kill(&holder);

    assert_int_equal(wire_status(&next, &answered), HF_OWNER_DIED);
    assert_int_equal(answered, asked);
    worker_reap(&holder);
}

static void a_child_that_has_the_socket_keeps_the_lock_until_it_ends(void **state) {
    const struct daemon *daemon = *state;
    struct worker holder = worker_start(be_holder_with_child, daemon);
    pid_t child = (pid_t)worker_told(&holder);
    struct wire next = wire_open(daemon->address, "next");
    struct wire other = wire_open(daemon->address, "other");
    uint64_t asked = wire_send_acquire(&next, wire_lock(&next, "l"));
    uint64_t answered = 0;
    wire_await_waiting(&other, 1);

    worker_kill(&holder);
    worker_reap(&holder);

    wire_await_waiting(&other, 1); /* still */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(wire_status(&next, &answered), HF_OWNER_DIED);
    assert_int_equal(answered, asked);
}

static void put_in_place(void *context) {
    (void)dup2(*(const int *)context, STDERR_FILENO);
}

static void the_daemon_says_so(void **state) {
    static const char *const in_detail[] = {"--log-level", "detail", NULL};
    int ends[2];
    char text[4096];
    assert_int_equal(pipe(ends), 0);

    (void)daemon_replace_prepared(state, in_detail, put_in_place, &ends[1]);

    ssize_t len = read(ends[0], text, sizeof text - 1); /* it was written before it serves */
    assert_true(len > 0);
    text[len] = 0;
    assert_non_null(strstr(text, "no pidfds here"));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lock_of_a_killed_holder_goes_to_the_next),
        cmocka_unit_test(a_child_that_has_the_socket_keeps_the_lock_until_it_ends),
        cmocka_unit_test(the_daemon_says_so),
    };
    return SYSTEM_MAIN(tests);
}
