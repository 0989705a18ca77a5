/* SPDX-License-Identifier: MIT
 *
 * A client's memory of how to open objects again (openings.h), and the ids in packed requests
 * (ids.h).
 */
#include "ids.h"
#include "openings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUN = 1000, NEXT_RUN = 2000, MANY = 70000, LONG = 1024 * 1024 };

static const uint8_t request[] = "what has opened it";

/* ---- openings ---- */

static bool knows(struct openings *openings, uint64_t id, uint64_t run) {
    size_t len = 0;
    uint8_t *copy = openings_to_repeat(openings, id, run, &len);
    bool known = copy && len == sizeof request && memcmp(copy, request, len) == 0;
    free(copy);
    return known;
}

static void an_object_is_to_be_opened_once_in_each_run(void **state) {
    (void)state;
    struct openings *openings = openings_new();
    openings_note(openings, 7, request, sizeof request);
    assert_true(knows(openings, 7, RUN));
    assert_int_equal(openings_present(openings, 7, RUN), 7);

    openings_renew(openings, 7, RUN, 1005);

    assert_false(knows(openings, 7, RUN));
    assert_int_equal(openings_present(openings, 7, RUN), 1005);
    assert_true(knows(openings, 7, NEXT_RUN));
    assert_int_equal(openings_present(openings, 7, NEXT_RUN), 7);
    assert_int_equal(openings_present(openings, 8, RUN), 8);
    openings_free(openings);
}

static void what_has_opened_it_last_counts(void **state) {
    (void)state;
    struct openings *openings = openings_new();
    openings_note(openings, 7, (const uint8_t *)"other", 5);
    openings_note(openings, 7, request, sizeof request);
    openings_note(openings, 7, request, sizeof request);
    assert_true(knows(openings, 7, RUN));

    openings_forget(openings, 7);
    openings_forget(openings, 7);

    assert_false(knows(openings, 7, RUN));
    openings_free(openings);
}

static void those_opened_long_ago_are_forgotten(void **state) {
    (void)state;
    struct openings *openings = openings_new();
    openings_note(openings, 1, request, sizeof request);
    for (uint64_t id = 2; id <= MANY; id++) {
        openings_note(openings, id, request, sizeof request);
        if (id % 1000 == 0) {
            openings_note(openings, 1, request, sizeof request);
        }
    }

    assert_true(knows(openings, 1, RUN)); /* it was opened again and again */
    assert_false(knows(openings, 2, RUN));
    assert_true(knows(openings, MANY, RUN));
    openings_free(openings);
}

static void long_ones_are_forgotten_sooner(void **state) {
    (void)state;
    struct openings *openings = openings_new();
    uint8_t *large = calloc(LONG + 1, 1);
    size_t len = 0;
    assert_non_null(large);
    openings_note(openings, 1, request, sizeof request);
    openings_note(openings, 2, large, LONG + 1);
    assert_null(openings_to_repeat(openings, 2, RUN, &len));
    for (uint64_t id = 10; id < 10 + 16; id++) {
        openings_note(openings, id, large, LONG);
    }

    assert_false(knows(openings, 1, RUN));
    uint8_t *last = openings_to_repeat(openings, 10 + 15, RUN, &len);
    assert_non_null(last);
    assert_int_equal(len, LONG);
    free(last);
    free(large);
    openings_free(openings);
}

/* ---- ids ---- */

struct seen {
    uint64_t ids[32];
    size_t count;
};

static void note_id(void *context, uint64_t id) {
    struct seen *seen = context;
    assert_true(seen->count < sizeof seen->ids / sizeof seen->ids[0]);
    seen->ids[seen->count++] = id;
}

static uint64_t same(void *context, uint64_t id) {
    (void)context;
    return id;
}

static uint64_t a_million_more(void *context, uint64_t id) {
    (void)context;
    return id + 1000000;
}

/* An opaque value that refers to object 8. Its bytes look like another reference. */
static size_t pack_opaque(uint8_t *bytes, uint64_t more) {
    Hf__Ref ref = HF__REF__INIT;
    Hf__Ref *refs[] = {&ref};
    Hf__Opaque opaque = HF__OPAQUE__INIT;
    ref.id = 8 + more;
    opaque.tag = (ProtobufCBinaryData){1, (uint8_t *)(uintptr_t) "t"};
    opaque.bytes = (ProtobufCBinaryData){4, (uint8_t *)(uintptr_t) "\x22\2\x08\2"};
    opaque.refs = refs;
    opaque.n_refs = 1;
    return hf__opaque__pack(&opaque, bytes);
}

/* A list of a reference to object 2, a text, and that opaque value. */
static size_t pack_list(uint8_t *bytes, uint64_t more) {
    Hf__Ref ref = HF__REF__INIT;
    Hf__Any values[] = {HF__ANY__INIT, HF__ANY__INIT, HF__ANY__INIT};
    Hf__Any *items[] = {&values[0], &values[1], &values[2]};
    uint8_t opaque[32];
    ref.id = 2 + more;
    ref.has_type = true;
    ref.type = HF__TYPE__LOCK;
    values[0].kind_case = HF__ANY__KIND_REF;
    values[0].ref = &ref;
    values[1].kind_case = HF__ANY__KIND_STRING;
    values[1].string = (ProtobufCBinaryData){3, (uint8_t *)(uintptr_t) "abc"};
    values[2].kind_case = HF__ANY__KIND_OPAQUE;
    values[2].opaque = (ProtobufCBinaryData){pack_opaque(opaque, more), opaque};
    Hf__AnyList list = HF__ANY_LIST__INIT;
    list.items = items;
    list.n_items = 3;
    return hf__any_list__pack(&list, bytes);
}

/* A batch with a check: ids at every place where one can be, and numbers that are none. */
static size_t pack_batch(uint8_t *bytes, size_t size, uint64_t more) {
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = 1 + more;
    guard.fence = 90;
    uint8_t packed[96];
    ProtobufCMessageUnknownField nested = {
        .tag = 6, .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, .data = packed};
    size_t list_len = pack_list(packed + 1, more);
    packed[0] = (uint8_t)list_len; /* of Any.list, which is a message or its bytes */
    nested.len = 1 + list_len;
    Hf__Any value = HF__ANY__INIT;
    value.base.n_unknown_fields = 1;
    value.base.unknown_fields = &nested;
    Hf__ListAppend append = HF__LIST_APPEND__INIT;
    append.value = &value;
    Hf__LockAcquireMany many = HF__LOCK_ACQUIRE_MANY__INIT;
    uint64_t locks[] = {3 + more, 4 + more};
    many.locks = locks;
    many.n_locks = 2;
    Hf__SetUnion set_union = HF__SET_UNION__INIT;
    set_union.has_other = true;
    set_union.other = 5 + more;
    Hf__Request inner[] = {HF__REQUEST__INIT, HF__REQUEST__INIT, HF__REQUEST__INIT};
    inner[0].has_object = true;
    inner[0].object = 6 + more;
    inner[0].op_case = HF__REQUEST__OP_LIST_APPEND;
    inner[0].list_append = &append;
    inner[1].op_case = HF__REQUEST__OP_LOCK_ACQUIRE_MANY;
    inner[1].lock_acquire_many = &many;
    inner[2].has_object = true;
    inner[2].object = 7 + more;
    inner[2].op_case = HF__REQUEST__OP_SET_UNION;
    inner[2].set_union = &set_union;
    Hf__Request *requests[] = {&inner[0], &inner[1]};
    Hf__Check check = HF__CHECK__INIT;
    Hf__Check *checks[] = {&check};
    check.request = &inner[2];
    check.has_status = true;
    Hf__Batch batch = HF__BATCH__INIT;
    batch.requests = requests;
    batch.n_requests = 2;
    batch.checks = checks;
    batch.n_checks = 1;
    Hf__Request outer = HF__REQUEST__INIT;
    outer.has_id = true;
    outer.id = 91;
    outer.has_timeout_ms = true;
    outer.timeout_ms = -1;
    outer.guard = &guard;
    outer.op_case = HF__REQUEST__OP_BATCH;
    outer.batch = &batch;
    assert_true(hf__request__get_packed_size(&outer) <= size);
    return hf__request__pack(&outer, bytes);
}

static void each_id_is_found_but_those_of_guards(void **state) {
    (void)state;
    uint8_t bytes[256];
    size_t len = pack_batch(bytes, sizeof bytes, 0);
    struct seen seen = {.count = 0};

    ids_each(bytes, len, note_id, &seen);

    const uint64_t expected[] = {6, 2, 8, 3, 4, 7, 5};
    assert_int_equal(seen.count, sizeof expected / sizeof expected[0]);
    assert_memory_equal(seen.ids, expected, sizeof expected);
}

static void other_ids_change_nothing_else(void **state) {
    (void)state;
    uint8_t bytes[256];
    uint8_t wanted[256];
    size_t len = pack_batch(bytes, sizeof bytes, 0);
    size_t wanted_len = pack_batch(wanted, sizeof wanted, 1000000);
    struct buffer out = {NULL, 0, 0, 0};

    assert_true(ids_renew(bytes, len, same, NULL, &out));
    assert_int_equal(buffer_len(&out), len);
    assert_memory_equal(buffer_front(&out), bytes, len);

    buffer_clear(&out);
    assert_true(ids_renew(bytes, len, a_million_more, NULL, &out));
    assert_int_equal(buffer_len(&out), wanted_len); /* longer, and so are the lengths around */
    assert_memory_equal(buffer_front(&out), wanted, wanted_len);
    buffer_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_to_be_opened_once_in_each_run),
        cmocka_unit_test(what_has_opened_it_last_counts),
        cmocka_unit_test(those_opened_long_ago_are_forgotten),
        cmocka_unit_test(long_ones_are_forgotten_sooner),
        cmocka_unit_test(each_id_is_found_but_those_of_guards),
        cmocka_unit_test(other_ids_change_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
