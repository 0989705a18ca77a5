/* SPDX-License-Identifier: MIT
 *
 * See history.h.
 */
#include "history.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS_SHOWN = 30, STEP_BYTES = 6000 };

static struct {
    uint64_t seed;
    unsigned step;
    unsigned steps; /* begun */
    bool trace;
    uint64_t digest;
    char texts[STEPS_SHOWN][STEP_BYTES];
    char headline[100];
} history;

static char *current(void) {
    return history.texts[history.steps % STEPS_SHOWN];
}

void history_start(uint64_t seed, bool trace) {
    history.seed = seed;
    history.step = 0;
    history.steps = 0;
    history.trace = trace;
    history.digest = 0xcbf29ce484222325u; /* FNV-1a */
    memset(history.texts, 0, sizeof history.texts);
}

void history_mix(const void *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        history.digest = (history.digest ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    }
}

void history_step(unsigned step) {
    history.step = step;
    history.steps++;
    current()[0] = '\0';
    (void)snprintf(history.headline, sizeof history.headline, "sim: seed %llu failed at step %u\n",
                   (unsigned long long)history.seed, step);
}

void history_tell(const char *format, ...) {
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    history_mix(line, strlen(line));
    char *text = current();
    size_t len = strlen(text);
    (void)snprintf(text + len, STEP_BYTES - len, "%5u  %s\n", history.step, line);
    if (history.trace) {
        printf("%5u  %s\n", history.step, line);
    }
}

uint64_t history_digest(void) {
    return history.digest;
}

/* Only what is allowed in a signal handler. */
static void print_text(const char *text) {
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t written = write(STDERR_FILENO, text, len);
        if (written <= 0) {
            return;
        }
        text += written;
        len -= (size_t)written;
    }
}

static void print_history(void) {
    for (unsigned i = 1; i <= STEPS_SHOWN && !history.trace; i++) {
        print_text(history.texts[(history.steps + i) % STEPS_SHOWN]);
    }
    print_text(history.headline);
}

void history_fail(const char *format, ...) {
    va_list arguments;
    (void)fflush(stdout);
    print_history();
    (void)fputs("sim: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputs("\n", stderr);
    exit(1); /* NOLINT(concurrency-mt-unsafe): there is one thread */
}

/* ---- sudden ends ---- */

static void on_abort(int number) {
    (void)number;
    print_history();
    _Exit(1);
}

/* The sanitizers' own, where the program is built with them. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

void history_catch(void) {
    (void)signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(print_history);
    }
}
