/* SPDX-License-Identifier: MIT
 *
 * Calls that do not wait: many of them are under way at once, on one connection, from one thread,
 * for programs that have a loop of events.
 *
 *     hf_async *async = NULL;
 *     hf_status status = hf_async_new(client, NULL, &async);
 *     if (hf_ok(status))
 *         status = hf_async_begin(async, HF_ASYNC_CALLS);
 *     if (hf_ok(status)) {
 *         HF_COLLECT(hf_queue_get_int(queue, -1, &number));
 *         status = hf_async_submit(async, 0, on_number, &job, NULL);
 *     }
 *
 * Between hf_async_begin() and hf_async_submit() the thread's calls on the client are collected,
 * exactly as in a pipeline (pipeline.h): each returns HF_OK at once, its inputs are copied, and its
 * outputs are written later, so they must stay where they are until the group has completed. Calls
 * that were collected together are a *group*: one or more calls that stand each for itself, one
 * batch, or one wait for any. hf_async_submit() sends it and returns; when all its answers have
 * come, its callback is called, or its completion is put into a queue (hf_async_next()). HF_ASYNC()
 * does all three for one call.
 *
 * The loop watches one descriptor, hf_async_fd(), for reading, and calls hf_async_process() when it
 * is readable. The descriptor is the same for the life of the hf_async in this process, whatever
 * happens to its connection; deadlines, the wish to write and reconnecting are behind it as well.
 * examples/ has adapters for libevent, libuv, GLib and poll().
 *
 *  - Nothing here waits (but hf_async_wait()), not even to connect: that begins with the first
 *    submit, and what was submitted meanwhile is sent when the manager welcomes. A host's name is
 *    looked up by a thread that ends with the answer; for Unix sockets and addresses in numbers
 *    there is no thread.
 *  - To the manager the hf_async is a session of its own, beside those of the threads. It owns
 *    what it acquires (or its party does, hf_async_party()). All of it is released at
 *    hf_async_free(), which is a death, or with the process; hf_client_leave() in a group lets go
 *    in order.
 *  - Handles are the client's: both faces use the same ones. There is no order between the calls of
 *    the two faces. A blocking call in a callback holds up the loop; if it waits for what the
 *    hf_async itself holds, it waits for ever.
 *  - A group's calls reach the manager in order, behind those of the groups submitted before. Calls
 *    that wait there hold up no others.
 *  - If the connection is lost while anything was under way or held, all groups submitted before
 *    complete with HF_DISCONNECTED: nobody knows whether those that were sent were done, and the
 *    others must not be done without what was held. If only holds were lost, and no group was there
 *    to be told, the next group completes so, without having been sent. If nothing was under way
 *    nor held, the connection is replaced, and no completion tells of it; the callback `lost` does.
 *  - If no manager comes within connect_timeout_ms of the client, all groups complete with
 *    HF_UNREACHABLE, or at once with what no wait can mend (HF_DENIED ...). The next submit tries
 *    again. A manager that is silent for answer_timeout_ms past a call's own timeout is taken
 *    for lost; calls without a limit alone wait for as long as it takes.
 *  - Named objects are opened again after a restart of the manager as in the blocking face
 *    (client.h). A walk by pages (hf_dict_page() ...) stays in one face.
 *  - A hf_async belongs to one thread at a time. It may be handed to another one, but not between
 *    begin and submit. A thread is cancelled (pthread_cancel) only in hf_async_wait(), not in
 *    callbacks. All functions but the begin and those that say so change hf_last_detail().
 *  - After fork() the child's copy is empty: nothing is under way, no callback of the parent's is
 *    called, and it connects anew. hf_async_fd() is another file there, perhaps with the same
 *    number: a loop that the child goes on with stops watching the old one before it asks for the
 *    new one.
 */
#ifndef HOLDFAST_ASYNC_H
#define HOLDFAST_ASYNC_H

#include <holdfast/client.h>
#include <holdfast/lock.h>
#include <holdfast/pipeline.h>
#include <stddef.h>
#include <stdint.h>

HF_BEGIN_DECLS

typedef struct hf_async hf_async;

/** How a group ended. Its texts and statuses are valid until the callback returns, or until the
 *  next hf_async_next(). */
typedef struct hf_completion {
    uint64_t id;        /**< of the group, as hf_async_submit() has told */
    void *data;         /**< as given to hf_async_submit() */
    hf_status status;   /**< as hf_pipeline_finish(), hf_batch_finish() or hf_wait_any_finish() */
    const char *detail; /**< in words; "" if nothing went wrong */
    const hf_status *statuses; /**< of calls that stand each for itself, in order; else NULL */
    size_t count;              /**< how many calls it had */
    size_t ran;                /**< of a batch: as hf_batch_finish() */
    size_t index;              /**< of a wait for any: as hf_wait_any_finish() */
    uint64_t reserved[4];      /**< zeros */
} hf_completion;

/** Called by hf_async_process() when a group has ended. It may call all functions of this header,
 *  hf_async_free() among them, and make blocking calls; hf_async_process() and hf_async_wait() do
 *  nothing in it. `completion` is valid until it returns. */
typedef void hf_async_done(hf_async *async, const hf_completion *completion);

/** Called by hf_async_process() when the connection was lost, before the completions that this
 *  causes. It may call what a hf_async_done may.
 *
 *  status  HF_DISCONNECTED, or the reason that the manager gave; `detail` in words
 *  held    whether anything that it held was lost as well
 */
typedef void hf_async_lost(hf_async *async, hf_status status, const char *detail, bool held,
                           void *data);

/** Options of a hf_async. 0 and NULL are the defaults. */
typedef struct hf_async_options {
    /** How many calls may be in flight: of groups whose completion was not told yet. A batch is one
     *  call. 0: 1,024, as many as may wait for a manager's session by default. */
    size_t max_in_flight;
    /** How many bytes may wait to be sent; one more group is taken then. 0: 16 MiB. */
    size_t max_unsent_bytes;
    /** Whether hf_async_submit() only queues: what was submitted is sent in one piece by
     *  hf_async_flush(), or else by the next hf_async_process(), for which the descriptor becomes
     *  readable. For loops that submit much in one turn, outside of callbacks. */
    bool lazy;
    hf_async_lost *lost; /**< NULL: the completions tell */
    void *lost_data;
    /** For how long hf_async_process() may go on in one call, looking for further answers while
     *  calls are in flight, at most 1,000,000. As long as they come quickly, neither side sleeps,
     *  which is what a blocking call gains by hf_client_options.spin_us. It holds up the rest of
     *  the loop as long. 0: it returns at once. */
    int64_t spin_us;
    uint64_t reserved[7]; /**< zeros */
} hf_async_options;

#define HF_ASYNC_OPTIONS HF_ZEROS

/** Make one for a client. It does not connect yet.
 *
 *  options  copied; NULL: the defaults
 *  async    out, not NULL; release with hf_async_free(), before the client
 *  Returns  HF_OK; HF_INVALID; HF_NO_MEMORY; HF_SYSTEM (no descriptor is left)
 *  Cost     two descriptors; no round trip
 */
HF_API HF_MUST_USE hf_status hf_async_new(hf_client *client, const hf_async_options *options,
                                          hf_async **async);

/** Close the connection and release it. Groups that have not completed complete with
 *  HF_DISCONNECTED, so that their callbacks can release their data; in these, nothing can be
 *  submitted any more. Completions for hf_async_next() are dropped. The manager releases what was
 *  held. Stop watching the descriptor before. NULL is accepted; in a callback it is released when
 *  hf_async_process() ends. */
HF_API void hf_async_free(hf_async *async);

/** The descriptor to be watched for reading, level-triggered: it stays readable as long as there is
 *  something to process. It belongs to the hf_async. After a fork, and if the program has closed it
 *  (closefrom()), it is another one; -1: there is no descriptor left. It does not tell about
 *  completions that hf_async_next() could take. */
HF_API int hf_async_fd(hf_async *async);

/** Do what can be done without waiting: send, receive, connect, and tell what has completed.
 *  Between hf_async_begin() and hf_async_submit() it does nothing.
 *
 *  Returns  how many groups have completed
 *  Cost     two to four system calls; O(completed). It reads 1 MiB at most; if there is more, the
 *           descriptor stays readable
 */
HF_API size_t hf_async_process(hf_async *async);

/** Send what was submitted, if the option `lazy` was given. */
HF_API void hf_async_flush(hf_async *async);

/** Wait until there is something to process, and process it. For programs without a loop.
 *
 *  timeout_ms  0: do not wait; negative: no limit. It does not wait if nothing is in flight, nor
 *              if hf_async_next() has something to give. A signal handler that runs ends the wait
 *              as well; where none may be missed, wait by ppoll() on hf_async_fd() instead.
 *              hf_interrupt() does not end it
 *  Returns     as hf_async_process(); 0 also if there was only something else to do, such as to
 *              connect: call it in a loop, as long as hf_async_in_flight() is not 0
 */
HF_API size_t hf_async_wait(hf_async *async, int64_t timeout_ms);

/** Sorts of groups. */
typedef enum hf_async_sort {
    HF_ASYNC_CALLS,   /**< calls that stand each for itself, as in hf_pipeline_begin() */
    HF_ASYNC_BATCH,   /**< hf_batch_begin(); with hf_batch_check() and its kind */
    HF_ASYNC_ATOMIC,  /**< hf_batch_begin_atomic() */
    HF_ASYNC_WAIT_ANY /**< hf_wait_any_begin() */
} hf_async_sort;

/** Start to collect the calling thread's calls on the client, for a group. This may be done within
 *  a pipeline or the group of another hf_async: calls are of what was begun last, which is
 *  submitted first.
 *
 *  Returns  HF_OK; HF_LIMIT (max_in_flight or max_unsent_bytes is reached: begin again when
 *           something has completed), HF_INVALID (calls are being collected for it already, the
 *           client was freed), HF_NO_MEMORY: nothing is collected, and the next calls would be made
 *           at once
 *  Cost     no round trip
 */
HF_API HF_MUST_USE hf_status hf_async_begin(hf_async *async, hf_async_sort sort);

/** Submit what was collected.
 *
 *  timeout_ms  of a batch or wait for any: how long it may wait; not used for other calls, which
 *              have their own
 *  done        called when the group has completed; NULL: hf_async_next() tells
 *  data        for `done`
 *  id          out: a number for hf_async_cancel()
 *  Returns     HF_OK: the group will complete, whatever happens. Otherwise nothing was submitted,
 *              no completion comes, and nothing is collected any more: what hf_async_begin()
 *              returned, if that was not HF_OK; HF_INVALID (no group was begun, or it has no
 *              calls); HF_TOO_BIG, HF_NO_MEMORY; the status of a call that was refused when it was
 *              collected (hf_last_detail() says why)
 *  Cost        at most three system calls; with the option `lazy`, and in a callback, none: then
 *              all is sent at the end of hf_async_process()
 */
HF_API HF_MUST_USE hf_status hf_async_submit(hf_async *async, int64_t timeout_ms,
                                             hf_async_done *done, void *data, uint64_t *id);

/** Forget what was collected since hf_async_begin(). */
HF_API void hf_async_abandon(hf_async *async);

/** Submit one call: begin, the call, submit. `async` is evaluated twice. Returns as
 *  hf_async_submit(), HF_LIMIT among them.
 *
 *     status = HF_ASYNC(async, on_number, &job, NULL, hf_queue_get_int(queue, -1, &number));
 */
#define HF_ASYNC(async, done, data, id, ...)                                                       \
    hf_async_submit_one(                                                                           \
        (async), hf_ok(hf_async_begin((async), HF_ASYNC_CALLS)) ? (__VA_ARGS__) : HF_INVALID,      \
        (done), (data), (id))

/** For HF_ASYNC(): `collected` is there to be evaluated before. */
HF_MUST_USE static inline hf_status hf_async_submit_one(hf_async *async, hf_status collected,
                                                        hf_async_done *done, void *data,
                                                        uint64_t *id) {
    (void)collected;
    return hf_async_submit(async, 0, done, data, id);
}

/** Let the calls of a group end that still wait. The group completes as ever: with HF_CANCELLED, or
 *  with what was done before; then nothing of it is taken back. Calls that were not sent yet are
 *  not sent. A barrier is broken by it for all, as by a timeout.
 *
 *  Returns  HF_OK; HF_INVALID (no such group is under way: it has completed); HF_NO_MEMORY
 *  Cost     no round trip
 */
HF_API hf_status hf_async_cancel(hf_async *async, uint64_t id);

/** Take the next completion of a group that was submitted without a callback.
 *
 *  completion  out
 *  Returns     whether there was one. It is valid until the next call of this function
 */
HF_API bool hf_async_next(hf_async *async, hf_completion *completion);

/** How many calls are in flight: of groups whose completion was not told yet. */
HF_API size_t hf_async_in_flight(const hf_async *async);

/** Let what is collected from now on be a party's (see hf_party()). So tasks of a loop own things
 *  each for itself, and the manager sees whether they wait for each other: hf_party() of a thread
 *  has no use for that, because a call that waits blocks the thread. 0: the hf_async itself. */
HF_API void hf_async_party(hf_async *async, uint64_t party);

/** Let what is collected from now on be guarded, as by hf_guard(). The guard of the thread does not
 *  count here. Not between hf_async_begin() and hf_async_submit(). */
HF_API void hf_async_guard(hf_async *async, hf_lock lock, uint64_t fence);

HF_END_DECLS
#endif
