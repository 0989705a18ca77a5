/* SPDX-License-Identifier: MIT
 *
 * Packed lists and maps are read as protobuf-c reads them, and written with the same bytes. Bytes
 * that mean nothing are read to some end.
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

/* A value with all that belongs to it. Lists and maps are bytes that are not read here. */
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
    made->any.kind_case = (Hf__Any__KindCase)seeded_below(dice, HF__ANY__KIND_REF + 1);
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

/* In memory of their own length, so that a sanitizer sees a byte too many. */
static void bytes_that_mean_nothing_come_to_an_end(void **state) {
    static const uint8_t likely[] = {0,    1,    2,    3,    8,    0x0a, 0x10,
                                     0x12, 0x19, 0x22, 0x32, 0x3a, 0x42, 0x80};
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
        size_t steps = 0;

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
        cmocka_unit_test(bytes_that_mean_nothing_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
