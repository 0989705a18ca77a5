/* SPDX-License-Identifier: MIT
 *
 * calendar: the first date is the earliest, those that are due are counted, any can move or be
 * removed, and nothing changes where memory lacks.
 */
#include "calendar.h"
#include "mem.h"
#include "seeded.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { DATES = 4000, TIMES = 600 };

struct model {
    struct date dates[DATES];
    bool entered[DATES];
};

static bool goes_before(const struct date *a, const struct date *b) {
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->serial < b->serial;
}

static void assert_same(const struct model *model, const struct calendar *calendar,
                        int64_t until_ms) {
    const struct date *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < DATES; i++) {
        const struct date *date = &model->dates[i];
        if (model->entered[i]) {
            first = !first || goes_before(date, first) ? date : first;
            count += date->due_ms <= until_ms;
        }
    }
    assert_ptr_equal(calendar_first(calendar), first);
    assert_int_equal(calendar_count(calendar, until_ms), count);
}

/* One of them is entered, moved or removed. */
static void change(struct seeded *random, struct model *model, struct calendar *calendar,
                   unsigned removals) {
    size_t i = seeded_below(random, DATES);
    struct date *date = &model->dates[i];
    int64_t due_ms = (int64_t)seeded_below(random, TIMES);
    if (!model->entered[i]) {
        model->entered[i] = calendar_add(calendar, date, due_ms);
    } else if (seeded_below(random, 100) < removals) {
        calendar_remove(calendar, date);
        model->entered[i] = false;
    } else {
        (void)calendar_move(calendar, date, due_ms);
    }
}

static void dates_are_in_order(void **state) {
    (void)state;
    size_t before = mem_used();
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct seeded random = {seed};
        static struct model model;
        struct calendar calendar;
        calendar_init(&calendar);
        for (size_t i = 0; i < DATES; i++) {
            model.dates[i].serial = i / 2; /* two of each */
            model.entered[i] = false;
        }

        for (int step = 0; step < 60000; step++) {
            if (seed % 2 == 0 && step % 50 == 0) {
                mem_fail_at(1 + seeded_below(&random, 3));
            }
            change(&random, &model, &calendar, step / 10000 % 2 == 0 ? 10 : 90);
            mem_fail_at(0);
            if (step % 100 == 0) {
                assert_same(&model, &calendar, (int64_t)seeded_below(&random, TIMES + 20) - 10);
            }
        }
        calendar_fini(&calendar);
        assert_int_equal(mem_used(), before);
    }
}

static void dates_that_come_in_order_fill_their_pages(void **state) {
    (void)state;
    static struct date dates[100000];
    const size_t count = sizeof dates / sizeof dates[0];
    size_t before = mem_used();
    struct calendar calendar;
    calendar_init(&calendar);

    for (size_t i = 0; i < count; i++) {
        dates[i].serial = i;
        assert_true(calendar_add(&calendar, &dates[i], (int64_t)(i / 10)));
    }

    assert_true(mem_used() - before < count * 17);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(calendar_first(&calendar), &dates[i]);
        calendar_remove(&calendar, &dates[i]);
    }
    assert_true(calendar_empty(&calendar));
    assert_int_equal(mem_used(), before);
}

static void few_dates_need_little_memory(void **state) {
    (void)state;
    static struct date dates[20000];
    size_t before = mem_used();
    struct calendar calendar;
    calendar_init(&calendar);
    assert_true(calendar_add(&calendar, &dates[0], 5));
    assert_true(mem_used() - before < 256);
    for (size_t i = 1; i < 20000; i++) {
        dates[i].serial = i;
        assert_true(calendar_add(&calendar, &dates[i], 5));
    }

    for (size_t i = 0; i < 20000; i++) { /* one of each 100 stays */
        if (i % 100 != 0) {
            calendar_remove(&calendar, &dates[i]);
        }
    }

    assert_int_equal(calendar_count(&calendar, 5), 200);
    assert_int_equal(calendar_count(&calendar, 4), 0);
    assert_true(mem_used() - before < 64 * 200 + 2048);
    while (calendar_dismantle(&calendar) > 0) {
    }
    assert_int_equal(mem_used(), before);
}

/* As of one item that a request sets very often. */
static void equal_dates_are_found_at_once(void **state) {
    (void)state;
    static struct date dates[200000];
    const size_t count = sizeof dates / sizeof dates[0];
    struct calendar calendar;
    calendar_init(&calendar);
    for (size_t i = 0; i < count; i++) {
        dates[i].serial = 7;
        assert_true(calendar_add(&calendar, &dates[i], 5));
    }

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(calendar_count(&calendar, 5), count - i);
        calendar_remove(&calendar, &dates[i % 2 == 0 ? i / 2 : count - 1 - i / 2]);
    }

    assert_true(calendar_empty(&calendar));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_in_order),
        cmocka_unit_test(dates_that_come_in_order_fill_their_pages),
        cmocka_unit_test(few_dates_need_little_memory),
        cmocka_unit_test(equal_dates_are_found_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
