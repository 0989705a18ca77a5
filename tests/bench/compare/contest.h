/* SPDX-License-Identifier: MIT
 *
 * Contests. In each, several systems do the same task in several shapes. The rounds alternate
 * between the systems, A B A B, so that other work on the machine slows all of them alike.
 */
#ifndef COMPARE_CONTEST_H
#define COMPARE_CONTEST_H

#include "clients.h"

enum { ROUNDS_MAX = 32, SHAPES_MAX = 4, DRIVERS_MAX = 8, ENTRIES_DEFAULT = 1000 };

struct contest {
    const char *name;
    const struct task *task;
    struct shape shapes[SHAPES_MAX]; /**< no clients: the end; entries 0: ENTRIES_DEFAULT */
    const struct driver *drivers[DRIVERS_MAX];
};

extern const struct contest contests[];
extern const unsigned contest_count;

/** How much of it is to be done. */
struct plan {
    int64_t time_ms; /**< of each round */
    unsigned rounds;
    unsigned attempt_s; /**< how long one round, or another part, may take; then it has failed */
    unsigned
        budget_s; /**< how long all of it may take, but for one round of each; 0: as it takes */
    unsigned clients_max;        /**< shapes with more are left out */
    unsigned script_clients_max; /**< the same for Python, whose processes take long to start */
    unsigned kills;
    uint64_t entries_max;
    uint64_t memory_entries; /**< to find out what one takes */
    unsigned memory_objects;
    bool own_only;    /**< nothing that others have made */
    const char *only; /**< the contests whose name contains this; NULL: all */
};

/** Whether the plan has this system, and it is installed. */
bool driver_takes_part(const struct plan *plan, const struct driver *driver);

int64_t contest_clock_ms(void);

/** Measure a contest and add what comes of it to the results. `time_ms`: when this time is over,
 *  after the first round, no other begins. */
void contest_run(const struct contest *contest, const struct plan *plan, int64_t time_ms);

#endif
