/* SPDX-License-Identifier: MIT
 *
 * See fixture.h.
 */
#include "fixture.h"

#include "each.h"
#include "wire.h"

#include <unistd.h>

static struct daemon daemon_of_test;
static pid_t runner; /* the process that runs the tests */

static int set_up(void **state) {
    daemon_of_test = daemon_start(NULL);
    *state = &daemon_of_test;
    return 0;
}

const struct daemon *daemon_replace_prepared(void **state, const char *const *args,
                                             daemon_prepare *prepare, void *context) {
    daemon_stop(*state);
    daemon_of_test = daemon_start_prepared(args, prepare, context);
    return *state;
}

const struct daemon *daemon_replace(void **state, const char *const *args) {
    return daemon_replace_prepared(state, args, NULL, NULL);
}

static int tear_down(void **state) {
    struct daemon *daemon = *state;
    if (getpid() != runner) {
        _exit(1); /* a worker in which an assertion has failed */
    }
    wire_close_all();
    worker_end_all();
    if (daemon->pid != 0) {
        daemon_stop(daemon);
    }
    return 0;
}

int system_run(const char *name, const struct CMUnitTest *tests, size_t count) {
    runner = getpid();
    return run_each(name, tests, count, (struct around){set_up, tear_down},
                    (struct around){NULL, NULL});
}
