/* SPDX-License-Identifier: MIT
 *
 * The event loop around the core: it makes sessions of sockets, calls core_tick() by a timer, and
 * ends on a signal.
 */
#ifndef HF_SERVER_H
#define HF_SERVER_H

#include "core.h"
#include "listener.h"
#include "peer.h"

struct server;

struct server_config {
    struct core_config core;
    const struct listener *listeners; /**< open; must outlive the server */
    size_t listener_count;
    const struct peer_rules *allowed; /**< beside root and the own user; must outlive the server */
    bool insecure;                    /**< TCP clients need not prove that they know the key */
    size_t output_max_bytes;          /**< unsent: with more a session is not read */
    size_t unsent_max_bytes;          /**< with more, beside one frame, it is ended */
    size_t requests_per_turn_max;     /**< of one session, before the others are served */
    int64_t drain_timeout_ms;
    int64_t spin_us; /**< how long to poll for events before sleeping; 0: not at all */
    pid_t starter;   /**< drain when this process, the parent, is dead; 0: none */
    int starter_fd;  /**< a pidfd of it; -1: it is looked for again and again */
};

/** The time that the core is told. */
int64_t server_now_ms(void);

/** Returns NULL, with the reason as a diagnostic line, for want of memory or descriptors. */
struct server *server_new(const struct server_config *config);

/** Serve until SIGTERM, SIGINT or the starter's death, then drain. */
void server_run(struct server *server);

/** Close all connections and release everything. NULL is accepted. */
void server_free(struct server *server);

#endif
