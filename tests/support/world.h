/* SPDX-License-Identifier: MIT
 *
 * A world in memory for tests of the core: peers that send frames to it, and a clock that tests
 * move by hand. No socket, no thread, no sleep. WORLD_MAIN runs each test twice, with whole frames
 * and with every frame fed byte by byte. A test's state is a new world, which is freed after the
 * test, passed or failed; if the core has leaked, the test fails.
 *
 *     static void adding_tells_the_sum(void **state) {
 *         struct peer *ada = world_join(*state, "ada");
 *         uint64_t count = open_value(ada, "count", 5);
 *
 *         assert_int(ask(ada, REQUEST(count, value_add, .amount = of_int(-1))), 4);
 *     }
 */
#ifndef HF_TESTS_WORLD_H
#define HF_TESTS_WORLD_H

/* REQUEST() may have no arguments behind the operation, which ISO C does not like in a macro. */
#pragma GCC system_header

#include "core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <holdfast.pb-c.h>
#include <holdfast/status.h>

struct world;

/** One end of a session. `replies` is what has come back, oldest first. */
struct peer {
    struct world *world;
    struct session *session; /**< NULL once it has left */
    uint8_t *input;          /**< sent, not consumed yet */
    size_t input_len;
    uint8_t *output; /**< received, not yet a whole frame */
    size_t output_len;
    Hf__Reply **replies;
    size_t reply_count;
    uint64_t next_id;
    bool over; /**< the core has asked to hang up */
    struct peer *next;
};

/** A world with default limits, at time 1,000,000 ms. */
struct world *world_new(void);
/** The same with a configuration of the test's own. */
struct world *world_with(const struct core_config *config);
/** Put a world with this configuration in the place of the test's. */
struct world *world_replace(void **state, const struct core_config *config);
/** Frees everything and fails the test if memory is left. For worlds that a test makes itself: one
 *  that is left when it ends is freed then. */
void world_free(struct world *world);
/** Let so much time pass. */
void world_pass(struct world *world, int64_t ms);
struct core *world_core(struct world *world);
int64_t world_now(const struct world *world);

/** Connect, without a hello. */
struct peer *world_connect(struct world *world, bool must_prove);
/** Connect and be welcomed under this label. */
struct peer *world_join(struct world *world, const char *label);
/** The peer is gone. */
void peer_leave(struct peer *peer);

/** Send raw bytes. */
void peer_send_bytes(struct peer *peer, const void *bytes, size_t len);
/** Send a request, with the next id if it has none; returns the id. */
uint64_t peer_send(struct peer *peer, Hf__Request request);
/** The same, but for the last byte. */
uint64_t peer_send_most(struct peer *peer, Hf__Request request);
/** The reply to this id; NULL if there is none yet. Belongs to the peer. */
Hf__Reply *peer_reply(struct peer *peer, uint64_t id);
/** The newest reply; NULL if there is none. */
Hf__Reply *peer_last(struct peer *peer);
/** Send a request that is answered at once. */
Hf__Reply *ask(struct peer *peer, Hf__Request request);
/** Let the request wait as long as it takes. */
Hf__Request waiting(Hf__Request request, int64_t timeout_ms);
/** Whether the call with this id is still unanswered. */
bool unanswered(struct peer *peer, uint64_t id);

/** The tag of an operation by its name in the .proto. */
Hf__Request__OpCase tag_of(const char *op);

/** A request: the object's id, the operation as in the .proto, and the fields of its message. */
#define REQUEST(object_id, member, ...)                                                            \
    ((Hf__Request){                                                                                \
        .base = PROTOBUF_C_MESSAGE_INIT(&hf__request__descriptor),                                 \
        .has_object = (object_id) != 0,                                                            \
        .object = (object_id),                                                                     \
        .op_case = tag_of(#member),                                                                \
        .member = &(__typeof__(*((Hf__Request *)0)->member)){                                      \
            .base = PROTOBUF_C_MESSAGE_INIT(&hf__##member##__descriptor), __VA_ARGS__}})

/** A batch of these: batch_of(2, &REQUEST(...), &REQUEST(...)). */
Hf__Request batch_of(size_t count, ...);
/** The same batch under these checks: with_checks(batch, 1, equals(&REQUEST(...), of_int(1))). */
Hf__Request with_checks(Hf__Request batch, size_t count, ...);
/** A copy of the request that lasts until world_free(). */
Hf__Request *lasting(const Hf__Request *request);
/** The same batch, all or nothing. */
Hf__Request atomic(Hf__Request batch);
/** A check that the request is answered with OK and this value. */
Hf__Check *equals(Hf__Request *request, Hf__Any *value);
/** A check that the request is answered with this status. */
Hf__Check *answers(Hf__Request *request, hf_status status);
/** The reply to one request of a batch, which must be there. */
Hf__Reply *reply_in(const Hf__Reply *reply, size_t index);
/** The same request without an id: no reply is wanted. */
Hf__Request one_way(Hf__Request request);

/* Values for requests; their memory lasts until world_free(). */
Hf__Any *of_null(void);
Hf__Any *of_bool(bool value);
Hf__Any *of_int(int64_t value);
Hf__Any *of_double(double value);
Hf__Any *of_string(const char *string);
Hf__Any *of_bytes(const void *bytes, size_t len);
Hf__Any *of_big(const void *bytes, size_t len);
Hf__Any *of_ref(uint64_t id);
/** of_list(2, of_int(1), of_int(2)) */
Hf__Any *of_list(size_t count, ...);
Hf__Any *of_tuple(size_t count, ...);
/** `equals` may be NULL; a `ref` of 0 is none. */
Hf__Any *of_opaque(const char *tag, const char *bytes, const char *equals, uint64_t ref);
/** of_map(1, key, value) */
Hf__Any *of_map(size_t count, ...);
/** The same from arrays. */
Hf__Any *of_values(size_t count, Hf__Any **values);
Hf__Any *of_items(size_t count, Hf__Item **items);
/** The items of a list. */
const Hf__AnyList *list_in(const Hf__Any *any);
/** An array of values for a repeated field. */
Hf__Any **array_of(size_t count, ...);
/** An array of items: item_array(1, key, value). */
Hf__Item **item_array(size_t count, ...);

/** A copy of a name or label, for a string field of a request; NULL stays NULL. */
char *name_of(const char *name);

/* Opening objects that must be there or made. */
/** The id of the object that this request opens. */
uint64_t opened(struct peer *peer, Hf__Request request);
uint64_t open_dict(struct peer *peer, const char *name);
uint64_t open_list(struct peer *peer, const char *name);
uint64_t open_value(struct peer *peer, const char *name, int64_t initial);
uint64_t open_queue(struct peer *peer, const char *name, uint64_t max_items);
uint64_t open_lock(struct peer *peer, const char *name);

/* Requests that tests of many types need. */
/** Acquire a lock that must be free, and release it again. The first returns the grant's fence. */
uint64_t take_lock(struct peer *peer, uint64_t lock);
void release_lock(struct peer *peer, uint64_t lock);
/** Send the request, which may wait so long. Returns its id. */
uint64_t start_acquire(struct peer *peer, uint64_t lock, int64_t timeout_ms);
uint64_t start_get(struct peer *peer, uint64_t queue, int64_t timeout_ms);
/** Put a number into a queue, which must have room. */
void put_int(struct peer *peer, uint64_t queue, int64_t number);
/** The grant that this call, which must have ended with OK, was answered with. */
const Hf__Grant *grant_of(struct peer *peer, uint64_t id);
const Hf__Statistics *statistics_of(struct peer *peer);

/* Checks of a reply. */
#define assert_status(reply, wanted) check_status((reply), (wanted), __FILE__, __LINE__)
#define assert_int(reply, wanted) check_value((reply), of_int(wanted), __FILE__, __LINE__)
#define assert_value(reply, wanted) check_value((reply), (wanted), __FILE__, __LINE__)
#define assert_count(reply, wanted) check_count((reply), (wanted), __FILE__, __LINE__)
#define assert_truth(reply, wanted) check_truth((reply), (wanted), __FILE__, __LINE__)
void check_status(const Hf__Reply *reply, hf_status wanted, const char *file, int line);
void check_value(const Hf__Reply *reply, const Hf__Any *wanted, const char *file, int line);
void check_count(const Hf__Reply *reply, uint64_t wanted, const char *file, int line);
void check_truth(const Hf__Reply *reply, bool wanted, const char *file, int line);
/** The values of this list, one by one. */
void assert_values(const Hf__Reply *reply, const Hf__Any *any);
/** Whether two values are the same on the wire. */
bool same_value(const Hf__Any *a, const Hf__Any *b);

/** Run each test with a new world as its state, first with whole frames, then byte by byte. */
int world_run(const char *name, const struct CMUnitTest *tests, size_t count);
#define WORLD_MAIN(tests) world_run(__FILE__, (tests), sizeof(tests) / sizeof *(tests))

#endif
