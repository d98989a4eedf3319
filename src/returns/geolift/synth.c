/* synth.c - matching by inner products.
 *
 * All that a fit needs of the series are the inner products of donors with each other and with
 * the target over the periods matched on. Tests and intervals fit again and again with another
 * target on the same periods: only the products with the target change then, and the solver goes
 * on from the mixture it had. */
#include "returns/geolift/synth.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "num/linear.h"
#include "num/nearest.h"

enum { LAMBDAS = 21 };
#define LAMBDA_RATIO 1e-8

ku_synth *ku_synth_new(ku_arena *arena, const ku_synth_case *of)
{
    size_t n = (size_t)of->donors;
    ku_synth *s = KU_NEW(arena, ku_synth);
    s->of = of;
    s->weight = KU_ARRAY(arena, n, double);
    s->mixture = KU_ARRAY(arena, n, double);
    s->period = KU_ARRAY(arena, (size_t)of->periods, int);
    s->level = KU_ARRAY(arena, n, double);
    s->gram = KU_ARRAY(arena, n * n, double);
    s->cross = KU_ARRAY(arena, 2 * n, double);
    s->room = KU_ARRAY(arena, n, int);
    s->centred = KU_ARRAY(arena, n * (size_t)of->periods, double);
    s->factor = KU_ARRAY(arena, n * n, double);
    s->residual = KU_ARRAY(arena, (size_t)of->periods, double);
    s->lost = KU_ARRAY(arena, (size_t)of->periods, double);
    s->work = KU_ARRAY(arena, n * n + 3 * n + ku_nearest_room(of->donors), double);
    return s;
}

static const double *donor_of(const ku_synth *s, int j)
{
    return s->of->donor + (size_t)j * (size_t)s->of->periods;
}

/* ---- inner products ------------------------------------------------------------------------ */

/* In four sums side by side, which a processor adds up at once; always in the same order. */
static double dot(const double *a, const double *b, size_t n)
{
    double sum[4] = {0};
    size_t k = 0;
    for (; k + 4 <= n; k += 4) {
        sum[0] += a[k] * b[k];
        sum[1] += a[k + 1] * b[k + 1];
        sum[2] += a[k + 2] * b[k + 2];
        sum[3] += a[k + 3] * b[k + 3];
    }
    for (; k < n; k++) sum[0] += a[k] * b[k];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void multiply_rows(const double *rows, size_t n, size_t length, double *gram)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            gram[i * n + j] = gram[j * n + i] = dot(rows + i * length, rows + j * length, length);
}

/* A series' chosen periods less their mean, which is returned. */
static double centre(const double *series, const int *period, int count, double *to)
{
    double mean = 0;
    for (int k = 0; k < count; k++) mean += series[period != NULL ? period[k] : k];
    mean /= count;
    for (int k = 0; k < count; k++) to[k] = series[period != NULL ? period[k] : k] - mean;
    return mean;
}

static void add_up(ku_synth *s)
{
    size_t n = (size_t)s->of->donors, count = (size_t)s->count;
    double *target = s->residual; /* set by every fit after this */
    s->target_level = centre(s->of->target, s->period, s->count, target);
    s->square = dot(target, target, count);
    for (size_t j = 0; j < n; j++) {
        double *row = s->centred + j * count;
        s->level[j] = centre(donor_of(s, (int)j), s->period, s->count, row);
        s->cross[j] = dot(row, target, count);
    }
    multiply_rows(s->centred, n, count, s->gram);
}

void ku_synth_multiply(const double *value, int periods, ku_synth_products *of, double *centred)
{
    size_t count = (size_t)of->count;
    for (size_t i = 0; i < (size_t)of->regions; i++)
        of->level[i] = centre(value + i * (size_t)periods, NULL, of->count, centred + i * count);
    multiply_rows(centred, (size_t)of->regions, count, of->gram);
}

/* With d a period's distance from the means of m others, the products gain m / (m + 1) d d' and
 * the means d / (m + 1) when it joins them; they lose m / (m - 1) d d' when one of m leaves. */
static void move_period(ku_synth *s, const ku_synth *base, int t, double weight, double shift)
{
    size_t n = (size_t)s->of->donors;
    double *d = s->work, target = s->of->target[t] - base->target_level;
    for (size_t j = 0; j < n; j++) {
        d[j] = donor_of(s, (int)j)[t] - base->level[j];
        s->level[j] = base->level[j] + shift * d[j];
        s->cross[j] = base->cross[j] + weight * d[j] * target;
    }
    s->target_level = base->target_level + shift * target;
    s->square = base->square + weight * target * target;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            s->gram[i * n + j] = base->gram[i * n + j] + weight * d[i] * d[j];
}

/* ---- the mixture --------------------------------------------------------------------------- */

static void mix(ku_synth *s, const double *cross, double square)
{
    size_t n = (size_t)s->of->donors;
    double with_target = 0;
    for (size_t j = 0; j < n; j++) with_target += cross[j] / (double)n;
    s->uniform = sqrt(fmax(0, s->gram_sum / (double)(n * n) - 2 * with_target + square));
    ku_nearest_points points = {s->of->donors, s->gram, cross, square};
    ku_nearest_result r = ku_nearest(&points, s->mixture, s->work, s->room);
    s->gap = r.gap;
    s->mixture_square = r.square;
}

/* ---- the ridge ------------------------------------------------------------------------------ */

/* Products of the donors about their mean over the donors, and of those with the target about
 * it too. `mean` has room for n. */
static void about_mean(const ku_synth *s, const double *cross, double *gram, double *with_target,
                       double *mean)
{
    size_t n = (size_t)s->of->donors;
    double all = 0, target = 0;
    for (size_t i = 0; i < n; i++) {
        mean[i] = 0;
        for (size_t j = 0; j < n; j++) mean[i] += s->gram[i * n + j] / (double)n;
        all += mean[i] / (double)n;
        target += cross[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        with_target[i] = cross[i] - target - mean[i] + all;
        if (gram == NULL) continue;
        for (size_t j = 0; j < n; j++)
            gram[i * n + j] = s->gram[i * n + j] - mean[i] - mean[j] + all;
    }
}

static void multiply(const double *matrix, size_t n, const double *v, double *to)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = 0;
        for (size_t j = 0; j < n; j++) to[i] += matrix[i * n + j] * v[j];
    }
}

static void factor_ridge(ku_synth *s)
{
    size_t n = (size_t)s->of->donors;
    about_mean(s, s->cross, s->factor, s->work, s->work + n);
    for (size_t i = 0; i < n; i++) s->factor[i * n + i] += s->lambda;
    if (!ku_cholesky(s->factor, (int)n, (int)n)) s->lambda = KU_NO_RIDGE;
}

/* weight = mixture + (X X' + lambda)^-1 X (target - X' mixture), X the donors about their mean;
 * the regression on periods of eq. (12), turned round to the donors. */
static void add_ridge(ku_synth *s, const double *cross)
{
    size_t n = (size_t)s->of->donors;
    double *left = s->work, *mean = left + n, *made = mean + n;
    memcpy(s->weight, s->mixture, n * sizeof *s->weight);
    if (isinf(s->lambda)) return;
    about_mean(s, cross, NULL, left, mean);
    multiply(s->gram, n, s->mixture, made);
    double level = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        level += made[i] / (double)n;
        all += mean[i] / (double)n;
    }
    /* the products about the donors' mean times the mixture, whose weights add up to 1 */
    for (size_t i = 0; i < n; i++) left[i] -= made[i] - level - mean[i] + all;
    ku_cholesky_solve(s->factor, (int)n, (int)n, left);
    for (size_t i = 0; i < n; i++) s->weight[i] += left[i];
}

/* ---- fits ----------------------------------------------------------------------------------- */

/* The residuals, donor by donor, which is the order in memory. */
static void measure(ku_synth *s)
{
    double sum = 0;
    for (int k = 0; k < s->count; k++)
        s->residual[k] = s->of->target[s->period[k]] - s->lost[k] - s->target_level;
    for (int j = 0; j < s->of->donors; j++) {
        const double *series = donor_of(s, j);
        double w = s->weight[j], level = s->level[j];
        if (w == 0) continue;
        for (int k = 0; k < s->count; k++) s->residual[k] -= w * (series[s->period[k]] - level);
    }
    for (int k = 0; k < s->count; k++) sum += s->residual[k] * s->residual[k];
    s->imbalance = sqrt(sum);
}

/* With the products at hand. */
static void fit(ku_synth *s, double lambda)
{
    size_t n = (size_t)s->of->donors;
    memset(s->lost, 0, (size_t)s->count * sizeof *s->lost);
    memset(s->mixture, 0, n * sizeof *s->mixture); /* forget earlier fits */
    s->lambda = lambda;
    s->moved = 0;
    s->gram_sum = 0;
    for (size_t i = 0; i < n * n; i++) s->gram_sum += s->gram[i];
    if (!isinf(lambda)) factor_ridge(s);
    mix(s, s->cross, s->square);
    add_ridge(s, s->cross);
    measure(s);
}

void ku_synth_fit(ku_synth *s, const int *period, int count, double lambda)
{
    memcpy(s->period, period, (size_t)count * sizeof *period);
    s->count = count;
    add_up(s);
    fit(s, lambda);
}

void ku_synth_fit_without(ku_synth *s, const ku_synth *base, int t, double lambda)
{
    double m = base->count;
    s->count = 0;
    for (int k = 0; k < base->count; k++)
        if (base->period[k] != t) s->period[s->count++] = base->period[k];
    move_period(s, base, t, -m / (m - 1), -1 / (m - 1));
    fit(s, lambda);
}

void ku_synth_fit_with(ku_synth *s, const ku_synth *base, int t, double lambda)
{
    double m = base->count;
    memcpy(s->period, base->period, (size_t)base->count * sizeof *s->period);
    s->period[base->count] = t;
    s->count = base->count + 1;
    move_period(s, base, t, m / (m + 1), 1 / (m + 1));
    fit(s, lambda);
}

void ku_synth_fit_shared(ku_synth *s, const ku_synth_products *all, const int *donor,
                         const int *treated, int treated_count)
{
    size_t n = (size_t)s->of->donors, regions = (size_t)all->regions;
    double part = 1.0 / treated_count;
    s->count = all->count;
    for (int k = 0; k < s->count; k++) s->period[k] = k;
    s->square = s->target_level = 0;
    for (int i = 0; i < treated_count; i++) {
        const double *row = all->gram + (size_t)treated[i] * regions;
        s->target_level += part * all->level[treated[i]];
        for (int j = 0; j < treated_count; j++) s->square += part * part * row[treated[j]];
    }
    for (size_t j = 0; j < n; j++) {
        const double *row = all->gram + (size_t)donor[j] * regions;
        s->level[j] = all->level[donor[j]];
        s->cross[j] = 0;
        for (int i = 0; i < treated_count; i++) s->cross[j] += part * row[treated[i]];
        for (size_t k = 0; k < n; k++) s->gram[j * n + k] = row[donor[k]];
    }
    fit(s, KU_NO_RIDGE);
}

void ku_synth_lower(ku_synth *s, int last, double by, const double *shape)
{
    size_t n = (size_t)s->of->donors;
    int first = s->count - last;
    double *cross = s->cross + n, with_target = 0, sum = 0, squares = 0;
    s->target_level += s->moved;
    for (int k = 0; k < s->count; k++) {
        double lost = s->lost[k] = k < first ? 0 : by * (shape != NULL ? shape[k - first] : 1);
        sum += lost;
        squares += lost * lost;
        with_target += lost * (s->of->target[s->period[k]] - s->target_level);
    }
    for (size_t j = 0; j < n; j++) {
        const double *series = donor_of(s, (int)j);
        cross[j] = s->cross[j];
        for (int k = first; k < s->count; k++)
            cross[j] -= s->lost[k] * (series[s->period[k]] - s->level[j]);
    }
    s->moved = sum / s->count;
    s->target_level -= s->moved;
    mix(s, cross, s->square - 2 * with_target + squares - sum * s->moved);
    add_ridge(s, cross);
    measure(s);
}

double ku_synth_expected(const ku_synth *s, int t)
{
    double sum = s->target_level;
    for (int j = 0; j < s->of->donors; j++)
        if (s->weight[j] != 0) sum += s->weight[j] * (donor_of(s, j)[t] - s->level[j]);
    return sum;
}

double ku_synth_gap(const ku_synth *s, int t)
{
    return s->of->target[t] - ku_synth_expected(s, t);
}

/* ---- the penalty ---------------------------------------------------------------------------- */

typedef struct choosing {
    ku_synth *synth;
    size_t n;
    int folds;
    double *gram, *cross; /* about the donors' mean */
    double square;        /* of the target, about it too */
    double *period;       /* folds x n: the donors about their mean in the period left out */
    double *target;       /* folds */
    double *weight;       /* folds x n: the mixture without it */
    double *left;         /* folds x n: X (target - X' mixture) without it */
    double *error;        /* LAMBDAS x folds */
    double *factor, *solved;
} choosing;

static double largest_eigenvalue(const double *matrix, size_t n, double *v, double *next)
{
    double value = 0;
    for (size_t i = 0; i < n; i++) v[i] = 1 + (double)(i % 7) / 7;
    for (int step = 0; step < 10000; step++) {
        double norm = 0, square = 0, before = value;
        multiply(matrix, n, v, next);
        for (size_t i = 0; i < n; i++) {
            norm += next[i] * next[i];
            square += v[i] * v[i];
        }
        if (!(norm > 0)) return 0;
        value = sqrt(norm / square);
        for (size_t i = 0; i < n; i++) v[i] = next[i] / sqrt(norm);
        if (step > 20 && fabs(value - before) <= 1e-15 * value) break;
    }
    return value;
}

/* The mixture without a period, and what of the target it leaves to the ridge. */
static void leave_out(choosing *c, int fold)
{
    ku_synth *s = c->synth;
    size_t n = c->n;
    int t = s->period[fold];
    double *x = c->period + (size_t)fold * n, *w = c->weight + (size_t)fold * n;
    double *left = c->left + (size_t)fold * n, *work = s->work, mean = 0;
    for (size_t j = 0; j < n; j++) {
        x[j] = donor_of(s, (int)j)[t] - s->level[j];
        mean += x[j] / (double)n;
    }
    for (size_t j = 0; j < n; j++) x[j] -= mean;
    double target = c->target[fold] = s->of->target[t] - s->target_level - mean;
    double *cross = c->solved;
    for (size_t i = 0; i < n; i++) {
        cross[i] = c->cross[i] - x[i] * target;
        for (size_t j = 0; j < n; j++) work[i * n + j] = c->gram[i * n + j] - x[i] * x[j];
    }
    ku_nearest_points points = {(int)n, work, cross, c->square - target * target};
    memcpy(w, s->mixture, n * sizeof *w);
    ku_nearest(&points, w, work + n * n, s->room);
    multiply(c->gram, n, w, left);
    double own = dot(x, w, n);
    for (size_t j = 0; j < n; j++) left[j] = c->cross[j] - left[j] - x[j] * (target - own);
}

/* Squared errors of the periods left out. With A the inverse for all periods and x the one left
 * out the inverse without it is A + A x x' A / (1 - x' A x). */
static void try_lambda(choosing *c, double lambda, double *error)
{
    size_t n = c->n;
    memcpy(c->factor, c->gram, n * n * sizeof *c->factor);
    for (size_t i = 0; i < n; i++) c->factor[i * n + i] += lambda;
    bool sound = ku_cholesky(c->factor, (int)n, (int)n);
    for (int fold = 0; fold < c->folds; fold++) {
        const double *x = c->period + (size_t)fold * n;
        memcpy(c->solved, x, n * sizeof *x);
        if (sound) ku_cholesky_solve(c->factor, (int)n, (int)n, c->solved);
        double own = 1 - dot(x, c->solved, n);
        double added = dot(c->solved, c->left + (size_t)fold * n, n) / own;
        double miss = c->target[fold] - dot(x, c->weight + (size_t)fold * n, n) - added;
        error[fold] = sound && own > 0 ? miss * miss : INFINITY;
    }
}

static double choose(const choosing *c, const double *lambda)
{
    double mean[LAMBDAS], least = INFINITY, allowed = INFINITY;
    for (int k = 0; k < LAMBDAS; k++) {
        const double *e = c->error + (size_t)k * (size_t)c->folds;
        double spread = 0;
        mean[k] = 0;
        for (int i = 0; i < c->folds; i++) mean[k] += e[i] / c->folds;
        for (int i = 0; i < c->folds; i++) spread += (e[i] - mean[k]) * (e[i] - mean[k]);
        if (!(mean[k] < least)) continue;
        least = mean[k];
        allowed = least + sqrt(spread / (c->folds - 1) / c->folds);
    }
    for (int k = 0; k < LAMBDAS; k++)
        if (mean[k] <= allowed) return lambda[k];
    return KU_NO_RIDGE;
}

double ku_synth_lambda(ku_synth *s, const int *period, int count, ku_arena *arena)
{
    size_t n = (size_t)s->of->donors, folds = (size_t)count - 1;
    double lambda[LAMBDAS];
    choosing c = {.synth = s, .n = n, .folds = (int)folds};
    c.gram = KU_ARRAY(arena, n * n, double);
    c.factor = KU_ARRAY(arena, n * n, double);
    c.cross = KU_ARRAY(arena, n, double);
    c.solved = KU_ARRAY(arena, n, double);
    c.period = KU_ARRAY(arena, folds * n, double);
    c.weight = KU_ARRAY(arena, folds * n, double);
    c.left = KU_ARRAY(arena, folds * n, double);
    c.target = KU_ARRAY(arena, folds, double);
    c.error = KU_ARRAY(arena, LAMBDAS * folds, double);
    ku_synth_fit(s, period, count, KU_NO_RIDGE);
    about_mean(s, s->cross, c.gram, c.cross, c.solved);
    c.square = s->square;
    for (size_t j = 0; j < n; j++) c.square += (c.solved[j] - 2 * s->cross[j]) / (double)n;
    double largest = largest_eigenvalue(c.gram, n, s->work, s->work + n);
    if (!(largest > 0)) return KU_NO_RIDGE;
    for (int fold = 0; fold < c.folds; fold++) leave_out(&c, fold);
    for (int k = 0; k < LAMBDAS; k++) {
        lambda[k] = largest * pow(LAMBDA_RATIO, (double)k / (LAMBDAS - 1));
        try_lambda(&c, lambda[k], c.error + (size_t)k * folds);
    }
    return choose(&c, lambda);
}
