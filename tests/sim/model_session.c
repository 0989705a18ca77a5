/* SPDX-License-Identifier: MIT
 *
 * The model's sessions: how they begin and end, and their timeouts.
 */
#include "keep.h"
#include "model.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

enum { LEFT_AT_ONCE = 1024 };

/* ---- answers without a call ---- */

/* Whether the session has this hold, or one party of it. */
static bool has_hold(const struct model_session *session, const uint64_t *party,
                     const struct model_hold *hold) {
    return hold->session->main == session && model_owns(hold->session, hold) &&
           (!party || hold->session->party == *party);
}

static uint32_t count_holds(const struct model *model, const struct model_session *session,
                            const uint64_t *party) {
    uint32_t count = 0;
    for (size_t i = 0; i < model->object_count; i++) {
        const struct model_object *object = model->objects[i];
        for (size_t j = 0; j < object->hold_count && !object->gone; j++) {
            count += has_hold(session, party, &object->holds[j]);
        }
    }
    return count;
}

void model_answer(struct model *model, struct model_session *session, Hf__Reply *reply) {
    assert(model->answer_count < MODEL_ANSWERS_ROOM);
    session = session->main;
    reply->holds_left = count_holds(model, session, NULL);
    reply->has_holds_left = reply->holds_left != session->holds_told;
    session->holds_told = reply->holds_left;
    model->answers[model->answer_count++] = (struct model_answer){session, reply};
}

static void answer_status(struct model *model, struct model_session *session, uint64_t id,
                          hf_status status) {
    Hf__Reply *reply = keep_reply();
    reply->has_id = id != 0;
    reply->id = id;
    reply->status = (Hf__Status)status;
    model_answer(model, session, reply);
}

/* ---- life ---- */

/* NULL: it uses none. */
static struct model_object *used_last(const struct model *model,
                                      const struct model_family *family) {
    struct model_object *last = NULL;
    for (size_t i = 0; i < model->object_count; i++) {
        if (family->uses[i] > (last ? family->uses[last->index] : 0)) {
            last = model->objects[i];
        }
    }
    return last;
}

static struct model_hold *first_hold(struct model *model, const struct model_session *session,
                                     const uint64_t *party, struct model_object **of) {
    struct model_hold *first = NULL;
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *object = model->objects[i];
        for (size_t j = 0; j < object->hold_count; j++) {
            struct model_hold *hold = &object->holds[j];
            if (has_hold(session, party, hold) && (!first || hold->fence < first->fence)) {
                first = hold;
                *of = object;
            }
        }
    }
    return first;
}

/* The oldest first, so many at most. */
static void lose_holds(struct model *model, const struct model_session *session,
                       const uint64_t *party, size_t most, bool in_order) {
    struct model_object *object = NULL;
    struct model_hold *hold = NULL;
    for (size_t i = 0; i < most && (hold = first_hold(model, session, party, &object)); i++) {
        const struct model_session *who = hold->session;
        bool left =
            in_order && object->type->keeps_on_leave && object->type->keeps_on_leave(object);
        if (left) {
            hold->left = ++model->clock;
        } else {
            model_lose(model, object, hold, in_order ? HF__LOSS__LOST_LEFT : HF__LOSS__LOST_DIED);
        }
        model_touch(model, object);
        model_note(model, object, left ? HF__CAUSE__HOLDER_LEFT : HF__CAUSE__HOLDER_DIED, who,
                   NULL);
    }
}

hf_status model_leave_holds(struct model_run *run) {
    const Hf__Leave *in = run->request->leave;
    const uint64_t *party = in->has_party ? &in->party : NULL;
    const struct model_session *session = run->session->main;
    lose_holds(run->model, session, party, LEFT_AT_ONCE, !in->died);
    return model_answer_count(run, count_holds(run->model, session, party));
}

static void family_over(struct model *model, struct model_family *family) {
    struct model_object *object = NULL;
    while ((object = used_last(model, family)) != NULL) {
        model_unuse(model, family, object);
    }
    family->lingers = false;
    family->pinned_until_ms = 0;
    model_wake_off(model, family);
}

void model_pin_over(struct model *model, void *what) {
    for (size_t i = 0; i < model->family_count; i++) {
        if (model->families[i] == what) {
            model->families[i]->pinned_until_ms = 0;
            if (model->families[i]->sessions == 0) {
                family_over(model, what);
            }
            return;
        }
    }
    for (size_t i = 0; i < model->object_count; i++) {
        if (&model->objects[i]->pinned_until_ms == what) {
            model->objects[i]->pinned_until_ms = 0;
            model_list_unreferenced(model);
        }
    }
}

/* Also to what is gone since, if the manager has not noticed. */
static bool has_references(const struct model *model, const struct model_family *family) {
    return used_last(model, family) != NULL;
}

static void family_leave(struct model *model, struct model_session *session) {
    struct model_family *family = session->family;
    session->family = NULL;
    if (!family || --family->sessions > 0) {
        return;
    }
    family->lingers = family->pinned_until_ms > 0 && has_references(model, family);
    if (!family->lingers) {
        family_over(model, family);
    }
}

static bool is_there(const struct model_family *family) {
    return family->sessions > 0 || family->lingers;
}

static void family_join(struct model *model, struct model_session *session, const char *name) {
    struct model_family *family = NULL;
    for (size_t i = 0; i < model->family_count && name; i++) {
        struct model_family *other = model->families[i];
        if (is_there(other) && other->name && strcmp(other->name, name) == 0) {
            family = other;
        }
    }
    if (!family) {
        family = model->families[model->family_count++] = keep(sizeof *family);
        family->name = name;
    }
    family->sessions++;
    family->lingers = false;
    session->family = family;
}

/* Everything that it had goes to others. */
static void session_release(struct model *model, struct model_session *session) {
    for (size_t i = 0; i < model->call_count;) {
        if (model->calls[i].session->main == session) {
            model_lose_call(model, &model->calls[i]);
        } else {
            i++;
        }
    }
    lose_holds(model, session, NULL, SIZE_MAX, false);
    family_leave(model, session);
    model_settle(model);
}

/* The manager ends it. */
static void session_end(struct model *model, struct model_session *session, uint64_t id,
                        hf_status status) {
    answer_status(model, session, id, status);
    session->state = MODEL_OVER;
    session_release(model, session);
}

static size_t count_in_state(const struct model *model, enum model_state state) {
    size_t count = 0;
    for (size_t i = 0; i < model->session_count; i++) {
        count += model->sessions[i]->state == state;
    }
    return count;
}

/* Few sessions may be not welcome yet: the oldest of them makes way. */
static void make_way(struct model *model) {
    size_t oldest = 0;
    while (model->sessions[oldest]->state != MODEL_GREETING) {
        oldest++;
    }
    session_end(model, model->sessions[oldest], 0, HF_OVERRUN);
}

struct model_session *model_join(struct model *model) {
    assert(model->session_count < MODEL_SESSIONS_ROOM);
    if (count_in_state(model, MODEL_GREETING) == MODEL_GREETING_MAX) {
        make_way(model);
    }
    struct model_session *session = keep(sizeof *session);
    session->state = MODEL_GREETING;
    session->opened_ms = model->now_ms;
    session->main = session;
    model->sessions[model->session_count++] = session;
    session->id = model->numbers_above + model->session_count;
    return session;
}

struct model_session *model_party(struct model *model, struct model_session *session,
                                  uint64_t party) {
    for (size_t i = 0; i < model->party_count; i++) {
        if (model->parties[i]->main == session && model->parties[i]->party == party) {
            return model->parties[i];
        }
    }
    if (party == 0) {
        return session;
    }
    assert(model->party_count < MODEL_PARTIES_ROOM && session->state == MODEL_WELCOME);
    struct model_session *made = keep(sizeof *made);
    made->main = session;
    made->party = party;
    made->id = session->id;
    made->label = session->label;
    made->pid = session->pid;
    made->tid = session->tid;
    model->parties[model->party_count++] = made;
    return made;
}

void model_leave(struct model *model, struct model_session *session) {
    assert(session->state != MODEL_CLOSED);
    bool over = session->state == MODEL_OVER;
    session->state = MODEL_CLOSED;
    if (!over) {
        session_release(model, session);
    }
}

size_t model_open_sessions(const struct model *model) {
    size_t count = 0;
    for (size_t i = 0; i < model->session_count; i++) {
        count += model->sessions[i]->state <= MODEL_WELCOME;
    }
    return count;
}

/* ---- what comes in ---- */

static void welcome(struct model *model, struct model_session *session, uint64_t id,
                    const Hf__Hello *hello) {
    Hf__Reply *reply = keep_reply();
    Hf__Welcome *in = keep(sizeof *in);
    if (count_in_state(model, MODEL_WELCOME) == MODEL_SESSIONS_MAX) {
        session_end(model, session, id, id == 0 ? HF_OVERRUN : HF_LIMIT);
        return;
    }
    family_join(model, session,
                hello->has_family
                    ? keep_string("%.*s", (int)hello->family.len, (const char *)hello->family.data)
                    : NULL);
    hf__welcome__init(in);
    in->version = HF_PROTOCOL_VERSION;
    in->session = session->id;
    in->has_max_frame_bytes = in->has_max_depth = true;
    in->max_frame_bytes = HF_FRAME_MAX_BYTES;
    in->max_depth = HF_VALUE_MAX_DEPTH;
    in->has_first_id = true;
    in->first_id = model->first_id;
    reply->has_id = true;
    reply->id = id;
    reply->result_case = HF__REPLY__RESULT_WELCOME;
    reply->welcome = in;
    session->label = keep_string("%s", hello->label ? hello->label : "");
    session->pid = hello->pid;
    session->tid = hello->tid;
    session->state = MODEL_WELCOME;
    if (id != 0) {
        model_answer(model, session, reply);
    }
}

static void introduce(struct model *model, struct model_session *session,
                      const Hf__Request *request) {
    const Hf__Hello *hello = request->op_case == HF__REQUEST__OP_HELLO ? request->hello : NULL;
    if (hello && hello->version != HF_PROTOCOL_VERSION) {
        session_end(model, session, request->id, HF_VERSION);
    } else if (!hello || (hello->has_family && hello->family.len != HF_FAMILY_BYTES)) {
        session_end(model, session, request->id, HF_PROTOCOL);
    } else {
        welcome(model, session, request->id, request->hello);
    }
}

void model_serve(struct model *model, struct model_session *session, Hf__Request *request) {
    if (session->state == MODEL_GREETING) {
        introduce(model, session, request);
    } else if (session->state == MODEL_WELCOME) {
        if (request->has_seq && request->seq <= session->last_seq) {
            answer_status(model, session, request->id, HF_INVALID);
            return;
        }
        session->last_seq = request->has_seq ? request->seq : session->last_seq;
        model_call(model, session, request);
    }
}

void model_refuse(struct model *model, struct model_session *session, uint64_t id, bool fatal) {
    if (session->state >= MODEL_OVER) {
        return;
    }
    if (fatal || session->state == MODEL_GREETING) {
        session_end(model, session, id, HF_PROTOCOL);
    } else {
        answer_status(model, session, id, HF_INVALID);
    }
}

/* ---- time ---- */

void model_pass(struct model *model, int64_t ms) {
    model->now_ms += ms;
    model_expire(model);
    for (size_t i = 0; i < model->session_count; i++) {
        struct model_session *session = model->sessions[i];
        if (session->state == MODEL_GREETING &&
            session->opened_ms + MODEL_HELLO_MS <= model->now_ms) {
            session_end(model, session, 0, HF_OVERRUN);
        }
    }
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t model_next_deadline(const struct model *model) {
    int64_t next_ms = -1;
    for (size_t i = 0; i < model->call_count; i++) {
        next_ms = earlier(next_ms, model->calls[i].due_ms);
    }
    for (size_t i = 0; i < model->wake_count; i++) {
        bool over = model->wakes[i].lease && !model_leased(&model->wakes[i]);
        next_ms = earlier(next_ms, over ? -1 : model->wakes[i].due_ms);
    }
    for (size_t i = 0; i < model->session_count; i++) {
        if (model->sessions[i]->state == MODEL_GREETING) {
            next_ms = earlier(next_ms, model->sessions[i]->opened_ms + MODEL_HELLO_MS);
        }
    }
    return next_ms;
}

static struct model_call *any_call(struct model *model, const struct model_session *session) {
    for (size_t i = 0; i < model->call_count; i++) {
        if (model->calls[i].session->main == session) {
            return &model->calls[i];
        }
    }
    return NULL;
}

/* Waiting calls are answered before any session ends. */
void model_drain(struct model *model) {
    for (size_t i = 0; i < model->session_count; i++) {
        struct model_call *call = NULL;
        while ((call = any_call(model, model->sessions[i])) != NULL) {
            model_finish_call(model, call, HF_DRAINING);
        }
        model_settle(model);
    }
    for (size_t i = 0; i < model->session_count; i++) {
        if (model->sessions[i]->state <= MODEL_WELCOME) {
            session_end(model, model->sessions[i], 0, HF_DRAINING);
        }
    }
}
