/* SPDX-License-Identifier: MIT
 *
 * pool_sync: one call after the other, each waited for. A caller sees an error of the function as
 * its status and its words, wherever the function ran.
 *
 * Teaches: hf_pool_apply, hf_task_fail, hf_last_detail.
 *
 * Prints:
 *     7 / 2 = 3.5
 *     1 / 4 = 0.25
 *     1 / 0: TASK_FAILED: cannot divide 1 by zero
 *     no such function: TASK_FAILED
 */
#include "support.h"

#include <stdio.h>

static hf_status divide(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 2 || arguments[0].kind != HF_ANY_DOUBLE || arguments[1].kind != HF_ANY_DOUBLE) {
        return hf_task_fail(task, "divide() takes two numbers");
    }
    if (arguments[1].as_double == 0) {
        return hf_task_fail(task, "cannot divide %g by zero", arguments[0].as_double);
    }
    *result = hf_any_double(arguments[0].as_double / arguments[1].as_double);
    return HF_OK;
}

static const hf_function functions[] = {{"divide", divide}};

static void show_quotient(hf_pool *pool, double a, double b) {
    const hf_any arguments[] = {hf_any_double(a), hf_any_double(b)};
    hf_any quotient;
    hf_status status = hf_pool_apply(pool, "divide", arguments, 2, NULL, -1, &quotient);
    if (status == HF_OK) {
        printf("%g / %g = %g\n", a, b, quotient.as_double);
    } else {
        printf("%g / %g: %s: %s\n", a, b, hf_status_name(status), hf_last_detail());
    }
}

int main(void) {
    hf_client *client = open_client();
    const hf_pool_options options = pool_options(functions, 1, 2);
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    show_quotient(pool, 7, 2);
    show_quotient(pool, 1, 4);
    show_quotient(pool, 1, 0);
    hf_status status = hf_pool_apply(pool, "multiply", NULL, 0, NULL, -1, NULL);
    printf("no such function: %s\n", hf_status_name(status));

    end_pool(pool);
    close_client(client);
    return 0;
}
