/* SPDX-License-Identifier: MIT
 *
 * How an atomic batch takes back what its requests have done, when a later one is refused.
 *
 * An operation whose row has OP_UNDOES notes each of its changes. The memory of a note is there
 * before the operation runs, so neither to note nor to take back can fail. A note has what the
 * change has displaced: a value, a hidden item, a hold. When the batch is decided, its notes are
 * told, once each: to keep the change, which frees what it has displaced, or to take it back. In an
 * atomic batch nothing is freed before that, and no place is given to another.
 *
 * Notes are kept in order, and taken back in reverse. So each finds its object as its change left
 * it, and may rely on positions in it.
 */
#ifndef HF_UNDO_H
#define HF_UNDO_H

#include "object.h"

struct undo_note;

/** Decide about a change: take it back, or keep it. Must not fail. */
typedef void undo_decide(struct undo_note *note, bool back);

struct undo_note {
    struct undo_note *next;
    undo_decide *decide;
    struct object *object; /**< of the call that has noted it */
    /* The operation's own. */
    void *what;
    void *kept;
    size_t at;
    size_t count;
    uint64_t number;
    struct any value;
};

/** The notes of an atomic batch. Zero at first. */
struct undo {
    struct undo_note *notes; /* the newest first */
    struct undo_note *spare;
    size_t spare_count;
};

/** For the changes of this call; NULL: it is no part of an atomic batch. */
static inline struct undo *call_undo(const struct call *call) {
    return call->room ? call->room->undo : NULL;
}

/** Whether the call is a request or a check of an atomic batch. */
static inline bool call_in_atomic_batch(const struct call *call) {
    const Hf__Request *request = call->pending->request;
    return request->op_case == HF__REQUEST__OP_BATCH && request->batch->atomic;
}

/** undo_reserve() and undo_note(), in an atomic batch. */
HF_MUST_USE bool undo_reserve_notes(const struct call *call, size_t count);
struct undo_note *undo_take_note(const struct call *call, undo_decide *decide);

enum { UNDO_NOTES = 2 };

/** Have memory for `count` notes before the call changes anything. Each request of an atomic batch
 * has it for UNDO_NOTES. true also if nothing is to be noted; false: no memory. */
HF_MUST_USE static inline bool undo_reserve(const struct call *call, size_t count) {
    return !call_undo(call) || undo_reserve_notes(call, count);
}

/** Note a change. NULL: nothing is to be noted. */
static inline struct undo_note *undo_note(const struct call *call, undo_decide *decide) {
    return call_undo(call) ? undo_take_note(call, decide) : NULL;
}

/** Keep all changes, the oldest first, or take them back, the newest first. */
void undo_keep(struct undo *undo);
void undo_back(struct undo *undo);

#endif
