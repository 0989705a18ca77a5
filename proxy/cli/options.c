/* SPDX-License-Identifier: MIT
 *
 * The general options: see line.h.
 */
#include "line.h"

#include "ops.h"
#include "parse.h"

#include <assert.h>
#include <string.h>

enum kind { FLAG, TEXT, TIMEOUT, GUARD, COUNT, EXIT_CODE };

struct option_row {
    const char *name;
    const char *value; /* NULL: it takes none */
    enum kind kind;
    char letter;  /* 0: none */
    size_t field; /* in struct shell */
    const char *help;
};

static const struct option_row option_rows[] = {
    {"address", "A", TEXT, 0, offsetof(struct shell, address),
     "unix:PATH, unix:@NAME or tcp://HOST:PORT; default: $HOLDFAST_ADDRESS, else the default "
     "socket"},
    {"key-file", "FILE", TEXT, 0, offsetof(struct shell, key_file),
     "the key for tcp://; default: $HOLDFAST_KEY_FILE"},
    {"timeout", "T", TIMEOUT, 'w', offsetof(struct shell, timeout_ms),
     "how long to wait at most: 5, 2.5s, 100ms, 1m, 1h, 0 (only try); default: forever"},
    {"connect-timeout", "T", TIMEOUT, 0, offsetof(struct shell, connect_timeout_ms),
     "how long to wait for a manager that is not there yet; default: 0, fail at once"},
    {"json", NULL, FLAG, 0, offsetof(struct shell, json),
     "print the whole reply as a line of JSON"},
    {"text", NULL, FLAG, 0, offsetof(struct shell, text),
     "every key and value is text as it is: 5, null, -, @x, [1]"},
    {"lines", NULL, FLAG, 0, offsetof(struct shell, lines),
     "with queue put, list append, set add: each line of standard input is a value, as text"},
    {"must-exist", NULL, FLAG, 0, offsetof(struct shell, must_exist),
     "refuse to create an object that does not exist"},
    {"quiet", NULL, FLAG, 'q', offsetof(struct shell, quiet),
     "no message of a refusal or a timeout: the exit status says it"},
    {"guard", "LOCK:FENCE", GUARD, 0, offsetof(struct shell, guard),
     "refuse unless this grant of the lock is in force"},
    {"permits", "N", COUNT, 'n', offsetof(struct shell, permits),
     "with semaphore NAME -- COMMAND: how many to hold; default: 1"},
    {"read", NULL, FLAG, 0, offsetof(struct shell, read),
     "with rwlock NAME -- COMMAND: hold it for reading, together with other readers"},
    {"conflict-exit-code", "N", EXIT_CODE, 'E', offsetof(struct shell, conflict_exit_code),
     "with NAME -- COMMAND: the exit status if it is not acquired in time; default: 124"},
    {"long", NULL, FLAG, 'l', offsetof(struct shell, detailed), "with ls: sizes, holders, waiters"},
    {"help", NULL, FLAG, 'h', offsetof(struct shell, help),
     "show help; also for a type (holdfast dict --help) or an operation"},
    {"version", NULL, FLAG, 0, offsetof(struct shell, version), "show the version"},
};

enum { ROW_COUNT = sizeof option_rows / sizeof option_rows[0] };

const struct option_row *options_find(const char *word) {
    assert(word[0] == '-');
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        if (word[1] == '-' ? ops_same_word(row->name, word + 2)
                           : row->letter && word[1] == row->letter && !word[2]) {
            return row;
        }
    }
    return NULL;
}

bool options_takes_value(const struct option_row *row) {
    return row->value != NULL;
}

static bool read_count(uint32_t *field, const char *value, struct fault *fault) {
    uint64_t count = 0;
    if (!parse_unsigned(value, UINT32_MAX, &count) || count == 0) {
        return shell_fault(fault, "'%s' is not a whole number of at least 1", value);
    }
    *field = (uint32_t)count;
    return true;
}

static bool read_exit_code(int *field, const char *value, struct fault *fault) {
    uint64_t code = 0;
    if (!parse_unsigned(value, UINT8_MAX, &code)) {
        return shell_fault(fault, "'%s' is no exit status (0 to 255)", value);
    }
    *field = (int)code;
    return true;
}

bool options_set(struct shell *shell, const struct option_row *row, const char *value,
                 struct fault *fault) {
    assert(options_takes_value(row) == (value != NULL));
    void *field = (char *)shell + row->field;
    size_t name_len = 0;
    uint64_t fence = 0;
    switch (row->kind) {
    case FLAG:
        *(bool *)field = true;
        return true;
    case TIMEOUT:
        return parse_timeout(value, field) ||
               shell_fault(fault, "'%s' is not a time: 5, 2.5s, 100ms, 1m, 1h or forever", value);
    case COUNT:
        return read_count(field, value, fault);
    case EXIT_CODE:
        return read_exit_code(field, value, fault);
    case GUARD:
        if (!parse_guard(value, &name_len, &fence)) {
            return shell_fault(fault, "'%s' is not LOCK:FENCE", value);
        }
        break;
    case TEXT:
        break;
    }
    *(const char **)field = value;
    return true;
}

void options_offer(struct hint *hint) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "--%s", option_rows[i].name);
        hint_offer(hint, name);
    }
}

void options_show(FILE *out) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char usage[64];
        char letter[8] = "";
        if (option_rows[i].letter) {
            (void)snprintf(letter, sizeof letter, "-%c, ", option_rows[i].letter);
        }
        (void)snprintf(usage, sizeof usage, "%s--%s%s%s", letter, option_rows[i].name,
                       option_rows[i].value ? " " : "",
                       option_rows[i].value ? option_rows[i].value : "");
        (void)fprintf(out, "  %-28s %s\n", usage, option_rows[i].help);
    }
}
