/* SPDX-License-Identifier: MIT
 *
 * Items under keys: what dicts and sets have in common. Items lie in a table in the order in which
 * their keys were added; a key is a scalar, compared by kind and value.
 *
 * Keys are looked up as views of the request and copied only when an item is added. What can fail
 * comes before what changes the table, so that a refusal leaves it as it was.
 */
#ifndef HF_KEYED_H
#define HF_KEYED_H

#include "object.h"
#include "table.h"

enum { KEYED_SHORT_MAX = 22 };

/** A key as an item keeps it; a short string or bytes lie in the item itself. Read by
 * keyed_key(). */
union keyed_key {
    struct any any; /* its `counted` is false, as a key refers to nothing: short_size is 0 */
    struct {
        uint8_t kind;
        uint8_t short_size; /* bytes + 1 */
        char bytes[KEYED_SHORT_MAX];
    } brief;
};

struct keyed_item {
    union keyed_key key;
    struct any value[]; /* a dict has one, a set none */
};

/** A dict, namespace or set. */
struct keyed {
    struct object object;
    struct table items; /* of struct keyed_item */
};

/** The items of the call's object. */
static inline struct table *keyed_items(const struct call *call) {
    return &((struct keyed *)call->object)->items;
}

void keyed_fini(struct object *object);
uint64_t keyed_describe(const struct object *object, struct text *options);

/** A view of the item's key, good until the table changes. */
static inline struct any keyed_key(const struct keyed_item *item) {
    if (item->key.brief.short_size == 0) {
        return item->key.any;
    }
    return (struct any){.kind = item->key.brief.kind,
                        .len = item->key.brief.short_size - 1u,
                        .bytes = (char *)(uintptr_t)item->key.brief.bytes};
}

/** Where a key of a request is, or would be. */
struct keyed_spot {
    struct any key; /* a view */
    uint64_t hash;
    struct keyed_item *item; /* NULL: not there */
};

/** A table of items with so many values each: 0 or 1. */
void keyed_init(struct table *items, size_t values);

/** Release all items; the table is empty. */
void keyed_drop(struct registry *registry, struct table *items);

/** The item of this key; NULL: not there. */
struct keyed_item *keyed_get(const struct call *call, const struct table *items,
                             const struct any *key);

/** Find spot->key once more: adding and removing move items. */
void keyed_refind(const struct call *call, const struct table *items, struct keyed_spot *spot);

/** Find a key of the request. Returns HF_OK, also where it is not there; HF_TYPE_ERROR (no scalar)
 * and whatever else is wrong with the value. */
HF_MUST_USE hf_status keyed_find(struct call *call, const struct table *items, const Hf__Any *wire,
                                 struct keyed_spot *spot);

/** Refuse for want of this key. */
hf_status keyed_refuse_missing(struct call *call, hf_status status, const struct any *key);

/** Add an item for a key that is not there. Its value, a kept one, is taken over on HF_OK only; in
 * a set it is NULL. Returns HF_OK, HF_NO_MEMORY; the number of items is for the caller to check. */
HF_MUST_USE hf_status keyed_add(struct call *call, struct table *items, struct keyed_spot *spot,
                                const struct any *value);

void keyed_remove(struct call *call, struct table *items, struct keyed_item *item);

/** A copy of the item's key that lasts as long as the call: for answering with it when the item
 * goes. NULL: no memory. */
const struct any *keyed_keep_key(struct call *call, const struct keyed_item *item);

/** Take back what was added last, until there are only `count` items. */
void keyed_shrink(struct call *call, struct table *items, size_t count);

/** Which page of the items is asked for, and what of each item. */
struct keyed_paging {
    uint64_t cursor;
    size_t limit; /* 0: as many as there may be */
    bool keys;
    bool values;
};

/** Answer with a page. */
HF_MUST_USE hf_status keyed_answer_page(struct call *call, const struct table *items,
                                        struct keyed_paging paging);

#endif
