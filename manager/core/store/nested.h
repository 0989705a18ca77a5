/* SPDX-License-Identifier: MIT
 *
 * Values that are packed: lists, tuples, maps and opaque values (packed.h). Here a client's bytes
 * are checked and made canonical, and canonical ones are read.
 */
#ifndef HF_NESTED_H
#define HF_NESTED_H

#include "any.h"
#include "packed.h"

/** Check a packed value that came from outside, at a depth from 1, and make it canonical where it
 * lies.
 *
 *  Returns  as any_view()
 */
HF_MUST_USE hf_status nested_view(struct arena *arena, enum any_kind kind,
                                  ProtobufCBinaryData *data, unsigned depth, struct any *view);

/** A view of a value that was read from a packed one. */
static inline struct any nested_any(const struct packed_any *packed, bool counted) {
    struct any any = {.kind = packed->kind, .counted = counted, .len = packed->len};
    any.ref = packed->ref; /* the unions are the same */
    return any;
}

/** The same value to be written. */
static inline struct packed_any nested_packed(const struct any *any) {
    struct packed_any packed = {.kind = any->kind, .len = any->len};
    packed.ref = any->ref;
    return packed;
}

/** The parts of an opaque value that has been checked. */
struct packed_opaque nested_opaque(const struct packed_any *packed);

static inline struct packed nested_begin(const struct any *nested) {
    return packed_begin(nested->bytes, nested->len);
}

/** The next item of a list or tuple. false: there are no more. */
bool nested_next(const struct any *nested, struct packed *rest, struct any *item);

/** The next pair of a map. false: there are no more. */
bool nested_next_pair(struct packed *rest, struct packed_any *key, struct packed_any *value);

#endif
