/* SPDX-License-Identifier: MIT
 *
 * Integers of any size, in two's complement with the lowest byte first, as Any.big has them. The
 * shortest form of an integer is canonical, unless an int64 can say it.
 */
#ifndef HF_BIG_H
#define HF_BIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BIG_LEAST_BYTES = 9,       /* of a canonical one */
    BIG_OF_DOUBLE_BYTES = 129, /* at most: 1,024 bits and a sign */
    BIG_DECIMAL_MAX_BYTES = 4096
};

struct big {
    const uint8_t *bytes;
    size_t len;
};

static inline bool big_is_negative(struct big big) {
    return big.len > 0 && big.bytes[big.len - 1] >= 0x80;
}

/** The same integer without the bytes that only repeat its sign. */
struct big big_shorten(struct big big);

/** Whether it is an int64, and which. */
bool big_to_int(struct big big, int64_t *integer);

/** Whether it is the canonical form of an integer that is no int64. */
bool big_is_canonical(struct big big);

/** The order of two canonical ones: negative, 0 or positive. */
int big_compare(struct big a, struct big b);

/** The canonical form of a whole double that is no int64, in memory of the caller. */
struct big big_of_double(double real, uint8_t bytes[BIG_OF_DOUBLE_BYTES]);

#endif
