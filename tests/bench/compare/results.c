/* SPDX-License-Identifier: MIT
 *
 * See results.h.
 */
#include "results.h"

#include "attempt.h"
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESULTS_MAX = 200, FIGURES_MAX = 64 };

struct figure {
    const char *name;
    const char *driver;
    double value;
    const char *unit;
};

static struct {
    struct result results[RESULTS_MAX];
    unsigned result_count;
    struct figure figures[FIGURES_MAX];
    unsigned figure_count;
} * store;

void results_begin(void) {
    store = attempts_memory(sizeof *store);
}

struct result *results_add(const struct contest *contest, const struct shape *shape,
                           const struct driver *driver) {
    must(store->result_count < RESULTS_MAX, "too many results");
    struct result *result = &store->results[store->result_count++];
    result->contest = contest;
    result->shape = *shape;
    result->driver = driver;
    return result;
}

const struct result *results_find(const char *contest, unsigned clients, uint64_t entries,
                                  const char *driver) {
    for (unsigned i = 0; i < store->result_count; i++) {
        const struct result *result = &store->results[i];
        if (result->rounds > 0 && strcmp(result->contest->name, contest) == 0 &&
            result->shape.clients == clients &&
            (entries == 0 || result->shape.entries == entries) &&
            strcmp(result->driver->name, driver) == 0) {
            return result;
        }
    }
    return NULL;
}

/* ---- Numbers ---- */

double metric_ops(const struct outcome *outcome) {
    return (double)outcome->ops * 1e9 / (double)outcome->wall_ns;
}

static double us_per_op(int64_t time_ns, uint64_t ops) {
    return (double)time_ns / 1e3 / (double)ops;
}

double metric_server_us(const struct outcome *outcome) {
    return us_per_op(outcome->server_cpu_ns, outcome->ops);
}

double metric_client_us(const struct outcome *outcome) {
    return us_per_op(outcome->client_cpu_ns, outcome->ops);
}

double metric_cpu_us(const struct outcome *outcome) {
    return metric_server_us(outcome) + metric_client_us(outcome);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct values {
    unsigned count;
    double of[ROUNDS_MAX];
};

/* A round in which nothing was done at all says nothing about what it costs, nor how two compare.
 */
static void values_add(struct values *values, double value) {
    if (!isnan(value)) {
        values->of[values->count++] = value;
    }
}

static double values_median(struct values *values) {
    if (values->count == 0) {
        return NAN;
    }
    qsort(values->of, values->count, sizeof values->of[0], compare_doubles);
    return (values->of[(values->count - 1) / 2] + values->of[values->count / 2]) / 2;
}

double result_median(const struct result *result, result_metric *metric) {
    struct values values = {0};
    for (unsigned i = 0; i < result->rounds; i++) {
        values_add(&values, metric(&result->outcomes[i]));
    }
    return values_median(&values);
}

double result_ratio(const struct result *a, const struct result *b, result_metric *metric) {
    struct values values = {0};
    if (a->contest != b->contest) {
        return result_median(a, metric) / result_median(b, metric);
    }
    for (unsigned i = 0; i < a->rounds && i < b->rounds; i++) {
        values_add(&values, metric(&a->outcomes[i]) / metric(&b->outcomes[i]));
    }
    return values_median(&values);
}

/* ---- Figures ---- */

void figures_add(const char *name, const char *driver, double value, const char *unit) {
    must(store->figure_count < FIGURES_MAX, "too many figures");
    store->figures[store->figure_count++] = (struct figure){name, driver, value, unit};
}

const double *figures_find(const char *name, const char *driver) {
    for (unsigned i = 0; i < store->figure_count; i++) {
        const struct figure *figure = &store->figures[i];
        if (strcmp(figure->name, name) == 0 && strcmp(figure->driver, driver) == 0) {
            return &figure->value;
        }
    }
    return NULL;
}

/* ---- Files ---- */

static double percentile_us(const struct result *result, double share) {
    return (double)histogram_percentile(&result->times, share) / 1e3;
}

void results_write(FILE *file) {
    fprintf(file, "workload\tclients\tin_flight\tsystem\tops_per_s\tp50_us\tp99_us\t"
                  "server_cpu_us_per_op\tclient_cpu_us_per_op\tlongest_us\tentries\n");
    for (unsigned i = 0; i < store->result_count; i++) {
        const struct result *result = &store->results[i];
        if (result->rounds == 0) {
            continue;
        }
        fprintf(file, "%s\t%u\t%u\t%s\t%.0f\t%.1f\t%.1f\t%.3f\t%.3f\t%.1f\t%llu\n",
                result->contest->name, result->shape.clients, result->shape.in_flight,
                result->driver->name, result_median(result, metric_ops), percentile_us(result, 0.5),
                percentile_us(result, 0.99), result_median(result, metric_server_us),
                result_median(result, metric_client_us), (double)result->times.longest_ns / 1e3,
                (unsigned long long)result->shape.entries);
    }
}

void figures_write(FILE *file) {
    fprintf(file, "figure\tsystem\tvalue\tunit\n");
    for (unsigned i = 0; i < store->figure_count; i++) {
        const struct figure *figure = &store->figures[i];
        fprintf(file, "%s\t%s\t%.1f\t%s\n", figure->name, figure->driver, figure->value,
                figure->unit);
    }
}
