/* SPDX-License-Identifier: MIT
 *
 * Integers of any size as text: decimal up to BIG_DECIMAL_MAX_BYTES, because that costs the square
 * of their size; beyond that hexadecimal, with its sign in front: -0x1f.
 */
#ifndef HF_BIG_TEXT_H
#define HF_BIG_TEXT_H

#include "big.h"

#include <protobuf-c/protobuf-c.h>

enum { BIG_TEXT_DIGITS_MAX = 9864 }; /* of what fits BIG_DECIMAL_MAX_BYTES; not all do */

enum big_text {
    BIG_TEXT_READ,
    BIG_TEXT_NONE,     /* it is no integer */
    BIG_TEXT_TOO_LONG, /* in decimal */
    BIG_TEXT_NO_MEMORY
};

/** Read the digits of an integer, or 0x and hexadecimal ones, with - in front of a negative one.
 *
 *  big      out, if it was read: in its shortest form, to be freed with free(); no bytes: 0
 */
enum big_text big_text_read(const char *text, size_t len, ProtobufCBinaryData *big);

/** Whether big_text_write() uses decimal digits. */
bool big_text_is_decimal(struct big big);

/** The text of an integer, to be freed with free(). NULL: no memory. */
char *big_text_write(struct big big);

#endif
