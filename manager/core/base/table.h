/* SPDX-License-Identifier: MIT
 *
 * A hash table whose entries keep the order in which they were added, as Python's dict. The caller
 * hashes keys and compares them; an entry is `entry_size` bytes of the caller's.
 *
 * No operation takes long, however many entries there are: growing moves nothing, the index grows
 * by linear hashing (Litwin 1980), one bucket at a time, and the gaps that removed entries leave
 * are closed a block at a time by the operations that follow. So table_add() and table_remove() are
 * O(1), not only on average: at most BLOCK_ITEMS entries are moved and three chains walked, and the
 * lists of blocks are copied (16 bytes for BLOCK_ITEMS entries) where they double.
 *
 * A pointer to an entry holds until the next table_add() or table_remove(). Every entry has a
 * serial number that only grows, so that a walk can be left and taken up again while the table
 * changes.
 */
#ifndef HF_TABLE_H
#define HF_TABLE_H

#include "blocks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
    struct blocks entries; /* in order, some of them dead */
    struct blocks heads;   /* of the buckets' chains: uint32_t, a position + 1 or 0 */
    size_t buckets;
    size_t mask;  /* 2^n - 1, so that there are more than half as many buckets and not more */
    size_t used;  /* entries, dead ones too */
    size_t first; /* before it, all are dead */
    size_t live;
    size_t pins;   /* no entry changes its position */
    bool sweeping; /* gaps are being closed: */
    size_t packed; /* before this position there were none, */
    size_t sweep;  /* and this block is the next */
    uint64_t next_serial;
};

/** Before each entry. */
struct table_header {
    uint64_t serial; /* with flags */
    uint32_t hash;
    uint32_t next; /* in the chain: a position + 1, or 0 */
};

#define TABLE_MARK ((uint64_t)1 << 62)

typedef bool table_equal(const void *entry, const void *key);

/** `entry_size` is a multiple of 8. */
void table_init(struct table *table, size_t entry_size);

/** Frees the entries, not what they point to. */
void table_fini(struct table *table);

/** Take the table apart, block by block, from its end: `drop` sees the entries of one, then it is
 * freed. Only more of this may follow.
 *
 *  Returns  how many entries and blocks that were; 0: all is freed, as by table_fini()
 */
size_t table_dismantle(struct table *table, void (*drop)(void *context, void *entry),
                       void *context);

/** The size given to table_init(). */
size_t table_entry_size(const struct table *table);

static inline size_t table_len(const struct table *table) {
    return table->live;
}

/** How often an entry was added or removed; an addition that is taken back was
 * none. */
static inline uint64_t table_changes(const struct table *table) {
    return 2 * (table->next_serial - 1) - table->live;
}

/** A hash of a number that the manager has chosen: no client can make such numbers collide. */
static inline uint64_t table_hash_id(uint64_t id) {
    return (id ^ id >> 32) * 0x9e3779b97f4a7c15u >> 16;
}

/** The entry of this key; NULL if there is none. O(1). */
void *table_find(const struct table *table, uint64_t hash, table_equal *equal, const void *key);

/** A new, zeroed entry at the end for a key that is not there. NULL: no memory, no entry is added
 * or lost. O(1). */
void *table_add(struct table *table, uint64_t hash);

/** Remove an entry that table_find() or a walk has given. O(1). */
void table_remove(struct table *table, void *entry);

/** A flag of the caller's in an entry, which costs no memory; false in a new one. */
static inline bool table_marked(const void *entry) {
    return ((const struct table_header *)entry - 1)->serial & TABLE_MARK;
}

void table_mark(void *entry, bool mark);

/** The hash under which the entry was added, cut to 32 bits; table_find() uses no more of it. */
uint32_t table_hash(const void *entry);

/** Let all entries stay at their positions, until as many table_unpin(). Meanwhile entries are
 * removed by table_hide(), and gaps stay. The last unpin frees what that has left. */
void table_pin(struct table *table);
void table_unpin(struct table *table);

/** The position of an entry; the entry at a position. Good for as long as the table is pinned. */
size_t table_place(const struct table *table, const void *entry);
void *table_at(const struct table *table, size_t place);

/** Remove an entry of a pinned table, so that it can be put back. Its memory stays. O(1), as all
 * of these. */
void table_hide(struct table *table, void *entry);

/** Put a hidden entry back in its place. */
void table_show(struct table *table, size_t place);

/** Remove a hidden entry for good. */
void table_forget(struct table *table, size_t place);

/** Take back the latest table_add() of a pinned table, whose entry is not hidden. */
void table_take_back(struct table *table);

/** The same in a table that is not pinned. */
void table_undo_add(struct table *table);

/** The entry that was added first; NULL if the table is empty. O(1). */
void *table_first(const struct table *table);

/** The entry that was added last; NULL if the table is empty. */
void *table_last(const struct table *table);

/** A walk: the entry at *position or the first one behind it, after which *position is behind that;
 * NULL: there is none. From position 0 on, all entries in order. Adding and removing moves them. */
void *table_next(const struct table *table, size_t *position);

/** The position to begin a walk over the entries whose serials are at least `cursor`. O(log n). */
size_t table_position(const struct table *table, uint64_t cursor);

/** The first entry whose serial is at least *cursor (0: the first of all), after which *cursor is
 * one more than its serial; NULL: there is none. O(log n), for walks that change the table. */
void *table_seek(const struct table *table, uint64_t *cursor);

/** One more than the entry's serial: a cursor that goes on after it. */
uint64_t table_cursor(const void *entry);

#endif
