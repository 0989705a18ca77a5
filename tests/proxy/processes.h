/* SPDX-License-Identifier: MIT
 *
 * Processes that tests start, and pipes that they wait at.
 */
#ifndef HF_TESTS_PROCESSES_H
#define HF_TESTS_PROCESSES_H

#include "real.h"

hf_process *start_with(hf_process_function *function, void *argument,
                       const hf_process_options *options);
hf_process *start(hf_process_function *function, void *argument);

/** Wait for its end and release it. Returns its exit code. */
int end_of(hf_process *process);

/** Both. */
int run(hf_process_function *function, void *argument);

/** A process waits at it, or opens it. Either side may do both; false: the call has failed. */
struct gate {
    int fds[2];
};

struct gate gate_make(void);
bool gate_pass(const struct gate *gate);
bool gate_open(const struct gate *gate);
void gate_close(struct gate *gate);

/** Whether this system gives descriptors of processes (tests/support/refuse.c). */
bool system_has_pidfds(void);

/** Functions of processes: wait at the gate that is the argument; return the int that is. */
int wait_at(void *gate);
int answer(void *number);

#endif
