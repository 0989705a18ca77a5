/* SPDX-License-Identifier: MIT
 *
 * A TCP line dies without a word: of three network namespaces, the middle one swallows all packets
 * from some moment on. Both sides must find out, whatever they are doing then: see
 * docs/guarantees.md. Skipped where no namespaces can be made.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast.h>

#define TCP_ADDRESS "tcp://10.99.1.2:4650"

enum { COMMAND_MAX = 512 };

/* near (the manager) -- router -- far (its clients) */
static char near_name[32], router_name[32], far_name[32];

static bool sh(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool sh(const char *format, ...) {
    char command[COMMAND_MAX];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    assert_true(len > 0 && len < COMMAND_MAX);
    return system(command) == 0; // NOLINT(cert-env33-c): ip is found as a user finds it
}

/* A namespace whose only way out is the router. */
static bool make_side(const char *name, int net) {
    const char *r = router_name;
    return sh("ip -n %s link set lo up 2>&1", name) &&
           sh("ip -n %s link add e0 type veth peer name d%d netns %s", name, net, r) &&
           sh("ip -n %s addr add 10.99.%d.2/24 dev e0", name, net) &&
           sh("ip -n %s link set e0 up", name) &&
           sh("ip -n %s addr add 10.99.%d.1/24 dev d%d", r, net, net) &&
           sh("ip -n %s link set d%d up", r, net) &&
           sh("ip -n %s route add default via 10.99.%d.1", name, net);
}

static bool make_net(void) {
    (void)snprintf(near_name, sizeof near_name, "holdfast%da", getpid());
    (void)snprintf(router_name, sizeof router_name, "holdfast%dr", getpid());
    (void)snprintf(far_name, sizeof far_name, "holdfast%db", getpid());
    return sh("ip netns add %s && ip netns add %s && ip netns add %s", near_name, router_name,
              far_name) &&
           make_side(near_name, 1) && make_side(far_name, 2) &&
           sh("ip netns exec %s sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'", router_name);
}

static int remove_net(void **state) {
    (void)state;
    (void)sh("for n in %s %s %s; do ip netns del $n 2>/dev/null; done; true", near_name,
             router_name, far_name);
    return 0;
}

static void cut_line(void) {
    assert_true(sh("ip -n %s route replace blackhole 10.99.1.2/32", router_name));
    assert_true(sh("ip -n %s route replace blackhole 10.99.2.2/32", router_name));
}

/* In a forked child. */
static bool enter_net(const char *name) {
    char path[64];
    (void)snprintf(path, sizeof path, "/run/netns/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
}

/* ---- the manager ---- */

static pid_t start_daemon(const char *address) {
    const char *program = getenv("HOLDFAST_DAEMON");
    int ready[2];
    char told[64] = "";
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char ready_fd[16];
        (void)snprintf(ready_fd, sizeof ready_fd, "%d", ready[1]);
        if (program && enter_net(near_name)) {
            (void)execlp(program, "holdfastd", "--quiet", "--insecure", "--listen", TCP_ADDRESS,
                         "--listen", address, "--ready-fd", ready_fd, NULL);
        }
        _exit(127);
    }
    assert_int_equal(close(ready[1]), 0);
    assert_true(read(ready[0], told, sizeof told - 1) > 0);
    assert_int_equal(close(ready[0]), 0);
    return pid;
}

static hf_lock open_lock(hf_client *client, const char *name) {
    hf_lock lock = {NULL, 0};
    if (hf_lock_open(client, name, NULL, &lock) != HF_OK) {
        (void)fprintf(stderr, "%s\n", hf_last_detail());
        _exit(1);
    }
    return lock;
}

/* ---- clients at the far end ---- */

struct far_client {
    pid_t pid;
    int said[2]; /* pipes: it says that it is ready, and is told to go on */
    int told[2];
};

typedef int far_function(hf_client *client, const struct far_client *self);

static bool say(const struct far_client *self) {
    return write(self->said[1], "x", 1) == 1;
}

static bool await_word(const struct far_client *self) {
    char byte = 0;
    return read(self->told[0], &byte, 1) == 1;
}

static void start_far(struct far_client *it, far_function *function) {
    char byte = 0;
    assert_int_equal(pipe(it->said), 0);
    assert_int_equal(pipe(it->told), 0);
    it->pid = fork();
    if (it->pid == 0) {
        hf_client *client = NULL;
        bool there = enter_net(far_name) && hf_client_new(TCP_ADDRESS, NULL, &client) == HF_OK;
        _exit(there ? function(client, it) : 1);
    }
    assert_int_equal(read(it->said[0], &byte, 1), 1);
}

/* Returns its exit status. */
static int end_of_far(const struct far_client *it) {
    int result = 0;
    assert_int_equal(waitpid(it->pid, &result, 0), it->pid);
    for (int i = 0; i < 2; i++) {
        (void)close(it->said[i]);
        (void)close(it->told[i]);
    }
    return WIFEXITED(result) ? WEXITSTATUS(result) : -WTERMSIG(result);
}

static int hold(hf_client *client, const struct far_client *self) {
    bool held = hf_lock_acquire(open_lock(client, "far"), -1, NULL) == HF_OK && say(self);
    return held && await_word(self) ? 0 : 1;
}

static int wait_without_limit(hf_client *client, const struct far_client *self) {
    hf_lock guard = open_lock(client, "guard");
    return say(self) && hf_lock_acquire(guard, -1, NULL) == HF_DISCONNECTED ? 0 : 1;
}

static int call_on_a_dead_line(hf_client *client, const struct far_client *self) {
    hf_lock guard = open_lock(client, "guard");
    bool told = say(self) && await_word(self);
    return told && hf_lock_acquire(guard, -1, NULL) == HF_DISCONNECTED ? 0 : 1;
}

static void both_sides_notice_a_dead_line(void **state) {
    char folder[] = "/tmp/holdfast-test-XXXXXX";
    char address[64];
    struct far_client holder, waiter, late;
    hf_client *client = NULL;
    hf_statistics statistics = {0};
    (void)state;
    if (!make_net()) {
        skip();
    }
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address, sizeof address, "unix:%s/socket", folder);
    pid_t daemon = start_daemon(address);
    assert_int_equal(hf_client_new(address, NULL, &client), HF_OK);
    assert_int_equal(hf_lock_acquire(open_lock(client, "guard"), -1, NULL), HF_OK);
    start_far(&holder, hold);
    start_far(&waiter, wait_without_limit);
    start_far(&late, call_on_a_dead_line);
    while (statistics.waiting_calls == 0) {
        (void)sched_yield();
        assert_int_equal(hf_client_statistics(client, &statistics), HF_OK);
    }

    cut_line();
    assert_int_equal(write(late.told[1], "x", 1), 1);

    assert_int_equal(hf_lock_acquire(open_lock(client, "far"), -1, NULL), HF_OWNER_DIED);
    assert_int_equal(end_of_far(&waiter), 0);
    assert_int_equal(end_of_far(&late), 0);
    assert_int_equal(kill(holder.pid, SIGKILL), 0);
    assert_int_equal(end_of_far(&holder), -SIGKILL);
    hf_client_free(client);
    assert_int_equal(kill(daemon, SIGTERM), 0);
    assert_int_equal(waitpid(daemon, NULL, 0), daemon);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(both_sides_notice_a_dead_line, remove_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
