/* project.c - completing a triangle by a model of its cells.
 *
 * The mean of a cell is size x h(course(age) + level of the cohort + level of the period +
 * season). Age, period and cohort cannot be told apart in their straight lines (period =
 * cohort + age); here the straight line belongs to age, and levels are held near zero by as
 * much as the data say, the level of a cohort also by how fast it fades. Periods to come are coefficients too: they have a prior and no data,
 * so that their uncertainty is in every forecast without a further formula. The same is true
 * of ages nobody has reached. The variances themselves are known only from so many periods; as
 * with Student's t this widens what comes from them.
 *
 * The chain ladder as an overdispersed Poisson model is the same machine with a free factor
 * for each cohort and each age (England & Verrall 2002, section 2.3). */
#include "analyses/customers/cohorts/project.h"

#include <math.h>
#include <string.h>

#include "analyses/customers/cohorts/effects.h"
#include "analyses/customers/cohorts/ladder.h"

static const double memory = 0.8; /* of the level of a period in the next */

typedef struct design {
    const triangle *t;
    bool shares;
    project_method method;
    int ages, horizon;                                             /* horizon: periods to come */
    int slope, old, cohort, drift, period, season, knot, unknowns; /* first coefficients; -1 none */
    int knots;
    double *knot_age;
    const double *offset; /* by age, or NULL */
    effects_model model;
    double scale;
} design;

const char *project_name(project_method method)
{
    static const char *const names[PROJECT_METHODS] = {"smooth", "beta-geometric", "average",
                                                       "chain-ladder", "poisson"};
    return names[method];
}

/* ---- coefficients ------------------------------------------------------------------------- */

/* Ages 1, 2, 3, 4, 6, 8, 12, 16, 24, ...: the course over age bends there. */
static void place_knots(design *d, ku_arena *arena)
{
    d->knot_age = KU_ARRAY(arena, 64, double);
    d->knots = 0;
    for (int age = 1, step = 1; d->knots < 64; age += step) {
        d->knot_age[d->knots++] = age;
        if (age >= d->ages - 1) break;
        if ((age & (age - 1)) == 0 && age >= 4) step = age / 2;
    }
}

static void lay_out(design *d)
{
    int next = 1, periods = d->t->periods;
    d->slope = d->old = d->season = d->knot = d->period = -1;
    if (d->method == PROJECT_POISSON) {
        d->cohort = next; /* cohorts 1.. against cohort 0 */
        next += periods - 1;
        d->knot = next; /* ages 1.. against age 0 */
        next += d->ages - 1;
        d->unknowns = next;
        return;
    }
    d->slope = next++;
    d->old = next++;

    d->cohort = next;
    next += periods;
    d->drift = next;
    next += periods;
    d->period = next; /* periods 1 .. periods - 1 + horizon */
    next += periods - 1 + d->horizon;
    if (d->method == PROJECT_SMOOTH && d->knots > 1) {
        d->knot = next;
        next += d->knots - 1;
    }
    if (d->t->season > 1 && 4 * periods >= 5 * d->t->season) {
        d->season = next;
        next += d->t->season;
    }
    d->unknowns = next;
}

static void add_term(effects_row *row, int at, double by)
{
    row->at[row->terms] = at;
    row->by[row->terms++] = by;
}

/* Between two knots the course is a straight line in ln(age). */
static void add_knots(const design *d, int age, effects_row *row)
{
    int right = 1;
    while (right < d->knots - 1 && d->knot_age[right] < age) right++;
    double from = log(d->knot_age[right - 1]), to = log(d->knot_age[right]);
    double part = fmin(1, fmax(0, (log(age) - from) / (to - from)));
    if (right > 1 && part < 1) add_term(row, d->knot + right - 2, 1 - part);
    if (part > 0) add_term(row, d->knot + right - 1, part);
}

/* cohort -1: a new cohort of usual level, in usual times. */
static effects_row row_of(const design *d, int cohort, int age)
{
    effects_row row = {.terms = 0};
    add_term(&row, 0, 1);
    if (d->method == PROJECT_POISSON) {
        if (cohort > 0) add_term(&row, d->cohort + cohort - 1, 1);
        if (age > 0) add_term(&row, d->knot + age - 1, 1);
        return row;
    }
    add_term(&row, d->slope, log(age));
    if (d->knot >= 0) add_knots(d, age, &row);
    if (cohort < 0) return row;
    if (cohort == 0) add_term(&row, d->old, 1);
    add_term(&row, d->cohort + cohort, 1);
    if (age > 1) add_term(&row, d->drift + cohort, log(age));
    add_term(&row, d->period + cohort + age - 1, 1);
    if (d->season >= 0) add_term(&row, d->season + (d->t->phase + cohort + age) % d->t->season, 1);
    return row;
}

/* ---- priors ------------------------------------------------------------------------------- */

static void add_block(design *d, int first, int count, double *diagonal, double *beside)
{
    d->model.block[d->model.blocks++] = (effects_block){
        .first = first, .count = count, .diagonal = diagonal, .beside = beside, .variance = 0.05};
}

static void add_plain_block(design *d, int first, int count, ku_arena *arena)
{
    double *diagonal = KU_ARRAY(arena, (size_t)count, double);
    double *beside = KU_ARRAY(arena, (size_t)count, double);
    for (int i = 0; i < count; i++) diagonal[i] = 1;
    add_block(d, first, count, diagonal, beside);
}

/* A level that keeps `memory` of itself from period to period, of variance 1. */
static void add_level_block(design *d, int first, int count, ku_arena *arena)
{
    double *diagonal = KU_ARRAY(arena, (size_t)count, double);
    double *beside = KU_ARRAY(arena, (size_t)count, double);
    double by = 1 / (1 - memory * memory);
    for (int i = 0; i < count; i++) {
        bool inner = i > 0 && i + 1 < count;
        diagonal[i] = count == 1 ? 1 : by * (inner ? 1 + memory * memory : 1);
        beside[i] = -by * memory;
    }
    add_block(d, first, count, diagonal, beside);
}

/* A random walk over ln(age), so that the course is smooth and unseen ages go on flat. */
static void add_knot_block(design *d, ku_arena *arena)
{
    int count = d->knots - 1;
    double *diagonal = KU_ARRAY(arena, (size_t)count, double);
    double *beside = KU_ARRAY(arena, (size_t)count, double);
    for (int i = 0; i < count; i++) {
        double by = 1 / log(d->knot_age[i + 1] / d->knot_age[i]);
        diagonal[i] += by;
        if (i > 0) {
            diagonal[i - 1] += by;
            beside[i - 1] = -by;
        }
    }
    add_block(d, d->knot, count, diagonal, beside);
}

static void set_priors(design *d, ku_arena *arena)
{
    double *ridge = KU_ARRAY(arena, (size_t)d->unknowns, double);
    d->model.ridge = ridge;
    for (int i = 0; d->method == PROJECT_POISSON && i < d->unknowns; i++) ridge[i] = 1e-12;
    ridge[0] = 1e-9;
    if (d->method == PROJECT_POISSON) return;
    ridge[d->slope] = 1;
    ridge[d->old] = 0.25;
    add_plain_block(d, d->cohort, d->t->periods, arena);
    add_plain_block(d, d->drift, d->t->periods, arena);
    add_level_block(d, d->period, d->t->periods - 1 + d->horizon, arena);
    if (d->knot >= 0) add_knot_block(d, arena);
    if (d->season >= 0) add_plain_block(d, d->season, d->t->season, arena);
}

/* ---- cells -------------------------------------------------------------------------------- */

/* A unit of money in which cells are of the size of one. */
static double money_scale(const triangle *t)
{
    double sum = 0, size = 0;
    for (int c = 0; c < t->periods; c++) {
        size += t->size[c];
        for (int age = 0; age < triangle_known(t, c); age++) sum += fabs(triangle_at(t, c, age));
    }
    return size > 0 && sum > 0 ? sum / size : 1;
}

static bool set_cells(design *d, ku_arena *arena)
{
    const triangle *t = d->t;
    size_t most = (size_t)t->periods * (size_t)(t->periods + 1) / 2, count = 0;
    effects_row *row = KU_ARRAY(arena, most, effects_row);
    double *y = KU_ARRAY(arena, most, double), *n = KU_ARRAY(arena, most, double);
    double *offset = KU_ARRAY(arena, most, double), sum = 0;
    int first = d->method == PROJECT_POISSON ? 0 : 1;
    for (int c = 0; c < t->periods; c++)
        for (int age = first; age < triangle_known(t, c) && age < d->ages; age++) {
            if (t->size[c] <= 0) continue;
            row[count] = row_of(d, c, age);
            y[count] = triangle_at(t, c, age) / d->scale;
            n[count] = d->method == PROJECT_POISSON ? 1 : t->size[c];
            offset[count] = d->offset ? d->offset[age] : 0;
            sum += y[count++];
        }
    d->model.cells = count;
    d->model.row = row;
    d->model.y = y;
    d->model.n = n;
    d->model.offset = offset;
    return count >= 3 && sum > 0;
}

/* The chain ladder's factors exist only when each cohort and each age has brought something. */
static bool has_margins(const design *d)
{
    const triangle *t = d->t;
    if (d->ages > t->periods) return false;
    for (int c = 0; c < t->periods; c++) {
        double cohort = 0, at_age = 0;
        for (int age = 0; age < triangle_known(t, c); age++) cohort += triangle_at(t, c, age);
        for (int k = 0; k < triangle_known(t, c); k++) at_age += triangle_at(t, k, c);
        if (t->size[c] > 0 && cohort <= 0) return false;
        if (c < d->ages && at_age <= 0) return false;
    }
    return true;
}

/* ---- forecasts ---------------------------------------------------------------------------- */

static void make_room(projection *p, int periods, int ages, ku_arena *arena)
{
    size_t cells = (size_t)periods * (size_t)ages;
    *p = (projection){.ages = ages,
                      .cell = KU_ARRAY(arena, cells, double),
                      .cell_error = KU_ARRAY(arena, cells, double),
                      .ahead = KU_ARRAY(arena, cells, double),
                      .ahead_error = KU_ARRAY(arena, cells, double),
                      .curve = KU_ARRAY(arena, (size_t)ages, double),
                      .curve_error = KU_ARRAY(arena, (size_t)ages, double),
                      .sum = KU_ARRAY(arena, (size_t)ages, double),
                      .sum_error = KU_ARRAY(arena, (size_t)ages, double)};
}

static void copy_known(const triangle *t, projection *p)
{
    for (int c = 0; c < t->periods; c++)
        for (int age = 0; age < triangle_known(t, c) && age < p->ages; age++)
            p->cell[(size_t)c * (size_t)p->ages + (size_t)age] = triangle_at(t, c, age);
}

/* Sums of cells to come: the mean, what chance adds, and the derivative of the mean by the
 * coefficients. */
typedef struct sums {
    double mean, chance;
    double *slope, *room;
    int unknowns;
} sums;

static sums sums_new(const design *d, ku_arena *arena)
{
    return (sums){.slope = KU_ARRAY(arena, (size_t)d->unknowns, double),
                  .room = KU_ARRAY(arena, (size_t)d->unknowns, double),
                  .unknowns = d->unknowns};
}

static void sums_clear(sums *s)
{
    memset(s->slope, 0, (size_t)s->unknowns * sizeof *s->slope);
    s->mean = s->chance = 0;
}

static void sums_add(sums *s, const design *d, int cohort, int age)
{
    effects_row row = row_of(d, cohort, age);
    double eta = effects_predictor(&d->model, &row) + (d->offset ? d->offset[age] : 0);
    double size = d->method == PROJECT_POISSON ? 1 : cohort < 0 ? 1 : d->t->size[cohort];
    double p = d->shares ? 1 / (1 + exp(-eta)) : exp(fmin(eta, 50)), weight;
    if (size <= 0 || (cohort >= 0 && d->t->size[cohort] <= 0)) return;
    weight = d->shares ? size * p * (1 - p) : size * p;
    s->mean += size * p;
    s->chance += d->model.dispersion * weight;
    for (int t = 0; t < row.terms; t++) s->slope[row.at[t]] += weight * row.by[t];
}

static double sums_error(const sums *s, const design *d)
{
    double freedom = fmax(4, d->t->periods - 1); /* of the variances: levels of so many periods */
    double doubt = d->method == PROJECT_POISSON ? 1 : freedom / (freedom - 2);
    return sqrt(s->chance + doubt * effects_variance(&d->model, s->slope, s->room));
}

static void forecast_cohort(const design *d, int cohort, sums *cell, sums *ahead, projection *p)
{
    sums_clear(ahead);
    for (int age = triangle_known(d->t, cohort); age < d->ages; age++) {
        size_t at = (size_t)cohort * (size_t)p->ages + (size_t)age;
        sums_clear(cell);
        sums_add(cell, d, cohort, age);
        sums_add(ahead, d, cohort, age);
        p->cell[at] = cell->mean * d->scale;
        p->cell_error[at] = sums_error(cell, d) * d->scale;
        p->ahead[at] = ahead->mean * d->scale;
        p->ahead_error[at] = sums_error(ahead, d) * d->scale;
    }
}

static void forecast_sums(const design *d, sums *sum, projection *p)
{
    for (int h = 0; h < d->horizon; h++) {
        sums_clear(sum);
        for (int c = 0; c < d->t->periods; c++) {
            int age = d->t->periods - c + h;
            if (age < d->ages) sums_add(sum, d, c, age);
        }
        p->sum[h] = sum->mean * d->scale;
        p->sum_error[h] = sums_error(sum, d) * d->scale;
    }
}

/* A new cohort's expectation, with the error of the course and the spread of the levels. */
static void forecast_curve(const design *d, sums *cell, projection *p)
{
    double spread = d->model.blocks > 0 ? d->model.block[0].variance : 0;
    p->curve[0] = d->shares ? 1 : 0;
    for (int age = 1; age < d->ages; age++) {
        sums_clear(cell);
        sums_add(cell, d, -1, age);
        double weight = cell->slope[0];
        double variance = effects_variance(&d->model, cell->slope, cell->room);
        p->curve[age] = cell->mean * d->scale;
        p->curve_error[age] = sqrt(variance + weight * weight * spread) * d->scale;
    }
}

static bool project_by_effects(design *d, ku_arena *arena, projection *out)
{
    d->scale = d->shares ? 1 : money_scale(d->t);
    d->horizon = d->ages - 1;
    place_knots(d, arena);
    lay_out(d);
    if (d->method == PROJECT_POISSON && !has_margins(d)) return false;
    if (!set_cells(d, arena)) return false;
    d->model.binomial = d->shares;
    d->model.unknowns = d->unknowns;
    set_priors(d, arena);
    if (!effects_fit(&d->model, arena)) return false;
    make_room(out, d->t->periods, d->ages, arena);
    copy_known(d->t, out);
    sums cell = sums_new(d, arena), ahead = sums_new(d, arena);
    for (int c = 0; c < d->t->periods; c++) forecast_cohort(d, c, &cell, &ahead, out);
    forecast_sums(d, &cell, out);
    if (d->method != PROJECT_POISSON) forecast_curve(d, &cell, out);
    return true;
}

/* ---- the other methods -------------------------------------------------------------------- */

/* Mean shares by age, the last carried on; chance alone makes the interval. */
static bool project_by_average(const triangle *t, int ages, ku_arena *arena, projection *out)
{
    make_room(out, t->periods, ages, arena);
    copy_known(t, out);
    double share = 0, people = 0;
    out->curve[0] = 1;
    for (int age = 1; age < ages; age++) {
        double active = 0, size = 0;
        for (int c = 0; c < t->periods - age; c++) {
            active += triangle_at(t, c, age);
            size += t->size[c];
        }
        if (size > 0) {
            share = active / size;
            people = size;
        }
        if (people <= 0) return false;
        double noise = fmax(share * (1 - share), 0.25 / people);
        out->curve[age] = share;
        out->curve_error[age] = sqrt(noise / people);
        for (int c = t->periods > age ? t->periods - age : 0; c < t->periods; c++) {
            size_t at = (size_t)c * (size_t)ages + (size_t)age;
            double n = t->size[c];
            out->cell[at] = n * share;
            out->cell_error[at] = sqrt(n * noise + n * n * noise / people);
            int h = c + age - t->periods;
            if (h >= ages) continue;
            out->sum[h] += n * share;
            out->sum_error[h] = hypot(out->sum_error[h], out->cell_error[at]);
        }
    }
    return true;
}

static bool project_by_ladder(const triangle *t, int ages, ku_arena *arena, projection *out)
{
    if (ages > t->periods) return false;
    int *known = KU_ARRAY(arena, (size_t)t->periods, int);
    ladder l = {.cohorts = t->periods, .ages = ages, .known = known};
    l.total = KU_ARRAY(arena, (size_t)t->periods * (size_t)ages, double);
    for (int c = 0; c < t->periods; c++) {
        double total = 0;
        known[c] = triangle_known(t, c) < ages ? triangle_known(t, c) : ages;
        for (int age = 0; age < known[c]; age++)
            l.total[(size_t)c * (size_t)ages + (size_t)age] = total += triangle_at(t, c, age);
    }
    if (!ladder_fit(&l, arena)) return false;
    make_room(out, t->periods, ages, arena);
    copy_known(t, out);
    for (int c = 0; c < t->periods; c++)
        for (int age = known[c]; age < ages; age++) {
            size_t at = (size_t)c * (size_t)ages + (size_t)age;
            size_t last = (size_t)c * (size_t)ages + (size_t)known[c] - 1;
            out->cell[at] = l.step[at];
            out->cell_error[at] = l.step_error[at];
            out->ahead[at] = l.total[at] - l.total[last];
            out->ahead_error[at] = l.error[at];
            int h = c + age - t->periods;
            if (h >= ages) continue;
            out->sum[h] += l.step[at];
            out->sum_error[h] = hypot(out->sum_error[h], l.step_error[at]);
        }
    return true;
}

bool project(const triangle *t, bool shares, project_method method, int ages, ku_arena *arena,
             projection *out)
{
    if (t->periods < 3 || ages < 2) return false;
    if (method == PROJECT_AVERAGE) return shares && project_by_average(t, ages, arena, out);
    if (method == PROJECT_MACK) return !shares && project_by_ladder(t, ages, arena, out);
    if (shares && method == PROJECT_POISSON) return false;
    if (!shares && method == PROJECT_GEOMETRIC) return false;
    design d = {.t = t, .shares = shares, .method = method, .ages = ages};
    if (method == PROJECT_GEOMETRIC) {
        double *curve = KU_ARRAY(arena, (size_t)ages, double);
        if (!project_geometric_curve(t, ages, curve)) return false;
        for (int age = 1; age < ages; age++) curve[age] = log(curve[age] / (1 - curve[age]));
        d.offset = curve;
    }
    return project_by_effects(&d, arena, out);
}

void projection_widen(projection *p, int cohorts, double width)
{
    size_t ages = (size_t)p->ages, cells = (size_t)cohorts * ages;
    for (size_t i = 0; i < cells; i++) p->cell_error[i] *= width, p->ahead_error[i] *= width;
    for (size_t i = 0; i < ages; i++) p->curve_error[i] *= width, p->sum_error[i] *= width;
}
