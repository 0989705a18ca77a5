/* SPDX-License-Identifier: MIT
 *
 * The moment of birth: what happens in a new process until its function or its program runs. Ends
 * and signals afterwards are child.h's, handles process.c's.
 */
#ifndef HF_LAUNCH_H
#define HF_LAUNCH_H

#include "child.h"
#include "lifeline.h"

#include <holdfast/process.h>

struct launch {
    const char *name;
    struct lifeline *lifeline; /* NULL: no daemon */
    hf_process_function *function;
    void *argument;
    const char *path; /* of the program, instead of a function */
    char *const *argv;
    char *const *env;
};

/** Whether this process is a daemon's function. */
bool launch_is_daemon(void);

/** Start it. Where this returns HF_OK, `child` has it; otherwise nothing is left. */
HF_MUST_USE hf_status launch_function(const struct launch *launch, struct child *child);
HF_MUST_USE hf_status launch_program(const struct launch *launch, struct child *child);

#endif
