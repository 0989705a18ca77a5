/* SPDX-License-Identifier: MIT
 *
 * The floor: the frames of Holdfast's gets and sets, sent to a server that does nothing but receive
 * and send (echo.c), by a client that does nothing else either. It keeps nothing: every get is
 * answered with the value of all items.
 */
#include "check.h"
#include "driver.h"
#include "echo.h"
#include "frame.h"
#include "stream.h"
#include "wire_limits.h"

#include <holdfast.pb-c.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_MAX = 128, OBJECT = 10 };

static size_t floor_pack(uint8_t frame[FRAME_MAX], const ProtobufCMessage *message) {
    size_t len = protobuf_c_message_get_packed_size(message);
    must(HF_FRAME_HEADER_BYTES + len <= FRAME_MAX, "too long a frame");
    frame_put_header(frame, (uint32_t)len);
    return HF_FRAME_HEADER_BYTES + protobuf_c_message_pack(message, frame + HF_FRAME_HEADER_BYTES);
}

static pid_t launch(const char *socket) {
    static uint8_t frame[FRAME_MAX];
    Hf__Any value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_INT;
    value.int_ = NUMBER_START;
    Hf__Reply reply = HF__REPLY__INIT;
    reply.has_id = true;
    reply.id = 1; /* the place of a byte into which the request's is written */
    reply.result_case = HF__REPLY__RESULT_VALUE;
    reply.value = &value;
    return echo_start(socket, frame, floor_pack(frame, &reply.base));
}

/* A frame that was packed once, and where its key is. */
struct request {
    uint8_t frame[FRAME_MAX];
    size_t len;
    uint8_t *key;
};

struct connection {
    struct stream *stream;
    struct request get, set;
};

static void pack_request(struct request *request, Hf__Request *message, const char *key) {
    message->has_id = true;
    message->id = 1;
    message->has_object = true;
    message->object = OBJECT;
    request->len = floor_pack(request->frame, &message->base);
    request->key = memmem(request->frame, request->len, key, KEY_BYTES);
    must(request->key, "no key in the frame");
}

static void pack_requests(struct connection *connection) {
    static char text[] = "key-000000000000";
    Hf__Any key = HF__ANY__INIT;
    key.kind_case = HF__ANY__KIND_STRING;
    key.string = (ProtobufCBinaryData){KEY_BYTES, (uint8_t *)text};
    Hf__Any number = HF__ANY__INIT;
    number.kind_case = HF__ANY__KIND_INT;
    number.int_ = NUMBER_START;
    Hf__DictGet get = HF__DICT_GET__INIT;
    get.key = &key;
    Hf__DictSet set = HF__DICT_SET__INIT;
    set.key = &key;
    set.value = &number;
    Hf__Request request = HF__REQUEST__INIT;
    request.op_case = HF__REQUEST__OP_DICT_GET;
    request.dict_get = &get;
    pack_request(&connection->get, &request, text);
    request.op_case = HF__REQUEST__OP_DICT_SET;
    request.dict_set = &set;
    pack_request(&connection->set, &request, text);
}

static void *floor_connect(const char *socket, uint64_t entries) {
    (void)entries;
    struct connection *made = calloc(1, sizeof *made);
    must(made, "no memory");
    made->stream = stream_open(socket);
    pack_requests(made);
    return made;
}

static void floor_disconnect(void *of) {
    struct connection *connection = of;
    stream_close(connection->stream);
    free(connection);
}

static void floor_ask(const struct connection *connection, struct request *request,
                      const char *key) {
    uint8_t reply[FRAME_MAX];
    memcpy(request->key, key, KEY_BYTES);
    stream_send(connection->stream, request->frame, request->len);
    size_t len = stream_receive(connection->stream, reply, sizeof reply);
    must(len == HF_FRAME_HEADER_BYTES + frame_body_len(reply), "a frame in parts");
}

static void floor_get(void *of, const char *key, int64_t *value) {
    struct connection *connection = of;
    floor_ask(connection, &connection->get, key);
    *value = NUMBER_START;
}

static void floor_set(void *of, const char *key, int64_t value) {
    struct connection *connection = of;
    (void)value; /* the same for all */
    floor_ask(connection, &connection->set, key);
}

static struct server floor_server = {.name = "floor", .launch = launch};

const struct driver floor_driver = {
    .name = "floor (echo)",
    .server = &floor_server,
    .connect = floor_connect,
    .disconnect = floor_disconnect,
    .get = floor_get,
    .set = floor_set,
};
