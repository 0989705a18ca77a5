/* SPDX-License-Identifier: MIT
 *
 * Waiting for a manager that is not there yet, and for one that is slow. The errors of connect(),
 * the portions of recv() and send(), and the clock are this file's, so nothing depends on real
 * time.
 */
#include "fake.h"
#include "patience.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <holdfast.h>

enum {
    ALL_BYTES = 1 << 30,
    PORTION_BYTES = 1000,
    PORTIONS = 20,
    TEXT_BYTES = PORTION_BYTES * PORTIONS,
    ANSWER_MS = PATIENCE_MS,
    PORTION_MS = PATIENCE_MS / 3 * 2,
    HURRY_MS = 50
};

/* The system's behaviour towards the thread that calls the library. */
static _Thread_local struct {
    int error;     /* of the attempts to connect that are still to fail */
    unsigned left; /* how many */
    unsigned attempts;
    size_t portion;     /* of one recv() or send(); 0: as much as it likes */
    bool full;          /* the socket takes nothing until somebody has waited */
    int peek_error;     /* of the next recv() that only looks; 0: none */
    int64_t attempt_ms; /* how long an attempt takes that fails */
} here;
static _Thread_local int64_t passed_ms; /* on this thread's clock, beside the real time */

int __real_connect(int fd, const struct sockaddr *address, socklen_t len);
ssize_t __real_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t len, int flags);
int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len) {
    here.attempts++;
    if (here.left > 0) {
        here.left--;
        passed_ms += here.attempt_ms;
        errno = here.error;
        return -1;
    }
    return __real_connect(fd, address, len);
}

static size_t portion_of(size_t len) {
    return here.portion > 0 && here.portion < len ? here.portion : len;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags) {
    if (here.peek_error && (flags & MSG_PEEK)) {
        errno = here.peek_error;
        here.peek_error = 0;
        return -1;
    }
    ssize_t got = __real_recv(fd, bytes, portion_of(len), flags);
    passed_ms += here.portion > 0 && got > 0 ? PORTION_MS : 0;
    return got;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags) {
    if (here.full) {
        here.full = false;
        errno = EAGAIN;
        return -1;
    }
    ssize_t sent = __real_send(fd, bytes, portion_of(len), flags);
    here.full = here.portion > 0 && sent > 0;
    passed_ms += here.full ? PORTION_MS : 0;
    return sent;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time) {
    int result = __real_clock_gettime(clock, time);
    time->tv_sec += passed_ms / 1000;
    return result;
}

static void be_kind(void) {
    memset(&here, 0, sizeof here);
    passed_ms = 0;
}

static hf_client *client_of(const char *address, int64_t connect_timeout_ms) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    options.connect_timeout_ms = connect_timeout_ms;
    options.answer_timeout_ms = ANSWER_MS;
    assert_int_equal(hf_client_new(address, &options, &client), HF_OK);
    return client;
}

/* ---- a manager that starts ---- */

static void script_ping(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
}

static void a_manager_that_starts_is_waited_for(void **state) {
    static const int errors[] = {ENOENT,      ECONNREFUSED, ECONNRESET, EHOSTUNREACH,
                                 ENETUNREACH, ETIMEDOUT,    ENETDOWN};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct fake *fake = *state;
        fake_start(fake, script_ping, NULL);
        hf_client *client = client_of(fake->address, PATIENCE_MS);
        be_kind();
        here.error = errors[i];
        here.left = 3;

        assert_int_equal(hf_client_ping(client), HF_OK);

        assert_int_equal(here.attempts, 4);
        assert_string_equal(hf_last_detail(), "");
        hf_client_free(client);
        fake_stop(fake);
    }
}

static void script_end_and_begin(struct fake *fake) {
    fake_accept(fake);
    fake_hang_up(fake);
    fake_accept(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_HELLO);
    fake_hang_up(fake);
    script_ping(fake);
}

static void a_manager_that_hangs_up_before_its_welcome_is_tried_again(void **state) {
    struct fake *fake = *state;
    for (int tcp = 0; tcp < 2; tcp++) {
        if (tcp) {
            fake_start_tcp(fake, script_end_and_begin, NULL);
        } else {
            fake_start(fake, script_end_and_begin, NULL);
        }
        hf_client *client = client_of(fake->address, PATIENCE_MS);

        assert_int_equal(hf_client_ping(client), HF_OK);

        hf_client_free(client);
        fake_stop(fake);
    }
}

/* It tells so before the hello, and instead of the answer to it. */
static void script_drain_and_begin(struct fake *fake) {
    fake_accept(fake);
    fake_reply_status(fake, 0, HF_DRAINING, "the manager is shutting down");
    fake_hang_up(fake);
    fake_accept(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_HELLO), HF_DRAINING, "it ends");
    fake_hang_up(fake);
    script_ping(fake);
}

static void a_manager_that_shuts_down_is_waited_for(void **state) {
    struct fake *fake = *state;
    for (int tcp = 0; tcp < 2; tcp++) {
        if (tcp) {
            fake_start_tcp(fake, script_drain_and_begin, NULL);
        } else {
            fake_start(fake, script_drain_and_begin, NULL);
        }
        hf_client *client = client_of(fake->address, PATIENCE_MS);

        assert_int_equal(hf_client_ping(client), HF_OK);

        hf_client_free(client);
        fake_stop(fake);
    }
}

static void what_no_wait_mends_is_refused_at_once(void **state) {
    static const struct {
        int error;
        hf_status status;
    } rows[] = {{EACCES, HF_DENIED},           {EPERM, HF_DENIED},
                {ENOTDIR, HF_UNREACHABLE},     {ELOOP, HF_UNREACHABLE},
                {EPROTOTYPE, HF_UNREACHABLE},  {EADDRNOTAVAIL, HF_UNREACHABLE},
                {EAFNOSUPPORT, HF_UNREACHABLE}};
    hf_client *client = client_of("unix:/tmp/holdfast-there-is-none.sock", -1);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        be_kind();
        here.error = rows[i].error;
        here.left = 1;

        assert_int_equal(hf_client_ping(client), rows[i].status);

        assert_int_equal(here.attempts, 1);
    }
    hf_client_free(client);
}

static void a_file_that_is_no_socket_is_refused_at_once(void **state) {
    hf_client *client = client_of("unix:/etc/passwd", -1);
    (void)state;
    be_kind();

    assert_int_equal(hf_client_ping(client), HF_UNREACHABLE);

    assert_detail_says("not a socket");
    assert_int_equal(here.attempts, 1);
    hf_client_free(client);
}

static void script_deny(struct fake *fake) {
    fake_accept(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_HELLO), HF_DENIED, "not you");
}

static void a_refusal_by_the_manager_is_final(void **state) {
    struct fake *fake = *state;
    fake_start(fake, script_deny, NULL);
    hf_client *client = client_of(fake->address, -1);
    be_kind();

    assert_int_equal(hf_client_ping(client), HF_DENIED);

    assert_int_equal(here.attempts, 1);
    hf_client_free(client);
    fake_stop(fake);
}

static void the_wait_for_a_manager_ends(void **state) {
    hf_client *client = client_of("unix:/tmp/holdfast-there-is-none.sock", PATIENCE_MS);
    (void)state;
    be_kind();
    here.error = ENOENT;
    here.left = 100;
    here.attempt_ms = PATIENCE_MS / 3 * 2;

    assert_int_equal(hf_client_ping(client), HF_UNREACHABLE);

    assert_int_equal(here.attempts, 2);
    assert_detail_says("no manager answers at");
    hf_client_free(client);
}

static void script_drain(struct fake *fake) {
    fake_accept(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_HELLO), HF_DRAINING,
                      "the manager is shutting down");
    fake_hang_up(fake);
}

/* To send and to receive takes longer than there is time. */
static void the_wait_for_the_end_of_a_manager_ends(void **state) {
    struct fake *fake = *state;
    fake_start(fake, script_drain, NULL);
    hf_client *client = client_of(fake->address, PATIENCE_MS);
    be_kind();
    here.portion = PORTION_BYTES;

    assert_int_equal(hf_client_ping(client), HF_UNREACHABLE);

    assert_int_equal(here.attempts, 1);
    assert_detail_says("the manager is shutting down");
    assert_detail_says(fake->address);
    be_kind();
    hf_client_free(client);
    fake_stop(fake);
}

/* ---- a line that dies ---- */

static void script_see_hang_up(struct fake *fake) {
    fake_welcome(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_LOCK_ACQUIRE);
    fake_expect_hang_up(fake);
}

/* The kernel tells the error of a socket once, to the call that waits at it. */
static void the_error_that_ends_a_wait_without_limit_is_told(void **state) {
    hf_client *client = fake_play(*state, script_see_hang_up, NULL);
    be_kind();
    here.peek_error = ETIMEDOUT;

    assert_int_equal(hf_lock_acquire((hf_lock){client, 3}, -1, NULL), HF_DISCONNECTED);

    assert_detail_says("timed out");
}

/* ---- a manager that is slow ---- */

static void script_large_reply(struct fake *fake) {
    static uint8_t bytes[TEXT_BYTES];
    fake_welcome(fake);
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Any value = HF__ANY__INIT;
    reply.has_id = true;
    reply.id = fake_read_op(fake, HF__REQUEST__OP_DICT_GET);
    reply.result_case = HF__REPLY__RESULT_VALUE;
    reply.value = &value;
    value.kind_case = HF__ANY__KIND_BYTES;
    value.bytes = (ProtobufCBinaryData){sizeof bytes, bytes};
    fake_reply(fake, &reply);
    (void)fake_read_op(fake, HF__REQUEST__OP_PING); /* the next call is sent on this connection */
}

static void an_answer_that_is_coming_is_not_given_up(void **state) {
    struct fake *fake = *state;
    hf_any value = hf_any_null();
    be_kind();
    fake_start(fake, script_large_reply, NULL);
    hf_client *client = client_of(fake->address, PATIENCE_MS);
    here.portion = PORTION_BYTES;

    assert_int_equal(hf_dict_get_any((hf_dict){client, 1}, hf_any_string("key"), &value), HF_OK);

    assert_true(passed_ms > 2 * ANSWER_MS);
    assert_int_equal(value.kind, HF_ANY_BYTES);
    hf_any_clear(&value);
    be_kind();
    assert_int_equal(hf_client_ping(client), HF_DISCONNECTED);
    hf_client_free(client);
    fake_stop(fake);
}

static void script_part_of_a_reply(struct fake *fake) {
    static const uint8_t part[TEXT_BYTES / 2] = {0, 0, 0xff, 0xff};
    fake_welcome(fake);
    (void)fake_read_op(fake, HF__REQUEST__OP_VALUE_GET);
    /* On a busy machine the client may have gone by now. */
    (void)!send(fake->peer, part, sizeof part, MSG_NOSIGNAL);
    fake_expect_hang_up(fake);
}

static void silence_after_a_part_of_an_answer_ends_the_call(void **state) {
    struct fake *fake = *state;
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    int64_t number = 0;
    be_kind();
    fake_start(fake, script_part_of_a_reply, NULL);
    options.connect_timeout_ms = PATIENCE_MS;
    options.answer_timeout_ms = HURRY_MS;
    assert_int_equal(hf_client_new(fake->address, &options, &client), HF_OK);

    assert_int_equal(hf_value_get(value_of(client), &number), HF_DISCONNECTED);

    assert_detail_says("no answer from");
    hf_client_free(client);
    fake_stop(fake);
}

static void script_take_large_request(struct fake *fake) {
    const bool *answers = fake->data;
    fake_welcome(fake);
    uint64_t id = fake_read_op(fake, HF__REQUEST__OP_DICT_SET);
    if (*answers) {
        fake_reply_status(fake, id, HF_OK, NULL);
    }
}

static void a_request_that_is_being_taken_is_not_given_up(void **state) {
    static char text[TEXT_BYTES];
    for (int posted = 0; posted < 2; posted++) {
        struct fake *fake = *state;
        bool answers = !posted;
        memset(text, 'x', sizeof text - 1);
        be_kind();
        fake_start(fake, script_take_large_request, &answers);
        hf_client *client = client_of(fake->address, PATIENCE_MS);
        const hf_dict dict = {client, 1};
        if (posted) {
            assert_int_equal(hf_post_begin(client), HF_OK);
        }
        here.portion = PORTION_BYTES;

        assert_int_equal(hf_dict_set_string(dict, "key", text), HF_OK);
        if (posted) {
            assert_int_equal(hf_post_finish(client), HF_OK);
        }

        assert_true(passed_ms > 2 * ANSWER_MS);
        be_kind();
        hf_client_free(client);
        fake_stop(fake);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manager_that_starts_is_waited_for),
        cmocka_unit_test(a_manager_that_hangs_up_before_its_welcome_is_tried_again),
        cmocka_unit_test(a_manager_that_shuts_down_is_waited_for),
        cmocka_unit_test(what_no_wait_mends_is_refused_at_once),
        cmocka_unit_test(a_file_that_is_no_socket_is_refused_at_once),
        cmocka_unit_test(a_refusal_by_the_manager_is_final),
        cmocka_unit_test(the_wait_for_a_manager_ends),
        cmocka_unit_test(the_wait_for_the_end_of_a_manager_ends),
        cmocka_unit_test(the_error_that_ends_a_wait_without_limit_is_told),
        cmocka_unit_test(an_answer_that_is_coming_is_not_given_up),
        cmocka_unit_test(silence_after_a_part_of_an_answer_ends_the_call),
        cmocka_unit_test(a_request_that_is_being_taken_is_not_given_up),
    };
    return FAKE_MAIN(tests);
}
