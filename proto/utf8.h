/* SPDX-License-Identifier: MIT */
#ifndef HF_UTF8_H
#define HF_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether these bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). */
bool utf8_valid(const uint8_t *bytes, size_t len);

/** The length of these bytes without a character that is cut off at their end. */
size_t utf8_whole_len(const char *bytes, size_t len);

/** Copy a text into one of `size` bytes: cut where a character ends, and where it is no UTF-8,
 * with question marks for all that is not ASCII. */
void utf8_copy(char *to, size_t size, const char *from);

#endif
