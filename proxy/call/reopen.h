/* SPDX-License-Identifier: MIT
 *
 * A manager that was restarted has other objects: those of its former run are gone, and no id below
 * the first one of its run is known to it. Before a session sends requests with such ids, it opens
 * the objects again by the names under which the client has opened them (openings.h), once for each
 * run, and puts the new ids into the requests. An id that cannot be renewed is sent as it is, and
 * the manager refuses it.
 */
#ifndef HF_REOPEN_H
#define HF_REOPEN_H

#include "session.h"

/** Renew the ids in the session's `out` that are older than the run of its manager. Returns HF_OK;
 * a fatal status: the connection is lost, and nothing of `out` was sent. */
HF_MUST_USE hf_status reopen_for(struct session *session, const hf_client *client);

/** Nothing of `out` was sent: put back the ids that it had. */
void reopen_undo(struct session *session);

/** The manager has refused a request for this object, because it has none with the id. If the
 * object could not be opened again, say why. */
void reopen_explain(const struct session *session, uint64_t id);

/** Release what is kept for the two. */
void reopen_forget(struct session *session);

#endif
