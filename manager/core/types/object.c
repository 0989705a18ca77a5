/* SPDX-License-Identifier: MIT
 *
 * The operations on objects of any type, and open for the open operations of all types.
 */
#include "object.h"

#include "attachment.h"
#include "family.h"
#include "hold_lease.h"
#include "journal.h"
#include "lifetime.h"
#include "options.h"
#include "registry.h"
#include "show.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

enum { OPEN_TTL_MS = 22 }; /* the number of a field in every open */
enum { HOLDERS_SHOWN = 1000, WAITERS_SHOWN = 1000, OPTIONS_MAX_BYTES = 512 };

/* ---- open ---- */

/* NULL: it has none. */
static char *object_tag(const struct object *object) {
    const char *tag = attachment_of(object).tag;
    return *tag ? (char *)(uintptr_t)tag : NULL;
}

static hf_status object_answer_object(struct call *call, const struct object *object) {
    Hf__Ref *ref = call_message(call, &hf__ref__descriptor);
    if (!ref) {
        return HF_NO_MEMORY;
    }
    ref->id = object->id;
    ref->has_type = true;
    ref->type = object->type->tag;
    ref->tag = object_tag(object);
    return call_answer_message(call, HF__REPLY__RESULT_OBJECT, ref);
}

hf_status object_answer(struct call *call, struct object *object) {
    return call_tell_object(call, object) ? object_answer_object(call, object) : HF_NO_MEMORY;
}

/* ---- tag and attachment: fields of every open ---- */

enum { OPEN_TAG = 20, OPEN_ATTACHMENT = 21 };

/* Each operation is a pointer to a message, in the same union. */
static const ProtobufCMessage *object_open_message(const struct call *call) {
    return (const ProtobufCMessage *)call->request->dict_open;
}

/* The place of a field in an open; NULL: the opens of this type do not have it. */
static void *object_open_field(const ProtobufCMessage *open, unsigned number) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(open->descriptor, number);
    return field ? (char *)(uintptr_t)open + field->offset : NULL;
}

static const char *object_tag_asked(const ProtobufCMessage *open) {
    char *const *tag = object_open_field(open, OPEN_TAG);
    return tag && *tag && **tag ? *tag : NULL;
}

static hf_status object_attach(struct call *call, struct object *object) {
    const ProtobufCMessage *open = object_open_message(call);
    const ProtobufCBinaryData *bytes = object_open_field(open, OPEN_ATTACHMENT);
    const char *tag = object_tag_asked(open);
    if (tag && strlen(tag) > HF_TAG_MAX_BYTES) {
        return call_refuse(call, HF_INVALID, "a tag has at most %u bytes", HF_TAG_MAX_BYTES);
    }
    if (bytes && bytes->len > HF_ATTACHMENT_MAX_BYTES) {
        return call_refuse(call, HF_TOO_BIG, "an attachment has at most %u bytes",
                           HF_ATTACHMENT_MAX_BYTES);
    }
    return attachment_keep(object, tag, bytes);
}

static hf_status object_create(struct call *call, const struct type *type, const char *name,
                               int64_t due_ms) {
    struct object *object = NULL;
    hf_status status = registry_create(call->registry, type, name, &object);
    if (status == HF_LIMIT) {
        return call_refuse(call, status, "the manager has %zu objects, its limit",
                           call->registry->objects_max);
    }
    if (status != HF_OK) {
        return status;
    }
    call->object = object;
    status = type->init ? type->init(object, call) : HF_OK;
    if (status == HF_OK) {
        status = object_attach(call, object);
    }
    if (status == HF_OK && !name && !call_tell_object(call, object)) {
        status = HF_NO_MEMORY;
    }
    if (status == HF_OK && !lifetime_set(object, due_ms)) {
        status = HF_NO_MEMORY;
    }
    if (status == HF_OK) {
        status = object_answer_object(call, object);
    }
    if (status != HF_OK) {
        registry_delete(call->registry, object);
        call->object = NULL;
        return status;
    }
    journal_note(object, HF__CAUSE__REQUESTED, call->owner->who, call->request);
    return HF_OK;
}

/* See that it has the options that the open gives. */
static hf_status object_check_options(struct call *call, const struct object *object) {
    char bytes[HF_DETAIL_MAX_BYTES / 2];
    struct text words = text_in(bytes, sizeof bytes);
    const ProtobufCMessage *asked = object_open_message(call);
    ProtobufCMessage *own = call_message(call, asked->descriptor);
    if (!own) {
        return HF_NO_MEMORY;
    }
    if (object->type->options) {
        object->type->options(object, own);
    }
    if (object_tag_asked(asked)) {
        const char *tag = object_tag(object);
        *(const char **)object_open_field(own, OPEN_TAG) = tag ? tag : options_none;
    }
    return options_differ(own, asked, &words)
               ? call_refuse(call, HF_WRONG_TYPE,
                             "%s has %s (without these options it is opened as it is)",
                             object->name, bytes)
               : HF_OK;
}

static hf_status object_find_open(struct call *call, const struct type *type, Hf__Mode mode,
                                  struct object *object) {
    if (object->type != type) {
        char is[SHOW_KIND_BYTES], wanted[SHOW_KIND_BYTES];
        return call_refuse(call, HF_WRONG_TYPE, "%s is %s, not %s", object->name,
                           show_kind(object->type->name, is), show_kind(type->name, wanted));
    }
    bool check = mode != HF__MODE__MUST_EXIST &&
                 (type->options || object_tag_asked(object_open_message(call)));
    hf_status status = check ? object_check_options(call, object) : HF_OK;
    if (status != HF_OK) {
        return status;
    }
    call->object = object;
    return object_answer_object(call, object);
}

/* When the object ends, if it is made. Each operation is a pointer to a message in the same union,
 * and each open has this field. */
static int64_t object_due_asked(struct call *call) {
    const ProtobufCMessage *open = (const ProtobufCMessage *)call->request->dict_open;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(open->descriptor, OPEN_TTL_MS);
    const char *at = (const char *)open;
    assert(field);
    return *(const protobuf_c_boolean *)(const void *)(at + field->quantifier_offset)
               ? call_due_in(call, *(const uint64_t *)(const void *)(at + field->offset))
               : LIFETIME_ENDLESS;
}

hf_status object_open(struct call *call, const struct type *type, const char *name, Hf__Mode mode) {
    int64_t due_ms = object_due_asked(call);
    if (due_ms == LIFETIME_REFUSED) {
        return HF_INVALID;
    }
    hf_status status = call_check_enum(call, &hf__mode__descriptor, (int)mode, "mode");
    if (status != HF_OK) {
        return status;
    }
    if (!name) {
        return mode == HF__MODE__MUST_EXIST
                   ? call_refuse(call, HF_INVALID, "an unnamed object cannot exist already")
                   : object_create(call, type, NULL, due_ms);
    }
    size_t len = strlen(name);
    if (len == 0 || len > HF_NAME_MAX_BYTES) {
        return call_refuse(call, HF_INVALID, "a name has 1 to %u bytes", HF_NAME_MAX_BYTES);
    }
    struct object *object = lifetime_find_name(call->registry, name);
    if (object && mode == HF__MODE__MUST_CREATE) {
        return call_refuse(call, HF_EXISTS, "%s exists already", name);
    }
    if (object) {
        return object_find_open(call, type, mode, object);
    }
    if (mode == HF__MODE__MUST_EXIST) {
        return call_refuse(call, HF_NO_OBJECT, "no object is called %s", name);
    }
    return object_create(call, type, name, due_ms);
}

/* ---- names ---- */

static hf_status object_find(struct call *call) {
    const char *name = call->request->object_find->name;
    const struct object *object = lifetime_find_name(call->registry, name);
    return object ? object_answer_object(call, object)
                  : call_refuse(call, HF_NO_OBJECT, "no object is called %s", name);
}

hf_status object_find_typed(struct call *call, uint64_t id, const struct type *type,
                            struct object **object) {
    *object = lifetime_find(call->registry, id);
    if (!*object) {
        return call_refuse_id(call, id);
    }
    char is[SHOW_KIND_BYTES], wanted[SHOW_KIND_BYTES];
    return (*object)->type == type
               ? HF_OK
               : call_refuse(call, HF_WRONG_TYPE, "object %llu is %s, not %s",
                             (unsigned long long)id, show_kind((*object)->type->name, is),
                             show_kind(type->name, wanted));
}

static hf_status object_exists(struct call *call) {
    const char *name = call->request->object_exists->name;
    return call_answer_truth(call, lifetime_find_name(call->registry, name) != NULL);
}

static bool object_listed(const Hf__ObjectList *in, const struct object *object) {
    if (in->has_type && in->type != object->type->tag) {
        return false;
    }
    return !in->prefix || strncmp(object->name, in->prefix, strlen(in->prefix)) == 0;
}

/* Bounds the names that one page looks at, so a page may be empty but is never slow. */
static hf_status object_list(struct call *call) {
    enum { LOOKS_MAX = 20 * HF_LISTING_MAX_ENTRIES };
    const Hf__ObjectList *in = call->request->object_list;
    if (in->has_type &&
        call_check_enum(call, &hf__type__descriptor, (int)in->type, "type") != HF_OK) {
        return HF_INVALID;
    }
    size_t limit =
        in->limit && in->limit < HF_LISTING_MAX_ENTRIES ? in->limit : HF_LISTING_MAX_ENTRIES;
    Hf__Listing *listing = call_message(call, &hf__listing__descriptor);
    Hf__Entry **entries = arena_zeroed(call->arena, limit, sizeof *entries);
    Hf__Entry *memory = arena_zeroed(call->arena, limit, sizeof *memory);
    if (!listing || !entries || !memory) {
        return HF_NO_MEMORY;
    }
    listing->entries = entries;
    uint64_t cursor = in->cursor;
    struct object *object = NULL;
    for (size_t looks = 0; looks < LOOKS_MAX && listing->n_entries < limit; looks++) {
        object = registry_next_name(call->registry, &cursor);
        if (!object) {
            break;
        }
        if (object_listed(in, object) && !lifetime_check(object)) {
            Hf__Entry *entry = &memory[listing->n_entries];
            hf__entry__init(entry);
            entry->name = object->name;
            entry->id = object->id;
            entry->type = object->type->tag;
            entries[listing->n_entries++] = entry;
        }
    }
    listing->has_next = object != NULL;
    listing->next = cursor;
    return call_answer_message(call, HF__REPLY__RESULT_LISTING, listing);
}

/* ---- describe ---- */

Hf__Holder *object_holder(struct call *call, const struct hold *hold) {
    Hf__Holder *holder = call_message(call, &hf__holder__descriptor);
    if (!holder) {
        return NULL;
    }
    holder->session = hold->who->session;
    holder->label = hold->who->label;
    holder->has_pid = holder->has_tid = holder->has_fence = holder->has_depth = true;
    holder->has_held_ms = holder->has_dead = true;
    holder->pid = hold->who->pid;
    holder->tid = hold->who->tid;
    holder->has_party = hold->who->party != 0;
    holder->party = hold->who->party;
    holder->fence = hold->fence;
    holder->depth = hold->depth;
    holder->held_ms =
        (uint64_t)(hold->lost ? hold->held_ms : call->registry->now_ms - hold->since_ms);
    holder->dead = hold->lost ? hold->lost == HOLD_DIED : hold->owner == NULL && !hold->left;
    holder->has_left = holder->left = hold->left && !hold->lost;
    if (hold->lease) {
        holder->has_lease_left_ms = true;
        holder->lease_left_ms = (uint64_t)hold_lease_left_ms(hold);
    }
    if (hold->lost) {
        holder->has_lost = true;
        holder->lost = (Hf__Loss)(hold->lost - HOLD_DIED);
    }
    return holder;
}

uint64_t object_waiting(const struct call *call) {
    return call->object->waiting - call_waits_at(call, call->object);
}

static bool object_describe_holders(struct call *call, Hf__Description *description) {
    const struct object *object = call->object;
    size_t count = 0;
    const struct link *link = object->holds.next;
    for (; link != &object->holds && count < HOLDERS_SHOWN; link = link->next) {
        count++;
    }
    description->holders = arena_zeroed(call->arena, count, sizeof *description->holders);
    if (!description->holders) {
        return false;
    }
    for (link = object->holds.next; description->n_holders < count; link = link->next) {
        Hf__Holder *holder = object_holder(call, LINK_OWNER(link, struct hold, of_object));
        if (!holder) {
            return false;
        }
        description->holders[description->n_holders++] = holder;
    }
    return true;
}

static void object_describe_waiter(const struct pending *waiting, Hf__Waiter *waiter) {
    const struct call *call = &waiting->call;
    const struct who *who = call->owner->who;
    hf__waiter__init(waiter);
    waiter->session = who->session;
    waiter->label = (char *)(uintptr_t)who->label;
    waiter->has_pid = waiter->has_tid = waiter->has_waited_ms = true;
    waiter->pid = who->pid;
    waiter->tid = who->tid;
    waiter->has_party = who->party != 0;
    waiter->party = who->party;
    waiter->op = (char *)(uintptr_t)types_op_name(call->op->tag);
    waiter->waited_ms = (uint64_t)(call->registry->now_ms - waiting->since_ms);
}

static bool object_describe_waiters(struct call *call, Hf__Description *description) {
    const struct object *object = call->object;
    uint64_t waiting = object_waiting(call);
    size_t count = waiting < WAITERS_SHOWN ? (size_t)waiting : WAITERS_SHOWN;
    Hf__Waiter *memory = arena_zeroed(call->arena, count, sizeof *memory);
    description->waiters = arena_zeroed(call->arena, count, sizeof *description->waiters);
    if (!memory || !description->waiters) {
        return false;
    }
    for (unsigned lane = 0; lane < OBJECT_LANES; lane++) {
        const struct link *link = object->lanes[lane].next;
        for (; link != &object->lanes[lane] && description->n_waiters < count; link = link->next) {
            const struct pending *other = LINK_OWNER(link, struct waiter, in_lane)->pending;
            if (other != call->pending) {
                Hf__Waiter *waiter = &memory[description->n_waiters];
                object_describe_waiter(other, waiter);
                description->waiters[description->n_waiters++] = waiter;
            }
        }
    }
    return true;
}

static bool object_describe_type(struct call *call, Hf__Description *description) {
    char bytes[OPTIONS_MAX_BYTES];
    struct text options = text_in(bytes, sizeof bytes);
    description->size = call->object->type->describe(call->object, &options);
    description->has_size = !call->object->type->without_size;
    description->options = options.len ? arena_copy(call->arena, bytes, options.len) : NULL;
    return options.len == 0 || description->options;
}

static hf_status object_describe(struct call *call) {
    const struct object *object = call->object;
    Hf__Description *description = call_message(call, &hf__description__descriptor);
    if (!description) {
        return HF_NO_MEMORY;
    }
    description->id = object->id;
    description->type = object->type->tag;
    description->name = object->name;
    description->tag = object_tag(object);
    description->has_references = description->has_waiting = description->has_grants = true;
    description->has_longest_wait_ms = true;
    description->references = object->references;
    description->waiting = object_waiting(call);
    description->grants = object->grants;
    description->longest_wait_ms = (uint64_t)object->longest_wait_ms;
    if (!object_describe_holders(call, description) ||
        !object_describe_waiters(call, description)) {
        return HF_NO_MEMORY;
    }
    if (object->type->describe && !object_describe_type(call, description)) {
        return HF_NO_MEMORY;
    }
    return call_answer_message(call, HF__REPLY__RESULT_DESCRIPTION, description);
}

/* ---- time to live ---- */

static hf_status object_expire(struct call *call) {
    int64_t due_ms = CALL_DUE(call, call->request->object_expire);
    if (due_ms == LIFETIME_REFUSED) {
        return HF_INVALID;
    }
    return lifetime_set(call->object, due_ms) ? HF_OK : HF_NO_MEMORY;
}

static hf_status object_ttl(struct call *call) {
    int64_t due_ms = lifetime_due(call->object);
    const struct any endless = {.kind = ANY_NULL};
    const struct any left = {.kind = ANY_INT, .integer = due_ms - call->registry->now_ms};
    return call_answer(call, due_ms == LIFETIME_ENDLESS ? &endless : &left);
}

/* ---- attachment, version ---- */

static hf_status object_attachment(struct call *call) {
    const struct attachment kept = attachment_of(call->object);
    Hf__Attachment *attachment = call_message(call, &hf__attachment__descriptor);
    if (!attachment) {
        return HF_NO_MEMORY;
    }
    attachment->type = call->object->type->tag;
    attachment->tag = object_tag(call->object);
    attachment->has_bytes = kept.bytes != NULL;
    attachment->bytes = (ProtobufCBinaryData){kept.len, (uint8_t *)(uintptr_t)kept.bytes};
    return call_answer_message(call, HF__REPLY__RESULT_ATTACHMENT, attachment);
}

static hf_status object_version(struct call *call) {
    return call_answer_count(call, object_version_now(call->object));
}

/* ---- ending ---- */

static hf_status object_delete(struct call *call) {
    journal_note(call->object, HF__CAUSE__REQUESTED, call->owner->who, call->request);
    registry_delete(call->registry, call->object);
    call->object = NULL;
    return HF_OK;
}

/* A role in a pipe, a barrier or a pool is no grant, and nobody else can go on in its place. */
static hf_status object_break(struct call *call) {
    struct object *object = call->object;
    uint64_t fence = call->request->object_break->fence;
    if (!object->type->revoke) {
        char words[SHOW_KIND_BYTES];
        return call_refuse(call, HF_WRONG_TYPE, "%s has no grants that could be broken",
                           show_kind(object->type->name, words));
    }
    struct hold *hold = hold_find(object, fence);
    if (!hold) {
        return call_refuse(call, HF_NOT_HELD, "no grant of the %s has the fence %llu (any more)",
                           object->type->name, (unsigned long long)fence);
    }
    object->type->revoke(object, hold, HOLD_BROKEN);
    return HF_OK;
}

bool owner_has_other_waiter(const struct owner *owner, const struct call *call) {
    const struct link *link = owner->waiting.next;
    for (; link != &owner->waiting; link = link->next) {
        const struct pending *other = LINK_OWNER(link, struct pending, in_owner);
        if (other != call->pending && call_waits_at(&other->call, call->object)) {
            return true;
        }
    }
    return false;
}

static bool object_awaited_by(const struct object *object, const struct family *family,
                              const struct call *except) {
    for (unsigned lane = 0; lane < OBJECT_LANES && object->waiting > 0; lane++) {
        const struct link *link = object->lanes[lane].next;
        for (; link != &object->lanes[lane]; link = link->next) {
            const struct pending *other = LINK_OWNER(link, struct waiter, in_lane)->pending;
            if (other != except->pending && other->call.owner->all->family == family) {
                return true;
            }
        }
    }
    return false;
}

static bool object_held_by(const struct object *object, const struct family *family) {
    const struct link *link = object->holds.next;
    for (; link != &object->holds; link = link->next) {
        const struct owner *owner = LINK_OWNER(link, struct hold, of_object)->owner;
        if (owner && owner->all->family == family) {
            return true;
        }
    }
    return false;
}

/* The family's last reference would end: whether nobody of it needs the object, which then lives on
 * if it is pinned. */
static hf_status object_may_let_go(struct call *call, const struct family *family) {
    struct object *object = call->object;
    if (object_held_by(object, family)) {
        return call_refuse(call, HF_INVALID, "this session, or one of its family, holds the %s",
                           object->type->name);
    }
    if (object_awaited_by(object, family, call)) {
        return call_refuse(call, HF_INVALID,
                           "a call of this session, or of one of its family, waits at the %s",
                           object->type->name);
    }
    return family->pinned_until_ms == 0 || object_pin_until(object, family->pinned_until_ms)
               ? HF_OK
               : HF_NO_MEMORY;
}

static hf_status object_release(struct call *call) {
    const Hf__ObjectRelease *in = call->request->object_release;
    struct family *family = family_of(call);
    uint64_t count = in->has_count ? in->count : UINT64_MAX;
    if (count == 0) {
        return call_refuse(call, HF_INVALID, "the count of a release is at least 1");
    }
    if (call->object->name) {
        return HF_OK;
    }
    bool last = family_ends_with(family, call->object, count);
    hf_status status = last ? object_may_let_go(call, family) : HF_OK;
    if (status == HF_OK) {
        family_take_back(family, call->object, count);
    }
    return status;
}

/* The call refers to the object already. */
static hf_status object_retain(struct call *call) {
    if (!call->object->name) {
        family_count(family_of(call), call->object->id);
    }
    return HF_OK;
}

/* ---- pin ---- */

/* Pin those that are not pinned yet, in `newly`; all or none. */
static hf_status object_pin_all(struct call *call, struct object **newly, int64_t until_ms) {
    const Hf__ObjectPin *in = call->request->object_pin;
    size_t count = 0;
    for (size_t i = 0; i < in->n_objects; i++) {
        struct object *object = lifetime_find(call->registry, in->objects[i]);
        bool pinned = object->pin;
        if (!pinned && !object_pin_until(object, until_ms)) {
            while (count > 0) {
                object_unpin(newly[--count]);
            }
            return HF_NO_MEMORY;
        }
        if (!pinned && object->pin) {
            newly[count++] = object;
        }
    }
    return HF_OK;
}

static hf_status object_pin_these(struct call *call, int64_t until_ms) {
    const Hf__ObjectPin *in = call->request->object_pin;
    for (size_t i = 0; i < in->n_objects; i++) {
        if (!lifetime_find(call->registry, in->objects[i])) {
            return call_refuse_id(call, in->objects[i]);
        }
    }
    struct object **newly = arena_alloc(call->arena, in->n_objects * sizeof(struct object *));
    hf_status status = newly ? object_pin_all(call, newly, until_ms) : HF_NO_MEMORY;
    for (size_t i = 0; i < in->n_objects && status == HF_OK; i++) {
        bool set = object_pin_until(registry_find(call->registry, in->objects[i]), until_ms);
        assert(set); /* the pin is there, so only its time is changed */
        (void)set;
    }
    return status;
}

static hf_status object_pin(struct call *call) {
    const Hf__ObjectPin *in = call->request->object_pin;
    if (in->for_ms == 0 || in->for_ms > HF_PIN_MAX_MS) {
        return call_refuse(call, HF_INVALID, "objects are pinned for 1 to %u ms", HF_PIN_MAX_MS);
    }
    if (in->n_objects > HF_PIN_MAX_OBJECTS) {
        return call_refuse(call, HF_INVALID, "at most %u objects are pinned at once",
                           HF_PIN_MAX_OBJECTS);
    }
    int64_t until_ms = call->registry->now_ms + (int64_t)in->for_ms;
    if (in->n_objects > 0) {
        return object_pin_these(call, until_ms);
    }
    return family_pin(family_of(call), until_ms) ? HF_OK : HF_NO_MEMORY;
}

static const struct op object_ops[] = {
    {HF__REQUEST__OP_OBJECT_LIST, object_list, OP_FREE | OP_READS, 0},
    {HF__REQUEST__OP_OBJECT_FIND, object_find, OP_FREE | OP_READS, 0},
    {HF__REQUEST__OP_OBJECT_EXISTS, object_exists, OP_FREE | OP_READS, 0},
    {HF__REQUEST__OP_OBJECT_DESCRIBE, object_describe, OP_ANY | OP_READS, 0},
    {HF__REQUEST__OP_OBJECT_ATTACHMENT, object_attachment, OP_ANY | OP_READS, 0},
    {HF__REQUEST__OP_OBJECT_VERSION, object_version, OP_ANY | OP_READS, 0},
    {HF__REQUEST__OP_OBJECT_DELETE, object_delete, OP_ANY | OP_CHANGES, 0},
    {HF__REQUEST__OP_OBJECT_RELEASE, object_release, OP_ANY, 0},
    {HF__REQUEST__OP_OBJECT_EXPIRE, object_expire, OP_ANY | OP_CHANGES, 0},
    {HF__REQUEST__OP_OBJECT_TTL, object_ttl, OP_ANY | OP_READS, 0},
    {HF__REQUEST__OP_OBJECT_RETAIN, object_retain, OP_ANY, 0},
    {HF__REQUEST__OP_OBJECT_PIN, object_pin, OP_FREE, 0},
    {HF__REQUEST__OP_OBJECT_BREAK, object_break, OP_ANY | OP_CHANGES, 0},
};

const struct type type_any = {
    .name = "object",
    TYPE_OPS(object_ops),
};
