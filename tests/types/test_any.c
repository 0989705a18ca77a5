/* SPDX-License-Identifier: MIT
 *
 * Values that can be stored: which are refused, and which are equal. With a list, whose index,
 * count and contains compare them.
 */
#include "world.h"

#include <math.h>
#include <stdlib.h>

static Hf__Reply *append(struct peer *peer, uint64_t list, Hf__Any *value) {
    return ask(peer, REQUEST(list, list_append, .value = value));
}

/* Whether the manager takes the two for the same. */
static bool same(struct peer *peer, Hf__Any *a, Hf__Any *b) {
    uint64_t list = open_list(peer, NULL);
    assert_status(append(peer, list, a), HF_OK);
    const Hf__Reply *reply = ask(peer, REQUEST(list, list_contains, .value = b));
    assert_status(reply, HF_OK);
    return reply->truth;
}

static void equal_is_what_has_the_same_kind_and_value(void **state) {
    struct peer *ada = world_join(*state, "ada");
    Hf__Any *different[] = {
        of_null(),
        of_bool(false),
        of_bool(true),
        of_int(0),
        of_int(1),
        of_double(0),
        of_double(1),
        of_double(NAN),
        of_string(""),
        of_string("a"),
        of_string("b"),
        of_bytes("", 0),
        of_bytes("a", 1),
        of_list(0),
        of_map(0),
        of_ref(1),
        of_ref(2),
        of_list(1, of_int(1)),
        of_list(1, of_bool(true)),
        of_list(2, of_int(1), of_int(1)),
        of_map(1, of_int(1), of_int(1)),
        of_map(1, of_int(1), of_int(2)),
        of_map(1, of_bool(true), of_int(1)),
    };
    size_t count = sizeof different / sizeof different[0];

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(same(ada, different[i], different[j]), i == j);
        }
    }
    assert_true(same(ada, of_double(0.0), of_double(-0.0)));
    assert_true(same(ada, of_double(NAN), of_double(-NAN)));
}

static void maps_are_equal_in_any_order(void **state) {
    struct peer *ada = world_join(*state, "ada");
    Hf__Any *map =
        of_map(9, of_null(), of_int(0), of_bool(true), of_int(1), of_bool(false), of_int(2),
               of_int(-1), of_int(3), of_double(0), of_int(4), of_double(NAN), of_int(5),
               of_string("a"), of_int(6), of_bytes("a", 1), of_int(7), of_string("ab"), of_int(8));
    Hf__Any *other = of_map(9, of_string("ab"), of_int(8), of_bytes("a", 1), of_int(7),
                            of_string("a"), of_int(6), of_double(NAN), of_int(5), of_double(-0.0),
                            of_int(4), of_int(-1), of_int(3), of_bool(false), of_int(2),
                            of_bool(true), of_int(1), of_null(), of_int(0));

    assert_true(same(ada, map, other));
    assert_true(same(ada, of_list(1, other), of_list(1, map)));
    other->map->items[4]->value = of_int(99);
    assert_false(same(ada, map, other));
    other->map->items[4]->value = of_int(4);
    other->map->items[4]->key = of_double(1);
    assert_false(same(ada, map, other));
}

static void a_map_keeps_the_order_in_which_it_came(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    Hf__Any *map = of_map(3, of_int(3), of_null(), of_string("x"), of_int(1), of_int(2), of_int(5));

    assert_status(append(ada, list, map), HF_OK);

    assert_value(ask(ada, REQUEST(list, list_get, .index = 0)), map);
}

static void a_map_with_a_key_twice_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    Hf__Any *twice[] = {
        of_map(2, of_int(1), of_int(1), of_int(1), of_int(1)),
        of_map(3, of_null(), of_int(1), of_int(1), of_int(1), of_null(), of_int(2)),
        of_map(2, of_double(0), of_int(1), of_double(-0.0), of_int(1)),
        of_map(2, of_double(NAN), of_int(1), of_double(NAN), of_int(1)),
        of_map(2, of_string(""), of_int(1), of_string(""), of_int(1)),
        of_map(4, of_int(4), of_null(), of_int(3), of_null(), of_int(2), of_null(), of_int(4),
               of_null()),
    };

    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++) {
        assert_status(append(ada, list, twice[i]), HF_INVALID);
        assert_status(append(ada, list, of_list(1, twice[i])), HF_INVALID);
    }

    assert_count(ask(ada, REQUEST(list, list_len)), 0);
}

/* Pairs first, first + step ... modulo count: each once, in an order of its own. */
static Hf__Any *large_map(int64_t count, int64_t first, int64_t step) {
    Hf__Any *map = of_map(0);
    map->map->items = item_array(0);
    Hf__Item **items = calloc((size_t)count, sizeof *items);
    for (int64_t i = 0; i < count; i++) {
        int64_t key = (first + i * step) % count;
        items[i] = *item_array(1, key % 2 ? of_int(key) : of_double((double)key), of_int(key));
    }
    map->map->items = items;
    map->map->n_items = (size_t)count;
    return map;
}

static void large_maps_are_compared_in_no_time(void **state) {
    enum { PAIRS = 50000 }; /* were each looked for among all: 1,250,000,000 looks */
    struct peer *ada = world_join(*state, "ada");
    Hf__Any *map = large_map(PAIRS, 0, 1);
    Hf__Any *backwards = large_map(PAIRS, PAIRS - 1, PAIRS - 1);
    Hf__Any *other = large_map(PAIRS, 7, 29);

    assert_true(same(ada, map, backwards));
    assert_true(same(ada, backwards, other));
    Hf__Any *last = other->map->items[PAIRS - 1]->value;
    last->int_++;
    assert_false(same(ada, map, other));

    free(map->map->items);
    free(backwards->map->items);
    free(other->map->items);
}

static void values_nest_32_deep(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    Hf__Any *lists = of_int(1);
    Hf__Any *maps = of_int(1);
    for (int depth = 0; depth < 32; depth++) {
        lists = of_list(1, lists);
        maps = of_map(1, of_null(), maps);
    }

    assert_status(append(ada, list, lists), HF_OK);
    assert_status(append(ada, list, maps), HF_OK);
    assert_status(append(ada, list, of_list(1, lists)), HF_TOO_BIG);
    assert_status(append(ada, list, of_map(1, of_null(), maps)), HF_TOO_BIG);

    assert_value(ask(ada, REQUEST(list, list_get, .index = 0)), lists);
    assert_value(ask(ada, REQUEST(list, list_get, .index = 1)), maps);
    assert_int_equal(ask(ada, REQUEST(list, list_index, .value = maps))->count, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_is_what_has_the_same_kind_and_value),
        cmocka_unit_test(maps_are_equal_in_any_order),
        cmocka_unit_test(a_map_keeps_the_order_in_which_it_came),
        cmocka_unit_test(a_map_with_a_key_twice_is_refused),
        cmocka_unit_test(large_maps_are_compared_in_no_time),
        cmocka_unit_test(values_nest_32_deep),
    };
    return WORLD_MAIN(tests);
}
