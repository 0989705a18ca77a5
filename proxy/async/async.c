/* SPDX-License-Identifier: MIT
 *
 * See <holdfast/async.h>. A group is in one place at a time: open, while its calls are collected;
 * queued, until it can be sent; under way, in `flights`; over, until its completion is told;
 * untaken, until hf_async_next() asks for it; spare.
 *
 * Completions are told in hf_async_process() only. A group that ends elsewhere goes to `over`, and
 * the waker is set, so that the loop comes.
 */
#include "cancel.h"
#include "channel.h"
#include "deadline.h"
#include "detail.h"
#include "flights.h"
#include "group.h"
#include "reopen.h"
#include "reserved.h"
#include "spin.h"

#include <assert.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    IN_FLIGHT_DEFAULT = 1024,
    UNSENT_BYTES_DEFAULT = 16 * 1024 * 1024,
    PUT_MAX_BYTES = 1024 * 1024,  /* that the socket has not taken; the rest stays queued */
    READ_MAX_BYTES = 1024 * 1024, /* in one hf_async_process() */
    SPARES_MAX = 256
};

/* A loss of the connection that was not told yet. */
struct loss {
    hf_status status; /* HF_OK: none */
    bool held;
    char detail[HF_DETAIL_MAX_BYTES + 1];
};

struct hf_async {
    struct channel channel;
    hf_async_options options;

    struct group *open;
    struct groups queued;
    struct flights flights;
    struct groups over;
    struct groups untaken;
    struct group *taken; /* by hf_async_next(), which the program looks at */
    struct groups spares;
    size_t spare_count;

    size_t calls;        /* of all groups that were submitted and not told */
    size_t queued_bytes; /* of their frames */
    int64_t heard_ms;    /* when bytes have passed last */
    int64_t due_ms;      /* no group under way is due earlier */
    bool reopens;        /* objects for the first group that is queued */
    struct reopening reopening;

    hf_status refusal; /* of hf_async_begin(), for the hf_async_submit() that follows */
    struct spin spin;
    struct loss loss;
    bool owes;       /* holds were lost and nobody was told: the next group is */
    bool processing; /* in hf_async_process() */
    bool closing;    /* hf_async_free() was called */
};

/* ---- groups ---- */

static struct group *group_get(struct hf_async *async) {
    struct group *group = groups_take(&async->spares);
    if (!group) {
        return group_new();
    }
    async->spare_count--;
    return group;
}

static void group_put_back(struct hf_async *async, struct group *group) {
    if (async->spare_count == SPARES_MAX) {
        group_free(group);
        return;
    }
    group_clear(group);
    groups_push(&async->spares, group);
    async->spare_count++;
}

static void free_groups(struct groups *groups) {
    for (struct group *group = NULL; (group = groups_take(groups));) {
        group_free(group);
    }
}

/* Let the loop call hf_async_process(), which itself looks at its end whether it must come again.
 * */
static void call_loop(struct hf_async *async) {
    if (!async->processing) {
        waker_wake_at(&async->channel.waker, 1); /* a time that has passed */
    }
}

static void end_group(struct hf_async *async, struct group *group) {
    assert(group->unsettled == 0);
    groups_append(&async->over, group);
    call_loop(async);
}

static struct group *take_queued(struct hf_async *async) {
    struct group *group = groups_take(&async->queued);
    if (group) {
        assert(async->queued_bytes >= buffer_len(&group->frames));
        async->queued_bytes -= buffer_len(&group->frames);
    }
    return group;
}

static void queue_group(struct hf_async *async, struct group *group) {
    async->queued_bytes += buffer_len(&group->frames);
    groups_append(&async->queued, group);
}

static void fail_queued(struct hf_async *async, hf_status status) {
    for (struct group *group = NULL; (group = take_queued(async));) {
        group_fail(group, status);
        end_group(async, group);
    }
}

static void fail_flights(struct hf_async *async, hf_status status) {
    size_t at = 0;
    for (struct group *group = NULL; (group = flights_next(&async->flights, &at));) {
        flights_remove(&async->flights, group_id(group));
        group_fail(group, status);
        end_group(async, group);
    }
}

/* ---- the connection is lost ---- */

static void end_reopening(struct hf_async *async) {
    if (async->reopens) {
        reopening_end(&async->reopening);
        async->reopens = false;
    }
}

static void drop_connection(struct hf_async *async) {
    end_reopening(async);
    channel_drop(&async->channel);
    buffer_clear(&async->channel.session->out);
    async->due_ms = DEADLINE_NEVER;
}

/* hf_last_detail() says why. The program has submitted these groups without knowing of the loss: if
 * anything was under way or held, they must not be done without that. */
static void lose(struct hf_async *async, hf_status status) {
    bool held = session_loses(async->channel.session) != NULL;
    bool told = async->flights.count > 0 || (held && async->queued.first);
    struct loss *loss = &async->loss;
    loss->status = status;
    loss->held = held;
    (void)snprintf(loss->detail, sizeof loss->detail, "%s", hf_last_detail());
    drop_connection(async);
    fail_flights(async, status);
    if (told) {
        fail_queued(async, HF_DISCONNECTED);
    }
    async->owes = held && !told;
    call_loop(async);
}

/* ---- sending ---- */

static void note_due(struct hf_async *async, int64_t due_ms) {
    async->due_ms = due_ms < async->due_ms ? due_ms : async->due_ms;
}

static bool must_renew(const struct hf_async *async, const struct group *group) {
    uint64_t run = async->channel.session->first_id;
    return group->oldest < run && group->renewed != run && (group->run == 0 || group->run == run) &&
           async->channel.client->openings;
}

/* Put the next request that opens an object again, for the first group that is queued; when there
 * is none left, the group has its new ids. */
static void go_on_reopening(struct hf_async *async) {
    struct session *session = async->channel.session;
    struct group *group = async->queued.first;
    if (group && reopening_next(&async->reopening, &group->frames)) {
        const struct buffer *request = &async->reopening.out;
        if (buffer_append(&session->out, buffer_front(request), buffer_len(request))) {
            note_due(async, deadline_in(async->channel.client->answer_timeout_ms));
            return;
        }
    }
    if (group) {
        async->queued_bytes -= buffer_len(&group->frames);
        reopening_renew(&async->reopening, &group->frames, &group->former);
        async->queued_bytes += buffer_len(&group->frames);
        group->renewed = session->first_id;
    }
    end_reopening(async);
}

static void begin_reopening(struct hf_async *async, struct group *group) {
    if (group->renewed) { /* in a run that is over */
        async->queued_bytes -= buffer_len(&group->frames);
        buffer_fini(&group->frames);
        group->frames = group->former;
        group->former = (struct buffer){NULL, 0, 0, 0};
        async->queued_bytes += buffer_len(&group->frames);
        group->renewed = 0;
    }
    reopen_forget(async->channel.session);
    async->reopening =
        (struct reopening){.session = async->channel.session, .client = async->channel.client};
    async->reopens = true;
    go_on_reopening(async);
}

/* Append the first group that is queued to what is to be sent. Returns false if it has ended. */
static bool put_group(struct hf_async *async, struct group *group) {
    struct session *session = async->channel.session;
    hf_status status = message_check_frames(&group->frames, session->max_frame_bytes);
    if (status == HF_OK &&
        (!flights_reserve(&async->flights) ||
         !buffer_append(&session->out, buffer_front(&group->frames), buffer_len(&group->frames)))) {
        status = detail_set(HF_NO_MEMORY, "no memory to send a group");
    }
    (void)take_queued(async);
    if (status != HF_OK) {
        group_fail(group, status);
        end_group(async, group);
        return false;
    }
    flights_add(&async->flights, group_id(group), group);
    return true;
}

/* Put as many groups as may be sent now. */
static void put_groups(struct hf_async *async, struct groups *put) {
    struct group *group = NULL;
    while (!async->reopens && (group = async->queued.first) &&
           buffer_len(&async->channel.session->out) < PUT_MAX_BYTES) {
        if (must_renew(async, group)) {
            begin_reopening(async, group);
        } else if (put_group(async, group)) {
            groups_append(put, group);
        }
    }
}

/* Nothing of these groups was sent, and nothing else was under way: they are sent by the next
 * connection. */
static void put_back_groups(struct hf_async *async, struct groups *put) {
    struct groups behind = async->queued;
    async->queued = (struct groups){NULL, NULL};
    for (struct group *group = NULL; (group = groups_take(put));) {
        flights_remove(&async->flights, group_id(group));
        queue_group(async, group);
    }
    groups_move(&async->queued, &behind);
}

static void note_sent(struct hf_async *async, struct groups *put) {
    int64_t wait_ms = -1; /* of the group before: most have the same, so the clock is read once */
    int64_t due_ms = DEADLINE_NEVER;
    for (struct group *group = NULL; (group = groups_take(put));) {
        if (group->wait_ms != wait_ms) {
            wait_ms = group->wait_ms;
            due_ms = deadline_in(wait_ms);
            note_due(async, due_ms);
        }
        group->due_ms = due_ms;
        buffer_clear(&group->frames);
    }
}

/* Before anything is sent: the number of its descriptor may be that of another file by now. */
static bool looks_lost(const struct hf_async *async, bool quiet) {
    const struct session *session = async->channel.session;
    if (!async->queued.first && buffer_len(&session->out) == 0) {
        return false;
    }
    return quiet ? conn_looks_dead(&session->conn, !session_loses(session))
                 : !sockets_is_open(&session->conn.socket);
}

static void flush(struct hf_async *async) {
    struct session *session = async->channel.session;
    struct groups put = {NULL, NULL};
    if (async->channel.state != CHANNEL_READY) {
        return;
    }
    bool quiet = async->flights.count == 0 && buffer_len(&session->out) == 0 && !async->reopens;
    if (looks_lost(async, quiet)) {
        lose(async, detail_set(HF_DISCONNECTED, "the connection to %s was lost",
                               async->channel.client->address.text));
        return;
    }
    put_groups(async, &put);
    size_t len = buffer_len(&session->out);
    conn_send(&session->conn, &session->out);
    size_t left = buffer_len(&session->out);
    if (session->conn.send_failed && quiet && left == len && put.first) {
        put_back_groups(async, &put);
        lose(async, detail_set(HF_DISCONNECTED, "the connection to %s was lost",
                               async->channel.client->address.text));
        return;
    }
    if (left < len) {
        async->heard_ms = deadline_in(0);
    }
    note_sent(async, &put);
    channel_watch(&async->channel, left > 0 && !session->conn.send_failed);
    waker_wake_at(&async->channel.waker, async->due_ms);
}

/* ---- receiving ---- */

static bool is_fatal(const struct group *group) {
    const struct exchange *exchange = &group->exchange;
    return exchange->failed < exchange->count &&
           hf_status_is_fatal(exchange->entries[exchange->failed].status);
}

static hf_status take_message(struct hf_async *async, const struct message *message) {
    uint64_t id = call_id_of(message);
    if (async->reopens && id == async->reopening.call_id) {
        hf_status status = reopening_take(&async->reopening, message);
        if (status == HF_OK) {
            go_on_reopening(async);
        }
        return status;
    }
    struct group *group = flights_find(&async->flights, id);
    if (!group) {
        return call_refuse(message);
    }
    hf_status status = group_take(group, message);
    if (status == HF_OK && is_fatal(group)) {
        status = HF_DISCONNECTED;
    }
    if (status == HF_OK && group->unsettled == 0) {
        flights_remove(&async->flights, group_id(group));
        end_group(async, group);
    }
    return status;
}

/* Returns HF_OK: there may be more; HF_TIMEOUT: all was read; a fatal status. */
static hf_status receive(struct hf_async *async) {
    struct conn *conn = &async->channel.session->conn;
    size_t read_bytes = 0;
    bool all = false; /* the last recv() has left room */
    for (;;) {
        struct message message = {NULL, 0};
        hf_status status = conn_next(conn, &message);
        if (status == HF_OK) {
            status = take_message(async, &message);
        } else if (status == HF_TIMEOUT && !all && read_bytes < READ_MAX_BYTES) {
            size_t had = buffer_len(&conn->in);
            status = conn_read(conn);
            read_bytes += buffer_len(&conn->in) - had;
            all = conn->in.end < conn->in.capacity;
            async->heard_ms = status == HF_OK ? deadline_in(0) : async->heard_ms;
        } else if (status == HF_TIMEOUT && !all) {
            return HF_OK;
        }
        if (status != HF_OK) {
            return status;
        }
    }
}

/* When the manager must have answered: bytes that have passed give it more time. */
static int64_t due_of(const struct hf_async *async, int64_t due_ms) {
    int64_t silence_ms = async->channel.client->answer_timeout_ms;
    int64_t silent_ms = silence_ms < 0 ? DEADLINE_NEVER : async->heard_ms + silence_ms;
    return due_ms > silent_ms ? due_ms : silent_ms;
}

/* The earliest deadline has passed, and all messages that have come were read: look at all. */
static void check_deadlines(struct hf_async *async) {
    int64_t due_ms = async->reopens ? due_of(async, 0) : DEADLINE_NEVER;
    size_t at = 0;
    for (struct group *group = NULL; (group = flights_next(&async->flights, &at));) {
        int64_t group_due_ms = due_of(async, group->due_ms);
        due_ms = group_due_ms < due_ms ? group_due_ms : due_ms;
    }
    async->due_ms = due_ms;
    if (deadline_left(due_ms) == 0) {
        lose(async,
             detail_set(HF_DISCONNECTED, "no answer from %s in time: the connection was closed",
                        async->channel.client->address.text));
    }
}

/* ---- the loop's turn ---- */

static void connect_and_receive(struct hf_async *async) {
    struct channel *channel = &async->channel;
    hf_status status = HF_TIMEOUT;
    if (channel->state == CHANNEL_IDLE && async->queued.first) {
        channel_connect(channel);
    }
    if (channel->state != CHANNEL_IDLE && channel->state != CHANNEL_READY) {
        status = channel_go_on(channel);
        async->heard_ms = deadline_in(0);
        if (status != HF_OK && status != HF_TIMEOUT) {
            fail_queued(async, status);
        }
    } else if (channel->state == CHANNEL_READY) {
        status = receive(async);
        if (status != HF_OK && status != HF_TIMEOUT) {
            lose(async, status);
        } else if (status == HF_TIMEOUT && deadline_left(async->due_ms) == 0) {
            check_deadlines(async);
        }
    }
    flush(async);
}

/* Outside of hf_async_process(): send now, and begin to connect. */
static void advance(struct hf_async *async) {
    if (async->channel.state == CHANNEL_IDLE && async->queued.first) {
        connect_and_receive(async);
    } else {
        flush(async);
    }
}

static void tell_loss(struct hf_async *async) {
    struct loss loss = async->loss;
    async->loss.status = HF_OK;
    if (loss.status != HF_OK && async->options.lost && !async->closing) {
        async->options.lost(async, loss.status, loss.detail, loss.held, async->options.lost_data);
    }
}

/* Tell what is over by now, not what the callbacks end. If one has forked, the others are told in
 * the parent only. Returns how many. */
static size_t tell(struct hf_async *async, unsigned generation) {
    struct groups over = async->over;
    struct group *group = NULL;
    size_t told = 0;
    async->over = (struct groups){NULL, NULL};
    for (; fork_generation() == generation && (group = groups_take(&over)); told++) {
        hf_completion completion;
        if (!group->done) {
            groups_append(&async->untaken, group);
            continue;
        }
        async->calls -= group_calls(group);
        group_complete(group, &completion);
        if (!group_is_plain(group)) {
            group->done(async, &completion);
            group_put_back(async, group);
            continue;
        }
        /* What the callback submits has the memory that is in the cache. */
        hf_async_done *done = group->done;
        hf_status status = completion.status;
        completion.statuses = &status;
        group_put_back(async, group);
        done(async, &completion);
    }
    free_groups(&over);
    return told;
}

/* In a forked child all groups are the parent's. */
static void forget_groups(struct hf_async *async) {
    size_t at = 0;
    for (struct group *group = NULL; (group = flights_next(&async->flights, &at));) {
        flights_remove(&async->flights, group_id(group));
        group_free(group);
    }
    group_free(async->open);
    group_free(async->taken);
    free_groups(&async->queued);
    free_groups(&async->over);
    free_groups(&async->untaken);
    async->open = async->taken = NULL;
    async->calls = async->queued_bytes = 0;
    async->loss.status = HF_OK;
    async->owes = false;
}

static void refresh(struct hf_async *async) {
    enum channel_news news = channel_refresh(&async->channel);
    if (news == CHANNEL_INHERITED) {
        end_reopening(async);
        buffer_clear(&async->channel.session->out);
        forget_groups(async);
        if (async->channel.session->thread) { /* it was collecting a group */
            session_exit(async->channel.session);
        }
    } else if (news == CHANNEL_CLOSED) {
        lose(async, detail_set(HF_DISCONNECTED, "the program has closed the connection to %s",
                               async->channel.client->address.text));
    }
}

static bool is_orphaned(const struct hf_async *async) {
    return async->channel.session->orphaned;
}

/* In a callback, hf_async_process() has done so, and flush() looks again before it sends. */
static void refresh_outside(struct hf_async *async) {
    if (!async->processing) {
        int before = cancel_off();
        refresh(async);
        cancel_restore(before);
    }
}

/* The first thing in a forked child, whatever the program calls. */
static void forget_if_forked(struct hf_async *async) {
    if (session_is_inherited(async->channel.session) && !is_orphaned(async)) {
        int before = cancel_off();
        refresh(async);
        cancel_restore(before);
    }
}

static void destroy(struct hf_async *async) {
    (void)detail_set(HF_DISCONNECTED, "hf_async_free() has closed the connection");
    drop_connection(async);
    fail_flights(async, HF_DISCONNECTED);
    fail_queued(async, HF_DISCONNECTED);
    (void)tell(async, fork_generation());
    forget_groups(async);
    free_groups(&async->spares);
    flights_fini(&async->flights);
    channel_fini(&async->channel);
    free(async);
}

/* Whether it can be used: its client is there, and no calls are being collected for it. */
static bool is_usable(const struct hf_async *async) {
    return !is_orphaned(async) && !async->channel.session->thread && !async->closing;
}

/* After callbacks, which do what they like: whether it is as it was. */
static bool goes_on(const struct hf_async *async) {
    return !async->closing && !is_orphaned(async) && !session_is_inherited(async->channel.session);
}

/* Send what was submitted, and look for answers for a while before the loop sleeps. */
static bool answers_come(struct hf_async *async, int64_t until_ns) {
    advance(async);
    int64_t now_ns = deadline_now_ns();
    bool may_come = async->channel.state == CHANNEL_READY && async->flights.count > 0 &&
                    !async->over.first && now_ns < until_ns;
    if (!may_come) {
        return false;
    }
    hf_status status = HF_TIMEOUT;
    bool again = spin_begin(&async->spin, now_ns);
    while (status == HF_TIMEOUT && again && now_ns < until_ns) {
        (void)sched_yield();
        status = conn_read(&async->channel.session->conn);
        now_ns = deadline_now_ns();
        again = spin_again(&async->spin, now_ns);
    }
    spin_end(&async->spin, status != HF_TIMEOUT);
    if (status == HF_OK) {
        async->heard_ms = deadline_in(0);
    } else if (status != HF_TIMEOUT) { /* the kernel tells this only once */
        lose(async, status);
    }
    return status != HF_TIMEOUT;
}

/* Callbacks do what they like: fork, free it, free its client. */
static void end_turn(struct hf_async *async) {
    forget_if_forked(async);
    if (async->closing) {
        destroy(async);
        return;
    }
    if (!is_orphaned(async)) {
        advance(async);
    }
    async->processing = false;
    if (async->over.first || async->loss.status != HF_OK ||
        (async->channel.state == CHANNEL_IDLE && async->queued.first)) {
        call_loop(async);
    }
}

size_t hf_async_process(hf_async *async) {
    forget_if_forked(async);
    if (!is_usable(async) || async->processing) {
        return 0;
    }
    int before = cancel_off();
    async->processing = true;
    refresh(async);
    (void)waker_went_off(&async->channel.waker);
    size_t told = 0;
    int64_t until_ns = async->spin.limit_ns > 0 ? deadline_now_ns() + async->spin.limit_ns : 0;
    do {
        connect_and_receive(async);
        unsigned generation = fork_generation();
        tell_loss(async);
        told += tell(async, generation);
    } while (until_ns > 0 && goes_on(async) && answers_come(async, until_ns));
    end_turn(async);
    cancel_restore(before);
    return told;
}

/* ---- the program's side ---- */

static hf_status async_new(hf_client *client, const hf_async_options *options, hf_async **made) {
    hf_async *async = calloc(1, sizeof *async);
    if (!async) {
        return detail_set(HF_NO_MEMORY, "no memory for an asynchronous connection");
    }
    hf_status status = options ? reserved_check(options) : HF_OK;
    status = status == HF_OK ? channel_init(&async->channel, client) : status;
    if (status != HF_OK) {
        free(async);
        return status;
    }
    async->options = options ? *options : (hf_async_options){.lost = NULL};
    if (async->options.max_in_flight == 0) {
        async->options.max_in_flight = IN_FLIGHT_DEFAULT;
    }
    if (async->options.max_unsent_bytes == 0) {
        async->options.max_unsent_bytes = UNSENT_BYTES_DEFAULT;
    }
    int64_t spin_us = async->options.spin_us < SPIN_MAX_US ? async->options.spin_us : SPIN_MAX_US;
    async->spin.limit_ns = spin_us > 0 ? spin_us * 1000 : 0;
    async->due_ms = DEADLINE_NEVER;
    *made = async;
    return HF_OK;
}

hf_status hf_async_new(hf_client *client, const hf_async_options *options, hf_async **async) {
    detail_clear();
    if (!client) {
        return detail_set(HF_INVALID, "there is no client");
    }
    int before = cancel_off();
    hf_status status = async_new(client, options, async);
    cancel_restore(before);
    return status;
}

void hf_async_free(hf_async *async) {
    if (!async || async->closing) {
        return;
    }
    int before = cancel_off();
    hf_async_abandon(async);
    async->closing = true;
    if (!async->processing) {
        async->processing = true;
        destroy(async);
    }
    cancel_restore(before);
}

int hf_async_fd(hf_async *async) {
    if (!is_orphaned(async)) {
        refresh(async);
    }
    return async->channel.waker.epoll_fd;
}

size_t hf_async_wait(hf_async *async, int64_t timeout_ms) {
    struct pollfd poll_fd = {hf_async_fd(async), POLLIN, 0};
    if (!is_usable(async) || async->processing || async->calls == 0 || async->untaken.first) {
        return 0;
    }
    (void)poll(&poll_fd, 1, deadline_poll(deadline_in(timeout_ms)));
    return hf_async_process(async);
}

static hf_status check_room(const struct hf_async *async) {
    size_t unsent = async->queued_bytes + buffer_len(&async->channel.session->out);
    if (async->calls >= async->options.max_in_flight) {
        return detail_set(HF_LIMIT, "%zu calls are in flight, as many as max_in_flight allows",
                          async->calls);
    }
    if (unsent >= async->options.max_unsent_bytes) {
        return detail_set(HF_LIMIT,
                          "%zu bytes are not sent yet, as many as max_unsent_bytes allows", unsent);
    }
    return HF_OK;
}

static hf_status open_group(struct hf_async *async, hf_async_sort sort) {
    static const enum purpose purposes[] = {[HF_ASYNC_CALLS] = PIPELINE,
                                            [HF_ASYNC_BATCH] = BATCH,
                                            [HF_ASYNC_ATOMIC] = BATCH,
                                            [HF_ASYNC_WAIT_ANY] = WAIT_ANY};
    struct session *session = async->channel.session;
    if ((size_t)sort >= sizeof purposes / sizeof *purposes) {
        return detail_set(HF_INVALID, "there is no sort of group with the number %d", (int)sort);
    }
    struct group *group = group_get(async);
    if (!group) {
        return detail_set(HF_NO_MEMORY, "no memory for a group of calls");
    }
    session->spare = group->collection;
    group->collection = NULL;
    hf_status status = pipeline_begin(session, purposes[sort], sort == HF_ASYNC_ATOMIC);
    if (status == HF_OK && !session_enter(session)) {
        status = HF_NO_MEMORY;
    }
    if (status != HF_OK) {
        pipeline_forget(session);
        group_free(group);
        return status;
    }
    async->open = group;
    return HF_OK;
}

hf_status hf_async_begin(hf_async *async, hf_async_sort sort) {
    detail_clear();
    forget_if_forked(async);
    hf_status status = HF_OK;
    if (is_orphaned(async) || async->closing) {
        status = detail_set(HF_INVALID, "the client or the asynchronous connection was freed");
    } else if (async->channel.session->thread) {
        status = detail_set(HF_INVALID, "calls are being collected for it already");
    } else {
        refresh_outside(async);
        status = check_room(async);
        status = status == HF_OK ? open_group(async, sort) : status;
    }
    async->refusal = status;
    return status;
}

/* Take what was collected out of the session. NULL: nothing was begun. */
static struct group *close_group(struct hf_async *async, struct collection **collection) {
    struct session *session = async->channel.session;
    struct group *group = async->open;
    async->open = NULL;
    *collection = session->collection;
    session->collection = NULL;
    if (session->thread) {
        session_exit(session);
    }
    if (group && !*collection) { /* hf_pipeline_abandon() */
        group_put_back(async, group);
        return NULL;
    }
    return group;
}

static void submit_group(struct hf_async *async, struct group *group) {
    async->calls += group_calls(group);
    if (async->owes) {
        async->owes = false;
        group_fail(group, detail_set(HF_DISCONNECTED,
                                     "the connection to %s was lost, and with it all that was held",
                                     async->channel.client->address.text));
        end_group(async, group);
        return;
    }
    queue_group(async, group);
    if (async->options.lazy) {
        call_loop(async);
    } else if (!async->processing) {
        int before = cancel_off();
        advance(async);
        cancel_restore(before);
    }
}

hf_status hf_async_submit(hf_async *async, int64_t timeout_ms, hf_async_done *done, void *data,
                          uint64_t *id) {
    struct collection *collection = NULL;
    if (async->refusal != HF_OK) {
        hf_status refusal = async->refusal;
        async->refusal = HF_OK;
        return refusal;
    }
    forget_if_forked(async);
    struct group *group = close_group(async, &collection);
    if (!group) {
        return detail_set(HF_INVALID, "no group was begun");
    }
    hf_status status = group_make(group, async->channel.session, collection, timeout_ms);
    if (status == HF_OK) {
        group->done = done;
        group->data = data;
        if (id) {
            *id = group_id(group);
        }
        detail_clear();
        submit_group(async, group);
    } else {
        group_put_back(async, group);
    }
    return status;
}

void hf_async_abandon(hf_async *async) {
    struct collection *collection = NULL;
    forget_if_forked(async);
    struct group *group = close_group(async, &collection);
    async->refusal = HF_OK;
    if (group) {
        group->collection = collection;
        group_put_back(async, group);
    }
}

void hf_async_flush(hf_async *async) {
    if (is_usable(async) && !async->processing) {
        int before = cancel_off();
        refresh(async);
        advance(async);
        cancel_restore(before);
    }
}

/* ---- cancelling ---- */

/* Take the group with this id out of those that are queued; NULL: it is not there. */
static struct group *unqueue(struct hf_async *async, uint64_t id) {
    struct groups kept = {NULL, NULL};
    struct group *found = NULL;
    if (async->queued.first && group_id(async->queued.first) == id && async->reopens) {
        async->reopening.at = 0; /* what was opened again is for the next group */
    }
    for (struct group *group = NULL; (group = groups_take(&async->queued));) {
        if (group_id(group) == id) {
            async->queued_bytes -= buffer_len(&group->frames);
            found = group;
        } else {
            groups_append(&kept, group);
        }
    }
    async->queued = kept;
    return found;
}

static hf_status cancel_group(struct hf_async *async, uint64_t id) {
    struct group *group = flights_find(&async->flights, id);
    if (group && group_id(group) == id) {
        hf_status status = call_put_cancels(&group->exchange);
        if (status == HF_OK && !group->collection->patient) {
            int64_t due_ms = deadline_in(async->channel.client->answer_timeout_ms);
            group->due_ms = due_ms < group->due_ms ? due_ms : group->due_ms;
            note_due(async, group->due_ms);
        }
        if (status == HF_OK && !async->processing) {
            flush(async);
        }
        return status;
    }
    group = unqueue(async, id);
    if (!group) {
        return detail_set(HF_INVALID, "no group with this id is in flight");
    }
    group_fail(group, detail_set(HF_CANCELLED, "it was cancelled before it was sent"));
    end_group(async, group);
    return HF_OK;
}

hf_status hf_async_cancel(hf_async *async, uint64_t id) {
    detail_clear();
    if (is_orphaned(async) || async->closing) {
        return detail_set(HF_INVALID, "the client or the asynchronous connection was freed");
    }
    int before = cancel_off();
    refresh(async);
    hf_status status = cancel_group(async, id);
    cancel_restore(before);
    return status;
}

/* ---- completions that nobody is called for ---- */

bool hf_async_next(hf_async *async, hf_completion *completion) {
    forget_if_forked(async);
    if (async->taken) {
        group_put_back(async, async->taken);
    }
    struct group *group = async->taken = groups_take(&async->untaken);
    if (group) {
        async->calls -= group_calls(group);
        group_complete(group, completion);
    }
    return group != NULL;
}

size_t hf_async_in_flight(const hf_async *async) {
    return session_is_inherited(async->channel.session) ? 0 : async->calls;
}

void hf_async_party(hf_async *async, uint64_t party) {
    async->channel.session->party = party;
}

void hf_async_guard(hf_async *async, hf_lock lock, uint64_t fence) {
    async->channel.session->guard_lock = lock.id;
    async->channel.session->guard_fence = fence;
}
