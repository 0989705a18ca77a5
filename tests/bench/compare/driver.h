/* SPDX-License-Identifier: MIT
 *
 * A system that is compared: the functions by which the same clients (clients.c) do the same tasks
 * (task.c) with each. A function that the system does not offer is NULL. To add a system, write a
 * file with such a table and put it into the contests (contests.c).
 *
 * A connection is used by one client at a time; its calls wait until they are answered. All of them
 * end the program when an answer is not as it should be.
 */
#ifndef COMPARE_DRIVER_H
#define COMPARE_DRIVER_H

#include "server.h"

#include <stdbool.h>
#include <stdint.h>

enum { KEY_BYTES = 16, IN_FLIGHT_MAX = 16 };

/** The first value of the shared number, and the value of every item of a dict. */
#define NUMBER_START INT64_C(1000000000)

/** The key with this number, which ends with NUL. */
void key_write(char key[KEY_BYTES + 1], uint64_t number);

struct driver {
    const char *name;
    struct server *server; /**< several drivers may share one */
    const char *script;    /**< not NULL: Python, by this name in manager.py; no functions */
    bool foreign;          /**< other people's, which may not be installed */

    /** `entries` says which of the dicts this client uses: the one with so many. */
    void *(*connect)(const char *socket, uint64_t entries);
    void (*disconnect)(void *connection);
    /** Set the number to NUMBER_START and let the lock be free. */
    void (*prepare)(void *connection);

    /** Set these items of the dict in as few requests as the system likes. */
    void (*fill)(void *connection, uint64_t first, unsigned count);
    /** Make `count` named numbers, each an object of its own. */
    void (*make)(void *connection, uint64_t first, unsigned count);
    void (*get)(void *connection, const char key[KEY_BYTES + 1], int64_t *value);
    void (*set)(void *connection, const char key[KEY_BYTES + 1], int64_t value);
    /** Gets and sets in between are sent at once; `finish` waits for all and fills in the values.
     */
    void (*begin)(void *connection);
    void (*finish)(void *connection);

    void (*subtract)(void *connection);              /**< 1 from the number, as one step */
    int64_t (*enter)(void *connection);              /**< acquire the lock, get the number */
    void (*leave)(void *connection, int64_t number); /**< set the number, release the lock */
    int64_t (*number)(void *connection);             /**< the number, without the lock */
    int64_t (*lease_left_ms)(void *connection);      /**< how long a dead holder holds on */

    void (*put)(void *connection, int64_t item);
    int64_t (*take)(void *connection); /**< waits until there is an item */

    /* Squares of the first `count` numbers, which are checked, by a pool of so many workers. It is
     * started by the first of these calls of a connection. */
    void (*map)(void *connection, unsigned workers, unsigned count);
    void (*apply)(void *connection, unsigned workers,
                  unsigned count);   /**< each a task of its own */
    void (*spawn)(void *connection); /**< one square, by a process of its own */
};

extern struct server holdfast_server;
extern const struct driver holdfast_driver;
extern const struct driver holdfast_folded_driver;
extern const struct driver holdfast_pool_driver;
extern const struct driver floor_driver;
extern const struct driver mutex_driver;
extern const struct driver memcached_driver;
extern const struct driver manager_driver;
extern const struct driver manager_own_lock_driver;
extern const struct driver queue_driver;
extern const struct driver pool_driver;
extern const struct driver redis_driver;
extern const struct driver redis_pipelined_driver;
extern const struct driver redis_lease_driver;

#endif
