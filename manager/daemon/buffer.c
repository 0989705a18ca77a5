/* SPDX-License-Identifier: MIT
 *
 * See buffer.h. start <= end <= capacity; what is in it lies between start and end.
 */
#include "buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_BYTES = 256,
    KEPT_BYTES = 1024 /* an empty buffer keeps this much: most replies are small, and many */
};

size_t buffer_len(const struct buffer *buffer) {
    assert(buffer->start <= buffer->end && buffer->end <= buffer->capacity);
    return buffer->end - buffer->start;
}

const uint8_t *buffer_front(const struct buffer *buffer) {
    return buffer->memory ? buffer->memory + buffer->start : NULL;
}

static bool grow(struct buffer *buffer, size_t needed) {
    size_t capacity = buffer->capacity ? buffer->capacity : LEAST_BYTES;
    while (capacity < needed) {
        if (capacity > SIZE_MAX / 2) {
            return false;
        }
        capacity *= 2;
    }
    uint8_t *memory = realloc(buffer->memory, capacity);
    if (!memory) {
        return false;
    }
    buffer->memory = memory;
    buffer->capacity = capacity;
    return true;
}

/* Moving the bytes to the front is only worth it when there are fewer of them than there is room
 * before them: each byte is then moved once for one that went out. */
static void compact(struct buffer *buffer) {
    size_t len = buffer_len(buffer);
    if (buffer->start > 0 && buffer->start >= len) {
        memmove(buffer->memory, buffer->memory + buffer->start, len);
        buffer->start = 0;
        buffer->end = len;
    }
}

bool buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t len) {
    if (len == 0) {
        return true;
    }
    if (len > buffer->capacity - buffer->end) {
        compact(buffer);
    }
    if (len > buffer->capacity - buffer->end &&
        (len > SIZE_MAX - buffer->end || !grow(buffer, buffer->end + len))) {
        return false;
    }
    memcpy(buffer->memory + buffer->end, bytes, len);
    buffer->end += len;
    return true;
}

void buffer_consume(struct buffer *buffer, size_t len) {
    assert(len <= buffer_len(buffer));
    buffer->start += len;
    if (buffer->start < buffer->end) {
        return;
    }
    if (buffer->capacity > KEPT_BYTES) {
        buffer_clear(buffer);
    }
    buffer->start = buffer->end = 0;
}

void buffer_clear(struct buffer *buffer) {
    free(buffer->memory);
    *buffer = (struct buffer){NULL, 0, 0, 0};
}
