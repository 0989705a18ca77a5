/* SPDX-License-Identifier: MIT
 *
 * holdfastd: the manager as a process. It reads the options, opens the addresses and runs the
 * server. Then it closes all in the opposite order, so that no socket, lock or folder is left.
 */
#include "diagnostics.h"
#include "listener.h"
#include "options.h"
#include "private.h"
#include "server.h"
#include "signals.h"
#include "standard.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SYSTEM_FOLDER "/run/holdfast"
#define SOCKET_NAME "holdfast.sock"

enum { GREETING_LEAST = 256 /* connections that are not welcome yet, whatever the limits are */ };

struct daemon {
    struct options options;
    struct private_place place;
    char default_address[LISTENER_ADDRESS_MAX];
    struct listeners listeners;
    uint8_t key[HF_KEY_FILE_MAX_BYTES];
    size_t key_len;
};

/* The address that clients of this user try by default. */
static void listen_by_default(struct daemon *daemon) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    bool own = runtime && runtime[0];
    if (!own && geteuid() == 0) {
        (void)mkdir(SYSTEM_FOLDER, 0755); /* if this fails, listeners_open() reports it */
    }
    (void)snprintf(daemon->default_address, sizeof daemon->default_address, "unix:%s/" SOCKET_NAME,
                   own ? runtime : SYSTEM_FOLDER);
    assert(daemon->options.listen_count == 0);
    daemon->options.listen[daemon->options.listen_count++] = daemon->default_address;
}

/* The private address is the first one, which --ready-fd tells. */
static void listen_privately(struct daemon *daemon) {
    struct options *options = &daemon->options;
    assert(options->listen_count <= OPTIONS_LISTEN_MAX);
    memmove(&options->listen[1], &options->listen[0],
            options->listen_count * sizeof options->listen[0]);
    options->listen[0] = daemon->place.address;
    options->listen_count++;
}

static int open_listeners(struct daemon *daemon) {
    const struct options *options = &daemon->options;
    bool shared = peer_rules_any(&options->allowed);
    for (size_t i = 0; i < options->listen_count; i++) {
        enum listener_result result =
            listeners_open(&daemon->listeners, options->listen[i], shared);
        if (result != LISTENER_OPEN) {
            listeners_close(&daemon->listeners);
            return result == LISTENER_REFUSED ? EXIT_REFUSED : EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

/* Four for each microsecond since 2025: far more than grants can be made, so they are above all of
 * an earlier run, unless the clock has been set back since. They are below 2^53, up to which a
 * double is exact, until 2096. Without a clock it is a random number, lower than those of a clock
 * are by now: then two runs hardly ever have the same numbers. */
static uint64_t numbers_above(void) {
    static const int64_t year_2025_s = 1735689600, year_2096_s = 3976214400;
    enum { NUMBERS_PER_US = 4, RANDOM_BITS = 44 };
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec < year_2025_s || now.tv_sec >= year_2096_s) {
        diagnostics_warning("the clock is not set: fences and ids may be those of an earlier run");
        uint64_t number = 0;
        bool random = getrandom(&number, sizeof number, 0) == sizeof number;
        return random ? number >> (64 - RANDOM_BITS) : 0;
    }
    int64_t us = ((int64_t)now.tv_sec - year_2025_s) * 1000000 + now.tv_nsec / 1000;
    return (uint64_t)us * NUMBERS_PER_US;
}

/* A crowd of connections that say nothing leaves most descriptors to sessions. */
static size_t greeting_max(size_t sessions_max) {
    struct rlimit limit;
    size_t most = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (size_t)limit.rlim_cur / 4 : SIZE_MAX;
    most = sessions_max < most ? sessions_max : most;
    return most > GREETING_LEAST ? most : GREETING_LEAST;
}

static struct core_config core_settings(const struct daemon *daemon) {
    struct core_config core = daemon->options.core;
    core.key = daemon->key;
    core.key_len = daemon->key_len;
    core.greeting_max = greeting_max(core.sessions_max);
    core.software = "holdfastd " HF_SOFTWARE_VERSION;
    core.pid = (uint64_t)getpid();
    core.now_ms = server_now_ms();
    core.numbers_above = numbers_above();
    return core;
}

/* Returns false if nobody can read it any more. */
static bool tell_ready(const struct daemon *daemon) {
    int fd = daemon->options.ready_fd;
    if (fd < 0) {
        return true;
    }
    bool told = dprintf(fd, "%s\n", daemon->listeners.all[0].address) > 0;
    if (!told) {
        diagnostics_error("cannot write the address to --ready-fd: %s", strerror(errno));
    }
    (void)close(fd);
    standard_fill(); /* it may have been one */
    return told;
}

static int run_server(struct daemon *daemon) {
    const struct options *options = &daemon->options;
    assert(daemon->listeners.count >= options->listen_count);
    struct server_config config = {
        .core = core_settings(daemon),
        .listeners = daemon->listeners.all,
        .listener_count = daemon->listeners.count,
        .allowed = &options->allowed,
        .insecure = options->insecure,
        .output_max_bytes = options->output_max_bytes,
        .unsent_max_bytes = options->unsent_max_bytes,
        .requests_per_turn_max = options->requests_per_turn_max,
        .drain_timeout_ms = options->drain_timeout_ms,
        .spin_us = (int64_t)options->spin_us,
        .starter = options->private_place ? daemon->place.starter : 0,
        .starter_fd = options->private_place ? daemon->place.starter_fd : -1,
    };
    struct server *server = NULL;
    if (getrandom(config.core.seed, sizeof config.core.seed, 0) != sizeof config.core.seed) {
        diagnostics_error("cannot get random bytes: %s", strerror(errno));
    } else {
        server = server_new(&config);
    }
    explicit_bzero(daemon->key, sizeof daemon->key);
    if (!server) {
        return EXIT_FAILURE;
    }
    signals_release();
    for (size_t i = 0; i < daemon->listeners.count; i++) {
        diagnostics_event("serving at %s (pid %d)", daemon->listeners.all[i].address, getpid());
    }
    if (!peer_can_be_watched()) {
        diagnostics_event("no pidfds here: a session ends with its connection, which forked "
                          "children of its process may keep open");
    }
    bool told = tell_ready(daemon);
    if (told) {
        server_run(server);
    }
    server_free(server);
    return told ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int open_and_serve(struct daemon *daemon) {
    if (daemon->options.private_place) {
        listen_privately(daemon);
    } else if (daemon->options.listen_count == 0) {
        listen_by_default(daemon);
    }
    int status = open_listeners(daemon);
    if (status == EXIT_SUCCESS) {
        status = run_server(daemon);
        listeners_close(&daemon->listeners);
    }
    return status;
}

/* A session takes two descriptors. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Else malloc keeps a list of small freed blocks, and joins all of them at one time. */
static void join_memory_at_once(void) {
#ifdef M_MXFAST
    (void)mallopt(M_MXFAST, 0);
#endif
}

static int run_daemon(struct daemon *daemon) {
    const struct options *options = &daemon->options;
    diagnostics_set_level((enum diagnostics_level)options->log_level);
    if (options->private_place) {
        private_close_inherited(options->ready_fd);
    }
    if (options->key_file && !options_read_key(options->key_file, daemon->key, &daemon->key_len)) {
        return EXIT_REFUSED;
    }
    raise_descriptor_limit();
    join_memory_at_once();
    if (!options->private_place) {
        return open_and_serve(daemon);
    }
    if (!private_open(&daemon->place, (pid_t)options->starter)) {
        return EXIT_FAILURE;
    }
    int status = open_and_serve(daemon);
    private_close(&daemon->place);
    return status;
}

int main(int argc, char **argv) {
    static struct daemon daemon;
    int status = EXIT_SUCCESS;
    signals_begin();
    standard_fill();
    switch (options_parse(&daemon.options, argc, argv)) {
    case OPTIONS_DONE:
        break;
    case OPTIONS_REFUSED:
        status = EXIT_REFUSED;
        break;
    case OPTIONS_SERVE:
        status = run_daemon(&daemon);
        break;
    }
    diagnostics_end();
    return status;
}
