/* SPDX-License-Identifier: MIT
 *
 * JSON as values, in the forms that parse.h tells of.
 */
#ifndef HF_JSON_ANY_H
#define HF_JSON_ANY_H

#include "holdfast.pb-c.h"
#include "shell.h"

#include <jansson.h>

/** Read JSON. jansson has integers of 64 bits, so a larger one becomes {"$big":"DIGITS"}. Returns
 * NULL if this is no JSON; `overflows`: because a number in it is larger than any double. */
json_t *json_any_load(const char *text, size_t len, bool *overflows);

/** The value. Returns NULL with the fault. Release with hf__any__free_unpacked(). */
Hf__Any *json_any(json_t *json, struct fault *fault);

/** A value of this kind, to be filled. Never NULL. */
Hf__Any *json_any_new(Hf__Any__KindCase kind);

/** An empty map with room for `count` items. Never NULL. */
Hf__AnyMap *json_any_map(size_t count);

/** Add an item to a map, which owns them then. */
void json_any_add(Hf__AnyMap *map, Hf__Any *key, Hf__Any *value);

#endif
