/* SPDX-License-Identifier: MIT
 *
 * See column.h. Values lie in rows of `stride` values; a column is every stride-th value.
 */
#include "column.h"

#include "decode.h"
#include "detail.h"
#include "encode.h"
#include "message.h"
#include "wire.h"
#include "wire_limits.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8 };

static hf_status no_memory_for_task(void) {
    return detail_set(HF_NO_MEMORY, "no memory for the values of a task");
}

static hf_status malformed_task(const char *why) {
    return detail_set(HF_INVALID, "the values of a task cannot be read: %s", why);
}

/* ---- from values to a column ---- */

static bool all_are(hf_any_kind kind, const hf_any *values, size_t count, size_t stride) {
    assert(count > 0 && stride > 0);
    for (size_t i = 0; i < count; i++) {
        if (values[i * stride].kind != kind) {
            return false;
        }
    }
    return true;
}

static hf_status put_ints(struct scratch *scratch, const hf_any *values, size_t count,
                          size_t stride, Hf__Column *column) {
    uint8_t *bytes = scratch_take(scratch, count, HF_VARINT_MAX_BYTES);
    if (!bytes) {
        return no_memory_for_task();
    }
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = (uint64_t)values[i * stride].as_int;
        len += encode_varint(bytes + len, number << 1 ^ -(number >> 63));
    }
    assert(len <= count * HF_VARINT_MAX_BYTES);
    column->has_ints = true;
    column->ints = (ProtobufCBinaryData){len, bytes};
    return HF_OK;
}

static hf_status put_doubles(struct scratch *scratch, const hf_any *values, size_t count,
                             size_t stride, Hf__Column *column) {
    uint8_t *bytes = scratch_take(scratch, count, sizeof(uint64_t));
    if (!bytes) {
        return no_memory_for_task();
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        memcpy(&bits, &values[i * stride].as_double, sizeof bits);
        bits = htole64(bits);
        memcpy(bytes + i * sizeof bits, &bits, sizeof bits);
    }
    column->has_doubles = true;
    column->doubles = (ProtobufCBinaryData){count * sizeof(uint64_t), bytes};
    return HF_OK;
}

static hf_status put_any(struct scratch *scratch, const hf_any *values, size_t count, size_t stride,
                         Hf__Column *column, struct references *references) {
    Hf__Any **pointers = scratch_take(scratch, count, sizeof *pointers);
    Hf__Any *wires = scratch_take(scratch, count, sizeof *wires);
    if (!pointers || !wires) {
        return no_memory_for_task();
    }
    hf_status status = HF_OK;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        pointers[i] = &wires[i];
        status = wire_put(scratch, values[i * stride], &wires[i]);
        if (status == HF_OK) {
            status = references_collect(references, &values[i * stride]);
        }
    }
    column->n_values = count;
    column->values = pointers;
    return status;
}

static hf_status put_column(struct scratch *scratch, const hf_any *values, size_t count,
                            size_t stride, Hf__Column *column, struct references *references) {
    hf__column__init(column);
    if (all_are(HF_ANY_INT, values, count, stride)) {
        return put_ints(scratch, values, count, stride, column);
    }
    if (all_are(HF_ANY_DOUBLE, values, count, stride)) {
        return put_doubles(scratch, values, count, stride, column);
    }
    return put_any(scratch, values, count, stride, column, references);
}

static hf_status append_message(struct buffer *out, const ProtobufCMessage *message) {
    enum { SMALL_BYTES = 64 };
    size_t len = 0;
    if (!buffer_reserve(out, SMALL_BYTES) || !message_put(out, 0, message, &len)) {
        return no_memory_for_task();
    }
    out->end += len;
    assert(out->end <= out->capacity);
    return HF_OK;
}

/* ---- from a column to values ---- */

static hf_status take_ints(const ProtobufCBinaryData *ints, size_t count, hf_any *values,
                           size_t stride) {
    const uint8_t *at = ints->data;
    const uint8_t *end = at + ints->len;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = 0;
        if (at == end || !decode_varint(&at, end, &number)) {
            return malformed_task("there are too few ints");
        }
        int64_t value = (int64_t)(number >> 1 ^ -(number & 1));
        values[i * stride] = (hf_any){.kind = HF_ANY_INT, .as_int = value};
    }
    return at == end ? HF_OK : malformed_task("there are too many ints");
}

static hf_status take_doubles(const ProtobufCBinaryData *doubles, size_t count, hf_any *values,
                              size_t stride) {
    if (doubles->len / sizeof(double) != count || doubles->len % sizeof(double) != 0) {
        return malformed_task("there are too few or too many doubles");
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        memcpy(&bits, doubles->data + i * sizeof bits, sizeof bits);
        bits = le64toh(bits);
        hf_any *value = &values[i * stride];
        value->kind = HF_ANY_DOUBLE;
        memcpy(&value->as_double, &bits, sizeof bits);
    }
    return HF_OK;
}

static hf_status take_values(const Hf__Column *column, size_t count, hf_any *values,
                             size_t stride) {
    if (column->n_values != count) {
        return malformed_task("there are too few or too many values");
    }
    for (size_t i = 0; i < count; i++) {
        hf_any *value = &values[i * stride];
        hf_status status = wire_take(column->values[i], value);
        if (status != HF_OK) {
            return status == HF_NO_MEMORY ? no_memory_for_task()
                   : status == HF_TOO_BIG
                       ? detail_set(status, "a value is nested deeper than %u", HF_VALUE_MAX_DEPTH)
                       : malformed_task("one is broken");
        }
        status = references_collect(NULL, value);
        if (status != HF_OK) {
            return status;
        }
    }
    return HF_OK;
}

/* The values are null at first. If this fails, the caller releases the values taken so far. */
static hf_status take_column(const Hf__Column *column, size_t count, hf_any *values,
                             size_t stride) {
    assert(count > 0 && stride > 0);
    if (column->has_ints + column->has_doubles + (column->n_values > 0) != 1) {
        return malformed_task("a column must be ints, doubles or values");
    }
    return column->has_ints      ? take_ints(&column->ints, count, values, stride)
           : column->has_doubles ? take_doubles(&column->doubles, count, values, stride)
                                 : take_values(column, count, values, stride);
}

static hf_status unpack(struct scratch *scratch, const ProtobufCMessageDescriptor *descriptor,
                        const uint8_t *bytes, size_t len, ProtobufCMessage **message) {
    struct decoder decoder = message_decoder(scratch, len);
    hf_status status = decode(&decoder, descriptor, bytes, len, message);
    if (status == HF_OK) {
        return HF_OK;
    }
    bool too_much = status == HF_NO_MEMORY || status == HF_TOO_BIG;
    return detail_set(too_much ? status : HF_INVALID, "the values of a task cannot be read: %s %s",
                      decoder.field ? decoder.field : "the message", decoder.why);
}

/* ---- calls ---- */

hf_status calls_encode(struct buffer *out, const hf_any *arguments, size_t count, size_t width,
                       struct references *references) {
    assert(count > 0);
    if (count > HF_FRAME_MAX_BYTES) {
        return detail_set(HF_TOO_BIG, "a task cannot have more than %u calls", HF_FRAME_MAX_BYTES);
    }
    struct scratch scratch;
    Hf__TaskCalls calls = HF__TASK_CALLS__INIT;
    scratch_init(&scratch);
    Hf__Column **pointers = scratch_take(&scratch, width, sizeof *pointers);
    Hf__Column *columns = scratch_take(&scratch, width, sizeof *columns);
    hf_status status = pointers && columns ? HF_OK : no_memory_for_task();
    for (size_t i = 0; i < width && status == HF_OK; i++) {
        pointers[i] = &columns[i];
        status = put_column(&scratch, arguments + i, count, width, &columns[i], references);
    }
    calls.count = (uint32_t)count;
    calls.n_arguments = width;
    calls.arguments = pointers;
    status = status == HF_OK ? append_message(out, &calls.base) : status;
    scratch_fini(&scratch);
    return status;
}

/* Each value takes a byte at least, also in the outcomes. So the memory that is taken stays in
 * proportion to the bytes that were sent. */
static bool plausible(const Hf__TaskCalls *wire, size_t len) {
    size_t width = wire->n_arguments;
    return wire->count > 0 && wire->count <= (width > 0 ? len / width : HF_FRAME_MAX_BYTES);
}

static hf_status take_calls(const Hf__TaskCalls *wire, struct calls *calls) {
    assert(!calls->arguments && wire->count > 0);
    calls->width = wire->n_arguments;
    calls->count = wire->count;
    calls->arguments = calloc(calls->count * calls->width + 1, sizeof *calls->arguments);
    if (!calls->arguments) {
        return no_memory_for_task();
    }
    hf_status status = HF_OK;
    for (size_t i = 0; i < calls->width && status == HF_OK; i++) {
        status = take_column(wire->arguments[i], calls->count, calls->arguments + i, calls->width);
    }
    return status;
}

hf_status calls_decode(const uint8_t *bytes, size_t len, struct calls *calls) {
    struct scratch scratch;
    ProtobufCMessage *message = NULL;
    *calls = (struct calls){NULL, 0, 0};
    scratch_init(&scratch);
    hf_status status = unpack(&scratch, &hf__task_calls__descriptor, bytes, len, &message);
    const Hf__TaskCalls *wire = (const Hf__TaskCalls *)message;
    if (status == HF_OK && !plausible(wire, len)) {
        status = malformed_task("it has no calls, or more calls than bytes");
    }
    status = status == HF_OK ? take_calls(wire, calls) : status;
    if (status != HF_OK) {
        calls_fini(calls);
    }
    scratch_fini(&scratch);
    return status;
}

const hf_any *calls_nth(const struct calls *calls, size_t index) {
    assert(index < calls->count);
    return calls->arguments + index * calls->width;
}

void calls_fini(struct calls *calls) {
    for (size_t i = 0; calls->arguments && i < calls->count * calls->width; i++) {
        hf_any_clear(&calls->arguments[i]);
    }
    free(calls->arguments);
    *calls = (struct calls){NULL, 0, 0};
}

/* ---- outcomes ---- */

hf_status failures_add(struct failures *failures, size_t call, hf_status status,
                       const char *detail) {
    assert(status != HF_OK);
    assert(failures->count == 0 || failures->items[failures->count - 1].call < call);
    if (failures->count == failures->capacity) {
        size_t capacity = failures->capacity ? failures->capacity * 2 : FIRST_CAPACITY;
        struct failure *items = reallocarray(failures->items, capacity, sizeof *items);
        if (!items) {
            return no_memory_for_task();
        }
        failures->items = items;
        failures->capacity = capacity;
    }
    char *copy = strdup(detail ? detail : "");
    if (!copy) {
        return no_memory_for_task();
    }
    assert(failures->items && failures->count < failures->capacity);
    failures->items[failures->count++] = (struct failure){call, status, copy};
    return HF_OK;
}

void failures_fini(struct failures *failures) {
    for (size_t i = 0; i < failures->count; i++) {
        free(failures->items[i].detail);
    }
    free(failures->items);
    *failures = (struct failures){NULL, 0, 0};
}

static hf_status put_failures(struct scratch *scratch, const struct failures *failures,
                              Hf__TaskOutcomes *outcomes) {
    size_t count = failures->count;
    Hf__Failure **pointers = scratch_take(scratch, count, sizeof *pointers);
    Hf__Failure *wires = scratch_take(scratch, count, sizeof *wires);
    if (!pointers || !wires) {
        return no_memory_for_task();
    }
    for (size_t i = 0; i < count; i++) {
        const struct failure *failure = &failures->items[i];
        pointers[i] = &wires[i];
        hf__failure__init(&wires[i]);
        assert(failure->detail && failure->status != HF_OK);
        wires[i].call = (uint32_t)failure->call;
        wires[i].status = (Hf__Status)failure->status;
        wires[i].detail = failure->detail[0] ? failure->detail : NULL;
    }
    outcomes->n_failures = count;
    outcomes->failures = pointers;
    return HF_OK;
}

hf_status outcomes_encode(struct buffer *out, const hf_any *values, size_t count,
                          const struct failures *failures, struct references *references) {
    assert(count > 0 && count <= HF_FRAME_MAX_BYTES);
    struct scratch scratch;
    Hf__TaskOutcomes outcomes = HF__TASK_OUTCOMES__INIT;
    Hf__Column column;
    scratch_init(&scratch);
    hf_status status = put_column(&scratch, values, count, 1, &column, references);
    outcomes.values = &column;
    status = status == HF_OK ? put_failures(&scratch, failures, &outcomes) : status;
    status = status == HF_OK ? append_message(out, &outcomes.base) : status;
    scratch_fini(&scratch);
    return status;
}

static hf_status take_failures(const Hf__TaskOutcomes *wire, size_t count,
                               struct failures *failures) {
    size_t least = 0;
    for (size_t i = 0; i < wire->n_failures; i++) {
        const Hf__Failure *failure = wire->failures[i];
        if (failure->call < least || failure->call >= count || failure->status == HF__STATUS__OK) {
            return malformed_task("a failure belongs to no call, or comes out of order");
        }
        least = (size_t)failure->call + 1;
        hf_status status =
            failures_add(failures, failure->call, (hf_status)failure->status, failure->detail);
        if (status != HF_OK) {
            return status;
        }
    }
    return HF_OK;
}

hf_status outcomes_decode(const uint8_t *bytes, size_t len, hf_any *values, size_t count,
                          struct failures *failures) {
    assert(count > 0);
    struct scratch scratch;
    ProtobufCMessage *message = NULL;
    *failures = (struct failures){NULL, 0, 0};
    memset(values, 0, count * sizeof *values);
    scratch_init(&scratch);
    hf_status status = unpack(&scratch, &hf__task_outcomes__descriptor, bytes, len, &message);
    const Hf__TaskOutcomes *wire = (const Hf__TaskOutcomes *)message;
    status = status == HF_OK ? take_column(wire->values, count, values, 1) : status;
    status = status == HF_OK ? take_failures(wire, count, failures) : status;
    for (size_t i = 0; i < count && status != HF_OK; i++) {
        hf_any_clear(&values[i]);
    }
    if (status != HF_OK) {
        failures_fini(failures);
    }
    scratch_fini(&scratch);
    return status;
}
