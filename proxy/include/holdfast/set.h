/* SPDX-License-Identifier: MIT
 *
 * Sets: Python's set, shared. A member is anything that can be a key of a dict (null, bool, int,
 * double, string, bytes, a big integer, an opaque value, a tuple of such; at most 1 MiB). Two
 * members are the same if they have the same kind and value: 1, 1.0 and true are three members,
 * unless the set was created with HF_BY_VALUE. Members keep the order in which they were added.
 *
 * The functions with a short name take a string, those that end in _int an int, those in _any any
 * member.
 */
#ifndef HOLDFAST_SET_H
#define HOLDFAST_SET_H

#include <holdfast/object.h>

HF_BEGIN_DECLS

/** Open the set with this name, or create it.
 *
 *  Returns  HF_OK; HF_WRONG_TYPE; HF_EXISTS or HF_NO_OBJECT (by mode)
 */
HF_API HF_MUST_USE hf_status hf_set_open(hf_client *client, const char *name, hf_mode mode,
                                         hf_set *set);

typedef struct hf_set_options {
    hf_mode mode;
    hf_equality equality; /**< of members; one stays as it was added first */
    /** Borrowed: what a new set has from the first moment on. No condition for one that exists. */
    const hf_any *initial;
    size_t initial_count;
    uint64_t reserved[8]; /**< zeros */
} hf_set_options;

#define HF_SET_OPTIONS HF_ZEROS

/** Open a set with an equality, or with members that a new one has.
 *
 *  options  borrowed; NULL: all zero
 *  Returns  as hf_set_open(); HF_WRONG_TYPE (the set has another equality); for initial members
 *           HF_TYPE_ERROR (one cannot be a member) and HF_LIMIT (too many): none is created
 *  Source   set(iterable)
 */
HF_API HF_MUST_USE hf_status hf_set_open_options(hf_client *client, const char *name,
                                                 const hf_set_options *options, hf_set *set);

/** Add a member.
 *
 *  added    out: whether it was new
 *  Returns  HF_OK; HF_TYPE_ERROR (it cannot be a member)
 *  Source   set.add
 */
HF_API HF_MUST_USE hf_status hf_set_add(hf_set set, const char *member, bool *added);
HF_API HF_MUST_USE hf_status hf_set_add_int(hf_set set, int64_t member, bool *added);
HF_API HF_MUST_USE hf_status hf_set_add_any(hf_set set, hf_any member, bool *added);

/** Take a member out, if it is there.
 *
 *  removed  out: whether it was there
 *  Returns  HF_OK; HF_TYPE_ERROR (it cannot be a member)
 *  Source   set.discard
 */
HF_API HF_MUST_USE hf_status hf_set_discard(hf_set set, const char *member, bool *removed);
HF_API HF_MUST_USE hf_status hf_set_discard_int(hf_set set, int64_t member, bool *removed);
HF_API HF_MUST_USE hf_status hf_set_discard_any(hf_set set, hf_any member, bool *removed);

/** Take a member out that must be there.
 *
 *  Returns  HF_OK; HF_KEY_ERROR (it is not there); HF_TYPE_ERROR (it cannot be a member)
 *  Source   set.remove
 */
HF_API HF_MUST_USE hf_status hf_set_remove(hf_set set, const char *member);
HF_API HF_MUST_USE hf_status hf_set_remove_int(hf_set set, int64_t member);
HF_API HF_MUST_USE hf_status hf_set_remove_any(hf_set set, hf_any member);

/** Take any member out: the one that was added first.
 *
 *  member   out; hf_any_clear()
 *  Returns  HF_OK; HF_KEY_ERROR (the set is empty)
 *  Source   set.pop
 */
HF_API HF_MUST_USE hf_status hf_set_pop_any(hf_set set, hf_any *member);

/** Tell whether the set has the member.
 *
 *  Returns  HF_OK; HF_TYPE_ERROR (it cannot be a member)
 */
HF_API HF_MUST_USE hf_status hf_set_contains(hf_set set, const char *member, bool *contains);
HF_API HF_MUST_USE hf_status hf_set_contains_int(hf_set set, int64_t member, bool *contains);
HF_API HF_MUST_USE hf_status hf_set_contains_any(hf_set set, hf_any member, bool *contains);

/** Get the number of members. */
HF_API HF_MUST_USE hf_status hf_set_len(hf_set set, uint64_t *len);

/** Take all members out. */
HF_API HF_MUST_USE hf_status hf_set_clear(hf_set set);

/** Get all members, in the order in which they were added. A member that is there all the while is
 *  seen exactly once. hf_set_copy() is one step.
 *
 *  members  out; hf_any_array_clear()
 *  Returns  HF_OK; HF_INVALID (this thread collects calls, see pipeline.h)
 *  Cost     one round trip per 10,000 members
 */
HF_API HF_MUST_USE hf_status hf_set_items(hf_set set, hf_any_array *members);

/** Get one page of members, to walk over a large set.
 *
 *  limit    how many members at most: 1 to 10,000; 0: 10,000
 *  cursor   in and out, not NULL: 0 before the first page, and 0 again after the last
 *  members  out; hf_any_array_clear()
 *  Returns  HF_OK; HF_INVALID (no cursor); HF_NO_OBJECT (also if the manager was restarted since
 *           the first page: begin again with 0)
 */
HF_API HF_MUST_USE hf_status hf_set_page(hf_set set, uint32_t limit, uint64_t *cursor,
                                         hf_any_array *members);

/** Get all members in one step.
 *
 *  members  out; hf_any_array_clear()
 *  Returns  HF_OK; HF_TOO_BIG (more than a frame holds)
 */
HF_API HF_MUST_USE hf_status hf_set_copy(hf_set set, hf_any_array *members);

/** The second of two sets: a set of the same manager, or an array of members (which may come twice)
 *  that belongs to the caller and must last until the call is done. */
typedef struct hf_members {
    uint64_t set; /**< object id; 0: the array is used */
    const hf_any *values;
    size_t len;
} hf_members;

/** Name a set, or an array of members, as the second one. No call to the manager. */
HF_API hf_members hf_members_of(hf_set set);
HF_API hf_members hf_members_list(const hf_any *values, size_t len);

/** Get a list of members made of two sets, neither of which is changed: the members of either, of
 *  both, of this one alone, of just one of them. This set's come first.
 *
 *  members  out; hf_any_array_clear()
 *  Returns  HF_OK; HF_TYPE_ERROR (a value cannot be a member); HF_NO_OBJECT, HF_WRONG_TYPE (the
 *           other one is no set); HF_TOO_BIG (more than a frame holds)
 *  Cost     O(n + m) in the manager
 *  Source   set.union, set.intersection, set.difference, set.symmetric_difference
 */
HF_API HF_MUST_USE hf_status hf_set_union(hf_set set, hf_members other, hf_any_array *members);
HF_API HF_MUST_USE hf_status hf_set_intersection(hf_set set, hf_members other,
                                                 hf_any_array *members);
HF_API HF_MUST_USE hf_status hf_set_difference(hf_set set, hf_members other, hf_any_array *members);
HF_API HF_MUST_USE hf_status hf_set_symmetric_difference(hf_set set, hf_members other,
                                                         hf_any_array *members);

/** Replace the set by the union, the intersection ... of both, in one step: all, or nothing.
 *  Members that stay keep their places, new ones come last.
 *
 *  Returns  HF_OK; HF_TYPE_ERROR, HF_NO_OBJECT, HF_WRONG_TYPE, HF_LIMIT (unchanged)
 *  Cost     O(n + m) in the manager
 *  Source   set.update, set.intersection_update, set.difference_update,
 *           set.symmetric_difference_update
 */
HF_API HF_MUST_USE hf_status hf_set_update(hf_set set, hf_members other);
HF_API HF_MUST_USE hf_status hf_set_intersection_update(hf_set set, hf_members other);
HF_API HF_MUST_USE hf_status hf_set_difference_update(hf_set set, hf_members other);
HF_API HF_MUST_USE hf_status hf_set_symmetric_difference_update(hf_set set, hf_members other);

/** Tell whether the other one has all members of this set; whether this set has all members of the
 *  other one; whether they have none in common.
 *
 *  Returns  HF_OK; HF_TYPE_ERROR, HF_NO_OBJECT, HF_WRONG_TYPE (as hf_set_union())
 *  Cost     O(n + m) in the manager
 *  Source   set.issubset, set.issuperset, set.isdisjoint
 */
HF_API HF_MUST_USE hf_status hf_set_is_subset(hf_set set, hf_members other, bool *is);
HF_API HF_MUST_USE hf_status hf_set_is_superset(hf_set set, hf_members other, bool *is);
HF_API HF_MUST_USE hf_status hf_set_is_disjoint(hf_set set, hf_members other, bool *is);

HF_API hf_any hf_set_ref(hf_set set);
HF_API HF_MUST_USE hf_status hf_set_from_ref(hf_client *client, hf_any ref, hf_set *set);

HF_END_DECLS
#endif
