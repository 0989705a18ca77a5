/* SPDX-License-Identifier: MIT
 *
 * The commands that show the manager and its objects: ping, ls, who, pool NAME.
 */
#include "commands.h"

#include "exchange.h"
#include "print.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- ping ---- */

static double now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

enum shell_exit command_ping(struct shell *shell, char **arguments) {
    (void)arguments;
    const struct op op = ops_get("", "ping");
    double began = 0;
    Hf__Reply *reply = exchange_call_with(shell, 0, &op, NULL, NULL); /* also connects */
    if (reply->status == HF__STATUS__OK) {
        hf__reply__free_unpacked(reply, NULL);
        began = now_ms();
        reply = exchange_call_with(shell, 0, &op, NULL, NULL);
    }
    double took_ms = now_ms() - began;
    if (reply->status != HF__STATUS__OK) {
        return exchange_fail(shell, "ping", reply);
    }
    hf__reply__free_unpacked(reply, NULL);
    const char *address = hf_client_address(shell->client);
    if (shell->json) {
        print_json_line(
            stdout, json_pack("{s:s,s:s,s:f}", "status", "OK", "address", address, "ms", took_ms));
    } else {
        (void)printf("%s answered in %.3f ms\n", address, took_ms);
    }
    return SHELL_DONE;
}

/* ---- ls ---- */

struct list {
    struct shell *shell;
    json_t *objects; /* NULL without --json */
};

/* `details` is the description of the same object, with --long. */
static void show_entry(const struct list *list, const Hf__Entry *entry,
                       const Hf__Description *details) {
    char type[OPS_WORD_MAX_BYTES];
    assert(list->shell->json == (list->objects != NULL));
    if (list->objects) {
        (void)json_array_append_new(list->objects,
                                    print_json_message(details ? &details->base : &entry->base));
        return;
    }
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&hf__type__descriptor, (int)entry->type);
    ops_spell(type, value ? value->name : "?");
    (void)printf("%-10s ", type);
    if (details) {
        (void)printf("%8" PRIu64 " %8zu %8" PRIu64 "  ", details->size, details->n_holders,
                     details->waiting);
    }
    print_cell(stdout, entry->name, strlen(entry->name));
    (void)putchar('\n');
}

/* An object that was deleted meanwhile is left out. Returns NULL, or the reply that refused. */
static Hf__Reply *show_entries(const struct list *list, const Hf__Listing *listing) {
    const struct op describe = ops_get("object", "describe");
    for (size_t i = 0; i < listing->n_entries; i++) {
        const Hf__Entry *entry = listing->entries[i];
        if (!list->shell->detailed) {
            show_entry(list, entry, NULL);
            continue;
        }
        Hf__Reply *reply = exchange_call_with(list->shell, entry->id, &describe, NULL, NULL);
        if (reply->result_case == HF__REPLY__RESULT_DESCRIPTION) {
            show_entry(list, entry, reply->description);
        } else if (reply->status != HF__STATUS__NO_OBJECT) {
            return reply;
        }
        hf__reply__free_unpacked(reply, NULL);
    }
    return NULL;
}

static Hf__Reply *show_listing(const struct list *list, const char *prefix) {
    const struct op op = ops_get("object", "list");
    Hf__ObjectList in = HF__OBJECT_LIST__INIT;
    Hf__Reply *refusal = NULL;
    in.prefix = (char *)(uintptr_t)prefix; /* packing does not write to it */
    do {
        Hf__Reply *reply = exchange_call(list->shell, 0, &op, &in.base);
        if (reply->result_case != HF__REPLY__RESULT_LISTING) {
            return reply;
        }
        refusal = show_entries(list, reply->listing);
        in.cursor = reply->listing->has_next ? reply->listing->next : 0;
        in.has_cursor = in.cursor != 0;
        hf__reply__free_unpacked(reply, NULL);
    } while (in.has_cursor && !refusal);
    return refusal;
}

enum shell_exit command_ls(struct shell *shell, char **arguments) {
    struct list list = {shell, shell->json ? json_array() : NULL};
    if (shell->detailed && !shell->json) {
        (void)printf("%-10s %8s %8s %8s  %s\n", "TYPE", "SIZE", "HOLDERS", "WAITERS", "NAME");
    }
    Hf__Reply *refusal = show_listing(&list, arguments[0]);
    if (refusal) {
        json_decref(list.objects);
        return exchange_fail(shell, "ls", refusal);
    }
    if (list.objects) {
        print_json_line(stdout, json_pack("{s:s,s:o}", "status", "OK", "objects", list.objects));
    }
    return SHELL_DONE;
}

/* ---- one object ---- */

/* A command that shows one object by the result of an operation without arguments. */
struct view {
    const char *command;
    const char *type; /* of the object; NULL: any */
    struct op op;
    Hf__Reply__ResultCase result;
    void (*show)(const Hf__Reply *reply);
};

static enum shell_exit show_view(struct shell *shell, const struct view *view, const char *name) {
    Hf__Reply *reply = NULL;
    assert(name && view->show);
    uint64_t id = exchange_find(shell, view->type, false, name, &reply);
    if (id) {
        reply = exchange_call_with(shell, id, &view->op, NULL, NULL);
    }
    if (reply->result_case != view->result) {
        return exchange_fail(shell, view->command, reply);
    }
    if (shell->json) {
        print_json_line(stdout, print_json(reply));
    } else {
        view->show(reply);
    }
    hf__reply__free_unpacked(reply, NULL);
    return SHELL_DONE;
}

/* ---- who ---- */

static void print_owner(const char *role, uint64_t ms, const char *label, uint64_t pid,
                        uint64_t party) {
    (void)printf("%-8s %8.1f s  ", role, (double)ms / 1e3);
    if (label) {
        print_cell(stdout, label, strlen(label));
    }
    (void)printf(" (process %" PRIu64 ", ", pid);
    if (party) {
        (void)printf("party %" PRIu64 ", ", party);
    }
}

static void show_holders(const Hf__Reply *reply) {
    const Hf__Description *description = reply->description;
    for (size_t i = 0; i < description->n_holders; i++) {
        const Hf__Holder *holder = description->holders[i];
        print_owner("holds", holder->held_ms, holder->label, holder->pid, holder->party);
        (void)printf("fence %" PRIu64 "%s", holder->fence,
                     holder->dead   ? ", dead"
                     : holder->left ? ", left"
                                    : "");
        if (holder->has_lease_left_ms) {
            (void)printf(", lease ends in %.1f s", (double)holder->lease_left_ms / 1e3);
        }
        (void)puts(")");
    }
    for (size_t i = 0; i < description->n_waiters; i++) {
        const Hf__Waiter *waiter = description->waiters[i];
        print_owner("waits", waiter->waited_ms, waiter->label, waiter->pid, waiter->party);
        (void)printf("%s)\n", waiter->op);
    }
    if (description->waiting > description->n_waiters) {
        (void)printf("and %" PRIu64 " more wait\n", description->waiting - description->n_waiters);
    }
    if (description->n_holders + description->n_waiters == 0) {
        (void)puts("nobody holds it, nobody waits for it");
    }
}

enum shell_exit command_who(struct shell *shell, char **arguments) {
    const struct view view = {"who", NULL, ops_get("object", "describe"),
                              HF__REPLY__RESULT_DESCRIPTION, show_holders};
    return show_view(shell, &view, arguments[0]);
}

/* ---- pool ---- */

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static void print_padded(const char *text, int width) {
    size_t len = text ? strlen(text) : 0;
    if (text) {
        print_cell(stdout, text, len);
    }
    (void)printf("%*s", len < (size_t)width ? width - (int)len : 0, "");
}

static void print_task(const Hf__Worker *worker) {
    if (!worker->function) {
        (void)puts("idle");
        return;
    }
    print_padded(worker->function, 16);
    (void)printf(" %8.1f s  ", (double)worker->running_ms / 1e3);
    print_padded(worker->submitter, 0);
    (void)printf(" (process %" PRIu64 ")", worker->submitter_pid);
    if (worker->run > 1) {
        (void)printf(", run %u", worker->run);
    }
    if (worker->progress) {
        (void)printf(", at ");
        print_value(stdout, worker->progress);
    }
    (void)putchar('\n');
}

static void show_worker(const Hf__Worker *worker) {
    (void)printf("%8" PRIu64 "  ", worker->pid);
    print_padded(worker->label, 24);
    (void)printf(" %8" PRIu64 "  ", worker->tasks);
    print_task(worker);
}

static void show_workforce(const Hf__Reply *reply) {
    const Hf__Workforce *force = reply->workforce;
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

enum shell_exit command_pool(struct shell *shell, char **arguments) {
    const struct view view = {"pool", "pool", ops_get("pool", "state"), HF__REPLY__RESULT_WORKFORCE,
                              show_workforce};
    return show_view(shell, &view, arguments[0]);
}
