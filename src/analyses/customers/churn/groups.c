/* groups.c - how many leave, by segment, time as a customer and the like: what was seen on past
 * dates, and what is expected of those who are with us now. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/churn/outlook.h"

enum { MOST_GROUPS = 30 };

typedef struct band {
    const char *name;
    double below;
} band;

/* Whole days; purchases; usual pauses. */
static const band tenure_bands[] = {{"under 3 months", 91},
                                    {"3 to 6 months", 183},
                                    {"6 to 12 months", 365},
                                    {"1 to 2 years", 731},
                                    {"2 years and more", INFINITY}};
static const band purchase_bands[] = {{"1 purchase", 2},
                                      {"2 purchases", 3},
                                      {"3 to 5", 6},
                                      {"6 to 10", 11},
                                      {"more than 10", INFINITY}};
static const band silence_bands[] = {{"within half the usual pause", 0.5},
                                     {"within the usual pause", 1},
                                     {"1 to 2 usual pauses", 2},
                                     {"2 to 3 usual pauses", 3},
                                     {"more than 3 usual pauses", INFINITY}};

typedef struct group {
    const char *name;
    double seen, left; /* rows of past dates */
    total now;
} group;

typedef struct dimension {
    const char *name;
    const band *bands; /* or */
    const factor *factor;
    double (*value)(const design *d, int64_t row);
    int count;
    group *group;
    int32_t *of_code; /* group of a dictionary code; the last group is the others */
} dimension;

static double tenure_of(const design *d, int64_t row)
{
    return ku_column_number(d->tenure, row);
}

static double purchases_of(const design *d, int64_t row)
{
    return ku_column_number(d->purchases, row);
}

static double silence_of(const design *d, int64_t row)
{
    return design_value(d, DRIVER_SILENCE, row);
}

static group *find(const dimension *dim, const design *d, int64_t row)
{
    if (dim->factor != NULL) {
        bool known = ku_column_valid(dim->factor->column, row);
        return &dim->group[known ? dim->of_code[dim->factor->column->as.codes[row]]
                                 : dim->count - 1];
    }
    if (dim->bands == NULL) return &dim->group[0];
    double value = dim->value(d, row);
    int g = 0;
    while (!(value < dim->bands[g].below) && g < dim->count - 1) g++;
    return &dim->group[g];
}

/* ---- making the groups ---------------------------------------------------------------------- */

static void new_groups(const outlook *o, dimension *dim)
{
    dim->group = KU_ARRAY(ku_run_arena(o->context), (size_t)dim->count, group);
    for (int g = 0; g < dim->count; g++) sum_new(o, &dim->group[g].now);
}

static void make_bands(const outlook *o, dimension *dim)
{
    new_groups(o, dim);
    for (int g = 0; g < dim->count; g++)
        dim->group[g].name = dim->bands != NULL ? dim->bands[g].name : "All customers";
}

typedef struct counted {
    int64_t rows;
    int32_t code;
} counted;

static int by_rows(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->rows != y->rows) return x->rows < y->rows ? 1 : -1;
    return (x->code > y->code) - (x->code < y->code);
}

/* The largest among those active now by name, then one for the others. */
static void make_named(const outlook *o, dimension *dim)
{
    const ku_column *column = dim->factor->column;
    ku_arena *arena = ku_run_arena(o->context);
    size_t codes = (size_t)column->dictionary.size;
    counted *count = KU_ARRAY(arena, codes + 1, counted);
    for (size_t c = 0; c < codes; c++) count[c].code = (int32_t)c;
    for (size_t i = 0; i < o->d->active; i++)
        if (ku_column_valid(column, o->d->active_row[i]))
            count[column->as.codes[o->d->active_row[i]]].rows++;
    qsort(count, codes, sizeof *count, by_rows);
    int named = 0;
    while (named < MOST_GROUPS && (size_t)named < codes && count[named].rows > 0) named++;
    dim->count = named + 1;
    new_groups(o, dim);
    dim->of_code = KU_ARRAY(arena, codes + 1, int32_t);
    for (size_t c = 0; c < codes; c++) dim->of_code[c] = named;
    for (int g = 0; g < named; g++) {
        int32_t length;
        const char *name = ku_dictionary_at(&column->dictionary, count[g].code, &length);
        dim->group[g].name = ku_arena_strndup(arena, name, (size_t)length);
        dim->of_code[count[g].code] = g;
    }
    dim->group[named].name = "Others, or not known";
}

/* ---- the table -------------------------------------------------------------------------------- */

static void put_group(const outlook *o, const dimension *dim, const group *g, ku_frame_builder *to)
{
    estimate seen = churn_share(g->left, g->seen), leave = sum_leave(o, &g->now);
    estimate stake = sum_at_stake(o, &g->now);
    const double value[] = {seen.value, seen.lo, seen.hi, leave.value, leave.lo, leave.hi};
    ku_build_text(to, 0, dim->name);
    ku_build_text(to, 1, g->name);
    ku_build_int(to, 2, (int64_t)g->now.customers);
    for (int k = 0; k < 6; k++) ku_build_double(to, 3 + k, value[k]);
    ku_build_double(to, 9, g->now.customers > 0 ? g->now.leave : NAN);
    ku_build_double(to, 10, stake.value);
    ku_build_double(to, 11, stake.lo);
    ku_build_double(to, 12, stake.hi);
    ku_build_row(to);
}

/* Every customer into a group of each dimension. */
static void add_all(const outlook *o, dimension *all, size_t dimensions)
{
    double x[DESIGN_DENSE] = {0};
    int32_t level[FACTORS];
    for (size_t i = 0; i < o->d->learn; i++)
        for (size_t k = 0; k < dimensions; k++) {
            group *g = find(&all[k], o->d, o->d->learn_row[i]);
            g->seen++;
            g->left += o->h->left[i];
        }
    for (size_t i = 0; i < o->d->active; i++) {
        design_row(o->d, o->d->active_row[i], x, level);
        ku_glm_rows one = design_single(o->d, x, level);
        for (size_t k = 0; k < dimensions; k++)
            sum_add_row(o, i, &one, &find(&all[k], o->d, o->d->active_row[i])->now);
    }
}

static void put_dimension(const outlook *o, const dimension *dim, ku_frame_builder *to)
{
    if (dim->factor != NULL && dim->count < 3) return; /* one name tells nothing */
    for (int g = 0; g < dim->count; g++)
        if (dim->group[g].now.customers > 0 || dim->group[g].seen > 0)
            put_group(o, dim, &dim->group[g], to);
}

ku_status groups_put(const outlook *o, ku_frames *out, ku_error *err)
{
    dimension all[4 + FACTORS] = {
        {.name = "Time as a customer", .bands = tenure_bands, .value = tenure_of, .count = 5},
        {.name = "Purchases so far", .bands = purchase_bands, .value = purchases_of, .count = 5},
        {.name = "Silence", .bands = silence_bands, .value = silence_of, .count = 5}};
    for (int f = 0; f < FACTORS; f++)
        all[3 + f] = (dimension){.name = factor_names[f], .factor = &o->d->factor[f]};
    all[3 + FACTORS] = (dimension){.name = "All", .count = 1};
    ku_frame_builder *to = ku_run_output(o->context, "hazard");
    size_t dimensions = sizeof all / sizeof *all;
    for (size_t k = 0; k < dimensions; k++)
        if (all[k].factor != NULL)
            make_named(o, &all[k]);
        else
            make_bands(o, &all[k]);
    add_all(o, all, dimensions);
    for (size_t k = 0; k < dimensions; k++) put_dimension(o, &all[k], to);
    return ku_frames_add_built(out, to, err);
}
