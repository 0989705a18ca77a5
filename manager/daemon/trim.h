/* SPDX-License-Identifier: MIT
 *
 * Giving memory back. malloc keeps what is freed, unless it lies at the end of its heap. So the
 * server asks malloc to give it back to the system, in steps while much is being freed, so that
 * each step is short.
 *
 *     trim_note(&trim, bytes in use, whether more is being freed, now);
 *     if (trim_is_due(&trim, now)) { trim_heap(&trim, now); }
 *
 * A step takes time for what it gives back (0.1 ms for a MiB), and for each free piece of a page or
 * more in the whole heap. If most of a heap of many GiB was freed here and there, that is long. So
 * after a step that took longer than its bytes explain, no step follows for a while, which grows
 * with the square of the time beyond that: at 2 ms for 2 seconds, at 20 ms for 200. The caller
 * tells the time.
 */
#ifndef HF_TRIM_H
#define HF_TRIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TRIM_STEP_BYTES = 4 << 20,  /**< less is not worth a step */
    TRIM_MUCH_BYTES = 32 << 20, /**< more would make a step long */
    TRIM_SETTLE_MS = 1000,      /**< what is free for so long is not needed again at once */
    TRIM_SHORT_NS = 2000000,    /**< so long may a step take, */
    TRIM_BYTES_PER_NS = 2       /**< and longer for what it gives back */
};

struct trim {
    size_t most_bytes;     /**< in use at some time since the last step */
    size_t used_bytes;     /**< now */
    int64_t due_ms;        /**< when the next step is due; -1: little is free */
    int64_t rest_until_ms; /**< no step before */
};

/** Note how much memory is in use. `freeing`: more is about to be freed, so that a step need not
 * wait for it to settle. */
void trim_note(struct trim *trim, size_t used_bytes, bool freeing, int64_t now_ms);

bool trim_is_due(const struct trim *trim, int64_t now_ms);

/** A step is over, which took so long. */
void trim_done(struct trim *trim, int64_t took_ns, int64_t now_ms);

/** Take a step: let malloc give free memory back to the system. */
void trim_heap(struct trim *trim, int64_t now_ms);

#endif
