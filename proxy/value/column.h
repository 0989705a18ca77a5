/* SPDX-License-Identifier: MIT
 *
 * What a task calls its function with, and what came of it, as bytes and back: TaskCalls and
 * TaskOutcomes of the protocol, which the manager passes on unread.
 *
 * Values go by columns. One that is all ints or all doubles is packed, without a message for each;
 * any other is a list of Any. As the manager does not look at them, values are examined here, both
 * ways (references.h).
 */
#ifndef HF_COLUMN_H
#define HF_COLUMN_H

#include "buffer.h"
#include "references.h"

#include <holdfast/any.h>

/* ---- calls ---- */

/* The calls of a task, decoded. All zero is none. */
struct calls {
    hf_any *arguments; /* owned: count x width, call by call */
    size_t count;      /* at least 1 */
    size_t width;      /* arguments of each */
};

/** Append a TaskCalls to `out`.
 *
 *  arguments   borrowed: count x width, call by call; may be NULL where that is 0
 *  count       of calls, at least 1
 *  references  those in the arguments are appended
 *
 *  Returns  HF_OK; HF_NO_MEMORY; HF_TOO_BIG (nested too deep); HF_INVALID (not a hf_any, not UTF-8,
 *           not a key). `out` is as it was, but for HF_OK
 */
HF_MUST_USE hf_status calls_encode(struct buffer *out, const hf_any *arguments, size_t count,
                                   size_t width, struct references *references);

/** Decode a TaskCalls into memory of its own; `bytes` may go.
 *
 *  calls    out, overwritten; calls_fini()
 *  Returns  HF_OK; HF_NO_MEMORY; HF_TOO_BIG; HF_INVALID (these are no calls, in words). `calls` is
 *           all zero, but for HF_OK
 */
HF_MUST_USE hf_status calls_decode(const uint8_t *bytes, size_t len, struct calls *calls);

/** The arguments of one call; `index` < count. */
const hf_any *calls_nth(const struct calls *calls, size_t index);

/** Release it: it is all zero afterwards. */
void calls_fini(struct calls *calls);

/* ---- outcomes ---- */

struct failure {
    size_t call; /* from 0 */
    hf_status status;
    char *detail; /* owned; never NULL */
};

/* The calls of a task that failed, in order. All zero is none. */
struct failures {
    struct failure *items;
    size_t count;
    size_t capacity;
};

/** Note that a call has failed, which must come after those that are noted.
 *
 *  detail   copied; NULL: none. UTF-8
 *  Returns  HF_OK or HF_NO_MEMORY
 */
HF_MUST_USE hf_status failures_add(struct failures *failures, size_t call, hf_status status,
                                   const char *detail);

/** Forget them all, and release their memory. */
void failures_fini(struct failures *failures);

/** Append a TaskOutcomes to `out`.
 *
 *  values    borrowed: one for each call, null for those that failed
 *  count     of calls, at least 1
 *  Returns   as calls_encode()
 */
HF_MUST_USE hf_status outcomes_encode(struct buffer *out, const hf_any *values, size_t count,
                                      const struct failures *failures,
                                      struct references *references);

/** Decode a TaskOutcomes of so many calls; `bytes` may go.
 *
 *  values    out, overwritten: each an owned value, for hf_any_clear(); null but for HF_OK
 *  failures  out, overwritten; failures_fini()
 *  Returns   as calls_decode(); HF_INVALID also where they are of another number of calls
 */
HF_MUST_USE hf_status outcomes_decode(const uint8_t *bytes, size_t len, hf_any *values,
                                      size_t count, struct failures *failures);

#endif
