/* SPDX-License-Identifier: MIT
 *
 * Types, objects, and the call that an operation serves.
 *
 * An operation is a guarded command: it does its work and returns a status, or changes nothing and
 * returns HF_WAIT. Then the call is parked at the object, in the lane that the operation's row
 * names, and the operation is run again when the object has changed and the call is the first in
 * its lane. So pending.c deals with waiting, timeouts, fairness and lost clients for all types.
 *
 * CONTRIBUTING.md lists the edits for a new operation and a new type. In the manager, an operation
 * is a function and a row in its type's file; a type is a file and a word in HF_TYPES below.
 */
#ifndef HF_OBJECT_H
#define HF_OBJECT_H

#include "any.h"
#include "arena.h"
#include "heap.h"
#include "link.h"
#include "owner.h"
#include "text.h"
#include "wire_limits.h"

#include <holdfast.pb-c.h>
#include <holdfast/status.h>
#include <stdbool.h>
#include <stdint.h>

struct call;
struct calls;
struct lifetime;
struct object;
struct pending;
struct pin;
struct registry;
struct type;

/** The status of an operation that has changed nothing and is to be run again later. It never goes
 * over the wire. */
#define HF_WAIT ((hf_status)-1)

enum {
    OP_CHANGES = 1 << 0, /**< on success, calls that wait at its object are tried again */
    OP_WAITS = 1 << 1,   /**< may return HF_WAIT; queues behind the calls that wait in its lane */
    OP_OPENS = 1 << 2,   /**< finds or makes its object itself: Request.object is not used */
    OP_FREE = 1 << 3,    /**< needs no object */
    OP_ANY = 1 << 4,     /**< serves objects of every type */
    /** Changes something before it returns HF_WAIT, or moves to another lane between attempts: it
     * cannot be part of a wait_any. */
    OP_STAGED = 1 << 6,
    /** Does not queue: if order matters, the operation asks call_is_next() itself. It may set
     * call->lane according to the request. */
    OP_OWN_ORDER = 1 << 7,
    /** Waits until it can have all of several objects; meanwhile call_may_pass() lets others have
     * some. It cannot be part of a wait_any. */
    OP_WAITS_ALL = 1 << 8,
    /** Its lane is a stack: the call that joined it last is the first. With OP_OWN_ORDER. */
    OP_LAST_FIRST = 1 << 9,
    /** Only reads: it may be a check of a batch, which may be refused after the check. An operation
     * without this flag changes something, if only for its own session. */
    OP_READS = 1 << 10,
    /** Notes its changes (undo.h), so that an atomic batch can take them back; or has none. */
    OP_UNDOES = 1 << 11
};

enum { OBJECT_LANES = 4 };

struct op {
    unsigned tag; /**< in the oneof of Request */
    hf_status (*run)(struct call *call);
    unsigned flags;
    unsigned lane; /**< with OP_WAITS: below OBJECT_LANES */
};

/** A type's rows and their number, in the initializer of its struct type. */
#define TYPE_OPS(rows) .ops = (rows), .op_count = sizeof(rows) / sizeof(rows)[0]

struct type {
    Hf__Type tag;
    const char *name;
    size_t object_size; /**< of a struct that begins with struct object */
    const struct op *ops;
    size_t op_count;
    /** The type whose operations it has beside its own (a namespace: dict's); NULL: none. */
    const struct type *like;
    /** Set up a new object, which is zero behind its head, from the call that opens it. NULL:
     * nothing to do. */
    hf_status (*init)(struct object *object, struct call *call);
    /** Release what the object keeps. Must not fail. NULL: nothing. */
    void (*fini)(struct object *object);
    /** Fill in the options of the object, in an empty message of its open: options.h. An open that
     * finds the object is compared with these. NULL: it has none. */
    void (*options)(const struct object *object, void *open);
    /** Take a grant back from its holder: end the hold, and perhaps let the next one know. NULL:
     * that is possible only when the session ends. */
    void (*revoke)(struct object *object, struct hold *hold, enum hold_loss why);
    /** The session with this hold has ended: end the hold. NULL: revoke() does, or nobody can hold
     * it. */
    void (*holder_died)(struct object *object, struct hold *hold);
    /** The hold is about to be nobody's. NULL: nothing to do. */
    void (*orphan)(struct object *object, struct hold *hold);
    /** The hold with this fence, or NULL. NULL: all are looked at. */
    struct hold *(*find_hold)(const struct object *object, uint64_t fence);
    /** Whether only its holders can release it, so a call that waits for it waits for them. NULL:
     * no. */
    bool (*only_holders_release)(const struct object *object);
    /** true: a call that waits for the object waits for its holders, so the detail of a timeout
     * names one. false: a hold is a role (an end of a pipe, a producer, a worker). */
    bool waits_for_holders;
    /** The object was deleted, or nothing refers to it: no call finds it any more. It is freed
     * after that, unless this begins to drain it. NULL: nothing to do. */
    void (*deleted)(struct object *object);
    /** A call of one of its operations, which waits at `object`, is about to end with `why` without
     * having been done: HF_TIMEOUT, HF_CANCELLED, HF_DELETED, or HF_DISCONNECTED (its session
     * ended; the returned status is ignored). Returns the status to answer with, or HF_WAIT with
     * call_wait_for(): the call waits on, without a deadline. NULL: the answer is `why`. */
    hf_status (*abandon)(struct object *object, struct call *call, hf_status why);
    /** A request has changed the object, and the watches were told of it: do what follows, as a
     * change of its own. Must not fail. NULL: nothing follows. */
    void (*changed)(struct object *object);
    /** How many changes have come by time that are still to be made, and seem to be made to
     * everybody: items that have expired. NULL: none. */
    size_t (*changes_due)(const struct object *object);
    /** Add the object's options and state in words. Returns its size. NULL: it has neither. */
    uint64_t (*describe)(const struct object *object, struct text *options);
    /** Whether changes of this object cannot be taken back, so that it is not for atomic batches.
     * NULL: they can. */
    bool (*is_final)(const struct object *object);
    bool without_size; /**< ignore what describe() returns */
};

/** All types: X(name) stands for `struct type type_name`. The first two have rows but no objects:
 * the operations of the session, and those on an object of any type. */
/* clang-format off */
#define HF_TYPES(X) \
    X(session) X(any) X(dict) X(namespace) X(list) X(value) X(queue) X(lock) X(pipe) \
    X(rwlock) X(semaphore) X(event) X(latch) X(condition) X(barrier) X(array) X(set) \
    X(watch) X(pool) X(submitter) X(supervisor)
/* clang-format on */

#define HF_TYPE_DECLARATION(name) extern const struct type type_##name;
HF_TYPES(HF_TYPE_DECLARATION)

extern const struct type *const types[];
extern const size_t type_count;

/** The row of an operation and its type; NULL: none has this tag. O(1). */
const struct op *types_find(unsigned tag, const struct type **type);

/** The name of an operation, "queue_get". */
const char *types_op_name(unsigned tag);

struct object {
    const struct type *type;
    struct registry *registry;
    uint64_t id;
    char *name;                      /**< NULL: unnamed, or deleted */
    uint64_t references;             /**< sessions and kept values that refer to it */
    struct lifetime *lifetime;       /**< lifetime.h; NULL: it does not expire */
    struct link lanes[OBJECT_LANES]; /**< calls that wait, in order of arrival */
    struct link holds;               /**< in order of the grants */
    struct link touched;             /**< in the registry's list of objects that have changed */
    struct link journals;            /**< of this object: journal.h */
    struct pin *pin;                 /**< family.h; NULL: it is not pinned */
    uint64_t version;                /**< grows by one with each change, from numbers_above on */
    uint64_t waiting;                /**< calls in all lanes */
    uint64_t grants;
    uint64_t searched; /**< number of the latest search for a deadlock that reached it */
    int64_t longest_wait_ms;
    struct object *next_to_reap; /**< in the registry's list of objects to be freed */
    bool to_reap;
    bool deleted;
    bool draining;      /**< it must not be freed yet: drain.h */
    bool keep;          /**< an option: a hold stays, as an orphan, when its session ends */
    bool keep_on_leave; /**< an option: the same when its session leaves in order */
    bool attached;      /**< it has a tag or an attachment: attachment.h */
    uint8_t equality;   /**< an option: enum any_equality */
};

/** The version of the object, as everybody is told: with the changes that are due. */
static inline uint64_t object_version_now(const struct object *object) {
    return object->version + (object->type->changes_due ? object->type->changes_due(object) : 0);
}

/** A value whose memory is to be released when the reply has been packed. */
struct answered_value {
    struct answered_value *next;
    struct any any;
};

/** An unnamed object in a reply, to be counted when that is sent. In the call's arena. */
struct told_object {
    struct told_object *next;
    uint64_t id;
};

/** A lane to wait in. */
struct target {
    struct object *object;
    unsigned lane;
};

/** A call's entry in a lane of an object. Most calls that wait have one, those that wait for
 * several objects at once have one at each. */
struct waiter {
    struct link in_lane;
    struct pending *pending;
    struct object *object;
    unsigned lane;
    bool released; /* the type's own, false at first: it need not wait, whatever has followed */
};

/** Shared by the requests of a batch: the room in which their replies are packed. */
struct reply_room {
    size_t left;    /**< bytes that the frame still has */
    uint8_t *bytes; /**< memory for the next reply, which goes to its end */
    size_t len;
    struct undo *undo; /**< of an atomic batch: undo.h; NULL: it is none */
};

/** The state of an operation with OP_STAGED, kept from one attempt to the next. */
struct staged {
    unsigned stage;   /**< the operation's own, 0 at first: how far it has come */
    hf_status result; /**< the operation's own, HF_OK at first */
    int64_t lease_ms; /**< the operation's own, 0 at first */
    /** Set once it has begun something that it must end itself. From then on it is run without a
     * check of its guard, its turn or its object (NULL when that is gone). */
    bool begun;
};

/** A call: one attempt to do what one request asks for, as its operation sees it. The requests in a
 * batch, a check or a wait_any are calls of their own, which share pending, staged and arena. */
struct call {
    struct owner *owner;
    struct registry *registry;
    const Hf__Request *request;
    const struct op *op;
    struct object *object;
    struct staged *staged;
    struct arena *arena; /**< rewound before the next attempt */
    Hf__Reply *reply;    /**< for the operation to fill in */
    unsigned lane;       /**< the lane to wait in: its row's, or the one that it picks */
    /* The core's own. */
    struct reply_room *room; /**< of the batch that it is part of; NULL: of none */
    struct pending *pending;
    const struct target *targets; /**< where it wants to wait; see call_wait_for() */
    size_t target_count;
    struct target one_target;
};

enum pending_state { PENDING_IDLE, PENDING_NEW, PENDING_RUNNING, PENDING_PARKED };

/** A request from its frame to its reply: see pending.h. */
struct pending {
    enum pending_state state;
    struct call
        call; /**< the latest attempt; while parked, its op and request tell what it awaits */
    struct staged staged;
    struct calls *calls;
    Hf__Request *request; /**< as received */
    Hf__Reply reply;
    struct arena arena;
    struct arena_mark decoded; /**< the arena with nothing but the request in it */
    struct answered_value *answered;
    struct told_object *told; /**< unnamed objects that the reply tells of */
    struct waiter first_waiter;
    struct waiter *waiters; /**< where it waits: first_waiter, or memory of its own */
    size_t waiter_count;    /**< 0: it does not wait */
    size_t waiting_bytes;
    struct link in_idle;
    struct link in_owner;
    struct link in_session;
    struct heap_node deadline;
    int64_t since_ms;
};

/** Wait in these lanes instead of the one that the row names: the call is run again when it is the
 * first in any of them and that object has changed. The array must last until the operation
 * returns. A call that waits in exactly these lanes stays where it is; otherwise it leaves its
 * lanes and joins the end of each of these. Returns HF_WAIT. */
hf_status call_wait_for(struct call *call, const struct target *targets, size_t count);

/** The same for one lane. Cannot fail, even if the call changes lanes. */
hf_status call_wait_in(struct call *call, struct object *object, unsigned lane);

/** Whether no other call is before this one in the lane. */
bool call_is_next(const struct call *call, const struct object *object, unsigned lane);

/** Whether this call may pass the first one in a lane, which waits for other objects as well and so
 * leaves this one unused. A session that holds something may pass, as the first call may wait for
 * just that. A session that holds nothing cannot be part of a cycle, so letting only holders pass
 * keeps the lane free of deadlock. If the object itself is held, only its holder may pass. */
bool call_may_pass(const struct call *call, const struct object *object, unsigned lane);

/** The object at which the call waits, the first of several; NULL: it does not wait. */
struct object *call_waits_on(const struct call *call);

/** Set the timeout of a request that has none. */
void call_default_timeout(struct call *call, int64_t timeout_ms);

/** Whether the call waits at this object. */
bool call_waits_at(const struct call *call, const struct object *object);

/** Whether the call waits in this lane: an earlier attempt has joined it. */
bool call_waits_in(const struct call *call, const struct object *object, unsigned lane);

/** An object other than the call's own has changed: try the calls that wait at it again. */
void object_touch(struct object *object);

/** Something to be done for an object at a time. A type embeds it in what it keeps, and calls
 * object_wake_off() before it frees that. */
struct wake {
    struct heap_node node;
    struct object *object;          /**< NULL: of none */
    void (*run)(struct wake *wake); /**< must not fail; the object is touched */
    bool tells;                     /**< run() itself tells the watches what has happened */
};

/** Set the time of the wake, or change it: a change cannot fail. false: no memory. */
HF_MUST_USE bool object_wake_at(struct object *object, struct wake *wake, int64_t due_ms);

/** Unset the wake, if it is set. */
void object_wake_off(struct object *object, struct wake *wake);

/** Set the reply's detail. Returns `status`, so that a refusal is one line. */
hf_status call_refuse(struct call *call, hf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Refuse an id that no object has: NO_OBJECT, and what to do. DELETED: the call waits for that
 * object, so it was there. */
hf_status call_refuse_id(struct call *call, uint64_t id);

/** Refuse a number that the enum does not have: INVALID. `what` is its name in the detail. */
HF_MUST_USE hf_status call_check_enum(struct call *call, const ProtobufCEnumDescriptor *descriptor,
                                      int number, const char *what);

/** How many bytes an answer may take on the wire; one that is too large is refused. */
size_t call_answer_max(const struct call *call);

/** The same for an answer that takes what there is, as much as fits: one frame may be very long. */
size_t call_gather_max(const struct call *call);

/** In a batch: make room for an answer of so many bytes. Returns HF_OK, HF_TOO_BIG,
 * HF_NO_MEMORY. */
HF_MUST_USE hf_status call_reserve(struct call *call, size_t len);
HF_MUST_USE hf_status call_reserve_message(struct call *call, const void *message);

/** An empty message, to answer with. NULL: no memory. */
static inline void *call_message(struct call *call, const ProtobufCMessageDescriptor *descriptor) {
    ProtobufCMessage *message = arena_alloc(call->arena, descriptor->sizeof_message);
    if (message) {
        descriptor->message_init(message);
    }
    return message;
}

/** Answer with a message: the result of the reply that `which` names. The message may borrow from
 * the object, as the reply is packed before anything else runs. An operation answers before it
 * changes anything, so a request of a batch whose reply has no room or memory is refused here. Only
 * numbers in the message may be filled in afterwards.
 *
 * Returns  HF_OK; HF_TOO_BIG, HF_NO_MEMORY (never outside a batch)
 */
static inline HF_MUST_USE hf_status call_answer_message(struct call *call,
                                                        Hf__Reply__ResultCase which,
                                                        void *message) {
    call->reply->result_case = which;
    call->reply->value = message; /* each result is a pointer in the same union */
    return call->room ? call_reserve_message(call, message) : HF_OK;
}

/** Refuse a value of a kind that the request does not expect. For call_expect(). */
HF_MUST_USE hf_status call_check_expected(struct call *call, const struct any *any);

/** HF_OK if the request takes a value of this kind for its result; HF_TYPE_ERROR, with a detail. An
 * operation whose result is a value asks before it changes anything; call_answer() asks by itself.
 */
static inline HF_MUST_USE hf_status call_expect(struct call *call, const struct any *any) {
    return call->request->has_expect ? call_check_expected(call, any) : HF_OK;
}

/** The same with a value, which is refused if the request expects another kind; a count, a truth.
 */
HF_MUST_USE hf_status call_answer(struct call *call, const struct any *any);
HF_MUST_USE hf_status call_answer_count(struct call *call, uint64_t count);
HF_MUST_USE hf_status call_answer_truth(struct call *call, bool truth);

/** A value as a part of an answer, which borrows it. NULL: no memory. */
Hf__Any *call_wire(struct call *call, const struct any *any);

/** Let the session keep alive what the value refers to, as it will be told of it. false: no
 * memory. */
bool call_tell_refs(struct call *call, const struct any *any);

/** Room for a value that is taken out of its object and answered. It is released after the reply
 * has been packed. Ask before changing anything. NULL: no memory. */
struct any *call_release_after_reply(struct call *call);

/** The reply tells of the object: if it is unnamed, the session's family keeps it alive from now
 * on. false: no memory. */
HF_MUST_USE bool call_tell_object(struct call *call, struct object *object);

/** Make a view of a value of the request, or refuse with a detail. */
HF_MUST_USE hf_status call_view(struct call *call, Hf__Any *wire, struct any *view);

/** The same for a result to be compared: see any_view_result(). */
HF_MUST_USE hf_status call_view_result(struct call *call, Hf__Any *wire, struct any *view);

/** The same for a key. */
HF_MUST_USE hf_status call_view_key(struct call *call, Hf__Any *wire, struct any *key);

/** Make a kept copy of a value of the request, or refuse. */
HF_MUST_USE hf_status call_keep(struct call *call, Hf__Any *wire, struct any *kept);

/** A hold as a reply shows it; the label is borrowed from the hold. NULL: no memory. */
Hf__Holder *object_holder(struct call *call, const struct hold *hold);

/** How many other calls wait at the call's object. */
uint64_t object_waiting(const struct call *call);

/** Find the object with this id, of this type. Returns HF_OK; HF_NO_OBJECT, HF_WRONG_TYPE, with a
 * detail. */
HF_MUST_USE hf_status object_find_typed(struct call *call, uint64_t id, const struct type *type,
                                        struct object **object);

/** Answer with an object. The session keeps it alive from then on if it is unnamed. Returns HF_OK;
 * HF_NO_MEMORY. */
HF_MUST_USE hf_status object_answer(struct call *call, struct object *object);

/** Whether another call of `owner` waits at the object of this call. */
bool owner_has_other_waiter(const struct owner *owner, const struct call *call);

/** Open: find the object or make it, and answer with it. `name` NULL: make an unnamed one. */
HF_MUST_USE hf_status object_open(struct call *call, const struct type *type, const char *name,
                                  Hf__Mode mode);

/** The same with the name and mode of a type's open message. */
#define OBJECT_OPEN(call, type, in) object_open(call, type, (in)->name, (in)->mode)

/** Instead of the time at which something ends: never; the call was refused. */
enum { LIFETIME_ENDLESS = 0, LIFETIME_REFUSED = -2 };

/** The time at which something ends that lives so long. A ttl of 0 is refused: INVALID, and
 * LIFETIME_REFUSED. */
int64_t call_due_in(struct call *call, uint64_t ttl_ms);

/** The same for the ttl_ms of a request: without one, LIFETIME_ENDLESS. */
#define CALL_DUE(call, in) ((in)->has_ttl_ms ? call_due_in(call, (in)->ttl_ms) : LIFETIME_ENDLESS)

#endif
