/* SPDX-License-Identifier: MIT
 *
 * See parse.h.
 */
#include "parse.h"

#include "any_new.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <holdfast/client.h>
#include <holdfast/json.h>
#include <math.h>
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

/* ---- values ---- */

Hf__Any *parse_as_text(const char *text, size_t len) {
    Hf__Any *any = any_new(HF__ANY__KIND_STRING);
    any->string = (ProtobufCBinaryData){.len = len, .data = shell_copy(text, len)};
    return any;
}

Hf__Any *parse_read(int fd, const char *name, struct fault *fault) {
    Hf__Any *any = any_new(HF__ANY__KIND_BYTES);
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

static bool is_blank(char letter) {
    return letter && strchr(" \t\r\n", letter);
}

/* A text that begins like a list or an object of JSON. */
static bool looks_composed(const char *text, size_t len) {
    size_t blank = 0;
    while (blank < len && is_blank(text[blank])) {
        blank++;
    }
    return blank < len && (text[blank] == '[' || text[blank] == '{');
}

/* A number, true, false or null that would not come back as it is written is text. */
static bool is_plain_text(const hf_any *value, const char *text, size_t len, bool number) {
    bool is_number =
        value->kind == HF_ANY_INT || value->kind == HF_ANY_DOUBLE || value->kind == HF_ANY_BIG;
    if (looks_composed(text, len) || value->kind == HF_ANY_STRING || (number && is_number)) {
        return false;
    }
    char *printed = NULL;
    bool same = hf_any_to_json(*value, &printed) == HF_OK && strlen(printed) == len &&
                memcmp(printed, text, len) == 0;
    free(printed);
    return !same;
}

/* A text that begins like one of the objects that stand for what JSON lacks. */
static bool looks_special(const char *text, size_t len) {
    static const char start[] = "{\"$";
    return len >= sizeof start - 1 && memcmp(text, start, sizeof start - 1) == 0;
}

/* Not JSON, or JSON of a value that cannot be. */
static Hf__Any *parse_refused(hf_status status, const char *text, size_t len, bool number,
                              struct fault *fault) {
    if (status == HF_OUT_OF_RANGE && (number || looks_composed(text, len))) {
        (void)shell_fault(fault, "the number does not fit a double");
        return NULL;
    }
    if (status == HF_INVALID && looks_special(text, len)) { /* rather mistyped than meant as text */
        (void)shell_fault(fault, "a word that begins with {\"$ must be JSON, and this one is not "
                                 "(to store it as text: --text, or as a string of JSON)");
        return NULL;
    }
    if (status == HF_INVALID || status == HF_OUT_OF_RANGE) {
        return parse_as_text(text, len);
    }
    (void)shell_fault(fault, "%s (to store it as text: --text)", hf_last_detail());
    return NULL;
}

static Hf__Any *parse_typed(const char *text, size_t len, bool number, struct fault *fault) {
    hf_any value = hf_any_null();
    hf_status status = hf_any_from_json(text, len, &value);
    (void)shell_require(status == HF_NO_MEMORY ? NULL : fault);
    fault->text[0] = 0;
    if (status != HF_OK) {
        return parse_refused(status, text, len, number, fault);
    }
    if (is_plain_text(&value, text, len, number)) {
        hf_any_clear(&value);
        return parse_as_text(text, len);
    }
    return any_take(&value, fault);
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
    Hf__AnyMap *map = any_new_map(1);
    any_add_item(map, key, value);
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
