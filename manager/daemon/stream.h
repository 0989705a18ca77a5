/* SPDX-License-Identifier: MIT
 *
 * One non-blocking stream socket and its bytes: what has come but could not be used yet, and what
 * could not be sent yet. Knows neither events nor frames.
 *
 * All streams share one receive buffer: bytes are used where recv() put them, and only what is left
 * is copied to the stream's own memory. So a stream that has nothing unfinished costs no memory.
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
    struct buffer in;  /**< came, but was not used */
    struct buffer out; /**< was not sent */
    bool blocked;      /**< the socket takes no more until it is writable */
    bool broken;       /**< nothing can be sent any more: what is to be sent is dropped */
};

struct stream_input {
    const uint8_t *bytes;
    size_t len;
};

enum stream_got { STREAM_BYTES, STREAM_NOTHING, STREAM_END };

/** recv() once, `most` bytes at most.
 *
 *  input  out, with STREAM_BYTES: all that was not used yet, valid until stream_keep(), which must
 *         follow before anything else is done with this or another stream's input
 *
 *  Returns STREAM_END when no more will come, also because of an error or for want of memory.
 */
enum stream_got stream_receive(struct stream *stream, struct stream_scratch *scratch, size_t most,
                               struct stream_input *input);

/** What stream_keep() kept, as input once more. */
struct stream_input stream_kept(const struct stream *stream);

/** The first `used` bytes of the input were used, the rest is kept. Returns false for want of
 * memory. */
bool stream_keep(struct stream *stream, struct stream_input input, size_t used);

/** Bytes that wait in the socket. */
size_t stream_waiting(const struct stream *stream);

/** To be sent by the next stream_send(). Without memory the stream is broken. */
void stream_put(struct stream *stream, const uint8_t *bytes, size_t len);

/** How many bytes are still to be sent. */
size_t stream_unsent(const struct stream *stream);

/** Send once, unless blocked. Afterwards it is all gone, or the stream is blocked or broken. */
void stream_send(struct stream *stream);

/** No more can or shall be sent: drop what is there and what comes. */
void stream_break(struct stream *stream);

/** Close the socket and release the memory. */
void stream_close(struct stream *stream);

#endif
