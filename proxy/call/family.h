/* SPDX-License-Identifier: MIT
 *
 * The family of this process: all its sessions tell the manager the same random number, so that
 * they share their references to unnamed objects. A forked child is a family of its own.
 */
#ifndef HF_FAMILY_H
#define HF_FAMILY_H

#include "wire_limits.h"

#include <stdbool.h>
#include <stdint.h>

/** The name of the family, for Hello. false: the system gives no random bytes. */
bool family_of_process(uint8_t name[HF_FAMILY_BYTES]);

/** A process is about to be started: pin whatever this one refers to at each manager to which any
 * of its threads is connected, so that the new process finds it. */
void family_pin_for_child(void);

#endif
