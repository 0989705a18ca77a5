/* SPDX-License-Identifier: MIT
 *
 * See core.h. This file only puts the parts together: sessions, pending requests, the registry.
 */
#include "core.h"

#include "drain.h"
#include "mem.h"
#include "proof.h"
#include "session.h"

#include <assert.h>
#include <string.h>

struct core {
    struct memory memory; /* all that it has allocated, itself too */
    struct sessions sessions;
};

static const char shutting_down[] = "the manager is shutting down";

/* From here on memory is allocated and freed in this core. */
static struct sessions *enter(struct core *core) {
    mem_use(&core->memory);
    return &core->sessions;
}

struct core_config core_defaults(void) {
    return (struct core_config){
        .software = "holdfast",
        .sessions_max = 10000,
        .greeting_max = 10000,
        .objects_max = 1000000,
        .items_max = 100000000,
        .memory_max_bytes = SIZE_MAX,
        .waiting_per_session_max = 1024,
        .frame_max_bytes = HF_FRAME_MAX_BYTES,
        .hello_timeout_ms = 10000,
    };
}

/* Independent keys from the one seed. */
static bool derive(const struct core_config *config, uint8_t purpose, uint8_t out[HF_PROOF_BYTES]) {
    uint8_t number[HF_NONCE_BYTES] = {purpose};
    struct proof_span key = {config->seed, sizeof config->seed};
    struct proof_span span = {number, sizeof number};
    return proof_make("derive", key, span, span, out);
}

/* No allocation is refused while dropped values still take memory. */
static bool reclaim(void *registry) {
    return deferred_free_slice(registry);
}

struct core *core_new(const struct core_config *config, core_output *output) {
    struct memory memory = {.limit = config->memory_max_bytes};
    mem_use(&memory);
    struct core *core = mem_alloc(sizeof *core);
    uint8_t *key = mem_alloc(config->key_len);
    uint8_t entropy[HF_PROOF_BYTES];
    if (!core || !key || !derive(config, 1, entropy) ||
        !derive(config, 2, core->sessions.nonce_seed)) {
        mem_free(core);
        mem_free(key);
        mem_end(&memory);
        return NULL;
    }
    if (config->key_len > 0) {
        memcpy(key, config->key, config->key_len);
    }
    core->memory = memory;
    core->memory.reclaim = reclaim;
    core->memory.context = &core->sessions.calls.registry;
    struct sessions *sessions = enter(core);
    sessions->config = *config;
    sessions->config.key = key;
    sessions->output = output;
    link_init(&sessions->open);
    link_init(&sessions->greeting);
    link_init(&sessions->leaving);
    calls_init(&sessions->calls, session_answer);
    assert(config->frame_max_bytes >= HF_FRAME_LEAST_BYTES);
    assert(config->frame_max_bytes <= HF_FRAME_LIMIT_BYTES);
    struct registry *registry = &sessions->calls.registry;
    registry_init(registry, config->objects_max, config->items_max, config->now_ms);
    registry_begin_above(registry, config->numbers_above);
    memcpy(registry->hash_key, entropy, sizeof registry->hash_key);
    registry->frame_max_bytes = config->frame_max_bytes;
    sessions->last_id = config->numbers_above;
    sessions->calls.waiting_per_session_max = config->waiting_per_session_max;
    return core;
}

static void discard_output(void *peer, const uint8_t *bytes, size_t len) {
    (void)peer;
    (void)bytes;
    (void)len;
}

void core_free(struct core *core) {
    if (!core) {
        return;
    }
    struct sessions *sessions = enter(core);
    sessions->output =
        discard_output; /* what one session held is granted to those not closed yet */
    struct link *link = NULL;
    while ((link = link_first(&sessions->open)) != NULL) {
        session_free(LINK_OWNER(link, struct session, in_open));
    }
    while (sessions_leave_some(sessions)) {
    }
    core->memory.reclaim = NULL;
    registry_fini(&sessions->calls.registry);
    calls_fini(&sessions->calls);
    mem_free((void *)(uintptr_t)sessions->config.key);
    struct memory memory = core->memory;
    mem_use(&memory);
    mem_free(core);
    mem_end(&memory);
}

struct session *core_open(struct core *core, void *peer, bool must_prove) {
    struct sessions *sessions = enter(core);
    if (sessions->draining) {
        sessions_refuse(sessions, peer, HF_DRAINING, shutting_down);
        return NULL;
    }
    return session_new(sessions, peer, must_prove);
}

void core_refuse(struct core *core, void *peer, hf_status status, const char *detail) {
    sessions_refuse(enter(core), peer, status, detail);
}

void core_end(struct core *core, struct session *session, hf_status status, const char *detail) {
    assert(session->sessions == &core->sessions);
    (void)enter(core);
    if (session->state != SESSION_OVER) {
        session_end(session, 0, status, detail);
    }
}

size_t core_feed(struct core *core, struct session *session, const uint8_t *bytes, size_t len) {
    assert(session->sessions == &core->sessions);
    (void)enter(core);
    return session_feed(session, bytes, len);
}

bool core_keep(struct core *core, size_t bytes) {
    struct sessions *sessions = enter(core);
    if (!mem_count(bytes)) {
        return false;
    }
    sessions->calls.receiving_bytes += bytes;
    return true;
}

void core_keep_no_more(struct core *core, size_t bytes) {
    struct sessions *sessions = enter(core);
    assert(bytes <= sessions->calls.receiving_bytes);
    sessions->calls.receiving_bytes -= bytes;
    mem_uncount(bytes);
}

void core_refuse_frame(struct core *core, struct session *session, const uint8_t *bytes,
                       size_t len) {
    assert(session->sessions == &core->sessions);
    (void)enter(core);
    session_refuse_frame(session, bytes, len);
}

void core_close(struct core *core, struct session *session) {
    assert(session->sessions == &core->sessions);
    (void)enter(core);
    session_free(session);
}

/* Sessions that are not welcome yet are in order of age, so the time of the first is up first. */
static int64_t end_silent_sessions(struct sessions *sessions, int64_t now_ms) {
    struct link *link = NULL;
    while ((link = link_first(&sessions->greeting)) != NULL) {
        struct session *session = LINK_OWNER(link, struct session, in_greeting);
        int64_t due_ms = session->opened_ms + sessions->config.hello_timeout_ms;
        if (due_ms > now_ms) {
            return due_ms;
        }
        session_end(session, 0, HF_OVERRUN, "the session did not introduce itself in time");
    }
    return -1;
}

/* Free a slice of the dropped values, and the objects to which only these referred; go on with what
 * drains. Returns whether more is left. */
static bool free_dropped(struct calls *calls) {
    (void)deferred_free_slice(&calls->registry);
    bool draining = drain_slice(&calls->registry);
    registry_reap_slice(&calls->registry);
    calls_settle(calls);
    return draining || calls->registry.reap_behind || !deferred_empty(&calls->registry.deferred);
}

int64_t core_tick(struct core *core, int64_t now_ms) {
    struct sessions *sessions = enter(core);
    struct registry *registry = &sessions->calls.registry;
    if (now_ms > registry->now_ms) {
        registry->now_ms = now_ms;
    }
    calls_expire(&sessions->calls);
    bool leaving = sessions_leave_some(sessions);
    bool more = free_dropped(&sessions->calls) || leaving;
    int64_t silent_ms = end_silent_sessions(sessions, registry->now_ms);
    int64_t call_ms = calls_next_deadline(&sessions->calls);
    if (more || (call_ms >= 0 && call_ms < registry->now_ms)) {
        call_ms = registry->now_ms;
    }
    return silent_ms < 0 || (call_ms >= 0 && call_ms < silent_ms) ? call_ms : silent_ms;
}

void core_set_wall(struct core *core, int64_t ahead_ms) {
    enter(core)->calls.registry.wall_ahead_ms = ahead_ms;
}

/* All calls that wait are answered before any session ends, so that nothing is granted to them. */
void core_drain(struct core *core) {
    struct sessions *sessions = enter(core);
    sessions->draining = true;
    struct link *link = sessions->open.next;
    for (; link != &sessions->open; link = link->next) {
        struct session *session = LINK_OWNER(link, struct session, in_open);
        calls_end_all(&sessions->calls, &session->owners, HF_DRAINING);
    }
    for (link = sessions->open.next; link != &sessions->open; link = link->next) {
        struct session *session = LINK_OWNER(link, struct session, in_open);
        if (session->state != SESSION_OVER) {
            session_end(session, 0, HF_DRAINING, shutting_down);
        }
    }
}

size_t core_memory_bytes(const struct core *core) {
    return core->memory.used;
}

size_t core_session_count(const struct core *core) {
    return core->sessions.count;
}

uint64_t core_refusals(const struct core *core, const char **why) {
    *why = core->sessions.refusal;
    return core->sessions.refusals;
}
