/* SPDX-License-Identifier: MIT
 *
 * What Holdfast is meant to reach beside the others, and whether it does.
 */
#ifndef COMPARE_TARGETS_H
#define COMPARE_TARGETS_H

/** Print each target with what was measured; those that were not are left out. */
void targets_print(void);

#endif
