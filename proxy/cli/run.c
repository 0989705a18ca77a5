/* SPDX-License-Identifier: MIT
 *
 * See commands.h. While the command runs, this process waits for three events: the end of the
 * command, a signal to pass on to it, and the end of the connection, with which the grant is lost.
 * If this process dies, the manager grants the object to the next session, so the kernel then sends
 * SIGTERM to the command.
 */
#include "commands.h"

#include "exchange.h"
#include "print.h"
#include "session.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const int passed_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

struct run {
    struct shell *shell;
    const char *type;
    const char *name;
    char what[300]; /* "lock NAME", for messages */
    char **command;
    uint64_t object;
    sigset_t before; /* the signal mask that the command gets */
    int signals;
    pid_t child;
    bool lost; /* the connection is over, and with it the grant */
};

/* The operation that acquires an object of the type, whole, or for reading only. */
static bool find_acquire(const char *type, bool read, struct op *op) {
    return ops_find(type, "acquire", op) ||
           ops_find(type, read ? "acquire-read" : "acquire-write", op);
}

bool run_can_hold(const char *type) {
    struct op op;
    return find_acquire(type, false, &op);
}

static int report_error(const struct run *run, const char *what, const char *why) {
    (void)fprintf(stderr, "holdfast: %s: %s: %s\n", run->what, what, why);
    return SHELL_LOCK_FAILED;
}

/* ---- acquire and release ---- */

static void warn_of_death(const struct run *run, const Hf__Grant *grant) {
    const Hf__Holder *died = grant->died;
    (void)fprintf(stderr, "holdfast: %s: warning: OWNER_DIED: ", run->what);
    if (died && died->label) {
        print_cell(stderr, died->label, strlen(died->label));
        (void)fprintf(stderr, " (process %" PRIu64 ") died while it held the %s\n", died->pid,
                      run->type);
    } else {
        (void)fprintf(stderr, "%s\n", hf_status_text(HF_OWNER_DIED));
    }
}

static void set_environment(const struct run *run, const Hf__Grant *grant) {
    char fence[32];
    (void)snprintf(fence, sizeof fence, "%" PRIu64, grant->fence);
    (void)setenv("HOLDFAST_FENCE", fence, 1);
    (void)setenv("HOLDFAST_LOCK", run->name, 1);
    shell_export(run->shell);
}

static int report_refusal(const struct run *run, Hf__Reply *reply) {
    bool timed_out = reply->status == HF__STATUS__TIMEOUT;
    exchange_complain(run->what, reply);
    hf__reply__free_unpacked(reply, NULL);
    return timed_out ? SHELL_TIMEOUT : SHELL_LOCK_FAILED;
}

/* Acquire or release the object. --permits is for the type that has such a field. */
static Hf__Reply *call_holding(const struct run *run, const struct op *op) {
    const uint32_t *permits = &run->shell->permits;
    return exchange_call_with(run->shell, run->object, op,
                              *permits ? ops_field(op->message, "permits") : NULL, permits);
}

/* Returns 0 if this process holds the object now. */
static int acquire_held(struct run *run) {
    struct op op;
    Hf__Reply *reply = NULL;
    bool found = find_acquire(run->type, run->shell->read, &op);
    assert(found && !run->object);
    (void)found;
    run->object = exchange_find(run->shell, run->type, true, run->name, &reply);
    if (!run->object) {
        return report_refusal(run, reply);
    }
    reply = call_holding(run, &op);
    if (reply->result_case != HF__REPLY__RESULT_GRANT) {
        return report_refusal(run, reply);
    }
    if (reply->status == HF__STATUS__OWNER_DIED) {
        warn_of_death(run, reply->grant);
    }
    set_environment(run, reply->grant);
    hf__reply__free_unpacked(reply, NULL);
    return 0;
}

/* Returns 0 if the object was held until now. */
static int release_held(struct run *run) {
    assert(run->object);
    if (run->lost) {
        return SHELL_LOCK_FAILED;
    }
    run->shell->timeout_ms = 0;
    const struct op op = ops_get(run->type, "release");
    Hf__Reply *reply = call_holding(run, &op);
    if (reply->status != HF__STATUS__OK) {
        return report_refusal(run, reply);
    }
    hf__reply__free_unpacked(reply, NULL);
    return 0;
}

/* ---- the command ---- */

static bool catch_signals(struct run *run) {
    sigset_t mask;
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGCHLD);
    for (size_t i = 0; i < sizeof passed_signals / sizeof passed_signals[0]; i++) {
        (void)sigaddset(&mask, passed_signals[i]);
    }
    (void)signal(SIGCHLD, SIG_DFL); /* while it is ignored, children cannot be waited for */
    (void)sigprocmask(SIG_BLOCK, &mask, &run->before);
    run->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    return run->signals >= 0;
}

/* Returns 0 if there is a child. It ends with 126 or 127 if the command cannot be run. */
static int start_command(struct run *run) {
    pid_t parent = getpid();
    run->child = catch_signals(run) ? fork() : -1;
    if (run->child == 0) {
        (void)sigprocmask(SIG_SETMASK, &run->before, NULL);
        shell_become(run->what, run->command, parent, SIGTERM);
    }
    return run->child > 0 ? 0 : report_error(run, "cannot run a command", strerror(errno));
}

/* The socket of the session that holds the object. */
static int connection_of(const struct run *run) {
    const struct session *session = session_find(run->shell->client);
    return session ? session->conn.socket.fd : -1;
}

/* Nothing was requested, so an event at the socket means that the session is over. */
static void check_connection(struct run *run) {
    hf_status status = hf_client_ping(run->shell->client);
    if (status != HF_OK) {
        run->lost = true;
        (void)fprintf(stderr, "holdfast: %s: lost while the command runs: %s: %s\n", run->what,
                      hf_status_name(status), hf_last_detail());
    }
}

/* Pass signals on to the command, except those from the terminal, which the kernel sends to both.
 * Returns true if the command has ended. */
static bool pass_signals(struct run *run, int *status) {
    struct signalfd_siginfo info;
    bool ended = false;
    while (read(run->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            ended = ended || waitpid(run->child, status, WNOHANG) == run->child;
        } else if (info.ssi_code != SI_KERNEL && !ended) {
            (void)kill(run->child, (int)info.ssi_signo);
        }
    }
    return ended;
}

/* Returns the exit status, as a shell reports it. */
static int wait_for_command(struct run *run) {
    int status = 0;
    assert(run->child > 0 && run->signals >= 0);
    for (bool ended = false; !ended;) {
        struct pollfd fds[] = {{.fd = run->signals, .events = POLLIN},
                               {.fd = run->lost ? -1 : connection_of(run), .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            (void)report_error(run, "cannot wait", strerror(errno));
            (void)waitpid(run->child, &status, 0);
            break;
        }
        if (fds[1].revents) {
            check_connection(run);
        }
        ended = pass_signals(run, &status);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : SHELL_SIGNAL + WTERMSIG(status);
}

int run_holding(struct shell *shell, const char *type, const char *name, char **command) {
    struct run run = {
        .shell = shell, .type = type, .name = name, .command = command, .signals = -1};
    assert(run_can_hold(type) && command[0]);
    (void)snprintf(run.what, sizeof run.what, "%s %s", type, name);
    shell_label(command);
    int code = acquire_held(&run);
    if (code) {
        return code;
    }
    code = start_command(&run);
    if (code == 0) {
        code = wait_for_command(&run);
    }
    int failed = release_held(&run);
    if (run.signals >= 0) {
        (void)close(run.signals);
    }
    return code ? code : failed;
}
