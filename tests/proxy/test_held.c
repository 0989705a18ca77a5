/* SPDX-License-Identifier: MIT
 *
 * What a thread is told when its idle connection has been lost: HF_DISCONNECTED on its first call
 * if it held anything, and nothing at all if it did not. Against a real manager.
 */
#include "real.h"

#include "call.h"
#include "submitting.h"

#include <sys/socket.h>

/* Objects of every type that something can be held of. */
struct things {
    hf_lock lock;
    hf_lock counting;
    hf_rwlock rwlock;
    hf_semaphore semaphore;
    hf_semaphore bounded;
    hf_queue queue;
    hf_queue produced;
    hf_barrier barrier;
    hf_pipe_end here;
    hf_pipe_end there;
    hf_condition condition;
};

static struct things open_things(void) {
    static const hf_queue_options no_options = {0};
    struct things all = {.lock = open_lock(NULL, NULL)};
    all.counting = open_lock(NULL, &(hf_lock_options){.reentrant = true});
    assert_ok(hf_rwlock_open(client, NULL, HF_OPEN_OR_CREATE, &all.rwlock));
    assert_ok(hf_semaphore_open(client, NULL, 5, NULL, &all.semaphore));
    assert_ok(
        hf_semaphore_open(client, NULL, 5, &(hf_semaphore_options){.bounded = true}, &all.bounded));
    assert_ok(hf_queue_open(client, NULL, &no_options, &all.queue));
    assert_ok(hf_queue_put_int(all.queue, 1, 0));
    assert_ok(hf_queue_put_int(all.queue, 2, 0));
    assert_ok(hf_queue_open(client, NULL, &(hf_queue_options){.auto_close = true}, &all.produced));
    assert_ok(
        hf_barrier_open(client, NULL, 1, &(hf_barrier_options){.action = true}, &all.barrier));
    assert_ok(hf_pipe_open(client, NULL, NULL, &all.here, &all.there));
    assert_ok(hf_condition_open(client, NULL, all.lock, HF_OPEN_OR_CREATE, &all.condition));
    return all;
}

/* The delivery of an item, which is an int and owns nothing. */
static uint64_t lease_of(hf_queue queue) {
    hf_delivery delivery = {0};
    assert_ok(hf_queue_get_leased(queue, -1, 0, &delivery));
    return delivery.id;
}

/* ---- what leaves something held ---- */

static void a_lock(const struct things *all) {
    assert_ok(hf_lock_acquire(all->lock, 0, NULL));
}

static void a_lock_acquired_once_more_than_released(const struct things *all) {
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    assert_ok(hf_lock_release(all->counting));
}

static void one_of_several_locks(const struct things *all) {
    const hf_lock both[] = {all->lock, all->counting};
    assert_ok(hf_lock_acquire_many(both, 2, 0, NULL));
    assert_ok(hf_lock_release(all->lock));
}

static void a_lock_that_a_condition_gave_back(const struct things *all) {
    assert_ok(hf_lock_acquire(all->lock, 0, NULL));
    assert_status(hf_condition_wait(all->condition, 1, NULL), HF_TIMEOUT, "wait");
}

static void a_read_lock(const struct things *all) {
    assert_ok(hf_rwlock_acquire_read(all->rwlock, 0, NULL));
}

static void a_reader_that_wrote(const struct things *all) {
    assert_ok(hf_rwlock_acquire_read(all->rwlock, 0, NULL));
    assert_ok(hf_rwlock_acquire_write(all->rwlock, 0, NULL));
    assert_ok(hf_rwlock_release(all->rwlock));
}

static void permits(const struct things *all) {
    assert_ok(hf_semaphore_acquire(all->semaphore, 3, 0, NULL));
    assert_ok(hf_semaphore_release(all->semaphore, 2));
}

static void fewer_permits_than_were_to_be_released(const struct things *all) {
    assert_ok(hf_semaphore_acquire(all->bounded, 2, 0, NULL));
    assert_status(hf_semaphore_release(all->bounded, 3), HF_VALUE_ERROR, "release");
}

static void a_lease(const struct things *all) {
    uint64_t first = lease_of(all->queue);
    uint64_t second = lease_of(all->queue);
    assert_ok(hf_queue_acknowledge(all->queue, first));
    assert_status(hf_queue_acknowledge(all->queue, first), HF_NOT_HELD, "acknowledge");
    assert_ok(hf_queue_extend(all->queue, second, -1));
}

static void a_producers_place(const struct things *all) {
    assert_ok(hf_queue_register_producer(all->produced));
}

static void the_lead_of_a_barrier(const struct things *all) {
    assert_ok(hf_barrier_wait(all->barrier, 0, NULL));
}

static void an_end_that_was_attached(const struct things *all) {
    assert_ok(hf_pipe_attach(all->here));
}

static void an_end_that_sent(const struct things *all) {
    assert_ok(hf_pipe_send_int(all->here, 1, 0));
}

static void an_end_that_had_nothing_to_receive(const struct things *all) {
    int64_t number = 0;
    assert_status(hf_pipe_receive_int(all->here, 0, &number), HF_TIMEOUT, "receive");
}

static void an_end_polled_in_vain_in_a_batch(const struct things *all) {
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_pipe_poll(all->here, 0));
    assert_status(hf_batch_finish(client, 1, NULL), HF_TIMEOUT, "batch");
}

static void the_other_end(const struct things *all) {
    assert_ok(hf_pipe_attach(all->here));
    assert_ok(hf_pipe_attach(all->there));
    assert_ok(hf_pipe_close(all->here));
}

static void what_a_batch_granted(const struct things *all) {
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_semaphore_acquire(all->semaphore, 1, 0, NULL));
    assert_ok(hf_semaphore_value(all->semaphore, NULL));
    assert_ok(hf_batch_finish(client, 0, NULL));
}

static void what_a_refused_batch_granted(const struct things *all) {
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_semaphore_acquire(all->semaphore, 1, 0, NULL));
    assert_ok(hf_lock_release(all->lock));
    assert_status(hf_batch_finish(client, 0, NULL), HF_NOT_HELD, "batch");
}

static void what_a_pipeline_granted(const struct things *all) {
    assert_ok(hf_pipeline_begin(client));
    assert_ok(hf_semaphore_acquire(all->semaphore, 2, 0, NULL));
    assert_ok(hf_semaphore_release(all->semaphore, 1));
    assert_ok(hf_pipeline_finish(client, NULL, 0));
}

static void what_came_first(const struct things *all) {
    hf_delivery delivery = {0};
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_queue_get_leased(all->queue, -1, 0, &delivery));
    assert_ok(hf_lock_acquire(all->lock, 0, NULL));
    assert_ok(hf_wait_any_finish(client, 0, NULL));
}

static void an_end_that_did_not_come_first(const struct things *all) {
    int64_t number = 0;
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_pipe_receive_int(all->here, 0, &number));
    assert_ok(hf_queue_get_int(all->queue, 0, &number));
    assert_ok(hf_wait_any_finish(client, 0, NULL));
}

static void an_end_where_nothing_came(const struct things *all) {
    int64_t number = 0;
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_pipe_receive_int(all->here, 0, &number));
    assert_status(hf_wait_any_finish(client, 1, NULL), HF_TIMEOUT, "wait for any");
}

static uint64_t join_pool(void) {
    struct call call;
    Hf__PoolRegister op = HF__POOL_REGISTER__INIT;
    uint64_t pool = new_pool(NULL);
    call_begin(&call, client, pool);
    assert_ok(call_finish(&call, HF__REQUEST__OP_POOL_REGISTER, &op.base, sink_nothing()));
    return pool;
}

static void a_place_in_a_pool(const struct things *all) {
    (void)all;
    (void)join_pool();
}

static void more_than_a_handful(const struct things *all) {
    for (int i = 0; i < 20; i++) {
        assert_ok(hf_lock_acquire(open_lock(NULL, NULL), 0, NULL));
    }
    assert_ok(hf_lock_acquire(all->lock, 0, NULL));
    assert_ok(hf_lock_release(all->lock));
}

/* ---- what does not ---- */

static void nothing(const struct things *all) {
    int64_t number = 0;
    assert_ok(hf_queue_get_int(all->queue, 0, &number));
}

static void a_lock_released(const struct things *all) {
    a_lock(all);
    assert_ok(hf_lock_release(all->lock));
}

static void a_lock_released_as_often_as_acquired(const struct things *all) {
    a_lock_acquired_once_more_than_released(all);
    assert_ok(hf_lock_release(all->counting));
}

static void several_locks_released_one_by_one(const struct things *all) {
    one_of_several_locks(all);
    assert_ok(hf_lock_release(all->counting));
}

static void *release_it(void *argument) {
    const hf_lock *lock = argument;
    return hf_lock_release(*lock) == HF_OK ? argument : NULL;
}

static void a_lock_released_by_another_thread(const struct things *all) {
    hf_lock lock = open_lock(NULL, &(hf_lock_options){.any_may_release = true});
    pthread_t thread;
    void *released = NULL;
    (void)all;
    for (int i = 0; i < 2; i++) {
        assert_ok(hf_lock_acquire(lock, 0, NULL));
        assert_int_equal(pthread_create(&thread, NULL, release_it, &lock), 0);
        assert_int_equal(pthread_join(thread, &released), 0);
        assert_non_null(released);
    }
    assert_status(hf_lock_release_checked(lock), HF_NOT_HELD, "release");
}

static void a_lock_handed_over(const struct things *all) {
    hf_client *other = NULL;
    hf_lock theirs = {NULL, 0};
    hf_holder holder;
    assert_ok(hf_client_new(hf_manager_address(manager), NULL, &other));
    theirs = (hf_lock){other, open_lock(NULL, NULL).id};
    assert_ok(hf_lock_acquire(theirs, 0, NULL));
    assert_ok(hf_lock_who(theirs, &holder));
    a_lock_acquired_once_more_than_released(all);
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    assert_ok(hf_lock_transfer(all->counting, holder.session, NULL));
    hf_client_free(other);
}

static void a_lock_deleted_by_itself(const struct things *all) {
    a_lock(all);
    assert_ok(hf_object_delete((hf_object){client, all->lock.id}));
}

static void *delete_it(void *argument) {
    const hf_lock *lock = argument;
    return hf_object_delete((hf_object){client, lock->id}) == HF_OK ? argument : NULL;
}

static void a_lock_known_to_be_deleted(const struct things *all) {
    hf_lock lock = all->lock;
    pthread_t thread;
    void *deleted = NULL;
    a_lock(all);
    assert_int_equal(pthread_create(&thread, NULL, delete_it, &lock), 0);
    assert_int_equal(pthread_join(thread, &deleted), 0);
    assert_non_null(deleted);
    assert_status(hf_lock_release_checked(lock), HF_NO_OBJECT, "release");
}

static void a_rwlock_released(const struct things *all) {
    a_reader_that_wrote(all);
    assert_ok(hf_rwlock_release(all->rwlock));
}

static void permits_released(const struct things *all) {
    permits(all);
    assert_ok(hf_semaphore_release(all->semaphore, 1));
    assert_ok(hf_semaphore_release(all->semaphore, 1)); /* one more than there was */
}

static void a_lease_acknowledged(const struct things *all) {
    assert_ok(hf_queue_acknowledge(all->queue, lease_of(all->queue)));
}

static void a_lease_returned(const struct things *all) {
    assert_ok(hf_queue_return(all->queue, lease_of(all->queue)));
}

static void a_producer_unregistered(const struct things *all) {
    a_producers_place(all);
    assert_ok(hf_queue_register_producer(all->produced));
    assert_ok(hf_queue_unregister_producer(all->produced));
    assert_ok(hf_queue_unregister_producer(all->produced));
}

static void a_lead_that_is_done(const struct things *all) {
    the_lead_of_a_barrier(all);
    assert_ok(hf_barrier_done(all->barrier));
}

static void a_place_in_a_pool_left(const struct things *all) {
    struct call call;
    Hf__PoolLeave op = HF__POOL_LEAVE__INIT;
    (void)all;
    call_begin(&call, client, join_pool());
    assert_ok(call_finish(&call, HF__REQUEST__OP_POOL_LEAVE, &op.base, sink_nothing()));
}

static void a_lead_that_ended_with_its_barrier(const struct things *all) {
    the_lead_of_a_barrier(all);
    assert_ok(hf_barrier_abort(all->barrier));
}

static void an_end_closed(const struct things *all) {
    an_end_that_sent(all);
    assert_ok(hf_pipe_close(all->here));
}

static void what_a_batch_granted_and_released(const struct things *all) {
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_lock_acquire(all->lock, 0, NULL));
    assert_ok(hf_lock_release(all->lock));
    assert_ok(hf_batch_finish(client, 0, NULL));
}

static void what_did_not_come_first(const struct things *all) {
    int64_t number = 0;
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_queue_get_int(all->queue, 0, &number));
    assert_ok(hf_lock_acquire(all->lock, 0, NULL));
    assert_ok(hf_wait_any_finish(client, 0, NULL));
}

/* ---- the loss ---- */

struct row {
    const char *name;
    void (*act)(const struct things *all);
};

#define ROW(act)                                                                                   \
    { #act, act }

/* After `act` this thread's idle connection is lost. What the next call says. */
static hf_status first_call_after_loss(const struct row *row) {
    struct things all = open_things();
    row->act(&all);
    struct session *session = session_find(client);
    assert_non_null(session);
    assert_int_equal(shutdown(session->conn.socket.fd, SHUT_RDWR), 0);
    hf_status status = hf_client_ping(client);
    assert_ok(hf_client_ping(client)); /* told once */
    hf_client_disconnect(client);
    return status;
}

static void what_is_lost_while_it_is_held_is_reported_once(void **state) {
    static const struct row rows[] = {
        ROW(a_lock),
        ROW(a_lock_acquired_once_more_than_released),
        ROW(one_of_several_locks),
        ROW(a_lock_that_a_condition_gave_back),
        ROW(a_read_lock),
        ROW(a_reader_that_wrote),
        ROW(permits),
        ROW(fewer_permits_than_were_to_be_released),
        ROW(a_lease),
        ROW(a_producers_place),
        ROW(the_lead_of_a_barrier),
        ROW(a_place_in_a_pool),
        ROW(an_end_that_was_attached),
        ROW(an_end_that_sent),
        ROW(an_end_that_had_nothing_to_receive),
        ROW(an_end_polled_in_vain_in_a_batch),
        ROW(the_other_end),
        ROW(what_a_batch_granted),
        ROW(what_a_refused_batch_granted),
        ROW(what_a_pipeline_granted),
        ROW(what_came_first),
        ROW(an_end_that_did_not_come_first),
        ROW(an_end_where_nothing_came),
        ROW(more_than_a_handful),
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_status(first_call_after_loss(&rows[i]), HF_DISCONNECTED, rows[i].name);
    }
}

static void who_holds_nothing_any_more_loses_nothing(void **state) {
    static const struct row rows[] = {
        ROW(nothing),
        ROW(a_lock_released),
        ROW(a_lock_released_as_often_as_acquired),
        ROW(several_locks_released_one_by_one),
        ROW(a_lock_released_by_another_thread),
        ROW(a_lock_handed_over),
        ROW(a_lock_deleted_by_itself),
        ROW(a_lock_known_to_be_deleted),
        ROW(a_rwlock_released),
        ROW(permits_released),
        ROW(a_lease_acknowledged),
        ROW(a_lease_returned),
        ROW(a_producer_unregistered),
        ROW(a_lead_that_is_done),
        ROW(a_lead_that_ended_with_its_barrier),
        ROW(a_place_in_a_pool_left),
        ROW(an_end_closed),
        ROW(what_a_batch_granted_and_released),
        ROW(what_did_not_come_first),
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_status(first_call_after_loss(&rows[i]), HF_OK, rows[i].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lost_while_it_is_held_is_reported_once),
        cmocka_unit_test(who_holds_nothing_any_more_loses_nothing),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
