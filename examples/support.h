/* SPDX-License-Identifier: MIT
 *
 * Code that the examples share: reach a manager, start worker processes, give up with a clear
 * message, and a few lines that would be the same in each. The examples show the library; nothing
 * in here is needed to use it.
 */
#ifndef EXAMPLES_SUPPORT_H
#define EXAMPLES_SUPPORT_H

#include <holdfast.h>
#include <stdint.h>
#include <sys/types.h>

/** The function does not return. */
#define NORETURN __attribute__((noreturn))

/** Do nothing if the call was done; otherwise print what went wrong and exit with 1. */
void check(hf_status status);

/** Print this and exit with 1. */
NORETURN void give_up(const char *why);

/** Make a client of the manager at $HOLDFAST_ADDRESS. If that is not set, start a manager that ends
 *  with this program. Exits with 1 if there is none. */
hf_client *open_client(void);

/** Release the client and end the manager, if it was started for this program. */
void close_client(hf_client *client);

/* ---- worker processes ---- */

/** The function of a worker process; `number` counts from 0. */
typedef void worker(int number, void *context);

/** Worker processes. */
struct workers {
    const char *name;
    pid_t *pids; /**< 0: it has ended */
    int count;
    int running;
    int failed; /**< how many did not exit with 0 */
};

/** Fork `count` processes that each run `work` and exit with 0. Their label in the manager's
 *  reports is "name number", or just "name" if there is one. */
void workers_start(struct workers *workers, const char *name, int count, worker *work,
                   void *context);

/** Count the processes that have not ended yet; does not wait. */
int workers_running(struct workers *workers);

/** Wait for all of them. Exits with 1 if one of them failed. */
void workers_wait(struct workers *workers);

/** Start them and wait for them. */
void workers_run(const char *name, int count, worker *work, void *context);

/* ---- objects ---- */

/** Open an unnamed value of kind HF_I64: 0. */
hf_value new_counter(hf_client *client);

/** Get the number of a value. */
int64_t number_of(hf_value value);

/** Find the greatest int in a list; 0 if it is empty. */
int64_t greatest_of(hf_list numbers);

/* ---- pools ---- */

/** Options of a pool with `most` workers that know these functions. */
hf_pool_options pool_options(const hf_function *functions, size_t count, unsigned most);

/** Close the pool, wait until it has run everything, and free it. */
void end_pool(hf_pool *pool);

/* ---- time, and a terminal ---- */

/** A clock that all processes share and that never jumps. */
int64_t now_ns(void);

/** Let this much time pass. */
void pause_ms(int64_t ms);

/** Draw a bar over the one before: "[####....] 20 of 40 " and then `what`. The last one ends its
 *  line. If standard output is no terminal, nothing is drawn. */
void show_bar(size_t done, size_t all, const char *what);

#endif
