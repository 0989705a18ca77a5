/* SPDX-License-Identifier: MIT
 *
 * Queues: the functions that show their items, and those for items set aside, see
 * <holdfast/queue.h>.
 */
#include "call.h"
#include "page.h"

#include <assert.h>
#include <holdfast/queue.h>
#include <stdlib.h>

/* ---- pages ---- */

void hf_queue_entries_clear(hf_queue_entries *entries) {
    if (!entries) {
        return;
    }
    for (size_t i = 0; i < entries->len; i++) {
        hf_any_clear(&entries->items[i].item);
    }
    free(entries->items);
    *entries = (hf_queue_entries){.items = NULL};
}

static hf_status queue_take_entry(const Hf__QueueEntry *from, hf_queue_entry *entry) {
    *entry = (hf_queue_entry){.item = hf_any_null(),
                              .id = from->id,
                              .count = from->count,
                              .priority = from->priority,
                              .age_ms = from->age_ms,
                              .due_ms = from->has_due_ms ? (int64_t)from->due_ms : -1,
                              .reason = (hf_queue_reason)from->reason,
                              .aside_ms = from->aside_ms};
    if (from->holder) {
        sink_fill_holder(from->holder, &entry->holder);
    }
    return wire_take(from->value, &entry->item) == HF_OK ? HF_OK : sink_no_memory();
}

static hf_status queue_take_entries(const Hf__QueueEntries *from, hf_queue_entries *entries) {
    assert(!entries->items && entries->len == 0);
    entries->items = calloc(from->n_entries + 1, sizeof *entries->items);
    if (!entries->items) {
        return sink_no_memory();
    }
    hf_status status = HF_OK;
    while (entries->len < from->n_entries && status == HF_OK) {
        size_t at = entries->len++;
        status = queue_take_entry(from->entries[at], &entries->items[at]);
    }
    return status;
}

static hf_status store_entries(const Hf__Reply *reply, const struct sink *sink) {
    hf_queue_entries entries = {.items = NULL};
    hf_status status = sink->out ? queue_take_entries(reply->queue_entries, &entries) : HF_OK;
    if (status != HF_OK) {
        hf_queue_entries_clear(&entries);
        return status;
    }
    if (sink->out) {
        *(hf_queue_entries *)sink->out = entries;
    }
    assert(sink->more);
    *(uint64_t *)sink->more = reply->queue_entries->next;
    return HF_OK;
}

static struct sink sink_entries(hf_queue_entries *out, uint64_t *cursor) {
    return (struct sink){store_entries, HF__REPLY__RESULT_QUEUE_ENTRIES, .out = out,
                         .more = cursor};
}

/* ---- looking ---- */

hf_status hf_queue_peek(hf_queue queue, hf_any *item) {
    return call_plain(HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_PEEK, sink_any(item));
}

hf_status hf_queue_list(hf_queue queue, hf_queue_item_state state, uint32_t limit, uint64_t *cursor,
                        hf_queue_entries *entries) {
    struct call call;
    Hf__QueueList op = HF__QUEUE_LIST__INIT;
    hf_status status = page_begin(queue.client, cursor);
    if (status != HF_OK) {
        return status;
    }
    call_begin(&call, queue.client, queue.id);
    call.follows = *cursor != 0;
    op.has_cursor = call.follows;
    op.cursor = *cursor;
    op.has_limit = limit != 0;
    op.limit = limit;
    op.has_state = state != HF_QUEUE_READY;
    op.state = (Hf__QueueItemState)state;
    status =
        call_finish(&call, HF__REQUEST__OP_QUEUE_LIST, &op.base, sink_entries(entries, cursor));
    return page_end(queue.client, status);
}

static hf_status store_statistics(const Hf__Reply *reply, const struct sink *sink) {
    const Hf__QueueStatistics *from = reply->queue_statistics;
    assert(sink->out);
    *(hf_queue_statistics *)sink->out =
        (hf_queue_statistics){.ready = from->ready,
                              .delayed = from->delayed,
                              .leased = from->leased,
                              .set_aside = from->set_aside,
                              .unfinished = from->unfinished,
                              .bytes = from->bytes,
                              .oldest_ms = from->has_oldest_ms ? (int64_t)from->oldest_ms : -1,
                              .closed = from->closed,
                              .total_put = from->total_put,
                              .total_taken = from->total_taken,
                              .total_delivered = from->total_delivered,
                              .total_acknowledged = from->total_acknowledged,
                              .total_returned = from->total_returned,
                              .total_set_aside = from->total_set_aside,
                              .total_dropped = from->total_dropped};
    return HF_OK;
}

hf_status hf_queue_state(hf_queue queue, hf_queue_statistics *statistics) {
    return call_plain(
        HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_STATE,
        (struct sink){store_statistics, HF__REPLY__RESULT_QUEUE_STATISTICS, .out = statistics});
}

/* ---- set aside ---- */

const char *hf_queue_reason_name(hf_queue_reason reason) {
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&hf__queue_reason__descriptor, (int)reason);
    return value ? value->name : "UNKNOWN";
}

hf_status hf_queue_set_aside_list(hf_queue queue, uint32_t limit, uint64_t *cursor,
                                  hf_queue_entries *entries) {
    return page_one(HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_SET_ASIDE_LIST, limit,
                    sink_entries(entries, cursor));
}

/* `ids` are only read. No ids at all would mean all items, so id 0, which none has, stands for an
 * empty array. */
static hf_status queue_end_asides(hf_queue queue, Hf__Request__OpCase op_case, const uint64_t *ids,
                                  size_t len, uint64_t *count) {
    static const uint64_t none = 0;
    struct call call;
    call_begin(&call, queue.client, queue.id);
    Hf__QueueSetAsideReturn *op =
        call_message(&call, op_case, &hf__queue_set_aside_return__descriptor);
    op->n_ids = !ids ? 0 : len > 0 ? len : 1;
    op->ids = (uint64_t *)(uintptr_t)(len > 0 ? ids : &none);
    return call_finish(&call, op_case, &op->base, sink_count(count));
}

hf_status hf_queue_set_aside_return(hf_queue queue, const uint64_t *ids, size_t len,
                                    uint64_t *count) {
    return queue_end_asides(queue, HF__REQUEST__OP_QUEUE_SET_ASIDE_RETURN, ids, len, count);
}

hf_status hf_queue_set_aside_drop(hf_queue queue, const uint64_t *ids, size_t len,
                                  uint64_t *count) {
    return queue_end_asides(queue, HF__REQUEST__OP_QUEUE_SET_ASIDE_DROP, ids, len, count);
}
