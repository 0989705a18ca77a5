/* SPDX-License-Identifier: MIT
 *
 * hf_interrupt(): 1,000 times at random moments in each call that waits, from another thread and
 * from a signal handler of the same one. The thread that waits has a client of its own (`guest`),
 * so that nothing interrupts the test itself.
 */
#include "interrupting.h"

#include "fake.h"
#include "patience.h"

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static hf_client *guest;

/* ---- ways to interrupt ---- */

typedef void interrupt_way(struct waiter *waiter);

static void by_thread(struct waiter *waiter) {
    (void)waiter;
    hf_interrupt(guest);
}

static void by_number(struct waiter *waiter) {
    assert_true(hf_interrupt_thread(guest, waiter->tid));
}

static void handle_signal(int number) {
    (void)number;
    hf_interrupt(guest);
}

/* The thread sanitizer puts a handler off while its thread sleeps, sometimes for ever. */
static void by_signal(struct waiter *waiter) {
#ifdef __SANITIZE_THREAD__
    by_number(waiter);
#else
    assert_int_equal(pthread_kill(waiter->thread, SIGUSR1), 0);
#endif
}

static void catch_signals(void) {
    const struct sigaction action = {.sa_handler = handle_signal, .sa_flags = SA_RESTART};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

/* ---- objects, and calls that wait for them ---- */

static hf_lock lock;
static hf_condition condition;
static hf_lock own_lock;
static hf_queue full;
static hf_queue empty;
static hf_event event;
static hf_latch latch;
static hf_semaphore semaphore;
static hf_barrier barrier;
static hf_pipe_end ends[2];

/* A handle of the guest's for an object of the test's. */
#define GUEST(kind, handle) ((hf_##kind){guest, (handle).id})

static hf_status wait_lock(void) {
    return hf_lock_acquire(GUEST(lock, lock), -1, NULL);
}

static hf_status wait_lock_limited(void) {
    return hf_lock_acquire(GUEST(lock, lock), PATIENCE_MS, NULL);
}

static hf_status wait_get(void) {
    int64_t item = 0;
    return hf_queue_get_int(GUEST(queue, empty), -1, &item);
}

static hf_status wait_put(void) {
    return hf_queue_put_int(GUEST(queue, full), 2, -1);
}

static hf_status wait_event(void) {
    return hf_event_wait(GUEST(event, event), -1);
}

static hf_status wait_latch(void) {
    return hf_latch_wait(GUEST(latch, latch), PATIENCE_MS);
}

static hf_status wait_join(void) {
    return hf_queue_join(GUEST(queue, full), -1);
}

static hf_status wait_semaphore(void) {
    return hf_semaphore_acquire(GUEST(semaphore, semaphore), 1, -1, NULL);
}

static hf_status wait_receive(void) {
    int64_t message = 0;
    hf_pipe_end its = ends[0];
    its.client = guest;
    return hf_pipe_receive_int(its, -1, &message);
}

/* Each party that gives up breaks it. */
static hf_status wait_barrier(void) {
    hf_barrier its = GUEST(barrier, barrier);
    hf_status status = hf_barrier_wait(its, -1, NULL);
    assert_ok(hf_barrier_reset(its));
    return status;
}

static hf_status wait_condition(void) {
    hf_lock its = GUEST(lock, own_lock);
    assert_ok(hf_lock_acquire(its, 0, NULL));
    hf_status status = hf_condition_wait(GUEST(condition, condition), -1, NULL);
    assert_ok(hf_lock_release_checked(its)); /* it is held again */
    return status;
}

/* Two calls that wait between two that do not. */
static hf_status wait_pipeline(void) {
    hf_status statuses[4] = {HF_INVALID, HF_INVALID, HF_INVALID, HF_INVALID};
    int64_t item = 0;
    bool is_empty = false;
    assert_ok(hf_pipeline_begin(guest));
    assert_ok(hf_queue_empty(GUEST(queue, empty), &is_empty));
    assert_ok(hf_queue_get_int(GUEST(queue, empty), -1, &item));
    assert_ok(hf_queue_put_int(GUEST(queue, full), 2, -1));
    assert_ok(hf_queue_empty(GUEST(queue, empty), &is_empty));
    hf_status status = hf_pipeline_finish(guest, statuses, 4);
    assert_int_equal(statuses[0], HF_OK);
    assert_int_equal(statuses[1], HF_CANCELLED);
    assert_int_equal(statuses[2], HF_CANCELLED);
    assert_int_equal(statuses[3], HF_OK);
    return status;
}

static hf_status wait_batch(void) {
    size_t ran = 9;
    int64_t item = 0;
    assert_ok(hf_batch_begin(guest));
    assert_ok(hf_queue_get_int(GUEST(queue, empty), 0, &item));
    assert_ok(hf_event_set(GUEST(event, event)));
    hf_status status = hf_batch_finish(guest, -1, &ran);
    assert_int_equal(ran, 0);
    return status;
}

static hf_status wait_any(void) {
    size_t index = 9;
    int64_t item = 0;
    assert_ok(hf_wait_any_begin(guest));
    assert_ok(hf_queue_get_int(GUEST(queue, empty), 0, &item));
    assert_ok(hf_lock_acquire(GUEST(lock, lock), 0, NULL));
    hf_status status = hf_wait_any_finish(guest, -1, &index);
    assert_true(index == HF_WAIT_ANY_NONE);
    return status;
}

static const struct {
    const char *name;
    hf_status (*wait)(void);
} rows[] = {
    {"lock", wait_lock},
    {"lock, limited", wait_lock_limited},
    {"get", wait_get},
    {"put", wait_put},
    {"event", wait_event},
    {"latch", wait_latch},
    {"join", wait_join},
    {"semaphore", wait_semaphore},
    {"receive", wait_receive},
    {"barrier", wait_barrier},
    {"condition", wait_condition},
    {"pipeline", wait_pipeline},
    {"batch", wait_batch},
    {"any", wait_any},
};

static void open_objects(void) {
    const hf_queue_options bounded = {.max_items = 1};
    const hf_pipe_options one_way = {.one_way = true};
    lock = open_lock("lock", NULL);
    own_lock = open_lock("own lock", NULL);
    assert_ok(hf_lock_acquire(lock, -1, NULL));
    assert_ok(hf_condition_open(client, "condition", own_lock, HF_OPEN_OR_CREATE, &condition));
    assert_ok(hf_queue_open(client, "full", &bounded, &full));
    assert_ok(hf_queue_open(client, "empty", NULL, &empty));
    assert_ok(hf_queue_put_int(full, 1, -1));
    event = open_event("event");
    assert_ok(hf_latch_open(client, "latch", 1, HF_OPEN_OR_CREATE, &latch));
    assert_ok(hf_semaphore_open(client, "semaphore", 1, NULL, &semaphore));
    assert_ok(hf_semaphore_acquire(semaphore, 1, -1, NULL));
    assert_ok(hf_barrier_open(client, "barrier", 2, NULL, &barrier));
    assert_ok(hf_pipe_open(client, "pipe", &one_way, &ends[0], &ends[1]));
    assert_ok(hf_pipe_attach(ends[0]));
    assert_ok(hf_pipe_attach(ends[1]));
}

static uint64_t waiting(void) {
    hf_statistics numbers;
    assert_ok(hf_client_statistics(client, &numbers));
    return numbers.waiting_calls;
}

/* Nothing waits, nothing was taken, put or granted, and each object is used once. */
static void use_objects(void) {
    int64_t number = 0;
    uint64_t waits = 9;
    bool set = true;
    assert_int_equal(waiting(), 0);
    assert_ok(hf_lock_release_checked(lock));
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_lock_acquire(own_lock, 0, NULL));
    assert_ok(hf_lock_release_checked(own_lock));
    assert_ok(hf_queue_put_int(empty, 3, 0));
    assert_ok(hf_queue_get_int(empty, 0, &number));
    assert_int_equal(number, 3);
    assert_status(hf_queue_get_int(empty, 0, &number), HF_TIMEOUT, "one item");
    assert_ok(hf_queue_get_int(full, 0, &number));
    assert_int_equal(number, 1);
    assert_status(hf_queue_get_int(full, 0, &number), HF_TIMEOUT, "nothing was put");
    assert_ok(hf_queue_put_int(full, 1, 0));
    assert_ok(hf_event_is_set(event, &set));
    assert_false(set);
    assert_ok(hf_semaphore_release(semaphore, 1));
    assert_ok(hf_semaphore_acquire(semaphore, 1, 0, NULL));
    assert_ok(hf_pipe_send_int(ends[1], 4, 0));
    assert_ok(hf_pipe_receive_int(ends[0], 0, &number));
    assert_int_equal(number, 4);
    assert_ok(hf_barrier_waiting(barrier, &waits));
    assert_int_equal(waits, 0);
}

/* ---- 1,000 times ---- */

static void interrupt_all(interrupt_way *interrupt, unsigned times, uint64_t seed) {
    struct seeded seeded = {seed};
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        struct waiter waiter;
        start_waiter(&waiter, guest, rows[row].wait);
        interrupt_waits(&waiter, interrupt, times, &seeded, rows[row].name);
        stop_waiter(&waiter);
        use_objects();
    }
}

static void another_thread_interrupts_each_wait(void **state) {
    (void)state;
    interrupt_all(by_thread, INTERRUPTS, 1);
}

static void one_thread_is_interrupted(void **state) {
    (void)state;
    interrupt_all(by_number, INTERRUPTS / 10, 2);
}

static void a_signal_handler_interrupts_its_thread(void **state) {
    (void)state;
    catch_signals();
    interrupt_all(by_signal, INTERRUPTS, 3);
}

/* ---- which wait it ends ---- */

static hf_status get_limited(int64_t timeout_ms) {
    int64_t item = 0;
    return hf_queue_get_int(GUEST(queue, empty), timeout_ms, &item);
}

static void an_interrupt_is_kept_for_the_next_wait(void **state) {
    hf_lock its = GUEST(lock, own_lock);
    (void)state;
    assert_ok(hf_client_ping(guest));
    hf_interrupt(guest);
    hf_interrupt(guest);

    for (unsigned i = 0; i < 100; i++) { /* nothing here has to wait */
        assert_ok(hf_lock_acquire(its, -1, NULL));
        assert_ok(hf_lock_release(its));
        assert_status(get_limited(0), HF_TIMEOUT, "a look");
    }

    assert_status(get_limited(-1), HF_CANCELLED, "the next wait");
    assert_status(get_limited(1), HF_TIMEOUT, "the wait after it");
}

static void a_thread_takes_part_from_its_first_call_on(void **state) {
    struct waiter waiter;
    (void)state;
    hf_interrupt(guest);

    start_waiter(&waiter, guest, wait_event);
    begin_wait(&waiter);
    while (waiting() == 0) {
        (void)sched_yield();
    }
    assert_ok(hf_event_set(event));

    assert_ok(end_wait(&waiter));
    assert_ok(hf_event_clear(event));
    stop_waiter(&waiter);
    assert_status(get_limited(-1), HF_CANCELLED, "this thread");
}

static void one_thread_alone_is_interrupted(void **state) {
    struct waiter waiter;
    (void)state;
    assert_ok(hf_client_ping(guest));
    start_waiter(&waiter, guest, wait_event);
    begin_wait(&waiter);

    assert_true(hf_interrupt_thread(guest, gettid()));
    assert_false(hf_interrupt_thread(guest, getppid()));
    assert_false(hf_interrupt_thread(guest, 0));

    assert_status(get_limited(-1), HF_CANCELLED, "this thread");
    assert_ok(hf_event_set(event));
    assert_ok(end_wait(&waiter));
    pid_t tid = waiter.tid;
    stop_waiter(&waiter);
    assert_false(hf_interrupt_thread(guest, tid));
    assert_ok(hf_event_clear(event));
}

/* A wait that is done in the same moment is done. Nothing is lost of what it took. */
static void an_interrupted_get_loses_no_item(void **state) {
    struct waiter waiter;
    struct seeded seeded = {4};
    unsigned got = 0;
    uint64_t left = 0;
    (void)state;
    start_waiter(&waiter, guest, wait_get);
    for (unsigned i = 0; i < INTERRUPTS; i++) {
        begin_wait(&waiter);
        delay(&seeded);
        assert_ok(hf_queue_put_int(empty, 5, -1));
        hf_interrupt(guest);
        hf_status status = end_wait(&waiter);
        assert_true(status == HF_OK || status == HF_CANCELLED);
        got += status == HF_OK;
    }
    stop_waiter(&waiter);
    assert_ok(hf_queue_size(empty, &left));
    assert_int_equal(got + left, INTERRUPTS);
    for (uint64_t i = 0; i < left; i++) {
        int64_t item = 0;
        assert_ok(hf_queue_get_int(empty, 0, &item));
    }
}

static void many_threads_are_interrupted(void **state) {
    enum { THREADS = 8 };
    struct waiter waiters[THREADS];
    struct seeded seeded = {5};
    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        start_waiter(&waiters[i], guest, rows[i].wait);
    }
    for (unsigned i = 0; i < INTERRUPTS / 4; i++) {
        for (size_t j = 0; j < THREADS; j++) {
            begin_wait(&waiters[j]);
        }
        delay(&seeded);
        hf_interrupt(guest);
        for (size_t j = 0; j < THREADS; j++) {
            assert_status(end_wait(&waiters[j]), HF_CANCELLED, rows[j].name);
        }
    }
    for (size_t i = 0; i < THREADS; i++) {
        stop_waiter(&waiters[i]);
    }
    use_objects();
}

static void a_forked_child_has_interrupts_of_its_own(void **state) {
    struct waiter waiter;
    int code = 0;
    (void)state;
    assert_ok(hf_client_ping(guest));
    assert_true(hf_interrupt_thread(guest, gettid())); /* which is not for the child */
    start_waiter(&waiter, guest, wait_event);
    begin_wait(&waiter);
    pid_t child = fork();
    if (child == 0) {
        bool right = get_limited(1) == HF_TIMEOUT;
        hf_interrupt(guest);
        right = right && get_limited(-1) == HF_CANCELLED && get_limited(1) == HF_TIMEOUT;
        right = right && hf_interrupt_thread(guest, gettid()) && get_limited(-1) == HF_CANCELLED;
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    assert_ok(hf_event_set(event));
    assert_ok(end_wait(&waiter));
    assert_ok(hf_event_clear(event));
    stop_waiter(&waiter);
    assert_status(get_limited(-1), HF_CANCELLED, "the parent");
}

/* A worker is told to end before it has made a call: the most usual place to wait is the first. */
static void an_interrupt_may_come_before_the_first_call(void **state) {
    hf_client *fresh = NULL;
    int code = 0;
    (void)state;
    assert_ok(hf_client_new(hf_client_address(guest), NULL, &fresh));
    hf_interrupt(fresh);
    pid_t child = fork();
    if (child == 0) {
        hf_queue unused = {fresh, empty.id};
        bool right = hf_queue_get_int(unused, 1, NULL) == HF_TIMEOUT; /* that was the parent's */
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    child = fork();
    if (child == 0) {
        hf_queue unused = {fresh, empty.id};
        hf_interrupt(fresh);
        bool right = hf_queue_get_int(unused, -1, NULL) == HF_CANCELLED &&
                     hf_queue_get_int(unused, 1, NULL) == HF_TIMEOUT;
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    hf_queue mine = {fresh, empty.id};
    assert_status(hf_queue_get_int(mine, -1, NULL), HF_CANCELLED, "the parent");
    assert_status(hf_queue_get_int(mine, 1, NULL), HF_TIMEOUT, "once");
    hf_client_free(fresh);
}

/* ---- the hook ---- */

static _Atomic bool hook_says;
static _Atomic unsigned hook_asked;

static bool hook(void *data) {
    assert_ptr_equal(data, &hook_says);
    hook_asked++;
    return hook_says;
}

static void do_nothing(int number) {
    (void)number;
}

static void the_hook_decides_after_a_signal(void **state) {
    const struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
    static hf_status (*const waits[])(void) = {wait_lock, wait_lock_limited};
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *before = guest;
    (void)state;
    options.interrupted = hook;
    options.interrupted_data = &hook_says;
    assert_ok(hf_client_new(hf_manager_address(manager), &options, &guest));
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        struct waiter waiter;
        hook_says = false;
        start_waiter(&waiter, guest, waits[i]);
        begin_wait(&waiter);
        for (unsigned asked = hook_asked; hook_asked < asked + 5;) {
            assert_int_equal(pthread_kill(waiter.thread, SIGUSR1), 0);
            (void)sched_yield();
        }
        assert_int_equal(waiter.ended, 0); /* it goes on */
        hook_says = true;
        assert_status(end_wait(&waiter), HF_CANCELLED, "the hook has said so");
        stop_waiter(&waiter);
    }
    hf_client_free(guest);
    guest = before;
    use_objects();
}

/* ---- managers that do not answer ---- */

static hf_status wait_number(void) {
    return hf_event_wait((hf_event){guest, 7}, -1);
}

static hf_status connect_guest(void) {
    return hf_client_ping(guest);
}

/* Interrupt a thread until it comes back. */
static hf_status interrupt_until_over(struct waiter *waiter) {
    while (waiter->ended != waiter->begun) {
        hf_interrupt(guest);
        (void)sched_yield();
    }
    return waiter->status;
}

/* There may be one of each side. */
static void expect_cancels(struct fake *fake, uint64_t id, unsigned least) {
    unsigned cancels = 0;
    for (Hf__Request *request = NULL; (request = fake_read(fake)) != NULL; cancels++) {
        fake_expect(fake, request->op_case == HF__REQUEST__OP_CANCEL, "a cancel");
        fake_expect(fake, !request->has_id && request->cancel->call == id, "of the call");
        hf__request__free_unpacked(request, NULL);
    }
    fake_expect(fake, least <= cancels && cancels <= 2, "one cancel, or two");
}

static void read_and_say_nothing(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
    uint64_t id = fake_read_op(fake, HF__REQUEST__OP_EVENT_WAIT);
    expect_cancels(fake, id, 1);
}

static void a_frozen_manager_is_left_by_a_later_interrupt(void **state) {
    struct fake fake;
    struct waiter waiter;
    hf_client *before = guest;
    (void)state;
    guest = fake_play(&fake, read_and_say_nothing, NULL);
    start_waiter(&waiter, guest, wait_number);
    begin_wait(&waiter);
    assert_status(interrupt_until_over(&waiter), HF_DISCONNECTED, "the manager is frozen");
    stop_waiter(&waiter);
    fake_stop(&fake);
    guest = before;
}

/* ---- a manager that is stopped ---- */

/* It has a client with the hook and this time for answers, which is `guest` meanwhile. */
struct stopped {
    hf_manager *manager;
    hf_event event;
    hf_client *before;
};

static void stop_other(struct stopped *stopped, int64_t answer_timeout_ms) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    options.answer_timeout_ms = answer_timeout_ms;
    options.interrupted = hook;
    options.interrupted_data = &hook_says;
    hook_says = false;
    stopped->before = guest;
    assert_ok(hf_manager_start(&stopped->manager));
    assert_ok(hf_client_new(hf_manager_address(stopped->manager), &options, &guest));
    while (hf_event_open(guest, "event", HF_OPEN_OR_CREATE, &stopped->event) != HF_OK) {
        (void)sched_yield(); /* the machine may be slower than the time for answers */
    }
    assert_int_equal(kill((pid_t)hf_manager_pid(stopped->manager), SIGSTOP), 0);
}

/* Returns the status of the next wait that the manager answers in time. */
static hf_status wait_again(const struct stopped *stopped) {
    hf_status status = HF_DISCONNECTED;
    hook_says = false;
    assert_int_equal(kill((pid_t)hf_manager_pid(stopped->manager), SIGCONT), 0);
    while (status == HF_DISCONNECTED) {
        status = hf_event_wait(stopped->event, 1);
    }
    return status;
}

static void forget_other(struct stopped *stopped) {
    hf_client_free(guest);
    hf_manager_stop(stopped->manager);
    guest = stopped->before;
}

/* A wait without a limit is not one that the manager answers at once. */
static void a_wait_for_answers_without_a_limit_is_interrupted(void **state) {
    struct stopped stopped;
    (void)state;
    stop_other(&stopped, -1);
    assert_int_equal(kill((pid_t)hf_manager_pid(stopped.manager), SIGCONT), 0);
    hf_interrupt(guest);
    assert_status(hf_event_wait(stopped.event, -1), HF_CANCELLED, "without any limit");
    forget_other(&stopped);
}

static void the_hook_leaves_a_stopped_manager(void **state) {
    struct stopped stopped;
    (void)state;
    stop_other(&stopped, -1); /* nothing else ends the wait */
    hook_says = true;
    unsigned asked = hook_asked;
    assert_status(hf_event_wait(stopped.event, -1), HF_DISCONNECTED, "it has said so for a second");
    assert_true(hook_asked > asked + 1);
    assert_status(wait_again(&stopped), HF_TIMEOUT, "the next wait");
    forget_other(&stopped);
}

static void a_wait_that_ends_by_its_connection_has_noticed(void **state) {
    static const int64_t answer_timeouts_ms[] = {50, -1}; /* no answer; the hook shuts it */
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct stopped stopped;
        stop_other(&stopped, answer_timeouts_ms[i]);
        hook_says = answer_timeouts_ms[i] < 0;
        hf_interrupt(guest);
        assert_status(hf_event_wait(stopped.event, -1), HF_DISCONNECTED, "it asked for its end");
        assert_status(wait_again(&stopped), HF_TIMEOUT, "the next wait");
        forget_other(&stopped);
    }
}

/* The manager reads late what has filled the socket, so that an interrupter finds no room there. */
struct late {
    _Atomic bool reads;
};

static size_t put_bytes;

static hf_status wait_large_put(void) {
    static char bytes[256 * 1024];
    return hf_queue_put_bytes((hf_queue){guest, 7}, bytes, put_bytes, -1);
}

static void read_late(struct fake *fake) {
    struct late *late = fake->data;
    fake_welcome(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
    while (!late->reads) {
        (void)sched_yield();
    }
    uint64_t id = fake_read_op(fake, HF__REQUEST__OP_QUEUE_PUT);
    Hf__Request *request = fake_read(fake);
    fake_expect(fake, request && request->op_case == HF__REQUEST__OP_CANCEL, "a cancel");
    hf__request__free_unpacked(request, NULL);
    fake_reply_status(fake, id, HF_CANCELLED, NULL);
    expect_cancels(fake, id, 0);
}

static void an_interrupt_comes_through_behind_much(void **state) {
    hf_client *before = guest;
    (void)state;
    for (put_bytes = 32 * 1024; put_bytes <= 256 * 1024; put_bytes += 16 * 1024) {
        struct fake fake;
        struct waiter waiter;
        struct late late = {.reads = false};
        guest = fake_play(&fake, read_late, &late);
        start_waiter(&waiter, guest, wait_large_put);
        begin_wait(&waiter);
        while (!thread_sleeps(waiter.tid)) {
            (void)sched_yield();
        }
        hf_interrupt(guest);
        late.reads = true;
        assert_status(end_wait(&waiter), HF_CANCELLED, "it has room at last");
        stop_waiter(&waiter);
        fake_stop(&fake);
    }
    guest = before;
}

static void accept_and_say_nothing(struct fake *fake) {
    fake_accept(fake);
    Hf__Request *request = fake_read(fake);
    fake_expect(fake, request && request->op_case == HF__REQUEST__OP_HELLO, "hello");
    hf__request__free_unpacked(request, NULL);
    fake_expect_hang_up(fake);
}

static void *connect_main(void *argument) {
    struct waiter *waiter = argument;
    waiter->begun = 1;
    waiter->status = connect_guest();
    waiter->ended = 1;
    return NULL;
}

static void interrupt_connecting(hf_client *client_to_connect) {
    struct waiter waiter = {.over = false};
    hf_client *before = guest;
    guest = client_to_connect;
    assert_int_equal(pthread_create(&waiter.thread, NULL, connect_main, &waiter), 0);
    while (waiter.begun == 0) {
        (void)sched_yield();
    }
    assert_status(interrupt_until_over(&waiter), HF_CANCELLED, "while it connects");
    assert_int_equal(pthread_join(waiter.thread, NULL), 0);
    guest = before;
}

static void an_introduction_is_interrupted(void **state) {
    struct fake fake;
    (void)state;
    interrupt_connecting(fake_play(&fake, accept_and_say_nothing, NULL));
    fake_stop(&fake);
}

static hf_client *client_of(const char *address) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *made = NULL;
    options.connect_timeout_ms = -1;
    assert_ok(hf_client_new(address, &options, &made));
    return made;
}

static void a_wait_for_a_manager_is_interrupted(void **state) {
    hf_client *nobody = client_of("unix:@holdfast-nobody-is-here");
    (void)state;
    interrupt_connecting(nobody);
    hf_client_free(nobody);
}

/* Its backlog is full, so connect() waits. */
static void a_connection_that_hangs_is_interrupted(void **state) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int filler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char text[64];
    (void)state;
    int len = snprintf(address.sun_path + 1, 64, "holdfast-busy-%ld", (long)getpid());
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(connect(filler, (const struct sockaddr *)&address, size), 0);
    (void)snprintf(text, sizeof text, "unix:@holdfast-busy-%ld", (long)getpid());
    hf_client *busy = client_of(text);
    interrupt_connecting(busy);
    hf_client_free(busy);
    assert_int_equal(close(filler), 0);
    assert_int_equal(close(listener), 0);
}

/* A manager that is killed between interrupts. */
static void interrupts_go_on_when_the_manager_is_killed(void **state) {
    hf_client *before = guest;
    hf_manager *other = NULL;
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct waiter waiter;
        struct seeded seeded = {6 + i};
        assert_ok(hf_manager_start(&other));
        assert_ok(hf_client_new(hf_manager_address(other), NULL, &guest));
        hf_queue before_empty = empty;
        assert_ok(hf_queue_open(guest, "empty", NULL, &empty));
        start_waiter(&waiter, guest, wait_get);
        for (unsigned j = 0; j < 20; j++) {
            begin_wait(&waiter);
            delay(&seeded);
            if (j == 10) {
                assert_int_equal(kill((pid_t)hf_manager_pid(other), SIGKILL), 0);
            }
            hf_interrupt(guest);
            hf_status status = end_wait(&waiter);
            assert_true(status == HF_CANCELLED || (j >= 10 && hf_status_is_fatal(status)));
        }
        stop_waiter(&waiter);
        empty = before_empty;
        hf_client_free(guest);
        hf_manager_stop(other);
    }
    guest = before;
}

static int start_both(void **state) {
    if (start_manager(state) != 0 ||
        hf_client_new(hf_manager_address(manager), NULL, &guest) != HF_OK) {
        return -1;
    }
    open_objects();
    return 0;
}

static int stop_both(void **state) {
    hf_client_free(guest);
    return stop_manager(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_thread_interrupts_each_wait),
        cmocka_unit_test(one_thread_is_interrupted),
        cmocka_unit_test(a_signal_handler_interrupts_its_thread),
        cmocka_unit_test(an_interrupt_is_kept_for_the_next_wait),
        cmocka_unit_test(a_thread_takes_part_from_its_first_call_on),
        cmocka_unit_test(one_thread_alone_is_interrupted),
        cmocka_unit_test(an_interrupted_get_loses_no_item),
        cmocka_unit_test(many_threads_are_interrupted),
        cmocka_unit_test(a_forked_child_has_interrupts_of_its_own),
        cmocka_unit_test(an_interrupt_may_come_before_the_first_call),
        cmocka_unit_test(the_hook_decides_after_a_signal),
        cmocka_unit_test(a_frozen_manager_is_left_by_a_later_interrupt),
        cmocka_unit_test(a_wait_for_answers_without_a_limit_is_interrupted),
        cmocka_unit_test(the_hook_leaves_a_stopped_manager),
        cmocka_unit_test(a_wait_that_ends_by_its_connection_has_noticed),
        cmocka_unit_test(an_interrupt_comes_through_behind_much),
        cmocka_unit_test(an_introduction_is_interrupted),
        cmocka_unit_test(a_wait_for_a_manager_is_interrupted),
        cmocka_unit_test(a_connection_that_hangs_is_interrupted),
        cmocka_unit_test(interrupts_go_on_when_the_manager_is_killed),
    };
    return cmocka_run_group_tests(tests, start_both, stop_both);
}
