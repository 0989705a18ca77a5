/* SPDX-License-Identifier: MIT
 *
 * barrier: four rowers row three strokes. None begins a stroke before all have ended the last one.
 * Between two strokes the last to arrive calls the count, while the others still wait. Then the
 * barrier is aborted: who comes is told, instead of waiting for those who do not come any more.
 *
 * Teaches: hf_barrier_open, hf_barrier_wait_action, hf_barrier_abort, HF_BROKEN.
 *
 * Prints:
 *     stroke 1: 4 oars
 *     stroke 2: 8 oars
 *     stroke 3: 12 oars
 *     a wait when it is broken: BROKEN
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

/* Run by one rower for each stroke. */
static void call_count(void *argument) {
    const struct boat *boat = argument;
    int64_t oars = 0;
    check(hf_value_get(boat->oars, &oars));
    printf("stroke %d: %" PRId64 " oars\n", boat->stroke, oars);
    (void)fflush(stdout); /* before the next stroke is called, by another process */
}

static void row(int number, void *context) {
    (void)number;
    struct boat *boat = context; /* each process has its own copy */
    for (boat->stroke = 1; boat->stroke <= STROKES; boat->stroke++) {
        check(hf_value_add(boat->oars, 1, NULL, NULL));
        check(hf_barrier_wait_action(boat->barrier, -1, call_count, boat, NULL));
    }
}

int main(void) {
    hf_client *client = open_client();
    const hf_barrier_options with_action = {.action = true};
    struct boat boat = {.stroke = 0};
    check(hf_barrier_open(client, NULL, ROWERS, &with_action, &boat.barrier));
    check(hf_value_open(client, NULL, HF_I64, 0, &boat.oars));

    struct crew rowers;
    crew_start(&rowers, "rower", ROWERS, row, &boat);
    crew_wait(&rowers);

    check(hf_barrier_abort(boat.barrier));
    hf_status status = hf_barrier_wait(boat.barrier, -1, NULL);
    printf("a wait when it is broken: %s\n", hf_status_name(status));
    close_client(client);
    return 0;
}
