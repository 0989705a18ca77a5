/* SPDX-License-Identifier: MIT
 *
 * The results as tables for people.
 */
#ifndef COMPARE_TABLE_H
#define COMPARE_TABLE_H

#include "results.h"

/** Explain the columns. */
void table_begin(const struct plan *plan);

/** A contest, in the order in which its systems were lined up. */
void table_print(const struct contest *contest, struct result *const results[], unsigned count);

#endif
