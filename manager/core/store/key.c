/* SPDX-License-Identifier: MIT
 *
 * See key.h. Recursion is bounded: a tuple nests at most HF_VALUE_MAX_DEPTH deep. A key has been
 * checked, but need not be canonical: the keys of a map are compared before it is made so.
 */
#include "key.h"

#include "big.h"
#include "nested.h"

#include <assert.h>
#include <math.h>
#include <sodium/crypto_shorthash.h>
#include <string.h>

/* The next item of a tuple. */
static bool key_next(struct packed *rest, struct any *item) {
    struct packed_any packed;
    enum packed_found found = packed_next(rest, &packed);
    assert(found != PACKED_BROKEN);
    if (found == PACKED_ITEM) {
        *item = nested_any(&packed, false);
    }
    return found == PACKED_ITEM;
}

bool key_is_possible_other(const struct any *any) {
    if (any->kind != ANY_TUPLE) {
        return any->kind != ANY_LIST && any->kind != ANY_MAP && any->kind != ANY_REF;
    }
    struct packed rest = nested_begin(any);
    struct any item;
    while (key_next(&rest, &item)) {
        if (!key_is_possible(&item)) {
            return false;
        }
    }
    return true;
}

/* ---- what is the same ---- */

/* A key in the one form that all have that are the same, but for what is in a tuple. */
struct key_form {
    struct any any;
    uint8_t big[BIG_OF_DOUBLE_BYTES];
};

static bool key_is_whole(double real) {
    return isfinite(real) && real == trunc(real);
}

static void key_normal_number(struct key_form *form) {
    struct any *any = &form->any;
    if (any->kind == ANY_BOOL) {
        *any = (struct any){.kind = ANY_INT, .integer = any->boolean};
    } else if (any->kind == ANY_DOUBLE && key_is_whole(any->real)) {
        if (any->real >= -0x1p63 && any->real < 0x1p63) {
            *any = (struct any){.kind = ANY_INT, .integer = (int64_t)any->real};
        } else {
            struct big big = big_of_double(any->real, form->big);
            *any = (struct any){.kind = ANY_BIG, .len = (uint32_t)big.len};
            any->bytes = (char *)form->big;
        }
    }
}

/* An opaque value becomes its identity, with its tag beside it. */
static const struct any *key_normal(enum any_equality equality, const struct any *key,
                                    struct key_form *form, struct packed_any *tag) {
    *tag = (struct packed_any){0};
    if (key->kind == ANY_OPAQUE) {
        const struct packed_any packed = nested_packed(key);
        const struct packed_opaque opaque = nested_opaque(&packed);
        *tag = opaque.tag;
        form->any = nested_any(opaque.equals.kind ? &opaque.equals : &opaque.bytes, false);
        form->any.kind = ANY_OPAQUE;
        return &form->any;
    }
    if (equality == ANY_BY_VALUE && (key->kind == ANY_BOOL || key->kind == ANY_DOUBLE)) {
        form->any = *key;
        key_normal_number(form);
        return &form->any;
    }
    return key;
}

/* ---- the order ---- */

static int key_order_doubles(double a, double b) {
    if (isnan(a) || isnan(b)) {
        return any_sign(!isnan(a), !isnan(b));
    }
    return any_sign(a<b, a> b);
}

static int key_order_tuples(enum any_equality equality, const struct any *a, const struct any *b) {
    struct packed rests[2] = {nested_begin(a), nested_begin(b)};
    struct any items[2];
    int order = 0;
    while (order == 0) {
        bool more = key_next(&rests[0], &items[0]);
        if (key_next(&rests[1], &items[1]) != more) {
            return any_sign(!more, more);
        }
        if (!more) {
            break;
        }
        order = key_order(equality, &items[0], &items[1]);
    }
    return order;
}

/* Two of one kind that are in their normal form. */
static int key_order_normal(const struct any *a, const struct any *b) {
    switch ((enum any_kind)a->kind) {
    case ANY_BOOL:
        return any_sign(a->boolean<b->boolean, a->boolean> b->boolean);
    case ANY_INT:
        return any_sign(a->integer<b->integer, a->integer> b->integer);
    case ANY_DOUBLE:
        return key_order_doubles(a->real, b->real);
    case ANY_STRING:
    case ANY_BYTES:
    case ANY_BIG:
    case ANY_OPAQUE:
        return key_order_bytes(a->bytes, a->len, b->bytes, b->len);
    case ANY_REF:
        return any_sign(a->ref<b->ref, a->ref> b->ref);
    case ANY_NULL:
    case ANY_LIST:
    case ANY_MAP:
    case ANY_TUPLE:
        break;
    }
    assert(a->kind == ANY_NULL);
    return 0;
}

/* For two of all kinds. */
static int key_order_all(enum any_equality equality, const struct any *a, const struct any *b) {
    struct key_form forms[2];
    struct packed_any tags[2];
    a = key_normal(equality, a, &forms[0], &tags[0]);
    b = key_normal(equality, b, &forms[1], &tags[1]);
    if (a->kind != b->kind) {
        return any_sign(a->kind < b->kind, true);
    }
    if (a->kind == ANY_TUPLE) {
        return key_order_tuples(equality, a, b);
    }
    int order = key_order_bytes(tags[0].bytes, tags[0].len, tags[1].bytes, tags[1].len);
    return order ? order : key_order_normal(a, b);
}

int key_order_others(enum any_equality equality, const struct any *a, const struct any *b) {
    if (a->kind == b->kind && a->kind <= ANY_BYTES) {
        return key_order_normal(a, b); /* two of these kinds are the same by value if by kind */
    }
    return key_order_all(equality, a, b);
}

/* ---- the hash ---- */

static uint64_t key_sip(const void *bytes, size_t len, const uint8_t hash_key[16]) {
    uint64_t hash = 0;
    _Static_assert(crypto_shorthash_BYTES == sizeof hash, "SipHash gives 64 bits");
    crypto_shorthash((unsigned char *)&hash, bytes, len, hash_key);
    return hash;
}

static uint64_t key_hash_with(uint64_t hash, uint64_t more, const uint8_t hash_key[16]) {
    const uint64_t both[2] = {hash, more};
    return key_sip(both, sizeof both, hash_key);
}

static uint64_t key_hash_tuple(enum any_equality equality, const struct any *tuple,
                               const uint8_t hash_key[16]) {
    struct packed rest = nested_begin(tuple);
    struct any item;
    uint64_t hash = ANY_TUPLE;
    while (key_next(&rest, &item)) {
        hash = key_hash_with(hash, key_hash(equality, &item, hash_key), hash_key);
    }
    return hash;
}

/* The value of a scalar of a fixed size as bits. */
static uint64_t key_bits(const struct any *any) {
    uint64_t bits = 0;
    if (any->kind == ANY_BOOL) {
        return any->boolean;
    }
    if (any->kind == ANY_INT) {
        return (uint64_t)any->integer;
    }
    if (any->kind == ANY_DOUBLE && !isnan(any->real) && any->real != 0) {
        memcpy(&bits, &any->real, sizeof bits); /* one for all NaN, one for both zeros */
    }
    return bits;
}

static bool key_has_bytes(const struct any *any) {
    return any->kind == ANY_STRING || any->kind == ANY_BYTES || any->kind >= ANY_BIG;
}

static uint64_t key_hash_normal(const struct any *any, const uint8_t hash_key[16]) {
    const uint64_t bits = key_bits(any);
    return any->kind + (key_has_bytes(any) ? key_sip(any->bytes, any->len, hash_key)
                                           : key_sip(&bits, sizeof bits, hash_key));
}

/* A key that may have another form, or is a tuple. */
__attribute__((noinline)) static uint64_t
key_hash_other(enum any_equality equality, const struct any *key, const uint8_t hash_key[16]) {
    struct key_form form;
    struct packed_any tag;
    if (key->kind == ANY_TUPLE) {
        return key_hash_tuple(equality, key, hash_key);
    }
    uint64_t hash = key_hash_normal(key_normal(equality, key, &form, &tag), hash_key);
    return tag.len ? key_hash_with(hash, key_sip(tag.bytes, tag.len, hash_key), hash_key) : hash;
}

uint64_t key_hash(enum any_equality equality, const struct any *key, const uint8_t hash_key[16]) {
    assert(key->kind != ANY_LIST && key->kind != ANY_MAP && key->kind != ANY_REF);
    bool plain = equality == ANY_BY_KIND ? key->kind <= ANY_BYTES
                                         : key->kind == ANY_STRING || key->kind == ANY_INT;
    return plain ? key_hash_normal(key, hash_key) : key_hash_other(equality, key, hash_key);
}

/* ---- the rank ---- */

static uint64_t key_some_bytes(const struct any *any) {
    uint64_t first = 0;
    uint64_t last = 0;
    size_t some = any->len < sizeof first ? any->len : sizeof first;
    if (some > 0) {
        memcpy(&first, any->bytes, some);
        memcpy(&last, any->bytes + any->len - some, some);
    }
    return first * 31 + last * 37 + any->len;
}

static uint64_t key_mix(enum any_equality equality, const struct any *key) {
    struct key_form form;
    struct packed_any tag;
    if (key->kind == ANY_TUPLE) {
        struct packed rest = nested_begin(key);
        struct any item;
        uint64_t number = ANY_TUPLE;
        while (key_next(&rest, &item)) {
            number = number * 31 + key_rank(equality, &item);
        }
        return number;
    }
    key = key_normal(equality, key, &form, &tag);
    return key->kind + (key_has_bytes(key) ? key_some_bytes(key) : key_bits(key));
}

uint32_t key_rank(enum any_equality equality, const struct any *key) {
    return (uint32_t)(key_mix(equality, key) * 0x9e3779b97f4a7c15u >> 32);
}
