/* SPDX-License-Identifier: MIT
 *
 * The world around the core: sockets become sessions, one timer calls core_tick(), signals end it.
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
    size_t output_max_bytes;          /**< unsent: above this a session is not read */
    size_t unsent_max_bytes;          /**< and one frame: above this it is ended */
    size_t requests_per_turn_max;     /**< of one session, before it is the others' turn */
    int64_t drain_timeout_ms;
    int64_t spin_us; /**< to look for the next event before sleeping; 0: not at all */
    int starter_fd;  /**< when this pidfd says that its process is dead, drain; -1: none */
};

/** The time by the clock that the core lives by. */
int64_t server_now_ms(void);

/** Returns NULL, and has said why, when it cannot be. */
struct server *server_new(const struct server_config *config);

/** Serve until SIGTERM, SIGINT or the starter's death, and to the end of the draining that follows.
 */
void server_run(struct server *server);

/** Hang up on everybody and release everything. NULL is accepted. */
void server_free(struct server *server);

#endif
