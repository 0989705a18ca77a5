/* SPDX-License-Identifier: MIT
 *
 * Dicts and namespaces: Python's dict, shared. Items keep the order in which their keys were
 * inserted.
 *
 * The functions with a short name take a string key and a common scalar; those that end in _any
 * take any key (null, bool, int, double, string, bytes) and any value. Two keys are the same when
 * they have the same kind and value: 1, 1.0 and true are three keys (in Python they are one).
 */
#ifndef HOLDFAST_DICT_H
#define HOLDFAST_DICT_H

#include <holdfast/object.h>
#include <holdfast/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Open the dict with this name, or create it.
 *
 *  name     at most 1,024 bytes; NULL: an unnamed dict
 *  Returns  HF_OK; HF_WRONG_TYPE (an object of another type has the name); by mode HF_EXISTS or
 *           HF_NO_OBJECT
 */
HF_API HF_MUST_USE hf_status hf_dict_open(hf_client *client, const char *name, hf_mode mode,
                                          hf_dict *dict);

/** The same for a namespace: a dict whose keys are strings (multiprocessing.managers.Namespace). */
HF_API HF_MUST_USE hf_status hf_namespace_open(hf_client *client, const char *name, hf_mode mode,
                                               hf_dict *space);

/** Get the value under `key`.
 *
 *  value    out; strings and bytes: free() them; hf_any: hf_any_clear()
 *  Returns  HF_OK; HF_KEY_ERROR (no such key); HF_TYPE_ERROR (the value is of another kind)
 *  Cost     O(1) in the manager
 *  Source   dict.__getitem__
 */
HF_API HF_MUST_USE hf_status hf_dict_get_int(hf_dict dict, const char *key, int64_t *value);
HF_API HF_MUST_USE hf_status hf_dict_get_double(hf_dict dict, const char *key, double *value);
HF_API HF_MUST_USE hf_status hf_dict_get_bool(hf_dict dict, const char *key, bool *value);
HF_API HF_MUST_USE hf_status hf_dict_get_string(hf_dict dict, const char *key, char **value);
HF_API HF_MUST_USE hf_status hf_dict_get_bytes(hf_dict dict, const char *key, void **value,
                                               size_t *len);
HF_API HF_MUST_USE hf_status hf_dict_get_any(hf_dict dict, hf_any key, hf_any *value);

/** Set the value under `key`.
 *
 *  Returns  HF_OK; HF_TYPE_ERROR (a key that is not a scalar; in a namespace, not a string)
 *  Cost     O(1) in the manager
 *  Source   dict.__setitem__
 */
HF_API HF_MUST_USE hf_status hf_dict_set_int(hf_dict dict, const char *key, int64_t value);
HF_API HF_MUST_USE hf_status hf_dict_set_double(hf_dict dict, const char *key, double value);
HF_API HF_MUST_USE hf_status hf_dict_set_bool(hf_dict dict, const char *key, bool value);
HF_API HF_MUST_USE hf_status hf_dict_set_string(hf_dict dict, const char *key, const char *value);
HF_API HF_MUST_USE hf_status hf_dict_set_bytes(hf_dict dict, const char *key, const void *value,
                                               size_t len);
HF_API HF_MUST_USE hf_status hf_dict_set_any(hf_dict dict, hf_any key, hf_any value);

/** Delete the item under `key`. Returns HF_OK, HF_KEY_ERROR. */
HF_API HF_MUST_USE hf_status hf_dict_delete(hf_dict dict, const char *key);
HF_API HF_MUST_USE hf_status hf_dict_delete_any(hf_dict dict, hf_any key);

HF_API HF_MUST_USE hf_status hf_dict_contains(hf_dict dict, const char *key, bool *contains);
HF_API HF_MUST_USE hf_status hf_dict_contains_any(hf_dict dict, hf_any key, bool *contains);

HF_API HF_MUST_USE hf_status hf_dict_len(hf_dict dict, uint64_t *len);

/** Take the item under `key` out and return its value. Returns HF_OK, HF_KEY_ERROR. */
HF_API HF_MUST_USE hf_status hf_dict_pop_any(hf_dict dict, hf_any key, hf_any *value);

/** Take the newest item out. Release both outputs with hf_any_clear(). Returns HF_OK, HF_KEY_ERROR
 *  (empty). Source: dict.popitem */
HF_API HF_MUST_USE hf_status hf_dict_popitem(hf_dict dict, hf_any *key, hf_any *value);

/** The value under `key`; where there is none, `value` is stored there first. */
HF_API HF_MUST_USE hf_status hf_dict_setdefault_any(hf_dict dict, hf_any key, hf_any value,
                                                    hf_any *present);

/** Set many items in one step, all or none. */
HF_API HF_MUST_USE hf_status hf_dict_update(hf_dict dict, const hf_any_item *items, size_t len);

/** All keys, values or items. Release with hf_any_array_clear() or hf_any_map_array_clear(). One
 * round trip per 10,000: an item that is there all the while is seen exactly once, others may be
 * changed by others in between; hf_dict_copy() is one step. */
HF_API HF_MUST_USE hf_status hf_dict_keys(hf_dict dict, hf_any_array *keys);
HF_API HF_MUST_USE hf_status hf_dict_values(hf_dict dict, hf_any_array *values);
HF_API HF_MUST_USE hf_status hf_dict_items(hf_dict dict, hf_any_map_array *items);

/** One page of items, for walks over large dicts. Set *cursor to 0 before the first; it is 0 again
 *  after the last. `limit` is at most 10,000; 0 means that. */
HF_API HF_MUST_USE hf_status hf_dict_page(hf_dict dict, uint32_t limit, uint64_t *cursor,
                                          hf_any_map_array *items);

/** All items in one step, as a map. Returns HF_OK, HF_TOO_BIG (more than one frame, 16 MiB, holds).
 */
HF_API HF_MUST_USE hf_status hf_dict_copy(hf_dict dict, hf_any *map);

HF_API HF_MUST_USE hf_status hf_dict_clear(hf_dict dict);

/** Add to the number under `key`, as one step.
 *
 *  bounds   NULL: none but the range of the number
 *  result   out, may be NULL: the new number
 *  Returns  HF_OK; HF_KEY_ERROR; HF_TYPE_ERROR (not an int, or not a double); HF_OUT_OF_RANGE
 * (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_dict_add_int(hf_dict dict, const char *key, int64_t amount,
                                             const hf_bounds *bounds, int64_t *result);
HF_API HF_MUST_USE hf_status hf_dict_add_double(hf_dict dict, const char *key, double amount,
                                                const hf_bounds *bounds, double *result);

/** The same for any key; `initial` (not HF_ANY_NULL) is added to where the key is not there yet. */
HF_API HF_MUST_USE hf_status hf_dict_add_any(hf_dict dict, hf_any key, hf_any amount,
                                             const hf_bounds *bounds, hf_any initial,
                                             hf_any *result);

/** Replace the value under `key` if it equals *expected.
 *
 *  expected     NULL: only if the key is not there
 *  replacement  NULL: delete the item
 *  Returns      HF_OK, HF_MISMATCH (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_dict_compare_and_set(hf_dict dict, hf_any key,
                                                     const hf_any *expected,
                                                     const hf_any *replacement);

/** Checks of a batch that has been begun (hf_batch_begin): for it to run, this value must be under
 * the key, or any value, or none.
 *
 *  Returns  HF_OK, HF_INVALID (no batch was begun); the rest at hf_batch_finish()
 */
HF_API HF_MUST_USE hf_status hf_dict_check_equals(hf_dict dict, hf_any key, hf_any value);
HF_API HF_MUST_USE hf_status hf_dict_check_exists(hf_dict dict, hf_any key);
HF_API HF_MUST_USE hf_status hf_dict_check_absent(hf_dict dict, hf_any key);

HF_API hf_any hf_dict_ref(hf_dict dict);
HF_API HF_MUST_USE hf_status hf_dict_from_ref(hf_client *client, hf_any ref, hf_dict *dict);

#ifdef __cplusplus
}
#endif
#endif
