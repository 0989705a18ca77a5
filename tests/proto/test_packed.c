/* SPDX-License-Identifier: MIT
 *
 * Packed lists, maps and opaque values are read as protobuf-c reads them, and written with the same
 * bytes. Bytes that mean nothing are read to some end.
 */
#include "holdfast.pb-c.h"
#include "packed.h"
#include "seeded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ITEMS_MAX = 6, BYTES_MAX = 4096, ROUNDS = 3000 };

/* A value with all that belongs to it. What is packed itself is bytes that are not read here. */
struct made {
    Hf__Any any;
    Hf__Ref ref;
    uint8_t bytes[300];
};

static int64_t some_number(struct seeded *dice) {
    int64_t number = (int64_t)1 << seeded_below(dice, 63);
    return seeded_below(dice, 2) ? number - (int64_t)seeded_below(dice, 3) : -number;
}

static void make(struct seeded *dice, struct made *made) {
    hf__any__init(&made->any);
    hf__ref__init(&made->ref);
    static const Hf__Any__KindCase kinds[] = {
        HF__ANY__KIND__NOT_SET, HF__ANY__KIND_BOOL,  HF__ANY__KIND_INT,  HF__ANY__KIND_DOUBLE,
        HF__ANY__KIND_STRING,   HF__ANY__KIND_BYTES, HF__ANY__KIND_LIST, HF__ANY__KIND_MAP,
        HF__ANY__KIND_REF,      HF__ANY__KIND_TUPLE, HF__ANY__KIND_BIG,  HF__ANY__KIND_OPAQUE,
    };
    made->any.kind_case = kinds[seeded_below(dice, sizeof kinds / sizeof kinds[0])];
    size_t len = seeded_below(dice, seeded_below(dice, 4) ? 20 : sizeof made->bytes);
    switch (made->any.kind_case) {
    case HF__ANY__KIND_BOOL:
        made->any.bool_ = seeded_below(dice, 2) != 0;
        break;
    case HF__ANY__KIND_INT:
        made->any.int_ = some_number(dice);
        break;
    case HF__ANY__KIND_DOUBLE:
        made->any.double_ = (double)some_number(dice) / 3;
        break;
    case HF__ANY__KIND_STRING:
    case HF__ANY__KIND_BYTES:
    case HF__ANY__KIND_LIST:
    case HF__ANY__KIND_MAP:
    case HF__ANY__KIND_TUPLE:
    case HF__ANY__KIND_BIG:
    case HF__ANY__KIND_OPAQUE:
        memset(made->bytes, (int)len, sizeof made->bytes);
        made->any.bytes = (ProtobufCBinaryData){len, made->bytes};
        break;
    case HF__ANY__KIND_REF:
        made->ref.id = (uint64_t)some_number(dice);
        made->any.ref = &made->ref;
        break;
    case HF__ANY__KIND__NOT_SET:
    case _HF__ANY__KIND__CASE_IS_INT_SIZE:
        break;
    }
}

static void assert_same(const struct packed_any *packed, const Hf__Any *any) {
    uint8_t wanted[BYTES_MAX];
    uint8_t written[BYTES_MAX];
    size_t len = hf__any__pack(any, wanted);
    assert_int_equal(packed->kind, any->kind_case);
    assert_int_equal(packed_len(packed), len);
    assert_ptr_equal(packed_put(written, packed), written + len);
    assert_memory_equal(written, wanted, len);
}

static void lists_are_read_and_written_as_by_protobuf(void **state) {
    struct seeded dice = {1};
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct made made[ITEMS_MAX];
        Hf__Any *items[ITEMS_MAX];
        uint8_t bytes[BYTES_MAX];
        Hf__AnyList list = HF__ANY_LIST__INIT;
        list.n_items = seeded_below(&dice, ITEMS_MAX + 1);
        list.items = items;
        for (size_t i = 0; i < list.n_items; i++) {
            make(&dice, &made[i]);
            items[i] = &made[i].any;
        }

        struct packed rest = packed_begin(bytes, hf__any_list__pack(&list, bytes));

        struct packed_any item;
        for (size_t i = 0; i < list.n_items; i++) {
            assert_int_equal(packed_next(&rest, &item), PACKED_ITEM);
            assert_same(&item, items[i]);
        }
        assert_int_equal(packed_next(&rest, &item), PACKED_END);
        assert_false(rest.odd);
    }
}

static void maps_are_read_as_by_protobuf(void **state) {
    struct seeded dice = {2};
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct made made[2 * ITEMS_MAX];
        Hf__Item pairs[ITEMS_MAX];
        Hf__Item *items[ITEMS_MAX];
        uint8_t bytes[2 * BYTES_MAX];
        Hf__AnyMap map = HF__ANY_MAP__INIT;
        map.n_items = seeded_below(&dice, ITEMS_MAX + 1);
        map.items = items;
        for (size_t i = 0; i < map.n_items; i++) {
            hf__item__init(&pairs[i]);
            make(&dice, &made[2 * i]);
            make(&dice, &made[2 * i + 1]);
            pairs[i].key = &made[2 * i].any;
            pairs[i].value = &made[2 * i + 1].any;
            items[i] = &pairs[i];
        }

        struct packed rest = packed_begin(bytes, hf__any_map__pack(&map, bytes));

        struct packed_any key;
        struct packed_any value;
        for (size_t i = 0; i < map.n_items; i++) {
            assert_int_equal(packed_next_pair(&rest, &key, &value), PACKED_ITEM);
            assert_same(&key, pairs[i].key);
            assert_same(&value, pairs[i].value);
        }
        assert_int_equal(packed_next_pair(&rest, &key, &value), PACKED_END);
        assert_false(rest.odd);
    }
}

/* ---- opaque values ---- */

static struct packed_any packed_bytes(const uint8_t *bytes, size_t len) {
    return (struct packed_any){
        .kind = HF__ANY__KIND_BYTES, .len = (uint32_t)len, .bytes = len > 0 ? bytes : NULL};
}

static ProtobufCBinaryData some_bytes(struct seeded *dice, uint8_t *bytes, size_t most) {
    ProtobufCBinaryData data = {seeded_below(dice, most + 1), bytes};
    for (size_t i = 0; i < data.len; i++) {
        bytes[i] = (uint8_t)seeded_next(dice);
    }
    return data;
}

static void assert_part(const struct packed_any *part, Hf__Any__KindCase kind,
                        const ProtobufCBinaryData *expected) {
    assert_int_equal(part->kind, kind);
    assert_int_equal(part->len, expected->len);
    if (expected->len > 0) {
        assert_memory_equal(part->bytes, expected->data, expected->len);
    }
}

/* The parts as they were read are written as the same bytes. */
static void assert_written(const struct packed_opaque *opaque, const Hf__Ref *const *refs,
                           const uint8_t *wanted, size_t len) {
    uint8_t written[BYTES_MAX];
    size_t written_len = packed_opaque_len(opaque);
    uint8_t *at = packed_put_opaque(written, opaque);
    assert_ptr_equal(at, written + written_len);
    for (size_t i = 0; i < opaque->refs; i++) {
        uint8_t *end = packed_put_ref(at, refs[i]->id);
        assert_int_equal(end - at, packed_ref_len(refs[i]->id));
        at = end;
    }
    assert_int_equal(at - written, len);
    assert_memory_equal(written, wanted, len);
}

static void opaque_values_are_read_and_written_as_by_protobuf(void **state) {
    struct seeded dice = {4};
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t parts[3][200];
        Hf__Ref made[ITEMS_MAX];
        Hf__Ref *refs[ITEMS_MAX];
        uint8_t bytes[BYTES_MAX];
        Hf__Opaque opaque = HF__OPAQUE__INIT;
        opaque.tag = some_bytes(&dice, parts[0], 64);
        opaque.bytes = some_bytes(&dice, parts[1], sizeof parts[1]);
        opaque.has_equals = seeded_below(&dice, 2) != 0;
        opaque.equals = some_bytes(&dice, parts[2], opaque.has_equals ? sizeof parts[2] : 0);
        opaque.n_refs = seeded_below(&dice, ITEMS_MAX + 1);
        opaque.refs = refs;
        for (size_t i = 0; i < opaque.n_refs; i++) {
            hf__ref__init(&made[i]);
            made[i].id = (uint64_t)some_number(&dice);
            refs[i] = &made[i];
        }
        size_t len = hf__opaque__pack(&opaque, bytes);
        const struct packed_any packed = packed_bytes(bytes, len);
        struct packed_opaque read;
        bool odd = false;

        assert_true(packed_read_opaque(&packed, &read, &odd));

        assert_false(odd);
        assert_part(&read.tag, HF__ANY__KIND_STRING, &opaque.tag);
        assert_part(&read.bytes, HF__ANY__KIND_BYTES, &opaque.bytes);
        assert_part(&read.equals, opaque.has_equals ? HF__ANY__KIND_BYTES : HF__ANY__KIND__NOT_SET,
                    &opaque.equals);
        assert_int_equal(read.refs, opaque.n_refs);
        struct packed rest = packed_begin(bytes, len);
        uint64_t ref = 0;
        for (size_t i = 0; i < opaque.n_refs; i++) {
            assert_int_equal(packed_next_ref(&rest, &ref), PACKED_ITEM);
            assert_int_equal(ref, refs[i]->id);
        }
        assert_int_equal(packed_next_ref(&rest, &ref), PACKED_END);
        assert_false(rest.odd);
        assert_written(&read, (const Hf__Ref *const *)refs, bytes, len);
    }
}

/* The bytes of a literal, without its NUL. */
#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static void opaque_values_in_another_form_are_odd(void **state) {
    static const struct {
        const uint8_t *bytes;
        size_t len;
        bool odd;
        uint32_t refs;
    } rows[] = {
        {BYTES("\x0a\1t\x12\1b"), false, 0},
        {BYTES("\x0a\0\x12\0"), false, 0},
        {BYTES("\x0a\1t\x12\1b\x1a\0"), false, 0},
        {BYTES("\x0a\1t\x12\1b\x1a\1e\x22\2\x08\7\x22\2\x08\7"), false, 2},
        {BYTES("\x12\1b\x0a\1t"), true, 0},             /* another order */
        {BYTES("\x22\2\x08\7\x0a\1t\x12\1b"), true, 1}, /* the same */
        {BYTES("\x22\2\x08\7\x0a\1t\x22\2\x08\7\x12\1b"), true, 2},
        {BYTES("\x0a\1t\x12\1b\x28\5"), true, 0},             /* an unknown field */
        {BYTES("\x0a\1t\x12\1b\xa2\6\1x"), true, 0},          /* another one */
        {BYTES("\x8a\0\1t\x12\1b"), true, 0},                 /* a long key */
        {BYTES("\x0a\x81\0t\x12\1b"), true, 0},               /* a long length */
        {BYTES("\x0a\1t\x12\1b\x22\3\x08\x87\0"), true, 1},   /* a long id */
        {BYTES("\x0a\1t\x12\1b\x22\4\x08\7\x10\5"), true, 1}, /* a type in a reference */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct packed_any packed = packed_bytes(rows[i].bytes, rows[i].len);
        struct packed rest = packed_begin(rows[i].bytes, rows[i].len);
        struct packed_opaque read;
        bool odd = false;
        uint64_t ref = 0;

        assert_true(packed_read_opaque(&packed, &read, &odd));

        assert_int_equal(odd, rows[i].odd);
        assert_true(read.tag.len == 0 || read.tag.bytes[0] == 't');
        assert_true(read.bytes.len == 0 || read.bytes.bytes[0] == 'b');
        assert_int_equal(read.refs, rows[i].refs);
        for (uint32_t k = 0; k < rows[i].refs; k++) {
            assert_int_equal(packed_next_ref(&rest, &ref), PACKED_ITEM);
            assert_int_equal(ref, 7);
        }
        assert_int_equal(packed_next_ref(&rest, &ref), PACKED_END);
    }
}

static void broken_opaque_values_are_none(void **state) {
    static const struct {
        const uint8_t *bytes;
        size_t len;
    } rows[] = {
        {NULL, 0},
        {BYTES("\x0a\1t")},                          /* no bytes */
        {BYTES("\x12\1b")},                          /* no tag */
        {BYTES("\x0a\1t\x0a\1t\x12\1b")},            /* two tags */
        {BYTES("\x0a\1t\x12\1b\x12\1b")},            /* bytes twice */
        {BYTES("\x0a\1t\x12\1b\x1a\0\x1a\0")},       /* two identities */
        {BYTES("\x08\1\x12\1b")},                    /* a tag of another type */
        {BYTES("\x0a\1t\x12\1b\x20\7")},             /* a reference of another type */
        {BYTES("\x0a\1t\x12\1b\x22\0")},             /* a reference without an id */
        {BYTES("\x0a\1t\x12\1b\x22\4\x08\7\x08\7")}, /* with two ids */
        {BYTES("\x0a\1t\x12\2b")},                   /* cut */
        {BYTES("\x0a\1t\x12\1b\x22")},               /* cut */
        {BYTES("\2\1t\x0a\1t\x12\1b")},              /* a field 0 */
        {BYTES("\x0a\1t\x12\1b\x0b")},               /* a group */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct packed_any packed = packed_bytes(rows[i].bytes, rows[i].len);
        struct packed_opaque read;
        bool odd = false;

        if (packed_read_opaque(&packed, &read, &odd)) {
            fail_msg("row %zu was read", i);
        }
    }
}

/* ---- anything ---- */

/* In memory of their own length, so that a sanitizer sees a byte too many. */
static void bytes_that_mean_nothing_come_to_an_end(void **state) {
    static const uint8_t likely[] = {0,    1,    2,    3,    8,    0x0a, 0x10, 0x12, 0x19,
                                     0x1a, 0x22, 0x32, 0x3a, 0x42, 0x52, 0x5a, 0x62, 0x80};
    struct seeded dice = {3};
    (void)state;
    for (int round = 0; round < 10 * ROUNDS; round++) {
        size_t len = seeded_below(&dice, 24);
        uint8_t *exact = malloc(len ? len : 1);
        assert_non_null(exact);
        for (size_t i = 0; i < len; i++) {
            exact[i] = likely[seeded_below(&dice, sizeof likely)];
        }
        struct packed list = packed_begin(exact, len);
        struct packed map = packed_begin(exact, len);
        struct packed_any key;
        struct packed_any value;
        const struct packed_any whole = packed_bytes(exact, len);
        struct packed refs = packed_begin(exact, len);
        struct packed_opaque opaque;
        bool odd = false;
        uint64_t ref = 0;
        size_t steps = 0;

        if (packed_read_opaque(&whole, &opaque, &odd)) {
            assert_true(opaque.refs <= len && packed_opaque_len(&opaque) <= len);
        }
        while (packed_next_ref(&refs, &ref) == PACKED_ITEM) {
            assert_true(++steps <= len);
        }
        steps = 0;
        while (packed_next(&list, &value) == PACKED_ITEM) {
            assert_true(packed_len(&value) <= len && ++steps <= len);
        }
        while (packed_next_pair(&map, &key, &value) == PACKED_ITEM) {
            assert_true(packed_len(&key) + packed_len(&value) <= len && ++steps <= 2 * len);
        }

        free(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read_and_written_as_by_protobuf),
        cmocka_unit_test(maps_are_read_as_by_protobuf),
        cmocka_unit_test(opaque_values_are_read_and_written_as_by_protobuf),
        cmocka_unit_test(opaque_values_in_another_form_are_odd),
        cmocka_unit_test(broken_opaque_values_are_none),
        cmocka_unit_test(bytes_that_mean_nothing_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
