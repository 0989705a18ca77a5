/* SPDX-License-Identifier: MIT
 *
 * Atomic batches, as naively as can be: everything is copied before, and put back.
 */
#include "keep.h"
#include "model.h"

#include <string.h>

struct saved {
    struct model_object object;
    void *own; /* a copy of what the object's own points to; NULL: that does not change */
};

struct model_before {
    struct saved *objects;
    struct model_call *calls;
    struct model_wake *wakes;
    size_t wake_count;
};

static void *copy(const void *from, size_t size) {
    return size > 0 ? memcpy(keep(size), from, size) : NULL;
}

struct model_before *model_copy(const struct model *model) {
    struct model_before *before = keep(sizeof *before);
    before->objects = keep(model->object_count * sizeof *before->objects);
    for (size_t i = 0; i < model->object_count; i++) {
        const struct model_object *object = model->objects[i];
        before->objects[i] = (struct saved){*object, copy(object->own, object->type->own_size)};
    }
    before->calls = copy(model->calls, model->call_count * sizeof model->calls[0]);
    before->wakes = copy(model->wakes, model->wake_count * sizeof model->wakes[0]);
    before->wake_count = model->wake_count;
    return before;
}

void model_put_back(struct model *model, const struct model_before *before) {
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *object = model->objects[i];
        const struct saved *saved = &before->objects[i];
        *object = saved->object;
        if (saved->own) {
            memcpy(object->own, saved->own, object->type->own_size);
        }
    }
    if (model->call_count > 0) {
        memcpy(model->calls, before->calls, model->call_count * sizeof model->calls[0]);
    }
    if (before->wake_count > 0) {
        memcpy(model->wakes, before->wakes, before->wake_count * sizeof model->wakes[0]);
    }
    model->wake_count = before->wake_count;
}

bool model_fits_atomic(const struct model_op *op, const struct model_type *type, bool last) {
    if (!op || type == &model_session_type || op->flags & MODEL_UNDOES ||
        model_only_reads(op, type)) {
        return true;
    }
    return last && !(op->flags & (MODEL_OPENS | MODEL_FREE | MODEL_ANY | MODEL_STAGED));
}
