/* SPDX-License-Identifier: MIT
 *
 * The simulator: seeded runs of random sessions against the core, compared with a naive model.
 *
 *     sim --seeds 1..1000 --steps 200     these runs; --twice: each two times, which must be alike
 *     sim --seed 42 --trace               one run, all of it in words
 *     sim --missing                       operations that the model does not know
 *
 * Exits 1, with the seed and the last steps in words, when something is wrong; 2 on bad options.
 */
#include "driver.h"
#include "history.h"
#include "model.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    uint64_t first;
    uint64_t last;
    unsigned steps;
    bool trace;
    bool twice;
    bool missing;
};

static bool parse_number(const char **text, uint64_t *number) {
    char *end = NULL;
    *number = strtoull(*text, &end, 10);
    bool any = end != *text;
    *text = end;
    return any;
}

static bool parse_seeds(const char *text, struct options *options) {
    if (!parse_number(&text, &options->first)) {
        return false;
    }
    options->last = options->first;
    if (strncmp(text, "..", 2) == 0) {
        text += 2;
        return parse_number(&text, &options->last) && !*text && options->first <= options->last;
    }
    return !*text;
}

static bool parse_steps(const char *text, struct options *options) {
    uint64_t steps = 0;
    bool good = parse_number(&text, &steps) && !*text && steps <= 2000;
    options->steps = (unsigned)steps;
    return good;
}

static bool parse(int count, char **words, struct options *options) {
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (strcmp(words[i], "--trace") == 0) {
            options->trace = true;
        } else if (strcmp(words[i], "--twice") == 0) {
            options->twice = true;
        } else if (strcmp(words[i], "--missing") == 0) {
            options->missing = true;
        } else if (strcmp(words[i], "--seeds") == 0 || strcmp(words[i], "--seed") == 0) {
            if (!parse_seeds(value, options)) {
                return false;
            }
            i++;
        } else if (strcmp(words[i], "--steps") == 0) {
            if (!parse_steps(value, options)) {
                return false;
            }
            i++;
        } else {
            return false;
        }
    }
    return true;
}

static void run(uint64_t seed, const struct options *options) {
    uint64_t digest = driver_run(seed, options->steps, options->trace);
    if (options->twice && driver_run(seed, options->steps, false) != digest) {
        history_fail("the second run was not like the first");
    }
}

/* Operations without an expectation, but for the handshake's. Returns how many. */
static int list_missing(void) {
    int missing = 0;
    const ProtobufCMessageDescriptor *requests = &hf__request__descriptor;
    const struct model_type *type = NULL;
    for (unsigned i = 0; i < requests->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &requests->fields[i];
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF && field->id != HF__REQUEST__OP_PROVE &&
            !model_find_op(field->id, &type)) {
            printf("the model does not know %s\n", field->name);
            missing++;
        }
    }
    return missing;
}

int main(int count, char **words) {
    struct options options = {.first = 1, .last = 100, .steps = 200};
    if (!parse(count, words, &options)) {
        (void)fprintf(
            stderr,
            "usage: sim [--seed N | --seeds A..B] [--steps N] [--trace] [--twice] [--missing]\n");
        return 2;
    }
    if (options.missing) {
        return list_missing() > 0;
    }
    /* The world's own checks shall end in abort(), where the history is printed. */
    (void)setenv("CMOCKA_TEST_ABORT", "1", 1);
    history_catch();
    uint64_t runs = options.last - options.first + 1;
    for (uint64_t seed = options.first; seed <= options.last; seed++) {
        run(seed, &options);
    }
    printf("%llu runs of %u steps, all as the model says\n", (unsigned long long)runs,
           options.steps);
    return 0;
}
