/* fitted.c - what is done with a fit: parameters under covariates, intervals, draws and
 * comparisons; and the joining of equal customers before it. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "customers/fit.h"
#include "num/cumulative.h"
#include "num/linear.h"

void ku_buying_parameters(const ku_buying_fit *fit, const double *covariate, double *parameter)
{
    const ku_buying_effect *effect = &fit->model->effect;
    double rate = 0, dropout = 0;
    for (int k = 0; k < fit->covariates; k++) {
        rate += fit->rate[k] * covariate[k];
        dropout += fit->dropout[k] * covariate[k];
    }
    for (int p = 0; p < fit->model->parameters; p++) {
        double by = effect->rate[p] * rate + effect->dropout[p] * dropout;
        parameter[p] = by == 0 ? fit->parameter[p]
                               : fmin(fmax(fit->parameter[p] * exp(by), 1e-8), 1e8);
    }
}

void ku_buying_interval(const ku_buying_fit *fit, int which, double errors, double *lo, double *hi)
{
    double value = fit->parameter[which], error = fit->se[which] / value;
    *lo = isfinite(error) ? value * exp(-errors * error) : 0;
    *hi = isfinite(error) ? value * exp(errors * error) : INFINITY;
}

/* ---- draws ------------------------------------------------------------------------------------ */

/* A draw of all unknowns less their estimates; those without a variance stay. */
static void draw_offsets(const ku_buying_fit *fit, ku_rng *rng, double *offset)
{
    double factor[KU_BUYING_UNKNOWNS * KU_BUYING_UNKNOWNS], normal[KU_BUYING_UNKNOWNS];
    int n = fit->unknowns, index[KU_BUYING_UNKNOWNS], count = 0;
    for (int i = 0; i < n; i++) {
        offset[i] = 0;
        normal[i] = ku_rng_normal(rng);
        if (fit->covariance[i * n + i] > 0) index[count++] = i;
    }
    for (int a = 0; a < count; a++)
        for (int b = 0; b <= a; b++) factor[a * n + b] = fit->covariance[index[a] * n + index[b]];
    if (count == 0 || !ku_cholesky(factor, count, n)) return;
    for (int a = 0; a < count; a++)
        for (int b = 0; b <= a; b++) offset[index[a]] += factor[a * n + b] * normal[b];
}

/* A fit's parameter moved by an offset of its logarithm, within the models' limits. */
static double moved(double parameter, double offset)
{
    return fmin(fmax(parameter * exp(fmin(fmax(offset, -40), 40)), 1e-8), 1e8);
}

void ku_buying_draw_parameters(const ku_buying_fit *fit, ku_rng *rng, double *parameter)
{
    double offset[KU_BUYING_UNKNOWNS];
    draw_offsets(fit, rng, offset);
    for (int p = 0; p < fit->model->parameters; p++)
        parameter[p] = moved(fit->parameter[p], offset[p]);
}

void ku_buying_draw_fit(const ku_buying_fit *fit, ku_rng *rng, ku_buying_fit *drawn)
{
    double offset[KU_BUYING_UNKNOWNS] = {0};
    int at = fit->model->parameters, columns = fit->covariates;
    draw_offsets(fit, rng, offset);
    *drawn = *fit;
    for (int p = 0; p < at; p++) drawn->parameter[p] = moved(fit->parameter[p], offset[p]);
    if (at + columns <= fit->unknowns)
        for (int k = 0; k < columns; k++) drawn->rate[k] += offset[at + k];
    if (at + 2 * columns <= fit->unknowns)
        for (int k = 0; k < columns; k++) drawn->dropout[k] += offset[at + columns + k];
}

/* ---- comparison ------------------------------------------------------------------------------- */

double ku_buying_compare(const ku_buying_fit *small, const ku_buying_fit *large, int freedom,
                         double *statistic)
{
    assert(freedom > 0);
    double twice = fmax(0, 2 * (large->loglik - small->loglik));
    if (statistic != NULL) *statistic = twice;
    return ku_gamma_above(twice / 2, freedom / 2.0);
}

/* ---- joining equal customers ------------------------------------------------------------------ */

typedef struct entry {
    double x, t_x, T;
    uint32_t row;
} entry;

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    if (a->x != b->x) return a->x < b->x ? -1 : 1;
    if (a->t_x != b->t_x) return a->t_x < b->t_x ? -1 : 1;
    if (a->T != b->T) return a->T < b->T ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row; /* the same order whatever qsort does */
}

ku_buyers ku_buyers_compress(const ku_buyers *buyers, ku_arena *arena, uint32_t *row_of)
{
    size_t n = buyers->rows, rows = 0;
    assert(n <= UINT32_MAX);
    entry *all = KU_ARRAY(arena, n + 1, entry);
    for (size_t i = 0; i < n; i++)
        all[i] = (entry){buyers->x[i], buyers->t_x[i], buyers->T[i], (uint32_t)i};
    qsort(all, n, sizeof *all, compare_entries);
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && all[i].x == all[i - 1].x && all[i].t_x == all[i - 1].t_x &&
                    all[i].T == all[i - 1].T;
        rows += !same;
    }
    double *x = KU_ARRAY(arena, rows + 1, double), *t_x = KU_ARRAY(arena, rows + 1, double);
    double *T = KU_ARRAY(arena, rows + 1, double), *weight = KU_ARRAY(arena, rows + 1, double);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const entry *e = &all[i];
        if (i > 0 && !(e->x == x[at] && e->t_x == t_x[at] && e->T == T[at])) at++;
        x[at] = e->x, t_x[at] = e->t_x, T[at] = e->T;
        weight[at] += buyers->weight[e->row];
        if (row_of != NULL) row_of[e->row] = (uint32_t)at;
    }
    return (ku_buyers){rows, x, t_x, T, weight};
}
