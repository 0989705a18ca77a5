/* SPDX-License-Identifier: MIT
 *
 * list: every operation on items and on the whole list, every refusal, and that a refusal changes
 * nothing. Slices and sorting are in test_list_model.c.
 */
#include "mem.h"
#include "wire_limits.h"
#include "world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static Hf__Any *str(const char *text) {
    return of_string(text);
}

/* Whether a reply carries exactly these values. */
static void check_values(const Hf__Reply *reply, const Hf__Any *wanted, const char *file,
                         int line) {
    check_status(reply, HF_OK, file, line);
    if (reply->result_case != HF__REPLY__RESULT_VALUES ||
        !same_value(of_values(reply->values->n_items, reply->values->items), wanted)) {
        print_error("not the values that were wanted\n");
        _fail(file, line);
    }
}

#define assert_list(peer, list, wanted)                                                            \
    check_values(ask(peer, REQUEST(list, list_copy)), wanted, __FILE__, __LINE__)

static Hf__Reply *append(struct peer *peer, uint64_t list, Hf__Any *value) {
    return ask(peer, REQUEST(list, list_append, .value = value));
}

/* ["a", "b", "c"] */
static uint64_t abc(struct peer *peer) {
    uint64_t list = open_list(peer, NULL);
    assert_status(append(peer, list, str("a")), HF_OK);
    assert_status(append(peer, list, str("b")), HF_OK);
    assert_status(append(peer, list, str("c")), HF_OK);
    return list;
}

static Hf__Any *of_abc(void) {
    return of_list(3, str("a"), str("b"), str("c"));
}

static void a_new_list_is_empty(void **state) {
    struct peer *peer = world_join(*state, "ada");

    uint64_t list = open_list(peer, "l");

    assert_count(ask(peer, REQUEST(list, list_len)), 0);
    assert_list(peer, list, of_list(0));
    assert_int_equal(open_list(peer, "l"), list);
}

static void items_are_found_from_both_ends(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);
    const char *wanted[] = {"a", "b", "c"};

    for (int64_t i = 0; i < 3; i++) {
        assert_value(ask(peer, REQUEST(list, list_get, .index = i)), str(wanted[i]));
        assert_value(ask(peer, REQUEST(list, list_get, .index = i - 3)), str(wanted[i]));
    }
    assert_count(ask(peer, REQUEST(list, list_len)), 3);
}

static void an_index_outside_is_an_index_error(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);
    uint64_t empty = open_list(peer, NULL);
    const int64_t outside[] = {3, 4, -4, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        int64_t at = outside[i];
        Hf__Request requests[] = {
            REQUEST(list, list_get, .index = at),
            REQUEST(list, list_set, .index = at, .value = of_int(1)),
            REQUEST(list, list_delete, .index = at),
            REQUEST(list, list_pop, .has_index = true, .index = at),
            REQUEST(list, list_add, .index = at, .amount = of_int(1)),
            REQUEST(list, list_compare_and_set, .index = at, .expected = str("a"),
                    .replacement = str("b")),
        };
        for (size_t j = 0; j < sizeof requests / sizeof requests[0]; j++) {
            assert_status(ask(peer, requests[j]), HF_INDEX_ERROR);
        }
    }
    assert_status(ask(peer, REQUEST(empty, list_get, .index = 0)), HF_INDEX_ERROR);
    assert_status(ask(peer, REQUEST(empty, list_get, .index = -1)), HF_INDEX_ERROR);
    assert_status(ask(peer, REQUEST(empty, list_pop)), HF_INDEX_ERROR);
    assert_string_equal(peer_last(peer)->detail, "index -1, but the list has 0 items");
    assert_list(peer, list, of_abc());
}

static void set_and_delete_work_in_place(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);
    Hf__Any *nested = of_list(2, of_map(1, of_int(1), str("x")), of_list(0));

    assert_status(ask(peer, REQUEST(list, list_set, .index = -1, .value = nested)), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_set, .index = 0, .value = of_null())), HF_OK);
    assert_list(peer, list, of_list(3, of_null(), str("b"), nested));

    assert_status(ask(peer, REQUEST(list, list_delete, .index = 1)), HF_OK);
    assert_list(peer, list, of_list(2, of_null(), nested));
    assert_status(ask(peer, REQUEST(list, list_delete, .index = -1)), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_delete, .index = -1)), HF_OK);
    assert_list(peer, list, of_list(0));
}

static void insert_clamps_its_index(void **state) {
    struct peer *peer = world_join(*state, "ada");
    const struct {
        int64_t index;
        size_t at;
    } cases[] = {{0, 0},  {1, 1},  {3, 3},  {4, 3},        {INT64_MAX, 3},
                 {-1, 2}, {-3, 0}, {-4, 0}, {INT64_MIN, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t list = abc(peer);
        assert_status(
            ask(peer, REQUEST(list, list_insert, .index = cases[i].index, .value = str("new"))),
            HF_OK);
        assert_count(ask(peer, REQUEST(list, list_len)), 4);
        assert_count(ask(peer, REQUEST(list, list_index, .value = str("new"))), cases[i].at);
        assert_status(ask(peer, REQUEST(list, list_delete, .index = (int64_t)cases[i].at)), HF_OK);
        assert_list(peer, list, of_abc());
    }
}

static void pop_takes_the_last_or_the_one_at_index(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);
    Hf__Any *nested = of_list(1, str("a string on the heap"));
    assert_status(append(peer, list, nested), HF_OK);

    assert_value(ask(peer, REQUEST(list, list_pop)), nested);
    assert_value(ask(peer, REQUEST(list, list_pop, .has_index = true, .index = 0)), str("a"));
    assert_value(ask(peer, REQUEST(list, list_pop, .has_index = true, .index = -2)), str("b"));

    assert_list(peer, list, of_list(1, str("c")));
}

static void extend_appends_many(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);

    assert_status(ask(peer, REQUEST(list, list_extend, .n_values = 2,
                                    .values = array_of(2, of_null(), str("d")))),
                  HF_OK);
    assert_status(ask(peer, REQUEST(list, list_extend)), HF_OK);

    assert_list(peer, list, of_list(5, str("a"), str("b"), str("c"), of_null(), str("d")));
}

static void extend_is_all_or_none(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);

    assert_status(ask(peer, REQUEST(list, list_extend, .n_values = 2,
                                    .values = array_of(2, str("fine"), str("\xFF")))),
                  HF_INVALID);

    assert_list(peer, list, of_abc());
}

static void a_full_list_takes_no_more(void **state) {
    struct core_config config = core_defaults();
    config.items_max = 4;
    struct world *world = world_replace(state, &config);
    struct peer *peer = world_join(world, "ada");
    uint64_t list = abc(peer);
    Hf__Any **two = array_of(2, of_int(1), of_int(2));

    assert_status(ask(peer, REQUEST(list, list_extend, .n_values = 2, .values = two)), HF_LIMIT);
    assert_status(ask(peer, REQUEST(list, list_set_slice, .has_start = true, .start = 3,
                                    .n_values = 2, .values = two)),
                  HF_LIMIT);
    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 2)), HF_LIMIT);
    assert_list(peer, list, of_abc());
    assert_status(append(peer, list, str("d")), HF_OK);
    assert_status(append(peer, list, str("e")), HF_LIMIT);
    assert_status(ask(peer, REQUEST(list, list_insert, .index = 0, .value = str("e"))), HF_LIMIT);
    assert_status(ask(peer, REQUEST(list, list_set_slice, .has_stop = true, .stop = 2,
                                    .n_values = 2, .values = two)),
                  HF_OK);
    assert_list(peer, list, of_list(4, of_int(1), of_int(2), str("c"), str("d")));
}

/* ---- searching ---- */

static void searching_goes_by_kind_and_value(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = open_list(peer, NULL);
    Hf__Any *items[] = {of_int(1),
                        of_double(1),
                        of_bool(true),
                        str("1"),
                        of_bytes("1", 1),
                        of_null(),
                        of_list(1, of_int(1)),
                        of_map(2, of_int(1), of_int(2), of_int(3), of_int(4)),
                        of_double(NAN),
                        of_int(1)};
    const size_t count = sizeof items / sizeof items[0];
    assert_status(ask(peer, REQUEST(list, list_extend, .n_values = count, .values = items)), HF_OK);

    for (size_t i = 1; i + 1 < count; i++) {
        assert_count(ask(peer, REQUEST(list, list_index, .value = items[i])), i);
        assert_count(ask(peer, REQUEST(list, list_count, .value = items[i])), 1);
        assert_truth(ask(peer, REQUEST(list, list_contains, .value = items[i])), true);
    }
    assert_count(ask(peer, REQUEST(list, list_count, .value = of_int(1))), 2);
    assert_count(ask(peer, REQUEST(list, list_index, .value = of_int(1))), 0);
    Hf__Any *turned = of_map(2, of_int(3), of_int(4), of_int(1), of_int(2));
    assert_truth(ask(peer, REQUEST(list, list_contains, .value = turned)), true);
    assert_truth(ask(peer, REQUEST(list, list_contains, .value = of_list(0))), false);
    assert_count(ask(peer, REQUEST(list, list_count, .value = of_int(2))), 0);
    assert_status(ask(peer, REQUEST(list, list_contains, .value = str("\xFF"))), HF_INVALID);
}

static void remove_takes_the_first_that_is_equal(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);
    assert_status(append(peer, list, str("a")), HF_OK);

    assert_status(ask(peer, REQUEST(list, list_remove, .value = str("a"))), HF_OK);
    assert_list(peer, list, of_list(3, str("b"), str("c"), str("a")));

    assert_status(ask(peer, REQUEST(list, list_remove, .value = str("z"))), HF_VALUE_ERROR);
    assert_string_equal(peer_last(peer)->detail, "\"z\" is not in the list");
    assert_status(ask(peer, REQUEST(list, list_remove, .value = of_list(0))), HF_VALUE_ERROR);
    assert_string_equal(peer_last(peer)->detail, "a list is not in the list");
    assert_list(peer, list, of_list(3, str("b"), str("c"), str("a")));
}

static void index_looks_between_start_and_stop(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = open_list(peer, NULL);
    for (int64_t i = 0; i < 6; i++) {
        assert_status(append(peer, list, of_int(i % 3)), HF_OK); /* 0 1 2 0 1 2 */
    }
    const struct {
        int64_t start;
        int64_t stop;
        int64_t at; /* of a 1; -1: none */
    } cases[] = {
        {0, 6, 1},
        {1, 6, 1},
        {2, 6, 4},
        {2, 4, -1},
        {-6, 2, 1},
        {-5, -1, 1},
        {-3, 9, 4},
        {-99, 99, 1},
        {5, 9, -1},
        {9, 12, -1},
        {4, 2, -1},
        {0, -5, -1},
        {0, -4, 1},
        {INT64_MIN, INT64_MAX, 1},
        {INT64_MAX, INT64_MIN, -1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Hf__Reply *reply =
            ask(peer, REQUEST(list, list_index, .value = of_int(1), .has_start = true,
                              .start = cases[i].start, .has_stop = true, .stop = cases[i].stop));
        if (cases[i].at < 0) {
            assert_status(reply, HF_VALUE_ERROR);
        } else {
            assert_count(reply, (uint64_t)cases[i].at);
        }
    }
}

/* ---- the whole list ---- */

static void reverse_turns_it_round(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);

    assert_status(ask(peer, REQUEST(list, list_reverse)), HF_OK);
    assert_list(peer, list, of_list(3, str("c"), str("b"), str("a")));
    assert_status(append(peer, list, str("d")), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_reverse)), HF_OK);
    assert_list(peer, list, of_list(4, str("d"), str("a"), str("b"), str("c")));
    assert_status(ask(peer, REQUEST(list, list_clear)), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_reverse)), HF_OK);
    assert_list(peer, list, of_list(0));
}

static void repeat_multiplies(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = open_list(peer, NULL);
    Hf__Any *inner = of_list(1, str("on the heap"));
    assert_status(append(peer, list, inner), HF_OK);
    assert_status(append(peer, list, of_int(2)), HF_OK);

    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 1)), HF_OK);
    assert_list(peer, list, of_list(2, inner, of_int(2)));
    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 3)), HF_OK);
    assert_list(peer, list, of_list(6, inner, of_int(2), inner, of_int(2), inner, of_int(2)));
    assert_status(ask(peer, REQUEST(list, list_delete, .index = 0)), HF_OK);
    assert_list(peer, list, of_list(5, of_int(2), inner, of_int(2), inner, of_int(2)));
}

static void repeat_by_nothing_empties(void **state) {
    struct peer *peer = world_join(*state, "ada");
    const int64_t counts[] = {0, -1, INT64_MIN};

    for (size_t i = 0; i < 3; i++) {
        uint64_t list = abc(peer);
        assert_status(ask(peer, REQUEST(list, list_repeat, .count = counts[i])), HF_OK);
        assert_list(peer, list, of_list(0));
        assert_status(ask(peer, REQUEST(list, list_repeat, .count = INT64_MAX)), HF_OK);
        assert_list(peer, list, of_list(0));
    }
}

static void repeat_beyond_all_limits_is_refused(void **state) {
    struct core_config config = core_defaults();
    config.memory_max_bytes = 64 << 20;
    struct world *world = world_replace(state, &config);
    struct peer *peer = world_join(world, "ada");
    uint64_t list = abc(peer);
    const int64_t counts[] = {INT64_MAX, INT64_MAX / 3 * 2, (int64_t)1 << 40};

    for (size_t i = 0; i < 3; i++) {
        assert_status(ask(peer, REQUEST(list, list_repeat, .count = counts[i])), HF_LIMIT);
    }
    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 30000000)), HF_NO_MEMORY);
    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 1000000)), HF_NO_MEMORY);
    assert_list(peer, list, of_abc());
}

static void clear_empties_it(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);

    assert_status(ask(peer, REQUEST(list, list_clear)), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_clear)), HF_OK);
    assert_list(peer, list, of_list(0));
    assert_status(append(peer, list, of_int(1)), HF_OK);
    assert_list(peer, list, of_list(1, of_int(1)));
}

static void a_copy_that_does_not_fit_is_too_big(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = open_list(peer, NULL);
    char *bytes = calloc(1, 6 << 20);
    assert_status(append(peer, list, of_bytes(bytes, 6 << 20)), HF_OK);
    free(bytes);
    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 2)), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_copy)), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 2)), HF_OK);

    assert_status(ask(peer, REQUEST(list, list_copy)), HF_TOO_BIG);
    assert_non_null(peer_last(peer)->detail);
    assert_status(ask(peer, REQUEST(list, list_get_slice)), HF_TOO_BIG);
    assert_status(ask(peer, REQUEST(list, list_get_slice, .has_step = true, .step = 2)), HF_OK);
}

static void a_copy_of_too_many_small_items_is_too_big(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = open_list(peer, NULL);
    assert_status(append(peer, list, of_null()), HF_OK);

    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 2000000)), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_copy)), HF_TOO_BIG);

    assert_non_null(peer_last(peer)->detail);
    assert_int_equal(peer_last(peer)->result_case, HF__REPLY__RESULT__NOT_SET);
    assert_count(ask(peer, REQUEST(list, list_len)), 2000000);
}

/* ---- numbers and comparisons ---- */

static void add_answers_the_new_number(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = open_list(peer, NULL);
    assert_status(append(peer, list, of_int(5)), HF_OK);
    assert_status(append(peer, list, of_double(0.5)), HF_OK);

    assert_int(
        ask(peer, REQUEST(list, list_add, .index = 0, .amount = of_int(-5), .floor = of_int(0))),
        0);
    assert_value(ask(peer, REQUEST(list, list_add, .index = -1, .amount = of_int(1))),
                 of_double(1.5));

    assert_list(peer, list, of_list(2, of_int(0), of_double(1.5)));
}

static void a_refused_add_changes_nothing(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = open_list(peer, NULL);
    assert_status(append(peer, list, of_int(INT64_MAX)), HF_OK);
    assert_status(append(peer, list, str("1")), HF_OK);
    const struct {
        int64_t index;
        Hf__Any *amount;
        Hf__Any *floor;
        Hf__Any *ceiling;
        hf_status status;
    } cases[] = {
        {0, of_int(1), NULL, NULL, HF_OUT_OF_RANGE},
        {0, of_int(-1), of_int(INT64_MAX), NULL, HF_OUT_OF_RANGE},
        {0, of_int(-1), NULL, of_int(0), HF_OUT_OF_RANGE},
        {0, of_double(1), NULL, NULL, HF_TYPE_ERROR},
        {0, of_int(-1), str("0"), NULL, HF_TYPE_ERROR},
        {1, of_int(1), NULL, NULL, HF_TYPE_ERROR},
        {2, of_int(1), NULL, NULL, HF_INDEX_ERROR},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_status(
            ask(peer, REQUEST(list, list_add, .index = cases[i].index, .amount = cases[i].amount,
                              .floor = cases[i].floor, .ceiling = cases[i].ceiling)),
            cases[i].status);
    }

    assert_list(peer, list, of_list(2, of_int(INT64_MAX), str("1")));
}

static void compare_and_set_replaces_only_what_was_expected(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);
    Hf__Any *nested = of_list(1, of_map(1, str("k"), of_double(NAN)));

    const Hf__Reply *refused = ask(peer, REQUEST(list, list_compare_and_set, .index = 1,
                                                 .expected = str("a"), .replacement = str("x")));
    assert_status(refused, HF_MISMATCH);
    assert_value(refused, str("b"));
    assert_list(peer, list, of_abc());

    assert_status(ask(peer, REQUEST(list, list_compare_and_set, .index = 1, .expected = str("b"),
                                    .replacement = nested)),
                  HF_OK);
    assert_status(ask(peer, REQUEST(list, list_compare_and_set, .index = -2, .expected = nested,
                                    .replacement = str("\xFF"))),
                  HF_INVALID);
    assert_list(peer, list, of_list(3, str("a"), nested, str("c")));
    assert_status(ask(peer, REQUEST(list, list_compare_and_set, .index = -2, .expected = nested,
                                    .replacement = of_null())),
                  HF_OK);
    assert_list(peer, list, of_list(3, str("a"), of_null(), str("c")));
}

/* ---- references, types, batches, memory ---- */

static bool is_there(struct peer *peer, uint64_t object) {
    return ask(peer, REQUEST(object, object_describe))->status == HF__STATUS__OK;
}

static void stored_references_are_counted(void **state) {
    struct world *world = *state;
    struct peer *peer = world_join(world, "ada");
    struct peer *maker = world_join(world, "maker");
    uint64_t list = open_list(maker, "shared");
    uint64_t ids[4];
    for (size_t i = 0; i < 4; i++) {
        ids[i] = open_list(maker, NULL);
        assert_status(append(maker, list, of_list(1, of_ref(ids[i]))), HF_OK);
    }
    assert_status(ask(maker, REQUEST(list, list_repeat, .count = 2)), HF_OK);
    peer_leave(maker);

    assert_status(ask(peer, REQUEST(list, list_delete_slice, .has_start = true, .start = 4)),
                  HF_OK);                                     /* each is referred to once now */
    assert_status(ask(peer, REQUEST(list, list_pop)), HF_OK); /* it is the peer's from now on */
    assert_status(ask(peer, REQUEST(list, list_delete, .index = 0)), HF_OK);
    assert_status(ask(peer, REQUEST(list, list_set, .index = 0, .value = of_null())), HF_OK);
    assert_true(is_there(peer, ids[3]));
    assert_false(is_there(peer, ids[0]));
    assert_false(is_there(peer, ids[1]));
    assert_status(ask(peer, REQUEST(list, list_clear)), HF_OK);
    assert_false(is_there(peer, ids[2]));
}

static void other_types_have_other_operations(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = open_list(peer, "l");
    (void)open_dict(peer, "d");

    assert_status(ask(peer, REQUEST(list, dict_len)), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(0, list_open, .name = name_of("d"))), HF_WRONG_TYPE);
}

static void describe_tells_how_many_items(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);

    const Hf__Reply *reply = ask(peer, REQUEST(list, object_describe));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->description->type, HF__TYPE__LIST);
    assert_int_equal(reply->description->size, 3);
}

static void answers_in_a_batch_are_of_their_moment(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t list = abc(peer);
    Hf__Request requests[] = {
        REQUEST(list, list_copy),
        REQUEST(list, list_get, .index = 0),
        REQUEST(list, list_set, .index = 0, .value = str("another")),
        REQUEST(list, list_pop, .has_index = true, .index = 0),
        REQUEST(list, list_clear),
    };
    Hf__Request *all[5];
    for (size_t i = 0; i < 5; i++) {
        all[i] = &requests[i];
    }

    const Hf__Reply *reply = ask(peer, REQUEST(0, batch, .n_requests = 5, .requests = all));

    assert_status(reply, HF_OK);
    check_values(reply->replies->replies[0], of_abc(), __FILE__, __LINE__);
    assert_value(reply->replies->replies[1], str("a"));
    assert_value(reply->replies->replies[3], str("another"));
}

/* A request on abc(). */
typedef Hf__Reply *change(struct peer *peer, uint64_t list);

static Hf__Any *heavy(void) {
    return of_map(1, str("list"), of_list(2, str("one"), of_bytes("two", 3)));
}

static Hf__Reply *change_end(struct peer *peer, uint64_t list) {
    Hf__Any *values[20];
    for (size_t i = 0; i < 20; i++) {
        values[i] = heavy();
    }
    return ask(peer, REQUEST(list, list_extend, .n_values = 20, .values = values));
}

static Hf__Reply *change_item(struct peer *peer, uint64_t list) {
    return ask(peer, REQUEST(list, list_set, .index = 1, .value = heavy()));
}

static Hf__Reply *change_middle(struct peer *peer, uint64_t list) {
    return ask(peer, REQUEST(list, list_set_slice, .has_start = true, .start = 1, .n_values = 4,
                             .values = array_of(4, heavy(), heavy(), heavy(), heavy())));
}

static Hf__Reply *change_every_second(struct peer *peer, uint64_t list) {
    return ask(peer, REQUEST(list, list_set_slice, .has_step = true, .step = 2, .n_values = 2,
                             .values = array_of(2, heavy(), heavy())));
}

static Hf__Reply *change_length(struct peer *peer, uint64_t list) {
    return ask(peer, REQUEST(list, list_repeat, .count = 7));
}

static Hf__Reply *change_popped(struct peer *peer, uint64_t list) {
    static const char zeros[9000]; /* fills what the call has at hand */
    Hf__Request requests[] = {
        REQUEST(list, list_contains, .value = of_bytes(zeros, sizeof zeros)),
        REQUEST(list, list_pop),
    };
    Hf__Request *both[] = {&requests[0], &requests[1]};
    return ask(peer, REQUEST(0, batch, .n_requests = 2, .requests = both));
}

static Hf__Reply *change_order(struct peer *peer, uint64_t list) {
    return ask(peer, REQUEST(list, list_sort, .has_reverse = true, .reverse = true));
}

static Hf__Any *content(struct peer *peer, uint64_t list) {
    const Hf__Reply *reply = ask(peer, REQUEST(list, list_copy));
    assert_status(reply, HF_OK);
    return of_values(reply->values->n_items, reply->values->items);
}

/* Fail the n-th allocation while the request runs. Returns whether there were as many. */
static bool fails_cleanly(change *request, size_t n) {
    struct world *world = world_new();
    struct peer *peer = world_join(world, "ada");
    uint64_t list = abc(peer);
    assert_list(peer, list, of_abc());

    mem_fail_at(n);
    const Hf__Reply *reply = request(peer, list);
    bool failed = mem_failed();
    mem_fail_at(0);

    if (reply->status == HF__STATUS__OK) {
        assert_false(same_value(content(peer, list), of_abc()));
    } else {
        assert_status(reply, HF_NO_MEMORY);
        assert_true(failed);
        assert_list(peer, list, of_abc());
    }
    world_free(world);
    return failed;
}

static void without_memory_nothing_changes(void **state) {
    (void)state;
    change *changes[] = {change_end,    change_item,  change_middle, change_every_second,
                         change_length, change_order, change_popped};

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
    uint64_t list = abc(peer);
    assert_status(ask(peer, REQUEST(list, list_repeat, .count = 200)), HF_OK);
    Hf__Request requests[] = {
        REQUEST(list, list_copy),
        REQUEST(list, list_get_slice, .has_step = true, .step = -2),
    };

    for (size_t i = 0; i < 2; i++) {
        size_t n = 0;
        do {
            mem_fail_at(++n);
            const Hf__Reply *reply = ask(peer, requests[i]);
            assert_status(reply, mem_failed() ? HF_NO_MEMORY : HF_OK);
        } while (mem_failed());
        assert_true(n > 2);
    }
    mem_fail_at(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_list_is_empty),
        cmocka_unit_test(items_are_found_from_both_ends),
        cmocka_unit_test(an_index_outside_is_an_index_error),
        cmocka_unit_test(set_and_delete_work_in_place),
        cmocka_unit_test(insert_clamps_its_index),
        cmocka_unit_test(pop_takes_the_last_or_the_one_at_index),
        cmocka_unit_test(extend_appends_many),
        cmocka_unit_test(extend_is_all_or_none),
        cmocka_unit_test(a_full_list_takes_no_more),
        cmocka_unit_test(searching_goes_by_kind_and_value),
        cmocka_unit_test(remove_takes_the_first_that_is_equal),
        cmocka_unit_test(index_looks_between_start_and_stop),
        cmocka_unit_test(reverse_turns_it_round),
        cmocka_unit_test(repeat_multiplies),
        cmocka_unit_test(repeat_by_nothing_empties),
        cmocka_unit_test(repeat_beyond_all_limits_is_refused),
        cmocka_unit_test(clear_empties_it),
        cmocka_unit_test(a_copy_that_does_not_fit_is_too_big),
        cmocka_unit_test(a_copy_of_too_many_small_items_is_too_big),
        cmocka_unit_test(add_answers_the_new_number),
        cmocka_unit_test(a_refused_add_changes_nothing),
        cmocka_unit_test(compare_and_set_replaces_only_what_was_expected),
        cmocka_unit_test(stored_references_are_counted),
        cmocka_unit_test(other_types_have_other_operations),
        cmocka_unit_test(describe_tells_how_many_items),
        cmocka_unit_test(answers_in_a_batch_are_of_their_moment),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(without_memory_nothing_is_answered),
    };
    return WORLD_MAIN(tests);
}
