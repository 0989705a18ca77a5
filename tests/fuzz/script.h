/* SPDX-License-Identifier: MIT
 *
 * The meaning of an input to fuzz_core.c. It is a list of steps, each of which begins with a byte
 * that names a session (its two lowest bits) and says what to do (the rest):
 *
 *     SCRIPT_FRAME   a 16-bit length, and the body of a frame, which gets its header here
 *     SCRIPT_BYTES   a 16-bit length, and bytes as they come from a socket
 *     SCRIPT_PASS    16 bits: so many milliseconds go by
 *     SCRIPT_LEAVE   the session's peer is gone, another one comes
 *     SCRIPT_DRAIN   the manager shuts down
 *
 * Numbers are big-endian; what is longer than the rest of the input means the rest. The first three
 * sessions have been welcomed when it begins; the last one has to prove that it knows the key.
 */
#ifndef HF_TESTS_SCRIPT_H
#define HF_TESTS_SCRIPT_H

enum { SCRIPT_SESSIONS = 4 };

enum script_step { SCRIPT_FRAME, SCRIPT_BYTES, SCRIPT_PASS, SCRIPT_LEAVE, SCRIPT_DRAIN };

/** The seed and key of the core, the same as those of a conversation that becomes a corpus. */
#define SCRIPT_SEED "a seed of thirty-two bytes, here"
#define SCRIPT_KEY "a key for fuzzing"

#endif
