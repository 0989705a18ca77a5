/* SPDX-License-Identifier: MIT
 *
 * bank: why there are locks. Nine processes move money in one account. Each reads the balance,
 * thinks, and writes the new one; without the lock two of them would read the same balance, and
 * the money of one would be lost.
 *
 * Teaches: hf_lock_acquire, hf_lock_release, hf_grant, what HF_OWNER_DIED is for.
 */
#include "support.h"

#include <stdio.h>

enum { WITHDRAWALS = 6, DEPOSITS = 3, AMOUNT = 100, START = 1000 };

struct account {
    hf_value balance;
    hf_lock lock;
};

static void move(int64_t amount, const struct account *account) {
    hf_status status = hf_lock_acquire(account->lock, -1, NULL); /* -1: wait as long as it takes */
    check(status);
    if (status == HF_OWNER_DIED) {
        /* We have the lock, but whoever had it before died holding it. One value is written in
         * one step, so the balance is sound; two that belong together would have to be checked. */
        printf("somebody died while holding the lock\n");
    }

    int64_t balance = 0;
    check(hf_value_get(account->balance, &balance));
    pause_ms(5); /* time enough for anybody who does not hold the lock to do harm */
    check(hf_value_set(account->balance, balance + amount));
    printf("%+5lld: %lld -> %lld\n", (long long)amount, (long long)balance,
           (long long)(balance + amount));

    check(hf_lock_release(account->lock));
}

static void customer(int number, void *context) {
    move(number < WITHDRAWALS ? -AMOUNT : AMOUNT, context);
}

int main(void) {
    hf_client *client = open_client();
    struct account account;
    check(hf_value_open(client, NULL, HF_I64, START, &account.balance)); /* NULL: it has no name */
    check(hf_lock_open(client, NULL, NULL, &account.lock));

    /* Handles are small structs: the children inherit them, and each child's first call opens a
     * connection of its own. */
    struct crew customers;
    crew_start(&customers, "customer", WITHDRAWALS + DEPOSITS, customer, &account);
    crew_wait(&customers);

    int64_t balance = 0;
    check(hf_value_get(account.balance, &balance));
    printf("balance = %lld\n", (long long)balance);
    close_client(client);
    return balance == START + (DEPOSITS - WITHDRAWALS) * AMOUNT ? 0 : 1;
}
