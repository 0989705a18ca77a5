/* SPDX-License-Identifier: MIT
 *
 * bank: why locks exist. Nine processes move money in one account. Each reads the balance, thinks,
 * and writes the new one. Without the lock two of them would read the same balance, and one change
 * would be lost.
 *
 * Teaches: hf_lock_acquire, hf_lock_release, HF_OWNER_DIED.
 */
#include "support.h"

#include <stdio.h>

enum { WITHDRAWALS = 6, DEPOSITS = 3, AMOUNT = 100, START = 1000 };

struct account {
    hf_value balance;
    hf_lock lock;
};

static void move_money(int64_t amount, const struct account *account) {
    hf_status status = hf_lock_acquire(account->lock, -1, NULL); /* -1: wait without limit */
    check(status);
    if (status == HF_OWNER_DIED) {
        /* This process holds the lock, but its last holder died while it held it. The balance is
         * written in one step, so it is sound; two values that belong together would have to be
         * checked. */
        printf("the last holder of the lock died\n");
    }

    int64_t balance = 0;
    check(hf_value_get(account->balance, &balance));
    pause_ms(5); /* a process without the lock would do harm now */
    check(hf_value_set(account->balance, balance + amount));
    printf("%+5lld: %lld -> %lld\n", (long long)amount, (long long)balance,
           (long long)(balance + amount));

    check(hf_lock_release(account->lock));
}

static void customer(int number, void *context) {
    move_money(number < WITHDRAWALS ? -AMOUNT : AMOUNT, context);
}

int main(void) {
    hf_client *client = open_client();
    struct account account;
    check(hf_value_open(client, NULL, HF_I64, START, &account.balance)); /* NULL: it has no name */
    check(hf_lock_open(client, NULL, NULL, &account.lock));

    /* Handles are small structs: the children inherit them, and each child's first call opens a
     * connection of its own. */
    workers_run("customer", WITHDRAWALS + DEPOSITS, customer, &account);

    int64_t balance = number_of(account.balance);
    printf("balance = %lld\n", (long long)balance);
    close_client(client);
    return balance == START + (DEPOSITS - WITHDRAWALS) * AMOUNT ? 0 : 1;
}
