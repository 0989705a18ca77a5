/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include "encode.h"
#include "mem.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

/* ---- changes ---- */

static void change_release(struct change *change) {
    assert(change->references > 0);
    if (--change->references == 0) {
        who_release(change->who);
        mem_free(change);
    }
}

/* The request without what concerns only its sender: id, guard, timeout, the kind of its result. */
static Hf__Request change_essence(const Hf__Request *request) {
    Hf__Request bare = *request;
    bare.base.n_unknown_fields = 0;
    bare.base.unknown_fields = NULL;
    bare.has_id = bare.has_timeout_ms = bare.has_seq = bare.has_expect = false;
    bare.has_party = false;
    bare.guard = NULL;
    return bare;
}

/* A change in one block of memory. NULL: no memory. */
static struct change *change_new(const struct object *object, const Hf__Request *request) {
    const Hf__Request bare = request ? change_essence(request) : (Hf__Request)HF__REQUEST__INIT;
    size_t name_size = object->name ? strlen(object->name) + 1 : 0;
    size_t packed = request ? hf__request__get_packed_size(&bare) : 0;
    size_t request_room = request ? HF_VARINT_MAX_BYTES + packed : 0;
    struct change *change = mem_alloc(sizeof *change + name_size + request_room);
    if (!change) {
        return NULL;
    }
    char *name = (char *)(change + 1);
    uint8_t *bytes = (uint8_t *)name + name_size;
    change->object = object->id;
    change->type = object->type->tag;
    change->bytes = HF_CHANGE_BYTES + packed;
    if (object->name) {
        change->name = memcpy(name, object->name, name_size);
        change->bytes += name_size - 1;
    }
    if (request) {
        size_t length_len = encode_varint(bytes, packed);
        change->request = bytes;
        change->request_len = length_len + hf__request__pack(&bare, bytes + length_len);
    }
    return change;
}

/* ---- a journal ---- */

void journal_init(struct journal *journal, struct object *watch) {
    journal->watch = watch;
    link_init(&journal->in_watched);
    deque_init(&journal->kept, sizeof(struct change *));
}

static void journal_drop(struct journal *journal, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct change *change = *(struct change **)deque_at(&journal->kept, i);
        assert(journal->bytes >= change->bytes);
        journal->bytes -= change->bytes;
        change_release(change);
    }
    deque_close(&journal->kept, 0, count);
}

void journal_leave(struct journal *journal) {
    if (journal->prefix && !link_alone(&journal->in_watched)) {
        assert(journal->watch->registry->prefix_count > 0);
        journal->watch->registry->prefix_count--;
    }
    link_remove(&journal->in_watched);
}

void journal_fini(struct journal *journal) {
    journal_leave(journal);
    journal_drop(journal, journal->kept.len);
    deque_fini(&journal->kept);
    mem_free(journal->prefix);
}

void journal_of_object(struct journal *journal, struct object *object) {
    assert(link_alone(&journal->in_watched) && !object->deleted);
    journal->object = object->id;
    link_append(&object->journals, &journal->in_watched);
}

hf_status journal_of_names(struct journal *journal, const char *prefix) {
    struct registry *registry = journal->watch->registry;
    size_t len = strlen(prefix);
    assert(link_alone(&journal->in_watched) && !journal->prefix);
    if (registry->prefix_count >= HF_PREFIX_WATCHES_MAX) {
        return HF_LIMIT;
    }
    journal->prefix = mem_alloc(len + 1);
    if (!journal->prefix) {
        return HF_NO_MEMORY;
    }
    memcpy(journal->prefix, prefix, len + 1);
    journal->prefix_len = len;
    link_append(&registry->journals, &journal->in_watched);
    registry->prefix_count++;
    return HF_OK;
}

uint64_t journal_first(const struct journal *journal) {
    return journal->last + 1 - journal->kept.len;
}

const struct change *journal_at(const struct journal *journal, uint64_t number) {
    assert(number >= journal_first(journal) && number <= journal->last);
    size_t index = (size_t)(number - journal_first(journal));
    return *(struct change *const *)deque_at(&journal->kept, index);
}

/* ---- writing ---- */

static bool journal_make_room(struct journal *journal, size_t bytes) {
    size_t count = 0;
    size_t left = journal->bytes;
    while (count < journal->kept.len && (journal->kept.len - count >= journal->max_changes ||
                                         left + bytes > journal->max_bytes)) {
        left -= (*(struct change **)deque_at(&journal->kept, count))->bytes;
        count++;
    }
    journal_drop(journal, count);
    return bytes <= journal->max_bytes && deque_reserve(&journal->kept, 1);
}

/* A change that cannot be kept (NULL: no memory for it) drops all older ones, so that no gap is in
 * the middle. */
static void journal_keep(struct journal *journal, struct change *change) {
    if (change && journal_make_room(journal, change->bytes)) {
        size_t end = journal->kept.len;
        deque_open(&journal->kept, end, 1);
        *(struct change **)deque_at(&journal->kept, end) = change;
        change->references++;
        journal->bytes += change->bytes;
    } else {
        journal_drop(journal, journal->kept.len);
    }
    journal->last++;
    object_touch(journal->watch);
}

static bool journal_is_about(const struct journal *journal, const struct object *object) {
    return journal->watch != object &&
           (!journal->prefix || strncmp(object->name, journal->prefix, journal->prefix_len) == 0);
}

static void journal_keep_in_all(const struct link *journals, const struct object *object,
                                struct change *change) {
    for (const struct link *link = journals->next; link != journals; link = link->next) {
        struct journal *journal = LINK_OWNER(link, struct journal, in_watched);
        if (journal_is_about(journal, object)) {
            journal_keep(journal, change);
        }
    }
}

static bool journal_anybody_watches(const struct object *object) {
    const struct link *journals = &object->registry->journals;
    bool found = !link_alone(&object->journals);
    for (const struct link *link = journals->next; object->name && !found && link != journals;
         link = link->next) {
        found = journal_is_about(LINK_OWNER(link, struct journal, in_watched), object);
    }
    return found;
}

void journal_write(struct object *object, Hf__Cause cause, struct who *who,
                   const Hf__Request *request) {
    assert(!object->deleted);
    if (!journal_anybody_watches(object)) {
        return;
    }
    struct change *change = change_new(object, request);
    if (change) {
        change->references = 1;
        change->cause = cause;
        change->who = who ? who_share(who) : NULL;
    }
    journal_keep_in_all(&object->journals, object, change);
    if (object->name) {
        journal_keep_in_all(&object->registry->journals, object, change);
    }
    if (change) {
        change_release(change);
    }
}

void journal_object_gone(struct object *object) {
    struct link *link = NULL;
    while ((link = link_first(&object->journals)) != NULL) {
        link_remove(link);
        struct journal *journal = LINK_OWNER(link, struct journal, in_watched);
        assert(!journal->prefix && !journal->closed);
        journal->closed = true;
    }
}
