/* SPDX-License-Identifier: MIT
 *
 * dict and namespace: items that expire.
 */
#include "world.h"

#include <string.h>

static Hf__Any *str(const char *text) {
    return of_string(text);
}

static Hf__Reply *set_for(struct peer *peer, uint64_t dict, Hf__Any *key, uint64_t ttl_ms) {
    return ask(peer, REQUEST(dict, dict_set, .key = key, .value = of_int(1), .has_ttl_ms = true,
                             .ttl_ms = ttl_ms));
}

static Hf__Reply *get(struct peer *peer, uint64_t dict, Hf__Any *key) {
    return ask(peer, REQUEST(dict, dict_get, .key = key));
}

static Hf__Reply *ttl(struct peer *peer, uint64_t dict, Hf__Any *key) {
    return ask(peer, REQUEST(dict, dict_ttl, .key = key));
}

/* The whole dict, in order. */
#define assert_dict(peer, dict, wanted) assert_value(ask(peer, REQUEST(dict, dict_copy)), wanted)

static void assert_empty(struct peer *peer, uint64_t dict, Hf__Any *key) {
    assert_status(get(peer, dict, key), HF_KEY_ERROR);
    assert_status(ttl(peer, dict, key), HF_KEY_ERROR);
    assert_status(ask(peer, REQUEST(dict, dict_touch, .key = key)), HF_KEY_ERROR);
    assert_status(ask(peer, REQUEST(dict, dict_expire, .key = key)), HF_KEY_ERROR);
    assert_truth(ask(peer, REQUEST(dict, dict_contains, .key = key)), false);
    assert_count(ask(peer, REQUEST(dict, dict_len)), 0);
    assert_int_equal(ask(peer, REQUEST(dict, object_describe))->description->size, 0);
    assert_dict(peer, dict, of_map(0));
}

static void an_item_is_there_until_its_time(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    const uint64_t dicts[] = {open_dict(ada, NULL), opened(ada, REQUEST(0, namespace_open))};

    for (size_t i = 0; i < 2; i++) {
        assert_status(set_for(ada, dicts[i], str("a"), 50), HF_OK);
        world_pass(world, 49);
        assert_int(get(ada, dicts[i], str("a")), 1);
        assert_int(ttl(ada, dicts[i], str("a")), 1);
        assert_count(ask(ada, REQUEST(dicts[i], dict_len)), 1);

        world_pass(world, 1);

        assert_empty(ada, dicts[i], str("a"));
        assert_status(ask(ada, REQUEST(dicts[i], dict_popitem)), HF_KEY_ERROR);
        const Hf__Page *page = ask(ada, REQUEST(dicts[i], dict_items))->page;
        assert_true(page->n_keys == 0 && page->n_values == 0 && !page->has_next);
    }
}

static void the_manager_is_woken_when_the_first_item_expires(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, NULL);
    int64_t now_ms = world_now(world);
    assert_int_equal(core_tick(world_core(world), now_ms), -1);

    assert_status(set_for(ada, dict, str("late"), 90), HF_OK);
    assert_int_equal(core_tick(world_core(world), now_ms), now_ms + 90);
    assert_status(set_for(ada, dict, str("soon"), 20), HF_OK);
    assert_int_equal(core_tick(world_core(world), now_ms), now_ms + 20);
    assert_status(ask(ada, REQUEST(dict, dict_delete, .key = str("soon"))), HF_OK);
    assert_int_equal(core_tick(world_core(world), now_ms), now_ms + 90);
    assert_status(ask(ada, REQUEST(dict, dict_expire, .key = str("late"))), HF_OK);
    assert_int_equal(core_tick(world_core(world), now_ms), -1);
}

static void each_request_does_to_the_life_what_it_says(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, NULL);
    Hf__Any *key = str("a");
    const struct {
        Hf__Request request;
        int64_t from_endless; /* what dict_ttl says then; 0: that it lives on */
        int64_t from_50;
        int64_t from_none; /* -1: there is no item */
    } cases[] = {
        {REQUEST(dict, dict_get, .key = key), 0, 50, -1},
        {REQUEST(dict, dict_contains, .key = key), 0, 50, -1},
        {REQUEST(dict, dict_set, .key = key, .value = of_int(2)), 0, 0, 0},
        {REQUEST(dict, dict_set, .key = key, .value = of_int(2), .has_ttl_ms = true, .ttl_ms = 70),
         70, 70, 70},
        {REQUEST(dict, dict_setdefault, .key = key, .value = of_int(2)), 0, 50, 0},
        {REQUEST(dict, dict_setdefault, .key = key, .value = of_int(2), .has_ttl_ms = true,
                 .ttl_ms = 70),
         0, 50, 70},
        {REQUEST(dict, dict_update, .n_items = 1, .items = item_array(1, key, of_int(2))), 0, 0, 0},
        {REQUEST(dict, dict_update, .n_items = 2,
                 .items = item_array(2, key, of_int(2), key, of_int(3)), .has_ttl_ms = true,
                 .ttl_ms = 70),
         70, 70, 70},
        {REQUEST(dict, dict_add, .key = key, .amount = of_int(1), .initial = of_int(0)), 0, 50, 0},
        {REQUEST(dict, dict_add, .key = key, .amount = of_int(1), .initial = of_int(0),
                 .has_ttl_ms = true, .ttl_ms = 70),
         0, 50, 70},
        {REQUEST(dict, dict_compare_and_set, .key = key, .expected = of_int(1),
                 .replacement = of_int(2)),
         0, 0, -1},
        {REQUEST(dict, dict_compare_and_set, .key = key, .expected = of_int(1),
                 .replacement = of_int(2), .has_ttl_ms = true, .ttl_ms = 70),
         70, 70, -1},
        {REQUEST(dict, dict_compare_and_set, .key = key, .replacement = of_int(2),
                 .has_ttl_ms = true, .ttl_ms = 70),
         0, 50, 70},
        {REQUEST(dict, dict_expire, .key = key), 0, 0, -1},
        {REQUEST(dict, dict_expire, .key = key, .has_ttl_ms = true, .ttl_ms = 70), 70, 70, -1},
        {REQUEST(dict, dict_expire, .key = key, .has_ttl_ms = true, .ttl_ms = 50), 50, 50, -1},
        {REQUEST(dict, dict_touch, .key = key), 0, 0, -1},
        {REQUEST(dict, dict_touch, .key = key, .has_ttl_ms = true, .ttl_ms = 20), 20, 20, -1},
        {REQUEST(dict, dict_delete, .key = key), -1, -1, -1},
        {REQUEST(dict, dict_pop, .key = key), -1, -1, -1},
        {REQUEST(dict, dict_popitem), -1, -1, -1},
        {REQUEST(dict, dict_clear), -1, -1, -1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t wanted[] = {cases[i].from_endless, cases[i].from_50, cases[i].from_none};
        for (size_t from = 0; from < 3; from++) {
            assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);
            if (from < 2) {
                assert_status(ask(ada, REQUEST(dict, dict_set, .key = key, .value = of_int(1),
                                               .has_ttl_ms = from == 1, .ttl_ms = 50)),
                              HF_OK);
            }
            (void)ask(ada, cases[i].request);
            if (wanted[from] < 0) {
                assert_status(ttl(ada, dict, key), HF_KEY_ERROR);
            } else {
                assert_value(ttl(ada, dict, key),
                             wanted[from] > 0 ? of_int(wanted[from]) : of_null());
            }
        }
    }
}

static void a_life_of_0_ms_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, NULL);
    Hf__Any *key = str("a");
    const Hf__Request requests[] = {
        REQUEST(dict, dict_set, .key = key, .value = of_int(2), .has_ttl_ms = true),
        REQUEST(dict, dict_setdefault, .key = key, .value = of_int(2), .has_ttl_ms = true),
        REQUEST(dict, dict_update, .n_items = 1, .items = item_array(1, key, of_int(2)),
                .has_ttl_ms = true),
        REQUEST(dict, dict_add, .key = key, .amount = of_int(2), .has_ttl_ms = true),
        REQUEST(dict, dict_compare_and_set, .key = key, .expected = of_int(1),
                .replacement = of_int(2), .has_ttl_ms = true),
        REQUEST(dict, dict_expire, .key = key, .has_ttl_ms = true),
        REQUEST(dict, dict_touch, .key = key, .has_ttl_ms = true),
    };
    assert_status(set_for(ada, dict, key, 50), HF_OK);

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const Hf__Reply *reply = ask(ada, requests[i]);
        assert_status(reply, HF_INVALID);
        assert_non_null(strstr(reply->detail, "at least 1 ms"));
    }

    assert_int(get(ada, dict, key), 1);
    assert_int(ttl(ada, dict, key), 50);
}

static void a_life_may_be_longer_than_time_can_count(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, NULL);

    assert_status(set_for(ada, dict, str("a"), UINT64_MAX), HF_OK);

    world_pass(world, INT64_C(1) << 50);
    assert_int(get(ada, dict, str("a")), 1);
    assert_int(ttl(ada, dict, str("a")), INT64_MAX - 1 - world_now(world));
}

static void a_touch_gets_the_value_and_refuses_one_of_another_kind(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, NULL);
    Hf__Request touch =
        REQUEST(dict, dict_touch, .key = str("a"), .has_ttl_ms = true, .ttl_ms = 50);
    assert_status(set_for(ada, dict, str("a"), 50), HF_OK);

    for (int i = 0; i < 5; i++) {
        world_pass(world, 40);
        assert_int(ask(ada, touch), 1);
    }
    touch.has_expect = true;
    touch.expect = HF__EXPECT__EXPECT_STRING;
    world_pass(world, 10);
    assert_status(ask(ada, touch), HF_TYPE_ERROR);
    assert_int(ttl(ada, dict, str("a")), 40);
}

static void items_stay_in_order_whatever_happens_to_their_lives(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, NULL);
    for (int64_t i = 0; i < 6; i++) {
        assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(i), .value = of_int(i),
                                       .has_ttl_ms = i % 2 == 1, .ttl_ms = 100 - (uint64_t)i)),
                      HF_OK);
    }

    assert_status(ask(ada, REQUEST(dict, dict_expire, .key = of_int(1))), HF_OK);
    assert_status(
        ask(ada, REQUEST(dict, dict_expire, .key = of_int(2), .has_ttl_ms = true, .ttl_ms = 50)),
        HF_OK);
    assert_dict(ada, dict,
                of_map(6, of_int(0), of_int(0), of_int(1), of_int(1), of_int(2), of_int(2),
                       of_int(3), of_int(3), of_int(4), of_int(4), of_int(5), of_int(5)));

    world_pass(world, 95);
    assert_dict(ada, dict,
                of_map(4, of_int(0), of_int(0), of_int(1), of_int(1), of_int(3), of_int(3),
                       of_int(4), of_int(4)));
    const Hf__Reply *last = ask(ada, REQUEST(dict, dict_popitem));
    assert_true(same_value(last->item->key, of_int(4)));
    world_pass(world, 2);
    last = ask(ada, REQUEST(dict, dict_popitem));
    assert_true(same_value(last->item->key, of_int(1)));
}

static void a_key_that_expired_is_set_at_the_end_again(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, NULL);
    assert_status(set_for(ada, dict, str("a"), 10), HF_OK);
    assert_status(set_for(ada, dict, str("b"), 30), HF_OK);

    world_pass(world, 10);

    assert_status(
        ask(ada, REQUEST(dict, dict_compare_and_set, .key = str("a"), .replacement = of_int(2))),
        HF_OK);
    assert_dict(ada, dict, of_map(2, str("b"), of_int(1), str("a"), of_int(2)));
    world_pass(world, 20);
    assert_dict(ada, dict, of_map(1, str("a"), of_int(2)));
}

static void a_check_does_not_find_what_has_expired(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, NULL);
    const Hf__Request put = REQUEST(dict, dict_set, .key = str("done"), .value = of_int(1));
    const Hf__Request batch =
        with_checks(batch_of(1, &put), 2,
                    equals(&REQUEST(dict, dict_contains, .key = str("a")), of_bool(false)),
                    answers(&REQUEST(dict, dict_ttl, .key = str("a")), HF_KEY_ERROR));
    assert_status(set_for(ada, dict, str("a"), 10), HF_OK);

    assert_status(ask(ada, batch), HF_MISMATCH);
    world_pass(world, 10);
    assert_status(ask(ada, batch), HF_OK);

    assert_status(
        ask(ada, with_checks(batch_of(1, &put), 1,
                             answers(&REQUEST(dict, dict_touch, .key = str("done")), HF_OK))),
        HF_INVALID);
}

/* ---- watches ---- */

static void watches_are_told_of_each_item_in_order(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, "cache");
    assert_status(set_for(ada, dict, str("late"), 30), HF_OK);
    assert_status(set_for(ada, dict, str("x"), 20), HF_OK);
    assert_status(set_for(ada, dict, of_int(7), 20), HF_OK);
    uint64_t watch = opened(ada, REQUEST(0, watch_open, .prefix = name_of("cache")));
    uint64_t id = peer_send(ada, waiting(REQUEST(watch, watch_next), -1));

    world_pass(world, 19);
    assert_true(unanswered(ada, id));
    world_pass(world, 20);

    assert_status(peer_reply(ada, id), HF_OK);
    const Hf__Changes *changes = ask(ada, REQUEST(watch, watch_next))->changes;
    Hf__Any *const keys[] = {str("x"), of_int(7), str("late")};
    assert_int_equal(changes->n_changes, 3);
    for (size_t i = 0; i < 3; i++) {
        const Hf__Change *change = changes->changes[i];
        assert_int_equal(change->cause, HF__CAUSE__EXPIRED);
        assert_int_equal(change->request->op_case, HF__REQUEST__OP_DICT_DELETE);
        assert_int_equal(change->request->object, dict);
        assert_true(same_value(change->request->dict_delete->key, keys[i]));
        assert_false(change->has_session || change->label);
    }
}

/* ---- very many ---- */

enum { MANY = 20000, MANY_TTL_MS = 1000 };

static uint64_t many_expire(struct world *world, struct peer *peer) {
    static Hf__Item *items[1000];
    uint64_t dict = open_dict(peer, NULL);
    for (int64_t i = 0; i < MANY; i += 1000) {
        for (int64_t j = 0; j < 1000; j++) {
            items[j] = item_array(1, of_int(i + j), of_int(1))[0];
        }
        assert_status(ask(peer, REQUEST(dict, dict_update, .n_items = 1000, .items = items,
                                        .has_ttl_ms = true, .ttl_ms = MANY_TTL_MS)),
                      HF_OK);
    }
    assert_count(ask(peer, REQUEST(dict, dict_len)), MANY);
    int64_t due_ms = world_now(world) + MANY_TTL_MS;
    assert_int_equal(core_tick(world_core(world), due_ms), due_ms); /* it has not done all yet */
    return dict;
}

/* Nobody sees fewer items under the same version; and it stays when they are removed. */
static void the_version_counts_what_has_expired_at_once(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = many_expire(world, ada);
    const Hf__Request version = REQUEST(dict, object_version);
    uint64_t expired = ask(ada, version)->count;
    assert_int_equal(expired, 1 + MANY / 1000 + MANY);
    assert_int_equal(ask(ada, REQUEST(dict, dict_keys))->page->version, expired);

    world_pass(world, MANY_TTL_MS);
    assert_count(ask(ada, version), expired);
}

static void a_clear_counts_what_has_expired(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    for (int is_atomic = 0; is_atomic < 2; is_atomic++) {
        uint64_t dict = many_expire(world, ada);
        const Hf__Request version = REQUEST(dict, object_version);
        const Hf__Request clear = REQUEST(dict, dict_clear);
        const Hf__Request miss = REQUEST(dict, dict_delete, .key = of_int(-1));
        uint64_t expired = ask(ada, version)->count;

        assert_status(ask(ada, atomic(batch_of(3, &clear, &version, &miss))), HF_KEY_ERROR);
        assert_count(ask(ada, version), expired);
        assert_status(ask(ada, is_atomic ? atomic(batch_of(1, &clear)) : clear), HF_OK);

        assert_count(ask(ada, version), expired + 1);
        world_pass(world, 2 * MANY_TTL_MS);
        assert_count(ask(ada, version), expired + 1);
    }
}

static void what_has_expired_is_not_seen_before_it_is_removed(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    size_t before = core_memory_bytes(world_core(world));

    uint64_t dict = many_expire(world, ada);

    assert_empty(ada, dict, of_int(MANY - 1));
    const Hf__Page *page = ask(ada, REQUEST(dict, dict_keys))->page;
    assert_int_equal(page->n_keys, 0);
    assert_true(page->has_next);
    page = ask(ada, REQUEST(dict, dict_keys, .has_cursor = true, .cursor = page->next))->page;
    assert_true(page->n_keys == 0 && !page->has_next);
    assert_status(ask(ada, REQUEST(dict, dict_popitem)), HF_TIMEOUT);
    assert_int(ask(ada, REQUEST(dict, dict_setdefault, .key = of_int(9000), .value = of_int(2))),
               2);
    assert_dict(ada, dict, of_map(1, of_int(9000), of_int(2)));
    assert_true(same_value(ask(ada, REQUEST(dict, dict_popitem))->item->key, of_int(9000)));

    world_pass(world, MANY_TTL_MS);
    assert_status(ask(ada, REQUEST(dict, dict_popitem)), HF_KEY_ERROR);
    assert_status(ask(ada, REQUEST(dict, object_release)), HF_OK);
    world_pass(world, 1);
    assert_true(core_memory_bytes(world_core(world)) < before + MANY);
}

static void a_dict_is_cleared_while_its_items_expire(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = many_expire(world, ada);

    assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);

    assert_status(set_for(ada, dict, of_int(1), 5), HF_OK);
    world_pass(world, MANY_TTL_MS + 4);
    assert_count(ask(ada, REQUEST(dict, dict_len)), 1);
    world_pass(world, 1);
    assert_count(ask(ada, REQUEST(dict, dict_len)), 0);
}

static void what_has_expired_does_not_count_towards_the_limit(void **state) {
    struct core_config config = core_defaults();
    config.items_max = MANY;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, NULL);
    for (int64_t i = 0; i < MANY; i++) {
        (void)peer_send(ada, one_way(REQUEST(dict, dict_set, .key = of_int(i), .value = of_int(1),
                                             .has_ttl_ms = true, .ttl_ms = MANY_TTL_MS)));
    }
    assert_status(set_for(ada, dict, str("more"), 1), HF_LIMIT);
    (void)core_tick(world_core(world), world_now(world) + MANY_TTL_MS);

    for (int64_t i = 0; i < 3000; i++) {
        assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(-1 - i), .value = of_int(1))),
                      HF_OK);
    }
    assert_count(ask(ada, REQUEST(dict, dict_len)), 3000);
}

/* ---- atomic batches ---- */

static void lives_that_are_undone_end_at_their_old_times(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, "dict");
    assert_status(set_for(ada, dict, of_int(1), 50), HF_OK);
    assert_status(set_for(ada, dict, of_int(2), 70), HF_OK);
    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(3), .value = of_int(3))), HF_OK);

    for (int i = 0; i < 2; i++) {
        const Hf__Reply *reply = ask(
            ada, atomic(batch_of(
                     10, &REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(9)),
                     &REQUEST(dict, dict_expire, .key = of_int(2), .has_ttl_ms = true, .ttl_ms = 5),
                     &REQUEST(dict, dict_touch, .key = of_int(3), .has_ttl_ms = true, .ttl_ms = 9),
                     &REQUEST(dict, dict_set, .key = of_int(4), .value = of_int(4),
                              .has_ttl_ms = true, .ttl_ms = 1),
                     &REQUEST(dict, dict_add, .key = of_int(4), .amount = of_int(1)),
                     &REQUEST(dict, dict_delete, .key = of_int(2)),
                     &REQUEST(dict, dict_update, .n_items = 1,
                              .items = item_array(1, of_int(1), of_int(5)), .has_ttl_ms = true,
                              .ttl_ms = 2),
                     &REQUEST(dict, dict_clear),
                     &REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(4),
                              .has_ttl_ms = true, .ttl_ms = 3),
                     &REQUEST(dict, dict_get, .key = of_int(i == 0 ? 3 : 1)))));
        assert_status(reply, i == 0 ? HF_KEY_ERROR : HF_OK);
        if (i == 0) {
            assert_int(ask(ada, REQUEST(dict, dict_ttl, .key = of_int(1))), 50);
            assert_int(ask(ada, REQUEST(dict, dict_ttl, .key = of_int(2))), 70);
            assert_value(ask(ada, REQUEST(dict, dict_ttl, .key = of_int(3))), of_null());
            world_pass(world, 49);
            assert_count(ask(ada, REQUEST(dict, dict_len)), 3);
            world_pass(world, 1);
            assert_count(ask(ada, REQUEST(dict, dict_len)), 2);
        }
    }
    world_pass(world, 2);
    assert_count(ask(ada, REQUEST(dict, dict_len)), 1);
    world_pass(world, 1);
    assert_count(ask(ada, REQUEST(dict, dict_len)), 0);
}

static void what_has_expired_goes_within_an_atomic_batch(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = many_expire(world, ada);

    assert_status(
        ask(ada, atomic(batch_of(4, &REQUEST(dict, dict_contains, .key = of_int(MANY - 1)),
                                 &REQUEST(dict, dict_set, .key = of_int(9000), .value = of_int(2)),
                                 &REQUEST(dict, dict_pop, .key = of_int(9000)),
                                 &REQUEST(dict, dict_delete, .key = of_int(MANY - 2))))),
        HF_KEY_ERROR);
    assert_count(ask(ada, REQUEST(dict, dict_len)), 0);
    assert_status(ask(ada, atomic(batch_of(
                               2, &REQUEST(dict, dict_set, .key = of_int(9001), .value = of_int(2)),
                               &REQUEST(dict, dict_popitem)))),
                  HF_OK);
    assert_status(
        ask(ada, atomic(batch_of(2, &REQUEST(dict, dict_popitem), &REQUEST(dict, dict_popitem)))),
        HF_TIMEOUT);

    world_pass(world, MANY_TTL_MS);
    assert_status(ask(ada, REQUEST(dict, dict_popitem)), HF_KEY_ERROR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_is_there_until_its_time),
        cmocka_unit_test(the_manager_is_woken_when_the_first_item_expires),
        cmocka_unit_test(each_request_does_to_the_life_what_it_says),
        cmocka_unit_test(a_life_of_0_ms_is_refused),
        cmocka_unit_test(a_life_may_be_longer_than_time_can_count),
        cmocka_unit_test(a_touch_gets_the_value_and_refuses_one_of_another_kind),
        cmocka_unit_test(items_stay_in_order_whatever_happens_to_their_lives),
        cmocka_unit_test(a_key_that_expired_is_set_at_the_end_again),
        cmocka_unit_test(a_check_does_not_find_what_has_expired),
        cmocka_unit_test(watches_are_told_of_each_item_in_order),
        cmocka_unit_test(the_version_counts_what_has_expired_at_once),
        cmocka_unit_test(a_clear_counts_what_has_expired),
        cmocka_unit_test(what_has_expired_is_not_seen_before_it_is_removed),
        cmocka_unit_test(a_dict_is_cleared_while_its_items_expire),
        cmocka_unit_test(what_has_expired_does_not_count_towards_the_limit),
        cmocka_unit_test(lives_that_are_undone_end_at_their_old_times),
        cmocka_unit_test(what_has_expired_goes_within_an_atomic_batch),
    };
    return WORLD_MAIN(tests);
}
