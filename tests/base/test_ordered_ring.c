/* SPDX-License-Identifier: MIT
 *
 * ordered ring: items come out in the order of their keys, and an item that is put back keeps its
 * place.
 */
#include "mem.h"
#include "ordered_ring.h"
#include "seeded.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ITEMS = 200 };

struct item {
    struct ring_key key;
    int where; /* 0: nowhere, 1: in the ring, 2: taken, and to be put back */
};

struct model {
    struct ordered_ring ring;
    struct item items[ITEMS];
    uint64_t serial;
};

static bool before(enum ring_order order, const struct ring_key *a, const struct ring_key *b) {
    if (order == RING_RANKED && a->rank != b->rank) {
        return a->rank < b->rank;
    }
    return order == RING_NEWEST ? a->serial > b->serial : a->serial < b->serial;
}

/* A walk in pages, while nothing changes: every item once, sorted unless by rank. */
static void walk(const struct model *model) {
    const struct ring_key *last = NULL;
    size_t seen = 0;
    for (uint64_t cursor = 0; ring_position(&model->ring, cursor) < ring_len(&model->ring);) {
        size_t place = ring_position(&model->ring, cursor);
        const struct ring_key *key = ring_at(&model->ring, place);
        assert_int_equal(place, seen++);
        assert_true(!last || model->ring.order == RING_RANKED ||
                    before(model->ring.order, last, key));
        last = key;
        cursor = ring_cursor(&model->ring, place);
    }
    assert_int_equal(seen, ring_len(&model->ring));
}

/* The one that has to be next, found the slow way. */
static struct item *find_next(struct model *model) {
    struct item *next = NULL;
    for (size_t i = 0; i < ITEMS; i++) {
        struct item *item = &model->items[i];
        if (item->where == 1 && (!next || before(model->ring.order, &item->key, &next->key))) {
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
        assert_true(ring_reserve(&model->ring, taken + 1));
        ring_put(&model->ring, item);
    }
}

static void put_back(struct model *model, struct seeded *random) {
    struct item *item = &model->items[seeded_below(random, ITEMS)];
    if (item->where == 2) {
        item->where = (int)seeded_below(random, 2);
        if (item->where == 1) {
            ring_put(&model->ring, item); /* its room is still there */
        }
    }
}

static void take(struct model *model) {
    struct item item;
    struct item *next = find_next(model);
    if (next) {
        assert_int_equal(((struct item *)ring_first(&model->ring))->key.serial, next->key.serial);
        ring_take(&model->ring, &item);
        assert_int_equal(item.key.serial, next->key.serial);
        next->where = 2;
    } else {
        assert_int_equal(ring_len(&model->ring), 0);
    }
}

/* The one that was put last of those that are there. */
static void take_back(struct model *model) {
    struct item item;
    struct item *newest = NULL;
    for (size_t i = 0; i < ITEMS; i++) {
        struct item *other = &model->items[i];
        if (other->where == 1 && (!newest || other->key.serial > newest->key.serial)) {
            newest = other;
        }
    }
    if (newest) {
        ring_take_back(&model->ring, newest->key.serial, &item);
        assert_int_equal(item.key.serial, newest->key.serial);
        newest->where = 0;
    }
}

static void items_come_out_in_order_and_go_back_where_they_were(void **state) {
    (void)state;
    size_t used = mem_used();
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct seeded random = {seed};
        struct model model = {.serial = 1};
        ring_init(&model.ring, sizeof(struct item), (enum ring_order)(seed % 3));

        for (int step = 0; step < 3000; step++) {
            switch (seeded_below(&random, 7)) {
            case 0:
                take(&model);
                break;
            case 6:
                take_back(&model);
                break;
            case 1:
                put_back(&model, &random);
                break;
            default:
                put_new(&model, &random);
                break;
            }
            if (step % 100 == 0) {
                walk(&model);
            }
        }
        while (ring_len(&model.ring) > 0) {
            take(&model);
        }
        ring_trim(&model.ring, 0);

        ring_fini(&model.ring);
    }
    assert_int_equal(mem_used(), used);
}

static void memory_is_given_back_but_for_what_is_spared(void **state) {
    (void)state;
    struct ordered_ring ring;
    struct item item = {{0, 0}, 1};
    ring_init(&ring, sizeof item, RING_OLDEST);
    assert_true(ring_reserve(&ring, 1024));
    for (; item.key.serial < 1024; item.key.serial++) {
        ring_put(&ring, &item);
    }
    while (ring_len(&ring) > 0) {
        ring_take(&ring, &item);
    }
    size_t used = mem_used();

    ring_trim(&ring, 200);
    size_t spared = mem_used();
    assert_true(spared < used);
    mem_fail_at(1);
    for (item.key.serial = 0; item.key.serial < 200; item.key.serial++) {
        ring_put(&ring, &item);
    }
    assert_false(mem_failed());
    mem_fail_at(0);
    while (ring_len(&ring) > 0) {
        ring_take(&ring, &item);
    }
    ring_trim(&ring, 10);
    assert_true(mem_used() < spared);

    ring_fini(&ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order_and_go_back_where_they_were),
        cmocka_unit_test(memory_is_given_back_but_for_what_is_spared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
