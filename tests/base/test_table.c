/* SPDX-License-Identifier: MIT
 *
 * table: compared with a plain array that is searched from its beginning; order, cursors, very many
 * changes, and the work of a single change.
 */
#include "each.h"
#include "mem.h"
#include "seeded.h"
#include "table.h"

#include <string.h>

enum { KEYS = 400 };

struct entry {
    uint64_t key;
    uint64_t value;
};

struct model {
    struct entry entries[KEYS];
    size_t len;
};

static bool equal(const void *entry, const void *key) {
    return ((const struct entry *)entry)->key == *(const uint64_t *)key;
}

/* Few different hashes: most searches meet others on their way. */
static uint64_t hash(uint64_t key) {
    return key % 37 * 0x10001;
}

static struct entry *find(const struct table *table, uint64_t key) {
    return table_find(table, hash(key), equal, &key);
}

static void add(struct table *table, uint64_t key, uint64_t value) {
    struct entry *entry = table_add(table, hash(key));
    assert_non_null(entry);
    assert_int_equal(entry->key, 0);
    assert_int_equal(entry->value, 0);
    *entry = (struct entry){key, value};
}

static size_t model_find(const struct model *model, uint64_t key) {
    size_t i = 0;
    while (i < model->len && model->entries[i].key != key) {
        i++;
    }
    return i;
}

static void assert_same(const struct table *table, const struct model *model) {
    assert_int_equal(table_len(table), model->len);
    size_t position = 0;
    const struct entry *entry = table_next(table, &position);
    assert_ptr_equal(table_first(table), entry);
    for (size_t i = 0; i < model->len; i++) {
        assert_non_null(entry);
        assert_memory_equal(entry, &model->entries[i], sizeof *entry);
        assert_ptr_equal(find(table, entry->key), entry);
        if (i + 1 == model->len) {
            assert_ptr_equal(table_last(table), entry);
        }
        entry = table_next(table, &position);
    }
    assert_null(entry);
    if (model->len == 0) {
        assert_null(table_last(table));
    }
}

static void step(struct table *table, struct model *model, struct seeded *random, bool grow) {
    uint64_t key = seeded_below(random, KEYS) + 1;
    size_t at = model_find(model, key);
    struct entry *entry = find(table, key);
    assert_int_equal(entry != NULL, at < model->len);
    if (!entry && grow) {
        add(table, key, seeded_next(random));
        model->entries[model->len++] = *(const struct entry *)table_last(table);
    } else if (entry && (!grow || seeded_below(random, 4) == 0)) {
        table_remove(table, entry);
        memmove(&model->entries[at], &model->entries[at + 1],
                (model->len - at - 1) * sizeof *entry);
        model->len--;
    }
}

static void it_does_what_an_array_does(void **state) {
    (void)state;
    size_t before = mem_used();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct seeded random = {seed};
        struct model model = {.len = 0};
        struct table table;
        table_init(&table, sizeof(struct entry));

        for (int i = 0; i < 6000; i++) {
            step(&table, &model, &random, i / 1000 % 2 == 0);
            if (i % 25 == 0) {
                assert_same(&table, &model);
            }
        }

        assert_same(&table, &model);
        table_fini(&table);
    }
    assert_int_equal(mem_used(), before);
}

/* ---- many blocks ---- */

enum { MANY = 12 * BLOCK_ITEMS };

/* The entry of each key from 1 on; NULL: it has none. */
struct places {
    struct entry *at[MANY + 1];
    uint64_t cursor[MANY + 1];
    uint64_t order[MANY]; /* keys, as they were added */
    size_t len;
};

static uint64_t mixed(uint64_t key) {
    return key * 0x9e3779b97f4a7c15u >> 20;
}

static struct entry *find_mixed(const struct table *table, uint64_t key) {
    return table_find(table, mixed(key), equal, &key);
}

static void add_mixed(struct table *table, struct places *places, uint64_t key) {
    struct entry *entry = table_add(table, mixed(key));
    assert_non_null(entry);
    entry->key = key;
    places->at[key] = entry;
    places->cursor[key] = table_cursor(entry);
    places->order[places->len++] = key;
}

static void remove_mixed(struct table *table, struct places *places, size_t nth) {
    uint64_t key = places->order[nth];
    table_remove(table, find_mixed(table, key));
    places->at[key] = NULL;
    places->len--;
    memmove(&places->order[nth], &places->order[nth + 1], (places->len - nth) * sizeof key);
}

/* See that the table has these entries in this order; tells how many lie elsewhere than before. */
static size_t look_again(const struct table *table, struct places *places) {
    size_t moved = 0;
    size_t position = 0;
    for (size_t i = 0; i < places->len; i++) {
        uint64_t key = places->order[i];
        struct entry *entry = table_next(table, &position);
        assert_true(entry && entry->key == key);
        moved += entry != places->at[key];
        places->at[key] = entry;
    }
    assert_null(table_next(table, &position));
    assert_int_equal(table_len(table), places->len);
    return moved;
}

static void seek_anywhere(const struct table *table, const struct places *places,
                          struct seeded *random) {
    size_t nth = seeded_below(random, (uint32_t)places->len);
    uint64_t key = places->order[nth];
    uint64_t cursor = nth > 0 ? places->cursor[places->order[nth - 1]] : 0;
    assert_ptr_equal(table_seek(table, &cursor), places->at[key]);
    assert_int_equal(cursor, places->cursor[key]);
    assert_ptr_equal(find_mixed(table, key), places->at[key]);
}

/* The entries that are removed; they decide where the gaps are. */
enum { ANYWHERE, THE_OLDEST, THE_NEWEST, A_STRETCH, PATTERNS };

static size_t victim(const struct places *places, int pattern, struct seeded *random) {
    switch (pattern) {
    case THE_OLDEST:
        return 0;
    case THE_NEWEST:
        return places->len - 1;
    case A_STRETCH: /* the very first one stays */
        return places->len > 1;
    default:
        return seeded_below(random, (uint32_t)places->len);
    }
}

static uint64_t unused_key(const struct places *places, struct seeded *random) {
    uint64_t key = seeded_below(random, MANY) + 1;
    while (places->at[key]) {
        key = key % MANY + 1;
    }
    return key;
}

/* Filled, emptied to a few, and so on: after each change nearly everything is where it was. */
static void no_change_moves_more_than_a_block(void **state) {
    (void)state;
    static struct places places;
    for (int pattern = 0; pattern < PATTERNS; pattern++) {
        struct seeded random = {(uint64_t)pattern + 1};
        struct table table;
        places = (struct places){.len = 0};
        table_init(&table, sizeof(struct entry));

        for (int i = 0; i < 5 * MANY / 2; i++) {
            size_t buckets = table.buckets;
            bool grow = places.len < MANY && (places.len < 40 || i < MANY || i > 2 * MANY);
            if (grow && (i < MANY || seeded_below(&random, 3) > 0)) {
                add_mixed(&table, &places, unused_key(&places, &random));
            } else {
                remove_mixed(&table, &places, victim(&places, pattern, &random));
            }

            assert_true(look_again(&table, &places) <= BLOCK_ITEMS);
            assert_true(table.buckets <= buckets + 4 && table.buckets + 2 >= buckets);
            assert_true(table.used <= 2 * table.live + MANY / 8 || table.sweeping);
            seek_anywhere(&table, &places, &random);
        }

        table_fini(&table);
    }
}

static void remove_keys(struct table *table, struct places *places, uint64_t from, uint64_t to) {
    for (uint64_t key = from; key <= to; key++) {
        size_t nth = 0;
        while (places->order[nth] != key) {
            nth++;
        }
        remove_mixed(table, places, nth);
    }
}

static void packed_entries_may_be_removed_before_the_sweep_is_over(void **state) {
    struct table *table = *state;
    static struct places places;
    places = (struct places){.len = 0};
    for (uint64_t key = 1; key <= MANY; key++) {
        add_mixed(table, &places, key);
    }
    enum { ALONE = 5 * BLOCK_ITEMS + 1, TWO = ALONE + BLOCK_ITEMS, REST = TWO + BLOCK_ITEMS };
    remove_keys(table, &places, ALONE + 1, TWO - 1);
    remove_keys(table, &places, TWO + 2, REST - 1);
    uint64_t key = REST;
    while (!table->sweeping) {
        remove_keys(table, &places, key, key);
        key++;
    }
    assert_int_equal(table->packed, ALONE); /* it is the only one of its block */

    remove_keys(table, &places, ALONE, ALONE);

    (void)look_again(table, &places);
    while (table->sweeping) {
        remove_keys(table, &places, key, key);
        (void)look_again(table, &places);
        key++;
    }
}

static void no_growth_takes_more_memory_than_a_block(void **state) {
    struct table *table = *state;
    static struct places places;
    places = (struct places){.len = 0};

    for (uint64_t key = 1; key <= MANY; key++) {
        size_t before = mem_used();
        add_mixed(table, &places, key);
        size_t lists = (table->entries.list_room + table->heads.list_room) * sizeof(struct block);
        size_t block = BLOCK_ITEMS * (table->entries.item_size + table->heads.item_size);
        assert_true(mem_used() - before <= block + lists + 64);
    }
}

/* An entry stays while others come and go behind it: positions must not grow without end. */
static void an_old_entry_does_not_keep_a_gap_open(void **state) {
    struct table *table = *state;
    add(table, 1, 1);

    for (uint64_t key = 2; key <= 100000; key++) {
        add(table, key, key);
        if (key > 4) {
            table_remove(table, find(table, key - 2));
        }
        assert_true(table->used <= 3 * BLOCK_ITEMS);
    }

    assert_ptr_equal(table_first(table), find(table, 1));
}

/* ---- memory ---- */

static void it_does_not_grow_while_entries_come_and_go(void **state) {
    struct table *table = *state;
    enum { LIVE = 50 };
    size_t memory = 0;

    for (uint64_t key = 1; key <= 100000; key++) {
        add(table, key, key);
        if (key > LIVE) {
            table_remove(table, find(table, key - LIVE));
        }
        if (key == 1000) {
            memory = mem_used();
        }
    }

    assert_int_equal(table_len(table), LIVE);
    assert_true(mem_used() <= memory);
}

static void it_does_not_grow_when_the_last_one_comes_and_goes(void **state) {
    struct table *table = *state;
    add(table, 1, 1);

    for (uint64_t key = 2; key <= 100000; key++) {
        add(table, key, key);
        table_remove(table, table_last(table));
        assert_null(find(table, key));
    }

    assert_non_null(find(table, 1));
    assert_true(table->buckets <= 4 && table->entries.first_room <= 8);
}

static void memory_comes_back_after_many_were_removed(void **state) {
    (void)state;
    enum { MORE = 50000 };
    for (int from_the_end = 0; from_the_end < 2; from_the_end++) {
        size_t before = mem_used();
        struct table table;
        table_init(&table, sizeof(struct entry));
        for (uint64_t key = 1; key <= MORE; key++) {
            struct entry *entry = table_add(&table, key);
            entry->key = key;
        }
        size_t full = mem_used() - before;

        while (table_len(&table) > 10) {
            uint64_t cursor = 0;
            table_remove(&table, from_the_end ? table_last(&table) : table_seek(&table, &cursor));
        }

        assert_true(mem_used() - before < full / 100);
        uint64_t left = from_the_end ? 5 : MORE - 5;
        assert_non_null(table_find(&table, left, equal, &left));
        table_fini(&table);
    }
}

static void removing_without_memory_to_shrink_is_no_harm(void **state) {
    struct table *table = *state;
    for (uint64_t key = 1; key <= 1000; key++) {
        struct entry *entry = table_add(table, key);
        entry->key = key;
    }

    for (uint64_t key = 1; key <= 1000; key++) {
        mem_fail_at(key % 2 + 1);
        table_remove(table, table_find(table, key, equal, &key));
        assert_int_equal(table_len(table), 1000 - key);
        uint64_t next = key + 1;
        assert_int_equal(table_find(table, next, equal, &next) != NULL, key < 1000);
    }

    mem_fail_at(0);
}

/* Walk by cursor while the table changes: what is there from beginning to end is seen once. */
static void a_cursor_survives_changes(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct seeded random = {seed};
        struct table table;
        table_init(&table, sizeof(struct entry));
        for (uint64_t key = 1; key <= 200; key++) {
            add(&table, key, 0);
        }

        uint64_t cursor = 0;
        uint64_t added = 1000;
        uint64_t before = 0;
        struct entry *entry = NULL;
        while ((entry = table_seek(&table, &cursor)) != NULL) {
            assert_true(entry->key > before); /* in order, none twice */
            before = entry->key;
            entry->value = 1;
            assert_int_equal(cursor, table_cursor(entry));
            if (added < 1100) {
                add(&table, added++, 1); /* at the end: seen, as long as there is an end */
            }
            uint64_t odd = 2 * (uint64_t)seeded_below(&random, 100) + 1;
            if (find(&table, odd)) {
                table_remove(&table, find(&table, odd));
            }
        }

        for (uint64_t key = 2; key <= 200; key += 2) { /* the even ones were there all the time */
            assert_int_equal(find(&table, key)->value, 1);
        }
        assert_int_equal(before, 1099);
        table_fini(&table);
    }
}

static void a_cursor_past_the_end_finds_nothing(void **state) {
    struct table *table = *state;
    uint64_t cursor = 0;
    assert_null(table_seek(table, &cursor));
    add(table, 1, 1);
    add(table, 2, 2);

    cursor = 0;
    assert_int_equal(((struct entry *)table_seek(table, &cursor))->key, 1);
    assert_int_equal(((struct entry *)table_seek(table, &cursor))->key, 2);
    assert_null(table_seek(table, &cursor));
    cursor = UINT64_MAX;
    assert_null(table_seek(table, &cursor));
}

static void entries_that_are_taken_back_were_never_there(void **state) {
    struct table table;
    uint64_t cursor = 0;
    (void)state;
    table_init(&table, sizeof(struct entry));
    for (uint64_t i = 1; i <= 300; i++) {
        add(&table, i, i);
    }
    table_remove(&table, find(&table, 300));
    uint64_t changes = table_changes(&table);
    uint64_t serials = table.next_serial;

    for (uint64_t i = 301; i <= 900; i++) {
        add(&table, i, i);
    }
    for (uint64_t i = 301; i <= 900; i++) {
        table_undo_add(&table);
    }

    assert_int_equal(changes, 301);
    assert_int_equal(table_changes(&table), changes);
    assert_int_equal(table.next_serial, serials);
    add(&table, 7000, 7);
    cursor = serials;
    assert_int_equal(((struct entry *)table_seek(&table, &cursor))->key, 7000);
    table_fini(&table);
}

static void without_memory_nothing_changes(void **state) {
    (void)state;
    for (size_t fail = 1; fail <= 2; fail++) {
        struct table table;
        struct model model = {.len = 0};
        table_init(&table, sizeof(struct entry));

        for (uint64_t key = 1; key <= KEYS; key++) {
            mem_fail_at(fail);
            struct entry *entry = table_add(&table, hash(key));
            if (mem_failed()) {
                assert_null(entry);
                assert_same(&table, &model);
                mem_fail_at(0);
                entry = table_add(&table, hash(key));
            }
            *entry = (struct entry){key, key};
            model.entries[model.len++] = *entry;
        }

        mem_fail_at(0);
        assert_same(&table, &model);
        table_fini(&table);
    }
}

/* ---- taking back ---- */

enum { CHANGES = 300 };
#define ADDED SIZE_MAX

/* Change a pinned table, and note where entries were hidden; ADDED: one was added. */
static size_t change_pinned(struct table *table, struct model *model, struct seeded *random,
                            size_t notes[CHANGES]) {
    size_t count = 1 + seeded_below(random, CHANGES);
    for (size_t i = 0; i < count; i++) {
        uint64_t key = seeded_below(random, KEYS) + 1;
        size_t at = model_find(model, key);
        if (at < model->len) {
            struct entry *entry = find(table, key);
            notes[i] = table_place(table, entry);
            table_hide(table, entry);
            assert_ptr_equal(table_at(table, notes[i]), entry);
            memmove(&model->entries[at], &model->entries[at + 1],
                    (model->len - at - 1) * sizeof *entry);
            model->len--;
        } else {
            notes[i] = ADDED;
            add(table, key, seeded_next(random));
            model->entries[model->len++] = *(const struct entry *)table_last(table);
        }
        table_pin(table);
    }
    return count;
}

static void take_back(struct table *table, const size_t *notes, size_t count) {
    while (count-- > 0) {
        if (notes[count] == ADDED) {
            table_take_back(table);
        } else {
            table_show(table, notes[count]);
        }
        table_unpin(table);
    }
}

static void keep(struct table *table, const size_t *notes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (notes[i] != ADDED) {
            table_forget(table, notes[i]);
        }
        table_unpin(table);
    }
}

static void pinned_changes_are_taken_back_or_kept(void **state) {
    struct table *table = *state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct seeded random = {seed};
        struct model model = {.len = 0};
        for (int round = 0; round < 60; round++) {
            for (size_t steps = seeded_below(&random, 400); steps > 0; steps--) {
                step(table, &model, &random, round % 8 < 5);
            }
            struct model before = model;
            size_t notes[CHANGES];
            table_pin(table);
            size_t count = change_pinned(table, &model, &random, notes);
            table_unpin(table);
            assert_same(table, &model);
            if (seeded_below(&random, 2) == 0) {
                take_back(table, notes, count);
                model = before;
            } else {
                keep(table, notes, count);
            }
            assert_same(table, &model);
        }
        while (table_len(table) > 0) {
            table_remove(table, table_last(table));
        }
    }
}

static void an_entry_that_is_put_back_has_its_old_cursor(void **state) {
    struct table *table = *state;
    for (uint64_t key = 1; key <= 5; key++) {
        add(table, key, key);
    }
    uint64_t cursor = table_cursor(find(table, 3));

    table_pin(table);
    size_t place = table_place(table, find(table, 4));
    table_hide(table, find(table, 4));
    add(table, 6, 6);
    uint64_t on = cursor;
    assert_int_equal(((const struct entry *)table_seek(table, &on))->key, 5);
    table_take_back(table);
    table_show(table, place);
    table_unpin(table);

    assert_int_equal(((const struct entry *)table_seek(table, &cursor))->key, 4);
    add(table, 7, 7);
    assert_int_equal(table_cursor(find(table, 7)), 7);
}

/* Each test has a table, which must leave no memory. */
static size_t memory_before;

static int set_up(void **state) {
    static struct table table_of_test;
    memory_before = mem_used();
    table_init(&table_of_test, sizeof(struct entry));
    *state = &table_of_test;
    return 0;
}

static int tear_down(void **state) {
    mem_fail_at(0);
    table_fini(*state);
    assert_int_equal(mem_used(), memory_before);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_an_array_does),
        cmocka_unit_test(no_change_moves_more_than_a_block),
        cmocka_unit_test(packed_entries_may_be_removed_before_the_sweep_is_over),
        cmocka_unit_test(no_growth_takes_more_memory_than_a_block),
        cmocka_unit_test(an_old_entry_does_not_keep_a_gap_open),
        cmocka_unit_test(it_does_not_grow_while_entries_come_and_go),
        cmocka_unit_test(it_does_not_grow_when_the_last_one_comes_and_goes),
        cmocka_unit_test(memory_comes_back_after_many_were_removed),
        cmocka_unit_test(removing_without_memory_to_shrink_is_no_harm),
        cmocka_unit_test(a_cursor_survives_changes),
        cmocka_unit_test(a_cursor_past_the_end_finds_nothing),
        cmocka_unit_test(entries_that_are_taken_back_were_never_there),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(pinned_changes_are_taken_back_or_kept),
        cmocka_unit_test(an_entry_that_is_put_back_has_its_old_cursor),
    };
    return run_each(__FILE__, tests, sizeof tests / sizeof tests[0],
                    (struct around){set_up, tear_down}, (struct around){NULL, NULL});
}
