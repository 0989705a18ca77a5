/* SPDX-License-Identifier: MIT
 *
 * Command lines: their meaning, and the details of refused ones.
 */
#include "line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 16 };

/* Read "holdfast" and these words, which end with NULL. */
static bool read_line(struct line *line, struct fault *fault, const char *const *words) {
    static char *argv[WORDS_MAX + 2];
    int argc = 1;
    argv[0] = (char *)(uintptr_t) "holdfast";
    for (; words[argc - 1]; argc++) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    }
    argv[argc] = NULL;
    fault->text[0] = 0;
    return line_parse(line, argc, argv, fault);
}

#define WORDS(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

static struct line good(const char *const *words) {
    struct line line;
    struct fault fault;
    if (!read_line(&line, &fault, words)) {
        fail_msg("%s", fault.text);
    }
    return line;
}

static void arguments_fill_the_fields_in_order(void **state) {
    (void)state;
    struct line line = good(WORDS("dict", "set", "config", "colour", "red"));
    const Hf__DictSet *set = (const Hf__DictSet *)line.fill.message;

    assert_string_equal(line.fill.name, "config");
    assert_memory_equal(set->key->string.data, "colour", 6);
    assert_memory_equal(set->value->string.data, "red", 3);
    line_fini(&line);
}

static void optional_fields_are_arguments_or_options(void **state) {
    (void)state;
    struct line line =
        good(WORDS("dict", "add", "d", "k", "1", "--ceiling", "9", "--floor=-5", "0"));
    const Hf__DictAdd *add = (const Hf__DictAdd *)line.fill.message;

    assert_int_equal(add->amount->int_, 1);
    assert_int_equal(add->floor->int_, -5);
    assert_int_equal(add->ceiling->int_, 9);
    assert_int_equal(add->initial->int_, 0);
    line_fini(&line);
}

static void a_repeated_field_takes_all_that_is_left(void **state) {
    (void)state;
    struct line line = good(WORDS("list", "set-slice", "l", "1", "x", "--stop", "2", "[3]"));
    const Hf__ListSetSlice *slice = (const Hf__ListSetSlice *)line.fill.message;

    assert_int_equal(slice->n_values, 3);
    assert_int_equal(slice->values[2]->kind_case, HF__ANY__KIND_LIST);
    assert_true(slice->has_stop);
    assert_int_equal(slice->stop, 2);
    assert_false(slice->has_start);
    line_fini(&line);
}

static void items_add_up(void **state) {
    (void)state;
    struct line line = good(WORDS("dict", "update", "d", "a=1", "{\"b\":2,\"c\":3}", "d=4"));

    assert_int_equal(((const Hf__DictUpdate *)line.fill.message)->n_items, 4);
    line_fini(&line);
}

static void flags_and_choices_are_understood(void **state) {
    (void)state;
    struct line line = good(WORDS("lock", "open", "l", "--reentrant", "--keep=false", "--mode",
                                  "must-create", "--any-may-release"));
    const Hf__LockOpen *open = (const Hf__LockOpen *)line.fill.message;

    assert_string_equal(open->name, "l");
    assert_true(open->reentrant);
    assert_true(open->has_keep);
    assert_false(open->keep);
    assert_true(open->any_may_release);
    assert_int_equal(open->mode, HF__MODE__MUST_CREATE);
    line_fini(&line);
}

static void negative_numbers_are_no_options(void **state) {
    (void)state;
    struct line line = good(WORDS("list", "get", "l", "-1"));
    assert_int_equal(((const Hf__ListGet *)line.fill.message)->index, -1);
    line_fini(&line);

    const char *const others[] = {"-x", "-w5", "-", "-lq"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        line = good(WORDS("list", "append", "l", others[i], "--text"));
        const Hf__ListAppend *append = (const Hf__ListAppend *)line.fill.message;
        assert_memory_equal(append->value->string.data, others[i], strlen(others[i]));
        line_fini(&line);
    }
}

static void letters_are_options_behind_an_operation_too(void **state) {
    (void)state;
    struct line line = good(WORDS("dict", "set", "d", "k", "-w", "5", "-1", "-q"));
    const Hf__DictSet *set = (const Hf__DictSet *)line.fill.message;

    assert_int_equal(line.shell.timeout_ms, 5000);
    assert_true(line.shell.quiet);
    assert_int_equal(set->value->int_, -1);
    assert_false(set->has_ttl_ms);
    line_fini(&line);

    line = good(WORDS("dict", "set", "d", "-h"));
    assert_true(line.shell.help);
    line_fini(&line);

    line = good(WORDS("list", "append", "l", "--", "-l"));
    assert_memory_equal(((const Hf__ListAppend *)line.fill.message)->value->string.data, "-l", 2);
    assert_false(line.shell.detailed);
    line_fini(&line);
}

static void after_dashes_there_are_no_options(void **state) {
    (void)state;
    struct line line = good(WORDS("dict", "set", "d", "--", "--json", "--timeout"));
    const Hf__DictSet *set = (const Hf__DictSet *)line.fill.message;

    assert_false(line.shell.json);
    assert_memory_equal(set->key->string.data, "--json", 6);
    line_fini(&line);
}

static void values_are_text_on_demand(void **state) {
    (void)state;
    struct line line = good(WORDS("dict", "set", "d", "5", "-", "--text"));
    const Hf__DictSet *set = (const Hf__DictSet *)line.fill.message;
    assert_memory_equal(set->key->string.data, "5", 1);
    assert_memory_equal(set->value->string.data, "-", 1);
    line_fini(&line);

    /* An amount is a number nevertheless; a key is not. */
    line = good(WORDS("--text", "dict", "add", "d", "5", "1", "--initial=1e1"));
    const Hf__DictAdd *add = (const Hf__DictAdd *)line.fill.message;
    assert_int_equal(add->key->kind_case, HF__ANY__KIND_STRING);
    assert_int_equal(add->amount->int_, 1);
    assert_int_equal(add->initial->kind_case, HF__ANY__KIND_DOUBLE);
    line_fini(&line);

    /* Behind the dashes it is no option. */
    line = good(WORDS("list", "append", "l", "--", "--text"));
    assert_false(line.shell.text);
    line_fini(&line);
}

static void numbers_of_values_and_arrays_are_written_in_any_way(void **state) {
    (void)state;
    struct line line = good(WORDS("value", "open", "v", "--kind", "f64", "--initial", "1.50"));
    assert_int_equal(((const Hf__ValueOpen *)line.fill.message)->initial->kind_case,
                     HF__ANY__KIND_DOUBLE);
    line_fini(&line);
    line = good(WORDS("array", "set", "a", "0", "1e3"));
    assert_int_equal(((const Hf__ArraySet *)line.fill.message)->value->kind_case,
                     HF__ANY__KIND_DOUBLE);
    line_fini(&line);
    line = good(WORDS("dict", "set", "d", "1.10", "1e3"));
    const Hf__DictSet *set = (const Hf__DictSet *)line.fill.message;
    assert_int_equal(set->key->kind_case, HF__ANY__KIND_STRING);
    assert_int_equal(set->value->kind_case, HF__ANY__KIND_STRING);
    line_fini(&line);
}

/* Only what an operation stores as its one value; not keys, members, or what is looked for. */
static void files_are_read_only_for_a_value_that_is_stored(void **state) {
    (void)state;
    static const char *const lines[][6] = {
        {"dict", "set", "d", "@/nowhere", "v"},
        {"dict", "get", "d", "k", "@/nowhere"},
        {"dict", "update", "d", "k=@/nowhere"},
        {"set", "add", "s", "@/nowhere"},
        {"list", "remove", "l", "@/nowhere"},
        {"list", "extend", "l", "@/nowhere", "-"},
        {"queue", "put-many", "q", "@/nowhere"},
        {"list", "index", "l", "@/nowhere"},
        {"dict", "compare-and-set", "d", "k", "-", "@/nowhere"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *words[7] = {NULL};
        memcpy(words, lines[i], sizeof lines[i]);
        struct line line = good(words);
        line_fini(&line);
    }
    static const char *const stored[][6] = {
        {"dict", "set", "d", "k", "@/nowhere"},  {"dict", "setdefault", "d", "k", "@/nowhere"},
        {"list", "append", "l", "@/nowhere"},    {"list", "insert", "l", "0", "@/nowhere"},
        {"list", "set", "l", "0", "@/nowhere"},  {"queue", "put", "q", "@/nowhere"},
        {"pipe", "send", "p", "0", "@/nowhere"},
    };
    for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++) {
        const char *words[7] = {NULL};
        struct line line;
        struct fault fault;
        memcpy(words, stored[i], sizeof stored[i]);
        assert_false(read_line(&line, &fault, words));
        assert_non_null(strstr(fault.text, "cannot read /nowhere"));
        line_fini(&line);
    }
}

static void lines_make_one_value_many(void **state) {
    (void)state;
    struct line line = good(WORDS("queue", "put", "q", "--priority", "3", "--lines"));
    assert_string_equal(line.fill.op.word, "put-many");
    assert_int_equal(((const Hf__QueuePutMany *)line.fill.message)->priority, 3);
    line_fini(&line);
    line = good(WORDS("list", "append", "l", "--lines"));
    assert_string_equal(line.fill.op.word, "extend");
    line_fini(&line);
    line = good(WORDS("--lines", "set", "update", "s"));
    assert_string_equal(line.fill.op.word, "update");
    line_fini(&line);
}

static void general_options_stand_anywhere(void **state) {
    (void)state;
    struct line line = good(WORDS("--json", "dict", "--timeout", "2.5", "len", "--must-exist", "d",
                                  "--address=unix:/x", "--guard", "a:b:12"));

    assert_true(line.shell.json);
    assert_true(line.shell.must_exist);
    assert_int_equal(line.shell.timeout_ms, 2500);
    assert_string_equal(line.shell.address, "unix:/x");
    assert_string_equal(line.shell.guard, "a:b:12");
    line_fini(&line);
}

static void without_a_timeout_a_call_waits_for_ever(void **state) {
    (void)state;
    struct line line = good(WORDS("queue", "get", "q"));
    assert_true(line.shell.timeout_ms < 0);
    line_fini(&line);
}

static void lock_with_dashes_runs_a_command(void **state) {
    (void)state;
    struct line line = good(WORDS("lock", "jobs", "--timeout", "1", "--", "make", "--json", "--"));

    assert_string_equal(line.held_name, "jobs");
    assert_int_equal(line.shell.timeout_ms, 1000);
    assert_false(line.shell.json);
    assert_string_equal(line.held_command[0], "make");
    assert_string_equal(line.held_command[2], "--");
    assert_null(line.held_command[3]);
    line_fini(&line);

    /* Also where the lock is called like an operation. */
    line = good(WORDS("lock", "open", "--", "make"));
    assert_string_equal(line.held_name, "open");
    line_fini(&line);
}

static void rwlock_and_semaphore_run_a_command_with_their_options(void **state) {
    (void)state;
    struct line line = good(WORDS("semaphore", "slots", "-n", "3", "--", "make", "-n"));

    assert_string_equal(line.type, "semaphore");
    assert_int_equal(line.shell.permits, 3);
    assert_string_equal(line.held_command[1], "-n");
    line_fini(&line);
    line = good(WORDS("rwlock", "--read", "table", "--", "make"));
    assert_string_equal(line.held_name, "table");
    assert_true(line.shell.read);
    line_fini(&line);

    /* An operation's own field goes first. */
    line = good(WORDS("semaphore", "open", "slots", "--permits", "3"));
    assert_int_equal(line.shell.permits, 0);
    line_fini(&line);
}

static void own_commands_have_their_argument(void **state) {
    (void)state;
    struct line line = good(WORDS("ls", "-l", "app/"));
    assert_string_equal(line.command->word, "ls");
    assert_string_equal(line.arguments[0], "app/");
    assert_true(line.shell.detailed);
    line_fini(&line);

    line = good(WORDS("ls"));
    assert_null(line.arguments[0]);
    line_fini(&line);

    line = good(WORDS("stats"));
    assert_true(line.has_op);
    line_fini(&line);
}

static void help_asks_for_nothing_else(void **state) {
    (void)state;
    struct line line = good(WORDS("dict", "set", "--help"));
    assert_true(line.shell.help);
    line_fini(&line);
    line = good(WORDS("-h"));
    assert_true(line.shell.help);
    line_fini(&line);
}

/* One letter left out, added, replaced or exchanged; or two or three in a long word. */
static void words_that_are_nearly_right_get_a_hint(void **state) {
    (void)state;
    static const struct {
        const char *why;
        const char *words[8];
    } rows[] = {
        {"(did you mean dict?)", {"dcit", "get"}},
        {"(did you mean queue?)", {"qeueu", "get"}},
        {"(did you mean who?)", {"hwo"}},
        {"(did you mean stats?)", {"stat"}},
        {"(did you mean semaphore?)", {"semaphor"}},
        {"(did you mean worker?)", {"wroker", "p", "f"}},
        {"(did you mean get?)", {"dict", "gte", "d", "k"}},
        {"(did you mean compare-and-set?)", {"dict", "compare_and_swt"}},
        {"(did you mean put-many?)", {"queue", "putmany"}},
        {"(did you mean release?); to hold the lock", {"lock", "relaese", "l"}},
        {"(did you mean --timeout?)", {"queue", "get", "q", "--timout", "1"}},
        {"(did you mean --json?)", {"--jsn", "ping"}},
        {"(did you mean --fallback?)", {"dict", "get", "d", "k", "--falback=1"}},
        {"(did you mean --must-exist?)", {"dict", "get", "d", "--must-exists"}},
        {"neither a type nor a command", {"zzz"}},
        {"neither a type nor a command", {"x"}},
        {"unknown option --colour", {"ping", "--colour"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct line line;
        struct fault fault;

        bool accepted = read_line(&line, &fault, rows[i].words);

        line_fini(&line);
        bool hinted = strstr(fault.text, "did you mean") != NULL;
        if (accepted || !strstr(fault.text, rows[i].why) ||
            hinted != (strstr(rows[i].why, "did you mean") != NULL)) {
            fail_msg("row %zu: wanted \"%s\", got \"%s\"", i, rows[i].why, fault.text);
        }
    }
}

static void wrong_lines_are_told_why(void **state) {
    (void)state;
    static const struct {
        const char *why;
        const char *words[8];
    } rows[] = {
        {"TYPE is missing", {NULL}},
        {"OP is missing", {"dict"}},
        {"NAME is missing", {"dict", "get"}},
        {"NAME is missing", {"dict", "open"}},
        {"KEY is missing", {"dict", "get", "d"}},
        {"VALUE is missing", {"dict", "set", "d", "k"}},
        {"AMOUNT is missing", {"value", "add", "v", "--floor", "0"}},
        {"'z' is one argument too many", {"dict", "get", "d", "k", "f", "z"}},
        {"'z' is one argument too many", {"event", "open", "e", "z"}},
        {"'5' is one argument too many", {"dict", "keys", "d", "5"}},
        {"'x' is one argument too many", {"ping", "x"}},
        {"'y' is one argument too many", {"who", "x", "y"}},
        {"arguments are missing: holdfast who NAME", {"who"}},
        {"'frob' is neither", {"frob"}},
        {"no operation is called 'frob'", {"dict", "frob", "x"}},
        {"holdfast lock jobs -- COMMAND", {"lock", "jobs"}},
        {"lock NAME -- COMMAND", {"lock", "acquire", "jobs"}},
        {"holdfast semaphore slots -- COMMAND", {"semaphore", "slots"}},
        {"holdfast rwlock NAME -- COMMAND", {"rwlock", "acquire-read", "table"}},
        {"--permits is for: holdfast semaphore", {"lock", "jobs", "-n", "2", "--", "make"}},
        {"--read is for: holdfast rwlock", {"lock", "jobs", "--read", "--", "make"}},
        {"--read is for: holdfast rwlock", {"dict", "get", "d", "k", "--read"}},
        {"'0' is not a whole number of at least 1", {"semaphore", "s", "-n", "0", "--", "make"}},
        {"COMMAND is missing", {"lock", "jobs", "--"}},
        {"NAME is missing", {"lock", "--", "make"}},
        {"unknown option --frob", {"dict", "get", "d", "k", "--frob"}},
        {"unknown option --fallback", {"--fallback", "1", "dict", "get", "d", "k"}},
        {"unknown option --key", {"dict", "get", "d", "k", "--key", "5"}},
        {"unknown option --=", {"--=x", "ping"}},
        {"--timeout needs a value", {"ping", "--timeout"}},
        {"--fallback needs a value", {"dict", "get", "d", "k", "--fallback"}},
        {"takes no value", {"--json=1", "ping"}},
        {"'soon' is not a time", {"--timeout", "soon", "ping"}},
        {"'jobs' is not LOCK:FENCE", {"--guard", "jobs", "ping"}},
        {"is not LOCK:FENCE", {"--guard", ":5", "ping"}},
        {"is not LOCK:FENCE", {"--guard", "jobs:0", "ping"}},
        {"'one' is not a whole number", {"list", "get", "l", "one"}},
        {"is not a whole number", {"list", "get", "l", "9223372036854775808"}},
        {"is not a whole number", {"queue", "open", "q", "--max-items", "-1"}},
        {"is not a whole number", {"dict", "keys", "d", "--limit", "4294967296"}},
        {"'u9' is none of bool, char", {"value", "open", "v", "--kind", "u9"}},
        {"'maybe' is neither true nor false", {"list", "sort", "l", "--reverse=maybe"}},
        {"is given twice", {"list", "sort", "l", "--reverse", "--reverse"}},
        {"is neither KEY=VALUE", {"dict", "update", "d", "x"}},
        {"$ref takes", {"list", "append", "l", "{\"$ref\":0}"}},
        {"neither a type nor a command", {"hello", "1"}},
        {"neither a type nor a command", {"batch"}},
        {"--lines is for: queue put", {"dict", "set", "d", "--lines"}},
        {"--lines is for: queue put", {"ls", "--lines"}},
        {"the values come from standard input", {"queue", "put", "q", "x", "--lines"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct line line;
        struct fault fault;

        bool accepted = read_line(&line, &fault, rows[i].words);

        line_fini(&line);
        if (accepted || !strstr(fault.text, rows[i].why)) {
            fail_msg("row %zu: wanted \"%s\", got \"%s\"", i, rows[i].why, fault.text);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_fill_the_fields_in_order),
        cmocka_unit_test(optional_fields_are_arguments_or_options),
        cmocka_unit_test(a_repeated_field_takes_all_that_is_left),
        cmocka_unit_test(items_add_up),
        cmocka_unit_test(flags_and_choices_are_understood),
        cmocka_unit_test(negative_numbers_are_no_options),
        cmocka_unit_test(letters_are_options_behind_an_operation_too),
        cmocka_unit_test(after_dashes_there_are_no_options),
        cmocka_unit_test(values_are_text_on_demand),
        cmocka_unit_test(numbers_of_values_and_arrays_are_written_in_any_way),
        cmocka_unit_test(files_are_read_only_for_a_value_that_is_stored),
        cmocka_unit_test(lines_make_one_value_many),
        cmocka_unit_test(general_options_stand_anywhere),
        cmocka_unit_test(without_a_timeout_a_call_waits_for_ever),
        cmocka_unit_test(lock_with_dashes_runs_a_command),
        cmocka_unit_test(rwlock_and_semaphore_run_a_command_with_their_options),
        cmocka_unit_test(own_commands_have_their_argument),
        cmocka_unit_test(help_asks_for_nothing_else),
        cmocka_unit_test(words_that_are_nearly_right_get_a_hint),
        cmocka_unit_test(wrong_lines_are_told_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
