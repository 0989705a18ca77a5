/* SPDX-License-Identifier: MIT
 *
 * Items with keys: the common part of dicts, namespaces and sets. A table keeps the items in the
 * order in which their keys were added. The object says which keys are the same.
 *
 * A key is looked up as a view of the request, and copied only when its item is added. Functions do
 * what can fail before they change the table, so a refusal leaves it unchanged.
 */
#ifndef HF_KEYED_H
#define HF_KEYED_H

#include "calendar.h"
#include "object.h"
#include "table.h"
#include "undo.h"

enum { KEYED_SHORT_MAX = 22 };

/** A key in its item. Short strings and bytes lie in the item itself. Read it by keyed_key(). */
union keyed_key {
    struct any any;
    struct {
        uint8_t kind;
        uint8_t short_size; /* bytes + 1, so at least 2. In `any`, `counted` is here: 0 or 1 */
        char bytes[KEYED_SHORT_MAX];
    } brief;
};

static inline bool keyed_is_brief(const union keyed_key *key) {
    return key->brief.short_size > 1;
}

struct keyed_item {
    union keyed_key key;
    struct any value[]; /* one in a dict, none in a set */
};

/** An item of a dict that will expire has a life: a block of memory, with its value. The item is
 * marked in the table, and `value[0].elsewhere` of the item is the block. types/dict_life.c
 * makes it; keyed_erase() frees it. */
struct life {
    struct any value;
    struct date date; /* its end, or INT64_MAX; its serial is that of the item */
    uint32_t hash;    /* of the item */
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

/** The life of an item; NULL: it lives on. */
static inline struct life *keyed_life(const struct keyed_item *item) {
    return table_marked(item) ? (struct life *)(void *)item->value->elsewhere : NULL;
}

/** The value of an item of a dict. */
static inline struct any *keyed_value(struct keyed_item *item) {
    return table_marked(item) ? item->value->elsewhere : item->value;
}

/** Whether the item has not expired. An expired item is never shown, also before it is removed. */
static inline bool keyed_is_alive(const struct keyed_item *item, int64_t now_ms) {
    return !table_marked(item) || keyed_life(item)->date.due_ms > now_ms;
}

void keyed_fini(struct object *object);

/** A view of the item's key, valid until the table changes. */
static inline struct any keyed_key(const struct keyed_item *item) {
    if (!keyed_is_brief(&item->key)) {
        return item->key.any;
    }
    return (struct any){.kind = item->key.brief.kind,
                        .len = item->key.brief.short_size - 1u,
                        .bytes = (char *)(uintptr_t)item->key.brief.bytes};
}

/** The result of looking for a key. */
struct keyed_spot {
    struct any key; /* a view */
    uint64_t hash;
    struct keyed_item *item; /* NULL: the table has no such key */
};

/** A table of items with `values` values each: 0 or 1. */
void keyed_init(struct table *items, size_t values);

/** Release all items and leave the table empty. */
void keyed_drop(struct registry *registry, struct table *items);

/** The item with this key; NULL: none. */
struct keyed_item *keyed_get(const struct call *call, const struct table *items,
                             const struct any *key);

/** Find spot->key again: adding and removing items move others. */
void keyed_refind(const struct call *call, const struct table *items, struct keyed_spot *spot);

/** Find a key of the request. Returns HF_OK, whether it is there or not; otherwise the status of
 * call_view_key(). */
HF_MUST_USE hf_status keyed_find(struct call *call, const struct table *items, Hf__Any *wire,
                                 struct keyed_spot *spot);

/** Refuse because the key is missing. */
hf_status keyed_refuse_missing(struct call *call, hf_status status, const struct any *key);

/** Add an item for a missing key. Takes over `value`, a kept one, on HF_OK only; in a set it is
 * NULL. The caller has checked the number of items. Returns HF_OK, HF_NO_MEMORY. */
HF_MUST_USE hf_status keyed_add(struct call *call, struct table *items, struct keyed_spot *spot,
                                const struct any *value);

/** Remove an item, and free its key and its value. */
void keyed_erase(struct registry *registry, struct table *items, struct keyed_item *item);
void keyed_remove(struct call *call, struct table *items, struct keyed_item *item);

/** A copy of the item's key that lasts until the reply is packed, to answer with when the item is
 * removed. NULL: no memory. */
const struct any *keyed_keep_key(struct call *call, const struct keyed_item *item);

/** Note a change of the items, in an atomic batch: in `what` and `at`. They are pinned; `decide`
 * unpins them. NULL: nothing is to be noted. */
struct undo_note *keyed_note(const struct call *call, struct table *items,
                             const struct keyed_item *item, undo_decide *decide);

/** In an atomic batch: remove an item that does not come back. */
void keyed_remove_for_good(struct call *call, struct table *items, struct keyed_item *item);

/** Remove all items. Returns HF_OK, HF_NO_MEMORY (in an atomic batch only). */
HF_MUST_USE hf_status keyed_clear(struct call *call, struct table *items);

/** A call that is refused has added items: remove the last ones, until `count` are left. */
void keyed_shrink(struct call *call, struct table *items, size_t count);

/** The page that is asked for, and the parts of each item that it shows. */
struct keyed_paging {
    uint64_t cursor;
    size_t limit; /* 0: HF_PAGE_MAX_ITEMS */
    bool keys;
    bool values;
};

/** Answer with a page of the items that are alive. It has fewer items than its limit if there are
 * very many others between them. */
HF_MUST_USE hf_status keyed_answer_page(struct call *call, const struct table *items,
                                        struct keyed_paging paging);

#endif
