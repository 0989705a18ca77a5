/* SPDX-License-Identifier: MIT
 *
 * The order in which a pool's tasks are taken: those of the highest priority first; among these
 * each source (a submitter) has its turn, however many it has; and of a source the oldest first.
 *
 *     level 10  -> line of a (its tasks, oldest first) -> line of b -> line of c
 *     level 9   -> line of b
 *     ...
 *
 * A source has a line in each level, which stands in the level's ring while there are tasks in it.
 * Every operation is O(1).
 */
#ifndef HF_SCHEDULE_H
#define HF_SCHEDULE_H

#include "link.h"
#include "wire_limits.h"

#include <stddef.h>
#include <stdint.h>

enum { SCHEDULE_LEVELS = 2 * HF_PRIORITY_MAX + 1 };

/** What is to be done, a part of a task. */
struct planned {
    struct link in_line;
    struct source *source;
    unsigned level;
};

/** Where tasks come from, a part of what stands for a submitter. */
struct source {
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

/** Its source and level are set; it comes last among the source's of this level. */
void schedule_add(struct schedule *schedule, struct planned *planned);

/** It comes before all others of its level. */
void schedule_add_first(struct schedule *schedule, struct planned *planned);

/** What is to be taken next; NULL: nothing. */
struct planned *schedule_next(const struct schedule *schedule);

/** Take out what schedule_next() has given: it was the turn of its source. */
void schedule_take(struct schedule *schedule, struct planned *planned);

/** Take out any: it was nobody's turn. */
void schedule_remove(struct schedule *schedule, struct planned *planned);

#endif
