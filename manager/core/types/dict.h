/* SPDX-License-Identifier: MIT
 *
 * What the files about dicts share.
 */
#ifndef HF_DICT_H
#define HF_DICT_H

#include "keyed.h"

/** Find a key of the request, which must be one that this dict can have. */
HF_MUST_USE hf_status dict_find_key(struct call *call, const Hf__Any *wire,
                                    struct keyed_spot *spot);

/** Add an item for a key that is not there; its value, a kept one, is taken over on HF_OK only. */
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
