/* SPDX-License-Identifier: MIT
 *
 * Events: threading.Event, a flag that many can wait for.
 *
 * A set releases all calls that wait at that moment, even if a clear follows at once.
 */
#ifndef HOLDFAST_EVENT_H
#define HOLDFAST_EVENT_H

#include <holdfast/object.h>

HF_BEGIN_DECLS

/** Open the event with this name, or create it: not set.
 *
 *  Returns  HF_OK; HF_WRONG_TYPE; HF_EXISTS or HF_NO_OBJECT (by mode)
 */
HF_API HF_MUST_USE hf_status hf_event_open(hf_client *client, const char *name, hf_mode mode,
                                           hf_event *event);

/** Set the event: all waiting calls return, in order of arrival, and nobody waits until it is
 *  cleared.
 *
 *  Returns  HF_OK, also if it is set already
 *  Source   threading.Event.set
 */
HF_API hf_status hf_event_set(hf_event event);

/** Clear the event: from now on a call to hf_event_wait() waits.
 *
 *  Returns  HF_OK, also if it is not set
 *  Source   threading.Event.clear
 */
HF_API hf_status hf_event_clear(hf_event event);

/** Tell whether the event is set. Source: threading.Event.is_set */
HF_API HF_MUST_USE hf_status hf_event_is_set(hf_event event, bool *is_set);

/** Wait until the event is set.
 *
 *  Returns  HF_OK; HF_TIMEOUT (it was not set); HF_DELETED
 *  Source   threading.Event.wait(timeout)
 */
HF_API HF_MUST_USE hf_status hf_event_wait(hf_event event, int64_t timeout_ms);

HF_API hf_any hf_event_ref(hf_event event);
HF_API HF_MUST_USE hf_status hf_event_from_ref(hf_client *client, hf_any ref, hf_event *event);

HF_END_DECLS
#endif
