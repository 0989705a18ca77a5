/* SPDX-License-Identifier: MIT
 *
 * dict and namespace: Python's dict, shared. Items keep the order in which their keys were first
 * set. A namespace is a dict whose keys are strings. Operations on many items are in dict_whole.c.
 */
#include "dict.h"

#include "equality.h"
#include "number.h"
#include "options.h"
#include "registry.h"
#include "show.h"
#include "undo.h"

static void dict_fini(struct object *object) {
    keyed_fini(object);
    dict_forget_lives((struct dict *)object, ((struct dict *)object)->lives);
    dict_bound_fini((struct dict *)object);
}

static size_t dict_count(const struct dict *dict) {
    return table_len(&dict->keyed.items) - dict_expired(dict);
}

static size_t dict_changes_due(const struct object *object) {
    return dict_expired((const struct dict *)object);
}

static uint64_t dict_describe(const struct object *object, struct text *options) {
    dict_bound_describe((const struct dict *)object, options);
    equality_describe(object, options);
    return dict_count((const struct dict *)object);
}

static void dict_options(const struct object *object, void *open) {
    Hf__DictOpen *out = open;
    OPTION(out, equality, equality_option(object));
    dict_bound_options(object, out);
}

/* ---- items ---- */

hf_status dict_let_expire(struct call *call, struct keyed_item *item) {
    if (call_undo(call)) {
        return dict_expire_noted(call, item);
    }
    dict_end_item(dict_of(call), item, HF__CAUSE__EXPIRED);
    return HF_OK;
}

hf_status dict_find_key(struct call *call, Hf__Any *wire, struct keyed_spot *spot) {
    hf_status status = keyed_find(call, keyed_items(call), wire, spot);
    if (status == HF_OK && call->object->type == &type_namespace && spot->key.kind != ANY_STRING) {
        char words[SHOW_KIND_BYTES];
        return call_refuse(call, HF_TYPE_ERROR, "a key of a namespace is a string, not %s",
                           show_kind(any_kind_name(&spot->key), words));
    }
    if (status == HF_OK && spot->item && !keyed_is_alive(spot->item, call->registry->now_ms)) {
        status = dict_let_expire(call, spot->item);
        spot->item = NULL;
    }
    return status;
}

/* Remove the item that was just added, whose value the caller still has: as if it had never been
 * there. */
static void dict_take_back(struct call *call, struct keyed_item *item) {
    dict_end_life(dict_of(call), item);
    *item->value = (struct any){.kind = ANY_NULL};
    keyed_shrink(call, keyed_items(call), table_len(keyed_items(call)) - 1);
}

hf_status dict_add_item(struct call *call, struct keyed_spot *spot, const struct any *value) {
    hf_status status = dict_check_room(call);
    if (status == HF_OK) {
        status = keyed_add(call, keyed_items(call), spot, value);
    }
    if (status == HF_OK && dict_orders_use(dict_of(call)) &&
        !dict_begin_endless_life(dict_of(call), spot->item)) {
        dict_take_back(call, spot->item);
        return HF_NO_MEMORY;
    }
    return status;
}

/* Set the value of a key to a kept one, which is taken over on HF_OK only. */
static hf_status dict_put(struct call *call, struct keyed_spot *spot, const struct any *value,
                          int64_t due_ms) {
    bool is_new = !spot->item;
    hf_status status = is_new ? dict_add_item(call, spot, value) : HF_OK;
    if (status == HF_OK && due_ms != DICT_KEEP &&
        (due_ms != LIFETIME_ENDLESS || table_marked(spot->item))) {
        status = dict_set_due(call, spot->item, due_ms);
        if (status != HF_OK && is_new) {
            dict_take_back(call, spot->item);
        }
    }
    if (status != HF_OK) {
        return status;
    }
    if (!is_new) {
        any_drop(call->registry, keyed_value(spot->item));
        *keyed_value(spot->item) = *value;
        dict_use(dict_of(call), spot->item);
    }
    return HF_OK;
}

/* Set the value of a key to a copy of `view`, and when it ends. */
static hf_status dict_store(struct call *call, struct keyed_spot *spot, const struct any *view,
                            int64_t due_ms) {
    struct any value;
    hf_status status = any_keep(call->registry, view, &value);
    if (status != HF_OK) {
        return status;
    }
    if (call_undo(call)) {
        status = dict_put_noted(call, spot, &value, due_ms);
    } else if (spot->item && due_ms == LIFETIME_ENDLESS && !table_marked(spot->item)) {
        any_drop(call->registry, spot->item->value);
        *spot->item->value = value;
    } else {
        status = dict_put(call, spot, &value, due_ms);
    }
    if (status != HF_OK) {
        any_drop(call->registry, &value);
    }
    return status;
}

/* The same, answered with the value. The answer is built before anything changes. If storing then
 * fails, it is taken back. */
static hf_status dict_store_and_answer(struct call *call, struct keyed_spot *spot,
                                       const struct any *view, int64_t due_ms) {
    hf_status status = call_answer(call, view);
    if (status != HF_OK) {
        return status;
    }
    status = dict_store(call, spot, view, due_ms);
    if (status != HF_OK) {
        call->reply->result_case = HF__REPLY__RESULT__NOT_SET;
    }
    return status;
}

/* Store the items that it is created with. */
static hf_status dict_fill(struct call *call, Hf__Item *const *items, size_t count) {
    hf_status status = HF_OK;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        struct keyed_spot spot;
        struct any value;
        status = dict_find_key(call, items[i]->key, &spot);
        if (status == HF_OK && !spot.item) {
            status = dict_bound_check_initial(call);
        }
        if (status == HF_OK) {
            status = call_view(call, items[i]->value, &value);
        }
        if (status == HF_OK) {
            status = dict_store(call, &spot, &value, LIFETIME_ENDLESS);
        }
    }
    return status;
}

static hf_status dict_init(struct object *object, struct call *call) {
    const Hf__DictOpen *in = dict_open_message(call);
    keyed_init(&((struct keyed *)object)->items, 1);
    equality_init(object, in->equality);
    hf_status status = dict_bound_init((struct dict *)object, call);
    return status == HF_OK ? dict_fill(call, in->initial, in->n_initial) : status;
}

static void dict_remove_item(struct call *call, struct keyed_item *item) {
    if (call_undo(call)) {
        dict_remove_noted(call, item);
        return;
    }
    if (table_marked(item)) {
        dict_end_life(dict_of(call), item);
    }
    keyed_remove(call, keyed_items(call), item);
}

static hf_status dict_answer_view(struct call *call, Hf__Any *wire) {
    struct any view;
    hf_status status = call_view(call, wire, &view);
    return status == HF_OK ? call_answer(call, &view) : status;
}

/* A value that is not needed now has to be one as well: journals show it. */
static hf_status dict_check_spare(struct call *call, Hf__Any *wire) {
    struct any view;
    return call_view(call, wire, &view);
}

/* ---- operations on one item ---- */

static hf_status dict_open_as(struct call *call, const struct type *type) {
    hf_status status = equality_check(call, dict_open_message(call)->equality);
    if (status == HF_OK) {
        status = dict_bound_check(call);
    }
    return status == HF_OK ? OBJECT_OPEN(call, type, dict_open_message(call)) : status;
}

static hf_status dict_open(struct call *call) {
    return dict_open_as(call, &type_dict);
}

static hf_status namespace_open(struct call *call) {
    return dict_open_as(call, &type_namespace);
}

/* Answer with the value of an item, which is a use of it; not in an atomic batch, which may be
 * refused after it. */
static hf_status dict_answer_item(struct call *call, struct keyed_item *item) {
    hf_status status = call_answer(call, keyed_value(item));
    if (status == HF_OK && !call_in_atomic_batch(call)) {
        dict_use(dict_of(call), item);
    }
    return status;
}

static hf_status dict_get(struct call *call) {
    const Hf__DictGet *in = call->request->dict_get;
    struct keyed_spot spot;
    hf_status status = dict_find_key(call, in->key, &spot);
    if (status != HF_OK) {
        return status;
    }
    if (spot.item) {
        return table_marked(spot.item) ? dict_answer_item(call, spot.item)
                                       : call_answer(call, spot.item->value);
    }
    return in->fallback ? dict_answer_view(call, in->fallback)
                        : keyed_refuse_missing(call, HF_KEY_ERROR, &spot.key);
}

static hf_status dict_set(struct call *call) {
    const Hf__DictSet *in = call->request->dict_set;
    struct keyed_spot spot;
    struct any value;
    int64_t due_ms = CALL_DUE(call, in);
    if (due_ms == LIFETIME_REFUSED) {
        return HF_INVALID;
    }
    hf_status status = dict_find_key(call, in->key, &spot);
    if (status == HF_OK) {
        status = call_view(call, in->value, &value);
    }
    return status == HF_OK ? dict_store(call, &spot, &value, due_ms) : status;
}

static hf_status dict_delete(struct call *call) {
    struct keyed_spot spot;
    hf_status status = dict_find_key(call, call->request->dict_delete->key, &spot);
    if (status != HF_OK) {
        return status;
    }
    if (!spot.item) {
        return keyed_refuse_missing(call, HF_KEY_ERROR, &spot.key);
    }
    dict_remove_item(call, spot.item);
    return HF_OK;
}

static hf_status dict_contains(struct call *call) {
    struct keyed_spot spot;
    hf_status status = dict_find_key(call, call->request->dict_contains->key, &spot);
    return status == HF_OK ? call_answer_truth(call, spot.item != NULL) : status;
}

static hf_status dict_len(struct call *call) {
    return call_answer_count(call, dict_count(dict_of(call)));
}

/* Move a value out of its item, as the reply borrows it. In an atomic batch it lasts longer. */
static void dict_set_aside(const struct call *call, struct any *answered, struct any *value) {
    if (!call_undo(call)) {
        *answered = *value;
        *value = (struct any){.kind = ANY_NULL};
    }
}

static hf_status dict_pop(struct call *call) {
    const Hf__DictPop *in = call->request->dict_pop;
    struct keyed_spot spot;
    hf_status status = dict_find_key(call, in->key, &spot);
    if (status != HF_OK) {
        return status;
    }
    if (!spot.item) {
        return in->fallback ? dict_answer_view(call, in->fallback)
                            : keyed_refuse_missing(call, HF_KEY_ERROR, &spot.key);
    }
    status = dict_check_spare(call, in->fallback);
    if (status != HF_OK) {
        return status;
    }
    struct any *answered = call_release_after_reply(call);
    status = answered ? call_answer(call, keyed_value(spot.item)) : HF_NO_MEMORY;
    if (status == HF_OK) {
        dict_set_aside(call, answered, keyed_value(spot.item));
        dict_remove_item(call, spot.item);
    }
    return status;
}

/* The newest item that is alive. Those behind it are removed, but not more than a call may. */
static hf_status dict_find_last(struct call *call, struct keyed_item **last) {
    enum { REMOVED_AT_ONCE = 512 };
    struct table *items = keyed_items(call);
    for (int i = 0; i < REMOVED_AT_ONCE; i++) {
        *last = table_last(items);
        if (!*last) {
            return call_refuse(call, HF_KEY_ERROR, "the dict is empty");
        }
        if (keyed_is_alive(*last, call->registry->now_ms)) {
            return HF_OK;
        }
        hf_status status = dict_let_expire(call, *last);
        if (status != HF_OK) {
            return status;
        }
    }
    return dict_refuse_now(call);
}

static hf_status dict_popitem(struct call *call) {
    struct keyed_item *last = NULL;
    hf_status status = dict_find_last(call, &last);
    if (status == HF_OK) {
        status = call_expect(call, keyed_value(last));
    }
    if (status != HF_OK) {
        return status;
    }
    const struct any *key = keyed_keep_key(call, last);
    struct any *value = call_release_after_reply(call);
    Hf__Item *item = call_message(call, &hf__item__descriptor);
    if (!key || !value || !item) {
        return HF_NO_MEMORY;
    }
    item->key = call_wire(call, key);
    item->value = call_wire(call, keyed_value(last));
    status = item->key && item->value ? call_answer_message(call, HF__REPLY__RESULT_ITEM, item)
                                      : HF_NO_MEMORY;
    if (status != HF_OK) {
        return status;
    }
    dict_set_aside(call, value, keyed_value(last));
    dict_remove_item(call, last);
    return HF_OK;
}

static hf_status dict_setdefault(struct call *call) {
    const Hf__DictSetdefault *in = call->request->dict_setdefault;
    struct keyed_spot spot;
    struct any value;
    int64_t due_ms = CALL_DUE(call, in);
    if (due_ms == LIFETIME_REFUSED) {
        return HF_INVALID;
    }
    hf_status status = dict_find_key(call, in->key, &spot);
    if (status == HF_OK) {
        status = call_view(call, in->value, &value);
    }
    if (status != HF_OK) {
        return status;
    }
    if (spot.item) {
        return dict_answer_item(call, spot.item);
    }
    return dict_store_and_answer(call, &spot, &value, due_ms);
}

static hf_status dict_add(struct call *call) {
    const Hf__DictAdd *in = call->request->dict_add;
    struct keyed_spot spot;
    struct addition addition;
    struct any number;
    struct any sum;
    int64_t due_ms = CALL_DUE(call, in);
    if (due_ms == LIFETIME_REFUSED) {
        return HF_INVALID;
    }
    hf_status status = number_view_addition(call, in->amount, in->floor, in->ceiling, &addition);
    if (status == HF_OK) {
        status = dict_find_key(call, in->key, &spot);
    }
    if (status != HF_OK) {
        return status;
    }
    if (!spot.item && !in->initial) {
        return keyed_refuse_missing(call, HF_KEY_ERROR, &spot.key);
    }
    status = call_view(call, in->initial, &number);
    if (spot.item) {
        number = *keyed_value(spot.item);
        due_ms = DICT_KEEP;
    }
    if (status == HF_OK) {
        status = number_add(call, &number, &addition, &sum);
    }
    return status == HF_OK ? dict_store_and_answer(call, &spot, &sum, due_ms) : status;
}

/* HF_OK if the item is as the request expects. */
static hf_status dict_compare(struct call *call, const struct keyed_spot *spot, Hf__Any *wire) {
    struct any expected;
    hf_status status = call_view(call, wire, &expected);
    if (status != HF_OK) {
        return status;
    }
    if (!spot->item) {
        return wire ? keyed_refuse_missing(call, HF_MISMATCH, &spot->key) : HF_OK;
    }
    bool equal = false;
    if (wire) {
        status =
            any_equal(call->arena, equality_of(call), keyed_value(spot->item), &expected, &equal);
    }
    if (status != HF_OK || equal) {
        return status;
    }
    status = call_answer(call, keyed_value(spot->item));
    return status == HF_OK ? HF_MISMATCH : status;
}

static hf_status dict_compare_and_set(struct call *call) {
    const Hf__DictCompareAndSet *in = call->request->dict_compare_and_set;
    struct keyed_spot spot;
    struct any replacement;
    int64_t due_ms = CALL_DUE(call, in);
    if (due_ms == LIFETIME_REFUSED) {
        return HF_INVALID;
    }
    hf_status status = dict_find_key(call, in->key, &spot);
    if (status == HF_OK) {
        status = call_view(call, in->replacement, &replacement);
    }
    if (status == HF_OK) {
        status = dict_compare(call, &spot, in->expected);
    }
    if (status != HF_OK) {
        return status;
    }
    if (in->replacement) {
        return dict_store(call, &spot, &replacement, due_ms);
    }
    if (spot.item) {
        dict_remove_item(call, spot.item);
    }
    return HF_OK;
}

static const struct op dict_ops[] = {
    {HF__REQUEST__OP_DICT_OPEN, dict_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_GET, dict_get, OP_READS, 0},
    {HF__REQUEST__OP_DICT_SET, dict_set, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_DELETE, dict_delete, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_CONTAINS, dict_contains, OP_READS, 0},
    {HF__REQUEST__OP_DICT_LEN, dict_len, OP_READS, 0},
    {HF__REQUEST__OP_DICT_POP, dict_pop, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_POPITEM, dict_popitem, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_SETDEFAULT, dict_setdefault, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_UPDATE, dict_update, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_KEYS, dict_keys, OP_READS, 0},
    {HF__REQUEST__OP_DICT_VALUES, dict_values, OP_READS, 0},
    {HF__REQUEST__OP_DICT_ITEMS, dict_items, OP_READS, 0},
    {HF__REQUEST__OP_DICT_CLEAR, dict_clear, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_COPY, dict_copy, OP_READS, 0},
    {HF__REQUEST__OP_DICT_ADD, dict_add, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_COMPARE_AND_SET, dict_compare_and_set, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_EXPIRE, dict_expire, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_DICT_TTL, dict_ttl, OP_READS, 0},
    {HF__REQUEST__OP_DICT_TOUCH, dict_touch, OP_CHANGES | OP_UNDOES, 0},
};

const struct type type_dict = {
    .tag = HF__TYPE__DICT,
    .name = "dict",
    .object_size = sizeof(struct dict),
    TYPE_OPS(dict_ops),
    .init = dict_init,
    .fini = dict_fini,
    .options = dict_options,
    .is_final = dict_bound_is_final,
    .changed = dict_evict,
    .changes_due = dict_changes_due,
    .describe = dict_describe,
};

static const struct op namespace_ops[] = {
    {HF__REQUEST__OP_NAMESPACE_OPEN, namespace_open, OP_OPENS | OP_CHANGES, 0},
};

const struct type type_namespace = {
    .tag = HF__TYPE__NAMESPACE,
    .name = "namespace",
    .object_size = sizeof(struct dict),
    TYPE_OPS(namespace_ops),
    .like = &type_dict,
    .init = dict_init,
    .fini = dict_fini,
    .options = dict_options,
    .is_final = dict_bound_is_final,
    .changed = dict_evict,
    .changes_due = dict_changes_due,
    .describe = dict_describe,
};
