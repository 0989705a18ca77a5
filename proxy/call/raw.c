/* SPDX-License-Identifier: MIT
 *
 * See <holdfast/raw.h>. The fields around the operation are read, and put into the request as those
 * of any call; the operation stays as it is.
 */
#include "call.h"
#include "detail.h"
#include "ids.h"
#include "pipeline.h"
#include "wire_format.h"

#include <holdfast/raw.h>
#include <string.h>

enum {
    OBJECT_TAG = 2,
    TIMEOUT_TAG = 3,
    EXPECT_TAG = 6,
    PARTY_TAG = 7,
    OP_TAG_MIN = 10 /* of all operations */
};

/* The operation as it lies in the request: what stands behind its key, and its own bytes. */
struct raw_op {
    ProtobufCMessageUnknownField field;
    const ProtobufCMessageDescriptor *descriptor;
    struct decoded_field content;
};

static int64_t unzigzag(uint64_t number) {
    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

/* Returns false if the field may not be there. */
static bool take_number(Hf__Request *request, const struct decoded_field *field) {
    if (field->wire != WIRE_VARINT) {
        return false;
    }
    switch (field->tag) {
    case OBJECT_TAG:
        request->has_object = true;
        request->object = field->number;
        return true;
    case TIMEOUT_TAG:
        request->has_timeout_ms = true;
        request->timeout_ms = unzigzag(field->number);
        return true;
    case EXPECT_TAG:
        request->has_expect = true;
        request->expect = (uint32_t)field->number;
        return true;
    case PARTY_TAG:
        request->has_party = true;
        request->party = field->number;
        return true;
    default:
        return false;
    }
}

/* Returns false if it is none, or a second one. */
static bool take_op(struct raw_op *op, const struct decoded_field *field, const uint8_t *begin) {
    const ProtobufCFieldDescriptor *known = wire_field(&hf__request__descriptor, field->tag);
    if (op->descriptor || field->wire != WIRE_BYTES || !known) {
        return false;
    }
    const uint8_t *at = begin;
    uint64_t key = 0;
    (void)decode_varint(&at, field->content, &key);
    op->descriptor = known->descriptor;
    op->content = *field;
    op->field = (ProtobufCMessageUnknownField){
        .tag = field->tag,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = (size_t)(field->content + field->len - at),
        .data = (uint8_t *)(uintptr_t)at, /* packing only reads it */
    };
    return true;
}

static hf_status raw_read(const uint8_t *bytes, size_t len, Hf__Request *request,
                          struct raw_op *op) {
    const uint8_t *end = bytes + len;
    for (const uint8_t *at = bytes; at < end;) {
        const uint8_t *begin = at;
        struct decoded_field field;
        if (!decode_take(&at, end, &field)) {
            return detail_set(HF_INVALID, "the raw request is not protobuf, from byte %zu on",
                              (size_t)(begin - bytes));
        }
        if (!(field.tag < OP_TAG_MIN ? take_number(request, &field) : take_op(op, &field, begin))) {
            return detail_set(HF_INVALID, "a raw request may not have the field %u there",
                              field.tag);
        }
    }
    if (!op->descriptor) {
        return detail_set(HF_INVALID, "the raw request has no operation");
    }
    if (op->field.tag == HF__REQUEST__OP_HELLO || op->field.tag == HF__REQUEST__OP_PROVE ||
        op->field.tag == HF__REQUEST__OP_CANCEL) {
        return detail_set(HF_INVALID, "hello, prove and cancel are made by the library");
    }
    return HF_OK;
}

/* ---- what the library knows of operations ---- */

static uint64_t number_of(const struct raw_op *op, const char *name) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, name);
    return field ? decode_peek_varint(op->content.content, op->content.len, field->id) : 0;
}

static bool has_field(const struct raw_op *op, const char *name) {
    const ProtobufCFieldDescriptor *known =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, name);
    const uint8_t *at = op->content.content;
    const uint8_t *end = at + op->content.len;
    for (struct decoded_field field; known && at < end && decode_take(&at, end, &field);) {
        if (field.tag == known->id) {
            return true;
        }
    }
    return false;
}

static struct holds_request raw_holds(const Hf__Request *request, const struct raw_op *op) {
    bool leaves = op->field.tag == HF__REQUEST__OP_LEAVE;
    return (struct holds_request){
        .op = (Hf__Request__OpCase)op->field.tag,
        .object = request->object,
        .party = leaves ? number_of(op, "party") : request->party,
        .leased = has_field(op, "lease_ms"),
        .all = leaves && !has_field(op, "party"),
    };
}

/* A named object, which can be opened again: all such operations begin with name and mode. */
static bool opens_named(const struct raw_op *op) {
    return op->descriptor->n_fields >= 2 && strcmp(op->descriptor->fields[0].name, "name") == 0 &&
           strcmp(op->descriptor->fields[1].name, "mode") == 0 &&
           op->field.tag != HF__REQUEST__OP_WATCH_OPEN && has_field(op, "name");
}

static void note_id(void *call, uint64_t id) {
    (void)call_names(call, id);
}

hf_status hf_raw_call(hf_client *client, const void *request, size_t len, hf_raw_reply *reply) {
    struct call call;
    struct raw_op op = {.descriptor = NULL};
    call_begin(&call, client, 0);
    if (reply) {
        *reply = (hf_raw_reply){NULL, 0};
    }
    call_check(&call, raw_read(request, len, &call.request, &op));
    if (call.status == HF_OK && client->openings && !ids_each(request, len, note_id, &call)) {
        call_check(&call, detail_set(HF_INVALID, "the raw request is not well formed"));
    }
    if (call.status == HF_OK && op.descriptor) {
        call.request.base.n_unknown_fields = 1;
        call.request.base.unknown_fields = &op.field;
        call.patient =
            op.field.tag == HF__REQUEST__OP_CONDITION_WAIT && call.request.timeout_ms != 0;
        call.steady = op.field.tag == HF__REQUEST__OP_BARRIER_WAIT && call.request.timeout_ms != 0;
        call.follows = number_of(&op, "cursor") != 0;
        call.opens = opens_named(&op);
        call.checked = true;
    }
    const struct raw_call raw = {
        .holds = op.descriptor ? raw_holds(&call.request, &op)
                               : (struct holds_request){.op = HF__REQUEST__OP__NOT_SET},
        .request = request,
        .len = len,
        .reply = reply,
    };
    return call_finish_raw(&call, &raw);
}
