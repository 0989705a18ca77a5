/* SPDX-License-Identifier: MIT
 *
 * A value, or what it is, as text for a refusal's detail: short, on one line, valid UTF-8.
 */
#ifndef HF_SHOW_H
#define HF_SHOW_H

#include "any.h"

enum { SHOW_BYTES = 64, SHOW_KIND_BYTES = 32 };

/** Write the value into `text` and return it: null, true, 42, 0.5, "ada", 3 bytes, (1, "b"), opaque
 * "tag", a list. A long one is cut. */
const char *show_any(const struct any *any, char text[SHOW_BYTES]);

/** Write the name of a kind or a type into `words`, with its article, and return it: an int, a
 * list, null. */
const char *show_kind(const char *name, char words[SHOW_KIND_BYTES]);

#endif
