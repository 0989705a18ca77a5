/* SPDX-License-Identifier: MIT
 *
 * Collecting calls for one round trip: the inside of <holdfast/pipeline.h>.
 */
#ifndef HF_PIPELINE_H
#define HF_PIPELINE_H

#include "session.h"

struct call;
struct call_entry;

/** Take a call that is complete but for its id into the session's collection. A refusal is returned
 * and also remembered for the finish, since callers need not look. */
HF_MUST_USE hf_status pipeline_collect(struct session *session, struct call *call,
                                       const struct call_entry *entry);

/** Drop the session's collection, if there is one. */
void pipeline_forget(struct session *session);

#endif
