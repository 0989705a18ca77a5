/* SPDX-License-Identifier: MIT
 *
 * The one count that is the client's.
 */
#ifndef HF_BENCH_ASYNC_GET_H
#define HF_BENCH_ASYNC_GET_H

/** Count the instructions of an asynchronous get, and print how many there were. */
void async_get_count(void);

#endif
