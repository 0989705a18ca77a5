/* SPDX-License-Identifier: MIT
 *
 * reentrant_lock: functions that acquire the same lock and call each other. A transfer holds the
 * lock and calls withdraw and deposit, which acquire it themselves, as they do when called alone.
 * With a plain lock the second acquire would wait for its own holder; it is refused at once.
 *
 * Teaches: hf_lock_options.reentrant, hf_grant.depth, HF_DEADLOCK, HF_NOT_HELD.
 *
 * Prints:
 *     transfer holds the lock 1 time
 *     withdraw holds the lock 2 times
 *     deposit holds the lock 2 times
 *     released once too often: NOT_HELD
 *     a plain lock, acquired twice: DEADLOCK
 */
#include "support.h"

#include <stdio.h>

static void enter(hf_lock lock, const char *who) {
    hf_grant grant;
    check(hf_lock_acquire(lock, -1, &grant));
    printf("%s holds the lock %u time%s\n", who, grant.depth, grant.depth == 1 ? "" : "s");
}

static void withdraw(hf_lock lock) {
    enter(lock, "withdraw");
    check(hf_lock_release(lock));
}

static void deposit(hf_lock lock) {
    enter(lock, "deposit");
    check(hf_lock_release(lock));
}

static void transfer(hf_lock lock) {
    enter(lock, "transfer");
    withdraw(lock);
    deposit(lock);
    check(hf_lock_release(lock)); /* released as often as acquired: only now it is free */
}

int main(void) {
    hf_client *client = open_client();
    const hf_lock_options reentrant = {.reentrant = true};
    hf_lock lock;
    hf_lock plain;
    check(hf_lock_open(client, NULL, &reentrant, &lock));
    check(hf_lock_open(client, NULL, NULL, &plain));

    transfer(lock);
    printf("released once too often: %s\n", hf_status_name(hf_lock_release(lock)));

    check(hf_lock_acquire(plain, -1, NULL));
    hf_status again = hf_lock_acquire(plain, -1, NULL);
    printf("a plain lock, acquired twice: %s\n", hf_status_name(again));
    check(hf_lock_release(plain));
    close_client(client);
    return 0;
}
