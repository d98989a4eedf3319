/* regress.c - the effects of regressors on one series.
 *
 * Sales follow their own past as well as price and promotion. Plain least squares takes one
 * for the other: a trend that happens to run with the price becomes an effect of the price,
 * and errors that follow each other make effects look surer than they are. So level, trend
 * and season stand in the regression beside the columns, and errors are allowed to follow
 * each other.
 *
 * With w the row of all columns and y, the sums of squares and products of w[t] - phi w[t-1]
 * are C0 - phi C1 + phi^2 C2 for three matrices that do not depend on phi; the search for
 * phi costs nothing that grows with the length of the series. One Cholesky factor of the
 * matrix with y as its last row gives the determinant, the coefficients and the residual
 * sum of squares together. */
#include "forecast/regress/regress.h"

#include <math.h>
#include <string.h>

#include "num/brent.h"
#include "num/linear.h"
#include "num/magnitude.h"

enum { SHORTEST = 6, MOST_WAVES = 6 };

/* Of a column's sum of squares, what must be its own and not follow from those before it. */
static const double own_part = 1e-7;
static const double phi_low = -0.6, phi_high = 0.98;

struct ku_regress_work {
    int columns;
    double *rows;         /* by column, n each: nuisance, used columns, y */
    double *kept;         /* the same, orthonormal */
    double *c0, *c1, *c2; /* size x size */
    double *a, *inverse;  /* size x size */
    double *unit;         /* size */
    double *scale;        /* columns */
    int *place;           /* of a used column among the rows; columns */
    double *value;        /* longest: one column */
};

static int waves_of(int n, int season)
{
    if (season < 2 || n < 2 * season) return 0;
    int most = n >= 3 * season && season <= 13 ? season / 2 : 3;
    if (most > season / 2) most = season / 2;
    if (most > MOST_WAVES) most = MOST_WAVES;
    while (most > 1 && 2 * most > n / 5) most--;
    return most;
}

ku_regress_work *ku_regress_work_new(ku_arena *arena, int longest, int season, int columns)
{
    (void)season;
    size_t size = (size_t)columns + 2 * MOST_WAVES + 3, n = (size_t)longest + 1;
    ku_regress_work *w = KU_NEW(arena, ku_regress_work);
    double *room = ku_arena_try(arena, (2 * size * n + 5 * size * size + size) * sizeof *room);
    double *lists = ku_arena_try(arena, ((size_t)columns + n) * sizeof *lists);
    w->place = ku_arena_try(arena, ((size_t)columns + 1) * sizeof *w->place);
    if (room == NULL || lists == NULL || w->place == NULL) return NULL;
    w->columns = columns;
    w->rows = room;
    w->kept = room + size * n;
    w->c0 = w->kept + size * n;
    w->c1 = w->c0 + size * size;
    w->c2 = w->c1 + size * size;
    w->a = w->c2 + size * size;
    w->inverse = w->a + size * size;
    w->unit = w->inverse + size * size;
    w->scale = lists;
    w->value = lists + columns;
    return w;
}

bool ku_regress_room(ku_arena *arena, int columns, ku_regress_fit *fit)
{
    size_t k = (size_t)columns;
    fit->effect = ku_arena_try(arena, (k + 1) * sizeof *fit->effect);
    fit->covariance = ku_arena_try(arena, (k * k + 1) * sizeof(double));
    return fit->effect != NULL && fit->covariance != NULL;
}

/* ---- columns ------------------------------------------------------------------------------- */

static const double *column_of(const ku_regress_data *d, int j)
{
    return d->x + (size_t)j * (size_t)(d->n + d->ahead);
}

/* The past of a column, empty cells taking the value before (the first ones, the first
 * value). Returns how many were empty. */
static int past_of(const ku_regress_data *d, const ku_regress_effect *e, int j, double *to)
{
    const double *x = column_of(d, j);
    int empty = 0, first = 0;
    while (isnan(x[first])) first++;
    double last = x[first];
    for (int t = 0; t < d->n; t++) {
        if (isnan(x[t]))
            empty++;
        else
            last = x[t];
        to[t] = e->logged ? log(last) : last;
    }
    return empty;
}

double ku_regress_value(const ku_regress_data *d, const ku_regress_fit *fit, int j, int t)
{
    const double *x = column_of(d, j);
    int at = t;
    while (t < d->n && at > 0 && isnan(x[at])) at--;
    while (t < d->n && isnan(x[at])) at++;
    if (!fit->effect[j].logged) return x[at];
    return x[at] > 0 ? log(x[at]) : NAN;
}

static ku_regress_fate fate_of(const ku_regress_data *d, int j)
{
    if (d->helper != NULL && d->helper[j]) return KU_REGRESS_HELPER;
    const double *x = column_of(d, j);
    double low = INFINITY, high = -INFINITY;
    for (int t = 0; t < d->n; t++) {
        if (isnan(x[t])) continue;
        low = fmin(low, x[t]);
        high = fmax(high, x[t]);
    }
    if (low > high) return KU_REGRESS_EMPTY;
    return high - low <= 1e-12 * fmax(fabs(low), fabs(high)) ? KU_REGRESS_CONSTANT
                                                             : KU_REGRESS_USED;
}

/* Whether relative effects go by ln x: it is above zero wherever known, and not a flag. */
static bool goes_by_log(const ku_regress_data *d, int j)
{
    const double *x = column_of(d, j);
    for (int t = 0; t < d->n + d->ahead; t++)
        if (!isnan(x[t]) && x[t] <= 0) return false;
    return true;
}

static bool all_positive(const double *y, int n)
{
    for (int t = 0; t < n; t++)
        if (!(y[t] > 0)) return false;
    return true;
}

/* ---- the rows of the regression ----------------------------------------------------------------- */

/* Level, trend (where the past has room for it) and season; returns how many. */
static int put_nuisance(ku_regress_work *w, int n, int season)
{
    static const double turn = 6.283185307179586;
    int q = 0, waves = waves_of(n, season);
    for (int t = 0; t < n; t++) w->rows[t] = 1;
    q++;
    if (n >= 10) {
        for (int t = 0; t < n; t++) w->rows[q * n + t] = (2.0 * t - (n - 1)) / (n - 1);
        q++;
    }
    for (int k = 1; k <= waves; k++)
        for (int half = 0; half < 2; half++) {
            if (half == 1 && 2 * k == season) break; /* its sine is zero */
            double *to = w->rows + (size_t)q++ * n;
            for (int t = 0; t < n; t++) {
                double angle = turn * (double)((int64_t)k * t % season) / season;
                to[t] = half == 0 ? cos(angle) : sin(angle);
            }
        }
    return q;
}

/* A used column with mean 0 and mean square 1. */
static void put_column(ku_regress_work *w, const ku_regress_data *d, ku_regress_fit *fit, int j,
                       int at)
{
    int n = d->n;
    double *to = w->rows + (size_t)at * n, sum = 0, squares = 0;
    fit->filled += past_of(d, &fit->effect[j], j, to);
    for (int t = 0; t < n; t++) sum += to[t] / n;
    for (int t = 0; t < n; t++) {
        to[t] -= sum;
        squares = fmax(squares, fabs(to[t]));
    }
    double size = squares > 0 ? squares : 1;
    squares = 0;
    for (int t = 0; t < n; t++) squares += to[t] / size * (to[t] / size) / n;
    w->scale[j] = squares > 0 ? size * sqrt(squares) : 1;
    for (int t = 0; t < n; t++) to[t] /= w->scale[j];
}

/* The mean of the last season, or of the last 12 periods where there is none. */
static double usual(const double *x, int n, int season)
{
    int length = season > 1 ? season : 12;
    if (length > n) length = n;
    double sum = 0;
    for (int t = n - length; t < n; t++) sum += x[t] / length;
    return sum;
}

static void products(const ku_regress_work *w, int n, int size)
{
    for (int i = 0; i < size; i++)
        for (int k = 0; k <= i; k++) {
            const double *a = w->rows + (size_t)i * n, *b = w->rows + (size_t)k * n;
            double same = 0, next = 0;
            for (int t = 0; t < n; t++) same += a[t] * b[t];
            for (int t = 1; t < n; t++) next += a[t] * b[t - 1] + a[t - 1] * b[t];
            size_t at = (size_t)i * (size_t)size + (size_t)k;
            w->c0[at] = same;
            w->c1[at] = next;
            w->c2[at] = same - a[0] * b[0] - a[n - 1] * b[n - 1];
        }
}

/* ---- which columns say something of their own ------------------------------------------------------ */

/* What of `x` (mean square 1) the `count` columns before it leave, taken twice against
 * rounding. `kept` are orthonormal and the rest joins them; false when too little is left. */
static bool has_own_part(double *kept, int count, const double *x, int n)
{
    double *rest = kept + (size_t)count * n, before = 0, after = 0;
    for (int t = 0; t < n; t++) {
        rest[t] = x[t];
        before += x[t] * x[t];
    }
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < count; i++) {
            const double *q = kept + (size_t)i * n;
            double along = 0;
            for (int t = 0; t < n; t++) along += q[t] * rest[t];
            for (int t = 0; t < n; t++) rest[t] -= along * q[t];
        }
    for (int t = 0; t < n; t++) after += rest[t] * rest[t];
    if (!(after > own_part * before)) return false;
    for (int t = 0; t < n; t++) rest[t] /= sqrt(after);
    return true;
}

/* Fills the rows with nuisance and used columns, and the fates; returns the number of
 * nuisance columns, *size that of all with y. Collinear columns are left out unless there are
 * too many columns to tell, which the prior then sorts out. */
static int put_rows(ku_regress_work *w, const ku_regress_data *d, ku_regress_fit *fit, bool many,
                    int *size)
{
    double *kept = w->kept;
    int q = put_nuisance(w, d->n, d->season), at = q, count = 0;
    for (int i = 0; i < q; i++)
        if (has_own_part(kept, count, w->rows + (size_t)i * d->n, d->n)) count++;
    for (int j = 0; j < d->columns; j++) {
        ku_regress_effect *e = &fit->effect[j];
        if (e->fate != KU_REGRESS_USED) continue;
        put_column(w, d, fit, j, at);
        if (!many && !has_own_part(kept, count, w->rows + (size_t)at * d->n, d->n)) {
            e->fate = KU_REGRESS_COLLINEAR;
            continue;
        }
        count++;
        w->place[j] = at++;
    }
    *size = at + 1;
    return q;
}

/* ---- the likelihood -------------------------------------------------------------------------------- */

typedef struct problem {
    ku_regress_work *w;
    int n, q, size; /* periods; nuisance columns; all columns and y */
    double lambda;  /* of the prior, 0: none */
} problem;

/* The factor for phi; false where it has none. */
static bool factor(const problem *p, double phi)
{
    const ku_regress_work *w = p->w;
    for (int i = 0; i < p->size; i++)
        for (int k = 0; k <= i; k++) {
            size_t at = (size_t)i * (size_t)p->size + (size_t)k;
            w->a[at] = w->c0[at] - phi * w->c1[at] + phi * phi * w->c2[at];
            if (i == k && i >= p->q && i < p->size - 1) w->a[at] += p->lambda;
        }
    /* A past that is explained to the last digit still has a factor. */
    size_t last = (size_t)p->size * (size_t)p->size - 1;
    w->a[last] += 1e-13 * w->c0[last] + 1e-30;
    return ku_cholesky(w->a, p->size, p->size);
}

/* Minus twice the restricted log-likelihood but for constants; with a prior, minus twice the
 * logarithm of the probability of the data given phi and lambda. */
static double likelihood(void *data, double phi)
{
    const problem *p = data;
    if (!factor(p, phi)) return INFINITY;
    double logs = 0;
    for (int i = 0; i < p->size - 1; i++)
        logs += 2 * log(p->w->a[(size_t)i * (size_t)p->size + (size_t)i]);
    double rest = p->w->a[(size_t)p->size * (size_t)p->size - 1];
    int free = p->n - (p->lambda > 0 ? p->q : p->size - 1);
    if (p->lambda > 0) logs -= (p->size - 1 - p->q) * log(p->lambda);
    return 2 * free * log(rest) + logs - log(1 - phi * phi);
}

static double best_phi(problem *p, double *value)
{
    return ku_brent(likelihood, p, phi_low, phi_high, 7, 1e-4, value);
}

/* The strength of the prior: powers of ten times the number of periods, as columns have a
 * mean square of 1. */
static double choose_prior(problem *p)
{
    double best = INFINITY, chosen = p->n;
    for (int i = -8; i <= 6; i++) {
        double value;
        p->lambda = p->n * pow(10, 0.5 * i);
        best_phi(p, &value);
        if (value < best) {
            best = value;
            chosen = p->lambda;
        }
    }
    return chosen;
}

/* ---- the result ------------------------------------------------------------------------------------- */

/* The inverse of the coefficients' part of the matrix, from the factor. */
static void invert(const problem *p)
{
    const ku_regress_work *w = p->w;
    int m = p->size - 1;
    for (int i = 0; i < m; i++) {
        for (int k = 0; k < m; k++) w->unit[k] = k == i;
        ku_cholesky_solve(w->a, m, p->size, w->unit);
        memcpy(w->inverse + (size_t)i * (size_t)m, w->unit, (size_t)m * sizeof *w->unit);
    }
}

/* The last row of the factor is L^-1 times the products with y; solved back it gives the
 * coefficients, into work->unit. */
static void solve_back(const problem *p)
{
    const ku_regress_work *w = p->w;
    int m = p->size - 1;
    size_t stride = (size_t)p->size;
    for (int i = m - 1; i >= 0; i--) {
        double sum = w->a[(size_t)m * stride + (size_t)i];
        for (int k = i + 1; k < m; k++) sum -= w->a[(size_t)k * stride + (size_t)i] * w->unit[k];
        w->unit[i] = sum / w->a[(size_t)i * stride + (size_t)i];
    }
}

/* A column so small beside the series that its effect cannot be written down. */
static void forget(ku_regress_fit *fit, int j, int columns)
{
    fit->effect[j] = (ku_regress_effect){.fate = KU_REGRESS_CONSTANT};
    for (int k = 0; k < columns; k++) {
        fit->covariance[(size_t)j * (size_t)columns + (size_t)k] = 0;
        fit->covariance[(size_t)k * (size_t)columns + (size_t)j] = 0;
    }
}

static void put_effects(const problem *p, const ku_regress_data *d, double unit,
                        ku_regress_fit *fit)
{
    const ku_regress_work *w = p->w;
    int m = p->size - 1;
    double rest = w->a[(size_t)p->size * (size_t)p->size - 1];
    fit->freedom = fmax(1, p->n - (fit->shrunk ? p->q : m));
    fit->sigma2 = rest * rest / fit->freedom;
    invert(p);
    solve_back(p);
    for (int j = 0; j < d->columns; j++) {
        ku_regress_effect *e = &fit->effect[j];
        if (e->fate != KU_REGRESS_USED) continue;
        e->beta = w->unit[w->place[j]] * (unit / w->scale[j]);
        for (int k = 0; k < d->columns; k++) {
            if (fit->effect[k].fate != KU_REGRESS_USED) continue;
            double part = w->inverse[(size_t)w->place[j] * (size_t)m + (size_t)w->place[k]];
            fit->covariance[(size_t)j * (size_t)d->columns + (size_t)k] = part * fit->sigma2 *
                                                                          (unit / w->scale[j]) *
                                                                          (unit / w->scale[k]);
        }
        e->deviation = sqrt(fit->covariance[(size_t)j * (size_t)(d->columns + 1)]);
        if (!isfinite(e->beta) || !(e->deviation < 1e150)) {
            forget(fit, j, d->columns);
            continue;
        }
        past_of(d, e, j, w->value);
        e->reference = usual(w->value, d->n, d->season);
        fit->used++;
    }
    fit->sigma2 *= unit * unit;
}

static void begin(const ku_regress_data *d, ku_regress_fit *fit)
{
    size_t k = (size_t)d->columns;
    ku_regress_effect *effect = fit->effect;
    double *covariance = fit->covariance;
    *fit = (ku_regress_fit){.effect = effect, .covariance = covariance};
    fit->relative = d->relative && all_positive(d->y, d->n);
    memset(covariance, 0, k * k * sizeof *covariance);
    for (int j = 0; j < d->columns; j++) {
        effect[j] = (ku_regress_effect){.fate = fate_of(d, j)};
        effect[j].logged = fit->relative && effect[j].fate == KU_REGRESS_USED && goes_by_log(d, j);
    }
}

/* y, or its logarithm, in units near one, as the last row. Returns the unit. */
static double put_values(ku_regress_work *w, const ku_regress_data *d, const ku_regress_fit *fit,
                         int at)
{
    double *to = w->rows + (size_t)at * d->n;
    double unit = fit->relative ? 1 : ku_magnitude(d->y, d->n);
    double mean = 0;
    for (int t = 0; t < d->n; t++) {
        to[t] = fit->relative ? log(d->y[t]) : d->y[t] / unit;
        mean += to[t] / d->n;
    }
    for (int t = 0; t < d->n; t++) to[t] -= mean;
    return unit;
}

bool ku_regress_estimate(ku_regress_work *w, const ku_regress_data *d, ku_regress_fit *fit)
{
    begin(d, fit);
    int columns = 0;
    for (int j = 0; j < d->columns; j++) columns += fit->effect[j].fate == KU_REGRESS_USED;
    for (int j = 0; j < d->columns && d->n < SHORTEST; j++)
        if (fit->effect[j].fate == KU_REGRESS_USED) fit->effect[j].fate = KU_REGRESS_SHORT;
    if (columns == 0 || d->n < SHORTEST) return false;
    problem p = {.w = w, .n = d->n};
    int q = put_nuisance(w, d->n, d->season);
    fit->shrunk = 3 * columns > d->n - q;
    p.q = put_rows(w, d, fit, fit->shrunk, &p.size);
    if (p.size - 1 == p.q) return false; /* every column follows from the others */
    double unit = put_values(w, d, fit, p.size - 1);
    products(w, d->n, p.size);
    if (fit->shrunk) p.lambda = choose_prior(&p);
    fit->phi = best_phi(&p, NULL);
    if (!factor(&p, fit->phi)) {
        for (int j = 0; j < d->columns; j++)
            if (fit->effect[j].fate == KU_REGRESS_USED) fit->effect[j].fate = KU_REGRESS_COLLINEAR;
        return false;
    }
    put_effects(&p, d, unit, fit);
    return true;
}
