/* SPDX-License-Identifier: MIT
 *
 * Draining: the end of an object, or of a part of it, may have an effect on very many others (a
 * submitter on its tasks). A part of that is done at once; core_tick() does the rest in slices
 * between calls, so that other sessions are served. Little is done within the call.
 *
 * An object that drains is not freed before it has finished. Unlike a deferred free a drain changes
 * what sessions see, so it never runs during a call.
 */
#ifndef HF_DRAIN_H
#define HF_DRAIN_H

#include "link.h"

#include <stdbool.h>

struct object;
struct registry;

enum {
    DRAIN_PART = 1024,  /**< how many steps drain->some() takes at most */
    DRAIN_PER_SLICE = 8 /**< calls of drain->some() */
};

/** As part of an object that may drain. All zero at first. */
struct drain {
    struct link in_registry;
    struct object *object; /**< NULL: it does not drain */
    /** Take up to DRAIN_PART steps. Returns whether some are left. */
    bool (*some)(struct object *object);
};

/** Begin to drain and take the first steps, unless the object drains already. */
void drain_begin(struct drain *drain, struct object *object, bool (*some)(struct object *object));

/** Between two calls: take the steps of a slice. Returns whether some are left. */
bool drain_slice(struct registry *registry);

#endif
