/* SPDX-License-Identifier: MIT
 *
 * Events: one function for each operation, see <holdfast/event.h>.
 */
#include "call.h"

#include <holdfast/event.h>

hf_status hf_event_open(hf_client *client, const char *name, hf_mode mode, hf_event *event) {
    return call_open(client, HF__REQUEST__OP_EVENT_OPEN, name, mode,
                     sink_handle(&event->client, &event->id));
}

CALL_REFERENCES(event) /* hf_event_ref(), hf_event_from_ref() */

hf_status hf_event_set(hf_event event) {
    return call_plain(HF_OBJECT(event), HF__REQUEST__OP_EVENT_SET, sink_nothing());
}

hf_status hf_event_clear(hf_event event) {
    return call_plain(HF_OBJECT(event), HF__REQUEST__OP_EVENT_CLEAR, sink_nothing());
}

hf_status hf_event_is_set(hf_event event, bool *is_set) {
    return call_plain(HF_OBJECT(event), HF__REQUEST__OP_EVENT_IS_SET, sink_truth(is_set));
}

hf_status hf_event_wait(hf_event event, int64_t timeout_ms) {
    return call_plain_timed(HF_OBJECT(event), timeout_ms, HF__REQUEST__OP_EVENT_WAIT,
                            sink_nothing());
}
