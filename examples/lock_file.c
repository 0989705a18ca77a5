/* SPDX-License-Identifier: MIT
 *
 * lock_file: a lock around something that is not the manager's. Five processes write to one file.
 * Each counts its lines and appends one with the next number; without the lock two would count the
 * same, and use a number twice.
 *
 * Teaches: hf_lock_acquire, hf_lock_release. A lock guards whatever its users agree on.
 *
 * Prints:
 *     100 lines, numbered from 1 to 100
 */
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

/* Returns how many lines there are, or -1 if they are not numbered 1, 2, 3 ... */
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
        pause_ms(1); /* time enough for anybody who does not hold the lock to do harm */
        (void)fprintf(file, "%d by writer %d\n", lines + 1, number);
        (void)fclose(file); /* before the release: what is still in its buffer is not written yet */
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

    struct crew writers;
    crew_start(&writers, "writer", WRITERS, write_lines, &book);
    crew_wait(&writers);

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
