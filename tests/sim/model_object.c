/* SPDX-License-Identifier: MIT
 *
 * The model of the operations on objects of every type.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

#include <string.h>

/* ---- names ---- */

static char *some_name(struct maker *maker) {
    static const struct model_type *const named[] = {&model_lock, &model_queue, &model_value,
                                                     &model_list, &model_dict};
    const struct model_type *type = named[maker_roll(maker, sizeof named / sizeof named[0])];
    return keep_string("%s %u", type->name, (unsigned)maker_roll(maker, 2));
}

static void make_list(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_list,
                              .prefix = maker_chance(maker, 30) ? name_of("l") : NULL,
                              .has_type = maker_chance(maker, 10),
                              .type = maker_chance(maker, 90) ? HF__TYPE__QUEUE : (Hf__Type)99,
                              .has_cursor = true, .cursor = maker_cursor(maker, NULL),
                              .has_limit = true, .limit = (uint32_t)maker_roll(maker, 5)));
}

static bool listed(const struct model_object *object, const Hf__ObjectList *in) {
    bool of_type = !in->has_type || in->type == object->type->tag;
    return object->name && !object->gone && of_type &&
           (!in->prefix || strncmp(object->name, in->prefix, strlen(in->prefix)) == 0);
}

static hf_status list(struct model_run *run) {
    struct model *model = run->model;
    const Hf__ObjectList *in = run->request->object_list;
    uint64_t after = model_cursor_after(model, NULL, in->cursor);
    if (in->has_type && (int)in->type == 99) {
        return HF_INVALID;
    }
    Hf__Listing *listing = keep(sizeof *listing);
    hf__listing__init(listing);
    listing->entries = keep(model->object_count * sizeof(Hf__Entry *));
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *object = model->objects[i];
        bool more = in->limit == 0 || listing->n_entries < in->limit;
        if (more && listed(object, in) && object->born > after) {
            Hf__Entry *entry = keep(sizeof *entry);
            hf__entry__init(entry);
            entry->name = object->name;
            entry->id = object->self.id;
            entry->type = object->type->tag;
            listing->entries[listing->n_entries++] = entry;
            after = object->born;
        }
    }
    listing->has_next = in->limit > 0 && listing->n_entries == in->limit;
    if (listing->has_next) {
        model_remember_cursor(model, &listing->next, NULL, after);
    }
    run->reply->result_case = HF__REPLY__RESULT_LISTING;
    run->reply->listing = listing;
    return HF_OK;
}

static void make_find(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_find, .name = some_name(maker)));
}

static hf_status object_find(struct model_run *run) {
    struct model_object *object = model_find_name(run->model, run->request->object_find->name);
    if (!object) {
        return HF_NO_OBJECT;
    }
    run->reply->result_case = HF__REPLY__RESULT_OBJECT;
    run->reply->object = &object->self;
    return HF_OK;
}

static void make_exists(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_exists, .name = some_name(maker)));
}

static hf_status exists(struct model_run *run) {
    return model_answer_truth(run, model_find_name(run->model, run->request->object_exists->name));
}

/* ---- time to live ---- */

static void make_expire(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_expire, .has_ttl_ms = maker_chance(maker, 80),
                              .ttl_ms = maker_chance(maker, 95) ? 1 + maker_roll(maker, 300) : 0));
}

static hf_status object_expire(struct model_run *run) {
    const Hf__ObjectExpire *in = run->request->object_expire;
    if (in->has_ttl_ms && in->ttl_ms == 0) {
        return HF_INVALID;
    }
    model_expire_at(run->model, run->object,
                    in->has_ttl_ms ? run->model->now_ms + (int64_t)in->ttl_ms : 0);
    return HF_OK;
}

static void make_ttl(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_ttl));
}

static hf_status object_ttl(struct model_run *run) {
    int64_t due_ms = run->object->due_ms;
    Hf__Any *left = keep_any(due_ms > 0 ? HF__ANY__KIND_INT : HF__ANY__KIND__NOT_SET);
    left->int_ = due_ms > 0 ? due_ms - run->model->now_ms : 0;
    return model_answer_value(run, left);
}

/* ---- describe ---- */

static void make_describe(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_describe));
}

static Hf__Waiter *describe_waiter(const struct model *model, const struct model_call *call) {
    Hf__Waiter *waiter = keep(sizeof *waiter);
    hf__waiter__init(waiter);
    waiter->session = call->session->id;
    waiter->label = call->session->label;
    waiter->has_pid = waiter->has_tid = waiter->has_waited_ms = true;
    waiter->pid = call->session->pid;
    waiter->tid = call->session->tid;
    waiter->has_party = call->session->party != 0;
    waiter->party = call->session->party;
    waiter->op = keep_string(
        "%s",
        protobuf_c_message_descriptor_get_field(&hf__request__descriptor, call->op->tag)->name);
    waiter->waited_ms = (uint64_t)(model->now_ms - call->since_ms);
    return waiter;
}

static void describe_waiters(struct model_run *run, Hf__Description *description) {
    description->waiters = keep(MODEL_CALLS_ROOM * sizeof(Hf__Waiter *));
    for (unsigned lane = 0; lane < MODEL_LANES; lane++) {
        struct model_call *call = NULL;
        for (size_t at = 0; (call = model_waiting_call(run->model, run->object, lane, at)); at++) {
            if (!call->running) {
                description->waiters[description->n_waiters++] = describe_waiter(run->model, call);
            }
        }
    }
}

static hf_status describe(struct model_run *run) {
    struct model_object *object = run->object;
    Hf__Description *description = keep(sizeof *description);
    hf__description__init(description);
    model_count_references(run->model);
    description->id = object->self.id;
    description->type = object->type->tag;
    description->name = object->name;
    description->tag = object->tag;
    /* Values that a batch takes out of an object keep their references until the batch is done. */
    description->has_references = !run->inner;
    description->references = object->references;
    description->has_waiting = description->has_grants = description->has_longest_wait_ms = true;
    description->waiting = model_waiting(run->model, object);
    description->grants = object->grants;
    description->longest_wait_ms = (uint64_t)object->longest_wait_ms;
    description->holders = keep(MODEL_HOLDS_ROOM * sizeof(Hf__Holder *));
    for (size_t i = 0; i < object->hold_count; i++) {
        description->holders[description->n_holders++] =
            model_holder(run->model, &object->holds[i]);
    }
    describe_waiters(run, description);
    description->has_size = object->type->size != NULL;
    description->size = description->has_size ? object->type->size(object) : 0;
    run->reply->result_case = HF__REPLY__RESULT_DESCRIPTION;
    run->reply->description = description;
    return HF_OK;
}

static void make_attachment(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_attachment));
}

static hf_status attachment(struct model_run *run) {
    Hf__Attachment *attachment = keep(sizeof *attachment);
    hf__attachment__init(attachment);
    attachment->type = run->object->type->tag;
    attachment->tag = run->object->tag;
    attachment->has_bytes = run->object->attachment.len > 0;
    attachment->bytes = run->object->attachment;
    run->reply->result_case = HF__REPLY__RESULT_ATTACHMENT;
    run->reply->attachment = attachment;
    return HF_OK;
}

static void make_version(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_version));
}

static hf_status version(struct model_run *run) {
    return model_answer_count(run, run->object->version);
}

/* ---- ending ---- */

static void make_object_delete(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_delete));
}

static hf_status object_erase(struct model_run *run) {
    model_note(run->model, run->object, HF__CAUSE__REQUESTED, run->session, run->request);
    model_delete(run->model, run->object);
    run->object = NULL;
    return HF_OK;
}

static void make_object_release(struct maker *maker) {
    bool has_count = maker_chance(maker, 60);
    maker_emit(maker, REQUEST(maker->object, object_release, .has_count = has_count,
                              .count = has_count ? maker_roll(maker, 4) : 0));
}

static bool is_of(const struct model_session *session, const struct model_family *family) {
    return session->main->family == family;
}

static bool family_waits(const struct model_run *run, const struct model_family *family) {
    for (size_t i = 0; i < run->model->call_count; i++) {
        const struct model_call *call = &run->model->calls[i];
        for (size_t j = 0; j < call->waiter_count && is_of(call->session, family); j++) {
            if (call->waiters[j].object == run->object && !call->running) {
                return true;
            }
        }
    }
    return false;
}

static bool family_holds(const struct model_run *run, const struct model_family *family) {
    bool found = false;
    for (size_t i = 0; i < run->object->hold_count; i++) {
        const struct model_hold *hold = &run->object->holds[i];
        found = found || (is_of(hold->session, family) && !hold->dead && hold->left == 0);
    }
    return found;
}

/* The last reference to an object is not released while the family holds it or waits for it. */
static hf_status object_release(struct model_run *run) {
    const Hf__ObjectRelease *in = run->request->object_release;
    struct model_family *family = run->session->main->family;
    uint64_t *told = &family->told[run->object->index];
    if (in->has_count && in->count == 0) {
        return HF_INVALID;
    }
    if (run->object->name) {
        return HF_OK;
    }
    if (in->has_count && *told > in->count) {
        *told -= in->count;
        return HF_OK;
    }
    if (family_holds(run, family) || family_waits(run, family)) {
        return HF_INVALID;
    }
    if (family->pinned_until_ms > 0) {
        model_pin(run->model, run->object, family->pinned_until_ms);
    }
    model_unuse(run->model, family, run->object);
    return HF_OK;
}

static void make_object_retain(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, object_retain));
}

static hf_status object_retain(struct model_run *run) {
    if (!run->object->name) {
        run->session->main->family->told[run->object->index]++;
    }
    return HF_OK;
}

static void make_object_pin(struct maker *maker) {
    uint64_t *objects = keep(3 * sizeof *objects);
    size_t count = maker_roll(maker, 3);
    for (size_t i = 0; i < count; i++) {
        objects[i] = maker_object(maker, NULL);
    }
    maker_emit(maker, REQUEST(maker->object, object_pin, .n_objects = count, .objects = objects,
                              .for_ms = maker_chance(maker, 3) ? 0 : maker_roll(maker, 200)));
}

/* First the objects that are not pinned yet, then the others. */
static hf_status object_pin(struct model_run *run) {
    const Hf__ObjectPin *in = run->request->object_pin;
    struct model_family *family = run->session->main->family;
    int64_t until_ms = run->model->now_ms + (int64_t)in->for_ms;
    if (in->for_ms == 0) {
        return HF_INVALID;
    }
    for (size_t i = 0; i < in->n_objects; i++) {
        if (!model_find(run->model, in->objects[i])) {
            return HF_NO_OBJECT;
        }
    }
    for (size_t i = 0; i < 2 * in->n_objects; i++) {
        struct model_object *object = model_find(run->model, in->objects[i % in->n_objects]);
        if (i >= in->n_objects || object->pinned_until_ms == 0) {
            model_pin(run->model, object, until_ms);
        }
    }
    if (in->n_objects == 0 && family->pinned_until_ms < until_ms) {
        family->pinned_until_ms = until_ms;
        model_wake_off(run->model, family);
        model_wake_at(run->model, NULL, family, until_ms);
    }
    return HF_OK;
}

/* ---- break ---- */

static void make_break(struct maker *maker) {
    const struct model_object *object = model_find(maker->model, maker->object);
    bool one = object && object->hold_count > 0 && maker_chance(maker, 80);
    uint64_t fence =
        one ? object->holds[maker_roll(maker, object->hold_count)].fence : maker_fence(maker);
    maker_emit(maker, REQUEST(maker->object, object_break, .fence = fence));
}

static hf_status object_break(struct model_run *run) {
    struct model_object *object = run->object;
    const struct model_type *type = object->type;
    if (type != &model_lock && type != &model_rwlock && type != &model_semaphore &&
        type != &model_queue) {
        return HF_WRONG_TYPE;
    }
    for (size_t i = 0; i < object->hold_count; i++) {
        if (object->holds[i].fence == run->request->object_break->fence) {
            model_lose(run->model, object, &object->holds[i], HF__LOSS__LOST_BROKEN);
            return HF_OK;
        }
    }
    return HF_NOT_HELD;
}

static const struct model_op object_ops[] = {
    {HF__REQUEST__OP_OBJECT_DESCRIBE, 50, make_describe, describe, NULL, MODEL_ANY, 0},
    {HF__REQUEST__OP_OBJECT_ATTACHMENT, 10, make_attachment, attachment, NULL, MODEL_ANY, 0},
    {HF__REQUEST__OP_OBJECT_VERSION, 20, make_version, version, NULL, MODEL_ANY, 0},
    {HF__REQUEST__OP_OBJECT_LIST, 10, make_list, list, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_OBJECT_FIND, 10, make_find, object_find, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_OBJECT_EXISTS, 5, make_exists, exists, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_OBJECT_DELETE, 6, make_object_delete, object_erase, NULL,
     MODEL_ANY | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_OBJECT_RELEASE, 20, make_object_release, object_release, NULL, MODEL_ANY, 0},
    {HF__REQUEST__OP_OBJECT_EXPIRE, 3, make_expire, object_expire, NULL, MODEL_ANY | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_OBJECT_TTL, 2, make_ttl, object_ttl, NULL, MODEL_ANY, 0},
    {HF__REQUEST__OP_OBJECT_RETAIN, 8, make_object_retain, object_retain, NULL, MODEL_ANY, 0},
    {HF__REQUEST__OP_OBJECT_PIN, 5, make_object_pin, object_pin, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_OBJECT_BREAK, 20, make_break, object_break, NULL, MODEL_ANY | MODEL_CHANGES,
     0},
};

const struct model_type model_object_type = {
    .name = "object",
    .ops = object_ops,
    .op_count = sizeof object_ops / sizeof object_ops[0],
};
