/* SPDX-License-Identifier: MIT
 *
 * An owner holds and waits: a session itself, or one of its parties. Each session has a struct
 * owners: its own owner, which is always there, and those of its parties, which are made for a
 * request and end some time after they hold and wait for nothing. Limits are the session's, and
 * references those of its family.
 *
 * A hold is one grant: it links an owner and an object, in the order of the grants on both sides.
 * So the end of a session finds all that it held, and an object knows its holders.
 *
 *     begin --> in force --end--> zero
 *                  '-- its session ends or leaves, and the object keeps it: orphan --end--> zero
 *
 * A holder lets go, or it loses the grant: its session ends, the lease of the grant ends, or the
 * grant is broken. Then the type ends the hold, and may keep the facts for the next holder.
 *
 * The object that grants a hold owns its memory. A hold may outlive its owner (a lock that is
 * kept). Its `who` still tells whose it was, as that is counted by itself.
 */
#ifndef HF_OWNER_H
#define HF_OWNER_H

#include "link.h"
#include "table.h"
#include "wire_limits.h"

#include <stdbool.h>
#include <stdint.h>

struct family;
struct hold_lease;
struct object;
struct registry;
struct text;

enum { WHO_WORDS_BYTES = HF_LABEL_MAX_BYTES + 64, HOLD_WORDS_BYTES = WHO_WORDS_BYTES + 80 };

/** The identity of an owner, whose session may have ended. Immutable; shared by counting
 * references. */
struct who {
    unsigned references;
    uint64_t session;
    uint64_t party; /**< 0: the session itself */
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
    struct owners *all;  /**< of its session */
    struct link waiting; /**< its parked calls */
    size_t waiting_count;
    size_t hold_count;
    size_t uses; /**< of a party: calls that are served or parked for it */
    struct link in_idle;
    uint64_t hash;
    struct owner_search search;
};

struct owners {
    struct owner own;     /**< the session itself */
    struct table parties; /**< struct owner *: the others, by their numbers */
    struct link idle;     /**< those that hold nothing and serve no call, kept for the next */
    size_t idle_count;
    struct link in_registry; /**< from Hello to the end of the session */
    struct link holds;       /**< in order of the grants */
    size_t hold_count;       /**< how many of them are of objects that are not deleted */
    struct link waiting;     /**< parked calls, in order of arrival */
    size_t waiting_count;
    size_t waiting_bytes;  /**< memory of those calls */
    struct family *family; /**< what its references are; NULL: not welcome yet, or over */
};

/** How a holder has lost its grant: its session has ended, its lease has ended, somebody has broken
 * the grant, or its session has left it in order. */
enum hold_loss { HOLD_NOT_LOST, HOLD_DIED, HOLD_LEASE_ENDED, HOLD_BROKEN, HOLD_LEFT };

struct hold {
    struct link of_session;
    struct link of_object;
    struct owner *owner; /**< NULL: an orphan, its session has ended, or left it in order */
    struct object *object;
    struct who *who;
    uint64_t fence;
    union {
        int64_t since_ms;
        int64_t held_ms; /**< of a copy that is kept when the hold has ended: grant.h */
    };
    struct hold_lease *lease; /**< hold_lease.h; NULL: none */
    uint32_t depth;
    uint8_t lost; /**< a hold_loss, of such a copy */
    bool left;    /**< its session has left it in order: an orphan, or told to holder_died() */
};

/** A new identity of a session, with one reference; NULL: no memory. */
struct who *who_new(uint64_t session, uint64_t pid, uint64_t tid, const char *label);
struct who *who_share(struct who *who);
/** NULL is accepted. */
void who_release(struct who *who);

/** Its label, process and party in words; without a label, its session's number. Returns
 * `words`. */
const char *who_say(const struct who *who, char words[WHO_WORDS_BYTES]);

void owners_init(struct owners *owners);
/** Everything that they held or referred to must have been released. */
void owners_fini(struct owners *owners);

/** Let owners_find() find them, until owners_leave(). */
void owners_join(struct owners *owners, struct registry *registry);

/** Those of the session with this number; NULL: none. O(sessions). */
struct owners *owners_find(const struct registry *registry, uint64_t session);

/** Whether it is the session itself. */
static inline bool owner_is_own(const struct owner *owner) {
    return owner == &owner->all->own;
}

/** The owner of this party, which is there until owner_unuse(), and as long as it holds anything;
 * 0: the session's own. NULL: no memory. */
struct owner *owners_use(struct owners *owners, const struct registry *registry, uint64_t party);
void owner_unuse(struct owner *owner);

/** Grant `object` to `owner`: fill in the hold, with a fence greater than any before. */
void hold_begin(struct hold *hold, struct owner *owner, struct object *object);

/** End the grant, of an orphan as well. The hold has no owner, no object and no fence then. */
void hold_end(struct hold *hold);

/** The same, as if it had never begun: nothing else has happened to the object since. */
void hold_take_back(struct hold *hold);

/** A hold as it was, in force or not: what it takes to let it be so again. */
struct hold_before {
    struct hold was;
    bool has_lease;                /**< which was to go, and lies here */
    struct link *after_of_session; /**< its neighbours */
    struct link *after_of_object;
};

/** Note how the hold is, before it changes. `lease_goes`: it ends, or gets another lease. */
void hold_note(struct hold *hold, bool lease_goes, struct hold_before *before);

/** Let the hold be as it was; nothing but what has been taken back has happened since. Or forget
 * how it was, whatever has become of the hold. */
void hold_put_back(struct hold *hold, struct hold_before *before);
void hold_forget(struct hold_before *before);

/** Its object is deleted: the grant counts for its session no longer. hold_end() comes later. */
void hold_leave_session(const struct hold *hold);

/** Its session has ended, or has left it in order: keep the grant without an owner. */
void hold_orphan(struct hold *hold, bool left);

/** Say whose the orphan was, and that it is nobody's, in words that follow its name. */
void hold_say_orphan(const struct hold *hold, struct text *text);

/** The hold of `object` with this fence; NULL: it has none. */
struct hold *hold_find(const struct object *object, uint64_t fence);

/** Whether `owner` holds `object`. */
bool owner_holds(const struct owner *owner, const struct object *object);

/** The session has ended: owners_find() finds them no longer. */
void owners_leave(struct owners *owners);

/** Let types end or orphan `most` of their holds, or of those of one party (0: of the session's own
 * owner), the oldest first, since they have died, or `in_order`. */
void owners_lose_holds(struct owners *owners, const uint64_t *party, size_t most, bool in_order);

/** How many of them there are, of objects that are not deleted. */
uint64_t owners_count_holds(const struct owners *owners, const uint64_t *party);

/** The session has ended: let its owners lose so many holds; then leave the family. Returns whether
 * holds are left. */
bool owners_release_some(struct owners *owners, size_t most);

#endif
