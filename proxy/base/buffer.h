/* SPDX-License-Identifier: MIT
 *
 * A growable queue of bytes: appended at the end, consumed from the start. `bytes[start..end)` is
 * what is in it. All zero is an empty one.
 */
#ifndef HF_BUFFER_H
#define HF_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *bytes;
    size_t start;
    size_t end;
    size_t capacity;
};

/** Release the memory; the buffer is empty and usable afterwards. */
void buffer_fini(struct buffer *buffer);

size_t buffer_len(const struct buffer *buffer);

/** Make room for `len` bytes at the end. Returns where they go, or NULL: no memory. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t len);

/** Empty it, and give memory back if it has become large. */
void buffer_clear(struct buffer *buffer);

#endif
