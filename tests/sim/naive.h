/* SPDX-License-Identifier: MIT
 *
 * The rules of the protocol for values (equality, order, addition), written a second time for the
 * model, as plainly as possible.
 */
#ifndef HF_SIM_NAIVE_H
#define HF_SIM_NAIVE_H

#include <holdfast.pb-c.h>
#include <holdfast/status.h>
#include <stdbool.h>

Hf__Any *naive_int(int64_t value);
Hf__Any *naive_double(double value);
Hf__Any *naive_bool(bool value);
Hf__Any *naive_list(const Hf__AnyList *list);
Hf__Any *naive_map(const Hf__AnyMap *map);

/** Call `visit` for each reference in the value. */
void naive_each_ref(const Hf__Any *any, void (*visit)(void *context, uint64_t ref), void *context);

/** Same kind, same value; NaN equals NaN, maps have no order. */
bool naive_equal(const Hf__Any *a, const Hf__Any *b);

/** The same for an object that has an equality. */
bool naive_same(Hf__Equality equality, const Hf__Any *a, const Hf__Any *b);

/** Whether it can be a key. */
bool naive_can_be_key(const Hf__Any *any);

/** Compare as for sorting; false: the two have no order. */
bool naive_order(const Hf__Any *a, const Hf__Any *b, int *order);

/** The rules of addition with bounds. NULL or null: no such bound. */
hf_status naive_add(const Hf__Any *number, const Hf__Any *amount, const Hf__Any *floor,
                    const Hf__Any *ceiling, Hf__Any **sum);

/** Whether amount and bounds are what an addition accepts at all. */
bool naive_addition(const Hf__Any *amount, const Hf__Any *floor, const Hf__Any *ceiling);

#endif
