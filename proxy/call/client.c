/* SPDX-License-Identifier: MIT
 *
 * See client.h. Options, the key file, labels; connections are session.c's.
 */
#include "client.h"

#include "call.h"
#include "cancel.h"
#include "detail.h"
#include "leave.h"
#include "openings.h"
#include "reserved.h"
#include "session.h"
#include "spin.h"
#include "standard.h"
#include "utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char process_label[HF_LABEL_MAX_BYTES]; /* written only while there is one thread */
static _Thread_local char own_label[HF_LABEL_MAX_BYTES];

const char *client_label(const struct hf_client *client) {
    if (own_label[0]) {
        return own_label;
    }
    return process_label[0] ? process_label : client->label;
}

void client_label_process(const char *label) {
    utf8_copy(process_label, sizeof process_label, label);
    own_label[0] = 0;
}

void hf_set_label(const char *label) {
    utf8_copy(own_label, sizeof own_label, label ? label : "");
}

static hf_status read_key(hf_client *client, const char *path) {
    assert(client->key_len == 0 && client->address.tcp);
    int before = cancel_off();
    int fd = standard_avoid(open(path, O_RDONLY | O_CLOEXEC));
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (!file) {
        hf_status status =
            detail_set(HF_SYSTEM, "cannot read the key file %s: %s", path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        cancel_restore(before);
        return status;
    }
    uint8_t bytes[HF_KEY_FILE_MAX_BYTES + 1];
    size_t len = fread(bytes, 1, sizeof bytes, file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    cancel_restore(before);
    if (failed || len < HF_KEY_FILE_MIN_BYTES || len > HF_KEY_FILE_MAX_BYTES) {
        return detail_set(HF_SYSTEM, "the key file %s must have %u to %u bytes", path,
                          HF_KEY_FILE_MIN_BYTES, HF_KEY_FILE_MAX_BYTES);
    }
    memcpy(client->key, bytes, len);
    client->key_len = len;
    return HF_OK;
}

static int64_t spin_of(int64_t spin_us) {
    return spin_us < 0 ? 0 : spin_us < SPIN_MAX_US ? spin_us : SPIN_MAX_US;
}

/* The manager answers at once, or is not well; the end of a program should not wait for long. */
static int64_t leave_ms_of(const hf_client *client, const hf_client_options *options) {
    enum { LEAVE_MAX_MS = 5000 };
    int64_t most_ms = client->answer_timeout_ms;
    return !options->leave_at_end                  ? 0
           : most_ms < 0 || most_ms > LEAVE_MAX_MS ? LEAVE_MAX_MS
                                                   : most_ms;
}

static const char *default_label(void) {
    const char *given = secure_getenv("HOLDFAST_LABEL");
    return given && *given ? given : program_invocation_short_name;
}

static uint64_t next_serial(void) {
    static _Atomic uint64_t serials;
    return atomic_fetch_add(&serials, 1) + 1;
}

static hf_status set_up(hf_client *client, const char *address, const hf_client_options *options) {
    const hf_client_options defaults = HF_CLIENT_OPTIONS;
    hf_status status = reserved_check(options);
    if (status != HF_OK) {
        return status;
    }
    client->serial = next_serial();
    client->waits_for_manager = true;
    client->connect_timeout_ms =
        options->connect_timeout_ms ? options->connect_timeout_ms : defaults.connect_timeout_ms;
    client->answer_timeout_ms =
        options->answer_timeout_ms ? options->answer_timeout_ms : defaults.answer_timeout_ms;
    client->leave_ms = leave_ms_of(client, options);
    client->spin_us = spin_of(options->spin_us ? options->spin_us : defaults.spin_us);
    utf8_copy(client->label, sizeof client->label,
              options->label ? options->label : default_label());
    if (client->leave_ms > 0 && !leave_at_exit()) {
        return detail_set(HF_NO_MEMORY, "no memory for what is to be done at exit");
    }
    status = address_parse(address, &client->address);
    if (status != HF_OK || !client->address.tcp) {
        return status;
    }
    const char *key_file =
        options->key_file ? options->key_file : secure_getenv("HOLDFAST_KEY_FILE");
    return key_file && *key_file ? read_key(client, key_file) : HF_OK;
}

hf_status hf_client_new(const char *address, const hf_client_options *options, hf_client **client) {
    const hf_client_options defaults = HF_CLIENT_OPTIONS;
    detail_clear();
    hf_client *made = calloc(1, sizeof *made);
    if (!made) {
        return detail_set(HF_NO_MEMORY, "no memory for a client");
    }
    options = options ? options : &defaults;
    hf_status status = set_up(made, address, options);
    if (status == HF_OK) {
        made->bells =
            bells_new((struct bell_hook){options->interrupted, options->interrupted_data});
        status = made->bells ? HF_OK : detail_set(HF_NO_MEMORY, "no memory for a client");
    }
    if (status == HF_OK && options->reopen) {
        made->openings = openings_new();
        status = made->openings ? HF_OK : detail_set(HF_NO_MEMORY, "no memory for a client");
    }
    if (status != HF_OK) {
        bells_drop(made->bells);
        free(made);
        return status;
    }
    *client = made;
    return HF_OK;
}

struct hf_client *client_copy(const struct hf_client *client) {
    struct hf_client *copy = malloc(sizeof *copy);
    if (!copy) {
        detail_write("no memory for a client");
        return NULL;
    }
    assert(!client->cut);
    *copy = *client;
    copy->serial = next_serial();
    copy->bells = bells_share(client->bells);
    copy->openings = NULL;
    copy->alone = true;
    copy->leave_ms = 0; /* what it holds are roles, which end in any case */
    return copy;
}

void hf_client_free(hf_client *client) {
    if (!client) {
        return;
    }
    assert(client->serial != 0);
    struct session *session = session_find_own(client);
    if (session) {
        leave_before_end(session);
    }
    session_close_all(client);
    bells_drop(client->bells);
    openings_free(client->openings);
    explicit_bzero(client->key, sizeof client->key);
    free(client);
}

const char *hf_client_address(const hf_client *client) {
    return client->address.text;
}

void hf_client_disconnect(hf_client *client) {
    struct session *session = session_find_own(client);
    if (session) {
        leave_before_end(session);
        session_drop(session);
    }
}

void hf_interrupt(hf_client *client) {
    (void)bells_ring(client->bells, 0);
}

bool hf_interrupt_thread(hf_client *client, int64_t tid) {
    return tid > 0 && tid <= INT_MAX && bells_ring(client->bells, (pid_t)tid);
}

/* A thread without a session holds nothing. */
static hf_status client_leave(hf_client *client, Hf__Leave *leave) {
    uint64_t left = 0;
    const struct session *session = client ? session_find(client) : NULL;
    bool once =
        session && session->apart; /* it is collected, so nobody can ask how many are left */
    hf_status status = once ? HF_OK : call_alone(client);
    if (status != HF_OK || !session) {
        return status;
    }
    do {
        struct call call;
        call_begin(&call, client, 0);
        status = call_finish(&call, HF__REQUEST__OP_LEAVE, &leave->base,
                             once ? sink_nothing() : sink_count(&left));
    } while (status == HF_OK && left > 0);
    return status;
}

hf_status hf_client_leave(hf_client *client) {
    Hf__Leave op = HF__LEAVE__INIT;
    return client_leave(client, &op);
}

hf_status hf_party_leave(hf_client *client, uint64_t party, bool died) {
    Hf__Leave op = HF__LEAVE__INIT;
    op.has_party = true;
    op.party = party;
    op.has_died = op.died = died;
    return client_leave(client, &op);
}

hf_status hf_party(hf_client *client, uint64_t party) {
    struct session *session = client ? session_of(client) : NULL;
    if (!session) {
        return client ? HF_NO_MEMORY : call_invalid("there is no client");
    }
    session->party = party;
    return HF_OK;
}

hf_status hf_client_ping(hf_client *client) {
    return call_plain((hf_object){client, 0}, HF__REQUEST__OP_PING, sink_nothing());
}

hf_status hf_client_session(hf_client *client, uint64_t *id) {
    hf_status status = client ? call_alone(client) : call_invalid("there is no client");
    const struct session *session = status == HF_OK ? session_find(client) : NULL;
    bool connected = session && conn_is_open(&session->conn) &&
                     !conn_looks_dead(&session->conn, !holds_perhaps(&session->holds));
    if (status == HF_OK && !connected) {
        status = hf_client_ping(client);
        session = session_find(client);
    }
    if (status == HF_OK && id) {
        *id = session->id;
    }
    return status;
}

static hf_status store_statistics(const Hf__Reply *reply, const struct sink *sink) {
    const Hf__Statistics *from = reply->statistics;
    if (sink->out) {
        *(hf_statistics *)sink->out = (hf_statistics){.sessions = from->sessions,
                                                      .objects = from->objects,
                                                      .waiting_calls = from->waiting_calls,
                                                      .requests = from->requests,
                                                      .memory_bytes = from->memory_bytes,
                                                      .uptime_ms = from->uptime_ms,
                                                      .fence = from->fence,
                                                      .receiving_bytes = from->receiving_bytes};
    }
    return HF_OK;
}

hf_status hf_client_statistics(hf_client *client, hf_statistics *statistics) {
    return call_plain(
        (hf_object){client, 0}, HF__REQUEST__OP_STATS,
        (struct sink){store_statistics, HF__REPLY__RESULT_STATISTICS, .out = statistics});
}

static hf_status store_times(const Hf__Reply *reply, const struct sink *sink) {
    if (sink->out) {
        *(hf_times *)sink->out = (hf_times){.wall_ms = reply->times->wall_ms,
                                            .monotonic_ms = reply->times->monotonic_ms};
    }
    return HF_OK;
}

hf_status hf_client_clock(hf_client *client, hf_times *times) {
    return call_plain((hf_object){client, 0}, HF__REQUEST__OP_CLOCK,
                      (struct sink){store_times, HF__REPLY__RESULT_TIMES, .out = times});
}

const char *hf_version(void) {
    return HF_SOFTWARE_VERSION;
}
