/* SPDX-License-Identifier: MIT
 *
 * The words of refusals where a caller could be misled: they say who holds something, and what a
 * request names.
 */
#include "world.h"

#include <math.h>

static void assert_says(const Hf__Reply *reply, hf_status status, const char *words) {
    assert_status(reply, status);
    assert_non_null(reply->detail);
    assert_string_equal(reply->detail, words);
}

/* ---- who ---- */

static void sessions_without_a_label_are_told_apart(void **state) {
    struct peer *one = world_join(*state, "");
    struct peer *two = world_join(*state, "");
    uint64_t lock = open_lock(one, "lock");
    uint64_t other = open_lock(one, "other");
    (void)take_lock(one, lock);
    (void)take_lock(two, other);

    assert_says(ask(two, REQUEST(lock, lock_release)), HF_NOT_HELD,
                "session 1 (process 4711) holds the lock");
    assert_says(ask(one, REQUEST(other, lock_release)), HF_NOT_HELD,
                "session 2 (process 4711) holds the lock");
}

static uint64_t kept_lock(struct peer *peer, const char *name) {
    return opened(peer, REQUEST(0, lock_open, .name = name_of(name), .has_keep = true, .keep = true,
                                .has_keep_on_leave = true, .keep_on_leave = true));
}

static Hf__Reply *acquire_in_vain(struct world *world, struct peer *peer, uint64_t lock) {
    uint64_t id = start_acquire(peer, lock, 10);
    world_pass(world, 10);
    return peer_reply(peer, id);
}

static void what_was_left_is_nobodys(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = kept_lock(ada, "lock");
    (void)take_lock(ada, lock);
    assert_status(ask(ada, REQUEST(0, leave)), HF_OK);

    assert_says(
        acquire_in_vain(*state, bob, lock), HF_TIMEOUT,
        "it was left by ada (process 4711): nobody holds it, and any session may release it");
    assert_says(ask(bob, REQUEST(lock, lock_extend, .lease_ms = 5)), HF_NOT_HELD,
                "the lock was left by ada (process 4711): nobody holds it, and any session may "
                "release it");
}

static void what_the_dead_held_is_nobodys(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = kept_lock(ada, "lock");
    uint64_t other = open_lock(bob, "other");
    (void)take_lock(ada, lock);
    peer_leave(ada);

    assert_says(acquire_in_vain(*state, bob, lock), HF_TIMEOUT,
                "it is kept since ada (process 4711) died: nobody holds it, and any session may "
                "release it");
    uint64_t locks[] = {other, lock};
    uint64_t both =
        peer_send(bob, waiting(REQUEST(0, lock_acquire_many, .n_locks = 2, .locks = locks), 10));
    world_pass(*state, 10);
    assert_says(peer_reply(bob, both), HF_TIMEOUT,
                "lock is kept since ada (process 4711) died: nobody holds it, and any session may "
                "release it");
}

static void a_leader_that_left_has_not_died(void **state) {
    for (int leaves = 0; leaves < 2; leaves++) {
        struct peer *ada = world_join(*state, "ada");
        struct peer *bob = world_join(*state, "bob");
        uint64_t barrier =
            opened(bob, REQUEST(0, barrier_open, .parties = 2, .has_action = true, .action = true));
        (void)peer_send(bob, waiting(REQUEST(barrier, barrier_wait), -1));
        assert_true(ask(ada, REQUEST(barrier, barrier_wait))->barrier_place->leader);

        if (leaves) {
            assert_status(ask(ada, REQUEST(0, leave)), HF_OK);
        } else {
            peer_leave(ada);
        }

        assert_says(ask(bob, waiting(REQUEST(barrier, barrier_wait), 10)), HF_BROKEN,
                    leaves ? "ada (process 4711) left while it acted as the leader"
                           : "ada (process 4711) died while it acted as the leader");
    }
}

/* ---- what ---- */

static void a_request_without_an_object_names_none(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t locks[] = {0};

    assert_says(ask(ada, REQUEST(0, dict_len)), HF_NO_OBJECT,
                "the request names no object: an id is absent or 0");
    assert_says(ask(ada, REQUEST(0, lock_acquire_many, .n_locks = 1, .locks = locks)), HF_NO_OBJECT,
                "the request names no object: an id is absent or 0");
}

static void nothing_is_expected(void **state) {
    struct peer *ada = world_join(*state, "ada");
    Hf__Request get = REQUEST(open_value(ada, "value", 5), value_get);
    get.has_expect = true;
    get.expect = 0;

    assert_says(ask(ada, get), HF_TYPE_ERROR,
                "the value is of the kind int, and expect names no kind");
}

static void kinds_have_their_articles(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");
    uint64_t space = opened(ada, REQUEST(0, namespace_open, .name = name_of("space")));
    const struct {
        Hf__Any *amount;
        const char *words;
    } rows[] = {
        {of_string("x"), "the amount must be an int or a double, not a string"},
        {of_bool(true), "the amount must be an int or a double, not a bool"},
        {of_null(), "the amount must be an int or a double, not null"},
        {of_bytes("x", 1), "the amount must be an int or a double, not bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_says(ask(ada, REQUEST(dict, dict_add, .key = of_int(1), .amount = rows[i].amount)),
                    HF_TYPE_ERROR, rows[i].words);
    }
    assert_says(ask(ada, REQUEST(space, dict_set, .key = of_int(1), .value = of_int(1))),
                HF_TYPE_ERROR, "a key of a namespace is a string, not an int");
    assert_says(ask(ada, REQUEST(0, event_open, .name = name_of("dict"))), HF_WRONG_TYPE,
                "dict is a dict, not an event");
    assert_says(ask(ada, REQUEST(opened(ada, REQUEST(0, event_open)), dict_len)), HF_WRONG_TYPE,
                "dict_len is not an operation of an event");
    assert_says(ask(ada, REQUEST(opened(ada, REQUEST(0, rwlock_open)), dict_len)), HF_WRONG_TYPE,
                "dict_len is not an operation of an rwlock");
}

/* ---- what ---- */

static void a_missing_key_is_shown(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, NULL);
    const struct {
        Hf__Any *key;
        const char *words;
    } rows[] = {
        {of_double(1), "no key 1.0"},
        {of_double(1e300), "no key 1e+300"},
        {of_double((double)NAN), "no key nan"},
        {of_tuple(0), "no key ()"},
        {of_tuple(3, of_string("x"), of_int(1), of_tuple(1, of_null())),
         "no key (\"x\", 1, (null))"},
        {of_tuple(2, of_string("a text that leaves room for no other"), of_string("behind it")),
         "no key (\"a text that leaves room for no other\", \"behind it\")"},
        {of_tuple(2, of_string("a text of forty bytes, all of them shown"),
                  of_string("which is not shown")),
         "no key (\"a text of forty bytes, all of them shown\", ...)"},
        {of_big("\0\0\0\0\0\0\0\0\1", 9), "no key 18446744073709551616"},
        {of_big("\xff\xff\xff\xff\xff\xff\xff\x7f\xff", 9), "no key -9223372036854775809"},
        {of_big("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80", 16),
         "no key -170141183460469231731687303715884105728"},
        {of_big("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0", 17), "no key an integer of 17 bytes"},
        {of_opaque("python/pickle", "bytes", NULL, 0), "no key opaque \"python/pickle\""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_says(ask(ada, REQUEST(dict, dict_get, .key = rows[i].key)), HF_KEY_ERROR,
                    rows[i].words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_key_is_shown),
        cmocka_unit_test(sessions_without_a_label_are_told_apart),
        cmocka_unit_test(what_was_left_is_nobodys),
        cmocka_unit_test(what_the_dead_held_is_nobodys),
        cmocka_unit_test(a_leader_that_left_has_not_died),
        cmocka_unit_test(a_request_without_an_object_names_none),
        cmocka_unit_test(nothing_is_expected),
        cmocka_unit_test(kinds_have_their_articles),
    };
    return WORLD_MAIN(tests);
}
