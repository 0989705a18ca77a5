/* SPDX-License-Identifier: MIT
 *
 * Tasks that were accepted and are to be sent. Their records lie one after the other, encoded, so
 * that a request is made by copying bytes. All functions are called under the pool's mutex.
 */
#ifndef HF_OUTBOX_H
#define HF_OUTBOX_H

#include "buffer.h"
#include "job.h"

#include <protobuf-c/protobuf-c.h>

struct outbox {
    struct link tasks;
    struct buffer records; /* of all these tasks, in order */
    size_t count;
};

/* The first tasks of an outbox, for one request. */
struct submit_request {
    ProtobufCMessageUnknownField records; /* in the outbox's memory */
    size_t task_count;
};

void outbox_init(struct outbox *box);
bool outbox_empty(const struct outbox *box);

/** The first task; NULL: it is empty. The one after a task; NULL: that is the last. */
struct task *outbox_first(const struct outbox *box);
struct task *outbox_next(const struct outbox *box, const struct task *task);

/** Append a task with its record of `task->record_len` bytes. The outbox holds its job.
 * Returns false: no memory. */
bool outbox_append(struct outbox *box, struct task *task, const uint8_t *record);

/** Remove tasks that have ended from the front. Then pack the first tasks, at most `task_max`, up
 * to one that has ended. Packed tasks are SENT. */
void outbox_pack(struct outbox *box, size_t task_max, struct submit_request *request);

/** The manager has taken the first `taken` of the packed tasks: they leave the outbox. The others
 * are HERE again, unless they have ended. */
void outbox_unpack(struct outbox *box, const struct submit_request *request, uint64_t taken);

/** Remove all tasks. */
void outbox_clear(struct outbox *box);

void outbox_fini(struct outbox *box);

#endif
