/* SPDX-License-Identifier: MIT
 *
 * watch: what happens to an object, or to all whose names begin alike, to be read by any number of
 * sessions, each at its own pace. The journal does the writing (journal.h); here it is read.
 * Whoever waits has read all there is, so the next change lets all of them go.
 */
#include "journal.h"
#include "object.h"
#include "registry.h"
#include "show.h"
#include "wire_limits.h"

#include <string.h>

/* What a reply has around its changes: its id and status, and what a change has around it. */
enum { REPLY_FRAMING = 64, CHANGE_FRAMING = 6, REQUEST_TAG = 5 };

struct watch {
    struct object object;
    struct journal journal;
};

static struct journal *journal_of(struct call *call) {
    return &((struct watch *)call->object)->journal;
}

/* ---- open ---- */

static size_t watch_changes_asked(const Hf__WatchOpen *in) {
    return in->max_changes ? (size_t)in->max_changes : HF_CHANGES_DEFAULT;
}

static size_t watch_bytes_asked(const Hf__WatchOpen *in) {
    return in->max_bytes ? (size_t)in->max_bytes : HF_CHANGES_DEFAULT_BYTES;
}

static hf_status watch_check(struct call *call, const Hf__WatchOpen *in) {
    if ((in->has_object != 0) == (in->prefix != NULL)) {
        return call_refuse(call, HF_INVALID, "a watch is of an object or of a prefix of names");
    }
    if (in->prefix && strlen(in->prefix) > HF_NAME_MAX_BYTES) {
        return call_refuse(call, HF_INVALID, "a prefix has at most %u bytes", HF_NAME_MAX_BYTES);
    }
    if (in->max_changes > HF_CHANGES_MAX || in->max_bytes > HF_CHANGES_MAX_BYTES) {
        return call_refuse(call, HF_INVALID, "a watch keeps at most %u changes and %u bytes",
                           HF_CHANGES_MAX, HF_CHANGES_MAX_BYTES);
    }
    return HF_OK;
}

static hf_status watch_names(struct call *call, struct journal *journal, const char *prefix) {
    hf_status status = journal_of_names(journal, prefix);
    return status == HF_LIMIT ? call_refuse(call, status, "%u watches of names are there already",
                                            HF_PREFIX_WATCHES_MAX)
                              : status;
}

static hf_status watch_init(struct object *object, struct call *call) {
    struct journal *journal = &((struct watch *)object)->journal;
    const Hf__WatchOpen *in = call->request->watch_open;
    journal_init(journal, object);
    journal->max_changes = watch_changes_asked(in);
    journal->max_bytes = watch_bytes_asked(in);
    if (in->prefix) {
        return watch_names(call, journal, in->prefix);
    }
    struct object *watched = registry_find(call->registry, in->object);
    if (!watched || watched == object) {
        return call_refuse(call, HF_NO_OBJECT, "no object has the id %llu",
                           (unsigned long long)in->object);
    }
    journal_of_object(journal, watched);
    return HF_OK;
}

static bool watch_matches(const struct object *object, struct call *call) {
    const struct journal *journal = &((const struct watch *)object)->journal;
    const Hf__WatchOpen *in = call->request->watch_open;
    bool same = in->prefix ? journal->prefix && strcmp(journal->prefix, in->prefix) == 0
                           : !journal->prefix && journal->object == in->object;
    return same && journal->max_changes == watch_changes_asked(in) &&
           journal->max_bytes == watch_bytes_asked(in);
}

static void watch_deleted(struct object *object) {
    journal_leave(&((struct watch *)object)->journal);
}

static void watch_fini(struct object *object) {
    journal_fini(&((struct watch *)object)->journal);
}

static uint64_t watch_describe(const struct object *object, struct text *options) {
    const struct journal *journal = &((const struct watch *)object)->journal;
    char prefix[SHOW_BYTES];
    const struct any text = {
        .kind = ANY_STRING, .len = (uint32_t)journal->prefix_len, .bytes = journal->prefix};
    if (journal->prefix) {
        text_add(options, "of names that begin with %s, %llu changes", show_any(&text, prefix),
                 (unsigned long long)journal->last);
    } else {
        text_add(options, "of #%llu%s, %llu changes", (unsigned long long)journal->object,
                 journal->closed ? ", which is gone" : "", (unsigned long long)journal->last);
    }
    return journal->kept.len;
}

static hf_status watch_open(struct call *call) {
    const Hf__WatchOpen *in = call->request->watch_open;
    hf_status status = watch_check(call, in);
    return status == HF_OK ? object_open(call, &type_watch, in->name, in->mode) : status;
}

/* ---- next ---- */

/* A change as it is told. Its request is packed already, and encode() puts what it takes for an
 * unknown field into a message as it is: nothing is decoded, and nothing copied but in a batch. */
struct told {
    Hf__Change change;
    Hf__Ref object;
    ProtobufCMessageUnknownField request;
};

/* What the reply points to; NULL: no memory. */
static void *watch_lend(struct call *call, const void *bytes, size_t len) {
    return call->copies ? arena_copy(&call->arena, bytes, len) : (void *)(uintptr_t)bytes;
}

static bool watch_tell_request(struct call *call, const struct change *change, struct told *told) {
    told->request = (ProtobufCMessageUnknownField){
        .tag = REQUEST_TAG,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = change->request_len,
        .data = watch_lend(call, change->request, change->request_len),
    };
    told->change.base.n_unknown_fields = 1;
    told->change.base.unknown_fields = &told->request;
    return told->request.data != NULL;
}

static bool watch_tell_who(struct call *call, const struct who *who, Hf__Change *change) {
    change->has_session = change->has_pid = true;
    change->session = who->session;
    change->pid = who->pid;
    change->label = watch_lend(call, who->label, strlen(who->label));
    return change->label != NULL;
}

static bool watch_tell(struct call *call, const struct change *change, uint64_t number,
                       struct told *told) {
    hf__change__init(&told->change);
    hf__ref__init(&told->object);
    told->object.id = change->object;
    told->object.has_type = true;
    told->object.type = change->type;
    told->change.number = number;
    told->change.object = &told->object;
    told->change.cause = change->cause;
    if (change->name) {
        told->change.name = watch_lend(call, change->name, strlen(change->name));
    }
    return (!change->name || told->change.name) &&
           (!change->who || watch_tell_who(call, change->who, &told->change)) &&
           (!change->request || watch_tell_request(call, change, told));
}

/* As many of these as fit the reply; the first one does, or else the reply is refused. */
static hf_status watch_tell_all(struct call *call, uint64_t first, size_t count,
                                Hf__Changes *changes) {
    const struct journal *journal = journal_of(call);
    struct told *told = arena_zeroed(&call->arena, count, sizeof *told);
    changes->changes = arena_zeroed(&call->arena, count, sizeof *changes->changes);
    if (!told || !changes->changes) {
        return HF_NO_MEMORY;
    }
    size_t room = call->copies ? call->room : HF_REPLY_MAX_BYTES;
    size_t left = room > REPLY_FRAMING ? room - REPLY_FRAMING : 0;
    for (size_t i = 0; i < count; i++) {
        if (!watch_tell(call, journal_at(journal, first + i), first + i, &told[i])) {
            return HF_NO_MEMORY;
        }
        size_t len = hf__change__get_packed_size(&told[i].change) + CHANGE_FRAMING;
        if (len > left && i > 0) {
            break;
        }
        left = len < left ? left - len : 0;
        changes->changes[changes->n_changes++] = &told[i].change;
        changes->last = first + i;
    }
    return HF_OK;
}

static hf_status watch_answer(struct call *call, uint64_t after, size_t limit) {
    const struct journal *journal = journal_of(call);
    Hf__Changes *changes = arena_alloc(&call->arena, sizeof *changes);
    if (!changes) {
        return HF_NO_MEMORY;
    }
    hf__changes__init(changes);
    uint64_t kept = journal_first(journal);
    uint64_t first = after + 1 > kept ? after + 1 : kept;
    uint64_t there = journal->last + 1 - first;
    changes->has_missed = first > after + 1;
    changes->missed = first - (after + 1);
    changes->last = first - 1;
    hf_status status = watch_tell_all(call, first, there < limit ? (size_t)there : limit, changes);
    call->reply->result_case = HF__REPLY__RESULT_CHANGES;
    call->reply->changes = changes;
    return status;
}

static hf_status watch_next(struct call *call) {
    const struct journal *journal = journal_of(call);
    const Hf__WatchNext *in = call->request->watch_next;
    if (in->after > journal->last) {
        return call_refuse(call, HF_VALUE_ERROR,
                           "no change has the number %llu yet: the newest has %llu",
                           (unsigned long long)in->after, (unsigned long long)journal->last);
    }
    if (in->after < journal->last) {
        bool few = in->limit && in->limit < HF_CHANGES_PAGE_MAX;
        return watch_answer(call, in->after, few ? in->limit : HF_CHANGES_PAGE_MAX);
    }
    return journal->closed ? call_refuse(call, HF_CLOSED,
                                         "the object that was watched is gone, and all %llu of its "
                                         "changes have been read",
                                         (unsigned long long)journal->last)
                           : HF_WAIT;
}

static const struct op watch_ops[] = {
    {HF__REQUEST__OP_WATCH_OPEN, watch_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_WATCH_NEXT, watch_next, OP_WAITS | OP_OWN_ORDER, 0},
};

const struct type type_watch = {
    .tag = HF__TYPE__WATCH,
    .name = "watch",
    .object_size = sizeof(struct watch),
    .ops = watch_ops,
    .op_count = sizeof watch_ops / sizeof watch_ops[0],
    .init = watch_init,
    .fini = watch_fini,
    .matches = watch_matches,
    .deleted = watch_deleted,
    .describe = watch_describe,
};
