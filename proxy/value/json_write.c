/* SPDX-License-Identifier: MIT
 *
 * hf_any_to_json(). Numbers are written as the locale "C" has them, whatever the program's is.
 */
#include "big_text.h"
#include "detail.h"
#include "json.h"
#include "utf8.h"
#include "valid.h"
#include "wire_limits.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    struct buffer *out;
    enum json_bigs bigs;
    hf_status status; /* the first refusal; then nothing more is written */
};

static void write_any(struct writer *writer, const hf_any *any, unsigned depth);

/* ---- bytes ---- */

static void refuse_value(struct writer *writer, hf_status status, const char *why) {
    if (writer->status == HF_OK) {
        writer->status = detail_set(status, "%s", why);
    }
}

static void lack_memory(struct writer *writer) {
    refuse_value(writer, HF_NO_MEMORY, "no memory for JSON");
}

static void put(struct writer *writer, const void *bytes, size_t len) {
    if (writer->status == HF_OK && len > 0 && !buffer_append(writer->out, bytes, len)) {
        lack_memory(writer);
    }
}

static void put_text(struct writer *writer, const char *text) {
    put(writer, text, strlen(text));
}

/* ---- strings ---- */

static const char *escape_of(uint8_t letter, char room[8]) {
    switch (letter) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        (void)snprintf(room, 8, "\\u%04X", (unsigned)letter);
        return room;
    }
}

static void write_string(struct writer *writer, const uint8_t *bytes, size_t len) {
    if (len > 0 && !bytes) {
        refuse_value(writer, HF_INVALID, "a string is NULL");
    } else if (!utf8_valid(bytes, len)) {
        refuse_value(writer, HF_INVALID, "a string is not UTF-8: use bytes");
    }
    size_t plain = 0; /* where what needs no escape begins */
    put(writer, "\"", 1);
    for (size_t i = 0; i < len && writer->status == HF_OK; i++) {
        if (bytes[i] < ' ' || bytes[i] == '"' || bytes[i] == '\\') {
            char room[8];
            put(writer, bytes + plain, i - plain);
            put_text(writer, escape_of(bytes[i], room));
            plain = i + 1;
        }
    }
    if (writer->status == HF_OK) {
        put(writer, bytes + plain, len - plain);
    }
    put(writer, "\"", 1);
}

static void write_base64(struct writer *writer, const uint8_t *bytes, size_t len) {
    enum { PIECE = 3 * 1024 };
    unsigned char text[PIECE / 3 * 4 + 1];
    if (len > 0 && !bytes) {
        refuse_value(writer, HF_INVALID, "bytes are NULL");
        return;
    }
    put(writer, "\"", 1);
    for (size_t at = 0; at < len; at += PIECE) {
        size_t piece = len - at < PIECE ? len - at : PIECE;
        put(writer, text, (size_t)EVP_EncodeBlock(text, bytes + at, (int)piece));
    }
    put(writer, "\"", 1);
}

/* ---- numbers ---- */

/* The number, rounded to the fewest digits from which it is read back, with a point or an exponent.
 * A normal one keeps 15 digits, of which zeros at the end are not written; a subnormal one may have
 * room for one digit only. */
static void write_finite(struct writer *writer, double number) {
    char text[40];
    int digits = fabs(number) < DBL_MIN ? 1 : DBL_DIG;
    do {
        (void)snprintf(text, sizeof text - 2, "%.*g", digits, number);
        digits++;
    } while (digits <= DBL_DECIMAL_DIG && strtod(text, NULL) != number);
    char *exponent = strchr(text, 'e');
    if (!exponent && !strchr(text, '.')) {
        (void)strcat(text, ".0");
    }
    if (exponent) { /* 1e+07 as 1e7 */
        char *to = exponent + 1 + (exponent[1] == '-');
        char *from = exponent + 2;
        while (from[0] == '0' && from[1]) {
            from++;
        }
        memmove(to, from, strlen(from) + 1);
    }
    put_text(writer, text);
}

static void write_double(struct writer *writer, double number) {
    if (isfinite(number)) {
        write_finite(writer, number);
    } else {
        put_text(writer, isnan(number) ? "{\"$double\":\"nan\"}"
                         : number > 0  ? "{\"$double\":\"inf\"}"
                                       : "{\"$double\":\"-inf\"}");
    }
}

static void write_id(struct writer *writer, uint64_t number) {
    char text[40];
    if (number == 0) {
        refuse_value(writer, HF_INVALID, "a reference is to the object 0, which is none");
    }
    (void)snprintf(text, sizeof text, number <= INT64_MAX ? "%" PRIu64 : "\"%" PRIu64 "\"", number);
    put_text(writer, text);
}

static void write_int(struct writer *writer, int64_t number) {
    char text[40];
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    put_text(writer, text);
}

static void write_big(struct writer *writer, struct big big) {
    if (!big.bytes) {
        refuse_value(writer, HF_INVALID, "a big integer is NULL");
        return;
    }
    if (!big_is_canonical(big)) {
        refuse_value(writer, HF_INVALID, "a big integer is not in its shortest form");
        return;
    }
    bool bare = writer->bigs == JSON_BIGS_BARE && big_text_is_decimal(big);
    char *text = big_text_write(big);
    if (!text) {
        lack_memory(writer);
        return;
    }
    put_text(writer, bare ? "" : "{\"$big\":\"");
    put_text(writer, text);
    put_text(writer, bare ? "" : "\"}");
    free(text);
}

/* ---- what is nested ---- */

static bool may_nest(struct writer *writer, const hf_any *any, unsigned depth) {
    if (any->len > 0 && !any->items) { /* of a map, `pairs` is in the same place */
        refuse_value(writer, HF_INVALID, "the items of a value are NULL");
    } else if (depth > HF_VALUE_MAX_DEPTH) { /* the copy of a dict has one level more */
        refuse_value(writer, HF_TOO_BIG, "a value is nested deeper than 33");
    }
    return writer->status == HF_OK;
}

static void write_list(struct writer *writer, const hf_any *list, unsigned depth) {
    put(writer, "[", 1);
    for (size_t i = 0; i < list->len && writer->status == HF_OK; i++) {
        put(writer, ",", i > 0);
        write_any(writer, &list->items[i], depth + 1);
    }
    put(writer, "]", 1);
}

/* Whether the map is read back from an object of JSON. */
static bool has_plain_keys(const hf_any *map) {
    for (size_t i = 0; i < map->len; i++) {
        const hf_any *key = &map->pairs[i].key;
        if (key->kind != HF_ANY_STRING ||
            (key->len > 0 && key->string &&
             (key->string[0] == '$' || memchr(key->string, 0, key->len)))) {
            return false;
        }
    }
    return true;
}

static void write_pair(struct writer *writer, const hf_any_item *pair, bool plain, unsigned depth) {
    put(writer, "[", !plain);
    write_any(writer, &pair->key, depth + 1);
    if (!valid_key(&pair->key, depth)) {
        refuse_value(writer, HF_INVALID, VALID_KEY_REFUSAL);
    }
    put_text(writer, plain ? ":" : ",");
    write_any(writer, &pair->value, depth + 1);
    put(writer, "]", !plain);
}

static void check_keys_differ(struct writer *writer, const hf_any *map) {
    hf_status status = valid_keys_differ(map);
    if (status == HF_NO_MEMORY) {
        lack_memory(writer);
    } else if (status != HF_OK) {
        refuse_value(writer, HF_INVALID, "a map has a key twice");
    }
}

static void write_map(struct writer *writer, const hf_any *map, unsigned depth) {
    bool plain = has_plain_keys(map);
    put_text(writer, plain ? "{" : "{\"$map\":[");
    for (size_t i = 0; i < map->len && writer->status == HF_OK; i++) {
        put(writer, ",", i > 0);
        write_pair(writer, &map->pairs[i], plain, depth);
    }
    put_text(writer, plain ? "}" : "]}");
    if (writer->status == HF_OK) { /* so each key is a valid one */
        check_keys_differ(writer, map);
    }
}

static void write_opaque(struct writer *writer, const hf_opaque *opaque) {
    if (!opaque || !opaque->tag || (opaque->ref_count > 0 && !opaque->refs)) {
        refuse_value(writer, HF_INVALID, "an opaque value lacks its tag or its references");
        return;
    }
    if (!valid_tag(opaque->tag)) {
        refuse_value(writer, HF_INVALID, VALID_TAG_REFUSAL);
        return;
    }
    put_text(writer, "{\"$opaque\":");
    write_string(writer, (const uint8_t *)opaque->tag, strlen(opaque->tag));
    put_text(writer, ",\"bytes\":");
    write_base64(writer, opaque->bytes, opaque->len);
    if (opaque->equals) {
        put_text(writer, ",\"equals\":");
        write_base64(writer, opaque->equals, opaque->equals_len);
    }
    for (size_t i = 0; i < opaque->ref_count; i++) {
        put_text(writer, i == 0 ? ",\"refs\":[" : ",");
        write_id(writer, opaque->refs[i]);
    }
    put_text(writer, opaque->ref_count > 0 ? "]}" : "}");
}

static void write_nested(struct writer *writer, const hf_any *any, unsigned depth) {
    assert(any->kind == HF_ANY_LIST || any->kind == HF_ANY_TUPLE || any->kind == HF_ANY_MAP);
    if (!may_nest(writer, any, depth)) {
        return;
    }
    if (any->kind == HF_ANY_MAP) {
        write_map(writer, any, depth);
    } else {
        put_text(writer, any->kind == HF_ANY_TUPLE ? "{\"$tuple\":" : "");
        write_list(writer, any, depth);
        put_text(writer, any->kind == HF_ANY_TUPLE ? "}" : "");
    }
}

/* `depth` is that of what is around it. */
static void write_any(struct writer *writer, const hf_any *any, unsigned depth) {
    switch (any->kind) {
    case HF_ANY_NULL:
        put_text(writer, "null");
        return;
    case HF_ANY_BOOL:
        put_text(writer, any->as_bool ? "true" : "false");
        return;
    case HF_ANY_INT:
        write_int(writer, any->as_int);
        return;
    case HF_ANY_DOUBLE:
        write_double(writer, any->as_double);
        return;
    case HF_ANY_STRING:
        write_string(writer, any->bytes, any->len);
        return;
    case HF_ANY_BYTES:
        put_text(writer, "{\"$bytes\":");
        write_base64(writer, any->bytes, any->len);
        put_text(writer, "}");
        return;
    case HF_ANY_LIST:
    case HF_ANY_TUPLE:
    case HF_ANY_MAP:
        write_nested(writer, any, depth);
        return;
    case HF_ANY_REF:
        put_text(writer, "{\"$ref\":");
        write_id(writer, any->ref);
        put_text(writer, "}");
        return;
    case HF_ANY_BIG:
        write_big(writer, (struct big){any->bytes, any->len});
        return;
    case HF_ANY_OPAQUE:
        write_opaque(writer, any->opaque);
        return;
    }
    refuse_value(writer, HF_INVALID, "a value is of no kind");
}

hf_status json_write(struct buffer *out, const hf_any *any, enum json_bigs bigs) {
    struct writer writer = {out, bigs, HF_OK};
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* that of the C library itself */
    locale_t before = uselocale(plain);
    write_any(&writer, any, 0);
    (void)uselocale(before);
    freelocale(plain);
    return writer.status;
}

hf_status hf_any_to_json(hf_any any, char **text) {
    struct buffer out = {0};
    detail_clear();
    hf_status status = json_write(&out, &any, JSON_BIGS_BARE);
    if (status == HF_OK && !buffer_append(&out, (const uint8_t *)"", 1)) {
        status = detail_set(HF_NO_MEMORY, "no memory for JSON");
    }
    if (status != HF_OK) {
        buffer_fini(&out);
        return status;
    }
    assert(out.start == 0);
    *text = (char *)out.bytes;
    return HF_OK;
}
