/* SPDX-License-Identifier: MIT
 *
 * A worker is killed a thousand times, and the time is taken until another client can go on. A test
 * prints these times and asserts none, since they depend on the machine; a client that waits too
 * long fails (wire.h).
 *
 *     for (int i = 0; i < KILLS; i++) {
 *         struct worker holder = victim_start(daemon, hold);
 *         ...                                  // and others wait for what it has
 *         kills_begin(&holder);
 *         wire_expect(&next, asked, HF_OK);    // what must follow from its death
 *         kills_end(&holder);
 *     }
 *     kills_report("the next holder");
 */
#ifndef HF_TEST_KILLS_H
#define HF_TEST_KILLS_H

#include "fixture.h"
#include "wire.h"

enum { KILLS = 1000 };

/* The requests of a victim before it is killed. */
typedef void victim_function(struct wire *wire);

/** Start a worker that connects as "the dead one" and does this. Returns when it is done. */
struct worker victim_start(const struct daemon *daemon, victim_function *requests);

/** kill -9: the time begins. */
void kills_begin(const struct worker *victim);

/** The expected reply has come: note the time and reap the victim. */
void kills_end(struct worker *victim);

/** Print median and p99 of what was noted since the last report, which must be KILLS times. */
void kills_report(const char *who);

#endif
