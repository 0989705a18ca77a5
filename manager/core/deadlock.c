/* SPDX-License-Identifier: MIT
 *
 * See deadlock.h. A search, breadth first, from what the call would wait for to those who hold it,
 * to what they wait for, and so on; back at the call's own session, the shortest cycle is found.
 * Every owner and every object is expanded once in a search, which its number tells.
 *
 * Never a false alarm: only what surely blocks is followed. An object whose type says that none but
 * its holders can let it go (not: a lock that any session may release, or one kept for the dead); a
 * session that waits in exactly one call, since with several under way it is no thread that stands
 * still; a call that waits for one thing, or for all of several (not: for any of them). Whoever
 * waits behind others for an object waits for its holders as those do.
 */
#include "deadlock.h"

#include "registry.h"
#include "wire_limits.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct search {
    struct owner *origin; /* whose call it is */
    struct owner *last;   /* of those found, whose turn to be expanded comes one by one */
    uint64_t number;
};

static bool blocks(const struct object *object) {
    return object->type->only_holders_release && object->type->only_holders_release(object);
}

/* Those who hold what `owner` waits for. Returns a hold of the origin among them, or NULL. */
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

/* What a session that stands still waits for, as far as it is sure. */
static struct hold *expand_waiting(struct search *search, struct owner *owner) {
    if (owner->waiting_count != 1) {
        return NULL;
    }
    const struct call *call = LINK_OWNER(link_first(&owner->waiting), struct call, in_owner);
    if (call->place_count > 1 && !(call->op->flags & OP_WAITS_ALL)) {
        return NULL;
    }
    struct hold *found = NULL;
    for (size_t i = 0; i < call->place_count && !found; i++) {
        found = expand(search, owner, call->places[i].object);
    }
    return found;
}

/* ---- in words ---- */

struct words {
    char text[HF_DETAIL_MAX_BYTES];
    size_t len;
};

static void __attribute__((format(printf, 2, 3)))
say(struct words *words, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof words->text - words->len;
    int len = vsnprintf(words->text + words->len, room, format, arguments);
    va_end(arguments);
    assert(len >= 0);
    words->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void say_object(struct words *words, const struct object *object) {
    if (object->name) {
        say(words, "\"%s\"", object->name);
    } else {
        say(words, "%s #%llu", object->type->name, (unsigned long long)object->id);
    }
}

static void say_step(struct words *words, const struct owner *owner, const struct hold *has,
                     const struct hold *wants) {
    say(words, "%s%s (process %llu) holds ", words->len > 0 ? "; " : "", owner->who->label,
        (unsigned long long)owner->who->pid);
    say_object(words, has->object);
    say(words, " and waits for ");
    say_object(words, wants->object);
}

/* `has` is the origin's hold that `last` waits for. */
static hf_status refuse(struct call *call, struct owner *last, const struct hold *has) {
    struct words words = {.len = 0};
    struct owner *origin = call->owner;
    struct owner *to = NULL;
    for (struct owner *owner = last; owner != origin; owner = owner->search.from) {
        owner->search.next = to;
        to = owner;
    }
    assert(to);
    say_step(&words, origin, has, to->search.has);
    for (; to; to = to->search.next) {
        const struct owner *next = to->search.next;
        say_step(&words, to, to->search.has, next ? next->search.has : has);
    }
    return call_refuse(call, HF_DEADLOCK, "%s", words.text);
}

hf_status deadlock_check(struct call *call) {
    struct owner *origin = call->owner;
    bool sure = call->target_count == 1 || call->op->flags & OP_WAITS_ALL;
    if (!sure || origin->waiting_count > 0 || link_alone(&origin->holds)) {
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
