/* SPDX-License-Identifier: MIT
 *
 * The scoreboard of decrement.c: shows the count while the workers run and adds up their reports.
 * A worker's report travels through a queue as a list of three numbers.
 */
#ifndef EXAMPLES_TALLY_H
#define EXAMPLES_TALLY_H

#include "support.h"

/** What a worker says when it is done. */
struct report {
    int64_t number;
    int64_t longest_wait_ns;
    int64_t done_ns; /**< when, on the clock of now_ns() */
};

struct tally {
    int64_t total;    /**< sections of all workers */
    int64_t start_ns; /**< when the workers were let go */
    int workers;
    int reported;
    struct report longest; /**< of the worker that had the longest wait */
    int64_t least_wait_ns; /**< the longest wait of the worker that was luckiest */
    int64_t first_done_ns;
    int64_t last_done_ns;
    int quarters; /**< of the progress already shown, where it is no terminal */
};

void tally_send(hf_queue reports, const struct report *report);

/** Take reports until all workers in `crew` have sent theirs, or have ended without; show `count`
 *  every now and then. */
void tally_collect(struct tally *tally, hf_queue reports, hf_value count, struct crew *crew);

/** Say how it went; `what` they waited for. */
void tally_print(const struct tally *tally, const char *what);

#endif
