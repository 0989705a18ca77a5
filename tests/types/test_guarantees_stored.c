/* SPDX-License-Identifier: MIT
 *
 * docs/guarantees.md, types without holders and waiting calls, each a row of a table here, and
 * unnamed objects: see guarantees.h.
 */
#include "guarantees.h"

/* ---- dict, namespace, list, set, value, array ---- */

typedef uint64_t sender(struct peer *peer, Hf__Request request);

/* How to open an object with nothing but zeros or nulls in it, to change it in one operation, and
 * what there is to see of that. */
struct stored {
    uint64_t (*open)(struct peer *peer);
    uint64_t (*change)(sender *send, struct peer *peer, uint64_t object);
    void (*assert_changed)(struct peer *peer, uint64_t object, bool changed);
};

static void assert_each(const Hf__Reply *reply, size_t count, int64_t each) {
    assert_status(reply, HF_OK);
    assert_int_equal(reply->values->n_items, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(same_value(reply->values->items[i], of_int(each)));
    }
}

static uint64_t open_the_dict(struct peer *peer) {
    return open_dict(peer, "object");
}

static uint64_t open_the_namespace(struct peer *peer) {
    return opened(peer, REQUEST(0, namespace_open, .name = name_of("object")));
}

static uint64_t change_dict(sender *send, struct peer *peer, uint64_t dict) {
    return send(peer, REQUEST(dict, dict_update, .n_items = 2,
                              .items = item_array(2, of_string("x"), of_int(7), of_string("y"),
                                                  of_int(7))));
}

static void assert_dict_changed(struct peer *peer, uint64_t dict, bool changed) {
    Hf__Any *x_and_y = of_map(2, of_string("x"), of_int(7), of_string("y"), of_int(7));
    assert_value(ask(peer, REQUEST(dict, dict_copy)), changed ? x_and_y : of_map(0));
}

static uint64_t open_the_list(struct peer *peer) {
    return open_list(peer, "object");
}

static uint64_t change_list(sender *send, struct peer *peer, uint64_t list) {
    return send(peer, REQUEST(list, list_extend, .n_values = 2,
                              .values = array_of(2, of_int(7), of_int(7))));
}

static void assert_list_changed(struct peer *peer, uint64_t list, bool changed) {
    assert_each(ask(peer, REQUEST(list, list_copy)), changed ? 2 : 0, 7);
}

static uint64_t open_the_set(struct peer *peer) {
    return opened(peer, REQUEST(0, set_open, .name = name_of("object")));
}

static uint64_t change_set(sender *send, struct peer *peer, uint64_t set) {
    return send(
        peer, REQUEST(set, set_update, .n_values = 2, .values = array_of(2, of_int(7), of_int(8))));
}

static void assert_set_changed(struct peer *peer, uint64_t set, bool changed) {
    assert_count(ask(peer, REQUEST(set, set_len)), changed ? 2 : 0);
}

static uint64_t open_the_value(struct peer *peer) {
    return open_value(peer, "object", 0);
}

static uint64_t change_value(sender *send, struct peer *peer, uint64_t value) {
    return send(peer, REQUEST(value, value_add, .amount = of_int(7)));
}

static void assert_value_changed(struct peer *peer, uint64_t value, bool changed) {
    assert_int(ask(peer, REQUEST(value, value_get)), changed ? 7 : 0);
}

static uint64_t open_the_array(struct peer *peer) {
    return opened(peer,
                  REQUEST(0, array_open, .name = name_of("object"), .has_len = true, .len = 2));
}

static uint64_t change_array(sender *send, struct peer *peer, uint64_t array) {
    return send(peer, REQUEST(array, array_set_slice, .n_values = 2,
                              .values = array_of(2, of_int(7), of_int(7))));
}

static void assert_array_changed(struct peer *peer, uint64_t array, bool changed) {
    assert_each(ask(peer, REQUEST(array, array_get_slice)), 2, changed ? 7 : 0);
}

static struct stored a_dict = {open_the_dict, change_dict, assert_dict_changed};
static struct stored a_namespace = {open_the_namespace, change_dict, assert_dict_changed};
static struct stored a_list = {open_the_list, change_list, assert_list_changed};
static struct stored a_set = {open_the_set, change_set, assert_set_changed};
static struct stored a_value = {open_the_value, change_value, assert_value_changed};
static struct stored an_array = {open_the_array, change_array, assert_array_changed};

/* One dies before the last byte of its request has come, one before it has its answer. */
static void holder_dies(void **state) {
    const struct stored *type = *state;
    struct four f = four_join(world_new());
    uint64_t object = type->open(f.ada);

    (void)type->change(peer_send_most, f.ada, object);
    peer_leave(f.ada);
    type->assert_changed(f.cyd, object, false);
    (void)type->change(peer_send, f.bob, object);
    peer_leave(f.bob);

    type->assert_changed(f.cyd, object, true);
}

static void deleted(void **state) {
    const struct stored *type = *state;
    struct four f = four_join(world_new());
    uint64_t object = type->open(f.ada);
    uint64_t post = open_queue(f.ada, "post", 0);
    (void)done(f.ada, REQUEST(post, queue_put, .value = of_ref(object)));

    (void)done(f.ada, REQUEST(object, object_delete));

    assert_value(ask(f.bob, REQUEST(post, queue_get)), of_ref(object));
    assert_ended(f.bob, type->change(peer_send, f.bob, object), HF_NO_OBJECT);
    uint64_t another = type->open(f.bob);
    assert_int_not_equal(another, object);
    type->assert_changed(f.bob, another, false);
}

/* ---- any unnamed object ---- */

/* Asked by a session that comes and goes, so that asking does not keep it alive. */
static bool is_there(struct world *world, uint64_t id) {
    struct peer *other = world_join(world, "who looks");
    bool there = ask(other, REQUEST(id, object_describe))->status == HF__STATUS__OK;
    peer_leave(other);
    return there;
}

static void unnamed_object_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, NULL, 0);
    assert_true(is_there(f.world, queue));

    peer_leave(f.ada);

    assert_false(is_there(f.world, queue));
    assert_int_equal(done(f.bob, REQUEST(0, stats))->statistics->objects, 0);
}

static void unnamed_object_holder_dies_and_another_refers_to_it(void **state) {
    struct four f = four_join(*state);
    uint64_t post = open_queue(f.ada, "post", 0);
    uint64_t letter = open_queue(f.ada, NULL, 0);
    (void)done(f.ada, REQUEST(letter, queue_put, .value = of_int(7)));
    (void)done(f.ada,
               REQUEST(post, queue_put, .value = of_map(1, of_int(1), of_list(1, of_ref(letter)))));

    (void)done(f.bob, REQUEST(post, queue_get));
    peer_leave(f.ada);

    assert_int(ask(f.bob, REQUEST(letter, queue_get)), 7);
    peer_leave(f.bob);
    assert_false(is_there(f.world, letter));
}

static void unnamed_object_holder_dies_and_a_reference_is_stored(void **state) {
    struct four f = four_join(*state);
    uint64_t post = open_queue(f.ada, "post", 0);
    uint64_t letter = open_queue(f.ada, NULL, 0);
    (void)done(f.ada, REQUEST(post, queue_put, .value = of_ref(letter)));

    peer_leave(f.ada);

    assert_true(is_there(f.world, letter));
    (void)done(f.bob, REQUEST(post, object_delete));
    assert_false(is_there(f.world, letter));
}

/* A test that is the same for several types. */
#define TYPE_TEST(name, shows, type)                                                               \
    { #name, shows, NULL, NULL, &(type) }

int main(void) {
    const struct CMUnitTest tests[] = {
        TYPE_TEST(dict_holder_dies, holder_dies, a_dict),
        TYPE_TEST(namespace_holder_dies, holder_dies, a_namespace),
        TYPE_TEST(list_holder_dies, holder_dies, a_list),
        TYPE_TEST(set_holder_dies, holder_dies, a_set),
        TYPE_TEST(value_holder_dies, holder_dies, a_value),
        TYPE_TEST(array_holder_dies, holder_dies, an_array),
        TYPE_TEST(dict_deleted, deleted, a_dict),
        TYPE_TEST(namespace_deleted, deleted, a_namespace),
        TYPE_TEST(list_deleted, deleted, a_list),
        TYPE_TEST(set_deleted, deleted, a_set),
        TYPE_TEST(value_deleted, deleted, a_value),
        TYPE_TEST(array_deleted, deleted, an_array),
        cmocka_unit_test(unnamed_object_holder_dies),
        cmocka_unit_test(unnamed_object_holder_dies_and_another_refers_to_it),
        cmocka_unit_test(unnamed_object_holder_dies_and_a_reference_is_stored),
    };
    return WORLD_MAIN(tests);
}
