/* SPDX-License-Identifier: MIT
 *
 * See kills.h.
 */
#include "kills.h"

#include <stdlib.h>

static victim_function *requests_of_victim; /* which the worker inherits */

static void be_victim(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    requests_of_victim(&wire);
    worker_tell(tell, 1);
    worker_wait();
}

struct worker victim_start(const struct daemon *daemon, victim_function *requests) {
    requests_of_victim = requests;
    struct worker victim = worker_start(be_victim, daemon);
    assert_int_equal(worker_told(&victim), 1);
    return victim;
}

static int64_t start_us;
static int64_t took_us[KILLS];
static size_t count;

void kills_begin(const struct worker *victim) {
    assert_true(count < KILLS);
    start_us = now_us();
    worker_kill(victim);
}

void kills_end(struct worker *victim) {
    took_us[count++] = now_us() - start_us;
    worker_reap(victim);
}

static int compare(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

void kills_report(const char *who) {
    assert_int_equal(count, KILLS);
    qsort(took_us, count, sizeof took_us[0], compare);
    print_message("from kill -9 to %s, %zu times: median %lld us, p99 %lld us\n", who, count,
                  (long long)took_us[count / 2], (long long)took_us[count * 99 / 100]);
    count = 0;
}
