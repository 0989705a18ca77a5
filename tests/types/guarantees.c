/* SPDX-License-Identifier: MIT
 *
 * See guarantees.h.
 */
#include "guarantees.h"

struct four four_join(struct world *world) {
    struct four f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.cyd = world_join(f.world, "cyd");
    f.dan = world_join(f.world, "dan");
    return f;
}

Hf__Reply *done(struct peer *peer, Hf__Request request) {
    Hf__Reply *reply = ask(peer, request);
    assert_status(reply, HF_OK);
    return reply;
}

uint64_t must_wait(struct peer *peer, Hf__Request request) {
    uint64_t id = peer_send(peer, waiting(request, -1));
    assert_true(unanswered(peer, id));
    return id;
}

static const Hf__Grant *grant_with(struct peer *peer, uint64_t id, hf_status status) {
    assert_ended(peer, id, status);
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    return reply->grant;
}

const Hf__Grant *granted(struct peer *peer, uint64_t id) {
    const Hf__Grant *grant = grant_with(peer, id, HF_OK);
    assert_null(grant->died);
    return grant;
}

const Hf__Grant *granted_after(const char *died, struct peer *peer, uint64_t id) {
    const Hf__Grant *grant = grant_with(peer, id, HF_OWNER_DIED);
    assert_non_null(grant->died);
    assert_string_equal(grant->died->label, died);
    return grant;
}

void assert_ended(struct peer *peer, uint64_t id, hf_status status) {
    assert_status(peer_reply(peer, id), status);
}

Hf__Request guarded_by(Hf__Guard *guard, Hf__Request request) {
    request.guard = guard;
    return request;
}

Hf__Guard guard_of(uint64_t lock, uint64_t fence) {
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = lock;
    guard.fence = fence;
    return guard;
}
