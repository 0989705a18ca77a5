/* SPDX-License-Identifier: MIT
 *
 * The bytes that sessions send, to the manager and to the model alike.
 */
#ifndef HF_SIM_TALK_H
#define HF_SIM_TALK_H

#include "check.h"
#include "dice.h"
#include "make.h"
#include "model.h"
#include "world.h"

/* A request on its way: what has been sent of its frame, and what has not. */
struct frame {
    Hf__Request *request;
    uint8_t *bytes;
    size_t len;
    size_t sent;
};

/** A run. Sessions are told apart by their place in these arrays and in the model. */
struct driver {
    struct dice dice;
    struct model *model;
    struct check check;
    struct maker maker;
    uint64_t tokens;
    unsigned type_weights[32];
    unsigned op_factors[MAKER_TAGS];
    bool narrow;
    struct frame partial[MODEL_SESSIONS_ROOM]; /* by session */
};

/** Introduce itself; now and then with the wrong version. */
void talk_greet(struct driver *driver, size_t at);

/** This request. */
void talk_ask(struct driver *driver, size_t at, Hf__Request request);

/** Random requests, one or several at once. */
void talk_freely(struct driver *driver, size_t at);

/** Part of a frame; and what is missing of it. */
void talk_half(struct driver *driver, size_t at);
void talk_rest(struct driver *driver, size_t at);

/** Send bytes that are no request: no frame, no message, or an operation without a required
 *  field. */
void talk_rubbish(struct driver *driver, size_t at);

#endif
