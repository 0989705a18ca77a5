/* SPDX-License-Identifier: MIT
 *
 * Pipelines, posts, batches, and waiting for any of several calls: several calls for one round
 * trip, or for none.
 *
 * Between hf_pipeline_begin() and hf_pipeline_finish() the calling thread's calls on this client
 * are collected, not made. Each returns HF_OK at once, unless it cannot be put together. Its inputs
 * are copied at once. The finish writes its outputs, so they must stay where they are until then.
 * Calls that need several round trips (hf_object_list, hf_dict_items) are refused with
 * HF_INVALID.
 *
 *     hf_status status = hf_pipeline_begin(client);
 *     if (hf_ok(status)) {
 *         for (int i = 0; i < 16; i++)
 *             HF_COLLECT(hf_dict_get_int(dict, keys[i], &values[i]));
 *         status = hf_pipeline_finish(client, NULL, 0);
 *     }
 *
 * The status of a collected call need not be looked at, and HF_COLLECT() tells the compiler so: if
 * the call could not be put together, the finish returns that. The status of the begin must be
 * looked at: if it failed, the next calls are made at once.
 *
 * In a pipeline each call stands for itself: one that waits does not hold up the next, and calls of
 * others may run in between.
 *
 * A batch is one step: nobody sees it half done. Its first call may wait; the others are only tried
 * and refused with HF_TIMEOUT if they would have to wait. It stops at the first call that is
 * refused; the calls before that stay done. So "acquire and get" and "set and release" are each a
 * batch of two calls.
 *
 * An atomic batch is all or nothing: if one of its calls is refused, those before it are undone.
 * So a transfer to an account that is not there changes nothing:
 *
 *     hf_status status = hf_batch_begin_atomic(client);
 *     if (hf_ok(status)) {
 *         HF_COLLECT(hf_dict_add_int(dict, "ada", -10, NULL, NULL));
 *         HF_COLLECT(hf_dict_add_int(dict, "bob", 10, NULL, NULL));
 *         status = hf_batch_finish(client, 0, NULL);    // HF_KEY_ERROR: there is no bob
 *     }
 *
 * A posted call has no answer, so the thread goes on at once:
 *
 *     hf_status status = hf_post_begin(client);
 *     if (hf_ok(status)) {
 *         HF_COLLECT(hf_dict_set_int(dict, "count", count - 1));
 *         HF_COLLECT(hf_lock_release(lock));
 *         status = hf_post_finish(client);
 *     }
 *
 * A batch may have checks, which must all hold for it to run. Since it is one step, what the checks
 * have seen is still so while it runs:
 *
 *     hf_status status = hf_batch_begin(client);
 *     if (hf_ok(status)) {
 *         const hf_any seat = hf_any_string("seat");
 *         HF_COLLECT(hf_dict_check_equals(dict, seat, hf_any_string("free")));
 *         HF_COLLECT(hf_dict_check_absent(dict, hf_any_string("ada")));
 *         HF_COLLECT(hf_dict_set_string(dict, "seat", "ada"));
 *         status = hf_batch_finish(client, 0, NULL);    // HF_MISMATCH: nothing was done
 *     }
 */
#ifndef HOLDFAST_PIPELINE_H
#define HOLDFAST_PIPELINE_H

#include <holdfast/any.h>
#include <holdfast/client.h>
#include <stddef.h>
#include <stdint.h>

HF_BEGIN_DECLS

/** Make a call that is only collected, so that its status need not be looked at: the finish tells.
 *  Outside of a pipeline, post, batch or wait for any, the call is made, and its status is lost. */
#define HF_COLLECT(call) ((void)!(call))

/** Start to collect this thread's calls on this client.
 *
 *  Returns  HF_OK; HF_INVALID (this thread collects already); HF_NO_MEMORY
 *  Cost     no round trip
 */
HF_API HF_MUST_USE hf_status hf_pipeline_begin(hf_client *client);

/** Send the collected calls, wait for all answers and write the outputs.
 *
 *  statuses  out: the status of each call, in order
 *  capacity  how many statuses fit there
 *  Returns   the first status that is not HF_OK, in order of the calls; HF_OK if there is none.
 *            hf_last_detail() tells about that call. The outputs of a call that failed are
 *            untouched. HF_CANCELLED (hf_interrupt(): each call that still waited has it, the
 *            others have been done). HF_INVALID also if no pipeline was begun;
 *            HF_NO_MEMORY if the calls could not be collected: none was made
 */
HF_API HF_MUST_USE hf_status hf_pipeline_finish(hf_client *client, hf_status *statuses,
                                                size_t capacity);

/** Start to collect calls that are to be posted. Returns as hf_pipeline_begin(). */
HF_API HF_MUST_USE hf_status hf_post_begin(hf_client *client);

/** Send the collected calls and wait for no answer. Each stands for itself, as in a pipeline. The
 *  manager does them in order, before anything that this thread asks for next.
 *
 *  The caller does not learn whether one was refused: post calls that can only succeed, or whose
 *  failure does not matter. A call with a result, and one that may wait, cannot be posted. If the
 *  connection is lost before the manager has answered a later call, the next call returns
 *  HF_DISCONNECTED, because the posted calls may not have been done.
 *
 *  Returns  HF_OK (they were sent); HF_INVALID (one has a result or may wait, or no post was
 *           begun), HF_NO_MEMORY, HF_TOO_BIG: nothing was sent; or a fatal status
 *  Cost     no round trip; one after more than 64 calls in a row without an answer
 */
HF_API HF_MUST_USE hf_status hf_post_finish(hf_client *client);

/** Start to collect a batch. Returns as hf_pipeline_begin(). */
HF_API HF_MUST_USE hf_status hf_batch_begin(hf_client *client);

/** Start to collect an atomic batch, whose calls are all done or not at all: if one is refused, the
 *  manager undoes those before it. Then it is as if they had not been made: nobody has seen what
 *  they did, no watch is told, no waiting call was served, and their outputs are not written.
 *
 *  All calls of dicts, namespaces, lists, sets, values and arrays can be undone, and to acquire a
 *  lock, an rwlock or a semaphore, release a lock, put into a queue, set or clear an event, count a
 *  latch down, attach to an end of a pipe. But a call that would change a dict with an eviction
 *  (HF_OLDEST, HF_LEAST_RECENTLY_USED) is refused with HF_INVALID, also as the last, since an item
 *  that has gone cannot come back. Calls that only read, and those that wait for an event or a
 *  latch, may be part of it.
 *
 *  Another call may be the last of the batch, as it need not be undone: to get from a queue, to
 *  release a semaphore. Not even the last may be one that opens an object; one on an object of any
 *  type that does more than read, as hf_object_delete(), hf_object_expire(), hf_object_break(); one
 *  about several objects, as hf_lock_acquire_many(); one that waits in stages: a condition's, a
 *  barrier's. docs/protocol.md, under `batch`, has them all.
 *
 *  Returns  as hf_pipeline_begin()
 */
HF_API HF_MUST_USE hf_status hf_batch_begin_atomic(hf_client *client);

/** Turn the call that was collected last into a check: it is no longer one of the batch's calls,
 *  its outputs are not written, and it must be answered as expected for the batch to run. Any call
 *  that only reads will do. The headers of some types have checks of their own, in one line.
 *
 *      HF_COLLECT(hf_queue_size(queue, NULL));
 *      HF_COLLECT(hf_batch_check_equals(client, hf_any_int(0)));
 *
 *  status   the status expected: HF_OK, HF_KEY_ERROR (no such key), HF_NO_OBJECT (no such object)
 *           ...
 *  value    copied; the result expected, with the status HF_OK: a value, compared as the object
 *           does it (hf_equality), or by kind if it has no choice; several values as a list; a
 *           truth as a bool; a count as an int; a handle or id as a reference. HF_ANY_NULL is a
 *           value, too
 *  Returns  HF_OK: the check is made when the batch runs; HF_INVALID (no batch was begun, or no
 *           call before the check), HF_NO_MEMORY, HF_TOO_BIG. The finish returns these as well, so
 *           a batch never runs without one of its checks
 *  Cost     no round trip of its own
 */
HF_API HF_MUST_USE hf_status hf_batch_check(hf_client *client, hf_status status);
HF_API HF_MUST_USE hf_status hf_batch_check_equals(hf_client *client, hf_any value);

/** Run the batch as one step, if all its checks hold.
 *
 *  timeout_ms  how long its first call may wait; the timeouts of the calls themselves are not used
 *  ran         out, also written when the batch is refused: how many calls were done. If an atomic
 *              one is refused, how many were undone: it is the index of the call that was refused
 *  Returns     HF_OK; HF_OWNER_DIED (all done; the last holder of a lock died); otherwise the
 *              status of the first call that was refused: the calls before it are done, or, in an
 *              atomic batch, undone; hf_last_detail() says which call it was. HF_MISMATCH
 *              (a check does not hold: nothing was done; hf_last_detail() says which, from 0, and
 *              what is there instead). HF_INVALID (nothing was done: no batch was begun, more than
 *              1,024 calls or checks, a check of a call that does more than read, a call that an
 *              atomic batch may not have there, or checks before a call that
 *              waits in stages: a condition's, a barrier's, hf_rwlock_acquire_write())
 *  Order       a check does not wait: if it does not hold, the batch is refused at once, even if
 *              its first call would wait. If the first call has waited, all checks are made again
 *              in its turn
 *  Cost        one round trip; in the manager what each check and call costs by itself
 */
HF_API HF_MUST_USE hf_status hf_batch_finish(hf_client *client, int64_t timeout_ms, size_t *ran);

/** Start to collect calls of which one is to be done: the first that need not wait. Returns as
 *  hf_pipeline_begin().
 *
 *      hf_status status = hf_wait_any_begin(client);
 *      if (hf_ok(status)) {
 *          HF_COLLECT(hf_queue_get_int(jobs, 0, &number));
 *          HF_COLLECT(hf_pipe_receive_string(control, 0, &order));
 *          status = hf_wait_any_finish(client, -1, &which);    // 0: a job, 1: an order
 *      }
 */
HF_API HF_MUST_USE hf_status hf_wait_any_begin(hf_client *client);

/** As an index: no call was done. */
#define HF_WAIT_ANY_NONE SIZE_MAX

/** Do one of the collected calls: the first, in their order, that need not wait, or else the one
 *  whose turn comes first. Only its outputs are written.
 *
 *  timeout_ms  how long all of them may wait; the timeouts of the calls themselves are not used
 *  index       out, always written: which call it was, from 0; HF_WAIT_ANY_NONE: none was done
 *  Returns     the status of that call, which may be a refusal (HF_CLOSED of a closed queue). With
 *              HF_WAIT_ANY_NONE: HF_TIMEOUT; HF_CANCELLED; HF_DELETED (one of the objects was
 *              deleted); HF_INVALID (no calls, more than 256, or one that does not wait or waits in
 *              several places: a condition's, a barrier's, hf_lock_acquire_many())
 *  Order       it waits at each object as if it waited for that one alone
 *  Cost        one round trip; O(calls) in the manager
 *  Source      multiprocessing.connection.wait, which tells which is ready; this also takes the
 *              item
 */
HF_API HF_MUST_USE hf_status hf_wait_any_finish(hf_client *client, int64_t timeout_ms,
                                                size_t *index);

/** Forget the collected calls, of whatever sort: none is made, and this thread collects no more. */
HF_API void hf_pipeline_abandon(hf_client *client);

HF_END_DECLS
#endif
