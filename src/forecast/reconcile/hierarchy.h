/* hierarchy.h - which leaves add up to which nodes, kept sparse: never a matrix of nodes
 * by leaves. A hierarchy lives in the arena it was built in.
 *
 * A leaf is the smallest thing forecast. A level divides the leaves into groups (all
 * together, product groups, countries); every group is a node. Levels may lie inside each
 * other or cross. The nodes of the levels come first, then the leaves:
 * node = 0 .. aggregates - 1 are sums, aggregates + i is leaf i. */
#ifndef KU_FORECAST_RECONCILE_HIERARCHY_H
#define KU_FORECAST_RECONCILE_HIERARCHY_H

#include <stdbool.h>
#include <stdint.h>

#include "kemudi/arena.h"

/* One level as its maker knows it: group[i] is the group of leaf i, 0 .. groups - 1, or -1
 * where the leaf is in none (a branch that ends early). Every group has a leaf. */
typedef struct ku_level {
    const int32_t *group;
    int groups;
} ku_level;

/* Levels are sorted into chains. Within a chain each level lies inside the one before
 * (total, group, product), so a chain is a tree, or several, over the leaves. A
 * hierarchy proper is one chain; crossed levels make more. */
typedef struct ku_hierarchy {
    int leaves, aggregates, nodes;
    int levels;            /* of aggregates */
    const int *given;      /* levels: index in the list that the maker gave */
    const int *first;      /* levels + 1: the level's first node; its group k is first + k */
    const int32_t *member; /* levels x leaves: node or -1 */
    int chains;
    const int *chain;          /* chains + 1: the chain's first level */
    const int32_t *above;      /* aggregates: the node above in its chain, -1 at the top */
    const int32_t *leaf_above; /* chains x leaves: the lowest node over the leaf, or -1 */
} ku_hierarchy;

/* Builds the hierarchy of these levels (copied). NULL when the memory does not suffice. */
ku_hierarchy *ku_hierarchy_new(ku_arena *arena, int leaves, const ku_level *level, int levels);

/* y[aggregates]: the sums of leaf[leaves]; S without its lower part. */
void ku_hierarchy_sum(const ku_hierarchy *h, const double *leaf, double *y);
/* leaf[i] = sum of x[aggregates] over the nodes of leaf i. */
void ku_hierarchy_spread(const ku_hierarchy *h, const double *x, double *leaf);
/* The node that holds every leaf, or -1. */
int ku_hierarchy_total(const ku_hierarchy *h);
/* Whether both levels divide the leaves in the same way; room for a->groups numbers. */
bool ku_level_same(const ku_level *a, const ku_level *b, int leaves, int32_t *room);

#endif
