/* SPDX-License-Identifier: MIT
 *
 * See <holdfast/pipeline.h>. A collection holds what will be sent, already packed (whole frames of
 * a pipeline, requests of a batch), and for each call how its result is taken.
 */
#include "pipeline.h"

#include "call.h"
#include "deadline.h"
#include "detail.h"
#include "frame.h"

#include <assert.h>
#include <holdfast/pipeline.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Keys of length-delimited fields, as they stand on the wire: tag * 8 + 2. */
    BATCH_REQUESTS_KEY = 1 * 8 + 2, /* Batch.requests */
    REQUEST_BATCH_KEY = 14 * 8 + 2, /* Request.batch */
    VARINT_MAX_BYTES = 10,
    FIRST_CAPACITY = 16
};

struct collection {
    bool batch;
    hf_status broken; /* why it cannot be sent */
    struct call_entry *entries;
    size_t count;
    size_t capacity;
    struct buffer bytes;
    uint64_t first_id;
    int64_t wait_ms; /* the longest timeout */
};

/* ---- collecting
 * ---------------------------------------------------------------------------------- */

static void collection_free(struct collection *collection) {
    if (collection) {
        free(collection->entries);
        buffer_fini(&collection->bytes);
        free(collection);
    }
}

void pipeline_forget(struct session *session) {
    collection_free(session->collection);
    session->collection = NULL;
}

static hf_status begin(hf_client *client, bool batch) {
    detail_clear();
    if (!client) {
        return detail_set(HF_INVALID, "there is no client");
    }
    struct session *session = session_of(client);
    if (!session) {
        return HF_NO_MEMORY;
    }
    if (session->collection) {
        return detail_set(HF_INVALID, "this thread is collecting calls already");
    }
    session->collection = calloc(1, sizeof *session->collection);
    if (!session->collection) {
        return detail_set(HF_NO_MEMORY, "no memory to collect calls");
    }
    session->collection->batch = batch;
    session->collection->first_id = session->next_id;
    return HF_OK;
}

static struct call_entry *append(struct collection *collection) {
    if (collection->count == collection->capacity) {
        size_t capacity = collection->capacity ? collection->capacity * 2 : FIRST_CAPACITY;
        struct call_entry *entries =
            reallocarray(collection->entries, capacity, sizeof *collection->entries);
        if (!entries) {
            return NULL;
        }
        collection->entries = entries;
        collection->capacity = capacity;
    }
    return &collection->entries[collection->count++];
}

static size_t put_varint(uint8_t *to, uint64_t number) {
    size_t len = 0;
    while (number >= 0x80) {
        to[len++] = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    to[len++] = (uint8_t)number;
    return len;
}

/* A request as one element of Batch.requests. It carries neither id nor guard: the batch does. */
static hf_status put_nested(struct collection *collection, Hf__Request *request) {
    request->guard = NULL;
    size_t len = hf__request__get_packed_size(request);
    uint8_t *at = buffer_reserve(&collection->bytes, 1 + VARINT_MAX_BYTES + len);
    if (!at) {
        return detail_set(HF_NO_MEMORY, "no memory for a request of %zu bytes", len);
    }
    at[0] = BATCH_REQUESTS_KEY;
    size_t head = 1 + put_varint(at + 1, len);
    size_t packed = hf__request__pack(request, at + head);
    assert(packed == len);
    collection->bytes.end += head + packed;
    return HF_OK;
}

static hf_status put(struct session *session, Hf__Request *request) {
    struct collection *collection = session->collection;
    return collection->batch
               ? put_nested(collection, request)
               : conn_put_frame(&collection->bytes, &request->base, session->max_frame_bytes);
}

static void note_wait(struct collection *collection, int64_t timeout_ms) {
    if (timeout_ms < 0 || collection->wait_ms < 0) {
        collection->wait_ms = -1;
    } else if (timeout_ms > collection->wait_ms) {
        collection->wait_ms = timeout_ms;
    }
}

hf_status pipeline_collect(struct session *session, struct call *call,
                           const struct call_entry *entry) {
    struct collection *collection = session->collection;
    struct call_entry *collected = append(collection);
    if (!collected) {
        collection->broken = HF_NO_MEMORY;
        return detail_set(HF_NO_MEMORY, "no memory to collect another call");
    }
    *collected = *entry;
    call->request.has_id = !collection->batch;
    call->request.id = session->next_id++; /* also of one that is refused: an id for each entry */
    hf_status status = call->status == HF_OK ? put(session, &call->request) : call->status;
    if (collection->batch && collection->broken == HF_OK) {
        collection->broken = status;
    }
    collected->status = status;
    collected->settled = status != HF_OK;
    note_wait(collection, call->request.timeout_ms);
    return status;
}

hf_status hf_pipeline_begin(hf_client *client) {
    return begin(client, false);
}

hf_status hf_batch_begin(hf_client *client) {
    return begin(client, true);
}

void hf_pipeline_abandon(hf_client *client) {
    struct session *session = client ? session_find(client) : NULL;
    if (session) {
        pipeline_forget(session);
    }
}

/* ---- finishing
 * ----------------------------------------------------------------------------------- */

/* Take the collection out of its session; calls are made at once again. */
static hf_status detach(hf_client *client, bool batch, struct session **session,
                        struct collection **collection) {
    detail_clear();
    *session = client ? session_find(client) : NULL;
    if (!*session || !(*session)->collection || (*session)->collection->batch != batch) {
        return detail_set(HF_INVALID, "no %s was begun", batch ? "batch" : "pipeline");
    }
    *collection = (*session)->collection;
    (*session)->collection = NULL;
    return HF_OK;
}

static hf_status run_pipeline(hf_client *client, struct session *session,
                              struct collection *collection) {
    if (collection->broken != HF_OK) {
        return detail_set(collection->broken, "the pipeline was not collected as a whole: %s",
                          hf_status_text(collection->broken));
    }
    struct exchange exchange = {
        .client = client,
        .session = session,
        .entries = collection->entries,
        .count = collection->count,
        .first_id = collection->first_id,
        .wait_ms = deadline_add(collection->wait_ms, client->answer_timeout_ms),
    };
    struct buffer empty = session->out;
    session->out = collection->bytes;
    collection->bytes = empty;
    for (size_t i = 0; i < collection->count; i++) {
        if (collection->entries[i].settled) {
            detail_write("call %zu was refused when it was collected", i);
            break;
        }
    }
    return call_exchange(&exchange);
}

hf_status hf_pipeline_finish(hf_client *client, hf_status *statuses, size_t capacity) {
    struct session *session = NULL;
    struct collection *collection = NULL;
    hf_status status = detach(client, false, &session, &collection);
    if (status != HF_OK) {
        return status;
    }
    status = run_pipeline(client, session, collection);
    for (size_t i = 0; i < collection->count && i < capacity && statuses; i++) {
        bool settled = collection->broken == HF_OK && collection->entries[i].settled;
        statuses[i] = settled ? collection->entries[i].status : status;
    }
    collection_free(collection);
    return status;
}

/* The take of a batch: settles the calls in it, each with its own reply. */
static hf_status store_batch(const Hf__Reply *reply, const struct take *take) {
    struct collection *collection = take->out;
    struct session *session = take->more;
    if (reply->result_case != HF__REPLY__RESULT_REPLIES) {
        return hf_ok((hf_status)reply->status) ? take_missing() : HF_OK;
    }
    if (reply->replies->n_replies > collection->count) {
        return detail_set(HF_PROTOCOL, "the manager answered more calls than the batch has");
    }
    hf_status status = HF_OK;
    for (size_t i = 0; i < reply->replies->n_replies; i++) {
        struct call_entry *entry = &collection->entries[i];
        call_settle(session, entry, reply->replies->replies[i]);
        status = hf_ok(status) && entry->status != HF_OK ? entry->status : status;
    }
    return hf_ok((hf_status)reply->status) ? status : HF_OK;
}

/* The frame of a batch: the request without its operation, then the field `batch` with the
 * requests. */
static hf_status put_batch(struct session *session, const struct collection *collection,
                           int64_t timeout_ms) {
    Hf__Request request = HF__REQUEST__INIT;
    Hf__Guard guard = HF__GUARD__INIT;
    request.has_id = true;
    request.id = session->next_id++;
    request.has_timeout_ms = timeout_ms != 0;
    request.timeout_ms = timeout_ms;
    if (session->guard_fence != 0) {
        guard.lock = session->guard_lock;
        guard.fence = session->guard_fence;
        request.guard = &guard;
    }
    size_t start = session->out.end;
    hf_status status = conn_put_frame(&session->out, &request.base, session->max_frame_bytes);
    if (status != HF_OK) {
        return status;
    }
    size_t nested = buffer_len(&collection->bytes);
    uint8_t *at = buffer_reserve(&session->out, 1 + VARINT_MAX_BYTES + nested);
    if (!at) {
        buffer_clear(&session->out);
        return detail_set(HF_NO_MEMORY, "no memory for a batch of %zu bytes", nested);
    }
    at[0] = REQUEST_BATCH_KEY;
    size_t head = 1 + put_varint(at + 1, nested);
    memcpy(at + head, collection->bytes.bytes + collection->bytes.start, nested);
    session->out.end += head + nested;
    size_t body_len = session->out.end - start - HF_FRAME_HEADER_BYTES;
    if (body_len > session->max_frame_bytes) {
        buffer_clear(&session->out);
        return detail_set(HF_TOO_BIG, "the batch has %zu bytes, the manager takes %zu", body_len,
                          session->max_frame_bytes);
    }
    frame_put_header(session->out.bytes + start, (uint32_t)body_len);
    return HF_OK;
}

static hf_status run_batch(hf_client *client, struct session *session,
                           struct collection *collection, int64_t timeout_ms) {
    if (collection->broken != HF_OK) {
        return detail_set(collection->broken, "a call of the batch was refused: %s",
                          hf_status_text(collection->broken));
    }
    if (collection->count > HF_BATCH_MAX_REQUESTS) {
        return detail_set(HF_INVALID, "the batch has %zu calls, at most %u are allowed",
                          collection->count, HF_BATCH_MAX_REQUESTS);
    }
    if (collection->count == 0) {
        return HF_OK;
    }
    struct call_entry entry = {
        .op = HF__REQUEST__OP_BATCH,
        .take = {.store = store_batch, .out = collection, .more = session, .on_refusal = true},
    };
    struct exchange exchange = {
        .client = client,
        .session = session,
        .entries = &entry,
        .count = 1,
        .first_id = session->next_id,
        .wait_ms = deadline_add(timeout_ms, client->answer_timeout_ms),
    };
    hf_status status = put_batch(session, collection, timeout_ms);
    return status == HF_OK ? call_exchange(&exchange) : status;
}

hf_status hf_batch_finish(hf_client *client, int64_t timeout_ms, size_t *ran) {
    struct session *session = NULL;
    struct collection *collection = NULL;
    hf_status status = detach(client, true, &session, &collection);
    if (status != HF_OK) {
        return status;
    }
    status = run_batch(client, session, collection, timeout_ms);
    size_t done = 0;
    for (size_t i = 0; i < collection->count; i++) {
        done += collection->entries[i].settled && hf_ok(collection->entries[i].status);
    }
    if (ran) {
        *ran = done;
    }
    collection_free(collection);
    return status;
}
