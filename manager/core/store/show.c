/* SPDX-License-Identifier: MIT */
#include "show.h"

#include "big.h"
#include "nested.h"
#include "text.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STRING_SHOWN_BYTES = 40 };

static bool show_is_control(char byte) {
    return (unsigned char)byte < ' ' || byte == 0x7F;
}

static void show_string(const struct any *string, char text[SHOW_BYTES]) {
    size_t shown = string->len;
    if (shown > STRING_SHOWN_BYTES) {
        shown = utf8_whole_len(string->bytes, STRING_SHOWN_BYTES);
    }
    char clean[STRING_SHOWN_BYTES + 1];
    for (size_t i = 0; i < shown; i++) {
        clean[i] = (char)(show_is_control(string->bytes[i]) ? '?' : string->bytes[i]);
    }
    clean[shown] = 0;
    (void)snprintf(text, SHOW_BYTES, "\"%s%s\"", clean, shown < string->len ? "..." : "");
}

const char *show_kind(const char *name, char words[SHOW_KIND_BYTES]) {
    bool bare = strcmp(name, "null") == 0 || strcmp(name, "bytes") == 0;
    bool vowel = strchr("aeiou", name[0]) || strcmp(name, "rwlock") == 0;
    const char *article = bare ? "" : vowel ? "an " : "a ";
    (void)snprintf(words, SHOW_KIND_BYTES, "%s%s", article, name);
    return words;
}

/* So that 1.0 differs from 1. */
static void show_double(double real, char text[SHOW_BYTES]) {
    (void)snprintf(text, SHOW_BYTES, "%g", real);
    if (isfinite(real) && !strpbrk(text, ".e")) {
        (void)strcat(text, ".0");
    }
}

/* Divide the number by ten. Returns the remainder. */
static int show_divide(uint8_t *number, size_t len) {
    unsigned rest = 0;
    for (size_t i = len; i > 0; i--) {
        rest = rest << 8 | number[i - 1];
        number[i - 1] = (uint8_t)(rest / 10);
        rest %= 10;
    }
    return (int)rest;
}

static void show_big(const struct any *any, char text[SHOW_BYTES]) {
    enum { DIGITS_SHOWN_BYTES = 16 };
    const struct big big = {(const uint8_t *)any->bytes, any->len};
    const bool negative = big_is_negative(big);
    uint8_t number[DIGITS_SHOWN_BYTES];
    char digits[SHOW_BYTES];
    char *first = digits + sizeof digits - 1;
    if (big.len > sizeof number) {
        (void)snprintf(text, SHOW_BYTES, "an integer of %zu bytes", big.len);
        return;
    }
    unsigned carry = negative;
    for (size_t i = 0; i < big.len; i++, carry >>= 8) {
        carry += negative ? (uint8_t)~big.bytes[i] : big.bytes[i];
        number[i] = (uint8_t)carry;
    }
    *first = 0;
    for (size_t len = big.len; len > 0;) {
        *--first = (char)('0' + show_divide(number, len));
        while (len > 0 && number[len - 1] == 0) {
            len--;
        }
    }
    (void)snprintf(text, SHOW_BYTES, "%s%s", negative ? "-" : "", first);
}

static void show_tuple(const struct any *tuple, char text[SHOW_BYTES]) {
    enum { ROOM_BEHIND = 8 }; /* for ", ...)" */
    struct packed rest = nested_begin(tuple);
    struct text out = text_in(text, SHOW_BYTES);
    const char *between = "";
    struct any item;
    text_add(&out, "(");
    while (nested_next(tuple, &rest, &item)) {
        char part[SHOW_BYTES];
        bool fits = out.len + strlen(show_any(&item, part)) + ROOM_BEHIND < SHOW_BYTES;
        text_add(&out, "%s%s", between, fits ? part : "...");
        between = ", ";
        if (!fits) {
            break;
        }
    }
    text_add(&out, ")");
}

static void show_opaque(const struct any *any, char text[SHOW_BYTES]) {
    const struct packed_any packed = nested_packed(any);
    const struct packed_opaque opaque = nested_opaque(&packed);
    const struct any tag = nested_any(&opaque.tag, false);
    char words[SHOW_BYTES];
    show_string(&tag, words);
    (void)snprintf(text, SHOW_BYTES, "opaque %.*s", SHOW_BYTES - 8, words);
}

const char *show_any(const struct any *any, char text[SHOW_BYTES]) {
    switch ((enum any_kind)any->kind) {
    case ANY_NULL:
        (void)snprintf(text, SHOW_BYTES, "null");
        break;
    case ANY_BOOL:
        (void)snprintf(text, SHOW_BYTES, "%s", any->boolean ? "true" : "false");
        break;
    case ANY_INT:
        (void)snprintf(text, SHOW_BYTES, "%lld", (long long)any->integer);
        break;
    case ANY_DOUBLE:
        show_double(any->real, text);
        break;
    case ANY_STRING:
        show_string(any, text);
        break;
    case ANY_BYTES:
        (void)snprintf(text, SHOW_BYTES, "%lu bytes", (unsigned long)any->len);
        break;
    case ANY_BIG:
        show_big(any, text);
        break;
    case ANY_OPAQUE:
        show_opaque(any, text);
        break;
    case ANY_TUPLE:
        show_tuple(any, text);
        break;
    case ANY_LIST:
    case ANY_MAP:
    case ANY_REF:
        (void)snprintf(text, SHOW_BYTES, "a %s", any_kind_name(any));
        break;
    }
    return text;
}
