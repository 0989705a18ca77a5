/* SPDX-License-Identifier: MIT
 *
 * An owner is a session as objects see it: what it holds, refers to and waits for. A hold is one
 * grant: it links an owner and an object, in the order of the grants on both sides. So the end of a
 * session finds all that it held, and an object knows its holders.
 *
 *     begin --> in force --end--> zero
 *                  '-- its session ends, and the type keeps it: orphan --end--> zero
 *
 * The object that grants a hold owns its memory. A hold may outlive its owner (a lock that is
 * kept). Its `who` still tells whose it was, as that is counted by itself.
 */
#ifndef HF_OWNER_H
#define HF_OWNER_H

#include "link.h"
#include "table.h"

#include <stdbool.h>
#include <stdint.h>

struct object;
struct registry;

/** The identity of a session, which may have ended. Immutable; shared by counting references. */
struct who {
    unsigned references;
    uint64_t session;
    uint64_t pid;
    uint64_t tid;
    char label[];
};

/** deadlock.c's notes on an owner that a search has reached. */
struct owner_search {
    uint64_t number;    /**< of the search */
    struct owner *from; /**< the owner that waits for it */
    struct owner *next; /**< the owner that was found after it */
    struct hold *has;   /**< the hold that `from` waits for */
};

struct owner {
    struct who *who;
    struct link in_registry; /**< from Hello to the end of the session */
    struct link holds;       /**< in order of the grants */
    size_t hold_count;       /**< how many of them are of objects that are not deleted */
    struct link waiting;     /**< its parked calls */
    size_t waiting_count;
    struct owner_search search;
    size_t waiting_bytes;    /**< memory of those calls */
    struct table references; /**< ids of unnamed objects that it keeps alive */
    uint64_t latest;         /**< the one of them that was used last, as most requests are about the
                                 object of the one before; 0: none */
    size_t references_pruned; /**< how many were left by the latest owner_prune() */
};

struct hold {
    struct link of_owner;
    struct link of_object;
    struct owner *owner; /**< NULL: an orphan, its session has ended */
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

/** Let owner_find() find it, until owner_release_all(). */
void owner_join(struct owner *owner, struct registry *registry);

/** The owner whose session has this number; NULL: none. O(sessions). */
struct owner *owner_find(const struct registry *registry, uint64_t session);

/** Grant `object` to `owner`: fill in the hold, with a fence greater than any before. */
void hold_begin(struct hold *hold, struct owner *owner, struct object *object);

/** End the grant, of an orphan as well. The hold is zero then. */
void hold_end(struct hold *hold);

/** Its object is deleted: the grant counts for its owner no longer. hold_end() comes later. */
void hold_leave_owner(const struct hold *hold);

/** Its session has ended; keep the grant without an owner. */
void hold_orphan(struct hold *hold);

/** Whether `owner` holds `object`. */
bool owner_holds(const struct owner *owner, const struct object *object);

/** Let the owner keep an unnamed object alive, unless it does already. A named object needs no
 * reference. false: no memory. */
bool owner_refer(struct owner *owner, struct object *object);

/** Let the owner keep it alive no longer. */
void owner_unrefer(struct owner *owner, struct object *object);

/** The session has ended: owner_find() finds it no longer. */
void owner_leave(struct owner *owner);

/** Let types end or orphan `most` of its holds, in order; then drop its references, very many of
 * them later. Returns whether holds are left. */
bool owner_release_some(struct owner *owner, struct registry *registry, size_t most);

#endif
