/* SPDX-License-Identifier: MIT
 *
 * See supervisor_loop.h. The loop polls the pidfds of the workers and of the parent, and the
 * connection, on which one call always waits:
 *
 *     WATCH  until there is a backlog: tasks wait and no worker is idle
 *     PAUSE  10 ms, in which the workers may deal with the backlog
 *     CHECK  whether there still is a backlog: if so, start as many workers as there are, and PAUSE
 *
 *     WATCH --backlog--> PAUSE --10 ms--> CHECK --backlog--> PAUSE
 *       ^-----no backlog---'----------------'
 *
 * Each of these calls also ends when a worker has lost its connection, and when the pool is
 * finished. While there are `most` workers, the call does not wait for a backlog. It is cancelled
 * and made anew as soon as there are fewer.
 *
 * The answers come in any order, so the requests are not made as calls (call.h).
 */
#include "supervisor_loop.h"

#include "deadline.h"
#include "message.h"

#include <assert.h>
#include <unistd.h>

enum {
    PAUSE_MS = 10,
    GRACE_MS = 1000, /* for a worker to end by itself */
    FIRST_DELAY_MS = 10,
    LONGEST_DELAY_MS = 1000,
    AGAIN_MS = 100 /* after which a manager without memory is asked again */
};

/* ---- requests ---- */

/* Returns the request's id. */
static uint64_t send_request(struct supervisor *supervisor, Hf__Request *request) {
    struct session *session = supervisor->session;
    request->has_object = request->has_id = true;
    request->object = supervisor->workers.supervisor;
    request->id = session->next_id++;
    hf_status status = message_put_frame(&session->out, &request->base, session->max_frame_bytes);
    if (status == HF_OK) {
        status = session_send(session, supervisor->workers.client);
    }
    supervisor->over = supervisor->over || status != HF_OK;
    return request->id;
}

static void send_wait(struct supervisor *supervisor) {
    assert(supervisor->waiting == 0 && !supervisor->finished);
    const struct workers *workers = &supervisor->workers;
    Hf__Request request = HF__REQUEST__INIT;
    Hf__SupervisorWait op = HF__SUPERVISOR_WAIT__INIT;
    op.has_grow = true;
    op.grow = supervisor->stage != STAGE_PAUSE && workers->count < workers->most;
    supervisor->grows = op.grow;
    request.has_timeout_ms = supervisor->stage != STAGE_CHECK;
    request.timeout_ms = supervisor->stage == STAGE_PAUSE ? PAUSE_MS : -1;
    request.op_case = HF__REQUEST__OP_SUPERVISOR_WAIT;
    request.supervisor_wait = &op;
    supervisor->waiting = send_request(supervisor, &request);
}

/* The answer to the cancel is ignored: the waiting call has an answer in any case. */
static void send_cancel(struct supervisor *supervisor) {
    assert(supervisor->waiting != 0 && !supervisor->grows);
    Hf__Request request = HF__REQUEST__INIT;
    Hf__Cancel op = HF__CANCEL__INIT;
    op.call = supervisor->waiting;
    request.op_case = HF__REQUEST__OP_CANCEL;
    request.cancel = &op;
    supervisor->grows = true;
    (void)send_request(supervisor, &request);
}

static void send_report(struct supervisor *supervisor) {
    assert(supervisor->reporting == 0 && supervisor->ending_count > 0);
    const struct ending *ending = &supervisor->endings[0];
    Hf__Request request = HF__REQUEST__INIT;
    Hf__SupervisorReport op = HF__SUPERVISOR_REPORT__INIT;
    op.number = ending->number;
    op.has_signal = ending->known && ending->code < 0;
    op.signal = -ending->code;
    op.has_exit_code = ending->known && ending->code >= 0;
    op.exit_code = ending->code;
    request.op_case = HF__REQUEST__OP_SUPERVISOR_REPORT;
    request.supervisor_report = &op;
    supervisor->reporting = send_request(supervisor, &request);
}

static void enter_stage(struct supervisor *supervisor, enum supervisor_stage stage) {
    assert(stage != STAGE_CHECK || supervisor->stage == STAGE_PAUSE);
    supervisor->stage = stage;
}

static bool wants_to_wait(const struct supervisor *supervisor) {
    return supervisor->waiting == 0 && !supervisor->finished;
}

/* The waiting call was made when there were `most` workers. Workers below `least` are replaced
 * without it. */
static bool wants_new_wait(const struct supervisor *supervisor) {
    size_t count = supervisor->workers.count;
    return supervisor->waiting != 0 && supervisor->stage == STAGE_WATCH && !supervisor->grows &&
           count < supervisor->workers.most && count >= supervisor->least;
}

static bool wants_to_report(const struct supervisor *supervisor) {
    return supervisor->reporting == 0 && supervisor->ending_count > 0;
}

static void send_requests(struct supervisor *supervisor) {
    if (supervisor->request_ms > deadline_in(0)) {
        return;
    }
    if (wants_to_report(supervisor)) {
        send_report(supervisor);
    }
    if (wants_to_wait(supervisor)) {
        send_wait(supervisor);
    } else if (wants_new_wait(supervisor)) {
        send_cancel(supervisor);
    }
}

/* ---- starting workers ---- */

/* Not before the answers to all reports have told whether the workers had registered. */
static bool may_start(const struct supervisor *supervisor) {
    return !supervisor->finished && supervisor->ending_count == 0 &&
           supervisor->start_ms <= deadline_in(0);
}

static void delay_next_start(struct supervisor *supervisor) {
    int64_t delay_ms = supervisor->delay_ms ? 2 * supervisor->delay_ms : FIRST_DELAY_MS;
    supervisor->delay_ms = delay_ms < LONGEST_DELAY_MS ? delay_ms : LONGEST_DELAY_MS;
    supervisor->start_ms = deadline_in(supervisor->delay_ms);
}

static void start_workers(struct supervisor *supervisor, size_t count, int64_t idle_ms) {
    for (size_t i = 0; i < count && may_start(supervisor); i++) {
        if (workers_add(&supervisor->workers, idle_ms) != HF_OK) {
            delay_next_start(supervisor); /* the system gives no process for now */
        }
    }
}

static size_t missing(const struct supervisor *supervisor) {
    size_t count = supervisor->workers.count;
    return !supervisor->finished && count < supervisor->least ? supervisor->least - count : 0;
}

static void start_for_backlog(struct supervisor *supervisor, uint64_t tasks) {
    const struct workers *workers = &supervisor->workers;
    assert(workers->count <= workers->most);
    size_t room = workers->most - workers->count;
    size_t count = workers->count < room ? workers->count : room;
    start_workers(supervisor, count < tasks ? count : (size_t)tasks, supervisor->idle_ms);
}

/* ---- answers ---- */

static void apply_supervision(struct supervisor *supervisor, const Hf__Supervision *told) {
    bool backlog = told->queued > told->idle;
    for (size_t i = 0; i < told->n_gone; i++) {
        workers_kill_by(&supervisor->workers, &told->gone[i], deadline_in(GRACE_MS));
    }
    if (told->finished && !supervisor->finished) {
        supervisor->finished = true;
        workers_kill_by(&supervisor->workers, NULL, deadline_in(GRACE_MS));
    }
    if (backlog && supervisor->stage == STAGE_CHECK) {
        start_for_backlog(supervisor, told->queued - told->idle);
    }
    enter_stage(supervisor, backlog ? STAGE_PAUSE : STAGE_WATCH);
}

/* Whether the manager had no memory for a request. Then it is made again after AGAIN_MS. */
static bool found_no_memory(struct supervisor *supervisor, const Hf__Reply *reply) {
    bool exhausted = reply->status == HF__STATUS__NO_MEMORY || reply->status == HF__STATUS__LIMIT;
    supervisor->request_ms = exhausted ? deadline_in(AGAIN_MS) : supervisor->request_ms;
    return exhausted;
}

static void settle_wait(struct supervisor *supervisor, const Hf__Reply *reply) {
    supervisor->waiting = 0;
    if (reply->result_case == HF__REPLY__RESULT_SUPERVISION) {
        apply_supervision(supervisor, reply->supervision);
    } else if (reply->status == HF__STATUS__TIMEOUT || reply->status == HF__STATUS__CANCELLED) {
        enter_stage(supervisor, supervisor->stage == STAGE_PAUSE ? STAGE_CHECK : STAGE_WATCH);
    } else if (!found_no_memory(supervisor, reply)) {
        supervisor->over = true;
    }
}

/* If the worker had not registered, the next one may fail, too: it is started later. */
static void settle_report(struct supervisor *supervisor, const Hf__Reply *reply) {
    assert(supervisor->ending_count > 0);
    supervisor->reporting = 0;
    if (found_no_memory(supervisor, reply)) {
        return;
    }
    supervisor->endings[0] = supervisor->endings[--supervisor->ending_count];
    if (reply->result_case == HF__REPLY__RESULT_TRUTH && !reply->truth) {
        delay_next_start(supervisor);
    } else {
        supervisor->delay_ms = 0;
        supervisor->start_ms = 0;
    }
}

static void settle_reply(struct supervisor *supervisor, const Hf__Reply *reply) {
    if (reply->id == 0) {
        supervisor->over = true; /* the manager says why it ends the session */
    } else if (reply->id == supervisor->waiting) {
        settle_wait(supervisor, reply);
    } else if (reply->id == supervisor->reporting) {
        settle_report(supervisor, reply);
    }
}

static hf_status receive_reply(struct supervisor *supervisor) {
    struct session *session = supervisor->session;
    const struct conn_wait at_once = {.deadline_ms = deadline_in(0)};
    struct message message = {NULL, 0};
    struct scratch scratch;
    const Hf__Reply *reply = NULL;
    hf_status status = conn_receive(&session->conn, &session->out, at_once, &message);
    if (status != HF_OK) {
        return status;
    }
    scratch_init(&scratch);
    status = message_decode(&message, &scratch, &reply);
    if (status == HF_OK) {
        settle_reply(supervisor, reply);
    }
    scratch_fini(&scratch);
    return status;
}

static void receive_replies(struct supervisor *supervisor) {
    hf_status status = HF_OK;
    do {
        status = receive_reply(supervisor);
    } while (status == HF_OK && buffer_len(&supervisor->session->conn.in) > 0);
    supervisor->over = supervisor->over || (status != HF_OK && status != HF_TIMEOUT);
}

/* ---- the loop ---- */

static void fetch_ended(struct supervisor *supervisor, const struct pollfd *polls) {
    struct ending ending;
    for (size_t i = supervisor->workers.count; i-- > 0;) {
        bool ended = polls[i].fd < 0 || polls[i].revents;
        if (ended && workers_fetch(&supervisor->workers, i, &ending)) {
            assert(supervisor->ending_count < supervisor->workers.most);
            supervisor->endings[supervisor->ending_count++] = ending;
        }
    }
}

static int64_t earlier_ms(int64_t a_ms, int64_t b_ms) {
    return a_ms < b_ms ? a_ms : b_ms;
}

/* The time at which the loop has something to do even if no event comes. */
static int64_t next_time(struct supervisor *supervisor) {
    int64_t next_ms = workers_kill_due(&supervisor->workers, deadline_in(0));
    if (missing(supervisor) > 0 && supervisor->ending_count == 0) {
        next_ms = earlier_ms(next_ms, supervisor->start_ms);
    }
    if (wants_to_report(supervisor) || wants_to_wait(supervisor) || wants_new_wait(supervisor)) {
        next_ms = earlier_ms(next_ms, supervisor->request_ms);
    }
    return next_ms;
}

static bool parent_has_ended(const struct supervisor *supervisor) {
    const struct pollfd *parent = &supervisor->polls[1];
    return parent->fd < 0 ? getppid() != supervisor->parent : parent->revents != 0;
}

static void poll_once(struct supervisor *supervisor) {
    struct pollfd *polls = supervisor->polls;
    const struct session *session = supervisor->session;
    polls[0].fd = session->conn.socket.fd;
    polls[0].events = buffer_len(&session->out) > 0 ? POLLIN | POLLOUT : POLLIN;
    workers_watch(&supervisor->workers, polls + SUPERVISOR_POLLS);
    int64_t until_ms = next_time(supervisor);
    if (polls[1].fd < 0) {
        until_ms = earlier_ms(until_ms, deadline_in(CHILD_LOOK_MS)); /* without any pidfds */
    }
    if (poll(polls, SUPERVISOR_POLLS + supervisor->workers.count, deadline_poll(until_ms)) < 0) {
        return;
    }
    supervisor->over = supervisor->over || parent_has_ended(supervisor);
    fetch_ended(supervisor, polls + SUPERVISOR_POLLS);
    if (polls[0].revents && !supervisor->over) {
        receive_replies(supervisor);
    }
}

static bool is_needed(const struct supervisor *supervisor) {
    bool done =
        supervisor->finished && supervisor->workers.count == 0 && supervisor->ending_count == 0;
    return !supervisor->over && !done;
}

void supervisor_run(struct supervisor *supervisor) {
    while (is_needed(supervisor)) {
        start_workers(supervisor, missing(supervisor), 0);
        send_requests(supervisor);
        poll_once(supervisor);
    }
}
