/* SPDX-License-Identifier: MIT
 *
 * See interrupting.h.
 */
#include "interrupting.h"

#include <sched.h>
#include <time.h>

int64_t now_ns(void) {
    struct timespec time;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &time), 0);
    return time.tv_sec * 1000000000 + time.tv_nsec;
}

void delay(struct seeded *seeded) {
    int64_t until_ns = now_ns() + (int64_t)seeded_below(seeded, DELAY_NS);
    while (now_ns() < until_ns) {
        (void)sched_yield();
    }
}

static void *wait_main(void *argument) {
    struct waiter *waiter = argument;
    uint64_t session = 0;
    assert_ok(hf_client_session(waiter->client, &session)); /* it takes part from here on */
    waiter->tid = gettid();
    while (!waiter->over) {
        if (!waiter->wanted) {
            (void)sched_yield();
            continue;
        }
        waiter->wanted = false;
        waiter->begun++;
        waiter->status = waiter->wait();
        waiter->ended++;
    }
    return NULL;
}

void start_waiter(struct waiter *waiter, hf_client *of, hf_status (*wait)(void)) {
    *waiter = (struct waiter){.client = of, .wait = wait};
    assert_int_equal(pthread_create(&waiter->thread, NULL, wait_main, waiter), 0);
    while (waiter->tid == 0) {
        (void)sched_yield();
    }
}

void stop_waiter(struct waiter *waiter) {
    waiter->over = true;
    assert_int_equal(pthread_join(waiter->thread, NULL), 0);
}

void begin_wait(struct waiter *waiter) {
    unsigned begun = waiter->begun;
    waiter->wanted = true;
    while (waiter->begun == begun) {
        (void)sched_yield();
    }
}

hf_status end_wait(struct waiter *waiter) {
    while (waiter->ended != waiter->begun) {
        (void)sched_yield();
    }
    return waiter->status;
}

void interrupt_waits(struct waiter *waiter, void (*interrupt)(struct waiter *waiter),
                     unsigned times, struct seeded *seeded, const char *name) {
    int64_t longest_ns = 0;
    for (unsigned i = 0; i < times; i++) {
        begin_wait(waiter);
        delay(seeded);
        int64_t from_ns = now_ns();
        interrupt(waiter);
        assert_status(end_wait(waiter), HF_CANCELLED, name);
        int64_t took_ns = now_ns() - from_ns;
        longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
    }
    print_message("%s: %lld us at most\n", name, (long long)(longest_ns / 1000));
}
