/* SPDX-License-Identifier: MIT
 *
 * config_reload: three services, whose settings are changed while they run. The settings are a
 * dict. Each service watches it, and waits for a change or a request, whichever comes first. It
 * asks for the change first, so a request that was made after a change is served with the new
 * settings.
 *
 * A service opens the watch before it reads the settings, so that no change falls between the two.
 * The settings are changed and read in one step each, so nobody has one new and one old. A service
 * may see only the last of several changes. So the program that makes a change checks it.
 *
 * Teaches: hf_watch_open, hf_watch_next, hf_wait_any_begin, hf_dict_update, hf_dict_copy.
 *
 * Prints:
 *     hello Ada
 *     good day, good day Bob
 *     0 times make no sense: the settings stay as they are
 *     good day, good day Cyd
 *     no more requests: the services end
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVICES = 3, GREETING_BYTES = 64, ANSWER_BYTES = 1024, TIMES_MAX = 5 };
enum { CHANGE, REQUEST };

struct house {
    hf_client *client;
    hf_dict config;
    hf_queue requests;
    hf_queue answers;
};

struct settings {
    char greeting[GREETING_BYTES];
    int64_t times;
};

/* ---- a service ---- */

static void read_settings(const struct house *house, struct settings *settings) {
    hf_any map;
    check(hf_dict_copy(house->config, &map));
    for (size_t i = 0; i < map.len; i++) {
        const hf_any_item *item = &map.pairs[i];
        if (strcmp(item->key.string, "greeting") == 0) {
            (void)snprintf(settings->greeting, sizeof settings->greeting, "%s", item->value.string);
        } else if (strcmp(item->key.string, "times") == 0) {
            settings->times = item->value.as_int;
        }
    }
    hf_any_clear(&map);
}

static void answer(const struct house *house, const struct settings *settings, const char *name) {
    char text[ANSWER_BYTES] = "";
    for (int64_t i = 0; i < settings->times; i++) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? ", " : "",
                       settings->greeting);
    }
    size_t len = strlen(text);
    (void)snprintf(text + len, sizeof text - len, " %s", name);
    check(hf_queue_put_string(house->answers, text, -1));
}

static void serve(int number, void *context) {
    (void)number;
    const struct house *house = context;
    const hf_watch_options options = {.object = house->config.id};
    struct settings settings = {"", 0};
    hf_watch watch;
    uint64_t after = 0;
    check(hf_watch_open(house->client, NULL, &options, &watch));
    read_settings(house, &settings);
    while (true) {
        hf_changes changes;
        char *name = NULL;
        size_t which = 0;
        check(hf_wait_any_begin(house->client));
        HF_COLLECT(hf_watch_next(watch, &after, 0, 0, &changes));
        HF_COLLECT(hf_queue_get_string(house->requests, 0, &name));
        hf_status status = hf_wait_any_finish(house->client, -1, &which);
        if (status == HF_CLOSED) {
            return; /* there will be no more requests */
        }
        check(status);
        if (which == CHANGE) {
            hf_changes_clear(&changes); /* whatever they are, the dict tells how it is now */
            read_settings(house, &settings);
        } else {
            answer(house, &settings, name);
            free(name);
        }
    }
}

/* ---- who runs the services, and asks them ---- */

static void configure(const struct house *house, const char *greeting, int64_t times) {
    const hf_any_item items[] = {{hf_any_string("greeting"), hf_any_string(greeting)},
                                 {hf_any_string("times"), hf_any_int(times)}};
    if (times < 1 || times > TIMES_MAX) {
        printf("%" PRId64 " times make no sense: the settings stay as they are\n", times);
        return;
    }
    check(hf_dict_update(house->config, items, 2));
}

static void greet(const struct house *house, const char *name) {
    char *text = NULL;
    check(hf_queue_put_string(house->requests, name, -1));
    check(hf_queue_get_string(house->answers, -1, &text));
    printf("%s\n", text);
    free(text);
}

int main(void) {
    struct house house = {.client = open_client()};
    check(hf_dict_open(house.client, "config", HF_OPEN_OR_CREATE, &house.config));
    check(hf_queue_open(house.client, NULL, NULL, &house.requests));
    check(hf_queue_open(house.client, NULL, NULL, &house.answers));
    configure(&house, "hello", 1);

    struct workers workers;
    workers_start(&workers, "service", SERVICES, serve, &house);
    greet(&house, "Ada");
    configure(&house, "good day", 2);
    greet(&house, "Bob");
    configure(&house, "good bye", 0);
    greet(&house, "Cyd");
    check(hf_queue_close(house.requests, false));
    workers_wait(&workers);
    printf("no more requests: the services end\n");
    close_client(house.client);
    return 0;
}
