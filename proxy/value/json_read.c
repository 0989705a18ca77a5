/* SPDX-License-Identifier: MIT
 *
 * hf_any_from_json(). Each value is read as JSON has it; an object that stands for what JSON lacks
 * is then turned into that, in its own memory. json_forms.c does that.
 */
#include "big.h"
#include "big_text.h"
#include "detail.h"
#include "json.h"
#include "json_forms.h"
#include "references.h"
#include "unpack.h"
#include "utf8.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A tuple or map is written in up to three levels. */
enum { LEVELS_MAX = 3 * (HF_VALUE_MAX_DEPTH + 1) };

#define TOO_DEEP "values nest at most 32 deep"

struct reader {
    const char *text;
    size_t len;
    size_t at;
    hf_status status; /* of the refusal */
};

/* `any` owns its memory if the value was read; otherwise it is untouched. */
static bool read_value(struct reader *reader, unsigned level, hf_any *any);

/* ---- refusals ---- */

static bool refuse_json(struct reader *reader, hf_status status, size_t at, const char *why) {
    reader->status = detail_set(status, "%s, at byte %zu of the JSON", why, at);
    return false;
}

static bool refuse_here(struct reader *reader, const char *why) {
    return refuse_json(reader, HF_INVALID, reader->at, why);
}

static bool lack_memory(struct reader *reader) {
    reader->status = detail_set(HF_NO_MEMORY, "no memory for the values of the JSON");
    return false;
}

/* ---- letters ---- */

/* The letter that comes next; -1: none. */
static int peek(const struct reader *reader) {
    return reader->at < reader->len ? (unsigned char)reader->text[reader->at] : -1;
}

static void skip_blanks(struct reader *reader) {
    while (peek(reader) == ' ' || peek(reader) == '\t' || peek(reader) == '\n' ||
           peek(reader) == '\r') {
        reader->at++;
    }
}

/* Skip blanks, and this letter if it is the next one. */
static bool take(struct reader *reader, char letter) {
    skip_blanks(reader);
    bool taken = peek(reader) == letter;
    reader->at += taken;
    return taken;
}

static bool read_word(struct reader *reader, const char *word, hf_any value, hf_any *any) {
    size_t len = strlen(word);
    if (reader->len - reader->at < len || memcmp(reader->text + reader->at, word, len) != 0) {
        return refuse_here(reader, "no value of JSON");
    }
    reader->at += len;
    *any = value;
    return true;
}

/* ---- numbers ---- */

static size_t skip_digits(struct reader *reader) {
    size_t before = reader->at;
    while (peek(reader) >= '0' && peek(reader) <= '9') {
        reader->at++;
    }
    return reader->at - before;
}

/* The number from `start` on. */
static bool read_integer(struct reader *reader, size_t start, hf_any *any) {
    ProtobufCBinaryData big = {0, NULL};
    int64_t number = 0;
    switch (big_text_read(reader->text + start, reader->at - start, &big)) {
    case BIG_TEXT_READ:
        break;
    case BIG_TEXT_NO_MEMORY:
        return lack_memory(reader);
    case BIG_TEXT_TOO_LONG:
    case BIG_TEXT_NONE:
        return refuse_json(reader, HF_TOO_BIG, start, JSON_LONG_INTEGER);
    }
    if (big_to_int((struct big){big.data, big.len}, &number)) {
        free(big.data);
        *any = hf_any_int(number);
    } else {
        *any = hf_any_big(big.data, big.len);
    }
    return true;
}

static bool read_double(struct reader *reader, size_t start, hf_any *any) {
    char *copy = unpack_copy(reader->text + start, reader->at - start);
    if (!copy) {
        return lack_memory(reader);
    }
    double number = strtod(copy, NULL);
    free(copy);
    if (isinf(number)) {
        return refuse_json(reader, HF_OUT_OF_RANGE, start, JSON_NO_DOUBLE);
    }
    *any = hf_any_double(number);
    return true;
}

static bool read_json_number(struct reader *reader, hf_any *any) {
    const size_t start = reader->at;
    bool whole = true;
    reader->at += peek(reader) == '-';
    const bool zero = peek(reader) == '0';
    size_t digits = skip_digits(reader);
    bool good = digits == 1 || (digits > 1 && !zero);
    if (peek(reader) == '.') {
        whole = false;
        reader->at++;
        good = skip_digits(reader) > 0 && good;
    }
    if (peek(reader) == 'e' || peek(reader) == 'E') {
        whole = false;
        reader->at++;
        reader->at += peek(reader) == '+' || peek(reader) == '-';
        good = skip_digits(reader) > 0 && good;
    }
    if (!good) {
        return refuse_json(reader, HF_INVALID, start, "no number of JSON");
    }
    return whole ? read_integer(reader, start, any) : read_double(reader, start, any);
}

/* ---- strings ---- */

/* Four hexadecimal digits; -1: they are not there. */
static int32_t read_unit(struct reader *reader) {
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        static const char all[] = "0123456789abcdef0123456789ABCDEF";
        int letter = peek(reader);
        const char *found = letter > 0 ? strchr(all, letter) : NULL;
        if (!found) {
            return -1;
        }
        unit = unit * 16 + (int32_t)((found - all) % 16);
        reader->at++;
    }
    return unit;
}

static char *put_utf8(char *to, uint32_t code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* Behind "\u". Returns NULL if it is no character. */
static char *read_code(struct reader *reader, char *to) {
    int32_t unit = read_unit(reader);
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
        return NULL;
    }
    if (unit < 0xd800 || unit > 0xdbff) {
        return put_utf8(to, (uint32_t)unit);
    }
    if (reader->len - reader->at < 2 || memcmp(reader->text + reader->at, "\\u", 2) != 0) {
        return NULL;
    }
    reader->at += 2;
    int32_t low = read_unit(reader);
    return low < 0xdc00 || low > 0xdfff ? NULL
                                        : put_utf8(to, 0x10000 + ((uint32_t)(unit - 0xd800) << 10) +
                                                           (uint32_t)(low - 0xdc00));
}

/* Behind a backslash. Returns NULL if it is none of JSON. */
static char *read_escape(struct reader *reader, char *to) {
    static const char escapes[] = "\"\\/bfnrt";
    static const char letters[] = "\"\\/\b\f\n\r\t";
    int letter = peek(reader);
    const char *found = letter > 0 ? strchr(escapes, letter) : NULL;
    reader->at += letter >= 0;
    if (letter == 'u') {
        return read_code(reader, to);
    }
    if (found) {
        *to++ = letters[found - escapes];
    }
    return found ? to : NULL;
}

/* The first quote of a string was read: find its last one. */
static bool find_end(struct reader *reader, size_t *end) {
    size_t at = reader->at;
    while (at < reader->len && reader->text[at] != '"') {
        at += reader->text[at] == '\\' ? 2 : 1;
    }
    *end = at;
    return at < reader->len || refuse_here(reader, "a string without an end");
}

/* A string is never longer than it is written. */
static bool read_letters(struct reader *reader, size_t end, char *to, size_t *len) {
    char *const start = to;
    while (reader->at < end) {
        size_t at = reader->at++;
        uint8_t letter = (uint8_t)reader->text[at];
        if (letter == '\\') {
            to = read_escape(reader, to);
        } else {
            *to++ = (char)letter;
        }
        if (!to || letter < ' ') {
            return refuse_json(reader, HF_INVALID, at,
                               to ? "a control character in a string" : "no escape of JSON");
        }
    }
    *len = (size_t)(to - start);
    *to = 0;
    return true;
}

static bool read_string(struct reader *reader, hf_any *any) {
    size_t end = 0;
    size_t len = 0;
    reader->at++;
    if (!find_end(reader, &end)) {
        return false;
    }
    char *string = malloc(end - reader->at + 1);
    if (!string) {
        return lack_memory(reader);
    }
    if (!read_letters(reader, end, string, &len)) {
        free(string);
        return false;
    }
    reader->at = end + 1;
    any->kind = HF_ANY_STRING;
    any->len = len;
    any->string = string;
    return true;
}

/* ---- arrays and objects ---- */

/* Make room for one more of `size` bytes, where there are powers of two. */
static bool grow(struct reader *reader, void **items, size_t len, size_t size) {
    if (len > 0 && (len & (len - 1)) != 0) {
        return true;
    }
    void *larger =
        len > SIZE_MAX / 2 / size ? NULL : realloc(*items, (len > 0 ? 2 * len : 1) * size);
    *items = larger ? larger : *items;
    return larger || lack_memory(reader);
}

static bool read_item(struct reader *reader, unsigned level, hf_any_array *array) {
    void *items = array->items;
    bool grown = grow(reader, &items, array->len, sizeof *array->items);
    array->items = items;
    if (!grown || !read_value(reader, level, &array->items[array->len])) {
        return false;
    }
    array->len++;
    return true;
}

/* Behind an item: whether another one follows. `good` is false if neither it nor the end does. */
static bool goes_on(struct reader *reader, char end, bool *good) {
    if (!*good || take(reader, end)) {
        return false;
    }
    *good =
        take(reader, ',') || refuse_here(reader, "neither a comma nor the end of a list or object");
    return *good;
}

static bool read_array(struct reader *reader, unsigned level, hf_any *any) {
    hf_any_array array = {NULL, 0};
    bool good = true;
    reader->at++;
    if (!take(reader, ']')) {
        do {
            good = read_item(reader, level, &array);
        } while (goes_on(reader, ']', &good));
    }
    if (!good) {
        hf_any_array_clear(&array);
        return false;
    }
    *any = hf_any_list(array.items, array.len);
    return true;
}

static bool read_pair(struct reader *reader, unsigned level, hf_any_map_array *map) {
    void *pairs = map->pairs;
    bool grown = grow(reader, &pairs, map->len, sizeof *map->pairs);
    map->pairs = pairs;
    skip_blanks(reader);
    if (!grown || (peek(reader) != '"' && !refuse_here(reader, "a key of an object is a string"))) {
        return false;
    }
    hf_any_item *pair = &map->pairs[map->len];
    *pair = (hf_any_item){hf_any_null(), hf_any_null()};
    if (!read_string(reader, &pair->key)) {
        return false;
    }
    map->len++; /* whatever comes is released with it */
    return (take(reader, ':') || refuse_here(reader, "no colon behind a key")) &&
           read_value(reader, level, &pair->value);
}

static bool read_object(struct reader *reader, unsigned level, hf_any *any) {
    const size_t start = reader->at;
    hf_any_map_array map = {NULL, 0};
    bool good = true;
    reader->at++;
    if (!take(reader, '}')) {
        do {
            good = read_pair(reader, level, &map);
        } while (goes_on(reader, '}', &good));
    }
    hf_any object = hf_any_map(map.pairs, map.len);
    const char *why = NULL;
    hf_status status = good ? json_form(&object, &why) : HF_OK;
    if (status != HF_OK) {
        good =
            status == HF_NO_MEMORY ? lack_memory(reader) : refuse_json(reader, status, start, why);
    }
    if (!good) {
        hf_any_clear(&object);
        return false;
    }
    *any = object;
    return true;
}

static bool read_value(struct reader *reader, unsigned level, hf_any *any) {
    skip_blanks(reader);
    if (level == LEVELS_MAX) {
        return refuse_json(reader, HF_TOO_BIG, reader->at, TOO_DEEP);
    }
    switch (peek(reader)) {
    case '{':
        return read_object(reader, level + 1, any);
    case '[':
        return read_array(reader, level + 1, any);
    case '"':
        return read_string(reader, any);
    case 't':
        return read_word(reader, "true", hf_any_bool(true), any);
    case 'f':
        return read_word(reader, "false", hf_any_bool(false), any);
    case 'n':
        return read_word(reader, "null", hf_any_null(), any);
    case -1:
        return refuse_here(reader, "no value, but the end");
    default:
        return peek(reader) == '-' || (peek(reader) >= '0' && peek(reader) <= '9')
                   ? read_json_number(reader, any)
                   : refuse_here(reader, "no value of JSON");
    }
}

static bool read_all(struct reader *reader, hf_any *any) {
    const uint8_t *bytes = (const uint8_t *)reader->text;
    if (!utf8_valid(bytes, reader->len)) {
        return refuse_json(reader, HF_INVALID, utf8_valid_len(bytes, reader->len), "no UTF-8");
    }
    hf_any value = hf_any_null();
    skip_blanks(reader);
    const size_t start = reader->at;
    if (!read_value(reader, 0, &value)) {
        return false;
    }
    skip_blanks(reader);
    bool good = reader->at == reader->len || refuse_here(reader, "something behind the value");
    if (good && references_collect(NULL, &value) != HF_OK) { /* is it one that objects take? */
        good = refuse_json(reader, HF_TOO_BIG, start, TOO_DEEP);
    }
    if (!good) {
        hf_any_clear(&value);
        return false;
    }
    *any = value;
    return true;
}

hf_status hf_any_from_json(const char *text, size_t len, hf_any *any) {
    detail_clear();
    if (!text) {
        return detail_set(HF_INVALID, "the JSON is NULL");
    }
    struct reader reader = {text, len == HF_JSON_TEXT ? strlen(text) : len, 0, HF_OK};
    int error = errno;                                         /* strtod() sets it */
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* that of the C library itself */
    locale_t before = uselocale(plain);
    bool good = read_all(&reader, any);
    (void)uselocale(before);
    freelocale(plain);
    errno = error;
    assert(good == (reader.status == HF_OK));
    return reader.status;
}
