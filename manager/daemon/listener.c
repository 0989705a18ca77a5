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

enum { BACKLOG = 4096, PORT_TRIES = 16, LOCK_PATH_MAX = LISTENER_PATH_MAX + sizeof LOCK_SUFFIX };

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

static enum listener_result open_path(struct listener *listener, const char *path, bool shared) {
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
    char *end = stpcpy(listener->address, UNIX_PREFIX);
    memcpy(end, listener->path, strlen(listener->path) + 1);
    return unix_path_is_abstract(listener->path) ? open_abstract(listener)
                                                 : open_file(listener, shared);
}

static enum listener_result open_unix(struct listeners *listeners, const char *address,
                                      bool shared) {
    if (listeners->count == LISTENERS_MAX) {
        diagnostics_error("cannot listen on %s: too many addresses", address);
        return LISTENER_REFUSED;
    }
    struct listener *listener = &listeners->all[listeners->count];
    *listener = (struct listener){.fd = -1, .lock_fd = -1};
    memcpy(listener->address, address, strlen(address) + 1);
    enum listener_result result = open_path(listener, address + strlen(UNIX_PREFIX), shared);
    listeners->count += result == LISTENER_OPEN;
    return result;
}

static void close_listener(struct listener *listener) {
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

/* An address of a host, and whether it can be served at. */
struct place {
    const struct addrinfo *where;
    int error; /* 0: it is */
};

/* The addresses of one name. */
struct host {
    struct place places[LISTENERS_MAX];
    size_t count;
    bool any_port;  /* the kernel chooses one */
    bool same_port; /* the first one is for all */
};

static bool has_place(const struct host *host, const struct addrinfo *where) {
    for (size_t i = 0; i < host->count; i++) {
        const struct addrinfo *other = host->places[i].where;
        if (other->ai_addrlen == where->ai_addrlen &&
            memcmp(other->ai_addr, where->ai_addr, where->ai_addrlen) == 0) {
            return true;
        }
    }
    return false;
}

static void add_places(struct host *host, const struct addrinfo *found) {
    for (; found && host->count < LISTENERS_MAX; found = found->ai_next) {
        bool known = found->ai_family == AF_INET || found->ai_family == AF_INET6;
        if (known && !has_place(host, found)) {
            host->places[host->count++] = (struct place){found, 0};
        }
    }
}

static bool bind_tcp(struct listener *listener, const struct addrinfo *where, bool alone) {
    int on = 1;
    listener->fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0) {
        return false;
    }
    if (where->ai_family == AF_INET6 && !alone) { /* the others have IPv4 */
        (void)setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
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

/* "tcp://HOST:PORT" in numbers. */
static bool name_tcp(const struct sockaddr *where, socklen_t len,
                     char address[LISTENER_ADDRESS_MAX]) {
    struct host_and_port parts;
    if (getnameinfo(where, len, parts.host, sizeof parts.host, parts.port, sizeof parts.port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return false;
    }
    bool brackets = where->sa_family == AF_INET6;
    (void)snprintf(address, LISTENER_ADDRESS_MAX, TCP_PREFIX "%s%s%s:%s", brackets ? "[" : "",
                   parts.host, brackets ? "]" : "", parts.port);
    return true;
}

static in_port_t *port_of(struct sockaddr *address) {
    assert(address->sa_family == AF_INET || address->sa_family == AF_INET6);
    return address->sa_family == AF_INET6 ? &((struct sockaddr_in6 *)(void *)address)->sin6_port
                                          : &((struct sockaddr_in *)(void *)address)->sin_port;
}

/* Set the address, with the port that the kernel chose for port 0. */
static bool name_listener(struct listener *listener, in_port_t *port) {
    struct sockaddr_storage bound = {0};
    struct sockaddr *address = (struct sockaddr *)&bound;
    socklen_t len = sizeof bound;
    if (getsockname(listener->fd, address, &len) != 0) {
        return false;
    }
    *port = *port_of(address);
    return name_tcp(address, len, listener->address);
}

/* Returns 0, or the error. */
static int serve_at(struct listeners *listeners, const struct host *host,
                    const struct addrinfo *where, in_port_t *port) {
    if (listeners->count == LISTENERS_MAX) {
        return ENOBUFS;
    }
    struct listener *listener = &listeners->all[listeners->count];
    *listener = (struct listener){.fd = -1, .lock_fd = -1};
    if (host->any_port) {
        *port_of(where->ai_addr) = host->same_port ? *port : 0;
    }
    if (!bind_tcp(listener, where, host->count == 1)) {
        return errno;
    }
    listeners->count++;
    return name_listener(listener, port) ? 0 : EINVAL;
}

/* This host does not have the address: IPv6 may be switched off, although localhost has ::1. */
static bool is_absent(int error) {
    return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

static void close_from(struct listeners *listeners, size_t first) {
    while (listeners->count > first) {
        close_listener(&listeners->all[--listeners->count]);
    }
}

/* Serve at all places that this host has. Returns the one that cannot be served at; NULL: there is
 * none. */
static const struct place *serve_at_all(struct listeners *listeners, struct host *host) {
    size_t first = listeners->count;
    in_port_t port = 0;
    assert(host->count > 0);
    for (size_t i = 0; i < host->count; i++) {
        struct place *place = &host->places[i];
        place->error = serve_at(listeners, host, place->where, &port);
        if (place->error && !is_absent(place->error)) {
            close_from(listeners, first);
            return place;
        }
    }
    return listeners->count > first ? NULL : &host->places[0];
}

/* A port that is free at the first address may be taken at another. */
static const struct place *serve_at_one_port(struct listeners *listeners, struct host *host) {
    const struct place *failed = NULL;
    host->same_port = true;
    for (int tries = 0; tries < PORT_TRIES; tries++) {
        failed = serve_at_all(listeners, host);
        if (!failed || !host->any_port || failed->error != EADDRINUSE) {
            return failed;
        }
    }
    host->same_port = false;
    return serve_at_all(listeners, host);
}

static void describe_place(const struct place *place, const char *address,
                           char text[LISTENER_ADDRESS_MAX]) {
    if (!name_tcp(place->where->ai_addr, place->where->ai_addrlen, text)) {
        (void)snprintf(text, LISTENER_ADDRESS_MAX, "%s", address);
    }
}

static enum listener_result serve_host(struct listeners *listeners, struct host *host,
                                       const char *address) {
    char text[LISTENER_ADDRESS_MAX];
    bool several = host->count > 1;
    const struct place *failed = serve_at_one_port(listeners, host);
    if (failed) {
        describe_place(failed, address, text);
        diagnostics_error("cannot listen on %s%s%s%s: %s", address, several ? " (" : "",
                          several ? text : "", several ? ")" : "", strerror(failed->error));
        return LISTENER_FAILED;
    }
    for (size_t i = 0; i < host->count; i++) {
        if (host->places[i].error) {
            describe_place(&host->places[i], address, text);
            diagnostics_warning("not serving at %s, one of the addresses of %s: %s", text, address,
                                strerror(host->places[i].error));
        }
    }
    return LISTENER_OPEN;
}

static enum listener_result open_tcp(struct listeners *listeners, const char *address) {
    struct host_and_port parts;
    if (!split(address + strlen(TCP_PREFIX), &parts)) {
        diagnostics_error("bad address '%s': not tcp://HOST:PORT", address);
        return LISTENER_REFUSED;
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(parts.host, parts.port, &hints, &found);
    if (error != 0) {
        diagnostics_error("cannot listen on %s: %s", address, gai_strerror(error));
        return LISTENER_FAILED;
    }
    struct host host = {.any_port = strtoul(parts.port, NULL, 10) == 0};
    add_places(&host, found);
    enum listener_result result = serve_host(listeners, &host, address);
    freeaddrinfo(found);
    return result;
}

/* ---- Both ---- */

enum listener_result listeners_open(struct listeners *listeners, const char *address, bool shared) {
    if (strlen(address) >= LISTENER_ADDRESS_MAX) {
        diagnostics_error("bad address: longer than %d bytes", LISTENER_ADDRESS_MAX - 1);
        return LISTENER_REFUSED;
    }
    if (begins_with(address, UNIX_PREFIX)) {
        return open_unix(listeners, address, shared);
    }
    if (begins_with(address, TCP_PREFIX)) {
        return open_tcp(listeners, address);
    }
    diagnostics_error("bad address '%s': neither unix:PATH nor tcp://HOST:PORT", address);
    return LISTENER_REFUSED;
}

void listeners_close(struct listeners *listeners) {
    close_from(listeners, 0);
}
