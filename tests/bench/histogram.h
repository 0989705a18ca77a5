/* SPDX-License-Identifier: MIT
 *
 * A histogram of times: 64 buckets for each power of two, so that a percentile is right to 2 %,
 * and adding takes the same few instructions for any time up to a minute.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * 32 };

struct histogram {
    uint64_t count;
    int64_t longest_ns; /**< to the nanosecond */
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t time_ns);

void histogram_add_many(struct histogram *histogram, int64_t time_ns, uint32_t count);

/** The time that this share of them (0.5: half) did not pass; 0 of an empty one. */
int64_t histogram_percentile(const struct histogram *histogram, double share);

/** Add all of `more`. */
void histogram_merge(struct histogram *histogram, const struct histogram *more);

#endif
