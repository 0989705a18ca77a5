/* SPDX-License-Identifier: MIT
 *
 * Pools for tests of submitters, with workers that the test itself forks.
 */
#ifndef HF_TESTS_POOLING_H
#define HF_TESTS_POOLING_H

#include "real.h"

#include <sys/types.h>

enum { FORKED_MAX = 8, MANY = 3000 };

/* A pool, and the workers that the test has forked for it. */
struct forked_pool {
    hf_pool *pool; /* NULL: it has been freed */
    char name[32];
    pid_t workers[FORKED_MAX];
    size_t count;
};

/** Run a group of tests with a real manager. A forked pool that is left is closed after its
 *  test. */
int pooling_run(const char *name, const struct CMUnitTest *tests, size_t count);
#define POOLING_MAIN(tests) pooling_run(__FILE__, (tests), sizeof(tests) / sizeof *(tests))

/** Open a pool with a name of its own for this test, and start so many workers. `options` may be
 *  NULL. */
struct forked_pool *open_forked_pool(void **state, size_t workers, const hf_pool_options *options);

/** Start one more, which may end at once if the pool is closed. Returns its process. */
pid_t start_worker(struct forked_pool *forked);

/** The same, and wait until it is there. */
pid_t add_worker(struct forked_pool *forked);

/** Close the pool, wait for its end and that of its workers, and delete it. */
void close_forked_pool(struct forked_pool *forked);

/** Free the handle of the pool. */
void free_pool(struct forked_pool *forked);

/** The handle has been freed: wait for the workers, however they end, and delete the pool. */
void reap_workers(struct forked_pool *forked);

/* The functions that the workers run:
 *
 *     square(int)              its square
 *     echo(any...)             a list of its arguments
 *     fail(string)             TASK_FAILED with these words
 *     odd(int)                 the same with the number if it is even, else the number
 *     note(list, any)          appends the value to the list
 *     gate(string)             waits until the event with this name is set
 *     gate_note(string, ref, any)  both
 *     die()                    kills its worker
 *     survive(ref)             kills its worker, but for the second run; then how often it was run
 *     report(any)              reports this as progress, and waits until it is cancelled
 *     forever()                never returns
 */

/** The state of the pool, without its workers. */
hf_pool_state state_of(hf_pool *pool);

/** A result, which must be there without a failure. */
void finish_with(hf_result *result, hf_any value);

/** A result, which must have ended so. Its detail is hf_last_detail(). */
void finish_failed(hf_result *result, hf_status status);

/** The ints from 0 to MANY - 1. */
hf_any *numbers(void);

/** Submit a call with one argument. */
hf_result *begin_one(hf_pool *pool, const char *function, hf_any argument);

#endif
