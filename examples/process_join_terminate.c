/* SPDX-License-Identifier: MIT
 *
 * process_join_terminate: start processes, wait for them only so long, end those that do not end by
 * themselves, and see how each of them ended.
 *
 * Teaches: hf_process_start, hf_process_start_program, hf_process_join, hf_process_terminate,
 * hf_process_kill, hf_process_exit_code.
 *
 * Prints:
 *     quick: exit code 0
 *     failing: exit code 3
 *     patient: does not end by itself
 *     patient: exit code -15
 *     stubborn: does not even mind SIGTERM
 *     stubborn: exit code -9
 *     program: exit code 7
 */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { A_WHILE_MS = 50 };

static int succeed(void *argument) {
    (void)argument;
    return 0;
}

static int fail(void *argument) {
    (void)argument;
    return 3; /* what a function returns is the exit code */
}

_Noreturn static void wait_for_ever(void) {
    for (;;) {
        (void)pause();
    }
}

static int be_patient(void *argument) {
    (void)argument;
    wait_for_ever();
}

static int be_stubborn(void *argument) {
    const hf_event *deaf = argument;
    (void)signal(SIGTERM, SIG_IGN);
    check(hf_event_set(*deaf)); /* the client is the parent's, the session this process's own */
    wait_for_ever();
}

static hf_process *start(const char *name, hf_process_function *function, void *argument) {
    const hf_process_options options = {.name = name};
    hf_process *process = NULL;
    check(hf_process_start(function, argument, &options, &process));
    return process;
}

static void finish(hf_process *process) {
    int code = 0;
    check(hf_process_join(process, -1));
    check(hf_process_exit_code(process, &code));
    printf("%s: exit code %d\n", hf_process_name(process), code); /* negative: a signal */
    hf_process_free(process);
}

int main(void) {
    hf_client *client = open_client();
    hf_event deaf;
    check(hf_event_open(client, NULL, HF_OPEN_OR_CREATE, &deaf));

    finish(start("quick", succeed, NULL));
    finish(start("failing", fail, NULL));

    hf_process *patient = start("patient", be_patient, NULL);
    if (hf_process_join(patient, A_WHILE_MS) == HF_TIMEOUT) {
        printf("patient: does not end by itself\n");
        check(hf_process_terminate(patient));
    }
    finish(patient);

    hf_process *stubborn = start("stubborn", be_stubborn, &deaf);
    check(hf_event_wait(deaf, -1));
    check(hf_process_terminate(stubborn));
    if (hf_process_join(stubborn, A_WHILE_MS) == HF_TIMEOUT) {
        printf("stubborn: does not even mind SIGTERM\n");
        check(hf_process_kill(stubborn));
    }
    finish(stubborn);

    char *const arguments[] = {(char[]){"sh"}, (char[]){"-c"}, (char[]){"exit 7"}, NULL};
    const hf_process_options options = {.name = "program"};
    hf_process *program = NULL;
    check(hf_process_start_program("sh", arguments, &options, &program));
    finish(program);

    close_client(client);
    return 0;
}
