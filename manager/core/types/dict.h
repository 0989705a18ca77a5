/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of dict and namespace: dict.c, dict_whole.c, dict_life.c and dict_bound.c.
 */
#ifndef HF_DICT_H
#define HF_DICT_H

#include "calendar.h"
#include "keyed.h"

#include <assert.h>
#include <stddef.h>

/** The lives of its items, which a dict has from the first of them on. */
struct dict_lives {
    struct wake wake;         /* at the end of the first */
    struct calendar calendar; /* of the lives of its items */
};

/** How many items a dict may have, and which of them goes for another. */
struct dict_bound {
    uint64_t max_items;
    Hf__Eviction eviction;
    struct link used; /* LEAST_RECENTLY_USED: all lives, the one used last at the end */
};

struct dict {
    struct keyed keyed;
    struct dict_bound *bound; /* NULL: it has none */
    struct dict_lives *lives; /* NULL: no item has ever had one */
};

/** The message of an open. That of a namespace has the same fields, in the same places. */
static inline const Hf__DictOpen *dict_open_message(const struct call *call) {
    static_assert(sizeof(Hf__NamespaceOpen) == sizeof(Hf__DictOpen) &&
                      offsetof(Hf__NamespaceOpen, equality) == offsetof(Hf__DictOpen, equality) &&
                      offsetof(Hf__NamespaceOpen, initial) == offsetof(Hf__DictOpen, initial) &&
                      offsetof(Hf__NamespaceOpen, eviction) == offsetof(Hf__DictOpen, eviction),
                  "a namespace is opened as a dict is");
    return call->request->dict_open; /* in the same union */
}

static inline struct dict *dict_of(const struct call *call) {
    return (struct dict *)call->object;
}

/** Beside LIFETIME_ENDLESS: the life of an item stays as it is. */
enum { DICT_KEEP = -1 };

/** keyed_find(), which refuses a key that this dict cannot have. */
HF_MUST_USE hf_status dict_find_key(struct call *call, Hf__Any *wire, struct keyed_spot *spot);

/** Add an item for a missing key. Takes over `value`, a kept one, on HF_OK only. */
HF_MUST_USE hf_status dict_add_item(struct call *call, struct keyed_spot *spot,
                                    const struct any *value);

/* ---- time to live: dict_life.c ---- */

/** Whether every item has a life, for its place in the order of use. */
static inline bool dict_orders_use(const struct dict *dict) {
    return dict->bound && dict->bound->eviction == HF__EVICTION__LEAST_RECENTLY_USED;
}

/** Set when an item ends, or that it lives on. Returns HF_OK; HF_NO_MEMORY: unchanged. */
HF_MUST_USE hf_status dict_set_due(struct call *call, struct keyed_item *item, int64_t due_ms);

/** The same in two steps, of which the second cannot fail: a life that is in the calendar (NULL: no
 * memory), for an item that has none when it begins. */
struct life *dict_prepare_life(struct dict *dict, const struct keyed_item *item, int64_t due_ms);
void dict_begin_life(struct dict *dict, struct keyed_item *item, struct life *life);

/** Give a new item a life without an end, for its place in the order of use. false: no memory. */
HF_MUST_USE bool dict_begin_endless_life(struct dict *dict, struct keyed_item *item);

/** Free a life that was prepared, or one in these lives whose item has left it. */
void dict_cancel_life(struct dict *dict, struct life *life);
void dict_free_life(struct dict *dict, struct dict_lives *lives, struct life *life);

/** Let the item live on, if it has an end. */
void dict_let_live(struct dict *dict, struct keyed_item *item);

/** Take the item's life, if it has one. The next thing is another life, or that it is removed. */
void dict_end_life(struct dict *dict, struct keyed_item *item);

/** The first item to have expired that is not removed yet; NULL: there is none. */
struct keyed_item *dict_first_expired(const struct dict *dict);

/** Remove an item that has expired, for a call. Returns HF_OK, HF_NO_MEMORY. */
HF_MUST_USE hf_status dict_let_expire(struct call *call, struct keyed_item *item);

/** Tell the watches of an item that has expired, and end its life. */
void dict_tell_expired(struct dict *dict, struct keyed_item *item);

/** Remove the item, which no request asks for, and tell the watches why: EXPIRED, EVICTED. */
void dict_end_item(struct dict *dict, struct keyed_item *item, Hf__Cause cause);

/** The item has been used: it is the last to be evicted. */
void dict_use(struct dict *dict, struct keyed_item *item);

/** The item that was used longest ago. There must be one. */
struct keyed_item *dict_least_used(const struct dict *dict);

/** How many items have expired and are still to be removed. */
size_t dict_expired(const struct dict *dict);

/** Refuse what would have to look at very many items that have expired: TIMEOUT. */
hf_status dict_refuse_now(struct call *call);

/** Forget the lives of a dict whose items are gone; NULL is accepted. */
void dict_forget_lives(struct dict *dict, struct dict_lives *lives);

/* ---- in an atomic batch: dict_undo.c ---- */

enum { DICT_NOTES = 2 }; /* that a change of an item needs at most */

/** Set the value of a key to a kept one, which is taken over on HF_OK only, and when it ends. */
HF_MUST_USE hf_status dict_put_noted(struct call *call, struct keyed_spot *spot,
                                     const struct any *value, int64_t due_ms);
HF_MUST_USE hf_status dict_set_due_noted(struct call *call, struct keyed_item *item,
                                         int64_t due_ms);
void dict_remove_noted(struct call *call, struct keyed_item *item);
HF_MUST_USE hf_status dict_expire_noted(struct call *call, struct keyed_item *item);
HF_MUST_USE hf_status dict_clear_noted(struct call *call);

/* ---- a bound: dict_bound.c ---- */

/** Read it from an open. Returns HF_OK; HF_INVALID; HF_NO_MEMORY. */
HF_MUST_USE hf_status dict_bound_check(struct call *call);
HF_MUST_USE hf_status dict_bound_init(struct dict *dict, struct call *call);
/** Whether a dict that is being made takes one more of its first items: none is evicted. Returns
 * HF_OK, HF_LIMIT. */
HF_MUST_USE hf_status dict_bound_check_initial(struct call *call);
void dict_bound_fini(struct dict *dict);
void dict_bound_options(const struct object *object, Hf__DictOpen *out);
void dict_bound_describe(const struct dict *dict, struct text *options);

bool dict_bound_is_final(const struct object *object);

/** See that there is room for one item more, or will be by dict_evict(). Returns HF_OK, HF_LIMIT.
 */
HF_MUST_USE hf_status dict_check_room(struct call *call);

/** Items may have been added: remove those that are too many. A reader of the changes does the same
 * in the same order, so the request that has added them is told before. */
void dict_evict(struct object *object);

/* Operations, for the table in dict.c. */
hf_status dict_expire(struct call *call);
hf_status dict_ttl(struct call *call);
hf_status dict_touch(struct call *call);
hf_status dict_update(struct call *call);
hf_status dict_keys(struct call *call);
hf_status dict_values(struct call *call);
hf_status dict_items(struct call *call);
hf_status dict_clear(struct call *call);
hf_status dict_copy(struct call *call);

#endif
