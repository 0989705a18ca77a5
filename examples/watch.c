/* SPDX-License-Identifier: MIT
 *
 * watch: a dashboard that shows the changes in a shop, and who made them, as they are made. The
 * worker does not know of it, and dies while it holds the lock of the till. A second watch keeps
 * less and is read late; its reader is told how many changes it has missed.
 *
 * Teaches: hf_watch_open, hf_watch_next, hf_changes_clear.
 *
 * Prints:
 *     1 worker: dict_open shop/stock
 *     2 worker: dict_set shop/stock key=apples value=3
 *     3 worker: lock_open shop/till
 *     4 worker: lock_acquire shop/till
 *     5 worker: dict_add shop/stock key=apples amount=-1
 *     6 worker: HOLDER_DIED shop/till
 *     the late reader has missed 4 changes
 *     5 worker: dict_add shop/stock key=apples amount=-1
 *     6 worker: HOLDER_DIED shop/till
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void sell_an_apple(int number, void *context) {
    (void)number;
    hf_client *client = context;
    hf_dict stock;
    hf_lock till;
    check(hf_dict_open(client, "shop/stock", HF_OPEN_OR_CREATE, &stock));
    check(hf_dict_set_int(stock, "apples", 3));
    check(hf_lock_open(client, "shop/till", NULL, &till));
    check(hf_lock_acquire(till, -1, NULL));
    check(hf_dict_add_int(stock, "apples", -1, NULL, NULL));
} /* it never releases the lock */

/* Print an argument by its name, unless it only tells an open what to open. */
static void show_argument(const hf_any_item *argument) {
    const char *name = argument->key.string;
    if (strcmp(name, "name") == 0 || strcmp(name, "mode") == 0) {
        return;
    }
    if (argument->value.kind == HF_ANY_INT) {
        printf(" %s=%" PRId64, name, argument->value.as_int);
    } else if (argument->value.kind == HF_ANY_STRING) {
        printf(" %s=%s", name, argument->value.string);
    }
}

static void show_change(const hf_change *change) {
    printf("%" PRIu64 " %s: %s %s", change->number, change->label,
           change->op ? change->op : hf_cause_name(change->cause), change->name);
    for (size_t i = 0; change->op && i < change->arguments.len; i++) {
        show_argument(&change->arguments.pairs[i]);
    }
    printf("\n");
}

/* Print all new changes. Returns whether the worker has died. */
static bool show_next(hf_watch watch, uint64_t *after) {
    hf_changes changes;
    bool died = false;
    check(hf_watch_next(watch, after, 0, -1, &changes));
    if (changes.missed > 0) {
        printf("the late reader has missed %" PRIu64 " changes\n", changes.missed);
    }
    for (size_t i = 0; i < changes.len; i++) {
        show_change(&changes.items[i]);
        died = died || changes.items[i].cause == HF_CAUSE_HOLDER_DIED;
    }
    hf_changes_clear(&changes);
    return died;
}

int main(void) {
    hf_client *client = open_client();
    const hf_watch_options all = {.prefix = "shop/"};
    const hf_watch_options two = {.prefix = "shop/", .max_changes = 2};
    hf_watch dashboard;
    hf_watch late;
    uint64_t shown = 0;
    uint64_t shown_late = 0;
    check(hf_watch_open(client, NULL, &all, &dashboard));
    check(hf_watch_open(client, NULL, &two, &late));

    struct workers workers;
    workers_start(&workers, "worker", 1, sell_an_apple, client);
    while (!show_next(dashboard, &shown)) {
    }
    workers_wait(&workers);
    (void)show_next(late, &shown_late);

    close_client(client);
    return 0;
}
