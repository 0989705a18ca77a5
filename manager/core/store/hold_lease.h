/* SPDX-License-Identifier: MIT
 *
 * The lease of a hold: a time after which the grant is taken back, whatever has become of its
 * session. A hold without a lease has no more of it than a pointer.
 */
#ifndef HF_HOLD_LEASE_H
#define HF_HOLD_LEASE_H

#include "object.h"

struct hold_lease {
    struct wake wake;
    struct hold *hold; /* NULL: it has not begun */
    int64_t length_ms;
};

/** Make the lease of a grant of `object` that is about to be made, from now on. NULL: no memory. */
struct hold_lease *hold_lease_new(struct object *object, int64_t length_ms);

/** It ends without a consequence. NULL is accepted. */
void hold_lease_drop(struct hold_lease *lease);

/** Let the grant have this lease, in place of the one that it may have. NULL: it stays as it is. */
void hold_lease_begin(struct hold *hold, struct hold_lease *lease);

/** How long the lease was made for; 0: the hold has none. */
int64_t hold_lease_length_ms(const struct hold *hold);

/** How long the lease of the hold, which has one, goes on. */
int64_t hold_lease_left_ms(const struct hold *hold);

#endif
