/* SPDX-License-Identifier: MIT
 *
 * See support.h.
 */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static hf_manager *own_manager; /* NULL: somebody else's is used */

void check(hf_status status) {
    if (hf_ok(status)) {
        return;
    }
    const char *text = hf_status_text(status);
    const char *detail = hf_last_detail();
    bool more = detail[0] && strcmp(detail, text) != 0;
    fprintf(stderr, "%s: %s%s%s\n", hf_status_name(status), text, more ? ": " : "",
            more ? detail : "");
    exit(EXIT_FAILURE);
}

void give_up(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(EXIT_FAILURE);
}

hf_client *open_client(void) {
    const char *address = getenv("HOLDFAST_ADDRESS");
    if (!address || !address[0]) {
        check(hf_manager_start(&own_manager));
        address = hf_manager_address(own_manager);
    }
    hf_client *client = NULL;
    check(hf_client_new(address, NULL, &client));
    check(hf_client_ping(client));
    return client;
}

void close_client(hf_client *client) {
    hf_client_free(client);
    hf_manager_stop(own_manager);
    own_manager = NULL;
}

_Noreturn static void run_worker(const struct crew *crew, int number, worker *work, void *context) {
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody would read what it goes on to do */
    char label[64];
    (void)snprintf(label, sizeof label, "%s %d", crew->name, number);
    hf_set_label(crew->count > 1 ? label : crew->name);
    work(number, context);
    (void)fflush(NULL);
    _exit(EXIT_SUCCESS); /* what exit() would tidy up is the parent's */
}

void crew_start(struct crew *crew, const char *name, int count, worker *work, void *context) {
    *crew = (struct crew){.name = name, .count = count, .running = count};
    crew->pids = calloc((size_t)count, sizeof *crew->pids);
    if (!crew->pids) {
        give_up("no memory");
    }
    (void)fflush(NULL); /* or each child would print it again */
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            give_up(strerror(errno));
        }
        if (pid == 0) {
            run_worker(crew, i, work, context);
        }
        crew->pids[i] = pid;
    }
}

static void collect(struct crew *crew, int number, int options) {
    int status = 0;
    if (crew->pids[number] == 0 || waitpid(crew->pids[number], &status, options) == 0) {
        return;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
        fprintf(stderr, "%s %d (pid %d) failed\n", crew->name, number, (int)crew->pids[number]);
        crew->failed++;
    }
    crew->pids[number] = 0;
    crew->running--;
}

int crew_running(struct crew *crew) {
    for (int i = 0; i < crew->count; i++) {
        collect(crew, i, WNOHANG);
    }
    return crew->running;
}

void crew_wait(struct crew *crew) {
    for (int i = 0; i < crew->count; i++) {
        collect(crew, i, 0);
    }
    free(crew->pids);
    if (crew->failed > 0) {
        exit(EXIT_FAILURE);
    }
}

int64_t now_ns(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

void pause_ms(int64_t ms) {
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

void show_bar(size_t done, size_t all, const char *what) {
    enum { WIDTH = 40 };
    char bar[WIDTH + 1];
    if (!isatty(STDOUT_FILENO)) {
        return;
    }
    for (size_t i = 0; i < WIDTH; i++) {
        bar[i] = i < WIDTH * done / all ? '#' : '.';
    }
    bar[WIDTH] = 0;
    printf("\r[%s] %zu of %zu %s \033[K%s", bar, done, all, what, done < all ? "" : "\n");
    (void)fflush(stdout);
}
