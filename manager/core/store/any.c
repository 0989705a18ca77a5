/* SPDX-License-Identifier: MIT
 *
 * See any.h. Recursion is bounded: any_view() refuses a value that is nested deeper than
 * HF_VALUE_MAX_DEPTH (and one level for a list of such values), and all other functions see only
 * values that it has accepted.
 */
#include "any.h"

#include "deferred.h"
#include "map.h"
#include "mem.h"
#include "registry.h"
#include "utf8.h"
#include "wire_limits.h"

#include <assert.h>
#include <math.h>
#include <sodium/crypto_shorthash.h>
#include <string.h>

static const char *const any_kind_names[] = {"null",  "bool", "int", "double", "string",
                                             "bytes", "list", "map", "ref"};

const char *any_kind_name(const struct any *any) {
    assert(any->kind <= ANY_REF);
    return any_kind_names[any->kind];
}

bool any_is_scalar(const struct any *any) {
    return any->kind <= ANY_BYTES;
}

/* ---- from the wire ---- */

static hf_status any_view_at(struct arena *arena, const Hf__Any *wire, unsigned depth,
                             struct any *out);

static hf_status any_view_bytes(enum any_kind kind, ProtobufCBinaryData data, struct any *out) {
    if (data.len > UINT32_MAX) {
        return HF_TOO_BIG;
    }
    if (kind == ANY_STRING && !utf8_valid(data.data, data.len)) {
        return HF_INVALID;
    }
    *out = (struct any){.kind = (uint8_t)kind, .len = (uint32_t)data.len};
    out->bytes = data.len ? (char *)data.data : NULL;
    return HF_OK;
}

static hf_status any_view_list(struct arena *arena, const Hf__AnyList *list, unsigned depth,
                               struct any *out) {
    if (depth > HF_VALUE_MAX_DEPTH) {
        return HF_TOO_BIG;
    }
    struct any *items = arena_zeroed(arena, list->n_items, sizeof *items);
    hf_status status = items ? HF_OK : HF_NO_MEMORY;
    for (size_t i = 0; i < list->n_items && status == HF_OK; i++) {
        status = any_view_at(arena, list->items[i], depth + 1, &items[i]);
    }
    *out = (struct any){.kind = ANY_LIST, .len = (uint32_t)list->n_items, .items = items};
    return status;
}

static hf_status any_view_map(struct arena *arena, const Hf__AnyMap *map, unsigned depth,
                              struct any *out) {
    if (depth > HF_VALUE_MAX_DEPTH) {
        return HF_TOO_BIG;
    }
    struct any *items = arena_zeroed(arena, 1, map_bytes(map->n_items));
    hf_status status = items ? HF_OK : HF_NO_MEMORY;
    for (size_t i = 0; i < map->n_items && status == HF_OK; i++) {
        status = any_view_at(arena, map->items[i]->key, depth + 1, &items[2 * i]);
        if (status == HF_OK && !any_is_scalar(&items[2 * i])) {
            status = HF_INVALID;
        }
        if (status == HF_OK) {
            status = any_view_at(arena, map->items[i]->value, depth + 1, &items[2 * i + 1]);
        }
    }
    *out = (struct any){.kind = ANY_MAP, .len = (uint32_t)map->n_items, .items = items};
    return status == HF_OK ? map_index(arena, out) : status;
}

static hf_status any_view_at(struct arena *arena, const Hf__Any *wire, unsigned depth,
                             struct any *out) {
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
        return any_view_list(arena, wire->list, depth, out);
    case HF__ANY__KIND_MAP:
        return any_view_map(arena, wire->map, depth, out);
    case HF__ANY__KIND_REF:
        *out = (struct any){.kind = ANY_REF, .ref = wire->ref->id};
        return HF_OK;
    case HF__ANY__KIND__NOT_SET:
    case _HF__ANY__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return HF_OK;
}

hf_status any_view(struct arena *arena, const Hf__Any *wire, struct any *out) {
    return any_view_at(arena, wire, 1, out);
}

hf_status any_view_result(struct arena *arena, const Hf__Any *wire, struct any *out) {
    return any_view_at(arena, wire, 0, out);
}

/* ---- keeping ---- */

static hf_status any_keep_items(struct registry *registry, const struct any *any,
                                struct any *kept) {
    size_t count = any_item_count(any);
    size_t size = any->kind == ANY_MAP ? map_bytes(any->len) : count * sizeof(struct any);
    struct any *items = count ? mem_alloc(size) : NULL;
    if (count && !items) {
        return HF_NO_MEMORY;
    }
    assert(any->kind == ANY_LIST || any->kind == ANY_MAP);
    kept->items = items;
    if (any->kind == ANY_MAP) {
        map_copy_index(any, kept);
    }
    for (size_t i = 0; i < count; i++) {
        if (any_keep(registry, &any->items[i], &items[i]) != HF_OK) {
            any_drop(registry, kept); /* items that were not copied yet are null */
            return HF_NO_MEMORY;
        }
    }
    return HF_OK;
}

hf_status any_keep(struct registry *registry, const struct any *any, struct any *kept) {
    *kept = *any;
    switch ((enum any_kind)any->kind) {
    case ANY_STRING:
    case ANY_BYTES:
        if (any->len) {
            kept->bytes = mem_resize(NULL, any->len);
            if (!kept->bytes) {
                *kept = (struct any){.kind = ANY_NULL};
                return HF_NO_MEMORY;
            }
            memcpy(kept->bytes, any->bytes, any->len);
        }
        return HF_OK;
    case ANY_LIST:
    case ANY_MAP: {
        hf_status status = any_keep_items(registry, any, kept);
        if (status != HF_OK) {
            *kept = (struct any){.kind = ANY_NULL};
        }
        return status;
    }
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

void any_drop_leaf(struct registry *registry, struct any *kept) {
    assert(any_item_count(kept) == 0 && kept->kind <= ANY_REF);
    if (kept->kind == ANY_STRING || kept->kind == ANY_BYTES) {
        if (kept->len >= DEFERRED_VALUE_BYTES) {
            deferred_spend(&registry->deferred, kept->len / DEFERRED_VALUE_BYTES);
        }
        mem_free(kept->bytes);
    } else if (kept->kind == ANY_LIST || kept->kind == ANY_MAP) {
        mem_free(kept->items);
    } else if (kept->kind == ANY_REF && kept->counted) {
        registry_unrefer(registry, kept->ref);
    }
    *kept = (struct any){.kind = ANY_NULL};
}

void any_drop(struct registry *registry, struct any *kept) {
    if (any_item_count(kept) == 0) {
        any_drop_leaf(registry, kept);
        return;
    }
    deferred_free_value(registry, *kept);
    *kept = (struct any){.kind = ANY_NULL};
}

void any_each_ref(const struct any *any, void (*visit)(void *context, uint64_t ref),
                  void *context) {
    if (any->kind == ANY_REF) {
        visit(context, any->ref);
    }
    for (size_t i = 0; i < any_item_count(any); i++) {
        any_each_ref(&any->items[i], visit, context);
    }
}

/* ---- to the wire ---- */

static Hf__AnyList *any_wire_list(struct arena *arena, const struct any *any) {
    Hf__AnyList *list = arena_alloc(arena, sizeof *list);
    Hf__Any **items = arena_zeroed(arena, any->len, sizeof(Hf__Any *));
    if (!list || !items) {
        return NULL;
    }
    hf__any_list__init(list);
    list->n_items = any->len;
    list->items = items;
    for (size_t i = 0; i < any->len; i++) {
        items[i] = any_to_wire(arena, &any->items[i]);
        if (!items[i]) {
            return NULL;
        }
    }
    return list;
}

static Hf__AnyMap *any_wire_map(struct arena *arena, const struct any *any) {
    Hf__AnyMap *map = arena_alloc(arena, sizeof *map);
    Hf__Item **items = arena_zeroed(arena, any->len, sizeof(Hf__Item *));
    Hf__Item *pairs = arena_zeroed(arena, any->len, sizeof *pairs);
    if (!map || !items || !pairs) {
        return NULL;
    }
    hf__any_map__init(map);
    map->n_items = any->len;
    map->items = items;
    for (size_t i = 0; i < any->len; i++) {
        hf__item__init(&pairs[i]);
        items[i] = &pairs[i];
        pairs[i].key = any_to_wire(arena, &any->items[2 * i]);
        pairs[i].value = any_to_wire(arena, &any->items[2 * i + 1]);
        if (!pairs[i].key || !pairs[i].value) {
            return NULL;
        }
    }
    return map;
}

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
    switch ((enum any_kind)any->kind) {
    case ANY_NULL:
        return wire;
    case ANY_BOOL:
        wire->kind_case = HF__ANY__KIND_BOOL;
        wire->bool_ = any->boolean;
        return wire;
    case ANY_INT:
        wire->kind_case = HF__ANY__KIND_INT;
        wire->int_ = any->integer;
        return wire;
    case ANY_DOUBLE:
        wire->kind_case = HF__ANY__KIND_DOUBLE;
        wire->double_ = any->real;
        return wire;
    case ANY_STRING:
        wire->kind_case = HF__ANY__KIND_STRING;
        wire->string = (ProtobufCBinaryData){any->len, (uint8_t *)any->bytes};
        return wire;
    case ANY_BYTES:
        wire->kind_case = HF__ANY__KIND_BYTES;
        wire->bytes = (ProtobufCBinaryData){any->len, (uint8_t *)any->bytes};
        return wire;
    case ANY_LIST:
        wire->kind_case = HF__ANY__KIND_LIST;
        wire->list = any_wire_list(arena, any);
        return wire->list ? wire : NULL;
    case ANY_MAP:
        wire->kind_case = HF__ANY__KIND_MAP;
        wire->map = any_wire_map(arena, any);
        return wire->map ? wire : NULL;
    case ANY_REF:
        wire->kind_case = HF__ANY__KIND_REF;
        wire->ref = any_wire_ref(arena, any);
        return wire->ref ? wire : NULL;
    }
    return NULL;
}

/* ---- comparing ---- */

static bool any_lists_equal(const struct any *a, const struct any *b) {
    assert(a->len == b->len);
    for (size_t i = 0; i < a->len; i++) {
        if (!any_equal(&a->items[i], &b->items[i])) {
            return false;
        }
    }
    return true;
}

bool any_equal(const struct any *a, const struct any *b) {
    if (a->kind != b->kind || a->len != b->len) {
        return false;
    }
    switch ((enum any_kind)a->kind) {
    case ANY_NULL:
        return true;
    case ANY_BOOL:
        return a->boolean == b->boolean;
    case ANY_INT:
        return a->integer == b->integer;
    case ANY_DOUBLE:
        return a->real == b->real || (isnan(a->real) && isnan(b->real));
    case ANY_STRING:
    case ANY_BYTES:
        return a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0;
    case ANY_LIST:
        return any_lists_equal(a, b);
    case ANY_MAP:
        return map_equal(a, b);
    case ANY_REF:
        return a->ref == b->ref;
    }
    return false;
}

static bool any_is_number(const struct any *any) {
    return any->kind == ANY_BOOL || any->kind == ANY_INT || any->kind == ANY_DOUBLE;
}

static int any_sign(bool less, bool greater) {
    return less ? -1 : greater ? 1 : 0;
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

static int any_compare_numbers(const struct any *a, const struct any *b, bool *comparable) {
    if ((a->kind == ANY_DOUBLE && isnan(a->real)) || (b->kind == ANY_DOUBLE && isnan(b->real))) {
        *comparable = false; /* NaN has no place in an order */
        return 0;
    }
    if (a->kind == ANY_DOUBLE && b->kind == ANY_DOUBLE) {
        return any_sign(a->real<b->real, a->real> b->real);
    }
    if (a->kind == ANY_DOUBLE) {
        return -any_compare_numbers(b, a, comparable);
    }
    int64_t whole = a->kind == ANY_BOOL ? a->boolean : a->integer;
    if (b->kind == ANY_DOUBLE) {
        return any_compare_int_double(whole, b->real);
    }
    int64_t other = b->kind == ANY_BOOL ? b->boolean : b->integer;
    return any_sign(whole<other, whole> other);
}

static int any_compare_lists(const struct any *a, const struct any *b, bool *comparable) {
    for (uint32_t i = 0; i < a->len && i < b->len; i++) {
        /* Items of different kinds and the same rank (1 and 1.0) leave the order to the next
         * items. */
        int head = any_equal(&a->items[i], &b->items[i])
                       ? 0
                       : any_compare(&a->items[i], &b->items[i], comparable);
        if (head != 0 || !*comparable) {
            return head;
        }
    }
    return any_sign(a->len<b->len, a->len> b->len);
}

int any_compare(const struct any *a, const struct any *b, bool *comparable) {
    if (any_is_number(a) && any_is_number(b)) {
        return any_compare_numbers(a, b, comparable);
    }
    if (a->kind == b->kind && (a->kind == ANY_STRING || a->kind == ANY_BYTES)) {
        uint32_t common = a->len < b->len ? a->len : b->len;
        int head = common ? memcmp(a->bytes, b->bytes, common) : 0;
        return head ? head : any_sign(a->len<b->len, a->len> b->len);
    }
    if (a->kind == ANY_LIST && b->kind == ANY_LIST) {
        return any_compare_lists(a, b, comparable);
    }
    *comparable = false;
    return 0;
}

uint64_t any_hash(const struct any *any, const uint8_t hash_key[16]) {
    assert(any_is_scalar(any));
    uint64_t number = 0;
    const void *bytes = &number;
    size_t len = sizeof number;
    switch ((enum any_kind)any->kind) {
    case ANY_STRING:
    case ANY_BYTES:
        bytes = any->bytes;
        len = any->len;
        break;
    case ANY_BOOL:
        number = any->boolean;
        break;
    case ANY_INT:
        number = (uint64_t)any->integer;
        break;
    case ANY_DOUBLE:
        if (!isnan(any->real) && any->real != 0) { /* one hash for all NaN, one for both zeros */
            memcpy(&number, &any->real, sizeof number);
        }
        break;
    case ANY_NULL:
    case ANY_LIST:
    case ANY_MAP:
    case ANY_REF:
        break;
    }
    uint64_t hash = 0;
    _Static_assert(crypto_shorthash_BYTES == sizeof hash, "SipHash gives 64 bits");
    crypto_shorthash((unsigned char *)&hash, bytes, len, hash_key);
    return hash + any->kind;
}
