/* SPDX-License-Identifier: MIT
 *
 * readers_writers: many may read at once, a writer is alone. Two writers keep two numbers equal,
 * which takes two steps; five readers read both and never see them differ.
 *
 * Teaches: hf_rwlock_acquire_read, hf_rwlock_acquire_write, hf_rwlock_release.
 *
 * Prints:
 *     5 readers held the lock at once
 *     100 reads, 0 of them of numbers that differ
 *     both numbers are 40
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { READERS = 5, READS = 20, WRITERS = 2, WRITES = 20 };

struct book {
    hf_rwlock lock;
    hf_value left;
    hf_value right;
    hf_latch all_in;
    hf_value reads;
    hf_value differed;
};

static void read_both(const struct book *book) {
    bool equal = number_of(book->left) == number_of(book->right);
    check(hf_value_add(book->reads, 1, NULL, NULL));
    check(hf_value_add(book->differed, equal ? 0 : 1, NULL, NULL));
}

static void read_book(int number, void *context) {
    (void)number;
    const struct book *book = context;
    for (int i = 0; i < READS; i++) {
        check(hf_rwlock_acquire_read(book->lock, -1, NULL));
        if (i == 0) { /* all five must hold the lock at once, or this never returns */
            check(hf_latch_count_down(book->all_in, 1));
            check(hf_latch_wait(book->all_in, -1));
        }
        read_both(book);
        check(hf_rwlock_release(book->lock));
    }
}

static void write_book(int number, void *context) {
    (void)number;
    const struct book *book = context;
    for (int i = 0; i < WRITES; i++) {
        check(hf_rwlock_acquire_write(book->lock, -1, NULL));
        check(hf_value_add(book->left, 1, NULL, NULL));
        check(hf_value_add(book->right, 1, NULL, NULL));
        check(hf_rwlock_release(book->lock));
    }
}

int main(void) {
    hf_client *client = open_client();
    struct book book = {.left = new_counter(client),
                        .right = new_counter(client),
                        .reads = new_counter(client),
                        .differed = new_counter(client)};
    check(hf_rwlock_open(client, NULL, NULL, &book.lock));
    check(hf_latch_open(client, NULL, READERS, HF_OPEN_OR_CREATE, &book.all_in));

    struct workers readers;
    struct workers writers;
    workers_start(&readers, "reader", READERS, read_book, &book);
    check(hf_latch_wait(book.all_in, -1));
    printf("%d readers held the lock at once\n", READERS);
    workers_start(&writers, "writer", WRITERS, write_book, &book);
    workers_wait(&readers);
    workers_wait(&writers);

    printf("%" PRId64 " reads, %" PRId64 " of them of numbers that differ\n", number_of(book.reads),
           number_of(book.differed));
    printf("both numbers are %" PRId64 "\n", number_of(book.left));
    close_client(client);
    return 0;
}
