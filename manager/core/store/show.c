/* SPDX-License-Identifier: MIT */
#include "show.h"

#include "utf8.h"

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
        (void)snprintf(text, SHOW_BYTES, "%g", any->real);
        break;
    case ANY_STRING:
        show_string(any, text);
        break;
    case ANY_BYTES:
        (void)snprintf(text, SHOW_BYTES, "%lu bytes", (unsigned long)any->len);
        break;
    case ANY_BIG:
        (void)snprintf(text, SHOW_BYTES, "an integer of %lu bytes", (unsigned long)any->len);
        break;
    case ANY_OPAQUE:
        (void)snprintf(text, SHOW_BYTES, "an opaque value");
        break;
    case ANY_LIST:
    case ANY_MAP:
    case ANY_TUPLE:
    case ANY_REF:
        (void)snprintf(text, SHOW_BYTES, "a %s", any_kind_name(any));
        break;
    }
    return text;
}
