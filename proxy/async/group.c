/* SPDX-License-Identifier: MIT
 *
 * See group.h.
 */
#include "group.h"

#include "deadline.h"
#include "detail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

void groups_append(struct groups *groups, struct group *group) {
    assert(!group->next);
    *(groups->last ? &groups->last->next : &groups->first) = group;
    groups->last = group;
}

void groups_push(struct groups *groups, struct group *group) {
    assert(!group->next);
    group->next = groups->first;
    groups->first = group;
    groups->last = groups->last ? groups->last : group;
}

struct group *groups_take(struct groups *groups) {
    struct group *group = groups->first;
    if (group) {
        groups->first = group->next;
        groups->last = groups->first ? groups->last : NULL;
        group->next = NULL;
    }
    return group;
}

void groups_move(struct groups *groups, struct groups *from) {
    if (from->first) {
        *(groups->last ? &groups->last->next : &groups->first) = from->first;
        groups->last = from->last;
        *from = (struct groups){NULL, NULL};
    }
}

/* ---- life ---- */

struct group *group_new(void) {
    return calloc(1, sizeof(struct group));
}

void group_free(struct group *group) {
    if (group) {
        pipeline_free(group->collection);
        buffer_fini(&group->frames);
        buffer_fini(&group->former);
        free(group->statuses);
        free(group->detail);
        free(group);
    }
}

/* What group_make() writes stays as it is: for each call this is done once. */
void group_clear(struct group *group) {
    group->collection = group->collection ? pipeline_reset(group->collection) : NULL;
    free(group->detail);
    group->detail = NULL;
    buffer_clear(&group->frames);
    buffer_fini(&group->former);
    group->renewed = 0;
}

static bool reserve_statuses(struct group *group, size_t count) {
    if (count > group->capacity && count > 1) {
        hf_status *statuses = reallocarray(group->statuses, count, sizeof *statuses);
        if (!statuses) {
            return false;
        }
        group->statuses = statuses;
        group->capacity = count;
    }
    return true;
}

/* Calls that stand each for itself. The collection has their frames. */
static hf_status make_of_calls(struct group *group) {
    struct collection *collection = group->collection;
    struct buffer empty = group->frames;
    if (collection->why || collection->broken != HF_OK) {
        hf_status status = collection->broken != HF_OK
                               ? collection->broken
                               : collection->entries[collection->refused].status;
        return detail_set(status, "a call of the group was refused: %s",
                          pipeline_why(collection, status));
    }
    if (!reserve_statuses(group, collection->count)) {
        return detail_set(HF_NO_MEMORY, "no memory for a group of %zu calls", collection->count);
    }
    group->frames = collection->bytes;
    collection->bytes = empty;
    group->exchange.entries = collection->entries;
    group->exchange.count = collection->count;
    return HF_OK;
}

static hf_status make_of_batch(struct group *group, struct session *session, int64_t timeout_ms) {
    hf_status status =
        pipeline_wrap(session, group->collection, timeout_ms, &group->wrapping, &group->frames);
    group->exchange.entries = &group->wrapping;
    group->exchange.count = 1;
    return status;
}

hf_status group_make(struct group *group, struct session *session, struct collection *collection,
                     int64_t timeout_ms) {
    const hf_client *client = session->client;
    assert(!group->collection && buffer_len(&group->frames) == 0);
    group->collection = collection;
    if (pipeline_is_empty(collection) && collection->broken == HF_OK) {
        return detail_set(HF_INVALID, "the group has no calls");
    }
    hf_status status = collection->purpose == PIPELINE ? make_of_calls(group)
                                                       : make_of_batch(group, session, timeout_ms);
    if (status != HF_OK) {
        return status;
    }
    group->exchange.client = session->client;
    group->exchange.session = session;
    group->exchange.first_id = collection->first_id;
    group->exchange.failed = group->exchange.count;
    group->exchange.raw = collection->raw;
    group->exchange.collected = true;
    group->unsettled = group->exchange.count;
    group->oldest = collection->oldest;
    group->run = collection->follows ? session->first_id : 0;
    group->wait_ms = deadline_add(collection->wait_ms, client->answer_timeout_ms);
    return HF_OK;
}

size_t group_calls(const struct group *group) {
    return group->exchange.count;
}

uint64_t group_id(const struct group *group) {
    return group->exchange.first_id;
}

/* ---- answers ---- */

static void note_detail(struct group *group) {
    char *detail = strdup(hf_last_detail());
    if (detail) {
        free(group->detail);
        group->detail = detail;
    }
}

/* A walk goes on in the run of its last page only. */
static void note_walk(const struct group *group) {
    const struct exchange *exchange = &group->exchange;
    for (size_t i = 0; i < exchange->count; i++) {
        if (exchange->entries[i].sink.result == HF__REPLY__RESULT_PAGE) {
            exchange->session->walk_run = exchange->session->first_id;
        }
    }
}

hf_status group_take(struct group *group, const struct message *message) {
    size_t failed = group->exchange.failed;
    detail_clear();
    hf_status status = call_take(&group->exchange, message);
    if (status == HF_OK) {
        assert(group->unsettled > 0);
        group->unsettled--;
    }
    if (hf_last_detail()[0] && (group->exchange.failed < failed || !group->detail)) {
        note_detail(group);
    }
    if (status == HF_OK && group->unsettled == 0) {
        note_walk(group);
    }
    return status;
}

void group_fail(struct group *group, hf_status status) {
    struct exchange *exchange = &group->exchange;
    for (size_t i = 0; i < exchange->count; i++) {
        if (!exchange->entries[i].settled) {
            exchange->entries[i].settled = true;
            exchange->entries[i].status = status;
            exchange->failed = i < exchange->failed ? i : exchange->failed;
        }
    }
    if (!group->detail) {
        note_detail(group);
    }
    group->unsettled = 0;
}

static hf_status first_failure(const struct exchange *exchange) {
    for (size_t i = 0; i < exchange->count; i++) {
        if (exchange->entries[i].status != HF_OK) {
            return exchange->entries[i].status;
        }
    }
    return HF_OK;
}

bool group_is_plain(const struct group *group) {
    return group->exchange.count == 1 && group->exchange.entries != &group->wrapping &&
           !group->exchange.raw && !group->detail;
}

void group_complete(const struct group *group, hf_completion *completion) {
    const struct exchange *exchange = &group->exchange;
    const struct collection *collection = group->collection;
    bool calls = collection->purpose == PIPELINE;
    assert(group->unsettled == 0);
    *completion = (hf_completion){
        .id = group_id(group),
        .data = group->data,
        .status = first_failure(exchange),
        .detail = group->detail ? group->detail : "",
        .count = collection->count,
        .ran = collection->purpose == BATCH ? pipeline_ran(collection) : 0,
        .index = collection->purpose == WAIT_ANY ? pipeline_first(collection) : 0,
    };
    for (size_t i = 0; calls && exchange->count > 1 && i < exchange->count; i++) {
        group->statuses[i] = exchange->entries[i].status;
    }
    if (calls) {
        completion->statuses = exchange->count > 1 ? group->statuses : &exchange->entries[0].status;
    }
}
