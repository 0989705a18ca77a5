/* SPDX-License-Identifier: MIT
 *
 * What objects of many items have in common: how many they may hold, and how large a reply with
 * many of them becomes. A reply is built in the call's arena before it is packed, so both the frame
 * and the arena bound it; both are measured first, so that nothing is built in vain.
 */
#ifndef HF_BULK_H
#define HF_BULK_H

#include "object.h"

struct bulk {
    size_t wire;  /* bytes on the wire; never more than will be there */
    size_t arena; /* bytes that building takes */
};

/** Add a value that a reply is to carry. */
void bulk_add(struct bulk *bulk, const struct any *any);

/** Whether the reply may still fit a frame, and the call's arena. */
bool bulk_fits(const struct bulk *bulk, const struct call *call);

/** Refuse a reply that does not fit: HF_TOO_BIG. */
hf_status bulk_refuse(struct call *call);

/** What it means that building a reply of this size has failed: HF_TOO_BIG or HF_NO_MEMORY. */
hf_status bulk_failed(const struct bulk *bulk, struct call *call, struct arena_mark before);

/** The n-th value of an answer; it need not last longer than until the next is asked for. */
typedef const struct any *bulk_nth(void *context, size_t n);

/** Answer with so many values. Returns HF_OK, HF_TOO_BIG, HF_NO_MEMORY. */
HF_MUST_USE hf_status bulk_answer(struct call *call, size_t count, bulk_nth *nth, void *context);

/** HF_LIMIT where an object would come to hold more than the manager allows. */
HF_MUST_USE hf_status bulk_check_items(struct call *call, size_t count);

#endif
