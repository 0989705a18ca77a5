/* SPDX-License-Identifier: MIT
 *
 * Calls: the steps around an operation, which are the same for all of them. A pending request
 * (pending.h) has one call, used for each attempt. An operation that runs other requests (batch
 * with its checks, wait_any) makes a call for each of those.
 */
#ifndef HF_CALL_H
#define HF_CALL_H

#include "object.h"

/** A call for this request, which is `pending`'s own or part of it. The caller initializes `reply`;
 * call_run() sets the operation. */
void call_init(struct call *call, struct pending *pending, struct owner *owner,
               const Hf__Request *request, Hf__Reply *reply);

/** A call for a request that another one runs, with an initialized reply that has its id. */
void call_init_within(struct call *call, const struct call *outer, const Hf__Request *request,
                      Hf__Reply *reply);

/** Check the guard, find the object, and run the operation. Returns its status; HF_WAIT too, and
 * then the call tells where it wants to wait. */
HF_MUST_USE hf_status call_run(struct call *call);

/** Wait where a call within this one wants to wait, as what it does. Returns HF_WAIT. */
hf_status call_wait_as(struct call *call, const struct call *inner);

#endif
