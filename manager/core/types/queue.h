/* SPDX-License-Identifier: MIT
 *
 * Shared by queue.c and queue_list.c.
 */
#ifndef HF_QUEUE_H
#define HF_QUEUE_H

#include "drain.h"
#include "object.h"
#include "queue_items.h"

struct queue {
    struct object object;
    struct queue_items items;
    struct drain drain; /* of delayed items, after an abort; of all and its leases, once deleted */
    uint64_t max_items; /* 0: only the manager's limit */
    uint64_t max_bytes; /* 0: no limit */
    struct link producers;
    Hf__QueueOrder order;
    bool auto_close; /* close it when its last producer is gone */
    bool closed;
};

static inline struct queue *queue_of(const struct call *call) {
    return (struct queue *)call->object;
}

/* Operations, for the table in queue.c. */
hf_status queue_set_aside_list(struct call *call);
hf_status queue_set_aside_return(struct call *call);
hf_status queue_set_aside_drop(struct call *call);
hf_status queue_list(struct call *call);
hf_status queue_state(struct call *call);

#endif
