/* SPDX-License-Identifier: MIT
 *
 * The model of a watch: every change is kept in one list; a read looks up those that a watch of its
 * size would still have.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

#include <string.h>

enum { CHANGE_BYTES = 64, CHANGES_DEFAULT = 1024, BYTES_DEFAULT = 1 << 20, PAGE_MAX = 1000 };

struct entry {
    Hf__Change *change;
    size_t bytes;
};

struct watch {
    uint64_t object; /* 0: of names */
    const char *prefix;
    uint64_t max_changes;
    uint64_t max_bytes;
    bool closed;
    struct entry *entries; /* all of them, ever */
    size_t count;
    size_t room;
};

static struct watch *watch_of(const struct model_object *object) {
    return object->own;
}

/* ---- writing ---- */

static bool is_about(const struct model_object *watch, const struct model_object *object) {
    const struct watch *own = watch_of(watch);
    if (watch->gone || watch == object) {
        return false;
    }
    return own->prefix
               ? object->name && strncmp(object->name, own->prefix, strlen(own->prefix)) == 0
               : !own->closed && object->self.id == own->object;
}

static Hf__Request *bare(const Hf__Request *request) {
    Hf__Request *kept = keep_request(request);
    kept->has_id = kept->has_timeout_ms = kept->has_seq = kept->has_expect = false;
    kept->has_party = false;
    kept->guard = NULL;
    return kept;
}

static void watch_add(struct model *model, struct model_object *object, Hf__Change change) {
    struct watch *watch = watch_of(object);
    if (watch->count == watch->room) {
        struct entry *entries = keep((2 * watch->room + 8) * sizeof *entries);
        if (watch->count > 0) {
            memcpy(entries, watch->entries, watch->count * sizeof *entries);
        }
        watch->entries = entries;
        watch->room = 2 * watch->room + 8;
    }
    struct entry *entry = &watch->entries[watch->count++];
    entry->change = keep(sizeof change);
    *entry->change = change;
    entry->change->number = watch->count;
    entry->bytes = CHANGE_BYTES + (change.name ? strlen(change.name) : 0) +
                   (change.request ? hf__request__get_packed_size(change.request) : 0);
    model_touch(model, object);
}

void model_note(struct model *model, struct model_object *object, Hf__Cause cause,
                const struct model_session *who, const Hf__Request *request) {
    object->version++;
    model_tell_watches(model, object, cause, who, request);
}

/* Watches of the object first, then those of names. */
void model_tell_watches(struct model *model, struct model_object *object, Hf__Cause cause,
                        const struct model_session *who, const Hf__Request *request) {
    Hf__Change change = HF__CHANGE__INIT;
    change.object = &object->self;
    change.name = object->name;
    change.cause = cause;
    change.request = request ? bare(request) : NULL;
    if (who) {
        change.has_session = change.has_pid = true;
        change.session = who->id;
        change.pid = who->pid;
        change.label = who->label;
        change.has_party = who->party != 0;
        change.party = who->party;
    }
    for (int names = 0; names < 2; names++) {
        for (size_t i = 0; i < model->object_count; i++) {
            struct model_object *watch = model->objects[i];
            if (watch->type == &model_watch && !watch_of(watch)->prefix == !names &&
                is_about(watch, object)) {
                watch_add(model, watch, change);
            }
        }
    }
}

void model_watched_gone(struct model *model, const struct model_object *object) {
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *watch = model->objects[i];
        if (watch->type == &model_watch && !watch_of(watch)->prefix &&
            watch_of(watch)->object == object->self.id) {
            watch_of(watch)->closed = true;
        }
    }
}

/* ---- open ---- */

static char *some_prefix(struct maker *maker) {
    static const char *const prefixes[] = {"", "", "l", "lock", "watch", "queue 1", "none"};
    return keep_string("%s", prefixes[maker_roll(maker, sizeof prefixes / sizeof prefixes[0])]);
}

static void make_watch_open(struct maker *maker) {
    static const uint64_t sizes[] = {1, 100, 200, 300, 1 << 28, (1 << 28) + 1};
    bool of_names = maker_chance(maker, 50);
    bool wrong = maker_chance(maker, 3);
    maker_emit(maker,
               REQUEST(maker->object, watch_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_object = of_names == wrong,
                       .object = maker_chance(maker, 95) ? maker_object(maker, NULL)
                                                         : maker_roll(maker, 9),
                       .prefix = of_names ? some_prefix(maker) : NULL,
                       .has_max_changes = maker_chance(maker, 50),
                       .max_changes = maker_chance(maker, 98) ? maker_roll(maker, 6) : UINT64_MAX,
                       .has_max_bytes = maker_chance(maker, 30),
                       .max_bytes = sizes[maker_roll(maker, sizeof sizes / sizeof sizes[0])]));
}

static bool watch_same(const void *own, const Hf__Request *request) {
    const struct watch *watch = own;
    const Hf__WatchOpen *in = request->watch_open;
    bool alike = in->prefix ? watch->prefix && strcmp(watch->prefix, in->prefix) == 0
                            : !watch->prefix && watch->object == in->object;
    return alike && (in->max_changes == 0 || watch->max_changes == in->max_changes) &&
           (in->max_bytes == 0 || watch->max_bytes == in->max_bytes);
}

static hf_status watch_open(struct model_run *run) {
    const Hf__WatchOpen *in = run->request->watch_open;
    struct watch *watch = keep(sizeof *watch);
    watch->object = in->object;
    watch->prefix = in->prefix;
    watch->max_changes = in->max_changes ? in->max_changes : CHANGES_DEFAULT;
    watch->max_bytes = in->max_bytes ? in->max_bytes : BYTES_DEFAULT;
    if ((watch->object != 0) == (in->prefix != NULL) || watch->max_changes > 1000000 ||
        watch->max_bytes > 1 << 28) {
        return HF_INVALID;
    }
    bool there = in->prefix || model_find(run->model, in->object);
    return model_open(run, (struct model_opening){&model_watch, in->name, in->mode, watch,
                                                  there ? HF_OK : HF_NO_OBJECT, watch_same});
}

/* ---- next ---- */

/* How many of the newest fit what it may keep. */
static size_t kept(const struct watch *watch) {
    size_t count = 0;
    size_t bytes = 0;
    while (count < watch->count && count < watch->max_changes) {
        bytes += watch->entries[watch->count - count - 1].bytes;
        if (bytes > watch->max_bytes) {
            break;
        }
        count++;
    }
    return count;
}

static void make_next(struct maker *maker) {
    const struct model_object *object = model_find(maker->model, maker->object);
    uint64_t count = object && object->type == &model_watch ? watch_of(object)->count : 0;
    uint64_t after = maker_chance(maker, 50) ? count : maker_roll(maker, count + 1);
    after = maker_chance(maker, 97) ? after : after + maker_roll(maker, 3);
    maker_emit(maker, REQUEST(maker->object, watch_next, .has_after = maker_chance(maker, 90),
                              .after = after, .has_limit = maker_chance(maker, 50),
                              .limit = (uint32_t)maker_roll(maker, 4)));
}

static bool next_ready(struct model_run *run) {
    const struct watch *watch = watch_of(run->object);
    return watch->closed || run->request->watch_next->after != watch->count;
}

static hf_status next(struct model_run *run) {
    const struct watch *watch = watch_of(run->object);
    const Hf__WatchNext *in = run->request->watch_next;
    if (in->after > watch->count) {
        return HF_VALUE_ERROR;
    }
    if (in->after == watch->count) {
        return HF_CLOSED;
    }
    Hf__Changes *changes = keep(sizeof *changes);
    hf__changes__init(changes);
    size_t first = watch->count - kept(watch);
    first = first > in->after ? first : (size_t)in->after;
    changes->missed = first - in->after;
    changes->has_missed = changes->missed > 0;
    changes->changes = keep((watch->count - first) * sizeof(Hf__Change *));
    size_t most = in->limit > 0 && in->limit < PAGE_MAX ? in->limit : PAGE_MAX;
    for (size_t i = first; i < watch->count && changes->n_changes < most; i++) {
        changes->changes[changes->n_changes++] = watch->entries[i].change;
    }
    changes->last = first + changes->n_changes;
    run->reply->result_case = HF__REPLY__RESULT_CHANGES;
    run->reply->changes = changes;
    return HF_OK;
}

static uint64_t watch_size(const struct model_object *object) {
    return kept(watch_of(object));
}

static const struct model_op watch_ops[] = {
    {HF__REQUEST__OP_WATCH_OPEN, 20, make_watch_open, watch_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_WATCH_NEXT, 60, make_next, next, next_ready, MODEL_OWN_ORDER, 0},
};

const struct model_type model_watch = {
    .tag = HF__TYPE__WATCH,
    .name = "watch",
    .ops = watch_ops,
    .op_count = sizeof watch_ops / sizeof watch_ops[0],
    .size = watch_size,
};
