/* SPDX-License-Identifier: MIT
 *
 * See undo.h.
 */
#include "undo.h"

#include <assert.h>

bool undo_reserve_notes(const struct call *call, size_t count) {
    struct undo *undo = call_undo(call);
    while (undo->spare_count < count) {
        struct undo_note *note = arena_alloc(call->arena, sizeof *note);
        if (!note) {
            return false;
        }
        note->next = undo->spare;
        undo->spare = note;
        undo->spare_count++;
    }
    return true;
}

struct undo_note *undo_take_note(const struct call *call, undo_decide *decide) {
    struct undo *undo = call_undo(call);
    struct undo_note *note = undo->spare;
    assert(note && undo->spare_count > 0);
    undo->spare = note->next;
    undo->spare_count--;
    *note = (struct undo_note){.next = undo->notes, .decide = decide, .object = call->object};
    undo->notes = note;
    return note;
}

static void undo_decide_all(struct undo *undo, bool back) {
    while (undo->notes) {
        struct undo_note *note = undo->notes;
        undo->notes = note->next;
        note->decide(note, back);
    }
}

void undo_back(struct undo *undo) {
    undo_decide_all(undo, true);
}

void undo_keep(struct undo *undo) {
    struct undo_note *oldest = NULL;
    while (undo->notes) {
        struct undo_note *note = undo->notes;
        undo->notes = note->next;
        note->next = oldest;
        oldest = note;
    }
    undo->notes = oldest;
    undo_decide_all(undo, false);
}
