/* SPDX-License-Identifier: MIT
 *
 * libholdfast: use the objects of a Holdfast manager from C.
 *
 *     hf_client *client;
 *     hf_value count;
 *     hf_lock lock;
 *     hf_client_new(NULL, NULL, &client);
 *     hf_value_open(client, "count", HF_I64, 10000, &count);
 *     hf_lock_open(client, "guard", NULL, &lock);
 *     if (hf_ok(hf_lock_acquire(lock, -1, NULL))) { ... hf_lock_release(lock); }
 *
 * Conventions, for every function:
 *  - Arguments come in this order: handle, inputs (pointer, then its length), options, timeout,
 * outputs.
 *  - A handle (hf_dict, hf_lock ...) is a small struct passed by value, usable from any thread and,
 * after fork(), from the child. It owns nothing: the object lives in the manager.
 *  - The result is a hf_status; outputs are written only when hf_ok(status). A pointer may be NULL
 * for an output that is not wanted.
 *  - Timeouts are in milliseconds, for the whole call. 0: do not wait; negative: for ever.
 *  - Strings are UTF-8 and end with NUL; hf_any_string_n() takes one with its length.
 *  - What an output points to belongs to the caller: strings and bytes are released with free(), a
 *    hf_any with hf_any_clear(), lists of them with hf_any_array_clear().
 *  - hf_last_detail() says in words what went wrong in this thread's last call.
 *  - Every call may also return HF_NO_OBJECT (the object was deleted), HF_WRONG_TYPE, HF_LIMIT,
 *    HF_NO_MEMORY, HF_TOO_BIG or a fatal status (hf_status_is_fatal); entries name what is
 * particular to them. Every call costs one round trip unless its entry says otherwise.
 */
#ifndef HOLDFAST_H
#define HOLDFAST_H

#include <holdfast/any.h>
#include <holdfast/array.h>
#include <holdfast/barrier.h>
#include <holdfast/client.h>
#include <holdfast/condition.h>
#include <holdfast/dict.h>
#include <holdfast/event.h>
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
#include <holdfast/rwlock.h>
#include <holdfast/semaphore.h>
#include <holdfast/set.h>
#include <holdfast/status.h>
#include <holdfast/task.h>
#include <holdfast/timer.h>
#include <holdfast/value.h>
#include <holdfast/watch.h>

#endif
