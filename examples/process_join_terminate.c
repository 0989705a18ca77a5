/* SPDX-License-Identifier: MIT
 *
 * process_join_terminate: start processes, wait for each with a timeout, end those that do not end
 * by themselves, and get how each of them ended.
 *
 * Teaches: hf_process_start, hf_process_start_program, hf_process_join, hf_process_terminate,
 * hf_process_kill, hf_process_exit_code.
 *
 * Prints:
 *     quick: exit code 0
 *     failing: exit code 3
 *     patient: does not end by itself
 *     patient: exit code -15
 *     stubborn: ignores SIGTERM
 *     stubborn: exit code -9
 *     program: exit code 7
 */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { A_WHILE_MS = 50 };

static int return_0(void *argument) {
    (void)argument;
    return 0;
}

static int return_3(void *argument) {
    (void)argument;
    return 3; /* this is the exit code */
}

NORETURN static void wait_for_ever(void) {
    for (;;) {
        (void)pause();
    }
}

static int be_patient(void *argument) {
    (void)argument;
    wait_for_ever();
}

static int be_stubborn(void *argument) {
    const hf_event *ignores = argument;
    (void)signal(SIGTERM, SIG_IGN);
    check(hf_event_set(*ignores)); /* by an inherited handle, in a session of its own */
    wait_for_ever();
}

static hf_process *start_named(const char *name, hf_process_function *function, void *argument) {
    const hf_process_options options = {.name = name};
    hf_process *process = NULL;
    check(hf_process_start(function, argument, &options, &process));
    return process;
}

static void join_and_show(hf_process *process) {
    int code = 0;
    check(hf_process_join(process, -1));
    check(hf_process_exit_code(process, &code));
    printf("%s: exit code %d\n", hf_process_name(process), code); /* negative: a signal */
    hf_process_free(process);
}

int main(void) {
    hf_client *client = open_client();
    hf_event ignores;
    check(hf_event_open(client, NULL, HF_OPEN_OR_CREATE, &ignores));

    join_and_show(start_named("quick", return_0, NULL));
    join_and_show(start_named("failing", return_3, NULL));

    hf_process *patient = start_named("patient", be_patient, NULL);
    if (hf_process_join(patient, A_WHILE_MS) == HF_TIMEOUT) {
        printf("patient: does not end by itself\n");
        check(hf_process_terminate(patient));
    }
    join_and_show(patient);

    hf_process *stubborn = start_named("stubborn", be_stubborn, &ignores);
    check(hf_event_wait(ignores, -1));
    check(hf_process_terminate(stubborn));
    if (hf_process_join(stubborn, A_WHILE_MS) == HF_TIMEOUT) {
        printf("stubborn: ignores SIGTERM\n");
        check(hf_process_kill(stubborn));
    }
    join_and_show(stubborn);

    char *const arguments[] = {(char[]){"sh"}, (char[]){"-c"}, (char[]){"exit 7"}, NULL};
    const hf_process_options options = {.name = "program"};
    hf_process *program = NULL;
    check(hf_process_start_program("sh", arguments, &options, &program));
    join_and_show(program);

    close_client(client);
    return 0;
}
