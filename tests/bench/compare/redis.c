/* SPDX-License-Identifier: MIT
 *
 * Redis, by hiredis, as its manual has it: a hash, a list as a queue (RPUSH, BLPOP), and locks in
 * two ways: a list with one token in it, and a key that is set if it is not there, with a lease.
 */
#include "check.h"
#include "driver.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LEASE_MS = 30000, RETRY_NS = 1000000, SHA_BYTES = 40 };

struct connection {
    redisContext *redis;
    char dict[32];
    char release[SHA_BYTES + 1]; /* the script's name */
    bool collecting;
    unsigned count;
    int64_t *values[IN_FLIGHT_MAX]; /* of the gets that were collected; NULL: a set */
};

static redisReply *checked(const struct connection *connection, redisReply *reply) {
    must(reply, "Redis: %s", connection->redis->errstr);
    must(reply->type != REDIS_REPLY_ERROR, "Redis: %s", reply->str);
    return reply;
}

static redisReply *redis_ask(struct connection *connection, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    redisReply *reply = redisvCommand(connection->redis, format, arguments);
    va_end(arguments);
    return checked(connection, reply);
}

static int64_t number_of(const redisReply *reply) {
    must(reply->type == REDIS_REPLY_STRING, "Redis: an answer of type %d", reply->type);
    return strtoll(reply->str, NULL, 10);
}

/* ---- Connections ---- */

/* hiredis does not wait when many connect at once and the server's backlog is full. */
static redisContext *connect_patiently(const char *socket) {
    for (;;) {
        redisContext *redis = redisConnectUnix(socket);
        if (!redis || redis->err != REDIS_ERR_IO || errno != EAGAIN) {
            return redis;
        }
        redisFree(redis);
        (void)nanosleep(&(struct timespec){.tv_nsec = RETRY_NS}, NULL);
    }
}

static void *redis_connect(const char *socket, uint64_t entries) {
    struct connection *made = calloc(1, sizeof *made);
    must(made, "no memory");
    made->redis = connect_patiently(socket);
    must(made->redis && !made->redis->err, "Redis: %s", made->redis ? made->redis->errstr : "");
    (void)snprintf(made->dict, sizeof made->dict, "dict-%llu", (unsigned long long)entries);
    return made;
}

static void redis_disconnect(void *of) {
    struct connection *connection = of;
    redisFree(connection->redis);
    free(connection);
}

static void redis_prepare(void *of) {
    freeReplyObject(redis_ask(of, "HSET numbers n %lld", (long long)NUMBER_START));
    freeReplyObject(redis_ask(of, "DEL token"));
    freeReplyObject(redis_ask(of, "RPUSH token x"));
}

/* ---- A dict ---- */

static void redis_fill(void *of, uint64_t first, unsigned count) {
    struct connection *connection = of;
    enum { FILL_MAX = 1000 };
    static const char value[] = "1000000000";
    char keys[FILL_MAX][KEY_BYTES + 1];
    const char *words[2 + 2 * FILL_MAX] = {"HSET", connection->dict};
    size_t lens[2 + 2 * FILL_MAX] = {4, strlen(connection->dict)};
    must(count <= FILL_MAX && strtoll(value, NULL, 10) == NUMBER_START, "cannot fill");
    for (size_t i = 0; i < count; i++) {
        key_write(keys[i], first + i);
        words[2 + 2 * i] = keys[i];
        lens[2 + 2 * i] = KEY_BYTES;
        words[3 + 2 * i] = value;
        lens[3 + 2 * i] = sizeof value - 1;
    }
    redisReply *reply = redisCommandArgv(connection->redis, (int)(2 + 2 * count), words, lens);
    freeReplyObject(checked(connection, reply));
}

static void redis_make(void *of, uint64_t first, unsigned count) {
    struct connection *connection = of;
    char key[KEY_BYTES + 1];
    redisReply *reply = NULL;
    for (unsigned i = 0; i < count; i++) {
        key_write(key, first + i);
        (void)redisAppendCommand(connection->redis, "SET %s %lld", key, (long long)NUMBER_START);
    }
    for (unsigned i = 0; i < count; i++) {
        (void)redisGetReply(connection->redis, (void **)&reply);
        freeReplyObject(checked(connection, reply));
    }
}

/* Collect a request that is sent with others. Returns whether requests are collected at all. */
static bool redis_collect(struct connection *connection, int64_t *value) {
    if (connection->collecting) {
        must(connection->count < IN_FLIGHT_MAX, "too many at once");
        connection->values[connection->count++] = value;
    }
    return connection->collecting;
}

static void redis_get(void *of, const char *key, int64_t *value) {
    struct connection *connection = of;
    if (redis_collect(connection, value)) {
        (void)redisAppendCommand(connection->redis, "HGET %s %s", connection->dict, key);
        return;
    }
    redisReply *reply = redis_ask(connection, "HGET %s %s", connection->dict, key);
    *value = number_of(reply);
    freeReplyObject(reply);
}

static void redis_set(void *of, const char *key, int64_t value) {
    struct connection *connection = of;
    const char *dict = connection->dict;
    if (redis_collect(connection, NULL)) {
        (void)redisAppendCommand(connection->redis, "HSET %s %s %lld", dict, key, (long long)value);
        return;
    }
    freeReplyObject(redis_ask(connection, "HSET %s %s %lld", dict, key, (long long)value));
}

static void redis_begin(void *of) {
    struct connection *connection = of;
    connection->collecting = true;
    connection->count = 0;
}

static void redis_finish(void *of) {
    struct connection *connection = of;
    connection->collecting = false;
    for (unsigned i = 0; i < connection->count; i++) {
        redisReply *reply = NULL;
        (void)redisGetReply(connection->redis, (void **)&reply);
        (void)checked(connection, reply);
        if (connection->values[i]) {
            *connection->values[i] = number_of(reply);
        }
        freeReplyObject(reply);
    }
}

/* ---- A number ---- */

static void redis_subtract(void *of) {
    freeReplyObject(redis_ask(of, "HINCRBY numbers n -1"));
}

static int64_t redis_number(void *of) {
    redisReply *reply = redis_ask(of, "HGET numbers n");
    int64_t now = number_of(reply);
    freeReplyObject(reply);
    return now;
}

static int64_t redis_enter(void *of) {
    freeReplyObject(redis_ask(of, "BLPOP token 0"));
    return redis_number(of);
}

static void redis_leave(void *of, int64_t then) {
    freeReplyObject(redis_ask(of, "HSET numbers n %lld", (long long)then));
    freeReplyObject(redis_ask(of, "RPUSH token x"));
}

/* ---- The same with two commands sent at once ---- */

static int64_t enter_pipelined(void *of) {
    struct connection *connection = of;
    int64_t now = 0;
    (void)redisAppendCommand(connection->redis, "BLPOP token 0");
    (void)redisAppendCommand(connection->redis, "HGET numbers n");
    redis_begin(of);
    (void)redis_collect(connection, NULL);
    (void)redis_collect(connection, &now);
    redis_finish(of);
    return now;
}

static void leave_pipelined(void *of, int64_t then) {
    struct connection *connection = of;
    (void)redisAppendCommand(connection->redis, "HSET numbers n %lld", (long long)then);
    (void)redisAppendCommand(connection->redis, "RPUSH token x");
    redis_begin(of);
    (void)redis_collect(connection, NULL);
    (void)redis_collect(connection, NULL);
    redis_finish(of);
}

/* ---- The same with a lease ---- */

static void *open_lease_connection(const char *socket, uint64_t entries) {
    struct connection *made = redis_connect(socket, entries);
    redisReply *reply =
        redis_ask(made, "SCRIPT LOAD %s",
                  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) "
                  "else return 0 end");
    (void)snprintf(made->release, sizeof made->release, "%s", reply->str);
    freeReplyObject(reply);
    return made;
}

static void prepare_lease(void *of) {
    redis_prepare(of);
    freeReplyObject(redis_ask(of, "DEL lock"));
}

static int64_t enter_lease(void *of) {
    struct connection *connection = of;
    for (;;) {
        redisReply *reply = redis_ask(connection, "SET lock %d NX PX %d", (int)getpid(), LEASE_MS);
        bool mine = reply->type == REDIS_REPLY_STATUS;
        freeReplyObject(reply);
        if (mine) {
            return redis_number(of);
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = RETRY_NS}, NULL);
    }
}

static void leave_lease(void *of, int64_t then) {
    struct connection *connection = of;
    freeReplyObject(redis_ask(connection, "HSET numbers n %lld", (long long)then));
    redisReply *reply =
        redis_ask(connection, "EVALSHA %s 1 lock %d", connection->release, (int)getpid());
    must(reply->type == REDIS_REPLY_INTEGER && reply->integer == 1, "Redis: the lock was lost");
    freeReplyObject(reply);
}

static int64_t lease_left_ms(void *of) {
    redisReply *reply = redis_ask(of, "PTTL lock");
    int64_t left = reply->integer;
    freeReplyObject(reply);
    return left;
}

/* ---- A queue ---- */

static void redis_put(void *of, int64_t item) {
    freeReplyObject(redis_ask(of, "RPUSH queue %lld", (long long)item));
}

static int64_t redis_take(void *of) {
    redisReply *reply = redis_ask(of, "BLPOP queue 0");
    must(reply->type == REDIS_REPLY_ARRAY && reply->elements == 2, "Redis: no item");
    int64_t item = number_of(reply->element[1]);
    freeReplyObject(reply);
    return item;
}

static struct server redis_server = {.name = "redis",
                                     .args = {"redis-server", "--save", "", "--appendonly", "no",
                                              "--port", "0", "--unixsocket", "{}"}};

const struct driver redis_driver = {
    .name = "Redis",
    .server = &redis_server,
    .foreign = true,
    .connect = redis_connect,
    .disconnect = redis_disconnect,
    .prepare = redis_prepare,
    .fill = redis_fill,
    .make = redis_make,
    .get = redis_get,
    .set = redis_set,
    .begin = redis_begin,
    .finish = redis_finish,
    .subtract = redis_subtract,
    .enter = redis_enter,
    .leave = redis_leave,
    .number = redis_number,
    .put = redis_put,
    .take = redis_take,
};

const struct driver redis_pipelined_driver = {
    .name = "Redis, pipelined",
    .server = &redis_server,
    .foreign = true,
    .connect = redis_connect,
    .disconnect = redis_disconnect,
    .prepare = redis_prepare,
    .enter = enter_pipelined,
    .leave = leave_pipelined,
    .number = redis_number,
};

const struct driver redis_lease_driver = {
    .name = "Redis, lease",
    .server = &redis_server,
    .foreign = true,
    .connect = open_lease_connection,
    .disconnect = redis_disconnect,
    .prepare = prepare_lease,
    .enter = enter_lease,
    .leave = leave_lease,
    .number = redis_number,
    .lease_left_ms = lease_left_ms,
};
