/* SPDX-License-Identifier: MIT
 *
 * Opening an object that is there: which options count, and how a refusal names them.
 */
#include "world.h"

#include <string.h>

/* Opens with some options, once more with the same and once with others, and what the refusal of
 * the others says of them. */
struct opening {
    Hf__Request made;
    Hf__Request plain; /* without options */
    Hf__Request other;
    const char *detail;
};

static void check_opening(struct peer *peer, struct opening opening) {
    uint64_t id = opened(peer, opening.made);

    assert_int_equal(opened(peer, opening.plain), id);
    assert_int_equal(opened(peer, opening.made), id);
    const Hf__Reply *reply = ask(peer, opening.other);
    assert_status(reply, HF_WRONG_TYPE);
    assert_string_equal(reply->detail, opening.detail);
}

#define OPEN(type, its, ...) REQUEST(0, type##_open, .name = name_of(its), __VA_ARGS__)
#define PLAIN(type, its) REQUEST(0, type##_open, .name = name_of(its))
#define WITHOUT " (without these options it is opened as it is)"

static void only_given_options_count(void **state) {
    struct peer *ada = world_join(*state, "ada");
    const struct opening openings[] = {
        {OPEN(queue, "jobs", .has_max_items = true, .max_items = 10, .has_order = true,
              .order = HF__QUEUE_ORDER__LIFO),
         OPEN(queue, "jobs", .has_max_bytes = true),
         OPEN(queue, "jobs", .has_max_items = true, .max_items = 20, .has_order = true,
              .order = HF__QUEUE_ORDER__FIFO, .has_max_deliveries = true, .max_deliveries = 3),
         "jobs has max_items 10, not 20; order LIFO, not FIFO; max_deliveries 0, not 3" WITHOUT},
        {OPEN(lock, "door", .has_reentrant = true, .reentrant = true), PLAIN(lock, "door"),
         OPEN(lock, "door", .has_reentrant = true, .has_keep = true, .keep = true),
         "door has reentrant true, not false; keep false, not true" WITHOUT},
        {OPEN(semaphore, "permits", .has_permits = true, .permits = 3), PLAIN(semaphore, "permits"),
         OPEN(semaphore, "permits", .has_permits = true, .permits = 0, .has_bounded = true,
              .bounded = true),
         "permits has permits 3, not 0; bounded false, not true" WITHOUT},
        {OPEN(latch, "parts", .has_count = true, .count = 3), PLAIN(latch, "parts"),
         OPEN(latch, "parts", .has_count = true, .count = UINT64_MAX),
         "parts has count 3, not 18446744073709551615" WITHOUT},
        {OPEN(pipe, "line", .has_max_messages = true, .max_messages = 1024),
         OPEN(pipe, "line", .has_max_messages = true),
         OPEN(pipe, "line", .has_max_messages = true, .max_messages = 1),
         "line has max_messages 1024, not 1" WITHOUT},
        {OPEN(barrier, "start", .parties = 3), OPEN(barrier, "start", .parties = 3),
         OPEN(barrier, "start", .parties = 2, .has_timeout_ms = true, .timeout_ms = -1),
         "start has parties 3, not 2; timeout_ms 0, not -1" WITHOUT},
        {OPEN(array, "levels", .has_kind = true, .kind = HF__KIND__U8, .has_len = true, .len = 4),
         PLAIN(array, "levels"),
         OPEN(array, "levels", .has_kind = true, .kind = HF__KIND__I8, .has_len = true, .len = 0),
         "levels has kind U8, not I8; len 4, not 0" WITHOUT},
        {OPEN(value, "count", .has_kind = true, .kind = HF__KIND__F64), PLAIN(value, "count"),
         OPEN(value, "count", .has_kind = true, .kind = HF__KIND__I64),
         "count has kind F64, not I64" WITHOUT},
        {OPEN(pool, "workers", .has_max_tasks = true, .max_tasks = 5), PLAIN(pool, "workers"),
         OPEN(pool, "workers", .has_max_tasks = true, .max_tasks = 6),
         "workers has max_tasks 5, not 6" WITHOUT},
        {OPEN(watch, "rooms", .prefix = name_of("room")),
         OPEN(watch, "rooms", .prefix = name_of("room"), .has_max_changes = true),
         OPEN(watch, "rooms", .prefix = name_of(""), .has_max_changes = true, .max_changes = 3),
         "rooms has prefix \"room\", not \"\"; max_changes 1024, not 3" WITHOUT},
    };

    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        check_opening(ada, openings[i]);
    }
}

static void a_condition_names_its_lock(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "door");
    uint64_t other = open_lock(ada, "window");
    uint64_t changed = opened(ada, OPEN(condition, "changed", .lock = lock));

    assert_int_equal(opened(ada, OPEN(condition, "changed", .lock = lock)), changed);
    assert_status(ask(ada, OPEN(condition, "changed", .lock = other)), HF_WRONG_TYPE);
    assert_int_equal(opened(ada, OPEN(condition, "changed", .lock = other, .has_mode = true,
                                      .mode = HF__MODE__MUST_EXIST)),
                     changed);
}

static void a_watch_of_an_object_is_none_of_names(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "door");
    (void)opened(ada, OPEN(watch, "door's", .has_object = true, .object = lock));
    (void)opened(ada, OPEN(watch, "none's", .prefix = name_of("none")));

    const Hf__Reply *reply = ask(ada, OPEN(watch, "door's", .prefix = name_of("none")));
    assert_status(reply, HF_WRONG_TYPE);
    assert_string_equal(reply->detail, "door's has prefix none, not \"none\"" WITHOUT);
    assert_status(ask(ada, OPEN(watch, "none's", .has_object = true, .object = lock)),
                  HF_WRONG_TYPE);
    assert_status(ask(ada, OPEN(watch, "none's", .has_object = true)), HF_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_given_options_count),
        cmocka_unit_test(a_condition_names_its_lock),
        cmocka_unit_test(a_watch_of_an_object_is_none_of_names),
    };
    return WORLD_MAIN(tests);
}
