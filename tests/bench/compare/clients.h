/* SPDX-License-Identifier: MIT
 *
 * The clients: processes, each with one connection, as the users' workers are; where that would be
 * thousands, with several threads of one connection each. They connect, start together, and do
 * their task in a closed loop until the time is over. They count in memory that they share with
 * this process.
 */
#ifndef COMPARE_CLIENTS_H
#define COMPARE_CLIENTS_H

#include "histogram.h"
#include "task.h"

#include <stdint.h>

/** So many clients, each with so many requests in flight. */
struct shape {
    unsigned clients;
    unsigned in_flight;
    unsigned producers; /**< of the clients, where the task has such */
    uint64_t entries;   /**< of the dict they use */
    unsigned workers;   /**< of the pool they use */
};

struct outcome {
    uint64_t ops;
    int64_t wall_ns;
    int64_t server_cpu_ns;
    int64_t client_cpu_ns;
};

enum { PROCESSES_MAX = 1000 };

/** Run for this long, after some time to warm up. The server must run. Times of operations are
 *  added to `times`. Gives up if what was counted and what the server has differ. */
struct outcome clients_run(const struct driver *driver, const struct task *task,
                           const struct shape *shape, int64_t time_ms, struct histogram *times);

#endif
