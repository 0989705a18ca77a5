/* SPDX-License-Identifier: MIT
 *
 * decode: accepted and refused bytes, and the same structs as protobuf-c for the accepted ones;
 * encode: the same bytes as protobuf-c.
 */
#include "decode.h"
#include "decoded.h"
#include "encode.h"
#include "seeded.h"
#include "wire_format.h"
#include "wire_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <holdfast.pb-c.h>

/* A string literal with its length, which may have NUL in it. */
#define BYTES(literal) (literal), sizeof(literal) - 1

struct row {
    const char *what;
    const ProtobufCMessageDescriptor *descriptor;
    const char *body;
    size_t len;
    hf_status status;
    const char *field; /* NULL: the message as a whole */
};

#define REQUEST_ROW(what, body, status, field)                                                     \
    { what, &hf__request__descriptor, BYTES(body), status, field }
#define ROW(what, message, body, status, field)                                                    \
    { what, &hf__##message##__descriptor, BYTES(body), status, field }

static const struct row rows[] = {
    REQUEST_ROW("nothing", "", HF_OK, NULL),
    REQUEST_ROW("a ping", "\x08\x01\x62\x00", HF_OK, NULL),
    REQUEST_ROW("any order", "\x62\x00\x08\x01", HF_OK, NULL),
    REQUEST_ROW("a varint longer than it need be", "\x08\x81\x80\x00", HF_OK, NULL),
    REQUEST_ROW("the longest varint", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", HF_OK, NULL),
    REQUEST_ROW("a longer one", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", HF_PROTOCOL,
                NULL),
    REQUEST_ROW("a tag in five bytes", "\x88\x80\x80\x80\x00\x01", HF_OK, NULL),
    REQUEST_ROW("a tag in six bytes", "\x88\x80\x80\x80\x80\x00\x01", HF_PROTOCOL, NULL),
    REQUEST_ROW("a tag past 2^29", "\x80\x80\x80\x80\x10\x01", HF_PROTOCOL, NULL),
    REQUEST_ROW("a length in five bytes", "\x62\x80\x80\x80\x80\x00", HF_OK, NULL),
    REQUEST_ROW("a length in six bytes", "\x62\x80\x80\x80\x80\x80\x00", HF_PROTOCOL, NULL),
    REQUEST_ROW("a tag without its content", "\x08", HF_PROTOCOL, NULL),
    REQUEST_ROW("half a varint", "\x08\x80", HF_PROTOCOL, NULL),
    REQUEST_ROW("field 0", "\x00\x00", HF_PROTOCOL, NULL),
    REQUEST_ROW("field 0 of another wire type", "\x02\x00", HF_PROTOCOL, NULL),
    REQUEST_ROW("a group begins", "\x0b", HF_PROTOCOL, NULL),
    REQUEST_ROW("a group ends", "\x0c", HF_PROTOCOL, NULL),
    REQUEST_ROW("wire type 6", "\x0e\x00", HF_PROTOCOL, NULL),
    REQUEST_ROW("wire type 7", "\x0f\x00", HF_PROTOCOL, NULL),
    REQUEST_ROW("longer than the rest", "\x62\x01", HF_PROTOCOL, NULL),
    REQUEST_ROW("as long as an int64 can say", "\x62\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
                HF_PROTOCOL, NULL),
    REQUEST_ROW("an unknown varint", "\xc0\x3e\x05", HF_OK, NULL),
    REQUEST_ROW("an unknown fixed64", "\xc1\x3e\1\2\3\4\5\6\7\x8", HF_OK, NULL),
    REQUEST_ROW("half an unknown fixed64", "\xc1\x3e\1\2\3\4\5\6\7", HF_PROTOCOL, NULL),
    REQUEST_ROW("an unknown fixed32", "\xc5\x3e\1\2\3\4", HF_OK, NULL),
    REQUEST_ROW("half an unknown fixed32", "\xc5\x3e\1\2\3", HF_PROTOCOL, NULL),
    REQUEST_ROW("unknown bytes, twice", "\xc2\x3e\1a\xc2\x3e\1b", HF_OK, NULL),
    REQUEST_ROW("an id twice", "\x08\x01\x08\x01", HF_INVALID, "id"),
    REQUEST_ROW("an operation twice", "\x62\x00\x62\x00", HF_INVALID, "ping"),
    REQUEST_ROW("two operations", "\x62\x00\x7a\x00", HF_INVALID, "stats"),
    REQUEST_ROW("an id that is bytes", "\x0a\x00", HF_INVALID, "id"),
    REQUEST_ROW("an id that is fixed64", "\x09\1\2\3\4\5\6\7\x8", HF_INVALID, "id"),
    REQUEST_ROW("a ping that is a number", "\x60\x00", HF_INVALID, "ping"),
    REQUEST_ROW("a guard without its fence", "\x22\x02\x08\x01", HF_INVALID, "fence"),
    REQUEST_ROW("a guard without its lock", "\x22\x02\x10\x01", HF_INVALID, "lock"),
    ROW("packed numbers", lock_acquire_many, "\x0a\x04\x01\xac\x02\x03", HF_OK, NULL),
    ROW("no packed numbers", lock_acquire_many, "\x0a\x00", HF_OK, NULL),
    ROW("packed numbers, and others", lock_acquire_many,
        "\x08\x05\x0a\x00\x0a\x02\x01\x02\x08\x06\x0a\x01\x07", HF_OK, NULL),
    ROW("half a packed number", lock_acquire_many, "\x0a\x02\x01\x80", HF_PROTOCOL, "locks"),
    ROW("half a packed number alone", lock_acquire_many, "\x0a\x01\x80", HF_PROTOCOL, "locks"),
    ROW("a packed number in eleven bytes", lock_acquire_many,
        "\x0a\x0b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", HF_PROTOCOL, "locks"),
    REQUEST_ROW("a packed number where one may be", "\x0a\x01\x05", HF_INVALID, "id"),
    REQUEST_ROW("broken inside", "\x22\x03\x08\x01\x10", HF_PROTOCOL, NULL),
    REQUEST_ROW("a batch of two pings", "\x72\x08\x0a\x02\x62\x00\x0a\x02\x62\x00", HF_OK, NULL),
    ROW("a bool", any, "\x08\x01", HF_OK, NULL),
    ROW("two kinds", any, "\x08\x01\x10\x02", HF_INVALID, "int"),
    ROW("a double", any, "\x19\1\2\3\4\5\6\7\x8", HF_OK, NULL),
    ROW("a double that is a varint", any, "\x18\x01", HF_INVALID, "double"),
    ROW("a string is not looked into here", any, "\x22\x02\xff\x00", HF_OK, NULL),
    ROW("a list of nulls", any, "\x32\x04\x0a\x00\x0a\x00", HF_OK, NULL),
    ROW("a reference to nothing", any, "\x42\x00", HF_INVALID, "id"),
    ROW("an item without its value", item, "\x0a\x00", HF_INVALID, "value"),
    ROW("an item with two keys", item, "\x0a\x00\x0a\x00\x12\x00", HF_INVALID, "key"),
    ROW("a name", object_find, "\x0a\x04name", HF_OK, NULL),
    ROW("an empty name", object_find, "\x0a\x00", HF_OK, NULL),
    ROW("a name with NUL", object_find, "\x0a\x03\x61\x00\x62", HF_INVALID, "name"),
    ROW("a name that is Latin-1", object_find, "\x0a\x02\xe9\x61", HF_INVALID, "name"),
    ROW("no name", object_find, "", HF_INVALID, "name"),
    ROW("holds left, twice", reply, "\x10\x00\xe5\x03\1\0\0\0\xe5\x03\1\0\0\0", HF_INVALID,
        "holds_left"),
    ROW("bytes may be anything", hello, "\x08\x01\x2a\x02\xff\x00", HF_OK, NULL),
};

static hf_status make(struct decoded *decoded, const ProtobufCMessageDescriptor *descriptor,
                      const void *body, size_t len) {
    return decoded_make(decoded, descriptor, body, len, HF_MESSAGE_MAX_DEPTH, 1 << 20);
}

static void every_row_is_judged_as_it_says(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct decoded decoded = {0};

        hf_status status = make(&decoded, row->descriptor, row->body, row->len);

        if (status != row->status) {
            print_error("%s: %s\n", row->what, hf_status_name(status));
        }
        assert_int_equal(status, row->status);
        if (status != HF_OK) {
            assert_non_null(decoded.why);
        }
        if (row->field) {
            assert_string_equal(decoded.field, row->field);
        } else {
            assert_null(decoded.field);
        }
        decoded_drop(&decoded);
    }
}

/* protobuf-c keeps unknown fields, and packs them again. */
static void forget_unknown(ProtobufCMessage *message) {
    for (unsigned i = 0; i < message->n_unknown_fields; i++) {
        free(message->unknown_fields[i].data);
    }
    free(message->unknown_fields);
    message->n_unknown_fields = 0;
    message->unknown_fields = NULL;
}

enum { PACKED_MAX = 4096 };

/* Both as bytes, made by protobuf-c and by encode(): all four must be the same. */
static void must_be_the_same(const ProtobufCMessageDescriptor *descriptor, const uint8_t *body,
                             size_t len, const ProtobufCMessage *decoded) {
    uint8_t wanted[PACKED_MAX];
    uint8_t packed[PACKED_MAX];
    uint8_t encoded[PACKED_MAX];
    ProtobufCMessage *unpacked = protobuf_c_message_unpack(descriptor, NULL, len, body);
    assert_non_null(unpacked);
    forget_unknown(unpacked);
    size_t packed_len = protobuf_c_message_get_packed_size(decoded);
    size_t encoded_len = 0;
    assert_true(packed_len <= PACKED_MAX);
    size_t wanted_len = protobuf_c_message_get_packed_size(unpacked);
    assert_true(wanted_len <= PACKED_MAX);

    (void)protobuf_c_message_pack(unpacked, wanted);
    (void)protobuf_c_message_pack(decoded, packed);
    assert_true(encode(decoded, encoded, sizeof encoded, &encoded_len));

    assert_int_equal(encoded_len, packed_len);
    assert_memory_equal(encoded + sizeof encoded - encoded_len, packed, packed_len);
    if (packed_len == wanted_len) {
        assert_memory_equal(packed, wanted, wanted_len);
    } else {
        assert_true(packed_len < wanted_len); /* by what is unknown inside other messages */
    }
    if (packed_len > 0) {
        assert_false(encode(decoded, encoded, packed_len - 1, &encoded_len));
    }
    protobuf_c_message_free_unpacked(unpacked, NULL);
}

static void messages_decode_as_in_protobuf_c(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        if (row->status != HF_OK) {
            continue;
        }
        struct decoded decoded = {0};
        assert_int_equal(make(&decoded, row->descriptor, row->body, row->len), HF_OK);

        must_be_the_same(row->descriptor, (const uint8_t *)row->body, row->len, decoded.message);

        decoded_drop(&decoded);
    }
}

/* The same for bodies made up at random: short fields, so that many are nearly right. */
static void random_messages_decode_as_in_protobuf_c(void **state) {
    (void)state;
    struct seeded random = {271828};
    static const uint8_t likely[] = {0x08, 0x0a, 0x10, 0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42, 0x62,
                                     0x72, 0x7a, 0xb2, 0x06, 0xd2, 0x12, 0x01, 0x02, 0x04, 0x80};
    size_t taken = 0;

    for (int round = 0; round < 200000; round++) {
        uint8_t body[24];
        size_t len = seeded_below(&random, sizeof body + 1);
        for (size_t i = 0; i < len; i++) {
            body[i] = seeded_below(&random, 8) ? likely[seeded_below(&random, sizeof likely)]
                                               : (uint8_t)seeded_next(&random);
        }
        struct decoded decoded = {0};
        if (make(&decoded, &hf__request__descriptor, body, len) == HF_OK) {
            must_be_the_same(&hf__request__descriptor, body, len, decoded.message);
            taken++;
        }
        decoded_drop(&decoded);
    }

    assert_true(taken > 5000);
}

static void unknown_fields_are_encoded_too(void **state) {
    (void)state;
    static const uint8_t body[] = {0x08, 5, 0xc0, 0x3e, 7, 0xca, 0x3e, 2, 'a', 'b', 0x10, 1};
    uint8_t packed[sizeof body];
    uint8_t encoded[sizeof body];
    size_t len = 0;
    ProtobufCMessage *message =
        protobuf_c_message_unpack(&hf__request__descriptor, NULL, sizeof body, body);
    assert_int_equal(message->n_unknown_fields, 2);

    assert_true(encode(message, encoded, sizeof encoded, &len));

    assert_int_equal(len, sizeof body);
    assert_int_equal(protobuf_c_message_pack(message, packed), sizeof body);
    assert_memory_equal(encoded, packed, sizeof body);
    assert_false(encode(message, encoded, sizeof body - 1, &len));
    protobuf_c_message_free_unpacked(message, NULL);
}

static void numbers_keep_their_value(void **state) {
    (void)state;
    static const int64_t ints[] = {0, 1, -1, 63, -64, 64, -65, INT64_MAX, INT64_MIN};
    static const double reals[] = {0.0, -0.0, 1.5, -2e300};
    uint8_t body[64];
    size_t len = 0;
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        Hf__Any any = HF__ANY__INIT;
        any.kind_case = HF__ANY__KIND_INT;
        any.int_ = ints[i];
        assert_true(encode(&any.base, body, sizeof body, &len));
        struct decoded decoded = {0};
        assert_int_equal(make(&decoded, &hf__any__descriptor, body + sizeof body - len, len),
                         HF_OK);
        assert_int_equal(((const Hf__Any *)decoded.message)->kind_case, HF__ANY__KIND_INT);
        assert_true(((const Hf__Any *)decoded.message)->int_ == ints[i]);
        decoded_drop(&decoded);
    }
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        Hf__Any any = HF__ANY__INIT;
        any.kind_case = HF__ANY__KIND_DOUBLE;
        any.double_ = reals[i];
        assert_true(encode(&any.base, body, sizeof body, &len));
        struct decoded decoded = {0};
        assert_int_equal(make(&decoded, &hf__any__descriptor, body + sizeof body - len, len),
                         HF_OK);
        const Hf__Any *taken = (const Hf__Any *)decoded.message;
        assert_memory_equal(&taken->double_, &reals[i], sizeof reals[i]);
        decoded_drop(&decoded);
    }
}

static void elements_may_have_others_between_them(void **state) {
    (void)state;
    /* A batch's requests: a ping with the id 1, an unknown field, a ping with the id 2. */
    static const uint8_t body[] = {0x0a, 4,    0x08, 1,    0x62, 0,    0xc0, 0x3e,
                                   5,    0x0a, 4,    0x08, 2,    0x62, 0};
    struct decoded decoded = {0};

    assert_int_equal(make(&decoded, &hf__batch__descriptor, body, sizeof body), HF_OK);

    const Hf__Batch *batch = (const Hf__Batch *)decoded.message;
    assert_int_equal(batch->n_requests, 2);
    assert_int_equal(batch->requests[0]->id, 1);
    assert_int_equal(batch->requests[1]->id, 2);
    decoded_drop(&decoded);
}

static void depth_is_counted_in_messages(void **state) {
    (void)state;
    /* Request, Batch, Request, Batch, Request */
    Hf__Request requests[3] = {HF__REQUEST__INIT, HF__REQUEST__INIT, HF__REQUEST__INIT};
    Hf__Batch batches[2] = {HF__BATCH__INIT, HF__BATCH__INIT};
    Hf__Request *inner[2] = {&requests[1], &requests[2]};
    uint8_t body[64];
    for (size_t i = 0; i < 2; i++) {
        batches[i].n_requests = 1;
        batches[i].requests = &inner[i];
        requests[i].op_case = HF__REQUEST__OP_BATCH;
        requests[i].batch = &batches[i];
    }
    size_t len = hf__request__pack(&requests[0], body);
    struct decoded deep = {0};
    struct decoded too_deep = {0};

    assert_int_equal(decoded_make(&deep, &hf__request__descriptor, body, len, 5, 4096), HF_OK);
    assert_int_equal(decoded_make(&too_deep, &hf__request__descriptor, body, len, 4, 4096),
                     HF_TOO_BIG);

    assert_null(too_deep.field);
    assert_string_equal(too_deep.why, "is nested too deep");
    decoded_drop(&deep);
    decoded_drop(&too_deep);
}

/* A list of so many nulls: where small things swell most. */
static size_t make_nulls(size_t count, uint8_t *body, size_t size) {
    static Hf__Any *pointers[5000];
    static Hf__Any null = HF__ANY__INIT;
    Hf__AnyList list = HF__ANY_LIST__INIT;
    assert_true(count <= sizeof pointers / sizeof pointers[0]);
    for (size_t i = 0; i < count; i++) {
        pointers[i] = &null;
    }
    list.n_items = count;
    list.items = pointers;
    assert_true(hf__any_list__get_packed_size(&list) <= size);
    return hf__any_list__pack(&list, body);
}

static void it_takes_no_more_memory_than_it_may(void **state) {
    (void)state;
    static uint8_t body[30000];
    for (size_t items = 1; items < 5000; items = items * 3 / 2 + 1) {
        size_t len = make_nulls(items, body, sizeof body);
        struct decoded whole = {0};
        assert_int_equal(decoded_make(&whole, &hf__any_list__descriptor, body, len, 10, SIZE_MAX),
                         HF_OK);
        struct decoded just = {0};
        struct decoded less = {0};

        assert_int_equal(decoded_make(&just, &hf__any_list__descriptor, body, len, 10, whole.bytes),
                         HF_OK);
        assert_int_equal(
            decoded_make(&less, &hf__any_list__descriptor, body, len, 10, whole.bytes - 1),
            HF_TOO_BIG);

        assert_true(less.bytes < whole.bytes);
        decoded_drop(&whole);
        decoded_drop(&just);
        decoded_drop(&less);
    }
}

static void without_memory_it_says_so(void **state) {
    (void)state;
    static const char body[] = "\x08\x01\x12\x05label\x2a\x02\xff\x00";
    struct decoded whole = {0};
    assert_int_equal(make(&whole, &hf__hello__descriptor, body, sizeof body - 1), HF_OK);
    for (size_t blocks = 1; blocks < whole.block_count; blocks++) {
        struct decoded decoded = {.blocks_max = blocks};

        assert_int_equal(make(&decoded, &hf__hello__descriptor, body, sizeof body - 1),
                         HF_NO_MEMORY);

        decoded_drop(&decoded);
    }
    assert_int_equal(whole.block_count, 3);
    decoded_drop(&whole);
}

/* decode.h and encode.h rely on this layout. */
static void messages_are_laid_out_as_they_must(void **state) {
    (void)state;
    const ProtobufCMessageDescriptor *queue[256] = {&hf__request__descriptor,
                                                    &hf__reply__descriptor};
    size_t count = 2;
    for (size_t done = 0; done < count; done++) {
        const ProtobufCMessageDescriptor *message = queue[done];
        const ProtobufCFieldDescriptor *oneof = NULL;
        for (unsigned i = 0; i < message->n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &message->fields[i];
            bool in_oneof = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
            if (message == &hf__reply__descriptor && strcmp(field->name, "holds_left") == 0) {
                assert_int_equal(i, message->n_fields - 1);
                continue;
            }
            assert_true(in_oneof || (!oneof && i < 64));
            assert_true(!oneof || oneof->quantifier_offset == field->quantifier_offset);
            assert_null(field->default_value);
            oneof = in_oneof ? field : NULL;
            bool known = field->type != PROTOBUF_C_TYPE_MESSAGE;
            for (size_t at = 0; !known && at < count; at++) {
                known = queue[at] == field->descriptor;
            }
            if (!known) {
                assert_true(count < sizeof queue / sizeof queue[0]);
                queue[count++] = field->descriptor;
            }
        }
    }
    assert_true(count > 100);
}

static void holds_left_is_taken_but_left_to_its_sender_to_encode(void **state) {
    (void)state;
    static const char body[] = "\x10\x00\x60\x07\xe5\x03\1\2\0\0"; /* status, count, holds_left */
    struct decoded decoded = {0};
    uint8_t encoded[sizeof body];
    size_t len = 0;

    assert_int_equal(make(&decoded, &hf__reply__descriptor, body, sizeof body - 1), HF_OK);

    const Hf__Reply *reply = (const Hf__Reply *)decoded.message;
    assert_true(reply->has_holds_left);
    assert_int_equal(reply->holds_left, 513);
    assert_int_equal(reply->count, 7);
    assert_true(encode(decoded.message, encoded, sizeof encoded, &len));
    assert_int_equal(len, 4);
    uint32_t left = 0;
    assert_true(decode_peek_fixed32((const uint8_t *)body, sizeof body - 1, 60, &left));
    assert_int_equal(left, 513);
    assert_false(decode_peek_fixed32((const uint8_t *)body, sizeof body - 1, 12, &left));
    assert_int_equal(left, 0);
    decoded_drop(&decoded);
}

static void fields_are_found_where_protobuf_c_finds_them(void **state) {
    (void)state;
    const ProtobufCMessageDescriptor *const messages[] = {
        &hf__request__descriptor, &hf__reply__descriptor, &hf__any__descriptor,
        &hf__guard__descriptor,   &hf__ping__descriptor,
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        for (uint32_t tag = 0; tag < 1000; tag++) {
            assert_ptr_equal(wire_field(messages[i], tag),
                             protobuf_c_message_descriptor_get_field(messages[i], tag));
        }
        assert_null(wire_field(messages[i], UINT32_MAX));
    }
}

static void an_id_is_found_in_what_cannot_be_unpacked(void **state) {
    (void)state;
    static const struct {
        const char *body;
        size_t len;
        uint64_t id;
    } peeks[] = {
        {BYTES(""), 0},
        {BYTES("\x08\x07"), 7},
        {BYTES("\x62\x00\x08\x87\x01"), 135},
        {BYTES("\x08\x07\x08\x09"), 7}, /* the first of two */
        {BYTES("\x0a\x00\x08\x07"), 7}, /* bytes under its tag are not it */
        {BYTES("\x62\x05\x08\x07"), 0}, /* broken before */
        {BYTES("\x08\x07\x62\x05"), 7}, /* broken behind */
        {BYTES("\x72\x02\x08\x07"), 0}, /* inside another message */
    };

    for (size_t i = 0; i < sizeof peeks / sizeof peeks[0]; i++) {
        assert_int_equal(decode_peek_varint((const uint8_t *)peeks[i].body, peeks[i].len, 1),
                         peeks[i].id);
    }
}

/* In one piece and in two, wherever it is cut. */
static void an_id_is_found_in_what_comes_in_pieces(void **state) {
    (void)state;
    static const struct {
        const char *body;
        size_t len;
        enum decode_searched searched;
        uint64_t id;
    } pieces[] = {
        {BYTES(""), DECODE_ON, 0},
        {BYTES("\x08\x07"), DECODE_FOUND, 7},
        {BYTES("\x08\x87"), DECODE_ON, 0},
        {BYTES("\x62\x00\x08\x87\x01"), DECODE_FOUND, 135},
        {BYTES("\x08\x07\x08\x09"), DECODE_FOUND, 7},
        {BYTES("\x0a\x02\x08\x05\x08\x07"), DECODE_FOUND, 7},
        {BYTES("\x72\x02\x08\x07"), DECODE_ON, 0},
        {BYTES("\x72\x05\x08\x07"), DECODE_ON, 0},
        {BYTES("\x11\x08\x01\x08\x01\x08\x01\x08\x01\x08\x07"), DECODE_FOUND, 7},
        {BYTES("\x15\x08\x01\x08\x01\x08\x07"), DECODE_FOUND, 7},
        {BYTES("\xea\x0f\x01\x08\x08\x07"), DECODE_FOUND, 7}, /* a key of two bytes */
        {BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), DECODE_FOUND, UINT64_MAX},
        {BYTES("\x0b\x08\x07"), DECODE_BROKEN, 0}, /* a group */
        {BYTES("\xff\xff\xff\xff\xff\xff\x08\x07"), DECODE_BROKEN, 0},
        {BYTES("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x08\x07"),
         DECODE_BROKEN, 0},
    };

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        const uint8_t *body = (const uint8_t *)pieces[i].body;
        for (size_t cut = 0; cut <= pieces[i].len; cut++) {
            struct decode_search search = {.tag = 1};
            enum decode_searched searched = decode_search(&search, body, cut);
            if (searched == DECODE_ON) {
                searched = decode_search(&search, body + cut, pieces[i].len - cut);
            }
            assert_int_equal(searched, pieces[i].searched);
            if (searched == DECODE_FOUND) {
                assert_int_equal(search.number, pieces[i].id);
            }
        }
    }
}

/* ---- UTF-8 ---- */

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_judged_as_it_says),
        cmocka_unit_test(messages_decode_as_in_protobuf_c),
        cmocka_unit_test(random_messages_decode_as_in_protobuf_c),
        cmocka_unit_test(unknown_fields_are_encoded_too),
        cmocka_unit_test(numbers_keep_their_value),
        cmocka_unit_test(elements_may_have_others_between_them),
        cmocka_unit_test(depth_is_counted_in_messages),
        cmocka_unit_test(it_takes_no_more_memory_than_it_may),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(messages_are_laid_out_as_they_must),
        cmocka_unit_test(holds_left_is_taken_but_left_to_its_sender_to_encode),
        cmocka_unit_test(fields_are_found_where_protobuf_c_finds_them),
        cmocka_unit_test(an_id_is_found_in_what_cannot_be_unpacked),
        cmocka_unit_test(an_id_is_found_in_what_comes_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
