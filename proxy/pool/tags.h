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

/** Take a task out. NULL: none has this tag. */
struct task *tags_remove(struct tags *tags, uint64_t tag);

struct task *tags_find(const struct tags *tags, uint64_t tag);

/** Take out all. Returns them, by their `link`. */
struct task *tags_remove_all(struct tags *tags);

void tags_fini(struct tags *tags);

#endif
