/* SPDX-License-Identifier: MIT
 *
 * pool: the progress and outcomes that workers report, also in batches, and that submitters are
 * told.
 */
#include "pools.h"

#include "wire_limits.h"

#include <stdlib.h>
#include <string.h>

/* ---- what a worker says ---- */

static void a_task_ends_with_a_status_there_is_and_a_detail_that_fits(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t id = take(worker, f.pool)->id;
    static char detail[HF_DETAIL_MAX_BYTES + 1];
    memset(detail, 'd', HF_DETAIL_MAX_BYTES);

    assert_status(ask(worker, REQUEST(f.pool, pool_finish, .task = id, .has_status = true,
                                      .status = (Hf__Status)12345)),
                  HF_INVALID);
    assert_status(ask(worker, REQUEST(f.pool, pool_finish, .task = id, .has_status = true,
                                      .status = HF__STATUS__TASK_FAILED, .detail = detail)),
                  HF_INVALID);
    assert_nothing(f.ada, f.submitter);
    detail[HF_DETAIL_MAX_BYTES - 1] = '\0';
    assert_status(ask(worker, REQUEST(f.pool, pool_finish, .task = id, .has_status = true,
                                      .status = HF__STATUS__TASK_FAILED, .detail = detail)),
                  HF_OK);
    assert_string_equal(collect_one(f.ada, f.submitter, 1, HF_TASK_FAILED)->detail, detail);
}

static void finishing_and_taking_the_next_is_one_batch(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    submit(f.ada, f.submitter, 2);
    uint64_t id = take(worker, f.pool)->id;

    const Hf__Reply *reply = ask(worker, batch_of(2, &REQUEST(f.pool, pool_finish, .task = id),
                                                  &REQUEST(f.pool, pool_take)));

    assert_status(reply, HF_OK);
    const Hf__Task *next = reply_in(reply, 1)->task;
    assert_int_not_equal(next->id, id);
    assert_string_equal(next->function, "f");
    assert_memory_equal(next->calls.data, "calls", 5);
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
}

static void a_batch_takes_no_task_that_its_reply_has_no_room_for(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    size_t len = 9u << 20;
    uint8_t *bytes = calloc(1, len);
    for (uint64_t tag = 1; tag <= 2; tag++) {
        Hf__Submission large = task(tag);
        large.calls = (ProtobufCBinaryData){len, bytes};
        submit_task(f.ada, f.submitter, large);
    }

    const Hf__Reply *reply =
        ask(worker, batch_of(2, &REQUEST(f.pool, pool_take), &REQUEST(f.pool, pool_take)));

    assert_status(reply_in(reply, 0), HF_OK);
    assert_status(reply, HF_TOO_BIG);
    assert_int_equal(look(f.ada, f.pool)->queued, 1);
    assert_int_equal(take(worker, f.pool)->calls.len, len);
    free(bytes);
}

static Hf__Any *blob(size_t len) {
    uint8_t *bytes = calloc(1, len);
    Hf__Any *any = of_bytes(bytes, len);
    free(bytes);
    return any;
}

static void finish_with(struct peer *peer, uint64_t pool, size_t len) {
    uint8_t *bytes = calloc(1, len);
    assert_status(ask(peer, REQUEST(pool, pool_finish, .task = take(peer, pool)->id,
                                    .has_outcomes = true, .outcomes = {len, bytes})),
                  HF_OK);
    free(bytes);
}

/* Two results and two tasks with news. */
static void prepare_collecting(const struct pool_fixture *c, struct peer *worker) {
    for (uint64_t tag = 1; tag <= 4; tag++) {
        submit(c->ada, c->submitter, tag);
    }
    finish_with(worker, c->pool, 4000);
    finish_with(worker, c->pool, 4000);
    for (int i = 0; i < 2; i++) {
        uint64_t id = take(worker, c->pool)->id;
        assert_truth(report_progress(worker, c->pool, id, blob(2500)), true);
    }
}

/* However few results the reply has room for, none is told twice or lost. */
static void a_batch_collects_what_its_reply_has_room_for(void **state) {
    enum { MOST = 20000 };
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = open_dict(ada, "dict");
    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1),
                                   .value = blob(HF_FRAME_MAX_BYTES - MOST))),
                  HF_OK);
    for (size_t room = 2000; room <= MOST; room += 500) {
        struct pool_fixture f = {.world = world, .ada = ada};
        f.pool = opened(ada, REQUEST(0, pool_open));
        f.submitter = open_submitter(ada, f.pool);
        struct peer *worker = join_worker(world, "worker", f.pool);
        prepare_collecting(&f, worker);
        assert_status(
            ask(ada, REQUEST(dict, dict_set, .key = of_int(2), .value = blob(MOST - room))), HF_OK);

        const Hf__Reply *reply = ask(ada, batch_of(3, &REQUEST(dict, dict_get, .key = of_int(1)),
                                                   &REQUEST(dict, dict_get, .key = of_int(2)),
                                                   &REQUEST(f.submitter, submitter_collect)));

        bool told = reply->status == HF__STATUS__OK;
        assert_true(told || reply->status == HF__STATUS__TOO_BIG);
        const Hf__Collected *in = told ? reply_in(reply, 2)->collected : NULL;
        size_t results = told ? in->n_results : 0;
        size_t news = told ? in->n_news : 0;
        if (results + news < 4) {
            assert_int_equal(collect(ada, f.submitter, 2 - results)->n_news, 2 - news);
        }
        assert_true(room < MOST || results + news == 4);
        peer_leave(worker);
    }
}

/* ---- progress ---- */

static void the_latest_progress_of_a_task_is_told_once(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t id = take(worker, f.pool)->id;
    uint64_t collecting = peer_send(f.ada, waiting(REQUEST(f.submitter, submitter_collect), -1));

    assert_truth(report_progress(worker, f.pool, id, of_int(1)), true);

    const Hf__Collected *collected = peer_reply(f.ada, collecting)->collected;
    assert_int_equal(collected->n_results, 0);
    assert_int_equal(collected->n_news, 1);
    assert_int_equal(collected->news[0]->tag, 1);
    assert_true(same_value(collected->news[0]->progress, of_int(1)));
    assert_nothing(f.ada, f.submitter);
    assert_truth(report_progress(worker, f.pool, id, of_int(2)), true);
    assert_truth(report_progress(worker, f.pool, id, of_string("half")), true);
    collected = collect(f.ada, f.submitter, 0);
    assert_int_equal(collected->n_news, 1);
    assert_true(same_value(collected->news[0]->progress, of_string("half")));
    assert_true(same_value(look(f.ada, f.pool)->workers[0]->progress, of_string("half")));
}

static void news_come_in_the_order_of_what_was_reported_first(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    submit(f.ada, f.submitter, 2);
    uint64_t first = take(worker, f.pool)->id;
    uint64_t second = take(worker, f.pool)->id;
    assert_truth(report_progress(worker, f.pool, first, of_int(1)), true);
    assert_truth(report_progress(worker, f.pool, second, of_int(2)), true);
    assert_truth(report_progress(worker, f.pool, first, of_int(3)), true);

    const Hf__Reply *reply =
        ask(f.ada, REQUEST(f.submitter, submitter_collect, .has_limit = true, .limit = 1));

    assert_int_equal(reply->collected->n_news, 1);
    assert_true(same_value(reply->collected->news[0]->progress, of_int(3)));
    assert_int_equal(collect(f.ada, f.submitter, 0)->news[0]->tag, 2);
}

static void there_is_no_news_of_a_task_behind_its_result(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t id = take(worker, f.pool)->id;
    assert_truth(report_progress(worker, f.pool, id, of_int(1)), true);

    assert_status(finish(worker, f.pool, id, ""), HF_OK);

    assert_int_equal(collect(f.ada, f.submitter, 1)->n_news, 0);
    assert_nothing(f.ada, f.submitter);
}

static void the_progress_of_a_task_is_small(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t id = take(worker, f.pool)->id;
    static char text[HF_PROGRESS_MAX_BYTES];
    memset(text, 't', HF_PROGRESS_MAX_BYTES - 2);

    assert_status(report_progress(worker, f.pool, id, of_string(text)), HF_TOO_BIG);
    assert_nothing(f.ada, f.submitter);
    text[HF_PROGRESS_MAX_BYTES - 3] = '\0'; /* and three bytes around it */
    assert_truth(report_progress(worker, f.pool, id, of_string(text)), true);
    assert_int_equal(collect(f.ada, f.submitter, 0)->n_news, 1);
    assert_status(report_progress(worker, f.pool, id + 1, of_int(1)), HF_NOT_HELD);
    assert_status(report_progress(f.ada, f.pool, id, of_int(1)), HF_NOT_HELD);
}

static void the_progress_of_a_lost_run_is_dropped(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit_task(f.ada, f.submitter, task_again(1, 1));
    uint64_t id = take(worker, f.pool)->id;
    assert_truth(report_progress(worker, f.pool, id, of_int(1)), true);

    peer_leave(worker);

    assert_nothing(f.ada, f.submitter);
}

static void a_supervisor_owes_so_many_reports_and_no_more(void **state) {
    struct peer *boss = world_join(*state, "boss");
    uint64_t pool = open_pool(boss);
    uint64_t supervisor = open_supervisor(boss, pool);
    struct peer *worker = world_join(*state, "worker");
    for (uint64_t number = 1; number <= HF_WORKERS_GONE_MAX; number++) {
        assert_status(enlist_for(worker, pool, supervisor, number), HF_OK);
        assert_status(ask(worker, REQUEST(pool, pool_leave)), HF_OK);
    }

    assert_status(enlist_for(worker, pool, supervisor, 0), HF_LIMIT);

    assert_status(ask(boss, REQUEST(supervisor, supervisor_report, .number = 7)), HF_OK);
    assert_status(enlist_for(worker, pool, supervisor, 0), HF_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_ends_with_a_status_there_is_and_a_detail_that_fits),
        cmocka_unit_test(finishing_and_taking_the_next_is_one_batch),
        cmocka_unit_test(a_batch_takes_no_task_that_its_reply_has_no_room_for),
        cmocka_unit_test(a_batch_collects_what_its_reply_has_room_for),
        cmocka_unit_test(the_latest_progress_of_a_task_is_told_once),
        cmocka_unit_test(news_come_in_the_order_of_what_was_reported_first),
        cmocka_unit_test(there_is_no_news_of_a_task_behind_its_result),
        cmocka_unit_test(the_progress_of_a_task_is_small),
        cmocka_unit_test(the_progress_of_a_lost_run_is_dropped),
        cmocka_unit_test(a_supervisor_owes_so_many_reports_and_no_more),
    };
    return WORLD_MAIN(tests);
}
