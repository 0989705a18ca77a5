/* SPDX-License-Identifier: MIT
 *
 * One connection, from hello to its end, with managers that misbehave.
 */
#include "fake.h"

#include "proof.h"
#include "wire_limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <holdfast.h>

enum { SHORT_MS = 50 };

/* ---- hello ---- */

static void a_missing_manager_is_unreachable_and_named(void **state) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    (void)state;
    options.connect_timeout_ms = SHORT_MS;
    assert_int_equal(hf_client_new("unix:/tmp/holdfast-there-is-none.sock", &options, &client),
                     HF_OK);

    assert_int_equal(hf_client_ping(client), HF_UNREACHABLE);

    assert_detail_says("unix:/tmp/holdfast-there-is-none.sock");
    assert_detail_says("holdfastd --listen");
    hf_client_free(client);
}

static void script_check_hello(struct fake *fake) {
    fake_accept(fake);
    Hf__Request *request = fake_read(fake);
    bool is_hello = request && request->op_case == HF__REQUEST__OP_HELLO;
    fake_expect(fake, is_hello, "the first request is no hello");
    if (is_hello) {
        const Hf__Hello *hello = request->hello;
        fake_expect(fake, hello->version == HF_PROTOCOL_VERSION, "another version");
        fake_expect(fake, hello->label && strcmp(hello->label, "worker é?") == 0, "another label");
        fake_expect(fake, hello->pid == (uint64_t)getpid(), "another pid");
        fake_expect(fake, hello->has_tid && hello->tid != 0, "no tid");
        fake_reply_status(fake, request->id, HF_VERSION, "version 2 or later");
    }
    if (request) {
        hf__request__free_unpacked(request, NULL);
    }
}

static void hello_carries_label_pid_and_version_and_its_refusal_is_reported(void **state) {
    hf_client *client = fake_play(*state, script_check_hello, NULL);
    hf_set_label("worker é?");

    assert_int_equal(hf_client_ping(client), HF_VERSION);

    assert_detail_says("version 2 or later");
    hf_set_label(NULL);
}

static void script_check_labels(struct fake *fake) {
    const char *const *labels = fake->data;
    for (; *labels; labels++) {
        fake_accept(fake);
        Hf__Request *request = fake_read(fake);
        bool is_hello = request && request->op_case == HF__REQUEST__OP_HELLO;
        fake_expect(fake, is_hello && strcmp(request->hello->label, *labels) == 0, "another label");
        if (request) {
            fake_reply_status(fake, request->id, HF_VERSION, "enough");
            hf__request__free_unpacked(request, NULL);
        }
    }
}

static void labels_are_cut_between_characters_and_made_utf8(void **state) {
    char long_label[300];
    char cut_label[256];
    memset(long_label, 'x', sizeof long_label);
    memcpy(long_label + 254, "é", 3); /* its second byte would be the 256th */
    memset(cut_label, 'x', sizeof cut_label);
    cut_label[254] = 0;
    const char *given[] = {long_label, "bad \xff label", "", NULL};
    const char *expected[] = {cut_label, "bad ? label", program_invocation_short_name, NULL};
    hf_client *client = fake_play(*state, script_check_labels, expected);

    for (size_t i = 0; given[i]; i++) {
        hf_set_label(given[i]);
        assert_int_equal(hf_client_ping(client), HF_VERSION);
    }

    hf_set_label(NULL);
}

static void the_environment_gives_a_label_where_the_program_gives_none(void **state) {
    const char *expected[] = {"worker 3", "its own", NULL};
    hf_client_options options = HF_CLIENT_OPTIONS;
    struct fake *fake = *state;
    fake_start(fake, script_check_labels, expected);
    assert_int_equal(setenv("HOLDFAST_LABEL", "worker 3", 1), 0);

    for (size_t i = 0; expected[i]; i++) {
        hf_client *client = NULL;
        options.label = i == 0 ? NULL : expected[i];
        assert_int_equal(hf_client_new(fake->address, &options, &client), HF_OK);
        assert_int_equal(hf_client_ping(client), HF_VERSION);
        hf_client_free(client);
    }

    assert_int_equal(unsetenv("HOLDFAST_LABEL"), 0);
    fake_stop(fake);
}

static void script_say_nothing(struct fake *fake) {
    fake_accept(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_HELLO);
    fake_expect_hang_up(fake);
}

static void a_manager_that_does_not_welcome_in_time_is_unreachable(void **state) {
    struct fake *fake = *state;
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    fake_start(fake, script_say_nothing, NULL);
    options.connect_timeout_ms = SHORT_MS;
    assert_int_equal(hf_client_new(fake->address, &options, &client), HF_OK);

    assert_int_equal(hf_client_ping(client), HF_UNREACHABLE);

    assert_detail_says("does not answer");
    fake_stop(fake);
    hf_client_free(client);
}

/* Without reading its hello. */
static void script_turn_away(struct fake *fake) {
    fake_accept(fake);
    fake_reply_status(fake, 0, HF_DENIED, "user 7 may not connect");
    fake_hang_up(fake);
}

static void script_no_room(struct fake *fake) {
    fake_accept(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_HELLO), HF_LIMIT, "no room");
    fake_hang_up(fake);
}

static void a_refusal_of_the_session_is_told_in_the_managers_words(void **state) {
    struct fake *fake = *state;
    const struct {
        fake_script *script;
        hf_status status;
        const char *said;
    } rows[] = {
        {script_turn_away, HF_DENIED, "user 7 may not connect"},
        {script_no_room, HF_LIMIT, "no room"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hf_client *client = fake_play(fake, rows[i].script, NULL);

        assert_int_equal(hf_client_ping(client), rows[i].status);

        assert_detail_says(rows[i].said);
        assert_detail_says(fake->address);
        fake_stop(fake);
    }
}

/* ---- key ---- */

static const uint8_t the_key[] = "0123456789abcdef0123456789abcdef";

static char *write_key(void) {
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/holdfast-test-key-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, the_key, sizeof the_key), sizeof the_key);
    assert_int_equal(close(fd), 0);
    return path;
}

static struct proof_span span(const uint8_t *bytes, size_t len) {
    return (struct proof_span){bytes, len};
}

/* Challenge the client with a proof under `data`, a key; expect its proof and welcome it, unless it
 * is expected to hang up. */
static void challenge(struct fake *fake, bool expect_proof) {
    const uint8_t nonce[HF_NONCE_BYTES] = {1, 2, 3};
    uint8_t proof[HF_PROOF_BYTES];
    uint8_t expected[HF_PROOF_BYTES];
    fake_accept(fake);
    Hf__Request *request = fake_read(fake);
    bool is_hello = request && request->op_case == HF__REQUEST__OP_HELLO &&
                    request->hello->nonce.len == HF_NONCE_BYTES;
    fake_expect(fake, is_hello, "no hello with a nonce");
    if (!is_hello) {
        return;
    }
    struct proof_span key = span(fake->data, sizeof the_key);
    struct proof_span theirs = span(request->hello->nonce.data, HF_NONCE_BYTES);
    struct proof_span own = span(nonce, sizeof nonce);
    bool made = proof_make(PROOF_OF_MANAGER, key, theirs, own, proof) &&
                proof_make(PROOF_OF_CLIENT, key, theirs, own, expected);
    fake_expect(fake, made, "no proof");
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Challenge challenge = HF__CHALLENGE__INIT;
    reply.has_id = true;
    reply.id = request->id;
    reply.result_case = HF__REPLY__RESULT_CHALLENGE;
    reply.challenge = &challenge;
    challenge.nonce = (ProtobufCBinaryData){sizeof nonce, (uint8_t *)(uintptr_t)nonce};
    challenge.proof = (ProtobufCBinaryData){sizeof proof, proof};
    fake_reply(fake, &reply);
    hf__request__free_unpacked(request, NULL);
    if (!expect_proof) {
        fake_expect_hang_up(fake);
        return;
    }
    request = fake_read(fake);
    bool is_proof =
        request && request->op_case == HF__REQUEST__OP_PROVE &&
        proof_equal(expected, span(request->prove->proof.data, request->prove->proof.len));
    fake_expect(fake, is_proof, "the client does not prove itself");
    Hf__Welcome welcome = HF__WELCOME__INIT;
    reply.id = request ? request->id : 0;
    reply.result_case = HF__REPLY__RESULT_WELCOME;
    reply.welcome = &welcome;
    welcome.version = HF_PROTOCOL_VERSION;
    fake_reply(fake, &reply);
    if (request) {
        hf__request__free_unpacked(request, NULL);
    }
}

static void script_challenge(struct fake *fake) {
    challenge(fake, true);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
}

static void script_challenge_in_vain(struct fake *fake) {
    challenge(fake, false);
}

static void script_welcome_only(struct fake *fake) {
    fake_welcome(fake);
    fake_expect_hang_up(fake);
}

/* Ping a fake on TCP. */
static hf_status ping_with_key(struct fake *fake, fake_script *script, const uint8_t *managers_key,
                               const char *key_file) {
    uint8_t key[sizeof the_key];
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    memcpy(key, managers_key, sizeof key);
    fake_start_tcp(fake, script, key);
    options.key_file = key_file;
    assert_int_equal(hf_client_new(fake->address, &options, &client), HF_OK);
    hf_status status = hf_client_ping(client);
    hf_client_free(client);
    fake_stop(fake);
    return status;
}

static void both_sides_prove_that_they_know_the_key(void **state) {
    char *path = write_key();

    assert_int_equal(ping_with_key(*state, script_challenge, the_key, path), HF_OK);

    assert_int_equal(unlink(path), 0);
}

static void a_manager_with_another_key_is_shown_no_proof(void **state) {
    const uint8_t other[sizeof the_key] = "another key";
    char *path = write_key();

    assert_int_equal(ping_with_key(*state, script_challenge_in_vain, other, path), HF_DENIED);
    assert_detail_says("does not know the key");

    assert_int_equal(unlink(path), 0);
}

static void a_manager_that_proves_nothing_is_refused_by_a_client_with_a_key(void **state) {
    char *path = write_key();

    assert_int_equal(ping_with_key(*state, script_welcome_only, the_key, path), HF_DENIED);
    assert_detail_says("did not prove");

    assert_int_equal(unlink(path), 0);
}

static void a_client_without_the_key_is_told_how_to_give_one(void **state) {
    assert_int_equal(ping_with_key(*state, script_challenge_in_vain, the_key, NULL), HF_DENIED);
    assert_detail_says("key file");
}

static void a_key_file_that_cannot_serve_is_refused_at_once(void **state) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    (void)state;

    options.key_file = "/tmp/holdfast-no-such-key";
    assert_int_equal(hf_client_new("tcp://localhost:1", &options, &client), HF_SYSTEM);
    assert_detail_says("/tmp/holdfast-no-such-key");
    options.key_file = "/dev/null";
    assert_int_equal(hf_client_new("tcp://localhost:1", &options, &client), HF_SYSTEM);
    assert_detail_says("16 to 4096 bytes");
    assert_null(client);
}

/* ---- lines that die ---- */

/* This process's socket that is connected to this address; -1: none is. */
static int socket_to(const char *address) {
    const char *port = strrchr(address, ':') + 1;
    for (int fd = 3; fd < 256; fd++) {
        struct sockaddr_in peer = {0};
        socklen_t len = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 && peer.sin_family == AF_INET &&
            ntohs(peer.sin_port) == strtol(port, NULL, 10)) {
            return fd;
        }
    }
    return -1;
}

static int option_of(int fd, int level, int option) {
    int value = 0;
    socklen_t len = sizeof value;
    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

static void script_answer_ping(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
    fake_expect_hang_up(fake);
}

/* Keepalive finds an idle line dead. While something is unacknowledged, only the other limit
 * counts. */
static void a_dead_tcp_line_is_found_idle_or_not(void **state) {
    struct fake *fake = *state;
    fake_start_tcp(fake, script_answer_ping, NULL);
    hf_client *client = fake_client(fake, PATIENCE_MS);
    assert_int_equal(hf_client_ping(client), HF_OK);

    int fd = socket_to(fake->address);

    assert_true(fd >= 0);
    int idle_s =
        option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) +
        option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL) * option_of(fd, IPPROTO_TCP, TCP_KEEPCNT);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(idle_s, 30);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);
    hf_client_free(client);
    fake_stop(fake);
}

/* ---- calls ---- */

static void script_answer_byte_by_byte(struct fake *fake) {
    static const uint8_t answer[] = {0, 0, 0, 8, 8, 1, 16, 0, 82, 2, 16, 84};
    fake_welcome(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    for (size_t i = 0; i < sizeof answer; i++) {
        (void)pthread_kill(fake->caller, SIGUSR1);
        fake_send(fake, &answer[i], 1);
    }
}

static void on_signal(int number) {
    (void)number;
}

static void answers_may_come_in_pieces_and_signals_in_between(void **state) {
    int64_t number = 0;
    const struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    hf_client *client = fake_play(*state, script_answer_byte_by_byte, NULL);

    assert_int_equal(hf_value_get(value_of(client), &number), HF_OK);

    assert_int_equal(number, 42);
}

static void script_never_answer(struct fake *fake) {
    fake_welcome(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_LOCK_ACQUIRE);
    fake_expect_hang_up(fake);
    fake_welcome(fake);
    fake_reply_grant(fake, fake_read_op(fake, HF__REQUEST__OP_LOCK_ACQUIRE), 5);
}

static void a_manager_that_does_not_answer_is_given_up_with_the_connection(void **state) {
    struct fake *fake = *state;
    hf_grant grant = {0};
    fake_start(fake, script_never_answer, NULL);
    hf_client *client = fake_client(fake, SHORT_MS);
    const hf_lock lock = {client, 3};

    assert_int_equal(hf_lock_acquire(lock, SHORT_MS, NULL), HF_DISCONNECTED);
    assert_detail_says("no answer from");
    assert_int_equal(hf_lock_acquire(lock, PATIENCE_MS, &grant), HF_OK);

    assert_int_equal(grant.fence, 5);
    hf_client_free(client);
}

/* Answer a request with some bytes, hang up, and answer well on the next connection. */
struct bytes {
    const void *bytes;
    size_t len;
};

static void script_answer_badly(struct fake *fake) {
    const struct bytes *answer = fake->data;
    fake_welcome(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    fake_send(fake, answer->bytes, answer->len);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 5);
}

static void bad_answers_end_the_connection_and_the_next_call_opens_another(void **state) {
    static const struct {
        struct bytes answer;
        hf_status status;
        const char *words;
    } rows[] = {
        {{"", 0}, HF_DISCONNECTED, "hung up"},
        {{"\0\0\0\10\10\1", 6}, HF_DISCONNECTED, "hung up"},
        {{"\0\0", 2}, HF_DISCONNECTED, "hung up"},
        {{"HTTP/1.1 400 Bad Request\r\n", 26}, HF_PROTOCOL, "not a Holdfast manager?"},
        {{"\0\0\0\4\377\377\377\377", 8}, HF_PROTOCOL, "cannot be read"},
        {{"\0\0\0\2\10\1", 6}, HF_PROTOCOL, "status is missing"},
        {{"\0\0\0\4\10\1\20\0", 8}, HF_PROTOCOL, "lacks its result"},
        {{"\0\0\0\4\10\7\20\0", 8}, HF_PROTOCOL, "not made"},
        {{"\0\0\0\6\20\123\32\2by", 10}, HF_DRAINING, "by"},
        {{"\0\0\0\4\10\1\20\123", 8}, HF_DRAINING, "shutting down"},
        {{"\0\0\0\0", 4}, HF_PROTOCOL, "status is missing"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes answer = rows[i].answer;
        int64_t number = 0;
        hf_client *client = fake_play(*state, script_answer_badly, &answer);

        assert_int_equal(hf_value_get(value_of(client), &number), rows[i].status);
        assert_detail_says(rows[i].words);
        assert_int_equal(number, 0);
        assert_int_equal(hf_value_get(value_of(client), &number), HF_OK);
        assert_int_equal(number, 5);

        fake_stop(*state);
    }
}

static void script_wrong_kind(struct fake *fake) {
    fake_welcome(fake);
    for (int i = 0; i < 3; i++) {
        fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_DICT_GET), 5);
    }
}

static void a_value_of_another_kind_is_a_type_error_and_no_more(void **state) {
    hf_client *client = fake_play(*state, script_wrong_kind, NULL);
    const hf_dict dict = {client, 1};
    char *text = NULL;
    double real = 0;
    int64_t number = 0;

    assert_int_equal(hf_dict_get_string(dict, "key", &text), HF_TYPE_ERROR);
    assert_detail_says("the value is an int, not a string");
    assert_null(text);
    assert_int_equal(hf_dict_get_double(dict, "key", &real), HF_TYPE_ERROR);
    assert_int_equal(hf_dict_get_int(dict, "key", &number), HF_OK);
    assert_string_equal(hf_last_detail(), "");
}

static void welcome_to_small_frames(struct fake *fake) {
    fake_accept(fake);
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Welcome welcome = HF__WELCOME__INIT;
    reply.has_id = true;
    reply.id = fake_read_op(fake, HF__REQUEST__OP_HELLO);
    reply.result_case = HF__REPLY__RESULT_WELCOME;
    reply.welcome = &welcome;
    welcome.version = HF_PROTOCOL_VERSION;
    welcome.has_max_frame_bytes = true;
    welcome.max_frame_bytes = 100;
    fake_reply(fake, &reply);
}

static void script_small_frames(struct fake *fake) {
    welcome_to_small_frames(fake);
    for (int i = 0; i < 2; i++) {
        fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
    }
}

static void a_request_that_is_too_big_for_the_manager_is_not_sent(void **state) {
    char text[200];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    hf_client *client = fake_play(*state, script_small_frames, NULL);

    assert_int_equal(hf_client_ping(client), HF_OK);
    assert_int_equal(hf_dict_set_string((hf_dict){client, 1}, "key", text), HF_TOO_BIG);
    assert_int_equal(hf_client_ping(client), HF_OK);
}

static void script_small_frames_twice(struct fake *fake) {
    welcome_to_small_frames(fake);
    script_small_frames(fake);
}

/* The first request is put together before the manager has told how long it may be. */
static void a_first_request_that_is_too_big_is_not_sent(void **state) {
    char text[200];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    hf_client *client = fake_play(*state, script_small_frames_twice, NULL);

    assert_int_equal(hf_dict_set_string((hf_dict){client, 1}, "key", text), HF_TOO_BIG);
    assert_non_null(strstr(hf_last_detail(), "the manager accepts 100"));
    assert_int_equal(hf_client_ping(client), HF_OK);
    assert_int_equal(hf_client_ping(client), HF_OK);
}

static void calls_that_cannot_be_put_together_are_refused(void **state) {
    const hf_dict never_opened = {NULL, 0};
    hf_client *client = NULL;
    hf_dict dict;
    int64_t number = 0;
    (void)state;
    assert_int_equal(hf_client_new("unix:/tmp/holdfast-there-is-none.sock", NULL, &client), HF_OK);

    assert_int_equal(hf_dict_get_int(never_opened, "key", &number), HF_INVALID);
    assert_detail_says("never opened");
    assert_int_equal(hf_dict_get_int((hf_dict){client, 1}, NULL, &number), HF_INVALID);
    assert_int_equal(hf_dict_from_ref(client, hf_any_int(1), &dict), HF_TYPE_ERROR);
    assert_int_equal(hf_dict_page((hf_dict){client, 1}, 0, NULL, NULL), HF_INVALID);

    hf_client_free(client);
}

/* ---- lost connections ---- */

/* Hang up while the client is idle; `data` is an int that becomes 1 once that is done. */
static void signal_done(struct fake *fake) {
    int *pipe_end = fake->data;
    fake_expect(fake, write(*pipe_end, "x", 1) == 1, "cannot tell that it is done");
}

static void script_lose_idle(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 1);
    fake_hang_up(fake);
    signal_done(fake);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 2);
}

static void script_lose_holder(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_grant(fake, fake_read_op(fake, HF__REQUEST__OP_LOCK_ACQUIRE), 9);
    fake_hang_up(fake);
    signal_done(fake);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 2);
}

static void script_lose_former_holder(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_grant(fake, fake_read_op(fake, HF__REQUEST__OP_LOCK_ACQUIRE), 9);
    fake_expect(fake, fake_read_op(fake, HF__REQUEST__OP_LOCK_RELEASE) == 0, "no answer is due");
    fake_hang_up(fake);
    signal_done(fake);
    fake_welcome(fake);
    fake_reply_int(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_GET), 2);
}

struct loss {
    struct fake fake;
    hf_client *client;
    int done[2];
};

static void begin_loss(struct loss *loss, fake_script *script, bool tcp) {
    assert_int_equal(pipe(loss->done), 0);
    if (tcp) {
        fake_start_tcp(&loss->fake, script, &loss->done[1]);
    } else {
        fake_start(&loss->fake, script, &loss->done[1]);
    }
    loss->client = fake_client(&loss->fake, PATIENCE_MS);
}

static void wait_for_loss(const struct loss *loss) {
    char byte = 0;
    assert_int_equal(read(loss->done[0], &byte, 1), 1);
}

static void finish_loss(struct loss *loss) {
    hf_client_free(loss->client);
    fake_stop(&loss->fake);
    assert_int_equal(close(loss->done[0]), 0);
    assert_int_equal(close(loss->done[1]), 0);
}

static void an_idle_connection_that_is_lost_is_replaced_in_silence(void **state) {
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        struct loss loss;
        int64_t number = 0;
        begin_loss(&loss, script_lose_idle, tcp);
        assert_int_equal(hf_value_get(value_of(loss.client), &number), HF_OK);

        wait_for_loss(&loss);
        assert_int_equal(hf_value_get(value_of(loss.client), &number), HF_OK);

        assert_int_equal(number, 2);
        finish_loss(&loss);
    }
}

static void a_connection_lost_with_a_lock_is_reported_once(void **state) {
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        struct loss loss;
        int64_t number = 0;
        hf_grant grant;
        begin_loss(&loss, script_lose_holder, tcp);
        assert_int_equal(hf_lock_acquire((hf_lock){loss.client, 3}, 0, &grant), HF_OK);
        assert_int_equal(grant.fence, 9);

        wait_for_loss(&loss);
        assert_int_equal(hf_value_get(value_of(loss.client), &number), HF_DISCONNECTED);
        assert_detail_says("all that this thread held");
        assert_int_equal(hf_value_get(value_of(loss.client), &number), HF_OK);

        assert_int_equal(number, 2);
        finish_loss(&loss);
    }
}

static void a_release_tells_of_a_lost_connection(void **state) {
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        struct loss loss;
        int64_t number = 0;
        begin_loss(&loss, script_lose_holder, tcp);
        const hf_lock lock = {loss.client, 3};
        assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OK);

        wait_for_loss(&loss);
        assert_int_equal(hf_lock_release(lock), HF_DISCONNECTED);
        assert_int_equal(hf_value_get(value_of(loss.client), &number), HF_OK);

        assert_int_equal(number, 2);
        finish_loss(&loss);
    }
}

static void a_lock_that_was_released_is_not_lost(void **state) {
    struct loss loss;
    int64_t number = 0;
    (void)state;
    begin_loss(&loss, script_lose_former_holder, false);
    const hf_lock lock = {loss.client, 3};
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OK);
    assert_int_equal(hf_lock_release(lock), HF_OK);

    wait_for_loss(&loss);
    assert_int_equal(hf_value_get(value_of(loss.client), &number), HF_OK);

    assert_int_equal(number, 2);
    finish_loss(&loss);
}

/* A packed value that the fake answers with: its bytes, or so many lists in each other. */
struct odd_value {
    Hf__Any__KindCase kind;
    const char *bytes;
    size_t len;
    unsigned depth;
    hf_status status;
    const char *detail;
};

enum { LEVELS_BYTES = 256 };

static ProtobufCBinaryData lists_in_lists(unsigned depth, uint8_t bytes[LEVELS_BYTES]) {
    ProtobufCBinaryData data = {0, bytes};
    for (unsigned i = 1; i < depth; i++) {
        uint8_t packed[LEVELS_BYTES];
        Hf__AnyList list = HF__ANY_LIST__INIT;
        Hf__Any inner = HF__ANY__INIT;
        Hf__Any *items[] = {&inner};
        inner.kind_case = HF__ANY__KIND_LIST;
        inner.list = data;
        list.n_items = 1;
        list.items = items;
        data.len = hf__any_list__pack(&list, packed);
        memcpy(bytes, packed, data.len);
    }
    return data;
}

static void script_answer_oddly(struct fake *fake) {
    const struct odd_value *row = fake->data;
    uint8_t levels[LEVELS_BYTES];
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Any value = HF__ANY__INIT;
    fake_welcome(fake);
    reply.has_id = true;
    reply.id = fake_read_op(fake, HF__REQUEST__OP_DICT_GET);
    reply.result_case = HF__REPLY__RESULT_VALUE;
    reply.value = &value;
    value.kind_case = row->kind;
    value.bytes = row->depth ? lists_in_lists(row->depth, levels)
                             : (ProtobufCBinaryData){row->len, (uint8_t *)(uintptr_t)row->bytes};
    fake_reply(fake, &reply);
}

#define ODD(kind, bytes) HF__ANY__KIND_##kind, bytes, sizeof(bytes) - 1, 0

static void a_packed_value_that_cannot_be_read_is_refused(void **state) {
    static const struct odd_value rows[] = {
        {ODD(LIST, "\x0a\x02\x10\x02\x78\x01"), HF_OK, NULL}, /* with an unknown field */
        {ODD(LIST, "\x0a\x05\x10\x02"), HF_PROTOCOL, "a value is broken"},
        {ODD(MAP, "\x0a\x04\x0a\x02\x10\x02"), HF_PROTOCOL, "a value is broken"},
        {ODD(LIST, "\x0a\x02\x10\x02\x0a\x03\x32\x01\x0a"), HF_PROTOCOL, "is broken"},
        {ODD(TUPLE, "\x0a\x02\x10\x02"), HF_OK, NULL},
        {ODD(TUPLE, "\x0a\x03\x52\x01\x0a"), HF_PROTOCOL, "is broken"},
        {ODD(LIST, "\x0a\x08\x62\x06\x12\x01x\x0a\x01t"), HF_OK,
         NULL}, /* opaque, the bytes first */
        {ODD(LIST, "\x0a\x05\x62\x03\x0a\x01t"), HF_PROTOCOL, "is broken"}, /* without bytes */
        {ODD(OPAQUE, "\x12\x01x"), HF_PROTOCOL, "is broken"},               /* without a tag */
        {ODD(OPAQUE, "\x0a\x01\0\x12\x01x"), HF_PROTOCOL, "is broken"},     /* not a C string */
        {ODD(OPAQUE, "\x0a\x01t\x12\x01x\x22\x02"), HF_PROTOCOL, "is broken"},
        {HF__ANY__KIND_LIST, NULL, 0, 33, HF_OK, NULL}, /* a dict of the deepest values */
        {HF__ANY__KIND_LIST, NULL, 0, 34, HF_TOO_BIG, "nested too deep"},
    };
    struct fake *fake = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hf_client *client = fake_play(fake, script_answer_oddly, (void *)(uintptr_t)&rows[i]);
        hf_any got = hf_any_null();

        assert_int_equal(hf_dict_get_any((hf_dict){client, 7}, hf_any_int(1), &got),
                         rows[i].status);

        if (rows[i].status == HF_OK) {
            assert_int_equal(got.len, 1);
        } else {
            assert_int_equal(got.kind, HF_ANY_NULL);
            assert_detail_says(rows[i].detail);
        }
        hf_any_clear(&got);
        fake_stop(fake);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_manager_is_unreachable_and_named),
        cmocka_unit_test(hello_carries_label_pid_and_version_and_its_refusal_is_reported),
        cmocka_unit_test(labels_are_cut_between_characters_and_made_utf8),
        cmocka_unit_test(the_environment_gives_a_label_where_the_program_gives_none),
        cmocka_unit_test(a_manager_that_does_not_welcome_in_time_is_unreachable),
        cmocka_unit_test(a_refusal_of_the_session_is_told_in_the_managers_words),
        cmocka_unit_test(both_sides_prove_that_they_know_the_key),
        cmocka_unit_test(a_manager_with_another_key_is_shown_no_proof),
        cmocka_unit_test(a_manager_that_proves_nothing_is_refused_by_a_client_with_a_key),
        cmocka_unit_test(a_client_without_the_key_is_told_how_to_give_one),
        cmocka_unit_test(a_key_file_that_cannot_serve_is_refused_at_once),
        cmocka_unit_test(a_dead_tcp_line_is_found_idle_or_not),
        cmocka_unit_test(answers_may_come_in_pieces_and_signals_in_between),
        cmocka_unit_test(a_manager_that_does_not_answer_is_given_up_with_the_connection),
        cmocka_unit_test(bad_answers_end_the_connection_and_the_next_call_opens_another),
        cmocka_unit_test(a_value_of_another_kind_is_a_type_error_and_no_more),
        cmocka_unit_test(a_request_that_is_too_big_for_the_manager_is_not_sent),
        cmocka_unit_test(a_first_request_that_is_too_big_is_not_sent),
        cmocka_unit_test(calls_that_cannot_be_put_together_are_refused),
        cmocka_unit_test(an_idle_connection_that_is_lost_is_replaced_in_silence),
        cmocka_unit_test(a_connection_lost_with_a_lock_is_reported_once),
        cmocka_unit_test(a_release_tells_of_a_lost_connection),
        cmocka_unit_test(a_lock_that_was_released_is_not_lost),
        cmocka_unit_test(a_packed_value_that_cannot_be_read_is_refused),
    };
    return FAKE_MAIN(tests);
}
