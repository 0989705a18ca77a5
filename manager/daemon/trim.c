/* SPDX-License-Identifier: MIT
 *
 * See trim.h.
 */
#include "trim.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <time.h>

enum {
    REST_FACTOR = 500, /* times the milliseconds beyond what is allowed, squared */
    TIDY_BLOCKS = 16,
    TIDY_BYTES = 100000 /* below malloc's threshold for memory of its own from the system */
};

void trim_note(struct trim *trim, size_t used_bytes, bool freeing, int64_t now_ms) {
    trim->used_bytes = used_bytes;
    if (used_bytes > trim->most_bytes) {
        trim->most_bytes = used_bytes;
    }
    size_t freed_bytes = trim->most_bytes - used_bytes;
    if (freed_bytes < TRIM_STEP_BYTES) {
        trim->due_ms = -1;
        return;
    }
    bool at_once = freeing || freed_bytes >= TRIM_MUCH_BYTES;
    int64_t due_ms = at_once ? now_ms : now_ms + TRIM_SETTLE_MS;
    if (trim->due_ms < 0 || due_ms < trim->due_ms) {
        trim->due_ms = due_ms;
    }
    if (trim->due_ms < trim->rest_until_ms) {
        trim->due_ms = trim->rest_until_ms;
    }
}

bool trim_is_due(const struct trim *trim, int64_t now_ms) {
    return trim->due_ms >= 0 && trim->due_ms <= now_ms;
}

void trim_done(struct trim *trim, int64_t took_ns, int64_t now_ms) {
    assert(trim_is_due(trim, now_ms) && took_ns >= 0);
    size_t freed_bytes = trim->most_bytes - trim->used_bytes;
    int64_t allowed_ns = TRIM_SHORT_NS + (int64_t)(freed_bytes / TRIM_BYTES_PER_NS);
    int64_t beyond_us = (took_ns - allowed_ns) / 1000;
    int64_t rest_ms = beyond_us > 0 ? beyond_us * beyond_us * REST_FACTOR / 1000000 : 0;
    trim->most_bytes = trim->used_bytes;
    trim->due_ms = -1;
    trim->rest_until_ms = now_ms + rest_ms;
}

/* malloc puts small blocks that were freed one by one into a list without order, which
 * malloc_trim() would walk. To allocate a large block sorts up to 10,000 of them by their size. */
static void trim_tidy(void) {
    void *blocks[TIDY_BLOCKS];
    for (size_t i = 0; i < TIDY_BLOCKS; i++) {
        blocks[i] = malloc(TIDY_BYTES);
    }
    for (size_t i = 0; i < TIDY_BLOCKS; i++) {
        free(blocks[i]);
    }
}

/* The time that this thread computed: what other processes do meanwhile does not count. */
static int64_t trim_computed_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void trim_heap(struct trim *trim, int64_t now_ms) {
    int64_t began_ns = trim_computed_ns();
    trim_tidy();
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
    trim_done(trim, trim_computed_ns() - began_ns, now_ms);
}
