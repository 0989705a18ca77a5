/* SPDX-License-Identifier: MIT
 *
 * The options of an object, as a message of its open. Opening an object that is there compares
 * only those that the request gives.
 */
#ifndef HF_OPTIONS_H
#define HF_OPTIONS_H

#include "text.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/** Fill in an option, for a type's options(). */
#define OPTION(open, field, is) ((open)->has_##field = true, (open)->field = (is))

/** The string of an option that the object does not have: it differs from any other. */
extern char options_none[];

/** Add to `words` how the options that are given in `asked` differ from those that are filled in in
 * `own`, a message of the same kind: "max_items 10, not 20; order FIFO, not LIFO". A field that
 * `own` lacks is no option. A bound (max_...) of 0 counts as not given. Returns whether any
 * differs. */
bool options_differ(const ProtobufCMessage *own, const ProtobufCMessage *asked, struct text *words);

#endif
