/* SPDX-License-Identifier: MIT
 *
 * See attempt.h.
 */
#include "attempt.h"

#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED_MAX = 64, WHAT_BYTES = 160 };

static char failed[FAILED_MAX][WHAT_BYTES];
static unsigned failed_count;

_Noreturn static void be_attempt(void (*act)(void *of), void *of, unsigned seconds) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)alarm(seconds);
    act(of);
    _exit(0);
}

void attempts_note(const char *what, ...) {
    char *text = failed[failed_count < FAILED_MAX ? failed_count : FAILED_MAX - 1];
    va_list arguments;
    va_start(arguments, what);
    (void)vsnprintf(text, WHAT_BYTES, what, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "compare: failed: %s\n", text);
    failed_count++;
}

static const char *how_it_ended(int status) {
    if (WIFEXITED(status)) {
        return "";
    }
    return WTERMSIG(status) == SIGALRM ? ", it took too long" : ", it was killed";
}

bool attempt(void (*act)(void *of), void *of, unsigned seconds, const char *what, ...) {
    char text[WHAT_BYTES - 32];
    int status = 0;
    va_list arguments;
    va_start(arguments, what);
    (void)vsnprintf(text, sizeof text, what, arguments);
    va_end(arguments);
    (void)fflush(NULL);
    pid_t pid = fork();
    must(pid >= 0, "fork: %s", strerror(errno));
    if (pid == 0) {
        be_attempt(act, of, seconds);
    }
    must(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
    if (status != 0) {
        attempts_note("%s%s", text, how_it_ended(status));
    }
    return status == 0;
}

unsigned attempts_failed(void) {
    for (unsigned i = 0; i < failed_count && i < FAILED_MAX; i++) {
        printf("%s%s\n", i == 0 ? "\nfailed:\n" : "", failed[i]);
    }
    return failed_count;
}

void *attempts_memory(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(memory != MAP_FAILED, "no memory");
    return memory;
}
