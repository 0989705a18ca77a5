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

/* ---- tag and attachment ---- */

static void a_tag_is_told_with_the_object(void **state) {
    struct peer *ada = world_join(*state, "ada");
    const Hf__Reply *made = ask(ada, OPEN(event, "over", .tag = name_of("Signal")));
    uint64_t id = made->object->id;
    assert_string_equal(made->object->tag, "Signal");

    assert_string_equal(ask(ada, PLAIN(event, "over"))->object->tag, "Signal");
    const Hf__Reply *found = ask(ada, REQUEST(0, object_find, .name = name_of("over")));
    assert_string_equal(found->object->tag, "Signal");
    const Hf__Reply *told = ask(ada, REQUEST(id, object_describe));
    assert_string_equal(told->description->tag, "Signal");
    assert_null(ask(ada, REQUEST(0, event_open, .tag = name_of("")))->object->tag);
}

static void a_tag_is_an_option(void **state) {
    struct peer *ada = world_join(*state, "ada");
    (void)opened(ada, OPEN(dict, "stock", .tag = name_of("Stock")));
    (void)opened(ada, PLAIN(dict, "plain"));

    assert_status(ask(ada, OPEN(dict, "stock", .tag = name_of("Stock"))), HF_OK);
    const Hf__Reply *other = ask(ada, OPEN(dict, "stock", .tag = name_of("Counter")));
    assert_status(other, HF_WRONG_TYPE);
    assert_string_equal(other->detail, "stock has tag \"Stock\", not \"Counter\"" WITHOUT);
    assert_status(ask(ada, OPEN(dict, "plain", .tag = name_of("Stock"))), HF_WRONG_TYPE);
    assert_status(ask(ada, OPEN(dict, "stock", .tag = name_of("Counter"), .has_mode = true,
                                .mode = HF__MODE__MUST_EXIST)),
                  HF_OK);
}

static Hf__Reply *open_attached(struct peer *peer, const char *name, void *bytes, size_t len) {
    return ask(peer, OPEN(barrier, name, .parties = 1, .has_attachment = true,
                          .attachment = {len, bytes}));
}

static void an_attachment_is_kept_as_it_is(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint8_t bytes[] = {0, 1, 255};
    uint64_t id = open_attached(ada, "start", bytes, sizeof bytes)->object->id;

    (void)open_attached(ada, "start", bytes, 1);
    const Hf__Reply *reply = ask(ada, REQUEST(id, object_attachment));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->attachment->type, HF__TYPE__BARRIER);
    assert_null(reply->attachment->tag);
    assert_int_equal(reply->attachment->bytes.len, sizeof bytes);
    assert_memory_equal(reply->attachment->bytes.data, bytes, sizeof bytes);
    const Hf__Reply *none = ask(ada, REQUEST(open_lock(ada, "lock"), object_attachment));
    assert_status(none, HF_OK);
    assert_false(none->attachment->has_bytes);
}

static void what_is_too_long_creates_nothing(void **state) {
    static uint8_t bytes[65537];
    struct peer *ada = world_join(*state, "ada");
    char tag[66] = "";
    memset(tag, 't', 65);

    assert_status(ask(ada, OPEN(lock, "lock", .tag = name_of(tag))), HF_INVALID);
    assert_status(open_attached(ada, "start", bytes, sizeof bytes), HF_TOO_BIG);
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("lock"))), false);
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("start"))), false);
    tag[64] = 0;
    assert_status(ask(ada, OPEN(lock, "lock", .tag = name_of(tag))), HF_OK);
    assert_status(open_attached(ada, "start", bytes, sizeof bytes - 1), HF_OK);
}

static void a_tag_goes_with_its_object(void **state) {
    struct peer *ada = world_join(*state, "ada");
    for (int i = 0; i < 3; i++) {
        uint64_t id = opened(ada, OPEN(lock, "lock", .tag = name_of("Door")));
        assert_status(ask(ada, REQUEST(id, object_delete)), HF_OK);
    }
    assert_null(ask(ada, PLAIN(lock, "lock"))->object->tag);
}

/* ---- initial contents ---- */

static void a_new_dict_has_its_initial_items(void **state) {
    struct peer *ada = world_join(*state, "ada");
    const Hf__Request open =
        OPEN(dict, "dict", .n_initial = 3,
             .initial = item_array(3, of_int(1), of_int(10), of_string("a"), of_list(1, of_int(2)),
                                   of_int(1), of_int(11)));
    uint64_t dict = opened(ada, open);

    assert_count(ask(ada, REQUEST(dict, dict_len)), 2);
    assert_int(ask(ada, REQUEST(dict, dict_get, .key = of_int(1))), 11);
    assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(1), .value = of_int(12))), HF_OK);
    assert_int_equal(opened(ada, open), dict);
    assert_int(ask(ada, REQUEST(dict, dict_get, .key = of_int(1))), 12);
}

static void a_new_list_has_its_initial_items(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = opened(ada, REQUEST(0, list_open, .n_initial = 2,
                                        .initial = array_of(2, of_int(7), of_string("b"))));

    assert_count(ask(ada, REQUEST(list, list_len)), 2);
    assert_int(ask(ada, REQUEST(list, list_get, .index = 0)), 7);
}

static void a_new_set_has_its_initial_members(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t set = opened(ada, REQUEST(0, set_open, .n_initial = 3,
                                       .initial = array_of(3, of_int(7), of_int(8), of_int(7))));

    assert_count(ask(ada, REQUEST(set, set_len)), 2);
    assert_truth(ask(ada, REQUEST(set, set_contains, .value = of_int(8))), true);
}

static void an_object_that_cannot_be_filled_is_not_created(void **state) {
    struct core_config config = core_defaults();
    config.items_max = 2;
    struct peer *ada = world_join(world_replace(state, &config), "ada");

    assert_status(
        ask(ada, OPEN(dict, "x", .n_initial = 2,
                      .initial = item_array(2, of_int(1), of_int(1), of_list(0, NULL), of_int(2)))),
        HF_TYPE_ERROR);
    assert_status(ask(ada, OPEN(namespace, "x", .n_initial = 1,
                                .initial = item_array(1, of_int(1), of_int(1)))),
                  HF_TYPE_ERROR);
    assert_status(ask(ada, OPEN(list, "x", .n_initial = 3,
                                .initial = array_of(3, of_int(1), of_int(2), of_int(3)))),
                  HF_LIMIT);
    assert_status(ask(ada, OPEN(set, "x", .n_initial = 3,
                                .initial = array_of(3, of_int(1), of_int(2), of_int(3)))),
                  HF_LIMIT);
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("x"))), false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_given_options_count),
        cmocka_unit_test(a_condition_names_its_lock),
        cmocka_unit_test(a_watch_of_an_object_is_none_of_names),
        cmocka_unit_test(a_tag_is_told_with_the_object),
        cmocka_unit_test(a_tag_is_an_option),
        cmocka_unit_test(an_attachment_is_kept_as_it_is),
        cmocka_unit_test(what_is_too_long_creates_nothing),
        cmocka_unit_test(a_tag_goes_with_its_object),
        cmocka_unit_test(a_new_dict_has_its_initial_items),
        cmocka_unit_test(a_new_list_has_its_initial_items),
        cmocka_unit_test(a_new_set_has_its_initial_members),
        cmocka_unit_test(an_object_that_cannot_be_filled_is_not_created),
    };
    return WORLD_MAIN(tests);
}
