/* SPDX-License-Identifier: MIT
 *
 * See figures.h. Each server is fresh, and what it has resident before and after is compared.
 */
#include "attempt.h"
#include "check.h"
#include "figures.h"
#include "histogram.h"
#include "results.h"

#include <time.h>

enum { ENTRIES_AT_ONCE = 100, OBJECTS_AT_ONCE = 1000 };

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static unsigned at_once(uint64_t left, unsigned most) {
    return left < most ? (unsigned)left : most;
}

/* How long it took at most, on the clock, and of the server's time: what others did on the machine
 * does not count in that. */
struct longest {
    int64_t wall_ns;
    int64_t server_cpu_ns;
};

static int64_t greater(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static struct longest fill(const struct driver *driver, void *control, uint64_t entries) {
    struct longest longest = {0};
    for (uint64_t i = 0; i < entries; i += ENTRIES_AT_ONCE) {
        int64_t cpu_ns = -server_cpu_ns(driver->server);
        int64_t wall_ns = -now_ns();
        driver->fill(control, i, at_once(entries - i, ENTRIES_AT_ONCE));
        longest.wall_ns = greater(longest.wall_ns, wall_ns + now_ns());
        longest.server_cpu_ns =
            greater(longest.server_cpu_ns, cpu_ns + server_cpu_ns(driver->server));
    }
    return longest;
}

static void make(const struct driver *driver, void *control, unsigned objects) {
    for (unsigned i = 0; i < objects; i += OBJECTS_AT_ONCE) {
        driver->make(control, i, at_once(objects - i, OBJECTS_AT_ONCE));
    }
}

struct fresh {
    const struct driver *driver;
    const struct plan *plan;
};

static void measure(void *of) {
    const struct fresh *fresh = of;
    const struct driver *driver = fresh->driver;
    const struct plan *plan = fresh->plan;
    struct server *server = driver->server;
    must(server_start(server), "no fresh server");
    void *control = driver->connect(server->socket, plan->memory_entries);
    driver->prepare(control); /* it is connected, and has what it has for that */

    int64_t at_first = server_memory_bytes(server);
    struct longest longest = fill(driver, control, plan->memory_entries);
    int64_t with_entries = server_memory_bytes(server);
    make(driver, control, plan->memory_objects);
    int64_t with_objects = server_memory_bytes(server);

    driver->disconnect(control);
    server_stop(server);
    figures_add(FIGURE_ENTRY, driver->name,
                (double)(with_entries - at_first) / (double)plan->memory_entries, "bytes");
    figures_add(FIGURE_OBJECT, driver->name,
                (double)(with_objects - with_entries) / plan->memory_objects, "bytes");
    figures_add(FIGURE_LONGEST, driver->name, (double)longest.wall_ns / 1e3, "us");
    figures_add(FIGURE_PAUSE, driver->name, (double)longest.server_cpu_ns / 1e3, "us");
}

void memory_run(const struct plan *plan) {
    static const struct driver *const drivers[] = {&holdfast_driver, &redis_driver};
    for (unsigned i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
        struct fresh fresh = {drivers[i], plan};
        if (driver_takes_part(plan, fresh.driver)) {
            (void)attempt(measure, &fresh, plan->attempt_s, "memory: %s", fresh.driver->name);
        }
    }
}
