/* SPDX-License-Identifier: MIT
 *
 * Calls without an answer: the release of a lock that is held, and posted calls.
 */
#include "fake.h"

#include <holdfast/lock.h>
#include <holdfast/pipeline.h>
#include <holdfast/queue.h>
#include <holdfast/value.h>

#include <stdint.h>

enum { FENCE = 9 };

static hf_lock start(struct fake *fake, fake_script *script) {
    return (hf_lock){fake_play(fake, script, NULL), 3};
}

static void grant(struct fake *fake) {
    fake_reply_grant(fake, fake_read_op(fake, HF__REQUEST__OP_LOCK_ACQUIRE), FENCE);
}

static uint64_t read_release(struct fake *fake) {
    return fake_read_op(fake, HF__REQUEST__OP_LOCK_RELEASE);
}

static void script_no_answer(struct fake *fake) {
    fake_welcome(fake);
    grant(fake);
    fake_expect(fake, read_release(fake) == 0, "no answer is due");
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
}

static void a_held_lock_is_released_without_an_answer(void **state) {
    hf_lock lock = start(*state, script_no_answer);
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OK);

    assert_int_equal(hf_lock_release(lock), HF_OK);

    assert_int_equal(hf_client_ping(lock.client), HF_OK);
}

static void script_refuse(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_status(fake, read_release(fake), HF_NOT_HELD, NULL);
    grant(fake);
    fake_reply_status(fake, read_release(fake), HF_NO_OBJECT, NULL);
    grant(fake);
    fake_reply_status(fake, read_release(fake), HF_STALE_FENCE, NULL);
}

static void unknown_checked_and_guarded_releases_are_answered(void **state) {
    hf_lock lock = start(*state, script_refuse);

    assert_int_equal(hf_lock_release(lock), HF_NOT_HELD);
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OK);
    assert_int_equal(hf_lock_release_checked(lock), HF_NO_OBJECT);
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OK);
    assert_int_equal(hf_guard(lock, FENCE), HF_OK);
    assert_int_equal(hf_lock_release(lock), HF_STALE_FENCE);
}

enum { LOCKS = 200 };

static void script_count(struct fake *fake) {
    unsigned unanswered = 0;
    unsigned answered = 0;
    fake_welcome(fake);
    for (unsigned i = 0; i < LOCKS; i++) {
        grant(fake);
    }
    for (unsigned i = 0; i < LOCKS; i++) {
        uint64_t id = read_release(fake);
        unanswered = id ? 0 : unanswered + 1;
        answered += id != 0;
        fake_expect(fake, unanswered <= 64, "one of so many is answered");
        if (id) {
            fake_reply_status(fake, id, HF_OK, NULL);
        }
    }
    fake_expect(fake, answered == LOCKS / 65, "the others are not");
}

static void one_of_many_releases_is_answered(void **state) {
    hf_lock lock = start(*state, script_count);
    for (unsigned i = 0; i < LOCKS; i++) {
        lock.id = i + 1;
        assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OK);
    }

    for (unsigned i = 0; i < LOCKS; i++) {
        lock.id = i + 1;
        assert_int_equal(hf_lock_release(lock), HF_OK);
    }
}

/* ---- posting ---- */

static void script_post(struct fake *fake) {
    fake_welcome(fake);
    grant(fake);
    fake_expect(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_SET) == 0, "no answer is due");
    fake_expect(fake, read_release(fake) == 0, "no answer is due");
    fake_reply_status(fake, read_release(fake), HF_NOT_HELD, NULL);
}

static void posted_calls_have_no_answer(void **state) {
    hf_lock lock = start(*state, script_post);
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OK);
    assert_int_equal(hf_post_begin(lock.client), HF_OK);
    assert_int_equal(hf_value_set((hf_value){lock.client, 4}, 5), HF_OK);
    assert_int_equal(hf_lock_release(lock), HF_OK);

    assert_int_equal(hf_post_finish(lock.client), HF_OK);

    assert_int_equal(hf_lock_release(lock), HF_NOT_HELD); /* it is not held any more, and so asks */
}

static void script_nothing(struct fake *fake) {
    fake_welcome(fake);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
}

static void calls_with_a_result_or_a_wait_cannot_be_posted(void **state) {
    hf_lock lock = start(*state, script_nothing);
    int64_t number = 0;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(hf_post_begin(lock.client), HF_OK);
        hf_status status = i == 0 ? hf_value_get((hf_value){lock.client, 4}, &number)
                                  : hf_queue_put_int((hf_queue){lock.client, 5}, 6, -1);
        assert_int_equal(status, HF_INVALID);
        assert_int_equal(hf_post_finish(lock.client), HF_INVALID);
    }

    assert_int_equal(hf_post_finish(lock.client), HF_INVALID); /* none was begun */
    assert_int_equal(hf_client_ping(lock.client), HF_OK);
}

enum { POSTS = 65 };

static void script_many(struct fake *fake) {
    fake_welcome(fake);
    for (unsigned i = 0; i < POSTS; i++) {
        fake_expect(fake, fake_read_op(fake, HF__REQUEST__OP_VALUE_SET) == 0, "no answer is due");
    }
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
}

static void after_many_the_manager_is_waited_for(void **state) {
    hf_lock lock = start(*state, script_many);

    for (unsigned i = 0; i < POSTS; i++) {
        assert_int_equal(hf_post_begin(lock.client), HF_OK);
        assert_int_equal(hf_value_set((hf_value){lock.client, 4}, 5), HF_OK);
        assert_int_equal(hf_post_finish(lock.client), HF_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_lock_is_released_without_an_answer),
        cmocka_unit_test(unknown_checked_and_guarded_releases_are_answered),
        cmocka_unit_test(one_of_many_releases_is_answered),
        cmocka_unit_test(posted_calls_have_no_answer),
        cmocka_unit_test(calls_with_a_result_or_a_wait_cannot_be_posted),
        cmocka_unit_test(after_many_the_manager_is_waited_for),
    };
    return FAKE_MAIN(tests);
}
