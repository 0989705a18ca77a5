/* SPDX-License-Identifier: MIT
 *
 * See <holdfast/pipeline.h>. A collection has the requests as they will be sent (whole frames in a
 * pipeline, nested requests in a batch or a wait for any), and a sink for the result of each call.
 * check.c makes the checks of a batch.
 */
#include "pipeline.h"

#include "call.h"
#include "cancel.h"
#include "deadline.h"
#include "detail.h"
#include "encode.h"
#include "frame.h"
#include "wire_limits.h"

#include <assert.h>
#include <holdfast/pipeline.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* The key of a length-delimited field, as a varint on the wire: tag * 8 + 2. */
    NESTED_REQUESTS_KEY = 1 * 8 + 2, /* Batch.requests, WaitAny.requests, Check.request */
    ATOMIC_KEY = 3 * 8,              /* Batch.atomic, a varint */
    NESTED_HEAD_MAX_BYTES = 1 + HF_VARINT_MAX_BYTES,
    FIRST_CAPACITY = 16,
    KEPT_CAPACITY = 256 /* the memory of a longer pipeline is not kept */
};

/* A request that has the collected calls inside. */
struct wrapping {
    const char *name;
    Hf__Request__OpCase op;
    hf_status none; /* the status if there are no calls */
    size_t max_requests;
    sink_store *store;
};

/* ---- collecting ---- */

static void drop_memory(struct collection *collection) {
    for (size_t i = 0; collection->owns && i < collection->count; i++) {
        free(collection->entries[i].opening);
        free(collection->entries[i].raw_copy);
        collection->entries[i].opening = collection->entries[i].raw_copy = NULL;
    }
    if (collection->owns) {
        free(collection->why);
        collection->why = NULL;
    }
}

void pipeline_free(void *argument) {
    struct collection *collection = argument;
    if (collection) {
        drop_memory(collection);
        free(collection->entries);
        buffer_fini(&collection->bytes);
        free(collection);
    }
}

void pipeline_forget(struct session *session) {
    pipeline_free(session->collection);
    pipeline_free(session->spare);
    session->collection = session->spare = NULL;
}

struct collection *pipeline_reset(struct collection *collection) {
    if (collection->capacity > KEPT_CAPACITY) {
        pipeline_free(collection);
        return NULL;
    }
    drop_memory(collection);
    buffer_clear(&collection->bytes);
    /* Each member by itself: to clear the struct as a whole takes longer than most calls do here.
     * */
    collection->broken = HF_OK;
    collection->count = collection->checks = collection->undone = collection->last_len = 0;
    collection->atomic = collection->follows = collection->patient = false;
    collection->owns = collection->raw = false;
    collection->wait_ms = 0;
    return collection;
}

/* The session's next collection uses the memory of this one. Replies of raw calls stay until then.
 */
static void collection_keep(struct session *session, struct collection *collection) {
    assert(!session->spare && session->collection != collection);
    session->spare = collection->raw ? collection : pipeline_reset(collection);
}

hf_status pipeline_begin(struct session *session, enum purpose purpose, bool atomic) {
    if (session->collection) {
        return detail_set(HF_INVALID, "this thread is collecting calls already");
    }
    if (session->spare && session->spare->raw) {
        session->spare = pipeline_reset(session->spare);
    }
    session->collection = session->spare ? session->spare : calloc(1, sizeof(struct collection));
    session->spare = NULL;
    if (!session->collection) {
        return detail_set(HF_NO_MEMORY, "no memory to collect calls");
    }
    session->collection->purpose = purpose;
    session->collection->atomic = atomic;
    session->collection->first_id = session->next_id;
    session->collection->oldest = UINT64_MAX;
    return HF_OK;
}

static hf_status collection_begin(hf_client *client, enum purpose purpose, bool atomic) {
    detail_clear();
    if (!client) {
        return detail_set(HF_INVALID, "there is no client");
    }
    struct session *session = session_of(client);
    return session ? pipeline_begin(session, purpose, atomic) : HF_NO_MEMORY;
}

static struct call_entry *collection_append(struct collection *collection) {
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
    assert(collection->entries && collection->count < collection->capacity);
    return &collection->entries[collection->count++];
}

/* The outer request has the id and the party, and that of a batch also has the guard. */
static hf_status put_nested(struct collection *collection, Hf__Request *request) {
    if (collection->purpose == BATCH) {
        request->guard = NULL;
    }
    request->has_party = false;
    request->party = 0;
    size_t len = 0;
    uint8_t *at = message_put(&collection->bytes, NESTED_HEAD_MAX_BYTES, &request->base, &len);
    if (!at) {
        return detail_set(HF_NO_MEMORY, "no memory for a request of %zu bytes", len);
    }
    at[0] = NESTED_REQUESTS_KEY;
    size_t head = 1 + encode_varint(at + 1, len);
    memmove(at + head, at + NESTED_HEAD_MAX_BYTES, len);
    collection->bytes.end += head + len;
    collection->last_len = head + len;
    return HF_OK;
}

static bool in_frames(const struct collection *collection) {
    return collection->purpose == PIPELINE || collection->purpose == POST;
}

static hf_status collection_put(struct session *session, Hf__Request *request) {
    struct collection *collection = session->collection;
    return in_frames(collection)
               ? message_put_frame(&collection->bytes, &request->base, session->max_frame_bytes)
               : put_nested(collection, request);
}

/* A posted call has no answer, so it has no result, and nobody would know when its wait ends. */
static hf_status check_post(const struct call *call, const struct call_entry *entry) {
    if (entry->sink.store != sink_nothing().store || entry->raw_reply) {
        return detail_set(HF_INVALID, "a call with a result cannot be posted");
    }
    if (call->patient || call->request.timeout_ms != 0) {
        return detail_set(HF_INVALID, "a call that may wait cannot be posted");
    }
    return HF_OK;
}

static void note_wait(struct collection *collection, int64_t timeout_ms) {
    if (timeout_ms < 0 || collection->wait_ms < 0) {
        collection->wait_ms = -1;
    } else if (timeout_ms > collection->wait_ms) {
        collection->wait_ms = timeout_ms;
    }
}

/* The call's own memory ends before its reply comes. */
static void keep_opening(struct collection *collection, struct call_entry *collected) {
    const uint8_t *opening = collected->opening;
    if (opening) {
        collected->opening = malloc(collected->opening_len);
        collection->owns = true;
    }
    if (collected->opening) {
        memcpy(collected->opening, opening, collected->opening_len);
    }
}

hf_status pipeline_spoil(struct collection *collection, hf_status status) {
    if (collection->broken == HF_OK) {
        collection->broken = status;
    }
    if (!collection->why) {
        collection->why = strdup(hf_last_detail()); /* without memory, its status tells */
        collection->owns = true;
    }
    return status;
}

/* The last entry was refused, as hf_last_detail() says. In a pipeline the others are sent. */
static void collection_refuse(struct collection *collection, hf_status status) {
    assert(collection->count > 0);
    if (!collection->why) {
        collection->refused = collection->count - 1;
    }
    hf_status broken = collection->broken;
    (void)pipeline_spoil(collection, status);
    if (collection->purpose == PIPELINE) {
        collection->broken = broken;
    }
}

/* A call that is not put together takes its place nevertheless. */
static void refuse_in(struct session *session, hf_status status) {
    struct collection *collection = session->collection;
    struct call_entry *entry = collection_append(collection);
    session->next_id++;
    if (entry) {
        *entry = (struct call_entry){.status = status, .settled = true};
        collection_refuse(collection, status);
    } else {
        (void)pipeline_spoil(collection, HF_NO_MEMORY);
    }
}

hf_status pipeline_refuse(hf_status status) {
    for (struct session *session = session_first(); session; session = session->next_of_thread) {
        if (session->collection && !session_is_inherited(session)) {
            refuse_in(session, status);
        }
    }
    return status;
}

const char *pipeline_why(const struct collection *collection, hf_status status) {
    return collection->why && collection->why[0] ? collection->why : hf_status_text(status);
}

hf_status pipeline_collect(struct session *session, struct call *call,
                           const struct call_entry *entry) {
    struct collection *collection = session->collection;
    assert(collection && !entry->settled);
    struct call_entry *collected = collection_append(collection);
    if (!collected) {
        return pipeline_spoil(collection,
                              detail_set(HF_NO_MEMORY, "no memory to collect another call"));
    }
    *collected = *entry;
    keep_opening(collection, collected);
    collection->raw = collection->raw || entry->raw;
    collection->owns = collection->owns || entry->raw;
    collection->oldest = call->oldest < collection->oldest ? call->oldest : collection->oldest;
    collection->follows = collection->follows || call->follows;
    call->request.has_id = collection->purpose == PIPELINE;
    call->request.id = session->next_id++; /* each entry has an id, also one that is refused */
    hf_status status = call->status;
    if (status == HF_OK && entry->raw && !in_frames(collection)) {
        status = detail_set(HF_INVALID, "a raw call cannot be part of a batch or a wait for any, "
                                        "which are raw calls themselves");
    }
    if (status == HF_OK && collection->purpose == POST) {
        status = check_post(call, entry);
    }
    status = status == HF_OK ? collection_put(session, &call->request) : status;
    collected->status = status;
    collected->settled = status != HF_OK;
    collection->patient = collection->patient || call->patient;
    note_wait(collection, call->patient ? -1 : call->request.timeout_ms);
    if (status != HF_OK) {
        collection_refuse(collection, status);
    }
    return status;
}

hf_status hf_pipeline_begin(hf_client *client) {
    return collection_begin(client, PIPELINE, false);
}

hf_status hf_post_begin(hf_client *client) {
    return collection_begin(client, POST, false);
}

hf_status hf_batch_begin(hf_client *client) {
    return collection_begin(client, BATCH, false);
}

hf_status hf_batch_begin_atomic(hf_client *client) {
    return collection_begin(client, BATCH, true);
}

hf_status hf_wait_any_begin(hf_client *client) {
    return collection_begin(client, WAIT_ANY, false);
}

void hf_pipeline_abandon(hf_client *client) {
    struct session *session = client ? session_find(client) : NULL;
    if (session) {
        pipeline_forget(session);
    }
    if (session && session->apart) {
        session_exit(session);
    }
}

/* ---- finishing ---- */

/* Take the collection out of its session, so that calls are made at once again. */
static hf_status detach(hf_client *client, enum purpose purpose, struct session **session,
                        struct collection **collection) {
    static const char *const names[] = {"pipeline", "post", "batch", "wait for any"};
    detail_clear();
    *session = client ? session_find(client) : NULL;
    if (!*session || !(*session)->collection || (*session)->collection->purpose != purpose ||
        (*session)->apart) {
        return detail_set(HF_INVALID, "no %s was begun", names[purpose]);
    }
    *collection = (*session)->collection;
    (*session)->collection = NULL;
    return HF_OK;
}

/* The collected frames are sent next. */
static void put_collected(struct session *session, struct collection *collection) {
    assert(in_frames(collection) && buffer_len(&session->out) == 0);
    struct buffer empty = session->out;
    session->out = collection->bytes;
    collection->bytes = empty;
    session->follows = collection->follows;
    session_names(session, collection->oldest);
}

static hf_status run_pipeline(hf_client *client, struct session *session,
                              struct collection *collection) {
    if (collection->broken != HF_OK) {
        return detail_set(collection->broken, "not all calls of the pipeline were collected: %s",
                          pipeline_why(collection, collection->broken));
    }
    struct exchange exchange = {
        .client = client,
        .session = session,
        .entries = collection->entries,
        .count = collection->count,
        .first_id = collection->first_id,
        .raw = collection->raw,
        .collected = true,
        .wait_ms = deadline_add(collection->wait_ms, client->answer_timeout_ms),
        .waits = collection->wait_ms != 0,
        .patient = collection->patient,
    };
    put_collected(session, collection);
    if (collection->why) {
        hf_status refusal = collection->entries[collection->refused].status;
        detail_write("call %zu was refused while it was collected: %s", collection->refused,
                     pipeline_why(collection, refusal));
    }
    return call_exchange(&exchange);
}

hf_status hf_pipeline_finish(hf_client *client, hf_status *statuses, size_t capacity) {
    struct session *session = NULL;
    struct collection *collection = NULL;
    hf_status status = detach(client, PIPELINE, &session, &collection);
    if (status != HF_OK) {
        return status;
    }
    pthread_cleanup_push(pipeline_free, collection);
    status = run_pipeline(client, session, collection);
    pthread_cleanup_pop(0);
    for (size_t i = 0; i < collection->count && i < capacity && statuses; i++) {
        bool settled = collection->broken == HF_OK && collection->entries[i].settled;
        statuses[i] = settled ? collection->entries[i].status : status;
    }
    collection_keep(session, collection);
    return status;
}

hf_status hf_post_finish(hf_client *client) {
    struct session *session = NULL;
    struct collection *collection = NULL;
    hf_status status = detach(client, POST, &session, &collection);
    if (status != HF_OK) {
        return status;
    }
    if (collection->broken != HF_OK) {
        status = detail_set(collection->broken, "nothing was posted: %s",
                            pipeline_why(collection, collection->broken));
    } else {
        put_collected(session, collection);
        pthread_cleanup_push(pipeline_free, collection);
        status = call_post(session, client, collection->entries, collection->count);
        pthread_cleanup_pop(0);
    }
    collection_keep(session, collection);
    return status == HF_OK && session->unanswered > CALL_UNANSWERED_MAX ? hf_client_ping(client)
                                                                        : status;
}

/* An atomic batch: nothing was done, and the refused call alone has a reply. */
static hf_status store_refused(struct session *session, struct collection *collection,
                               const Hf__Reply *reply) {
    const Hf__Replies *replies = reply->replies;
    if (replies->refused >= collection->count || replies->n_replies != 1) {
        return detail_set(HF_PROTOCOL, "the manager refused a call that the batch does not have");
    }
    collection->undone = replies->refused;
    call_settle(session, &collection->entries[replies->refused], replies->replies[0]);
    if (reply->detail && reply->detail[0]) {
        detail_write("%s", reply->detail); /* which also says which call it was */
    }
    return HF_OK;
}

/* The sink of a batch: settles the calls in it, each with its own reply. */
static hf_status store_batch(const Hf__Reply *reply, const struct sink *sink) {
    struct collection *collection = sink->out;
    struct session *session = sink->more;
    if (reply->result_case != HF__REPLY__RESULT_REPLIES) {
        return hf_ok((hf_status)reply->status) ? sink_missing() : HF_OK;
    }
    if (reply->replies->has_refused && !hf_ok((hf_status)reply->status)) {
        return store_refused(session, collection, reply);
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

/* The sink of a wait for any: settles the one call that was done or refused. */
static hf_status store_first(const Hf__Reply *reply, const struct sink *sink) {
    struct collection *collection = sink->out;
    struct session *session = sink->more;
    if (reply->result_case != HF__REPLY__RESULT_FIRST) {
        return hf_ok((hf_status)reply->status) ? sink_missing() : HF_OK;
    }
    if (reply->first->index >= collection->count) {
        return detail_set(HF_PROTOCOL, "the manager answered a call that it was not asked for");
    }
    struct call_entry *entry = &collection->entries[reply->first->index];
    call_settle(session, entry, reply->first->reply);
    return hf_ok((hf_status)reply->status) && entry->status != HF_OK ? entry->status : HF_OK;
}

static const struct wrapping wrappings[] = {
    [BATCH] = {"batch", HF__REQUEST__OP_BATCH, HF_OK, HF_BATCH_MAX_REQUESTS, store_batch},
    [WAIT_ANY] = {"wait for any", HF__REQUEST__OP_WAIT_ANY, HF_INVALID, HF_WAIT_ANY_MAX_REQUESTS,
                  store_first},
};

/* A frame: the request without its operation, then the operation's field with the requests. Unless
 * HF_OK, `out` is as it was. */
static hf_status put_wrapped(const struct session *session, const struct collection *collection,
                             const struct wrapping *wrapping, Hf__Request *request,
                             struct buffer *out) {
    size_t start = buffer_len(out);
    hf_status status = message_put_frame(out, &request->base, session->max_frame_bytes);
    if (status != HF_OK) {
        return status;
    }
    size_t nested = buffer_len(&collection->bytes);
    uint8_t *at = buffer_reserve(out, 2 * HF_VARINT_MAX_BYTES + nested);
    if (!at) {
        out->end = out->start + start;
        return detail_set(HF_NO_MEMORY, "no memory for a %s of %zu bytes", wrapping->name, nested);
    }
    size_t head = encode_varint(at, (uint64_t)wrapping->op * 8 + 2);
    head += encode_varint(at + head, nested);
    memcpy(at + head, buffer_front(&collection->bytes), nested);
    out->end += head + nested;
    size_t body_len = buffer_len(out) - start - HF_FRAME_HEADER_BYTES;
    if (body_len > session->max_frame_bytes) {
        out->end = out->start + start;
        return detail_set(HF_TOO_BIG, "the %s has %zu bytes, the manager accepts %zu",
                          wrapping->name, body_len, session->max_frame_bytes);
    }
    frame_put_header(out->bytes + out->start + start, (uint32_t)body_len);
    return HF_OK;
}

static hf_status check_limit(const struct wrapping *wrapping, size_t count, const char *what) {
    return count <= wrapping->max_requests
               ? HF_OK
               : detail_set(HF_INVALID, "the %s has %zu %s, at most %zu are allowed",
                            wrapping->name, count, what, wrapping->max_requests);
}

static hf_status put_atomic(struct collection *collection) {
    uint8_t *at = buffer_reserve(&collection->bytes, 2);
    if (!at) {
        return detail_set(HF_NO_MEMORY, "no memory for an atomic batch");
    }
    at[0] = ATOMIC_KEY;
    at[1] = true;
    collection->bytes.end += 2;
    return HF_OK;
}

static hf_status check_wrapped(struct collection *collection) {
    assert(collection->purpose == BATCH || collection->purpose == WAIT_ANY);
    const struct wrapping *wrapping = &wrappings[collection->purpose];
    if (collection->broken != HF_OK) {
        return detail_set(collection->broken, "a collected call of the %s was refused: %s",
                          wrapping->name, pipeline_why(collection, collection->broken));
    }
    hf_status status = check_limit(wrapping, collection->count, "calls");
    if (status == HF_OK) {
        status = check_limit(wrapping, collection->checks, "checks");
    }
    return status == HF_OK && collection->atomic ? put_atomic(collection) : status;
}

bool pipeline_is_empty(const struct collection *collection) {
    return collection->count + collection->checks == 0;
}

hf_status pipeline_wrap(struct session *session, struct collection *collection, int64_t timeout_ms,
                        struct call_entry *entry, struct buffer *out) {
    const struct wrapping *wrapping = &wrappings[collection->purpose];
    hf_status status = check_wrapped(collection);
    if (status != HF_OK) {
        return status;
    }
    for (size_t i = 0; i < collection->count; i++) {
        collection->entries[i].request.party = session->party;
    }
    Hf__Request request = HF__REQUEST__INIT;
    Hf__Guard guard = HF__GUARD__INIT;
    request.has_id = true;
    request.id = collection->first_id = session->next_id++;
    request.has_timeout_ms = timeout_ms != 0;
    request.timeout_ms = timeout_ms;
    request.has_party = session->party != 0;
    request.party = session->party;
    if (session->guard_fence != 0 && collection->purpose == BATCH) {
        guard.lock = session->guard_lock;
        guard.fence = session->guard_fence;
        request.guard = &guard;
        collection->oldest = guard.lock < collection->oldest ? guard.lock : collection->oldest;
    }
    collection->wait_ms = timeout_ms;
    *entry = (struct call_entry){
        .request = {.op = wrapping->op},
        .sink = {.store = wrapping->store, .out = collection, .more = session, .on_refusal = true},
    };
    return put_wrapped(session, collection, wrapping, &request, out);
}

static hf_status run_wrapped(hf_client *client, struct session *session,
                             struct collection *collection, int64_t timeout_ms) {
    struct call_entry entry;
    assert(buffer_len(&session->out) == 0);
    if (collection->broken == HF_OK && pipeline_is_empty(collection)) {
        return wrappings[collection->purpose].none;
    }
    hf_status status = pipeline_wrap(session, collection, timeout_ms, &entry, &session->out);
    if (status != HF_OK) {
        return status;
    }
    session->follows = collection->follows;
    session_names(session, collection->oldest);
    struct exchange exchange = {
        .client = client,
        .session = session,
        .entries = &entry,
        .count = 1,
        .first_id = collection->first_id,
        .wait_ms = deadline_add(timeout_ms, client->answer_timeout_ms),
        .waits = timeout_ms != 0,
        .interruptible = timeout_ms < 0,
    };
    return call_exchange(&exchange);
}

size_t pipeline_ran(const struct collection *collection) {
    size_t done = 0;
    for (size_t i = 0; i < collection->count; i++) {
        done += collection->entries[i].settled && hf_ok(collection->entries[i].status);
    }
    return done + collection->undone;
}

size_t pipeline_first(const struct collection *collection) {
    size_t first = HF_WAIT_ANY_NONE;
    for (size_t i = 0; i < collection->count && collection->broken == HF_OK; i++) {
        first = collection->entries[i].settled ? i : first;
    }
    return first;
}

hf_status hf_batch_finish(hf_client *client, int64_t timeout_ms, size_t *ran) {
    struct session *session = NULL;
    struct collection *collection = NULL;
    hf_status status = detach(client, BATCH, &session, &collection);
    if (status != HF_OK) {
        return status;
    }
    pthread_cleanup_push(pipeline_free, collection);
    status = run_wrapped(client, session, collection, timeout_ms);
    pthread_cleanup_pop(0);
    if (ran) {
        *ran = pipeline_ran(collection);
    }
    collection_keep(session, collection);
    return status;
}

hf_status hf_wait_any_finish(hf_client *client, int64_t timeout_ms, size_t *index) {
    struct session *session = NULL;
    struct collection *collection = NULL;
    size_t first = HF_WAIT_ANY_NONE;
    hf_status status = detach(client, WAIT_ANY, &session, &collection);
    if (status == HF_OK) {
        pthread_cleanup_push(pipeline_free, collection);
        status = run_wrapped(client, session, collection, timeout_ms);
        pthread_cleanup_pop(0);
        first = pipeline_first(collection);
        collection_keep(session, collection);
    }
    if (index) {
        *index = first;
    }
    return status;
}
