/* SPDX-License-Identifier: MIT
 *
 * See real.h.
 */
#include "real.h"

#include <signal.h>
#include <sys/stat.h>

hf_manager *manager;
hf_client *client;

/* Its requests are as long as those of a manager that is not private, so that tests can exceed
 * them: the program that is started is a script that adds the option. */
static hf_status start_with_short_frames(void) {
    const char *daemon = getenv("HOLDFAST_DAEMON");
    char script[] = "/tmp/hf-short-frames.XXXXXX";
    int fd = daemon ? mkstemp(script) : -1;
    if (fd < 0) {
        return HF_SYSTEM;
    }
    char kept[4096];
    (void)snprintf(kept, sizeof kept, "%s", daemon);
    bool written = dprintf(fd, "#!/bin/sh\nexec '%s' \"$@\" --max-frame=16M\n", kept) > 0 &&
                   fchmod(fd, 0700) == 0;
    bool closed = close(fd) == 0 && setenv("HOLDFAST_DAEMON", script, 1) == 0;
    hf_status status = written && closed ? hf_manager_start(&manager) : HF_SYSTEM;
    (void)setenv("HOLDFAST_DAEMON", kept, 1);
    (void)unlink(script);
    return status;
}

int start_manager(void **state) {
    (void)state;
    if (start_with_short_frames() != HF_OK ||
        hf_client_new(hf_manager_address(manager), NULL, &client) != HF_OK) {
        (void)fprintf(stderr, "%s\n", hf_last_detail());
        return -1;
    }
    return 0;
}

int stop_manager(void **state) {
    (void)state;
    hf_client_free(client);
    hf_manager_stop(manager);
    return 0;
}

void assert_status(hf_status status, hf_status expected, const char *call) {
    if (status != expected) {
        fail_msg("%s: %s instead of %s (%s)", call, hf_status_name(status),
                 hf_status_name(expected), hf_last_detail());
    }
}

void assert_any(hf_any any, hf_any expected) {
    assert_true(hf_any_equal(any, expected));
    hf_any_clear(&any);
}

hf_lock open_lock(const char *name, const hf_lock_options *options) {
    hf_lock lock = {NULL, 0};
    assert_ok(hf_lock_open(client, name, options, &lock));
    return lock;
}

hf_dict new_dict(void) {
    hf_dict dict = {NULL, 0};
    assert_ok(hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &dict));
    return dict;
}

hf_list new_list(size_t len) {
    hf_list list = {NULL, 0};
    assert_ok(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &list));
    for (size_t i = 0; i < len; i++) {
        assert_ok(hf_list_append_int(list, (int64_t)i));
    }
    return list;
}

hf_event open_event(const char *name) {
    hf_event event = {NULL, 0};
    assert_ok(hf_event_open(client, name, HF_OPEN_OR_CREATE, &event));
    return event;
}

void delete_named(const char *name) {
    hf_object object = {client, 0};
    if (hf_object_find(client, name, &object.id, NULL) == HF_OK) {
        assert_ok(hf_object_delete(object));
    }
}

hf_status square(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "square() takes one int, not %zu values", count);
    }
    *result = hf_any_int(arguments[0].as_int * arguments[0].as_int);
    return HF_OK;
}

hf_status die(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    (void)result;
    (void)kill(getpid(), SIGKILL);
    return HF_OK;
}

hf_status forever(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    (void)result;
    while (pause() != 0) { /* it never returns anything else */
    }
    return HF_OK;
}
