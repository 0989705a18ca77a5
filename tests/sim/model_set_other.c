/* SPDX-License-Identifier: MIT
 *
 * The model of a set: operations on two sets.
 */
#include "keep.h"
#include "make.h"
#include "model_set.h"
#include "naive.h"

enum { INPUT_MOST = 5 };

struct operand {
    bool has_other;
    uint64_t other;
    Hf__Any **values;
    size_t count;
};

#define OPERAND(in) ((struct operand){(in)->has_other, (in)->other, (in)->values, (in)->n_values})

/* Unless the list has one that is the same. */
static void add_member(struct set_list *list, Hf__Any *member) {
    if (set_find(list, member) == list->count) {
        list->members[list->count++] = member;
    }
}

static hf_status read_operand(const struct model_run *run, struct operand in,
                              struct set_list *theirs) {
    *theirs = (struct set_list){.equality = run->object->equality};
    if (in.has_other && in.count > 0) {
        return HF_INVALID;
    }
    if (in.has_other) {
        const struct model_object *other = model_find(run->model, in.other);
        if (!other) {
            return HF_NO_OBJECT;
        }
        if (other->type != &model_set) {
            return HF_WRONG_TYPE;
        }
        for (size_t i = 0; i < other->item_count; i++) {
            add_member(theirs, other->items[i].key);
        }
    }
    for (size_t i = 0; i < in.count; i++) {
        if (!naive_can_be_key(in.values[i])) {
            return HF_TYPE_ERROR;
        }
        add_member(theirs, in.values[i]);
    }
    return HF_OK;
}

/* ---- making ---- */

static struct operand make_operand(struct maker *maker) {
    struct operand operand = {.values = keep(INPUT_MOST * sizeof(Hf__Any *))};
    operand.has_other = maker_chance(maker, 50);
    operand.other = maker_object(maker, maker_chance(maker, 95) ? &model_set : NULL);
    if (maker_chance(maker, 3)) {
        operand.other = maker_roll(maker, 20);
    }
    if (operand.has_other ? maker_chance(maker, 3) : maker_chance(maker, 90)) {
        operand.count = maker_roll(maker, INPUT_MOST + 1);
    }
    for (size_t i = 0; i < operand.count; i++) {
        operand.values[i] = maker_key(maker);
    }
    return operand;
}

#define MAKE(op)                                                                                   \
    static void make_##op(struct maker *maker) {                                                   \
        struct operand operand = make_operand(maker);                                              \
        maker_emit(maker, REQUEST(maker->object, set_##op, .has_other = operand.has_other,         \
                                  .other = operand.other, .values = operand.values,                \
                                  .n_values = operand.count));                                     \
    }

MAKE(union)
MAKE(intersection)
MAKE(difference)
MAKE(symmetric_difference)
MAKE(update)
MAKE(intersection_update)
MAKE(difference_update)
MAKE(symmetric_difference_update)
MAKE(is_subset)
MAKE(is_superset)
MAKE(is_disjoint)

/* ---- combining ---- */

/* Whether a member belongs to the result, by which of the sets have it. */
typedef bool rule(bool mine, bool theirs);

static bool in_union(bool mine, bool theirs) {
    return mine || theirs;
}

static bool in_intersection(bool mine, bool theirs) {
    return mine && theirs;
}

static bool in_difference(bool mine, bool theirs) {
    return mine && !theirs;
}

static bool in_symmetric_difference(bool mine, bool theirs) {
    return mine != theirs;
}

static struct set_list combine(const struct set_list *mine, const struct set_list *theirs,
                               rule *belongs) {
    struct set_list result = {.equality = mine->equality};
    for (size_t i = 0; i < mine->count; i++) {
        if (belongs(true, set_find(theirs, mine->members[i]) < theirs->count)) {
            result.members[result.count++] = mine->members[i];
        }
    }
    for (size_t i = 0; i < theirs->count; i++) {
        bool also_mine = set_find(mine, theirs->members[i]) < mine->count;
        if (!also_mine && belongs(false, true)) {
            result.members[result.count++] = theirs->members[i];
        }
    }
    return result;
}

static hf_status set_answer(struct model_run *run, struct operand in, rule *belongs) {
    struct set_list mine = set_members(run->object);
    struct set_list theirs;
    hf_status status = read_operand(run, in, &theirs);
    if (status != HF_OK) {
        return status;
    }
    struct set_list result = combine(&mine, &theirs, belongs);
    return model_answer_values(run, result.members, result.count);
}

static hf_status become(struct model_run *run, struct operand in, rule *belongs) {
    struct model_object *object = run->object;
    struct set_list mine = set_members(object);
    struct set_list theirs;
    hf_status status = read_operand(run, in, &theirs);
    if (status != HF_OK) {
        return status;
    }
    struct set_list result = combine(&mine, &theirs, belongs);
    if (result.count > MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    for (size_t i = object->item_count; i-- > 0;) {
        if (set_find(&result, object->items[i].key) == result.count) {
            (void)model_take(object, i);
        }
    }
    for (size_t i = 0; i < result.count; i++) {
        if (set_find(&mine, result.members[i]) == mine.count) {
            set_put(run, result.members[i]);
        }
    }
    return HF_OK;
}

#define COMBINE(op, how, belongs)                                                                  \
    static hf_status run_##op(struct model_run *run) {                                             \
        return how(run, OPERAND(run->request->set_##op), belongs);                                 \
    }

COMBINE(union, set_answer, in_union)
COMBINE(intersection, set_answer, in_intersection)
COMBINE(difference, set_answer, in_difference)
COMBINE(symmetric_difference, set_answer, in_symmetric_difference)
COMBINE(update, become, in_union)
COMBINE(intersection_update, become, in_intersection)
COMBINE(difference_update, become, in_difference)
COMBINE(symmetric_difference_update, become, in_symmetric_difference)

/* ---- comparing ---- */

/* Whether no member belongs to the result. */
static hf_status answer_none(struct model_run *run, struct operand in, rule *belongs) {
    struct set_list mine = set_members(run->object);
    struct set_list theirs;
    hf_status status = read_operand(run, in, &theirs);
    if (status != HF_OK) {
        return status;
    }
    return model_answer_truth(run, combine(&mine, &theirs, belongs).count == 0);
}

static bool only_theirs(bool mine, bool theirs) {
    return theirs && !mine;
}

COMBINE(is_subset, answer_none, in_difference)
COMBINE(is_superset, answer_none, only_theirs)
COMBINE(is_disjoint, answer_none, in_intersection)

#define READS(tag, op)                                                                             \
    { HF__REQUEST__OP_SET_##tag, 3, make_##op, run_##op, NULL, 0, 0 }
#define CHANGES(tag, op)                                                                           \
    { HF__REQUEST__OP_SET_##tag, 5, make_##op, run_##op, NULL, MODEL_CHANGES | MODEL_UNDOES, 0 }

static const struct model_op set_ops[] = {
    READS(UNION, union),
    READS(INTERSECTION, intersection),
    READS(DIFFERENCE, difference),
    READS(SYMMETRIC_DIFFERENCE, symmetric_difference),
    CHANGES(UPDATE, update),
    CHANGES(INTERSECTION_UPDATE, intersection_update),
    CHANGES(DIFFERENCE_UPDATE, difference_update),
    CHANGES(SYMMETRIC_DIFFERENCE_UPDATE, symmetric_difference_update),
    READS(IS_SUBSET, is_subset),
    READS(IS_SUPERSET, is_superset),
    READS(IS_DISJOINT, is_disjoint),
};

const struct model_type model_set_other = {
    .name = "set",
    .ops = set_ops,
    .op_count = sizeof set_ops / sizeof set_ops[0],
};
