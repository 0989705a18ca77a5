/* SPDX-License-Identifier: MIT
 *
 * watchdog: run a test, and end it when it hangs. Every test that ctest runs is started by it.
 *
 *   watchdog [--asleep SECONDS] [--cpu SECONDS] COMMAND [ARGUMENT]...
 *
 * A test hangs when all its processes have slept for so long altogether, or when they have used so
 * much CPU time; the limits are those of patience.h. A process that waits for its turn on a busy
 * machine does neither. The watchdog then tells where each thread is, and kills them all. It also
 * waits for the processes that the test leaves behind: they end by themselves, or the test hangs.
 * Otherwise the watchdog ends as the test has ended. If it is told to end, or ctest has gone, it
 * takes the test with it.
 */
#include "patience.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES_MAX = 32768, FAILURE = 99 };

struct process {
    pid_t pid;
    pid_t parent;
    uint64_t ticks; /* of CPU time, with those of the children that it has waited for */
    bool ours;
};

static struct process processes[PROCESSES_MAX];
static size_t process_count;

_Noreturn static void give_up(const char *what) {
    (void)fprintf(stderr, "watchdog: %s: %s\n", what, strerror(errno));
    exit(FAILURE);
}

/* ---- The processes ---- */

/* Read a small file; returns false if it has gone. */
static bool slurp(char *text, size_t size, const char *format, ...) {
    char path[128];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    FILE *file = fopen(path, "re");
    if (!file) {
        return false;
    }
    size_t len = fread(text, 1, size - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    return len > 0;
}

/* The fields behind the name in a line of stat: the state, the parent and so on. NULL: the thread
 * has gone. */
static const char *read_stat(char *line, size_t size, pid_t pid, pid_t thread) {
    if (!slurp(line, size, "/proc/%d/task/%d/stat", pid, thread)) {
        return NULL;
    }
    const char *name_end = strrchr(line, ')');
    return name_end ? name_end + 2 : NULL;
}

static bool read_process(pid_t pid, struct process *process) {
    char line[1024];
    if (!slurp(line, sizeof line, "/proc/%d/stat", pid)) {
        return false;
    }
    char *rest = strrchr(line, ')');
    enum { PARENT = 2, CPU_FIRST = 12, CPU_LAST = 15 }; /* fields behind the name */
    *process = (struct process){.pid = pid};
    unsigned field = 0;
    for (char *word = rest ? strtok_r(rest + 1, " ", &rest) : NULL; word;
         word = strtok_r(NULL, " ", &rest)) {
        field++;
        if (field == PARENT) {
            process->parent = (pid_t)strtol(word, NULL, 10);
        } else if (field >= CPU_FIRST && field <= CPU_LAST) {
            process->ticks += strtoull(word, NULL, 10);
        }
    }
    return field >= CPU_LAST;
}

static void read_all(void) {
    DIR *folder = opendir("/proc");
    if (!folder) {
        give_up("/proc");
    }
    process_count = 0;
    for (struct dirent *entry; process_count < PROCESSES_MAX && (entry = readdir(folder));) {
        if (isdigit((unsigned char)entry->d_name[0]) &&
            read_process((pid_t)strtol(entry->d_name, NULL, 10), &processes[process_count])) {
            process_count++;
        }
    }
    (void)closedir(folder);
}

static bool is_ours(pid_t pid) {
    for (size_t i = 0; i < process_count; i++) {
        if (processes[i].pid == pid) {
            return processes[i].ours;
        }
    }
    return pid == getpid();
}

/* Keep the processes of the test: this one's children, theirs, and so on. */
static void find_ours(void) {
    read_all();
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < process_count; i++) {
            struct process *process = &processes[i];
            if (!process->ours && process->pid != getpid() &&
                (process->parent == getpid() || is_ours(process->parent))) {
                process->ours = true;
                found = true;
            }
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < process_count; i++) {
        if (processes[i].ours) {
            processes[kept++] = processes[i];
        }
    }
    process_count = kept;
}

/* Call this for each thread, as long as it returns true. Returns false once it has not. */
typedef bool thread_function(pid_t pid, pid_t thread);

static bool each_thread(pid_t pid, thread_function *act) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *folder = opendir(path);
    bool goes_on = true;
    for (struct dirent *entry; folder && goes_on && (entry = readdir(folder));) {
        if (isdigit((unsigned char)entry->d_name[0])) {
            goes_on = act(pid, (pid_t)strtol(entry->d_name, NULL, 10));
        }
    }
    if (folder) {
        (void)closedir(folder);
    }
    return goes_on;
}

/* Neither running, nor waiting for a processor or a disk. */
static bool sleeps(pid_t pid, pid_t thread) {
    char line[1024];
    const char *state = read_stat(line, sizeof line, pid, thread);
    return !state || !strchr("RD", *state);
}

static bool all_sleep(void) {
    for (size_t i = 0; i < process_count; i++) {
        if (!each_thread(processes[i].pid, sleeps)) {
            return false;
        }
    }
    return true;
}

static uint64_t cpu_s(void) {
    uint64_t ticks = 0;
    struct rusage ended;
    (void)getrusage(RUSAGE_CHILDREN, &ended);
    for (size_t i = 0; i < process_count; i++) {
        ticks += processes[i].ticks;
    }
    return (uint64_t)(ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) +
           ticks / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* ---- The end of a test that hangs ---- */

static bool describe_thread(pid_t pid, pid_t thread) {
    char name[64] = "", line[1024], channel[128] = "";
    const char *state = read_stat(line, sizeof line, pid, thread);
    (void)slurp(name, sizeof name, "/proc/%d/task/%d/comm", pid, thread);
    (void)slurp(channel, sizeof channel, "/proc/%d/task/%d/wchan", pid, thread);
    name[strcspn(name, "\n")] = '\0';
    (void)fprintf(stderr, "  thread %d (%s): %c %s\n", thread, name, state ? *state : '-', channel);
    return true;
}

/* The stack of each thread, where gdb is installed. */
static void print_stacks(pid_t pid) {
    char number[16];
    (void)snprintf(number, sizeof number, "%d", pid);
    pid_t debugger = fork();
    if (debugger == 0) {
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
        (void)execlp("timeout", "timeout", "60", "gdb", "-q", "-batch", "-nx", "-p", number, "-ex",
                     "thread apply all backtrace", (char *)NULL);
        _exit(FAILURE);
    }
    (void)waitpid(debugger, NULL, 0);
}

static void describe(const struct process *process) {
    char command[1024];
    size_t len = 0;
    (void)memset(command, 0, sizeof command);
    (void)slurp(command, sizeof command, "/proc/%d/cmdline", process->pid);
    for (; len + 1 < sizeof command && (command[len] || command[len + 1]); len++) {
        if (!command[len]) {
            command[len] = ' ';
        }
    }
    (void)fprintf(stderr, "process %d, child of %d: %s\n", process->pid, process->parent, command);
    (void)each_thread(process->pid, describe_thread);
}

/* Until none is left: between two looks a process may have started another. */
static void kill_all(void) {
    for (find_ours(); process_count > 0; find_ours()) {
        for (size_t i = 0; i < process_count; i++) {
            (void)kill(processes[i].pid, SIGKILL);
        }
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
    }
}

_Noreturn static void end_all(const char *reason) {
    (void)fprintf(stderr, "watchdog: it hangs: %s\n", reason);
    for (size_t i = 0; i < process_count; i++) {
        describe(&processes[i]);
    }
    for (size_t i = 0; i < process_count; i++) {
        print_stacks(processes[i].pid);
    }
    kill_all();
    exit(FAILURE);
}

/* ---- The test ---- */

static pid_t test;
static int test_status;

static sigset_t awaited; /* which watch() waits for */

static void start(char **command) {
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    pid_t self = getpid();
    sigset_t none;
    (void)sigemptyset(&awaited);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)sigaddset(&awaited, numbers[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &awaited, &none);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* whatever loses its parent stays in sight */
    test = fork();
    if (test < 0) {
        give_up("fork");
    }
    if (test == 0) {
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        /* A group of its own: if a test beside it has a stopped process, and this one leaves their
         * common group orphaned, the kernel would send SIGHUP to both, and to who started them. */
        (void)setpgid(0, 0);
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != self) {
            _exit(FAILURE);
        }
        (void)execvp(command[0], command);
        give_up(command[0]);
    }
}

/* Returns false when none is left. */
static bool reap(void) {
    int status = 0;
    pid_t pid = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == test) {
            test_status = status;
        }
    }
    return pid == 0;
}

static void watch(uint64_t asleep_max_s, uint64_t cpu_max_s) {
    const struct timespec second = {.tv_sec = 1};
    uint64_t asleep_s = 0;
    while (reap()) {
        int number = sigtimedwait(&awaited, NULL, &second);
        if (number == SIGCHLD) {
            continue;
        }
        if (number > 0) {
            kill_all();
            exit(FAILURE);
        }
        find_ours();
        asleep_s += all_sleep();
        if (asleep_s >= asleep_max_s) {
            end_all("nothing has moved for too long");
        }
        if (cpu_s() >= cpu_max_s) {
            end_all("it has used too much CPU time");
        }
    }
}

/* As the test has ended. */
static int end(void) {
    if (WIFEXITED(test_status)) {
        return WEXITSTATUS(test_status);
    }
    const struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)signal(WTERMSIG(test_status), SIG_DFL);
    (void)raise(WTERMSIG(test_status));
    return FAILURE;
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"asleep", required_argument, NULL, 'a'}, {"cpu", required_argument, NULL, 'c'}, {0}};
    uint64_t asleep_s = PATIENCE_ASLEEP_S, cpu_s = PATIENCE_CPU_S;
    for (int option = 0; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        switch (option) {
        case 'a':
            asleep_s = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            cpu_s = strtoull(optarg, NULL, 10);
            break;
        default:
            return FAILURE;
        }
    }
    if (optind == argc) {
        (void)fputs("usage: watchdog [--asleep SECONDS] [--cpu SECONDS] COMMAND...\n", stderr);
        return FAILURE;
    }
    start(argv + optind);
    watch(asleep_s, cpu_s);
    return end();
}
