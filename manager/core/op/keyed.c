/* SPDX-License-Identifier: MIT */
#include "keyed.h"

#include "bulk.h"
#include "deferred.h"
#include "equality.h"
#include "key.h"
#include "mem.h"
#include "registry.h"
#include "show.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

/* ---- items ---- */

void keyed_init(struct table *items, size_t values) {
    assert(values <= 1);
    table_init(items, sizeof(struct keyed_item) + values * sizeof(struct any));
}

static bool keyed_has_value(const struct table *items) {
    return table_entry_size(items) > sizeof(struct keyed_item);
}

static void keyed_drop_key(struct registry *registry, union keyed_key *key) {
    assert(key->brief.short_size <= KEYED_SHORT_MAX + 1);
    if (!keyed_is_brief(key)) {
        any_drop(registry, &key->any);
    }
}

static void keyed_drop_item(struct registry *registry, const struct table *items,
                            struct keyed_item *item) {
    keyed_drop_key(registry, &item->key);
    if (keyed_has_value(items)) {
        any_drop(registry, keyed_value(item));
        if (table_marked(item)) {
            mem_free(keyed_life(item));
        }
    }
}

struct dropping {
    struct registry *registry;
    const struct table *items;
};

static void keyed_drop_entry(void *context, void *entry) {
    const struct dropping *dropping = context;
    keyed_drop_item(dropping->registry, dropping->items, entry);
}

static size_t keyed_take_items(struct registry *registry, void *items) {
    return table_dismantle(items, keyed_drop_entry, &(struct dropping){registry, items});
}

void keyed_drop(struct registry *registry, struct table *items) {
    struct table dropped = *items;
    table_init(items, table_entry_size(items));
    items->next_serial = dropped.next_serial; /* the changes go on counting */
    deferred_free_container(registry, &dropped, sizeof dropped, keyed_take_items);
}

void keyed_fini(struct object *object) {
    keyed_drop(object->registry, &((struct keyed *)object)->items);
}

static bool keyed_has_key_by_kind(const void *item, const void *key) {
    const struct any own = keyed_key(item);
    return key_order(ANY_BY_KIND, &own, key) == 0;
}

static bool keyed_has_key_by_value(const void *item, const void *key) {
    const struct any own = keyed_key(item);
    return key_order(ANY_BY_VALUE, &own, key) == 0;
}

void keyed_refind(const struct call *call, const struct table *items, struct keyed_spot *spot) {
    enum any_equality equality = equality_of(call);
    spot->hash = key_hash(equality, &spot->key, call->registry->hash_key);
    spot->item = table_find(
        items, spot->hash, equality == ANY_BY_KIND ? keyed_has_key_by_kind : keyed_has_key_by_value,
        &spot->key);
}

struct keyed_item *keyed_get(const struct call *call, const struct table *items,
                             const struct any *key) {
    struct keyed_spot spot = {.key = *key};
    keyed_refind(call, items, &spot);
    return spot.item;
}

hf_status keyed_find(struct call *call, const struct table *items, Hf__Any *wire,
                     struct keyed_spot *spot) {
    hf_status status = call_view_key(call, wire, &spot->key);
    if (status == HF_OK) {
        keyed_refind(call, items, spot);
    }
    return status;
}

hf_status keyed_refuse_missing(struct call *call, hf_status status, const struct any *key) {
    char text[SHOW_BYTES];
    return call_refuse(call, status, "no key %s", show_any(key, text));
}

static hf_status keyed_make_key(struct registry *registry, const struct any *key,
                                union keyed_key *kept) {
    *kept = (union keyed_key){.any.kind = ANY_NULL};
    if ((key->kind != ANY_STRING && key->kind != ANY_BYTES) || key->len == 0 ||
        key->len > KEYED_SHORT_MAX) {
        return any_keep(registry, key, &kept->any);
    }
    kept->brief.kind = key->kind;
    kept->brief.short_size = (uint8_t)(key->len + 1);
    memcpy(kept->brief.bytes, key->bytes, key->len);
    return HF_OK;
}

/* ---- changing ---- */

struct undo_note *keyed_note(const struct call *call, struct table *items,
                             const struct keyed_item *item, undo_decide *decide) {
    struct undo_note *note = undo_note(call, decide);
    if (note) {
        table_pin(items);
        note->what = items;
        note->at = table_place(items, item);
    }
    return note;
}

static void keyed_decide_added(struct undo_note *note, bool back) {
    struct table *items = note->what;
    if (back) {
        keyed_drop_item(note->object->registry, items, table_at(items, note->at));
        table_take_back(items);
    }
    table_unpin(items);
}

static void keyed_decide_removed(struct undo_note *note, bool back) {
    struct table *items = note->what;
    if (back) {
        table_show(items, note->at);
    } else {
        keyed_drop_item(note->object->registry, items, table_at(items, note->at));
        table_forget(items, note->at);
    }
    table_unpin(items);
}

hf_status keyed_add(struct call *call, struct table *items, struct keyed_spot *spot,
                    const struct any *value) {
    union keyed_key key;
    assert(!spot->item && keyed_has_value(items) == (value != NULL));
    hf_status status = keyed_make_key(call->registry, &spot->key, &key);
    if (status != HF_OK) {
        return status;
    }
    spot->item = table_add(items, spot->hash);
    if (!spot->item) {
        keyed_drop_key(call->registry, &key);
        return HF_NO_MEMORY;
    }
    spot->item->key = key;
    if (value) {
        *spot->item->value = *value;
    }
    (void)keyed_note(call, items, spot->item, keyed_decide_added);
    return HF_OK;
}

void keyed_erase(struct registry *registry, struct table *items, struct keyed_item *item) {
    assert(table_len(items) > 0);
    keyed_drop_item(registry, items, item);
    table_remove(items, item);
}

void keyed_remove(struct call *call, struct table *items, struct keyed_item *item) {
    if (keyed_note(call, items, item, keyed_decide_removed)) {
        table_hide(items, item);
    } else {
        keyed_erase(call->registry, items, item);
    }
}

static void keyed_decide_gone(struct undo_note *note, bool back) {
    struct table *items = note->what;
    (void)back;
    keyed_drop_item(note->object->registry, items, table_at(items, note->at));
    table_forget(items, note->at);
    table_unpin(items);
}

void keyed_remove_for_good(struct call *call, struct table *items, struct keyed_item *item) {
    if (keyed_note(call, items, item, keyed_decide_gone)) {
        table_hide(items, item);
    }
}

/* The earlier notes about the items go with them, to where they are kept: so many, as each has
 * pinned the table. */
static void keyed_move_notes(struct undo_note *notes, const struct table *from, struct table *to,
                             size_t count) {
    for (; count > 0; notes = notes->next) {
        assert(notes);
        if (notes->what == from) {
            notes->what = to;
            count--;
        }
    }
}

static void keyed_decide_cleared(struct undo_note *note, bool back) {
    struct table *items = note->what;
    struct table *kept = note->kept;
    if (back) {
        table_fini(items);
        *items = *kept;
        keyed_move_notes(note->next, kept, items, items->pins);
    } else {
        keyed_drop(note->object->registry, kept);
    }
}

hf_status keyed_clear(struct call *call, struct table *items) {
    if (!call_undo(call)) {
        keyed_drop(call->registry, items);
        return HF_OK;
    }
    struct table *kept = arena_alloc(call->arena, sizeof *kept);
    if (!kept) {
        return HF_NO_MEMORY;
    }
    *kept = *items;
    table_init(items, table_entry_size(items));
    items->next_serial = kept->next_serial; /* the changes go on counting */
    struct undo_note *note = undo_note(call, keyed_decide_cleared);
    note->what = items;
    note->kept = kept;
    keyed_move_notes(note->next, items, kept, kept->pins);
    return HF_OK;
}

const struct any *keyed_keep_key(struct call *call, const struct keyed_item *item) {
    const struct any key = keyed_key(item);
    struct any *answered = call_release_after_reply(call);
    return answered && any_keep(call->registry, &key, answered) == HF_OK ? answered : NULL;
}

void keyed_shrink(struct call *call, struct table *items, size_t count) {
    assert(count <= table_len(items));
    while (table_len(items) > count && !call_undo(call)) { /* its notes take them back */
        keyed_drop_item(call->registry, items, table_last(items));
        table_undo_add(items);
    }
}

/* ---- pages ---- */

enum {
    PAGE_WIRE_BYTES = 8 << 20, /* a page never is too big for a frame */
    PAGE_ARENA_BYTES = 16 << 20,
    PAGE_SKIPS = 10000, /* expired items that one page looks at, so it is never slow */
};

/* Whether one more item would make the page too large. The first item never does. */
static bool keyed_page_full(struct bulk *bulk, struct keyed_item *item,
                            const struct keyed_paging *paging) {
    bool first = bulk->wire == 0;
    if (paging->keys) {
        const struct any key = keyed_key(item);
        bulk_add(bulk, &key);
    }
    if (paging->values) {
        bulk_add(bulk, keyed_value(item));
    }
    return !first && (bulk->wire > PAGE_WIRE_BYTES || bulk->arena > PAGE_ARENA_BYTES);
}

static bool keyed_append(struct call *call, Hf__Any **list, size_t *count, const struct any *any) {
    list[*count] = call_wire(call, any);
    return list[(*count)++] != NULL;
}

static bool keyed_append_item(struct call *call, Hf__Page *page, struct keyed_item *item,
                              const struct keyed_paging *paging) {
    const struct any key = keyed_key(item);
    return (!paging->keys || keyed_append(call, page->keys, &page->n_keys, &key)) &&
           (!paging->values ||
            keyed_append(call, page->values, &page->n_values, keyed_value(item)));
}

/* The next item of a walk that is alive, or the one after the last that may be skipped. */
static struct keyed_item *keyed_next(const struct call *call, const struct table *items,
                                     size_t *position, size_t *skips) {
    struct keyed_item *item = table_next(items, position);
    while (item && *skips > 0 && !keyed_is_alive(item, call->registry->now_ms)) {
        (*skips)--;
        item = table_next(items, position);
    }
    return item;
}

static bool keyed_fill_page(struct call *call, const struct table *items,
                            struct keyed_paging *paging, Hf__Page *page) {
    struct bulk bulk = {0};
    size_t at = table_position(items, paging->cursor);
    size_t skips = PAGE_SKIPS;
    struct keyed_item *item = keyed_next(call, items, &at, &skips);
    for (size_t i = 0; i < paging->limit && item; i++) {
        if (!keyed_is_alive(item, call->registry->now_ms) || keyed_page_full(&bulk, item, paging)) {
            break;
        }
        if (!keyed_append_item(call, page, item, paging)) {
            return false;
        }
        paging->cursor = table_cursor(item);
        item = keyed_next(call, items, &at, &skips);
    }
    if (item) {
        paging->cursor = table_cursor(item) - 1;
    }
    page->has_version = page->has_structure = true;
    page->version = object_version_now(call->object);
    page->structure = call->registry->numbers_above + table_changes(items);
    page->has_next = item != NULL;
    page->next = paging->cursor;
    return true;
}

hf_status keyed_answer_page(struct call *call, const struct table *items,
                            struct keyed_paging paging) {
    size_t most = table_len(items);
    assert(keyed_has_value(items) || !paging.values);
    if (paging.limit == 0 || paging.limit > HF_PAGE_MAX_ITEMS) {
        paging.limit = HF_PAGE_MAX_ITEMS;
    }
    if (paging.limit > most) {
        paging.limit = most;
    }
    Hf__Page *page = call_message(call, &hf__page__descriptor);
    Hf__Any **keys = arena_zeroed(call->arena, paging.limit, sizeof(Hf__Any *));
    Hf__Any **values = arena_zeroed(call->arena, paging.limit, sizeof(Hf__Any *));
    if (!page || !keys || !values) {
        return HF_NO_MEMORY;
    }
    page->keys = keys;
    page->values = values;
    if (!keyed_fill_page(call, items, &paging, page)) {
        return HF_NO_MEMORY;
    }
    return call_answer_message(call, HF__REPLY__RESULT_PAGE, page);
}
