/* SPDX-License-Identifier: MIT
 *
 * A reply on standard output: for people, or as JSON. What a result looks like follows from its
 * descriptor, so that a new kind of result needs nothing here.
 */
#ifndef HF_PRINT_H
#define HF_PRINT_H

#include "holdfast.pb-c.h"

#include <jansson.h>
#include <stdio.h>

/** For people: scalars plain; of lists, one item per line; of maps and reports, one line for each
 * name and value, with a tab between. What nests deeper is JSON. A reply without a result prints
 * nothing. */
void print_result(FILE *out, const Hf__Reply *reply);

/** The reply as JSON, with its status by name and without its id. */
json_t *print_json(const Hf__Reply *reply);

/** Any message, or value, as JSON. */
json_t *print_json_message(const ProtobufCMessage *message);
json_t *print_json_any(const Hf__Any *any);

/** One line of compact JSON, which is released. */
void print_json_line(FILE *out, json_t *json);

/** A value as JSON within a line. */
void print_value(FILE *out, const Hf__Any *any);

/** A text within a line: as it is, or as JSON where it would break the line. */
void print_cell(FILE *out, const char *text, size_t len);

/** The result's message field of a reply, with its descriptor; NULL where it has none. */
const ProtobufCFieldDescriptor *print_result_field(const Hf__Reply *reply);

#endif
