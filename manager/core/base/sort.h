/* SPDX-License-Identifier: MIT
 *
 * A stable merge sort that the caller gives its memory to, so that it cannot fail. n log n
 * comparisons at most, n - 1 for what is sorted already, and every item is compared at least once.
 */
#ifndef HF_SORT_H
#define HF_SORT_H

#include <stdbool.h>
#include <stddef.h>

/** Whether `a`, which came behind `b`, must go before it. */
typedef bool sort_before(void *context, const void *a, const void *b);

/** The items to sort: `count` of `size` bytes, and as much room again. */
struct sort_span {
    void *items;
    void *spare;
    size_t count;
    size_t size;
};

void sort_stable(struct sort_span span, sort_before *before, void *context);

#endif
