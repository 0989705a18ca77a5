/* SPDX-License-Identifier: MIT
 *
 * A thread that waits over and over, to be interrupted.
 */
#ifndef HF_TESTS_INTERRUPTING_H
#define HF_TESTS_INTERRUPTING_H

#include "real.h"
#include "seeded.h"

#include <sys/types.h>

enum { INTERRUPTS = 1000, DELAY_NS = 300000 };

struct waiter {
    hf_client *client;
    hf_status (*wait)(void);
    pthread_t thread;
    _Atomic pid_t tid;
    _Atomic unsigned begun; /* waits */
    _Atomic unsigned ended;
    hf_status status;    /* of the last one */
    _Atomic bool wanted; /* another one */
    _Atomic bool over;
};

/** Start a thread that takes part in the interrupts of the client. */
void start_waiter(struct waiter *waiter, hf_client *of, hf_status (*wait)(void));
void stop_waiter(struct waiter *waiter);

/** Let it wait once more. The call is about to begin, or has begun. */
void begin_wait(struct waiter *waiter);

/** The status of that wait. */
hf_status end_wait(struct waiter *waiter);

/** Let up to DELAY_NS pass, so that an interrupt comes anywhere in the call. */
void delay(struct seeded *seeded);

int64_t now_ns(void);

/** So many waits of this thread, each interrupted at a random moment, must end with HF_CANCELLED.
 *  Prints the longest time from an interrupt to the end of its wait. */
void interrupt_waits(struct waiter *waiter, void (*interrupt)(struct waiter *waiter),
                     unsigned times, struct seeded *seeded, const char *name);

#endif
