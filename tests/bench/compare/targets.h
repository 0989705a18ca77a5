/* SPDX-License-Identifier: MIT
 *
 * The targets of Holdfast in comparison with the others, and whether it meets them.
 */
#ifndef COMPARE_TARGETS_H
#define COMPARE_TARGETS_H

/** Print each target with what was measured; those that were not are left out. */
void targets_print(void);

#endif
