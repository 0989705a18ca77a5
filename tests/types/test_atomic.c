/* SPDX-License-Identifier: MIT
 *
 * Atomic batches: refused by one request, those before it are undone. tests/oom/test_undo.c does
 * this with every operation.
 */
#include "seeded.h"
#include "world.h"

#include <string.h>

/* Ada and bob, a dict {"a": 1, "b": 2, "c": 3}, and a value that is 7. */
struct scene {
    struct peer *ada;
    struct peer *bob;
    uint64_t dict;
    uint64_t value;
};

static struct scene set_up(struct world *world) {
    struct scene s = {world_join(world, "ada"), world_join(world, "bob"), 0, 0};
    s.dict = open_dict(s.ada, "dict");
    s.value = open_value(s.ada, "value", 7);
    assert_status(
        ask(s.ada, REQUEST(s.dict, dict_update, .n_items = 3,
                           .items = item_array(3, of_string("a"), of_int(1), of_string("b"),
                                               of_int(2), of_string("c"), of_int(3)))),
        HF_OK);
    return s;
}

static Hf__Any *key(const char *text) {
    return of_string(text);
}

#define SET(scene, name, number)                                                                   \
    REQUEST((scene).dict, dict_set, .key = key(name), .value = of_int(number))
#define DELETE(scene, name) REQUEST((scene).dict, dict_delete, .key = key(name))
#define ADD(scene, name, number)                                                                   \
    REQUEST((scene).dict, dict_add, .key = key(name), .amount = of_int(number))

/* The one request that was refused, and with what. */
static const Hf__Reply *assert_refused(const Hf__Reply *reply, hf_status status, uint32_t index) {
    assert_status(reply, status);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_REPLIES);
    assert_true(reply->replies->has_refused);
    assert_int_equal(reply->replies->refused, index);
    assert_int_equal(reply->replies->n_replies, 1);
    assert_status(reply->replies->replies[0], status);
    return reply->replies->replies[0];
}

static const Hf__Any *items_of(const struct scene *s) {
    const Hf__Reply *reply = ask(s->bob, REQUEST(s->dict, dict_copy));
    assert_status(reply, HF_OK);
    return reply->value;
}

static void assert_as_before(const struct scene *s) {
    assert_true(same_value(
        items_of(s), of_map(3, key("a"), of_int(1), key("b"), of_int(2), key("c"), of_int(3))));
    assert_int(ask(s->bob, REQUEST(s->value, value_get)), 7);
}

/* ---- all or nothing ---- */

static void what_is_done_is_answered_as_by_any_batch(void **state) {
    struct scene s = set_up(*state);

    const Hf__Reply *reply =
        ask(s.ada, atomic(batch_of(3, &ADD(s, "a", -1), &ADD(s, "b", 1),
                                   &REQUEST(s.value, value_add, .amount = of_int(1)))));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->replies->n_replies, 3);
    assert_false(reply->replies->has_refused);
    assert_int(reply_in(reply, 0), 0);
    assert_int(reply_in(reply, 2), 8);
    assert_true(same_value(
        items_of(&s), of_map(3, key("a"), of_int(0), key("b"), of_int(3), key("c"), of_int(3))));
}

static void a_transfer_to_an_account_that_is_not_there_changes_nothing(void **state) {
    struct scene s = set_up(*state);

    const Hf__Reply *reply =
        ask(s.ada, atomic(batch_of(3, &ADD(s, "a", -1), &ADD(s, "nobody", 1), &ADD(s, "b", 1))));

    assert_refused(reply, HF_KEY_ERROR, 1);
    assert_string_equal(reply->detail, "request 1, dict_add: no key \"nobody\"");
    assert_as_before(&s);
}

static void the_first_request_may_be_the_one_that_is_refused(void **state) {
    struct scene s = set_up(*state);

    assert_refused(ask(s.ada, atomic(batch_of(2, &DELETE(s, "x"), &DELETE(s, "a")))), HF_KEY_ERROR,
                   0);

    assert_as_before(&s);
}

static void the_reply_of_the_refused_request_tells_what_it_has_seen(void **state) {
    struct scene s = set_up(*state);
    const Hf__Request compare = REQUEST(s.dict, dict_compare_and_set, .key = key("new"),
                                        .expected = of_int(1), .replacement = of_int(2));
    Hf__Any *text = of_string("a text that is too long to lie anywhere but on the heap");

    const Hf__Reply *reply =
        ask(s.ada, atomic(batch_of(3, &REQUEST(s.dict, dict_set, .key = key("new"), .value = text),
                                   &REQUEST(s.dict, dict_get, .key = key("a")), &compare)));

    assert_true(same_value(assert_refused(reply, HF_MISMATCH, 2)->value, text));
    assert_as_before(&s);
}

/* Each change meets the ones before it. */
static void all_changes_of_one_key_are_undone(void **state) {
    struct scene s = set_up(*state);

    const Hf__Reply *reply =
        ask(s.ada, atomic(batch_of(9, &SET(s, "b", 5), &DELETE(s, "b"), &SET(s, "b", 6),
                                   &ADD(s, "b", 1), &REQUEST(s.dict, dict_pop, .key = key("b")),
                                   &REQUEST(s.dict, dict_clear), &SET(s, "b", 7), &SET(s, "d", 7),
                                   &ADD(s, "x", 1))));

    assert_refused(reply, HF_KEY_ERROR, 8);
    assert_as_before(&s);
}

static void a_popped_value_is_told_when_it_is_done(void **state) {
    struct scene s = set_up(*state);
    Hf__Any *text = of_string("a text that is too long to lie anywhere but on the heap");
    assert_status(ask(s.ada, REQUEST(s.dict, dict_set, .key = key("text"), .value = text)), HF_OK);

    const Hf__Reply *reply =
        ask(s.ada, atomic(batch_of(3, &REQUEST(s.dict, dict_pop, .key = key("text")),
                                   &SET(s, "text", 1), &REQUEST(s.dict, dict_popitem))));

    assert_status(reply, HF_OK);
    assert_value(reply_in(reply, 0), text);
    assert_int_equal(reply_in(reply, 2)->item->value->int_, 1);
    assert_as_before(&s);
}

/* ---- places ---- */

enum { MANY = 700, LEFT = MANY / 2, NEW = 300 };

static void fill(const struct scene *s, int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
        assert_status(ask(s->ada, REQUEST(s->dict, dict_set, .key = of_int(i), .value = of_int(i))),
                      HF_OK);
    }
}

/* An atomic batch for so many requests, which has none yet. */
static Hf__Request room_for(size_t count) {
    Hf__Request batch = atomic(batch_of(0));
    batch.batch->requests = test_calloc(count, sizeof *batch.batch->requests);
    return batch;
}

static void put(Hf__Request *batch, Hf__Request request) {
    batch->batch->requests[batch->batch->n_requests++] = lasting(&request);
}

static const Hf__Reply *ask_and_free(struct peer *peer, Hf__Request batch) {
    const Hf__Reply *reply = ask(peer, batch);
    test_free(batch.batch->requests);
    return reply;
}

/* More than fill a block come and go, while gaps are being closed. */
static void entries_come_back_to_their_places(void **state) {
    struct scene s = set_up(*state);
    fill(&s, 0, MANY);
    for (int64_t i = 0; i < MANY; i += 2) {
        assert_status(ask(s.ada, REQUEST(s.dict, dict_delete, .key = of_int(i))), HF_OK);
    }
    const Hf__Reply *page = ask(s.bob, REQUEST(s.dict, dict_keys, .has_limit = true, .limit = 20));
    const Hf__Any *before = items_of(&s);
    Hf__Request batch = room_for(LEFT + NEW + 1);
    for (int64_t i = 1; i < MANY; i += 2) {
        put(&batch, REQUEST(s.dict, dict_delete, .key = of_int(i)));
    }
    for (int64_t i = 0; i < NEW; i++) {
        put(&batch, REQUEST(s.dict, dict_set, .key = of_int(MANY + i), .value = of_null()));
    }
    put(&batch, DELETE(s, "nothing"));

    assert_refused(ask_and_free(s.ada, batch), HF_KEY_ERROR, LEFT + NEW);

    assert_true(same_value(items_of(&s), before));
    assert_true(page->page->has_next);
    const Hf__Reply *next =
        ask(s.bob, REQUEST(s.dict, dict_keys, .has_cursor = true, .cursor = page->page->next));
    assert_int_equal(next->page->n_keys, LEFT + 3 - 20);
    fill(&s, MANY, 2 * MANY);
    assert_count(ask(s.bob, REQUEST(s.dict, dict_len)), LEFT + 3 + MANY);
}

/* ---- lists ---- */

enum { CHANGES_MOST = 8, BATCHES = 400, LIST_MOST = 1500 };

static Hf__Any **numbers(int64_t from, size_t count) {
    Hf__Any **values = test_calloc(count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = i % 5 ? of_int(from + (int64_t)i) : of_string("a text too long for the item");
    }
    return values;
}

static void put_extend(Hf__Request *batch, uint64_t list, size_t count) {
    Hf__Any **values = numbers(0, count);
    put(batch, REQUEST(list, list_extend, .n_values = count, .values = values));
    test_free(values);
}

static void put_set_slice(Hf__Request *batch, uint64_t list, int64_t start, size_t count) {
    Hf__Any **values = numbers(1000, count);
    put(batch, REQUEST(list, list_set_slice, .has_start = true, .start = start, .has_stop = true,
                       .stop = start + 300, .n_values = count, .values = values));
    test_free(values);
}

/* Bounds are clipped, so each of these can be done, but for a pop of the empty list. */
static void put_change(Hf__Request *batch, uint64_t list, struct seeded *random) {
    int64_t at = (int64_t)seeded_below(random, LIST_MOST);
    switch (seeded_below(random, 9)) {
    case 0:
        put_extend(batch, list, seeded_below(random, 600));
        break;
    case 1:
        put_set_slice(batch, list, at, seeded_below(random, 400));
        break;
    case 2:
        put(batch, REQUEST(list, list_delete_slice, .has_start = true, .start = at));
        break;
    case 3:
        put(batch, REQUEST(list, list_delete_slice, .has_stop = true, .stop = at));
        break;
    case 4:
        put(batch, REQUEST(list, list_delete_slice, .has_start = true, .start = at / 4,
                           .has_step = true, .step = 2 + at % 3));
        break;
    case 5:
        put(batch, REQUEST(list, list_insert, .index = at, .value = of_int(at)));
        break;
    case 6:
        put(batch, REQUEST(list, list_reverse));
        break;
    case 7:
        put(batch, REQUEST(list, list_pop));
        break;
    default:
        if (at % 8 == 0) {
            put(batch, REQUEST(list, list_clear));
        } else {
            put(batch, REQUEST(list, list_repeat, .count = 2));
        }
    }
}

static void assert_same_values(const Hf__Reply *a, const Hf__Reply *b) {
    assert_status(a, HF_OK);
    assert_int_equal(a->values->n_items, b->values->n_items);
    for (size_t i = 0; i < a->values->n_items; i++) {
        assert_true(same_value(a->values->items[i], b->values->items[i]));
    }
}

static void a_list_of_any_length_is_as_before(void **state) {
    struct scene s = set_up(*state);
    uint64_t list = open_list(s.ada, "list");
    struct seeded random = {1};
    size_t refused = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        const Hf__Reply *before = ask(s.bob, REQUEST(list, list_copy));
        assert_status(before, HF_OK);
        bool done = seeded_below(&random, 3) == 0 && before->values->n_items < LIST_MOST;
        Hf__Request batch = room_for(CHANGES_MOST + 1);
        for (size_t j = 1 + seeded_below(&random, CHANGES_MOST); j > 0; j--) {
            put_change(&batch, list, &random);
        }
        if (!done) {
            put(&batch, DELETE(s, "nothing"));
        }
        const Hf__Reply *reply = ask_and_free(s.ada, batch);
        assert_true(done || reply->replies->has_refused);
        if (reply->replies->has_refused) {
            assert_same_values(ask(s.bob, REQUEST(list, list_copy)), before);
            refused++;
        }
    }
    assert_true(refused > BATCHES / 2);
}

/* ---- who is told ---- */

static void watches_are_told_when_it_is_done(void **state) {
    struct scene s = set_up(*state);
    uint64_t watch = opened(s.bob, REQUEST(0, watch_open, .prefix = name_of("")));
    uint64_t id = peer_send(s.bob, waiting(REQUEST(watch, watch_next), -1));

    assert_refused(ask(s.ada, atomic(batch_of(2, &SET(s, "a", 5), &DELETE(s, "x")))), HF_KEY_ERROR,
                   1);
    assert_true(unanswered(s.bob, id));
    assert_status(ask(s.ada, atomic(batch_of(3, &SET(s, "a", 5), &REQUEST(s.value, value_get),
                                             &REQUEST(s.value, value_set, .value = of_int(1))))),
                  HF_OK);

    const Hf__Reply *reply = peer_reply(s.bob, id);
    assert_status(reply, HF_OK);
    assert_int_equal(reply->changes->n_changes, 2);
    assert_int_equal(reply->changes->changes[0]->request->op_case, HF__REQUEST__OP_DICT_SET);
    assert_int_equal(reply->changes->changes[1]->request->op_case, HF__REQUEST__OP_VALUE_SET);
}

static void no_waiting_call_is_served_in_between(void **state) {
    struct scene s = set_up(*state);
    uint64_t event = opened(s.ada, REQUEST(0, event_open, .name = name_of("event")));
    uint64_t latch = opened(s.ada, REQUEST(0, latch_open, .name = name_of("latch")));
    uint64_t of_event = peer_send(s.bob, waiting(REQUEST(event, event_wait), -1));
    uint64_t of_latch = peer_send(s.bob, waiting(REQUEST(latch, latch_wait), -1));

    assert_refused(
        ask(s.ada, atomic(batch_of(4, &REQUEST(event, event_set), &REQUEST(event, event_clear),
                                   &REQUEST(latch, latch_count_down), &DELETE(s, "x")))),
        HF_KEY_ERROR, 3);
    assert_true(unanswered(s.bob, of_event));
    assert_true(unanswered(s.bob, of_latch));
    assert_truth(ask(s.ada, REQUEST(event, event_is_set)), false);
    assert_count(ask(s.ada, REQUEST(latch, latch_count)), 1);

    assert_status(
        ask(s.ada, atomic(batch_of(3, &REQUEST(event, event_set), &REQUEST(event, event_clear),
                                   &REQUEST(latch, latch_count_down)))),
        HF_OK);
    assert_status(peer_reply(s.bob, of_event), HF_OK);
    assert_status(peer_reply(s.bob, of_latch), HF_OK);
    assert_truth(ask(s.ada, REQUEST(event, event_is_set)), false);
}

static void nothing_is_left_of_a_put_that_is_undone(void **state) {
    struct scene s = set_up(*state);
    uint64_t queue = open_queue(s.ada, "queue", 3);
    uint64_t getting = start_get(s.bob, queue, -1);

    assert_refused(ask(s.ada, atomic(batch_of(4, &REQUEST(queue, queue_put, .value = of_int(1)),
                                              &REQUEST(queue, queue_put, .value = of_int(2),
                                                       .has_delay_ms = true, .delay_ms = 5),
                                              &REQUEST(queue, queue_put, .value = of_int(3)),
                                              &DELETE(s, "x")))),
                   HF_KEY_ERROR, 3);
    assert_true(unanswered(s.bob, getting));
    world_pass(*state, 10);
    assert_true(unanswered(s.bob, getting));
    assert_count(ask(s.ada, REQUEST(queue, queue_size)), 0);
    assert_status(ask(s.ada, REQUEST(queue, queue_task_done)), HF_VALUE_ERROR);

    assert_status(ask(s.ada, atomic(batch_of(2, &REQUEST(queue, queue_put, .value = of_int(4)),
                                             &SET(s, "a", 1)))),
                  HF_OK);
    assert_int(peer_reply(s.bob, getting), 4);
}

/* ---- locks ---- */

static void a_lock_is_given_back(void **state) {
    struct scene s = set_up(*state);
    uint64_t lock = open_lock(s.ada, "lock");
    uint64_t semaphore = opened(s.ada, REQUEST(0, semaphore_open, .name = name_of("semaphore")));
    uint64_t rwlock = opened(s.ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    struct peer *eve = world_join(*state, "eve");
    (void)take_lock(eve, lock);
    peer_leave(eve);

    const Hf__Reply *reply =
        ask(s.ada,
            atomic(batch_of(4, &REQUEST(lock, lock_acquire), &REQUEST(semaphore, semaphore_acquire),
                            &REQUEST(rwlock, rwlock_acquire_read), &DELETE(s, "x"))));

    assert_refused(reply, HF_KEY_ERROR, 3);
    assert_false(reply->has_holds_left);
    const Hf__Reply *grant = ask(s.bob, REQUEST(lock, lock_acquire));
    assert_status(grant, HF_OWNER_DIED);
    assert_string_equal(grant->grant->died->label, "eve");
    assert_status(ask(s.bob, REQUEST(semaphore, semaphore_acquire)), HF_OK);
    assert_status(ask(s.bob, REQUEST(rwlock, rwlock_acquire_write)), HF_OK);
}

static void a_release_is_undone_with_its_fence_and_its_lease(void **state) {
    struct scene s = set_up(*state);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = open_lock(s.ada, "lock");
    uint64_t other = open_lock(s.ada, "other");
    const Hf__Reply *grant =
        ask(s.ada, REQUEST(guard.lock, lock_acquire, .has_lease_ms = true, .lease_ms = 100));
    guard.fence = grant->grant->fence;
    assert_status(ask(s.ada, REQUEST(other, lock_acquire)), HF_OK);
    uint64_t waits = start_acquire(s.bob, guard.lock, -1);

    assert_refused(
        ask(s.ada, atomic(batch_of(2, &REQUEST(guard.lock, lock_release), &DELETE(s, "x")))),
        HF_KEY_ERROR, 1);
    assert_true(unanswered(s.bob, waits));
    Hf__Request guarded = SET(s, "a", 1);
    guarded.guard = &guard;
    assert_status(ask(s.ada, guarded), HF_OK);
    world_pass(*state, 99);
    assert_true(unanswered(s.bob, waits));
    world_pass(*state, 1);
    assert_status(peer_reply(s.bob, waits), HF_OWNER_DIED);
}

static void a_lease_that_was_set_anew_is_the_old_one_again(void **state) {
    struct scene s = set_up(*state);
    uint64_t lock = opened(s.ada, REQUEST(0, lock_open, .name = name_of("lock"),
                                          .has_reentrant = true, .reentrant = true));
    assert_status(ask(s.ada, REQUEST(lock, lock_acquire, .has_lease_ms = true, .lease_ms = 100)),
                  HF_OK);
    world_pass(*state, 40);

    assert_refused(
        ask(s.ada,
            atomic(batch_of(4, &REQUEST(lock, lock_acquire, .has_lease_ms = true, .lease_ms = 5000),
                            &REQUEST(lock, lock_release), &REQUEST(lock, lock_release),
                            &DELETE(s, "x")))),
        HF_KEY_ERROR, 3);
    const Hf__Reply *holder = ask(s.bob, REQUEST(lock, lock_who));
    assert_int_equal(holder->holder->depth, 1);
    assert_int_equal(holder->holder->lease_left_ms, 60);
    world_pass(*state, 60);
    assert_status(ask(s.bob, REQUEST(lock, lock_who)), HF_NOT_HELD);
}

static void a_lock_is_kept_if_all_is_done(void **state) {
    struct scene s = set_up(*state);
    uint64_t lock = open_lock(s.ada, "lock");
    uint64_t held = take_lock(s.bob, lock);
    uint64_t id = peer_send(
        s.ada, waiting(atomic(batch_of(2, &REQUEST(lock, lock_acquire), &SET(s, "a", 9))), -1));
    assert_as_before(&s);

    assert_status(ask(s.bob, REQUEST(lock, lock_release)), HF_OK);

    const Hf__Reply *reply = peer_reply(s.ada, id);
    assert_status(reply, HF_OK);
    assert_true(reply_in(reply, 0)->grant->fence > held);
    assert_int_equal(reply->holds_left, 1);
    assert_int_equal(ask(s.bob, REQUEST(lock, lock_who))->holder->fence,
                     reply_in(reply, 0)->grant->fence);
}

/* The holds of a session that dies end in the order of their grants. */
static void a_grant_is_at_its_old_place_again(void **state) {
    struct scene s = set_up(*state);
    struct peer *eve = world_join(*state, "eve");
    uint64_t first = open_lock(s.ada, "first");
    uint64_t second = open_lock(s.ada, "second");
    (void)take_lock(s.ada, first);
    (void)take_lock(s.ada, second);
    uint64_t by_eve = start_acquire(eve, second, -1);
    uint64_t by_bob = start_acquire(s.bob, first, -1);

    assert_refused(ask(s.ada, atomic(batch_of(2, &REQUEST(first, lock_release), &DELETE(s, "x")))),
                   HF_KEY_ERROR, 1);
    peer_leave(s.ada);

    const Hf__Reply *of_first = peer_reply(s.bob, by_bob);
    assert_status(of_first, HF_OWNER_DIED);
    assert_true(of_first->grant->fence < peer_reply(eve, by_eve)->grant->fence);
}

/* Eve writes and dies. */
static void what_a_dead_writer_has_left_is_told_to_the_next_again(void **state) {
    struct scene s = set_up(*state);
    uint64_t rwlock = opened(s.ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    struct peer *eve = world_join(*state, "eve");
    assert_status(ask(eve, REQUEST(rwlock, rwlock_acquire_write)), HF_OK);
    peer_leave(eve);

    assert_refused(
        ask(s.ada, atomic(batch_of(3, &REQUEST(rwlock, rwlock_acquire_read),
                                   &REQUEST(rwlock, rwlock_acquire_write), &DELETE(s, "x")))),
        HF_KEY_ERROR, 2);
    assert_refused(
        ask(s.ada, atomic(batch_of(2, &REQUEST(rwlock, rwlock_acquire_write), &DELETE(s, "x")))),
        HF_KEY_ERROR, 1);

    const Hf__Reply *grant = ask(s.bob, REQUEST(rwlock, rwlock_acquire_write));
    assert_status(grant, HF_OWNER_DIED);
    assert_string_equal(grant->grant->died->label, "eve");
}

/* Two sessions read; bob's grant is the later one. */
static void a_deeper_read_is_undone_with_its_lease(void **state) {
    struct scene s = set_up(*state);
    uint64_t rwlock = opened(s.ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    const Hf__Request leased =
        REQUEST(rwlock, rwlock_acquire_read, .has_lease_ms = true, .lease_ms = 50);
    const Hf__Request longer =
        REQUEST(rwlock, rwlock_acquire_read, .has_lease_ms = true, .lease_ms = 5000);
    assert_status(ask(s.ada, leased), HF_OK);
    assert_status(ask(s.bob, REQUEST(rwlock, rwlock_acquire_read)), HF_OK);

    assert_refused(ask(s.ada, atomic(batch_of(3, &longer, &longer, &DELETE(s, "x")))), HF_KEY_ERROR,
                   2);

    uint64_t waits = peer_send(s.bob, waiting(REQUEST(rwlock, rwlock_acquire_write), -1));
    world_pass(*state, 49);
    assert_true(unanswered(s.bob, waits));
    world_pass(*state, 1);
    assert_status(peer_reply(s.bob, waits), HF_OK);
}

static void a_lock_that_the_dead_have_kept_is_theirs_again(void **state) {
    struct scene s = set_up(*state);
    uint64_t lock = opened(
        s.ada, REQUEST(0, lock_open, .name = name_of("lock"), .has_keep = true, .keep = true));
    struct peer *eve = world_join(*state, "eve");
    uint64_t fence = take_lock(eve, lock);
    peer_leave(eve);

    assert_refused(ask(s.ada, atomic(batch_of(3, &REQUEST(lock, lock_release),
                                              &REQUEST(lock, lock_acquire), &DELETE(s, "x")))),
                   HF_KEY_ERROR, 2);

    const Hf__Reply *who = ask(s.bob, REQUEST(lock, lock_who));
    assert_status(who, HF_OK);
    assert_true(who->holder->dead);
    assert_int_equal(who->holder->fence, fence);
    assert_status(ask(s.bob, REQUEST(lock, lock_release)), HF_OK);
    assert_status(ask(s.bob, REQUEST(lock, lock_acquire)), HF_OWNER_DIED);
}

/* The batch has waited for the lock, and is refused when it has got it. */
static void a_lock_that_was_waited_for_goes_to_the_next(void **state) {
    struct scene s = set_up(*state);
    uint64_t lock = open_lock(s.ada, "lock");
    struct peer *eve = world_join(*state, "eve");
    (void)take_lock(eve, lock);
    uint64_t first = peer_send(
        s.ada, waiting(atomic(batch_of(2, &REQUEST(lock, lock_acquire), &DELETE(s, "x"))), -1));
    uint64_t second = start_acquire(s.bob, lock, -1);

    assert_status(ask(eve, REQUEST(lock, lock_release)), HF_OK);

    assert_refused(peer_reply(s.ada, first), HF_KEY_ERROR, 1);
    assert_status(peer_reply(s.bob, second), HF_OK);
}

/* The last request is not noted, and may end what an earlier one has noted. */
static void the_last_request_may_end_a_grant_of_the_batch(void **state) {
    struct scene s = set_up(*state);
    uint64_t rwlock = opened(s.ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    uint64_t semaphore = opened(s.ada, REQUEST(0, semaphore_open, .name = name_of("semaphore")));
    uint64_t lock = open_lock(s.ada, "lock");
    const Hf__Request hand_over = REQUEST(lock, lock_transfer, .session = 2);

    assert_status(ask(s.ada, atomic(batch_of(3, &REQUEST(rwlock, rwlock_acquire_read),
                                             &SET(s, "a", 1), &REQUEST(rwlock, rwlock_release)))),
                  HF_OK);
    assert_status(ask(s.ada, atomic(batch_of(2, &REQUEST(semaphore, semaphore_acquire),
                                             &REQUEST(semaphore, semaphore_release)))),
                  HF_OK);
    assert_status(ask(s.ada, atomic(batch_of(2, &REQUEST(lock, lock_acquire), &hand_over))), HF_OK);

    assert_status(ask(s.bob, REQUEST(rwlock, rwlock_acquire_write)), HF_OK);
    assert_status(ask(s.bob, REQUEST(semaphore, semaphore_acquire)), HF_OK);
    assert_status(ask(s.bob, REQUEST(lock, lock_release)), HF_OK);
}

/* Only the first request of a batch waits. */
static void a_lock_that_is_not_free_refuses_the_batch(void **state) {
    struct scene s = set_up(*state);
    uint64_t lock = open_lock(s.ada, "lock");
    uint64_t other = open_lock(s.ada, "other");
    (void)take_lock(s.bob, other);

    const Hf__Request both =
        atomic(batch_of(2, &REQUEST(lock, lock_acquire), &REQUEST(other, lock_acquire)));
    assert_refused(peer_reply(s.ada, peer_send(s.ada, waiting(both, -1))), HF_TIMEOUT, 1);

    assert_status(ask(s.bob, REQUEST(lock, lock_who)), HF_NOT_HELD);
}

/* ---- references ---- */

static void what_a_deleted_value_refers_to_lives_until_it_is_done(void **state) {
    struct scene s = set_up(*state);
    uint64_t inner = open_dict(s.ada, NULL);
    assert_status(ask(s.ada, REQUEST(s.dict, dict_set, .key = key("b"), .value = of_ref(inner))),
                  HF_OK);
    assert_status(ask(s.ada, REQUEST(inner, object_release)), HF_OK);

    assert_refused(ask(s.ada, atomic(batch_of(2, &SET(s, "b", 1), &DELETE(s, "x")))), HF_KEY_ERROR,
                   1);
    const Hf__Reply *described = ask(s.bob, REQUEST(inner, object_describe));
    assert_int_equal(described->description->references, 2);
    assert_status(ask(s.bob, REQUEST(inner, object_release)), HF_OK);

    assert_status(ask(s.ada, atomic(batch_of(2, &SET(s, "b", 1), &SET(s, "a", 1)))), HF_OK);
    assert_status(ask(s.bob, REQUEST(inner, dict_len)), HF_NO_OBJECT);
}

static void a_reference_that_is_undone_does_not_count(void **state) {
    struct scene s = set_up(*state);
    uint64_t inner = open_dict(s.ada, NULL);

    assert_refused(
        ask(s.ada,
            atomic(batch_of(2, &REQUEST(s.dict, dict_set, .key = key("r"), .value = of_ref(inner)),
                            &DELETE(s, "x")))),
        HF_KEY_ERROR, 1);

    assert_status(ask(s.ada, REQUEST(inner, object_release)), HF_OK);
    assert_status(ask(s.bob, REQUEST(inner, dict_len)), HF_NO_OBJECT);
    assert_as_before(&s);
}

/* ---- what may be in one ---- */

static void only_the_last_request_may_be_one_that_cannot_be_undone(void **state) {
    struct scene s = set_up(*state);
    uint64_t queue = open_queue(s.ada, "queue", 0);
    put_int(s.ada, queue, 4);

    const Hf__Reply *reply = ask(
        s.ada, atomic(batch_of(3, &SET(s, "a", 5), &REQUEST(queue, queue_get), &SET(s, "b", 5))));
    assert_status(reply, HF_INVALID);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT__NOT_SET);
    assert_string_equal(reply->detail,
                        "request 1: queue_get cannot be undone, so it must be the last");
    assert_as_before(&s);

    reply = ask(s.ada, atomic(batch_of(2, &SET(s, "a", 5), &REQUEST(queue, queue_get))));
    assert_status(reply, HF_OK);
    assert_int(reply_in(reply, 1), 4);

    reply = ask(s.ada, atomic(batch_of(2, &SET(s, "a", 1), &REQUEST(queue, queue_get))));
    assert_refused(reply, HF_TIMEOUT, 1);
    assert_int(ask(s.bob, REQUEST(s.dict, dict_get, .key = key("a"))), 5);
}

static void what_is_about_the_names_of_objects_is_in_no_atomic_batch(void **state) {
    struct scene s = set_up(*state);
    const Hf__Request refused[] = {REQUEST(s.dict, object_delete), REQUEST(0, dict_open),
                                   REQUEST(s.dict, object_release),
                                   REQUEST(0, lock_acquire_many, .n_locks = 1, .locks = &s.dict)};

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const Hf__Reply *reply = ask(s.ada, atomic(batch_of(2, &SET(s, "a", 5), &refused[i])));
        assert_status(reply, HF_INVALID);
        assert_non_null(strstr(reply->detail, "cannot be undone"));
    }

    assert_as_before(&s);
}

static void it_may_have_checks_and_guards(void **state) {
    struct scene s = set_up(*state);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = open_lock(s.ada, "lock");
    guard.fence = take_lock(s.ada, guard.lock) + 1;
    Hf__Request guarded = SET(s, "b", 5);
    guarded.guard = &guard;

    assert_refused(ask(s.ada, atomic(batch_of(2, &SET(s, "a", 5), &guarded))), HF_STALE_FENCE, 1);
    assert_status(ask(s.ada, with_checks(atomic(batch_of(2, &SET(s, "a", 5), &DELETE(s, "x"))), 1,
                                         equals(&REQUEST(s.value, value_get), of_int(8)))),
                  HF_MISMATCH);

    assert_as_before(&s);
}

static void while_the_first_request_waits_nothing_is_done(void **state) {
    struct scene s = set_up(*state);
    uint64_t pipe = opened(s.bob, REQUEST(0, pipe_open, .name = name_of("pipe")));
    assert_status(ask(s.bob, REQUEST(pipe, pipe_attach, .end = 1)), HF_OK);
    assert_status(ask(s.ada, REQUEST(pipe, pipe_attach, .end = 0)), HF_OK);

    uint64_t id = peer_send(s.ada, waiting(atomic(batch_of(3, &REQUEST(pipe, pipe_poll),
                                                           &SET(s, "a", 5), &DELETE(s, "x"))),
                                           -1));
    assert_true(unanswered(s.ada, id));
    assert_as_before(&s);
    assert_status(ask(s.bob, REQUEST(pipe, pipe_send, .end = 1, .value = of_int(1))), HF_OK);

    assert_refused(peer_reply(s.ada, id), HF_KEY_ERROR, 2);
    assert_as_before(&s);
}

static void it_does_not_wait_at_a_pipe_that_it_would_attach(void **state) {
    struct scene s = set_up(*state);
    uint64_t pipe = opened(s.bob, REQUEST(0, pipe_open, .name = name_of("pipe")));
    const Hf__Request polls[] = {
        atomic(batch_of(2, &REQUEST(pipe, pipe_poll), &SET(s, "a", 5))),
        atomic(batch_of(1, &REQUEST(pipe, pipe_poll))),
        atomic(batch_of(1, &REQUEST(pipe, pipe_receive))),
    };
    for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
        assert_status(ask(s.ada, waiting(polls[i], -1)), HF_INVALID);
        assert_status(ask(s.ada, polls[i]), HF_TIMEOUT);
        const Hf__Description *pipe_now = ask(s.bob, REQUEST(pipe, object_describe))->description;
        assert_int_equal(pipe_now->n_holders, 0);
        assert_null(strstr(pipe_now->options, "closed"));
    }

    assert_status(ask(s.bob, REQUEST(pipe, pipe_send, .end = 1, .value = of_int(1))), HF_OK);
    assert_status(ask(s.ada, waiting(polls[0], -1)), HF_OK);
    assert_int(ask(s.bob, REQUEST(s.dict, dict_get, .key = key("a"))), 5);
}

static void a_batch_that_is_not_atomic_stays_done(void **state) {
    struct scene s = set_up(*state);
    Hf__Request batch = atomic(batch_of(2, &SET(s, "a", 5), &DELETE(s, "x")));
    batch.batch->atomic = false;

    const Hf__Reply *reply = ask(s.ada, batch);

    assert_status(reply, HF_KEY_ERROR);
    assert_int_equal(reply->replies->n_replies, 2);
    assert_int(ask(s.bob, REQUEST(s.dict, dict_get, .key = key("a"))), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_done_is_answered_as_by_any_batch),
        cmocka_unit_test(a_transfer_to_an_account_that_is_not_there_changes_nothing),
        cmocka_unit_test(the_first_request_may_be_the_one_that_is_refused),
        cmocka_unit_test(the_reply_of_the_refused_request_tells_what_it_has_seen),
        cmocka_unit_test(all_changes_of_one_key_are_undone),
        cmocka_unit_test(a_popped_value_is_told_when_it_is_done),
        cmocka_unit_test(entries_come_back_to_their_places),
        cmocka_unit_test(a_list_of_any_length_is_as_before),
        cmocka_unit_test(watches_are_told_when_it_is_done),
        cmocka_unit_test(no_waiting_call_is_served_in_between),
        cmocka_unit_test(nothing_is_left_of_a_put_that_is_undone),
        cmocka_unit_test(a_lock_is_given_back),
        cmocka_unit_test(a_release_is_undone_with_its_fence_and_its_lease),
        cmocka_unit_test(a_lease_that_was_set_anew_is_the_old_one_again),
        cmocka_unit_test(a_lock_is_kept_if_all_is_done),
        cmocka_unit_test(a_grant_is_at_its_old_place_again),
        cmocka_unit_test(what_a_dead_writer_has_left_is_told_to_the_next_again),
        cmocka_unit_test(a_deeper_read_is_undone_with_its_lease),
        cmocka_unit_test(a_lock_that_the_dead_have_kept_is_theirs_again),
        cmocka_unit_test(a_lock_that_was_waited_for_goes_to_the_next),
        cmocka_unit_test(the_last_request_may_end_a_grant_of_the_batch),
        cmocka_unit_test(a_lock_that_is_not_free_refuses_the_batch),
        cmocka_unit_test(what_a_deleted_value_refers_to_lives_until_it_is_done),
        cmocka_unit_test(a_reference_that_is_undone_does_not_count),
        cmocka_unit_test(only_the_last_request_may_be_one_that_cannot_be_undone),
        cmocka_unit_test(what_is_about_the_names_of_objects_is_in_no_atomic_batch),
        cmocka_unit_test(it_may_have_checks_and_guards),
        cmocka_unit_test(while_the_first_request_waits_nothing_is_done),
        cmocka_unit_test(it_does_not_wait_at_a_pipe_that_it_would_attach),
        cmocka_unit_test(a_batch_that_is_not_atomic_stays_done),
    };
    return WORLD_MAIN(tests);
}
