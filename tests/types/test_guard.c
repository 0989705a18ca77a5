/* SPDX-License-Identifier: MIT
 *
 * Guards, whatever the operation: under a grant that is over it is refused and has changed nothing,
 * under one in force it does what it does without a guard.
 */
#include "scenarios.h"

#include "object.h"

#include <stdlib.h>
#include <string.h>

struct outcome {
    hf_status status;
    struct reading after;
};

/* How the world looks to which nothing has been done. */
static struct reading read_untouched(void) {
    struct fixture f = scenario_set_up();
    struct reading reading = scenario_read(&f);
    world_free(f.world);
    return reading;
}

enum guard { NO_GUARD, GRANT_OVER, GRANT_IN_FORCE };

static struct outcome run(const struct scenario *scenario, enum guard guard) {
    struct fixture f = scenario_set_up();
    f.guard_fence = guard == GRANT_OVER ? f.over : guard == GRANT_IN_FORCE ? f.fence : 0;
    const Hf__Reply *reply = peer_reply(f.ada, scenario->send(&f));
    assert_non_null(reply);
    struct outcome outcome = {.status = (hf_status)reply->status};
    outcome.after = scenario_read(&f);
    world_free(f.world);
    return outcome;
}

static void check(const struct scenario *scenario, const struct outcome *outcome, hf_status status,
                  const struct reading *after) {
    if (outcome->status != status || !scenario_same(&outcome->after, after)) {
        fail_msg("%s: %s, and not %s, or not what should be there afterwards", scenario->name,
                 hf_status_name(outcome->status), hf_status_name(status));
    }
}

static void every_operation_under_a_grant_that_is_over_is_refused_unchanged(void **state) {
    (void)state;
    struct reading untouched = read_untouched();

    for (size_t i = 0; i < scenario_count; i++) {
        struct outcome refused = run(&scenarios[i], GRANT_OVER);
        check(&scenarios[i], &refused, HF_STALE_FENCE, &untouched);
        free(refused.after.bytes);
    }

    free(untouched.bytes);
}

static void every_operation_under_a_grant_in_force_is_done(void **state) {
    (void)state;
    for (size_t i = 0; i < scenario_count; i++) {
        struct outcome plain = run(&scenarios[i], NO_GUARD);
        struct outcome guarded = run(&scenarios[i], GRANT_IN_FORCE);
        assert_int_not_equal(plain.status, HF_STALE_FENCE);
        check(&scenarios[i], &guarded, plain.status, &plain.after);
        free(plain.after.bytes);
        free(guarded.after.bytes);
    }
}

static bool has_scenario(unsigned tag) {
    for (size_t i = 0; i < scenario_count; i++) {
        if (strcmp(scenarios[i].op, types_op_name(tag)) == 0) {
            return true;
        }
    }
    return false;
}

static void every_operation_that_changes_something_is_among_them(void **state) {
    (void)state;
    size_t found = 0;
    for (size_t t = 0; t < type_count; t++) {
        for (size_t i = 0; i < types[t]->op_count; i++) {
            const struct op *op = &types[t]->ops[i];
            if (op->flags & OP_CHANGES && !has_scenario(op->tag)) {
                fail_msg("%s has no scenario", types_op_name(op->tag));
            }
            found += (op->flags & OP_CHANGES) != 0;
        }
    }
    assert_true(found > 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_under_a_grant_that_is_over_is_refused_unchanged),
        cmocka_unit_test(every_operation_under_a_grant_in_force_is_done),
        cmocka_unit_test(every_operation_that_changes_something_is_among_them),
    };
    return WORLD_MAIN(tests);
}
