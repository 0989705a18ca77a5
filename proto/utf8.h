/* SPDX-License-Identifier: MIT
 *
 * Checks, cuts and copies UTF-8 text.
 */
#ifndef HF_UTF8_H
#define HF_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether these bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). */
bool utf8_valid(const uint8_t *bytes, size_t len);

/** How many bytes are, before the first character that is not; `len`: all. Slower than that. */
size_t utf8_valid_len(const uint8_t *bytes, size_t len);

/** The length of these bytes without a character that is cut off at their end. */
size_t utf8_whole_len(const char *bytes, size_t len);

/** Copy a text into one of `size` > 0 bytes, cut after a whole character. If it is not UTF-8, all
 *  bytes that are not ASCII become question marks. */
void utf8_copy(char *to, size_t size, const char *from);

#endif
