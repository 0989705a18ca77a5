/* SPDX-License-Identifier: MIT
 *
 * heap: the earliest comes out first, equal ones in order, and any can be taken out.
 */
#include "heap.h"
#include "mem.h"
#include "seeded.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NODES = 300 };

struct model {
    struct heap_node nodes[NODES];
    uint64_t order[NODES]; /* when it went in; 0: it is out */
    uint64_t next;
};

/* The node that has to be on top, found the slow way; NODES: none. */
static size_t earliest(const struct model *model) {
    size_t best = NODES;
    for (size_t i = 0; i < NODES; i++) {
        if (model->order[i] == 0) {
            continue;
        }
        if (best == NODES || model->nodes[i].due < model->nodes[best].due ||
            (model->nodes[i].due == model->nodes[best].due &&
             model->order[i] < model->order[best])) {
            best = i;
        }
    }
    return best;
}

static void the_top_is_always_the_earliest(void **state) {
    (void)state;
    size_t before = mem_used();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct seeded random = {seed};
        struct model model = {.next = 1};
        struct heap heap;
        heap_init(&heap);

        for (int step = 0; step < 3000; step++) {
            size_t i = seeded_below(&random, NODES);
            if (model.order[i] == 0) {
                assert_true(
                    heap_add(&heap, &model.nodes[i], (int64_t)seeded_below(&random, 50) - 25));
                model.order[i] = model.next++;
            } else {
                heap_remove(&heap, &model.nodes[i]);
                model.order[i] = 0;
            }
            size_t top = earliest(&model);
            assert_ptr_equal(heap_top(&heap), top < NODES ? &model.nodes[top] : NULL);
        }

        while (heap_top(&heap)) {
            size_t top = earliest(&model);
            assert_ptr_equal(heap_top(&heap), &model.nodes[top]);
            heap_remove(&heap, &model.nodes[top]);
            model.order[top] = 0;
        }
        heap_fini(&heap);
    }
    assert_int_equal(mem_used(), before);
}

static void removing_what_is_not_in_it_does_nothing(void **state) {
    (void)state;
    struct heap heap;
    heap_init(&heap);
    struct heap_node in = {0};
    struct heap_node out = {0};
    assert_null(heap_top(&heap));
    assert_true(heap_add(&heap, &in, INT64_MAX));

    heap_remove(&heap, &out);
    assert_ptr_equal(heap_top(&heap), &in);
    heap_remove(&heap, &in);
    heap_remove(&heap, &in);

    assert_null(heap_top(&heap));
    heap_fini(&heap);
}

static void without_memory_a_node_stays_out(void **state) {
    (void)state;
    struct heap heap;
    heap_init(&heap);
    struct heap_node node = {0};

    mem_fail_at(1);
    assert_false(heap_add(&heap, &node, 5));
    assert_null(heap_top(&heap));
    assert_true(heap_add(&heap, &node, 6));

    assert_int_equal(heap_top(&heap)->due, 6);
    heap_remove(&heap, &node);
    heap_fini(&heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_top_is_always_the_earliest),
        cmocka_unit_test(removing_what_is_not_in_it_does_nothing),
        cmocka_unit_test(without_memory_a_node_stays_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
