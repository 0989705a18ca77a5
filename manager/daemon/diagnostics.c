/* SPDX-License-Identifier: MIT
 *
 * See diagnostics.h. Standard error may be a pipe, a socket or a terminal that nobody reads, and
 * other processes may write to it as well. So it stays as they have it, and never becomes
 * non-blocking. A line is written only when there is room. If another process takes that room in
 * between, or a terminal has room for a part of the line, a timer interrupts the write.
 */
#include "diagnostics.h"

#include "text.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 2048,
    KEPT_MAX_BYTES = 16 << 10,
    LIMIT_INTERVAL_MS = 1000,
    RETRY_MS = 1000,
    WRITE_MAX_US = 10000,
    END_MAX_MS = 200
};

/* A pipe that is not full takes a line in one piece. */
_Static_assert(LINE_MAX_BYTES <= PIPE_BUF, "a line is written in one piece");

static enum diagnostics_level level_max = DIAGNOSTICS_EVENTS;

/* Lines that are not written yet, and how many were dropped behind them for want of room. */
static struct {
    char bytes[KEPT_MAX_BYTES];
    size_t len;
    uint64_t dropped;
    int64_t retry_ms;
} kept;

void diagnostics_set_level(enum diagnostics_level level) {
    assert(level <= DIAGNOSTICS_DETAILS);
    level_max = level;
}

/* ---- Lines that are kept ---- */

__attribute__((format(printf, 1, 0))) static bool keep_line(const char *format, va_list arguments) {
    char line[LINE_MAX_BYTES];
    struct text text = text_in(line, sizeof line - 1);
    text_add(&text, "holdfastd: ");
    text_add_args(&text, format, arguments);
    line[text.len] = '\n';
    size_t len = text.len + 1;
    assert(kept.len <= sizeof kept.bytes && len <= sizeof line);
    if (len > sizeof kept.bytes - kept.len) {
        return false;
    }
    memcpy(kept.bytes + kept.len, line, len);
    kept.len += len;
    return true;
}

static bool __attribute__((format(printf, 1, 2))) keep(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bool done = keep_line(format, arguments);
    va_end(arguments);
    return done;
}

/* Say how many were dropped, before a later line is kept. Returns whether none are any more. */
static bool tell_dropped(void) {
    if (kept.dropped > 0 && keep("%llu line(s) were dropped: standard error was not read",
                                 (unsigned long long)kept.dropped)) {
        kept.dropped = 0;
    }
    return kept.dropped == 0;
}

/* ---- Writing ---- */

static bool has_room(int wait_ms) {
    struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&standard_error, 1, wait_ms) > 0;
}

static ssize_t write_briefly(const char *bytes, size_t len) {
    const struct itimerval soon = {{0, WRITE_MAX_US}, {0, WRITE_MAX_US}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    (void)setitimer(ITIMER_REAL, &soon, NULL);
    ssize_t written = write(STDERR_FILENO, bytes, len);
    int error = errno;
    (void)setitimer(ITIMER_REAL, &never, NULL);
    errno = error;
    return written;
}

/* Returns false if it takes nothing now. A line that cannot be written at all is dropped: nobody
 * could be told. */
static bool write_one(void) {
    const char *end = memchr(kept.bytes, '\n', kept.len);
    assert(end && kept.len > 0);
    size_t len = (size_t)(end - kept.bytes) + 1;
    ssize_t written = write_briefly(kept.bytes, len);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) {
        return false;
    }
    size_t done = written < 0 ? len : (size_t)written;
    kept.len -= done;
    memmove(kept.bytes, kept.bytes + done, kept.len);
    return done == len;
}

static void write_kept(void) {
    while (kept.len > 0 && has_room(0) && write_one()) {
        if (kept.len == 0) {
            (void)tell_dropped();
        }
    }
}

void diagnostics_write(enum diagnostics_level level, const char *format, ...) {
    if (level > level_max) {
        return;
    }
    write_kept();
    va_list arguments;
    va_start(arguments, format);
    if (!tell_dropped() || !keep_line(format, arguments)) {
        kept.dropped++;
    }
    va_end(arguments);
    write_kept();
}

int64_t diagnostics_retry(int64_t now_ms) {
    if (kept.len > 0 && now_ms >= kept.retry_ms) {
        kept.retry_ms = now_ms + RETRY_MS;
        write_kept();
    }
    return kept.len > 0 ? kept.retry_ms : -1;
}

void diagnostics_end(void) {
    write_kept();
    if (kept.len > 0 && has_room(END_MAX_MS)) {
        write_kept();
    }
}

bool diagnostics_due(struct diagnostics_limit *limit, uint64_t more, int64_t now_ms,
                     uint64_t *count) {
    limit->count += more;
    if (now_ms < limit->next_ms) {
        return false;
    }
    *count = limit->count;
    *limit = (struct diagnostics_limit){now_ms + LIMIT_INTERVAL_MS, 0};
    return true;
}
