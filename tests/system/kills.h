/* SPDX-License-Identifier: MIT
 *
 * How long it took, after a kill, until somebody else could go on.
 */
#ifndef HF_TEST_KILLS_H
#define HF_TEST_KILLS_H

#include <stddef.h>
#include <stdint.h>

/** Print median and p99, and fail the test if the latter is out of proportion. Sorts the times. */
void kills_report(const char *who, int64_t *took_us, size_t count);

#endif
