/* SPDX-License-Identifier: MIT
 *
 * set: Python's set, shared. A member is a value that can be a key of a dict. Members keep the
 * order in which they were added. The operations on two sets are in set_other.c.
 */
#include "set.h"

#include "bulk.h"
#include "equality.h"
#include "options.h"

#include <assert.h>

/* Add a value of the request, if it is no member yet. */
static hf_status set_add_value(struct call *call, Hf__Any *wire, bool *new) {
    struct table *members = keyed_items(call);
    struct keyed_spot spot;
    hf_status status = keyed_find(call, members, wire, &spot);
    *new = status == HF_OK && !spot.item;
    if (*new) {
        status = bulk_check_items(call, table_len(members) + 1);
    }
    return *new &&status == HF_OK ? keyed_add(call, members, &spot, NULL) : status;
}

static hf_status set_init(struct object *object, struct call *call) {
    const Hf__SetOpen *in = call->request->set_open;
    hf_status status = HF_OK;
    bool new = false;
    keyed_init(&((struct keyed *)object)->items, 0);
    equality_init(object, in->equality);
    for (size_t i = 0; i < in->n_initial && status == HF_OK; i++) {
        status = set_add_value(call, in->initial[i], &new);
    }
    return status;
}

static uint64_t set_describe(const struct object *object, struct text *options) {
    equality_describe(object, options);
    return table_len(&((const struct keyed *)object)->items);
}

static void set_options(const struct object *object, void *open) {
    Hf__SetOpen *out = open;
    OPTION(out, equality, equality_option(object));
}

static hf_status set_open(struct call *call) {
    const Hf__SetOpen *in = call->request->set_open;
    hf_status status = equality_check(call, in->equality);
    return status == HF_OK ? OBJECT_OPEN(call, &type_set, in) : status;
}

/* ---- one member ---- */

static hf_status set_add(struct call *call) {
    bool new = false;
    hf_status status = set_add_value(call, call->request->set_add->value, &new);
    return status == HF_OK ? call_answer_truth(call, new) : status;
}

static hf_status set_discard(struct call *call) {
    struct table *members = keyed_items(call);
    struct keyed_spot spot;
    hf_status status = keyed_find(call, members, call->request->set_discard->value, &spot);
    if (status != HF_OK) {
        return status;
    }
    bool present = spot.item != NULL;
    if (present) {
        keyed_remove(call, members, spot.item);
    }
    return call_answer_truth(call, present);
}

static hf_status set_remove(struct call *call) {
    struct table *members = keyed_items(call);
    struct keyed_spot spot;
    hf_status status = keyed_find(call, members, call->request->set_remove->value, &spot);
    if (status != HF_OK) {
        return status;
    }
    if (!spot.item) {
        return keyed_refuse_missing(call, HF_KEY_ERROR, &spot.key);
    }
    keyed_remove(call, members, spot.item);
    return HF_OK;
}

static hf_status set_pop(struct call *call) {
    struct table *members = keyed_items(call);
    struct keyed_item *oldest = table_first(members);
    if (!oldest) {
        return call_refuse(call, HF_KEY_ERROR, "the set is empty");
    }
    const struct any *key = keyed_keep_key(call, oldest);
    hf_status status = key ? call_answer(call, key) : HF_NO_MEMORY;
    if (status == HF_OK) {
        keyed_remove(call, members, oldest);
    }
    return status;
}

static hf_status set_contains(struct call *call) {
    struct keyed_spot spot;
    hf_status status =
        keyed_find(call, keyed_items(call), call->request->set_contains->value, &spot);
    return status == HF_OK ? call_answer_truth(call, spot.item != NULL) : status;
}

/* ---- all of them ---- */

static hf_status set_len(struct call *call) {
    return call_answer_count(call, table_len(keyed_items(call)));
}

static hf_status set_clear(struct call *call) {
    return keyed_clear(call, keyed_items(call));
}

static hf_status set_items(struct call *call) {
    const Hf__SetItems *in = call->request->set_items;
    return keyed_answer_page(call, keyed_items(call),
                             (struct keyed_paging){in->cursor, in->limit, true, false});
}

hf_status set_reserve(struct call *call, size_t count, struct set_members *members) {
    const struct bulk least = {.arena = count * (sizeof(Hf__Any) + 2 * sizeof(void *))};
    if (!bulk_fits(&least, call)) {
        return bulk_refuse(call);
    }
    struct arena_mark before = arena_mark(call->arena);
    *members =
        (struct set_members){.members = arena_zeroed(call->arena, count, sizeof *members->members)};
    return members->members ? HF_OK : bulk_failed(&least, call, before);
}

static const struct any *set_nth_member(void *context, size_t n) {
    struct set_members *members = context;
    members->nth = keyed_key(members->members[n]);
    return &members->nth;
}

hf_status set_answer(struct call *call, struct set_members members) {
    return bulk_answer(call, members.count, set_nth_member, &members);
}

static hf_status set_copy(struct call *call) {
    const struct table *members = keyed_items(call);
    struct set_members all = {0};
    hf_status status = set_reserve(call, table_len(members), &all);
    if (status != HF_OK) {
        return status;
    }
    assert(all.members);
    const struct keyed_item *item = NULL;
    for (size_t at = 0; (item = table_next(members, &at)) != NULL;) {
        all.members[all.count++] = item;
    }
    return set_answer(call, all);
}

static const struct op set_ops[] = {
    {HF__REQUEST__OP_SET_OPEN, set_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_SET_ADD, set_add, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_DISCARD, set_discard, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_REMOVE, set_remove, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_POP, set_pop, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_CONTAINS, set_contains, OP_READS, 0},
    {HF__REQUEST__OP_SET_LEN, set_len, OP_READS, 0},
    {HF__REQUEST__OP_SET_CLEAR, set_clear, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_ITEMS, set_items, OP_READS, 0},
    {HF__REQUEST__OP_SET_COPY, set_copy, OP_READS, 0},
    {HF__REQUEST__OP_SET_UNION, set_union, OP_READS, 0},
    {HF__REQUEST__OP_SET_INTERSECTION, set_intersection, OP_READS, 0},
    {HF__REQUEST__OP_SET_DIFFERENCE, set_difference, OP_READS, 0},
    {HF__REQUEST__OP_SET_SYMMETRIC_DIFFERENCE, set_symmetric_difference, OP_READS, 0},
    {HF__REQUEST__OP_SET_UPDATE, set_update, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_INTERSECTION_UPDATE, set_intersection_update, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_DIFFERENCE_UPDATE, set_difference_update, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_SYMMETRIC_DIFFERENCE_UPDATE, set_symmetric_difference_update,
     OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_SET_IS_SUBSET, set_is_subset, OP_READS, 0},
    {HF__REQUEST__OP_SET_IS_SUPERSET, set_is_superset, OP_READS, 0},
    {HF__REQUEST__OP_SET_IS_DISJOINT, set_is_disjoint, OP_READS, 0},
};

const struct type type_set = {
    .tag = HF__TYPE__SET,
    .name = "set",
    .object_size = sizeof(struct keyed),
    TYPE_OPS(set_ops),
    .init = set_init,
    .options = set_options,
    .fini = keyed_fini,
    .describe = set_describe,
};
