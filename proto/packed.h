/* SPDX-License-Identifier: MIT
 *
 * Lists and maps as they travel and are kept: packed, a message AnyList or AnyMap as bytes. Here
 * they are read item by item, without memory and without recursion, and written.
 *
 * A packed list or map is canonical if it is the shortest of its value: fields in order, nothing
 * unknown, no varint longer than it must be, no type in a reference. Reading takes all forms.
 */
#ifndef HF_PACKED_H
#define HF_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A value in a packed list or map. Strings, bytes, lists and maps stay where they are. */
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

/** The rest of a packed list or map, of at most UINT32_MAX bytes. */
struct packed {
    const uint8_t *at;
    const uint8_t *end;
    bool odd; /**< out: what was read is not canonical; start with false */
};

enum packed_found {
    PACKED_ITEM,  /**< the next one */
    PACKED_END,   /**< there are no more */
    PACKED_BROKEN /**< not a list or map: not protobuf, a field twice, missing or of a wrong type */
};

static inline struct packed packed_begin(const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    return (struct packed){at, len > 0 ? at + len : at, false};
}

/** Take the next item of a list. */
enum packed_found packed_next(struct packed *list, struct packed_any *item);

/** Take the next pair of a map. */
enum packed_found packed_next_pair(struct packed *map, struct packed_any *key,
                                   struct packed_any *value);

/** The keys of fields: of Any.list, Any.map, Item.value; the others are 1 in their message. */
enum packed_field {
    PACKED_FIRST = 0x0a, /**< AnyList.items, AnyMap.items, Item.key */
    PACKED_VALUE = 0x12,
    PACKED_LIST = 0x32,
    PACKED_MAP = 0x3a
};

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

/** The length of a value's message; of a list or map with the bytes as they are. */
size_t packed_len(const struct packed_any *any);

/** Write the value's message, of packed_len() bytes. Returns its end. */
uint8_t *packed_put(uint8_t *to, const struct packed_any *any);

#endif
