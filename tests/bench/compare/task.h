/* SPDX-License-Identifier: MIT
 *
 * The tasks that clients repeat, in terms of a driver: the same for every system.
 */
#ifndef COMPARE_TASK_H
#define COMPARE_TASK_H

#include "driver.h"

/** One connection and how far it has come. */
struct client {
    const struct driver *driver;
    void *connection;
    uint64_t random;    /**< the state of a generator; not 0 */
    uint64_t turn;      /**< how often it has acted */
    uint64_t entries;   /**< of the dict */
    unsigned in_flight; /**< requests at once, or tasks of a pool */
    unsigned workers;   /**< of that pool */
};

/** Act once. Returns false when there is nothing more to do. */
typedef bool task_act(struct client *client);

struct task {
    const char *name;  /**< in manager.py, too */
    task_act *act;     /**< counts for as many operations as are in flight */
    task_act *produce; /**< what producers do, which are not counted: an item counts when taken */
    bool subtracts;    /**< each operation takes 1 from the number */
    bool once;         /**< the clock runs while clients connect, and each acts once */
};

extern const struct task task_get_set;
extern const struct task task_connect;
extern const struct task task_subtract;
extern const struct task task_locked;
extern const struct task task_put_take;
extern const struct task task_stream;
extern const struct task task_map;
extern const struct task task_apply;
extern const struct task task_spawn;

/** An item that says to a consumer that it was the last. */
enum { ITEM_LAST = -1 };

#endif
