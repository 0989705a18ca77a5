/* SPDX-License-Identifier: MIT
 *
 * A thread whose idle connection has been lost: its first call says HF_DISCONNECTED if it held
 * anything, and nothing if it did not. Against a real manager.
 */
#include "real.h"

#include "session.h"

#include <sched.h>
#include <sys/socket.h>

struct things {
    hf_lock lock;
    hf_lock counting;
    hf_semaphore semaphore;
    hf_queue queue;
    hf_pipe_end here;
    hf_pipe_end there;
    hf_condition condition;
};

static struct things open_things(void) {
    static const hf_queue_options no_options = {0};
    struct things all = {.lock = open_lock(NULL, NULL)};
    all.counting = open_lock(NULL, &(hf_lock_options){.reentrant = true});
    assert_ok(hf_semaphore_open(client, NULL, 5, NULL, &all.semaphore));
    assert_ok(hf_queue_open(client, NULL, &no_options, &all.queue));
    assert_ok(hf_queue_put_int(all.queue, 1, 0));
    assert_ok(hf_queue_put_int(all.queue, 2, 0));
    assert_ok(hf_pipe_open(client, NULL, NULL, &all.here, &all.there));
    assert_ok(hf_condition_open(client, NULL, all.lock, HF_OPEN_OR_CREATE, &all.condition));
    return all;
}

/* A request that another thread, which is another session, makes on a lock. */
struct request {
    hf_status (*make)(hf_lock lock);
    hf_lock lock;
};

static void *make_request(void *argument) {
    const struct request *request = argument;
    return request->make(request->lock) == HF_OK ? argument : NULL;
}

static void let_another_thread(hf_status (*make)(hf_lock lock), hf_lock lock) {
    struct request request = {make, lock};
    pthread_t thread;
    void *done = NULL;
    assert_int_equal(pthread_create(&thread, NULL, make_request, &request), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_non_null(done);
}

static hf_status delete_lock(hf_lock lock) {
    return hf_object_delete((hf_object){client, lock.id});
}

/* To the session that holds `theirs`. */
static hf_status transfer(hf_lock lock, hf_lock theirs) {
    hf_holder holder;
    assert_ok(hf_lock_who(theirs, &holder));
    return hf_lock_transfer(lock, holder.session, 0, NULL);
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

static void a_lock_under_a_lease(const struct things *all) {
    assert_ok(hf_lock_acquire_leased(all->lock, 60000, 0, NULL));
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

static void permits(const struct things *all) {
    assert_ok(hf_semaphore_acquire(all->semaphore, 3, 0, NULL));
    assert_ok(hf_semaphore_release(all->semaphore, 2));
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

static hf_lock held_by_us;

static hf_status transfer_to_us(hf_lock lock) {
    hf_status status = hf_lock_acquire(lock, 0, NULL);
    return status == HF_OK ? transfer(lock, held_by_us) : status;
}

static void a_lock_that_another_thread_has_handed_over(const struct things *all) {
    held_by_us = all->counting;
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    let_another_thread(transfer_to_us, all->lock);
    assert_ok(hf_lock_release_checked(all->counting));
}

static void what_was_posted(const struct things *all) {
    assert_ok(hf_post_begin(client));
    assert_ok(hf_pipe_send_int(all->here, 1, 0));
    assert_ok(hf_post_finish(client));
}

static hf_status break_lock(hf_lock lock) {
    hf_holder holder;
    hf_status status = hf_lock_who(lock, &holder);
    return status == HF_OK ? hf_lock_break(lock, holder.fence) : status;
}

/* So none of the replies to this thread has told of it. */
static void a_lock_acquired_after_another_was_broken(const struct things *all) {
    a_lock(all);
    let_another_thread(break_lock, all->lock);
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    assert_ok(hf_lock_release(all->lock)); /* refused, which nobody is told */
}

static void permits_beside_a_lock_known_to_be_gone(const struct things *all) {
    a_lock(all);
    assert_ok(hf_semaphore_acquire(all->semaphore, 1, 0, NULL));
    let_another_thread(break_lock, all->lock);
    assert_ok(hf_client_ping(client));
    assert_status(hf_lock_release(all->lock), HF_NOT_HELD, "release");
}

static void what_another_party_holds(const struct things *all) {
    assert_ok(hf_party(client, 1));
    a_lock(all);
    assert_ok(hf_party(client, 2));
    assert_ok(hf_semaphore_acquire(all->semaphore, 1, 0, NULL));
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    assert_ok(hf_party_leave(client, 1, false));
    assert_ok(hf_lock_release(all->counting)); /* it holds this one still */
    assert_ok(hf_party(client, 1));
    assert_status(hf_lock_release(all->lock), HF_NOT_HELD, "release");
    assert_ok(hf_party(client, 0));
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

static void a_lock_released_by_another_thread(const struct things *all) {
    hf_lock lock = open_lock(NULL, &(hf_lock_options){.any_may_release = true});
    (void)all;
    for (int i = 0; i < 2; i++) {
        assert_ok(hf_lock_acquire(lock, 0, NULL));
        let_another_thread(hf_lock_release, lock);
    }
    assert_status(hf_lock_release_checked(lock), HF_NOT_HELD, "release");
}

static void a_lock_released_by_another_thread_before_the_last_answer(const struct things *all) {
    hf_lock lock = open_lock(NULL, &(hf_lock_options){.any_may_release = true});
    (void)all;
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    let_another_thread(hf_lock_release, lock);
    assert_ok(hf_client_ping(client));
}

static void what_was_left(const struct things *all) {
    a_lock(all);
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    assert_ok(hf_client_leave(client));
    assert_status(hf_lock_release(all->lock), HF_NOT_HELD, "release");
}

static void a_lease_that_had_run_out(const struct things *all) {
    hf_delivery delivery = {0};
    assert_ok(hf_queue_get_leased(all->queue, 1, 0, &delivery));
    assert_ok(hf_queue_get_leased(all->queue, -1, 0, &delivery));
    assert_ok(hf_queue_acknowledge(all->queue, delivery.id));
    assert_ok(hf_queue_get_leased(all->queue, -1, -1, &delivery)); /* the first has come back */
    assert_ok(hf_queue_acknowledge(all->queue, delivery.id));
}

/* To a session that waits until the lease of another has ended. */
static hf_status take_and_give_back(hf_lock lock) {
    hf_status status = hf_lock_acquire(lock, -1, NULL);
    return status == HF_OWNER_DIED ? hf_lock_release(lock) : HF_INVALID;
}

static void assert_lost(hf_lock lock) {
    let_another_thread(take_and_give_back, lock);
    assert_status(hf_lock_release(lock), HF_NOT_HELD, "release"); /* it waits for the answer */
}

static void leases_of_locks_that_had_ended(const struct things *all) {
    const hf_lock both[] = {all->lock, all->counting};
    assert_ok(hf_lock_acquire_leased(all->lock, 1, 0, NULL));
    assert_lost(all->lock);
    assert_ok(hf_lock_acquire(all->lock, 0, NULL));
    assert_ok(hf_lock_extend(all->lock, 1));
    assert_lost(all->lock);
    assert_ok(hf_lock_acquire_many_leased(both, 2, 1, 0, NULL));
    assert_lost(all->lock);
    assert_lost(all->counting);
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    assert_ok(hf_lock_acquire_leased(all->counting, 1, 0, NULL));
    assert_lost(all->counting);
    assert_ok(hf_lock_acquire_leased(all->counting, 60000, 0, NULL));
    assert_ok(hf_lock_acquire(all->counting, 0, NULL)); /* under the same lease */
    assert_ok(hf_lock_extend(all->counting, 1));
    assert_lost(all->counting);
}

static void a_leased_lock_released_in_time(const struct things *all) {
    assert_ok(hf_lock_acquire_leased(all->lock, 60000, 0, NULL));
    assert_ok(hf_lock_release(all->lock));
}

static void a_lock_handed_over(const struct things *all) {
    hf_client *other = NULL;
    assert_ok(hf_client_new(hf_manager_address(manager), NULL, &other));
    hf_lock theirs = {other, open_lock(NULL, NULL).id};
    assert_ok(hf_lock_acquire(theirs, 0, NULL));
    a_lock_acquired_once_more_than_released(all);
    assert_ok(hf_lock_acquire(all->counting, 0, NULL));
    assert_ok(transfer(all->counting, theirs));
    hf_client_free(other);
}

static void a_lock_deleted_by_itself(const struct things *all) {
    a_lock(all);
    assert_ok(hf_object_delete((hf_object){client, all->lock.id}));
}

static void a_lock_known_to_be_deleted(const struct things *all) {
    a_lock(all);
    let_another_thread(delete_lock, all->lock);
    assert_status(hf_lock_release_checked(all->lock), HF_NO_OBJECT, "release");
}

static void what_a_batch_granted_and_released(const struct things *all) {
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_lock_acquire(all->lock, 0, NULL));
    assert_ok(hf_lock_release(all->lock));
    assert_ok(hf_batch_finish(client, 0, NULL));
}

static void what_was_posted_and_answered_since(const struct things *all) {
    assert_ok(hf_post_begin(client));
    assert_ok(hf_queue_put_int(all->queue, 3, 0));
    assert_ok(hf_lock_release(all->lock)); /* refused, which nobody is told */
    assert_ok(hf_post_finish(client));
    assert_ok(hf_client_ping(client));
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

/* Lose this thread's idle connection after `act`. Returns the status of the next call. */
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
        ROW(a_lock_under_a_lease),
        ROW(one_of_several_locks),
        ROW(a_lock_that_a_condition_gave_back),
        ROW(permits),
        ROW(an_end_that_had_nothing_to_receive),
        ROW(an_end_polled_in_vain_in_a_batch),
        ROW(what_a_batch_granted),
        ROW(what_a_refused_batch_granted),
        ROW(what_a_pipeline_granted),
        ROW(what_came_first),
        ROW(an_end_that_did_not_come_first),
        ROW(an_end_where_nothing_came),
        ROW(a_lock_that_another_thread_has_handed_over),
        ROW(what_was_posted),
        ROW(a_lock_acquired_after_another_was_broken),
        ROW(permits_beside_a_lock_known_to_be_gone),
        ROW(what_another_party_holds),
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
        ROW(a_lock_released_by_another_thread_before_the_last_answer),
        ROW(what_was_left),
        ROW(a_lease_that_had_run_out),
        ROW(leases_of_locks_that_had_ended),
        ROW(a_leased_lock_released_in_time),
        ROW(a_lock_handed_over),
        ROW(a_lock_deleted_by_itself),
        ROW(a_lock_known_to_be_deleted),
        ROW(what_a_batch_granted_and_released),
        ROW(what_was_posted_and_answered_since),
        ROW(what_did_not_come_first),
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_status(first_call_after_loss(&rows[i]), HF_OK, rows[i].name);
    }
}

/* ---- releases ---- */

static void *delete_when_waited_for(void *argument) {
    const hf_lock *lock = argument;
    hf_statistics numbers = {0};
    while (numbers.waiting_calls == 0 && hf_client_statistics(client, &numbers) == HF_OK) {
        (void)sched_yield();
    }
    return delete_lock(*lock) == HF_OK ? argument : NULL;
}

/* The thread holds something else, so it would post the release of a lock that it has. */
static void the_release_of_a_lock_that_is_gone_after_a_wait_is_refused(void **state) {
    struct things all = open_things();
    pthread_t thread;
    void *deleted = NULL;
    (void)state;
    assert_ok(hf_lock_acquire(all.counting, 0, NULL));
    assert_ok(hf_lock_acquire(all.lock, 0, NULL));
    assert_int_equal(pthread_create(&thread, NULL, delete_when_waited_for, &all.lock), 0);
    assert_status(hf_condition_wait(all.condition, -1, NULL), HF_DELETED, "wait");
    assert_int_equal(pthread_join(thread, &deleted), 0);
    assert_non_null(deleted);

    assert_status(hf_lock_release(all.lock), HF_NO_OBJECT, "release");
    assert_ok(hf_lock_release(all.counting));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lost_while_it_is_held_is_reported_once),
        cmocka_unit_test(who_holds_nothing_any_more_loses_nothing),
        cmocka_unit_test(the_release_of_a_lock_that_is_gone_after_a_wait_is_refused),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
