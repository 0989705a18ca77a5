/* SPDX-License-Identifier: MIT
 *
 * See calendar.h. No page is empty, and all entries of a page come before those of the next.
 */
#include "calendar.h"

#include "mem.h"

#include <assert.h>
#include <string.h>

enum { PAGE_DATES = 512, PAGE_ROOM_MIN = 4, PAGES_MIN = 4 };

struct calendar_entry {
    int64_t due_ms;
    struct date *date;
};

struct calendar_page {
    struct calendar_entry *entries;
    uint32_t count;
    uint32_t room;
};

/** The position of an entry, or the one that it should have. */
struct place {
    size_t page;
    size_t entry;
};

void calendar_init(struct calendar *calendar) {
    *calendar = (struct calendar){0};
}

void calendar_fini(struct calendar *calendar) {
    while (calendar_dismantle(calendar) > 0) {
    }
}

size_t calendar_dismantle(struct calendar *calendar) {
    if (calendar->page_count == 0) {
        mem_free(calendar->pages);
        calendar_init(calendar);
        return 0;
    }
    struct calendar_page *last = &calendar->pages[--calendar->page_count];
    size_t count = last->count;
    mem_free(last->entries);
    return count;
}

/* ---- finding ---- */

/* Dates with the same time and serial are in the order of their addresses, so that each is found
 * without a search among them: very many may be of one item for a moment. */
static bool comes_before(const struct calendar_entry *entry, int64_t due_ms,
                         const struct date *date) {
    if (entry->due_ms != due_ms) {
        return entry->due_ms < due_ms;
    }
    return entry->date->serial != date->serial ? entry->date->serial < date->serial
                                               : (uintptr_t)entry->date < (uintptr_t)date;
}

/* The first page whose last entry does not come before this one; if there is none, the last. */
static size_t calendar_page_for(const struct calendar *calendar, int64_t due_ms,
                                const struct date *date) {
    size_t low = 0;
    size_t high = calendar->page_count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct calendar_page *page = &calendar->pages[middle];
        if (comes_before(&page->entries[page->count - 1], due_ms, date)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The first entry that does not come before this one. */
static struct place calendar_find(const struct calendar *calendar, int64_t due_ms,
                                  const struct date *date) {
    assert(calendar->page_count > 0);
    const struct calendar_page *last = &calendar->pages[calendar->page_count - 1];
    if (comes_before(&last->entries[last->count - 1], due_ms, date)) {
        return (struct place){calendar->page_count - 1, last->count};
    }
    size_t at = calendar_page_for(calendar, due_ms, date);
    const struct calendar_page *page = &calendar->pages[at];
    size_t low = 0;
    size_t high = page->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (comes_before(&page->entries[middle], due_ms, date)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (struct place){at, low};
}

struct date *calendar_first(const struct calendar *calendar) {
    return calendar->page_count > 0 ? calendar->pages[0].entries[0].date : NULL;
}

static size_t calendar_count_in(const struct calendar_page *page, int64_t until_ms) {
    size_t low = 0;
    size_t high = page->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (page->entries[middle].due_ms <= until_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Every page but the last that has one begins with an entry that is due, so all before it are. */
size_t calendar_count(const struct calendar *calendar, int64_t until_ms) {
    size_t count = 0;
    for (size_t i = 0; i < calendar->page_count; i++) {
        const struct calendar_page *page = &calendar->pages[i];
        if (page->entries[0].due_ms > until_ms) {
            break;
        }
        bool all = i + 1 < calendar->page_count && page[1].entries[0].due_ms <= until_ms;
        count += all ? page->count : calendar_count_in(page, until_ms);
    }
    return count;
}

/* ---- pages ---- */

/* A new page with room for all entries, or few if it is the only one. */
static bool calendar_insert_page(struct calendar *calendar, size_t at) {
    if (calendar->page_count == calendar->page_room) {
        size_t room = calendar->page_room ? calendar->page_room * 2 : PAGES_MIN;
        struct calendar_page *pages = mem_resize(calendar->pages, room * sizeof *pages);
        if (!pages) {
            return false;
        }
        calendar->pages = pages;
        calendar->page_room = room;
    }
    uint32_t room = calendar->page_count > 0 ? PAGE_DATES : PAGE_ROOM_MIN;
    struct calendar_entry *entries = mem_resize(NULL, room * sizeof *entries);
    if (!entries) {
        return false;
    }
    memmove(&calendar->pages[at + 1], &calendar->pages[at],
            (calendar->page_count - at) * sizeof *calendar->pages);
    calendar->pages[at] = (struct calendar_page){entries, 0, room};
    calendar->page_count++;
    return true;
}

static void calendar_remove_page(struct calendar *calendar, size_t at) {
    mem_free(calendar->pages[at].entries);
    calendar->page_count--;
    memmove(&calendar->pages[at], &calendar->pages[at + 1],
            (calendar->page_count - at) * sizeof *calendar->pages);
    if (calendar->page_count == 0) {
        calendar_fini(calendar);
    }
}

/* Room for one entry more in a page that is not full. */
static bool calendar_grow_page(struct calendar_page *page) {
    assert(page->count < PAGE_DATES);
    if (page->count < page->room) {
        return true;
    }
    uint32_t room = page->room * 2;
    struct calendar_entry *entries = mem_resize(page->entries, room * sizeof *entries);
    if (!entries) {
        return false;
    }
    page->entries = entries;
    page->room = room;
    return true;
}

/* Make room at a full page: behind its end a new page begins, otherwise half of it moves to one. */
static bool calendar_split(struct calendar *calendar, struct place *place) {
    if (!calendar_insert_page(calendar, place->page + 1)) {
        return false;
    }
    struct calendar_page *full = &calendar->pages[place->page];
    assert(full->count == PAGE_DATES);
    uint32_t kept = place->entry == PAGE_DATES ? PAGE_DATES : PAGE_DATES / 2;
    full[1].count = full->count - kept;
    memcpy(full[1].entries, &full->entries[kept], full[1].count * sizeof *full->entries);
    full->count = kept;
    if (place->entry > kept || kept == PAGE_DATES) {
        *place = (struct place){place->page + 1, place->entry - kept};
    }
    return true;
}

/* Bring the entries of a page to the one before it, if both are mostly empty and that has room. */
static bool calendar_merge(struct calendar *calendar, size_t at) {
    if (at == 0 || at >= calendar->page_count) {
        return false;
    }
    struct calendar_page *to = &calendar->pages[at - 1];
    const struct calendar_page *from = &calendar->pages[at];
    if (to->count + from->count > PAGE_DATES / 2 || to->count + from->count > to->room) {
        return false;
    }
    memcpy(&to->entries[to->count], from->entries, from->count * sizeof *from->entries);
    to->count += from->count;
    calendar_remove_page(calendar, at);
    return true;
}

/* ---- changing ---- */

static bool calendar_insert(struct calendar *calendar, struct date *date, int64_t due_ms) {
    if (calendar->page_count == 0 && !calendar_insert_page(calendar, 0)) {
        calendar_fini(calendar);
        return false;
    }
    struct place place = {0, 0};
    if (calendar->pages[0].count > 0) {
        place = calendar_find(calendar, due_ms, date);
    }
    if (calendar->pages[place.page].count == PAGE_DATES && !calendar_split(calendar, &place)) {
        return false;
    }
    struct calendar_page *page = &calendar->pages[place.page];
    if (!calendar_grow_page(page)) {
        return false;
    }
    memmove(&page->entries[place.entry + 1], &page->entries[place.entry],
            (page->count - place.entry) * sizeof *page->entries);
    page->entries[place.entry] = (struct calendar_entry){due_ms, date};
    page->count++;
    return true;
}

void calendar_remove(struct calendar *calendar, struct date *date) {
    struct place place = calendar_find(calendar, date->due_ms, date);
    struct calendar_page *page = &calendar->pages[place.page];
    assert(place.entry < page->count && page->entries[place.entry].date == date);
    page->count--;
    memmove(&page->entries[place.entry], &page->entries[place.entry + 1],
            (page->count - place.entry) * sizeof *page->entries);
    if (page->count == 0) {
        calendar_remove_page(calendar, place.page);
    } else if (!calendar_merge(calendar, place.page)) {
        (void)calendar_merge(calendar, place.page + 1);
    }
}

bool calendar_add(struct calendar *calendar, struct date *date, int64_t due_ms) {
    if (!calendar_insert(calendar, date, due_ms)) {
        return false;
    }
    date->due_ms = due_ms;
    return true;
}

bool calendar_move(struct calendar *calendar, struct date *date, int64_t due_ms) {
    if (due_ms == date->due_ms) {
        return true;
    }
    if (!calendar_insert(calendar, date, due_ms)) {
        return false;
    }
    calendar_remove(calendar, date);
    date->due_ms = due_ms;
    return true;
}
