/* SPDX-License-Identifier: MIT
 *
 * See options.h. A row has all about an option; each kind of value is read and shown by one
 * function.
 */
#include "options.h"

#include "diagnostics.h"
#include "listener.h"
#include "spin.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REQUESTS_PER_TURN_DEFAULT = 64 };

enum kind {
    HELP,
    VERSION,
    FLAG,
    QUIET,
    LEVEL,
    LISTEN,
    TEXT,
    UID,
    GID,
    COUNT,
    MICROS,
    BYTES,
    FRAME,
    SPAN,
    FD,
    STARTER
};

struct row {
    const char *name;
    const char *value; /* its name in the help; NULL: takes none; in brackets: optional */
    enum kind kind;
    size_t field; /* offset in struct options */
    const char *help;
};

#define AT(field) offsetof(struct options, field)

static const struct row rows[] = {
    {"listen", "ADDRESS", LISTEN, 0,
     "serve at unix:PATH, unix:@NAME or tcp://HOST:PORT (port 0: any), at each address of HOST; "
     "may "
     "be repeated"},
    {"key-file", "FILE", TEXT, AT(key_file),
     "the key that TCP clients must know; others may not read or write the file"},
    {"insecure", NULL, FLAG, AT(insecure), "accept TCP clients without a key"},
    {"allow-uid", "UID", UID, 0, "accept this user at Unix sockets as well; may be repeated"},
    {"allow-gid", "GID", GID, 0, "accept this group at Unix sockets as well; may be repeated"},
    {"private", "[=PID]", STARTER, AT(starter),
     "serve at a name of its own and end with the parent process (which must be PID)"},
    {"ready-fd", "FD", FD, AT(ready_fd),
     "write the first address to this descriptor, and close it, once serving"},
    {"max-sessions", "N", COUNT, AT(core.sessions_max), "sessions at once"},
    {"max-objects", "N", COUNT, AT(core.objects_max), "objects at once"},
    {"max-items", "N", COUNT, AT(core.items_max), "items in one object"},
    {"max-memory", "BYTES", BYTES, AT(core.memory_max_bytes),
     "memory of all objects and calls; and of all unsent replies"},
    {"max-waiting", "N", COUNT, AT(core.waiting_per_session_max), "waiting calls of one session"},
    {"max-frame", "BYTES", FRAME, AT(core.frame_max_bytes),
     "the longest request, 64K to 2G less 4097 bytes"},
    {"max-output", "BYTES", BYTES, AT(output_max_bytes),
     "unsent replies of a session before it is not read"},
    {"max-unsent", "BYTES", BYTES, AT(unsent_max_bytes),
     "unsent replies of a session before it is ended"},
    {"requests-per-turn", "N", COUNT, AT(requests_per_turn_max),
     "requests of one session before the others are served"},
    {"hello-timeout", "TIME", SPAN, AT(core.hello_timeout_ms),
     "how long a new client may take to say hello"},
    {"drain-timeout", "TIME", SPAN, AT(drain_timeout_ms),
     "how long to send the last replies at the end"},
    {"spin-us", "N", MICROS, AT(spin_us),
     "microseconds to poll for requests before sleeping; 0: sleep at once"},
    {"log-level", "LEVEL", LEVEL, AT(log_level), "error, warning, event or detail"},
    {"quiet", NULL, QUIET, AT(log_level), "the same as --log-level error"},
    {"help", NULL, HELP, 0, "show this help"},
    {"version", NULL, VERSION, 0, "show the version"},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0], FIRST_CODE = 256 };

static const char *const level_names[] = {
    [DIAGNOSTICS_ERRORS] = "error",
    [DIAGNOSTICS_WARNINGS] = "warning",
    [DIAGNOSTICS_EVENTS] = "event",
    [DIAGNOSTICS_DETAILS] = "detail",
};

static struct options defaults(void) {
    return (struct options){
        .core = core_defaults(),
        .output_max_bytes = 1 << 20,
        .unsent_max_bytes = 64 << 20,
        .requests_per_turn_max = REQUESTS_PER_TURN_DEFAULT,
        .drain_timeout_ms = 5000,
        .spin_us = SPIN_DEFAULT_US,
        .ready_fd = -1,
        .log_level = DIAGNOSTICS_EVENTS,
    };
}

/* ---- Values ---- */

/* Read a whole number, and set `rest` behind it. */
static bool read_number(const char *text, uint64_t *number, const char **rest) {
    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    *number = strtoull(text, &end, 10);
    *rest = end;
    return errno == 0;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};
static const struct unit byte_units[] = {
    {"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
static const struct unit time_units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {NULL, 0}};

/* Read a number with one of these units, least <= number * factor <= most. */
static bool read_amount(const char *text, const struct unit *units, uint64_t least, uint64_t most,
                        uint64_t *amount) {
    uint64_t number = 0;
    const char *rest = NULL;
    if (!read_number(text, &number, &rest)) {
        return false;
    }
    while (units->name && strcmp(units->name, rest) != 0) {
        units++;
    }
    if (!units->name || number > most / units->factor) {
        return false;
    }
    *amount = number * units->factor;
    return *amount >= least;
}

static bool read_size(const char *text, const struct unit *units, uint64_t least, uint64_t most,
                      void *field) {
    uint64_t amount = 0;
    if (!read_amount(text, units, least, most, &amount)) {
        return false;
    }
    *(size_t *)field = (size_t)amount;
    return true;
}

static bool read_id(const char *text, unsigned *ids, size_t *count) {
    uint64_t id = 0;
    if (*count == PEER_RULES_MAX || !read_amount(text, no_units, 0, UINT32_MAX - 1, &id)) {
        return false;
    }
    ids[(*count)++] = (unsigned)id;
    return true;
}

static bool read_fd(const char *text, int *fd) {
    uint64_t number = 0;
    if (!read_amount(text, no_units, 0, INT32_MAX, &number)) {
        return false;
    }
    *fd = (int)number;
    return fcntl(*fd, F_GETFD) >= 0;
}

static bool read_level(const char *text, int *level) {
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(level_names[i], text) == 0) {
            *level = (int)i;
            return true;
        }
    }
    return false;
}

static bool read_span(const char *text, int64_t *span_ms) {
    uint64_t amount = 0;
    if (!read_amount(text, time_units, 1, INT32_MAX, &amount)) {
        return false;
    }
    *span_ms = (int64_t)amount;
    return true;
}

static bool read_listen(struct options *options, const char *text) {
    if (options->listen_count == OPTIONS_LISTEN_MAX) {
        return false;
    }
    options->listen[options->listen_count++] = text;
    return true;
}

/* Returns false if `value` is not valid. */
static bool set_option(struct options *options, const struct row *row, const char *value) {
    void *field = (char *)options + row->field;
    assert(row >= rows && row < rows + ROW_COUNT);
    switch (row->kind) {
    case FLAG:
        *(bool *)field = true;
        return true;
    case QUIET:
        *(int *)field = DIAGNOSTICS_ERRORS;
        return true;
    case LEVEL:
        return read_level(value, field);
    case LISTEN:
        return read_listen(options, value);
    case TEXT:
        *(const char **)field = value;
        return true;
    case UID:
        return read_id(value, options->allowed.uids, &options->allowed.uid_count);
    case GID:
        return read_id(value, options->allowed.gids, &options->allowed.gid_count);
    case COUNT:
        return read_size(value, no_units, 1, UINT32_MAX, field);
    case MICROS:
        return read_size(value, no_units, 0, SPIN_MAX_US, field);
    case BYTES:
        return read_size(value, byte_units, 1, SIZE_MAX / 4, field);
    case FRAME:
        return read_size(value, byte_units, HF_FRAME_LEAST_BYTES, HF_FRAME_LIMIT_BYTES, field);
    case SPAN:
        return read_span(value, field);
    case FD:
        return read_fd(value, field);
    case STARTER:
        options->private_place = true;
        return !value || read_size(value, no_units, 1, INT32_MAX, field);
    case HELP:
    case VERSION:
        break;
    }
    assert(false && "parse_all() has answered these");
    return false;
}

/* ---- --help ---- */

static void show_bytes(size_t bytes) {
    static const char *const units[] = {"", "K", "M", "G"};
    size_t unit = 0;
    if (bytes == SIZE_MAX) {
        (void)printf(" (no limit)");
        return;
    }
    while (unit + 1 < sizeof units / sizeof units[0] && bytes > 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    (void)printf(" (%zu%s)", bytes, units[unit]);
}

static void show_default(const struct row *row, const struct options *options) {
    const void *field = (const char *)options + row->field;
    if (row->kind == LISTEN) {
        (void)printf(" ($XDG_RUNTIME_DIR/holdfast.sock, else /run/holdfast/holdfast.sock)");
    } else if (row->kind == COUNT || row->kind == MICROS) {
        (void)printf(" (%zu)", *(const size_t *)field);
    } else if (row->kind == BYTES || row->kind == FRAME) {
        show_bytes(*(const size_t *)field);
    } else if (row->kind == SPAN) {
        int64_t ms = *(const int64_t *)field;
        bool whole = ms % 1000 == 0;
        (void)printf(" (%lld%s)", (long long)(whole ? ms / 1000 : ms), whole ? "s" : "ms");
    } else if (row->kind == LEVEL) {
        (void)printf(" (%s)", level_names[options->log_level]);
    } else if (row->value) {
        (void)printf(" (none)");
    }
}

static void show_row(const struct row *row, const struct options *options) {
    char usage[64];
    const char *space = row->value && row->kind != STARTER ? " " : "";
    (void)snprintf(usage, sizeof usage, "--%s%s%s", row->name, space, row->value ? row->value : "");
    (void)printf("  %-24s %s", usage, row->help);
    show_default(row, options);
    (void)printf("\n");
}

static void show_help(void) {
    struct options options = defaults();
    (void)printf("Usage: holdfastd [OPTION]...\n"
                 "Serve shared dicts, lists, values, queues and locks to worker processes.\n\n"
                 "Options, with their defaults:\n");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        show_row(&rows[i], &options);
    }
    (void)printf("\nBYTES may end in K, M or G; TIME is in seconds or ends in s or ms.\n"
                 "SIGTERM and SIGINT: refuse the calls that wait, send all replies, and end;\n"
                 "a second signal: end at once. SIGQUIT: end at once, with a core dump.\n"
                 "Every other signal that can be ignored is: SIGHUP, SIGUSR1, SIGXCPU ...\n"
                 "Lines that find no room on standard error are dropped and counted.\n"
                 "Exit status: 0 ended by a signal or with its parent, 1 could not serve, 2 "
                 "options are not valid, or another manager serves there.\n");
}

/* ---- The command line ---- */

static void fill_getopt(struct option *table) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        int takes = !rows[i].value            ? no_argument
                    : rows[i].kind == STARTER ? optional_argument
                                              : required_argument;
        table[i] = (struct option){rows[i].name, takes, NULL, FIRST_CODE + (int)i};
    }
    table[ROW_COUNT] = (struct option){0};
}

static enum options_result refuse_option(int code, const char *argument) {
    if (code == ':') {
        diagnostics_error("option %s needs a value (see --help)", argument);
    } else {
        diagnostics_error("unknown option %s (see --help)", argument);
    }
    return OPTIONS_REFUSED;
}

static enum options_result parse_all(struct options *options, int argc, char **argv) {
    struct option table[ROW_COUNT + 1];
    fill_getopt(table);
    opterr = 0;
    optind = 1;
    int code = 0;
    while ((code = getopt_long(argc, argv, "+:", table, NULL)) >= 0) {
        if (code < FIRST_CODE) {
            return refuse_option(code, argv[optind - 1]);
        }
        assert(code - FIRST_CODE < ROW_COUNT);
        const struct row *row = &rows[code - FIRST_CODE];
        if (row->kind == HELP) {
            show_help();
            return OPTIONS_DONE;
        }
        if (row->kind == VERSION) {
            (void)printf("holdfastd " HF_SOFTWARE_VERSION "\n");
            return OPTIONS_DONE;
        }
        if (!set_option(options, row, optarg)) {
            diagnostics_error("bad value '%s' for --%s: %s (see --help)", optarg ? optarg : "",
                              row->name, row->help);
            return OPTIONS_REFUSED;
        }
    }
    if (optind < argc) {
        diagnostics_error("unexpected argument '%s' (see --help)", argv[optind]);
        return OPTIONS_REFUSED;
    }
    return OPTIONS_SERVE;
}

/* Rules about several options. */
static enum options_result check_together(const struct options *options) {
    for (size_t i = 0; i < options->listen_count; i++) {
        if (listener_is_remote(options->listen[i]) && !options->key_file && !options->insecure) {
            diagnostics_error("%s would accept everybody: give --key-file (or --insecure)",
                              options->listen[i]);
            return OPTIONS_REFUSED;
        }
    }
    if (options->unsent_max_bytes < options->output_max_bytes) {
        diagnostics_error("--max-unsent is less than --max-output");
        return OPTIONS_REFUSED;
    }
    return OPTIONS_SERVE;
}

enum options_result options_parse(struct options *options, int argc, char **argv) {
    *options = defaults();
    enum options_result result = parse_all(options, argc, argv);
    return result == OPTIONS_SERVE ? check_together(options) : result;
}

/* ---- The key ---- */

/* A group may read it, as where a platform mounts secrets for a service; then its owner decides who
 * that is, and must be somebody who is trusted with the key. */
static const char *key_fault(const struct stat *file) {
    if (!S_ISREG(file->st_mode)) {
        return "is not a regular file";
    }
    if (file->st_mode & (S_IWGRP | S_IRWXO)) {
        return "is open to others (chmod 600 it, or 640 for the group of the manager)";
    }
    if (file->st_mode & S_IRGRP && file->st_uid != 0 && file->st_uid != geteuid()) {
        return "is open to a group, and belongs neither to root nor to the user of the manager";
    }
    if (file->st_size < HF_KEY_FILE_MIN_BYTES || file->st_size > HF_KEY_FILE_MAX_BYTES) {
        return "must have 16 to 4096 bytes";
    }
    return NULL;
}

bool options_read_key(const char *path, uint8_t key[HF_KEY_FILE_MAX_BYTES], size_t *key_len) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat file;
    if (fd < 0 || fstat(fd, &file) != 0) {
        diagnostics_error("cannot read the key file %s: %s", path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return false;
    }
    const char *fault = key_fault(&file);
    ssize_t len = fault ? 0 : read(fd, key, HF_KEY_FILE_MAX_BYTES);
    (void)close(fd);
    if (!fault && len != file.st_size) {
        fault = "changed while it was read";
    }
    if (fault) {
        diagnostics_error("the key file %s %s", path, fault);
        return false;
    }
    *key_len = (size_t)len;
    return true;
}
