/* SPDX-License-Identifier: MIT
 *
 * The library's own threads.
 */
#ifndef HF_THREAD_H
#define HF_THREAD_H

#include <pthread.h>

/** Start a thread that gets none of the program's signals. Returns 0 or an error number. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

#endif
