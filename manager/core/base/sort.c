/* SPDX-License-Identifier: MIT
 *
 * See sort.h. Bottom-up: runs of 1, 2, 4 ... items are merged from one memory to the other and
 * back.
 */
#include "sort.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct order {
    sort_before *before;
    void *context;
    size_t size;
};

/* Merge the run up to `middle` and the one from there to `end`. An item of the second goes first
 * only where it must: that is what makes it stable. */
static void sort_merge(const struct order *order, const uint8_t *left, const uint8_t *middle,
                       const uint8_t *end, uint8_t *to) {
    const size_t size = order->size;
    const uint8_t *right = middle;
    if (right < end && !order->before(order->context, right, middle - size)) {
        memcpy(to, left, (size_t)(end - left)); /* in order as they are */
        return;
    }
    while (left < middle && right < end) {
        const uint8_t **from = order->before(order->context, right, left) ? &right : &left;
        memcpy(to, *from, size);
        *from += size;
        to += size;
    }
    memcpy(to, left, (size_t)(middle - left));
    memcpy(to + (middle - left), right, (size_t)(end - right));
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

void sort_stable(struct sort_span span, sort_before *before, void *context) {
    assert(span.size > 0 && span.count <= SIZE_MAX / 2 / span.size);
    if (span.count < 2) {
        return;
    }
    struct order order = {before, context, span.size};
    const size_t total = span.count * span.size;
    uint8_t *from = span.items;
    uint8_t *to = span.spare;
    for (size_t run = span.size; run < total; run *= 2) {
        for (size_t at = 0; at < total; at += 2 * run) {
            size_t middle = least(at + run, total);
            size_t end = least(at + 2 * run, total);
            sort_merge(&order, from + at, from + middle, from + end, to + at);
        }
        uint8_t *merged = to;
        to = from;
        from = merged;
    }
    if (from != span.items) {
        memcpy(span.items, from, total);
    }
}
