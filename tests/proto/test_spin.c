/* SPDX-License-Identifier: MIT
 *
 * spin: how long it spins, and when it sleeps at once.
 */
#include "spin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LIMIT_NS = 50000, LOOK_NS = 1000, LONG_NS = 20000, SLICE_NS = 4000000 };

static struct spin new_spin(void) {
    return (struct spin){.limit_ns = LIMIT_NS};
}

/* A wait in which nothing comes, with looks so long after each other. Returns how many there were.
 */
static unsigned wait_in_vain(struct spin *spin, int64_t *now_ns, int64_t between_ns) {
    unsigned looks = 0;
    bool again = spin_begin(spin, *now_ns);
    while (again) {
        looks++;
        *now_ns += between_ns;
        again = spin_again(spin, *now_ns);
    }
    spin_end(spin, false);
    return looks;
}

static bool wait_with_luck(struct spin *spin, int64_t *now_ns, int64_t after_ns) {
    bool tried = spin_begin(spin, *now_ns);
    if (tried) {
        *now_ns += after_ns;
        (void)spin_again(spin, *now_ns);
    }
    spin_end(spin, true);
    return tried;
}

static void it_looks_until_its_time_is_over(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 123;

    assert_int_equal(wait_in_vain(&spin, &now_ns, LOOK_NS), LIMIT_NS / LOOK_NS);
}

static void without_time_it_never_looks(void **state) {
    (void)state;
    struct spin spin = {.limit_ns = 0};
    int64_t now_ns = 0;

    assert_int_equal(wait_in_vain(&spin, &now_ns, LOOK_NS), 0);
    assert_false(wait_with_luck(&spin, &now_ns, LOOK_NS));
}

static void it_gives_way_where_others_want_the_core(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 0;

    assert_int_equal(wait_in_vain(&spin, &now_ns, LONG_NS), 1);
}

static void without_success_it_spins_ever_more_seldom(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 0;
    unsigned tried = 0;

    for (unsigned i = 0; i < 10000; i++) {
        tried += wait_in_vain(&spin, &now_ns, LOOK_NS) > 0;
    }

    assert_in_range(tried, 10000 / 256, 60);
}

static void with_luck_it_tries_every_time(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 0;
    for (unsigned i = 0; i < 1000; i++) {
        (void)wait_in_vain(&spin, &now_ns, LOOK_NS);
    }

    unsigned waits = 1;
    while (!wait_with_luck(&spin, &now_ns, LOOK_NS)) {
        waits++;
    }

    assert_in_range(waits, 1, 256);
    for (unsigned i = 0; i < 100; i++) {
        assert_true(wait_with_luck(&spin, &now_ns, LOOK_NS));
    }
}

static void a_success_on_a_crowded_core_counts(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 0;

    for (unsigned i = 0; i < 100; i++) {
        assert_true(wait_with_luck(&spin, &now_ns, LONG_NS));
    }
}

/* Waits until one looks again. Returns how long they have slept. */
static int64_t rest_of(struct spin *spin, int64_t *now_ns) {
    int64_t began_ns = *now_ns;
    while (!wait_with_luck(spin, now_ns, LOOK_NS)) {
        *now_ns += SLICE_NS / 4;
    }
    return *now_ns - LOOK_NS - began_ns;
}

static void after_a_lost_time_slice_it_rests(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 0;
    assert_true(wait_with_luck(&spin, &now_ns, SLICE_NS));

    assert_int_equal(rest_of(&spin, &now_ns), INT64_C(16) * SLICE_NS);

    assert_true(wait_with_luck(&spin, &now_ns, LOOK_NS));
}

static void while_slices_are_lost_it_rests_ever_longer(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 0;

    for (int64_t factor = 16; factor <= 256; factor *= 2) {
        assert_true(wait_with_luck(&spin, &now_ns, SLICE_NS));
        assert_int_equal(rest_of(&spin, &now_ns), factor * SLICE_NS);
    }
    assert_true(wait_with_luck(&spin, &now_ns, SLICE_NS));
    assert_int_equal(rest_of(&spin, &now_ns), INT64_C(256) * SLICE_NS);
}

static void luck_makes_it_forget_lost_slices(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 0;
    for (int i = 0; i < 3; i++) {
        assert_true(wait_with_luck(&spin, &now_ns, SLICE_NS));
        (void)rest_of(&spin, &now_ns);
    }
    for (int i = 0; i < 300; i++) {
        assert_true(wait_with_luck(&spin, &now_ns, LOOK_NS));
    }

    assert_true(wait_with_luck(&spin, &now_ns, SLICE_NS));

    assert_int_equal(rest_of(&spin, &now_ns), INT64_C(16) * SLICE_NS);
}

static void the_caller_may_know_how_long_a_slice_is(void **state) {
    (void)state;
    struct spin spin = new_spin();
    int64_t now_ns = 0;
    assert_true(wait_with_luck(&spin, &now_ns, LONG_NS));
    assert_true(wait_with_luck(&spin, &now_ns, LONG_NS));

    spin.slice_ns = LONG_NS / 2;

    assert_true(wait_with_luck(&spin, &now_ns, LONG_NS));
    assert_false(wait_with_luck(&spin, &now_ns, LONG_NS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_looks_until_its_time_is_over),
        cmocka_unit_test(without_time_it_never_looks),
        cmocka_unit_test(it_gives_way_where_others_want_the_core),
        cmocka_unit_test(without_success_it_spins_ever_more_seldom),
        cmocka_unit_test(with_luck_it_tries_every_time),
        cmocka_unit_test(a_success_on_a_crowded_core_counts),
        cmocka_unit_test(after_a_lost_time_slice_it_rests),
        cmocka_unit_test(while_slices_are_lost_it_rests_ever_longer),
        cmocka_unit_test(luck_makes_it_forget_lost_slices),
        cmocka_unit_test(the_caller_may_know_how_long_a_slice_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
