/* SPDX-License-Identifier: MIT
 *
 * barrier: four rowers row three strokes. None begins a stroke before all have ended the last one.
 * Between two strokes the last rower to arrive calls the count, while the others still wait. Then
 * the barrier is aborted: a rower that comes later is told so, instead of waiting for the others.
 *
 * Teaches: hf_barrier_open, hf_barrier_wait_action, hf_barrier_abort, HF_BROKEN.
 *
 * Prints:
 *     stroke 1: 4 oars
 *     stroke 2: 8 oars
 *     stroke 3: 12 oars
 *     a wait at the broken barrier: BROKEN
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { ROWERS = 4, STROKES = 3 };

struct boat {
    hf_barrier barrier;
    hf_value oars; /* pulled so far, by all */
    int stroke;
};

/* The action: one rower runs it for each stroke. */
static void call_count(void *argument) {
    const struct boat *boat = argument;
    printf("stroke %d: %" PRId64 " oars\n", boat->stroke, number_of(boat->oars));
    (void)fflush(stdout); /* before another process calls the next stroke */
}

static void row(int number, void *context) {
    (void)number;
    struct boat *boat = context; /* this process's own copy */
    for (boat->stroke = 1; boat->stroke <= STROKES; boat->stroke++) {
        check(hf_value_add(boat->oars, 1, NULL, NULL));
        check(hf_barrier_wait_action(boat->barrier, -1, call_count, boat, NULL));
    }
}

int main(void) {
    hf_client *client = open_client();
    const hf_barrier_options with_action = {.action = true};
    struct boat boat = {.oars = new_counter(client)};
    check(hf_barrier_open(client, NULL, ROWERS, &with_action, &boat.barrier));
    workers_run("rower", ROWERS, row, &boat);

    check(hf_barrier_abort(boat.barrier));
    hf_status status = hf_barrier_wait(boat.barrier, -1, NULL);
    printf("a wait at the broken barrier: %s\n", hf_status_name(status));
    close_client(client);
    return 0;
}
