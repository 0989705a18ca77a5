/* SPDX-License-Identifier: MIT
 *
 * Many clients, slow clients and hostile clients: each is served or refused as it should be,
 * without effect on the others.
 */
#include "fixture.h"
#include "frame.h"
#include "wire.h"
#include "wire_limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { CLIENTS = 1000, WAITERS = 100, MEBIBYTE = 1 << 20 };

static void allow_many_descriptors(void) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void a_thousand_clients_at_once_are_all_served(void **state) {
    static struct wire wires[CLIENTS];
    allow_many_descriptors();
    const struct daemon *daemon = *state;

    for (int i = 0; i < CLIENTS; i++) {
        wires[i] = wire_connect(daemon->address);
    }
    for (int i = 0; i < CLIENTS; i++) {
        Hf__Hello hello = HF__HELLO__INIT;
        hello.version = HF_PROTOCOL_VERSION;
        (void)wire_send(&wires[i], HF__REQUEST__OP_HELLO, &hello, 0, 0);
        Hf__Ping ping = HF__PING__INIT;
        (void)wire_send(&wires[i], HF__REQUEST__OP_PING, &ping, 0, 0);
    }

    for (uint64_t i = 0; i < CLIENTS; i++) {
        uint64_t id = 0;
        assert_int_equal(wire_status(&wires[i], &id), HF_OK);
        assert_int_equal(id, 1);
        assert_int_equal(wire_status(&wires[i], &id), HF_OK);
        assert_int_equal(id, 2);
    }
    assert_int_equal(wire_sessions(&wires[0]), CLIENTS);
}

static void sessions_past_the_limit_are_told_so(void **state) {
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--max-sessions", "2", NULL});
    struct wire one = wire_open(daemon->address, "one");
    struct wire two = wire_open(daemon->address, "two");

    struct wire three = wire_connect(daemon->address);

    assert_int_equal(wire_greet(&three, "three"), HF_LIMIT);
    assert_true(wire_ends(&three));
    wire_close(&three);
    assert_int_equal(wire_ping(&one), HF_OK);
    wire_close(&two);
    while (wire_sessions(&one) != 1) {
    }
    two = wire_open(daemon->address, "two again");
    assert_int_equal(wire_ping(&two), HF_OK);
}

/* Each session takes two descriptors, of which the daemon has a few only. */
static void without_descriptors_clients_wait_their_turn(void **state) {
    enum { LIMIT = 40, COUNT = 60 };
    const struct rlimit limit = {LIMIT, LIMIT};
    const struct daemon *daemon = *state;
    assert_int_equal(prlimit(daemon->pid, RLIMIT_NOFILE, &limit, NULL), 0);
    struct wire wires[COUNT];

    for (int i = 0; i < COUNT; i++) {
        wires[i] = wire_connect(daemon->address);
        Hf__Hello hello = HF__HELLO__INIT;
        hello.version = HF_PROTOCOL_VERSION;
        (void)wire_send(&wires[i], HF__REQUEST__OP_HELLO, &hello, 0, 0);
    }

    for (int i = 0; i < COUNT; i++) {
        uint64_t id = 0;
        assert_int_equal(wire_status(&wires[i], &id), HF_OK);
        wire_close(&wires[i]);
    }
}

static void blocked_calls_cost_no_thread(void **state) {
    const struct daemon *daemon = *state;
    struct wire holder = wire_open(daemon->address, "holder");
    uint64_t lock = wire_lock(&holder, "l");
    uint64_t id = 0;
    (void)wire_send_acquire(&holder, lock);
    assert_int_equal(wire_status(&holder, &id), HF_OK);
    struct wire waiters[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        waiters[i] = wire_open(daemon->address, "waiter");
        (void)wire_send_acquire(&waiters[i], lock);
    }
    while (wire_waiting_calls(&holder) != WAITERS) {
    }

    assert_int_equal(process_status(daemon->pid, "Threads"), 1);

    assert_int_equal(wire_release(&holder, lock), HF_OK);
    for (int i = 0; i < WAITERS; i++) { /* in order of arrival */
        assert_int_equal(wire_status(&waiters[i], &id), HF_OK);
        assert_int_equal(wire_release(&waiters[i], lock), HF_OK);
        wire_close(&waiters[i]);
    }
}

static uint64_t dict_with(struct wire *wire, size_t value_len) {
    char name[] = "d";
    Hf__DictOpen open = HF__DICT_OPEN__INIT;
    open.name = name;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_DICT_OPEN, &open, 0, 0);
    assert_non_null(reply);
    uint64_t dict = reply->object->id;
    hf__reply__free_unpacked(reply, NULL);

    uint8_t *bytes = calloc(1, value_len);
    assert_non_null(bytes);
    Hf__Any key = HF__ANY__INIT, value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_BYTES;
    value.bytes = (ProtobufCBinaryData){value_len, bytes};
    Hf__DictSet set = HF__DICT_SET__INIT;
    set.key = &key;
    set.value = &value;
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_DICT_SET, &set, dict, 0), HF_OK);
    free(bytes);
    return dict;
}

static void ask(struct wire *wire, uint64_t dict) {
    Hf__Any key = HF__ANY__INIT;
    Hf__DictGet get = HF__DICT_GET__INIT;
    get.key = &key;
    (void)wire_send(wire, HF__REQUEST__OP_DICT_GET, &get, dict, 0);
}

static void a_large_value_comes_and_goes_in_one_piece(void **state) {
    const struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "test");
    const size_t len = 15 * MEBIBYTE;
    uint64_t dict = dict_with(&wire, len);

    ask(&wire, dict);

    Hf__Reply *reply = wire_receive(&wire);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUE);
    assert_int_equal(reply->value->bytes.len, len);
    hf__reply__free_unpacked(reply, NULL);
}

/* It asks for 200 MiB and reads nothing: the daemon stops reading it. Then it reads after all and
 * gets everything. */
static void a_client_that_does_not_read_costs_little(void **state) {
    enum { ASKED = 200 }; /* what fits a socket buffer */
    const struct daemon *daemon = *state;
    struct wire slow = wire_open(daemon->address, "slow");
    struct wire other = wire_open(daemon->address, "other");
    uint64_t dict = dict_with(&slow, MEBIBYTE);
    uint64_t before = process_status(daemon->pid, "VmRSS");

    for (int i = 0; i < ASKED; i++) {
        ask(&slow, dict);
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(wire_ping(&other), HF_OK);
    }

    assert_true(process_status(daemon->pid, "VmRSS") < before + 32 * 1024);
    for (int i = 0; i < ASKED; i++) {
        uint64_t id = 0;
        assert_int_equal(wire_status(&slow, &id), HF_OK);
    }
}

/* Calls that wait are answered whether their session reads or not: past the limit it is ended. */
static void unsent_replies_past_the_limit_end_the_session(void **state) {
    enum { WAITING = 64 };
    const struct daemon *daemon = daemon_replace(
        state, (const char *const[]){"--max-unsent", "8M", "--max-output", "1M", NULL});
    struct wire slow = wire_open(daemon->address, "slow");
    struct wire other = wire_open(daemon->address, "other");
    uint64_t queue = wire_queue(&other, "q");
    for (int i = 0; i < WAITING; i++) {
        Hf__QueueGet get = HF__QUEUE_GET__INIT;
        (void)wire_send(&slow, HF__REQUEST__OP_QUEUE_GET, &get, queue, -1);
    }
    while (wire_waiting_calls(&other) != WAITING) {
    }

    uint8_t *bytes = calloc(1, MEBIBYTE);
    assert_non_null(bytes);
    Hf__Any value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_BYTES;
    value.bytes = (ProtobufCBinaryData){MEBIBYTE, bytes};
    Hf__QueuePut put = HF__QUEUE_PUT__INIT;
    put.value = &value;
    for (int i = 0; i < WAITING; i++) {
        assert_int_equal(wire_call_status(&other, HF__REQUEST__OP_QUEUE_PUT, &put, queue, 0),
                         HF_OK);
    }
    free(bytes);

    assert_int_equal(wire_sessions(&other), 1);
    assert_int_equal(wire_waiting_calls(&other), 0);
    assert_int_equal(wire_last_status(&slow), HF_OVERRUN); /* it reads after all */
    assert_true(wire_ends(&slow));
}

/* Each of them stays below the limits of a session. Together they would take 960 MiB. (A
 * sanitizer keeps 256 MiB of what is freed.) */
static void clients_that_do_not_read_take_no_more_than_the_memory_limit(void **state) {
    enum { DEAF = 64 };
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--max-memory", "48M", NULL});
    struct wire other = wire_open(daemon->address, "other");
    uint64_t dict = dict_with(&other, 15 * MEBIBYTE);
    uint64_t before = process_status(daemon->pid, "VmRSS");
    struct wire deaf[DEAF];

    for (int i = 0; i < DEAF; i++) {
        deaf[i] = wire_open(daemon->address, "deaf");
        ask(&deaf[i], dict);
        assert_int_equal(wire_ping(&other), HF_OK);
        assert_int_equal(wire_ping(&other), HF_OK); /* in a later turn: the reply was made */
    }

    assert_true(process_status(daemon->pid, "VmRSS") < before + 512 * 1024);
    assert_true(wire_ends(&deaf[0]));
    ask(&other, dict); /* one that reads is served */
    uint64_t id = 0;
    assert_int_equal(wire_status(&other, &id), HF_OK);
}

/* Small replies: those that were not begun are dropped, and the client is told. */
static void a_client_that_is_ended_for_want_of_memory_is_told_so(void **state) {
    enum { DEAF = 40, ASKED = 200 };
    const struct daemon *daemon = daemon_replace(
        state, (const char *const[]){"--max-memory", "16M", "--max-output", "2M", NULL});
    struct wire other = wire_open(daemon->address, "other");
    uint64_t dict = dict_with(&other, 16 * 1024);
    struct wire deaf[DEAF];

    for (int i = 0; i < DEAF; i++) {
        deaf[i] = wire_open(daemon->address, "deaf");
        for (int k = 0; k < ASKED; k++) {
            ask(&deaf[i], dict);
        }
        for (int k = 0; k < ASKED / 32; k++) {
            assert_int_equal(wire_ping(&other), HF_OK);
        }
    }

    assert_int_equal(wire_last_status(&deaf[0]), HF_OVERRUN);
    assert_int_equal(wire_ping(&other), HF_OK);
}

/* The values fill the memory, down to the last bytes. */
static void without_memory_a_hello_is_told_so(void **state) {
    enum { SESSIONS = 2000 };
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--max-memory", "1M", NULL});
    struct wire wire = wire_open(daemon->address, "test");
    static struct wire wires[SESSIONS];
    hf_status status = HF_OK;
    allow_many_descriptors();

    for (int i = 0; i < SESSIONS && status == HF_OK; i++) {
        wires[i] = wire_connect(daemon->address);
        status = wire_greet(&wires[i], "one more, with a label that takes memory as well");
    }

    assert_int_equal(status, HF_NO_MEMORY);
    assert_int_equal(wire_ping(&wire), HF_OK);
}

/* Store ever smaller values, until there is memory for none. */
static void fill_memory(struct wire *wire) {
    static uint8_t bytes[65536];
    uint64_t queue = wire_queue(wire, "what fills the memory");
    Hf__Any value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_BYTES;
    value.bytes = (ProtobufCBinaryData){sizeof bytes, bytes};
    Hf__QueuePut put = HF__QUEUE_PUT__INIT;
    put.value = &value;
    while (value.bytes.len >= 256) {
        if (wire_call_status(wire, HF__REQUEST__OP_QUEUE_PUT, &put, queue, 0) == HF_NO_MEMORY) {
            value.bytes.len /= 2;
        }
    }
}

/* More requests than are served in one turn come at once, and a part of the next one. So the
 * daemon keeps what is left for later turns, and at last only that part. */
static void without_memory_a_burst_is_served_and_any_part_of_a_frame_kept(void **state) {
    enum { PINGS = 3000 };
    static const uint8_t ping[] = {0, 0, 0, 4, 0x08, 0x05, 0x62, 0};
    static uint8_t burst[(PINGS + 1) * sizeof ping];
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--max-memory", "1M", NULL});
    struct wire other = wire_open(daemon->address, "other");
    for (size_t i = 0; i <= PINGS; i++) {
        memcpy(burst + i * sizeof ping, ping, sizeof ping);
    }

    struct wire wires[sizeof ping];
    for (size_t part = 1; part < sizeof ping; part++) {
        wires[part] = wire_open(daemon->address, "burst");
    }
    fill_memory(&other);

    for (size_t part = 1; part < sizeof ping; part++) {
        assert_true(wire_send_bytes(&wires[part], burst, PINGS * sizeof ping + part));
        for (size_t i = 0; i < PINGS; i++) {
            wire_expect(&wires[part], 5, HF_OK);
        }
        assert_int_equal(wire_ping(&other), HF_OK);
        assert_true(wire_send_bytes(&wires[part], ping + part, sizeof ping - part));
        wire_expect(&wires[part], 5, HF_OK);
    }
}

/* ---- frames in part ---- */

/* A request to store so many bytes, as a frame, under the id 77. */
static uint8_t *frame_of_put(uint64_t queue, size_t len, size_t *frame_len) {
    uint8_t *bytes = calloc(1, len);
    assert_non_null(bytes);
    Hf__Any value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_BYTES;
    value.bytes = (ProtobufCBinaryData){len, bytes};
    Hf__QueuePut put = HF__QUEUE_PUT__INIT;
    put.value = &value;
    Hf__Request request = HF__REQUEST__INIT;
    request.has_id = request.has_object = true;
    request.id = 77;
    request.object = queue;
    request.op_case = HF__REQUEST__OP_QUEUE_PUT;
    request.queue_put = &put;
    size_t body_len = hf__request__get_packed_size(&request);
    uint8_t *frame = malloc(HF_FRAME_HEADER_BYTES + body_len);
    assert_non_null(frame);
    frame_put_header(frame, (uint32_t)body_len);
    (void)hf__request__pack(&request, frame + HF_FRAME_HEADER_BYTES);
    free(bytes);
    *frame_len = HF_FRAME_HEADER_BYTES + body_len;
    return frame;
}

/* In small pieces, each of which the manager receives by itself. */
static void a_long_frame_may_come_in_small_pieces(void **state) {
    enum { PIECE = 1400, ASIDE = 256 };
    const struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "slow");
    struct wire other = wire_open(daemon->address, "other");
    uint64_t queue = wire_queue(&wire, "queue");
    size_t len = 0;
    uint8_t *frame = frame_of_put(queue, MEBIBYTE, &len);

    for (size_t sent = 0, n = 0; sent < len; sent += PIECE, n++) {
        size_t piece = len - sent < PIECE ? len - sent : PIECE;
        assert_true(wire_send_bytes(&wire, frame + sent, piece));
        if (n % ASIDE == 0) {
            assert_int_equal(wire_ping(&other), HF_OK);
            assert_true(wire_receiving_bytes(&other) <= 2 * sent + 256 * 1024);
        }
    }
    free(frame);

    wire_expect(&wire, 77, HF_OK);
    assert_int_equal(wire_receiving_bytes(&other), 0);
}

/* Nine begin a request of 15 MiB and send all but its end: there is memory for some of them. */
static void frames_in_part_take_no_more_than_the_memory_limit(void **state) {
    enum { GREEDY = 9, LIMIT = 64 };
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--max-memory", "64M", NULL});
    struct wire other = wire_open(daemon->address, "other");
    uint64_t queue = wire_queue(&other, "queue");
    struct wire greedy[GREEDY];
    size_t len = 0;
    uint8_t *frame = frame_of_put(queue, 15 * MEBIBYTE, &len);

    for (size_t i = 0; i < GREEDY; i++) {
        greedy[i] = wire_open(daemon->address, "greedy");
        assert_true(wire_send_bytes(&greedy[i], frame, len - 1));
        assert_int_equal(wire_ping(&other), HF_OK); /* the others are served */
    }

    uint64_t receiving = wire_receiving_bytes(&other);
    assert_true(receiving >= 15 * MEBIBYTE && receiving <= LIMIT * MEBIBYTE);
    size_t refused = 0;
    for (size_t i = 0; i < GREEDY; i++) {
        assert_true(wire_send_bytes(&greedy[i], frame + len - 1, 1));
        uint64_t id = 0;
        refused += wire_status(&greedy[i], &id) == HF_NO_MEMORY;
        assert_int_equal(id, 77);
        assert_int_equal(wire_ping(&greedy[i]), HF_OK); /* the session goes on behind the frame */
    }
    free(frame);
    assert_true(refused > GREEDY - LIMIT / 15 && refused <= GREEDY);
    assert_int_equal(wire_receiving_bytes(&other), 0);
}

/* A client that hangs up in the middle of a frame leaves nothing behind. */
static void a_frame_that_never_ends_is_forgotten_with_its_session(void **state) {
    const struct daemon *daemon = *state;
    struct wire other = wire_open(daemon->address, "other");
    uint64_t queue = wire_queue(&other, "queue");
    struct wire gone = wire_open(daemon->address, "gone");
    size_t len = 0;
    uint8_t *frame = frame_of_put(queue, MEBIBYTE, &len);
    assert_true(wire_send_bytes(&gone, frame, len / 2));
    free(frame);
    while (wire_receiving_bytes(&other) == 0) {
    }

    wire_close(&gone);

    wire_await_sessions(&other, 1);
    assert_int_equal(wire_receiving_bytes(&other), 0);
}

/* A client that has always more to say gets no more than its share. */
static void a_flood_does_not_hold_up_others(void **state) {
    const struct daemon *daemon = *state;
    struct wire flood = wire_open(daemon->address, "flood");
    struct wire other = wire_open(daemon->address, "other");
    const uint8_t ping[] = {0, 0, 0, 2, 0x62, 0}; /* no id: no reply */
    static uint8_t pings[50000 * sizeof ping];
    for (size_t i = 0; i < sizeof pings; i += sizeof ping) {
        memcpy(pings + i, ping, sizeof ping);
    }
    assert_true(wire_send_bytes(&flood, pings, sizeof pings));

    assert_int_equal(wire_ping(&other), HF_OK);

    assert_int_equal(wire_ping(&flood), HF_OK);
}

static void half_a_frame_and_the_end_ends_that_session_only(void **state) {
    const struct daemon *daemon = *state;
    struct wire other = wire_open(daemon->address, "other");
    for (size_t len = 1; len < 12; len++) {
        struct wire half = wire_open(daemon->address, "half");
        const uint8_t frame[16] = {0, 0, 0, 12, 0x08, 0x05};

        assert_true(wire_send_bytes(&half, frame, len));
        assert_int_equal(shutdown(half.fd, SHUT_WR), 0);

        assert_true(wire_ends(&half));
        wire_close(&half);
    }
    assert_int_equal(wire_ping(&other), HF_OK);
    assert_int_equal(wire_sessions(&other), 1);
}

static void requests_before_a_shutdown_are_still_answered(void **state) {
    const struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "test");
    for (int i = 0; i < 200; i++) {
        Hf__Ping ping = HF__PING__INIT;
        (void)wire_send(&wire, HF__REQUEST__OP_PING, &ping, 0, 0);
    }

    assert_int_equal(shutdown(wire.fd, SHUT_WR), 0);

    for (int i = 0; i < 200; i++) {
        uint64_t id = 0;
        assert_int_equal(wire_status(&wire, &id), HF_OK);
    }
    assert_true(wire_ends(&wire));
}

static void an_oversized_frame_is_refused_at_its_header(void **state) {
    const struct daemon *daemon = *state;
    struct wire other = wire_open(daemon->address, "other");
    const uint8_t headers[][4] = {{0xff, 0xff, 0xff, 0xff}, {0x01, 0, 0, 1}, {0x80, 0, 0, 0}};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct wire wire = wire_open(daemon->address, "big");

        assert_true(wire_send_bytes(&wire, headers[i], sizeof headers[i]));

        uint64_t id = 1;
        assert_int_equal(wire_status(&wire, &id), HF_PROTOCOL);
        assert_int_equal(id, 0);
        assert_true(wire_ends(&wire));
        wire_close(&wire);
    }
    assert_int_equal(wire_ping(&other), HF_OK);
}

/* An announced length is not believed: memory follows the bytes that come. */
static void announced_bytes_cost_nothing(void **state) {
    enum { COUNT = 100 };
    const struct daemon *daemon = *state;
    struct wire other = wire_open(daemon->address, "other");
    struct wire wires[COUNT];
    uint64_t before = process_status(daemon->pid, "VmRSS");
    const uint8_t header[] = {0x00, 0xff, 0xff, 0xff, 1, 2, 3};
    for (int i = 0; i < COUNT; i++) {
        wires[i] = wire_open(daemon->address, "announcer");
        assert_true(wire_send_bytes(&wires[i], header, sizeof header));
    }
    assert_int_equal(wire_ping(&other), HF_OK);

    assert_true(process_status(daemon->pid, "VmRSS") < before + 16 * 1024);
}

static void fill_dict(struct wire *wire, uint64_t dict, int64_t first, int64_t count) {
    static Hf__Any key[1000], value = HF__ANY__INIT;
    static Hf__Item item[1000], *items[1000];
    static uint8_t bytes[100];
    value.kind_case = HF__ANY__KIND_BYTES;
    value.bytes = (ProtobufCBinaryData){sizeof bytes, bytes};
    for (int64_t i = 0; i < count; i++) {
        hf__any__init(&key[i]);
        key[i].kind_case = HF__ANY__KIND_INT;
        key[i].int_ = first + i;
        hf__item__init(&item[i]);
        item[i].key = &key[i];
        item[i].value = &value;
        items[i] = &item[i];
    }
    Hf__DictUpdate update = HF__DICT_UPDATE__INIT;
    update.items = items;
    update.n_items = (size_t)count;
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_DICT_UPDATE, &update, dict, 0), HF_OK);
}

/* What lies behind the dict in malloc's heap stays, so that malloc alone gives nothing back. */
static void memory_of_what_was_deleted_is_given_back(void **state) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* it has a malloc of its own */
#endif
    const struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "test");
    char name[] = "large";
    Hf__DictOpen open = HF__DICT_OPEN__INIT;
    uint64_t small = wire_object(&wire, HF__REQUEST__OP_DICT_OPEN, &open);
    open.name = name;
    uint64_t large = wire_object(&wire, HF__REQUEST__OP_DICT_OPEN, &open);
    uint64_t before = process_status(daemon->pid, "VmRSS");
    for (int64_t i = 0; i < 300; i++) {
        fill_dict(&wire, large, i * 1000, 1000);
    }
    fill_dict(&wire, small, 0, 10);
    uint64_t full = process_status(daemon->pid, "VmRSS");
    assert_true(full - before > 32 * 1024);

    Hf__ObjectDelete delete = HF__OBJECT_DELETE__INIT;
    assert_int_equal(wire_call_status(&wire, HF__REQUEST__OP_OBJECT_DELETE, &delete, large, 0),
                     HF_OK);

    while (process_status(daemon->pid, "VmRSS") - before > (full - before) / 4) {
        assert_int_equal(wire_ping(&wire), HF_OK);
    }
}

static void count_in(struct wire *wire, uint64_t list) {
    Hf__Any value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_INT;
    value.int_ = 1;
    Hf__ListCount count = HF__LIST_COUNT__INIT;
    count.value = &value;
    (void)wire_send(wire, HF__REQUEST__OP_LIST_COUNT, &count, list, 0);
}

static uint64_t long_list(struct wire *wire) {
    enum { LEN = 10000, TIMES = 100 };
    static Hf__Any value = HF__ANY__INIT, *values[LEN];
    value.kind_case = HF__ANY__KIND_INT;
    for (int i = 0; i < LEN; i++) {
        values[i] = &value;
    }
    Hf__ListOpen open = HF__LIST_OPEN__INIT;
    uint64_t list = wire_object(wire, HF__REQUEST__OP_LIST_OPEN, &open);
    Hf__ListExtend extend = HF__LIST_EXTEND__INIT;
    extend.values = values;
    extend.n_values = LEN;
    Hf__ListRepeat repeat = HF__LIST_REPEAT__INIT;
    repeat.count = TIMES;
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_LIST_EXTEND, &extend, list, 0), HF_OK);
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_LIST_REPEAT, &repeat, list, 0), HF_OK);
    return list;
}

static uint64_t requests_served(struct wire *wire) {
    Hf__Stats stats = HF__STATS__INIT;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_STATS, &stats, 0, 0);
    assert_non_null(reply);
    uint64_t requests = reply->statistics->requests;
    hf__reply__free_unpacked(reply, NULL);
    return requests;
}

/* Each of them takes a millisecond or more. */
static void slow_requests_of_one_client_do_not_add_up_for_others(void **state) {
    enum { SLOW = 60 };
    const struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "slow");
    struct wire other = wire_open(daemon->address, "other");
    uint64_t list = long_list(&wire);
    uint64_t before = requests_served(&other);

    for (int i = 0; i < SLOW; i++) {
        count_in(&wire, list);
    }
    uint64_t id = 0;
    assert_int_equal(wire_status(&wire, &id), HF_OK); /* they are being served */

    assert_true(requests_served(&other) - before < SLOW);
}

static uint32_t next_random(uint64_t *seed) {
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(*seed >> 33);
}

static void random_bytes_end_that_session_only(void **state) {
    const struct daemon *daemon = *state;
    struct wire other = wire_open(daemon->address, "other");
    for (uint64_t round = 1; round <= 200; round++) {
        uint64_t seed = round;
        uint8_t bytes[512];
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)next_random(&seed);
        }
        if (round % 2 == 0) { /* a frame with rubbish in it */
            bytes[0] = bytes[1] = 0;
            bytes[2] &= 1;
        }
        struct wire wire =
            round % 3 == 0 ? wire_connect(daemon->address) : wire_open(daemon->address, "random");

        (void)wire_send_bytes(&wire, bytes, sizeof bytes);
        (void)shutdown(wire.fd, SHUT_WR);

        if (!wire_ends(&wire)) {
            fail_msg("round %llu does not end", (unsigned long long)round);
        }
        wire_close(&wire);
    }
    assert_int_equal(wire_ping(&other), HF_OK);
    assert_int_equal(wire_sessions(&other), 1);
}

static void a_silent_client_is_ended(void **state) {
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--hello-timeout", "50ms", NULL});
    struct wire wire = wire_connect(daemon->address);

    uint64_t id = 1;
    assert_int_equal(wire_status(&wire, &id), HF_OVERRUN);

    assert_true(wire_ends(&wire));
}

/* The manager may have slept for long when a call comes: its time begins then. */
static void a_timeout_counts_from_the_request(void **state) {
    const struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "test");
    uint64_t queue = wire_queue(&wire, "q");
    assert_false(wire_hears(&wire, 300)); /* nothing happens meanwhile */

    int64_t start_us = now_us();
    Hf__QueueGet get = HF__QUEUE_GET__INIT;
    hf_status status = wire_call_status(&wire, HF__REQUEST__OP_QUEUE_GET, &get, queue, 100);

    assert_int_equal(status, HF_TIMEOUT);
    assert_true(now_us() - start_us >= 98000); /* delays are whole milliseconds */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_clients_at_once_are_all_served),
        cmocka_unit_test(sessions_past_the_limit_are_told_so),
        cmocka_unit_test(without_descriptors_clients_wait_their_turn),
        cmocka_unit_test(blocked_calls_cost_no_thread),
        cmocka_unit_test(a_large_value_comes_and_goes_in_one_piece),
        cmocka_unit_test(a_client_that_does_not_read_costs_little),
        cmocka_unit_test(unsent_replies_past_the_limit_end_the_session),
        cmocka_unit_test(clients_that_do_not_read_take_no_more_than_the_memory_limit),
        cmocka_unit_test(a_client_that_is_ended_for_want_of_memory_is_told_so),
        cmocka_unit_test(without_memory_a_hello_is_told_so),
        cmocka_unit_test(without_memory_a_burst_is_served_and_any_part_of_a_frame_kept),
        cmocka_unit_test(a_long_frame_may_come_in_small_pieces),
        cmocka_unit_test(frames_in_part_take_no_more_than_the_memory_limit),
        cmocka_unit_test(a_frame_that_never_ends_is_forgotten_with_its_session),
        cmocka_unit_test(a_flood_does_not_hold_up_others),
        cmocka_unit_test(half_a_frame_and_the_end_ends_that_session_only),
        cmocka_unit_test(requests_before_a_shutdown_are_still_answered),
        cmocka_unit_test(an_oversized_frame_is_refused_at_its_header),
        cmocka_unit_test(announced_bytes_cost_nothing),
        cmocka_unit_test(memory_of_what_was_deleted_is_given_back),
        cmocka_unit_test(slow_requests_of_one_client_do_not_add_up_for_others),
        cmocka_unit_test(random_bytes_end_that_session_only),
        cmocka_unit_test(a_silent_client_is_ended),
        cmocka_unit_test(a_timeout_counts_from_the_request),
    };
    return SYSTEM_MAIN(tests);
}
