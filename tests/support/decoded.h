/* SPDX-License-Identifier: MIT
 *
 * Decoding for tests: into memory that is counted and can run out.
 */
#ifndef HF_DECODED_H
#define HF_DECODED_H

#include "decode.h"

struct decoded {
    ProtobufCMessage *message; /* with HF_OK */
    const char *field, *why;   /* otherwise */
    struct decoded_block *blocks;
    size_t block_count;
    size_t bytes; /* in them */
    size_t blocks_max;
};

/** Begin with {0}; where blocks_max is not 0, there is memory for so many only. */
hf_status decoded_make(struct decoded *decoded, const ProtobufCMessageDescriptor *descriptor,
                       const uint8_t *bytes, size_t len, unsigned depth_max, size_t bytes_max);

void decoded_drop(struct decoded *decoded);

/** Whether these bytes can be decoded, within the limits of the protocol. */
hf_status decoded_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
                        size_t len);

#endif
