/* SPDX-License-Identifier: MIT
 *
 * bench: the speed of the manager beside the smallest possible server. Starts its own holdfastd and
 * echo server on Unix sockets in a temporary folder, and measures every operation with 1, 16 and
 * 100 clients, one and 16 requests in flight each, alternating between the two servers: first with
 * one process that is all clients, so that the servers' own cost shows, then with a process for
 * each client, as workers are.
 *
 * Measure a release build on an otherwise idle machine: bench --help.
 */
#include "daemon.h"
#include "echo.h"
#include "report.h"
#include "scripts.h"

#include <getopt.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CLIENTS_MAX = 100, FLOOR_FRAME_MAX = 128 };

struct plan {
    unsigned rounds;
    int64_t time_ms;
    const char *only;      /* NULL: all operations */
    size_t only_clients;   /* 0: 1, 16, 100 */
    unsigned only_flights; /* 0: 1, 16 */
    char only_how;         /* 'p': a process for each client; 'o': one for all; 0: both */
    FILE *tsv;
};

struct servers {
    struct daemon manager;
    struct wire session; /* the objects live as long as it does */
    char echo_socket[128];
    char echo_address[160];
    pid_t echo;
    cpu_set_t cores; /* all there are */
};

static const struct {
    const char *name;
    unsigned rounds;
    int64_t time_ms;
} sizes[] = {{"full", 7, 250}, {"quick", 3, 60}, {"smoke", 1, 2}};

static struct load_client manager_clients[CLIENTS_MAX];
static struct load_client echo_clients[CLIENTS_MAX];

/* ---- The servers ---- */

static void start_servers(struct servers *servers) {
    static uint8_t reply[FLOOR_FRAME_MAX];
    assert_int_equal(sched_getaffinity(0, sizeof servers->cores, &servers->cores), 0);
    servers->manager = daemon_start(NULL);
    servers->session = wire_open(servers->manager.address, "bench");
    scripts_open(&servers->session);
    size_t len = scripts_floor_reply(&servers->session, reply, sizeof reply);
    (void)snprintf(servers->echo_socket, sizeof servers->echo_socket, "%s/echo",
                   servers->manager.folder);
    (void)snprintf(servers->echo_address, sizeof servers->echo_address, "unix:%s",
                   servers->echo_socket);
    servers->echo = echo_start(servers->echo_socket, reply, len);
}

static void stop_servers(struct servers *servers) {
    scripts_check(&servers->session);
    wire_close(&servers->session);
    echo_stop(servers->echo, servers->echo_socket);
    daemon_stop(&servers->manager);
}

static void pin_all(const struct servers *servers, const cpu_set_t *for_servers,
                    const cpu_set_t *for_clients) {
    if (sched_setaffinity(servers->manager.pid, sizeof *for_servers, for_servers) != 0 ||
        sched_setaffinity(servers->echo, sizeof *for_servers, for_servers) != 0 ||
        sched_setaffinity(0, sizeof *for_clients, for_clients) != 0) {
        perror("sched_setaffinity");
    }
}

/* The first core of these. */
static cpu_set_t take_core(cpu_set_t *cores) {
    cpu_set_t taken;
    CPU_ZERO(&taken);
    for (size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&taken) == 0; core++) {
        if (CPU_ISSET(core, cores)) {
            CPU_SET(core, &taken);
            CPU_CLR(core, cores);
        }
    }
    return taken;
}

/* One process as all clients gets a core and the servers another one: where they meet is otherwise
 * the scheduler's mood, and one run is twice as fast as the next. */
static void place(const struct servers *servers, bool processes) {
    cpu_set_t rest = servers->cores;
    if (processes || CPU_COUNT(&rest) < 2) {
        pin_all(servers, &rest, &rest);
        return;
    }
    cpu_set_t first = take_core(&rest);
    cpu_set_t second = take_core(&rest);
    pin_all(servers, &first, &second);
}

static void connect_clients(const struct servers *servers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        manager_clients[i].fd = wire_open(servers->manager.address, "bench client").fd;
        echo_clients[i].fd = wire_connect(servers->echo_address).fd;
    }
}

static void disconnect_clients(size_t count) {
    for (size_t i = 0; i < count; i++) {
        (void)close(manager_clients[i].fd);
        (void)close(echo_clients[i].fd);
    }
}

/* ---- The measurement ---- */

static void measure_script(const struct plan *plan, const struct script *script,
                           struct load *manager, struct load *echo) {
    static struct report_row row;
    static struct histogram unused;
    row = (struct report_row){.name = script->name,
                              .clients = manager->client_count,
                              .in_flight = manager->in_flight,
                              .processes = manager->processes,
                              .rounds = plan->rounds};
    script_load(script, manager);
    echo->client_count = script->serial ? 1 : manager->client_count;
    for (unsigned i = 0; i < plan->rounds; i++) {
        row.floor[i] = load_run(echo, plan->time_ms, &unused);
        row.result[i] = load_run(manager, plan->time_ms, &row.times);
    }
    report_add(&row, plan->tsv);
}

static void measure_clients(const struct plan *plan, const struct servers *servers,
                            const struct load *shape) {
    struct load manager = *shape;
    struct load echo = *shape;
    manager.clients = manager_clients;
    manager.server = servers->manager.pid;
    echo.clients = echo_clients;
    echo.server = servers->echo;
    connect_clients(servers, shape->client_count);
    script_load(script_floor, &echo);
    for (unsigned i = 0; i < script_count; i++) {
        if (!plan->only || strcmp(plan->only, scripts[i].name) == 0) {
            measure_script(plan, &scripts[i], &manager, &echo);
        }
    }
    disconnect_clients(shape->client_count);
}

/* Whether this one is to be measured. */
static bool wanted(const struct plan *plan, const struct load *shape) {
    return (plan->only_clients == 0 || plan->only_clients == shape->client_count) &&
           (plan->only_flights == 0 || plan->only_flights == shape->in_flight) &&
           (plan->only_how == 0 || plan->only_how == (shape->processes ? 'p' : 'o'));
}

static void measure_all(const struct plan *plan, const struct servers *servers) {
    static const struct load shapes[] = {
        {.client_count = 1, .in_flight = 1},
        {.client_count = 16, .in_flight = 1},
        {.client_count = 100, .in_flight = 1},
        {.client_count = 1, .in_flight = 16},
        {.client_count = 16, .in_flight = 16},
        {.client_count = 100, .in_flight = 16},
        {.client_count = 1, .in_flight = 1, .processes = true},
        {.client_count = 16, .in_flight = 1, .processes = true},
        {.client_count = 100, .in_flight = 1, .processes = true},
    };
    int how = 0; /* not said yet */
    report_begin(plan->tsv);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct load *shape = &shapes[i];
        if (!wanted(plan, shape)) {
            continue;
        }
        if (how != (shape->processes ? 'p' : 'o')) {
            how = shape->processes ? 'p' : 'o';
            place(servers, shape->processes);
            report_clients(shape->processes);
        }
        measure_clients(plan, servers, shape);
    }
}

/* ---- The command line ---- */

_Noreturn static void usage(int status) {
    fprintf(
        status ? stderr : stdout,
        "usage: bench [--quick | --smoke] [--tsv FILE] [--only OPERATION] [--clients 1|16|100]\n"
        "             [--in-flight 1|16] [--processes | --one-process] [--rounds N] [--time MS]\n"
        "Measures 1, 16 and 100 clients with 1 or 16 requests in flight, or those of them that\n"
        "are named: driven by one process on a core of its own, then as processes.\n"
        "Runs $HOLDFAST_DAEMON, else the holdfastd beside this program.\n");
    exit(status);
}

static unsigned number_in(const char *text, unsigned most) {
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || number < 1 || number > most) {
        usage(2);
    }
    return (unsigned)number;
}

static void set_size(struct plan *plan, const char *name) {
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (strcmp(sizes[i].name, name) == 0) {
            plan->rounds = sizes[i].rounds;
            plan->time_ms = sizes[i].time_ms;
        }
    }
}

static void open_tsv(struct plan *plan, const char *path) {
    plan->tsv = fopen(path, "we");
    if (!plan->tsv) {
        perror(path);
        exit(2);
    }
}

static void set_option(struct plan *plan, int option) {
    switch (option) {
    case 'q':
        set_size(plan, "quick");
        return;
    case 's':
        set_size(plan, "smoke");
        return;
    case 't':
        open_tsv(plan, optarg);
        return;
    case 'o':
        plan->only = optarg;
        return;
    case 'c':
        plan->only_clients = number_in(optarg, CLIENTS_MAX);
        return;
    case 'f':
        plan->only_flights = number_in(optarg, LOAD_SLOTS_MAX);
        return;
    case 'r':
        plan->rounds = number_in(optarg, REPORT_ROUNDS_MAX);
        return;
    case 'm':
        plan->time_ms = number_in(optarg, 60000);
        return;
    case 'p':
    case '1':
        plan->only_how = option == 'p' ? 'p' : 'o';
        return;
    default:
        usage(option == 'h' ? 0 : 2);
    }
}

/* The daemon of the same build, unless another one is named. */
static void find_daemon(void) {
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof "holdfastd");
    assert_true(len > 0);
    path[len] = '\0';
    strcpy(strrchr(path, '/') + 1, "holdfastd");
    (void)setenv("HOLDFAST_DAEMON", path, 0);
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"quick", no_argument, NULL, 'q'},         {"smoke", no_argument, NULL, 's'},
        {"tsv", required_argument, NULL, 't'},     {"only", required_argument, NULL, 'o'},
        {"clients", required_argument, NULL, 'c'}, {"in-flight", required_argument, NULL, 'f'},
        {"rounds", required_argument, NULL, 'r'},  {"time", required_argument, NULL, 'm'},
        {"processes", no_argument, NULL, 'p'},     {"one-process", no_argument, NULL, '1'},
        {"help", no_argument, NULL, 'h'},          {0},
    };
    struct plan plan = {0};
    set_size(&plan, "full");
    for (int option = 0; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        set_option(&plan, option);
    }
    if (optind != argc) {
        usage(2);
    }
    find_daemon();
    struct servers servers = {0};
    start_servers(&servers);
    measure_all(&plan, &servers);
    stop_servers(&servers);
    return plan.tsv && fclose(plan.tsv) != 0 ? 1 : 0;
}
