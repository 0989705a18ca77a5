/* SPDX-License-Identifier: MIT
 *
 * What a client is inside: written once by hf_client_new(), only read after that, so that threads
 * share it without a lock. What changes is in sessions (session.h), one for each thread.
 */
#ifndef HF_CLIENT_H
#define HF_CLIENT_H

#include "address.h"
#include "wire_limits.h"

#include <holdfast/client.h>
#include <stddef.h>

struct hf_client {
    uint64_t serial; /* of this process's clients: a session belongs to this number, never to a
                        pointer */
    struct address address;
    char label[HF_LABEL_MAX_BYTES];
    int64_t connect_timeout_ms;
    int64_t answer_timeout_ms;
    int64_t spin_us;
    uint8_t key[HF_KEY_FILE_MAX_BYTES];
    size_t key_len; /* 0: no key */
    bool cut;       /* under the fork lock: its sessions connect no more */
};

/** A client with the same options, whose sessions are not those of the given one: hf_client_free().
 * NULL: no memory (the detail says so). */
struct hf_client *client_copy(const struct hf_client *client);

/** The label of a session that the calling thread opens now. */
const char *client_label(const struct hf_client *client);

/** In a new process, which has one thread: the label of all its threads, until one of them sets its
 * own. */
void client_label_process(const char *label);

#endif
