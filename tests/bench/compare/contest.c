/* SPDX-License-Identifier: MIT
 *
 * See contest.h.
 */
#include "contest.h"

#include "attempt.h"
#include "check.h"
#include "results.h"
#include "script.h"
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FILL_MAX = 1000 };

bool driver_takes_part(const struct plan *plan, const struct driver *driver) {
    if (driver->foreign && plan->own_only) {
        return false;
    }
    return driver->script ? script_exists() : server_exists(driver->server);
}

static bool shape_fits(const struct plan *plan, const struct shape *shape,
                       const struct driver *driver) {
    unsigned clients_max = driver->script ? plan->script_clients_max : plan->clients_max;
    return shape->clients <= clients_max && shape->entries <= plan->entries_max;
}

/* Servers keep what they were given: each dict is filled once. */
static void fill(const struct driver *driver, void *control, uint64_t entries) {
    char key[KEY_BYTES + 1];
    int64_t value = 0;
    for (uint64_t i = 0; driver->fill && i < entries; i += FILL_MAX) {
        driver->fill(control, i, (unsigned)(entries - i < FILL_MAX ? entries - i : FILL_MAX));
    }
    key_write(key, entries - 1);
    driver->get(control, key, &value);
    must(value == NUMBER_START, "%s: was not filled", driver->name);
}

/* One round of one system, or what comes before it. */
struct turn {
    const struct driver *driver;
    const struct shape *shape;
    const struct plan *plan;
    struct result *result;
};

static void prepare(void *of) {
    const struct turn *turn = of;
    const struct driver *driver = turn->driver;
    const struct shape *shape = turn->shape;
    void *control = driver->connect(driver->server->socket, shape->entries);
    if (driver->get) {
        fill(driver, control, shape->entries);
    }
    if (driver->prepare) {
        driver->prepare(control);
    }
    driver->disconnect(control);
}

/* Returns whether this system can do it. */
static bool get_ready(const struct contest *contest, const struct plan *plan,
                      const struct driver *driver, const struct shape *shape) {
    struct turn turn = {.driver = driver, .shape = shape, .plan = plan};
    return driver->script ||
           (server_start(driver->server) &&
            attempt(prepare, &turn, plan->attempt_s, "%s, %u clients: %s, before its first round",
                    contest->name, shape->clients, driver->name));
}

/* Every system in every shape, in the order in which the rounds go. Returns how many. */
static unsigned line_up(const struct contest *contest, const struct plan *plan,
                        struct result *lined[SHAPES_MAX * DRIVERS_MAX]) {
    unsigned count = 0;
    for (unsigned i = 0; i < SHAPES_MAX && contest->shapes[i].clients > 0; i++) {
        struct shape shape = contest->shapes[i];
        shape.entries = shape.entries > 0 ? shape.entries : ENTRIES_DEFAULT;
        for (unsigned j = 0; j < DRIVERS_MAX && contest->drivers[j]; j++) {
            const struct driver *driver = contest->drivers[j];
            if (driver_takes_part(plan, driver) && shape_fits(plan, &shape, driver) &&
                get_ready(contest, plan, driver, &shape)) {
                lined[count++] = results_add(contest, &shape, driver);
            }
        }
    }
    return count;
}

static void run_turn(void *of) {
    const struct turn *turn = of;
    struct result *result = turn->result;
    const struct task *task = result->contest->task;
    int64_t time_ms = turn->plan->time_ms;
    result->outcomes[result->rounds] =
        result->driver->script
            ? script_run(result->driver, task, &result->shape, time_ms, &result->times)
            : clients_run(result->driver, task, &result->shape, time_ms, &result->times);
    result->rounds++;
}

/* A system that has failed has no further rounds of this shape. */
static void run_round(struct result *result, const struct plan *plan) {
    struct turn turn = {.plan = plan, .result = result};
    if (!result->failed) {
        result->failed = !attempt(run_turn, &turn, plan->attempt_s, "%s, %u clients: %s, round %u",
                                  result->contest->name, result->shape.clients,
                                  result->driver->name, result->rounds + 1);
    }
}

int64_t contest_clock_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

void contest_run(const struct contest *contest, const struct plan *plan, int64_t time_ms) {
    struct result *lined[SHAPES_MAX * DRIVERS_MAX];
    int64_t begin_ms = contest_clock_ms();
    unsigned count = line_up(contest, plan, lined);
    unsigned round = 0;
    for (int64_t took_ms = 0; round < plan->rounds; round++) {
        int64_t round_ms = contest_clock_ms();
        if (round > 0 && round_ms + took_ms - begin_ms > time_ms) {
            break;
        }
        for (unsigned i = 0; i < count; i++) {
            run_round(lined[i], plan);
        }
        took_ms = contest_clock_ms() - round_ms;
    }
    table_print(contest, lined, count);
    if (round < plan->rounds) {
        printf("%u of %u rounds: there was no time for more\n", round, plan->rounds);
    }
}
