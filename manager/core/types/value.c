/* SPDX-License-Identifier: MIT
 *
 * value: one number of a C kind, as multiprocessing.Value. A number that does not fit the kind is
 * refused and changes nothing.
 */
#include "kind.h"
#include "options.h"
#include "undo.h"

struct value {
    struct object object;
    Hf__Kind kind;
    struct any number; /* ANY_BOOL for BOOL, ANY_DOUBLE for F32 and F64, else ANY_INT */
};

static struct value *value_of(struct call *call) {
    return (struct value *)call->object;
}

static hf_status value_init(struct object *object, struct call *call) {
    struct value *value = (struct value *)object;
    const Hf__ValueOpen *in = call->request->value_open;
    Hf__Any zero = {.base = PROTOBUF_C_MESSAGE_INIT(&hf__any__descriptor),
                    .kind_case = HF__ANY__KIND_INT};
    hf_status status = kind_asked(call, in->has_kind, in->kind, &value->kind);
    return status == HF_OK
               ? kind_view(call, value->kind, in->initial ? in->initial : &zero, &value->number)
               : status;
}

static void value_options(const struct object *object, void *open) {
    Hf__ValueOpen *out = open;
    OPTION(out, kind, ((const struct value *)object)->kind);
}

static uint64_t value_describe(const struct object *object, struct text *options) {
    text_add(options, "%s", kind_name(((const struct value *)object)->kind));
    return 0;
}

static void value_decide(struct undo_note *note, bool back) {
    if (back) {
        ((struct value *)note->object)->number = note->value;
    }
}

/* In an atomic batch. Out of line, as it is rare. */
__attribute__((noinline)) static void value_note(struct call *call) {
    undo_take_note(call, value_decide)->value = value_of(call)->number;
}

/* The number is about to change, unless the operation is refused. */
static struct any *value_change(struct call *call) {
    if (call_undo(call)) {
        value_note(call);
    }
    return &value_of(call)->number;
}

/* ---- operations ---- */

static hf_status value_open(struct call *call) {
    const Hf__ValueOpen *in = call->request->value_open;
    Hf__Kind kind = HF__KIND__I64;
    hf_status status = kind_asked(call, in->has_kind, in->kind, &kind);
    return status == HF_OK ? object_open(call, &type_value, in->name, in->mode) : status;
}

static hf_status value_get(struct call *call) {
    return call_answer(call, &value_of(call)->number);
}

static hf_status value_set(struct call *call) {
    struct any number;
    hf_status status =
        kind_view(call, value_of(call)->kind, call->request->value_set->value, &number);
    if (status == HF_OK) {
        *value_change(call) = number;
    }
    return status;
}

static hf_status value_add(struct call *call) {
    const Hf__ValueAdd *in = call->request->value_add;
    return kind_add(call, value_of(call)->kind, value_change(call),
                    (struct kind_addition){in->amount, in->floor, in->ceiling});
}

static hf_status value_compare_and_set(struct call *call) {
    const Hf__ValueCompareAndSet *in = call->request->value_compare_and_set;
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
    .options = value_options,
    .describe = value_describe,
    .without_size = true,
};
