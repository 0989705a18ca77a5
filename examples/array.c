/* SPDX-License-Identifier: MIT
 *
 * array: numbers of one C kind, in an array of a fixed length. Four players, each a process, roll
 * dice and count in one array how often each face came; no lock is needed, since an addition is one
 * step. Then a number that does not fit a byte is refused.
 *
 * Teaches: hf_array_open with a kind, hf_array_add, a slice in one round trip, HF_OUT_OF_RANGE.
 *
 * Prints:
 *     1 came 163 times
 *     2 came 181 times
 *     3 came 172 times
 *     4 came 151 times
 *     5 came 175 times
 *     6 came 158 times
 *     1000 rolls
 *     255 and 256 into two bytes: OUT_OF_RANGE, the first is still 0
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { PLAYERS = 4, ROLLS = 250, FACES = 6 };

/* Roll dice that fall the same way in every run. */
static int roll(uint32_t *dice) {
    *dice = *dice * 1664525U + 1013904223U;
    return (int)((*dice >> 16) % FACES);
}

static void roll_dice(int number, void *context) {
    const hf_array *counts = context;
    uint32_t dice = (uint32_t)number;
    for (int i = 0; i < ROLLS; i++) {
        check(hf_array_add(*counts, roll(&dice), 1, NULL, NULL));
    }
}

static void show_counts(hf_array counts) {
    int64_t sum = 0;
    hf_any_array numbers;
    check(hf_array_get_slice(counts, HF_SLICE_ALL, &numbers));
    for (size_t i = 0; i < numbers.len; i++) {
        printf("%zu came %" PRId64 " times\n", i + 1, numbers.items[i].as_int);
        sum += numbers.items[i].as_int;
    }
    printf("%" PRId64 " rolls\n", sum);
    hf_any_array_clear(&numbers);
}

int main(void) {
    hf_client *client = open_client();
    hf_array counts;
    check(hf_array_open(client, NULL, HF_U32, FACES, HF_OPEN_OR_CREATE, &counts));
    workers_run("player", PLAYERS, roll_dice, &counts);
    show_counts(counts);

    /* A slice is set as a whole, or not at all. */
    hf_array bytes;
    const hf_any brighter[] = {hf_any_int(255), hf_any_int(256)};
    int64_t first = 0;
    check(hf_array_open(client, NULL, HF_U8, 2, HF_OPEN_OR_CREATE, &bytes));
    hf_status status = hf_array_set_slice(bytes, HF_SLICE_ALL, brighter, 2);
    check(hf_array_get(bytes, 0, &first));
    printf("255 and 256 into two bytes: %s, the first is still %" PRId64 "\n",
           hf_status_name(status), first);
    close_client(client);
    return 0;
}
