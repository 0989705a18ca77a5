/* SPDX-License-Identifier: MIT
 *
 * pile: items come out in the order of their keys, and what is put back comes to its old place.
 */
#include "mem.h"
#include "pile.h"
#include "seeded.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ITEMS = 200 };

struct item {
    struct pile_key key;
    int where; /* 0: nowhere, 1: in the pile, 2: taken, and to be put back */
};

struct model {
    struct pile pile;
    struct item items[ITEMS];
    uint64_t serial;
};

static bool before(enum pile_order order, const struct pile_key *a, const struct pile_key *b) {
    if (order == PILE_RANKED && a->rank != b->rank) {
        return a->rank < b->rank;
    }
    return order == PILE_NEWEST ? a->serial > b->serial : a->serial < b->serial;
}

/* The one that has to be next, found the slow way. */
static struct item *find_next(struct model *model) {
    struct item *next = NULL;
    for (size_t i = 0; i < ITEMS; i++) {
        struct item *item = &model->items[i];
        if (item->where == 1 && (!next || before(model->pile.order, &item->key, &next->key))) {
            next = item;
        }
    }
    return next;
}

static void put_new(struct model *model, struct seeded *random) {
    struct item *item = &model->items[seeded_below(random, ITEMS)];
    if (item->where == 0) {
        size_t taken = 0;
        for (size_t i = 0; i < ITEMS; i++) {
            taken += model->items[i].where == 2;
        }
        *item = (struct item){{model->serial++, (int64_t)seeded_below(random, 5)}, 1};
        assert_true(pile_reserve(&model->pile, taken + 1));
        pile_put(&model->pile, item);
    }
}

static void put_back(struct model *model, struct seeded *random) {
    struct item *item = &model->items[seeded_below(random, ITEMS)];
    if (item->where == 2) {
        item->where = (int)seeded_below(random, 2);
        if (item->where == 1) {
            pile_put(&model->pile, item); /* its room is still there */
        }
    }
}

static void take(struct model *model) {
    struct item item;
    struct item *next = find_next(model);
    if (next) {
        assert_int_equal(((struct item *)pile_first(&model->pile))->key.serial, next->key.serial);
        pile_take(&model->pile, &item);
        assert_int_equal(item.key.serial, next->key.serial);
        next->where = 2;
    } else {
        assert_int_equal(pile_len(&model->pile), 0);
    }
}

static void items_come_out_in_order_and_go_back_where_they_were(void **state) {
    (void)state;
    size_t used = mem_used();
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct seeded random = {seed};
        struct model model = {.serial = 1};
        pile_init(&model.pile, sizeof(struct item), (enum pile_order)(seed % 3));

        for (int step = 0; step < 3000; step++) {
            switch (seeded_below(&random, 4)) {
            case 0:
                take(&model);
                break;
            case 1:
                put_back(&model, &random);
                break;
            default:
                put_new(&model, &random);
                break;
            }
        }
        while (pile_len(&model.pile) > 0) {
            take(&model);
        }
        pile_trim(&model.pile, 0);

        pile_fini(&model.pile);
    }
    assert_int_equal(mem_used(), used);
}

static void memory_is_given_back_but_for_what_is_spared(void **state) {
    (void)state;
    struct pile pile;
    struct item item = {{0, 0}, 1};
    pile_init(&pile, sizeof item, PILE_OLDEST);
    assert_true(pile_reserve(&pile, 1024));
    for (; item.key.serial < 1024; item.key.serial++) {
        pile_put(&pile, &item);
    }
    while (pile_len(&pile) > 0) {
        pile_take(&pile, &item);
    }
    size_t used = mem_used();

    pile_trim(&pile, 200);
    size_t spared = mem_used();
    assert_true(spared < used);
    mem_fail_at(1);
    for (item.key.serial = 0; item.key.serial < 200; item.key.serial++) {
        pile_put(&pile, &item);
    }
    assert_false(mem_failed());
    mem_fail_at(0);
    while (pile_len(&pile) > 0) {
        pile_take(&pile, &item);
    }
    pile_trim(&pile, 10);
    assert_true(mem_used() < spared);

    pile_fini(&pile);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order_and_go_back_where_they_were),
        cmocka_unit_test(memory_is_given_back_but_for_what_is_spared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
