/* SPDX-License-Identifier: MIT
 *
 * dict: the notes of what an atomic batch changes (undo.h). keyed.c notes that items come and go.
 *
 * A note about an item takes its value, with its life if it has one. The life stays in the
 * calendar until the batch is decided, so that it can go on. Meanwhile it does no harm there: no
 * time passes.
 */
#include "dict.h"
#include "registry.h"
#include "undo.h"

#include <assert.h>

/* Free what was in an item. */
static void dict_drop_content(struct dict *dict, struct dict_lives *lives, struct any *value,
                              bool marked) {
    struct registry *registry = dict->keyed.object.registry;
    struct life *life = marked ? (struct life *)(void *)value->elsewhere : NULL;
    any_drop(registry, life ? &life->value : value);
    if (life) {
        dict_free_life(dict, lives, life);
    }
}

static void dict_decide_item(struct undo_note *note, bool back) {
    struct dict *dict = (struct dict *)note->object;
    struct table *items = note->what;
    bool had_life = note->count != 0;
    if (back) {
        struct keyed_item *item = table_at(items, note->at);
        dict_drop_content(dict, dict->lives, item->value, table_marked(item));
        *item->value = note->value;
        table_mark(item, had_life);
    } else {
        dict_drop_content(dict, note->kept, &note->value, had_life);
    }
    table_unpin(items);
}

/* Take the value out of the item, which is null then and has no life. */
static void dict_note_item(struct call *call, struct keyed_item *item) {
    struct undo_note *note = keyed_note(call, keyed_items(call), item, dict_decide_item);
    assert(note);
    note->value = *item->value;
    note->count = table_marked(item);
    note->kept = dict_of(call)->lives;
    *item->value = (struct any){.kind = ANY_NULL};
    table_mark(item, false);
}

hf_status dict_put_noted(struct call *call, struct keyed_spot *spot, const struct any *value,
                         int64_t due_ms) {
    const struct any null = {.kind = ANY_NULL};
    struct life *life = NULL;
    if (!undo_reserve(call, DICT_NOTES)) {
        return HF_NO_MEMORY;
    }
    if (due_ms == DICT_KEEP) {
        const struct life *old = spot->item ? keyed_life(spot->item) : NULL;
        due_ms = old ? old->date.due_ms : LIFETIME_ENDLESS;
    }
    hf_status status = spot->item ? HF_OK : dict_add_item(call, spot, &null);
    if (status != HF_OK) {
        return status;
    }
    dict_note_item(call, spot->item);
    if (due_ms != LIFETIME_ENDLESS) {
        life = dict_prepare_life(dict_of(call), spot->item, due_ms);
        if (!life) {
            return HF_NO_MEMORY;
        }
    }
    *spot->item->value = *value;
    if (life) {
        dict_begin_life(dict_of(call), spot->item, life);
    }
    return HF_OK;
}

hf_status dict_set_due_noted(struct call *call, struct keyed_item *item, int64_t due_ms) {
    struct keyed_spot spot = {.item = item};
    struct any value;
    hf_status status = any_keep(call->registry, keyed_value(item), &value);
    if (status == HF_OK) {
        status = dict_put_noted(call, &spot, &value, due_ms);
        if (status != HF_OK) {
            any_drop(call->registry, &value);
        }
    }
    return status;
}

void dict_remove_noted(struct call *call, struct keyed_item *item) {
    if (table_marked(item)) {
        dict_note_item(call, item);
    }
    keyed_remove(call, keyed_items(call), item);
}

hf_status dict_expire_noted(struct call *call, struct keyed_item *item) {
    if (!undo_reserve(call, call_undo(call)->spare_count + 1)) {
        return HF_NO_MEMORY;
    }
    dict_tell_expired(dict_of(call), item);
    keyed_remove_for_good(call, keyed_items(call), item);
    return HF_OK;
}

static void dict_decide_lives(struct undo_note *note, bool back) {
    struct dict *dict = (struct dict *)note->object;
    if (back) {
        dict_forget_lives(dict, dict->lives);
        dict->lives = note->kept;
        note->object->version -= note->count;
    } else {
        dict_forget_lives(dict, note->kept);
    }
}

hf_status dict_clear_noted(struct call *call) {
    hf_status status = keyed_clear(call, keyed_items(call));
    if (status == HF_OK) {
        struct undo_note *note = undo_take_note(call, dict_decide_lives);
        note->kept = dict_of(call)->lives;
        note->count = dict_expired(dict_of(call)); /* as in dict_clear() */
        dict_of(call)->lives = NULL;
        call->object->version += note->count;
    }
    return status;
}
