/* SPDX-License-Identifier: MIT
 *
 * See contest.h.
 */
#include "contest.h"

#include "check.h"
#include "results.h"
#include "script.h"
#include "table.h"

#include <string.h>

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

static void prepare(const struct driver *driver, const struct shape *shape) {
    if (driver->script) {
        return;
    }
    server_start(driver->server);
    void *control = driver->connect(driver->server->socket, shape->entries);
    if (driver->get) {
        fill(driver, control, shape->entries);
    }
    if (driver->prepare) {
        driver->prepare(control);
    }
    driver->disconnect(control);
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
            if (driver_takes_part(plan, driver) && shape_fits(plan, &shape, driver)) {
                prepare(driver, &shape);
                lined[count++] = results_add(contest, &shape, driver);
            }
        }
    }
    return count;
}

static void run_round(struct result *result, const struct plan *plan) {
    const struct task *task = result->contest->task;
    struct outcome *outcome = &result->outcomes[result->rounds++];
    *outcome =
        result->driver->script
            ? script_run(result->driver, task, &result->shape, plan->time_ms, &result->times)
            : clients_run(result->driver, task, &result->shape, plan->time_ms, &result->times);
}

void contest_run(const struct contest *contest, const struct plan *plan) {
    struct result *lined[SHAPES_MAX * DRIVERS_MAX];
    unsigned count = line_up(contest, plan, lined);
    for (unsigned round = 0; round < plan->rounds; round++) {
        for (unsigned i = 0; i < count; i++) {
            run_round(lined[i], plan);
        }
    }
    table_print(contest, lined, count);
}
