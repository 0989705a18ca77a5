/* SPDX-License-Identifier: MIT
 *
 * See flights.h.
 */
#include "flights.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

/* Close up the places of groups that have ended. */
static void close_up(struct flights *flights) {
    size_t kept = 0;
    for (size_t i = flights->start; i < flights->end; i++) {
        if (flights->items[i].group) {
            flights->items[kept++] = flights->items[i];
        }
    }
    assert(kept == flights->count);
    flights->start = 0;
    flights->end = kept;
}

bool flights_reserve(struct flights *flights) {
    if (flights->end < flights->capacity) {
        return true;
    }
    if (flights->count <= flights->capacity / 2 && flights->capacity > 0) {
        close_up(flights);
        return true;
    }
    size_t capacity = flights->capacity ? flights->capacity * 2 : FIRST_CAPACITY;
    struct flight *items = reallocarray(flights->items, capacity, sizeof *items);
    if (!items) {
        return false;
    }
    flights->items = items;
    flights->capacity = capacity;
    return true;
}

void flights_add(struct flights *flights, uint64_t first_id, struct group *group) {
    assert(flights->end < flights->capacity && group);
    assert(flights->end == 0 || flights->items[flights->end - 1].first_id < first_id);
    flights->items[flights->end++] = (struct flight){first_id, group};
    flights->count++;
}

/* Ids grow by one at least from flight to flight. So this one is not so far behind the first, and
 * answers in the order of their requests are found at once. */
static size_t end_for(const struct flights *flights, uint64_t id) {
    const struct flight *first = &flights->items[flights->start];
    if (flights->start == flights->end || id < first->first_id) {
        return flights->start;
    }
    uint64_t distance = id - first->first_id;
    return distance < flights->end - flights->start ? flights->start + (size_t)distance + 1
                                                    : flights->end;
}

/* The place of the last flight that does not begin behind this id; `end`: there is none. */
static size_t place_of(const struct flights *flights, uint64_t id) {
    size_t low = flights->start;
    size_t high = end_for(flights, id);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (flights->items[middle].first_id <= id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > flights->start ? low - 1 : flights->end;
}

struct group *flights_find(const struct flights *flights, uint64_t id) {
    size_t place = place_of(flights, id);
    return place < flights->end ? flights->items[place].group : NULL;
}

void flights_remove(struct flights *flights, uint64_t first_id) {
    size_t place = place_of(flights, first_id);
    assert(place < flights->end && flights->items[place].first_id == first_id);
    assert(flights->items[place].group && flights->count > 0);
    flights->items[place].group = NULL;
    flights->count--;
    while (flights->start < flights->end && !flights->items[flights->start].group) {
        flights->start++;
    }
    if (flights->start == flights->end) {
        flights->start = flights->end = 0;
    }
}

struct group *flights_next(const struct flights *flights, size_t *at) {
    for (; *at < flights->end; (*at)++) {
        if (*at >= flights->start && flights->items[*at].group) {
            return flights->items[(*at)++].group;
        }
    }
    return NULL;
}

void flights_fini(struct flights *flights) {
    free(flights->items);
    *flights = (struct flights){.items = NULL};
}
