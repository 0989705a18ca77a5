/* SPDX-License-Identifier: MIT
 *
 * namespace: a dict whose keys are strings.
 */
#include "world.h"

#include <string.h>

static uint64_t open_space(struct peer *peer, const char *name) {
    const Hf__Reply *reply = ask(peer, REQUEST(0, namespace_open, .name = name_of(name)));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->object->type, HF__TYPE__NAMESPACE);
    return reply->object->id;
}

static void it_has_the_operations_of_a_dict(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t space = open_space(peer, "config");
    Hf__Any *x = of_string("x");
    Hf__Any *y = of_string("y");

    assert_status(ask(peer, REQUEST(space, dict_set, .key = x, .value = of_int(10))), HF_OK);
    assert_status(ask(peer, REQUEST(space, dict_update, .n_items = 1,
                                    .items = item_array(1, y, of_string("hello")))),
                  HF_OK);

    assert_int(ask(peer, REQUEST(space, dict_get, .key = x)), 10);
    assert_int(ask(peer, REQUEST(space, dict_add, .key = x, .amount = of_int(-1))), 9);
    assert_truth(ask(peer, REQUEST(space, dict_contains, .key = y)), true);
    assert_value(ask(peer, REQUEST(space, dict_copy)),
                 of_map(2, x, of_int(9), y, of_string("hello")));
    assert_int_equal(ask(peer, REQUEST(space, dict_items))->page->n_keys, 2);
    assert_status(ask(peer, REQUEST(space, dict_delete, .key = x)), HF_OK);
    assert_status(ask(peer, REQUEST(space, dict_get, .key = x)), HF_KEY_ERROR);
    assert_int_equal(open_space(peer, "config"), space);
}

static void only_strings_are_keys(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t space = open_space(peer, NULL);
    Hf__Any *keys[] = {of_null(),     of_bool(true),        of_int(1),
                       of_double(.5), of_bytes("bytes", 5), of_list(0)};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        Hf__Any *key = keys[i];
        Hf__Request requests[] = {
            REQUEST(space, dict_get, .key = key),
            REQUEST(space, dict_set, .key = key, .value = of_int(1)),
            REQUEST(space, dict_delete, .key = key),
            REQUEST(space, dict_contains, .key = key),
            REQUEST(space, dict_pop, .key = key),
            REQUEST(space, dict_setdefault, .key = key),
            REQUEST(space, dict_update, .n_items = 1, .items = item_array(1, key, of_int(1))),
            REQUEST(space, dict_add, .key = key, .amount = of_int(1), .initial = of_int(1)),
            REQUEST(space, dict_compare_and_set, .key = key, .replacement = of_int(1)),
        };
        for (size_t j = 0; j < sizeof requests / sizeof requests[0]; j++) {
            assert_status(ask(peer, requests[j]), HF_TYPE_ERROR);
        }
    }

    assert_count(ask(peer, REQUEST(space, dict_len)), 0);
}

static void it_is_not_a_dict(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t space = open_space(peer, "space");
    uint64_t dict = open_dict(peer, "dict");

    assert_status(ask(peer, REQUEST(0, dict_open, .name = name_of("space"))), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(0, namespace_open, .name = name_of("dict"))), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(space, list_len)), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(1))), HF_OK);
}

static void describe_tells_its_type_and_size(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t space = open_space(peer, "space");
    assert_status(ask(peer, REQUEST(space, dict_set, .key = of_string("x"), .value = of_int(1))),
                  HF_OK);

    const Hf__Reply *reply = ask(peer, REQUEST(space, object_describe));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->description->type, HF__TYPE__NAMESPACE);
    assert_int_equal(reply->description->size, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_operations_of_a_dict),
        cmocka_unit_test(only_strings_are_keys),
        cmocka_unit_test(it_is_not_a_dict),
        cmocka_unit_test(describe_tells_its_type_and_size),
    };
    return WORLD_MAIN(tests);
}
