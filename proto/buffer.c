/* SPDX-License-Identifier: MIT
 *
 * See buffer.h. start <= end <= capacity.
 */
#include "buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMALLEST_BYTES = 512,
    KEPT_BYTES =
        256 * 1024 /* buffer_clear() frees more than this: a large message is an exception */
};

size_t buffer_len(const struct buffer *buffer) {
    assert(buffer->start <= buffer->end && buffer->end <= buffer->capacity);
    return buffer->end - buffer->start;
}

const uint8_t *buffer_front(const struct buffer *buffer) {
    return buffer->bytes ? buffer->bytes + buffer->start : NULL;
}

static bool grow(struct buffer *buffer, size_t needed) {
    size_t capacity = buffer->capacity ? buffer->capacity : SMALLEST_BYTES;
    while (capacity < needed) {
        if (capacity > SIZE_MAX / 2) {
            return false;
        }
        capacity *= 2;
    }
    uint8_t *bytes = realloc(buffer->bytes, capacity);
    if (!bytes) {
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

/* Moving the bytes to the front pays when they are fewer than the bytes consumed before them: then
 * each byte is moved at most once for one that was consumed. */
static void compact(struct buffer *buffer) {
    size_t len = buffer_len(buffer);
    if (buffer->start > 0 && buffer->start >= len) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, len);
        buffer->start = 0;
        buffer->end = len;
    }
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t len) {
    if (len > buffer->capacity - buffer->end) {
        compact(buffer);
    }
    if (len > buffer->capacity - buffer->end &&
        (len > SIZE_MAX - buffer->end || !grow(buffer, buffer->end + len))) {
        return NULL;
    }
    return buffer->bytes ? buffer->bytes + buffer->end : NULL;
}

bool buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t len) {
    uint8_t *end = len > 0 ? buffer_reserve(buffer, len) : NULL;
    if (end) {
        memcpy(end, bytes, len);
        buffer->end += len;
    }
    return end || len == 0;
}

void buffer_consume(struct buffer *buffer, size_t len) {
    assert(len <= buffer_len(buffer));
    buffer->start += len;
    if (buffer->start == buffer->end) {
        buffer->start = buffer->end = 0;
    }
}

void buffer_clear(struct buffer *buffer) {
    if (buffer->capacity > KEPT_BYTES) {
        buffer_fini(buffer);
    }
    buffer->start = buffer->end = 0;
}

void buffer_fini(struct buffer *buffer) {
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}
