/* ladder.c - Mack's chain ladder. */
#include "analyses/customers/cohorts/ladder.h"

#include <math.h>

typedef struct rung {
    double factor, variance; /* f and sigma squared */
    double base;             /* sum of the totals that the factor is made from */
} rung;

static double *at(double *table, const ladder *l, int cohort, int age)
{
    return &table[(size_t)cohort * (size_t)l->ages + (size_t)age];
}

/* The factor from `age` to the next, and the spread of the cohorts around it; the variance is
 * NaN with a single cohort. */
static bool find_rung(const ladder *l, int age, rung *r)
{
    double below = 0, above = 0, spread = 0;
    int cohorts = 0;
    for (int i = 0; i < l->cohorts; i++) {
        if (l->known[i] <= age + 1 || *at(l->total, l, i, age) <= 0) continue;
        below += *at(l->total, l, i, age);
        above += *at(l->total, l, i, age + 1);
        cohorts++;
    }
    if (cohorts == 0 || above <= 0) return false;
    *r = (rung){.factor = above / below, .variance = NAN, .base = below};
    for (int i = 0; i < l->cohorts; i++) {
        double c = *at(l->total, l, i, age);
        if (l->known[i] <= age + 1 || c <= 0) continue;
        double miss = *at(l->total, l, i, age + 1) / c - r->factor;
        spread += c * miss * miss;
    }
    if (cohorts > 1) r->variance = spread / (cohorts - 1);
    return true;
}

/* Where a single cohort tells nothing of the spread: Mack's rule (1993), p. 217. */
static void fill_variances(rung *r, int rungs)
{
    for (int k = 0; k < rungs; k++) {
        if (!isnan(r[k].variance)) continue;
        double last = k > 0 ? r[k - 1].variance : 0, before = k > 1 ? r[k - 2].variance : 0;
        r[k].variance = k > 1 && before > 0 ? fmin(last * last / before, fmin(before, last)) : last;
    }
}

/* One cohort up to the last age, with the error of theorem 3 in its recursive form. */
static void climb(ladder *l, const rung *r, int cohort)
{
    double relative = 0;
    for (int k = l->known[cohort] - 1; k + 1 < l->ages; k++) {
        double c = *at(l->total, l, cohort, k), before = *at(l->error, l, cohort, k);
        double f = r[k].factor, chance = r[k].variance * c;
        double shared = c * c * r[k].variance / r[k].base;
        if (c > 0) relative += r[k].variance / (f * f) * (1 / c + 1 / r[k].base);
        *at(l->total, l, cohort, k + 1) = c * f;
        *at(l->error, l, cohort, k + 1) = c * f * sqrt(relative);
        *at(l->step, l, cohort, k + 1) = c * (f - 1);
        *at(l->step_error, l, cohort,
            k + 1) = sqrt(chance + shared + (f - 1) * (f - 1) * before * before);
    }
}

static void add_up(ladder *l, const rung *r)
{
    int last = l->ages - 1;
    double square = 0, later = 0;
    l->reserve = 0;
    for (int i = l->cohorts - 1; i >= 0; i--) {
        double total = *at(l->total, l, i, last), shared = 0;
        for (int k = l->known[i] - 1; k < last; k++)
            shared += 2 * r[k].variance / (r[k].factor * r[k].factor) / r[k].base;
        l->reserve += total - *at(l->total, l, i, l->known[i] - 1);
        square += *at(l->error, l, i, last) * *at(l->error, l, i, last) + total * later * shared;
        later += total;
    }
    l->reserve_error = sqrt(square);
}

bool ladder_fit(ladder *l, ku_arena *arena)
{
    size_t cells = (size_t)l->cohorts * (size_t)l->ages;
    rung *r = KU_ARRAY(arena, (size_t)l->ages, rung);
    l->error = KU_ARRAY(arena, cells, double);
    l->step = KU_ARRAY(arena, cells, double);
    l->step_error = KU_ARRAY(arena, cells, double);
    for (int k = 0; k + 1 < l->ages; k++)
        if (!find_rung(l, k, &r[k])) return false;
    fill_variances(r, l->ages - 1);
    for (int i = 0; i < l->cohorts; i++) climb(l, r, i);
    add_up(l, r);
    return true;
}
