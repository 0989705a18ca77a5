/* SPDX-License-Identifier: MIT
 *
 * See openings.h. A table with chains, and a list in the order in which objects were opened last.
 */
#include "openings.h"

#include "sockets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPENINGS_MAX = 65536,
    OPENINGS_MAX_BYTES = 16 * 1024 * 1024, /* of all requests */
    OPENING_MAX_BYTES = 1024 * 1024,
    BUCKETS_MIN = 64
};

struct opening {
    struct opening *next; /* in its bucket */
    struct opening *older;
    struct opening *newer;
    uint64_t id;
    uint64_t run; /* in which `present` is its id; 0: it was not opened again yet */
    uint64_t present;
    size_t len;
    uint8_t request[];
};

struct openings {
    struct opening **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    size_t bytes;
    struct opening *oldest;
    struct opening *newest;
};

struct openings *openings_new(void) {
    struct openings *openings = calloc(1, sizeof *openings);
    if (openings) {
        openings->bucket_count = BUCKETS_MIN;
        openings->buckets = calloc(BUCKETS_MIN, sizeof(struct opening *));
    }
    if (openings && !openings->buckets) {
        free(openings);
        return NULL;
    }
    return openings;
}

void openings_free(struct openings *openings) {
    if (!openings) {
        return;
    }
    while (openings->oldest) {
        struct opening *opening = openings->oldest;
        openings->oldest = opening->newer;
        free(opening);
    }
    free(openings->buckets);
    free(openings);
}

/* ---- under the fork lock ---- */

static struct opening **openings_bucket(const struct openings *openings, uint64_t id) {
    enum { HASH_SHIFT = 32 };
    uint64_t hash = (id * 0x9e3779b97f4a7c15u) >> HASH_SHIFT;
    return &openings->buckets[hash & (openings->bucket_count - 1)];
}

static struct opening *opening_find(const struct openings *openings, uint64_t id) {
    struct opening *opening = *openings_bucket(openings, id);
    while (opening && opening->id != id) {
        opening = opening->next;
    }
    return opening;
}

static void opening_append(struct openings *openings, struct opening *opening) {
    opening->newer = NULL;
    opening->older = openings->newest;
    if (openings->newest) {
        openings->newest->newer = opening;
    } else {
        openings->oldest = opening;
    }
    openings->newest = opening;
}

static void opening_unlink(struct openings *openings, struct opening *opening) {
    *(opening->older ? &opening->older->newer : &openings->oldest) = opening->newer;
    *(opening->newer ? &opening->newer->older : &openings->newest) = opening->older;
}

static void opening_drop(struct openings *openings, struct opening *opening) {
    assert(openings->count > 0 && openings->bytes >= opening->len);
    struct opening **link = openings_bucket(openings, opening->id);
    while (*link != opening) {
        link = &(*link)->next;
    }
    *link = opening->next;
    opening_unlink(openings, opening);
    openings->count--;
    openings->bytes -= opening->len;
    free(opening);
}

/* Without memory the chains get longer. */
static void openings_grow(struct openings *openings) {
    struct openings grown = *openings;
    grown.bucket_count = openings->bucket_count * 2;
    grown.buckets = calloc(grown.bucket_count, sizeof(struct opening *));
    if (!grown.buckets) {
        return;
    }
    struct opening *opening = openings->oldest;
    for (; opening; opening = opening->newer) {
        struct opening **bucket = openings_bucket(&grown, opening->id);
        opening->next = *bucket;
        *bucket = opening;
    }
    free(openings->buckets);
    *openings = grown;
}

static void opening_add(struct openings *openings, struct opening *opening) {
    struct opening **bucket = openings_bucket(openings, opening->id);
    opening->next = *bucket;
    *bucket = opening;
    opening_append(openings, opening);
    openings->count++;
    openings->bytes += opening->len;
    while (openings->count > OPENINGS_MAX || openings->bytes > OPENINGS_MAX_BYTES) {
        opening_drop(openings, openings->oldest);
    }
    if (openings->count > openings->bucket_count) {
        openings_grow(openings);
    }
}

static void note(struct openings *openings, uint64_t id, const uint8_t *request, size_t len) {
    struct opening *known = opening_find(openings, id);
    if (known && known->len == len && memcmp(known->request, request, len) == 0) {
        opening_unlink(openings, known);
        opening_append(openings, known);
        return;
    }
    if (known) {
        opening_drop(openings, known);
    }
    struct opening *opening = malloc(sizeof *opening + len);
    if (opening) {
        *opening = (struct opening){.id = id, .len = len};
        memcpy(opening->request, request, len);
        opening_add(openings, opening);
    }
}

/* ---- for everybody ---- */

void openings_note(struct openings *openings, uint64_t id, const uint8_t *request, size_t len) {
    assert(request);
    if (len <= OPENING_MAX_BYTES) {
        fork_lock();
        note(openings, id, request, len);
        fork_unlock();
    }
}

void openings_forget(struct openings *openings, uint64_t id) {
    fork_lock();
    struct opening *opening = opening_find(openings, id);
    if (opening) {
        opening_drop(openings, opening);
    }
    fork_unlock();
}

uint8_t *openings_to_repeat(struct openings *openings, uint64_t id, uint64_t run, size_t *len) {
    uint8_t *copy = NULL;
    fork_lock();
    const struct opening *opening = opening_find(openings, id);
    if (opening && opening->run != run) {
        copy = malloc(opening->len);
    }
    if (copy) {
        memcpy(copy, opening->request, opening->len);
        *len = opening->len;
    }
    fork_unlock();
    return copy;
}

void openings_renew(struct openings *openings, uint64_t id, uint64_t run, uint64_t present) {
    assert(run != 0);
    fork_lock();
    struct opening *opening = opening_find(openings, id);
    if (opening) {
        opening->run = run;
        opening->present = present;
    }
    fork_unlock();
}

uint64_t openings_present(struct openings *openings, uint64_t id, uint64_t run) {
    fork_lock();
    const struct opening *opening = opening_find(openings, id);
    uint64_t present = opening && opening->run == run ? opening->present : id;
    fork_unlock();
    return present;
}
