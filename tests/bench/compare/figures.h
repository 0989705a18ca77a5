/* SPDX-License-Identifier: MIT
 *
 * Figures other than rates: how long it takes until a lock has its next owner when the last was
 * killed, what memory things take, and how long the server pauses while a dict grows.
 */
#ifndef COMPARE_FIGURES_H
#define COMPARE_FIGURES_H

#include "contest.h"

#define FIGURE_TAKEOVER "takeover after kill -9, median"
#define FIGURE_TAKEOVER_LONGEST "takeover after kill -9, longest"
#define FIGURE_ENTRY "memory of a dict entry"
#define FIGURE_OBJECT "memory of an object"
#define FIGURE_LONGEST "longest request while a dict grows"
#define FIGURE_PAUSE "most CPU time for a request while a dict grows"

/** Kill holders of locks. */
void takeover_run(const struct plan *plan);

/** Fill fresh servers, which are ended afterwards. None may run yet. */
void memory_run(const struct plan *plan);

#endif
