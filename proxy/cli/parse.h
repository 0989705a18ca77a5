/* SPDX-License-Identifier: MIT
 *
 * From the words of a command line to what the protocol carries. A word that is JSON means that
 * value; any other is the string it looks like. JSON has no bytes, references, keys that are no
 * strings, NaN or infinity; these are written as an object with one member:
 *
 *     {"$bytes": "BASE64"}   {"$ref": ID}   {"$map": [[KEY, VALUE], ...]}   {"$double": "nan"}
 */
#ifndef HF_PARSE_H
#define HF_PARSE_H

#include "holdfast.pb-c.h"
#include "shell.h"

/** A value: JSON, a plain string, `-` (all of standard input, as bytes) or @FILE (the file, as
 * bytes). Returns NULL, with the fault, where it cannot be one. Release with
 * hf__any__free_unpacked(). */
Hf__Any *parse_any(const char *word, struct fault *fault);

/** The value that a text means: JSON, or else the text itself. */
Hf__Any *parse_text(const char *text, size_t len, struct fault *fault);

/** All that can be read from a descriptor, as bytes; `name` is what the fault calls it. */
Hf__Any *parse_read(int fd, const char *name, struct fault *fault);

/** The items of KEY=VALUE or of a JSON object, as a map. Returns NULL with the fault. */
Hf__Any *parse_items(const char *word, struct fault *fault);

/** Whole numbers with a range, floating-point ones, and true or false. False for anything else. */
bool parse_signed(const char *word, int64_t least, int64_t most, int64_t *number);
bool parse_unsigned(const char *word, uint64_t most, uint64_t *number);
bool parse_double(const char *word, double *number);
bool parse_bool(const char *word, bool *truth);

/** LOCK:FENCE: how long the lock's name is, and a fence from 1 on. */
bool parse_guard(const char *word, size_t *name_len, uint64_t *fence);

/** A time: 5, 2.5s, 100ms, 1m, 1h or "forever" (-1). More than nothing is never rounded to nothing.
 */
bool parse_timeout(const char *word, int64_t *timeout_ms);

#endif
