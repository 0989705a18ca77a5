/* SPDX-License-Identifier: MIT
 *
 * Dropped values are freed: few at once, many in slices, for every type that keeps values. No
 * session has to wait for it, and nothing is left.
 */
#include "deferred.h"
#include "mem.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1000,
    CHUNKS = 24,
    LARGE = CHUNK * CHUNKS,
    /* A slice, the block that it ends in, and one for the other slice of the same tick. */
    SLICE_MAX = DEFERRED_PER_SLICE + DEFERRED_PER_STEP,
    ITEM_BYTES_MAX = 160
};

static Hf__Any *strings[CHUNK];

static void make_strings(int first) {
    for (int i = 0; i < CHUNK; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "longer than what fits into an item: %d", first + i);
        strings[i] = of_string(text);
    }
}

/* ---- types that keep values, and ways to drop them ---- */

static Hf__Reply *fill_dict(struct peer *peer, uint64_t dict, size_t count) {
    static Hf__Item items[CHUNK];
    static Hf__Item *list[CHUNK];
    for (size_t i = 0; i < count; i++) {
        hf__item__init(&items[i]);
        items[i].key = strings[i];
        items[i].value = of_int((int64_t)i);
        list[i] = &items[i];
    }
    return ask(peer, REQUEST(dict, dict_update, .n_items = count, .items = list));
}

static Hf__Reply *fill_set(struct peer *peer, uint64_t set, size_t count) {
    return ask(peer, REQUEST(set, set_update, .n_values = count, .values = strings));
}

static Hf__Reply *fill_list(struct peer *peer, uint64_t list, size_t count) {
    return ask(peer, REQUEST(list, list_extend, .n_values = count, .values = strings));
}

static Hf__Reply *fill_queue(struct peer *peer, uint64_t queue, size_t count) {
    return ask(peer, REQUEST(queue, queue_put_many, .n_values = count, .values = strings));
}

static uint64_t referred; /* to by what is nested */

/* One value with all the others in it, and as many references. */
static Hf__Reply *fill_nested(struct peer *peer, uint64_t list, size_t count) {
    Hf__Any *lists[CHUNK];
    for (size_t i = 0; i < count; i++) {
        lists[i] = of_list(2, strings[i], of_map(1, of_int(1), of_ref(referred)));
    }
    return ask(peer, REQUEST(list, list_append, .value = of_values(count, lists)));
}

static uint64_t open_a_dict(struct peer *peer) {
    return open_dict(peer, NULL);
}

static uint64_t open_a_set(struct peer *peer) {
    return opened(peer, REQUEST(0, set_open));
}

static uint64_t open_a_list(struct peer *peer) {
    return open_list(peer, NULL);
}

static uint64_t open_a_list_of_references(struct peer *peer) {
    referred = open_value(peer, NULL, 0);
    return open_list(peer, NULL);
}

static uint64_t open_a_queue(struct peer *peer) {
    return open_queue(peer, NULL, 0);
}

static uint64_t open_a_ranked_queue(struct peer *peer) {
    return opened(peer,
                  REQUEST(0, queue_open, .has_order = true, .order = HF__QUEUE_ORDER__PRIORITY));
}

static Hf__Reply *clear_dict(struct peer *peer, uint64_t id) {
    return ask(peer, REQUEST(id, dict_clear));
}

static Hf__Reply *clear_set(struct peer *peer, uint64_t id) {
    return ask(peer, REQUEST(id, set_clear));
}

static Hf__Reply *clear_list(struct peer *peer, uint64_t id) {
    return ask(peer, REQUEST(id, list_clear));
}

static Hf__Reply *abort_queue(struct peer *peer, uint64_t id) {
    return ask(peer, REQUEST(id, queue_close, .has_abort = true, .abort = true));
}

static Hf__Reply *delete_it(struct peer *peer, uint64_t id) {
    return ask(peer, REQUEST(id, object_delete));
}

static Hf__Reply *release_it(struct peer *peer, uint64_t id) {
    return ask(peer, REQUEST(id, object_release));
}

static const struct way {
    uint64_t (*open)(struct peer *peer);
    Hf__Reply *(*fill)(struct peer *peer, uint64_t id, size_t count);
    Hf__Reply *(*drop)(struct peer *peer, uint64_t id);
} ways[] = {
    {open_a_dict, fill_dict, clear_dict},
    {open_a_dict, fill_dict, delete_it},
    {open_a_dict, fill_dict, release_it},
    {open_a_set, fill_set, clear_set},
    {open_a_set, fill_set, release_it},
    {open_a_list, fill_list, clear_list},
    {open_a_list, fill_list, delete_it},
    {open_a_list_of_references, fill_nested, clear_list},
    {open_a_list_of_references, fill_nested, release_it},
    {open_a_queue, fill_queue, abort_queue},
    {open_a_queue, fill_queue, release_it},
    {open_a_ranked_queue, fill_queue, abort_queue},
};

static uint64_t filled(const struct way *way, struct peer *peer) {
    uint64_t id = way->open(peer);
    for (int i = 0; i < CHUNKS; i++) {
        make_strings(i * CHUNK);
        assert_status(way->fill(peer, id, CHUNK), HF_OK);
    }
    return id;
}

static bool tick(struct world *world) {
    int64_t due_ms = core_tick(world_core(world), world_now(world));
    assert_true(due_ms == -1 || due_ms == world_now(world));
    return due_ms >= 0;
}

static void tick_until_tidy(struct world *world) {
    while (tick(world)) {
    }
}

/* ---- what happens ---- */

static void much_is_freed_in_slices_and_others_are_served_between(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct world *world = world_new();
        struct peer *ada = world_join(world, "ada");
        struct peer *bob = world_join(world, "bob");
        uint64_t count = open_value(bob, "count", 0);
        size_t before = mem_used();
        uint64_t id = filled(&ways[i], ada);
        size_t full = mem_used();
        assert_true(full - before > (size_t)LARGE * 16);

        assert_status(ways[i].drop(ada, id), HF_OK);

        size_t used = mem_used();
        assert_true(full <= used + (size_t)SLICE_MAX * ITEM_BYTES_MAX);
        int64_t turns = 0;
        while (tick(world)) {
            assert_true(mem_used() < used);
            assert_true(used - mem_used() <= (size_t)SLICE_MAX * ITEM_BYTES_MAX);
            assert_int(ask(bob, REQUEST(count, value_add, .amount = of_int(1))), ++turns);
            used = mem_used();
        }
        assert_true(turns >= LARGE / SLICE_MAX - 1);
        assert_true(mem_used() < before + 65536);
        world_free(world);
    }
}

enum { LARGE_COUNT = 500, LARGE_BYTES = 64 << 10 };

static void assert_counts_as_many(struct world *world, Hf__Any *large) {
    enum { MOST = DEFERRED_PER_SLICE * DEFERRED_VALUE_BYTES };
    struct peer *ada = world_join(world, "ada");
    uint64_t list = open_list(ada, NULL);
    for (int i = 0; i < LARGE_COUNT; i++) {
        assert_status(ask(ada, REQUEST(list, list_append, .value = large)), HF_OK);
    }
    size_t full = mem_used();

    assert_status(clear_list(ada, list), HF_OK);

    size_t used = mem_used();
    assert_true(full - used < MOST);
    while (tick(world)) {
        assert_true(used - mem_used() <= MOST + 2 * LARGE_BYTES);
        used = mem_used();
    }
    assert_true(full - mem_used() >= (size_t)LARGE_COUNT * LARGE_BYTES);
}

/* The value is larger than a slice. */
static void assert_goes_in_pieces(struct world *world, Hf__Any *huge, size_t bytes) {
    enum { MOST = DEFERRED_PER_SLICE * DEFERRED_VALUE_BYTES + DEFERRED_PIECE_BYTES };
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, NULL);
    for (int way = 0; way < 3; way++) {
        assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1), .value = huge)), HF_OK);
        size_t full = mem_used();

        const Hf__Request drops[] = {REQUEST(dict, dict_delete, .key = of_int(1)),
                                     REQUEST(dict, dict_clear), REQUEST(dict, object_delete)};
        assert_status(ask(ada, drops[way]), HF_OK);

        size_t used = mem_used();
        size_t slices = 0;
        assert_true(full < used + MOST);
        for (; tick(world); slices++) {
            assert_true(used - mem_used() <= MOST);
            used = mem_used();
        }
        assert_true(slices >= bytes / MOST);
        assert_true(full - mem_used() >= bytes);
    }
}

static void the_largest_values_go_in_pieces(void **state) {
    enum { BYTES = 12 << 20 };
    char *text = malloc(BYTES + 1);
    assert_non_null(text);
    (void)memset(text, 'x', BYTES);
    text[BYTES] = 0;

    assert_goes_in_pieces(*state, of_string(text), BYTES);
    assert_goes_in_pieces(*state, of_list(1, of_string(text)), BYTES);
    assert_goes_in_pieces(*state, of_list(2, of_ref(1), of_string(text)), BYTES);
    free(text);
}

static void large_values_count_as_many(void **state) {
    static char text[LARGE_BYTES + 1];
    (void)memset(text, 'x', LARGE_BYTES);

    assert_counts_as_many(*state, of_string(text));
    assert_counts_as_many(*state, of_list(1, of_string(text)));
    assert_counts_as_many(*state, of_list(2, of_ref(1), of_string(text)));
}

static void little_is_freed_at_once(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct world *world = world_new();
        struct peer *ada = world_join(world, "ada");
        uint64_t id = ways[i].open(ada);
        make_strings(0);
        assert_status(ways[i].fill(ada, id, 100), HF_OK);

        assert_status(ways[i].drop(ada, id), HF_OK);

        assert_false(tick(world));
        world_free(world);
    }
}

static void deferred_values_are_freed_with_the_core(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct world *world = world_new();
        struct peer *ada = world_join(world, "ada");
        uint64_t id = filled(&ways[i], ada);

        assert_status(ways[i].drop(ada, id), HF_OK);

        world_free(world); /* fails if memory is left */
    }
}

static void a_reference_counts_until_its_turn_comes_and_who_watches_is_told(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t list = open_list(ada, NULL);
    uint64_t kept = open_value(bob, NULL, 1);
    assert_status(ask(ada, REQUEST(list, list_append, .value = of_ref(kept))), HF_OK);
    for (int i = 0; i < CHUNKS; i++) {
        make_strings(i * CHUNK);
        assert_status(fill_list(ada, list, CHUNK), HF_OK);
    }
    peer_leave(bob);
    uint64_t watch = opened(ada, REQUEST(0, watch_open, .has_object = true, .object = kept));
    uint64_t id = peer_send(ada, waiting(REQUEST(watch, watch_next, .has_after = true), -1));

    assert_status(clear_list(ada, list), HF_OK);

    assert_int_equal(statistics_of(ada)->objects, 3);
    assert_true(unanswered(ada, id));
    tick_until_tidy(world);
    assert_status(peer_reply(ada, id), HF_OK);
    assert_int_equal(statistics_of(ada)->objects, 2);
}

static void deferred_memory_is_freed_when_it_is_needed(void **state) {
    (void)state;
    struct core_config config = core_defaults();
    size_t once = 0;
    for (int limited = 0; limited < 2; limited++) {
        struct world *world = world_with(&config);
        struct peer *ada = world_join(world, "ada");
        uint64_t list = filled(&ways[5], ada);
        once = mem_used();

        for (int i = 0; i < 3; i++) {
            assert_status(clear_list(ada, list), HF_OK);
            for (int j = 0; j < CHUNKS; j++) {
                make_strings(j * CHUNK);
                assert_status(fill_list(ada, list, CHUNK), HF_OK);
            }
        }

        assert_true(limited == 0 || mem_used() <= config.memory_max_bytes);
        config.memory_max_bytes = once + once / 2;
        world_free(world);
    }
}

static void without_memory_for_a_note_all_is_freed_at_once(void **state) {
    (void)state;
    bool failed = true;
    for (size_t k = 1; failed; k++) {
        struct world *world = world_new();
        struct peer *ada = world_join(world, "ada");
        uint64_t dict = filled(&ways[0], ada);
        mem_fail_at(k);

        const Hf__Reply *reply = clear_dict(ada, dict);

        failed = mem_failed();
        mem_fail_at(0);
        bool done = reply->status == HF__STATUS__OK;
        assert_true(done || reply->status == HF__STATUS__NO_MEMORY);
        assert_count(ask(ada, REQUEST(dict, dict_len)), done ? 0 : LARGE);
        assert_true(!failed || !tick(world));
        world_free(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(much_is_freed_in_slices_and_others_are_served_between),
        cmocka_unit_test(large_values_count_as_many),
        cmocka_unit_test(the_largest_values_go_in_pieces),
        cmocka_unit_test(little_is_freed_at_once),
        cmocka_unit_test(deferred_values_are_freed_with_the_core),
        cmocka_unit_test(a_reference_counts_until_its_turn_comes_and_who_watches_is_told),
        cmocka_unit_test(deferred_memory_is_freed_when_it_is_needed),
        cmocka_unit_test(without_memory_for_a_note_all_is_freed_at_once),
    };
    return WORLD_MAIN(tests);
}
