/* SPDX-License-Identifier: MIT
 *
 * See any.h. Recursion is bounded: any_view() refuses a value that is nested deeper than
 * HF_VALUE_MAX_DEPTH (and one level for a list of such values), and all other functions see only
 * values that it has accepted.
 */
#include "any.h"

#include "big.h"
#include "deferred.h"
#include "key.h"
#include "map.h"
#include "mem.h"
#include "nested.h"
#include "registry.h"
#include "utf8.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const char *const any_kind_names[ANY_KINDS] = {
    [ANY_NULL] = "null",     [ANY_BOOL] = "bool",       [ANY_INT] = "int",
    [ANY_DOUBLE] = "double", [ANY_STRING] = "string",   [ANY_BYTES] = "bytes",
    [ANY_LIST] = "list",     [ANY_MAP] = "map",         [ANY_REF] = "ref",
    [ANY_TUPLE] = "tuple",   [ANY_BIG] = "big integer", [ANY_OPAQUE] = "opaque value"};

bool any_is_kind(unsigned kind) {
    return kind < ANY_KINDS && any_kind_names[kind];
}

const char *any_kind_name(const struct any *any) {
    assert(any_is_kind(any->kind));
    return any_kind_names[any->kind];
}

/* Whether it has values in it. */
static bool any_is_nested(const struct any *any) {
    return any->kind == ANY_LIST || any->kind == ANY_MAP || any->kind == ANY_TUPLE;
}

static bool any_has_bytes(const struct any *any) {
    return any->kind >= ANY_STRING && any->kind != ANY_REF;
}

/* ---- from the wire ---- */

static hf_status any_view_bytes(enum any_kind kind, ProtobufCBinaryData data, struct any *out) {
    if (data.len > UINT32_MAX) {
        return HF_TOO_BIG;
    }
    if (kind == ANY_STRING && !utf8_valid(data.data, data.len)) {
        return HF_INVALID;
    }
    if (kind == ANY_BIG && !big_is_canonical((struct big){data.data, data.len})) {
        return HF_INVALID;
    }
    *out = (struct any){.kind = (uint8_t)kind, .len = (uint32_t)data.len};
    out->bytes = data.len ? (char *)data.data : NULL;
    return HF_OK;
}

/* `depth` is that of a packed value itself. */
static hf_status any_view_at(struct arena *arena, Hf__Any *wire, unsigned depth, struct any *out) {
    static_assert((int)ANY_LIST == (int)HF__ANY__KIND_LIST &&
                      (int)ANY_OPAQUE == (int)HF__ANY__KIND_OPAQUE,
                  "the kinds are those of the wire");
    *out = (struct any){.kind = ANY_NULL};
    switch (wire ? wire->kind_case : HF__ANY__KIND__NOT_SET) {
    case HF__ANY__KIND_BOOL:
        *out = (struct any){.kind = ANY_BOOL, .boolean = wire->bool_ != 0};
        return HF_OK;
    case HF__ANY__KIND_INT:
        *out = (struct any){.kind = ANY_INT, .integer = wire->int_};
        return HF_OK;
    case HF__ANY__KIND_DOUBLE:
        *out = (struct any){.kind = ANY_DOUBLE, .real = wire->double_};
        return HF_OK;
    case HF__ANY__KIND_STRING:
        return any_view_bytes(ANY_STRING, wire->string, out);
    case HF__ANY__KIND_BYTES:
        return any_view_bytes(ANY_BYTES, wire->bytes, out);
    case HF__ANY__KIND_LIST:
        return nested_view(arena, ANY_LIST, &wire->list, depth, out);
    case HF__ANY__KIND_MAP:
        return nested_view(arena, ANY_MAP, &wire->map, depth, out);
    case HF__ANY__KIND_REF:
        *out = (struct any){.kind = ANY_REF, .ref = wire->ref->id};
        return HF_OK;
    case HF__ANY__KIND_TUPLE:
        return nested_view(arena, ANY_TUPLE, &wire->tuple, depth, out);
    case HF__ANY__KIND_BIG:
        return any_view_bytes(ANY_BIG, wire->big, out);
    case HF__ANY__KIND_OPAQUE:
        return nested_view(arena, ANY_OPAQUE, &wire->opaque, depth, out);
    case HF__ANY__KIND__NOT_SET:
    case _HF__ANY__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return HF_OK;
}

hf_status any_view(struct arena *arena, Hf__Any *wire, struct any *out) {
    return any_view_at(arena, wire, 1, out);
}

hf_status any_view_result(struct arena *arena, Hf__Any *wire, struct any *out) {
    return any_view_at(arena, wire, 0, out);
}

/* ---- keeping ---- */

static hf_status any_keep_bytes(const struct any *any, struct any *kept) {
    if (any->len > 0) {
        kept->bytes = mem_resize(NULL, any->len);
        if (!kept->bytes) {
            *kept = (struct any){.kind = ANY_NULL};
            return HF_NO_MEMORY;
        }
        memcpy(kept->bytes, any->bytes, any->len);
    }
    return HF_OK;
}

static void any_count_ref(void *count, uint64_t ref) {
    (void)ref;
    ++*(size_t *)count;
}

/* The references of a kept packed value lie here, behind its bytes. */
static size_t any_refs_offset(uint32_t len) {
    const size_t alignment = _Alignof(struct any_refs);
    return ((size_t)len + alignment - 1) / alignment * alignment;
}

struct any_referring {
    struct registry *registry;
    struct any_refs *refs;
};

static void any_refer(void *context, uint64_t ref) {
    struct any_referring *referring = context;
    if (registry_refer(referring->registry, ref)) {
        referring->refs->ids[referring->refs->count++] = ref;
    }
}

static hf_status any_keep_packed(struct registry *registry, const struct any *any,
                                 struct any *kept) {
    size_t count = 0;
    size_t offset = any_refs_offset(any->len);
    any_each_ref(any, any_count_ref, &count);
    if (count == 0) {
        kept->counted = false;
        return any_keep_bytes(any, kept);
    }
    struct any_refs *refs = NULL;
    kept->bytes = mem_resize(NULL, offset + sizeof *refs + count * sizeof refs->ids[0]);
    if (!kept->bytes) {
        *kept = (struct any){.kind = ANY_NULL};
        return HF_NO_MEMORY;
    }
    memcpy(kept->bytes, any->bytes, any->len);
    refs = (void *)(kept->bytes + offset);
    *refs = (struct any_refs){.block = kept->bytes};
    any_each_ref(any, any_refer, &(struct any_referring){registry, refs});
    kept->counted = true;
    return HF_OK;
}

hf_status any_keep(struct registry *registry, const struct any *any, struct any *kept) {
    *kept = *any;
    switch ((enum any_kind)any->kind) {
    case ANY_STRING:
    case ANY_BYTES:
    case ANY_BIG:
        return any_keep_bytes(any, kept);
    case ANY_LIST:
    case ANY_MAP:
    case ANY_TUPLE:
    case ANY_OPAQUE:
        return any_keep_packed(registry, any, kept);
    case ANY_REF:
        kept->counted = registry_refer(registry, any->ref);
        return HF_OK;
    case ANY_NULL:
    case ANY_BOOL:
    case ANY_INT:
    case ANY_DOUBLE:
        return HF_OK;
    }
    return HF_OK;
}

void any_drop(struct registry *registry, struct any *kept) {
    assert(any_is_kind(kept->kind));
    if (any_has_bytes(kept)) {
        if (kept->counted) {
            deferred_free_refs(registry, (void *)(kept->bytes + any_refs_offset(kept->len)));
        } else {
            deferred_free_any(registry, kept->bytes, kept->len);
        }
    } else if (kept->kind == ANY_REF && kept->counted) {
        registry_unrefer(registry, kept->ref);
    }
    *kept = (struct any){.kind = ANY_NULL};
}

static void any_each_ref_in_opaque(const struct any *any,
                                   void (*visit)(void *context, uint64_t ref), void *context) {
    struct packed rest = nested_begin(any);
    uint64_t ref = 0;
    while (packed_next_ref(&rest, &ref) == PACKED_ITEM) {
        visit(context, ref);
    }
}

static void any_each_ref_in_map(const struct any *map, void (*visit)(void *context, uint64_t ref),
                                void *context) {
    struct packed rest = nested_begin(map);
    struct packed_any pair[2];
    while (nested_next_pair(&rest, &pair[0], &pair[1])) {
        for (size_t i = 0; i < 2; i++) {
            const struct any part = nested_any(&pair[i], true);
            any_each_ref(&part, visit, context);
        }
    }
}

static void any_each_ref_in_list(const struct any *list, void (*visit)(void *context, uint64_t ref),
                                 void *context) {
    struct packed rest = nested_begin(list);
    struct any item;
    while (nested_next(list, &rest, &item)) {
        any_each_ref(&item, visit, context);
    }
}

void any_each_ref(const struct any *any, void (*visit)(void *context, uint64_t ref),
                  void *context) {
    if (any->kind == ANY_REF) {
        visit(context, any->ref);
    } else if (any->counted && any->kind == ANY_OPAQUE) {
        any_each_ref_in_opaque(any, visit, context);
    } else if (any->counted && any->kind == ANY_MAP) {
        any_each_ref_in_map(any, visit, context);
    } else if (any->counted && any_is_nested(any)) {
        any_each_ref_in_list(any, visit, context);
    }
}

/* ---- to the wire ---- */

static Hf__Ref *any_wire_ref(struct arena *arena, const struct any *any) {
    Hf__Ref *ref = arena_alloc(arena, sizeof *ref);
    if (ref) {
        hf__ref__init(ref);
        ref->id = any->ref;
    }
    return ref;
}

Hf__Any *any_to_wire(struct arena *arena, const struct any *any) {
    Hf__Any *wire = arena_alloc(arena, sizeof *wire);
    if (!wire) {
        return NULL;
    }
    hf__any__init(wire);
    wire->kind_case = (Hf__Any__KindCase)any->kind;
    switch ((enum any_kind)any->kind) {
    case ANY_BOOL:
        wire->bool_ = any->boolean;
        return wire;
    case ANY_INT:
        wire->int_ = any->integer;
        return wire;
    case ANY_DOUBLE:
        wire->double_ = any->real;
        return wire;
    case ANY_STRING:
    case ANY_BYTES:
    case ANY_LIST:
    case ANY_MAP:
    case ANY_TUPLE:
    case ANY_BIG:
    case ANY_OPAQUE:
        wire->bytes = (ProtobufCBinaryData){any->len, (uint8_t *)any->bytes}; /* a union */
        return wire;
    case ANY_REF:
        wire->ref = any_wire_ref(arena, any);
        return wire->ref ? wire : NULL;
    case ANY_NULL:
        break;
    }
    return wire;
}

/* ---- comparing ---- */

/* Lists or tuples. */
static hf_status any_lists_equal(struct arena *arena, enum any_equality equality,
                                 const struct any *a, const struct any *b, bool *equal) {
    struct packed rests[2] = {nested_begin(a), nested_begin(b)};
    struct any items[2];
    hf_status status = HF_OK;
    assert(a->kind == b->kind && a->kind != ANY_MAP);
    for (*equal = true; *equal && status == HF_OK;) {
        bool more = nested_next(a, &rests[0], &items[0]);
        if (nested_next(b, &rests[1], &items[1]) != more) {
            *equal = false;
        } else if (!more) {
            break;
        } else {
            status = any_equal(arena, equality, &items[0], &items[1], equal);
        }
    }
    return status;
}

hf_status any_equal(struct arena *arena, enum any_equality equality, const struct any *a,
                    const struct any *b, bool *equal) {
    if (!any_is_nested(a) || !any_is_nested(b)) {
        *equal = !any_is_nested(a) && !any_is_nested(b) && key_order(equality, a, b) == 0;
        return HF_OK;
    }
    if (a->kind != b->kind) {
        *equal = false;
        return HF_OK;
    }
    if (a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0)) {
        *equal = true;
        return HF_OK;
    }
    return a->kind == ANY_MAP ? map_equal(arena, equality, a, b, equal)
                              : any_lists_equal(arena, equality, a, b, equal);
}

static bool any_is_number(const struct any *any) {
    return (any->kind >= ANY_BOOL && any->kind <= ANY_DOUBLE) || any->kind == ANY_BIG;
}

/* Exact, also for an int that no double equals. */
static int any_compare_int_double(int64_t integer, double real) {
    if (real >= 0x1p63) {
        return -1;
    }
    if (real < -0x1p63) {
        return 1;
    }
    int64_t whole = (int64_t)real; /* towards zero */
    if (integer != whole) {
        return any_sign(integer < whole, true);
    }
    return any_sign(0 < real - (double)whole, real - (double)whole < 0);
}

static struct big any_big(const struct any *any) {
    assert(any->kind == ANY_BIG);
    return (struct big){(const uint8_t *)any->bytes, any->len};
}

/* A big is beyond every int. */
static int any_order_big(const struct any *big, const struct any *number) {
    uint8_t bytes[BIG_OF_DOUBLE_BYTES];
    if (number->kind == ANY_BIG) {
        return big_compare(any_big(big), any_big(number));
    }
    bool among_ints =
        number->kind != ANY_DOUBLE || (number->real >= -0x1p63 && number->real < 0x1p63);
    if (among_ints) {
        return big_is_negative(any_big(big)) ? -1 : 1;
    }
    return isinf(number->real) ? any_sign(number->real > 0, true)
                               : big_compare(any_big(big), big_of_double(number->real, bytes));
}

/* Neither is NaN. */
static int any_order_numbers(const struct any *a, const struct any *b) {
    if (a->kind == ANY_DOUBLE && b->kind == ANY_DOUBLE) {
        return any_sign(a->real<b->real, a->real> b->real);
    }
    if (a->kind == ANY_BIG) {
        return any_order_big(a, b);
    }
    if (a->kind == ANY_DOUBLE || b->kind == ANY_BIG) {
        return -any_order_numbers(b, a);
    }
    int64_t whole = a->kind == ANY_BOOL ? a->boolean : a->integer;
    if (b->kind == ANY_DOUBLE) {
        return any_compare_int_double(whole, b->real);
    }
    int64_t other = b->kind == ANY_BOOL ? b->boolean : b->integer;
    return any_sign(whole<other, whole> other);
}

bool any_compare_numbers(const struct any *a, const struct any *b, int *order) {
    if (!any_is_number(a) || !any_is_number(b) || (a->kind == ANY_DOUBLE && isnan(a->real)) ||
        (b->kind == ANY_DOUBLE && isnan(b->real))) {
        return false; /* NaN has no place in an order */
    }
    *order = any_order_numbers(a, b);
    return true;
}

/* The first items that are not equal decide, but for those of different kinds and the same rank
 * (1 and 1.0), which leave the order to the next items. */
static int any_compare_lists(struct arena *arena, const struct any *a, const struct any *b,
                             hf_status *status) {
    struct packed rests[2] = {nested_begin(a), nested_begin(b)};
    struct any items[2];
    int order = 0;
    bool more[2] = {true, true};
    while (order == 0 && *status == HF_OK) {
        bool equal = false;
        more[0] = nested_next(a, &rests[0], &items[0]);
        more[1] = nested_next(b, &rests[1], &items[1]);
        if (!more[0] || !more[1]) {
            return any_sign(more[1], more[0]);
        }
        *status = any_equal(arena, ANY_BY_KIND, &items[0], &items[1], &equal);
        if (*status == HF_OK && !equal) {
            order = any_compare(arena, &items[0], &items[1], status);
        }
    }
    return order;
}

int any_compare(struct arena *arena, const struct any *a, const struct any *b, hf_status *status) {
    int order = 0;
    *status = HF_OK;
    if (any_compare_numbers(a, b, &order)) {
        return order;
    }
    if (a->kind == b->kind && (a->kind == ANY_STRING || a->kind == ANY_BYTES)) {
        uint32_t common = a->len < b->len ? a->len : b->len;
        int head = common ? memcmp(a->bytes, b->bytes, common) : 0;
        return head ? head : any_sign(a->len<b->len, a->len> b->len);
    }
    if (a->kind == b->kind && (a->kind == ANY_LIST || a->kind == ANY_TUPLE)) {
        return any_compare_lists(arena, a, b, status);
    }
    *status = HF_TYPE_ERROR;
    return 0;
}
