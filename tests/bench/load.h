/* SPDX-License-Identifier: MIT
 *
 * The clients, the same for every server, so that what differs between two runs is the server.
 * Frames are packed beforehand; of a reply only the id and the status are looked at. Either one
 * process drives all clients by epoll, which is as cheap as a client can be, or each is a process
 * that sleeps until it is answered, as workers are.
 *
 * A client has a number of slots, one request each in flight. A slot goes round its steps (acquire,
 * get, set, release, say) and sends the next when the last was answered.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { LOAD_FRAME_MAX = 96, LOAD_STEPS_MAX = 4, LOAD_SLOTS_MAX = 16 };

struct load_frame {
    size_t len;
    uint8_t bytes[LOAD_FRAME_MAX];
};

struct load_slot {
    struct load_frame steps[LOAD_STEPS_MAX];
    unsigned step_count;
    unsigned ops;        /**< how many operations one round of the steps counts for */
    unsigned resource;   /**< for callbacks that read replies */
    unsigned step;       /**< the one that is in flight */
    bool idle;           /**< nothing is */
    int64_t op_began_ns; /**< when the operation was begun */
};

/** Look at a reply to the slot's present step and perhaps change the steps after it. */
typedef void load_look(struct load_slot *slot, const uint8_t *body, size_t len);

struct load_client {
    int fd; /**< introduced, if that is needed; blocking */
    struct load_slot slots[LOAD_SLOTS_MAX];
};

struct load {
    struct load_client *clients;
    size_t client_count;
    unsigned in_flight; /**< slots of each client that are used; slot i has the id i + 1 */
    load_look *look;    /**< NULL: none */
    pid_t server;
    bool processes; /**< each client is a process */
};

struct load_result {
    uint64_t trips; /**< requests answered in the time */
    uint64_t ops;
    int64_t wall_ns;
    int64_t server_cpu_ns;
    int64_t client_cpu_ns;
};

/** Run for this long, after some time to warm up; every slot ends at its first step. Times of
 *  operations are added to `times`. Ends the program with a message if a reply is not as it should
 *  be. */
struct load_result load_run(const struct load *load, int64_t time_ms, struct histogram *times);

#endif
