/* SPDX-License-Identifier: MIT
 *
 * Threads and forks: whose connection is whose, and when it ends.
 */
#include "fake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <holdfast.h>

static void answer_ping(struct fake *fake) {
    fake_reply_status(fake, fake_read_op(fake, HF__REQUEST__OP_PING), HF_OK, NULL);
}

/* Keep the connection as it is and let the script take another one. */
static int set_aside(struct fake *fake) {
    int peer = fake->peer;
    fake->peer = -1;
    return peer;
}

static void take_back(struct fake *fake, int peer) {
    fake_hang_up(fake);
    fake->peer = peer;
}

/* ---- threads ---- */

static void *ping_in_thread(void *client) {
    return hf_client_ping(client) == HF_OK ? client : NULL;
}

static void script_two_threads(struct fake *fake) {
    fake_welcome(fake);
    answer_ping(fake);
    int first = set_aside(fake);
    fake_welcome(fake);
    answer_ping(fake);
    fake_expect_hang_up(fake); /* the thread ends */
    take_back(fake, first);
    answer_ping(fake);
    fake_expect_hang_up(fake); /* the client is freed */
}

static void each_thread_has_a_connection_that_ends_with_it(void **state) {
    pthread_t thread;
    void *result = NULL;
    hf_client *client = fake_play(*state, script_two_threads, NULL);

    assert_int_equal(hf_client_ping(client), HF_OK);
    assert_int_equal(pthread_create(&thread, NULL, ping_in_thread, client), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, client);
    assert_int_equal(hf_client_ping(client), HF_OK);
}

struct parked {
    hf_client *client;
    pthread_barrier_t barrier;
};

/* Use the client, then live on while it is freed, then use another. */
static void *outlive(void *argument) {
    struct parked *parked = argument;
    hf_status status = hf_client_ping(parked->client);
    (void)pthread_barrier_wait(&parked->barrier);
    (void)pthread_barrier_wait(&parked->barrier);
    if (status == HF_OK) {
        status = hf_client_ping(parked->client);
    }
    return status == HF_OK ? parked : NULL;
}

static void script_outlived(struct fake *fake) {
    fake_welcome(fake);
    answer_ping(fake);
    fake_expect_hang_up(fake); /* freed by the other thread */
    fake_welcome(fake);
    answer_ping(fake);
    fake_expect_hang_up(fake); /* the thread's end */
}

static void freeing_a_client_closes_the_connections_of_all_threads(void **state) {
    struct fake *fake = *state;
    struct parked parked;
    pthread_t thread;
    void *result = NULL;
    fake_start(fake, script_outlived, NULL);
    parked.client = fake_client(fake, PATIENCE_MS);
    assert_int_equal(pthread_barrier_init(&parked.barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, outlive, &parked), 0);

    (void)pthread_barrier_wait(&parked.barrier);
    hf_client_free(parked.client);
    parked.client = fake_client(fake, PATIENCE_MS);
    (void)pthread_barrier_wait(&parked.barrier);

    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &parked);
    hf_client_free(parked.client);
    (void)pthread_barrier_destroy(&parked.barrier);
}

static void script_disconnect(struct fake *fake) {
    fake_welcome(fake);
    answer_ping(fake);
    fake_expect_hang_up(fake);
    fake_welcome(fake);
    answer_ping(fake);
}

static void after_a_disconnect_the_next_call_connects_again(void **state) {
    hf_client *client = fake_play(*state, script_disconnect, NULL);

    assert_int_equal(hf_client_ping(client), HF_OK);
    hf_client_disconnect(client);
    hf_client_disconnect(client);
    assert_int_equal(hf_client_ping(client), HF_OK);
}

/* ---- forks ---- */

/* Fork; the child runs `run` and ends with its result as exit status. */
static pid_t fork_child(int (*run)(void *), void *argument) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(run(argument));
    }
    return pid;
}

static int exit_status(pid_t pid) {
    int result = 0;
    assert_int_equal(waitpid(pid, &result, 0), pid);
    return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

static int ping_and_free(void *client) {
    hf_status status = hf_client_ping(client);
    hf_client_free(client);
    return (int)status;
}

static void script_parent_and_child(struct fake *fake) {
    fake_welcome(fake);
    answer_ping(fake);
    int parent = set_aside(fake);
    fake_welcome(fake); /* the child's own */
    answer_ping(fake);
    fake_expect_hang_up(fake);
    take_back(fake, parent);
    answer_ping(fake); /* on which the child has said nothing */
    fake_expect_hang_up(fake);
}

static void a_child_opens_its_own_connection_and_leaves_the_parents_alone(void **state) {
    hf_client *client = fake_play(*state, script_parent_and_child, NULL);
    assert_int_equal(hf_client_ping(client), HF_OK);

    pid_t child = fork_child(ping_and_free, client);
    assert_int_equal(exit_status(child), HF_OK);

    assert_int_equal(hf_client_ping(client), HF_OK);
}

struct inherited {
    int ends[2];
    hf_client *client; /* its copy is the child's to free */
};

static int wait_for_end_of_pipe(void *argument) {
    const struct inherited *inherited = argument;
    char byte = 0;
    (void)close(inherited->ends[1]);
    ssize_t got = read(inherited->ends[0], &byte, 1);
    hf_client_free(inherited->client);
    return got == 0 ? 0 : 1;
}

static void script_see_end(struct fake *fake) {
    fake_welcome(fake);
    answer_ping(fake);
    fake_expect_hang_up(fake);
}

static void a_childs_copy_does_not_keep_a_connection_open(void **state) {
    struct fake *fake = *state;
    struct inherited inherited;
    fake_start(fake, script_see_end, NULL);
    inherited.client = fake_client(fake, PATIENCE_MS);
    assert_int_equal(hf_client_ping(inherited.client), HF_OK);
    assert_int_equal(pipe(inherited.ends), 0);
    pid_t child = fork_child(wait_for_end_of_pipe, &inherited);

    hf_client_disconnect(inherited.client); /* while the child lives */
    fake_stop(fake);

    assert_int_equal(close(inherited.ends[0]), 0);
    assert_int_equal(close(inherited.ends[1]), 0);
    assert_int_equal(exit_status(child), 0);
    hf_client_free(inherited.client);
}

static int finish_what_the_parent_began(void *client) {
    return (int)hf_pipeline_finish(client, NULL, 0);
}

static void a_pipeline_of_the_parent_is_not_the_childs(void **state) {
    hf_client *client = fake_play(*state, script_see_end, NULL);
    assert_int_equal(hf_pipeline_begin(client), HF_OK);
    assert_int_equal(hf_client_ping(client), HF_OK);

    pid_t child = fork_child(finish_what_the_parent_began, client);

    assert_int_equal(exit_status(child), HF_INVALID);
    assert_int_equal(hf_pipeline_finish(client, NULL, 0), HF_OK);
}

/* Fork while another thread has a connection, too. */
static void script_three(struct fake *fake) {
    fake_welcome(fake);
    answer_ping(fake); /* the other thread */
    int other = set_aside(fake);
    fake_welcome(fake);
    answer_ping(fake); /* the child */
    fake_expect_hang_up(fake);
    take_back(fake, other);
    answer_ping(fake);
    fake_expect_hang_up(fake);
}

static void *ping_twice(void *argument) {
    struct parked *parked = argument;
    hf_status first = hf_client_ping(parked->client);
    (void)pthread_barrier_wait(&parked->barrier);
    (void)pthread_barrier_wait(&parked->barrier);
    hf_status second = hf_client_ping(parked->client);
    return first == HF_OK && second == HF_OK ? parked : NULL;
}

static void a_child_forgets_the_connections_of_threads_it_does_not_have(void **state) {
    struct fake *fake = *state;
    struct parked parked;
    pthread_t thread;
    void *result = NULL;
    fake_start(fake, script_three, NULL);
    parked.client = fake_client(fake, PATIENCE_MS);
    assert_int_equal(pthread_barrier_init(&parked.barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, ping_twice, &parked), 0);
    (void)pthread_barrier_wait(&parked.barrier);

    pid_t child = fork_child(ping_and_free, parked.client);
    assert_int_equal(exit_status(child), HF_OK);

    (void)pthread_barrier_wait(&parked.barrier);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &parked);
    hf_client_free(parked.client);
    (void)pthread_barrier_destroy(&parked.barrier);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_a_connection_that_ends_with_it),
        cmocka_unit_test(freeing_a_client_closes_the_connections_of_all_threads),
        cmocka_unit_test(after_a_disconnect_the_next_call_connects_again),
        cmocka_unit_test(a_child_opens_its_own_connection_and_leaves_the_parents_alone),
        cmocka_unit_test(a_childs_copy_does_not_keep_a_connection_open),
        cmocka_unit_test(a_pipeline_of_the_parent_is_not_the_childs),
        cmocka_unit_test(a_child_forgets_the_connections_of_threads_it_does_not_have),
    };
    return FAKE_MAIN(tests);
}
