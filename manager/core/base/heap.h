/* SPDX-License-Identifier: MIT
 *
 * A binary heap of things with a due time, the earliest on top. Each thing embeds a node, so it can
 * be removed from the middle in O(log n). Equal times come out in the order in which they went in.
 */
#ifndef HF_HEAP_H
#define HF_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    int64_t due;
    uint64_t serial; /* order among equals */
    size_t place;    /* in the heap, from 1; 0: not in it */
};

struct heap {
    struct heap_node **nodes;
    size_t len;
    size_t room;
    uint64_t next_serial;
};

void heap_init(struct heap *heap);
void heap_fini(struct heap *heap);

/** Put in a node that is in no heap, due at `due`. false: no memory, unchanged. */
bool heap_add(struct heap *heap, struct heap_node *node, int64_t due);

/** Take a node out; nothing happens if it is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);

/** The earliest; NULL if there is none. */
struct heap_node *heap_top(const struct heap *heap);

#endif
