/* SPDX-License-Identifier: MIT
 *
 * See page.h.
 */
#include "page.h"

#include "call.h"
#include "cancel.h"
#include "detail.h"
#include "pipeline.h"

#include <assert.h>

/* ---- sinks ---- */

/* Keys of a dict, members of a set, or values. */
static hf_status append_array(const Hf__Reply *reply, const struct sink *sink) {
    assert(sink->out && sink->more);
    const Hf__Page *page = reply->page;
    hf_status status = page->n_keys > 0 ? wire_take_array(page->keys, page->n_keys, sink->out)
                                        : wire_take_array(page->values, page->n_values, sink->out);
    if (status != HF_OK) {
        return sink_refused(status);
    }
    *(uint64_t *)sink->more = page->next;
    return HF_OK;
}

static hf_status append_items(const Hf__Reply *reply, const struct sink *sink) {
    assert(sink->out && sink->more);
    if (reply->page->n_keys != reply->page->n_values) {
        return sink_missing();
    }
    const Hf__Page *page = reply->page;
    hf_status status = wire_take_pairs(page->keys, page->values, page->n_keys, sink->out);
    if (status != HF_OK) {
        return sink_refused(status);
    }
    *(uint64_t *)sink->more = page->next;
    return HF_OK;
}

static hf_status give_array(hf_status status, hf_any_array *found, hf_any_array *out) {
    if (status != HF_OK || !out) {
        hf_any_array_clear(found);
        return status;
    }
    *out = *found;
    return HF_OK;
}

static hf_status give_items(hf_status status, hf_any_map_array *found, hf_any_map_array *out) {
    if (status != HF_OK || !out) {
        hf_any_map_array_clear(found);
        return status;
    }
    *out = *found;
    return HF_OK;
}

static hf_status store_array(const Hf__Reply *reply, const struct sink *sink) {
    hf_any_array found = {NULL, 0};
    const struct sink append = {.out = &found, .more = sink->more};
    return give_array(append_array(reply, &append), &found, sink->out);
}

static hf_status store_items(const Hf__Reply *reply, const struct sink *sink) {
    hf_any_map_array found = {NULL, 0};
    const struct sink append = {.out = &found, .more = sink->more};
    return give_items(append_items(reply, &append), &found, sink->out);
}

/* ---- one page ---- */

static hf_status page_ask(hf_object object, Hf__Request__OpCase op_case, uint32_t limit,
                          struct sink sink) {
    assert(sink.store && sink.more);
    struct call call;
    uint64_t cursor = *(const uint64_t *)sink.more;
    call_begin(&call, object.client, object.id);
    Hf__DictKeys *op = call_message(&call, op_case, &hf__dict_keys__descriptor);
    op->has_cursor = cursor != 0;
    op->cursor = cursor;
    call.follows = cursor != 0;
    op->has_limit = limit != 0;
    op->limit = limit;
    return call_finish(&call, op_case, &op->base, sink);
}

/* A cursor of an earlier run must not go on in the object that has the place of the first one. */
static bool is_of_earlier_run(const struct session *session, uint64_t cursor) {
    return session && cursor != 0 && session->walk_run != 0 &&
           session->walk_run < session->first_id;
}

hf_status page_begin(hf_client *client, const uint64_t *cursor) {
    if (!cursor) {
        return call_invalid("the cursor is missing");
    }
    return is_of_earlier_run(client ? session_find(client) : NULL, *cursor)
               ? pipeline_refuse(detail_set(HF_NO_OBJECT,
                                            "the manager was restarted since the first page: begin "
                                            "again with the cursor 0"))
               : HF_OK;
}

hf_status page_end(hf_client *client, hf_status status) {
    struct session *session = client ? session_find(client) : NULL;
    if (session && status == HF_OK && !session->collection) {
        session->walk_run = session->first_id;
    }
    return status;
}

hf_status page_one(hf_object object, Hf__Request__OpCase op_case, uint32_t limit,
                   struct sink sink) {
    hf_status status = page_begin(object.client, sink.more);
    return status == HF_OK ? page_end(object.client, page_ask(object, op_case, limit, sink))
                           : status;
}

hf_status page_one_array(hf_object object, Hf__Request__OpCase op_case, uint32_t limit,
                         uint64_t *cursor, hf_any_array *out) {
    return page_one(object, op_case, limit,
                    (struct sink){store_array, HF__REPLY__RESULT_PAGE, .out = out, .more = cursor});
}

hf_status page_one_items(hf_object object, Hf__Request__OpCase op_case, uint32_t limit,
                         uint64_t *cursor, hf_any_map_array *out) {
    return page_one(object, op_case, limit,
                    (struct sink){store_items, HF__REPLY__RESULT_PAGE, .out = out, .more = cursor});
}

/* ---- all pages ---- */

bool page_is_of_other_run(hf_client *client, uint64_t *run) {
    uint64_t before = *run;
    *run = session_run(client);
    return before != 0 && *run != before;
}

/* If the call fails, `out` may be filled in part. If the manager was restarted after some of the
 * pages, they begin anew. */
static hf_status ask_all(hf_object object, Hf__Request__OpCase op_case, sink_store *append,
                         void *out, void (*drop)(void *out)) {
    uint64_t cursor = 0;
    uint64_t run = 0;
    hf_status status = call_alone(object.client);
    while (status == HF_OK) {
        const struct sink sink = {append, HF__REPLY__RESULT_PAGE, .out = out, .more = &cursor};
        status = page_ask(object, op_case, 0, sink);
        if (page_is_of_other_run(object.client, &run) && !hf_status_is_fatal(status)) {
            drop(out);
            cursor = 0;
            run = 0;
            status = HF_OK;
        } else if (cursor == 0) {
            break;
        }
    }
    return status;
}

static void free_array(void *found) {
    hf_any_array_clear(found);
}

hf_status page_all_array(hf_object object, Hf__Request__OpCase op_case, hf_any_array *out) {
    hf_any_array found = {NULL, 0};
    hf_status status = HF_OK;
    pthread_cleanup_push(free_array, &found);
    status = ask_all(object, op_case, append_array, &found, free_array);
    pthread_cleanup_pop(0);
    return give_array(status, &found, out);
}

static void free_items(void *found) {
    hf_any_map_array_clear(found);
}

hf_status page_all_items(hf_object object, Hf__Request__OpCase op_case, hf_any_map_array *out) {
    hf_any_map_array found = {NULL, 0};
    hf_status status = HF_OK;
    pthread_cleanup_push(free_items, &found);
    status = ask_all(object, op_case, append_items, &found, free_items);
    pthread_cleanup_pop(0);
    return give_items(status, &found, out);
}
