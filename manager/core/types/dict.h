/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of dict and namespace: dict.c, dict_whole.c and dict_life.c.
 */
#ifndef HF_DICT_H
#define HF_DICT_H

#include "calendar.h"
#include "keyed.h"

/** The lives of its items, which a dict has from the first of them on. */
struct dict_lives {
    struct wake wake;         /* at the end of the first */
    struct calendar calendar; /* of the lives of its items */
};

struct dict {
    struct keyed keyed;
    struct dict_lives *lives; /* NULL: no item has ever had one */
};

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

/** Set when an item ends, or that it lives on. Returns HF_OK; HF_NO_MEMORY: unchanged. */
HF_MUST_USE hf_status dict_set_due(struct call *call, struct keyed_item *item, int64_t due_ms);

/** The same in two steps, of which the second cannot fail: a life that is in the calendar (NULL: no
 * memory), for an item that has none when it begins. */
struct life *dict_prepare_life(struct dict *dict, const struct keyed_item *item, int64_t due_ms);
void dict_begin_life(struct keyed_item *item, struct life *life);

/** Free a life that was prepared, or one in these lives whose item has left it. */
void dict_cancel_life(struct dict *dict, struct life *life);
void dict_free_life(struct dict *dict, struct dict_lives *lives, struct life *life);

/** Let the item live on, if it has an end. Before it is removed, too. */
void dict_end_life(struct dict *dict, struct keyed_item *item);

/** The first item to have expired that is not removed yet; NULL: there is none. */
struct keyed_item *dict_first_expired(const struct dict *dict);

/** Remove this item, which has expired. The second one only tells the watches, and ends its life.
 */
void dict_expire_item(struct dict *dict, struct keyed_item *item);
void dict_tell_expired(struct dict *dict, struct keyed_item *item);

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
