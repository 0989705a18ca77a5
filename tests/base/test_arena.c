/* SPDX-License-Identifier: MIT
 *
 * arena: alignment, limits, going back, and failing.
 */
#include "arena.h"
#include "each.h"
#include "mem.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_BYTES = 1 << 20 };

static void memory_is_aligned_and_apart(void **state) {
    struct arena *arena = *state;
    uint8_t *pieces[500];

    for (size_t i = 0; i < 500; i++) {
        pieces[i] = arena_alloc(arena, i % 67);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i & 0xff), i % 67);
    }

    for (size_t i = 0; i < 500; i++) {
        for (size_t j = 0; j < i % 67; j++) {
            assert_int_equal(pieces[i][j], i & 0xff);
        }
    }
}

static void the_first_kilobyte_takes_no_allocation(void **state) {
    struct arena *arena = *state;
    size_t before = mem_used();

    assert_non_null(arena_alloc(arena, ARENA_FIRST_BYTES));
    assert_int_equal(mem_used(), before);
    assert_non_null(arena_alloc(arena, 1));
    assert_true(mem_used() > before);

    arena_reset(arena);
    assert_int_equal(mem_used(), before);
    assert_non_null(arena_alloc(arena, ARENA_FIRST_BYTES)); /* it can be used again */
    assert_int_equal(mem_used(), before);
}

static void more_than_it_may_take_is_refused(void **state) {
    struct arena *arena = *state;
    size_t before = mem_used();

    assert_null(arena_alloc(arena, MAX_BYTES + 1));
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 15));
    assert_null(arena_zeroed(arena, SIZE_MAX / 2, 3));
    assert_null(arena_copy(arena, NULL, SIZE_MAX));
    assert_int_equal(mem_used(), before);
    assert_non_null(arena_alloc(arena, MAX_BYTES));
    assert_null(arena_alloc(arena, 2048));

    arena_reset(arena);
    size_t taken = 0;
    while (arena_alloc(arena, 4096)) {
        taken += 4096;
    }
    assert_true(taken >= MAX_BYTES / 2 && taken <= MAX_BYTES + 2 * ARENA_FIRST_BYTES);
}

static void zeroed_and_copied_memory_is_what_it_says(void **state) {
    struct arena *arena = *state;
    memset(arena_alloc(arena, 512), 0xff, 512);
    struct arena_mark mark = {0};
    mark = arena_mark(arena);
    memset(arena_alloc(arena, 256), 0xff, 256);
    arena_rewind(arena, mark);

    const uint8_t *zeroed = arena_zeroed(arena, 16, 16);
    for (size_t i = 0; i < 256; i++) {
        assert_int_equal(zeroed[i], 0);
    }
    assert_string_equal(arena_copy(arena, "copied", 4), "copi");
    assert_string_equal(arena_copy(arena, NULL, 0), "");
    assert_non_null(arena_zeroed(arena, 0, 8));
    assert_non_null(arena_zeroed(arena, 8, 0));
}

static void rewinding_gives_back_what_came_after_the_mark(void **state) {
    struct arena *arena = *state;
    char *kept = arena_copy(arena, "kept", 4);
    struct arena_mark early = arena_mark(arena);
    (void)arena_alloc(arena, 20000);
    char *also = arena_copy(arena, "also kept", 9);
    struct arena_mark late = arena_mark(arena);
    size_t used = mem_used();

    for (int i = 0; i < 100; i++) {
        assert_non_null(arena_alloc(arena, 30000));
        assert_non_null(arena_alloc(arena, 100));
        arena_rewind(arena, late);
        assert_int_equal(mem_used(), used);
    }
    assert_string_equal(also, "also kept");
    arena_rewind(arena, early);

    assert_string_equal(kept, "kept");
    assert_true(mem_used() < used);
    assert_ptr_equal(arena_alloc(arena, 1), (void *)(arena->first + 16));
}

static void a_failed_allocation_leaves_it_usable(void **state) {
    struct arena *arena = *state;
    char *kept = arena_copy(arena, "kept", 4);

    mem_fail_at(1);
    assert_null(arena_alloc(arena, 5000));
    assert_true(mem_failed());

    assert_non_null(arena_alloc(arena, 5000));
    assert_string_equal(kept, "kept");
}

/* Each test has an arena, which must leave no memory. */
static size_t memory_before;

static int set_up(void **state) {
    static struct arena arena_of_test;
    memory_before = mem_used();
    arena_init(&arena_of_test, MAX_BYTES);
    *state = &arena_of_test;
    return 0;
}

static int tear_down(void **state) {
    mem_fail_at(0);
    arena_reset(*state);
    assert_int_equal(mem_used(), memory_before);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_apart),
        cmocka_unit_test(the_first_kilobyte_takes_no_allocation),
        cmocka_unit_test(more_than_it_may_take_is_refused),
        cmocka_unit_test(zeroed_and_copied_memory_is_what_it_says),
        cmocka_unit_test(rewinding_gives_back_what_came_after_the_mark),
        cmocka_unit_test(a_failed_allocation_leaves_it_usable),
    };
    return run_each(__FILE__, tests, sizeof tests / sizeof tests[0],
                    (struct around){set_up, tear_down}, (struct around){NULL, NULL});
}
