/* SPDX-License-Identifier: MIT
 *
 * Run a group of tests that all begin and end in the same way. The second function of a pair ends
 * what the first has begun, even if a test between them has failed.
 */
#ifndef HF_TESTS_EACH_H
#define HF_TESTS_EACH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct around {
    CMFixtureFunction set_up;
    CMFixtureFunction tear_down;
};

/** Run these tests, with one pair around each of them and the other around all; NULL: nothing. */
static inline int run_each(const char *name, const struct CMUnitTest *tests, size_t count,
                           struct around each, struct around all) {
    struct CMUnitTest *copies = calloc(count, sizeof *copies);
    assert_non_null(copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = tests[i];
        copies[i].setup_func = each.set_up;
        copies[i].teardown_func = each.tear_down;
    }
    int failed = _cmocka_run_group_tests(name, copies, count, all.set_up, all.tear_down);
    free(copies);
    return failed;
}

#endif
