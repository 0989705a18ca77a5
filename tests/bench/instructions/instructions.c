/* SPDX-License-Identifier: MIT
 *
 * How many instructions a request costs the manager: the core in memory serves the same frames over
 * and over, under callgrind, which counts the same on any machine, however busy. No socket is
 * behind it, and of a reply only its length is looked at. instructions.sh runs it and compares.
 *
 * A scenario is added as a function that puts its requests together, and a row of the table. One
 * count is the client's: async_get.c.
 */
#include "async_get.h"

#include "core.h"
#include "frame.h"
#include "world.h"

#include <stdio.h>
#include <string.h>
#include <valgrind/callgrind.h>

enum { FRAME_MAX = 1024, STEPS_MAX = 16, WARM = 100, ROUNDS = 1000, ENTRIES = 1000 };

/* Two sessions, so that one can wait for the other. */
enum who { ADA, BOB, PEERS };

struct step {
    enum who who;
    size_t len;
    uint8_t frame[FRAME_MAX];
};

struct stage {
    struct core *core;
    struct session *sessions[PEERS];
    struct step steps[STEPS_MAX];
    unsigned step_count;
    unsigned answered; /* while replies are looked at */
    bool looking;
    uint64_t object; /* that was opened last */
};

static struct stage stage;

/* ---- The core ---- */

static void look(const uint8_t *frame, size_t len) {
    Hf__Reply *reply = hf__reply__unpack(NULL, len, frame + HF_FRAME_HEADER_BYTES);
    assert_non_null(reply);
    assert_int_equal(reply->status, HF__STATUS__OK);
    if (reply->result_case == HF__REPLY__RESULT_OBJECT) {
        stage.object = reply->object->id;
    }
    hf__reply__free_unpacked(reply, NULL);
    stage.answered++;
}

static void output(void *peer, const uint8_t *bytes, size_t len) {
    (void)peer;
    assert_non_null(bytes); /* no session ends */
    for (size_t at = 0; stage.looking && at < len;) {
        size_t body_len = frame_body_len(bytes + at);
        look(bytes + at, body_len);
        at += HF_FRAME_HEADER_BYTES + body_len;
    }
}

static void serve(const struct step *step) {
    size_t taken = core_feed(stage.core, stage.sessions[step->who], step->frame, step->len);
    assert_int_equal(taken, step->len);
}

static void add(enum who who, Hf__Request request) {
    assert_true(stage.step_count < STEPS_MAX);
    struct step *step = &stage.steps[stage.step_count++];
    request.has_id = true;
    request.id = stage.step_count;
    size_t len = hf__request__get_packed_size(&request);
    assert_true(HF_FRAME_HEADER_BYTES + len <= FRAME_MAX);
    frame_put_header(step->frame, (uint32_t)len);
    (void)hf__request__pack(&request, step->frame + HF_FRAME_HEADER_BYTES);
    step->who = who;
    step->len = HF_FRAME_HEADER_BYTES + len;
}

/* Serve a request that is no part of the scenario. Returns the object it opened, if it did. */
static uint64_t once(enum who who, Hf__Request request) {
    unsigned before = stage.answered;
    add(who, request);
    stage.step_count--;
    serve(&stage.steps[stage.step_count]);
    assert_int_equal(stage.answered, before + 1);
    return stage.object;
}

static void begin(void) {
    struct core_config config = core_defaults();
    config.numbers_above = 4000000ull * 86400 * 365 * 3; /* of 2028 */
    memcpy(config.seed, "a seed of thirty-two bytes, here", sizeof config.seed);
    stage = (struct stage){.core = core_new(&config, output), .looking = true};
    assert_non_null(stage.core);
    for (enum who who = ADA; who < PEERS; who++) {
        stage.sessions[who] = core_open(stage.core, NULL, false);
        (void)once(who, REQUEST(0, hello, .version = 1, .label = name_of("bench")));
    }
}

static Hf__Request unlimited(Hf__Request request) {
    return waiting(request, -1);
}

/* ---- Scenarios ---- */

static Hf__Any *key_number(unsigned number) {
    char text[16];
    (void)snprintf(text, sizeof text, "key-%03u", number);
    return of_string(text);
}

static uint64_t filled_dict(void) {
    uint64_t dict = once(ADA, REQUEST(0, dict_open));
    for (unsigned i = 0; i < ENTRIES; i++) {
        (void)once(ADA, REQUEST(dict, dict_set, .key = key_number(i), .value = of_int(i)));
    }
    return dict;
}

static void ping(void) {
    add(ADA, REQUEST(0, ping));
}

static void dict_get(void) {
    add(ADA, REQUEST(filled_dict(), dict_get, .key = key_number(500)));
}

static void dict_set(void) {
    add(ADA, REQUEST(filled_dict(), dict_set, .key = key_number(500), .value = of_int(1000000000)));
}

static uint64_t new_value(void) {
    return once(ADA, REQUEST(0, value_open, .initial = of_int(1000000000)));
}

static void value_add(void) {
    add(ADA, REQUEST(new_value(), value_add, .amount = of_int(-1)));
}

static void lock_free(void) {
    uint64_t lock = once(ADA, REQUEST(0, lock_open));
    add(ADA, unlimited(REQUEST(lock, lock_acquire)));
    add(ADA, REQUEST(lock, lock_release));
}

static void lock_handed_over(void) {
    uint64_t lock = once(ADA, REQUEST(0, lock_open));
    add(ADA, unlimited(REQUEST(lock, lock_acquire)));
    add(BOB, unlimited(REQUEST(lock, lock_acquire)));
    add(ADA, REQUEST(lock, lock_release));
    add(BOB, REQUEST(lock, lock_release));
}

static void section(void) {
    uint64_t lock = once(ADA, REQUEST(0, lock_open));
    uint64_t value = new_value();
    add(ADA, unlimited(REQUEST(lock, lock_acquire)));
    add(ADA, REQUEST(value, value_get));
    add(ADA, REQUEST(value, value_set, .value = of_int(999999999)));
    add(ADA, REQUEST(lock, lock_release));
}

static void section_folded(void) {
    uint64_t lock = once(ADA, REQUEST(0, lock_open));
    uint64_t value = new_value();
    add(ADA, unlimited(batch_of(2, &REQUEST(lock, lock_acquire), &REQUEST(value, value_get))));
    add(ADA, batch_of(2, &REQUEST(value, value_set, .value = of_int(999999999)),
                      &REQUEST(lock, lock_release)));
}

static void queue(void) {
    uint64_t made = once(ADA, REQUEST(0, queue_open));
    add(ADA, unlimited(REQUEST(made, queue_put, .value = of_int(1000000000))));
    add(ADA, unlimited(REQUEST(made, queue_get)));
}

static void queue_waited_for(void) {
    uint64_t made = once(ADA, REQUEST(0, queue_open));
    add(BOB, unlimited(REQUEST(made, queue_get)));
    add(ADA, unlimited(REQUEST(made, queue_put, .value = of_int(1000000000))));
}

/* Nine maps of four items, 750 bytes. */
static void nested(void) {
    Hf__Any *maps[9];
    for (int64_t i = 0; i < 9; i++) {
        maps[i] = of_map(4, of_string("id"), of_int(i), of_string("name"), key_number((unsigned)i),
                         of_string("ratio"), of_double((double)i / 3), of_string("tags"),
                         of_list(2, of_string("a"), of_string("b")));
    }
    uint64_t dict = filled_dict();
    add(ADA, REQUEST(dict, dict_set, .key = key_number(500), .value = of_values(9, maps)));
    add(ADA, REQUEST(dict, dict_get, .key = key_number(500)));
}

static const struct scenario {
    const char *name;
    void (*put_together)(void);
} scenarios[] = {
    {"ping", ping},           {"dict_get", dict_get},
    {"dict_set", dict_set},   {"value_add", value_add},
    {"lock_free", lock_free}, {"lock_handed_over", lock_handed_over},
    {"section", section},     {"section_folded", section_folded},
    {"queue", queue},         {"queue_waited_for", queue_waited_for},
    {"nested", nested},
};

/* ---- The count ---- */

static void play(unsigned rounds) {
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned j = 0; j < stage.step_count; j++) {
            serve(&stage.steps[j]);
        }
    }
}

/* Every reply is looked at until all is warm, and none while instructions are counted. */
static void count(const struct scenario *scenario) {
    begin();
    scenario->put_together();
    unsigned before = stage.answered;
    play(WARM);
    assert_int_equal(stage.answered - before, WARM * stage.step_count);

    stage.looking = false;
    CALLGRIND_START_INSTRUMENTATION;
    play(ROUNDS);
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT(scenario->name);
    printf("%s %u\n", scenario->name, ROUNDS * stage.step_count);
    core_free(stage.core);
}

int main(void) {
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        count(&scenarios[i]);
    }
    async_get_count();
    return 0;
}
