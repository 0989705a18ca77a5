/* SPDX-License-Identifier: MIT
 *
 * Values in words, for the details of refusals: short, on one line, well-formed UTF-8.
 */
#ifndef HF_SHOW_H
#define HF_SHOW_H

#include "any.h"

enum { SHOW_BYTES = 64 };

/** Write a value into `text` and return it: null, true, 42, 0.5, "ada", 3 bytes, a list. A string
 *  is cut when it is long. */
const char *show_any(const struct any *any, char text[SHOW_BYTES]);

#endif
