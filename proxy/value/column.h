/* SPDX-License-Identifier: MIT
 *
 * The arguments and outcomes of a task's calls, as bytes and back: TaskCalls and TaskOutcomes of
 * the protocol, which the manager passes on unread.
 *
 * Values are sent in columns. A column of ints only or of doubles only is packed, without a message
 * for each value; any other is a list of Any. The manager does not read the values, so they are
 * checked here, in both directions (references.h).
 */
#ifndef HF_COLUMN_H
#define HF_COLUMN_H

#include "buffer.h"
#include "references.h"

#include <holdfast/any.h>

/* ---- calls ---- */

/* The calls of a task, decoded. All zero: none. */
struct calls {
    hf_any *arguments; /* owned: count x width, call by call */
    size_t count;      /* at least 1 */
    size_t width;      /* arguments of each */
};

/** Append a TaskCalls to `out`.
 *
 *  arguments   borrowed: count x width, call by call; may be NULL if that is 0
 *  count       of calls, at least 1
 *  references  the references in the arguments are appended
 *
 *  Returns  HF_OK; HF_NO_MEMORY; HF_TOO_BIG (nested too deep); HF_INVALID (not a hf_any, not UTF-8,
 *           not a key). `out` is unchanged, but for HF_OK
 */
HF_MUST_USE hf_status calls_encode(struct buffer *out, const hf_any *arguments, size_t count,
                                   size_t width, struct references *references);

/** Decode a TaskCalls into memory of its own; `bytes` are not needed afterwards.
 *
 *  calls    out, overwritten; calls_fini()
 *  Returns  HF_OK; HF_NO_MEMORY; HF_TOO_BIG; HF_INVALID (these are no calls; the detail says
 *           why). `calls` is all zero, but for HF_OK
 */
HF_MUST_USE hf_status calls_decode(const uint8_t *bytes, size_t len, struct calls *calls);

/** The arguments of one call; `index` < count. */
const hf_any *calls_nth(const struct calls *calls, size_t index);

/** Release the memory; `calls` is all zero afterwards. */
void calls_fini(struct calls *calls);

/* ---- outcomes ---- */

struct failure {
    size_t call; /* from 0 */
    hf_status status;
    char *detail; /* owned; never NULL */
};

/* The failed calls of a task, in order. All zero: none. */
struct failures {
    struct failure *items;
    size_t count;
    size_t capacity;
};

/** Note that a call has failed. It must come after the failures noted before.
 *
 *  detail   copied; NULL: none. UTF-8
 *  Returns  HF_OK or HF_NO_MEMORY
 */
HF_MUST_USE hf_status failures_add(struct failures *failures, size_t call, hf_status status,
                                   const char *detail);

/** Release the memory; there are no failures afterwards. */
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

/** Decode a TaskOutcomes of `count` calls; `bytes` are not needed afterwards.
 *
 *  values    out, overwritten: each an owned value, for hf_any_clear(); null but for HF_OK
 *  failures  out, overwritten; failures_fini()
 *  Returns   as calls_decode(); HF_INVALID also if they are of another number of calls
 */
HF_MUST_USE hf_status outcomes_decode(const uint8_t *bytes, size_t len, hf_any *values,
                                      size_t count, struct failures *failures);

#endif
