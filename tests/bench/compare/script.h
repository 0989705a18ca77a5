/* SPDX-License-Identifier: MIT
 *
 * Python's side of the comparison: manager.py does the work of clients.c and prints its results.
 */
#ifndef COMPARE_SCRIPT_H
#define COMPARE_SCRIPT_H

#include "clients.h"

/** Whether there is a Python to run it. */
bool script_exists(void);

/** As clients_run(). It starts a manager of its own. */
struct outcome script_run(const struct driver *driver, const struct task *task,
                          const struct shape *shape, int64_t time_ms, struct histogram *times);

#endif
