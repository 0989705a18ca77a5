/* SPDX-License-Identifier: MIT
 *
 * Latches: std::latch, java.util.concurrent.CountDownLatch. The count only goes down. Calls that
 * wait return when it is 0; after that the latch is of no further use.
 *
 * Nobody holds a latch: if a process dies before it has counted down, the others wait until their
 * timeout.
 */
#ifndef HOLDFAST_LATCH_H
#define HOLDFAST_LATCH_H

#include <holdfast/object.h>

HF_BEGIN_DECLS

/** Open the latch with this name, or create it.
 *
 *  count    at first; may be 0
 *  Returns  HF_OK; HF_WRONG_TYPE (another type, or another initial count); HF_EXISTS or
 *           HF_NO_OBJECT (by mode)
 */
HF_API HF_MUST_USE hf_status hf_latch_open(hf_client *client, const char *name, uint64_t count,
                                           hf_mode mode, hf_latch *latch);

/** Count down. At 0 all waiting calls return.
 *
 *  by       how far; 0 changes nothing
 *  Returns  HF_OK; HF_VALUE_ERROR (the count would go below 0; unchanged)
 *  Source   std::latch::count_down(n), which is undefined below 0
 */
HF_API HF_MUST_USE hf_status hf_latch_count_down(hf_latch latch, uint64_t by);

/** Wait until the count is 0.
 *
 *  Returns  HF_OK; HF_TIMEOUT (it is not 0); HF_DELETED
 *  Source   std::latch::wait, CountDownLatch.await(timeout)
 */
HF_API HF_MUST_USE hf_status hf_latch_wait(hf_latch latch, int64_t timeout_ms);

/** Get the count that is left. Source: CountDownLatch.getCount */
HF_API HF_MUST_USE hf_status hf_latch_count(hf_latch latch, uint64_t *count);

HF_API hf_any hf_latch_ref(hf_latch latch);
HF_API HF_MUST_USE hf_status hf_latch_from_ref(hf_client *client, hf_any ref, hf_latch *latch);

HF_END_DECLS
#endif
