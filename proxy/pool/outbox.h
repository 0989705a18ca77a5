/* SPDX-License-Identifier: MIT
 *
 * Tasks that were accepted here and are to be sent: their records, one after the other, as the wire
 * has them, so that a request is made of them by copying bytes. All under the pool's mutex.
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

enum { REQUEST_RUNS_MAX = 64 };

/* What goes with one request: records that lie beside each other are one run of bytes. It points
 * into the outbox. */
struct submit_request {
    ProtobufCMessageUnknownField runs[REQUEST_RUNS_MAX];
    unsigned run_count;
    size_t task_count;
};

void outbox_init(struct outbox *box);
bool outbox_empty(const struct outbox *box);

/** The first task; NULL: it is empty. The one after a task; NULL: that is the last. */
struct task *outbox_first(const struct outbox *box);
struct task *outbox_next(const struct outbox *box, const struct task *task);

/** Append a task with its record of `task->record_len` bytes. Its job is held until it leaves.
 * Returns false: no memory. */
bool outbox_append(struct outbox *box, struct task *task, const uint8_t *record);

/** Pack the first tasks, at most so many, but those that have ended meanwhile. They are SENT. */
void outbox_pack(struct outbox *box, size_t task_max, struct submit_request *request);

/** Of those that were packed, so many were taken by the manager: they, and those in front that have
 * ended, leave the outbox. The others are HERE again. */
void outbox_unpack(struct outbox *box, size_t taken);

/** All leave it. */
void outbox_clear(struct outbox *box);

void outbox_fini(struct outbox *box);

#endif
