/* SPDX-License-Identifier: MIT
 *
 * See daemon.h.
 */
#include "daemon.h"

#include "process_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

const char *daemon_program(void) {
    const char *path = getenv("HOLDFAST_DAEMON");
    return path ? path : "holdfastd";
}

int64_t now_us(void) {
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void folder_make(char path[64]) {
    (void)snprintf(path, 64, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

void folder_remove(const char *path) {
    if (rmdir(path) != 0) {
        fail_msg("%s: %s", path, strerror(errno));
    }
}

/* ---- Processes ---- */

static bool readable_in_time(int fd) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready = 0;
    do {
        ready = poll(&wait, 1, PATIENCE_MS);
    } while (ready < 0 && errno == EINTR);
    return ready == 1;
}

void process_wait_gone(pid_t pid) {
    siginfo_t end;
    if (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) == 0) {
        return;
    }
    int fd = process_fd_open(pid);
    if (fd < 0) {
        assert_int_equal(errno, ESRCH);
        return;
    }
    assert_true(readable_in_time(fd));
    (void)close(fd);
}

int process_wait(pid_t pid) {
    process_wait_gone(pid);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

uint64_t process_status(pid_t pid, const char *field) {
    char path[64], line[256];
    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    uint64_t number = UINT64_MAX;
    size_t len = strlen(field);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, field, len) == 0 && line[len] == ':') {
            number = strtoull(line + len + 1, NULL, 10);
        }
    }
    (void)fclose(file);
    assert_true(number != UINT64_MAX);
    return number;
}

/* The child ends with the test program. */
static pid_t fork_child(void) {
    pid_t parent = getpid();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
    }
    return pid;
}

static struct worker workers[WORKERS_MAX]; /* not reaped yet */
static size_t worker_count;

struct worker worker_start(worker_function *work, const struct daemon *daemon) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork_child();
    if (pid == 0) {
        (void)close(ends[0]);
        work(daemon, ends[1]);
        _exit(0);
    }
    (void)close(ends[1]);
    struct worker worker = {pid, ends[0]};
    assert_true(worker_count < WORKERS_MAX);
    workers[worker_count++] = worker;
    return worker;
}

uint64_t worker_told(const struct worker *worker) {
    uint64_t number = 0;
    assert_true(readable_in_time(worker->told));
    assert_int_equal(read(worker->told, &number, sizeof number), sizeof number);
    return number;
}

void worker_tell(int tell, uint64_t number) {
    if (write(tell, &number, sizeof number) != (ssize_t)sizeof number) {
        _exit(1);
    }
}

/* A child of a worker, which nobody may be left to kill when a test fails, ends at last. */
void worker_wait(void) {
    (void)alarm(PATIENCE_MS / 1000);
    for (;;) {
        (void)pause();
    }
}

void worker_kill(const struct worker *worker) {
    assert_int_equal(kill(worker->pid, SIGKILL), 0);
}

void worker_reap(struct worker *worker) {
    size_t at = 0;
    while (workers[at].pid != worker->pid) {
        at++;
        assert_true(at < worker_count);
    }
    workers[at] = workers[--worker_count];
    assert_int_equal(process_wait(worker->pid), -1);
    (void)close(worker->told);
}

void worker_end_all(void) {
    while (worker_count > 0) {
        const struct worker *worker = &workers[--worker_count];
        worker_kill(worker);
        (void)process_wait(worker->pid);
        (void)close(worker->told);
    }
}

/* ---- The daemon ---- */

struct arguments {
    char text[DAEMON_ARGS_MAX][256];
    char *pointers[DAEMON_ARGS_MAX + 1];
    size_t count;
};

static void add(struct arguments *arguments, const char *argument, const char *folder) {
    assert_true(arguments->count < DAEMON_ARGS_MAX);
    char *text = arguments->text[arguments->count];
    const char *hole = strstr(argument, "{}");
    assert_true(!hole || folder);
    if (hole && folder) {
        (void)snprintf(text, sizeof arguments->text[0], "%.*s%s%s", (int)(hole - argument),
                       argument, folder, hole + 2);
    } else {
        (void)snprintf(text, sizeof arguments->text[0], "%s", argument);
    }
    arguments->pointers[arguments->count++] = text;
    arguments->pointers[arguments->count] = NULL;
}

static void add_all(struct arguments *arguments, const char *const *args, const char *folder) {
    for (; args && *args; args++) {
        add(arguments, *args, folder);
    }
}

/* Read up to the end of the file. */
static size_t read_all(int fd, char *text, size_t size) {
    size_t len = 0;
    ssize_t got = 1;
    while (got > 0 && len + 1 < size) {
        assert_true(readable_in_time(fd));
        got = read(fd, text + len, size - 1 - len);
        assert_true(got >= 0);
        len += (size_t)got;
    }
    text[len] = '\0';
    return len;
}

static bool start_daemon(struct daemon *daemon, const char *const *args, daemon_prepare *prepare,
                         void *context) {
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    char ready_fd[16];
    (void)snprintf(ready_fd, sizeof ready_fd, "%d", ready[1]);

    struct arguments arguments = {.count = 0};
    add(&arguments, daemon_program(), NULL);
    add_all(&arguments, (const char *const[]){"--quiet", "--ready-fd", ready_fd, NULL}, NULL);
    add_all(&arguments, args, daemon->folder);
    add_all(&arguments, (const char *const[]){"--listen", "unix:{}/socket", NULL}, daemon->folder);
    daemon->pid = fork_child();
    if (daemon->pid == 0) {
        (void)close(ready[0]);
        if (prepare) {
            prepare(context);
        }
        (void)execvp(arguments.pointers[0], arguments.pointers);
        _exit(127);
    }
    (void)close(ready[1]);
    size_t len = read_all(ready[0], daemon->address, sizeof daemon->address);
    (void)close(ready[0]);
    if (len == 0) {
        return false;
    }
    assert_int_equal(daemon->address[len - 1], '\n');
    daemon->address[len - 1] = '\0';
    return true;
}

bool daemon_start_again(struct daemon *daemon, const char *const *args) {
    return start_daemon(daemon, args, NULL, NULL);
}

struct daemon daemon_start_prepared(const char *const *args, daemon_prepare *prepare,
                                    void *context) {
    struct daemon daemon = {0};
    folder_make(daemon.folder);
    (void)snprintf(daemon.socket, sizeof daemon.socket, "%s/socket", daemon.folder);
    assert_true(start_daemon(&daemon, args, prepare, context));
    return daemon;
}

struct daemon daemon_start(const char *const *args) {
    return daemon_start_prepared(args, NULL, NULL);
}

void daemon_await_end(struct daemon *daemon) {
    pid_t pid = daemon->pid;
    daemon->pid = 0;
    assert_int_equal(process_wait(pid), 0);
    folder_remove(daemon->folder);
}

void daemon_stop(struct daemon *daemon) {
    assert_int_equal(kill(daemon->pid, SIGTERM), 0);
    daemon_await_end(daemon);
}

void daemon_kill(struct daemon *daemon) {
    assert_int_equal(kill(daemon->pid, SIGKILL), 0);
    assert_int_equal(process_wait(daemon->pid), -1);
}

void daemon_run(struct daemon_run *run, const char *const *args) {
    int out[2], err[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    struct arguments arguments = {.count = 0};
    add(&arguments, daemon_program(), NULL);
    add_all(&arguments, args, NULL);
    pid_t pid = fork_child();
    if (pid == 0) {
        (void)dup2(out[1], STDOUT_FILENO);
        (void)dup2(err[1], STDERR_FILENO);
        (void)execvp(arguments.pointers[0], arguments.pointers);
        _exit(127);
    }
    (void)close(out[1]);
    (void)close(err[1]);
    (void)read_all(out[0], run->out, sizeof run->out);
    (void)read_all(err[0], run->err, sizeof run->err);
    (void)close(out[0]);
    (void)close(err[0]);
    run->status = process_wait(pid);
}
