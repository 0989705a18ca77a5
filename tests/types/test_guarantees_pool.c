/* SPDX-License-Identifier: MIT
 *
 * docs/guarantees.md, of pools and those who have to do with them: see guarantees.h.
 */
#include "pools.h"

#include <string.h>

/* ---- pool ---- */

static void pool_holder_dies(void **state) {
    struct crew c = crew_new(*state);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    submit(c.ada, c.submitter, 1);
    (void)take(worker, c.pool);
    uint64_t collecting = peer_send(c.ada, waiting(REQUEST(c.submitter, submitter_collect), -1));

    peer_leave(worker);

    const Hf__Collected *collected = peer_reply(c.ada, collecting)->collected;
    assert_int_equal(collected->n_results, 1);
    assert_int_equal(collected->results[0]->status, HF_WORKER_LOST);
    assert_non_null(strstr(collected->results[0]->detail, "worker"));
}

static void pool_holder_dies_and_the_task_is_run_again(void **state) {
    struct crew c = crew_new(*state);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    struct peer *other = join_worker(c.world, "other", c.pool);
    submit_task(c.ada, c.submitter, task_again(1, 1));
    submit(c.ada, c.submitter, 2);
    uint64_t id = take(worker, c.pool)->id;

    peer_leave(worker);

    const Hf__Task *again = take(other, c.pool);
    assert_int_equal(again->id, id);
    assert_int_equal(again->run, 2);
}

static void pool_holder_dies_and_its_supervisor_says_how(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit(c.ada, c.submitter, 1);
    (void)take(worker, c.pool);

    peer_leave(worker);

    assert_nothing(c.ada, c.submitter);
    report_signal(c.boss, supervisor, 1, 11);
    assert_int_equal(collect_one(c.ada, c.submitter, 1, HF_WORKER_LOST)->signal, 11);
}

static void pool_waiter_dies(void **state) {
    struct crew c = crew_new(*state);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    struct peer *other = join_worker(c.world, "other", c.pool);
    uint64_t others = wait_to_take(other, c.pool);
    (void)wait_to_take(worker, c.pool); /* who would be served first */

    peer_leave(worker);

    submit(c.ada, c.submitter, 1);
    assert_status(peer_reply(other, others), HF_OK);
    assert_int_equal(look(c.ada, c.pool)->worker_count, 1);
}

static void pool_waiter_dies_who_joins(void **state) {
    struct crew c = crew_new(*state);
    struct peer *eve = world_join(c.world, "eve");
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    close_pool(c.ada, c.pool);
    (void)peer_send(eve, waiting(REQUEST(c.pool, pool_join), -1));
    uint64_t joining = peer_send(c.ada, waiting(REQUEST(c.pool, pool_join), -1));

    peer_leave(eve);

    assert_true(unanswered(c.ada, joining));
    peer_leave(worker);
    assert_status(peer_reply(c.ada, joining), HF_OK);
}

static void pool_deleted(void **state) {
    struct crew c = crew_of(*state, 1, 0);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    struct peer *idle = join_worker(c.world, "idle", c.pool);
    submit(c.ada, c.submitter, 1);
    run_one(worker, c.pool);
    submit(c.ada, c.submitter, 2);
    uint64_t id = take(worker, c.pool)->id;
    uint64_t taking = wait_to_take(idle, c.pool);
    submit(c.ada, c.submitter, 3); /* which idle takes */
    submit(c.ada, c.submitter, 4);
    uint64_t submitting = send_task(c.ada, c.submitter, task(5), -1);
    uint64_t watching = wait_to_supervise(c.boss, supervisor, false);
    assert_status(peer_reply(idle, taking), HF_OK);

    assert_status(ask(c.boss, REQUEST(c.pool, object_delete)), HF_OK);

    assert_status(peer_reply(c.ada, submitting), HF_DELETED);
    assert_status(peer_reply(c.boss, watching), HF_CLOSED);
    (void)collect_one(c.ada, c.submitter, 1, HF_OK);
    assert_status(ask(c.ada, REQUEST(c.submitter, submitter_collect)), HF_DELETED);
    assert_status(finish(worker, c.pool, id, ""), HF_NO_OBJECT);
}

static void pool_deleted_while_workers_wait(void **state) {
    struct crew c = crew_new(*state);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    struct peer *other = join_worker(c.world, "other", c.pool);
    uint64_t workers = wait_to_take(worker, c.pool);
    uint64_t others = wait_to_take(other, c.pool);

    assert_status(ask(c.ada, REQUEST(c.pool, object_delete)), HF_OK);

    assert_status(peer_reply(worker, workers), HF_DELETED);
    assert_status(peer_reply(other, others), HF_DELETED);
}

/* ---- submitter ---- */

static void submitter_holder_dies(void **state) {
    struct crew c = crew_new(*state);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    submit(c.ada, c.submitter, 1);
    submit(c.ada, c.submitter, 2);
    submit_task(c.ada, c.submitter, task_detached(3));
    uint64_t running = take(worker, c.pool)->id;

    peer_leave(c.ada);

    assert_false(goes_on(worker, c.pool, running));
    assert_int_equal(look(c.boss, c.pool)->cancelled, 1);
    assert_status(finish(worker, c.pool, running, ""), HF_OK);
    run_one(worker, c.pool); /* the one that is detached */
    assert_status(ask(worker, REQUEST(c.pool, pool_take)), HF_TIMEOUT);
}

static void submitter_waiter_dies(void **state) {
    struct crew c = crew_of(*state, 1, 0);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    uint64_t other = open_submitter(c.boss, c.pool);
    submit(c.boss, other, 1);
    (void)send_task(c.ada, c.submitter, task(1), -1);
    uint64_t second = send_task(c.boss, other, task(2), -1);

    peer_leave(c.ada);

    assert_true(unanswered(c.boss, second));
    (void)take(worker, c.pool);
    assert_count(peer_reply(c.boss, second), 1);
    assert_int_equal(look(c.boss, c.pool)->queued, 1);
}

static void submitter_waiter_dies_who_collects(void **state) {
    struct crew c = crew_new(*state);
    struct peer *eve = world_join(c.world, "eve");
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    (void)peer_send(eve, waiting(REQUEST(c.submitter, submitter_collect), -1));
    submit(c.ada, c.submitter, 1);

    peer_leave(eve);

    run_one(worker, c.pool);
    (void)collect_one(c.ada, c.submitter, 1, HF_OK);
}

static void submitter_deleted(void **state) {
    struct crew c = crew_of(*state, 1, 0);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    submit(c.ada, c.submitter, 1);
    uint64_t running = take(worker, c.pool)->id;
    submit(c.ada, c.submitter, 2);
    uint64_t submitting = send_task(c.ada, c.submitter, task(3), -1);
    uint64_t collecting = peer_send(c.ada, waiting(REQUEST(c.submitter, submitter_collect), -1));

    assert_status(ask(c.ada, REQUEST(c.submitter, object_delete)), HF_OK);

    assert_status(peer_reply(c.ada, submitting), HF_DELETED);
    assert_status(peer_reply(c.ada, collecting), HF_DELETED);
    assert_false(goes_on(worker, c.pool, running));
    assert_int_equal(look(c.ada, c.pool)->queued, 0);
}

/* ---- supervisor ---- */

static void supervisor_holder_dies(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *dead = join_worker_for(&c, supervisor, 1);
    struct peer *worker = join_worker_for(&c, supervisor, 2);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        submit(c.ada, c.submitter, tag);
    }
    (void)take(dead, c.pool);
    uint64_t running = take(worker, c.pool)->id;
    peer_leave(dead);
    assert_nothing(c.ada, c.submitter);

    peer_leave(c.boss);

    (void)collect_one(c.ada, c.submitter, 1, HF_WORKER_LOST);
    assert_status(finish(worker, c.pool, running, ""), HF_OK);
    (void)collect_one(c.ada, c.submitter, 2, HF_OK);
    peer_leave(worker);
    (void)collect_one(c.ada, c.submitter, 3, HF_WORKER_LOST);
    assert_status(ask_task(c.ada, c.submitter, task(4)), HF_CLOSED);
    (void)join_worker(c.world, "next", c.pool);
    submit(c.ada, c.submitter, 4);
}

static void supervisor_waiter_dies(void **state) {
    struct crew c = crew_new(*state);
    struct peer *second = world_join(c.world, "second");
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    (void)wait_to_supervise(c.boss, supervisor, false);
    uint64_t seconds = wait_to_supervise(second, supervisor, false);

    peer_leave(c.boss);

    assert_true(unanswered(second, seconds));
    peer_leave(worker);
    assert_int_equal(peer_reply(second, seconds)->supervision->n_gone, 1);
}

static void supervisor_deleted(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit(c.ada, c.submitter, 1);
    uint64_t id = take(worker, c.pool)->id;
    uint64_t watching = wait_to_supervise(c.boss, supervisor, false);

    assert_status(ask(c.ada, REQUEST(supervisor, object_delete)), HF_OK);

    assert_status(peer_reply(c.boss, watching), HF_DELETED);
    assert_status(finish(worker, c.pool, id, ""), HF_OK);
    (void)collect_one(c.ada, c.submitter, 1, HF_OK);
    submit(c.ada, c.submitter, 2);
    peer_leave(worker); /* now nobody is left */
    (void)collect_one(c.ada, c.submitter, 2, HF_WORKER_LOST);
}

/* ---- all of them ---- */

/* Whether the report, the end of the session or the outcomes come first. */
static void a_task_ends_exactly_once(void **state) {
    (void)state;
    for (int first = 0; first < 3; first++) {
        struct crew c = crew_new(world_new());
        uint64_t supervisor = open_supervisor(c.boss, c.pool);
        struct peer *worker = join_worker_for(&c, supervisor, 1);
        submit(c.ada, c.submitter, 1);
        uint64_t id = take(worker, c.pool)->id;
        hf_status end = HF_WORKER_LOST;
        if (first == 0) {
            report_signal(c.boss, supervisor, 1, 9);
        } else if (first == 1) {
            assert_status(finish(worker, c.pool, id, ""), HF_OK);
            end = HF_OK;
        }
        if (first < 2) {
            assert_status(finish(worker, c.pool, id, ""), HF_NOT_HELD);
        }

        peer_leave(worker);
        report_signal(c.boss, supervisor, 1, 9);
        peer_leave(c.boss);

        (void)collect_one(c.ada, c.submitter, 1, end);
        assert_nothing(c.ada, c.submitter);
        world_free(c.world);
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
