/* SPDX-License-Identifier: MIT
 *
 * How operations read their request and build their reply: see object.h.
 */
#include "object.h"

#include "family.h"
#include "key.h"
#include "registry.h"
#include "show.h"
#include "wire_limits.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

hf_status call_refuse(struct call *call, hf_status status, const char *format, ...) {
    char detail[HF_DETAIL_MAX_BYTES];
    struct text text = text_in(detail, sizeof detail);
    assert(!hf_ok(status) && status != HF_WAIT);
    va_list arguments;
    va_start(arguments, format);
    text_add_args(&text, format, arguments);
    va_end(arguments);
    call->reply->detail = arena_copy(call->arena, detail, text.len);
    return status;
}

/* Whether the call waits at the object that had this id. */
static bool waited_for(const struct call *call, uint64_t id) {
    const struct pending *pending = call->pending;
    for (size_t i = 0; i < pending->waiter_count; i++) {
        if (pending->waiters[i].object->id == id) {
            return true;
        }
    }
    return false;
}

hf_status call_refuse_id(struct call *call, uint64_t id) {
    if (waited_for(call, id)) {
        return HF_DELETED;
    }
    if (id == 0) {
        return call_refuse(call, HF_NO_OBJECT, "the request names no object: an id is absent or 0");
    }
    return call_refuse(call, HF_NO_OBJECT,
                       registry_is_past_id(call->registry, id)
                           ? "no object has the id %llu: the manager was restarted since; open the "
                             "object again by its name"
                           : "no object has the id %llu: it was deleted, or the manager has been "
                             "started again since; open it by its name",
                       (unsigned long long)id);
}

hf_status call_check_enum(struct call *call, const ProtobufCEnumDescriptor *descriptor, int number,
                          const char *what) {
    return protobuf_c_enum_descriptor_get_value(descriptor, number)
               ? HF_OK
               : call_refuse(call, HF_INVALID, "no %s has the number %d", what, number);
}

struct refer_context {
    struct call *call;
    bool failed;
};

/* From here on the family refers to it; the reply is counted when it is sent. */
bool call_tell_object(struct call *call, struct object *object) {
    if (object->name || object->deleted) {
        return true;
    }
    struct told_object *told = arena_alloc(call->arena, sizeof *told);
    if (!told || !family_refer(family_of(call), object)) {
        return false;
    }
    *told = (struct told_object){call->pending->told, object->id};
    call->pending->told = told;
    return true;
}

/* A session keeps an unnamed object alive from the reply on that refers to it. */
static void refer(void *context, uint64_t ref) {
    struct refer_context *refer = context;
    struct object *object = registry_find(refer->call->registry, ref);
    if (object && !call_tell_object(refer->call, object)) {
        refer->failed = true;
    }
}

bool call_tell_refs(struct call *call, const struct any *any) {
    struct refer_context context = {call, false};
    any_each_ref(any, refer, &context);
    return !context.failed;
}

Hf__Any *call_wire(struct call *call, const struct any *any) {
    return call_tell_refs(call, any) ? any_to_wire(call->arena, any) : NULL;
}

size_t call_answer_max(const struct call *call) {
    size_t left = call->room ? call->room->left : registry_reply_max_bytes(call->registry);
    return left > HF_REPLY_OVERHEAD_BYTES ? left - HF_REPLY_OVERHEAD_BYTES : 0;
}

size_t call_gather_max(const struct call *call) {
    size_t most = call_answer_max(call);
    return most < HF_GATHER_MAX_BYTES ? most : HF_GATHER_MAX_BYTES;
}

static hf_status refuse_answer(struct call *call, hf_status status) {
    call->reply->result_case = HF__REPLY__RESULT__NOT_SET;
    return status == HF_TOO_BIG
               ? call_refuse(call, status, "the replies of the batch would not fit a frame")
               : status;
}

hf_status call_reserve(struct call *call, size_t len) {
    struct reply_room *room = call->room;
    assert(room && call->pending->state == PENDING_RUNNING);
    if (len > call_answer_max(call)) {
        return refuse_answer(call, HF_TOO_BIG);
    }
    if (len + HF_REPLY_OVERHEAD_BYTES > room->len) {
        uint8_t *bytes = arena_alloc(call->arena, len + HF_REPLY_OVERHEAD_BYTES);
        if (!bytes) {
            return refuse_answer(call, HF_NO_MEMORY);
        }
        room->bytes = bytes;
        room->len = len + HF_REPLY_OVERHEAD_BYTES;
    }
    return HF_OK;
}

hf_status call_reserve_message(struct call *call, const void *message) {
    return call_reserve(call, protobuf_c_message_get_packed_size(message));
}

/* The kinds of a mask in words: "int or double". */
static void add_expected(struct text *text, uint32_t mask) {
    const char *between = "";
    for (unsigned kind = ANY_NULL; kind < ANY_KINDS; kind++) {
        if (mask & (1u << kind) && any_is_kind(kind)) {
            const struct any any = {.kind = (uint8_t)kind};
            text_add(text, "%s%s", between, any_kind_name(&any));
            between = " or ";
        }
    }
    if (mask & HF__EXPECT__EXPECT_TEXT) {
        text_add(text, "%sstring", between);
    }
}

hf_status call_check_expected(struct call *call, const struct any *any) {
    static_assert(HF__EXPECT__EXPECT_NULL == 1u << ANY_NULL &&
                      HF__EXPECT__EXPECT_REF == 1u << ANY_REF &&
                      HF__EXPECT__EXPECT_OPAQUE == 1u << ANY_OPAQUE,
                  "the bits are those of the kinds");
    uint32_t mask = call->request->expect;
    if (mask & (1u << any->kind)) {
        return HF_OK;
    }
    if (any->kind == ANY_STRING && mask & HF__EXPECT__EXPECT_TEXT) {
        bool is_text = any->len == 0 || !memchr(any->bytes, 0, any->len);
        return is_text ? HF_OK : call_refuse(call, HF_TYPE_ERROR, "the string contains NUL");
    }
    char words[128];
    struct text text = text_in(words, sizeof words);
    add_expected(&text, mask);
    return call_refuse(call, HF_TYPE_ERROR, "the value is of the kind %s%s%s", any_kind_name(any),
                       text.len > 0 ? ", not " : ", and expect names no kind", words);
}

hf_status call_answer(struct call *call, const struct any *any) {
    hf_status status = call_expect(call, any);
    if (status != HF_OK) {
        return status;
    }
    Hf__Any *wire = call_wire(call, any);
    return wire ? call_answer_message(call, HF__REPLY__RESULT_VALUE, wire) : HF_NO_MEMORY;
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

struct any *call_release_after_reply(struct call *call) {
    struct answered_value *answered = arena_zeroed(call->arena, 1, sizeof *answered);
    if (!answered) {
        return NULL;
    }
    answered->next = call->pending->answered;
    call->pending->answered = answered;
    return &answered->any;
}

static hf_status explain_view(struct call *call, hf_status status) {
    if (status == HF_INVALID) {
        return call_refuse(call, status,
                           "a string that is not UTF-8, a map key that cannot be one or comes "
                           "twice, a big that is not in its shortest form or fits an int, or an "
                           "opaque value whose tag is not of 1 to %u bytes",
                           HF_TAG_MAX_BYTES);
    }
    if (status == HF_PROTOCOL) {
        return call_refuse(call, HF_INVALID,
                           "a list, tuple, map or opaque value is not a packed AnyList, AnyMap or "
                           "Opaque");
    }
    if (status == HF_TOO_BIG) {
        return call_refuse(call, status, "values nest at most %u deep", HF_VALUE_MAX_DEPTH);
    }
    return status;
}

hf_status call_view(struct call *call, Hf__Any *wire, struct any *view) {
    return explain_view(call, any_view(call->arena, wire, view));
}

hf_status call_view_result(struct call *call, Hf__Any *wire, struct any *view) {
    return explain_view(call, any_view_result(call->arena, wire, view));
}

hf_status call_view_key(struct call *call, Hf__Any *wire, struct any *key) {
    hf_status status = call_view(call, wire, key);
    if (status != HF_OK) {
        return status;
    }
    if (!key_is_possible(key)) {
        char words[SHOW_KIND_BYTES];
        return call_refuse(call, HF_TYPE_ERROR, "%s cannot be a key%s",
                           show_kind(any_kind_name(key), words),
                           key->kind == ANY_TUPLE ? ", as something in it cannot be one" : "");
    }
    if (key->len > HF_KEY_MAX_BYTES) {
        return call_refuse(call, HF_TOO_BIG, "a key has at most %u bytes", HF_KEY_MAX_BYTES);
    }
    return HF_OK;
}

hf_status call_keep(struct call *call, Hf__Any *wire, struct any *kept) {
    struct any view;
    hf_status status = call_view(call, wire, &view);
    return status == HF_OK ? any_keep(call->registry, &view, kept) : status;
}

/* ---- time to live ---- */

int64_t call_due_in(struct call *call, uint64_t ttl_ms) {
    if (ttl_ms == 0) {
        (void)call_refuse(call, HF_INVALID,
                          "a time to live is at least 1 ms; without one, it lives "
                          "on");
        return LIFETIME_REFUSED;
    }
    int64_t due_ms = registry_due_ms(call->registry, ttl_ms);
    return due_ms < INT64_MAX ? due_ms : INT64_MAX - 1; /* which is a time, and not never */
}
