/* SPDX-License-Identifier: MIT
 *
 * What all parts of the holdfast command share: its settings, its exit statuses, how a wrong word
 * on the command line is told, and memory (which here is either there or the end).
 *
 * Operations are read from the descriptor of Request (ops.h), so that one that is added to
 * holdfast.proto can be used from the shell at once. Only the commands of its own (look.h, run.h)
 * name some of them.
 */
#ifndef HF_SHELL_H
#define HF_SHELL_H

#include <holdfast/client.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Documented in help.c and docs/shell.md. */
enum shell_exit {
    SHELL_DONE = 0,
    SHELL_REFUSED = 1, /* or: the answer is no */
    SHELL_USAGE = 2,
    SHELL_UNREACHABLE = 3,
    SHELL_TIMEOUT = 124,
    SHELL_LOCK_FAILED = 125, /* TYPE NAME -- COMMAND: holdfast itself failed */
    SHELL_NOT_EXECUTABLE = 126,
    SHELL_NOT_FOUND = 127,
    SHELL_SIGNAL = 128 /* and the signal's number */
};

struct shell {
    const char *address; /* NULL: the default */
    const char *key_file;
    const char *guard; /* LOCK:FENCE, or NULL */
    int64_t timeout_ms;
    bool json;
    bool must_exist;
    bool detailed;
    uint32_t permits; /* of a semaphore, to hold; 0: not given */
    bool read;        /* an rwlock is held for reading */
    bool help;
    bool version;
    hf_client *client; /* once there is a connection to be made */
};

/* What is wrong with the command line, in words. */
struct fault {
    char text[512];
};

/** Say what is wrong. Returns false, so that a refusal is one statement. */
bool shell_fault(struct fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Zeroed memory for `count` things of `size` bytes, never NULL: without memory, the command ends.
 */
void *shell_alloc(size_t count, size_t size);

/** The same memory for more things; what is added is not zeroed. */
void *shell_grow(void *memory, size_t count, size_t size);

/** Whoever looks who holds something, or works, sees this command: the label of the session to
 * come.
 */
void shell_label(char **command);

/** Let commands that are run from here find the same manager, by their environment. */
void shell_export(const struct shell *shell);

/** In a forked child: become the command, which is sent `signal` when `parent` ends. If it cannot
 * be run, say so after `what` and end with SHELL_NOT_FOUND or SHELL_NOT_EXECUTABLE. */
_Noreturn void shell_become(const char *what, char **command, pid_t parent, int signal);

/** A copy of `len` bytes, and a NUL behind them. */
void *shell_copy(const void *bytes, size_t len);

#endif
