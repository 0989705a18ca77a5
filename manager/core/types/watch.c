/* SPDX-License-Identifier: MIT
 *
 * watch: reads a journal (journal.h) of what happens to an object, or to all objects whose names
 * begin with a prefix. Any number of sessions read it, each at its own pace. A call that waits has
 * read all changes, so the next change releases all waiting calls.
 */
#include "journal.h"
#include "lifetime.h"
#include "object.h"
#include "options.h"
#include "registry.h"
#include "show.h"
#include "wire_limits.h"

#include <string.h>

enum {
    CHANGE_FRAMING = 6, /* bytes around each change in a reply */
    REQUEST_TAG = 5,
};

struct watch {
    struct object object;
    struct journal journal;
};

static struct journal *journal_of(struct call *call) {
    return &((struct watch *)call->object)->journal;
}

/* ---- open ---- */

static hf_status watch_check(struct call *call, const Hf__WatchOpen *in) {
    if ((in->object != 0) == (in->prefix != NULL)) {
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
    return status == HF_LIMIT
               ? call_refuse(call, status, "there are %u watches of names, which is the limit",
                             HF_PREFIX_WATCHES_MAX)
               : status;
}

static hf_status watch_init(struct object *object, struct call *call) {
    struct journal *journal = &((struct watch *)object)->journal;
    const Hf__WatchOpen *in = call->request->watch_open;
    journal_init(journal, object);
    journal->max_changes = in->max_changes ? (size_t)in->max_changes : HF_CHANGES_DEFAULT;
    journal->max_bytes = in->max_bytes ? (size_t)in->max_bytes : HF_CHANGES_DEFAULT_BYTES;
    if (in->prefix) {
        return watch_names(call, journal, in->prefix);
    }
    struct object *watched = lifetime_find(call->registry, in->object);
    if (!watched || watched == object) {
        return call_refuse_id(call, in->object);
    }
    journal_of_object(journal, watched);
    return HF_OK;
}

/* A watch of names has the object 0. */
static void watch_options(const struct object *object, void *open) {
    const struct journal *journal = &((const struct watch *)object)->journal;
    Hf__WatchOpen *out = open;
    OPTION(out, object, journal->prefix ? 0 : journal->object);
    out->prefix = journal->prefix ? journal->prefix : options_none;
    OPTION(out, max_changes, journal->max_changes);
    OPTION(out, max_bytes, journal->max_bytes);
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
    text_add(options, ", at most %llu of %llu bytes kept", (unsigned long long)journal->max_changes,
             (unsigned long long)journal->max_bytes);
    return journal->kept.len;
}

static hf_status watch_open(struct call *call) {
    const Hf__WatchOpen *in = call->request->watch_open;
    hf_status status = watch_check(call, in);
    return status == HF_OK ? object_open(call, &type_watch, in->name, in->mode) : status;
}

/* ---- next ---- */

/* A change in a reply. Its request is packed already. As an unknown field of the message, encode()
 * writes it unchanged, so nothing is decoded or copied. */
struct told {
    Hf__Change change;
    Hf__Ref object;
    ProtobufCMessageUnknownField request;
};

static void watch_tell_request(const struct change *change, struct told *told) {
    told->request = (ProtobufCMessageUnknownField){
        .tag = REQUEST_TAG,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = change->request_len,
        .data = (uint8_t *)(uintptr_t)change->request,
    };
    told->change.base.n_unknown_fields = 1;
    told->change.base.unknown_fields = &told->request;
}

static void watch_tell_who(struct who *who, Hf__Change *change) {
    change->has_session = change->has_pid = true;
    change->session = who->session;
    change->pid = who->pid;
    change->label = who->label;
    change->has_party = who->party != 0;
    change->party = who->party;
}

static void watch_tell(const struct change *change, uint64_t number, struct told *told) {
    hf__change__init(&told->change);
    hf__ref__init(&told->object);
    told->object.id = change->object;
    told->object.has_type = true;
    told->object.type = change->type;
    told->change.number = number;
    told->change.object = &told->object;
    told->change.cause = change->cause;
    told->change.name = (char *)(uintptr_t)change->name;
    if (change->who) {
        watch_tell_who(change->who, &told->change);
    }
    if (change->request) {
        watch_tell_request(change, told);
    }
}

/* Add as many of these changes as fit the reply. If the first does not fit, the reply is
 * refused. */
static hf_status watch_tell_all(struct call *call, uint64_t first, size_t count,
                                Hf__Changes *changes) {
    const struct journal *journal = journal_of(call);
    struct told *told = arena_zeroed(call->arena, count, sizeof *told);
    changes->changes = arena_zeroed(call->arena, count, sizeof *changes->changes);
    if (!told || !changes->changes) {
        return HF_NO_MEMORY;
    }
    size_t left = call_gather_max(call);
    for (size_t i = 0; i < count; i++) {
        watch_tell(journal_at(journal, first + i), first + i, &told[i]);
        size_t len = hf__change__get_packed_size(&told[i].change) + CHANGE_FRAMING;
        if (len > left && i > 0) {
            break;
        }
        left = len < left ? left - len : 0;
        changes->changes[changes->n_changes++] = &told[i].change;
        changes->last = first + i;
    }
    return call_answer_message(call, HF__REPLY__RESULT_CHANGES, changes);
}

static hf_status watch_answer(struct call *call, uint64_t after, size_t limit) {
    const struct journal *journal = journal_of(call);
    Hf__Changes *changes = call_message(call, &hf__changes__descriptor);
    if (!changes) {
        return HF_NO_MEMORY;
    }
    uint64_t kept = journal_first(journal);
    uint64_t first = after + 1 > kept ? after + 1 : kept;
    uint64_t there = journal->last + 1 - first;
    changes->has_missed = first > after + 1;
    changes->missed = first - (after + 1);
    changes->last = first - 1;
    return watch_tell_all(call, first, there < limit ? (size_t)there : limit, changes);
}

static hf_status watch_next(struct call *call) {
    const struct journal *journal = journal_of(call);
    const Hf__WatchNext *in = call->request->watch_next;
    if (in->after > journal->last) {
        return call_refuse(call, HF_VALUE_ERROR,
                           "no change has the number %llu yet: the newest is %llu",
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
    TYPE_OPS(watch_ops),
    .init = watch_init,
    .fini = watch_fini,
    .options = watch_options,
    .deleted = watch_deleted,
    .describe = watch_describe,
};
