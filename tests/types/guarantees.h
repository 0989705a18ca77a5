/* SPDX-License-Identifier: MIT
 *
 * Shared by the tests of docs/guarantees.md: four sessions in a world, and words for their
 * requests. A test is named after its promise, `<type>_holder_dies`, `<type>_waiter_dies` or
 * `<type>_deleted` after a cell of the table and by its bold words after a line below it, with more
 * words behind that if one promise takes several tests. tests/guarantees.sh demands a test for each
 * promise, and a promise for each test.
 */
#ifndef HF_TESTS_GUARANTEES_H
#define HF_TESTS_GUARANTEES_H

#include "world.h"

struct four {
    struct world *world;
    struct peer *ada, *bob, *cyd, *dan;
};

/** They join this world. */
struct four four_join(struct world *world);

/** Ask for what must be done at once, with OK. */
Hf__Reply *done(struct peer *peer, Hf__Request request);

/** Ask for what must wait, for ever. Returns its id. */
uint64_t must_wait(struct peer *peer, Hf__Request request);

/** The grant of a call that waited, which must have come with OK, or with OWNER_DIED of the session
 *  of this label. */
const Hf__Grant *granted(struct peer *peer, uint64_t id);
const Hf__Grant *granted_after(const char *died, struct peer *peer, uint64_t id);

/** A call that waited must have ended with this. */
void assert_ended(struct peer *peer, uint64_t id, hf_status status);

/** The request, only if this grant is still in force. It borrows the guard. */
Hf__Request guarded_by(Hf__Guard *guard, Hf__Request request);
/** The guard of a lock's grant. */
Hf__Guard guard_of(uint64_t lock, uint64_t fence);

#endif
