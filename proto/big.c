/* SPDX-License-Identifier: MIT */
#include "big.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct big big_shorten(struct big big) {
    const uint8_t sign = big_is_negative(big) ? 0xff : 0;
    while (big.len > 0 && big.bytes[big.len - 1] == sign &&
           (big.len == 1 ? sign == 0 : (big.bytes[big.len - 2] ^ sign) < 0x80)) {
        big.len--;
    }
    return big;
}

bool big_to_int(struct big big, int64_t *integer) {
    const struct big least = big_shorten(big);
    uint64_t bits = big_is_negative(least) ? UINT64_MAX : 0;
    if (least.len > sizeof bits) {
        return false;
    }
    for (size_t i = least.len; i > 0; i--) {
        bits = bits << 8 | least.bytes[i - 1];
    }
    *integer = (int64_t)bits;
    return true;
}

bool big_is_canonical(struct big big) {
    return big.len >= BIG_LEAST_BYTES && big_shorten(big).len == big.len;
}

int big_compare(struct big a, struct big b) {
    const bool negative = big_is_negative(a);
    if (negative != big_is_negative(b)) {
        return negative ? -1 : 1;
    }
    if (a.len != b.len) {
        return (a.len < b.len) == negative ? 1 : -1;
    }
    for (size_t i = a.len; i > 0;
         i--) { /* of one sign, the bytes are in the order of the numbers */
        if (a.bytes[i - 1] != b.bytes[i - 1]) {
            return a.bytes[i - 1] < b.bytes[i - 1] ? -1 : 1;
        }
    }
    return 0;
}

/* Write the magnitude, shifted to its place, and negate it where it lies. */
struct big big_of_double(double real, uint8_t bytes[BIG_OF_DOUBLE_BYTES]) {
    int exponent = 0;
    double fraction = frexp(fabs(real), &exponent);
    uint64_t digits = (uint64_t)ldexp(fraction, 53);
    size_t shift = (size_t)exponent - 53;
    assert(isfinite(real) && exponent > 63 && exponent <= 1024);
    memset(bytes, 0, BIG_OF_DOUBLE_BYTES);
    for (size_t bit = 0; bit < 53; bit++) {
        size_t at = shift + bit;
        bytes[at / 8] |= (uint8_t)((digits >> bit & 1) << at % 8);
    }
    bool carry = real < 0;
    for (size_t i = 0; real < 0 && i < BIG_OF_DOUBLE_BYTES; i++) {
        bytes[i] = (uint8_t)(~bytes[i] + carry);
        carry = carry && bytes[i] == 0;
    }
    return big_shorten((struct big){bytes, BIG_OF_DOUBLE_BYTES});
}
