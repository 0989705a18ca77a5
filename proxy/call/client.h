/* SPDX-License-Identifier: MIT
 *
 * The inside of a client. hf_client_new() writes it once, and threads share it without a lock. Each
 * thread has a session of its own (session.h) for all that changes.
 */
#ifndef HF_CLIENT_H
#define HF_CLIENT_H

#include "address.h"
#include "bell.h"
#include "wire_limits.h"

#include <holdfast/client.h>
#include <stdbool.h>
#include <stddef.h>

struct hf_client {
    uint64_t serial; /* of this process's clients: sessions refer to it by this number */
    struct address address;
    char label[HF_LABEL_MAX_BYTES];
    int64_t connect_timeout_ms;
    bool waits_for_manager; /* for one that is not there yet, as long as connect_timeout_ms */
    int64_t answer_timeout_ms;
    int64_t spin_us;
    int64_t leave_ms; /* of its sessions: session.h */
    uint8_t key[HF_KEY_FILE_MAX_BYTES];
    size_t key_len;            /* 0: no key */
    bool cut;                  /* under the fork lock: its sessions connect no more */
    bool alone;                /* its sessions share no references with others of the process */
    bool deaf;                 /* nothing interrupts its waits */
    struct bells *bells;       /* of the threads that use it or a copy of it */
    struct openings *openings; /* to open objects again; NULL: it does not */
};

/** A client with the same options and sessions of its own, to be freed with hf_client_free(). It
 * opens nothing again, and its sessions share no references with others. NULL: no memory (the
 * detail says so). */
struct hf_client *client_copy(const struct hf_client *client);

/** The label that a session of the calling thread has if it is opened now. */
const char *client_label(const struct hf_client *client);

/** In a new process, which has one thread: set the label of each thread that sets none of its
 * own. */
void client_label_process(const char *label);

#endif
