/* SPDX-License-Identifier: MIT
 *
 * Values as JSON, in the forms that parse.h tells of.
 */
#ifndef HF_ANY_JSON_H
#define HF_ANY_JSON_H

#include "holdfast.pb-c.h"

#include <jansson.h>

json_t *any_json(const Hf__Any *any);

/** Bytes in base64. */
json_t *any_json_bytes(const ProtobufCBinaryData *bytes);

/** A text; as bytes if it is not UTF-8. */
json_t *any_json_text(const ProtobufCBinaryData *text);

/** A number, which is a string of digits if JSON integers cannot hold it here. */
json_t *any_json_natural(uint64_t number);

#endif
