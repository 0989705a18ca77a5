/* SPDX-License-Identifier: MIT
 *
 * For C with gcc or clang: variables that release what they have at the end of their scope, however
 * it is left. The word in the brackets is the type, without the star of a pointer; hf_text is a
 * string that a call gives back, hf_data are bytes.
 *
 *     HF_CLEANUP(hf_any) hf_any value = hf_any_null();
 *     HF_CLEANUP(hf_text) char *text = NULL;
 *     status = hf_dict_get_any(dict, hf_any_string("colour"), &value);
 *     if (hf_ok(status))
 *         status = hf_dict_get_string(dict, "name", &text);
 *
 * A lock, or an rwlock, is released once if the variable names it: let it name nothing until the
 * lock is acquired. The status of that release is lost.
 *
 *     HF_CLEANUP(hf_lock) hf_lock held = HF_ZEROS;
 *     status = hf_lock_acquire(lock, -1, NULL);
 *     if (hf_ok(status))
 *         held = lock;
 *
 * Each variable must be initialized. Nothing is released by exit(), by longjmp(), nor when the
 * thread is cancelled in a program that was not compiled with -fexceptions. C++ has holdfast.hpp.
 */
#ifndef HOLDFAST_CLEANUP_H
#define HOLDFAST_CLEANUP_H

#include <holdfast/any.h>
#include <holdfast/async.h>
#include <holdfast/client.h>
#include <holdfast/lock.h>
#include <holdfast/manager.h>
#include <holdfast/object.h>
#include <holdfast/pool.h>
#include <holdfast/process.h>
#include <holdfast/queue.h>
#include <holdfast/rwlock.h>
#include <holdfast/watch.h>
#include <stdlib.h>

#if defined(__GNUC__)

HF_BEGIN_DECLS

/* It is used, even if nobody but its cleanup reads it. */
#define HF_CLEANUP(type) __attribute__((cleanup(type##_cleanup), unused))

/* The function that HF_CLEANUP() calls at the end of the scope, with the address of `it`. */
#define HF_CLEANUP_BY(type, variable, release)                                                     \
    static inline void type##_cleanup(variable) {                                                  \
        release;                                                                                   \
    }

HF_CLEANUP_BY(hf_client, hf_client **it, hf_client_free(*it))
HF_CLEANUP_BY(hf_async, hf_async **it, hf_async_free(*it))
HF_CLEANUP_BY(hf_manager, hf_manager **it, hf_manager_stop(*it))
HF_CLEANUP_BY(hf_pool, hf_pool **it, hf_pool_free(*it))
HF_CLEANUP_BY(hf_pool_state, hf_pool_state *it, hf_pool_state_clear(it))
HF_CLEANUP_BY(hf_result, hf_result **it, hf_result_free(*it))
HF_CLEANUP_BY(hf_results, hf_results **it, hf_results_free(*it))
HF_CLEANUP_BY(hf_process, hf_process **it, hf_process_free(*it))
HF_CLEANUP_BY(hf_text, char **it, free(*it))
HF_CLEANUP_BY(hf_data, void **it, free(*it))
HF_CLEANUP_BY(hf_any, hf_any *it, hf_any_clear(it))
HF_CLEANUP_BY(hf_any_array, hf_any_array *it, hf_any_array_clear(it))
HF_CLEANUP_BY(hf_any_map_array, hf_any_map_array *it, hf_any_map_array_clear(it))
HF_CLEANUP_BY(hf_listing, hf_listing *it, hf_listing_clear(it))
HF_CLEANUP_BY(hf_description, hf_description *it, hf_description_clear(it))
HF_CLEANUP_BY(hf_attachment, hf_attachment *it, hf_attachment_clear(it))
HF_CLEANUP_BY(hf_delivery, hf_delivery *it, hf_any_clear(&it->item))
HF_CLEANUP_BY(hf_queue_entries, hf_queue_entries *it, hf_queue_entries_clear(it))
HF_CLEANUP_BY(hf_changes, hf_changes *it, hf_changes_clear(it))
HF_CLEANUP_BY(hf_lock, hf_lock *it, if (it->client)(void) hf_lock_release(*it))
HF_CLEANUP_BY(hf_rwlock, hf_rwlock *it, if (it->client)(void) hf_rwlock_release(*it))

HF_END_DECLS

#endif
#endif
