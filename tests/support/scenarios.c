/* SPDX-License-Identifier: MIT
 *
 * See scenarios.h.
 */
#include "scenarios.h"

#include <stdlib.h>
#include <string.h>

Hf__Any *text(void) {
    return of_string("a text that is too long to lie anywhere but on the heap");
}

Hf__Any *nested(const struct fixture *f) {
    return of_list(3, text(), of_map(1, of_string("key"), of_ref(f->inner)), of_bytes("bytes", 5));
}

static void must(const Hf__Reply *reply) {
    assert_status(reply, HF_OK);
}

static void fill(struct fixture *f) {
    for (int64_t i = 0; i < 7; i++) { /* with the next one, the table is full */
        must(ask(f->ada, REQUEST(f->dict, dict_set, .key = of_int(i), .value = of_int(i))));
    }
    must(ask(f->ada, REQUEST(f->dict, dict_set, .key = text(), .value = nested(f))));
    must(ask(f->ada, REQUEST(f->cache, dict_set, .key = of_int(1), .value = nested(f))));
    must(ask(f->ada, REQUEST(f->cache, dict_set, .key = of_int(2), .value = nested(f),
                             .has_ttl_ms = true, .ttl_ms = 1000000)));
    must(ask(f->ada, REQUEST(f->dict, dict_set, .key = of_string("mortal"), .value = nested(f),
                             .has_ttl_ms = true, .ttl_ms = 1000000)));
    for (int64_t i = 0; i < 4; i++) { /* with these, the ring is full */
        must(ask(f->ada, REQUEST(f->list, list_append, .value = i % 2 ? nested(f) : text())));
        must(ask(f->ada, REQUEST(f->numbers, list_append, .value = of_int(5 - i))));
        must(ask(f->ada, REQUEST(f->queue, queue_put, .value = i % 2 ? nested(f) : text())));
    }
    for (int64_t i = 0; i < 7; i++) { /* with the next one, the table is full */
        must(ask(f->ada, REQUEST(f->set, set_add, .value = i ? of_int(i) : text())));
        must(ask(f->ada, REQUEST(f->other, set_add, .value = of_int(i + 4))));
    }
    must(ask(f->ada, REQUEST(f->any, value_set, .value = nested(f))));
    f->over = ask(f->ada, REQUEST(f->mine, lock_acquire))->grant->fence;
    must(ask(f->ada, REQUEST(f->mine, lock_release)));
    f->fence =
        ask(f->ada, REQUEST(f->mine, lock_acquire, .has_lease_ms = true, .lease_ms = 1000000))
            ->grant->fence;
    struct peer *eve = world_join(f->world, "eve");
    must(ask(eve, REQUEST(f->left, lock_acquire)));
    peer_leave(eve);
    must(ask(f->ada,
             REQUEST(f->shared, rwlock_acquire_read, .has_lease_ms = true, .lease_ms = 1000000)));
    must(ask(f->ada, REQUEST(f->pipe, pipe_send, .end = 0, .value = nested(f))));
    must(ask(f->bob, REQUEST(f->pipe, pipe_send, .end = 1, .value = nested(f))));
    must(ask(f->ada, REQUEST(f->led, barrier_wait)));
    must(ask(f->ada, REQUEST(f->watched, value_set, .value = of_int(1))));
    must(ask(f->bob, REQUEST(f->watched, value_add, .amount = of_int(1))));
    must(ask(f->ada, REQUEST(f->semaphore, semaphore_acquire)));
    f->permit = ask(f->ada, REQUEST(f->semaphore, semaphore_acquire))->grant->fence;
    for (int64_t i = 0; i < 5; i++) { /* one will be set aside, one leased */
        must(ask(f->ada, REQUEST(f->work, queue_put, .value = nested(f), .has_priority = true,
                                 .priority = i)));
    }
    must(ask(f->ada, REQUEST(f->work, queue_register_producer)));
    const Hf__Request lease = REQUEST(f->work, queue_get, .has_lease_ms = true, .lease_ms = 1000);
    must(ask(f->ada, REQUEST(f->work, queue_return, .delivery = ask(f->ada, lease)->delivery->id)));
    f->delivery = ask(f->ada, lease)->delivery->id;
    f->waits = peer_send(f->ada, waiting(REQUEST(f->empty, queue_get), -1));
}

/* A task that refers to an unnamed object. */
static Hf__Submission **tasks_of(const struct fixture *f, uint64_t tag) {
    static uint64_t inner;
    static Hf__Submission task;
    static Hf__Submission *list[] = {&task};
    inner = f->inner;
    hf__submission__init(&task);
    task.tag = tag;
    task.function = name_of("function");
    task.has_calls = true;
    task.calls = (ProtobufCBinaryData){5, (uint8_t *)name_of("calls")};
    task.n_objects = 1;
    task.objects = &inner;
    return list;
}

static uint64_t take_task(const struct fixture *f, struct peer *peer) {
    const Hf__Reply *reply = ask(peer, REQUEST(f->pool, pool_take));
    must(reply);
    return reply->task->id;
}

/* In this order: a task ends, one waits for a word of the supervisor, one runs, two are queued. */
static void fill_pool(struct fixture *f) {
    struct peer *eve = world_join(f->world, "eve");
    f->submitter = opened(f->ada, REQUEST(0, submitter_open, .pool = f->pool));
    f->supervisor = opened(f->ada, REQUEST(0, supervisor_open, .pool = f->pool));
    for (uint64_t tag = 1; tag <= 5; tag++) {
        must(ask(f->ada,
                 REQUEST(f->submitter, submitter_submit, .n_tasks = 1, .tasks = tasks_of(f, tag))));
    }
    must(ask(f->ada, REQUEST(f->pool, pool_register)));
    must(ask(eve, REQUEST(f->pool, pool_register, .has_supervisor = true,
                          .supervisor = f->supervisor, .has_number = true, .number = 5)));
    must(ask(f->ada,
             REQUEST(f->pool, pool_finish, .task = take_task(f, f->ada), .has_outcomes = true,
                     .outcomes = {8, (uint8_t *)name_of("outcomes")})));
    (void)take_task(f, eve);
    f->running = take_task(f, f->ada);
    peer_leave(eve);
    uint64_t other = opened(f->ada, REQUEST(0, submitter_open, .pool = f->lone));
    must(ask(f->ada, REQUEST(other, submitter_submit, .n_tasks = 1, .tasks = tasks_of(f, 1))));
    must(ask(f->ada, REQUEST(f->shut, pool_close)));
}

struct fixture scenario_set_up(void) {
    struct fixture f = {.world = world_new()};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.dict = open_dict(f.ada, "dict");
    f.cache = opened(f.ada, REQUEST(0, dict_open, .name = name_of("cache"), .has_max_items = true,
                                    .max_items = 2, .has_eviction = true,
                                    .eviction = HF__EVICTION__LEAST_RECENTLY_USED));
    f.list = open_list(f.ada, "list");
    f.numbers = open_list(f.ada, "numbers");
    f.value = open_value(f.ada, "value", 7);
    f.any = opened(f.ada, REQUEST(0, value_open, .name = name_of("any"), .has_kind = true,
                                  .kind = HF__KIND__ANY));
    f.array =
        ask(f.ada, REQUEST(0, array_open, .name = name_of("array"), .has_len = true, .len = 40))
            ->object->id;
    f.set = ask(f.ada, REQUEST(0, set_open, .name = name_of("set")))->object->id;
    f.other = ask(f.ada, REQUEST(0, set_open, .name = name_of("other")))->object->id;
    f.queue = open_queue(f.ada, "queue", 0);
    f.lock = open_lock(f.ada, "lock");
    f.mine = open_lock(f.ada, "mine");
    f.left = open_lock(f.ada, "left");
    f.empty = open_queue(f.ada, "empty", 0);
    f.shared = ask(f.ada, REQUEST(0, rwlock_open, .name = name_of("shared")))->object->id;
    f.pipe = ask(f.ada, REQUEST(0, pipe_open, .name = name_of("pipe")))->object->id;
    f.semaphore = opened(f.ada, REQUEST(0, semaphore_open, .name = name_of("semaphore"),
                                        .has_permits = true, .permits = 4));
    f.event = opened(f.ada, REQUEST(0, event_open, .name = name_of("event")));
    f.latch = opened(f.ada, REQUEST(0, latch_open, .name = name_of("latch")));
    f.work = ask(f.ada, REQUEST(0, queue_open, .name = name_of("work"), .has_order = true,
                                .order = HF__QUEUE_ORDER__PRIORITY, .has_max_deliveries = true,
                                .max_deliveries = 1))
                 ->object->id;
    f.condition =
        opened(f.ada, REQUEST(0, condition_open, .name = name_of("condition"), .lock = f.mine));
    f.barrier = opened(f.ada, REQUEST(0, barrier_open, .name = name_of("barrier"), .parties = 2));
    f.led = opened(f.ada, REQUEST(0, barrier_open, .name = name_of("led"), .parties = 1,
                                  .has_action = true, .action = true));
    f.watched = open_value(f.ada, "watched", 0);
    f.watch = opened(f.ada, REQUEST(0, watch_open, .name = name_of("watch"), .has_object = true,
                                    .object = f.watched));
    f.pool = opened(f.ada, REQUEST(0, pool_open, .name = name_of("pool")));
    f.lone = opened(f.ada, REQUEST(0, pool_open, .name = name_of("lone")));
    f.shut = opened(f.ada, REQUEST(0, pool_open, .name = name_of("shut")));
    f.inner = open_queue(f.bob, NULL, 0);
    fill_pool(&f);
    fill(&f);
    return f;
}

/* ---- what can be read ---- */

static void append(struct reading *reading, Hf__Reply *reply) {
    reply->has_id = false;
    reading->bytes = realloc(reading->bytes, reading->len + hf__reply__get_packed_size(reply));
    reading->len += hf__reply__pack(reply, reading->bytes + reading->len);
}

/* Why a task has ended goes untold where there was no memory for it. */
static Hf__Reply *without_details(Hf__Reply *reply) {
    bool any = reply->result_case == HF__REPLY__RESULT_COLLECTED;
    for (size_t i = 0; any && i < reply->collected->n_results; i++) {
        free(reply->collected->results[i]->detail);
        reply->collected->results[i]->detail = NULL;
    }
    return reply;
}

static void read_pool(struct reading *reading, const struct fixture *f) {
    struct peer *peer = f->bob;
    append(reading, ask(peer, REQUEST(f->pool, object_describe)));
    append(reading, ask(peer, REQUEST(f->pool, pool_state)));
    append(reading, ask(peer, REQUEST(f->lone, pool_state)));
    append(reading, ask(peer, REQUEST(f->shut, pool_state)));
    append(reading, ask(peer, REQUEST(f->supervisor, supervisor_wait)));
    append(reading, ask(peer, REQUEST(f->submitter, object_describe)));
    append(reading, without_details(ask(peer, REQUEST(f->submitter, submitter_collect))));
    append(reading, ask(peer, REQUEST(f->pool, pool_register)));
    for (int i = 0; i < 5; i++) {
        append(reading, ask(peer, REQUEST(f->pool, pool_take)));
    }
}

struct reading scenario_read(const struct fixture *f) {
    struct reading reading = {NULL, 0};
    struct peer *peer = f->bob;
    append(&reading, ask(peer, REQUEST(0, object_list)));
    append(&reading, ask(peer, REQUEST(f->dict, dict_items)));
    append(&reading, ask(peer, REQUEST(f->cache, dict_items)));
    append(&reading, ask(peer, REQUEST(f->list, list_copy)));
    append(&reading, ask(peer, REQUEST(f->numbers, list_copy)));
    append(&reading, ask(peer, REQUEST(f->value, value_get)));
    append(&reading, ask(peer, REQUEST(f->any, value_get)));
    append(&reading, ask(peer, REQUEST(f->array, array_get_slice)));
    append(&reading, ask(peer, REQUEST(f->set, set_items)));
    append(&reading, ask(peer, REQUEST(f->other, set_items)));
    append(&reading, ask(peer, REQUEST(f->lock, object_describe)));
    append(&reading, ask(peer, REQUEST(f->mine, object_describe)));
    append(&reading, ask(peer, REQUEST(f->left, object_describe)));
    append(&reading, ask(peer, REQUEST(f->shared, object_describe)));
    append(&reading, ask(peer, REQUEST(f->queue, object_describe)));
    append(&reading, ask(peer, REQUEST(f->semaphore, object_describe)));
    append(&reading, ask(peer, REQUEST(f->event, object_describe)));
    append(&reading, ask(peer, REQUEST(f->latch, object_describe)));
    append(&reading, ask(peer, REQUEST(f->condition, object_describe)));
    append(&reading, ask(peer, REQUEST(f->barrier, object_describe)));
    append(&reading, ask(peer, REQUEST(f->led, object_describe)));
    append(&reading, ask(peer, REQUEST(f->watch, object_describe)));
    append(&reading, ask(peer, REQUEST(f->watch, watch_next)));
    append(&reading, ask(peer, REQUEST(f->empty, object_describe)));
    append(&reading, ask(peer, REQUEST(f->inner, queue_size)));
    append(&reading, ask(peer, REQUEST(f->pipe, object_describe)));
    append(&reading, ask(peer, REQUEST(f->pipe, pipe_receive, .end = 0)));
    append(&reading, ask(peer, REQUEST(f->pipe, pipe_receive, .end = 1)));
    append(&reading, ask(peer, REQUEST(f->work, object_describe)));
    append(&reading, ask(peer, REQUEST(f->work, queue_set_aside_list)));
    append(&reading, ask(peer, REQUEST(f->work, queue_state)));
    for (int i = 0; i < 8; i++) {
        append(&reading, ask(peer, REQUEST(f->work, queue_get)));
    }
    for (int i = 0; i < 6; i++) {
        append(&reading, ask(peer, REQUEST(f->queue, queue_get)));
    }
    for (int i = 0; i < 6; i++) {
        append(&reading, ask(peer, REQUEST(f->queue, queue_task_done)));
    }
    read_pool(&reading, f);
    return reading;
}

bool scenario_same(const struct reading *a, const struct reading *b) {
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* ---- one operation ---- */

/* Two requests to wait for: the first has to wait, the second is done. */
static Hf__Request **either(const struct fixture *f) {
    static Hf__QueueGet get;
    static Hf__Request requests[2];
    static Hf__Request *list[] = {&requests[0], &requests[1]};
    hf__queue_get__init(&get);
    for (size_t i = 0; i < 2; i++) {
        hf__request__init(list[i]);
        list[i]->has_object = true;
        list[i]->object = i == 0 ? f->empty : f->queue;
        list[i]->op_case = HF__REQUEST__OP_QUEUE_GET;
        list[i]->queue_get = &get;
    }
    return list;
}

/* Checks that hold if the text in the dict leads to this value. */
static Hf__Check **text_is(const struct fixture *f, Hf__Any *value) {
    static Hf__Check *checks[2];
    static Hf__DictGet get;
    static Hf__Request requests[2];
    hf__dict_get__init(&get);
    get.key = text();
    for (size_t i = 0; i < 2; i++) {
        hf__request__init(&requests[i]);
        requests[i].has_object = true;
        requests[i].object = i == 0 ? f->dict : f->list;
        requests[i].op_case = HF__REQUEST__OP_DICT_GET;
        requests[i].dict_get = &get;
    }
    checks[0] = equals(&requests[0], value);
    checks[1] = answers(&requests[1], HF_WRONG_TYPE);
    return checks;
}

/* Two requests for an atomic batch. */
static Hf__Request **change_twice(const struct fixture *f) {
    static Hf__DictSet set;
    static Hf__DictPop pop;
    static Hf__Request requests[2];
    static Hf__Request *list[] = {&requests[0], &requests[1]};
    hf__dict_set__init(&set);
    hf__dict_pop__init(&pop);
    set.key = of_string("a new key");
    set.value = nested(f);
    pop.key = text();
    for (size_t i = 0; i < 2; i++) {
        hf__request__init(&requests[i]);
        requests[i].has_object = true;
        requests[i].object = f->dict;
    }
    requests[0].op_case = HF__REQUEST__OP_DICT_SET;
    requests[0].dict_set = &set;
    requests[1].op_case = HF__REQUEST__OP_DICT_POP;
    requests[1].dict_pop = &pop;
    return list;
}

static uint64_t send(const struct fixture *f, Hf__Request request) {
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = f->mine;
    guard.fence = f->guard_fence;
    request.guard = f->guard_fence ? &guard : NULL;
    request.has_party = f->party != 0;
    request.party = f->party;
    request.has_expect = f->expect != 0;
    request.expect = f->expect;
    if (f->made) {
        *f->made = lasting(&request);
        return 0;
    }
    if (!f->in_batch) {
        return peer_send(f->ada, request);
    }
    const Hf__Request get = REQUEST(f->large, dict_get, .key = of_int(1));
    return peer_send(f->ada, f->large ? batch_of(3, &get, &get, &request) : batch_of(1, &request));
}

/* The ids of two locks. */
static uint64_t *both(uint64_t first, uint64_t second) {
    static uint64_t ids[2];
    ids[0] = first;
    ids[1] = second;
    return ids;
}

/* X(name, operation, object, fields of the message ...); Y where there are none. */
#define SCENARIOS(X, Y)                                                                            \
    Y(ping, ping, 0)                                                                               \
    Y(stats, stats, 0)                                                                             \
    Y(clock, clock, 0)                                                                             \
    Y(leave, leave, 0)                                                                             \
    X(cancel, cancel, 0, .call = f->waits)                                                         \
    X(wait_any, wait_any, 0, .n_requests = 2, .requests = either(f))                               \
    X(wait_none, wait_any, 0, .n_requests = 1, .requests = either(f))                              \
    X(batch_under_checks, batch, 0, .n_requests = 1, .requests = either(f) + 1, .n_checks = 2,     \
      .checks = text_is(f, nested(f)))                                                             \
    X(batch_of_no_use, batch, 0, .n_requests = 1, .requests = either(f) + 1, .n_checks = 2,        \
      .checks = text_is(f, text()))                                                                \
    X(atomic_batch, batch, 0, .n_requests = 2, .requests = change_twice(f), .has_atomic = true,    \
      .atomic = true)                                                                              \
    X(list_objects, object_list, 0, .prefix = name_of("l"))                                        \
    X(find, object_find, 0, .name = name_of("list"))                                               \
    X(exists, object_exists, 0, .name = name_of("list"))                                           \
    Y(describe, object_describe, f->mine)                                                          \
    Y(attachment, object_attachment, f->mine)                                                      \
    Y(version, object_version, f->mine)                                                            \
    Y(delete_dict, object_delete, f->dict)                                                         \
    Y(delete_queue, object_delete, f->empty)                                                       \
    Y(delete_lock, object_delete, f->mine)                                                         \
    Y(release_object, object_release, f->inner)                                                    \
    Y(retain, object_retain, f->inner)                                                             \
    X(pin, object_pin, 0, .n_objects = 2, .objects = both(f->inner, f->inner), .for_ms = 1000)     \
    X(pin_all, object_pin, 0, .for_ms = 1000)                                                      \
    X(new_dict, dict_open, 0, .name = name_of("new"))                                              \
    Y(new_unnamed_dict, dict_open, 0)                                                              \
    X(new_filled_dict, dict_open, 0, .name = name_of("new"), .tag = name_of("Counter"),            \
      .has_attachment = true, .attachment = {5, (uint8_t *)name_of("bytes")}, .n_initial = 2,      \
      .initial = item_array(2, of_int(1), nested(f), text(), text()))                              \
    X(new_filled_namespace, namespace_open, 0, .n_initial = 1,                                     \
      .initial = item_array(1, text(), nested(f)))                                                 \
    X(new_filled_list, list_open, 0, .n_initial = 2, .initial = array_of(2, nested(f), text()))    \
    X(new_filled_set, set_open, 0, .n_initial = 2, .initial = array_of(2, of_int(1), text()))      \
    X(new_set_by_value, set_open, 0, .has_equality = true, .equality = HF__EQUALITY__BY_VALUE,     \
      .n_initial = 2,                                                                              \
      .initial = array_of(2, of_double(1), of_tuple(1, of_opaque("a", "b", "c", f->inner))))       \
    X(get, dict_get, f->dict, .key = text())                                                       \
    X(get_fallback, dict_get, f->dict, .key = of_null(), .fallback = text())                       \
    X(set_new, dict_set, f->dict, .key = of_string("a new key"), .value = nested(f))               \
    X(set_strange, dict_set, f->dict, .key = of_opaque("tag", "bytes", NULL, f->inner),            \
      .value = of_tuple(2, of_big("\0\0\0\0\0\0\0\0\1", 9), nested(f)))                            \
    X(set_old, dict_set, f->dict, .key = text(), .value = of_map(1, of_int(1), text()))            \
    X(dict_delete, dict_delete, f->dict, .key = text())                                            \
    X(contains, dict_contains, f->dict, .key = text())                                             \
    Y(len, dict_len, f->dict)                                                                      \
    X(pop, dict_pop, f->dict, .key = text())                                                       \
    X(pop_fallback, dict_pop, f->dict, .key = of_null(), .fallback = text())                       \
    Y(popitem, dict_popitem, f->dict)                                                              \
    X(setdefault_old, dict_setdefault, f->dict, .key = text(), .value = of_int(1))                 \
    X(setdefault_new, dict_setdefault, f->dict, .key = of_null(), .value = nested(f))              \
    X(update, dict_update, f->dict, .n_items = 3,                                                  \
      .items = item_array(3, of_int(1), text(), of_null(), nested(f), of_bool(true), text()))      \
    Y(keys, dict_keys, f->dict)                                                                    \
    Y(values, dict_values, f->dict)                                                                \
    Y(items, dict_items, f->dict)                                                                  \
    Y(clear, dict_clear, f->dict)                                                                  \
    Y(copy, dict_copy, f->dict)                                                                    \
    X(dict_add, dict_add, f->dict, .key = of_int(1), .amount = of_int(1))                          \
    X(dict_add_new, dict_add, f->dict, .key = of_null(), .amount = of_int(1),                      \
      .initial = of_int(4))                                                                        \
    X(dict_replace, dict_compare_and_set, f->dict, .key = of_int(1), .expected = of_int(1),        \
      .replacement = nested(f))                                                                    \
    X(dict_insert, dict_compare_and_set, f->dict, .key = of_null(), .replacement = nested(f))      \
    X(dict_mismatch, dict_compare_and_set, f->dict, .key = text(), .expected = of_int(1),          \
      .replacement = text())                                                                       \
    X(dict_remove, dict_compare_and_set, f->dict, .key = text(), .expected = nested(f))            \
    X(set_new_to_expire, dict_set, f->dict, .key = of_string("a new key"), .value = nested(f),     \
      .has_ttl_ms = true, .ttl_ms = 100)                                                           \
    X(set_old_to_expire, dict_set, f->dict, .key = text(), .value = text(), .has_ttl_ms = true,    \
      .ttl_ms = 100)                                                                               \
    X(set_no_longer_to_expire, dict_set, f->dict, .key = of_string("mortal"), .value = nested(f))  \
    X(pop_to_expire, dict_pop, f->dict, .key = of_string("mortal"))                                \
    X(update_to_expire, dict_update, f->dict, .n_items = 4,                                        \
      .items = item_array(4, of_int(1), text(), of_string("mortal"), nested(f), of_bool(true),     \
                          text(), of_bool(true), nested(f)),                                       \
      .has_ttl_ms = true, .ttl_ms = 50)                                                            \
    X(expire, dict_expire, f->dict, .key = text(), .has_ttl_ms = true, .ttl_ms = 100)              \
    X(expire_later, dict_expire, f->dict, .key = of_string("mortal"), .has_ttl_ms = true,          \
      .ttl_ms = 100)                                                                               \
    X(live_on, dict_expire, f->dict, .key = of_string("mortal"))                                   \
    X(ttl, dict_ttl, f->dict, .key = of_string("mortal"))                                          \
    X(touch, dict_touch, f->dict, .key = text(), .has_ttl_ms = true, .ttl_ms = 100)                \
    X(new_to_expire, dict_open, 0, .name = name_of("new"), .has_ttl_ms = true, .ttl_ms = 100)      \
    X(object_expire, object_expire, f->list, .has_ttl_ms = true, .ttl_ms = 100)                    \
    Y(object_live_on, object_expire, f->list)                                                      \
    Y(object_ttl, object_ttl, f->list)                                                             \
    X(new_bounded, dict_open, 0, .name = name_of("new"), .has_max_items = true, .max_items = 5)    \
    X(evict, dict_set, f->cache, .key = of_int(3), .value = nested(f))                             \
    X(evict_for_a_while, dict_set, f->cache, .key = of_int(3), .value = nested(f),                 \
      .has_ttl_ms = true, .ttl_ms = 100)                                                           \
    X(use, dict_get, f->cache, .key = of_int(1))                                                   \
    X(use_to_expire, dict_touch, f->cache, .key = of_int(1), .has_ttl_ms = true, .ttl_ms = 100)    \
    X(use_to_live_on, dict_set, f->cache, .key = of_int(2), .value = nested(f))                    \
    X(evict_by_update, dict_update, f->cache, .n_items = 3,                                        \
      .items = item_array(3, of_int(1), text(), of_null(), nested(f), of_bool(true), text()),      \
      .has_ttl_ms = true, .ttl_ms = 50)                                                            \
    X(pop_of_cache, dict_pop, f->cache, .key = of_int(2))                                          \
    Y(clear_cache, dict_clear, f->cache)                                                           \
    X(new_namespace, namespace_open, 0, .name = name_of("new"))                                    \
    X(new_list, list_open, 0, .name = name_of("new"))                                              \
    X(list_get, list_get, f->list, .index = -1)                                                    \
    X(list_set, list_set, f->list, .index = 1, .value = nested(f))                                 \
    X(list_delete, list_delete, f->list, .index = 1)                                               \
    X(get_slice, list_get_slice, f->list, .has_step = true, .step = -1)                            \
    X(set_slice, list_set_slice, f->list, .has_start = true, .start = 1, .has_stop = true,         \
      .stop = 2, .n_values = 4, .values = array_of(4, text(), nested(f), of_int(1), nested(f)))    \
    X(set_steps, list_set_slice, f->list, .has_step = true, .step = 2, .n_values = 2,              \
      .values = array_of(2, text(), nested(f)))                                                    \
    X(shrink_slice, list_set_slice, f->list, .has_stop = true, .stop = 3, .n_values = 1,           \
      .values = array_of(1, nested(f)))                                                            \
    X(delete_slice, list_delete_slice, f->list, .has_step = true, .step = 2)                       \
    X(append_value, list_append, f->list, .value = nested(f))                                      \
    X(extend, list_extend, f->list, .n_values = 2, .values = array_of(2, text(), nested(f)))       \
    X(insert, list_insert, f->list, .index = 1, .value = nested(f))                                \
    Y(list_pop, list_pop, f->list)                                                                 \
    X(list_pop_first, list_pop, f->list, .has_index = true, .index = 0)                            \
    X(list_remove, list_remove, f->list, .value = nested(f))                                       \
    X(list_index, list_index, f->list, .value = nested(f))                                         \
    X(list_count, list_count, f->list, .value = nested(f))                                         \
    X(list_contains, list_contains, f->list, .value = nested(f))                                   \
    Y(reverse, list_reverse, f->list)                                                              \
    X(sort, list_sort, f->numbers, .has_reverse = true, .reverse = false)                          \
    Y(sort_mixed, list_sort, f->list)                                                              \
    X(repeat, list_repeat, f->list, .count = 3)                                                    \
    X(repeat_none, list_repeat, f->list, .count = 0)                                               \
    Y(list_len, list_len, f->list)                                                                 \
    Y(list_clear, list_clear, f->list)                                                             \
    Y(list_copy, list_copy, f->list)                                                               \
    X(list_add, list_add, f->numbers, .index = 0, .amount = of_int(1))                             \
    X(list_replace, list_compare_and_set, f->list, .index = 1, .expected = nested(f),              \
      .replacement = text())                                                                       \
    X(list_mismatch, list_compare_and_set, f->list, .index = 1, .expected = text(),                \
      .replacement = text())                                                                       \
    X(new_value, value_open, 0, .name = name_of("new"), .initial = of_int(3))                      \
    Y(value_get, value_get, f->value)                                                              \
    X(value_set, value_set, f->value, .value = of_int(1))                                          \
    X(value_add, value_add, f->value, .amount = of_int(1), .ceiling = of_int(100))                 \
    X(value_replace, value_compare_and_set, f->value, .expected = of_int(7),                       \
      .replacement = of_int(8))                                                                    \
    X(value_mismatch, value_compare_and_set, f->value, .expected = of_int(6),                      \
      .replacement = of_int(8))                                                                    \
    X(new_any, value_open, 0, .name = name_of("new"), .has_kind = true, .kind = HF__KIND__ANY,     \
      .initial = nested(f))                                                                        \
    Y(any_get, value_get, f->any)                                                                  \
    X(any_set, value_set, f->any, .value = text())                                                 \
    X(any_set_nested, value_set, f->any, .value = of_list(2, nested(f), text()))                   \
    X(any_replace, value_compare_and_set, f->any, .expected = nested(f), .replacement = text())    \
    X(any_mismatch, value_compare_and_set, f->any, .expected = text(), .replacement = text())      \
    X(new_array, array_open, 0, .name = name_of("new"), .n_initial = 2,                            \
      .initial = array_of(2, of_int(1), of_int(2)))                                                \
    Y(array_len, array_len, f->array)                                                              \
    X(array_get, array_get, f->array, .index = 1)                                                  \
    X(array_set, array_set, f->array, .index = 1, .value = of_int(5))                              \
    X(array_add, array_add, f->array, .index = 1, .amount = of_int(5))                             \
    X(array_replace, array_compare_and_set, f->array, .index = 1, .expected = of_int(0),           \
      .replacement = of_int(6))                                                                    \
    X(array_mismatch, array_compare_and_set, f->array, .index = 1, .expected = of_int(3),          \
      .replacement = of_int(6))                                                                    \
    Y(array_get_slice, array_get_slice, f->array)                                                  \
    X(array_set_slice, array_set_slice, f->array, .has_start = true, .start = -2, .n_values = 2,   \
      .values = array_of(2, of_int(1), of_int(2)))                                                 \
    X(new_set, set_open, 0, .name = name_of("new"))                                                \
    X(set_add, set_add, f->set, .value = of_bytes("sixteen bytes and more of them", 30))           \
    X(set_add_old, set_add, f->set, .value = text())                                               \
    X(set_discard, set_discard, f->set, .value = text())                                           \
    X(set_remove, set_remove, f->set, .value = text())                                             \
    Y(set_pop, set_pop, f->set)                                                                    \
    X(set_contains, set_contains, f->set, .value = text())                                         \
    Y(set_len, set_len, f->set)                                                                    \
    Y(set_clear, set_clear, f->set)                                                                \
    Y(set_items, set_items, f->set)                                                                \
    Y(set_copy, set_copy, f->set)                                                                  \
    X(set_union, set_union, f->set, .has_other = true, .other = f->other)                          \
    X(set_union_values, set_union, f->set, .n_values = 2,                                          \
      .values = array_of(2, text(), of_null()))                                                    \
    X(set_intersection, set_intersection, f->set, .has_other = true, .other = f->other)            \
    X(set_difference, set_difference, f->set, .has_other = true, .other = f->other)                \
    X(set_symmetric, set_symmetric_difference, f->set, .has_other = true, .other = f->other)       \
    X(set_update, set_update, f->set, .has_other = true, .other = f->other)                        \
    X(set_update_values, set_update, f->set, .n_values = 3,                                        \
      .values = array_of(3, of_null(), of_string("another text for the heap, twice"), text()))     \
    X(set_keep, set_intersection_update, f->set, .has_other = true, .other = f->other)             \
    X(set_subtract, set_difference_update, f->set, .n_values = 1, .values = array_of(1, text()))   \
    X(set_either, set_symmetric_difference_update, f->set, .has_other = true, .other = f->other)   \
    X(set_is_subset, set_is_subset, f->set, .n_values = 2,                                         \
      .values = array_of(2, text(), of_null()))                                                    \
    X(set_is_superset, set_is_superset, f->set, .n_values = 1, .values = array_of(1, text()))      \
    X(set_is_disjoint, set_is_disjoint, f->set, .has_other = true, .other = f->other)              \
    Y(delete_set, object_delete, f->set)                                                           \
    X(new_queue, queue_open, 0, .name = name_of("new"))                                            \
    X(queue_put, queue_put, f->queue, .value = nested(f))                                          \
    Y(queue_get, queue_get, f->queue)                                                              \
    Y(queue_size, queue_size, f->queue)                                                            \
    Y(queue_empty, queue_empty, f->queue)                                                          \
    Y(queue_full, queue_full, f->queue)                                                            \
    Y(queue_task_done, queue_task_done, f->queue)                                                  \
    Y(queue_join, queue_join, f->empty)                                                            \
    X(queue_close, queue_close, f->queue, .has_abort = true, .abort = true)                        \
    X(put_ranked, queue_put, f->work, .value = nested(f), .has_priority = true, .priority = -1)    \
    X(put_later, queue_put, f->queue, .value = nested(f), .has_delay_ms = true, .delay_ms = 5)     \
    X(put_many, queue_put_many, f->queue, .n_values = 3,                                           \
      .values = array_of(3, nested(f), text(), nested(f)))                                         \
    X(put_many_later, queue_put_many, f->work, .n_values = 3,                                      \
      .values = array_of(3, nested(f), text(), nested(f)), .has_delay_ms = true, .delay_ms = 5)    \
    X(get_many, queue_get_many, f->queue, .max = 3)                                                \
    X(get_many_ranked, queue_get_many, f->work, .max = 2)                                          \
    X(get_leased, queue_get, f->work, .has_lease_ms = true, .lease_ms = 50)                        \
    X(acknowledge, queue_acknowledge, f->work, .delivery = f->delivery)                            \
    X(queue_return, queue_return, f->work, .delivery = f->delivery)                                \
    X(return_later, queue_return, f->work, .delivery = f->delivery, .has_delay_ms = true,          \
      .delay_ms = 9)                                                                               \
    X(extend_lease, queue_extend, f->work, .delivery = f->delivery, .lease_ms = 9)                 \
    Y(set_aside_list, queue_set_aside_list, f->work)                                               \
    Y(set_aside_return, queue_set_aside_return, f->work)                                           \
    Y(set_aside_drop, queue_set_aside_drop, f->work)                                               \
    Y(peek, queue_peek, f->work)                                                                   \
    Y(list_ready, queue_list, f->work)                                                             \
    X(list_leased, queue_list, f->work, .has_state = true, .state = HF__QUEUE_ITEM_STATE__LEASED)  \
    Y(queue_counts, queue_state, f->work)                                                          \
    Y(reopen, queue_reopen, f->work)                                                               \
    Y(register_producer, queue_register_producer, f->queue)                                        \
    Y(unregister_producer, queue_unregister_producer, f->work)                                     \
    X(new_lock, lock_open, 0, .name = name_of("new"), .has_keep = true, .keep = true,              \
      .has_keep_on_leave = true, .keep_on_leave = true)                                            \
    Y(acquire, lock_acquire, f->lock)                                                              \
    Y(acquire_again, lock_acquire, f->mine)                                                        \
    Y(acquire_left, lock_acquire, f->left)                                                         \
    X(acquire_many, lock_acquire_many, 0, .n_locks = 2, .locks = both(f->lock, f->left))           \
    X(acquire_none, lock_acquire_many, 0, .n_locks = 2, .locks = both(f->left, f->mine))           \
    X(acquire_leased, lock_acquire, f->lock, .has_lease_ms = true, .lease_ms = 50)                 \
    X(acquire_many_leased, lock_acquire_many, 0, .n_locks = 2, .locks = both(f->lock, f->left),    \
      .has_lease_ms = true, .lease_ms = 50)                                                        \
    X(break_lock, object_break, f->mine, .fence = f->fence)                                        \
    X(break_permit, object_break, f->semaphore, .fence = f->permit)                                \
    X(break_delivery, object_break, f->work, .fence = f->delivery)                                 \
    X(lock_extend, lock_extend, f->mine, .lease_ms = 50)                                           \
    Y(release, lock_release, f->mine)                                                              \
    Y(release_free, lock_release, f->lock)                                                         \
    Y(who, lock_who, f->mine)                                                                      \
    X(new_rwlock, rwlock_open, 0, .name = name_of("rwlock"))                                       \
    X(transfer, lock_transfer, f->mine, .session = 2)                                              \
    Y(read_again, rwlock_acquire_read, f->shared)                                                  \
    Y(write_too, rwlock_acquire_write, f->shared)                                                  \
    X(read_leased, rwlock_acquire_read, f->shared, .has_lease_ms = true, .lease_ms = 50)           \
    X(write_leased, rwlock_acquire_write, f->shared, .has_lease_ms = true, .lease_ms = 50)         \
    X(rwlock_extend, rwlock_extend, f->shared, .lease_ms = 50)                                     \
    Y(release_shared, rwlock_release, f->shared)                                                   \
    Y(delete_rwlock, object_delete, f->shared)                                                     \
    X(new_pipe, pipe_open, 0, .name = name_of("new"), .has_one_way = true, .one_way = true)        \
    X(attach, pipe_attach, f->pipe, .end = 1)                                                      \
    X(pipe_send, pipe_send, f->pipe, .end = 0, .value = nested(f))                                 \
    X(pipe_receive, pipe_receive, f->pipe, .end = 0)                                               \
    X(pipe_too_big, pipe_receive, f->pipe, .end = 0, .has_max_bytes = true, .max_bytes = 1)        \
    X(pipe_poll, pipe_poll, f->pipe, .end = 0)                                                     \
    X(pipe_close, pipe_close, f->pipe, .end = 0)                                                   \
    X(new_semaphore, semaphore_open, 0, .name = name_of("new"), .has_bounded = true,               \
      .bounded = true)                                                                             \
    Y(semaphore_acquire, semaphore_acquire, f->semaphore)                                          \
    X(semaphore_acquire_many, semaphore_acquire, f->semaphore, .has_permits = true, .permits = 3)  \
    X(semaphore_leased, semaphore_acquire, f->semaphore, .has_lease_ms = true, .lease_ms = 50)     \
    X(semaphore_extend, semaphore_extend, f->semaphore, .fence = f->permit, .lease_ms = 50)        \
    X(semaphore_release, semaphore_release, f->semaphore, .has_permits = true, .permits = 3)       \
    Y(semaphore_value, semaphore_value, f->semaphore)                                              \
    Y(delete_semaphore, object_delete, f->semaphore)                                               \
    X(new_event, event_open, 0, .name = name_of("new"))                                            \
    Y(event_set, event_set, f->event)                                                              \
    Y(event_clear, event_clear, f->event)                                                          \
    Y(event_is_set, event_is_set, f->event)                                                        \
    Y(event_wait, event_wait, f->event)                                                            \
    X(new_latch, latch_open, 0, .name = name_of("new"), .has_count = true, .count = 3)             \
    Y(latch_count_down, latch_count_down, f->latch)                                                \
    Y(latch_wait, latch_wait, f->latch)                                                            \
    Y(latch_count, latch_count, f->latch)                                                          \
    X(new_condition, condition_open, 0, .name = name_of("new"), .lock = f->lock)                   \
    Y(condition_wait, condition_wait, f->condition)                                                \
    Y(condition_notify, condition_notify, f->condition)                                            \
    Y(condition_notify_all, condition_notify_all, f->condition)                                    \
    Y(condition_lock, condition_lock, f->condition)                                                \
    X(new_barrier, barrier_open, 0, .name = name_of("new"), .parties = 3)                          \
    Y(barrier_wait, barrier_wait, f->barrier)                                                      \
    Y(barrier_wait_led, barrier_wait, f->led)                                                      \
    Y(barrier_done, barrier_done, f->led)                                                          \
    Y(barrier_abort, barrier_abort, f->barrier)                                                    \
    Y(barrier_reset, barrier_reset, f->led)                                                        \
    Y(barrier_parties, barrier_parties, f->barrier)                                                \
    Y(barrier_waiting, barrier_waiting, f->barrier)                                                \
    Y(barrier_broken, barrier_broken, f->barrier)                                                  \
    X(new_watch, watch_open, 0, .name = name_of("new"), .has_object = true, .object = f->value)    \
    X(new_watch_of_names, watch_open, 0, .name = name_of("new"), .prefix = name_of("n"))           \
    Y(watch_next, watch_next, f->watch)                                                            \
    Y(delete_watch, object_delete, f->watch)                                                       \
    Y(delete_barrier, object_delete, f->barrier)                                                   \
    X(new_pool, pool_open, 0, .name = name_of("new"), .has_max_tasks = true, .max_tasks = 3)       \
    Y(new_unnamed_pool, pool_open, 0)                                                              \
    Y(register_with_a_closed_pool, pool_register, f->shut)                                         \
    Y(pool_take, pool_take, f->pool)                                                               \
    X(pool_finish, pool_finish, f->pool, .task = f->running, .has_status = true,                   \
      .status = HF__STATUS__TASK_FAILED, .has_failed = true, .failed = true)                       \
    X(pool_finish_nothing, pool_finish, f->pool, .task = f->running + 1)                           \
    X(pool_progress, pool_progress, f->pool, .task = f->running, .value = nested(f))               \
    Y(pool_leave, pool_leave, f->pool)                                                             \
    Y(pool_close, pool_close, f->pool)                                                             \
    X(pool_terminate, pool_close, f->pool, .has_terminate = true, .terminate = true)               \
    Y(pool_join, pool_join, f->shut)                                                               \
    Y(pool_state, pool_state, f->pool)                                                             \
    X(new_submitter, submitter_open, 0, .pool = f->pool)                                           \
    X(submit, submitter_submit, f->submitter, .n_tasks = 1, .tasks = tasks_of(f, 9))               \
    X(submit_twice, submitter_submit, f->submitter, .n_tasks = 1, .tasks = tasks_of(f, 1))         \
    Y(collect, submitter_collect, f->submitter)                                                    \
    Y(cancel_all, submitter_cancel, f->submitter)                                                  \
    X(cancel_one, submitter_cancel, f->submitter, .n_tags = 2, .tags = both(4, 3))                 \
    Y(close_submitter, submitter_close, f->submitter)                                              \
    X(new_supervisor, supervisor_open, 0, .pool = f->pool, .has_submitter = true,                  \
      .submitter = f->submitter)                                                                   \
    X(first_supervisor, supervisor_open, 0, .pool = f->lone)                                       \
    Y(register_with_it, pool_register, f->lone)                                                    \
    Y(supervisor_wait, supervisor_wait, f->supervisor)                                             \
    X(supervisor_report, supervisor_report, f->supervisor, .number = 5, .has_signal = true,        \
      .signal = 9)                                                                                 \
    Y(delete_pool, object_delete, f->pool)                                                         \
    Y(delete_submitter, object_delete, f->submitter)                                               \
    Y(delete_supervisor, object_delete, f->supervisor)

#define DEFINE_WITH(name, op, object, ...)                                                         \
    static uint64_t send_##name(const struct fixture *f) {                                         \
        return send(f, REQUEST(object, op, __VA_ARGS__));                                          \
    }
#define DEFINE_PLAIN(name, op, object)                                                             \
    static uint64_t send_##name(const struct fixture *f) {                                         \
        return send(f, REQUEST(object, op));                                                       \
    }
SCENARIOS(DEFINE_WITH, DEFINE_PLAIN)

#define ROW_WITH(name, op, object, ...) {#name, #op, send_##name},
#define ROW_PLAIN(name, op, object) {#name, #op, send_##name},
const struct scenario scenarios[] = {SCENARIOS(ROW_WITH, ROW_PLAIN)};
const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];
