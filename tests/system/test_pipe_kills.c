/* SPDX-License-Identifier: MIT
 *
 * kill -9 of those who hold an end of a pipe, or wait for any of several things, a thousand times
 * each: the other side learns of it at once, and the dead take nothing with them.
 */
#include "daemon.h"
#include "kills.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { KILLS = 1000 };

static int64_t took_us[KILLS];

/* ---- requests ---- */

/* One-way, with room for one message. */
static uint64_t open_pipe(struct wire *wire) {
    char name[] = "p";
    Hf__PipeOpen open = HF__PIPE_OPEN__INIT;
    open.name = name;
    open.has_one_way = open.one_way = open.has_max_messages = true;
    open.max_messages = 1;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_PIPE_OPEN, &open, 0, 0);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_OBJECT);
    uint64_t id = reply->object->id;
    hf__reply__free_unpacked(reply, NULL);
    return id;
}

static uint64_t send_message(struct wire *wire, uint64_t pipe) {
    Hf__Any value = HF__ANY__INIT;
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

static void assert_answered(const struct wire *wire, uint64_t asked, hf_status wanted) {
    uint64_t id = 0;
    assert_int_equal(wire_status(wire, &id), wanted);
    assert_int_equal(id, asked);
}

/* ---- those who are killed ---- */

static void hold_writing_end(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    attach(&wire, open_pipe(&wire), 1);
    worker_tell(tell, 1);
    worker_wait();
}

static void hold_reading_end(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    attach(&wire, open_pipe(&wire), 0);
    worker_tell(tell, 1);
    worker_wait();
}

static void wait_for_any(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    Hf__PipeReceive receive = HF__PIPE_RECEIVE__INIT;
    Hf__QueueGet get = HF__QUEUE_GET__INIT;
    Hf__Request requests[] = {HF__REQUEST__INIT, HF__REQUEST__INIT};
    Hf__Request *list[] = {&requests[0], &requests[1]};
    Hf__WaitAny any = HF__WAIT_ANY__INIT;
    requests[0].has_object = requests[1].has_object = true;
    requests[0].object = open_pipe(&wire);
    requests[0].op_case = HF__REQUEST__OP_PIPE_RECEIVE;
    requests[0].pipe_receive = &receive;
    requests[1].object = wire_queue(&wire, "q");
    requests[1].op_case = HF__REQUEST__OP_QUEUE_GET;
    requests[1].queue_get = &get;
    any.n_requests = 2;
    any.requests = list;
    (void)wire_send(&wire, HF__REQUEST__OP_WAIT_ANY, &any, 0, -1);
    worker_tell(tell, 1);
    worker_wait();
}

/* ---- tests ---- */

static void a_reader_is_told_of_the_last_writers_death(void **state) {
    (void)state;
    struct daemon daemon = daemon_start(NULL);
    struct wire reader = wire_open(daemon.address, "reader");
    uint64_t pipe = open_pipe(&reader);
    for (int i = 0; i < KILLS; i++) {
        struct worker writer = worker_start(hold_writing_end, &daemon);
        (void)worker_told(&writer);
        uint64_t asked = receive_message(&reader, pipe);
        wire_await_waiting(&reader, 1);

        int64_t start_us = now_us();
        worker_kill(&writer);
        assert_answered(&reader, asked, HF_CLOSED);
        took_us[i] = now_us() - start_us;

        worker_bury(&writer);
    }
    kills_report("the end of the stream", took_us, KILLS);
    wire_close(&reader);
    daemon_stop(&daemon);
}

static void a_writer_is_told_of_the_last_readers_death(void **state) {
    (void)state;
    struct daemon daemon = daemon_start(NULL);
    struct wire writer = wire_open(daemon.address, "writer");
    uint64_t pipe = open_pipe(&writer);
    assert_answered(&writer, send_message(&writer, pipe), HF_OK); /* and it is full */
    for (int i = 0; i < KILLS; i++) {
        struct worker reader = worker_start(hold_reading_end, &daemon);
        (void)worker_told(&reader);
        uint64_t asked = send_message(&writer, pipe);
        wire_await_waiting(&writer, 1);

        int64_t start_us = now_us();
        worker_kill(&reader);
        assert_answered(&writer, asked, HF_CLOSED);
        took_us[i] = now_us() - start_us;

        worker_bury(&reader);
    }
    kills_report("the broken pipe", took_us, KILLS);
    wire_close(&writer);
    daemon_stop(&daemon);
}

static void who_dies_while_it_waits_for_any_takes_nothing(void **state) {
    (void)state;
    struct daemon daemon = daemon_start(NULL);
    struct wire writer = wire_open(daemon.address, "writer");
    struct wire reader = wire_open(daemon.address, "reader");
    uint64_t pipe = open_pipe(&writer);
    attach(&writer, pipe, 1);
    attach(&reader, pipe, 0);
    for (int i = 0; i < KILLS; i++) {
        struct worker waiter = worker_start(wait_for_any, &daemon);
        (void)worker_told(&waiter);
        wire_await_waiting(&writer, 1);

        worker_kill(&waiter);
        worker_bury(&waiter);
        wire_await_waiting(&writer, 0);

        assert_answered(&writer, send_message(&writer, pipe), HF_OK);
        assert_answered(&reader, receive_message(&reader, pipe), HF_OK);
    }
    wire_close(&writer);
    wire_close(&reader);
    daemon_stop(&daemon);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_is_told_of_the_last_writers_death),
        cmocka_unit_test(a_writer_is_told_of_the_last_readers_death),
        cmocka_unit_test(who_dies_while_it_waits_for_any_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
