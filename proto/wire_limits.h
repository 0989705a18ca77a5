/* SPDX-License-Identifier: MIT
 *
 * All limits that both halves know. A limit with an option of holdfastd is a default.
 */
#ifndef HF_WIRE_LIMITS_H
#define HF_WIRE_LIMITS_H

#define HF_PROTOCOL_VERSION 1

#define HF_FRAME_HEADER_BYTES 4
#define HF_VARINT_MAX_BYTES 10u
#define HF_FRAME_MAX_BYTES (16u << 20) /* a message to the manager; --max-frame */
/* A length of 31 bits, so that no reader of a reply has to take it for negative. */
#define HF_FRAME_LIMIT_BYTES ((1u << 31) - 1 - HF_REPLY_OVERHEAD_BYTES)
#define HF_FRAME_LEAST_BYTES (64u << 10)
#define HF_FRAME_PRIVATE_BYTES (1u << 30) /* of a private manager, whose clients are its own */
/* A reply may be so much longer, so that a value that fitted a request fits: room for a
 * detail, which a batch repeats, and for numbers. */
#define HF_REPLY_OVERHEAD_BYTES 4096u
#define HF_REPLY_MAX_BYTES (HF_FRAME_MAX_BYTES + HF_REPLY_OVERHEAD_BYTES)
/* A reply that takes as many items, changes or results as there are: longer only for one alone. */
#define HF_GATHER_MAX_BYTES (16u << 20)
#define HF_HELLO_MAX_BYTES 4096u /* a frame before the Welcome */
/* The memory of one call, and of all waiting calls of one session; so many times a frame if that is
 * more. Half of it may be the decoded request. */
#define HF_CALL_MEMORY_LEAST_BYTES ((size_t)64 << 20)
#define HF_CALL_MEMORY_PER_FRAME 4u
#define HF_VALUE_MAX_DEPTH 32u /* lists and maps inside each other */
/* A value is one message, whatever is nested in it. Around it are at most 8 (Reply, First, Reply,
 * Changes, Change, Request, DictUpdate, Item); requests in requests may go deeper before they are
 * refused. */
#define HF_MESSAGE_MAX_DEPTH 108u
#define HF_KEY_MAX_BYTES (1u << 20)
#define HF_NAME_MAX_BYTES 1024u
#define HF_LABEL_MAX_BYTES 256u
#define HF_BATCH_MAX_REQUESTS 1024u
#define HF_WAIT_ANY_MAX_REQUESTS 256u
#define HF_ACQUIRE_MANY_MAX_LOCKS 64u
#define HF_PAGE_MAX_ITEMS 10000u
#define HF_LISTING_MAX_ENTRIES 1000u
#define HF_ENTRIES_MAX 1000u /* in a page of a queue */
#define HF_PREFIX_WATCHES_MAX                                                                      \
    64u /* in a manager: each change of a named object checks all of them */
#define HF_CHANGES_DEFAULT 1024u /* kept by a watch */
#define HF_CHANGES_MAX 1000000u
#define HF_CHANGES_DEFAULT_BYTES (1u << 20)
#define HF_CHANGES_MAX_BYTES (256u << 20)
#define HF_CHANGE_BYTES 64u        /* counted for each, beside its name and its request */
#define HF_CHANGES_PAGE_MAX 1000u  /* in one reply */
#define HF_FUNCTION_MAX_BYTES 255u /* the name of a task's function */
#define HF_PRIORITY_MAX 10         /* of a task; the least is its negative */
#define HF_SUBMISSIONS_MAX 1024u   /* in one request */
#define HF_RESULTS_MAX 1024u       /* in one reply */
#define HF_WORKER_TASKS_MAX 64u    /* of one worker at a time */
#define HF_WORKERS_GONE_MAX 1024u  /* of a supervisor, not reported by it yet */
#define HF_PIN_MAX_OBJECTS 1024u
#define HF_PIN_MAX_MS 600000u
#define HF_WORKERS_SHOWN 1000u
#define HF_PROGRESS_MAX_BYTES 4096u /* of a task's report */
#define HF_TAG_MAX_BYTES 64u
#define HF_ATTACHMENT_MAX_BYTES 65536u
#define HF_DETAIL_MAX_BYTES 1024u
#define HF_NONCE_BYTES 32u
#define HF_FAMILY_BYTES 16u
#define HF_PROOF_BYTES 32u
#define HF_KEY_FILE_MIN_BYTES 16u
#define HF_KEY_FILE_MAX_BYTES 4096u

#endif
