/* SPDX-License-Identifier: MIT
 *
 * docs/guarantees.md, pools, submitters and supervisors: see guarantees.h.
 */
#include "pools.h"

#include <string.h>

/* ---- pool ---- */

static void pool_holder_dies(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    (void)take(worker, f.pool);
    uint64_t collecting = peer_send(f.ada, waiting(REQUEST(f.submitter, submitter_collect), -1));

    peer_leave(worker);

    const Hf__Collected *collected = peer_reply(f.ada, collecting)->collected;
    assert_int_equal(collected->n_results, 1);
    assert_int_equal(collected->results[0]->status, HF_WORKER_LOST);
    assert_non_null(strstr(collected->results[0]->detail, "worker"));
}

static void pool_holder_dies_and_the_task_is_run_again(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    struct peer *other = join_worker(f.world, "other", f.pool);
    submit_task(f.ada, f.submitter, task_again(1, 1));
    submit(f.ada, f.submitter, 2);
    uint64_t id = take(worker, f.pool)->id;

    peer_leave(worker);

    const Hf__Task *again = take(other, f.pool);
    assert_int_equal(again->id, id);
    assert_int_equal(again->run, 2);
}

static void pool_holder_dies_and_its_supervisor_says_how(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit(f.ada, f.submitter, 1);
    (void)take(worker, f.pool);

    peer_leave(worker);

    assert_nothing(f.ada, f.submitter);
    report_signal(f.boss, supervisor, 1, 11);
    assert_int_equal(collect_one(f.ada, f.submitter, 1, HF_WORKER_LOST)->signal, 11);
}

static void pool_waiter_dies(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    struct peer *other = join_worker(f.world, "other", f.pool);
    uint64_t others = wait_to_take(other, f.pool);
    (void)wait_to_take(worker, f.pool); /* the last to come is served first */

    peer_leave(worker);

    submit(f.ada, f.submitter, 1);
    assert_status(peer_reply(other, others), HF_OK);
    assert_int_equal(look(f.ada, f.pool)->worker_count, 1);
}

static void pool_waiter_dies_who_joins(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *eve = world_join(f.world, "eve");
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    close_pool(f.ada, f.pool);
    (void)peer_send(eve, waiting(REQUEST(f.pool, pool_join), -1));
    uint64_t joining = peer_send(f.ada, waiting(REQUEST(f.pool, pool_join), -1));

    peer_leave(eve);

    assert_true(unanswered(f.ada, joining));
    peer_leave(worker);
    assert_status(peer_reply(f.ada, joining), HF_OK);
}

static void pool_deleted(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 1, 0);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    struct peer *idle = join_worker(f.world, "idle", f.pool);
    submit(f.ada, f.submitter, 1);
    run_one(worker, f.pool);
    submit(f.ada, f.submitter, 2);
    uint64_t id = take(worker, f.pool)->id;
    uint64_t taking = wait_to_take(idle, f.pool);
    submit(f.ada, f.submitter, 3); /* which idle takes */
    submit(f.ada, f.submitter, 4);
    uint64_t submitting = send_task(f.ada, f.submitter, task(5), -1);
    uint64_t watching = wait_to_supervise(f.boss, supervisor, false);
    assert_status(peer_reply(idle, taking), HF_OK);

    assert_status(ask(f.boss, REQUEST(f.pool, object_delete)), HF_OK);

    assert_status(peer_reply(f.ada, submitting), HF_DELETED);
    assert_status(peer_reply(f.boss, watching), HF_CLOSED);
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_collect)), HF_DELETED);
    assert_status(finish(worker, f.pool, id, ""), HF_NO_OBJECT);
}

static void pool_deleted_while_workers_wait(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    struct peer *other = join_worker(f.world, "other", f.pool);
    uint64_t workers = wait_to_take(worker, f.pool);
    uint64_t others = wait_to_take(other, f.pool);

    assert_status(ask(f.ada, REQUEST(f.pool, object_delete)), HF_OK);

    assert_status(peer_reply(worker, workers), HF_DELETED);
    assert_status(peer_reply(other, others), HF_DELETED);
}

/* ---- submitter ---- */

static void submitter_holder_dies(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    submit(f.ada, f.submitter, 2);
    submit_task(f.ada, f.submitter, task_detached(3));
    uint64_t running = take(worker, f.pool)->id;

    peer_leave(f.ada);

    assert_false(goes_on(worker, f.pool, running));
    assert_int_equal(look(f.boss, f.pool)->cancelled, 1);
    assert_status(finish(worker, f.pool, running, ""), HF_OK);
    run_one(worker, f.pool); /* the one that is detached */
    assert_status(ask(worker, REQUEST(f.pool, pool_take)), HF_TIMEOUT);
}

static void submitter_waiter_dies(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 1, 0);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    uint64_t other = open_submitter(f.boss, f.pool);
    submit(f.boss, other, 1);
    (void)send_task(f.ada, f.submitter, task(1), -1);
    uint64_t second = send_task(f.boss, other, task(2), -1);

    peer_leave(f.ada);

    assert_true(unanswered(f.boss, second));
    (void)take(worker, f.pool);
    assert_count(peer_reply(f.boss, second), 1);
    assert_int_equal(look(f.boss, f.pool)->queued, 1);
}

static void submitter_waiter_dies_who_collects(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *eve = world_join(f.world, "eve");
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    (void)peer_send(eve, waiting(REQUEST(f.submitter, submitter_collect), -1));
    submit(f.ada, f.submitter, 1);

    peer_leave(eve);

    run_one(worker, f.pool);
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
}

static void submitter_deleted(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 1, 0);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t running = take(worker, f.pool)->id;
    submit(f.ada, f.submitter, 2);
    uint64_t submitting = send_task(f.ada, f.submitter, task(3), -1);
    uint64_t collecting = peer_send(f.ada, waiting(REQUEST(f.submitter, submitter_collect), -1));

    assert_status(ask(f.ada, REQUEST(f.submitter, object_delete)), HF_OK);

    assert_status(peer_reply(f.ada, submitting), HF_DELETED);
    assert_status(peer_reply(f.ada, collecting), HF_DELETED);
    assert_false(goes_on(worker, f.pool, running));
    assert_int_equal(look(f.ada, f.pool)->queued, 0);
}

/* ---- supervisor ---- */

static void supervisor_holder_dies(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *dead = join_worker_for(&f, supervisor, 1);
    struct peer *worker = join_worker_for(&f, supervisor, 2);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        submit(f.ada, f.submitter, tag);
    }
    (void)take(dead, f.pool);
    uint64_t running = take(worker, f.pool)->id;
    peer_leave(dead);
    assert_nothing(f.ada, f.submitter);

    peer_leave(f.boss);

    (void)collect_one(f.ada, f.submitter, 1, HF_WORKER_LOST);
    assert_status(finish(worker, f.pool, running, ""), HF_OK);
    (void)collect_one(f.ada, f.submitter, 2, HF_OK);
    peer_leave(worker);
    (void)collect_one(f.ada, f.submitter, 3, HF_WORKER_LOST);
    assert_status(ask_task(f.ada, f.submitter, task(4)), HF_CLOSED);
    (void)join_worker(f.world, "next", f.pool);
    submit(f.ada, f.submitter, 4);
}

static void supervisor_waiter_dies(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *second = world_join(f.world, "second");
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    (void)wait_to_supervise(f.boss, supervisor, false);
    uint64_t seconds = wait_to_supervise(second, supervisor, false);

    peer_leave(f.boss);

    assert_true(unanswered(second, seconds));
    peer_leave(worker);
    assert_int_equal(peer_reply(second, seconds)->supervision->n_gone, 1);
}

static void supervisor_deleted(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit(f.ada, f.submitter, 1);
    uint64_t id = take(worker, f.pool)->id;
    uint64_t watching = wait_to_supervise(f.boss, supervisor, false);

    assert_status(ask(f.ada, REQUEST(supervisor, object_delete)), HF_OK);

    assert_status(peer_reply(f.boss, watching), HF_DELETED);
    assert_status(finish(worker, f.pool, id, ""), HF_OK);
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
    submit(f.ada, f.submitter, 2);
    peer_leave(worker); /* now nobody is left */
    (void)collect_one(f.ada, f.submitter, 2, HF_WORKER_LOST);
}

/* ---- all of them ---- */

/* Whether the report, the end of the session or the outcomes come first. */
static void a_task_ends_exactly_once(void **state) {
    (void)state;
    for (int first = 0; first < 3; first++) {
        struct pool_fixture f = pool_fixture_new(world_new());
        uint64_t supervisor = open_supervisor(f.boss, f.pool);
        struct peer *worker = join_worker_for(&f, supervisor, 1);
        submit(f.ada, f.submitter, 1);
        uint64_t id = take(worker, f.pool)->id;
        hf_status end = HF_WORKER_LOST;
        if (first == 0) {
            report_signal(f.boss, supervisor, 1, 9);
        } else if (first == 1) {
            assert_status(finish(worker, f.pool, id, ""), HF_OK);
            end = HF_OK;
        }
        if (first < 2) {
            assert_status(finish(worker, f.pool, id, ""), HF_NOT_HELD);
        }

        peer_leave(worker);
        report_signal(f.boss, supervisor, 1, 9);
        peer_leave(f.boss);

        (void)collect_one(f.ada, f.submitter, 1, end);
        assert_nothing(f.ada, f.submitter);
        world_free(f.world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_holder_dies),
        cmocka_unit_test(pool_holder_dies_and_the_task_is_run_again),
        cmocka_unit_test(pool_holder_dies_and_its_supervisor_says_how),
        cmocka_unit_test(pool_waiter_dies),
        cmocka_unit_test(pool_waiter_dies_who_joins),
        cmocka_unit_test(pool_deleted),
        cmocka_unit_test(pool_deleted_while_workers_wait),
        cmocka_unit_test(submitter_holder_dies),
        cmocka_unit_test(submitter_waiter_dies),
        cmocka_unit_test(submitter_waiter_dies_who_collects),
        cmocka_unit_test(submitter_deleted),
        cmocka_unit_test(supervisor_holder_dies),
        cmocka_unit_test(supervisor_waiter_dies),
        cmocka_unit_test(supervisor_deleted),
        cmocka_unit_test(a_task_ends_exactly_once),
    };
    return WORLD_MAIN(tests);
}
