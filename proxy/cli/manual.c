/* SPDX-License-Identifier: MIT
 *
 * See manual.h.
 */
#include "manual.h"

#include <assert.h>

const struct manual_row *manual_at(size_t index) {
    if (index < manual_value_count) {
        return &manual_values[index];
    }
    index -= manual_value_count;
    return index < manual_wait_count ? &manual_waits[index] : NULL;
}

const struct manual_row *manual_find(const struct op *op) {
    const struct manual_row *row = NULL;
    for (size_t i = 0; (row = manual_at(i)) != NULL && row->op != op->field->id; i++) {
    }
    assert(row); /* test_ops.c finds operations without a row */
    return row;
}

bool manual_is_for_programs(const struct op *op) {
    return (manual_find(op)->flags & MANUAL_PROGRAMS) != 0;
}
