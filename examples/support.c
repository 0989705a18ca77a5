/* SPDX-License-Identifier: MIT
 *
 * See support.h.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime(), nanosleep() */

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

static hf_manager *own_manager; /* NULL: the one at $HOLDFAST_ADDRESS is used */

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

NORETURN static void run_worker(const struct workers *workers, int number, worker *work,
                                void *context) {
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* end with the parent */
    char label[64];
    (void)snprintf(label, sizeof label, "%s %d", workers->name, number);
    hf_set_label(workers->count > 1 ? label : workers->name);
    work(number, context);
    (void)fflush(NULL);
    _exit(EXIT_SUCCESS); /* functions of atexit() are the parent's */
}

void workers_start(struct workers *workers, const char *name, int count, worker *work,
                   void *context) {
    *workers = (struct workers){.name = name, .count = count, .running = count};
    workers->pids = calloc((size_t)count, sizeof *workers->pids);
    if (!workers->pids) {
        give_up("no memory");
    }
    (void)fflush(NULL); /* or each child would print the same text again */
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            give_up(strerror(errno));
        }
        if (pid == 0) {
            run_worker(workers, i, work, context);
        }
        workers->pids[i] = pid;
    }
}

static void reap_worker(struct workers *workers, int number, int options) {
    int status = 0;
    if (workers->pids[number] == 0 || waitpid(workers->pids[number], &status, options) == 0) {
        return;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
        fprintf(stderr, "%s %d (pid %d) failed\n", workers->name, number,
                (int)workers->pids[number]);
        workers->failed++;
    }
    workers->pids[number] = 0;
    workers->running--;
}

int workers_running(struct workers *workers) {
    for (int i = 0; i < workers->count; i++) {
        reap_worker(workers, i, WNOHANG);
    }
    return workers->running;
}

void workers_wait(struct workers *workers) {
    for (int i = 0; i < workers->count; i++) {
        reap_worker(workers, i, 0);
    }
    free(workers->pids);
    if (workers->failed > 0) {
        exit(EXIT_FAILURE);
    }
}

void workers_run(const char *name, int count, worker *work, void *context) {
    struct workers workers;
    workers_start(&workers, name, count, work, context);
    workers_wait(&workers);
}

hf_value new_counter(hf_client *client) {
    hf_value value;
    check(hf_value_open(client, NULL, HF_I64, 0, &value));
    return value;
}

int64_t number_of(hf_value value) {
    int64_t number = 0;
    check(hf_value_get(value, &number));
    return number;
}

int64_t greatest_of(hf_list numbers) {
    hf_any_array items;
    int64_t greatest = 0;
    check(hf_list_copy(numbers, &items));
    for (size_t i = 0; i < items.len; i++) {
        greatest = items.items[i].as_int > greatest ? items.items[i].as_int : greatest;
    }
    hf_any_array_clear(&items);
    return greatest;
}

hf_pool_options pool_options(const hf_function *functions, size_t count, unsigned most) {
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = count;
    options.most = most;
    return options;
}

void end_pool(hf_pool *pool) {
    check(hf_pool_close(pool));
    check(hf_pool_join(pool, -1));
    hf_pool_free(pool);
}

int64_t now_ns(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

void pause_ms(int64_t ms) {
    struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
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
