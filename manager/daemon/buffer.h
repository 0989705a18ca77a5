/* SPDX-License-Identifier: MIT
 *
 * Bytes that go in at the end and out at the front: what a connection has received but not served,
 * or has not sent yet. Grows as bytes arrive, never ahead of them by more than what is there
 * already; gives its memory back when it runs empty (all but a little). An all-zero buffer is
 * empty.
 */
#ifndef HF_BUFFER_H
#define HF_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *memory;
    size_t start, end, capacity;
};

/** How many bytes are in it. */
size_t buffer_len(const struct buffer *buffer);

/** The first of them. Valid until the next change. */
const uint8_t *buffer_front(const struct buffer *buffer);

/** Add bytes from outside of the buffer. Returns false, and leaves it as it was, without memory. */
bool buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t len);

/** Take away the first `len` bytes. */
void buffer_consume(struct buffer *buffer, size_t len);

/** Empty it and give back its memory. */
void buffer_clear(struct buffer *buffer);

#endif
