/* SPDX-License-Identifier: MIT
 *
 * The manager is restarted at moments that a real one seldom meets: between two pages of a walk,
 * and while objects are opened again.
 */
#include "fake.h"

#include <sys/socket.h>

enum { FIRST_RUN = 1000, SECOND_RUN = 2000, THIRD_RUN = 3000, DICT = 5 };

static void reply_page(struct fake *fake, uint64_t call, int64_t key, uint64_t next) {
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Page page = HF__PAGE__INIT;
    Hf__Any any = HF__ANY__INIT;
    Hf__Any *keys[] = {&any};
    reply.has_id = true;
    reply.id = call;
    reply.result_case = HF__REPLY__RESULT_PAGE;
    reply.page = &page;
    any.kind_case = HF__ANY__KIND_INT;
    any.int_ = key;
    page.keys = keys;
    page.n_keys = 1;
    page.has_next = next != 0;
    page.next = next;
    fake_reply(fake, &reply);
}

/* Read a request, which must be for this object. Returns its id. */
static uint64_t read_for(struct fake *fake, Hf__Request__OpCase op, uint64_t object) {
    Hf__Request *request = fake_read(fake);
    fake_expect(fake, request && request->op_case == op, "another operation");
    fake_expect(fake, request && request->object == object, "another object");
    uint64_t id = request ? request->id : 0;
    if (request) {
        hf__request__free_unpacked(request, NULL);
    }
    return id;
}

static void open_named(struct fake *fake, uint64_t id) {
    fake_reply_object(fake, fake_read_op(fake, HF__REQUEST__OP_DICT_OPEN), id);
}

/* The client gets the next reply, but cannot send any more. */
static void end_after_reply(const struct fake *fake) {
    (void)shutdown(fake->peer, SHUT_RD);
}

/* Open the dict in the first run, which ends then. */
static void script_first_run(struct fake *fake) {
    fake_welcome_in(fake, FIRST_RUN);
    uint64_t call = fake_read_op(fake, HF__REQUEST__OP_DICT_OPEN);
    end_after_reply(fake);
    fake_reply_object(fake, call, FIRST_RUN + DICT);
    fake_hang_up(fake);
}

static hf_dict open_dict(hf_client *client) {
    hf_dict dict = {NULL, 0};
    assert_int_equal(hf_dict_open(client, "dict", HF_OPEN_OR_CREATE, &dict), HF_OK);
    return dict;
}

/* ---- pages ---- */

/* The second page is asked for when the first has been read, and the connection is lost by then. */
static void script_pages(struct fake *fake) {
    fake_welcome_in(fake, FIRST_RUN);
    open_named(fake, FIRST_RUN + DICT);
    uint64_t first = read_for(fake, HF__REQUEST__OP_DICT_KEYS, FIRST_RUN + DICT);
    end_after_reply(fake);
    reply_page(fake, first, 1, 7);
    fake_hang_up(fake);
    fake_welcome_in(fake, SECOND_RUN);
    fake_reply_status(fake, read_for(fake, HF__REQUEST__OP_DICT_KEYS, FIRST_RUN + DICT),
                      HF_NO_OBJECT, "the manager was restarted");
    open_named(fake, SECOND_RUN + DICT);
    reply_page(fake, read_for(fake, HF__REQUEST__OP_DICT_KEYS, SECOND_RUN + DICT), 2, 8);
    reply_page(fake, read_for(fake, HF__REQUEST__OP_DICT_KEYS, SECOND_RUN + DICT), 3, 0);
}

static void pages_begin_anew_in_another_run(void **state) {
    hf_any_array keys = {NULL, 0};
    hf_dict dict = open_dict(fake_play(*state, script_pages, NULL));

    assert_int_equal(hf_dict_keys(dict, &keys), HF_OK);

    assert_int_equal(keys.len, 2);
    assert_int_equal(keys.items[0].as_int, 2);
    assert_int_equal(keys.items[1].as_int, 3);
    hf_any_array_clear(&keys);
}

/* ---- while objects are opened again ---- */

/* The connection to the second run is there, and lost when an object is to be opened again. */
static void script_lost_again(struct fake *fake) {
    script_first_run(fake);
    fake_welcome_in(fake, SECOND_RUN);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
    (void)fake_read_op(fake, HF__REQUEST__OP_DICT_OPEN); /* and has no answer */
    fake_hang_up(fake);
    fake_welcome_in(fake, THIRD_RUN);
    open_named(fake, THIRD_RUN + DICT);
    fake_reply_status(fake, read_for(fake, HF__REQUEST__OP_DICT_CLEAR, THIRD_RUN + DICT), HF_OK,
                      NULL);
}

static void a_run_may_end_while_an_object_is_opened_again(void **state) {
    hf_client *client = fake_play(*state, script_lost_again, NULL);
    hf_dict dict = open_dict(client);
    assert_int_equal(hf_client_ping(client), HF_OK);

    assert_int_equal(hf_dict_clear(dict), HF_OK);

    assert_string_equal(hf_last_detail(), "");
}

static void script_nonsense(struct fake *fake) {
    script_first_run(fake);
    fake_welcome_in(fake, SECOND_RUN);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_DICT_OPEN) + 1, HF_OK, NULL);
    fake_expect_hang_up(fake);
}

static void an_answer_that_nobody_waits_for_ends_the_connection(void **state) {
    hf_dict dict = open_dict(fake_play(*state, script_nonsense, NULL));

    assert_int_equal(hf_dict_clear(dict), HF_PROTOCOL);

    assert_detail_says("a request that was not made");
}

/* A manager that does not tell where its ids begin. */
static void script_untold(struct fake *fake) {
    script_first_run(fake);
    fake_welcome(fake);
    fake_reply_status(fake, read_for(fake, HF__REQUEST__OP_DICT_CLEAR, FIRST_RUN + DICT),
                      HF_NO_OBJECT, "no such object");
}

static void without_a_first_id_nothing_is_opened_again(void **state) {
    hf_dict dict = open_dict(fake_play(*state, script_untold, NULL));

    assert_int_equal(hf_dict_clear(dict), HF_NO_OBJECT);

    assert_detail_says("no such object");
}

/* ---- raw calls ---- */

static void script_raw(struct fake *fake) {
    script_first_run(fake);
    fake_welcome_in(fake, SECOND_RUN);
    Hf__Request *open = fake_read(fake);
    fake_expect(fake, open && open->op_case == HF__REQUEST__OP_DICT_OPEN, "no open");
    fake_expect(fake, open && !open->dict_open->has_mode, "a mode that may not be repeated");
    fake_reply_object(fake, open ? open->id : 0, SECOND_RUN + DICT);
    if (open) {
        hf__request__free_unpacked(open, NULL);
    }
    fake_reply_status(fake, read_for(fake, HF__REQUEST__OP_DICT_CLEAR, SECOND_RUN + DICT), HF_OK,
                      NULL);
}

static hf_status call_raw(hf_client *client, const Hf__Request *request) {
    uint8_t packed[128];
    hf_raw_reply reply;
    assert_true(hf__request__get_packed_size(request) <= sizeof packed);
    return hf_raw_call(client, packed, hf__request__pack(request, packed), &reply);
}

static void raw_calls_open_objects_again_as_well(void **state) {
    char name[] = "dict";
    Hf__Request request = HF__REQUEST__INIT;
    Hf__DictOpen open = HF__DICT_OPEN__INIT;
    Hf__DictClear clear = HF__DICT_CLEAR__INIT;
    hf_client *client = fake_play(*state, script_raw, NULL);
    request.op_case = HF__REQUEST__OP_DICT_OPEN;
    request.dict_open = &open;
    open.name = name;
    open.has_mode = true;
    open.mode = HF__MODE__MUST_CREATE;
    assert_int_equal(call_raw(client, &request), HF_OK);

    request = (Hf__Request)HF__REQUEST__INIT;
    request.has_object = true;
    request.object = FIRST_RUN + DICT;
    request.op_case = HF__REQUEST__OP_DICT_CLEAR;
    request.dict_clear = &clear;
    assert_int_equal(call_raw(client, &request), HF_OK);
}

static void script_old_id(struct fake *fake) {
    fake_welcome_in(fake, SECOND_RUN);
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
}

/* A guard has an id as well, and its bytes may be broken. */
static void a_broken_guard_within_a_raw_batch_is_refused(void **state) {
    hf_raw_reply reply;
    hf_client *client = fake_play(*state, script_old_id, NULL);
    /* batch { requests { object: 1, guard: a field that is cut, ping {} } } */
    const uint8_t request[] = {14 << 3 | 2, 9, 1 << 3 | 2, 7,           2 << 3, 1,
                               4 << 3 | 2,  1, 0x08,       12 << 3 | 2, 0};
    assert_int_equal(hf_client_ping(client), HF_OK);
    assert_int_equal(hf_raw_call(client, request, sizeof request, &reply), HF_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_begin_anew_in_another_run),
        cmocka_unit_test(a_run_may_end_while_an_object_is_opened_again),
        cmocka_unit_test(an_answer_that_nobody_waits_for_ends_the_connection),
        cmocka_unit_test(without_a_first_id_nothing_is_opened_again),
        cmocka_unit_test(raw_calls_open_objects_again_as_well),
        cmocka_unit_test(a_broken_guard_within_a_raw_batch_is_refused),
    };
    return FAKE_MAIN(tests);
}
