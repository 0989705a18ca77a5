/* SPDX-License-Identifier: MIT
 *
 * libholdfast: use the objects of a Holdfast manager from C.
 *
 *     hf_client *client;
 *     hf_value count = HF_ZEROS;
 *     hf_lock lock = HF_ZEROS;
 *     int64_t now = 0;
 *     hf_status status = hf_client_new(NULL, NULL, &client);
 *     if (hf_ok(status))
 *         status = hf_value_open(client, "count", HF_I64, 10000, &count);
 *     if (hf_ok(status))
 *         status = hf_lock_open(client, "guard", NULL, &lock);
 *     if (hf_ok(status) && hf_ok(hf_lock_acquire(lock, -1, NULL))) {
 *         status = hf_value_add(count, -1, NULL, &now);
 *         if (hf_ok(status))
 *             status = hf_lock_release(lock);
 *     }
 *     if (!hf_ok(status))
 *         hf_perror("count", status);
 *
 * Conventions, for every function:
 *  - The order of arguments is: handle, inputs (a pointer, then its length), options, timeout,
 *    outputs.
 *  - A handle (hf_dict, hf_lock ...) is a small struct passed by value. Any thread may use it, and
 *    so may a child after fork(). It owns no memory: the object is in the manager.
 *  - Inputs are borrowed until the function returns. Strings are UTF-8 and end with NUL;
 *    hf_any_string_n() takes one with its length. A name has 1 to 1,024 bytes; an open with the
 *    name NULL makes an unnamed object.
 *  - The result is a hf_status. A call that is refused changes nothing and writes no output, unless
 *    its entry says otherwise. After a fatal status (hf_status_is_fatal) the caller does not know
 *    whether the call was done.
 *  - An output may be NULL if it is not wanted, but not the handle that an open makes.
 *  - The caller owns what an output points to: free() releases strings and bytes, hf_any_clear() a
 *    hf_any, hf_any_array_clear() and hf_any_map_array_clear() lists of them.
 *  - Each struct of options has a macro to start from, hf_lock_options HF_LOCK_OPTIONS:
 *
 *        hf_lock_options options = HF_LOCK_OPTIONS;
 *        options.reentrant = true;
 *        status = hf_lock_open(client, "tree", &options, &lock);
 *
 *    In C a designated initializer, {.reentrant = true}, does the same, but for HF_CLIENT_OPTIONS,
 *    which is not all zeros. HF_ZEROS is any struct of the library with zeros, in C and C++.
 *  - Structs of options and of results have room for members of later versions: `reserved`, always
 *    the last member. In options it is zeros, as all that an initializer does not name.
 *    The library refuses anything else with HF_INVALID, so it never misunderstands a program that
 *    was built with a newer version. A member that is added will have 0 as its default. In results
 *    the library writes zeros; there 0 in such a member will mean that it is not known. All other
 *    structs (handles, values, slices) stay as they are.
 *  - Timeouts are in milliseconds, for the whole call. 0: do not wait; negative: no limit.
 *  - hf_last_detail() says in words what went wrong in this thread's last call; hf_perror() writes
 *    it to standard error.
 *  - A function for one kind of value refuses a value of another kind with HF_TYPE_ERROR and leaves
 *    it as it is: an item that hf_queue_get_int() or hf_pipe_receive_int() cannot take stays the
 *    first one, a number that hf_dict_add_int() cannot tell is unchanged. The function that ends in
 *    _any takes it.
 *  - Every call may also return HF_INVALID (an argument breaks the contract: a handle that was
 *    never opened, a string that is not UTF-8), HF_NO_OBJECT (the object was deleted),
 *    HF_WRONG_TYPE, HF_STALE_FENCE (hf_guard), HF_LIMIT, HF_TOO_BIG, HF_NO_MEMORY, HF_UNSUPPORTED
 *    (an older manager) or a fatal status. An entry names one of these only if it means something
 *    particular. If this process has no memory for a result, the manager has done the call, and
 *    HF_NO_MEMORY is returned without the result.
 *  - A call that waits may also return HF_DELETED: the object was deleted while the call waited.
 *  - hf_interrupt() ends waits from a signal handler or another thread: HF_CANCELLED. By itself a
 *    signal does not disturb calls. Only a call that waits at the manager without a limit, and is
 *    not in a pipeline, ends with HF_CANCELLED, undone, when a signal handler that was installed
 *    without SA_RESTART has run in its thread, as read() would. (A signal in the first hundredth of
 *    a second of the wait is not noticed. If none may be missed, let the handler call
 *    hf_interrupt().) hf_barrier_wait() goes on, since a party that gives up breaks the barrier for
 *    all. A binding may give a hook that decides (hf_client_options).
 *  - A thread may be cancelled (pthread_cancel) in every function that makes a call or waits. The
 *    handle, the client and all else stay usable by other threads. The thread's requests are given
 *    up: its connection is closed at once, with the consequences of the thread's death
 *    (docs/guarantees.md). So its cleanup handlers find that it holds nothing any more, and a
 *    request that was sent may still have been done. A function that starts or releases something
 *    (hf_process_start(), hf_manager_stop(), every _free()) is not interrupted. A thread may not be
 *    cancelled asynchronously (PTHREAD_CANCEL_ASYNCHRONOUS) in this library.
 *  - A thread needs a stack of 32 KiB for every function here. (At most 24 KiB were measured: on
 *    x86-64, with optimization, for a value that is nested as deep as may be. The C library's own 6
 *    KiB are part of that. Signal handlers need more.)
 *  - A program may fork, also while other threads are in calls, run another program, exit, become a
 *    daemon, and close all descriptors. A thread gives up what it held with its socket: then its
 *    next call returns HF_DISCONNECTED. A thread that waits meanwhile notices it when it wakes up.
 *    The library stays loaded after a dlclose() of the plugin that has brought it.
 *  - Every call costs one round trip, and in the manager O(1), or O(n) for the values that it
 *    carries and the calls that it wakes, unless its entry says otherwise.
 */
#ifndef HOLDFAST_H
#define HOLDFAST_H

#include <holdfast/any.h>
#include <holdfast/array.h>
#include <holdfast/async.h>
#include <holdfast/barrier.h>
#include <holdfast/cleanup.h>
#include <holdfast/client.h>
#include <holdfast/condition.h>
#include <holdfast/dict.h>
#include <holdfast/event.h>
#include <holdfast/json.h>
#include <holdfast/latch.h>
#include <holdfast/list.h>
#include <holdfast/lock.h>
#include <holdfast/manager.h>
#include <holdfast/object.h>
#include <holdfast/pipe.h>
#include <holdfast/pipeline.h>
#include <holdfast/pool.h>
#include <holdfast/process.h>
#include <holdfast/queue.h>
#include <holdfast/raw.h>
#include <holdfast/rwlock.h>
#include <holdfast/semaphore.h>
#include <holdfast/set.h>
#include <holdfast/status.h>
#include <holdfast/task.h>
#include <holdfast/timer.h>
#include <holdfast/value.h>
#include <holdfast/watch.h>

#endif
