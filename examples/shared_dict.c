/* SPDX-License-Identifier: MIT
 *
 * shared_dict: a producer writes its measurements into a dict, and a poller, in another process,
 * reads them at any time. hf_dict_update() writes two items that belong together in one step, so
 * the poller never sees one without the other.
 *
 * Teaches: typed setters and getters, hf_dict_update, hf_dict_copy, waiting for a key by polling
 * (if the poller has to see every item, use a queue: work_queue.c).
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { STEPS = 20 };

static void measure(int number, void *context) {
    (void)number;
    const hf_dict *station = context;
    check(hf_dict_set_string(*station, "name", "roof"));
    for (int step = 1; step <= STEPS; step++) {
        const hf_any_item reading[] = {
            {hf_any_string("step"), hf_any_int(step)},
            {hf_any_string("temperature"), hf_any_double(20.0 + 0.1 * step)},
        };
        check(hf_dict_update(*station, reading, 2));
        pause_ms(2);
    }
    check(hf_dict_set_bool(*station, "done", true));
}

/* Get the int under `key`, or 0 while there is none yet. */
static int64_t int_under(hf_dict dict, const char *key) {
    int64_t value = 0;
    hf_status status = hf_dict_get_int(dict, key, &value);
    if (status != HF_KEY_ERROR) {
        check(status);
    }
    return value;
}

static int64_t poll_until_done(hf_dict station) {
    int64_t seen = 0;
    for (bool done = false; !done;) {
        check(hf_dict_contains(station, "done", &done));
        int64_t step = int_under(station, "step");
        if (step != seen) {
            printf("step %" PRId64 "\n", step);
        }
        seen = step;
        pause_ms(10);
    }
    return seen;
}

static void show_item(const hf_any_item *item) {
    const hf_any *value = &item->value;
    printf("  %.*s = ", (int)item->key.len, item->key.string);
    if (value->kind == HF_ANY_STRING) {
        printf("%.*s\n", (int)value->len, value->string);
    } else if (value->kind == HF_ANY_INT) {
        printf("%" PRId64 "\n", value->as_int);
    } else if (value->kind == HF_ANY_DOUBLE) {
        printf("%.1f\n", value->as_double);
    } else {
        printf("%s\n", value->as_bool ? "true" : "false");
    }
}

int main(void) {
    hf_client *client = open_client();
    hf_dict station;
    check(hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &station));

    struct workers producer;
    workers_start(&producer, "producer", 1, measure, &station);
    int64_t seen = poll_until_done(station);
    workers_wait(&producer);

    hf_any all; /* a map of all items, in the order in which the keys were first set */
    check(hf_dict_copy(station, &all));
    for (size_t i = 0; i < all.len; i++) {
        show_item(&all.pairs[i]);
    }
    hf_any_clear(&all);
    printf("the last step seen is %" PRId64 "\n", seen);
    close_client(client);
    return seen == STEPS ? 0 : 1;
}
