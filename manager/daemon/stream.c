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

/* With less room than this behind the kept bytes, the frame is a large one, and its bytes are
 * gathered in the stream's own memory instead of the scratch buffer. */
enum { ROOM_BYTES = STREAM_SCRATCH_BYTES / 2 };

/* An empty buffer keeps this much: most replies are small. */
enum { KEPT_BYTES = 1024 };

/* ---- Memory ---- */

static size_t stream_bytes; /* of the buffers of all streams */

size_t stream_memory_bytes(void) {
    return stream_bytes;
}

static bool stream_append(struct buffer *buffer, const uint8_t *bytes, size_t len) {
    size_t before = buffer->capacity;
    bool appended = buffer_append(buffer, bytes, len);
    assert(buffer->capacity >= before);
    stream_bytes += buffer->capacity - before;
    return appended;
}

static void stream_free(struct buffer *buffer) {
    assert(buffer->capacity <= stream_bytes);
    stream_bytes -= buffer->capacity;
    buffer_fini(buffer);
}

static void stream_consume(struct buffer *buffer, size_t len) {
    buffer_consume(buffer, len);
    if (buffer_len(buffer) == 0 && buffer->capacity > KEPT_BYTES) {
        stream_free(buffer);
    }
}

/* ---- In ---- */

/* Call recv() behind the first `kept` bytes of the scratch buffer. */
static ssize_t receive_once(struct stream *stream, struct stream_scratch *scratch, size_t kept,
                            size_t most) {
    assert(kept < sizeof scratch->bytes);
    size_t room = sizeof scratch->bytes - kept;
    ssize_t got = 0;
    do {
        got = recv(stream->fd, scratch->bytes + kept, most < room ? most : room, 0);
    } while (got < 0 && errno == EINTR);
    return got;
}

enum stream_got stream_receive(struct stream *stream, struct stream_scratch *scratch, size_t most,
                               struct stream_input *input) {
    assert(most > 0 && stream->fd >= 0);
    size_t kept = buffer_len(&stream->in);
    bool in_place = kept <= sizeof scratch->bytes - ROOM_BYTES;

    ssize_t got = receive_once(stream, scratch, in_place ? kept : 0, most);
    if (got < 0) {
        return errno == EAGAIN ? STREAM_NOTHING : STREAM_END;
    }
    if (got == 0) {
        return STREAM_END;
    }
    if (!in_place) {
        if (!stream_append(&stream->in, scratch->bytes, (size_t)got)) {
            return STREAM_END;
        }
        *input = stream_kept(stream);
        return STREAM_BYTES;
    }
    if (kept > 0) {
        memcpy(scratch->bytes, buffer_front(&stream->in), kept);
        stream_free(&stream->in);
    }
    *input = (struct stream_input){scratch->bytes, kept + (size_t)got};
    return STREAM_BYTES;
}

struct stream_input stream_kept(const struct stream *stream) {
    return (struct stream_input){buffer_front(&stream->in), buffer_len(&stream->in)};
}

bool stream_keep(struct stream *stream, struct stream_input input, size_t used) {
    assert(used <= input.len);
    if (buffer_len(&stream->in) > 0) {
        assert(input.bytes == buffer_front(&stream->in));
        stream_consume(&stream->in, used);
        return true;
    }
    return stream_append(&stream->in, input.bytes + used, input.len - used);
}

size_t stream_waiting(const struct stream *stream) {
    int waiting = 0;
    return ioctl(stream->fd, FIONREAD, &waiting) == 0 && waiting > 0 ? (size_t)waiting : 0;
}

/* ---- Out ---- */

void stream_put(struct stream *stream, const uint8_t *bytes, size_t len) {
    if (!stream->broken && !stream_append(&stream->out, bytes, len)) {
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
    if (stream->begun > 0 && !stream_append(&rest, buffer_front(&stream->out), stream->begun)) {
        stream_break(stream);
        return;
    }
    stream_free(&stream->out);
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
        stream_consume(&stream->out, (size_t)sent);
    }
    stream->blocked = stream_unsent(stream) > 0;
}

void stream_break(struct stream *stream) {
    stream->broken = true;
    stream->blocked = false;
    stream->begun = 0;
    stream_free(&stream->out);
}

void stream_close(struct stream *stream) {
    assert(stream->fd >= 0);
    (void)close(stream->fd); /* the kernel still sends what it has taken */
    stream->fd = -1;
    stream_free(&stream->in);
    stream_free(&stream->out);
}
