/* SPDX-License-Identifier: MIT
 *
 * Holdfast's pools and processes, by the library's public functions alone.
 */
#include "check.h"
#include "driver.h"

#include <holdfast.h>
#include <stdio.h>
#include <stdlib.h>

struct connection {
    hf_client *client;
    hf_pool *pool; /* NULL: not started yet */
    hf_any *numbers;
    hf_result **results;
};

static void ok(hf_status status) {
    must(hf_ok(status), "Holdfast: %s: %s", hf_status_name(status), hf_last_detail());
}

static void *pool_connect(const char *socket, uint64_t entries) {
    (void)entries;
    struct connection *made = calloc(1, sizeof *made);
    must(made, "no memory");
    char address[SERVER_PATH_MAX + 8];
    (void)snprintf(address, sizeof address, "unix:%s", socket);
    ok(hf_client_new(address, NULL, &made->client));
    return made;
}

static void pool_disconnect(void *of) {
    struct connection *connection = of;
    if (connection->pool) {
        ok(hf_pool_terminate(connection->pool));
        ok(hf_pool_join(connection->pool, -1));
        hf_pool_free(connection->pool);
    }
    hf_client_free(connection->client);
    free(connection->numbers);
    free(connection->results);
    free(connection);
}

static hf_status pool_square(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "square() takes one int");
    }
    *result = hf_any_int(arguments[0].as_int * arguments[0].as_int);
    return HF_OK;
}

static const hf_function pool_functions[] = {{"square", pool_square}};

static void check_square(hf_any value, int64_t number) {
    must(value.kind == HF_ANY_INT && value.as_int == number * number, "a square is wrong");
}

static void wait_for_workers(const struct connection *connection, unsigned workers) {
    for (uint64_t there = 0; there < workers;) {
        hf_pool_state state;
        ok(hf_pool_state_get(connection->pool, &state));
        there = state.worker_count;
        hf_pool_state_clear(&state);
    }
}

static void pool_start(struct connection *connection, unsigned workers, unsigned count) {
    if (connection->pool) {
        return;
    }
    connection->numbers = calloc(count, sizeof *connection->numbers);
    connection->results = calloc(count, sizeof *connection->results);
    must(connection->numbers && connection->results, "no memory");
    for (unsigned i = 0; i < count; i++) {
        connection->numbers[i] = hf_any_int(i);
    }
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = pool_functions;
    options.work.function_count = 1;
    options.most = workers;
    ok(hf_pool_start(connection->client, NULL, &options, &connection->pool));
    wait_for_workers(connection, workers);
}

static void pool_map(void *of, unsigned workers, unsigned count) {
    struct connection *connection = of;
    pool_start(connection, workers, count);
    hf_any_array squares;
    ok(hf_pool_map(connection->pool, "square", connection->numbers, count, NULL, -1, &squares));
    must(squares.len == count, "squares are missing");
    check_square(squares.items[count - 1], count - 1);
    hf_any_array_clear(&squares);
}

static void apply(void *of, unsigned workers, unsigned count) {
    struct connection *connection = of;
    pool_start(connection, workers, count);
    for (unsigned i = 0; i < count; i++) {
        ok(hf_pool_apply_async(connection->pool, "square", &connection->numbers[i], 1, NULL,
                               &connection->results[i]));
    }
    for (unsigned i = 0; i < count; i++) {
        hf_any value;
        ok(hf_result_get(connection->results[i], -1, &value));
        check_square(value, i);
        hf_result_free(connection->results[i]);
    }
}

static int square_alone(void *argument) {
    volatile const int *number = argument;
    return *number * *number;
}

static void spawn(void *of) {
    (void)of;
    int number = 2;
    hf_process *process = NULL;
    ok(hf_process_start(square_alone, &number, NULL, &process));
    ok(hf_process_join(process, -1));
    hf_process_free(process);
}

const struct driver holdfast_pool_driver = {
    .name = "Holdfast",
    .server = &holdfast_server,
    .connect = pool_connect,
    .disconnect = pool_disconnect,
    .map = pool_map,
    .apply = apply,
    .spawn = spawn,
};
