/* SPDX-License-Identifier: MIT
 *
 * How fast are asynchronous calls beside a pipeline? One thread keeps 64 gets of a dict's item in
 * flight: in pipelines of 64, which wait for their answers; on plain poll(), each get a group whose
 * callback submits the next; on poll(), in groups of 64; and both again with the option spin_us,
 * as the blocking calls spin by default. Rounds take turns, so that other load on the machine
 * affects all of them. Prints the medians of the rates, of the CPU time of this process for a call,
 * and of the ratios of the rates of two rounds of the same turn.
 *
 *     loop_rate [MS [ROUNDS]]    milliseconds of a round, 200 if not given; and rounds of each, 15
 */
#include <holdfast.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { IN_FLIGHT = 64, ROUNDS_MAX = 101, NUMBER = 12345, SPIN_US = 1000 };

struct load {
    hf_client *client;
    hf_async *async; /* one of the next two */
    hf_async *quiet;
    hf_async *spinning; /* with spin_us */
    hf_dict dict;
    int64_t until_ns; /* the round's end */
    size_t done;      /* calls in this round */
    int64_t numbers[IN_FLIGHT];
};

static struct load load;

static void check(hf_status status) {
    if (status != HF_OK) {
        fprintf(stderr, "%s: %s\n", hf_status_name(status), hf_last_detail());
        exit(EXIT_FAILURE);
    }
}

static int64_t time_ns(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t now_ns(void) {
    return time_ns(CLOCK_MONOTONIC);
}

/* The answer to a get has come: it is right, and the next one begins without. */
static void take_number(int64_t *number) {
    if (*number != NUMBER) {
        fprintf(stderr, "a get has returned %lld\n", (long long)*number);
        exit(EXIT_FAILURE);
    }
    *number = 0;
    load.done++;
}

static void take_all_numbers(void) {
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        take_number(&load.numbers[i]);
    }
}

static void collect_gets(void) {
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        check(hf_dict_get_int(load.dict, "key", &load.numbers[i]));
    }
}

/* ---- the contenders ---- */

static void pipelines(void) {
    while (now_ns() < load.until_ns) {
        check(hf_pipeline_begin(load.client));
        collect_gets();
        check(hf_pipeline_finish(load.client, NULL, 0));
        take_all_numbers();
    }
}

static void run_loop(void) {
    struct pollfd poll_fd = {hf_async_fd(load.async), POLLIN, 0}; /* it stays the same */
    while (hf_async_in_flight(load.async) > 0) {
        (void)poll(&poll_fd, 1, -1);
        (void)hf_async_process(load.async);
    }
}

static void on_number(hf_async *async, const hf_completion *completion);

static void submit_get(int64_t *number) {
    check(HF_ASYNC(load.async, on_number, number, NULL, hf_dict_get_int(load.dict, "key", number)));
}

/* The clock is looked at as often as in the others. */
static void on_number(hf_async *async, const hf_completion *completion) {
    static bool over;
    (void)async;
    check(completion->status);
    take_number(completion->data);
    if (load.done % IN_FLIGHT == 1) {
        over = now_ns() >= load.until_ns;
    }
    if (!over) {
        submit_get(completion->data);
    }
}

static void one_by_one(void) {
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        submit_get(&load.numbers[i]);
    }
    run_loop();
}

static void on_numbers(hf_async *async, const hf_completion *completion);

static void submit_group(void) {
    check(hf_async_begin(load.async, HF_ASYNC_CALLS));
    collect_gets();
    check(hf_async_submit(load.async, 0, on_numbers, NULL, NULL));
}

static void on_numbers(hf_async *async, const hf_completion *completion) {
    (void)async;
    check(completion->status);
    take_all_numbers();
    if (now_ns() < load.until_ns) {
        submit_group();
    }
}

static void in_groups(void) {
    submit_group();
    run_loop();
}

/* ---- rounds ---- */

static struct contender {
    const char *name;
    void (*run)(void);
    bool spins;
    double rates[ROUNDS_MAX]; /* calls in a second */
    double cpu_us[ROUNDS_MAX];
    double ratios[ROUNDS_MAX];
} contenders[] = {
    {.name = "pipelines of 64, blocking", .run = pipelines},
    {.name = "64 in flight, one by one", .run = one_by_one},
    {.name = "64 in flight, in groups of 64", .run = in_groups},
    {.name = "one by one, spinning", .run = one_by_one, .spins = true},
    {.name = "in groups of 64, spinning", .run = in_groups, .spins = true},
};

enum { CONTENDERS = sizeof contenders / sizeof contenders[0] };

static void run_round(struct contender *contender, size_t round, int64_t ms) {
    int64_t began_ns = now_ns();
    int64_t cpu_ns = time_ns(CLOCK_PROCESS_CPUTIME_ID);
    load.until_ns = began_ns + ms * 1000000;
    load.done = 0;
    load.async = contender->spins ? load.spinning : load.quiet;
    contender->run();
    cpu_ns = time_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns;
    contender->rates[round] = (double)load.done * 1e9 / (double)(now_ns() - began_ns);
    contender->cpu_us[round] = (double)cpu_ns / 1e3 / (double)load.done;
    contender->ratios[round] = contender->rates[round] / contenders[0].rates[round];
}

static int by_size(const void *a, const void *b) {
    double one = *(const double *)a;
    double other = *(const double *)b;
    return one < other ? -1 : one > other;
}

static double median(double *numbers, size_t count) {
    qsort(numbers, count, sizeof numbers[0], by_size);
    return numbers[count / 2];
}

static void run_rounds(int64_t ms, size_t rounds) {
    for (size_t i = 0; i < rounds; i++) {
        for (size_t j = 0; j < CONTENDERS; j++) {
            run_round(&contenders[j], i, ms);
        }
    }
    for (size_t j = 0; j < CONTENDERS; j++) {
        struct contender *contender = &contenders[j];
        printf("%-30s %9.0f calls a second  %.2f us of CPU  %.2f of the pipelines\n",
               contender->name, median(contender->rates, rounds), median(contender->cpu_us, rounds),
               median(contender->ratios, rounds));
    }
}

int main(int argc, char **argv) {
    int64_t ms = argc > 1 ? strtoll(argv[1], NULL, 10) : 200;
    size_t rounds = argc > 2 ? strtoull(argv[2], NULL, 10) : 15;
    hf_manager *manager = NULL;
    check(hf_manager_start(&manager));
    check(hf_client_new(hf_manager_address(manager), NULL, &load.client));
    check(hf_dict_open(load.client, NULL, HF_OPEN_OR_CREATE, &load.dict));
    check(hf_dict_set_int(load.dict, "key", NUMBER));
    hf_async_options options = HF_ASYNC_OPTIONS;
    options.spin_us = SPIN_US;
    check(hf_async_new(load.client, NULL, &load.quiet));
    check(hf_async_new(load.client, &options, &load.spinning));
    run_rounds(ms, rounds < 1 ? 1 : rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX);
    hf_async_free(load.quiet);
    hf_async_free(load.spinning);
    hf_client_free(load.client);
    hf_manager_stop(manager);
    return 0;
}
