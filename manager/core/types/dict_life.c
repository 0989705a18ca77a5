/* SPDX-License-Identifier: MIT
 *
 * Items of a dict that expire. Such an item has a life: a block with its value and its end, which
 * is in the dict's calendar as well. A wake at the first end removes what has expired, a part at a
 * time, and sets itself anew. So an item may have expired and not be removed yet: nothing shows it,
 * and a request for its key removes it first.
 *
 *     the wake is set, at the time of the first life  <=>  the calendar is not empty
 */
#include "dict.h"

#include "deferred.h"
#include "journal.h"
#include "mem.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

enum {
    REMOVED_PER_WAKE = 16,
    REMOVAL_WORK = 16,  /* one of 4,096 that a slice may take: see calls_expire() */
    PACKING_WORK = 256, /* of one that packs the table as well */
};

#define LIFE_ENDLESS INT64_MAX

/* In a dict that evicts the least recently used item. */
struct used_life {
    struct life life;
    struct link used;
};

/* ---- telling the watches ---- */

/* A change of an item that no request has caused has the request that would have done the same. */
static void dict_tell_end(struct object *object, const struct keyed_item *item, Hf__Cause cause) {
    if (link_alone(&object->journals) && link_alone(&object->registry->journals)) {
        journal_note(object, cause, NULL, NULL);
        return;
    }
    struct arena arena;
    const struct any key = keyed_key(item);
    Hf__DictDelete deletion = HF__DICT_DELETE__INIT;
    Hf__Request request = HF__REQUEST__INIT;
    arena_init(&arena, registry_call_max_bytes(object->registry));
    deletion.key = any_to_wire(&arena, &key);
    request.has_object = true;
    request.object = object->id;
    request.op_case = HF__REQUEST__OP_DICT_DELETE;
    request.dict_delete = &deletion;
    journal_note(object, cause, NULL, deletion.key ? &request : NULL);
    arena_reset(&arena);
}

/* ---- the wake ---- */

static void dict_wake(struct wake *wake);

/* NULL: no item has one. */
static struct life *dict_first_life(const struct dict *dict) {
    struct date *first = calendar_first(&dict->lives->calendar);
    return first ? LINK_OWNER(first, struct life, date) : NULL;
}

/* Set the wake to the first end. It was set before, or there is no life, so this cannot fail. */
static void dict_set_wake(struct dict *dict) {
    struct dict_lives *lives = dict->lives;
    struct object *object = &dict->keyed.object;
    const struct date *first = calendar_first(&lives->calendar);
    if (!first) {
        object_wake_off(object, &lives->wake);
    } else if (lives->wake.node.place == 0 || lives->wake.node.due != first->due_ms) {
        bool set = object_wake_at(object, &lives->wake, first->due_ms);
        assert(set);
        (void)set;
    }
}

/* Have the memory for all that dict_set_wake() may do. */
static bool dict_make_lives(struct dict *dict) {
    if (!dict->lives) {
        dict->lives = mem_alloc(sizeof *dict->lives);
        if (!dict->lives) {
            return false;
        }
        dict->lives->wake.run = dict_wake;
        dict->lives->wake.tells = true;
        calendar_init(&dict->lives->calendar);
    }
    struct wake *wake = &dict->lives->wake;
    return wake->node.place != 0 || object_wake_at(&dict->keyed.object, wake, INT64_MAX);
}

/* ---- a life ---- */

static bool life_is_of(const void *entry, const void *life) {
    return table_marked(entry) && keyed_life(entry) == life;
}

static struct keyed_item *life_item(const struct dict *dict, const struct life *life) {
    struct keyed_item *item = table_find(&dict->keyed.items, life->hash, life_is_of, life);
    assert(item);
    return item;
}

/* A life without an end. */
static struct life *life_new(const struct dict *dict, const struct keyed_item *item) {
    struct life *life =
        mem_alloc(dict_orders_use(dict) ? sizeof(struct used_life) : sizeof(struct life));
    if (life) {
        life->date = (struct date){LIFE_ENDLESS, table_cursor(item) - 1};
        life->hash = table_hash(item);
    }
    return life;
}

static struct link *life_link(struct life *life) {
    return &((struct used_life *)life)->used;
}

/* Give a life without an end one. */
static bool life_enter(struct dict *dict, struct life *life, int64_t due_ms) {
    assert(life->date.due_ms == LIFE_ENDLESS);
    bool done = dict_make_lives(dict) && calendar_add(&dict->lives->calendar, &life->date, due_ms);
    if (dict->lives) {
        dict_set_wake(dict);
    }
    return done;
}

static void life_leave(struct dict *dict, struct life *life) {
    if (life->date.due_ms != LIFE_ENDLESS) {
        calendar_remove(&dict->lives->calendar, &life->date);
        life->date.due_ms = LIFE_ENDLESS;
        dict_set_wake(dict);
    }
}

struct life *dict_prepare_life(struct dict *dict, const struct keyed_item *item, int64_t due_ms) {
    struct life *life = life_new(dict, item);
    if (life && !life_enter(dict, life, due_ms)) {
        mem_free(life);
        return NULL;
    }
    return life;
}

void dict_free_life(struct dict *dict, struct dict_lives *lives, struct life *life) {
    calendar_remove(&lives->calendar, &life->date);
    mem_free(life);
    if (lives == dict->lives) {
        dict_set_wake(dict);
    }
}

void dict_cancel_life(struct dict *dict, struct life *life) {
    dict_free_life(dict, dict->lives, life);
}

void dict_begin_life(struct dict *dict, struct keyed_item *item, struct life *life) {
    assert(!table_marked(item) && life->date.serial + 1 == table_cursor(item));
    life->value = *item->value;
    *item->value = (struct any){.kind = ANY_NULL, .elsewhere = &life->value};
    table_mark(item, true);
    if (dict_orders_use(dict)) {
        link_init(life_link(life));
        link_append(&dict->bound->used, life_link(life));
    }
}

bool dict_begin_endless_life(struct dict *dict, struct keyed_item *item) {
    struct life *life = life_new(dict, item);
    if (life) {
        dict_begin_life(dict, item, life);
    }
    return life != NULL;
}

void dict_end_life(struct dict *dict, struct keyed_item *item) {
    struct life *life = keyed_life(item);
    if (life) {
        life_leave(dict, life);
        if (dict_orders_use(dict)) {
            link_remove(life_link(life));
        }
        *item->value = life->value;
        table_mark(item, false);
        mem_free(life);
    }
}

void dict_let_live(struct dict *dict, struct keyed_item *item) {
    if (dict_orders_use(dict)) {
        life_leave(dict, keyed_life(item));
    } else {
        dict_end_life(dict, item);
    }
}

hf_status dict_set_due(struct call *call, struct keyed_item *item, int64_t due_ms) {
    struct dict *dict = dict_of(call);
    struct life *life = keyed_life(item);
    bool done = true;
    if (due_ms == LIFETIME_ENDLESS) {
        dict_let_live(dict, item);
    } else if (life && life->date.due_ms == LIFE_ENDLESS) {
        done = life_enter(dict, life, due_ms);
    } else if (life) {
        done = calendar_move(&dict->lives->calendar, &life->date, due_ms);
        dict_set_wake(dict);
    } else {
        life = dict_prepare_life(dict, item, due_ms);
        done = life != NULL;
        if (life) {
            dict_begin_life(dict, item, life);
        }
    }
    return done ? HF_OK : HF_NO_MEMORY;
}

/* ---- the order of use ---- */

void dict_use(struct dict *dict, struct keyed_item *item) {
    if (dict_orders_use(dict)) {
        struct link *link = life_link(keyed_life(item));
        link_remove(link);
        link_append(&dict->bound->used, link);
    }
}

struct keyed_item *dict_least_used(const struct dict *dict) {
    struct link *link = link_first(&dict->bound->used);
    assert(link);
    return life_item(dict, &LINK_OWNER(link, struct used_life, used)->life);
}

/* ---- the end ---- */

static void dict_tell_item(struct dict *dict, struct keyed_item *item, Hf__Cause cause) {
    dict_tell_end(&dict->keyed.object, item, cause);
    dict_end_life(dict, item);
}

void dict_tell_expired(struct dict *dict, struct keyed_item *item) {
    dict_tell_item(dict, item, HF__CAUSE__EXPIRED);
}

void dict_end_item(struct dict *dict, struct keyed_item *item, Hf__Cause cause) {
    dict_tell_item(dict, item, cause);
    keyed_erase(dict->keyed.object.registry, &dict->keyed.items, item);
}

struct keyed_item *dict_first_expired(const struct dict *dict) {
    const struct life *life = dict->lives ? dict_first_life(dict) : NULL;
    bool expired = life && life->date.due_ms <= dict->keyed.object.registry->now_ms;
    return expired ? life_item(dict, life) : NULL;
}

static void dict_end_first(struct dict *dict) {
    struct keyed_item *item = life_item(dict, dict_first_life(dict));
    assert(!keyed_is_alive(item, dict->keyed.object.registry->now_ms));
    dict_end_item(dict, item, HF__CAUSE__EXPIRED);
}

size_t dict_expired(const struct dict *dict) {
    return dict->lives ? calendar_count(&dict->lives->calendar, dict->keyed.object.registry->now_ms)
                       : 0;
}

hf_status dict_refuse_now(struct call *call) {
    return call_refuse(call, HF_TIMEOUT,
                       "very many items have just expired and are being removed: "
                       "try again");
}

/* Remove the items that end at one time. Others that are due have their turn in the order of all
 * wakes. */
static void dict_wake(struct wake *wake) {
    struct dict *dict = (struct dict *)wake->object;
    struct registry *registry = wake->object->registry;
    int64_t due_ms = dict_first_life(dict)->date.due_ms;
    const struct life *life = NULL;
    for (int i = 0; i < REMOVED_PER_WAKE && (life = dict_first_life(dict)) != NULL; i++) {
        if (life->date.due_ms != due_ms) {
            break;
        }
        dict_end_first(dict);
        registry->wake_work += dict->keyed.items.sweeping ? PACKING_WORK : REMOVAL_WORK;
    }
}

/* ---- all at once ---- */

static size_t dict_take_calendar(struct registry *registry, void *calendar) {
    (void)registry;
    return calendar_dismantle(calendar);
}

void dict_forget_lives(struct dict *dict, struct dict_lives *lives) {
    struct registry *registry = dict->keyed.object.registry;
    if (dict->bound) {
        link_init(&dict->bound->used);
    }
    if (lives) {
        struct calendar calendar = lives->calendar;
        object_wake_off(&dict->keyed.object, &lives->wake);
        dict->lives = lives == dict->lives ? NULL : dict->lives;
        mem_free(lives);
        deferred_free_container(registry, &calendar, sizeof calendar, dict_take_calendar);
    }
}

/* ---- operations ---- */

static hf_status dict_change_due(struct call *call, struct keyed_item *item, int64_t due_ms) {
    return call_undo(call) ? dict_set_due_noted(call, item, due_ms)
                           : dict_set_due(call, item, due_ms);
}

/* The key must be there. */
static hf_status dict_find_item(struct call *call, Hf__Any *key, struct keyed_item **item) {
    struct keyed_spot spot;
    hf_status status = dict_find_key(call, key, &spot);
    if (status == HF_OK && !spot.item) {
        (void)keyed_refuse_missing(call, HF_KEY_ERROR, &spot.key);
        return HF_KEY_ERROR;
    }
    *item = status == HF_OK ? spot.item : NULL;
    return status;
}

hf_status dict_expire(struct call *call) {
    const Hf__DictExpire *in = call->request->dict_expire;
    struct keyed_item *item = NULL;
    int64_t due_ms = CALL_DUE(call, in);
    if (due_ms == LIFETIME_REFUSED) {
        return HF_INVALID;
    }
    hf_status status = dict_find_item(call, in->key, &item);
    return status == HF_OK ? dict_change_due(call, item, due_ms) : status;
}

hf_status dict_touch(struct call *call) {
    const Hf__DictTouch *in = call->request->dict_touch;
    struct keyed_item *item = NULL;
    int64_t due_ms = CALL_DUE(call, in);
    if (due_ms == LIFETIME_REFUSED) {
        return HF_INVALID;
    }
    hf_status status = dict_find_item(call, in->key, &item);
    if (status == HF_OK) {
        status = call_answer(call, keyed_value(item));
    }
    if (status == HF_OK) {
        status = dict_change_due(call, item, due_ms);
        if (status == HF_OK) {
            dict_use(dict_of(call), item);
        } else {
            call->reply->result_case = HF__REPLY__RESULT__NOT_SET;
        }
    }
    return status;
}

hf_status dict_ttl(struct call *call) {
    struct any left = {.kind = ANY_NULL};
    struct keyed_item *item = NULL;
    hf_status status = dict_find_item(call, call->request->dict_ttl->key, &item);
    if (status != HF_OK) {
        return status;
    }
    if (table_marked(item) && keyed_life(item)->date.due_ms != LIFE_ENDLESS) {
        int64_t now_ms = call->registry->now_ms;
        left = (struct any){.kind = ANY_INT, .integer = keyed_life(item)->date.due_ms - now_ms};
    }
    return call_answer(call, &left);
}
