/* SPDX-License-Identifier: MIT
 *
 * Replies as people and as programs read them.
 */
#include "parse.h"
#include "print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static Hf__Any *value(const char *word) {
    struct fault fault = {""};
    Hf__Any *any = parse_word(word, PARSE_VALUE, &fault);
    assert_non_null(any);
    return any;
}

static Hf__Reply reply_with(Hf__Reply__ResultCase result) {
    Hf__Reply reply = HF__REPLY__INIT;
    reply.has_id = true;
    reply.id = 7;
    reply.result_case = result;
    return reply;
}

static void assert_shows(const Hf__Reply *reply, const char *text, const char *json) {
    char *shown[2] = {NULL, NULL};
    size_t len[2] = {0, 0};
    FILE *out = open_memstream(&shown[0], &len[0]);
    print_result(out, reply);
    (void)fclose(out);
    out = open_memstream(&shown[1], &len[1]);
    print_json_line(out, print_json(reply));
    (void)fclose(out);
    assert_string_equal(shown[0], text);
    assert_string_equal(shown[1], json);
    free(shown[0]);
    free(shown[1]);
}

static void values_are_plain(void **state) {
    (void)state;
    static const struct {
        const char *word, *text, *json;
    } rows[] = {
        {"red", "red\n", "\"red\""},
        {"\"5\"", "5\n", "\"5\""},
        {"\"a\\nb\"", "a\nb\n", "\"a\\nb\""},
        {"5", "5\n", "5"},
        {"0.1", "0.1\n", "0.1"},
        {"true", "true\n", "true"},
        {"null", "null\n", "null"},
        {"{\"$bytes\":\"YWI=\"}", "ab", "{\"$bytes\":\"YWI=\"}"},
        {"{\"$ref\":7}", "#7\n", "{\"$ref\":7}"},
        {"[1,\"a\",[2],\"b\\tc\"]", "1\na\n[2]\n\"b\\tc\"\n", "[1,\"a\",[2],\"b\\tc\"]"},
        {"[]", "", "[]"},
        {"{\"$tuple\":[1,[2]]}", "1\n[2]\n", "{\"$tuple\":[1,[2]]}"},
        {"99999999999999999999", "99999999999999999999\n", "99999999999999999999"},
        {"[99999999999999999999,{\"$tuple\":[1]}]", "99999999999999999999\n{\"$tuple\":[1]}\n",
         "[99999999999999999999,{\"$tuple\":[1]}]"},
        {"{\"$opaque\":\"t\",\"bytes\":\"YWI=\"}", "{\"$opaque\":\"t\",\"bytes\":\"YWI=\"}\n",
         "{\"$opaque\":\"t\",\"bytes\":\"YWI=\"}"},
        {"{\"a\":1,\"b\":{\"c\":null}}", "a\t1\nb\t{\"c\":null}\n", "{\"a\":1,\"b\":{\"c\":null}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char json[256];
        Hf__Reply reply = reply_with(HF__REPLY__RESULT_VALUE);
        reply.value = value(rows[i].word);
        (void)snprintf(json, sizeof json, "{\"status\":\"OK\",\"value\":%s}\n", rows[i].json);

        assert_shows(&reply, rows[i].text, json);

        hf__any__free_unpacked(reply.value, NULL);
    }
}

/* As protobuf-c decodes them; the sanitizer sees a function that is given no memory. */
static void empty_texts_have_no_memory(void **state) {
    (void)state;
    Hf__Any any = HF__ANY__INIT;
    Hf__Reply reply = reply_with(HF__REPLY__RESULT_VALUE);
    reply.value = &any;

    any.kind_case = HF__ANY__KIND_STRING;
    any.string = (ProtobufCBinaryData){.len = 0, .data = NULL};
    assert_shows(&reply, "\n", "{\"status\":\"OK\",\"value\":\"\"}\n");

    any.kind_case = HF__ANY__KIND_BYTES;
    any.bytes = (ProtobufCBinaryData){.len = 0, .data = NULL};
    assert_shows(&reply, "", "{\"status\":\"OK\",\"value\":{\"$bytes\":\"\"}}\n");
}

static void counts_and_truths_are_one_word(void **state) {
    (void)state;
    Hf__Reply count = reply_with(HF__REPLY__RESULT_COUNT);
    count.count = 18446744073709551615u;
    Hf__Reply truth = reply_with(HF__REPLY__RESULT_TRUTH);
    truth.truth = true;

    print_result(stdout, &count);
    assert_shows(&truth, "true\n", "{\"status\":\"OK\",\"truth\":true}\n");
}

static void a_reply_without_a_result_prints_nothing(void **state) {
    (void)state;
    Hf__Reply reply = reply_with(HF__REPLY__RESULT__NOT_SET);
    char detail[] = "no key \"x\"";
    reply.status = HF__STATUS__KEY_ERROR;
    reply.detail = detail;

    assert_shows(&reply, "", "{\"status\":\"KEY_ERROR\",\"detail\":\"no key \\\"x\\\"\"}\n");
}

static void an_item_is_a_key_and_a_value(void **state) {
    (void)state;
    Hf__Item item = HF__ITEM__INIT;
    Hf__Reply reply = reply_with(HF__REPLY__RESULT_ITEM);
    item.key = value("a");
    item.value = value("1");
    reply.item = &item;

    assert_shows(&reply, "a\t1\n", "{\"status\":\"OK\",\"item\":{\"key\":\"a\",\"value\":1}}\n");

    hf__any__free_unpacked(item.key, NULL);
    hf__any__free_unpacked(item.value, NULL);
}

static void a_page_is_its_columns_side_by_side(void **state) {
    (void)state;
    Hf__Page page = HF__PAGE__INIT;
    Hf__Any *keys[] = {value("a"), value("2")};
    Hf__Any *values[] = {value("x y"), value("[1]")};
    Hf__Reply reply = reply_with(HF__REPLY__RESULT_PAGE);
    page.keys = keys;
    page.n_keys = 2;
    page.has_next = true;
    page.next = 9;
    reply.page = &page;

    assert_shows(&reply, "a\n2\n",
                 "{\"status\":\"OK\",\"page\":{\"keys\":[\"a\",2],\"values\":[],\"next\":9}}\n");
    page.values = values;
    page.n_values = 2;
    page.has_next = false;
    assert_shows(&reply, "a\tx y\n2\t[1]\n",
                 "{\"status\":\"OK\",\"page\":{\"keys\":[\"a\",2],\"values\":[\"x y\",[1]]}}\n");

    for (size_t i = 0; i < 2; i++) {
        hf__any__free_unpacked(keys[i], NULL);
        hf__any__free_unpacked(values[i], NULL);
    }
}

static void a_listing_is_a_table(void **state) {
    (void)state;
    char name[] = "jobs\x1b";
    Hf__Entry entry = HF__ENTRY__INIT;
    Hf__Entry *entries[] = {&entry};
    Hf__Listing listing = HF__LISTING__INIT;
    Hf__Reply reply = reply_with(HF__REPLY__RESULT_LISTING);
    entry.name = name;
    entry.id = 5;
    entry.type = HF__TYPE__LOCK;
    listing.entries = entries;
    listing.n_entries = 1;
    reply.listing = &listing;

    assert_shows(&reply, "\"jobs\\u001B\"\t5\tlock\n",
                 "{\"status\":\"OK\",\"listing\":{\"entries\":[{\"name\":\"jobs\\u001B\",\"id\":5,"
                 "\"type\":\"lock\"}]}}\n");
}

static void a_report_has_a_line_for_each_fact(void **state) {
    (void)state;
    char label[] = "worker 1";
    Hf__Holder died = HF__HOLDER__INIT;
    Hf__Grant grant = HF__GRANT__INIT;
    Hf__Reply reply = reply_with(HF__REPLY__RESULT_GRANT);
    died.session = 3;
    died.label = label;
    grant.fence = 9;
    grant.died = &died;
    reply.status = HF__STATUS__OWNER_DIED;
    reply.grant = &grant;

    assert_shows(&reply, "fence\t9\ndied\t{\"session\":3,\"label\":\"worker 1\"}\n",
                 "{\"status\":\"OWNER_DIED\",\"grant\":{\"fence\":9,\"died\":{\"session\":3,"
                 "\"label\":\"worker 1\"}}}\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_plain),
        cmocka_unit_test(empty_texts_have_no_memory),
        cmocka_unit_test(counts_and_truths_are_one_word),
        cmocka_unit_test(a_reply_without_a_result_prints_nothing),
        cmocka_unit_test(an_item_is_a_key_and_a_value),
        cmocka_unit_test(a_page_is_its_columns_side_by_side),
        cmocka_unit_test(a_listing_is_a_table),
        cmocka_unit_test(a_report_has_a_line_for_each_fact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
