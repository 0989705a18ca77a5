/* SPDX-License-Identifier: MIT
 *
 * See table.h. The design is that of CPython's compact dict (Objects/dictobject.c): removing an
 * entry marks it dead, and when the dead outnumber the living the entries are packed again, in
 * order; when most of the room is unused, memory is given back.
 */
#include "table.h"

#include "mem.h"

#include <assert.h>
#include <string.h>

enum { FREE = 0, GONE = 1, FIRST = 2 /* index values from here on: position + FIRST */ };
enum { ROOM_MIN = 8, ROOM_KEPT = 64, SPARE_DEAD = 32 };

struct header {
    uint64_t serial;
    uint32_t hash;
    uint32_t live;
};

void table_init(struct table *table, size_t entry_size) {
    *table = (struct table){.entry_size = entry_size, .stride = sizeof(struct header) + entry_size};
    assert(table->stride % _Alignof(struct header) == 0);
}

void table_fini(struct table *table) {
    mem_free(table->entries);
    mem_free(table->index);
    table_init(table, table->entry_size);
}

static struct header *at(const struct table *table, size_t position) {
    return (struct header *)(void *)(table->entries + position * table->stride);
}

static struct header *header_of(const void *entry) {
    return (struct header *)((uintptr_t)entry - sizeof(struct header));
}

static size_t position_of(const struct table *table, const struct header *header) {
    return (size_t)((const uint8_t *)header - table->entries) / table->stride;
}

/* The place in the index that holds `position`. */
static size_t slot_of(const struct table *table, const struct header *header) {
    uint32_t wanted = (uint32_t)(position_of(table, header) + FIRST);
    size_t mask = table->index_size - 1;
    size_t slot = header->hash & mask;
    while (table->index[slot] != wanted) {
        assert(table->index[slot] != FREE);
        slot = (slot + 1) & mask;
    }
    return slot;
}

static void index_put(uint32_t *index, size_t index_size, uint32_t hash, size_t position) {
    size_t slot = hash & (index_size - 1);
    while (index[slot] != FREE) {
        slot = (slot + 1) & (index_size - 1);
    }
    index[slot] = (uint32_t)(position + FIRST);
}

/* The index stays at most three quarters filled, so that every search meets a free place. */
static bool crowded(const struct table *table) {
    return table->used == table->room || table->filled >= table->index_size / 4 * 3;
}

/* Close the gaps that dead entries leave. The index is wrong afterwards. */
static void pack(struct table *table) {
    size_t to = 0;
    for (size_t from = 0; from < table->used; from++) {
        if (at(table, from)->live) {
            if (to != from) {
                memcpy(at(table, to), at(table, from), table->stride);
            }
            to++;
        }
    }
    assert(to == table->live);
    table->used = to;
    table->first = 0;
}

/* Point an index, all FREE, at the entries. */
static void fill(struct table *table) {
    for (size_t i = 0; i < table->used; i++) {
        index_put(table->index, table->index_size, at(table, i)->hash, i);
    }
    table->filled = table->used;
}

static bool resize_entries(struct table *table, size_t room) {
    uint8_t *entries = mem_resize(table->entries, room * table->stride);
    if (!entries) {
        return false;
    }
    table->entries = entries;
    table->room = room;
    return true;
}

/* Entries packed, room for twice the living, a fresh index. Allocates first, changes last. */
static bool rebuild(struct table *table) {
    size_t room = table->live * 2 > ROOM_MIN ? table->live * 2 : ROOM_MIN;
    size_t index_size = ROOM_MIN * 2;
    while (index_size < room + room / 2) {
        index_size *= 2;
    }
    if (room >= UINT32_MAX - FIRST || room > SIZE_MAX / table->stride) {
        return false;
    }
    uint32_t *index = mem_alloc(index_size * sizeof *index);
    if (!index) {
        return false;
    }
    if (room > table->room && !resize_entries(table, room)) {
        mem_free(index);
        return false;
    }
    pack(table);
    if (room < table->room && !resize_entries(table, room)) {
        table->room = room; /* what a smaller block would have been; the rest stays unused */
    }
    mem_free(table->index);
    table->index = index;
    table->index_size = index_size;
    fill(table);
    return true;
}

void *table_find(const struct table *table, uint64_t hash, table_equal *equal, const void *key) {
    if (table->live == 0) {
        return NULL;
    }
    uint32_t short_hash = (uint32_t)hash;
    size_t mask = table->index_size - 1;
    for (size_t slot = short_hash & mask; table->index[slot] != FREE; slot = (slot + 1) & mask) {
        if (table->index[slot] == GONE) {
            continue;
        }
        struct header *header = at(table, table->index[slot] - FIRST);
        if (header->hash == short_hash && equal(header + 1, key)) {
            return header + 1;
        }
    }
    return NULL;
}

void *table_add(struct table *table, uint64_t hash) {
    if (crowded(table) && !rebuild(table)) {
        return NULL;
    }
    assert(table->used < table->room);
    struct header *header = at(table, table->used);
    memset(header, 0, table->stride);
    header->serial = ++table->next_serial;
    header->hash = (uint32_t)hash;
    header->live = 1;
    index_put(table->index, table->index_size, header->hash, table->used);
    table->filled++;
    table->used++;
    table->live++;
    return header + 1;
}

/* Most of its memory is unused. */
static bool roomy(const struct table *table) {
    return table->room > ROOM_KEPT && table->live <= table->room / 16;
}

void table_remove(struct table *table, void *entry) {
    struct header *header = header_of(entry);
    assert(header->live && table->live > 0);
    table->index[slot_of(table, header)] = GONE;
    header->live = 0;
    table->live--;
    while (table->used > 0 && !at(table, table->used - 1)->live) {
        table->used--;
    }
    if (table->used == 0) {
        table->first = 0;
    }
    while (table->first < table->used && !at(table, table->first)->live) {
        table->first++;
    }
    if (roomy(table) && rebuild(table)) {
        return;
    }
    if (table->used - table->live > table->live + SPARE_DEAD) {
        pack(table);
        memset(table->index, 0, table->index_size * sizeof *table->index);
        fill(table);
    }
}

static void *live_from(const struct table *table, size_t position) {
    while (position < table->used && !at(table, position)->live) {
        position++;
    }
    return position < table->used ? at(table, position) + 1 : NULL;
}

void *table_first(const struct table *table) {
    return table->used > 0 ? at(table, table->first) + 1 : NULL;
}

void *table_last(const struct table *table) {
    return table->used > 0 ? at(table, table->used - 1) + 1 : NULL;
}

void *table_seek(const struct table *table, uint64_t *cursor) {
    size_t low = table->first;
    size_t high = table->used;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (at(table, middle)->serial < *cursor) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    void *entry = live_from(table, low);
    if (entry) {
        *cursor = table_cursor(entry);
    }
    return entry;
}

void *table_after(const struct table *table, const void *entry) {
    return live_from(table, position_of(table, header_of(entry)) + 1);
}

uint64_t table_cursor(const void *entry) {
    return header_of(entry)->serial + 1;
}
