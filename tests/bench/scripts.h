/* SPDX-License-Identifier: MIT
 *
 * The scripts of the clients: for each operation that is measured, the frames of its steps, packed
 * once. An operation is added as a row of the table in scripts.c.
 */
#ifndef BENCH_SCRIPTS_H
#define BENCH_SCRIPTS_H

#include "load.h"
#include "wire.h"

/** Make the objects that the operations work on; they live as long as this session. */
void scripts_open(struct wire *wire);

struct script {
    const char *name;
    unsigned steps; /**< requests in a round */
    unsigned ops;   /**< operations in a round */
    bool serial;    /**< what the clients do comes one after the other */
    load_look *look;
    void (*pack)(struct load_slot *slot, unsigned client, unsigned number);
};

extern const struct script scripts[];
extern const unsigned script_count;

/** The frames that the clients send to the floor, too: dict get. */
extern const struct script *const script_floor;

/** A dict get's reply as a whole frame. Returns its length. */
size_t scripts_floor_reply(struct wire *wire, uint8_t *frame, size_t size);

/** Give every slot of the clients its frames. */
void script_load(const struct script *script, struct load *load);

/** Check that the counts under locks are what they should be. */
void scripts_check(struct wire *wire);

#endif
