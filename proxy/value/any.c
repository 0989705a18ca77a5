/* SPDX-License-Identifier: MIT
 *
 * hf_any: constructors, copies and comparison. A constructor borrows. A value that hf_any_copy() or
 * a call of the library makes owns each block it points to, and each block is from malloc().
 */
#include "big.h"
#include "detail.h"
#include "wire.h"

#include <assert.h>
#include <holdfast/any.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

hf_any hf_any_null(void) {
    return (hf_any){.kind = HF_ANY_NULL};
}

hf_any hf_any_bool(bool value) {
    return (hf_any){.kind = HF_ANY_BOOL, .as_bool = value};
}

hf_any hf_any_int(int64_t value) {
    return (hf_any){.kind = HF_ANY_INT, .as_int = value};
}

hf_any hf_any_double(double value) {
    return (hf_any){.kind = HF_ANY_DOUBLE, .as_double = value};
}

hf_any hf_any_string(const char *string) {
    return hf_any_string_n(string, string ? strlen(string) : 0); /* a call refuses NULL */
}

hf_any hf_any_string_n(const char *string, size_t len) {
    return (hf_any){.kind = HF_ANY_STRING, .len = len, .string = string};
}

hf_any hf_any_bytes(const void *bytes, size_t len) {
    return (hf_any){.kind = HF_ANY_BYTES, .len = len, .bytes = bytes};
}

hf_any hf_any_list(const hf_any *items, size_t len) {
    return (hf_any){.kind = HF_ANY_LIST, .len = len, .items = items};
}

hf_any hf_any_map(const hf_any_item *pairs, size_t len) {
    return (hf_any){.kind = HF_ANY_MAP, .len = len, .pairs = pairs};
}

hf_any hf_any_ref(uint64_t id) {
    return (hf_any){.kind = HF_ANY_REF, .ref = id};
}

hf_any hf_any_tuple(const hf_any *items, size_t len) {
    return (hf_any){.kind = HF_ANY_TUPLE, .len = len, .items = items};
}

hf_any hf_any_opaque(const hf_opaque *opaque) {
    return (hf_any){.kind = HF_ANY_OPAQUE, .opaque = opaque};
}

hf_any hf_any_big(const void *bytes, size_t len) {
    int64_t number = 0;
    if (!bytes && len > 0) {
        return (hf_any){.kind = HF_ANY_BIG, .len = len, .bytes = NULL}; /* a call refuses it */
    }
    const struct big big = big_shorten((struct big){bytes, len});
    return big_to_int(big, &number)
               ? hf_any_int(number)
               : (hf_any){.kind = HF_ANY_BIG, .len = big.len, .bytes = big.bytes};
}

/* The memory that a result points to is const for its reader, but the result owns it. */
static void *own(const void *memory) {
    return (void *)(uintptr_t)memory;
}

void hf_any_clear(hf_any *any) {
    if (!any) {
        return;
    }
    switch (any->kind) {
    case HF_ANY_STRING:
    case HF_ANY_BYTES:
    case HF_ANY_BIG:
        free(own(any->bytes));
        break;
    case HF_ANY_OPAQUE:
        free(own(any->opaque)); /* its parts are in the same block */
        break;
    case HF_ANY_LIST:
    case HF_ANY_TUPLE: {
        hf_any_array array = {own(any->items), any->len};
        hf_any_array_clear(&array);
        break;
    }
    case HF_ANY_MAP: {
        hf_any_map_array map = {own(any->pairs), any->len};
        hf_any_map_array_clear(&map);
        break;
    }
    case HF_ANY_NULL:
    case HF_ANY_BOOL:
    case HF_ANY_INT:
    case HF_ANY_DOUBLE:
    case HF_ANY_REF:
        break;
    }
    *any = hf_any_null();
}

void hf_any_array_clear(hf_any_array *array) {
    if (!array) {
        return;
    }
    for (size_t i = 0; i < array->len; i++) {
        hf_any_clear(&array->items[i]);
    }
    free(array->items);
    *array = (hf_any_array){NULL, 0};
}

void hf_any_map_array_clear(hf_any_map_array *array) {
    if (!array) {
        return;
    }
    for (size_t i = 0; i < array->len; i++) {
        hf_any_clear(&array->pairs[i].key);
        hf_any_clear(&array->pairs[i].value);
    }
    free(array->pairs);
    *array = (hf_any_map_array){NULL, 0};
}

/* By way of the wire: it checks depth and pointers, and what it makes owns its memory. */
hf_status hf_any_copy(hf_any any, hf_any *out) {
    struct scratch scratch;
    Hf__Any wire;
    hf_any copied = hf_any_null();
    scratch_init(&scratch);
    hf_status status = wire_put(&scratch, any, &wire);
    status = status == HF_OK ? wire_take(&wire, &copied) : status;
    if (status == HF_NO_MEMORY) {
        detail_write("no memory for a copy");
    }
    scratch_fini(&scratch);
    if (status == HF_OK) {
        *out = copied;
    }
    return status;
}

static bool doubles_equal(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool lists_equal(const hf_any *a, const hf_any *b) {
    assert(a->len == b->len);
    for (size_t i = 0; i < a->len; i++) {
        if (!hf_any_equal(a->items[i], b->items[i])) {
            return false;
        }
    }
    return true;
}

/* Look for a key, first behind the one that was found last: most maps are in the same order. */
static bool map_has(const hf_any *map, const hf_any_item *item, size_t *last) {
    for (size_t i = 0; i < map->len; i++) {
        *last = *last + 1 < map->len ? *last + 1 : 0;
        if (hf_any_equal(map->pairs[*last].key, item->key)) {
            return hf_any_equal(map->pairs[*last].value, item->value);
        }
    }
    return false;
}

/* The keys of a map are distinct, so if the lengths are the same, one direction is enough. */
static bool maps_equal(const hf_any *a, const hf_any *b) {
    size_t last = b->len;
    assert(a->len == b->len);
    for (size_t i = 0; i < a->len; i++) {
        if (!map_has(b, &a->pairs[i], &last)) {
            return false;
        }
    }
    return true;
}

/* Tells an opaque value from others with its tag. */
static hf_any identity(const hf_opaque *opaque) {
    return opaque->equals ? hf_any_bytes(opaque->equals, opaque->equals_len)
                          : hf_any_bytes(opaque->bytes, opaque->len);
}

static bool opaques_equal(const hf_opaque *a, const hf_opaque *b) {
    return strcmp(a->tag, b->tag) == 0 && hf_any_equal(identity(a), identity(b));
}

bool hf_any_equal(hf_any a, hf_any b) {
    if (a.kind != b.kind) {
        return false;
    }
    switch (a.kind) {
    case HF_ANY_NULL:
        return true;
    case HF_ANY_BOOL:
        return a.as_bool == b.as_bool;
    case HF_ANY_INT:
        return a.as_int == b.as_int;
    case HF_ANY_DOUBLE:
        return doubles_equal(a.as_double, b.as_double);
    case HF_ANY_STRING:
    case HF_ANY_BYTES:
    case HF_ANY_BIG:
        return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
    case HF_ANY_LIST:
    case HF_ANY_TUPLE:
        return a.len == b.len && lists_equal(&a, &b);
    case HF_ANY_MAP:
        return a.len == b.len && maps_equal(&a, &b);
    case HF_ANY_REF:
        return a.ref == b.ref;
    case HF_ANY_OPAQUE:
        return opaques_equal(a.opaque, b.opaque);
    }
    return false;
}
