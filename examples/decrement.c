/* SPDX-License-Identifier: MIT
 *
 * decrement: 100 processes count one shared number down to zero. "Read it, subtract one, write it"
 * is only right while no other process does the same, so it is done under a lock. Four ways:
 *
 *     locked    acquire, get, set, release: three round trips, as release waits for no answer
 *     folded    acquire and get in one batch, set and release posted: one round trip
 *     atomic    one addition in the manager; no lock is needed
 *     unlocked  get, set: shows why the lock is needed
 *
 * Teaches: hf_lock_acquire, hf_batch_begin, hf_post_begin, hf_value_add; a latch and an event that
 * start all workers at once.
 */
#include "support.h"
#include "tally.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    hf_client *client;
    hf_value count;
    hf_lock lock;
    hf_latch ready; /* 0 when all workers are ready */
    hf_event start;
    hf_queue reports;
    int rounds;
    const struct mode *mode;
};

/* A critical section. Returns the time at which its wait was over. */
typedef int64_t section(const struct job *job);

static int64_t locked(const struct job *job) {
    int64_t count = 0;
    check(hf_lock_acquire(job->lock, -1, NULL));
    int64_t granted_ns = now_ns();
    check(hf_value_get(job->count, &count));
    check(hf_value_set(job->count, count - 1));
    check(hf_lock_release(job->lock));
    return granted_ns;
}

static int64_t folded(const struct job *job) {
    int64_t count = 0;
    check(hf_batch_begin(job->client));
    HF_COLLECT(hf_lock_acquire(job->lock, -1, NULL));
    HF_COLLECT(hf_value_get(job->count, &count));
    check(hf_batch_finish(job->client, -1, NULL)); /* writes the outputs */
    int64_t granted_ns = now_ns();

    check(hf_post_begin(job->client)); /* no answer is waited for */
    HF_COLLECT(hf_value_set(job->count, count - 1));
    HF_COLLECT(hf_lock_release(job->lock));
    check(hf_post_finish(job->client));
    return granted_ns;
}

static int64_t atomic(const struct job *job) {
    check(hf_value_add(job->count, -1, NULL, NULL));
    return now_ns();
}

static int64_t unlocked(const struct job *job) {
    int64_t count = 0;
    check(hf_value_get(job->count, &count));
    int64_t read_ns = now_ns();
    check(hf_value_set(job->count, count - 1));
    return read_ns;
}

static const struct mode {
    const char *name;
    section *run;
    const char *wait; /* what a section waits for */
} modes[] = {
    {"locked", locked, "the lock"},
    {"folded", folded, "the lock"},
    {"atomic", atomic, "an addition"},
    {"unlocked", unlocked, "a read of the count"},
};

enum { MODE_COUNT = sizeof modes / sizeof modes[0] };

static void decrement(int number, void *context) {
    const struct job *job = context;
    struct report report = {.number = number};

    check(hf_latch_count_down(job->ready, 1));
    check(hf_event_wait(job->start, -1));
    for (int round = 0; round < job->rounds; round++) {
        int64_t begin_ns = now_ns();
        int64_t waited_ns = job->mode->run(job) - begin_ns;
        if (waited_ns > report.longest_wait_ns) {
            report.longest_wait_ns = waited_ns;
        }
    }
    report.done_ns = now_ns();
    tally_send(job->reports, &report);
}

static void open_objects(struct job *job, const struct tally *tally) {
    const hf_mode mode = HF_OPEN_OR_CREATE;
    check(hf_value_open(job->client, NULL, HF_I64, tally->total, &job->count));
    check(hf_lock_open(job->client, NULL, NULL, &job->lock));
    check(hf_latch_open(job->client, NULL, (uint64_t)tally->workers, mode, &job->ready));
    check(hf_event_open(job->client, NULL, mode, &job->start));
    check(hf_queue_open(job->client, NULL, NULL, &job->reports));
}

/* Start the workers, let all begin at once, and collect their reports. */
static void run_workers(struct job *job, struct tally *tally) {
    struct workers processes;
    workers_start(&processes, "worker", tally->workers, decrement, job);
    check(hf_latch_wait(job->ready, 60000));
    tally->start_ns = now_ns();
    check(hf_event_set(job->start));
    tally_collect(tally, job->reports, job->count, &processes);
    workers_wait(&processes);
}

static int usage(void) {
    fprintf(stderr,
            "usage: decrement [--workers N] [--rounds N] [--mode locked|folded|atomic|unlocked]\n");
    return 2;
}

/* Returns false if `text` is no number from 1 to 100,000. */
static bool read_number(const char *text, int *number) {
    char *end = NULL;
    long value = strtol(text, &end, 10);
    *number = (int)value;
    return end != text && *end == '\0' && value >= 1 && value <= 100000;
}

static const struct mode *find_mode(const char *name) {
    for (size_t i = 0; i < MODE_COUNT; i++) {
        if (strcmp(modes[i].name, name) == 0) {
            return &modes[i];
        }
    }
    return NULL;
}

/* Returns false if the command line is wrong. */
static bool read_options(int argc, char **argv, int *workers, struct job *job) {
    static const struct option options[] = {
        {"workers", required_argument, NULL, 'w'},
        {"rounds", required_argument, NULL, 'r'},
        {"mode", required_argument, NULL, 'm'},
        {0},
    };
    bool fine = true;
    for (int option = 0; fine && (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'w') {
            fine = read_number(optarg, workers);
        } else if (option == 'r') {
            fine = read_number(optarg, &job->rounds);
        } else {
            job->mode = option == 'm' ? find_mode(optarg) : NULL;
            fine = job->mode != NULL;
        }
    }
    return fine && optind == argc;
}

int main(int argc, char **argv) {
    struct tally tally = {.workers = 100};
    struct job job = {.rounds = 100, .mode = &modes[0]};
    if (!read_options(argc, argv, &tally.workers, &job)) {
        return usage();
    }
    tally.total = (int64_t)tally.workers * job.rounds;
    job.client = open_client();
    open_objects(&job, &tally);
    printf("%d workers, %d rounds each, %s\n", tally.workers, job.rounds, job.mode->name);
    run_workers(&job, &tally);

    int64_t count = number_of(job.count);
    close_client(job.client);
    tally_print(&tally, job.mode->wait);
    if (count != 0 && job.mode->run == unlocked) {
        printf("%" PRId64 " decrements were lost: between one worker's get and its set others read "
               "the same number\n",
               count);
    }
    printf("count = %" PRId64 "\n", count);
    return count == 0 || job.mode->run == unlocked ? EXIT_SUCCESS : EXIT_FAILURE;
}
