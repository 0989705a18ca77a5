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
                              .has_type = maker_chance(maker, 10), .type = HF__TYPE__QUEUE,
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
    maker_emit(maker, REQUEST(maker->object, object_release));
}

static bool waits_for(const struct model_run *run) {
    for (size_t i = 0; i < run->model->call_count; i++) {
        const struct model_call *call = &run->model->calls[i];
        for (size_t j = 0; j < call->waiter_count && call->session->main == run->session->main;
             j++) {
            if (call->waiters[j].object == run->object && !call->running) {
                return true;
            }
        }
    }
    return false;
}

static bool holds_any(const struct model_session *session, const struct model_object *object) {
    bool found = false;
    for (size_t i = 0; i < object->hold_count; i++) {
        found = found || (object->holds[i].session->main == session && !object->holds[i].dead);
    }
    return found;
}

/* A session cannot release an object that it holds or waits for. */
static hf_status object_release(struct model_run *run) {
    if (run->object->name) {
        return HF_OK;
    }
    if (holds_any(run->session->main, run->object) || waits_for(run)) {
        return HF_INVALID;
    }
    model_unuse(run->model, run->session, run->object);
    return HF_OK;
}

static const struct model_op object_ops[] = {
    {HF__REQUEST__OP_OBJECT_DESCRIBE, 50, make_describe, describe, NULL, MODEL_ANY, 0},
    {HF__REQUEST__OP_OBJECT_LIST, 10, make_list, list, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_OBJECT_FIND, 10, make_find, object_find, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_OBJECT_EXISTS, 5, make_exists, exists, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_OBJECT_DELETE, 6, make_object_delete, object_erase, NULL,
     MODEL_ANY | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_OBJECT_RELEASE, 20, make_object_release, object_release, NULL, MODEL_ANY, 0},
};

const struct model_type model_object_type = {
    .name = "object",
    .ops = object_ops,
    .op_count = sizeof object_ops / sizeof object_ops[0],
};
