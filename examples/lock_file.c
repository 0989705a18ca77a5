/* SPDX-License-Identifier: MIT
 *
 * lock_file: a lock for something outside the manager. Five processes write to one file. Each
 * counts its lines and appends one with the next number. Without the lock two processes would count
 * the same lines and use a number twice.
 *
 * Teaches: hf_lock_acquire, hf_lock_release. A lock protects whatever its users agree on.
 *
 * Prints:
 *     100 lines, numbered from 1 to 100
 */
#define _POSIX_C_SOURCE 200809L /* mkstemp() */

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WRITERS = 5, LINES_PER_WRITER = 20 };

struct logbook {
    char path[64];
    hf_lock lock;
};

static FILE *open_file(const char *path, const char *how) {
    FILE *file = fopen(path, how);
    if (!file) {
        give_up(path);
    }
    return file;
}

/* Count the lines; -1: they are not numbered 1, 2, 3 ... */
static int count_lines(FILE *file) {
    int lines = 0;
    char text[32];
    while (fgets(text, sizeof text, file)) {
        lines++;
        if (strtol(text, NULL, 10) != lines) {
            return -1;
        }
    }
    return lines;
}

static void write_lines(int number, void *context) {
    const struct logbook *book = context;
    for (int i = 0; i < LINES_PER_WRITER; i++) {
        check(hf_lock_acquire(book->lock, -1, NULL));
        FILE *file = open_file(book->path, "a+"); /* reads from the start, writes at the end */
        int lines = count_lines(file);
        pause_ms(1); /* a process without the lock would do harm now */
        (void)fprintf(file, "%d by writer %d\n", lines + 1, number);
        (void)fclose(file); /* writes its buffer, so it comes before the release */
        check(hf_lock_release(book->lock));
    }
}

int main(void) {
    hf_client *client = open_client();
    struct logbook book = {.path = "/tmp/lock_file-XXXXXX"};
    int file = mkstemp(book.path);
    if (file < 0) {
        give_up(book.path);
    }
    (void)close(file);
    check(hf_lock_open(client, NULL, NULL, &book.lock));

    workers_run("writer", WRITERS, write_lines, &book);

    FILE *written = open_file(book.path, "r");
    int lines = count_lines(written);
    (void)fclose(written);
    (void)unlink(book.path);
    if (lines < 0) {
        give_up("the lines are not numbered in order");
    }
    printf("%d lines, numbered from 1 to %d\n", lines, lines);
    close_client(client);
    return lines == WRITERS * LINES_PER_WRITER ? 0 : 1;
}
