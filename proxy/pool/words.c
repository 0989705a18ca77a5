/* SPDX-License-Identifier: MIT
 *
 * See words.h.
 */
#include "words.h"

#include "column.h"
#include "utf8.h"
#include "wire_limits.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    VALUE_MAX_BYTES = 60, /* of a string or of bytes */
    ITEMS_MAX = 8,        /* of a list, a map, or arguments */
    DEPTH_MAX = 3,
    CALL_MAX_BYTES = 500
};

/* Text that ends where it is full. */
struct text {
    char *at;
    char *end;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...) {
    va_list arguments;
    size_t room = (size_t)(text->end - text->at);
    va_start(arguments, format);
    int len = vsnprintf(text->at, room, format, arguments);
    va_end(arguments);
    if (len > 0 && room > 0) {
        text->at += (size_t)len < room ? (size_t)len : room - 1;
    }
}

static void say_string(struct text *text, const hf_any *any) {
    size_t shown =
        any->len > VALUE_MAX_BYTES ? utf8_whole_len(any->string, VALUE_MAX_BYTES) : any->len;
    say(text, "\"");
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)any->string[i];
        say(text, byte < 0x20 || byte == 0x7f ? "\\x%02x" : "%c", byte);
    }
    say(text, "\"");
    if (shown < any->len) {
        say(text, "... of %zu bytes", any->len);
    }
}

static void say_value(struct text *text, const hf_any *any, unsigned depth);

static void say_items(struct text *text, const hf_any *items, size_t len, unsigned depth) {
    for (size_t i = 0; i < len && i < ITEMS_MAX; i++) {
        say(text, "%s", i > 0 ? ", " : "");
        say_value(text, &items[i], depth);
    }
    if (len > ITEMS_MAX) {
        say(text, ", ... (%zu in all)", len);
    }
}

static void say_pairs(struct text *text, const hf_any_item *pairs, size_t len, unsigned depth) {
    for (size_t i = 0; i < len && i < ITEMS_MAX; i++) {
        say(text, "%s", i > 0 ? ", " : "");
        say_value(text, &pairs[i].key, depth);
        say(text, ": ");
        say_value(text, &pairs[i].value, depth);
    }
    if (len > ITEMS_MAX) {
        say(text, ", ... (%zu in all)", len);
    }
}

static void say_nested(struct text *text, const hf_any *any, unsigned depth) {
    bool is_list = any->kind == HF_ANY_LIST;
    say(text, is_list ? "[" : "{");
    if (depth == DEPTH_MAX) {
        say(text, "...");
    } else if (is_list) {
        say_items(text, any->items, any->len, depth + 1);
    } else {
        say_pairs(text, any->pairs, any->len, depth + 1);
    }
    say(text, is_list ? "]" : "}");
}

static void say_value(struct text *text, const hf_any *any, unsigned depth) {
    switch (any->kind) {
    case HF_ANY_NULL:
        say(text, "null");
        break;
    case HF_ANY_BOOL:
        say(text, any->as_bool ? "true" : "false");
        break;
    case HF_ANY_INT:
        say(text, "%" PRId64, any->as_int);
        break;
    case HF_ANY_DOUBLE:
        say(text, "%.15g", any->as_double);
        break;
    case HF_ANY_STRING:
        say_string(text, any);
        break;
    case HF_ANY_BYTES:
        say(text, "%zu bytes", any->len);
        break;
    case HF_ANY_LIST:
    case HF_ANY_MAP:
        say_nested(text, any, depth);
        break;
    case HF_ANY_REF:
        say(text, "object #%" PRIu64, any->ref);
        break;
    }
}

/* A text may have been cut within a character. */
static void mend(struct text *text, char *start) {
    text->at = start + utf8_whole_len(start, (size_t)(text->at - start));
    *text->at = 0;
}

/* The first of the calls; the others are only counted. */
static void say_calls(struct text *text, const struct loss *loss) {
    struct calls calls;
    struct text brief = {text->at, text->at + CALL_MAX_BYTES};
    if (calls_decode(loss->calls, loss->calls_len, &calls) != HF_OK) {
        say(text, "%s()", loss->function);
        return;
    }
    say(&brief, "%s(", loss->function);
    say_items(&brief, calls_nth(&calls, 0), calls.width, 0);
    mend(&brief, text->at);
    text->at = brief.at;
    say(text, ")");
    if (calls.count > 1) {
        say(text, " and %zu more calls", calls.count - 1);
    }
    calls_fini(&calls);
}

char *words_of_loss(const struct loss *loss) {
    char words[HF_DETAIL_MAX_BYTES];
    struct text text = {words, words + sizeof words};
    words[0] = 0;
    say_calls(&text, loss);
    say(&text, " %s", loss->late ? "was ended" : "was lost");
    if (loss->detail && loss->detail[0]) {
        say(&text, ": %s", loss->detail);
    }
    const char *name = loss->signal > 0 ? sigdescr_np(loss->signal) : NULL;
    if (name) {
        say(&text, " (%s)", name);
    }
    mend(&text, words);
    return strdup(words);
}
