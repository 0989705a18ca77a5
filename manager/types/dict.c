/* SPDX-License-Identifier: MIT
 *
 * dict and namespace: Python's dict, shared. Items keep the order in which their keys were first
 * set; a key is compared by kind and value. A namespace is a dict whose keys are strings.
 *
 * Keys are looked up as views of the request and copied only when an item is added. What can fail
 * comes before what changes the dict, so that a refusal leaves it as it was.
 */
#include "bulk.h"
#include "number.h"
#include "object.h"
#include "registry.h"
#include "show.h"
#include "table.h"
#include "wire_limits.h"

#include <assert.h>

struct dict {
    struct object object;
    struct table items; /* of struct entry */
};

struct entry {
    struct any key;
    struct any value;
};

/* Where a key of the request is, or would be. */
struct spot {
    struct any key; /* a view */
    uint64_t hash;
    struct entry *entry; /* NULL: not there */
};

static struct dict *dict_of(struct call *call) {
    return (struct dict *)call->object;
}

static hf_status init(struct object *object, struct call *call) {
    (void)call;
    table_init(&((struct dict *)object)->items, sizeof(struct entry));
    return HF_OK;
}

static void drop_items(struct dict *dict) {
    uint64_t cursor = 0;
    struct entry *entry = table_seek(&dict->items, &cursor);
    for (; entry; entry = table_after(&dict->items, entry)) {
        any_drop(dict->object.registry, &entry->key);
        any_drop(dict->object.registry, &entry->value);
    }
    table_fini(&dict->items);
}

static void fini(struct object *object) {
    drop_items((struct dict *)object);
}

static void describe(const struct object *object, struct call *call, Hf__Description *description) {
    (void)call;
    description->has_size = true;
    description->size = table_len(&((const struct dict *)object)->items);
}

/* ---- items ---- */

static bool has_key(const void *entry, const void *key) {
    return any_equal(&((const struct entry *)entry)->key, key);
}

static void look(struct call *call, struct spot *spot) {
    spot->hash = any_hash(&spot->key, call->registry->hash_key);
    spot->entry = table_find(&dict_of(call)->items, spot->hash, has_key, &spot->key);
}

static hf_status find(struct call *call, const Hf__Any *wire, struct spot *spot) {
    hf_status status = call_view_key(call, wire, &spot->key);
    if (status != HF_OK) {
        return status;
    }
    if (call->object->type == &type_namespace && spot->key.kind != ANY_STRING) {
        return call_refuse(call, HF_TYPE_ERROR, "a key of a namespace is a string, not a %s",
                           any_kind_name(&spot->key));
    }
    look(call, spot);
    return HF_OK;
}

static hf_status refuse_missing(struct call *call, hf_status status, const struct any *key) {
    char text[SHOW_BYTES];
    return call_refuse(call, status, "no key %s", show_any(key, text));
}

/* Add an item for a key that is not there; its value, a kept one, is taken over on HF_OK only. */
static hf_status add_item(struct call *call, struct spot *spot, const struct any *value) {
    struct table *items = &dict_of(call)->items;
    struct any key;
    assert(!spot->entry);
    hf_status status = bulk_check_items(call, table_len(items) + 1);
    if (status == HF_OK) {
        status = any_keep(call->registry, &spot->key, &key);
    }
    if (status != HF_OK) {
        return status;
    }
    spot->entry = table_add(items, spot->hash);
    if (!spot->entry) {
        any_drop(call->registry, &key);
        return HF_NO_MEMORY;
    }
    *spot->entry = (struct entry){key, *value};
    return HF_OK;
}

/* Set the value under a key; `view` is copied. */
static hf_status store(struct call *call, struct spot *spot, const struct any *view) {
    struct any value;
    hf_status status = any_keep(call->registry, view, &value);
    if (status != HF_OK) {
        return status;
    }
    if (spot->entry) {
        any_drop(call->registry, &spot->entry->value);
        spot->entry->value = value;
        return HF_OK;
    }
    status = add_item(call, spot, &value);
    if (status != HF_OK) {
        any_drop(call->registry, &value);
    }
    return status;
}

/* The same, answered with the value. The answer is built first, from the view: where storing fails
 * it is taken back. */
static hf_status store_and_answer(struct call *call, struct spot *spot, const struct any *view) {
    hf_status status = call_answer(call, view);
    if (status != HF_OK) {
        return status;
    }
    status = store(call, spot, view);
    if (status != HF_OK) {
        call->reply->result_case = HF__REPLY__RESULT__NOT_SET;
    }
    return status;
}

static void remove_item(struct call *call, struct entry *entry) {
    any_drop(call->registry, &entry->key);
    any_drop(call->registry, &entry->value);
    table_remove(&dict_of(call)->items, entry);
}

static hf_status answer_view(struct call *call, const Hf__Any *wire) {
    struct any view;
    hf_status status = call_view(call, wire, &view);
    return status == HF_OK ? call_answer(call, &view) : status;
}

/* ---- operations on one item ---- */

static hf_status open(struct call *call) {
    const Hf__DictOpen *in = call->request->dict_open;
    return object_open(call, &type_dict, in->name, in->mode);
}

static hf_status open_namespace(struct call *call) {
    const Hf__NamespaceOpen *in = call->request->namespace_open;
    return object_open(call, &type_namespace, in->name, in->mode);
}

static hf_status get(struct call *call) {
    const Hf__DictGet *in = call->request->dict_get;
    struct spot spot;
    hf_status status = find(call, in->key, &spot);
    if (status != HF_OK) {
        return status;
    }
    if (spot.entry) {
        return call_answer(call, &spot.entry->value);
    }
    return in->fallback ? answer_view(call, in->fallback)
                        : refuse_missing(call, HF_KEY_ERROR, &spot.key);
}

static hf_status set(struct call *call) {
    const Hf__DictSet *in = call->request->dict_set;
    struct spot spot;
    struct any value;
    hf_status status = find(call, in->key, &spot);
    if (status == HF_OK) {
        status = call_view(call, in->value, &value);
    }
    return status == HF_OK ? store(call, &spot, &value) : status;
}

static hf_status erase(struct call *call) {
    struct spot spot;
    hf_status status = find(call, call->request->dict_delete->key, &spot);
    if (status != HF_OK) {
        return status;
    }
    if (!spot.entry) {
        return refuse_missing(call, HF_KEY_ERROR, &spot.key);
    }
    remove_item(call, spot.entry);
    return HF_OK;
}

static hf_status contains(struct call *call) {
    struct spot spot;
    hf_status status = find(call, call->request->dict_contains->key, &spot);
    return status == HF_OK ? call_answer_truth(call, spot.entry != NULL) : status;
}

static hf_status len(struct call *call) {
    return call_answer_count(call, table_len(&dict_of(call)->items));
}

/* Move a value that the reply borrows out of its item. */
static void set_aside(struct any *keepsake, struct any *value) {
    *keepsake = *value;
    *value = (struct any){.kind = ANY_NULL};
}

static hf_status pop(struct call *call) {
    const Hf__DictPop *in = call->request->dict_pop;
    struct spot spot;
    hf_status status = find(call, in->key, &spot);
    if (status != HF_OK) {
        return status;
    }
    if (!spot.entry) {
        return in->fallback ? answer_view(call, in->fallback)
                            : refuse_missing(call, HF_KEY_ERROR, &spot.key);
    }
    struct any *keepsake = call_keepsake(call);
    status = keepsake ? call_answer(call, &spot.entry->value) : HF_NO_MEMORY;
    if (status == HF_OK) {
        set_aside(keepsake, &spot.entry->value);
        remove_item(call, spot.entry);
    }
    return status;
}

static hf_status popitem(struct call *call) {
    struct entry *entry = table_last(&dict_of(call)->items);
    if (!entry) {
        return call_refuse(call, HF_KEY_ERROR, "the dict is empty");
    }
    struct any *key = call_keepsake(call);
    struct any *value = call_keepsake(call);
    Hf__Item *item = arena_alloc(&call->arena, sizeof *item);
    if (!key || !value || !item) {
        return HF_NO_MEMORY;
    }
    hf__item__init(item);
    item->key = call_wire(call, &entry->key);
    item->value = call_wire(call, &entry->value);
    if (!item->key || !item->value) {
        return HF_NO_MEMORY;
    }
    call->reply->result_case = HF__REPLY__RESULT_ITEM;
    call->reply->item = item;
    set_aside(key, &entry->key);
    set_aside(value, &entry->value);
    remove_item(call, entry);
    return HF_OK;
}

static hf_status setdefault(struct call *call) {
    const Hf__DictSetdefault *in = call->request->dict_setdefault;
    struct spot spot;
    struct any value;
    hf_status status = find(call, in->key, &spot);
    if (status != HF_OK) {
        return status;
    }
    if (spot.entry) {
        return call_answer(call, &spot.entry->value);
    }
    status = call_view(call, in->value, &value);
    return status == HF_OK ? store_and_answer(call, &spot, &value) : status;
}

static hf_status add(struct call *call) {
    const Hf__DictAdd *in = call->request->dict_add;
    struct spot spot;
    struct addition addition;
    struct any number;
    struct any sum;
    hf_status status = number_view_addition(call, in->amount, in->floor, in->ceiling, &addition);
    if (status == HF_OK) {
        status = find(call, in->key, &spot);
    }
    if (status != HF_OK) {
        return status;
    }
    if (!spot.entry && !in->initial) {
        return refuse_missing(call, HF_KEY_ERROR, &spot.key);
    }
    if (spot.entry) {
        number = spot.entry->value;
    } else {
        status = call_view(call, in->initial, &number);
    }
    if (status == HF_OK) {
        status = number_add(call, &number, &addition, &sum);
    }
    return status == HF_OK ? store_and_answer(call, &spot, &sum) : status;
}

/* HF_OK where the item is what the request expects. */
static hf_status compare(struct call *call, const struct spot *spot, const Hf__Any *wire) {
    struct any expected;
    hf_status status = call_view(call, wire, &expected);
    if (status != HF_OK) {
        return status;
    }
    if (!spot->entry) {
        return wire ? refuse_missing(call, HF_MISMATCH, &spot->key) : HF_OK;
    }
    if (wire && any_equal(&spot->entry->value, &expected)) {
        return HF_OK;
    }
    status = call_answer(call, &spot->entry->value);
    return status == HF_OK ? HF_MISMATCH : status;
}

static hf_status compare_and_set(struct call *call) {
    const Hf__DictCompareAndSet *in = call->request->dict_compare_and_set;
    struct spot spot;
    struct any replacement;
    hf_status status = find(call, in->key, &spot);
    if (status == HF_OK) {
        status = call_view(call, in->replacement, &replacement);
    }
    if (status == HF_OK) {
        status = compare(call, &spot, in->expected);
    }
    if (status != HF_OK) {
        return status;
    }
    if (in->replacement) {
        return store(call, &spot, &replacement);
    }
    if (spot.entry) {
        remove_item(call, spot.entry);
    }
    return HF_OK;
}

/* ---- operations on many items ---- */

struct update {
    struct spot spot;
    struct any value; /* kept */
};

static hf_status keep_update(struct call *call, const Hf__Item *item, struct update *update) {
    struct any value;
    hf_status status = find(call, item->key, &update->spot);
    if (status == HF_OK) {
        status = call_view(call, item->value, &value);
    }
    return status == HF_OK ? any_keep(call->registry, &value, &update->value) : status;
}

/* Add an item with a null for each key that is not there; if that fails, take them out again. */
static hf_status add_missing(struct call *call, struct update *updates, size_t count) {
    const struct any null = {.kind = ANY_NULL};
    struct table *items = &dict_of(call)->items;
    size_t before = table_len(items);
    hf_status status = HF_OK;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        look(call, &updates[i].spot); /* a key may come twice, and adding moves entries */
        if (!updates[i].spot.entry) {
            status = add_item(call, &updates[i].spot, &null);
        }
    }
    while (status != HF_OK && table_len(items) > before) {
        remove_item(call, table_last(items));
    }
    return status;
}

/* Each value changes places with the one that is there, which is then dropped in its stead. */
static void swap_values(struct call *call, struct update *updates, size_t count) {
    for (size_t i = 0; i < count; i++) {
        look(call, &updates[i].spot);
        assert(updates[i].spot.entry);
        struct any before = updates[i].spot.entry->value;
        updates[i].spot.entry->value = updates[i].value;
        updates[i].value = before;
    }
}

static hf_status update(struct call *call) {
    const Hf__DictUpdate *in = call->request->dict_update;
    struct update *updates = arena_zeroed(&call->arena, in->n_items, sizeof *updates);
    hf_status status = HF_OK;
    if (!updates) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < in->n_items && status == HF_OK; i++) {
        status = keep_update(call, in->items[i], &updates[i]);
    }
    if (status == HF_OK) {
        status = add_missing(call, updates, in->n_items);
    }
    if (status == HF_OK) {
        swap_values(call, updates, in->n_items);
    }
    for (size_t i = 0; i < in->n_items; i++) {
        any_drop(call->registry, &updates[i].value);
    }
    return status;
}

/* ---- pages ---- */

enum {
    PAGE_WIRE_BYTES = 8 << 20, /* so that a page never is too big for a frame */
    PAGE_ARENA_BYTES = 16 << 20,
};

struct paging {
    uint64_t cursor;
    size_t limit;
    bool keys;
    bool values;
};

/* Whether one more item would make a page too large; its first one never does. */
static bool page_full(struct bulk *bulk, const struct call *call, const struct entry *entry,
                      const struct paging *paging) {
    bool first = bulk->wire == 0;
    if (paging->keys) {
        bulk_add(bulk, call, &entry->key);
    }
    if (paging->values) {
        bulk_add(bulk, call, &entry->value);
    }
    return !first && (bulk->wire > PAGE_WIRE_BYTES || bulk->arena > PAGE_ARENA_BYTES);
}

static bool append(struct call *call, Hf__Any **list, size_t *count, const struct any *any) {
    list[*count] = call_wire(call, any);
    return list[(*count)++] != NULL;
}

static bool fill_page(struct call *call, struct paging *paging, Hf__Page *page) {
    const struct table *items = &dict_of(call)->items;
    struct bulk bulk = {0};
    uint64_t cursor = paging->cursor;
    struct entry *entry = table_seek(items, &cursor);
    for (size_t i = 0; i < paging->limit && entry; i++) {
        if (page_full(&bulk, call, entry, paging)) {
            break;
        }
        if ((paging->keys && !append(call, page->keys, &page->n_keys, &entry->key)) ||
            (paging->values && !append(call, page->values, &page->n_values, &entry->value))) {
            return false;
        }
        paging->cursor = table_cursor(entry);
        entry = table_after(items, entry);
    }
    page->has_next = entry != NULL;
    page->next = paging->cursor;
    return true;
}

static hf_status answer_page(struct call *call, struct paging paging) {
    size_t most = table_len(&dict_of(call)->items);
    if (paging.limit == 0 || paging.limit > HF_PAGE_MAX_ITEMS) {
        paging.limit = HF_PAGE_MAX_ITEMS;
    }
    if (paging.limit > most) {
        paging.limit = most;
    }
    Hf__Page *page = arena_alloc(&call->arena, sizeof *page);
    Hf__Any **keys = arena_zeroed(&call->arena, paging.limit, sizeof(Hf__Any *));
    Hf__Any **values = arena_zeroed(&call->arena, paging.limit, sizeof(Hf__Any *));
    if (!page || !keys || !values) {
        return HF_NO_MEMORY;
    }
    hf__page__init(page);
    page->keys = keys;
    page->values = values;
    if (!fill_page(call, &paging, page)) {
        return HF_NO_MEMORY;
    }
    call->reply->result_case = HF__REPLY__RESULT_PAGE;
    call->reply->page = page;
    return HF_OK;
}

static hf_status keys(struct call *call) {
    const Hf__DictKeys *in = call->request->dict_keys;
    return answer_page(call, (struct paging){in->cursor, in->limit, true, false});
}

static hf_status values(struct call *call) {
    const Hf__DictValues *in = call->request->dict_values;
    return answer_page(call, (struct paging){in->cursor, in->limit, false, true});
}

static hf_status items(struct call *call) {
    const Hf__DictItems *in = call->request->dict_items;
    return answer_page(call, (struct paging){in->cursor, in->limit, true, true});
}

/* ---- the whole dict ---- */

static hf_status clear(struct call *call) {
    drop_items(dict_of(call));
    return HF_OK;
}

static struct bulk measure(const struct call *call, const struct table *items) {
    struct bulk bulk = {0};
    uint64_t cursor = 0;
    struct entry *entry = table_seek(items, &cursor);
    for (; entry && bulk_fits(&bulk, call); entry = table_after(items, entry)) {
        bulk_add(&bulk, call, &entry->key);
        bulk_add(&bulk, call, &entry->value);
        bulk.arena += sizeof(Hf__Item);
    }
    return bulk;
}

static bool fill_map(struct call *call, const struct table *items, Hf__AnyMap *map) {
    uint64_t cursor = 0;
    struct entry *entry = table_seek(items, &cursor);
    Hf__Item *pairs = arena_zeroed(&call->arena, table_len(items), sizeof *pairs);
    map->items = arena_zeroed(&call->arena, table_len(items), sizeof *map->items);
    if (!pairs || !map->items) {
        return false;
    }
    for (; entry; entry = table_after(items, entry)) {
        Hf__Item *pair = &pairs[map->n_items];
        hf__item__init(pair);
        pair->key = call_wire(call, &entry->key);
        pair->value = call_wire(call, &entry->value);
        if (!pair->key || !pair->value) {
            return false;
        }
        map->items[map->n_items++] = pair;
    }
    return true;
}

static hf_status copy(struct call *call) {
    const struct table *items = &dict_of(call)->items;
    struct bulk bulk = measure(call, items);
    if (!bulk_fits(&bulk, call)) {
        return bulk_refuse(call);
    }
    struct arena_mark before = arena_mark(&call->arena);
    Hf__Any *value = arena_alloc(&call->arena, sizeof *value);
    Hf__AnyMap *map = arena_alloc(&call->arena, sizeof *map);
    if (map) {
        hf__any_map__init(map);
    }
    if (!value || !map || !fill_map(call, items, map)) {
        return bulk_failed(&bulk, call, before);
    }
    hf__any__init(value);
    value->kind_case = HF__ANY__KIND_MAP;
    value->map = map;
    call->reply->result_case = HF__REPLY__RESULT_VALUE;
    call->reply->value = value;
    return HF_OK;
}

static const struct op ops[] = {
    {HF__REQUEST__OP_DICT_OPEN, open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_GET, get, OP_READS, 0},
    {HF__REQUEST__OP_DICT_SET, set, OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_DELETE, erase, OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_CONTAINS, contains, OP_READS, 0},
    {HF__REQUEST__OP_DICT_LEN, len, OP_READS, 0},
    {HF__REQUEST__OP_DICT_POP, pop, OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_POPITEM, popitem, OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_SETDEFAULT, setdefault, OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_UPDATE, update, OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_KEYS, keys, OP_READS, 0},
    {HF__REQUEST__OP_DICT_VALUES, values, OP_READS, 0},
    {HF__REQUEST__OP_DICT_ITEMS, items, OP_READS, 0},
    {HF__REQUEST__OP_DICT_CLEAR, clear, OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_COPY, copy, OP_READS, 0},
    {HF__REQUEST__OP_DICT_ADD, add, OP_CHANGES, 0},
    {HF__REQUEST__OP_DICT_COMPARE_AND_SET, compare_and_set, OP_CHANGES, 0},
};

const struct type type_dict = {
    .tag = HF__TYPE__DICT,
    .name = "dict",
    .object_size = sizeof(struct dict),
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .init = init,
    .fini = fini,
    .describe = describe,
};

static const struct op namespace_ops[] = {
    {HF__REQUEST__OP_NAMESPACE_OPEN, open_namespace, OP_OPENS | OP_CHANGES, 0},
};

const struct type type_namespace = {
    .tag = HF__TYPE__NAMESPACE,
    .name = "namespace",
    .object_size = sizeof(struct dict),
    .ops = namespace_ops,
    .op_count = sizeof namespace_ops / sizeof namespace_ops[0],
    .like = &type_dict,
    .init = init,
    .fini = fini,
    .describe = describe,
};
