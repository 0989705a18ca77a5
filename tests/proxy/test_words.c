/* SPDX-License-Identifier: MIT
 *
 * hf_perror(): a line on standard error about a call.
 */
#include "real.h"

#include <errno.h>

/* The output of hf_perror(). */
static char line[4096];

static const char *printed(const char *what, hf_status status) {
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    assert_int_not_equal(kept, -1);
    assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
    hf_perror(what, status);
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    rewind(file);
    line[fread(line, 1, sizeof line - 1, file)] = 0;
    assert_int_equal(fclose(file), 0);
    assert_int_equal(close(kept), 0);
    return line;
}

static void a_refusal_is_told_with_its_words(void **state) {
    hf_dict dict = new_dict();
    (void)state;

    hf_status status = hf_dict_delete(dict, "colour");

    assert_string_equal(printed("shop", status), "shop: no key \"colour\" (KEY_ERROR)\n");
    assert_string_equal(printed(NULL, status), "no key \"colour\" (KEY_ERROR)\n");
    assert_string_equal(printed("", status), "no key \"colour\" (KEY_ERROR)\n");
    assert_string_equal(printed("100%s", status), "100%s: no key \"colour\" (KEY_ERROR)\n");
}

static void a_status_without_words_is_told_by_its_text(void **state) {
    (void)state;
    hf_dict dict = new_dict();
    assert_ok(hf_dict_set_int(dict, "n", 1)); /* leaves no words */
    assert_string_equal(printed("a", HF_TIMEOUT), "a: timed out; nothing changed (TIMEOUT)\n");
    assert_string_equal(printed("a", HF_OK), "a: done (OK)\n");

    hf_status status = hf_dict_delete(dict, "m");
    assert_int_equal(status, HF_KEY_ERROR);
    assert_string_equal(printed("a", HF_OK), "a: done (OK)\n"); /* they are of the other call */
}

static void without_standard_error_nothing_happens(void **state) {
    hf_dict dict = new_dict();
    int64_t number = 0;
    (void)state;
    int kept = dup(STDERR_FILENO);
    assert_int_not_equal(kept, -1);
    assert_int_equal(close(STDERR_FILENO), 0);

    hf_status status = hf_dict_get_int(dict, "n", &number);
    errno = ENOENT;
    hf_perror("closed", status);
    int error = errno;
    hf_status next = hf_dict_set_int(dict, "n", 1);

    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(kept), 0);
    assert_int_equal(status, HF_KEY_ERROR);
    assert_int_equal(error, ENOENT);
    assert_int_equal(next, HF_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_told_with_its_words),
        cmocka_unit_test(a_status_without_words_is_told_by_its_text),
        cmocka_unit_test(without_standard_error_nothing_happens),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
