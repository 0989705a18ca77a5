/* SPDX-License-Identifier: MIT
 *
 * The manual of the shell: one row for each operation that it offers. A row has what the operation
 * does, how it can be refused, an example, and what the shell must know that the descriptor does
 * not say. A namespace has the rows of a dict.
 *
 * The rows are in manual_values.c (types that keep values) and manual_waits.c (all others). A test
 * demands a row for each operation, and runs each example.
 */
#ifndef HF_MANUAL_H
#define HF_MANUAL_H

#include "ops.h"

enum {
    /** Creates the object if none has the name: the operation puts something into it, or waits for
     * what others put. An operation that only looks, or takes away, never creates one. */
    MANUAL_CREATES = 1 << 0,
    /** Its one VALUE may be `-` or @FILE. */
    MANUAL_FROM_FILE = 1 << 1,
    /** Only programs can use it: what it begins or ends belongs to a session. */
    MANUAL_PROGRAMS = 1 << 2
};

struct manual_row {
    unsigned op; /* its tag in Request */
    unsigned flags;
    const char *does;    /* a sentence */
    const char *refusal; /* "KEY_ERROR: why; VALUE_ERROR: why"; "": none of its own */
    const char *example; /* the words behind `holdfast TYPE` */
};

/** The row of an operation, which has one. */
const struct manual_row *manual_find(const struct op *op);

/** The row at this index; NULL after the last one. */
const struct manual_row *manual_at(size_t index);

/** True if the shell refuses the operation, or it is of use to programs only. */
bool manual_is_for_programs(const struct op *op);

/* The two halves. */
extern const struct manual_row manual_values[];
extern const size_t manual_value_count;
extern const struct manual_row manual_waits[];
extern const size_t manual_wait_count;

#endif
