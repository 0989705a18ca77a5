/* SPDX-License-Identifier: MIT
 *
 * holdfast apply submits one task to a pool and waits for its result.
 *
 * holdfast worker is a worker whose function is a command. A file in memory with the arguments is
 * the standard input of the command, because a pipe could fill up while the command does not read.
 * The output of the command is read until the command has ended. If this process dies, the kernel
 * kills the command.
 */
#include "commands.h"

#include "child.h"
#include "children.h"
#include "deadline.h"
#include "exchange.h"
#include "parse.h"
#include "print.h"
#include "scratch.h"
#include "wire.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <holdfast/json.h>
#include <holdfast/pool.h>
#include <holdfast/task.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- apply ---- */

/* Parse each word into a value. False with the fault. */
static bool read_arguments(const struct shell *shell, char **words, hf_any *values, size_t count,
                           struct fault *fault) {
    for (size_t i = 0; i < count; i++) {
        Hf__Any *wire = parse_word(words[i], shell->text ? PARSE_TEXT : PARSE_VALUE, fault);
        if (!wire) {
            return false;
        }
        hf_status status = wire_take(wire, &values[i]);
        hf__any__free_unpacked(wire, NULL);
        if (status != HF_OK) {
            return shell_fault(fault, "argument %zu: %s", i + 1, hf_status_text(status));
        }
    }
    return true;
}

static void show_value(const struct shell *shell, hf_any value) {
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Any wire = HF__ANY__INIT;
    struct scratch scratch;
    scratch_init(&scratch);
    if (wire_put(&scratch, value, &wire) == HF_OK) {
        reply.result_case = HF__REPLY__RESULT_VALUE;
        reply.value = &wire;
    }
    if (shell->json) {
        print_json_line(stdout, print_json(&reply));
    } else {
        print_result(stdout, &reply);
    }
    scratch_fini(&scratch);
}

static enum shell_exit apply_task(struct shell *shell, char **arguments, const hf_any *values,
                                  size_t count) {
    hf_pool_options options = HF_POOL_OPTIONS;
    options.mode = shell->must_exist ? HF_MUST_EXIST : HF_OPEN_OR_CREATE;
    hf_pool *pool = NULL;
    hf_any result = hf_any_null();
    hf_status status = hf_pool_open(shell->client, arguments[0], &options, &pool);
    if (status == HF_OK) {
        status = hf_pool_apply(pool, arguments[1], values, count, NULL, shell->timeout_ms, &result);
    }
    enum shell_exit code = SHELL_DONE;
    if (status == HF_OK) {
        show_value(shell, result);
    } else {
        code = exchange_fail(shell, "apply", exchange_failure(status));
    }
    hf_any_clear(&result);
    hf_pool_free(pool);
    return code;
}

enum shell_exit command_apply(struct shell *shell, char **arguments) {
    char **words = arguments + 2;
    size_t count = 0;
    while (words[count]) {
        count++;
    }
    hf_any *values = shell_alloc(count + 1, sizeof *values);
    struct fault fault = {""};
    enum shell_exit code = SHELL_USAGE;
    if (read_arguments(shell, words, values, count, &fault)) {
        code = apply_task(shell, arguments, values, count);
    } else {
        (void)fprintf(stderr, "holdfast: %s\n", fault.text);
    }
    for (size_t i = 0; i < count; i++) {
        hf_any_clear(&values[i]);
    }
    free(values);
    return code;
}

/* ---- worker: input and output ---- */

/* A file with the arguments, at its beginning; -1 with errno. */
static int write_input(const hf_any *arguments, size_t count) {
    int fd = memfd_create("arguments", MFD_CLOEXEC);
    char *text = NULL;
    hf_status status = hf_any_to_json(hf_any_list(arguments, count), &text);
    bool written =
        fd >= 0 && status == HF_OK && dprintf(fd, "%s\n", text) > 0 && lseek(fd, 0, SEEK_SET) == 0;
    free(text);
    if (!written && fd >= 0) {
        (void)close(fd);
    }
    return written ? fd : -1;
}

/* A newline at the end of the output does not count. No output is null. */
static hf_status output_result(hf_task *task, const unsigned char *output, size_t len,
                               hf_any *result) {
    struct fault fault = {""};
    len -= len > 0 && output[len - 1] == '\n';
    if (len == 0) {
        return HF_OK;
    }
    Hf__Any *wire = parse_text((const char *)output, len, &fault);
    if (!wire) {
        return hf_task_fail(task, "its output: %s", fault.text);
    }
    hf_any value = hf_any_null();
    hf_status status = wire_take(wire, &value);
    if (status == HF_OK) {
        status = hf_task_keep(task, value, result);
    }
    hf_any_clear(&value);
    hf__any__free_unpacked(wire, NULL);
    return status;
}

/* ---- worker: the command ---- */

enum { OUTPUT_MAX_BYTES = HF_FRAME_MAX_BYTES, OUTPUT_READ_BYTES = 65536 };

struct command {
    char **words;
    struct child child;
    int input;
    int output[2];
};

struct output {
    unsigned char *bytes;
    size_t len;
    size_t room;
};

static bool fork_command(struct command *command) {
    if (pipe2(command->output, O_CLOEXEC) != 0) {
        return false;
    }
    pid_t parent = getpid();
    pid_t pid = children_fork();
    if (pid == 0) {
        if (dup2(command->input, STDIN_FILENO) >= 0 &&
            dup2(command->output[1], STDOUT_FILENO) >= 0) {
            shell_become("worker", command->words, parent, SIGKILL);
        }
        _exit(SHELL_NOT_EXECUTABLE);
    }
    int error = errno;
    assert(command->input >= 0);
    (void)close(command->output[1]);
    if (pid < 0) {
        (void)close(command->output[0]);
        errno = error;
        return false;
    }
    (void)child_watch(&command->child, pid);
    return true;
}

/* Append what one read() gives, at most `most` bytes. Returns as read(). */
static ssize_t read_more(struct output *output, int fd, size_t most) {
    ssize_t got = 0;
    if (output->room - output->len < most) {
        output->room = 2 * output->room + most;
        output->bytes = shell_grow(output->bytes, output->room, 1);
    }
    do {
        got = read(fd, output->bytes + output->len, most);
    } while (got < 0 && errno == EINTR);
    output->len += got > 0 ? (size_t)got : 0;
    return got;
}

/* The bytes that are in a pipe now. */
static size_t bytes_in(int fd) {
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

/* Read what the command writes until it has ended. What it has left running may hold the pipe for
 * ever and write to it, so the end of the pipe is not waited for. Returns false if there is too
 * much, or it cannot be read. */
static bool read_output(const struct command *command, struct output *output) {
    int fd = command->output[0];
    ssize_t got = 1;
    bool ended = command->child.lost;
    while (got > 0 && !ended && output->len <= OUTPUT_MAX_BYTES) {
        struct pollfd polls[] = {{fd, POLLIN, 0}, {command->child.pidfd, POLLIN, 0}};
        (void)poll(polls, 2, child_poll(&command->child, DEADLINE_NEVER));
        ended = polls[1].fd < 0 ? child_ends_by(&command->child, deadline_in(0))
                                : polls[1].revents != 0;
        if (polls[0].revents && !ended) {
            got = read_more(output, fd, OUTPUT_READ_BYTES);
        }
    }
    for (size_t left = ended ? bytes_in(fd) : 0; left > 0 && got > 0; left -= (size_t)got) {
        got = read_more(output, fd, left);
    }
    return got >= 0 && output->len <= OUTPUT_MAX_BYTES;
}

/* Wait for the end of the command. */
static hf_status command_status(hf_task *task, struct command *command) {
    int code = 0;
    (void)child_ends_by(&command->child, DEADLINE_NEVER);
    enum child_state state = child_reap(&command->child, &code);
    child_fini(&command->child);
    children_fetched();
    if (state != CHILD_ENDED) {
        return hf_task_fail(task, "how %s ended is not known", command->words[0]);
    }
    if (code < 0) {
        return hf_task_fail(task, "%s was killed by signal %d", command->words[0], -code);
    }
    return code == 0 ? HF_OK
                     : hf_task_fail(task, "%s ended with exit status %d", command->words[0], code);
}

static hf_status run_command(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    struct command command = {.words = hf_task_argument(task)};
    struct output output = {.bytes = NULL};
    command.input = write_input(arguments, count);
    bool started = command.input >= 0 && fork_command(&command);
    int error = errno;
    if (command.input >= 0) {
        (void)close(command.input);
    }
    if (!started) {
        return hf_task_fail(task, "cannot run %s: %s", command.words[0], strerror(error));
    }
    bool fits = read_output(&command, &output);
    error = errno;
    (void)close(command.output[0]); /* ends a command that writes more than a value may have */
    hf_status status = command_status(task, &command);
    if (!fits) {
        status = hf_task_fail(task, "cannot read its output: %s",
                              output.len > OUTPUT_MAX_BYTES ? "it is too big for a value"
                                                            : strerror(error));
    }
    if (status == HF_OK) {
        status = output_result(task, output.bytes, output.len, result);
    }
    free(output.bytes);
    return status;
}

enum shell_exit command_worker(struct shell *shell, char **arguments) {
    const hf_function function = {arguments[1], run_command};
    char **words = arguments + 2;
    Hf__Reply *refusal = NULL;
    shell_label(words);
    if (!exchange_find(shell, "pool", true, arguments[0], &refusal)) {
        return exchange_fail(shell, "worker", refusal);
    }
    shell_export(shell);
    children_adopt();
    hf_work work = HF_WORK;
    work.functions = &function;
    work.function_count = 1;
    work.argument = words;
    work.idle_ms = shell->timeout_ms < 0 ? 0 : shell->timeout_ms;
    hf_status status = hf_pool_work(shell->client, arguments[0], &work);
    return status == HF_OK ? SHELL_DONE : exchange_fail(shell, "worker", exchange_failure(status));
}
