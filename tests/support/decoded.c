/* SPDX-License-Identifier: MIT
 *
 * See decoded.h. Each piece is an allocation of its own, so that the sanitizer sees what passes its
 * end.
 */
#include "decoded.h"

#include "wire_limits.h"

#include <stdlib.h>

struct decoded_block {
    struct decoded_block *next;
    _Alignas(max_align_t) unsigned char bytes[];
};

static void *take(void *from, size_t size) {
    struct decoded *decoded = from;
    if (decoded->blocks_max > 0 && decoded->block_count >= decoded->blocks_max) {
        return NULL;
    }
    struct decoded_block *block = malloc(sizeof *block + size);
    if (!block) {
        abort();
    }
    block->next = decoded->blocks;
    decoded->blocks = block;
    decoded->block_count++;
    decoded->bytes += size;
    return block->bytes;
}

hf_status decoded_make(struct decoded *decoded, const ProtobufCMessageDescriptor *descriptor,
                       const uint8_t *bytes, size_t len, unsigned depth_max, size_t bytes_max) {
    struct decoder decoder = {
        .depth_max = depth_max, .bytes_max = bytes_max, .take = take, .from = decoded};
    hf_status status = decode(&decoder, descriptor, bytes, len, &decoded->message);
    decoded->field = decoder.field;
    decoded->why = decoder.why;
    return status;
}

void decoded_drop(struct decoded *decoded) {
    while (decoded->blocks) {
        struct decoded_block *block = decoded->blocks;
        decoded->blocks = block->next;
        free(block);
    }
    *decoded = (struct decoded){0};
}

hf_status decoded_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
                        size_t len) {
    struct decoded decoded = {0};
    hf_status status =
        decoded_make(&decoded, descriptor, bytes, len, HF_MESSAGE_MAX_DEPTH, SIZE_MAX);
    decoded_drop(&decoded);
    return status;
}
