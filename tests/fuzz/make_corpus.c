/* SPDX-License-Identifier: MIT
 *
 * Writes the seed corpus: the conversations of talks.c, as inputs of fuzz_core.c. They are held
 * with a core in memory, which gives the ids of objects. Between them every operation of the
 * protocol must have been done, or have waited; those that were not are named, and it fails.
 *
 *     make_corpus DIRECTORY
 */
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAGS = 1024 };

/* By tag: whether the operation was done, or waited, at least once. */
static bool seen[TAGS];

static void record(struct talk *talk, const void *bytes, size_t len) {
    talk->bytes = realloc(talk->bytes, talk->len + len + 1);
    memcpy(talk->bytes + talk->len, bytes, len);
    talk->len += len;
}

static void record_step(struct talk *talk, size_t session, enum script_step step) {
    uint8_t byte = (uint8_t)((size_t)step * SCRIPT_SESSIONS + session);
    record(talk, &byte, 1);
}

static void record_number(struct talk *talk, size_t number) {
    uint8_t bytes[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    record(talk, bytes, sizeof bytes);
}

static void note(const Hf__Request *request, const Hf__Reply *reply) {
    assert_true((unsigned)request->op_case < TAGS);
    seen[request->op_case] |= !reply || hf_ok((hf_status)reply->status);
}

Hf__Reply *say(struct talk *talk, size_t session, Hf__Request request) {
    struct peer *peer = talk->peers[session];
    request.has_id = true;
    request.id = peer->next_id++;
    size_t len = hf__request__get_packed_size(&request);
    uint8_t *body = malloc(len + 1);
    hf__request__pack(&request, body);
    record_step(talk, session, SCRIPT_FRAME);
    record_number(talk, len);
    record(talk, body, len);
    free(body);
    (void)peer_send(peer, request);
    Hf__Reply *reply = peer_reply(peer, request.id);
    note(&request, reply);
    return reply;
}

void pass(struct talk *talk, size_t ms) {
    record_step(talk, 0, SCRIPT_PASS);
    record_number(talk, ms);
    world_pass(talk->world, (int64_t)ms);
}

void leave(struct talk *talk, size_t session) {
    record_step(talk, session, SCRIPT_LEAVE);
    peer_leave(talk->peers[session]);
    talk->peers[session] = world_join(talk->world, "");
}

void noise(struct talk *talk, size_t session, const void *bytes, size_t len) {
    record_step(talk, session, SCRIPT_BYTES);
    record_number(talk, len);
    record(talk, bytes, len);
}

void drain(struct talk *talk) {
    record_step(talk, 0, SCRIPT_DRAIN);
    core_drain(world_core(talk->world));
}

static void begin(struct talk *talk) {
    struct core_config config = core_defaults();
    memcpy(config.seed, SCRIPT_SEED, sizeof config.seed);
    config.key = (const uint8_t *)SCRIPT_KEY;
    config.key_len = sizeof SCRIPT_KEY - 1;
    config.now_ms = 1000000;
    *talk = (struct talk){.world = world_with(&config)};
    for (size_t i = 0; i < SCRIPT_SESSIONS - 1; i++) {
        talk->peers[i] = world_join(talk->world, "");
    }
    talk->peers[SCRIPT_SESSIONS - 1] = world_connect(talk->world, true);
}

/* How many operations no conversation has done. */
static unsigned complain_of_unseen(void) {
    unsigned unseen = 0;
    for (unsigned i = 0; i < hf__request__descriptor.n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &hf__request__descriptor.fields[i];
        bool is_op = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
        if (is_op && (field->id >= TAGS || !seen[field->id])) {
            (void)fprintf(stderr, "make_corpus: no conversation in talks.c has done %s\n",
                          field->name);
            unseen++;
        }
    }
    return unseen;
}

static bool write_down(const struct talk *talk, const char *directory, const char *name) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    bool written = file && fwrite(talk->bytes, 1, talk->len, file) == talk->len;
    if ((file && fclose(file) != 0) || !written) {
        perror(path);
        return false;
    }
    return true;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: make_corpus DIRECTORY\n");
        return 2;
    }
    for (size_t i = 0; i < talk_count; i++) {
        struct talk talk;
        begin(&talk);
        talks[i].hold(&talk);
        bool written = write_down(&talk, argv[1], talks[i].name);
        free(talk.bytes);
        world_free(talk.world);
        if (!written) {
            return 1;
        }
    }
    return complain_of_unseen() > 0;
}
