/* SPDX-License-Identifier: MIT
 *
 * Messages of the daemon to its operator on standard error: one line per event, "holdfastd: ...",
 * each in one write() so that lines of several processes do not mix. Nothing here waits for a
 * reader: lines that find no room are kept, and when those are too many, counted. The count is told
 * when there is room again.
 */
#ifndef HF_DIAGNOSTICS_H
#define HF_DIAGNOSTICS_H

#include <stdbool.h>
#include <stdint.h>

enum diagnostics_level {
    DIAGNOSTICS_ERRORS,   /**< the daemon ends, or gives something up */
    DIAGNOSTICS_WARNINGS, /**< the operator should look into it */
    DIAGNOSTICS_EVENTS,   /**< rare: start and end */
    DIAGNOSTICS_DETAILS   /**< frequent: each connection */
};

/** Write only lines of this level and of more important ones. It is DIAGNOSTICS_EVENTS at first. */
void diagnostics_set_level(enum diagnostics_level level);

void diagnostics_write(enum diagnostics_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define diagnostics_error(...) diagnostics_write(DIAGNOSTICS_ERRORS, __VA_ARGS__)
#define diagnostics_warning(...) diagnostics_write(DIAGNOSTICS_WARNINGS, __VA_ARGS__)
#define diagnostics_event(...) diagnostics_write(DIAGNOSTICS_EVENTS, __VA_ARGS__)
#define diagnostics_detail(...) diagnostics_write(DIAGNOSTICS_DETAILS, __VA_ARGS__)

/** Write the lines that were kept, if there is room now.
 *
 *  Returns  when to call again; -1: none is kept
 */
int64_t diagnostics_retry(int64_t now_ms);

/** The program ends: give a slow reader a moment for the lines that were kept. */
void diagnostics_end(void);

/** Limits the lines about something that strangers can cause. All zero at first. */
struct diagnostics_limit {
    int64_t next_ms;
    uint64_t count; /**< since the last line */
};

/** Count so many more. Returns true, at most once a second, if a line is due: about `*count`. */
bool diagnostics_due(struct diagnostics_limit *limit, uint64_t more, int64_t now_ms,
                     uint64_t *count);

#endif
