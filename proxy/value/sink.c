/* SPDX-License-Identifier: MIT
 *
 * See sink.h.
 */
#include "sink.h"

#include "detail.h"
#include "unpack.h"
#include "utf8.h"
#include "wire.h"

#include <assert.h>
#include <string.h>

hf_status sink_missing(void) {
    return detail_set(HF_PROTOCOL, "the manager's answer lacks its result");
}

hf_status sink_no_memory(void) {
    return detail_set(HF_NO_MEMORY, "no memory for the result");
}

hf_status sink_refused(hf_status status) {
    if (status == HF_PROTOCOL || status == HF_TOO_BIG) {
        return detail_set(status, "the manager's answer cannot be read: a value is %s",
                          status == HF_PROTOCOL ? "broken" : "nested too deep");
    }
    return status == HF_OK ? HF_OK : sink_no_memory();
}

hf_status sink_fill(const struct sink *sink, const Hf__Reply *reply) {
    if (sink->result != HF__REPLY__RESULT__NOT_SET && sink->result != reply->result_case) {
        return sink_missing();
    }
    return sink->store(reply, sink);
}

/* HF_TYPE_ERROR: the value is of another kind. */
static hf_status expect(const Hf__Any *value, Hf__Any__KindCase kind) {
    static const char *const names[] = {
        [HF__ANY__KIND__NOT_SET] = "null",
        [HF__ANY__KIND_BOOL] = "a bool",
        [HF__ANY__KIND_INT] = "an int",
        [HF__ANY__KIND_DOUBLE] = "a double",
        [HF__ANY__KIND_STRING] = "a string",
        [HF__ANY__KIND_BYTES] = "bytes",
        [HF__ANY__KIND_LIST] = "a list",
        [HF__ANY__KIND_MAP] = "a map",
        [HF__ANY__KIND_REF] = "a reference",
        [HF__ANY__KIND_TUPLE] = "a tuple",
        [HF__ANY__KIND_BIG] = "an int of more than 64 bits",
        [HF__ANY__KIND_OPAQUE] = "an opaque value",
    };
    assert(value->kind_case < sizeof names / sizeof names[0]);
    return value->kind_case == kind ? HF_OK
                                    : detail_set(HF_TYPE_ERROR, "the value is %s, not %s",
                                                 names[value->kind_case], names[kind]);
}

static hf_status store_int(const Hf__Reply *reply, const struct sink *sink) {
    hf_status status = expect(reply->value, HF__ANY__KIND_INT);
    if (status == HF_OK && sink->out) {
        *(int64_t *)sink->out = reply->value->int_;
    }
    return status;
}

static hf_status store_double(const Hf__Reply *reply, const struct sink *sink) {
    hf_status status = expect(reply->value, HF__ANY__KIND_DOUBLE);
    if (status == HF_OK && sink->out) {
        *(double *)sink->out = reply->value->double_;
    }
    return status;
}

static hf_status store_bool(const Hf__Reply *reply, const struct sink *sink) {
    hf_status status = expect(reply->value, HF__ANY__KIND_BOOL);
    if (status == HF_OK && sink->out) {
        *(bool *)sink->out = reply->value->bool_;
    }
    return status;
}

static hf_status store_string(const Hf__Reply *reply, const struct sink *sink) {
    const ProtobufCBinaryData *string = &reply->value->string;
    hf_status status = expect(reply->value, HF__ANY__KIND_STRING);
    if (status != HF_OK || !sink->out) {
        return status;
    }
    if (string->len > 0 && memchr(string->data, 0, string->len)) {
        return detail_set(HF_TYPE_ERROR, "the string contains NUL: get it as a hf_any");
    }
    char *copy = unpack_copy(string->data, string->len);
    if (!copy) {
        return sink_no_memory();
    }
    *(char **)sink->out = copy;
    return HF_OK;
}

static hf_status store_bytes(const Hf__Reply *reply, const struct sink *sink) {
    hf_status status = expect(reply->value, HF__ANY__KIND_BYTES);
    if (status != HF_OK) {
        return status;
    }
    if (sink->out) {
        void *copy = unpack_copy(reply->value->bytes.data, reply->value->bytes.len);
        if (!copy) {
            return sink_no_memory();
        }
        *(void **)sink->out = copy;
    }
    if (sink->more) {
        *(size_t *)sink->more = reply->value->bytes.len;
    }
    return HF_OK;
}

static hf_status store_any(const Hf__Reply *reply, const struct sink *sink) {
    if (!sink->out) {
        return HF_OK;
    }
    return sink_refused(wire_take(reply->value, sink->out));
}

static hf_status store_number(const Hf__Reply *reply, const struct sink *sink) {
    if (reply->value->kind_case != HF__ANY__KIND_BOOL) {
        return store_int(reply, sink);
    }
    if (sink->out) {
        *(int64_t *)sink->out = reply->value->bool_ ? 1 : 0;
    }
    return HF_OK;
}

static hf_status store_real(const Hf__Reply *reply, const struct sink *sink) {
    int64_t whole = 0;
    const struct sink whole_sink = {.out = &whole};
    if (reply->value->kind_case == HF__ANY__KIND_DOUBLE) {
        return store_double(reply, sink);
    }
    hf_status status = store_number(reply, &whole_sink);
    if (status == HF_OK && sink->out) {
        *(double *)sink->out = (double)whole;
    }
    return status;
}

static hf_status store_ttl(const Hf__Reply *reply, const struct sink *sink) {
    if (reply->value->kind_case != HF__ANY__KIND__NOT_SET) {
        return store_int(reply, sink);
    }
    if (sink->out) {
        *(int64_t *)sink->out = -1;
    }
    return HF_OK;
}

static hf_status store_count(const Hf__Reply *reply, const struct sink *sink) {
    if (sink->out) {
        *(uint64_t *)sink->out = reply->count;
    }
    return HF_OK;
}

static hf_status store_truth(const Hf__Reply *reply, const struct sink *sink) {
    if (sink->out) {
        *(bool *)sink->out = reply->truth;
    }
    return HF_OK;
}

static hf_status store_item(const Hf__Reply *reply, const struct sink *sink) {
    assert(reply->item->key && reply->item->value);
    hf_any taken[2] = {hf_any_null(), hf_any_null()};
    hf_status status = wire_take(reply->item->key, &taken[0]);
    if (status == HF_OK) {
        status = wire_take(reply->item->value, &taken[1]);
    }
    if (status != HF_OK) {
        hf_any_clear(&taken[0]);
        return sink_refused(status);
    }
    hf_any *outs[] = {sink->out, sink->more};
    for (size_t i = 0; i < 2; i++) {
        if (outs[i]) {
            *outs[i] = taken[i];
        } else {
            hf_any_clear(&taken[i]);
        }
    }
    return HF_OK;
}

static hf_status store_values(const Hf__Reply *reply, const struct sink *sink) {
    if (!sink->out) {
        return HF_OK;
    }
    hf_any_array taken = {NULL, 0};
    hf_status status = wire_take_array(reply->values->items, reply->values->n_items, &taken);
    if (status != HF_OK) {
        hf_any_array_clear(&taken);
        return sink_refused(status);
    }
    *(hf_any_array *)sink->out = taken;
    return HF_OK;
}

static hf_status store_handle(const Hf__Reply *reply, const struct sink *sink) {
    assert(sink->client);
    *(hf_client **)sink->out = sink->client;
    *(uint64_t *)sink->more = reply->object->id;
    return HF_OK;
}

static hf_status store_delivery(const Hf__Reply *reply, const struct sink *sink) {
    hf_delivery *out = sink->out;
    if (!out) {
        return HF_OK;
    }
    hf_delivery taken = {.id = reply->delivery->id,
                         .count = reply->delivery->count,
                         .item_id = reply->delivery->item};
    hf_status status = wire_take(reply->delivery->value, &taken.item);
    if (status != HF_OK) {
        return sink_refused(status);
    }
    *out = taken;
    return HF_OK;
}

static hf_status store_holder(const Hf__Reply *reply, const struct sink *sink) {
    if (sink->out) {
        sink_fill_holder(reply->holder, sink->out);
    }
    return HF_OK;
}

void sink_text(char *to, size_t size, const char *from) {
    utf8_copy(to, size, from ? from : "");
}

void sink_fill_holder(const Hf__Holder *from, hf_holder *to) {
    *to = (hf_holder){.session = from->session,
                      .party = from->party,
                      .pid = from->pid,
                      .tid = from->tid,
                      .fence = from->fence,
                      .depth = from->depth,
                      .held_ms = from->held_ms,
                      .dead = from->dead,
                      .left = from->left,
                      .waiting = from->waiting,
                      .lease_left_ms = from->has_lease_left_ms ? (int64_t)from->lease_left_ms : -1,
                      .lost = (hf_loss)from->lost};
    sink_text(to->label, sizeof to->label, from->label);
}

/* The number that is stored now: a mismatch has it in its reply, otherwise it is the new one. */
static hf_status store_present(const Hf__Reply *reply, const struct sink *sink) {
    if ((hf_status)reply->status == HF_MISMATCH) {
        const struct sink number = sink_number(sink->out);
        return sink_fill(&number, reply);
    }
    if ((hf_status)reply->status == HF_OK && sink->out) {
        *(int64_t *)sink->out = sink->number;
    }
    return HF_OK;
}

struct sink sink_nothing(void) {
    return (struct sink){.store = NULL};
}

struct sink sink_bytes(void **out, size_t *len) {
    return (struct sink){store_bytes, HF__REPLY__RESULT_VALUE, .out = out, .more = len};
}

struct sink sink_present(int64_t *out, int64_t replacement) {
    return (struct sink){
        .store = store_present, .out = out, .number = replacement, .on_refusal = true};
}

struct sink sink_ttl(int64_t *out) {
    return (struct sink){store_ttl, HF__REPLY__RESULT_VALUE, .out = out};
}

struct sink sink_item(hf_any *key, hf_any *value) {
    return (struct sink){store_item, HF__REPLY__RESULT_ITEM, .out = key, .more = value};
}

struct sink sink_handle(hf_client **client, uint64_t *id) {
    return (struct sink){store_handle, HF__REPLY__RESULT_OBJECT, .out = client, .more = id};
}

static void fill_grant(const Hf__Grant *from, hf_grant *to) {
    *to = (hf_grant){.fence = from->fence, .depth = from->has_depth ? from->depth : 1};
    if (from->died) {
        sink_fill_holder(from->died, &to->died);
    }
}

static hf_status store_grant(const Hf__Reply *reply, const struct sink *sink) {
    if (sink->out) {
        fill_grant(reply->grant, sink->out);
    }
    return HF_OK;
}

static hf_status store_grants(const Hf__Reply *reply, const struct sink *sink) {
    assert(sink->number >= 0);
    if (reply->grants->n_grants != (size_t)sink->number) {
        return sink_missing();
    }
    hf_grant *grants = sink->out;
    for (size_t i = 0; grants && i < reply->grants->n_grants; i++) {
        fill_grant(reply->grants->grants[i], &grants[i]);
    }
    return HF_OK;
}

struct sink sink_grants(hf_grant *out, size_t count) {
    return (struct sink){store_grants, HF__REPLY__RESULT_GRANTS, .out = out,
                         .number = (int64_t)count};
}

/* Define sink_NAME() of a result with one output. */
#define SINK(name, which, type)                                                                    \
    struct sink sink_##name(type out) {                                                            \
        return (struct sink){store_##name, HF__REPLY__RESULT_##which, .out = out};                 \
    }

SINK(int, VALUE, int64_t *)
SINK(double, VALUE, double *)
SINK(bool, VALUE, bool *)
SINK(string, VALUE, char **)
SINK(any, VALUE, hf_any *)
SINK(number, VALUE, int64_t *)
SINK(real, VALUE, double *)
SINK(count, COUNT, uint64_t *)
SINK(truth, TRUTH, bool *)
SINK(values, VALUES, hf_any_array *)
SINK(holder, HOLDER, hf_holder *)
SINK(grant, GRANT, hf_grant *)
SINK(delivery, DELIVERY, hf_delivery *)

struct sink sink_before(struct sink sink) {
    static const struct {
        sink_store *store;
        uint32_t kinds;
    } rows[] = {
        {store_int, HF__EXPECT__EXPECT_INT},
        {store_double, HF__EXPECT__EXPECT_DOUBLE},
        {store_bool, HF__EXPECT__EXPECT_BOOL},
        {store_string, HF__EXPECT__EXPECT_TEXT},
        {store_bytes, HF__EXPECT__EXPECT_BYTES},
        {store_number, HF__EXPECT__EXPECT_BOOL | HF__EXPECT__EXPECT_INT},
        {store_real, HF__EXPECT__EXPECT_BOOL | HF__EXPECT__EXPECT_INT | HF__EXPECT__EXPECT_DOUBLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].store == sink.store) {
            sink.expect = rows[i].kinds;
        }
    }
    return sink;
}
