/* SPDX-License-Identifier: MIT
 *
 * --lines: the lines of standard input as values. They are sent as they come, many with each
 * request, so a stream of any length needs little memory, and a line of a stream that goes on waits
 * for no other one.
 */
#ifndef HF_LINES_H
#define HF_LINES_H

#include "fill.h"

/** The operation that adds many values where `op` adds one; `op` itself if it adds many. False: it
 * adds none. */
bool lines_op(const struct op *op, struct op *many);

/** The field of its values. */
const ProtobufCFieldDescriptor *lines_field(const struct op *many);

/** Send each line of standard input to the object, as text. `fill` is of an operation that adds
 * many values.
 *
 *  Returns  the reply to the last request; or the one that was refused, with the number of lines
 *           that were sent before it in its detail
 */
Hf__Reply *lines_send(struct shell *shell, uint64_t object, struct fill *fill);

#endif
