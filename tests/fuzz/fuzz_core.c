/* SPDX-License-Identifier: MIT
 *
 * Bytes into the core, from several sessions at once (script.h says how). For any bytes: no crash,
 * no leak, every reply is a valid frame that passes the check, and nothing is sent to a session
 * that is over.
 */
#include "core.h"
#include "frame.h"
#include "mem.h"
#include "replies.h"
#include "script.h"

#include <holdfast.pb-c.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct peer {
    struct session *session;
    uint8_t *input; /* not consumed yet */
    size_t input_len;
    struct replies replies;
};

struct fuzz {
    struct core *core;
    struct peer peers[SCRIPT_SESSIONS];
    int64_t now_ms;
};

struct input {
    const uint8_t *at;
    const uint8_t *end;
};

static uint8_t *grow(uint8_t *bytes, size_t len) {
    uint8_t *grown = realloc(bytes, len + 1);
    must(grown != NULL);
    return grown;
}

/* ---- out ---- */

static void output(void *context, const uint8_t *bytes, size_t len) {
    struct peer *peer = context;
    replies_add(&peer->replies, bytes, len, NULL);
}

/* ---- in ---- */

static void feed(struct fuzz *fuzz, struct peer *peer, const uint8_t *bytes, size_t len) {
    if (!peer->session) {
        return;
    }
    peer->input = grow(peer->input, peer->input_len + len);
    memcpy(peer->input + peer->input_len, bytes, len);
    peer->input_len += len;
    size_t taken = 1;
    while (taken > 0 && peer->input_len > 0) {
        taken = core_feed(fuzz->core, peer->session, peer->input, peer->input_len);
        must(taken <= peer->input_len);
        peer->input_len -= taken;
        memmove(peer->input, peer->input + taken, peer->input_len);
    }
}

static void feed_frame(struct fuzz *fuzz, struct peer *peer, const uint8_t *body, size_t len) {
    uint8_t header[HF_FRAME_HEADER_BYTES];
    frame_put_header(header, (uint32_t)len);
    feed(fuzz, peer, header, sizeof header);
    feed(fuzz, peer, body, len);
}

static void come(struct fuzz *fuzz, size_t index) {
    struct peer *peer = &fuzz->peers[index];
    bool must_prove = index == SCRIPT_SESSIONS - 1;
    static const uint8_t hello[] = {0x08, 1, 0x52, 2, 0x08, 1}; /* id 1, version 1 */
    replies_begin(&peer->replies);
    peer->input_len = 0;
    peer->session = core_open(fuzz->core, peer, must_prove);
    if (peer->session && !must_prove) {
        feed_frame(fuzz, peer, hello, sizeof hello);
    }
}

static void leave(struct fuzz *fuzz, struct peer *peer) {
    if (peer->session) {
        core_close(fuzz->core, peer->session);
        peer->session = NULL;
    }
}

/* ---- the script ---- */

static uint8_t take_byte(struct input *input) {
    return input->at < input->end ? *input->at++ : 0;
}

static size_t take_number(struct input *input) {
    size_t high = take_byte(input);
    return high << 8 | take_byte(input);
}

/* So many bytes, as far as there are; they are the caller's until the input ends. */
static struct input take_bytes(struct input *input) {
    size_t len = take_number(input);
    size_t left = (size_t)(input->end - input->at);
    struct input taken = {input->at, input->at + (len < left ? len : left)};
    input->at = taken.end;
    return taken;
}

static void step(struct fuzz *fuzz, struct input *input) {
    uint8_t what = take_byte(input);
    size_t index = what % SCRIPT_SESSIONS;
    struct peer *peer = &fuzz->peers[index];
    struct input bytes = {0};
    switch (what / SCRIPT_SESSIONS % (SCRIPT_DRAIN + 1)) {
    case SCRIPT_FRAME:
        bytes = take_bytes(input);
        feed_frame(fuzz, peer, bytes.at, (size_t)(bytes.end - bytes.at));
        break;
    case SCRIPT_BYTES:
        bytes = take_bytes(input);
        feed(fuzz, peer, bytes.at, (size_t)(bytes.end - bytes.at));
        break;
    case SCRIPT_PASS:
        fuzz->now_ms += (int64_t)take_number(input);
        (void)core_tick(fuzz->core, fuzz->now_ms);
        break;
    case SCRIPT_LEAVE:
        leave(fuzz, peer);
        come(fuzz, index);
        break;
    case SCRIPT_DRAIN:
        core_drain(fuzz->core);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct core_config config = core_defaults();
    memcpy(config.seed, SCRIPT_SEED, sizeof config.seed);
    config.key = (const uint8_t *)SCRIPT_KEY;
    config.key_len = sizeof SCRIPT_KEY - 1;
    config.now_ms = 1000000;
    config.objects_max = 200;
    config.items_max = 5000;
    config.waiting_per_session_max = 20;
    config.memory_max_bytes = 256u << 20;

    size_t before = mem_used();
    struct fuzz fuzz = {.core = core_new(&config, output), .now_ms = config.now_ms};
    must(fuzz.core != NULL);
    for (size_t i = 0; i < SCRIPT_SESSIONS; i++) {
        come(&fuzz, i);
    }
    struct input input = {data, data + size};
    while (input.at < input.end) {
        step(&fuzz, &input);
    }
    for (size_t i = 0; i < SCRIPT_SESSIONS; i++) {
        if (i % 2) {
            leave(&fuzz, &fuzz.peers[i]); /* the others are closed with the core */
        }
    }
    core_free(fuzz.core);
    for (size_t i = 0; i < SCRIPT_SESSIONS; i++) {
        free(fuzz.peers[i].input);
        replies_free(&fuzz.peers[i].replies);
    }
    must(mem_used() == before);
    return 0;
}
