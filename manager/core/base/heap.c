/* SPDX-License-Identifier: MIT
 *
 * See heap.h.
 */
#include "heap.h"

#include "mem.h"

#include <assert.h>

enum { ROOM_MIN = 16 };

void heap_init(struct heap *heap) {
    *heap = (struct heap){0};
}

void heap_fini(struct heap *heap) {
    assert(heap->len == 0);
    mem_free(heap->nodes);
    heap_init(heap);
}

static bool earlier(const struct heap_node *a, const struct heap_node *b) {
    return a->due != b->due ? a->due < b->due : a->serial < b->serial;
}

static void heap_put(struct heap *heap, size_t place, struct heap_node *node) {
    heap->nodes[place - 1] = node;
    node->place = place;
}

static void rise(struct heap *heap, struct heap_node *node, size_t place) {
    while (place > 1 && earlier(node, heap->nodes[place / 2 - 1])) {
        heap_put(heap, place, heap->nodes[place / 2 - 1]);
        place /= 2;
    }
    heap_put(heap, place, node);
}

static void sink(struct heap *heap, struct heap_node *node, size_t place) {
    while (place * 2 <= heap->len) {
        size_t child = place * 2;
        if (child < heap->len && earlier(heap->nodes[child], heap->nodes[child - 1])) {
            child++;
        }
        if (!earlier(heap->nodes[child - 1], node)) {
            break;
        }
        heap_put(heap, place, heap->nodes[child - 1]);
        place = child;
    }
    heap_put(heap, place, node);
}

bool heap_add(struct heap *heap, struct heap_node *node, int64_t due) {
    assert(node->place == 0);
    if (heap->len == heap->room) {
        size_t room = heap->room ? heap->room * 2 : ROOM_MIN;
        struct heap_node **nodes = mem_resize(heap->nodes, room * sizeof *nodes);
        if (!nodes) {
            return false;
        }
        heap->nodes = nodes;
        heap->room = room;
    }
    node->due = due;
    node->serial = heap->next_serial++;
    heap->len++;
    rise(heap, node, heap->len);
    return true;
}

void heap_remove(struct heap *heap, struct heap_node *node) {
    if (node->place == 0) {
        return;
    }
    size_t place = node->place;
    assert(place <= heap->len && heap->nodes[place - 1] == node);
    struct heap_node *last = heap->nodes[heap->len - 1];
    heap->len--;
    node->place = 0;
    if (last == node) {
        return;
    }
    if (place > 1 && earlier(last, heap->nodes[place / 2 - 1])) {
        rise(heap, last, place);
    } else {
        sink(heap, last, place);
    }
}

struct heap_node *heap_top(const struct heap *heap) {
    return heap->len > 0 ? heap->nodes[0] : NULL;
}
