/* SPDX-License-Identifier: MIT
 *
 * A growable queue of bytes: appended at the end, consumed from the front. bytes[start..end) is
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

/** How many bytes are in it. */
size_t buffer_len(const struct buffer *buffer);

/** The first of them. Valid until the next change. */
const uint8_t *buffer_front(const struct buffer *buffer);

/** Make room for `len` bytes at the end. Returns where they belong, or NULL and leaves the bytes
 *  as they were: no memory. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t len);

/** Append bytes from outside of the buffer. Returns false, and leaves it as it was: no memory. */
bool buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t len);

/** Remove the first `len` bytes. The memory stays. */
void buffer_consume(struct buffer *buffer, size_t len);

/** Empty it, and free the memory if that has become large. */
void buffer_clear(struct buffer *buffer);

/** Free the memory; the buffer is empty and usable afterwards. */
void buffer_fini(struct buffer *buffer);

#endif
