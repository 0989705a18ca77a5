/* SPDX-License-Identifier: MIT
 *
 * The results: a table to read and a file of tab-separated values to compare.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "load.h"

#include <stdio.h>

enum { REPORT_ROUNDS_MAX = 32 };

/** A row: one operation with so many clients and requests in flight, in several rounds, each of
 *  which was measured right after one of the floor. */
struct report_row {
    const char *name;
    size_t clients;
    unsigned in_flight;
    bool processes;
    unsigned rounds;
    struct load_result result[REPORT_ROUNDS_MAX];
    struct load_result floor[REPORT_ROUNDS_MAX];
    struct histogram times;
};

/** Explain the columns and print their names. `tsv` may be NULL. */
void report_begin(FILE *tsv);

/** Say how the clients of the rows that follow run. */
void report_clients(bool processes);

void report_add(const struct report_row *row, FILE *tsv);

#endif
