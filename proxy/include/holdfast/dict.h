/* SPDX-License-Identifier: MIT
 *
 * Dicts and namespaces: Python's dict, shared. Items keep the order in which their keys were
 * inserted.
 *
 * The functions with a short name take a string key and a common scalar; those that end in _any
 * take any key (null, bool, int, double, string, bytes, a big integer, an opaque value, a tuple of
 * such; at most 1 MiB) and any value. Two keys are the same if they have the same kind and value:
 * 1, 1.0 and true are three keys, unless the dict was created with HF_BY_VALUE, as in Python. A
 * list, a map, a reference or a tuple with one of them is refused as a key with HF_TYPE_ERROR, in a
 * namespace each key that is not a string.
 */
#ifndef HOLDFAST_DICT_H
#define HOLDFAST_DICT_H

#include <holdfast/object.h>
#include <holdfast/value.h>

HF_BEGIN_DECLS

/** Open the dict with this name, or create it.
 *
 *  Returns  HF_OK; HF_WRONG_TYPE (an object of another type has the name); HF_EXISTS or
 *           HF_NO_OBJECT (by mode)
 */
HF_API HF_MUST_USE hf_status hf_dict_open(hf_client *client, const char *name, hf_mode mode,
                                          hf_dict *dict);

/** Open a namespace: a dict whose keys are strings (multiprocessing.managers.Namespace). Otherwise
 *  as hf_dict_open(). */
HF_API HF_MUST_USE hf_status hf_namespace_open(hf_client *client, const char *name, hf_mode mode,
                                               hf_dict *space);

/** How a dict that is full takes another item. A dict that evicts cannot be changed in an atomic
 *  batch (HF_INVALID): what has gone cannot come back. */
typedef enum hf_eviction {
    HF_REFUSE = 0, /**< it does not: HF_LIMIT */
    HF_OLDEST = 1, /**< the item goes whose key was set first */
    /** The item goes that has not been used for longest. Get, touch, setdefault and what sets its
     *  value are uses; contains, ttl, expire, and reading many items are not. */
    HF_LEAST_RECENTLY_USED = 2
} hf_eviction;

typedef struct hf_dict_options {
    hf_mode mode;
    uint64_t max_items;   /**< 0: only the manager's own limit */
    hf_eviction eviction; /**< needs max_items */
    hf_equality equality; /**< of keys, and of values that are compared; a key stays as it was set
                           *   first */
    /** Borrowed: what a new dict has from the first moment on; of equal keys the last one counts.
     *  No condition for one that exists. */
    const hf_any_item *initial;
    size_t initial_count;
    uint64_t reserved[8]; /**< zeros */
} hf_dict_options;

#define HF_DICT_OPTIONS HF_ZEROS

/** Open a dict, or a namespace, with a bound, an equality, or items that a new one has. An item
 *  that goes is told to watches (HF_CAUSE_EVICTED); items that have expired go before others.
 *
 *  options  borrowed; NULL: all zero
 *  Returns  as hf_dict_open(); HF_WRONG_TYPE (the dict has other options), HF_INVALID (an eviction
 *           without max_items); for initial items HF_TYPE_ERROR (a key that cannot be one) and
 *           HF_LIMIT (too many): none is created
 *  Cost     with HF_LEAST_RECENTLY_USED 64 bytes more for an item
 *  Source   dict(items); functools.lru_cache; maxmemory-policy, in Redis
 */
HF_API HF_MUST_USE hf_status hf_dict_open_options(hf_client *client, const char *name,
                                                  const hf_dict_options *options, hf_dict *dict);
HF_API HF_MUST_USE hf_status hf_namespace_open_options(hf_client *client, const char *name,
                                                       const hf_dict_options *options,
                                                       hf_dict *space);

/** Get the value under `key`.
 *
 *  value    out; strings and bytes: free(); hf_any: hf_any_clear()
 *  len      out: how many bytes
 *  Returns  HF_OK; HF_KEY_ERROR (no such key); HF_TYPE_ERROR (the value is of another kind, or a
 *           string with a NUL in it)
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
 *  Returns  HF_OK; HF_TYPE_ERROR (not a key; unchanged)
 *  Source   dict.__setitem__
 */
HF_API HF_MUST_USE hf_status hf_dict_set_int(hf_dict dict, const char *key, int64_t value);
HF_API HF_MUST_USE hf_status hf_dict_set_double(hf_dict dict, const char *key, double value);
HF_API HF_MUST_USE hf_status hf_dict_set_bool(hf_dict dict, const char *key, bool value);
HF_API HF_MUST_USE hf_status hf_dict_set_string(hf_dict dict, const char *key, const char *value);
HF_API HF_MUST_USE hf_status hf_dict_set_bytes(hf_dict dict, const char *key, const void *value,
                                               size_t len);
HF_API HF_MUST_USE hf_status hf_dict_set_any(hf_dict dict, hf_any key, hf_any value);

/** Delete the item under `key`.
 *
 *  Returns  HF_OK; HF_KEY_ERROR (no such key)
 *  Source   dict.__delitem__
 */
HF_API HF_MUST_USE hf_status hf_dict_delete(hf_dict dict, const char *key);
HF_API HF_MUST_USE hf_status hf_dict_delete_any(hf_dict dict, hf_any key);

/** Tell whether the dict has the key. */
HF_API HF_MUST_USE hf_status hf_dict_contains(hf_dict dict, const char *key, bool *contains);
HF_API HF_MUST_USE hf_status hf_dict_contains_any(hf_dict dict, hf_any key, bool *contains);

/** Get the number of items. */
HF_API HF_MUST_USE hf_status hf_dict_len(hf_dict dict, uint64_t *len);

/** Take the item under `key` out and get its value.
 *
 *  value    out; hf_any_clear()
 *  Returns  HF_OK; HF_KEY_ERROR (no such key)
 *  Source   dict.pop
 */
HF_API HF_MUST_USE hf_status hf_dict_pop_any(hf_dict dict, hf_any key, hf_any *value);

/** Take the newest item out.
 *
 *  key      out; hf_any_clear()
 *  value    out; hf_any_clear()
 *  Returns  HF_OK; HF_KEY_ERROR (the dict is empty)
 *  Source   dict.popitem
 */
HF_API HF_MUST_USE hf_status hf_dict_popitem(hf_dict dict, hf_any *key, hf_any *value);

/** Get the value under `key`; if there is none, store `value` there and get that.
 *
 *  present  out; hf_any_clear()
 *  Returns  HF_OK
 *  Source   dict.setdefault
 */
HF_API HF_MUST_USE hf_status hf_dict_setdefault_any(hf_dict dict, hf_any key, hf_any value,
                                                    hf_any *present);

/** Set many items in one step: all, or none.
 *
 *  items    borrowed; of equal keys the last one counts
 *  len      how many items
 *  Returns  HF_OK; HF_TYPE_ERROR (one is not a key), HF_LIMIT, HF_TOO_BIG (more than a frame, 16
 *           MiB, holds): unchanged
 *  Source   dict.update
 */
HF_API HF_MUST_USE hf_status hf_dict_update(hf_dict dict, const hf_any_item *items, size_t len);

/** Get all keys, values or items, in order. An item that is there all the while is seen exactly
 *  once; others may be changed by others in between. hf_dict_copy() is one step.
 *
 *  keys     out; values and keys: hf_any_array_clear(); items: hf_any_map_array_clear()
 *  Returns  HF_OK; HF_INVALID (this thread collects calls, see pipeline.h)
 *  Cost     one round trip per 10,000 items
 *  Source   dict.keys, dict.values, dict.items
 */
HF_API HF_MUST_USE hf_status hf_dict_keys(hf_dict dict, hf_any_array *keys);
HF_API HF_MUST_USE hf_status hf_dict_values(hf_dict dict, hf_any_array *values);
HF_API HF_MUST_USE hf_status hf_dict_items(hf_dict dict, hf_any_map_array *items);

/** Get one page of items, to walk over a large dict.
 *
 *  limit    how many items at most: 1 to 10,000; 0: 10,000
 *  cursor   in and out, not NULL: 0 before the first page, and 0 again after the last
 *  items    out; hf_any_map_array_clear()
 *  Returns  HF_OK; HF_INVALID (no cursor); HF_NO_OBJECT (also if the manager was restarted since
 *           the first page: begin again with 0)
 */
HF_API HF_MUST_USE hf_status hf_dict_page(hf_dict dict, uint32_t limit, uint64_t *cursor,
                                          hf_any_map_array *items);

/** Get all items in one step, as a map.
 *
 *  map      out; hf_any_clear()
 *  Returns  HF_OK; HF_TOO_BIG (more than a frame holds)
 *  Source   dict.copy
 */
HF_API HF_MUST_USE hf_status hf_dict_copy(hf_dict dict, hf_any *map);

/** Delete all items. */
HF_API HF_MUST_USE hf_status hf_dict_clear(hf_dict dict);

/** Add to the number under `key` in one step.
 *
 *  bounds   borrowed; NULL: only the range of the number
 *  result   out: the new number
 *  Returns  HF_OK; HF_KEY_ERROR (no such key), HF_TYPE_ERROR (no number, a double added to an int,
 *           or hf_dict_add_int() to a double), HF_OUT_OF_RANGE (past a bound or the range of the
 *           number): unchanged
 */
HF_API HF_MUST_USE hf_status hf_dict_add_int(hf_dict dict, const char *key, int64_t amount,
                                             const hf_bounds *bounds, int64_t *result);
HF_API HF_MUST_USE hf_status hf_dict_add_double(hf_dict dict, const char *key, double amount,
                                                const hf_bounds *bounds, double *result);

/** Add to the number under `key`, or to `initial` if there is no such key: a counter needs no
 *  setting up.
 *
 *     status = hf_dict_add_int_from(dict, "visits", 1, NULL, 0, &count);    // 1 at first
 *
 *  initial  the number to add to if there is no such key
 *  Returns  as hf_dict_add_int(), but never HF_KEY_ERROR; HF_OUT_OF_RANGE also if the first sum is
 *           past a bound: no item is made
 */
HF_API HF_MUST_USE hf_status hf_dict_add_int_from(hf_dict dict, const char *key, int64_t amount,
                                                  const hf_bounds *bounds, int64_t initial,
                                                  int64_t *result);
HF_API HF_MUST_USE hf_status hf_dict_add_double_from(hf_dict dict, const char *key, double amount,
                                                     const hf_bounds *bounds, double initial,
                                                     double *result);

/** Add to the number under any key.
 *
 *  initial  the number to add to if there is no such key; null: HF_KEY_ERROR then
 *  result   out: the new number
 *  Returns  as hf_dict_add_int()
 */
HF_API HF_MUST_USE hf_status hf_dict_add_any(hf_dict dict, hf_any key, hf_any amount,
                                             const hf_bounds *bounds, hf_any initial,
                                             hf_any *result);

/** Replace the value under `key` if it equals *expected.
 *
 *  expected     borrowed; NULL: only if the key is not there
 *  replacement  borrowed; NULL: delete the item
 *  Returns      HF_OK; HF_MISMATCH (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_dict_compare_and_set(hf_dict dict, hf_any key,
                                                     const hf_any *expected,
                                                     const hf_any *replacement);

/** Set the value under `key`, and when it expires. From then on nobody sees the item any more, and
 *  the manager removes it; watches are told of it (HF_CAUSE_EXPIRED). A plain hf_dict_set_...()
 *  or hf_dict_update() lets an item live on again; adding to its number changes nothing about it.
 *
 *  ttl_ms   how long it lives, at least 1; negative: it lives on, as after hf_dict_set_any()
 *  Returns  HF_OK; HF_TYPE_ERROR (not a key), HF_INVALID (ttl_ms is 0): unchanged
 *  Cost     64 bytes more for an item that expires
 *  Source   SET key value PX ms, in Redis
 */
HF_API HF_MUST_USE hf_status hf_dict_set_ttl(hf_dict dict, hf_any key, hf_any value,
                                             int64_t ttl_ms);

/** The same for the function without _ttl.
 *
 *  ttl_ms   hf_dict_setdefault_ttl(), hf_dict_add_ttl(): only for an item that the call itself
 *           makes; one that is there keeps its own
 *           hf_dict_compare_and_set_ttl(): of the replacement
 *           hf_dict_update_ttl(): of each of the items
 */
HF_API HF_MUST_USE hf_status hf_dict_setdefault_ttl(hf_dict dict, hf_any key, hf_any value,
                                                    int64_t ttl_ms, hf_any *present);
HF_API HF_MUST_USE hf_status hf_dict_add_ttl(hf_dict dict, hf_any key, hf_any amount,
                                             const hf_bounds *bounds, hf_any initial,
                                             int64_t ttl_ms, hf_any *result);
HF_API HF_MUST_USE hf_status hf_dict_compare_and_set_ttl(hf_dict dict, hf_any key,
                                                         const hf_any *expected,
                                                         const hf_any *replacement, int64_t ttl_ms);
HF_API HF_MUST_USE hf_status hf_dict_update_ttl(hf_dict dict, const hf_any_item *items, size_t len,
                                                int64_t ttl_ms);

/** Set when the item under `key` expires.
 *
 *  ttl_ms   from now, at least 1; negative: it lives on
 *  Returns  HF_OK; HF_KEY_ERROR (no such key), HF_INVALID (ttl_ms is 0): unchanged
 *  Source   PEXPIRE, PERSIST, in Redis
 */
HF_API HF_MUST_USE hf_status hf_dict_expire(hf_dict dict, hf_any key, int64_t ttl_ms);

/** Get the value under `key`, and set when the item expires, in one step: for sessions and caches
 *  that live as long as they are used.
 *
 *  ttl_ms   as hf_dict_expire()
 *  value    out; hf_any_clear()
 *  Returns  as hf_dict_expire()
 */
HF_API HF_MUST_USE hf_status hf_dict_touch(hf_dict dict, hf_any key, int64_t ttl_ms, hf_any *value);

/** Get how long the item under `key` still lives.
 *
 *  ttl_ms   out: at least 1; -1: it lives on
 *  Returns  HF_OK; HF_KEY_ERROR (no such key)
 *  Source   PTTL, in Redis
 */
HF_API HF_MUST_USE hf_status hf_dict_ttl(hf_dict dict, hf_any key, int64_t *ttl_ms);

/** Add a check to the batch that this thread collects (hf_batch_begin): the batch runs only if this
 *  value is under the key, or any value, or none.
 *
 *  Returns  HF_OK: hf_batch_finish() tells whether the check held; HF_INVALID (no batch was begun)
 *  Cost     no round trip of its own
 */
HF_API HF_MUST_USE hf_status hf_dict_check_equals(hf_dict dict, hf_any key, hf_any value);
HF_API HF_MUST_USE hf_status hf_dict_check_exists(hf_dict dict, hf_any key);
HF_API HF_MUST_USE hf_status hf_dict_check_absent(hf_dict dict, hf_any key);

HF_API hf_any hf_dict_ref(hf_dict dict);
HF_API HF_MUST_USE hf_status hf_dict_from_ref(hf_client *client, hf_any ref, hf_dict *dict);

HF_END_DECLS
#endif
