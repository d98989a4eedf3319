/* effects.c - penalised quasi-likelihood for cells of a triangle.
 *
 * A cell's mean depends on a handful of coefficients, so X'WX is added up cell by cell; the
 * prior of a block is tridiagonal. The system of a hundred or two unknowns is solved by
 * Cholesky; its inverse is needed only near the diagonal, for the effective number of
 * coefficients of each block. Steps of the coefficients and of the variances alternate. */
#include "analyses/customers/cohorts/effects.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { STEPS = 60 };

static const double usual = 0.01;     /* variance that blocks are pulled to: ten per cent */
static const double tolerance = 1e-7; /* of the variances and the dispersion, relative */

typedef struct fitting {
    effects_model *m;
    double *eta, *mu, *weight; /* of the cells */
    double *a, *inverse, *right;
} fitting;

double effects_predictor(const effects_model *model, const effects_row *row)
{
    double sum = 0;
    for (int t = 0; t < row->terms; t++) sum += row->by[t] * model->b[row->at[t]];
    return sum;
}

/* Means and the weights of the working responses, both bounded away from nothing. */
static void look(fitting *f)
{
    effects_model *m = f->m;
    for (size_t i = 0; i < m->cells; i++) {
        double eta = effects_predictor(m, &m->row[i]) + (m->offset ? m->offset[i] : 0);
        eta = fmax(-30, fmin(30, eta));
        f->eta[i] = eta;
        double p = m->binomial ? 1 / (1 + exp(-eta)) : exp(eta);
        f->mu[i] = m->n[i] * p;
        f->weight[i] = m->binomial ? m->n[i] * p * (1 - p) : f->mu[i];
        f->weight[i] = fmax(f->weight[i], 1e-9 * m->n[i]);
    }
}

/* A start on the scale of the data: every cell at the mean of all. */
static void begin(fitting *f)
{
    effects_model *m = f->m;
    double y = 0, n = 0;
    for (size_t i = 0; i < m->cells; i++) {
        y += m->y[i];
        n += m->n[i] * (m->offset && !m->binomial ? exp(m->offset[i]) : 1);
    }
    double mean = y / n;
    if (m->binomial) mean = (y + 0.5) / (n + 1);
    memset(m->b, 0, (size_t)m->unknowns * sizeof *m->b);
    m->b[0] = m->binomial ? log(mean / (1 - mean)) : log(mean);
    if (m->binomial && m->offset) m->b[0] = 0;
    m->dispersion = 1;
}

static void add_prior(const effects_model *m, double *a)
{
    int n = m->unknowns;
    for (int i = 0; i < n; i++) a[(size_t)i * (size_t)n + (size_t)i] += m->ridge[i];
    for (int k = 0; k < m->blocks; k++) {
        const effects_block *block = &m->block[k];
        for (int i = 0; i < block->count; i++) {
            size_t at = (size_t)(block->first + i);
            a[at * (size_t)n + at] += block->diagonal[i] / block->variance;
            if (i + 1 < block->count)
                a[(at + 1) * (size_t)n + at] += block->beside[i] / block->variance;
        }
    }
}

/* One weighted least-squares step; false when the matrix is not positive definite. */
static bool step(fitting *f)
{
    effects_model *m = f->m;
    size_t n = (size_t)m->unknowns;
    memset(f->a, 0, n * n * sizeof *f->a);
    memset(f->right, 0, n * sizeof *f->right);
    for (size_t i = 0; i < m->cells; i++) {
        const effects_row *row = &m->row[i];
        double w = f->weight[i] / m->dispersion;
        double z = effects_predictor(m, row) + (m->y[i] - f->mu[i]) / f->weight[i];
        for (int s = 0; s < row->terms; s++) {
            f->right[row->at[s]] += w * row->by[s] * z;
            for (int t = 0; t < row->terms; t++)
                if (row->at[t] <= row->at[s])
                    f->a[(size_t)row->at[s] * n + (size_t)row->at[t]] += w * row->by[s] *
                                                                         row->by[t];
        }
    }
    add_prior(m, f->a);
    memcpy(m->factor, f->a, n * n * sizeof *f->a);
    if (!ku_cholesky(m->factor, m->unknowns, m->unknowns)) return false;
    ku_cholesky_solve(m->factor, m->unknowns, m->unknowns, f->right);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(f->right[i])) return false;
        m->b[i] = f->right[i];
    }
    return true;
}

/* L^-1 in the lower triangle of `inverse`. */
static void invert(const double *l, int unknowns, double *inverse)
{
    size_t n = (size_t)unknowns;
    memset(inverse, 0, n * n * sizeof *inverse);
    for (size_t i = 0; i < n; i++) {
        double *row = inverse + i * n;
        for (size_t k = 0; k < i; k++) {
            double by = l[i * n + k];
            const double *above = inverse + k * n;
            if (by != 0)
                for (size_t j = 0; j <= k; j++) row[j] -= by * above[j];
        }
        for (size_t j = 0; j < i; j++) row[j] /= l[i * n + i];
        row[i] = 1 / l[i * n + i];
    }
}

static double covariance(const double *inverse, int unknowns, int i, int j)
{
    double sum = 0;
    size_t n = (size_t)unknowns;
    for (size_t k = (size_t)(i > j ? i : j); k < n; k++)
        sum += inverse[k * n + (size_t)i] * inverse[k * n + (size_t)j];
    return sum;
}

/* b' structure b, and the trace of structure x covariance. */
static void block_sums(const fitting *f, const effects_block *block, double *square, double *trace)
{
    const double *b = f->m->b + block->first;
    *square = *trace = 0;
    for (int i = 0; i < block->count; i++) {
        int at = block->first + i;
        *square += block->diagonal[i] * b[i] * b[i];
        *trace += block->diagonal[i] * covariance(f->inverse, f->m->unknowns, at, at);
        if (i + 1 == block->count) break;
        *square += 2 * block->beside[i] * b[i] * b[i + 1];
        *trace += 2 * block->beside[i] * covariance(f->inverse, f->m->unknowns, at, at + 1);
    }
}

/* New variances; returns the largest relative change. */
static double revise_variances(fitting *f)
{
    effects_model *m = f->m;
    double change = 0;
    m->freedom = 0;
    for (int i = 0; i < m->unknowns; i++)
        if (m->ridge[i] > 0)
            m->freedom += 1 - m->ridge[i] * covariance(f->inverse, m->unknowns, i, i);
    for (int k = 0; k < m->blocks; k++) {
        effects_block *block = &m->block[k];
        double square, trace;
        block_sums(f, block, &square, &trace);
        double spent = fmax(0, block->count - trace / block->variance);
        double variance = (square + usual) / (spent + 1);
        change = fmax(change, fabs(log(variance / block->variance)));
        block->variance = variance;
        m->freedom += spent;
    }
    return change;
}

/* Pearson's dispersion; counts cannot vary less than their family does. */
static double revise_dispersion(fitting *f)
{
    effects_model *m = f->m;
    double sum = 0, before = m->dispersion;
    for (size_t i = 0; i < m->cells; i++) {
        double miss = m->y[i] - f->mu[i];
        sum += miss * miss / f->weight[i];
    }
    double left = fmax(1, (double)m->cells - m->freedom);
    m->dispersion = m->binomial ? fmax(1, (sum + 2) / (left + 2)) : fmax(sum / left, 1e-9);
    return fabs(log(m->dispersion / before));
}

bool effects_fit(effects_model *m, ku_arena *arena)
{
    size_t n = (size_t)m->unknowns;
    fitting f = {.m = m,
                 .eta = KU_ARRAY(arena, m->cells, double),
                 .mu = KU_ARRAY(arena, m->cells, double),
                 .weight = KU_ARRAY(arena, m->cells, double),
                 .a = KU_ARRAY(arena, n * n, double),
                 .inverse = KU_ARRAY(arena, n * n, double),
                 .right = KU_ARRAY(arena, n, double)};
    m->b = KU_ARRAY(arena, n, double);
    m->factor = KU_ARRAY(arena, n * n, double);
    begin(&f);
    if (!isfinite(m->b[0])) return false;
    for (int i = 0; i < STEPS; i++) {
        look(&f);
        if (!step(&f)) return false;
        look(&f);
        invert(m->factor, m->unknowns, f.inverse);
        double change = revise_variances(&f);
        change = fmax(change, revise_dispersion(&f));
        if (i > 3 && change < tolerance) break;
    }
    look(&f);
    return step(&f);
}

double effects_variance(const effects_model *model, const double *g, double *room)
{
    size_t n = (size_t)model->unknowns;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double *row = model->factor + i * n;
        double x = g[i];
        for (size_t j = 0; j < i; j++) x -= row[j] * room[j];
        room[i] = x / row[i];
        sum += room[i] * room[i];
    }
    return sum;
}
