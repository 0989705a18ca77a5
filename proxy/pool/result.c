/* SPDX-License-Identifier: MIT
 *
 * Results, see <holdfast/pool.h>. What has ended is looked at without the mutex.
 */
#include "deadline.h"
#include "detail.h"
#include "pool.h"

static hf_status check(const hf_result *result) {
    detail_clear();
    if (!result) {
        return detail_set(HF_INVALID, "the result is NULL");
    }
    return pool_check(result->pool);
}

hf_status hf_result_get(hf_result *result, int64_t timeout_ms, hf_any *value) {
    hf_status status = check(result);
    if (status != HF_OK) {
        return status;
    }
    if (!job_await(result, deadline_in(timeout_ms))) {
        return detail_set(HF_TIMEOUT, "%s has not ended yet", result->function);
    }
    status = job_verdict(result);
    return status == HF_OK && value ? hf_any_copy(job_value(result), value) : status;
}

bool hf_result_wait(hf_result *result, int64_t timeout_ms) {
    return check(result) == HF_OK && job_await(result, deadline_in(timeout_ms));
}

bool hf_result_ready(hf_result *result) {
    return result && atomic_load_explicit(&result->ended, memory_order_acquire);
}

bool hf_result_successful(hf_result *result) {
    return hf_result_ready(result) && result->status == HF_OK;
}

hf_status hf_result_progress(hf_result *result, hf_any *value) {
    hf_status status = check(result);
    if (status != HF_OK || !value) {
        return status;
    }
    pool_lock(result->pool);
    status = hf_any_copy(result->progress, value);
    pool_unlock(result->pool);
    return status;
}

void hf_result_calls(hf_result *result, size_t *ended, size_t *all) {
    if (check(result) != HF_OK) {
        *ended = 0;
        *all = 0;
        return;
    }
    pool_lock(result->pool);
    *ended = result->ended_calls;
    *all = result->call_count;
    pool_unlock(result->pool);
}

hf_status hf_result_cancel(hf_result *result) {
    hf_status status = check(result);
    if (status == HF_OK) {
        job_cancel(result);
    }
    return status;
}

void hf_result_free(hf_result *result) {
    if (result) {
        job_drop(result);
    }
}
