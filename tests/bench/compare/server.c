/* SPDX-License-Identifier: MIT
 *
 * See server.h.
 */
#include "server.h"

#include "attempt.h"
#include "check.h"
#include "patience.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNNING_MAX = 8, PATH_BYTES = 4096 };

static char folder[64];
static struct server *running[RUNNING_MAX];

void servers_begin(void) {
    const char *where = getenv("TMPDIR");
    int len = snprintf(folder, sizeof folder, "%s/compare-XXXXXX", where ? where : "/tmp");
    must(len < (int)sizeof folder, "$TMPDIR is too long a path for sockets in it");
    must(mkdtemp(folder), "%s: %s", folder, strerror(errno));
}

/* Servers leave sockets, locks and what shared memory is made of. */
static void remove_files(void) {
    DIR *files = opendir(folder);
    must(files, "%s: %s", folder, strerror(errno));
    for (struct dirent *file; (file = readdir(files));) {
        (void)unlinkat(dirfd(files), file->d_name, 0); /* not . and .. */
    }
    (void)closedir(files);
}

void servers_finish(void) {
    for (int i = 0; i < RUNNING_MAX; i++) {
        if (running[i]) {
            server_stop(running[i]);
        }
    }
    remove_files();
    must(rmdir(folder) == 0, "%s: %s", folder, strerror(errno));
}

bool server_exists(const struct server *server) {
    const char *program = server->args[0];
    if (!program || strchr(program, '/')) {
        return !program || access(program, X_OK) == 0;
    }
    char places[PATH_BYTES], path[PATH_BYTES + 64];
    char *rest = NULL;
    const char *searched = getenv("PATH");
    (void)snprintf(places, sizeof places, "%s", searched ? searched : "/usr/bin");
    for (char *place = strtok_r(places, ":", &rest); place; place = strtok_r(NULL, ":", &rest)) {
        (void)snprintf(path, sizeof path, "%s/%s", place, program);
        if (access(path, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Start ---- */

static void wait_ms(long ms) {
    struct timespec time = {.tv_nsec = ms * 1000000};
    (void)nanosleep(&time, NULL);
}

static bool takes_connections(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0, "socket: %s", strerror(errno));
    bool connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return connected;
}

/* An argument with the socket in the place of {}. */
static char *filled(const char *argument, const char *socket) {
    const char *hole = strstr(argument, "{}");
    char *text = NULL;
    int len = hole ? asprintf(&text, "%.*s%s%s", (int)(hole - argument), argument, socket, hole + 2)
                   : asprintf(&text, "%s", argument);
    must(len >= 0, "no memory");
    return text;
}

/* The output of servers would come between the tables. */
_Noreturn static void become(const struct server *server) {
    char *args[SERVER_ARGS_MAX + 1] = {filled(server->args[0], server->socket)};
    for (int i = 1; i < SERVER_ARGS_MAX && server->args[i]; i++) {
        args[i] = filled(server->args[i], server->socket);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    int quiet = open("/dev/null", O_RDWR | O_CLOEXEC);
    must(quiet >= 0 && chdir(folder) == 0, "%s: %s", folder, strerror(errno));
    (void)dup2(quiet, STDIN_FILENO);
    (void)dup2(quiet, STDOUT_FILENO);
    int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    (void)dup2(quiet, STDERR_FILENO);
    (void)execvp(args[0], args);
    (void)dup2(errors, STDERR_FILENO);
    give_up("%s: %s", args[0], strerror(errno));
}

/* Returns 0 if it does not come to serve. */
static pid_t launch_program(const struct server *server) {
    pid_t pid = fork();
    must(pid >= 0, "fork: %s", strerror(errno));
    if (pid == 0) {
        become(server);
    }
    for (int waited = 0; !takes_connections(server->socket); waited++) {
        bool runs = waitpid(pid, NULL, WNOHANG) == 0;
        if (!runs || waited >= PATIENCE_MS) {
            (void)(runs && kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0));
            return 0;
        }
        wait_ms(1);
    }
    return pid;
}

static void remember(struct server *server) {
    for (int i = 0; i < RUNNING_MAX; i++) {
        if (!running[i]) {
            running[i] = server;
            return;
        }
    }
    give_up("too many servers");
}

static void forget(struct server *server) {
    server->pid = 0;
    (void)unlink(server->socket);
    for (int i = 0; i < RUNNING_MAX; i++) {
        if (running[i] == server) {
            running[i] = NULL;
        }
    }
}

/* One that has ended meanwhile is forgotten, so that it can be started again. */
static bool runs(struct server *server) {
    if (server->pid != 0 && !server->no_process && waitpid(server->pid, NULL, WNOHANG) != 0) {
        attempts_note("%s has ended by itself", server->name);
        forget(server);
    }
    return server->pid != 0;
}

bool server_start(struct server *server) {
    if (runs(server)) {
        return true;
    }
    int len = snprintf(server->socket, sizeof server->socket, "%s/%s", folder, server->name);
    must(len < (int)sizeof server->socket, "%s: too long a path for a socket", folder);
    if (server->no_process) {
        server->pid = getpid();
    } else {
        server->pid = server->launch ? server->launch(server->socket) : launch_program(server);
    }
    if (server->pid == 0) {
        attempts_note("%s does not serve", server->name);
        return false;
    }
    remember(server);
    return true;
}

void server_stop(struct server *server) {
    if (!runs(server)) {
        return;
    }
    if (!server->no_process) {
        must(kill(server->pid, SIGKILL) == 0 && waitpid(server->pid, NULL, 0) == server->pid,
             "%s cannot be ended", server->name);
    }
    forget(server);
}

/* ---- Numbers ---- */

int64_t server_cpu_ns(const struct server *server) {
    clockid_t clock = 0;
    struct timespec time = {0};
    if (!server->no_process) {
        must(clock_getcpuclockid(server->pid, &clock) == 0 && clock_gettime(clock, &time) == 0,
             "%s has gone", server->name);
    }
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

int64_t server_memory_bytes(const struct server *server) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/statm", server->pid);
    FILE *file = fopen(path, "re");
    char line[128];
    must(file && fgets(line, sizeof line, file), "%s: cannot be read", path);
    (void)fclose(file);
    const char *resident = strchr(line, ' '); /* the second number */
    must(resident, "%s: %s", path, line);
    return strtoll(resident, NULL, 10) * sysconf(_SC_PAGESIZE);
}
