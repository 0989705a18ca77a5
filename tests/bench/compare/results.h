/* SPDX-License-Identifier: MIT
 *
 * The results of the contests, and figures other than rates.
 */
#ifndef COMPARE_RESULTS_H
#define COMPARE_RESULTS_H

#include "contest.h"

#include <stdio.h>

/** One system in one shape of a contest, in several rounds. */
struct result {
    const struct contest *contest;
    struct shape shape;
    const struct driver *driver;
    unsigned rounds; /**< that have succeeded */
    bool failed;     /**< in the one after them */
    struct outcome outcomes[ROUNDS_MAX];
    struct histogram times; /**< of all rounds */
};

typedef double result_metric(const struct outcome *outcome);
result_metric metric_ops;       /**< operations per second */
result_metric metric_server_us; /**< the server's CPU time for an operation */
result_metric metric_client_us; /**< the same of the clients */
result_metric metric_cpu_us;    /**< of both */

/** Make room for results and figures, which attempts share. */
void results_begin(void);

/** A new one, for the rounds to be added to; it lasts. */
struct result *results_add(const struct contest *contest, const struct shape *shape,
                           const struct driver *driver);

/** NULL if it was not measured. `entries` 0: any. */
const struct result *results_find(const char *contest, unsigned clients, uint64_t entries,
                                  const char *driver);

/** The median of the rounds. */
double result_median(const struct result *result, result_metric *metric);

/** The median of the ratio of `a` to `b`: in one contest of each round's, as they were measured one
 *  right after the other. */
double result_ratio(const struct result *a, const struct result *b, result_metric *metric);

/** Something else that was found out. `value` is negative if it never happens. */
void figures_add(const char *name, const char *driver, double value, const char *unit);
/** NULL: it was not. */
const double *figures_find(const char *name, const char *driver);

/** Write all of them as tab-separated values. */
void results_write(FILE *file);
void figures_write(FILE *file);

#endif
