/* SPDX-License-Identifier: MIT
 *
 * kill -9 around a pool: its workers a thousand times under load, its submitter, its supervisor,
 * the manager. Every task ends once, no call waits for ever, and nothing is left: no process, no
 * zombie, no object.
 */
#include "fixture.h"

#include <holdfast.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WORKERS = 4,
    KILLED = 1000,
    QUESTIONS = 10,
    TASKS_MAX = 200000,
    IN_FLIGHT = 64,
    PIDS_MAX = 64
};

/* ---- what workers run ---- */

/* It takes some round trips, so that some workers are killed in the middle of it. */
static hf_status square(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)count;
    for (int i = 0; i < QUESTIONS; i++) {
        (void)hf_task_cancelled(task);
    }
    *result = hf_any_int(arguments[0].as_int * arguments[0].as_int);
    return HF_OK;
}

/* For ever, unless it is killed. */
static hf_status stay(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    (void)result;
    while (pause() != 0) {
    }
    return HF_OK;
}

static const hf_function functions[] = {{"square", square}, {"stay", stay}};

static hf_client *open_client(const struct daemon *daemon) {
    hf_client *client = NULL;
    assert_int_equal(hf_client_new(daemon->address, NULL, &client), HF_OK);
    return client;
}

static hf_pool *start_pool(hf_client *client) {
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = sizeof functions / sizeof functions[0];
    options.most = WORKERS;
    hf_pool *pool = NULL;
    assert_int_equal(hf_pool_start(client, "pool", &options, &pool), HF_OK);
    return pool;
}

/* ---- processes ---- */

struct pids {
    pid_t pids[PIDS_MAX];
    size_t count;
};

static void children_of(pid_t pid, struct pids *children) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "re");
    int child = 0;
    children->count = 0;
    while (file && children->count < PIDS_MAX &&
           fscanf(file, "%d", &child) == 1) { // NOLINT(cert-err34-c): of the kernel's
        children->pids[children->count++] = child;
    }
    if (file) {
        (void)fclose(file);
    }
}

/* The supervisor of a submitter, and its workers when all of them are there. */
static pid_t find_pool_processes(pid_t submitter, struct pids *workers) {
    struct pids supervisors;
    do {
        children_of(submitter, &supervisors);
        workers->count = 0;
        if (supervisors.count == 1) {
            children_of(supervisors.pids[0], workers);
        }
    } while (workers->count < WORKERS);
    return supervisors.pids[0];
}

static void wait_all_gone(const struct pids *pids) {
    for (size_t i = 0; i < pids->count; i++) {
        process_wait_gone(pids->pids[i]);
    }
}

static uint64_t count_objects(hf_client *client) {
    hf_statistics statistics;
    assert_int_equal(hf_client_statistics(client, &statistics), HF_OK);
    return statistics.objects;
}

/* Sessions end a moment after their processes. */
static void wait_for_objects(hf_client *client, uint64_t count) {
    int64_t until_us = now_us() + PATIENCE_MS * 1000LL;
    while (count_objects(client) != count) {
        assert_true(now_us() < until_us);
    }
}

/* ---- workers ---- */

struct record {
    atomic_uchar *ends; /* of each task */
    atomic_ulong right;
    atomic_ulong lost;
    atomic_ulong ended;
};

struct one {
    struct record *record;
    int64_t number;
};

static void note_end(struct one *one) {
    unsigned char before = atomic_fetch_add(&one->record->ends[one->number], 1);
    assert_int_equal(before, 0);
    (void)atomic_fetch_add(&one->record->ended, 1);
    free(one);
}

static void note_value(void *argument, hf_any value) {
    struct one *one = argument;
    assert_int_equal(value.as_int, one->number * one->number);
    (void)atomic_fetch_add(&one->record->right, 1);
    note_end(one);
}

static void note_loss(void *argument, hf_status status, const char *detail) {
    struct one *one = argument;
    assert_int_equal(status, HF_WORKER_LOST);
    assert_non_null(strstr(detail, "square("));
    (void)atomic_fetch_add(&one->record->lost, 1);
    note_end(one);
}

static void submit(hf_pool *pool, struct record *record, int64_t number) {
    struct one *one = calloc(1, sizeof *one);
    assert_non_null(one);
    *one = (struct one){record, number};
    hf_task_options options = HF_TASK_OPTIONS;
    options.retries = (unsigned)(number % 2); /* every other task gets a second chance */
    options.callback = note_value;
    options.error_callback = note_loss;
    options.argument = one;
    const hf_any argument = hf_any_int(number);
    assert_int_equal(hf_pool_apply_async(pool, "square", &argument, 1, &options, NULL), HF_OK);
}

/* Each is killed once: a worker is still to be seen for a moment when it is dead. */
struct dead {
    uint64_t pids[KILLED];
    unsigned count;
};

static bool is_dead(const struct dead *dead, uint64_t pid) {
    for (unsigned i = 0; i < dead->count; i++) {
        if (dead->pids[i] == pid) {
            return true;
        }
    }
    return false;
}

/* Kill one that runs a task, if any does. */
static void kill_one(hf_pool *pool, unsigned which, struct dead *dead) {
    hf_pool_state state;
    assert_int_equal(hf_pool_state_get(pool, &state), HF_OK);
    for (size_t i = 0; i < state.len; i++) {
        const hf_worker *worker = &state.workers[(i + which) % state.len];
        if (worker->function[0] && !is_dead(dead, worker->pid)) {
            assert_int_equal(kill((pid_t)worker->pid, SIGKILL), 0);
            dead->pids[dead->count++] = worker->pid;
            break;
        }
    }
    hf_pool_state_clear(&state);
}

static void a_thousand_workers_are_killed_and_every_task_ends_once(void **state) {
    const struct daemon *daemon = *state;
    hf_client *client = open_client(daemon);
    uint64_t objects = count_objects(client);
    hf_pool *pool = start_pool(client);
    static atomic_uchar ends[TASKS_MAX];
    struct record record = {.ends = ends};
    int64_t submitted = 0;
    struct dead dead = {.count = 0};

    while (dead.count < KILLED) {
        while ((uint64_t)submitted - atomic_load(&record.ended) < IN_FLIGHT) {
            assert_true(submitted < TASKS_MAX);
            submit(pool, &record, submitted++);
        }
        kill_one(pool, (unsigned)submitted, &dead);
    }
    assert_int_equal(hf_pool_close(pool), HF_OK);
    assert_int_equal(hf_pool_join(pool, -1), HF_OK);

    assert_int_equal(atomic_load(&record.ended), submitted);
    assert_int_equal(atomic_load(&record.right) + atomic_load(&record.lost), submitted);
    print_message("%lld tasks, %u kills: %lu tasks were lost\n", (long long)submitted, dead.count,
                  atomic_load(&record.lost));
    hf_pool_free(pool);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* nothing but the daemon is a child */
    hf_object named = {client, 0};
    assert_int_equal(hf_object_find(client, "pool", &named.id, NULL), HF_OK);
    assert_int_equal(hf_object_delete(named), HF_OK);
    wait_for_objects(client, objects);
    hf_client_free(client);
}

/* ---- the others ---- */

/* Hands in a task for each worker, and more, and waits for the first. */
static void submit_and_wait(const struct daemon *daemon, int tell) {
    hf_client *client = open_client(daemon);
    hf_pool *pool = start_pool(client);
    hf_result *results[2 * WORKERS];
    for (int i = 0; i < 2 * WORKERS; i++) {
        assert_int_equal(hf_pool_apply_async(pool, "stay", NULL, 0, NULL, &results[i]), HF_OK);
    }
    worker_tell(tell, 1);
    hf_status first = HF_OK;
    for (int i = 0; i < 2 * WORKERS; i++) {
        hf_status status = hf_result_get(results[i], -1, NULL);
        first = i == 0 ? status : first;
    }
    worker_tell(tell, (uint64_t)first);
    worker_wait();
}

/* All workers are in the middle of a task. */
static void wait_until_busy(hf_client *client) {
    hf_pool_options options = HF_POOL_OPTIONS;
    hf_pool *pool = NULL;
    uint64_t running = 0;
    assert_int_equal(hf_pool_open(client, "pool", &options, &pool), HF_OK);
    while (running < WORKERS) {
        hf_pool_state state;
        assert_int_equal(hf_pool_state_get(pool, &state), HF_OK);
        running = state.running;
        hf_pool_state_clear(&state);
    }
    hf_pool_free(pool);
}

struct scene {
    hf_client *client;
    struct worker submitter;
    pid_t supervisor;
    struct pids workers;
    uint64_t objects;
};

static struct scene set_scene(const struct daemon *daemon) {
    struct scene scene = {.client = open_client(daemon)};
    scene.objects = count_objects(scene.client);
    scene.submitter = worker_start(submit_and_wait, daemon);
    (void)worker_told(&scene.submitter);
    scene.supervisor = find_pool_processes(scene.submitter.pid, &scene.workers);
    wait_until_busy(scene.client);
    return scene;
}

static void say_time(const char *who, int64_t since_us) {
    print_message("from kill -9 of %s until nothing is left: %lld us\n", who,
                  (long long)(now_us() - since_us));
}

static void end_scene(struct scene *scene) {
    hf_object pool = {scene->client, 0};
    if (hf_object_find(scene->client, "pool", &pool.id, NULL) == HF_OK) {
        assert_int_equal(hf_object_delete(pool), HF_OK);
    }
    wait_for_objects(scene->client, scene->objects);
    hf_client_free(scene->client);
}

static void a_killed_submitter_takes_its_supervisor_and_workers_with_it(void **state) {
    struct scene scene = set_scene(*state);

    int64_t start_us = now_us();
    worker_kill(&scene.submitter);
    worker_reap(&scene.submitter);

    process_wait_gone(scene.supervisor);
    wait_all_gone(&scene.workers);
    say_time("the submitter", start_us);
    end_scene(&scene);
}

static void a_killed_supervisor_takes_its_workers_with_it_and_fails_their_tasks(void **state) {
    struct scene scene = set_scene(*state);

    int64_t start_us = now_us();
    assert_int_equal(kill(scene.supervisor, SIGKILL), 0);

    wait_all_gone(&scene.workers);
    assert_int_equal(worker_told(&scene.submitter), HF_WORKER_LOST);
    say_time("the supervisor", start_us);
    worker_kill(&scene.submitter);
    worker_reap(&scene.submitter);
    end_scene(&scene);
}

static void a_killed_manager_leaves_nobody_waiting(void **state) {
    struct scene scene = set_scene(*state);

    int64_t start_us = now_us();
    daemon_kill(*state);

    process_wait_gone(scene.supervisor);
    wait_all_gone(&scene.workers);
    assert_true(hf_status_is_fatal((hf_status)worker_told(&scene.submitter)));
    say_time("the manager", start_us);
    worker_kill(&scene.submitter);
    worker_reap(&scene.submitter);
    hf_client_free(scene.client);
    assert_true(daemon_start_again(*state, NULL)); /* which tidies up when it is stopped */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_workers_are_killed_and_every_task_ends_once),
        cmocka_unit_test(a_killed_submitter_takes_its_supervisor_and_workers_with_it),
        cmocka_unit_test(a_killed_supervisor_takes_its_workers_with_it_and_fails_their_tasks),
        cmocka_unit_test(a_killed_manager_leaves_nobody_waiting),
    };
    return SYSTEM_MAIN(tests);
}
