/* SPDX-License-Identifier: MIT
 *
 * Unnamed objects whose handles go to other threads and processes. A process keeps them alive as a
 * whole, and what is on its way to another one is pinned.
 */
#include "real.h"

#include <sys/wait.h>

enum { STARTED = 150, SENT = 20, A_MINUTE_MS = 60000 };

/* In another process: its exit code is 0 if the list is there and has one item. */
static int one_item(hf_list list) {
    uint64_t len = 0;
    return hf_list_len(list, &len) == HF_OK && len == 1 ? 0 : 1;
}

static int use_list(void *argument) {
    return one_item(*(const hf_list *)argument);
}

/* The parent keeps the handle of none of them. */
static void temporaries_handed_to_started_processes_are_not_lost(void **state) {
    unsigned lost = 0;
    (void)state;

    for (unsigned i = 0; i < STARTED; i++) {
        hf_list list = new_list(1);
        hf_process *process = NULL;
        int code = -1;
        assert_ok(hf_process_start(use_list, &list, NULL, &process));
        assert_ok(hf_object_release(HF_OBJECT(list)));
        assert_ok(hf_process_join(process, -1));
        assert_ok(hf_process_exit_code(process, &code));
        lost += code != 0;
        hf_process_free(process);
    }

    assert_int_equal(lost, 0);
}

/* A process that uses the list once it is told to. */
struct start {
    hf_list list;
    int told[2];
    hf_process *process;
};

static int use_list_when_told(void *argument) {
    const struct start *start = argument;
    char byte = 0;
    return read(start->told[0], &byte, 1) == 1 ? one_item(start->list) : 2;
}

static void *start_process(void *argument) {
    struct start *start = argument;
    hf_status status = hf_process_start(use_list_when_told, start, NULL, &start->process);
    return status == HF_OK ? argument : NULL;
}

/* The process refers to the list by the connection of this thread, the other one has none. */
static void a_thread_without_a_connection_hands_over_what_others_have_made(void **state) {
    struct start start = {.list = new_list(1)};
    hf_client *again = NULL; /* of the same manager */
    pthread_t thread;
    void *done = NULL;
    int code = -1;
    (void)state;
    assert_int_equal(pipe(start.told), 0);
    assert_ok(hf_client_new(hf_manager_address(manager), NULL, &again));
    assert_ok(hf_client_ping(again));

    assert_int_equal(pthread_create(&thread, NULL, start_process, &start), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_non_null(done);
    assert_ok(hf_object_release(HF_OBJECT(start.list)));
    assert_int_equal(write(start.told[1], "", 1), 1);

    assert_ok(hf_process_join(start.process, -1));
    assert_ok(hf_process_exit_code(start.process, &code));
    assert_int_equal(code, 0);
    hf_process_free(start.process);
    hf_client_free(again);
    (void)close(start.told[0]);
    (void)close(start.told[1]);
}

static void read_fully(int fd, void *to, size_t len) {
    for (size_t done = 0; done < len;) {
        ssize_t got = read(fd, (char *)to + done, len - done);
        if (got <= 0) {
            _exit(99);
        }
        done += (size_t)got;
    }
}

/* It begins when all have been sent and released. */
static int use_sent(int fd) {
    int lost = 0;
    for (int i = 0; i < SENT; i++) {
        hf_list list = {client, 0};
        read_fully(fd, &list.id, sizeof list.id);
        lost += one_item(list);
    }
    return lost;
}

/* A plain fork(), so that nothing is pinned but by hf_client_pin(). */
static void temporaries_sent_through_a_pipe_and_released_are_not_lost(void **state) {
    int fds[2];
    int status = -1;
    uint64_t ids[SENT];
    (void)state;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(use_sent(fds[0]));
    }

    for (int i = 0; i < SENT; i++) {
        hf_list list = new_list(1);
        hf_object object = HF_OBJECT(list);
        assert_ok(hf_client_pin(client, &object, 1, A_MINUTE_MS));
        assert_ok(hf_object_release(object));
        ids[i] = list.id;
    }
    assert_int_equal(write(fds[1], ids, sizeof ids), sizeof ids);

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void *make_list(void *list) {
    *(hf_list *)list = new_list(1);
    return NULL;
}

static void what_a_thread_has_made_lives_as_long_as_the_process(void **state) {
    hf_list list = {NULL, 0};
    pthread_t thread;
    uint64_t len = 0;
    (void)state;
    assert_ok(hf_client_ping(client));

    assert_int_equal(pthread_create(&thread, NULL, make_list, &list), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);

    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, 1);
    assert_ok(hf_object_release(HF_OBJECT(list)));
    assert_status(hf_list_len(list, &len), HF_NO_OBJECT, "len");
}

static void handles_are_counted(void **state) {
    hf_list list = new_list(1);
    hf_object object = HF_OBJECT(list);
    hf_dict dict = new_dict();
    hf_any ref;
    uint64_t len = 0;
    (void)state;
    assert_ok(hf_dict_set_any(dict, hf_any_int(1), hf_list_ref(list)));
    assert_ok(hf_dict_get_any(dict, hf_any_int(1), &ref)); /* told a second time */
    assert_ok(hf_object_retain(object));
    assert_ok(hf_dict_clear(dict));

    assert_ok(hf_object_release_some(object, 2));
    assert_ok(hf_list_len(list, &len));
    assert_ok(hf_object_release_some(object, 1));

    assert_status(hf_list_len(list, &len), HF_NO_OBJECT, "len");
}

static void pins_that_make_no_sense_are_refused(void **state) {
    hf_list list = new_list(1);
    hf_object object = HF_OBJECT(list);
    const hf_object foreign = {NULL, 1};
    (void)state;

    assert_status(hf_client_pin(client, &object, 1, 0), HF_INVALID, "pin");
    assert_status(hf_client_pin(client, &object, 1, -1), HF_INVALID, "pin");
    assert_status(hf_client_pin(client, &object, 1025, 1), HF_INVALID, "pin");
    assert_status(hf_client_pin(client, &foreign, 1, 1), HF_INVALID, "pin");
    assert_status(hf_client_pin(NULL, NULL, 0, 1), HF_INVALID, "pin");
    assert_ok(hf_client_pin(client, NULL, 0, 1));
    object.id = 1;
    assert_status(hf_client_pin(client, &object, 1, 1), HF_NO_OBJECT, "pin");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_thread_has_made_lives_as_long_as_the_process),
        cmocka_unit_test(handles_are_counted),
        cmocka_unit_test(pins_that_make_no_sense_are_refused),
        cmocka_unit_test(temporaries_sent_through_a_pipe_and_released_are_not_lost),
        /* The last ones, as they leave all pinned for a minute. */
        cmocka_unit_test(a_thread_without_a_connection_hands_over_what_others_have_made),
        cmocka_unit_test(temporaries_handed_to_started_processes_are_not_lost),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
