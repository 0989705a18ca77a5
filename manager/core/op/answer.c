/* SPDX-License-Identifier: MIT
 *
 * What operations use to read their request and to build their reply: see object.h.
 */
#include "object.h"
#include "registry.h"
#include "wire_limits.h"

#include <stdarg.h>

enum { VALUE_FRAMING = 12 }; /* tags and lengths around a value in a reply */

hf_status call_refuse(struct call *call, hf_status status, const char *format, ...) {
    char detail[HF_DETAIL_MAX_BYTES];
    struct text text = text_in(detail, sizeof detail);
    va_list arguments;
    va_start(arguments, format);
    text_add_args(&text, format, arguments);
    va_end(arguments);
    call->reply->detail = arena_copy(&call->arena, detail, text.len);
    return status;
}

struct refer_context {
    struct call *call;
    bool failed;
};

/* Who is told of an unnamed object keeps it alive from then on. */
static void refer(void *context, uint64_t ref) {
    struct refer_context *refer = context;
    struct object *object = registry_find(refer->call->registry, ref);
    if (object && !owner_refer(refer->call->owner, object)) {
        refer->failed = true;
    }
}

/* If not, no room is left, and the batch ends. */
bool call_reserve(struct call *call, size_t bytes) {
    if (!call->copies) {
        return true;
    }
    call->room = bytes < call->room ? call->room - bytes : 0;
    return call->room > 0;
}

/* Before it is taken out of its object, or nobody would ever see it again. */
static bool has_room(struct call *call, const Hf__Any *wire) {
    return !call->copies || call_reserve(call, hf__any__get_packed_size(wire) + VALUE_FRAMING);
}

Hf__Any *call_wire(struct call *call, const struct any *any) {
    struct refer_context context = {call, false};
    any_each_ref(any, refer, &context);
    Hf__Any *wire = context.failed ? NULL : any_to_wire(&call->arena, any, call->copies);
    return wire && has_room(call, wire) ? wire : NULL;
}

hf_status call_answer(struct call *call, const struct any *any) {
    Hf__Any *wire = call_wire(call, any);
    if (!wire) {
        return HF_NO_MEMORY;
    }
    call->reply->result_case = HF__REPLY__RESULT_VALUE;
    call->reply->value = wire;
    return HF_OK;
}

hf_status call_answer_count(struct call *call, uint64_t count) {
    call->reply->result_case = HF__REPLY__RESULT_COUNT;
    call->reply->count = count;
    return HF_OK;
}

hf_status call_answer_truth(struct call *call, bool truth) {
    call->reply->result_case = HF__REPLY__RESULT_TRUTH;
    call->reply->truth = truth;
    return HF_OK;
}

struct any *call_keepsake(struct call *call) {
    struct keepsake *keepsake = arena_zeroed(&call->arena, 1, sizeof *keepsake);
    if (!keepsake) {
        return NULL;
    }
    keepsake->next = call->keepsakes;
    call->keepsakes = keepsake;
    return &keepsake->any;
}

hf_status call_view(struct call *call, const Hf__Any *wire, struct any *view) {
    hf_status status = any_view(&call->arena, wire, view);
    if (status == HF_INVALID) {
        return call_refuse(call, status,
                           "a string that is not UTF-8, or a map key that is no scalar or comes "
                           "twice");
    }
    if (status == HF_TOO_BIG) {
        return call_refuse(call, status, "values nest at most %u deep", HF_VALUE_MAX_DEPTH);
    }
    return status;
}

hf_status call_view_key(struct call *call, const Hf__Any *wire, struct any *key) {
    hf_status status = call_view(call, wire, key);
    if (status != HF_OK) {
        return status;
    }
    if (!any_is_scalar(key)) {
        return call_refuse(call, HF_TYPE_ERROR, "a %s cannot be a key", any_kind_name(key));
    }
    if ((key->kind == ANY_STRING || key->kind == ANY_BYTES) && key->len > HF_KEY_MAX_BYTES) {
        return call_refuse(call, HF_TOO_BIG, "a key has at most %u bytes", HF_KEY_MAX_BYTES);
    }
    return HF_OK;
}

hf_status call_keep(struct call *call, const Hf__Any *wire, struct any *kept) {
    struct any view;
    hf_status status = call_view(call, wire, &view);
    return status == HF_OK ? any_keep(call->registry, &view, kept) : status;
}
