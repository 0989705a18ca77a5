/* SPDX-License-Identifier: MIT
 *
 * See cancel.h.
 */
#include "cancel.h"

#include <assert.h>
#include <errno.h>

int cancel_off(void) {
    int before = 0;
    int error = pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    assert(!error);
    (void)error;
    return before;
}

void cancel_restore(int before) {
    int error = pthread_setcancelstate(before, NULL);
    assert(!error);
    (void)error;
}

void cancel_point(void) {
    pthread_testcancel();
}

int cancel_poll(struct pollfd *polls, nfds_t count, int timeout_ms, int before) {
    cancel_restore(before);
    int ready = poll(polls, count, timeout_ms);
    int error = errno;
    (void)cancel_off();
    errno = error;
    return ready;
}
