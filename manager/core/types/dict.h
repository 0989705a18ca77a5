/* SPDX-License-Identifier: MIT
 *
 * Shared by dict.c and dict_whole.c.
 */
#ifndef HF_DICT_H
#define HF_DICT_H

#include "keyed.h"

/** keyed_find(), which refuses a key that this dict cannot have. */
HF_MUST_USE hf_status dict_find_key(struct call *call, const Hf__Any *wire,
                                    struct keyed_spot *spot);

/** Add an item for a missing key. Takes over `value`, a kept one, on HF_OK only. */
HF_MUST_USE hf_status dict_add_item(struct call *call, struct keyed_spot *spot,
                                    const struct any *value);

/* Operations, for the table in dict.c. */
hf_status dict_update(struct call *call);
hf_status dict_keys(struct call *call);
hf_status dict_values(struct call *call);
hf_status dict_items(struct call *call);
hf_status dict_clear(struct call *call);
hf_status dict_copy(struct call *call);

#endif
