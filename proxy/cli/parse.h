/* SPDX-License-Identifier: MIT
 *
 * Parses the words of a command line.
 *
 * A word is a number, true, false or null if it is printed again letter for letter: 7, 1.5, null.
 * Otherwise it would come back as another word, which a version (1.10), a hash (12e4567) or a
 * number of a customer (007) must not; so such a word is text. A word that is a string, a list or
 * an object of JSON is that value. Any other word is text, but one that begins with {"$ is refused:
 * it is more likely one of the objects below, mistyped.
 *
 * JSON has no bytes, no references, no tuples, no NaN or infinity, and only strings as keys. The
 * objects that stand for these are those of holdfast/json.h.
 */
#ifndef HF_PARSE_H
#define HF_PARSE_H

#include "holdfast.pb-c.h"
#include "shell.h"

/* The ways to read a word. */
enum parse_as {
    PARSE_VALUE,
    PARSE_STORED, /* also `-` (all of standard input, as bytes) and @FILE (the file, as bytes) */
    PARSE_NUMBER, /* any number of JSON is one; only other words are as with PARSE_VALUE */
    PARSE_TEXT    /* always text */
};

/** The value of a word. Returns NULL with the fault. Release with hf__any__free_unpacked(). */
Hf__Any *parse_word(const char *word, enum parse_as as, struct fault *fault);

/** The value of a text, as PARSE_VALUE. Returns NULL with the fault. */
Hf__Any *parse_text(const char *text, size_t len, struct fault *fault);

/** A text, whatever it looks like. Never NULL. */
Hf__Any *parse_as_text(const char *text, size_t len);

/** Read a file descriptor to its end, as bytes. Returns NULL with the fault, which uses `name`. */
Hf__Any *parse_read(int fd, const char *name, struct fault *fault);

/** The items of KEY=VALUE or of a JSON object; with `text` only of KEY=VALUE, both as text. Returns
 * NULL with the fault. Release with hf__any_map__free_unpacked(). */
Hf__AnyMap *parse_items(const char *word, bool text, struct fault *fault);

/** A whole number within a range, "true" or "false". Each returns false if the word is something
 * else. */
bool parse_signed(const char *word, int64_t least, int64_t most, int64_t *number);
bool parse_unsigned(const char *word, uint64_t most, uint64_t *number);
bool parse_bool(const char *word, bool *truth);

/** LOCK:FENCE: the length of the lock's name, in bytes, and a fence of at least 1. */
bool parse_guard(const char *word, size_t *name_len, uint64_t *fence);

/** A time: 5, 2.5s, 100ms, 1m, 1h or "forever" (-1). Rounded up to whole milliseconds. */
bool parse_timeout(const char *word, int64_t *timeout_ms);

#endif
