/* SPDX-License-Identifier: MIT
 *
 * See histogram.h. Bucket 64 * e + s holds the times from (64 + s) << e up to the next; times under
 * 64 ns share the first ones.
 */
#include "histogram.h"

#include <stddef.h>

static size_t bucket_of(uint64_t time) {
    if (time < HISTOGRAM_STEPS) {
        return 0;
    }
    unsigned exponent = 63U - (unsigned)__builtin_clzll(time) - 6U;
    size_t bucket = (size_t)HISTOGRAM_STEPS * exponent + ((time >> exponent) - HISTOGRAM_STEPS);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static int64_t time_of(size_t bucket) {
    size_t exponent = bucket / HISTOGRAM_STEPS;
    return (int64_t)((HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << exponent);
}

void histogram_add(struct histogram *histogram, int64_t time_ns) {
    histogram_add_many(histogram, time_ns, 1);
}

void histogram_add_many(struct histogram *histogram, int64_t time_ns, uint32_t count) {
    histogram->buckets[bucket_of(time_ns > 0 ? (uint64_t)time_ns : 0)] += count;
    histogram->count += count;
    if (histogram->longest_ns < time_ns) {
        histogram->longest_ns = time_ns;
    }
}

int64_t histogram_percentile(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)(share * (double)histogram->count);
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > wanted) {
            return time_of(i);
        }
    }
    return 0;
}

void histogram_merge(struct histogram *histogram, const struct histogram *more) {
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        histogram->buckets[i] += more->buckets[i];
    }
    histogram->count += more->count;
    if (histogram->longest_ns < more->longest_ns) {
        histogram->longest_ns = more->longest_ns;
    }
}
