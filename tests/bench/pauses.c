/* SPDX-License-Identifier: MIT
 *
 * How long does one client keep all others waiting? The core in memory is given very much to do at
 * one moment, and the longest of its calls from then on is the pause: CPU time, so other load on
 * the machine matters little. No socket is behind it.
 *
 *     pauses [N [WORDS]]    a million of each if N is not given; only the cases with these words
 *
 * A case is added as a function that prepares it and then calls now() with what happens.
 */
#include "core.h"
#include "frame.h"
#include "world.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAME_MAX = 256 << 10, CHUNK = 1000, CROWD = 1000 };

static struct {
    struct core *core;
    struct session *ada, *bob;
    uint64_t object; /* that was opened last */
    int64_t now_ms;
    int64_t pause_ns;
    size_t n;
    bool answered; /* from now on, each request has a reply */
    uint8_t frame[FRAME_MAX];
} stage;

static int64_t cpu_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void output(void *peer, const uint8_t *bytes, size_t len) {
    (void)peer;
    if (!bytes || len > 256) {
        return;
    }
    Hf__Reply *reply =
        hf__reply__unpack(NULL, frame_body_len(bytes), bytes + HF_FRAME_HEADER_BYTES);
    if (reply && reply->result_case == HF__REPLY__RESULT_OBJECT) {
        stage.object = reply->object->id;
    }
    hf__reply__free_unpacked(reply, NULL);
}

/* Send it so many times, without a reply but for what opens, unless all are answered. */
static void send_times(struct session *session, Hf__Request request, size_t times) {
    bool opens = request.object == 0;
    request.has_id = opens || stage.answered;
    request.id = request.has_id ? 1 : 0;
    size_t len = hf__request__get_packed_size(&request);
    assert_true(HF_FRAME_HEADER_BYTES + len <= FRAME_MAX);
    frame_put_header(stage.frame, (uint32_t)len);
    (void)hf__request__pack(&request, stage.frame + HF_FRAME_HEADER_BYTES);
    for (size_t i = 0; i < times; i++) {
        (void)core_feed(stage.core, session, stage.frame, HF_FRAME_HEADER_BYTES + len);
    }
}

static uint64_t open_with(struct session *session, Hf__Request request) {
    send_times(session, request, 1);
    return stage.object;
}

static struct session *join(void) {
    struct session *session = core_open(stage.core, NULL, false);
    send_times(session, REQUEST(0, hello, .version = 1, .label = name_of("pauses")), 1);
    return session;
}

static void note(int64_t began_ns) {
    int64_t took_ns = cpu_ns() - began_ns;
    stage.pause_ns = took_ns > stage.pause_ns ? took_ns : stage.pause_ns;
}

static void tick_until_idle(void) {
    int64_t due_ms = 0;
    do {
        int64_t began_ns = cpu_ns();
        due_ms = core_tick(stage.core, stage.now_ms);
        note(began_ns);
    } while (due_ms == stage.now_ms);
}

/* The measured step: a request, or the end of bob's session. */
static void now(Hf__Request request) {
    int64_t began_ns = cpu_ns();
    send_times(stage.ada, request, 1);
    note(began_ns);
}

static void now_answered(Hf__Request request) {
    stage.answered = true;
    now(request);
    stage.answered = false;
}

static void now_bob_dies(void) {
    int64_t began_ns = cpu_ns();
    core_close(stage.core, stage.bob);
    note(began_ns);
    stage.bob = NULL;
}

/* ---- Cases ---- */

static Hf__Any **numbers(size_t from) {
    static Hf__Any any[CHUNK], *list[CHUNK];
    for (size_t i = 0; i < CHUNK; i++) {
        hf__any__init(&any[i]);
        any[i].kind_case = HF__ANY__KIND_INT;
        any[i].int_ = (int64_t)((from + i) * 7919 % stage.n);
        list[i] = &any[i];
    }
    return list;
}

static uint64_t full_list(void) {
    uint64_t list = open_with(stage.ada, REQUEST(0, list_open));
    for (size_t i = 0; i < stage.n; i += CHUNK) {
        send_times(stage.ada, REQUEST(list, list_extend, .n_values = CHUNK, .values = numbers(i)),
                   1);
    }
    return list;
}

static uint64_t full_set(size_t from) {
    uint64_t set = open_with(stage.ada, REQUEST(0, set_open));
    for (size_t i = 0; i < stage.n; i += CHUNK) {
        send_times(stage.ada,
                   REQUEST(set, set_update, .n_values = CHUNK, .values = numbers(from + i)), 1);
    }
    return set;
}

static uint64_t full_queue(void) {
    uint64_t queue = open_with(stage.ada, REQUEST(0, queue_open));
    for (size_t i = 0; i < stage.n; i += CHUNK) {
        send_times(stage.ada,
                   REQUEST(queue, queue_put_many, .n_values = CHUNK, .values = numbers(i)), 1);
    }
    return queue;
}

static uint64_t leased_queue(void) {
    uint64_t queue = full_queue();
    send_times(stage.bob, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = -1), stage.n);
    return queue;
}

static void queue_listed(void) {
    now_answered(REQUEST(full_queue(), queue_list));
}

static void leases_listed(void) {
    now_answered(REQUEST(leased_queue(), queue_list, .has_state = true,
                         .state = HF__QUEUE_ITEM_STATE__LEASED));
}

static void set_aside_worked_on(void) {
    uint64_t queue = open_with(
        stage.ada, REQUEST(0, queue_open, .has_max_deliveries = true, .max_deliveries = 1));
    for (size_t i = 0; i < stage.n; i += CHUNK) {
        send_times(stage.ada,
                   REQUEST(queue, queue_put_many, .n_values = CHUNK, .values = numbers(i)), 1);
    }
    send_times(stage.ada, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = 1), stage.n);
    stage.now_ms++;
    int64_t due_ms = core_tick(stage.core, stage.now_ms);
    while (due_ms == stage.now_ms) {
        due_ms = core_tick(stage.core, stage.now_ms);
    }
    now_answered(REQUEST(queue, queue_set_aside_list));
    now(REQUEST(queue, queue_set_aside_return));
    now(REQUEST(queue, queue_set_aside_drop));
}

static uint64_t full_pool(void) {
    static Hf__Submission tasks[CHUNK], *list[CHUNK];
    uint64_t pool = open_with(stage.ada, REQUEST(0, pool_open, .name = name_of("pool")));
    uint64_t submitter = open_with(stage.bob, REQUEST(0, submitter_open, .pool = pool));
    for (size_t i = 0; i < stage.n; i += CHUNK) {
        for (size_t j = 0; j < CHUNK; j++) {
            hf__submission__init(&tasks[j]);
            tasks[j].tag = i + j;
            tasks[j].function = name_of("f");
            list[j] = &tasks[j];
        }
        send_times(stage.bob, REQUEST(submitter, submitter_submit, .n_tasks = CHUNK, .tasks = list),
                   1);
    }
    return pool;
}

static void crowd(Hf__Request request) {
    for (size_t i = 0; i < stage.n / CROWD; i++) {
        request.has_timeout_ms = true;
        request.timeout_ms = -1;
        send_times(join(), request, CROWD);
    }
}

static void list_deleted(void) {
    now(REQUEST(full_list(), object_delete));
}

static void list_counted(void) {
    now(REQUEST(full_list(), list_count, .value = of_int(-1)));
}

static void list_sorted(void) {
    now(REQUEST(full_list(), list_sort));
}

static void sets_united(void) {
    uint64_t set = full_set(0);
    now(REQUEST(set, set_update, .has_other = true, .other = full_set(stage.n / 2)));
}

static void array_deleted(void) {
    uint64_t len = 10 * stage.n;
    uint64_t array = open_with(stage.ada, REQUEST(0, array_open, .has_len = true, .len = len));
    now(REQUEST(array, object_delete));
}

static void objects_of_the_dead(void) {
    send_times(stage.bob, REQUEST(0, value_open), stage.n * 9 / 10);
    now_bob_dies();
}

static void permits_of_the_dead(void) {
    uint64_t semaphore = open_with(
        stage.ada, REQUEST(0, semaphore_open, .has_permits = true, .permits = (uint32_t)stage.n));
    send_times(stage.bob, REQUEST(semaphore, semaphore_acquire), stage.n);
    now_bob_dies();
}

static void leases_of_the_dead(void) {
    (void)leased_queue();
    now_bob_dies();
}

static void leased_queue_deleted(void) {
    now(REQUEST(leased_queue(), object_delete));
}

static void queue_aborted(void) {
    now(REQUEST(full_queue(), queue_close, .has_abort = true, .abort = true));
}

static void delays_over(void) {
    uint64_t queue = open_with(stage.ada, REQUEST(0, queue_open));
    send_times(stage.ada,
               REQUEST(queue, queue_put, .value = of_int(1), .has_delay_ms = true, .delay_ms = 9),
               stage.n);
    stage.now_ms += 9;
}

static void items_expire(void) {
    static Hf__Item item[CHUNK], *items[CHUNK];
    uint64_t dict = open_with(stage.ada, REQUEST(0, dict_open));
    for (size_t i = 0; i < stage.n; i += CHUNK) {
        Hf__Any **keys = numbers(i);
        for (size_t j = 0; j < CHUNK; j++) {
            hf__item__init(&item[j]);
            keys[j]->int_ = (int64_t)(i + j);
            item[j].key = item[j].value = keys[j];
            items[j] = &item[j];
        }
        send_times(stage.ada,
                   REQUEST(dict, dict_update, .n_items = CHUNK, .items = items, .has_ttl_ms = true,
                           .ttl_ms = 9),
                   1);
    }
    stage.now_ms += 9;
}

static void objects_expire(void) {
    send_times(stage.ada, REQUEST(0, value_open, .has_ttl_ms = true, .ttl_ms = 9),
               stage.n * 9 / 10);
    stage.now_ms += 9;
}

static void tasks_of_the_dead(void) {
    (void)full_pool();
    now_bob_dies();
}

static void pool_terminated(void) {
    now(REQUEST(full_pool(), pool_close, .has_terminate = true, .terminate = true));
}

static void pool_deleted(void) {
    now(REQUEST(full_pool(), object_delete));
}

static void event_set(void) {
    uint64_t event = open_with(stage.ada, REQUEST(0, event_open, .name = name_of("event")));
    crowd(REQUEST(event, event_wait));
    now(REQUEST(event, event_set));
}

static void lock_deleted(void) {
    uint64_t lock = open_with(stage.ada, REQUEST(0, lock_open, .name = name_of("lock")));
    send_times(stage.ada, REQUEST(lock, lock_acquire), 1);
    crowd(REQUEST(lock, lock_acquire));
    now(REQUEST(lock, object_delete));
}

static const struct {
    const char *what;
    void (*run)(void);
} cases[] = {
    {"a list of N is deleted", list_deleted},
    {"an array of 10 N is deleted", array_deleted},
    {"a queue of N is closed with abort", queue_aborted},
    {"a queue of N is listed, one page", queue_listed},
    {"N leases are listed, one page", leases_listed},
    {"N items set aside are listed, returned and dropped, a part each", set_aside_worked_on},
    {"a session with 0.9 N unnamed objects ends", objects_of_the_dead},
    {"a session with N permits ends", permits_of_the_dead},
    {"a session with N leases ends", leases_of_the_dead},
    {"a queue with N leases is deleted", leased_queue_deleted},
    {"N delayed items become ready together", delays_over},
    {"N items of a dict expire together", items_expire},
    {"0.9 N objects expire together", objects_expire},
    {"a submitter with N queued tasks ends", tasks_of_the_dead},
    {"a pool with N queued tasks is terminated", pool_terminated},
    {"a pool with N queued tasks is deleted", pool_deleted},
    {"a lock for which N calls wait is deleted", lock_deleted},
    {"an event for which N calls wait is set", event_set},
    {"a list of N is counted in", list_counted},
    {"a list of N is sorted", list_sorted},
    {"a set of N is updated by another of N", sets_united},
};

static void run(size_t i) {
    struct core_config config = core_defaults();
    memcpy(config.seed, "a seed of thirty-two bytes, here", sizeof config.seed);
    stage.now_ms = 0;
    stage.core = core_new(&config, output);
    assert_non_null(stage.core);
    stage.ada = join();
    stage.bob = join();
    stage.pause_ns = 0;
    cases[i].run();
    tick_until_idle();
    printf("%9.2f ms  %s\n", (double)stage.pause_ns / 1e6, cases[i].what);
    (void)fflush(stdout);
    core_free(stage.core);
}

int main(int argc, char **argv) {
    (void)mallopt(M_MXFAST, 0); /* as the daemon does */
    stage.n = argc > 1 ? strtoull(argv[1], NULL, 10) / CHUNK * CHUNK : 1000000;
    stage.n = stage.n > CHUNK ? stage.n : CHUNK;
    printf("longest pause by CPU time, N = %zu\n", stage.n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (argc <= 2 || strstr(cases[i].what, argv[2])) {
            run(i);
        }
    }
    return 0;
}
