/* SPDX-License-Identifier: MIT
 *
 * set: the operations on two sets, the call's ("mine") and another ("theirs"). The other one is an
 * object, or a table of the request's values for as long as the operation runs. It is not changed.
 *
 * Three parts tell a result: the members of this set only, of both, and of the other only.
 */
#include "set.h"

#include "bulk.h"
#include "registry.h"
#include "undo.h"

#include <assert.h>

/* The other set, as in the request. */
struct operand {
    bool has_id;
    uint64_t id;
    Hf__Any *const *wires;
    size_t count;
};

#define OPERAND(in)                                                                                \
    (struct operand) {                                                                             \
        (in)->has_other, (in)->other, (in)->values, (in)->n_values                                 \
    }

/* The other set; `made` is empty if it is an object with the same equality. */
struct other {
    const struct table *members;
    struct table made; /* its keys are views */
};

struct parts {
    bool mine;
    bool both;
    bool theirs;
};

static const struct parts set_union_parts = {true, true, true};
static const struct parts set_intersection_parts = {false, true, false};
static const struct parts set_difference_parts = {true, false, false};
static const struct parts set_symmetric_difference_parts = {true, false, true};

/* ---- the other set ---- */

/* Add a member to a table that is made, unless it has an equal one. */
static hf_status set_make_member(struct table *made, struct keyed_spot *spot) {
    if (spot->item) {
        return HF_OK;
    }
    spot->item = table_add(made, spot->hash);
    if (!spot->item) {
        return HF_NO_MEMORY;
    }
    spot->item->key.any = spot->key; /* a view, which may outlive the table */
    return HF_OK;
}

/* The members of a set with another equality, as this one takes them. */
static hf_status set_make_alike(struct call *call, const struct table *members,
                                struct other *other) {
    hf_status status = HF_OK;
    const struct keyed_item *item = NULL;
    for (size_t at = 0; status == HF_OK && (item = table_next(members, &at)) != NULL;) {
        struct keyed_spot spot = {.key = keyed_key(item)};
        keyed_refind(call, &other->made, &spot);
        status = set_make_member(&other->made, &spot);
    }
    other->members = &other->made;
    return status;
}

static hf_status set_find_object(struct call *call, uint64_t id, struct other *other) {
    struct object *object = NULL;
    hf_status status = object_find_typed(call, id, &type_set, &object);
    if (status != HF_OK) {
        return status;
    }
    const struct keyed *set = (struct keyed *)object;
    other->members = &set->items;
    return object->equality == call->object->equality ? HF_OK
                                                      : set_make_alike(call, &set->items, other);
}

static hf_status set_make(struct call *call, struct operand operand, struct other *other) {
    hf_status status = HF_OK;
    for (size_t i = 0; i < operand.count && status == HF_OK; i++) {
        struct keyed_spot spot;
        status = keyed_find(call, &other->made, operand.wires[i], &spot);
        if (status == HF_OK) {
            status = set_make_member(&other->made, &spot); /* of equal values the first counts */
        }
    }
    other->members = &other->made;
    return status;
}

/* Call set_end() afterwards, whatever this returns. */
static hf_status set_begin(struct call *call, struct operand operand, struct other *other) {
    keyed_init(&other->made, 0);
    if (operand.has_id && operand.count > 0) {
        return call_refuse(call, HF_INVALID,
                           "the other set is an object or a list of values, not both");
    }
    return operand.has_id ? set_find_object(call, operand.id, other)
                          : set_make(call, operand, other);
}

static void set_end(struct other *other) {
    table_fini(&other->made);
}

/* Run an operation on the members of both sets, with a result of these parts. */
static hf_status set_with_other(struct call *call, struct operand operand, struct parts parts,
                                hf_status (*run)(struct call *call, const struct table *theirs,
                                                 struct parts parts)) {
    struct other other;
    hf_status status = set_begin(call, operand, &other);
    if (status == HF_OK) {
        status = run(call, other.members, parts);
    }
    set_end(&other);
    return status;
}

/* ---- counting ---- */

static size_t set_count_in(const struct call *call, const struct table *of,
                           const struct table *in) {
    size_t count = 0;
    const struct keyed_item *item = NULL;
    for (size_t at = 0; (item = table_next(of, &at)) != NULL;) {
        const struct any key = keyed_key(item);
        count += keyed_get(call, in, &key) != NULL;
    }
    return count;
}

/* The number of common members. */
static size_t set_count_common(const struct call *call, const struct table *a,
                               const struct table *b) {
    return table_len(a) < table_len(b) ? set_count_in(call, a, b) : set_count_in(call, b, a);
}

/* The number of members in these parts. */
static size_t set_count_parts(const struct call *call, const struct table *theirs,
                              struct parts parts) {
    const struct table *mine = keyed_items(call);
    size_t common = set_count_common(call, mine, theirs);
    return (parts.mine ? table_len(mine) - common : 0) + (parts.both ? common : 0) +
           (parts.theirs ? table_len(theirs) - common : 0);
}

/* ---- a new list ---- */

static void set_gather(const struct call *call, const struct table *from,
                       const struct table *against, struct parts parts,
                       struct set_members *result) {
    const struct keyed_item *item = NULL;
    for (size_t at = 0; (item = table_next(from, &at)) != NULL;) {
        const struct any key = keyed_key(item);
        if (keyed_get(call, against, &key) ? parts.both : parts.mine) {
            result->members[result->count++] = item;
        }
    }
}

static hf_status set_answer_members(struct call *call, const struct table *theirs,
                                    struct parts parts) {
    const struct table *mine = keyed_items(call);
    struct set_members result = {0};
    size_t count = set_count_parts(call, theirs, parts);
    hf_status status = set_reserve(call, count, &result);
    if (status != HF_OK) {
        return status;
    }
    set_gather(call, mine, theirs, parts, &result);
    if (parts.theirs) {
        set_gather(call, theirs, mine, set_difference_parts, &result);
    }
    assert(result.count == count);
    return set_answer(call, result);
}

hf_status set_union(struct call *call) {
    return set_with_other(call, OPERAND(call->request->set_union), set_union_parts,
                          set_answer_members);
}

hf_status set_intersection(struct call *call) {
    return set_with_other(call, OPERAND(call->request->set_intersection), set_intersection_parts,
                          set_answer_members);
}

hf_status set_difference(struct call *call) {
    return set_with_other(call, OPERAND(call->request->set_difference), set_difference_parts,
                          set_answer_members);
}

hf_status set_symmetric_difference(struct call *call) {
    return set_with_other(call, OPERAND(call->request->set_symmetric_difference),
                          set_symmetric_difference_parts, set_answer_members);
}

/* ---- changing the set ---- */

/* Add the members that only the other set has. If that fails, remove them again. */
static hf_status set_add_theirs(struct call *call, const struct table *theirs) {
    struct table *mine = keyed_items(call);
    size_t before = table_len(mine);
    hf_status status = HF_OK;
    const struct keyed_item *item = NULL;
    for (size_t at = 0; status == HF_OK && (item = table_next(theirs, &at)) != NULL;) {
        struct keyed_spot spot = {.key = keyed_key(item)};
        keyed_refind(call, mine, &spot);
        if (!spot.item) {
            status = keyed_add(call, mine, &spot, NULL);
        }
    }
    if (status != HF_OK) {
        keyed_shrink(call, mine, before);
    }
    return status;
}

/* Remove members that are not in the result, up to the cursor `last`. */
static void set_remove_mine(struct call *call, const struct table *theirs, struct parts parts,
                            uint64_t last) {
    struct table *mine = keyed_items(call);
    uint64_t cursor = 0;
    struct keyed_item *item = NULL;
    while ((item = table_seek(mine, &cursor)) != NULL && cursor <= last) {
        const struct any key = keyed_key(item);
        if (!(keyed_get(call, theirs, &key) ? parts.both : parts.mine)) {
            keyed_remove(call, mine, item); /* moves other members */
        }
    }
}

static hf_status set_change(struct call *call, const struct table *theirs, struct parts parts) {
    const struct table *mine = keyed_items(call);
    uint64_t last = table_len(mine) > 0 ? table_cursor(table_last(mine)) : 0;
    if (!undo_reserve(call, table_len(mine) + table_len(theirs))) {
        return HF_NO_MEMORY;
    }
    if (parts.theirs && theirs != mine) {
        hf_status status = bulk_check_items(call, set_count_parts(call, theirs, parts));
        if (status == HF_OK) {
            status = set_add_theirs(call, theirs);
        }
        if (status != HF_OK) {
            return status;
        }
    }
    if (!parts.mine || !parts.both) {
        set_remove_mine(call, theirs, parts, last);
    }
    return HF_OK;
}

hf_status set_update(struct call *call) {
    return set_with_other(call, OPERAND(call->request->set_update), set_union_parts, set_change);
}

hf_status set_intersection_update(struct call *call) {
    return set_with_other(call, OPERAND(call->request->set_intersection_update),
                          set_intersection_parts, set_change);
}

hf_status set_difference_update(struct call *call) {
    return set_with_other(call, OPERAND(call->request->set_difference_update), set_difference_parts,
                          set_change);
}

hf_status set_symmetric_difference_update(struct call *call) {
    return set_with_other(call, OPERAND(call->request->set_symmetric_difference_update),
                          set_symmetric_difference_parts, set_change);
}

/* ---- comparing ---- */

enum relation { SUBSET, SUPERSET, DISJOINT };

static hf_status set_compare(struct call *call, struct operand operand, enum relation relation) {
    const struct table *mine = keyed_items(call);
    struct other other;
    hf_status status = set_begin(call, operand, &other);
    if (status == HF_OK) {
        size_t expected = relation == SUBSET     ? table_len(mine)
                          : relation == SUPERSET ? table_len(other.members)
                                                 : 0;
        status = call_answer_truth(call, set_count_common(call, mine, other.members) == expected);
    }
    set_end(&other);
    return status;
}

hf_status set_is_subset(struct call *call) {
    return set_compare(call, OPERAND(call->request->set_is_subset), SUBSET);
}

hf_status set_is_superset(struct call *call) {
    return set_compare(call, OPERAND(call->request->set_is_superset), SUPERSET);
}

hf_status set_is_disjoint(struct call *call) {
    return set_compare(call, OPERAND(call->request->set_is_disjoint), DISJOINT);
}
