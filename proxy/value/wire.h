/* SPDX-License-Identifier: MIT
 *
 * From hf_any, the caller's form of a value, to Any, its form in the protocol, and back.
 */
#ifndef HF_WIRE_H
#define HF_WIRE_H

#include "holdfast.pb-c.h"
#include "scratch.h"

#include <holdfast/any.h>
#include <stddef.h>

/** Encode a value. `wire` borrows strings, bytes and big integers; what is nested is packed, in
 * `scratch`.
 *
 *  Returns  HF_OK; HF_NO_MEMORY; HF_TOO_BIG (nested deeper than 32); HF_INVALID (not a hf_any)
 */
HF_MUST_USE hf_status wire_put(struct scratch *scratch, hf_any any, Hf__Any *wire);

/** Encode many values as a repeated field. */
HF_MUST_USE hf_status wire_put_array(struct scratch *scratch, const hf_any *items, size_t len,
                                     Hf__Any ***wire);

/** Encode many items as a repeated field. */
HF_MUST_USE hf_status wire_put_items(struct scratch *scratch, const hf_any_item *pairs, size_t len,
                                     Hf__Item ***wire);

/** Decode a value into memory of its own.
 *
 *  Returns  HF_OK; with `any` untouched HF_NO_MEMORY, HF_PROTOCOL (what is nested cannot be read),
 *           HF_TOO_BIG (it is nested too deep). No detail is set
 */
HF_MUST_USE hf_status wire_take(const Hf__Any *wire, hf_any *any);

/** Decode `len` values and append them to `array`. Returns as wire_take(). */
HF_MUST_USE hf_status wire_take_array(Hf__Any *const *wire, size_t len, hf_any_array *array);

/** Decode `len` items and append them to `map`: the key of each is in `keys`, its value at the same
 * place in `values`. */
HF_MUST_USE hf_status wire_take_pairs(Hf__Any *const *keys, Hf__Any *const *values, size_t len,
                                      hf_any_map_array *map);

#endif
