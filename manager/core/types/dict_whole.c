/* SPDX-License-Identifier: MIT
 *
 * dict and namespace: the operations on many items.
 */
#include "dict.h"

#include "bulk.h"
#include "nested.h"
#include "registry.h"

#include <assert.h>

/* ---- update ---- */

struct update {
    struct keyed_spot spot;
    struct any value;  /* kept */
    struct life *life; /* prepared; NULL: the item lives on */
};

static hf_status dict_keep_update(struct call *call, const Hf__Item *item, struct update *update) {
    struct any value;
    hf_status status = dict_find_key(call, item->key, &update->spot);
    if (status == HF_OK) {
        status = call_view(call, item->value, &value);
    }
    return status == HF_OK ? any_keep(call->registry, &value, &update->value) : status;
}

/* Take back the items that were added last, as if they had never been. */
static void dict_remove_last(struct call *call, size_t count) {
    struct table *items = keyed_items(call);
    for (; count > 0; count--) {
        dict_end_life(dict_of(call), table_last(items));
        keyed_shrink(call, items, table_len(items) - 1);
    }
}

/* Add an item with a null for each missing key. If that fails, remove them again.
 *
 *  added  how many were added
 */
static hf_status dict_add_missing(struct call *call, struct update *updates, size_t count,
                                  size_t *added) {
    const struct any null = {.kind = ANY_NULL};
    struct table *items = keyed_items(call);
    hf_status status = HF_OK;
    *added = 0;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        keyed_refind(call, items,
                     &updates[i].spot); /* a key may come twice, and adding moves items */
        if (!updates[i].spot.item) {
            status = dict_add_item(call, &updates[i].spot, &null);
            *added += status == HF_OK;
        }
    }
    if (status != HF_OK) {
        dict_remove_last(call, *added);
    }
    return status;
}

/* Prepare a life for each. If that fails, cancel them again. */
static hf_status dict_prepare_lives(struct call *call, struct update *updates, size_t count,
                                    int64_t due_ms) {
    struct dict *dict = dict_of(call);
    size_t done = 0;
    for (; done < count && due_ms != LIFETIME_ENDLESS; done++) {
        keyed_refind(call, keyed_items(call), &updates[done].spot);
        updates[done].life = dict_prepare_life(dict, updates[done].spot.item, due_ms);
        if (!updates[done].life) {
            break;
        }
    }
    if (due_ms == LIFETIME_ENDLESS || done == count) {
        return HF_OK;
    }
    while (done > 0) {
        dict_cancel_life(dict, updates[--done].life);
    }
    return HF_NO_MEMORY;
}

/* Swap each new value with the old one, which the caller then drops. */
static void dict_swap_values(struct call *call, struct update *updates, size_t count) {
    struct dict *dict = dict_of(call);
    for (size_t i = 0; i < count; i++) {
        keyed_refind(call, keyed_items(call), &updates[i].spot);
        struct keyed_item *item = updates[i].spot.item;
        assert(item);
        if (updates[i].life) {
            dict_end_life(dict, item);
        } else if (table_marked(item)) {
            dict_let_live(dict, item);
        }
        struct any *value = keyed_value(item);
        struct any before = *value;
        *value = updates[i].value;
        updates[i].value = before;
        if (updates[i].life) {
            dict_begin_life(dict, item, updates[i].life);
        }
        dict_use(dict, item);
    }
}

static hf_status dict_update_all(struct call *call, struct update *updates, size_t count,
                                 int64_t due_ms) {
    size_t added = 0;
    hf_status status = dict_add_missing(call, updates, count, &added);
    if (status != HF_OK) {
        return status;
    }
    status = dict_prepare_lives(call, updates, count, due_ms);
    if (status == HF_OK) {
        dict_swap_values(call, updates, count);
    } else {
        dict_remove_last(call, added);
    }
    return status;
}

/* In an atomic batch: if that fails, the batch undoes it. */
static hf_status dict_update_noted(struct call *call, struct update *updates, size_t count,
                                   int64_t due_ms) {
    hf_status status = HF_OK;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        keyed_refind(call, keyed_items(call), &updates[i].spot);
        status = dict_put_noted(call, &updates[i].spot, &updates[i].value, due_ms);
        if (status == HF_OK) {
            updates[i].value = (struct any){.kind = ANY_NULL};
        }
    }
    return status;
}

hf_status dict_update(struct call *call) {
    const Hf__DictUpdate *in = call->request->dict_update;
    struct update *updates = arena_zeroed(call->arena, in->n_items, sizeof *updates);
    int64_t due_ms = CALL_DUE(call, in);
    hf_status status = due_ms == LIFETIME_REFUSED ? HF_INVALID : HF_OK;
    if (!updates) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < in->n_items && status == HF_OK; i++) {
        status = dict_keep_update(call, in->items[i], &updates[i]);
    }
    if (status == HF_OK) {
        status = call_undo(call) ? dict_update_noted(call, updates, in->n_items, due_ms)
                                 : dict_update_all(call, updates, in->n_items, due_ms);
    }
    for (size_t i = 0; i < in->n_items; i++) {
        any_drop(call->registry, &updates[i].value);
    }
    return status;
}

/* ---- pages ---- */

hf_status dict_keys(struct call *call) {
    const Hf__DictKeys *in = call->request->dict_keys;
    return keyed_answer_page(call, keyed_items(call),
                             (struct keyed_paging){in->cursor, in->limit, true, false});
}

hf_status dict_values(struct call *call) {
    const Hf__DictValues *in = call->request->dict_values;
    return keyed_answer_page(call, keyed_items(call),
                             (struct keyed_paging){in->cursor, in->limit, false, true});
}

hf_status dict_items(struct call *call) {
    const Hf__DictItems *in = call->request->dict_items;
    return keyed_answer_page(call, keyed_items(call),
                             (struct keyed_paging){in->cursor, in->limit, true, true});
}

/* ---- the whole dict ---- */

/* The items that have expired go uncounted: they count now, so that the version never falls. */
hf_status dict_clear(struct call *call) {
    if (call_undo(call)) {
        return dict_clear_noted(call);
    }
    call->object->version += dict_expired(dict_of(call));
    keyed_drop(call->registry, keyed_items(call));
    dict_forget_lives(dict_of(call), dict_of(call)->lives);
    return HF_OK;
}

/* How many expired items it passes over. */
enum { COPY_SKIPS = 50000 };

static struct keyed_item *dict_next(const struct call *call, const struct table *items,
                                    size_t *position) {
    struct keyed_item *item = NULL;
    do {
        item = table_next(items, position);
    } while (item && !keyed_is_alive(item, call->registry->now_ms));
    return item;
}

/* An item as a pair of a map. */
struct dict_pair {
    struct packed_any key;
    struct packed_any value;
    size_t len;
};

static struct dict_pair dict_pair_of(struct keyed_item *item) {
    const struct any key = keyed_key(item);
    struct dict_pair pair = {nested_packed(&key), nested_packed(keyed_value(item)), 0};
    pair.len = packed_field_len(packed_len(&pair.key)) + packed_field_len(packed_len(&pair.value));
    return pair;
}

/* The bytes of the map; of one that is larger than any reply, of a part of it. */
static size_t dict_measure(const struct call *call, const struct table *items) {
    size_t len = 0;
    size_t most = call_answer_max(call);
    struct keyed_item *item = NULL;
    for (size_t at = 0; len <= most && (item = dict_next(call, items, &at)) != NULL;) {
        len += packed_field_len(dict_pair_of(item).len);
    }
    return len;
}

static bool dict_pack(struct call *call, const struct table *items, ProtobufCBinaryData *map) {
    uint8_t *to = map->data;
    struct keyed_item *item = NULL;
    for (size_t at = 0; (item = dict_next(call, items, &at)) != NULL;) {
        const struct dict_pair pair = dict_pair_of(item);
        const struct any key = keyed_key(item);
        if (!call_tell_refs(call, &key) || !call_tell_refs(call, keyed_value(item))) {
            return false;
        }
        to = packed_put_head(to, PACKED_FIRST, pair.len);
        to = packed_put_head(to, PACKED_FIRST, packed_len(&pair.key));
        to = packed_put(to, &pair.key);
        to = packed_put_head(to, PACKED_VALUE, packed_len(&pair.value));
        to = packed_put(to, &pair.value);
    }
    assert(to == map->data + map->len);
    return true;
}

hf_status dict_copy(struct call *call) {
    const struct table *items = keyed_items(call);
    const struct any kind = {.kind = ANY_MAP};
    hf_status status = call_expect(call, &kind);
    if (status == HF_OK && dict_expired(dict_of(call)) > COPY_SKIPS) {
        status = dict_refuse_now(call);
    }
    if (status != HF_OK) {
        return status;
    }
    size_t len = dict_measure(call, items);
    const struct bulk bulk = {.wire = len, .arena = len + sizeof(Hf__Any)};
    if (!bulk_fits(&bulk, call)) {
        return bulk_refuse(call);
    }
    struct arena_mark before = arena_mark(call->arena);
    Hf__Any *value = call_message(call, &hf__any__descriptor);
    uint8_t *bytes = arena_alloc(call->arena, len);
    if (!value || !bytes) {
        return bulk_failed(&bulk, call, before);
    }
    value->kind_case = HF__ANY__KIND_MAP;
    value->map = (ProtobufCBinaryData){len, bytes};
    if (!dict_pack(call, items, &value->map)) {
        return HF_NO_MEMORY;
    }
    return call_answer_message(call, HF__REPLY__RESULT_VALUE, value);
}
