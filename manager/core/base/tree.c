/* SPDX-License-Identifier: MIT
 *
 * See tree.h. A hash of its number is the rank of a node, and a node ranks above those below it: so
 * the tree has the shape of one whose nodes were added in random order.
 */
#include "tree.h"

#include <assert.h>
#include <stdbool.h>

/* The end of MurmurHash3: numbers at equal distances get unrelated ranks. */
static uint64_t tree_rank(uint64_t number) {
    number = (number ^ number >> 33) * 0xff51afd7ed558ccdu;
    number = (number ^ number >> 33) * 0xc4ceb9fe1a85ec53u;
    return number ^ number >> 33;
}

static bool tree_ranks_above(const struct tree_node *a, const struct tree_node *b) {
    uint64_t rank_a = tree_rank(a->number);
    uint64_t rank_b = tree_rank(b->number);
    return rank_a != rank_b ? rank_a > rank_b : a->number > b->number;
}

/* The smaller numbers of a tree go to *below, the larger ones to *above. */
static void tree_split(struct tree_node *node, uint64_t number, struct tree_node **below,
                       struct tree_node **above) {
    while (node) {
        assert(node->number != number);
        if (node->number < number) {
            *below = node;
            below = &node->above;
            node = node->above;
        } else {
            *above = node;
            above = &node->below;
            node = node->below;
        }
    }
    *below = NULL;
    *above = NULL;
}

void tree_add(struct tree *tree, struct tree_node *node, uint64_t number) {
    struct tree_node **link = &tree->root;
    node->number = number;
    while (*link && tree_ranks_above(*link, node)) {
        assert((*link)->number != number);
        link = number < (*link)->number ? &(*link)->below : &(*link)->above;
    }
    tree_split(*link, number, &node->below, &node->above);
    *link = node;
    tree->len++;
}

void tree_remove(struct tree *tree, const struct tree_node *node) {
    struct tree_node **link = &tree->root;
    while (*link != node) {
        assert(*link);
        link = node->number < (*link)->number ? &(*link)->below : &(*link)->above;
    }
    struct tree_node *below = node->below;
    struct tree_node *above = node->above;
    while (below && above) {
        if (tree_ranks_above(below, above)) {
            *link = below;
            link = &below->above;
            below = below->above;
        } else {
            *link = above;
            link = &above->below;
            above = above->below;
        }
    }
    *link = below ? below : above;
    assert(tree->len > 0);
    tree->len--;
}

struct tree_node *tree_from(const struct tree *tree, uint64_t number) {
    struct tree_node *found = NULL;
    for (struct tree_node *node = tree->root; node;) {
        if (node->number >= number) {
            found = node;
            node = node->below;
        } else {
            node = node->above;
        }
    }
    return found;
}

struct tree_node *tree_find(const struct tree *tree, uint64_t number) {
    struct tree_node *found = tree_from(tree, number);
    return found && found->number == number ? found : NULL;
}
