/* SPDX-License-Identifier: MIT
 *
 * What the rows of the manual share: see manual.h. Only the two halves include it.
 */
#ifndef HF_MANUAL_ROWS_H
#define HF_MANUAL_ROWS_H

#include "manual.h"

#define OP(name) HF__REQUEST__OP_##name

#define OPENED "EXISTS, NO_OBJECT: as --mode asks; WRONG_TYPE: the name is that of another object"
#define OPENED_ALIKE OPENED ", or of one with other options"

#endif
