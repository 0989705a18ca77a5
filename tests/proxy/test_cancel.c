/* SPDX-License-Identifier: MIT
 *
 * Threads that are cancelled while they wait in a function of the library. A row of the table for
 * each function: a thread waits in it, is cancelled, and ends. Then the main thread uses the same
 * object. The last test compares the table with the public headers.
 */
#include "pooling.h"

#include "fake.h"
#include "processes.h"
#include "seeded.h"

#include <dirent.h>
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

/* The thread sanitizer does not see what a thread locks and closes after it was cancelled in poll()
 * or recv(). So it cannot tell about what the handlers do, and about their descriptors. */
#ifdef __SANITIZE_THREAD__
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "race:session_abandon\nrace:nptl_deallocate_tsd\nrace:job_abandon\nrace:open_cancelled\n"
           "race:child_fini\nrace:watch_child\nrace:sockets_close_locked\nrace:bell_take\n"
           "race:begin_wait\nrace:bell_answer\n";
}
#endif

/* ---- threads that wait ---- */

struct waiter {
    void (*wait)(void);
    bool busy; /* call it over and over */
    _Atomic pid_t tid;
};

/* The address sanitizer does not know that a cancelled thread has left its functions. */
static void forget_stack(void *unused) {
    (void)unused;
#ifdef __SANITIZE_ADDRESS__
    __asan_handle_no_return();
#endif
}

static void *wait_main(void *argument) {
    struct waiter *waiter = argument;
    waiter->tid = gettid();
    pthread_cleanup_push(forget_stack, NULL);
    do {
        waiter->wait();
    } while (waiter->busy);
    pthread_cleanup_pop(0);
    return NULL;
}

static hf_statistics statistics(void) {
    hf_statistics numbers;
    assert_ok(hf_client_statistics(client, &numbers));
    return numbers;
}

static bool all_others_sleep(void) {
    DIR *folder = opendir("/proc/self/task");
    bool sleep = true;
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10); /* 0: the folder, or its parent */
        sleep = sleep && (tid == 0 || tid == gettid() || thread_sleeps(tid));
    }
    assert_int_equal(closedir(folder), 0);
    return sleep;
}

/* The numbers when the threads of the library have nothing more to ask, and the manager has seen
 * all that they asked. */
static hf_statistics settled_statistics(void) {
    hf_statistics before = statistics();
    for (;;) {
        bool sleep = all_others_sleep();
        (void)statistics(); /* what was sent before this one is seen before the next */
        hf_statistics now = statistics();
        if (sleep && now.requests - before.requests == 2) {
            return now;
        }
        before = now;
        (void)sched_yield();
    }
}

static void cancel_and_join(pthread_t thread) {
    void *result = NULL;
    assert_int_equal(pthread_cancel(thread), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
}

/* Cancel a thread once it sleeps in this function, or once its call waits at the manager. */
static void cancel_in(void (*wait)(void), bool at_manager) {
    struct waiter waiter = {.wait = wait};
    pthread_t thread;
    uint64_t waiting = at_manager ? settled_statistics().waiting_calls : 0;
    assert_int_equal(pthread_create(&thread, NULL, wait_main, &waiter), 0);
    while (at_manager ? statistics().waiting_calls == waiting
                      : waiter.tid == 0 || !thread_sleeps(waiter.tid)) {
        (void)sched_yield();
    }
    cancel_and_join(thread);
    while (at_manager && statistics().waiting_calls > waiting) {
        (void)sched_yield(); /* the manager has not seen its end yet */
    }
}

/* ---- the objects ---- */

static hf_barrier barrier;
static hf_condition condition;
static hf_event event;
static hf_latch latch;
static hf_lock lock;
static hf_lock held;
static hf_pipe_end ends[2];
static hf_queue full;
static hf_queue empty;
static hf_rwlock rwlock;
static hf_semaphore semaphore;
static hf_watch watch;

static void drop_object(hf_any reference) {
    assert_ok(hf_object_delete((hf_object){client, reference.ref}));
}

static void open_locks(void) {
    lock = open_lock("lock", NULL);
    held = open_lock("held", NULL);
    assert_ok(hf_condition_open(client, "condition", lock, HF_OPEN_OR_CREATE, &condition));
    assert_ok(hf_lock_acquire(held, -1, NULL));
}

/* Nothing that the cancelled thread had or wanted is left to it. */
static void use_locks(void) {
    assert_ok(hf_lock_release_checked(held));
    const hf_lock both[] = {lock, held};
    assert_true(hf_ok(hf_lock_acquire_many(both, 2, -1, NULL)));
    assert_ok(hf_lock_release_checked(lock));
    assert_ok(hf_lock_release_checked(held));
    drop_object(hf_condition_ref(condition));
    drop_object(hf_lock_ref(lock));
    drop_object(hf_lock_ref(held));
}

static void wait_lock(void) {
    (void)!hf_lock_acquire(held, -1, NULL);
}

static void wait_lock_many(void) {
    const hf_lock both[] = {lock, held};
    (void)!hf_lock_acquire_many(both, 2, -1, NULL);
}

static void wait_lock_leased(void) {
    (void)!hf_lock_acquire_leased(held, 1000, -1, NULL);
}

static void wait_lock_many_leased(void) {
    const hf_lock both[] = {lock, held};
    (void)!hf_lock_acquire_many_leased(both, 2, 1000, -1, NULL);
}

static void wait_condition(void) {
    (void)!hf_lock_acquire(lock, -1, NULL);
    (void)!hf_condition_wait(condition, -1, NULL);
}

static bool never(void *argument) {
    (void)argument;
    return false;
}

static void wait_condition_for(void) {
    (void)!hf_lock_acquire(lock, -1, NULL);
    (void)!hf_condition_wait_for(condition, never, NULL, -1);
}

static void wait_any(void) {
    (void)!hf_wait_any_begin(client);
    (void)!hf_lock_acquire(held, 0, NULL);
    (void)!hf_wait_any_finish(client, -1, NULL);
}

static void wait_batch(void) {
    (void)!hf_batch_begin(client);
    (void)!hf_lock_acquire(held, 0, NULL);
    (void)!hf_batch_finish(client, -1, NULL);
}

static void wait_pipeline(void) {
    (void)!hf_pipeline_begin(client);
    (void)!hf_lock_acquire(held, -1, NULL);
    (void)!hf_pipeline_finish(client, NULL, 0);
}

static void open_barrier(void) {
    const hf_barrier_options options = {.action = true};
    assert_ok(hf_barrier_open(client, "barrier", 2, &options, &barrier));
}

static void use_barrier(void) {
    bool broken = false;
    assert_ok(hf_barrier_broken(barrier, &broken));
    assert_true(broken); /* as by the death of a party */
    drop_object(hf_barrier_ref(barrier));
}

static void wait_barrier(void) {
    (void)!hf_barrier_wait(barrier, -1, NULL);
}

static void no_action(void *argument) {
    (void)argument;
}

static void wait_barrier_action(void) {
    (void)!hf_barrier_wait_action(barrier, -1, no_action, NULL, NULL);
}

static void open_signals(void) {
    event = open_event("event");
    assert_ok(hf_latch_open(client, "latch", 1, HF_OPEN_OR_CREATE, &latch));
    const hf_watch_options options = {.prefix = "watched"};
    assert_ok(hf_watch_open(client, "watch", &options, &watch));
}

static void use_signals(void) {
    assert_ok(hf_event_set(event));
    assert_ok(hf_event_wait(event, -1));
    assert_ok(hf_latch_count_down(latch, 1));
    assert_ok(hf_latch_wait(latch, -1));
    drop_object(hf_event_ref(event));
    drop_object(hf_latch_ref(latch));
    drop_object(hf_watch_ref(watch));
}

static void wait_event(void) {
    (void)!hf_event_wait(event, -1);
}

static void wait_latch(void) {
    (void)!hf_latch_wait(latch, -1);
}

static void wait_watch(void) {
    uint64_t after = 0;
    hf_changes changes;
    (void)!hf_watch_next(watch, &after, 0, -1, &changes);
}

static void open_shares(void) {
    assert_ok(hf_rwlock_open(client, "rwlock", NULL, &rwlock));
    assert_ok(hf_semaphore_open(client, "semaphore", 1, NULL, &semaphore));
    assert_ok(hf_rwlock_acquire_write(rwlock, -1, NULL));
    assert_ok(hf_semaphore_acquire(semaphore, 1, -1, NULL));
}

static void use_shares(void) {
    assert_ok(hf_rwlock_release(rwlock));
    assert_ok(hf_rwlock_acquire_write(rwlock, -1, NULL));
    assert_ok(hf_semaphore_release(semaphore, 1));
    assert_ok(hf_semaphore_acquire(semaphore, 1, -1, NULL));
    drop_object(hf_rwlock_ref(rwlock));
    drop_object(hf_semaphore_ref(semaphore));
}

static void wait_read(void) {
    (void)!hf_rwlock_acquire_read(rwlock, -1, NULL);
}

static void wait_write(void) {
    (void)!hf_rwlock_acquire_write(rwlock, -1, NULL);
}

static void wait_read_leased(void) {
    (void)!hf_rwlock_acquire_read_leased(rwlock, 1000, -1, NULL);
}

static void wait_write_leased(void) {
    (void)!hf_rwlock_acquire_write_leased(rwlock, 1000, -1, NULL);
}

static void wait_semaphore_leased(void) {
    (void)!hf_semaphore_acquire_leased(semaphore, 1, 1000, -1, NULL);
}

static void wait_semaphore(void) {
    (void)!hf_semaphore_acquire(semaphore, 1, -1, NULL);
}

static void open_pipe(void) {
    const hf_pipe_options options = {.one_way = true, .max_messages = 1};
    assert_ok(hf_pipe_open(client, "pipe", &options, &ends[0], &ends[1]));
    assert_ok(hf_pipe_attach(ends[0])); /* so that it is not closed with the thread */
    assert_ok(hf_pipe_attach(ends[1]));
}

static void open_full_pipe(void) {
    open_pipe();
    assert_ok(hf_pipe_send_int(ends[1], 1, -1));
}

/* Receives take nothing, sends send nothing. */
static void use_pipe(void) {
    int64_t message = 0;
    assert_status(hf_pipe_receive_int(ends[0], 0, &message), HF_TIMEOUT, "receive");
    assert_ok(hf_pipe_send_int(ends[1], 2, 0));
    assert_ok(hf_pipe_receive_int(ends[0], 0, &message));
    assert_int_equal(message, 2);
    drop_object(hf_pipe_ref(ends[0]));
}

static void use_full_pipe(void) {
    int64_t message = 0;
    assert_ok(hf_pipe_receive_int(ends[0], 0, &message));
    assert_int_equal(message, 1);
    use_pipe();
}

static void wait_send_int(void) {
    (void)!hf_pipe_send_int(ends[1], 3, -1);
}

static void wait_send_string(void) {
    (void)!hf_pipe_send_string(ends[1], "3", -1);
}

static void wait_send_bytes(void) {
    (void)!hf_pipe_send_bytes(ends[1], "3", 1, -1);
}

static void wait_send_any(void) {
    (void)!hf_pipe_send_any(ends[1], hf_any_bool(true), -1);
}

static void wait_receive_int(void) {
    int64_t message;
    (void)!hf_pipe_receive_int(ends[0], -1, &message);
}

static void wait_receive_string(void) {
    char *message;
    (void)!hf_pipe_receive_string(ends[0], -1, &message);
}

static void wait_receive_bytes(void) {
    void *message;
    size_t len;
    (void)!hf_pipe_receive_bytes(ends[0], -1, &message, &len);
}

static void wait_receive_any(void) {
    hf_any message;
    (void)!hf_pipe_receive_any(ends[0], -1, &message);
}

static void wait_receive_into(void) {
    char bytes[8];
    size_t len;
    (void)!hf_pipe_receive_into(ends[0], bytes, sizeof bytes, -1, &len);
}

static void wait_pipe_poll(void) {
    (void)!hf_pipe_poll(ends[0], -1);
}

static void open_queues(void) {
    const hf_queue_options bounded = {.max_items = 1};
    assert_ok(hf_queue_open(client, "full", &bounded, &full));
    assert_ok(hf_queue_open(client, "empty", NULL, &empty));
    assert_ok(hf_queue_put_int(full, 1, -1));
}

static void use_queues(void) {
    int64_t item = 0;
    assert_ok(hf_queue_get_int(full, 0, &item));
    assert_int_equal(item, 1);
    assert_status(hf_queue_get_int(full, 0, &item), HF_TIMEOUT, "nothing was put");
    assert_ok(hf_queue_put_int(empty, 2, -1));
    assert_ok(hf_queue_get_int(empty, 0, &item));
    assert_int_equal(item, 2);
    drop_object(hf_queue_ref(full));
    drop_object(hf_queue_ref(empty));
}

static void wait_put_int(void) {
    (void)!hf_queue_put_int(full, 3, -1);
}

static void wait_put_string(void) {
    (void)!hf_queue_put_string(full, "3", -1);
}

static void wait_put_bytes(void) {
    (void)!hf_queue_put_bytes(full, "3", 1, -1);
}

/* So large that its message needs memory of its own. */
static void wait_put_any(void) {
    hf_any items[1000];
    for (int64_t i = 0; i < 1000; i++) {
        items[i] = hf_any_int(i);
    }
    (void)!hf_queue_put_any(full, hf_any_list(items, 1000), -1);
}

static void wait_put_with(void) {
    (void)!hf_queue_put_with(full, hf_any_int(3), NULL, -1);
}

static void wait_put_many(void) {
    const hf_any items[] = {hf_any_int(3)};
    (void)!hf_queue_put_many(full, items, 1, NULL, -1);
}

static void wait_get_int(void) {
    int64_t item;
    (void)!hf_queue_get_int(empty, -1, &item);
}

static void wait_get_string(void) {
    char *item;
    (void)!hf_queue_get_string(empty, -1, &item);
}

static void wait_get_bytes(void) {
    void *item;
    size_t len;
    (void)!hf_queue_get_bytes(empty, -1, &item, &len);
}

static void wait_get_any(void) {
    hf_any item;
    (void)!hf_queue_get_any(empty, -1, &item);
}

static void wait_get_many(void) {
    hf_any_array items;
    (void)!hf_queue_get_many(empty, 2, -1, &items);
}

static void wait_get_leased(void) {
    hf_delivery delivery;
    (void)!hf_queue_get_leased(empty, 1000, -1, &delivery);
}

static void wait_queue_join(void) {
    (void)!hf_queue_join(full, -1);
}

/* ---- pools ---- */

static struct forked_pool *forked;
static void *forked_state;
static hf_result *result;
static hf_results *results;
static hf_any gate_name;

/* One worker, which waits for an event with a task that was submitted. */
static void open_gated(void) {
    const hf_pool_options options = {.max_tasks = 1};
    forked = open_forked_pool(&forked_state, 1, &options);
    event = open_event("gate");
    gate_name = hf_any_string("gate");
    result = begin_one(forked->pool, "gate", gate_name);
    assert_ok(hf_pool_imap(forked->pool, "square", numbers(), 3, NULL, &results));
}

/* All that was submitted by other threads ends, and a further map is done. */
static void use_gated(void) {
    hf_any_array squares;
    hf_any value;
    size_t index = 0;
    assert_ok(hf_event_set(event));
    finish_with(result, hf_any_null());
    assert_ok(hf_results_next(results, -1, &index, &value));
    assert_any(value, hf_any_int(0));
    assert_ok(hf_pool_map(forked->pool, "square", numbers(), 20, NULL, -1, &squares));
    assert_int_equal(squares.items[19].as_int, 361);
    hf_any_array_clear(&squares);
    hf_results_free(results);
    close_forked_pool(forked);
    drop_object(hf_event_ref(event));
}

static void wait_apply(void) {
    hf_any value;
    (void)!hf_pool_apply(forked->pool, "gate", &gate_name, 1, NULL, -1, &value);
}

/* The pool is full: not all tasks are accepted. */
static void wait_map(void) {
    const hf_task_options options = {.chunk = 1};
    hf_any_array values;
    (void)!hf_pool_map(forked->pool, "square", numbers(), 50, &options, -1, &values);
}

static void wait_map_async(void) {
    const hf_task_options options = {.chunk = 1};
    hf_result *unused;
    (void)!hf_pool_map_async(forked->pool, "square", numbers(), 50, &options, &unused);
}

static void wait_starmap(void) {
    hf_any arguments[] = {hf_any_int(2)};
    hf_any items[] = {hf_any_list(arguments, 1)};
    hf_any_array values;
    (void)!hf_pool_starmap(forked->pool, "square", items, 1, NULL, -1, &values);
}

static void wait_result_get(void) {
    hf_any value;
    (void)!hf_result_get(result, -1, &value);
}

static void wait_result(void) {
    (void)hf_result_wait(result, -1);
}

static void wait_results_next(void) {
    hf_any value;
    (void)!hf_results_next(results, -1, NULL, &value);
}

/* All tasks are sent before it waits no longer. */
static void wait_pool_close(void) {
    (void)!hf_pool_close(forked->pool);
}

static void use_closed(void) {
    assert_ok(hf_event_set(event));
    finish_with(result, hf_any_null());
    hf_results_free(results);
    close_forked_pool(forked);
    drop_object(hf_event_ref(event));
}

/* Until then, one call more would begin to wait at the manager: that of another process. */
static void await_worker_at_gate(void) {
    bool waits = false;
    while (!waits) {
        hf_description description;
        (void)sched_yield();
        assert_ok(hf_object_describe(HF_OBJECT(event), &description));
        waits = description.waiting > 0;
        hf_description_clear(&description);
    }
}

static void open_closed(void) {
    forked = open_forked_pool(&forked_state, 1, NULL);
    event = open_event("gate");
    gate_name = hf_any_string("gate");
    result = begin_one(forked->pool, "gate", gate_name);
    results = NULL;
    assert_ok(hf_pool_close(forked->pool));
    await_worker_at_gate();
}

static void wait_pool_join(void) {
    (void)!hf_pool_join(forked->pool, -1);
}

static void open_unmanned(void) {
    forked = open_forked_pool(&forked_state, 0, NULL);
}

static hf_status answer_7(hf_task *task, const hf_any *arguments, size_t count, hf_any *value) {
    (void)task;
    (void)arguments;
    (void)count;
    *value = hf_any_int(7);
    return HF_OK;
}

static void wait_work(void) {
    const hf_function function = {"answer", answer_7};
    hf_work work = HF_WORK;
    work.functions = &function;
    work.function_count = 1;
    (void)!hf_pool_work(client, forked->name, &work);
}

/* The worker has left, and another one does what comes. */
static void use_unmanned(void) {
    assert_int_equal(state_of(forked->pool).worker_count, 0);
    result = begin_one(forked->pool, "square", hf_any_int(5));
    (void)add_worker(forked);
    finish_with(result, hf_any_int(25));
    close_forked_pool(forked);
}

/* ---- processes and timers ---- */

static struct gate gate;
static hf_process *process;
static hf_timer *timer;
static _Atomic bool rang;

static void open_process(void) {
    gate = gate_make();
    process = start(wait_at, &gate);
}

static void wait_process_join(void) {
    (void)!hf_process_join(process, -1);
}

static void use_process(void) {
    assert_true(hf_process_alive(process));
    assert_true(gate_open(&gate));
    assert_int_equal(end_of(process), 0);
    gate_close(&gate);
}

static void ring(void *argument) {
    (void)argument;
    rang = true;
}

static void open_timer(void) {
    assert_ok(hf_timer_start(3600 * 1000, ring, NULL, &timer));
}

static void wait_timer_join(void) {
    (void)hf_timer_join(timer);
}

static void use_timer(void) {
    assert_true(hf_timer_cancel(timer));
    assert_ok(hf_timer_join(timer));
    assert_false(rang);
}

/* ---- a loop ---- */

static hf_async *async;
static hf_queue looked_at;
static int64_t looped;

static void note_looped(hf_async *from, const hf_completion *completion) {
    assert_ptr_equal(from, async);
    assert_int_equal(completion->status, HF_OK);
    looped++;
}

static void open_async(void) {
    assert_ok(hf_queue_open(client, NULL, NULL, &looked_at));
    assert_ok(hf_async_new(client, NULL, &async));
    looped = 0;
    assert_ok(HF_ASYNC(async, note_looped, NULL, NULL, hf_queue_get_int(looked_at, -1, NULL)));
}

static void wait_async(void) {
    while (looped == 0) {
        (void)hf_async_wait(async, -1);
    }
}

static void use_async(void) {
    assert_ok(hf_queue_put_int(looked_at, 1, 0));
    wait_async();
    hf_async_free(async);
}

/* ---- a manager that does not come ---- */

static void open_silent(void) {
    daemon_replace_by_script("exec sleep 1000");
}

static void wait_manager(void) {
    hf_manager *made;
    (void)!hf_manager_start(&made);
}

static void use_silent(void) {
    hf_manager *made = NULL;
    daemon_put_back();
    assert_ok(hf_manager_start(&made));
    hf_manager_stop(made);
}

/* ---- a manager that stands still ---- */

static hf_manager *frozen;
static hf_client *to_frozen;
static hf_dict dict;

static void freeze(void) {
    const hf_client_options options = {.connect_timeout_ms = -1, .answer_timeout_ms = -1};
    assert_ok(hf_manager_start(&frozen));
    assert_ok(hf_client_new(hf_manager_address(frozen), &options, &to_frozen));
    assert_ok(hf_dict_open(to_frozen, "dict", HF_OPEN_OR_CREATE, &dict));
    assert_int_equal(kill((pid_t)hf_manager_pid(frozen), SIGSTOP), 0);
}

static void thaw(void) {
    assert_int_equal(kill((pid_t)hf_manager_pid(frozen), SIGCONT), 0);
    assert_ok(hf_dict_set_int(dict, "key", 1));
    hf_client_free(to_frozen);
    hf_manager_stop(frozen);
}

static void wait_ping(void) {
    (void)!hf_client_ping(to_frozen);
}

static void wait_items(void) {
    hf_any_map_array items;
    (void)!hf_dict_items(dict, &items);
}

static void wait_list(void) {
    hf_listing listing;
    (void)!hf_object_list(to_frozen, "", &listing);
}

static void wait_post(void) {
    (void)!hf_post_begin(to_frozen);
    (void)!hf_dict_set_int(dict, "key", 2);
    (void)!hf_post_finish(to_frozen);
}

static void wait_pool_open(void) {
    hf_pool *pool;
    (void)!hf_pool_open(to_frozen, "pool", NULL, &pool);
}

/* ---- the table ---- */

enum where { MANAGER, HERE };

struct row {
    const char *name;
    enum where where;
    void (*prepare)(void);
    void (*wait)(void);
    void (*use)(void);
};

static const struct row rows[] = {
    {"hf_async_wait", HERE, open_async, wait_async, use_async},
    {"hf_barrier_wait", MANAGER, open_barrier, wait_barrier, use_barrier},
    {"hf_barrier_wait_action", MANAGER, open_barrier, wait_barrier_action, use_barrier},
    {"hf_batch_finish", MANAGER, open_locks, wait_batch, use_locks},
    {"hf_condition_wait", MANAGER, open_locks, wait_condition, use_locks},
    {"hf_condition_wait_for", MANAGER, open_locks, wait_condition_for, use_locks},
    {"hf_event_wait", MANAGER, open_signals, wait_event, use_signals},
    {"hf_latch_wait", MANAGER, open_signals, wait_latch, use_signals},
    {"hf_lock_acquire", MANAGER, open_locks, wait_lock, use_locks},
    {"hf_lock_acquire_leased", MANAGER, open_locks, wait_lock_leased, use_locks},
    {"hf_lock_acquire_many", MANAGER, open_locks, wait_lock_many, use_locks},
    {"hf_lock_acquire_many_leased", MANAGER, open_locks, wait_lock_many_leased, use_locks},
    {"hf_pipe_poll", MANAGER, open_pipe, wait_pipe_poll, use_pipe},
    {"hf_pipe_receive_any", MANAGER, open_pipe, wait_receive_any, use_pipe},
    {"hf_pipe_receive_bytes", MANAGER, open_pipe, wait_receive_bytes, use_pipe},
    {"hf_pipe_receive_int", MANAGER, open_pipe, wait_receive_int, use_pipe},
    {"hf_pipe_receive_into", MANAGER, open_pipe, wait_receive_into, use_pipe},
    {"hf_pipe_receive_string", MANAGER, open_pipe, wait_receive_string, use_pipe},
    {"hf_pipe_send_any", MANAGER, open_full_pipe, wait_send_any, use_full_pipe},
    {"hf_pipe_send_bytes", MANAGER, open_full_pipe, wait_send_bytes, use_full_pipe},
    {"hf_pipe_send_int", MANAGER, open_full_pipe, wait_send_int, use_full_pipe},
    {"hf_pipe_send_string", MANAGER, open_full_pipe, wait_send_string, use_full_pipe},
    {"hf_pipeline_finish", MANAGER, open_locks, wait_pipeline, use_locks},
    {"hf_queue_get_any", MANAGER, open_queues, wait_get_any, use_queues},
    {"hf_queue_get_bytes", MANAGER, open_queues, wait_get_bytes, use_queues},
    {"hf_queue_get_int", MANAGER, open_queues, wait_get_int, use_queues},
    {"hf_queue_get_leased", MANAGER, open_queues, wait_get_leased, use_queues},
    {"hf_queue_get_many", MANAGER, open_queues, wait_get_many, use_queues},
    {"hf_queue_get_string", MANAGER, open_queues, wait_get_string, use_queues},
    {"hf_queue_join", MANAGER, open_queues, wait_queue_join, use_queues},
    {"hf_queue_put_any", MANAGER, open_queues, wait_put_any, use_queues},
    {"hf_queue_put_bytes", MANAGER, open_queues, wait_put_bytes, use_queues},
    {"hf_queue_put_int", MANAGER, open_queues, wait_put_int, use_queues},
    {"hf_queue_put_many", MANAGER, open_queues, wait_put_many, use_queues},
    {"hf_queue_put_string", MANAGER, open_queues, wait_put_string, use_queues},
    {"hf_queue_put_with", MANAGER, open_queues, wait_put_with, use_queues},
    {"hf_rwlock_acquire_read", MANAGER, open_shares, wait_read, use_shares},
    {"hf_rwlock_acquire_read_leased", MANAGER, open_shares, wait_read_leased, use_shares},
    {"hf_rwlock_acquire_write", MANAGER, open_shares, wait_write, use_shares},
    {"hf_rwlock_acquire_write_leased", MANAGER, open_shares, wait_write_leased, use_shares},
    {"hf_semaphore_acquire", MANAGER, open_shares, wait_semaphore, use_shares},
    {"hf_semaphore_acquire_leased", MANAGER, open_shares, wait_semaphore_leased, use_shares},
    {"hf_wait_any_finish", MANAGER, open_locks, wait_any, use_locks},
    {"hf_watch_next", MANAGER, open_signals, wait_watch, use_signals},
    {"hf_pool_apply", HERE, open_gated, wait_apply, use_gated},
    {"hf_pool_close", HERE, open_gated, wait_pool_close, use_closed},
    {"hf_pool_join", MANAGER, open_closed, wait_pool_join, use_closed},
    {"hf_pool_map", HERE, open_gated, wait_map, use_gated},
    {"hf_pool_map_async", HERE, open_gated, wait_map_async, use_gated},
    {"hf_pool_starmap", HERE, open_gated, wait_starmap, use_gated},
    {"hf_pool_work", MANAGER, open_unmanned, wait_work, use_unmanned},
    {"hf_result_get", HERE, open_gated, wait_result_get, use_gated},
    {"hf_result_wait", HERE, open_gated, wait_result, use_gated},
    {"hf_results_next", HERE, open_gated, wait_results_next, use_gated},
    {"hf_process_join", HERE, open_process, wait_process_join, use_process},
    {"hf_timer_join", HERE, open_timer, wait_timer_join, use_timer},
    {"hf_manager_start", HERE, open_silent, wait_manager, use_silent},
    {"hf_client_ping", HERE, freeze, wait_ping, thaw},
    {"hf_dict_items", HERE, freeze, wait_items, thaw},
    {"hf_object_list", HERE, freeze, wait_list, thaw},
    {"hf_post_finish", HERE, freeze, wait_post, thaw},
    {"hf_pool_open", HERE, freeze, wait_pool_open, thaw},
};

static const size_t row_count = sizeof rows / sizeof rows[0];

static void a_cancelled_wait_leaves_all_else_usable(void **state) {
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        print_message("%s\n", rows[i].name);
        rows[i].prepare();
        uint64_t sessions = settled_statistics().sessions;
        cancel_in(rows[i].wait, rows[i].where == MANAGER);
        while (statistics().sessions > sessions) {
            (void)sched_yield(); /* the manager has not seen the end of the thread's session yet */
        }
        rows[i].use();
    }
}

/* ---- the headers ---- */

/* The timeout of hf_async_submit() is for a wait at the manager alone. */
static bool in_table(const char *name, size_t len) {
    if (len == strlen("hf_async_submit") && memcmp(name, "hf_async_submit", len) == 0) {
        return true;
    }
    for (size_t i = 0; i < row_count; i++) {
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Each declaration with a timeout, in the text of a header. Returns how many there are. */
static size_t check_header(char *text) {
    size_t count = 0;
    for (char *at = text; (at = strstr(at, "HF_API "));) {
        char *end = strchr(at, ';');
        assert_non_null(end);
        *end = 0;
        char *arguments = strchr(at, '(');
        if (arguments && strstr(arguments, "int64_t timeout_ms")) {
            const char *name = arguments;
            while (name[-1] == '_' || (name[-1] >= 'a' && name[-1] <= 'z')) {
                name--;
            }
            if (!in_table(name, (size_t)(arguments - name))) {
                fail_msg("%.*s waits, and has no row", (int)(arguments - name), name);
            }
            count++;
        }
        at = end + 1;
    }
    return count;
}

static void each_function_with_a_timeout_has_a_row(void **state) {
    static char text[200000];
    glob_t headers;
    size_t count = 0;
    (void)state;
    assert_int_equal(glob(HF_HEADERS "/*.h", 0, NULL, &headers), 0);
    for (size_t i = 0; i < headers.gl_pathc; i++) {
        FILE *file = fopen(headers.gl_pathv[i], "re");
        assert_non_null(file);
        text[fread(text, 1, sizeof text - 1, file)] = 0;
        (void)fclose(file);
        count += check_header(text);
    }
    globfree(&headers);
    assert_true(count > 40);
}

/* ---- at any moment ---- */

/* Functions that threads call over and over until they are cancelled. */

static void busy_lock(void) {
    if (hf_ok(hf_lock_acquire(lock, -1, NULL))) {
        (void)hf_lock_release(lock);
    }
}

static void busy_condition(void) {
    if (hf_ok(hf_lock_acquire(lock, -1, NULL))) {
        (void)!hf_condition_wait(condition, 1, NULL);
        (void)hf_lock_release(lock);
    }
}

static void busy_queue(void) {
    int64_t item;
    (void)!hf_queue_put_int(empty, 1, -1);
    (void)!hf_queue_get_int(empty, 0, &item);
}

static void busy_connection(void) {
    (void)!hf_client_ping(client);
    hf_client_disconnect(client);
}

static void busy_pipeline(void) {
    (void)!hf_pipeline_begin(client);
    for (int i = 0; i < 100; i++) {
        (void)!hf_queue_put_int(empty, i, 0);
    }
    (void)!hf_pipeline_finish(client, NULL, 0);
    (void)!hf_queue_close(empty, true);
    (void)!hf_queue_reopen(empty);
}

static void busy_alive(void) {
    (void)hf_process_alive(process);
}

static void free_process(void *argument) {
    hf_process **started = argument;
    hf_process_free(*started);
}

static int end_at_once(void *argument) {
    (void)argument;
    return 0;
}

static void busy_process(void) {
    hf_process *started = NULL;
    pthread_cleanup_push(free_process, &started);
    if (hf_process_start(end_at_once, NULL, NULL, &started) == HF_OK) {
        (void)!hf_process_join(started, -1);
    }
    pthread_cleanup_pop(1);
}

static void busy_apply(void) {
    hf_any value = hf_any_int(3);
    (void)!hf_pool_apply(forked->pool, "square", &value, 1, NULL, -1, &value);
}

static void busy_map(void) {
    const hf_task_options options = {.chunk = 1};
    hf_any_array values = {NULL, 0};
    (void)!hf_pool_map(forked->pool, "square", numbers(), 40, &options, -1, &values);
    hf_any_array_clear(&values);
}

static void free_results(void *argument) {
    hf_results **opened = argument;
    hf_results_free(*opened);
}

static void busy_imap(void) {
    hf_results *opened = NULL;
    hf_any value;
    pthread_cleanup_push(free_results, &opened);
    (void)!hf_pool_imap(forked->pool, "square", numbers(), 40, NULL, &opened);
    for (int i = 0; i < 40 && opened; i++) {
        (void)!hf_results_next(opened, -1, NULL, &value);
    }
    pthread_cleanup_pop(1);
}

static void free_pool_of(void *argument) {
    hf_pool **opened = argument;
    hf_pool_free(*opened);
}

static void busy_open(void) {
    hf_pool *opened = NULL;
    pthread_cleanup_push(free_pool_of, &opened);
    (void)!hf_pool_open(client, NULL, NULL, &opened);
    pthread_cleanup_pop(1);
}

static void busy_start(void) {
    const hf_function function = {"square", square};
    hf_pool_options options = HF_POOL_OPTIONS;
    hf_pool *started = NULL;
    options.work.functions = &function;
    options.work.function_count = 1;
    options.most = 1;
    pthread_cleanup_push(free_pool_of, &started);
    (void)!hf_pool_start(client, NULL, &options, &started);
    pthread_cleanup_pop(1);
}

enum { ROUNDS = 20, BUSY = 12, YIELDS_MAX = 200 };

static void open_busy(void) {
    open_locks();
    open_process();
    assert_ok(hf_queue_open(client, "busy", NULL, &empty));
    forked = open_forked_pool(&forked_state, 1, &(hf_pool_options){.max_tasks = 8});
}

static void use_busy(void) {
    result = begin_one(forked->pool, "square", hf_any_int(5));
    finish_with(result, hf_any_int(25));
    close_forked_pool(forked);
    drop_object(hf_queue_ref(empty));
    use_process();
    use_locks();
}

static void cancel_busy_threads(void) {
    static void (*const busy[BUSY])(void) = {
        busy_lock,    busy_condition, busy_queue, busy_connection, busy_pipeline, busy_alive,
        busy_process, busy_apply,     busy_map,   busy_imap,       busy_open,     busy_start};
    struct waiter waiters[BUSY];
    pthread_t threads[BUSY];
    struct seeded seeded = {1};
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < BUSY; i++) {
            waiters[i] = (struct waiter){.wait = busy[i], .busy = true};
            assert_int_equal(pthread_create(&threads[i], NULL, wait_main, &waiters[i]), 0);
        }
        for (size_t i = 0; i < BUSY; i++) {
            for (size_t yields = seeded_below(&seeded, YIELDS_MAX); yields > 0; yields--) {
                (void)sched_yield();
            }
            cancel_and_join(threads[i]);
        }
        assert_int_equal(run(end_at_once, NULL), 0); /* a fork finds no lock held */
    }
}

static void a_cancel_may_come_at_any_moment(void **state) {
    (void)state;
    open_busy();
    cancel_busy_threads();
    use_busy();
}

static void *interrupt_main(void *unused) {
    for (;;) {
        pthread_testcancel();
        hf_interrupt(client);
        (void)sched_yield();
    }
    return unused;
}

/* While each thread is also interrupted over and over. */
static void a_cancel_and_an_interrupt_may_meet(void **state) {
    pthread_t interrupter;
    (void)state;
    open_busy();
    hf_event never_set = open_event("never set");
    assert_int_equal(pthread_create(&interrupter, NULL, interrupt_main, NULL), 0);
    cancel_busy_threads();
    cancel_and_join(interrupter);
    hf_interrupt(client);
    assert_status(hf_event_wait(never_set, -1), HF_CANCELLED, "this thread, of all before");
    delete_named("never set");
    use_busy();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancelled_wait_leaves_all_else_usable),
        cmocka_unit_test(each_function_with_a_timeout_has_a_row),
        cmocka_unit_test(a_cancel_may_come_at_any_moment),
        cmocka_unit_test(a_cancel_and_an_interrupt_may_meet),
    };
    return POOLING_MAIN(tests);
}
