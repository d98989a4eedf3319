/* fitted.c - what is done with a fit: parameters under covariates, intervals, draws and
 * comparisons. */
#include <assert.h>
#include <math.h>

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
