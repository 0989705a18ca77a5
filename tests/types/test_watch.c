/* SPDX-License-Identifier: MIT
 *
 * watch: the changes that are written down, their order, waiting readers, and readers that are too
 * slow.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

enum { CHANGE_BYTES = 64 }; /* counted beside name and request */

static uint64_t watch_object(struct peer *peer, uint64_t object, uint64_t max_changes) {
    const Hf__Reply *reply =
        ask(peer, REQUEST(0, watch_open, .has_object = true, .object = object,
                          .has_max_changes = true, .max_changes = max_changes));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->object->type, HF__TYPE__WATCH);
    return reply->object->id;
}

static uint64_t watch_names(struct peer *peer, const char *prefix) {
    return opened(peer, REQUEST(0, watch_open, .prefix = name_of(prefix)));
}

#define next_of(watch, number) REQUEST(watch, watch_next, .has_after = true, .after = (number))

/* Read the changes after this number, which must be so many. */
static const Hf__Changes *read_on(struct peer *peer, uint64_t watch, uint64_t after, size_t count) {
    const Hf__Reply *reply = ask(peer, next_of(watch, after));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_CHANGES);
    const Hf__Changes *changes = reply->changes;
    assert_int_equal(changes->n_changes, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(changes->changes[i]->number, after + changes->missed + i + 1);
    }
    assert_int_equal(changes->last, after + changes->missed + count);
    return changes;
}

static void assert_nothing(struct peer *peer, uint64_t watch, uint64_t after) {
    assert_status(ask(peer, next_of(watch, after)), HF_TIMEOUT);
}

/* A change that somebody asked for, with this operation, done by this peer. */
static void assert_asked(const Hf__Change *change, Hf__Request__OpCase op, const char *label) {
    assert_int_equal(change->cause, HF__CAUSE__REQUESTED);
    assert_non_null(change->request);
    assert_int_equal(change->request->op_case, op);
    assert_string_equal(change->label, label);
    assert_true(change->has_session && change->has_pid);
}

static void set_to(struct peer *peer, uint64_t value, int64_t number) {
    assert_status(ask(peer, REQUEST(value, value_set, .value = of_int(number))), HF_OK);
}

/* ---- what is written down ---- */

static void changes_are_numbered_from_1_with_who_and_what(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t dict = open_dict(ada, "dict");
    uint64_t watch = watch_object(ada, dict, 0);

    Hf__Request set = REQUEST(dict, dict_set, .key = of_string("a"), .value = of_int(1));
    set.has_seq = set.has_timeout_ms = true;
    set.seq = 7;
    set.timeout_ms = 5;
    assert_status(ask(bob, set), HF_OK);
    assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);

    const Hf__Changes *changes = read_on(ada, watch, 0, 2);
    const Hf__Change *first = changes->changes[0];
    assert_asked(first, HF__REQUEST__OP_DICT_SET, "bob");
    assert_true(same_value(first->request->dict_set->key, of_string("a")));
    assert_true(same_value(first->request->dict_set->value, of_int(1)));
    assert_int_equal(first->request->object, dict);
    assert_false(first->request->has_id || first->request->has_seq ||
                 first->request->has_timeout_ms || first->request->guard);
    assert_int_equal(first->object->id, dict);
    assert_int_equal(first->object->type, HF__TYPE__DICT);
    assert_string_equal(first->name, "dict");
    assert_asked(changes->changes[1], HF__REQUEST__OP_DICT_CLEAR, "ada");
    assert_false(changes->has_missed);
}

static void reads_and_refusals_are_not_written_down(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t dict = open_dict(ada, "dict");
    uint64_t lock = open_lock(ada, "lock");
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
    uint64_t all = watch_names(ada, "");

    assert_status(ask(ada, REQUEST(dict, dict_len)), HF_OK);
    assert_status(ask(ada, REQUEST(dict, dict_delete, .key = of_int(1))), HF_KEY_ERROR);
    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_TIMEOUT);
    assert_status(ask(bob, REQUEST(lock, lock_release)), HF_NOT_HELD);
    assert_status(ask(bob, REQUEST(lock, object_release)), HF_OK);
    (void)open_dict(bob, "dict"); /* is there already */

    assert_nothing(ada, all, 0);
}

static void a_batch_is_written_down_in_its_order_up_to_what_was_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, "list");
    uint64_t watch = watch_object(ada, list, 0);

    assert_status(ask(ada, batch_of(4, &REQUEST(list, list_append, .value = of_int(1)),
                                    &REQUEST(list, list_reverse), &REQUEST(list, list_pop),
                                    &REQUEST(list, list_pop))),
                  HF_INDEX_ERROR);

    const Hf__Changes *changes = read_on(ada, watch, 0, 3);
    assert_asked(changes->changes[0], HF__REQUEST__OP_LIST_APPEND, "ada");
    assert_asked(changes->changes[1], HF__REQUEST__OP_LIST_REVERSE, "ada");
    assert_asked(changes->changes[2], HF__REQUEST__OP_LIST_POP, "ada");
}

static void a_call_that_waits_is_written_down_once_when_it_is_done(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t other = open_queue(ada, "other", 0);
    uint64_t watch = watch_object(ada, queue, 0);

    Hf__Request *any[] = {&REQUEST(other, queue_get), &REQUEST(queue, queue_get)};
    uint64_t id =
        peer_send(bob, waiting(REQUEST(0, wait_any, .n_requests = 2, .requests = any), -1));
    assert_nothing(ada, watch, 0);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(1))), HF_OK);

    assert_status(peer_reply(bob, id), HF_OK);
    const Hf__Changes *changes = read_on(ada, watch, 0, 2);
    assert_asked(changes->changes[0], HF__REQUEST__OP_QUEUE_PUT, "ada");
    assert_asked(changes->changes[1], HF__REQUEST__OP_QUEUE_GET, "bob");
}

static void locks_acquired_together_are_each_written_down_when_all_are(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t locks[] = {open_lock(ada, "left"), open_lock(ada, "right")};
    assert_status(ask(ada, REQUEST(locks[1], lock_acquire)), HF_OK);
    uint64_t left = watch_object(ada, locks[0], 0);
    uint64_t all = watch_names(ada, "");

    uint64_t id =
        peer_send(bob, waiting(REQUEST(0, lock_acquire_many, .n_locks = 2, .locks = locks), -1));
    assert_nothing(ada, all, 0);
    assert_status(ask(ada, REQUEST(locks[1], lock_release)), HF_OK);

    assert_status(peer_reply(bob, id), HF_OK);
    const Hf__Change *of_left = read_on(ada, left, 0, 1)->changes[0];
    assert_asked(of_left, HF__REQUEST__OP_LOCK_ACQUIRE_MANY, "bob");
    assert_int_equal(of_left->request->lock_acquire_many->n_locks, 2);
    const Hf__Changes *changes = read_on(ada, all, 0, 3);
    assert_asked(changes->changes[0], HF__REQUEST__OP_LOCK_RELEASE, "ada");
    for (size_t i = 0; i < 2; i++) {
        assert_asked(changes->changes[i + 1], HF__REQUEST__OP_LOCK_ACQUIRE_MANY, "bob");
        assert_int_equal(changes->changes[i + 1]->object->id, locks[i]);
        assert_int_equal(changes->changes[i + 1]->object->type, HF__TYPE__LOCK);
    }
}

static void a_death_is_written_down_before_what_it_allows(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_OK);
    uint64_t watch = watch_object(ada, lock, 0);
    uint64_t id = peer_send(ada, waiting(REQUEST(lock, lock_acquire), -1));

    peer_leave(bob);

    assert_status(peer_reply(ada, id), HF_OWNER_DIED);
    const Hf__Changes *changes = read_on(ada, watch, 0, 2);
    assert_int_equal(changes->changes[0]->cause, HF__CAUSE__HOLDER_DIED);
    assert_string_equal(changes->changes[0]->label, "bob");
    assert_null(changes->changes[0]->request);
    assert_asked(changes->changes[1], HF__REQUEST__OP_LOCK_ACQUIRE, "ada");
}

static void changes_by_time_are_written_down(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(1), .has_delay_ms = true,
                                   .delay_ms = 50)),
                  HF_OK);
    uint64_t watch = watch_object(ada, queue, 0);

    world_pass(world, 49);
    assert_nothing(ada, watch, 0);
    world_pass(world, 1);

    const Hf__Change *change = read_on(ada, watch, 0, 1)->changes[0];
    assert_int_equal(change->cause, HF__CAUSE__TIME_CAME);
    assert_false(change->has_session || change->label || change->request);
}

static void a_party_that_gives_up_is_written_down(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t barrier =
        opened(ada, REQUEST(0, barrier_open, .name = name_of("barrier"), .parties = 2));
    uint64_t watch = watch_object(ada, barrier, 0);

    uint64_t id = peer_send(bob, waiting(REQUEST(barrier, barrier_wait), 10));
    world_pass(world, 10);

    assert_status(peer_reply(bob, id), HF_TIMEOUT);
    const Hf__Change *change = read_on(ada, watch, 0, 1)->changes[0];
    assert_int_equal(change->cause, HF__CAUSE__WAIT_ENDED);
    assert_int_equal(change->request->op_case, HF__REQUEST__OP_BARRIER_WAIT);
    assert_string_equal(change->label, "bob");
}

/* ---- names ---- */

static void a_prefix_watches_what_is_made_later_and_its_end(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t watch = watch_names(ada, "jobs/");

    uint64_t one = open_value(ada, "jobs/1", 0);
    uint64_t other = open_value(ada, "job", 0);
    uint64_t unnamed = open_value(ada, NULL, 0);
    set_to(ada, one, 1);
    set_to(ada, other, 1);
    set_to(ada, unnamed, 1);
    assert_status(ask(ada, REQUEST(one, object_delete)), HF_OK);

    const Hf__Changes *changes = read_on(ada, watch, 0, 3);
    assert_asked(changes->changes[0], HF__REQUEST__OP_VALUE_OPEN, "ada");
    assert_int_equal(changes->changes[0]->object->id, one);
    assert_asked(changes->changes[1], HF__REQUEST__OP_VALUE_SET, "ada");
    assert_asked(changes->changes[2], HF__REQUEST__OP_OBJECT_DELETE, "ada");
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(changes->changes[i]->name, "jobs/1");
    }
    assert_nothing(ada, watch, 3); /* names have no end */
}

static void objects_that_cannot_be_made_are_not_written_down(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t watch = watch_names(ada, "");

    assert_status(ask(ada, REQUEST(0, barrier_open, .name = name_of("barrier"), .parties = 0)),
                  HF_VALUE_ERROR);

    assert_nothing(ada, watch, 0);
}

static void a_watch_is_watched_as_any_object_but_not_by_itself(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t all = watch_names(ada, "");
    const Hf__Request open =
        REQUEST(0, watch_open, .name = name_of("watch"), .prefix = name_of(""));

    uint64_t watch = ask(ada, open)->object->id;
    assert_nothing(ada, watch, 0);
    assert_status(ask(ada, next_of(all, 0)), HF_OK);
    assert_status(ask(ada, REQUEST(watch, object_delete)), HF_OK);

    const Hf__Changes *changes = read_on(ada, all, 0, 2);
    assert_asked(changes->changes[0], HF__REQUEST__OP_WATCH_OPEN, "ada");
    assert_asked(changes->changes[1], HF__REQUEST__OP_OBJECT_DELETE, "ada");
}

/* ---- reading ---- */

static void a_reader_goes_on_from_any_number(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_value(ada, "value", 0);
    uint64_t watch = watch_object(ada, value, 0);
    for (int64_t i = 1; i <= 5; i++) {
        set_to(ada, value, i);
    }

    for (uint64_t after = 0; after < 5; after++) {
        const Hf__Changes *changes = read_on(ada, watch, after, 5 - after);
        assert_int_equal(changes->changes[0]->request->value_set->value->int_, after + 1);
    }
    assert_nothing(ada, watch, 5);
    assert_status(ask(ada, next_of(watch, 6)), HF_VALUE_ERROR);
    assert_status(ask(ada, next_of(watch, UINT64_MAX)), HF_VALUE_ERROR);
}

static void a_limit_makes_pages(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_value(ada, "value", 0);
    uint64_t watch = watch_object(ada, value, 2000);
    for (int64_t i = 1; i <= 1005; i++) {
        set_to(ada, value, i);
    }

    const Hf__Reply *two = ask(ada, REQUEST(watch, watch_next, .has_limit = true, .limit = 2));
    assert_int_equal(two->changes->n_changes, 2);
    assert_int_equal(two->changes->last, 2);
    (void)read_on(ada, watch, 0, 1000);
    (void)read_on(ada, watch, 1000, 5);
}

static void a_page_is_no_longer_than_a_reply(void **state) {
    enum { LEN = 6 << 20 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_dict(ada, "dict");
    char *bytes = malloc(LEN);
    memset(bytes, 'x', LEN);
    const Hf__Reply *opened = ask(ada, REQUEST(0, watch_open, .prefix = name_of("dict"),
                                               .has_max_bytes = true, .max_bytes = 64 << 20));
    uint64_t watch = opened->object->id;
    for (int64_t i = 0; i < 4; i++) {
        assert_status(
            ask(ada, REQUEST(value, dict_set, .key = of_int(i), .value = of_bytes(bytes, LEN))),
            HF_OK);
    }

    (void)read_on(ada, watch, 0, 2);
    (void)read_on(ada, watch, 2, 2);
    const Hf__Reply *both =
        ask(ada, batch_of(2, &REQUEST(watch, watch_next), &REQUEST(watch, watch_next)));
    assert_status(both, HF_TOO_BIG);
    assert_int_equal(reply_in(both, 0)->changes->n_changes, 2);
    free(bytes);
}

static void all_who_wait_get_the_next_change(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t value = open_value(ada, "value", 0);
    uint64_t watch = watch_object(ada, value, 0);
    set_to(ada, value, 1);
    uint64_t ids[3] = {peer_send(bob, waiting(next_of(watch, 1), -1)),
                       peer_send(bob, waiting(next_of(watch, 1), 50)),
                       peer_send(ada, waiting(next_of(watch, 1), -1))};
    (void)read_on(bob, watch, 0, 1); /* a reader that need not wait passes them */

    set_to(ada, value, 2);

    for (size_t i = 0; i < 3; i++) {
        const Hf__Reply *reply = peer_reply(i < 2 ? bob : ada, ids[i]);
        assert_status(reply, HF_OK);
        assert_int_equal(reply->changes->n_changes, 1);
        assert_int_equal(reply->changes->last, 2);
    }
}

static void changes_in_a_batch_last_until_its_reply(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_value(ada, "value", 0);
    uint64_t watch = watch_object(ada, value, 0);
    set_to(ada, value, 1);

    const Hf__Reply *reply =
        ask(ada, batch_of(2, &REQUEST(watch, watch_next), &REQUEST(watch, object_delete)));

    assert_status(reply, HF_OK);
    const Hf__Change *change = reply_in(reply, 0)->changes->changes[0];
    assert_asked(change, HF__REQUEST__OP_VALUE_SET, "ada");
    assert_string_equal(change->name, "value");
}

/* ---- too slow ---- */

static void changes_missed_for_their_number_are_counted(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_value(ada, "value", 0);
    uint64_t watch = watch_object(ada, value, 3);
    for (int64_t i = 1; i <= 8; i++) {
        set_to(ada, value, i);
    }

    assert_int_equal(read_on(ada, watch, 0, 3)->missed, 5);
    assert_int_equal(read_on(ada, watch, 2, 3)->missed, 3);
    assert_int_equal(read_on(ada, watch, 4, 3)->missed, 1);
    assert_false(read_on(ada, watch, 5, 3)->has_missed);
    assert_false(read_on(ada, watch, 7, 1)->has_missed);
}

static void changes_missed_for_their_bytes_are_counted(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");
    const Hf__Request set = REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(1));
    size_t bytes = CHANGE_BYTES + strlen("dict") + hf__request__get_packed_size(&set);
    uint64_t watch = opened(ada, REQUEST(0, watch_open, .prefix = name_of("d"),
                                         .has_max_bytes = true, .max_bytes = 3 * bytes));
    for (int i = 0; i < 3; i++) {
        assert_status(ask(ada, set), HF_OK);
    }
    assert_false(read_on(ada, watch, 0, 3)->has_missed);

    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(1000))),
                  HF_OK); /* a byte longer: takes the place of two */

    assert_int_equal(read_on(ada, watch, 0, 2)->missed, 2);
    assert_false(read_on(ada, watch, 2, 2)->has_missed);
}

static void a_change_that_is_too_big_is_missed_with_all_before_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");
    uint64_t watch = opened(ada, REQUEST(0, watch_open, .prefix = name_of("d"),
                                         .has_max_bytes = true, .max_bytes = 120));
    assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);
    uint64_t id = peer_send(ada, waiting(next_of(watch, 1), -1));

    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1),
                                   .value = of_string("longer than all that this watch may keep"))),
                  HF_OK);

    assert_int_equal(peer_reply(ada, id)->changes->missed, 1);
    assert_int_equal(read_on(ada, watch, 0, 0)->missed, 2);
    assert_nothing(ada, watch, 2);
    assert_status(ask(ada, REQUEST(dict, dict_clear)), HF_OK);
    assert_int_equal(read_on(ada, watch, 0, 1)->missed, 2);
}

/* ---- the end ---- */

static void a_watch_does_not_keep_what_it_watches(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t value = open_value(bob, NULL, 0);
    uint64_t watch = watch_object(ada, value, 0);
    uint64_t id = peer_send(ada, waiting(next_of(watch, 0), -1));

    assert_status(ask(bob, REQUEST(value, object_release)), HF_OK);

    assert_int_equal(peer_reply(ada, id)->changes->changes[0]->cause, HF__CAUSE__UNREFERENCED);
    assert_status(ask(ada, REQUEST(value, value_get)), HF_NO_OBJECT);
    assert_status(ask(ada, next_of(watch, 1)), HF_CLOSED);
}

/* ---- open ---- */

static void a_watch_is_of_an_object_or_of_names(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_value(ada, "value", 0);
    char prefix[1026] = {0};
    memset(prefix, 'x', sizeof prefix - 1);

    assert_status(ask(ada, REQUEST(0, watch_open)), HF_INVALID);
    assert_status(ask(ada, REQUEST(0, watch_open, .has_object = true, .object = value,
                                   .prefix = name_of("x"))),
                  HF_INVALID);
    assert_status(ask(ada, REQUEST(0, watch_open, .has_object = true, .object = value + 1)),
                  HF_NO_OBJECT);
    assert_status(ask(ada, REQUEST(0, watch_open, .prefix = prefix)), HF_INVALID);
    prefix[1024] = 0;
    assert_status(ask(ada, REQUEST(0, watch_open, .prefix = prefix)), HF_OK);
    assert_status(ask(ada, REQUEST(0, watch_open, .prefix = name_of(""), .has_max_changes = true,
                                   .max_changes = 1000001)),
                  HF_INVALID);
    assert_status(ask(ada, REQUEST(0, watch_open, .prefix = name_of(""), .has_max_bytes = true,
                                   .max_bytes = (256u << 20) + 1)),
                  HF_INVALID);
}

static void other_options_are_another_watch(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_value(ada, "value", 0);
    uint64_t watch =
        opened(ada, REQUEST(0, watch_open, .name = name_of("watch"), .prefix = name_of("v")));

    const Hf__Request others[] = {
        REQUEST(0, watch_open, .name = name_of("watch"), .prefix = name_of("va")),
        REQUEST(0, watch_open, .name = name_of("watch"), .has_object = true, .object = value),
        REQUEST(0, watch_open, .name = name_of("watch"), .prefix = name_of("v"),
                .has_max_changes = true, .max_changes = 5),
        REQUEST(0, watch_open, .name = name_of("watch"), .prefix = name_of("v"),
                .has_max_bytes = true, .max_bytes = 5),
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_status(ask(ada, others[i]), HF_WRONG_TYPE);
    }
    const Hf__Request same =
        REQUEST(0, watch_open, .name = name_of("watch"), .prefix = name_of("v"),
                .has_max_changes = true, .max_changes = 1024);
    assert_int_equal(ask(ada, same)->object->id, watch);
}

static void there_are_64_watches_of_names_at_most(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t watch = 0;
    for (int i = 0; i < 64; i++) {
        watch = watch_names(ada, "x");
    }

    const Hf__Request one_more = REQUEST(0, watch_open, .prefix = name_of("y"));
    assert_status(ask(ada, one_more), HF_LIMIT);
    assert_status(ask(ada, batch_of(2, &REQUEST(watch, object_delete), &one_more)), HF_OK);
    assert_status(ask(ada, one_more), HF_LIMIT);
    uint64_t value = open_value(ada, "value", 0);
    (void)watch_object(ada, value, 0); /* of an object there may be any number */
}

static void a_description_tells_what_is_watched(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_value(ada, "value", 0);
    uint64_t of_one = watch_object(ada, value, 2);
    uint64_t of_names = watch_names(ada, "val");
    for (int64_t i = 0; i < 3; i++) {
        set_to(ada, value, i);
    }

    const Hf__Description *one = ask(ada, REQUEST(of_one, object_describe))->description;
    const Hf__Description *names = ask(ada, REQUEST(of_names, object_describe))->description;

    assert_int_equal(one->size, 2);
    assert_non_null(strstr(one->options, "3 changes"));
    assert_int_equal(names->size, 3);
    assert_string_equal(
        names->options,
        "of names that begin with \"val\", 3 changes, at most 1024 of 1048576 bytes kept");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_numbered_from_1_with_who_and_what),
        cmocka_unit_test(reads_and_refusals_are_not_written_down),
        cmocka_unit_test(a_batch_is_written_down_in_its_order_up_to_what_was_refused),
        cmocka_unit_test(a_call_that_waits_is_written_down_once_when_it_is_done),
        cmocka_unit_test(locks_acquired_together_are_each_written_down_when_all_are),
        cmocka_unit_test(a_death_is_written_down_before_what_it_allows),
        cmocka_unit_test(changes_by_time_are_written_down),
        cmocka_unit_test(a_party_that_gives_up_is_written_down),
        cmocka_unit_test(a_prefix_watches_what_is_made_later_and_its_end),
        cmocka_unit_test(objects_that_cannot_be_made_are_not_written_down),
        cmocka_unit_test(a_watch_is_watched_as_any_object_but_not_by_itself),
        cmocka_unit_test(a_reader_goes_on_from_any_number),
        cmocka_unit_test(a_limit_makes_pages),
        cmocka_unit_test(a_page_is_no_longer_than_a_reply),
        cmocka_unit_test(all_who_wait_get_the_next_change),
        cmocka_unit_test(changes_in_a_batch_last_until_its_reply),
        cmocka_unit_test(changes_missed_for_their_number_are_counted),
        cmocka_unit_test(changes_missed_for_their_bytes_are_counted),
        cmocka_unit_test(a_change_that_is_too_big_is_missed_with_all_before_it),
        cmocka_unit_test(a_watch_does_not_keep_what_it_watches),
        cmocka_unit_test(a_watch_is_of_an_object_or_of_names),
        cmocka_unit_test(other_options_are_another_watch),
        cmocka_unit_test(there_are_64_watches_of_names_at_most),
        cmocka_unit_test(a_description_tells_what_is_watched),
    };
    return WORLD_MAIN(tests);
}
