/* SPDX-License-Identifier: MIT
 *
 * Sessions: how they begin, and the end of one that breaks the protocol. A misbehaving session does
 * not affect the others.
 */
#include "world.h"

#include "frame.h"
#include "proof.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t right_key[16] = "the right key..";
static const uint8_t wrong_key[16] = "the wrong key..";
static uint8_t client_nonce[HF_NONCE_BYTES] = "thirty-two bytes of the client";

static struct world *world_with_key(void **state) {
    struct core_config config = core_defaults();
    memcpy(config.seed, "a seed of thirty-two bytes, here", sizeof config.seed);
    config.key = right_key;
    config.key_len = sizeof right_key;
    return world_replace(state, &config);
}

static Hf__Request hello(void) {
    static Hf__Hello message = HF__HELLO__INIT;
    static char label[] = "ada";
    message.version = 1;
    message.label = label;
    message.has_nonce = true;
    message.nonce = (ProtobufCBinaryData){sizeof client_nonce, client_nonce};
    Hf__Request request = HF__REQUEST__INIT;
    request.op_case = HF__REQUEST__OP_HELLO;
    request.hello = &message;
    return request;
}

static Hf__Request prove(const uint8_t *proof, size_t len) {
    static Hf__Prove message = HF__PROVE__INIT;
    message.proof = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)proof};
    Hf__Request request = HF__REQUEST__INIT;
    request.op_case = HF__REQUEST__OP_PROVE;
    request.prove = &message;
    return request;
}

static struct proof_span span(const uint8_t *bytes, size_t len) {
    return (struct proof_span){bytes, len};
}

static void make_proof(const char *role, const uint8_t key[16], const Hf__Challenge *challenge,
                       uint8_t proof[HF_PROOF_BYTES]) {
    assert_true(proof_make(role, span(key, 16), span(client_nonce, sizeof client_nonce),
                           span(challenge->nonce.data, challenge->nonce.len), proof));
}

static const Hf__Challenge *challenged(struct peer *peer) {
    const Hf__Reply *reply = ask(peer, hello());
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_CHALLENGE);
    return reply->challenge;
}

/* The session is over, with this as its last word. */
static void assert_ended(struct peer *peer, hf_status status) {
    assert_true(peer->over);
    assert_status(peer_last(peer), status);
}

/* A frame with this body. */
static void send_frame(struct peer *peer, const void *body, size_t len) {
    uint8_t *frame = malloc(HF_FRAME_HEADER_BYTES + len);
    frame_put_header(frame, (uint32_t)len);
    memcpy(frame + HF_FRAME_HEADER_BYTES, body, len);
    peer_send_bytes(peer, frame, HF_FRAME_HEADER_BYTES + len);
    free(frame);
}

#define SEND(peer, literal) send_frame((peer), (literal), sizeof(literal) - 1)

/* ---- hello ---- */

static void hello_is_answered_welcome(void **state) {
    struct core_config config = core_defaults();
    config.software = "holdfast test";
    config.pid = 99;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_connect(world, false);
    struct peer *bob = world_connect(world, false);

    const Hf__Reply *reply = ask(ada, REQUEST(0, hello, .version = 1)); /* the least there is */

    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_WELCOME);
    assert_int_equal(reply->welcome->version, 1);
    assert_string_equal(reply->welcome->software, "holdfast test");
    assert_int_equal(reply->welcome->pid, 99);
    assert_int_equal(reply->welcome->max_frame_bytes, HF_FRAME_MAX_BYTES);
    assert_int_equal(reply->welcome->max_depth, HF_VALUE_MAX_DEPTH);
    assert_int_not_equal(ask(bob, hello())->welcome->session, reply->welcome->session);
}

static void a_session_begins_with_hello(void **state) {
    uint8_t proof[HF_PROOF_BYTES] = {0};
    Hf__Request early[] = {REQUEST(0, ping), REQUEST(0, lock_open), prove(proof, sizeof proof),
                           HF__REQUEST__INIT};

    for (size_t i = 0; i < sizeof early / sizeof early[0]; i++) {
        struct peer *peer = world_connect(*state, false);
        const Hf__Reply *reply = ask(peer, early[i]);
        assert_string_equal(reply->detail, "a session begins with hello");
        assert_ended(peer, HF_PROTOCOL);
    }
}

static void another_version_is_refused(void **state) {
    const uint32_t versions[] = {0, 2, UINT32_MAX};

    for (size_t i = 0; i < 3; i++) {
        struct peer *peer = world_connect(*state, false);
        assert_status(ask(peer, REQUEST(0, hello, .version = versions[i])), HF_VERSION);
        assert_ended(peer, HF_VERSION);
    }
}

static void a_label_has_at_most_256_bytes(void **state) {
    char label[258] = "";
    memset(label, 'l', 257);

    struct peer *longer = world_connect(*state, false);
    assert_status(ask(longer, REQUEST(0, hello, .version = 1, .label = label)), HF_PROTOCOL);
    assert_ended(longer, HF_PROTOCOL);
    label[256] = 0;
    struct peer *longest = world_connect(*state, false);
    assert_status(ask(longest, REQUEST(0, hello, .version = 1, .label = label)), HF_OK);
}

static void hello_and_prove_come_once(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint8_t proof[HF_PROOF_BYTES] = {0};

    assert_status(ask(ada, hello()), HF_INVALID);
    assert_status(ask(ada, prove(proof, sizeof proof)), HF_INVALID);

    assert_status(ask(ada, REQUEST(0, ping)), HF_OK);
}

static void a_session_without_a_hello_in_time_is_hung_up_on(void **state) {
    struct world *world = world_with_key(state);
    struct peer *silent = world_connect(world, false);
    struct peer *welcome = world_join(world, "welcome");
    world_pass(world, 1);
    struct peer *half = world_connect(world, true);
    (void)challenged(half);

    assert_int_equal(core_tick(world_core(world), world_now(world)), 10000);
    world_pass(world, 9998);
    assert_false(silent->over);
    world_pass(world, 1);
    assert_ended(silent, HF_OVERRUN);
    assert_false(half->over);
    assert_int_equal(core_tick(world_core(world), world_now(world)), 10001);
    world_pass(world, 1);
    assert_ended(half, HF_OVERRUN);

    assert_int_equal(core_tick(world_core(world), world_now(world)), -1);
    world_pass(world, 1000000);
    assert_status(ask(welcome, REQUEST(0, ping)), HF_OK);
}

static uint64_t refusals_of(struct world *world, const char *said) {
    const char *why = NULL;
    uint64_t count = core_refusals(world_core(world), &why);
    if (count > 0) {
        assert_non_null(strstr(why, said));
    }
    return count;
}

static void past_the_limit_on_sessions_hello_is_answered_limit(void **state) {
    struct core_config config = core_defaults();
    config.sessions_max = 2;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    (void)world_join(world, "bob");
    struct peer *cyd = world_connect(world, false);

    assert_status(ask(cyd, hello()), HF_LIMIT);

    assert_true(cyd->over);
    assert_non_null(strstr(peer_last(cyd)->detail, "--max-sessions 2"));
    assert_int_equal(refusals_of(world, "LIMIT: the manager has as many sessions"), 1);
    assert_status(ask(ada, REQUEST(0, ping)), HF_OK);
    peer_leave(ada);
    (void)world_join(world, "dan");
}

static void a_crowd_that_says_nothing_keeps_nobody_out(void **state) {
    enum { CROWD = 20 };
    struct core_config config = core_defaults();
    config.sessions_max = 2;
    config.greeting_max = 3;
    struct world *world = world_replace(state, &config);
    struct peer *crowd[CROWD];
    for (size_t i = 0; i < CROWD; i++) {
        crowd[i] = world_connect(world, true);
    }

    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");

    assert_status(ask(ada, REQUEST(0, ping)), HF_OK);
    assert_status(ask(bob, REQUEST(0, ping)), HF_OK);
    for (size_t i = 0; i < CROWD; i++) {
        bool made_way = i < CROWD - 2; /* the oldest, for those that came later */
        assert_int_equal(crowd[i]->over, made_way);
        if (made_way) {
            assert_ended(crowd[i], HF_OVERRUN);
        }
    }
    assert_int_equal(refusals_of(world, "OVERRUN: too many connections"), CROWD - 2);
}

static void a_hello_without_an_id_has_no_reply(void **state) {
    struct world *world = *state;
    struct peer *ada = world_connect(world, false);

    (void)peer_send(ada, one_way(hello()));

    assert_null(peer_last(ada));
    assert_status(ask(ada, REQUEST(0, ping)), HF_OK);
}

static void a_hello_without_an_id_that_is_refused_ends_with_a_fatal_status(void **state) {
    struct core_config config = core_defaults();
    config.sessions_max = 1;
    struct world *world = world_replace(state, &config);
    (void)world_join(world, "ada");
    struct peer *bob = world_connect(world, false);

    (void)peer_send(bob, one_way(hello()));

    assert_ended(bob, HF_OVERRUN);
    assert_int_equal(peer_last(bob)->id, 0);
}

static void a_challenge_needs_a_hello_with_an_id(void **state) {
    struct peer *ada = world_connect(world_with_key(state), true);

    (void)peer_send(ada, one_way(hello()));

    assert_ended(ada, HF_PROTOCOL);
}

static void the_world_can_refuse_a_peer_and_end_a_session(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
    uint64_t waits = start_acquire(bob, lock, -1);

    core_end(world_core(world), ada->session, HF_OVERRUN, "enough");
    core_refuse(world_core(world), bob, HF_DENIED, "not you");

    assert_ended(ada, HF_OVERRUN);
    assert_string_equal(peer_last(ada)->detail, "enough");
    assert_status(peer_reply(bob, waits), HF_OWNER_DIED);
    assert_status(peer_last(bob), HF_DENIED);
    assert_int_equal(refusals_of(world, "DENIED: not you"), 1);
}

static void at_the_memory_limit_hello_is_answered_no_memory(void **state) {
    struct core_config config = core_defaults();
    config.memory_max_bytes = 1 << 20;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    uint64_t list = open_list(ada, "list");
    for (size_t len = 100000; len > 0; len -= len > 1000 ? 1000 : 1) {
        uint8_t bytes[100000] = {0};
        Hf__Any *value = of_bytes(bytes, len);
        while (ask(ada, REQUEST(list, list_append, .value = value))->status == HF__STATUS__OK) {
        }
    }
    hf_status status = HF_OK;

    for (int i = 0; i < 300 && status == HF_OK; i++) { /* past the calls that are kept */
        struct peer *bob = world_connect(world, false);
        assert_non_null(bob->session);
        status = (hf_status)ask(bob, hello())->status;
        assert_int_equal(bob->over, status != HF_OK);
    }

    assert_int_equal(status, HF_NO_MEMORY);
    assert_true(refusals_of(world, "NO_MEMORY: the manager has no memory left") > 0);
}

/* ---- the key ---- */

static void a_session_that_knows_the_key_is_welcome(void **state) {
    struct world *world = world_with_key(state);
    struct peer *ada = world_connect(world, true);
    const Hf__Challenge *challenge = challenged(ada);
    uint8_t proof[HF_PROOF_BYTES];

    make_proof(PROOF_OF_MANAGER, right_key, challenge, proof);
    assert_true(proof_equal(proof, span(challenge->proof.data, challenge->proof.len)));
    make_proof(PROOF_OF_CLIENT, right_key, challenge, proof);
    const Hf__Reply *reply = ask(ada, prove(proof, sizeof proof));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_WELCOME);
    assert_status(ask(ada, REQUEST(0, ping)), HF_OK);
}

static void a_wrong_proof_is_denied(void **state) {
    struct world *world = world_with_key(state);
    uint8_t proof[HF_PROOF_BYTES + 1] = {0};
    struct peer *peers[4];
    const Hf__Challenge *challenges[4];
    for (size_t i = 0; i < 4; i++) {
        peers[i] = world_connect(world, true);
        challenges[i] = challenged(peers[i]);
    }

    make_proof(PROOF_OF_CLIENT, wrong_key, challenges[0], proof);
    (void)ask(peers[0], prove(proof, HF_PROOF_BYTES));
    make_proof(PROOF_OF_CLIENT, right_key, challenges[1], proof);
    (void)ask(peers[1], prove(proof, HF_PROOF_BYTES - 1));
    make_proof(PROOF_OF_CLIENT, right_key, challenges[2], proof);
    (void)ask(peers[2], prove(proof, HF_PROOF_BYTES + 1));
    (void)ask(peers[3], prove(challenges[3]->proof.data, challenges[3]->proof.len)); /* mirrored */

    for (size_t i = 0; i < 4; i++) {
        assert_ended(peers[i], HF_DENIED);
        assert_string_equal(peer_last(peers[i])->detail, "wrong key");
    }
}

static void a_proof_is_of_no_use_to_another_session(void **state) {
    struct world *world = world_with_key(state);
    struct peer *ada = world_connect(world, true);
    struct peer *eve = world_connect(world, true);
    const Hf__Challenge *adas = challenged(ada);
    const Hf__Challenge *eves = challenged(eve); /* with ada's nonce, which eve has overheard */
    uint8_t proof[HF_PROOF_BYTES];
    make_proof(PROOF_OF_CLIENT, right_key, adas, proof);

    assert_status(ask(ada, prove(proof, sizeof proof)), HF_OK);
    (void)ask(eve, prove(proof, sizeof proof));

    assert_memory_not_equal(adas->nonce.data, eves->nonce.data, HF_NONCE_BYTES);
    assert_ended(eve, HF_DENIED);
}

static void a_challenge_needs_a_nonce_of_32_bytes(void **state) {
    struct world *world = world_with_key(state);
    uint8_t nonce[33] = {0};
    const size_t sizes[] = {0, 31, 33};

    struct peer *without = world_connect(world, true);
    (void)ask(without, REQUEST(0, hello, .version = 1));
    assert_ended(without, HF_DENIED);
    for (size_t i = 0; i < 3; i++) {
        struct peer *peer = world_connect(world, true);
        (void)ask(peer, REQUEST(0, hello, .version = 1, .has_nonce = true,
                                .nonce = (ProtobufCBinaryData){sizes[i], nonce}));
        assert_ended(peer, HF_DENIED);
    }
}

static void without_a_key_nobody_can_prove_anything(void **state) {
    struct peer *ada = world_connect(*state, true);

    (void)ask(ada, hello());

    assert_ended(ada, HF_DENIED);
}

static void the_answer_to_a_challenge_is_prove(void **state) {
    struct world *world = world_with_key(state);
    Hf__Request others[] = {hello(), REQUEST(0, ping), REQUEST(0, lock_open, .name = name_of("x"))};

    for (size_t i = 0; i < 3; i++) {
        struct peer *peer = world_connect(world, true);
        (void)challenged(peer);
        (void)ask(peer, others[i]);
        assert_ended(peer, HF_PROTOCOL);
    }
    struct peer *ada = world_join(world, "ada");
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("x"))), false);
}

/* ---- frames ---- */

static void a_frame_that_is_too_long_ends_the_session(void **state) {
    struct peer *before = world_connect(*state, false);
    struct peer *welcome = world_join(*state, "ada");
    uint8_t header[HF_FRAME_HEADER_BYTES];

    /* The length alone is enough: nobody waits for what will never be accepted. */
    frame_put_header(header, HF_HELLO_MAX_BYTES + 1);
    peer_send_bytes(before, header, sizeof header);
    frame_put_header(header, HF_FRAME_MAX_BYTES + 1);
    peer_send_bytes(welcome, header, sizeof header);

    assert_ended(before, HF_PROTOCOL);
    assert_ended(welcome, HF_PROTOCOL);
    assert_int_equal(peer_last(welcome)->id, 0);
}

static void the_longest_frames_are_accepted(void **state) {
    enum { OVERHEAD = 64 };
    uint8_t body[HF_HELLO_MAX_BYTES] = {0x52, 2, 0x08, 1, 0xc2, 0x3e, 0xf8, 0x1f}; /* field 1000 */
    struct peer *ada = world_connect(*state, false);
    send_frame(ada, body, sizeof body);
    assert_false(ada->over);

    uint64_t queue = open_queue(ada, "queue", 0);
    size_t len = HF_FRAME_MAX_BYTES - OVERHEAD;
    uint8_t *bytes = calloc(1, len);
    Hf__Any *large = of_bytes(bytes, len);
    free(bytes);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = large)), HF_OK);

    assert_value(ask(ada, REQUEST(queue, queue_get)), large);
}

static Hf__Any *of_zeros(size_t len) {
    uint8_t *bytes = calloc(1, len);
    Hf__Any *any = of_bytes(bytes, len);
    free(bytes);
    return any;
}

/* Give the put a value with which its frame has exactly so many bytes. */
static void fill_frame(Hf__Request *put, size_t frame_len) {
    enum { NEARLY = 64 };
    put->has_id = true;
    put->id = 1000;
    put->queue_put->value = of_zeros(frame_len - NEARLY);
    size_t missing = frame_len - hf__request__get_packed_size(put);
    put->queue_put->value = of_zeros(frame_len - NEARLY + missing);
    assert_int_equal(hf__request__get_packed_size(put), frame_len);
}

static void frames_are_as_long_as_the_manager_is_told(void **state) {
    static const size_t sizes[] = {HF_FRAME_LEAST_BYTES, 1 << 20, 3 * HF_FRAME_MAX_BYTES};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct core_config config = core_defaults();
        config.frame_max_bytes = sizes[i];
        struct world *world = world_replace(state, &config);
        struct peer *ada = world_connect(world, false);
        assert_int_equal(ask(ada, hello())->welcome->max_frame_bytes, sizes[i]);
        uint64_t queue = open_queue(ada, "queue", 0);
        Hf__Request longest = REQUEST(queue, queue_put);
        fill_frame(&longest, sizes[i]);
        Hf__Any *value = longest.queue_put->value;
        assert_status(ask(ada, longest), HF_OK);
        assert_value(ask(ada, REQUEST(queue, queue_get)), value);

        uint8_t header[HF_FRAME_HEADER_BYTES];
        frame_put_header(header, (uint32_t)sizes[i] + 1);
        peer_send_bytes(ada, header, sizeof header);
        assert_ended(ada, HF_PROTOCOL);
    }
}

static void a_reply_is_not_much_longer_than_a_frame(void **state) {
    struct core_config config = core_defaults();
    config.frame_max_bytes = HF_FRAME_LEAST_BYTES;
    struct peer *ada = world_join(world_replace(state, &config), "ada");
    uint64_t list = open_list(ada, "list");
    Hf__Any *half = of_zeros(HF_FRAME_LEAST_BYTES / 2);
    assert_status(ask(ada, REQUEST(list, list_append, .value = half)), HF_OK);
    assert_status(ask(ada, REQUEST(list, list_copy)), HF_OK);

    assert_status(ask(ada, REQUEST(list, list_append, .value = half)), HF_OK);
    assert_status(ask(ada, REQUEST(list, list_copy)), HF_TOO_BIG);
    assert_value(ask(ada, REQUEST(list, list_get, .index = 1)), half);
}

static void a_large_reply_may_have_something_empty_in_it(void **state) {
    enum { LEN = 1 << 20 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = open_list(ada, "list");
    uint8_t *bytes = calloc(1, LEN);
    Hf__Any *large = of_bytes(bytes, LEN);
    free(bytes);
    assert_status(ask(ada, REQUEST(list, list_append, .value = of_bytes("", 0))), HF_OK);
    assert_status(ask(ada, REQUEST(list, list_append, .value = large)), HF_OK);

    assert_int_equal(ask(ada, REQUEST(list, list_copy))->values->n_items, 2);
}

static void many_frames_are_served_one_at_a_time(void **state) {
    enum { FRAMES = 150, FRAME_BYTES = 4 + 4 };
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    size_t before = ada->reply_count;
    uint8_t bytes[FRAMES * FRAME_BYTES + 3];
    for (size_t i = 0; i < FRAMES; i++) { /* pings without more than an id */
        const uint8_t frame[] = {0, 0, 0, 4, 0x08, (uint8_t)(i % 100 + 20), 0x62, 0};
        memcpy(bytes + i * FRAME_BYTES, frame, sizeof frame);
    }
    memset(bytes + sizeof bytes - 3, 0, 3); /* the beginning of another */

    for (size_t i = 0; i < FRAMES; i++) {
        size_t at = i * FRAME_BYTES;
        assert_int_equal(core_feed(world_core(world), ada->session, bytes + at, sizeof bytes - at),
                         FRAME_BYTES);
        assert_int_equal(ada->reply_count - before, i + 1);
    }

    assert_int_equal(core_feed(world_core(world), ada->session, bytes + sizeof bytes - 3, 3), 0);
}

/* Wherever its id stands, and wherever the memory is at its end. */
static void a_frame_without_memory_is_refused_by_its_id(void **state) {
    static const struct {
        const char *body;
        size_t len;
        bool with_id;
    } rows[] = {
        {"\x08\x4d\x10\x09\xb2\x06\x04\x0a\x02\x08\x0d", 11, true}, /* first */
        {"\x10\x09\x08\x4d\xb2\x06\x04\x0a\x02\x08\x0d", 11, true},
        {"\x10\x09\xb2\x06\x04\x0a\x02\x08\x0d\x08\x4d", 11, true}, /* last */
        {"\x10\x09\xb2\x06\x04\x0a\x02\x08\x0d", 9, false},
    };
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t frame[16] = {0, 0, 0, (uint8_t)rows[i].len};
        memcpy(frame + 4, rows[i].body, rows[i].len);
        for (size_t cut = 4; cut < 4 + rows[i].len; cut++) {
            size_t before = ada->reply_count;

            core_refuse_frame(world_core(world), ada->session, frame, cut);
            peer_send_bytes(ada, frame + cut, 4 + rows[i].len - cut);

            assert_int_equal(ada->reply_count, before + rows[i].with_id);
            if (rows[i].with_id) {
                assert_int_equal(peer_last(ada)->id, 0x4d);
                assert_status(peer_last(ada), HF_NO_MEMORY);
            }
            assert_status(ask(ada, REQUEST(0, ping)), HF_OK);
        }
    }
}

static void rubbish_without_memory_ends_the_session(void **state) {
    struct peer *ada = world_join(*state, "ada");
    const uint8_t frame[] = {0, 0, 0, 6, 0x10, 9, 0x0b, 0x08, 0x4d, 0};

    core_refuse_frame(world_core(*state), ada->session, frame, 5);
    peer_send_bytes(ada, frame + 5, sizeof frame - 5);

    assert_ended(ada, HF_PROTOCOL);
}

/* It has no session yet that could go on, so it need not wait for the id. */
static void a_hello_without_memory_for_it_ends_the_session(void **state) {
    const uint8_t frame[] = {0, 0, 0, 4, 0x08, 5, 0x52, 0};
    for (size_t cut = 4; cut < sizeof frame; cut++) {
        struct peer *ada = world_connect(*state, false);

        core_refuse_frame(world_core(*state), ada->session, frame, cut);

        assert_ended(ada, cut < 6 ? HF_OVERRUN : HF_NO_MEMORY);
        assert_int_equal(peer_last(ada)->id, cut < 6 ? 0 : 5);
    }
}

static void a_session_that_is_over_swallows_everything(void **state) {
    struct world *world = *state;
    struct peer *ada = world_connect(world, false);
    uint8_t rubbish[1000] = {1, 2, 3};

    assert_int_equal(core_feed(world_core(world), ada->session, rubbish, sizeof rubbish), 1000);
    assert_ended(ada, HF_PROTOCOL);
    size_t count = ada->reply_count;

    assert_int_equal(core_feed(world_core(world), ada->session, rubbish, 1), 1);
    assert_int_equal(ada->reply_count, count);
}

static void bytes_that_are_not_protobuf_end_the_session(void **state) {
    static const struct {
        const char *body;
        size_t len;
    } rows[] = {
        {"\x08", 1},                                              /* a tag without its number */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}, /* eleven bytes of varint */
        {"\x00\x01", 2},                                          /* field 0 */
        {"\x0b\x0c", 2},                                          /* a group */
        {"\x0e", 1},                                              /* wire type 6 */
        {"\x0f", 1},                                              /* wire type 7 */
        {"\x62\x05", 2},                                          /* longer than the frame */
        {"\x62\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},     /* very much longer */
        {"\xf9\x3e\x01\x02", 4},                                  /* an unknown, cut fixed64 */
        {"\xfd\x3e\x01", 3},                                      /* an unknown, cut fixed32 */
        {"\x22\x03\x08\x01\x10", 5},                              /* broken inside, in the guard */
    };
    struct peer *bob = world_join(*state, "bob");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct peer *peer = world_join(*state, "ada");
        send_frame(peer, rows[i].body, rows[i].len);
        assert_ended(peer, HF_PROTOCOL);
    }

    assert_status(ask(bob, REQUEST(0, ping)), HF_OK);
}

/* Bodies that are protobuf but no valid request: id 9 and something else. */
static const struct {
    const char *body;
    size_t len;
    hf_status status;
    const char *detail;
} refused[] = {
    {"\x08\x09\x08\x09\x62", 4, HF_INVALID, "id is given twice"},
    {"\x08\x09\x08\x0a\x62\x00", 6, HF_INVALID, "id is given twice"},
    {"\x08\x09\x62\x00\x7a\x00", 6, HF_INVALID, "stats comes beside another of its oneof"},
    {"\x08\x09\x62\x00\x62\x00", 6, HF_INVALID, "ping comes beside another of its oneof"},
    {"\x08\x09\x6a\x00", 4, HF_INVALID, "call is missing"},
    {"\x08\x09\xb2\x06\x04\x0a\x02\x10\x02", 9, HF_INVALID, "value is missing"}, /* dict_set */
    {"\x08\x09\x22\x02\x08\x01\x62\x00", 8, HF_INVALID, "fence is missing"},
    {"\x08\x09\x60\x01", 4, HF_INVALID, "ping is of the wrong wire type"},
    {"\x08\x09\x12\x00\x62\x00", 6, HF_INVALID, "object is of the wrong wire type"},
    {"\x08\x09\xfa\x01\x03\x0a\x01\xff", 8, HF_INVALID, "name is not UTF-8 without NUL"},
    {"\x08\x09\xfa\x01\x05\x0a\x03\x61\x00\x62", 10, HF_INVALID, "name is not UTF-8 without NUL"},
};

static void an_invalid_request_is_refused_with_its_field(void **state) {
    struct peer *ada = world_join(*state, "ada");

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        send_frame(ada, refused[i].body, refused[i].len);
        const Hf__Reply *reply = peer_last(ada);
        assert_int_equal(reply->id, 9);
        assert_status(reply, refused[i].status);
        assert_string_equal(reply->detail, refused[i].detail);
    }

    assert_false(ada->over);
}

static void before_welcome_an_invalid_request_ends_the_session(void **state) {
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct peer *peer = world_connect(*state, false);
        send_frame(peer, refused[i].body, refused[i].len);
        assert_ended(peer, HF_PROTOCOL);
    }
    struct peer *peer = world_connect(*state, false);
    SEND(peer, "\x52\x05\x08\x01\x12\x01\xff"); /* a label that is not UTF-8 */
    assert_ended(peer, HF_PROTOCOL);
}

static void unknown_fields_are_ignored(void **state) {
    struct peer *ada = world_join(*state, "ada");

    /* id 9, ping with an unknown field in it, unknown fields of all four wire types. */
    SEND(ada, "\x08\x09\x62\x02\x08\x01\xc0\x3e\x01\xc1\x3e\x01\x02\x03\x04\x05\x06\x07\x08"
              "\xc2\x3e\x01\x61\xc5\x3e\x01\x02\x03\x04");

    assert_status(peer_reply(ada, 9), HF_OK);
}

static void an_empty_frame_is_an_empty_request(void **state) {
    struct peer *ada = world_join(*state, "ada");
    size_t before = ada->reply_count;

    SEND(ada, "");

    assert_int_equal(ada->reply_count, before); /* no operation, and no id to say so */
    assert_status(ask(ada, REQUEST(0, ping)), HF_OK);
}

/* ---- bombs ---- */

/* A body built from its end, so that lengths are known when they are written. */
struct backwards {
    uint8_t *bytes;
    size_t size;
    size_t at;
};

static struct backwards backwards(size_t size) {
    struct backwards made = {malloc(size), size, size};
    assert_non_null(made.bytes);
    return made;
}

static void prepend(struct backwards *body, const void *bytes, size_t len) {
    assert_true(len <= body->at);
    body->at -= len;
    memcpy(body->bytes + body->at, bytes, len);
}

static void prepend_varint(struct backwards *body, uint64_t number) {
    uint8_t bytes[10];
    size_t len = 0;
    do {
        bytes[len++] = (uint8_t)(number & 0x7f) | (number > 0x7f ? 0x80 : 0);
        number >>= 7;
    } while (number);
    prepend(body, bytes, len);
}

/* Make everything so far the content of this field. */
static void wrap(struct backwards *body, uint32_t tag) {
    prepend_varint(body, body->size - body->at);
    prepend_varint(body, (uint64_t)tag << 3 | 2);
}

/* Wrap the body as an operation of a request with the id 9. */
static void send_to(struct peer *peer, uint64_t object, Hf__Request__OpCase op,
                    struct backwards *body) {
    wrap(body, op);
    prepend_varint(body, object);
    prepend(body, "\x08\x09\x10", 3);
    send_frame(peer, body->bytes + body->at, body->size - body->at);
    free(body->bytes);
}

/* Wrap the body as the value of a put. */
static void send_put(struct peer *peer, uint64_t queue, struct backwards *body) {
    wrap(body, 1);
    send_to(peer, queue, HF__REQUEST__OP_QUEUE_PUT, body);
}

static void a_decode_bomb_is_too_big_and_the_session_lives_on(void **state) {
    enum { NULLS = 4000000 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    struct backwards body = backwards(2 * NULLS + 64);
    for (size_t i = 0; i < NULLS; i++) {
        prepend(&body, "\x0a\x00", 2); /* a value that is null */
    }

    send_to(ada, queue, HF__REQUEST__OP_QUEUE_PUT_MANY, &body);

    assert_status(peer_reply(ada, 9), HF_TOO_BIG);
    assert_count(ask(ada, REQUEST(queue, queue_size)), 0);
}

static void a_large_list_of_nulls_that_fits_is_taken(void **state) {
    enum { NULLS = 200000 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    struct backwards body = backwards(2 * NULLS + 64);
    for (size_t i = 0; i < NULLS; i++) {
        prepend(&body, "\x0a\x00", 2);
    }
    wrap(&body, 6);

    send_put(ada, queue, &body);

    assert_status(peer_reply(ada, 9), HF_OK);
    assert_int_equal(list_in(ask(ada, REQUEST(queue, queue_get))->value)->n_items, NULLS);
}

static void unknown_fields_take_no_memory(void **state) {
    enum { FIELDS = 3000000 };
    struct peer *ada = world_join(*state, "ada");
    struct backwards body = backwards(4 * FIELDS + 64);
    prepend(&body, "\x08\x09\x62\x00", 4);
    for (size_t i = 0; i < FIELDS; i++) {
        prepend(&body, "\xc0\x3e\x01", 3);
    }

    send_frame(ada, body.bytes + body.at, body.size - body.at);
    free(body.bytes);

    assert_status(peer_reply(ada, 9), HF_OK);
}

static void a_value_that_nests_too_deep_is_too_big(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    struct backwards body = backwards(200000);
    for (size_t i = 0; i < 9000; i++) {
        wrap(&body, 1); /* an item */
        wrap(&body, 6); /* of a list */
    }

    send_put(ada, queue, &body);

    assert_status(peer_reply(ada, 9), HF_TOO_BIG);
    assert_string_equal(peer_reply(ada, 9)->detail, "values nest at most 32 deep");
    assert_count(ask(ada, REQUEST(queue, queue_size)), 0);
}

static void batches_in_batches_are_too_big_or_invalid(void **state) {
    struct peer *ada = world_join(*state, "ada");
    for (size_t depth = 2; depth < 2000; depth = depth * 3 / 2) {
        struct backwards body = backwards(20000);
        for (size_t i = 0; i < depth; i++) {
            wrap(&body, 1);  /* a request */
            wrap(&body, 14); /* of a batch */
        }
        prepend(&body, "\x08\x09", 2);

        send_frame(ada, body.bytes + body.at, body.size - body.at);
        free(body.bytes);

        const Hf__Reply *reply = peer_last(ada);
        assert_int_equal(reply->id, 9);
        assert_true(reply->status == HF__STATUS__TOO_BIG || reply->status == HF__STATUS__INVALID);
    }
}

/* ---- truncated and random ---- */

/* A request with most of what there is: a batch, nested values, text. */
static size_t pack_sample(uint64_t object, uint8_t body[512]) {
    Hf__Request put = REQUEST(
        object, queue_put,
        .value = of_list(4, of_map(2, of_string("key"), of_double(1.5), of_int(-1), of_null()),
                         of_bytes("\0\1\2", 3), of_ref(object), of_bool(true)));
    Hf__Request open = REQUEST(0, lock_open, .name = name_of("lock"));
    Hf__Request batch = waiting(batch_of(2, &put, &open), 5);
    batch.has_id = batch.has_seq = true;
    batch.id = 9;
    batch.seq = 1;
    assert_true(hf__request__get_packed_size(&batch) <= 512);
    return hf__request__pack(&batch, body);
}

static void a_request_cut_short_anywhere_does_no_harm(void **state) {
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = open_queue(bob, "queue", 0);
    uint8_t body[512];
    size_t len = pack_sample(queue, body);

    for (size_t cut = 0; cut < len; cut++) {
        struct peer *peer = world_join(*state, "ada");
        send_frame(peer, body, cut);
        assert_true(peer->over || peer->reply_count <= 2);
        peer_leave(peer);
        assert_status(ask(bob, REQUEST(0, ping)), HF_OK);
    }

    struct peer *peer = world_join(*state, "ada");
    send_frame(peer, body, len);
    assert_status(peer_reply(peer, 9), HF_OK);
}

static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void random_changes_to_a_request_do_no_harm(void **state) {
    struct world *world = *state;
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = open_queue(bob, "queue", 0);
    uint8_t sample[512];
    size_t len = pack_sample(queue, sample);
    uint64_t seed = 20240229;

    struct peer *peer = world_join(world, "ada");
    for (int round = 0; round < 3000; round++) {
        uint8_t body[512];
        memcpy(body, sample, len);
        for (uint64_t changes = next_random(&seed) % 4 + 1; changes > 0; changes--) {
            body[next_random(&seed) % len] = (uint8_t)next_random(&seed);
        }
        send_frame(peer, body, len);
        if (peer->over) {
            peer_leave(peer);
            peer = world_join(world, "ada");
        }
    }

    world_pass(world, 1000000);
    assert_status(ask(bob, REQUEST(0, ping)), HF_OK);
}

static void random_bytes_do_no_harm(void **state) {
    struct world *world = *state;
    struct peer *bob = world_join(world, "bob");
    uint64_t seed = 31415926;

    for (int round = 0; round < 500; round++) {
        struct peer *peer = round % 2 ? world_join(world, "ada") : world_connect(world, false);
        uint8_t body[256];
        size_t len = next_random(&seed) % sizeof body;
        for (size_t i = 0; i < len; i++) {
            body[i] = (uint8_t)next_random(&seed);
        }
        if (round % 3 == 0) {
            peer_send_bytes(peer, body, len); /* not even a frame */
        } else {
            send_frame(peer, body, len);
        }
        peer_leave(peer);
    }

    assert_status(ask(bob, REQUEST(0, ping)), HF_OK);
    assert_int_equal(core_session_count(world_core(world)), 1);
}

/* ---- others ---- */

static void a_session_that_breaks_the_protocol_loses_its_locks(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t queue = open_queue(ada, "queue", 0);
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
    (void)peer_send(ada, waiting(REQUEST(queue, queue_get), -1));
    uint64_t bobs = peer_send(bob, waiting(REQUEST(lock, lock_acquire), -1));

    SEND(ada, "\x08"); /* the session is over at once, before the peer has been hung up on */

    assert_ended(ada, HF_PROTOCOL);
    assert_status(peer_reply(bob, bobs), HF_OWNER_DIED);
    assert_string_equal(peer_reply(bob, bobs)->grant->died->label, "ada");
    assert_status(ask(bob, REQUEST(queue, queue_put, .value = of_int(1))), HF_OK);
    assert_count(ask(bob, REQUEST(queue, queue_size)), 1);
}

static uint64_t memory_of(struct peer *peer) {
    return ask(peer, REQUEST(0, stats))->statistics->memory_bytes;
}

static void two_cores_in_a_process_have_limits_of_their_own(void **state) {
    enum { LEN = 100000, COUNT = 50 };
    uint8_t *bytes = calloc(1, LEN);
    Hf__Any *large = of_bytes(bytes, LEN);
    free(bytes);
    struct peer *ada = world_join(*state, "ada");
    struct core_config config = core_defaults();
    config.memory_max_bytes = 2 << 20;
    struct world *small = world_with(&config);
    struct peer *bob = world_join(small, "bob");
    uint64_t adas = open_list(ada, "list");
    uint64_t bobs = open_list(bob, "list");
    uint64_t before = memory_of(bob);

    size_t refusals = 0;
    for (int i = 0; i < COUNT; i++) {
        assert_status(ask(ada, REQUEST(adas, list_append, .value = large)), HF_OK);
        hf_status status = (hf_status)ask(bob, REQUEST(bobs, list_append, .value = large))->status;
        assert_true(status == HF_OK || status == HF_NO_MEMORY);
        refusals += status == HF_NO_MEMORY;
    }

    assert_in_range(refusals, COUNT / 2, COUNT - 1);
    assert_true(memory_of(ada) > (uint64_t)LEN * COUNT);
    assert_true(memory_of(bob) <= config.memory_max_bytes);
    assert_status(ask(bob, REQUEST(bobs, list_clear)), HF_OK);
    world_pass(small, 0);
    assert_true(memory_of(bob) < before + LEN);
    assert_true(memory_of(ada) > (uint64_t)LEN * COUNT);
    world_free(small);
}

/* ---- the clock ---- */

static void a_session_is_told_the_time_by_two_clocks(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    const int64_t year_2026_ms = 1767225600000;

    core_set_wall(world_core(world), year_2026_ms - world_now(world));
    const Hf__Times *times = ask(ada, REQUEST(0, clock))->times;
    assert_int_equal(times->wall_ms, year_2026_ms);
    assert_int_equal(times->monotonic_ms, 0);

    world_pass(world, 250);
    times = ask(ada, REQUEST(0, clock))->times;
    assert_int_equal(times->wall_ms, year_2026_ms + 250);
    assert_int_equal(times->monotonic_ms, 250);
}

static void a_clock_that_is_set_back_does_not_touch_the_other(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    world_pass(world, 3000);

    core_set_wall(world_core(world), -world_now(world) + 70);
    const Hf__Times *times = ask(ada, REQUEST(0, clock))->times;
    assert_int_equal(times->wall_ms, 70);
    assert_int_equal(times->monotonic_ms, 3000);

    core_set_wall(world_core(world), -world_now(world) - 70); /* before 1970 */
    assert_int_equal(ask(ada, REQUEST(0, clock))->times->wall_ms, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_is_answered_welcome),
        cmocka_unit_test(a_session_begins_with_hello),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(a_label_has_at_most_256_bytes),
        cmocka_unit_test(hello_and_prove_come_once),
        cmocka_unit_test(a_session_without_a_hello_in_time_is_hung_up_on),
        cmocka_unit_test(past_the_limit_on_sessions_hello_is_answered_limit),
        cmocka_unit_test(a_crowd_that_says_nothing_keeps_nobody_out),
        cmocka_unit_test(a_hello_without_an_id_has_no_reply),
        cmocka_unit_test(a_hello_without_an_id_that_is_refused_ends_with_a_fatal_status),
        cmocka_unit_test(a_challenge_needs_a_hello_with_an_id),
        cmocka_unit_test(the_world_can_refuse_a_peer_and_end_a_session),
        cmocka_unit_test(at_the_memory_limit_hello_is_answered_no_memory),
        cmocka_unit_test(a_session_that_knows_the_key_is_welcome),
        cmocka_unit_test(a_wrong_proof_is_denied),
        cmocka_unit_test(a_proof_is_of_no_use_to_another_session),
        cmocka_unit_test(a_challenge_needs_a_nonce_of_32_bytes),
        cmocka_unit_test(without_a_key_nobody_can_prove_anything),
        cmocka_unit_test(the_answer_to_a_challenge_is_prove),
        cmocka_unit_test(a_frame_that_is_too_long_ends_the_session),
        cmocka_unit_test(the_longest_frames_are_accepted),
        cmocka_unit_test(frames_are_as_long_as_the_manager_is_told),
        cmocka_unit_test(a_reply_is_not_much_longer_than_a_frame),
        cmocka_unit_test(a_large_reply_may_have_something_empty_in_it),
        cmocka_unit_test(many_frames_are_served_one_at_a_time),
        cmocka_unit_test(a_frame_without_memory_is_refused_by_its_id),
        cmocka_unit_test(rubbish_without_memory_ends_the_session),
        cmocka_unit_test(a_hello_without_memory_for_it_ends_the_session),
        cmocka_unit_test(a_session_that_is_over_swallows_everything),
        cmocka_unit_test(bytes_that_are_not_protobuf_end_the_session),
        cmocka_unit_test(an_invalid_request_is_refused_with_its_field),
        cmocka_unit_test(before_welcome_an_invalid_request_ends_the_session),
        cmocka_unit_test(unknown_fields_are_ignored),
        cmocka_unit_test(an_empty_frame_is_an_empty_request),
        cmocka_unit_test(a_decode_bomb_is_too_big_and_the_session_lives_on),
        cmocka_unit_test(a_large_list_of_nulls_that_fits_is_taken),
        cmocka_unit_test(unknown_fields_take_no_memory),
        cmocka_unit_test(a_value_that_nests_too_deep_is_too_big),
        cmocka_unit_test(batches_in_batches_are_too_big_or_invalid),
        cmocka_unit_test(a_request_cut_short_anywhere_does_no_harm),
        cmocka_unit_test(random_changes_to_a_request_do_no_harm),
        cmocka_unit_test(random_bytes_do_no_harm),
        cmocka_unit_test(a_session_that_breaks_the_protocol_loses_its_locks),
        cmocka_unit_test(two_cores_in_a_process_have_limits_of_their_own),
        cmocka_unit_test(a_session_is_told_the_time_by_two_clocks),
        cmocka_unit_test(a_clock_that_is_set_back_does_not_touch_the_other),
    };
    return WORLD_MAIN(tests);
}
