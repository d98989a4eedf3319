/* glm.c - Newton's method over sparse rows.
 *
 * The rows are cut into a fixed number of runs; each adds up its own part of the matrix and
 * the parts are added in order, so that the bits do not depend on the threads. Groups of rows
 * that belong together are never cut. */
#include "num/glm.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { RUNS = 16, STEPS = 60, HALVINGS = 30, MOST_TOUCHED = 512 };

static const double far_out = 30; /* exp() of the log link is straight beyond */

double ku_logistic(double eta)
{
    double e = exp(-fabs(eta));
    return eta >= 0 ? 1 / (1 + e) : e / (1 + e);
}

double ku_glm_predictor(const ku_glm_rows *rows, size_t row, const double *beta)
{
    const double *x = rows->x + row * (size_t)rows->dense;
    double eta = beta[0];
    for (int j = 0; j < rows->dense; j++) eta += beta[1 + j] * x[j];
    for (int f = 0; f < rows->factors; f++) {
        int32_t column = rows->level[row * (size_t)rows->factors + (size_t)f];
        if (column >= 0) eta += beta[column];
    }
    return eta;
}

void ku_glm_add(const ku_glm_rows *rows, size_t row, double factor, double *to)
{
    const double *x = rows->x + row * (size_t)rows->dense;
    to[0] += factor;
    for (int j = 0; j < rows->dense; j++) to[1 + j] += factor * x[j];
    for (int f = 0; f < rows->factors; f++) {
        int32_t column = rows->level[row * (size_t)rows->factors + (size_t)f];
        if (column >= 0) to[column] += factor;
    }
}

double ku_glm_variance(const ku_glm_rows *rows, size_t row, const double *covariance)
{
    int columns = ku_glm_columns(rows), head = 1 + rows->dense;
    const double *x = rows->x + row * (size_t)rows->dense;
    const int32_t *level = rows->level + row * (size_t)rows->factors;
    double sum = 0;
    for (int a = 0; a < head + rows->factors; a++) {
        int column = a < head ? a : level[a - head];
        if (column < 0) continue;
        const double *line = covariance + (size_t)column * (size_t)columns;
        double inner = line[0];
        for (int j = 0; j < rows->dense; j++) inner += line[1 + j] * x[j];
        for (int f = 0; f < rows->factors; f++)
            if (level[f] >= 0) inner += line[level[f]];
        sum += a == 0 || a >= head ? inner : x[a - 1] * inner;
    }
    return fmax(sum, 0);
}

double ku_quadratic(const double *covariance, const double *v, int columns)
{
    double sum = 0;
    for (int a = 0; a < columns; a++) {
        const double *line = covariance + (size_t)a * (size_t)columns;
        double inner = 0;
        if (v[a] == 0) continue;
        for (int b = 0; b < columns; b++) inner += line[b] * v[b];
        sum += v[a] * inner;
    }
    return fmax(sum, 0);
}

/* ---- one row ----------------------------------------------------------------------------- */

typedef struct point {
    double loglik, residual, curvature; /* residual: derivative of loglik by the predictor */
} point;

static point at_logit(double y, double eta)
{
    double p = ku_logistic(eta);
    double log_one = eta > 0 ? eta + log1p(exp(-eta)) : log1p(exp(eta));
    return (point){y * eta - log_one, y - p, p * (1 - p)};
}

static point at_log(double y, double eta)
{
    if (eta > far_out) { /* straight on, so that a wild first step stays finite */
        double edge = exp(far_out);
        return (point){y * eta - edge * (1 + eta - far_out), y - edge, edge};
    }
    double mean = exp(eta);
    return (point){y * eta - mean, y - mean, mean};
}

static point at_point(ku_glm_link link, double y, double eta)
{
    switch (link) {
    case KU_GLM_LOGIT:
        return at_logit(y, eta);
    case KU_GLM_LOG:
        return at_log(y, eta);
    default:
        return (point){-(y - eta) * (y - eta) / 2, y - eta, 1};
    }
}

/* ---- sums over all rows -------------------------------------------------------------------- */

typedef struct work {
    ku_glm_link link;
    const ku_glm_rows *rows;
    const double *beta;
    int columns;
    bool likelihood_only, meat;
    size_t from[RUNS + 1];
    double *matrix;   /* RUNS x columns x columns, lower triangle */
    double *gradient; /* RUNS x columns */
    double *group;    /* RUNS x columns: score of the rows that belong together */
    double loglik[RUNS];
} work;

static void add_matrix(const work *w, size_t row, double factor, double *matrix)
{
    const ku_glm_rows *rows = w->rows;
    const double *x = rows->x + row * (size_t)rows->dense;
    const int32_t *level = rows->level + row * (size_t)rows->factors;
    size_t n = (size_t)w->columns;
    matrix[0] += factor;
    for (int a = 0; a < rows->dense; a++) {
        double *line = matrix + (size_t)(1 + a) * n;
        double scaled = factor * x[a];
        if (scaled == 0) continue;
        line[0] += scaled;
        for (int b = 0; b <= a; b++) line[1 + b] += scaled * x[b];
    }
    for (int f = 0; f < rows->factors; f++) {
        if (level[f] < 0) continue;
        double *line = matrix + (size_t)level[f] * n;
        line[0] += factor;
        for (int b = 0; b < rows->dense; b++) line[1 + b] += factor * x[b];
        for (int g = 0; g <= f; g++)
            if (level[g] >= 0) line[level[g]] += factor;
    }
}

static void sum_run(void *data, size_t run, unsigned thread)
{
    work *w = data;
    const ku_glm_rows *rows = w->rows;
    double *matrix = w->matrix + run * (size_t)w->columns * (size_t)w->columns;
    double *gradient = w->gradient + run * (size_t)w->columns;
    double loglik = 0;
    (void)thread;
    if (!w->likelihood_only) {
        memset(matrix, 0, (size_t)w->columns * (size_t)w->columns * sizeof *matrix);
        memset(gradient, 0, (size_t)w->columns * sizeof *gradient);
    }
    for (size_t i = w->from[run]; i < w->from[run + 1]; i++) {
        double weight = rows->weight != NULL ? rows->weight[i] : 1;
        if (weight == 0) continue;
        point at = at_point(w->link, rows->y[i], ku_glm_predictor(rows, i, w->beta));
        loglik += weight * at.loglik;
        if (w->likelihood_only) continue;
        ku_glm_add(rows, i, weight * at.residual, gradient);
        add_matrix(w, i, weight * at.curvature, matrix);
    }
    w->loglik[run] = loglik;
}

/* The columns that a group of rows has touched, so that its square costs no more than that. */
typedef struct touched {
    int count;
    int column[MOST_TOUCHED];
} touched;

static void touch(const work *w, size_t row, const double *group, touched *t)
{
    const ku_glm_rows *rows = w->rows;
    for (int f = 0; f < rows->factors; f++) {
        int32_t column = rows->level[row * (size_t)rows->factors + (size_t)f];
        if (column < 0 || group[column] != 0) continue;
        bool known = false;
        for (int k = 1 + rows->dense; k < t->count && !known; k++) known = t->column[k] == column;
        if (!known && t->count < MOST_TOUCHED) t->column[t->count++] = column;
    }
}

static void square_group(const work *w, double *group, touched *t, double *matrix)
{
    for (int a = 0; a < t->count; a++) {
        double value = group[t->column[a]];
        for (int b = 0; b <= a && value != 0; b++) {
            int low = t->column[a] < t->column[b] ? t->column[a] : t->column[b];
            int high = t->column[a] + t->column[b] - low;
            matrix[(size_t)high * (size_t)w->columns + (size_t)low] += value * group[t->column[b]];
        }
    }
    for (int a = 0; a < t->count; a++) group[t->column[a]] = 0;
    t->count = 1 + w->rows->dense;
}

static void meat_run(void *data, size_t run, unsigned thread)
{
    work *w = data;
    const ku_glm_rows *rows = w->rows;
    double *matrix = w->matrix + run * (size_t)w->columns * (size_t)w->columns;
    double *group = w->group + run * (size_t)w->columns;
    touched t = {.count = 1 + rows->dense};
    (void)thread;
    memset(matrix, 0, (size_t)w->columns * (size_t)w->columns * sizeof *matrix);
    memset(group, 0, (size_t)w->columns * sizeof *group);
    for (int j = 0; j < t.count; j++) t.column[j] = j;
    for (size_t i = w->from[run]; i < w->from[run + 1]; i++) {
        double weight = rows->weight != NULL ? rows->weight[i] : 1;
        bool last = i + 1 == w->from[run + 1] || rows->belong == NULL ||
                    rows->belong[i + 1] != rows->belong[i];
        if (weight > 0) {
            point at = at_point(w->link, rows->y[i], ku_glm_predictor(rows, i, w->beta));
            touch(w, i, group, &t);
            ku_glm_add(rows, i, weight * at.residual, group);
        }
        if (last) square_group(w, group, &t, matrix);
    }
}

/* Cuts the rows into runs, never between rows that belong together. */
static void cut(work *w)
{
    const ku_glm_rows *rows = w->rows;
    for (size_t r = 0; r <= RUNS; r++) {
        size_t at = r * rows->rows / RUNS;
        if (r > 0 && at < w->from[r - 1]) at = w->from[r - 1];
        while (rows->belong != NULL && at > 0 && at < rows->rows &&
               rows->belong[at] == rows->belong[at - 1])
            at++;
        w->from[r] = at;
    }
}

/* Adds the runs up into the first. */
static double gather(work *w, ku_pool *pool)
{
    size_t square = (size_t)w->columns * (size_t)w->columns;
    double loglik = 0;
    ku_pool_each(pool, RUNS, 1, w->meat ? meat_run : sum_run, w);
    for (size_t r = 0; r < RUNS; r++) loglik += w->loglik[r];
    if (w->likelihood_only) return loglik;
    for (size_t r = 1; r < RUNS; r++) {
        for (size_t k = 0; k < square; k++) w->matrix[k] += w->matrix[r * square + k];
        for (int j = 0; j < w->columns && !w->meat; j++)
            w->gradient[j] += w->gradient[r * (size_t)w->columns + (size_t)j];
    }
    return loglik;
}

static double penalise(const double *penalty, const double *beta, int columns)
{
    double sum = 0;
    for (int j = 0; j < columns; j++) sum += penalty[j] * beta[j] * beta[j] / 2;
    return sum;
}

/* ---- the fit ---------------------------------------------------------------------------------- */

/* The penalised matrix and gradient at beta; the matrix is then factored. False where it
 * cannot be. */
static bool prepare(work *w, const double *penalty, ku_pool *pool, double *loglik)
{
    w->likelihood_only = w->meat = false;
    *loglik = gather(w, pool);
    for (int j = 0; j < w->columns; j++) {
        w->gradient[j] -= penalty[j] * w->beta[j];
        w->matrix[(size_t)j * (size_t)w->columns + (size_t)j] += penalty[j];
    }
    return ku_cholesky(w->matrix, w->columns, w->columns);
}

/* One Newton step from `beta` to `trial`, halved until it does not lose. Returns the gain. */
static double step(work *w, const double *penalty, ku_pool *pool, double loglik, double *beta,
                   double *trial)
{
    double before = loglik - penalise(penalty, beta, w->columns), share = 1;
    ku_cholesky_solve(w->matrix, w->columns, w->columns, w->gradient);
    w->likelihood_only = true;
    w->beta = trial;
    for (int k = 0; k < HALVINGS; k++, share /= 2) {
        for (int j = 0; j < w->columns; j++) trial[j] = beta[j] + share * w->gradient[j];
        double after = gather(w, pool) - penalise(penalty, trial, w->columns);
        if (after < before || !isfinite(after)) continue;
        memcpy(beta, trial, (size_t)w->columns * sizeof *beta);
        w->beta = beta;
        return after - before;
    }
    w->beta = beta;
    return 0;
}

/* inverse of the factored matrix, then the sandwich around the groups' squares. */
static void sandwich(work *w, ku_pool *pool, double *inverse, double *half, double *covariance)
{
    size_t n = (size_t)w->columns;
    memset(inverse, 0, n * n * sizeof *inverse);
    for (size_t j = 0; j < n; j++) {
        inverse[j * n + j] = 1;
        ku_cholesky_solve(w->matrix, w->columns, w->columns, inverse + j * n);
    }
    w->meat = true;
    gather(w, pool);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < a; b++) w->matrix[b * n + a] = w->matrix[a * n + b];
    memset(half, 0, n * n * sizeof *half);
    memset(covariance, 0, n * n * sizeof *covariance);
    for (size_t a = 0; a < n; a++)
        for (size_t k = 0; k < n; k++)
            for (size_t b = 0; b < n; b++)
                half[a * n + b] += inverse[a * n + k] * w->matrix[k * n + b];
    for (size_t a = 0; a < n; a++)
        for (size_t k = 0; k < n; k++)
            for (size_t b = 0; b < n; b++)
                covariance[a * n + b] += half[a * n + k] * inverse[k * n + b];
}

/* A constant that fits the mean: a start from which few steps are needed. */
static ku_status start(const work *w, double *beta, double *weight, ku_error *err)
{
    double sum = 0, total = 0;
    for (size_t i = 0; i < w->rows->rows; i++) {
        double share = w->rows->weight != NULL ? w->rows->weight[i] : 1;
        if (share == 0) continue;
        sum += share * w->rows->y[i];
        total += share;
    }
    *weight = total;
    if (!(total > 0)) return ku_error_set(err, KU_BAD_DATA, NULL, "there is nothing to learn from");
    double mean = sum / total;
    if (w->link == KU_GLM_LOGIT) {
        mean = (sum + 0.5) / (total + 1);
        beta[0] = log(mean / (1 - mean));
    } else {
        beta[0] = w->link == KU_GLM_LINE ? mean : log(fmax(mean, 1e-9));
    }
    return KU_OK;
}

ku_status ku_glm_fit(ku_glm_link link, const ku_glm_rows *rows, const double *penalty,
                     ku_arena *arena, ku_pool *pool, ku_glm *out, ku_error *err)
{
    size_t n = (size_t)ku_glm_columns(rows);
    double *room = ku_arena_try(arena, ((RUNS + 3) * n * n + (2 * RUNS + 2) * n) * sizeof *room);
    if (room == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "%zu columns do not fit into memory", n);
    work w = {.link = link, .rows = rows, .columns = (int)n, .matrix = room};
    double *inverse = w.matrix + RUNS * n * n, *half = inverse + n * n, *trial;
    *out = (ku_glm){.link = link, .columns = (int)n, .covariance = half + n * n};
    w.gradient = out->covariance + n * n;
    w.group = w.gradient + RUNS * n;
    trial = w.group + RUNS * n;
    out->beta = trial + n;
    memset(out->beta, 0, n * sizeof *out->beta);
    cut(&w);
    KU_TRY(start(&w, out->beta, &out->weight, err));
    w.beta = out->beta;
    for (;;) {
        if (!prepare(&w, penalty, pool, &out->loglik))
            return ku_error_set(err, KU_BAD_DATA, NULL, "the columns depend on each other");
        if (out->converged || out->steps == STEPS) break;
        double gain = step(&w, penalty, pool, out->loglik, out->beta, trial);
        out->steps++;
        out->converged = gain <= 1e-12 * (1 + fabs(out->loglik));
    }
    sandwich(&w, pool, inverse, half, out->covariance);
    return KU_OK;
}
