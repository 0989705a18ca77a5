/* SPDX-License-Identifier: MIT
 *
 * Declarations shared by the files about dicts.
 */
#ifndef HF_SIM_MODEL_DICT_H
#define HF_SIM_MODEL_DICT_H

#include "model.h"

enum { DICT_NOWHERE = MODEL_ITEMS_MAX };

/** Whether it can be a key of this object. */
bool dict_good_key(const struct model_object *object, const Hf__Any *key);

/** The index of a key; DICT_NOWHERE: it is not there. */
size_t dict_find(const struct model_object *object, const Hf__Any *key);

/** Set an item. A key that is there stays where it is. */
hf_status dict_store(struct model_run *run, Hf__Any *key, Hf__Any *value);

#endif
