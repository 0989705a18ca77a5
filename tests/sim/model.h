/* SPDX-License-Identifier: MIT
 *
 * The naive model of the manager: arrays and linear scans, nothing freed, one global list of calls
 * that wait. It is given the same requests in the same order and says what each must be answered
 * and when. Everything is written from the protocol, not from the core.
 *
 * To add a type: a file model_<type>.c that ends in its table of operations (a generator and an
 * expectation for each), and its name in MODEL_TYPES.
 */
#ifndef HF_SIM_MODEL_H
#define HF_SIM_MODEL_H

#include <holdfast.pb-c.h>
#include <holdfast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct maker;
struct model;
struct model_run;
struct model_type;

/** Limits small enough to be met in a short run; the core is configured with the same. */
enum {
    MODEL_ITEMS_MAX = 14,
    MODEL_OBJECTS_MAX = 20,
    MODEL_WAITING_MAX = 4,
    MODEL_SESSIONS_MAX = 7, /* that are welcome */
    MODEL_GREETING_MAX = 3,
    MODEL_HELLO_MS = 500,
};

/** Room for all that there ever is in one run. */
enum {
    MODEL_SESSIONS_ROOM = 1024,
    MODEL_PARTIES_ROOM = 4096,
    MODEL_OBJECTS_ROOM = 2048,
    MODEL_CALLS_ROOM = 64,
    MODEL_ANSWERS_ROOM = 512,
    MODEL_TOLD_ROOM = 1024,
    MODEL_CURSORS_ROOM = 64,
    MODEL_WAKES_ROOM = 512,
    MODEL_LANES = 4,
    MODEL_WAITERS_MAX = 8,
    MODEL_HOLDS_ROOM = 96,
    MODEL_LEAST_ID = 1 << 28, /* those that are smaller never were */
    MODEL_GUESS_MAX = 3,      /* how far behind a known id one is guessed */
};

struct model_item {
    Hf__Any *key; /* dicts only */
    Hf__Any *value;
    uint64_t stored; /* when the value was stored, on model.clock */
    uint64_t added;  /* when the key was added */
    int64_t due_ms;  /* when it expires; 0: never */
    uint64_t used;   /* when it was used last */
    void *own;       /* the type's */
};

struct model_hold {
    struct model_session *session;
    uint64_t fence;
    int64_t since_ms;
    uint32_t depth;
    bool dead;
    uint64_t left;    /* when its session has left it in order, on model.clock; 0: it has not */
    void *lease;      /* the wake at its end; NULL: it has none */
    int64_t lease_ms; /* how long it was made for */
    bool lost;        /* the holder has lost it, so: */
    int64_t lost_ms;
    Hf__Loss why;
};

struct model_object {
    Hf__Ref self; /* the id is 0 until the manager has told it */
    const struct model_type *type;
    char *name; /* NULL: unnamed */
    char *tag;  /* NULL: none */
    ProtobufCBinaryData attachment;
    Hf__Equality equality; /* where the type has it */
    uint64_t born;
    bool gone;
    bool freed; /* it is gone, and refers to no other object any more */
    size_t index;
    struct model_item items[MODEL_ITEMS_MAX]; /* where the type has items */
    size_t item_count;
    unsigned cleared;   /* how often: cursors from before mean nothing */
    uint64_t version;   /* how many changes it has had */
    uint64_t structure; /* how often an item was put or taken */
    struct model_hold holds[MODEL_HOLDS_ROOM];
    size_t hold_count;
    uint64_t grants;
    int64_t longest_wait_ms;
    size_t references;       /* as of the last count */
    bool listed;             /* in model.unreferenced */
    int64_t pinned_until_ms; /* 0: it is not pinned */
    int64_t due_ms;          /* when it expires; 0: never */
    void *own;               /* the type's */
};

/** The sessions that share references. */
struct model_family {
    const char *name; /* NULL: of one session */
    size_t sessions;
    int64_t pinned_until_ms;
    bool lingers;
    /* The unnamed objects that it keeps alive: 0, or a number that grows with each; and how often
     * its sessions were told of each. */
    uint64_t uses[MODEL_OBJECTS_ROOM];
    uint64_t told[MODEL_OBJECTS_ROOM];
};

enum model_state { MODEL_GREETING, MODEL_WELCOME, MODEL_OVER, MODEL_CLOSED };

struct model_session {
    enum model_state state;
    struct model_session *main; /* itself, or the session of which this is a party */
    uint64_t party;             /* 0: none */
    uint64_t id;
    char *label;
    uint64_t pid;
    uint64_t tid;
    int64_t opened_ms;
    uint64_t last_seq;
    uint32_t holds_told;         /* how many holds its replies have told it of */
    struct model_family *family; /* NULL: not welcome yet, or over */
};

/** The entry of a waiting call in a lane, and its request there. */
struct model_waiter {
    struct model_object *object;
    const struct model_op *op;
    const Hf__Request *request; /* in a batch, its first */
    uint64_t ticket;            /* its turn there */
    unsigned lane;              /* those that wait for the same thing */
    bool released;              /* the type's own: it need not wait any longer, whatever follows */
};

/** How far a call has come that waits in several lanes, one after the other. */
struct model_staged {
    unsigned stage;
    uint32_t number;
    int64_t lease_ms;
    hf_status result; /* MODEL_WAIT: not known yet */
    bool begun;       /* it goes on whatever becomes of its guard and its object */
};

/** A call that waits. */
struct model_call {
    struct model_session *session;
    Hf__Request *request;
    const struct model_op *op; /* as it is described */
    struct model_waiter waiters[MODEL_WAITERS_MAX];
    size_t waiter_count;
    struct model_staged *staged; /* NULL: it just waits */
    int64_t since_ms;
    int64_t due_ms; /* -1: never */
    bool running;   /* it is being tried again */
};

/** A reply that must come. */
struct model_answer {
    struct model_session *session;
    Hf__Reply *reply;
};

/** The end of a page: a request that goes on from *value gets what was added after `after`. */
struct model_cursor {
    const uint64_t *value;             /* in a reply; 0 until the manager has told it */
    const struct model_object *object; /* NULL: the list of names */
    unsigned cleared;
    uint64_t after;
};

/** Something that an object is to be told at a time. */
struct model_wake {
    struct model_object *object; /* NULL: `what` is an object's pinned_until_ms, or a family */
    void *what;
    int64_t due_ms;
    bool lease; /* of a hold, and void when the hold is over or has another */
};

struct model {
    int64_t now_ms;
    int64_t started_ms;
    int64_t wall_ahead_ms;  /* how far the wall clock is ahead of now_ms */
    uint64_t numbers_above; /* fences, sessions, tasks and items begin above it */
    uint64_t first_id;      /* of this run */
    uint64_t clock;         /* counts births and changes */
    uint64_t fence;
    uint64_t item; /* id of the queue's item that became ready last */
    uint64_t served;
    struct model_session *sessions[MODEL_SESSIONS_ROOM];
    size_t session_count;
    struct model_session *parties[MODEL_PARTIES_ROOM]; /* that ever were */
    size_t party_count;
    struct model_family *families[MODEL_SESSIONS_ROOM]; /* that ever were */
    size_t family_count;
    struct model_object *objects[MODEL_OBJECTS_ROOM];
    size_t object_count;
    struct model_call calls[MODEL_CALLS_ROOM]; /* in order of arrival */
    size_t call_count;
    uint64_t tickets; /* given out, ever */
    uint64_t used;    /* how often a session has begun to use an object */
    struct model_object *unreferenced[MODEL_OBJECTS_ROOM]; /* to end, the last one first */
    size_t unreferenced_count;
    struct model_object *touched[MODEL_OBJECTS_ROOM]; /* changed, in that order */
    size_t touched_count;
    struct model_wake wakes[MODEL_WAKES_ROOM]; /* in the order in which they were set */
    size_t wake_count;
    struct model_answer answers[MODEL_ANSWERS_ROOM];
    size_t answer_count;
    struct model_cursor cursors[MODEL_CURSORS_ROOM];
    size_t cursor_count; /* ever; the newest are kept */
    char *broken;        /* an invariant that does not hold, in words */
    bool *in_doubt;      /* an id was used that may or may not be that of an object just made */
};

/* ---- types ---- */

#define MODEL_WAIT ((hf_status)-1)

enum {
    MODEL_CHANGES = 1 << 0, /* on success the object has changed */
    MODEL_OPENS = 1 << 1,   /* finds or makes its object itself */
    MODEL_FREE = 1 << 2,    /* is about no object */
    MODEL_ANY = 1 << 3,     /* is for objects of every type */
    MODEL_HOLDER_FIRST = 1 << 4,
    MODEL_OWN_ORDER = 1 << 8,   /* does not queue behind waiting calls */
    MODEL_STAGED = 1 << 5,      /* not for wait_any */
    MODEL_MOVES = 1 << 9,       /* run() itself says that it has to wait, and where */
    MODEL_WAITS_ALL = 1 << 10,  /* in several lanes, and needs to be served in all of them */
    MODEL_LAST_FIRST = 1 << 11, /* the call that came last is the first */
    MODEL_UNDOES = 1 << 12,     /* an atomic batch can take it back */
};

struct model_op {
    unsigned tag;
    unsigned weight; /* how often it is generated, among those of its type */
    void (*make)(struct maker *maker);
    hf_status (*run)(struct model_run *run);
    bool (*ready)(struct model_run *run); /* NULL: never waits */
    unsigned flags;
    unsigned lane; /* those that wait for the same thing */
};

struct model_type {
    Hf__Type tag;
    const char *name;
    const struct model_op *ops;
    size_t op_count;
    const struct model_type *like; /* whose operations it has too */
    /* Put in what a new object, run->object, begins with; NULL: nothing. */
    hf_status (*fill)(struct model_run *run);
    /* Run before an operation is asked whether it has to wait; may choose run->lane;
     * NULL: nothing. */
    hf_status (*enter)(struct model_run *run);
    /* Whether nobody but its holders can let it go; NULL: no. */
    bool (*only_holders_release)(const struct model_object *object);
    /* The hold is lost: its session is over (hold->dead), or its lease (hold->why). */
    void (*holder_died)(struct model_object *object, struct model_hold *hold);
    /* Whether holds stay when their session leaves in order. NULL: no. */
    bool (*keeps_on_leave)(const struct model_object *object);
    void (*woken)(struct model_object *object, void *what); /* a wake's time has come */
    /* The same, for a type that tells the watches itself. */
    void (*ended_by_time)(struct model *model, struct model_object *object);
    uint64_t (*size)(const struct model_object *object); /* NULL: it has none */
    /* The status that ends a waiting call early; MODEL_WAIT: it goes on waiting, where model_move()
     * has put it. NULL: `why`. */
    hf_status (*abandon)(struct model *model, struct model_call *call, hf_status why);
    /* Another object that this one keeps alive, or NULL. NULL: none ever. */
    struct model_object *(*refers)(const struct model_object *object);
    /* Count what else it refers to, also when it is gone itself: model_count(). NULL: nothing. */
    void (*count)(const struct model *model, const struct model_object *object);
    /* It is deleted, or gone. NULL: nothing else happens. */
    void (*ended)(struct model *model, struct model_object *object);
    size_t own_size; /* of what model_object.own points to, if an atomic batch can change that */
};

/** The types of the model: X(name) stands for `struct model_type model_name`. Some have a second
 * file, with more operations of the same type. */
/* clang-format off */
#define MODEL_TYPES(X) \
    X(session_type) X(object_type) X(lock) X(queue) X(value) X(list) X(list_whole) X(dict) \
    X(dict_whole) X(namespace) X(pipe) X(rwlock) X(semaphore) X(event) X(latch) \
    X(condition) X(barrier) X(array) X(set) X(set_other) X(watch) X(pool) X(submitter) \
    X(supervisor)
/* clang-format on */

#define MODEL_TYPE_DECLARATION(name) extern const struct model_type model_##name;
MODEL_TYPES(MODEL_TYPE_DECLARATION)

/** Whether it has expired, though its wake may still come. */
bool model_item_is_over(const struct model *model, const struct model_item *item);

/** The size of a type that has items. */
uint64_t model_item_count(const struct model_object *object);

extern const struct model_type *const model_types[];
extern const size_t model_type_count;

const struct model_op *model_find_op(unsigned tag, const struct model_type **type);

/** One request being served, or one of a batch. */
struct model_run {
    struct model *model;
    struct model_session *session;
    struct model_call *call; /* that is tried again; NULL: newly come */
    const Hf__Request *request;
    const struct model_op *op;
    struct model_object *object;
    unsigned lane;
    struct model_waiter waiters[MODEL_WAITERS_MAX]; /* where it wants to wait */
    size_t waiter_count;
    struct model_staged *staged; /* of the call that is tried again, or about to wait */
    int64_t default_timeout_ms;  /* where the request has none */
    Hf__Reply *reply;
    bool inner;                                 /* one of a batch */
    bool silent;                                /* of an atomic one: watches are told later */
    struct model_object *told[MODEL_TOLD_ROOM]; /* unnamed ones in the reply */
    size_t told_count;
};

/** Whether an operation only reads, so that a check may be made of it. */
bool model_only_reads(const struct model_op *op, const struct model_type *type);

/* ---- what happens ---- */

struct model *model_new(int64_t now_ms, uint64_t numbers_above);
struct model_session *model_join(struct model *model);
void model_leave(struct model *model, struct model_session *session);
/** The party of a welcome session; 0: itself. */
struct model_session *model_party(struct model *model, struct model_session *session,
                                  uint64_t party);
/** A whole frame with this request has come. */
void model_serve(struct model *model, struct model_session *session, Hf__Request *request);
/** A frame has come that is no request that could be run; `fatal`: nor anything else. */
void model_refuse(struct model *model, struct model_session *session, uint64_t id, bool fatal);
void model_pass(struct model *model, int64_t ms);
void model_drain(struct model *model);

/* ---- what may be asked ---- */

/** When something happens by itself; -1: never. */
int64_t model_next_deadline(const struct model *model);
size_t model_open_sessions(const struct model *model);
size_t model_live_objects(const struct model *model);
struct model_object *model_find(const struct model *model, uint64_t id);
struct model_object *model_find_name(const struct model *model, const char *name);
/** Sessions and stored values that refer to each object, counted into object->references. */
void model_count_references(struct model *model);
/** As of then. */
bool model_is_unreferenced(const struct model_object *object);
/** A reference has gone: list the unnamed objects that nothing refers to any more. The one that has
 * lost its last reference last is the first to end. */
void model_list_unreferenced(struct model *model);
/** The calls that wait on an object in this lane, in order; `at` counts from 0. */
struct model_call *model_waiting_call(struct model *model, const struct model_object *object,
                                      unsigned lane, size_t at);
/** Refuse an id that no object has: it was deleted while this call waited for it, or else it means
 * nothing. */
hf_status model_missing(const struct model_run *run, uint64_t id);
/** Whether a call that is tried again waits in this lane. */
bool model_waits_in(const struct model_run *run, const struct model_object *object, unsigned lane);
/** Whether this session need not wait for the first in a lane, which waits for others as well. */
bool model_may_pass(struct model *model, const struct model_session *session,
                    const struct model_object *object, unsigned lane);
size_t model_waiting(struct model *model, const struct model_object *object);
bool model_holds(const struct model_session *session, const struct model_object *object);
/** Whether the hold is this session's, and not kept as nobody's. */
bool model_owns(const struct model_session *session, const struct model_hold *hold);
/** The oldest grant of this session, and of which object; NULL: it holds nothing. */
struct model_hold *model_first_hold(struct model *model, const struct model_session *session,
                                    struct model_object **of);

/* ---- for operations ---- */

struct model_opening {
    const struct model_type *type;
    const char *name;
    Hf__Mode mode;
    void *own;        /* of the object, if it has to be made */
    hf_status status; /* of making `own` */
    /* Whether it has the options that the request gives. NULL: always. */
    bool (*same)(const void *own, const Hf__Request *request);
};
hf_status model_open(struct model_run *run, struct model_opening opening);
/** Set when an object expires; 0: never. */
void model_expire_at(struct model *model, struct model_object *object, int64_t due_ms);
void model_touch(struct model *model, struct model_object *object);
void model_delete(struct model *model, struct model_object *object);
/** Tell the watches of the object what has happened. `who` and `request` may be NULL. */
void model_note(struct model *model, struct model_object *object, Hf__Cause cause,
                const struct model_session *who, const Hf__Request *request);
/** The same for a change that was counted in its version before. */
void model_tell_watches(struct model *model, struct model_object *object, Hf__Cause cause,
                        const struct model_session *who, const Hf__Request *request);
void model_put(struct model *model, struct model_object *object, size_t at, Hf__Any *value);
Hf__Any *model_take(struct model_object *object, size_t at);
void model_grant(struct model_run *run, struct model_hold *hold);
/** Let the hold of the run's object be over after this time; 0: no change. */
void model_lease(struct model_run *run, struct model_hold *hold, int64_t lease_ms);
/** The status of a request with this lease, as far as that goes. */
hf_status model_check_lease(protobuf_c_boolean given, int64_t lease_ms);
/** Take the hold from its session. */
void model_lose(const struct model *model, struct model_object *object, struct model_hold *hold,
                Hf__Loss why);
/** The hold that a wake is the lease of; NULL: of none any more. */
struct model_hold *model_leased(const struct model_wake *wake);
void model_wake_at(struct model *model, struct model_object *object, void *what, int64_t due_ms);
/** Forget the wake with this `what`, if there is one. */
void model_wake_off(struct model *model, const void *what);
/** The wake that is next; NULL: none is set. */
struct model_wake *model_next_wake(struct model *model);
Hf__Holder *model_holder(const struct model *model, const struct model_hold *hold);
hf_status model_answer_value(struct model_run *run, Hf__Any *value);
/** Whether the request takes a value of this kind. Operations that take something out ask first. */
bool model_expects(const struct model_run *run, const Hf__Any *value);
hf_status model_answer_count(struct model_run *run, uint64_t count);
hf_status model_answer_truth(struct model_run *run, bool truth);
hf_status model_answer_values(struct model_run *run, Hf__Any **values, size_t count);
/** A page of the object's items. */
hf_status model_answer_page(struct model_run *run, uint64_t cursor, uint32_t limit, bool with_keys,
                            bool with_values);
/** The session is told of this value: it keeps the unnamed objects in it alive. */
Hf__Any *model_tell(struct model_run *run, Hf__Any *value);
/** The session is told of this object. */
void model_tell_object(struct model_run *run, struct model_object *object);
/** The session's family keeps this object alive, if it is an unnamed one. */
void model_use(struct model *model, struct model_session *session,
               const struct model_object *object);
void model_unuse(struct model *model, struct model_family *family, struct model_object *object);
/** Keep the object alive until then at least. */
void model_pin(struct model *model, struct model_object *object, int64_t until_ms);
/** The time of a wake that is of no object. */
void model_pin_over(struct model *model, void *what);
/** Count the references in a value that was stored at this time. */
void model_count(const struct model *model, const Hf__Any *any, uint64_t stored);
void model_remember_cursor(struct model *model, const uint64_t *value,
                           const struct model_object *object, uint64_t after);
uint64_t model_cursor_after(const struct model *model, const struct model_object *object,
                            uint64_t value);

/* ---- between the files of the model ---- */

/** Serve a request of a session that has been welcomed. */
void model_call(struct model *model, struct model_session *session, Hf__Request *request);
/** The operation leave. */
hf_status model_leave_holds(struct model_run *run);
/** Let a waiting call be answered with this, whatever it was about. */
void model_finish_call(struct model *model, struct model_call *call, hf_status status);
/** A waiting call's session is over. */
void model_lose_call(struct model *model, struct model_call *call);
/** The holds of the session have changed: try its waiting calls and those they wait with. */
void model_touch_awaited(struct model *model, const struct model_session *session);
/** Have it wait somewhere else, behind all others. */
void model_move(struct model *model, struct model_call *call, struct model_object *object,
                unsigned lane);
/** For run() of MODEL_MOVES. Returns MODEL_WAIT. */
hf_status model_wait_in(struct model_run *run, struct model_object *object, unsigned lane);
/** Grant a lock that is free, and answer so. */
hf_status model_lock_take(struct model_run *run, struct model_object *object, uint32_t depth);
void model_lock_tell(struct model_run *run, const struct model_object *object);
/** End a call that waits, answered with this unless its type says otherwise. */
void model_end_call(struct model *model, struct model_call *call, hf_status status);
/** Take a waiting call off the list, unanswered. */
void model_forget_call(struct model *model, struct model_call *call);
/** Try the first calls of all that has changed again. */
void model_settle(struct model *model);
/** Run the wakes and end the calls whose time has come. */
void model_expire(struct model *model);
/** Tell the watches of the object that it is gone. */
void model_watched_gone(struct model *model, const struct model_object *object);
/** The object is no more, with all that it had. */
void model_end_object(struct model *model, struct model_object *object);
/** Run a request; one within another, which may name no other party. */
hf_status model_run_request(struct model_run *run, const Hf__Request *request);
hf_status model_run_inner(struct model_run *run, const Hf__Request *request);
/** Whether the request would wait for its own session, for ever; by force. */
bool model_deadlock(const struct model *model, const struct model_run *run);
/** The operation behind a batch. */
hf_status model_run_batch(struct model_run *run);
/** A copy of all that an atomic batch may change; put it back. */
struct model_before;
struct model_before *model_copy(const struct model *model);
void model_put_back(struct model *model, const struct model_before *before);
/** Whether such a batch may have this operation. */
bool model_fits_atomic(const struct model_op *op, const struct model_type *type, bool last);
/** The operation behind waiting for any of several requests. */
hf_status model_run_wait_any(struct model_run *run);
/** A reply that must come. */
void model_answer(struct model *model, struct model_session *session, Hf__Reply *reply);

#endif
