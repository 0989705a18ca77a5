/* SPDX-License-Identifier: MIT
 *
 * dict: every operation, every refusal, and that a refusal changes nothing.
 */
#include "mem.h"
#include "wire_limits.h"
#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world *world_of_items(void **state, size_t items_max) {
    struct core_config config = core_defaults();
    config.items_max = items_max;
    return world_replace(state, &config);
}

static Hf__Any *str(const char *text) {
    return of_string(text);
}

static Hf__Reply *set(struct peer *peer, uint64_t dict, Hf__Any *key, Hf__Any *value) {
    return ask(peer, REQUEST(dict, dict_set, .key = key, .value = value));
}

static Hf__Reply *get(struct peer *peer, uint64_t dict, Hf__Any *key) {
    return ask(peer, REQUEST(dict, dict_get, .key = key));
}

/* The whole dict, in order. */
#define assert_dict(peer, dict, wanted) assert_value(ask(peer, REQUEST(dict, dict_copy)), wanted)

/* {"a": 1, "b": 2, "c": 3} */
static uint64_t abc(struct peer *peer) {
    uint64_t dict = open_dict(peer, NULL);
    assert_status(set(peer, dict, str("a"), of_int(1)), HF_OK);
    assert_status(set(peer, dict, str("b"), of_int(2)), HF_OK);
    assert_status(set(peer, dict, str("c"), of_int(3)), HF_OK);
    return dict;
}

static Hf__Any *of_abc(void) {
    return of_map(3, str("a"), of_int(1), str("b"), of_int(2), str("c"), of_int(3));
}

static void a_new_dict_is_empty(void **state) {
    struct peer *peer = world_join(*state, "ada");

    uint64_t dict = open_dict(peer, "d");

    assert_count(ask(peer, REQUEST(dict, dict_len)), 0);
    assert_dict(peer, dict, of_map(0));
    assert_int_equal(open_dict(peer, "d"), dict);
}

static void a_get_returns_the_value_that_was_set(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);
    Hf__Any *nested = of_map(2, str("list"), of_list(3, of_int(1), of_null(), of_list(0)),
                             of_int(1), of_map(1, of_bool(true), of_bytes("\0\1", 2)));

    assert_status(set(peer, dict, str("k"), nested), HF_OK);

    assert_value(get(peer, dict, str("k")), nested);
    assert_truth(ask(peer, REQUEST(dict, dict_contains, .key = str("k"))), true);
    assert_truth(ask(peer, REQUEST(dict, dict_contains, .key = str("l"))), false);
    assert_count(ask(peer, REQUEST(dict, dict_len)), 1);
}

static void keys_differ_by_kind_and_value(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);
    Hf__Any *keys[] = {of_null(),       of_bool(false),   of_bool(true),    of_int(0),
                       of_int(1),       of_int(-1),       of_double(0),     of_double(1),
                       of_double(NAN),  str(""),          str("1"),         str("a"),
                       of_bytes("", 0), of_bytes("1", 1), of_bytes("a", 1), of_int(INT64_MIN)};
    const size_t count = sizeof keys / sizeof keys[0];

    for (size_t i = 0; i < count; i++) {
        assert_status(set(peer, dict, keys[i], of_int((int64_t)i)), HF_OK);
    }

    assert_count(ask(peer, REQUEST(dict, dict_len)), count);
    for (size_t i = 0; i < count; i++) {
        assert_int(get(peer, dict, keys[i]), (int64_t)i);
    }
    assert_int(get(peer, dict, of_double(-0.0)), 6);
    assert_int(get(peer, dict, of_double(-NAN)), 8);
}

static void a_missing_key_is_a_key_error_that_names_it(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    char longer[100] = {0};
    memset(longer, 'x', sizeof longer - 1);
    const struct {
        Hf__Any *key;
        const char *detail;
    } cases[] = {
        {str("ada"), "no key \"ada\""},
        {str("two\nlines"), "no key \"two?lines\""},
        {str(longer), "no key \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\""},
        {of_int(-5), "no key -5"},
        {of_double(0.5), "no key 0.5"},
        {of_bool(true), "no key true"},
        {of_null(), "no key null"},
        {of_bytes("abc", 3), "no key 3 bytes"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Hf__Reply *reply = get(peer, dict, cases[i].key);
        assert_status(reply, HF_KEY_ERROR);
        assert_string_equal(reply->detail, cases[i].detail);
        assert_status(ask(peer, REQUEST(dict, dict_delete, .key = cases[i].key)), HF_KEY_ERROR);
        assert_status(ask(peer, REQUEST(dict, dict_pop, .key = cases[i].key)), HF_KEY_ERROR);
        assert_status(ask(peer, REQUEST(dict, dict_add, .key = cases[i].key, .amount = of_int(1))),
                      HF_KEY_ERROR);
    }
    assert_dict(peer, dict, of_abc());
}

static void a_long_key_is_shown_without_half_a_character(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);
    char key[101];

    for (size_t lead = 0; lead < 4; lead++) { /* "x" and then characters of three bytes */
        size_t len = lead;
        memset(key, 'x', lead);
        for (; len + 3 < sizeof key; len += 3) {
            memcpy(key + len, "\xE2\x82\xAC", 4);
        }
        const Hf__Reply *reply = get(peer, dict, str(key));
        assert_status(reply, HF_KEY_ERROR); /* a detail that is not UTF-8 would not be decoded */
        size_t shown = strlen(reply->detail) - strlen("no key \"...\"");
        assert_int_equal((shown - lead) % 3, 0);
        assert_true(shown <= 40 && shown > 37);
    }
}

static void a_fallback_stands_in_for_a_missing_key(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    Hf__Any *list = of_list(1, str("x"));

    assert_value(ask(peer, REQUEST(dict, dict_get, .key = str("z"), .fallback = list)), list);
    assert_value(ask(peer, REQUEST(dict, dict_get, .key = str("z"), .fallback = of_null())),
                 of_null());
    assert_value(ask(peer, REQUEST(dict, dict_pop, .key = str("z"), .fallback = list)), list);
    assert_int(ask(peer, REQUEST(dict, dict_get, .key = str("a"), .fallback = list)), 1);
    assert_dict(peer, dict, of_abc());
}

static void setting_again_keeps_the_place(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);

    assert_status(set(peer, dict, str("a"), str("new")), HF_OK);
    assert_status(ask(peer, REQUEST(dict, dict_delete, .key = str("b"))), HF_OK);
    assert_status(set(peer, dict, str("b"), of_int(4)), HF_OK);

    assert_dict(peer, dict,
                of_map(3, str("a"), str("new"), str("c"), of_int(3), str("b"), of_int(4)));
}

static void pop_takes_the_item_out(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    Hf__Any *list = of_list(2, str("long enough to be on the heap"), of_map(0));
    assert_status(set(peer, dict, str("d"), list), HF_OK);

    assert_value(ask(peer, REQUEST(dict, dict_pop, .key = str("d"), .fallback = of_int(0))), list);
    assert_int(ask(peer, REQUEST(dict, dict_pop, .key = str("b"))), 2);

    assert_dict(peer, dict, of_map(2, str("a"), of_int(1), str("c"), of_int(3)));
    assert_status(ask(peer, REQUEST(dict, dict_pop, .key = str("d"))), HF_KEY_ERROR);
}

static void popitem_takes_the_newest(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    assert_status(set(peer, dict, str("a"), str("one")), HF_OK); /* keeps its place */
    const char *keys[] = {"c", "b", "a"};
    Hf__Any *values[] = {of_int(3), of_int(2), str("one")};

    for (size_t i = 0; i < 3; i++) {
        const Hf__Reply *reply = ask(peer, REQUEST(dict, dict_popitem));
        assert_status(reply, HF_OK);
        assert_int_equal(reply->result_case, HF__REPLY__RESULT_ITEM);
        assert_true(same_value(reply->item->key, str(keys[i])));
        assert_true(same_value(reply->item->value, values[i]));
    }

    assert_status(ask(peer, REQUEST(dict, dict_popitem)), HF_KEY_ERROR);
}

/* Short keys lie in their items, long ones do not. */
static void keys_of_every_length_are_kept(void **state) {
    enum { LONGEST = 40 };
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, "d");
    static const char text[LONGEST + 1] = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

    for (size_t len = 0; len <= LONGEST; len++) {
        Hf__Any *string = of_string(text);
        string->string.len = len;
        assert_status(set(peer, dict, string, of_int((int64_t)len)), HF_OK);
        assert_status(set(peer, dict, of_bytes(text, len), of_int(-(int64_t)len - 1)), HF_OK);
    }

    const Hf__Reply *page = ask(peer, REQUEST(dict, dict_items));
    assert_int_equal(page->page->n_keys, 2 * (LONGEST + 1));
    for (size_t len = LONGEST + 1; len-- > 0;) {
        Hf__Any *string = of_string(text);
        string->string.len = len;
        assert_true(same_value(page->page->keys[2 * len], string));
        assert_int(get(peer, dict, of_bytes(text, len)), -(int64_t)len - 1);
        assert_int(get(peer, dict, string), (int64_t)len);
        assert_int(ask(peer, REQUEST(dict, dict_pop, .key = of_bytes(text, len))),
                   -(int64_t)len - 1);
        assert_true(same_value(ask(peer, REQUEST(dict, dict_popitem))->item->key, string));
    }
    assert_count(ask(peer, REQUEST(dict, dict_len)), 0);
}

static void setdefault_stores_only_what_is_not_there(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);
    Hf__Any *list = of_list(1, str("first"));

    assert_value(ask(peer, REQUEST(dict, dict_setdefault, .key = str("k"), .value = list)), list);
    assert_value(ask(peer, REQUEST(dict, dict_setdefault, .key = str("k"), .value = of_int(2))),
                 list);
    assert_value(ask(peer, REQUEST(dict, dict_setdefault, .key = str("n"))), of_null());

    assert_dict(peer, dict, of_map(2, str("k"), list, str("n"), of_null()));
}

static void update_sets_many(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);

    assert_status(
        ask(peer, REQUEST(dict, dict_update, .n_items = 5,
                          .items = item_array(5, str("d"), of_int(4), str("b"), str("two"),
                                              str("d"), of_list(1, str("four")), of_int(0),
                                              of_null(), str("b"), of_int(22)))),
        HF_OK);
    assert_status(ask(peer, REQUEST(dict, dict_update)), HF_OK);

    assert_dict(peer, dict,
                of_map(5, str("a"), of_int(1), str("b"), of_int(22), str("c"), of_int(3), str("d"),
                       of_list(1, str("four")), of_int(0), of_null()));
}

static void update_is_all_or_none(void **state) {
    struct world *world = world_of_items(state, 5);
    struct peer *peer = world_join(world, "ada");
    uint64_t dict = abc(peer);

    assert_status(ask(peer, REQUEST(dict, dict_update, .n_items = 3,
                                    .items = item_array(3, str("a"), str("x"), str("d"), of_int(4),
                                                        of_list(0), of_int(5)))),
                  HF_TYPE_ERROR);
    assert_status(
        ask(peer, REQUEST(dict, dict_update, .n_items = 2,
                          .items = item_array(2, str("d"), of_int(4), str("e"), str("\xFF")))),
        HF_INVALID);
    assert_status(ask(peer, REQUEST(dict, dict_update, .n_items = 4,
                                    .items = item_array(4, str("a"), str("x"), str("d"), of_int(4),
                                                        str("e"), of_int(5), str("f"), of_int(6)))),
                  HF_LIMIT);
    assert_dict(peer, dict, of_abc());

    assert_status(ask(peer, REQUEST(dict, dict_update, .n_items = 4,
                                    .items = item_array(4, str("a"), of_int(0), str("d"), of_int(4),
                                                        str("d"), of_int(5), str("e"), of_int(6)))),
                  HF_OK);
    assert_count(ask(peer, REQUEST(dict, dict_len)), 5);
}

static void a_full_dict_takes_no_new_key(void **state) {
    struct world *world = world_of_items(state, 3);
    struct peer *peer = world_join(world, "ada");
    uint64_t dict = abc(peer);

    assert_status(set(peer, dict, str("d"), of_int(4)), HF_LIMIT);
    assert_status(ask(peer, REQUEST(dict, dict_setdefault, .key = str("d"))), HF_LIMIT);
    assert_int_equal(peer_last(peer)->result_case, HF__REPLY__RESULT__NOT_SET);
    assert_status(ask(peer, REQUEST(dict, dict_add, .key = str("d"), .amount = of_int(1),
                                    .initial = of_int(0))),
                  HF_LIMIT);
    assert_int_equal(peer_last(peer)->result_case, HF__REPLY__RESULT__NOT_SET);
    assert_status(
        ask(peer, REQUEST(dict, dict_compare_and_set, .key = str("d"), .replacement = of_int(1))),
        HF_LIMIT);
    assert_dict(peer, dict, of_abc());

    assert_status(set(peer, dict, str("c"), of_int(3)), HF_OK);
    assert_int(ask(peer, REQUEST(dict, dict_setdefault, .key = str("a"))), 1);
    assert_dict(peer, dict, of_abc());
}

static void only_scalars_are_keys(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    Hf__Any *keys[] = {of_list(0), of_map(0), of_ref(dict)};

    for (size_t i = 0; i < 3; i++) {
        assert_status(set(peer, dict, keys[i], of_int(1)), HF_TYPE_ERROR);
        assert_status(get(peer, dict, keys[i]), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(dict, dict_delete, .key = keys[i])), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(dict, dict_contains, .key = keys[i])), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(dict, dict_pop, .key = keys[i])), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(dict, dict_setdefault, .key = keys[i])), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(dict, dict_add, .key = keys[i], .amount = of_int(1))),
                      HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(dict, dict_compare_and_set, .key = keys[i])),
                      HF_TYPE_ERROR);
    }
    assert_dict(peer, dict, of_abc());
}

static void a_bad_key_or_value_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    char *longest = calloc(1, HF_KEY_MAX_BYTES + 2);
    memset(longest, 'k', HF_KEY_MAX_BYTES + 1);

    assert_status(set(peer, dict, str("\xC0\x80"), of_int(1)), HF_INVALID);
    assert_status(set(peer, dict, str("a"), str("\xC0\x80")), HF_INVALID);
    assert_status(set(peer, dict, str("a"), of_map(1, of_list(0), of_int(1))), HF_INVALID);
    assert_status(set(peer, dict, str(longest), of_int(1)), HF_TOO_BIG);
    assert_dict(peer, dict, of_abc());
    longest[HF_KEY_MAX_BYTES] = 0;
    assert_status(set(peer, dict, str(longest), of_int(1)), HF_OK);
    assert_int(get(peer, dict, str(longest)), 1);
    free(longest);
}

/* ---- pages ---- */

static const Hf__Page *page(struct peer *peer, uint64_t dict, uint64_t cursor, uint32_t limit) {
    const Hf__Reply *reply =
        ask(peer, REQUEST(dict, dict_items, .has_cursor = cursor != 0, .cursor = cursor,
                          .has_limit = true, .limit = limit));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_PAGE);
    assert_int_equal(reply->page->n_keys, reply->page->n_values);
    return reply->page;
}

/* {0: 0, 1: 1 ...} */
static uint64_t numbered(struct peer *peer, size_t count) {
    uint64_t dict = open_dict(peer, NULL);
    Hf__Item **items = calloc(count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = *item_array(1, of_int((int64_t)i), of_int((int64_t)i));
    }
    assert_status(ask(peer, REQUEST(dict, dict_update, .n_items = count, .items = items)), HF_OK);
    free(items);
    return dict;
}

static void pages_show_every_item_once_in_order(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = numbered(peer, 20);

    for (uint32_t limit = 1; limit <= 21; limit++) {
        const Hf__Page *shown = NULL;
        uint64_t cursor = 0;
        size_t seen = 0;
        do {
            shown = page(peer, dict, cursor, limit);
            assert_int_equal(shown->n_keys, seen + limit <= 20 ? limit : 20 - seen);
            for (size_t i = 0; i < shown->n_keys; i++, seen++) {
                assert_int_equal(shown->keys[i]->int_, seen);
                assert_int_equal(shown->values[i]->int_, seen);
            }
            cursor = shown->next;
        } while (shown->has_next);
        assert_int_equal(seen, 20);
    }
}

static void items_that_stay_are_listed_once_while_the_dict_changes(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = numbered(peer, 200);
    bool seen[200] = {false};
    bool gone[200] = {false};
    uint64_t cursor = 0;
    int64_t fresh = 1000;

    do {
        const Hf__Page *shown = page(peer, dict, cursor, 7);
        for (size_t i = 0; i < shown->n_keys; i++) {
            int64_t key = shown->keys[i]->int_;
            if (key < 200) {
                assert_false(seen[key] || gone[key]);
                seen[key] = true;
            }
        }
        cursor = shown->has_next ? shown->next : 0;
        /* Take odd ones away, also behind the cursor, which packs the table; set even ones anew;
         * add others. */
        for (int64_t i = 0; i < 9 && fresh < 1100; i++, fresh++) {
            int64_t even = 2 * (fresh - 1000);
            (void)ask(peer, REQUEST(dict, dict_delete, .key = of_int(even + 1)));
            gone[even + 1] = true;
            assert_status(set(peer, dict, of_int(even), of_null()), HF_OK);
            assert_status(set(peer, dict, of_int(fresh), of_null()), HF_OK);
        }
    } while (cursor);

    for (size_t i = 0; i < 200; i += 2) {
        assert_true(seen[i]);
    }
}

static void keys_and_values_come_alone_too(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);

    const Hf__Reply *keys = ask(peer, REQUEST(dict, dict_keys));
    assert_status(keys, HF_OK);
    assert_int_equal(keys->page->n_keys, 3);
    assert_int_equal(keys->page->n_values, 0);
    assert_true(same_value(keys->page->keys[2], str("c")));
    assert_false(keys->page->has_next);

    const Hf__Reply *values =
        ask(peer, REQUEST(dict, dict_values, .has_limit = true, .limit = UINT32_MAX));
    assert_status(values, HF_OK);
    assert_int_equal(values->page->n_keys, 0);
    assert_int_equal(values->page->n_values, 3);
    assert_true(same_value(values->page->values[2], of_int(3)));
    assert_false(values->page->has_next);
}

static void a_page_may_be_empty(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t empty = open_dict(peer, NULL);
    uint64_t dict = abc(peer);

    assert_int_equal(page(peer, empty, 0, 10)->n_keys, 0);
    assert_false(peer_last(peer)->page->has_next);
    assert_int_equal(page(peer, dict, UINT64_MAX, 10)->n_keys, 0);
    assert_false(peer_last(peer)->page->has_next);
}

static void a_page_has_at_most_ten_thousand_items(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = numbered(peer, HF_PAGE_MAX_ITEMS + 1);

    assert_int_equal(page(peer, dict, 0, UINT32_MAX)->n_keys, HF_PAGE_MAX_ITEMS);
    assert_true(peer_last(peer)->page->has_next);
    uint64_t next = peer_last(peer)->page->next;
    assert_int_equal(page(peer, dict, next, 0)->n_keys, 1);
    assert_false(peer_last(peer)->page->has_next);
}

static void pages_of_large_items_fit_their_frames(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);
    const size_t sizes[] = {3 << 20, 3 << 20, 3 << 20, (16 << 20) - 64, 10, 10, 9 << 20, 10};
    const size_t counts[] = {2, 1, 1, 2, 1, 1};
    char *bytes = calloc(1, 16 << 20);
    for (int64_t i = 0; i < 8; i++) {
        assert_status(set(peer, dict, of_int(i), of_bytes(bytes, sizes[i])), HF_OK);
    }
    free(bytes);

    uint64_t cursor = 0;
    for (size_t i = 0; i < 6; i++) {
        const Hf__Page *shown = page(peer, dict, cursor, 0);
        assert_int_equal(shown->n_keys, counts[i]);
        assert_int_equal(shown->has_next, i < 5);
        cursor = shown->next;
    }
}

/* ---- the whole dict ---- */

static void clear_empties_it(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    assert_status(set(peer, dict, str("d"), of_list(1, str("on the heap"))), HF_OK);

    assert_status(ask(peer, REQUEST(dict, dict_clear)), HF_OK);

    assert_dict(peer, dict, of_map(0));
    assert_status(ask(peer, REQUEST(dict, dict_clear)), HF_OK);
    assert_status(set(peer, dict, str("a"), of_int(1)), HF_OK);
    assert_dict(peer, dict, of_map(1, str("a"), of_int(1)));
}

static void a_copy_that_does_not_fit_is_too_big(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);
    char *bytes = calloc(1, 9 << 20);
    Hf__Any *large = of_bytes(bytes, 9 << 20);
    free(bytes);
    assert_status(set(peer, dict, of_int(1), large), HF_OK);

    assert_status(ask(peer, REQUEST(dict, dict_copy)), HF_OK);
    assert_status(set(peer, dict, of_int(2), large), HF_OK);

    assert_status(ask(peer, REQUEST(dict, dict_copy)), HF_TOO_BIG);
    assert_non_null(peer_last(peer)->detail);
    assert_count(ask(peer, REQUEST(dict, dict_len)), 2);
}

/* ---- numbers and comparisons ---- */

static void add_answers_the_new_number(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    assert_status(set(peer, dict, str("x"), of_double(0.5)), HF_OK);

    assert_int(ask(peer, REQUEST(dict, dict_add, .key = str("a"), .amount = of_int(-3))), -2);
    assert_value(ask(peer, REQUEST(dict, dict_add, .key = str("x"), .amount = of_int(1))),
                 of_double(1.5));
    assert_int(ask(peer, REQUEST(dict, dict_add, .key = str("b"), .amount = of_int(3),
                                 .floor = of_int(0), .ceiling = of_int(5))),
               5);

    assert_dict(peer, dict,
                of_map(4, str("a"), of_int(-2), str("b"), of_int(5), str("c"), of_int(3), str("x"),
                       of_double(1.5)));
}

static void add_begins_with_the_initial_where_there_is_none(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);

    assert_int(ask(peer, REQUEST(dict, dict_add, .key = str("n"), .amount = of_int(2),
                                 .initial = of_int(10))),
               12);
    assert_int(ask(peer, REQUEST(dict, dict_add, .key = str("n"), .amount = of_int(2),
                                 .initial = of_int(10))),
               14);
    assert_status(ask(peer, REQUEST(dict, dict_add, .key = str("m"), .amount = of_int(2),
                                    .initial = of_int(10), .ceiling = of_int(11))),
                  HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(dict, dict_add, .key = str("m"), .amount = of_int(2),
                                    .initial = str("10"))),
                  HF_TYPE_ERROR);
    assert_status(ask(peer, REQUEST(dict, dict_add, .key = str("m"), .amount = of_int(2),
                                    .initial = of_null())),
                  HF_TYPE_ERROR);

    assert_dict(peer, dict, of_map(1, str("n"), of_int(14)));
}

static void a_refused_add_changes_nothing(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    assert_status(set(peer, dict, str("s"), str("1")), HF_OK);
    assert_status(set(peer, dict, str("max"), of_int(INT64_MAX)), HF_OK);
    const struct {
        const char *key;
        Hf__Any *amount;
        Hf__Any *floor;
        hf_status status;
    } cases[] = {
        {"a", of_int(-2), of_int(0), HF_OUT_OF_RANGE}, {"max", of_int(1), NULL, HF_OUT_OF_RANGE},
        {"a", of_double(0.5), NULL, HF_TYPE_ERROR},    {"a", str("1"), NULL, HF_TYPE_ERROR},
        {"s", of_int(1), NULL, HF_TYPE_ERROR},         {"a", of_int(1), str("0"), HF_TYPE_ERROR},
        {"z", of_int(1), NULL, HF_KEY_ERROR},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_status(ask(peer, REQUEST(dict, dict_add, .key = str(cases[i].key),
                                        .amount = cases[i].amount, .floor = cases[i].floor)),
                      cases[i].status);
    }

    assert_dict(peer, dict,
                of_map(5, str("a"), of_int(1), str("b"), of_int(2), str("c"), of_int(3), str("s"),
                       str("1"), str("max"), of_int(INT64_MAX)));
}

static Hf__Reply *cas(struct peer *peer, uint64_t dict, const char *key, Hf__Any *expected,
                      Hf__Any *replacement) {
    return ask(peer, REQUEST(dict, dict_compare_and_set, .key = str(key), .expected = expected,
                             .replacement = replacement));
}

static void compare_and_set_replaces_what_was_expected(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    Hf__Any *list = of_list(2, of_int(1), str("a value on the heap"));

    assert_status(cas(peer, dict, "a", of_int(1), list), HF_OK);
    assert_status(cas(peer, dict, "a", list, of_list(0)), HF_OK);
    assert_status(cas(peer, dict, "b", of_int(2), NULL), HF_OK); /* deletes */
    assert_status(cas(peer, dict, "d", NULL, of_null()), HF_OK); /* adds */
    assert_status(cas(peer, dict, "d", of_null(), of_int(4)), HF_OK);
    assert_status(cas(peer, dict, "e", NULL, NULL), HF_OK); /* nothing, and stays so */

    assert_dict(peer, dict,
                of_map(3, str("a"), of_list(0), str("c"), of_int(3), str("d"), of_int(4)));
}

static void a_null_is_not_a_missing_value(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);
    assert_status(set(peer, dict, str("n"), of_null()), HF_OK);

    const Hf__Reply *refused = cas(peer, dict, "n", NULL, of_int(1));

    assert_status(refused, HF_MISMATCH);
    assert_value(refused, of_null());
    assert_dict(peer, dict, of_map(1, str("n"), of_null()));
}

static void compare_and_set_tells_of_what_is_there_instead(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);
    const struct {
        const char *key;
        Hf__Any *expected;
        Hf__Any *replacement;
        int64_t present; /* 0: none */
    } cases[] = {
        {"a", of_int(2), of_int(3), 1}, {"a", of_double(1), NULL, 1},
        {"b", NULL, of_int(3), 2},      {"b", NULL, NULL, 2},
        {"z", of_int(1), of_int(2), 0}, {"z", of_null(), of_int(2), 0},
        {"z", of_int(1), NULL, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Hf__Reply *reply =
            cas(peer, dict, cases[i].key, cases[i].expected, cases[i].replacement);
        assert_status(reply, HF_MISMATCH);
        if (cases[i].present) {
            assert_int(reply, cases[i].present);
        } else {
            assert_int_equal(reply->result_case, HF__REPLY__RESULT__NOT_SET);
        }
    }

    assert_status(cas(peer, dict, "a", of_int(1), str("\xFF")), HF_INVALID);
    assert_dict(peer, dict, of_abc());
}

/* ---- references, types, batches, memory ---- */

static bool is_there(struct peer *peer, uint64_t object) {
    return ask(peer, REQUEST(object, object_describe))->status == HF__STATUS__OK;
}

static void a_stored_reference_keeps_an_unnamed_object(void **state) {
    struct world *world = *state;
    struct peer *peer = world_join(world, "ada");
    struct peer *maker = world_join(world, "maker");
    uint64_t dict = open_dict(peer, NULL);
    uint64_t first = open_dict(maker, NULL);
    uint64_t second = open_dict(maker, NULL);
    uint64_t shared = open_dict(maker, "shared");
    assert_status(set(maker, shared, str("1"), of_ref(first)), HF_OK);
    assert_status(set(maker, shared, str("2"), of_list(1, of_ref(second))), HF_OK);

    peer_leave(maker);
    assert_status(get(peer, shared, str("2")), HF_OK); /* and from now on it is the peer's too */
    assert_status(ask(peer, REQUEST(shared, dict_clear)), HF_OK);

    assert_false(is_there(peer, first));
    assert_true(is_there(peer, second));
    assert_true(is_there(peer, dict));
}

static void a_session_that_pops_a_reference_keeps_the_object(void **state) {
    struct world *world = *state;
    struct peer *peer = world_join(world, "ada");
    struct peer *maker = world_join(world, "maker");
    uint64_t shared = open_dict(maker, "shared");
    uint64_t ids[4];
    for (int64_t i = 0; i < 4; i++) {
        ids[i] = open_dict(maker, NULL);
        assert_status(set(maker, shared, of_int(i), of_ref(ids[i])), HF_OK);
    }
    peer_leave(maker);

    assert_status(ask(peer, REQUEST(shared, dict_popitem)), HF_OK);
    assert_status(ask(peer, REQUEST(shared, dict_pop, .key = of_int(0))), HF_OK);
    assert_status(ask(peer, REQUEST(shared, dict_delete, .key = of_int(1))), HF_OK);
    assert_status(set(peer, shared, of_int(2), of_null()), HF_OK);

    assert_true(is_there(peer, ids[3]));
    assert_true(is_there(peer, ids[0]));
    assert_false(is_there(peer, ids[1]));
    assert_false(is_there(peer, ids[2]));
}

static void a_dict_may_hold_itself(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);

    assert_status(set(peer, dict, str("self"), of_ref(dict)), HF_OK);
    assert_status(ask(peer, REQUEST(dict, object_release)), HF_OK);
    assert_true(is_there(peer, dict));
    assert_status(ask(peer, REQUEST(dict, object_release)), HF_OK);
    assert_status(ask(peer, REQUEST(dict, dict_pop, .key = str("self"))), HF_OK);

    assert_true(is_there(peer, dict)); /* asking for it makes it the peer's again */
}

static void other_types_have_other_operations(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, "d");
    uint64_t list = open_list(peer, "l");

    assert_status(ask(peer, REQUEST(dict, list_len)), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(list, dict_len)), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(0, dict_open, .name = name_of("l"))), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(12345, dict_len)), HF_NO_OBJECT);
}

static void describe_tells_how_many_items(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = abc(peer);

    const Hf__Reply *reply = ask(peer, REQUEST(dict, object_describe));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->description->type, HF__TYPE__DICT);
    assert_int_equal(reply->description->size, 3);
}

static void answers_in_a_batch_are_of_their_moment(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, NULL);
    Hf__Any *old = str("an old value, on the heap");
    Hf__Any *new = str("a new value, on the heap too");
    assert_status(set(peer, dict, str("a key on the heap"), old), HF_OK);
    Hf__Request requests[] = {
        REQUEST(dict, dict_items),
        REQUEST(dict, dict_copy),
        REQUEST(dict, dict_get, .key = str("a key on the heap")),
        REQUEST(dict, dict_set, .key = str("a key on the heap"), .value = new),
        REQUEST(dict, dict_pop, .key = str("a key on the heap")),
        REQUEST(dict, dict_setdefault, .key = str("k"), .value = old),
        REQUEST(dict, dict_popitem),
    };
    Hf__Request *list[7];
    for (size_t i = 0; i < 7; i++) {
        list[i] = &requests[i];
    }

    const Hf__Reply *reply = ask(peer, REQUEST(0, batch, .n_requests = 7, .requests = list));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->replies->n_replies, 7);
    Hf__Reply **replies = reply->replies->replies;
    assert_true(same_value(replies[0]->page->keys[0], str("a key on the heap")));
    assert_true(same_value(replies[0]->page->values[0], old));
    assert_value(replies[1], of_map(1, str("a key on the heap"), old));
    assert_value(replies[2], old);
    assert_value(replies[4], new);
    assert_value(replies[5], old);
    assert_true(same_value(replies[6]->item->value, old));
}

/* A request on abc(). */
typedef Hf__Reply *change(struct peer *peer, uint64_t dict);

static Hf__Any *heavy(void) {
    return of_map(1, str("list"), of_list(2, str("one"), of_bytes("two", 3)));
}

static Hf__Reply *change_new(struct peer *peer, uint64_t dict) {
    return set(peer, dict, str("new key"), heavy());
}

static Hf__Reply *change_old(struct peer *peer, uint64_t dict) {
    return set(peer, dict, str("b"), heavy());
}

static Hf__Reply *change_default(struct peer *peer, uint64_t dict) {
    return ask(peer, REQUEST(dict, dict_setdefault, .key = str("new key"), .value = heavy()));
}

static Hf__Reply *change_number(struct peer *peer, uint64_t dict) {
    return ask(peer, REQUEST(dict, dict_add, .key = str("a key too long for its item"),
                             .amount = of_int(1), .initial = of_int(1)));
}

static Hf__Reply *change_expected(struct peer *peer, uint64_t dict) {
    return cas(peer, dict, "a", of_int(1), heavy());
}

static Hf__Reply *change_many(struct peer *peer, uint64_t dict) {
    Hf__Item *items[40];
    char key[16];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(key, sizeof key, "key %d", i);
        items[i] = *item_array(1, i % 8 ? str(key) : str("b"), heavy());
    }
    return ask(peer, REQUEST(dict, dict_update, .n_items = 40, .items = items));
}

/* Enough to fill what the call has at hand, so that the next piece has to be allocated. */
static Hf__Any *padding(void) {
    static const char zeros[9000];
    return of_bytes(zeros, sizeof zeros);
}

static Hf__Reply *change_popped(struct peer *peer, uint64_t dict) {
    return ask(peer, REQUEST(dict, dict_pop, .key = str("a"), .fallback = padding()));
}

static Hf__Reply *change_newest(struct peer *peer, uint64_t dict) {
    Hf__Request requests[] = {REQUEST(dict, dict_contains, .key = padding()),
                              REQUEST(dict, dict_popitem)};
    Hf__Request *both[] = {&requests[0], &requests[1]};
    return ask(peer, REQUEST(0, batch, .n_requests = 2, .requests = both));
}

/* Fail the n-th allocation while the request runs. Returns whether there were as many. */
static bool fails_cleanly(change *request, size_t n) {
    struct world *world = world_new();
    struct peer *peer = world_join(world, "ada");
    uint64_t dict = abc(peer);
    assert_dict(peer, dict, of_abc());

    mem_fail_at(n);
    const Hf__Reply *reply = request(peer, dict);
    bool failed = mem_failed();
    mem_fail_at(0);

    if (reply->status == HF__STATUS__OK) {
        assert_false(same_value(ask(peer, REQUEST(dict, dict_copy))->value, of_abc()));
    } else {
        assert_status(reply, HF_NO_MEMORY);
        assert_null(reply->result_case == HF__REPLY__RESULT_VALUE ? reply->value : NULL);
        assert_dict(peer, dict, of_abc());
    }
    world_free(world);
    return failed;
}

static void without_memory_nothing_changes(void **state) {
    (void)state;
    change *changes[] = {change_new,      change_old,  change_default, change_number,
                         change_expected, change_many, change_popped,  change_newest};

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        size_t n = 1;
        while (fails_cleanly(changes[i], n)) {
            n++;
        }
        assert_true(n > 1);
    }
}

static void without_memory_nothing_is_answered(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = numbered(peer, 500);
    Hf__Request requests[] = {REQUEST(dict, dict_copy), REQUEST(dict, dict_items),
                              REQUEST(dict, dict_keys), REQUEST(dict, dict_values)};

    for (size_t i = 0; i < 4; i++) {
        size_t n = 0;
        do {
            mem_fail_at(++n);
            const Hf__Reply *reply = ask(peer, requests[i]);
            assert_status(reply, mem_failed() ? HF_NO_MEMORY : HF_OK);
        } while (mem_failed());
        assert_true(n > 1);
    }
    mem_fail_at(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_dict_is_empty),
        cmocka_unit_test(a_get_returns_the_value_that_was_set),
        cmocka_unit_test(keys_differ_by_kind_and_value),
        cmocka_unit_test(a_missing_key_is_a_key_error_that_names_it),
        cmocka_unit_test(a_long_key_is_shown_without_half_a_character),
        cmocka_unit_test(a_fallback_stands_in_for_a_missing_key),
        cmocka_unit_test(setting_again_keeps_the_place),
        cmocka_unit_test(pop_takes_the_item_out),
        cmocka_unit_test(popitem_takes_the_newest),
        cmocka_unit_test(keys_of_every_length_are_kept),
        cmocka_unit_test(setdefault_stores_only_what_is_not_there),
        cmocka_unit_test(update_sets_many),
        cmocka_unit_test(update_is_all_or_none),
        cmocka_unit_test(a_full_dict_takes_no_new_key),
        cmocka_unit_test(only_scalars_are_keys),
        cmocka_unit_test(a_bad_key_or_value_is_refused),
        cmocka_unit_test(pages_show_every_item_once_in_order),
        cmocka_unit_test(items_that_stay_are_listed_once_while_the_dict_changes),
        cmocka_unit_test(keys_and_values_come_alone_too),
        cmocka_unit_test(a_page_may_be_empty),
        cmocka_unit_test(a_page_has_at_most_ten_thousand_items),
        cmocka_unit_test(pages_of_large_items_fit_their_frames),
        cmocka_unit_test(clear_empties_it),
        cmocka_unit_test(a_copy_that_does_not_fit_is_too_big),
        cmocka_unit_test(add_answers_the_new_number),
        cmocka_unit_test(add_begins_with_the_initial_where_there_is_none),
        cmocka_unit_test(a_refused_add_changes_nothing),
        cmocka_unit_test(compare_and_set_replaces_what_was_expected),
        cmocka_unit_test(a_null_is_not_a_missing_value),
        cmocka_unit_test(compare_and_set_tells_of_what_is_there_instead),
        cmocka_unit_test(a_stored_reference_keeps_an_unnamed_object),
        cmocka_unit_test(a_session_that_pops_a_reference_keeps_the_object),
        cmocka_unit_test(a_dict_may_hold_itself),
        cmocka_unit_test(other_types_have_other_operations),
        cmocka_unit_test(describe_tells_how_many_items),
        cmocka_unit_test(answers_in_a_batch_are_of_their_moment),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(without_memory_nothing_is_answered),
    };
    return WORLD_MAIN(tests);
}
