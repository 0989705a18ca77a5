/* SPDX-License-Identifier: MIT
 *
 * kill -9 of a barrier's party while others wait, and of its leader while it acts, a thousand times
 * each: all other parties are told at once, and after a reset the next generation passes together.
 */
#include "kills.h"

enum { PARTIES = 4, SURVIVORS = PARTIES - 1 };

/* ---- requests ---- */

static uint64_t open_barrier(struct wire *wire, bool action) {
    char name[] = "b";
    Hf__BarrierOpen open = HF__BARRIER_OPEN__INIT;
    open.name = name;
    open.parties = PARTIES;
    open.has_action = open.action = action;
    return wire_object(wire, HF__REQUEST__OP_BARRIER_OPEN, &open);
}

static uint64_t come(struct wire *wire, uint64_t barrier) {
    Hf__BarrierWait wait = HF__BARRIER_WAIT__INIT;
    return wire_send(wire, HF__REQUEST__OP_BARRIER_WAIT, &wait, barrier, -1);
}

static void reset(struct wire *wire, uint64_t barrier) {
    Hf__BarrierReset reset_op = HF__BARRIER_RESET__INIT;
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_BARRIER_RESET, &reset_op, barrier, 0),
                     HF_OK);
}

static void be_done(struct wire *wire, uint64_t barrier) {
    Hf__BarrierDone done = HF__BARRIER_DONE__INIT;
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_BARRIER_DONE, &done, barrier, 0),
                     HF_OK);
}

/* ---- victims ---- */

static void wait_for_all(struct wire *wire) {
    (void)come(wire, open_barrier(wire, false));
}

/* Comes last, and tells once it is the leader. */
static void lead(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    (void)come(&wire, open_barrier(&wire, true));
    Hf__Reply *reply = wire_receive(&wire);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_BARRIER_PLACE);
    worker_tell(tell, reply->barrier_place->leader ? 1 : 0);
    worker_wait();
}

/* ---- tests ---- */

/* Parties that survive, and a client that does not wait while others are killed. */
struct fixture {
    const struct daemon *daemon;
    struct wire parties[SURVIVORS];
    struct wire last;
    uint64_t barrier;
    uint64_t asked[SURVIVORS];
};

static struct fixture set_up(const struct daemon *daemon, bool action) {
    struct fixture f = {.daemon = daemon};
    for (int i = 0; i < SURVIVORS; i++) {
        f.parties[i] = wire_open(daemon->address, "party");
    }
    f.last = wire_open(daemon->address, "last");
    f.barrier = open_barrier(&f.last, action);
    return f;
}

static void all_come(struct fixture *f) {
    for (int i = 0; i < SURVIVORS; i++) {
        f->asked[i] = come(&f->parties[i], f->barrier);
    }
}

static void expect_all(const struct fixture *f, hf_status wanted) {
    for (int i = 0; i < SURVIVORS; i++) {
        wire_expect(&f->parties[i], f->asked[i], wanted);
    }
}

static void a_dead_party_breaks_it_for_all_others(void **state) {
    struct fixture f = set_up(*state, false);
    for (int i = 0; i < KILLS; i++) {
        struct worker party = victim_start(f.daemon, wait_for_all);
        f.asked[0] = come(&f.parties[0], f.barrier);
        f.asked[1] = come(&f.parties[1], f.barrier);
        wire_await_waiting(&f.last, 3);

        kills_begin(&party);
        wire_expect(&f.parties[0], f.asked[0], HF_BROKEN);
        wire_expect(&f.parties[1], f.asked[1], HF_BROKEN);
        kills_end(&party);

        reset(&f.last, f.barrier);
        all_come(&f);
        wire_expect(&f.last, come(&f.last, f.barrier), HF_OK);
        expect_all(&f, HF_OK);
    }
    kills_report("the others at a broken barrier");
}

static void a_dead_leader_breaks_it_for_all_others(void **state) {
    struct fixture f = set_up(*state, true);
    for (int i = 0; i < KILLS; i++) {
        all_come(&f);
        wire_await_waiting(&f.last, SURVIVORS);
        struct worker leader = worker_start(lead, f.daemon);
        assert_int_equal(worker_told(&leader), 1);

        kills_begin(&leader);
        expect_all(&f, HF_BROKEN);
        kills_end(&leader);

        reset(&f.last, f.barrier);
        all_come(&f);
        wire_await_waiting(&f.last, SURVIVORS);
        wire_expect(&f.last, come(&f.last, f.barrier), HF_OK);
        be_done(&f.last, f.barrier);
        expect_all(&f, HF_OK);
    }
    kills_report("those whom a dead leader led");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_party_breaks_it_for_all_others),
        cmocka_unit_test(a_dead_leader_breaks_it_for_all_others),
    };
    return SYSTEM_MAIN(tests);
}
