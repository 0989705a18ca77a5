/* SPDX-License-Identifier: MIT
 *
 * An owner is what a session is to objects: who holds, who refers, who waits. A hold is one grant:
 * it links an owner to an object, in the order of grants on both sides, so that the end of a
 * session finds all that has to be released and an object knows who has it.
 *
 * The memory of a hold belongs to the object that grants it. A hold may outlive its owner (a lock
 * that is kept); who that was can still be told, because the identity is counted by itself.
 */
#ifndef HF_OWNER_H
#define HF_OWNER_H

#include "link.h"
#include "table.h"

#include <stdbool.h>
#include <stdint.h>

struct object;
struct registry;

/** Who somebody is or was. Immutable, counted. */
struct who {
    unsigned references;
    uint64_t session;
    uint64_t pid;
    uint64_t tid;
    char label[];
};

/** What deadlock.c notes of an owner that a search has reached. */
struct owner_search {
    uint64_t number;    /**< of that search */
    struct owner *from; /**< who waits for it */
    struct owner *next; /**< the one found after it */
    struct hold *has;   /**< what that one waits for */
};

struct owner {
    struct who *who;
    struct link in_registry; /**< from its welcome to its end */
    struct link holds;       /**< in order of the grants */
    size_t hold_count;       /**< how many of them are of objects that are not deleted */
    struct link waiting;     /**< its parked calls */
    size_t waiting_count;
    struct owner_search search;
    size_t waiting_bytes;     /**< what those calls take */
    struct table references;  /**< ids of the unnamed objects that it keeps alive */
    size_t references_pruned; /**< how many were left when deleted ones were last dropped */
};

struct hold {
    struct link of_owner;
    struct link of_object;
    struct owner *owner; /**< NULL: that session is over */
    struct object *object;
    struct who *who;
    uint64_t fence;
    int64_t since_ms;
    uint32_t depth;
};

/** A new identity with one reference; NULL: no memory. */
struct who *who_new(uint64_t session, uint64_t pid, uint64_t tid, const char *label);
struct who *who_share(struct who *who);
/** NULL is accepted. */
void who_release(struct who *who);

void owner_init(struct owner *owner);
/** Everything that it held or referred to must have been released. */
void owner_fini(struct owner *owner);

/** It can be found from now on, until owner_release_all(). */
void owner_join(struct owner *owner, struct registry *registry);

/** Whose session has this number; NULL: none that is welcome. O(sessions). */
struct owner *owner_find(const struct registry *registry, uint64_t session);

/** Grant `object` to `owner`: fills in the hold, with a fence greater than any before. */
void hold_begin(struct hold *hold, struct owner *owner, struct object *object);

/** The grant is over. */
void hold_end(struct hold *hold);

/** Its object is deleted: the grant counts for its owner no longer. hold_end() comes later. */
void hold_leave_owner(const struct hold *hold);

/** Its owner is gone, the grant stays. */
void hold_orphan(struct hold *hold);

/** Whether `owner` holds `object`. */
bool owner_holds(const struct owner *owner, const struct object *object);

/** Let the owner keep an unnamed object alive; nothing changes if it does already, or if the object
 * has a name. false: no memory. */
bool owner_refer(struct owner *owner, struct object *object);

/** It no longer keeps it alive. */
void owner_unrefer(struct owner *owner, struct object *object);

/** The session is over: its holds are handed to their types, in order, then its references dropped.
 */
void owner_release_all(struct owner *owner, struct registry *registry);

#endif
