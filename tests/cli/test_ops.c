/* SPDX-License-Identifier: MIT
 *
 * The operations as the shell finds them in the descriptor.
 */
#include "manual.h"
#include "ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool offered_by(const char *type, const ProtobufCFieldDescriptor *field) {
    struct op op;
    for (size_t cursor = 0; ops_next(type, &cursor, &op);) {
        if (op.field == field) {
            return true;
        }
    }
    return false;
}

static bool offered(const ProtobufCFieldDescriptor *field) {
    const char *type = NULL;
    for (size_t i = 0; (type = ops_type(i)) != NULL; i++) {
        if (offered_by(type, field)) {
            return true;
        }
    }
    return offered_by("", field);
}

/* Operations that are no commands: useless in one line, or their effect would end with it. */
static bool left_out(const char *name) {
    static const char *const names[] = {"hello",
                                        "prove",
                                        "cancel",
                                        "batch",
                                        "wait_any",
                                        "leave",
                                        "pool_register",
                                        "pool_take",
                                        "pool_finish",
                                        "pool_progress",
                                        "pool_leave",
                                        "submitter_open",
                                        "submitter_submit",
                                        "submitter_collect",
                                        "submitter_cancel",
                                        "submitter_close",
                                        "supervisor_open",
                                        "supervisor_wait",
                                        "supervisor_report"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void every_operation_of_the_protocol_is_offered(void **state) {
    (void)state;
    for (unsigned i = 0; i < hf__request__descriptor.n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &hf__request__descriptor.fields[i];
        if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
            continue;
        }

        bool found = offered(field);

        if (found == left_out(field->name)) {
            fail_msg("%s is %s", field->name, found ? "offered" : "not offered");
        }
    }
}

static void type_words_are_those_of_the_protocol_and_object(void **state) {
    (void)state;
    assert_string_equal(ops_type(0), "dict");
    unsigned shown = hf__type__descriptor.n_values - 2; /* not submitter, not supervisor */
    assert_string_equal(ops_type(shown), "object");
    assert_null(ops_type(shown + 1));
    assert_string_equal(ops_type_find("pool"), "pool");
    assert_null(ops_type_find("submitter"));
    assert_null(ops_type_find("supervisor"));
    assert_string_equal(ops_type_find("LOCK"), "lock");
    assert_null(ops_type_find("loc"));
    assert_null(ops_type_find("locks"));
    assert_null(ops_type_find(""));
}

static void hyphen_and_underscore_are_the_same(void **state) {
    (void)state;
    struct op one, other;

    assert_true(ops_find("dict", "compare-and-set", &one));
    assert_true(ops_find("dict", "compare_and_set", &other));

    assert_ptr_equal(one.field, other.field);
    assert_int_equal(one.field->id, HF__REQUEST__OP_DICT_COMPARE_AND_SET);
    assert_string_equal(one.word, "compare-and-set");
}

static void a_namespace_has_its_own_open_and_all_else_of_a_dict(void **state) {
    (void)state;
    struct op op;
    size_t opens = 0;

    assert_true(ops_find("namespace", "get", &op));
    assert_int_equal(op.field->id, HF__REQUEST__OP_DICT_GET);
    assert_string_equal(op.type, "namespace");
    assert_true(ops_find("namespace", "open", &op));
    assert_int_equal(op.field->id, HF__REQUEST__OP_NAMESPACE_OPEN);

    for (size_t cursor = 0; ops_next("namespace", &cursor, &op);) {
        opens += strcmp(op.word, "open") == 0;
    }
    assert_int_equal(opens, 1);
}

static void operations_know_whether_they_need_an_object(void **state) {
    (void)state;
    static const struct {
        const char *type, *word;
        bool on_object;
        const char *name;
    } rows[] = {
        {"dict", "set", true, NULL},        {"dict", "open", false, "name"},
        {"object", "find", false, "name"},  {"object", "list", false, "prefix"},
        {"object", "describe", true, NULL}, {"", "stats", false, NULL},
        {"lock", "acquire", true, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct op op;

        assert_true(ops_find(rows[i].type, rows[i].word, &op));

        assert_int_equal(op.on_object, rows[i].on_object);
        if (rows[i].name) {
            assert_string_equal(op.name->name, rows[i].name);
        } else {
            assert_null(op.name);
        }
    }
}

/* Types that cannot be opened by a name alone: they need a lock, or a number of parties. */
static bool opens_with_more(const char *type) {
    return strcmp(type, "condition") == 0 || strcmp(type, "barrier") == 0;
}

static void every_type_but_two_can_be_opened_by_name_alone(void **state) {
    (void)state;
    for (size_t i = 0; strcmp(ops_type(i), "object") != 0; i++) {
        struct op op;
        if (ops_opener(ops_type(i), &op) == opens_with_more(ops_type(i))) {
            fail_msg("%s: its open is not as it should be", ops_type(i));
        }
    }
    struct op op;
    assert_false(ops_opener("object", &op));
}

static void only_what_acquires_grants(void **state) {
    (void)state;
    struct op op;
    assert_true(ops_find("lock", "acquire", &op));
    assert_true(ops_grants(&op));
    assert_true(ops_find("lock", "release", &op));
    assert_false(ops_grants(&op));
}

/* "KEY_ERROR: why; CLOSED, BROKEN: why": each word before a colon is a status. */
static void assert_refusals(const struct manual_row *row) {
    char text[1024];
    assert_true(strlen(row->refusal) < sizeof text);
    strcpy(text, row->refusal);
    char *rest = NULL;
    for (char *part = strtok_r(text, ";", &rest); part; part = strtok_r(NULL, ";", &rest)) {
        char *colon = strchr(part, ':');
        assert_non_null(colon);
        *colon = 0;
        char *more = NULL;
        for (char *name = strtok_r(part, ", ", &more); name; name = strtok_r(NULL, ", ", &more)) {
            if (!protobuf_c_enum_descriptor_get_value_by_name(&hf__status__descriptor, name)) {
                fail_msg("'%s' is no status: %s", name, row->refusal);
            }
        }
    }
}

static size_t rows_of(const struct op *op) {
    const struct manual_row *row = NULL;
    size_t count = 0;
    for (size_t i = 0; (row = manual_at(i)) != NULL; i++) {
        count += row->op == op->field->id;
    }
    return count;
}

static void assert_in_manual(const struct op *op) {
    if (rows_of(op) != 1) {
        fail_msg("%s has %zu rows in the manual", op->field->name, rows_of(op));
    }
    const struct manual_row *row = manual_find(op);
    char last = row->does[strlen(row->does) - 1];
    assert_true(last == '.' || last == '?');
    assert_true(ops_grants(op) || strncmp(row->example, op->word, strlen(op->word)) == 0);
    assert_true(!ops_grants(op) || strstr(row->example, " -- "));
    assert_true(!ops_grants(op) || row->flags & MANUAL_PROGRAMS);
    assert_refusals(row);
}

static void every_operation_has_one_row_in_the_manual(void **state) {
    (void)state;
    const char *type = NULL;
    struct op op;
    for (size_t i = 0; (type = ops_type(i)) != NULL; i++) {
        for (size_t cursor = 0; ops_next(type, &cursor, &op);) {
            assert_in_manual(&op);
        }
    }
    for (size_t cursor = 0; ops_next("", &cursor, &op);) {
        assert_in_manual(&op);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_one_row_in_the_manual),
        cmocka_unit_test(every_operation_of_the_protocol_is_offered),
        cmocka_unit_test(type_words_are_those_of_the_protocol_and_object),
        cmocka_unit_test(hyphen_and_underscore_are_the_same),
        cmocka_unit_test(a_namespace_has_its_own_open_and_all_else_of_a_dict),
        cmocka_unit_test(operations_know_whether_they_need_an_object),
        cmocka_unit_test(every_type_but_two_can_be_opened_by_name_alone),
        cmocka_unit_test(only_what_acquires_grants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
