/* SPDX-License-Identifier: MIT
 *
 * hf_any: any value that an object can hold.
 *
 * Scalars are made and copied like numbers. All others point to memory: strings, bytes, big
 * integers, lists, tuples, maps and opaque values. A value made by a constructor below borrows the
 * caller's memory: it is valid as long as that memory is, and nothing is to be released. A value
 * that a call gives back owns its memory and is released with hf_any_clear().
 *
 *     hf_any pair[] = {hf_any_string("ada"), hf_any_int(36)};
 *     status = hf_list_append_any(list, hf_any_list(pair, 2));
 *
 * A reader looks into a value with hf_any_get() and hf_any_at(), which accept what is not there,
 * and takes a scalar with a default:
 *
 *     hf_any settings = HF_ZEROS;
 *     status = hf_dict_copy(dict, &settings);
 *     const hf_any *server = hf_any_get(&settings, "server");
 *     number = hf_any_int_or(hf_any_get(server, "port"), 8080);
 *     puts(hf_any_string_or(hf_any_at(hf_any_get(server, "names"), 0), "localhost"));
 *     hf_any_clear(&settings);
 */
#ifndef HOLDFAST_ANY_H
#define HOLDFAST_ANY_H

#include <holdfast/status.h>
#include <stddef.h>
#include <stdint.h>

HF_BEGIN_DECLS

typedef enum hf_any_kind {
    HF_ANY_NULL = 0,
    HF_ANY_BOOL,
    HF_ANY_INT,    /**< int64_t */
    HF_ANY_DOUBLE, /**< IEEE 754 */
    HF_ANY_STRING, /**< UTF-8, may contain NUL */
    HF_ANY_BYTES,
    HF_ANY_LIST,
    HF_ANY_MAP,
    HF_ANY_REF,        /**< an object of the manager */
    HF_ANY_TUPLE = 10, /**< values that are never changed one by one: of keys, a key itself */
    HF_ANY_BIG,        /**< an integer that is no int64_t */
    HF_ANY_OPAQUE      /**< what only programs of one kind can read */
} hf_any_kind;

/** Which values a dict, list or set takes for the same. */
typedef enum hf_equality {
    HF_BY_KIND = 0, /**< 1, 1.0 and true are three, as hf_any_equal() has it */
    HF_BY_VALUE = 1 /**< numbers are equal by value, whatever their kind, also within tuples, lists
                     *   and maps: 1, 1.0 and true are one */
} hf_equality;

typedef struct hf_any hf_any;
typedef struct hf_any_item hf_any_item;

/** A value that the manager keeps unread, marked with who can read it. Two are equal if their tags
 *  are, and what identifies them: `equals`, or `bytes` where that is NULL. */
typedef struct hf_opaque {
    const char *tag; /**< UTF-8, 1 to 64 bytes, as "python/pickle" */
    const uint8_t *bytes;
    size_t len;
    const uint8_t *equals; /**< NULL: none */
    size_t equals_len;
    const uint64_t *refs; /**< ids of objects to which the bytes refer: they live as long as it */
    size_t ref_count;
} hf_opaque;

struct hf_any {
    hf_any_kind kind;
    size_t len; /**< STRING, BYTES, BIG: bytes, without the NUL that closes results; LIST, TUPLE,
                 *   MAP: items */
    HF_EXTENSION union { /* unnamed: any.as_int */
        bool as_bool;
        int64_t as_int;
        double as_double;
        const char *string;
        const uint8_t *bytes;     /**< BYTES; BIG: two's complement, the lowest byte first */
        const hf_any *items;      /**< LIST, TUPLE */
        const hf_any_item *pairs; /**< MAP */
        uint64_t ref;             /**< object id */
        const hf_opaque *opaque;
    };
};

struct hf_any_item {
    hf_any key; /**< null, bool, int, double, string, bytes, big, opaque, or a tuple of such */
    hf_any value;
};

/** A list of values that a call gives back. Release with hf_any_array_clear(). */
typedef struct hf_any_array {
    hf_any *items;
    size_t len;
} hf_any_array;

/** A list of items that a call gives back. Release with hf_any_map_array_clear(). */
typedef struct hf_any_map_array {
    hf_any_item *pairs;
    size_t len;
} hf_any_map_array;

/* Constructors: they allocate nothing and check nothing. The caller keeps `string`, `bytes`,
 * `items`, `pairs` and `opaque` for as long as the value is used. `len` counts bytes, values or
 * items; the pointer before it may be NULL only if it is 0. A string without a length ends with NUL
 * and must not be NULL. A call that is given an invalid value (a string that is not UTF-8, a map
 * with a key twice, a key of a map that cannot be one, an opaque value without a tag) refuses it
 * with HF_INVALID. */
HF_API hf_any hf_any_null(void);
HF_API hf_any hf_any_bool(bool value);
HF_API hf_any hf_any_int(int64_t value);
HF_API hf_any hf_any_double(double value);
HF_API hf_any hf_any_string(const char *string);
HF_API hf_any hf_any_string_n(const char *string, size_t len);
HF_API hf_any hf_any_bytes(const void *bytes, size_t len);
HF_API hf_any hf_any_list(const hf_any *items, size_t len);
HF_API hf_any hf_any_map(const hf_any_item *pairs, size_t len);
HF_API hf_any hf_any_ref(uint64_t id);
HF_API hf_any hf_any_tuple(const hf_any *items, size_t len);
HF_API hf_any hf_any_opaque(const hf_opaque *opaque);

/** An integer of any size.
 *
 *  bytes    borrowed; two's complement, the lowest byte first, in any length
 *  Returns  a HF_ANY_INT if it is an int64_t, otherwise a HF_ANY_BIG without the bytes that only
 *           repeat the sign: each integer has one form
 */
HF_API hf_any hf_any_big(const void *bytes, size_t len);

/** Release a value that a call gave back and make it null. NULL is accepted. Not for a value made
 *  by a constructor. */
HF_API void hf_any_clear(hf_any *any);

/** Release a list that a call gave back and make it empty. NULL is accepted. */
HF_API void hf_any_array_clear(hf_any_array *array);
HF_API void hf_any_map_array_clear(hf_any_map_array *array);

/** Make a deep copy that owns its memory. No call to the manager.
 *
 *  copy     out, not NULL; release with hf_any_clear()
 *  Returns  HF_OK; HF_NO_MEMORY; HF_TOO_BIG (nested deeper than 32); HF_INVALID (not a hf_any, or
 *           its string is NULL)
 */
HF_API HF_MUST_USE hf_status hf_any_copy(hf_any any, hf_any *copy);

/** Tell whether two values have the same kind and value, as the manager compares them.
 *
 *  Returns  true if they do. 1, 1.0 and true differ; NaN equals NaN; 0.0 equals -0.0; a list and a
 *           tuple differ; two maps are equal if they have equal items, in any order; for opaque
 *           values see hf_opaque
 *  Cost     O(size); of maps with their items in different orders O(items squared)
 */
HF_API bool hf_any_equal(hf_any a, hf_any b);

/** Find the value under a key of a map. No call to the manager.
 *
 *  map      not changed; NULL, or a value of another kind: nothing is found
 *  key      hf_any_get(): a string; hf_any_get_any(): any key, compared by hf_any_equal()
 *  Returns  the value, which belongs to the map; NULL: there is none
 *  Cost     O(items)
 *  Source   dict.get
 */
HF_API const hf_any *hf_any_get(const hf_any *map, const char *key);
HF_API const hf_any *hf_any_get_any(const hf_any *map, hf_any key);

/** Find an item of a list or tuple. No call to the manager.
 *
 *  list     not changed; NULL, or a value of another kind: nothing is found
 *  index    negative: from the end
 *  Returns  the item, which belongs to the list; NULL: there is none
 */
HF_API const hf_any *hf_any_at(const hf_any *list, int64_t index);

/** Take a scalar. An int is a double as well, rounded if it has more than 53 bits; nothing else
 *  converts.
 *
 *  any      of a string: as a call gives it back, or from hf_any_string(); so it ends with NUL
 *  Returns  the scalar, a string borrowed from `any`; `otherwise` if `any` is NULL, or of another
 *           kind, or a string with a NUL in it
 */
HF_API bool hf_any_bool_or(const hf_any *any, bool otherwise);
HF_API int64_t hf_any_int_or(const hf_any *any, int64_t otherwise);
HF_API double hf_any_double_or(const hf_any *any, double otherwise);
HF_API const char *hf_any_string_or(const hf_any *any, const char *otherwise);

HF_END_DECLS
#endif
