/* SPDX-License-Identifier: MIT
 *
 * pool_elastic: a pool that has one worker while there is little to do, grows to six with a
 * backlog, and shrinks again when workers are idle. A bar shows how far the work has come.
 *
 * Teaches: hf_pool_options.least and .most, hf_work.idle_ms, hf_pool_state_get, hf_result_calls.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { TASKS = 60, TASK_MS = 30, LEAST = 1, MOST = 6, IDLE_MS = 200 };

static hf_status sleep_briefly(hf_task *task, const hf_any *arguments, size_t count,
                               hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    (void)result;
    pause_ms(TASK_MS);
    return HF_OK;
}

static const hf_function functions[] = {{"sleep", sleep_briefly}};

static uint64_t count_workers(hf_pool *pool) {
    hf_pool_state state;
    check(hf_pool_state_get(pool, &state));
    uint64_t count = state.worker_count;
    hf_pool_state_clear(&state);
    return count;
}

/* Run all tasks. Returns how many workers there were at most. */
static uint64_t run_backlog(hf_pool *pool) {
    hf_any items[TASKS] = {{0}};
    hf_task_options task = HF_TASK_OPTIONS;
    task.chunk = 1;
    hf_result *result = NULL;
    uint64_t most = 0;
    check(hf_pool_map_async(pool, "sleep", items, TASKS, &task, &result));
    for (bool ready = false; !ready;) {
        size_t done = 0;
        size_t all = 0;
        ready = hf_result_wait(result, 20);
        uint64_t workers = count_workers(pool);
        most = workers > most ? workers : most;
        hf_result_calls(result, &done, &all);
        char words[32];
        (void)snprintf(words, sizeof words, "by %" PRIu64 " workers", workers);
        show_bar(done, all, words);
    }
    hf_result_free(result);
    return most;
}

int main(void) {
    hf_client *client = open_client();
    hf_pool_options options = pool_options(functions, 1, MOST);
    options.least = LEAST;
    options.work.idle_ms = IDLE_MS;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    uint64_t most = run_backlog(pool);
    printf("with a backlog: %" PRIu64 " workers\n", most);
    while (count_workers(pool) > LEAST) {
        pause_ms(20);
    }
    printf("idle again: %d worker\n", LEAST);

    end_pool(pool);
    close_client(client);
    return 0;
}
