/* SPDX-License-Identifier: MIT
 *
 * deadlock: Ada has the fork and wants the knife, Bob has the knife and wants the fork. With plain
 * locks both would wait for ever. Here the acquire that would close the circle is refused at once,
 * and hf_last_detail() says who holds what and waits for what.
 *
 * The way out: whoever is refused gives back what it has, and tries again. The way round it: to
 * acquire both in one step, in whatever order they are named; who has nothing while it waits closes
 * no circle. (Or all acquire in the same order: first the fork, then the knife.)
 *
 * Teaches: HF_DEADLOCK, hf_last_detail, hf_lock_acquire_many, hf_object_describe, hf_set_label.
 *
 * Prints:
 *     DEADLOCK
 *       Ada (process PID) holds "fork" and waits for "knife"
 *       Bob (process PID) holds "knife" and waits for "fork"
 *     Ada puts the fork down
 *     Bob eats
 *     Ada eats
 *     both at once: 200 meals, no circle
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

enum { MEALS = 100 };

struct table {
    hf_lock fork;
    hf_lock knife;
    hf_event bob_has_knife;
};

static void eat(const struct table *table, const char *who) {
    printf("%s eats\n", who);
    (void)fflush(stdout); /* before the next one does */
    check(hf_lock_release(table->knife));
    check(hf_lock_release(table->fork));
}

static void bob(int number, void *context) {
    (void)number;
    const struct table *table = context;
    check(hf_lock_acquire(table->knife, -1, NULL));
    check(hf_event_set(table->bob_has_knife));
    check(hf_lock_acquire(table->fork, -1, NULL));
    eat(table, "Bob");
}

static void eat_often(hf_lock first, hf_lock second) {
    const hf_lock both[] = {first, second};
    for (int meal = 0; meal < MEALS; meal++) {
        check(hf_lock_acquire_many(both, 2, -1, NULL));
        check(hf_lock_release(first));
        check(hf_lock_release(second));
    }
}

static void bob_again(int number, void *context) {
    (void)number;
    const struct table *table = context;
    eat_often(table->knife, table->fork);
}

/* So that the run is the same each time; a program would not ask. */
static void await_waiter(hf_lock lock) {
    for (uint64_t waiting = 0; waiting == 0;) {
        hf_description description;
        check(hf_object_describe(HF_OBJECT(lock), &description));
        waiting = description.waiting;
        hf_description_clear(&description);
    }
}

/* One line for each who is part of the circle. */
static void explain(hf_status status) {
    printf("%s\n", hf_status_name(status));
    for (const char *step = hf_last_detail(); *step; step += strspn(step, "; ")) {
        size_t len = strcspn(step, ";");
        printf("  %.*s\n", (int)len, step);
        step += len;
    }
}

int main(void) {
    hf_set_label("Ada");
    hf_client *client = open_client();
    struct table table;
    check(hf_lock_open(client, "fork", NULL, &table.fork));
    check(hf_lock_open(client, "knife", NULL, &table.knife));
    check(hf_event_open(client, NULL, HF_OPEN_OR_CREATE, &table.bob_has_knife));

    check(hf_lock_acquire(table.fork, -1, NULL));
    struct crew other;
    crew_start(&other, "Bob", 1, bob, &table);
    check(hf_event_wait(table.bob_has_knife, -1));
    await_waiter(table.fork);

    explain(hf_lock_acquire(table.knife, -1, NULL)); /* at once, though it may wait for ever */
    printf("Ada puts the fork down\n");
    (void)fflush(stdout);
    check(hf_lock_release(table.fork));

    check(hf_lock_acquire(table.fork, -1, NULL));
    check(hf_lock_acquire(table.knife, -1, NULL));
    eat(&table, "Ada");
    crew_wait(&other);

    crew_start(&other, "Bob", 1, bob_again, &table);
    eat_often(table.fork, table.knife);
    crew_wait(&other);
    printf("both at once: %d meals, no circle\n", 2 * MEALS);
    close_client(client);
    return 0;
}
