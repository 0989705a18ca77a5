/* SPDX-License-Identifier: MIT
 *
 * See echo.h. As a good server would: one receive for each readiness, all replies to it in one
 * send. Frames are never longer than a few dozen bytes, and a client never has more on its way than
 * a socket holds, so that a short send is a mistake of ours.
 */
#include "echo.h"

#include "frame.h"
#include "wire_limits.h"

#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTS_MAX = 128, BUFFER_BYTES = 65536, ID_AT = HF_FRAME_HEADER_BYTES + 1 };

struct echo {
    int epoll;
    int listener;
    const uint8_t *reply;
    size_t reply_len;
    uint8_t in[BUFFER_BYTES];
    uint8_t out[BUFFER_BYTES];
};

static void watch(const struct echo *echo, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(echo->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        abort();
    }
}

/* Frames do not come in parts: they are sent whole and are small. */
static size_t answer(struct echo *echo, size_t in_len) {
    size_t out_len = 0;
    for (size_t at = 0; at < in_len;) {
        const uint8_t *frame = echo->in + at;
        memcpy(echo->out + out_len, echo->reply, echo->reply_len);
        echo->out[out_len + ID_AT] = frame[ID_AT];
        out_len += echo->reply_len;
        at += HF_FRAME_HEADER_BYTES + frame_body_len(frame);
        assert(at <= in_len);
    }
    return out_len;
}

static void serve(struct echo *echo, int fd) {
    ssize_t got = recv(fd, echo->in, sizeof echo->in, MSG_DONTWAIT);
    if (got <= 0) {
        (void)close(fd);
        return;
    }
    size_t len = answer(echo, (size_t)got);
    ssize_t sent = send(fd, echo->out, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
        assert((size_t)sent == len);
    }
}

_Noreturn static void run(struct echo *echo) {
    struct epoll_event events[EVENTS_MAX];
    watch(echo, echo->listener);
    for (;;) {
        int count = epoll_wait(echo->epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd != echo->listener) {
                serve(echo, events[i].data.fd);
                continue;
            }
            int fd = accept4(echo->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd >= 0) {
                watch(echo, fd);
            }
        }
    }
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1024), 0);
    return fd;
}

pid_t echo_start(const char *path, const uint8_t *reply, size_t reply_len) {
    int listener = listen_at(path);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0) {
        (void)close(listener);
        return pid; /* it listens already */
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    static struct echo echo;
    echo.epoll = epoll_create1(EPOLL_CLOEXEC);
    echo.listener = listener;
    echo.reply = reply;
    echo.reply_len = reply_len;
    run(&echo);
}

void echo_stop(pid_t pid, const char *path) {
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    (void)unlink(path);
}
