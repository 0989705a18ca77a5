/* SPDX-License-Identifier: MIT
 *
 * The oneof in Request is the only list of operations. For each of them there must be exactly one
 * row in the manager's tables, a function of the library that sends it, and a heading in
 * docs/protocol.md.
 */
#include "object.h"

#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TAG_FIRST_OP = 10 };

/* Files read so far, one behind the other. */
struct source_text {
    char *bytes;
    size_t len;
};

static void append_file(struct source_text *text, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_error("cannot read %s\n", path);
    }
    assert_non_null(file);
    char buffer[65536];
    size_t got = 0;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0) {
        text->bytes = realloc(text->bytes, text->len + got + 1);
        assert_non_null(text->bytes);
        memcpy(text->bytes + text->len, buffer, got);
        text->len += got;
        text->bytes[text->len] = 0;
    }
    (void)fclose(file);
}

static void append_sources(struct source_text *text, const char *directory) {
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    const struct dirent *entry = NULL;
    while ((entry = readdir(entries)) != NULL) {
        size_t len = strlen(entry->d_name);
        if (len > 2 && strcmp(entry->d_name + len - 2, ".c") == 0) {
            char path[4096];
            (void)snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
            append_file(text, path);
        }
    }
    (void)closedir(entries);
}

static bool is_word(char byte) {
    return isalnum((unsigned char)byte) || byte == '_';
}

/* Whether `word` stands in the text by itself, not as a part of a longer one. */
static bool has_word(const char *text, const char *word) {
    size_t len = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += len) {
        if ((at == text || !is_word(at[-1])) && !is_word(at[len])) {
            return true;
        }
    }
    return false;
}

static bool is_op(const ProtobufCFieldDescriptor *field) {
    return field->id >= TAG_FIRST_OP && field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

/* Call `check` with each operation of the protocol; all that fail are named before the test fails.
 */
static void each_op(bool (*check)(const ProtobufCFieldDescriptor *op, void *context),
                    void *context) {
    unsigned seen = 0;
    unsigned failed = 0;
    for (unsigned i = 0; i < hf__request__descriptor.n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &hf__request__descriptor.fields[i];
        if (is_op(field)) {
            seen++;
            if (!check(field, context)) {
                print_error("%s is missing\n", field->name);
                failed++;
            }
        }
    }
    assert_true(seen > 60);
    assert_int_equal(failed, 0);
}

/* ---- the manager ---- */

static unsigned rows_of(unsigned tag) {
    unsigned count = 0;
    for (size_t t = 0; t < type_count; t++) {
        for (size_t i = 0; i < types[t]->op_count; i++) {
            count += types[t]->ops[i].tag == tag;
        }
    }
    return count;
}

static bool has_one_row(const ProtobufCFieldDescriptor *op, void *context) {
    (void)context;
    const struct type *type = NULL;
    const struct op *found = types_find(op->id, &type);
    return found && type && found->run && found->tag == op->id && rows_of(op->id) == 1 &&
           strcmp(types_op_name(op->id), op->name) == 0;
}

static void every_operation_has_exactly_one_row(void **state) {
    (void)state;
    each_op(has_one_row, NULL);
}

static void every_row_is_an_operation_with_a_sensible_lane(void **state) {
    (void)state;
    for (size_t t = 0; t < type_count; t++) {
        for (size_t i = 0; i < types[t]->op_count; i++) {
            const struct op *op = &types[t]->ops[i];
            const ProtobufCFieldDescriptor *field =
                protobuf_c_message_descriptor_get_field(&hf__request__descriptor, op->tag);
            assert_non_null(field);
            assert_true(is_op(field));
            assert_true(op->lane < OBJECT_LANES);
            assert_true(op->flags & OP_WAITS || op->lane == 0);
            bool names_lanes = op->flags & OP_WAITS_ALL; /* or it has one, of its object */
            assert_true(names_lanes || !(op->flags & OP_WAITS) ||
                        !(op->flags & (OP_FREE | OP_OPENS)));
        }
    }
}

/* A type's operations begin with its name, so that the same noun is found on every level. */
static void operations_are_named_after_their_type(void **state) {
    (void)state;
    for (size_t t = 0; t < type_count; t++) {
        for (size_t i = 0; i < types[t]->op_count; i++) {
            const char *name = types_op_name(types[t]->ops[i].tag);
            size_t len = strlen(types[t]->name);
            assert_true(types[t] == &type_session ||
                        (strncmp(name, types[t]->name, len) == 0 && name[len] == '_'));
        }
    }
}

static void no_operation_has_a_tag_without_a_row(void **state) {
    (void)state;
    for (unsigned tag = 0; tag < 2000; tag++) {
        const struct type *type = NULL;
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(&hf__request__descriptor, tag);
        assert_int_equal(types_find(tag, &type) != NULL, field && is_op(field));
    }
    const struct type *type = NULL;
    assert_null(types_find(UINT32_MAX, &type));
}

/* ---- the library ---- */

/* The library does not use this operation: its calls end at their deadlines, in the manager too,
 * and its interface cannot give up a call that is under way. */
static bool is_exempt(const char *op) {
    return strcmp(op, "cancel") == 0;
}

static bool is_sent(const ProtobufCFieldDescriptor *op, void *context) {
    char constant[128] = "HF__REQUEST__OP_";
    size_t len = strlen(constant);
    for (const char *at = op->name; *at && len + 1 < sizeof constant; at++) {
        constant[len++] = (char)toupper((unsigned char)*at);
    }
    constant[len] = 0;
    return is_exempt(op->name) || has_word(((const struct source_text *)context)->bytes, constant);
}

static void every_operation_is_sent_by_the_library(void **state) {
    (void)state;
    struct source_text text = {0};
    static const char *const folders[] = {"call", "process", "types", "worker", "pool"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, HF_SOURCE_DIR "/proxy/%s", folders[i]);
        append_sources(&text, path);
    }

    each_op(is_sent, &text);

    free(text.bytes);
}

/* ---- the page ---- */

/* Whether a heading of the page names this operation. */
static bool has_heading(const ProtobufCFieldDescriptor *op, void *context) {
    const char *line = ((const struct source_text *)context)->bytes;
    bool found = false;
    while (*line && !found) {
        size_t len = strcspn(line, "\n");
        if (*line == '#') {
            char heading[512];
            (void)snprintf(heading, sizeof heading, "%.*s", (int)len, line);
            found = has_word(heading, op->name);
        }
        line += len + (line[len] == '\n');
    }
    return found;
}

static void every_operation_has_a_heading_in_the_docs(void **state) {
    (void)state;
    struct source_text text = {0};
    append_file(&text, HF_SOURCE_DIR "/docs/protocol.md");

    each_op(has_heading, &text);

    free(text.bytes);
}

/* Every status has a row in its table there: "| KEY_ERROR | 20 |". */
static void every_status_has_a_row_in_the_docs(void **state) {
    (void)state;
    struct source_text text = {0};
    append_file(&text, HF_SOURCE_DIR "/docs/protocol.md");

    for (unsigned i = 0; i < hf__status__descriptor.n_values; i++) {
        char row[128];
        (void)snprintf(row, sizeof row, "| %s | %d |", hf__status__descriptor.values[i].name,
                       hf__status__descriptor.values[i].value);
        if (!text.bytes || !strstr(text.bytes, row)) {
            print_error("%s is missing\n", row);
            fail();
        }
    }
    free(text.bytes);
}

/* The row of the type in the table of what an atomic batch can undo; "": it has none. */
static void find_undo_row(const char *text, const char *type, char row[256]) {
    const char *table = strstr(text, "| type | can be undone |");
    assert_non_null(table);
    row[0] = '\0';
    for (const char *line = table; *line == '|'; line += strcspn(line, "\n") + 1) {
        char types_of_row[128];
        (void)snprintf(types_of_row, sizeof types_of_row, "%.*s", (int)strcspn(line + 1, "|"),
                       line + 1);
        if (has_word(types_of_row, type)) {
            (void)snprintf(row, 256, "%.*s", (int)strcspn(line, "\n"), line);
        }
    }
}

static void the_docs_tell_what_can_be_undone(void **state) {
    (void)state;
    struct source_text text = {0};
    append_file(&text, HF_SOURCE_DIR "/docs/protocol.md");
    for (size_t t = 0; t < type_count; t++) {
        char row[256];
        find_undo_row(text.bytes, types[t]->name, row);
        for (size_t i = 0; i < types[t]->op_count; i++) {
            const struct op *op = &types[t]->ops[i];
            bool changes = op->flags & OP_CHANGES && !(op->flags & OP_OPENS);
            bool told =
                strstr(row, "all that change it") ? changes : has_word(row, types_op_name(op->tag));
            if (told != ((op->flags & OP_UNDOES) != 0)) {
                print_error("%s: the docs say %s\n", types_op_name(op->tag), told ? "yes" : "no");
                fail();
            }
        }
    }
    free(text.bytes);
}

static void the_docs_list_what_only_reads(void **state) {
    (void)state;
    struct source_text text = {0};
    append_file(&text, HF_SOURCE_DIR "/docs/protocol.md");
    char list[4096];
    const char *from = strstr(text.bytes, "These operations only read: ");
    assert_non_null(from);
    (void)snprintf(list, sizeof list, "%.*s", (int)strcspn(from, "\n"), from);
    for (size_t t = 0; t < type_count; t++) {
        for (size_t i = 0; i < types[t]->op_count; i++) {
            const struct op *op = &types[t]->ops[i];
            bool told = has_word(list, types_op_name(op->tag));
            if (told != ((op->flags & OP_READS) != 0)) {
                print_error("%s: the docs say %s\n", types_op_name(op->tag), told ? "yes" : "no");
                fail();
            }
        }
    }
    free(text.bytes);
}

/* The searches above must be able to fail. */
static void an_unknown_operation_is_not_found(void **state) {
    (void)state;
    struct source_text text = {(char *)(uintptr_t) "x list_get_slice\n### list_set `dict_get`\n",
                               0};
    ProtobufCFieldDescriptor get = {.name = "list_get"};
    ProtobufCFieldDescriptor slice = {.name = "list_get_slice"};
    ProtobufCFieldDescriptor set = {.name = "list_set"};
    ProtobufCFieldDescriptor dict = {.name = "dict_get"};

    assert_false(has_word(text.bytes, "list_get")); /* only as a part of another */
    assert_true(has_word(text.bytes, "list_get_slice"));
    assert_false(has_heading(&get, &text));
    assert_false(has_heading(&slice, &text)); /* not in a heading */
    assert_true(has_heading(&set, &text));
    assert_true(has_heading(&dict, &text));
    assert_false(is_sent(&get, &text));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_exactly_one_row),
        cmocka_unit_test(every_row_is_an_operation_with_a_sensible_lane),
        cmocka_unit_test(operations_are_named_after_their_type),
        cmocka_unit_test(no_operation_has_a_tag_without_a_row),
        cmocka_unit_test(every_operation_is_sent_by_the_library),
        cmocka_unit_test(every_operation_has_a_heading_in_the_docs),
        cmocka_unit_test(every_status_has_a_row_in_the_docs),
        cmocka_unit_test(the_docs_tell_what_can_be_undone),
        cmocka_unit_test(the_docs_list_what_only_reads),
        cmocka_unit_test(an_unknown_operation_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
