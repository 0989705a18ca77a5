/* SPDX-License-Identifier: MIT
 *
 * Prints a reply: as text for people, or as JSON. The descriptor of a result decides its form, so a
 * new kind of result needs no edit here.
 */
#ifndef HF_PRINT_H
#define HF_PRINT_H

#include "holdfast.pb-c.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/** The result as text: a scalar plain; a list as one line for each item; a map or a report as one
 * line for each name and value, with a tab between. Values nested deeper are JSON. Prints nothing
 * if there is no result. */
void print_result(FILE *out, const Hf__Reply *reply);

/** The reply as JSON, with the status by name and without the id. */
json_t *print_json(const Hf__Reply *reply);

/** A message of any type as JSON. */
json_t *print_json_message(const ProtobufCMessage *message);

/** Compact JSON, to be freed with free(); integers of more than 64 bits as digits, too. Releases
 * `json`. */
char *print_json_text(json_t *json);

/** Print one line of compact JSON and release `json`. */
void print_json_line(FILE *out, json_t *json);

/** Print a value as JSON within a line. */
void print_value(FILE *out, const Hf__Any *any);

/** Print a text within a line: as it is, or as JSON if it has control characters. */
void print_cell(FILE *out, const char *text, size_t len);

/** The field of the reply that is the result; NULL if there is none. */
const ProtobufCFieldDescriptor *print_result_field(const Hf__Reply *reply);

#endif
