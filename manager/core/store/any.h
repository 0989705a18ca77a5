/* SPDX-License-Identifier: MIT
 *
 * A value: 16 bytes, with larger contents elsewhere. A view borrows its bytes from a request and
 * its arrays from the call's arena, and owns nothing. A kept value owns its memory and counts a
 * reference to each object that it refers to. any_keep() makes a kept value from a view: values are
 * copied nowhere else.
 */
#ifndef HF_ANY_H
#define HF_ANY_H

#include "arena.h"

#include <holdfast.pb-c.h>
#include <holdfast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct registry;

enum any_kind {
    ANY_NULL = 0,
    ANY_BOOL,
    ANY_INT,
    ANY_DOUBLE,
    ANY_STRING,
    ANY_BYTES,
    ANY_LIST,
    ANY_MAP,
    ANY_REF
};

struct any {
    uint8_t kind;
    bool counted; /* kept REF: its object counts it as a reference */
    uint32_t len; /* STRING, BYTES: bytes; LIST: items; MAP: pairs */
    union {
        bool boolean;
        int64_t integer;
        double real;
        char *bytes;       /* STRING and BYTES; NULL where len is 0 */
        struct any *items; /* LIST, and MAP: key, value, key, value ... and an index (map.h) */
        uint64_t ref;
    };
};

/** Make a view of a request's value. NULL, or a value of no kind, is null.
 *
 *  Returns  HF_OK, HF_INVALID (not UTF-8, a map key that is no scalar), HF_TOO_BIG
 *           (nested deeper than HF_VALUE_MAX_DEPTH), HF_NO_MEMORY
 */
HF_MUST_USE hf_status any_view(struct arena *arena, const Hf__Any *wire, struct any *view);

/** The same for what an operation answers, to be compared only: it may nest one level deeper, as a
 * list of values does. */
HF_MUST_USE hf_status any_view_result(struct arena *arena, const Hf__Any *wire, struct any *view);

/** Make a kept copy of a view or of a kept value. Returns HF_OK, HF_NO_MEMORY. */
HF_MUST_USE hf_status any_keep(struct registry *registry, const struct any *any, struct any *kept);

/** Release a kept value and make it null. The values in it may be freed later: deferred.h. */
void any_drop(struct registry *registry, struct any *kept);

/** The same for a value without items. */
void any_drop_leaf(struct registry *registry, struct any *kept);

/** The number of values in a list or map; a map has two for each pair. */
static inline size_t any_item_count(const struct any *any) {
    return any->kind == ANY_LIST ? any->len : any->kind == ANY_MAP ? (size_t)any->len * 2 : 0;
}

/** The value as a message for a reply, which borrows its bytes. NULL: no memory. */
Hf__Any *any_to_wire(struct arena *arena, const struct any *any);

/** Whether kind and value are the same. NaN equals NaN, 0.0 equals -0.0. */
bool any_equal(const struct any *a, const struct any *b);

/** The order of two numbers (bool, int, double), or of two strings, bytes or lists: negative, 0 or
 * positive. Sets *comparable to false if the two have no order. */
int any_compare(const struct any *a, const struct any *b, bool *comparable);

/** Whether the value can be a key. */
bool any_is_scalar(const struct any *any);

/** The keyed hash of a scalar: SipHash-2-4. Equal values have equal hashes. */
uint64_t any_hash(const struct any *any, const uint8_t hash_key[16]);

/** "int", "string" ... */
const char *any_kind_name(const struct any *any);

/** Call `visit` for each reference in the value. */
void any_each_ref(const struct any *any, void (*visit)(void *context, uint64_t ref), void *context);

#endif
