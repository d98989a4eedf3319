/* structure.c - which leaves make which groups.
 *
 * People keep this in two ways. A table says of each product which group, country, channel
 * it belongs to, one row a product and level: levels may then cross. Or the name of a series
 * is a path, "Total/Drinks/Tea". Both become lists of levels. A level that divides the
 * leaves like another one, or leaves each alone, adds nothing and is left out. */
#include "analyses/demand/hierarchy/structure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEVELS = 60 };

/* A level being made. */
typedef struct draft {
    const char *name;
    int32_t *group;      /* leaves; -1: none */
    const char **member; /* names of the groups */
    int groups;
} draft;

typedef struct drafting {
    ku_arena *arena;
    const char *const *leaf;
    int leaves, count;
    int64_t used; /* rows of the table about a leaf */
    draft level[MOST_LEVELS];
    structure *out;
    ku_error *err;
} drafting;

static ku_status no_memory(const drafting *d)
{
    return ku_error_set(d->err, KU_NO_MEMORY, "groups", "too many groups for the memory");
}

static ku_status add_level(drafting *d, const char *name, int most_groups, draft **to)
{
    if (d->count == MOST_LEVELS)
        return ku_error_set(d->err, KU_BAD_DATA, "groups",
                            "more than %d levels; expected a few, such as group and country",
                            MOST_LEVELS);
    draft *level = &d->level[d->count++];
    level->name = name;
    level->groups = 0;
    level->group = ku_arena_try(d->arena, ((size_t)d->leaves + 1) * sizeof *level->group);
    level->member = ku_arena_try(d->arena, ((size_t)most_groups + 1) * sizeof *level->member);
    if (!level->group || !level->member) return no_memory(d);
    for (int i = 0; i < d->leaves; i++) level->group[i] = -1;
    *to = level;
    return KU_OK;
}

static ku_status add_total(drafting *d, const char *name)
{
    draft *total;
    KU_TRY(add_level(d, name, 1, &total));
    for (int i = 0; i < d->leaves; i++) total->group[i] = 0;
    total->member[total->groups++] = name;
    return KU_OK;
}

/* ---- paths ------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The leaf of that name, or -1. */
static int find_leaf(const drafting *d, const char *name)
{
    const char *const *found = bsearch(&name, d->leaf, (size_t)d->leaves, sizeof *d->leaf,
                                       compare_names);
    return found ? (int)(found - d->leaf) : -1;
}

/* Length of the first `parts` parts of a path with the separator behind them; 0 when the
 * path has no more parts than that, so that they are the whole name. */
static size_t part_length(const char *path, const char *separator, int parts)
{
    const char *at = path;
    for (int k = 0; k < parts; k++) {
        at = strstr(at, separator);
        if (at == NULL) return 0;
        at += strlen(separator);
    }
    return *at == '\0' ? 0 : (size_t)(at - path);
}

/* Names are sorted, so the leaves of a group stand together. */
static ku_status add_path_level(drafting *d, const char *separator, int parts, bool *found)
{
    draft *level;
    size_t last = 0, gap = strlen(separator);
    KU_TRY(add_level(d, ku_arena_printf(d->arena, "Level %d", parts), d->leaves, &level));
    for (int i = 0; i < d->leaves; i++) {
        size_t length = part_length(d->leaf[i], separator, parts);
        if (length == 0) continue;
        const char *before = i > 0 ? d->leaf[i - 1] : "";
        if (level->groups == 0 || length != last || strncmp(before, d->leaf[i], length) != 0) {
            char *name = ku_arena_strndup(d->arena, d->leaf[i], length - gap);
            if (find_leaf(d, name) >= 0)
                return ku_error_set(d->err, KU_BAD_DATA, "series",
                                    "\"%s\" is a series and also the group of \"%s\"; expected"
                                    " only series that are not sums of others",
                                    name, d->leaf[i]);
            level->member[level->groups++] = name;
        }
        level->group[i] = level->groups - 1;
        last = length;
    }
    *found = level->groups > 0;
    if (!*found) d->count--;
    return KU_OK;
}

static ku_status read_paths(drafting *d, const char *separator)
{
    bool more = separator[0] != '\0';
    for (int parts = 1; more; parts++) KU_TRY(add_path_level(d, separator, parts, &more));
    return KU_OK;
}

/* ---- a table of groups --------------------------------------------------------------------- */

/* Leaf of each series code of the table, -1 where it is none. */
static int *leaves_of_codes(const drafting *d, const ku_dictionary *names)
{
    int *leaf = KU_ARRAY(d->arena, (size_t)names->size + 1, int);
    ku_arena *scratch = ku_arena_new();
    for (int32_t i = 0; i < names->size && scratch; i++) {
        int32_t length;
        const char *text = ku_dictionary_at(names, i, &length);
        leaf[i] = find_leaf(d, ku_arena_strndup(scratch, text, (size_t)length));
        ku_arena_reset(scratch);
    }
    ku_arena_free(scratch);
    return leaf;
}

static char *text_of(const drafting *d, const ku_dictionary *names, int32_t code)
{
    int32_t length;
    const char *text = ku_dictionary_at(names, code, &length);
    return ku_arena_strndup(d->arena, text, (size_t)length);
}

static ku_status two_members(const drafting *d, const draft *level, int leaf, const char *other,
                             int64_t row)
{
    char where[64];
    snprintf(where, sizeof where, "groups, row %lld", (long long)row + 1);
    return ku_error_set(d->err, KU_BAD_DATA, where,
                        "the series \"%s\" is in \"%s\" and in \"%s\" of the level \"%s\";"
                        " expected one group a level",
                        d->leaf[leaf], level->member[level->group[leaf]], other, level->name);
}

/* The members of one level, given by its code. */
static ku_status read_level(drafting *d, const ku_frame *table, const int *leaf, int32_t code,
                            int32_t *group_of)
{
    const ku_column *series = ku_frame_column(table, "series");
    const ku_column *level_column = ku_frame_column(table, "level");
    const ku_column *member = ku_frame_column(table, "member");
    draft *level;
    KU_TRY(add_level(d, text_of(d, &level_column->dictionary, code), d->leaves + 1, &level));
    for (int32_t i = 0; i < member->dictionary.size; i++) group_of[i] = -1;
    for (int64_t row = 0; row < table->rows; row++) {
        if (level_column->as.codes[row] != code || !ku_column_valid(member, row)) continue;
        int at = leaf[series->as.codes[row]];
        int32_t name = member->as.codes[row];
        if (at < 0) {
            d->out->unused++;
            continue;
        }
        d->used++;
        if (level->group[at] >= 0 && level->group[at] != group_of[name])
            return two_members(d, level, at, text_of(d, &member->dictionary, name), row);
        if (group_of[name] < 0) {
            group_of[name] = level->groups;
            level->member[level->groups++] = text_of(d, &member->dictionary, name);
        }
        level->group[at] = group_of[name];
    }
    if (level->groups == 0) d->count--;
    return KU_OK;
}

/* Leaves that a level does not mention get a group of their own, so that its groups add up
 * to the total. */
static void place_unknown(drafting *d, draft *level)
{
    int32_t group = -1;
    for (int i = 0; i < d->leaves; i++) {
        if (level->group[i] >= 0) continue;
        if (group < 0) {
            group = level->groups;
            level->member[level->groups++] = "(not known)";
        }
        level->group[i] = group;
        d->out->unknown++;
    }
}

static ku_status read_table(drafting *d, const ku_frame *table)
{
    const ku_column *series = ku_frame_column(table, "series");
    const ku_column *level = ku_frame_column(table, "level");
    const ku_column *member = ku_frame_column(table, "member");
    int *leaf = leaves_of_codes(d, &series->dictionary);
    int32_t *group_of = KU_ARRAY(d->arena, (size_t)member->dictionary.size + 1, int32_t);
    bool *done = KU_ARRAY(d->arena, (size_t)level->dictionary.size + 1, bool);
    for (int64_t row = 0; row < table->rows; row++) {
        int32_t code = level->as.codes[row];
        if (done[code]) continue;
        done[code] = true;
        int before = d->count;
        KU_TRY(read_level(d, table, leaf, code, group_of));
        if (d->count > before) place_unknown(d, &d->level[before]);
    }
    return KU_OK;
}

/* ---- crossing -------------------------------------------------------------------------------- */

typedef struct pair {
    int32_t a, b;
    int leaf;
} pair;

static int compare_pairs(const void *x_, const void *y_)
{
    const pair *x = x_, *y = y_;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    return (x->leaf > y->leaf) - (x->leaf < y->leaf);
}

/* The level of all pairs of groups of levels i and j that have leaves. */
static ku_status add_pairs(drafting *d, int i, int j)
{
    const draft a = d->level[i], b = d->level[j];
    draft *level;
    int count = 0;
    pair *list = ku_arena_try(d->arena, ((size_t)d->leaves + 1) * sizeof *list);
    if (list == NULL) return no_memory(d);
    KU_TRY(add_level(d, ku_arena_printf(d->arena, "%s, %s", a.name, b.name), d->leaves, &level));
    for (int k = 0; k < d->leaves; k++)
        if (a.group[k] >= 0 && b.group[k] >= 0) list[count++] = (pair){a.group[k], b.group[k], k};
    qsort(list, (size_t)count, sizeof *list, compare_pairs);
    for (int k = 0; k < count; k++) {
        if (k == 0 || list[k].a != list[k - 1].a || list[k].b != list[k - 1].b)
            level->member[level->groups++] = ku_arena_printf(
                d->arena, "%s, %s", a.member[list[k].a], b.member[list[k].b]);
        level->group[list[k].leaf] = level->groups - 1;
    }
    return KU_OK;
}

/* ---- putting together ------------------------------------------------------------------------- */

static bool every_leaf_alone(const draft *level, int leaves)
{
    return level->groups == leaves;
}

static bool says_the_same(const draft *a, const draft *b, int leaves, int32_t *room)
{
    ku_level x = {a->group, a->groups}, y = {b->group, b->groups};
    return ku_level_same(&x, &y, leaves, room);
}

/* Leaves out levels [from, count) that add nothing. */
static void drop_repeated(drafting *d, int from, int32_t *room, bool told)
{
    int kept = from;
    for (int l = from; l < d->count; l++) {
        bool same = every_leaf_alone(&d->level[l], d->leaves) && d->leaves > 1;
        for (int k = 0; k < kept && !same; k++)
            same = says_the_same(&d->level[l], &d->level[k], d->leaves, room);
        if (!same)
            d->level[kept++] = d->level[l];
        else if (told)
            d->out->same++;
    }
    d->count = kept;
}

static ku_status cross_levels(drafting *d, int32_t *room)
{
    int plain = d->count;
    for (int i = 1; i < plain; i++)
        for (int j = i + 1; j < plain; j++) {
            int before = d->count;
            KU_TRY(add_pairs(d, i, j));
            drop_repeated(d, before, room, false); /* nested levels make no pairs of their own */
        }
    return KU_OK;
}

static int compare_spots(const void *a, const void *b)
{
    const char *const *const *x = a, *const *const *y = b;
    int order = strcmp(**x, **y);
    return order ? order : (*x > *y) - (*x < *y);
}

/* Names that several nodes bear get their level behind them. */
static void tell_apart(structure *s, ku_arena *arena)
{
    size_t n = (size_t)s->h->nodes;
    const char ***spot = KU_ARRAY(arena, n + 1, const char **);
    bool *shared = KU_ARRAY(arena, n + 1, bool);
    for (size_t i = 0; i < n; i++) spot[i] = &s->node[i];
    qsort(spot, n, sizeof *spot, compare_spots);
    for (size_t i = 0; i + 1 < n; i++)
        if (strcmp(*spot[i], *spot[i + 1]) == 0)
            shared[spot[i] - s->node] = shared[spot[i + 1] - s->node] = true;
    for (size_t i = 0; i < n; i++)
        if (shared[i])
            s->node[i] = ku_arena_printf(arena, "%s (%s)", s->node[i], s->level[s->level_of[i]]);
}

static ku_status build(drafting *d)
{
    structure *s = d->out;
    ku_level *levels = KU_ARRAY(d->arena, (size_t)d->count, ku_level);
    for (int l = 0; l < d->count; l++)
        levels[l] = (ku_level){d->level[l].group, d->level[l].groups};
    s->h = ku_hierarchy_new(d->arena, d->leaves, levels, d->count);
    if (s->h == NULL) return no_memory(d);
    size_t n = (size_t)s->h->nodes;
    s->level = KU_ARRAY(d->arena, (size_t)d->count + 1, const char *);
    s->node = KU_ARRAY(d->arena, n, const char *);
    s->level_of = KU_ARRAY(d->arena, n, int);
    for (int l = 0; l < s->h->levels; l++) {
        const draft *from = &d->level[s->h->given[l]];
        s->level[l] = from->name;
        for (int g = 0; g < from->groups; g++) {
            s->node[s->h->first[l] + g] = from->member[g];
            s->level_of[s->h->first[l] + g] = l;
        }
    }
    s->level[s->h->levels] = "Single series";
    for (int i = 0; i < d->leaves; i++) {
        s->node[s->h->aggregates + i] = d->leaf[i];
        s->level_of[s->h->aggregates + i] = s->h->levels;
    }
    tell_apart(s, d->arena);
    return KU_OK;
}

ku_status structure_read(const ku_frame *groups, const char *const *leaf, int leaves,
                         const structure_options *options, ku_arena *arena, structure *out,
                         ku_error *err)
{
    drafting *d = KU_NEW(arena, drafting);
    *out = (structure){0};
    *d = (drafting){.arena = arena, .leaf = leaf, .leaves = leaves, .out = out, .err = err};
    int32_t *room = ku_arena_try(arena, ((size_t)leaves + 2) * sizeof *room);
    if (room == NULL) return no_memory(d);
    KU_TRY(add_total(d, "Total"));
    if (groups != NULL && groups->rows > 0) KU_TRY(read_table(d, groups));
    if (d->used == 0) KU_TRY(read_paths(d, options->separator));
    drop_repeated(d, 1, room, true);
    if (options->cross) KU_TRY(cross_levels(d, room));
    return build(d);
}
