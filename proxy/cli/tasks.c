/* SPDX-License-Identifier: MIT
 *
 * holdfast apply submits one task to a pool and waits for its result.
 *
 * holdfast worker is a worker whose function is a command. A file in memory with the arguments is
 * the standard input of the command, because a pipe could fill up while the command does not read.
 * The output of the command is read to its end. If this process dies, the kernel kills the command.
 */
#include "commands.h"

#include "exchange.h"
#include "parse.h"
#include "print.h"
#include "scratch.h"
#include "wire.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <holdfast/pool.h>
#include <holdfast/task.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
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

static json_t *arguments_json(const hf_any *arguments, size_t count) {
    struct scratch scratch;
    Hf__Any wire = HF__ANY__INIT;
    scratch_init(&scratch);
    hf_status status = wire_put(&scratch, hf_any_list(arguments, count), &wire);
    json_t *json = status == HF_OK ? print_json_any(&wire) : NULL;
    scratch_fini(&scratch);
    return json;
}

/* A file with the arguments, at its beginning; -1 with errno. */
static int write_input(const hf_any *arguments, size_t count) {
    int fd = memfd_create("arguments", MFD_CLOEXEC);
    json_t *json = arguments_json(arguments, count);
    bool written = fd >= 0 && json && json_dumpfd(json, fd, JSON_COMPACT) == 0 &&
                   write(fd, "\n", 1) == 1 && lseek(fd, 0, SEEK_SET) == 0;
    json_decref(json);
    if (!written && fd >= 0) {
        (void)close(fd);
    }
    return written ? fd : -1;
}

/* A newline at the end of the output does not count. No output is null. */
static hf_status output_result(hf_task *task, const ProtobufCBinaryData *output, hf_any *result) {
    struct fault fault = {""};
    size_t len = output->len;
    len -= len > 0 && output->data[len - 1] == '\n';
    if (len == 0) {
        return HF_OK;
    }
    Hf__Any *wire = parse_text((const char *)output->data, len, &fault);
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

struct command {
    char **words;
    pid_t pid;
    int input;
    int output[2];
};

static bool fork_command(struct command *command) {
    if (pipe2(command->output, O_CLOEXEC) != 0) {
        return false;
    }
    pid_t parent = getpid();
    command->pid = fork();
    if (command->pid == 0) {
        if (dup2(command->input, STDIN_FILENO) >= 0 &&
            dup2(command->output[1], STDOUT_FILENO) >= 0) {
            shell_become("worker", command->words, parent, SIGKILL);
        }
        _exit(SHELL_NOT_EXECUTABLE);
    }
    int error = errno;
    assert(command->input >= 0);
    (void)close(command->output[1]);
    if (command->pid < 0) {
        (void)close(command->output[0]);
        errno = error;
    }
    return command->pid > 0;
}

static int reap_command(const struct command *command) {
    int status = 0;
    while (waitpid(command->pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

static hf_status command_result(hf_task *task, const struct command *command, int status,
                                const ProtobufCBinaryData *output, hf_any *result) {
    assert(WIFSIGNALED(status) || WIFEXITED(status));
    if (WIFSIGNALED(status)) {
        return hf_task_fail(task, "%s was killed by signal %d", command->words[0],
                            WTERMSIG(status));
    }
    if (WEXITSTATUS(status) != 0) {
        return hf_task_fail(task, "%s ended with exit status %d", command->words[0],
                            WEXITSTATUS(status));
    }
    return output_result(task, output, result);
}

static hf_status run_command(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    struct command command = {.words = hf_task_argument(task)};
    struct fault fault = {""};
    command.input = write_input(arguments, count);
    bool started = command.input >= 0 && fork_command(&command);
    int error = errno;
    if (command.input >= 0) {
        (void)close(command.input);
    }
    if (!started) {
        return hf_task_fail(task, "cannot run_command %s: %s", command.words[0], strerror(error));
    }
    Hf__Any *output = parse_read(command.output[0], "its output", &fault);
    (void)close(command.output[0]); /* ends a command that writes more than a value may have */
    int status = reap_command(&command);
    if (!output) {
        return hf_task_fail(task, "%s", fault.text);
    }
    hf_status done = command_result(task, &command, status, &output->bytes, result);
    hf__any__free_unpacked(output, NULL);
    return done;
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
    hf_work work = HF_WORK;
    work.functions = &function;
    work.function_count = 1;
    work.argument = words;
    work.idle_ms = shell->timeout_ms < 0 ? 0 : shell->timeout_ms;
    hf_status status = hf_pool_work(shell->client, arguments[0], &work);
    return status == HF_OK ? SHELL_DONE : exchange_fail(shell, "worker", exchange_failure(status));
}
