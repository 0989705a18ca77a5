/* SPDX-License-Identifier: MIT
 *
 * The scoreboard of decrement.c: it shows the count while the workers run and adds up their
 * reports. A worker sends its report through a queue, as a list of three numbers.
 */
#ifndef EXAMPLES_TALLY_H
#define EXAMPLES_TALLY_H

#include "support.h"

/** The report of a worker that is done. */
struct report {
    int64_t number;
    int64_t longest_wait_ns;
    int64_t done_ns; /**< on the clock of now_ns() */
};

struct tally {
    int64_t total;    /**< sections of all workers */
    int64_t start_ns; /**< when all workers started to count */
    int workers;
    int reported;
    struct report longest; /**< of the worker with the longest wait */
    int64_t least_wait_ns; /**< the shortest of the workers' longest waits */
    int64_t first_done_ns;
    int64_t last_done_ns;
    int quarters; /**< of the progress shown so far, if it is no terminal */
};

void tally_send(hf_queue reports, const struct report *report);

/** Take reports until all workers have sent theirs, or have ended without one; show `count` now and
 *  then. */
void tally_collect(struct tally *tally, hf_queue reports, hf_value count,
                   struct workers *processes);

/** Print the result; `what` is what the workers waited for. */
void tally_print(const struct tally *tally, const char *what);

#endif
