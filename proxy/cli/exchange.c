/* SPDX-License-Identifier: MIT
 *
 * See exchange.h. A reply belongs to the library, so it is copied while the library stores results.
 */
#include "exchange.h"

#include "call.h"
#include "client.h"
#include "hint.h"
#include "parse.h"
#include "print.h"
#include "text.h"
#include "wire_limits.h"

#include <assert.h>
#include <holdfast/lock.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- replies ---- */

static Hf__Reply *copy_reply(const Hf__Reply *reply) {
    size_t len = hf__reply__get_packed_size(reply);
    uint8_t *bytes = shell_alloc(len, 1);
    size_t packed = hf__reply__pack(reply, bytes);
    assert(packed == len);
    Hf__Reply *copied = shell_require(hf__reply__unpack(NULL, packed, bytes));
    free(bytes);
    copied->has_holds_left = false; /* of the connection, not of the result */
    return copied;
}

Hf__Reply *exchange_failure(hf_status status) {
    Hf__Reply *reply = shell_alloc(1, sizeof *reply);
    const char *detail = hf_last_detail();
    hf__reply__init(reply);
    reply->status = (Hf__Status)status;
    if (*detail) {
        reply->detail = shell_copy(detail, strlen(detail));
    }
    return reply;
}

static hf_status store_reply(const Hf__Reply *reply, const struct sink *sink) {
    *(Hf__Reply **)sink->out = copy_reply(reply);
    return HF_OK;
}

/* ---- calls ---- */

Hf__Reply *exchange_call(struct shell *shell, uint64_t object, const struct op *op,
                         ProtobufCMessage *message) {
    struct call call;
    Hf__Reply *reply = NULL;
    const struct sink sink = {.store = store_reply, .out = &reply, .on_refusal = true};
    call_begin(&call, shell->client, object);
    call.checked = true;
    call_timeout(&call, shell->timeout_ms);
    assert(shell->client && message->descriptor == op->message);
    hf_status status = call_finish(&call, (Hf__Request__OpCase)op->field->id, message, sink);
    shell->turned_away = !reply && (status == HF_LIMIT || status == HF_NO_MEMORY);
    return reply ? reply : exchange_failure(status);
}

Hf__Reply *exchange_call_with(struct shell *shell, uint64_t object, const struct op *op,
                              const ProtobufCFieldDescriptor *field, const void *value) {
    ProtobufCMessage *message = ops_new_message(op->message);
    if (field) {
        ops_add_value(message, field, value);
    }
    Hf__Reply *reply = exchange_call(shell, object, op, message);
    protobuf_c_message_free_unpacked(message, NULL);
    return reply;
}

/* Call an operation that takes a name and whose result is an object. Returns its id; or 0 and the
 * reply that refused it. */
static uint64_t call_by_name(struct shell *shell, const struct op *op, const char *name,
                             Hf__Reply **refusal) {
    assert(op->name && !op->on_object);
    char *text = shell_copy(name, strlen(name)); /* the message owns it */
    uint64_t id = 0;
    Hf__Reply *reply = exchange_call_with(shell, 0, op, op->name, &text);
    if (reply->result_case == HF__REPLY__RESULT_OBJECT && reply->object->id) {
        id = reply->object->id;
        hf__reply__free_unpacked(reply, NULL);
        reply = NULL;
    }
    assert((id == 0) == (reply != NULL));
    *refusal = reply;
    return id;
}

/* ---- names ---- */

enum { NAMES_SEEN_MAX = 10000 }; /* that are compared with one that names nothing */

/* Offer the names of the objects of this type, or of all if `type` is NULL. */
static void offer_names(struct shell *shell, const char *type, struct hint *hint) {
    const struct op op = ops_get("object", "list");
    Hf__ObjectList in = HF__OBJECT_LIST__INIT;
    size_t seen = 0;
    in.has_type = type && ops_type_number(type, &in.type);
    do {
        Hf__Reply *reply = exchange_call(shell, 0, &op, &in.base);
        in.has_cursor = false;
        if (reply->result_case == HF__REPLY__RESULT_LISTING) {
            for (size_t i = 0; i < reply->listing->n_entries; i++) {
                hint_offer(hint, reply->listing->entries[i]->name);
            }
            seen += reply->listing->n_entries;
            in.has_cursor = reply->listing->has_next && seen < NAMES_SEEN_MAX;
            in.cursor = reply->listing->next;
        }
        hf__reply__free_unpacked(reply, NULL);
    } while (in.has_cursor);
}

/* Add to a NO_OBJECT what the user may have meant, and how to create such an object. */
static void advise(struct shell *shell, const char *type, const char *name, Hf__Reply *refusal) {
    struct op op;
    struct hint hint;
    char detail[HF_DETAIL_MAX_BYTES + 512];
    struct text text = text_in(detail, sizeof detail);
    hint_init(&hint, name);
    offer_names(shell, type, &hint);
    text_add(&text, "%s%s", refusal->detail ? refusal->detail : "", hint_text(&hint));
    if (type && ops_find(type, "open", &op)) {
        bool plain = ops_opener(type, &op);
        text_add(&text, " (to create it: %sholdfast %s open %s)", plain ? "" : "see ", type,
                 plain ? name : "--help");
    }
    free(refusal->detail);
    refusal->detail = shell_copy(text.bytes, text.len);
}

uint64_t exchange_find(struct shell *shell, const char *type, bool create, const char *name,
                       Hf__Reply **refusal) {
    uint64_t id = 0;
    struct op op = ops_get("object", "find");
    *refusal = NULL;
    if (name[0] == '#' && parse_unsigned(name + 1, UINT64_MAX, &id) && id > 0) {
        return id;
    }
    id = call_by_name(shell, &op, name, refusal);
    if (id || (*refusal)->status != HF__STATUS__NO_OBJECT) {
        return id;
    }
    if (!create || shell->must_exist || !ops_opener(type, &op)) {
        advise(shell, type, name, *refusal);
        return 0;
    }
    hf__reply__free_unpacked(*refusal, NULL);
    return call_by_name(shell, &op, name, refusal);
}

/* ---- the client ---- */

static hf_status set_guard(struct shell *shell) {
    size_t name_len = 0;
    uint64_t fence = 0;
    bool valid = parse_guard(shell->guard, &name_len, &fence);
    assert(valid); /* options.c refuses others */
    (void)valid;
    char *name = shell_copy(shell->guard, name_len);
    Hf__Reply *refusal = NULL;
    hf_lock lock = {shell->client, exchange_find(shell, NULL, false, name, &refusal)};
    free(name);
    hf_status status = refusal ? (hf_status)refusal->status : hf_guard(lock, fence);
    hf__reply__free_unpacked(refusal, NULL);
    return status;
}

hf_status exchange_open(struct shell *shell) {
    assert(!shell->client);
    hf_client_options options = HF_CLIENT_OPTIONS;
    options.key_file = shell->key_file;
    options.connect_timeout_ms = shell->connect_timeout_ms;
    hf_status status = hf_client_new(shell->address, &options, &shell->client);
    if (status != HF_OK) {
        return status;
    }
    shell->client->waits_for_manager = shell->connect_timeout_ms != 0;
    return shell->guard ? set_guard(shell) : HF_OK;
}

void exchange_close(struct shell *shell) {
    hf_client_free(shell->client);
    shell->client = NULL;
}

/* ---- messages and exit statuses ---- */

void exchange_complain(const struct shell *shell, const char *what, const Hf__Reply *reply) {
    hf_status status = (hf_status)reply->status;
    bool worded = reply->detail && *reply->detail;
    bool refusal = !hf_ok(status) && !hf_status_is_fatal(status);
    if (status == HF_OK || (refusal && shell->quiet)) {
        return;
    }
    (void)fprintf(stderr, "holdfast: %s%s: ", what, hf_ok(status) ? ": warning" : "");
    const char *text = worded ? reply->detail : hf_status_text(status);
    (void)fprintf(stderr, "%s: ", hf_status_name(status));
    print_cell(stderr, text, strlen(text));
    (void)putc('\n', stderr);
}

enum shell_exit exchange_fail(const struct shell *shell, const char *what, Hf__Reply *reply) {
    enum shell_exit code = exchange_exit(shell, reply);
    exchange_complain(shell, what, reply);
    if (shell->json) {
        print_json_line(stdout, print_json(reply));
    }
    hf__reply__free_unpacked(reply, NULL);
    return code;
}

enum shell_exit exchange_exit(const struct shell *shell, const Hf__Reply *reply) {
    hf_status status = (hf_status)reply->status;
    if (status == HF_TIMEOUT) {
        return SHELL_TIMEOUT;
    }
    if (hf_status_is_fatal(status) || shell->turned_away) {
        return SHELL_UNREACHABLE;
    }
    bool no = reply->result_case == HF__REPLY__RESULT_TRUTH && !reply->truth;
    return hf_ok(status) && !no ? SHELL_DONE : SHELL_REFUSED;
}
