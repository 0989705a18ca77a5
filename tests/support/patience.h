/* SPDX-License-Identifier: MIT
 *
 * The only limits by time that the tests have. They are for what hangs, not for what is slow: on a
 * machine that is busy with other things a sound test takes as long as it takes.
 */
#ifndef HF_TESTS_PATIENCE_H
#define HF_TESTS_PATIENCE_H

enum {
    /** For how long a test waits for something that has to come at once. */
    PATIENCE_MS = 300 * 1000,
    /** After how many seconds in which a test's processes all slept the watchdog ends it. */
    PATIENCE_ASLEEP_S = 600,
    /** The same for the seconds of CPU time that they have used. */
    PATIENCE_CPU_S = 3600
};

#endif
