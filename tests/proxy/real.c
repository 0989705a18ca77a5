/* SPDX-License-Identifier: MIT
 *
 * See real.h.
 */
#include "real.h"

#include <signal.h>
#include <sys/stat.h>

hf_manager *manager;
hf_client *client;

static char daemon_script[64];
static char real_daemon[4096];

void daemon_replace_by_script(const char *text) {
    const char *given = getenv("HOLDFAST_DAEMON");
    (void)snprintf(real_daemon, sizeof real_daemon, "%s", given ? given : "");
    (void)snprintf(daemon_script, sizeof daemon_script, "/tmp/hf-daemon.XXXXXX");
    int fd = mkstemp(daemon_script);
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "#!/bin/sh\nDAEMON='%s'\n%s\n", real_daemon, text) > 0);
    assert_int_equal(fchmod(fd, 0700), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(setenv("HOLDFAST_DAEMON", daemon_script, 1), 0);
}

void daemon_put_back(void) {
    assert_int_equal(setenv("HOLDFAST_DAEMON", real_daemon, 1), 0);
    assert_int_equal(unlink(daemon_script), 0);
}

/* Its requests are as long as those of a manager that is not private, so that tests can exceed
 * them. */
static hf_status start_with_short_frames(void) {
    daemon_replace_by_script("exec \"$DAEMON\" \"$@\" --max-frame=16M");
    hf_status status = hf_manager_start(&manager);
    daemon_put_back();
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

bool thread_sleeps(pid_t tid) {
    char path[64];
    char state = 0;
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    FILE *file = fopen(path, "re");
    if (!file) {
        return false; /* it ends just now */
    }
    bool read = fscanf(file, "%*d (%*[^)]) %c", &state) == 1;
    (void)fclose(file);
    return read && state == 'S';
}
