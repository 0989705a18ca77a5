/* SPDX-License-Identifier: MIT
 *
 * See loss.h.
 */
#include "loss.h"

#include "column.h"
#include "text.h"
#include "utf8.h"
#include "wire_limits.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
    VALUE_MAX_BYTES = 60, /* of a string or of bytes */
    ITEMS_MAX = 8,        /* of a list, a map, or arguments */
    DEPTH_MAX = 3,
    CALL_MAX_BYTES = 500
};

static void say_string(struct text *text, const hf_any *any) {
    size_t shown =
        any->len > VALUE_MAX_BYTES ? utf8_whole_len(any->string, VALUE_MAX_BYTES) : any->len;
    text_add(text, "\"");
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)any->string[i];
        text_add(text, byte < 0x20 || byte == 0x7f ? "\\x%02x" : "%c", byte);
    }
    text_add(text, "\"");
    if (shown < any->len) {
        text_add(text, "... of %zu bytes", any->len);
    }
}

static void say_value(struct text *text, const hf_any *any, unsigned depth);

/* The items of a list or the pairs of a map. */
static void say_items(struct text *text, const hf_any *any, unsigned depth) {
    bool is_map = any->kind == HF_ANY_MAP;
    for (size_t i = 0; i < any->len && i < ITEMS_MAX; i++) {
        text_add(text, "%s", i > 0 ? ", " : "");
        say_value(text, is_map ? &any->pairs[i].key : &any->items[i], depth);
        if (is_map) {
            text_add(text, ": ");
            say_value(text, &any->pairs[i].value, depth);
        }
    }
    if (any->len > ITEMS_MAX) {
        text_add(text, ", ... (%zu in all)", any->len);
    }
}

static void say_nested(struct text *text, const hf_any *any, unsigned depth) {
    const char *around = any->kind == HF_ANY_LIST ? "[]" : any->kind == HF_ANY_TUPLE ? "()" : "{}";
    text_add(text, "%c", around[0]);
    if (depth == DEPTH_MAX) {
        text_add(text, "...");
    } else {
        say_items(text, any, depth + 1);
    }
    text_add(text, "%c", around[1]);
}

static void say_opaque(struct text *text, const hf_opaque *opaque) {
    const hf_any tag = hf_any_string(opaque->tag);
    say_string(text, &tag);
    text_add(text, " of %zu bytes", opaque->len);
}

static void say_value(struct text *text, const hf_any *any, unsigned depth) {
    switch (any->kind) {
    case HF_ANY_NULL:
        text_add(text, "null");
        break;
    case HF_ANY_BOOL:
        text_add(text, any->as_bool ? "true" : "false");
        break;
    case HF_ANY_INT:
        text_add(text, "%" PRId64, any->as_int);
        break;
    case HF_ANY_DOUBLE:
        text_add(text, "%.15g", any->as_double);
        break;
    case HF_ANY_STRING:
        say_string(text, any);
        break;
    case HF_ANY_BYTES:
        text_add(text, "%zu bytes", any->len);
        break;
    case HF_ANY_BIG:
        text_add(text, "an int of %zu bytes", any->len);
        break;
    case HF_ANY_OPAQUE:
        say_opaque(text, any->opaque);
        break;
    case HF_ANY_LIST:
    case HF_ANY_TUPLE:
    case HF_ANY_MAP:
        say_nested(text, any, depth);
        break;
    case HF_ANY_REF:
        text_add(text, "object #%" PRIu64, any->ref);
        break;
    }
}

/* The first call with its arguments, and the number of the others. */
static void say_calls(struct text *text, const char *function, const Hf__Result *result) {
    struct calls calls;
    assert(text->size - text->len >= CALL_MAX_BYTES);
    struct text brief = text_in(text->bytes + text->len, CALL_MAX_BYTES);
    if (calls_decode(result->calls.data, result->calls.len, &calls) != HF_OK) {
        text_add(text, "%s()", function);
        return;
    }
    text_add(&brief, "%s(", function);
    const hf_any arguments = hf_any_list(calls_nth(&calls, 0), calls.width);
    say_items(&brief, &arguments, 0);
    text->len += brief.len;
    text_add(text, ")");
    if (calls.count > 1) {
        text_add(text, " and %zu more calls", calls.count - 1);
    }
    calls_fini(&calls);
}

static const char *loss_signal_words(int number) {
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 32)
    return sigdescr_np(number); /* in English, whatever the locale */
#endif
#endif
    return strsignal(number);
}

char *loss_describe(const char *function, const Hf__Result *result) {
    char words[HF_DETAIL_MAX_BYTES];
    struct text text = text_in(words, sizeof words);
    say_calls(&text, function, result);
    text_add(&text, " %s", (hf_status)result->status == HF_TIME_LIMIT ? "was ended" : "was lost");
    if (result->detail && result->detail[0]) {
        text_add(&text, ": %s", result->detail);
    }
    const char *name =
        result->has_signal && result->signal > 0 ? loss_signal_words(result->signal) : NULL;
    if (name) {
        text_add(&text, " (%s)", name);
    }
    return strdup(words);
}
