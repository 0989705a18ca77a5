/* SPDX-License-Identifier: MIT
 *
 * wait_any: wait for a job, an order or the end, whichever comes first. Exactly one of the calls is
 * done: a job that is not chosen stays in the queue. If several calls could be done, the one
 * written first is.
 *
 * Teaches: hf_wait_any_begin, hf_wait_any_finish.
 *
 * Prints:
 *     nothing yet: TIMEOUT
 *     job 1
 *     job 2
 *     order: faster
 *     job 3
 *     the end
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { JOB, ORDER, END };

struct office {
    hf_client *client;
    hf_queue jobs;
    hf_queue orders;
    hf_event end;
};

static hf_status wait_for_next(const struct office *office, int64_t timeout_ms, size_t *which,
                               int64_t *job, char **order) {
    check(hf_wait_any_begin(office->client));
    HF_COLLECT(hf_queue_get_int(office->jobs, 0, job)); /* the finish writes the outputs */
    HF_COLLECT(hf_queue_get_string(office->orders, 0, order));
    HF_COLLECT(hf_event_wait(office->end, 0));
    return hf_wait_any_finish(office->client, timeout_ms, which);
}

static void serve_office(int number, void *context) {
    (void)number;
    const struct office *office = context;
    for (size_t which = JOB; which != END;) {
        int64_t job = 0;
        char *order = NULL;
        check(wait_for_next(office, -1, &which, &job, &order));
        if (which == JOB) {
            printf("job %" PRId64 "\n", job);
            check(hf_queue_task_done(office->jobs, 1));
        } else if (which == ORDER) {
            printf("order: %s\n", order);
            check(hf_queue_task_done(office->orders, 1));
            free(order);
        } else {
            printf("the end\n");
        }
    }
}

int main(void) {
    struct office office = {.client = open_client()};
    check(hf_queue_open(office.client, NULL, NULL, &office.jobs));
    check(hf_queue_open(office.client, NULL, NULL, &office.orders));
    check(hf_event_open(office.client, NULL, HF_OPEN_OR_CREATE, &office.end));

    size_t which = 0;
    int64_t job = 0;
    char *order = NULL;
    printf("nothing yet: %s\n", hf_status_name(wait_for_next(&office, 10, &which, &job, &order)));

    struct workers workers;
    workers_start(&workers, "worker", 1, serve_office, &office);
    check(hf_queue_put_int(office.jobs, 1, -1));
    check(hf_queue_put_int(office.jobs, 2, -1));
    check(hf_queue_join(office.jobs, -1)); /* so that each run is the same */
    check(hf_queue_put_string(office.orders, "faster", -1));
    check(hf_queue_join(office.orders, -1));
    check(hf_queue_put_int(office.jobs, 3, -1));
    check(hf_event_set(office.end));
    workers_wait(&workers);
    close_client(office.client);
    return 0;
}
