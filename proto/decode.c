/* SPDX-License-Identifier: MIT
 *
 * See decode.h. The wire format is that of https://protobuf.dev/programming-guides/encoding/;
 * protobuf-c's descriptors tell where fields lie in a struct.
 */
#include "decode.h"

#include "utf8.h"
#include "wire_format.h"
#include "wire_limits.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

/* The required and singular fields of a message must have an index below this; those of its oneof
 * need not. */
enum { SEEN_MAX = 64 };

struct span {
    const uint8_t *at;
    const uint8_t *end;
};

struct field {
    uint32_t tag;
    unsigned wire;
    uint64_t number;     /* of a varint or a fixed width */
    struct span content; /* of length-delimited bytes */
};

/* A message being decoded. */
struct target {
    const ProtobufCMessageDescriptor *descriptor;
    ProtobufCMessage *message;
    unsigned depth;
    unsigned next; /* the index of the likely next field: most come in order */
    uint64_t seen;
    bool seen_oneof;
};

/* ---- fields on the wire ---- */

static bool take_long_varint(struct span *span, unsigned bytes_max, uint64_t *number) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 7 * bytes_max; shift += 7) {
        if (span->at == span->end) {
            return false;
        }
        uint8_t byte = *span->at++;
        result |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *number = result;
            return true;
        }
    }
    return false;
}

static inline bool take_varint(struct span *span, unsigned bytes_max, uint64_t *number) {
    if (span->at < span->end && *span->at < 0x80) {
        *number = *span->at++;
        return true;
    }
    return take_long_varint(span, bytes_max, number);
}

bool decode_varint(const uint8_t **at, const uint8_t *end, uint64_t *number) {
    assert(*at <= end);
    struct span span = {*at, end};
    bool whole = take_varint(&span, HF_VARINT_MAX_BYTES, number);
    *at = span.at;
    return whole;
}

static bool take_fixed(struct span *span, size_t len, uint64_t *number) {
    if ((size_t)(span->end - span->at) < len) {
        return false;
    }
    *number = 0;
    for (size_t i = len; i > 0; i--) {
        *number = *number << 8 | span->at[i - 1];
    }
    span->at += len;
    return true;
}

static inline bool take_content(struct span *span, struct span *content) {
    uint64_t len = 0;
    if (!take_varint(span, WIRE_KEY_MAX_BYTES, &len) || len > (uint64_t)(span->end - span->at)) {
        return false;
    }
    *content = (struct span){span->at, span->at + len};
    span->at += len;
    return true;
}

static inline bool take_field(struct span *span, struct field *field) {
    uint64_t key = 0;
    if (!take_varint(span, WIRE_KEY_MAX_BYTES, &key) || key >> 32 != 0 || key >> 3 == 0) {
        return false;
    }
    field->tag = (uint32_t)(key >> 3);
    field->wire = (unsigned)(key & 7);
    switch (field->wire) {
    case WIRE_VARINT:
        return take_varint(span, HF_VARINT_MAX_BYTES, &field->number);
    case WIRE_64:
        return take_fixed(span, 8, &field->number);
    case WIRE_32:
        return take_fixed(span, 4, &field->number);
    case WIRE_BYTES:
        return take_content(span, &field->content);
    default:
        return false; /* groups, and unknown types */
    }
}

bool decode_take(const uint8_t **at, const uint8_t *end, struct decoded_field *field) {
    struct span span = {*at, end};
    struct field taken = {0};
    assert(*at <= end);
    bool whole = take_field(&span, &taken);
    *field = (struct decoded_field){.tag = taken.tag,
                                    .wire = taken.wire,
                                    .number = taken.number,
                                    .content = taken.content.at,
                                    .len = (size_t)(taken.content.end - taken.content.at)};
    *at = span.at;
    return whole;
}

/* The first field with this tag and wire type. */
static bool peek(const uint8_t *bytes, size_t len, uint32_t tag, unsigned wire,
                 struct field *field) {
    assert(tag > 0);
    struct span span = {bytes, bytes + len};
    while (span.at < span.end && take_field(&span, field)) {
        if (field->tag == tag && field->wire == wire) {
            return true;
        }
    }
    return false;
}

uint64_t decode_peek_varint(const uint8_t *bytes, size_t len, uint32_t tag) {
    struct field field = {0};
    return peek(bytes, len, tag, WIRE_VARINT, &field) ? field.number : 0;
}

bool decode_peek_fixed32(const uint8_t *bytes, size_t len, uint32_t tag, uint32_t *number) {
    struct field field = {0};
    bool found = peek(bytes, len, tag, WIRE_32, &field);
    *number = found ? (uint32_t)field.number : 0;
    return found;
}

/* ---- a search in pieces ---- */

/* Read the head as far as it has come. DECODE_ON: it is not whole, or the field is another one;
 * then its head is dropped. */
static enum decode_searched search_head(struct decode_search *search) {
    struct span span = {search->head, search->head + search->head_len};
    bool full = search->head_len == sizeof search->head;
    uint64_t key = 0, number = 0;
    if (!take_varint(&span, WIRE_KEY_MAX_BYTES, &key)) {
        return search->head_len < WIRE_KEY_MAX_BYTES ? DECODE_ON : DECODE_BROKEN;
    }
    unsigned wire = (unsigned)(key & 7);
    if (wire == WIRE_VARINT || wire == WIRE_BYTES) {
        if (!take_varint(&span, HF_VARINT_MAX_BYTES, &number)) {
            return full ? DECODE_BROKEN : DECODE_ON;
        }
    } else if (wire != WIRE_64 && wire != WIRE_32) {
        return DECODE_BROKEN;
    }
    search->head_len = 0;
    search->content_len = wire == WIRE_BYTES ? number
                          : wire == WIRE_64  ? 8
                          : wire == WIRE_32  ? 4
                                             : 0;
    search->number = number;
    return wire == WIRE_VARINT && key >> 3 == search->tag ? DECODE_FOUND : DECODE_ON;
}

enum decode_searched decode_search(struct decode_search *search, const uint8_t *bytes, size_t len) {
    enum decode_searched searched = DECODE_ON;
    assert(search->tag > 0);
    while (len > 0 && searched == DECODE_ON) {
        size_t passed = search->content_len < len ? (size_t)search->content_len : len;
        search->content_len -= passed;
        if (passed == 0) {
            assert(search->head_len < sizeof search->head);
            search->head[search->head_len++] = *bytes;
            searched = search_head(search);
            passed = 1;
        }
        bytes += passed;
        len -= passed;
    }
    return searched;
}

/* ---- refusals, memory ---- */

static hf_status decode_refuse(struct decoder *decoder, hf_status status,
                               const ProtobufCFieldDescriptor *field, const char *why) {
    decoder->field = field ? field->name : NULL;
    decoder->why = why;
    return status;
}

static hf_status decode_allocate(struct decoder *decoder, size_t size, void **memory) {
    if (size > decoder->bytes_max) {
        return decode_refuse(decoder, HF_TOO_BIG, NULL, "would take too much memory once decoded");
    }
    decoder->bytes_max -= size;
    *memory = decoder->take(decoder->from, size);
    return *memory ? HF_OK : decode_refuse(decoder, HF_NO_MEMORY, NULL, "finds no memory");
}

/* ---- values ---- */

static hf_status decode_message(struct decoder *decoder,
                                const ProtobufCMessageDescriptor *descriptor, struct span body,
                                unsigned depth, ProtobufCMessage **message);

static uint64_t unzigzag(uint64_t number) {
    return number >> 1 ^ -(number & 1);
}

/* The slot may hold a floating-point number. */
__attribute__((always_inline)) static inline void store_number(struct wire_form form,
                                                               uint64_t number, void *slot) {
    uint64_t bits = form.sort == SORT_ZIGZAG  ? unzigzag(number)
                    : form.sort == SORT_TRUTH ? number != 0
                                              : number;
    uint32_t half = (uint32_t)bits;
    assert(slot);
    if (form.width == sizeof half) {
        memcpy(slot, &half, sizeof half);
    } else {
        assert(form.width == sizeof bits);
        memcpy(slot, &bits, sizeof bits);
    }
}

static hf_status store_string(struct decoder *decoder, const ProtobufCFieldDescriptor *field,
                              struct span content, void *slot) {
    assert(content.at);
    size_t len = (size_t)(content.end - content.at);
    if (memchr(content.at, 0, len) || !utf8_valid(content.at, len)) {
        return decode_refuse(decoder, HF_INVALID, field, "is not UTF-8 without NUL");
    }
    void *memory = NULL;
    hf_status status = decode_allocate(decoder, len + 1, &memory);
    if (status == HF_OK) {
        char *string = memory;
        memcpy(string, content.at, len);
        string[len] = 0;
        *(char **)slot = string;
    }
    return status;
}

static hf_status store_bytes(struct decoder *decoder, struct span content, void *slot) {
    size_t len = (size_t)(content.end - content.at);
    void *memory = NULL;
    hf_status status = len > 0 ? decode_allocate(decoder, len, &memory) : HF_OK;
    if (status != HF_OK) {
        return status;
    }
    if (len > 0) {
        memcpy(memory, content.at, len);
    }
    *(ProtobufCBinaryData *)slot = (ProtobufCBinaryData){len, memory};
    return HF_OK;
}

static hf_status store_content(struct decoder *decoder, const ProtobufCFieldDescriptor *descriptor,
                               struct span content, unsigned depth, void *slot) {
    unsigned sort = wire_forms[descriptor->type].sort;
    if (sort == SORT_MESSAGE) {
        return decode_message(decoder, descriptor->descriptor, content, depth + 1, slot);
    }
    return sort == SORT_STRING ? store_string(decoder, descriptor, content, slot)
                               : store_bytes(decoder, content, slot);
}

__attribute__((always_inline)) static inline hf_status
store(struct decoder *decoder, const ProtobufCFieldDescriptor *descriptor,
      const struct field *field, unsigned depth, void *slot) {
    struct wire_form form = wire_forms[descriptor->type];
    if (form.type == WIRE_BYTES) {
        return store_content(decoder, descriptor, field->content, depth, slot);
    }
    store_number(form, field->number, slot);
    return HF_OK;
}

/* ---- fields of a message ---- */

static inline void *at_offset(const struct target *target, unsigned offset) {
    return (uint8_t *)target->message + offset;
}

static const ProtobufCFieldDescriptor *find_field(struct target *target, uint32_t tag) {
    const ProtobufCMessageDescriptor *descriptor = target->descriptor;
    if (target->next < descriptor->n_fields && descriptor->fields[target->next].id == tag) {
        return &descriptor->fields[target->next];
    }
    return wire_field(descriptor, tag);
}

static hf_status mark_seen(struct decoder *decoder, struct target *target,
                           const ProtobufCFieldDescriptor *field) {
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (target->seen_oneof) {
            return decode_refuse(decoder, HF_INVALID, field, "comes beside another of its oneof");
        }
        target->seen_oneof = true;
        return HF_OK;
    }
    size_t index = (size_t)(field - target->descriptor->fields);
    assert(index < SEEN_MAX);
    if (target->seen & 1ull << index) {
        return decode_refuse(decoder, HF_INVALID, field, "is given twice");
    }
    target->seen |= 1ull << index;
    return HF_OK;
}

static hf_status store_singular(struct decoder *decoder, struct target *target,
                                const ProtobufCFieldDescriptor *descriptor,
                                const struct field *field) {
    hf_status status = mark_seen(decoder, target, descriptor);
    if (status == HF_OK) {
        status =
            store(decoder, descriptor, field, target->depth, at_offset(target, descriptor->offset));
    }
    if (status == HF_OK && descriptor->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        *(uint32_t *)at_offset(target, descriptor->quantifier_offset) = descriptor->id;
    } else if (status == HF_OK && descriptor->quantifier_offset) {
        *(protobuf_c_boolean *)at_offset(target, descriptor->quantifier_offset) = true;
    }
    return status;
}

/* Numbers of a repeated field may come packed: one after the other in length-delimited bytes. This
 * is rare, and kept out of line: it would cost other fields instructions. */
__attribute__((noinline)) static bool take_packed(struct span *content, unsigned wire,
                                                  uint64_t *number) {
    switch (wire) {
    case WIRE_64:
        return take_fixed(content, 8, number);
    case WIRE_32:
        return take_fixed(content, 4, number);
    default:
        assert(wire == WIRE_VARINT);
        return take_long_varint(content, HF_VARINT_MAX_BYTES, number);
    }
}

/* How many elements a field has that is not of the wire type of its elements. */
__attribute__((noinline)) static size_t count_packed(unsigned wire, const struct field *field) {
    struct span content = field->content;
    size_t count = 0;
    uint64_t number = 0;
    if (field->wire != WIRE_BYTES) {
        return 0; /* it is refused where it is stored */
    }
    while (content.at < content.end && take_packed(&content, wire, &number)) {
        count++;
    }
    return count;
}

/* How many elements a repeated field has in `rest`. */
__attribute__((noinline)) static size_t count_elements(uint32_t tag, unsigned wire,
                                                       struct span rest) {
    size_t count = 0;
    struct field field = {0};
    while (rest.at < rest.end && take_field(&rest, &field)) {
        if (field.tag == tag) {
            count += field.wire == wire ? 1 : count_packed(wire, &field);
        }
    }
    return count;
}

/* The first element allocates the array for all. */
static hf_status store_element(struct decoder *decoder, struct target *target,
                               const ProtobufCFieldDescriptor *descriptor,
                               const struct field *field, struct span rest) {
    size_t *count = at_offset(target, descriptor->quantifier_offset);
    void **array = at_offset(target, descriptor->offset);
    size_t size = wire_forms[descriptor->type].width;
    if (*count == 0) {
        unsigned wire = wire_forms[descriptor->type].type;
        hf_status status = decode_allocate(
            decoder, (1 + count_elements(descriptor->id, wire, rest)) * size, array);
        if (status != HF_OK) {
            return status;
        }
    }
    assert(*array);
    hf_status status =
        store(decoder, descriptor, field, target->depth, (uint8_t *)*array + *count * size);
    *count += status == HF_OK;
    return status;
}

/* A field that is not of the wire type of its elements: they are packed, or it is refused. Taken by
 * value, so that the other fields stay in registers. */
__attribute__((noinline)) static hf_status store_packed(struct decoder *decoder,
                                                        struct target *target,
                                                        const ProtobufCFieldDescriptor *descriptor,
                                                        struct field field, struct span rest) {
    struct wire_form form = wire_forms[descriptor->type];
    struct span content = field.content;
    size_t *count = at_offset(target, descriptor->quantifier_offset);
    uint8_t **array = at_offset(target, descriptor->offset);
    void *memory = NULL;
    if (descriptor->label != PROTOBUF_C_LABEL_REPEATED || field.wire != WIRE_BYTES) {
        return decode_refuse(decoder, HF_INVALID, descriptor, "is of the wrong wire type");
    }
    if (*count == 0 && content.at < content.end) {
        size_t room =
            1 + count_packed(form.type, &field) + count_elements(descriptor->id, form.type, rest);
        hf_status status = decode_allocate(decoder, room * form.width, &memory);
        if (status != HF_OK) {
            return status;
        }
        *array = memory;
    }
    for (uint64_t number = 0; content.at < content.end; (*count)++) {
        if (!take_packed(&content, form.type, &number)) {
            return decode_refuse(decoder, HF_PROTOCOL, descriptor, "is not packed as in protobuf");
        }
        store_number(form, number, *array + *count * form.width);
    }
    return HF_OK;
}

static hf_status decode_field(struct decoder *decoder, struct target *target,
                              const struct field *field, struct span rest) {
    const ProtobufCFieldDescriptor *descriptor = find_field(target, field->tag);
    if (!descriptor) {
        return HF_OK; /* of a later version */
    }
    target->next = (unsigned)(descriptor - target->descriptor->fields) + 1;
    if (field->wire != wire_forms[descriptor->type].type) {
        return store_packed(decoder, target, descriptor, *field, rest);
    }
    return descriptor->label == PROTOBUF_C_LABEL_REPEATED
               ? store_element(decoder, target, descriptor, field, rest)
               : store_singular(decoder, target, descriptor, field);
}

/* Descriptors that were found to have no required field. Most have none, and to look at all their
 * fields each time would be a good part of the work. A lost entry is found again. */
enum { WITHOUT_REQUIRED_ROOM = 256 };
static _Atomic(const ProtobufCMessageDescriptor *) without_required[WITHOUT_REQUIRED_ROOM];

static _Atomic(const ProtobufCMessageDescriptor *) *
without_required_at(const ProtobufCMessageDescriptor *descriptor) {
    return &without_required[((uintptr_t)descriptor >> 7) % WITHOUT_REQUIRED_ROOM];
}

static hf_status look_for_required(struct decoder *decoder, const struct target *target) {
    const ProtobufCMessageDescriptor *descriptor = target->descriptor;
    bool none = true;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            break; /* no others follow */
        }
        none = none && field->label != PROTOBUF_C_LABEL_REQUIRED;
        if (field->label == PROTOBUF_C_LABEL_REQUIRED && !(target->seen & 1ull << i)) {
            return decode_refuse(decoder, HF_INVALID, field, "is missing");
        }
    }
    if (none) {
        atomic_store_explicit(without_required_at(descriptor), descriptor, memory_order_relaxed);
    }
    return HF_OK;
}

static inline hf_status check_required(struct decoder *decoder, const struct target *target) {
    const ProtobufCMessageDescriptor *descriptor = target->descriptor;
    bool none =
        atomic_load_explicit(without_required_at(descriptor), memory_order_relaxed) == descriptor;
    return none ? HF_OK : look_for_required(decoder, target);
}

static hf_status decode_message(struct decoder *decoder,
                                const ProtobufCMessageDescriptor *descriptor, struct span body,
                                unsigned depth, ProtobufCMessage **message) {
    if (depth > decoder->depth_max) {
        return decode_refuse(decoder, HF_TOO_BIG, NULL, "is nested too deep");
    }
    void *memory = NULL;
    hf_status status = decode_allocate(decoder, descriptor->sizeof_message, &memory);
    if (status != HF_OK) {
        return status;
    }
    struct target target = {.descriptor = descriptor, .message = memory, .depth = depth};
    descriptor->message_init(target.message);
    struct field field = {0};
    while (status == HF_OK && body.at < body.end) {
        if (!take_field(&body, &field)) {
            return decode_refuse(decoder, HF_PROTOCOL, NULL, "is not a protobuf message");
        }
        status = decode_field(decoder, &target, &field, body);
    }
    *message = target.message;
    return status == HF_OK ? check_required(decoder, &target) : status;
}

hf_status decode(struct decoder *decoder, const ProtobufCMessageDescriptor *descriptor,
                 const uint8_t *bytes, size_t len, ProtobufCMessage **message) {
    assert(decoder->depth_max > 0 && (bytes || len == 0));
    return decode_message(decoder, descriptor, (struct span){bytes, bytes + len}, 1, message);
}
