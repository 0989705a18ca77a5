/* SPDX-License-Identifier: MIT
 *
 * Shared by all parts of the holdfast command: the general options, the exit statuses, faults of
 * the command line, memory (without any the command ends), and running other commands.
 *
 * Operations are read from the descriptor of Request (ops.h), so the shell offers a new operation
 * of holdfast.proto without an edit. Only the commands of commands.h name operations.
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
    SHELL_REFUSED = 1, /* also: the answer is no */
    SHELL_USAGE = 2,
    SHELL_UNREACHABLE = 3,
    SHELL_TIMEOUT = 124,
    SHELL_LOCK_FAILED = 125, /* TYPE NAME -- COMMAND: holdfast itself failed */
    SHELL_NOT_EXECUTABLE = 126,
    SHELL_NOT_FOUND = 127,
    SHELL_SIGNAL = 128 /* and the signal's number */
};

struct shell {
    const char *address; /* NULL: the library's default */
    const char *key_file;
    const char *guard; /* LOCK:FENCE, or NULL */
    int64_t timeout_ms;
    int64_t connect_timeout_ms; /* how long to wait for a manager that is not there; 0: not */
    bool json;
    bool must_exist;
    bool quiet;
    bool text;              /* each value and key on the command line is text */
    bool lines;             /* the values are the lines of standard input */
    int conflict_exit_code; /* TYPE NAME -- COMMAND: for SHELL_TIMEOUT; -1: not given */
    bool detailed;
    uint32_t permits; /* semaphore NAME -- COMMAND: how many to hold; 0: not given */
    bool read;        /* rwlock NAME -- COMMAND: hold it for reading */
    bool help;
    bool version;
    bool turned_away;  /* the last call had no answer: the manager has no room for this session */
    hf_client *client; /* from exchange_open() to exchange_close() */
};

/* A fault of the command line, in words; "": none so far. */
struct fault {
    char text[512];
};

/** Write the fault. Returns false, so that a refusal is one statement. */
bool shell_fault(struct fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** `memory`, if it is not NULL: without memory the command ends here. */
void *shell_require(void *memory);

/** Zeroed memory for `count` things of `size` bytes. Never NULL. */
void *shell_alloc(size_t count, size_t size);

/** Resize memory to `count` things. Never NULL; added memory is not zeroed. */
void *shell_grow(void *memory, size_t count, size_t size);

/** Label the session with a command line, for reports (holdfast who). Before the first call. */
void shell_label(char **command);

/** Set the environment variables by which commands run from here find the same manager. */
void shell_export(const struct shell *shell);

/** In a forked child: run the command in its place. The kernel sends it `signal` when `parent`
 * ends. If the command cannot be run, write "holdfast: WHAT: COMMAND: why" to standard error and
 * exit with SHELL_NOT_FOUND or SHELL_NOT_EXECUTABLE. */
_Noreturn void shell_become(const char *what, char **command, pid_t parent, int signal);

/** A copy of `len` bytes, followed by a NUL. Never NULL. */
void *shell_copy(const void *bytes, size_t len);

#endif
