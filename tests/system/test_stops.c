/* SPDX-License-Identifier: MIT
 *
 * A holder that is stopped (SIGSTOP) while it holds a lock under a lease: it is not dead, and loses
 * the lock nevertheless; when it goes on, it can do no harm.
 */
#include "fixture.h"
#include "wire.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { LEASE_MS = 200, STOPS = 5 };

static uint64_t open_text(struct wire *wire) {
    char name[] = "leader's notes";
    Hf__DictOpen open = HF__DICT_OPEN__INIT;
    open.name = name;
    return wire_object(wire, HF__REQUEST__OP_DICT_OPEN, &open);
}

static hf_status set(struct wire *wire, uint64_t dict, int64_t number) {
    Hf__Any key = HF__ANY__INIT;
    Hf__Any value = HF__ANY__INIT;
    key.kind_case = value.kind_case = HF__ANY__KIND_INT;
    value.int_ = number;
    Hf__DictSet set_op = HF__DICT_SET__INIT;
    set_op.key = &key;
    set_op.value = &value;
    return wire_call_status(wire, HF__REQUEST__OP_DICT_SET, &set_op, dict, 0);
}

/* Acquire the lock under a lease. Returns the reply. */
static Hf__Reply *lead(struct wire *wire, uint64_t lock) {
    Hf__LockAcquire acquire = HF__LOCK_ACQUIRE__INIT;
    acquire.has_lease_ms = true;
    acquire.lease_ms = LEASE_MS;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_LOCK_ACQUIRE, &acquire, lock, -1);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    return reply;
}

static hf_status extend(struct wire *wire, uint64_t lock) {
    Hf__LockExtend extend_op = HF__LOCK_EXTEND__INIT;
    extend_op.lease_ms = LEASE_MS;
    return wire_call_status(wire, HF__REQUEST__OP_LOCK_EXTEND, &extend_op, lock, 0);
}

/* Lead, and extend the lease for as long as that goes well. Then tell what becomes of a change
 * under the old grant and of the release. */
static void lead_until_told_otherwise(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the stopped one");
    uint64_t notes = open_text(&wire);
    uint64_t lock = wire_lock(&wire, "leader");
    Hf__Reply *reply = lead(&wire, lock);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = lock;
    guard.fence = reply->grant->fence;
    worker_tell(tell, reply->grant->fence);
    hf_status status = HF_OK;
    while ((status = extend(&wire, lock)) == HF_OK) {
        (void)wire_hears(&wire, LEASE_MS / 10);
    }
    wire.guard = &guard;
    worker_tell(tell, (uint64_t)status);
    worker_tell(tell, (uint64_t)set(&wire, notes, 1));
    wire.guard = NULL;
    worker_tell(tell, (uint64_t)wire_release(&wire, lock));
    worker_wait();
}

static void stop(const struct worker *worker) {
    siginfo_t info;
    assert_int_equal(kill(worker->pid, SIGSTOP), 0);
    assert_int_equal(waitid(P_PID, (id_t)worker->pid, &info, WSTOPPED | WNOWAIT), 0);
}

static void a_stopped_leader_is_replaced_and_can_do_no_harm(void **state) {
    const struct daemon *daemon = *state;
    for (int i = 0; i < STOPS; i++) {
        struct worker worker = worker_start(lead_until_told_otherwise, daemon);
        uint64_t fence = worker_told(&worker);
        struct wire next = wire_open(daemon->address, "the next");
        uint64_t notes = open_text(&next);
        uint64_t lock = wire_lock(&next, "leader");

        stop(&worker);
        Hf__Reply *reply = lead(&next, lock);

        assert_int_equal(reply->status, HF_OWNER_DIED);
        assert_string_equal(reply->grant->died->label, "the stopped one");
        assert_int_equal(reply->grant->died->fence, fence);
        assert_int_equal(reply->grant->died->lost, HF__LOSS__LOST_LEASE);
        assert_true(reply->grant->fence > fence);
        assert_int_equal(set(&next, notes, 2), HF_OK);
        hf__reply__free_unpacked(reply, NULL);
        assert_int_equal(kill(worker.pid, SIGCONT), 0);
        assert_int_equal(worker_told(&worker), HF_NOT_HELD);    /* its extend */
        assert_int_equal(worker_told(&worker), HF_STALE_FENCE); /* its change */
        assert_int_equal(worker_told(&worker), HF_NOT_HELD);    /* its release */
        wire_close(&next);
        worker_kill(&worker);
        worker_reap(&worker);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_leader_is_replaced_and_can_do_no_harm),
    };
    return SYSTEM_MAIN(tests);
}
