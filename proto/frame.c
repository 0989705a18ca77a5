/* SPDX-License-Identifier: MIT
 *
 * See frame.h.
 */
#include "frame.h"

uint32_t frame_body_len(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void frame_put_header(uint8_t *bytes, uint32_t body_len) {
    bytes[0] = (uint8_t)(body_len >> 24);
    bytes[1] = (uint8_t)(body_len >> 16);
    bytes[2] = (uint8_t)(body_len >> 8);
    bytes[3] = (uint8_t)body_len;
}
