/* SPDX-License-Identifier: MIT
 *
 * Things in the order of their due times, which can be counted: how many are due by now. Each thing
 * embeds a date. Beside it the calendar keeps 16 bytes for it, in pages of PAGE_DATES.
 *
 * A date that is later than all others goes to the end in O(1), and the first one leaves in O(1).
 * Otherwise its page is found by bisection, and part of that page is moved. A page that is full is
 * split, and neighbours that are mostly empty become one. Then the list of the pages is moved: 16
 * bytes for each PAGE_DATES.
 */
#ifndef HF_CALENDAR_H
#define HF_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Dates with the same time are in the order of their serials, and those with the same serial in
 * some order. */
struct date {
    int64_t due_ms;
    uint64_t serial;
};

struct calendar_page;

struct calendar {
    struct calendar_page *pages;
    size_t page_count;
    size_t page_room;
};

void calendar_init(struct calendar *calendar);

/** The dates are not touched. */
void calendar_fini(struct calendar *calendar);

/** Free the last page. Only more of this may follow.
 *
 *  Returns  how many dates it had; 0: all is freed, as by calendar_fini()
 */
size_t calendar_dismantle(struct calendar *calendar);

static inline bool calendar_empty(const struct calendar *calendar) {
    return calendar->page_count == 0;
}

/** Enter a date, due at `due_ms`. false: no memory, unchanged. */
bool calendar_add(struct calendar *calendar, struct date *date, int64_t due_ms);

/** Change the time of a date that was entered. false: no memory, unchanged. */
bool calendar_move(struct calendar *calendar, struct date *date, int64_t due_ms);

/** Remove a date that was entered. */
void calendar_remove(struct calendar *calendar, struct date *date);

/** The first one; NULL: there is none. O(1). */
struct date *calendar_first(const struct calendar *calendar);

/** How many are due at this time or before. O(pages), but O(1) if none is. */
size_t calendar_count(const struct calendar *calendar, int64_t until_ms);

#endif
