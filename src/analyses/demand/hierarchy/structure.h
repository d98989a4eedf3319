/* structure.h - from the table of groups, or from names that are paths, to a hierarchy whose
 * nodes have names. All lies in the run's arena. */
#ifndef KU_DEMAND_HIERARCHY_STRUCTURE_H
#define KU_DEMAND_HIERARCHY_STRUCTURE_H

#include "forecast/reconcile/hierarchy.h"
#include "kemudi/analysis.h"

typedef struct structure_options {
    const char *separator; /* between the parts of a path; "" when names are no paths */
    bool cross;            /* add every pair of levels that cross */
} structure_options;

typedef struct structure {
    ku_hierarchy *h;
    const char **level; /* names, h->levels + 1: the leaves' own is the last */
    const char **node;  /* names, h->nodes, each different */
    int *level_of;      /* nodes: which level, h->levels for a leaf */
    int64_t unknown;    /* leaf and level without a member */
    int64_t unused;     /* rows of groups for series that are not there */
    int same;           /* levels left out because they say the same as another */
} structure;

/* leaf[leaves]: names, ascending in byte order, all different. `groups` may be NULL or
 * empty or about other series: then the names are read as paths. KU_BAD_DATA with the row for a leaf in two
 * groups of one level, and for a path that is both a leaf and a group. */
ku_status structure_read(const ku_frame *groups, const char *const *leaf, int leaves,
                         const structure_options *options, ku_arena *arena, structure *out,
                         ku_error *err);

#endif
