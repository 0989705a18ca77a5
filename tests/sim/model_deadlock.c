/* SPDX-License-Identifier: MIT
 *
 * The model's deadlocks, by brute force: for every call that is about to wait, the transitive
 * closure of which session waits for which.
 */
#include "keep.h"
#include "model.h"

#include <string.h>

enum { NEW = MODEL_CALLS_ROOM, ROOM }; /* the last row is of the call that is about to wait */

struct table {
    const struct model_session *session[ROOM];
    const struct model_waiter *waiters[ROOM]; /* for all of which it waits */
    size_t waiter_count[ROOM];
    bool reaches[ROOM][ROOM];
};

static size_t calls_of(const struct model *model, const struct model_session *session) {
    size_t count = 0;
    for (size_t i = 0; i < model->call_count; i++) {
        count += model->calls[i].session == session;
    }
    return count;
}

static bool waits_for_all(const struct model_op *op, size_t waiter_count) {
    return waiter_count == 1 || op->flags & MODEL_WAITS_ALL;
}

static void deadlock_set(struct table *table, size_t at, const struct model_session *session,
                         const struct model_waiter *waiters, size_t waiter_count) {
    table->session[at] = session;
    table->waiters[at] = waiters;
    table->waiter_count[at] = waiter_count;
}

/* Only sessions with a single call stand still for sure. */
static void deadlock_fill(struct table *table, const struct model *model,
                          const struct model_run *run) {
    for (size_t i = 0; i < model->call_count; i++) {
        const struct model_call *call = &model->calls[i];
        if (calls_of(model, call->session) == 1 && call->session != run->session &&
            waits_for_all(call->op, call->waiter_count)) {
            deadlock_set(table, i, call->session, call->waiters, call->waiter_count);
        }
    }
    if (calls_of(model, run->session) == 0 && waits_for_all(run->op, run->waiter_count)) {
        deadlock_set(table, NEW, run->session, run->waiters, run->waiter_count);
    }
}

static bool waits_for(const struct table *table, size_t i, const struct model_session *session) {
    for (size_t at = 0; at < table->waiter_count[i]; at++) {
        const struct model_object *object = table->waiters[i][at].object;
        if (object->type->only_holders_release && object->type->only_holders_release(object) &&
            model_holds(session, object)) {
            return true;
        }
    }
    return false;
}

bool model_deadlock(const struct model *model, const struct model_run *run) {
    struct table *table = keep(sizeof *table);
    deadlock_fill(table, model, run);
    for (size_t i = 0; i < ROOM; i++) {
        for (size_t j = 0; j < ROOM; j++) {
            table->reaches[i][j] = i != j && table->session[i] && table->session[j] &&
                                   waits_for(table, i, table->session[j]);
        }
    }
    for (size_t through = 0; through < ROOM; through++) {
        for (size_t i = 0; i < ROOM; i++) {
            for (size_t j = 0; j < ROOM && table->reaches[i][through]; j++) {
                table->reaches[i][j] = table->reaches[i][j] || table->reaches[through][j];
            }
        }
    }
    return table->reaches[NEW][NEW];
}
