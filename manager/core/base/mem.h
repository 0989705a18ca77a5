/* SPDX-License-Identifier: MIT
 *
 * Memory: every allocation of the manager goes through here, so that it is counted, bounded, and
 * can be made to fail by a test. Process-wide, as malloc itself; not for threads.
 */
#ifndef HF_MEM_H
#define HF_MEM_H

#include <stdbool.h>
#include <stddef.h>

/** Zeroed memory, or NULL: at the limit, or none left. */
void *mem_alloc(size_t size);

/** `memory` with room for `size` bytes; NULL leaves it as it was. */
void *mem_resize(void *memory, size_t size);

/** NULL is accepted. */
void mem_free(void *memory);

/** Bytes in use. */
size_t mem_used(void);

/** Refuse what would bring mem_used() above this. */
void mem_set_limit(size_t bytes);

/** Before that, call this as long as it returns true: it has freed something. NULL: nothing can be.
 */
void mem_set_reclaim(bool (*function)(void *context), void *context);

/** For tests: let the n-th allocation from now fail (1: the next), and only that one; 0: none. */
void mem_fail_at(size_t n);

/** For tests: whether that failure has happened. */
bool mem_failed(void);

#endif
