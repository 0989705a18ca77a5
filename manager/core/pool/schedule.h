/* SPDX-License-Identifier: MIT
 *
 * The order in which a pool's tasks are taken: the highest priority first; within a priority the
 * sources (submitters) take turns, however many tasks each has; of one source the oldest first.
 *
 *     level 10  -> line of a (its tasks, oldest first) -> line of b -> line of c
 *     level 9   -> line of b
 *     ...
 *
 * A source has a line for each level. A line is in its level's ring while it has tasks.
 * Every operation is O(1).
 */
#ifndef HF_SCHEDULE_H
#define HF_SCHEDULE_H

#include "link.h"
#include "wire_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCHEDULE_LEVELS = 2 * HF_PRIORITY_MAX + 1 };

/** A queued task, as part of struct task. */
struct planned {
    struct link in_line;
    struct source *source;
    unsigned level;
};

/** The source of tasks, as part of struct origin. */
struct source {
    bool suspended; /* its lines are in no level */
    struct line {
        struct link in_level;
        struct link tasks;
    } lines[SCHEDULE_LEVELS];
};

struct schedule {
    struct link levels[SCHEDULE_LEVELS];
    uint32_t occupied; /* one bit for each level that has lines */
    size_t count;
};

void schedule_init(struct schedule *schedule);
void source_init(struct source *source);

/** Add a task, whose source and level are set, behind the others of its source and level. */
void schedule_add(struct schedule *schedule, struct planned *planned);

/** Add it before all others of its level. */
void schedule_add_first(struct schedule *schedule, struct planned *planned);

/** Until schedule_resume() none of the source's tasks is the next one. They count as queued. */
void schedule_suspend(struct schedule *schedule, struct source *source);
void schedule_resume(struct schedule *schedule, struct source *source);

/** The task to take next; NULL: none is queued, or all are suspended. */
struct planned *schedule_next(const struct schedule *schedule);

/** Any task; the newest of its source and level. NULL: as schedule_next(). */
struct planned *schedule_newest(const struct schedule *schedule);

/** Remove the task that schedule_next() returns. Its source has had its turn. */
void schedule_take(struct schedule *schedule, struct planned *planned);

/** Remove any task. No source has had its turn. */
void schedule_remove(struct schedule *schedule, struct planned *planned);

#endif
