/* SPDX-License-Identifier: MIT
 *
 * Lists, tuples, maps and opaque values as they travel and are kept: packed, a message AnyList,
 * AnyMap or Opaque as bytes. Here they are read part by part, without memory and without recursion,
 * and written.
 *
 * A packed value is canonical if it is the shortest of its value: fields in order, nothing unknown,
 * no varint longer than it must be, no type in a reference. Reading takes all forms.
 */
#ifndef HF_PACKED_H
#define HF_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A value in a packed one. Bytes of any length stay where they are. */
struct packed_any {
    uint8_t kind; /**< Hf__Any__KindCase; 0: null */
    uint32_t len; /**< of `bytes` */
    union {
        bool boolean;
        int64_t integer;
        double real;
        uint64_t ref;
        const uint8_t *bytes;
    };
};

/** The rest of a packed value, of at most UINT32_MAX bytes. */
struct packed {
    const uint8_t *at;
    const uint8_t *end;
    bool odd; /**< out: what was read is not canonical; start with false */
};

enum packed_found {
    PACKED_ITEM,  /**< the next one */
    PACKED_END,   /**< there are no more */
    PACKED_BROKEN /**< not packed: not protobuf, a field twice, missing or of a wrong type */
};

static inline struct packed packed_begin(const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    return (struct packed){at, len > 0 ? at + len : at, false};
}

/** Take the next item of a list or tuple. */
enum packed_found packed_next(struct packed *list, struct packed_any *item);

/** Take the next pair of a map. */
enum packed_found packed_next_pair(struct packed *map, struct packed_any *key,
                                   struct packed_any *value);

/** The parts of an opaque value. */
struct packed_opaque {
    struct packed_any tag;    /**< a string, not checked to be one */
    struct packed_any bytes;  /**< bytes */
    struct packed_any equals; /**< bytes; of the kind 0: there is none */
    uint32_t refs;            /**< how many it has */
};

/** Read an opaque value. Returns false if it is broken.
 *
 *  odd  set to true if it is not canonical; otherwise left as it is
 */
bool packed_read_opaque(const struct packed_any *packed, struct packed_opaque *opaque, bool *odd);

/** Take the next reference of an opaque value, of which packed_begin() has all. */
enum packed_found packed_next_ref(struct packed *opaque, uint64_t *ref);

/** The keys of fields. */
enum packed_field {
    PACKED_FIRST = 0x0a, /**< AnyList.items, AnyMap.items, Item.key, Opaque.tag */
    PACKED_VALUE = 0x12, /**< Item.value, Opaque.bytes */
    PACKED_EQUALS = 0x1a,
    PACKED_REF = 0x22,
    PACKED_LIST = 0x32,
    PACKED_MAP = 0x3a,
    PACKED_TUPLE = 0x52,
    PACKED_OPAQUE = 0x62
};

/** The field of a value that is packed itself: a list, map, tuple or opaque value. */
static inline enum packed_field packed_field_of(uint8_t kind) {
    enum { WIRE_TYPE_BITS = 3, LENGTH_DELIMITED = 2 };
    return (enum packed_field)((unsigned)kind << WIRE_TYPE_BITS | LENGTH_DELIMITED);
}

/** The length of a varint. */
static inline size_t packed_varint_len(uint64_t number) {
    unsigned bits = 64 - (unsigned)__builtin_clzll(number | 1);
    return (bits * 9 + 64) / 64; /* of 1 to 64 the same as (bits + 6) / 7 */
}

/** The length of a field with contents of `len` bytes. */
static inline size_t packed_field_len(size_t len) {
    return 1 + packed_varint_len(len) + len;
}

/** Write the head of a field with contents of `len` bytes. Returns where the contents go. */
uint8_t *packed_put_head(uint8_t *to, enum packed_field field, size_t len);

/** The length of a value's message; of one that is packed itself with the bytes as they are. */
size_t packed_len(const struct packed_any *any);

/** Write the value's message, of packed_len() bytes. Returns its end. */
uint8_t *packed_put(uint8_t *to, const struct packed_any *any);

/** The length of an opaque value with these parts, but for its references. */
size_t packed_opaque_len(const struct packed_opaque *opaque);

/** Write it. Returns its end, where the references go. */
uint8_t *packed_put_opaque(uint8_t *to, const struct packed_opaque *opaque);

/** The length of a reference, which is a field PACKED_REF, and in Any. */
static inline size_t packed_ref_len(uint64_t ref) {
    return packed_field_len(1 + packed_varint_len(ref));
}

/** Write it. Returns its end. */
uint8_t *packed_put_ref(uint8_t *to, uint64_t ref);

#endif
