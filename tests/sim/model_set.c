/* SPDX-License-Identifier: MIT
 *
 * The model of a set: operations on one set.
 */
#include "model_set.h"
#include "keep.h"
#include "make.h"
#include "naive.h"

size_t set_find(const struct set_list *list, const Hf__Any *member) {
    size_t at = 0;
    while (at < list->count && !naive_same(list->equality, list->members[at], member)) {
        at++;
    }
    return at;
}

struct set_list set_members(const struct model_object *object) {
    struct set_list list = {.count = object->item_count, .equality = object->equality};
    for (size_t i = 0; i < object->item_count; i++) {
        list.members[i] = object->items[i].key;
    }
    return list;
}

void set_put(struct model_run *run, Hf__Any *member) {
    struct model_object *object = run->object;
    model_put(run->model, object, object->item_count, keep_any(HF__ANY__KIND__NOT_SET));
    object->items[object->item_count - 1].key = member;
}

static size_t find(const struct model_run *run, const Hf__Any *member) {
    struct set_list members = set_members(run->object);
    return set_find(&members, member);
}

/* Put it in if it is new. */
static hf_status put_new(struct model_run *run, Hf__Any *member, bool *new) {
    if (!naive_can_be_key(member)) {
        return HF_TYPE_ERROR;
    }
    *new = find(run, member) == run->object->item_count;
    if (*new && run->object->item_count >= MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    if (*new) {
        set_put(run, member);
    }
    return HF_OK;
}

/* ---- open ---- */

static void make_set_open(struct maker *maker) {
    Hf__Any *initial[] = {maker_key(maker), maker_key(maker), maker_key(maker)};
    maker_emit(maker, REQUEST(maker->object, set_open, .name = maker_name(maker), .has_mode = true,
                              .mode = maker_mode(maker), .initial = initial,
                              .n_initial = maker_chance(maker, 25) ? maker_roll(maker, 4) : 0));
}

static hf_status fill(struct model_run *run) {
    const Hf__SetOpen *in = run->request->set_open;
    hf_status status = HF_OK;
    bool new = false;
    for (size_t i = 0; i < in->n_initial && status == HF_OK; i++) {
        status = put_new(run, in->initial[i], &new);
    }
    return status;
}

static hf_status set_open(struct model_run *run) {
    const Hf__SetOpen *in = run->request->set_open;
    return model_open(
        run, (struct model_opening){.type = &model_set, .name = in->name, .mode = in->mode});
}

/* ---- one member ---- */

static void make_set_add(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, set_add, .value = maker_key(maker)));
}

static hf_status set_add(struct model_run *run) {
    bool new = false;
    hf_status status = put_new(run, run->request->set_add->value, &new);
    return status == HF_OK ? model_answer_truth(run, new) : status;
}

static void make_discard(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, set_discard, .value = maker_key(maker)));
}

static hf_status discard(struct model_run *run) {
    const Hf__Any *member = run->request->set_discard->value;
    if (!naive_can_be_key(member)) {
        return HF_TYPE_ERROR;
    }
    size_t at = find(run, member);
    bool there = at < run->object->item_count;
    if (there) {
        (void)model_take(run->object, at);
    }
    return model_answer_truth(run, there);
}

static void make_remove(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, set_remove, .value = maker_key(maker)));
}

static hf_status set_erase(struct model_run *run) {
    const Hf__Any *member = run->request->set_remove->value;
    if (!naive_can_be_key(member)) {
        return HF_TYPE_ERROR;
    }
    size_t at = find(run, member);
    if (at == run->object->item_count) {
        return HF_KEY_ERROR;
    }
    (void)model_take(run->object, at);
    return HF_OK;
}

static void make_set_pop(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, set_pop));
}

static hf_status set_pop(struct model_run *run) {
    if (run->object->item_count == 0) {
        return HF_KEY_ERROR;
    }
    Hf__Any *member = run->object->items[0].key;
    if (!model_expects(run, member)) {
        return HF_TYPE_ERROR;
    }
    (void)model_take(run->object, 0);
    return model_answer_value(run, member);
}

static void make_contains(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, set_contains, .value = maker_key(maker)));
}

static hf_status set_contains(struct model_run *run) {
    const Hf__Any *member = run->request->set_contains->value;
    return naive_can_be_key(member)
               ? model_answer_truth(run, find(run, member) < run->object->item_count)
               : HF_TYPE_ERROR;
}

/* ---- all of them ---- */

static void make_len(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, set_len));
}

static hf_status set_len(struct model_run *run) {
    return model_answer_count(run, run->object->item_count);
}

static void make_set_clear(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, set_clear));
}

static hf_status set_clear(struct model_run *run) {
    run->object->structure += run->object->item_count;
    run->object->item_count = 0;
    run->object->cleared++;
    return HF_OK;
}

static void make_copy(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, set_copy));
}

static hf_status set_copy(struct model_run *run) {
    struct set_list members = set_members(run->object);
    return model_answer_values(run, members.members, members.count);
}

static void make_items(struct maker *maker) {
    uint64_t cursor = maker_cursor(maker, model_find(maker->model, maker->object));
    maker_emit(maker, REQUEST(maker->object, set_items, .has_cursor = true, .cursor = cursor,
                              .has_limit = true, .limit = (uint32_t)maker_roll(maker, 5)));
}

static hf_status items(struct model_run *run) {
    const Hf__SetItems *in = run->request->set_items;
    return model_answer_page(run, in->cursor, in->limit, true, false);
}

static const struct model_op set_ops[] = {
    {HF__REQUEST__OP_SET_OPEN, 12, make_set_open, set_open, NULL, MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_SET_ADD, 50, make_set_add, set_add, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_SET_DISCARD, 8, make_discard, discard, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_SET_REMOVE, 8, make_remove, set_erase, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_SET_POP, 8, make_set_pop, set_pop, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_SET_CONTAINS, 5, make_contains, set_contains, NULL, 0, 0},
    {HF__REQUEST__OP_SET_LEN, 3, make_len, set_len, NULL, 0, 0},
    {HF__REQUEST__OP_SET_CLEAR, 1, make_set_clear, set_clear, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_SET_COPY, 5, make_copy, set_copy, NULL, 0, 0},
    {HF__REQUEST__OP_SET_ITEMS, 10, make_items, items, NULL, 0, 0},
};

const struct model_type model_set = {
    .tag = HF__TYPE__SET,
    .name = "set",
    .ops = set_ops,
    .op_count = sizeof set_ops / sizeof set_ops[0],
    .fill = fill,
    .like = &model_set_other,
    .size = model_item_count,
};
