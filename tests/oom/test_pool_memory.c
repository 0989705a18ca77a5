/* SPDX-License-Identifier: MIT
 *
 * Pools without memory: whichever allocation fails, every task that was taken on ends exactly once.
 * These are the requests that may be done in part; test_memory.c has those that are done whole or
 * not at all.
 */
#include "scenarios.h"

#include "mem.h"

#include <string.h>

enum { TAGS = 12 };

/* Ada submits, two work. */
struct scene {
    struct world *world;
    struct peer *ada, *worker, *other;
    uint64_t pool, submitter, inner;
};

static struct scene open_scene(void) {
    struct scene scene = {.world = world_new()};
    scene.ada = world_join(scene.world, "ada");
    scene.worker = world_join(scene.world, "worker");
    scene.other = world_join(scene.world, "other");
    scene.pool = opened(scene.ada, REQUEST(0, pool_open, .name = name_of("pool")));
    scene.submitter = opened(scene.ada, REQUEST(0, submitter_open, .pool = scene.pool));
    scene.inner = open_queue(scene.ada, NULL, 0);
    assert_status(ask(scene.worker, REQUEST(scene.pool, pool_register)), HF_OK);
    assert_status(ask(scene.other, REQUEST(scene.pool, pool_register)), HF_OK);
    return scene;
}

static Hf__Submission task(const struct scene *scene, uint64_t tag) {
    static uint64_t inner;
    inner = scene->inner;
    Hf__Submission task = HF__SUBMISSION__INIT;
    task.tag = tag;
    task.function = name_of("function");
    task.n_objects = 1;
    task.objects = &inner;
    return task;
}

static uint64_t send_tasks(const struct scene *scene, uint64_t first, size_t count) {
    Hf__Submission tasks[TAGS];
    Hf__Submission *list[TAGS];
    assert_true(first + count <= TAGS);
    for (size_t i = 0; i < count; i++) {
        tasks[i] = task(scene, first + i);
        list[i] = &tasks[i];
    }
    return peer_send(scene->ada,
                     REQUEST(scene->submitter, submitter_submit, .n_tasks = count, .tasks = list));
}

static void submit(const struct scene *scene, uint64_t first, size_t count) {
    assert_count(peer_reply(scene->ada, send_tasks(scene, first, count)), count);
}

static uint64_t take(struct peer *peer, const struct scene *scene) {
    const Hf__Reply *reply = ask(peer, REQUEST(scene->pool, pool_take));
    assert_status(reply, HF_OK);
    return reply->task->id;
}

static uint64_t send_finish(struct peer *peer, const struct scene *scene, uint64_t id) {
    static uint64_t inner;
    inner = scene->inner;
    static char outcomes[100];
    return peer_send(peer, REQUEST(scene->pool, pool_finish, .task = id, .has_outcomes = true,
                                   .outcomes = {sizeof outcomes, (uint8_t *)outcomes},
                                   .n_objects = 1, .objects = &inner));
}

static const Hf__Workforce *look(const struct scene *scene) {
    const Hf__Reply *reply = ask(scene->ada, REQUEST(scene->pool, pool_state));
    assert_status(reply, HF_OK);
    return reply->workforce;
}

/* How each of the tasks has ended, by its tag; HF_TIMEOUT: it has not. */
struct ends {
    hf_status of[TAGS];
    size_t news;
};

static void note_ends(struct ends *ends, const Hf__Reply *reply) {
    for (size_t i = 0; i < reply->collected->n_results; i++) {
        const Hf__Result *result = reply->collected->results[i];
        assert_true(result->tag < TAGS);
        assert_int_equal(ends->of[result->tag], HF_TIMEOUT); /* exactly once */
        ends->of[result->tag] = (hf_status)result->status;
    }
    ends->news += reply->collected->n_news;
}

static struct ends collect(const struct scene *scene) {
    struct ends ends = {.news = 0};
    for (size_t i = 0; i < TAGS; i++) {
        ends.of[i] = HF_TIMEOUT;
    }
    const Hf__Reply *reply = NULL;
    while ((reply = ask(scene->ada, REQUEST(scene->submitter, submitter_collect)))->status ==
           HF__STATUS__OK) {
        note_ends(&ends, reply);
    }
    assert_status(reply, HF_TIMEOUT);
    return ends;
}

/* ---- */

static void the_first_tasks_are_taken_for_which_memory_suffices(void **state) {
    (void)state;
    bool failed = true;
    bool partly = false;

    for (size_t k = 1; failed; k++) {
        struct scene scene = open_scene();
        mem_fail_at(k);
        uint64_t id = send_tasks(&scene, 1, 3);
        failed = mem_failed();
        mem_fail_at(0);
        const Hf__Reply *reply = peer_reply(scene.ada, id);
        uint64_t taken = reply->status == HF__STATUS__OK ? reply->count : 0;
        assert_true(taken > 0 || reply->status == HF__STATUS__NO_MEMORY);
        assert_int_equal(look(&scene)->queued, taken);
        if (taken < 3) {
            submit(&scene, 1 + taken, 3 - taken);
        }
        partly = partly || (taken > 0 && taken < 3);
        world_free(scene.world);
    }

    assert_true(partly);
}

static void a_task_whose_outcomes_find_no_memory_ends_so(void **state) {
    (void)state;
    bool failed = true;
    bool lost = false;

    for (size_t k = 1; failed; k++) {
        struct scene scene = open_scene();
        submit(&scene, 1, 1);
        uint64_t task = take(scene.worker, &scene);
        mem_fail_at(k);
        uint64_t id = send_finish(scene.worker, &scene, task);
        failed = mem_failed();
        mem_fail_at(0);
        bool done = peer_reply(scene.worker, id)->status == HF__STATUS__OK;
        hf_status end = collect(&scene).of[1];
        assert_true(done ? end == HF_OK || end == HF_NO_MEMORY : end == HF_TIMEOUT);
        assert_int_equal(look(&scene)->done, done);
        lost = lost || end == HF_NO_MEMORY;
        world_free(scene.world);
    }

    assert_true(lost);
}

static void each_result_is_told_once(void **state) {
    (void)state;
    enum { RESULTS = 10 };
    bool failed = true;
    bool partly = false;

    for (size_t k = 1; failed; k++) {
        struct scene scene = open_scene();
        submit(&scene, 1, RESULTS + 1);
        for (size_t i = 0; i < RESULTS; i++) {
            uint64_t id = send_finish(scene.worker, &scene, take(scene.worker, &scene));
            assert_status(peer_reply(scene.worker, id), HF_OK);
        }
        assert_truth(
            ask(scene.worker, REQUEST(scene.pool, pool_progress, .task = take(scene.worker, &scene),
                                      .value = text())),
            true);
        mem_fail_at(k);
        const Hf__Reply *reply = ask(scene.ada, REQUEST(scene.submitter, submitter_collect));
        failed = mem_failed();
        mem_fail_at(0);
        bool told = reply->status == HF__STATUS__OK;
        size_t results = told ? reply->collected->n_results : 0;
        size_t news = told ? reply->collected->n_news : 0;
        assert_true(told || reply->status == HF__STATUS__NO_MEMORY);
        struct ends rest = collect(&scene);
        assert_int_equal(news + rest.news, 1);
        for (uint64_t tag = 1; tag <= RESULTS; tag++) {
            assert_int_equal(rest.of[tag], tag > results ? HF_OK : HF_TIMEOUT);
        }
        partly = partly || (told && results < RESULTS);
        world_free(scene.world);
    }

    assert_true(partly);
}

/* The task has reached the waiting worker, or is still queued. */
static void a_worker_that_cannot_be_answered_takes_no_task(void **state) {
    (void)state;
    bool failed = true;
    bool refused = false;

    for (size_t k = 1; failed; k++) {
        struct scene scene = open_scene();
        uint64_t taking = peer_send(scene.worker, waiting(REQUEST(scene.pool, pool_take), -1));
        Hf__Submission limited = task(&scene, 1);
        Hf__Submission *list[] = {&limited};
        limited.has_time_limit_ms = true;
        limited.time_limit_ms = 50;
        mem_fail_at(k);
        uint64_t id = peer_send(
            scene.ada, REQUEST(scene.submitter, submitter_submit, .n_tasks = 1, .tasks = list));
        failed = mem_failed();
        mem_fail_at(0);
        const Hf__Reply *submitted = peer_reply(scene.ada, id);
        const Hf__Reply *taken = peer_reply(scene.worker, taking);
        bool there = submitted->status == HF__STATUS__OK;
        assert_int_equal(taken != NULL, there);
        if (taken) {
            bool has = taken->status == HF__STATUS__OK;
            assert_true(has || taken->status == HF__STATUS__NO_MEMORY);
            assert_int_equal(look(&scene)->queued, !has);
            assert_int_equal(look(&scene)->running, has);
            refused = refused || !has;
        }
        world_free(scene.world);
    }

    assert_true(refused);
}

static void lost_workers_and_time_limits_need_no_memory(void **state) {
    (void)state;
    for (int dies = 0; dies < 2; dies++) {
        bool failed = true;
        for (size_t k = 1; failed; k++) {
            struct scene scene = open_scene();
            Hf__Submission limited = task(&scene, 1);
            Hf__Submission *list[] = {&limited};
            limited.has_time_limit_ms = true;
            limited.time_limit_ms = 50;
            assert_count(ask(scene.ada, REQUEST(scene.submitter, submitter_submit, .n_tasks = 1,
                                                .tasks = list)),
                         1);
            (void)take(scene.worker, &scene);
            mem_fail_at(k);
            if (dies) {
                peer_leave(scene.worker);
            } else {
                world_pass(scene.world, 50);
            }
            failed = mem_failed();
            mem_fail_at(0);
            assert_int_equal(collect(&scene).of[1], dies ? HF_WORKER_LOST : HF_TIME_LIMIT);
            assert_int_equal(look(&scene)->running, 0);
            world_free(scene.world);
        }
    }
}

static void a_pool_is_abandoned_without_memory(void **state) {
    (void)state;
    bool failed = true;

    for (size_t k = 1; failed; k++) {
        struct scene scene = open_scene();
        struct peer *boss = world_join(scene.world, "boss");
        (void)opened(boss, REQUEST(0, supervisor_open, .pool = scene.pool));
        submit(&scene, 1, 2);
        (void)take(scene.worker, &scene);
        peer_leave(boss);
        peer_leave(scene.other);
        mem_fail_at(k);
        peer_leave(scene.worker);
        failed = mem_failed();
        mem_fail_at(0);
        struct ends ends = collect(&scene);
        assert_int_equal(ends.of[1], HF_WORKER_LOST);
        assert_int_equal(ends.of[2], HF_WORKER_LOST);
        world_free(scene.world);
    }
}

static void without_memory_no_submit_waits_for_room(void **state) {
    (void)state;
    bool failed = true;
    size_t refused = 0;

    for (size_t k = 1; failed; k++) {
        struct world *world = world_new();
        struct peer *ada = world_join(world, "ada");
        struct peer *worker = world_join(world, "worker");
        struct scene scene = {.world = world, .ada = ada, .worker = worker};
        scene.pool = opened(ada, REQUEST(0, pool_open, .has_max_tasks = true, .max_tasks = 1));
        scene.submitter = opened(ada, REQUEST(0, submitter_open, .pool = scene.pool));
        assert_status(ask(worker, REQUEST(scene.pool, pool_register)), HF_OK);
        submit(&scene, 1, 1);
        Hf__Submission next = task(&scene, 2);
        Hf__Submission *list[] = {&next};
        const Hf__Request request =
            waiting(REQUEST(scene.submitter, submitter_submit, .n_tasks = 1, .tasks = list), 100);
        mem_fail_at(k);
        uint64_t id = peer_send(ada, request);
        failed = mem_failed();
        mem_fail_at(0);
        bool waits = unanswered(ada, id);
        (void)take(worker, &scene);
        assert_status(peer_reply(ada, id), waits ? HF_OK : HF_NO_MEMORY);
        assert_int_equal(look(&scene)->queued, waits);
        refused += !waits;
        world_free(world);
    }

    assert_true(refused >= 2); /* the places, the deadline */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_tasks_are_taken_for_which_memory_suffices),
        cmocka_unit_test(a_task_whose_outcomes_find_no_memory_ends_so),
        cmocka_unit_test(each_result_is_told_once),
        cmocka_unit_test(a_worker_that_cannot_be_answered_takes_no_task),
        cmocka_unit_test(lost_workers_and_time_limits_need_no_memory),
        cmocka_unit_test(a_pool_is_abandoned_without_memory),
        cmocka_unit_test(without_memory_no_submit_waits_for_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
