/* SPDX-License-Identifier: MIT
 *
 * kill -9 of processes that hold an end of a pipe, wait to send, or wait for any of several things,
 * a thousand times each: the other side learns of it at once, and no message is lost.
 */
#include "kills.h"

/* ---- requests ---- */

/* One-way, with room for one message. */
static uint64_t open_pipe(struct wire *wire) {
    char name[] = "p";
    Hf__PipeOpen open = HF__PIPE_OPEN__INIT;
    open.name = name;
    open.has_one_way = open.one_way = open.has_max_messages = true;
    open.max_messages = 1;
    return wire_object(wire, HF__REQUEST__OP_PIPE_OPEN, &open);
}

static uint64_t send_message(struct wire *wire, uint64_t pipe, int64_t number) {
    Hf__Any value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_INT;
    value.int_ = number;
    Hf__PipeSend send = HF__PIPE_SEND__INIT;
    send.end = 1;
    send.value = &value;
    return wire_send(wire, HF__REQUEST__OP_PIPE_SEND, &send, pipe, -1);
}

static uint64_t receive_message(struct wire *wire, uint64_t pipe) {
    Hf__PipeReceive receive = HF__PIPE_RECEIVE__INIT;
    return wire_send(wire, HF__REQUEST__OP_PIPE_RECEIVE, &receive, pipe, -1);
}

static void attach(struct wire *wire, uint64_t pipe, uint32_t end) {
    Hf__PipeAttach attach_op = HF__PIPE_ATTACH__INIT;
    attach_op.end = end;
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_PIPE_ATTACH, &attach_op, pipe, 0),
                     HF_OK);
}

static void expect_message(const struct wire *wire, uint64_t asked, int64_t number) {
    Hf__Reply *reply = wire_receive(wire);
    assert_non_null(reply);
    assert_int_equal(reply->id, asked);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUE);
    assert_int_equal(reply->value->int_, number);
    hf__reply__free_unpacked(reply, NULL);
}

/* ---- victims ---- */

static void hold_writing_end(struct wire *wire) {
    attach(wire, open_pipe(wire), 1);
}

static void hold_reading_end(struct wire *wire) {
    attach(wire, open_pipe(wire), 0);
}

static void wait_to_send(struct wire *wire) {
    (void)send_message(wire, open_pipe(wire), -1);
}

static void wait_for_any(struct wire *wire) {
    Hf__PipeReceive receive = HF__PIPE_RECEIVE__INIT;
    Hf__QueueGet get = HF__QUEUE_GET__INIT;
    Hf__Request requests[] = {HF__REQUEST__INIT, HF__REQUEST__INIT};
    Hf__Request *list[] = {&requests[0], &requests[1]};
    Hf__WaitAny any = HF__WAIT_ANY__INIT;
    requests[0].has_object = requests[1].has_object = true;
    requests[0].object = open_pipe(wire);
    requests[0].op_case = HF__REQUEST__OP_PIPE_RECEIVE;
    requests[0].pipe_receive = &receive;
    requests[1].object = wire_queue(wire, "q");
    requests[1].op_case = HF__REQUEST__OP_QUEUE_GET;
    requests[1].queue_get = &get;
    any.n_requests = 2;
    any.requests = list;
    (void)wire_send(wire, HF__REQUEST__OP_WAIT_ANY, &any, 0, -1);
}

/* ---- tests ---- */

static void a_reader_is_told_of_the_last_writers_death(void **state) {
    const struct daemon *daemon = *state;
    struct wire reader = wire_open(daemon->address, "reader");
    uint64_t pipe = open_pipe(&reader);
    for (int i = 0; i < KILLS; i++) {
        struct worker writer = victim_start(daemon, hold_writing_end);
        uint64_t asked = receive_message(&reader, pipe);
        wire_await_waiting(&reader, 1);

        kills_begin(&writer);
        wire_expect(&reader, asked, HF_CLOSED);
        kills_end(&writer);
    }
    kills_report("the end of the stream");
}

static void a_writer_is_told_of_the_last_readers_death(void **state) {
    const struct daemon *daemon = *state;
    struct wire writer = wire_open(daemon->address, "writer");
    uint64_t pipe = open_pipe(&writer);
    wire_expect(&writer, send_message(&writer, pipe, 0), HF_OK); /* and it is full */
    for (int i = 0; i < KILLS; i++) {
        struct worker reader = victim_start(daemon, hold_reading_end);
        uint64_t asked = send_message(&writer, pipe, 0);
        wire_await_waiting(&writer, 1);

        kills_begin(&reader);
        wire_expect(&writer, asked, HF_CLOSED);
        kills_end(&reader);
    }
    kills_report("the broken pipe");
}

static void a_dead_waiter_for_any_takes_nothing(void **state) {
    const struct daemon *daemon = *state;
    struct wire writer = wire_open(daemon->address, "writer");
    struct wire reader = wire_open(daemon->address, "reader");
    uint64_t pipe = open_pipe(&writer);
    attach(&writer, pipe, 1);
    attach(&reader, pipe, 0);
    for (int i = 0; i < KILLS; i++) {
        struct worker waiter = victim_start(daemon, wait_for_any);
        wire_await_waiting(&writer, 1);

        worker_kill(&waiter);
        worker_reap(&waiter);
        wire_await_waiting(&writer, 0);

        wire_expect(&writer, send_message(&writer, pipe, 0), HF_OK);
        wire_expect(&reader, receive_message(&reader, pipe), HF_OK);
    }
}

static void a_dead_waiter_sends_nothing(void **state) {
    const struct daemon *daemon = *state;
    struct wire writer = wire_open(daemon->address, "writer");
    struct wire reader = wire_open(daemon->address, "reader");
    uint64_t pipe = open_pipe(&reader);
    wire_expect(&writer, send_message(&writer, pipe, 0), HF_OK); /* and it is full */
    for (int i = 0; i < KILLS; i++) {
        struct worker sender = victim_start(daemon, wait_to_send);
        wire_await_waiting(&reader, 1);
        uint64_t asked = send_message(&writer, pipe, i + 1);
        wire_await_waiting(&reader, 2);

        kills_begin(&sender);
        wire_await_waiting(&reader, 1);
        expect_message(&reader, receive_message(&reader, pipe), i);
        wire_expect(&writer, asked, HF_OK);
        kills_end(&sender);
    }
    kills_report("the message of who waited behind it");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_is_told_of_the_last_writers_death),
        cmocka_unit_test(a_writer_is_told_of_the_last_readers_death),
        cmocka_unit_test(a_dead_waiter_for_any_takes_nothing),
        cmocka_unit_test(a_dead_waiter_sends_nothing),
    };
    return SYSTEM_MAIN(tests);
}
