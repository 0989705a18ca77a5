/* SPDX-License-Identifier: MIT
 *
 * value: one number of a C kind, as multiprocessing.Value. What does not fit the kind is refused
 * and changes nothing.
 */
#include "number.h"
#include "object.h"

#include <assert.h>
#include <math.h>

struct value {
    struct object object;
    Hf__Kind kind;
    struct any number; /* ANY_BOOL for BOOL, ANY_DOUBLE for F32 and F64, else ANY_INT */
};

struct range {
    const char *name;
    enum any_kind kind;
    int64_t least;
    int64_t most;
};

/* U64 uses all 64 bits, passed as the int64 with the same ones, so every int64 fits. */
static const struct range ranges[] = {
    [HF__KIND__BOOL] = {"bool", ANY_BOOL, 0, 1},
    [HF__KIND__CHAR] = {"char", ANY_INT, 0, UINT8_MAX},
    [HF__KIND__I8] = {"i8", ANY_INT, INT8_MIN, INT8_MAX},
    [HF__KIND__I16] = {"i16", ANY_INT, INT16_MIN, INT16_MAX},
    [HF__KIND__I32] = {"i32", ANY_INT, INT32_MIN, INT32_MAX},
    [HF__KIND__I64] = {"i64", ANY_INT, INT64_MIN, INT64_MAX},
    [HF__KIND__U8] = {"u8", ANY_INT, 0, UINT8_MAX},
    [HF__KIND__U16] = {"u16", ANY_INT, 0, UINT16_MAX},
    [HF__KIND__U32] = {"u32", ANY_INT, 0, UINT32_MAX},
    [HF__KIND__U64] = {"u64", ANY_INT, INT64_MIN, INT64_MAX},
    [HF__KIND__F32] = {"f32", ANY_DOUBLE, 0, 0},
    [HF__KIND__F64] = {"f64", ANY_DOUBLE, 0, 0},
};

static struct value *value_of(struct call *call) {
    return (struct value *)call->object;
}

/* Make `number` one of this kind: a bool is 0 or 1, an int can be a double, nothing else converts.
 */
static hf_status convert(struct call *call, Hf__Kind kind, struct any *number) {
    const struct range *range = &ranges[kind];
    if (number->kind == ANY_BOOL) {
        *number = (struct any){.kind = ANY_INT, .integer = number->boolean};
    }
    if (range->kind == ANY_DOUBLE && number->kind == ANY_INT) {
        *number = (struct any){.kind = ANY_DOUBLE, .real = (double)number->integer};
    }
    if (number->kind != (range->kind == ANY_DOUBLE ? ANY_DOUBLE : ANY_INT)) {
        return call_refuse(call, HF_TYPE_ERROR, "a %s cannot be a value of kind %s",
                           any_kind_name(number), range->name);
    }
    if (range->kind == ANY_DOUBLE) {
        if (kind == HF__KIND__F32) {
            if (isfinite(number->real) && isinf((float)number->real)) {
                return call_refuse(call, HF_OUT_OF_RANGE, "does not fit kind f32");
            }
            number->real = (float)number->real;
        }
        return HF_OK;
    }
    if (number->integer < range->least || number->integer > range->most) {
        return call_refuse(call, HF_OUT_OF_RANGE, "%lld does not fit kind %s",
                           (long long)number->integer, range->name);
    }
    if (range->kind == ANY_BOOL) {
        *number = (struct any){.kind = ANY_BOOL, .boolean = number->integer != 0};
    }
    return HF_OK;
}

static hf_status view_number(struct call *call, const Hf__Any *wire, struct any *number) {
    hf_status status = call_view(call, wire, number);
    return status == HF_OK ? convert(call, value_of(call)->kind, number) : status;
}

static Hf__Kind kind_asked(const Hf__ValueOpen *in) {
    return in->has_kind ? in->kind : HF__KIND__I64;
}

static hf_status init(struct object *object, struct call *call) {
    struct value *value = (struct value *)object;
    const Hf__ValueOpen *in = call->request->value_open;
    value->kind = kind_asked(in);
    value->number = (struct any){.kind = ANY_INT, .integer = 0};
    if (in->initial) {
        hf_status status = call_view(call, in->initial, &value->number);
        if (status != HF_OK) {
            return status;
        }
    }
    return convert(call, value->kind, &value->number);
}

static bool matches(const struct object *object, struct call *call) {
    return ((const struct value *)object)->kind == kind_asked(call->request->value_open);
}

static void describe(const struct object *object, struct call *call, Hf__Description *description) {
    const struct value *value = (const struct value *)object;
    description->options = arena_copy(&call->arena, ranges[value->kind].name,
                                      __builtin_strlen(ranges[value->kind].name));
}

/* ---- operations ---- */

static hf_status open(struct call *call) {
    const Hf__ValueOpen *in = call->request->value_open;
    if (in->has_kind &&
        !protobuf_c_enum_descriptor_get_value(&hf__kind__descriptor, (int)in->kind)) {
        return call_refuse(call, HF_INVALID, "no kind has the number %d", (int)in->kind);
    }
    return object_open(call, &type_value, in->name, in->mode);
}

static hf_status get(struct call *call) {
    return call_answer(call, &value_of(call)->number);
}

static hf_status set(struct call *call) {
    struct any number;
    hf_status status = view_number(call, call->request->value_set->value, &number);
    if (status == HF_OK) {
        value_of(call)->number = number;
    }
    return status;
}

/* The sum of two u64 is right modulo 2^64; whether it passed the end shows in the carry. */
static hf_status add_u64(struct call *call, const struct addition *addition, struct any *sum) {
    uint64_t before = (uint64_t)value_of(call)->number.integer;
    int64_t amount = addition->amount.integer;
    uint64_t after = before + (uint64_t)amount;
    if (addition->amount.kind != ANY_INT) {
        return call_refuse(call, HF_TYPE_ERROR, "a double cannot be added to a u64");
    }
    if (addition->floor.kind == ANY_DOUBLE || addition->ceiling.kind == ANY_DOUBLE) {
        return call_refuse(call, HF_TYPE_ERROR, "a bound of a u64 must be an int");
    }
    if (amount < 0 ? after > before : after < before) {
        return call_refuse(call, HF_OUT_OF_RANGE, "the sum does not fit kind u64");
    }
    if ((addition->floor.kind == ANY_INT && after < (uint64_t)addition->floor.integer) ||
        (addition->ceiling.kind == ANY_INT && after > (uint64_t)addition->ceiling.integer)) {
        return call_refuse(call, HF_OUT_OF_RANGE, "the sum would pass a bound");
    }
    *sum = (struct any){.kind = ANY_INT, .integer = (int64_t)after};
    return HF_OK;
}

static hf_status add(struct call *call) {
    const Hf__ValueAdd *in = call->request->value_add;
    struct value *value = value_of(call);
    struct addition addition;
    struct any sum = {.kind = ANY_NULL};
    hf_status status = number_view_addition(call, in->amount, in->floor, in->ceiling, &addition);
    if (status != HF_OK) {
        return status;
    }
    status = value->kind == HF__KIND__U64 ? add_u64(call, &addition, &sum)
                                          : number_add(call, &value->number, &addition, &sum);
    if (status == HF_OK) {
        status = convert(call, value->kind, &sum);
    }
    if (status == HF_OK) {
        status = call_answer(call, &sum);
    }
    if (status == HF_OK) {
        value->number = sum;
    }
    return status;
}

static hf_status compare_and_set(struct call *call) {
    const Hf__ValueCompareAndSet *in = call->request->value_compare_and_set;
    struct value *value = value_of(call);
    struct any expected;
    struct any replacement;
    hf_status status = view_number(call, in->expected, &expected);
    if (status == HF_OK) {
        status = view_number(call, in->replacement, &replacement);
    }
    if (status != HF_OK) {
        return status;
    }
    if (!any_equal(&value->number, &expected)) {
        status = call_answer(call, &value->number);
        return status == HF_OK ? HF_MISMATCH : status;
    }
    value->number = replacement;
    return HF_OK;
}

static const struct op ops[] = {
    {HF__REQUEST__OP_VALUE_OPEN, open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_VALUE_GET, get, OP_READS, 0},
    {HF__REQUEST__OP_VALUE_SET, set, OP_CHANGES, 0},
    {HF__REQUEST__OP_VALUE_ADD, add, OP_CHANGES, 0},
    {HF__REQUEST__OP_VALUE_COMPARE_AND_SET, compare_and_set, OP_CHANGES, 0},
};

const struct type type_value = {
    .tag = HF__TYPE__VALUE,
    .name = "value",
    .object_size = sizeof(struct value),
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .init = init,
    .matches = matches,
    .describe = describe,
};
