/* SPDX-License-Identifier: MIT
 *
 * A table of the tasks that were accepted and have not ended, by tag. Tags are consecutive numbers,
 * so most buckets have at most one task. All functions are called under the pool's mutex.
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

/** Add a task. No other task has its tag, and room was reserved. */
void tag_table_add(struct tag_table *tags, struct task *task);

/** The task with this tag. NULL: none has it. */
struct task *tag_table_find(const struct tag_table *tags, uint64_t tag);

/** Some task, which the caller removes before it asks for the next. NULL: the table is empty.
 * `*from` is 0 at first; the function changes it. */
struct task *tag_table_next(const struct tag_table *tags, size_t *from);

/** Remove a task that is in the table. */
void tag_table_remove(struct tag_table *tags, struct task *task);

void tag_table_fini(struct tag_table *tags);

#endif
