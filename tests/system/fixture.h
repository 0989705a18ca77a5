/* SPDX-License-Identifier: MIT
 *
 * The beginning and the end of every test of the daemon. A test's state is a daemon that serves.
 * After the test, passed or failed, its connections are closed, its workers are killed, and the
 * daemon is stopped, which must exit with 0 and leave its folder empty.
 */
#ifndef HF_TEST_FIXTURE_H
#define HF_TEST_FIXTURE_H

#include "daemon.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** Put a daemon with these arguments (see daemon_start()) in the place of the test's. */
const struct daemon *daemon_replace(void **state, const char *const *args);

/** The same after daemon_start_prepared(). */
const struct daemon *daemon_replace_prepared(void **state, const char *const *args,
                                             daemon_prepare *prepare, void *context);

/** Run a group of tests, each with a new daemon as its state. */
int system_run(const char *name, const struct CMUnitTest *tests, size_t count);
#define SYSTEM_MAIN(tests) system_run(__FILE__, (tests), sizeof(tests) / sizeof *(tests))

#endif
