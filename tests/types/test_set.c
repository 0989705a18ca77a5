/* SPDX-License-Identifier: MIT
 *
 * set: every operation, every refusal, alone and with another set.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static uint64_t open_set(struct peer *peer, const char *name) {
    const Hf__Reply *reply = ask(peer, REQUEST(0, set_open, .name = name_of(name)));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->object->type, HF__TYPE__SET);
    return reply->object->id;
}

/* A set of the ints from `first` to `last`. */
static uint64_t set_of(struct peer *peer, int64_t first, int64_t last) {
    uint64_t set = open_set(peer, NULL);
    for (int64_t i = first; i <= last; i++) {
        assert_truth(ask(peer, REQUEST(set, set_add, .value = of_int(i))), true);
    }
    return set;
}

#define assert_members(peer, set, list) assert_values(ask(peer, REQUEST(set, set_copy)), list)

/* ---- one set ---- */

static void add_says_whether_the_member_was_new(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = open_set(peer, "s");

    assert_truth(ask(peer, REQUEST(set, set_add, .value = of_string("b"))), true);
    assert_truth(ask(peer, REQUEST(set, set_add, .value = of_string("a"))), true);
    assert_truth(ask(peer, REQUEST(set, set_add, .value = of_string("b"))), false);

    assert_int_equal(open_set(peer, "s"), set);
    assert_count(ask(peer, REQUEST(set, set_len)), 2);
    assert_members(peer, set, of_list(2, of_string("b"), of_string("a")));
}

static void members_differ_by_kind_and_value(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = open_set(peer, NULL);
    Hf__Any *members[] = {of_null(),      of_bool(true),   of_int(1),
                          of_double(1.0), of_string("1"),  of_bytes("1", 1),
                          of_string(""),  of_bytes("", 0), of_double(0.0)};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        assert_truth(ask(peer, REQUEST(set, set_contains, .value = members[i])), false);
        assert_truth(ask(peer, REQUEST(set, set_add, .value = members[i])), true);
        assert_truth(ask(peer, REQUEST(set, set_contains, .value = members[i])), true);
    }
    assert_truth(ask(peer, REQUEST(set, set_add, .value = of_double(-0.0))), false);
}

static void only_scalars_are_members(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 1, 1);
    Hf__Any *bad[] = {of_list(0), of_map(0), of_ref(set)};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(ask(peer, REQUEST(set, set_add, .value = bad[i])), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(set, set_discard, .value = bad[i])), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(set, set_remove, .value = bad[i])), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(set, set_contains, .value = bad[i])), HF_TYPE_ERROR);
    }
    assert_members(peer, set, of_list(1, of_int(1)));
}

static void discard_forgives_what_remove_does_not(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 1, 3);

    assert_truth(ask(peer, REQUEST(set, set_discard, .value = of_int(2))), true);
    assert_truth(ask(peer, REQUEST(set, set_discard, .value = of_int(2))), false);
    assert_status(ask(peer, REQUEST(set, set_remove, .value = of_int(1))), HF_OK);
    assert_status(ask(peer, REQUEST(set, set_remove, .value = of_int(1))), HF_KEY_ERROR);

    assert_members(peer, set, of_list(1, of_int(3)));
}

static void pop_takes_the_oldest_until_none_is_left(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 1, 100);

    for (int64_t i = 1; i <= 100; i++) {
        assert_int(ask(peer, REQUEST(set, set_pop)), i);
    }
    assert_status(ask(peer, REQUEST(set, set_pop)), HF_KEY_ERROR);
    assert_truth(ask(peer, REQUEST(set, set_add, .value = of_int(7))), true);
    assert_int(ask(peer, REQUEST(set, set_pop)), 7);
}

static void a_batch_pops_texts_that_are_gone_when_it_is_answered(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = open_set(peer, NULL);
    Hf__Any *texts[] = {of_string("a text that lies on the heap, not beside others"),
                        of_string("a text in its item")};

    for (int i = 0; i < 2; i++) {
        assert_truth(ask(peer, REQUEST(set, set_add, .value = texts[i])), true);

        const Hf__Reply *reply =
            ask(peer, batch_of(3, &REQUEST(set, set_copy), &REQUEST(set, set_pop),
                               &REQUEST(set, set_len)));

        assert_values(reply_in(reply, 0), of_list(1, texts[i]));
        assert_value(reply_in(reply, 1), texts[i]);
        assert_count(reply_in(reply, 2), 0);
    }
}

static void clear_leaves_an_empty_set(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 1, 20);

    assert_status(ask(peer, REQUEST(set, set_clear)), HF_OK);

    assert_count(ask(peer, REQUEST(set, set_len)), 0);
    assert_members(peer, set, of_list(0));
    assert_truth(ask(peer, REQUEST(set, set_add, .value = of_int(1))), true);
}

static void pages_show_each_member_once_while_others_come_and_go(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 0, 9);

    const Hf__Page *page = ask(peer, REQUEST(set, set_items, .has_limit = true, .limit = 4))->page;
    assert_int_equal(page->n_keys, 4);
    assert_int_equal(page->n_values, 0);
    assert_true(page->has_next);
    uint64_t cursor = page->next;
    assert_truth(ask(peer, REQUEST(set, set_discard, .value = of_int(4))), true);
    assert_truth(ask(peer, REQUEST(set, set_discard, .value = of_int(0))), true);
    assert_truth(ask(peer, REQUEST(set, set_add, .value = of_int(0))), true);

    page = ask(peer, REQUEST(set, set_items, .has_cursor = true, .cursor = cursor))->page;
    assert_int_equal(page->n_keys, 6); /* 5 to 9, and 0 again */
    assert_false(page->has_next);
    assert_int_equal(page->keys[0]->int_, 5);
    assert_int_equal(page->keys[5]->int_, 0);
}

static void update_forms_leave_a_walk_its_place(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 0, 9);
    const int64_t wanted[] = {6, 7, 8, 20, 21};
    const Hf__Page *page = ask(peer, REQUEST(set, set_items, .has_limit = true, .limit = 4))->page;
    uint64_t cursor = page->next;
    uint64_t others[] = {set_of(peer, 0, 20), set_of(peer, 5, 5)};

    assert_status(ask(peer, REQUEST(set, set_update, .n_values = 2,
                                    .values = array_of(2, of_int(2), of_int(20)))),
                  HF_OK);
    assert_status(
        ask(peer, REQUEST(set, set_intersection_update, .has_other = true, .other = others[0])),
        HF_OK);
    assert_status(
        ask(peer, REQUEST(set, set_difference_update, .has_other = true, .other = others[1])),
        HF_OK);
    assert_status(ask(peer, REQUEST(set, set_symmetric_difference_update, .n_values = 3,
                                    .values = array_of(3, of_int(4), of_int(9), of_int(21)))),
                  HF_OK);

    page = ask(peer, REQUEST(set, set_items, .has_cursor = true, .cursor = cursor))->page;
    assert_int_equal(page->n_keys, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(page->keys[i]->int_, wanted[i]);
    }
    assert_false(page->has_next);
}

static void it_is_described_by_its_size(void **state) {
    struct peer *peer = world_join(*state, "ada");

    assert_int_equal(ask(peer, REQUEST(set_of(peer, 1, 3), object_describe))->description->size, 3);
}

static void another_type_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t dict = open_dict(peer, "d");

    assert_status(ask(peer, REQUEST(0, set_open, .name = name_of("d"))), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(dict, set_len)), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(open_set(peer, NULL), dict_len)), HF_WRONG_TYPE);
}

/* ---- two sets ---- */

#define WITH(op, set, id) REQUEST(set, op, .has_other = true, .other = (id))
#define WITH_VALUES(op, set, count, ...)                                                           \
    REQUEST(set, op, .n_values = (count), .values = array_of(count, __VA_ARGS__))

static void two_sets_are_combined_in_order(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t a = set_of(peer, 1, 4);
    uint64_t b = set_of(peer, 3, 6);

    assert_values(ask(peer, WITH(set_union, a, b)),
                  of_list(6, of_int(1), of_int(2), of_int(3), of_int(4), of_int(5), of_int(6)));
    assert_values(ask(peer, WITH(set_intersection, a, b)), of_list(2, of_int(3), of_int(4)));
    assert_values(ask(peer, WITH(set_difference, a, b)), of_list(2, of_int(1), of_int(2)));
    assert_values(ask(peer, WITH(set_symmetric_difference, a, b)),
                  of_list(4, of_int(1), of_int(2), of_int(5), of_int(6)));
    assert_count(ask(peer, REQUEST(a, set_len)), 4);
    assert_count(ask(peer, REQUEST(b, set_len)), 4);
}

static void values_may_take_the_place_of_a_set(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t a = set_of(peer, 1, 3);

    assert_values(
        ask(peer, WITH_VALUES(set_union, a, 4, of_int(9), of_int(3), of_int(9), of_string("x"))),
        of_list(5, of_int(1), of_int(2), of_int(3), of_int(9), of_string("x")));
    assert_values(ask(peer, WITH_VALUES(set_intersection, a, 2, of_int(3), of_int(1))),
                  of_list(2, of_int(1), of_int(3)));
    assert_values(ask(peer, WITH_VALUES(set_difference, a, 1, of_int(2))),
                  of_list(2, of_int(1), of_int(3)));
    assert_values(ask(peer, WITH_VALUES(set_symmetric_difference, a, 2, of_int(3), of_int(4))),
                  of_list(3, of_int(1), of_int(2), of_int(4)));
    assert_values(ask(peer, REQUEST(a, set_intersection)), of_list(0));
}

static void update_forms_change_the_set_alone(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t b = set_of(peer, 3, 5);
    uint64_t joined = set_of(peer, 1, 4);
    uint64_t common = set_of(peer, 1, 4);
    uint64_t left = set_of(peer, 1, 4);
    uint64_t either = set_of(peer, 1, 4);

    assert_status(ask(peer, WITH(set_update, joined, b)), HF_OK);
    assert_status(ask(peer, WITH(set_intersection_update, common, b)), HF_OK);
    assert_status(ask(peer, WITH(set_difference_update, left, b)), HF_OK);
    assert_status(ask(peer, WITH(set_symmetric_difference_update, either, b)), HF_OK);

    assert_members(peer, joined, of_list(5, of_int(1), of_int(2), of_int(3), of_int(4), of_int(5)));
    assert_members(peer, common, of_list(2, of_int(3), of_int(4)));
    assert_members(peer, left, of_list(2, of_int(1), of_int(2)));
    assert_members(peer, either, of_list(3, of_int(1), of_int(2), of_int(5)));
    assert_members(peer, b, of_list(3, of_int(3), of_int(4), of_int(5)));
}

static void values_update_a_set_too(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 1, 2);

    assert_status(ask(peer, WITH_VALUES(set_update, set, 3, of_int(5), of_int(2), of_int(5))),
                  HF_OK);
    assert_status(
        ask(peer, WITH_VALUES(set_symmetric_difference_update, set, 2, of_int(1), of_int(6))),
        HF_OK);
    assert_status(ask(peer, WITH_VALUES(set_difference_update, set, 1, of_int(5))), HF_OK);
    assert_members(peer, set, of_list(2, of_int(2), of_int(6)));
    assert_status(ask(peer, WITH_VALUES(set_intersection_update, set, 1, of_int(6))), HF_OK);
    assert_members(peer, set, of_list(1, of_int(6)));
}

static void the_first_of_equal_values_is_the_member(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 1, 0);

    assert_status(ask(peer, WITH_VALUES(set_update, set, 2, of_double(0.0), of_double(-0.0))),
                  HF_OK);

    assert_members(peer, set, of_list(1, of_double(0.0)));
}

static void a_set_may_meet_itself(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 1, 40);

    assert_status(ask(peer, WITH(set_update, set, set)), HF_OK);
    assert_status(ask(peer, WITH(set_intersection_update, set, set)), HF_OK);
    assert_count(ask(peer, REQUEST(set, set_len)), 40);
    assert_truth(ask(peer, WITH(set_is_subset, set, set)), true);
    assert_truth(ask(peer, WITH(set_is_disjoint, set, set)), false);
    assert_status(ask(peer, WITH(set_symmetric_difference_update, set, set)), HF_OK);
    assert_count(ask(peer, REQUEST(set, set_len)), 0);
    assert_truth(ask(peer, WITH(set_is_disjoint, set, set)), true);

    uint64_t other = set_of(peer, 1, 40);
    assert_status(ask(peer, WITH(set_difference_update, other, other)), HF_OK);
    assert_count(ask(peer, REQUEST(other, set_len)), 0);
}

static void large_sets_keep_their_order_through_updates(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 0, 299);
    uint64_t middle = set_of(peer, 100, 399);

    assert_status(ask(peer, WITH(set_symmetric_difference_update, set, middle)), HF_OK);

    const Hf__AnyList *members = ask(peer, REQUEST(set, set_copy))->values;
    assert_int_equal(members->n_items, 200);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(members->items[i]->int_, i < 100 ? i : i + 200);
    }
}

static void sets_are_compared(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t small = set_of(peer, 2, 3);
    uint64_t big = set_of(peer, 1, 5);
    uint64_t apart = set_of(peer, 8, 9);

    assert_truth(ask(peer, WITH(set_is_subset, small, big)), true);
    assert_truth(ask(peer, WITH(set_is_subset, big, small)), false);
    assert_truth(ask(peer, WITH(set_is_superset, big, small)), true);
    assert_truth(ask(peer, WITH(set_is_superset, small, big)), false);
    assert_truth(ask(peer, WITH(set_is_disjoint, big, apart)), true);
    assert_truth(ask(peer, WITH(set_is_disjoint, big, small)), false);
    assert_truth(ask(peer, WITH_VALUES(set_is_superset, small, 3, of_int(2), of_int(2), of_int(3))),
                 true);
    assert_truth(ask(peer, WITH_VALUES(set_is_subset, small, 1, of_int(2))), false);
    assert_truth(ask(peer, REQUEST(small, set_is_superset)), true);
    assert_truth(ask(peer, REQUEST(small, set_is_disjoint)), true);
}

/* Each refusal of the other set, for one operation of each sort. */
static void bad_other_sets_are_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = set_of(peer, 1, 2);
    uint64_t dict = open_dict(peer, "d");
    uint64_t gone = open_set(peer, "gone");
    assert_status(ask(peer, REQUEST(gone, object_delete)), HF_OK);

    assert_status(ask(peer, WITH(set_union, set, dict)), HF_WRONG_TYPE);
    assert_status(ask(peer, WITH(set_update, set, dict)), HF_WRONG_TYPE);
    assert_status(ask(peer, WITH(set_is_subset, set, dict)), HF_WRONG_TYPE);
    assert_status(ask(peer, WITH(set_union, set, gone)), HF_NO_OBJECT);
    assert_status(ask(peer, WITH(set_update, set, gone)), HF_NO_OBJECT);
    assert_status(ask(peer, WITH(set_is_subset, set, 0)), HF_NO_OBJECT);
    assert_status(ask(peer, WITH_VALUES(set_union, set, 2, of_int(5), of_list(0))), HF_TYPE_ERROR);
    assert_status(ask(peer, WITH_VALUES(set_update, set, 2, of_int(5), of_list(0))), HF_TYPE_ERROR);
    assert_status(ask(peer, WITH_VALUES(set_is_disjoint, set, 2, of_int(5), of_list(0))),
                  HF_TYPE_ERROR);
    assert_status(ask(peer, REQUEST(set, set_update, .has_other = true, .other = set, .n_values = 1,
                                    .values = array_of(1, of_int(5)))),
                  HF_INVALID);
    assert_members(peer, set, of_list(2, of_int(1), of_int(2)));
}

static void past_the_limit_a_set_is_unchanged(void **state) {
    struct core_config config = core_defaults();
    config.items_max = 4;
    struct world *world = world_replace(state, &config);
    struct peer *peer = world_join(world, "ada");
    uint64_t set = set_of(peer, 1, 3);
    uint64_t other = set_of(peer, 3, 5);

    assert_status(ask(peer, WITH(set_update, set, other)), HF_LIMIT);
    assert_members(peer, set, of_list(3, of_int(1), of_int(2), of_int(3)));
    assert_values(ask(peer, WITH(set_union, set, other)),
                  of_list(5, of_int(1), of_int(2), of_int(3), of_int(4), of_int(5)));
    assert_status(ask(peer, WITH(set_symmetric_difference_update, set, other)), HF_OK);
    assert_members(peer, set, of_list(4, of_int(1), of_int(2), of_int(4), of_int(5)));
    assert_status(ask(peer, REQUEST(set, set_add, .value = of_int(9))), HF_LIMIT);
    assert_truth(ask(peer, REQUEST(set, set_add, .value = of_int(1))), false);
}

static void a_set_too_big_for_a_reply_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t set = open_set(peer, NULL);
    static char text[60001];
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 300; i++) {
        (void)snprintf(text, 8, "%07d", i);
        text[7] = 'x';
        assert_truth(ask(peer, REQUEST(set, set_add, .value = of_string(text))), true);
    }

    assert_status(ask(peer, REQUEST(set, set_copy)), HF_TOO_BIG);
    assert_status(ask(peer, REQUEST(set, set_union)), HF_TOO_BIG);
    assert_values(ask(peer, REQUEST(set, set_intersection)), of_list(0));
    assert_true(ask(peer, REQUEST(set, set_items))->page->has_next);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_says_whether_the_member_was_new),
        cmocka_unit_test(members_differ_by_kind_and_value),
        cmocka_unit_test(only_scalars_are_members),
        cmocka_unit_test(discard_forgives_what_remove_does_not),
        cmocka_unit_test(pop_takes_the_oldest_until_none_is_left),
        cmocka_unit_test(a_batch_pops_texts_that_are_gone_when_it_is_answered),
        cmocka_unit_test(clear_leaves_an_empty_set),
        cmocka_unit_test(pages_show_each_member_once_while_others_come_and_go),
        cmocka_unit_test(update_forms_leave_a_walk_its_place),
        cmocka_unit_test(it_is_described_by_its_size),
        cmocka_unit_test(another_type_is_refused),
        cmocka_unit_test(two_sets_are_combined_in_order),
        cmocka_unit_test(values_may_take_the_place_of_a_set),
        cmocka_unit_test(update_forms_change_the_set_alone),
        cmocka_unit_test(values_update_a_set_too),
        cmocka_unit_test(the_first_of_equal_values_is_the_member),
        cmocka_unit_test(a_set_may_meet_itself),
        cmocka_unit_test(large_sets_keep_their_order_through_updates),
        cmocka_unit_test(sets_are_compared),
        cmocka_unit_test(bad_other_sets_are_refused),
        cmocka_unit_test(past_the_limit_a_set_is_unchanged),
        cmocka_unit_test(a_set_too_big_for_a_reply_is_refused),
    };
    return WORLD_MAIN(tests);
}
