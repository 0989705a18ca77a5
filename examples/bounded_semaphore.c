/* SPDX-License-Identifier: MIT
 *
 * bounded_semaphore: one release too many is a mistake. A plain semaphore takes it as one more
 * permit. A bounded one never has more permits than at first and refuses it, so the mistake shows.
 *
 * Teaches: hf_semaphore_options.bounded, several permits at once, HF_VALUE_ERROR.
 *
 * Prints:
 *     plain, released once too often: OK, 3 permits are free
 *     bounded, released once too often: VALUE_ERROR, 2 permits are free
 *     bounded, two at once: OK, 0 permits are free
 *     bounded, three where it has two: VALUE_ERROR, 0 permits are free
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

static void show_permits(const char *what, hf_semaphore semaphore, hf_status status) {
    uint64_t permits = 0;
    check(hf_semaphore_value(semaphore, &permits));
    printf("%s: %s, %" PRIu64 " permits are free\n", what, hf_status_name(status), permits);
}

static hf_status release_twice(hf_semaphore semaphore) {
    check(hf_semaphore_acquire(semaphore, 1, -1, NULL));
    check(hf_semaphore_release(semaphore, 1));
    return hf_semaphore_release(semaphore, 1);
}

int main(void) {
    hf_client *client = open_client();
    const hf_semaphore_options options = {.bounded = true};
    hf_semaphore plain;
    hf_semaphore bounded;
    check(hf_semaphore_open(client, NULL, 2, NULL, &plain));
    check(hf_semaphore_open(client, NULL, 2, &options, &bounded));

    show_permits("plain, released once too often", plain, release_twice(plain));
    show_permits("bounded, released once too often", bounded, release_twice(bounded));
    show_permits("bounded, two at once", bounded, hf_semaphore_acquire(bounded, 2, -1, NULL));
    show_permits("bounded, three where it has two", bounded,
                 hf_semaphore_acquire(bounded, 3, -1, NULL));
    close_client(client);
    return 0;
}
