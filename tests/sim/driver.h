/* SPDX-License-Identifier: MIT
 *
 * One run: a world and a model take the same steps and are compared after each.
 */
#ifndef HF_SIM_DRIVER_H
#define HF_SIM_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

/** Returns the digest of the run; whatever is wrong ends the program. */
uint64_t driver_run(uint64_t seed, unsigned steps, bool trace);

#endif
