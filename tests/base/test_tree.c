/* SPDX-License-Identifier: MIT
 *
 * tree: nodes are found by their numbers and in the order of these, and the tree stays flat.
 */
#include "seeded.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

enum { NODES = 300 };

struct model {
    struct tree tree;
    struct tree_node nodes[NODES]; /* the one with number 3 * i is at i */
    bool there[NODES];
};

static void add_or_remove(struct model *model, struct seeded *random) {
    size_t at = seeded_below(random, NODES);
    if (model->there[at]) {
        tree_remove(&model->tree, &model->nodes[at]);
    } else {
        tree_add(&model->tree, &model->nodes[at], 3 * at);
    }
    model->there[at] = !model->there[at];
}

static void compare(const struct model *model) {
    size_t count = 0;
    const struct tree_node *next = NULL;
    for (size_t i = NODES; i-- > 0;) {
        next = model->there[i] ? &model->nodes[i] : next;
        count += model->there[i];
        assert_ptr_equal(tree_find(&model->tree, 3 * i), model->there[i] ? next : NULL);
        assert_ptr_equal(tree_from(&model->tree, 3 * i), next);
        assert_null(tree_find(&model->tree, 3 * i + 1));
    }
    assert_int_equal(model->tree.len, count);
}

static void nodes_are_found_in_the_order_of_their_numbers(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct seeded random = {seed};
        static struct model model;
        model = (struct model){0};
        compare(&model);

        for (int step = 0; step < 2000; step++) {
            add_or_remove(&model, &random);
            if (step % 20 == 0) {
                compare(&model);
            }
        }
    }
}

static size_t deep(const struct tree_node *from, uint64_t number) {
    size_t depth = 1;
    for (; from->number != number; depth++) {
        from = number < from->number ? from->below : from->above;
    }
    return depth;
}

/* 832,040 is a Fibonacci number, at which a multiplicative hash fails. */
static void numbers_at_equal_distances_make_no_deep_tree(void **state) {
    (void)state;
    enum { COUNT = 10000 };
    static struct tree_node nodes[COUNT];
    static const uint64_t distances[] = {1, 2, 832040, (uint64_t)1 << 32};
    for (size_t d = 0; d < sizeof distances / sizeof distances[0]; d++) {
        struct tree tree = {0};
        for (uint64_t i = 0; i < COUNT; i++) {
            tree_add(&tree, &nodes[i], i * distances[d]);
        }
        size_t deepest = 0;
        for (uint64_t i = 0; i < COUNT; i++) {
            size_t depth = deep(tree.root, i * distances[d]);
            deepest = depth > deepest ? depth : deepest;
        }
        assert_in_range(deepest, 14, 60);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_found_in_the_order_of_their_numbers),
        cmocka_unit_test(numbers_at_equal_distances_make_no_deep_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
