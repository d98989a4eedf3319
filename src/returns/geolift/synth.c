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

static double mean_over(const double *series, const int *period, int count)
{
    double sum = 0;
    for (int k = 0; k < count; k++) sum += series[period[k]];
    return sum / count;
}

static double product(const ku_synth *s, const double *a, double a_level, const double *b,
                      double b_level)
{
    double sum = 0;
    for (int k = 0; k < s->count; k++)
        sum += (a[s->period[k]] - a_level) * (b[s->period[k]] - b_level);
    return sum;
}

static void add_up(ku_synth *s)
{
    int n = s->of->donors;
    const double *target = s->of->target;
    s->target_level = mean_over(target, s->period, s->count);
    s->square = product(s, target, s->target_level, target, s->target_level);
    for (int j = 0; j < n; j++) s->level[j] = mean_over(donor_of(s, j), s->period, s->count);
    for (int i = 0; i < n; i++) {
        const double *series = donor_of(s, i);
        s->cross[i] = product(s, series, s->level[i], target, s->target_level);
        for (int j = 0; j <= i; j++)
            s->gram[(size_t)i * (size_t)n + (size_t)j] =
                s->gram[(size_t)j * (size_t)n + (size_t)i] = product(s, series, s->level[i],
                                                                     donor_of(s, j), s->level[j]);
    }
}

/* ---- the mixture --------------------------------------------------------------------------- */

/* Products of the donors less the target. */
static void about_target(const ku_synth *s, const double *cross, double square, double *to)
{
    size_t n = (size_t)s->of->donors;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            to[i * n + j] = s->gram[i * n + j] - cross[i] - cross[j] + square;
}

static void mix(ku_synth *s, const double *cross, double square)
{
    size_t n = (size_t)s->of->donors;
    double all = 0;
    about_target(s, cross, square, s->work);
    for (size_t i = 0; i < n * n; i++) all += s->work[i];
    s->uniform = sqrt(fmax(0, all)) / (double)n;
    ku_nearest_result r = ku_nearest(s->work, s->of->donors, s->mixture, s->work + n * n, s->room);
    s->gap = r.gap;
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

static void measure(ku_synth *s)
{
    double sum = 0;
    for (int k = 0; k < s->count; k++) {
        double left = ku_synth_gap(s, s->period[k]) - s->lost[k];
        s->residual[k] = left;
        sum += left * left;
    }
    s->imbalance = sqrt(sum);
}

void ku_synth_fit(ku_synth *s, const int *period, int count, double lambda)
{
    memcpy(s->period, period, (size_t)count * sizeof *period);
    memset(s->lost, 0, (size_t)count * sizeof *s->lost);
    memset(s->mixture, 0, (size_t)s->of->donors * sizeof *s->mixture); /* forget earlier fits */
    s->count = count;
    s->lambda = lambda;
    s->moved = 0;
    add_up(s);
    if (!isinf(lambda)) factor_ridge(s);
    mix(s, s->cross, s->square);
    add_ridge(s, s->cross);
    measure(s);
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
    double *about;        /* about the target */
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

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
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
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            work[i * n + j] = c->about[i * n + j] - (x[i] - target) * (x[j] - target);
    memcpy(w, s->mixture, n * sizeof *w);
    ku_nearest(work, (int)n, w, work + n * n, s->room);
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
    c.about = KU_ARRAY(arena, n * n, double);
    c.factor = KU_ARRAY(arena, n * n, double);
    c.cross = KU_ARRAY(arena, n, double);
    c.solved = KU_ARRAY(arena, n, double);
    c.period = KU_ARRAY(arena, folds * n, double);
    c.weight = KU_ARRAY(arena, folds * n, double);
    c.left = KU_ARRAY(arena, folds * n, double);
    c.target = KU_ARRAY(arena, folds, double);
    c.error = KU_ARRAY(arena, LAMBDAS * folds, double);
    ku_synth_fit(s, period, count, KU_NO_RIDGE);
    about_target(s, s->cross, s->square, c.about);
    about_mean(s, s->cross, c.gram, c.cross, c.solved);
    double largest = largest_eigenvalue(c.gram, n, s->work, s->work + n);
    if (!(largest > 0)) return KU_NO_RIDGE;
    for (int fold = 0; fold < c.folds; fold++) leave_out(&c, fold);
    for (int k = 0; k < LAMBDAS; k++) {
        lambda[k] = largest * pow(LAMBDA_RATIO, (double)k / (LAMBDAS - 1));
        try_lambda(&c, lambda[k], c.error + (size_t)k * folds);
    }
    return choose(&c, lambda);
}
