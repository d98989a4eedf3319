/* hierarchy.c - sorting levels into chains of nested ones and laying out the nodes.
 *
 * Whether level B lies inside level A is seen from the groups: all leaves of a group of B
 * must be in the same group of A. A chain starts with the level of fewest groups and takes
 * the next finer one that lies inside its last; what is left over begins a new chain. */
#include "forecast/reconcile/hierarchy.h"

#include <string.h>

/* Whether each group of `fine` has all its leaves in one place, `coarse` telling the place. */
static bool lies_inside(const ku_level *fine, const int32_t *coarse, int leaves, int32_t *seen)
{
    for (int g = 0; g < fine->groups; g++) seen[g] = -2;
    for (int i = 0; i < leaves; i++) {
        int32_t g = fine->group[i];
        if (g < 0) continue;
        if (seen[g] == -2) seen[g] = coarse[i];
        if (seen[g] != coarse[i]) return false;
    }
    return true;
}

bool ku_level_same(const ku_level *a, const ku_level *b, int leaves, int32_t *room)
{
    if (a->groups != b->groups) return false;
    for (int i = 0; i < leaves; i++)
        if ((a->group[i] < 0) != (b->group[i] < 0)) return false;
    return lies_inside(a, b->group, leaves, room); /* as many groups, so one to one */
}

/* Indices of the levels, fewest groups first, the maker's order among equals. */
static void by_size(const ku_level *level, int levels, int *order)
{
    for (int i = 0; i < levels; i++) {
        int at = i;
        while (at > 0 && level[order[at - 1]].groups > level[i].groups) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

/* Appends one chain of levels not yet taken to given[count ...]; returns the new count.
 * `deepest` holds for each leaf its lowest node in the chain so far. */
static int grow_chain(const ku_level *level, int levels, int leaves, const int *order,
                      int32_t *seen, int32_t *deepest, bool *taken, int *given, int count)
{
    int32_t nodes = 0;
    for (int i = 0; i < leaves; i++) deepest[i] = -1;
    for (int k = 0; k < levels; k++) {
        const ku_level *l = &level[order[k]];
        if (taken[order[k]] || !lies_inside(l, deepest, leaves, seen)) continue;
        taken[order[k]] = true;
        given[count++] = order[k];
        for (int i = 0; i < leaves; i++)
            if (l->group[i] >= 0) deepest[i] = nodes + l->group[i];
        nodes += l->groups;
    }
    return count;
}

static void lay_out(ku_hierarchy *h, const ku_level *level, int *first, int32_t *member)
{
    for (int l = 0; l < h->levels; l++) {
        const ku_level *from = &level[h->given[l]];
        int32_t *to = member + (size_t)l * (size_t)h->leaves;
        first[l + 1] = first[l] + from->groups;
        for (int i = 0; i < h->leaves; i++)
            to[i] = from->group[i] < 0 ? -1 : first[l] + from->group[i];
    }
    h->aggregates = first[h->levels];
    h->nodes = h->aggregates + h->leaves;
}

static void link_up(const ku_hierarchy *h, int32_t *above, int32_t *leaf_above)
{
    size_t leaves = (size_t)h->leaves;
    for (int c = 0; c < h->chains; c++) {
        int32_t *last = leaf_above + (size_t)c * leaves;
        for (size_t i = 0; i < leaves; i++) last[i] = -1;
        for (int l = h->chain[c]; l < h->chain[c + 1]; l++)
            for (size_t i = 0; i < leaves; i++) {
                int32_t node = h->member[(size_t)l * leaves + i];
                if (node < 0) continue;
                above[node] = last[i];
                last[i] = node;
            }
    }
}

ku_hierarchy *ku_hierarchy_new(ku_arena *arena, int leaves, const ku_level *level, int levels)
{
    ku_hierarchy *h = KU_NEW(arena, ku_hierarchy);
    size_t m = (size_t)leaves, count = (size_t)levels, nodes = 0;
    int *order = KU_ARRAY(arena, count + 1, int), *given = KU_ARRAY(arena, count + 1, int);
    int *chain = KU_ARRAY(arena, count + 1, int), *first = KU_ARRAY(arena, count + 1, int);
    bool *taken = KU_ARRAY(arena, count + 1, bool);
    for (size_t l = 0; l < count; l++) nodes += (size_t)level[l].groups;
    int32_t *member = ku_arena_try(arena, (count * m + 1) * sizeof *member);
    int32_t *above = ku_arena_try(arena, (nodes + 1) * sizeof *above);
    int32_t *seen = ku_arena_try(arena, 2 * (m + 1) * sizeof *seen);
    if (!member || !above || !seen) return NULL;
    by_size(level, levels, order);
    h->leaves = leaves;
    h->levels = levels;
    for (int done = 0; done < levels;) {
        done = grow_chain(level, levels, leaves, order, seen, seen + m + 1, taken, given, done);
        chain[++h->chains] = done;
    }
    h->given = given;
    h->chain = chain;
    lay_out(h, level, first, member);
    h->first = first;
    h->member = member;
    int32_t *leaf_above = ku_arena_try(arena, ((size_t)h->chains * m + 1) * sizeof *leaf_above);
    if (!leaf_above) return NULL;
    link_up(h, above, leaf_above);
    h->above = above;
    h->leaf_above = leaf_above;
    return h;
}

void ku_hierarchy_sum(const ku_hierarchy *h, const double *leaf, double *y)
{
    memset(y, 0, (size_t)h->aggregates * sizeof *y);
    for (int l = 0; l < h->levels; l++) {
        const int32_t *member = h->member + (size_t)l * (size_t)h->leaves;
        for (int i = 0; i < h->leaves; i++)
            if (member[i] >= 0) y[member[i]] += leaf[i];
    }
}

void ku_hierarchy_spread(const ku_hierarchy *h, const double *x, double *leaf)
{
    memset(leaf, 0, (size_t)h->leaves * sizeof *leaf);
    for (int l = 0; l < h->levels; l++) {
        const int32_t *member = h->member + (size_t)l * (size_t)h->leaves;
        for (int i = 0; i < h->leaves; i++)
            if (member[i] >= 0) leaf[i] += x[member[i]];
    }
}

int ku_hierarchy_total(const ku_hierarchy *h)
{
    for (int l = 0; l < h->levels; l++) {
        const int32_t *member = h->member + (size_t)l * (size_t)h->leaves;
        int i = 0;
        while (i < h->leaves && member[i] == h->first[l]) i++;
        if (i == h->leaves) return h->first[l];
    }
    return -1;
}
