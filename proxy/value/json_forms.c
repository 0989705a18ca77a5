/* SPDX-License-Identifier: MIT
 *
 * See json_forms.h. To add a form: a function that turns its member into the value, and a row.
 */
#include "json_forms.h"

#include "big.h"
#include "big_text.h"
#include "json.h"
#include "unpack.h"
#include "valid.h"

#include <assert.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Turns the value of a member, in place. It may set a better reason than that of its form. */
typedef hf_status turn(hf_any *value, const char **why);

/* ---- what a member has ---- */

static bool is_text(const hf_any *any, const char *text) {
    return any->kind == HF_ANY_STRING && any->len == strlen(text) &&
           memcmp(any->string, text, any->len) == 0;
}

static size_t padding_of(const char *text, size_t len) {
    return len == 0 || text[len - 1] != '=' ? 0 : text[len - 2] != '=' ? 1 : 2;
}

/* Whether a text that was decoded is what the bytes are written as: padded at the end alone, and
 * with no bits behind the last byte. */
static bool is_base64_of(const char *text, size_t len, const uint8_t *bytes, size_t bytes_len) {
    enum { GROUP = 4 };
    unsigned char last[GROUP + 1];
    if (len == 0) {
        return true;
    }
    const size_t before = (bytes_len - 1) / 3 * 3;
    (void)EVP_EncodeBlock(last, bytes + before, (int)(bytes_len - before));
    return !memchr(text, '=', len - GROUP) && memcmp(last, text + len - GROUP, GROUP) == 0;
}

/* Bytes in place of base64. */
static hf_status turn_bytes(hf_any *value, const char **why) {
    (void)why;
    const size_t len = value->len;
    if (value->kind != HF_ANY_STRING || len % 4 != 0 || len > INT32_MAX) {
        return HF_VALUE_ERROR;
    }
    uint8_t *bytes = malloc(len / 4 * 3 + 1);
    if (!bytes) {
        return HF_NO_MEMORY;
    }
    const size_t bytes_len = len / 4 * 3 - padding_of(value->string, len);
    if (EVP_DecodeBlock(bytes, value->bytes, (int)len) != (int)(len / 4 * 3) ||
        !is_base64_of(value->string, len, bytes, bytes_len)) {
        free(bytes);
        return HF_VALUE_ERROR;
    }
    bytes[bytes_len] = 0;
    hf_any_clear(value);
    *value = (hf_any){.kind = HF_ANY_BYTES, .len = bytes_len, .bytes = bytes};
    return HF_OK;
}

/* A number of 64 bits, of any form in which one can be written. */
static bool natural_of(const hf_any *value, uint64_t *number) {
    ProtobufCBinaryData read = {0, NULL};
    struct big big = {value->bytes, value->len};
    int64_t small = 0;
    if (value->kind == HF_ANY_INT) {
        *number = (uint64_t)value->as_int;
        return value->as_int > 0;
    }
    if (value->kind == HF_ANY_STRING) {
        if (value->len > 20 || memchr(value->bytes, 'x', value->len) ||
            big_text_read(value->string, value->len, &read) != BIG_TEXT_READ) {
            return false;
        }
        big = (struct big){read.data, read.len};
    } else if (value->kind != HF_ANY_BIG) {
        return false;
    }
    bool fits = big_to_int(big, &small) ? small > 0 : big.len == 9 && big.bytes[8] == 0;
    *number = (uint64_t)small;
    for (size_t i = 8; fits && big.len == 9 && i > 0; i--) {
        *number = *number << 8 | big.bytes[i - 1];
    }
    free(read.data);
    return fits;
}

static hf_status turn_ref(hf_any *value, const char **why) {
    (void)why;
    uint64_t id = 0;
    if (!natural_of(value, &id)) {
        return HF_VALUE_ERROR;
    }
    hf_any_clear(value);
    *value = hf_any_ref(id);
    return HF_OK;
}

static hf_status turn_tuple(hf_any *value, const char **why) {
    (void)why;
    if (value->kind != HF_ANY_LIST) {
        return HF_VALUE_ERROR;
    }
    value->kind = HF_ANY_TUPLE;
    return HF_OK;
}

/* A big integer, or an int where it is one, in place of digits. */
static hf_status turn_big(hf_any *value, const char **why) {
    ProtobufCBinaryData big = {0, NULL};
    enum big_text read = value->kind == HF_ANY_STRING
                             ? big_text_read(value->string, value->len, &big)
                             : BIG_TEXT_NONE;
    int64_t number = 0;
    if (read != BIG_TEXT_READ) {
        *why = read == BIG_TEXT_TOO_LONG ? JSON_LONG_INTEGER : *why;
        return read == BIG_TEXT_NO_MEMORY  ? HF_NO_MEMORY
               : read == BIG_TEXT_TOO_LONG ? HF_TOO_BIG
                                           : HF_VALUE_ERROR;
    }
    hf_any_clear(value);
    if (big_to_int((struct big){big.data, big.len}, &number)) {
        free(big.data);
        *value = hf_any_int(number);
    } else {
        *value = hf_any_big(big.data, big.len);
    }
    return HF_OK;
}

static hf_status double_of_big(struct big big, double *number, const char **why) {
    char *digits = big_text_write(big);
    if (!digits) {
        return HF_NO_MEMORY;
    }
    *number = strtod(digits, NULL);
    free(digits);
    if (isinf(*number)) {
        *why = JSON_NO_DOUBLE;
        return HF_OUT_OF_RANGE;
    }
    return HF_OK;
}

/* One of the three that JSON lacks. */
static hf_status double_of_word(const hf_any *word, double *number) {
    *number = is_text(word, "nan") ? (double)NAN : (double)INFINITY;
    *number = is_text(word, "-inf") ? -*number : *number;
    return isnan(*number) || *number < 0 || is_text(word, "inf") ? HF_OK : HF_VALUE_ERROR;
}

static hf_status turn_double(hf_any *value, const char **why) {
    double number = 0;
    hf_status status = HF_OK;
    if (value->kind == HF_ANY_DOUBLE) {
        number = value->as_double;
    } else if (value->kind == HF_ANY_INT) {
        number = (double)value->as_int;
    } else if (value->kind == HF_ANY_BIG) {
        status = double_of_big((struct big){value->bytes, value->len}, &number, why);
    } else {
        status = double_of_word(value, &number);
    }
    if (status == HF_OK) {
        hf_any_clear(value);
        *value = hf_any_double(number);
    }
    return status;
}

/* ---- maps ---- */

/* A map in place of a list of pairs. */
static hf_status turn_map(hf_any *value, const char **why) {
    if (value->kind != HF_ANY_LIST) {
        return HF_VALUE_ERROR;
    }
    for (size_t i = 0; i < value->len; i++) {
        if (value->items[i].kind != HF_ANY_LIST || value->items[i].len != 2) {
            return HF_VALUE_ERROR;
        }
    }
    hf_any_item *pairs = calloc(value->len + 1, sizeof *pairs);
    if (!pairs) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < value->len; i++) { /* what is in a pair moves */
        hf_any *both = (hf_any *)(uintptr_t)value->items[i].items;
        pairs[i] = (hf_any_item){both[0], both[1]};
        both[0] = hf_any_null();
        both[1] = hf_any_null();
    }
    const size_t len = value->len;
    hf_any_clear(value);
    value->kind = HF_ANY_MAP;
    value->len = len;
    value->pairs = pairs;
    for (size_t i = 0; i < len; i++) {
        if (!valid_key(&pairs[i].key, 0)) {
            *why = VALID_KEY_REFUSAL;
            return HF_VALUE_ERROR;
        }
    }
    return valid_keys_differ(value);
}

/* ---- opaque values ---- */

/* The ids of a list, to be freed. */
static hf_status read_refs(const hf_any *list, uint64_t **refs) {
    if (list->kind != HF_ANY_LIST || *refs) {
        return HF_VALUE_ERROR;
    }
    *refs = calloc(list->len + 1, sizeof **refs);
    bool good = *refs != NULL;
    for (size_t i = 0; i < list->len && good; i++) {
        good = natural_of(&list->items[i], &(*refs)[i]);
    }
    return good ? HF_OK : *refs ? HF_VALUE_ERROR : HF_NO_MEMORY;
}

/* A member of an opaque value, which borrows what it has, but for its references. */
static hf_status read_member(hf_any_item *pair, hf_opaque *opaque, uint64_t **refs) {
    hf_any *value = &pair->value;
    if (is_text(&pair->key, "refs")) {
        opaque->ref_count = value->len;
        return read_refs(value, refs);
    }
    if (is_text(&pair->key, "$opaque")) {
        opaque->tag = value->kind == HF_ANY_STRING ? value->string : NULL;
        return opaque->tag && !memchr(opaque->tag, 0, value->len) ? HF_OK : HF_VALUE_ERROR;
    }
    bool is_equals = is_text(&pair->key, "equals");
    hf_status status = is_equals || is_text(&pair->key, "bytes")
                           ? turn_bytes(value, &(const char *){NULL})
                           : HF_VALUE_ERROR;
    if (status == HF_OK && is_equals) {
        opaque->equals = value->bytes;
        opaque->equals_len = value->len;
    } else if (status == HF_OK) {
        opaque->bytes = value->bytes;
        opaque->len = value->len;
    }
    return status;
}

static hf_status turn_opaque(hf_any *object, const char **why) {
    hf_opaque opaque = {0};
    uint64_t *refs = NULL;
    hf_any value = hf_any_null();
    hf_status status = HF_OK;
    for (size_t i = 0; i < object->len && status == HF_OK; i++) {
        status = read_member((hf_any_item *)(uintptr_t)&object->pairs[i], &opaque, &refs);
    }
    status = status == HF_OK && !opaque.bytes ? HF_VALUE_ERROR : status;
    if (status == HF_OK && !valid_tag(opaque.tag)) {
        *why = VALID_TAG_REFUSAL;
        status = HF_VALUE_ERROR;
    }
    if (status == HF_OK) {
        opaque.refs = refs;
        status = hf_any_copy(hf_any_opaque(&opaque), &value);
    }
    free(refs);
    if (status == HF_OK) {
        hf_any_clear(object);
        *object = value;
    }
    return status;
}

/* ---- all of them ---- */

static const struct {
    const char *name;
    turn *turn;
    const char *takes;
} forms[] = {
    {"$bytes", turn_bytes, "$bytes takes base64"},
    {"$ref", turn_ref, "$ref takes the id of an object"},
    {"$map", turn_map, "$map takes a list of pairs, no key twice"},
    {"$double", turn_double, "$double takes a number, \"nan\", \"inf\" or \"-inf\""},
    {"$tuple", turn_tuple, "$tuple takes a list"},
    {"$big", turn_big, "$big takes digits, or 0x and hexadecimal ones, as a string"},
};

/* The value of the only member takes the place of the object. */
static hf_status turn_member(hf_any *object, turn *form, const char **why) {
    hf_any_item *pair = (hf_any_item *)(uintptr_t)object->pairs;
    assert(object->len == 1);
    hf_status status = form(&pair->value, why);
    if (status == HF_OK) {
        hf_any value = pair->value;
        pair->value = hf_any_null();
        hf_any_clear(object);
        *object = value;
    }
    return status;
}

hf_status json_form(hf_any *object, const char **why) {
    assert(object->kind == HF_ANY_MAP);
    for (size_t i = 0; object->len == 1 && i < sizeof forms / sizeof forms[0]; i++) {
        if (is_text(&object->pairs[0].key, forms[i].name)) {
            *why = forms[i].takes;
            return turn_member(object, forms[i].turn, why);
        }
    }
    *why = "an object has a key twice";
    hf_status status = valid_keys_differ(object);
    if (status == HF_OK && hf_any_get(object, "$opaque")) {
        *why = "an opaque value is {\"$opaque\":TAG,\"bytes\":BASE64}, perhaps with "
               "\"equals\":BASE64 and \"refs\":[ID, ...]";
        status = turn_opaque(object, why);
    }
    return status;
}
