/* SPDX-License-Identifier: MIT
 *
 * See report.h. Each number of a row is the median over its rounds; a ratio is taken round by round
 * first, so that what slows down the machine for a while slows down both.
 */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>

typedef double measure(const struct report_row *row, unsigned round);

static double per_second(uint64_t count, const struct load_result *result) {
    return result->wall_ns > 0 ? (double)count * 1e9 / (double)result->wall_ns : 0;
}

static double cpu_us(const struct load_result *result) {
    return (double)result->server_cpu_ns / 1e3 / (double)(result->trips ? result->trips : 1);
}

static double ops(const struct report_row *row, unsigned round) {
    return per_second(row->result[round].ops, &row->result[round]);
}

static double trips(const struct report_row *row, unsigned round) {
    return per_second(row->result[round].trips, &row->result[round]);
}

static double floor_trips(const struct report_row *row, unsigned round) {
    return per_second(row->floor[round].trips, &row->floor[round]);
}

static double ratio(const struct report_row *row, unsigned round) {
    double least = floor_trips(row, round);
    return least > 0 ? trips(row, round) / least : 0;
}

static double server_us(const struct report_row *row, unsigned round) {
    return cpu_us(&row->result[round]);
}

static double floor_us(const struct report_row *row, unsigned round) {
    return cpu_us(&row->floor[round]);
}

static double percent(int64_t cpu_ns, const struct load_result *result) {
    return result->wall_ns > 0 ? 100.0 * (double)cpu_ns / (double)result->wall_ns : 0;
}

static double server_busy(const struct report_row *row, unsigned round) {
    return percent(row->result[round].server_cpu_ns, &row->result[round]);
}

static double client_busy(const struct report_row *row, unsigned round) {
    return percent(row->result[round].client_cpu_ns, &row->result[round]);
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(const struct report_row *row, measure *of) {
    double values[REPORT_ROUNDS_MAX];
    for (unsigned i = 0; i < row->rounds; i++) {
        values[i] = of(row, i);
    }
    qsort(values, row->rounds, sizeof values[0], compare);
    unsigned middle = row->rounds / 2;
    return row->rounds % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

static double percentile_us(const struct report_row *row, double share) {
    return (double)histogram_percentile(&row->times, share) / 1e3;
}

void report_begin(FILE *tsv) {
    printf(
        "ops/s: operations; trips/s: requests answered; floor/s: the same of the echo server;\n"
        "ratio: trips/s to floor/s; p50, p99, p99.9: time of an operation in us; cpu, floor: the\n"
        "server's processor time for a request in us; busy%%: of one core, server and clients.\n"
        "Sections under one lock come one after the other: their floor is that of one client.\n\n");
    printf("%-17s %7s %6s %8s %8s %8s %5s %7s %7s %7s %5s %5s %7s\n", "operation", "clients",
           "flight", "ops/s", "trips/s", "floor/s", "ratio", "p50", "p99", "p99.9", "cpu", "floor",
           "busy%");
    if (tsv) {
        fprintf(
            tsv,
            "operation\tprocesses\tclients\tin_flight\tops_per_s\ttrips_per_s\tfloor_per_s\tratio\t"
            "p50_us\tp99_us\tp999_us\tserver_us\tfloor_us\tserver_busy\tclient_busy\n");
    }
}

void report_clients(bool processes) {
    printf(processes ? "each client a process, on any core:\n"
                     : "one process as all clients, on a core of its own:\n");
}

void report_add(const struct report_row *row, FILE *tsv) {
    double p50 = percentile_us(row, 0.5);
    double p99 = percentile_us(row, 0.99);
    double p999 = percentile_us(row, 0.999);
    printf("%-17s %7zu %6u %8.0f %8.0f %8.0f %5.2f %7.0f %7.0f %7.0f %5.2f %5.2f %3.0f %3.0f\n",
           row->name, row->clients, row->in_flight, median(row, ops), median(row, trips),
           median(row, floor_trips), median(row, ratio), p50, p99, p999, median(row, server_us),
           median(row, floor_us), median(row, server_busy), median(row, client_busy));
    (void)fflush(stdout);
    if (tsv) {
        fprintf(
            tsv,
            "%s\t%d\t%zu\t%u\t%.0f\t%.0f\t%.0f\t%.3f\t%.1f\t%.1f\t%.1f\t%.3f\t%.3f\t%.1f\t%.1f\n",
            row->name, row->processes, row->clients, row->in_flight, median(row, ops),
            median(row, trips), median(row, floor_trips), median(row, ratio), p50, p99, p999,
            median(row, server_us), median(row, floor_us), median(row, server_busy),
            median(row, client_busy));
    }
}
