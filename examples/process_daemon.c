/* SPDX-License-Identifier: MIT
 *
 * process_daemon: a daemon would run for ever, but ends with the process that has started it, even
 * if that is killed. Here a shop starts a daemon that holds a lock. After the shop's end the next
 * acquire tells that the lock's holder died.
 *
 * Teaches: hf_process_options.daemon; HF_OWNER_DIED.
 *
 * Prints:
 *     the shop closes: exit code 0
 *     the ticker has ended with it
 *     the shop is killed: exit code -9
 *     the ticker has ended with it
 */
#include "support.h"

#include <stdio.h>
#include <unistd.h>

struct shop {
    hf_lock lock;     /* the ticker holds it as long as it runs */
    hf_event ticking; /* the ticker holds the lock */
    bool closes;      /* by itself; false: it is killed */
};

NORETURN static void run_for_ever(void) {
    for (;;) {
        (void)pause();
    }
}

static int tick_for_ever(void *argument) {
    const struct shop *shop = argument;
    check(hf_lock_acquire(shop->lock, -1, NULL));
    check(hf_event_set(shop->ticking));
    run_for_ever();
}

static int keep_shop(void *argument) {
    const struct shop *shop = argument;
    const hf_process_options options = {.name = "ticker", .daemon = true};
    check(hf_process_start(tick_for_ever, argument, &options, NULL)); /* nobody joins it */
    check(hf_event_wait(shop->ticking, -1));
    if (!shop->closes) {
        run_for_ever();
    }
    return 0;
}

static void expect_end_of_ticker(const struct shop *shop) {
    hf_grant grant;
    hf_status status = hf_lock_acquire(shop->lock, -1, &grant);
    check(status);
    if (status != HF_OWNER_DIED) {
        give_up("the ticker did not hold its lock");
    }
    printf("the %s has ended with it\n", grant.died.label);
    check(hf_lock_release(shop->lock));
    check(hf_event_clear(shop->ticking));
}

static void run_shop(struct shop *shop) {
    hf_process *process = NULL;
    int code = 0;
    check(hf_process_start(keep_shop, shop, NULL, &process));
    check(hf_event_wait(shop->ticking, -1));
    if (!shop->closes) {
        check(hf_process_kill(process));
    }
    check(hf_process_join(process, -1));
    check(hf_process_exit_code(process, &code));
    printf("the shop %s: exit code %d\n", shop->closes ? "closes" : "is killed", code);
    hf_process_free(process);
    expect_end_of_ticker(shop);
}

int main(void) {
    hf_client *client = open_client();
    struct shop shop = {.closes = true};
    check(hf_lock_open(client, NULL, NULL, &shop.lock));
    check(hf_event_open(client, NULL, HF_OPEN_OR_CREATE, &shop.ticking));

    run_shop(&shop);
    shop.closes = false;
    run_shop(&shop);

    close_client(client);
    return 0;
}
