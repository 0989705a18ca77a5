/* SPDX-License-Identifier: MIT
 *
 * priority_queue: a get takes the item with the lowest number. Patients of equal priority keep the
 * order in which they arrived.
 *
 * Teaches: HF_QUEUE_PRIORITY, hf_queue_put_with, getting until HF_CLOSED.
 *
 * Prints:
 *     heart attack
 *     broken arm
 *     broken leg
 *     cough
 *     hiccups
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

struct patient {
    const char *has;
    int64_t priority;
};

int main(void) {
    static const struct patient patients[] = {
        {"cough", 5}, {"broken arm", 2}, {"hiccups", 9}, {"broken leg", 2}, {"heart attack", 1},
    };
    hf_client *client = open_client();
    const hf_queue_options by_priority = {.order = HF_QUEUE_PRIORITY};
    hf_queue queue;
    check(hf_queue_open(client, NULL, &by_priority, &queue));

    for (size_t i = 0; i < sizeof patients / sizeof patients[0]; i++) {
        const hf_queue_put_options options = {.priority = patients[i].priority};
        check(hf_queue_put_with(queue, hf_any_string(patients[i].has), &options, -1));
    }
    check(hf_queue_close(queue, false)); /* so that the last get does not wait */

    char *patient = NULL;
    hf_status status = HF_OK;
    while ((status = hf_queue_get_string(queue, -1, &patient)) != HF_CLOSED) {
        check(status);
        printf("%s\n", patient);
        free(patient);
    }
    close_client(client);
    return 0;
}
