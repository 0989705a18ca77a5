/* SPDX-License-Identifier: MIT
 *
 * See commands.h. While the command runs, this process waits for three events: the end of the
 * command, a signal to pass on to it, and the end of the connection, with which the grant is lost.
 * If this process dies, the manager grants the object to the next session, so the kernel then sends
 * SIGTERM to the command.
 */
#include "commands.h"

#include "exchange.h"
#include "nested.h"
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

static const char *how_lost(const Hf__Holder *died) {
    return died->lost == HF__LOSS__LOST_LEASE    ? "has lost its lease of the"
           : died->lost == HF__LOSS__LOST_BROKEN ? "was to give up, as its grant was broken, the"
           : died->lost == HF__LOSS__LOST_LEFT   ? "has left, without a release, the"
                                                 : "died while it held the";
}

static void warn_of_death(const struct run *run, const Hf__Grant *grant) {
    const Hf__Holder *died = grant->died;
    (void)fprintf(stderr, "holdfast: %s: warning: OWNER_DIED: ", run->what);
    if (died && died->label) {
        print_cell(stderr, died->label, strlen(died->label));
        (void)fprintf(stderr, " (process %" PRIu64 ") %s %s\n", died->pid, how_lost(died),
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
    nested_export(run->object, grant->fence);
    shell_export(run->shell);
}

static int report_refusal(const struct run *run, Hf__Reply *reply) {
    bool timed_out = reply->status == HF__STATUS__TIMEOUT;
    int conflict = run->shell->conflict_exit_code;
    exchange_complain(run->shell, run->what, reply);
    hf__reply__free_unpacked(reply, NULL);
    return !timed_out ? SHELL_LOCK_FAILED : conflict >= 0 ? conflict : SHELL_TIMEOUT;
}

/* Acquire or release the object. --permits is for the type that has such a field. */
static Hf__Reply *call_holding(const struct run *run, const struct op *op) {
    const uint32_t *permits = &run->shell->permits;
    return exchange_call_with(run->shell, run->object, op,
                              *permits ? ops_field(op->message, "permits") : NULL, permits);
}

/* Give a refusal a status and words: "PREFIXheld by LABEL (process N) for N ms". */
static void explain(Hf__Reply *refusal, hf_status status, const char *prefix,
                    const Hf__Holder *holder) {
    char text[HF_DETAIL_MAX_BYTES];
    int len =
        snprintf(text, sizeof text, "%sheld by %s (process %" PRIu64 ") for %" PRIu64 " ms", prefix,
                 holder->label ? holder->label : "a session", holder->pid, holder->held_ms);
    assert(len > 0);
    free(refusal->detail);
    refusal->detail = shell_copy(text, strlen(text));
    refusal->status = (Hf__Status)status;
}

/* True if the wait would never end, whatever all other processes do: a command around this one
 * holds the object, or so many permits that too few are left. */
static bool waits_for_itself(const struct run *run, const Hf__Description *description,
                             const Hf__Holder **holder) {
    uint64_t total = description->size; /* of a semaphore: its free permits */
    uint64_t own = 0;
    *holder = nested_holder(description, &own);
    if (description->type != HF__TYPE__SEMAPHORE) {
        return *holder != NULL;
    }
    for (size_t i = 0; i < description->n_holders; i++) {
        total += description->holders[i]->depth;
    }
    uint64_t wanted = run->shell->permits ? run->shell->permits : 1;
    return *holder && total - own < wanted;
}

/* The object was not free. Say who holds it, and refuse to wait for a command around this one.
 * Returns true if there is something to wait for. */
static bool look_at_holders(const struct run *run, Hf__Reply *refusal, bool may_wait) {
    const struct op op = ops_get("object", "describe");
    const Hf__Holder *holder = NULL;
    bool goes_on = may_wait;
    Hf__Reply *reply = exchange_call_with(run->shell, run->object, &op, NULL, NULL);
    if (reply->result_case == HF__REPLY__RESULT_DESCRIPTION) {
        const Hf__Description *description = reply->description;
        if (may_wait && waits_for_itself(run, description, &holder)) {
            explain(refusal, HF_DEADLOCK,
                    "this command runs under it, and would wait for ever: ", holder);
            goes_on = false;
        } else if (!refusal->detail && description->n_holders > 0) {
            explain(refusal, HF_TIMEOUT, "", description->holders[0]);
        }
    }
    hf__reply__free_unpacked(reply, NULL);
    return goes_on;
}

/* Within a command that holds the object, try before waiting. */
static Hf__Reply *acquire_or_refuse(const struct run *run, const struct op *op) {
    int64_t timeout_ms = run->shell->timeout_ms;
    if (timeout_ms != 0 && nested_mentions(run->object)) {
        run->shell->timeout_ms = 0;
        Hf__Reply *reply = call_holding(run, op);
        run->shell->timeout_ms = timeout_ms;
        if (reply->status != HF__STATUS__TIMEOUT || !look_at_holders(run, reply, true)) {
            return reply;
        }
        hf__reply__free_unpacked(reply, NULL);
    }
    Hf__Reply *reply = call_holding(run, op);
    if (reply->status == HF__STATUS__TIMEOUT && !reply->detail) {
        (void)look_at_holders(run, reply, false);
    }
    return reply;
}

/* Returns true if this process holds the object now; false with how to end. */
static bool acquire_held(struct run *run, int *code) {
    struct op op;
    Hf__Reply *reply = NULL;
    bool found = find_acquire(run->type, run->shell->read, &op);
    assert(found && !run->object);
    (void)found;
    run->object = exchange_find(run->shell, run->type, true, run->name, &reply);
    if (!run->object) {
        *code = report_refusal(run, reply);
        return false;
    }
    reply = acquire_or_refuse(run, &op);
    if (reply->result_case != HF__REPLY__RESULT_GRANT) {
        *code = report_refusal(run, reply);
        return false;
    }
    if (reply->status == HF__STATUS__OWNER_DIED) {
        warn_of_death(run, reply->grant);
    }
    set_environment(run, reply->grant);
    hf__reply__free_unpacked(reply, NULL);
    return true;
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

/* Reap all children: as process 1 of a container this one gets the orphans of others, and nobody
 * else reaps them. Returns true if the command has ended. */
static bool reap_children(const struct run *run, int *status) {
    int end = 0;
    bool ended = false;
    for (pid_t pid = 0; (pid = waitpid(-1, &end, WNOHANG)) > 0;) {
        if (pid == run->child) {
            *status = end;
            ended = true;
        }
    }
    return ended;
}

/* Pass signals on to the command, except those from the terminal, which the kernel sends to both.
 * Returns true if the command has ended. */
static bool pass_signals(struct run *run, int *status) {
    struct signalfd_siginfo info;
    bool ended = false;
    while (read(run->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            ended = reap_children(run, status) || ended;
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
    for (bool ended = reap_children(run, &status); !ended;) {
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
    int code = 0;
    if (!acquire_held(&run, &code)) {
        return code; /* 0 as well: --conflict-exit-code */
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
