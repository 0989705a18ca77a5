/* SPDX-License-Identifier: MIT
 *
 * The orderly end of a session: what it holds is left in order, if its client says so. Without that
 * the end of its connection is a death.
 */
#ifndef HF_LEAVE_H
#define HF_LEAVE_H

#include "session.h"

/** The calling thread's session is about to end: let go of what it holds, if that is its client's
 * option. It waits for the answer: the manager may notice the end of the process before it reads
 * what the process has sent. */
void leave_before_end(struct session *session);

/** The same for all sessions of the calling thread. */
void leave_before_exit(void);

/** From now on, exit() leaves for the thread that calls it. false: no memory. */
HF_MUST_USE bool leave_at_exit(void);

#endif
