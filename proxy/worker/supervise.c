/* SPDX-License-Identifier: MIT
 *
 * See supervise.h. The loop polls the pidfds of the workers and of the process it is there for, and
 * the connection, on which one call always waits:
 *
 *     WATCH  until tasks wait and no worker is idle (or until something else is to be done)
 *     PAUSE  10 ms: it may pass by itself
 *     LOOK   whether it is still so: then as many workers again as there are, and PAUSE
 *
 * While there are as many workers as there may be, it does not wait for tasks. That is cancelled
 * as soon as there are fewer.
 *
 * As requests and their answers go past each other here, they are not made as calls (call.h).
 */
#include "supervise.h"

#include "deadline.h"
#include "message.h"

enum {
    PAUSE_MS = 10,
    GRACE_MS = 1000, /* for a worker that should end by itself */
    FIRST_DELAY_MS = 10,
    LONGEST_DELAY_MS = 1000,
    AGAIN_MS = 100 /* for a manager without memory */
};

/* ---- requests ---- */

/* Returns the request's id. */
static uint64_t send_request(struct supervisor *supervisor, Hf__Request *request) {
    struct session *session = supervisor->session;
    request->has_object = request->has_id = true;
    request->object = supervisor->id;
    request->id = session->next_id++;
    hf_status status = message_put_frame(&session->out, &request->base, session->max_frame_bytes);
    if (status == HF_OK) {
        status = session_send(session, supervisor->client);
    }
    supervisor->over = supervisor->over || status != HF_OK;
    return request->id;
}

static void wait_on(struct supervisor *supervisor) {
    const struct crew *crew = &supervisor->crew;
    Hf__Request request = HF__REQUEST__INIT;
    Hf__SupervisorWait op = HF__SUPERVISOR_WAIT__INIT;
    op.has_grow = true;
    op.grow = supervisor->stage != PAUSE && crew->count < crew->most;
    supervisor->grows = op.grow;
    request.has_timeout_ms = supervisor->stage != LOOK;
    request.timeout_ms = supervisor->stage == PAUSE ? PAUSE_MS : -1;
    request.op_case = HF__REQUEST__OP_SUPERVISOR_WAIT;
    request.supervisor_wait = &op;
    supervisor->waiting = send_request(supervisor, &request);
}

/* Its answer is of no account: the call that waits has one in any case. */
static void wait_anew(struct supervisor *supervisor) {
    Hf__Request request = HF__REQUEST__INIT;
    Hf__Cancel op = HF__CANCEL__INIT;
    op.call = supervisor->waiting;
    request.op_case = HF__REQUEST__OP_CANCEL;
    request.cancel = &op;
    supervisor->grows = true;
    (void)send_request(supervisor, &request);
}

static void report(struct supervisor *supervisor) {
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

static bool wants_to_wait(const struct supervisor *supervisor) {
    return supervisor->waiting == 0 && !supervisor->finished;
}

/* The call that waits was made when there were as many workers as there may be. Those that are
 * missing are replaced in any case. */
static bool wants_to_wait_anew(const struct supervisor *supervisor) {
    size_t count = supervisor->crew.count;
    return supervisor->waiting != 0 && supervisor->stage == WATCH && !supervisor->grows &&
           count < supervisor->crew.most && count >= supervisor->least;
}

static bool wants_to_report(const struct supervisor *supervisor) {
    return supervisor->reporting == 0 && supervisor->ending_count > 0;
}

static void send_requests(struct supervisor *supervisor) {
    if (supervisor->request_ms > deadline_in(0)) {
        return;
    }
    if (wants_to_report(supervisor)) {
        report(supervisor);
    }
    if (wants_to_wait(supervisor)) {
        wait_on(supervisor);
    } else if (wants_to_wait_anew(supervisor)) {
        wait_anew(supervisor);
    }
}

/* ---- births ---- */

/* Not before it is known whether those that have ended had come to anything. */
static bool may_add(const struct supervisor *supervisor) {
    return !supervisor->finished && supervisor->ending_count == 0 &&
           supervisor->birth_ms <= deadline_in(0);
}

static void put_off(struct supervisor *supervisor) {
    int64_t delay_ms = supervisor->delay_ms ? 2 * supervisor->delay_ms : FIRST_DELAY_MS;
    supervisor->delay_ms = delay_ms < LONGEST_DELAY_MS ? delay_ms : LONGEST_DELAY_MS;
    supervisor->birth_ms = deadline_in(supervisor->delay_ms);
}

static void add(struct supervisor *supervisor, size_t count, int64_t idle_ms) {
    for (size_t i = 0; i < count && may_add(supervisor); i++) {
        if (crew_add(&supervisor->crew, idle_ms) != HF_OK) {
            put_off(supervisor); /* the system has no process left to give, for now */
        }
    }
}

static size_t missing(const struct supervisor *supervisor) {
    size_t count = supervisor->crew.count;
    return !supervisor->finished && count < supervisor->least ? supervisor->least - count : 0;
}

static void grow(struct supervisor *supervisor, uint64_t tasks) {
    const struct crew *crew = &supervisor->crew;
    size_t room = crew->most - crew->count;
    size_t count = crew->count < room ? crew->count : room;
    add(supervisor, count < tasks ? count : (size_t)tasks, supervisor->idle_ms);
}

/* ---- answers ---- */

static void heed(struct supervisor *supervisor, const Hf__Supervision *told) {
    bool backlog = told->queued > told->idle;
    for (size_t i = 0; i < told->n_gone; i++) {
        crew_doom(&supervisor->crew, told->gone[i], deadline_in(GRACE_MS));
    }
    if (told->finished && !supervisor->finished) {
        supervisor->finished = true;
        crew_doom_all(&supervisor->crew, deadline_in(GRACE_MS));
    }
    if (backlog && supervisor->stage == LOOK) {
        grow(supervisor, told->queued - told->idle);
    }
    supervisor->stage = backlog ? PAUSE : WATCH;
}

/* Whether the manager had no memory for a request, which is to be made again in a while. */
static bool found_no_memory(struct supervisor *supervisor, const Hf__Reply *reply) {
    bool exhausted = reply->status == HF__STATUS__NO_MEMORY || reply->status == HF__STATUS__LIMIT;
    supervisor->request_ms = exhausted ? deadline_in(AGAIN_MS) : supervisor->request_ms;
    return exhausted;
}

static void settle_wait(struct supervisor *supervisor, const Hf__Reply *reply) {
    supervisor->waiting = 0;
    if (reply->result_case == HF__REPLY__RESULT_SUPERVISION) {
        heed(supervisor, reply->supervision);
    } else if (reply->status == HF__STATUS__TIMEOUT || reply->status == HF__STATUS__CANCELLED) {
        supervisor->stage = supervisor->stage == PAUSE ? LOOK : WATCH;
    } else if (!found_no_memory(supervisor, reply)) {
        supervisor->over = true;
    }
}

/* A worker that had registered has worked; one that had not would not the next time either. */
static void settle_report(struct supervisor *supervisor, const Hf__Reply *reply) {
    supervisor->reporting = 0;
    if (found_no_memory(supervisor, reply)) {
        return;
    }
    supervisor->endings[0] = supervisor->endings[--supervisor->ending_count];
    if (reply->result_case == HF__REPLY__RESULT_TRUTH && !reply->truth) {
        put_off(supervisor);
    } else {
        supervisor->delay_ms = 0;
        supervisor->birth_ms = 0;
    }
}

static void settle(struct supervisor *supervisor, const Hf__Reply *reply) {
    if (reply->id == 0) {
        supervisor->over = true; /* the manager's last words */
    } else if (reply->id == supervisor->waiting) {
        settle_wait(supervisor, reply);
    } else if (reply->id == supervisor->reporting) {
        settle_report(supervisor, reply);
    }
}

static hf_status receive_one(struct supervisor *supervisor) {
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
        settle(supervisor, reply);
    }
    scratch_fini(&scratch);
    return status;
}

static void receive(struct supervisor *supervisor) {
    hf_status status = HF_OK;
    do {
        status = receive_one(supervisor);
    } while (status == HF_OK && buffer_len(&supervisor->session->conn.in) > 0);
    supervisor->over = supervisor->over || (status != HF_OK && status != HF_TIMEOUT);
}

/* ---- the loop ---- */

static void fetch_ended(struct supervisor *supervisor, const struct pollfd *polls) {
    struct ending ending;
    for (size_t i = supervisor->crew.count; i-- > 0;) {
        if (polls[i].revents && crew_fetch(&supervisor->crew, i, &ending)) {
            supervisor->endings[supervisor->ending_count++] = ending;
        }
    }
}

static int64_t earlier(int64_t a_ms, int64_t b_ms) {
    return a_ms < b_ms ? a_ms : b_ms;
}

/* When there is something to be done again, whatever happens. */
static int64_t next_ms(struct supervisor *supervisor) {
    int64_t next_ms = crew_kill_due(&supervisor->crew, deadline_in(0));
    if (missing(supervisor) > 0 && supervisor->ending_count == 0) {
        next_ms = earlier(next_ms, supervisor->birth_ms);
    }
    if (wants_to_report(supervisor) || wants_to_wait(supervisor) ||
        wants_to_wait_anew(supervisor)) {
        next_ms = earlier(next_ms, supervisor->request_ms);
    }
    return next_ms;
}

static void turn(struct supervisor *supervisor) {
    struct pollfd *polls = supervisor->polls;
    const struct session *session = supervisor->session;
    polls[0].fd = session->conn.socket.fd;
    polls[0].events = buffer_len(&session->out) > 0 ? POLLIN | POLLOUT : POLLIN;
    crew_watch(&supervisor->crew, polls + SUPERVISE_POLLS);
    int ready =
        poll(polls, SUPERVISE_POLLS + supervisor->crew.count, deadline_poll(next_ms(supervisor)));
    if (ready <= 0) {
        return;
    }
    supervisor->over = supervisor->over || polls[1].revents;
    fetch_ended(supervisor, polls + SUPERVISE_POLLS);
    if (polls[0].revents && !supervisor->over) {
        receive(supervisor);
    }
}

static bool goes_on(const struct supervisor *supervisor) {
    bool done =
        supervisor->finished && supervisor->crew.count == 0 && supervisor->ending_count == 0;
    return !supervisor->over && !done;
}

void supervise(struct supervisor *supervisor) {
    while (goes_on(supervisor)) {
        add(supervisor, missing(supervisor), 0);
        send_requests(supervisor);
        turn(supervisor);
    }
}
