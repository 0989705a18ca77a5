/* SPDX-License-Identifier: MIT
 *
 * Run a program, and all that it starts, as in a system without pidfds, or in a sandbox that
 * refuses them: every way to get or to use one fails. So do close_range() and clone3(), which the C
 * library calls and has a way around.
 *
 *     refuse ENOSYS|EPERM PROGRAM ARGUMENT...
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PIDFD_SEND_SIGNAL = 424,
    PIDFD_OPEN = 434,
    CLONE3 = 435,
    CLOSE_RANGE = 436,
    WAIT_BY_PIDFD = 3,
    PEERPIDFD = 77,
    CLONE_WITH_PIDFD = 0x1000
};

#define ARGUMENT(number)                                                                           \
    (offsetof(struct seccomp_data, args) + 8 * (number) + (is_big_endian() ? 4 : 0))

static unsigned is_big_endian(void) {
    const uint16_t one = 1;
    return *(const uint8_t *)&one == 0;
}

static struct sock_filter load(size_t offset) {
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static struct sock_filter answer(int error) {
    return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, error ? SECCOMP_RET_ERRNO | (uint32_t)error
                                                               : SECCOMP_RET_ALLOW);
}

/* Goes on behind the next `skipped` instructions if it is not so. */
static struct sock_filter unless(unsigned test, unsigned number, uint8_t skipped) {
    return (struct sock_filter)BPF_JUMP(BPF_JMP | test | BPF_K, number, 0, skipped);
}

/* A refusal of one call, perhaps only with an argument. */
struct rule {
    unsigned call;
    int error;     /* 0: the one of the command line */
    unsigned test; /* BPF_JEQ, BPF_JSET; 0: any arguments */
    unsigned argument;
    unsigned number;
};

static const struct rule rules[] = {
    {.call = PIDFD_OPEN},
    {.call = PIDFD_SEND_SIGNAL},
    {.call = CLOSE_RANGE},
    {.call = CLONE3, .error = ENOSYS}, /* by any other error no thread could be made */
    {.call = SYS_clone, .test = BPF_JSET, .argument = 0, .number = CLONE_WITH_PIDFD},
    {.call = SYS_waitid, .error = EINVAL, .test = BPF_JEQ, .argument = 0, .number = WAIT_BY_PIDFD},
    {.call = SYS_getsockopt,
     .error = ENOPROTOOPT,
     .test = BPF_JEQ,
     .argument = 2,
     .number = PEERPIDFD},
};

enum { RULES = sizeof rules / sizeof rules[0], RULE_MAX = 6 };

static int install(int error) {
    struct sock_filter filter[RULES * RULE_MAX + 1];
    unsigned short count = 0;
    for (size_t i = 0; i < RULES; i++) {
        const struct rule *rule = &rules[i];
        filter[count++] = load(offsetof(struct seccomp_data, nr));
        filter[count++] = unless(BPF_JEQ, rule->call, rule->test ? 3 : 1);
        if (rule->test) {
            filter[count++] = load(ARGUMENT(rule->argument));
            filter[count++] = unless(rule->test, rule->number, 1);
        }
        filter[count++] = answer(rule->error ? rule->error : error);
    }
    filter[count++] = answer(0);
    const struct sock_fprog program = {.len = count, .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
               ? 0
               : -1;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        (void)fprintf(stderr, "usage: refuse ENOSYS|EPERM PROGRAM ARGUMENT...\n");
        return 2;
    }
    int error = strcmp(argv[1], "EPERM") == 0 ? EPERM : ENOSYS;
    if (install(error) != 0) {
        perror("refuse");
        return 2;
    }
    if (syscall(PIDFD_OPEN, getpid(), 0) != -1 || errno != error) {
        (void)fprintf(stderr, "refuse: pidfd_open() is not refused\n");
        return 2;
    }
    (void)execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 2;
}
