/* SPDX-License-Identifier: MIT
 *
 * See table.h.
 */
#include "table.h"

void table_begin(const struct plan *plan) {
    printf("%u rounds of %lld ms, alternating between the systems; medians.\n"
           "Holdfast is: its ops/s as a multiple of this system's. p50, p99: latency, in us;\n"
           "longest: the same, in ms. server, client: CPU time for an operation, in us; Python's\n"
           "and the mutex's clients do the server's work, or some of it, themselves.\n",
           plan->rounds, (long long)plan->time_ms);
}

static bool same_shape(const struct shape *a, const struct shape *b) {
    return a->clients == b->clients && a->in_flight == b->in_flight && a->entries == b->entries &&
           a->workers == b->workers;
}

/* Holdfast in the same shape: the first of each, as the contests have it. */
static const struct result *reference(struct result *const results[], unsigned i) {
    while (i > 0 && same_shape(&results[i - 1]->shape, &results[i]->shape)) {
        i--;
    }
    return results[i];
}

static void print_result(const struct result *result, const struct result *holdfast) {
    if (result->rounds == 0) {
        printf("%7u %6u %9llu  %-36s   failed\n", result->shape.clients, result->shape.in_flight,
               (unsigned long long)result->shape.entries, result->driver->name);
        return;
    }
    printf("%7u %6u %9llu  %-36s %8.0f %11.2f %8.0f %8.0f %8.1f %7.2f %7.2f%s\n",
           result->shape.clients, result->shape.in_flight,
           (unsigned long long)result->shape.entries, result->driver->name,
           result_median(result, metric_ops), result_ratio(holdfast, result, metric_ops),
           (double)histogram_percentile(&result->times, 0.5) / 1e3,
           (double)histogram_percentile(&result->times, 0.99) / 1e3,
           (double)result->times.longest_ns / 1e6, result_median(result, metric_server_us),
           result_median(result, metric_client_us), result->failed ? "  failed after this" : "");
}

void table_print(const struct contest *contest, struct result *const results[], unsigned count) {
    printf("\n%s\n%7s %6s %9s  %-36s %8s %11s %8s %8s %8s %7s %7s\n", contest->name, "clients",
           "flight", "entries", "system", "ops/s", "Holdfast is", "p50", "p99", "longest", "server",
           "client");
    for (unsigned i = 0; i < count; i++) {
        print_result(results[i], reference(results, i));
    }
    (void)fflush(stdout);
}
