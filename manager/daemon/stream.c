/* SPDX-License-Identifier: MIT
 *
 * See stream.h.
 */
#include "stream.h"

#include "frame.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* With more kept bytes than this, the rest of the frame is received behind them, in the stream's
 * own memory. Fewer are copied to the scratch buffer and received behind there, with the frames
 * that follow. */
enum { COPIED_MAX_BYTES = 16 << 10 };

/* Room for the next piece of a frame. The buffer grows twofold, so the memory grows with the bytes
 * that come, whatever length the frame says it has. */
enum { PIECE_BYTES = 64 << 10 };

/* A buffer with little in it keeps this much: most replies are small. */
enum { KEPT_BYTES = 1024 };

/* ---- Memory ---- */

static size_t stream_bytes; /* of all streams, not sent yet */

size_t stream_memory_bytes(void) {
    return stream_bytes;
}

static bool out_append(struct buffer *out, const uint8_t *bytes, size_t len) {
    size_t before = out->capacity;
    bool appended = buffer_append(out, bytes, len);
    assert(out->capacity >= before);
    stream_bytes += out->capacity - before;
    return appended;
}

static void out_free(struct buffer *out) {
    assert(out->capacity <= stream_bytes);
    stream_bytes -= out->capacity;
    buffer_fini(out);
}

static void out_consume(struct buffer *out, size_t len) {
    buffer_consume(out, len);
    if (buffer_len(out) == 0 && out->capacity > KEPT_BYTES) {
        out_free(out);
    }
}

/* ---- In ---- */

static ssize_t receive_once(const struct stream *stream, uint8_t *place, size_t most) {
    ssize_t got = 0;
    assert(most > 0);
    do {
        got = recv(stream->fd, place, most, 0);
    } while (got < 0 && errno == EINTR);
    return got;
}

static enum stream_got what_came(ssize_t got) {
    if (got > 0) {
        return STREAM_BYTES;
    }
    return got < 0 && errno == EAGAIN ? STREAM_NOTHING : STREAM_END;
}

/* How many bytes the frame lacks that the kept ones begin. */
static size_t missing_bytes(const struct stream *stream) {
    size_t kept = buffer_len(&stream->in);
    assert(kept >= HF_FRAME_HEADER_BYTES);
    size_t frame_len = HF_FRAME_HEADER_BYTES + frame_body_len(buffer_front(&stream->in));
    assert(frame_len > kept); /* whole frames are used before more is received */
    return frame_len - kept;
}

/* Behind the kept bytes, and no more than their frame: the next one begins in the scratch. */
static enum stream_got receive_behind(struct stream *stream, size_t most,
                                      struct stream_input *input) {
    size_t missing = missing_bytes(stream);
    uint8_t *place = buffer_reserve(&stream->in, missing < PIECE_BYTES ? missing : PIECE_BYTES);
    if (!place) {
        return STREAM_END;
    }
    size_t room = stream->in.capacity - stream->in.end;
    room = room < missing ? room : missing;
    ssize_t got = receive_once(stream, place, most < room ? most : room);
    if (got > 0) {
        stream->in.end += (size_t)got;
        *input = stream_kept(stream);
    }
    return what_came(got);
}

enum stream_got stream_receive(struct stream *stream, struct stream_scratch *scratch, size_t most,
                               struct stream_input *input) {
    assert(most > 0 && stream->fd >= 0);
    size_t kept = buffer_len(&stream->in);
    if (kept > COPIED_MAX_BYTES) {
        return receive_behind(stream, most, input);
    }
    size_t room = sizeof scratch->bytes - kept;
    ssize_t got = receive_once(stream, scratch->bytes + kept, most < room ? most : room);
    enum stream_got came = what_came(got);
    if (came != STREAM_BYTES) {
        return came;
    }
    if (kept > 0) {
        memcpy(scratch->bytes, buffer_front(&stream->in), kept);
        buffer_fini(&stream->in);
    }
    *input = (struct stream_input){scratch->bytes, kept + (size_t)got};
    return STREAM_BYTES;
}

struct stream_input stream_kept(const struct stream *stream) {
    return (struct stream_input){buffer_front(&stream->in), buffer_len(&stream->in)};
}

/* Frames that came together are used bit by bit. The rest takes at most twice its memory, or a
 * little: it may be the beginning of a frame that is long in coming. */
static void shrink_in(struct stream *stream) {
    struct buffer rest = {0};
    size_t len = buffer_len(&stream->in);
    bool loose = stream->in.capacity > KEPT_BYTES && stream->in.capacity / 2 > len;
    if ((len == 0 || loose) && buffer_append(&rest, buffer_front(&stream->in), len)) {
        buffer_fini(&stream->in);
        stream->in = rest;
    }
}

bool stream_keep(struct stream *stream, struct stream_input input, size_t used) {
    assert(used <= input.len);
    if (buffer_len(&stream->in) == 0) {
        return buffer_append(&stream->in, input.bytes + used, input.len - used);
    }
    assert(input.bytes == buffer_front(&stream->in));
    buffer_consume(&stream->in, used);
    shrink_in(stream);
    return true;
}

size_t stream_kept_memory(const struct stream *stream) {
    return stream->in.capacity;
}

void stream_forget(struct stream *stream) {
    buffer_fini(&stream->in);
}

size_t stream_waiting(const struct stream *stream) {
    int waiting = 0;
    return ioctl(stream->fd, FIONREAD, &waiting) == 0 && waiting > 0 ? (size_t)waiting : 0;
}

/* ---- Out ---- */

void stream_put(struct stream *stream, const uint8_t *bytes, size_t len) {
    if (!stream->broken && !out_append(&stream->out, bytes, len)) {
        stream_break(stream);
    }
}

size_t stream_unsent(const struct stream *stream) {
    return buffer_len(&stream->out);
}

/* These bytes of the output were sent: find the end of the frame that the last of them is in. */
static void note_sent(struct stream *stream, size_t sent) {
    const uint8_t *out = buffer_front(&stream->out);
    size_t len = stream_unsent(stream);
    size_t end = stream->begun;
    if (sent == len) {
        stream->begun = 0;
        return;
    }
    while (end < sent) {
        assert(len - end >= HF_FRAME_HEADER_BYTES);
        end += HF_FRAME_HEADER_BYTES + frame_body_len(out + end);
    }
    assert(end <= len);
    stream->begun = end - sent;
}

void stream_cut(struct stream *stream) {
    struct buffer rest = {0};
    assert(stream->begun <= stream_unsent(stream));
    if (stream->begun > 0 && !out_append(&rest, buffer_front(&stream->out), stream->begun)) {
        stream_break(stream);
        return;
    }
    out_free(&stream->out);
    stream->out = rest;
}

void stream_send(struct stream *stream) {
    size_t len = stream_unsent(stream);
    assert(!stream->broken || len == 0);
    if (stream->blocked || len == 0) {
        return;
    }
    ssize_t sent = send(stream->fd, buffer_front(&stream->out), len, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        stream_break(stream);
        return;
    }
    if (sent > 0) {
        note_sent(stream, (size_t)sent);
        out_consume(&stream->out, (size_t)sent);
    }
    stream->blocked = stream_unsent(stream) > 0;
}

void stream_break(struct stream *stream) {
    stream->broken = true;
    stream->blocked = false;
    stream->begun = 0;
    out_free(&stream->out);
}

void stream_close(struct stream *stream) {
    assert(stream->fd >= 0);
    (void)close(stream->fd); /* the kernel still sends what it has taken */
    stream->fd = -1;
    buffer_fini(&stream->in);
    out_free(&stream->out);
}
