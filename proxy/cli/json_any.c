/* SPDX-License-Identifier: MIT
 *
 * See json_any.h. jansson parses JSON; the result is copied into an Any.
 */
#include "json_any.h"

#include "big_text.h"
#include "parse.h"
#include "wire_limits.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- integers that jansson cannot hold ---- */

static size_t number_len(const char *text, size_t len) {
    size_t end = 0;
    while (end < len && text[end] && strchr("0123456789+-.eE", text[end])) {
        end++;
    }
    return end;
}

/* Whether this is an integer of JSON beyond 64 bits. */
static bool is_big(const char *number, size_t len) {
    static const char most[] = "9223372036854775807";
    static const char least[] = "9223372036854775808"; /* behind a sign */
    enum { DIGITS = sizeof most - 1 };
    const bool negative = len > 0 && number[0] == '-';
    const char *digits = number + negative;
    len -= negative;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            return false;
        }
    }
    return len > DIGITS ? digits[0] != '0'
                        : len == DIGITS && memcmp(digits, negative ? least : most, DIGITS) > 0;
}

/* A copy of the text in which such integers are written {"$big":"DIGITS"}. Strings stay as they
 * are. Each is longer than what is put around it, so twice the length is enough. */
static char *mark_bigs(const char *text, size_t len, size_t *marked_len) {
    static const char before[] = "{\"$big\":\"";
    static const char after[] = "\"}";
    char *marked = shell_alloc(2 * len + 1, 1);
    char *to = marked;
    bool in_string = false;
    for (size_t i = 0; i < len;) {
        size_t number = in_string ? 0 : number_len(text + i, len - i);
        if (number == 0) {
            bool escape = in_string && text[i] == '\\' && i + 1 < len;
            in_string = in_string != (text[i] == '"');
            for (size_t end = i + 1 + escape; i < end; i++) {
                *to++ = text[i];
            }
            continue;
        }
        bool big = is_big(text + i, number);
        to = big ? stpcpy(to, before) : to;
        memcpy(to, text + i, number);
        to += number;
        to = big ? stpcpy(to, after) : to;
        i += number;
    }
    *marked_len = (size_t)(to - marked);
    return marked;
}

json_t *json_any_load(const char *text, size_t len, bool *overflows) {
    json_error_t error;
    json_t *json = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    *overflows = !json && json_error_code(&error) == json_error_numeric_overflow;
    if (!*overflows) {
        return json;
    }
    size_t marked_len = 0;
    char *marked = mark_bigs(text, len, &marked_len);
    json = json_loadb(marked, marked_len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    *overflows = !json && json_error_code(&error) == json_error_numeric_overflow;
    free(marked);
    return json;
}

/* A number as text, where it is one that was marked. */
static const char *text_of_number(const json_t *json) {
    return json_string_value(json_is_object(json) ? json_object_get(json, "$big") : json);
}

/* ---- values ---- */

static Hf__Any *any_of(json_t *json, unsigned depth, struct fault *fault);

Hf__Any *json_any_new(Hf__Any__KindCase kind) {
    Hf__Any *any = shell_alloc(1, sizeof *any);
    hf__any__init(any);
    any->kind_case = kind;
    return any;
}

/* Note a fault; the first one counts. Returns `any`, so that parsing goes on with some value, which
 * json_any() releases at the end. */
static Hf__Any *note_fault(Hf__Any *any, struct fault *fault, const char *why) {
    if (!fault->text[0]) {
        (void)shell_fault(fault, "%s", why);
    }
    return any;
}

/* `depth` is that of a list or map itself, 1 for the outermost. jansson bounds it as well. */
static void check_depth(unsigned depth, struct fault *fault) {
    assert(depth > 0);
    if (depth > HF_VALUE_MAX_DEPTH) {
        (void)shell_fault(fault, "values nest at most %u deep", HF_VALUE_MAX_DEPTH);
    }
}

/* Pack a list or map into its place in a value, and release it. */
static void pack_into(ProtobufCBinaryData *place, ProtobufCMessage *message) {
    size_t len = protobuf_c_message_get_packed_size(message);
    *place = (ProtobufCBinaryData){len, shell_alloc(len + 1, 1)};
    (void)protobuf_c_message_pack(message, place->data);
    protobuf_c_message_free_unpacked(message, NULL);
}

/* A list or tuple. */
static Hf__Any *list_of(Hf__Any__KindCase kind, const json_t *json, unsigned depth,
                        struct fault *fault) {
    check_depth(depth, fault);
    Hf__AnyList *list = shell_alloc(1, sizeof *list);
    hf__any_list__init(list);
    list->items = shell_alloc(json_array_size(json), sizeof *list->items);
    for (size_t i = 0; i < json_array_size(json); i++) {
        list->items[list->n_items++] = any_of(json_array_get(json, i), depth, fault);
    }
    assert(list->n_items == json_array_size(json));
    Hf__Any *any = json_any_new(kind);
    pack_into(&any->bytes, &list->base);
    return any;
}

Hf__AnyMap *json_any_map(size_t count) {
    Hf__AnyMap *map = shell_alloc(1, sizeof *map);
    hf__any_map__init(map);
    map->items = shell_alloc(count, sizeof *map->items);
    return map;
}

void json_any_add(Hf__AnyMap *map, Hf__Any *key, Hf__Any *value) {
    assert(key && value);
    Hf__Item *item = shell_alloc(1, sizeof *item);
    hf__item__init(item);
    item->key = key;
    item->value = value;
    map->items[map->n_items++] = item;
}

static Hf__Any *any_of_map(Hf__AnyMap *map) {
    Hf__Any *any = json_any_new(HF__ANY__KIND_MAP);
    pack_into(&any->map, &map->base);
    return any;
}

static Hf__Any *map_of(json_t *json, unsigned depth, struct fault *fault) {
    const char *key = NULL;
    json_t *value = NULL;
    Hf__AnyMap *map = json_any_map(json_object_size(json));
    check_depth(depth, fault);
    json_object_foreach(json, key, value) {
        json_any_add(map, parse_as_text(key, strlen(key)), any_of(value, depth, fault));
    }
    assert(map->n_items == json_object_size(json));
    return any_of_map(map);
}

/* {"$map": [[KEY, VALUE], ...]} */
static Hf__Any *pairs_of(const json_t *json, unsigned depth, struct fault *fault) {
    check_depth(depth, fault);
    size_t count = json_array_size(json); /* 0 if it is no array */
    bool good = json_is_array(json);
    Hf__AnyMap *map = json_any_map(count);
    for (size_t i = 0; i < count && good; i++) {
        const json_t *pair = json_array_get(json, i);
        good = json_array_size(pair) == 2;
        if (good) {
            json_any_add(map, any_of(json_array_get(pair, 0), depth, fault),
                         any_of(json_array_get(pair, 1), depth, fault));
        }
    }
    Hf__Any *any = any_of_map(map);
    return good ? any : note_fault(any, fault, "$map takes a list of pairs");
}

/* Returns false, with bytes that can be freed, if it is no base64. */
static bool read_base64(const json_t *json, ProtobufCBinaryData *bytes) {
    const char *text = json_string_value(json);
    size_t len = json_string_length(json);
    if (!text || len % 4 != 0 || len > INT32_MAX) {
        return false;
    }
    bytes->data = shell_alloc(len / 4 * 3 + 1, 1);
    int decoded = EVP_DecodeBlock(bytes->data, (const unsigned char *)text, (int)len);
    size_t padding = 0;
    while (padding < 2 && padding < len && text[len - 1 - padding] == '=') {
        padding++;
    }
    if (decoded != (int)(len / 4 * 3)) {
        return false;
    }
    bytes->len = (size_t)decoded - padding;
    return true;
}

static Hf__Any *bytes_of(const json_t *json, struct fault *fault) {
    Hf__Any *any = json_any_new(HF__ANY__KIND_BYTES);
    return read_base64(json, &any->bytes) ? any : note_fault(any, fault, "$bytes takes base64");
}

/* An id above INT64_MAX, which JSON integers cannot hold here, is a string of digits. */
static bool read_ref(const json_t *json, Hf__Ref *ref) {
    const char *text = text_of_number(json);
    bool valid = json_is_integer(json) ? (ref->id = (uint64_t)json_integer_value(json)) <= INT64_MAX
                                       : text && parse_unsigned(text, UINT64_MAX, &ref->id);
    return valid && ref->id > 0;
}

static Hf__Ref *new_ref(void) {
    Hf__Ref *ref = shell_alloc(1, sizeof *ref);
    hf__ref__init(ref);
    return ref;
}

static Hf__Any *ref_of(const json_t *json, struct fault *fault) {
    Hf__Any *any = json_any_new(HF__ANY__KIND_REF);
    any->ref = new_ref();
    return read_ref(json, any->ref) ? any
                                    : note_fault(any, fault, "$ref takes the id of an object");
}

static Hf__Any *tuple_of(const json_t *json, unsigned depth, struct fault *fault) {
    Hf__Any *any = list_of(HF__ANY__KIND_TUPLE, json, depth, fault); /* none of what is no array */
    return json_is_array(json) ? any : note_fault(any, fault, "$tuple takes a list");
}

static Hf__Any *note_long_integer(Hf__Any *any, struct fault *fault) {
    char why[160];
    (void)snprintf(
        why, sizeof why,
        "a decimal integer has at most %d bytes here (never more than %d digits): of any "
        "size are {\"$big\":\"0x...\"} in hexadecimal, and text (--text)",
        BIG_DECIMAL_MAX_BYTES, BIG_TEXT_DIGITS_MAX);
    return note_fault(any, fault, why);
}

static Hf__Any *big_of(const json_t *json, struct fault *fault) {
    Hf__Any *any = json_any_new(HF__ANY__KIND_BIG);
    const char *text = json_string_value(json);
    enum big_text read =
        text ? big_text_read(text, json_string_length(json), &any->big) : BIG_TEXT_NONE;
    int64_t number = 0;
    if (read == BIG_TEXT_TOO_LONG) {
        return note_long_integer(any, fault);
    }
    if (read != BIG_TEXT_READ) {
        return note_fault(any, fault, "$big takes digits, or 0x and hexadecimal ones, as a string");
    }
    if (big_to_int((struct big){any->big.data, any->big.len}, &number)) {
        free(any->big.data);
        any->kind_case = HF__ANY__KIND_INT;
        any->int_ = number;
    }
    return any;
}

/* Returns false if it is no list of ids. */
static bool read_refs(const json_t *json, Hf__Opaque *opaque) {
    const size_t count = json_array_size(json); /* 0 if it is no array */
    opaque->refs = count > 0 ? shell_alloc(count, sizeof(Hf__Ref *)) : NULL;
    bool good = json_is_array(json);
    for (size_t i = 0; i < count && good; i++) {
        opaque->refs[opaque->n_refs++] = new_ref();
        good = read_ref(json_array_get(json, i), opaque->refs[i]);
    }
    return good;
}

/* Returns false if this member is none of an opaque value, or not of its sort. */
static bool read_opaque_member(const char *name, const json_t *value, Hf__Opaque *opaque) {
    if (strcmp(name, "$opaque") == 0 && json_is_string(value)) {
        opaque->tag.len = json_string_length(value);
        opaque->tag.data = shell_copy(json_string_value(value), opaque->tag.len);
        return true;
    }
    if (strcmp(name, "equals") == 0) {
        opaque->has_equals = true;
        return read_base64(value, &opaque->equals);
    }
    return strcmp(name, "bytes") == 0  ? read_base64(value, &opaque->bytes)
           : strcmp(name, "refs") == 0 ? read_refs(value, opaque)
                                       : false;
}

static Hf__Any *opaque_of(json_t *json, struct fault *fault) {
    const char *name = NULL;
    json_t *value = NULL;
    Hf__Opaque *opaque = shell_alloc(1, sizeof *opaque);
    hf__opaque__init(opaque);
    bool good = json_object_get(json, "bytes") != NULL;
    json_object_foreach(json, name, value) {
        good = good && read_opaque_member(name, value, opaque);
    }
    Hf__Any *any = json_any_new(HF__ANY__KIND_OPAQUE);
    pack_into(&any->opaque, &opaque->base);
    return good ? any
                : note_fault(any, fault,
                             "an opaque value is {\"$opaque\":TAG,\"bytes\":BASE64}, perhaps with "
                             "\"equals\":BASE64 and \"refs\":[ID, ...]");
}

static bool read_double(const char *text, double *number) {
    char *end = NULL;
    *number = strtod(text, &end);
    return end != text && !*end;
}

static Hf__Any *double_of(const json_t *json, struct fault *fault) {
    Hf__Any *any = json_any_new(HF__ANY__KIND_DOUBLE);
    const char *text = text_of_number(json);
    if (json_is_number(json)) {
        any->double_ = json_number_value(json);
    } else if (!text || !read_double(text, &any->double_)) {
        return note_fault(any, fault, "$double takes a number, \"nan\", \"inf\" or \"-inf\"");
    }
    return any;
}

static Hf__Any *object_of(json_t *json, unsigned depth, struct fault *fault) {
    if (json_object_size(json) == 1) {
        void *only = json_object_iter(json);
        const char *key = json_object_iter_key(only);
        const json_t *value = json_object_iter_value(only);
        if (strcmp(key, "$bytes") == 0) {
            return bytes_of(value, fault);
        }
        if (strcmp(key, "$ref") == 0) {
            return ref_of(value, fault);
        }
        if (strcmp(key, "$double") == 0) {
            return double_of(value, fault);
        }
        if (strcmp(key, "$map") == 0) {
            return pairs_of(value, depth, fault);
        }
        if (strcmp(key, "$tuple") == 0) {
            return tuple_of(value, depth, fault);
        }
        if (strcmp(key, "$big") == 0) {
            return big_of(value, fault);
        }
    }
    if (json_object_get(json, "$opaque")) {
        return opaque_of(json, fault);
    }
    return map_of(json, depth, fault);
}

static Hf__Any *any_of(json_t *json, unsigned depth, struct fault *fault) {
    Hf__Any *any = NULL;
    switch (json_typeof(json)) {
    case JSON_ARRAY:
        return list_of(HF__ANY__KIND_LIST, json, depth + 1, fault);
    case JSON_OBJECT:
        return object_of(json, depth + 1, fault);
    case JSON_STRING:
        return parse_as_text(json_string_value(json), json_string_length(json));
    case JSON_INTEGER:
        any = json_any_new(HF__ANY__KIND_INT);
        any->int_ = json_integer_value(json);
        return any;
    case JSON_REAL:
        any = json_any_new(HF__ANY__KIND_DOUBLE);
        any->double_ = json_real_value(json);
        return any;
    case JSON_TRUE:
    case JSON_FALSE:
        any = json_any_new(HF__ANY__KIND_BOOL);
        any->bool_ = json_is_true(json);
        return any;
    case JSON_NULL:
        break;
    }
    return json_any_new(HF__ANY__KIND__NOT_SET);
}

Hf__Any *json_any(json_t *json, struct fault *fault) {
    fault->text[0] = 0;
    Hf__Any *any = any_of(json, 0, fault);
    if (fault->text[0]) {
        hf__any__free_unpacked(any, NULL);
        return NULL;
    }
    return any;
}
