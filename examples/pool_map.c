/* SPDX-License-Identifier: MIT
 *
 * pool_map: four worker processes compute the squares of 1 to 100, in chunks, so that 100 small
 * calls are few messages. The results come in the order of the numbers, whichever worker has
 * computed them. The other examples of pools start and end theirs by helpers (support.h).
 *
 * Teaches: hf_pool_start, hf_pool_map, hf_pool_close, hf_pool_join.
 *
 * Prints:
 *     1 4 9 16 25 ... 10000
 *     their sum is 338350
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { NUMBERS = 100 };

static hf_status square(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "square() takes one int");
    }
    *result = hf_any_int(arguments[0].as_int * arguments[0].as_int);
    return HF_OK;
}

static const hf_function functions[] = {{"square", square}};

int main(void) {
    hf_client *client = open_client();
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = 1;
    options.most = 4;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    hf_any numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        numbers[i] = hf_any_int(i + 1);
    }
    hf_any_array squares;
    check(hf_pool_map(pool, "square", numbers, NUMBERS, NULL, -1, &squares));

    int64_t sum = 0;
    for (size_t i = 0; i < squares.len; i++) {
        sum += squares.items[i].as_int;
        if (i < 5) {
            printf("%" PRId64 " ", squares.items[i].as_int);
        }
    }
    printf("... %" PRId64 "\n", squares.items[squares.len - 1].as_int);
    printf("their sum is %" PRId64 "\n", sum);
    hf_any_array_clear(&squares);

    check(hf_pool_close(pool));
    check(hf_pool_join(pool, -1));
    hf_pool_free(pool);
    close_client(client);
    return 0;
}
