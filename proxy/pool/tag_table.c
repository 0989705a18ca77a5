/* SPDX-License-Identifier: MIT
 *
 * See tag_table.h.
 */
#include "tag_table.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

static struct task **bucket_of(const struct tag_table *tags, uint64_t tag) {
    assert(tags->capacity > 0);
    return &tags->buckets[tag & (tags->capacity - 1)];
}

static void insert(struct tag_table *tags, struct task *task) {
    struct task **bucket = bucket_of(tags, task->tag);
    task->next_of_bucket = *bucket;
    *bucket = task;
}

bool tag_table_reserve(struct tag_table *tags) {
    if (tags->count < tags->capacity) {
        return true;
    }
    struct tag_table larger = {.capacity = tags->capacity ? tags->capacity * 2 : FIRST_CAPACITY,
                               .count = tags->count};
    larger.buckets = calloc(larger.capacity, sizeof(struct task *));
    if (!larger.buckets) {
        return false;
    }
    for (size_t i = 0; i < tags->capacity; i++) {
        for (struct task *task = tags->buckets[i], *next = NULL; task; task = next) {
            next = task->next_of_bucket;
            insert(&larger, task);
        }
    }
    free(tags->buckets);
    *tags = larger;
    return true;
}

void tag_table_add(struct tag_table *tags, struct task *task) {
    assert(tags->count < tags->capacity && (tags->capacity & (tags->capacity - 1)) == 0);
    insert(tags, task);
    tags->count++;
}

struct task *tag_table_find(const struct tag_table *tags, uint64_t tag) {
    struct task *task = tags->count > 0 ? *bucket_of(tags, tag) : NULL;
    while (task && task->tag != tag) {
        task = task->next_of_bucket;
    }
    return task;
}

struct task *tag_table_next(const struct tag_table *tags, size_t *from) {
    while (*from < tags->capacity && !tags->buckets[*from]) {
        (*from)++;
    }
    return *from < tags->capacity ? tags->buckets[*from] : NULL;
}

void tag_table_remove(struct tag_table *tags, struct task *task) {
    struct task **link = bucket_of(tags, task->tag);
    while (*link != task) {
        assert(*link);
        link = &(*link)->next_of_bucket;
    }
    *link = task->next_of_bucket;
    assert(tags->count > 0);
    tags->count--;
}

void tag_table_fini(struct tag_table *tags) {
    assert(tags->count == 0);
    free(tags->buckets);
    *tags = (struct tag_table){NULL, 0, 0};
}
