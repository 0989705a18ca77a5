/* SPDX-License-Identifier: MIT
 *
 * Latches: one function for each operation, see <holdfast/latch.h>.
 */
#include "call.h"

#include <holdfast/latch.h>

hf_status hf_latch_open(hf_client *client, const char *name, uint64_t count, hf_mode mode,
                        hf_latch *latch) {
    struct call call;
    Hf__LatchOpen *op = call_begin_open(&call, client, HF__REQUEST__OP_LATCH_OPEN, name, mode);
    op->has_count = true;
    op->count = count;
    return call_finish(&call, HF__REQUEST__OP_LATCH_OPEN, &op->base,
                       sink_handle(&latch->client, &latch->id));
}

CALL_REFERENCES(latch) /* hf_latch_ref(), hf_latch_from_ref() */

hf_status hf_latch_count_down(hf_latch latch, uint64_t by) {
    return call_with_number(HF_OBJECT(latch), 0, HF__REQUEST__OP_LATCH_COUNT_DOWN, by,
                            sink_nothing());
}

hf_status hf_latch_wait(hf_latch latch, int64_t timeout_ms) {
    return call_plain_timed(HF_OBJECT(latch), timeout_ms, HF__REQUEST__OP_LATCH_WAIT,
                            sink_nothing());
}

hf_status hf_latch_count(hf_latch latch, uint64_t *count) {
    return call_plain(HF_OBJECT(latch), HF__REQUEST__OP_LATCH_COUNT, sink_count(count));
}
