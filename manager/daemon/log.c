/* SPDX-License-Identifier: MIT
 *
 * See log.h.
 */
#include "log.h"

#include "text.h"

#include <stdarg.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048, LIMIT_INTERVAL_MS = 1000 };

static enum log_level level = LOG_EVENTS;

void log_set_level(enum log_level new_level) {
    level = new_level;
}

static void say(enum log_level importance, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void say(enum log_level importance, const char *format, va_list args) {
    if (importance > level) {
        return;
    }
    char line[LINE_MAX_BYTES];
    struct text text = text_in(line, sizeof line - 1);
    text_add(&text, "holdfastd: ");
    text_add_args(&text, format, args);
    line[text.len] = '\n';
    /* Nobody could be told that the line was not written. */
    ssize_t written = write(STDERR_FILENO, line, text.len + 1);
    (void)written;
}

void log_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(LOG_ERRORS, format, args);
    va_end(args);
}

void log_warning(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(LOG_WARNINGS, format, args);
    va_end(args);
}

void log_event(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(LOG_EVENTS, format, args);
    va_end(args);
}

void log_detail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(LOG_DETAILS, format, args);
    va_end(args);
}

bool log_due(struct log_limit *limit, int64_t now_ms, uint64_t *count) {
    limit->count++;
    if (now_ms < limit->next_ms) {
        return false;
    }
    *count = limit->count;
    *limit = (struct log_limit){now_ms + LIMIT_INTERVAL_MS, 0};
    return true;
}
