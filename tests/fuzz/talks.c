/* SPDX-License-Identifier: MIT
 *
 * The conversations that become the seed corpus. A new operation is said in one of them at least,
 * so that it is done or waits; make_corpus fails otherwise. A new conversation has its row at the
 * end, and its file in corpus/ from make_corpus.
 */
#include "proof.h"
#include "talk.h"

static uint64_t object_in(const Hf__Reply *reply) {
    assert_status(reply, HF_OK);
    return reply->object->id;
}

static uint64_t leased(const Hf__Reply *reply) {
    assert_status(reply, HF_OK);
    return reply->delivery->id;
}

#define NAMED .name = name_of("name")
#define SAY(session, ...) (void)say(talk, session, REQUEST(__VA_ARGS__))
#define WAIT(session, ms, ...) (void)say(talk, session, waiting(REQUEST(__VA_ARGS__), ms))

static Hf__Any *nested(void) {
    return of_list(3, of_map(1, of_string("key"), of_double(0.5)), of_bytes("\1\2", 2), of_null());
}

/* A value of the kinds that only some languages have. */
static Hf__Any *strange(uint64_t ref) {
    return of_tuple(3, of_big("\0\0\0\0\0\0\0\0\1", 9), of_opaque("fuzz", "bytes", NULL, ref),
                    of_opaque("fuzz", "bytes", "equals", 0));
}

/* ---- the conversations ---- */

static void talk_of_dicts(struct talk *talk) {
    uint64_t dict = object_in(say(talk, 0, REQUEST(0, dict_open, NAMED)));
    SAY(0, dict, dict_set, .key = of_string("a"), .value = of_int(1));
    SAY(0, dict, dict_set, .key = of_double(1.5), .value = nested());
    SAY(1, dict, dict_get, .key = of_string("a"));
    SAY(1, dict, dict_get, .key = of_null(), .fallback = of_int(2));
    SAY(1, dict, dict_contains, .key = of_string("a"));
    SAY(1, dict, dict_len);
    SAY(1, dict, dict_add, .key = of_string("a"), .amount = of_int(1), .ceiling = of_int(2));
    SAY(1, dict, dict_compare_and_set, .key = of_string("a"), .expected = of_int(2),
        .replacement = of_string("b"));
    SAY(1, dict, dict_setdefault, .key = of_bytes("k", 1), .value = of_bool(true));
    SAY(1, dict, dict_update, .n_items = 2,
        .items = item_array(2, of_int(1), nested(), of_int(2), of_null()));
    SAY(0, dict, dict_set, .key = of_string("brief"), .value = nested(), .has_ttl_ms = true,
        .ttl_ms = 20);
    SAY(1, dict, dict_expire, .key = of_string("a"), .has_ttl_ms = true, .ttl_ms = 30);
    SAY(1, dict, dict_touch, .key = of_string("brief"), .has_ttl_ms = true, .ttl_ms = 25);
    SAY(1, dict, dict_ttl, .key = of_string("a"));
    SAY(1, dict, dict_expire, .key = of_string("a"));
    SAY(2, dict, dict_keys, .has_limit = true, .limit = 2);
    SAY(2, dict, dict_values);
    SAY(2, dict, dict_items, .has_cursor = true, .cursor = 2);
    SAY(2, dict, dict_copy);
    SAY(2, dict, dict_pop, .key = of_int(1));
    SAY(2, dict, dict_popitem);
    SAY(2, dict, dict_delete, .key = of_string("a"));
    SAY(2, dict, dict_clear);
    SAY(1, dict, object_expire, .has_ttl_ms = true, .ttl_ms = 50);
    SAY(0, dict, object_ttl);
    SAY(0, dict, object_expire);
    (void)say(talk, 0, REQUEST(0, event_open, .has_ttl_ms = true, .ttl_ms = 10));
    uint64_t cache = object_in(
        say(talk, 0,
            REQUEST(0, dict_open, .has_max_items = true, .max_items = 2, .has_eviction = true,
                    .eviction = HF__EVICTION__LEAST_RECENTLY_USED)));
    SAY(0, cache, dict_update, .n_items = 3,
        .items = item_array(3, of_int(1), nested(), of_int(2), of_null(), of_int(3), nested()),
        .has_ttl_ms = true, .ttl_ms = 40);
    SAY(0, cache, dict_get, .key = of_int(2));
    SAY(1, cache, dict_set, .key = of_int(4), .value = of_int(4));
    uint64_t names = object_in(say(talk, 0, REQUEST(0, namespace_open)));
    SAY(0, names, dict_set, .key = of_string("attribute"), .value = of_ref(dict));
    SAY(0, names, dict_set, .key = of_int(1), .value = of_ref(dict));
    uint64_t by_value = object_in(say(
        talk, 0, REQUEST(0, dict_open, .has_equality = true, .equality = HF__EQUALITY__BY_VALUE)));
    SAY(0, by_value, dict_set, .key = strange(names), .value = strange(dict));
    SAY(0, by_value, dict_set, .key = of_double(0x1p64), .value = of_int(1));
    SAY(0, by_value, dict_get, .key = of_big("\0\0\0\0\0\0\0\0\1", 9));
    SAY(0, by_value, dict_compare_and_set, .key = strange(0), .expected = strange(dict));
}

static void talk_of_lists(struct talk *talk) {
    uint64_t filled = object_in(
        say(talk, 0, REQUEST(0, list_open, .n_initial = 1, .initial = array_of(1, of_int(1)))));
    SAY(0, filled, list_len);
    uint64_t list = object_in(say(talk, 0, REQUEST(0, list_open)));
    SAY(0, list, list_extend, .n_values = 4,
        .values = array_of(4, of_int(3), of_int(1), of_double(2), of_bool(true)));
    SAY(0, list, list_append, .value = of_int(9));
    SAY(0, list, list_insert, .index = -1, .value = of_int(8));
    SAY(0, list, list_index, .value = of_int(8));
    SAY(0, list, list_compare_and_set, .index = 0, .expected = of_int(3), .replacement = of_int(3));
    SAY(1, list, list_sort);
    SAY(1, list, list_reverse);
    SAY(1, list, list_get, .index = -2);
    SAY(1, list, list_set, .index = 0, .value = nested());
    SAY(1, list, list_get_slice, .has_start = true, .start = -3, .has_step = true, .step = -1);
    SAY(1, list, list_set_slice, .has_stop = true, .stop = 2, .n_values = 1,
        .values = array_of(1, of_string("x")));
    SAY(1, list, list_delete_slice, .has_step = true, .step = 2);
    SAY(1, list, list_index, .value = of_int(8), .has_start = true, .start = 0);
    SAY(1, list, list_count, .value = of_int(8));
    SAY(1, list, list_contains, .value = of_int(8));
    SAY(1, list, list_add, .index = 0, .amount = of_int(5), .floor = of_int(0));
    SAY(1, list, list_compare_and_set, .index = 0, .expected = of_int(1), .replacement = of_int(2));
    SAY(1, list, list_repeat, .count = 3);
    SAY(1, list, list_remove, .value = of_int(8));
    SAY(1, list, list_delete, .index = 0);
    SAY(1, list, list_pop);
    SAY(1, list, list_pop, .has_index = true, .index = 0);
    SAY(1, list, list_len);
    SAY(1, list, list_copy);
    SAY(1, list, list_clear);
}

static void talk_of_values(struct talk *talk) {
    uint64_t count = object_in(say(
        talk, 0, REQUEST(0, value_open, NAMED, .initial = of_int(3), .tag = name_of("Counter"))));
    uint64_t real = object_in(say(
        talk, 0,
        REQUEST(0, value_open, .has_kind = true, .kind = HF__KIND__F32, .initial = of_double(1))));
    SAY(1, count, value_add, .amount = of_int(-1), .floor = of_int(0));
    SAY(1, count, value_get);
    SAY(0, count, object_version);
    SAY(0, count, object_attachment);
    SAY(1, count, value_set, .value = of_int(1));
    SAY(1, count, value_compare_and_set, .expected = of_int(1), .replacement = of_int(0));
    SAY(1, real, value_add, .amount = of_double(0.5));
    uint64_t any = object_in(
        say(talk, 0,
            REQUEST(0, value_open, .has_kind = true, .kind = HF__KIND__ANY, .initial = nested())));
    SAY(1, any, value_set, .value = of_ref(real));
    SAY(1, any, value_compare_and_set, .expected = of_ref(real), .replacement = nested());
    SAY(1, any, value_get);
    SAY(1, any, value_add, .amount = of_int(1));
    SAY(1, real, object_release);
}

static void talk_of_arrays(struct talk *talk) {
    uint64_t array = object_in(say(talk, 0,
                                   REQUEST(0, array_open, NAMED, .has_kind = true,
                                           .kind = HF__KIND__I16, .has_len = true, .len = 4)));
    uint64_t real =
        object_in(say(talk, 0,
                      REQUEST(0, array_open, .has_kind = true, .kind = HF__KIND__F32,
                              .n_initial = 2, .initial = array_of(2, of_double(0.5), of_int(1)))));
    SAY(1, array, array_set, .index = -1, .value = of_int(7));
    SAY(1, array, array_get, .index = 3);
    SAY(1, array, array_get, .index = 4);
    SAY(1, array, array_set_slice, .n_values = 2, .values = array_of(2, of_int(1), of_int(2)),
        .has_step = true, .step = -2);
    SAY(1, array, array_get_slice, .has_start = true, .start = 1, .has_stop = true, .stop = -1);
    SAY(1, array, array_len);
    SAY(1, array, array_add, .index = 0, .amount = of_int(40000));
    SAY(1, array, array_add, .index = 0, .amount = of_int(5), .floor = of_int(0));
    SAY(1, array, array_compare_and_set, .index = 0, .expected = of_int(5),
        .replacement = of_int(6));
    SAY(1, real, array_add, .index = 0, .amount = of_double(0.25), .ceiling = of_double(1));
}

static void talk_of_sets(struct talk *talk) {
    uint64_t set = object_in(say(talk, 0, REQUEST(0, set_open, NAMED)));
    uint64_t other = object_in(say(talk, 0, REQUEST(0, set_open)));
    SAY(0, set, set_add, .value = of_int(1));
    SAY(0, set, set_add, .value = of_string("one"));
    SAY(0, set, set_add, .value = nested());
    SAY(0, other, set_update, .n_values = 3,
        .values = array_of(3, of_int(1), of_null(), of_bytes("b", 1)));
    SAY(1, set, set_contains, .value = of_double(1));
    SAY(1, set, set_len);
    SAY(1, set, set_items, .has_limit = true, .limit = 1);
    SAY(1, set, set_copy);
    SAY(1, set, set_union, .has_other = true, .other = other);
    SAY(1, set, set_intersection, .has_other = true, .other = set);
    SAY(1, set, set_difference, .n_values = 1, .values = array_of(1, of_int(1)));
    SAY(1, set, set_symmetric_difference, .has_other = true, .other = other);
    SAY(1, set, set_is_subset, .has_other = true, .other = other);
    SAY(1, set, set_is_superset, .n_values = 1, .values = array_of(1, of_int(1)));
    SAY(1, set, set_is_disjoint, .has_other = true, .other = 99);
    SAY(1, set, set_is_disjoint);
    SAY(2, set, set_symmetric_difference_update, .has_other = true, .other = other);
    SAY(2, set, set_intersection_update, .has_other = true, .other = other);
    SAY(2, set, set_difference_update, .n_values = 1, .values = array_of(1, of_null()));
    SAY(2, other, set_discard, .value = of_int(1));
    SAY(2, other, set_remove, .value = of_null());
    SAY(2, other, set_pop);
    SAY(2, other, set_pop);
    SAY(2, set, set_clear);
}

static void talk_of_queues(struct talk *talk) {
    uint64_t queue = object_in(
        say(talk, 0, REQUEST(0, queue_open, NAMED, .has_max_items = true, .max_items = 2)));
    WAIT(1, -1, queue, queue_get);
    WAIT(2, 50, queue, queue_get);
    SAY(0, queue, queue_put, .value = nested());
    pass(talk, 60);
    SAY(0, queue, queue_put, .value = of_int(1));
    SAY(0, queue, queue_put, .value = of_int(2));
    WAIT(1, -1, queue, queue_put, .value = of_int(3));
    WAIT(2, -1, queue, queue_put, .value = of_int(4));
    WAIT(0, -1, queue, queue_join);
    SAY(0, queue, queue_size);
    SAY(0, queue, queue_empty);
    SAY(0, queue, queue_full);
    SAY(0, queue, object_describe);
    leave(talk, 1);
    SAY(0, queue, queue_get);
    SAY(0, queue, queue_task_done, .has_count = true, .count = 2);
    SAY(0, queue, queue_close);
    SAY(0, queue, queue_close, .has_abort = true, .abort = true);
}

static void talk_of_leases(struct talk *talk) {
    uint64_t queue =
        object_in(say(talk, 0,
                      REQUEST(0, queue_open, NAMED, .has_order = true,
                              .order = HF__QUEUE_ORDER__PRIORITY, .has_max_bytes = true,
                              .max_bytes = 1000, .has_max_deliveries = true, .max_deliveries = 1)));
    SAY(0, queue, queue_put, .value = of_int(1), .has_priority = true, .priority = -5);
    SAY(0, queue, queue_peek);
    SAY(0, queue, queue_put, .value = of_int(2), .has_delay_ms = true, .delay_ms = 100);
    SAY(0, queue, queue_put_many, .n_values = 3,
        .values = array_of(3, of_int(3), nested(), of_int(5)));
    uint64_t first =
        leased(say(talk, 1, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = -1)));
    uint64_t second =
        leased(say(talk, 1, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = 50)));
    SAY(1, queue, queue_extend, .delivery = second, .lease_ms = 200);
    SAY(1, queue, queue_acknowledge, .delivery = first);
    SAY(1, queue, queue_acknowledge, .delivery = first);
    SAY(1, queue, queue_return, .delivery = second, .has_delay_ms = true, .delay_ms = 5);
    SAY(1, queue, queue_get, .has_lease_ms = true, .lease_ms = 50);
    WAIT(2, -1, queue, queue_get_many, .max = 2);
    WAIT(2, -1, queue, queue_get_many, .max = 2);
    pass(talk, 150);
    SAY(0, queue, queue_list, .has_limit = true, .limit = 2);
    SAY(0, queue, queue_list, .has_state = true, .state = HF__QUEUE_ITEM_STATE__DELAYED);
    SAY(0, queue, queue_list, .has_cursor = true, .cursor = 1, .has_state = true,
        .state = HF__QUEUE_ITEM_STATE__LEASED);
    SAY(0, queue, queue_state);
    SAY(0, queue, queue_set_aside_list, .has_limit = true, .limit = 1);
    SAY(0, queue, queue_set_aside_list, .has_cursor = true, .cursor = 2);
    SAY(0, queue, queue_set_aside_drop, .n_ids = 1, .ids = (uint64_t[]){2});
    SAY(0, queue, queue_set_aside_return);
    SAY(0, queue, queue_get, .has_lease_ms = true, .lease_ms = -1);
    leave(talk, 0);
}

static void talk_of_producers(struct talk *talk) {
    uint64_t queue = object_in(
        say(talk, 0, REQUEST(0, queue_open, NAMED, .has_auto_close = true, .auto_close = true)));
    SAY(0, queue, queue_register_producer);
    SAY(1, queue, queue_register_producer);
    SAY(1, queue, queue_unregister_producer);
    SAY(1, queue, queue_unregister_producer);
    WAIT(2, -1, queue, queue_get);
    leave(talk, 0);
    SAY(1, queue, queue_reopen);
}

static Hf__Request of_party(uint64_t party, Hf__Request request) {
    request.has_party = true;
    request.party = party;
    return request;
}

#define PARTY(session, party, ...)                                                                 \
    (void)say(talk, session, of_party(party, waiting(REQUEST(__VA_ARGS__), -1)))

static void talk_of_parties(struct talk *talk) {
    uint64_t a = object_in(say(talk, 0, REQUEST(0, lock_open, NAMED)));
    uint64_t b = object_in(say(talk, 0, REQUEST(0, lock_open)));
    uint64_t permits = object_in(say(talk, 0, REQUEST(0, semaphore_open)));
    PARTY(0, 1, a, lock_acquire);
    PARTY(0, 2, b, lock_acquire);
    PARTY(0, 1, b, lock_acquire);
    PARTY(0, 2, a, lock_acquire);
    PARTY(0, UINT64_MAX, permits, semaphore_acquire);
    WAIT(0, -1, permits, semaphore_acquire);
    SAY(1, a, object_describe);
    SAY(0, a, lock_release);
    SAY(0, b, object_release);
    PARTY(0, 2, b, lock_release);
    uint64_t session = say(talk, 1, REQUEST(a, lock_who))->holder->session;
    PARTY(0, 1, a, lock_transfer, .session = session, .has_party = true, .party = 3);
    Hf__Request other = of_party(2, REQUEST(0, ping));
    (void)say(talk, 0, of_party(3, batch_of(1, &other)));
    PARTY(0, 3, 0, cancel, .call = 1);
    leave(talk, 0);
    SAY(1, a, object_describe);
}

static void talk_of_locks(struct talk *talk) {
    uint64_t lock = object_in(say(talk, 0, REQUEST(0, lock_open, NAMED)));
    uint64_t kept = object_in(say(talk, 0,
                                  REQUEST(0, lock_open, .has_keep = true, .keep = true,
                                          .has_reentrant = true, .reentrant = true)));
    SAY(0, lock, lock_acquire);
    SAY(0, kept, lock_acquire);
    SAY(0, kept, lock_acquire);
    WAIT(1, -1, lock, lock_acquire);
    WAIT(2, 1000, lock, lock_acquire);
    WAIT(1, -1, kept, lock_acquire);
    uint64_t dead = say(talk, 2, REQUEST(lock, lock_who))->holder->session;
    SAY(2, lock, object_describe);
    SAY(0, lock, lock_acquire);
    leave(talk, 0);
    SAY(2, kept, lock_who);
    SAY(2, kept, lock_release);
    SAY(1, lock, lock_transfer, .session = dead);
    SAY(1, lock, lock_transfer, .session = say(talk, 2, REQUEST(lock, lock_who))->holder->session);
    SAY(1, lock, lock_release);
    pass(talk, 2000);
    uint64_t both[] = {lock, kept};
    SAY(2, 0, lock_acquire_many, .n_locks = 2, .locks = both);
    WAIT(1, -1, 0, lock_acquire_many, .n_locks = 2, .locks = both);
    SAY(0, lock, lock_acquire);
    SAY(2, kept, lock_release);
    SAY(2, lock, lock_release);
    SAY(2, lock, object_delete);
}

static void talk_of_leaving(struct talk *talk) {
    uint64_t lock = object_in(say(
        talk, 0, REQUEST(0, lock_open, NAMED, .has_keep_on_leave = true, .keep_on_leave = true)));
    uint64_t shared = object_in(
        say(talk, 0, REQUEST(0, rwlock_open, .has_keep_on_leave = true, .keep_on_leave = true)));
    uint64_t seats =
        object_in(say(talk, 0,
                      REQUEST(0, semaphore_open, .has_keep_on_leave = true, .keep_on_leave = true,
                              .has_permits = true, .permits = 3)));
    SAY(0, lock, lock_acquire);
    SAY(0, shared, rwlock_acquire_read);
    SAY(0, seats, semaphore_acquire);
    SAY(0, seats, semaphore_acquire);
    WAIT(1, -1, lock, lock_acquire);
    SAY(0, 0, leave, .has_party = true, .party = 1);
    SAY(0, 0, leave);
    SAY(2, lock, object_describe);
    SAY(2, lock, lock_release);
    SAY(2, shared, rwlock_release);
    SAY(2, seats, semaphore_release);
    SAY(1, 0, leave, .has_died = true, .died = true);
    leave(talk, 0);
    SAY(2, seats, semaphore_value);
}

static void talk_of_leased_locks(struct talk *talk) {
    uint64_t lock = object_in(say(talk, 0, REQUEST(0, lock_open, NAMED)));
    uint64_t condition = object_in(say(talk, 0, REQUEST(0, condition_open, .lock = lock)));
    SAY(0, lock, lock_acquire, .has_lease_ms = true, .lease_ms = 50);
    WAIT(1, -1, lock, lock_acquire, .has_lease_ms = true, .lease_ms = 50);
    SAY(0, lock, lock_extend, .lease_ms = 100);
    SAY(2, lock, object_describe);
    pass(talk, 150);
    SAY(0, lock, lock_extend, .lease_ms = 100);
    SAY(0, lock, lock_release);
    WAIT(1, 20, condition, condition_wait);
    SAY(0, 0, lock_acquire_many, .n_locks = 1, .locks = &lock, .has_lease_ms = true, .lease_ms = 5);
    pass(talk, 100);
    leave(talk, 1);
    SAY(0, lock, lock_acquire, .has_lease_ms = true);
    uint64_t fence = say(talk, 2, REQUEST(lock, lock_acquire))->grant->fence;
    SAY(0, lock, object_break, .fence = fence);
    SAY(0, lock, object_break, .fence = fence);
    SAY(0, condition, object_break, .fence = fence);
}

static void talk_of_rwlocks(struct talk *talk) {
    uint64_t lock = object_in(say(talk, 0, REQUEST(0, rwlock_open, NAMED)));
    SAY(0, lock, rwlock_acquire_read);
    SAY(1, lock, rwlock_acquire_read);
    SAY(1, lock, rwlock_acquire_read);
    WAIT(0, -1, lock, rwlock_acquire_write);
    WAIT(2, 50, lock, rwlock_acquire_write);
    WAIT(1, -1, lock, rwlock_acquire_write);
    SAY(1, lock, rwlock_release);
    SAY(1, lock, rwlock_release);
    SAY(0, lock, object_describe);
    WAIT(1, -1, lock, rwlock_acquire_read, .has_lease_ms = true, .lease_ms = 90);
    SAY(0, lock, rwlock_extend, .lease_ms = 70);
    pass(talk, 60);
    leave(talk, 0);
    SAY(2, lock, rwlock_release);
}

static void talk_of_semaphores(struct talk *talk) {
    uint64_t seats = object_in(say(talk, 0,
                                   REQUEST(0, semaphore_open, NAMED, .has_permits = true,
                                           .permits = 3, .has_bounded = true, .bounded = true)));
    SAY(0, seats, semaphore_acquire, .has_permits = true, .permits = 2);
    WAIT(1, -1, seats, semaphore_acquire, .has_permits = true, .permits = 2);
    WAIT(2, 50, seats, semaphore_acquire);
    SAY(1, seats, semaphore_acquire, .has_permits = true, .permits = 4);
    SAY(0, seats, semaphore_extend, .fence = 1, .lease_ms = 30);
    SAY(2, seats, semaphore_acquire, .has_lease_ms = true, .lease_ms = 20);
    SAY(0, seats, semaphore_release);
    SAY(0, seats, semaphore_release, .has_permits = true, .permits = 2);
    SAY(0, seats, semaphore_value);
    pass(talk, 60);
    leave(talk, 1);
}

static void talk_of_events_and_latches(struct talk *talk) {
    uint64_t event = object_in(say(talk, 0, REQUEST(0, event_open, NAMED)));
    uint64_t latch = object_in(say(talk, 0, REQUEST(0, latch_open, .has_count = true, .count = 3)));
    WAIT(1, -1, event, event_wait);
    WAIT(2, 50, event, event_wait);
    (void)say(talk, 0, batch_of(2, &REQUEST(event, event_set), &REQUEST(event, event_clear)));
    SAY(0, event, event_is_set);
    SAY(0, event, event_set);
    SAY(0, event, event_wait);
    SAY(0, event, event_clear);
    WAIT(1, -1, latch, latch_wait);
    SAY(0, latch, latch_count_down);
    SAY(0, latch, latch_count_down, .has_by = true, .by = 3);
    SAY(0, latch, latch_count);
    SAY(0, latch, latch_count_down, .has_by = true, .by = 2);
}

static void talk_of_conditions(struct talk *talk) {
    uint64_t lock = object_in(say(talk, 0, REQUEST(0, lock_open)));
    uint64_t condition = object_in(say(talk, 0, REQUEST(0, condition_open, NAMED, .lock = lock)));
    SAY(0, condition, condition_notify);
    for (size_t i = 0; i < SCRIPT_SESSIONS - 1; i++) {
        SAY(i, lock, lock_acquire);
        WAIT(i, i == 2 ? 50 : -1, condition, condition_wait);
    }
    pass(talk, 60);
    SAY(2, condition, condition_notify, .has_count = true, .count = 1);
    SAY(2, condition, condition_notify_all);
    SAY(1, condition, condition_lock);
    SAY(2, lock, lock_release);
    leave(talk, 0);
    WAIT(1, -1, condition, condition_wait);
    SAY(2, lock, object_delete);
}

static void talk_of_barriers(struct talk *talk) {
    uint64_t barrier =
        object_in(say(talk, 0,
                      REQUEST(0, barrier_open, NAMED, .parties = 2, .has_timeout_ms = true,
                              .timeout_ms = 1000, .has_action = true, .action = true)));
    WAIT(0, -1, barrier, barrier_wait);
    WAIT(1, -1, barrier, barrier_wait);
    WAIT(2, 50, barrier, barrier_wait);
    SAY(1, barrier, barrier_done);
    SAY(1, barrier, barrier_parties);
    SAY(1, barrier, barrier_waiting);
    SAY(1, barrier, barrier_broken);
    pass(talk, 60);
    WAIT(0, -1, barrier, barrier_wait);
    SAY(1, barrier, barrier_reset);
    WAIT(0, -1, barrier, barrier_wait);
    WAIT(1, -1, barrier, barrier_wait);
    leave(talk, 1);
    SAY(2, barrier, barrier_abort);
}

static void talk_of_pipes(struct talk *talk) {
    uint64_t pipe = object_in(say(talk, 0,
                                  REQUEST(0, pipe_open, NAMED, .has_one_way = true, .one_way = true,
                                          .has_max_messages = true, .max_messages = 2)));
    WAIT(0, -1, pipe, pipe_poll, .end = 0);
    SAY(1, pipe, pipe_attach, .end = 1);
    SAY(1, pipe, pipe_send, .end = 1, .value = of_bytes("message", 7));
    SAY(1, pipe, pipe_send, .end = 0, .value = of_int(1));
    SAY(1, pipe, pipe_send, .end = 1, .value = nested());
    WAIT(1, -1, pipe, pipe_send, .end = 1, .value = of_int(3));
    SAY(0, pipe, pipe_receive, .end = 0, .has_max_bytes = true, .max_bytes = 6);
    SAY(0, pipe, pipe_receive, .end = 0);
    SAY(1, pipe, pipe_close, .end = 1);
    SAY(0, pipe, pipe_receive, .end = 0);
    SAY(0, pipe, pipe_receive, .end = 0);
    SAY(0, pipe, pipe_receive, .end = 0);
    leave(talk, 0);
}

static void talk_of_watches(struct talk *talk) {
    uint64_t lock = object_in(say(talk, 0, REQUEST(0, lock_open, NAMED)));
    uint64_t watch = object_in(say(talk, 0,
                                   REQUEST(0, watch_open, .has_object = true, .object = lock,
                                           .has_max_changes = true, .max_changes = 2)));
    uint64_t names = object_in(say(
        talk, 1,
        REQUEST(0, watch_open, .prefix = name_of("na"), .has_max_bytes = true, .max_bytes = 300)));
    WAIT(1, -1, names, watch_next);
    WAIT(2, -1, watch, watch_next, .has_after = true, .after = 0);
    SAY(0, lock, lock_acquire);
    SAY(0, 0, queue_open, .name = name_of("names"));
    WAIT(1, -1, lock, lock_acquire);
    leave(talk, 0);
    SAY(2, watch, watch_next, .has_after = true, .after = 1, .has_limit = true, .limit = 1);
    SAY(2, names, watch_next, .has_after = true, .after = 9);
    (void)say(talk, 2, batch_of(2, &REQUEST(names, watch_next), &REQUEST(names, object_delete)));
    SAY(1, lock, object_delete);
    SAY(2, watch, watch_next, .has_after = true, .after = 3);
    SAY(2, watch, watch_next, .has_after = true, .after = 4);
}

/* A task for f(), with this tag. */
static Hf__Submission **task_of(uint64_t tag, uint32_t retries, uint64_t object) {
    static uint64_t objects[1];
    static Hf__Submission task;
    static Hf__Submission *list[] = {&task};
    hf__submission__init(&task);
    objects[0] = object;
    task.tag = tag;
    task.function = name_of("f");
    task.has_calls = true;
    task.calls = (ProtobufCBinaryData){3, (uint8_t *)name_of("abc")};
    task.has_priority = true;
    task.priority = (int32_t)tag;
    task.has_retries = true;
    task.retries = retries;
    task.has_time_limit_ms = tag == 4;
    task.time_limit_ms = 50;
    task.has_detached = true;
    task.detached = tag == 5;
    task.n_objects = 1;
    task.objects = objects;
    return list;
}

static uint64_t taken(const Hf__Reply *reply) {
    assert_status(reply, HF_OK);
    return reply->task->id;
}

static void talk_of_pools(struct talk *talk) {
    uint64_t pool = object_in(
        say(talk, 0, REQUEST(0, pool_open, NAMED, .has_max_tasks = true, .max_tasks = 2)));
    uint64_t queue = object_in(say(talk, 0, REQUEST(0, queue_open)));
    uint64_t submitter = object_in(say(talk, 0, REQUEST(0, submitter_open, .pool = pool)));
    SAY(1, pool, pool_register);
    WAIT(1, -1, pool, pool_take);
    SAY(0, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(1, 0, queue));
    SAY(1, pool, pool_finish, .task = 1, .has_outcomes = true,
        .outcomes = {1, (uint8_t *)name_of("x")}, .n_objects = 1, .objects = &queue);
    SAY(0, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(2, 1, queue));
    SAY(0, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(3, 0, 99));
    WAIT(0, -1, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(4, 0, 0));
    uint64_t third = taken(say(talk, 1, REQUEST(pool, pool_take)));
    SAY(1, pool, pool_progress, .task = third, .value = nested());
    SAY(0, submitter, submitter_collect);
    SAY(0, submitter, submitter_cancel, .n_tags = 1, .tags = &(uint64_t){3});
    SAY(1, pool, pool_progress, .task = third);
    SAY(1, pool, pool_take);
    pass(talk, 60);
    SAY(2, pool, pool_state);
    leave(talk, 1);
    SAY(2, pool, pool_register);
    SAY(2, pool, pool_take);
    SAY(2, pool, pool_leave);
    SAY(0, submitter, submitter_collect, .has_limit = true, .limit = 1);
    SAY(0, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(5, 0, 0));
    SAY(0, submitter, submitter_close);
    SAY(0, submitter, object_describe);
    SAY(0, pool, pool_close);
    WAIT(0, -1, pool, pool_join);
    SAY(2, pool, pool_close, .has_terminate = true, .terminate = true);
    SAY(2, pool, object_delete);
}

static void talk_of_supervisors(struct talk *talk) {
    uint64_t pool = object_in(say(talk, 0, REQUEST(0, pool_open)));
    uint64_t submitter = object_in(say(talk, 0, REQUEST(0, submitter_open, .pool = pool)));
    uint64_t supervisor = object_in(say(
        talk, 2,
        REQUEST(0, supervisor_open, .pool = pool, .has_submitter = true, .submitter = submitter)));
    WAIT(2, -1, supervisor, supervisor_wait, .has_grow = true, .grow = true);
    SAY(0, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(1, 0, submitter));
    SAY(0, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(4, 0, pool));
    SAY(1, pool, pool_register, .has_supervisor = true, .supervisor = supervisor,
        .has_number = true, .number = 1);
    SAY(1, pool, pool_take);
    SAY(1, pool, pool_take);
    WAIT(2, -1, supervisor, supervisor_wait);
    leave(talk, 1);
    WAIT(0, -1, submitter, submitter_collect);
    pass(talk, 60);
    SAY(2, supervisor, supervisor_report, .number = 1, .has_signal = true, .signal = 9);
    SAY(2, supervisor, supervisor_report, .number = 2, .has_exit_code = true, .exit_code = 1);
    SAY(0, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(2, 0, 0));
    SAY(2, supervisor, object_describe);
    leave(talk, 2);
    SAY(0, submitter, submitter_submit, .n_tasks = 1, .tasks = task_of(3, 0, 0));
    SAY(0, submitter, submitter_collect);
    SAY(0, submitter, object_release);
    leave(talk, 0);
}

static void talk_in_batches(struct talk *talk) {
    uint64_t lock = object_in(say(talk, 0, REQUEST(0, lock_open, NAMED)));
    uint64_t count = object_in(say(talk, 0, REQUEST(0, value_open)));
    uint64_t queue = object_in(say(talk, 0, REQUEST(0, queue_open)));
    for (size_t i = 0; i < 3; i++) {
        (void)say(talk, i,
                  waiting(batch_of(2, &REQUEST(lock, lock_acquire), &REQUEST(count, value_get)),
                          i == 2 ? 10 : -1));
    }
    (void)say(
        talk, 0,
        batch_of(2, &REQUEST(count, value_set, .value = of_int(1)), &REQUEST(lock, lock_release)));
    pass(talk, 10);
    (void)say(talk, 2,
              waiting(batch_of(3, &REQUEST(queue, queue_get), &REQUEST(lock, object_describe),
                               &REQUEST(queue, object_delete)),
                      -1));
    (void)say(talk, 2, one_way(REQUEST(queue, queue_put, .value = of_ref(count))));
    for (int64_t i = 0; i < 2; i++) {
        (void)say(talk, 1,
                  with_checks(batch_of(1, &REQUEST(count, value_set, .value = of_int(1))), 2,
                              equals(&REQUEST(count, value_get), of_int(i)),
                              answers(&REQUEST(queue, queue_size), HF_NO_OBJECT)));
    }
    uint64_t dict = object_in(say(talk, 0, REQUEST(0, dict_open)));
    for (int64_t i = 0; i < 2; i++) {
        (void)say(talk, 0,
                  atomic(batch_of(4, &REQUEST(dict, dict_set, .key = of_int(i), .value = of_int(i)),
                                  &REQUEST(dict, dict_clear),
                                  &REQUEST(count, value_add, .amount = of_int(1)),
                                  &REQUEST(dict, dict_pop, .key = of_int(1)))));
        (void)say(talk, 0,
                  atomic(batch_of(2, &REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(i)),
                                  &REQUEST(count, value_get))));
    }
    Hf__Request guarded = REQUEST(count, value_add, .amount = of_int(1));
    guarded.guard = &(Hf__Guard){
        .base = PROTOBUF_C_MESSAGE_INIT(&hf__guard__descriptor), .lock = lock, .fence = 2};
    guarded.has_seq = true;
    guarded.seq = 1;
    (void)say(talk, 1, guarded);
}

static void talk_of_waiting_for_any(struct talk *talk) {
    uint64_t queue = object_in(say(talk, 0, REQUEST(0, queue_open)));
    uint64_t event = object_in(say(talk, 0, REQUEST(0, event_open)));
    uint64_t pipe = object_in(say(talk, 0, REQUEST(0, pipe_open)));
    Hf__Request *requests[] = {&REQUEST(queue, queue_get), &REQUEST(event, event_wait),
                               &REQUEST(pipe, pipe_receive, .end = 0)};
    WAIT(0, -1, 0, wait_any, .n_requests = 3, .requests = requests);
    WAIT(1, -1, 0, wait_any, .n_requests = 2, .requests = requests);
    WAIT(2, 50, 0, wait_any, .n_requests = 1, .requests = requests);
    SAY(1, pipe, pipe_send, .end = 1, .value = of_int(1));
    SAY(0, queue, queue_put, .value = of_int(1));
    pass(talk, 60);
    SAY(0, event, event_set);
    WAIT(0, -1, 0, wait_any, .n_requests = 3, .requests = requests);
    SAY(0, event, event_clear);
    WAIT(0, -1, 0, wait_any, .n_requests = 3, .requests = requests);
    SAY(1, queue, object_delete);
}

static void talk_of_objects(struct talk *talk) {
    uint64_t outer = object_in(say(talk, 0, REQUEST(0, list_open, NAMED)));
    uint64_t inner = object_in(say(talk, 0, REQUEST(0, queue_open)));
    SAY(0, inner, queue_put, .value = of_ref(outer));
    SAY(0, outer, list_append, .value = of_ref(inner));
    SAY(1, inner, object_retain);
    SAY(0, 0, object_pin, .n_objects = 1, .objects = &inner, .for_ms = 100);
    SAY(1, 0, object_pin, .for_ms = 50);
    SAY(1, inner, object_release, .has_count = true, .count = 1);
    SAY(0, inner, object_release);
    SAY(1, outer, list_pop);
    SAY(1, inner, queue_get);
    SAY(1, 0, object_list, .prefix = name_of("n"), .has_limit = true, .limit = 1);
    SAY(1, 0, object_find, NAMED);
    SAY(1, 0, object_exists, NAMED);
    SAY(1, inner, object_describe);
    SAY(1, outer, object_delete);
    leave(talk, 1);
    SAY(0, 0, stats);
    SAY(0, 0, clock);
    SAY(0, 0, ping);
}

static void talk_of_the_end(struct talk *talk) {
    uint64_t queue = object_in(say(talk, 0, REQUEST(0, queue_open, NAMED)));
    uint64_t call = talk->peers[1]->next_id;
    WAIT(1, -1, queue, queue_get);
    WAIT(1, -1, queue, queue_join);
    WAIT(2, 100, queue, queue_get);
    SAY(1, 0, cancel, .call = call);
    SAY(1, 0, hello, .version = 1);
    noise(talk, 2, "\0\0\0\x04\x08\x05\x62\0", 8);
    drain(talk);
}

/* The last session: hello, challenge, prove. */
static void talk_of_keys(struct talk *talk) {
    static uint8_t nonce[HF_NONCE_BYTES];
    static uint8_t proof[HF_PROOF_BYTES];
    const Hf__Reply *reply = say(talk, 3,
                                 REQUEST(0, hello, .version = 1, .label = name_of("label"),
                                         .has_nonce = true, .nonce = {sizeof nonce, nonce}));
    assert_status(reply, HF_OK);
    assert_true(proof_make(
        PROOF_OF_CLIENT, (struct proof_span){(const uint8_t *)SCRIPT_KEY, sizeof SCRIPT_KEY - 1},
        (struct proof_span){nonce, sizeof nonce},
        (struct proof_span){reply->challenge->nonce.data, HF_NONCE_BYTES}, proof));
    assert_status(say(talk, 3, REQUEST(0, prove, .proof = {sizeof proof, proof})), HF_OK);
    SAY(3, 0, ping);
}

const struct talk_row talks[] = {
    {"dicts", talk_of_dicts},
    {"lists", talk_of_lists},
    {"values", talk_of_values},
    {"arrays", talk_of_arrays},
    {"sets", talk_of_sets},
    {"queues", talk_of_queues},
    {"leases", talk_of_leases},
    {"producers", talk_of_producers},
    {"locks", talk_of_locks},
    {"parties", talk_of_parties},
    {"rwlocks", talk_of_rwlocks},
    {"leased_locks", talk_of_leased_locks},
    {"leaving", talk_of_leaving},
    {"semaphores", talk_of_semaphores},
    {"events_and_latches", talk_of_events_and_latches},
    {"conditions", talk_of_conditions},
    {"barriers", talk_of_barriers},
    {"pipes", talk_of_pipes},
    {"watches", talk_of_watches},
    {"pools", talk_of_pools},
    {"supervisors", talk_of_supervisors},
    {"batches", talk_in_batches},
    {"waiting_for_any", talk_of_waiting_for_any},
    {"objects", talk_of_objects},
    {"the_end", talk_of_the_end},
    {"keys", talk_of_keys},
};

const size_t talk_count = sizeof talks / sizeof talks[0];
