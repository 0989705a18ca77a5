/* SPDX-License-Identifier: MIT
 *
 * Allocations of the library that fail on demand, in executables with the link options that
 * CMakeLists.txt gives them.
 */
#ifndef HF_TESTS_FAILING_H
#define HF_TESTS_FAILING_H

#include <stdbool.h>

/** From now on one allocation fails, after so many that do not. */
void failing_begin(long allocations);

/** No more. Returns whether it has come to the one that fails. */
bool failing_stop(void);

#endif
