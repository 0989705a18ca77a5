/* SPDX-License-Identifier: MIT
 *
 * See tags.h.
 */
#include "tags.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

static struct task **bucket_of(const struct tags *tags, uint64_t tag) {
    assert(tags->capacity > 0);
    return &tags->buckets[tag & (tags->capacity - 1)];
}

static void insert(struct tags *tags, struct task *task) {
    struct task **bucket = bucket_of(tags, task->tag);
    task->link = *bucket;
    *bucket = task;
}

bool tags_reserve(struct tags *tags) {
    if (tags->count < tags->capacity) {
        return true;
    }
    struct tags larger = {.capacity = tags->capacity ? tags->capacity * 2 : FIRST_CAPACITY,
                          .count = tags->count};
    larger.buckets = calloc(larger.capacity, sizeof(struct task *));
    if (!larger.buckets) {
        return false;
    }
    for (size_t i = 0; i < tags->capacity; i++) {
        for (struct task *task = tags->buckets[i], *next = NULL; task; task = next) {
            next = task->link;
            insert(&larger, task);
        }
    }
    free(tags->buckets);
    *tags = larger;
    return true;
}

void tags_add(struct tags *tags, struct task *task) {
    assert(tags->count < tags->capacity);
    insert(tags, task);
    tags->count++;
}

static struct task **find(const struct tags *tags, uint64_t tag) {
    struct task **link = bucket_of(tags, tag);
    while (*link && (*link)->tag != tag) {
        link = &(*link)->link;
    }
    return link;
}

struct task *tags_find(const struct tags *tags, uint64_t tag) {
    return tags->count > 0 ? *find(tags, tag) : NULL;
}

struct task *tags_remove(struct tags *tags, uint64_t tag) {
    struct task **link = tags->count > 0 ? find(tags, tag) : NULL;
    struct task *task = link ? *link : NULL;
    if (task) {
        *link = task->link;
        task->link = NULL;
        tags->count--;
    }
    return task;
}

struct task *tags_remove_all(struct tags *tags) {
    struct task *all = NULL;
    for (size_t i = 0; i < tags->capacity && tags->count > 0; i++) {
        struct task **last = &tags->buckets[i];
        for (; *last; last = &(*last)->link) {
            tags->count--;
        }
        *last = all;
        all = tags->buckets[i];
        tags->buckets[i] = NULL;
    }
    return all;
}

void tags_fini(struct tags *tags) {
    assert(tags->count == 0);
    free(tags->buckets);
    *tags = (struct tags){NULL, 0, 0};
}
