/* SPDX-License-Identifier: MIT
 *
 * queue: the order of items and of waiting calls, bounds, delays, leases, tasks, and its end.
 */
#include "mem.h"
#include "wire_limits.h"
#include "world.h"

#include <stdlib.h>

static uint64_t start_put(struct peer *peer, uint64_t queue, int64_t number, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(queue, queue_put, .value = of_int(number)), timeout_ms));
}

static uint64_t start_join(struct peer *peer, uint64_t queue, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(queue, queue_join), timeout_ms));
}

static Hf__Reply *task_done(struct peer *peer, uint64_t queue) {
    return ask(peer, REQUEST(queue, queue_task_done));
}

static void close_queue(struct peer *peer, uint64_t queue, bool abort) {
    assert_status(ask(peer, REQUEST(queue, queue_close, .has_abort = true, .abort = abort)), HF_OK);
}

/* ---- items ---- */

static void items_come_out_in_the_order_of_their_puts(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);

    int64_t next = 0;
    for (int64_t i = 0; i < 100; i++) { /* two in, one out, so that the ring wraps */
        put_int(ada, queue, 2 * i);
        put_int(ada, queue, 2 * i + 1);
        assert_int(ask(ada, REQUEST(queue, queue_get)), next++);
    }
    while (next < 200) {
        assert_int(ask(ada, REQUEST(queue, queue_get)), next++);
    }

    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_TIMEOUT);
}

static void size_empty_and_full_tell_the_truth(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 2);
    uint64_t unbounded = open_queue(ada, "unbounded", 0);

    assert_count(ask(ada, REQUEST(queue, queue_size)), 0);
    assert_truth(ask(ada, REQUEST(queue, queue_empty)), true);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), false);
    put_int(ada, queue, 1);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 1);
    assert_truth(ask(ada, REQUEST(queue, queue_empty)), false);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), false);
    put_int(ada, queue, 2);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), true);
    assert_truth(ask(ada, REQUEST(unbounded, queue_full)), false);
}

static void an_item_can_be_any_value(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    Hf__Any *items[] = {
        of_null(),
        of_bool(true),
        of_double(-0.5),
        of_string(""),
        of_bytes("\0\xff", 2),
        of_list(0),
        of_map(0),
        of_list(3, of_int(1), of_list(1, of_string("deep")), of_null()),
        of_map(2, of_string("a"), of_int(1), of_bool(false), of_map(1, of_null(), of_null())),
    };

    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        assert_status(ask(ada, REQUEST(queue, queue_put, .value = items[i])), HF_OK);
    }

    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        assert_value(ask(ada, REQUEST(queue, queue_get)), items[i]);
    }
}

static void an_item_keeps_what_it_refers_to(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t inner = open_queue(ada, NULL, 0);
    put_int(ada, inner, 7);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_list(1, of_ref(inner)))), HF_OK);
    peer_leave(ada);

    assert_value(ask(bob, REQUEST(queue, queue_get)), of_list(1, of_ref(inner)));

    assert_int(ask(bob, REQUEST(inner, queue_get)), 7); /* bob keeps it now */
    peer_leave(bob);
    struct peer *cyd = world_join(*state, "cyd");
    assert_status(ask(cyd, REQUEST(inner, queue_size)), HF_NO_OBJECT);
}

static void an_item_that_is_thrown_away_drops_its_references(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t inner = open_queue(ada, NULL, 0);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_ref(inner))), HF_OK);
    assert_status(ask(ada, REQUEST(inner, object_release)), HF_OK);

    close_queue(ada, queue, true);

    assert_status(ask(ada, REQUEST(inner, queue_size)), HF_NO_OBJECT);
}

static void a_value_that_nests_too_deep_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    Hf__Any *deep = of_int(1);
    for (int depth = 0; depth < 32; depth++) {
        deep = depth % 2 ? of_list(1, deep) : of_map(1, of_int(depth), deep);
    }

    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_list(1, deep))), HF_TOO_BIG);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = deep)), HF_OK);

    assert_count(ask(ada, REQUEST(queue, queue_size)), 1);
    assert_value(ask(ada, REQUEST(queue, queue_get)), deep);
}

static void bad_values_are_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    Hf__Any *not_text = of_bytes("\xff", 1);
    not_text->kind_case = HF__ANY__KIND_STRING;
    not_text->string = not_text->bytes;

    assert_status(ask(ada, REQUEST(queue, queue_put, .value = not_text)), HF_INVALID);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_map(1, of_list(0), of_null()))),
                  HF_INVALID);

    assert_count(ask(ada, REQUEST(queue, queue_size)), 0);
}

/* ---- waiting ---- */

static void get_on_empty_waits_until_put(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t bobs = start_get(bob, queue, -1);
    uint64_t cyds = start_get(cyd, queue, 1000);
    assert_true(unanswered(bob, bobs) && unanswered(cyd, cyds));

    put_int(ada, queue, 1);
    assert_int(peer_reply(bob, bobs), 1);
    assert_true(unanswered(cyd, cyds));
    put_int(ada, queue, 2);

    assert_int(peer_reply(cyd, cyds), 2);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 0);
}

static void put_on_full_waits_until_get(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t queue = open_queue(ada, "queue", 1);
    put_int(ada, queue, 1);
    uint64_t bobs = start_put(bob, queue, 2, -1);
    uint64_t cyds = start_put(cyd, queue, 3, -1);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(9))), HF_TIMEOUT);

    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    assert_status(peer_reply(bob, bobs), HF_OK);
    assert_true(unanswered(cyd, cyds));
    assert_int(ask(ada, REQUEST(queue, queue_get)), 2);
    assert_status(peer_reply(cyd, cyds), HF_OK);

    assert_int(ask(ada, REQUEST(queue, queue_get)), 3);
}

static void timeouts_leave_the_queue_as_it_was(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t empty = open_queue(ada, "empty", 1);
    uint64_t full = open_queue(ada, "full", 1);
    put_int(ada, full, 1);
    uint64_t got = start_get(ada, empty, 10);
    uint64_t had = start_put(ada, full, 2, 20);
    uint64_t joined = start_join(ada, full, 30);

    world_pass(world, 9);
    assert_true(unanswered(ada, got));
    world_pass(world, 1);
    assert_status(peer_reply(ada, got), HF_TIMEOUT);
    assert_true(unanswered(ada, had));
    world_pass(world, 100);
    assert_status(peer_reply(ada, had), HF_TIMEOUT);
    assert_status(peer_reply(ada, joined), HF_TIMEOUT);

    put_int(ada, empty, 3); /* the one that waited does not get it */
    assert_int(ask(ada, REQUEST(empty, queue_get)), 3);
    assert_int(ask(ada, REQUEST(full, queue_get)), 1);
    assert_truth(ask(ada, REQUEST(full, queue_empty)), true);
}

static void several_waiting_puts_go_in_when_there_is_room(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 2);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    uint64_t third = start_put(bob, queue, 3, -1);
    uint64_t fourth = start_put(bob, queue, 4, -1);

    const Hf__Reply *both =
        ask(ada, batch_of(2, &REQUEST(queue, queue_get), &REQUEST(queue, queue_get)));

    assert_status(both, HF_OK);
    assert_int(reply_in(both, 0), 1);
    assert_int(reply_in(both, 1), 2);
    assert_status(peer_reply(bob, third), HF_OK);
    assert_status(peer_reply(bob, fourth), HF_OK);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 2);
}

/* ---- tasks ---- */

static void join_waits_until_all_tasks_are_done(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t queue = open_queue(ada, "queue", 0);
    assert_status(ask(bob, REQUEST(queue, queue_join)), HF_OK); /* nothing was put */
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    uint64_t bobs = start_join(bob, queue, -1);
    uint64_t cyds = start_join(cyd, queue, -1);

    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 2);
    assert_status(task_done(ada, queue), HF_OK);
    assert_true(unanswered(bob, bobs) && unanswered(cyd, cyds)); /* taken is not done */
    assert_status(task_done(ada, queue), HF_OK);

    assert_status(peer_reply(bob, bobs), HF_OK);
    assert_status(peer_reply(cyd, cyds), HF_OK);
}

/* A join takes nothing that the calls before it could miss. */
static void a_join_does_not_queue_behind_waiting_calls(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 0);
    put_int(ada, queue, 1);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    uint64_t bobs = start_join(bob, queue, -1);

    const Hf__Reply *reply =
        ask(ada, batch_of(2, &REQUEST(queue, queue_task_done), &REQUEST(queue, queue_join)));

    assert_status(reply, HF_OK);
    assert_status(peer_reply(bob, bobs), HF_OK);
}

static void task_done_too_often_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    assert_status(task_done(ada, queue), HF_VALUE_ERROR);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);

    assert_status(ask(ada, REQUEST(queue, queue_task_done, .has_count = true, .count = 3)),
                  HF_VALUE_ERROR);
    assert_status(ask(ada, REQUEST(queue, queue_task_done, .has_count = true, .count = UINT64_MAX)),
                  HF_VALUE_ERROR);
    assert_status(ask(ada, REQUEST(queue, queue_task_done, .has_count = true, .count = 2)), HF_OK);

    assert_status(task_done(ada, queue), HF_VALUE_ERROR);
    assert_status(ask(ada, REQUEST(queue, queue_join)), HF_OK);
}

static void join_starts_over_when_more_is_put(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put_int(ada, queue, 1);
    assert_status(task_done(ada, queue), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_join)), HF_OK);

    put_int(ada, queue, 2);

    assert_status(ask(ada, REQUEST(queue, queue_join)), HF_TIMEOUT);
}

/* ---- the end ---- */

static void a_closed_queue_is_emptied_but_not_filled(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);

    close_queue(ada, queue, false);

    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(3))), HF_CLOSED);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 2);
    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_CLOSED);
    assert_status(peer_reply(ada, start_get(ada, queue, -1)), HF_CLOSED);
    close_queue(ada, queue, false); /* closing again is no harm */
}

static void closing_ends_those_who_wait(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t empty = open_queue(ada, "empty", 0);
    uint64_t full = open_queue(ada, "full", 1);
    put_int(ada, full, 1);
    uint64_t getters[2] = {start_get(ada, empty, -1), start_get(bob, empty, 100)};
    uint64_t putters[2] = {start_put(ada, full, 2, -1), start_put(bob, full, 3, 100)};
    uint64_t joiner = start_join(bob, full, -1);

    close_queue(ada, empty, false);
    close_queue(ada, full, false);

    assert_status(peer_reply(ada, getters[0]), HF_CLOSED);
    assert_status(peer_reply(bob, getters[1]), HF_CLOSED);
    assert_status(peer_reply(ada, putters[0]), HF_CLOSED);
    assert_status(peer_reply(bob, putters[1]), HF_CLOSED);
    assert_true(unanswered(bob, joiner)); /* what is in it is still to be done */
    assert_int(ask(ada, REQUEST(full, queue_get)), 1);
    assert_status(task_done(ada, full), HF_OK);
    assert_status(peer_reply(bob, joiner), HF_OK);
}

static void aborting_throws_away_what_is_in_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 3);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    put_int(ada, queue, 3);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    uint64_t joiner = start_join(bob, queue, -1);

    close_queue(ada, queue, true);

    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_CLOSED);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 0);
    assert_true(unanswered(bob, joiner)); /* the one that was taken is not done yet */
    assert_status(task_done(ada, queue), HF_OK);
    assert_status(peer_reply(bob, joiner), HF_OK);
    assert_status(task_done(ada, queue), HF_VALUE_ERROR);
}

static void aborting_after_tasks_were_done_early_does_not_underflow(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    assert_status(task_done(ada, queue), HF_OK);

    close_queue(ada, queue, true);

    assert_status(ask(ada, REQUEST(queue, queue_join)), HF_OK);
    assert_status(task_done(ada, queue), HF_VALUE_ERROR);
}

/* ---- orders ---- */

/* An unbounded queue of this order. */
static uint64_t open_ordered(struct peer *peer, Hf__QueueOrder order) {
    return opened(peer, REQUEST(0, queue_open, .has_order = true, .order = order));
}

static void add_ranked(struct peer *peer, uint64_t queue, int64_t number, int64_t priority) {
    assert_status(ask(peer, REQUEST(queue, queue_put, .value = of_int(number), .has_priority = true,
                                    .priority = priority)),
                  HF_OK);
}

static void a_lifo_queue_gives_the_newest_first(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_ordered(ada, HF__QUEUE_ORDER__LIFO);

    for (int64_t i = 0; i < 40; i++) {
        put_int(ada, queue, i);
    }

    for (int64_t i = 39; i >= 20; i--) {
        assert_int(ask(ada, REQUEST(queue, queue_get)), i);
    }
    put_int(ada, queue, 99);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 99);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 19);
}

static void the_lowest_priority_comes_first_and_equal_ones_in_order_of_arrival(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_ordered(ada, HF__QUEUE_ORDER__PRIORITY);

    for (int64_t i = 0; i < 100; i++) { /* priorities 0, 7, 4, 1, 8, 5, 2, 9, 6, 3 over and over */
        add_ranked(ada, queue, i, i * 7 % 10);
    }
    add_ranked(ada, queue, 1000, INT64_MIN);
    add_ranked(ada, queue, 1001, INT64_MAX);

    assert_int(ask(ada, REQUEST(queue, queue_get)), 1000);
    for (int64_t priority = 0; priority < 10; priority++) {
        for (int64_t i = 0; i < 100; i++) {
            if (i * 7 % 10 == priority) {
                assert_int(ask(ada, REQUEST(queue, queue_get)), i);
            }
        }
    }
    assert_int(ask(ada, REQUEST(queue, queue_get)), 1001);
}

static void a_priority_needs_a_queue_with_priorities(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);

    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(1), .has_priority = true,
                                   .priority = 1)),
                  HF_INVALID);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(1), .has_priority = true,
                                   .priority = 0)),
                  HF_OK);
    assert_status(ask(ada, REQUEST(0, queue_open, .has_order = true, .order = (Hf__QueueOrder)7)),
                  HF_INVALID);
}

/* ---- many at once ---- */

static void many_are_put_together_or_not_at_all(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 3);
    put_int(ada, queue, 0);
    Hf__Request three = REQUEST(queue, queue_put_many, .n_values = 3,
                                .values = array_of(3, of_int(1), of_int(2), of_int(3)));
    assert_status(ask(ada, three), HF_TIMEOUT);
    uint64_t bobs = peer_send(bob, waiting(three, -1));
    assert_count(ask(ada, REQUEST(queue, queue_size)), 1);

    assert_int(ask(ada, REQUEST(queue, queue_get)), 0);

    assert_status(peer_reply(bob, bobs), HF_OK);
    for (int64_t i = 1; i <= 3; i++) {
        assert_int(ask(ada, REQUEST(queue, queue_get)), i);
    }
    Hf__Any *deep = of_map(1, of_list(0), of_null());
    assert_status(ask(ada, REQUEST(queue, queue_put_many, .n_values = 2,
                                   .values = array_of(2, of_int(1), deep))),
                  HF_INVALID);
    assert_status(
        ask(ada, REQUEST(queue, queue_put_many, .n_values = 4,
                         .values = array_of(4, of_int(1), of_int(2), of_int(3), of_int(4)))),
        HF_TOO_BIG);
    assert_status(ask(ada, REQUEST(queue, queue_put_many)), HF_OK); /* none at all */
    assert_truth(ask(ada, REQUEST(queue, queue_empty)), true);
}

static void many_are_taken_in_the_order_of_the_queue(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_ordered(ada, HF__QUEUE_ORDER__PRIORITY);
    uint64_t bobs = peer_send(bob, waiting(REQUEST(queue, queue_get_many, .max = 9), -1));

    add_ranked(ada, queue, 9, 9);
    add_ranked(ada, queue, 3, 3);
    add_ranked(ada, queue, 1, 1);
    add_ranked(ada, queue, 2, 2);

    const Hf__Reply *one = peer_reply(bob, bobs);
    assert_int_equal(one->values->n_items, 1); /* it waits for one, not for all nine */
    assert_true(same_value(one->values->items[0], of_int(9)));
    const Hf__Reply *two = ask(bob, REQUEST(queue, queue_get_many, .max = 2));
    assert_int_equal(two->values->n_items, 2);
    assert_true(same_value(two->values->items[0], of_int(1)));
    assert_true(same_value(two->values->items[1], of_int(2)));
    assert_status(ask(bob, REQUEST(queue, queue_get_many, .max = 0)), HF_INVALID);
    assert_int(ask(bob, REQUEST(queue, queue_get)), 3);
    assert_status(ask(bob, REQUEST(queue, queue_get_many, .max = UINT64_MAX)), HF_TIMEOUT);
    close_queue(ada, queue, false);
    assert_status(ask(bob, REQUEST(queue, queue_get_many, .max = 1)), HF_CLOSED);
}

static void as_many_are_taken_as_fit_a_reply(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    size_t size = 6u << 20;
    uint8_t *bytes = calloc(1, size);
    Hf__Any *item = of_bytes(bytes, size);
    free(bytes);
    for (int i = 0; i < 3; i++) {
        assert_status(ask(ada, REQUEST(queue, queue_put, .value = item)), HF_OK);
    }

    const Hf__Reply *some = ask(ada, REQUEST(queue, queue_get_many, .max = 3));

    assert_int_equal(some->values->n_items, 2);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 1);
    const Hf__Reply *both = ask(ada, batch_of(3, &REQUEST(queue, queue_put, .value = of_int(1)),
                                              &REQUEST(queue, queue_get_many, .max = 9),
                                              &REQUEST(queue, queue_get_many, .max = 9)));
    assert_status(both, HF_TIMEOUT);
    assert_int_equal(reply_in(both, 1)->values->n_items, 2);
}

/* ---- bytes ---- */

static void a_put_waits_while_it_would_pass_the_bound_in_bytes(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = opened(ada, REQUEST(0, queue_open, .has_max_bytes = true, .max_bytes = 20));
    Hf__Any *ten = of_string("12345678"); /* and two bytes around it */

    assert_status(ask(ada, REQUEST(queue, queue_put, .value = ten)), HF_OK);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), false);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = ten)), HF_OK);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), true);
    uint64_t bobs = start_put(bob, queue, 1, -1);
    assert_true(unanswered(bob, bobs));
    assert_value(ask(ada, REQUEST(queue, queue_get)), ten);
    assert_status(peer_reply(bob, bobs), HF_OK);

    Hf__Any *large = of_string("an item of 21 bytes");
    assert_status(ask(ada, waiting(REQUEST(queue, queue_put, .value = large), -1)), HF_TOO_BIG);
    assert_status(ask(ada, REQUEST(queue, queue_put_many, .n_values = 3,
                                   .values = array_of(3, ten, ten, ten))),
                  HF_TOO_BIG);
}

/* ---- delays ---- */

static uint64_t put_later(struct peer *peer, uint64_t queue, int64_t number, uint64_t delay_ms) {
    return peer_send(peer, REQUEST(queue, queue_put, .value = of_int(number), .has_delay_ms = true,
                                   .delay_ms = delay_ms));
}

static void a_delayed_item_is_not_there_until_its_time(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_queue(ada, "queue", 2);
    assert_status(peer_reply(ada, put_later(ada, queue, 1, 50)), HF_OK);
    assert_status(peer_reply(ada, put_later(ada, queue, 2, 20)), HF_OK);
    assert_truth(ask(ada, REQUEST(queue, queue_empty)), true);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), true); /* it has its room */
    uint64_t early = start_get(ada, queue, 19);
    uint64_t just = start_get(ada, queue, 20);
    uint64_t late = start_get(bob, queue, -1);

    world_pass(world, 19);
    assert_status(peer_reply(ada, early), HF_TIMEOUT);
    assert_true(unanswered(ada, just));
    world_pass(world, 1);
    assert_int(peer_reply(ada, just), 2);
    close_queue(ada, queue, false);
    assert_true(unanswered(bob, late)); /* there is one to come */
    world_pass(world, 1000);

    assert_int(peer_reply(bob, late), 1);
    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_CLOSED);
}

static void delayed_items_take_their_place_when_they_arrive(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    (void)put_later(ada, queue, 1, 10);
    (void)put_later(ada, queue, 2, UINT64_MAX);
    put_int(ada, queue, 3);
    world_pass(world, 10);
    put_int(ada, queue, 4);

    assert_int(ask(ada, REQUEST(queue, queue_get)), 3);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 4);
    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_TIMEOUT);
    world_free(world); /* with one that would still have come */
}

/* ---- leases ---- */

static uint64_t open_leasing(struct peer *peer, uint32_t max_deliveries) {
    return opened(peer, REQUEST(0, queue_open, .name = name_of("work"), .has_max_deliveries = true,
                                .max_deliveries = max_deliveries));
}

/* Lease an item, which must be this one, delivered so often. Returns the delivery's id. */
static uint64_t lease(struct peer *peer, uint64_t queue, int64_t lease_ms, int64_t number,
                      uint32_t count) {
    const Hf__Reply *reply =
        ask(peer, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = lease_ms));
    assert_status(reply, HF_OK);
    assert_true(same_value(reply->delivery->value, of_int(number)));
    assert_int_equal(reply->delivery->count, count);
    return reply->delivery->id;
}

static Hf__Reply *acknowledge(struct peer *peer, uint64_t queue, uint64_t delivery) {
    return ask(peer, REQUEST(queue, queue_acknowledge, .delivery = delivery));
}

static Hf__Reply *return_item(struct peer *peer, uint64_t queue, uint64_t delivery) {
    return ask(peer, REQUEST(queue, queue_return, .delivery = delivery));
}

static Hf__Reply *return_later(struct peer *peer, uint64_t queue, uint64_t delivery,
                               uint64_t delay_ms) {
    return ask(peer, REQUEST(queue, queue_return, .delivery = delivery, .has_delay_ms = true,
                             .delay_ms = delay_ms));
}

static const Hf__QueueEntries *set_aside(struct peer *peer, uint64_t queue, uint64_t cursor,
                                         uint32_t limit) {
    const Hf__Reply *reply =
        ask(peer, REQUEST(queue, queue_set_aside_list, .has_cursor = true, .cursor = cursor,
                          .has_limit = true, .limit = limit));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_QUEUE_ENTRIES);
    return reply->queue_entries;
}

static void assert_aside(const Hf__QueueEntry *entry, int64_t number, uint32_t count,
                         Hf__QueueReason reason, uint64_t aside_ms) {
    assert_true(same_value(entry->value, of_int(number)));
    assert_int_equal(entry->count, count);
    assert_int_equal(entry->reason, reason);
    assert_int_equal(entry->aside_ms, aside_ms);
}

static void an_acknowledged_item_does_not_come_back(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_leasing(ada, 0);
    put_int(ada, queue, 1);
    uint64_t delivery = lease(ada, queue, 10, 1, 1);
    assert_truth(ask(ada, REQUEST(queue, queue_empty)), true);

    assert_status(acknowledge(ada, queue, delivery), HF_OK);

    world_pass(world, 100);
    assert_truth(ask(ada, REQUEST(queue, queue_empty)), true);
    assert_status(acknowledge(ada, queue, delivery), HF_NOT_HELD);
    assert_status(return_item(ada, queue, delivery), HF_NOT_HELD);
    assert_status(ask(ada, REQUEST(queue, queue_extend, .delivery = delivery, .lease_ms = 1)),
                  HF_NOT_HELD);
    assert_status(ask(ada, REQUEST(queue, queue_join)), HF_TIMEOUT); /* that is task_done's */
    assert_status(task_done(ada, queue), HF_OK);
}

static void a_returned_item_goes_to_who_waits(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t queue = open_leasing(ada, 0);
    put_int(ada, queue, 1);
    (void)lease(bob, queue, -1, 1, 1);
    close_queue(ada, queue, false);
    uint64_t adas = peer_send(
        ada, waiting(REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = 10), -1));
    uint64_t cyds = start_get(cyd, queue, -1);
    assert_true(unanswered(ada, adas)); /* closed, but it may come back */

    peer_leave(bob);

    const Hf__Reply *reply = peer_reply(ada, adas);
    assert_int_equal(reply->delivery->count, 2);
    assert_status(acknowledge(cyd, queue, reply->delivery->id), HF_NOT_HELD); /* not cyd's */
    assert_status(acknowledge(ada, queue, reply->delivery->id), HF_OK);
    assert_status(peer_reply(cyd, cyds), HF_CLOSED);
}

static void a_lease_runs_out_unless_it_is_extended(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_leasing(ada, 0);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    uint64_t first = lease(ada, queue, 10, 1, 1);
    uint64_t second = lease(ada, queue, 10, 2, 1);

    world_pass(world, 9);
    assert_status(ask(ada, REQUEST(queue, queue_extend, .delivery = first, .lease_ms = 10)), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_extend, .delivery = first, .lease_ms = 0)),
                  HF_INVALID);
    world_pass(world, 1);
    assert_status(acknowledge(ada, queue, second), HF_NOT_HELD);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 2);
    assert_status(ask(ada, REQUEST(queue, queue_extend, .delivery = first, .lease_ms = -1)), HF_OK);
    world_pass(world, 100000);

    assert_status(acknowledge(ada, queue, first), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = 0)),
                  HF_INVALID);
}

static void a_leased_item_has_its_room_in_a_bounded_queue(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(ada, "queue", 1);
    put_int(ada, queue, 1);
    uint64_t delivery = lease(ada, queue, -1, 1, 1);
    uint64_t bobs = start_put(bob, queue, 2, -1);
    assert_true(unanswered(bob, bobs));

    assert_status(acknowledge(ada, queue, delivery), HF_OK);

    assert_status(peer_reply(bob, bobs), HF_OK);
}

static void size_is_of_what_is_ready_and_full_of_all_that_has_its_room(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 3);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    assert_status(peer_reply(ada, put_later(ada, queue, 3, 50)), HF_OK);
    uint64_t delivery = lease(ada, queue, -1, 1, 1);

    assert_count(ask(ada, REQUEST(queue, queue_size)), 1);
    assert_truth(ask(ada, REQUEST(queue, queue_empty)), false);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), true);
    assert_status(acknowledge(ada, queue, delivery), HF_OK);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), false);
    world_pass(world, 50);

    assert_count(ask(ada, REQUEST(queue, queue_size)), 2);
    assert_truth(ask(ada, REQUEST(queue, queue_full)), false);
}

static void a_delivery_guards_what_is_done_with_it(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_leasing(ada, 0);
    uint64_t result = open_value(ada, "result", 0);
    put_int(ada, queue, 1);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = queue;
    guard.fence = lease(ada, queue, 10, 1, 1);
    Hf__Request write = REQUEST(result, value_add, .amount = of_int(1));
    write.guard = &guard;

    assert_int(ask(ada, write), 1);
    world_pass(world, 10);

    assert_status(ask(ada, write), HF_STALE_FENCE);
}

static void an_item_is_set_aside_after_its_last_delivery(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_leasing(ada, 2);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    assert_status(return_item(ada, queue, lease(ada, queue, -1, 1, 1)), HF_OK);
    (void)lease(bob, queue, 10, 1, 2);

    peer_leave(bob);

    (void)lease(ada, queue, 5, 2, 1);
    world_pass(world, 5);
    (void)lease(ada, queue, 5, 2, 2);
    world_pass(world, 5);
    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_TIMEOUT);
    const Hf__QueueEntries *aside = set_aside(ada, queue, 0, 0);
    assert_int_equal(aside->n_entries, 2);
    assert_aside(aside->entries[0], 1, 2, HF__QUEUE_REASON__TAKER_DIED, 10);
    assert_aside(aside->entries[1], 2, 2, HF__QUEUE_REASON__LEASE_ENDED, 0);
    assert_int_equal(aside->entries[0]->age_ms, 10);
    assert_false(aside->entries[0]->has_priority || aside->has_next);
    assert_string_equal(ask(ada, REQUEST(queue, object_describe))->description->options,
                        "unbounded, set aside after 2 deliveries, 2 set aside");
    put_int(ada, queue, 3);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_return)), 2);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_return)), 0);
    (void)lease(ada, queue, -1, 1, 1); /* in its old place, as if new */
    assert_int(ask(ada, REQUEST(queue, queue_get)), 2);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 3);
}

static void items_set_aside_come_in_pages(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_leasing(ada, 1);
    uint64_t ids[4];
    for (int64_t i = 0; i < 4; i++) {
        put_int(ada, queue, i);
    }
    uint64_t first = lease(ada, queue, -1, 0, 1);
    for (int64_t i = 1; i < 4; i++) {
        assert_status(return_item(ada, queue, lease(ada, queue, -1, i, 1)), HF_OK);
    }

    const Hf__QueueEntries *page = set_aside(ada, queue, 0, 2);
    assert_int_equal(page->n_entries, 2);
    assert_aside(page->entries[0], 1, 1, HF__QUEUE_REASON__RETURNED, 0);
    assert_true(page->has_next && page->next > page->entries[1]->id);
    ids[1] = page->entries[0]->id;
    ids[2] = page->entries[1]->id;
    assert_true(ids[1] < ids[2]);
    uint64_t next = page->next;
    assert_status(return_item(ada, queue, first), HF_OK); /* before the cursor: missed */
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_drop, .n_ids = 1, .ids = &ids[2])), 1);

    page = set_aside(ada, queue, next, 2);
    assert_int_equal(page->n_entries, 1);
    assert_aside(page->entries[0], 3, 1, HF__QUEUE_REASON__RETURNED, 0);
    assert_false(page->has_next);
    assert_int_equal(set_aside(ada, queue, page->entries[0]->id + 1, 0)->n_entries, 0);
    page = set_aside(ada, queue, 0, 1);
    assert_aside(page->entries[0], 0, 1, HF__QUEUE_REASON__RETURNED, 0);
    assert_true(page->has_next && page->entries[0]->id < ids[1]);
}

static void an_item_set_aside_is_returned_or_dropped_by_its_id(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_leasing(ada, 1);
    uint64_t ids[3];
    for (int64_t i = 0; i < 3; i++) {
        put_int(ada, queue, i);
    }
    for (size_t i = 0; i < 3; i++) {
        const Hf__Reply *reply =
            ask(ada, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = -1));
        ids[i] = reply->delivery->item;
        assert_status(return_item(ada, queue, reply->delivery->id), HF_OK);
    }
    uint64_t named[] = {ids[1], ids[1], ids[2] + 1, 0};

    assert_count(ask(ada, REQUEST(queue, queue_set_aside_return, .n_ids = 4, .ids = named)), 1);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_drop, .n_ids = 4, .ids = named)), 0);

    const Hf__Reply *again =
        ask(ada, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = -1));
    assert_int_equal(again->delivery->item, ids[1]); /* the item keeps its id */
    assert_int_equal(again->delivery->count, 1);
    assert_status(acknowledge(ada, queue, again->delivery->id), HF_OK);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_drop)), 2);
    assert_int_equal(set_aside(ada, queue, 0, 0)->n_entries, 0);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_drop)), 0);
    assert_status(ask(ada, REQUEST(queue, queue_task_done, .has_count = true, .count = 1)), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_join)), HF_OK); /* dropped is dealt with */
}

static void very_many_items_set_aside_go_in_several_requests(void **state) {
    enum { MANY = 10001, PUT = 1000 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_leasing(ada, 1);
    static uint64_t ids[MANY];
    static Hf__Any *values[PUT];
    for (size_t i = 0; i < PUT; i++) {
        values[i] = of_null();
    }
    for (size_t i = 0; i < MANY; i += PUT) {
        size_t count = MANY - i < PUT ? MANY - i : PUT;
        assert_status(ask(ada, REQUEST(queue, queue_put_many, .n_values = count, .values = values)),
                      HF_OK);
    }
    struct peer *bob = world_join(*state, "bob");
    for (size_t i = 0; i < MANY; i++) {
        ids[i] = ask(bob, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = 1))
                     ->delivery->item;
        if (i % PUT == 0) { /* forget the replies */
            peer_leave(bob);
            bob = world_join(*state, "bob");
        }
    }
    world_pass(*state, 1);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 0);

    const Hf__QueueEntries *page = set_aside(ada, queue, 0, 2000);
    assert_int_equal(page->n_entries, 1000);
    assert_true(page->has_next);
    assert_status(ask(ada, REQUEST(queue, queue_set_aside_drop, .n_ids = MANY, .ids = ids)),
                  HF_INVALID);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_return)), 10000);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_return)), 1);
    assert_count(ask(ada, REQUEST(queue, queue_size)), MANY);
}

static void an_item_can_be_returned_for_later(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_leasing(ada, 2);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    uint64_t first = lease(ada, queue, 20, 1, 1);

    assert_status(return_later(bob, queue, first, 10), HF_NOT_HELD);
    assert_status(return_later(ada, queue, first, 10), HF_OK);

    assert_status(return_later(ada, queue, first, 10), HF_NOT_HELD);
    assert_string_equal(ask(ada, REQUEST(queue, object_describe))->description->options,
                        "unbounded, set aside after 2 deliveries, 1 delayed");
    world_pass(world, 9);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 1);
    world_pass(world, 1);
    assert_status(return_later(ada, queue, lease(ada, queue, -1, 1, 2), 10), HF_OK);
    assert_int_equal(set_aside(ada, queue, 0, 0)->n_entries, 1); /* at once */
    assert_int(ask(ada, REQUEST(queue, queue_get)), 2);
}

static void an_item_returned_for_later_is_waited_for(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_queue(ada, "queue", 1);
    put_int(ada, queue, 1);
    uint64_t delivery = lease(ada, queue, -1, 1, 1);
    close_queue(ada, queue, false);
    uint64_t bobs = start_get(bob, queue, -1);

    assert_status(return_later(ada, queue, delivery, 50), HF_OK);
    peer_leave(ada);                    /* it is no concern of hers any more */
    assert_true(unanswered(bob, bobs)); /* closed, but it will come */
    world_pass(world, 50);

    assert_int(peer_reply(bob, bobs), 1);
}

static void an_abort_drops_what_was_returned_for_later(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    assert_status(return_later(ada, queue, lease(ada, queue, -1, 1, 1), 50), HF_OK);
    uint64_t second = lease(ada, queue, -1, 2, 1);

    close_queue(ada, queue, true);

    assert_status(return_later(ada, queue, second, 50), HF_OK); /* dropped as well, at once */
    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_CLOSED);
    assert_status(ask(ada, REQUEST(queue, queue_join)), HF_OK);
}

static void no_two_items_have_the_same_id(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t last = 0;
    for (int i = 0; i < 2; i++) {
        uint64_t queue = open_queue(ada, "queue", 0);
        uint64_t other = open_queue(ada, NULL, 0);
        assert_status(peer_reply(ada, put_later(ada, queue, 3, 10)), HF_OK);
        put_int(ada, queue, 1);
        put_int(ada, other, 2);
        world_pass(world, 10);
        uint64_t from[] = {queue, other, queue};
        for (size_t j = 0; j < 3; j++) { /* in the order in which they became ready */
            const Hf__Reply *reply =
                ask(ada, REQUEST(from[j], queue_get, .has_lease_ms = true, .lease_ms = -1));
            assert_true(reply->delivery->item > last);
            last = reply->delivery->item;
        }
        assert_status(ask(ada, REQUEST(queue, object_delete)), HF_OK);
    }
}

static void set_aside_items_do_not_fill_the_queue(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = opened(ada, REQUEST(0, queue_open, .has_max_items = true, .max_items = 1,
                                         .has_max_bytes = true, .max_bytes = 4,
                                         .has_max_deliveries = true, .max_deliveries = 1));
    put_int(ada, queue, 1);
    assert_status(return_item(ada, queue, lease(ada, queue, -1, 1, 1)), HF_OK);

    put_int(ada, queue, 2);

    assert_count(ask(ada, REQUEST(queue, queue_set_aside_return)), 1);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 2); /* more than the bound */
    assert_truth(ask(ada, REQUEST(queue, queue_full)), true);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(3))), HF_TIMEOUT);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 2);
    put_int(ada, queue, 3);
}

/* ---- looking ---- */

static const Hf__QueueEntries *listed(struct peer *peer, uint64_t queue, Hf__QueueItemState state,
                                      uint64_t cursor, uint32_t limit) {
    const Hf__Reply *reply =
        ask(peer, REQUEST(queue, queue_list, .has_cursor = true, .cursor = cursor,
                          .has_limit = true, .limit = limit, .has_state = true, .state = state));
    assert_status(reply, HF_OK);
    return reply->queue_entries;
}

static void assert_numbers(const Hf__QueueEntries *page, size_t count, const int64_t *numbers) {
    assert_int_equal(page->n_entries, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(same_value(page->entries[i]->value, of_int(numbers[i])));
    }
}

#define ASSERT_LISTED(page, ...)                                                                   \
    assert_numbers((page), sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t),                       \
                   (int64_t[]){__VA_ARGS__})

static void a_peek_takes_nothing(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    assert_status(ask(ada, REQUEST(queue, queue_peek)), HF_TIMEOUT);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);

    assert_int(ask(ada, REQUEST(queue, queue_peek)), 1);
    Hf__Request text = REQUEST(queue, queue_peek);
    text.has_expect = true;
    text.expect = HF__EXPECT__EXPECT_STRING;
    assert_status(ask(ada, text), HF_TYPE_ERROR);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    uint64_t delivery = lease(ada, queue, -1, 2, 1);
    close_queue(ada, queue, false);
    assert_status(ask(ada, REQUEST(queue, queue_peek)), HF_TIMEOUT);
    assert_status(acknowledge(ada, queue, delivery), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_peek)), HF_CLOSED);
}

static void ready_items_are_listed_in_the_order_of_the_queue(void **state) {
    struct peer *ada = world_join(*state, "ada");
    for (int order = 0; order < 3; order++) {
        uint64_t queue =
            opened(ada, REQUEST(0, queue_open, .has_order = true, .order = (Hf__QueueOrder)order));
        for (int64_t i = 1; i <= 4; i++) {
            assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(i),
                                           .has_priority = order == HF__QUEUE_ORDER__PRIORITY,
                                           .priority = i % 3)),
                          HF_OK);
        }
        const Hf__QueueEntries *page = listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, 0, 0);
        assert_false(page->has_next);
        switch (order) {
        case HF__QUEUE_ORDER__FIFO:
            ASSERT_LISTED(page, 1, 2, 3, 4);
            break;
        case HF__QUEUE_ORDER__LIFO:
            ASSERT_LISTED(page, 4, 3, 2, 1);
            break;
        default:
            ASSERT_LISTED(page, 3, 1, 4, 2);
            assert_int_equal(page->entries[3]->priority, 2);
            assert_false(page->entries[0]->has_age_ms);
            break;
        }
        assert_count(ask(ada, REQUEST(queue, queue_size)), 4);
    }
}

static void pages_go_on_behind_the_last_item_whatever_happens_to_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    for (int order = 0; order < 2; order++) { /* the oldest first, the newest first */
        uint64_t queue =
            opened(ada, REQUEST(0, queue_open, .has_order = true, .order = (Hf__QueueOrder)order));
        for (int64_t i = 1; i <= 6; i++) {
            put_int(ada, queue, order ? 7 - i : i);
        }
        uint64_t first = lease(ada, queue, -1, 1, 1);
        const Hf__QueueEntries *page = listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, 0, 2);
        ASSERT_LISTED(page, 2, 3);
        uint64_t next = page->next;
        assert_true(page->has_next);
        assert_int(ask(ada, REQUEST(queue, queue_get)), 2);
        assert_int(ask(ada, REQUEST(queue, queue_get)), 3);
        assert_status(return_item(ada, queue, first), HF_OK); /* before the cursor: missed */

        page = listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, next, 2);

        ASSERT_LISTED(page, 4, 5);
        next = page->next;
        assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
        assert_int(ask(ada, REQUEST(queue, queue_get)), 4);
        page = listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, next, 2);
        ASSERT_LISTED(page, 6);
        assert_false(page->has_next);
    }
}

static void a_queue_with_priorities_is_in_order_within_each_page(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue =
        opened(ada, REQUEST(0, queue_open, .has_order = true, .order = HF__QUEUE_ORDER__PRIORITY));
    bool seen[10] = {false};
    for (int64_t i = 0; i < 10; i++) {
        assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(i), .has_priority = true,
                                       .priority = i * 7 % 10)),
                      HF_OK);
    }
    uint64_t cursor = 0;
    for (int n = 0; n < 3; n++) {
        const Hf__QueueEntries *page = listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, cursor, 4);
        assert_int_equal(page->n_entries, n < 2 ? 4 : 2);
        assert_true(n > 0 || page->entries[0]->priority == 0); /* the next item */
        for (size_t i = 0; i < page->n_entries; i++) {
            assert_true(i == 0 || page->entries[i]->priority > page->entries[i - 1]->priority);
            assert_false(seen[page->entries[i]->priority]);
            seen[page->entries[i]->priority] = true;
        }
        assert_true(page->has_next == (n < 2));
        cursor = page->next;
    }
    assert_int_equal(listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, 1000, 4)->n_entries, 0);
}

static void delayed_items_are_listed_with_their_times(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put_int(ada, queue, 9);
    assert_status(ask(ada, REQUEST(queue, queue_put_many, .n_values = 3,
                                   .values = array_of(3, of_int(1), of_int(2), of_int(3)),
                                   .has_delay_ms = true, .delay_ms = 100)),
                  HF_OK);
    assert_status(peer_reply(ada, put_later(ada, queue, 4, 10)), HF_OK);
    world_pass(world, 5);
    assert_status(return_later(ada, queue, lease(ada, queue, -1, 9, 1), 50), HF_OK);

    const Hf__QueueEntries *page = listed(ada, queue, HF__QUEUE_ITEM_STATE__DELAYED, 0, 2);
    ASSERT_LISTED(page, 1, 2);
    assert_int_equal(page->entries[0]->due_ms, 95);
    assert_int_equal(page->entries[0]->id, 0);
    assert_int_equal(page->entries[0]->age_ms, 0);
    uint64_t next = page->next;
    world_pass(world, 5); /* the fourth is ready now */
    page = listed(ada, queue, HF__QUEUE_ITEM_STATE__DELAYED, next, 0);
    ASSERT_LISTED(page, 3, 9);
    assert_int_equal(page->entries[1]->due_ms, 45);
    assert_int_equal(page->entries[1]->count, 1);
    assert_int_equal(page->entries[1]->age_ms, 10);
    assert_true(page->entries[1]->id > 0);
    ASSERT_LISTED(listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, 0, 0), 4);
    assert_status(
        ask(ada, REQUEST(queue, queue_list, .has_state = true, .state = (Hf__QueueItemState)3)),
        HF_INVALID);
}

static void leased_items_are_listed_with_their_holders(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_queue(ada, "queue", 0);
    for (int64_t i = 1; i <= 3; i++) {
        put_int(ada, queue, i);
    }
    uint64_t first = lease(ada, queue, 100, 1, 1);
    (void)lease(bob, queue, -1, 2, 1);
    (void)lease(ada, queue, 70, 3, 1);
    world_pass(world, 30);

    const Hf__QueueEntries *page = listed(ada, queue, HF__QUEUE_ITEM_STATE__LEASED, 0, 2);
    ASSERT_LISTED(page, 1, 2);
    assert_int_equal(page->entries[0]->due_ms, 70);
    assert_int_equal(page->entries[0]->holder->fence, first);
    assert_string_equal(page->entries[0]->holder->label, "ada");
    assert_int_equal(page->entries[0]->holder->held_ms, 30);
    assert_false(page->entries[1]->has_due_ms);
    assert_string_equal(page->entries[1]->holder->label, "bob");
    uint64_t next = page->next;
    assert_status(return_item(ada, queue, first), HF_OK);
    (void)lease(ada, queue, -1, 1, 2); /* leased again: behind the others */
    ASSERT_LISTED(listed(ada, queue, HF__QUEUE_ITEM_STATE__LEASED, next, 0), 3, 1);
}

static void a_page_ends_before_it_becomes_large(void **state) {
    enum { BYTES = 400 << 10 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    static char bytes[3 * BYTES];
    for (size_t i = 0; i < 4; i++) {
        Hf__Any *value = of_bytes(bytes, i == 3 ? sizeof bytes : BYTES);
        assert_status(ask(ada, REQUEST(queue, queue_put, .value = value)), HF_OK);
    }

    const Hf__QueueEntries *page = listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, 0, 0);
    assert_int_equal(page->n_entries, 2);
    assert_true(page->has_next);
    page = listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, page->next, 0);
    assert_int_equal(page->n_entries, 1);
    page = listed(ada, queue, HF__QUEUE_ITEM_STATE__READY, page->next, 0);
    assert_int_equal(page->n_entries, 1); /* the large one, by itself */
    assert_false(page->has_next);
}

static void the_state_counts_what_is_there_and_what_ever_was(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = opened(ada, REQUEST(0, queue_open, .has_max_bytes = true, .max_bytes = 1000,
                                         .has_max_deliveries = true, .max_deliveries = 1));
    for (int64_t i = 0; i < 8; i++) {
        put_int(ada, queue, i);
        world_pass(world, 10);
    }
    assert_status(peer_reply(ada, put_later(ada, queue, 8, 50)), HF_OK);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 0);
    assert_int_equal(ask(ada, REQUEST(queue, queue_get_many, .max = 2))->values->n_items, 2);
    assert_status(acknowledge(ada, queue, lease(ada, queue, -1, 3, 1)), HF_OK);
    assert_status(return_item(ada, queue, lease(ada, queue, -1, 4, 1)), HF_OK);
    (void)lease(ada, queue, -1, 5, 1);
    assert_status(task_done(ada, queue), HF_OK);

    const Hf__QueueStatistics *now = ask(ada, REQUEST(queue, queue_state))->queue_statistics;
    assert_int_equal(now->ready, 2);
    assert_int_equal(now->delayed, 1);
    assert_int_equal(now->leased, 1);
    assert_int_equal(now->set_aside, 1);
    assert_int_equal(now->unfinished, 8);
    assert_int_equal(now->bytes, 4 * 2);
    assert_int_equal(now->oldest_ms, 20);
    assert_false(now->closed);
    assert_int_equal(now->total_put, 9);
    assert_int_equal(now->total_taken, 3);
    assert_int_equal(now->total_delivered, 3);
    assert_int_equal(now->total_acknowledged, 1);
    assert_int_equal(now->total_returned, 1);
    assert_int_equal(now->total_set_aside, 1);
    assert_int_equal(now->total_dropped, 0);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_drop)), 1);
    close_queue(ada, queue, true);
    now = ask(ada, REQUEST(queue, queue_state))->queue_statistics;
    assert_true(now->closed);
    assert_false(now->has_oldest_ms);
    assert_int_equal(now->unfinished, 4);
    assert_int_equal(now->total_dropped, 4);
    assert_int_equal(now->total_taken, 3);
}

static void the_oldest_item_may_be_the_last_to_be_taken(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    for (int order = HF__QUEUE_ORDER__LIFO; order <= HF__QUEUE_ORDER__PRIORITY; order++) {
        uint64_t queue =
            opened(ada, REQUEST(0, queue_open, .has_order = true, .order = (Hf__QueueOrder)order));
        put_int(ada, queue, 1);
        world_pass(world, 10);
        put_int(ada, queue, 2);

        const Hf__QueueStatistics *now = ask(ada, REQUEST(queue, queue_state))->queue_statistics;

        assert_int_equal(now->has_oldest_ms, order == HF__QUEUE_ORDER__LIFO);
        assert_int_equal(now->oldest_ms, now->has_oldest_ms ? 10 : 0);
    }
}

/* ---- producers ---- */

static void a_queue_closes_when_its_last_producer_has_gone(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t queue = opened(cyd, REQUEST(0, queue_open, .name = name_of("queue"),
                                         .has_auto_close = true, .auto_close = true));
    assert_status(ask(ada, REQUEST(queue, queue_register_producer)), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_register_producer)), HF_OK); /* counted */
    assert_status(ask(bob, REQUEST(queue, queue_register_producer)), HF_OK);
    uint64_t cyds = start_get(cyd, queue, -1);

    assert_status(ask(ada, REQUEST(queue, queue_unregister_producer)), HF_OK);
    peer_leave(bob);
    assert_true(unanswered(cyd, cyds));
    assert_status(ask(ada, REQUEST(queue, queue_unregister_producer)), HF_OK);

    assert_status(peer_reply(cyd, cyds), HF_CLOSED);
    assert_status(ask(ada, REQUEST(queue, queue_unregister_producer)), HF_NOT_HELD);
    assert_status(ask(ada, REQUEST(queue, queue_register_producer)), HF_CLOSED);
    assert_status(ask(ada, REQUEST(queue, queue_reopen)), HF_OK);
    put_int(ada, queue, 1);
    assert_status(ask(ada, REQUEST(queue, queue_register_producer)), HF_OK);
    assert_string_equal(ask(cyd, REQUEST(queue, object_describe))->description->options,
                        "unbounded, auto_close");
    peer_leave(ada);
    assert_int(ask(cyd, REQUEST(queue, queue_get)), 1);
    assert_status(ask(cyd, REQUEST(queue, queue_get)), HF_CLOSED);
}

static void without_auto_close_producers_come_and_go(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);

    assert_status(ask(ada, REQUEST(queue, queue_register_producer)), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_unregister_producer)), HF_OK);

    put_int(ada, queue, 1);
    assert_status(ask(ada, REQUEST(queue, queue_reopen)), HF_OK); /* it is open */
}

static void items_that_come_back_after_an_abort_are_dropped(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_leasing(ada, 0);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    (void)put_later(ada, queue, 3, 10);
    uint64_t delivery = lease(ada, queue, -1, 1, 1);
    uint64_t joiner = start_join(bob, queue, -1);

    close_queue(ada, queue, true);

    assert_status(ask(bob, REQUEST(queue, queue_get)), HF_CLOSED); /* nobody waits for the lease */
    assert_true(unanswered(bob, joiner));
    assert_status(return_item(ada, queue, delivery), HF_OK);
    assert_status(peer_reply(bob, joiner), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_reopen)), HF_OK);
    put_int(ada, queue, 4);
    world_pass(world, 10);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 4);
    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_TIMEOUT);
}

/* An item of before the abort comes back after the queue has been reopened: by itself, because its
 * time is over, or with its session, and while there is no memory. */
enum way { RETURNED, TIMED_OUT, DIED };

static void bring_back(struct peer *holder, uint64_t queue, uint64_t delivery, enum way way) {
    if (way == RETURNED) {
        (void)peer_send(holder, REQUEST(queue, queue_return, .delivery = delivery));
    } else if (way == TIMED_OUT) {
        world_pass(holder->world, 30);
    } else {
        peer_leave(holder);
    }
}

static void check_lost(enum way way, size_t failing, uint32_t max_deliveries) {
    struct world *world = world_new();
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_leasing(bob, max_deliveries);
    put_int(bob, queue, 1);
    uint64_t delivery = lease(ada, queue, 30, 1, 1);
    uint64_t joiner = start_join(bob, queue, -1);
    close_queue(bob, queue, true);
    assert_status(ask(bob, REQUEST(queue, queue_reopen)), HF_OK);
    uint64_t getter = start_get(bob, queue, -1);
    assert_true(unanswered(bob, joiner));

    mem_fail_at(failing);
    bring_back(ada, queue, delivery, way);
    mem_fail_at(0);
    if (way == RETURNED && peer_last(ada)->status == HF__STATUS__NO_MEMORY) {
        peer_leave(ada);
    }

    assert_status(peer_reply(bob, joiner), HF_OK);
    assert_true(unanswered(bob, getter));
    assert_count(ask(bob, REQUEST(queue, queue_set_aside_return)), 0);
    put_int(bob, queue, 2);
    assert_int(peer_reply(bob, getter), 2);
    put_int(bob, queue, 3);
    (void)lease(bob, queue, 30, 3, 1);
    world_pass(world, 30);
    world_free(world);
}

static void what_an_abort_has_written_off_never_comes_back(void **state) {
    (void)state;
    for (enum way way = RETURNED; way <= DIED; way++) {
        for (size_t failing = 0; failing < 8; failing++) {
            check_lost(way, failing, 0);
            check_lost(way, failing, 1);
        }
    }
}

static void what_is_leased_after_an_abort_comes_back(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_leasing(ada, 1);
    put_int(ada, queue, 1);
    assert_status(return_item(ada, queue, lease(ada, queue, -1, 1, 1)), HF_OK); /* set aside */
    close_queue(ada, queue, true);
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_return)), 1);
    (void)lease(ada, queue, 30, 1, 1);

    uint64_t getter = start_get(bob, queue, -1);
    assert_true(unanswered(bob, getter)); /* closed, but the item may come back */
    world_pass(*state, 30);

    assert_status(peer_reply(bob, getter), HF_CLOSED); /* it was set aside again */
    assert_count(ask(ada, REQUEST(queue, queue_set_aside_return)), 1);
    assert_int(ask(bob, REQUEST(queue, queue_get)), 1);
}

/* ---- what can never be done ---- */

static void what_can_never_be_done_does_not_wait_behind_others(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 2);
    uint64_t empty = open_queue(ada, "empty", 2);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);
    uint64_t put = start_put(ada, queue, 3, -1);
    uint64_t get = start_get(ada, empty, -1);
    Hf__Any **three = array_of(3, of_int(4), of_int(5), of_int(6));

    assert_status(
        ask(ada, waiting(REQUEST(queue, queue_put_many, .n_values = 3, .values = three), -1)),
        HF_TOO_BIG);
    assert_status(ask(ada, waiting(REQUEST(queue, queue_put, .value = of_int(4),
                                           .has_priority = true, .priority = 1),
                                   -1)),
                  HF_INVALID);
    assert_status(
        ask(ada, waiting(REQUEST(empty, queue_get, .has_lease_ms = true, .lease_ms = 0), -1)),
        HF_INVALID);
    assert_status(ask(ada, waiting(REQUEST(empty, queue_get_many, .max = 0), -1)), HF_INVALID);

    assert_true(unanswered(ada, put) && unanswered(ada, get));
    uint64_t pair =
        peer_send(ada, waiting(REQUEST(queue, queue_put_many, .n_values = 2, .values = three), -1));
    uint64_t more = start_get(ada, empty, -1);
    assert_true(unanswered(ada, pair) && unanswered(ada, more)); /* each in its turn */
}

/* Two items that fit the largest reply, but for what a reply has beside them: each item is told, or
 * is still there. */
static void no_item_is_lost_where_a_reply_becomes_full(void **state) {
    enum { HALF = HF_REPLY_MAX_BYTES / 2, LEAST = HALF - 36, MOST = HALF - 12 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    char *bytes = calloc(1, HALF);
    for (int way = 0; way < 2; way++) {
        for (size_t len = LEAST; len < MOST; len += 4) {
            assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_bytes(bytes, HALF))),
                          HF_OK);
            assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_bytes(bytes, len))),
                          HF_OK);
            const Hf__Reply *reply =
                way == 0
                    ? ask(ada, REQUEST(queue, queue_get_many, .max = 2))
                    : reply_in(ask(ada, batch_of(1, &REQUEST(queue, queue_get_many, .max = 2))), 0);
            assert_status(reply, HF_OK);
            for (size_t told = reply->values->n_items; told < 2; told++) {
                assert_status(ask(ada, REQUEST(queue, queue_get)), HF_OK);
            }
            assert_status(ask(ada, REQUEST(queue, queue_get)), HF_TIMEOUT);
        }
    }
    free(bytes);
}

/* ---- opening and telling ---- */

static void another_bound_is_another_queue(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 3);

    assert_int_equal(open_queue(ada, "queue", 3), queue);
    assert_status(ask(ada, REQUEST(0, queue_open, .name = name_of("queue"), .has_max_items = true,
                                   .max_items = 4)),
                  HF_WRONG_TYPE);
    assert_int_equal(opened(ada, REQUEST(0, queue_open, .name = name_of("queue"))), queue);
}

static void describe_tells_of_bound_items_and_waiters(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 1);
    put_int(ada, queue, 1);
    (void)start_put(ada, queue, 2, -1);
    (void)start_join(ada, queue, -1);

    const Hf__Description *told = ask(ada, REQUEST(queue, object_describe))->description;

    assert_string_equal(told->options, "at most 1 items");
    assert_int_equal(told->size, 1);
    assert_int_equal(told->n_holders, 0);
    assert_int_equal(told->n_waiters, 2);
    assert_string_equal(told->waiters[0]->op, "queue_put");
    assert_string_equal(told->waiters[1]->op, "queue_join");
    close_queue(ada, queue, false);
    assert_string_equal(ask(ada, REQUEST(queue, object_describe))->description->options,
                        "at most 1 items, closed");
}

static void items_have_the_managers_own_limit(void **state) {
    struct core_config config = core_defaults();
    config.items_max = 2;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put_int(ada, queue, 1);
    put_int(ada, queue, 2);

    assert_status(peer_reply(ada, start_put(ada, queue, 3, -1)), HF_LIMIT);

    assert_count(ask(ada, REQUEST(queue, queue_size)), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_the_order_of_their_puts),
        cmocka_unit_test(size_empty_and_full_tell_the_truth),
        cmocka_unit_test(an_item_can_be_any_value),
        cmocka_unit_test(an_item_keeps_what_it_refers_to),
        cmocka_unit_test(an_item_that_is_thrown_away_drops_its_references),
        cmocka_unit_test(a_value_that_nests_too_deep_is_refused),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(get_on_empty_waits_until_put),
        cmocka_unit_test(put_on_full_waits_until_get),
        cmocka_unit_test(timeouts_leave_the_queue_as_it_was),
        cmocka_unit_test(several_waiting_puts_go_in_when_there_is_room),
        cmocka_unit_test(join_waits_until_all_tasks_are_done),
        cmocka_unit_test(a_join_does_not_queue_behind_waiting_calls),
        cmocka_unit_test(task_done_too_often_is_refused),
        cmocka_unit_test(join_starts_over_when_more_is_put),
        cmocka_unit_test(a_closed_queue_is_emptied_but_not_filled),
        cmocka_unit_test(closing_ends_those_who_wait),
        cmocka_unit_test(aborting_throws_away_what_is_in_it),
        cmocka_unit_test(aborting_after_tasks_were_done_early_does_not_underflow),
        cmocka_unit_test(a_lifo_queue_gives_the_newest_first),
        cmocka_unit_test(the_lowest_priority_comes_first_and_equal_ones_in_order_of_arrival),
        cmocka_unit_test(a_priority_needs_a_queue_with_priorities),
        cmocka_unit_test(many_are_put_together_or_not_at_all),
        cmocka_unit_test(many_are_taken_in_the_order_of_the_queue),
        cmocka_unit_test(as_many_are_taken_as_fit_a_reply),
        cmocka_unit_test(a_put_waits_while_it_would_pass_the_bound_in_bytes),
        cmocka_unit_test(a_delayed_item_is_not_there_until_its_time),
        cmocka_unit_test(delayed_items_take_their_place_when_they_arrive),
        cmocka_unit_test(an_acknowledged_item_does_not_come_back),
        cmocka_unit_test(a_returned_item_goes_to_who_waits),
        cmocka_unit_test(a_lease_runs_out_unless_it_is_extended),
        cmocka_unit_test(a_leased_item_has_its_room_in_a_bounded_queue),
        cmocka_unit_test(size_is_of_what_is_ready_and_full_of_all_that_has_its_room),
        cmocka_unit_test(a_delivery_guards_what_is_done_with_it),
        cmocka_unit_test(an_item_is_set_aside_after_its_last_delivery),
        cmocka_unit_test(items_set_aside_come_in_pages),
        cmocka_unit_test(an_item_set_aside_is_returned_or_dropped_by_its_id),
        cmocka_unit_test(very_many_items_set_aside_go_in_several_requests),
        cmocka_unit_test(an_item_can_be_returned_for_later),
        cmocka_unit_test(an_item_returned_for_later_is_waited_for),
        cmocka_unit_test(an_abort_drops_what_was_returned_for_later),
        cmocka_unit_test(no_two_items_have_the_same_id),
        cmocka_unit_test(set_aside_items_do_not_fill_the_queue),
        cmocka_unit_test(a_peek_takes_nothing),
        cmocka_unit_test(ready_items_are_listed_in_the_order_of_the_queue),
        cmocka_unit_test(pages_go_on_behind_the_last_item_whatever_happens_to_it),
        cmocka_unit_test(a_queue_with_priorities_is_in_order_within_each_page),
        cmocka_unit_test(delayed_items_are_listed_with_their_times),
        cmocka_unit_test(leased_items_are_listed_with_their_holders),
        cmocka_unit_test(a_page_ends_before_it_becomes_large),
        cmocka_unit_test(the_state_counts_what_is_there_and_what_ever_was),
        cmocka_unit_test(the_oldest_item_may_be_the_last_to_be_taken),
        cmocka_unit_test(a_queue_closes_when_its_last_producer_has_gone),
        cmocka_unit_test(without_auto_close_producers_come_and_go),
        cmocka_unit_test(items_that_come_back_after_an_abort_are_dropped),
        cmocka_unit_test(what_an_abort_has_written_off_never_comes_back),
        cmocka_unit_test(what_is_leased_after_an_abort_comes_back),
        cmocka_unit_test(what_can_never_be_done_does_not_wait_behind_others),
        cmocka_unit_test(no_item_is_lost_where_a_reply_becomes_full),
        cmocka_unit_test(another_bound_is_another_queue),
        cmocka_unit_test(describe_tells_of_bound_items_and_waiters),
        cmocka_unit_test(items_have_the_managers_own_limit),
    };
    return WORLD_MAIN(tests);
}
