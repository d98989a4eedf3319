/* holdout.c - the triangle without its last diagonals, completed and compared with them. */
#include "analyses/customers/cohorts/holdout.h"

#include <math.h>

#include "analyses/customers/cohorts/interval.h"

typedef struct tally {
    double cells, seen, miss, bias, inside80, inside95, score;
} tally;

static triangle cut(const triangle *t, int periods, ku_arena *arena)
{
    double *cell = KU_ARRAY(arena, (size_t)periods * (size_t)periods, double);
    for (int c = 0; c < periods; c++)
        for (int age = 0; age < periods - c; age++)
            cell[(size_t)c * (size_t)periods + (size_t)age] = triangle_at(t, c, age);
    return (triangle){
        .periods = periods, .season = t->season, .phase = t->phase, .size = t->size, .cell = cell};
}

static double penalty(range r, double seen, double alpha)
{
    double outside = fmax(0, r.lo - seen) + fmax(0, seen - r.hi);
    return alpha / 2 * (r.hi - r.lo) + outside;
}

static void compare(tally *sum, double seen, double mean, range r80, range r95)
{
    sum->cells++;
    sum->seen += fabs(seen);
    sum->miss += fabs(seen - mean);
    sum->bias += mean - seen;
    /* half a customer: limits of large counts are not whole numbers */
    sum->inside80 += seen >= r80.lo - 0.5 && seen <= r80.hi + 0.5;
    sum->inside95 += seen >= r95.lo - 0.5 && seen <= r95.hi + 0.5;
    sum->score += (fabs(seen - mean) / 2 + penalty(r80, seen, 0.2) + penalty(r95, seen, 0.05)) /
                  2.5;
}

static void compare_cohort(const triangle *t, bool shares, const projection *p, int cut_at,
                           int cohort, tally *sum)
{
    double n = t->size[cohort], brought = 0;
    for (int age = cut_at - cohort; age < triangle_known(t, cohort) && age < p->ages; age++) {
        size_t at = (size_t)cohort * (size_t)p->ages + (size_t)age;
        double seen = triangle_at(t, cohort, age);
        brought += seen;
        if (shares)
            compare(sum, seen, p->cell[at],
                    range_of_count(n, p->cell[at], p->cell_error[at], RANGE_80),
                    range_of_count(n, p->cell[at], p->cell_error[at], RANGE_95));
        else
            compare(sum, brought, p->ahead[at],
                    range_of_money(p->ahead[at], p->ahead_error[at], RANGE_80),
                    range_of_money(p->ahead[at], p->ahead_error[at], RANGE_95));
    }
}

/* ---- how wide ------------------------------------------------------------------------------- */

enum { LEANING = 12 };                 /* cohorts that weigh as much as what is usual */
static const double usual_width = 1.2; /* squared: what simulated companies need, see test.c */
static const double most_missed = 3;   /* standard errors that a miss counts at most */

/* Squared misses of the cohorts' sums in standard errors, on the scale of the logarithm. */
static void miss_from(const triangle *t, project_method method, int cut_at, ku_arena *arena,
                      double *square, double *cohorts)
{
    triangle known = cut(t, cut_at, arena);
    projection p;
    if (!project(&known, false, method, cut_at, arena, &p)) return;
    for (int c = 1; c < cut_at; c++) {
        int last = triangle_known(t, c) < p.ages ? triangle_known(t, c) - 1 : p.ages - 1;
        double brought = 0;
        if (t->size[c] <= 0 || last < cut_at - c) continue;
        for (int age = cut_at - c; age <= last; age++) brought += triangle_at(t, c, age);
        size_t at = (size_t)c * (size_t)p.ages + (size_t)last;
        double mean = p.ahead[at], error = p.ahead_error[at];
        if (!(mean > 0) || !(error > 0)) continue;
        double spread = sqrt(log1p(error * error / (mean * mean)));
        double z = brought > 0 ? (log(brought / mean) + spread * spread / 2) / spread : most_missed;
        *square += fmin(z * z, most_missed * most_missed);
        ++*cohorts;
    }
}

double holdout_width(const triangle *t, project_method method, ku_arena *arena)
{
    double square = 0, cohorts = 0;
    int held = t->periods / 4 < 12 ? t->periods / 4 : 12;
    if (method != PROJECT_SMOOTH) return 1; /* the ladders have formulas of their own */
    for (int part = 1; part <= 2 && held >= part; part++)
        if (t->periods - held / part >= 6)
            miss_from(t, method, t->periods - held / part, arena, &square, &cohorts);
    cohorts /= 2, square /= 2; /* both cuts see the same months, and cohorts share them */
    return fmax(1, sqrt((square + LEANING * usual_width) / (cohorts + LEANING)));
}

/* ---- what was held back ---------------------------------------------------------------------- */

/* Only ages below the oldest cohort's are compared, which every method can give. */
static void try_from(const triangle *t, bool shares, project_method method, int cut_at,
                     ku_arena *arena, tally *sum)
{
    triangle known = cut(t, cut_at, arena);
    projection p;
    if (!project(&known, shares, method, cut_at, arena, &p)) return;
    if (!shares) projection_widen(&p, known.periods, holdout_width(&known, method, arena));
    for (int c = 0; c < cut_at; c++)
        if (t->size[c] > 0) compare_cohort(t, shares, &p, cut_at, c, sum);
}

void holdout_run(const triangle *t, bool shares, project_method method, ku_arena *arena,
                 holdout_score *out)
{
    tally sum = {0};
    int held = t->periods / 4 < 12 ? t->periods / 4 : 12;
    *out = (holdout_score){0};
    for (int part = 1; part <= 2 && held >= part; part++)
        if (t->periods - held / part >= 4)
            try_from(t, shares, method, t->periods - held / part, arena, &sum);
    if (sum.cells == 0 || sum.seen <= 0) return;
    *out = (holdout_score){.cells = (int)sum.cells,
                           .miss = sum.miss / sum.seen,
                           .bias = sum.bias / sum.seen,
                           .inside80 = sum.inside80 / sum.cells,
                           .inside95 = sum.inside95 / sum.cells,
                           .score = sum.score / sum.seen};
}
