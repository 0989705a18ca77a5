/* SPDX-License-Identifier: MIT
 *
 * The handles, and what all objects have in common.
 *
 * A named object lives until it is deleted. An unnamed one (opened with the name NULL) lives as
 * long as a process that has used it, or a reference to it that is stored in another object. All
 * threads of a process keep it alive together: it is gone when the last of their connections to the
 * manager ends, or when one of them releases it (hf_object_release()). A forked child is a process
 * of its own, which keeps alive what it has used itself: hf_process_start() sees to it that nothing
 * is lost in between, and hf_client_pin() does so wherever else a handle goes to another process.
 *
 * For each type, hf_..._ref() makes a hf_any of a handle, to be stored in an object; no call is
 * made, and the hf_any itself keeps nothing alive. hf_..._from_ref() makes a handle of a hf_any:
 * HF_OK, or HF_TYPE_ERROR if that is no reference. The first call on the handle tells whether the
 * object exists and is of the right type.
 */
#ifndef HOLDFAST_OBJECT_H
#define HOLDFAST_OBJECT_H

#include <holdfast/any.h>
#include <holdfast/client.h>

HF_BEGIN_DECLS

/** A handle names an object and the client that reaches it. Passed by value, it owns nothing. */
#define HF_HANDLE(name)                                                                            \
    typedef struct name {                                                                          \
        hf_client *client;                                                                         \
        uint64_t id;                                                                               \
    } name

HF_HANDLE(hf_dict); /**< a dict or a namespace */
HF_HANDLE(hf_list);
HF_HANDLE(hf_value);
HF_HANDLE(hf_queue);
HF_HANDLE(hf_lock);
HF_HANDLE(hf_rwlock);
HF_HANDLE(hf_semaphore);
HF_HANDLE(hf_event);
HF_HANDLE(hf_latch);

/** One of the two ends of a pipe. */
typedef struct hf_pipe_end {
    hf_client *client;
    uint64_t id;
    unsigned end; /**< 0 or 1 */
} hf_pipe_end;

HF_HANDLE(hf_condition);
HF_HANDLE(hf_barrier);
HF_HANDLE(hf_array);
HF_HANDLE(hf_set);
HF_HANDLE(hf_watch);

/** A handle of any type, for the functions below: HF_OBJECT(dict), HF_OBJECT(lock) ... */
HF_HANDLE(hf_object);

#define HF_OBJECT(handle)                                                                          \
    HF_LITERAL(hf_object) {                                                                        \
        (handle).client, (handle).id                                                               \
    }

typedef enum hf_type {
    HF_TYPE_DICT = 1,
    HF_TYPE_NAMESPACE = 2,
    HF_TYPE_LIST = 3,
    HF_TYPE_VALUE = 4,
    HF_TYPE_QUEUE = 5,
    HF_TYPE_LOCK = 6,
    HF_TYPE_ARRAY = 7,
    HF_TYPE_SET = 8,
    HF_TYPE_RWLOCK = 9,
    HF_TYPE_SEMAPHORE = 10,
    HF_TYPE_EVENT = 12,
    HF_TYPE_LATCH = 13,
    HF_TYPE_CONDITION = 14,
    HF_TYPE_BARRIER = 15,
    HF_TYPE_PIPE = 16,
    HF_TYPE_WATCH = 17,
    HF_TYPE_POOL = 18,
    HF_TYPE_SUBMITTER = 19, /**< hands tasks to a pool, see pool.h */
    HF_TYPE_SUPERVISOR = 20 /**< starts the workers of a pool */
} hf_type;

/** Tells an open what to do if an object has the name, or none has it. */
typedef enum hf_mode {
    /** An object that exists is opened as it is. But it must have the options that are given:
     *  fields other than zero, and the arguments that say how to create it (a kind, a length, a
     *  number of permits or parties). Otherwise HF_WRONG_TYPE; hf_last_detail() names those that
     *  differ. */
    HF_OPEN_OR_CREATE = 0,
    HF_MUST_CREATE = 1, /**< HF_EXISTS if an object has the name */
    /** HF_NO_OBJECT if none has it; HF_INVALID without a name. The object is opened as it is,
     *  whatever options, kind or length are given, so that a program need not know how another one
     *  has made it. */
    HF_MUST_EXIST = 2
} hf_mode;

/** How a holder has lost its grant. */
typedef enum hf_loss {
    HF_LOST_DIED = 0,   /**< its session has ended */
    HF_LOST_LEASE = 1,  /**< its lease has ended */
    HF_LOST_BROKEN = 2, /**< somebody has broken the grant */
    HF_LOST_LEFT = 3    /**< it has left it in order (hf_client_leave), and it did not stay */
} hf_loss;
/** An object may carry a tag and an attachment: they tell the programs that use it what it is. */
typedef struct hf_open_extras {
    const char *tag;        /**< "Counter": what it is to them; at most 64 bytes; NULL: none */
    const void *attachment; /**< any bytes, at most 64 KiB */
    size_t attachment_len;
    uint64_t reserved[8]; /**< zeros */
} hf_open_extras;

#define HF_OPEN_EXTRAS HF_ZEROS

/** Give these to the object that this thread opens next, if it is created by that.
 *
 *     hf_open_extras extras = HF_OPEN_EXTRAS;
 *     extras.tag = "Jobs of today";
 *     hf_open_with(&extras);
 *     status = hf_queue_open(client, NULL, NULL, &queue);
 *     if (hf_ok(status))
 *         status = hf_object_expire(HF_OBJECT(queue), 60 * 60 * 1000);
 *
 *  An open that finds an object with another tag is refused with HF_WRONG_TYPE; attachments are not
 *  compared. A tag or an attachment that is too long is refused by that open with HF_INVALID or
 *  HF_TOO_BIG.
 *
 *  extras  borrowed until that open; NULL: nothing
 */
HF_API void hf_open_with(const hf_open_extras *extras);

/** The result of hf_object_attachment(). Release with hf_attachment_clear(). */
typedef struct hf_attachment {
    hf_type type;
    char tag[65]; /**< "": none */
    void *bytes;  /**< NULL: none */
    size_t len;
    uint64_t reserved[4]; /**< zeros */
} hf_attachment;

/** A session that holds something, or a party of it. */
typedef struct hf_holder {
    uint64_t session;
    uint64_t party; /**< 0: the session itself */
    char label[256];
    uint64_t pid;
    uint64_t tid;
    uint64_t fence;
    uint32_t depth;        /**< for a semaphore: how many permits */
    uint64_t held_ms;      /**< so far; in hf_grant.died: until it lost the grant */
    bool dead;             /**< its session has ended, and the lock was kept: it is nobody's */
    bool left;             /**< its session has left it in order (keep_on_leave): it is nobody's */
    uint64_t waiting;      /**< how many calls wait for it */
    int64_t lease_left_ms; /**< until its lease ends; -1: it has none */
    hf_loss lost;          /**< in hf_grant.died: how it has lost the grant */
    uint64_t reserved[4];  /**< zeros */
} hf_holder;

/** A session with a waiting call, or a party of it. */
typedef struct hf_waiter {
    uint64_t session;
    uint64_t party; /**< 0: the session itself */
    char label[256];
    uint64_t pid;
    uint64_t tid;
    char op[64];
    uint64_t waited_ms;
    uint64_t reserved[4]; /**< zeros */
} hf_waiter;

/** An object as hf_object_describe() finds it. Release with hf_description_clear(). */
typedef struct hf_description {
    uint64_t id;
    hf_type type;
    char *name;          /**< NULL: unnamed */
    uint64_t references; /**< that keep an unnamed object: of processes, stored ones, a pin */
    /** How many items it has; of a lock its depth, of a semaphore its free permits, of an event 1
     *  if it is set, of a latch its count. */
    uint64_t size;
    char *options;      /**< in words; "": none */
    char tag[65];       /**< "": none */
    hf_holder *holders; /**< in the order of their grants, at most 1,000 */
    size_t holder_count;
    hf_waiter *waiters; /**< in the order in which they will be served, at most 1,000 */
    size_t waiter_count;
    uint64_t waiting; /**< how many calls wait in all */
    uint64_t grants;  /**< how often it was granted */
    uint64_t longest_wait_ms;
    uint64_t reserved[4]; /**< zeros */
} hf_description;

/** A named object, as listed. */
typedef struct hf_entry {
    char *name;
    uint64_t id;
    hf_type type;
    uint64_t reserved[4]; /**< zeros */
} hf_entry;

/** Named objects. Release with hf_listing_clear(). */
typedef struct hf_listing {
    hf_entry *entries;
    size_t len;
    uint64_t reserved[4]; /**< zeros */
} hf_listing;

/** List the named objects whose name starts with `prefix`, in order of creation.
 *
 *  prefix   NULL: all
 *  listing  out; hf_listing_clear()
 *  Returns  HF_OK; HF_INVALID (this thread collects calls, see pipeline.h)
 *  Cost     one round trip per 1,000 names
 */
HF_API HF_MUST_USE hf_status hf_object_list(hf_client *client, const char *prefix,
                                            hf_listing *listing);

/** Release a listing and make it empty. NULL is accepted. */
HF_API void hf_listing_clear(hf_listing *listing);

/** Find the id and the type of the object with this name.
 *
 *  Returns  HF_OK; HF_NO_OBJECT (no object has the name)
 */
HF_API HF_MUST_USE hf_status hf_object_find(hf_client *client, const char *name, uint64_t *id,
                                            hf_type *type);

/** Tell whether an object has this name. */
HF_API HF_MUST_USE hf_status hf_object_exists(hf_client *client, const char *name, bool *exists);

/** Tell who holds an object and who waits for it.
 *
 *  description  out; hf_description_clear()
 *  Cost         O(holders and waiting calls told) in the manager
 */
HF_API HF_MUST_USE hf_status hf_object_describe(hf_object object, hf_description *description);

/** Release a description and make it empty. NULL is accepted. */
HF_API void hf_description_clear(hf_description *description);

/** Get the type, the tag and the attachment of an object, of which a program may know no more than
 *  a reference in a container.
 *
 *  attachment  out; hf_attachment_clear()
 */
HF_API HF_MUST_USE hf_status hf_object_attachment(hf_object object, hf_attachment *attachment);

/** Release an attachment and make it empty. NULL is accepted. */
HF_API void hf_attachment_clear(hf_attachment *attachment);

/** Get a number that grows by one with each change of the object, by requests, by time and by
 *  deaths: those that a watch of it would have been told (watch.h). Read it together with values
 *  (pipeline.h, hf_batch_begin()), and demand it in the check of a later batch: that is done only
 *  if nothing has changed. Versions grow also from one run of the manager to the next, as fences
 *  do, so such a check does not hold for an object that has been made anew since.
 *
 *  version  out; where a new object begins, says nothing
 */
HF_API HF_MUST_USE hf_status hf_object_version(hf_object object, uint64_t *version);

/** Delete the object at once. Calls that wait on it get HF_DELETED; whatever was held of it is
 *  over. */
HF_API HF_MUST_USE hf_status hf_object_delete(hf_object object);

/** End a grant of the object against the will of its holder, as its death would: for an operator
 *  who knows better than to wait. Later calls of the holder under the grant are refused: guarded
 *  ones with HF_STALE_FENCE, its release with HF_NOT_HELD. (hf_lock_release() may return HF_OK
 *  nevertheless, as it does not always wait for the answer; hf_lock_release_checked() does.) The
 *  next holder of a lock gets HF_OWNER_DIED, and in hf_grant.died HF_LOST_BROKEN. hf_lock_break()
 *  and others are the same.
 *
 *  fence    of the grant: hf_holder.fence, hf_grant.fence, hf_delivery.id
 *  Returns  HF_OK; HF_NOT_HELD (no grant of the object has this fence, or not any more);
 *           HF_WRONG_TYPE (not a lock, rwlock, semaphore or queue)
 */
HF_API HF_MUST_USE hf_status hf_object_break(hf_object object, uint64_t fence);

/** End this process's reference to an unnamed object, which is gone when nothing else refers to
 *  it.
 *
 *  Returns  HF_OK; HF_INVALID (a thread of this process holds the object, or waits for it)
 */
HF_API HF_MUST_USE hf_status hf_object_release(hf_object object);

/** Set when an object expires. From then on it is as if it had been deleted: calls that wait at it
 *  are told HF_DELETED, watches HF_CAUSE_EXPIRED, and its name is free for another one.
 *
 *  ttl_ms   from now, at least 1; negative: it lives on
 *  Returns  HF_OK; HF_INVALID (ttl_ms is 0): unchanged
 */
HF_API HF_MUST_USE hf_status hf_object_expire(hf_object object, int64_t ttl_ms);

/** Get how long an object still lives.
 *
 *  ttl_ms   out: at least 1; -1: it does not expire
 */
HF_API HF_MUST_USE hf_status hf_object_ttl(hf_object object, int64_t *ttl_ms);

/** Take back a part of it, for programs that count their handles. The manager counts how often it
 *  has told this process of the object: once by the call that opened it, once by each reference in
 *  a result, once by each hf_object_retain(). When nothing is left, the reference ends.
 *
 *  count    at least 1
 *  Returns  as hf_object_release()
 */
HF_API HF_MUST_USE hf_status hf_object_release_some(hf_object object, uint64_t count);

/** Count one more: for a copy of a handle that will be released by itself. */
HF_API HF_MUST_USE hf_status hf_object_retain(hf_object object);

/** Keep unnamed objects alive for a while, also if this process releases them or ends: for handles
 *  on their way to another process. It keeps alive what it uses in that time.
 *
 *  objects  of this client; NULL: all that this process refers to
 *  count    at most 1,024; 0: all
 *  for_ms   1 to 600,000
 *  Returns  HF_OK; HF_NO_OBJECT (one of them is not there), HF_INVALID
 *  Cost     O(count) in the manager; O(1) for all
 */
HF_API HF_MUST_USE hf_status hf_client_pin(hf_client *client, const hf_object *objects,
                                           size_t count, int64_t for_ms);

HF_END_DECLS
#endif
