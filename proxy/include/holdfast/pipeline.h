/* SPDX-License-Identifier: MIT
 *
 * Pipelining, posting, batches, and waiting for any of several calls: several calls for one round
 * trip, or for none.
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
 *
 * What is posted has no answer, so the thread goes on at once:
 *
 *     hf_post_begin(client);
 *     (void)hf_dict_set_int(dict, "count", count - 1);
 *     (void)hf_lock_release(lock);
 *     status = hf_post_finish(client);
 *
 * A batch may have checks, which must all hold for it to run. What they have seen is still so while
 * it runs, since it is one step:
 *
 *     hf_batch_begin(client);
 *     (void)hf_dict_check_equals(dict, hf_any_string("seat"), hf_any_string("free"));
 *     (void)hf_dict_check_absent(dict, hf_any_string("ada"));
 *     (void)hf_dict_set_string(dict, "seat", "ada");
 *     status = hf_batch_finish(client, 0, NULL);    // HF_MISMATCH: nothing was done
 */
#ifndef HOLDFAST_PIPELINE_H
#define HOLDFAST_PIPELINE_H

#include <holdfast/any.h>
#include <holdfast/client.h>
#include <stddef.h>
#include <stdint.h>

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
 *  Returns   the first status that is not HF_OK, in order of the calls; HF_OK if none is; the
 *            outputs of a call that failed are untouched
 */
HF_API HF_MUST_USE hf_status hf_pipeline_finish(hf_client *client, hf_status *statuses,
                                                size_t capacity);

/** Start to collect calls that are to be posted. Returns as hf_pipeline_begin(). */
HF_API HF_MUST_USE hf_status hf_post_begin(hf_client *client);

/** Send the calls collected since the begin, and wait for no answer. Each stands for itself, as in
 * a pipeline, and they are done in order, before anything that this thread asks for next.
 *
 *  Whether one was refused goes untold: post what can only succeed, or may fail unseen. So calls
 *  with a result, and those that may wait, are none to be posted.
 *
 *  Returns  HF_OK: they were sent; HF_INVALID (one has a result, or may wait), HF_NO_MEMORY,
 *           HF_TOO_BIG: nothing was sent; or a fatal status
 *
 *  Cost     no round trip; one, when more than 64 calls in a row had no answer
 */
HF_API HF_MUST_USE hf_status hf_post_finish(hf_client *client);

/** Start to collect a batch. Returns as hf_pipeline_begin(). */
HF_API HF_MUST_USE hf_status hf_batch_begin(hf_client *client);

/** Make a check of the call that was collected last: it is not one of the batch's calls then (its
 *  outputs are not filled in), but must be answered so for the batch to run. Any call that only
 *  reads will do; the header of a type may have checks of its own, in one line.
 *
 *      (void)hf_queue_size(queue, NULL);
 *      (void)hf_batch_check_equals(client, hf_any_int(0));
 *
 *  status   what it returns: HF_OK, HF_KEY_ERROR (no such key), HF_NO_OBJECT (no such object) ...
 *  value    what it reads: a value of the same kind; several, as a list; a truth, as bool; a count,
 *           as int; a handle or id, as a reference. HF_ANY_NULL is a value, too
 *
 *  Returns  HF_OK: what is expected is copied, and looked at when the batch runs; HF_INVALID (no
 *           batch was begun, no call before it), HF_NO_MEMORY, HF_TOO_BIG. The finish returns these
 *           as well, so that a batch never runs without one of its checks
 */
HF_API HF_MUST_USE hf_status hf_batch_check(hf_client *client, hf_status status);
HF_API HF_MUST_USE hf_status hf_batch_check_equals(hf_client *client, hf_any value);

/** Run the batch as one step, if all its checks hold.
 *
 *  timeout_ms  how long its first call may wait; the timeouts of the calls themselves are not used
 *  ran         out, may be NULL: how many calls were done
 *
 *  Returns     HF_OK; HF_OWNER_DIED (all done; a lock's holder before died); else the status of the
 *              first call that was refused. HF_MISMATCH (a check does not hold: nothing was done;
 *              hf_last_detail() says which, from 0, and what is there instead). HF_INVALID (more
 *              than 1,024 calls or checks, a check of a call that does more than read, checks
 *              before a call that waits in stages: a condition, a barrier, writing under a rwlock)
 *
 *  Order       a check is not waited for: it refuses at once, also where the first call would wait;
 *              where that has waited, all checks are made again when its turn has come
 *
 *  Cost        one round trip, each check and call what it costs by itself
 */
HF_API HF_MUST_USE hf_status hf_batch_finish(hf_client *client, int64_t timeout_ms, size_t *ran);

/** Start to collect calls of which the first that need not wait is to be done. Returns as
 *  hf_pipeline_begin().
 *
 *      hf_wait_any_begin(client);
 *      (void)hf_queue_get_int(jobs, 0, &job);
 *      (void)hf_pipe_receive_string(control, 0, &order);
 *      status = hf_wait_any_finish(client, -1, &index);    // 0: a job, 1: an order
 */
HF_API HF_MUST_USE hf_status hf_wait_any_begin(hf_client *client);

/** No call of a wait for any was done. */
#define HF_WAIT_ANY_NONE SIZE_MAX

/** Do one of the calls that were collected: the first, in their order, that need not wait, or else
 *  the one whose turn comes first. Exactly one is done, and only its outputs are filled in.
 *
 *  timeout_ms  how long all of them may wait; the timeouts of the calls themselves are not used
 *  index       out, may be NULL, always written: which one it was, from 0; HF_WAIT_ANY_NONE
 *
 *  Returns     the status of that call, which may be a refusal (HF_CLOSED of a closed queue); with
 *              HF_WAIT_ANY_NONE: HF_TIMEOUT; HF_DELETED (one of the objects was deleted);
 *              HF_INVALID (no calls, more than 256, or one that does not wait, or in several
 *              places: a condition, a barrier)
 *
 *  Order       has a place in the line of each object, as if it waited for that alone; O(calls)
 *
 *  Source      multiprocessing.connection.wait, which says who is ready; this also takes what it is
 */
HF_API HF_MUST_USE hf_status hf_wait_any_finish(hf_client *client, int64_t timeout_ms,
                                                size_t *index);

/** Forget what was collected. */
HF_API void hf_pipeline_abandon(hf_client *client);

#ifdef __cplusplus
}
#endif
#endif
