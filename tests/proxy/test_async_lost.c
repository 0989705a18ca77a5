/* SPDX-License-Identifier: MIT
 *
 * Asynchronous calls when connections come late, are lost, or behave as no manager does.
 */
#include "fake.h"
#include "frame.h"
#include "wire_limits.h"

#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_RUN = 1000, SECOND_RUN = 2000, DICT = 5, LOCK = 3, FENCE = 9 };

static hf_async *async;
static size_t told;
static size_t losses;
static bool lost_held;
static char lost_detail[256];

static void note(hf_async *from, const hf_completion *completion) {
    assert_ptr_equal(from, async);
    *(hf_status *)completion->data = completion->status;
    told++;
}

static void note_loss(hf_async *from, hf_status status, const char *detail, bool held, void *data) {
    assert_ptr_equal(from, async);
    assert_ptr_equal(data, &losses);
    assert_true(hf_status_is_fatal(status));
    losses++;
    lost_held = held;
    (void)snprintf(lost_detail, sizeof lost_detail, "%s", detail);
}

static hf_async *start(hf_client *client, bool lazy) {
    hf_async_options options = HF_ASYNC_OPTIONS;
    options.lost = note_loss;
    options.lost_data = &losses;
    options.lazy = lazy;
    told = losses = 0;
    lost_held = false;
    assert_int_equal(hf_async_new(client, &options, &async), HF_OK);
    return async;
}

static void run_loop(void) {
    struct pollfd poll_fd = {hf_async_fd(async), POLLIN, 0};
    assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
    (void)hf_async_process(async);
}

static void run_until(size_t count) {
    while (told < count) {
        run_loop();
    }
}

static void run_until_lost(void) {
    while (losses == 0) {
        run_loop();
    }
}

static hf_status submit_get(hf_client *client, int64_t *number, hf_status *status) {
    return HF_ASYNC(async, note, status, NULL, hf_value_get(value_of(client), number));
}

/* ---- connections that are lost ---- */

static void script_lose_two(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 1);
    (void)fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    (void)fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    fake_hang_up(fake);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 4);
}

static void groups_that_were_sent_are_told_of_a_loss(void **state) {
    int64_t numbers[4] = {0};
    hf_status statuses[4];
    hf_client *client = fake_play(*state, script_lose_two, NULL);
    start(client, false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(submit_get(client, &numbers[i], &statuses[i]), HF_OK);
    }
    run_until(3);
    assert_int_equal(numbers[0], 1);
    assert_int_equal(statuses[0], HF_OK);
    assert_int_equal(statuses[1], HF_DISCONNECTED);
    assert_int_equal(statuses[2], HF_DISCONNECTED);
    assert_int_equal(losses, 1);
    assert_false(lost_held);
    assert_non_null(strstr(lost_detail, "hung up"));

    assert_int_equal(submit_get(client, &numbers[3], &statuses[3]), HF_OK);
    run_until(4);
    assert_int_equal(numbers[3], 4);
    hf_async_free(async);
}

static void script_hang_up_idle(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 1);
    fake_hang_up(fake);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 2);
}

static void an_idle_connection_is_replaced(void **state) {
    int64_t numbers[2] = {0};
    hf_status statuses[2];
    hf_client *client = fake_play(*state, script_hang_up_idle, NULL);
    start(client, false);
    assert_int_equal(submit_get(client, &numbers[0], &statuses[0]), HF_OK);
    run_until(1);
    run_until_lost();
    assert_int_equal(submit_get(client, &numbers[1], &statuses[1]), HF_OK);
    run_until(2);
    assert_int_equal(statuses[1], HF_OK);
    assert_int_equal(numbers[1], 2);
    hf_async_free(async);
}

static void script_send_fails(struct fake *fake) {
    fake_welcome(fake);
    uint64_t call = fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    (void)shutdown(fake->peer, SHUT_RD); /* the client gets the reply, but cannot send any more */
    fake_reply_int(fake, call, 1);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 2);
}

static void a_group_whose_send_fails_goes_by_the_next_connection(void **state) {
    int64_t numbers[2] = {0};
    hf_status statuses[2];
    hf_client *client = fake_play(*state, script_send_fails, NULL);
    start(client, false);
    assert_int_equal(submit_get(client, &numbers[0], &statuses[0]), HF_OK);
    run_until(1);
    assert_int_equal(submit_get(client, &numbers[1], &statuses[1]), HF_OK);
    run_until(2);
    assert_int_equal(statuses[1], HF_OK);
    assert_int_equal(numbers[1], 2);
    hf_async_free(async);
}

static void script_grant_and_hang_up(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_grant(fake, fake_read_op(fake, HF__REQUEST__OP_LOCK_ACQUIRE), FENCE);
    fake_hang_up(fake);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 2);
}

static void acquire(hf_client *client) {
    static hf_status status;
    hf_lock lock = {client, LOCK};
    assert_int_equal(HF_ASYNC(async, note, &status, NULL, hf_lock_acquire(lock, 0, NULL)), HF_OK);
    run_until(1);
    assert_int_equal(status, HF_OK);
}

static void the_loss_of_a_hold_is_told_once(void **state) {
    int64_t number = 0;
    hf_status statuses[2];
    hf_client *client = fake_play(*state, script_grant_and_hang_up, NULL);
    start(client, false);
    acquire(client);
    run_until_lost();
    assert_true(lost_held);

    assert_int_equal(submit_get(client, &number, &statuses[0]), HF_OK);
    run_until(2);
    assert_int_equal(statuses[0], HF_DISCONNECTED);
    assert_int_equal(submit_get(client, &number, &statuses[1]), HF_OK);
    run_until(3);
    assert_int_equal(statuses[1], HF_OK);
    assert_int_equal(number, 2);
    hf_async_free(async);
}

/* To hang up when the test says so, and to say that it is done. */
struct moment {
    sem_t now;
    sem_t done;
};

static void script_grant_and_hang_up_later(struct fake *fake) {
    struct moment *moment = fake->data;
    fake_welcome(fake);
    fake_reply_grant(fake, fake_read_op(fake, HF__REQUEST__OP_LOCK_ACQUIRE), FENCE);
    (void)sem_wait(&moment->now);
    fake_hang_up(fake);
    (void)sem_post(&moment->done);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 2);
}

static void nothing_goes_on_without_what_was_held(void **state) {
    int64_t number = 0;
    hf_status statuses[3];
    struct moment moment;
    assert_int_equal(sem_init(&moment.now, 0, 0), 0);
    assert_int_equal(sem_init(&moment.done, 0, 0), 0);
    hf_client *client = fake_play(*state, script_grant_and_hang_up_later, &moment);
    start(client, true);
    acquire(client);
    assert_int_equal(submit_get(client, &number, &statuses[0]), HF_OK); /* not sent yet */
    assert_int_equal(submit_get(client, &number, &statuses[1]), HF_OK);
    assert_int_equal(sem_post(&moment.now), 0);
    assert_int_equal(sem_wait(&moment.done), 0);
    run_until(3);
    assert_int_equal(statuses[0], HF_DISCONNECTED);
    assert_int_equal(statuses[1], HF_DISCONNECTED);
    assert_int_equal(submit_get(client, &number, &statuses[2]), HF_OK);
    run_until(4);
    assert_int_equal(statuses[2], HF_OK);
    hf_async_free(async);
}

/* ---- managers that misbehave ---- */

static void script_silent(struct fake *fake) {
    fake_welcome(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    fake_expect_hang_up(fake);
}

static void a_manager_that_does_not_answer_is_lost(void **state) {
    int64_t number = 0;
    hf_status status = HF_OK;
    fake_start(*state, script_silent, NULL);
    hf_client *client = fake_client(*state, 30);
    start(client, false);
    assert_int_equal(submit_get(client, &number, &status), HF_OK);
    run_until(1);
    assert_int_equal(status, HF_DISCONNECTED);
    assert_non_null(strstr(lost_detail, "no answer"));
    hf_async_free(async);
    hf_client_free(client);
}

static void script_unasked(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET) + 1, 2);
    fake_expect_hang_up(fake);
}

static void an_answer_to_nothing_ends_the_connection(void **state) {
    int64_t number = 0;
    hf_status status = HF_OK;
    hf_client *client = fake_play(*state, script_unasked, NULL);
    start(client, false);
    assert_int_equal(submit_get(client, &number, &status), HF_OK);
    run_until(1);
    assert_int_equal(status, HF_PROTOCOL);
    assert_non_null(strstr(lost_detail, "was not made"));
    hf_async_free(async);
}

static void script_dismiss(struct fake *fake) {
    fake_welcome(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    fake_reply_status(fake, 0, HF_DISCONNECTED, "you talk too much");
    fake_expect_hang_up(fake);
}

static void the_reason_of_the_manager_is_told(void **state) {
    int64_t number = 0;
    hf_status status = HF_OK;
    hf_client *client = fake_play(*state, script_dismiss, NULL);
    start(client, false);
    assert_int_equal(submit_get(client, &number, &status), HF_OK);
    run_until(1);
    assert_int_equal(status, HF_DISCONNECTED);
    assert_string_equal(lost_detail, "you talk too much");
    hf_async_free(async);
}

static void script_slow(struct fake *fake) {
    uint8_t bytes[64];
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Any any = HF__ANY__INIT;
    fake_welcome(fake);
    reply.has_id = true;
    reply.id = fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    reply.result_case = HF__REPLY__RESULT_VALUE;
    reply.value = &any;
    any.kind_case = HF__ANY__KIND_INT;
    any.int_ = 42;
    size_t len = hf__reply__pack(&reply, bytes + HF_FRAME_HEADER_BYTES);
    frame_put_header(bytes, (uint32_t)len);
    for (size_t i = 0; i < HF_FRAME_HEADER_BYTES + len; i++) {
        fake_send(fake, &bytes[i], 1);
        (void)sched_yield();
    }
    (void)fake_read_op(fake, HF__REQUEST__OP_PING);
    fake_expect_hang_up(fake);
}

static void a_reply_may_come_in_pieces(void **state) {
    int64_t number = 0;
    hf_status status = HF_SYSTEM;
    hf_client *client = fake_play(*state, script_slow, NULL);
    start(client, false);
    assert_int_equal(submit_get(client, &number, &status), HF_OK);
    run_until(1);
    assert_int_equal(status, HF_OK);
    assert_int_equal(number, 42);
    assert_int_equal(HF_ASYNC(async, note, &status, NULL, hf_client_ping(client)), HF_OK);
    hf_async_free(async);
    assert_int_equal(status, HF_DISCONNECTED);
}

/* ---- connecting ---- */

static hf_client *client_at(const char *address, int64_t connect_timeout_ms) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    options.connect_timeout_ms = connect_timeout_ms;
    assert_int_equal(hf_client_new(address, &options, &client), HF_OK);
    return client;
}

static void without_a_manager_groups_end_and_the_next_submit_tries_again(void **state) {
    (void)state;
    int64_t number = 0;
    hf_status statuses[3];
    hf_client *client = client_at("unix:/tmp/holdfast-test-no-such.sock", 20);
    start(client, false);
    assert_int_equal(submit_get(client, &number, &statuses[0]), HF_OK);
    assert_int_equal(submit_get(client, &number, &statuses[1]), HF_OK);
    assert_int_equal(told, 0);
    run_until(2);
    assert_int_equal(statuses[0], HF_UNREACHABLE);
    assert_int_equal(statuses[1], HF_UNREACHABLE);
    assert_int_equal(submit_get(client, &number, &statuses[2]), HF_OK);
    run_until(3);
    assert_int_equal(statuses[2], HF_UNREACHABLE);
    hf_async_free(async);
    hf_client_free(client);
}

static void script_one(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 8);
}

static void a_manager_that_comes_later_is_found(void **state) {
    int64_t number = 0;
    hf_status status = HF_SYSTEM;
    char path[128];
    char address[160];
    struct fake *fake = *state;
    fake_start(fake, script_one, NULL);
    (void)snprintf(path, sizeof path, "%s/later.sock", fake->folder);
    (void)snprintf(address, sizeof address, "unix:%s", path);
    hf_client *client = client_at(address, PATIENCE_MS);
    start(client, false);
    assert_int_equal(submit_get(client, &number, &status), HF_OK);
    run_loop();
    assert_int_equal(told, 0);
    assert_int_equal(symlink("fake.sock", path), 0);
    run_until(1);
    assert_int_equal(status, HF_OK);
    assert_int_equal(number, 8);
    hf_async_free(async);
    hf_client_free(client);
    (void)unlink(path);
}

static void what_no_wait_can_mend_is_told_at_once(void **state) {
    (void)state;
    int64_t number = 0;
    hf_status status = HF_OK;
    hf_client *client = client_at("unix:/dev/null", -1);
    start(client, false);
    assert_int_equal(submit_get(client, &number, &status), HF_OK);
    run_until(1);
    assert_int_equal(status, HF_UNREACHABLE);
    hf_async_free(async);
    hf_client_free(client);
}

static void a_manager_on_tcp_is_found_by_number_and_by_name(void **state) {
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    for (size_t i = 0; i < 2; i++) {
        int64_t number = 0;
        hf_status status = HF_SYSTEM;
        char address[64];
        struct fake *fake = *state;
        fake_start_tcp(fake, script_one, NULL);
        (void)snprintf(address, sizeof address, "tcp://%s:%s", hosts[i],
                       strrchr(fake->address, ':') + 1);
        hf_client *client = client_at(address, PATIENCE_MS);
        start(client, false);
        assert_int_equal(submit_get(client, &number, &status), HF_OK);
        run_until(1);
        assert_int_equal(status, HF_OK);
        assert_int_equal(number, 8);
        hf_async_free(async);
        hf_client_free(client);
        fake_stop(fake);
    }
}

/* The kernel has a folder for each thread of the process. */
static size_t thread_count(void) {
    struct stat tasks;
    assert_int_equal(stat("/proc/self/task", &tasks), 0);
    return (size_t)tasks.st_nlink - 2;
}

static void a_lookup_may_be_left_alone(void **state) {
    (void)state;
    int64_t number = 0;
    hf_status status = HF_OK;
    size_t before = thread_count(); /* a sanitizer has one of its own */
    hf_client *client = client_at("tcp://localhost:1", PATIENCE_MS);
    start(client, false);
    assert_int_equal(submit_get(client, &number, &status), HF_OK);
    hf_async_free(async);
    hf_client_free(client);
    assert_int_equal(status, HF_DISCONNECTED);
    while (thread_count() > before) { /* it ends by itself */
        (void)sched_yield();
    }
}

/* ---- another run of the manager ---- */

static uint64_t read_clear(struct fake *fake, uint64_t object) {
    Hf__Request *request = fake_read(fake);
    fake_expect(fake, request && request->op_case == HF__REQUEST__OP_DICT_CLEAR, "another call");
    fake_expect(fake, request && request->object == object, "another object");
    uint64_t id = request ? request->id : 0;
    if (request) {
        hf__request__free_unpacked(request, NULL);
    }
    return id;
}

static void script_restart(struct fake *fake) {
    fake_welcome_in(fake, FIRST_RUN);
    fake_reply_object(fake, fake_read_op(fake, HF__REQUEST__OP_DICT_OPEN), FIRST_RUN + DICT);
    fake_hang_up(fake);
    fake_welcome_in(fake, SECOND_RUN);
    uint64_t open = fake_read_op(fake, HF__REQUEST__OP_DICT_OPEN);
    fake_reply_object(fake, open, SECOND_RUN + DICT);
    fake_reply_status(fake, read_clear(fake, SECOND_RUN + DICT), HF_OK, NULL);
    uint64_t again = read_clear(fake, SECOND_RUN + DICT);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
    fake_reply_status(fake, again, HF_OK, NULL);
}

/* Two of its groups name the object, and the one behind them keeps its place. */
static void objects_are_opened_again_in_another_run(void **state) {
    hf_status statuses[4];
    hf_dict dict = {NULL, 0};
    hf_client *client = fake_play(*state, script_restart, NULL);
    start(client, false);
    assert_int_equal(HF_ASYNC(async, note, &statuses[0], NULL,
                              hf_dict_open(client, "dict", HF_OPEN_OR_CREATE, &dict)),
                     HF_OK);
    run_until(1);
    run_until_lost();
    assert_int_equal(HF_ASYNC(async, note, &statuses[1], NULL, hf_dict_clear(dict)), HF_OK);
    assert_int_equal(HF_ASYNC(async, note, &statuses[2], NULL, hf_dict_clear(dict)), HF_OK);
    assert_int_equal(HF_ASYNC(async, note, &statuses[3], NULL, hf_client_ping(client)), HF_OK);
    run_until(4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(statuses[i], HF_OK);
    }
    hf_async_free(async);
}

static void script_refuse_open(struct fake *fake) {
    fake_welcome_in(fake, FIRST_RUN);
    fake_reply_object(fake, fake_read_op(fake, HF__REQUEST__OP_DICT_OPEN), FIRST_RUN + DICT);
    fake_hang_up(fake);
    fake_welcome_in(fake, SECOND_RUN);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_DICT_OPEN), HF_WRONG_TYPE,
                      "it is a list now");
    fake_reply_status(fake, read_clear(fake, FIRST_RUN + DICT), HF_NO_OBJECT, NULL);
}

static void an_object_that_cannot_be_opened_again_is_told(void **state) {
    hf_status statuses[2];
    hf_dict dict = {NULL, 0};
    hf_client *client = fake_play(*state, script_refuse_open, NULL);
    start(client, false);
    assert_int_equal(HF_ASYNC(async, note, &statuses[0], NULL,
                              hf_dict_open(client, "dict", HF_OPEN_OR_CREATE, &dict)),
                     HF_OK);
    run_until(1);
    run_until_lost();
    assert_int_equal(HF_ASYNC(async, note, &statuses[1], NULL, hf_dict_clear(dict)), HF_OK);
    run_until(2);
    assert_int_equal(statuses[1], HF_NO_OBJECT);
    hf_async_free(async);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_that_were_sent_are_told_of_a_loss),
        cmocka_unit_test(an_idle_connection_is_replaced),
        cmocka_unit_test(a_group_whose_send_fails_goes_by_the_next_connection),
        cmocka_unit_test(the_loss_of_a_hold_is_told_once),
        cmocka_unit_test(nothing_goes_on_without_what_was_held),
        cmocka_unit_test(a_manager_that_does_not_answer_is_lost),
        cmocka_unit_test(an_answer_to_nothing_ends_the_connection),
        cmocka_unit_test(the_reason_of_the_manager_is_told),
        cmocka_unit_test(a_reply_may_come_in_pieces),
        cmocka_unit_test(without_a_manager_groups_end_and_the_next_submit_tries_again),
        cmocka_unit_test(a_manager_that_comes_later_is_found),
        cmocka_unit_test(what_no_wait_can_mend_is_told_at_once),
        cmocka_unit_test(a_manager_on_tcp_is_found_by_number_and_by_name),
        cmocka_unit_test(a_lookup_may_be_left_alone),
        cmocka_unit_test(objects_are_opened_again_in_another_run),
        cmocka_unit_test(an_object_that_cannot_be_opened_again_is_told),
    };
    return FAKE_MAIN(tests);
}
