/* SPDX-License-Identifier: MIT
 *
 * See driver.h. A step is: a session joins, leaves, or sends one or several frames or a part of
 * one; or time passes. Then every reply must have come that the model wants, and no other; what the
 * model says of deadlines, sessions and waiting calls must be so; and an auditor, a session of its
 * own, asks for statistics and descriptions.
 */
#include "driver.h"

#include "history.h"
#include "keep.h"
#include "talk.h"

#include <string.h>

enum { NO_SESSION = MODEL_SESSIONS_ROOM, FAR_MS = 1 << 24, PEERS_MAX = 11 };

/* ---- sessions ---- */

static size_t join(struct driver *driver) {
    size_t at = driver->model->session_count;
    driver->check.peers[at] = world_connect(driver->check.world, false);
    (void)model_join(driver->model);
    history_tell("session %zu connects", at + 1);
    return at;
}

static void leave(struct driver *driver, size_t at) {
    history_tell("session %zu leaves%s", at + 1,
                 driver->partial[at].bytes ? " within a frame" : "");
    driver->partial[at].bytes = NULL;
    peer_leave(driver->check.peers[at]);
    model_leave(driver->model, driver->model->sessions[at]);
}

static size_t count_open(const struct driver *driver) {
    size_t count = 0;
    for (size_t i = 0; i < driver->model->session_count; i++) {
        count += driver->model->sessions[i]->state != MODEL_CLOSED;
    }
    return count;
}

/* Not the auditor, which is the first. */
static size_t choose_session(struct driver *driver) {
    size_t count = count_open(driver) - 1;
    if (count == 0) {
        return NO_SESSION;
    }
    uint64_t choice = dice_roll(&driver->dice, count);
    for (size_t i = 1;; i++) {
        if (driver->model->sessions[i]->state != MODEL_CLOSED && choice-- == 0) {
            return i;
        }
    }
}

/* ---- steps ---- */

static void act(struct driver *driver, size_t at) {
    struct dice *dice = &driver->dice;
    enum model_state state = driver->model->sessions[at]->state;
    if (state == MODEL_OVER || dice_chance(dice, 4)) {
        leave(driver, at);
    } else if (driver->partial[at].bytes) {
        talk_rest(driver, at);
    } else if (dice_chance(dice, 1)) {
        talk_rubbish(driver, at);
    } else if (state == MODEL_GREETING && dice_chance(dice, 90)) {
        talk_greet(driver, at);
    } else if (dice_chance(dice, 6)) {
        talk_half(driver, at);
    } else {
        talk_freely(driver, at);
    }
}

/* The wall clock is set, to some time after 1970. */
static void set_wall(struct driver *driver) {
    int64_t ahead_ms = (int64_t)dice_roll(&driver->dice, 1ull << 41) - driver->model->now_ms;
    history_tell("the wall clock is now %lld ms ahead", (long long)ahead_ms);
    core_set_wall(world_core(driver->check.world), ahead_ms);
    driver->model->wall_ahead_ms = ahead_ms;
}

/* A little, a lot, or exactly up to (or short of) the next deadline. */
static void pass(struct driver *driver) {
    int64_t ms = (int64_t)dice_roll(&driver->dice, 20);
    int64_t due_ms = model_next_deadline(driver->model);
    bool soon = due_ms >= 0 && due_ms - driver->model->now_ms < FAR_MS;
    if (soon && dice_chance(&driver->dice, 50)) {
        ms = due_ms - driver->model->now_ms - (int64_t)dice_roll(&driver->dice, 2);
        ms = ms < 0 ? 0 : ms;
    } else if (dice_chance(&driver->dice, 10)) {
        ms = (int64_t)dice_roll(&driver->dice, 3000);
    }
    history_tell("%lld ms pass", (long long)ms);
    world_pass(driver->check.world, ms);
    model_pass(driver->model, ms);
    if (dice_chance(&driver->dice, 5)) {
        set_wall(driver);
    }
}

static void join_or_not(struct driver *driver) {
    if (count_open(driver) < PEERS_MAX) {
        size_t at = join(driver);
        if (dice_chance(&driver->dice, 85)) {
            talk_greet(driver, at);
        }
    }
}

static void step(struct driver *driver) {
    size_t at = choose_session(driver);
    if (at == NO_SESSION || dice_chance(&driver->dice, count_open(driver) < 4 ? 30 : 4)) {
        join_or_not(driver);
    } else if (dice_chance(&driver->dice, 12)) {
        pass(driver);
    } else {
        act(driver, at);
    }
    check_step(&driver->check);
}

/* ---- the auditor ---- */

static void describe(struct driver *driver, const struct model_object *object) {
    talk_ask(driver, 0, REQUEST(object->self.id, object_describe));
    if (!object->name) {
        talk_ask(driver, 0, REQUEST(object->self.id, object_release));
    }
    check_step(&driver->check);
}

static void audit(struct driver *driver, bool thorough) {
    talk_ask(driver, 0, REQUEST(0, stats));
    check_step(&driver->check);
    size_t count = driver->model->object_count;
    size_t some = count > 0 ? dice_roll(&driver->dice, count) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct model_object *object = driver->model->objects[i];
        if (!object->gone && (thorough || (i == some && object->name))) {
            describe(driver, object);
        }
    }
}

/* ---- a run ---- */

static struct core_config configure(struct driver *driver, uint64_t seed) {
    struct core_config config = core_defaults();
    for (size_t i = 0; i < sizeof config.seed; i++) {
        config.seed[i] = (uint8_t)(seed >> i % 8 * 8);
    }
    config.now_ms = (int64_t)dice_roll(&driver->dice, 1000000);
    config.numbers_above =
        dice_chance(&driver->dice, 50) ? 0 : dice_roll(&driver->dice, 1ull << 53);
    config.sessions_max = MODEL_SESSIONS_MAX;
    config.greeting_max = MODEL_GREETING_MAX;
    config.objects_max = MODEL_OBJECTS_MAX;
    config.items_max = MODEL_ITEMS_MAX;
    config.waiting_per_session_max = MODEL_WAITING_MAX;
    config.hello_timeout_ms = MODEL_HELLO_MS;
    return config;
}

static unsigned weight_of(const struct driver *driver, const struct model_type *type) {
    size_t at = 0;
    while (model_types[at] != type) {
        at++;
    }
    return driver->type_weights[at];
}

/* Those of pools go together, and there is much to do before anything happens. */
static void choose_weights_of_pools(struct driver *driver) {
    unsigned weight = weight_of(driver, &model_pool);
    weight = dice_chance(&driver->dice, 25) ? 60 : weight;
    for (size_t i = 0; i < model_type_count; i++) {
        if (model_types[i] == &model_pool || model_types[i] == &model_submitter ||
            model_types[i] == &model_supervisor) {
            driver->type_weights[i] = weight;
        }
    }
}

/* Each run is about some of the types more than about others. */
static void choose_weights(struct driver *driver) {
    for (size_t i = 0; i < model_type_count; i++) {
        bool is_type = model_types[i]->tag != 0;
        driver->type_weights[i] = is_type ? 1 + (unsigned)dice_roll(&driver->dice, 10) : 0;
        if (is_type && dice_chance(&driver->dice, 35)) {
            driver->type_weights[i] = 0;
        }
    }
    choose_weights_of_pools(driver);
    driver->type_weights[0] = 6; /* the session's own */
    driver->type_weights[1] = 2; /* those for every type */
    driver->type_weights[2] += 4;
    driver->type_weights[3] += 4;
}

/* Half of the runs are narrow: about one type more than about all others, and one object of it. To
 * them a rare operation is as likely as a frequent one, but for some that are likelier or left out.
 * States that take several rare steps in a row are hardly ever reached otherwise. */
static void choose_op_factors(struct driver *driver) {
    static const unsigned factors[] = {0, 1, 1, 2, 6};
    driver->narrow = dice_chance(&driver->dice, 50);
    for (size_t i = 0; i < MAKER_TAGS; i++) {
        uint64_t choice = dice_roll(&driver->dice, sizeof factors / sizeof factors[0]);
        driver->op_factors[i] = driver->narrow ? factors[choice] : 1;
    }
    if (driver->narrow) {
        driver->type_weights[dice_roll(&driver->dice, model_type_count)] *= 64;
    }
}

static void begin(struct driver *driver, uint64_t seed) {
    dice_start(&driver->dice, seed);
    choose_weights(driver);
    choose_op_factors(driver);
    struct core_config config = configure(driver, seed);
    driver->model = model_new(config.now_ms, config.numbers_above);
    driver->check = (struct check){
        .world = world_with(&config), .model = driver->model, .fence = config.numbers_above};
    driver->maker = (struct maker){.dice = &driver->dice,
                                   .model = driver->model,
                                   .tokens = &driver->tokens,
                                   .type_weights = driver->type_weights,
                                   .op_factors = driver->op_factors,
                                   .narrow = driver->narrow};
    (void)join(driver);
    talk_ask(driver, 0, REQUEST(0, hello, .version = 1, .label = keep_string("auditor")));
    check_step(&driver->check);
}

static void delete_named(struct driver *driver) {
    for (size_t i = 0; i < driver->model->object_count; i++) {
        const struct model_object *object = driver->model->objects[i];
        if (!object->gone && object->name) {
            talk_ask(driver, 0, REQUEST(object->self.id, object_delete));
            check_step(&driver->check);
        }
    }
}

/* All leave in some order, the auditor last, and named objects are deleted somewhere in between. */
static void end(struct driver *driver) {
    size_t at = 0;
    if (dice_chance(&driver->dice, 20)) {
        history_tell("the manager is drained");
        core_drain(world_core(driver->check.world));
        model_drain(driver->model);
        check_step(&driver->check);
    }
    bool drained = driver->model->sessions[0]->state == MODEL_OVER;
    while ((at = choose_session(driver)) != NO_SESSION) {
        if (!drained && dice_chance(&driver->dice, 30)) {
            delete_named(driver);
        }
        leave(driver, at);
        check_step(&driver->check);
    }
    if (!drained) {
        delete_named(driver);
        audit(driver, true);
    }
    leave(driver, 0);
    check_step(&driver->check);
    world_free(driver->check.world); /* which sees to it that no memory is left */
}

static void abandon(struct driver *driver) {
    history_tell("an id was guessed: nobody knows how this goes on");
    for (size_t i = 0; i < driver->model->session_count; i++) {
        if (driver->check.peers[i]->session) {
            peer_leave(driver->check.peers[i]);
        }
    }
    world_free(driver->check.world);
}

uint64_t driver_run(uint64_t seed, unsigned steps, bool trace) {
    struct driver *driver = keep(sizeof *driver);
    history_start(seed, trace);
    history_step(0);
    begin(driver, seed);
    for (unsigned i = 1; i <= steps && !*driver->model->in_doubt; i++) {
        history_step(i);
        step(driver);
        audit(driver, i % 16 == 0);
    }
    history_step(steps + 1);
    if (*driver->model->in_doubt) {
        abandon(driver);
    } else {
        end(driver);
    }
    keep_nothing();
    return history_digest();
}
