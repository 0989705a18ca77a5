/* SPDX-License-Identifier: MIT
 *
 * See task.h.
 */
#include "task.h"

#include "check.h"

#include <string.h>

void key_write(char key[KEY_BYTES + 1], uint64_t number) {
    memcpy(key, "key-000000000000", KEY_BYTES + 1);
    for (char *digit = key + KEY_BYTES; number > 0; number /= 10) {
        *--digit = (char)('0' + number % 10);
    }
}

/* xorshift64 */
static uint64_t next_random(struct client *client) {
    client->random ^= client->random << 13;
    client->random ^= client->random >> 7;
    client->random ^= client->random << 17;
    return client->random;
}

/* Gets and sets in turn, of any keys. */
static void request(struct client *client, int64_t *value) {
    char key[KEY_BYTES + 1];
    key_write(key, next_random(client) % client->entries);
    if (client->turn++ % 2 == 0) {
        client->driver->get(client->connection, key, value);
    } else {
        *value = NUMBER_START;
        client->driver->set(client->connection, key, NUMBER_START);
    }
}

static void check_value(const struct client *client, int64_t value) {
    must(value == NUMBER_START, "%s: a get gives %lld", client->driver->name, (long long)value);
}

static bool get_set(struct client *client) {
    int64_t values[IN_FLIGHT_MAX];
    if (client->in_flight == 1) {
        request(client, &values[0]);
        check_value(client, values[0]);
        return true;
    }
    client->driver->begin(client->connection);
    for (unsigned i = 0; i < client->in_flight; i++) {
        request(client, &values[i]);
    }
    client->driver->finish(client->connection);
    for (unsigned i = 0; i < client->in_flight; i++) {
        check_value(client, values[i]);
    }
    return true;
}

static bool subtract(struct client *client) {
    client->driver->subtract(client->connection);
    return true;
}

static bool locked(struct client *client) {
    int64_t number = client->driver->enter(client->connection);
    client->driver->leave(client->connection, number - 1);
    return true;
}

static bool put(struct client *client) {
    client->driver->put(client->connection, (int64_t)client->turn++);
    return true;
}

static bool take(struct client *client) {
    return client->driver->take(client->connection) != ITEM_LAST;
}

/* Nobody waits for long: each has put an item before it takes one. */
static bool put_take(struct client *client) {
    return put(client) && take(client);
}

/* A map over so many numbers. */
static bool map(struct client *client) {
    client->driver->map(client->connection, client->workers, client->in_flight);
    return true;
}

/* So many tasks one by one, and then their results. */
static bool apply(struct client *client) {
    client->driver->apply(client->connection, client->workers, client->in_flight);
    return true;
}

static bool spawn(struct client *client) {
    client->driver->spawn(client->connection);
    return true;
}

const struct task task_get_set = {.name = "get_set", .act = get_set};
const struct task task_connect = {.name = "connect", .act = get_set, .once = true};
const struct task task_subtract = {.name = "subtract", .act = subtract, .subtracts = true};
const struct task task_locked = {.name = "locked", .act = locked, .subtracts = true};
const struct task task_put_take = {.name = "put_take", .act = put_take};
const struct task task_stream = {.name = "stream", .act = take, .produce = put};
const struct task task_map = {.name = "map", .act = map};
const struct task task_apply = {.name = "apply", .act = apply};
const struct task task_spawn = {.name = "spawn", .act = spawn};
