/* SPDX-License-Identifier: MIT
 *
 * Common to all objects: names, listing, and how long an unnamed one lives.
 */
#include "world.h"

#include "utf8.h"

#include <stdio.h>
#include <string.h>

static Hf__Reply *open_in_mode(struct peer *peer, const char *name, Hf__Mode mode) {
    return ask(peer, REQUEST(0, queue_open, .name = name_of(name), .has_mode = true, .mode = mode));
}

/* Asked by a session that comes and goes, so that asking does not keep it alive. */
static bool is_there(struct peer *peer, uint64_t id) {
    Hf__Request describe = REQUEST(id, object_describe);
    struct peer *other = world_join(peer->world, "who looks");
    bool there = ask(other, describe)->status == HF__STATUS__OK;
    peer_leave(other);
    return there;
}

static void put(struct peer *peer, uint64_t queue, Hf__Any *value) {
    assert_status(ask(peer, REQUEST(queue, queue_put, .value = value)), HF_OK);
}

static Hf__Reply *release(struct peer *peer, uint64_t id) {
    return ask(peer, REQUEST(id, object_release));
}

/* ---- names ---- */

static void modes_say_what_must_be_there(void **state) {
    struct peer *ada = world_join(*state, "ada");

    assert_status(open_in_mode(ada, "queue", HF__MODE__MUST_EXIST), HF_NO_OBJECT);
    const Hf__Reply *made = open_in_mode(ada, "queue", HF__MODE__MUST_CREATE);
    assert_status(made, HF_OK);
    assert_true(made->object->has_type);
    assert_int_equal(made->object->type, HF__TYPE__QUEUE);
    assert_status(open_in_mode(ada, "queue", HF__MODE__MUST_CREATE), HF_EXISTS);
    assert_int_equal(open_in_mode(ada, "queue", HF__MODE__MUST_EXIST)->object->id,
                     made->object->id);
    assert_int_equal(open_in_mode(ada, "queue", HF__MODE__OPEN_OR_CREATE)->object->id,
                     made->object->id);
    assert_status(open_in_mode(ada, NULL, HF__MODE__MUST_EXIST), HF_INVALID);
    assert_status(open_in_mode(ada, NULL, HF__MODE__MUST_CREATE), HF_OK);
    assert_status(open_in_mode(ada, "queue", (Hf__Mode)9), HF_INVALID);
    assert_status(open_in_mode(ada, "other", (Hf__Mode)-1), HF_INVALID);
}

static void a_name_has_1_to_1024_bytes(void **state) {
    struct peer *ada = world_join(*state, "ada");
    char name[1026] = "";
    memset(name, 'n', 1025);

    assert_status(open_in_mode(ada, "", HF__MODE__OPEN_OR_CREATE), HF_INVALID);
    assert_status(open_in_mode(ada, name, HF__MODE__OPEN_OR_CREATE), HF_INVALID);
    name[1024] = 0;
    assert_status(open_in_mode(ada, name, HF__MODE__OPEN_OR_CREATE), HF_OK);

    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of(name))), true);
}

static void a_long_name_in_a_detail_is_cut_between_characters(void **state) {
    struct peer *ada = world_join(*state, "ada");

    for (size_t shift = 0; shift < 4; shift++) {
        char name[1025] = "";
        memset(name, 'n', shift);
        for (size_t i = shift; i + 3 <= 1024; i += 3) {
            memcpy(name + i, "\xe2\x82\xac", 3); /* the euro sign */
        }
        assert_status(open_in_mode(ada, name, HF__MODE__MUST_CREATE), HF_OK);
        const Hf__Reply *reply = open_in_mode(ada, name, HF__MODE__MUST_CREATE);

        assert_status(reply, HF_EXISTS);
        size_t len = strlen(reply->detail);
        assert_true(len > 1000);
        assert_true(utf8_valid((const uint8_t *)reply->detail, len));
    }
}

static void find_and_exists_know_names(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "lock");

    const Hf__Reply *found = ask(ada, REQUEST(0, object_find, .name = name_of("lock")));

    assert_status(found, HF_OK);
    assert_int_equal(found->object->id, lock);
    assert_int_equal(found->object->type, HF__TYPE__LOCK);
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("lock"))), true);
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("loc"))), false);
    const Hf__Reply *missing = ask(ada, REQUEST(0, object_find, .name = name_of("block")));
    assert_status(missing, HF_NO_OBJECT);
    assert_string_equal(missing->detail, "no object is called block");
}

static void a_deleted_name_is_free_again(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "name");

    assert_status(ask(ada, REQUEST(lock, object_delete)), HF_OK);

    assert_status(ask(ada, REQUEST(0, object_find, .name = name_of("name"))), HF_NO_OBJECT);
    assert_int_not_equal(open_queue(ada, "name", 0), lock);
    assert_status(ask(ada, REQUEST(lock, object_delete)), HF_NO_OBJECT);
}

static void a_named_object_outlives_its_sessions(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put(ada, queue, of_int(1));
    assert_status(release(ada, queue), HF_OK); /* means nothing for a named one */
    peer_leave(ada);

    struct peer *bob = world_join(*state, "bob");

    assert_int_equal(open_queue(bob, "queue", 0), queue);
    assert_int(ask(bob, REQUEST(queue, queue_get)), 1);
}

/* ---- list ---- */

static void list_gives_names_in_order_of_creation(void **state) {
    struct peer *ada = world_join(*state, "ada");
    (void)open_lock(ada, "b/lock");
    (void)open_lock(ada, NULL);
    uint64_t queue = open_queue(ada, "a/queue", 0);
    (void)open_lock(ada, "a/lock");
    (void)open_value(ada, "a", 0);

    const Hf__Listing *all = ask(ada, REQUEST(0, object_list))->listing;
    const Hf__Listing *a = ask(ada, REQUEST(0, object_list, .prefix = name_of("a/")))->listing;
    const Hf__Listing *locks = ask(ada, REQUEST(0, object_list, .prefix = name_of("a"),
                                                .has_type = true, .type = HF__TYPE__LOCK))
                                   ->listing;
    const Hf__Listing *none = ask(ada, REQUEST(0, object_list, .prefix = name_of("c")))->listing;

    assert_int_equal(all->n_entries, 4);
    assert_string_equal(all->entries[0]->name, "b/lock");
    assert_string_equal(all->entries[3]->name, "a");
    assert_false(all->has_next);
    assert_int_equal(a->n_entries, 2);
    assert_string_equal(a->entries[0]->name, "a/queue");
    assert_int_equal(a->entries[0]->id, queue);
    assert_int_equal(a->entries[0]->type, HF__TYPE__QUEUE);
    assert_string_equal(a->entries[1]->name, "a/lock");
    assert_int_equal(locks->n_entries, 1);
    assert_int_equal(none->n_entries, 0);
}

static void list_goes_page_by_page_while_names_come_and_go(void **state) {
    enum { NAMES = 25 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t ids[NAMES];
    char name[32];
    for (int i = 0; i < NAMES; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        ids[i] = open_lock(ada, name);
    }

    uint64_t cursor = 0;
    int next = 0;
    int pages = 0;
    bool more = true;
    while (more) {
        const Hf__Listing *page = ask(ada, REQUEST(0, object_list, .has_cursor = true,
                                                   .cursor = cursor, .has_limit = true, .limit = 4))
                                      ->listing;
        for (size_t i = 0; i < page->n_entries; i++) {
            assert_int_equal(page->entries[i]->id, ids[next++]);
        }
        /* The object at the cursor is deleted after it has been listed. */
        assert_status(ask(ada, REQUEST(ids[next - 1], object_delete)), HF_OK);
        more = page->has_next;
        cursor = page->next;
        pages++;
    }

    assert_int_equal(next, NAMES);
    assert_int_equal(pages, 7);
}

static void list_gives_at_most_1000_names_at_a_time(void **state) {
    struct peer *ada = world_join(*state, "ada");
    char name[32];
    for (int i = 0; i < 1001; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        (void)open_lock(ada, name);
    }

    const Hf__Listing *first =
        ask(ada, REQUEST(0, object_list, .has_limit = true, .limit = UINT32_MAX))->listing;
    const Hf__Listing *second =
        ask(ada, REQUEST(0, object_list, .has_cursor = true, .cursor = first->next))->listing;

    assert_int_equal(first->n_entries, 1000);
    assert_true(first->has_next);
    assert_int_equal(second->n_entries, 1);
    assert_false(second->has_next);
}

/* ---- unnamed objects ---- */

static void a_session_that_has_used_an_object_keeps_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, NULL, 0);
    put(bob, queue, of_int(1));

    peer_leave(ada);

    assert_int(ask(bob, REQUEST(queue, queue_get)), 1);
    assert_int_equal(ask(bob, REQUEST(queue, object_describe))->description->references, 1);
    assert_status(release(bob, queue), HF_OK);
    assert_status(ask(bob, REQUEST(queue, queue_size)), HF_NO_OBJECT);
}

static void a_session_that_waits_for_an_object_keeps_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, NULL);
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
    uint64_t bobs = peer_send(bob, waiting(REQUEST(lock, lock_acquire), -1));

    peer_leave(ada);

    assert_status(peer_reply(bob, bobs), HF_OWNER_DIED);
}

static void a_stored_reference_keeps_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t outer = open_queue(ada, "outer", 0);
    uint64_t inner = open_queue(ada, NULL, 0);
    put(ada, outer, of_ref(inner));
    put(ada, outer, of_ref(inner));
    peer_leave(ada);
    assert_true(is_there(bob, inner));

    /* Each of the two counts; a session that is told of it keeps it until it releases it. */
    assert_value(ask(bob, REQUEST(outer, queue_get)), of_ref(inner));
    assert_status(release(bob, inner), HF_OK);
    assert_true(is_there(bob, inner));
    assert_value(ask(bob, REQUEST(outer, queue_get)), of_ref(inner));
    assert_status(release(bob, inner), HF_OK);

    assert_false(is_there(bob, inner));
}

static void deleting_the_container_drops_what_it_refers_to(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t outer = open_dict(ada, "outer");
    uint64_t inner = open_queue(ada, NULL, 0);
    assert_status(ask(ada, REQUEST(outer, dict_set, .key = of_int(1), .value = of_ref(inner))),
                  HF_OK);
    assert_status(release(ada, inner), HF_OK);
    assert_true(is_there(ada, inner));

    assert_status(ask(ada, REQUEST(outer, object_delete)), HF_OK);

    assert_false(is_there(ada, inner));
}

static void releasing_twice_is_no_harm(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, NULL, 0);
    put(bob, queue, of_int(1));

    assert_status(release(ada, queue), HF_OK);
    assert_status(release(ada, queue), HF_OK); /* and bob's reference is still there */

    assert_int(ask(bob, REQUEST(queue, queue_get)), 1);
}

static void a_held_object_is_not_released(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, NULL);
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);

    assert_status(release(ada, lock), HF_INVALID);

    assert_status(ask(ada, REQUEST(lock, lock_release)), HF_OK);
    assert_status(release(ada, lock), HF_OK);
    assert_false(is_there(ada, lock));
}

static void an_awaited_object_is_not_released(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, NULL, 0);
    uint64_t other = open_queue(ada, NULL, 0);
    uint64_t id = peer_send(ada, waiting(REQUEST(queue, queue_get), -1));

    assert_status(release(ada, queue), HF_INVALID);
    assert_status(release(ada, other), HF_OK);
    assert_true(unanswered(ada, id));
    put(ada, queue, of_int(1));

    assert_int(peer_reply(ada, id), 1);
    assert_status(release(ada, queue), HF_OK);
}

static void a_batch_releases_what_it_waited_for(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, NULL, 0);
    uint64_t id = peer_send(
        ada, waiting(batch_of(2, &REQUEST(queue, queue_get), &REQUEST(queue, object_release)), -1));

    put(ada, queue, of_int(1));

    assert_status(peer_reply(ada, id), HF_OK);
    assert_int(reply_in(peer_reply(ada, id), 0), 1);
    assert_false(is_there(ada, queue));
}

/* ---- references to what is not there ---- */

static void a_reference_to_what_is_gone_is_only_a_number(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t outer = open_queue(ada, "outer", 0);
    uint64_t inner = open_queue(ada, NULL, 0);
    put(ada, outer, of_ref(inner));

    assert_status(ask(ada, REQUEST(inner, object_delete)), HF_OK);
    put(ada, outer, of_ref(inner));

    for (int i = 0; i < 2; i++) {
        assert_value(ask(ada, REQUEST(outer, queue_get)), of_ref(inner));
    }
    assert_status(ask(ada, REQUEST(inner, queue_size)), HF_NO_OBJECT);
}

/* Ids can be guessed. A reference stored before its object was there does not count, so taking it
 * out again must not either. */
static void a_reference_that_came_before_its_object_does_not_count(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t outer = open_queue(ada, "outer", 0);
    for (uint64_t i = 1; i <= 3; i++) {
        put(bob, outer, of_ref(outer + i));
    }

    uint64_t named = open_queue(ada, "named", 0);
    uint64_t unnamed = open_queue(ada, NULL, 0);
    assert_int_equal(named, outer + 1);
    assert_int_equal(unnamed, outer + 2);
    assert_status(ask(bob, REQUEST(outer, queue_close, .has_abort = true, .abort = true)), HF_OK);

    assert_count(ask(ada, REQUEST(named, queue_size)), 0);
    assert_count(ask(ada, REQUEST(unnamed, queue_size)), 0);
    assert_int_equal(ask(ada, REQUEST(unnamed, object_describe))->description->references, 1);
}

/* ---- many ---- */

/* Forget the replies so far, where a test makes very many. */
static void forget_replies(struct peer *peer) {
    for (size_t i = 0; i < peer->reply_count; i++) {
        hf__reply__free_unpacked(peer->replies[i], NULL);
    }
    peer->reply_count = 0;
}

/* A new unnamed list or queue with a reference to `inner` in it. */
static uint64_t wrap(struct peer *peer, uint64_t inner, bool in_list) {
    Hf__Ref ref = HF__REF__INIT;
    ref.id = inner;
    Hf__Any any = HF__ANY__INIT;
    any.kind_case = HF__ANY__KIND_REF;
    any.ref = &ref;
    uint64_t outer = in_list ? open_list(peer, NULL) : open_queue(peer, NULL, 0);
    assert_status(in_list ? ask(peer, REQUEST(outer, list_append, .value = &any))
                          : ask(peer, REQUEST(outer, queue_put, .value = &any)),
                  HF_OK);
    return outer;
}

static void a_long_chain_is_freed_without_recursion(void **state) {
    enum { LINKS = 100000 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t last = open_queue(ada, NULL, 0);
    for (int i = 1; i < LINKS; i++) {
        uint64_t outer = wrap(ada, last, i % 2);
        assert_status(release(ada, last), HF_OK);
        last = outer;
        forget_replies(ada);
    }
    assert_int_equal(statistics_of(ada)->objects, LINKS);

    assert_status(release(ada, last), HF_OK);

    world_pass(*state, 0);
    assert_int_equal(statistics_of(ada)->objects, 0);
}

static void a_cycle_lives_until_one_of_it_is_deleted(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t one = open_queue(ada, NULL, 0);
    uint64_t two = open_queue(ada, NULL, 0);
    uint64_t self = open_queue(ada, NULL, 0);
    put(ada, one, of_ref(two));
    put(ada, two, of_ref(one));
    put(ada, self, of_ref(self));
    peer_leave(ada);
    assert_int_equal(statistics_of(bob)->objects, 3); /* as documented: nobody collects cycles */

    assert_status(ask(bob, REQUEST(one, object_delete)), HF_OK);
    assert_status(ask(bob, REQUEST(self, object_delete)), HF_OK);

    assert_int_equal(statistics_of(bob)->objects, 0);
}

static void a_cycle_that_is_left_is_freed_with_the_core(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t one = open_queue(ada, NULL, 0);
    uint64_t two = open_list(ada, NULL);
    put(ada, one, of_ref(two));
    assert_status(ask(ada, REQUEST(two, list_append, .value = of_ref(one))), HF_OK);

    world_free(world); /* which sees that no memory is left */
}

static void the_number_of_objects_is_limited(void **state) {
    struct core_config config = core_defaults();
    config.objects_max = 2;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, "lock");
    (void)open_queue(ada, NULL, 0);

    const Hf__Reply *named = ask(ada, REQUEST(0, lock_open, .name = name_of("one too many")));
    const Hf__Reply *unnamed = ask(ada, REQUEST(0, lock_open));

    assert_status(named, HF_LIMIT);
    assert_status(unnamed, HF_LIMIT);
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("one too many"))), false);
    assert_int_equal(open_lock(ada, "lock"), lock); /* those that are there can be opened */
    assert_status(ask(ada, REQUEST(lock, object_delete)), HF_OK);
    assert_status(ask(ada, REQUEST(0, lock_open)), HF_OK);
}

static void a_deletion_leaves_nothing_behind_in_other_sessions(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t memory = 0;

    for (int i = 0; i < 4000; i++) {
        uint64_t queue = open_queue(ada, NULL, 0);
        assert_status(ask(i % 2 ? ada : bob, REQUEST(queue, object_delete)), HF_OK);
        world_pass(ada->world, 1);
        if (i == 1000) {
            memory = ask(ada, REQUEST(0, stats))->statistics->memory_bytes;
        }
    }

    assert_true(ask(ada, REQUEST(0, stats))->statistics->memory_bytes <= memory + 4096);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_say_what_must_be_there),
        cmocka_unit_test(a_name_has_1_to_1024_bytes),
        cmocka_unit_test(a_long_name_in_a_detail_is_cut_between_characters),
        cmocka_unit_test(find_and_exists_know_names),
        cmocka_unit_test(a_deleted_name_is_free_again),
        cmocka_unit_test(a_named_object_outlives_its_sessions),
        cmocka_unit_test(list_gives_names_in_order_of_creation),
        cmocka_unit_test(list_goes_page_by_page_while_names_come_and_go),
        cmocka_unit_test(list_gives_at_most_1000_names_at_a_time),
        cmocka_unit_test(a_session_that_has_used_an_object_keeps_it),
        cmocka_unit_test(a_session_that_waits_for_an_object_keeps_it),
        cmocka_unit_test(a_stored_reference_keeps_it),
        cmocka_unit_test(deleting_the_container_drops_what_it_refers_to),
        cmocka_unit_test(releasing_twice_is_no_harm),
        cmocka_unit_test(a_held_object_is_not_released),
        cmocka_unit_test(an_awaited_object_is_not_released),
        cmocka_unit_test(a_batch_releases_what_it_waited_for),
        cmocka_unit_test(a_reference_to_what_is_gone_is_only_a_number),
        cmocka_unit_test(a_reference_that_came_before_its_object_does_not_count),
        cmocka_unit_test(a_long_chain_is_freed_without_recursion),
        cmocka_unit_test(a_cycle_lives_until_one_of_it_is_deleted),
        cmocka_unit_test(a_cycle_that_is_left_is_freed_with_the_core),
        cmocka_unit_test(the_number_of_objects_is_limited),
        cmocka_unit_test(a_deletion_leaves_nothing_behind_in_other_sessions),
    };
    return WORLD_MAIN(tests);
}
