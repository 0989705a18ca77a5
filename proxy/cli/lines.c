/* SPDX-License-Identifier: MIT
 *
 * See lines.h. All lines that one read() brings are sent before the next one, in requests of at
 * most LINES_PER_REQUEST; fewer if the object never has room for so many at once.
 */
#include "lines.h"

#include "exchange.h"
#include "parse.h"
#include "utf8.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINES_PER_REQUEST = 1000,
    LINE_MAX_BYTES = HF_FRAME_LIMIT_BYTES, /* more does not fit a request */
    READ_BYTES = 64 * 1024
};

struct stream {
    struct shell *shell;
    uint64_t object;
    struct fill *fill;
    Hf__Any *values[LINES_PER_REQUEST]; /* to be sent next */
    size_t count;
    size_t most; /* values in a request */
    uint64_t sent;
    char *bytes; /* that were read and are no whole line yet */
    size_t len;
    size_t room;
    Hf__Reply *reply; /* to the latest request; NULL: there was none */
};

/* ---- operations ---- */

bool lines_op(const struct op *op, struct op *many) {
    static const struct {
        unsigned one;
        unsigned many;
        const char *type;
        const char *word;
    } rows[] = {
        {HF__REQUEST__OP_QUEUE_PUT, HF__REQUEST__OP_QUEUE_PUT_MANY, "queue", "put-many"},
        {HF__REQUEST__OP_LIST_APPEND, HF__REQUEST__OP_LIST_EXTEND, "list", "extend"},
        {HF__REQUEST__OP_SET_ADD, HF__REQUEST__OP_SET_UPDATE, "set", "update"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (op->field->id == rows[i].one || op->field->id == rows[i].many) {
            *many = ops_get(rows[i].type, rows[i].word);
            return true;
        }
    }
    return false;
}

const ProtobufCFieldDescriptor *lines_field(const struct op *many) {
    const ProtobufCFieldDescriptor *field = ops_field(many->message, "values");
    assert(field && field->label == PROTOBUF_C_LABEL_REPEATED);
    return field;
}

/* ---- requests ---- */

static bool is_good(const struct stream *stream) {
    return !stream->reply || hf_ok((hf_status)stream->reply->status);
}

static void keep_reply(struct stream *stream, Hf__Reply *reply) {
    hf__reply__free_unpacked(stream->reply, NULL);
    stream->reply = reply;
}

/* A refusal by this program. */
static void refuse_line(struct stream *stream, hf_status status, const char *why) {
    Hf__Reply *reply = exchange_failure(status);
    free(reply->detail);
    reply->detail = shell_copy(why, strlen(why));
    keep_reply(stream, reply);
}

static void send_some(struct stream *stream, Hf__Any **values, size_t count) {
    struct fill *fill = stream->fill;
    const ProtobufCFieldDescriptor *field = lines_field(&fill->op);
    assert(count > 0 && count <= LINES_PER_REQUEST);
    ops_lend_values(fill->message, field, values, count);
    keep_reply(stream, exchange_call(stream->shell, stream->object, &fill->op, fill->message));
    ops_lend_values(fill->message, field, NULL, 0);
}

/* Send and release the values. Too many for the object at once: half as many from now on. */
static void send_values(struct stream *stream) {
    for (size_t at = 0; at < stream->count && is_good(stream);) {
        size_t left = stream->count - at;
        size_t count = left < stream->most ? left : stream->most;
        send_some(stream, stream->values + at, count);
        if (is_good(stream)) {
            at += count;
            stream->sent += count;
        } else if (stream->reply->status == HF__STATUS__TOO_BIG && count > 1) {
            stream->most = count / 2;
            keep_reply(stream, NULL);
        }
    }
    for (size_t i = 0; i < stream->count; i++) {
        hf__any__free_unpacked(stream->values[i], NULL);
    }
    stream->count = 0;
}

/* ---- lines ---- */

static void add_line(struct stream *stream, const char *line, size_t len) {
    if (!utf8_valid((const uint8_t *)line, len)) {
        send_values(stream);
        if (is_good(stream)) {
            refuse_line(stream, HF_INVALID, "the next line is not UTF-8");
        }
        return;
    }
    stream->values[stream->count++] = parse_as_text(line, len);
    if (stream->count == LINES_PER_REQUEST) {
        send_values(stream);
    }
}

/* Take the whole lines out of the bytes. */
static void add_lines(struct stream *stream) {
    const char *at = stream->bytes;
    const char *end = stream->bytes + stream->len;
    const char *newline = NULL;
    while (is_good(stream) && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        add_line(stream, at, (size_t)(newline - at));
        at = newline + 1;
    }
    stream->len = (size_t)(end - at);
    memmove(stream->bytes, at, stream->len);
}

/* False at the end of the input. */
static bool read_more(struct stream *stream) {
    if (stream->room - stream->len < READ_BYTES) {
        stream->room = stream->len * 2 + READ_BYTES;
        stream->bytes = shell_grow(stream->bytes, stream->room, 1);
    }
    ssize_t got = 0;
    do {
        got = read(STDIN_FILENO, stream->bytes + stream->len, stream->room - stream->len);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        refuse_line(stream, HF_SYSTEM, strerror(errno));
    }
    stream->len += got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* Say how far it came, so that the rest can be sent again. */
static void count_sent(struct stream *stream) {
    const char *detail = stream->reply->detail;
    char text[HF_DETAIL_MAX_BYTES + 64];
    (void)snprintf(text, sizeof text, "%s%safter %llu lines", detail ? detail : "",
                   detail ? ", " : "", (unsigned long long)stream->sent);
    free(stream->reply->detail);
    stream->reply->detail = shell_copy(text, strlen(text));
}

Hf__Reply *lines_send(struct shell *shell, uint64_t object, struct fill *fill) {
    struct stream stream = {
        .shell = shell, .object = object, .fill = fill, .most = LINES_PER_REQUEST};
    while (is_good(&stream) && read_more(&stream)) {
        add_lines(&stream);
        send_values(&stream);
        if (is_good(&stream) && stream.len > LINE_MAX_BYTES) {
            refuse_line(&stream, HF_TOO_BIG, "the next line is too long for a value");
        }
    }
    if (is_good(&stream) && stream.len > 0) { /* the last line has no newline */
        add_line(&stream, stream.bytes, stream.len);
        send_values(&stream);
    }
    free(stream.bytes);
    if (!stream.reply) {
        return exchange_failure(HF_OK);
    }
    if (!is_good(&stream)) {
        count_sent(&stream);
    }
    return stream.reply;
}
