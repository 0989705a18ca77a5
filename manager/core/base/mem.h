/* SPDX-License-Identifier: MIT
 *
 * Memory: every allocation of the manager goes through here, so that it is counted, bounded, and
 * can be made to fail by a test. Each core has a count and a limit of its own, and makes them the
 * current ones when it is entered. Not for threads.
 */
#ifndef HF_MEM_H
#define HF_MEM_H

#include <stdbool.h>
#include <stddef.h>

/** How much memory is in use, and how much may be. All zero but the limit at first. */
struct memory {
    size_t used; /**< bytes */
    size_t limit;
    /** Before an allocation is refused, this is called as long as it returns true: it has freed
     * something. NULL: nothing can be freed. */
    bool (*reclaim)(void *context);
    void *context;
};

extern struct memory *mem_current;

/** From now on allocate from this, and free to it. */
static inline void mem_use(struct memory *memory) {
    mem_current = memory;
}

/** From now on allocations are in no core. */
void mem_use_none(void);

/** This memory is not used any more. Bytes that were not freed now count as in no core, and so do
 * later allocations. */
void mem_end(const struct memory *memory);

/** Zeroed memory, or NULL: at the limit, or none left. */
void *mem_alloc(size_t size);

/** The same beyond the limit, for what is small and must be. It counts as used. */
void *mem_alloc_beyond(size_t size);

/** `memory` with room for `size` bytes; NULL leaves it as it was. */
void *mem_resize(void *memory, size_t size);

/** Count `size` bytes that somebody else has allocated. false: they are refused, as an allocation
 * of so many would be. */
bool mem_count(size_t size);
/** They are in use no longer. */
void mem_uncount(size_t size);

/** NULL is accepted. */
void mem_free(void *memory);

/** Whether three quarters of the limit are in use. */
bool mem_is_scarce(void);

/** Bytes in use. */
size_t mem_used(void);

/** Refuse what would bring mem_used() above this. */
void mem_set_limit(size_t bytes);

/** For tests: let the n-th allocation from now fail (1: the next), and only that one; 0: none. */
void mem_fail_at(size_t n);

/** For tests: whether that failure has happened. */
bool mem_failed(void);

#endif
