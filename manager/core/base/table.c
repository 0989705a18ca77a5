/* SPDX-License-Identifier: MIT
 *
 * See table.h. Entries lie in blocks, in order, each with the position of the next one in its
 * bucket's chain. Removing an entry marks it dead; a block whose entries are all dead is freed.
 *
 * When the dead positions outnumber the living, a sweep closes the gaps, one block with each
 * change: its entries move down to where the packed ones end, or, if there is no block any more,
 * the whole block goes there. It needs no memory, so it cannot fail:
 *
 *     |1 2 3 4|5 6 7 8|9 . . .|  none |  none |. a b .|c d . e|
 *              packed --^                      ^-- sweep
 */
#include "table.h"

#include <assert.h>
#include <string.h>

enum { BUCKETS_MIN = 4, SPARE_DEAD = 32, SKIPPED_PER_STEP = 64, HEAD_BLOCKS_PER_STEP = 4 };
#define DEAD ((uint64_t)1 << 63)
#define SERIAL(header) ((header)->serial & ~(DEAD | TABLE_MARK))
#define POSITIONS_MAX ((size_t)UINT32_MAX)

void table_init(struct table *table, size_t entry_size) {
    assert(entry_size % _Alignof(struct table_header) == 0);
    *table = (struct table){.next_serial = 1};
    blocks_init(&table->entries, sizeof(struct table_header) + entry_size);
    blocks_init(&table->heads, sizeof(uint32_t));
}

void table_fini(struct table *table) {
    blocks_fini(&table->entries);
    blocks_fini(&table->heads);
    table_init(table, table_entry_size(table));
}

size_t table_entry_size(const struct table *table) {
    return table->entries.item_size - sizeof(struct table_header);
}

static struct table_header *at(const struct table *table, size_t position) {
    return blocks_at(&table->entries, position);
}

static struct table_header *header_of(const void *entry) {
    return (struct table_header *)((uintptr_t)entry - sizeof(struct table_header));
}

static struct block *block_of(const struct table *table, size_t position) {
    return &table->entries.list[position / BLOCK_ITEMS];
}

static bool is_live(const struct table_header *header) {
    return !(header->serial & DEAD);
}

/* ---- the index ---- */

static uint32_t *head(const struct table *table, size_t bucket) {
    return blocks_at(&table->heads, bucket);
}

static size_t bucket_of(const struct table *table, uint32_t hash) {
    size_t bucket = hash & table->mask;
    return bucket < table->buckets ? bucket : bucket & table->mask >> 1;
}

static void chain(struct table *table, struct table_header *header, size_t position) {
    uint32_t *first = head(table, bucket_of(table, header->hash));
    header->next = *first;
    *first = (uint32_t)position + 1;
}

/* The link that points to the entry: its bucket's head, or that of the entry before it. */
static uint32_t *link_to(const struct table *table, const struct table_header *header) {
    uint32_t *link = head(table, bucket_of(table, header->hash));
    while (at(table, *link - 1) != header) {
        link = &at(table, *link - 1)->next;
        assert(*link != 0);
    }
    return link;
}

/* One more bucket, which takes over part of another one's chain. */
static bool split(struct table *table) {
    size_t made = table->buckets;
    if (!blocks_reach(&table->heads, made)) {
        return false;
    }
    uint32_t *to = head(table, made);
    *to = 0;
    table->buckets++;
    table->mask = made > table->mask ? table->mask << 1 | 1 : table->mask;
    if (table->buckets <= BUCKETS_MIN) {
        return true; /* the first ones are made while there is no entry */
    }
    uint32_t *from = head(table, made & table->mask >> 1);
    while (*from) {
        struct table_header *header = at(table, *from - 1);
        if (bucket_of(table, header->hash) == made) {
            *to = *from;
            to = &header->next;
            *from = header->next;
        } else {
            from = &header->next;
        }
    }
    *to = 0;
    return true;
}

/* The last bucket's chain goes back to where it came from. */
static void table_merge_buckets(struct table *table) {
    assert(table->buckets > BUCKETS_MIN);
    size_t last = --table->buckets;
    uint32_t *link = head(table, last & table->mask >> 1);
    while (*link) {
        link = &at(table, *link - 1)->next;
    }
    *link = *head(table, last);
    table->mask = last == (table->mask >> 1) + 1 ? table->mask >> 1 : table->mask;
    blocks_trim(&table->heads, table->buckets);
}

/* As many buckets as entries. */
static bool grow_index(struct table *table) {
    while (table->buckets < BUCKETS_MIN) {
        if (!split(table)) {
            return false;
        }
    }
    return table->live < table->buckets || split(table);
}

/* Not more than two buckets for each entry: two go for one. */
static void shrink_index(struct table *table) {
    for (int i = 0; i < 2 && table->buckets > BUCKETS_MIN; i++) {
        if (table->live < table->buckets / 2) {
            table_merge_buckets(table);
        }
    }
}

void *table_find(const struct table *table, uint64_t hash, table_equal *equal, const void *key) {
    if (table->live == 0) {
        return NULL;
    }
    uint32_t short_hash = (uint32_t)hash;
    uint32_t next = *head(table, bucket_of(table, short_hash));
    while (next) {
        struct table_header *header = at(table, next - 1);
        if (header->hash == short_hash && equal(header + 1, key)) {
            return header + 1;
        }
        next = header->next;
    }
    return NULL;
}

/* ---- gaps ---- */

/* The entry has gone from one position to another. */
static void renumber(struct table *table, uint32_t *link, size_t from, size_t to) {
    *link = (uint32_t)to + 1;
    if (table->first == from) {
        table->first = to;
    }
}

static void table_move_entry(struct table *table, size_t from, size_t to) {
    assert(to < from && to < table->used);
    struct table_header *header = at(table, from);
    renumber(table, link_to(table, header), from, to);
    memcpy(at(table, to), header, table->entries.item_size);
    header->serial |= DEAD;
    block_of(table, from)->live--;
    block_of(table, to)->live++;
}

static size_t used_of_block(const struct table *table, size_t block) {
    size_t used = table->used - block * BLOCK_ITEMS;
    return used < BLOCK_ITEMS ? used : BLOCK_ITEMS;
}

/* Bring a whole block to where there is none. While links change, it is in both places. */
static void relocate(struct table *table, size_t from, size_t to) {
    assert(to < from && !table->entries.list[to].items);
    table->entries.list[to] = table->entries.list[from];
    size_t count = used_of_block(table, from);
    for (size_t i = 0; i < count; i++) {
        struct table_header *header = at(table, from * BLOCK_ITEMS + i);
        if (is_live(header)) {
            renumber(table, link_to(table, header), from * BLOCK_ITEMS + i, to * BLOCK_ITEMS + i);
        }
    }
    table->entries.list[from] = (struct block){0};
}

static bool sparse(const struct table *table) {
    return table->used - table->live > table->live + SPARE_DEAD;
}

/* Go on to a block that has gaps, or has to move: those that are gone are passed over, and those
 * without a gap, as long as there has been none before them. false: not there yet. */
static bool find_block(struct table *table) {
    for (int i = 0; i < SKIPPED_PER_STEP && table->sweep * BLOCK_ITEMS < table->used; i++) {
        size_t live = table->entries.list[table->sweep].live;
        if (live == BLOCK_ITEMS && table->packed == table->sweep * BLOCK_ITEMS) {
            table->packed += BLOCK_ITEMS;
        } else if (live > 0) {
            return true;
        }
        table->sweep++;
    }
    return false;
}

/* The block to which the next entries move. If that is missing, their own block takes its place. */
static size_t make_way(struct table *table, size_t from) {
    size_t to = table->packed / BLOCK_ITEMS;
    if (table->entries.list[to].items) {
        return from;
    }
    table->packed = to * BLOCK_ITEMS; /* what was packed there has been removed */
    relocate(table, from, to);
    return to;
}

static void sweep_block(struct table *table) {
    size_t from = table->sweep++;
    size_t count = used_of_block(table, from);
    for (size_t i = 0; i < count; i++) {
        if (!is_live(at(table, from * BLOCK_ITEMS + i))) {
            continue;
        }
        from = make_way(table, from);
        if (from * BLOCK_ITEMS + i != table->packed) {
            table_move_entry(table, from * BLOCK_ITEMS + i, table->packed);
        }
        table->packed++;
    }
    if (from > 0 && table->entries.list[from].live == 0) {
        blocks_free(&table->entries, from);
    }
}

/* The last entry is a living one. */
static void trim_end(struct table *table) {
    while (table->used > 0) {
        size_t last = table->used - 1;
        if (block_of(table, last)->live == 0) {
            table->used = last - last % BLOCK_ITEMS;
        } else if (is_live(at(table, last))) {
            return;
        } else {
            table->used = last;
        }
    }
}

/* One step towards a table without gaps. */
static void sweep(struct table *table) {
    if (table->pins > 0) {
        return;
    }
    if (!table->sweeping) {
        if (!sparse(table)) {
            return;
        }
        table->sweeping = true;
        table->packed = 0;
        table->sweep = 0;
    }
    if (find_block(table)) {
        sweep_block(table);
    }
    if (table->sweep * BLOCK_ITEMS >= table->used) {
        table->sweeping = false;
        table->used = table->packed < table->used ? table->packed : table->used;
        trim_end(table);
    }
}

/* ---- changing ---- */

void *table_add(struct table *table, uint64_t hash) {
    sweep(table);
    size_t position = table->used;
    if (position >= POSITIONS_MAX || !grow_index(table) ||
        !blocks_reach(&table->entries, position)) {
        return NULL;
    }
    struct table_header *header = at(table, position);
    memset(header, 0, table->entries.item_size);
    header->serial = table->next_serial++;
    header->hash = (uint32_t)hash;
    chain(table, header, position);
    block_of(table, position)->live++;
    table->used++;
    table->live++;
    assert(table->live <= table->used && table->buckets >= table->live);
    return header + 1;
}

static size_t live_from(const struct table *table, size_t position) {
    while (position < table->used) {
        if (block_of(table, position)->live == 0) {
            position += BLOCK_ITEMS - position % BLOCK_ITEMS;
        } else if (is_live(at(table, position))) {
            return position;
        } else {
            position++;
        }
    }
    return table->used;
}

/* A hidden entry still counts for its block. */
static void leave_block(struct table *table, size_t position) {
    struct block *block = block_of(table, position);
    assert(block->live > 0);
    block->live--;
    if (block->live == 0 && position >= BLOCK_ITEMS) {
        blocks_free(&table->entries, position / BLOCK_ITEMS);
    }
}

/* Out of the index, and no longer among the living. Returns its position. */
static size_t bury(struct table *table, struct table_header *header) {
    uint32_t *link = link_to(table, header);
    size_t position = *link - 1;
    assert(is_live(header) && table->live > 0);
    *link = header->next;
    header->serial |= DEAD;
    table->live--;
    return position;
}

void table_remove(struct table *table, void *entry) {
    assert(table->pins == 0);
    size_t position = bury(table, header_of(entry));
    leave_block(table, position);
    trim_end(table);
    if (position == table->first) {
        table->first = live_from(table, position);
    }
    shrink_index(table);
    sweep(table);
    blocks_trim(&table->entries, table->used);
}

/* ---- taking back ---- */

void table_pin(struct table *table) {
    table->pins++;
}

void table_unpin(struct table *table) {
    assert(table->pins > 0);
    if (--table->pins > 0) {
        return;
    }
    trim_end(table);
    table->first = table->first < table->used ? table->first : table->used;
    blocks_trim(&table->entries, table->used);
    while (table->buckets > BUCKETS_MIN && table->live < table->buckets / 2) {
        table_merge_buckets(table);
    }
}

size_t table_place(const struct table *table, const void *entry) {
    assert(table->pins > 0);
    return *link_to(table, header_of(entry)) - 1;
}

void *table_at(const struct table *table, size_t place) {
    assert(table->pins > 0 && place < table->used);
    return at(table, place) + 1;
}

void table_hide(struct table *table, void *entry) {
    assert(table->pins > 0);
    size_t position = bury(table, header_of(entry));
    if (position == table->first) {
        table->first = live_from(table, position);
    }
}

void table_show(struct table *table, size_t place) {
    struct table_header *header = at(table, place);
    assert(table->pins > 0 && !is_live(header) && table->live < table->buckets);
    header->serial &= ~DEAD;
    chain(table, header, place);
    table->live++;
    table->first = place < table->first ? place : table->first;
}

void table_forget(struct table *table, size_t place) {
    assert(table->pins > 0 && !is_live(at(table, place)));
    leave_block(table, place);
}

void table_take_back(struct table *table) {
    assert(table->pins > 0 && table->used > 0);
    size_t position = bury(table, at(table, table->used - 1));
    table->used--;
    leave_block(table, position);
    table->next_serial--;
    table->first = table->first < table->used ? table->first : table->used;
}

void table_undo_add(struct table *table) {
    void *last = table_last(table);
    uint64_t next = table_cursor(last);
    assert(table->pins == 0 && next == table->next_serial);
    table_remove(table, last);
    table->next_serial = next - 1;
}

/* ---- taking apart ---- */

/* The buckets go with the entries that were added at the same time, so that memory next to each
 * other becomes free. There may be twice as many as entries: the first steps free more of them. */
static void free_heads(struct table *table, size_t block) {
    assert(table->buckets > 0);
    size_t last = (table->buckets - 1) / BLOCK_ITEMS;
    for (int i = 0; i < HEAD_BLOCKS_PER_STEP && last >= block && last > 0; i++) {
        blocks_free(&table->heads, last--);
    }
    table->buckets = (last + 1) * BLOCK_ITEMS;
}

size_t table_dismantle(struct table *table, void (*drop)(void *context, void *entry),
                       void *context) {
    if (table->used == 0) {
        table_fini(table);
        return 0;
    }
    size_t block = (table->used - 1) / BLOCK_ITEMS;
    size_t count = table->entries.list[block].live > 0 ? used_of_block(table, block) : 0;
    for (size_t i = count; i > 0; i--) {
        struct table_header *header = at(table, block * BLOCK_ITEMS + i - 1);
        if (is_live(header)) {
            drop(context, header + 1);
        }
    }
    if (block > 0) {
        blocks_free(&table->entries, block);
    }
    free_heads(table, block);
    table->used = block * BLOCK_ITEMS;
    return count + 1;
}

/* ---- walking ---- */

void *table_first(const struct table *table) {
    return table->live > 0 ? at(table, table->first) + 1 : NULL;
}

void *table_last(const struct table *table) {
    size_t end = table->live > 0 ? table->used : 0;
    while (end > 0) {
        if (block_of(table, end - 1)->live == 0) {
            end -= (end - 1) % BLOCK_ITEMS + 1;
        } else if (is_live(at(table, end - 1))) {
            return at(table, end - 1) + 1;
        } else {
            end--;
        }
    }
    return NULL;
}

void *table_next(const struct table *table, size_t *position) {
    size_t found = live_from(table, *position);
    if (found == table->used) {
        return NULL;
    }
    *position = found + 1;
    return at(table, found) + 1;
}

static uint64_t serial_at(const struct table *table, size_t position) {
    return SERIAL(at(table, position));
}

/* The last block that begins at or before the serial; the first one if none does. */
static size_t block_with(const struct table *table, uint64_t serial) {
    size_t low = 0;
    size_t high = (table->used - 1) / BLOCK_ITEMS;
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        size_t there = middle;
        while (there > low && !table->entries.list[there].items) {
            there--;
        }
        if (there == low || serial_at(table, there * BLOCK_ITEMS) <= serial) {
            low = middle;
        } else {
            high = there - 1;
        }
    }
    while (low > 0 && !table->entries.list[low].items) {
        low--;
    }
    return low;
}

/* Behind what is packed, the rest of a swept block is without meaning. */
static size_t end_of_block(const struct table *table, size_t block) {
    size_t end = block * BLOCK_ITEMS + used_of_block(table, block);
    bool swept = table->sweeping && block < table->sweep;
    return swept && table->packed < end ? table->packed : end;
}

size_t table_position(const struct table *table, uint64_t cursor) {
    if (table->live == 0) {
        return 0;
    }
    size_t block = block_with(table, cursor);
    size_t low = block * BLOCK_ITEMS;
    size_t high = end_of_block(table, block);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (serial_at(table, middle) < cursor) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void *table_seek(const struct table *table, uint64_t *cursor) {
    size_t position = table_position(table, *cursor);
    void *entry = table_next(table, &position);
    if (entry) {
        *cursor = table_cursor(entry);
    }
    return entry;
}

void table_mark(void *entry, bool mark) {
    struct table_header *header = header_of(entry);
    assert(is_live(header));
    header->serial = mark ? header->serial | TABLE_MARK : header->serial & ~TABLE_MARK;
}

uint32_t table_hash(const void *entry) {
    return header_of(entry)->hash;
}

uint64_t table_cursor(const void *entry) {
    return SERIAL(header_of(entry)) + 1;
}
