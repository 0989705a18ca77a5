/* SPDX-License-Identifier: MIT */
#include "kind.h"

#include "key.h"
#include "number.h"
#include "show.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct range {
    const char *name;
    size_t size;
    enum any_kind kind;
    int64_t least;
    int64_t most;
};

/* A U64 is passed as the int64 with the same 64 bits, so every int64 fits. */
static const struct range kind_ranges[] = {
    [HF__KIND__BOOL] = {"bool", 1, ANY_BOOL, 0, 1},
    [HF__KIND__CHAR] = {"char", 1, ANY_INT, 0, UINT8_MAX},
    [HF__KIND__I8] = {"i8", 1, ANY_INT, INT8_MIN, INT8_MAX},
    [HF__KIND__I16] = {"i16", 2, ANY_INT, INT16_MIN, INT16_MAX},
    [HF__KIND__I32] = {"i32", 4, ANY_INT, INT32_MIN, INT32_MAX},
    [HF__KIND__I64] = {"i64", 8, ANY_INT, INT64_MIN, INT64_MAX},
    [HF__KIND__U8] = {"u8", 1, ANY_INT, 0, UINT8_MAX},
    [HF__KIND__U16] = {"u16", 2, ANY_INT, 0, UINT16_MAX},
    [HF__KIND__U32] = {"u32", 4, ANY_INT, 0, UINT32_MAX},
    [HF__KIND__U64] = {"u64", 8, ANY_INT, INT64_MIN, INT64_MAX},
    [HF__KIND__F32] = {"f32", 4, ANY_DOUBLE, 0, 0},
    [HF__KIND__F64] = {"f64", 8, ANY_DOUBLE, 0, 0},
    [HF__KIND__ANY] = {"any", 0, ANY_NULL, 0, 0},
};

const char *kind_name(Hf__Kind kind) {
    assert((size_t)kind < sizeof kind_ranges / sizeof kind_ranges[0]);
    return kind_ranges[kind].name;
}

size_t kind_size(Hf__Kind kind) {
    assert((size_t)kind < sizeof kind_ranges / sizeof kind_ranges[0]);
    return kind_ranges[kind].size;
}

hf_status kind_asked(struct call *call, bool given, Hf__Kind wanted, Hf__Kind *kind) {
    *kind = given ? wanted : HF__KIND__I64;
    return call_check_enum(call, &hf__kind__descriptor, (int)*kind, "kind");
}

/* ---- one number ---- */

/* Convert `number` to the kind. */
static hf_status kind_convert(struct call *call, Hf__Kind kind, struct any *number) {
    const struct range *range = &kind_ranges[kind];
    if (number->kind == ANY_BOOL && range->kind != ANY_DOUBLE) {
        *number = (struct any){.kind = ANY_INT, .integer = number->boolean};
    }
    if (range->kind == ANY_DOUBLE && number->kind == ANY_INT) {
        *number = (struct any){.kind = ANY_DOUBLE, .real = (double)number->integer};
    }
    if (number->kind != (range->kind == ANY_DOUBLE ? ANY_DOUBLE : ANY_INT)) {
        char words[SHOW_KIND_BYTES];
        return call_refuse(call, HF_TYPE_ERROR, "%s cannot be a value of kind %s",
                           show_kind(any_kind_name(number), words), range->name);
    }
    if (range->kind == ANY_DOUBLE) {
        if (kind == HF__KIND__F32) {
            if (isfinite(number->real) && isinf((float)number->real)) {
                return call_refuse(call, HF_OUT_OF_RANGE, "%g does not fit kind f32", number->real);
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

hf_status kind_view(struct call *call, Hf__Kind kind, Hf__Any *wire, struct any *number) {
    hf_status status = call_view(call, wire, number);
    return status == HF_OK ? kind_convert(call, kind, number) : status;
}

/* The sum of two u64 is right modulo 2^64; comparing it with an operand shows an overflow. */
static hf_status kind_add_u64(struct call *call, const struct any *number,
                              const struct addition *addition, struct any *sum) {
    uint64_t before = (uint64_t)number->integer;
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

/* An integer kind takes a bool for an int. */
static Hf__Any *kind_int_of(Hf__Any *wire, Hf__Any *integer) {
    if (!wire || wire->kind_case != HF__ANY__KIND_BOOL) {
        return wire;
    }
    *integer = (Hf__Any){.base = PROTOBUF_C_MESSAGE_INIT(&hf__any__descriptor),
                         .kind_case = HF__ANY__KIND_INT,
                         .int_ = wire->bool_ != 0};
    return integer;
}

hf_status kind_add(struct call *call, Hf__Kind kind, struct any *number, struct kind_addition in) {
    struct addition addition;
    struct any sum = {.kind = ANY_NULL};
    Hf__Any integers[3];
    if (kind_ranges[kind].kind == ANY_INT) {
        in.amount = kind_int_of(in.amount, &integers[0]);
        in.floor = kind_int_of(in.floor, &integers[1]);
        in.ceiling = kind_int_of(in.ceiling, &integers[2]);
    }
    hf_status status = number_view_addition(call, in.amount, in.floor, in.ceiling, &addition);
    if (status != HF_OK) {
        return status;
    }
    status = kind == HF__KIND__U64 ? kind_add_u64(call, number, &addition, &sum)
                                   : number_add(call, number, &addition, &sum);
    if (status == HF_OK) {
        status = kind_convert(call, kind, &sum);
    }
    if (status == HF_OK) {
        status = call_answer(call, &sum);
    }
    if (status == HF_OK) {
        *number = sum;
    }
    return status;
}

hf_status kind_compare_and_set(struct call *call, Hf__Kind kind, struct any *number,
                               Hf__Any *expected, Hf__Any *replacement) {
    struct any old;
    struct any new;
    hf_status status = kind_view(call, kind, expected, &old);
    if (status == HF_OK) {
        status = kind_view(call, kind, replacement, &new);
    }
    if (status != HF_OK) {
        return status;
    }
    if (key_order(ANY_BY_KIND, number, &old) != 0) {
        status = call_answer(call, number);
        return status == HF_OK ? HF_MISMATCH : status;
    }
    *number = new;
    return HF_OK;
}

/* ---- memory ---- */

static struct any kind_real_of(double real) {
    return (struct any){.kind = ANY_DOUBLE, .real = real};
}

/* In memory an integer kind is the low bytes of its int64, as C converts it. */
static int64_t kind_load_integer(Hf__Kind kind, const void *from) {
    union {
        int8_t i8;
        int16_t i16;
        int32_t i32;
        int64_t i64;
        uint8_t u8;
        uint16_t u16;
        uint32_t u32;
    } as;
    assert(kind_size(kind) <= sizeof as);
    memcpy(&as, from, kind_size(kind));
    switch ((int)kind) {
    case HF__KIND__I8:
        return as.i8;
    case HF__KIND__I16:
        return as.i16;
    case HF__KIND__I32:
        return as.i32;
    case HF__KIND__U16:
        return as.u16;
    case HF__KIND__U32:
        return as.u32;
    case HF__KIND__I64:
    case HF__KIND__U64:
        return as.i64;
    default:
        return as.u8;
    }
}

struct any kind_load(Hf__Kind kind, const void *from) {
    if (kind == HF__KIND__F32) {
        float real = 0;
        memcpy(&real, from, sizeof real);
        return kind_real_of((double)real);
    }
    if (kind == HF__KIND__F64) {
        double real = 0;
        memcpy(&real, from, sizeof real);
        return kind_real_of(real);
    }
    int64_t integer = kind_load_integer(kind, from);
    return kind == HF__KIND__BOOL ? (struct any){.kind = ANY_BOOL, .boolean = integer != 0}
                                  : (struct any){.kind = ANY_INT, .integer = integer};
}

/* Store the low `size` bytes of an integer. */
static void kind_store_integer(size_t size, int64_t integer, void *to) {
    uint8_t u8 = (uint8_t)integer;
    uint16_t u16 = (uint16_t)integer;
    uint32_t u32 = (uint32_t)integer;
    const void *from = size == sizeof u8    ? (const void *)&u8
                       : size == sizeof u16 ? (const void *)&u16
                       : size == sizeof u32 ? (const void *)&u32
                                            : (const void *)&integer;
    memcpy(to, from, size);
}

void kind_store(Hf__Kind kind, const struct any *number, void *to) {
    assert(number->kind == kind_ranges[kind].kind);
    if (kind == HF__KIND__F32) {
        float real = (float)number->real;
        memcpy(to, &real, sizeof real);
    } else if (kind == HF__KIND__F64) {
        memcpy(to, &number->real, sizeof number->real);
    } else {
        kind_store_integer(kind_size(kind),
                           kind == HF__KIND__BOOL ? number->boolean : number->integer, to);
    }
}
