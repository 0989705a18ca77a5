/* SPDX-License-Identifier: MIT
 *
 * A struct call is one attempt at a request. Here are the steps around an operation, which are the
 * same for all of them. A pending request (pending.h) has one call and uses it for each attempt. A
 * batch, its checks and wait_any make one for each request that they run.
 */
#ifndef HF_CALL_H
#define HF_CALL_H

#include "object.h"

/** Set up an attempt at `request`: that of `pending`, or one within it. The caller has initialized
 * `reply`; call_run() sets the operation. */
void call_init(struct call *call, struct pending *pending, struct owner *owner,
               const Hf__Request *request, Hf__Reply *reply);

/** Set up an attempt at a request within `outer`. Initializes `reply`, with the request's id. */
void call_init_within(struct call *call, const struct call *outer, const Hf__Request *request,
                      Hf__Reply *reply);

/** Check the guard, find the object, and run the operation. Returns its status; HF_WAIT too, and
 * then the call tells where it wants to wait. */
HF_MUST_USE hf_status call_run(struct call *call);

/** The same for a request within another, which is of the same party. */
HF_MUST_USE hf_status call_run_within(struct call *call);

/** Wait where `inner`, a call within this one, wants to wait: from now on `call` has its operation
 * and its request. Returns HF_WAIT. */
hf_status call_wait_as(struct call *call, const struct call *inner);

#endif
