/* SPDX-License-Identifier: MIT
 *
 * The history of a run: the last steps in words, a digest of all of them, and the end of the
 * program when something is wrong.
 */
#ifndef HF_SIM_HISTORY_H
#define HF_SIM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A new run; with `trace`, everything is printed as it happens. */
void history_start(uint64_t seed, bool trace);

/** A new step; what is told from now on belongs to it. */
void history_step(unsigned step);

void history_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Let these bytes count for the digest, unseen. */
void history_mix(const void *bytes, size_t len);

/** A number for all that has been told and mixed in since the start: the same for the same run. */
uint64_t history_digest(void);

/** Say what is wrong, in which seed and step, and what came before it; exit 1. */
_Noreturn void history_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Have the history printed also when an assert or a sanitizer ends the program. */
void history_catch(void);

#endif
