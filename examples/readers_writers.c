/* SPDX-License-Identifier: MIT
 *
 * readers_writers: many may read at once, who writes is alone. Two writers keep two numbers equal,
 * which takes two steps; five readers look at both and never see them differ.
 *
 * Teaches: hf_rwlock_acquire_read, hf_rwlock_acquire_write, hf_rwlock_release.
 *
 * Prints:
 *     5 readers were in at once
 *     100 looks, 0 of them at numbers that differ
 *     both numbers are 40
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { READERS = 5, LOOKS = 20, WRITERS = 2, WRITES = 20 };

struct book {
    hf_rwlock lock;
    hf_value left;
    hf_value right;
    hf_latch all_in;
    hf_value looks;
    hf_value differed;
};

static void look(const struct book *book) {
    int64_t left = 0;
    int64_t right = 0;
    check(hf_value_get(book->left, &left));
    check(hf_value_get(book->right, &right));
    check(hf_value_add(book->looks, 1, NULL, NULL));
    check(hf_value_add(book->differed, left == right ? 0 : 1, NULL, NULL));
}

static void read_book(int number, void *context) {
    (void)number;
    const struct book *book = context;
    for (int i = 0; i < LOOKS; i++) {
        check(hf_rwlock_acquire_read(book->lock, -1, NULL));
        if (i == 0) { /* goes on when all five are in; one at a time, it never would */
            check(hf_latch_count_down(book->all_in, 1));
            check(hf_latch_wait(book->all_in, -1));
        }
        look(book);
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

static int64_t number_of(hf_value value) {
    int64_t number = 0;
    check(hf_value_get(value, &number));
    return number;
}

int main(void) {
    hf_client *client = open_client();
    struct book book;
    check(hf_rwlock_open(client, NULL, HF_OPEN_OR_CREATE, &book.lock));
    check(hf_value_open(client, NULL, HF_I64, 0, &book.left));
    check(hf_value_open(client, NULL, HF_I64, 0, &book.right));
    check(hf_latch_open(client, NULL, READERS, HF_OPEN_OR_CREATE, &book.all_in));
    check(hf_value_open(client, NULL, HF_I64, 0, &book.looks));
    check(hf_value_open(client, NULL, HF_I64, 0, &book.differed));

    struct crew readers;
    struct crew writers;
    crew_start(&readers, "reader", READERS, read_book, &book);
    check(hf_latch_wait(book.all_in, -1));
    printf("%d readers were in at once\n", READERS);
    crew_start(&writers, "writer", WRITERS, write_book, &book);
    crew_wait(&readers);
    crew_wait(&writers);

    printf("%" PRId64 " looks, %" PRId64 " of them at numbers that differ\n", number_of(book.looks),
           number_of(book.differed));
    printf("both numbers are %" PRId64 "\n", number_of(book.left));
    close_client(client);
    return 0;
}
