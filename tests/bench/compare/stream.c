/* SPDX-License-Identifier: MIT
 *
 * See stream.h.
 */
#include "stream.h"

#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct stream {
    int fd;
};

struct stream *stream_open(const char *path) {
    struct stream *made = malloc(sizeof *made);
    must(made, "no memory");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    made->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(made->fd >= 0 && connect(made->fd, (const struct sockaddr *)&address, sizeof address) == 0,
         "%s: %s", path, strerror(errno));
    return made;
}

void stream_close(struct stream *stream) {
    (void)close(stream->fd);
    free(stream);
}

void stream_send(const struct stream *stream, const void *bytes, size_t len) {
    must(send(stream->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len, "send: %s", strerror(errno));
}

size_t stream_receive(const struct stream *stream, void *bytes, size_t size) {
    ssize_t got = recv(stream->fd, bytes, size, 0);
    must(got > 0, "receive: %s", got == 0 ? "hung up" : strerror(errno));
    return (size_t)got;
}
