/* SPDX-License-Identifier: MIT
 *
 * All limits that both halves know. A limit with an option of holdfastd is a default.
 */
#ifndef HF_WIRE_LIMITS_H
#define HF_WIRE_LIMITS_H

#define HF_PROTOCOL_VERSION 1

#define HF_FRAME_HEADER_BYTES 4
#define HF_VARINT_MAX_BYTES 10u
#define HF_FRAME_MAX_BYTES (16u << 20)                  /* a message to the manager */
#define HF_REPLY_MAX_BYTES (HF_FRAME_MAX_BYTES + 4096u) /* a value that fitted a request fits */
#define HF_HELLO_MAX_BYTES 4096u                        /* a frame before the Welcome */
#define HF_CALL_ARENA_MAX_BYTES (64u << 20)             /* a request once decoded */
#define HF_WAITING_MAX_BYTES (64u << 20)                /* all waiting calls of one session */
#define HF_VALUE_MAX_DEPTH 32u                          /* lists and maps inside each other */
/* A map takes three messages for each level: AnyMap, Item, Any. Around the first Any there are at
 * most 8 (Reply, First, Reply, Changes, Change, Request, DictUpdate, Item). */
#define HF_MESSAGE_MAX_DEPTH (3u * HF_VALUE_MAX_DEPTH + 12u)
#define HF_KEY_MAX_BYTES (64u << 10)
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
#define HF_DETAIL_MAX_BYTES 1024u
#define HF_NONCE_BYTES 32u
#define HF_FAMILY_BYTES 16u
#define HF_PROOF_BYTES 32u
#define HF_KEY_FILE_MIN_BYTES 16u
#define HF_KEY_FILE_MAX_BYTES 4096u

#endif
