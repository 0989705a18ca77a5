/* SPDX-License-Identifier: MIT
 *
 * A real manager, started for a group of tests, and a client of it.
 */
#ifndef HF_TESTS_REAL_H
#define HF_TESTS_REAL_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast.h>

extern hf_manager *manager;
extern hf_client *client;

/** Let managers be started by this shell script, in which $DAEMON is the real program, until
 *  daemon_put_back(). One at a time. */
void daemon_replace_by_script(const char *text);
void daemon_put_back(void);

/** The set-up and the tear-down of a group. */
int start_manager(void **state);
int stop_manager(void **state);

#define assert_ok(call) assert_status(call, HF_OK, #call)

/** Fails with the call, both statuses and the detail. */
void assert_status(hf_status status, hf_status expected, const char *call);

/** That the two are equal; releases the first. */
void assert_any(hf_any any, hf_any expected);

hf_event open_event(const char *name);

/** Whether the kernel says that a thread of this process sleeps. */
bool thread_sleeps(pid_t tid);

/** Delete the object with this name, if it is there. */
void delete_named(const char *name);

/** Functions for tasks: the square of an int; one that kills its worker, and one that never
 *  returns. */
hf_status square(hf_task *task, const hf_any *arguments, size_t count, hf_any *result);
hf_status die(hf_task *task, const hf_any *arguments, size_t count, hf_any *result);
hf_status forever(hf_task *task, const hf_any *arguments, size_t count, hf_any *result);

/** Unnamed objects to begin with; the list holds the numbers from 0 on. */
hf_dict new_dict(void);
hf_list new_list(size_t len);
hf_lock open_lock(const char *name, const hf_lock_options *options);

#endif
