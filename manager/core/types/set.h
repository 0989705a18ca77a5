/* SPDX-License-Identifier: MIT
 *
 * Shared by set.c and set_other.c.
 */
#ifndef HF_SET_H
#define HF_SET_H

#include "keyed.h"

/** Members of sets to answer with. */
struct set_members {
    const struct keyed_item **members;
    size_t count;
    struct any nth; /* a view of the member that was asked for last */
};

/** Make room for `count` members. Returns HF_OK, HF_TOO_BIG (no reply can carry them),
 * HF_NO_MEMORY. */
HF_MUST_USE hf_status set_reserve(struct call *call, size_t count, struct set_members *members);

/** Answer with these members. */
HF_MUST_USE hf_status set_answer(struct call *call, struct set_members members);

/* Operations, for the table in set.c. */
hf_status set_union(struct call *call);
hf_status set_intersection(struct call *call);
hf_status set_difference(struct call *call);
hf_status set_symmetric_difference(struct call *call);
hf_status set_update(struct call *call);
hf_status set_intersection_update(struct call *call);
hf_status set_difference_update(struct call *call);
hf_status set_symmetric_difference_update(struct call *call);
hf_status set_is_subset(struct call *call);
hf_status set_is_superset(struct call *call);
hf_status set_is_disjoint(struct call *call);

#endif
