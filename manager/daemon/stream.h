/* SPDX-License-Identifier: MIT
 *
 * One non-blocking stream socket and its bytes: those received but not used yet, and those not sent
 * yet. It knows no events, and of frames only where they end.
 *
 * All streams share one receive buffer: bytes are used where recv() put them, and only the rest is
 * copied to the stream's own memory. So a stream without an incomplete frame costs no memory. The
 * rest of a frame that does not fit beside what has come is received where it stays, so a long
 * frame is not copied again with each piece of it.
 */
#ifndef HF_STREAM_H
#define HF_STREAM_H

#include "buffer.h"

enum { STREAM_SCRATCH_BYTES = 256 << 10 };

/** The shared receive buffer. */
struct stream_scratch {
    uint8_t bytes[STREAM_SCRATCH_BYTES];
};

struct stream {
    int fd;
    struct buffer in;  /**< received, not used yet */
    struct buffer out; /**< not sent yet */
    size_t begun;      /**< how many of the bytes not sent yet belong to a frame sent in part */
    bool blocked;      /**< the socket takes no more until it is writable */
    bool broken;       /**< nothing can be sent any more: output is dropped */
};

struct stream_input {
    const uint8_t *bytes;
    size_t len;
};

enum stream_got { STREAM_BYTES, STREAM_NOTHING, STREAM_END };

/** Call recv() once, for `most` bytes at most.
 *
 *  input  out, with STREAM_BYTES: all bytes not used yet. It is valid until stream_keep(), which
 *         must follow before the input of this or another stream is touched
 *
 *  Returns STREAM_END if no more will come, also after an error or for want of memory.
 */
enum stream_got stream_receive(struct stream *stream, struct stream_scratch *scratch, size_t most,
                               struct stream_input *input);

/** How much memory the stream has for what it has received. */
size_t stream_kept_memory(const struct stream *stream);

/** Drop what was kept. */
void stream_forget(struct stream *stream);

/** The bytes that stream_keep() kept, as input once more. */
struct stream_input stream_kept(const struct stream *stream);

/** Drop the first `used` bytes of the input and keep the rest. Returns false for want of memory. */
bool stream_keep(struct stream *stream, struct stream_input input, size_t used);

/** How many bytes wait in the socket. */
size_t stream_waiting(const struct stream *stream);

/** Add bytes for the next stream_send(). For want of memory the stream is broken. */
void stream_put(struct stream *stream, const uint8_t *bytes, size_t len);

/** How many bytes are not sent yet. */
size_t stream_unsent(const struct stream *stream);

/** Call send() once, unless blocked. Then all is sent, or the stream is blocked or broken. */
void stream_send(struct stream *stream);

/** Drop all unsent frames but the one that is sent in part. Later bytes follow it. */
void stream_cut(struct stream *stream);

/** Send nothing any more: drop all output, also what is added later. */
void stream_break(struct stream *stream);

/** Close the socket and release the memory. */
void stream_close(struct stream *stream);

/** Memory that all streams have for bytes that are not sent yet. */
size_t stream_memory_bytes(void);

#endif
