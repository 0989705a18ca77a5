/* SPDX-License-Identifier: MIT
 *
 * A manager that was restarted has other objects: those of its former run are gone, and no id below
 * the first one of its run is known to it. Before a session sends requests with such ids, it opens
 * the objects again by the names under which the client has opened them (openings.h), once for each
 * run, and puts the new ids into the requests. An id that cannot be renewed is sent as it is, and
 * the manager refuses it.
 *
 * The steps neither send nor wait, so that a loop of events can take them as well:
 *
 *     struct reopening reopening = {.session = session, .client = client};
 *     while (status == HF_OK && reopening_next(&reopening, frames)) {
 *         send reopening.out; receive a message;
 *         status = reopening_take(&reopening, &message);
 *     }
 *     reopening_renew(&reopening, frames, &former);
 *     reopening_end(&reopening);
 */
#ifndef HF_REOPEN_H
#define HF_REOPEN_H

#include "session.h"

struct reopening {
    struct session *session;
    const hf_client *client;
    struct buffer out; /* the request that is to be sent next */
    uint64_t call_id;  /* of that request */
    uint64_t id;       /* of the object that it opens again */
    size_t at;         /* where the first frame begins that may have an id to be renewed */
    uint64_t *refused; /* ids that cannot be renewed */
    size_t refused_count;
    bool gives_up; /* there is no memory: the other ids stay as they are */
};

/** Put the request that opens the next object again into `out`. Returns false if there is none, for
 * the ids in these frames. */
bool reopening_next(struct reopening *reopening, const struct buffer *frames);

/** Take the manager's answer. Returns HF_OK, also if the manager refuses; or a fatal status. */
HF_MUST_USE hf_status reopening_take(struct reopening *reopening, const struct message *message);

/** Put the new ids into the frames; what they were goes to `former`, which is empty. Without
 * memory, or if a frame would be too long, the frames stay. */
void reopening_renew(struct reopening *reopening, struct buffer *frames, struct buffer *former);

/** Release the memory. A cleanup handler. */
void reopening_end(void *reopening);

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
