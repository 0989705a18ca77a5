/* SPDX-License-Identifier: MIT
 *
 * Families: sessions that share references to unnamed objects, which count how often the sessions
 * were told of them; and pins, which keep objects alive on their way to another process.
 */
#include "wire_limits.h"
#include "world.h"

#include <string.h>

static struct peer *join_family(struct world *world, const char *label, const char *family) {
    struct peer *peer = world_connect(world, false);
    Hf__Request hello = REQUEST(0, hello, .version = 1, .label = name_of(label), .has_family = true,
                                .family = {strlen(family), (uint8_t *)(uintptr_t)family});
    assert_status(ask(peer, hello), HF_OK);
    return peer;
}

static const char one[] = "family number 1.";
static const char two[] = "family number 2.";

struct fixture {
    struct world *world;
    struct peer *ada;
    struct peer *bob; /* ada and bob are of one family */
    struct peer *cyd; /* cyd is of another */
    uint64_t list;    /* unnamed; ada has been told of it once */
};

static struct fixture set_up(struct world *world) {
    struct fixture f = {.world = world};
    f.ada = join_family(world, "ada", one);
    f.bob = join_family(world, "bob", one);
    f.cyd = join_family(world, "cyd", two);
    f.list = open_list(f.ada, NULL);
    return f;
}

static bool is_there(struct peer *peer, uint64_t object) {
    return ask(peer, REQUEST(object, object_describe))->status == HF__STATUS__OK;
}

/* Asked by a session of no family, which keeps nothing. */
static bool lives(const struct fixture *f, uint64_t object) {
    struct peer *looks = world_join(f->world, "looks");
    bool there = is_there(looks, object);
    peer_leave(looks);
    return there;
}

static void release(struct peer *peer, uint64_t object, uint64_t count) {
    assert_status(
        ask(peer, REQUEST(object, object_release, .has_count = count > 0, .count = count)), HF_OK);
}

static void pin(struct peer *peer, uint64_t object, uint64_t for_ms) {
    assert_status(ask(peer, REQUEST(0, object_pin, .n_objects = object ? 1 : 0, .objects = &object,
                                    .for_ms = for_ms)),
                  HF_OK);
}

static void a_reference_is_the_familys_and_ends_with_it(void **state) {
    struct fixture f = set_up(*state);

    peer_leave(f.ada);
    assert_true(lives(&f, f.list));
    peer_leave(f.bob);

    assert_false(lives(&f, f.list));
}

static void a_session_without_a_family_shares_nothing(void **state) {
    struct fixture f = set_up(*state);
    struct peer *dan = world_join(f.world, "dan");
    uint64_t list = open_list(dan, NULL);

    peer_leave(dan);

    assert_false(lives(&f, list));
}

static void a_family_is_named_by_16_bytes(void **state) {
    struct peer *peer = world_connect(*state, false);

    const Hf__Reply *reply = ask(peer, REQUEST(0, hello, .version = 1, .has_family = true,
                                               .family = {3, (uint8_t[]){1, 2, 3}}));

    assert_status(reply, HF_PROTOCOL);
    assert_true(peer->over);
}

/* Told once by the open, and three times by replies. */
static void each_telling_counts_whatever_the_session(void **state) {
    struct fixture f = set_up(*state);
    uint64_t box = open_list(f.cyd, "box");
    Hf__Any *twice = of_list(2, of_ref(f.list), of_ref(f.list));
    assert_status(ask(f.cyd, REQUEST(box, list_append, .value = twice)), HF_OK);
    assert_status(ask(f.bob, REQUEST(box, list_get)), HF_OK);
    const Hf__Request get = REQUEST(box, list_pop);
    assert_status(ask(f.bob, batch_of(1, &get)), HF_OK); /* nothing stored is left */
    release(f.cyd, f.list, 0);

    release(f.bob, f.list, 4);
    assert_true(lives(&f, f.list));
    release(f.ada, f.list, 1);

    assert_false(lives(&f, f.list));
}

static void use_alone_counts_nothing(void **state) {
    struct fixture f = set_up(*state);
    assert_status(ask(f.bob, REQUEST(f.list, list_append, .value = of_int(1))), HF_OK);
    assert_status(ask(f.cyd, REQUEST(f.list, list_len)), HF_OK);
    release(f.ada, f.list, 1);
    assert_true(lives(&f, f.list)); /* cyd's family has used it */

    release(f.cyd, f.list, 1);

    assert_false(lives(&f, f.list));
}

/* A check, a request without an answer, and an attempt after which the call waits on. */
static void what_is_not_told_does_not_count(void **state) {
    struct fixture f = set_up(*state);
    uint64_t box = open_dict(f.cyd, "box");
    uint64_t queue = open_queue(f.cyd, "queue", 0);
    assert_status(ask(f.cyd, REQUEST(box, dict_set, .key = of_int(1), .value = of_ref(f.list))),
                  HF_OK);
    Hf__Request get = REQUEST(box, dict_get, .key = of_int(1));
    Hf__Request take = REQUEST(queue, queue_get);
    uint64_t waits = peer_send(
        f.bob, waiting(with_checks(batch_of(1, &take), 1, equals(&get, of_ref(f.list))), -1));
    (void)peer_send(f.bob, one_way(get));
    put_int(f.cyd, queue, 1);
    assert_status(peer_reply(f.bob, waits), HF_OK);
    assert_status(ask(f.cyd, REQUEST(box, dict_clear)), HF_OK);
    release(f.cyd, f.list, 0);

    release(f.ada, f.list, 1);

    assert_false(lives(&f, f.list));
}

static void a_copy_is_retained(void **state) {
    struct fixture f = set_up(*state);
    assert_status(ask(f.bob, REQUEST(f.list, object_retain)), HF_OK);
    release(f.ada, f.list, 1);
    assert_true(lives(&f, f.list));

    release(f.ada, f.list, 1);

    assert_false(lives(&f, f.list));
}

static void a_release_without_a_count_takes_all_back(void **state) {
    struct fixture f = set_up(*state);
    assert_status(ask(f.bob, REQUEST(f.list, object_retain)), HF_OK);

    release(f.bob, f.list, 0);

    assert_false(lives(&f, f.list));
}

static void what_a_session_of_the_family_needs_is_not_let_go(void **state) {
    struct fixture f = set_up(*state);
    uint64_t lock = open_lock(f.ada, NULL);
    take_lock(f.bob, lock);
    uint64_t waits = start_acquire(f.ada, lock, -1);
    Hf__Request let_go = REQUEST(lock, object_release, .has_count = true, .count = 1);

    assert_status(ask(f.ada, let_go), HF_INVALID);
    release_lock(f.bob, lock);
    assert_status(peer_reply(f.ada, waits), HF_OK);
    assert_status(ask(f.bob, let_go), HF_INVALID);
    release_lock(f.ada, lock);
    assert_status(ask(f.bob, let_go), HF_OK);

    assert_false(lives(&f, lock));
}

static void a_pinned_object_outlives_its_references(void **state) {
    struct fixture f = set_up(*state);
    uint64_t other = open_list(f.ada, NULL);
    pin(f.ada, f.list, 1000);
    release(f.ada, f.list, 0);
    release(f.ada, other, 0);
    assert_false(lives(&f, other));

    world_pass(f.world, 999);
    assert_true(lives(&f, f.list));
    world_pass(f.world, 1);

    assert_false(lives(&f, f.list));
}

static void a_pinned_object_is_there_for_the_process_that_is_told_of_it(void **state) {
    struct fixture f = set_up(*state);
    pin(f.ada, f.list, 1000);
    peer_leave(f.ada);
    peer_leave(f.bob);
    world_pass(f.world, 500);
    assert_true(is_there(f.cyd, f.list));

    world_pass(f.world, 1000);

    assert_true(is_there(f.cyd, f.list));
    peer_leave(f.cyd);
    assert_false(lives(&f, f.list));
}

static void a_pin_is_made_longer_and_never_shorter(void **state) {
    struct fixture f = set_up(*state);
    pin(f.ada, f.list, 1000);
    pin(f.cyd, f.list, 3000);
    pin(f.ada, f.list, 10);
    release(f.ada, f.list, 0);

    world_pass(f.world, 2999);
    assert_true(lives(&f, f.list));
    world_pass(f.world, 1);

    assert_false(lives(&f, f.list));
}

static void a_pinned_family_loses_nothing_by_releases_or_its_end(void **state) {
    struct fixture f = set_up(*state);
    uint64_t other = open_list(f.bob, NULL);
    pin(f.bob, 0, 1000);
    release(f.ada, f.list, 0);
    peer_leave(f.ada);
    peer_leave(f.bob);

    world_pass(f.world, 999);
    assert_true(lives(&f, f.list) && lives(&f, other));
    world_pass(f.world, 1);

    assert_false(lives(&f, f.list) || lives(&f, other));
}

static void a_pinned_family_that_refers_to_nothing_leaves_nothing(void **state) {
    struct fixture f = set_up(*state);
    size_t before = core_memory_bytes(world_core(f.world));
    struct peer *dan = join_family(f.world, "dan", "family number 3.");
    pin(dan, 0, HF_PIN_MAX_MS);

    peer_leave(dan);

    assert_true(core_memory_bytes(world_core(f.world)) < before + 4096);
    assert_int_equal(core_tick(world_core(f.world), world_now(f.world)), -1);
}

static void a_family_that_lingers_goes_on_with_its_next_session(void **state) {
    struct fixture f = set_up(*state);
    pin(f.ada, 0, 1000);
    peer_leave(f.ada);
    peer_leave(f.bob);
    struct peer *dan = join_family(f.world, "dan", one);

    world_pass(f.world, 2000);

    assert_true(lives(&f, f.list));
    peer_leave(dan);
    assert_false(lives(&f, f.list));
}

static void a_pinned_object_can_be_deleted(void **state) {
    struct fixture f = set_up(*state);
    pin(f.ada, f.list, 1000);

    assert_status(ask(f.cyd, REQUEST(f.list, object_delete)), HF_OK);

    assert_false(lives(&f, f.list));
    world_pass(f.world, 1000);
}

static void pins_that_make_no_sense_are_refused(void **state) {
    struct fixture f = set_up(*state);
    static uint64_t many[HF_PIN_MAX_OBJECTS + 1];
    uint64_t objects[] = {f.list, 9999};

    assert_status(ask(f.ada, REQUEST(0, object_pin, .for_ms = 0)), HF_INVALID);
    assert_status(ask(f.ada, REQUEST(0, object_pin, .for_ms = HF_PIN_MAX_MS + 1)), HF_INVALID);
    assert_status(ask(f.ada, REQUEST(0, object_pin, .for_ms = 1, .objects = many,
                                     .n_objects = HF_PIN_MAX_OBJECTS + 1)),
                  HF_INVALID);
    assert_status(
        ask(f.ada, REQUEST(0, object_pin, .for_ms = 1000, .objects = objects, .n_objects = 2)),
        HF_NO_OBJECT);
    assert_status(ask(f.ada, REQUEST(f.list, object_release, .has_count = true)), HF_INVALID);

    release(f.ada, f.list, 0);
    assert_false(lives(&f, f.list));
}

static void a_named_object_needs_neither(void **state) {
    struct fixture f = set_up(*state);
    uint64_t named = open_list(f.ada, "named");
    pin(f.ada, named, 1000);
    assert_status(ask(f.ada, REQUEST(named, object_retain)), HF_OK);
    release(f.ada, named, 1);

    const Hf__Reply *reply = ask(f.cyd, REQUEST(named, object_describe));

    assert_int_equal(reply->description->references, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reference_is_the_familys_and_ends_with_it),
        cmocka_unit_test(a_session_without_a_family_shares_nothing),
        cmocka_unit_test(a_family_is_named_by_16_bytes),
        cmocka_unit_test(each_telling_counts_whatever_the_session),
        cmocka_unit_test(use_alone_counts_nothing),
        cmocka_unit_test(what_is_not_told_does_not_count),
        cmocka_unit_test(a_copy_is_retained),
        cmocka_unit_test(a_release_without_a_count_takes_all_back),
        cmocka_unit_test(what_a_session_of_the_family_needs_is_not_let_go),
        cmocka_unit_test(a_pinned_object_outlives_its_references),
        cmocka_unit_test(a_pinned_object_is_there_for_the_process_that_is_told_of_it),
        cmocka_unit_test(a_pin_is_made_longer_and_never_shorter),
        cmocka_unit_test(a_pinned_family_loses_nothing_by_releases_or_its_end),
        cmocka_unit_test(a_pinned_family_that_refers_to_nothing_leaves_nothing),
        cmocka_unit_test(a_family_that_lingers_goes_on_with_its_next_session),
        cmocka_unit_test(a_pinned_object_can_be_deleted),
        cmocka_unit_test(pins_that_make_no_sense_are_refused),
        cmocka_unit_test(a_named_object_needs_neither),
    };
    return WORLD_MAIN(tests);
}
