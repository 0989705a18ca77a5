/* SPDX-License-Identifier: MIT
 *
 * Pipes: one function for each operation, see <holdfast/pipe.h>.
 */
#include "call.h"
#include "detail.h"

#include <assert.h>
#include <holdfast/pipe.h>
#include <string.h>

/* ---- open ---- */

static void set_ends(hf_client *client, uint64_t id, hf_pipe_end *end0, hf_pipe_end *end1) {
    if (end0) {
        *end0 = (hf_pipe_end){client, id, 0};
    }
    if (end1) {
        *end1 = (hf_pipe_end){client, id, 1};
    }
}

static hf_status store_ends(const Hf__Reply *reply, const struct sink *sink) {
    assert(sink->client);
    set_ends(sink->client, reply->object->id, sink->out, sink->more);
    return HF_OK;
}

hf_status hf_pipe_open(hf_client *client, const char *name, const hf_pipe_options *options,
                       hf_pipe_end *end0, hf_pipe_end *end1) {
    struct call call;
    const hf_pipe_options given = options ? *options : (hf_pipe_options){.one_way = false};
    Hf__PipeOpen *op = call_begin_open(&call, client, HF__REQUEST__OP_PIPE_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_one_way = op->one_way = given.one_way;
    op->has_max_messages = given.max_messages != 0;
    op->max_messages = given.max_messages;
    return call_finish(
        &call, HF__REQUEST__OP_PIPE_OPEN, &op->base,
        (struct sink){store_ends, HF__REPLY__RESULT_OBJECT, .out = end0, .more = end1});
}

hf_any hf_pipe_ref(hf_pipe_end end) {
    return hf_any_ref(end.id);
}

hf_status hf_pipe_from_ref(hf_client *client, hf_any ref, hf_pipe_end *end0, hf_pipe_end *end1) {
    hf_pipe_end end = {0};
    hf_status status = call_from_ref(client, ref, &end.client, &end.id);
    if (status == HF_OK) {
        set_ends(end.client, end.id, end0, end1);
    }
    return status;
}

hf_status hf_pipe_attach(hf_pipe_end end) {
    return call_with_number(HF_OBJECT(end), 0, HF__REQUEST__OP_PIPE_ATTACH, end.end,
                            sink_nothing());
}

/* ---- send ---- */

hf_status hf_pipe_send_any(hf_pipe_end end, hf_any message, int64_t timeout_ms) {
    struct call call;
    Hf__Any wire;
    Hf__PipeSend op = HF__PIPE_SEND__INIT;
    call_begin(&call, end.client, end.id);
    call_timeout(&call, timeout_ms);
    op.end = end.end;
    op.value = call_any(&call, message, &wire);
    return call_finish(&call, HF__REQUEST__OP_PIPE_SEND, &op.base, sink_nothing());
}

hf_status hf_pipe_send_int(hf_pipe_end end, int64_t message, int64_t timeout_ms) {
    return hf_pipe_send_any(end, hf_any_int(message), timeout_ms);
}

hf_status hf_pipe_send_string(hf_pipe_end end, const char *message, int64_t timeout_ms) {
    return hf_pipe_send_any(end, hf_any_string(message), timeout_ms);
}

hf_status hf_pipe_send_bytes(hf_pipe_end end, const void *message, size_t len, int64_t timeout_ms) {
    return hf_pipe_send_any(end, hf_any_bytes(message, len), timeout_ms);
}

/* ---- receive ---- */

enum { NO_LIMIT = -1 };

static hf_status pipe_receive(hf_pipe_end end, int64_t timeout_ms, int64_t max_bytes,
                              struct sink sink) {
    struct call call;
    Hf__PipeReceive op = HF__PIPE_RECEIVE__INIT;
    call_begin(&call, end.client, end.id);
    call_timeout(&call, timeout_ms);
    op.end = end.end;
    op.has_max_bytes = max_bytes != NO_LIMIT;
    op.max_bytes = (uint64_t)max_bytes;
    return call_finish(&call, HF__REQUEST__OP_PIPE_RECEIVE, &op.base, sink_before(sink));
}

hf_status hf_pipe_receive_int(hf_pipe_end end, int64_t timeout_ms, int64_t *message) {
    return pipe_receive(end, timeout_ms, NO_LIMIT, sink_int(message));
}

hf_status hf_pipe_receive_string(hf_pipe_end end, int64_t timeout_ms, char **message) {
    return pipe_receive(end, timeout_ms, NO_LIMIT, sink_string(message));
}

hf_status hf_pipe_receive_bytes(hf_pipe_end end, int64_t timeout_ms, void **message, size_t *len) {
    return pipe_receive(end, timeout_ms, NO_LIMIT, sink_bytes(message, len));
}

hf_status hf_pipe_receive_any(hf_pipe_end end, int64_t timeout_ms, hf_any *message) {
    return pipe_receive(end, timeout_ms, NO_LIMIT, sink_any(message));
}

/* Into the caller's memory, which has room for sink->number bytes. */
static hf_status store_into(const Hf__Reply *reply, const struct sink *sink) {
    assert(sink->number >= 0);
    const Hf__Any *value = reply->value;
    bool is_string = value->kind_case == HF__ANY__KIND_STRING;
    if (!is_string && value->kind_case != HF__ANY__KIND_BYTES) {
        return detail_set(HF_TYPE_ERROR, "the message is neither bytes nor a string");
    }
    const ProtobufCBinaryData *data = is_string ? &value->string : &value->bytes;
    if (data->len > (uint64_t)sink->number) {
        return detail_set(HF_PROTOCOL,
                          "the manager sent a message that is longer than the limit of the call");
    }
    if (data->len > 0) {
        memcpy(sink->out, data->data, data->len);
    }
    if (sink->more) {
        *(size_t *)sink->more = data->len;
    }
    return HF_OK;
}

hf_status hf_pipe_receive_into(hf_pipe_end end, void *buffer, size_t size, int64_t timeout_ms,
                               size_t *len) {
    const uint64_t most = size;
    int64_t room = most <= INT64_MAX ? (int64_t)most : INT64_MAX;
    return pipe_receive(
        end, timeout_ms, room,
        (struct sink){store_into, HF__REPLY__RESULT_VALUE, .out = buffer, .more = len,
                      .number = room,
                      .expect = HF__EXPECT__EXPECT_STRING | HF__EXPECT__EXPECT_BYTES});
}

hf_status hf_pipe_poll(hf_pipe_end end, int64_t timeout_ms) {
    return call_with_number(HF_OBJECT(end), timeout_ms, HF__REQUEST__OP_PIPE_POLL, end.end,
                            sink_nothing());
}

hf_status hf_pipe_close(hf_pipe_end end) {
    return call_with_number(HF_OBJECT(end), 0, HF__REQUEST__OP_PIPE_CLOSE, end.end, sink_nothing());
}
