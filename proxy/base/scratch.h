/* SPDX-License-Identifier: MIT
 *
 * Memory for the parts of one message, released all at once. A small message fits into the struct
 * and needs no heap.
 */
#ifndef HF_SCRATCH_H
#define HF_SCRATCH_H

#include <stddef.h>

enum { SCRATCH_INLINE_BYTES = 512 };

struct scratch {
    unsigned char *at; /* free from here */
    unsigned char *end;
    struct scratch_block *blocks;
    size_t block_bytes; /* of the largest block */
    _Alignas(max_align_t) unsigned char bytes[SCRATCH_INLINE_BYTES];
};

void scratch_init(struct scratch *scratch);
void scratch_fini(struct scratch *scratch);

/** Memory for `count` things of `size` bytes, aligned for anything; NULL: no memory. */
void *scratch_take(struct scratch *scratch, size_t count, size_t size);

#endif
