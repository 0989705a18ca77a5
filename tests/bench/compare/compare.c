/* SPDX-License-Identifier: MIT
 *
 * compare: Holdfast beside its alternatives. Starts servers of its own in a temporary folder, lets
 * the same clients do the same with each of them in turn, and prints tables. Measure a release
 * build on an otherwise idle machine: tests/bench/run.sh sees to it.
 */
#include "attempt.h"
#include "check.h"
#include "figures.h"
#include "patience.h"
#include "table.h"
#include "targets.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct plan plans[] = {
    ['f'] = {.rounds = 5,
             .time_ms = 300,
             .attempt_s = 120,
             .clients_max = 5000,
             .script_clients_max = 1000,
             .entries_max = 10000000,
             .kills = 200,
             .memory_entries = 1000000,
             .memory_objects = 100000},
    ['q'] = {.rounds = 5,
             .time_ms = 60,
             .attempt_s = 60,
             .budget_s = 90,
             .clients_max = 1000,
             .script_clients_max = 100,
             .entries_max = 100000,
             .kills = 50,
             .memory_entries = 1000000,
             .memory_objects = 100000},
    ['s'] = {.rounds = 1,
             .time_ms = 20,
             .attempt_s = PATIENCE_MS / 1000,
             .clients_max = 100,
             .script_clients_max = 100,
             .entries_max = 1000,
             .kills = 2,
             .memory_entries = 1000,
             .memory_objects = 1000,
             .own_only = true},
};

_Noreturn static void usage(int status) {
    fprintf(status ? stderr : stdout,
            "usage: compare [--quick | --smoke] [--only CONTEST] [--results FILE]\n"
            "               [--figures FILE]\n"
            "--smoke is to see that it works, with what is in this build alone. --only takes a\n"
            "part of the name of a contest, and leaves memory and kills out.\n");
    exit(status);
}

static FILE *create(const char *path) {
    FILE *file = fopen(path, "we");
    must(file, "%s: %s", path, strerror(errno));
    return file;
}

/* Every connection is a file, here and in the servers. */
static void raise_file_limit(void) {
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "no limit of files");
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool wanted(const struct plan *plan, const struct contest *contest) {
    return !plan->only || strstr(contest->name, plan->only);
}

/* The contests share the time that is left when each begins. */
static void run_contests(const struct plan *plan, int64_t end_ms) {
    unsigned left = 0;
    for (unsigned i = 0; i < contest_count; i++) {
        left += wanted(plan, &contests[i]);
    }
    must(left > 0, "no contest has \"%s\" in its name", plan->only);
    for (unsigned i = 0; i < contest_count; i++) {
        if (wanted(plan, &contests[i])) {
            contest_run(&contests[i], plan,
                        plan->budget_s > 0 ? (end_ms - contest_clock_ms()) / left : INT64_MAX);
            left--;
        }
    }
}

static void compare(const struct plan *plan) {
    int64_t end_ms = contest_clock_ms() + plan->budget_s * INT64_C(1000);
    table_begin(plan);
    if (!plan->only) {
        memory_run(plan);
        takeover_run(plan);
    }
    run_contests(plan, end_ms);
    if (!plan->only) {
        (void)puts("");
        figures_write(stdout);
    }
    targets_print();
}

static void save(FILE *file, void (*write)(FILE *)) {
    if (file) {
        write(file);
        must(fclose(file) == 0, "cannot write: %s", strerror(errno));
    }
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"quick", no_argument, NULL, 'q'},
        {"smoke", no_argument, NULL, 's'},
        {"only", required_argument, NULL, 'o'},
        {"results", required_argument, NULL, 'r'},
        {"figures", required_argument, NULL, 'g'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct plan plan = plans['f'];
    const char *only = NULL;
    FILE *results = NULL;
    FILE *figures = NULL;
    for (int option = 0; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'q':
        case 's':
            plan = plans[option];
            break;
        case 'o':
            only = optarg;
            break;
        case 'r':
            results = create(optarg);
            break;
        case 'g':
            figures = create(optarg);
            break;
        default:
            usage(option == 'h' ? 0 : 2);
        }
    }
    if (optind != argc) {
        usage(2);
    }
    plan.only = only;
    raise_file_limit();
    results_begin();
    servers_begin();
    compare(&plan);
    save(results, results_write);
    save(figures, figures_write);
    servers_finish();
    return attempts_failed() > 0;
}
