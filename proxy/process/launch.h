/* SPDX-License-Identifier: MIT
 *
 * Start a process: fork it, and prepare it until its function or its program runs. child.h signals
 * and fetches it, process.c has the handles.
 */
#ifndef HF_LAUNCH_H
#define HF_LAUNCH_H

#include "child.h"
#include "lifeline.h"

#include <holdfast/process.h>

struct launch {
    const char *name;
    struct lifeline *lifeline; /* NULL: it is no daemon */
    hf_process_function *function;
    void *argument;
    const char *path; /* of the program, instead of a function */
    char *const *argv;
    char *const *env;
};

/** Whether this process runs the function of a daemon. */
bool launch_is_daemon(void);

/** Start a process. Returns HF_OK, and `child` is set; HF_SYSTEM, and no process is left. */
HF_MUST_USE hf_status launch_function(const struct launch *launch, struct child *child);
HF_MUST_USE hf_status launch_program(const struct launch *launch, struct child *child);

#endif
