/* SPDX-License-Identifier: MIT
 *
 * See big_text.h. The magnitude of an integer is kept as limbs of 32 bits, the lowest first, and
 * converted nine decimal digits at a time.
 */
#include "big_text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LIMB_BITS = 32, LIMB_BYTES = 4, CHUNK = 1000000000, CHUNK_DIGITS = 9 };

struct limbs {
    uint32_t *at;
    size_t count;
};

/* ---- magnitudes ---- */

/* Without memory `at` is NULL. */
static struct limbs limbs_of(struct big big) {
    struct limbs limbs = {calloc(big.len / LIMB_BYTES + 1, sizeof(uint32_t)), 0};
    const bool negative = big_is_negative(big);
    unsigned carry = negative;
    for (size_t i = 0; i < big.len && limbs.at; i++) {
        unsigned byte = (negative ? (uint8_t)~big.bytes[i] : big.bytes[i]) + carry;
        carry = byte >> 8;
        limbs.at[i / LIMB_BYTES] |= (uint32_t)(byte & 0xff) << i % LIMB_BYTES * 8;
    }
    limbs.count = limbs.at ? big.len / LIMB_BYTES + 1 : 0;
    while (limbs.count > 0 && limbs.at[limbs.count - 1] == 0) {
        limbs.count--;
    }
    return limbs;
}

/* The integer with this magnitude, which is freed. */
static enum big_text big_of_limbs(struct limbs limbs, bool negative, ProtobufCBinaryData *big) {
    const size_t len = limbs.count * LIMB_BYTES + 1; /* room for the sign */
    uint8_t *bytes = malloc(len);
    unsigned carry = negative;
    for (size_t i = 0; i < len && bytes; i++) {
        uint32_t limb = i / LIMB_BYTES < limbs.count ? limbs.at[i / LIMB_BYTES] : 0;
        uint8_t byte = (uint8_t)(limb >> i % LIMB_BYTES * 8);
        unsigned sum = (negative ? (uint8_t)~byte : byte) + carry;
        bytes[i] = (uint8_t)sum;
        carry = sum >> 8;
    }
    free(limbs.at);
    if (!bytes) {
        return BIG_TEXT_NO_MEMORY;
    }
    *big = (ProtobufCBinaryData){big_shorten((struct big){bytes, len}).len, bytes};
    return BIG_TEXT_READ;
}

/* Multiply, and add; there is room for one limb more. */
static void limbs_scale(struct limbs *limbs, uint32_t factor, uint32_t more) {
    uint64_t carry = more;
    for (size_t i = 0; i < limbs->count; i++) {
        carry += (uint64_t)limbs->at[i] * factor;
        limbs->at[i] = (uint32_t)carry;
        carry >>= LIMB_BITS;
    }
    if (carry > 0) {
        limbs->at[limbs->count++] = (uint32_t)carry;
    }
}

/* Divide by CHUNK. Returns the remainder. */
static uint32_t limbs_divide(struct limbs *limbs) {
    uint64_t rest = 0;
    for (size_t i = limbs->count; i > 0; i--) {
        rest = rest << LIMB_BITS | limbs->at[i - 1];
        limbs->at[i - 1] = (uint32_t)(rest / CHUNK);
        rest %= CHUNK;
    }
    while (limbs->count > 0 && limbs->at[limbs->count - 1] == 0) {
        limbs->count--;
    }
    return (uint32_t)rest;
}

/* ---- reading ---- */

static enum big_text read_decimal(const char *digits, size_t len, bool negative,
                                  ProtobufCBinaryData *big) {
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            return BIG_TEXT_NONE;
        }
    }
    if (len > BIG_TEXT_DIGITS_MAX) {
        return BIG_TEXT_TOO_LONG;
    }
    struct limbs limbs = {calloc(len / CHUNK_DIGITS + 2, sizeof(uint32_t)), 0};
    if (!limbs.at) {
        return BIG_TEXT_NO_MEMORY;
    }
    for (size_t i = 0; i < len;) {
        uint32_t chunk = 0;
        uint32_t factor = 1;
        do { /* first the digits that are too many, so that all chunks behind are full */
            chunk = chunk * 10 + (uint32_t)(digits[i] - '0');
            factor *= 10;
            i++;
        } while ((len - i) % CHUNK_DIGITS != 0);
        limbs_scale(&limbs, factor, chunk);
    }
    enum big_text read = big_of_limbs(limbs, negative, big);
    if (read == BIG_TEXT_READ && big->len > BIG_DECIMAL_MAX_BYTES) {
        free(big->data);
        *big = (ProtobufCBinaryData){0, NULL};
        return BIG_TEXT_TOO_LONG;
    }
    return read;
}

static enum big_text read_hexadecimal(const char *digits, size_t len, bool negative,
                                      ProtobufCBinaryData *big) {
    static const char all[] = "0123456789abcdef0123456789ABCDEF";
    enum { BASE = 16, DIGITS_PER_LIMB = 8 };
    struct limbs limbs = {calloc(len / DIGITS_PER_LIMB + 1, sizeof(uint32_t)),
                          len / DIGITS_PER_LIMB + 1};
    if (!limbs.at) {
        return BIG_TEXT_NO_MEMORY;
    }
    for (size_t i = 0; i < len; i++) {
        const char *found = digits[len - 1 - i] ? strchr(all, digits[len - 1 - i]) : NULL;
        if (!found) {
            free(limbs.at);
            return BIG_TEXT_NONE;
        }
        limbs.at[i / DIGITS_PER_LIMB] |= (uint32_t)((found - all) % BASE)
                                         << i % DIGITS_PER_LIMB * 4;
    }
    return big_of_limbs(limbs, negative, big);
}

enum big_text big_text_read(const char *text, size_t len, ProtobufCBinaryData *big) {
    const bool negative = len > 0 && text[0] == '-';
    const char *digits = text + negative;
    len -= negative;
    if (len > 2 && digits[0] == '0' && digits[1] == 'x') {
        return read_hexadecimal(digits + 2, len - 2, negative, big);
    }
    return len > 0 ? read_decimal(digits, len, negative, big) : BIG_TEXT_NONE;
}

/* ---- writing ---- */

static char *write_decimal(struct limbs limbs, bool negative) {
    const size_t size = limbs.count * 10 + 3; /* a limb has less than ten digits */
    char *text = calloc(size, 1);
    if (!text) {
        return NULL;
    }
    char *at = text + size - 1;
    do {
        uint32_t chunk = limbs_divide(&limbs);
        for (int i = 0; i < CHUNK_DIGITS && (limbs.count > 0 || chunk > 0 || i == 0); i++) {
            assert(at > text + 1);
            *--at = (char)('0' + chunk % 10);
            chunk /= 10;
        }
    } while (limbs.count > 0);
    if (negative) {
        *--at = '-';
    }
    memmove(text, at, (size_t)(text + size - at));
    return text;
}

static char *write_hexadecimal(struct limbs limbs, bool negative) {
    enum { DIGITS_PER_LIMB = 8 };
    char *text = malloc(limbs.count * DIGITS_PER_LIMB + 4);
    if (!text) {
        return NULL;
    }
    char *at = stpcpy(text, negative ? "-0x" : "0x");
    size_t digits = limbs.count * DIGITS_PER_LIMB;
    bool leading = true;
    for (size_t i = digits; i > 0; i--) {
        unsigned digit = limbs.at[(i - 1) / DIGITS_PER_LIMB] >> (i - 1) % DIGITS_PER_LIMB * 4 & 0xf;
        leading = leading && digit == 0 && i > 1;
        if (!leading) {
            *at++ = "0123456789abcdef"[digit];
        }
    }
    *at = 0;
    return text;
}

bool big_text_is_decimal(struct big big) {
    return big.len <= BIG_DECIMAL_MAX_BYTES;
}

char *big_text_write(struct big big) {
    struct limbs limbs = limbs_of(big);
    if (!limbs.at) {
        return NULL;
    }
    char *text = big_text_is_decimal(big) ? write_decimal(limbs, big_is_negative(big))
                                          : write_hexadecimal(limbs, big_is_negative(big));
    free(limbs.at);
    return text;
}
