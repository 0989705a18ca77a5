/* SPDX-License-Identifier: MIT
 *
 * shared_list: Python's list, shared. Five runners, each a process, append their results. Then the
 * manager sorts the list, and the program reads slices of it.
 *
 * Teaches: hf_list_append_any with a nested value, hf_list_sort, hf_slice, negative indexes,
 * releasing what a call gave back.
 */
#include "support.h"

#include <stdio.h>

enum { RUNNERS = 5 };

static void append_result(int number, void *context) {
    static const char *const names[RUNNERS] = {"Ada", "Bo", "Cleo", "Dan", "Eve"};
    static const double seconds[RUNNERS] = {12.4, 11.9, 13.1, 12.0, 11.5};
    const hf_list *results = context;

    /* A value can be a list: [seconds, name]. Lists sort by their first items, as in Python. */
    hf_any result[] = {hf_any_double(seconds[number]), hf_any_string(names[number])};
    check(hf_list_append_any(*results, hf_any_list(result, 2)));
}

static void show_result(const hf_any *result) {
    const hf_any *name = &result->items[1];
    printf("  %.1f s  %.*s\n", result->items[0].as_double, (int)name->len, name->string);
}

int main(void) {
    hf_client *client = open_client();
    hf_list results;
    check(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &results));

    workers_run("runner", RUNNERS, append_result, &results);
    check(hf_list_sort(results, false));

    /* results[:3] */
    hf_any_array podium;
    check(hf_list_get_slice(results, (hf_slice){HF_SLICE_OPEN, 3, 1}, &podium));
    printf("the first three:\n");
    for (size_t i = 0; i < podium.len; i++) {
        show_result(&podium.items[i]);
    }
    hf_any_array_clear(&podium);

    /* results[-1] */
    hf_any last;
    check(hf_list_get_any(results, -1, &last));
    printf("the last:\n");
    show_result(&last);
    hf_any_clear(&last);

    uint64_t len = 0;
    check(hf_list_len(results, &len));
    printf("%llu runners\n", (unsigned long long)len);
    close_client(client);
    return len == RUNNERS ? 0 : 1;
}
