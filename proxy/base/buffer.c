/* SPDX-License-Identifier: MIT
 *
 * See buffer.h.
 */
#include "buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMALLEST_BYTES = 512,
    KEPT_BYTES = 256 * 1024 /* what one large message needed is not kept for ever */
};

void buffer_fini(struct buffer *buffer) {
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

size_t buffer_len(const struct buffer *buffer) {
    assert(buffer->start <= buffer->end && buffer->end <= buffer->capacity);
    return buffer->end - buffer->start;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t len) {
    size_t used = buffer_len(buffer);
    if (len <= buffer->capacity - buffer->end) {
        return buffer->bytes ? buffer->bytes + buffer->end : NULL;
    }
    size_t needed = 0;
    if (__builtin_add_overflow(used, len, &needed) || needed > SIZE_MAX / 2) {
        return NULL;
    }
    if (buffer->start > 0) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, used);
        buffer->start = 0;
        buffer->end = used;
    }
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : SMALLEST_BYTES;
        while (capacity < needed) {
            capacity *= 2;
        }
        uint8_t *bytes = realloc(buffer->bytes, capacity);
        if (!bytes) {
            return NULL;
        }
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    return buffer->bytes + buffer->end;
}

void buffer_clear(struct buffer *buffer) {
    if (buffer->capacity > KEPT_BYTES) {
        buffer_fini(buffer);
    }
    buffer->start = 0;
    buffer->end = 0;
}
