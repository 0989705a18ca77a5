/* SPDX-License-Identifier: MIT
 *
 * Values that can be stored: which are refused, and which are equal. With a list, whose index,
 * count and contains compare them.
 */
#include "world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
        of_tuple(0),
        of_tuple(1, of_int(1)),
        of_tuple(1, of_double(1)),
        of_tuple(1, of_list(1, of_int(1))),
        of_big("\0\0\0\0\0\0\0\0\1", 9),
        of_double(0x1p64),
        of_big("\0\0\0\0\0\0\0\0\xff", 9),
        of_opaque("a", "bytes", NULL, 0),
        of_opaque("b", "bytes", NULL, 0),
        of_opaque("a", "", NULL, 0),
        of_opaque("a", "bytes", "other bytes", 0),
        of_list(1, of_opaque("a", "bytes", NULL, 0)),
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

static void what_identifies_opaque_values_is_compared_and_nothing_else(void **state) {
    struct peer *ada = world_join(*state, "ada");
    Hf__Any *plain = of_opaque("a", "x", NULL, 0);
    Hf__Any *alike[] = {
        of_opaque("a", "x", NULL, 7),
        of_opaque("a", "other bytes", "x", 0),
        of_opaque("a", "x", "x", 8),
    };

    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        assert_true(same(ada, plain, alike[i]));
        assert_true(same(ada, of_tuple(2, of_int(1), plain), of_tuple(2, of_int(1), alike[i])));
        assert_true(same(ada, of_map(1, plain, of_int(1)), of_map(1, alike[i], of_int(1))));
    }
    assert_false(same(ada, plain, of_opaque("a", "x", "", 0)));
}

static void maps_are_equal_in_any_order(void **state) {
    struct peer *ada = world_join(*state, "ada");
    Hf__Any *map =
        of_map(9, of_null(), of_int(0), of_bool(true), of_int(1), of_bool(false), of_int(2),
               of_int(-1), of_int(3), of_double(0), of_int(4), of_double(NAN), of_int(5),
               of_string("a"), of_int(6), of_bytes("a", 1), of_int(7), of_string("ab"), of_int(8));
    Hf__Item **items = item_array(9, of_string("ab"), of_int(8), of_bytes("a", 1), of_int(7),
                                  of_string("a"), of_int(6), of_double(NAN), of_int(5),
                                  of_double(-0.0), of_int(4), of_int(-1), of_int(3), of_bool(false),
                                  of_int(2), of_bool(true), of_int(1), of_null(), of_int(0));
    Hf__Any *other = of_items(9, items);

    assert_true(same(ada, map, other));
    assert_true(same(ada, of_list(1, other), of_list(1, map)));
    items[4]->value = of_int(9);
    assert_false(same(ada, map, of_items(9, items)));
    items[4]->value = of_int(4);
    items[4]->key = of_double(1);
    assert_false(same(ada, map, of_items(9, items)));
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
        of_map(2, of_tuple(1, of_double(0)), of_null(), of_tuple(1, of_double(-0.0)), of_null()),
        of_map(2, of_opaque("a", "b", "x", 0), of_null(), of_opaque("a", "c", "x", 0), of_null()),
        of_map(2, of_big("\0\0\0\0\0\0\0\0\1", 9), of_null(), of_big("\0\0\0\0\0\0\0\0\1", 9),
               of_null()),
    };

    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++) {
        assert_status(append(ada, list, twice[i]), HF_INVALID);
        assert_status(append(ada, list, of_list(1, twice[i])), HF_INVALID);
    }

    assert_count(ask(ada, REQUEST(list, list_len)), 0);
}

static void only_some_values_are_keys(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, NULL);
    Hf__Any *keys[] = {of_big("\1\0\0\0\0\0\0\0\1", 9), of_opaque("a", "", NULL, 3), of_tuple(0),
                       of_tuple(2, of_null(), of_tuple(1, of_opaque("a", "", "", 0)))};
    Hf__Any *others[] = {of_list(0), of_map(0), of_ref(1), of_tuple(1, of_list(0)),
                         of_tuple(1, of_tuple(2, of_int(1), of_ref(1)))};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_status(ask(ada, REQUEST(dict, dict_set, .key = keys[i],
                                       .value = of_map(1, keys[i], of_int((int64_t)i)))),
                      HF_OK);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const Hf__Reply *reply =
            ask(ada, REQUEST(dict, dict_set, .key = others[i], .value = of_null()));
        assert_status(reply, HF_TYPE_ERROR);
        assert_non_null(strstr(reply->detail, " cannot be a key"));
        assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1),
                                       .value = of_map(1, others[i], of_null()))),
                      HF_INVALID);
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_value(ask(ada, REQUEST(dict, dict_get, .key = keys[i])),
                     of_map(1, keys[i], of_int((int64_t)i)));
    }
    assert_count(ask(ada, REQUEST(dict, dict_len)), 4);
}

static void an_integer_has_one_form(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    static const struct {
        const char *bytes;
        size_t len;
        hf_status status;
    } rows[] = {
        {"\0\0\0\0\0\0\0\x80\0", 9, HF_OK},                    /* 2^63, */
        {"\xff\xff\xff\xff\xff\xff\xff\x7f\xff", 9, HF_OK},    /* -2^63 - 1 */
        {"\0\0\0\0\0\0\0\x80\xff", 9, HF_INVALID},             /* -2^63 is an int, */
        {"\xff\xff\xff\xff\xff\xff\xff\x7f\0", 9, HF_INVALID}, /* and 2^63 - 1 */
        {"\0\0\0\0\0\0\0\x80", 8, HF_INVALID},
        {"", 0, HF_INVALID},
        {"\0\0\0\0\0\0\0\0\1\0", 10, HF_INVALID}, /* a byte too many */
        {"\0\0\0\0\0\0\0\0\xfe\xff", 10, HF_INVALID},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Hf__Any *big = of_big(rows[i].bytes, rows[i].len);
        assert_status(append(ada, list, big), rows[i].status);
        assert_status(append(ada, list, of_tuple(1, big)), rows[i].status);
        if (rows[i].status == HF_OK) {
            assert_value(ask(ada, REQUEST(list, list_get, .index = -2)), big);
            assert_value(ask(ada, REQUEST(list, list_get, .index = -1)), of_tuple(1, big));
        }
    }
}

static void bigs_are_sorted_among_all_numbers(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    Hf__Any *sorted[] = {
        of_double((double)-INFINITY),
        of_double(-1e300),
        of_big("\0\0\0\0\0\0\0\0\0\xfe", 10),
        of_big("\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 9), /* -2^64 - 1 */
        of_double(-0x1p64),
        of_big("\1\0\0\0\0\0\0\0\xff", 9),
        of_int(INT64_MIN),
        of_double(-0.5),
        of_bool(true),
        of_double(1.5),
        of_int(INT64_MAX),
        of_double(0x1p63),
        of_big("\1\0\0\0\0\0\0\x80\0", 9),
        of_double(0x1p64),
        of_big("\1\0\0\0\0\0\0\0\1", 9),
        of_big("\0\0\0\0\0\0\0\0\0\1", 10),
        of_double(1e300),
        of_double((double)INFINITY),
    };
    enum { COUNT = sizeof sorted / sizeof sorted[0] };

    for (size_t i = 0; i < COUNT; i++) {
        assert_status(append(ada, list, sorted[i * 7 % COUNT]), HF_OK);
    }
    assert_status(ask(ada, REQUEST(list, list_sort)), HF_OK);

    for (size_t i = 0; i < COUNT; i++) {
        assert_value(ask(ada, REQUEST(list, list_get, .index = (int64_t)i)), sorted[i]);
    }
}

static void bigs_are_not_added_to(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, NULL);
    Hf__Any *big = of_big("\0\0\0\0\0\0\0\0\1", 9);
    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1), .value = big)), HF_OK);

    assert_status(ask(ada, REQUEST(dict, dict_add, .key = of_int(1), .amount = of_int(1))),
                  HF_TYPE_ERROR);
    assert_status(
        ask(ada, REQUEST(dict, dict_add, .key = of_int(2), .amount = big, .initial = of_int(0))),
        HF_TYPE_ERROR);
    assert_value(ask(ada, REQUEST(dict, dict_get, .key = of_int(1))), big);
}

/* Pairs first, first + step ... modulo count: each once, in an order of its own. `more` is added to
 * the last value. */
static Hf__Any *large_map(int64_t count, int64_t first, int64_t step, int64_t more) {
    Hf__Item **items = calloc((size_t)count, sizeof *items);
    for (int64_t i = 0; i < count; i++) {
        int64_t key = (first + i * step) % count;
        int64_t value = key + (i == count - 1 ? more : 0);
        items[i] = *item_array(1, key % 2 ? of_int(key) : of_double((double)key), of_int(value));
    }
    Hf__Any *map = of_items((size_t)count, items);
    free(items);
    return map;
}

static void large_maps_are_compared_in_no_time(void **state) {
    enum { PAIRS = 50000 }; /* were each looked for among all: 1,250,000,000 looks */
    struct peer *ada = world_join(*state, "ada");
    Hf__Any *map = large_map(PAIRS, 0, 1, 0);
    Hf__Any *backwards = large_map(PAIRS, PAIRS - 1, PAIRS - 1, 0);

    assert_true(same(ada, map, backwards));
    assert_true(same(ada, backwards, large_map(PAIRS, 7, 29, 0)));
    assert_false(same(ada, map, large_map(PAIRS, 7, 29, 1)));
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

/* ---- other forms of lists and maps ---- */

static Hf__Any *of_bytes_of(Hf__Any__KindCase kind, const char *bytes, size_t len) {
    Hf__Any *any = of_bytes(bytes, len);
    any->kind_case = kind;
    return any;
}

#define LIST(bytes) of_bytes_of(HF__ANY__KIND_LIST, bytes, sizeof(bytes) - 1)
#define MAP(bytes) of_bytes_of(HF__ANY__KIND_MAP, bytes, sizeof(bytes) - 1)
#define OPAQUE(bytes) of_bytes_of(HF__ANY__KIND_OPAQUE, bytes, sizeof(bytes) - 1)

static void what_is_not_the_shortest_form_becomes_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    uint64_t watch = opened(ada, REQUEST(0, watch_open, .has_object = true, .object = list));
    uint64_t after = 0;
    Hf__Any *one = of_list(1, of_int(1));
    Hf__Any *rows[][2] = {
        {LIST("\x0a\x82\0\x10\x02"), one},        /* the length of an item */
        {LIST("\x0a\x03\x10\x82\0"), one},        /* a number */
        {LIST("\x8a\0\x02\x10\x02"), one},        /* the key of a field, */
        {LIST("\x0a\x03\x90\0\x02"), one},        /* and in a value */
        {LIST("\x78\x01\x0a\x02\x10\x02"), one},  /* unknown fields before an item, */
        {LIST("\x0a\x02\x10\x02\x7a\x01x"), one}, /* behind it, */
        {LIST("\x0a\x04\x78\x01\x10\x02"), one},  /* in it before its kind, */
        {LIST("\x0a\x04\x10\x02\x78\x01"), one},  /* and behind it */
        {LIST("\x0a\x02\x08\x02"), of_list(1, of_bool(true))},
        {LIST("\x0a\x0b\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
         of_list(1, of_int(INT64_MIN))}, /* more bits than there are */
        {LIST("\x0a\x06\x42\x04\x08\x07\x10\x01"), of_list(1, of_ref(7))},
        {LIST("\x0a\x06\x42\x04\x10\x01\x08\x07"), of_list(1, of_ref(7))},
        {LIST("\x0a\x05\x42\x03\x08\x87\0"), of_list(1, of_ref(7))},
        {LIST("\x0a\x07\x32\x05\x0a\x03\x10\x82\0"), of_list(1, one)},
        {LIST("\x0a\x0f\x3a\x0d\x0a\x0b\x12\x03\x10\x84\0\x0a\x02\x10\x02\x78\0"),
         of_list(1, of_map(1, of_int(1), of_int(2)))},
        {OPAQUE("\x12\x01x\x0a\x01t"), of_opaque("t", "x", NULL, 0)},
        {OPAQUE("\x22\x02\x08\x07\x0a\x01t\x12\x01x"), of_opaque("t", "x", NULL, 7)},
        {OPAQUE("\x0a\x01t\x12\x01x\x22\x04\x08\x07\x10\x01\x78\x01"),
         of_opaque("t", "x", NULL, 7)},
        {OPAQUE("\x0a\x81\0t\x12\x01x\x1a\x01y"), of_opaque("t", "x", "y", 0)},
        {LIST("\x0a\x0a\x62\x08\x12\x01x\x0a\x01t\x78\x01"),
         of_list(1, of_opaque("t", "x", NULL, 0))},
        {LIST("\x0a\x06\x52\x04\x0a\x02\x08\x02"), of_list(1, of_tuple(1, of_bool(true)))},
        {MAP("\x0a\x0e\x0a\x08\x52\x06\x0a\x04\x10\x02\x78\x01\x12\x02\x10\x04"),
         of_map(1, of_tuple(1, of_int(1)), of_int(2))},
        {MAP("\x0a\x08\x12\x02\x10\x04\x0a\x02\x10\x02"), of_map(1, of_int(1), of_int(2))},
        {MAP("\x0a\x0a\x0a\x02\x10\x02\x18\x01\x12\x02\x10\x04"), of_map(1, of_int(1), of_int(2))},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_status(append(ada, list, rows[i][0]), HF_OK);
        assert_value(ask(ada, REQUEST(list, list_get, .index = -1)), rows[i][1]);
        after++;
        const Hf__Reply *news =
            ask(ada, REQUEST(watch, watch_next, .has_after = true, .after = after - 1));
        assert_status(news, HF_OK);
        assert_true(same_value(news->changes->changes[0]->request->list_append->value, rows[i][1]));
        assert_true(same(ada, rows[i][0], rows[i][1]));
    }
}

/* The inner list gets so much shorter that its length takes one byte less, on each level. */
static void lengths_shrink_with_what_they_count(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    static char unknown[40] = "\x7a\x26"; /* field 15, 38 bytes */
    char text[101] = {0};
    (void)memset(text, 'x', 100);
    Hf__Any *wanted = of_list(1, of_string(text));
    uint8_t bytes[sizeof unknown + 200];
    memcpy(bytes, wanted->list.data, wanted->list.len);
    memcpy(bytes + wanted->list.len, unknown, sizeof unknown);
    Hf__Any *sent =
        of_bytes_of(HF__ANY__KIND_LIST, (const char *)bytes, wanted->list.len + sizeof unknown);
    for (int i = 0; i < 5; i++) {
        wanted = i % 2 ? of_list(1, wanted) : of_map(1, of_string("key"), wanted);
        sent = i % 2 ? of_list(1, sent) : of_map(1, of_string("key"), sent);
    }

    assert_status(append(ada, list, sent), HF_OK);

    assert_value(ask(ada, REQUEST(list, list_get, .index = 0)), wanted);
}

static void a_tag_of_an_opaque_value_has_1_to_64_bytes(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    char tag[66] = {0};
    memset(tag, 't', sizeof tag - 1);

    assert_status(append(ada, list, of_opaque(tag, "", NULL, 0)), HF_INVALID);
    assert_status(append(ada, list, of_opaque("", "", NULL, 0)), HF_INVALID);
    assert_status(append(ada, list, of_opaque("\xff", "", NULL, 0)), HF_INVALID);
    assert_status(append(ada, list, OPAQUE("\x0a\x02t\0\x12\x01x")), HF_INVALID);
    assert_status(append(ada, list, of_opaque(tag + 1, "", NULL, 0)), HF_OK);
}

/* The references of an opaque value keep alive what they refer to, also in a key. */
static void references_of_opaque_values_count(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t dict = open_dict(bob, "dict");
    uint64_t inner = open_list(ada, NULL);
    uint64_t other = open_list(ada, NULL);
    Hf__Any *key = of_tuple(1, of_opaque("t", "x", NULL, inner));
    assert_status(
        ask(ada, REQUEST(dict, dict_set, .key = key, .value = of_opaque("t", "y", NULL, other))),
        HF_OK);
    peer_leave(ada);

    assert_status(ask(bob, REQUEST(inner, list_len)), HF_OK);
    assert_status(ask(bob, REQUEST(inner, object_release)), HF_OK);
    assert_status(ask(bob, REQUEST(dict, dict_set, .key = key, .value = of_int(1))), HF_OK);
    assert_status(ask(bob, REQUEST(other, list_len)), HF_NO_OBJECT);
    assert_status(ask(bob, REQUEST(dict, dict_delete, .key = key)), HF_OK);
    assert_status(ask(bob, REQUEST(inner, list_len)), HF_NO_OBJECT);
}

static void what_is_no_list_or_map_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, NULL);
    uint64_t dict = open_dict(ada, NULL);
    Hf__Any *broken[] = {
        OPAQUE(""),                               /* nothing, */
        OPAQUE("\x0a\x01t"),                      /* no bytes, */
        OPAQUE("\x12\x01x"),                      /* no tag, */
        OPAQUE("\x0a\x01t\x12\x01x\x12\x01x"),    /* and two bytes */
        OPAQUE("\x0a\x01t\x12\x01x\x18\x01"),     /* of a wrong wire type */
        OPAQUE("\x0a\x01t\x12\x01x\x22\0"),       /* a reference to nothing */
        LIST("\x0a"),                             /* cut off */
        LIST("\x0a\x05\x10\x02"),                 /* in an item */
        LIST("\xff"),                             /* in a key */
        LIST("\x0b\x0c"),                         /* a group */
        LIST("\x08\x01"),                         /* an item that is a number */
        LIST("\x0a\x04\x10\x02\x10\x04"),         /* two kinds */
        LIST("\x0a\x03\x12\x01\0"),               /* a kind of a wrong wire type */
        LIST("\x0a\x02\x42\0"),                   /* a reference to nothing */
        LIST("\x0a\x06\x42\x04\x08\x01\x08\x01"), /* and to two things */
        LIST("\x0a\x04\x19\0\0\0"),               /* half a double */
        LIST("\x0a\x03\x32\x01\x0a"),             /* deeper */
        MAP("\x0a\0"),                            /* a pair of nothing, */
        MAP("\x0a\x04\x0a\x02\x10\x02"),          /* without a value, */
        MAP("\x0a\x04\x12\x02\x10\x02"),          /* without a key, */
        MAP("\x0a\x0c\x0a\x02\x10\x02\x0a\x02\x10\x02\x12\x02\x10\x02"), /* with two */
    };

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        const Hf__Reply *reply = append(ada, list, broken[i]);
        assert_status(reply, HF_INVALID);
        assert_string_equal(reply->detail,
                            "a list, tuple, map or opaque value is not a packed AnyList, "
                            "AnyMap or Opaque");
        assert_status(append(ada, list, of_list(1, broken[i])), HF_INVALID);
    }

    assert_count(ask(ada, REQUEST(list, list_len)), 0);
    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(2))), HF_OK);
    assert_status(ask(ada, REQUEST(dict, dict_setdefault, .key = of_int(1), .value = broken[0])),
                  HF_INVALID);
    assert_status(ask(ada, REQUEST(dict, dict_pop, .key = of_int(1), .fallback = broken[0])),
                  HF_INVALID);
    assert_status(ask(ada, REQUEST(dict, dict_add, .key = of_int(1), .amount = of_int(1),
                                   .initial = broken[0])),
                  HF_INVALID);
    assert_int(ask(ada, REQUEST(dict, dict_get, .key = of_int(1))), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_is_what_has_the_same_kind_and_value),
        cmocka_unit_test(what_identifies_opaque_values_is_compared_and_nothing_else),
        cmocka_unit_test(maps_are_equal_in_any_order),
        cmocka_unit_test(a_map_keeps_the_order_in_which_it_came),
        cmocka_unit_test(a_map_with_a_key_twice_is_refused),
        cmocka_unit_test(only_some_values_are_keys),
        cmocka_unit_test(an_integer_has_one_form),
        cmocka_unit_test(bigs_are_sorted_among_all_numbers),
        cmocka_unit_test(bigs_are_not_added_to),
        cmocka_unit_test(large_maps_are_compared_in_no_time),
        cmocka_unit_test(values_nest_32_deep),
        cmocka_unit_test(what_is_not_the_shortest_form_becomes_it),
        cmocka_unit_test(lengths_shrink_with_what_they_count),
        cmocka_unit_test(a_tag_of_an_opaque_value_has_1_to_64_bytes),
        cmocka_unit_test(references_of_opaque_values_count),
        cmocka_unit_test(what_is_no_list_or_map_is_refused),
    };
    return WORLD_MAIN(tests);
}
