/* SPDX-License-Identifier: MIT
 *
 * value: one number of a C kind, as multiprocessing.Value. A number that does not fit the kind is
 * refused and changes nothing. A value of the kind ANY is any value, also a nested one.
 */
#include "kind.h"
#include "options.h"
#include "undo.h"

#include <assert.h>

struct value {
    struct object object;
    Hf__Kind kind;
    struct any content; /* kept; unless the kind is ANY, a number of it (kind.h) */
};

static struct value *value_of(struct call *call) {
    return (struct value *)call->object;
}

static bool value_is_any(struct call *call) {
    return value_of(call)->kind == HF__KIND__ANY;
}

static hf_status value_init(struct object *object, struct call *call) {
    struct value *value = (struct value *)object;
    const Hf__ValueOpen *in = call->request->value_open;
    struct any view;
    Hf__Any zero = {.base = PROTOBUF_C_MESSAGE_INIT(&hf__any__descriptor),
                    .kind_case = HF__ANY__KIND_INT};
    hf_status status = kind_asked(call, in->has_kind, in->kind, &value->kind);
    if (status == HF_OK && value->kind == HF__KIND__ANY) {
        return call_keep(call, in->initial, &value->content);
    }
    if (status == HF_OK) {
        status = kind_view(call, value->kind, in->initial ? in->initial : &zero, &view);
    }
    if (status == HF_OK) {
        value->content = view;
    }
    return status;
}

static void value_fini(struct object *object) {
    any_drop(object->registry, &((struct value *)object)->content);
}

static void value_options(const struct object *object, void *open) {
    Hf__ValueOpen *out = open;
    OPTION(out, kind, ((const struct value *)object)->kind);
}

static uint64_t value_describe(const struct object *object, struct text *options) {
    text_add(options, "%s", kind_name(((const struct value *)object)->kind));
    return 0;
}

/* ---- changes ---- */

static void value_decide(struct undo_note *note, bool back) {
    struct value *value = (struct value *)note->object;
    if (back) {
        any_drop(value->object.registry, &value->content);
        value->content = note->value;
    } else {
        any_drop(value->object.registry, &note->value);
    }
}

/* In an atomic batch. Out of line, as it is rare. */
__attribute__((noinline)) static void value_note(struct call *call) {
    undo_take_note(call, value_decide)->value = value_of(call)->content;
}

/* The number is about to change, unless the operation is refused. */
static struct any *value_change(struct call *call) {
    assert(!value_is_any(call)); /* a number owns nothing, so it may be there twice */
    if (call_undo(call)) {
        value_note(call);
    }
    return &value_of(call)->content;
}

/* Of the kind ANY: put a copy in the place of what is there. */
static hf_status value_replace(struct call *call, Hf__Any *wire) {
    struct value *value = value_of(call);
    struct any kept;
    hf_status status = call_keep(call, wire, &kept);
    if (status != HF_OK) {
        return status;
    }
    if (call_undo(call)) {
        value_note(call);
    } else {
        any_drop(call->registry, &value->content);
    }
    value->content = kept;
    return HF_OK;
}

/* ---- operations ---- */

static hf_status value_open(struct call *call) {
    const Hf__ValueOpen *in = call->request->value_open;
    Hf__Kind kind = HF__KIND__I64;
    hf_status status = kind_asked(call, in->has_kind, in->kind, &kind);
    return status == HF_OK ? object_open(call, &type_value, in->name, in->mode) : status;
}

static hf_status value_get(struct call *call) {
    return call_answer(call, &value_of(call)->content);
}

static hf_status value_set(struct call *call) {
    Hf__Any *wire = call->request->value_set->value;
    struct any number;
    if (value_is_any(call)) {
        return value_replace(call, wire);
    }
    hf_status status = kind_view(call, value_of(call)->kind, wire, &number);
    if (status == HF_OK) {
        *value_change(call) = number;
    }
    return status;
}

static hf_status value_add(struct call *call) {
    const Hf__ValueAdd *in = call->request->value_add;
    if (value_is_any(call)) {
        return call_refuse(call, HF_TYPE_ERROR, "nothing can be added to a value of kind any");
    }
    return kind_add(call, value_of(call)->kind, value_change(call),
                    (struct kind_addition){in->amount, in->floor, in->ceiling});
}

static hf_status value_compare_any(struct call *call) {
    const Hf__ValueCompareAndSet *in = call->request->value_compare_and_set;
    const struct any *content = &value_of(call)->content;
    struct any expected;
    bool equal = false;
    hf_status status = call_view(call, in->expected, &expected);
    if (status == HF_OK) {
        status = any_equal(call->arena, ANY_BY_KIND, content, &expected, &equal);
    }
    if (status != HF_OK || equal) {
        return status == HF_OK ? value_replace(call, in->replacement) : status;
    }
    status = call_answer(call, content);
    return status == HF_OK ? HF_MISMATCH : status;
}

static hf_status value_compare_and_set(struct call *call) {
    const Hf__ValueCompareAndSet *in = call->request->value_compare_and_set;
    if (value_is_any(call)) {
        return value_compare_any(call);
    }
    return kind_compare_and_set(call, value_of(call)->kind, value_change(call), in->expected,
                                in->replacement);
}

static const struct op value_ops[] = {
    {HF__REQUEST__OP_VALUE_OPEN, value_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_VALUE_GET, value_get, OP_READS, 0},
    {HF__REQUEST__OP_VALUE_SET, value_set, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_VALUE_ADD, value_add, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_VALUE_COMPARE_AND_SET, value_compare_and_set, OP_CHANGES | OP_UNDOES, 0},
};

const struct type type_value = {
    .tag = HF__TYPE__VALUE,
    .name = "value",
    .object_size = sizeof(struct value),
    TYPE_OPS(value_ops),
    .init = value_init,
    .fini = value_fini,
    .options = value_options,
    .describe = value_describe,
    .without_size = true,
};
