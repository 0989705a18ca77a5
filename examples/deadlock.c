/* SPDX-License-Identifier: MIT
 *
 * deadlock: Ada has the fork and wants the knife, Bob has the knife and wants the fork. With plain
 * locks both would wait for ever. Here the acquire that would close the cycle is refused at once,
 * and hf_last_detail() says who holds what and waits for what.
 *
 * The way out: the process that is refused releases its lock and tries again. The way to avoid it:
 * each process acquires both locks in one step, named in any order; a process that holds nothing
 * while it waits cannot be part of a cycle. (Or all acquire the locks in the same order: first the
 * fork, then the knife.)
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
 *     both at once: 200 meals, no deadlock
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
    (void)fflush(stdout); /* before the other one eats */
    check(hf_lock_release(table->knife));
    check(hf_lock_release(table->fork));
}

static void bob_waits(int number, void *context) {
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

static void bob_takes_both(int number, void *context) {
    (void)number;
    const struct table *table = context;
    eat_often(table->knife, table->fork);
}

/* Wait until somebody waits for the lock, so that each run is the same. */
static void await_waiter(hf_lock lock) {
    for (uint64_t waiting = 0; waiting == 0;) {
        hf_description description;
        check(hf_object_describe(HF_OBJECT(lock), &description));
        waiting = description.waiting;
        hf_description_clear(&description);
    }
}

/* Print a line for each process of the cycle. */
static void show_cycle(hf_status status) {
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
    struct workers other;
    workers_start(&other, "Bob", 1, bob_waits, &table);
    check(hf_event_wait(table.bob_has_knife, -1));
    await_waiter(table.fork);

    show_cycle(hf_lock_acquire(table.knife, -1, NULL)); /* refused at once, despite the -1 */
    printf("Ada puts the fork down\n");
    (void)fflush(stdout);
    check(hf_lock_release(table.fork));

    check(hf_lock_acquire(table.fork, -1, NULL));
    check(hf_lock_acquire(table.knife, -1, NULL));
    eat(&table, "Ada");
    workers_wait(&other);

    workers_start(&other, "Bob", 1, bob_takes_both, &table);
    eat_often(table.fork, table.knife);
    workers_wait(&other);
    printf("both at once: %d meals, no deadlock\n", 2 * MEALS);
    close_client(client);
    return 0;
}
