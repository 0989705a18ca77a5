/* SPDX-License-Identifier: MIT
 *
 * Watches: one function for each operation, see <holdfast/watch.h>.
 */
#include "call.h"
#include "fields.h"

#include <assert.h>
#include <holdfast/watch.h>
#include <stdlib.h>
#include <string.h>

/* ---- open ---- */

hf_status hf_watch_open(hf_client *client, const char *name, const hf_watch_options *options,
                        hf_watch *watch) {
    struct call call;
    const hf_watch_options given = options ? *options : (hf_watch_options){0};
    Hf__WatchOpen *op =
        call_begin_open(&call, client, HF__REQUEST__OP_WATCH_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_object = given.object != 0;
    op->object = given.object != 0 ? call_names(&call, given.object) : 0;
    op->prefix = call_text(given.prefix);
    op->has_max_changes = given.max_changes != 0;
    op->max_changes = given.max_changes;
    op->has_max_bytes = given.max_bytes != 0;
    op->max_bytes = given.max_bytes;
    return call_finish(&call, HF__REQUEST__OP_WATCH_OPEN, &op->base,
                       sink_handle(&watch->client, &watch->id));
}

CALL_REFERENCES(watch) /* hf_watch_ref(), hf_watch_from_ref() */

/* ---- changes ---- */

const char *hf_cause_name(hf_cause cause) {
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&hf__cause__descriptor, (int)cause);
    return value ? value->name : "UNKNOWN";
}

void hf_changes_clear(hf_changes *changes) {
    if (!changes) {
        return;
    }
    for (size_t i = 0; i < changes->len; i++) {
        free(changes->items[i].name);
        hf_any_clear(&changes->items[i].arguments);
    }
    free(changes->items);
    *changes = (hf_changes){.items = NULL};
}

/* The operation and its arguments; nothing of an operation that this library does not know. */
static hf_status take_request(const Hf__Request *request, hf_change *change) {
    assert(!change->op && change->arguments.kind == HF_ANY_NULL);
    const ProtobufCFieldDescriptor *op =
        protobuf_c_message_descriptor_get_field(&hf__request__descriptor, request->op_case);
    if (!op) {
        return HF_OK;
    }
    change->op = op->name;
    return fields_take(*(const ProtobufCMessage *const *)fields_at(&request->base, op, 0),
                       &change->arguments);
}

static hf_status take_change(const Hf__Change *from, hf_change *change) {
    change->number = from->number;
    change->object = from->object->id;
    change->type = (hf_type)from->object->type;
    change->cause = (hf_cause)from->cause;
    change->session = from->session;
    change->party = from->party;
    change->pid = from->pid;
    sink_text(change->label, sizeof change->label, from->label);
    change->name = from->name ? strdup(from->name) : NULL;
    if (from->name && !change->name) {
        return sink_no_memory();
    }
    return from->request ? take_request(from->request, change) : HF_OK;
}

static hf_status take_all(const Hf__Changes *from, hf_changes *changes) {
    assert(!changes->items && changes->len == 0);
    changes->items = calloc(from->n_changes + 1, sizeof *changes->items);
    if (!changes->items) {
        return sink_no_memory();
    }
    changes->missed = from->missed;
    hf_status status = HF_OK;
    while (changes->len < from->n_changes && status == HF_OK) {
        size_t at = changes->len++;
        status = take_change(from->changes[at], &changes->items[at]);
    }
    return status;
}

static hf_status store_changes(const Hf__Reply *reply, const struct sink *sink) {
    hf_changes changes = {.items = NULL};
    hf_status status = sink->out ? take_all(reply->changes, &changes) : HF_OK;
    if (status != HF_OK) {
        hf_changes_clear(&changes);
        return status;
    }
    if (sink->out) {
        *(hf_changes *)sink->out = changes;
    }
    assert(sink->more);
    *(uint64_t *)sink->more = reply->changes->last;
    return HF_OK;
}

hf_status hf_watch_next(hf_watch watch, uint64_t *after, uint32_t limit, int64_t timeout_ms,
                        hf_changes *changes) {
    struct call call;
    Hf__WatchNext op = HF__WATCH_NEXT__INIT;
    if (!after) {
        return call_invalid("the number after which to read is missing");
    }
    call_begin(&call, watch.client, watch.id);
    call_timeout(&call, timeout_ms);
    op.has_after = true;
    op.after = *after;
    op.has_limit = limit != 0;
    op.limit = limit;
    return call_finish(
        &call, HF__REQUEST__OP_WATCH_NEXT, &op.base,
        (struct sink){store_changes, HF__REPLY__RESULT_CHANGES, .out = changes, .more = after});
}
