/* SPDX-License-Identifier: MIT
 *
 * Values as JSON: to print, to log, to read settings. No call here asks the manager.
 *
 *     hf_any value = hf_any_null();
 *     char *text = NULL;
 *     status = hf_any_from_json("{\"port\": 8080, \"names\": [\"a\"]}", HF_JSON_TEXT, &value);
 *     if (hf_ok(status))
 *         status = hf_dict_set_any(dict, hf_any_string("server"), value);
 *     if (hf_ok(status))
 *         status = hf_any_to_json(value, &text);
 *     if (text)
 *         puts(text);
 *     free(text);
 *     hf_any_clear(&value);
 *
 * An integer is an int, or a big one if it has more than 64 bits; a number with a point or an
 * exponent is a double. A value that JSON lacks is an object with one member, or a few. The shell
 * has the same forms.
 *
 *  - {"$bytes": "BASE64"}: bytes, as RFC 4648 has them: padded, the bits that are left over zero
 *  - {"$ref": ID}: a reference to an object; an ID of more than 63 bits is a string of digits
 *  - {"$map": [[KEY, VALUE], ...]}: a map with a key that is no string, begins with $ or has a NUL
 *  - {"$double": "nan"}: also "inf", "-inf"; as input also a number of JSON
 *  - {"$tuple": [VALUE, ...]}: a tuple
 *  - {"$big": "-0x1f"}: an integer of more than 4,096 bytes; as input any integer
 *  - {"$opaque": TAG, "bytes": "BASE64", "equals": "BASE64", "refs": [ID, ...]}: an opaque value;
 *    `equals` and `refs` may be left out
 *
 * Any other object is a map. So a value that was written is read back as an equal one, if it is
 * nested at most 32 deep.
 */
#ifndef HOLDFAST_JSON_H
#define HOLDFAST_JSON_H

#include <holdfast/any.h>

HF_BEGIN_DECLS

/** As a length: the text ends with NUL. */
#define HF_JSON_TEXT SIZE_MAX

/** Write a value as JSON, in one line without blanks. A double is rounded to the fewest digits from
 *  which the same number is read back, and always has a point or an exponent.
 *
 *  text     out, not NULL: ends with NUL; free()
 *  Returns  HF_OK; HF_INVALID (not a hf_any, a pointer that is NULL, a value that any.h calls
 *           invalid, a reference to the object 0), HF_TOO_BIG (nested deeper than 33: a map of
 *           values of a depth of 32), HF_NO_MEMORY
 *  Cost     O(size), of a map O(size log items); of a big integer O(size squared) up to 4,096 bytes
 */
HF_API HF_MUST_USE hf_status hf_any_to_json(hf_any any, char **text);

/** Read one value of JSON (RFC 8259). Blanks around it are skipped.
 *
 *  text     UTF-8, with no mark of the order of bytes
 *  len      in bytes; HF_JSON_TEXT: up to its NUL
 *  any      out, not NULL; hf_any_clear()
 *  Returns  HF_OK. Otherwise hf_last_detail() says what is wrong, and at which byte, from 0:
 *           HF_INVALID (no JSON, or not UTF-8), HF_VALUE_ERROR (a key twice, or one that cannot be
 *           a key; not what belongs into one of the objects above), HF_OUT_OF_RANGE (a number that
 *           no double holds), HF_TOO_BIG (nested deeper than 32; a decimal integer of more than
 *           4,096 bytes), HF_NO_MEMORY
 *  Cost     O(len log len); of a big integer O(len squared) up to 4,096 bytes
 */
HF_API HF_MUST_USE hf_status hf_any_from_json(const char *text, size_t len, hf_any *any);

HF_END_DECLS
#endif
