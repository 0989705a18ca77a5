/* SPDX-License-Identifier: MIT
 *
 * See valid.h.
 */
#include "valid.h"

#include "utf8.h"
#include "wire_limits.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(HF_TAG_MAX_BYTES == 64, "VALID_TAG_REFUSAL has the number");

bool valid_key(const hf_any *any, unsigned depth) {
    bool may = any->kind != HF_ANY_LIST && any->kind != HF_ANY_MAP && any->kind != HF_ANY_REF;
    bool looks_inside = any->kind == HF_ANY_TUPLE && depth < HF_VALUE_MAX_DEPTH;
    for (size_t i = 0; looks_inside && may && i < any->len; i++) {
        may = valid_key(&any->items[i], depth + 1);
    }
    return may;
}

bool valid_tag(const char *tag) {
    size_t len = strnlen(tag, HF_TAG_MAX_BYTES + 1);
    return len > 0 && len <= HF_TAG_MAX_BYTES && utf8_valid((const uint8_t *)tag, len);
}

/* ---- an order of keys, in which equal ones are neighbours ---- */

static int order_keys(const hf_any *one, const hf_any *other);

static int sign_of(bool less, bool greater) {
    return less ? -1 : greater;
}

static int order_bytes(const uint8_t *one, size_t one_len, const uint8_t *other, size_t other_len) {
    int order = sign_of(one_len<other_len, one_len> other_len);
    return order != 0 || one_len == 0 ? order : memcmp(one, other, one_len);
}

/* 0.0 and -0.0 are one; so are all NaN, which come first. */
static int order_doubles(double one, double other) {
    return isnan(one) || isnan(other) ? sign_of(!isnan(other), !isnan(one))
                                      : sign_of(one<other, one> other);
}

static int order_items(const hf_any *one, const hf_any *other) {
    int order = sign_of(one->len<other->len, one->len> other->len);
    for (size_t i = 0; order == 0 && i < one->len; i++) {
        order = order_keys(&one->items[i], &other->items[i]);
    }
    return order;
}

/* By what hf_any_equal() compares. */
static int order_opaques(const hf_opaque *one, const hf_opaque *other) {
    int order = strcmp(one->tag, other->tag);
    const uint8_t *one_bytes = one->equals ? one->equals : one->bytes;
    const uint8_t *other_bytes = other->equals ? other->equals : other->bytes;
    return order != 0 ? order
                      : order_bytes(one_bytes, one->equals ? one->equals_len : one->len,
                                    other_bytes, other->equals ? other->equals_len : other->len);
}

static int order_keys(const hf_any *one, const hf_any *other) {
    if (one->kind != other->kind) {
        return sign_of(one->kind < other->kind, true);
    }
    switch (one->kind) {
    case HF_ANY_BOOL:
        return sign_of(!one->as_bool && other->as_bool, one->as_bool && !other->as_bool);
    case HF_ANY_INT:
        return sign_of(one->as_int<other->as_int, one->as_int> other->as_int);
    case HF_ANY_DOUBLE:
        return order_doubles(one->as_double, other->as_double);
    case HF_ANY_STRING:
    case HF_ANY_BYTES:
    case HF_ANY_BIG:
        return order_bytes(one->bytes, one->len, other->bytes, other->len);
    case HF_ANY_TUPLE:
        return order_items(one, other);
    case HF_ANY_OPAQUE:
        return order_opaques(one->opaque, other->opaque);
    case HF_ANY_NULL:
    case HF_ANY_LIST: /* these three are no keys */
    case HF_ANY_MAP:
    case HF_ANY_REF:
        break;
    }
    return 0;
}

static int order_pointers(const void *one, const void *other) {
    return order_keys(*(const hf_any *const *)one, *(const hf_any *const *)other);
}

hf_status valid_keys_differ(const hf_any *map) {
    assert(map->kind == HF_ANY_MAP);
    if (map->len < 2) {
        return HF_OK;
    }
    const hf_any **keys = calloc(map->len, sizeof *keys);
    if (!keys) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < map->len; i++) {
        keys[i] = &map->pairs[i].key;
    }
    qsort(keys, map->len, sizeof *keys, order_pointers);
    bool differ = true;
    for (size_t i = 1; differ && i < map->len; i++) {
        differ = order_keys(keys[i - 1], keys[i]) != 0;
    }
    free(keys);
    return differ ? HF_OK : HF_VALUE_ERROR;
}
