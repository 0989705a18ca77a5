/* SPDX-License-Identifier: MIT
 *
 * See utf8.h.
 */
#include "utf8.h"

#include <assert.h>
#include <string.h>

/* How many bytes follow the first one of a character; 0 if it cannot be the first of several. */
static size_t bytes_behind(uint8_t first) {
    if (first < 0xc2 || first > 0xf4) {
        return 0;
    }
    return first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
}

/* The first byte bounds the second: no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool second_fits(uint8_t first, uint8_t second) {
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

/* Most texts are ASCII: check eight bytes at a time. */
static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end) {
    uint64_t eight = 0;
    for (; end - at >= (ptrdiff_t)sizeof eight; at += sizeof eight) {
        memcpy(&eight, at, sizeof eight);
        if (eight & 0x8080808080808080u) {
            break;
        }
    }
    return at;
}

bool utf8_valid(const uint8_t *bytes, size_t len) {
    if (len == 0) {
        return true; /* `bytes` may be NULL, to which nothing can be added */
    }
    const uint8_t *end = bytes + len;
    const uint8_t *at = skip_ascii(bytes, end);
    while (at < end) {
        uint8_t first = *at++;
        if (first < 0x80) {
            continue;
        }
        size_t more = bytes_behind(first);
        if (more == 0 || (size_t)(end - at) < more || !second_fits(first, at[0])) {
            return false;
        }
        for (size_t i = 1; i < more; i++) {
            if ((at[i] & 0xc0) != 0x80) {
                return false;
            }
        }
        at += more;
    }
    return true;
}

size_t utf8_valid_len(const uint8_t *bytes, size_t len) {
    enum { CHARACTER_MAX_BYTES = 4 };
    size_t at = 0;
    size_t more = 1; /* bytes of the next character */
    while (at + more <= len && more <= CHARACTER_MAX_BYTES) {
        bool whole = utf8_valid(bytes + at, more);
        at += whole ? more : 0;
        more = whole ? 1 : more + 1;
    }
    return at;
}

size_t utf8_whole_len(const char *bytes, size_t len) {
    enum { MORE_MAX = 3 };
    for (size_t more = 0; more < len && more <= MORE_MAX; more++) {
        uint8_t byte = (uint8_t)bytes[len - 1 - more];
        if ((byte & 0xc0) != 0x80) {
            return bytes_behind(byte) > more ? len - 1 - more : len;
        }
    }
    return len;
}

void utf8_copy(char *to, size_t size, const char *from) {
    assert(size > 0);
    size_t len = strnlen(from, size - 1);
    len = from[len] == 0 ? len : utf8_whole_len(from, len);
    memcpy(to, from, len);
    to[len] = 0;
    bool valid = utf8_valid((const uint8_t *)to, len);
    for (size_t i = 0; i < len && !valid; i++) {
        if ((unsigned char)to[i] >= 0x80) {
            to[i] = '?';
        }
    }
}
