/* SPDX-License-Identifier: MIT
 *
 * A frame is a 32-bit big-endian length and one protobuf message: decode.h, encode.h.
 */
#ifndef HF_FRAME_H
#define HF_FRAME_H

#include <stdint.h>

/** The length of the body, from a header of HF_FRAME_HEADER_BYTES. */
uint32_t frame_body_len(const uint8_t *bytes);

/** Write a frame's header. */
void frame_put_header(uint8_t *bytes, uint32_t body_len);

#endif
