/* SPDX-License-Identifier: MIT */
#include "grant.h"

#include "registry.h"

#include <assert.h>
#include <string.h>

void died_remember(struct hold *died, const struct hold *hold, enum hold_loss why) {
    assert(hold->who && why != HOLD_NOT_LOST);
    died_forget(died);
    *died = *hold;
    died->held_ms = hold->object->registry->now_ms - hold->since_ms;
    died->owner = NULL;
    died->lease = NULL;
    died->lost = (uint8_t)why;
    who_share(died->who);
}

/* The type forgets the last holder before the reply is packed, so its label is copied. */
static Hf__Holder *grant_tell_died(struct call *call, const struct hold *died) {
    Hf__Holder *holder = object_holder(call, died);
    if (holder) {
        holder->label = arena_copy(call->arena, died->who->label, strlen(died->who->label));
    }
    return holder && holder->label ? holder : NULL;
}

Hf__Grant *grant_new(struct call *call, const struct hold *died) {
    Hf__Grant *grant = call_message(call, &hf__grant__descriptor);
    if (!grant) {
        return NULL;
    }
    grant->has_depth = true;
    if (died && died->who) {
        grant->died = grant_tell_died(call, died);
        return grant->died ? grant : NULL;
    }
    return grant;
}

hf_status grant_answer(struct call *call, const struct hold *died) {
    Hf__Grant *grant = grant_new(call, died);
    return grant ? call_answer_message(call, HF__REPLY__RESULT_GRANT, grant) : HF_NO_MEMORY;
}

hf_status grant_prepare(struct call *call, struct hold *hold, struct hold *died, int64_t lease_ms,
                        struct hold_lease **lease) {
    hf_status status = grant_answer(call, died);
    if (status == HF_OK) {
        status = grant_note(call, hold, died, lease_ms != 0);
    }
    return status == HF_OK ? grant_lease(call->object, lease_ms, lease) : status;
}

/* ---- undo ---- */

struct grant_before {
    struct hold_before hold;
    struct hold *died; /* NULL: those facts have stayed */
    struct hold had_died;
};

/* If it is kept, the last request of the batch may have freed the hold. */
static void grant_decide(struct undo_note *note, bool back) {
    struct grant_before *before = note->kept;
    if (back) {
        hold_put_back(note->what, &before->hold);
    } else {
        hold_forget(&before->hold);
    }
    if (back && before->died) {
        const struct hold newer = *before->died;
        *before->died = before->had_died;
        before->had_died = newer;
    }
    died_forget(&before->had_died);
}

hf_status grant_note_change(struct call *call, struct hold *hold, struct hold *died,
                            bool lease_goes) {
    struct grant_before *before = arena_zeroed(call->arena, 1, sizeof *before);
    if (!before) {
        return HF_NO_MEMORY;
    }
    hold_note(hold, lease_goes, &before->hold);
    if (died) {
        before->died = died;
        before->had_died = *died;
        if (died->who) {
            who_share(died->who);
        }
    }
    struct undo_note *note = undo_take_note(call, grant_decide);
    note->what = hold;
    note->kept = before;
    return HF_OK;
}

/* ---- refusal ---- */

static const char *grant_loss_words(enum hold_loss why) {
    static const char *const words[] = {
        [HOLD_DIED] = "it was taken for dead",
        [HOLD_LEASE_ENDED] = "its lease has ended",
        [HOLD_BROKEN] = "it was broken",
        [HOLD_LEFT] = "it has left it",
    };
    return words[why];
}

hf_status grant_refuse_not_held(struct call *call, const struct object *object,
                                const struct hold *died) {
    const struct link *first = link_first(&object->holds);
    if (!first && died->who == call->owner->who) {
        return call_refuse(call, HF_NOT_HELD, "this session has lost the %s: %s",
                           object->type->name, grant_loss_words(died->lost));
    }
    if (!first) {
        return call_refuse(call, HF_NOT_HELD, "nobody holds the %s", object->type->name);
    }
    const struct hold *hold = LINK_OWNER(first, struct hold, of_object);
    char words[HOLD_WORDS_BYTES];
    if (!hold->owner) {
        struct text text = text_in(words, sizeof words);
        hold_say_orphan(hold, &text);
        return call_refuse(call, HF_NOT_HELD, "the %s %s", object->type->name, words);
    }
    return call_refuse(call, HF_NOT_HELD, "%s holds the %s", who_say(hold->who, words),
                       object->type->name);
}
