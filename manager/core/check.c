/* SPDX-License-Identifier: MIT
 *
 * See check.h. A check is a request that is run like any other. Its answer is compared instead of
 * sent, so every type has checks without code for them.
 */
#include "check.h"

#include "call.h"
#include "encode.h"
#include "show.h"

#include <assert.h>
#include <string.h>

static bool only_reads(const Hf__Request *request) {
    const struct type *type = NULL;
    const struct op *op = types_find(request->op_case, &type);
    assert(!op || !(op->flags & OP_READS && op->flags & (OP_CHANGES | OP_WAITS | OP_OPENS)));
    return op && op->flags & OP_READS;
}

/* Many values as one list. */
static hf_status pack_values(struct call *call, const Hf__AnyList *values, Hf__Any *result) {
    size_t len = hf__any_list__get_packed_size(values);
    uint8_t *bytes = arena_alloc(call->arena, len);
    if (!bytes) {
        return HF_NO_MEMORY;
    }
    result->kind_case = HF__ANY__KIND_LIST;
    result->list = (ProtobufCBinaryData){len, bytes};
    bool fits = encode(&values->base, bytes, len, &len);
    assert(fits && len == result->list.len);
    (void)fits;
    return HF_OK;
}

/* The result of a request as a value. HF_INVALID: a result of this kind is not comparable with
 * one. */
static hf_status result_of(struct call *call, const Hf__Reply *reply, Hf__Any *result) {
    hf__any__init(result);
    switch ((int)reply->result_case) {
    case HF__REPLY__RESULT_VALUE:
        *result = *reply->value;
        return HF_OK;
    case HF__REPLY__RESULT_VALUES:
        return pack_values(call, reply->values, result);
    case HF__REPLY__RESULT_COUNT:
        result->kind_case = HF__ANY__KIND_INT;
        result->int_ = (int64_t)reply->count;
        return HF_OK;
    case HF__REPLY__RESULT_TRUTH:
        result->kind_case = HF__ANY__KIND_BOOL;
        result->bool_ = reply->truth;
        return HF_OK;
    case HF__REPLY__RESULT_OBJECT:
        result->kind_case = HF__ANY__KIND_REF;
        result->ref = reply->object;
        return HF_OK;
    default:
        return HF_INVALID;
    }
}

static const char *op_name(const Hf__Check *check) {
    return types_op_name(check->request->op_case);
}

/* As the object compares its values. */
static hf_status compare(struct call *call, size_t at, const Hf__Check *check,
                         const struct call *checked) {
    const char *name = op_name(check);
    Hf__Any result;
    struct any is;
    struct any expected;
    bool equal = false;
    enum any_equality equality =
        checked->object ? (enum any_equality)checked->object->equality : ANY_BY_KIND;
    hf_status status = result_of(call, checked->reply, &result);
    if (status == HF_INVALID) {
        return call_refuse(call, status, "check %zu: what %s answers is no value", at, name);
    }
    if (status == HF_OK) {
        status = call_view_result(call, &result, &is);
    }
    if (status == HF_OK) {
        status = call_view_result(call, check->equals, &expected);
    }
    if (status == HF_OK) {
        status = any_equal(call->arena, equality, &is, &expected, &equal);
    }
    if (status != HF_OK || equal) {
        return status;
    }
    char text[2][SHOW_BYTES];
    (void)show_any(&is, text[0]);
    (void)show_any(&expected, text[1]);
    return call_refuse(call, HF_MISMATCH, "check %zu: %s is %s, expected %s", at, name, text[0],
                       strcmp(text[0], text[1]) != 0 ? text[1] : "another");
}

static hf_status make(struct call *call, size_t at, const Hf__Check *check) {
    hf_status wanted = (hf_status)check->status;
    if (!only_reads(check->request)) {
        return call_refuse(call, HF_INVALID, "check %zu: not a request that only reads", at);
    }
    hf_status known = call_check_enum(call, &hf__status__descriptor, (int)wanted, "status");
    if (known != HF_OK) {
        return known;
    }
    if (check->equals && wanted != HF_OK) {
        return call_refuse(call, HF_INVALID, "check %zu: expects a refusal, and a value of it", at);
    }
    struct call inner;
    Hf__Reply reply;
    struct told_object *told = call->pending->told;
    call_init_within(&inner, call, check->request, &reply);
    hf_status status = call_run_within(&inner);
    call->pending->told = told; /* nobody is told of what a check finds */
    assert(status != HF_WAIT && !call->pending->answered);
    if (status == HF_NO_MEMORY) {
        return status;
    }
    if (status != wanted) {
        bool why = reply.detail && reply.detail[0];
        return call_refuse(call, HF_MISMATCH, "check %zu: %s is %s%s%s%s, expected %s", at,
                           op_name(check), hf_status_name(status), why ? " (" : "",
                           why ? reply.detail : "", why ? ")" : "", hf_status_name(wanted));
    }
    return check->equals ? compare(call, at, check, &inner) : HF_OK;
}

hf_status check_all(struct call *call, const Hf__Batch *batch) {
    for (size_t i = 0; i < batch->n_checks; i++) {
        struct arena_mark before = arena_mark(call->arena);
        hf_status status = make(call, i, batch->checks[i]);
        if (status != HF_OK) {
            return status;
        }
        arena_rewind(call->arena, before);
    }
    return HF_OK;
}
