/* SPDX-License-Identifier: MIT
 *
 * The operations of all types of objects, see <holdfast/object.h>.
 */
#include "call.h"
#include "cancel.h"
#include "page.h"
#include "wire_limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- by name ---- */

static hf_status store_found(const Hf__Reply *reply, const struct sink *sink) {
    if (sink->out) {
        *(uint64_t *)sink->out = reply->object->id;
    }
    if (sink->more) {
        *(hf_type *)sink->more = (hf_type)reply->object->type;
    }
    return HF_OK;
}

static hf_status call_by_name(hf_client *client, Hf__Request__OpCase op_case, const char *name,
                              struct sink sink) {
    struct call call;
    call_begin(&call, client, 0);
    Hf__ObjectFind *op = call_message(&call, op_case, &hf__object_find__descriptor);
    op->name = call_text(name ? name : "");
    return call_finish(&call, op_case, &op->base, sink);
}

hf_status hf_object_find(hf_client *client, const char *name, uint64_t *id, hf_type *type) {
    return call_by_name(
        client, HF__REQUEST__OP_OBJECT_FIND, name,
        (struct sink){store_found, HF__REPLY__RESULT_OBJECT, .out = id, .more = type});
}

hf_status hf_object_exists(hf_client *client, const char *name, bool *exists) {
    return call_by_name(client, HF__REQUEST__OP_OBJECT_EXISTS, name, sink_truth(exists));
}

void hf_listing_clear(hf_listing *listing) {
    if (!listing) {
        return;
    }
    for (size_t i = 0; i < listing->len; i++) {
        free(listing->entries[i].name);
    }
    free(listing->entries);
    *listing = (hf_listing){.entries = NULL};
}

/* Append a page to the listing `out` and set the cursor `more`, which is 0 after the last page. */
static hf_status store_listing(const Hf__Reply *reply, const struct sink *sink) {
    assert(sink->out && sink->more);
    hf_listing *listing = sink->out;
    const Hf__Listing *page = reply->listing;
    if (page->n_entries > 0) {
        hf_entry *entries = reallocarray(listing->entries, listing->len + page->n_entries,
                                         sizeof *listing->entries);
        if (!entries) {
            return sink_no_memory();
        }
        listing->entries = entries;
    }
    for (size_t i = 0; i < page->n_entries; i++) {
        char *name = strdup(page->entries[i]->name);
        if (!name) {
            return sink_no_memory();
        }
        listing->entries[listing->len++] = (hf_entry){
            .name = name, .id = page->entries[i]->id, .type = (hf_type)page->entries[i]->type};
    }
    *(uint64_t *)sink->more = page->next;
    return HF_OK;
}

static hf_status list_page(hf_client *client, const char *prefix, uint64_t *cursor,
                           hf_listing *listing) {
    struct call call;
    Hf__ObjectList op = HF__OBJECT_LIST__INIT;
    call_begin(&call, client, 0);
    op.prefix = call_text(prefix);
    op.has_cursor = *cursor != 0;
    op.cursor = *cursor;
    return call_finish(
        &call, HF__REQUEST__OP_OBJECT_LIST, &op.base,
        (struct sink){store_listing, HF__REPLY__RESULT_LISTING, .out = listing, .more = cursor});
}

static void free_listing(void *listing) {
    hf_listing_clear(listing);
}

hf_status hf_object_list(hf_client *client, const char *prefix, hf_listing *listing) {
    hf_listing found = {.entries = NULL};
    uint64_t cursor = 0;
    uint64_t run = 0;
    hf_status status = call_alone(client);
    pthread_cleanup_push(free_listing, &found);
    while (status == HF_OK) {
        status = list_page(client, prefix, &cursor, &found);
        if (page_is_of_other_run(client, &run) && status == HF_OK) {
            hf_listing_clear(&found);
            cursor = 0;
            run = 0;
        } else if (cursor == 0) {
            break;
        }
    }
    pthread_cleanup_pop(0);
    if (status != HF_OK || !listing) {
        hf_listing_clear(&found);
        return status;
    }
    *listing = found;
    return HF_OK;
}

/* ---- description ---- */

void hf_description_clear(hf_description *description) {
    if (!description) {
        return;
    }
    free(description->name);
    free(description->options);
    free(description->holders);
    free(description->waiters);
    *description = (hf_description){.id = 0};
}

static void fill_waiter(const Hf__Waiter *from, hf_waiter *to) {
    *to = (hf_waiter){.session = from->session,
                      .party = from->party,
                      .pid = from->pid,
                      .tid = from->tid,
                      .waited_ms = from->waited_ms};
    sink_text(to->label, sizeof to->label, from->label);
    sink_text(to->op, sizeof to->op, from->op);
}

static bool fill_texts(const Hf__Description *from, hf_description *to) {
    assert(!to->name && !to->options);
    to->name = from->name ? strdup(from->name) : NULL;
    to->options = strdup(from->options ? from->options : "");
    sink_text(to->tag, sizeof to->tag, from->tag);
    return (to->name || !from->name) && to->options;
}

static bool fill_sessions(const Hf__Description *from, hf_description *to) {
    assert(to->holder_count == 0 && to->waiter_count == 0);
    to->holders = calloc(from->n_holders + 1, sizeof *to->holders);
    to->waiters = calloc(from->n_waiters + 1, sizeof *to->waiters);
    if (!to->holders || !to->waiters) {
        return false;
    }
    for (; to->holder_count < from->n_holders; to->holder_count++) {
        sink_fill_holder(from->holders[to->holder_count], &to->holders[to->holder_count]);
    }
    for (; to->waiter_count < from->n_waiters; to->waiter_count++) {
        fill_waiter(from->waiters[to->waiter_count], &to->waiters[to->waiter_count]);
    }
    return true;
}

static hf_status store_description(const Hf__Reply *reply, const struct sink *sink) {
    const Hf__Description *from = reply->description;
    hf_description made = {.id = from->id,
                           .type = (hf_type)from->type,
                           .references = from->references,
                           .size = from->size,
                           .waiting = from->waiting,
                           .grants = from->grants,
                           .longest_wait_ms = from->longest_wait_ms};
    if (!fill_texts(from, &made) || !fill_sessions(from, &made)) {
        hf_description_clear(&made);
        return sink_no_memory();
    }
    if (sink->out) {
        *(hf_description *)sink->out = made;
    } else {
        hf_description_clear(&made);
    }
    return HF_OK;
}

hf_status hf_object_describe(hf_object object, hf_description *description) {
    return call_plain(
        object, HF__REQUEST__OP_OBJECT_DESCRIBE,
        (struct sink){store_description, HF__REPLY__RESULT_DESCRIPTION, .out = description});
}

/* ---- attachment ---- */

void hf_attachment_clear(hf_attachment *attachment) {
    if (attachment) {
        free(attachment->bytes);
        *attachment = (hf_attachment){.bytes = NULL};
    }
}

static hf_status store_attachment(const Hf__Reply *reply, const struct sink *sink) {
    const Hf__Attachment *from = reply->attachment;
    hf_attachment to = {.type = (hf_type)from->type, .len = from->bytes.len};
    if (!sink->out) {
        return HF_OK;
    }
    if (to.len > 0) {
        to.bytes = malloc(to.len);
        if (!to.bytes) {
            return sink_no_memory();
        }
        memcpy(to.bytes, from->bytes.data, to.len);
    }
    sink_text(to.tag, sizeof to.tag, from->tag);
    *(hf_attachment *)sink->out = to;
    return HF_OK;
}

hf_status hf_object_attachment(hf_object object, hf_attachment *attachment) {
    return call_plain(
        object, HF__REQUEST__OP_OBJECT_ATTACHMENT,
        (struct sink){store_attachment, HF__REPLY__RESULT_ATTACHMENT, .out = attachment});
}

hf_status hf_object_version(hf_object object, uint64_t *version) {
    return call_plain(object, HF__REQUEST__OP_OBJECT_VERSION, sink_count(version));
}

/* ---- end ---- */

hf_status hf_object_delete(hf_object object) {
    return call_plain(object, HF__REQUEST__OP_OBJECT_DELETE, sink_nothing());
}

hf_status hf_object_break(hf_object object, uint64_t fence) {
    return call_with_number(object, 0, HF__REQUEST__OP_OBJECT_BREAK, fence, sink_nothing());
}

hf_status hf_object_release(hf_object object) {
    return call_plain(object, HF__REQUEST__OP_OBJECT_RELEASE, sink_nothing());
}

hf_status hf_object_expire(hf_object object, int64_t ttl_ms) {
    struct call call;
    Hf__ObjectExpire op = HF__OBJECT_EXPIRE__INIT;
    call_begin(&call, object.client, object.id);
    op.has_ttl_ms = ttl_ms >= 0;
    op.ttl_ms = (uint64_t)ttl_ms;
    return call_finish(&call, HF__REQUEST__OP_OBJECT_EXPIRE, &op.base, sink_nothing());
}

hf_status hf_object_ttl(hf_object object, int64_t *ttl_ms) {
    return call_plain(object, HF__REQUEST__OP_OBJECT_TTL, sink_ttl(ttl_ms));
}

hf_status hf_object_release_some(hf_object object, uint64_t count) {
    return call_with_number(object, 0, HF__REQUEST__OP_OBJECT_RELEASE, count, sink_nothing());
}

hf_status hf_object_retain(hf_object object) {
    return call_plain(object, HF__REQUEST__OP_OBJECT_RETAIN, sink_nothing());
}

hf_status hf_client_pin(hf_client *client, const hf_object *objects, size_t count, int64_t for_ms) {
    struct call call;
    Hf__ObjectPin op = HF__OBJECT_PIN__INIT;
    uint64_t ids[HF_PIN_MAX_OBJECTS];
    if (for_ms < 0 || count > HF_PIN_MAX_OBJECTS) {
        return call_invalid("up to 1,024 objects are pinned at once, for 1 ms or more");
    }
    for (size_t i = 0; i < count; i++) {
        if (objects[i].client != client) {
            return call_invalid("an object belongs to another client");
        }
        ids[i] = objects[i].id;
    }
    call_begin(&call, client, 0);
    op.objects = ids;
    op.n_objects = count;
    op.for_ms = (uint64_t)for_ms;
    return call_finish(&call, HF__REQUEST__OP_OBJECT_PIN, &op.base, sink_nothing());
}
