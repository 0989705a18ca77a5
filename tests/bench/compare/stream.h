/* SPDX-License-Identifier: MIT
 *
 * A blocking connection to a Unix socket, for drivers that have no library.
 */
#ifndef COMPARE_STREAM_H
#define COMPARE_STREAM_H

#include <stddef.h>

struct stream;

struct stream *stream_open(const char *path);
void stream_close(struct stream *stream);

void stream_send(const struct stream *stream, const void *bytes, size_t len);
/** Returns how many have come, at least one. */
size_t stream_receive(const struct stream *stream, void *bytes, size_t size);

#endif
