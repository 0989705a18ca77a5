/* SPDX-License-Identifier: MIT
 *
 * From tags to tasks. Tags are numbers that follow each other, so a bucket hardly ever has two.
 */
#ifndef HF_TAGS_H
#define HF_TAGS_H

#include "job.h"

/* All zero is an empty one. */
struct tags {
    struct task **buckets;
    size_t capacity; /* a power of two */
    size_t count;
};

/** Make room for one more. Returns false: no memory. */
bool tags_reserve(struct tags *tags);

/** Add a task, for which there is room. Its tag is in no use. */
void tags_add(struct tags *tags, struct task *task);

/** The task with this tag. NULL: none has it. */
struct task *tags_find(const struct tags *tags, uint64_t tag);

/** Any task that is in it, to be taken out next. NULL: it is empty. `*from` is 0 at first, and for
 * this function to change. */
struct task *tags_next(const struct tags *tags, size_t *from);

/** Take out a task, which is in it. */
void tags_remove(struct tags *tags, struct task *task);

void tags_fini(struct tags *tags);

#endif
