/* SPDX-License-Identifier: MIT
 *
 * See packed.h. Nearly all messages have their fields in order and nothing else: they are read by a
 * straight path. All others are read again from their beginning, field by field.
 */
#include "packed.h"

#include "decode.h"
#include "encode.h"
#include "holdfast.pb-c.h"
#include "wire_format.h"
#include "wire_limits.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

/* The bytes of a message, or of what is left of it. */
struct part {
    const uint8_t *at;
    const uint8_t *end;
};

/* The key of a field in Any: its tag, which is the kind, and its wire type. */
#define ANY_KEY(kind, wire) ((unsigned)(kind) << 3 | (wire))

enum { REF_ID_KEY = 1u << 3 | WIRE_VARINT };

/* ---- numbers and lengths ---- */

/* The last byte of the longest varint has room for more bits than a number has. */
__attribute__((noinline)) static bool packed_take_long(struct part *part, uint64_t *number,
                                                       bool *odd) {
    const uint8_t *start = part->at;
    if (!decode_varint(&part->at, part->end, number)) {
        return false;
    }
    size_t len = (size_t)(part->at - start);
    *odd = *odd || len != packed_varint_len(*number) ||
           (len == HF_VARINT_MAX_BYTES && part->at[-1] > 1);
    return true;
}

static inline bool packed_take_varint(struct part *part, uint64_t *number, bool *odd) {
    if (part->at < part->end && *part->at < 0x80) {
        *number = *part->at++;
        return true;
    }
    return packed_take_long(part, number, odd);
}

static inline bool packed_take_content(struct part *part, struct part *content, bool *odd) {
    uint64_t len = 0;
    if (!packed_take_varint(part, &len, odd) || len > (uint64_t)(part->end - part->at)) {
        return false;
    }
    *content = (struct part){part->at, part->at + len};
    part->at += len;
    return true;
}

static inline bool packed_take_double(struct part *part, double *real) {
    uint64_t bits = 0;
    if (part->end - part->at < (ptrdiff_t)sizeof bits) {
        return false;
    }
    memcpy(&bits, part->at, sizeof bits);
    bits = le64toh(bits);
    memcpy(real, &bits, sizeof bits);
    part->at += sizeof bits;
    return true;
}

/* ---- a reference ---- */

/* One in another form: with its type, which is not kept, or with unknown fields. */
__attribute__((noinline)) static bool packed_read_odd_ref(struct part body, uint64_t *ref,
                                                          bool *odd) {
    struct decoded_field field;
    bool seen[3] = {false, false, false};
    *odd = true;
    while (body.at < body.end) {
        if (!decode_take(&body.at, body.end, &field)) {
            return false;
        }
        if (field.tag > 2) {
            continue;
        }
        if (seen[field.tag] || field.wire != WIRE_VARINT) {
            return false;
        }
        seen[field.tag] = true;
        *ref = field.tag == 1 ? field.number : *ref;
    }
    return seen[1];
}

static bool packed_read_ref(struct part body, uint64_t *ref, bool *odd) {
    struct part rest = body;
    if (rest.at < rest.end && *rest.at++ == REF_ID_KEY && packed_take_varint(&rest, ref, odd) &&
        rest.at == rest.end) {
        return true;
    }
    return packed_read_odd_ref(body, ref, odd);
}

/* ---- a value ---- */

static inline void packed_set_bytes(struct packed_any *any, struct part content) {
    size_t len = (size_t)(content.end - content.at);
    assert(len <= UINT32_MAX);
    any->len = (uint32_t)len;
    any->bytes = len > 0 ? content.at : NULL;
}

/* The field of this key. Returns false, and an undefined value, if it is not whole or unknown. */
static inline bool packed_take_kind(unsigned key, struct part *part, struct packed_any *any,
                                    bool *odd) {
    uint64_t number = 0;
    struct part content;
    any->kind = (uint8_t)(key >> 3);
    switch (key) {
    case ANY_KEY(HF__ANY__KIND_STRING, WIRE_BYTES):
    case ANY_KEY(HF__ANY__KIND_BYTES, WIRE_BYTES):
    case ANY_KEY(HF__ANY__KIND_LIST, WIRE_BYTES):
    case ANY_KEY(HF__ANY__KIND_MAP, WIRE_BYTES):
    case ANY_KEY(HF__ANY__KIND_TUPLE, WIRE_BYTES):
    case ANY_KEY(HF__ANY__KIND_BIG, WIRE_BYTES):
    case ANY_KEY(HF__ANY__KIND_OPAQUE, WIRE_BYTES):
        if (!packed_take_content(part, &content, odd)) {
            return false;
        }
        packed_set_bytes(any, content);
        return true;
    case ANY_KEY(HF__ANY__KIND_INT, WIRE_VARINT):
        if (!packed_take_varint(part, &number, odd)) {
            return false;
        }
        any->integer = (int64_t)(number >> 1 ^ -(number & 1));
        return true;
    case ANY_KEY(HF__ANY__KIND_BOOL, WIRE_VARINT):
        if (!packed_take_varint(part, &number, odd)) {
            return false;
        }
        any->boolean = number != 0;
        *odd = *odd || number > 1;
        return true;
    case ANY_KEY(HF__ANY__KIND_DOUBLE, WIRE_64):
        return packed_take_double(part, &any->real);
    case ANY_KEY(HF__ANY__KIND_REF, WIRE_BYTES):
        return packed_take_content(part, &content, odd) && packed_read_ref(content, &any->ref, odd);
    default:
        return false;
    }
}

static bool packed_is_kind(uint32_t tag) {
    return tag <= HF__ANY__KIND_REF || (tag >= HF__ANY__KIND_TUPLE && tag <= HF__ANY__KIND_OPAQUE);
}

/* One with unknown fields, or a key that is longer than it must be. */
__attribute__((noinline)) static bool packed_read_odd_any(struct part body, struct packed_any *any,
                                                          bool *odd) {
    bool seen = false;
    *odd = true;
    *any = (struct packed_any){0};
    while (body.at < body.end) {
        struct decoded_field field;
        struct part start = body;
        uint64_t key = 0;
        if (!decode_take(&body.at, body.end, &field)) {
            return false;
        }
        if (!packed_is_kind(field.tag)) {
            continue;
        }
        bool first = packed_take_varint(&start, &key, odd) && !seen;
        if (!first || !packed_take_kind((unsigned)key, &start, any, odd)) {
            return false;
        }
        seen = true;
    }
    return true;
}

static inline bool packed_read_any(struct part body, struct packed_any *any, bool *odd) {
    struct part rest = body;
    any->len = 0;
    any->ref = 0;
    if (rest.at == rest.end) {
        any->kind = HF__ANY__KIND__NOT_SET;
        return true;
    }
    unsigned key = *rest.at++;
    if (packed_take_kind(key, &rest, any, odd) && rest.at == rest.end) {
        return true;
    }
    return packed_read_odd_any(body, any, odd);
}

/* ---- lists and maps ---- */

/* The next field with the tag 1, if another one comes first. */
__attribute__((noinline)) static enum packed_found packed_find_odd(struct packed *rest,
                                                                   struct part *content) {
    rest->odd = true;
    while (rest->at < rest->end) {
        struct decoded_field field;
        if (!decode_take(&rest->at, rest->end, &field)) {
            return PACKED_BROKEN;
        }
        if (field.tag == 1) {
            *content = (struct part){field.content, field.content + field.len};
            return field.wire == WIRE_BYTES ? PACKED_ITEM : PACKED_BROKEN;
        }
    }
    return PACKED_END;
}

static inline enum packed_found packed_find(struct packed *rest, struct part *content) {
    struct part part = {rest->at, rest->end};
    if (part.at == part.end) {
        return PACKED_END;
    }
    if (*part.at++ == PACKED_FIRST && packed_take_content(&part, content, &rest->odd)) {
        rest->at = part.at;
        return PACKED_ITEM;
    }
    return packed_find_odd(rest, content);
}

enum packed_found packed_next(struct packed *list, struct packed_any *item) {
    struct part body;
    enum packed_found found = packed_find(list, &body);
    if (found == PACKED_ITEM && !packed_read_any(body, item, &list->odd)) {
        return PACKED_BROKEN;
    }
    return found;
}

/* A pair with unknown fields, or the value first. */
__attribute__((noinline)) static bool packed_split_odd(struct part body, struct part *key,
                                                       struct part *value, bool *odd) {
    bool seen[3] = {false, false, false};
    *odd = true;
    while (body.at < body.end) {
        struct decoded_field field;
        if (!decode_take(&body.at, body.end, &field)) {
            return false;
        }
        if (field.tag > 2) {
            continue;
        }
        if (seen[field.tag] || field.wire != WIRE_BYTES) {
            return false;
        }
        seen[field.tag] = true;
        *(field.tag == 1 ? key : value) = (struct part){field.content, field.content + field.len};
    }
    return seen[1] && seen[2];
}

static inline bool packed_split(struct part body, struct part *key, struct part *value, bool *odd) {
    struct part rest = body;
    if (rest.at < rest.end && *rest.at++ == PACKED_FIRST && packed_take_content(&rest, key, odd) &&
        rest.at < rest.end && *rest.at++ == PACKED_VALUE &&
        packed_take_content(&rest, value, odd) && rest.at == rest.end) {
        return true;
    }
    return packed_split_odd(body, key, value, odd);
}

enum packed_found packed_next_pair(struct packed *map, struct packed_any *key,
                                   struct packed_any *value) {
    struct part body;
    struct part parts[2];
    enum packed_found found = packed_find(map, &body);
    if (found != PACKED_ITEM) {
        return found;
    }
    return packed_split(body, &parts[0], &parts[1], &map->odd) &&
                   packed_read_any(parts[0], key, &map->odd) &&
                   packed_read_any(parts[1], value, &map->odd)
               ? PACKED_ITEM
               : PACKED_BROKEN;
}

/* ---- opaque values ---- */

/* The parts of an opaque value, by their tags. */
enum { OPAQUE_TAG = 1, OPAQUE_BYTES, OPAQUE_EQUALS, OPAQUE_REFS };

/* The next field that an opaque value may have. `last` is the tag of the one before it: fields in
 * another order are not canonical. */
static enum packed_found packed_next_part(struct packed *rest, uint32_t *last,
                                          struct part *content) {
    while (rest->at < rest->end) {
        struct decoded_field field;
        const uint8_t *start = rest->at;
        if (!decode_take(&rest->at, rest->end, &field)) {
            return PACKED_BROKEN;
        }
        if (field.tag > OPAQUE_REFS) {
            rest->odd = true;
            continue;
        }
        size_t len = (size_t)(rest->at - start);
        rest->odd = rest->odd || field.tag < *last || len != packed_field_len(field.len);
        *last = field.tag;
        *content = (struct part){field.content, field.content + field.len};
        return field.wire == WIRE_BYTES ? PACKED_ITEM : PACKED_BROKEN;
    }
    return PACKED_END;
}

bool packed_read_opaque(const struct packed_any *packed, struct packed_opaque *opaque, bool *odd) {
    struct packed rest = packed_begin(packed->bytes, packed->len);
    struct packed_any *const parts[] = {NULL, &opaque->tag, &opaque->bytes, &opaque->equals};
    enum packed_found found = PACKED_ITEM;
    struct part content;
    uint32_t tag = 0;
    *opaque = (struct packed_opaque){0};
    while ((found = packed_next_part(&rest, &tag, &content)) == PACKED_ITEM) {
        uint64_t ref = 0;
        if (tag == OPAQUE_REFS) {
            opaque->refs++;
            if (!packed_read_ref(content, &ref, &rest.odd)) {
                return false;
            }
            continue;
        }
        if (tag == 0 || parts[tag]->kind != HF__ANY__KIND__NOT_SET) {
            return false;
        }
        parts[tag]->kind = tag == OPAQUE_TAG ? HF__ANY__KIND_STRING : HF__ANY__KIND_BYTES;
        packed_set_bytes(parts[tag], content);
    }
    *odd = *odd || rest.odd;
    return found == PACKED_END && opaque->tag.kind != HF__ANY__KIND__NOT_SET &&
           opaque->bytes.kind != HF__ANY__KIND__NOT_SET;
}

enum packed_found packed_next_ref(struct packed *opaque, uint64_t *ref) {
    enum packed_found found = PACKED_ITEM;
    struct part content;
    uint32_t tag = 0;
    while ((found = packed_next_part(opaque, &tag, &content)) == PACKED_ITEM) {
        if (tag == OPAQUE_REFS) {
            return packed_read_ref(content, ref, &opaque->odd) ? PACKED_ITEM : PACKED_BROKEN;
        }
    }
    return found;
}

/* ---- writing ---- */

uint8_t *packed_put_head(uint8_t *to, enum packed_field field, size_t len) {
    *to++ = (uint8_t)field;
    return to + encode_varint(to, len);
}

static uint64_t packed_zigzag(int64_t number) {
    return (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0);
}

size_t packed_len(const struct packed_any *any) {
    switch (any->kind) {
    case HF__ANY__KIND_BOOL:
        return 2;
    case HF__ANY__KIND_INT:
        return 1 + packed_varint_len(packed_zigzag(any->integer));
    case HF__ANY__KIND_DOUBLE:
        return 1 + sizeof any->real;
    case HF__ANY__KIND_STRING:
    case HF__ANY__KIND_BYTES:
    case HF__ANY__KIND_LIST:
    case HF__ANY__KIND_MAP:
    case HF__ANY__KIND_TUPLE:
    case HF__ANY__KIND_BIG:
    case HF__ANY__KIND_OPAQUE:
        return packed_field_len(any->len);
    case HF__ANY__KIND_REF:
        return packed_ref_len(any->ref);
    default:
        assert(any->kind == HF__ANY__KIND__NOT_SET);
        return 0;
    }
}

static uint8_t *packed_put_double(uint8_t *to, double real) {
    uint64_t bits = 0;
    memcpy(&bits, &real, sizeof bits);
    bits = htole64(bits);
    memcpy(to, &bits, sizeof bits);
    return to + sizeof bits;
}

/* The message Ref, with its length before it. */
static uint8_t *packed_put_ref_message(uint8_t *to, uint64_t ref) {
    *to++ = (uint8_t)(1 + packed_varint_len(ref));
    *to++ = REF_ID_KEY;
    return to + encode_varint(to, ref);
}

static uint8_t *packed_put_content(uint8_t *to, const struct packed_any *any) {
    to += encode_varint(to, any->len);
    return any->len > 0 ? (uint8_t *)memcpy(to, any->bytes, any->len) + any->len : to;
}

uint8_t *packed_put(uint8_t *to, const struct packed_any *any) {
    const unsigned wire = any->kind == HF__ANY__KIND_DOUBLE ? WIRE_64
                          : any->kind == HF__ANY__KIND_BOOL || any->kind == HF__ANY__KIND_INT
                              ? WIRE_VARINT
                              : WIRE_BYTES;
    if (any->kind == HF__ANY__KIND__NOT_SET) {
        return to;
    }
    *to++ = (uint8_t)ANY_KEY(any->kind, wire);
    switch (any->kind) {
    case HF__ANY__KIND_BOOL:
        *to++ = any->boolean;
        return to;
    case HF__ANY__KIND_INT:
        return to + encode_varint(to, packed_zigzag(any->integer));
    case HF__ANY__KIND_DOUBLE:
        return packed_put_double(to, any->real);
    case HF__ANY__KIND_REF:
        return packed_put_ref_message(to, any->ref);
    default:
        return packed_put_content(to, any);
    }
}

static bool packed_has_equals(const struct packed_opaque *opaque) {
    return opaque->equals.kind != HF__ANY__KIND__NOT_SET;
}

size_t packed_opaque_len(const struct packed_opaque *opaque) {
    return packed_field_len(opaque->tag.len) + packed_field_len(opaque->bytes.len) +
           (packed_has_equals(opaque) ? packed_field_len(opaque->equals.len) : 0);
}

uint8_t *packed_put_opaque(uint8_t *to, const struct packed_opaque *opaque) {
    *to++ = PACKED_FIRST;
    to = packed_put_content(to, &opaque->tag);
    *to++ = PACKED_VALUE;
    to = packed_put_content(to, &opaque->bytes);
    if (packed_has_equals(opaque)) {
        *to++ = PACKED_EQUALS;
        to = packed_put_content(to, &opaque->equals);
    }
    return to;
}

uint8_t *packed_put_ref(uint8_t *to, uint64_t ref) {
    *to++ = PACKED_REF;
    return packed_put_ref_message(to, ref);
}
