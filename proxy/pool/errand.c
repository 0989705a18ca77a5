/* SPDX-License-Identifier: MIT
 *
 * See errand.h. An errand is in the memory of whoever waits for it.
 */
#include "errand.h"

#include "deadline.h"
#include "detail.h"
#include "pool.h"

#include <string.h>

static void append(struct hf_pool *pool, struct errand *errand) {
    errand->next = NULL;
    if (pool->last_errand) {
        pool->last_errand->next = errand;
    } else {
        pool->first_errand = errand;
    }
    pool->last_errand = errand;
}

static void finish(struct errand *errand, hf_status status, const char *detail) {
    errand->status = status;
    (void)strncpy(errand->detail, detail, sizeof errand->detail - 1);
    errand->detail[sizeof errand->detail - 1] = 0;
    errand->done = true;
}

hf_status errand_do(struct hf_pool *pool, struct errand *errand) {
    pool_lock(pool);
    if (pool->over == HF_OK) {
        errand->done = false;
        append(pool, errand);
    } else {
        finish(errand, pool->over, pool->over_detail);
    }
    while (!errand->done) {
        (void)pool_wait(pool, DEADLINE_NEVER); /* done at the latest when the pool is over */
    }
    pool_unlock(pool);
    detail_write("%s", errand->detail);
    return errand->status;
}

static bool can_be_done(const struct hf_pool *pool, const struct errand *errand) {
    return !errand->behind_tasks || (!pool->gathered.first && !pool->sending.first);
}

bool errands_waiting(const struct hf_pool *pool) {
    const struct errand *errand = pool->first_errand;
    while (errand && !can_be_done(pool, errand)) {
        errand = errand->next;
    }
    return errand != NULL;
}

/* The first that can be done, out of the list. */
static struct errand *take(struct hf_pool *pool) {
    struct errand *before = NULL;
    struct errand *errand = pool->first_errand;
    while (errand && !can_be_done(pool, errand)) {
        before = errand;
        errand = errand->next;
    }
    if (!errand) {
        return NULL;
    }
    if (before) {
        before->next = errand->next;
    } else {
        pool->first_errand = errand->next;
    }
    if (pool->last_errand == errand) {
        pool->last_errand = before;
    }
    return errand;
}

bool errands_serve(struct hf_pool *pool) {
    struct errand *errand = take(pool);
    if (!errand) {
        return false;
    }
    pool_unlock(pool);
    hf_status status = errand->run(pool, errand);
    if (pool_ends_with(status)) {
        pool_end(pool, status);
    }
    pool_lock(pool);
    bool again = status == HF_TIMEOUT && deadline_left(errand->deadline_ms) > 0;
    if (again && pool->over == HF_OK) {
        append(pool, errand);
    } else if (again) {
        finish(errand, pool->over, pool->over_detail);
    } else {
        finish(errand, status, hf_last_detail());
    }
    pool_changed(pool);
    return true;
}

void errands_end(struct hf_pool *pool) {
    while (pool->first_errand) {
        struct errand *errand = pool->first_errand;
        pool->first_errand = errand->next;
        finish(errand, pool->over, pool->over_detail);
    }
    pool->last_errand = NULL;
}
