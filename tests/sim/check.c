/* SPDX-License-Identifier: MIT
 *
 * See check.h.
 */
#include "check.h"

#include "expect.h"
#include "history.h"
#include "keep.h"
#include "words.h"

/* The reply to this request among those not compared yet, moved to their front. */
static Hf__Reply *take_reply(struct check *check, size_t at, const Hf__Reply *wanted) {
    struct peer *peer = check->peers[at];
    for (size_t i = check->seen[at]; i < peer->reply_count; i++) {
        Hf__Reply *reply = peer->replies[i];
        if (reply->id == wanted->id) {
            peer->replies[i] = peer->replies[check->seen[at]];
            peer->replies[check->seen[at]++] = reply;
            return reply;
        }
    }
    return NULL;
}

static void check_answer(struct check *check, const struct model_answer *answer) {
    char wanted[WORDS_BYTES];
    char got[WORDS_BYTES];
    size_t at = (size_t)(answer->session->id - check->model->numbers_above) - 1;
    Hf__Reply *reply = take_reply(check, at, answer->reply);
    if (!reply) {
        history_fail("session %zu should be answered %s", at + 1,
                     words_of(&answer->reply->base, wanted));
    }
    bool same = expect_same(check->model, answer->reply, reply);
    history_tell("session %zu is answered %s", at + 1, words_of(&reply->base, got));
    if (!same) {
        history_fail("session %zu should be answered %s, not %s", at + 1,
                     words_of(&answer->reply->base, wanted), got);
    }
}

static void check_nothing_else(const struct check *check) {
    char got[WORDS_BYTES];
    for (size_t i = 0; i < check->model->session_count; i++) {
        const struct peer *peer = check->peers[i];
        if (check->seen[i] < peer->reply_count) {
            history_fail("session %zu should not be answered %s", i + 1,
                         words_of(&peer->replies[check->seen[i]]->base, got));
        }
    }
}

static void check_sessions(const struct check *check) {
    size_t open = 0;
    for (size_t i = 0; i < check->model->session_count; i++) {
        enum model_state state = check->model->sessions[i]->state;
        open += state != MODEL_CLOSED;
        if (state != MODEL_CLOSED && check->peers[i]->over != (state == MODEL_OVER)) {
            history_fail("session %zu should%s be over", i + 1, state == MODEL_OVER ? "" : " not");
        }
    }
    if (core_session_count(world_core(check->world)) != open) {
        history_fail("there should be %zu sessions, not %zu", open,
                     core_session_count(world_core(check->world)));
    }
}

static void check_deadline(const struct check *check) {
    int64_t due_ms = core_tick(world_core(check->world), world_now(check->world));
    int64_t wanted_ms = model_next_deadline(check->model);
    if (due_ms != wanted_ms) {
        history_fail("the next deadline should be %lld, not %lld", (long long)wanted_ms,
                     (long long)due_ms);
    }
}

/* ---- what needs no model ---- */

/* Fences only grow: whatever has just been granted is newer than what was granted before. */
static void check_fence(const struct check *check, const Hf__Grant *grant, uint64_t *newest) {
    if (grant->depth == 1 && grant->fence <= check->fence) {
        history_fail("fence %llu is not newer than %llu", (unsigned long long)grant->fence,
                     (unsigned long long)check->fence);
    }
    *newest = grant->fence > *newest ? grant->fence : *newest;
}

static void check_grant(const struct check *check, const Hf__Reply *reply, uint64_t *newest) {
    if (reply->result_case == HF__REPLY__RESULT_REPLIES) {
        for (size_t i = 0; i < reply->replies->n_replies; i++) {
            check_grant(check, reply->replies->replies[i], newest);
        }
    } else if (reply->result_case == HF__REPLY__RESULT_FIRST) {
        check_grant(check, reply->first->reply, newest);
    } else if (reply->result_case == HF__REPLY__RESULT_GRANTS) {
        for (size_t i = 0; i < reply->grants->n_grants; i++) {
            check_fence(check, reply->grants->grants[i], newest);
        }
    } else if (hf_ok((hf_status)reply->status) && reply->result_case == HF__REPLY__RESULT_GRANT) {
        check_fence(check, reply->grant, newest); /* one that is refused is told of what it has */
    }
}

static void check_fences(struct check *check) {
    uint64_t newest = check->fence;
    for (size_t i = 0; i < check->model->session_count; i++) {
        for (size_t j = check->seen[i]; j < check->peers[i]->reply_count; j++) {
            check_grant(check, check->peers[i]->replies[j], &newest);
        }
    }
    check->fence = newest;
}

/* Every holder in a reply is a session that is there, or is marked as dead. */
static void check_holders(const struct check *check) {
    for (size_t i = 0; i < check->model->session_count; i++) {
        for (size_t j = check->seen[i]; j < check->peers[i]->reply_count; j++) {
            const Hf__Reply *reply = check->peers[i]->replies[j];
            bool described = reply->result_case == HF__REPLY__RESULT_DESCRIPTION;
            for (size_t k = 0; described && k < reply->description->n_holders; k++) {
                const Hf__Holder *holder = reply->description->holders[k];
                const struct peer *peer =
                    check->peers[holder->session - check->model->numbers_above - 1];
                if (!holder->dead && !holder->left && (!peer->session || peer->over)) {
                    history_fail("session %llu is over but holds object %llu",
                                 (unsigned long long)holder->session,
                                 (unsigned long long)reply->description->id);
                }
            }
        }
    }
}

/* Every byte of the replies counts for the digest, except the memory in use, which depends on
 * malloc. */
static void digest_replies(const struct check *check) {
    for (size_t i = 0; i < check->model->session_count; i++) {
        for (size_t j = check->seen[i]; j < check->peers[i]->reply_count; j++) {
            const Hf__Reply *reply = check->peers[i]->replies[j];
            if (reply->result_case == HF__REPLY__RESULT_STATISTICS) {
                reply->statistics->has_memory_bytes = false;
            }
            uint8_t *packed = keep(hf__reply__get_packed_size(reply));
            history_mix(packed, hf__reply__pack(reply, packed));
        }
    }
}

void check_step(struct check *check) {
    struct model *model = check->model;
    digest_replies(check);
    if (*model->in_doubt) {
        return;
    }
    check_fences(check);
    check_holders(check);
    for (size_t i = 0; i < model->answer_count; i++) {
        check_answer(check, &model->answers[i]);
    }
    model->answer_count = 0;
    check_nothing_else(check);
    if (model->broken) {
        history_fail("%s", model->broken);
    }
    check_sessions(check);
    check_deadline(check);
}
