/* SPDX-License-Identifier: MIT
 *
 * See parse.h. jansson parses JSON; the result is copied into an Any.
 */
#include "parse.h"

#include "print.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_MAX_BYTES = HF_FRAME_LIMIT_BYTES /* more does not fit a request */
};

/* ---- numbers ---- */

bool parse_signed(const char *word, int64_t least, int64_t most, int64_t *number) {
    char *end = NULL;
    errno = 0;
    assert(least <= most);
    long long read = strtoll(word, &end, 10);
    if (errno || end == word || *end || read < least || read > most) {
        return false;
    }
    *number = read;
    return true;
}

bool parse_unsigned(const char *word, uint64_t most, uint64_t *number) {
    char *end = NULL;
    errno = 0;
    unsigned long long read = strtoull(word, &end, 10);
    if (errno || end == word || *end || strchr(word, '-') || read > most) {
        return false;
    }
    *number = read;
    return true;
}

static bool parse_double(const char *word, double *number) {
    char *end = NULL;
    *number = strtod(word, &end);
    return end != word && !*end;
}

bool parse_bool(const char *word, bool *truth) {
    *truth = strcmp(word, "true") == 0;
    return *truth || strcmp(word, "false") == 0;
}

bool parse_guard(const char *word, size_t *name_len, uint64_t *fence) {
    const char *colon = strrchr(word, ':');
    *name_len = colon ? (size_t)(colon - word) : 0;
    return *name_len > 0 && parse_unsigned(colon + 1, UINT64_MAX, fence) && *fence > 0;
}

bool parse_timeout(const char *word, int64_t *timeout_ms) {
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"", 1e3}, {"s", 1e3}, {"ms", 1}, {"m", 60e3}, {"h", 3600e3}};
    if (strcmp(word, "forever") == 0) {
        *timeout_ms = -1;
        return true;
    }
    size_t len = strspn(word, "0123456789.");
    char *end = NULL;
    double amount = strtod(word, &end);
    if (len == 0 || end != word + len) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double ms = ceil(amount * units[i].ms);
        if (strcmp(units[i].name, end) == 0 && ms < 1e15) {
            *timeout_ms = (int64_t)ms;
            return true;
        }
    }
    return false;
}

/* ---- JSON ---- */

static Hf__Any *any_of(json_t *json, unsigned depth, struct fault *fault);

static Hf__Any *new_any(Hf__Any__KindCase kind) {
    Hf__Any *any = shell_alloc(1, sizeof *any);
    hf__any__init(any);
    any->kind_case = kind;
    return any;
}

Hf__Any *parse_as_text(const char *text, size_t len) {
    Hf__Any *any = new_any(HF__ANY__KIND_STRING);
    any->string = (ProtobufCBinaryData){.len = len, .data = shell_copy(text, len)};
    return any;
}

/* Note a fault; the first one counts. Returns `any`, so that parsing goes on with some value, which
 * parse_text() releases at the end. */
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

static Hf__Any *list_of(const json_t *json, unsigned depth, struct fault *fault) {
    check_depth(depth, fault);
    Hf__AnyList *list = shell_alloc(1, sizeof *list);
    hf__any_list__init(list);
    list->items = shell_alloc(json_array_size(json), sizeof *list->items);
    for (size_t i = 0; i < json_array_size(json); i++) {
        list->items[list->n_items++] = any_of(json_array_get(json, i), depth, fault);
    }
    assert(list->n_items == json_array_size(json));
    Hf__Any *any = new_any(HF__ANY__KIND_LIST);
    pack_into(&any->list, &list->base);
    return any;
}

/* An empty map with room for `count` items. */
static Hf__AnyMap *new_map(size_t count) {
    Hf__AnyMap *map = shell_alloc(1, sizeof *map);
    hf__any_map__init(map);
    map->items = shell_alloc(count, sizeof *map->items);
    return map;
}

static void add_item(Hf__AnyMap *map, Hf__Any *key, Hf__Any *value) {
    assert(key && value);
    Hf__Item *item = shell_alloc(1, sizeof *item);
    hf__item__init(item);
    item->key = key;
    item->value = value;
    map->items[map->n_items++] = item;
}

static Hf__Any *any_of_map(Hf__AnyMap *map) {
    Hf__Any *any = new_any(HF__ANY__KIND_MAP);
    pack_into(&any->map, &map->base);
    return any;
}

static Hf__Any *map_of(json_t *json, unsigned depth, struct fault *fault) {
    const char *key = NULL;
    json_t *value = NULL;
    Hf__AnyMap *map = new_map(json_object_size(json));
    check_depth(depth, fault);
    json_object_foreach(json, key, value) {
        add_item(map, parse_as_text(key, strlen(key)), any_of(value, depth, fault));
    }
    assert(map->n_items == json_object_size(json));
    return any_of_map(map);
}

/* {"$map": [[KEY, VALUE], ...]} */
static Hf__Any *pairs_of(const json_t *json, unsigned depth, struct fault *fault) {
    check_depth(depth, fault);
    size_t count = json_array_size(json); /* 0 if it is no array */
    bool good = json_is_array(json);
    Hf__AnyMap *map = new_map(count);
    for (size_t i = 0; i < count && good; i++) {
        const json_t *pair = json_array_get(json, i);
        good = json_array_size(pair) == 2;
        if (good) {
            add_item(map, any_of(json_array_get(pair, 0), depth, fault),
                     any_of(json_array_get(pair, 1), depth, fault));
        }
    }
    Hf__Any *any = any_of_map(map);
    return good ? any : note_fault(any, fault, "$map takes a list of pairs");
}

static Hf__Any *bytes_of(const json_t *json, struct fault *fault) {
    const char *text = json_string_value(json);
    size_t len = json_string_length(json);
    Hf__Any *any = new_any(HF__ANY__KIND_BYTES);
    if (!text || len % 4 != 0 || len > INT32_MAX) {
        return note_fault(any, fault, "$bytes takes base64");
    }
    any->bytes.data = shell_alloc(len / 4 * 3 + 1, 1);
    int decoded = EVP_DecodeBlock(any->bytes.data, (const unsigned char *)text, (int)len);
    size_t padding = 0;
    while (padding < 2 && padding < len && text[len - 1 - padding] == '=') {
        padding++;
    }
    if (decoded != (int)(len / 4 * 3)) {
        return note_fault(any, fault, "$bytes takes base64");
    }
    any->bytes.len = (size_t)decoded - padding;
    return any;
}

/* An id above INT64_MAX, which JSON integers cannot hold here, is a string of digits. */
static Hf__Any *ref_of(const json_t *json, struct fault *fault) {
    Hf__Any *any = new_any(HF__ANY__KIND_REF);
    any->ref = shell_alloc(1, sizeof *any->ref);
    hf__ref__init(any->ref);
    bool valid = json_is_integer(json)
                     ? (any->ref->id = (uint64_t)json_integer_value(json)) <= INT64_MAX
                     : json_is_string(json) &&
                           parse_unsigned(json_string_value(json), UINT64_MAX, &any->ref->id);
    return valid && any->ref->id > 0 ? any
                                     : note_fault(any, fault, "$ref takes the id of an object");
}

static Hf__Any *double_of(const json_t *json, struct fault *fault) {
    Hf__Any *any = new_any(HF__ANY__KIND_DOUBLE);
    const char *text = json_string_value(json);
    if (json_is_number(json)) {
        any->double_ = json_number_value(json);
    } else if (!text || !parse_double(text, &any->double_)) {
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
    }
    return map_of(json, depth, fault);
}

static Hf__Any *any_of(json_t *json, unsigned depth, struct fault *fault) {
    Hf__Any *any = NULL;
    switch (json_typeof(json)) {
    case JSON_ARRAY:
        return list_of(json, depth + 1, fault);
    case JSON_OBJECT:
        return object_of(json, depth + 1, fault);
    case JSON_STRING:
        return parse_as_text(json_string_value(json), json_string_length(json));
    case JSON_INTEGER:
        any = new_any(HF__ANY__KIND_INT);
        any->int_ = json_integer_value(json);
        return any;
    case JSON_REAL:
        any = new_any(HF__ANY__KIND_DOUBLE);
        any->double_ = json_real_value(json);
        return any;
    case JSON_TRUE:
    case JSON_FALSE:
        any = new_any(HF__ANY__KIND_BOOL);
        any->bool_ = json_is_true(json);
        return any;
    case JSON_NULL:
        break;
    }
    return new_any(HF__ANY__KIND__NOT_SET);
}

/* ---- values ---- */

Hf__Any *parse_read(int fd, const char *name, struct fault *fault) {
    Hf__Any *any = new_any(HF__ANY__KIND_BYTES);
    size_t room = 0;
    ssize_t got = 1;
    while (got > 0 && any->bytes.len <= FILE_MAX_BYTES) {
        if (any->bytes.len == room) {
            room = room ? 2 * room : 4096;
            any->bytes.data = shell_grow(any->bytes.data, room, 1);
        }
        do {
            got = read(fd, any->bytes.data + any->bytes.len, room - any->bytes.len);
        } while (got < 0 && errno == EINTR);
        any->bytes.len += got > 0 ? (size_t)got : 0;
    }
    assert(any->bytes.len <= room);
    if (got < 0 || any->bytes.len > FILE_MAX_BYTES) {
        (void)shell_fault(fault, "cannot read %s: %s", name,
                          got < 0 ? strerror(errno) : "it is too big for a value");
        hf__any__free_unpacked(any, NULL);
        return NULL;
    }
    return any;
}

static Hf__Any *read_file(const char *path, struct fault *fault) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)shell_fault(fault, "cannot read %s: %s (to store a text that begins with @: --text)",
                          path, strerror(errno));
        return NULL;
    }
    Hf__Any *any = parse_read(fd, path, fault);
    (void)close(fd);
    return any;
}

/* A text that begins like a list or an object of JSON. */
static bool looks_composed(const char *text, size_t len) {
    size_t blank = 0;
    while (blank < len && strchr(" \t\r\n", text[blank])) {
        blank++;
    }
    return blank < len && (text[blank] == '[' || text[blank] == '{');
}

/* A number, true, false or null that would not come back as it is written is text. */
static bool is_plain_text(const json_t *json, const char *text, size_t len, bool number) {
    if (!json) {
        return true;
    }
    bool scalar = !json_is_array(json) && !json_is_object(json) && !json_is_string(json);
    return scalar && !(number && json_is_number(json)) && !print_is(json, text, len);
}

static Hf__Any *parse_typed(const char *text, size_t len, bool number, struct fault *fault) {
    json_error_t error;
    json_t *json = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    fault->text[0] = 0;
    if (!json && json_error_code(&error) == json_error_numeric_overflow &&
        (number || looks_composed(text, len))) {
        return note_fault(NULL, fault,
                          "the number does not fit (integers have 64 bits, with a sign)");
    }
    Hf__Any *any =
        is_plain_text(json, text, len, number) ? parse_as_text(text, len) : any_of(json, 0, fault);
    json_decref(json);
    if (fault->text[0]) {
        hf__any__free_unpacked(any, NULL);
        return NULL;
    }
    return any;
}

Hf__Any *parse_text(const char *text, size_t len, struct fault *fault) {
    return parse_typed(text, len, false, fault);
}

Hf__Any *parse_word(const char *word, enum parse_as as, struct fault *fault) {
    if (as == PARSE_TEXT) {
        return parse_as_text(word, strlen(word));
    }
    if (as == PARSE_STORED && strcmp(word, "-") == 0) {
        return parse_read(STDIN_FILENO, "standard input", fault);
    }
    if (as == PARSE_STORED && word[0] == '@' && word[1]) {
        return read_file(word + 1, fault);
    }
    return parse_typed(word, strlen(word), as == PARSE_NUMBER, fault);
}

/* KEY=VALUE */
static Hf__AnyMap *parse_pair(const char *word, enum parse_as as, struct fault *fault) {
    const char *equals = strchr(word, '=');
    if (!equals) {
        (void)shell_fault(fault, "'%s' is neither KEY=VALUE nor a JSON object", word);
        return NULL;
    }
    size_t key_len = (size_t)(equals - word);
    Hf__Any *key =
        as == PARSE_TEXT ? parse_as_text(word, key_len) : parse_text(word, key_len, fault);
    Hf__Any *value = key ? parse_word(equals + 1, as, fault) : NULL;
    if (!value) {
        hf__any__free_unpacked(key, NULL);
        return NULL;
    }
    Hf__AnyMap *map = new_map(1);
    add_item(map, key, value);
    return map;
}

Hf__AnyMap *parse_items(const char *word, bool text, struct fault *fault) {
    assert(word && fault);
    enum parse_as as = text ? PARSE_TEXT : PARSE_VALUE;
    if (text || word[0] != '{') {
        return parse_pair(word, as, fault);
    }
    Hf__Any *any = parse_text(word, strlen(word), fault);
    if (!any) {
        return NULL;
    }
    Hf__AnyMap *map = any->kind_case == HF__ANY__KIND_MAP
                          ? hf__any_map__unpack(NULL, any->map.len, any->map.data)
                          : parse_pair(word, as, fault);
    hf__any__free_unpacked(any, NULL);
    return map;
}
