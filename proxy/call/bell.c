/* SPDX-License-Identifier: MIT
 *
 * See bell.h. bells_ring() may call only functions that are async-signal-safe.
 */
#include "bell.h"

#include "cancel.h"
#include "deadline.h"
#include "encode.h"
#include "frame.h"
#include "holdfast.pb-c.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    HOOK_NAP_MS = 100,
    SLEEP_MAX_MS = 3600 * 1000, /* longer waits wake up in between */
    YIELDS_MAX = 100,
    PAUSE_NS = 50000
};

enum bell_state { BELL_QUIET, BELL_ASLEEP, BELL_CLAIMED };

enum bell_wait { WAITS_NOT, WAITS_FOR_CALL, WAITS_FOR_PEER, WAITS_HERE };

struct bell {
    struct bell *next;
    struct bells *bells;
    atomic_bool used;
    atomic_int tid;
    atomic_uint generation;
    atomic_uint_fast64_t alone; /* interrupts of this thread alone */
    atomic_uint state;          /* enum bell_state, which guards all below */

    unsigned sessions;   /* of the thread, that have it */
    uint64_t seen;       /* interrupts of all threads that it has noticed */
    uint64_t seen_alone; /* and its own */
    enum bell_wait wait;
    bool hooked;  /* the hook ends its wait */
    bool cancels; /* it has asked for the end of its wait */
    uint64_t call;
    int64_t cut_ms;
    int64_t rung_ms; /* when this wait was interrupted first; 0: never */
    sem_t *sem;      /* by which it sleeps when it waits here; else by the socket */
    int fd;
    struct file_id file;
    bool may_send;
};

struct bells {
    atomic_size_t users; /* clients, and bells that are used */
    atomic_uint_fast64_t count;
    _Atomic(struct bell *) first;
    struct bell_hook hook;

    /* The first thread of a process may be interrupted before it has made a call. */
    atomic_uint generation;         /* of forks, to which `inherited` belongs */
    atomic_uint_fast64_t inherited; /* `count` when the process began */
    atomic_uint joined;             /* 1 + the generation in which its first thread has a bell */
};

/* ---- life ---- */

struct bells *bells_new(struct bell_hook hook) {
    struct bells *bells = calloc(1, sizeof *bells);
    if (bells) {
        atomic_init(&bells->users, 1);
        atomic_init(&bells->generation, fork_generation());
        bells->hook = hook;
    }
    return bells;
}

struct bells *bells_share(struct bells *bells) {
    size_t users = atomic_fetch_add_explicit(&bells->users, 1, memory_order_relaxed);
    assert(users > 0);
    (void)users;
    return bells;
}

void bells_drop(struct bells *bells) {
    if (!bells || atomic_fetch_sub_explicit(&bells->users, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (struct bell *bell = atomic_load(&bells->first), *next = NULL; bell; bell = next) {
        assert(!atomic_load(&bell->used));
        next = bell->next;
        free(bell);
    }
    free(bells);
}

/* A bell that no thread uses, or a new one. */
static struct bell *find_unused(struct bells *bells) {
    struct bell *bell = atomic_load(&bells->first);
    for (bool used = false; bell; bell = bell->next, used = false) {
        if (atomic_compare_exchange_strong(&bell->used, &used, true)) {
            return bell;
        }
    }
    bell = calloc(1, sizeof *bell);
    if (bell) {
        bell->bells = bells;
        atomic_init(&bell->used, true);
        bell->next = atomic_load(&bells->first);
        while (!atomic_compare_exchange_weak(&bells->first, &bell->next, bell)) {
        }
    }
    return bell;
}

static void bell_set_owner(struct bell *bell) {
    atomic_store(&bell->generation, fork_generation());
    atomic_store(&bell->tid, (int)syscall(SYS_gettid));
    atomic_store(&bell->state, BELL_QUIET);
}

/* Interrupts of before are not for the thread, unless it is its process's first one, and they came
 * since the process began. */
static void begin_to_listen(struct bell *bell) {
    struct bells *bells = bell->bells;
    unsigned generation = fork_generation();
    bool is_first = atomic_load(&bell->tid) == (int)getpid();
    bell_answer(bell);
    if (is_first && atomic_load(&bells->joined) != generation + 1) {
        atomic_store(&bells->joined, generation + 1);
        if (atomic_load(&bells->generation) == generation) {
            bell->seen = atomic_load(&bells->inherited);
        }
    }
}

struct bell *bell_take(struct bells *bells) {
    struct bell *bell = find_unused(bells);
    if (!bell) {
        return NULL;
    }
    (void)bells_share(bells);
    bell->sessions = 1;
    bell->wait = WAITS_NOT;
    bell_set_owner(bell);
    begin_to_listen(bell);
    return bell;
}

struct bell *bell_share(struct bell *bell) {
    assert(bell->sessions > 0);
    bell->sessions++;
    return bell;
}

void bell_leave(struct bell *bell) {
    if (!bell) {
        return;
    }
    assert(bell->sessions > 0 && atomic_load(&bell->state) == BELL_QUIET);
    if (--bell->sessions == 0) {
        struct bells *bells = bell->bells;
        atomic_store(&bell->tid, 0);
        atomic_store(&bell->used, false);
        bells_drop(bells);
    }
}

bool bell_is_of(const struct bell *bell, const struct bells *bells) {
    return bell && bell->bells == bells;
}

void bell_renew(struct bell *bell) {
    if (bell) {
        bell->wait = WAITS_NOT;
        bell_set_owner(bell);
        begin_to_listen(bell);
    }
}

/* ---- the thread ---- */

static void begin_wait(struct bell *bell, enum bell_wait wait) {
    assert(atomic_load_explicit(&bell->state, memory_order_relaxed) == BELL_QUIET);
    bell->wait = wait;
    bell->hooked = false;
    bell->cancels = false;
    bell->rung_ms = 0;
    bell->cut_ms = 0;
}

void bell_wait_for_call(struct bell *bell, uint64_t call, int64_t cut_ms) {
    if (!bell) {
        return;
    }
    if (bell->wait != WAITS_FOR_CALL) {
        begin_wait(bell, WAITS_FOR_CALL);
    }
    bell->call = call;
    bell->cut_ms = cut_ms;
}

void bell_wait_for_peer(struct bell *bell) {
    if (bell) {
        begin_wait(bell, WAITS_FOR_PEER);
    }
}

void bell_rest(struct bell *bell) {
    if (bell) {
        bell_wake(bell);
        bell->wait = WAITS_NOT;
    }
}

void bell_end(struct bell *bell, bool cancelled, bool lost) {
    if (bell) {
        assert(atomic_load_explicit(&bell->state, memory_order_relaxed) == BELL_QUIET);
        bool rung = bell->wait == WAITS_FOR_CALL && bell->rung_ms != 0;
        bell_rest(bell);
        if (cancelled || (lost && rung)) {
            bell_answer(bell);
        }
    }
}

static bool is_interrupted(const struct bell *bell) {
    return atomic_load(&bell->bells->count) != bell->seen ||
           atomic_load(&bell->alone) != bell->seen_alone;
}

bool bell_rings(const struct bell *bell) {
    return bell && bell->wait != WAITS_NOT && !bell->cancels &&
           (bell->hooked || is_interrupted(bell));
}

bool bell_connects(const struct bell *bell) {
    return bell && bell->wait == WAITS_FOR_PEER;
}

void bell_note_cancel(struct bell *bell) {
    if (bell) {
        bell->cancels = true;
        bell->rung_ms = bell->rung_ms ? bell->rung_ms : deadline_now_ns() / 1000000;
    }
}

void bell_answer(struct bell *bell) {
    if (bell) {
        bell->seen = atomic_load(&bell->bells->count);
        bell->seen_alone = atomic_load(&bell->alone);
    }
}

/* Say that the thread is asleep, and look then. */
static bool fall_asleep(struct bell *bell) {
    atomic_store(&bell->state, BELL_ASLEEP);
    bool rings = bell_rings(bell);
    if (rings) {
        bell_wake(bell);
    }
    return rings;
}

bool bell_sleep(struct bell *bell, const struct tracked_socket *socket, bool may_send) {
    if (!bell || bell->wait == WAITS_NOT) {
        return false;
    }
    bell->fd = socket->fd;
    bell->file = socket->file;
    bell->may_send = may_send;
    return fall_asleep(bell);
}

/* An interrupter needs a few microseconds, unless it has lost its CPU to this thread. */
static void await_interrupter(struct bell *bell) {
    unsigned expected = BELL_ASLEEP;
    int before = cancel_off();
    for (unsigned i = 0; !atomic_compare_exchange_strong(&bell->state, &expected, BELL_QUIET);
         i++) {
        if (i < YIELDS_MAX) {
            (void)sched_yield();
        } else {
            (void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
        }
        expected = BELL_ASLEEP;
    }
    cancel_restore(before);
}

void bell_wake(struct bell *bell) {
    unsigned expected = BELL_ASLEEP;
    if (bell && !atomic_compare_exchange_strong(&bell->state, &expected, BELL_QUIET) &&
        expected == BELL_CLAIMED) {
        await_interrupter(bell);
    }
}

int64_t bell_nap_ms(const struct bell *bell) {
    bool asks = bell && bell->bells->hook.interrupted && bell->wait != WAITS_NOT;
    return asks ? HOOK_NAP_MS : -1;
}

/* Whether an interrupt at this time comes so long after the first one that the connection ends. */
static bool is_late(const struct bell *bell, int64_t now_ms) {
    return bell->cut_ms >= 0 && now_ms - bell->rung_ms >= bell->cut_ms;
}

/* The hook says once more that the wait is to end. */
static void insist(const struct bell *bell) {
    if (is_late(bell, deadline_now_ns() / 1000000) && descriptor_is(bell->fd, &bell->file)) {
        (void)shutdown(bell->fd, SHUT_RDWR);
    }
}

bool bell_ask(struct bell *bell) {
    if (bell_nap_ms(bell) < 0) {
        return false;
    }
    assert(atomic_load_explicit(&bell->state, memory_order_relaxed) == BELL_QUIET);
    const struct bell_hook *hook = &bell->bells->hook;
    bool hooked = hook->interrupted(hook->data);
    if (hooked && bell->cancels) {
        insist(bell);
    }
    bell->hooked = bell->hooked || hooked;
    return bell->hooked && !bell->cancels;
}

/* ---- waits in this process ---- */

/* Returns whether it was posted. The thread sanitizer does not see what a thread does after it was
 * cancelled in sem_wait(). */
static bool sem_sleep(sem_t *sem, int64_t deadline_ms) {
#ifdef __GLIBC__
    const struct timespec due = {.tv_sec = (time_t)(deadline_ms / 1000),
                                 .tv_nsec = (long)(deadline_ms % 1000) * 1000000};
    return sem_clockwait(sem, CLOCK_MONOTONIC, &due) == 0;
#else /* by the clock of the wall, which somebody may set; the caller looks at its deadline again */
    struct timespec due;
    (void)clock_gettime(CLOCK_REALTIME, &due);
    const int64_t left_ms = deadline_left(deadline_ms);
    due.tv_sec += (time_t)(left_ms / 1000);
    due.tv_nsec += (long)(left_ms % 1000) * 1000000;
    due.tv_sec += due.tv_nsec / 1000000000;
    due.tv_nsec %= 1000000000;
    return sem_timedwait(sem, &due) == 0;
#endif
}

static void end_await(void *argument) {
    bell_rest(argument);
}

static hf_status await_once(struct bell *bell, sem_t *sem, int64_t deadline_ms) {
    if (bell && fall_asleep(bell)) {
        return HF_CANCELLED;
    }
    int64_t nap_ms = bell_nap_ms(bell);
    int64_t awake_ms = deadline_in(nap_ms < 0 ? SLEEP_MAX_MS : nap_ms);
    bool posted = sem_sleep(sem, awake_ms < deadline_ms ? awake_ms : deadline_ms);
    bell_wake(bell);
    return bell_rings(bell) || (!posted && bell_ask(bell)) ? HF_CANCELLED
           : posted                                        ? HF_OK
                                                           : HF_TIMEOUT;
}

hf_status bell_await(struct bell *bell, sem_t *sem, int64_t deadline_ms) {
    hf_status status = HF_TIMEOUT;
    if (bell) {
        begin_wait(bell, WAITS_HERE);
        bell->sem = sem;
    }
    pthread_cleanup_push(end_await, bell);
    do {
        status = await_once(bell, sem, deadline_ms);
    } while (status == HF_TIMEOUT && deadline_left(deadline_ms) > 0);
    pthread_cleanup_pop(1);
    return status;
}

/* ---- interrupters ---- */

enum { CANCEL_MAX_BYTES = HF_FRAME_HEADER_BYTES + 2 + 1 + HF_VARINT_MAX_BYTES };

/* A request without an id, and so without a reply, that cancels a call. */
static size_t put_cancel_frame(uint8_t *frame, uint64_t call) {
    enum { LENGTH_DELIMITED = 2, CALL_KEY = 1 * 8 };
    uint8_t *body = frame + HF_FRAME_HEADER_BYTES;
    body[0] = HF__REQUEST__OP_CANCEL * 8 + LENGTH_DELIMITED;
    body[2] = CALL_KEY;
    size_t len = 1 + encode_varint(body + 3, call);
    body[1] = (uint8_t)len;
    frame_put_header(frame, (uint32_t)(2 + len));
    return HF_FRAME_HEADER_BYTES + 2 + len;
}

/* A frame of which the socket takes a part only, because the manager does not read, makes the
 * connection useless. */
static void send_cancel(const struct bell *bell) {
    uint8_t frame[CANCEL_MAX_BYTES];
    size_t len = put_cancel_frame(frame, bell->call);
    ssize_t sent = send(bell->fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0 && (size_t)sent < len) {
        (void)shutdown(bell->fd, SHUT_RDWR);
    }
}

/* The bell is claimed. */
static void bell_ring(struct bell *bell) {
    int64_t now_ms = deadline_now_ns() / 1000000;
    bool first = bell->rung_ms == 0;
    bell->rung_ms = first ? now_ms : bell->rung_ms;
    if (bell->wait == WAITS_HERE) {
        (void)sem_post(bell->sem);
    } else if (!descriptor_is(bell->fd, &bell->file)) {
        return;
    } else if (bell->wait == WAITS_FOR_PEER || (!first && is_late(bell, now_ms))) {
        (void)shutdown(bell->fd, SHUT_RDWR);
    } else if (first && bell->may_send) {
        send_cancel(bell);
    }
}

/* Ring if the thread sleeps and has not noticed an interrupt yet. Another interrupter that finds
 * the bell claimed leaves this to the one that has claimed it, which therefore looks again. */
static void interrupt_one(struct bell *bell) {
    uint64_t count = 0;
    uint64_t alone = 0;
    do {
        unsigned expected = BELL_ASLEEP;
        if (!atomic_compare_exchange_strong(&bell->state, &expected, BELL_CLAIMED)) {
            return;
        }
        count = atomic_load(&bell->bells->count);
        alone = atomic_load(&bell->alone);
        if (count != bell->seen || alone != bell->seen_alone) {
            bell_ring(bell);
        }
        atomic_store(&bell->state, BELL_ASLEEP);
    } while (atomic_load(&bell->bells->count) != count || atomic_load(&bell->alone) != alone);
}

/* This may be the first interrupt in a forked child: those of before were its parent's. */
static void note_process(struct bells *bells) {
    unsigned generation = fork_generation();
    if (atomic_load(&bells->generation) != generation) {
        atomic_store(&bells->inherited, atomic_load(&bells->count));
        atomic_store(&bells->generation, generation);
    }
}

bool bells_ring(struct bells *bells, pid_t tid) {
    int error = errno;
    int before = cancel_off();
    bool found = false;
    if (!tid) {
        note_process(bells);
        (void)atomic_fetch_add(&bells->count, 1);
    }
    for (struct bell *bell = atomic_load(&bells->first); bell; bell = bell->next) {
        if (!atomic_load(&bell->used) || atomic_load(&bell->generation) != fork_generation() ||
            (tid && atomic_load(&bell->tid) != tid)) {
            continue;
        }
        found = true;
        if (tid) {
            (void)atomic_fetch_add(&bell->alone, 1);
        }
        interrupt_one(bell);
    }
    cancel_restore(before);
    errno = error;
    return found;
}
