/* SPDX-License-Identifier: MIT
 *
 * Atomic batches of every operation that can be undone, and of any two: if the last request is
 * refused, the whole world reads as before, also where any of the allocations fails. If none is
 * refused, it reads as after a batch that is not atomic.
 */
#include "mem.h"
#include "scenarios.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 2 };

/* The effect of a batch of scenarios. */
struct outcome {
    hf_status status;
    bool failed; /* an allocation has */
    struct reading after;
};

static Hf__Request *make(struct fixture f, const struct scenario *scenario) {
    Hf__Request *request = NULL;
    f.made = &request;
    (void)scenario->send(&f);
    return request;
}

struct plan {
    const struct scenario *scenarios[MOST]; /* NULL: none */
    bool atomic;
    bool refused; /* at its end */
    size_t fail_at;
};

static struct outcome run(struct plan plan) {
    struct fixture f = scenario_set_up();
    Hf__Request fine = REQUEST(f.dict, dict_contains, .key = of_string("nothing"));
    Hf__Request refused = REQUEST(f.dict, dict_get, .key = of_string("nothing"));
    Hf__Request batch = batch_of(MOST + 1, NULL, NULL, NULL);
    batch.batch->n_requests = 0;
    for (size_t i = 0; i < MOST && plan.scenarios[i]; i++) {
        batch.batch->requests[batch.batch->n_requests++] = make(f, plan.scenarios[i]);
    }
    batch.batch->requests[batch.batch->n_requests++] = plan.refused ? &refused : &fine;
    mem_fail_at(plan.fail_at);
    uint64_t id = peer_send(f.ada, plan.atomic ? atomic(batch) : batch);
    struct outcome outcome = {.failed = mem_failed()};
    mem_fail_at(0);
    const Hf__Reply *reply = peer_reply(f.ada, id);
    assert_non_null(reply);
    outcome.status = (hf_status)reply->status;
    outcome.after = scenario_read(&f);
    world_free(f.world);
    return outcome;
}

static hf_status status_of(struct plan plan) {
    struct outcome outcome = run(plan);
    free(outcome.after.bytes);
    return outcome.status;
}

/* A scenario is remembered as one that is, or is not. */
static bool can_be_undone(size_t at) {
    static char known[1024];
    assert_true(at < sizeof known);
    if (!known[at]) {
        const struct plan plan = {.scenarios = {&scenarios[at]}, .atomic = true};
        known[at] = status_of(plan) == HF_INVALID ? 'n' : 'y';
    }
    return known[at] == 'y';
}

static void must_be_same(const struct plan *plan, const struct outcome *outcome,
                         const struct reading *wanted) {
    if (!scenario_same(&outcome->after, wanted)) {
        print_error("%s, %s, allocation %zu: %s, and not what it should be\n",
                    plan->scenarios[0]->name, plan->scenarios[1] ? plan->scenarios[1]->name : "",
                    plan->fail_at, hf_status_name(outcome->status));
        fail();
    }
}

static void each(void (*check)(const struct scenario *scenario)) {
    size_t count = 0;
    for (size_t i = 0; i < scenario_count; i++) {
        if (can_be_undone(i)) {
            check(&scenarios[i]);
            count++;
        }
    }
    assert_true(count >= 40);
}

static struct reading untouched;

static void check_refused(const struct scenario *scenario) {
    struct plan plan = {.scenarios = {scenario}, .atomic = true, .refused = true};
    bool failed = true;
    while (failed) {
        struct outcome outcome = run(plan);
        assert_int_not_equal(outcome.status, HF_OK);
        must_be_same(&plan, &outcome, &untouched);
        failed = outcome.failed || plan.fail_at == 0;
        plan.fail_at++;
        free(outcome.after.bytes);
    }
}

static void a_refused_atomic_batch_has_changed_nothing(void **state) {
    (void)state;

    each(check_refused);
}

/* Every other allocation is that of one of the two alone. */
static void check_two(const struct scenario *first, const struct scenario *second) {
    struct plan plan = {.scenarios = {first, second}, .atomic = true, .refused = true};
    struct outcome outcome = run(plan);
    assert_int_not_equal(outcome.status, HF_OK);
    must_be_same(&plan, &outcome, &untouched);
    free(outcome.after.bytes);

    plan.refused = false;
    struct outcome kept = run(plan);
    plan.atomic = false;
    struct outcome wanted = run(plan);
    if (hf_ok(kept.status)) {
        assert_int_equal(kept.status, wanted.status);
        must_be_same(&plan, &kept, &wanted.after);
    } else {
        must_be_same(&plan, &kept, &untouched);
    }
    free(kept.after.bytes);
    free(wanted.after.bytes);
}

/* Operations on different types do not meet. */
static bool may_meet(const struct scenario *first, const struct scenario *second) {
    size_t len = strcspn(first->op, "_");
    return strncmp(first->op, second->op, len) == 0;
}

static const struct scenario *before;

static void check_second(const struct scenario *scenario) {
    if (may_meet(before, scenario)) {
        check_two(before, scenario);
    }
}

static void check_first(const struct scenario *scenario) {
    before = scenario;
    each(check_second);
}

static void two_requests_are_undone_or_kept_together(void **state) {
    (void)state;

    each(check_first);
}

static int read_untouched(void **state) {
    (void)state;
    struct fixture f = scenario_set_up();
    const Hf__Request last = REQUEST(f.dict, dict_get, .key = of_string("nothing"));
    assert_status(ask(f.ada, last), HF_KEY_ERROR);
    untouched = scenario_read(&f);
    world_free(f.world);
    return 0;
}

static int forget_untouched(void **state) {
    (void)state;
    free(untouched.bytes);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_atomic_batch_has_changed_nothing),
        cmocka_unit_test(two_requests_are_undone_or_kept_together),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, read_untouched, forget_untouched);
}
