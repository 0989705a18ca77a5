/* SPDX-License-Identifier: MIT
 *
 * See look.h.
 */
#include "look.h"

#include "exchange.h"
#include "fields.h"
#include "print.h"

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

enum shell_exit look_ping(struct shell *shell, char **none) {
    (void)none;
    double began = 0;
    Hf__Reply *reply = exchange_call_plain(shell, 0, "", "ping"); /* this one connects as well */
    if (reply->status == HF__STATUS__OK) {
        hf__reply__free_unpacked(reply, NULL);
        began = now_ms();
        reply = exchange_call_plain(shell, 0, "", "ping");
    }
    double took_ms = now_ms() - began;
    if (reply->status != HF__STATUS__OK) {
        return exchange_fail(shell, "ping", reply);
    }
    hf__reply__free_unpacked(reply, NULL);
    const char *address = hf_client_address(shell->client);
    if (shell->json) {
        json_t *json =
            json_pack("{s:s,s:s,s:f}", "status", "OK", "address", address, "ms", took_ms);
        print_json_line(stdout, json);
        json_decref(json);
    } else {
        (void)printf("%s answered in %.3f ms\n", address, took_ms);
    }
    return SHELL_DONE;
}

/* ---- ls ---- */

struct list {
    struct shell *shell;
    json_t *objects; /* with --json */
};

static void type_word(Hf__Type type, char word[OPS_WORD_MAX_BYTES]) {
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&hf__type__descriptor, (int)type);
    ops_spell(word, value ? value->name : "?");
}

static void put_name(const char *name) {
    print_cell(stdout, name, strlen(name));
    (void)putchar('\n');
}

static void show_entry(struct list *list, const Hf__Entry *entry) {
    char type[OPS_WORD_MAX_BYTES];
    if (list->objects) {
        (void)json_array_append_new(list->objects, print_json_message(&entry->base));
        return;
    }
    type_word(entry->type, type);
    (void)printf("%-10s ", type);
    put_name(entry->name);
}

static void show_description(struct list *list, const Hf__Description *description) {
    char type[OPS_WORD_MAX_BYTES];
    if (list->objects) {
        (void)json_array_append_new(list->objects, print_json_message(&description->base));
        return;
    }
    type_word(description->type, type);
    (void)printf("%-10s %8" PRIu64 " %8zu %8" PRIu64 "  ", type, description->size,
                 description->n_holders, description->waiting);
    put_name(description->name ? description->name : "");
}

/* An object may be gone before it is described: then it is not there. */
static Hf__Reply *describe_entry(struct list *list, const Hf__Entry *entry) {
    Hf__Reply *reply = exchange_call_plain(list->shell, entry->id, "object", "describe");
    if (reply->result_case == HF__REPLY__RESULT_DESCRIPTION) {
        show_description(list, reply->description);
    } else if (reply->status != HF__STATUS__NO_OBJECT) {
        return reply;
    }
    hf__reply__free_unpacked(reply, NULL);
    return NULL;
}

/* Returns the reply that ended it early; NULL: all were shown. */
static Hf__Reply *show_entries(struct list *list, const Hf__Listing *listing) {
    Hf__Reply *refusal = NULL;
    for (size_t i = 0; i < listing->n_entries && !refusal; i++) {
        if (list->shell->detailed) {
            refusal = describe_entry(list, listing->entries[i]);
        } else {
            show_entry(list, listing->entries[i]);
        }
    }
    return refusal;
}

static Hf__Reply *call_list(struct shell *shell, const char *prefix, uint64_t cursor) {
    const struct op op = ops_get("object", "list");
    Hf__ObjectList in = HF__OBJECT_LIST__INIT;
    in.prefix = (char *)(uintptr_t)prefix; /* packing only reads */
    in.has_cursor = cursor != 0;
    in.cursor = cursor;
    return exchange_call(shell, 0, &op, &in.base);
}

static Hf__Reply *show_all(struct list *list, const char *prefix) {
    uint64_t cursor = 0;
    do {
        Hf__Reply *reply = call_list(list->shell, prefix, cursor);
        if (reply->result_case != HF__REPLY__RESULT_LISTING) {
            return reply;
        }
        Hf__Reply *refusal = show_entries(list, reply->listing);
        cursor = reply->listing->has_next ? reply->listing->next : 0;
        hf__reply__free_unpacked(reply, NULL);
        if (refusal) {
            return refusal;
        }
    } while (cursor);
    return NULL;
}

enum shell_exit look_ls(struct shell *shell, char **arguments) {
    struct list list = {shell, shell->json ? json_array() : NULL};
    if (shell->detailed && !shell->json) {
        (void)printf("%-10s %8s %8s %8s  %s\n", "TYPE", "SIZE", "HOLDERS", "WAITERS", "NAME");
    }
    Hf__Reply *refusal = show_all(&list, arguments[0]);
    if (refusal) {
        json_decref(list.objects);
        return exchange_fail(shell, "ls", refusal);
    }
    if (list.objects) {
        json_t *json = json_pack("{s:s,s:o}", "status", "OK", "objects", list.objects);
        print_json_line(stdout, json);
        json_decref(json);
    }
    return SHELL_DONE;
}

/* ---- who ---- */

static void put_person(const char *role, uint64_t ms, const char *label, uint64_t pid) {
    (void)printf("%-8s %8.1f s  ", role, (double)ms / 1e3);
    if (label) {
        print_cell(stdout, label, strlen(label));
    }
    (void)printf(" (process %" PRIu64 ", ", pid);
}

static void show_people(const Hf__Description *description) {
    for (size_t i = 0; i < description->n_holders; i++) {
        const Hf__Holder *holder = description->holders[i];
        put_person("holds", holder->held_ms, holder->label, holder->pid);
        (void)printf("fence %" PRIu64 "%s)\n", holder->fence, holder->dead ? ", dead" : "");
    }
    for (size_t i = 0; i < description->n_waiters; i++) {
        const Hf__Waiter *waiter = description->waiters[i];
        put_person("waits", waiter->waited_ms, waiter->label, waiter->pid);
        (void)printf("%s)\n", waiter->op);
    }
    if (description->waiting > description->n_waiters) {
        (void)printf("and %" PRIu64 " more wait\n", description->waiting - description->n_waiters);
    }
    if (description->n_holders + description->n_waiters == 0) {
        (void)puts("nobody holds it, nobody waits for it");
    }
}

enum shell_exit look_who(struct shell *shell, char **arguments) {
    Hf__Reply *reply = NULL;
    uint64_t id = exchange_find(shell, NULL, arguments[0], &reply);
    if (id) {
        reply = exchange_call_plain(shell, id, "object", "describe");
    }
    if (reply->result_case != HF__REPLY__RESULT_DESCRIPTION) {
        return exchange_fail(shell, "who", reply);
    }
    if (shell->json) {
        json_t *json = print_json(reply);
        print_json_line(stdout, json);
        json_decref(json);
    } else {
        show_people(reply->description);
    }
    hf__reply__free_unpacked(reply, NULL);
    return SHELL_DONE;
}
