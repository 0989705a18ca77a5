/* SPDX-License-Identifier: MIT
 *
 * The objects of JSON that stand for values that JSON lacks.
 */
#ifndef HF_JSON_FORMS_H
#define HF_JSON_FORMS_H

#include <holdfast/any.h>

/** The reason where decimal digits are too many: reading them costs the square of their number. */
#define JSON_LONG_INTEGER                                                                          \
    "a decimal integer has at most 4096 bytes (never more than 9864 digits): write a larger one "  \
    "as {\"$big\": \"0x...\"}"

#define JSON_NO_DOUBLE "a number that no double holds"

/** Turn an object, read as a map, into the value that it stands for, if it does for one. It owns
 *  its memory, before and after.
 *
 *  Returns  HF_OK; HF_NO_MEMORY; HF_VALUE_ERROR, HF_TOO_BIG or HF_OUT_OF_RANGE with the
 *           reason: not what belongs there. In any case `object` can be released
 */
HF_MUST_USE hf_status json_form(hf_any *object, const char **why);

#endif
