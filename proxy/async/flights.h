/* SPDX-License-Identifier: MIT
 *
 * The groups that were sent and have not ended, by the ids of their requests. Ids grow, so the
 * groups are an array in their order: one more is appended, an id is searched by halves, and the
 * places of those that have ended are closed up when they are half of it.
 */
#ifndef HF_FLIGHTS_H
#define HF_FLIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct group;

struct flight {
    uint64_t first_id;   /* of its requests */
    struct group *group; /* NULL: it has ended */
};

/* All zero is an empty one. */
struct flights {
    struct flight *items;
    size_t start; /* what lies before has ended */
    size_t end;
    size_t capacity;
    size_t count; /* of groups that have not ended */
};

/** Make room for one more. Returns false: no memory. */
bool flights_reserve(struct flights *flights);

/** Append a group. Its id is greater than all others, and room was reserved. */
void flights_add(struct flights *flights, uint64_t first_id, struct group *group);

/** The last group that does not begin behind this id; NULL: none, or it has ended. */
struct group *flights_find(const struct flights *flights, uint64_t id);

/** Remove the group that begins with this id, and is there. */
void flights_remove(struct flights *flights, uint64_t first_id);

/** The first group from the place `*at` on, which is 0 at first and is advanced behind it; NULL:
 * there are no more. Groups may be removed meanwhile, but none be added. */
struct group *flights_next(const struct flights *flights, size_t *at);

void flights_fini(struct flights *flights);

#endif
