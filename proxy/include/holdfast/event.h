/* SPDX-License-Identifier: MIT
 *
 * Events: threading.Event, a flag that many can wait for.
 *
 * A set lets all go that wait for it, even where a clear follows at once.
 */
#ifndef HOLDFAST_EVENT_H
#define HOLDFAST_EVENT_H

#include <holdfast/object.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Open the event with this name, or create it: not set.
 *
 *  name     at most 1,024 bytes; NULL: an unnamed event
 *  Returns  HF_OK, HF_WRONG_TYPE, by mode HF_EXISTS or HF_NO_OBJECT
 */
HF_API HF_MUST_USE hf_status hf_event_open(hf_client *client, const char *name, hf_mode mode,
                                           hf_event *event);

/** Set it: all who wait go on, in order of arrival, and nobody waits until it is cleared.
 *
 *  Returns  HF_OK, also where it is set already
 *  Cost     in the manager, by those who wait
 *  Source   threading.Event.set
 */
HF_API hf_status hf_event_set(hf_event event);

/** Clear it: from now on those who ask wait. Source: threading.Event.clear */
HF_API hf_status hf_event_clear(hf_event event);

/** Whether it is set. Source: threading.Event.is_set */
HF_API HF_MUST_USE hf_status hf_event_is_set(hf_event event, bool *is_set);

/** Wait until it is set.
 *
 *  Returns  HF_OK; HF_TIMEOUT (it was not set); HF_DELETED
 *  Source   threading.Event.wait(timeout)
 */
HF_API HF_MUST_USE hf_status hf_event_wait(hf_event event, int64_t timeout_ms);

HF_API hf_any hf_event_ref(hf_event event);
HF_API HF_MUST_USE hf_status hf_event_from_ref(hf_client *client, hf_any ref, hf_event *event);

#ifdef __cplusplus
}
#endif
#endif
