/* SPDX-License-Identifier: MIT
 *
 * See expect.h.
 */
#include "expect.h"

#include "keep.h"

#include <stdlib.h>
#include <string.h>

static void drop_text(char **text) {
    free(*text);
    *text = NULL;
}

/* The id is one of this run, and none of a run that begins later: at most 2^28 ids begin in 128 ms,
 * half as many as the numbers of such a run go on by. */
static bool is_timely(const struct model *model, uint64_t id) {
    uint64_t periods = (uint64_t)(model->now_ms - model->started_ms) / 128;
    return id >= model->first_id && (id - model->first_id) >> 28 <= periods;
}

/* Also if it is gone. NULL: nothing has ever had this id. */
static const struct model_object *known_object(const struct model *model, uint64_t id) {
    for (size_t i = 0; i < model->object_count; i++) {
        if (model->objects[i]->self.id == id) {
            return model->objects[i];
        }
    }
    return NULL;
}

/* The tag is told with the object, but not wherever else it is named. The object may have been
 * deleted since, in the same step. */
static void prepare_object(const struct model *model, Hf__Ref *ref) {
    const struct model_object *object = known_object(model, ref->id);
    const char *tag = object ? object->tag : NULL;
    if (tag ? ref->tag && strcmp(tag, ref->tag) == 0 : !ref->tag) {
        drop_text(&ref->tag);
    } else if (!ref->tag) {
        ref->has_type = false; /* the tag is missing */
    }
}

static void learn_object(const struct model *model, Hf__Ref *wanted, const Hf__Ref *ref) {
    /* An id is new and of its time; one that something else has stays wrong. */
    if (wanted->id == 0 && is_timely(model, ref->id) && !known_object(model, ref->id)) {
        wanted->id = ref->id;
    }
}

static void learn_listing(struct model *model, Hf__Listing *wanted, const Hf__Listing *listing) {
    if (wanted->has_next && listing->has_next && wanted->next == 0) {
        wanted->next = listing->next;
    }
    for (size_t i = 0; i < wanted->n_entries && i < listing->n_entries; i++) {
        if (wanted->entries[i]->id == 0) {
            /* opened by a call that has been answered in the same step */
            const struct model_object *object = model_find_name(model, wanted->entries[i]->name);
            wanted->entries[i]->id = object ? object->self.id : 0;
        }
    }
}

static void prepare_description(const Hf__Description *wanted, Hf__Description *description) {
    drop_text(&description->options);
    if (!wanted->has_references) {
        description->has_references = false;
    }
}

/* Why a task has ended is in words. */
static void prepare_collected(Hf__Collected *collected) {
    for (size_t i = 0; i < collected->n_results; i++) {
        drop_text(&collected->results[i]->detail);
    }
}

static void prepare(struct model *model, Hf__Reply *wanted, Hf__Reply *reply) {
    drop_text(&reply->detail);
    if (wanted->result_case != reply->result_case) {
        return;
    }
    switch ((int)reply->result_case) {
    case HF__REPLY__RESULT_OBJECT:
        learn_object(model, wanted->object, reply->object);
        prepare_object(model, reply->object);
        break;
    case HF__REPLY__RESULT_LISTING:
        learn_listing(model, wanted->listing, reply->listing);
        break;
    case HF__REPLY__RESULT_PAGE:
        if (wanted->page->has_next && reply->page->has_next && wanted->page->next == 0) {
            wanted->page->next = reply->page->next;
        }
        break;
    case HF__REPLY__RESULT_QUEUE_ENTRIES:
        if (wanted->queue_entries->next == 0) {
            wanted->queue_entries->next = reply->queue_entries->next;
        }
        break;
    case HF__REPLY__RESULT_DESCRIPTION:
        prepare_description(wanted->description, reply->description);
        break;
    case HF__REPLY__RESULT_COLLECTED:
        prepare_collected(reply->collected);
        break;
    case HF__REPLY__RESULT_WELCOME:
        drop_text(&reply->welcome->software);
        reply->welcome->has_pid = false;
        break;
    case HF__REPLY__RESULT_REPLIES:
        for (size_t i = 0; i < wanted->replies->n_replies && i < reply->replies->n_replies; i++) {
            prepare(model, wanted->replies->replies[i], reply->replies->replies[i]);
        }
        break;
    case HF__REPLY__RESULT_FIRST:
        prepare(model, wanted->first->reply, reply->first->reply);
        break;
    default:
        break;
    }
}

bool expect_same(struct model *model, Hf__Reply *wanted, Hf__Reply *reply) {
    prepare(model, wanted, reply);
    size_t len = hf__reply__get_packed_size(wanted);
    if (len != hf__reply__get_packed_size(reply)) {
        return false;
    }
    uint8_t *packed = keep(2 * len + 1);
    hf__reply__pack(wanted, packed);
    hf__reply__pack(reply, packed + len);
    return memcmp(packed, packed + len, len) == 0;
}
