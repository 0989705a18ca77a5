/* SPDX-License-Identifier: MIT
 *
 * What the examples share: reach a manager, start worker processes, give up with a clear message.
 * The examples themselves show the library; nothing in here is needed to use it.
 */
#ifndef EXAMPLES_SUPPORT_H
#define EXAMPLES_SUPPORT_H

#include <holdfast.h>
#include <stdint.h>
#include <sys/types.h>

/** Go on if the call was done; else say what went wrong and exit with 1. */
void check(hf_status status);

/** Say this and exit with 1. */
_Noreturn void give_up(const char *why);

/** A client of the manager at $HOLDFAST_ADDRESS or, where that is not set, of one that is started
 *  for this program and ends with it. Exits with 1 if there is none. */
hf_client *open_client(void);

/** Release the client and end the manager, if it was started for this program. */
void close_client(hf_client *client);

/** What a worker process does; `number` counts from 0. */
typedef void worker(int number, void *context);

/** Worker processes. Start from {0}. */
struct crew {
    const char *name;
    pid_t *pids; /**< 0: has ended */
    int count;
    int running;
    int failed; /**< did not exit with 0 */
};

/** Fork `count` processes that each run `work` and exit with 0. To the manager they are called
 *  "name number", or just "name" if there is one. */
void crew_start(struct crew *crew, const char *name, int count, worker *work, void *context);

/** How many have not ended yet; does not wait. */
int crew_running(struct crew *crew);

/** Wait for all. Exits with 1 if one of them failed. */
void crew_wait(struct crew *crew);

/** A clock that all processes share and that never jumps. */
int64_t now_ns(void);

/** Let this much time pass. */
void pause_ms(int64_t ms);

/** On a terminal, a bar that is drawn over the one before: "[####....] 20 of 40 " and then `what`.
 *  The last one ends its line. Elsewhere nothing. */
void show_bar(size_t done, size_t all, const char *what);

#endif
