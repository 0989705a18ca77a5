/* SPDX-License-Identifier: MIT
 *
 * See take.h.
 */
#include "take.h"

#include "detail.h"
#include "utf8.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>

hf_status take_missing(void) {
    return detail_set(HF_PROTOCOL, "the manager's answer lacks its result");
}

hf_status take_no_memory(void) {
    return detail_set(HF_NO_MEMORY, "no memory for the result");
}

static const char *kind_name(const Hf__Any *value) {
    switch (value->kind_case) {
    case HF__ANY__KIND_BOOL:
        return "a bool";
    case HF__ANY__KIND_INT:
        return "an int";
    case HF__ANY__KIND_DOUBLE:
        return "a double";
    case HF__ANY__KIND_STRING:
        return "a string";
    case HF__ANY__KIND_BYTES:
        return "bytes";
    case HF__ANY__KIND_LIST:
        return "a list";
    case HF__ANY__KIND_MAP:
        return "a map";
    case HF__ANY__KIND_REF:
        return "a reference";
    case HF__ANY__KIND__NOT_SET:
    case _HF__ANY__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return "null";
}

/* The value of a reply, if it is there and of this kind. */
static hf_status expect(const Hf__Reply *reply, Hf__Any__KindCase kind, const char *wanted,
                        const Hf__Any **value) {
    if (reply->result_case != HF__REPLY__RESULT_VALUE) {
        return take_missing();
    }
    if (reply->value->kind_case != kind) {
        return detail_set(HF_TYPE_ERROR, "the value is %s, not %s", kind_name(reply->value),
                          wanted);
    }
    *value = reply->value;
    return HF_OK;
}

static hf_status store_int(const Hf__Reply *reply, const struct take *take) {
    const Hf__Any *value = NULL;
    hf_status status = expect(reply, HF__ANY__KIND_INT, "an int", &value);
    if (status == HF_OK && take->out) {
        *(int64_t *)take->out = value->int_;
    }
    return status;
}

static hf_status store_double(const Hf__Reply *reply, const struct take *take) {
    const Hf__Any *value = NULL;
    hf_status status = expect(reply, HF__ANY__KIND_DOUBLE, "a double", &value);
    if (status == HF_OK && take->out) {
        *(double *)take->out = value->double_;
    }
    return status;
}

static hf_status store_bool(const Hf__Reply *reply, const struct take *take) {
    const Hf__Any *value = NULL;
    hf_status status = expect(reply, HF__ANY__KIND_BOOL, "a bool", &value);
    if (status == HF_OK && take->out) {
        *(bool *)take->out = value->bool_;
    }
    return status;
}

static void *duplicate(const ProtobufCBinaryData *data) {
    char *copy = malloc(data->len + 1);
    if (copy) {
        if (data->len > 0) {
            memcpy(copy, data->data, data->len);
        }
        copy[data->len] = 0;
    }
    return copy;
}

static hf_status store_string(const Hf__Reply *reply, const struct take *take) {
    const Hf__Any *value = NULL;
    hf_status status = expect(reply, HF__ANY__KIND_STRING, "a string", &value);
    if (status != HF_OK || !take->out) {
        return status;
    }
    if (value->string.len > 0 && memchr(value->string.data, 0, value->string.len)) {
        return detail_set(HF_TYPE_ERROR, "the string contains NUL: get it as a hf_any");
    }
    char *copy = duplicate(&value->string);
    if (!copy) {
        return take_no_memory();
    }
    *(char **)take->out = copy;
    return HF_OK;
}

static hf_status store_bytes(const Hf__Reply *reply, const struct take *take) {
    const Hf__Any *value = NULL;
    hf_status status = expect(reply, HF__ANY__KIND_BYTES, "bytes", &value);
    if (status != HF_OK) {
        return status;
    }
    if (take->out) {
        void *copy = duplicate(&value->bytes);
        if (!copy) {
            return take_no_memory();
        }
        *(void **)take->out = copy;
    }
    if (take->more) {
        *(size_t *)take->more = value->bytes.len;
    }
    return HF_OK;
}

static hf_status store_any(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_VALUE) {
        return take_missing();
    }
    if (!take->out) {
        return HF_OK;
    }
    return wire_take(reply->value, take->out) == HF_OK ? HF_OK : take_no_memory();
}

static hf_status store_number(const Hf__Reply *reply, const struct take *take) {
    bool is_bool = reply->result_case == HF__REPLY__RESULT_VALUE &&
                   reply->value->kind_case == HF__ANY__KIND_BOOL;
    if (!is_bool) {
        return store_int(reply, take);
    }
    if (take->out) {
        *(int64_t *)take->out = reply->value->bool_ ? 1 : 0;
    }
    return HF_OK;
}

static hf_status store_real(const Hf__Reply *reply, const struct take *take) {
    int64_t whole = 0;
    const struct take take_whole = {.out = &whole};
    if (reply->result_case == HF__REPLY__RESULT_VALUE &&
        reply->value->kind_case == HF__ANY__KIND_DOUBLE) {
        return store_double(reply, take);
    }
    hf_status status = store_number(reply, &take_whole);
    if (status == HF_OK && take->out) {
        *(double *)take->out = (double)whole;
    }
    return status;
}

static hf_status store_count(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_COUNT) {
        return take_missing();
    }
    if (take->out) {
        *(uint64_t *)take->out = reply->count;
    }
    return HF_OK;
}

static hf_status store_truth(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_TRUTH) {
        return take_missing();
    }
    if (take->out) {
        *(bool *)take->out = reply->truth;
    }
    return HF_OK;
}

static hf_status store_item(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_ITEM) {
        return take_missing();
    }
    hf_any key = hf_any_null();
    hf_any value = hf_any_null();
    if (wire_take(reply->item->key, &key) != HF_OK) {
        return take_no_memory();
    }
    if (wire_take(reply->item->value, &value) != HF_OK) {
        hf_any_clear(&key);
        return take_no_memory();
    }
    hf_any *outs[] = {take->out, take->more};
    hf_any *taken[] = {&key, &value};
    for (size_t i = 0; i < 2; i++) {
        if (outs[i]) {
            *outs[i] = *taken[i];
        } else {
            hf_any_clear(taken[i]);
        }
    }
    return HF_OK;
}

static hf_status store_values(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_VALUES) {
        return take_missing();
    }
    if (!take->out) {
        return HF_OK;
    }
    hf_any_array taken = {NULL, 0};
    if (wire_take_array(reply->values->items, reply->values->n_items, &taken) != HF_OK) {
        hf_any_array_clear(&taken);
        return take_no_memory();
    }
    *(hf_any_array *)take->out = taken;
    return HF_OK;
}

static hf_status store_handle(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_OBJECT) {
        return take_missing();
    }
    *(hf_client **)take->out = take->client;
    *(uint64_t *)take->more = reply->object->id;
    return HF_OK;
}

static hf_status store_delivery(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_DELIVERY) {
        return take_missing();
    }
    hf_delivery *out = take->out;
    if (!out) {
        return HF_OK;
    }
    if (wire_take(reply->delivery->value, &out->item) != HF_OK) {
        return take_no_memory();
    }
    out->id = reply->delivery->id;
    out->count = reply->delivery->count;
    return HF_OK;
}

static hf_status store_holder(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_HOLDER) {
        return take_missing();
    }
    if (take->out) {
        take_fill_holder(reply->holder, take->out);
    }
    return HF_OK;
}

void take_text(char *to, size_t size, const char *from) {
    utf8_copy(to, size, from ? from : "");
}

void take_fill_holder(const Hf__Holder *from, hf_holder *to) {
    *to = (hf_holder){.session = from->session,
                      .pid = from->pid,
                      .tid = from->tid,
                      .fence = from->fence,
                      .depth = from->depth,
                      .held_ms = from->held_ms,
                      .dead = from->dead,
                      .waiting = from->waiting};
    take_text(to->label, sizeof to->label, from->label);
}

/* The present number: what the reply to a mismatch says, else what was set. */
static hf_status store_present(const Hf__Reply *reply, const struct take *take) {
    if ((hf_status)reply->status == HF_MISMATCH) {
        return store_number(reply, take);
    }
    if ((hf_status)reply->status == HF_OK && take->out) {
        *(int64_t *)take->out = take->number;
    }
    return HF_OK;
}

struct take take_nothing(void) {
    return (struct take){.store = NULL};
}

struct take take_int(int64_t *out) {
    return (struct take){.store = store_int, .out = out};
}

struct take take_double(double *out) {
    return (struct take){.store = store_double, .out = out};
}

struct take take_bool(bool *out) {
    return (struct take){.store = store_bool, .out = out};
}

struct take take_string(char **out) {
    return (struct take){.store = store_string, .out = out};
}

struct take take_bytes(void **out, size_t *len) {
    return (struct take){.store = store_bytes, .out = out, .more = len};
}

struct take take_any(hf_any *out) {
    return (struct take){.store = store_any, .out = out};
}

struct take take_number(int64_t *out) {
    return (struct take){.store = store_number, .out = out};
}

struct take take_present(int64_t *out, int64_t replacement) {
    return (struct take){
        .store = store_present, .out = out, .number = replacement, .on_refusal = true};
}

struct take take_real(double *out) {
    return (struct take){.store = store_real, .out = out};
}

struct take take_count(uint64_t *out) {
    return (struct take){.store = store_count, .out = out};
}

struct take take_truth(bool *out) {
    return (struct take){.store = store_truth, .out = out};
}

struct take take_item(hf_any *key, hf_any *value) {
    return (struct take){.store = store_item, .out = key, .more = value};
}

struct take take_values(hf_any_array *out) {
    return (struct take){.store = store_values, .out = out};
}

struct take take_handle(hf_client **client, uint64_t *id) {
    return (struct take){.store = store_handle, .out = client, .more = id};
}

struct take take_holder(hf_holder *out) {
    return (struct take){.store = store_holder, .out = out};
}

static void fill_grant(const Hf__Grant *from, hf_grant *to) {
    *to = (hf_grant){.fence = from->fence, .depth = from->has_depth ? from->depth : 1};
    if (from->died) {
        take_fill_holder(from->died, &to->died);
    }
}

static hf_status store_grant(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_GRANT) {
        return take_missing();
    }
    if (take->out) {
        fill_grant(reply->grant, take->out);
    }
    return HF_OK;
}

static hf_status store_grants(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_GRANTS ||
        reply->grants->n_grants != (size_t)take->number) {
        return take_missing();
    }
    hf_grant *grants = take->out;
    for (size_t i = 0; grants && i < reply->grants->n_grants; i++) {
        fill_grant(reply->grants->grants[i], &grants[i]);
    }
    return HF_OK;
}

struct take take_grant(hf_grant *out) {
    return (struct take){.store = store_grant, .out = out};
}

struct take take_grants(hf_grant *out, size_t count) {
    return (struct take){.store = store_grants, .out = out, .number = (int64_t)count};
}

struct take take_delivery(hf_delivery *out) {
    return (struct take){.store = store_delivery, .out = out};
}
