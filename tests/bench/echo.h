/* SPDX-License-Identifier: MIT
 *
 * The floor: a server that does nothing but receive frames and send frames, on plain epoll, in a
 * process of its own. A manager can at best be as fast as this.
 */
#ifndef BENCH_ECHO_H
#define BENCH_ECHO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Start it on a Unix socket at `path`. It answers each frame with `reply`, a frame into whose body
 *  the id of the request is written, and ends with this process. Returns once it serves. */
pid_t echo_start(const char *path, const uint8_t *reply, size_t reply_len);

/** End it and remove the socket. */
void echo_stop(pid_t pid, const char *path);

#endif
