/* SPDX-License-Identifier: MIT
 *
 * The version of an object, which grows with each change, and the structure of a page.
 */
#include "world.h"

static uint64_t version_of(struct peer *peer, uint64_t object) {
    const Hf__Reply *reply = ask(peer, REQUEST(object, object_version));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_COUNT);
    return reply->count;
}

static void set_key(struct peer *peer, uint64_t dict, int64_t key, int64_t value) {
    assert_status(ask(peer, REQUEST(dict, dict_set, .key = of_int(key), .value = of_int(value))),
                  HF_OK);
}

static void it_grows_with_each_change(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");

    assert_int_equal(version_of(ada, dict), 1);
    set_key(ada, dict, 1, 1);
    set_key(ada, dict, 1, 2);
    assert_int_equal(version_of(ada, dict), 3);
}

static void reading_and_refusals_do_not_change_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");

    assert_status(ask(ada, REQUEST(dict, dict_get, .key = of_int(1))), HF_KEY_ERROR);
    assert_status(ask(ada, REQUEST(dict, dict_delete, .key = of_int(1))), HF_KEY_ERROR);
    assert_count(ask(ada, REQUEST(dict, dict_len)), 0);
    (void)open_dict(ada, "dict");
    assert_int_equal(version_of(ada, dict), 1);
}

static void it_grows_by_time_and_by_deaths(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t queue = open_queue(ada, "queue", 0);
    (void)take_lock(bob, lock);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(1), .has_delay_ms = true,
                                   .delay_ms = 50)),
                  HF_OK);
    uint64_t held = version_of(ada, lock);
    uint64_t delayed = version_of(ada, queue);

    peer_leave(bob);
    world_pass(world, 50);

    assert_int_equal(version_of(ada, lock), held + 1);
    assert_int_equal(version_of(ada, queue), delayed + 1);
}

static void as_a_check_it_sees_each_change(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");
    uint64_t seen = version_of(ada, dict);
    Hf__Request set = REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(7));
    Hf__Check *unchanged = equals(&REQUEST(dict, object_version), of_int((int64_t)seen));

    assert_status(ask(ada, with_checks(batch_of(1, &set), 1, unchanged)), HF_OK);
    assert_status(ask(ada, with_checks(batch_of(1, &set), 1, unchanged)), HF_MISMATCH);
}

static Hf__Page *page_of(struct peer *peer, uint64_t dict) {
    const Hf__Reply *reply = ask(peer, REQUEST(dict, dict_keys));
    assert_status(reply, HF_OK);
    assert_true(reply->page->has_version && reply->page->has_structure);
    return reply->page;
}

static void a_page_tells_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");
    set_key(ada, dict, 1, 1);

    assert_int_equal(page_of(ada, dict)->version, version_of(ada, dict));
}

static void the_structure_counts_keys_that_come_and_go(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");
    assert_int_equal(page_of(ada, dict)->structure, 0);

    set_key(ada, dict, 1, 1);
    set_key(ada, dict, 2, 2);
    set_key(ada, dict, 1, 3);
    assert_int_equal(page_of(ada, dict)->structure, 2);
    assert_status(ask(ada, REQUEST(dict, dict_delete, .key = of_int(1))), HF_OK);
    assert_int_equal(page_of(ada, dict)->structure, 3);
    assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);
    assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);
    assert_int_equal(page_of(ada, dict)->structure, 4);
}

static void within_a_batch_it_counts_the_requests_before(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");
    const Hf__Request set = REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(1));
    const Hf__Request ask_version = REQUEST(dict, object_version);
    const Hf__Request ask_page = REQUEST(dict, dict_items);
    for (int is_atomic = 0; is_atomic < 2; is_atomic++) {
        const Hf__Request plain = batch_of(5, &set, &ask_version, &set, &ask_version, &ask_page);
        uint64_t before = version_of(ada, dict);

        const Hf__Reply *reply = ask(ada, is_atomic ? atomic(plain) : plain);

        assert_status(reply, HF_OK);
        assert_count(reply->replies->replies[1], before + 1);
        assert_count(reply->replies->replies[3], before + 2);
        assert_int_equal(reply->replies->replies[4]->page->version, before + 2);
        assert_int_equal(version_of(ada, dict), before + 2);
    }
}

static void a_refused_atomic_batch_leaves_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");
    uint64_t list = open_list(ada, "list");
    set_key(ada, dict, 1, 1);

    const Hf__Reply *reply =
        ask(ada, atomic(batch_of(5, &REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(2)),
                                 &REQUEST(list, list_append, .value = of_int(1)),
                                 &REQUEST(dict, dict_delete, .key = of_int(1)),
                                 &REQUEST(dict, object_version),
                                 &REQUEST(dict, dict_delete, .key = of_int(1)))));

    assert_status(reply, HF_KEY_ERROR);
    assert_int_equal(version_of(ada, dict), 2);
    assert_int_equal(version_of(ada, list), 1);
}

static void a_refused_update_leaves_the_structure(void **state) {
    struct core_config config = core_defaults();
    config.items_max = 3;
    struct peer *ada = world_join(world_replace(state, &config), "ada");
    uint64_t dict = open_dict(ada, "dict");
    set_key(ada, dict, 1, 1);

    assert_status(ask(ada, REQUEST(dict, dict_update, .n_items = 3,
                                   .items = item_array(3, of_int(2), of_int(2), of_int(3),
                                                       of_int(3), of_int(4), of_int(4)))),
                  HF_LIMIT);

    assert_int_equal(page_of(ada, dict)->structure, 1);
    assert_int_equal(version_of(ada, dict), 2);
    set_key(ada, dict, 5, 5);
    assert_int_equal(page_of(ada, dict)->structure, 2);
    assert_int_equal(page_of(ada, dict)->n_keys, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_with_each_change),
        cmocka_unit_test(reading_and_refusals_do_not_change_it),
        cmocka_unit_test(it_grows_by_time_and_by_deaths),
        cmocka_unit_test(as_a_check_it_sees_each_change),
        cmocka_unit_test(a_page_tells_it),
        cmocka_unit_test(the_structure_counts_keys_that_come_and_go),
        cmocka_unit_test(within_a_batch_it_counts_the_requests_before),
        cmocka_unit_test(a_refused_atomic_batch_leaves_it),
        cmocka_unit_test(a_refused_update_leaves_the_structure),
    };
    return WORLD_MAIN(tests);
}
