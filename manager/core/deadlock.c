/* SPDX-License-Identifier: MIT
 *
 * See deadlock.h. A breadth-first search: from the objects that the call would wait for to their
 * holders, to the objects that these wait for, and so on. When it is back at the call's own
 * owner, it has found the shortest cycle. Each owner and each object is expanded once in a
 * search, which its number tells.
 *
 * There are no false alarms, because the search follows only what surely blocks:
 * - an object whose type says that only its holders can release it (not a lock that any session may
 *   release, or one kept for a dead session),
 * - an owner that waits in exactly one call (one with several is no thread that stands still),
 * - a call that waits for one object, or for all of several (not for any of them).
 * A call that waits behind others for an object waits for the object's holders, as they do.
 */
#include "deadlock.h"

#include "registry.h"
#include "wire_limits.h"

#include <assert.h>

struct search {
    struct owner *origin; /* whose call it is */
    struct owner *last;   /* of those found, whose turn to be expanded comes one by one */
    uint64_t number;
};

static bool blocks(const struct object *object) {
    return object->type->only_holders_release && object->type->only_holders_release(object);
}

/* Add the holders of what `owner` waits for. Returns a hold of the origin among them, or NULL. */
static struct hold *expand(struct search *search, struct owner *owner, struct object *object) {
    if (!blocks(object) || object->searched == search->number) {
        return NULL;
    }
    if (owner != search->origin) { /* whose own hold has been left out */
        object->searched = search->number;
    }
    struct link *link = object->holds.next;
    for (; link != &object->holds; link = link->next) {
        struct hold *hold = LINK_OWNER(link, struct hold, of_object);
        struct owner *holder = hold->owner;
        assert(hold->object == object);
        if (!holder || holder == owner) {
            continue;
        }
        if (holder == search->origin) {
            return hold;
        }
        if (holder->search.number != search->number) {
            holder->search =
                (struct owner_search){.number = search->number, .from = owner, .has = hold};
            search->last->search.next = holder;
            search->last = holder;
        }
    }
    return NULL;
}

/* Expand the objects that an owner surely waits for. */
static struct hold *expand_waiting(struct search *search, struct owner *owner) {
    if (owner->waiting_count != 1) {
        return NULL;
    }
    const struct pending *waits = LINK_OWNER(link_first(&owner->waiting), struct pending, in_owner);
    if (waits->waiter_count > 1 && !(waits->call.op->flags & OP_WAITS_ALL)) {
        return NULL;
    }
    struct hold *found = NULL;
    for (size_t i = 0; i < waits->waiter_count && !found; i++) {
        found = expand(search, owner, waits->waiters[i].object);
    }
    return found;
}

/* ---- in words ---- */

static void say_object(struct text *text, const struct object *object) {
    if (object->name) {
        text_add(text, "\"%s\"", object->name);
    } else {
        text_add(text, "%s #%llu", object->type->name, (unsigned long long)object->id);
    }
}

static void say_step(struct text *text, const struct owner *owner, const struct hold *has,
                     const struct hold *wants) {
    char words[WHO_WORDS_BYTES];
    text_add(text, "%s%s holds ", text->len > 0 ? "; " : "", who_say(owner->who, words));
    say_object(text, has->object);
    text_add(text, " and waits for ");
    say_object(text, wants->object);
}

/* `has` is the origin's hold that `last` waits for. */
static hf_status refuse(struct call *call, struct owner *last, const struct hold *has) {
    char words[HF_DETAIL_MAX_BYTES];
    struct text text = text_in(words, sizeof words);
    struct owner *origin = call->owner;
    struct owner *to = NULL;
    for (struct owner *owner = last; owner != origin; owner = owner->search.from) {
        owner->search.next = to;
        to = owner;
    }
    assert(to);
    say_step(&text, origin, has, to->search.has);
    for (; to; to = to->search.next) {
        const struct owner *next = to->search.next;
        say_step(&text, to, to->search.has, next ? next->search.has : has);
    }
    return call_refuse(call, HF_DEADLOCK, "%s", words);
}

hf_status deadlock_check(struct call *call) {
    struct owner *origin = call->owner;
    bool sure = call->target_count == 1 || call->op->flags & OP_WAITS_ALL;
    if (!sure || origin->waiting_count > 0 || origin->hold_count == 0) {
        return HF_OK;
    }
    struct search search = {origin, origin, ++call->registry->searches};
    origin->search = (struct owner_search){.number = search.number};
    for (size_t i = 0; i < call->target_count; i++) {
        (void)expand(&search, origin, call->targets[i].object);
    }
    struct owner *owner = origin->search.next;
    for (; owner; owner = owner->search.next) {
        const struct hold *has = expand_waiting(&search, owner);
        if (has) {
            return refuse(call, owner, has);
        }
    }
    return HF_OK;
}
