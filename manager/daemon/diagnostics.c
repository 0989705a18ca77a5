/* SPDX-License-Identifier: MIT
 *
 * See diagnostics.h.
 */
#include "diagnostics.h"

#include "text.h"

#include <assert.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048, LIMIT_INTERVAL_MS = 1000 };

static enum diagnostics_level level_max = DIAGNOSTICS_EVENTS;

void diagnostics_set_level(enum diagnostics_level level) {
    assert(level <= DIAGNOSTICS_DETAILS);
    level_max = level;
}

void diagnostics_write(enum diagnostics_level level, const char *format, ...) {
    if (level > level_max) {
        return;
    }
    char line[LINE_MAX_BYTES];
    struct text text = text_in(line, sizeof line - 1);
    text_add(&text, "holdfastd: ");
    va_list arguments;
    va_start(arguments, format);
    text_add_args(&text, format, arguments);
    va_end(arguments);
    line[text.len] = '\n';
    ssize_t written = write(STDERR_FILENO, line, text.len + 1);
    (void)written; /* a failure could not be reported anywhere */
}

bool diagnostics_due(struct diagnostics_limit *limit, int64_t now_ms, uint64_t *count) {
    limit->count++;
    if (now_ms < limit->next_ms) {
        return false;
    }
    *count = limit->count;
    *limit = (struct diagnostics_limit){now_ms + LIMIT_INTERVAL_MS, 0};
    return true;
}
