/* SPDX-License-Identifier: MIT
 *
 * list: slices and sorting, compared with models that are too simple to be wrong.
 */
#include "world.h"

#include <math.h>

enum { OPEN = 99, ITEMS_MAX = 16 }; /* OPEN: a bound that is left out */

struct model {
    int64_t items[ITEMS_MAX];
    size_t len;
};

struct bounds {
    int64_t start;
    int64_t stop;
    int64_t step;
};

/* Step from the start to the stop and take what is inside the list. */
static struct model positions(struct bounds bounds, int64_t len) {
    struct model taken = {.len = 0};
    int64_t step = bounds.step == OPEN ? 1 : bounds.step;
    int64_t at = bounds.start < 0 ? bounds.start + len : bounds.start;
    int64_t stop = bounds.stop < 0 ? bounds.stop + len : bounds.stop;
    if (bounds.stop == OPEN) {
        stop = step < 0 ? -1 : len;
    }
    if (step < 0 && at >= len) {
        at = len - 1;
    }
    if (step > 0 && at < 0) {
        at = 0;
    }
    if (bounds.start == OPEN) {
        at = step < 0 ? len - 1 : 0;
    }
    for (; step < 0 ? at > stop : at < stop; at += step) {
        if (at >= 0 && at < len) {
            taken.items[taken.len++] = at;
        }
    }
    return taken;
}

/* The index at which an empty slice is replaced. */
static size_t gap(struct bounds bounds, int64_t len) {
    int64_t at = bounds.start == OPEN ? 0 : bounds.start < 0 ? bounds.start + len : bounds.start;
    return (size_t)(at < 0 ? 0 : at > len ? len : at);
}

static struct model numbers(size_t len) {
    struct model model = {.len = len};
    for (size_t i = 0; i < len; i++) {
        model.items[i] = (int64_t)i;
    }
    return model;
}

static Hf__Any *values[ITEMS_MAX]; /* the ints from 0 on, to be pointed to */
static Hf__Any *fresh[ITEMS_MAX];  /* and from 100 on */

static void make_values(void) {
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        values[i] = of_int((int64_t)i);
        fresh[i] = of_int(100 + (int64_t)i);
    }
}

static bool is_taken(const struct model *taken, size_t position) {
    for (size_t i = 0; i < taken->len; i++) {
        if (taken->items[i] == (int64_t)position) {
            return true;
        }
    }
    return false;
}

static void fill(struct peer *peer, uint64_t list, size_t len) {
    assert_status(ask(peer, REQUEST(list, list_set_slice, .n_values = len, .values = values)),
                  HF_OK);
}

static void assert_numbers(const Hf__Reply *reply, const struct model *wanted) {
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUES);
    assert_int_equal(reply->values->n_items, wanted->len);
    for (size_t i = 0; i < wanted->len; i++) {
        assert_int_equal(reply->values->items[i]->int_, wanted->items[i]);
    }
}

static void assert_content(struct peer *peer, uint64_t list, const struct model *wanted) {
    assert_numbers(ask(peer, REQUEST(list, list_copy)), wanted);
}

#define BOUNDS(bounds)                                                                             \
    .has_start = (bounds).start != OPEN, .start = (bounds).start,                                  \
    .has_stop = (bounds).stop != OPEN, .stop = (bounds).stop, .has_step = (bounds).step != OPEN,   \
    .step = (bounds).step

static void check_get(struct peer *peer, uint64_t list, struct bounds bounds, size_t len) {
    struct model taken = positions(bounds, (int64_t)len);
    assert_numbers(ask(peer, REQUEST(list, list_get_slice, BOUNDS(bounds))), &taken);
}

static void check_delete(struct peer *peer, uint64_t list, struct bounds bounds, size_t len) {
    struct model taken = positions(bounds, (int64_t)len);
    struct model left = {.len = 0};
    for (size_t i = 0; i < len; i++) {
        if (!is_taken(&taken, i)) {
            left.items[left.len++] = (int64_t)i;
        }
    }
    assert_status(ask(peer, REQUEST(list, list_delete_slice, BOUNDS(bounds))), HF_OK);
    assert_content(peer, list, &left);
    fill(peer, list, len);
}

/* As many values as there are items. */
static void check_set_same(struct peer *peer, uint64_t list, struct bounds bounds, size_t len) {
    struct model taken = positions(bounds, (int64_t)len);
    struct model wanted = numbers(len);
    for (size_t i = 0; i < taken.len; i++) {
        wanted.items[taken.items[i]] = 100 + (int64_t)i;
    }
    assert_status(ask(peer, REQUEST(list, list_set_slice, BOUNDS(bounds), .n_values = taken.len,
                                    .values = fresh)),
                  HF_OK);
    assert_content(peer, list, &wanted);
    fill(peer, list, len);
}

/* Another number of values: only for a step of 1. */
static void check_set_other(struct peer *peer, uint64_t list, struct bounds bounds, size_t len,
                            size_t count) {
    struct model taken = positions(bounds, (int64_t)len);
    struct model wanted = numbers(len);
    bool plain = bounds.step == OPEN || bounds.step == 1;
    if (plain) {
        size_t at = taken.len ? (size_t)taken.items[0] : gap(bounds, (int64_t)len);
        wanted.len = 0;
        for (size_t i = 0; i <= len; i++) {
            for (size_t j = 0; i == at && j < count; j++) {
                wanted.items[wanted.len++] = 100 + (int64_t)j;
            }
            if (i < len && !is_taken(&taken, i)) {
                wanted.items[wanted.len++] = (int64_t)i;
            }
        }
    }
    assert_status(ask(peer, REQUEST(list, list_set_slice, BOUNDS(bounds), .n_values = count,
                                    .values = fresh)),
                  plain || count == taken.len ? HF_OK : HF_VALUE_ERROR);
    if (plain || count != taken.len) {
        assert_content(peer, list, &wanted);
    }
    fill(peer, list, len);
}

static const int64_t steps[] = {OPEN, 1, -1, 2, -2, 3, -3, 7};

static void check_start(struct world *world, size_t len, int64_t start) {
    struct peer *peer = world_join(world, "ada");
    uint64_t list = open_list(peer, NULL);
    fill(peer, list, len);
    for (int64_t stop = -7; stop <= 8; stop++) {
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            struct bounds bounds = {start, stop == 8 ? OPEN : stop, steps[i]};
            check_get(peer, list, bounds, len);
            check_delete(peer, list, bounds, len);
            check_set_same(peer, list, bounds, len);
            check_set_other(peer, list, bounds, len, (size_t)(stop + 7) % 4);
        }
    }
    peer_leave(peer);
}

static void slices_are_those_of_the_model(void **state) {
    make_values();

    for (size_t len = 0; len <= 5; len++) {
        for (int64_t start = -7; start <= 8; start++) {
            check_start(*state, len, start == 8 ? OPEN : start);
        }
    }
}

static void slices_have_no_bounds_of_their_own(void **state) {
    struct peer *peer = world_join(*state, "ada");
    make_values();
    uint64_t list = open_list(peer, NULL);
    fill(peer, list, 4);
    const struct {
        struct bounds bounds;
        struct model wanted;
    } cases[] = {
        {{INT64_MIN, INT64_MAX, 1}, {{0, 1, 2, 3}, 4}},
        {{INT64_MIN, INT64_MAX, INT64_MAX}, {{0}, 1}},
        {{INT64_MAX, INT64_MIN, -1}, {{3, 2, 1, 0}, 4}},
        {{INT64_MAX, INT64_MIN, INT64_MIN}, {{3}, 1}},
        {{INT64_MAX, INT64_MIN, 1}, {{0}, 0}},
        {{1, OPEN, INT64_MAX}, {{1}, 1}},
        {{OPEN, OPEN, INT64_MIN}, {{3}, 1}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bounds bounds = cases[i].bounds;
        assert_numbers(ask(peer, REQUEST(list, list_get_slice, BOUNDS(bounds))), &cases[i].wanted);
        assert_status(ask(peer, REQUEST(list, list_delete_slice, BOUNDS(bounds))), HF_OK);
        assert_count(ask(peer, REQUEST(list, list_len)), 4 - cases[i].wanted.len);
        fill(peer, list, 4);
    }
}

static void a_step_of_zero_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    make_values();
    uint64_t list = open_list(peer, NULL);
    fill(peer, list, 3);
    struct bounds bounds = {0, 3, 0};

    assert_status(ask(peer, REQUEST(list, list_get_slice, BOUNDS(bounds))), HF_VALUE_ERROR);
    assert_status(ask(peer, REQUEST(list, list_delete_slice, BOUNDS(bounds))), HF_VALUE_ERROR);
    assert_status(ask(peer, REQUEST(list, list_set_slice, BOUNDS(bounds))), HF_VALUE_ERROR);

    struct model wanted = numbers(3);
    assert_content(peer, list, &wanted);
}

/* ---- sorting ---- */

static void sort_list(struct peer *peer, uint64_t list, bool reverse, hf_status wanted) {
    assert_status(ask(peer, REQUEST(list, list_sort, .has_reverse = reverse, .reverse = reverse)),
                  wanted);
}

static uint64_t list_of(struct peer *peer, Hf__Any **items, size_t count) {
    uint64_t list = open_list(peer, NULL);
    assert_status(ask(peer, REQUEST(list, list_extend, .n_values = count, .values = items)), HF_OK);
    return list;
}

static void assert_items(struct peer *peer, uint64_t list, Hf__Any *const *wanted, size_t count) {
    const Hf__Reply *reply = ask(peer, REQUEST(list, list_copy));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->values->n_items, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(same_value(reply->values->items[i], wanted[i]));
    }
}

struct number {
    Hf__Any *any;
    double order;
};

/* Insertion sort: what is equal never passes. */
static void sort_model(struct number *items, size_t count, bool reverse) {
    for (size_t i = 1; i < count; i++) {
        struct number item = items[i];
        size_t at = i;
        while (at > 0 &&
               (reverse ? items[at - 1].order < item.order : items[at - 1].order > item.order)) {
            items[at] = items[at - 1];
            at--;
        }
        items[at] = item;
    }
}

/* The same numbers in every run. */
static size_t next_number(size_t below) {
    static uint32_t seed = 1;
    seed = seed * 1664525 + 1013904223;
    return (seed >> 16) % below;
}

static void check_sort(struct peer *peer, const struct number *kinds, size_t kind_count,
                       size_t count, bool reverse) {
    struct number items[80];
    Hf__Any *before[80];
    Hf__Any *after[80];
    for (size_t i = 0; i < count; i++) {
        items[i] = kinds[next_number(kind_count)];
        before[i] = items[i].any;
    }
    uint64_t list = list_of(peer, before, count);
    sort_model(items, count, reverse);
    for (size_t i = 0; i < count; i++) {
        after[i] = items[i].any;
    }

    sort_list(peer, list, reverse, HF_OK);
    assert_items(peer, list, after, count);
    sort_list(peer, list, reverse, HF_OK); /* sorted already */
    assert_items(peer, list, after, count);
}

static void sorting_is_stable_also_in_reverse(void **state) {
    struct peer *peer = world_join(*state, "ada");
    const struct number kinds[] = {
        {of_bool(false), 0},
        {of_bool(true), 1},
        {of_int(0), 0},
        {of_int(1), 1},
        {of_int(2), 2},
        {of_double(0), 0},
        {of_double(1), 1},
        {of_double(0.5), 0.5},
        {of_double(-1), -1},
        {of_int(-1), -1},
        {of_double(2), 2},
        {of_double(-0.0), 0},
        {of_double(1e300), 1e300},
        {of_double(-INFINITY), -INFINITY},
    };

    for (size_t count = 0; count <= 80; count++) {
        check_sort(peer, kinds, sizeof kinds / sizeof kinds[0], count, false);
        check_sort(peer, kinds, sizeof kinds / sizeof kinds[0], count, true);
    }
}

static void ints_and_doubles_are_compared_exactly(void **state) {
    struct peer *peer = world_join(*state, "ada");
    Hf__Any *sorted[] = {of_double(-1e19),    of_int(INT64_MIN),
                         of_int(-1),          of_double(-0.5),
                         of_int((1LL << 53)), of_int((1LL << 53) + 1),
                         of_int(INT64_MAX),   of_double(9223372036854775808.0)};
    Hf__Any *mixed[] = {sorted[5], sorted[7], sorted[0], sorted[3],
                        sorted[6], sorted[1], sorted[4], sorted[2]};

    uint64_t list = list_of(peer, mixed, 8);
    sort_list(peer, list, false, HF_OK);

    assert_items(peer, list, sorted, 8);
}

static void strings_bytes_and_lists_sort_among_themselves(void **state) {
    struct peer *peer = world_join(*state, "ada");
    Hf__Any *strings[] = {of_string(""), of_string("B"), of_string("a"), of_string("ab"),
                          of_string("\xC3\xA4")};
    Hf__Any *bytes[] = {of_bytes("", 0), of_bytes("\0", 1), of_bytes("\0\0", 2), of_bytes("\1", 1),
                        of_bytes("\xFF", 1)};
    Hf__Any *lists[] = {of_list(0), of_list(1, of_int(1)), of_list(2, of_int(1), of_string("x")),
                        of_list(2, of_int(1), of_string("y")), of_list(1, of_double(1.5))};
    Hf__Any **groups[] = {strings, bytes, lists};

    for (size_t i = 0; i < 3; i++) {
        Hf__Any **sorted = groups[i];
        Hf__Any *mixed[] = {sorted[3], sorted[0], sorted[4], sorted[2], sorted[1]};
        uint64_t list = list_of(peer, mixed, 5);
        sort_list(peer, list, false, HF_OK);
        assert_items(peer, list, sorted, 5);
    }
}

static void values_without_an_order_are_not_sorted(void **state) {
    struct peer *peer = world_join(*state, "ada");
    Hf__Any *odd[] = {of_string("x"), of_bytes("x", 1), of_null(),     of_list(0),
                      of_map(0),      of_ref(1),        of_double(NAN)};

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        for (size_t at = 0; at < 7; at++) {
            Hf__Any *items[] = {of_int(5), of_int(4), of_int(3), of_int(2),
                                of_int(1), of_int(9), of_int(0)};
            items[at] = odd[i];
            uint64_t list = list_of(peer, items, 7);
            sort_list(peer, list, false, HF_TYPE_ERROR);
            assert_non_null(peer_last(peer)->detail);
            sort_list(peer, list, true, HF_TYPE_ERROR);
            assert_items(peer, list, items, 7);
        }
    }
}

static void one_item_alone_needs_no_order(void **state) {
    struct peer *peer = world_join(*state, "ada");
    Hf__Any *item = of_map(0);

    uint64_t list = list_of(peer, &item, 1);
    sort_list(peer, list, false, HF_OK);

    assert_items(peer, list, &item, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_are_those_of_the_model),
        cmocka_unit_test(slices_have_no_bounds_of_their_own),
        cmocka_unit_test(a_step_of_zero_is_refused),
        cmocka_unit_test(sorting_is_stable_also_in_reverse),
        cmocka_unit_test(ints_and_doubles_are_compared_exactly),
        cmocka_unit_test(strings_bytes_and_lists_sort_among_themselves),
        cmocka_unit_test(values_without_an_order_are_not_sorted),
        cmocka_unit_test(one_item_alone_needs_no_order),
    };
    return WORLD_MAIN(tests);
}
