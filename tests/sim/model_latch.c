/* SPDX-License-Identifier: MIT
 *
 * The model of a latch.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

struct latch {
    uint64_t initial;
    uint64_t count;
};

static struct latch *latch_of(const struct model_object *object) {
    return object->own;
}

static void make_latch_open(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, latch_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_count = maker_chance(maker, 80),
                       .count = maker_chance(maker, 98) ? maker_roll(maker, 5) : UINT64_MAX));
}

static bool latch_same(const void *own, const Hf__Request *request) {
    const Hf__LatchOpen *in = request->latch_open;
    return !in->has_count || ((const struct latch *)own)->initial == in->count;
}

static hf_status latch_open(struct model_run *run) {
    const Hf__LatchOpen *in = run->request->latch_open;
    struct latch *latch = keep(sizeof *latch);
    latch->initial = latch->count = in->has_count ? in->count : 1;
    return model_open(
        run, (struct model_opening){&model_latch, in->name, in->mode, latch, HF_OK, latch_same});
}

/* Now and then with a wait that nobody can come between. */
static void make_count_down(struct maker *maker) {
    if (!maker->inner && maker_chance(maker, 30)) {
        maker_emit(maker, batch_of(2, &REQUEST(maker->object, latch_count_down),
                                   &REQUEST(maker->object, latch_wait)));
        return;
    }
    maker_emit(maker, REQUEST(maker->object, latch_count_down, .has_by = maker_chance(maker, 40),
                              .by = maker_chance(maker, 95) ? maker_roll(maker, 4) : UINT64_MAX));
}

static hf_status count_down(struct model_run *run) {
    struct latch *latch = latch_of(run->object);
    const Hf__LatchCountDown *in = run->request->latch_count_down;
    uint64_t by = in->has_by ? in->by : 1;
    if (latch->count < by) {
        return HF_VALUE_ERROR;
    }
    latch->count -= by;
    return HF_OK;
}

static void make_latch_wait(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, latch_wait));
}

static bool latch_wait_ready(struct model_run *run) {
    return latch_of(run->object)->count == 0;
}

static hf_status latch_wait(struct model_run *run) {
    (void)run;
    return HF_OK;
}

static void make_count(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, latch_count));
}

static hf_status latch_count(struct model_run *run) {
    return model_answer_count(run, latch_of(run->object)->count);
}

static uint64_t latch_size(const struct model_object *object) {
    return latch_of(object)->count;
}

static const struct model_op latch_ops[] = {
    {HF__REQUEST__OP_LATCH_OPEN, 20, make_latch_open, latch_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_LATCH_COUNT_DOWN, 30, make_count_down, count_down, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LATCH_WAIT, 40, make_latch_wait, latch_wait, latch_wait_ready,
     MODEL_OWN_ORDER | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LATCH_COUNT, 10, make_count, latch_count, NULL, 0, 0},
};

const struct model_type model_latch = {
    .tag = HF__TYPE__LATCH,
    .name = "latch",
    .ops = latch_ops,
    .op_count = sizeof latch_ops / sizeof latch_ops[0],
    .own_size = sizeof(struct latch),
    .size = latch_size,
};
