/* SPDX-License-Identifier: MIT
 *
 * See figures.h. A chain of processes: each waits for the lock while the one before holds it, gets
 * it when that is killed, and holds it until it is killed itself.
 */
#include "attempt.h"
#include "check.h"
#include "figures.h"
#include "histogram.h"
#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LEASES = 5, SETTLE_NS = 5000000 };

struct holder {
    pid_t pid;
    int said; /* two times: that it is connected, that it holds the lock */
};

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void say(int to) {
    int64_t now = now_ns();
    must(write(to, &now, sizeof now) == (ssize_t)sizeof now, "write: %s", strerror(errno));
}

static int64_t hear(const struct holder *holder) {
    int64_t when = 0;
    must(read(holder->said, &when, sizeof when) == (ssize_t)sizeof when, "a holder has failed");
    return when;
}

_Noreturn static void hold(const struct driver *driver, int say_to) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    void *connection = driver->connect(driver->server->socket, ENTRIES_DEFAULT);
    (void)driver->number(connection); /* by now it is surely connected */
    say(say_to);
    (void)driver->enter(connection);
    say(say_to);
    for (;;) {
        (void)pause();
    }
}

static struct holder start(const struct driver *driver) {
    int ends[2];
    must(pipe2(ends, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    (void)fflush(NULL);
    pid_t pid = fork();
    must(pid >= 0, "fork: %s", strerror(errno));
    if (pid == 0) {
        hold(driver, ends[1]);
    }
    (void)close(ends[1]);
    struct holder holder = {.pid = pid, .said = ends[0]};
    (void)hear(&holder);
    return holder;
}

/* Returns when. */
static int64_t end(const struct holder *holder) {
    int64_t when = now_ns();
    must(kill(holder->pid, SIGKILL) == 0 && waitpid(holder->pid, NULL, 0) == holder->pid,
         "a holder has gone");
    (void)close(holder->said);
    return when;
}

static void wait_for_next_owners(const struct driver *driver, unsigned kills) {
    static struct histogram times;
    times = (struct histogram){0};
    struct holder holder = start(driver);
    (void)hear(&holder);
    for (unsigned i = 0; i < kills; i++) {
        struct holder next = start(driver);
        (void)nanosleep(&(struct timespec){.tv_nsec = SETTLE_NS}, NULL); /* it waits by then */
        int64_t killed_ns = end(&holder);
        histogram_add(&times, hear(&next) - killed_ns);
        holder = next;
    }
    (void)end(&holder);
    figures_add(FIGURE_TAKEOVER, driver->name, (double)histogram_percentile(&times, 0.5) / 1e3,
                "us");
    figures_add(FIGURE_TAKEOVER_LONGEST, driver->name, (double)times.longest_ns / 1e3, "us");
}

/* The next owner has to wait for the rest of the dead holder's lease. Asking for that time is
 * quicker than waiting. */
static void ask_for_leases(const struct driver *driver, void *control) {
    int64_t longest_ms = 0;
    for (int i = 0; i < LEASES; i++) {
        struct holder holder = start(driver);
        (void)hear(&holder);
        (void)end(&holder);
        int64_t left_ms = driver->lease_left_ms(control);
        longest_ms = left_ms > longest_ms ? left_ms : longest_ms;
        driver->prepare(control);
    }
    figures_add(FIGURE_TAKEOVER, driver->name, (double)longest_ms * 1e3, "us");
}

struct takeover {
    const struct driver *driver;
    unsigned kills;
};

static void measure(void *of) {
    const struct takeover *takeover = of;
    const struct driver *driver = takeover->driver;
    void *control = driver->connect(driver->server->socket, ENTRIES_DEFAULT);
    driver->prepare(control);
    if (driver->lease_left_ms) {
        ask_for_leases(driver, control);
    } else {
        wait_for_next_owners(driver, takeover->kills);
    }
    driver->disconnect(control);
}

void takeover_run(const struct plan *plan) {
    static const struct driver *const drivers[] = {&holdfast_driver, &mutex_driver,
                                                   &redis_lease_driver};
    for (unsigned i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
        const struct driver *driver = drivers[i];
        struct takeover takeover = {driver, plan->kills};
        if (driver_takes_part(plan, driver) && server_start(driver->server)) {
            (void)attempt(measure, &takeover, plan->attempt_s, "takeover: %s", driver->name);
        }
    }
}
