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

/** The index of a key; DICT_NOWHERE: it is not there. One that has expired, and whose wake is still
 * to come, is removed. */
size_t dict_find(struct model_run *run, const Hf__Any *key);

/** Remove the item that has expired first, if its wake is still to come. false: none has. */
bool dict_drop_expired(struct model *model, struct model_object *object);

/** The bound of a dict: object->own. */
struct dict_bound {
    uint64_t max_items; /* 0: none */
    Hf__Eviction eviction;
};

/** Any bound. */
uint64_t maker_max_items(struct maker *maker);
Hf__Eviction maker_eviction(struct maker *maker);

/** Open a dict or namespace. */
hf_status dict_open_bounded(struct model_run *run, const struct model_type *type, const char *name,
                            Hf__Mode mode, struct dict_bound bound);

/** Whether it is a dict that evicts items. NULL is accepted. */
bool dict_evicts(const struct model_object *object);

/** How many items it takes before it refuses one. */
size_t dict_room(const struct model_object *object);

/** Remove the items that are too many. */
void dict_drop_excess(struct model *model, struct model_object *object);

/** Some items that a new object begins with, mostly none. */
enum { DICT_INITIAL_MOST = 3 };
size_t dict_make_initial(struct maker *maker, Hf__Item **items);

/** Put these in. */
hf_status dict_fill(struct model_run *run, Hf__Item **items, size_t count);

/** Set an item, and when it ends: 0 is never. A key that is there stays where it is. */
hf_status dict_store(struct model_run *run, Hf__Any *key, Hf__Any *value, int64_t due_ms);

/** The time at which an item ends that is set now; 0: never. */
int64_t dict_due(const struct model_run *run, bool has_ttl, uint64_t ttl_ms);

/** Have a wake at the time at which the first item ends. After each change. */
void dict_rearm(struct model *model, struct model_object *object);

/** Remove the items that end first, and tell the watches of each. */
void dict_ended_by_time(struct model *model, struct model_object *object);

/** Now and then none, seldom 0. */
bool maker_has_ttl(struct maker *maker);
uint64_t maker_ttl(struct maker *maker);

#endif
