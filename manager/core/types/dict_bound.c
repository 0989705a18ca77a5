/* SPDX-License-Identifier: MIT
 *
 * Dicts with a bound. The oldest item is the first of the table. The order of use is a list of the
 * items' lives, so a dict that has it costs its reads a few instructions, and no other dict.
 */
#include "dict.h"

#include "bulk.h"
#include "mem.h"
#include "options.h"
#include "registry.h"

#include <assert.h>

/* ---- open ---- */

hf_status dict_bound_check(struct call *call) {
    const Hf__DictOpen *in = dict_open_message(call);
    hf_status status =
        call_check_enum(call, &hf__eviction__descriptor, (int)in->eviction, "eviction");
    if (status != HF_OK) {
        return status;
    }
    return in->max_items || in->eviction == HF__EVICTION__REFUSE
               ? HF_OK
               : call_refuse(call, HF_INVALID, "an eviction needs max_items");
}

hf_status dict_bound_init(struct dict *dict, struct call *call) {
    const Hf__DictOpen *in = dict_open_message(call);
    if (!in->max_items) {
        return HF_OK;
    }
    dict->bound = mem_alloc(sizeof *dict->bound);
    if (!dict->bound) {
        return HF_NO_MEMORY;
    }
    dict->bound->max_items = in->max_items;
    dict->bound->eviction = in->eviction;
    link_init(&dict->bound->used);
    return HF_OK;
}

hf_status dict_bound_check_initial(struct call *call) {
    const struct dict_bound *bound = dict_of(call)->bound;
    return !bound || table_len(keyed_items(call)) < bound->max_items
               ? HF_OK
               : call_refuse(call, HF_LIMIT,
                             "a dict of at most %llu items cannot be made with more",
                             (unsigned long long)bound->max_items);
}

void dict_bound_fini(struct dict *dict) {
    mem_free(dict->bound);
    dict->bound = NULL;
}

void dict_bound_options(const struct object *object, Hf__DictOpen *out) {
    const struct dict_bound *bound = ((const struct dict *)object)->bound;
    OPTION(out, max_items, bound ? bound->max_items : 0);
    OPTION(out, eviction, bound ? bound->eviction : HF__EVICTION__REFUSE);
}

void dict_bound_describe(const struct dict *dict, struct text *options) {
    static const char *const orders[] = {"", ", the oldest goes", ", the least recently used goes"};
    if (dict->bound) {
        text_add(options, "at most %llu items%s", (unsigned long long)dict->bound->max_items,
                 orders[dict->bound->eviction]);
    }
}

/* ---- room ---- */

/* An evicted item is gone. */
bool dict_bound_is_final(const struct object *object) {
    const struct dict_bound *bound = ((const struct dict *)object)->bound;
    return bound && bound->eviction != HF__EVICTION__REFUSE;
}

hf_status dict_check_room(struct call *call) {
    struct dict *dict = dict_of(call);
    const struct dict_bound *bound = dict->bound;
    uint64_t most = call->registry->items_max;
    bool refuses = bound && bound->eviction == HF__EVICTION__REFUSE && bound->max_items < most;
    if (refuses) {
        most = bound->max_items;
    }
    struct keyed_item *expired =
        table_len(&dict->keyed.items) >= most ? dict_first_expired(dict) : NULL;
    hf_status status = expired ? dict_let_expire(call, expired) : HF_OK;
    if (status != HF_OK) {
        return status;
    }
    if (refuses && table_len(&dict->keyed.items) >= most) {
        return call_refuse(call, HF_LIMIT, "the dict takes at most %llu items, its max_items",
                           (unsigned long long)most);
    }
    return bulk_check_items(call, table_len(&dict->keyed.items) + 1);
}

void dict_evict(struct object *object) {
    struct dict *dict = (struct dict *)object;
    const struct dict_bound *bound = dict->bound;
    struct table *items = &dict->keyed.items;
    while (bound && bound->eviction != HF__EVICTION__REFUSE &&
           table_len(items) > bound->max_items) {
        struct keyed_item *expired = dict_first_expired(dict);
        if (expired) {
            dict_end_item(dict, expired, HF__CAUSE__EXPIRED);
        } else {
            dict_end_item(dict, dict_orders_use(dict) ? dict_least_used(dict) : table_first(items),
                          HF__CAUSE__EVICTED);
        }
    }
}
