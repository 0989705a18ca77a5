/* SPDX-License-Identifier: MIT
 *
 * Collecting calls for one round trip: the inside of <holdfast/pipeline.h>.
 */
#ifndef HF_PIPELINE_H
#define HF_PIPELINE_H

#include "buffer.h"
#include "session.h"

struct call;
struct call_entry;

enum purpose { PIPELINE, POST, BATCH, WAIT_ANY };

struct collection {
    enum purpose purpose;
    hf_status broken; /* why it cannot be sent; HF_OK: it can */
    struct call_entry *entries;
    size_t count;
    size_t capacity;
    size_t checks;
    bool atomic;   /* a batch: all or nothing */
    size_t undone; /* how many calls were undone, as the next one was refused */
    struct buffer bytes;
    size_t
        last_len; /* of the nested request at the end of `bytes`; 0: a check is there, or nothing */
    uint64_t first_id; /* of a batch or a wait for any: its own */
    uint64_t oldest;   /* the smallest id of an object in `bytes` */
    bool follows;      /* a call goes on with what was begun in this run */
    int64_t wait_ms;   /* the longest timeout */
    bool patient;      /* a call waits for a lock, whatever its timeout */
    char *why;         /* the first refusal, in words; NULL: none was refused */
    size_t refused;    /* the index of that call */
    bool owns;         /* entries have memory of their own: what opens an object, raw replies */
    bool raw;          /* some are raw calls */
};

/** Add a call that is complete but for its id to the session's collection. A refusal is returned
 * and also remembered for the finish, because a caller may ignore it here. */
HF_MUST_USE hf_status pipeline_collect(struct session *session, struct call *call,
                                       const struct call_entry *entry);

/** It cannot be sent any more, as hf_last_detail() says. Returns the status. */
hf_status pipeline_spoil(struct collection *collection, hf_status status);

/** The calling thread has made a call that was refused before it could be collected: whatever it
 * collects, the call takes its place there, and the finish tells of it. Returns the status. */
hf_status pipeline_refuse(hf_status status);

/** Why a call was refused when it was collected, in words; else the status in words. */
const char *pipeline_why(const struct collection *collection, hf_status status);

/** HF_OK if this thread collects a batch, else HF_INVALID. For functions that make a check. */
HF_MUST_USE hf_status pipeline_needs_batch(hf_client *client);

/** Let the session collect calls; `atomic` is for a batch. Returns HF_OK, HF_INVALID, HF_NO_MEMORY.
 */
HF_MUST_USE hf_status pipeline_begin(struct session *session, enum purpose purpose, bool atomic);

/** Whether it has neither calls nor checks. */
bool pipeline_is_empty(const struct collection *collection);

/** Append the frame of a batch, or of a wait for any, to `out`, and make the entry that settles it:
 * with its reply the entries of the collected calls are settled. Unless HF_OK, `out` is as it was.
 */
HF_MUST_USE hf_status pipeline_wrap(struct session *session, struct collection *collection,
                                    int64_t timeout_ms, struct call_entry *entry,
                                    struct buffer *out);

/** How many calls of a batch were done, as hf_batch_finish() tells; which one of a wait for any, as
 * hf_wait_any_finish() does. */
size_t pipeline_ran(const struct collection *collection);
size_t pipeline_first(const struct collection *collection);

/** Empty a collection that is no session's any more, so that the next one uses its memory. Returns
 * NULL if it was freed, since it had become large. */
struct collection *pipeline_reset(struct collection *collection);

/** Free a collection that is no session's any more. NULL is accepted. A cleanup handler. */
void pipeline_free(void *argument);

/** Free the session's collection, if it has one, and the memory that was kept for the next. */
void pipeline_forget(struct session *session);

#endif
