/* SPDX-License-Identifier: MIT
 *
 * From tags to tasks. Tags are numbers that follow each other, so a bucket hardly ever has two.
 */
#ifndef HF_TAG_TABLE_H
#define HF_TAG_TABLE_H

#include "job.h"

/* All zero is an empty one. */
struct tag_table {
    struct task **buckets;
    size_t capacity; /* a power of two */
    size_t count;
};

/** Make room for one more. Returns false: no memory. */
bool tag_table_reserve(struct tag_table *tags);

/** Add a task, for which there is room. Its tag is in no use. */
void tag_table_add(struct tag_table *tags, struct task *task);

/** The task with this tag. NULL: none has it. */
struct task *tag_table_find(const struct tag_table *tags, uint64_t tag);

/** Any task that is in it, to be taken out next. NULL: it is empty. `*from` is 0 at first, and for
 * this function to change. */
struct task *tag_table_next(const struct tag_table *tags, size_t *from);

/** Take out a task, which is in it. */
void tag_table_remove(struct tag_table *tags, struct task *task);

void tag_table_fini(struct tag_table *tags);

#endif
