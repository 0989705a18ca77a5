/* SPDX-License-Identifier: MIT
 *
 * See pool.h. The worker is in worker.c.
 */
#include "pool.h"

#include "exchange.h"
#include "parse.h"
#include "print.h"
#include "scratch.h"
#include "wire.h"

#include <assert.h>
#include <holdfast/pool.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what it does ---- */

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static void put_text(const char *text, int width) {
    size_t len = text ? strlen(text) : 0;
    if (text) {
        print_cell(stdout, text, len);
    }
    (void)printf("%*s", len < (size_t)width ? width - (int)len : 0, "");
}

static void put_task(const Hf__Worker *worker) {
    if (!worker->function) {
        (void)puts("idle");
        return;
    }
    put_text(worker->function, 16);
    (void)printf(" %8.1f s  ", (double)worker->running_ms / 1e3);
    put_text(worker->submitter, 0);
    (void)printf(" (process %" PRIu64 ")", worker->submitter_pid);
    if (worker->run > 1) {
        (void)printf(", run %u", worker->run);
    }
    if (worker->progress) {
        (void)printf(", at ");
        json_t *json = print_json_any(worker->progress);
        (void)json_dumpf(json, stdout, JSON_ENCODE_ANY | JSON_COMPACT);
        json_decref(json);
    }
    (void)putchar('\n');
}

static void show_worker(const Hf__Worker *worker) {
    (void)printf("%8" PRIu64 "  ", worker->pid);
    put_text(worker->label, 24);
    (void)printf(" %8" PRIu64 "  ", worker->tasks);
    put_task(worker);
}

static void show_workforce(const Hf__Workforce *force) {
    (void)printf("%" PRIu64 " queued, %" PRIu64 " running, %" PRIu64 " done, %" PRIu64
                 " failed, %" PRIu64 " lost, %" PRIu64 " cancelled, %" PRIu64 " retried%s\n",
                 force->queued, force->running, force->done, force->failed, force->lost,
                 force->cancelled, force->retried, force->closed ? "; closed" : "");
    (void)printf("%" PRIu64 " submitter%s, %" PRIu64 " supervisor%s, %" PRIu64 " worker%s\n",
                 force->submitters, plural(force->submitters), force->supervisors,
                 plural(force->supervisors), force->worker_count, plural(force->worker_count));
    if (force->n_workers > 0) {
        (void)printf("%8s  %-24s %8s  %-16s %8s    %s\n", "PROCESS", "WORKER", "DONE", "RUNS",
                     "FOR", "OF");
    }
    for (size_t i = 0; i < force->n_workers; i++) {
        show_worker(force->workers[i]);
    }
    if (force->worker_count > force->n_workers) {
        (void)printf("and %" PRIu64 " more\n", force->worker_count - force->n_workers);
    }
}

enum shell_exit pool_view(struct shell *shell, char **arguments) {
    Hf__Reply *reply = NULL;
    uint64_t id = exchange_find(shell, NULL, arguments[0], &reply);
    if (id) {
        reply = exchange_call_plain(shell, id, "pool", "state");
    }
    if (reply->result_case != HF__REPLY__RESULT_WORKFORCE) {
        return exchange_fail(shell, "pool", reply);
    }
    if (shell->json) {
        json_t *json = print_json(reply);
        print_json_line(stdout, json);
        json_decref(json);
    } else {
        show_workforce(reply->workforce);
    }
    hf__reply__free_unpacked(reply, NULL);
    return SHELL_DONE;
}

/* ---- one call ---- */

/* The values of these words. false, with the fault: one of them is none. */
static bool read_values(char **words, hf_any *values, size_t count, struct fault *fault) {
    for (size_t i = 0; i < count; i++) {
        Hf__Any *wire = parse_any(words[i], fault);
        hf_status status = wire ? wire_take(wire, &values[i]) : HF_INVALID;
        hf__any__free_unpacked(wire, NULL);
        if (status != HF_OK) {
            return false;
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
        json_t *json = print_json(&reply);
        print_json_line(stdout, json);
        json_decref(json);
    } else {
        print_result(stdout, &reply);
    }
    scratch_fini(&scratch);
}

static enum shell_exit apply(struct shell *shell, char **arguments, const hf_any *values,
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

enum shell_exit pool_apply(struct shell *shell, char **arguments) {
    char **words = arguments + 2;
    size_t count = 0;
    while (words[count]) {
        count++;
    }
    hf_any *values = shell_alloc(count + 1, sizeof *values);
    struct fault fault = {""};
    enum shell_exit code = SHELL_USAGE;
    if (read_values(words, values, count, &fault)) {
        code = apply(shell, arguments, values, count);
    } else {
        (void)fprintf(stderr, "holdfast: %s\n", fault.text);
    }
    for (size_t i = 0; i < count; i++) {
        hf_any_clear(&values[i]);
    }
    free(values);
    return code;
}
