/* SPDX-License-Identifier: MIT
 *
 * Sets: one function for each operation, see <holdfast/set.h>.
 */
#include "call.h"
#include "page.h"

#include <holdfast/set.h>

/* ---- open ---- */

hf_status hf_set_open(hf_client *client, const char *name, hf_mode mode, hf_set *set) {
    return call_open(client, HF__REQUEST__OP_SET_OPEN, name, mode,
                     sink_handle(&set->client, &set->id));
}

hf_status hf_set_open_options(hf_client *client, const char *name, const hf_set_options *options,
                              hf_set *set) {
    struct call call;
    const hf_set_options given = options ? *options : (hf_set_options){.equality = HF_BY_KIND};
    Hf__SetOpen *op = call_begin_open(&call, client, HF__REQUEST__OP_SET_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_equality = given.equality != HF_BY_KIND;
    op->equality = (Hf__Equality)given.equality;
    op->n_initial = call_array(&call, given.initial, given.initial_count, &op->initial);
    return call_finish(&call, HF__REQUEST__OP_SET_OPEN, &op->base,
                       sink_handle(&set->client, &set->id));
}

CALL_REFERENCES(set) /* hf_set_ref(), hf_set_from_ref() */

/* ---- one member ---- */

hf_status hf_set_add_any(hf_set set, hf_any member, bool *added) {
    return call_with_value(HF_OBJECT(set), HF__REQUEST__OP_SET_ADD, member, sink_truth(added));
}

hf_status hf_set_add(hf_set set, const char *member, bool *added) {
    return hf_set_add_any(set, hf_any_string(member), added);
}

hf_status hf_set_add_int(hf_set set, int64_t member, bool *added) {
    return hf_set_add_any(set, hf_any_int(member), added);
}

hf_status hf_set_discard_any(hf_set set, hf_any member, bool *removed) {
    return call_with_value(HF_OBJECT(set), HF__REQUEST__OP_SET_DISCARD, member,
                           sink_truth(removed));
}

hf_status hf_set_discard(hf_set set, const char *member, bool *removed) {
    return hf_set_discard_any(set, hf_any_string(member), removed);
}

hf_status hf_set_discard_int(hf_set set, int64_t member, bool *removed) {
    return hf_set_discard_any(set, hf_any_int(member), removed);
}

hf_status hf_set_remove_any(hf_set set, hf_any member) {
    return call_with_value(HF_OBJECT(set), HF__REQUEST__OP_SET_REMOVE, member, sink_nothing());
}

hf_status hf_set_remove(hf_set set, const char *member) {
    return hf_set_remove_any(set, hf_any_string(member));
}

hf_status hf_set_remove_int(hf_set set, int64_t member) {
    return hf_set_remove_any(set, hf_any_int(member));
}

hf_status hf_set_pop_any(hf_set set, hf_any *member) {
    return call_plain(HF_OBJECT(set), HF__REQUEST__OP_SET_POP, sink_any(member));
}

hf_status hf_set_contains_any(hf_set set, hf_any member, bool *contains) {
    return call_with_value(HF_OBJECT(set), HF__REQUEST__OP_SET_CONTAINS, member,
                           sink_truth(contains));
}

hf_status hf_set_contains(hf_set set, const char *member, bool *contains) {
    return hf_set_contains_any(set, hf_any_string(member), contains);
}

hf_status hf_set_contains_int(hf_set set, int64_t member, bool *contains) {
    return hf_set_contains_any(set, hf_any_int(member), contains);
}

/* ---- all of them ---- */

hf_status hf_set_len(hf_set set, uint64_t *len) {
    return call_plain(HF_OBJECT(set), HF__REQUEST__OP_SET_LEN, sink_count(len));
}

hf_status hf_set_clear(hf_set set) {
    return call_plain(HF_OBJECT(set), HF__REQUEST__OP_SET_CLEAR, sink_nothing());
}

hf_status hf_set_copy(hf_set set, hf_any_array *members) {
    return call_plain(HF_OBJECT(set), HF__REQUEST__OP_SET_COPY, sink_values(members));
}

hf_status hf_set_items(hf_set set, hf_any_array *members) {
    return page_all_array(HF_OBJECT(set), HF__REQUEST__OP_SET_ITEMS, members);
}

hf_status hf_set_page(hf_set set, uint32_t limit, uint64_t *cursor, hf_any_array *members) {
    return page_one_array(HF_OBJECT(set), HF__REQUEST__OP_SET_ITEMS, limit, cursor, members);
}

/* ---- two sets ---- */

hf_members hf_members_of(hf_set set) {
    return (hf_members){.set = set.id};
}

hf_members hf_members_list(const hf_any *values, size_t len) {
    return (hf_members){.values = values, .len = len};
}

static hf_status with_other(hf_set set, Hf__Request__OpCase op_case, hf_members other,
                            struct sink sink) {
    struct call call;
    call_begin(&call, set.client, set.id);
    Hf__SetUnion *op = call_message(&call, op_case, &hf__set_union__descriptor);
    op->has_other = other.set != 0;
    op->other = op->has_other ? call_names(&call, other.set) : 0;
    if (!op->has_other) {
        op->n_values = call_array(&call, other.values, other.len, &op->values);
    }
    return call_finish(&call, op_case, &op->base, sink);
}

hf_status hf_set_union(hf_set set, hf_members other, hf_any_array *members) {
    return with_other(set, HF__REQUEST__OP_SET_UNION, other, sink_values(members));
}

hf_status hf_set_intersection(hf_set set, hf_members other, hf_any_array *members) {
    return with_other(set, HF__REQUEST__OP_SET_INTERSECTION, other, sink_values(members));
}

hf_status hf_set_difference(hf_set set, hf_members other, hf_any_array *members) {
    return with_other(set, HF__REQUEST__OP_SET_DIFFERENCE, other, sink_values(members));
}

hf_status hf_set_symmetric_difference(hf_set set, hf_members other, hf_any_array *members) {
    return with_other(set, HF__REQUEST__OP_SET_SYMMETRIC_DIFFERENCE, other, sink_values(members));
}

hf_status hf_set_update(hf_set set, hf_members other) {
    return with_other(set, HF__REQUEST__OP_SET_UPDATE, other, sink_nothing());
}

hf_status hf_set_intersection_update(hf_set set, hf_members other) {
    return with_other(set, HF__REQUEST__OP_SET_INTERSECTION_UPDATE, other, sink_nothing());
}

hf_status hf_set_difference_update(hf_set set, hf_members other) {
    return with_other(set, HF__REQUEST__OP_SET_DIFFERENCE_UPDATE, other, sink_nothing());
}

hf_status hf_set_symmetric_difference_update(hf_set set, hf_members other) {
    return with_other(set, HF__REQUEST__OP_SET_SYMMETRIC_DIFFERENCE_UPDATE, other, sink_nothing());
}

hf_status hf_set_is_subset(hf_set set, hf_members other, bool *is) {
    return with_other(set, HF__REQUEST__OP_SET_IS_SUBSET, other, sink_truth(is));
}

hf_status hf_set_is_superset(hf_set set, hf_members other, bool *is) {
    return with_other(set, HF__REQUEST__OP_SET_IS_SUPERSET, other, sink_truth(is));
}

hf_status hf_set_is_disjoint(hf_set set, hf_members other, bool *is) {
    return with_other(set, HF__REQUEST__OP_SET_IS_DISJOINT, other, sink_truth(is));
}
