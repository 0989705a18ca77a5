/* SPDX-License-Identifier: MIT
 *
 * Values as messages of the protocol: made from those of the library, and put together.
 */
#ifndef HF_ANY_NEW_H
#define HF_ANY_NEW_H

#include "holdfast.pb-c.h"
#include "shell.h"

#include <holdfast/any.h>

/** A copy of a value, which is released. Returns NULL with the fault. Release with
 *  hf__any__free_unpacked(). */
Hf__Any *any_take(hf_any *value, struct fault *fault);

/** A value of this kind, to be filled. Never NULL. */
Hf__Any *any_new(Hf__Any__KindCase kind);

/** An empty map with room for `count` items. Never NULL. */
Hf__AnyMap *any_new_map(size_t count);

/** Add an item to a map, which owns them then. */
void any_add_item(Hf__AnyMap *map, Hf__Any *key, Hf__Any *value);

#endif
