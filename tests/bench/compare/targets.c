/* SPDX-License-Identifier: MIT
 *
 * See targets.h. A target is a row: two results, or two figures, and what their ratio is to be.
 */
#include "targets.h"

#include "figures.h"
#include "results.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

struct side {
    const char *contest;
    unsigned clients;
    uint64_t entries; /* 0: any */
    const struct driver *driver;
};

static const struct target {
    const char *text;
    struct side holdfast;
    struct side other;
    result_metric *metric;
    bool at_most;
    double wanted;
} targets[] = {
#define MEASURED(contest, clients)                                                                 \
    { contest, clients, 0, &holdfast_driver }
#define AGAINST(contest, clients, driver)                                                          \
    { contest, clients, 0, driver }
#define POOLED(contest)                                                                            \
    { contest, 1, 0, &holdfast_pool_driver }
#define AT_LEAST(times) metric_ops, false, times
    {"get/set, 100 clients: of the floor", MEASURED("get/set", 100),
     AGAINST("get/set", 100, &floor_driver), AT_LEAST(0.95)},
    {"get/set, 100 clients: of Redis", MEASURED("get/set", 100),
     AGAINST("get/set", 100, &redis_driver), AT_LEAST(1.05)},
    {"get/set, 1 client: of Redis", MEASURED("get/set", 1), AGAINST("get/set", 1, &redis_driver),
     AT_LEAST(4)},
    {"get/set, 16 in flight, 1 client: of Redis", MEASURED("get/set, pipelined", 1),
     AGAINST("get/set, pipelined", 1, &redis_driver), AT_LEAST(2)},
    {"get/set, 16 in flight, 16 clients: of Redis", MEASURED("get/set, pipelined", 16),
     AGAINST("get/set, pipelined", 16, &redis_driver), AT_LEAST(2)},
    {"get/set, 16 in flight, 100 clients: of Redis", MEASURED("get/set, pipelined", 100),
     AGAINST("get/set, pipelined", 100, &redis_driver), AT_LEAST(2)},
    {"atomic decrement: of Redis", MEASURED("atomic decrement", 100),
     AGAINST("atomic decrement", 100, &redis_driver), AT_LEAST(1.1)},
    {"locked decrement: of Redis, list token", MEASURED("locked decrement", 100),
     AGAINST("locked decrement", 100, &redis_driver), AT_LEAST(2.5)},
    {"locked decrement: of Python, Manager's lock", MEASURED("locked decrement", 100),
     AGAINST("locked decrement", 100, &manager_driver), AT_LEAST(3.5)},
    {"locked decrement, folded: of Redis, list token",
     {"locked decrement", 100, 0, &holdfast_folded_driver},
     AGAINST("locked decrement", 100, &redis_driver),
     AT_LEAST(5)},
    {"queue, 100 put and get: of Redis", MEASURED("queue: put, then get", 100),
     AGAINST("queue: put, then get", 100, &redis_driver), AT_LEAST(1.1)},
    {"queue, 100 put and get: of Python's Manager", MEASURED("queue: put, then get", 100),
     AGAINST("queue: put, then get", 100, &manager_driver), AT_LEAST(4)},
    {"queue, 1 puts, 1 gets: of Redis", MEASURED("queue: half put, half get", 2),
     AGAINST("queue: half put, half get", 2, &redis_driver), AT_LEAST(1.1)},
    {"queue, 1 puts, 1 gets: of Python's Manager", MEASURED("queue: half put, half get", 2),
     AGAINST("queue: half put, half get", 2, &manager_driver), AT_LEAST(4)},
    {"queue, 20 put, 20 get: of Redis", MEASURED("queue: half put, half get", 40),
     AGAINST("queue: half put, half get", 40, &redis_driver), AT_LEAST(1.1)},
    {"queue, 20 put, 20 get: of Python's Manager", MEASURED("queue: half put, half get", 40),
     AGAINST("queue: half put, half get", 40, &manager_driver), AT_LEAST(4)},
    {"pool of 2, map of 3,000 tiny tasks: of Python's", POOLED("pool of 2: map"),
     AGAINST("pool of 2: map", 1, &pool_driver), AT_LEAST(2)},
    {"pool of 4, map of 3,000 tiny tasks: of Python's", POOLED("pool of 4: map"),
     AGAINST("pool of 4: map", 1, &pool_driver), AT_LEAST(2)},
    {"pool of 2, single tasks: of Python's", POOLED("pool of 2: single tasks"),
     AGAINST("pool of 2: single tasks", 1, &pool_driver), AT_LEAST(3)},
    {"pool of 4, single tasks: of Python's", POOLED("pool of 4: single tasks"),
     AGAINST("pool of 4: single tasks", 1, &pool_driver), AT_LEAST(3)},
    {"pool of 4, map: of a process for each task", POOLED("pool of 4: map"),
     POOLED("a process for each task"), AT_LEAST(100)},
    {"manager's CPU for a get/set, 100 clients: of Redis", MEASURED("get/set", 100),
     AGAINST("get/set", 100, &redis_driver), metric_server_us, true, 1},
    {"get/set, 1,000 clients: of 100 clients", MEASURED("growth: clients", 1000),
     MEASURED("growth: clients", 100), AT_LEAST(0.85)},
    {"get/set in 100 k entries: of 1 k entries",
     {"growth: entries", 100, 100000, &holdfast_driver},
     {"growth: entries", 100, 1000, &holdfast_driver},
     AT_LEAST(0.8)},
    {"get/set in 10 M entries: of 1 k entries",
     {"growth: entries", 100, 10000000, &holdfast_driver},
     {"growth: entries", 100, 1000, &holdfast_driver},
     AT_LEAST(0.8)},
};

static const struct result *find(const struct side *side) {
    return results_find(side->contest, side->clients, side->entries, side->driver->name);
}

/* Without the end of the line. */
static void print(const char *text, bool at_most, double wanted, double measured) {
    bool met = at_most ? measured <= wanted : measured >= wanted;
    printf("%-52s %s %6.2f %9.2f  %-6s", text, at_most ? "<=" : ">=", wanted, measured,
           isnan(measured) ? "?"
           : met           ? "met"
                           : "MISSED");
}

static void print_result(const struct target *target, const struct result *holdfast,
                         const struct result *other) {
    print(target->text, target->at_most, target->wanted,
          result_ratio(holdfast, other, target->metric));
    if (target->metric == metric_ops) {
        printf(" %11.2f", result_ratio(other, holdfast, metric_cpu_us));
    }
    (void)putchar('\n');
}

/* A figure of Holdfast's beside another's, or, in ms, beside a number. */
static void print_figure(const char *text, const char *name, const struct driver *other,
                         double wanted) {
    const double *ours = figures_find(name, holdfast_driver.name);
    const double *theirs = other ? figures_find(name, other->name) : NULL;
    if (ours && (!other || theirs)) {
        print(text, true, wanted, other ? *ours / *theirs : *ours / 1e3);
        (void)putchar('\n');
    }
}

void targets_print(void) {
    printf("\nby CPU time: what the ratio of the rates is where both keep the machine busy, and\n"
           "nobody else does\n%-52s %9s %9s  %6s %11s\n",
           "target", "wanted", "measured", "", "by CPU time");
    for (unsigned i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct target *target = &targets[i];
        const struct result *holdfast = find(&target->holdfast);
        const struct result *other = find(&target->other);
        if (holdfast && other) {
            print_result(target, holdfast, other);
        }
    }
    print_figure("memory of a dict entry: of Redis", FIGURE_ENTRY, &redis_driver, 0.8);
    print_figure("takeover after kill -9: of a Redis lease", FIGURE_TAKEOVER, &redis_lease_driver,
                 1);
    print_figure("ms of CPU for a request while a dict grows, at most", FIGURE_PAUSE, NULL, 5);
}
