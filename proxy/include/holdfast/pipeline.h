/* SPDX-License-Identifier: MIT
 *
 * Pipelining and batches: several calls for one round trip.
 *
 * Between hf_pipeline_begin() and hf_pipeline_finish() the calling thread's calls on this client
 * are collected instead of made: each returns HF_OK at once and its outputs are filled in by the
 * finish, so they must stay where they are until then. Inputs are copied at once. Calls that need
 * several round trips (hf_object_list, hf_dict_items) are refused with HF_INVALID while collecting.
 *
 *     hf_pipeline_begin(client);
 *     for (int i = 0; i < 16; i++)
 *         (void)hf_dict_get_int(dict, keys[i], &values[i]);
 *     status = hf_pipeline_finish(client, NULL, 0);
 *
 * In a pipeline each call stands for itself: one that waits does not hold up the next, and others
 * may run in between. A batch is one step instead: nobody sees it half done, its first call may
 * wait, the others are only tried, and it stops at the first that is refused (what ran before it
 * stays done). So "acquire and get" and "set and release" are each a batch of two calls.
 */
#ifndef HOLDFAST_PIPELINE_H
#define HOLDFAST_PIPELINE_H

#include <holdfast/client.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Start to collect this thread's calls. Returns HF_OK, HF_INVALID (already collecting),
 * HF_NO_MEMORY. */
HF_API HF_MUST_USE hf_status hf_pipeline_begin(hf_client *client);

/** Send the calls collected since the begin, wait for all answers and fill in the outputs.
 *
 *  statuses  out, may be NULL: the status of each call, in order
 *  capacity  how many fit there
 *
 *  Returns   the first status that is not HF_OK, in order of the calls; HF_OK if none is. Outputs
 * of a call that failed are untouched.
 */
HF_API HF_MUST_USE hf_status hf_pipeline_finish(hf_client *client, hf_status *statuses,
                                                size_t capacity);

/** Start to collect a batch. Returns as hf_pipeline_begin(). */
HF_API HF_MUST_USE hf_status hf_batch_begin(hf_client *client);

/** Run the batch as one step.
 *
 *  timeout_ms  how long its first call may wait; the timeouts of the calls themselves are not used
 *  ran         out, may be NULL: how many calls were done
 *
 *  Returns     HF_OK; HF_OWNER_DIED (all done; a lock's holder before died); else the status of the
 *              first call that was refused. At most 1,024 calls (HF_INVALID).
 */
HF_API HF_MUST_USE hf_status hf_batch_finish(hf_client *client, int64_t timeout_ms, size_t *ran);

/** Forget what was collected. */
HF_API void hf_pipeline_abandon(hf_client *client);

#ifdef __cplusplus
}
#endif
#endif
