/* SPDX-License-Identifier: MIT
 *
 * Holdfast, by the library's public functions alone.
 */
#include "check.h"
#include "driver.h"

#include <holdfast.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILL_MAX = 1000 };

struct connection {
    hf_client *client;
    hf_dict dict;
    hf_value number;
    hf_lock lock;
    hf_queue queue;
};

static void ok(hf_status status) {
    must(hf_ok(status), "Holdfast: %s: %s", hf_status_name(status), hf_last_detail());
}

static void *holdfast_connect(const char *socket, uint64_t entries) {
    struct connection *made = calloc(1, sizeof *made);
    must(made, "no memory");
    char address[SERVER_PATH_MAX + 8], name[64];
    (void)snprintf(address, sizeof address, "unix:%s", socket);
    (void)snprintf(name, sizeof name, "dict-%llu", (unsigned long long)entries);
    ok(hf_client_new(address, NULL, &made->client));
    ok(hf_dict_open(made->client, name, HF_OPEN_OR_CREATE, &made->dict));
    ok(hf_value_open(made->client, "number", HF_I64, NUMBER_START, &made->number));
    ok(hf_lock_open(made->client, "lock", NULL, &made->lock));
    ok(hf_queue_open(made->client, "queue", NULL, &made->queue));
    return made;
}

static void holdfast_disconnect(void *of) {
    struct connection *connection = of;
    hf_client_free(connection->client);
    free(connection);
}

static void holdfast_prepare(void *of) {
    const struct connection *connection = of;
    ok(hf_value_set(connection->number, NUMBER_START));
}

/* ---- A dict ---- */

static void holdfast_fill(void *of, uint64_t first, unsigned count) {
    const struct connection *connection = of;
    char keys[FILL_MAX][KEY_BYTES + 1];
    hf_any_item items[FILL_MAX];
    must(count <= FILL_MAX, "too many at once");
    for (unsigned i = 0; i < count; i++) {
        key_write(keys[i], first + i);
        items[i] = (hf_any_item){hf_any_string_n(keys[i], KEY_BYTES), hf_any_int(NUMBER_START)};
    }
    ok(hf_dict_update(connection->dict, items, count));
}

static void holdfast_get(void *of, const char *key, int64_t *value) {
    const struct connection *connection = of;
    ok(hf_dict_get_int(connection->dict, key, value));
}

static void holdfast_set(void *of, const char *key, int64_t value) {
    const struct connection *connection = of;
    ok(hf_dict_set_int(connection->dict, key, value));
}

static void holdfast_begin(void *of) {
    const struct connection *connection = of;
    ok(hf_pipeline_begin(connection->client));
}

static void holdfast_finish(void *of) {
    const struct connection *connection = of;
    ok(hf_pipeline_finish(connection->client, NULL, 0));
}

static void holdfast_make(void *of, uint64_t first, unsigned count) {
    const struct connection *connection = of;
    char key[KEY_BYTES + 1];
    hf_value made[FILL_MAX];
    must(count <= FILL_MAX, "too many at once");
    holdfast_begin(of);
    for (unsigned i = 0; i < count; i++) {
        key_write(key, first + i);
        ok(hf_value_open(connection->client, key, HF_I64, NUMBER_START, &made[i]));
    }
    holdfast_finish(of);
}

/* ---- A number ---- */

static void holdfast_subtract(void *of) {
    const struct connection *connection = of;
    ok(hf_value_add(connection->number, -1, NULL, NULL));
}

static int64_t holdfast_number(void *of) {
    const struct connection *connection = of;
    int64_t now = 0;
    ok(hf_value_get(connection->number, &now));
    return now;
}

static int64_t holdfast_enter(void *of) {
    const struct connection *connection = of;
    ok(hf_lock_acquire(connection->lock, -1, NULL));
    return holdfast_number(of);
}

static void holdfast_leave(void *of, int64_t then) {
    const struct connection *connection = of;
    ok(hf_value_set(connection->number, then));
    ok(hf_lock_release(connection->lock));
}

static int64_t enter_folded(void *of) {
    const struct connection *connection = of;
    int64_t now = 0;
    ok(hf_batch_begin(connection->client));
    ok(hf_lock_acquire(connection->lock, -1, NULL));
    ok(hf_value_get(connection->number, &now));
    ok(hf_batch_finish(connection->client, -1, NULL));
    return now;
}

static void leave_folded(void *of, int64_t then) {
    const struct connection *connection = of;
    ok(hf_post_begin(connection->client));
    ok(hf_value_set(connection->number, then));
    ok(hf_lock_release(connection->lock));
    ok(hf_post_finish(connection->client));
}

/* ---- A queue ---- */

static void holdfast_put(void *of, int64_t item) {
    const struct connection *connection = of;
    ok(hf_queue_put_int(connection->queue, item, -1));
}

static int64_t holdfast_take(void *of) {
    const struct connection *connection = of;
    int64_t item = 0;
    ok(hf_queue_get_int(connection->queue, -1, &item));
    return item;
}

struct server holdfast_server = {.name = "holdfast", .args = {HOLDFASTD, "--listen", "unix:{}"}};

const struct driver holdfast_driver = {
    .name = "Holdfast",
    .server = &holdfast_server,
    .connect = holdfast_connect,
    .disconnect = holdfast_disconnect,
    .prepare = holdfast_prepare,
    .fill = holdfast_fill,
    .make = holdfast_make,
    .get = holdfast_get,
    .set = holdfast_set,
    .begin = holdfast_begin,
    .finish = holdfast_finish,
    .subtract = holdfast_subtract,
    .enter = holdfast_enter,
    .leave = holdfast_leave,
    .number = holdfast_number,
    .put = holdfast_put,
    .take = holdfast_take,
};

const struct driver holdfast_folded_driver = {
    .name = "Holdfast, folded",
    .server = &holdfast_server,
    .connect = holdfast_connect,
    .disconnect = holdfast_disconnect,
    .prepare = holdfast_prepare,
    .enter = enter_folded,
    .leave = leave_folded,
    .number = holdfast_number,
};
