/* SPDX-License-Identifier: MIT
 *
 * transfer: money goes from one account to another, or nothing happens. A transfer is an atomic
 * batch of three calls: take from one account, give to the other, count the transfer. If one of
 * them is refused, the manager undoes those before it; and a process that is killed has made all
 * of a transfer or nothing of it. No lock is needed.
 *
 * Teaches: hf_batch_begin_atomic, hf_batch_finish, hf_dict_add_int with a floor, hf_last_detail.
 *
 * Prints:
 *     30 from ada to bob: OK
 *       ada 70, bob 130, cyd 100; 1 transfer
 *     30 from ada to dan: KEY_ERROR (request 1, dict_add: no key "dan")
 *       ada 70, bob 130, cyd 100; 1 transfer
 *     90 from ada to cyd: OUT_OF_RANGE (request 0, dict_add: the sum would be below the floor)
 *       ada 70, bob 130, cyd 100; 1 transfer
 *     8 processes were killed within transfers: still 3 accounts with 300 in all
 */
#define _POSIX_C_SOURCE 200809L /* kill() */

#include "support.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { ACCOUNTS = 3, START = 100, CLERKS = 8, TRANSFERS = 2000 };

struct bank {
    hf_client *client;
    hf_dict accounts;
    hf_value transfers;
};

static const char *const names[] = {"ada", "bob", "cyd", "dan"}; /* dan has no account */

static hf_status transfer(const struct bank *bank, int64_t amount, const char *from,
                          const char *to) {
    hf_bounds not_below_zero = HF_BOUNDS;
    not_below_zero.floor = hf_any_int(0);
    hf_status status = hf_batch_begin_atomic(bank->client);
    if (!hf_ok(status)) {
        return status;
    }
    HF_COLLECT(hf_dict_add_int(bank->accounts, from, -amount, &not_below_zero, NULL));
    HF_COLLECT(hf_dict_add_int(bank->accounts, to, amount, NULL, NULL));
    HF_COLLECT(hf_value_add(bank->transfers, 1, NULL, NULL));
    return hf_batch_finish(bank->client, 0, NULL);
}

static void show_transfer(const struct bank *bank, int64_t amount, const char *from,
                          const char *to) {
    hf_status status = transfer(bank, amount, from, to);
    const char *why = hf_ok(status) ? "" : hf_last_detail();
    printf("%" PRId64 " from %s to %s: %s%s%s%s\n", amount, from, to, hf_status_name(status),
           *why ? " (" : "", why, *why ? ")" : "");
    for (int i = 0; i < ACCOUNTS; i++) {
        int64_t balance = 0;
        check(hf_dict_get_int(bank->accounts, names[i], &balance));
        printf("%s%s %" PRId64, i == 0 ? "  " : ", ", names[i], balance);
    }
    printf("; %" PRId64 " transfer\n", number_of(bank->transfers));
}

/* Transfer at random until killed. Many transfers are refused. */
static void clerk(int number, void *context) {
    const struct bank *bank = context;
    unsigned seed = (unsigned)number + 1;
    for (;;) {
        seed = seed * 1103515245 + 12345;
        unsigned dice = seed >> 16;
        (void)transfer(bank, 1 + dice % 50, names[dice / 64 % 4], names[dice / 256 % 4]);
    }
}

/* The sum of the balances of all accounts. */
static int64_t sum_of(const struct bank *bank) {
    int64_t sum = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        int64_t balance = 0;
        check(hf_dict_get_int(bank->accounts, names[i], &balance));
        sum += balance;
    }
    return sum;
}

static void kill_clerks(const struct bank *bank) {
    struct workers clerks;
    workers_start(&clerks, "clerk", CLERKS, clerk, (void *)(uintptr_t)bank);
    for (int i = 0; i < CLERKS; i++) {
        while (number_of(bank->transfers) < (i + 1) * TRANSFERS / CLERKS) {
            pause_ms(1);
        }
        if (kill(clerks.pids[i], SIGKILL) != 0) {
            give_up("a clerk has ended by itself");
        }
    }
    while (workers_running(&clerks) > 0) {
        pause_ms(1);
    }
    free(clerks.pids);
}

int main(void) {
    struct bank bank = {.client = open_client()};
    check(hf_dict_open(bank.client, NULL, HF_OPEN_OR_CREATE, &bank.accounts));
    bank.transfers = new_counter(bank.client);
    for (int i = 0; i < ACCOUNTS; i++) {
        check(hf_dict_set_int(bank.accounts, names[i], START));
    }

    show_transfer(&bank, 30, "ada", "bob");
    show_transfer(&bank, 30, "ada", "dan");
    show_transfer(&bank, 90, "ada", "cyd");
    (void)fflush(stdout);

    kill_clerks(&bank);
    uint64_t accounts = 0;
    check(hf_dict_len(bank.accounts, &accounts));
    int64_t sum = sum_of(&bank);
    printf("%d processes were killed within transfers: still %" PRIu64 " accounts with %" PRId64
           " in all\n",
           CLERKS, accounts, sum);
    close_client(bank.client);
    return accounts == ACCOUNTS && sum == (int64_t)ACCOUNTS * START ? 0 : 1;
}
