/* cautious.c - likelihood and prediction of the model with random seasonal effects.
 *
 * Given q, the local level and the noise are whitened by the Kalman filter of the local level
 * model, a linear map that costs O(n). The same filter runs over z, over the constant and
 * over the indicator of each place in the season; what is left is a ridge regression of the
 * whitened z with penalty 1/k on the seasonal effects. Its normal matrix is built once a q,
 * and a k costs one Cholesky factor of it. So the whole is O(n m^2) for each of a few q, and
 * no derivative is needed: the forecasts of all pairs (q, k) of a grid are averaged by
 * their likelihood, which also carries the doubt about q and k into the variance. */
#include "forecast/cautious/cautious.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

/* Standard deviations in steps of about half a power of ten: finer makes no difference. */
static const double wanders[] = {0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
static const double seasons[] = {0, 0.1, 0.3, 1, 3, 10, 30};
enum {
    WANDERS = sizeof wanders / sizeof *wanders,
    SEASONS = sizeof seasons / sizeof *seasons,
    PAIRS = WANDERS * SEASONS,
};

struct ku_cautious_work {
    double *z;      /* n */
    double *rows;   /* n x columns: z, the seasons, the constant; whitened */
    double *state;  /* columns: the filter's level of each */
    double *normal; /* columns x columns */
    double *factor; /* the same, penalised and factored */
    double *effect; /* columns: seasonal effects, then the constant */
    double *x;      /* columns */
    double *mean[2], *square[2], *fitted[2]; /* of the forecasts, raw and in logarithms */
};

ku_cautious_work *ku_cautious_work_new(ku_arena *arena, int observations, int season, int horizon)
{
    ku_cautious_work *w = KU_NEW(arena, ku_cautious_work);
    int most = season < KU_CAUTIOUS_SEASON ? season : KU_CAUTIOUS_SEASON;
    size_t n = (size_t)observations + 1, columns = (size_t)most + 2, h = (size_t)horizon;
    double *room = ku_arena_try(
        arena, (n * (columns + 3) + 2 * columns * columns + 3 * columns + 4 * h) * sizeof *room);
    if (room == NULL) return NULL;
    w->z = room, room += n;
    w->rows = room, room += n * columns;
    w->normal = room, room += columns * columns;
    w->factor = room, room += columns * columns;
    w->state = room, room += columns;
    w->effect = room, room += columns;
    w->x = room, room += columns;
    for (int i = 0; i < 2; i++) {
        w->mean[i] = room, room += h;
        w->square[i] = room, room += h;
        w->fitted[i] = room, room += n;
    }
    return w;
}

/* ---- whitening ------------------------------------------------------------------------------ */

/* One value of q: what the filter leaves. Columns of `rows`: seasons 0..m-1, the constant m,
 * z last at m + 1. */
typedef struct whitened {
    int n, season, columns;
    double q, logdet; /* ln |covariance of level and noise|, over sigma^2 */
    double ahead;     /* variance of the level one step after the last value */
} whitened;

static void whiten(ku_cautious_work *w, whitened *v)
{
    const int columns = v->columns, m = v->season;
    double p = 0;
    v->logdet = 0;
    memset(w->state, 0, (size_t)columns * sizeof *w->state);
    for (int t = 0; t < v->n; t++) {
        double f = p + 1, gain = p / f, scale = 1 / sqrt(f), *row = w->rows + t * columns;
        for (int c = 0; c < columns; c++) {
            double value = c < m ? c == t % m : c == m ? 1 : w->z[t];
            double error = value - w->state[c];
            row[c] = error * scale;
            w->state[c] += gain * error;
        }
        v->logdet += log(f);
        p = p * (1 - gain) + v->q;
    }
    v->ahead = p;
}

/* Lower triangle of rows' rows. */
static void normal_matrix(ku_cautious_work *w, const whitened *v)
{
    const int columns = v->columns;
    memset(w->normal, 0, (size_t)columns * (size_t)columns * sizeof *w->normal);
    for (int t = 0; t < v->n; t++) {
        const double *row = w->rows + t * columns;
        for (int i = 0; i < columns; i++)
            for (int j = 0; j <= i; j++) w->normal[i * columns + j] += row[i] * row[j];
    }
}

/* ---- one pair --------------------------------------------------------------------------------- */

typedef struct pair {
    double q, k;
    double deviance; /* -2 ln restricted likelihood, up to a constant */
    double sigma2;
} pair;

/* The seasonal effects and the constant at this k; false where the numbers give out. With
 * k = 0 there are no effects. The constant is the last unknown, so the square of its pivot
 * is its information, which the restricted likelihood needs. */
static bool solve_pair(ku_cautious_work *w, const whitened *v, pair *p)
{
    const int columns = v->columns, m = v->season, first = p->k > 0 ? 0 : m, size = m + 1 - first;
    double logs = 0, squares = w->normal[(m + 1) * columns + m + 1];
    memset(w->effect, 0, (size_t)columns * sizeof *w->effect);
    for (int i = 0; i < size; i++)
        for (int j = 0; j <= i; j++)
            w->factor[i * size + j] = w->normal[(first + i) * columns + first + j] +
                                      (i == j && first + i < m ? 1 / p->k : 0);
    for (int i = 0; i < size; i++) w->effect[first + i] = w->normal[(m + 1) * columns + first + i];
    if (!ku_cholesky(w->factor, size, size)) return false;
    ku_cholesky_solve(w->factor, size, size, w->effect + first);
    for (int i = 0; i < size; i++) {
        logs += 2 * log(w->factor[i * size + i]) + (first + i < m ? log(p->k) : 0);
        squares -= w->effect[first + i] * w->normal[(m + 1) * columns + first + i];
    }
    if (!(squares > 0)) return false;
    p->sigma2 = squares / (v->n - 1);
    p->deviance = (v->n - 1) * log(p->sigma2) + v->logdet + logs;
    return isfinite(p->deviance);
}

/* Mean and variance of z at step i after the last value. */
static void predict(ku_cautious_work *w, const whitened *v, const pair *p, int i, double *mean,
                    double *variance)
{
    const int m = v->season, first = p->k > 0 ? 0 : m, size = m + 1 - first;
    double level = w->state[m + 1];
    *mean = w->effect[m];
    if (first == 0) *mean += w->effect[(v->n + i) % m];
    for (int c = first; c <= m; c++) level -= w->effect[c] * w->state[c];
    *mean += level;
    for (int c = first; c <= m; c++) {
        double indicator = c == m || c == (v->n + i) % m ? 1 : 0;
        w->x[c - first] = indicator - w->state[c];
    }
    /* x' C^-1 x = |L^-1 x|^2 */
    double squares = 0;
    for (int a = 0; a < size; a++) {
        for (int b = 0; b < a; b++) w->x[a] -= w->factor[a * size + b] * w->x[b];
        w->x[a] /= w->factor[a * size + a];
        squares += w->x[a] * w->x[a];
    }
    *variance = p->sigma2 * (1 + v->ahead + i * v->q + squares);
}

/* One-step forecasts with the effects found from all values. */
static double one_step(const ku_cautious_work *w, const whitened *v, const pair *p, int t)
{
    /* The whitened row is error / sqrt(f); f follows from the filter's recursion, but the
     * scaled error of the whole regression is all that is needed: z - error = forecast. */
    const double *row = w->rows + t * v->columns;
    double scaled = row[v->season + 1] - w->effect[v->season] * row[v->season];
    for (int c = 0; p->k > 0 && c < v->season; c++) scaled -= w->effect[c] * row[c];
    return scaled;
}

/* ---- all pairs ---------------------------------------------------------------------------------- */

typedef struct average {
    double weight, best;
    pair pair; /* the likeliest */
} average;

/* Adds the pair's forecasts with its weight exp(-(deviance - best) / 2); a better pair than
 * all before scales these down. */
static void add_pair(ku_cautious_work *w, const whitened *v, const pair *p, int h, int which,
                     double *fitted, average *all)
{
    double *mean = w->mean[which], *square = w->square[which];
    bool better = p->deviance < all->best;
    double scale = better ? exp((p->deviance - all->best) / 2) : 1;
    double weight = better ? 1 : exp((all->best - p->deviance) / 2);
    if (!better && weight < 1e-8) return;
    all->weight = all->weight * scale + weight;
    for (int i = 0; i < h; i++) {
        double at, variance;
        predict(w, v, p, i, &at, &variance);
        mean[i] = mean[i] * scale + weight * at;
        square[i] = square[i] * scale + weight * (variance + at * at);
    }
    if (!better) return;
    all->best = p->deviance;
    all->pair = *p;
    double f = 1;
    for (int t = 0; fitted != NULL && t < v->n; t++) {
        fitted[t] = w->z[t] - one_step(w, v, p, t) * sqrt(f);
        f = 1 + (f - 1) / f + v->q;
    }
}

/* Forecasts of z by all pairs together; false when no pair could be solved. */
static bool forecast(ku_cautious_work *w, int n, int season, int h, int which, double *fitted,
                     average *all)
{
    whitened v = {.n = n, .season = season, .columns = season + 2};
    *all = (average){.best = INFINITY};
    memset(w->mean[which], 0, (size_t)h * sizeof(double));
    memset(w->square[which], 0, (size_t)h * sizeof(double));
    for (int a = 0; a < WANDERS; a++) {
        v.q = wanders[a];
        whiten(w, &v);
        normal_matrix(w, &v);
        for (int b = 0; b < SEASONS; b++) {
            pair p = {.q = v.q, .k = seasons[b]};
            if (solve_pair(w, &v, &p)) add_pair(w, &v, &p, h, which, fitted, all);
        }
    }
    for (int i = 0; i < h; i++) {
        w->mean[which][i] /= all->weight;
        w->square[which][i] = fmax(
            w->square[which][i] / all->weight - w->mean[which][i] * w->mean[which][i], 0);
    }
    return all->weight > 0;
}

bool ku_cautious(ku_cautious_work *w, const double *y, int n, int season, int h, double *mean,
                 double *variance, double *fitted, ku_cautious_fit *fit)
{
    double jacobian = 0;
    bool positive = true, done[2] = {false, false};
    average all[2];
    if (season < 2 || season > KU_CAUTIOUS_SEASON || n <= season) return false;
    for (int t = 0; t < n; t++) positive = positive && y[t] > 0;
    for (int which = 0; which < (positive ? 2 : 1); which++) {
        for (int t = 0; t < n; t++) w->z[t] = which ? log(y[t]) : y[t];
        done[which] = forecast(w, n, season, h, which, w->fitted[which], &all[which]);
    }
    for (int t = 0; positive && t < n; t++) jacobian += 2 * log(y[t]);
    int chosen = done[1] && (!done[0] || all[1].best + jacobian < all[0].best);
    if (!done[chosen]) return false;
    memcpy(mean, w->mean[chosen], (size_t)h * sizeof *mean);
    memcpy(variance, w->square[chosen], (size_t)h * sizeof *variance);
    if (fitted != NULL) memcpy(fitted, w->fitted[chosen], (size_t)n * sizeof *fitted);
    const pair *p = &all[chosen].pair;
    *fit = (ku_cautious_fit){chosen == 1, p->q, p->k, p->sigma2,
                             -(all[chosen].best + (chosen ? jacobian : 0)) / 2};
    return true;
}
