/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include <assert.h>

_Static_assert(SCHEDULE_LEVELS <= 32, "one bit for each level");

void schedule_init(struct schedule *schedule) {
    *schedule = (struct schedule){0};
    for (size_t i = 0; i < SCHEDULE_LEVELS; i++) {
        link_init(&schedule->levels[i]);
    }
}

void source_init(struct source *source) {
    for (size_t i = 0; i < SCHEDULE_LEVELS; i++) {
        link_init(&source->lines[i].in_level);
        link_init(&source->lines[i].tasks);
    }
}

static struct line *schedule_line(const struct planned *planned) {
    assert(planned->source && planned->level < SCHEDULE_LEVELS);
    return &planned->source->lines[planned->level];
}

void schedule_add(struct schedule *schedule, struct planned *planned) {
    struct line *line = schedule_line(planned);
    assert(link_alone(&planned->in_line));
    if (link_alone(&line->tasks) && !planned->source->suspended) {
        link_append(&schedule->levels[planned->level], &line->in_level);
        schedule->occupied |= 1u << planned->level;
    }
    link_append(&line->tasks, &planned->in_line);
    schedule->count++;
}

void schedule_add_first(struct schedule *schedule, struct planned *planned) {
    struct line *line = schedule_line(planned);
    assert(link_alone(&planned->in_line));
    link_prepend(&line->tasks, &planned->in_line);
    schedule->count++;
    if (!planned->source->suspended) {
        link_remove(&line->in_level);
        link_prepend(&schedule->levels[planned->level], &line->in_level);
        schedule->occupied |= 1u << planned->level;
    }
}

void schedule_suspend(struct schedule *schedule, struct source *source) {
    assert(!source->suspended);
    source->suspended = true;
    for (unsigned level = 0; level < SCHEDULE_LEVELS; level++) {
        link_remove(&source->lines[level].in_level);
        if (link_alone(&schedule->levels[level])) {
            schedule->occupied &= ~(1u << level);
        }
    }
}

void schedule_resume(struct schedule *schedule, struct source *source) {
    assert(source->suspended);
    source->suspended = false;
    for (unsigned level = 0; level < SCHEDULE_LEVELS; level++) {
        struct line *line = &source->lines[level];
        if (!link_alone(&line->tasks)) {
            link_append(&schedule->levels[level], &line->in_level);
            schedule->occupied |= 1u << level;
        }
    }
}

struct planned *schedule_next(const struct schedule *schedule) {
    if (!schedule->occupied) {
        return NULL;
    }
    unsigned level = 31u - (unsigned)__builtin_clz(schedule->occupied);
    const struct link *link = link_first(&schedule->levels[level]);
    assert(link);
    const struct line *line = LINK_OWNER(link, struct line, in_level);
    assert(!link_alone(&line->tasks));
    return LINK_OWNER(link_first(&line->tasks), struct planned, in_line);
}

struct planned *schedule_newest(const struct schedule *schedule) {
    if (!schedule->occupied) {
        return NULL;
    }
    unsigned level = (unsigned)__builtin_ctz(schedule->occupied);
    const struct line *line = LINK_OWNER(schedule->levels[level].prev, struct line, in_level);
    assert(!link_alone(&line->tasks));
    return LINK_OWNER(line->tasks.prev, struct planned, in_line);
}

void schedule_remove(struct schedule *schedule, struct planned *planned) {
    struct line *line = schedule_line(planned);
    assert(!link_alone(&planned->in_line) && schedule->count > 0);
    link_remove(&planned->in_line);
    schedule->count--;
    if (!link_alone(&line->tasks) || planned->source->suspended) {
        return;
    }
    link_remove(&line->in_level);
    if (link_alone(&schedule->levels[planned->level])) {
        schedule->occupied &= ~(1u << planned->level);
    }
}

void schedule_take(struct schedule *schedule, struct planned *planned) {
    struct line *line = schedule_line(planned);
    assert(schedule_next(schedule) == planned);
    schedule_remove(schedule, planned);
    if (!link_alone(&line->tasks)) {
        link_remove(&line->in_level);
        link_append(&schedule->levels[planned->level], &line->in_level);
    }
}
