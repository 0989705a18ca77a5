/* SPDX-License-Identifier: MIT
 *
 * Declarations shared by the files about sets. A member is the key of an item whose value is null.
 */
#ifndef HF_SIM_MODEL_SET_H
#define HF_SIM_MODEL_SET_H

#include "model.h"

/** Members in order, without repetition; more than any set may have. */
struct set_list {
    Hf__Any *members[2 * MODEL_ITEMS_MAX];
    size_t count;
    Hf__Equality equality;
};

/** The index of a member; list->count: it is not there. */
size_t set_find(const struct set_list *list, const Hf__Any *member);

/** The members of a set. */
struct set_list set_members(const struct model_object *object);

/** Add a member that is not there; there must be room. */
void set_put(struct model_run *run, Hf__Any *member);

#endif
