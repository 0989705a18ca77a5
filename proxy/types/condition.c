/* SPDX-License-Identifier: MIT
 *
 * Conditions: one function for each operation, see <holdfast/condition.h>.
 */
#include "call.h"
#include "deadline.h"

#include <assert.h>
#include <holdfast/condition.h>

hf_status hf_condition_open(hf_client *client, const char *name, hf_lock lock, hf_mode mode,
                            hf_condition *condition) {
    struct call call;
    Hf__ConditionOpen *op =
        call_begin_open(&call, client, HF__REQUEST__OP_CONDITION_OPEN, name, mode);
    op->lock = call_names(&call, lock.id);
    return call_finish(&call, HF__REQUEST__OP_CONDITION_OPEN, &op->base,
                       sink_handle(&condition->client, &condition->id));
}

hf_status hf_condition_lock(hf_condition condition, hf_lock *lock) {
    return call_plain(HF_OBJECT(condition), HF__REQUEST__OP_CONDITION_LOCK,
                      sink_handle(&lock->client, &lock->id));
}

CALL_REFERENCES(condition) /* hf_condition_ref(), hf_condition_from_ref() */

/* A reply with any status may have a grant. */
static hf_status store_grant(const Hf__Reply *reply, const struct sink *sink) {
    assert(sink->on_refusal);
    hf_grant *grant = sink->out;
    if (reply->result_case == HF__REPLY__RESULT_GRANT) {
        return sink_grant(grant).store(reply, sink);
    }
    if (grant) {
        *grant = (hf_grant){.fence = 0};
    }
    return hf_ok((hf_status)reply->status) ? sink_missing() : HF_OK;
}

hf_status hf_condition_wait(hf_condition condition, int64_t timeout_ms, hf_grant *grant) {
    struct call call;
    Hf__ConditionWait op = HF__CONDITION_WAIT__INIT;
    call_begin(&call, condition.client, condition.id);
    call_timeout(&call, timeout_ms);
    call.patient = timeout_ms != 0; /* the timeout does not limit the wait for the lock */
    return call_finish(&call, HF__REQUEST__OP_CONDITION_WAIT, &op.base,
                       (struct sink){.store = store_grant, .out = grant, .on_refusal = true});
}

hf_status hf_condition_wait_for(hf_condition condition, hf_condition_predicate *predicate,
                                void *argument, int64_t timeout_ms) {
    int64_t deadline_ms = deadline_in(timeout_ms);
    hf_status status = call_alone(condition.client);
    while (hf_ok(status) && !predicate(argument)) {
        int64_t left_ms = deadline_left(deadline_ms);
        if (left_ms == 0) {
            return HF_TIMEOUT;
        }
        status = hf_condition_wait(condition, left_ms == DEADLINE_NEVER ? -1 : left_ms, NULL);
        if (status == HF_TIMEOUT) {
            return predicate(argument) ? HF_OK : HF_TIMEOUT;
        }
    }
    return status == HF_OWNER_DIED ? HF_OK : status;
}

hf_status hf_condition_notify(hf_condition condition, uint64_t count, uint64_t *woken) {
    return call_with_number(HF_OBJECT(condition), 0, HF__REQUEST__OP_CONDITION_NOTIFY, count,
                            sink_count(woken));
}

hf_status hf_condition_notify_all(hf_condition condition, uint64_t *woken) {
    return call_plain(HF_OBJECT(condition), HF__REQUEST__OP_CONDITION_NOTIFY_ALL,
                      sink_count(woken));
}
