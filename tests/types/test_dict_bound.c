/* SPDX-License-Identifier: MIT
 *
 * dict and namespace: a bound, and which item makes room for another.
 */
#include "seeded.h"
#include "world.h"

#include <string.h>

#define OPEN_BOUNDED(most, order)                                                                  \
    REQUEST(0, dict_open, .has_max_items = true, .max_items = (most), .has_eviction = true,        \
            .eviction = HF__EVICTION__##order)

static Hf__Reply *set(struct peer *peer, uint64_t dict, int64_t key) {
    return ask(peer, REQUEST(dict, dict_set, .key = of_int(key), .value = of_int(key)));
}

/* The keys, in order, as digits. */
static void assert_keys(struct peer *peer, uint64_t dict, const char *keys) {
    const Hf__Page *page = ask(peer, REQUEST(dict, dict_keys))->page;
    assert_int_equal(page->n_keys, strlen(keys));
    for (size_t i = 0; i < page->n_keys; i++) {
        assert_int_equal(page->keys[i]->int_, keys[i] - '0');
    }
    assert_count(ask(peer, REQUEST(dict, dict_len)), strlen(keys));
}

static void a_full_dict_refuses(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = opened(ada, OPEN_BOUNDED(2, REFUSE));
    assert_status(set(ada, dict, 1), HF_OK);
    assert_status(set(ada, dict, 2), HF_OK);

    const Hf__Reply *reply = set(ada, dict, 3);
    assert_status(reply, HF_LIMIT);
    assert_string_equal(reply->detail, "the dict takes at most 2 items, its max_items");
    assert_status(
        ask(ada, REQUEST(dict, dict_update, .n_items = 2,
                         .items = item_array(2, of_int(1), of_int(9), of_int(3), of_int(3)))),
        HF_LIMIT);
    assert_status(ask(ada, REQUEST(dict, dict_setdefault, .key = of_int(3))), HF_LIMIT);

    assert_int(ask(ada, REQUEST(dict, dict_get, .key = of_int(1))), 1);
    assert_keys(ada, dict, "12");
    assert_status(set(ada, dict, 2), HF_OK);
    assert_status(ask(ada, REQUEST(dict, dict_delete, .key = of_int(1))), HF_OK);
    assert_status(set(ada, dict, 3), HF_OK);
    assert_keys(ada, dict, "23");
}

static void the_oldest_goes(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = opened(ada, OPEN_BOUNDED(3, OLDEST));
    for (int64_t i = 1; i <= 3; i++) {
        assert_status(set(ada, dict, i), HF_OK);
    }

    assert_status(set(ada, dict, 1), HF_OK); /* it stays the oldest */
    assert_int(ask(ada, REQUEST(dict, dict_get, .key = of_int(1))), 1);
    assert_status(set(ada, dict, 4), HF_OK);
    assert_keys(ada, dict, "234");
    assert_status(ask(ada, REQUEST(dict, dict_update, .n_items = 3,
                                   .items = item_array(3, of_int(2), of_int(0), of_int(5),
                                                       of_int(0), of_int(6), of_int(0)))),
                  HF_OK);
    assert_keys(ada, dict, "456");
}

static void each_use_keeps_an_item(void **state) {
    struct peer *ada = world_join(*state, "ada");
    const struct {
        Hf__Request request; /* of the item 1 */
        bool uses;
    } cases[] = {
        {REQUEST(0, dict_get, .key = of_int(1)), true},
        {REQUEST(0, dict_set, .key = of_int(1), .value = of_int(1)), true},
        {REQUEST(0, dict_set, .key = of_int(1), .value = of_int(1), .has_ttl_ms = true,
                 .ttl_ms = 9000),
         true},
        {REQUEST(0, dict_touch, .key = of_int(1), .has_ttl_ms = true, .ttl_ms = 9000), true},
        {REQUEST(0, dict_touch, .key = of_int(1)), true},
        {REQUEST(0, dict_setdefault, .key = of_int(1)), true},
        {REQUEST(0, dict_add, .key = of_int(1), .amount = of_int(1)), true},
        {REQUEST(0, dict_compare_and_set, .key = of_int(1), .expected = of_int(1),
                 .replacement = of_int(2)),
         true},
        {REQUEST(0, dict_update, .n_items = 1, .items = item_array(1, of_int(1), of_int(1))), true},
        {REQUEST(0, dict_update, .n_items = 1, .items = item_array(1, of_int(1), of_int(1)),
                 .has_ttl_ms = true, .ttl_ms = 9000),
         true},
        {REQUEST(0, dict_get, .key = of_int(9)), false},
        {REQUEST(0, dict_add, .key = of_int(1), .amount = of_int(1), .ceiling = of_int(0)), false},
        {REQUEST(0, dict_compare_and_set, .key = of_int(1), .expected = of_int(7)), false},
        {REQUEST(0, dict_contains, .key = of_int(1)), false},
        {REQUEST(0, dict_ttl, .key = of_int(1)), false},
        {REQUEST(0, dict_expire, .key = of_int(1), .has_ttl_ms = true, .ttl_ms = 9000), false},
        {REQUEST(0, dict_items), false},
        {REQUEST(0, dict_copy), false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t dict = opened(ada, OPEN_BOUNDED(3, LEAST_RECENTLY_USED));
        for (int64_t key = 1; key <= 3; key++) {
            assert_status(set(ada, dict, key), HF_OK);
        }
        Hf__Request request = cases[i].request;
        request.has_object = true;
        request.object = dict;
        (void)ask(ada, request);
        assert_status(set(ada, dict, 4), HF_OK);
        assert_keys(ada, dict, cases[i].uses ? "134" : "234");
        assert_status(set(ada, dict, 5), HF_OK);
        assert_keys(ada, dict, cases[i].uses ? "145" : "345");
    }
}

static void nothing_in_an_atomic_batch_is_a_use(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = opened(ada, OPEN_BOUNDED(2, LEAST_RECENTLY_USED));
    uint64_t value = open_value(ada, "value", 7);
    Hf__Request get = REQUEST(dict, dict_get, .key = of_int(1));
    const Hf__Request miss = REQUEST(dict, dict_get, .key = of_int(9));
    const Hf__Request store = REQUEST(value, value_set, .value = of_int(7));
    Hf__Check *check = equals(&get, of_int(1));
    const struct {
        Hf__Request batch;
        hf_status status;
        const char *left; /* when a third item has come */
    } cases[] = {
        {atomic(batch_of(2, &get, &store)), HF_OK, "23"},
        {atomic(batch_of(2, &get, &miss)), HF_KEY_ERROR, "23"},
        {with_checks(atomic(batch_of(1, &store)), 1, check), HF_OK, "23"},
        {with_checks(atomic(batch_of(1, &miss)), 1, check), HF_KEY_ERROR, "23"},
        {batch_of(2, &get, &miss), HF_KEY_ERROR, "13"},
        {with_checks(batch_of(1, &store), 1, check), HF_OK, "13"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);
        assert_status(set(ada, dict, 1), HF_OK);
        assert_status(set(ada, dict, 2), HF_OK);

        assert_status(ask(ada, cases[i].batch), cases[i].status);

        assert_status(set(ada, dict, 3), HF_OK);
        assert_keys(ada, dict, cases[i].left);
    }
}

static void what_has_expired_goes_first(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    const Hf__Eviction orders[] = {HF__EVICTION__REFUSE, HF__EVICTION__OLDEST,
                                   HF__EVICTION__LEAST_RECENTLY_USED};
    for (size_t i = 0; i < 3; i++) {
        uint64_t dict = opened(ada, REQUEST(0, dict_open, .has_max_items = true, .max_items = 2,
                                            .has_eviction = true, .eviction = orders[i]));
        assert_status(set(ada, dict, 1), HF_OK);
        assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(2), .value = of_int(2),
                                       .has_ttl_ms = true, .ttl_ms = 10)),
                      HF_OK);

        world_pass(world, 10);

        assert_status(set(ada, dict, 3), HF_OK);
        assert_keys(ada, dict, "13");
        assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);
        assert_status(set(ada, dict, 4), HF_OK);
        assert_status(set(ada, dict, 5), HF_OK);
        assert_keys(ada, dict, "45");
    }
}

static void watches_are_told_after_the_request(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = opened(ada, OPEN_BOUNDED(1, OLDEST));
    assert_status(set(ada, dict, 1), HF_OK);
    uint64_t watch = opened(ada, REQUEST(0, watch_open, .has_object = true, .object = dict));

    assert_status(set(ada, dict, 2), HF_OK);

    const Hf__Changes *changes = ask(ada, REQUEST(watch, watch_next))->changes;
    assert_int_equal(changes->n_changes, 2);
    assert_int_equal(changes->changes[0]->cause, HF__CAUSE__REQUESTED);
    assert_int_equal(changes->changes[0]->request->op_case, HF__REQUEST__OP_DICT_SET);
    assert_int_equal(changes->changes[1]->cause, HF__CAUSE__EVICTED);
    assert_int_equal(changes->changes[1]->request->op_case, HF__REQUEST__OP_DICT_DELETE);
    assert_true(same_value(changes->changes[1]->request->dict_delete->key, of_int(1)));
}

enum { KEYS = 9, ABSENT = -1 };

/* A reader's copy of a dict whose keys are 0 to KEYS - 1. */
struct replayed {
    uint64_t last; /* change that it has read */
    int64_t values[KEYS];
};

static void replay_item(struct replayed *replayed, const Hf__Any *key, int64_t value) {
    replayed->values[key->int_] = value;
}

static void replay(struct replayed *replayed, const Hf__Request *request) {
    const Hf__DictUpdate *update = request->dict_update;
    const Hf__Any *key = NULL;
    switch ((int)request->op_case) {
    case HF__REQUEST__OP_DICT_SET:
        replay_item(replayed, request->dict_set->key, request->dict_set->value->int_);
        break;
    case HF__REQUEST__OP_DICT_UPDATE:
        for (size_t i = 0; i < update->n_items; i++) {
            replay_item(replayed, update->items[i]->key, update->items[i]->value->int_);
        }
        break;
    case HF__REQUEST__OP_DICT_SETDEFAULT:
        key = request->dict_setdefault->key;
        if (replayed->values[key->int_] == ABSENT) {
            replay_item(replayed, key, request->dict_setdefault->value->int_);
        }
        break;
    default:
        assert_int_equal(request->op_case, HF__REQUEST__OP_DICT_DELETE);
        replay_item(replayed, request->dict_delete->key, ABSENT);
    }
}

static void replay_all(struct peer *ada, uint64_t watch, struct replayed *replayed) {
    const Hf__Changes *changes = NULL;
    do {
        const Hf__Reply *reply =
            ask(ada, REQUEST(watch, watch_next, .has_after = true, .after = replayed->last));
        changes = reply->status == HF__STATUS__TIMEOUT ? NULL : reply->changes;
        for (size_t i = 0; changes && i < changes->n_changes; i++) {
            replay(replayed, changes->changes[i]->request);
        }
        replayed->last = changes ? changes->last : replayed->last;
    } while (changes);
}

static void assert_replayed(struct peer *ada, uint64_t dict, const struct replayed *replayed) {
    const Hf__Page *page = ask(ada, REQUEST(dict, dict_items))->page;
    size_t count = 0;
    for (size_t key = 0; key < KEYS; key++) {
        count += replayed->values[key] != ABSENT;
    }
    assert_int_equal(page->n_keys, count);
    for (size_t i = 0; i < page->n_keys; i++) {
        assert_int_equal(page->values[i]->int_, replayed->values[page->keys[i]->int_]);
    }
}

static void change_anything(struct peer *ada, uint64_t dict, struct seeded *random, int64_t value) {
    Hf__Any *key = of_int((int64_t)seeded_below(random, KEYS));
    Hf__Item **items = item_array(4, key, of_int(value), key, key, key, key, key, key);
    for (size_t i = 1; i < 4; i++) {
        items[i]->key = of_int((int64_t)seeded_below(random, KEYS));
        items[i]->value = of_int(value + (int64_t)i);
    }
    switch (seeded_below(random, 5)) {
    case 0:
        (void)ask(ada, REQUEST(dict, dict_set, .key = key, .value = of_int(value),
                               .has_ttl_ms = value % 3 == 0, .ttl_ms = 2));
        break;
    case 1:
        (void)ask(ada, REQUEST(dict, dict_update, .n_items = 1 + seeded_below(random, 4),
                               .items = items, .has_ttl_ms = value % 3 == 0, .ttl_ms = 2));
        break;
    case 2:
        (void)ask(ada, REQUEST(dict, dict_setdefault, .key = key, .value = of_int(value)));
        break;
    case 3:
        (void)ask(ada, REQUEST(dict, dict_delete, .key = key));
        break;
    default:
        (void)ask(ada, REQUEST(dict, dict_get, .key = key));
    }
}

static void a_reader_that_replays_the_changes_has_the_same_items(void **state) {
    enum { STEPS = 400 };
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    const uint64_t dicts[] = {opened(ada, OPEN_BOUNDED(2, OLDEST)),
                              opened(ada, OPEN_BOUNDED(2, LEAST_RECENTLY_USED)),
                              opened(ada, OPEN_BOUNDED(2, REFUSE))};
    for (size_t i = 0; i < sizeof dicts / sizeof dicts[0]; i++) {
        struct seeded random = {i + 1};
        struct replayed replayed = {0, {0}};
        uint64_t watch =
            opened(ada, REQUEST(0, watch_open, .has_object = true, .object = dicts[i]));
        for (size_t key = 0; key < KEYS; key++) {
            replayed.values[key] = ABSENT;
        }
        for (int64_t step = 0; step < STEPS; step++) {
            change_anything(ada, dicts[i], &random, step);
            world_pass(world, (int64_t)seeded_below(&random, 2));
            replay_all(ada, watch, &replayed);
            assert_replayed(ada, dicts[i], &replayed);
        }
    }
}

static void a_bound_is_an_option(void **state) {
    struct peer *ada = world_join(*state, "ada");
    const Hf__Request lru =
        REQUEST(0, namespace_open, .name = name_of("cache"), .has_max_items = true, .max_items = 2,
                .has_eviction = true, .eviction = HF__EVICTION__LEAST_RECENTLY_USED);
    uint64_t space = opened(ada, lru);

    assert_int_equal(opened(ada, lru), space);
    assert_status(ask(ada, REQUEST(0, namespace_open, .name = name_of("cache"),
                                   .has_max_items = true, .max_items = 3, .has_eviction = true,
                                   .eviction = HF__EVICTION__LEAST_RECENTLY_USED)),
                  HF_WRONG_TYPE);
    assert_int_equal(opened(ada, REQUEST(0, namespace_open, .name = name_of("cache"),
                                         .has_mode = true, .mode = HF__MODE__MUST_EXIST)),
                     space);
    assert_string_equal(ask(ada, REQUEST(space, object_describe))->description->options,
                        "at most 2 items, the least recently used goes");
    assert_status(
        ask(ada, REQUEST(0, dict_open, .has_eviction = true, .eviction = HF__EVICTION__OLDEST)),
        HF_INVALID);
    assert_status(ask(ada, REQUEST(0, dict_open, .has_max_items = true, .max_items = 2,
                                   .has_eviction = true, .eviction = (Hf__Eviction)9)),
                  HF_INVALID);
}

static void an_atomic_batch_cannot_change_a_dict_that_evicts(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dicts[] = {opened(ada, OPEN_BOUNDED(2, OLDEST)), opened(ada, OPEN_BOUNDED(2, REFUSE))};
    for (size_t i = 0; i < 2; i++) {
        Hf__Request put = REQUEST(dicts[i], dict_set, .key = of_int(1), .value = of_int(1));
        Hf__Request len = REQUEST(dicts[i], dict_len);
        Hf__Request batch = batch_of(2, &len, &put);
        batch.batch->has_atomic = batch.batch->atomic = true;
        assert_status(ask(ada, batch), i == 0 ? HF_INVALID : HF_OK);
        assert_count(ask(ada, len), i);
    }
}

static void a_large_bound_is_kept(void **state) {
    enum { MOST = 500 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = opened(ada, OPEN_BOUNDED(MOST, LEAST_RECENTLY_USED));

    for (int64_t i = 0; i < 10 * MOST; i++) {
        (void)peer_send(ada, one_way(REQUEST(dict, dict_set, .key = of_int(i), .value = of_int(i),
                                             .has_ttl_ms = i % 3 == 0, .ttl_ms = 1000)));
        (void)peer_send(ada, one_way(REQUEST(dict, dict_get, .key = of_int(0))));
    }

    assert_count(ask(ada, REQUEST(dict, dict_len)), MOST);
    assert_int(ask(ada, REQUEST(dict, dict_get, .key = of_int(0))), 0);
    assert_int(ask(ada, REQUEST(dict, dict_get, .key = of_int(9 * MOST + 1))), 9 * MOST + 1);
    assert_status(ask(ada, REQUEST(dict, dict_get, .key = of_int(9 * MOST))), HF_KEY_ERROR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_dict_refuses),
        cmocka_unit_test(the_oldest_goes),
        cmocka_unit_test(each_use_keeps_an_item),
        cmocka_unit_test(nothing_in_an_atomic_batch_is_a_use),
        cmocka_unit_test(what_has_expired_goes_first),
        cmocka_unit_test(watches_are_told_after_the_request),
        cmocka_unit_test(a_reader_that_replays_the_changes_has_the_same_items),
        cmocka_unit_test(a_bound_is_an_option),
        cmocka_unit_test(an_atomic_batch_cannot_change_a_dict_that_evicts),
        cmocka_unit_test(a_large_bound_is_kept),
    };
    return WORLD_MAIN(tests);
}
