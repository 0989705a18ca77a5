/* SPDX-License-Identifier: MIT
 *
 * See address.h.
 */
#include "address.h"

#include "detail.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
#define TCP_PREFIX "tcp://"

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static hf_status bad_address(const char *text, const char *why) {
    return detail_set(HF_BAD_ADDRESS, "\"%s\" is not an address: %s", text, why);
}

static hf_status parse_path(const char *text, struct address *address) {
    assert(starts_with(text, UNIX_PREFIX) && !address->tcp);
    if (unix_path_resolve(text + strlen(UNIX_PREFIX), address->path)) {
        (void)snprintf(address->text, sizeof address->text, UNIX_PREFIX "%s", address->path);
        return HF_OK;
    }
    if (errno == EINVAL) {
        return bad_address(text, "the path is missing (unix:PATH)");
    }
    if (errno == ENAMETOOLONG) {
        return bad_address(text, "the path of a socket has at most 107 bytes, from / on");
    }
    return bad_address(text, "the folder that the path begins at is not known");
}

static bool parse_port(const char *port, struct address *address) {
    size_t len = strlen(port);
    if (len == 0 || len >= sizeof address->port || strspn(port, "0123456789") != len) {
        return false;
    }
    long number = strtol(port, NULL, 10);
    memcpy(address->port, port, len + 1);
    return number >= 1 && number <= 65535;
}

static hf_status parse_host_and_port(const char *text, struct address *address) {
    assert(starts_with(text, TCP_PREFIX) && !address->tcp);
    const char *host = text + strlen(TCP_PREFIX);
    const char *host_end = NULL;
    const char *port = NULL;
    if (*host == '[') {
        host++;
        host_end = strchr(host, ']');
        if (!host_end || host_end[1] != ':') {
            return bad_address(text, "a host that begins with [ must end with ]:PORT");
        }
        port = host_end + 2;
    } else {
        host_end = strrchr(host, ':');
        if (!host_end) {
            return bad_address(text, "the port is missing (tcp://HOST:PORT)");
        }
        if (memchr(host, ':', (size_t)(host_end - host))) {
            return bad_address(text, "an IPv6 address must be in brackets (tcp://[HOST]:PORT)");
        }
        port = host_end + 1;
    }
    size_t host_len = (size_t)(host_end - host);
    if (host_len == 0 || host_len > ADDRESS_HOST_MAX_BYTES) {
        return bad_address(text, "the host is missing or too long (tcp://HOST:PORT)");
    }
    if (!parse_port(port, address)) {
        return bad_address(text, "the port must be a number from 1 to 65535");
    }
    memcpy(address->host, host, host_len);
    address->host[host_len] = 0;
    address->tcp = true;
    assert(strlen(text) <= ADDRESS_TEXT_MAX_BYTES);
    (void)snprintf(address->text, sizeof address->text, "%s", text);
    return HF_OK;
}

static hf_status parse(const char *text, struct address *address) {
    *address = (struct address){0};
    hf_status status = HF_OK;
    if (starts_with(text, UNIX_PREFIX)) {
        status = parse_path(text, address);
    } else if (starts_with(text, TCP_PREFIX)) {
        status = parse_host_and_port(text, address);
    } else {
        status = bad_address(text, "it must begin with unix: or tcp://");
    }
    if (status == HF_OK) {
        assert(address->tcp ? address->host[0] && address->port[0] : address->path[0] != 0);
        assert(address->text[0]);
    }
    return status;
}

/* ---- the default ---- */

enum { PLACE_MAX_BYTES = 4096 + 64 };

static bool is_socket(const char *place) {
    struct stat file;
    assert(starts_with(place, UNIX_PREFIX));
    return stat(place + strlen(UNIX_PREFIX), &file) == 0 && S_ISSOCK(file.st_mode);
}

/* The socket in the runtime folder of this user; "": it has none. */
static void own_place(const char *runtime, const char *run, char place[PLACE_MAX_BYTES]) {
    char folder[64];
    struct stat file;
    place[0] = 0;
    if (runtime) {
        (void)snprintf(place, PLACE_MAX_BYTES, UNIX_PREFIX "%s/holdfast.sock", runtime);
        return;
    }
    (void)snprintf(folder, sizeof folder, "%s/user/%lu", run, (unsigned long)geteuid());
    if (stat(folder, &file) == 0 && S_ISDIR(file.st_mode) && file.st_uid == geteuid()) {
        (void)snprintf(place, PLACE_MAX_BYTES, UNIX_PREFIX "%s/holdfast.sock", folder);
    }
}

hf_status address_default(const char *runtime, const char *run, struct address *address) {
    char own[PLACE_MAX_BYTES];
    char system[PLACE_MAX_BYTES];
    assert(!runtime || *runtime);
    own_place(runtime, run, own);
    (void)snprintf(system, sizeof system, UNIX_PREFIX "%s/holdfast/holdfast.sock", run);
    bool use_own = *own && (is_socket(own) || (runtime && !is_socket(system)));
    hf_status status = parse(use_own ? own : system, address);
    const char *other = use_own ? system : own;
    if (strlen(other) < sizeof address->other) { /* longer ones are no addresses */
        memcpy(address->other, other, strlen(other) + 1);
    }
    return status;
}

hf_status address_parse(const char *text, struct address *address) {
    if (!text) {
        text = secure_getenv("HOLDFAST_ADDRESS");
    }
    if (text && *text) {
        return parse(text, address);
    }
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR");
    return address_default(runtime && *runtime ? runtime : NULL, ADDRESS_RUN, address);
}
