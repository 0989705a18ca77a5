/* SPDX-License-Identifier: MIT
 *
 * See script.h. The script prints lines with a name and a number, and a line for each time: "time
 * NANOSECONDS COUNT".
 */
#include "script.h"

#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct server python = {.name = "python", .args = {"python3"}};

bool script_exists(void) {
    return server_exists(&python);
}

static void take_line(const char *line, struct outcome *outcome, struct histogram *times) {
    const struct {
        const char *name;
        int64_t *number;
    } known[] = {
        {"wall_ns", &outcome->wall_ns},
        {"server_cpu_ns", &outcome->server_cpu_ns},
        {"client_cpu_ns", &outcome->client_cpu_ns},
    };
    char name[32];
    long long number = 0;
    unsigned often = 1;
    int fields = sscanf(line, "%31s %lld %u", name, &number, &often); // NOLINT(cert-err34-c)
    must(fields >= 2, "manager.py: %s", line);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, known[i].name) == 0) {
            *known[i].number = number;
        }
    }
    if (strcmp(name, "ops") == 0) {
        outcome->ops = (uint64_t)number;
    } else if (strcmp(name, "time") == 0) {
        histogram_add_many(times, number, often);
    }
}

struct outcome script_run(const struct driver *driver, const struct task *task,
                          const struct shape *shape, int64_t time_ms, struct histogram *times) {
    char command[512], line[128];
    (void)snprintf(command, sizeof command, "exec python3 '%s' %s %s %u %u %lld %u %u", MANAGER_PY,
                   driver->script, task->name, shape->clients, shape->producers, (long long)time_ms,
                   shape->in_flight, shape->workers);
    (void)fflush(NULL);
    FILE *output = popen(command, "re"); // NOLINT(cert-env33-c): our own script, by its path
    must(output, "%s: %s", command, strerror(errno));
    struct outcome outcome = {0};
    while (fgets(line, sizeof line, output)) {
        take_line(line, &outcome, times);
    }
    must(pclose(output) == 0 && outcome.wall_ns > 0, "%s: failed", command);
    return outcome;
}

const struct driver manager_driver = {
    .name = "Python Manager", .script = "manager", .foreign = true};
const struct driver manager_own_lock_driver = {
    .name = "Python Manager, multiprocessing.Lock", .script = "manager_own_lock", .foreign = true};
const struct driver queue_driver = {
    .name = "multiprocessing.Queue", .script = "queue", .foreign = true};
const struct driver pool_driver = {
    .name = "multiprocessing.Pool", .script = "pool", .foreign = true};
