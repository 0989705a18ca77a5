/* SPDX-License-Identifier: MIT
 *
 * decrement: 100 processes count one shared number down to zero. "Read it, take one off, write it"
 * is only right while nobody else is at it, so it is done under a lock. Four ways to do it:
 *
 *     locked    acquire, get, set, release: three round trips, as release waits for no answer
 *     folded    acquire and get in one batch, set and release posted: one round trip
 *     atomic    one addition in the manager; no lock is needed
 *     unlocked  get, set: why the lock is there
 *
 * Teaches: hf_lock_acquire, hf_batch_begin, hf_post_begin, hf_value_add; a starting gate.
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
    hf_queue gate; /* nothing is ever in it: it is closed when all may start */
    hf_queue ready;
    hf_queue reports;
    int rounds;
    const struct mode *mode;
};

/* One section. Returns the time at which the wait was over. */
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
    check(hf_lock_acquire(job->lock, -1, NULL));
    check(hf_value_get(job->count, &count));
    check(hf_batch_finish(job->client, -1, NULL)); /* only now are the outputs there */
    int64_t granted_ns = now_ns();

    check(hf_post_begin(job->client)); /* nobody waits for an answer to these */
    check(hf_value_set(job->count, count - 1));
    check(hf_lock_release(job->lock));
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
    const char *what; /* is waited for */
} modes[] = {
    {"locked", locked, "the lock"},
    {"folded", folded, "the lock"},
    {"atomic", atomic, "an addition"},
    {"unlocked", unlocked, "a look at the count"},
};

enum { MODE_COUNT = sizeof modes / sizeof modes[0] };

static void work(int number, void *context) {
    const struct job *job = context;
    struct report report = {.number = number};

    check(hf_queue_put_int(job->ready, number, -1));
    int64_t nothing = 0;
    hf_status status = hf_queue_get_int(job->gate, -1, &nothing);
    if (status != HF_CLOSED) {
        check(status);
    }
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

static void open_objects(struct job *job, int64_t total) {
    check(hf_value_open(job->client, NULL, HF_I64, total, &job->count));
    check(hf_lock_open(job->client, NULL, NULL, &job->lock));
    check(hf_queue_open(job->client, NULL, NULL, &job->gate));
    check(hf_queue_open(job->client, NULL, NULL, &job->ready));
    check(hf_queue_open(job->client, NULL, NULL, &job->reports));
}

/* Start the workers, let them all go at once when the last is there, and see how they do. */
static void run(struct job *job, struct tally *tally) {
    struct crew crew;
    crew_start(&crew, "worker", tally->workers, work, job);
    for (int i = 0; i < tally->workers; i++) {
        int64_t number = 0;
        check(hf_queue_get_int(job->ready, 60000, &number));
    }
    tally->start_ns = now_ns();
    check(hf_queue_close(job->gate, false));
    tally_collect(tally, job->reports, job->count, &crew);
    crew_wait(&crew);
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
    open_objects(&job, tally.total);
    printf("%d workers, %d rounds each, %s\n", tally.workers, job.rounds, job.mode->name);
    run(&job, &tally);

    int64_t count = 0;
    check(hf_value_get(job.count, &count));
    close_client(job.client);
    tally_print(&tally, job.mode->what);
    if (count != 0 && job.mode->run == unlocked) {
        printf("%" PRId64 " decrements were lost: between one worker's get and its set others read "
               "the same number\n",
               count);
    }
    printf("count = %" PRId64 "\n", count);
    return count == 0 || job.mode->run == unlocked ? EXIT_SUCCESS : EXIT_FAILURE;
}
