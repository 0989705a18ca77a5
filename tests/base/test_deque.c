/* SPDX-License-Identifier: MIT
 *
 * deque: compared with a plain array that is moved with memmove; growing moves nothing.
 */
#include "deque.h"
#include "each.h"
#include "mem.h"
#include "seeded.h"

#include <string.h>

enum { MODEL_MAX = 3000 };

/* 12 bytes: not a power of two. */
struct item {
    uint32_t number;
    uint32_t twice;
    uint32_t thrice;
};

struct model {
    struct item items[MODEL_MAX];
    size_t len;
};

static struct model model; /* large, and used by one test at a time */

static struct item item_of(uint32_t number) {
    return (struct item){number, 2 * number, 3 * number};
}

static void assert_same(const struct deque *deque) {
    assert_int_equal(deque->len, model.len);
    for (size_t i = 0; i < model.len; i++) {
        assert_memory_equal(deque_at(deque, i), &model.items[i], sizeof(struct item));
    }
}

static void insert(struct deque *deque, size_t index, size_t count, uint32_t *next) {
    memmove(&model.items[index + count], &model.items[index],
            (model.len - index) * sizeof(struct item));
    model.len += count;
    assert_true(deque_reserve(deque, count));
    deque_open(deque, index, count);
    for (size_t i = index; i < index + count; i++) {
        const struct item zero = {0, 0, 0};
        assert_memory_equal(deque_at(deque, i), &zero, sizeof zero);
        model.items[i] = item_of((*next)++);
        memcpy(deque_at(deque, i), &model.items[i], sizeof(struct item));
    }
}

static void erase(struct deque *deque, size_t index, size_t count) {
    memmove(&model.items[index], &model.items[index + count],
            (model.len - index - count) * sizeof(struct item));
    model.len -= count;
    deque_close(deque, index, count);
}

static void run_seed(uint64_t seed) {
    struct seeded random = {seed};
    struct deque deque;
    uint32_t next = 1;
    deque_init(&deque, sizeof(struct item));
    model.len = 0;

    for (int step = 0; step < 800; step++) {
        /* Phases that grow and phases that shrink, so that the ring is resized both ways. */
        bool grow = step / 200 % 2 == 0 ? seeded_below(&random, 4) : !seeded_below(&random, 4);
        size_t most = seeded_below(&random, 10) ? 3 : 160;
        size_t count = seeded_below(&random, most);
        if (grow && model.len + count <= MODEL_MAX) {
            insert(&deque, seeded_below(&random, model.len + 1), count, &next);
        } else {
            count = count < model.len ? count : model.len;
            erase(&deque, seeded_below(&random, model.len - count + 1), count);
        }
        assert_same(&deque);
    }
    deque_fini(&deque);
}

static void it_does_what_an_array_does(void **state) {
    (void)state;
    size_t before = mem_used();

    for (uint64_t seed = 1; seed <= 50; seed++) {
        run_seed(seed);
    }

    assert_int_equal(mem_used(), before);
}

static void a_queue_of_constant_length_does_not_grow(void **state) {
    struct deque *deque = *state;
    for (uint64_t i = 0; i < 10000; i++) {
        assert_true(deque_reserve(deque, 1));
        deque_open(deque, deque->len, 1);
        memcpy(deque_at(deque, deque->len - 1), &i, sizeof i);
        if (deque->len > 5) {
            uint64_t first = 0;
            memcpy(&first, deque_at(deque, 0), sizeof first);
            assert_int_equal(first, i - 5);
            deque_close(deque, 0, 1);
        }
    }

    assert_int_equal(deque->room, 8);
}

static void memory_comes_back_when_it_empties(void **state) {
    struct deque *deque = *state;
    size_t before = mem_used();
    assert_true(deque_reserve(deque, 100000));
    deque_open(deque, 0, 100000);
    size_t full = mem_used();

    while (deque->len > 0) {
        deque_close(deque, 0, 1);
    }

    assert_true(mem_used() - before < (full - before) / 1000);
    deque_fini(deque);
    assert_int_equal(mem_used(), before);
}

enum { LARGE = 40 * DEQUE_BLOCK_ITEMS };

static uint64_t *push(struct deque *deque, bool front, uint64_t number) {
    assert_true(deque_reserve(deque, 1));
    size_t at = front ? 0 : deque->len;
    deque_open(deque, at, 1);
    uint64_t *item = deque_at(deque, at);
    *item = number;
    return item;
}

static void growing_moves_nothing_and_takes_a_block_at_a_time(void **state) {
    (void)state;
    struct seeded random = {1};
    static uint64_t *places[LARGE];
    for (int sides = 0; sides < 3; sides++) {
        struct deque deque;
        deque_init(&deque, sizeof(uint64_t));

        for (size_t i = 0; i < LARGE; i++) {
            size_t before = mem_used();
            places[i] = push(&deque, sides == 2 ? seeded_below(&random, 2) > 0 : sides > 0, i);
            size_t list = deque.room / DEQUE_BLOCK_ITEMS * sizeof(uint8_t *);
            size_t blocks = 2 * DEQUE_BLOCK_ITEMS * sizeof(uint64_t);
            assert_true(mem_used() <= before + list + blocks + 64);
            size_t oldest = i > DEQUE_BLOCK_ITEMS ? DEQUE_BLOCK_ITEMS + 1 : i;
            assert_int_equal(*places[oldest], oldest); /* where it was put */
        }

        deque_fini(&deque);
    }
}

/* Items go round and round a large ring, which is neither copied nor made larger. */
static void a_long_queue_of_constant_length_does_not_grow(void **state) {
    struct deque *deque = *state;
    size_t memory = 0;

    for (uint64_t i = 0; i < 30 * LARGE; i++) {
        (void)push(deque, false, i);
        if (deque->len > LARGE / 8) {
            assert_int_equal(*(uint64_t *)deque_at(deque, 0), i - LARGE / 8);
            deque_close(deque, 0, 1);
        }
        if (i == LARGE) {
            memory = mem_used();
        }
        assert_true(i < LARGE || mem_used() <= memory + 3 * DEQUE_BLOCK_ITEMS * sizeof i);
    }
}

static void reserved_items_can_be_put_anywhere_without_memory(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct seeded random = {seed};
        struct deque deque;
        uint32_t next = 1;
        deque_init(&deque, sizeof(struct item));
        model.len = 0;
        insert(&deque, 0, seeded_below(&random, 900), &next);
        erase(&deque, 0, seeded_below(&random, (uint32_t)model.len + 1));
        size_t count = seeded_below(&random, 1500);
        assert_true(deque_reserve(&deque, count));

        mem_fail_at(1);
        while (count > 0) {
            size_t some = 1 + seeded_below(&random, (uint32_t)count);
            size_t at = seeded_below(&random, 3) ? 0 : model.len;
            deque_open(&deque, at, some);
            memmove(&model.items[at + some], &model.items[at],
                    (model.len - at) * sizeof(struct item));
            model.len += some;
            count -= some;
            for (size_t i = at; i < at + some; i++) {
                model.items[i] = item_of(next++);
                memcpy(deque_at(&deque, i), &model.items[i], sizeof(struct item));
            }
        }

        assert_false(mem_failed());
        mem_fail_at(0);
        assert_same(&deque);
        deque_fini(&deque);
    }
}

static void without_memory_nothing_changes(void **state) {
    struct deque *deque = *state;
    assert_true(deque_reserve(deque, 64));
    deque_open(deque, 0, 64);
    memset(deque_at(deque, 0), 7, sizeof(uint64_t));

    mem_fail_at(1);
    assert_false(deque_reserve(deque, 1000));
    assert_false(deque_reserve(deque, SIZE_MAX));
    assert_int_equal(deque->len, 64);
    assert_int_equal(*(const uint8_t *)deque_at(deque, 0), 7);

    mem_fail_at(1); /* shrinking may fail too: then it stays as large as it is */
    deque_close(deque, 1, 60);
    assert_true(mem_failed());
    assert_int_equal(deque->len, 4);
    assert_int_equal(*(const uint8_t *)deque_at(deque, 0), 7);
}

/* Each test has a deque of numbers, which must leave no memory. */
static size_t memory_before;

static int set_up(void **state) {
    static struct deque deque_of_test;
    memory_before = mem_used();
    deque_init(&deque_of_test, sizeof(uint64_t));
    *state = &deque_of_test;
    return 0;
}

static int tear_down(void **state) {
    mem_fail_at(0);
    deque_fini(*state);
    assert_int_equal(mem_used(), memory_before);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_an_array_does),
        cmocka_unit_test(a_queue_of_constant_length_does_not_grow),
        cmocka_unit_test(memory_comes_back_when_it_empties),
        cmocka_unit_test(growing_moves_nothing_and_takes_a_block_at_a_time),
        cmocka_unit_test(a_long_queue_of_constant_length_does_not_grow),
        cmocka_unit_test(reserved_items_can_be_put_anywhere_without_memory),
        cmocka_unit_test(without_memory_nothing_changes),
    };
    return run_each(__FILE__, tests, sizeof tests / sizeof tests[0],
                    (struct around){set_up, tear_down}, (struct around){NULL, NULL});
}
