/* SPDX-License-Identifier: MIT
 *
 * Objects with many items: how many items an object may hold, and how large a reply with many
 * values becomes. A reply is built in the call's arena and packed into a frame, so both bound it.
 * Both are measured before the reply is built.
 */
#ifndef HF_BULK_H
#define HF_BULK_H

#include "object.h"

struct bulk {
    size_t wire;  /* bytes on the wire, or fewer */
    size_t arena; /* bytes of the arena */
};

/** Add the size of one more value. */
void bulk_add(struct bulk *bulk, const struct any *any);

/** Whether the reply may still fit a frame and the call's arena. */
bool bulk_fits(const struct bulk *bulk, const struct call *call);

/** Refuse a reply that does not fit: HF_TOO_BIG. */
hf_status bulk_refuse(struct call *call);

/** Building a reply of this size has failed: refuse with HF_TOO_BIG or HF_NO_MEMORY. */
hf_status bulk_failed(const struct bulk *bulk, struct call *call, struct arena_mark before);

/** The n-th value of an answer, which need only last until the next call. */
typedef const struct any *bulk_nth(void *context, size_t n);

/** Answer with a list of `count` values. Returns HF_OK, HF_TOO_BIG, HF_NO_MEMORY. */
HF_MUST_USE hf_status bulk_answer(struct call *call, size_t count, bulk_nth *nth, void *context);

/** Returns HF_LIMIT if an object must not hold so many items, else HF_OK. */
HF_MUST_USE hf_status bulk_check_items(struct call *call, uint64_t count);

#endif
