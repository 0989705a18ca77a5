/* SPDX-License-Identifier: MIT
 *
 * holdfast apply: submits one task to a pool and waits for its result.
 */
#include "commands.h"

#include "exchange.h"
#include "parse.h"
#include "print.h"
#include "scratch.h"
#include "wire.h"

#include <holdfast/pool.h>
#include <stdio.h>
#include <stdlib.h>

/* Parse each word into a value. False with the fault. */
static bool read_arguments(char **words, hf_any *values, size_t count, struct fault *fault) {
    for (size_t i = 0; i < count; i++) {
        Hf__Any *wire = parse_any(words[i], fault);
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
    if (read_arguments(words, values, count, &fault)) {
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
