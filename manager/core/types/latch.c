/* SPDX-License-Identifier: MIT
 *
 * latch: std::latch, java.util.concurrent.CountDownLatch. It counts down, never up. Once its count
 * is 0, no call waits any more.
 */
#include "options.h"
#include "undo.h"

#include <assert.h>

struct latch {
    struct object object;
    uint64_t initial;
    uint64_t count;
};

static struct latch *latch_of(struct call *call) {
    return (struct latch *)call->object;
}

static hf_status latch_init(struct object *object, struct call *call) {
    struct latch *latch = (struct latch *)object;
    const Hf__LatchOpen *in = call->request->latch_open;
    latch->initial = latch->count = in->has_count ? in->count : 1;
    return HF_OK;
}

static void latch_options(const struct object *object, void *open) {
    Hf__LatchOpen *out = open;
    OPTION(out, count, ((const struct latch *)object)->initial);
}

static uint64_t latch_describe(const struct object *object, struct text *options) {
    const struct latch *latch = (const struct latch *)object;
    text_add(options, "from %llu", (unsigned long long)latch->initial);
    return latch->count;
}

/* ---- operations ---- */

static hf_status latch_open(struct call *call) {
    return OBJECT_OPEN(call, &type_latch, call->request->latch_open);
}

static void latch_decide(struct undo_note *note, bool back) {
    if (back) {
        ((struct latch *)note->object)->count += note->number;
    }
}

static hf_status latch_count_down(struct call *call) {
    struct latch *latch = latch_of(call);
    const Hf__LatchCountDown *in = call->request->latch_count_down;
    uint64_t by = in->has_by ? in->by : 1;
    if (by > latch->count) {
        return call_refuse(call, HF_VALUE_ERROR, "the count is %llu, and never goes below 0",
                           (unsigned long long)latch->count);
    }
    struct undo_note *note = undo_note(call, latch_decide);
    if (note) {
        note->number = by;
    }
    latch->count -= by;
    assert(latch->count <= latch->initial);
    return HF_OK;
}

static hf_status latch_wait(struct call *call) {
    return latch_of(call)->count == 0 ? HF_OK : HF_WAIT;
}

static hf_status latch_count(struct call *call) {
    return call_answer_count(call, latch_of(call)->count);
}

static const struct op latch_ops[] = {
    {HF__REQUEST__OP_LATCH_OPEN, latch_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_LATCH_COUNT_DOWN, latch_count_down, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LATCH_WAIT, latch_wait, OP_WAITS | OP_OWN_ORDER | OP_UNDOES, 0},
    {HF__REQUEST__OP_LATCH_COUNT, latch_count, OP_READS, 0},
};

const struct type type_latch = {
    .tag = HF__TYPE__LATCH,
    .name = "latch",
    .object_size = sizeof(struct latch),
    TYPE_OPS(latch_ops),
    .init = latch_init,
    .options = latch_options,
    .describe = latch_describe,
};
