/* SPDX-License-Identifier: MIT
 *
 * memcached, in its text protocol, by the smallest possible client.
 */
#include "check.h"
#include "driver.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX = 256 };

/* Dicts of any size are the one table that it has. */
static void *memcached_connect(const char *socket, uint64_t entries) {
    (void)entries;
    return stream_open(socket);
}

static void memcached_disconnect(void *stream) {
    stream_close(stream);
}

/* Send this and receive until the answer ends with `end`. */
static void memcached_ask(void *stream, const char *text, char answer[LINE_MAX], const char *end) {
    size_t end_len = strlen(end);
    stream_send(stream, text, strlen(text));
    for (size_t len = 0;;) {
        len += stream_receive(stream, answer + len, LINE_MAX - 1 - len);
        answer[len] = '\0';
        if (len >= end_len && strcmp(answer + len - end_len, end) == 0) {
            return;
        }
        must(len < LINE_MAX - 1 && !strstr(answer, "ERROR"), "memcached: %s", answer);
    }
}

static void memcached_get(void *stream, const char *key, int64_t *value) {
    char text[LINE_MAX], answer[LINE_MAX];
    (void)snprintf(text, sizeof text, "get %s\r\n", key);
    memcached_ask(stream, text, answer, "END\r\n");
    const char *data = strchr(answer, '\n');
    must(strncmp(answer, "VALUE ", 6) == 0 && data, "memcached: no %s", key);
    *value = strtoll(data + 1, NULL, 10);
}

static void memcached_set(void *stream, const char *key, int64_t value) {
    char number[32], text[LINE_MAX], answer[LINE_MAX];
    int len = snprintf(number, sizeof number, "%lld", (long long)value);
    (void)snprintf(text, sizeof text, "set %s 0 0 %d\r\n%s\r\n", key, len, number);
    memcached_ask(stream, text, answer, "STORED\r\n");
}

static void memcached_fill(void *stream, uint64_t first, unsigned count) {
    char key[KEY_BYTES + 1];
    for (unsigned i = 0; i < count; i++) {
        key_write(key, first + i);
        memcached_set(stream, key, NUMBER_START);
    }
}

/* The user is what root has to name, and is not used by others. Its limit of 1,024 connections,
 * some of which it takes for itself, is raised to serve 1,000 clients. */
static struct server memcached_server = {
    .name = "memcached", .args = {"memcached", "-u", "root", "-c", "8192", "-s", "{}"}};

const struct driver memcached_driver = {
    .name = "memcached",
    .server = &memcached_server,
    .foreign = true,
    .connect = memcached_connect,
    .disconnect = memcached_disconnect,
    .fill = memcached_fill,
    .get = memcached_get,
    .set = memcached_set,
};
