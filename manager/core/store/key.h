/* SPDX-License-Identifier: MIT
 *
 * Keys: which values can be one, when two are the same, their order and their hashes. All of them
 * are the same for values that an equality takes for the same; key_normal() in key.c is the one
 * place that knows what that is.
 */
#ifndef HF_KEY_H
#define HF_KEY_H

#include "any.h"

#include <string.h>

/** The same for a value that is no plain scalar. */
bool key_is_possible_other(const struct any *any);

/** Whether the value can be a key: a scalar, an opaque value, or a tuple of keys. */
static inline bool key_is_possible(const struct any *any) {
    return any->kind <= ANY_BYTES || key_is_possible_other(any);
}

/** An order that has one meaning only: 0 exactly if the two are the same. For keys and references.
 *  Cost: O(the shorter one). */
static inline int key_order(enum any_equality equality, const struct any *a, const struct any *b);

/** The same, where not both are strings. */
int key_order_others(enum any_equality equality, const struct any *a, const struct any *b);

static inline int key_order_bytes(const void *a, uint32_t a_len, const void *b, uint32_t b_len) {
    if (a_len != b_len) {
        return a_len < b_len ? -1 : 1;
    }
    return a_len ? memcmp(a, b, a_len) : 0;
}

static inline int key_order(enum any_equality equality, const struct any *a, const struct any *b) {
    return a->kind == ANY_STRING && b->kind == ANY_STRING
               ? key_order_bytes(a->bytes, a->len, b->bytes, b->len)
               : key_order_others(equality, a, b);
}

/** The keyed hash of a key: SipHash-2-4. */
uint64_t key_hash(enum any_equality equality, const struct any *key, const uint8_t hash_key[16]);

/** A number that keys share which are the same. It is quick, and a client can foresee it. */
uint32_t key_rank(enum any_equality equality, const struct any *key);

#endif
