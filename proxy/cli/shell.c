/* SPDX-License-Identifier: MIT
 *
 * See shell.h.
 */
#include "shell.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

bool shell_fault(struct fault *fault, const char *format, ...) {
    assert(fault);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments); /* cut when too long */
    va_end(arguments);
    assert(fault->text[0]);
    return false;
}

void *shell_require(void *memory) {
    if (!memory) {
        (void)fputs("holdfast: out of memory\n", stderr);
        exit(SHELL_REFUSED);
    }
    return memory;
}

void *shell_alloc(size_t count, size_t size) {
    return shell_require(calloc(count ? count : 1, size));
}

void *shell_grow(void *memory, size_t count, size_t size) {
    return shell_require(reallocarray(memory, count ? count : 1, size));
}

void *shell_copy(const void *bytes, size_t len) {
    char *copy = shell_require(malloc(len + 1));
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    copy[len] = 0;
    return copy;
}

void shell_label(char **command) {
    char label[256] = "";
    size_t used = 0;
    assert(command[0]);
    for (char **word = command; *word && used < sizeof label; word++) {
        int len = snprintf(label + used, sizeof label - used, "%s%s", used ? " " : "", *word);
        used += len > 0 ? (size_t)len : 0;
    }
    hf_set_label(label);
}

void shell_export(const struct shell *shell) {
    assert(shell->client);
    (void)setenv("HOLDFAST_ADDRESS", hf_client_address(shell->client), 1);
    if (shell->key_file) { /* the command may change its folder */
        char *path = realpath(shell->key_file, NULL);
        (void)setenv("HOLDFAST_KEY_FILE", path ? path : shell->key_file, 1);
        free(path);
    }
}

_Noreturn void shell_become(const char *what, char **command, pid_t parent, int signal) {
    assert(command[0] && parent > 0);
    int error = 0;
    (void)prctl(PR_SET_PDEATHSIG, signal);
    if (getppid() == parent) {
        (void)execvp(command[0], command);
        error = errno;
        (void)fprintf(stderr, "holdfast: %s: %s: %s\n", what, command[0], strerror(error));
    }
    _exit(error == ENOENT ? SHELL_NOT_FOUND : SHELL_NOT_EXECUTABLE);
}
