/* SPDX-License-Identifier: MIT
 *
 * A hash table whose entries keep the order in which they were added, as Python's dict: entries lie
 * in one array in that order, an open-addressed index of positions finds them. The caller hashes
 * keys and compares them; an entry is `entry_size` bytes of the caller's.
 *
 * A pointer to an entry holds until the next table_add() or table_remove(). Every entry has a
 * serial number that only grows, so that a walk can be left and taken up again while the table
 * changes.
 */
#ifndef HF_TABLE_H
#define HF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
    uint8_t *entries;  /* in order, some of them dead */
    uint32_t *index;   /* positions, 2^n of them */
    size_t entry_size; /* of the caller's part */
    size_t stride;     /* with our header */
    size_t used;       /* entries, dead ones too */
    size_t first;      /* before it, all are dead */
    size_t live;
    size_t room; /* for entries */
    size_t index_size;
    size_t filled; /* of the index, with places that removed entries have left */
    uint64_t next_serial;
};

typedef bool table_equal(const void *entry, const void *key);

void table_init(struct table *table, size_t entry_size);

/** Frees the entries, not what they point to. */
void table_fini(struct table *table);

static inline size_t table_len(const struct table *table) {
    return table->live;
}

/** The entry of this key; NULL if there is none. O(1). */
void *table_find(const struct table *table, uint64_t hash, table_equal *equal, const void *key);

/** A new, zeroed entry at the end for a key that is not there. NULL: no memory, unchanged. O(1)
 * amortised. */
void *table_add(struct table *table, uint64_t hash);

/** Remove an entry that table_find() or a walk has given. O(1) amortised. */
void table_remove(struct table *table, void *entry);

/** The entry that was added first; NULL if the table is empty. O(1). */
void *table_first(const struct table *table);

/** The entry that was added last; NULL if the table is empty. */
void *table_last(const struct table *table);

/** The first entry whose serial is at least *cursor (0: the first of all), after which *cursor is
 * one more than its serial; NULL: there is none. O(log n), so it is for starting a walk. */
void *table_seek(const struct table *table, uint64_t *cursor);

/** The entry after this one, which must not have been removed; NULL if it is the last. */
void *table_after(const struct table *table, const void *entry);

/** One more than the entry's serial: a cursor that goes on after it. */
uint64_t table_cursor(const void *entry);

#endif
