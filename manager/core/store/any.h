/* SPDX-License-Identifier: MIT
 *
 * A value: 16 bytes, with larger contents elsewhere. A view borrows its bytes, from a request or
 * from a kept value, and owns nothing. A kept value owns its memory and counts a reference to each
 * object that it refers to. any_keep() makes a kept value from a view: values are copied nowhere
 * else. Lists, tuples, maps and opaque values are packed, here as on the wire (packed.h), and
 * canonical.
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
    ANY_REF,
    ANY_TUPLE = 10,
    ANY_BIG, /* an integer that is no int64: big.h */
    ANY_OPAQUE
};

enum { ANY_KINDS = ANY_OPAQUE + 1 };

/** An answer to the question whether two values are the same. */
enum any_equality {
    ANY_BY_KIND, /* of the same kind and value */
    ANY_BY_VALUE /* numbers of any kind by their value, also within other values */
};

struct any {
    uint8_t kind;
    bool counted; /* kept REF: its object counts it as a reference; what is packed: may have a
                   * reference in it, and if it is kept, has a struct any_refs behind its bytes */
    uint32_t len; /* of `bytes` */
    union {
        bool boolean;
        int64_t integer;
        double real;
        char *bytes; /* STRING, BYTES, BIG, and what is packed; NULL where len is 0 */
        uint64_t ref;
        struct any *elsewhere; /* of a null that stands for another value: keyed.h */
    };
};

/* The references that a kept packed value counts, in one block with its bytes. */
struct any_refs {
    struct any_refs *next; /* those that are freed after these: deferred.h */
    char *block;           /* begins with the bytes */
    size_t count;
    uint64_t ids[];
};

/** Make a view of a request's value. NULL, or a value of no kind, is null. A packed value
 * becomes canonical where it lies.
 *
 *  arena    lends memory for large maps, and for what was not canonical
 *  Returns  HF_OK, HF_INVALID (not UTF-8, a map key that cannot be one or comes twice, a big that
 *           is not canonical, the tag of an opaque value that is empty or too long), HF_PROTOCOL
 *           (a packed value that is none), HF_TOO_BIG (nested deeper than HF_VALUE_MAX_DEPTH),
 *           HF_NO_MEMORY
 */
HF_MUST_USE hf_status any_view(struct arena *arena, Hf__Any *wire, struct any *view);

/** The same for what an operation answers, to be compared only: it may nest one level deeper, as a
 * list of values does. */
HF_MUST_USE hf_status any_view_result(struct arena *arena, Hf__Any *wire, struct any *view);

/** Make a kept copy of a view or of a kept value. Returns HF_OK, HF_NO_MEMORY. */
HF_MUST_USE hf_status any_keep(struct registry *registry, const struct any *any, struct any *kept);

/** Release a kept value and make it null. The references in it may end later: deferred.h. */
void any_drop(struct registry *registry, struct any *kept);

/** The value as a message for a reply, which borrows its bytes. NULL: no memory. */
Hf__Any *any_to_wire(struct arena *arena, const struct any *any);

/** Whether two values are the same. NaN equals NaN, 0.0 equals -0.0, maps are equal in any order.
 *
 *  arena    lends memory for maps whose pairs come in different orders
 *  Returns  HF_OK, HF_NO_MEMORY
 *  Cost     O(n log n) for the bytes of both
 */
HF_MUST_USE hf_status any_equal(struct arena *arena, enum any_equality equality,
                                const struct any *a, const struct any *b, bool *equal);

/** The order of two numbers (bool, int, double, big), or of two strings, bytes, lists or tuples:
 * negative, 0 or positive.
 *
 *  status   out: HF_OK, HF_TYPE_ERROR (the two have no order), HF_NO_MEMORY
 */
int any_compare(struct arena *arena, const struct any *a, const struct any *b, hf_status *status);

/** The order of two numbers. Returns false if they have none: one is NaN, or no number. */
bool any_compare_numbers(const struct any *a, const struct any *b, int *order);

/** An order as a number: negative, positive, or 0 for neither. */
static inline int any_sign(bool less, bool greater) {
    return less ? -1 : greater ? 1 : 0;
}

/** Whether a kind has this number. */
bool any_is_kind(unsigned kind);

/** "int", "string", "opaque value" ... */
const char *any_kind_name(const struct any *any);

/** Call `visit` for each reference in the value. */
void any_each_ref(const struct any *any, void (*visit)(void *context, uint64_t ref), void *context);

#endif
