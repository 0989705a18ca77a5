/* SPDX-License-Identifier: MIT
 *
 * See processes.h.
 */
#include "processes.h"

#include "process_fd.h"

#include <fcntl.h>

hf_process *start_with(hf_process_function *function, void *argument,
                       const hf_process_options *options) {
    hf_process *process = NULL;
    assert_ok(hf_process_start(function, argument, options, &process));
    return process;
}

hf_process *start(hf_process_function *function, void *argument) {
    return start_with(function, argument, NULL);
}

int end_of(hf_process *process) {
    int code = 1000;
    assert_ok(hf_process_join(process, -1));
    assert_ok(hf_process_exit_code(process, &code));
    hf_process_free(process);
    return code;
}

int run(hf_process_function *function, void *argument) {
    return end_of(start(function, argument));
}

struct gate gate_make(void) {
    struct gate gate;
    assert_int_equal(pipe2(gate.fds, O_CLOEXEC), 0);
    return gate;
}

bool gate_pass(const struct gate *gate) {
    char byte = 0;
    return read(gate->fds[0], &byte, 1) == 1;
}

bool gate_open(const struct gate *gate) {
    return write(gate->fds[1], "x", 1) == 1;
}

void gate_close(struct gate *gate) {
    assert_int_equal(close(gate->fds[0]), 0);
    assert_int_equal(close(gate->fds[1]), 0);
}

bool system_has_pidfds(void) {
    int fd = process_fd_open(getpid());
    return fd >= 0 && close(fd) == 0;
}

int wait_at(void *gate) {
    return gate_pass(gate) ? 0 : 1;
}

int answer(void *number) {
    return *(const int *)number;
}
