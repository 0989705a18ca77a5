/* SPDX-License-Identifier: MIT
 *
 * See load.h. Requests and replies in flight are small and few, so that no socket ever fills up:
 * they are sent and received whole, and one buffer each way serves all clients of a process.
 */
#include "load.h"

#include "frame.h"
#include "wire_limits.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    EVENTS_MAX = 128,
    STUCK_MS = 20000,
    ID_TAG = 0x08,
    STATUS_TAG = 0x10,
    GRANTED_MAX = 1,
    BUFFER_BYTES = 16384
};

struct run {
    const struct load *load;
    struct histogram *times;
    struct load_result result;
    clockid_t server_clock;
    int64_t warm_ns;
    int64_t end_ns;
    bool warm;
    bool over;
    size_t busy; /* slots that are not idle */
    size_t out_len;
    uint8_t in[BUFFER_BYTES];
    uint8_t out[BUFFER_BYTES];
};

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    assert_int_equal(clock_gettime(clock, &now), 0);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Counting begins when the servers are warm, and ends before the last operations do. */
static void mark(struct run *run, int64_t now_ns) {
    struct load_result *result = &run->result;
    if (!run->warm && now_ns >= run->warm_ns) {
        run->warm = true;
        result->wall_ns = -now_ns;
        result->server_cpu_ns = -read_clock(run->server_clock);
        result->client_cpu_ns = -read_clock(CLOCK_PROCESS_CPUTIME_ID);
    }
    if (!run->over && now_ns >= run->end_ns) {
        run->over = true;
        result->wall_ns += now_ns;
        result->server_cpu_ns += read_clock(run->server_clock);
        result->client_cpu_ns += read_clock(CLOCK_PROCESS_CPUTIME_ID);
    }
}

static void flush(struct run *run, const struct load_client *client) {
    if (run->out_len > 0) {
        ssize_t sent = send(client->fd, run->out, run->out_len, MSG_NOSIGNAL);
        assert_int_equal(sent, (ssize_t)run->out_len);
        run->out_len = 0;
    }
}

/* Append the slot's present step to what is to be sent. */
static void begin(struct run *run, const struct load_slot *slot) {
    const struct load_frame *frame = &slot->steps[slot->step];
    assert_true(run->out_len + frame->len <= sizeof run->out);
    memcpy(run->out + run->out_len, frame->bytes, frame->len);
    run->out_len += frame->len;
}

/* The slot whose request this is the reply to. */
static struct load_slot *check_reply(const struct run *run, struct load_client *client,
                                     const uint8_t *body, size_t len) {
    bool sound = len >= 4 && body[0] == ID_TAG && body[1] >= 1 && body[1] <= run->load->in_flight &&
                 body[2] == STATUS_TAG && body[3] <= GRANTED_MAX;
    if (!sound) {
        fail_msg("a reply that was not expected: status %d", len >= 4 ? body[3] : -1);
    }
    return &client->slots[body[1] - 1];
}

static void count(struct run *run, struct load_slot *slot, int64_t now_ns) {
    bool counted = run->warm && !run->over;
    run->result.trips += counted;
    if ((slot->step + 1) % (slot->step_count / slot->ops) == 0) {
        if (counted) {
            run->result.ops++;
            histogram_add(run->times, now_ns - slot->op_began_ns);
        }
        slot->op_began_ns = now_ns;
    }
}

/* Returns whether the slot has something to send. */
static bool advance(struct run *run, struct load_slot *slot, int64_t now_ns) {
    count(run, slot, now_ns);
    slot->step = (slot->step + 1) % slot->step_count;
    slot->idle = run->over && slot->step == 0;
    run->busy -= slot->idle;
    return !slot->idle;
}

static void take_reply(struct run *run, struct load_client *client, const uint8_t *body, size_t len,
                       int64_t now_ns) {
    struct load_slot *slot = check_reply(run, client, body, len);
    if (run->load->look) {
        run->load->look(slot, body, len);
    }
    if (advance(run, slot, now_ns)) {
        begin(run, slot);
    }
}

static void serve(struct run *run, struct load_client *client) {
    ssize_t got = recv(client->fd, run->in, sizeof run->in, 0);
    if (got <= 0) {
        fail_msg("the server hung up");
    }
    int64_t now_ns = read_clock(CLOCK_MONOTONIC);
    mark(run, now_ns);
    for (size_t at = 0; at < (size_t)got;) {
        const uint8_t *frame = run->in + at;
        size_t len = frame_body_len(frame);
        at += HF_FRAME_HEADER_BYTES + len;
        assert_true(at <= (size_t)got);
        take_reply(run, client, frame + HF_FRAME_HEADER_BYTES, len, now_ns);
    }
    flush(run, client);
}

static void start(struct run *run, struct load_client *client) {
    int64_t now_ns = read_clock(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < run->load->in_flight; i++) {
        struct load_slot *slot = &client->slots[i];
        slot->step = 0;
        slot->idle = false;
        slot->op_began_ns = now_ns;
        run->busy++;
        begin(run, slot);
    }
    flush(run, client);
}

/* ---- One process ---- */

static void run_together(struct run *run) {
    const struct load *load = run->load;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    assert_true(epoll >= 0);
    for (size_t i = 0; i < load->client_count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &load->clients[i]};
        assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, load->clients[i].fd, &event), 0);
        start(run, &load->clients[i]);
    }
    struct epoll_event events[EVENTS_MAX];
    while (run->busy > 0) {
        int ready = epoll_wait(epoll, events, EVENTS_MAX, STUCK_MS);
        assert_true(ready > 0);
        for (int i = 0; i < ready; i++) {
            serve(run, events[i].data.ptr);
        }
    }
    (void)close(epoll);
}

/* ---- A process for each client ---- */

/* The results of a client's process, in memory that it shares with this one. */
struct share {
    struct load_result result;
    struct histogram times;
};

_Noreturn static void run_alone(struct run *run, struct load_client *client, struct share *share) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    run->times = &share->times;
    start(run, client);
    while (run->busy > 0) {
        serve(run, client);
    }
    share->result = run->result;
    _exit(0);
}

static void sleep_until(int64_t time_ns) {
    struct timespec time = {.tv_sec = time_ns / 1000000000, .tv_nsec = time_ns % 1000000000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static void collect(struct run *run, pid_t pid, const struct share *share) {
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    run->result.trips += share->result.trips;
    run->result.ops += share->result.ops;
    run->result.client_cpu_ns += share->result.client_cpu_ns;
    histogram_merge(run->times, &share->times);
}

static void run_apart(struct run *run) {
    size_t count = run->load->client_count;
    size_t size = count * sizeof(struct share);
    struct share *shares =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t *pids = calloc(count, sizeof *pids);
    assert_true(shares != MAP_FAILED && pids);
    for (size_t i = 0; i < count; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            run_alone(run, &run->load->clients[i], &shares[i]);
        }
    }
    sleep_until(run->warm_ns);
    mark(run, read_clock(CLOCK_MONOTONIC));
    sleep_until(run->end_ns);
    mark(run, read_clock(CLOCK_MONOTONIC));
    for (size_t i = 0; i < count; i++) {
        collect(run, pids[i], &shares[i]);
    }
    free(pids);
    (void)munmap(shares, size);
}

struct load_result load_run(const struct load *load, int64_t time_ms, struct histogram *times) {
    static struct run run;
    run = (struct run){.load = load, .times = times};
    assert_int_equal(clock_getcpuclockid(load->server, &run.server_clock), 0);
    int64_t fork_ms = load->processes ? (int64_t)load->client_count : 0;
    run.warm_ns = read_clock(CLOCK_MONOTONIC) + (time_ms / 10 + fork_ms) * 1000000;
    run.end_ns = run.warm_ns + time_ms * 1000000;
    if (load->processes) {
        run_apart(&run);
    } else {
        run_together(&run);
    }
    return run.result;
}
