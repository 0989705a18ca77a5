/* SPDX-License-Identifier: MIT
 *
 * A value as text for a refusal's detail: short, on one line, valid UTF-8.
 */
#ifndef HF_SHOW_H
#define HF_SHOW_H

#include "any.h"

enum { SHOW_BYTES = 64 };

/** Write the value into `text` and return it: null, true, 42, 0.5, "ada", 3 bytes, a list. A long
 * string is cut. */
const char *show_any(const struct any *any, char text[SHOW_BYTES]);

#endif
