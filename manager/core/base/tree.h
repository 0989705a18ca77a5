/* SPDX-License-Identifier: MIT
 *
 * Nodes in the order of their numbers: a treap. The caller embeds a node in what it keeps, so
 * adding needs no memory and cannot fail. Finding, adding and removing cost O(log n).
 *
 * The manager chooses the numbers. A client that knows the hash and chooses which of n of them are
 * in the tree can make it 2 * sqrt(n) deep at most, which is harmless.
 */
#ifndef HF_TREE_H
#define HF_TREE_H

#include <stddef.h>
#include <stdint.h>

struct tree_node {
    struct tree_node *below; /* with smaller numbers */
    struct tree_node *above;
    uint64_t number;
};

/** All zero is an empty one. It can be moved as bytes. */
struct tree {
    struct tree_node *root;
    size_t len;
};

/** Add a node with a number that no other has. */
void tree_add(struct tree *tree, struct tree_node *node, uint64_t number);

/** Remove a node that is in the tree. */
void tree_remove(struct tree *tree, const struct tree_node *node);

/** The node with this number; NULL: none has it. */
struct tree_node *tree_find(const struct tree *tree, uint64_t number);

/** The first node whose number is at least this; NULL: there is none. */
struct tree_node *tree_from(const struct tree *tree, uint64_t number);

#endif
