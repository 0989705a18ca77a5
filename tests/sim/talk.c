/* SPDX-License-Identifier: MIT
 *
 * See talk.h.
 */
#include "talk.h"

#include "frame.h"
#include "history.h"
#include "keep.h"
#include "wire_limits.h"
#include "words.h"

#include <string.h>

enum { PIPELINE_MOST = 4 };

static struct frame pack(Hf__Request *request) {
    size_t len = hf__request__get_packed_size(request);
    struct frame frame = {.request = request, .len = HF_FRAME_HEADER_BYTES + len};
    frame.bytes = keep(frame.len);
    frame_put_header(frame.bytes, (uint32_t)len);
    hf__request__pack(request, frame.bytes + HF_FRAME_HEADER_BYTES);
    return frame;
}

/* The bytes go first, so that what the manager does is seen before the model says what it must. */
static void send(struct driver *driver, size_t at, struct frame *frames, size_t count) {
    char text[WORDS_BYTES];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += frames[i].len - frames[i].sent;
    }
    uint8_t *bytes = keep(len);
    len = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(bytes + len, frames[i].bytes + frames[i].sent, frames[i].len - frames[i].sent);
        len += frames[i].len - frames[i].sent;
        history_tell("session %zu sends %s", at + 1, words_of(&frames[i].request->base, text));
    }
    peer_send_bytes(driver->check.peers[at], bytes, len);
    for (size_t i = 0; i < count; i++) {
        model_serve(driver->model, driver->model->sessions[at], frames[i].request);
    }
}

void talk_ask(struct driver *driver, size_t at, Hf__Request request) {
    request.has_id = true;
    request.id = driver->check.peers[at]->next_id++;
    struct frame frame = pack(keep_request(&request));
    send(driver, at, &frame, 1);
}

/* A hello without an id gets no reply, as any request. */
void talk_greet(struct driver *driver, size_t at) {
    bool wrong = dice_chance(&driver->dice, 3);
    Hf__Request hello =
        REQUEST(0, hello, .version = wrong ? 2 : 1, .label = keep_string("worker %zu", at + 1),
                .has_pid = true, .pid = 1000 + at, .has_tid = dice_chance(&driver->dice, 50),
                .tid = 5000 + at);
    if (at > 0 && dice_chance(&driver->dice, 60)) { /* the auditor shares nothing */
        hello.hello->has_family = true;
        hello.hello->family.data =
            (uint8_t *)keep_string("family number %u", (unsigned)dice_roll(&driver->dice, 2) + 10);
        hello.hello->family.len = HF_FAMILY_BYTES - dice_chance(&driver->dice, 1);
    }
    if (dice_chance(&driver->dice, 90)) {
        talk_ask(driver, at, hello);
    } else {
        struct frame frame = pack(keep_request(&hello));
        send(driver, at, &frame, 1);
    }
}

/* A session that opens an object wants to know its id, so the request has to have one. */
static bool opens(const Hf__Request *request) {
    const struct model_type *type = NULL;
    const struct model_op *op = model_find_op(request->op_case, &type);
    for (size_t i = 0; op && op->tag == HF__REQUEST__OP_BATCH && i < request->batch->n_requests;
         i++) {
        if (opens(request->batch->requests[i])) {
            return true;
        }
    }
    return op && op->flags & MODEL_OPENS;
}

/* For ever, or not so long; many of them end at the same time. */
static int64_t random_timeout(struct dice *dice) {
    if (dice_chance(dice, 35)) {
        return -1;
    }
    return (int64_t)(dice_chance(dice, 70) ? 20 * (1 + dice_roll(dice, 5)) : dice_roll(dice, 120));
}

static struct frame make_frame(struct driver *driver, size_t at) {
    struct dice *dice = &driver->dice;
    struct maker *maker = &driver->maker;
    struct model_session *session = driver->model->sessions[at];
    bool for_party = session->state == MODEL_WELCOME && dice_chance(dice, 25);
    uint64_t party = for_party ? dice_roll(dice, MAKER_PARTIES + 1) : 0;
    maker->session = model_party(driver->model, session, party);
    maker_make(maker);
    maker_guard(maker, maker->made);
    maker_expect(maker, maker->made);
    Hf__Request *request = maker->made;
    request->has_party = for_party;
    request->party = party;
    request->has_id = opens(request) || !dice_chance(dice, 5);
    request->id = request->has_id ? driver->check.peers[at]->next_id++ : 0;
    request->has_timeout_ms = !dice_chance(dice, 20);
    request->timeout_ms = request->has_timeout_ms ? random_timeout(dice) : 0;
    if (request->has_id && dice_chance(dice, 5)) {
        request->has_seq = true;
        request->seq = session->last_seq + dice_roll(dice, 4);
    }
    return pack(request);
}

void talk_freely(struct driver *driver, size_t at) {
    struct frame frames[PIPELINE_MOST];
    size_t count = dice_chance(&driver->dice, 90) ? 1 : 1 + dice_roll(&driver->dice, PIPELINE_MOST);
    for (size_t i = 0; i < count; i++) {
        frames[i] = make_frame(driver, at);
    }
    send(driver, at, frames, count);
}

void talk_half(struct driver *driver, size_t at) {
    struct frame frame = make_frame(driver, at);
    frame.sent = 1 + dice_roll(&driver->dice, frame.len - 1);
    history_tell("session %zu sends %zu of %zu bytes", at + 1, frame.sent, frame.len);
    peer_send_bytes(driver->check.peers[at], frame.bytes, frame.sent);
    driver->partial[at] = frame;
}

void talk_rest(struct driver *driver, size_t at) {
    struct frame frame = driver->partial[at];
    driver->partial[at] = (struct frame){0};
    send(driver, at, &frame, 1);
}

void talk_rubbish(struct driver *driver, size_t at) {
    static const uint8_t too_long[] = {0xff, 0xff, 0xff, 0xff};
    static const uint8_t no_message[] = {0, 0, 0, 3, 0xff, 0xff, 0xff};
    struct peer *peer = driver->check.peers[at];
    uint8_t id = (uint8_t)(1 + (peer->next_id++ % 127));               /* of one byte, and not 0 */
    const uint8_t lacking[] = {0, 0, 0, 5, 1 << 3, id, 0xea, 0x12, 0}; /* put, but no value */
    switch (dice_roll(&driver->dice, 4)) {
    case 0:
        peer_send_bytes(peer, too_long, sizeof too_long);
        history_tell("session %zu sends a header for too long a frame", at + 1);
        model_refuse(driver->model, driver->model->sessions[at], 0, true);
        break;
    case 1:
        peer_send_bytes(peer, no_message, sizeof no_message);
        history_tell("session %zu sends a frame that is no message", at + 1);
        model_refuse(driver->model, driver->model->sessions[at], 0, true);
        break;
    default:
        peer_send_bytes(peer, lacking, sizeof lacking);
        history_tell("session %zu sends %u: a queue_put without a value", at + 1, id);
        model_refuse(driver->model, driver->model->sessions[at], id, false);
        break;
    }
}
