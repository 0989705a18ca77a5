/* SPDX-License-Identifier: MIT
 *
 * hf_any: any value that an object can hold.
 *
 * Scalars are made and copied like numbers. Strings, bytes, lists and maps point to memory: what
 * the constructors below make borrows the caller's memory (nothing to release, valid as long as
 * that memory is); what a call gives back owns its memory and is released with hf_any_clear().
 *
 *     hf_any pair[] = {hf_any_string("ada"), hf_any_int(36)};
 *     hf_list_append_any(list, hf_any_list(pair, 2));
 */
#ifndef HOLDFAST_ANY_H
#define HOLDFAST_ANY_H

#include <holdfast/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_any_kind {
    HF_ANY_NULL = 0,
    HF_ANY_BOOL,
    HF_ANY_INT,    /**< int64_t */
    HF_ANY_DOUBLE, /**< IEEE 754 */
    HF_ANY_STRING, /**< UTF-8, may contain NUL */
    HF_ANY_BYTES,
    HF_ANY_LIST,
    HF_ANY_MAP,
    HF_ANY_REF /**< an object of the manager */
} hf_any_kind;

typedef struct hf_any hf_any;
typedef struct hf_any_item hf_any_item;

struct hf_any {
    hf_any_kind kind;
    size_t len; /**< STRING, BYTES: bytes, without the NUL that closes results; LIST, MAP: items */
    union {
        bool as_bool;
        int64_t as_int;
        double as_double;
        const char *string;
        const uint8_t *bytes;
        const hf_any *items;      /**< LIST */
        const hf_any_item *pairs; /**< MAP */
        uint64_t ref;             /**< object id */
    };
};

struct hf_any_item {
    hf_any key; /**< null, bool, int, double, string or bytes */
    hf_any value;
};

/** A list of values that a call gives back. */
typedef struct hf_any_array {
    hf_any *items;
    size_t len;
} hf_any_array;

/** A list of items that a call gives back. */
typedef struct hf_any_map_array {
    hf_any_item *pairs;
    size_t len;
} hf_any_map_array;

/* Constructors: no allocation, nothing to release. `string` must not be NULL. */
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

/** Release what a call gave back and make it null. Not for what the constructors make. */
HF_API void hf_any_clear(hf_any *any);

/** Release a list of values / of items that a call gave back. */
HF_API void hf_any_array_clear(hf_any_array *array);
HF_API void hf_any_map_array_clear(hf_any_map_array *array);

/** A deep copy that owns its memory. Returns HF_OK, HF_NO_MEMORY or HF_TOO_BIG (nested deeper than
 * 32). */
HF_API HF_MUST_USE hf_status hf_any_copy(hf_any any, hf_any *copy);

/** Equal in kind and value, as the manager compares: 1, 1.0 and true differ; NaN equals NaN; maps
 * are equal when they have equal items, in any order. */
HF_API bool hf_any_equal(hf_any a, hf_any b);

#ifdef __cplusplus
}
#endif
#endif
