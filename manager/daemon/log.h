/* SPDX-License-Identifier: MIT
 *
 * What the daemon says on its standard error: one line per event, "holdfastd: ...", written in one
 * piece so that lines of several processes do not mix.
 */
#ifndef HF_LOG_H
#define HF_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERRORS, LOG_WARNINGS, LOG_EVENTS, LOG_DETAILS };

/** Say nothing that is less important than `level`. The level is LOG_EVENTS at first. */
void log_set_level(enum log_level level);

/** What stops the daemon, or makes it give something up. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** What somebody should look into. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** What happens once in a while: start and end. */
void log_event(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** What happens all the time: sessions that come and go. */
void log_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Keeps something that strangers can provoke from filling the log. Starts as all zero. */
struct log_limit {
    int64_t next_ms;
    uint64_t count; /**< since the last line */
};

/** Count one more; true, at most once a second, when a line is due. `*count` is then what it is
 * about. */
bool log_due(struct log_limit *limit, int64_t now_ms, uint64_t *count);

#endif
