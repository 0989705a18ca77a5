/* SPDX-License-Identifier: MIT
 *
 * See listener.h. The holder removes the lock file while it is locked. A process that had opened it
 * before then locks a file that has lost its name, notices that, and tries again.
 */
#include "listener.h"

#include "diagnostics.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
#define TCP_PREFIX "tcp://"
#define LOCK_SUFFIX ".lock"

enum { BACKLOG = 4096, LOCK_PATH_MAX = LISTENER_PATH_MAX + sizeof LOCK_SUFFIX };

static bool begins_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool listener_is_remote(const char *address) {
    return begins_with(address, TCP_PREFIX);
}

/* ---- The lock file ---- */

static void lock_path(const struct listener *listener, char path[LOCK_PATH_MAX]) {
    (void)snprintf(path, LOCK_PATH_MAX, "%s" LOCK_SUFFIX, listener->path);
}

static void report_served(const struct listener *listener, int lock_fd) {
    char pid[24] = "";
    ssize_t len = pread(lock_fd, pid, sizeof pid - 1, 0);
    pid[len > 0 ? strspn(pid, "0123456789") : 0] = '\0';
    if (pid[0]) {
        diagnostics_error("%s is served already by process %s", listener->address, pid);
    } else {
        diagnostics_error("%s is served already by another process", listener->address);
    }
}

static bool still_named(int fd, const char *path) {
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

static enum listener_result take_lock(struct listener *listener) {
    char path[LOCK_PATH_MAX];
    lock_path(listener, path);
    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) {
            diagnostics_error("cannot open %s: %s", path, strerror(errno));
            return LISTENER_FAILED;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            report_served(listener, fd);
            (void)close(fd);
            return LISTENER_REFUSED;
        }
        if (still_named(fd, path)) {
            listener->lock_fd = fd;
            break;
        }
        (void)close(fd);
    }
    /* For the operator and report_served(): only the lock counts. */
    if (ftruncate(listener->lock_fd, 0) != 0 || dprintf(listener->lock_fd, "%d\n", getpid()) < 0) {
        diagnostics_warning("cannot write to %s: %s", path, strerror(errno));
    }
    return LISTENER_OPEN;
}

static void drop_lock(struct listener *listener) {
    assert(listener->local && listener->lock_fd >= 0);
    char path[LOCK_PATH_MAX];
    lock_path(listener, path);
    if (still_named(listener->lock_fd, path)) {
        (void)unlink(path);
    }
    (void)close(listener->lock_fd);
}

/* ---- Unix ---- */

/* A program that does not know of our lock may listen there. */
static bool answers(const struct listener *listener) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }
    struct sockaddr_un address;
    socklen_t len = unix_path_address(listener->path, &address);
    bool answered = connect(fd, (const struct sockaddr *)&address, len) == 0 || errno == EAGAIN;
    (void)close(fd);
    return answered;
}

static bool remove_stale(const struct listener *listener) {
    assert(listener->lock_fd >= 0);
    struct stat there;
    if (lstat(listener->path, &there) != 0) {
        return true; /* nothing there; bind() reports any other error */
    }
    if (!S_ISSOCK(there.st_mode)) {
        diagnostics_error("cannot listen on %s: the file is not a socket", listener->address);
        return false;
    }
    if (answers(listener)) {
        diagnostics_error("cannot listen on %s: another program does already", listener->address);
        return false;
    }
    if (unlink(listener->path) != 0) {
        diagnostics_error("cannot remove the stale socket %s: %s", listener->path, strerror(errno));
        return false;
    }
    return true;
}

static bool make_socket(struct listener *listener) {
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0) {
        diagnostics_error("cannot make a socket: %s", strerror(errno));
    }
    return listener->fd >= 0;
}

static bool bind_unix(struct listener *listener, bool shared) {
    assert(listener->lock_fd >= 0 && listener->fd >= 0);
    struct sockaddr_un address;
    socklen_t len = unix_path_address(listener->path, &address);
    mode_t mask = umask(shared ? 0111 : 0177);
    int bound = bind(listener->fd, (const struct sockaddr *)&address, len);
    (void)umask(mask);

    struct stat file;
    if (bound != 0 || listen(listener->fd, BACKLOG) != 0 || stat(listener->path, &file) != 0) {
        diagnostics_error("cannot listen on %s: %s", listener->address, strerror(errno));
        return false;
    }
    listener->inode = file.st_ino;
    return true;
}

/* The kernel lets one socket at a time have the name, and forgets it with the socket. */
static enum listener_result open_abstract(struct listener *listener) {
    assert(unix_path_is_abstract(listener->path) && listener->lock_fd < 0);
    struct sockaddr_un address;
    socklen_t len = unix_path_address(listener->path, &address);
    if (!make_socket(listener)) {
        return LISTENER_FAILED;
    }
    if (bind(listener->fd, (const struct sockaddr *)&address, len) == 0 &&
        listen(listener->fd, BACKLOG) == 0) {
        return LISTENER_OPEN;
    }
    enum listener_result result = errno == EADDRINUSE ? LISTENER_REFUSED : LISTENER_FAILED;
    if (result == LISTENER_REFUSED) {
        diagnostics_error("%s is served already by another process", listener->address);
    } else {
        diagnostics_error("cannot listen on %s: %s", listener->address, strerror(errno));
    }
    (void)close(listener->fd);
    return result;
}

static enum listener_result open_file(struct listener *listener, bool shared) {
    enum listener_result locked = take_lock(listener);
    if (locked != LISTENER_OPEN) {
        return locked;
    }
    if (!remove_stale(listener)) {
        goto fail_lock;
    }
    if (!make_socket(listener)) {
        goto fail_lock;
    }
    if (!bind_unix(listener, shared)) {
        goto fail_socket;
    }
    return LISTENER_OPEN;

fail_socket:
    (void)close(listener->fd);
fail_lock:
    drop_lock(listener);
    return LISTENER_FAILED;
}

static enum listener_result open_unix(struct listener *listener, const char *path, bool shared) {
    if (!unix_path_resolve(path, listener->path)) {
        bool bad = errno == EINVAL || errno == ENAMETOOLONG;
        if (bad) {
            diagnostics_error("bad address '%s': the path must have 1 to %d bytes, from / on",
                              listener->address, LISTENER_PATH_MAX - 1);
        } else {
            diagnostics_error("cannot listen on %s: %s", listener->address, strerror(errno));
        }
        return bad ? LISTENER_REFUSED : LISTENER_FAILED;
    }
    listener->local = true;
    (void)snprintf(listener->address, sizeof listener->address, UNIX_PREFIX "%s", listener->path);
    return unix_path_is_abstract(listener->path) ? open_abstract(listener)
                                                 : open_file(listener, shared);
}

/* ---- TCP ---- */

struct host_and_port {
    char host[256];
    char port[6];
};

/* "HOST:PORT" or "[HOST]:PORT", for IPv6 addresses. */
static bool split(const char *text, struct host_and_port *parts) {
    const char *colon = strrchr(text, ':');
    if (!colon) {
        return false;
    }
    const char *host = text;
    size_t host_len = (size_t)(colon - text);
    if (host_len >= 2 && host[0] == '[' && host[host_len - 1] == ']') {
        host++;
        host_len -= 2;
    } else if (memchr(host, ':', host_len)) {
        return false;
    }
    const char *port = colon + 1;
    size_t port_len = strlen(port);
    if (host_len == 0 || host_len >= sizeof parts->host || port_len == 0 ||
        port_len >= sizeof parts->port || strspn(port, "0123456789") != port_len ||
        strtoul(port, NULL, 10) > UINT16_MAX) {
        return false;
    }
    memcpy(parts->host, host, host_len);
    parts->host[host_len] = '\0';
    memcpy(parts->port, port, port_len + 1);
    return true;
}

static bool bind_tcp(struct listener *listener, const struct addrinfo *where) {
    listener->fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0) {
        return false;
    }
    int on = 1;
    if (setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(listener->fd, where->ai_addr, where->ai_addrlen) == 0 &&
        listen(listener->fd, BACKLOG) == 0) {
        return true;
    }
    int error = errno;
    (void)close(listener->fd);
    errno = error;
    return false;
}

/* Set the address, with the port that the kernel chose for port 0. */
static bool name_tcp(struct listener *listener) {
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof bound;
    struct host_and_port parts;
    if (getsockname(listener->fd, (struct sockaddr *)&bound, &len) != 0 ||
        getnameinfo((const struct sockaddr *)&bound, len, parts.host, sizeof parts.host, parts.port,
                    sizeof parts.port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return false;
    }
    bool brackets = bound.ss_family == AF_INET6;
    (void)snprintf(listener->address, sizeof listener->address, TCP_PREFIX "%s%s%s:%s",
                   brackets ? "[" : "", parts.host, brackets ? "]" : "", parts.port);
    return true;
}

static enum listener_result open_tcp(struct listener *listener, const char *where) {
    struct host_and_port parts;
    if (!split(where, &parts)) {
        diagnostics_error("bad address '%s': not tcp://HOST:PORT", listener->address);
        return LISTENER_REFUSED;
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(parts.host, parts.port, &hints, &found);
    if (error != 0) {
        diagnostics_error("cannot listen on %s: %s", listener->address, gai_strerror(error));
        return LISTENER_FAILED;
    }
    bool bound = false;
    for (const struct addrinfo *at = found; at && !bound; at = at->ai_next) {
        bound = bind_tcp(listener, at);
    }
    freeaddrinfo(found);
    if (!bound) {
        diagnostics_error("cannot listen on %s: %s", listener->address, strerror(errno));
        return LISTENER_FAILED;
    }
    if (!name_tcp(listener)) {
        diagnostics_error("cannot tell the address of %s", listener->address);
        (void)close(listener->fd);
        return LISTENER_FAILED;
    }
    return LISTENER_OPEN;
}

/* ---- Both ---- */

enum listener_result listener_open(struct listener *listener, const char *address, bool shared) {
    *listener = (struct listener){.fd = -1, .lock_fd = -1};
    if (strlen(address) >= sizeof listener->address) {
        diagnostics_error("bad address: longer than %d bytes", LISTENER_ADDRESS_MAX - 1);
        return LISTENER_REFUSED;
    }
    memcpy(listener->address, address, strlen(address) + 1);
    if (begins_with(address, UNIX_PREFIX)) {
        return open_unix(listener, address + strlen(UNIX_PREFIX), shared);
    }
    if (begins_with(address, TCP_PREFIX)) {
        return open_tcp(listener, address + strlen(TCP_PREFIX));
    }
    diagnostics_error("bad address '%s': neither unix:PATH nor tcp://HOST:PORT", address);
    return LISTENER_REFUSED;
}

void listener_close(struct listener *listener) {
    assert(listener->fd >= 0);
    struct stat file;
    bool is_file = listener->lock_fd >= 0;
    if (is_file && lstat(listener->path, &file) == 0 && file.st_ino == listener->inode) {
        (void)unlink(listener->path);
    }
    (void)close(listener->fd);
    listener->fd = -1;
    if (is_file) {
        drop_lock(listener);
    }
}
