/* SPDX-License-Identifier: MIT
 *
 * frame: what the check lets pass and what it refuses, and that what it lets pass can be unpacked.
 */
#include "frame.h"
#include "seeded.h"
#include "wire_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
    ROW("bytes may be anything", hello, "\x08\x01\x2a\x02\xff\x00", HF_OK, NULL),
};

static void every_row_is_judged_as_it_says(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct frame_fault fault = {"untouched", NULL};

        hf_status status = frame_check(row->descriptor, (const uint8_t *)row->body, row->len,
                                       HF_MESSAGE_MAX_DEPTH, 1 << 20, &fault);

        if (status != row->status) {
            print_error("%s: %s\n", row->what, hf_status_name(status));
        }
        assert_int_equal(status, row->status);
        if (status == HF_OK) {
            continue;
        }
        assert_non_null(fault.why);
        if (row->field) {
            assert_string_equal(fault.field, row->field);
        } else {
            assert_null(fault.field);
        }
    }
}

static void what_passes_can_be_unpacked(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        ProtobufCMessage *message =
            protobuf_c_message_unpack(row->descriptor, NULL, row->len, (const uint8_t *)row->body);
        if (row->status == HF_OK) {
            if (!message) {
                print_error("%s\n", row->what);
            }
            assert_non_null(message);
        }
        if (message) {
            protobuf_c_message_free_unpacked(message, NULL);
        }
    }
}

/* The same for bodies made up at random: short fields, so that many are nearly right. */
static void what_passes_at_random_can_be_unpacked_too(void **state) {
    (void)state;
    struct seeded random = {271828};
    static const uint8_t likely[] = {0x08, 0x0a, 0x10, 0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42, 0x62,
                                     0x72, 0x7a, 0xb2, 0x06, 0xd2, 0x12, 0x01, 0x02, 0x04, 0x80};
    size_t passed = 0;

    for (int round = 0; round < 200000; round++) {
        uint8_t body[24];
        size_t len = seeded_below(&random, sizeof body + 1);
        for (size_t i = 0; i < len; i++) {
            body[i] = seeded_below(&random, 8) ? likely[seeded_below(&random, sizeof likely)]
                                               : (uint8_t)seeded_next(&random);
        }
        struct frame_fault fault = {0};
        if (frame_check(&hf__request__descriptor, body, len, HF_MESSAGE_MAX_DEPTH, 1 << 20,
                        &fault) != HF_OK) {
            continue;
        }
        Hf__Request *request = hf__request__unpack(NULL, len, body);
        assert_non_null(request);
        hf__request__free_unpacked(request, NULL);
        passed++;
    }

    assert_true(passed > 5000);
}

static void depth_is_counted_in_messages(void **state) {
    (void)state;
    /* A null in a list in a list: Any, AnyList, Any, AnyList, Any. */
    static const uint8_t body[] = {0x32, 6, 0x0a, 4, 0x32, 2, 0x0a, 0};
    struct frame_fault fault = {0};

    assert_int_equal(frame_check(&hf__any__descriptor, body, sizeof body, 5, 4096, &fault), HF_OK);
    assert_int_equal(frame_check(&hf__any__descriptor, body, sizeof body, 4, 4096, &fault),
                     HF_TOO_BIG);
    assert_null(fault.field);
    assert_string_equal(fault.why, "is nested too deep");
}

/* What unpacking takes, counted by an allocator. */
struct counted {
    size_t bytes;
};

static void *count_alloc(void *context, size_t size) {
    struct counted *counted = context;
    counted->bytes += size;
    return test_malloc(size);
}

static void count_free(void *context, void *memory) {
    (void)context;
    test_free(memory);
}

static void unpacking_takes_no_more_than_was_allowed(void **state) {
    (void)state;
    static uint8_t body[30000];
    struct frame_fault fault = {0};
    /* Lists of nulls, of many lengths: where small things swell most. */
    for (size_t items = 1; items < 5000; items = items * 3 / 2 + 1) {
        Hf__Any null = HF__ANY__INIT;
        Hf__Any *pointers[5000];
        Hf__AnyList list = HF__ANY_LIST__INIT;
        Hf__Any any = HF__ANY__INIT;
        for (size_t i = 0; i < items; i++) {
            pointers[i] = &null;
        }
        list.n_items = items;
        list.items = pointers;
        any.kind_case = HF__ANY__KIND_LIST;
        any.list = &list;
        size_t len = hf__any__pack(&any, body);
        size_t allowed = 1;
        while (frame_check(&hf__any__descriptor, body, len, 10, allowed, &fault) != HF_OK) {
            allowed += allowed / 100 + 1;
        }

        struct counted counted = {0};
        ProtobufCAllocator allocator = {count_alloc, count_free, &counted};
        Hf__Any *unpacked = hf__any__unpack(&allocator, len, body);

        assert_non_null(unpacked);
        hf__any__free_unpacked(unpacked, &allocator);
        assert_true(counted.bytes <= 2 * allowed + 1024);
    }
}

static void the_header_is_big_endian(void **state) {
    (void)state;
    uint8_t header[HF_FRAME_HEADER_BYTES];
    const uint8_t wanted[] = {0x12, 0x34, 0x56, 0xff};

    frame_put_header(header, 0x123456ff);

    assert_memory_equal(header, wanted, sizeof header);
    assert_int_equal(frame_body_len(header), 0x123456ff);
    frame_put_header(header, UINT32_MAX);
    assert_int_equal(frame_body_len(header), UINT32_MAX);
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
        assert_int_equal(frame_peek_varint((const uint8_t *)peeks[i].body, peeks[i].len, 1),
                         peeks[i].id);
    }
}

/* ---- UTF-8 ---- */

static const struct {
    const char *bytes;
    size_t len;
    bool valid;
} texts[] = {
    {BYTES(""), true},
    {BYTES("plain"), true},
    {BYTES("\x00"), true},
    {BYTES("\x7f"), true},
    {BYTES("\x80"), false}, /* a continuation without its beginning */
    {BYTES("a\xbf"), false},
    {BYTES("\xc0\x80"), false}, /* overlong NUL */
    {BYTES("\xc1\xbf"), false},
    {BYTES("\xc2\x80"), true}, /* U+0080 */
    {BYTES("\xc2"), false},
    {BYTES("\xc2\x7f"), false},
    {BYTES("\xc2\xc0"), false},
    {BYTES("\xdf\xbf"), true}, /* U+07FF */
    {BYTES("\xe0\x9f\xbf"), false},
    {BYTES("\xe0\xa0\x80"), true}, /* U+0800 */
    {BYTES("\xe2\x82\xac"), true}, /* the euro sign */
    {BYTES("\xe2\x82"), false},
    {BYTES("\xe2\x28\xa1"), false},
    {BYTES("\xe2\x82\x28"), false},
    {BYTES("\xed\x9f\xbf"), true},  /* U+D7FF */
    {BYTES("\xed\xa0\x80"), false}, /* the first surrogate */
    {BYTES("\xed\xbf\xbf"), false}, /* the last */
    {BYTES("\xee\x80\x80"), true},  /* U+E000 */
    {BYTES("\xef\xbf\xbf"), true},  /* U+FFFF */
    {BYTES("\xf0\x8f\xbf\xbf"), false},
    {BYTES("\xf0\x90\x80\x80"), true}, /* U+10000 */
    {BYTES("\xf0\x9f\x98\x80"), true},
    {BYTES("\xf0\x9f\x98"), false},
    {BYTES("\xf0\x9f\x98\x28"), false},
    {BYTES("\xf4\x8f\xbf\xbf"), true}, /* U+10FFFF */
    {BYTES("\xf4\x90\x80\x80"), false},
    {BYTES("\xf5\x80\x80\x80"), false},
    {BYTES("\xf8\x88\x80\x80\x80"), false},
    {BYTES("\xfe"), false},
    {BYTES("\xff"), false},
    {BYTES("good \xe2\x82\xac and bad \xe2\x82"), false},
};

static void utf8_is_what_rfc_3629_says(void **state) {
    (void)state;
    assert_true(frame_is_utf8(NULL, 0)); /* as protobuf-c has an empty one */
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (frame_is_utf8((const uint8_t *)texts[i].bytes, texts[i].len) != texts[i].valid) {
            print_error("row %zu\n", i);
            fail();
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_judged_as_it_says),
        cmocka_unit_test(what_passes_can_be_unpacked),
        cmocka_unit_test(what_passes_at_random_can_be_unpacked_too),
        cmocka_unit_test(depth_is_counted_in_messages),
        cmocka_unit_test(unpacking_takes_no_more_than_was_allowed),
        cmocka_unit_test(the_header_is_big_endian),
        cmocka_unit_test(an_id_is_found_in_what_cannot_be_unpacked),
        cmocka_unit_test(utf8_is_what_rfc_3629_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
