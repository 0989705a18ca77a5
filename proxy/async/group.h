/* SPDX-License-Identifier: MIT
 *
 * A group: calls that were submitted together, until their completion was told.
 */
#ifndef HF_GROUP_H
#define HF_GROUP_H

#include "call.h"
#include "pipeline.h"

#include <holdfast/async.h>

/* What each call touches comes first: a loop has many of these in turn. */
struct group {
    struct group *next; /* in the list that it is in */
    struct collection *collection;
    size_t unsettled; /* entries without a reply */
    char *detail;     /* of its first failure; NULL: none */
    hf_async_done *done;
    void *data;
    int64_t wait_ms;          /* how long the answers may take */
    int64_t due_ms;           /* of the answers, since it was sent */
    struct buffer frames;     /* until they are sent */
    struct exchange exchange; /* its entries: those of the collection, or `wrapping` */
    uint64_t oldest;          /* the smallest id of an object in the frames */
    uint64_t run;             /* of the manager, in which it was collected, if it goes on with what
                                   was begun there; 0: in any */
    uint64_t renewed;         /* the run whose ids its frames have got; 0: none */
    struct buffer former;     /* what they were before */
    hf_status *statuses;      /* of more than one call */
    size_t capacity;          /* of them */
    struct call_entry wrapping; /* of a batch, or a wait for any */
};

/* A list of groups, first in, first out. */
struct groups {
    struct group *first;
    struct group *last;
};

void groups_append(struct groups *groups, struct group *group);

/** Put it before the others. */
void groups_push(struct groups *groups, struct group *group);

/** Take out the first; NULL: there is none. */
struct group *groups_take(struct groups *groups);

/** Append all of `from`, which is empty then. */
void groups_move(struct groups *groups, struct groups *from);

/** A group without calls. NULL: no memory. */
struct group *group_new(void);

void group_free(struct group *group);

/** Give back its calls and texts; the memory for the next calls stays. */
void group_clear(struct group *group);

/** Make it of what the session has collected. Returns HF_OK; otherwise its calls are to be dropped:
 * HF_INVALID, HF_TOO_BIG, HF_NO_MEMORY. */
HF_MUST_USE hf_status group_make(struct group *group, struct session *session,
                                 struct collection *collection, int64_t timeout_ms);

/** How many of its requests wait at the manager, or will. */
size_t group_calls(const struct group *group);

/** The number by which the program knows it: that of its first request. */
uint64_t group_id(const struct group *group);

/** Take a message for one of its requests. Returns HF_OK, or a fatal status. */
HF_MUST_USE hf_status group_take(struct group *group, const struct message *message);

/** End the calls that have no answer with this status, whose detail is hf_last_detail(). */
void group_fail(struct group *group, hf_status status);

/** Whether it was one call, and its completion points to nothing but its status. */
bool group_is_plain(const struct group *group);

/** Tell the program; the completion points into the group. */
void group_complete(const struct group *group, hf_completion *completion);

#endif
